package measure

import (
	"math"
	"math/rand/v2"
	"testing"
)

func randomStrata(r *rand.Rand, n int) Strata {
	s := Strata{make([]float64, n), make([]float64, n)}
	for i := range n {
		s.Population[i] = float64(1000 + r.IntN(100000))
		s.Events[i] = float64(2 + r.IntN(200))
	}
	return s
}

func total(list []float64) float64 { return sumFrom(list, 0) }

// Weighted by its own population, a directly standardised rate is the crude one;
// against itself, an indirectly standardised ratio is 1; when all strata have the
// same rate, weights do not matter; nothing depends on the order of the strata;
// events twice as many at the same weights give twice the rate.
func TestStandardisation(t *testing.T) {
	randomly(t, 300, func(r *rand.Rand) {
		s := randomStrata(r, 19)
		crude := total(s.Events) / total(s.Population) * 1000
		own, err := Direct(s, s.Population, 1000, C95)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "own weights", own.Value, crude, 1e-12)
		// and then its variance is that of the count, so Dobson's limits are Byar's
		l, _ := Byar(total(s.Events), C95)
		near(t, "own lower", own.Limits.Lower, l.Lower/total(s.Population)*1000, 1e-12)
		near(t, "own upper", own.Limits.Upper, l.Upper/total(s.Population)*1000, 1e-12)

		self, err := Indirect(s, s, 1, C95)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "itself", self.Value, 1, 1e-12)
		rate, _ := IndirectRate(s, s, 1000, C95)
		near(t, "own rate", rate.Value, crude, 1e-12)

		same := Strata{nil, s.Population}
		for _, n := range s.Population {
			same.Events = append(same.Events, n*0.01)
		}
		flat, _ := Direct(same, ESP2013[:], 1000, C95)
		near(t, "flat", flat.Value, 10, 1e-12)

		d, _ := Direct(s, ESP2013[:], 1000, C95)
		if d.Limits.Lower > d.Value || d.Limits.Upper < d.Value {
			t.Errorf("%v is not within %v", d.Value, d.Limits)
		}
		p := r.Perm(19)
		mixed, weights := Strata{}, []float64(nil)
		for _, i := range p {
			mixed.Events, mixed.Population, weights = append(mixed.Events, s.Events[i]), append(mixed.Population, s.Population[i]), append(weights, ESP2013[i])
		}
		m, _ := Direct(mixed, weights, 1000, C95)
		near(t, "order", m.Value, d.Value, 1e-12)
		near(t, "order", m.Limits.Lower, d.Limits.Lower, 1e-12)

		twice := Strata{nil, s.Population}
		for _, x := range s.Events {
			twice.Events = append(twice.Events, 2*x)
		}
		two, _ := Direct(twice, ESP2013[:], 1000, C95)
		near(t, "twice", two.Value, 2*d.Value, 1e-12)
	})
}

// Repeated events: the rate is that of the events; when everybody has f events,
// the limits are those of persons drawn out f times as far from the rate as the
// variance says, which a sum over persons gives.
func TestRepeatedEvents(t *testing.T) {
	randomly(t, 200, func(r *rand.Rand) {
		population := randomStrata(r, 19).Population
		groups := []Repeated{{1, nil}, {2, nil}, {5, nil}}
		events := Strata{make([]float64, 19), population}
		variance := 0.0
		for g := range groups {
			for i := range 19 {
				persons := float64(r.IntN(60))
				groups[g].Persons = append(groups[g].Persons, persons)
				events.Events[i] += persons * groups[g].Times
				for range int(persons) { // one person at a time
					one := ESP2013[i] / 100000 / population[i] * groups[g].Times
					variance += one * one
				}
			}
		}
		got, err := DirectRepeated(groups, population, ESP2013[:], 1, C95)
		if err != nil {
			t.Fatal(err)
		}
		plain, _ := Direct(events, ESP2013[:], 1, C95)
		near(t, "rate", got.Value/plain.Value, 1, 1e-12)
		want, _ := Dobson(got.Value, variance, total(events.Events), C95)
		near(t, "lower", got.Limits.Lower/want.Lower, 1, 1e-9)
		near(t, "upper", got.Limits.Upper/want.Upper, 1, 1e-9)
		if got.Limits.Upper < plain.Limits.Upper {
			t.Error("repeated events are not more certain than independent ones")
		}
	})
}

func TestRefusalsOfStandardisation(t *testing.T) {
	good := Strata{[]float64{10, 20}, []float64{100, 200}}
	w := []float64{1, 1}
	for name, c := range map[string]struct {
		err  error
		want Reason
		row  int
	}{
		"no strata":        {second(Direct(Strata{}, nil, 1, C95)), MissingPopulation, 0},
		"short":            {second(Direct(good, w[:1], 1, C95)), WrongLengths, 0},
		"missing":          {second(Direct(Strata{[]float64{10, 20}, []float64{100, none}}, w, 1, C95)), MissingPopulation, 2},
		"weight":           {second(Direct(good, []float64{1, -1}, 1, C95)), BadValue, 2},
		"weights":          {second(Direct(good, []float64{0, 0}, 1, C95)), MissingPopulation, 0},
		"few":              {second(Direct(Strata{[]float64{4, 5}, []float64{100, 200}}, w, 1, C95)), TooFewEvents, 0},
		"frequency":        {second(DirectRepeated([]Repeated{{0, w}}, w, w, 1, C95)), BadValue, 1},
		"frequency twice":  {second(DirectRepeated([]Repeated{{1, w}, {1, w}}, w, w, 1, C95)), BadValue, 2},
		"persons":          {second(DirectRepeated([]Repeated{{1, w[:1]}}, w, w, 1, C95)), WrongLengths, 0},
		"few repeated":     {second(DirectRepeated([]Repeated{{4, w}}, w, w, 1, C95)), TooFewEvents, 0},
		"reference":        {second(Indirect(good, Strata{[]float64{1, 1}, []float64{100, 0}}, 1, C95)), NotPositive, 2},
		"nothing expected": {second(Indirect(good, Strata{[]float64{0, 0}, []float64{100, 100}}, 1, C95)), NotPositive, 0},
	} {
		if why := Why(c.err); why == nil || why.Reason != c.want || why.Row != c.row {
			t.Errorf("%s: got %v, want %s in %d", name, c.err, c.want, c.row)
		}
	}
}

// The life table: more people of the same mortality live as long, and the
// standard error is smaller by the root; more deaths shorten life; and the
// variance is what drawing the deaths many times gives.
func TestLifeTable(t *testing.T) {
	base, _ := LifeExpectancy(lifeDeaths, lifePopulation, C95)
	more, _ := LifeExpectancy(times(lifeDeaths, 4), times(lifePopulation, 4), C95)
	fewer, _ := LifeExpectancy(times(lifeDeaths, 0.8), lifePopulation, C95)
	for i := range base {
		a, b := base[i].Estimate, more[i].Estimate
		near(t, "value", b.Value, a.Value, 1e-12)
		near(t, "width", 2*(b.Limits.Upper-b.Limits.Lower), a.Limits.Upper-a.Limits.Lower, 1e-12)
		if fewer[i].Estimate.Value <= a.Value {
			t.Errorf("at %d fewer deaths do not lengthen life", base[i].Age)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	sum, squares := 0.0, 0.0
	const draws = 4000
	for range draws {
		drawn := make([]float64, len(lifeDeaths))
		for i, d := range lifeDeaths {
			drawn[i] = math.Max(0, d+math.Sqrt(d)*r.NormFloat64())
		}
		e, _ := lifeTable(drawn, lifePopulation)
		sum += e[0]
		squares += e[0] * e[0]
	}
	se := math.Sqrt(squares/draws - sum/draws*sum/draws)
	got := (base[0].Estimate.Limits.Upper - base[0].Estimate.Value) / z95
	if math.Abs(se/got-1) > 0.05 {
		t.Errorf("the standard error is %v, drawing gives %v", got, se)
	}
}

func times(list []float64, k float64) []float64 {
	many := make([]float64, len(list))
	for i, v := range list {
		many[i] = v * k
	}
	return many
}

// A wide interval withholds the value, not the limits.
func TestLifeTooWide(t *testing.T) {
	population := make([]float64, 20)
	for i := range population {
		population[i] = 260
	}
	deaths := make([]float64, 20)
	deaths[19] = 1
	list, err := LifeExpectancy(deaths, population, C95)
	if err != nil {
		t.Fatal(err)
	}
	if l := list[0]; l.Withheld == nil || l.Withheld.Reason != TooWide || Exists(l.Estimate.Value) || !Exists(l.Estimate.Limits.Lower) {
		t.Errorf("got %+v", l)
	}
}
