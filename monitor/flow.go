package monitor

import (
	"slices"
	"strings"

	"remit/activity"
)

// Flow is what one area's people had at one provider.
type Flow struct {
	From     string // value of the dimension asked: an ICB, a region
	To       string // provider
	Home     string // where the provider stands, in the same dimension; NotPlaced where it cannot be told
	Activity Activity
	Price    activity.Amount
}

// Area is what the people of an area used, and what its providers did.
type Area struct {
	Code string
	// Used by its people anywhere; Own is the part of it at providers of the area;
	// Done is what its providers did for anybody.
	Used, Own, Done Measure
}

// Measure is activity and money together.
type Measure struct {
	Activity Activity
	Price    activity.Amount
}

// Add is the sum.
func (m Measure) Add(n Measure) Measure {
	return Measure{m.Activity + n.Activity, m.Price.Add(n.Price)}
}

// Sub is the difference.
func (m Measure) Sub(n Measure) Measure {
	return Measure{m.Activity - n.Activity, m.Price.Sub(n.Price)}
}

// Share is m of a whole, in activity and in price; 0 of nothing.
func (m Measure) Share(of Measure) (activity, price float64) {
	if of.Activity != 0 {
		activity = float64(m.Activity) / float64(of.Activity)
	}
	return activity, m.Price.Ratio(of.Price)
}

// SelfSufficiency is the share of what its people used that its own providers did.
func (a Area) SelfSufficiency() (activity, price float64) { return a.Own.Share(a.Used) }

// Export is what its people used elsewhere.
func (a Area) Export() Measure { return a.Used.Sub(a.Own) }

// Import is what its providers did for others.
func (a Area) Import() Measure { return a.Done.Sub(a.Own) }

// Net is import less export. Over all areas, with those that are not placed, it
// sums to nothing.
func (a Area) Net() Measure { return a.Done.Sub(a.Used) }

// Matrix is who went where.
type Matrix struct {
	By    Dimension
	Flows []Flow // by From and To
	Areas []Area // by code; NotPlaced and bodies that are no areas among them
	Total Measure
}

// FlowMatrix adds the actual activity and price of a view up from area to provider.
// by is ICB, Region, Cluster, Footprint or Hub.
func (v *View) FlowMatrix(by Dimension) Matrix {
	m := Matrix{By: by}
	areas := map[string]*Area{}
	area := func(code string) *Area {
		if areas[code] == nil {
			areas[code] = &Area{Code: code}
		}
		return areas[code]
	}
	for _, g := range v.Cut(by, Provider) {
		f := Flow{g.Values[0], g.Values[1], v.Structure.home(g.Values[1], by), g.ActualActivity, g.ActualPrice}
		m.Flows = append(m.Flows, f)
		what := Measure{f.Activity, f.Price}
		m.Total = m.Total.Add(what)
		area(f.From).Used = area(f.From).Used.Add(what)
		area(f.Home).Done = area(f.Home).Done.Add(what)
		if f.From == f.Home && f.From != NotPlaced {
			area(f.From).Own = area(f.From).Own.Add(what)
		}
	}
	for _, a := range areas {
		m.Areas = append(m.Areas, *a)
	}
	slices.SortFunc(m.Areas, func(a, b Area) int { return strings.Compare(a.Code, b.Code) })
	return m
}

// home is where a provider stands, as a value of a dimension.
func (s *Structure) home(provider string, by Dimension) string {
	p := s.area("icb", s.ProviderICB(provider), Same, "")
	switch by {
	case Region:
		return p.Region
	case Cluster:
		return p.Cluster
	case Footprint:
		return p.Footprint
	case Hub:
		return p.Hub
	}
	return p.ICB
}
