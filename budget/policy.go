package budget

import (
	"fmt"
	"math/big"
	"slices"
	"sort"
	"strings"

	"remit/share"
)

// Kind is the shape of a policy of convergence.
type Kind string

// The shapes that there are.
const (
	Banded    Kind = "P1"        // growth by distance, within a floor and a ceiling
	Fraction  Kind = "P2"        // closes a fraction of the gap
	NoCut     Kind = "P3"        // no cut in cash; all growth to those under target
	Minimum   Kind = "P4"        // nobody further under target than a limit
	Published Kind = "published" // the amounts are those of the ledger
)

// KindSays says in a sentence what each kind does.
var KindSays = map[Kind]string{
	Banded:    "growth depends on the opening distance from target, within a floor and a ceiling; one base growth for all makes the sum come out",
	Fraction:  "baselines are scaled to the money of the year, and a fraction of each gap to target is closed",
	NoCut:     "nobody loses cash; all growth goes to those under target, in proportion to how far they are under it in pounds",
	Minimum:   "everyone further under target than the limit is raised to it; the rest are scaled down, until nobody is under it",
	Published: "the amounts are those of the ledger, as they were published",
}

// Policy is a policy of convergence with its parameters, as it was loaded.
type Policy struct {
	Name       string `yaml:"policy"`
	Title      string `yaml:"title"`
	Kind       Kind   `yaml:"kind"`
	Owner      string `yaml:"owner"` // whose rule it is; blank: nobody's, for comparison
	Source     string `yaml:"source"`
	Confidence string `yaml:"confidence"`
	ValidFrom  string `yaml:"valid_from"`

	// Of P1: a straight line that gives Adjustment at the distance At and no more beyond
	// it, or bands. Floor and Ceiling bound growth; none: unbounded.
	Adjustment Number `yaml:"adjustment"`
	At         Number `yaml:"at"`
	Bands      []Band `yaml:"bands"`
	Floor      Number `yaml:"floor"`
	Ceiling    Number `yaml:"ceiling"`

	Closes Number `yaml:"closes"` // of P2: the fraction of the gap closed in a year
	Limit  Number `yaml:"limit"`  // of P4: the furthest that anybody may be under target
}

// Band is a step of P1: the adjustment of growth for distances below UpTo, and for all that are
// left where it has none.
type Band struct {
	UpTo       Number `yaml:"up_to"`
	Adjustment Number `yaml:"adjustment"`
}

// cliff is how near to the edge of a band an area is named: 0.1 points.
var cliff = big.NewRat(1, 1000)

// Whose says whose rule it is, in words that cannot be mistaken.
func (p *Policy) Whose() string {
	if p.Owner == "" {
		return "nobody's rule: loaded for comparison"
	}
	return fmt.Sprintf("loaded as %s's rule, source: %s", p.Owner, p.Source)
}

// Parameters writes the parameters in words.
func (p *Policy) Parameters() string {
	var list []string
	switch p.Kind {
	case Banded:
		if len(p.Bands) == 0 {
			list = append(list, fmt.Sprintf("adjustment %s at a distance of %s", p.Adjustment.Percent(), p.At.Percent()))
		}
		for _, b := range p.Bands {
			where := "beyond"
			if b.UpTo.Rat != nil {
				where = "below " + b.UpTo.Percent()
			}
			list = append(list, fmt.Sprintf("%s adjustment %s", where, b.Adjustment.Percent()))
		}
		list = append(list, "floor "+p.Floor.Percent(), "ceiling "+p.Ceiling.Percent())
	case Fraction:
		list = append(list, "closes "+p.Closes.Percent()+" of the gap")
	case Minimum:
		list = append(list, "limit "+p.Limit.Percent()+" under target")
	case NoCut, Published:
		list = append(list, "no parameters")
	}
	return strings.Join(list, ", ")
}

func (p *Policy) check() (problems []string) {
	say := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	between := func(what string, n Number) {
		if n.Rat == nil || n.Sign() < 0 || n.Cmp(one) > 0 {
			say("%s is a fraction from 0 to 1", what)
		}
	}
	if p.Owner != "" && strings.TrimSpace(p.Source) == "" {
		say("it is called the rule of %s and has no source; give the source, or leave owner out", p.Owner)
	}
	switch p.Kind {
	case Banded:
		if len(p.Bands) == 0 && (p.At.or0().Sign() <= 0 || p.Adjustment.or0().Sign() < 0) {
			say("P1 needs an adjustment from 0 up and the distance (at) above 0 where it is reached, or bands")
		}
		if p.Floor.Rat != nil && p.Ceiling.Rat != nil && p.Floor.Cmp(p.Ceiling.Rat) > 0 {
			say("the floor is above the ceiling")
		}
		for i, b := range p.Bands {
			last := i == len(p.Bands)-1
			if last != (b.UpTo.Rat == nil) {
				say("the last band, and no other, has no up_to")
			}
			if b.Adjustment.Rat == nil {
				say("band %d has no adjustment", i+1)
			}
			if i > 0 && b.UpTo.Rat != nil && p.Bands[i-1].UpTo.Rat != nil && b.UpTo.Cmp(p.Bands[i-1].UpTo.Rat) <= 0 {
				say("the bands do not rise: put them in order of up_to")
			}
		}
	case Fraction:
		between("closes", p.Closes)
	case Minimum:
		between("limit", p.Limit)
	case NoCut, Published:
	default:
		say("there is no kind of policy %q; write P1, P2, P3, P4 or published", p.Kind)
	}
	return problems
}

// Infeasible says that a policy cannot hand out the money: its bounds do not allow
// it, and they are not bent.
type Infeasible struct {
	Policy          string
	Money           *big.Rat
	Lowest, Highest *big.Rat // nil: no bound
}

func (e *Infeasible) Error() string {
	pounds := func(r *big.Rat, none string) string {
		if r == nil {
			return none
		}
		return "£" + Pounds(r)
	}
	return fmt.Sprintf("policy %s cannot hand out £%s: by its bounds it hands out at least %s and at most %s; change the money, the floor or the ceiling",
		e.Policy, Pounds(e.Money), pounds(e.Lowest, "nothing"), pounds(e.Highest, "any amount"))
}

// position is what a policy works on: B, T and s of each area, and Q.
type position struct {
	keys                     []string
	baseline, target, shares []*big.Rat
	opening                  []*big.Rat
	quantum                  *big.Rat
}

// moved is what a policy makes of it.
type moved struct {
	exact       []*big.Rat
	adjustments []*big.Rat // of P1
	bound       []string   // of P1: floor or ceiling, where it binds; of P4: minimum
	base        *big.Rat   // of P1: g0
	notes       []string
}

// apply applies the policy.
func (p *Policy) apply(at *position) (*moved, error) {
	switch p.Kind {
	case Banded:
		return p.banded(at)
	case Fraction:
		return p.fraction(at), nil
	case NoCut:
		return p.noCut(at)
	default:
		return p.minimum(at)
	}
}

// adjust is the adjustment of growth at a distance.
func (p *Policy) adjust(distance *big.Rat) *big.Rat {
	for _, b := range p.Bands {
		if b.UpTo.Rat == nil || distance.Cmp(b.UpTo.Rat) < 0 {
			return b.Adjustment.Rat
		}
	}
	part := clamp(quo(distance, p.At.or0()), new(big.Rat).Neg(one), one)
	return new(big.Rat).Neg(mul(part, p.Adjustment.or0()))
}

// clamp keeps x within bounds, of which either may be nil.
func clamp(x, low, high *big.Rat) *big.Rat {
	if low != nil && x.Cmp(low) < 0 {
		return low
	}
	if high != nil && x.Cmp(high) > 0 {
		return high
	}
	return x
}

// banded solves for the base growth at which the sum is the money. What it hands
// out rises with the base growth in straight pieces that break where a floor or a
// ceiling begins or ends to bind, so the root is found exactly: the piece by its
// ends, and the place on it by proportion. When every area is bound at both ends of a
// piece, the lowest base growth is taken; the amounts are the same.
func (p *Policy) banded(at *position) (*moved, error) {
	m := &moved{bound: make([]string, len(at.baseline))}
	for _, d := range at.opening {
		m.adjustments = append(m.adjustments, p.adjust(d))
	}
	hands := func(g *big.Rat) *big.Rat {
		total := new(big.Rat)
		for i, b := range at.baseline {
			total.Add(total, mul(b, add(one, clamp(add(g, m.adjustments[i]), p.Floor.Rat, p.Ceiling.Rat))))
		}
		return total
	}
	var breaks []*big.Rat
	for _, a := range m.adjustments {
		for _, bound := range []Number{p.Floor, p.Ceiling} {
			if bound.Rat != nil {
				breaks = append(breaks, sub(bound.Rat, a))
			}
		}
	}
	slices.SortFunc(breaks, (*big.Rat).Cmp)
	base := solve(hands, breaks, at.quantum)
	if base == nil {
		e := &Infeasible{Policy: p.Name, Money: at.quantum}
		if total := sum(at.baseline); p.Floor.Rat != nil {
			e.Lowest = mul(total, add(one, p.Floor.Rat))
		}
		if total := sum(at.baseline); p.Ceiling.Rat != nil {
			e.Highest = mul(total, add(one, p.Ceiling.Rat))
		}
		return nil, e
	}
	m.base = base
	for i, b := range at.baseline {
		free := add(base, m.adjustments[i])
		growth := clamp(free, p.Floor.Rat, p.Ceiling.Rat)
		switch growth.Cmp(free) {
		case 1:
			m.bound[i] = "floor"
		case -1:
			m.bound[i] = "ceiling"
		}
		m.exact = append(m.exact, mul(b, add(one, growth)))
	}
	m.notes = p.cliffs(at)
	return m, nil
}

// solve finds the lowest x at which a function that rises in straight pieces comes to y; nil: nowhere. The
// pieces before the first break and behind the last go on without end.
func solve(f func(*big.Rat) *big.Rat, breaks []*big.Rat, y *big.Rat) *big.Rat {
	if len(breaks) == 0 {
		breaks = []*big.Rat{new(big.Rat)}
	}
	i := sort.Search(len(breaks), func(i int) bool { return f(breaks[i]).Cmp(y) >= 0 })
	var left, right *big.Rat
	switch {
	case i == 0:
		left, right = sub(breaks[0], one), breaks[0]
	case i == len(breaks):
		left, right = breaks[i-1], add(breaks[i-1], one)
	default:
		left, right = breaks[i-1], breaks[i]
	}
	from, to := f(left), f(right)
	switch {
	case to.Cmp(from) > 0:
		return add(left, mul(sub(right, left), quo(sub(y, from), sub(to, from))))
	case to.Cmp(y) == 0:
		return right
	}
	return nil
}

// cliffs names the areas for which a small change of distance changes their band.
func (p *Policy) cliffs(at *position) (notes []string) {
	if len(p.Bands) == 0 {
		return nil
	}
	notes = append(notes, "growth jumps at the edges of the bands: two areas with nearly the same distance may get different growth")
	for i, d := range at.opening {
		for _, b := range p.Bands {
			if b.UpTo.Rat == nil {
				continue
			}
			if off := sub(d, b.UpTo.Rat); new(big.Rat).Abs(off).Cmp(cliff) <= 0 {
				notes = append(notes, fmt.Sprintf("%s is %s from target, within 0.1 points of the edge at %s", at.keys[i], Percent(d, 3), Percent(b.UpTo.Rat, 3)))
			}
		}
	}
	return notes
}

func (p *Policy) fraction(at *position) *moved {
	m := &moved{}
	for i, b := range scaled(at.baseline, at.quantum) {
		m.exact = append(m.exact, add(b, mul(p.Closes.or0(), sub(at.target[i], b))))
	}
	return m
}

func (p *Policy) noCut(at *position) (*moved, error) {
	growth := sub(at.quantum, sum(at.baseline))
	if growth.Sign() < 0 {
		return nil, &Infeasible{Policy: p.Name, Money: at.quantum, Lowest: sum(at.baseline)}
	}
	under := make([]*big.Rat, len(at.baseline))
	for i, b := range at.baseline {
		under[i] = clamp(sub(at.target[i], b), new(big.Rat), nil)
	}
	m, total := &moved{}, sum(under)
	for i, b := range at.baseline {
		m.exact = append(m.exact, add(b, mul(growth, quo(under[i], total))))
	}
	return m, nil
}

// minimum raises whoever is too far under target, and takes it from the others in
// proportion to their baselines. That may push another under the limit, who is
// raised in the next turn: at the latest when all are.
func (p *Policy) minimum(at *position) (*moved, error) {
	least := make([]*big.Rat, len(at.target))
	for i, t := range at.target {
		least[i] = mul(sub(one, p.Limit.or0()), t)
	}
	m := &moved{exact: scaled(at.baseline, at.quantum), bound: make([]string, len(least))}
	for {
		raised, free, money, weights := false, []int{}, new(big.Rat).Set(at.quantum), []*big.Rat{}
		for i := range least {
			if m.bound[i] == "" && m.exact[i].Cmp(least[i]) < 0 {
				m.bound[i], raised = "minimum", true
			}
			if m.bound[i] != "" {
				m.exact[i] = least[i]
				money.Sub(money, least[i])
				continue
			}
			free, weights = append(free, i), append(weights, at.baseline[i])
		}
		if !raised {
			return m, nil
		}
		if len(free) == 0 || sum(weights).Sign() == 0 && money.Sign() != 0 {
			return nil, &Infeasible{Policy: p.Name, Money: at.quantum, Lowest: sum(least)}
		}
		for n, x := range scaled(weights, money) {
			m.exact[free[n]] = x
		}
	}
}

// Pounds writes an exact amount for reading, to the penny.
func Pounds(r *big.Rat) string {
	a, ok := share.Nearest(r)
	if !ok {
		return r.FloatString(2)
	}
	return a.Pounds()
}
