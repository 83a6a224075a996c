package quality

import (
	"cmp"
	"fmt"
	"html"
	"math"
	"slices"
	"strconv"
	"strings"

	"remit/measure"
	"remit/metric"
)

// Drawing is a chart as SVG, with what it says in words and the key to its marks.
// It carries its own colours, so that it can be saved as a file.
type Drawing struct {
	ID, Title, Says string
	Foot            string // profile and version
	SVG             string
	Key             []Mark
}

// Mark is an entry of a key: a small drawing and what it means.
type Mark struct{ SVG, Text string }

// The colours of charts. Points have a dark outline and a shape of their own as
// well: the customary grey and blue have too little contrast to stand alone.
const (
	inkColour   = "#212b32"
	softColour  = "#4c6272"
	gridColour  = "#d8dde0"
	plainColour = "#a6a6a6"
	lineColour  = "#4c6272"
)

// canvas collects the shapes of a drawing.
type canvas struct {
	b             strings.Builder
	width, height int
}

func (c *canvas) line(x1, y1, x2, y2 float64, colour string, width float64, dash string) {
	c.b.WriteString(`<path fill="none" stroke="`)
	c.b.WriteString(colour)
	c.b.WriteString(`" stroke-width="`)
	c.number(width)
	if dash != "" {
		c.b.WriteString(`" stroke-dasharray="`)
		c.b.WriteString(dash)
	}
	c.b.WriteString(`" d="M`)
	c.number(x1)
	c.b.WriteByte(' ')
	c.number(y1)
	c.b.WriteByte('L')
	c.number(x2)
	c.b.WriteByte(' ')
	c.number(y2)
	c.b.WriteString("\"/>")
}

// path draws a line through points, broken where one does not exist.
func (c *canvas) path(xs, ys []float64, colour string, width float64, dash string) {
	c.b.WriteString(`<path fill="none" stroke="` + colour + `" stroke-width="`)
	c.number(width)
	if dash != "" {
		c.b.WriteString(`" stroke-dasharray="` + dash)
	}
	c.b.WriteString(`" d="`)
	pen := byte('M')
	for i := range xs {
		if math.IsNaN(ys[i]) {
			pen = 'M'
			continue
		}
		c.b.WriteByte(pen)
		c.number(xs[i])
		c.b.WriteByte(' ')
		c.number(ys[i])
		pen = 'L'
	}
	c.b.WriteString("\"/>")
}

func (c *canvas) number(v float64) {
	c.b.WriteString(strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64))
}

func (c *canvas) text(x, y float64, anchor, colour string, size int, text string) {
	c.b.WriteString(`<text x="`)
	c.number(x)
	c.b.WriteString(`" y="`)
	c.number(y)
	c.b.WriteString(`" text-anchor="` + anchor + `" fill="` + colour + `" font-size="` + strconv.Itoa(size) + `">` + html.EscapeString(text) + `</text>`)
}

// The shapes of points.
const (
	circle   = "circle"
	hollow   = "hollow"
	up       = "up"
	down     = "down"
	diamond  = "diamond"
	cross    = "cross"
	square   = "square"
	dashMark = "dash"
)

func (c *canvas) mark(shape string, x, y, r float64, colour, says string) {
	open, closed := ">", "</path>"
	if says != "" {
		open += "<title>" + html.EscapeString(says) + "</title>"
	}
	d := ""
	p := func(format string, v ...any) { d += fmt.Sprintf(format, v...) }
	switch shape {
	case up:
		p("M%.1f %.1fL%.1f %.1fL%.1f %.1fZ", x, y-r*1.25, x+r*1.15, y+r*.85, x-r*1.15, y+r*.85)
	case down:
		p("M%.1f %.1fL%.1f %.1fL%.1f %.1fZ", x, y+r*1.25, x+r*1.15, y-r*.85, x-r*1.15, y-r*.85)
	case diamond:
		p("M%.1f %.1fL%.1f %.1fL%.1f %.1fL%.1f %.1fZ", x, y-r*1.3, x+r*1.3, y, x, y+r*1.3, x-r*1.3, y)
	case square:
		p("M%.1f %.1fh%.1fv%.1fh%.1fZ", x-r*.8, y-r*.8, r*1.6, r*1.6, -r*1.6)
	case cross:
		p("M%.1f %.1fL%.1f %.1fM%.1f %.1fL%.1f %.1f", x-r*.8, y-r*.8, x+r*.8, y+r*.8, x-r*.8, y+r*.8, x+r*.8, y-r*.8)
	case dashMark:
		p("M%.1f %.1fL%.1f %.1f", x-r, y, x+r, y)
	default:
		fill := colour
		if shape == hollow {
			fill = "#fff"
		}
		fmt.Fprintf(&c.b, `<circle cx="%.1f" cy="%.1f" r="%.1f" fill="%s" stroke="%s" stroke-width="1.5"%s</circle>`, x, y, r, fill, inkColour, open)
		return
	}
	fill, width := colour, 1.5
	if shape == cross || shape == dashMark {
		fill, width = "none", 2
	}
	fmt.Fprintf(&c.b, `<path fill="%s" stroke="%s" stroke-width="%.1f" d="%s"%s%s`, fill, inkColour, width, d, open, closed)
}

// svg closes the drawing.
func (c *canvas) svg(says string) string {
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" aria-label="%s" font-family="Arial, sans-serif"><rect width="100%%" height="100%%" fill="#fff"/>%s</svg>`,
		c.width, c.height, c.width, c.height, html.EscapeString(says), c.b.String())
}

func keyMark(shape, colour, text string) Mark {
	c := canvas{width: 24, height: 18}
	switch shape {
	case "line":
		c.line(1, 9, 23, 9, colour, 2, "")
	case "dashes":
		c.line(1, 9, 23, 9, colour, 2, "5 4")
	case "dots":
		c.line(1, 9, 23, 9, colour, 2, "2 3")
	default:
		c.mark(shape, 12, 9, 6, colour, "")
	}
	return Mark{strings.Replace(strings.Replace(c.svg(""), ` role="img" aria-label=""`, ` aria-hidden="true" focusable="false"`, 1), `<rect width="100%" height="100%" fill="#fff"/>`, "", 1), text}
}

// scale puts values on a side of a drawing.
type scale struct {
	low, high  float64
	from, to   float64
	ticks      []float64
	digits     int // of the ticks
	definition *metric.Definition
}

// newScale spans values with at most eight round steps; a share of 100 stays within it.
func newScale(d *metric.Definition, values []float64, from, to float64) scale {
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if measure.Exists(v) {
			low, high = math.Min(low, v), math.Max(high, v)
		}
	}
	if low > high {
		low, high = 0, 1
	}
	if low == high {
		pad := math.Max(math.Abs(low)*.1, 1)
		low, high = low-pad, high+pad
	}
	pad := (high - low) * .06
	low, high = low-pad, high+pad
	if d.Unit != "count" || low < 0 {
		low = math.Max(low, 0)
	}
	if d.Unit == "proportion" {
		high = math.Min(high, d.Multiplier)
	}
	s := scale{low: low, high: high, from: from, to: to, definition: d}
	s.ticks, s.digits = steps(low, high)
	return s
}

// steps are round values within a range, at most eight, and how many decimals they need.
func steps(low, high float64) (list []float64, digits int) {
	step := math.Pow(10, math.Floor(math.Log10((high-low)/4)))
	for _, by := range []float64{1, 2, 2.5, 5, 10} {
		if (high-low)/(step*by) <= 7 {
			step *= by
			break
		}
	}
	for i := math.Ceil(low/step - 1e-9); i*step <= high+1e-9*step; i++ {
		list = append(list, i*step)
	}
	for at := step; math.Abs(at-math.Round(at)) > 1e-6*at && digits < 6; at *= 10 {
		digits++
	}
	return list, digits
}

// at places a value; values beyond the ends are drawn at them.
func (s *scale) at(v float64) float64 {
	if math.IsNaN(v) {
		return v
	}
	v = math.Min(math.Max(v, s.low), s.high)
	return s.from + (v-s.low)/(s.high-s.low)*(s.to-s.from)
}

func (s *scale) label(v float64) string {
	text := grouped(strconv.FormatFloat(v, 'f', s.digits, 64))
	if s.definition.Unit == "proportion" && s.definition.Multiplier == 100 {
		text += "%"
	}
	return text
}

// Sizes of a chart over time, in pixels.
const (
	chartWidth  = 960
	chartHeight = 380
	chartLeft   = 64
	chartRight  = 830 // labels of lines stand behind it
	chartTop    = 40
	chartBottom = 300
	absentAt    = 318 // where absences are marked
)

// DrawSeries draws a series over time: a control chart where there are points
// enough for its rules, a run chart until then. plain leaves rebases out. who names
// the organisation.
func DrawSeries(x *Series, p measure.Profile, plain bool, who string) *Drawing {
	d := x.Subject.Definition
	c := &canvas{width: chartWidth, height: chartHeight}
	charts := make([]*measure.Chart, len(x.Stretches))
	values := []float64{}
	for i, of := range x.Stretches {
		charts[i], _ = x.Chart(of, p, plain) // a stretch without points has none
		values = append(values, reach(d, charts[i], x.Subject.NoRules() == "")...)
	}
	y := newScale(d, values, chartBottom, chartTop)
	n := len(x.Points)
	across := func(i int) float64 {
		return chartLeft + 16 + (chartRight-chartLeft-32)*(float64(i)+.5)/float64(max(n, 1))
	}
	for _, t := range y.ticks {
		c.line(chartLeft, y.at(t), chartRight, y.at(t), gridColour, 1, "")
		c.text(chartLeft-8, y.at(t)+4, "end", softColour, 13, y.label(t))
	}
	every := 1 + (n-1)/10
	for i := range x.Points {
		if (n-1-i)%every == 0 {
			q := x.Points[i].Period
			c.text(across(i), chartBottom+44, "middle", softColour, 13, "Q"+strconv.Itoa(q.Quarter))
			c.text(across(i), chartBottom+60, "middle", softColour, 13, strconv.Itoa(q.Year)+"/"+fmt.Sprintf("%02d", (q.Year+1)%100))
		}
	}
	drawn := &Drawing{Foot: "Control charts: " + p.String() + "."}
	x.annotate(c, across)
	judged, used := false, map[string]bool{}
	for i, of := range x.Stretches {
		if of.Because != "" {
			at := (across(of.From) + across(max(of.From-1, 0))) / 2
			c.line(at, chartTop-8, at, absentAt, inkColour, 1.5, "")
			c.text(at+4, chartTop-10, "start", inkColour, 13, "a new series")
		}
		if charts[i] != nil {
			judged = x.drawStretch(c, charts[i], of, &y, across, used, i == len(x.Stretches)-1) || judged
		}
	}
	x.markAbsent(c, across, used)
	drawn.ID, drawn.Title = "series", capital(x.finding(who))
	drawn.Says = x.inWords(who, judged)
	drawn.Key = seriesKey(used, judged)
	drawn.SVG = c.svg(drawn.Says)
	return drawn
}

// reach are the values that a chart must have room for; limits are cut to what is possible.
func reach(d *metric.Definition, chart *measure.Chart, rules bool) []float64 {
	if chart == nil {
		return nil
	}
	var values []float64
	for _, p := range chart.Points {
		values = append(values, p.Value)
	}
	for _, s := range chart.Sections {
		if s.Judged && rules && measure.Exists(s.Limits.Lower) {
			values = append(values, math.Max(0, s.Limits.Lower), s.Limits.Upper)
		}
	}
	if measure.Exists(chart.Target) {
		values = append(values, chart.Target)
	}
	if d.Unit == "proportion" {
		for i := range values {
			values[i] = math.Min(values[i], d.Multiplier)
		}
	}
	return values
}

func (x *Series) annotate(c *canvas, across func(int) float64) {
	for _, a := range x.Subject.Definition.Annotations {
		q := metric.QuarterOf(a.Date)
		for i := range x.Points {
			if x.Points[i].Period.Compare(q) == 0 {
				c.line(across(i), 20, across(i), chartBottom, softColour, 1, "2 4")
				c.text(across(i), 15, "middle", softColour, 13, a.Label)
			}
		}
	}
}

// drawStretch draws the lines and points of one stretch, and says whether its rules
// apply.
func (x *Series) drawStretch(c *canvas, chart *measure.Chart, of Stretch, y *scale, across func(int) float64, used map[string]bool, last bool) bool {
	index := make([]int, 0, len(chart.Points)) // of each point of the chart, that of the series
	for i := of.From; i < of.To; i++ {
		if x.Points[i].Has() {
			index = append(index, i)
		}
	}
	judged := false
	rules := x.Subject.NoRules() == ""
	if measure.Exists(chart.Target) {
		c.line(across(of.From)-10, y.at(chart.Target), across(of.To-1)+10, y.at(chart.Target), measure.TargetColour, 2, "8 3")
		used["target"] = true
		if last {
			c.text(chartRight+6, y.at(chart.Target)+4, "start", measure.TargetColour, 13, "target "+Shown(x.Subject.Definition, chart.Target))
		}
	}
	for n, s := range chart.Sections {
		from, to := across(index[s.From])-10, across(index[s.To-1])+10
		if n > 0 {
			c.text(from+4, chartTop+2, "start", inkColour, 13, "rebased")
		}
		end := last && n == len(chart.Sections)-1
		if !s.Judged || !rules {
			centre := median(chart.Points[s.From:s.To])
			c.line(from, y.at(centre), to, y.at(centre), lineColour, 1.5, "")
			used["median"] = true
			if end {
				c.text(chartRight+6, y.at(centre)+4, "start", lineColour, 13, "median "+Shown(x.Subject.Definition, centre))
			}
			continue
		}
		judged = true
		c.line(from, y.at(s.Mean), to, y.at(s.Mean), inkColour, 1.5, "")
		if end {
			x.endLabels(c, y, &s, chart.Target)
		}
		if measure.Exists(s.Limits.Lower) {
			c.line(from, y.at(s.Limits.Lower), to, y.at(s.Limits.Lower), lineColour, 1.5, "6 4")
			c.line(from, y.at(s.Limits.Upper), to, y.at(s.Limits.Upper), lineColour, 1.5, "6 4")
		}
	}
	x.drawPoints(c, chart, index, y, across, used)
	return judged
}

// endLabels names mean and limits at the end of their lines, apart from one another.
func (x *Series) endLabels(c *canvas, y *scale, s *measure.Section, target float64) {
	type label struct {
		at   float64
		text string
	}
	d := x.Subject.Definition
	list := []label{{y.at(s.Mean), "mean " + Shown(d, s.Mean)}}
	if measure.Exists(s.Limits.Lower) && s.Limits.Upper > s.Limits.Lower {
		list = append(list, label{y.at(s.Limits.Upper), "upper " + Shown(d, s.Limits.Upper)}, label{y.at(s.Limits.Lower), "lower " + Shown(d, s.Limits.Lower)})
	}
	slices.SortFunc(list, func(a, b label) int { return cmp.Compare(a.at, b.at) })
	least := math.Inf(-1)
	for _, l := range list {
		at := math.Max(l.at, least)
		if measure.Exists(target) && math.Abs(at-y.at(target)) < 15 {
			at = y.at(target) + 15
		}
		c.text(chartRight+6, at+4, "start", inkColour, 13, l.text)
		least = at + 15
	}
}

func (x *Series) drawPoints(c *canvas, chart *measure.Chart, index []int, y *scale, across func(int) float64, used map[string]bool) {
	for _, s := range chart.Sections {
		xs, ys := make([]float64, 0, s.To-s.From), make([]float64, 0, s.To-s.From)
		for i := s.From; i < s.To; i++ {
			if i > s.From && index[i] > index[i-1]+1 { // a gap stays a gap
				xs, ys = append(xs, 0), append(ys, math.NaN())
			}
			xs, ys = append(xs, across(index[i])), append(ys, y.at(chart.Points[i].Value))
		}
		c.path(xs, ys, softColour, 1.5, "")
	}
	rules := x.Subject.NoRules() == ""
	for i := range chart.Points {
		p := &chart.Points[i]
		icon := p.Icon
		if !rules {
			icon = measure.NoIcon
		}
		shape, colour, word := shapeOf(icon)
		used[word] = true
		says := x.Points[index[i]].Period.String() + ": " + Shown(x.Subject.Definition, p.Value)
		if rules && p.Cause != measure.NotJudged && p.Cause != measure.CommonCause {
			says += ", " + p.Cause.String()
		}
		c.mark(shape, across(index[i]), y.at(p.Value), 5.5, colour, says)
	}
}

// shapeOf gives the mark of a kind of point: shape, colour and word.
func shapeOf(icon measure.Icon) (shape, colour, word string) {
	switch icon {
	case measure.ImprovementHigh:
		return up, icon.Colour(), "improvement"
	case measure.ImprovementLow:
		return down, icon.Colour(), "improvement"
	case measure.ConcernHigh:
		return up, icon.Colour(), "concern"
	case measure.ConcernLow:
		return down, icon.Colour(), "concern"
	case measure.NeutralHigh, measure.NeutralLow:
		return diamond, icon.Colour(), "neutral"
	case measure.Common:
		return circle, plainColour, "common"
	}
	return hollow, "#fff", "plain"
}

func median(points []measure.Point) float64 {
	values := make([]float64, len(points))
	for i := range points {
		values[i] = points[i].Value
	}
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}

// absenceOf gives the mark of an absence.
func absenceOf(p *Point) (shape, word string) {
	switch {
	case p.State == metric.Suppressed:
		return square, "suppressed"
	case p.State == metric.NotApplicable:
		return dashMark, "not applicable"
	case !p.Has() && p.Came && p.State != metric.NotSubmitted:
		return dashMark, "out of nothing"
	}
	return cross, "not submitted"
}

func (x *Series) markAbsent(c *canvas, across func(int) float64, used map[string]bool) {
	for i := range x.Points {
		p := &x.Points[i]
		if p.Has() {
			continue
		}
		shape, word := absenceOf(p)
		used[word] = true
		c.mark(shape, across(i), absentAt, 5, "#fff", p.Period.String()+": "+word)
	}
}

func seriesKey(used map[string]bool, judged bool) []Mark {
	var list []Mark
	if judged {
		list = append(list, keyMark("line", inkColour, "mean"), keyMark("dashes", lineColour, "control limits"))
	}
	for _, k := range []struct{ word, shape, colour, text string }{
		{"median", "line", lineColour, "median"}, {"target", "dashes", measure.TargetColour, "target"}, {"common", circle, plainColour, "common cause"},
		{"improvement", up, measure.ImprovementHigh.Colour(), "special cause, improvement: points the way it goes"}, {"concern", down, measure.ConcernLow.Colour(), "special cause, concern: points the way it goes"},
		{"neutral", diamond, measure.NeutralHigh.Colour(), "special cause, no judgement"}, {"plain", hollow, "#fff", "not judged"},
		{"not submitted", cross, "#fff", "not submitted"}, {"suppressed", square, "#fff", "suppressed"}, {"not applicable", dashMark, "#fff", "not applicable"}, {"out of nothing", dashMark, "#fff", "out of nothing"},
	} {
		if used[k.word] {
			list = append(list, keyMark(k.shape, k.colour, k.text))
		}
	}
	return list
}

// Finding says in a sentence what the last point of a series says.
func (x *Series) finding(who string) string {
	d, p := x.Subject.Definition, x.LastPoint()
	if p == nil {
		return "no figure of " + who + " can be shown"
	}
	value := Shown(d, p.Value) + ", " + who + ", " + p.Period.String()
	switch {
	case !x.Judged:
		return value
	case x.Cause == measure.CommonCause:
		return value + ": within what is usual"
	}
	way, judgement := wayOf(x.Variation, p.Value, x.Mean)
	switch judgement {
	case "improvement":
		return value + ": unusually " + way + ", an improvement"
	case "concern":
		return value + ": unusually " + way + ", a concern"
	}
	return value + ": unusually " + way
}

// Finding is the sentence that heads the chart of a series.
func (x *Series) Finding(who string) string { return x.finding(who) }

func (x *Series) inWords(who string, judged bool) string {
	d := x.Subject.Definition
	text := x.finding(who) + ". " + strconv.Itoa(x.Count) + " figures of " + d.Title
	if judged {
		text += fmt.Sprintf("; mean %s, limits %s to %s", Shown(d, x.Mean), Shown(d, x.Limits.Lower), Shown(d, x.Limits.Upper))
	}
	if measure.Exists(x.Target) {
		text += "; target " + Shown(d, x.Target)
	}
	return text + ". The table has every figure."
}

// DrawFunnel draws a funnel; those outside the limits and the one that is asked
// about are named.
func DrawFunnel(s *Subject, f *Funnel, asked string, name Names) *Drawing {
	d := s.Definition
	c := &canvas{width: chartWidth, height: chartBottom + 56}
	most := 0.0
	values := []float64{f.Centre}
	for i := range f.Units {
		most = math.Max(most, f.Units[i].Denominator)
		values = append(values, f.Units[i].Value)
	}
	least := most / 60
	for i := range f.Units {
		l := f.LimitsAt(math.Max(f.Units[i].Denominator, least))
		values = append(values, math.Max(0, l.Alarm.Lower), l.Alarm.Upper)
	}
	y := newScale(d, values, chartBottom, chartTop)
	x := scale{low: 0, high: most * 1.06, from: chartLeft + 8, to: chartRight, definition: &metric.Definition{Unit: "count"}}
	for _, t := range y.ticks {
		c.line(chartLeft, y.at(t), chartRight, y.at(t), gridColour, 1, "")
		c.text(chartLeft-8, y.at(t)+4, "end", softColour, 13, y.label(t))
	}
	x.ticks, x.digits = steps(0, x.high)
	for _, t := range x.ticks {
		c.text(x.at(t), chartBottom+20, "middle", softColour, 13, x.label(t))
	}
	c.text((chartLeft+chartRight)/2, chartBottom+42, "middle", softColour, 13, cmp.Or(d.Denominator, "denominator"))
	const steps = 90
	var xs []float64
	var curves [4][]float64
	for i := range steps + 1 {
		at := least + (x.high-least)*float64(i)/steps
		l := f.LimitsAt(at)
		xs = append(xs, x.at(at))
		for j, v := range []float64{l.Alert.Lower, l.Alert.Upper, l.Alarm.Lower, l.Alarm.Upper} {
			if v < y.low || v > y.high {
				v = math.NaN()
			}
			curves[j] = append(curves[j], y.at(v))
		}
	}
	for j, ys := range curves {
		dash := "6 4"
		if j > 1 {
			dash = ""
		}
		c.path(xs, ys, lineColour, 1.5, dash)
	}
	c.line(chartLeft+8, y.at(f.Centre), chartRight, y.at(f.Centre), inkColour, 1.5, "")
	c.text(chartRight+6, y.at(f.Centre)+4, "start", inkColour, 13, "average "+Shown(d, f.Centre))
	outside := drawUnits(c, d, f, &x, &y, asked, name)
	drawn := &Drawing{ID: "funnel", Title: funnelFinding(outside, len(f.Units), f.Period), Foot: f.Foot()}
	drawn.Says = fmt.Sprintf("%s. %d organisations by %s, in %s; average %s. The table of organisations has every figure.", drawn.Title, len(f.Units), cmp.Or(d.Denominator, "size"), f.Period, Shown(d, f.Centre))
	drawn.Key = []Mark{keyMark("line", inkColour, "average"), keyMark("dashes", lineColour, "95% limits"), keyMark("line", lineColour, "99.8% limits"), keyMark(circle, plainColour, "within"), keyMark(hollow, "#fff", "beyond 95%"), keyMark(diamond, measure.NeutralHigh.Colour(), "beyond 99.8%")}
	drawn.SVG = c.svg(drawn.Says)
	return drawn
}

// drawUnits draws the organisations and gives how many are beyond the 99.8% limits.
func drawUnits(c *canvas, d *metric.Definition, f *Funnel, x, y *scale, asked string, name Names) (outside int) {
	for i := range f.Units {
		u := &f.Units[i]
		shape, colour := circle, plainColour
		switch {
		case u.Stands.Alarm:
			shape, colour = diamond, measure.NeutralHigh.Colour()
			outside++
		case u.Stands.Side != measure.Within:
			shape = hollow
		}
		mine := u.Series.Organisation == asked
		r := 5.0
		if mine {
			r = 7.5
		}
		c.mark(shape, x.at(u.Denominator), y.at(u.Value), r, colour, name(u.Series.Organisation)+": "+Shown(d, u.Value))
		if mine || u.Stands.Alarm {
			c.text(x.at(u.Denominator)+10, y.at(u.Value)-7, "start", inkColour, 13, u.Series.Organisation)
		}
	}
	return outside
}

func funnelFinding(outside, all int, q metric.Quarter) string {
	switch outside {
	case 0:
		return fmt.Sprintf("None of %d organisations stands out in %s", all, q)
	case 1:
		return fmt.Sprintf("1 of %d organisations stands out in %s", all, q)
	}
	return fmt.Sprintf("%d of %d organisations stand out in %s", outside, all, q)
}

// Foot says by what the limits of a funnel were made.
func (f *Funnel) Foot() string {
	text := "Limits: FunnelPlotR 0.6.0, " + string(f.Kind)
	if f.Widened {
		text += fmt.Sprintf(", widened for variation between organisations beyond chance (dispersion %.2f)", f.Phi)
	} else {
		text += ", those of chance alone"
	}
	return strings.TrimSpace(text + ". " + f.Note)
}

// Sizes of ranked bars.
const (
	rankLeft = 300
	rankStep = 24
	rankTop  = 34
)

// DrawRanked draws the figures of one quarter as bars, in order of their value.
func DrawRanked(s *Subject, q metric.Quarter, asked string, name Names) *Drawing {
	d := s.Definition
	type bar struct {
		series *Series
		p      *Point
	}
	var list []bar
	for _, x := range s.Series {
		if p := x.At(q); p != nil && p.Has() {
			list = append(list, bar{x, p})
		}
	}
	slices.SortStableFunc(list, func(a, b bar) int { return cmp.Compare(b.p.Value, a.p.Value) })
	c := &canvas{width: chartWidth, height: rankTop + rankStep*len(list) + 12}
	high := 0.0
	for _, x := range list {
		high = math.Max(high, x.p.Value)
	}
	if high == 0 {
		high = 1
	}
	across := func(v float64) float64 { return rankLeft + v/high*(chartRight-rankLeft) }
	for i, x := range list {
		at := float64(rankTop + rankStep*i)
		colour := plainColour
		if x.series.Organisation == asked {
			colour = "#005eb8"
		}
		c.text(rankLeft-8, at+16, "end", inkColour, 14, clip(name(x.series.Organisation), 38))
		fmt.Fprintf(&c.b, `<rect x="%d" y="%.1f" width="%.1f" height="%d" fill="%s" stroke="%s"/>`, rankLeft, at+3, math.Max(across(x.p.Value)-rankLeft, 1), rankStep-7, colour, inkColour)
		c.text(across(x.p.Value)+6, at+16, "start", inkColour, 14, Shown(d, x.p.Value))
	}
	if p := s.Whole.At(q); p != nil && p.Has() && d.Denominator != "" {
		c.line(across(p.Value), rankTop-4, across(p.Value), float64(c.height-8), inkColour, 2, "6 4")
		c.text(across(p.Value), rankTop-12, "middle", inkColour, 13, "all together "+Shown(d, p.Value))
	}
	drawn := &Drawing{ID: "ranked", Foot: "The highest first."}
	drawn.Title = "No organisation has a figure in " + q.String()
	if len(list) > 0 {
		first, last := list[0], list[len(list)-1]
		drawn.Title = fmt.Sprintf("From %s to %s in %s", Shown(d, last.p.Value), Shown(d, first.p.Value), q)
	}
	drawn.Says = fmt.Sprintf("%s: %d organisations in order. The table of organisations has every figure.", drawn.Title, len(list))
	drawn.SVG = c.svg(drawn.Says)
	return drawn
}

func clip(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

func capital(s string) string {
	r := []rune(s)
	return strings.ToUpper(string(r[:1])) + string(r[1:])
}
