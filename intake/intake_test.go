package intake

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"remit/activity"
	"remit/method"
	"remit/methods"
	"remit/price"
	"remit/register"
	"remit/submission"
	"remit/synth"
)

func (d *Desk) library() method.Library {
	return method.Library{Pack: d.Pack, Open: func(name string) ([]byte, string, error) {
		src, err := methods.Files.ReadFile(name + ".yaml")
		return src, name + ".yaml", err
	}}
}

// rowByRow takes the file in by both methods and counts the rows that count and
// whose payer or category the two give otherwise.
func (d *Desk) rowByRow(t *testing.T, path string, other *method.Method) map[string]int64 {
	t.Helper()
	answers := func(m *method.Method) (list []string) {
		desk := *d
		desk.Method = m
		l := open(t, t.TempDir())
		s := take(t, l, &desk, path)
		v, err := l.View(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		rows, err := v.records(t.Context(), s, "row_state <> 'rejected' ORDER BY file_row_number")
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			list = append(list, r.Values["assigned_commissioner"]+" "+r.Values["assigned_category"])
		}
		return list
	}
	moved := map[string]int64{}
	before, after := answers(d.Method), answers(other)
	for i := range before {
		if before[i] != after[i] {
			moved[before[i]+" "+after[i]]++
		}
	}
	return moved
}

func newDesk(t testing.TB) *Desk {
	t.Helper()
	pack, err := register.LoadShipped()
	if err != nil {
		t.Fatal(err)
	}
	m, err := (&Desk{Pack: pack}).library().Load("cam-2025-26")
	if err != nil {
		t.Fatal(err)
	}
	rules, err := submission.LoadRules()
	if err != nil {
		t.Fatal(err)
	}
	prices, err := price.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	return &Desk{Pack: pack, Method: m, Rules: rules, Prices: prices, Program: "test", By: "a test"}
}

// contracts makes a year of made-up files.
func contracts(t testing.TB, d *Desk, records int64) string {
	t.Helper()
	dir := t.TempDir()
	if _, err := synth.WriteContracts(t.Context(), d.Pack, dir, synth.ContractOptions{Records: records, Month: 3, Providers: []string{"RBV", "RCX"}}); err != nil {
		t.Fatal(err)
	}
	return dir
}

func take(t testing.TB, l *Ledger, d *Desk, path string) *Submission {
	t.Helper()
	s, _, err := l.Take(context.Background(), path, submission.Given{}, d, time.Date(2025, 7, 21, 9, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func open(t testing.TB, dir string) *Ledger {
	t.Helper()
	l, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// TestRestatement takes flex and freeze in both orders: the totals are those of
// the files that count, each month once.
func TestRestatement(t *testing.T) {
	d := newDesk(t)
	dir := contracts(t, d, 3000)
	names := []string{"RBV_PLCM_2526_M02_FREEZE.csv", "RBV_PLCM_2526_M03_FLEX.csv"}
	var sums []string
	for _, order := range [][]string{{names[0], names[1]}, {names[1], names[0]}} {
		l := open(t, t.TempDir())
		for _, n := range order {
			take(t, l, d, filepath.Join(dir, n))
		}
		v, err := l.View(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		totals, err := v.Totals(t.Context(), []Dimension{Month})
		if err != nil {
			t.Fatal(err)
		}
		text := ""
		for _, x := range totals {
			text += x.Keys[0] + "=" + x.Money.String() + " "
		}
		sums = append(sums, text)
		want := byHand(t, filepath.Join(dir, names[0]), "1", "2")
		want = want.Add(byHand(t, filepath.Join(dir, names[1]), "3"))
		all, err := v.Totals(t.Context(), nil, Is(RowState, "accepted", "warned", "rejected"))
		if err != nil {
			t.Fatal(err)
		}
		if all[0].Money != want {
			t.Errorf("in the order %v: %s counts, the files say %s", order, all[0].Money, want)
		}
	}
	if sums[0] != sums[1] {
		t.Errorf("the order of arrival makes a difference: %s and %s", sums[0], sums[1])
	}
}

// byHand adds up the costs of some months in a file without quotation marks.
func byHand(t *testing.T, path string, months ...string) (sum activity.Amount) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	header := strings.Split(lines[0], ",")
	for _, line := range lines[1:] {
		fields := strings.Split(line, ",")
		wanted := false
		for _, m := range months {
			wanted = wanted || fields[0] == m
		}
		if !wanted {
			continue
		}
		for i, h := range header {
			if h == "TOTAL COST" {
				a, _, err := activity.ParseAmount([]byte(fields[i]))
				if err != nil {
					t.Fatal(err)
				}
				sum = sum.Add(a)
			}
		}
	}
	return sum
}

// TestTwice takes the same file twice: the second time changes nothing.
func TestTwice(t *testing.T) {
	d := newDesk(t)
	path := filepath.Join(contracts(t, d, 500), "RBV_ACM_2526_M03_FLEX.csv")
	l := open(t, t.TempDir())
	first := take(t, l, d, path)
	again, fresh, err := l.Take(t.Context(), path, submission.Given{}, d, time.Now())
	if err != nil || fresh || again.ID != first.ID || len(l.All()) != 1 {
		t.Errorf("the second time: fresh %v, %d submissions, %v", fresh, len(l.All()), err)
	}
	kept, err := os.ReadFile(l.Original(first))
	if err != nil {
		t.Fatal(err)
	}
	sent, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(kept) != string(sent) {
		t.Error("the original is not as it came")
	}
}

// TestCuts holds every cut against the total.
func TestCuts(t *testing.T) {
	d := newDesk(t)
	dir := contracts(t, d, 2000)
	l := open(t, t.TempDir())
	for _, n := range []string{"RBV_PLCM_2526_M03_FLEX.csv", "RCX_PLCM_2526_M03_FLEX.csv", "RBV_DrPLCM_2526_M03_FLEX.csv", "RBV_IAP_2526.csv"} {
		if s := take(t, l, d, filepath.Join(dir, n)); s.State != Accepted {
			t.Fatalf("%s: %s: %+v", n, s.State, s.Result.Findings[0])
		}
	}
	v, err := l.View(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all, err := v.Totals(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if all[0].Rows == 0 {
		t.Fatal("nothing counts")
	}
	for _, a := range Dimensions {
		for _, b := range Dimensions {
			list, err := v.Totals(t.Context(), []Dimension{a, b})
			if err != nil {
				t.Fatal(err)
			}
			var sum Total
			for _, x := range list {
				sum.Rows, sum.Money, sum.Price = sum.Rows+x.Rows, sum.Money.Add(x.Money), sum.Price.Add(x.Price)
			}
			if sum.Rows != all[0].Rows || sum.Money != all[0].Money || sum.Price != all[0].Price {
				t.Fatalf("by %s and %s: %d rows, %s; in all %d, %s", a, b, sum.Rows, sum.Money, all[0].Rows, all[0].Money)
			}
		}
	}
}

// TestRefused keeps files that cannot be read, with what is wrong, and lets none
// of their rows count.
func TestRefused(t *testing.T) {
	d := newDesk(t)
	good, err := os.ReadFile(filepath.Join(contracts(t, d, 300), "RBV_PLCM_2526_M03_FLEX.csv"))
	if err != nil {
		t.Fatal(err)
	}
	other := strings.ReplaceAll(string(good), ",RBV,", ",RCX,")
	for _, c := range []struct{ name, text, rule string }{
		{"empty.csv", "", "file_empty"},
		{"header.csv", string(good[:strings.IndexByte(string(good), '\n')+1]), "file_no_rows"},
		{"unknown.csv", "a,b\n1,2\n", "file_feed_unknown"},
		{"ragged.csv", string(good) + "1,2,3\n", "row_fields"},
		{"mixed.csv", string(good) + other[strings.IndexByte(other, '\n')+1:], "file_mixed_providers"},
		{"sheet.csv", "PK\x03\x04 a workbook", "file_is_archive"},
	} {
		path := filepath.Join(t.TempDir(), c.name)
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		l := open(t, t.TempDir())
		s := take(t, l, d, path)
		found := false
		for _, f := range s.Result.Findings {
			found = found || f.Rule == c.rule
		}
		if s.State != Rejected || !found || len(l.Current()) != 0 {
			t.Errorf("%s: %s, findings %+v", c.name, s.State, s.Result.Findings)
		}
	}
}

// TestLeftovers takes away what a load that was killed left.
func TestLeftovers(t *testing.T) {
	dir := t.TempDir()
	gone := filepath.Join(dir, "submissions", loading+"999999999-x")
	if err := os.MkdirAll(gone, 0o750); err != nil {
		t.Fatal(err)
	}
	open(t, dir)
	if _, err := os.Stat(gone); !os.IsNotExist(err) {
		t.Error("the unfinished folder is still there")
	}
}

// TestWhatIf decides again by the same rules, and nothing moves; by the public
// tool some of it does, and what moves is what the rows say.
func TestWhatIf(t *testing.T) {
	d := newDesk(t)
	dir := contracts(t, d, 3000)
	l := open(t, t.TempDir())
	take(t, l, d, filepath.Join(dir, "RBV_PLCM_2526_M03_FLEX.csv"))
	v, err := l.View(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	same, err := v.WhatIf(t.Context(), Other{d.Method, d.Pack}, "test")
	if err != nil {
		t.Fatal(err)
	}
	all, err := v.Totals(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if same.Rows != all[0].Rows || same.Money != all[0].Money || len(same.Moved) != 0 {
		t.Errorf("by the same rules: %d rows, %s, %d moved; %d rows, %s count", same.Rows, same.Money, len(same.Moved), all[0].Rows, all[0].Money)
	}
	tool, err := d.library().Load("cam-tool-5.3")
	if err != nil {
		t.Fatal(err)
	}
	by, err := v.WhatIf(t.Context(), Other{tool, d.Pack}, "test")
	if err != nil {
		t.Fatal(err)
	}
	moved := map[string]int64{}
	for _, m := range by.Moved {
		moved[m.From+" "+m.FromCategory+" "+m.To+" "+m.ToCategory] += m.Rows
	}
	again := d.rowByRow(t, filepath.Join(dir, "RBV_PLCM_2526_M03_FLEX.csv"), tool)
	if len(again) == 0 || !maps.Equal(moved, again) {
		t.Errorf("by the public tool %v moved, row by row %v", moved, again)
	}
}
