package web

import (
	"fmt"
	"math"
	"strings"

	"remit/register"
)

// graph is a chart drawn at the server. Series differ by shape and word as well as by
// colour, and a table beside it says the same.
type graph struct {
	ID     string
	Title  string // the finding
	Says   string // what is drawn, for those who do not see it
	Width  int
	Height int
	Rules  []graphRule
	Rows   []graphRow
	Key    []graphKey
	Beside string // the id of the table that says the same
}

// graphRule is a line across the drawing, with a word at it.
type graphRule struct {
	X1, Y1, X2, Y2 int
	Class          string
	Text           string
	TX, TY         int
	Anchor         string
}

// graphRow is a label and what stands at it.
type graphRow struct {
	Label  string
	X, Y   int
	Anchor string
	Href   string
	Marks  []graphMark
	Says   string // the values in words, shown behind the row
	SX     int
}

// graphMark is a shape: circle, diamond, bar or link.
type graphMark struct {
	Shape      string
	X, Y, W, H int
	Class      string
	Points     string
}

type graphKey struct{ Shape, Class, Text string }

// pair is a row of a chart of distances: two values on one scale.
type pair struct {
	label, href   string
	before, after float64
	says          string
}

// Sizes of a chart of rows, in pixels.
const (
	graphWidth  = 960
	graphLabels = 250
	graphValues = 210
	graphRowGap = 26
	graphTop    = 30
)

// ticks are round values that span a range; zero is among them.
func ticks(low, high float64) []float64 {
	low, high = math.Min(low, 0), math.Max(high, 0)
	if low == high {
		high = 1
	}
	step := math.Pow(10, math.Floor(math.Log10((high-low)/4)))
	for _, by := range []float64{1, 2, 2.5, 5, 10} {
		if (high-low)/(step*by) <= 6 {
			step *= by
			break
		}
	}
	var list []float64
	for i := math.Floor(low/step + 1e-9); i*step < high+step-1e-9*step; i++ {
		list = append(list, i*step)
	}
	return list
}

// drawPoints draws two values a row: an empty diamond before, a full circle after, and a line between.
func drawPoints(id, title, says, beside string, words [2]string, format func(float64) string, list []pair) *graph {
	if len(list) == 0 {
		return nil
	}
	low, high := 0.0, 0.0
	for _, p := range list {
		low, high = math.Min(low, math.Min(p.before, p.after)), math.Max(high, math.Max(p.before, p.after))
	}
	g := &graph{ID: id, Title: title, Says: says, Width: graphWidth, Height: graphTop + graphRowGap*len(list) + 14, Beside: beside,
		Key: []graphKey{{"diamond", "before", words[0]}, {"circle", "after", words[1]}}}
	across := g.scaleAcross(low, high, format)
	for i, p := range list {
		y := graphTop + graphRowGap*i + graphRowGap/2
		x1, x2 := across(p.before), across(p.after)
		g.Rows = append(g.Rows, graphRow{Label: shortLabel(p.label), Href: p.href, X: graphLabels, Y: y + 5, Anchor: "end", Says: p.says, SX: graphWidth - graphValues + 6, Marks: []graphMark{
			{Shape: "link", X: min(x1, x2), Y: y, W: max(x1, x2), H: y, Class: "between"}, diamond(x1, y, 7, "before"), {Shape: "circle", X: x2, Y: y, W: 6, Class: "after"}}})
	}
	return g
}

// scaleAcross rules a chart of rows at round values that span a range, and gives where a value lies across it.
func (g *graph) scaleAcross(low, high float64, format func(float64) string) func(float64) int {
	marks := ticks(low, high)
	low, high = math.Min(low, marks[0]), math.Max(high, marks[len(marks)-1])
	across := func(v float64) int {
		return graphLabels + 12 + int(math.Round((v-low)/(high-low)*float64(graphWidth-graphLabels-graphValues-24)))
	}
	for _, v := range marks {
		class := "grid"
		if v == 0 {
			class = "zero"
		}
		x := across(v)
		g.Rules = append(g.Rules, graphRule{X1: x, X2: x, Y1: graphTop - 6, Y2: g.Height - 10, Class: class, Text: format(v), TX: x, TY: graphTop - 12, Anchor: "middle"})
	}
	return across
}

func diamond(x, y, r int, class string) graphMark {
	return graphMark{Shape: "diamond", X: x, Y: y, Class: class, Points: fmt.Sprintf("%d,%d %d,%d %d,%d %d,%d", x, y-r, x+r, y, x, y+r, x-r, y)}
}

// shortLabel keeps a label to its place: what boards are called begins and ends alike.
func shortLabel(s string) string {
	s = strings.TrimSuffix(strings.TrimPrefix(s, "NHS "), " ICB")
	if r := []rune(s); len(r) > 27 {
		return string(r[:26]) + "…"
	}
	return s
}

// drawMonths draws twelve months: a bar for what was, and a line across it for what was planned.
func drawMonths(id, title, says, beside string, plan, actual []float64, last int, format func(float64) string, names []string) *graph {
	high := 0.0
	for i := range plan {
		high = math.Max(high, math.Max(plan[i], actual[i]))
	}
	if high == 0 {
		return nil
	}
	marks := ticks(0, high)
	top := marks[len(marks)-1]
	const left, bottom, height = 96, 300, 250
	up := func(v float64) int { return bottom - int(math.Round(v/top*height)) }
	g := &graph{ID: id, Title: title, Says: says, Width: graphWidth, Height: bottom + 36, Beside: beside, Key: []graphKey{{"bar", "after", "actual"}, {"link", "plan", "planned"}}}
	for _, v := range marks {
		class := "grid"
		if v == 0 {
			class = "zero"
		}
		g.Rules = append(g.Rules, graphRule{X1: left, X2: graphWidth - 10, Y1: up(v), Y2: up(v), Class: class, Text: format(v), TX: left - 8, TY: up(v) + 5, Anchor: "end"})
	}
	step := (graphWidth - 10 - left) / 12
	for i := range plan {
		x := left + step*i
		r := graphRow{Label: names[i], X: x + step/2, Y: bottom + 22, Anchor: "middle"}
		if i < last {
			r.Marks = append(r.Marks, graphMark{Shape: "bar", X: x + 12, Y: up(actual[i]), W: step - 24, H: bottom - up(actual[i]), Class: "after"})
		}
		r.Marks = append(r.Marks, graphMark{Shape: "link", X: x + 4, Y: up(plan[i]), W: x + step - 4, H: up(plan[i]), Class: "plan"})
		g.Rows = append(g.Rows, r)
	}
	return g
}

// yearAround is the financial year of a day, as 2026/27.
func yearAround(d register.Day) string {
	t := dayTime(d)
	first := t.Year()
	if t.Month() < 4 {
		first--
	}
	return fmt.Sprintf("%d/%02d", first, (first+1)%100)
}

// bar is a row of a chart of differences.
type bar struct {
	label, href string
	value       float64
	says        string
}

// drawBars draws a bar a row from nothing to a value: full where it is above, and
// empty where it is below.
func drawBars(id, title, says, beside string, words [2]string, format func(float64) string, list []bar) *graph {
	if len(list) == 0 {
		return nil
	}
	low, high := 0.0, 0.0
	for _, b := range list {
		low, high = math.Min(low, b.value), math.Max(high, b.value)
	}
	g := &graph{ID: id, Title: title, Says: says, Width: graphWidth, Height: graphTop + graphRowGap*len(list) + 14, Beside: beside,
		Key: []graphKey{{"bar", "after", words[0]}, {"bar", "before", words[1]}}}
	across := g.scaleAcross(low, high, format)
	for i, b := range list {
		y := graphTop + graphRowGap*i + graphRowGap/2
		class := "after"
		if b.value < 0 {
			class = "before"
		}
		x1, x2 := min(across(0), across(b.value)), max(across(0), across(b.value))
		g.Rows = append(g.Rows, graphRow{Label: shortLabel(b.label), Href: b.href, X: graphLabels, Y: y + 5, Anchor: "end", Says: b.says, SX: graphWidth - graphValues + 6,
			Marks: []graphMark{{Shape: "bar", X: x1, Y: y - 7, W: max(1, x2-x1), H: 14, Class: class}}})
	}
	return g
}
