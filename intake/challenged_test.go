package intake

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"remit/activity"
	"remit/calendar"
	"remit/calendars"
	"remit/challenge"
	"remit/register"
	"remit/rules"
)

// TestChallenge asks the rules of the rows that count, files what they find, and
// restates: nothing is challenged twice, what was put right is marked so, and what
// is gone has vanished.
func TestChallenge(t *testing.T) {
	d := newDesk(t)
	dir := contracts(t, d, 4000)
	rs, err := challenge.Load(rules.Challenges)
	if err != nil {
		t.Fatal(err)
	}
	limits, err := calendar.Load(calendars.Files)
	if err != nil {
		t.Fatal(err)
	}
	l := open(t, t.TempDir())
	take(t, l, d, filepath.Join(dir, "RBV_PLCM_2526_M02_FREEZE.csv"))
	first := take(t, l, d, filepath.Join(dir, "RBV_PLCM_2526_M03_FLEX.csv"))
	ask := func(keys map[string][]string) *Challenged {
		t.Helper()
		v, err := l.View(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		list, err := v.Challenge(t.Context(), Challenging{Rules: rs, Pack: d.Pack, Provider: "RBV", Year: "202526", Keys: keys})
		if err != nil || len(list) != 1 || list[0].Feed != activity.PLCM {
			t.Fatalf("%d feeds, %v", len(list), err)
		}
		return list[0]
	}
	x := ask(nil)
	v, err := l.View(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	wrong, err := v.Totals(t.Context(), nil, Is(Provider, "RBV"), Is(Agreement, "payer_differs"), On(Patient), Where{Dimension: AssignedCommissioner, Values: []string{""}, Not: true})
	if err != nil {
		t.Fatal(err)
	}
	rows, money := 0, activity.Amount{}
	for _, f := range x.Found {
		if f.Rule == "wrong_commissioner" {
			rows, money = rows+1, money.Add(f.Money)
			if r, err := v.Row(t.Context(), must(l.Find(f.Submission))(t), int64(f.SourceRow)); err != nil || r.Values["agreement"] != "payer_differs" {
				t.Logf("%v %+v %s", err, f, r.Values["agreement"])
			}
		}
	}
	if int64(rows) != wrong[0].Rows || money != wrong[0].Money || rows == 0 {
		t.Errorf("%d rows of %s billed to the wrong commissioner are challenged; the view has %d of %s", rows, money, wrong[0].Rows, wrong[0].Money)
	}
	day, _ := register.ParseDay("2025-07-22")
	out := challenge.Restate(nil, x.Found, x.Restated("QMJ", day), limits)
	if len(out.New) != len(x.Found) {
		t.Errorf("%d drafts of %d findings: some share a key", len(out.New), len(x.Found))
	}
	seen := map[string]bool{}
	var keys []string
	for _, c := range out.New {
		rec, err := v.Row(t.Context(), must(l.Find(c.Submission))(t), int64(c.SourceRow))
		if err != nil || !rec.Counts || !strings.HasPrefix(c.RowKey, rec.Values["row_key"]) {
			t.Fatalf("challenge of %s row %d: %v %+v", c.Submission, c.SourceRow, err, rec)
		}
		seen[c.Submission] = true
		keys = append(keys, c.RowKey)
	}
	if len(seen) != 2 {
		t.Errorf("drafts are about %v: the freeze has two months and the flex one", seen)
	}
	again := ask(map[string][]string{"PLCM": keys})
	twice := challenge.Restate(out.New, again.Found, again.Restated("QMJ", day), limits)
	if len(twice.New) != 0 || len(twice.Marked) != 0 || twice.Again != len(out.New) {
		t.Errorf("asked again: %d new, %d marked, %d of %d as they were", len(twice.New), len(twice.Marked), twice.Again, len(out.New))
	}

	// The month is restated: of the challenged rows of June the first is billed to
	// the body that pays, the second is gone.
	var june []challenge.Challenge
	for _, c := range out.New {
		if c.Rule == "wrong_commissioner" && c.Submission == first.ID {
			june = append(june, c)
		}
	}
	if len(june) < 3 {
		t.Skip("the made-up file has too few wrong rows")
	}
	text, err := os.ReadFile(filepath.Join(dir, "RBV_PLCM_2526_M03_FLEX.csv"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	fields := strings.Split(lines[june[0].SourceRow], ",")
	at := slices.Index(strings.Split(lines[0], ","), "ORGANISATION IDENTIFIER (CODE OF COMMISSIONER)")
	rec, err := v.Row(t.Context(), first, int64(june[0].SourceRow))
	if err != nil {
		t.Fatal(err)
	}
	fields[at] = rec.Values["assigned_commissioner"]
	lines[june[0].SourceRow] = strings.Join(fields, ",")
	lines = slices.Delete(lines, june[1].SourceRow, june[1].SourceRow+1)
	path := filepath.Join(t.TempDir(), "RBV_PLCM_2526_M03_FREEZE.csv")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	take(t, l, d, path)
	restated := ask(map[string][]string{"PLCM": keys})
	after := challenge.Restate(out.New, restated.Found, restated.Restated("QMJ", day), limits)
	marks := map[string]challenge.Action{}
	for _, m := range after.Marked {
		marks[m.Challenge.ID] = m.Event.Action
	}
	for _, c := range after.New {
		if c.Month.Month == 3 {
			t.Errorf("a new challenge of June: %+v", c)
		}
	}
	if marks[june[0].ID] != challenge.MarkCorrect || marks[june[1].ID] != challenge.MarkVanish {
		t.Errorf("the first is %q, want corrected; the second %q, want vanished", marks[june[0].ID], marks[june[1].ID])
	}
}

func must[T any](value T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}
