package store

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing/fstest"
	"time"

	"remit/register"
)

// Known is the register as it was known after one change. It is immutable.
type Known struct {
	Pack   *register.Pack
	Change Change // the last change that it contains
	tables map[string][]*Fact
	byCode map[string]map[string][]*Fact
}

// Facts are the rows of a table, in order; not to be written to.
func (k *Known) Facts(table string) []*Fact { return k.tables[table] }

// Find lists the rows of a table whose first identity column has the code, at
// whatever dates they hold.
func (k *Known) Find(table, code string) []*Fact { return k.byCode[table][code] }

// Row is the row with the identity and valid_from of some values, or nil.
func (k *Known) Row(table string, v Values) *Fact {
	columns := Identity(table)
	if columns == nil {
		return nil
	}
	want := keyOf(table, v.trimmed())
	for _, f := range k.Find(table, strings.TrimSpace(v[columns[0]])) {
		if keyOf(f.Table, f.Values) == want {
			return f
		}
	}
	return nil
}

// Pack is the register as known at a moment; the zero time means by now. Packs
// of the last moments asked for are kept, and are safe to share.
func (s *Store) Pack(ctx context.Context, at time.Time) (*register.Pack, error) {
	k, err := s.Known(ctx, at)
	if err != nil {
		return nil, err
	}
	return k.Pack, nil
}

// Known is the register as known at a moment; the zero time means by now.
// ErrNotFound when nothing had been recorded then.
func (s *Store) Known(ctx context.Context, at time.Time) (*Known, error) {
	change, err := s.lastChange(ctx, s.reading, at)
	if err != nil {
		return nil, err
	}
	return s.knownAfter(ctx, change)
}

// lastChange is the number of the last change recorded by a moment.
func (s *Store) lastChange(ctx context.Context, q querier, at time.Time) (int64, error) {
	n, err := int64(0), error(nil)
	if at.IsZero() {
		n, err = first(ctx, q, number, "SELECT COALESCE(MAX(number), 0) FROM change")
	} else {
		n, err = first(ctx, q, number, "SELECT COALESCE(MAX(number), 0) FROM change WHERE recorded_at <= $1", stamp(at))
	}
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return n, err
}

// knownAfter is the register after a change, from memory where it is there.
func (s *Store) knownAfter(ctx context.Context, change int64) (*Known, error) {
	return s.memory.get(change, func() (*Known, error) {
		var facts []*Fact
		var c Change
		err := s.view(ctx, func(q querier) (err error) {
			if c, err = first(ctx, q, scanChange, selectChanges+" WHERE number = $1", change); err != nil {
				return err
			}
			facts, err = factsAt(ctx, q, change)
			return err
		})
		if err != nil {
			return nil, err
		}
		k := arrange(facts)
		k.Change = c
		if err := s.loadPack(k); err != nil {
			return nil, fmt.Errorf("read the register as of change %d: %w", change, err)
		}
		return k, nil
	})
}

func arrange(facts []*Fact) *Known {
	k := &Known{tables: map[string][]*Fact{}, byCode: map[string]map[string][]*Fact{}}
	for _, f := range facts {
		k.tables[f.Table] = append(k.tables[f.Table], f)
	}
	for table, rows := range k.tables {
		if Identity(table) == nil {
			continue // an older program knew the table; its rows are history
		}
		byCode := make(map[string][]*Fact, len(rows))
		column := Identity(table)[0]
		for _, f := range rows {
			byCode[f.Values[column]] = append(byCode[f.Values[column]], f)
		}
		k.byCode[table] = byCode
	}
	return k
}

// origin names packs from the store, in faults and results.
const origin = "register"

// loadPack makes the pack of the facts, by way of the same CSV files and the same
// checks as every other pack: the register has one way in.
func (s *Store) loadPack(k *Known) error {
	files := fstest.MapFS{}
	for _, table := range Tables() {
		files[table+".csv"] = &fstest.MapFile{Data: writeCSV(table, k.tables[table])}
	}
	pack, err := register.LoadFS(origin, files, s.options.Overlay...)
	if err != nil {
		return err
	}
	// A pack that was handed out is never closed: whoever holds one of its tables
	// may look up a postcode yet. What stays is a mapping of a file that all share.
	k.Pack = pack
	return nil
}

// loadNew makes the pack of facts that are about to be recorded, and checks it by
// the caller's rules too. What was recorded is not checked by them again: rules
// grow stricter, and the past must stay readable.
func (s *Store) loadNew(k *Known) error {
	if err := s.loadPack(k); err != nil || s.options.Check == nil {
		return err
	}
	return s.options.Check(k.Pack)
}

func writeCSV(table string, rows []*Fact) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	columns := Columns(table)
	w.Write(columns) // a buffer takes everything: Error below would say otherwise
	record := make([]string, len(columns))
	for _, f := range rows {
		for i, column := range columns {
			record[i] = f.Values[column]
		}
		w.Write(record)
	}
	w.Flush()
	return b.Bytes()
}

// refused turns the faults of a pack into sentences that name the row and, where
// there is one, the edit that it comes from.
func refused(err error, k *Known, edits []Edit, edited map[*Fact]int) error {
	var data *register.DataError
	if !errors.As(err, &data) {
		return &RefusedError{[]Fault{{Edit: -1, Text: err.Error()}}}
	}
	e := &RefusedError{}
	for _, f := range data.Faults {
		e.Faults = append(e.Faults, faultAt(f, k, edits, edited))
	}
	slices.SortStableFunc(e.Faults, func(a, b Fault) int { return b.Edit - a.Edit }) // one's own first
	return e
}

func faultAt(f register.Fault, k *Known, edits []Edit, edited map[*Fact]int) Fault {
	fault := Fault{Edit: -1, Register: &f, Place: f.File}
	table := strings.TrimSuffix(filepath.Base(f.File), ".csv")
	if rows := k.tables[table]; f.Row >= 2 && f.Row-2 < len(rows) {
		row := rows[f.Row-2]
		fault.Place = row.Place()
		if n, own := edited[row]; own {
			fault.Edit = n
		}
	}
	text := f
	text.File, text.Row = fault.Place, 0
	fault.Text = text.String()
	return fault
}

// memory keeps the packs asked for last. Two who ask for the same one at the
// same time wait for one loading.
type memory struct {
	mutex *sync.Mutex
	kept  *[]*remembered // the last used at the end
}

type remembered struct {
	change int64
	load   sync.Once
	known  *Known
	err    error
}

// mostRemembered bounds the memory that packs take: about 30 MB each.
const mostRemembered = 8

func newMemory() memory { return memory{&sync.Mutex{}, &[]*remembered{}} }

func (m memory) get(change int64, load func() (*Known, error)) (*Known, error) {
	r := m.entry(change)
	r.load.Do(func() { r.known, r.err = load() })
	if r.err != nil {
		m.forget(r)
	}
	return r.known, r.err
}

func (m memory) entry(change int64) *remembered {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	kept := *m.kept
	for i, r := range kept {
		if r.change == change {
			*m.kept = append(slices.Delete(kept, i, i+1), r)
			return r
		}
	}
	r := &remembered{change: change}
	if len(kept) >= mostRemembered {
		kept = slices.Delete(kept, 0, 1)
	}
	*m.kept = append(kept, r)
	return r
}

func (m memory) forget(r *remembered) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	*m.kept = slices.DeleteFunc(*m.kept, func(k *remembered) bool { return k == r })
}

// put keeps a pack that has just been made.
func (m memory) put(k *Known) {
	r := m.entry(k.Change.Number)
	r.load.Do(func() { r.known = k })
}
