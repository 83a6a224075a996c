package intake

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"remit/activity"
	"remit/submission"
	"remit/warehouse"
	"remit/whole"
)

// Reassigned is what deciding a submission again came to.
type Reassigned struct {
	Submission *Submission
	Rows       int64           // whose payer is another than before
	Money      activity.Amount // of those rows
}

// ErrNotAssignable says that no payers are worked out for a submission.
var ErrNotAssignable = errors.New("no payers are worked out for it")

// Reassign makes the rows of a submission again from its original, by the
// method, reference data, rules and prices of the desk. The new folder takes the
// place of the old one in one step: whenever the program is killed, one or the
// other is there. What it was decided with, when and by whom is in its description.
func (l *Ledger) Reassign(ctx context.Context, old *Submission, d *Desk, now time.Time) (*Reassigned, error) {
	if old.Assigned == nil {
		return nil, fmt.Errorf("submission %s: %w", old.ID, ErrNotAssignable)
	}
	work, err := os.MkdirTemp(l.dir, fmt.Sprintf("%s%d-", loading, os.Getpid()))
	if err != nil {
		return nil, &whole.Error{Path: l.dir, Err: err}
	}
	defer os.RemoveAll(work) // afterwards the old folder, when all went well
	s := &Submission{ID: old.ID, Name: old.Name, Order: old.Order, LoadedAt: old.LoadedAt, LoadedBy: old.LoadedBy, LoadedFor: old.LoadedFor, Given: old.Given}
	if err := s.keep(l.Original(old), filepath.Join(work, original)); err != nil {
		return nil, err
	}
	if s.SHA256 != old.SHA256 {
		return nil, fmt.Errorf("%s: is not the file that was taken in: its SHA-256 is %s and was %s", l.Original(old), s.SHA256, old.SHA256)
	}
	if err := s.work(ctx, work, old.givenAgain(), d, l.All()); err != nil {
		return nil, err
	}
	again := &Reassigned{Submission: s}
	if s.Assigned != nil {
		s.Assigned.At, s.Assigned.By = now.UTC(), d.By
		if err := s.describe(work); err != nil {
			return nil, err
		}
		if err := l.countMoved(ctx, old, work, again); err != nil {
			return nil, err
		}
	}
	if err := l.replace(s, work); err != nil {
		return nil, err
	}
	l.forgetChanges(s.ID)
	return again, l.Refresh()
}

// givenAgain is what was said of a file when it was taken in.
func (s *Submission) givenAgain() submission.Given {
	g := s.given()
	if s.Given != nil {
		g.Feed, g.Provider, g.Year, g.Month, g.Kind = s.Given.Feed, s.Given.Provider, s.Given.Year, s.Given.Month, s.Given.Kind
	}
	return g
}

// Said is what somebody said of a file beside its contents.
type Said struct {
	Feed     activity.Dataset `json:"feed,omitempty"`
	Provider string           `json:"provider,omitempty"`
	Year     string           `json:"year,omitempty"`
	Month    int              `json:"month,omitempty"`
	Kind     submission.Kind  `json:"kind,omitempty"`
}

func saidOf(g *submission.Given) *Said {
	return &Said{Feed: g.Feed, Provider: g.Provider, Year: g.Year, Month: g.Month, Kind: g.Kind}
}

// countMoved counts the rows whose payer is another than before. The rows of both
// files are those of the original, in its order.
func (l *Ledger) countMoved(ctx context.Context, old *Submission, work string, to *Reassigned) error {
	db, err := warehouse.Open(0, "")
	if err != nil {
		return err
	}
	defer db.Close()
	side := func(path string) string {
		return fmt.Sprintf("(SELECT file_row_number AS n, assigned_commissioner AS payer, money FROM read_parquet(%s, hive_partitioning = false, file_row_number = true))", literal(path))
	}
	var money string
	err = db.QueryRowContext(ctx, fmt.Sprintf("SELECT count(*), coalesce(sum(a.money), 0)::DECIMAL(38,8)::VARCHAR FROM %s b JOIN %s a USING (n) WHERE coalesce(b.payer, '') <> coalesce(a.payer, '')",
		side(l.Path(old, rowsFile)), side(filepath.Join(work, rowsFile)))).Scan(&to.Rows, &money)
	if err != nil {
		return err
	}
	to.Money, _, err = activity.ParseAmount([]byte(money))
	return err
}

// replaced begins the names of folders on their way out, where two folders
// cannot change places in one step.
const replaced = ".replaced-"

// replace puts the folder that was made in the place of the one that is there.
func (l *Ledger) replace(s *Submission, work string) error {
	if err := flushFolder(work); err != nil {
		return err
	}
	place := filepath.Join(l.dir, s.ID)
	err := exchange(work, place)
	if errors.Is(err, errors.ErrUnsupported) {
		err = replaceInTwo(work, place, filepath.Join(l.dir, replaced+s.ID))
	}
	if err != nil {
		return &whole.Error{Path: place, Err: err}
	}
	return flush(l.dir)
}

// replaceInTwo moves the old folder aside and the new one in its place. A program
// that is killed between the two leaves the old one aside, from where the next
// start fetches it back.
func replaceInTwo(work, place, aside string) error {
	if err := os.Rename(place, aside); err != nil {
		return err
	}
	if err := os.Rename(work, place); err != nil {
		return errors.Join(err, os.Rename(aside, place))
	}
	return os.RemoveAll(aside)
}

// fetchBack mends what a program left that was killed while it replaced a folder.
func fetchBack(dir, name string) {
	id, ok := strings.CutPrefix(name, replaced)
	if !ok {
		return
	}
	aside, place := filepath.Join(dir, name), filepath.Join(dir, id)
	if os.Rename(aside, place) != nil { // the new one is there
		_ = os.RemoveAll(aside)
	}
}

// forgetChanges takes away the comparisons with a submission.
func (l *Ledger) forgetChanges(id string) {
	paths, _ := filepath.Glob(filepath.Join(l.dir, ".changes", "*"+id+"*")) // a fault of the pattern alone, which has none
	for _, p := range paths {
		_ = os.Remove(p)
	}
}
