package store

import (
	"strings"
	"testing"
	"testing/fstest"
)

func setFile(files fstest.MapFS, table, old, new string) bool {
	text := string(files[table+".csv"].Data)
	files[table+".csv"] = &fstest.MapFile{Data: []byte(strings.Replace(text, old, new, 1))}
	return strings.Contains(text, old)
}

// TestThreeWays holds the kinds of items against a table of cases: a row as the
// release had it, as it is here, and as the newer release has it.
func TestThreeWays(t *testing.T) {
	row := func(note, to string) Values {
		if note == "" {
			return nil
		}
		return Values{"code": "X", "note": note, "valid_to": to, "name": ""}
	}
	cases := []struct {
		name               string
		base, ours, theirs Values
		want               ItemKind
	}{
		{"nothing new", row("a", ""), row("a", ""), row("a", ""), ""},
		{"new there", nil, nil, row("a", ""), Added},
		{"new there and the same here", nil, row("a", ""), row("a", ""), ""},
		{"new there and another here", nil, row("b", ""), row("a", ""), Conflicting},
		{"new here", nil, row("a", ""), nil, ""},
		{"changed there", row("a", ""), row("a", ""), row("b", ""), Changed},
		{"ended there", row("a", ""), row("a", ""), row("a", "2026-03-31"), Ended},
		{"ended and changed there", row("a", ""), row("a", ""), row("b", "2026-03-31"), Changed},
		{"an end moved there", row("a", "2026-03-31"), row("a", "2026-03-31"), row("a", "2027-03-31"), Changed},
		{"changed here", row("a", ""), row("b", ""), row("a", ""), ""},
		{"changed alike", row("a", ""), row("b", ""), row("b", ""), ""},
		{"changed here and there", row("a", ""), row("b", ""), row("c", ""), Conflicting},
		{"removed there", row("a", ""), row("a", ""), nil, Removed},
		{"removed there, changed here", row("a", ""), row("b", ""), nil, Conflicting},
		{"removed here", row("a", ""), nil, row("a", ""), ""},
		{"removed here, changed there", row("a", ""), nil, row("b", ""), Conflicting},
		{"removed here and there", row("a", ""), nil, nil, ""},
	}
	for _, c := range cases {
		i := Item{Table: "icb", Base: c.base, Ours: c.ours, Theirs: c.theirs}
		if got := i.kind(); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// TestUpdate starts from an older pack, edits it, and takes in the shipped one.
func TestUpdate(t *testing.T) {
	onBoth(t, func(t *testing.T, o Options) {
		ctx := t.Context()
		older := shippedFiles(t)
		for _, c := range [][3]string{
			{"icb", "North Central London", "North Central Londn"},                // put right by the shipped pack
			{"icb", "South East London", "South East Londn"},                      // put right there, and changed here
			{"service", "\n11,", "\n11,Withdrawn once "},                          // another title
			{"treatment_function", "\n100,", "\n9999,Tried once,0,,,low,x\n100,"}, // gone from the shipped pack
		} {
			if !setFile(older, c[0], c[1], c[2]) {
				t.Fatalf("%s.csv has no %q", c[0], c[1])
			}
		}
		o.LeaveEmpty = true
		s := openWhole(t, o)
		if err := s.loadFirst(ctx, older, Change{RecordedBy: "the test", Reason: "an older pack"}); err != nil {
			t.Fatal(err)
		}
		mine := propose(t, s, "ann", rename(board(t, s, "QKK"), "changed here"), rename(board(t, s, "QWO"), "changed here alone"))
		must(s.Approve(ctx, "bob", mine.ID, mine.Revision, ""))(t)
		u := must(s.Update(ctx))(t)
		got := map[string]ItemKind{}
		for _, i := range u.Items {
			got[i.Place()] = i.Kind
		}
		want := map[string]ItemKind{"icb QKK from 2022-07-01": Conflicting, "icb QMJ from 2022-07-01": Changed, "treatment_function 9999": Removed}
		for place, kind := range want {
			if got[place] != kind {
				t.Errorf("%s: got %q, want %q", place, got[place], kind)
			}
		}
		if u.Items[0].Kind != Conflicting || got["icb QWO from 2022-07-01"] != "" {
			t.Errorf("%v", got)
		}
		p := must(s.ProposeUpdate(ctx, "ann", u, func(i Item) bool { return i.Kind != Conflicting }, Proposal{Title: "Update", Reason: "newer", Source: "the pack"}))(t)
		p = must(s.Submit(ctx, "ann", p.ID, p.Revision))(t)
		if n := len(must(s.Update(ctx))(t).Items); n != len(u.Items) {
			t.Error("the update is no longer offered although nothing was decided")
		}
		must(s.Approve(ctx, "bob", p.ID, p.Revision, ""))(t)
		if n := len(must(s.Update(ctx))(t).Items); n != 0 {
			t.Errorf("%d items are offered after the update was taken in", n)
		}
		if v := board(t, s, "QMJ").Values["name"]; strings.Contains(v, "Londn") {
			t.Error(v)
		}
		if v := board(t, s, "QKK").Values; !strings.Contains(v["name"], "Londn") || v["note"] != "changed here" {
			t.Errorf("the conflict that was left was overwritten: %v", v)
		}
		if _, err := s.Verify(ctx, ""); err != nil {
			t.Error(err)
		}
	})
}

func TestDeclineUpdate(t *testing.T) {
	s := open(t, Options{Dir: t.TempDir()}) // an older pack: it has no practices
	u := must(s.Update(t.Context()))(t)
	if len(u.Items) < 8000 {
		t.Fatalf("%d items", len(u.Items))
	}
	if err := s.DeclineUpdate(t.Context(), "ann", u.Hash, ""); err == nil {
		t.Error("declined without a reason")
	}
	if err := s.DeclineUpdate(t.Context(), "ann", u.Hash, "we wait"); err != nil {
		t.Fatal(err)
	}
	if n := len(must(s.Update(t.Context()))(t).Items); n != 0 {
		t.Errorf("%d items are offered again", n)
	}
}

func TestCompare(t *testing.T) {
	s := open(t, Options{Dir: t.TempDir()})
	files := small(t)
	if u := must(s.Compare(t.Context(), files))(t); len(u.Items) != 0 {
		t.Errorf("%d items between a register and itself", len(u.Items))
	}
	setFile(files, "icb", "North Central London", "North London")
	u := must(s.Compare(t.Context(), files))(t)
	if len(u.Items) == 0 || u.Items[0].Kind != Changed {
		t.Errorf("%+v", u.Items)
	}
}
