package budget_test

import (
	"io/fs"
	"math/big"
	"strings"
	"testing"
	"testing/fstest"

	"remit/activity"
	"remit/budget"
	"remit/budgets"
)

// copied is a shipped sample with some files changed, as a file system of its own.
func copied(t testing.TB, name string, change map[string]func(string) string) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	entries, err := fs.ReadDir(budgets.Rounds(), name)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		b, err := fs.ReadFile(budgets.Rounds(), name+"/"+e.Name())
		if err != nil {
			t.Fatal(err)
		}
		text := string(b)
		if f := change[e.Name()]; f != nil {
			text = f(text)
		}
		files["r/"+e.Name()] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

func replace(old, new string) func(string) string {
	return func(s string) string {
		if !strings.Contains(s, old) {
			panic(old + " is not in the file")
		}
		return strings.Replace(s, old, new, 1)
	}
}

// Every sample loads and works, by each of its policies and in every year.
func TestSamples(t *testing.T) {
	list, err := budget.Entries("round.yaml", budget.Shelf{Files: budgets.Rounds(), Shipped: true})
	if err != nil || len(list) != 3 {
		t.Fatalf("%d samples, %v", len(list), err)
	}
	for _, e := range list {
		r := round(t, e.Name)
		if !r.Synthetic {
			t.Errorf("the sample %s is not marked synthetic", e.Name)
		}
		for _, p := range r.Policies {
			if p.Owner != "" {
				t.Errorf("the sample %s presents the policy %s as the rule of %s", e.Name, p.Name, p.Owner)
			}
			path, err := r.Path(p.Name)
			if err != nil {
				t.Errorf("%s, %s: %v", e.Name, p.Name, err)
			}
			for i, o := range path {
				checkOutcome(t, o)
				for j := range o.Areas {
					if i > 0 && o.Areas[j].Opening != path[i-1].Areas[j].Amount {
						t.Errorf("%s opens %s with something else than the year before came to", o.Areas[j].ICB, o.Year)
					}
				}
			}
		}
	}
}

// The same files give the same pence again, and the same version; other files another.
func TestAgain(t *testing.T) {
	a, b := round(t, "worked"), round(t, "worked")
	x, err := a.Path("")
	if err != nil {
		t.Fatal(err)
	}
	y, err := b.Path("")
	if err != nil {
		t.Fatal(err)
	}
	for i := range x {
		for j := range x[i].Areas {
			if x[i].Areas[j].Amount != y[i].Areas[j].Amount {
				t.Errorf("%s of %s differs", x[i].Areas[j].ICB, x[i].Year)
			}
		}
	}
	changed, err := budget.LoadRound(copied(t, "worked", map[string]func(string) string{"ledger.csv": replace("371500000", "371500000.01")}), "r", budgets.Formulas())
	if err != nil {
		t.Fatal(err)
	}
	if a.Hash != b.Hash || a.Hash == changed.Hash {
		t.Errorf("versions %s, %s, %s", a.Hash, b.Hash, changed.Hash)
	}
}

// All faults of all files are told at once.
func TestRoundFaults(t *testing.T) {
	files := copied(t, "worked", map[string]func(string) string{
		"round.yaml": func(s string) string {
			return replace("at: 5%", "at: 0%")(replace("status: firm", "status: sure")(replace("closes: 25%", "closes: 250%")(s)))
		},
		"icb.csv": func(s string) string { return replace("1500000", "0")(replace("0.92", "minus")(s)) },
		"ledger.csv": func(s string) string {
			return replace("371500000", "lots")(replace("transfer,Correction", "growth,Correction")(s))
		},
		"funds.csv":    func(s string) string { return replace("241000000", "-241000000")(replace("ICB-B", "ICB-X")(s)) },
		"lines.csv":    replace("winter", "summer"),
		"profiles.csv": replace("0.08", "0.09"),
		"risks.csv":    replace("50%", "150%"),
	})
	_, err := budget.LoadRound(files, "r", budgets.Formulas())
	if err == nil {
		t.Fatal("no fault is found")
	}
	for _, want := range []string{
		`r/round.yaml column status value "sure": it is not a status; write firm or indicative`, `r/round.yaml column policies value "half-way": P1 needs an adjustment`, `value "quarter": closes is a fraction from 0 to 1`,
		`r/icb.csv row 2 column population value "0": it is not a decimal number above 0`, `r/icb.csv row 3 column need_index value "minus": it is not a decimal number`,
		`r/ledger.csv row 2 column amount value "lots": it is not an amount of money`, `column kind value "growth": growth and convergence of the year are worked out by the policy half-way`,
		`r/funds.csv row 2 column amount value "-241000000": the amount of a use is negative`, `column icb value "ICB-X": icb.csv has no such board`,
		`r/lines.csv row 4 column profile value "summer": profiles.csv has no such profile`, `r/profiles.csv row 2 column profile value "winter": the months add up to 1.01 and not to 1`,
		`r/risks.csv row 2 column likelihood value "150%": a likelihood is from 0 to 1`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("not told: %s\n%v", want, err)
		}
	}
}

// Practices whose weighted people do not add up are refused, with the difference; half a person is taken.
func TestPracticesMustAddUp(t *testing.T) {
	for _, c := range []struct{ weighted, want string }{
		{"11004.25", ""}, {"11004.75", ""}, {"11005.25", ""},
		{"11006.25", `r/practice.csv column weighted value "49002.0": the weighted people of 2026/27 add up to 2.0 more than the registered 49000.0 (6 practices)`},
		{"1004.25", `add up to -10000.0 more than the registered`},
	} {
		_, err := budget.LoadRound(copied(t, "practices", map[string]func(string) string{"practice.csv": replace("11004.25", c.weighted)}), "r", budgets.Formulas())
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v", c.weighted, err)
		}
	}
	r := round(t, "practices")
	a := r.Years[0].Areas[0]
	same(t, "people", a.Population, "24773.00")
	same(t, "weighted", a.Weighted[budget.Need], "25338.75")
}

// A policy is somebody's rule only with its source; as published, its amounts come from the ledger and must add up.
func TestOwnedAndPublished(t *testing.T) {
	own := func(s string) string {
		return replace("policy: quarter\n", "policy: quarter\n    owner: NHS England\n")(s)
	}
	files := copied(t, "worked", map[string]func(string) string{"round.yaml": func(s string) string {
		s = own(s)
		i := strings.Index(s, "owner:")
		return s[:i] + strings.Replace(s[i:], "    source: Parameters made up for the example\n", "", 1)
	}})
	if _, err := budget.LoadRound(files, "r", budgets.Formulas()); err == nil || !strings.Contains(err.Error(), "it is called the rule of NHS England and has no source") {
		t.Errorf("an owner without a source: %v", err)
	}
	r, err := budget.LoadRound(copied(t, "worked", map[string]func(string) string{"round.yaml": own}), "r", budgets.Formulas())
	if err != nil {
		t.Fatal(err)
	}
	p, _ := r.Policy("quarter")
	if got := p.Whose(); got != "loaded as NHS England's rule, source: Parameters made up for the example" {
		t.Error(got)
	}
	published := func(amount string) fstest.MapFS {
		return copied(t, "practices", map[string]func(string) string{
			"round.yaml": replace("kind: P2, closes: 25%", "kind: published"),
			"ledger.csv": func(s string) string {
				return s + "2026/27,ICB-A,growth,As printed,100000.00,yes,icb,no,,Made up,low,\n2026/27,ICB-B,growth,As printed," + amount + ",yes,icb,no,,Made up,low,\n2026/27,ICB-B,convergence,As printed,100000.00,yes,icb,no,,Made up,low,\n"
			}})
	}
	r, err = budget.LoadRound(published("100000.01"), "r", budgets.Formulas())
	if err != nil {
		t.Fatal(err)
	}
	o, err := r.Outcome("2026/27", "")
	if err != nil {
		t.Fatal(err)
	}
	if got := o.Areas[1].Amount.String(); got != "5100000.01" {
		t.Errorf("as published: %s", got)
	}
	checkOutcome(t, o)
	r, err = budget.LoadRound(published("100000.00"), "r", budgets.Formulas())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Outcome("2026/27", ""); err == nil || !strings.Contains(err.Error(), "the published lines add up to £10,000,000.00 and the money of the year is £10,000,000.01, £0.01 apart") {
		t.Errorf("as published, a penny short: %v", err)
	}
}

// The ledger of ICB-A by hand: 371.5m + 4.2m - 0.7m is a baseline of 375m; what NHS England keeps does not
// count; 1.5m of one year comes on top of 392,181,955.
func TestStatement(t *testing.T) {
	o, err := round(t, "worked").Outcome("2026/27", "")
	if err != nil {
		t.Fatal(err)
	}
	s, _ := o.Statement("ICB-A")
	for what, pair := range map[string][2]string{"baseline": {s.Baseline.String(), "375000000"}, "allocation": {s.Allocation.String(), "393681955"}, "retained": {s.Retained.String(), "28000000"}, "growth": {s.Growth.String(), "16500000"}, "convergence": {s.Convergence.String(), "681955"}} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %s, want %s", what, pair[0], pair[1])
		}
	}
	b := o.Bridge()
	if b.Delegated.String() != "1724350000" || b.Retained.String() != "28000000" || b.Notional.String() != "31000000" || b.Known {
		t.Errorf("bridge: %+v", b)
	}
}

// Funds close for every board: the uses and the difference are the allocation. A difference of nothing is called closed.
func TestFundsClose(t *testing.T) {
	r := round(t, "worked")
	o, err := r.Outcome("2026/27", "")
	if err != nil {
		t.Fatal(err)
	}
	called := map[string]string{}
	for _, icb := range r.Boards() {
		f, err := r.Funds(o, icb)
		if err != nil {
			t.Fatal(err)
		}
		var sum activity.Amount
		for _, k := range f.ByKind {
			sum = sum.Add(k.Signed)
			if k.Part.OfWhat != "allocation" || k.Part.Of != f.Allocation {
				t.Errorf("%s %s is a part of %s", icb, k.Kind, k.Part.OfWhat)
			}
		}
		if sum.Add(f.Difference) != f.Allocation {
			t.Errorf("%s: %s of uses and %s do not add up to %s", icb, sum, f.Difference, f.Allocation)
		}
		called[icb] = f.Called
	}
	// By hand: B uses 203 + 31 + 1.2 + 3.1 - 4.8 = 233.5 of 242.05m; D 178 + 24.5 + 15.598 - 1.1 = 216.998 of 215.79805m.
	if called["ICB-B"] != "uncommitted" || called["ICB-D"] != "overcommitted" {
		t.Errorf("called %v", called)
	}
}

// Each forecast by hand, at the end of month 4 of a budget of 1,200: actuals of 90, 110, 120 and 100 are 420.
// Straight line: 420 / 4 x 12. Run rate: 420 + 8 x (110 + 120 + 100) / 3. Profiled: 420 / 0.30.
func TestForecasts(t *testing.T) {
	for forecast, want := range map[string][3]string{
		"straight_line": {"1260", "-60", "1240"}, "run_rate": {"1300", "-100", "1280"}, "profiled": {"1400", "-200", "1380"},
	} {
		r := round(t, "practices")
		r.Monthly.Profiles["slow"] = nil
		for _, x := range []int64{5, 5, 10, 10, 10, 10, 10, 10, 10, 10, 5, 5} {
			r.Monthly.Profiles["slow"] = append(r.Monthly.Profiles["slow"], big.NewRat(x, 100))
		}
		r.Monthly.Lines = []budget.BudgetLine{{Year: "2026/27", ICB: "ICB-A", Line: "x", Annual: activity.Pence(120_000), Profile: "slow", Forecast: forecast, FullYear: activity.Pence(3_000)}}
		for i, a := range []int64{90, 110, 120, 100} {
			once := activity.Amount{}
			if i == 2 {
				once = activity.Pence(5_000)
			}
			r.Monthly.Actuals = append(r.Monthly.Actuals, budget.Actual{Year: "2026/27", ICB: "ICB-A", Line: "x", Month: i + 1, Concerns: i + 1, Amount: activity.Pence(a * 100), NonRecurrent: once})
		}
		list, err := r.Positions("2026/27", "", 4, budget.ByLine)
		if err != nil {
			t.Fatal(err)
		}
		p := list[0]
		if p.Forecast.String() != want[0] || p.ForecastGap.String() != want[1] || p.Underlying.String() != want[2] {
			t.Errorf("%s: forecast %s, variance %s, underlying %s; want %v", forecast, p.Forecast, p.ForecastGap, p.Underlying, want)
		}
		// Budget to date: 30% of 1,200.
		if p.BudgetToDate.String() != "360" || p.Variance.String() != "-60" || p.VariancePart.Percent(2) != "-16.67%" || p.VariancePart.OfWhat != "budget to date" {
			t.Errorf("budget to date %s, variance %s, %s of %s", p.BudgetToDate, p.Variance, p.VariancePart.Percent(2), p.VariancePart.OfWhat)
		}
	}
}

// A report by anything has the same total, and the bridge closes; the months of a budget add up to it.
func TestReportsAgree(t *testing.T) {
	r := round(t, "worked")
	var totals []string
	for _, by := range []budget.By{budget.ByLine, budget.ByProvider, budget.ByBoard, budget.ByMatrix} {
		list, err := r.Positions("2026/27", "", 7, by)
		if err != nil {
			t.Fatal(err)
		}
		last := list[len(list)-1]
		totals = append(totals, last.Annual.String()+" "+last.ToDate.String()+" "+last.Forecast.String())
	}
	for _, x := range totals {
		if x != totals[0] {
			t.Errorf("totals differ: %q", totals)
		}
	}
	plan, forecast, steps, err := r.BridgeOf("2026/27", "", 7)
	if err != nil {
		t.Fatal(err)
	}
	at := plan
	for _, s := range steps {
		if at = at.Add(s.Amount); at != s.After {
			t.Errorf("after %s the bridge stands at %s, not %s", s.Cause, s.After, at)
		}
	}
	if at != forecast {
		t.Errorf("the bridge ends at %s, the forecast is %s", at, forecast)
	}
	var months, annual activity.Amount
	for _, x := range r.Trend("2026/27", "") {
		months = months.Add(x.Plan)
	}
	for _, l := range r.Monthly.Lines {
		annual = annual.Add(l.Annual)
	}
	if months != annual {
		t.Errorf("the months add up to %s, the budgets to %s", months, annual)
	}
}

// Carrying ledger, commitments and history across the reorganisation keeps every sum to the penny, and every
// part says where it was and by what.
func TestCarry(t *testing.T) {
	c, err := budget.LoadCrosswalk(budgets.Files, "crosswalk/boards-2026.csv")
	if err != nil {
		t.Fatal(err)
	}
	lines := []budget.Line{{ICB: "QNQ", Amount: activity.Pence(100_000_000_01)}, {ICB: "QM7", Amount: activity.Pence(-33_333)}, {ICB: "QHM", Amount: activity.Pence(5)}}
	out, err := c.CarryLines(lines, "registered_population")
	if err != nil {
		t.Fatal(err)
	}
	if len(out) != 6 {
		t.Fatalf("%d lines", len(out))
	}
	all := func(*budget.Line) bool { return true }
	if budget.Total(out, all) != budget.Total(lines, all) {
		t.Errorf("carried %s of %s", budget.Total(out, all), budget.Total(lines, all))
	}
	if got := out[0].Carried.Words(); got != "58.8354% of £100,000,000.01 of QNQ, by registered population 501571 of 852499" {
		t.Error(got)
	}
	if out[5].Carried != nil {
		t.Error("a board that goes on as it is was carried")
	}
	actuals, err := c.CarryActuals([]budget.Actual{{ICB: "QNQ", Amount: activity.Pence(101), NonRecurrent: activity.Pence(100)}}, "registered_population")
	if err != nil {
		t.Fatal(err)
	}
	var sum, once activity.Amount
	for _, a := range actuals {
		sum, once = sum.Add(a.Amount), once.Add(a.NonRecurrent)
	}
	if sum != activity.Pence(101) || once != activity.Pence(100) {
		t.Errorf("history: %s and %s", sum, once)
	}
	uses, err := c.CarryUses([]budget.Use{{ICB: "QJG", Amount: activity.Pence(7)}}, "registered_population")
	if err != nil || len(uses) != 2 || uses[0].Amount.Add(uses[1].Amount) != activity.Pence(7) {
		t.Errorf("commitments: %v, %v", uses, err)
	}
}

// Whatever is in the files, the loader says so or gives a round that hands out its money.
func FuzzLoadRound(f *testing.F) {
	read := func(name string) []byte {
		b, err := fs.ReadFile(budgets.Rounds(), "practices/"+name)
		if err != nil {
			f.Fatal(err)
		}
		return b
	}
	f.Add(read("round.yaml"), read("icb.csv"), read("practice.csv"), read("ledger.csv"))
	f.Fuzz(func(t *testing.T, y, icb, practice, ledger []byte) {
		files := fstest.MapFS{"r/round.yaml": {Data: y}, "r/icb.csv": {Data: icb}, "r/practice.csv": {Data: practice}, "r/ledger.csv": {Data: ledger}}
		r, err := budget.LoadRound(files, "r", budgets.Formulas())
		if err != nil {
			return
		}
		path, err := r.Path("")
		if err != nil {
			return
		}
		for _, o := range path {
			checkOutcome(t, o)
		}
	})
}
