package store

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"remit/register"
)

// board finds the row of a board that holds now.
func board(t testing.TB, s *Store, code string) *Fact {
	t.Helper()
	k := must(s.Known(t.Context(), time.Time{}))(t)
	rows := k.Find("icb", code)
	if len(rows) == 0 {
		t.Fatalf("no board %s", code)
	}
	return rows[len(rows)-1]
}

// with is the row with some columns changed.
func with(f *Fact, columns ...string) Values {
	v := Values{}
	for c, text := range f.Values {
		v[c] = text
	}
	for i := 0; i < len(columns); i += 2 {
		v[columns[i]] = columns[i+1]
	}
	return v
}

// propose drafts and submits.
func propose(t testing.TB, s *Store, author string, edits ...Edit) Proposal {
	t.Helper()
	p := must(s.Propose(t.Context(), author, Proposal{Title: "A test", Reason: "because of a test", Source: "a test", Edits: edits}))(t)
	return must(s.Submit(t.Context(), author, p.ID, p.Revision))(t)
}

func rename(f *Fact, note string) Edit {
	return Edit{Table: f.Table, Version: f.Version, After: with(f, "note", note)}
}

func TestProposalTakesEffect(t *testing.T) {
	onBoth(t, func(t *testing.T, o Options) {
		s := open(t, o)
		old := board(t, s, "QMJ")
		p := propose(t, s, "ann", rename(old, "looked at"))
		if got := board(t, s, "QMJ"); got.Version != old.Version {
			t.Error("a proposal took effect before it was approved")
		}
		if strings.Join(p.Organisations, " ") != "QMJ" {
			t.Errorf("the proposal touches %q, want QMJ", p.Organisations)
		}
		var rule *RuleError
		if _, err := s.Approve(t.Context(), "Ann ", p.ID, p.Revision, ""); !errors.As(err, &rule) {
			t.Errorf("the author approved: %v", err)
		}
		if _, err := s.Approve(t.Context(), "bob", p.ID, p.Revision-1, ""); !errors.As(err, &rule) {
			t.Errorf("a revision not seen was approved: %v", err)
		}
		c := must(s.Approve(t.Context(), "bob", p.ID, p.Revision, "agreed"))(t)
		if c.Number != 2 || c.RecordedBy != "ann" || c.ApprovedBy != "bob" || c.Reason != "because of a test" {
			t.Errorf("%+v", c)
		}
		now := board(t, s, "QMJ")
		if now.Values["note"] != "looked at" || now.Fact != old.Fact || now.Change != 2 {
			t.Errorf("%+v", now)
		}
		// As known before the change it is as it was.
		k := must(s.Known(t.Context(), c.RecordedAt.Add(-time.Microsecond)))(t)
		if got := k.Find("icb", "QMJ"); got[len(got)-1].Version != old.Version {
			t.Error("the past has changed")
		}
		_, edits, err := s.Change(t.Context(), 2)
		if err != nil || len(edits) != 1 || edits[0].Before["note"] != old.Values["note"] || edits[0].After["note"] != "looked at" {
			t.Errorf("%+v %v", edits, err)
		}
		history := must(s.History(t.Context(), "icb", "QMJ"))(t)
		last := history[len(history)-1]
		if last.Version != now.Version || last.Withdrawn != 0 || !last.RecordedAt.Equal(c.RecordedAt) {
			t.Errorf("%+v", last)
		}
		var replaced bool
		for _, f := range history {
			replaced = replaced || f.Version == old.Version && f.Withdrawn == 2 && f.WithdrawnAt.Equal(c.RecordedAt)
		}
		if !replaced {
			t.Error("the history does not tell that the earlier version was corrected")
		}
		if _, err := s.Approve(t.Context(), "bob", p.ID, p.Revision, ""); !errors.As(err, &rule) {
			t.Errorf("approved twice: %v", err)
		}
		if p = must(s.Proposal(t.Context(), p.ID))(t); p.State != Approved || p.Change != 2 || p.DecidedBy != "bob" || p.Note != "agreed" {
			t.Errorf("%+v", p)
		}
		if v, err := s.Verify(t.Context(), ""); err != nil || v.Changes != 2 {
			t.Errorf("%+v %v", v, err)
		}
		// What another process reads is the same.
		s2 := open(t, o)
		if a, b := must(s.Pack(t.Context(), time.Time{}))(t), must(s2.Pack(t.Context(), time.Time{}))(t); a.Hash != b.Hash {
			t.Error("the pack kept in memory differs from the one in the database")
		}
	})
}

func TestSecondEditorIsTold(t *testing.T) {
	onBoth(t, func(t *testing.T, o Options) {
		s := open(t, o)
		old := board(t, s, "QMJ")
		one, two := propose(t, s, "ann", rename(old, "as Ann has it")), propose(t, s, "cat", rename(old, "as Cat has it"))
		must(s.Approve(t.Context(), "bob", one.ID, one.Revision, ""))(t)
		_, err := s.Approve(t.Context(), "bob", two.ID, two.Revision, "")
		var conflict *ConflictError
		if !errors.As(err, &conflict) || len(conflict.Conflicts) != 1 {
			t.Fatalf("got %v, want a conflict", err)
		}
		for _, want := range []string{"icb QMJ", "by ann", "change 2", `is "as Ann has it"`} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q does not say %s", err, want)
			}
		}
		// The second revises on what is there now, and gets it through.
		two.Edits = []Edit{rename(conflict.Conflicts[0].Now, "as both have it")}
		two = must(s.Propose(t.Context(), "cat", two))(t)
		two = must(s.Submit(t.Context(), "cat", two.ID, two.Revision))(t)
		must(s.Approve(t.Context(), "ann", two.ID, two.Revision, ""))(t)
		if got := board(t, s, "QMJ").Values["note"]; got != "as both have it" {
			t.Errorf("got %q", got)
		}
	})
}

func TestTwoApproveAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, o Options) {
		a, b := open(t, o), open(t, o) // two servers
		old := board(t, a, "QMJ")
		one, two := propose(t, a, "ann", rename(old, "one")), propose(t, a, "cat", rename(old, "two"))
		var wait sync.WaitGroup
		errs := make([]error, 2)
		wait.Go(func() { _, errs[0] = a.Approve(t.Context(), "bob", one.ID, one.Revision, "") })
		wait.Go(func() { _, errs[1] = b.Approve(t.Context(), "bob", two.ID, two.Revision, "") })
		wait.Wait()
		var conflict *ConflictError
		if (errs[0] == nil) == (errs[1] == nil) || !errors.As(errors.Join(errs...), &conflict) {
			t.Errorf("got %v and %v, want one to take effect and the other to conflict", errs[0], errs[1])
		}
		if _, err := a.Verify(t.Context(), ""); err != nil {
			t.Error(err)
		}
	})
}

func TestInvalidIsRefused(t *testing.T) {
	s := open(t, Options{Dir: t.TempDir()})
	old := board(t, s, "QMJ")
	cases := []struct {
		name  string
		edits []Edit
		want  []string
	}{
		{"no such region", []Edit{{Table: "icb", Version: old.Version, After: with(old, "region", "Y99")}}, []string{"icb QMJ", `value "Y99"`, "not in region.csv"}},
		{"two faults at once", []Edit{
			{Table: "icb", Version: old.Version, After: with(old, "name", "")},
			{Table: "hub", After: Values{"code": "ZZ1", "name": "A hub", "kind": "no such kind", "confidence": "low", "source": "x"}}},
			[]string{"column name", "column kind"}},
		{"withdrawn although others need it", []Edit{{Table: "icb", Version: old.Version}}, []string{"icb.csv"}},
		{"an unknown column", []Edit{{Table: "icb", Version: old.Version, After: with(old, "colour", "blue")}}, []string{`"colour" is not known`}},
		{"an unknown table", []Edit{{Table: "ward", After: Values{"code": "1"}}}, []string{"no such table"}},
		{"the same row twice", []Edit{rename(old, "a"), rename(old, "b")}, []string{"edited twice"}},
		{"what stands already", []Edit{{Table: "icb", Version: old.Version, After: with(old, "name", " "+old.Values["name"], "ons_code", old.Values["ons_code"])}}, []string{"says this already"}},
		{"no text", []Edit{rename(old, "a \x00 or \xff")}, []string{"control characters"}},
		{"nothing at all", nil, []string{"nothing to change"}},
		{"a blank row", []Edit{{Table: "icb", After: Values{}}}, []string{"blank"}},
		{"no such version", []Edit{{Table: "icb", Version: 1 << 40, After: with(old)}}, []string{"no version"}},
		{"a version of another table", []Edit{{Table: "hub", Version: old.Version, After: Values{"code": "QMJ"}}}, []string{"no version"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := s.Try(t.Context(), c.edits)
			var refused *RefusedError
			if !errors.As(err, &refused) {
				t.Fatalf("got %v, want it refused", err)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
		})
	}
	added := Edit{Table: "icb", After: with(old)}
	var conflict *ConflictError
	if _, err := s.Try(t.Context(), []Edit{added}); !errors.As(err, &conflict) {
		t.Errorf("a row added that is there already: %v", err)
	}
}

func TestCheckOfTheCaller(t *testing.T) {
	refusal := errors.New("a board must not be renamed on a Sunday")
	var strict bool
	o := Options{Dir: t.TempDir()}
	o.Check = func(*register.Pack) error {
		if strict {
			return refusal
		}
		return nil
	}
	s := open(t, o)
	strict = true
	var refused *RefusedError
	if _, err := s.Try(t.Context(), []Edit{rename(board(t, s, "QMJ"), "x")}); !errors.As(err, &refused) || !strings.Contains(err.Error(), refusal.Error()) {
		t.Errorf("got %v", err)
	}
	// What was recorded before the rule stays readable.
	s.memory = newMemory()
	must(s.Known(t.Context(), time.Time{}))(t)
}

func TestProposalSteps(t *testing.T) {
	onBoth(t, func(t *testing.T, o Options) {
		s := open(t, o)
		ctx := t.Context()
		edit := rename(board(t, s, "QMJ"), "x")
		var rule *RuleError
		refuses := func(what string, err error) {
			t.Helper()
			if !errors.As(err, &rule) {
				t.Errorf("%s: got %v, want it refused", what, err)
			}
		}
		_, err := s.Propose(ctx, "ann", Proposal{Edits: []Edit{edit}})
		refuses("no title", err)
		p := must(s.Propose(ctx, "ann", Proposal{Title: "T", Edits: []Edit{edit}}))(t)
		_, err = s.Submit(ctx, "ann", p.ID, p.Revision)
		refuses("no reason", err)
		_, err = s.Approve(ctx, "bob", p.ID, p.Revision, "")
		refuses("approve a draft", err)
		_, err = s.Refuse(ctx, "bob", p.ID, p.Revision, "no")
		refuses("refuse a draft", err)
		p.Reason, p.Source = "R", "S"
		_, err = s.Propose(ctx, "cat", p)
		refuses("revise another's", err)
		p = must(s.Propose(ctx, "ann", p))(t)
		_, err = s.Submit(ctx, "cat", p.ID, p.Revision)
		refuses("submit another's", err)
		p = must(s.Submit(ctx, "ann", p.ID, p.Revision))(t)
		_, err = s.Refuse(ctx, "ann", p.ID, p.Revision, "no")
		refuses("refuse one's own", err)
		_, err = s.Refuse(ctx, "bob", p.ID, p.Revision, "")
		refuses("refuse without a reason", err)
		_, err = s.Withdraw(ctx, "bob", p.ID, p.Revision, "")
		refuses("withdraw another's", err)
		p = must(s.Refuse(ctx, "bob", p.ID, p.Revision, "not now"))(t)
		if p.State != Refused || p.Note != "not now" {
			t.Errorf("%+v", p)
		}
		_, err = s.Withdraw(ctx, "ann", p.ID, p.Revision, "")
		refuses("withdraw what was refused", err)
		q := propose(t, s, "ann", edit)
		q = must(s.Withdraw(ctx, "ann", q.ID, q.Revision, "thought better of it"))(t)
		if q.State != Withdrawn {
			t.Errorf("%+v", q)
		}
		all := must(s.Proposals(ctx))(t)
		if len(all) != 2 || all[0].ID != q.ID {
			t.Errorf("%d proposals", len(all))
		}
		if open := must(s.Proposals(ctx, Draft, Submitted))(t); len(open) != 0 {
			t.Errorf("%d proposals are open", len(open))
		}
		if len(must(s.Changes(ctx, 0, 10))(t)) != 1 {
			t.Error("something took effect")
		}
		entries := must(s.Entries(ctx, "proposal 1", 0, 10))(t)
		var actions []string
		for _, e := range entries {
			actions = append(actions, e.Action)
		}
		if got := strings.Join(actions, " "); got != "proposal.refuse proposal.submit proposal.draft proposal.draft" {
			t.Error(got)
		}
	})
}
