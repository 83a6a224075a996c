package budget

import (
	"fmt"
	"math"
	"math/big"
	"slices"

	"remit/activity"
	"remit/share"
)

// Allocation is what a policy gives one board, with its working.
type Allocation struct {
	ICB, Name        string
	Opening          activity.Amount // what the year before came to
	Baseline         activity.Amount // B
	Target           activity.Amount // T, rounded
	Share            *big.Rat        // s
	Exact            *big.Rat        // A before rounding, pounds
	Amount           activity.Amount // A
	Adjustment       *big.Rat        // of growth, by distance; nil where the policy has none
	Bound            string          // floor, ceiling or minimum, where one binds
	Rate             *big.Rat        // A / B - 1
	Growth           activity.Amount // what growth alike for all would give
	Convergence      activity.Amount // the rest
	OpeningDistance  *big.Rat        // baseline against this year's target share
	ClosingDistance  *big.Rat        // allocation against target
	Gap              activity.Amount // A - T; above zero is above target
	WeightedPerHead  *big.Rat        // index of need
	AllocationPerOne *big.Rat        // pounds a weighted head
}

// Outcome is a year by a policy.
type Outcome struct {
	Year     string
	Status   string // firm or indicative
	Policy   *Policy
	Targets  *Targets
	Areas    []Allocation
	Baseline activity.Amount // of all
	Quantum  activity.Amount
	Unit     activity.Amount
	Base     *big.Rat // the base growth that P1 solved for; nil for others
	Notes    []string

	lines  []Line
	stream Stream
}

// Outcome works out a year by a policy; blank names the policy that the round gives the
// year. Earlier years go by their own policies, or by this one where it is named.
func (r *Round) Outcome(year, policy string) (*Outcome, error) {
	if _, err := r.year(year); err != nil {
		return nil, err
	}
	path, err := r.until(year, policy)
	if err != nil {
		return nil, err
	}
	return path[len(path)-1], nil
}

// Path works out every year of the round in turn: what a year comes to is what the next
// opens with.
func (r *Round) Path(policy string) ([]*Outcome, error) { return r.until("", policy) }

// until works out the years up to one, or all.
func (r *Round) until(year, policy string) ([]*Outcome, error) {
	var path []*Outcome
	opening := map[string]activity.Amount{}
	for i := range r.Years {
		name := policy
		if name == "" {
			name = r.Years[i].Policy
		}
		p, err := r.Policy(name)
		if err != nil {
			return nil, err
		}
		o, err := r.outcome(&r.Years[i], p, opening, i == 0)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.Years[i].Year, err)
		}
		path = append(path, o)
		if r.Years[i].Year == year {
			break
		}
		for _, a := range o.Areas {
			opening[a.ICB] = a.Amount
		}
	}
	return path, nil
}

func (r *Round) outcome(y *Year, p *Policy, opening map[string]activity.Amount, first bool) (*Outcome, error) {
	targets, err := r.Targets(y.Year)
	if err != nil {
		return nil, err
	}
	o := &Outcome{Year: y.Year, Status: y.Status, Policy: p, Targets: targets, Quantum: y.Quantum, Unit: r.Unit(), lines: r.lines(y.Year), stream: y.Stream}
	at := &position{quantum: share.Of(y.Quantum)}
	for _, t := range targets.Areas {
		b := opening[t.ICB].Add(Total(o.lines, func(l *Line) bool {
			return l.ICB == t.ICB && l.counts() && (l.Kind == Transfer || first && l.Kind == Baseline)
		}))
		o.Baseline = o.Baseline.Add(b)
		at.keys, at.baseline = append(at.keys, t.ICB), append(at.baseline, share.Of(b))
		at.target, at.shares = append(at.target, t.Exact), append(at.shares, t.Share)
		o.Areas = append(o.Areas, Allocation{ICB: t.ICB, Name: t.Name, Opening: opening[t.ICB], Baseline: b, Target: t.Amount, Share: t.Share, WeightedPerHead: t.Index()})
	}
	all := sum(at.baseline)
	if all.Sign() <= 0 {
		return nil, fmt.Errorf("the baselines add up to %s: the ledger needs lines of kind baseline for the first year", share.Sterling(o.Baseline))
	}
	for i, b := range at.baseline {
		at.opening = append(at.opening, Distance(b, all, at.shares[i]))
	}
	if p.Kind == Published {
		return o, r.published(o, at)
	}
	m, err := p.apply(at)
	if err != nil {
		return nil, err
	}
	parts, err := share.Round(m.exact, at.keys, r.Unit())
	if err != nil {
		return nil, err
	}
	o.Base, o.Notes = m.base, m.notes
	for i := range o.Areas {
		a := &o.Areas[i]
		a.Exact, a.Amount = m.exact[i], parts[i].Amount
		if m.adjustments != nil {
			a.Adjustment = m.adjustments[i]
		}
		if m.bound != nil {
			a.Bound = m.bound[i]
		}
	}
	return o, o.finish(at)
}

// published takes the amounts from the ledger: baseline, growth and convergence as
// they were printed. They must add up to the money.
func (r *Round) published(o *Outcome, at *position) error {
	var total activity.Amount
	for i := range o.Areas {
		a := &o.Areas[i]
		a.Amount = a.Baseline.Add(Total(o.lines, func(l *Line) bool {
			return l.ICB == a.ICB && l.counts() && (l.Kind == Growth || l.Kind == Convergence)
		}))
		a.Exact = share.Of(a.Amount)
		total = total.Add(a.Amount)
	}
	if total != o.Quantum {
		return fmt.Errorf("the published lines add up to %s and the money of the year is %s, %s apart; put the ledger or the quantum right", share.Sterling(total), share.Sterling(o.Quantum), share.Sterling(o.Quantum.Sub(total)))
	}
	return o.finish(at)
}

// finish works out what follows from the amounts.
func (o *Outcome) finish(at *position) error {
	all, quantum := sum(at.baseline), share.Of(o.Quantum)
	alike := make([]*big.Rat, len(o.Areas))
	for i, b := range scaled(at.baseline, quantum) {
		alike[i] = sub(b, at.baseline[i])
	}
	growth, err := share.Round(alike, at.keys, share.Penny)
	if err != nil {
		return err
	}
	for i := range o.Areas {
		a := &o.Areas[i]
		paid := share.Of(a.Amount)
		a.Rate = sub(quo(paid, at.baseline[i]), one)
		a.Growth = growth[i].Amount
		a.Convergence = a.Amount.Sub(a.Baseline).Sub(a.Growth)
		a.OpeningDistance = Distance(at.baseline[i], all, at.shares[i])
		a.ClosingDistance = Distance(paid, quantum, at.shares[i])
		a.Gap = a.Amount.Sub(a.Target)
		a.AllocationPerOne = quo(paid, o.Targets.Areas[i].WeightedPopulation)
	}
	return nil
}

// YearsToTarget estimates in how many years an area comes within a tolerance of its target,
// when target shares hold: for P2 ln(tolerance / |distance|) / ln(1 - k); for P3 the year in
// which total growth at the rate of this year has caught up, ln(share of baseline /
// share of target) / ln(1 + g), for those above target; says is why there is none.
// It is an estimate in years, not money, so it is worked out in floating point.
func (o *Outcome) YearsToTarget(icb string, tolerance *big.Rat) (years float64, says string) {
	i := slices.IndexFunc(o.Areas, func(a Allocation) bool { return a.ICB == icb })
	if i < 0 {
		return 0, "not a board of this round"
	}
	a := &o.Areas[i]
	distance, _ := new(big.Rat).Abs(a.OpeningDistance).Float64()
	within, _ := tolerance.Float64()
	if distance <= within {
		return 0, "at target already"
	}
	switch o.Policy.Kind {
	case Fraction:
		k, _ := o.Policy.Closes.or0().Float64()
		if k >= 1 {
			return 1, ""
		}
		if k <= 0 || within <= 0 {
			return 0, "never: a fraction of the gap always remains"
		}
		return math.Log(within/distance) / math.Log(1-k), ""
	case NoCut:
		g, _ := sub(quo(share.Of(o.Quantum), share.Of(o.Baseline)), one).Float64()
		if a.OpeningDistance.Sign() < 0 {
			return 0, "when the last one above target has come down to it"
		}
		if g <= 0 {
			return 0, "never: there is no growth"
		}
		above, _ := add(one, a.OpeningDistance).Float64()
		return math.Log(above) / math.Log(1+g), ""
	}
	return 0, "not estimated for this policy"
}

// Furthest is the distance of whoever is furthest above target and furthest under it.
func (o *Outcome) Furthest() (above, under *Allocation) {
	for i := range o.Areas {
		a := &o.Areas[i]
		if above == nil || a.ClosingDistance.Cmp(above.ClosingDistance) > 0 {
			above = a
		}
		if under == nil || a.ClosingDistance.Cmp(under.ClosingDistance) < 0 {
			under = a
		}
	}
	return above, under
}
