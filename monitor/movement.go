package monitor

import (
	"cmp"
	"slices"

	"remit/activity"
)

// Movement is how a group's actual price differs between two views: two months, two
// submissions, two years; or, within one view, actual from plan.
type Movement struct {
	Values        []string
	Before, After activity.Amount
	Change        activity.Amount
	Because       []Cause // of each dimension asked, what explains the most; most first
}

// Cause is a part of a movement.
type Cause struct {
	By     Dimension
	Value  string
	Change activity.Amount
	Share  float64 // of the movement; above 1 where others go against it
}

// Movements compare the actual price of two views by dimensions, the largest change
// first, and say for each of the other dimensions which value of it explains the
// most of the change.
func Movements(before, after *View, by []Dimension, because ...Dimension) []Movement {
	return movements(side{before, Figures.actual}, side{after, Figures.actual}, by, because)
}

// Variances are the movements from plan to actual.
func (v *View) Variances(by []Dimension, because ...Dimension) []Movement {
	return movements(side{v, Figures.planned}, side{v, Figures.actual}, by, because)
}

func (f Figures) actual() activity.Amount  { return f.ActualPrice }
func (f Figures) planned() activity.Amount { return f.PlannedPrice }

type side struct {
	view  *View
	price func(Figures) activity.Amount
}

func movements(before, after side, by, because []Dimension) []Movement {
	place := map[string]int{}
	list := []Movement{}
	causes := []map[Dimension]map[string]activity.Amount{}
	take := func(s side, sign func(m *Movement, price activity.Amount) activity.Amount) {
		for i := range s.view.rows {
			r := &s.view.rows[i]
			key := r.key(by)
			at, seen := place[key]
			if !seen {
				at = len(list)
				place[key] = at
				list, causes = append(list, Movement{Values: r.pick(by)}), append(causes, map[Dimension]map[string]activity.Amount{})
			}
			change := sign(&list[at], s.price(r.cell.Figures))
			for _, d := range because {
				if causes[at][d] == nil {
					causes[at][d] = map[string]activity.Amount{}
				}
				causes[at][d][r.values[d]] = causes[at][d][r.values[d]].Add(change)
			}
		}
	}
	take(before, func(m *Movement, price activity.Amount) activity.Amount {
		m.Before = m.Before.Add(price)
		return price.Neg()
	})
	take(after, func(m *Movement, price activity.Amount) activity.Amount {
		m.After = m.After.Add(price)
		return price
	})
	for i := range list {
		m := &list[i]
		m.Change = m.After.Sub(m.Before)
		m.Because = mainCauses(causes[i], m.Change)
	}
	slices.SortFunc(list, func(a, b Movement) int {
		return cmp.Or(b.Change.Abs().Cmp(a.Change.Abs()), slices.Compare(a.Values, b.Values))
	})
	return list
}

// mainCauses picks, of each dimension, the value that goes furthest in the direction
// of the movement. What goes against it explains nothing.
func mainCauses(causes map[Dimension]map[string]activity.Amount, change activity.Amount) []Cause {
	list := []Cause{}
	for d, values := range causes {
		best := Cause{By: d}
		for value, part := range values {
			if part.Sign() != change.Sign() || change.IsZero() {
				continue
			}
			if c := part.Abs().Cmp(best.Change.Abs()); c > 0 || c == 0 && value < best.Value {
				best.Value, best.Change = value, part
			}
		}
		if !best.Change.IsZero() {
			best.Share = best.Change.Ratio(change)
			list = append(list, best)
		}
	}
	slices.SortFunc(list, func(a, b Cause) int { return cmp.Or(cmp.Compare(b.Share, a.Share), cmp.Compare(a.By, b.By)) })
	return list
}
