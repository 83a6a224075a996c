package store

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

var changes = flag.Int("changes", 40, "how many random changes the property test makes")

// model is the register as it should be: rows by key. It is what the store is
// compared with, and knows nothing of versions.
type model map[string]Values

func modelOf(k *Known) model {
	m := model{}
	for _, table := range Tables() {
		for _, f := range k.Facts(table) {
			m[table+identity(table, f.Values)+f.Values["valid_from"]] = f.Values.trimmed()
		}
	}
	return m
}

func (m model) equal(other model) bool {
	return maps.EqualFunc(m, other, func(a, b Values) bool { return maps.Equal(a, b) })
}

// TestAnySequenceOfChanges makes random changes, valid and invalid, in batches
// of random size. After each the register must be as a plain map of rows has it,
// at the end every earlier state must come back as known at its time, from this
// process and from a fresh one, and the audit chain must hold.
func TestAnySequenceOfChanges(t *testing.T) {
	onBoth(t, func(t *testing.T, o Options) {
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		random := rand.New(rand.NewPCG(seed, 0))
		s := open(t, o)
		ctx := t.Context()
		type state struct {
			at     time.Time
			change int64
			rows   model
		}
		start := must(s.Known(ctx, time.Time{}))(t)
		states := []state{{start.Change.RecordedAt, 1, modelOf(start)}}
		accepted := 0
		for n := range *changes {
			k := must(s.Known(ctx, time.Time{}))(t)
			edits, want := someEdits(random, k, states[len(states)-1].rows, n)
			c, err := s.apply(ctx, Change{RecordedBy: "ann", ApprovedBy: "bob", Reason: fmt.Sprint(n), Source: "s"}, edits, func(w *writing, c Change) error {
				vouched, err := w.vouch(c.Number, c.Number)
				if err != nil {
					return err
				}
				return w.audit("bob", actionApprove, "a test", detail{Changes: vouched})
			})
			var refused *RefusedError
			if errors.As(err, &refused) {
				want = states[len(states)-1].rows
			} else if err != nil {
				t.Fatal(err)
			} else {
				accepted++
				states = append(states, state{c.RecordedAt, c.Number, want})
			}
			if got := modelOf(must(s.Known(ctx, time.Time{}))(t)); !got.equal(want) {
				t.Fatalf("after edits %d (%v) the register differs from the model", n, err)
			}
		}
		if accepted == 0 || accepted == *changes {
			t.Errorf("%d of %d changes were accepted: the test proves little", accepted, *changes)
		}
		again := open(t, o)
		for _, reader := range []*Store{s, again} {
			for _, st := range states {
				for _, at := range []time.Time{st.at, st.at.Add(time.Nanosecond)} {
					k := must(reader.Known(ctx, at))(t)
					if k.Change.Number != st.change || !modelOf(k).equal(st.rows) {
						t.Fatalf("as known at %v the register is not what it was after change %d", at, st.change)
					}
				}
			}
		}
		checkHistories(t, s)
		if v, err := again.Verify(ctx, ""); err != nil || v.Changes != int64(accepted+1) {
			t.Errorf("%+v %v", v, err)
		}
	})
}

// someEdits makes a few random edits, and the model as it should be afterwards.
func someEdits(random *rand.Rand, k *Known, before model, n int) ([]Edit, model) {
	tables := []string{"population", "icb", "service", "hub", "source", "point_of_delivery"}
	after := maps.Clone(before)
	var edits []Edit
	touched := map[int64]bool{}
	for range 1 + random.IntN(4) {
		table := tables[random.IntN(len(tables))]
		rows := k.Facts(table)
		f := rows[random.IntN(len(rows))]
		if touched[f.Version] {
			continue
		}
		touched[f.Version] = true
		key := func(v Values) string { return table + identity(table, v) + v["valid_from"] }
		switch random.IntN(4) {
		case 0: // withdraw, which others may forbid by naming the row
			edits = append(edits, Edit{Table: table, Version: f.Version})
			delete(after, key(f.Values))
		case 1: // add
			v := with(f, Identity(table)[0], fmt.Sprintf("NEW%d-%d", n, random.IntN(1000)))
			edits = append(edits, Edit{Table: table, After: v})
			after[key(v)] = v.trimmed()
		case 2: // correct
			column := Columns(table)[random.IntN(len(Columns(table)))]
			if slices.Contains(Identity(table), column) || column == "valid_from" {
				continue
			}
			v := with(f, column, []string{"", "2026-03-31", "low", " a text, \"quoted\" ", "1"}[random.IntN(5)])
			edits = append(edits, Edit{Table: table, Version: f.Version, After: v})
			after[key(f.Values)] = v.trimmed()
		case 3: // change its key
			v := with(f, "valid_from", fmt.Sprintf("2023-%02d-01", 1+random.IntN(12)))
			if table == sources {
				continue
			}
			delete(after, key(f.Values))
			edits = append(edits, Edit{Table: table, Version: f.Version, After: v})
			after[key(v)] = v.trimmed()
		}
	}
	return edits, after
}

// checkHistories checks that the versions of each row follow on from one another:
// each is withdrawn by the change that recorded the next.
func checkHistories(t *testing.T, s *Store) {
	t.Helper()
	all := must(list(context.Background(), s.reading, scanFact, selectFacts+" ORDER BY v.version"))(t)
	last := map[int64]*Fact{}
	for _, f := range all {
		if before := last[f.Fact]; before != nil && before.Withdrawn != f.Change {
			t.Errorf("version %d of %s was withdrawn by change %d, and version %d follows in change %d", before.Version, before.Place(), before.Withdrawn, f.Version, f.Change)
		}
		last[f.Fact] = f
	}
}

// FuzzProposed reads random text as edits: whatever comes in, the store must
// refuse it with sentences or take it, and stay whole.
func FuzzProposed(f *testing.F) {
	s := open(f, Options{Dir: f.TempDir()})
	f.Add("icb", int64(5), "name", "x")
	f.Add("hub", int64(0), "code", "\xff\x00")
	f.Add("source", int64(0), "id", "a b")
	f.Fuzz(func(t *testing.T, table string, version int64, column, text string) {
		_, err := s.Try(context.Background(), []Edit{{Table: table, Version: version, After: Values{column: text}}})
		var refused *RefusedError
		var conflict *ConflictError
		if err != nil && !errors.As(err, &refused) && !errors.As(err, &conflict) {
			t.Errorf("%v", err)
		}
		if err != nil && strings.TrimSpace(err.Error()) == "" {
			t.Error("refused without a word")
		}
	})
}
