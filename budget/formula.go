package budget

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"remit/share"
)

// Measure names what an area has besides people.
type Measure string

// The measures that a formula may use. Need and HealthInequalities are given as an index
// (weighted population per head) or as a weighted population; the others are indices.
const (
	Need               Measure = "need"
	HealthInequalities Measure = "health_inequalities"
	MarketForces       Measure = "market_forces"
	OtherCost          Measure = "other_cost"
)

var measures = []Measure{Need, HealthInequalities, MarketForces, OtherCost}

// Formula is a version of the arithmetic from people to weighted people: its
// steps in their order, which matters.
type Formula struct {
	Name       string `yaml:"formula"`
	Title      string `yaml:"title"`
	Version    string `yaml:"version"`
	ValidFrom  string `yaml:"valid_from"`
	Source     string `yaml:"source"`
	Confidence string `yaml:"confidence"`
	Steps      []Step `yaml:"steps"`
}

// Step makes a vector, one figure an area, from those before it. One of its last
// four fields is given.
type Step struct {
	Name string `yaml:"name"`
	Says string `yaml:"says"`
	// Weigh is the population weighted by a measure, scaled to add up to the population.
	Weigh Measure `yaml:"weigh,omitempty"`
	// Mix is (1 - share) of one step and share of another.
	Mix *Mix `yaml:"mix,omitempty"`
	// Multiply is a step times a measure.
	Multiply *Multiply `yaml:"multiply,omitempty"`
	// Scale is a step scaled to add up to the population.
	Scale string `yaml:"scale,omitempty"`
}

// Mix says what is mixed.
type Mix struct {
	Of    string `yaml:"of"`
	With  string `yaml:"with"`
	Share Number `yaml:"share"`
}

// Multiply says what is multiplied by which measure.
type Multiply struct {
	Step string  `yaml:"step"`
	By   Measure `yaml:"by"`
}

// Number is a decimal or a percentage of a YAML file, kept exactly; nil when the
// file does not have it.
type Number struct{ *big.Rat }

// UnmarshalYAML reads 0.1, "10%" or 10%.
func (n *Number) UnmarshalYAML(text []byte) error {
	r, err := share.Number(strings.Trim(strings.TrimSpace(string(text)), `"'`))
	if err != nil {
		return err
	}
	n.Rat = r
	return nil
}

// Text is a value of a YAML file as it is written there: an amount is not read as a floating number.
type Text string

// UnmarshalYAML keeps the text.
func (t *Text) UnmarshalYAML(text []byte) error {
	*t = Text(strings.Trim(strings.TrimSpace(string(text)), `"'`))
	return nil
}

// or0 is the number, or zero when there is none.
func (n Number) or0() *big.Rat {
	if n.Rat == nil {
		return new(big.Rat)
	}
	return n.Rat
}

// Percent writes the number as a percentage, and "none" when there is none.
func (n Number) Percent() string {
	if n.Rat == nil {
		return "none"
	}
	return trimZeros(strings.TrimSuffix(Percent(n.Rat, 3), "%")) + "%"
}

// MarshalText writes the number as a decimal.
func (n Number) MarshalText() ([]byte, error) {
	if n.Rat == nil {
		return nil, nil
	}
	return []byte(trimZeros(n.FloatString(12))), nil
}

func trimZeros(s string) string {
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// check says what is wrong with the formula.
func (f *Formula) check() (problems []string) {
	known := map[string]bool{}
	want := func(step, of string) {
		if !known[of] {
			problems = append(problems, fmt.Sprintf("step %s: there is no step %q before it", step, of))
		}
	}
	measure := func(step string, m Measure) {
		if !slices.Contains(measures, m) {
			problems = append(problems, fmt.Sprintf("step %s: there is no measure %q; write need, health_inequalities, market_forces or other_cost", step, m))
		}
	}
	for _, s := range f.Steps {
		given := 0
		if s.Weigh != "" {
			given++
			measure(s.Name, s.Weigh)
		}
		if s.Mix != nil {
			given++
			want(s.Name, s.Mix.Of)
			want(s.Name, s.Mix.With)
			if h := s.Mix.Share.or0(); h.Sign() < 0 || h.Cmp(one) > 0 {
				problems = append(problems, fmt.Sprintf("step %s: a share is from 0 to 1", s.Name))
			}
		}
		if s.Multiply != nil {
			given++
			want(s.Name, s.Multiply.Step)
			measure(s.Name, s.Multiply.By)
		}
		if s.Scale != "" {
			given++
			want(s.Name, s.Scale)
		}
		if given != 1 {
			problems = append(problems, fmt.Sprintf("step %s: write one of weigh, mix, multiply and scale", s.Name))
		}
		if s.Name == "" || known[s.Name] {
			problems = append(problems, fmt.Sprintf("each step needs a name of its own; there are two called %q", s.Name))
		}
		known[s.Name] = true
	}
	if len(f.Steps) == 0 {
		problems = append(problems, "a formula has at least one step")
	}
	if strings.TrimSpace(f.Source) == "" {
		problems = append(problems, "a formula has a source; where it is your own reading, say so there")
	}
	return problems
}

// uses tells whether a step uses a measure.
func (f *Formula) uses(m Measure) bool {
	return slices.ContainsFunc(f.Steps, func(s Step) bool { return s.Weigh == m || s.Multiply != nil && s.Multiply.By == m })
}

var (
	one     = big.NewRat(1, 1)
	hundred = big.NewRat(100, 1)
)

// Figures are what one step came to, an area each, in the order of the areas.
type Figures struct {
	Step   Step
	Values []*big.Rat
}

// work runs the formula over the areas of a year. The last step is the weighted
// population, scaled to add up to the population.
func (f *Formula) work(areas []Area) []Figures {
	people := make([]*big.Rat, len(areas))
	for i, a := range areas {
		people[i] = a.Population
	}
	total := sum(people)
	by := map[string][]*big.Rat{}
	var all []Figures
	for _, s := range f.Steps {
		v := make([]*big.Rat, len(areas))
		for i := range areas {
			switch {
			case s.Weigh != "":
				v[i] = areas[i].weighted(s.Weigh)
			case s.Mix != nil:
				h := s.Mix.Share.or0()
				v[i] = add(mul(new(big.Rat).Sub(one, h), by[s.Mix.Of][i]), mul(h, by[s.Mix.With][i]))
			case s.Multiply != nil:
				v[i] = mul(by[s.Multiply.Step][i], areas[i].index(s.Multiply.By))
			default:
				v[i] = by[s.Scale][i]
			}
		}
		if s.Weigh != "" || s.Scale != "" {
			v = scaled(v, total)
		}
		by[s.Name] = v
		all = append(all, Figures{s, v})
	}
	last := all[len(all)-1]
	if sum(last.Values).Cmp(total) != 0 {
		all = append(all, Figures{Step{Name: "weighted_population", Says: "scaled to add up to the population", Scale: last.Step.Name}, scaled(last.Values, total)})
	}
	return all
}

func add(a, b *big.Rat) *big.Rat { return new(big.Rat).Add(a, b) }
func sub(a, b *big.Rat) *big.Rat { return new(big.Rat).Sub(a, b) }
func mul(a, b *big.Rat) *big.Rat { return new(big.Rat).Mul(a, b) }

// quo is a / b, and zero when b is.
func quo(a, b *big.Rat) *big.Rat {
	if b.Sign() == 0 {
		return new(big.Rat)
	}
	return new(big.Rat).Quo(a, b)
}

func sum(list []*big.Rat) *big.Rat {
	s := new(big.Rat)
	for _, x := range list {
		s.Add(s, x)
	}
	return s
}

// scaled makes the figures add up to a total.
func scaled(list []*big.Rat, total *big.Rat) []*big.Rat {
	by := quo(total, sum(list))
	out := make([]*big.Rat, len(list))
	for i, x := range list {
		out[i] = mul(x, by)
	}
	return out
}

// Percent writes a fraction as a percentage with so many digits after the point.
func Percent(r *big.Rat, digits int) string { return mul(r, hundred).FloatString(digits) + "%" }
