package budget_test

import (
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"remit/activity"
	"remit/budget"
	"remit/share"
)

func number(s string) budget.Number {
	r, err := share.Number(s)
	if err != nil {
		panic(err)
	}
	return budget.Number{Rat: r}
}

// made is a round of made-up boards: n of them, by a random source.
func made(random *rand.Rand, n int, money int64, p budget.Policy) *budget.Round {
	f := &budget.Formula{Name: "f", Source: "test", Steps: []budget.Step{{Name: "need", Weigh: budget.Need}}}
	r := &budget.Round{Name: "made", Rounding: "penny", Formula: f, Policies: []budget.Policy{p}}
	y := budget.Year{Year: "2026/27", Status: "firm", Policy: p.Name, Quantum: activity.Pence(money)}
	for i := range n {
		icb := fmt.Sprintf("ICB-%02d", i)
		y.Areas = append(y.Areas, budget.Area{ICB: icb, Name: icb, Population: big.NewRat(random.Int64N(3_000_000)+1000, 1),
			Indices: map[budget.Measure]*big.Rat{budget.Need: big.NewRat(random.Int64N(700)+700, 1000)}})
		r.Ledger = append(r.Ledger, budget.Line{Year: y.Year, ICB: icb, Kind: budget.Baseline, Amount: activity.Pence(random.Int64N(80_000_000_000) + 1_000_000_000), Recurrent: true, Holder: budget.HeldByICB})
	}
	r.Years = []budget.Year{y}
	return r
}

var shapes = []budget.Policy{
	{Name: "line", Kind: budget.Banded, Adjustment: number("1.5%"), At: number("5%"), Floor: number("-3%"), Ceiling: number("40%")},
	{Name: "open", Kind: budget.Banded, Adjustment: number("1.5%"), At: number("5%")},
	{Name: "steps", Kind: budget.Banded, Bands: []budget.Band{{UpTo: number("-2%"), Adjustment: number("1%")}, {UpTo: number("2%"), Adjustment: number("0")}, {Adjustment: number("-1%")}}, Floor: number("-1%")},
	{Name: "quarter", Kind: budget.Fraction, Closes: number("0.25")},
	{Name: "nocut", Kind: budget.NoCut},
	{Name: "least", Kind: budget.Minimum, Limit: number("2.5%")},
}

// What holds of every policy, whatever the boards: the money is handed out to the penny; targets add up to
// it; distances weighted by target add up to nothing; kinds of line add up to the allocation; the order
// of the boards changes nothing; ten times the money everywhere is ten times the allocation (before rounding).
func TestPolicyProperties(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, p := range shapes {
		for range 60 {
			r := made(random, 2+random.IntN(12), 0, p)
			var baseline activity.Amount
			for _, l := range r.Ledger {
				baseline = baseline.Add(l.Amount)
			}
			r.Years[0].Quantum = baseline.Add(activity.Pence(random.Int64N(9_000_000_000)))
			o, err := r.Outcome("2026/27", p.Name)
			if err != nil {
				t.Fatalf("%s: %v", p.Name, err)
			}
			checkOutcome(t, o)
			checkOrder(t, r, o, p.Name)
			checkScale(t, r, o, p.Name)
			checkRises(t, o)
		}
	}
}

func checkOutcome(t *testing.T, o *budget.Outcome) {
	t.Helper()
	var paid, targets activity.Amount
	weighted := new(big.Rat)
	for i, a := range o.Areas {
		paid, targets = paid.Add(a.Amount), targets.Add(a.Target)
		weighted.Add(weighted, new(big.Rat).Mul(a.ClosingDistance, a.Share))
		if a.Baseline.Add(a.Growth).Add(a.Convergence) != a.Amount {
			t.Errorf("%s %s: baseline, growth and convergence do not add up to the allocation", o.Policy.Name, a.ICB)
		}
		if a.Amount.Sub(a.Target) != a.Gap {
			t.Errorf("%s %s: the gap is not what is between allocation and target", o.Policy.Name, a.ICB)
		}
		if o.Policy.Kind == budget.NoCut && a.Amount.Cmp(a.Baseline) < 0 {
			t.Errorf("%s %s is cut", o.Policy.Name, a.ICB)
		}
		if p := o.Policy; p.Kind == budget.Minimum {
			least := new(big.Rat).Mul(new(big.Rat).Sub(big.NewRat(1, 1), p.Limit.Rat), o.Targets.Areas[i].Exact)
			if a.Exact.Cmp(least) < 0 {
				t.Errorf("%s %s gets less than its minimum", p.Name, a.ICB)
			}
		}
		if off := new(big.Rat).Sub(share.Of(a.Amount), a.Exact); off.Abs(off).Cmp(share.Of(o.Unit)) >= 0 {
			t.Errorf("%s %s is rounded by a unit or more", o.Policy.Name, a.ICB)
		}
		growth := new(big.Rat).Sub(new(big.Rat).Quo(a.Exact, share.Of(a.Baseline)), big.NewRat(1, 1))
		if p := o.Policy; p.Floor.Rat != nil && growth.Cmp(p.Floor.Rat) < 0 || p.Ceiling.Rat != nil && growth.Cmp(p.Ceiling.Rat) > 0 {
			t.Errorf("%s %s grows by %s", p.Name, a.ICB, budget.Percent(growth, 5))
		}
	}
	if paid != o.Quantum || targets != o.Quantum {
		t.Errorf("%s: %s handed out and %s of targets, of %s", o.Policy.Name, paid, targets, o.Quantum)
	}
	if weighted.Sign() != 0 {
		t.Errorf("%s: distances weighted by target add up to %s", o.Policy.Name, weighted.FloatString(12))
	}
}

func checkOrder(t *testing.T, r *budget.Round, o *budget.Outcome, policy string) {
	t.Helper()
	turned := *r
	turned.Years = slices.Clone(r.Years)
	turned.Years[0].Areas = slices.Clone(r.Years[0].Areas)
	slices.Reverse(turned.Years[0].Areas)
	again, err := turned.Outcome("2026/27", policy)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range o.Areas {
		if b := again.Areas[len(o.Areas)-1-i]; a.ICB != b.ICB || a.Amount != b.Amount {
			t.Errorf("%s: the order of the boards changes what %s gets", policy, a.ICB)
		}
	}
}

func checkScale(t *testing.T, r *budget.Round, o *budget.Outcome, policy string) {
	t.Helper()
	large := *r
	large.Years = slices.Clone(r.Years)
	tenfold := func(a activity.Amount) (sum activity.Amount) {
		for range 10 {
			sum = sum.Add(a)
		}
		return sum
	}
	large.Years[0].Quantum = tenfold(r.Years[0].Quantum)
	large.Ledger = slices.Clone(r.Ledger)
	for i := range large.Ledger {
		large.Ledger[i].Amount = tenfold(large.Ledger[i].Amount)
	}
	again, err := large.Outcome("2026/27", policy)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range o.Areas {
		if again.Areas[i].Exact.Cmp(new(big.Rat).Mul(a.Exact, big.NewRat(10, 1))) != 0 {
			t.Errorf("%s: ten times the money is not ten times what %s gets", policy, a.ICB)
		}
	}
}

// Of two boards, the one further above target never grows faster, by P1 and P2.
func checkRises(t *testing.T, o *budget.Outcome) {
	t.Helper()
	if o.Policy.Kind != budget.Banded && o.Policy.Kind != budget.Fraction {
		return
	}
	rate := func(a *budget.Allocation) *big.Rat { return new(big.Rat).Quo(a.Exact, share.Of(a.Baseline)) }
	for i := range o.Areas {
		for j := range o.Areas {
			a, b := &o.Areas[i], &o.Areas[j]
			if a.OpeningDistance.Cmp(b.OpeningDistance) > 0 && rate(a).Cmp(rate(b)) > 0 {
				t.Errorf("%s: %s is further above target than %s and grows faster", o.Policy.Name, a.ICB, b.ICB)
			}
		}
	}
}

// The base growth of P1 is found exactly; halving intervals, the textbook way, comes to the same.
func TestBaseGrowthByHalving(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 100 {
		p := shapes[0]
		r := made(random, 2+random.IntN(20), 0, p)
		var baseline activity.Amount
		for _, l := range r.Ledger {
			baseline = baseline.Add(l.Amount)
		}
		r.Years[0].Quantum = baseline.Add(activity.Pence(random.Int64N(1_000_000_000)))
		o, err := r.Outcome("2026/27", p.Name)
		if err != nil {
			t.Fatal(err)
		}
		quantum, _ := share.Of(o.Quantum).Float64()
		low, high := -1.0, 1.0
		for range 80 {
			g, total := (low+high)/2, 0.0
			for _, a := range o.Areas {
				b, _ := share.Of(a.Baseline).Float64()
				adjustment, _ := a.Adjustment.Float64()
				total += b * (1 + min(max(g+adjustment, -0.03), 0.40))
			}
			if total < quantum {
				low = g
			} else {
				high = g
			}
		}
		if base, _ := o.Base.Float64(); base-low > 1e-9 || low-base > 1e-9 {
			t.Errorf("base growth %.12f, by halving %.12f", base, low)
		}
	}
}

// Bounds that cannot be met are reported with both of them, and not bent. At a bound itself they can.
func TestInfeasible(t *testing.T) {
	p := budget.Policy{Name: "bounded", Kind: budget.Banded, Adjustment: number("1%"), At: number("5%"), Floor: number("2%"), Ceiling: number("3%")}
	random := rand.New(rand.NewPCG(7, 8))
	r := made(random, 5, 0, p)
	for i := range r.Ledger {
		r.Ledger[i].Amount = activity.Pence(20_000_000)
	}
	for _, c := range []struct {
		quantum int64
		want    string
	}{
		{102_000_000, ""}, {103_000_000, ""}, {102_500_001, ""},
		{101_999_999, "policy bounded cannot hand out £1,019,999.99: by its bounds it hands out at least £1,020,000.00 and at most £1,030,000.00"},
		{103_000_001, "at least £1,020,000.00 and at most £1,030,000.00"},
	} {
		r.Years[0].Quantum = activity.Pence(c.quantum)
		o, err := r.Outcome("2026/27", "bounded")
		var no *budget.Infeasible
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%d: %v", c.quantum, err)
		case c.want == "":
			checkOutcome(t, o)
		case !errors.As(err, &no) || !strings.Contains(err.Error(), c.want):
			t.Errorf("%d: %v", c.quantum, err)
		}
	}
	cut := budget.Policy{Name: "nocut", Kind: budget.NoCut}
	r.Policies, r.Years[0].Quantum = []budget.Policy{cut}, activity.Pence(99_999_999)
	if _, err := r.Outcome("2026/27", "nocut"); err == nil || !strings.Contains(err.Error(), "at least £1,000,000.00 and at most any amount") {
		t.Errorf("less money than baselines without a cut: %v", err)
	}
}

// Steps are warned of, and whoever stands near an edge is named.
func TestCliffs(t *testing.T) {
	r := round(t, "worked")
	o, err := r.Outcome("2026/27", "steps")
	if err != nil {
		t.Fatal(err)
	}
	if len(o.Notes) != 1 {
		t.Errorf("notes: %q", o.Notes)
	}
	p, _ := r.Policy("steps")
	p.Bands[0].UpTo = number("-2.7%") // ICB-D stands at -2.664588%
	o, err = r.Outcome("2026/27", "steps")
	if err != nil {
		t.Fatal(err)
	}
	if len(o.Notes) != 2 || o.Notes[1] != "ICB-D is -2.665% from target, within 0.1 points of the edge at -2.700%" {
		t.Errorf("notes: %q", o.Notes)
	}
}
