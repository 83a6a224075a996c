// Package quality knows how services fare by their metrics: figures as series that
// may be compared, control charts and funnels of them, what stands out and by
// which rule, and alerts with a life of their own. It is pure: figures come in, and
// the same figures give the same board.
//
// A figure that is absent is absent in one of four ways, which stay apart: a zero
// is a figure; not submitted, suppressed and not applicable are not. A series is
// parted wherever what is counted changes, and its parts are never joined.
package quality

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"remit/measure"
	"remit/metric"
)

// Figure is what one organisation says of one metric of one service in a quarter.
// Meaning is the digest of the definition that it was counted by.
type Figure struct {
	Organisation, Service, Metric string
	Version                       int
	Meaning                       string
	Period                        metric.Quarter
	State                         metric.State
	Numerator, Denominator        float64 // NaN where there is none
	Note                          string
	Return                        int64 // the return that it came with
}

// Options are what a board is made with.
type Options struct {
	Profile measure.Profile
	// Definition finds the definition of a version that has a meaning; nil for none.
	Definition func(id string, version int, meaning string) *metric.Definition
	Rebases    []metric.Rebase
	// Withhold keeps small numbers back; nil: nothing is but what definitions themselves
	// withhold.
	Withhold *Withholding
	Workers  int // 0: one
}

// Withholding is a rule for small numbers. Small says whether a count may not be
// shown, Round gives a count as it may be.
type Withholding struct {
	Small func(count float64) bool
	Round func(count float64) float64
	Says  string
}

// Board is everything that pages show, worked out before they are asked for.
type Board struct {
	Profile  measure.Profile
	Withhold *Withholding
	Subjects []*Subject // by service and metric
	Latest   metric.Quarter

	of map[string][]*Series // by organisation, in the order of the subjects
}

// Subject is one metric of one service.
type Subject struct {
	Service, Metric string
	Definition      *metric.Definition // the latest by which there are figures
	First, Latest   metric.Quarter
	Series          []*Series // by organisation
	Whole           *Series   // all organisations together
	Funnel          *Funnel   // of the latest quarter; nil where there is none
	NoFunnel        string    // why there is none

	options *Options
}

// Point is one period of a series. State is as it may be shown: a figure that is
// withheld is suppressed, and Withheld says by what.
type Point struct {
	Period                 metric.Quarter
	State                  metric.State
	Came                   bool // a return said so; otherwise nothing came
	Value                  float64
	Numerator, Denominator float64
	Version                int
	Meaning                string
	Note, Withheld         string
	Return                 int64
}

// Has says whether the point has a value.
func (p *Point) Has() bool { return measure.Exists(p.Value) }

// Stretch is points From to To-1 of a series, which count the same thing. Because
// says why it is not one with those before; blank for the first.
type Stretch struct {
	From, To   int
	Definition *metric.Definition // of its last figure; nil: it is not to be had
	Because    string
}

// Series is the points of one organisation, in order and without gaps: a quarter
// of which nothing came has a point that says so.
type Series struct {
	Subject      *Subject
	Organisation string // blank: all together
	Points       []Point
	Stretches    []Stretch
	Summary
}

// Summary is what the last stretch of a series comes to. Last is the index of its
// last point with a value, -1 for none; Before of the one before that.
type Summary struct {
	Last, Before   int
	Count          int // points with a value
	Variation      measure.Icon
	Assurance      measure.Assurance
	Cause          measure.Cause
	Judged         bool // the rules of the control chart apply
	Mean           float64
	Limits         measure.Limits
	Stands         measure.Significance // on the funnel of the latest quarter
	OnFunnel       bool
	Improving      measure.Better // what the last point does, of itself: Higher is improving
	Target         float64
	AltersBaseline bool // a rebase holds
}

// LastPoint is the last point with a value, or nil.
func (s *Series) LastPoint() *Point {
	if s.Last < 0 {
		return nil
	}
	return &s.Points[s.Last]
}

// Current says whether the series has a value in the latest quarter of its subject.
func (s *Series) Current() bool {
	return s.Last >= 0 && s.Points[s.Last].Period == s.Subject.Latest
}

// Of gives the series of an organisation.
func (b *Board) Of(organisation string) []*Series { return b.of[organisation] }

// Organisations are those that have series, in order.
func (b *Board) Organisations() []string {
	var list []string
	for code := range b.of {
		list = append(list, code)
	}
	slices.Sort(list)
	return list
}

// Find gives a metric of a service; of any service where that is blank. Nil for none.
func (b *Board) Find(service, id string) *Subject {
	for _, s := range b.Subjects {
		if s.Metric == id && (service == "" || s.Service == service) {
			return s
		}
	}
	return nil
}

// Of gives the series of an organisation, nil for none; blank is all together.
func (s *Subject) Of(organisation string) *Series {
	if organisation == "" {
		return s.Whole
	}
	for _, x := range s.Series {
		if x.Organisation == organisation {
			return x
		}
	}
	return nil
}

// Build makes a board of figures. Of two figures of one organisation, service,
// metric and quarter the later in the list counts. The list is put in order.
func Build(figures []Figure, o Options) *Board {
	b := &Board{Profile: o.Profile, Withhold: o.Withhold, of: map[string][]*Series{}}
	slices.SortStableFunc(figures, func(x, y Figure) int {
		return cmp.Or(strings.Compare(x.Service, y.Service), strings.Compare(x.Metric, y.Metric), strings.Compare(x.Organisation, y.Organisation), x.Period.Compare(y.Period))
	})
	var parts [][]Figure
	for from := 0; from < len(figures); {
		to := from + 1
		for to < len(figures) && figures[to].Service == figures[from].Service && figures[to].Metric == figures[from].Metric {
			to++
		}
		parts = append(parts, figures[from:to])
		from = to
	}
	b.Subjects = make([]*Subject, len(parts))
	each(len(parts), o.Workers, func(i int) { b.Subjects[i] = build(parts[i], &o) })
	b.Subjects = slices.DeleteFunc(b.Subjects, func(s *Subject) bool { return s == nil })
	for _, s := range b.Subjects {
		if b.Latest.Compare(s.Latest) < 0 {
			b.Latest = s.Latest
		}
		for _, x := range s.Series {
			b.of[x.Organisation] = append(b.of[x.Organisation], x)
		}
	}
	return b
}

// each does something for 0 to n-1, with so many workers.
func each(n, workers int, do func(i int)) {
	next := make(chan int)
	var wait sync.WaitGroup
	for range max(1, workers) {
		wait.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wait.Wait()
}

// build makes one subject of its figures, which are in order of organisation and
// period. It is nil where no definition is to be had.
func build(figures []Figure, o *Options) *Subject {
	s := &Subject{Service: figures[0].Service, Metric: figures[0].Metric, options: o}
	last := figures[0]
	s.First, s.Latest = last.Period, last.Period
	for i := range figures {
		f := &figures[i]
		if f.Period.Compare(s.First) < 0 {
			s.First = f.Period
		}
		if f.Period.Compare(s.Latest) > 0 {
			s.Latest = f.Period
		}
		if f.Version > last.Version || f.Version == last.Version && f.Period.Compare(last.Period) >= 0 {
			last = *f
		}
	}
	if s.Definition = o.Definition(last.Metric, last.Version, last.Meaning); s.Definition == nil {
		return nil
	}
	for from := 0; from < len(figures); {
		to := from + 1
		for to < len(figures) && figures[to].Organisation == figures[from].Organisation {
			to++
		}
		s.Series = append(s.Series, s.series(figures[from:to]))
		from = to
	}
	s.Whole = s.whole()
	s.Whole.summarise()
	for _, x := range s.Series {
		x.summarise()
	}
	f, err := s.FunnelOn(s.Latest, true)
	if err != nil {
		s.NoFunnel = err.Error()
	}
	s.Funnel = f
	if f != nil {
		for i := range f.Units {
			u := &f.Units[i]
			u.Series.Stands, u.Series.OnFunnel = u.Stands, true
		}
	}
	return s
}

// step is how many quarters there are from one period to the next.
func (s *Subject) step() int {
	if s.Definition.Period == "year" {
		return 4
	}
	return 1
}

// series makes the points of one organisation, from its first figure to the latest
// quarter of the subject.
func (s *Subject) series(figures []Figure) *Series {
	x := &Series{Subject: s, Organisation: figures[0].Organisation}
	n := 0
	x.Points = make([]Point, 0, (s.Latest.Compare(figures[0].Period)/s.step())+1)
	for q := figures[0].Period; q.Compare(s.Latest) <= 0; q = q.Next(s.step()) {
		for n < len(figures) && figures[n].Period.Compare(q) < 0 {
			n++
		}
		p := Point{Period: q, State: metric.NotSubmitted, Value: math.NaN(), Numerator: math.NaN(), Denominator: math.NaN()}
		for n < len(figures) && figures[n].Period == q {
			p = s.point(&figures[n])
			n++
		}
		x.Points = append(x.Points, p)
	}
	x.part()
	return x
}

// point takes a figure as it may be shown.
func (s *Subject) point(f *Figure) Point {
	p := Point{Period: f.Period, State: f.State, Came: true, Value: math.NaN(), Numerator: f.Numerator, Denominator: f.Denominator, Version: f.Version, Meaning: f.Meaning, Note: f.Note, Return: f.Return}
	if p.State != metric.Submitted && p.State != metric.Zero {
		return p
	}
	d := s.options.Definition(f.Metric, f.Version, f.Meaning)
	if d == nil {
		p.State, p.Withheld = metric.Suppressed, "Its definition is not to be had."
	} else if p.Withheld = s.withheld(d, f); p.Withheld != "" {
		p.State = metric.Suppressed
	}
	if p.State == metric.Suppressed {
		p.Numerator, p.Denominator = math.NaN(), math.NaN()
		return p
	}
	if w := s.options.Withhold; w != nil && counts(d) {
		p.Numerator = w.Round(p.Numerator)
		if d.Unit == "proportion" {
			p.Denominator = w.Round(p.Denominator)
		}
	}
	p.Value = metric.Entry{Numerator: p.Numerator, Denominator: p.Denominator}.Value(d)
	return p
}

// counts says whether the numerator of a metric counts people or events.
func counts(d *metric.Definition) bool {
	return d.Unit == "proportion" || d.Unit == "rate" || d.Unit == "ratio" || d.Unit == "count"
}

// withheld says why a figure is not shown; blank: it is.
func (s *Subject) withheld(d *metric.Definition, f *Figure) string {
	if d.Denominator != "" && f.Denominator > 0 && f.Denominator < d.Least {
		return "The denominator is under the least that the metric is shown for."
	}
	w := s.options.Withhold
	if w == nil {
		return ""
	}
	small := counts(d) && w.Small(f.Numerator) || d.Unit == "mean" && w.Small(f.Denominator)
	if d.Unit == "proportion" && (w.Small(f.Denominator) || w.Small(f.Denominator-f.Numerator)) {
		small = true
	}
	if small {
		return w.Says
	}
	return ""
}

// part finds the stretches whose figures count the same thing.
func (x *Series) part() {
	x.Stretches = []Stretch{{To: len(x.Points)}}
	definition := x.Subject.options.Definition
	before := -1 // the last point that came
	for i := range x.Points {
		p := &x.Points[i]
		if !p.Came {
			continue
		}
		d := definition(x.Subject.Metric, p.Version, p.Meaning)
		if before >= 0 && p.Meaning != x.Points[before].Meaning {
			old := &x.Points[before]
			switch {
			case p.Version > old.Version && d != nil && d.Continues:
			case p.Version != old.Version:
				x.begin(i, "Version "+strconv.Itoa(p.Version)+" of the definition counts otherwise than version "+strconv.Itoa(old.Version)+".")
			default:
				x.begin(i, "The definition was altered without a new version: these figures are not one series with those before.")
			}
		}
		x.Stretches[len(x.Stretches)-1].Definition = d
		before = i
	}
}

func (x *Series) begin(at int, because string) {
	x.Stretches[len(x.Stretches)-1].To = at
	x.Stretches = append(x.Stretches, Stretch{From: at, To: len(x.Points), Because: because})
}

// whole adds all organisations, period by period. A period has a value where one
// of them has; Note says of how many.
func (s *Subject) whole() *Series {
	x := &Series{Subject: s}
	for q := s.First; q.Compare(s.Latest) <= 0; q = q.Next(s.step()) {
		x.Points = append(x.Points, s.Total(q, s.Series))
	}
	x.part()
	return x
}

// Total adds the figures of some series in a quarter. Those without a figure are
// left out, and Note says how many there were.
func (s *Subject) Total(q metric.Quarter, of []*Series) Point {
	p := Point{Period: q, State: metric.NotSubmitted, Value: math.NaN(), Numerator: math.NaN(), Denominator: math.NaN()}
	n, d, with, all := 0.0, 0.0, 0, 0
	for _, x := range of {
		y := x.At(q)
		if y == nil {
			continue
		}
		all++
		if y.Came && p.Version <= y.Version {
			p.Version, p.Meaning, p.Came = y.Version, y.Meaning, true
		}
		if !y.Has() {
			continue
		}
		with++
		n += y.Numerator
		if measure.Exists(y.Denominator) {
			d += y.Denominator
		}
	}
	p.Note = strconv.Itoa(with) + " of " + strconv.Itoa(all)
	definition := s.Definition
	if p.Came {
		definition = s.options.Definition(s.Metric, p.Version, p.Meaning)
	}
	if with == 0 || definition == nil {
		return p
	}
	p.State, p.Numerator = metric.Submitted, n
	if n == 0 {
		p.State = metric.Zero
	}
	switch {
	case definition.Unit == "yes or no":
		p.Denominator, p.Value = float64(with), n/float64(with)*definition.Multiplier
	case definition.Denominator == "":
		p.Value = n * definition.Multiplier
	default:
		p.Denominator = d
		p.Value = metric.Entry{Numerator: n, Denominator: d}.Value(definition)
	}
	return p
}

// At is the point of a period, nil where the series has none.
func (x *Series) At(q metric.Quarter) *Point {
	i, found := slices.BinarySearchFunc(x.Points, q, func(p Point, q metric.Quarter) int { return p.Period.Compare(q) })
	if !found {
		return nil
	}
	return &x.Points[i]
}

// Together adds some series of the subject into one, as for an area.
func (s *Subject) Together(of []*Series) *Series {
	x := &Series{Subject: s}
	for q := s.First; q.Compare(s.Latest) <= 0; q = q.Next(s.step()) {
		x.Points = append(x.Points, s.Total(q, of))
	}
	x.part()
	x.summarise()
	return x
}

// Observations are the values of a stretch, at the first days of their periods.
func (x *Series) Observations(of Stretch) []measure.Observation {
	list := make([]measure.Observation, 0, of.To-of.From)
	for i := of.From; i < of.To; i++ {
		if p := &x.Points[i]; p.Has() {
			list = append(list, measure.Observation{Date: p.Period.First(), Value: p.Value})
		}
	}
	return list
}

// BetterOf is the direction of improvement of a definition.
func BetterOf(d *metric.Definition) measure.Better {
	switch d.Better {
	case "up":
		return measure.Higher
	case "down":
		return measure.Lower
	}
	return measure.Neither
}

// Rebases are those of the series that are at a period with a value of the stretch.
func (x *Series) rebases(of Stretch) []measure.Rebase {
	var list []measure.Rebase
	for i := range x.Subject.options.Rebases {
		r := &x.Subject.options.Rebases[i]
		if r.Organisation != x.Organisation || r.Service != x.Subject.Service || r.Metric != x.Subject.Metric {
			continue
		}
		// A period without a figure has no point: the next that has one begins the section.
		for j := of.From; j < of.To; j++ {
			if p := &x.Points[j]; p.Has() && p.Period.Compare(r.Period) >= 0 {
				list = append(list, measure.Rebase{Date: p.Period.First(), Reason: r.Reason, Author: r.Author})
				break
			}
		}
	}
	return list
}

// Chart makes the control chart of a stretch by a profile. Without rebases, when
// plain, or with those that are recorded.
func (x *Series) Chart(of Stretch, p measure.Profile, plain bool) (*measure.Chart, error) {
	o := measure.ChartOptions{Profile: p, Target: measure.NoTarget()}
	if d := of.Definition; d != nil {
		o.Better = BetterOf(d)
		if t, has := d.TargetOn(x.Points[of.To-1].Period.Last()); has {
			o.Target = t
		}
	}
	if !plain {
		o.Rebases = x.rebases(of)
	}
	return measure.XmR(x.Observations(of), o)
}

// NoRules says why the rules of control charts do not hold for a metric; blank:
// they do.
func (s *Subject) NoRules() string {
	switch {
	case s.Definition.Overlaps():
		return "Successive figures share three of their four quarters, so the rules of control charts do not hold and none is applied."
	case s.Definition.Unit == "yes or no":
		return "A yes or no takes two values only, so it has no control chart."
	}
	return ""
}

// summarise works out the last stretch.
func (x *Series) summarise() {
	of := x.Stretches[len(x.Stretches)-1]
	x.Last, x.Before, x.Mean, x.Limits, x.Target = -1, -1, math.NaN(), measure.Limits{Lower: math.NaN(), Upper: math.NaN()}, math.NaN()
	x.Cause = measure.NotJudged
	for i := of.From; i < of.To; i++ {
		if x.Points[i].Has() {
			x.Before, x.Last = x.Last, i
			x.Count++
		}
	}
	if x.Count == 0 {
		return
	}
	if x.Before >= 0 {
		x.Improving = measure.Better(cmp.Compare(x.Points[x.Last].Value, x.Points[x.Before].Value)) * BetterOf(x.Subject.Definition)
	}
	c, err := x.Chart(of, x.Subject.options.Profile, false)
	if err != nil {
		return
	}
	section := &c.Sections[len(c.Sections)-1]
	x.Mean, x.Limits, x.Target = section.Mean, section.Limits, c.Target
	x.AltersBaseline = len(c.Sections) > 1
	if x.Subject.NoRules() != "" {
		return
	}
	x.Judged, x.Variation, x.Assurance, x.Cause = section.Judged, c.Variation, c.Assurance, c.Points[len(c.Points)-1].Cause
}
