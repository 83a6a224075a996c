package access

import (
	"fmt"

	"remit/measure"
	"remit/suppress"
)

// Step is one stratum of the working of an area: the people, who used the
// service, and what the use of all areas would lead one to expect of them.
type Step struct {
	Age, Sex  string
	People    float64
	Observed  float64
	Withheld  bool    // Observed may not be shown
	Reference float64 // use of all areas per 100,000 people of the stratum
	Expected  float64 // People × Reference / 100,000
	Weight    float64 // of the European Standard Population
}

// Working gives the strata from which an area's expected number and standardised
// rate come. The steps add up to the row's Observed, Expected and Population.
func Working(c *Counts, service int, p *Population, area string, unit Unit, rule *suppress.Rule) ([]Step, error) {
	at := -1
	all := newStrata()
	own := newStrata()
	for a := range c.Areas {
		persons, events, squares := c.of(service, a)
		all.add(persons, events, squares, &p.People[a])
		if c.Areas[a] == area {
			at = a
			own.add(persons, events, squares, &p.People[a])
		}
	}
	if at < 0 {
		return nil, fmt.Errorf("there is no area %s by %s", area, Says[c.Cut])
	}
	observed, _ := own.count(unit)
	reference, _ := all.count(unit)
	withheld := make([]bool, Groups)
	if rule != nil {
		withheld = rule.List(own.persons)
	}
	steps := make([]Step, Groups)
	for g := range Groups {
		s := Step{Age: BandName(g % Bands), Sex: groupNames(BySex)[g/Bands], People: own.people[g], Observed: observed[g], Withheld: withheld[g], Weight: Weights[g]}
		if all.people[g] > 0 {
			s.Reference = reference[g] / all.people[g] * Per
			s.Expected = own.people[g] * reference[g] / all.people[g]
		}
		steps[g] = s
	}
	return steps, nil
}

// Method says how the figures of a result are worked out, a sentence each.
func Method(r *Result, p *Population) []string {
	unit := "Persons are counted once for each service in the period, by where they live in their first record of it."
	if r.Unit == Events {
		unit = "Events are records. One person has several, so limits use the variance of repeated events (the sum over persons of the square of their events), with Dobson's method."
	}
	list := []string{unit,
		"Expected: for each age band and sex, the people of the area times the use of all areas over the people of all areas, added up. Ratio: observed over expected, with " + ratioMethod(r) + " limits of the observed at 95%.",
		fmt.Sprintf("Standardised rate: per 100,000, to the European Standard Population 2013, with Dobson's limits; not shown for fewer than %d.", fewEvents),
		fmt.Sprintf("People: added up by %s from %s on, of %s. %.0f in all.", p.Of, p.From, p.Source, p.All())}
	if r.Funnel != nil {
		text := fmt.Sprintf("Funnel: %s, the spread between areas beyond chance is φ = %.2f (τ² = %.4f).", r.Funnel.Kind, r.Funnel.Phi, r.Funnel.Tau2)
		list = append(list, text+" An area stands out when it is outside the 99.8% limits. "+r.Funnel.Note)
	}
	if r.Slope != nil {
		list = append(list, "Slope index: weighted least squares of the standardised rates on the middle of each decile's share of people, from the most deprived; analytic limits. Negative: more among the most deprived.")
	}
	return append(list, p.Notes...)
}

func ratioMethod(r *Result) string {
	if r.Unit == Events {
		return string(measure.MethodDobson)
	}
	return "exact Poisson (under 10) or Byar's"
}
