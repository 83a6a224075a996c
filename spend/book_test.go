package spend_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"remit/activity"
	"remit/budget"
	"remit/intake"
	"remit/method"
	"remit/methods"
	"remit/price"
	"remit/register"
	"remit/spend"
	"remit/submission"
	"remit/synth"
)

const year = "2026/27"

// whole is the ledger with everything that came, which tests share: they only ask it.
func whole(t testing.TB) (*intake.View, *register.Pack) {
	t.Helper()
	if shared.view == nil {
		shared.view, shared.pack = ledger(t, func(string) bool { return true })
	}
	return shared.view, shared.pack
}

// made are the directories to take away at the end.
var made []string

func TestMain(m *testing.M) {
	code := m.Run()
	for _, dir := range made {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

var shared struct {
	view *intake.View
	pack *register.Pack
}

// ledger takes in the files of a made-up half year of two providers that a condition picks.
func ledger(t testing.TB, wanted func(name string) bool) (*intake.View, *register.Pack) {
	t.Helper()
	pack, err := register.LoadShipped()
	if err != nil {
		t.Fatal(err)
	}
	library := method.Library{Pack: pack, Open: func(name string) ([]byte, string, error) {
		src, err := methods.Files.ReadFile(name + ".yaml")
		return src, name + ".yaml", err
	}}
	m, err := library.Load("cam-2025-26")
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
	dir := t.TempDir()
	if _, err := synth.WriteContracts(t.Context(), pack, dir, synth.ContractOptions{Records: 1500, Year: year, Month: 6, Providers: []string{"RBV", "RCX"}}); err != nil {
		t.Fatal(err)
	}
	kept, err := os.MkdirTemp("", "spend") // the view outlives the test that made it
	if err != nil {
		t.Fatal(err)
	}
	made = append(made, kept)
	l, err := intake.Open(kept)
	if err != nil {
		t.Fatal(err)
	}
	desk := &intake.Desk{Pack: pack, Method: m, Rules: rules, Prices: prices, Program: "test", By: "a test"}
	files, err := filepath.Glob(filepath.Join(dir, "*.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if wanted(filepath.Base(f)) {
			if _, _, err := l.Take(t.Context(), f, submission.Given{}, desk, time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)); err != nil {
				t.Fatal(err)
			}
		}
	}
	v, err := l.View(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return v, pack
}

func read(t testing.TB, v *intake.View, pack *register.Pack, a spend.Asked) *spend.Book {
	t.Helper()
	a.Year = year
	b, err := spend.Read(t.Context(), v, pack, a)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// total is what the ledger has, by no other cut.
func total(t testing.TB, v *intake.View, where ...intake.Where) activity.Amount {
	t.Helper()
	list, err := v.Totals(t.Context(), nil, append(where, intake.Is(intake.Year, "202627"))...)
	if err != nil {
		t.Fatal(err)
	}
	return list[0].Money
}

func sums(b *spend.Book) (plan, actual activity.Amount, kinds map[string]activity.Amount) {
	kinds = map[string]activity.Amount{}
	for i := range b.Lines {
		l := &b.Lines[i]
		for m := range 12 {
			plan, actual = plan.Add(l.Plan[m]), actual.Add(l.Actual[m])
			kinds[l.Kind] = kinds[l.Kind].Add(l.Actual[m])
		}
	}
	for _, m := range b.NotPlaced {
		plan, actual = plan.Add(m.PlannedPrice), actual.Add(m.ActualPrice)
	}
	return plan, actual, kinds
}

// What the lines of all boards come to is what the ledger has, to the last unit: plans of the activity plan, and what was
// done of the aggregate feed.
func TestReadReconciles(t *testing.T) {
	v, pack := whole(t)
	b := read(t, v, pack, spend.Asked{})
	plan, actual, kinds := sums(b)
	if want := total(t, v, intake.On(intake.Planned)); plan != want {
		t.Errorf("planned %s, the ledger has %s", plan, want)
	}
	if want := total(t, v, intake.On(intake.Aggregate)); actual != want {
		t.Errorf("done %s, the ledger has %s", actual, want)
	}
	placedOnly := intake.Where{Dimension: intake.AssignedCommissioner, Values: []string{"nobody"}, Not: true}
	for _, m := range b.NotPlaced {
		placedOnly.Values = append(placedOnly.Values, m.Commissioner)
	}
	for kind, pod := range map[string]string{budget.Drugs: "DRUG", budget.Devices: "DEVICE"} {
		if want := total(t, v, intake.On(intake.Aggregate), intake.Is(intake.POD, pod), placedOnly); kinds[kind] != want || want.IsZero() {
			t.Errorf("%s %s, the ledger has %s", kind, kinds[kind], want)
		}
	}
	if b.Last != 6 {
		t.Errorf("through month %d, want 6", b.Last)
	}
	var parted activity.Amount
	boards := map[string]bool{}
	for i := range b.Lines {
		l := &b.Lines[i]
		boards[l.ICB] = true
		if done := l.ByPlan[5].Sub(sum(l.Actual[:6])).Sub(sum(l.Plan[6:])); !done.IsZero() {
			t.Errorf("%s %s %s: the forecast by remaining plan is off by %s", l.ICB, l.Provider, l.Line, done)
		}
	}
	for icb := range boards {
		one := read(t, v, pack, spend.Asked{Boards: []string{icb}})
		_, a, _ := sums(one)
		for _, l := range one.Lines {
			if l.ICB != icb {
				t.Errorf("asked for %s, and a line is of %s", icb, l.ICB)
			}
		}
		parted = parted.Add(a)
	}
	placed := actual
	for _, m := range b.NotPlaced {
		placed = placed.Sub(m.ActualPrice)
	}
	if parted != placed {
		t.Errorf("board by board %s, all at once %s", parted, placed)
	}
}

func sum(list []activity.Amount) (total activity.Amount) {
	for _, a := range list {
		total = total.Add(a)
	}
	return total
}

// Where the aggregate feed of a provider did not come, what was done is that of the patient-level feeds,
// and never both.
func TestPatientLevelStandsIn(t *testing.T) {
	v, pack := ledger(t, func(name string) bool { return !strings.HasPrefix(name, "RCX_ACM") })
	b := read(t, v, pack, spend.Asked{})
	_, actual, _ := sums(b)
	aggregate := total(t, v, intake.On(intake.Aggregate), intake.Is(intake.Provider, "RBV"))
	patient := total(t, v, intake.On(intake.Patient), intake.Is(intake.Provider, "RCX"))
	if want := aggregate.Add(patient); actual != want {
		t.Errorf("done %s, want %s", actual, want)
	}
	for _, l := range b.Lines {
		want := "aggregate feed"
		if l.Provider == "RCX" {
			want = "patient level"
		}
		if l.Basis != want && l.Basis != "no return has come" {
			t.Errorf("%s is by %s", l.Provider, l.Basis)
		}
	}
}

// A provider of which a plan came and nothing else is foreseen as planned, and says that no return has come.
func TestNothingCame(t *testing.T) {
	v, pack := ledger(t, func(name string) bool { return strings.Contains(name, "_IAP_") })
	b := read(t, v, pack, spend.Asked{})
	for _, l := range b.Lines {
		if l.Through() != 0 || l.Basis != "no return has come" || l.ByPlan[11] != l.Annual() {
			t.Fatalf("%s %s: through %d, %s, foreseen %s of %s", l.ICB, l.Provider, l.Through(), l.Basis, l.ByPlan[11], l.Annual())
		}
	}
}

// The parts of boards in the activity of a provider come to what the ledger has, drugs and devices left out.
func TestActivityParts(t *testing.T) {
	v, pack := whole(t)
	parts, err := spend.Activity(t.Context(), v, pack, year, "RBV")
	if err != nil {
		t.Fatal(err)
	}
	var money activity.Amount
	for _, p := range parts {
		money = money.Add(p.Money)
	}
	want := total(t, v, intake.On(intake.Aggregate), intake.Is(intake.Provider, "RBV"), intake.Where{Dimension: intake.POD, Values: []string{"DRUG", "DEVICE"}, Not: true})
	if money != want || len(parts) < 2 {
		t.Errorf("%d boards have %s, the ledger has %s", len(parts), money, want)
	}
	if got := spend.ServiceLines(pack, []string{"11"}); len(got) < 2 {
		t.Errorf("the lines of service 11 are %v", got)
	}
	if got := spend.ServiceLines(pack, []string{"NCBPS11B"}); len(got) != 1 {
		t.Errorf("one line is %v", got)
	}
}
