package measure

import "math"

// ESP2013 is the European Standard Population of 2013: persons in each of 19 age
// bands, 0 to 4, 5 to 9 and so on to 90 and over. They add to 100,000. Source:
// Eurostat 2013.
var ESP2013 = [19]float64{5000, 5500, 5500, 5500, 6000, 6000, 6500, 7000, 7000, 7000, 7000, 6500, 6000, 5500, 5000, 4000, 2500, 1500, 1000}

// Strata is what standardisation takes: for each stratum (an age band of one
// sex, say) the events and the population. An event count that is NaN counts as
// 0, as published data leave empty strata out; a population must be there.
type Strata struct{ Events, Population []float64 }

func (s Strata) check(others ...[]float64) *Refusal {
	n := len(s.Population)
	if n == 0 {
		return refuse(MissingPopulation, 0, "There are no strata.")
	}
	for _, o := range append(others, s.Events) {
		if len(o) != n {
			return refuse(WrongLengths, 0, "There are %d populations and %d of another column; each stratum needs all.", n, len(o))
		}
	}
	for i, p := range s.Population {
		switch {
		case math.IsNaN(p) || math.IsInf(p, 0):
			return refuse(MissingPopulation, i+1, "The population of stratum %d is missing.", i+1)
		case p <= 0:
			return refuse(NotPositive, i+1, "The population of stratum %d is %v; it must be above 0.", i+1, p)
		case s.Events[i] < 0 || math.IsInf(s.Events[i], 0):
			return refuse(Negative, i+1, "The events of stratum %d are %v; they must be a number not under 0.", i+1, s.Events[i])
		}
	}
	return nil
}

func orZero(x float64) float64 {
	if math.IsNaN(x) {
		return 0
	}
	return x
}

// weighted gives the rate, its variance and the events, per person.
func (s Strata) weighted(weights []float64) (rate, variance, events float64, _ *Refusal) {
	sum := 0.0
	for i, w := range weights {
		if !(w >= 0) || math.IsInf(w, 1) {
			return 0, 0, 0, refuse(BadValue, i+1, "The standard population of stratum %d is %v; it must be a number not under 0.", i+1, w)
		}
		x, n := orZero(s.Events[i]), s.Population[i]
		events += x
		sum += w
		rate += w * x / n
		variance += w * w * x / (n * n)
	}
	if sum == 0 {
		return 0, 0, 0, refuse(MissingPopulation, 0, "The standard population is empty.")
	}
	return rate / sum, variance / (sum * sum), events, nil
}

// Direct gives the directly standardised rate × k, for events that are each of
// another person or are otherwise independent:
//
//	rate     = Σ w x/n / Σ w
//	variance = Σ w² x/n² / (Σ w)²
//	limits   = rate + √(variance/X) · (Byar(X) − X),  X = Σ x
//
// w are the standard population (ESP2013), in the order of the strata. Refuses:
// fewer than 10 events in all (withheld); a population missing or not above 0;
// negative events; lengths that differ. Source: PHE; Dobson et al. 1991.
func Direct(s Strata, weights []float64, k float64, c Confidence) (Estimate, error) {
	if r := firstOf(c.check(), checkMultiplier(k), s.check(weights)); r != nil {
		return Estimate{}, r
	}
	rate, variance, events, r := s.weighted(weights)
	if r != nil {
		return Estimate{}, r
	}
	return directly(s, rate, variance, events, k, c)
}

func directly(s Strata, rate, variance, events, k float64, c Confidence) (Estimate, error) {
	if events < fewEvents {
		return Estimate{}, refuse(TooFewEvents, 0, "There are %v events; a directly standardised rate is not shown for fewer than %d.", events, fewEvents)
	}
	population := 0.0
	for _, n := range s.Population {
		population += n
	}
	l := dobson(rate, variance, events, c.Z())
	return Estimate{rate * k, l.times(k), c, MethodDobson, events, population}, nil
}

// Repeated is the persons of each stratum who had the event Times times.
type Repeated struct {
	Times   float64
	Persons []float64
}

// DirectRepeated gives the directly standardised rate of events that befall the
// same person more than once (admissions, dialysis), whose counts vary more than
// Poisson's. Persons are given by how many events they had:
//
//	x        = Σ f · persons with f events
//	variance = Σ f² · variance of the rate of persons with f events
//
// and the rate and limits as Direct. population and weights are by stratum. With
// f = 1 alone it is Direct. Refuses as Direct, and a frequency that is not above
// 0 or is given twice. Source: PHE (calculate_dsr, independent_events = FALSE).
func DirectRepeated(groups []Repeated, population, weights []float64, k float64, c Confidence) (Estimate, error) {
	if r := firstOf(c.check(), checkMultiplier(k)); r != nil {
		return Estimate{}, r
	}
	all := Strata{make([]float64, len(population)), population}
	if r := all.check(weights); r != nil {
		return Estimate{}, r
	}
	seen := map[float64]bool{}
	variance := 0.0
	for i, g := range groups {
		if !(g.Times > 0) || math.IsInf(g.Times, 1) || seen[g.Times] {
			return Estimate{}, refuse(BadValue, i+1, "Frequency %v is not above 0 or is given twice.", g.Times)
		}
		seen[g.Times] = true
		one := Strata{g.Persons, population}
		if r := one.check(weights); r != nil {
			return Estimate{}, r
		}
		_, v, _, r := one.weighted(weights)
		if r != nil {
			return Estimate{}, r
		}
		variance += g.Times * g.Times * v
		for j, p := range g.Persons {
			all.Events[j] += g.Times * orZero(p)
		}
	}
	rate, _, events, r := all.weighted(weights)
	if r != nil {
		return Estimate{}, r
	}
	return directly(all, rate, variance, events, k, c)
}

// Expected gives the events that a population would have at the reference's
// rates: Σ n · reference events / reference population. Refuses as Indirect.
func Expected(population []float64, reference Strata) (float64, error) {
	own := Strata{make([]float64, len(population)), population}
	if r := firstOf(own.check(reference.Population), reference.check(population)); r != nil {
		return 0, r
	}
	return expected(population, reference), nil
}

func expected(population []float64, reference Strata) float64 {
	e := 0.0
	for i, n := range population {
		e += n * orZero(reference.Events[i]) / reference.Population[i]
	}
	return e
}

// Indirect gives the indirectly standardised ratio O/E × k, with the limits of O
// (exact under 10, Byar from 10) over E. k is 1 for a ratio, 100 for the
// customary index. The estimate's numerator is O, its denominator E. Refuses:
// populations missing or not above 0, negative events, no expected events.
// Source: PHE; Breslow and Day 1987.
func Indirect(s Strata, reference Strata, k float64, c Confidence) (Estimate, error) {
	if r := firstOf(s.check(reference.Population, reference.Events), reference.check()); r != nil {
		return Estimate{}, r
	}
	observed := 0.0
	for _, x := range s.Events {
		observed += orZero(x)
	}
	return Ratio(observed, expected(s.Population, reference), k, c)
}

// Ratio gives observed over expected × k with the limits of the observed count
// over the expected. Refuses: missing or negative observed, expected not above 0.
func Ratio(observed, expected, k float64, c Confidence) (Estimate, error) {
	if r := firstOf(c.check(), checkMultiplier(k), checkCount(observed)); r != nil {
		return Estimate{}, r
	}
	if !(expected > 0) || math.IsInf(expected, 1) {
		return Estimate{}, refuse(NotPositive, 0, "The expected number is %v; it must be above 0.", expected)
	}
	l, m := countLimits(observed, c)
	return Estimate{observed / expected * k, l.times(k / expected), c, m, observed, expected}, nil
}

// IndirectRate gives the indirectly standardised rate: the ratio of Indirect
// times the crude rate of the reference × k. Refuses as Indirect. Source: PHE.
func IndirectRate(s Strata, reference Strata, k float64, c Confidence) (Estimate, error) {
	e, err := Indirect(s, reference, 1, c)
	if err != nil {
		return e, err
	}
	if r := checkMultiplier(k); r != nil {
		return Estimate{}, r
	}
	events, population := 0.0, 0.0
	for i, n := range reference.Population {
		events += orZero(reference.Events[i])
		population += n
	}
	crude := events / population * k
	e.Value *= crude
	e.Limits = e.Limits.times(crude)
	return e, nil
}
