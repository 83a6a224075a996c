package whatif_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"remit/activity"
	"remit/intake"
	"remit/method"
	"remit/methods"
	"remit/monitor"
	"remit/price"
	"remit/register"
	"remit/submission"
	"remit/synth"
	"remit/whatif"
)

// world is a ledger with the made-up files of one provider, and what what-ifs are worked out with.
func world(t *testing.T) (*intake.View, *whatif.Desk) {
	t.Helper()
	pack, err := register.LoadShipped()
	if err != nil {
		t.Fatal(err)
	}
	load := func(pack *register.Pack, spec string) (*method.Method, error) {
		return method.Library{Pack: pack, Open: func(name string) ([]byte, string, error) {
			src, err := methods.Files.ReadFile(name + ".yaml")
			return src, name + ".yaml", err
		}}.Load(spec)
	}
	d := &whatif.Desk{Pack: pack, Load: load, Program: "test", Who: "ann"}
	if d.Method, err = load(pack, "cam-2025-26"); err != nil {
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
	if _, err := synth.WriteContracts(t.Context(), pack, dir, synth.ContractOptions{Records: 4000, Month: 3, Providers: []string{"RBV"}}); err != nil {
		t.Fatal(err)
	}
	l, err := intake.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	desk := &intake.Desk{Pack: pack, Method: d.Method, Rules: rules, Prices: prices, Program: "test", By: "a test"}
	if _, _, err := l.Take(t.Context(), filepath.Join(dir, "RBV_PLCM_2526_M03_FLEX.csv"), submission.Given{}, desk, time.Now()); err != nil {
		t.Fatal(err)
	}
	v, err := l.View(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return v, d
}

func spec(t *testing.T, changes string) whatif.Spec {
	t.Helper()
	s := whatif.Spec{Name: "test", Basis: intake.Patient, By: "icb", On: "2026-03-31"}
	if err := s.ParseChanges(changes); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestRun supposes one thing after another and holds what would move to sums that
// are made without it.
func TestRun(t *testing.T) {
	v, d := world(t)
	run := func(s whatif.Spec) *whatif.Result {
		t.Helper()
		if err := s.Check(d.Pack); err != nil {
			t.Fatal(err)
		}
		r, err := whatif.Run(t.Context(), v, s, d, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		var sum activity.Amount
		for _, b := range r.Balances {
			sum = sum.Add(b.Change)
			if b.Payer != monitor.Pricing && b.After.Sub(b.Before) != b.Change {
				t.Errorf("%+v does not add up", b)
			}
		}
		if !sum.IsZero() {
			t.Errorf("%q: the changes sum to %s, not to nothing", s.Changes(), sum)
		}
		return r
	}
	total := func(where ...intake.Where) activity.Amount {
		t.Helper()
		list, err := v.Totals(t.Context(), nil, append(where, intake.On(intake.Patient))...)
		if err != nil {
			t.Fatal(err)
		}
		return list[0].Money
	}

	if r := run(spec(t, "method cam-2025-26")); len(r.Transfers) != 0 || r.Rows == 0 {
		t.Errorf("by the same method %v would move", r.Transfers)
	}

	// Every sub-ICB location of Greater Manchester goes to Cheshire and Merseyside.
	before, _, err := v.Cells(t.Context(), intake.Question{Payer: intake.AssignedCommissioner})
	if err != nil {
		t.Fatal(err)
	}
	day, _ := register.ParseDay("2026-03-31")
	var manchester activity.Amount
	for _, g := range monitor.NewView(before, monitor.NewStructure(d.Pack, day)).Cut(monitor.ICB) {
		if g.Values[0] == "QOP" {
			manchester = g.ActualPrice
		}
	}
	r := run(spec(t, "move QOP QYG"))
	if len(r.Transfers) != 1 || r.Transfers[0] != (whatif.Transfer{From: "QOP", To: "QYG", Price: manchester}) || manchester.IsZero() {
		t.Errorf("%v would move, want £%s from QOP to QYG", r.Transfers, manchester)
	}
	if r := run(spec(t, "move QOP NEW")); len(r.Transfers) != 1 || r.Transfers[0].To != "NEW" || r.Transfers[0].Price != manchester {
		t.Errorf("%v would move to a new board", r.Transfers)
	}
	if r := run(spec(t, "move 00T QYG")); len(r.Transfers) > 1 || len(r.Transfers) == 1 && r.Transfers[0].Price.Cmp(manchester) >= 0 {
		t.Errorf("%v would move when one location is split off", r.Transfers)
	}

	// A price 10% lower takes a tenth of the line's money.
	lines, err := v.Totals(t.Context(), []intake.Dimension{intake.ServiceCode}, intake.On(intake.Patient))
	if err != nil {
		t.Fatal(err)
	}
	line := lines[0].Keys[0]
	r = run(spec(t, "price -10% RBV "+line))
	var less activity.Amount
	for _, x := range r.Transfers {
		if x.To != monitor.Pricing {
			t.Errorf("%+v moves money between bodies", x)
		}
		less = less.Add(x.Price)
	}
	want := total(intake.Is(intake.ServiceCode, line))
	if gap := less.Sub(want.Scale(1, 10)).Abs(); gap.Cmp(activity.Pence(1)) > 0 { // each cell is rounded to 10^-8
		t.Errorf("£%s would be paid less, want a tenth of £%s", less, want)
	}

	// A delegated line that is retained moves from boards to hubs.
	delegated, err := v.Totals(t.Context(), []intake.Dimension{intake.ServiceCode}, intake.On(intake.Patient), intake.Is(intake.AssignedCategory, "25"))
	if err != nil || len(delegated) == 0 {
		t.Fatal(err)
	}
	r = run(spec(t, "status "+delegated[0].Keys[0]+" RED"))
	if len(r.Transfers) == 0 || len(r.Lines) == 0 || r.Lines[0].Line != delegated[0].Keys[0] {
		t.Errorf("nothing moves when %s is retained: %+v", delegated[0].Keys[0], r.Transfers)
	}
	for _, x := range r.Lines {
		if x.Line != delegated[0].Keys[0] {
			t.Errorf("%+v is of another line", x)
		}
	}
}

// TestSpec reads and refuses what is supposed.
func TestSpec(t *testing.T) {
	pack, err := register.LoadShipped()
	if err != nil {
		t.Fatal(err)
	}
	text := "status NCBPS01C RED\nmove QOP QYG\nhost RBV 00T\nprice -5.5% RBV - EL\nprice 12%\nmethod cam-2025-26+A4=40"
	s := spec(t, text)
	if got := s.Changes(); got != text {
		t.Errorf("written as\n%s\nwant\n%s", got, text)
	}
	if err := s.Check(pack); err != nil {
		t.Error(err)
	}
	for text, want := range map[string]string{
		"": "nothing is supposed", "status NCBPS01C PINK": "there is no status", "move QOP": "needs 2 words", "price 5": "not a percentage", "price 5.55%": "not a percentage", "price -101%": "not a percentage",
		"close RBV": "write status, move", "status NCBPS01C RED\nprice x%": "line 2",
	} {
		var s whatif.Spec
		if err := s.ParseChanges(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	for text, want := range map[string]string{"status NCBPSNO1 RED": "no service line", "move QXXX QYG": "neither", "host RZZ9 00T": "no provider", "host RBV QOP": "no sub-ICB"} {
		s := spec(t, text)
		if err := s.Check(pack); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	bad := whatif.Spec{Name: "../x", Year: "now", Basis: "all", By: "pod", On: "soon"}
	for _, want := range []string{"the name", "financial year", "no basis", "does not move", "day of the map", "nothing is supposed"} {
		if err := bad.Check(pack); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}

// TestShelf keeps results and never writes one again.
func TestShelf(t *testing.T) {
	shelf := whatif.Open(t.TempDir())
	r := &whatif.Result{Spec: spec(t, "move QOP QYG"), At: time.Unix(100, 0).UTC(), Transfers: []whatif.Transfer{{From: "QOP", To: "QYG", Price: activity.Pence(123)}}}
	if err := shelf.Keep(r); err != nil {
		t.Fatal(err)
	}
	if err := shelf.Keep(r); !errors.Is(err, whatif.ErrTaken) {
		t.Errorf("the name was given twice: %v", err)
	}
	again, err := shelf.Find("test")
	if err != nil || again.Transfers[0] != r.Transfers[0] || again.Changes() != r.Changes() {
		t.Errorf("%+v, %v", again, err)
	}
	for _, name := range []string{"other", "../test", ""} {
		if _, err := shelf.Find(name); !errors.Is(err, whatif.ErrNone) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if all, err := shelf.All(); err != nil || len(all) != 1 {
		t.Errorf("%d results, %v", len(all), err)
	}
}
