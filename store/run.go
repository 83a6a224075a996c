package store

import (
	"context"
	"encoding/json"
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

const runColumns = "id, organisation, account, shared_with, state, title, method, files, detail, created_at, started_at, finished_at, error"

func scanRun(row scanner) (r Run, err error) {
	var shared, files, detail, created, started, finished string
	err = row.Scan(&r.ID, &r.Organisation, &r.Account, &shared, &r.State, &r.Title, &r.Method, &files, &detail, &created, &started, &finished, &r.Error)
	if err != nil {
		return r, err
	}
	r.Detail = json.RawMessage(detail)
	r.CreatedAt, r.StartedAt, r.FinishedAt = unstamp(created), unstamp(started), unstamp(finished)
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
	return []any{r.ID, r.Organisation, r.Account, jsonText(some(r.SharedWith)), string(r.State), r.Title, r.Method, jsonText(some(r.Files)), string(r.Detail), stamp(r.CreatedAt), stamp(r.StartedAt), stamp(r.FinishedAt), r.Error}
}

// CreateRun keeps a new run and gives it an ID that cannot be guessed.
func (s *Store) CreateRun(ctx context.Context, actor string, r Run) (Run, error) {
	r.ID, r.State = newToken(), Queued
	err := s.write(ctx, func(w *writing) error {
		r.CreatedAt = unstamp(w.at)
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

// UpdateRun changes a run as the function does: its progress and state. It leaves
// no entry in the log, for it is called many times in a run.
func (s *Store) UpdateRun(ctx context.Context, id string, change func(*Run)) (Run, error) {
	var r Run
	err := s.write(ctx, func(w *writing) (err error) {
		if r, err = first(ctx, w, scanRun, "SELECT "+runColumns+" FROM run WHERE id = $1", id); err != nil {
			return err
		}
		change(&r)
		r.ID = id
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

// InterruptRuns marks the runs that were going on when a program ended. Call it at
// the start of the only server that runs assignments on this data directory.
func (s *Store) InterruptRuns(ctx context.Context) error {
	return s.write(ctx, func(w *writing) error {
		return w.exec("UPDATE run SET state = $1, finished_at = $2, error = $3 WHERE state IN ($4, $5)",
			string(Interrupted), w.at, "the program ended while the run was going on; start it again", string(Queued), string(Running))
	})
}
