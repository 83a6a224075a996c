package budget_test

import (
	"math/rand/v2"
	"testing"

	"remit/activity"
	"remit/budget"
)

// contractLines are two programmes and the drugs of one provider: 12 months planned, 6 returned, of which the third is
// missing.
func contractLines(icb, provider string) []budget.ContractLine {
	cancer := budget.ContractLine{Year: "2026/27", ICB: icb, Line: "Cancer", Provider: provider, Kind: budget.Contract, Basis: "aggregate feed"}
	trauma := cancer
	trauma.Line = "Trauma"
	drugs := cancer
	drugs.Line, drugs.Kind = "Drugs", budget.Drugs
	for m := range 12 {
		for i, l := range []*budget.ContractLine{&cancer, &trauma, &drugs} {
			l.Plan[m] = activity.Pence(int64(1_000_000 * (i + 1)))
			if l.Came[m] = m < 6 && m != 2; l.Came[m] {
				l.Actual[m] = l.Plan[m].Add(activity.Pence(int64(10_000 * (i + 1))))
			}
		}
	}
	for _, l := range []*budget.ContractLine{&cancer, &trauma, &drugs} {
		for m := range 12 {
			for k := range 12 {
				x := l.Plan[k]
				if k <= m && l.Came[k] {
					x = l.Actual[k]
				}
				l.ByPlan[m] = l.ByPlan[m].Add(x)
			}
			l.ByRate[m] = l.ByPlan[m].Add(activity.Pence(7))
		}
	}
	return []budget.ContractLine{cancer, trauma, drugs}
}

// The contract of ICB-A with PROV1 comes from contract monitoring: its typed use and its typed line give way, those of
// others stay, and the year closes as planned and as foreseen.
func TestFundsYear(t *testing.T) {
	r := round(t, "worked")
	o, err := r.Outcome("2026/27", "")
	if err != nil {
		t.Fatal(err)
	}
	joined := r.WithContracts(contractLines("ICB-A", "PROV1"), budget.RemainingPlan)
	f, err := joined.FundsYear(o, "ICB-A", 6)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Replaced) != 1 || f.Replaced[0].Amount.String() != "241000000" {
		t.Errorf("replaced %+v", f.Replaced)
	}
	if len(f.Beside) != 1 || f.Beside[0].What != "Drugs outside contracts" {
		t.Errorf("beside %+v", f.Beside)
	}
	// Two programmes, 10,000 + 20,000 a month, five of six months 300 above plan.
	first := f.Lines[0]
	budgeted, done := first.ToDate(6)
	if first.Kind != budget.Contract || first.Counterparty != "PROV1" || first.Annual().String() != "360000" || first.Forecast.String() != "361500" || budgeted.String() != "180000" || done.String() != "151500" ||
		first.Typed == nil || first.Typed.String() != "241000000" {
		t.Errorf("the contract: %+v, to date %s and %s", first, budgeted, done)
	}
	list, err := joined.Positions("2026/27", "ICB-A", 6, budget.ByLine)
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]budget.Position{}
	for _, p := range list {
		lines[p.Key[0]] = p
	}
	if p := lines["Cancer"]; p.Annual.String() != "98620000" || p.Forecast.Sub(p.Before) != p.Movement {
		t.Errorf("Cancer, that of PROV2 as typed and of PROV1 as it came: %+v", p)
	}
	if _, stays := lines["Internal medicine"]; stays {
		t.Error("the typed line of PROV1 stays beside what came")
	}
	if p := lines["Trauma"]; p.Annual.String() != "240000" || p.BudgetToDate.String() != "120000" || p.ToDate.String() != "101000" || p.Forecast.String() != "241000" || p.Before.String() != "240800" {
		t.Errorf("Trauma: %+v", p)
	}
	if same := r.WithContracts(contractLines("ICB-A", "PROV1"), budget.Typed); same != r {
		t.Error("typed: the round changes")
	}
}

// Whatever came, uses and difference are the allocation, month by month and over the year, by either forecast.
func TestFundsYearCloses(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	r := round(t, "worked")
	for range 200 {
		lines := contractLines("ICB-A", "PROV1")
		for i := range lines {
			l := &lines[i]
			for m := range 12 {
				l.Plan[m] = activity.Pence(random.Int64N(2_000_000_000) - 100_000_000)
				l.Came[m] = random.IntN(3) > 0
				l.Actual[m] = activity.Amount{}
				if l.Came[m] {
					l.Actual[m] = activity.Pence(random.Int64N(2_000_000_000) - 100_000_000)
				}
				l.ByPlan[m], l.ByRate[m] = activity.Pence(random.Int64N(20_000_000_000)), activity.Pence(random.Int64N(20_000_000_000))
			}
		}
		by := budget.Foresights[random.IntN(2)]
		joined := r.WithContracts(lines, by)
		o, err := joined.Outcome("2026/27", "")
		if err != nil {
			t.Fatal(err)
		}
		for _, icb := range []string{"ICB-A", "ICB-B"} {
			f, err := joined.FundsYear(o, icb, 1+random.IntN(12))
			if err != nil {
				t.Fatal(err)
			}
			closes(t, f)
		}
	}
}

func closes(t *testing.T, f *budget.FundsYear) {
	t.Helper()
	var allocation, planned, used, annual, foreseen activity.Amount
	for _, m := range f.Months {
		allocation, planned, used = allocation.Add(m.Allocation), planned.Add(m.Planned), used.Add(m.Used)
		var kinds, stands activity.Amount
		for _, k := range f.Kinds() {
			kinds, stands = kinds.Add(m.Budget[k]), stands.Add(m.Stands[k])
		}
		if kinds != m.Planned || stands != m.Used {
			t.Fatalf("month %d: the kinds come to %s and %s, not %s and %s", m.Month, kinds, stands, m.Planned, m.Used)
		}
	}
	for i := range f.Lines {
		annual, foreseen = annual.Add(f.Lines[i].Annual()), foreseen.Add(f.Lines[i].Forecast)
	}
	switch {
	case allocation != f.Allocation:
		t.Fatalf("the months of the allocation come to %s of %s", allocation, f.Allocation)
	case planned != f.Planned.Used || annual != planned || planned.Add(f.Planned.Difference) != f.Allocation:
		t.Fatalf("as planned it does not close: months %s, lines %s, %+v of %s", planned, annual, f.Planned, f.Allocation)
	case foreseen != f.Foreseen.Used || used.Add(f.Beyond) != foreseen || foreseen.Add(f.Foreseen.Difference) != f.Allocation:
		t.Fatalf("as foreseen it does not close: months %s and %s, lines %s, %+v of %s", used, f.Beyond, foreseen, f.Foreseen, f.Allocation)
	}
}
