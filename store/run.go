package store

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"
)

// Run is one run of an assignment that somebody started in the web. Its files lie
// in RunDir(ID), and are seen by the organisation that loaded them and those
// that it names.
type Run struct {
	ID           string
	Organisation string   // that loaded the files
	Account      string   // who
	SharedWith   []string // codes of other organisations that may see it
	State        RunState
	Title        string
	Method       string
	Files        []RunFile
	Detail       json.RawMessage // progress and counts; never records
	CreatedAt    time.Time
	StartedAt    time.Time
	FinishedAt   time.Time
	Error        string
	Server       string    // that does it, or did it last: see Store.Server
	AliveUntil   time.Time // when the run counts as interrupted unless its server says that it lives
}

// RunFile is a file of a run: read or written.
type RunFile struct {
	Name string `json:"name"` // in RunDir
	Role string `json:"role"` // input, result, manifest, report
	Size int64  `json:"size"`
}

// RunState is where a run stands.
type RunState string

// The states of a run.
const (
	Queued      RunState = "queued"
	Running     RunState = "running"
	Done        RunState = "done"
	Failed      RunState = "failed"
	Cancelled   RunState = "cancelled"
	Interrupted RunState = "interrupted" // the program ended while it ran
)

// VisibleTo says whether an organisation may see the run.
func (r *Run) VisibleTo(organisation string) bool {
	return r.Organisation == organisation || slices.Contains(r.SharedWith, organisation)
}

const runColumns = "id, organisation, account, shared_with, state, title, method, files, detail, created_at, started_at, finished_at, error, server, alive_until"

func scanRun(row scanner) (r Run, err error) {
	var shared, files, detail, created, started, finished, alive string
	err = row.Scan(&r.ID, &r.Organisation, &r.Account, &shared, &r.State, &r.Title, &r.Method, &files, &detail, &created, &started, &finished, &r.Error, &r.Server, &alive)
	if err != nil {
		return r, err
	}
	r.Detail = json.RawMessage(detail)
	r.CreatedAt, r.StartedAt, r.FinishedAt, r.AliveUntil = unstamp(created), unstamp(started), unstamp(finished), unstamp(alive)
	if r.SharedWith, err = jsonList[string](shared); err != nil {
		return r, err
	}
	r.Files, err = jsonList[RunFile](files)
	return r, err
}

func (r *Run) row() []any {
	if r.Detail == nil {
		r.Detail = json.RawMessage("{}")
	}
	return []any{r.ID, r.Organisation, r.Account, jsonText(some(r.SharedWith)), string(r.State), r.Title, r.Method, jsonText(some(r.Files)), string(r.Detail), stamp(r.CreatedAt), stamp(r.StartedAt), stamp(r.FinishedAt), r.Error, r.Server, stamp(r.AliveUntil)}
}

// CreateRun keeps a new run and gives it an ID that cannot be guessed.
func (s *Store) CreateRun(ctx context.Context, actor string, r Run) (Run, error) {
	r.ID, r.State = newToken(), Queued
	err := s.write(ctx, func(w *writing) error {
		r.CreatedAt = unstamp(w.at)
		w.claim(&r)
		if err := w.insert("run", runColumns, [][]any{r.row()}); err != nil {
			return err
		}
		return w.audit(actor, "run.create", "run "+r.ID, detail{Other: map[string]any{"organisation": r.Organisation, "method": r.Method}})
	})
	return r, err
}

// Run is the run with the ID.
func (s *Store) Run(ctx context.Context, id string) (Run, error) {
	return first(ctx, s.reading, scanRun, "SELECT "+runColumns+" FROM run WHERE id = $1", id)
}

// Runs lists the runs that an organisation may see, the latest first.
func (s *Store) Runs(ctx context.Context, organisation string) ([]Run, error) {
	all, err := list(ctx, s.reading, scanRun, "SELECT "+runColumns+" FROM run ORDER BY created_at DESC, id")
	return slices.DeleteFunc(all, func(r Run) bool { return !r.VisibleTo(organisation) }), err
}

// RunLease is how long a server that has fallen silent is taken to be alive. It
// calls KeepRuns several times in that time.
const RunLease = 30 * time.Second

// Server names this open store among the servers on one database.
func (s *Store) Server() string { return s.server }

// Going says whether the run is queued or under way.
func (r *Run) Going() bool { return r.State == Queued || r.State == Running }

// claim makes a run that is going on this server's.
func (w *writing) claim(r *Run) {
	if r.Going() {
		r.Server, r.AliveUntil = w.s.server, unstamp(w.at).Add(RunLease)
	}
}

// ErrTakenOver says that a run is no longer this server's: it had fallen silent
// for so long that another has taken it to be dead.
var ErrTakenOver = errors.New("the run was taken to be interrupted while this server was silent; start it again")

// ContinueRun is UpdateRun for the server that does the run: ErrTakenOver when it
// is not going on any more, or elsewhere.
func (s *Store) ContinueRun(ctx context.Context, id string, change func(*Run)) (Run, error) {
	taken := false
	r, err := s.UpdateRun(ctx, id, func(r *Run) {
		if taken = r.Server != s.server || !r.Going(); !taken {
			change(r)
		}
	})
	if err == nil && taken {
		err = ErrTakenOver
	}
	return r, err
}

// UpdateRun changes a run as the function does: its progress and state. One that
// it queues or starts is from then on this server's. It leaves no entry in the
// log, for it is called many times in a run.
func (s *Store) UpdateRun(ctx context.Context, id string, change func(*Run)) (Run, error) {
	var r Run
	err := s.write(ctx, func(w *writing) (err error) {
		if r, err = first(ctx, w, scanRun, "SELECT "+runColumns+" FROM run WHERE id = $1", id); err != nil {
			return err
		}
		before := r.State
		change(&r)
		r.ID = id
		if r.State != before {
			w.claim(&r)
		}
		return w.keepRun(r)
	})
	return r, err
}

func (w *writing) keepRun(r Run) error {
	if err := w.exec("DELETE FROM run WHERE id = $1", r.ID); err != nil {
		return err
	}
	return w.insert("run", runColumns, [][]any{r.row()})
}

// ShareRun names the organisations that may see a run besides its own.
func (s *Store) ShareRun(ctx context.Context, actor, id string, organisations []string) (Run, error) {
	var r Run
	err := s.write(ctx, func(w *writing) (err error) {
		if r, err = first(ctx, w, scanRun, "SELECT "+runColumns+" FROM run WHERE id = $1", id); err != nil {
			return err
		}
		r.SharedWith = organisations
		if err := w.keepRun(r); err != nil {
			return err
		}
		return w.audit(actor, "run.share", "run "+id, detail{Other: organisations})
	})
	return r, err
}

// DeleteRun forgets a run. Remove its files first: RunDir says where they are.
func (s *Store) DeleteRun(ctx context.Context, actor, id string) error {
	return s.write(ctx, func(w *writing) error {
		result, err := w.ExecContext(ctx, "DELETE FROM run WHERE id = $1", id)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return orMissing(err)
		}
		return w.audit(actor, "run.delete", "run "+id, detail{})
	})
}

// InterruptRuns marks the runs of servers that have ended, and gives their names.
// Call it at the start of a server. On SQLite, where there is one server, those
// are all that are going on; on PostgreSQL those whose server has fallen silent.
func (s *Store) InterruptRuns(ctx context.Context) ([]string, error) {
	return s.interruptRuns(ctx, s.dialect.name == "sqlite")
}

// KeepRuns says that this server lives, and does what InterruptRuns does for those
// that do not. Call it several times in RunLease.
func (s *Store) KeepRuns(ctx context.Context) ([]string, error) {
	alive := false
	going, err := list(ctx, s.reading, scanRun, "SELECT "+runColumns+" FROM run WHERE state IN ($1, $2)", string(Queued), string(Running))
	for _, r := range going {
		alive = alive || r.Server == s.server
	}
	if err != nil || len(going) == 0 {
		return nil, err // nothing to write down, most of the time
	}
	if alive {
		err = s.write(ctx, func(w *writing) error {
			return w.exec("UPDATE run SET alive_until = $1 WHERE server = $2 AND state IN ($3, $4)",
				stamp(unstamp(w.at).Add(RunLease)), s.server, string(Queued), string(Running))
		})
	}
	if err != nil {
		return nil, err
	}
	return s.interruptRuns(ctx, false)
}

func (s *Store) interruptRuns(ctx context.Context, all bool) (ids []string, err error) {
	err = s.write(ctx, func(w *writing) error {
		ids = nil
		going, err := list(ctx, w, scanRun, "SELECT "+runColumns+" FROM run WHERE state IN ($1, $2)", string(Queued), string(Running))
		if err != nil {
			return err
		}
		for _, r := range going {
			if !all && !r.AliveUntil.Before(unstamp(w.at)) {
				continue
			}
			r.State, r.FinishedAt, r.Error = Interrupted, unstamp(w.at), "the program ended while the run was going on; start it again"
			if err := w.keepRun(r); err != nil {
				return err
			}
			ids = append(ids, r.ID)
		}
		return nil
	})
	return ids, err
}
