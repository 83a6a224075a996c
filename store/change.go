package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// Change is a set of edits that took effect together.
type Change struct {
	Number     int64     `json:"number"`
	RecordedAt time.Time `json:"recorded_at"`
	RecordedBy string    `json:"recorded_by"`           // who proposed it
	ApprovedBy string    `json:"approved_by,omitempty"` // the second person
	Reason     string    `json:"reason"`
	Source     string    `json:"source"`              // the document it rests on, as cited
	Documents  []string  `json:"documents,omitempty"` // hashes of attached documents
	Proposal   int64     `json:"proposal,omitempty"`
}

// Edit is one row before and after. Without After the row is withdrawn: it was
// recorded in error. A fact that ends is not withdrawn but given a valid_to.
type Edit struct {
	Table   string `json:"table"`
	Version int64  `json:"version,omitempty"` // the version that it replaces; 0 adds a row
	Before  Values `json:"before,omitempty"`  // filled in by the store
	After   Values `json:"after,omitempty"`
}

// Place names the row in words: icb QMJ from 2022-07-01.
func (e *Edit) Place() string {
	if e.Before != nil {
		return Place(e.Table, e.Before)
	}
	return Place(e.Table, e.After)
}

const selectChanges = "SELECT number, recorded_at, recorded_by, approved_by, reason, source, documents, proposal FROM change"

const changeColumns = "number, recorded_at, recorded_by, approved_by, reason, source, documents, proposal"

func scanChange(row scanner) (c Change, err error) {
	var at, documents string
	if err = row.Scan(&c.Number, &at, &c.RecordedBy, &c.ApprovedBy, &c.Reason, &c.Source, &documents, &c.Proposal); err != nil {
		return c, err
	}
	c.RecordedAt = unstamp(at)
	c.Documents, err = jsonList[string](documents)
	return c, err
}

func (c *Change) row() []any {
	return []any{c.Number, stamp(c.RecordedAt), c.RecordedBy, c.ApprovedBy, c.Reason, c.Source, jsonText(some(c.Documents)), c.Proposal}
}

// some is the list, never nil: JSON has [] for it.
func some[T any](all []T) []T {
	if all == nil {
		return []T{}
	}
	return all
}

// Changes lists changes, the latest first, from the one before the number given
// (0 for the latest).
func (s *Store) Changes(ctx context.Context, before int64, limit int) ([]Change, error) {
	if before == 0 {
		before = 1 << 62
	}
	return list(ctx, s.reading, scanChange, selectChanges+" WHERE number < $1 ORDER BY number DESC LIMIT $2", before, limit)
}

// Change is the change with its edits: each row before and after.
func (s *Store) Change(ctx context.Context, n int64) (c Change, edits []Edit, err error) {
	err = s.view(ctx, func(q querier) error {
		if c, err = first(ctx, q, scanChange, selectChanges+" WHERE number = $1", n); err != nil {
			return err
		}
		edits, err = editsOf(ctx, q, n)
		return err
	})
	return c, edits, err
}

func editsOf(ctx context.Context, q querier, change int64) ([]Edit, error) {
	before, err := list(ctx, q, scanFact, selectFacts+" WHERE w.change = $1 ORDER BY v.version", change)
	if err != nil {
		return nil, err
	}
	after, err := list(ctx, q, scanFact, selectFacts+" WHERE v.change = $1 ORDER BY v.version", change)
	if err != nil {
		return nil, err
	}
	var edits []Edit
	at := map[int64]int{}
	for _, f := range before {
		at[f.Fact] = len(edits)
		edits = append(edits, Edit{Table: f.Table, Version: f.Version, Before: f.Values})
	}
	for _, f := range after {
		if n, replaces := at[f.Fact]; replaces {
			edits[n].After = f.Values
		} else {
			edits = append(edits, Edit{Table: f.Table, After: f.Values})
		}
	}
	return edits, nil
}

// next is the register as it would be after some edits.
type next struct {
	*Known
	base    *Known // what the edits were applied to
	added   []*Fact
	dropped []*Fact
}

// after applies edits to what is known and checks the whole. It refuses with a
// *ConflictError where a row has changed since, and with a *RefusedError
// where the register would not be valid.
func (s *Store) after(ctx context.Context, base *Known, c Change, edits []Edit) (*next, error) {
	if err := s.check(ctx, base, edits); err != nil {
		return nil, err
	}
	n, edited, err := s.lay(ctx, base, c, edits)
	if err != nil {
		return nil, err
	}
	if err := s.loadNew(n.Known); err != nil {
		return nil, refused(err, n.Known, edits, edited)
	}
	return n, nil
}

// lay puts edits in the place of what they are about, unchecked. edited says of
// which edit a row is.
func (s *Store) lay(ctx context.Context, base *Known, c Change, edits []Edit) (n *next, edited map[*Fact]int, err error) {
	n = &next{base: base}
	edited = map[*Fact]int{}
	replaced := map[int64]*Fact{}
	last, err := first(ctx, s.reading, number, "SELECT COALESCE(MAX(version), 0) FROM fact_version WHERE change <= $1", base.Change.Number)
	if err != nil {
		return nil, nil, err
	}
	for i, e := range edits {
		old := base.version(e.Table, e.Version)
		var f *Fact
		if e.After != nil {
			last++
			f = &Fact{Version: last, Fact: last, Table: e.Table, Values: e.After.trimmed(), Change: base.Change.Number + 1, RecordedBy: c.RecordedBy}
			if old != nil {
				f.Fact = old.Fact
			}
			n.added = append(n.added, f)
			edited[f] = i
		}
		if old != nil {
			n.dropped = append(n.dropped, old)
			replaced[old.Version] = f
		}
	}
	n.Known = arrange(replace(base, replaced, n.added))
	return n, edited, nil
}

// replace gives the facts with some in the place of others (or of nothing) and
// the new ones behind.
func replace(base *Known, replaced map[int64]*Fact, added []*Fact) []*Fact {
	var facts []*Fact
	for _, table := range Tables() {
		for _, f := range base.tables[table] {
			if by, changed := replaced[f.Version]; changed {
				f = by
			}
			if f != nil {
				facts = append(facts, f)
			}
		}
	}
	for _, f := range added {
		if f.Fact == f.Version {
			facts = append(facts, f)
		}
	}
	return facts
}

func (k *Known) version(table string, version int64) *Fact {
	if version == 0 {
		return nil
	}
	for _, f := range k.tables[table] {
		if f.Version == version {
			return f
		}
	}
	return nil
}

// check refuses edits that are wrong in themselves or beside what is known: all
// that can be told before a pack is made of it.
func (s *Store) check(ctx context.Context, base *Known, edits []Edit) error {
	if err := checkEdits(edits); err != nil {
		return err
	}
	if err := s.conflicts(ctx, base, edits); err != nil {
		return err
	}
	e := &RefusedError{}
	for i, edit := range edits {
		if old := base.version(edit.Table, edit.Version); old != nil && edit.After != nil && same(old.Values, edit.After) {
			e.Faults = append(e.Faults, Fault{Edit: i, Place: old.Place(), Text: old.Place() + ": the row says this already; leave the edit out"})
		}
	}
	if e.Faults != nil {
		return e
	}
	return nil
}

// checkEdits refuses what is wrong with the edits themselves.
func checkEdits(edits []Edit) error {
	e := &RefusedError{}
	add := func(n int, text string) {
		e.Faults = append(e.Faults, Fault{Edit: n, Place: edits[n].Place(), Text: edits[n].Place() + ": " + text})
	}
	seen := map[int64]bool{}
	for i, edit := range edits {
		columns := Columns(edit.Table)
		switch {
		case columns == nil:
			e.Faults = append(e.Faults, Fault{Edit: i, Place: edit.Table, Text: fmt.Sprintf("%q: the register has no such table; it has %s", edit.Table, strings.Join(Tables(), ", "))})
			continue
		case edit.Version == 0 && edit.After == nil:
			e.Faults = append(e.Faults, Fault{Edit: i, Place: edit.Table, Text: edit.Table + ": the edit neither adds, changes nor withdraws a row; name the version or give the row"})
			continue
		case edit.After != nil && len(edit.After.trimmed()) == 0:
			e.Faults = append(e.Faults, Fault{Edit: i, Place: edit.Table, Text: edit.Table + ": the row is blank; fill it in, or leave it out to withdraw the row"})
			continue
		case edit.Version != 0 && seen[edit.Version]:
			add(i, "the row is edited twice; make one edit of the two")
		}
		seen[edit.Version] = true
		for _, column := range slices.Sorted(maps.Keys(edit.After)) {
			if !slices.Contains(columns, column) {
				add(i, fmt.Sprintf("the column %q is not known; the table has %s", column, strings.Join(columns, ", ")))
			}
			if text := edit.After[column]; plain(text) != text {
				add(i, fmt.Sprintf("column %s value %q: it is no text; write it in UTF-8, without control characters", column, text))
			}
		}
	}
	if len(edits) == 0 {
		e.Faults = append(e.Faults, Fault{Edit: -1, Text: "there is nothing to change; edit at least one row"})
	}
	if e.Faults != nil {
		return e
	}
	return nil
}

// plain leaves out of a text what no database or page can show.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
}

// conflicts compares what edits are based on with what is known by now.
func (s *Store) conflicts(ctx context.Context, base *Known, edits []Edit) error {
	e := &ConflictError{}
	for _, edit := range edits {
		var c *Conflict
		var err error
		if edit.Version == 0 {
			c = base.doubled(edit)
		} else if base.version(edit.Table, edit.Version) == nil {
			c, err = s.overtaken(ctx, base, edit)
		}
		if err != nil {
			return err
		}
		if c == nil {
			continue
		}
		if err := s.explain(ctx, c); err != nil {
			return err
		}
		e.Conflicts = append(e.Conflicts, *c)
	}
	if e.Conflicts != nil {
		return e
	}
	return nil
}

// doubled finds a row that is there already under the key of one to be added.
func (k *Known) doubled(edit Edit) *Conflict {
	if f := k.Row(edit.Table, edit.After); f != nil {
		return &Conflict{Edit: edit, Now: f, Change: &Change{Number: f.Change}}
	}
	return nil
}

// overtaken finds what has become of a version that stands no longer.
func (s *Store) overtaken(ctx context.Context, base *Known, edit Edit) (*Conflict, error) {
	was, err := s.Fact(ctx, edit.Version)
	if errors.Is(err, ErrNotFound) || err == nil && was.Table != edit.Table {
		return nil, &RefusedError{[]Fault{{Edit: -1, Place: edit.Place(), Text: fmt.Sprintf("%s: the register has no version %d of it", edit.Place(), edit.Version)}}}
	}
	if err != nil {
		return nil, err
	}
	if edit.Before == nil {
		edit.Before = was.Values
	}
	c := &Conflict{Edit: edit, Change: &Change{Number: was.Withdrawn}}
	for _, f := range base.tables[was.Table] {
		if f.Fact == was.Fact {
			c.Now, c.Change.Number = f, f.Change
		}
	}
	return c, nil
}

func (s *Store) explain(ctx context.Context, c *Conflict) error {
	change, err := first(ctx, s.reading, scanChange, selectChanges+" WHERE number = $1", c.Change.Number)
	if errors.Is(err, ErrNotFound) {
		c.Change = nil
		return nil
	}
	c.Change = &change
	return err
}

// Try says what the register would be after some edits, or why it would not be
// valid (*RefusedError) or is not what they are based on (*ConflictError).
func (s *Store) Try(ctx context.Context, edits []Edit) (*Known, error) {
	base, err := s.Known(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	n, err := s.after(ctx, base, Change{}, edits)
	if err != nil {
		return nil, err
	}
	n.Known.Change = base.Change
	return n.Known, nil
}

// errMoved says that another change came in between checking and recording.
var errMoved = errors.New("the register has moved on")

// apply checks edits and records them as a change, together with what also does.
// The check takes a tenth of a second and is done before the writers' lock is
// taken; should another change come in between, it is done again.
func (s *Store) apply(ctx context.Context, c Change, edits []Edit, also func(w *writing, c Change) error) (Change, error) {
	for {
		base, err := s.Known(ctx, time.Time{})
		if err != nil {
			return c, err
		}
		n, err := s.after(ctx, base, c, edits)
		if err != nil {
			return c, err
		}
		err = s.write(ctx, func(w *writing) error {
			head, err := w.number("SELECT MAX(number) FROM change")
			if err != nil {
				return err
			}
			if head != base.Change.Number {
				return errMoved
			}
			c.Number, c.RecordedAt = head+1, unstamp(w.at)
			if err := w.record(c, n.added, n.dropped); err != nil {
				return err
			}
			return also(w, c)
		})
		if errors.Is(err, errMoved) {
			continue
		}
		if err != nil {
			return c, err
		}
		for _, f := range n.added {
			f.RecordedAt = c.RecordedAt
		}
		n.Known.Change = c
		s.memory.put(n.Known)
		return c, nil
	}
}

const factColumns = "version, fact, in_table, identity, valid_from, valid_to, content, source, confidence, change"

func (f *Fact) row() []any {
	row := []any{f.Version, f.Fact, f.Table, identity(f.Table, f.Values)}
	if f.Table == sources {
		return append(row, "", "", content(f.Table, f.Values), "", "", f.Change)
	}
	v := f.Values
	return append(row, v["valid_from"], v["valid_to"], content(f.Table, v), v["source"], v["confidence"], f.Change)
}

// record writes a change with its versions and withdrawals.
func (w *writing) record(c Change, added, dropped []*Fact) error {
	if err := w.insert("change", changeColumns, [][]any{c.row()}); err != nil {
		return err
	}
	versions := make([][]any, len(added))
	for i, f := range added {
		versions[i] = f.row()
	}
	if err := w.insert("fact_version", factColumns, versions); err != nil {
		return err
	}
	withdrawals := make([][]any, len(dropped))
	for i, f := range dropped {
		withdrawals[i] = []any{f.Version, c.Number}
	}
	return w.insert("fact_withdrawn", "version, change", withdrawals)
}

// digests are the SHA-256 digests of changes from one number to another, each
// over the change and all its versions and withdrawals as they lie in the database.
func digests(ctx context.Context, q querier, from, to int64, do func(change int64, digest string) error) error {
	changes, err := list(ctx, q, scanChange, selectChanges+" WHERE number >= $1 AND number <= $2 ORDER BY number", from, to)
	if err != nil {
		return err
	}
	for _, c := range changes {
		h := sha256.New()
		fmt.Fprintln(h, jsonText(c.row()))
		if err := digestRows(ctx, q, h, 10, "SELECT "+factColumns+" FROM fact_version WHERE change = $1 ORDER BY version", c.Number); err != nil {
			return err
		}
		if err := digestRows(ctx, q, h, 2, "SELECT version, change FROM fact_withdrawn WHERE change = $1 ORDER BY version", c.Number); err != nil {
			return err
		}
		if err := do(c.Number, hex.EncodeToString(h.Sum(nil))); err != nil {
			return err
		}
	}
	return nil
}

// digestRows writes each row as a line of JSON.
func digestRows(ctx context.Context, q querier, into io.Writer, width int, query string, args ...any) error {
	row := make([]any, width)
	at := make([]any, width)
	for i := range row {
		at[i] = &row[i]
	}
	return each(ctx, q, func(r scanner) error {
		if err := r.Scan(at...); err != nil {
			return err
		}
		_, err := fmt.Fprintln(into, jsonText(row))
		return err
	}, query, args...)
}
