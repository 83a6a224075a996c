package access

import "slices"

// Counts are the use of each service by the people of each area and group, in
// arrays by service, area and group: see At. Squares are, over the persons, the
// sum of the squares of how many events each had, from which the variance of
// repeated events follows.
type Counts struct {
	Cut                      Cut
	Services, Areas          []string
	Persons, Events, Squares []float64
	Unplaced                 []Unplaced // by service
}

// Unplaced are the persons of a service who are in no area of the cut, or whose
// age or sex is not known: they are left out of every rate, and said to be.
type Unplaced struct {
	Area, Group float64 // a person may lack both, and counts under Area then
	All         float64 // persons placed and not
}

// NewCounts makes room for counts.
func NewCounts(cut Cut, services, areas []string) *Counts {
	n := len(services) * len(areas) * Groups
	return &Counts{Cut: cut, Services: services, Areas: areas, Persons: make([]float64, n), Events: make([]float64, n), Squares: make([]float64, n), Unplaced: make([]Unplaced, len(services))}
}

// At is the place in the arrays of a service, an area and a group.
func (c *Counts) At(service, area, group int) int {
	return (service*len(c.Areas)+area)*Groups + group
}

// Service is the place of a service, or -1.
func (c *Counts) Service(code string) int { return slices.Index(c.Services, code) }

// of gives the persons and events of a service in an area, by group.
func (c *Counts) of(service, area int) (persons, events, squares []float64) {
	i := c.At(service, area, 0)
	return c.Persons[i : i+Groups], c.Events[i : i+Groups], c.Squares[i : i+Groups]
}
