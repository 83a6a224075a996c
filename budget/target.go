package budget

import (
	"math/big"

	"remit/activity"
	"remit/share"
)

// Area is what the formula knows of a board in a year.
type Area struct {
	ICB        string
	Name       string
	Population *big.Rat
	Indices    map[Measure]*big.Rat // need and inequalities per head; cost
	Weighted   map[Measure]*big.Rat // weighted populations, where those are given instead
	Source     string
	Confidence string
	Place      string // where it stands in the file
}

// index is a measure as an index, 1 where the area has none.
func (a *Area) index(m Measure) *big.Rat {
	if x := a.Indices[m]; x != nil {
		return x
	}
	if w := a.Weighted[m]; w != nil {
		return quo(w, a.Population)
	}
	return one
}

// weighted is the population weighted by a measure.
func (a *Area) weighted(m Measure) *big.Rat {
	if w := a.Weighted[m]; w != nil {
		return w
	}
	return mul(a.Population, a.index(m))
}

// Target is what a board would get if the money went by the formula alone.
type Target struct {
	ICB                string
	Name               string
	Population         *big.Rat
	WeightedPopulation *big.Rat
	Share              *big.Rat        // of the weighted population of all
	Exact              *big.Rat        // pounds, before rounding
	Amount             activity.Amount // rounded to the unit
}

// Index is the weighted population per head, whose mean over all people is 1.
func (t *Target) Index() *big.Rat { return quo(t.WeightedPopulation, t.Population) }

// Targets are the targets of a year with the working of the formula.
type Targets struct {
	Year    string
	Formula *Formula
	Quantum activity.Amount
	Working []Figures
	Areas   []Target
}

// Targets works out the targets of a year.
func (r *Round) Targets(year string) (*Targets, error) {
	y, err := r.year(year)
	if err != nil {
		return nil, err
	}
	t := &Targets{Year: y.Year, Formula: r.Formula, Quantum: y.Quantum, Working: r.Formula.work(y.Areas)}
	final := t.Working[len(t.Working)-1].Values
	total, quantum := sum(final), share.Of(y.Quantum)
	keys, exact := make([]string, len(y.Areas)), make([]*big.Rat, len(y.Areas))
	for i := range y.Areas {
		keys[i], exact[i] = y.Areas[i].ICB, mul(quantum, quo(final[i], total))
	}
	parts, err := share.Round(exact, keys, r.Unit())
	if err != nil {
		return nil, err
	}
	for i := range y.Areas {
		a := &y.Areas[i]
		t.Areas = append(t.Areas, Target{ICB: a.ICB, Name: a.Name, Population: a.Population, WeightedPopulation: final[i],
			Share: quo(final[i], total), Exact: exact[i], Amount: parts[i].Amount})
	}
	return t, nil
}

// Distance is a distance from target: (mine / all) / share - 1. Below zero is under target.
func Distance(mine, all, targetShare *big.Rat) *big.Rat {
	fair := mul(all, targetShare)
	if fair.Sign() == 0 {
		return new(big.Rat)
	}
	return sub(quo(mine, fair), one)
}
