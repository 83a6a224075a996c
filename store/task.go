package store

import (
	"context"
	"errors"
	"time"
)

// Task is what people have noted about one item of a succession's work list. The
// items themselves follow from the facts: see package holding, which names them.
type Task struct {
	Key      string // as package holding names the item
	Revision int64  // counts its changes, from 1; 0 when nothing was noted yet
	Assigned string // who does it
	Due      string // the day, YYYY-MM-DD, or blank
	Done     bool
	DoneAt   time.Time
	DoneBy   string
	Note     string
}

const taskColumns = "task_key, revision, assigned, due, done, done_at, done_by, note"

func scanTask(row scanner) (t Task, err error) {
	var done int64
	var at string
	err = row.Scan(&t.Key, &t.Revision, &t.Assigned, &t.Due, &done, &at, &t.DoneBy, &t.Note)
	t.Done, t.DoneAt = done != 0, unstamp(at)
	return t, err
}

// Tasks gives what was noted about tasks, by key.
func (s *Store) Tasks(ctx context.Context) (map[string]Task, error) {
	all, err := list(ctx, s.reading, scanTask, "SELECT "+taskColumns+" FROM succession_task")
	byKey := make(map[string]Task, len(all))
	for _, t := range all {
		byKey[t.Key] = t
	}
	return byKey, err
}

// SaveTask notes something about a task. Revision must be the one last seen: who
// comes second is told with a *RuleError what the first has noted.
func (s *Store) SaveTask(ctx context.Context, actor string, t Task) (Task, error) {
	if t.Due != "" {
		if _, err := time.Parse(time.DateOnly, t.Due); err != nil {
			return t, refuse("%q is not a date; write it as 2026-04-01", t.Due)
		}
	}
	err := s.write(ctx, func(w *writing) error {
		old, err := first(ctx, w, scanTask, "SELECT "+taskColumns+" FROM succession_task WHERE task_key = $1", t.Key)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if old.Revision != t.Revision {
			return refuse("somebody else has changed this task: it is assigned to %q, due %q, done %t, note %q; look at it again", old.Assigned, old.Due, old.Done, old.Note)
		}
		t.Revision++
		switch {
		case !t.Done:
			t.DoneAt, t.DoneBy = time.Time{}, ""
		case old.Done:
			t.DoneAt, t.DoneBy = old.DoneAt, old.DoneBy
		default:
			t.DoneAt, t.DoneBy = unstamp(w.at), actor
		}
		if err := w.exec("DELETE FROM succession_task WHERE task_key = $1", t.Key); err != nil {
			return err
		}
		if err := w.insert("succession_task", taskColumns, [][]any{{t.Key, t.Revision, t.Assigned, t.Due, bit(t.Done), stamp(t.DoneAt), t.DoneBy, t.Note}}); err != nil {
			return err
		}
		return w.audit(actor, "task.change", "task "+t.Key, detail{Other: t})
	})
	return t, err
}
