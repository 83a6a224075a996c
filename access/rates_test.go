package access

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"remit/measure"
	"remit/suppress"
)

// made gives random counts and people of areas, the same for the same seed.
func made(seed uint64, cut Cut, areas int) (*Counts, *Population) {
	r := rand.New(rand.NewPCG(seed, 1))
	p := &Population{Cut: cut, Of: Practice, Source: "a test"}
	for a := range areas {
		p.Areas = append(p.Areas, string(rune('A'+a)))
		var g [Groups]float64
		for k := range g {
			g[k] = float64(1000 + r.IntN(9000))
		}
		p.People = append(p.People, g)
	}
	c := NewCounts(cut, []string{"1", "2"}, p.Areas)
	for s := range 2 {
		for a := range areas {
			for g := range Groups {
				at := c.At(s, a, g)
				for range r.IntN(12) {
					f := float64(1 + r.IntN(3)*r.IntN(3)) // events of one person
					c.Persons[at]++
					c.Events[at] += f
					c.Squares[at] += f * f
				}
			}
		}
	}
	return c, p
}

func close(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9*math.Max(1, math.Abs(want)) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// The rates are those of package measure, reached by its own functions.
func TestRatesAreThoseOfMeasure(t *testing.T) {
	c, p := made(7, ByICB, 12)
	r, err := Rates(c, 1, p, Persons, nil)
	if err != nil {
		t.Fatal(err)
	}
	reference := measure.Strata{Events: make([]float64, Groups), Population: make([]float64, Groups)}
	for a := range c.Areas {
		for g := range Groups {
			reference.Events[g] += c.Persons[c.At(1, a, g)]
			reference.Population[g] += p.People[a][g]
		}
	}
	expected := 0.0
	for a := range c.Areas {
		own := measure.Strata{Events: c.Persons[c.At(1, a, 0) : c.At(1, a, 0)+Groups], Population: p.People[a][:]}
		d, err := measure.Direct(own, Weights, Per, measure.C95)
		if err != nil {
			t.Fatal(err)
		}
		i, err := measure.Indirect(own, reference, 1, measure.C998)
		if err != nil {
			t.Fatal(err)
		}
		row := r.Rows[a]
		close(t, "rate", row.Rate.Value, d.Value)
		close(t, "lower", row.Rate.C95.Lower, d.Limits.Lower)
		close(t, "upper", row.Rate.C95.Upper, d.Limits.Upper)
		close(t, "ratio", row.Ratio.Value, i.Value)
		close(t, "far lower", row.Ratio.C998.Lower, i.Limits.Lower)
		close(t, "expected", row.Expected, i.Denominator)
		expected += row.Expected
	}
	close(t, "all expected are all observed", expected, r.Observed)
}

// Repeated events have the variance of measure.DirectRepeated.
func TestRepeatedEvents(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	p := &Population{Cut: ByICB, Areas: []string{"A"}, People: make([][Groups]float64, 1)}
	c := NewCounts(ByICB, []string{"1"}, p.Areas)
	var groups []measure.Repeated
	for f := 1; f <= 4; f++ {
		groups = append(groups, measure.Repeated{Times: float64(f), Persons: make([]float64, Groups)})
	}
	for g := range Groups {
		p.People[0][g] = float64(2000 + r.IntN(5000))
		for f := 1; f <= 4; f++ {
			n := float64(r.IntN(20))
			groups[f-1].Persons[g] = n
			c.Persons[g] += n
			c.Events[g] += n * float64(f)
			c.Squares[g] += n * float64(f*f)
		}
	}
	got, err := Rates(c, 0, p, Events, nil)
	if err != nil {
		t.Fatal(err)
	}
	want, err := measure.DirectRepeated(groups, p.People[0][:], Weights, Per, measure.C95)
	if err != nil {
		t.Fatal(err)
	}
	close(t, "rate", got.Rows[0].Rate.Value, want.Value)
	close(t, "lower", got.Rows[0].Rate.C95.Lower, want.Limits.Lower)
	close(t, "upper", got.Rows[0].Rate.C95.Upper, want.Limits.Upper)
	persons, err := Rates(c, 0, p, Persons, nil)
	if err != nil {
		t.Fatal(err)
	}
	if e, n := got.Rows[0].Ratio, persons.Rows[0].Ratio; !(e.C95.Upper-e.C95.Lower > n.C95.Upper-n.C95.Lower) {
		t.Errorf("the limits of repeated events %v are no wider than those of persons %v", e.C95, n.C95)
	}
}

// Twice the people at the same use: the expected and the observed double, the ratio stays.
func TestRatesScale(t *testing.T) {
	c, p := made(11, BySubICB, 8)
	before, err := Rates(c, 0, p, Persons, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range c.Persons {
		c.Persons[i] *= 2
	}
	for a := range p.People {
		for g := range p.People[a] {
			p.People[a][g] *= 2
		}
	}
	after, err := Rates(c, 0, p, Persons, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range before.Rows {
		b, a := before.Rows[i], after.Rows[i]
		close(t, "observed", a.Observed, 2*b.Observed)
		close(t, "expected", a.Expected, 2*b.Expected)
		close(t, "ratio", a.Ratio.Value, b.Ratio.Value)
		close(t, "rate", a.Rate.Value, b.Rate.Value)
		if !(a.Ratio.C95.Upper-a.Ratio.C95.Lower < b.Ratio.C95.Upper-b.Ratio.C95.Lower) {
			t.Error("more people give no narrower limits")
		}
	}
}

// The working of an area adds up to its row.
func TestWorkingAddsUp(t *testing.T) {
	c, p := made(5, ByICB, 6)
	r, err := Rates(c, 0, p, Persons, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range r.Rows {
		steps, err := Working(c, 0, p, row.Area, Persons, nil)
		if err != nil {
			t.Fatal(err)
		}
		var people, observed, expected, weight, rate float64
		for _, s := range steps {
			people += s.People
			observed += s.Observed
			expected += s.Expected
			weight += s.Weight
			rate += s.Weight * s.Observed / s.People
		}
		close(t, "people", people, row.Population)
		close(t, "observed", observed, row.Observed)
		close(t, "expected", expected, row.Expected)
		close(t, "rate", rate/weight*Per, row.Rate.Value)
	}
}

// By age and by sex the areas are added up.
func TestGroups(t *testing.T) {
	for _, cut := range []Cut{ByAge, BySex} {
		c, p := made(9, cut, 5)
		r, err := Rates(c, 0, p, Persons, nil)
		if err != nil {
			t.Fatal(err)
		}
		observed, expected, people := 0.0, 0.0, 0.0
		for _, row := range r.Rows {
			observed += row.Observed
			expected += row.Expected
			people += row.Population
		}
		close(t, "observed", observed, r.Observed)
		close(t, "expected", expected, r.Observed)
		close(t, "people", people, p.All())
		if want := map[Cut]int{ByAge: Bands, BySex: 2}[cut]; len(r.Rows) != want {
			t.Errorf("%d rows by %s", len(r.Rows), cut)
		}
	}
}

// The use of the deprived is twice that of the others: the slope is what
// measure.SlopeIndex gives, and below zero.
func TestSlope(t *testing.T) {
	c, p := made(13, ByDecile, 10)
	for i := range c.Areas {
		p.Areas[i] = decileNames[i]
		for g := range Groups {
			c.Persons[c.At(0, i, g)] = float64(60 - 3*i)
			p.People[i][g] = 5000
		}
	}
	c.Areas = p.Areas
	r, err := Rates(c, 0, p, Persons, nil)
	if err != nil || r.Slope == nil {
		t.Fatalf("%v %s", err, r.SlopeWhy)
	}
	// A straight line over ten equal deciles: each 3 persons in 5,000 less than the one before.
	close(t, "slope", r.Slope.Slope.Value, -30.0/5000*Per)
	close(t, "relative", r.Slope.Relative.Value, (61.5-30)/61.5)
}

// Nothing is shown of an area with few persons, nor of the one with which the
// total would tell it, and a decile with few has no slope.
func TestSmallNumbers(t *testing.T) {
	rule := &suppress.Rule{Below: 5, Round: 1, ZeroShown: true, Secondary: true}
	c, p := made(1, ByDecile, 10)
	for i := range c.Areas {
		for g := range Groups {
			c.Persons[c.At(0, i, g)] = 0
		}
		c.Persons[c.At(0, i, 3)] = float64(20 + i)
	}
	c.Persons[c.At(0, 4, 3)] = 3
	r, err := Rates(c, 0, p, Persons, rule)
	if err != nil {
		t.Fatal(err)
	}
	var small []string
	for _, row := range r.Rows {
		if row.Small {
			small = append(small, row.Area)
		}
	}
	if got := strings.Join(small, ""); got != "AE" {
		t.Errorf("withheld: %s, want A (20, the next smallest) and E (3)", got)
	}
	if r.Slope != nil || !strings.Contains(r.SlopeWhy, "withheld") && !strings.Contains(r.SlopeWhy, "fewer than 10") {
		t.Errorf("a slope is drawn: %+v %q", r.Slope, r.SlopeWhy)
	}
}

// People who used a service in a group of which the population has nobody are a
// mistake of one of the two tables.
func TestTablesThatDoNotFit(t *testing.T) {
	c, p := made(2, ByICB, 6)
	p.People[2][7] = 0
	c.Persons[c.At(0, 2, 7)] = 4
	if _, err := Rates(c, 0, p, Persons, nil); err == nil || !strings.Contains(err.Error(), "icb C: 4 persons of age 35 to 39, sex 1") {
		t.Errorf("%v", err)
	}
}

func TestCompare(t *testing.T) {
	c, p := made(4, ByICB, 9)
	list, err := Compare(c, p, "D", Persons, nil)
	if err != nil || len(list) != 2 {
		t.Fatalf("%v, %v", list, err)
	}
	if list[0].Row.Ratio.Value > list[1].Row.Ratio.Value {
		t.Error("those furthest below are not first")
	}
	if _, err := Compare(c, p, "nowhere", Persons, nil); err == nil {
		t.Error("an area that there is not is compared")
	}
}

func BenchmarkRates(b *testing.B) {
	c, p := made(4, ByICB, 42)
	for b.Loop() {
		if _, err := Rates(c, 0, p, Persons, nil); err != nil {
			b.Fatal(err)
		}
	}
}
