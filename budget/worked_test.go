package budget_test

import (
	"encoding/csv"
	"math/big"
	"os"
	"strconv"
	"strings"
	"testing"

	"remit/activity"
	"remit/budget"
	"remit/budgets"
	"remit/share"
)

func round(t testing.TB, name string) *budget.Round {
	t.Helper()
	r, err := budget.LoadRound(budgets.Rounds(), name, budgets.Formulas())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// worked is the table of check values, a map by column for each board. It was worked out
// apart from this program.
func worked(t testing.TB) []map[string]string {
	t.Helper()
	f, err := os.Open("testdata/worked.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var list []map[string]string
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, c := range lines[0] {
			row[c] = line[i]
		}
		list = append(list, row)
	}
	return list
}

// same compares an exact figure with a check value, to as many digits as that has.
func same(t *testing.T, what string, got *big.Rat, want string) {
	t.Helper()
	digits := 0
	if _, fraction, ok := strings.Cut(want, "."); ok {
		digits = len(fraction)
	}
	if text := got.FloatString(digits); text != want {
		t.Errorf("%s: %s, want %s", what, text, want)
	}
}

func millions(r *big.Rat) *big.Rat { return new(big.Rat).Quo(r, big.NewRat(1_000_000, 1)) }
func percent(r *big.Rat) *big.Rat  { return new(big.Rat).Mul(r, big.NewRat(100, 1)) }

// The formula's steps and what follows from them, to the last digit.
func TestWorkedTargets(t *testing.T) {
	r := round(t, "worked")
	targets, err := r.Targets("2026/27")
	if err != nil {
		t.Fatal(err)
	}
	o, err := r.Outcome("2026/27", "quarter")
	if err != nil {
		t.Fatal(err)
	}
	steps := map[string][]*big.Rat{}
	for _, f := range targets.Working {
		steps[f.Step.Name] = f.Values
	}
	for i, want := range worked(t) {
		a := targets.Areas[i]
		if a.ICB != want["icb"] {
			t.Fatalf("board %d is %s", i, a.ICB)
		}
		same(t, a.ICB+" need", steps["need"][i], want["need_wp"])
		same(t, a.ICB+" inequalities", steps["inequalities"][i], want["hi_wp"])
		same(t, a.ICB+" mixed", steps["mixed"][i], want["mix_wp"])
		same(t, a.ICB+" weighted population", a.WeightedPopulation, want["final_wp"])
		same(t, a.ICB+" share", a.Share, want["target_share"])
		same(t, a.ICB+" target", millions(a.Exact), want["target_m"])
		same(t, a.ICB+" baseline", millions(share.Of(o.Areas[i].Baseline)), want["baseline_m"])
		same(t, a.ICB+" opening distance", percent(o.Areas[i].OpeningDistance), want["opening_dft_pct"])
		scaled := new(big.Rat).Mul(share.Of(o.Areas[i].Baseline), big.NewRat(17226, 16500))
		same(t, a.ICB+" scaled baseline", millions(scaled), want["scaled_baseline_m"])
	}
}

// Each of the four policies, to the last digit.
func TestWorkedPolicies(t *testing.T) {
	r := round(t, "worked")
	r.Rounding = "penny"
	for policy, column := range map[string]string{"half-way": "p1", "quarter": "p2", "no-cut": "p3", "at-least": "p4"} {
		o, err := r.Outcome("2026/27", policy)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range worked(t) {
			a := o.Areas[i]
			what := policy + " " + a.ICB
			same(t, what+" allocation", millions(a.Exact), want[column+"_alloc_m"])
			same(t, what+" growth", percent(a.Rate), want[column+"_growth_pct"])
			same(t, what+" closing distance", percent(a.ClosingDistance), want[column+"_closing_dft_pct"])
			if column == "p1" {
				same(t, what+" adjustment", percent(a.Adjustment), want["p1_adj_pp"])
			}
		}
	}
}

// In thousands, P1 rounds as printed; its floor binds for one board alone.
func TestWorkedRounding(t *testing.T) {
	r := round(t, "worked")
	r.Rounding, r.Years = "thousand", r.Years[:1]
	o, err := r.Outcome("2026/27", "half-way")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "base growth", percent(o.Base), "4.346014")
	for i, want := range []struct{ amount, bound string }{{"392182000", ""}, {"242050000", "floor"}, {"614809000", ""}, {"215548000", ""}, {"258011000", ""}} {
		if a := o.Areas[i]; a.Amount.String() != want.amount || a.Bound != want.bound {
			t.Errorf("%s gets %s, bound by %q; want %s, %q", a.ICB, a.Amount, a.Bound, want.amount, want.bound)
		}
	}
}

// P2 over the years: the distance of ICB-B falls by a quarter each year.
func TestWorkedPath(t *testing.T) {
	r := round(t, "worked")
	r.Rounding = "penny"
	first := r.Years[0]
	r.Years = nil
	for i := range 6 {
		y := first
		y.Year = []string{"2026/27", "2027/28", "2028/29", "2029/30", "2030/31", "2031/32"}[i]
		r.Years = append(r.Years, y)
	}
	path, err := r.Path("quarter")
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"6.3159", "4.7370", "3.5527", "2.6645", "1.9984", "1.4988"} {
		same(t, path[i].Year, percent(path[i].Areas[1].OpeningDistance), want)
	}
	// From 6.315935% to 1.5% at a quarter a year: ln(1.5/6.315935)/ln(0.75) = 4.9972 years,
	// between the fifth figure above and the last.
	years, says := path[0].YearsToTarget("ICB-B", big.NewRat(15, 1000))
	if got := strconv.FormatFloat(years, 'f', 4, 64); got != "4.9972" || says != "" {
		t.Errorf("%s years to within 1.5%% (%s)", got, says)
	}
}

// The order of operations matters: what each board's share of the total moves by, in percentage points, when
// health inequalities are mixed in after the market forces factor and not before.
func TestWorkedOrder(t *testing.T) {
	before := round(t, "worked")
	after := round(t, "worked")
	var err error
	after.Formula, err = budget.LoadFormula(budgets.Formulas(), "inequalities-after-cost.yaml")
	if err != nil {
		t.Fatal(err)
	}
	x, err := before.Targets("2026/27")
	if err != nil {
		t.Fatal(err)
	}
	y, err := after.Targets("2026/27")
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"0.0796", "-0.0572", "0.0327", "0.0517", "-0.1068"} {
		moved := new(big.Rat).Sub(y.Areas[i].Share, x.Areas[i].Share)
		same(t, x.Areas[i].ICB, percent(moved), want)
	}
}

// Published weighted populations add up to the people; index and share of the real boards.
func TestPublishedPopulations(t *testing.T) {
	p, err := budget.LoadPopulations(budgets.Files, "weighted_populations.csv")
	if err != nil {
		t.Fatal(err)
	}
	for year, people := range map[string]string{"2026/27": "63916251", "2027/28": "64140942", "2028/29": "64396796"} {
		for _, measure := range append([]string{"registered"}, p.Measures...) {
			sum := p.Total(year, measure)
			whole, _ := new(big.Rat).SetString(people)
			if off := new(big.Rat).Sub(sum, whole); off.Abs(off).Cmp(big.NewRat(5, 1)) > 0 {
				t.Errorf("%s %s adds up to %s, want %s; rounding of 36 boards to a tenth allows for less", year, measure, sum.FloatString(1), people)
			}
		}
	}
	for _, want := range []struct{ icb, registered, acute, inequalities, core, coreShare, acuteShare string }{
		{"QHM", "3238899.5", "1.1271", "1.3216", "1.1232", "5.6917", "5.7116"},
		{"QYG", "2812178.1", "1.1403", "1.3237", "1.1196", "4.9261", "5.0171"},
		{"QOP", "3312025.3", "1.0114", "1.4388", "1.0444", "5.4117", "5.2410"},
		{"QT6", "610994.7", "1.2117", "0.8559", "1.1184", "1.0691", "1.1583"},
		{"Z9B2Z", "4732476.0", "0.8154", "0.8168", "0.9242", "6.8430", "6.0375"},
		{"S0E4D", "2522149.7", "0.8996", "0.7280", "0.8817", "3.4793", "3.5499"},
	} {
		get := func(measure string) *big.Rat { return p.Of("2026/27", want.icb, measure) }
		index := func(measure string) *big.Rat { return new(big.Rat).Quo(get(measure), get("registered")) }
		part := func(measure string) *big.Rat {
			return percent(new(big.Rat).Quo(get(measure), p.Total("2026/27", measure)))
		}
		same(t, want.icb+" registered", get("registered"), want.registered)
		same(t, want.icb+" general and acute", index("general_and_acute"), want.acute)
		same(t, want.icb+" inequalities", index("health_inequalities"), want.inequalities)
		same(t, want.icb+" core", index("core"), want.core)
		same(t, want.icb+" core share", part("core"), want.coreShare)
		same(t, want.icb+" general and acute share", part("general_and_acute"), want.acuteShare)
	}
}

// Shares of the boards that were divided, by registered patients, and an amount of each
// carried across to the penny.
func TestCrosswalk(t *testing.T) {
	c, err := budget.LoadCrosswalk(budgets.Files, "crosswalk/boards-2026.csv")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		from  string
		parts map[string]string
	}{
		{"QJG", map[string]string{"T6Y0W": "64.75", "D7T5G": "35.25"}},
		{"QM7", map[string]string{"S1Y5D": "79.76", "D7T5G": "20.24"}},
		{"QNQ", map[string]string{"S0E4D": "58.84", "QRL": "22.93", "S9B9J": "18.23"}},
		{"QMJ", map[string]string{"Z9B2Z": "100.00"}},
	} {
		whole := activity.Pence(31_415_926_535)
		parts, carried, err := c.Split(want.from, whole, "registered_population")
		if err != nil {
			t.Fatal(err)
		}
		if share.Sum(parts) != whole || len(parts) != len(want.parts) {
			t.Errorf("%s: %d parts add up to %s", want.from, len(parts), share.Sum(parts))
		}
		for i, p := range parts {
			same(t, want.from+" to "+p.Key, percent(new(big.Rat).Quo(carried[i].Weight, carried[i].Of)), want.parts[p.Key])
		}
	}
	if _, _, err := c.Split("QNQ", activity.Pence(1), "activity"); err == nil || !strings.Contains(err.Error(), "by another basis than activity") {
		t.Errorf("parting by a basis that is not stored: %v", err)
	}
	parts, _, err := c.Split("QHM", activity.Pence(1), "registered_population")
	if err != nil || len(parts) != 1 || parts[0].Key != "QHM" {
		t.Errorf("a board that goes on as it is: %v, %v", parts, err)
	}
}
