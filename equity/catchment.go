package equity

import (
	"math"
	"slices"

	"remit/measure"
)

// Method is how a catchment population is worked out. The methods give very
// different figures for the same trust, so the method is part of the figure.
type Method string

// The methods. Proportional, Stratified and FirstPastThePost part the whole
// population among the providers; Threshold does not: it overlaps and has gaps.
const (
	Proportional     Method = "proportional flow"
	Stratified       Method = "stratified proportional flow"
	FirstPastThePost Method = "first past the post"
	Threshold        Method = "threshold"
)

// Methods are all the methods.
var Methods = []Method{Proportional, Stratified, FirstPastThePost, Threshold}

// CustomaryThreshold is the share of an area's flow that makes it part of a
// catchment by Threshold.
const CustomaryThreshold = 0.3

// Flow is the persons of an area and group (an age band of one sex) who used a
// provider. Area, Group and Provider count from 0.
type Flow struct {
	Area, Group, Provider int
	Persons               float64
}

// Region is what catchments are worked out from. Population is by area and group;
// Providers is their number. Where an area (for Stratified: a group of it) has
// fewer than Floor persons in Flows, those of Programme, a wider group of
// services, are used instead; a Floor of 0 borrows nothing.
type Region struct {
	Population [][]float64
	Providers  int
	Flows      []Flow
	Programme  []Flow
	Floor      float64
	Share      float64 // of Threshold; 0 is CustomaryThreshold
}

// Catchments are the populations of the providers by a method. Unassigned is the
// population of areas without any activity, which are of no catchment (and, by
// Threshold, of areas of which no provider has the share); Overlap, by Threshold,
// what is counted more than once. Their sum less Overlap plus Unassigned is the
// whole population. Ties are the areas that first past the post gave to the first
// of several providers. Borrowed counts areas or groups whose flows are the
// programme's; Filled the groups without activity that Stratified gave to the
// provider that their area uses most.
type Catchments struct {
	Method     Method
	Population []float64
	Areas      []int // how many areas have a part in each
	Unassigned float64
	Overlap    float64
	Ties       []int
	Borrowed   int
	Filled     int
}

// Catchment gives the catchment population K of each provider j, over areas a
// with population p and flow F:
//
//	Proportional      K = Σa pₐ Fₐⱼ/Fₐ
//	Stratified        K = Σa Σg pₐg Fₐgⱼ/Fₐg, g age and sex
//	FirstPastThePost  K = Σ pₐ of the areas in which Fₐⱼ is the greatest
//	Threshold         K = Σ pₐ of the areas in which Fₐⱼ/Fₐ is the share or more
//
// Refuses: a method or index that there is not, a population or flow that is
// negative or not a number, rows of differing length, a share not over 0 to 1.
func Catchment(method Method, r Region) (Catchments, error) {
	if r.Share == 0 {
		r.Share = CustomaryThreshold
	}
	if why := r.check(method); why != nil {
		return Catchments{}, why
	}
	c := Catchments{Method: method, Population: make([]float64, r.Providers), Areas: make([]int, r.Providers)}
	own, programme := byArea(r.Flows, len(r.Population)), byArea(r.Programme, len(r.Population))
	for a, population := range r.Population {
		if method == Stratified {
			c.stratified(population, own[a], programme[a], r)
			continue
		}
		flow, borrowed := enough(own[a], programme[a], r.Floor)
		if borrowed {
			c.Borrowed++
		}
		c.add(a, sum(population), together(flow, r.Providers), r.Share)
	}
	return c, nil
}

// enough gives a flow, or the programme's where it is under the floor and the
// programme has any.
func enough(own, programme []Flow, floor float64) (flow []Flow, borrowed bool) {
	if persons(own) < floor && persons(programme) > 0 {
		return programme, true
	}
	return own, false
}

func persons(flows []Flow) float64 {
	s := 0.0
	for _, f := range flows {
		s += f.Persons
	}
	return s
}

func (c *Catchments) add(area int, population float64, flow []float64, share float64) {
	total := sum(flow)
	if total == 0 {
		c.Unassigned += population
		return
	}
	switch c.Method {
	case FirstPastThePost:
		most := slices.Max(flow)
		first := slices.Index(flow, most)
		if slices.Contains(flow[first+1:], most) {
			c.Ties = append(c.Ties, area)
		}
		c.give(first, population)
	case Threshold:
		taken := 0.0
		for j, f := range flow {
			if f/total >= share {
				c.give(j, population)
				taken += population
			}
		}
		c.Overlap += math.Max(0, taken-population)
		if taken == 0 {
			c.Unassigned += population
		}
	default:
		for j, f := range flow {
			if f > 0 {
				c.give(j, population*f/total)
			}
		}
	}
}

func (c *Catchments) give(provider int, population float64) {
	c.Population[provider] += population
	c.Areas[provider]++
}

// stratified parts each group of an area by the group's own flow. A group
// without activity goes to the provider that the area uses most.
func (c *Catchments) stratified(population []float64, own, programme []Flow, r Region) {
	whole := own
	if persons(own) == 0 && r.Floor > 0 {
		whole = programme
	}
	if persons(whole) == 0 {
		c.Unassigned += sum(population)
		return
	}
	uses := together(whole, r.Providers)
	most := slices.Index(uses, slices.Max(uses))
	groups, wide := byGroup(own, len(population)), byGroup(programme, len(population))
	parts := make([]float64, r.Providers)
	for g, p := range population {
		flow, borrowed := enough(groups[g], wide[g], r.Floor)
		if borrowed {
			c.Borrowed++
		}
		total := persons(flow)
		if total == 0 {
			parts[most] += p
			c.Filled++
			continue
		}
		for _, f := range flow {
			parts[f.Provider] += p * f.Persons / total
		}
	}
	for j, p := range parts {
		if p > 0 {
			c.give(j, p)
		}
	}
}

func byArea(flows []Flow, areas int) [][]Flow {
	lists := make([][]Flow, areas)
	for _, f := range flows {
		lists[f.Area] = append(lists[f.Area], f)
	}
	return lists
}

func byGroup(flows []Flow, groups int) [][]Flow {
	lists := make([][]Flow, groups)
	for _, f := range flows {
		lists[f.Group] = append(lists[f.Group], f)
	}
	return lists
}

func together(flows []Flow, providers int) []float64 {
	list := make([]float64, providers)
	for _, f := range flows {
		list[f.Provider] += f.Persons
	}
	return list
}

func sum(list []float64) float64 {
	s := 0.0
	for _, v := range list {
		s += v
	}
	return s
}

func (r Region) check(method Method) *measure.Refusal {
	if !slices.Contains(Methods, method) {
		return refuse(measure.BadSetting, 0, "There is no method %q of catchments.", method)
	}
	if !(r.Share > 0 && r.Share <= 1) || !(r.Floor >= 0) || r.Providers < 1 {
		return refuse(measure.BadSetting, 0, "The share is %v, the floor %v and there are %d providers; they must be over 0 to 1, not under 0, and 1 or more.", r.Share, r.Floor, r.Providers)
	}
	groups := 0
	for a, row := range r.Population {
		if a > 0 && len(row) != groups {
			return refuse(measure.WrongLengths, a+1, "Area %d has %d groups where others have %d.", a+1, len(row), groups)
		}
		groups = len(row)
		for g, p := range row {
			if !(p >= 0) || math.IsInf(p, 1) {
				return refuse(measure.MissingPopulation, a+1, "The population of area %d group %d is %v; it must be a number not under 0.", a+1, g+1, p)
			}
		}
	}
	for i, f := range slices.Concat(r.Flows, r.Programme) {
		if f.Area < 0 || f.Area >= len(r.Population) || f.Group < 0 || f.Group >= groups || f.Provider < 0 || f.Provider >= r.Providers {
			return refuse(measure.BadSetting, i+1, "Flow %d is of area %d, group %d, provider %d; there are %d, %d and %d.", i+1, f.Area, f.Group, f.Provider, len(r.Population), groups, r.Providers)
		}
		if !(f.Persons >= 0) || math.IsInf(f.Persons, 1) {
			return refuse(measure.Negative, i+1, "The persons of flow %d are %v; they must be a number not under 0.", i+1, f.Persons)
		}
	}
	return nil
}

// Million is the population that specialised services are usually said to serve
// at least. It is a convention, not a threshold in law.
const Million = 1_000_000

// MillionTest compares a catchment with Million. Apply it to the proportional
// figure and show the others; Distance (persons over it, negative under) tells
// more than Passes.
type MillionTest struct {
	Population float64
	Passes     bool
	Distance   float64
}

// TestMillion makes the one-million test. More than a million passes.
func TestMillion(population float64) MillionTest {
	return MillionTest{population, population > Million, population - Million}
}
