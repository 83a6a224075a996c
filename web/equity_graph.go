package web

import (
	"fmt"
	"math"

	"remit/access"
)

// Sizes of a chart with two scales, in pixels.
const (
	plotLeft, plotRight, plotTop, plotBottom = 78, 940, 24, 360
)

// plot draws on two scales.
type plot struct {
	*graph
	lowX, highX, lowY, highY float64
}

func newPlot(id, title, says, beside string, lowX, highX, lowY, highY float64) *plot {
	return &plot{&graph{ID: id, Title: title, Says: says, Width: graphWidth, Height: plotBottom + 52, Beside: beside}, lowX, highX, lowY, highY}
}

func (p *plot) x(v float64) int {
	return plotLeft + int(math.Round((v-p.lowX)/(p.highX-p.lowX)*(plotRight-plotLeft)))
}

func (p *plot) y(v float64) int {
	v = math.Min(math.Max(v, p.lowY), p.highY)
	return plotBottom - int(math.Round((v-p.lowY)/(p.highY-p.lowY)*(plotBottom-plotTop)))
}

// across draws lines at values of the upright scale, with the value at the left.
func (p *plot) across(format string, strong float64, values ...float64) {
	for _, v := range values {
		class := "grid"
		if v == strong {
			class = "zero"
		}
		p.Rules = append(p.Rules, graphRule{X1: plotLeft, X2: plotRight, Y1: p.y(v), Y2: p.y(v), Class: class, Text: fmt.Sprintf(format, v), TX: plotLeft - 8, TY: p.y(v) + 5, Anchor: "end"})
	}
}

// beneath labels the scale along the bottom.
func (p *plot) beneath(label string, format func(float64) string, values ...float64) {
	for _, v := range values {
		p.Rows = append(p.Rows, graphRow{Label: format(v), X: p.x(v), Y: plotBottom + 20, Anchor: "middle"})
	}
	p.Rows = append(p.Rows, graphRow{Label: label, X: (plotLeft + plotRight) / 2, Y: plotBottom + 44, Anchor: "middle"})
}

// curve draws a line through points.
func (p *plot) curve(class string, points [][2]float64) {
	row := graphRow{}
	for i := 1; i < len(points); i++ {
		a, b := points[i-1], points[i]
		if math.IsNaN(a[1]) || math.IsNaN(b[1]) {
			continue
		}
		row.Marks = append(row.Marks, graphMark{Shape: "link", X: p.x(a[0]), Y: p.y(a[1]), W: p.x(b[0]), H: p.y(b[1]), Class: class})
	}
	p.Rows = append(p.Rows, row)
}

// triangle points up, or down for a negative size.
func triangle(x, y, size int, class string) graphMark {
	w := size
	if w < 0 {
		w = -w
	}
	return graphMark{Shape: "diamond", X: x, Y: y, Class: class, Points: fmt.Sprintf("%d,%d %d,%d %d,%d", x, y-size, x+w, y+size, x-w, y+size)}
}

// drawFunnel draws the boards of a result in their funnel. Boards whose numbers are
// withheld are not drawn.
func drawFunnel(a *Asked, q *equityInquiry, x *access.Result) *graph {
	if x.Funnel == nil {
		return nil
	}
	lowX, highX, lowY, highY := math.Inf(1), 0.0, 1.0, 1.0
	drawn, left := 0, 0
	for i := range x.Rows {
		row := &x.Rows[i]
		if row.Small || row.Expected == 0 {
			left++
			continue
		}
		drawn++
		lowX, highX = math.Min(lowX, row.Expected), math.Max(highX, row.Expected)
		lowY, highY = math.Min(lowY, row.Ratio.Value), math.Max(highY, row.Ratio.Value)
	}
	if drawn < 2 {
		return nil
	}
	near := x.Funnel.LimitsAt(lowX)
	lowY, highY = math.Max(0, math.Min(lowY, near.Alarm.Lower)-0.05), math.Min(math.Max(highY, near.Alarm.Upper)+0.05, 2*highY+0.5)
	lowX, highX = lowX*0.95, highX*1.05
	p := newPlot("funnel", equityFinding(a, q, x), fmt.Sprintf("Funnel of %d boards: the ratio of observed to expected against the expected number, with limits of 95%% and 99.8%%.", drawn), "boards", lowX, highX, lowY, highY)
	var marks []float64
	for _, v := range ticks(lowY, highY) {
		if v >= lowY && v <= highY {
			marks = append(marks, v)
		}
	}
	p.across("%.2f", 1, append(marks, 1)...)
	var along []float64
	for _, v := range ticks(0, highX) {
		if v >= lowX && v <= highX {
			along = append(along, v)
		}
	}
	p.beneath("Expected "+string(x.Unit), func(v float64) string { return decimals(v, 0).Text }, along...)
	limits := map[string][][2]float64{}
	const steps = 48
	for i := range steps + 1 {
		d := lowX + (highX-lowX)*float64(i)/steps
		l := x.Funnel.LimitsAt(d)
		for name, v := range map[string]float64{"near low": l.Alert.Lower, "near high": l.Alert.Upper, "far low": l.Alarm.Lower, "far high": l.Alarm.Upper} {
			limits[name] = append(limits[name], [2]float64{d, v})
		}
	}
	for _, name := range []string{"near low", "near high"} {
		p.curve("limit", limits[name])
	}
	for _, name := range []string{"far low", "far high"} {
		p.curve("far", limits[name])
	}
	for i := range x.Rows {
		row := &x.Rows[i]
		if row.Small || row.Expected == 0 {
			continue
		}
		px, py := p.x(row.Expected), p.y(row.Ratio.Value)
		out := graphRow{X: px, Y: py - 10, Anchor: "middle"}
		switch row.Where() {
		case "far below":
			out.Marks, out.Label, out.Y = []graphMark{triangle(px, py, -8, "lowpoint")}, shortLabel(shortBoard(q.m.Name(x.Cut, row.Area))), py+24
		case "far above":
			out.Marks, out.Label = []graphMark{triangle(px, py, 8, "highpoint")}, shortLabel(shortBoard(q.m.Name(x.Cut, row.Area)))
			out.Y = py - 12
		default:
			out.Marks = []graphMark{{Shape: "circle", X: px, Y: py, W: 5, Class: "before"}}
		}
		if px > plotRight-120 {
			out.Anchor = "end"
		}
		if px < plotLeft+120 {
			out.Anchor = "start"
		}
		p.Rows = append(p.Rows, out)
	}
	p.Key = []graphKey{{"circle", "before", "board within the limits of 99.8%"}, {"down", "lowpoint", "far below expected, named"}, {"up", "highpoint", "far above expected, named"}, {"link", "limit", "95% limits"}, {"link", "far", "99.8% limits"}}
	if left > 0 {
		p.Key = append(p.Key, graphKey{"circle", "before", plural(left, "board is", "boards are") + " withheld and not drawn"})
	}
	return p.graph
}

// drawSlope draws the rate of each decile with its limits and the fitted line.
func drawSlope(_ *equityInquiry, x *access.Result) *graph {
	if x.Slope == nil {
		return nil
	}
	high := 0.0
	for i := range x.Rows {
		high = math.Max(high, x.Rows[i].Rate.C95.Upper)
	}
	marks := ticks(0, high)
	p := newPlot("slope", slopeTitle(x), "Standardised rate of each tenth of areas by deprivation with 95% limits, and the fitted slope.", "deprivation", 0, 1, 0, marks[len(marks)-1])
	p.across("%.4g", 0, marks...)
	all, before := 0.0, 0.0
	for i := range x.Rows {
		all += x.Rows[i].Population
	}
	for i := range x.Rows {
		row := &x.Rows[i]
		middle := (before + row.Population/2) / all
		before += row.Population
		px := p.x(middle)
		p.Rows = append(p.Rows, graphRow{Label: row.Area, X: px, Y: plotBottom + 20, Anchor: "middle", Marks: []graphMark{
			{Shape: "link", X: px, Y: p.y(row.Rate.C95.Lower), W: px, H: p.y(row.Rate.C95.Upper), Class: "between"}, {Shape: "circle", X: px, Y: p.y(row.Rate.Value), W: 6, Class: "after"}}})
	}
	p.Rows = append(p.Rows, graphRow{Label: "Decile: 1 is the most deprived tenth of areas, 10 the least", X: (plotLeft + plotRight) / 2, Y: plotBottom + 44, Anchor: "middle"})
	p.curve("far", [][2]float64{{0, x.Slope.First}, {1, x.Slope.Last}})
	p.Key = []graphKey{{"circle", "after", "rate per 100,000, with 95% limits"}, {"link", "far", "fitted slope"}}
	return p.graph
}

func slopeTitle(x *access.Result) string {
	l := x.Slope.Slope.Limits
	switch {
	case l.Upper < 0:
		return fmt.Sprintf("The most deprived use it more: relative index %.2f", x.Slope.Relative.Value)
	case l.Lower > 0:
		return fmt.Sprintf("The least deprived use it more: relative index %.2f", x.Slope.Relative.Value)
	}
	return "Use does not differ by deprivation by more than chance"
}

// drawAges draws the rate of each age band.
func drawAges(_ *equityInquiry, x *access.Result) *graph {
	high, top := 0.0, ""
	for i := range x.Rows {
		row := &x.Rows[i]
		if !row.Small && row.Rate.Withheld == "" && row.Rate.Value > high {
			high, top = row.Rate.Value, row.Area
		}
	}
	if high == 0 {
		return nil
	}
	marks := ticks(0, high)
	p := newPlot("ages", "Use is highest at age "+top, "Rate per 100,000 of each age band.", "age", 0, float64(len(x.Rows)), 0, marks[len(marks)-1])
	p.across("%.4g", 0, marks...)
	for i := range x.Rows {
		row := &x.Rows[i]
		left, right := p.x(float64(i)), p.x(float64(i+1))
		r := graphRow{X: (left + right) / 2, Y: plotBottom + 20, Anchor: "middle"}
		if i%2 == 0 {
			r.Label = fmt.Sprint(i * 5)
		}
		if !row.Small && row.Rate.Withheld == "" {
			y := p.y(row.Rate.Value)
			r.Marks = []graphMark{{Shape: "bar", X: left + 4, Y: y, W: right - left - 8, H: plotBottom - y, Class: "after"}}
		} else {
			r.Says, r.SX = "", 0
		}
		p.Rows = append(p.Rows, r)
	}
	p.Rows = append(p.Rows, graphRow{Label: "Age from", X: (plotLeft + plotRight) / 2, Y: plotBottom + 44, Anchor: "middle"})
	p.Key = []graphKey{{"bar", "after", "persons or events per 100,000; bands that are withheld have no bar"}}
	return p.graph
}
