package measure

import (
	"math"
	"slices"
	"strings"
	"time"
)

// Better is the direction of improvement of a metric.
type Better int8

// The directions. With Neither no judgement is made.
const (
	Lower   Better = -1
	Neither Better = 0
	Higher  Better = 1
)

// Observation is the value of one period. Periods without a value are left out:
// the values on either side are then taken as successive.
type Observation struct {
	Date  time.Time
	Value float64
}

// Rebase begins a new section of a chart at a date that is in the data. Reason
// (a known change whose cause is understood) and Author are required.
type Rebase struct {
	Date           time.Time
	Reason, Author string
}

// ChartOptions are the choices of one chart. Target is NaN for none (NoTarget).
// Baseline, when not 0, is the number of first points of each section that make
// its mean and limits, which then run on; at least 12.
type ChartOptions struct {
	Profile  Profile
	Better   Better
	Target   float64
	Baseline int
	Rebases  []Rebase
}

// NoTarget is the target of a chart that has none.
func NoTarget() float64 { return none }

// Cause is the rule that names a point: the first that holds, in this order,
// unless the profile puts improvement first.
type Cause uint8

// The causes. NotJudged is a point of a section with too few points.
const (
	CommonCause Cause = iota
	Outside
	Trend
	TwoOfThree
	Shift
	NotJudged
)

var causes = [...]string{"common cause", "outside", "trend", "two of three", "shift", "not judged"}

func (c Cause) String() string { return causes[c] }

// Icon is a variation icon: what the last point says.
type Icon uint8

// The variation icons. NoIcon is for too few points.
const (
	NoIcon Icon = iota
	Common
	ImprovementHigh
	ImprovementLow
	ConcernHigh
	ConcernLow
	NeutralHigh
	NeutralLow
)

var icons = [...]string{"none", "common cause", "improvement high", "improvement low", "concern high", "concern low", "neutral high", "neutral low"}

func (i Icon) String() string { return icons[i] }

// Colour gives the customary colour of a point of this kind. The grey and the
// blue have too little contrast on white to stand alone: give points an outline,
// a shape and the icon's words.
func (i Icon) Colour() string {
	switch i {
	case ImprovementHigh, ImprovementLow:
		return "#00b0f0"
	case ConcernHigh, ConcernLow:
		return "#e46c0a"
	case NeutralHigh, NeutralLow:
		return "#490092"
	}
	return "#a6a6a6"
}

// TargetColour is the customary colour of the target line.
const TargetColour = "#de1b1b"

// Assurance is whether the process will meet its target.
type Assurance uint8

// The assurance icons. NoAssurance is without target, direction or limits.
const (
	NoAssurance Assurance = iota
	Passes
	Fails
	HitOrMiss
)

var assurances = [...]string{"none", "pass", "fail", "hit or miss"}

func (a Assurance) String() string { return assurances[a] }

// Flags are all the rules that a point meets, whichever of them names it.
type Flags struct {
	// Side is 1 above the mean, -1 under it, 0 on it.
	Side int8
	// Outside is strictly beyond a limit; Close strictly beyond a near limit but
	// not outside.
	Outside, Close bool
	// Shift, TwoOfThree: the point is part of one. Trend is 1 in a rising one, -1
	// in a falling one.
	Shift, TwoOfThree bool
	Trend             int8
}

// Point is a point of a chart. Mean and limits are its section's.
type Point struct {
	Observation
	Section int
	Flags   Flags
	Cause   Cause
	Icon    Icon
}

// Section is the stretch of a chart between rebases. Points From to To-1 are
// its. Limits and Near do not exist for one point, nor for a constant series
// with screening (no range is strictly under 0). Short says that there are fewer
// points than the profile asks for: the limits are trial. Judged says that its
// rules apply. Rebase is what began it, nil for the first.
type Section struct {
	From, To      int
	Mean          float64
	MovingRange   float64
	Limits, Near  Limits
	Screened      int
	Short, Judged bool
	Rebase        *Rebase
}

// Chart is an XmR chart: points in date order, sections, and the two icons.
type Chart struct {
	Profile   Profile
	Better    Better
	Target    float64
	Points    []Point
	Sections  []Section
	Variation Icon
	Assurance Assurance
}

// leastBaseline is the fewest points that may fix a mean and limits.
const leastBaseline = 12

// XmR makes a chart of individual values and moving ranges. In each section:
//
//	mean         = mean of the baseline values
//	moving range = |difference| of neighbours; AMR = their mean, once more without
//	               those not strictly under ScreenFactor × AMR when that is set
//	limits       = mean ± LimitFactor × AMR
//	near limits  = mean ± ⅔ LimitFactor × AMR
//
// and the rules: Outside, strictly beyond a limit; Shift, successive points on
// one side of the mean; Trend, successive points each strictly above, or each
// under, the one before (a tie breaks it); TwoOfThree, three successive points
// on one side with two beyond a near limit, of which those are flagged.
// Values are plain numbers: limits of a percentage may pass 0 or 100; cut them
// in the drawing only. Observations may come in any order.
//
// Refuses: no observations, a value that is not a number, two of one date; a
// rebase whose date is not in the data, or without reason or author; a baseline
// under 12; settings out of range. Source: PTD; Making Data Count.
func XmR(series []Observation, o ChartOptions) (*Chart, error) {
	ordered, r := inOrder(series)
	if r != nil {
		return nil, r
	}
	if r := o.check(ordered); r != nil {
		return nil, r
	}
	c := &Chart{Profile: o.Profile, Better: o.Better, Target: o.Target, Points: make([]Point, len(ordered))}
	for i, obs := range ordered {
		c.Points[i].Observation = obs
	}
	c.divide(o.Rebases)
	for i := range c.Sections {
		c.limits(&c.Sections[i], o.Baseline)
		c.judge(i)
	}
	c.icons()
	return c, nil
}

func inOrder(series []Observation) ([]Observation, *Refusal) {
	if len(series) == 0 {
		return nil, refuse(TooFewGroups, 0, "There are no observations.")
	}
	ordered := slices.Clone(series)
	slices.SortStableFunc(ordered, func(a, b Observation) int { return a.Date.Compare(b.Date) })
	for i, obs := range ordered {
		if math.IsNaN(obs.Value) || math.IsInf(obs.Value, 0) {
			return nil, refuse(BadValue, i+1, "The value of %s is not a number; leave a period without a value out.", day(obs.Date))
		}
		if i > 0 && obs.Date.Equal(ordered[i-1].Date) {
			return nil, refuse(BadDate, i+1, "There are two values of %s.", day(obs.Date))
		}
	}
	return ordered, nil
}

func day(t time.Time) string { return t.Format(time.DateOnly) }

func (o ChartOptions) check(ordered []Observation) *Refusal {
	if r := o.Profile.check(); r != nil {
		return r
	}
	if o.Baseline != 0 && o.Baseline < leastBaseline {
		return refuse(BadSetting, 0, "The baseline is %d points; write %d or more, or 0 for all.", o.Baseline, leastBaseline)
	}
	for i, b := range o.Rebases {
		if strings.TrimSpace(b.Reason) == "" || strings.TrimSpace(b.Author) == "" {
			return refuse(BadSetting, i+1, "The rebase of %s needs a reason and an author.", day(b.Date))
		}
		next, found := slices.BinarySearchFunc(ordered, b.Date, func(obs Observation, d time.Time) int { return obs.Date.Compare(d) })
		switch {
		case !found && next < len(ordered):
			return refuse(BadDate, i+1, "The rebase of %s is not a date of the data; the next is %s.", day(b.Date), day(ordered[next].Date))
		case !found:
			return refuse(BadDate, i+1, "The rebase of %s is after the last date of the data, %s.", day(b.Date), day(ordered[len(ordered)-1].Date))
		}
	}
	return nil
}

// divide makes the sections. A rebase at the first point, or one given twice,
// makes none of its own.
func (c *Chart) divide(rebases []Rebase) {
	rebases = slices.Clone(rebases)
	slices.SortStableFunc(rebases, func(a, b Rebase) int { return a.Date.Compare(b.Date) })
	c.Sections = append(c.Sections, Section{To: len(c.Points)})
	next := 0
	for i := range c.Points {
		for next < len(rebases) && rebases[next].Date.Equal(c.Points[i].Date) {
			if last := &c.Sections[len(c.Sections)-1]; i > last.From {
				last.To = i
				c.Sections = append(c.Sections, Section{From: i, To: len(c.Points), Rebase: &rebases[next]})
			}
			next++
		}
		c.Points[i].Section = len(c.Sections) - 1
	}
}

func (c *Chart) limits(s *Section, baseline int) {
	points := c.Points[s.From:s.To]
	s.Short = len(points) < c.Profile.ShortBelow
	s.Judged = len(points) >= c.Profile.JudgedFrom
	if baseline > 0 && baseline < len(points) {
		points = points[:baseline]
	}
	s.Mean = meanOf(points)
	s.MovingRange, s.Screened = averageRange(points, c.Profile.ScreenFactor)
	reach := c.Profile.LimitFactor * s.MovingRange
	s.Limits = Limits{s.Mean - reach, s.Mean + reach}
	near := 2 * (c.Profile.LimitFactor / 3) * s.MovingRange
	s.Near = Limits{s.Mean - near, s.Mean + near}
}

// meanOf takes the mean of what is left over as well, so that the mean of equal
// values is that value to the last bit, and none of them is beside it.
func meanOf(points []Point) float64 {
	n, sum, rest := float64(len(points)), 0.0, 0.0
	for _, p := range points {
		sum += p.Value
	}
	mean := sum / n
	for _, p := range points {
		rest += p.Value - mean
	}
	return mean + rest/n
}

// averageRange gives the mean moving range and how many ranges were screened
// out; NaN where none are left.
func averageRange(points []Point, screen float64) (float64, int) {
	if len(points) < 2 {
		return none, 0
	}
	sum := 0.0
	for i := 1; i < len(points); i++ {
		sum += math.Abs(points[i].Value - points[i-1].Value)
	}
	average := sum / float64(len(points)-1)
	if screen == 0 {
		return average, 0
	}
	below, kept := 0.0, 0
	for i := 1; i < len(points); i++ {
		if r := math.Abs(points[i].Value - points[i-1].Value); r < screen*average {
			below += r
			kept++
		}
	}
	if kept == 0 {
		return none, len(points) - 1
	}
	return below / float64(kept), len(points) - 1 - kept
}

func (c *Chart) judge(section int) {
	s := &c.Sections[section]
	points := c.Points[s.From:s.To]
	for i := range points {
		p := &points[i]
		f := &p.Flags
		f.Side = sign(p.Value - s.Mean)
		// Comparisons with limits that do not exist are false.
		f.Outside = p.Value > s.Limits.Upper || p.Value < s.Limits.Lower
		f.Close = !f.Outside && (p.Value > s.Near.Upper || p.Value < s.Near.Lower)
	}
	flagShifts(points, c.Profile.Shift)
	flagTrends(points, c.Profile.Trend)
	flagTwoOfThree(points, c.Profile.CountsOutside)
	for i := range points {
		p := &points[i]
		if !s.Judged {
			p.Cause, p.Icon = NotJudged, NoIcon
			continue
		}
		p.Cause, p.Icon = c.name(p.Flags)
	}
}

// name gives the cause and the icon of a point from its flags.
func (c *Chart) name(f Flags) (Cause, Icon) {
	first := CommonCause
	for _, cause := range []Cause{Outside, Trend, TwoOfThree, Shift} {
		way := f.way(cause)
		if way == 0 {
			continue
		}
		if first == CommonCause {
			first = cause
		}
		if c.Profile.ImprovementFirst && c.Better != Neither && way == int8(c.Better) {
			return cause, c.icon(way)
		}
	}
	return first, c.icon(f.way(first))
}

// way is the direction in which a cause points, 0 when the point does not have it.
func (f Flags) way(cause Cause) int8 {
	switch {
	case cause == Trend:
		return f.Trend
	case cause == Outside && f.Outside, cause == TwoOfThree && f.TwoOfThree, cause == Shift && f.Shift:
		return f.Side
	}
	return 0
}

// icon names a direction: high or low follows the direction of improvement for
// an improvement and its opposite for a concern.
func (c *Chart) icon(way int8) Icon {
	switch {
	case way == 0:
		return Common
	case c.Better == Neither && way > 0:
		return NeutralHigh
	case c.Better == Neither:
		return NeutralLow
	case way == int8(c.Better) && way > 0:
		return ImprovementHigh
	case way == int8(c.Better):
		return ImprovementLow
	case way > 0:
		return ConcernHigh
	}
	return ConcernLow
}

// icons gives the chart the icon of its last point, and the assurance that its
// last limits give. A target on a limit is hit or miss.
func (c *Chart) icons() {
	last := c.Sections[len(c.Sections)-1]
	c.Variation = c.Points[len(c.Points)-1].Icon
	if !Exists(c.Target) || !Exists(last.Limits.Lower) || c.Better == Neither || !last.Judged {
		return
	}
	switch side := sideOf(c.Target, last.Limits); {
	case side == Within:
		c.Assurance = HitOrMiss
	case (side == High) == (c.Better == Higher):
		c.Assurance = Fails
	default:
		c.Assurance = Passes
	}
}

func sign(v float64) int8 {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return 0
}
