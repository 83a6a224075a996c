package access

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"remit/equity"
	"remit/measure"
	"remit/suppress"
)

// Unit is what use is counted in.
type Unit string

// The units.
const (
	Persons Unit = "persons"
	Events  Unit = "events"
)

// Per is what rates are for.
const Per = 100_000

// Rate is a figure with its limits at two levels, or why there is none.
type Rate struct {
	Value    float64
	C95      measure.Limits
	C998     measure.Limits
	Method   measure.Method
	Withheld string // why there is no figure; blank when there is one
}

// Row is the use of one area or group.
type Row struct {
	Area       string
	Observed   float64 // persons, or events
	Persons    float64
	Expected   float64 // at the reference's rates
	Population float64
	Small      bool // Observed may not be shown, nor what would tell it
	Ratio      Rate // Observed / Expected, 1 is as expected
	Rate       Rate // directly standardised, per 100,000
	Crude      float64
	Stands     measure.Significance // in the funnel, by limits that allow for over-dispersion
	Limits     measure.FunnelLimits // of the funnel at its expected
	More       float64              // people more at the use of the best fifth
}

// Result is the use of one service by a cut.
type Result struct {
	Service   string
	Cut       Cut
	Unit      Unit
	Rows      []Row
	Observed  float64 // of all areas
	People    float64
	Crude     float64 // per 100,000 of all
	Funnel    *measure.Funnel
	FunnelWhy string // why there is no funnel
	Slope     *measure.Inequality
	SlopeWhy  string
	Best      *equity.LevelUp
	BestWhy   string
	Unplaced  Unplaced
}

// Rates works out the use of a service (its place in the counts) by the areas of
// a population:
//
//	expected   Σ over groups of n · use of all areas / people of all areas
//	ratio      observed / expected, with the limits of the count over the expected;
//	           of events, with the variance of repeated events (Dobson)
//	rate       directly standardised to the European Standard Population 2013
//
// Small numbers are marked by the rule, and the further areas with which the total
// would tell them; whoever shows the result shows neither the counts nor the
// figures of those. By deprivation a slope index is fitted from the standardised
// rates; by area a funnel and what levelling up to the best fifth would take.
//
// Groups of an area without people are left out of its rate; use without people in
// the group is an error, as the tables do not fit one another.
func Rates(c *Counts, service int, p *Population, unit Unit, rule *suppress.Rule) (*Result, error) {
	switch c.Cut {
	case ByAge, BySex:
		return grouped(c, service, p, unit, rule)
	}
	r := &Result{Service: c.Services[service], Cut: c.Cut, Unit: unit, Unplaced: c.Unplaced[service]}
	if !slices.Equal(c.Areas, p.Areas) {
		return nil, errors.New("the counts and the populations are of different areas")
	}
	all := newStrata()
	for a := range c.Areas {
		persons, events, squares := c.of(service, a)
		all.add(persons, events, squares, &p.People[a])
	}
	var faults []error
	for a, area := range c.Areas {
		persons, events, squares := c.of(service, a)
		own := newStrata()
		own.add(persons, events, squares, &p.People[a])
		row, err := rowOf(area, own, all, unit)
		if err != nil {
			faults = append(faults, fmt.Errorf("service %s, %s %s: %w", r.Service, c.Cut, area, err))
		}
		r.Rows = append(r.Rows, row)
	}
	r.sum(all, unit)
	r.withhold(rule)
	switch c.Cut {
	case ByDecile, ByPractice:
		r.slope()
	case ByICB, BySubICB:
		r.funnel()
		r.best()
	}
	return r, errors.Join(faults...)
}

// strata are the counts and the people of each group.
type strata struct{ persons, events, squares, people []float64 }

func newStrata() *strata {
	room := make([]float64, 4*Groups)
	return &strata{room[:Groups], room[Groups : 2*Groups], room[2*Groups : 3*Groups], room[3*Groups:]}
}

func (s *strata) add(persons, events, squares []float64, people *[Groups]float64) {
	for g := range Groups {
		s.persons[g] += persons[g]
		s.events[g] += events[g]
		s.squares[g] += squares[g]
		s.people[g] += people[g]
	}
}

// count is what is counted, and its variance by group.
func (s *strata) count(unit Unit) (count, variance []float64) {
	if unit == Events {
		return s.events, s.squares
	}
	return s.persons, s.persons
}

func rowOf(area string, own, all *strata, unit Unit) (Row, error) {
	row := Row{Area: area}
	observed, variance := own.count(unit)
	reference, _ := all.count(unit)
	spread := 0.0
	for g := range Groups {
		n := own.people[g]
		if n == 0 && observed[g] > 0 {
			return row, fmt.Errorf("%.0f %s of age %s, sex %d, where the population has nobody", observed[g], unit, BandName(g%Bands), g/Bands+1)
		}
		row.Observed += observed[g]
		row.Persons += own.persons[g]
		row.Population += n
		spread += variance[g]
		if n > 0 {
			row.Expected += n * reference[g] / all.people[g]
		}
	}
	row.Crude = row.Observed / row.Population * Per
	row.Ratio = ratio(row.Observed, row.Expected, spread, unit)
	row.Rate = direct(own, unit)
	return row, nil
}

// ratio gives observed over expected. Events are not independent, so their limits
// come from the variance of repeated events.
func ratio(observed, expected, spread float64, unit Unit) Rate {
	near, err := measure.Ratio(observed, expected, 1, measure.C95)
	if err != nil {
		return Rate{Withheld: err.Error()}
	}
	r := Rate{Value: near.Value, C95: near.Limits, Method: near.Method}
	if unit == Events && observed > 0 {
		r.Method = measure.MethodDobson
		r.C95, _ = measure.Dobson(near.Value, spread/(expected*expected), observed, measure.C95)
		r.C998, _ = measure.Dobson(near.Value, spread/(expected*expected), observed, measure.C998)
		return r
	}
	far, err := measure.Ratio(observed, expected, 1, measure.C998)
	if err != nil {
		return Rate{Withheld: err.Error()}
	}
	r.C998 = far.Limits
	return r
}

// direct gives the directly standardised rate over the groups that have people.
func direct(s *strata, unit Unit) Rate {
	count, variances := s.count(unit)
	var rate, variance, events, weight float64
	for g, w := range Weights {
		n := s.people[g]
		if n == 0 {
			continue
		}
		weight += w
		events += count[g]
		rate += w * count[g] / n
		variance += w * w * variances[g] / (n * n)
	}
	if events < fewEvents {
		return Rate{Withheld: fmt.Sprintf("There are fewer than %d %s.", fewEvents, unit)}
	}
	rate, variance = rate/weight*Per, variance/(weight*weight)*Per*Per
	near, err1 := measure.Dobson(rate, variance, events, measure.C95)
	far, err2 := measure.Dobson(rate, variance, events, measure.C998)
	if err := errors.Join(err1, err2); err != nil {
		return Rate{Withheld: err.Error()}
	}
	return Rate{Value: rate, C95: near, C998: far, Method: measure.MethodDobson}
}

// fewEvents is the least number from which a standardised rate is shown.
const fewEvents = 10

func (r *Result) sum(all *strata, unit Unit) {
	count, _ := all.count(unit)
	for g := range Groups {
		r.Observed += count[g]
		r.People += all.people[g]
	}
	r.Crude = r.Observed / r.People * Per
}

// withhold marks the rows whose persons may not be shown.
func (r *Result) withhold(rule *suppress.Rule) {
	if rule == nil {
		return
	}
	counts := make([]float64, len(r.Rows))
	for i := range r.Rows {
		counts[i] = r.Rows[i].Persons
	}
	for i, small := range rule.List(counts) {
		r.Rows[i].Small = small
	}
}

// funnel sets the rows beside what chance and the usual spread of areas explain.
// Areas without anybody expected are not in it.
func (r *Result) funnel() {
	var units []measure.Unit
	var at []int
	kind := measure.RatioSHMI
	for i := range r.Rows {
		row := &r.Rows[i]
		if row.Expected > 0 {
			units, at = append(units, measure.Unit{Numerator: row.Observed, Denominator: row.Expected}), append(at, i)
			if row.Observed == 0 || row.Expected < 0.005 {
				kind = measure.RatioCQC // the logarithm of nothing does not exist
			}
		}
	}
	if r.Observed < fewEvents {
		r.FunnelWhy = fmt.Sprintf("There are fewer than %d %s in all.", fewEvents, r.Unit)
		return
	}
	f, err := measure.OverDispersed(kind, units, 0.1)
	if err != nil {
		r.FunnelWhy = err.Error()
		return
	}
	r.Funnel = &f
	for k, u := range f.Units {
		r.Rows[at[k]].Stands, r.Rows[at[k]].Limits = u.Stands, u.Limits
	}
}

// best works out how many more people would be seen at the use of the best fifth.
func (r *Result) best() {
	if r.Unit != Persons {
		r.BestWhy = "It is worked out in persons alone."
		return
	}
	observed, expected := make([]float64, len(r.Rows)), make([]float64, len(r.Rows))
	for i := range r.Rows {
		observed[i], expected[i] = r.Rows[i].Observed, r.Rows[i].Expected
	}
	best, err := equity.LevelToBestFifth(observed, expected)
	if err != nil {
		r.BestWhy = err.Error()
		return
	}
	r.Best = &best
	for i := range r.Rows {
		r.Rows[i].More = best.More[i]
	}
}

// slope fits the standardised rates of the deciles, from the most deprived.
func (r *Result) slope() {
	var groups []measure.Quantile
	for i := range r.Rows {
		row := &r.Rows[i]
		if row.Rate.Withheld != "" || row.Small {
			r.SlopeWhy = fmt.Sprintf("Decile %s has no rate, and a slope needs each: %s", row.Area, cmp.Or(row.Rate.Withheld, "its numbers are withheld."))
			return
		}
		half := (row.Rate.C95.Upper - row.Rate.C95.Lower) / 2
		groups = append(groups, measure.Quantile{Population: row.Population, Value: row.Rate.Value, StandardError: half / measure.C95.Z()})
	}
	of, err := measure.SlopeIndex(groups, measure.Plain, false, measure.C95)
	if err != nil {
		r.SlopeWhy = err.Error()
		return
	}
	r.Slope = &of
}

// grouped gives the use by age band or by sex: by age the crude rate of each band,
// by sex standardised by age.
func grouped(c *Counts, service int, p *Population, unit Unit, rule *suppress.Rule) (*Result, error) {
	r := &Result{Service: c.Services[service], Cut: c.Cut, Unit: unit, Unplaced: c.Unplaced[service]}
	all := newStrata()
	for a := range c.Areas {
		persons, events, squares := c.of(service, a)
		all.add(persons, events, squares, &p.People[a])
	}
	r.sum(all, unit)
	var faults []error
	for i := range groupNames(c.Cut) {
		own := newStrata()
		for g := range Groups {
			if c.Cut == ByAge && g%Bands != i || c.Cut == BySex && g/Bands != i {
				continue
			}
			own.persons[g], own.events[g], own.squares[g], own.people[g] = all.persons[g], all.events[g], all.squares[g], all.people[g]
		}
		row, err := rowOf(groupNames(c.Cut)[i], own, flat(all, c.Cut), unit)
		if err != nil {
			faults = append(faults, err)
		}
		if c.Cut == ByAge {
			row.Rate = crude(own, unit)
		}
		r.Rows = append(r.Rows, row)
	}
	r.withhold(rule)
	return r, errors.Join(faults...)
}

// flat is the reference of a cut by groups of people: by age the rate of all ages,
// by sex that of both sexes at each age.
func flat(all *strata, cut Cut) *strata {
	f := newStrata()
	for g := range Groups {
		for o := range Groups {
			if cut == ByAge || o%Bands == g%Bands {
				f.persons[g] += all.persons[o]
				f.events[g] += all.events[o]
				f.people[g] += all.people[o]
			}
		}
	}
	return f
}

func groupNames(cut Cut) []string {
	if cut == BySex {
		return []string{"Male", "Female"}
	}
	var list []string
	for b := range Bands {
		list = append(list, BandName(b))
	}
	return list
}

// crude is the plain rate of a group.
func crude(s *strata, unit Unit) Rate {
	count, variances := s.count(unit)
	var n, events, spread float64
	for g := range Groups {
		n += s.people[g]
		events += count[g]
		spread += variances[g]
	}
	if unit == Events && events > 0 {
		value := events / n * Per
		k := spread / (n * n) * Per * Per
		near, err1 := measure.Dobson(value, k, events, measure.C95)
		far, err2 := measure.Dobson(value, k, events, measure.C998)
		if err := errors.Join(err1, err2); err != nil {
			return Rate{Withheld: err.Error()}
		}
		return Rate{Value: value, C95: near, C998: far, Method: measure.MethodDobson}
	}
	near, err1 := measure.Rate(events, n, Per, measure.C95)
	far, err2 := measure.Rate(events, n, Per, measure.C998)
	if err := errors.Join(err1, err2); err != nil {
		return Rate{Withheld: err.Error()}
	}
	return Rate{Value: near.Value, C95: near.Limits, C998: far.Limits, Method: near.Method}
}

// Excess is observed less expected of a row.
func (r *Row) Excess() float64 { return r.Observed - r.Expected }

// Furthest are the rows whose use is furthest from what is expected, first those
// with the lowest ratio.
func (r *Result) Furthest() []Row {
	list := slices.DeleteFunc(slices.Clone(r.Rows), func(x Row) bool { return x.Small || math.IsNaN(x.Ratio.Value) || x.Ratio.Withheld != "" })
	slices.SortStableFunc(list, func(a, b Row) int { return cmp.Compare(a.Ratio.Value, b.Ratio.Value) })
	return list
}
