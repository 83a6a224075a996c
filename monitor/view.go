package monitor

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"remit/activity"
)

// View is a set of cells on a map, with the parts of their variance.
type View struct {
	Structure *Structure
	rows      []viewRow
	monthly   bool
}

type viewRow struct {
	values  [dimensions]string
	cell    Cell
	parts   Parts // of the line over all months of the view, at its first cell
	monthly Parts // of the month against its own plan
	place   Place
}

// NewView puts cells on a map. Take the cells of one period: see In. Within a
// family activity may be added up; without dimensions named it is what one
// provider does at one point of delivery.
func NewView(cells []Cell, s *Structure, within ...Dimension) *View {
	if len(within) == 0 {
		within = []Dimension{Provider, POD}
	}
	v := &View{Structure: s, rows: make([]viewRow, len(cells))}
	for i, c := range cells {
		v.rows[i] = s.row(c)
	}
	v.split(within)
	return v
}

// Monthly is the same view with each month compared with its own plan. Its parts
// add up over months too. Without it the months of the view are added up first, so
// that the parts of a period follow from the totals of the period.
func (v *View) Monthly() *View { return &View{Structure: v.Structure, rows: v.rows, monthly: true} }

// row gives a cell its value in every dimension.
func (s *Structure) row(c Cell) viewRow {
	p := s.Place(c.Commissioner, c.Practice, c.Month)
	programme, service := s.service(c.Line, c.Month)
	r := viewRow{cell: c, place: p}
	r.values = [dimensions]string{Programme: programme, Service: service, Line: c.Line, Provider: c.Provider, ProviderICB: s.ProviderICB(c.Provider),
		Commissioner: c.Commissioner, SubICB: p.SubICB, ICB: p.ICB, Cluster: p.Cluster, Footprint: p.Footprint, Region: p.Region, Hub: p.Hub,
		POD: c.POD, Chapter: c.Chapter, Category: c.Category, Delegation: s.Delegation(c.Category), MonthOfYear: fmt.Sprintf("%02d", c.Month.Month)}
	for i, text := range r.values {
		if text == "" {
			r.values[i] = NotStated
		}
	}
	return r
}

// Group is one row of a cut.
type Group struct {
	Values []string // one for each dimension of the cut
	Cells  int
	Figures
	Parts
}

// Cut adds the view up by dimensions in the order given, ordered by their values.
// Without dimensions it is the total in one row. A cut by month has the parts of
// Monthly.
func (v *View) Cut(by ...Dimension) []Group {
	monthly := v.monthly || slices.Contains(by, MonthOfYear)
	place := map[string]int{}
	groups := []Group{}
	for i := range v.rows {
		r := &v.rows[i]
		key := r.key(by)
		at, seen := place[key]
		if !seen {
			at = len(groups)
			place[key] = at
			groups = append(groups, Group{Values: r.pick(by)})
		}
		g := &groups[at]
		g.Cells++
		g.Figures = g.Figures.Add(r.cell.Figures)
		if monthly {
			g.Parts = g.Parts.Add(r.monthly)
		} else {
			g.Parts = g.Parts.Add(r.parts)
		}
	}
	slices.SortFunc(groups, func(a, b Group) int { return slices.Compare(a.Values, b.Values) })
	return groups
}

// Total is the whole view.
func (v *View) Total() Group {
	if groups := v.Cut(); len(groups) > 0 {
		return groups[0]
	}
	return Group{}
}

func (r *viewRow) pick(by []Dimension) []string {
	values := make([]string, len(by))
	for i, d := range by {
		values[i] = r.values[d]
	}
	return values
}

func (r *viewRow) key(by []Dimension) string { return strings.Join(r.pick(by), "\x00") }

// Where keeps the cells that have one of some values in a dimension. Their parts
// of variance stay what they were, so that they still add up to those of the whole.
// Picking months makes the view Monthly.
func (v *View) Where(d Dimension, values ...string) *View {
	w := &View{Structure: v.Structure, monthly: v.monthly || d == MonthOfYear}
	for _, r := range v.rows {
		if slices.Contains(values, r.values[d]) {
			w.rows = append(w.rows, r)
		}
	}
	return w
}

// Len is the number of cells.
func (v *View) Len() int { return len(v.rows) }

// Missing is money that cannot be put on the map, and why.
type Missing struct {
	Commissioner string
	Reason       string
	Cells        int
	Figures
}

// NotPlaced lists what cannot be put on the map, the most money first.
func (v *View) NotPlaced() []Missing {
	type at struct{ commissioner, reason string }
	place := map[at]int{}
	list := []Missing{}
	for i := range v.rows {
		r := &v.rows[i]
		if r.place.Basis != Unplaced {
			continue
		}
		k := at{r.cell.Commissioner, r.place.Reason}
		n, seen := place[k]
		if !seen {
			n = len(list)
			place[k] = n
			list = append(list, Missing{Commissioner: k.commissioner, Reason: k.reason})
		}
		list[n].Cells++
		list[n].Figures = list[n].Figures.Add(r.cell.Figures)
	}
	slices.SortFunc(list, func(a, b Missing) int {
		return cmp.Or(b.ActualPrice.Cmp(a.ActualPrice), cmp.Compare(a.Commissioner, b.Commissioner), cmp.Compare(a.Reason, b.Reason))
	})
	return list
}

// Parts are what a variance of price is made of. Their sum is the variance.
type Parts struct{ Volume, Rate, Mix activity.Amount }

// Add is the sum, part by part.
func (p Parts) Add(q Parts) Parts {
	return Parts{p.Volume.Add(q.Volume), p.Rate.Add(q.Rate), p.Mix.Add(q.Mix)}
}

// Sum is the variance that the parts make up.
func (p Parts) Sum() activity.Amount { return p.Volume.Add(p.Rate).Add(p.Mix) }

// line is what has one unit price: everything that tells cells apart but the month and
// the practice, by which nothing is planned.
func (r *viewRow) line() string {
	values := r.values
	values[MonthOfYear] = ""
	return fmt.Sprint(r.cell.Year, "\x00", strings.Join(values[:], "\x00"))
}

// split works out the parts of every cell, of its month and of its line over all
// months. Those of the line stand at its first cell: however a view is cut but by
// month, all cells of a line come to lie together.
func (v *View) split(within []Dimension) {
	v.compare(within, (*viewRow).line, func(r *viewRow, p Parts) { r.parts = p })
	month := func(r *viewRow) string { return r.line() + "\x00" + r.values[MonthOfYear] }
	v.compare(append(slices.Clone(within), MonthOfYear), month, func(r *viewRow, p Parts) { r.monthly = p })
}

func (v *View) compare(within []Dimension, line func(*viewRow) string, keep func(*viewRow, Parts)) {
	type sum struct {
		Figures
		at     *viewRow
		family *family
	}
	place := map[string]int{}
	var lines []sum
	for i := range v.rows {
		r := &v.rows[i]
		key := line(r)
		at, seen := place[key]
		if !seen {
			at = len(lines)
			place[key] = at
			lines = append(lines, sum{at: r})
		}
		lines[at].Figures = lines[at].Figures.Add(r.cell.Figures)
	}
	families := map[string]*family{}
	for i := range lines {
		l := &lines[i]
		key := fmt.Sprint(l.at.cell.Year, "\x00", l.at.key(within))
		if families[key] == nil {
			families[key] = &family{}
		}
		l.family = families[key]
		l.family.add(l.Figures)
	}
	for _, l := range lines {
		keep(l.at, l.family.parts(l.Figures))
	}
}
