package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"remit/activity"
	"remit/assign"
	"remit/report"
	"remit/store"
	"remit/whole"
)

// runner does the runs of a site, one at a time: a run uses all the processors
// that it is given, and pages must stay quick beside it.
type runner struct {
	turn    chan struct{} // held by the run that is going on
	context context.Context
	stop    context.CancelFunc
	beating sync.WaitGroup

	mu    sync.Mutex
	going map[string]*going // queued or running, by the identity of the run
}

// going is a run under way.
type going struct {
	cancel context.CancelFunc
	ended  chan struct{}
}

func newRunner() *runner {
	x := &runner{turn: make(chan struct{}, 1), going: map[string]*going{}}
	x.context, x.stop = context.WithCancel(context.Background())
	return x
}

// runDetail is what the store keeps of how far a run has come: never records.
type runDetail struct {
	Dataset   string         `json:"dataset,omitempty"` // as chosen; blank: found out from the columns
	File      string         `json:"file"`              // as it was called where it came from
	Rows      int64          `json:"rows,omitempty"`
	Read      int64          `json:"read,omitempty"`
	Size      int64          `json:"size,omitempty"`
	Agreement []assign.Count `json:"agreement,omitempty"`
	Change    int64          `json:"change,omitempty"` // the last change of the register that it rests on
}

func detailOf(run *store.Run) (d runDetail) {
	_ = json.Unmarshal(run.Detail, &d) // written here alone
	return d
}

func (d runDetail) kept() json.RawMessage {
	text, err := json.Marshal(d)
	if err != nil {
		return json.RawMessage("{}")
	}
	return text
}

// startRun has a run done when it is its turn.
func (s *Site) startRun(id string) {
	ctx, cancel := context.WithCancel(s.runs.context)
	g := &going{cancel, make(chan struct{})}
	s.runs.mu.Lock()
	s.runs.going[id] = g
	s.runs.mu.Unlock()
	go func() {
		defer func() {
			cancel()
			s.runs.mu.Lock()
			delete(s.runs.going, id)
			s.runs.mu.Unlock()
			close(g.ended)
		}()
		select {
		case s.runs.turn <- struct{}{}:
			defer func() { <-s.runs.turn }()
		case <-ctx.Done():
		}
		s.finishRun(ctx, id, s.assignRun(ctx, id))
	}()
}

// endRun ends a run that is queued or going on, and waits until it has.
func (s *Site) endRun(id string) {
	s.runs.mu.Lock()
	g := s.runs.going[id]
	s.runs.mu.Unlock()
	if g != nil {
		g.cancel()
		<-g.ended
	}
}

// waitRun waits until a run is no longer going on.
func (s *Site) waitRun(id string) {
	s.runs.mu.Lock()
	g := s.runs.going[id]
	s.runs.mu.Unlock()
	if g != nil {
		<-g.ended
	}
}

// Close ends the runs that are going on, which are marked as interrupted. The
// site starts no others.
func (s *Site) Close() {
	s.runs.stop()
	s.runs.mu.Lock()
	var all []*going
	for _, g := range s.runs.going {
		all = append(all, g)
	}
	s.runs.mu.Unlock()
	for _, g := range all {
		<-g.ended
	}
	s.runs.beating.Wait()
}

// Mend marks the runs that were going on when their server ended, takes away what
// is left of them besides their input, and goes on doing so for other servers on
// the same database until Close. Call it at the start of a server.
func (s *Site) Mend(ctx context.Context) error {
	if _, err := s.store.InterruptRuns(ctx); err != nil {
		return err
	}
	s.runs.beating.Go(s.keepRuns)
	if s.store.Dir() == "" {
		return nil
	}
	list, err := os.ReadDir(filepath.Dir(s.store.RunDir("any")))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, entry := range list {
		run, err := s.store.Run(ctx, entry.Name())
		if errors.Is(err, store.ErrNotFound) {
			continue // another register's, perhaps: nothing to be removed unasked
		}
		if err != nil {
			return err
		}
		if run.State != store.Done && !run.Going() {
			if err := clearRun(s.store.RunDir(run.ID)); err != nil {
				return err
			}
		}
	}
	return nil
}

// keepRuns says again and again that this server lives, and mends what others
// left that do not.
func (s *Site) keepRuns() {
	beat := time.NewTicker(store.RunLease / 5)
	defer beat.Stop()
	for {
		select {
		case <-s.runs.context.Done():
			return
		case <-beat.C:
		}
		ids, err := s.store.KeepRuns(s.runs.context)
		for _, id := range ids {
			if s.store.Dir() != "" {
				err = errors.Join(err, clearRun(s.store.RunDir(id)))
			}
		}
		if err != nil && s.runs.context.Err() == nil {
			s.log.LogAttrs(s.runs.context, slogError, "runs not kept", errAttr(err)) // the next beat tries again
		}
	}
}

// inputName is what the file of a run is called in its directory, before its
// extension.
const inputName = "input"

// clearRun takes everything but the input out of the directory of a run.
func clearRun(dir string) error {
	list, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	for _, entry := range list {
		if !strings.HasPrefix(entry.Name(), inputName+".") {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, entry.Name())))
		}
	}
	return err
}

// runFile is the file of a run with a role, or nil.
func runFile(run *store.Run, role string) *store.RunFile {
	for i := range run.Files {
		if run.Files[i].Role == role {
			return &run.Files[i]
		}
	}
	return nil
}

// progressPace is how often the progress of a run is written down.
const progressPace = time.Second

// assignRun does a run: result, manifest and report come to be in its directory.
func (s *Site) assignRun(ctx context.Context, id string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	run, err := s.store.ContinueRun(ctx, id, func(r *store.Run) {
		r.State, r.StartedAt, r.FinishedAt, r.Error = store.Running, s.now(), time.Time{}, ""
	})
	if err != nil {
		return err
	}
	known, err := s.store.Known(ctx, time.Time{})
	if err != nil {
		return err
	}
	d := detailOf(&run)
	d.Change = known.Change.Number
	dir := s.store.RunDir(id)
	input := runFile(&run, "input")
	if input == nil {
		return errors.New("the file that was loaded is not there; load it again")
	}
	library := shippedMethods(known.Pack)
	m, err := library.Load(run.Method)
	if err != nil {
		return err
	}
	job := &assign.Job{Inputs: []string{filepath.Join(dir, input.Name)}, Out: filepath.Join(dir, "result.csv"), Dataset: activity.Dataset(d.Dataset), Method: m, Pack: known.Pack,
		Workers: max(1, runtime.NumCPU()-1), Parquet: s.parquet, Program: s.program}
	if m.Compare != "" {
		if job.Compare, err = library.Load(m.Compare); err != nil {
			return err
		}
	}
	var noted time.Time
	job.Progress = func(p assign.Progress) {
		if now := time.Now(); now.Sub(noted) >= progressPace {
			noted = now
			d.Rows, d.Read, d.Size = p.Rows, p.Read, p.Size
			_, _ = s.store.ContinueRun(ctx, id, func(r *store.Run) { r.Detail = d.kept() }) // the next one, or the end, tells it anew
		}
	}
	result, err := assign.Run(ctx, job)
	if err != nil {
		return err
	}
	for i := range result.Manifest.Inputs { // where the server keeps its files is nobody's business
		result.Manifest.Inputs[i].File = d.File
	}
	if err := whole.Write(filepath.Join(dir, "report.html"), func(w io.Writer) error { return report.Write(w, result, m, known.Pack) }); err != nil {
		return err
	}
	d.Rows, d.Read, d.Size, d.Agreement = result.Summary.Rows, input.Size, input.Size, result.Manifest.Agreement
	files, err := s.runFiles(dir, *input, d.File)
	if err != nil {
		return err
	}
	_, err = s.store.ContinueRun(ctx, id, func(r *store.Run) { r.Files, r.Detail, r.State, r.FinishedAt = files, d.kept(), store.Done, s.now() })
	return err
}

// runFiles lists the files of a run that is done. The manifest names the input as
// it was called where it came from.
func (s *Site) runFiles(dir string, input store.RunFile, name string) ([]store.RunFile, error) {
	manifest := filepath.Join(dir, "result.csv.run.json")
	text, err := os.ReadFile(manifest)
	if err != nil {
		return nil, err
	}
	was, err := json.Marshal(filepath.Join(dir, input.Name))
	if err != nil {
		return nil, err
	}
	is, err := json.Marshal(name)
	if err != nil {
		return nil, err
	}
	if err := whole.Write(manifest, func(w io.Writer) error {
		_, err := w.Write(bytes.ReplaceAll(text, was, is))
		return err
	}); err != nil {
		return nil, err
	}
	files := []store.RunFile{input}
	for _, f := range []store.RunFile{{Name: "result.csv", Role: "result"}, {Name: "result.csv.run.json", Role: "manifest"}, {Name: "report.html", Role: "report"}} {
		info, err := os.Stat(filepath.Join(dir, f.Name))
		if err != nil {
			return nil, err
		}
		f.Size = info.Size()
		files = append(files, f)
	}
	return files, nil
}

// finishRun writes down how a run ended when it did not end well, and takes away
// what it left.
func (s *Site) finishRun(ctx context.Context, id string, err error) {
	if err == nil {
		return
	}
	kept := context.WithoutCancel(ctx)
	state, text := store.Failed, strings.ReplaceAll(err.Error(), s.store.RunDir(id)+string(filepath.Separator), "")
	switch {
	case s.runs.context.Err() != nil:
		state, text = store.Interrupted, "the program ended while the run was going on; start it again"
	case ctx.Err() != nil:
		state, text = store.Cancelled, "somebody ended it"
	}
	if errors.Is(err, store.ErrTakenOver) {
		return // whoever took it over has cleared it, and may be doing it
	}
	err = clearRun(s.store.RunDir(id))
	_, written := s.store.ContinueRun(kept, id, func(r *store.Run) {
		r.State, r.Error, r.FinishedAt = state, text, s.now()
		if input := runFile(r, "input"); input != nil {
			r.Files = []store.RunFile{*input}
		}
	})
	if err := errors.Join(err, written); err != nil && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrTakenOver) {
		s.log.LogAttrs(kept, slogError, "run not written down", errAttr(fmt.Errorf("run: %w", err)))
	}
}
