package measure

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// RunPoint is a point of a run chart. Side is where it stands to the median.
// Shift and Trend are as on a control chart, about the median.
type RunPoint struct {
	Observation
	Side  int8
	Shift bool
	Trend int8
}

// RunChart is a run chart: values in date order about their median. Useful is
// the number of points not on the median. LongestRun and Crossings are of those;
// LongestExpected and FewestExpected are what chance seldom passes, and Signal
// says that one of them was passed.
type RunChart struct {
	Profile                     Profile
	Median                      float64
	Points                      []RunPoint
	Useful                      int
	LongestRun, LongestExpected int
	Crossings, FewestExpected   int
	UnusuallyLong, UnusuallyFew bool
	Signal                      bool
}

// leastUseful is the number of points off the median from which runs say much.
const leastUseful = 10

// Run makes a run chart, the chart to show while a series is too short for
// limits. Points on the median are not useful and neither break nor lengthen a
// run. Over the n useful points:
//
//	longest run expected  = ⌊log₂ n + 3⌉ (rounded)
//	fewest crossings      = the 5% quantile of a binomial of n − 1 and ½
//
// judged from 10 useful points. Shift and trend have the lengths of the profile,
// so that they stay the same when limits appear. Refuses as XmR. Source: Anhøj
// and Olesen 2014; Anhøj 2015.
func Run(series []Observation, p Profile) (*RunChart, error) {
	ordered, r := inOrder(series)
	if r = firstOf(r, p.check()); r != nil {
		return nil, r
	}
	c := &RunChart{Profile: p, Median: median(ordered)}
	points := make([]Point, len(ordered))
	for i, obs := range ordered {
		points[i].Observation = obs
		points[i].Flags.Side = sign(obs.Value - c.Median)
	}
	c.count(points)
	c.flag(points)
	return c, nil
}

func median(ordered []Observation) float64 {
	values := make([]float64, len(ordered))
	for i, obs := range ordered {
		values[i] = obs.Value
	}
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}

func (c *RunChart) count(points []Point) {
	var side int8
	run := 0
	for _, p := range points {
		s := p.Flags.Side
		switch {
		case s == 0:
			continue
		case s == side:
			run++
		case side != 0:
			c.Crossings++
			run = 1
		default:
			run = 1
		}
		side = s
		c.Useful++
		c.LongestRun = max(c.LongestRun, run)
	}
	if c.Useful < leastUseful {
		return
	}
	c.LongestExpected = int(math.RoundToEven(math.Log2(float64(c.Useful)) + 3))
	c.FewestExpected = binomialQuantile(0.05, c.Useful-1)
	c.UnusuallyLong = c.LongestRun > c.LongestExpected
	c.UnusuallyFew = c.Crossings < c.FewestExpected
	c.Signal = c.UnusuallyLong || c.UnusuallyFew
}

// binomialQuantile is the least k with at least p of a binomial of n and ½ up to k.
func binomialQuantile(p float64, n int) int {
	b := distuv.Binomial{N: float64(n), P: 0.5}
	k := 0
	for b.CDF(float64(k)) < p {
		k++
	}
	return k
}

// flag marks shifts and trends. A shift passes over points on the median.
func (c *RunChart) flag(points []Point) {
	flagTrends(points, c.Profile.Trend)
	useful := make([]Point, 0, len(points))
	at := make([]int, 0, len(points))
	for i, p := range points {
		if p.Flags.Side != 0 {
			useful, at = append(useful, p), append(at, i)
		}
	}
	flagShifts(useful, c.Profile.Shift)
	for i, p := range useful {
		points[at[i]].Flags.Shift = p.Flags.Shift
	}
	c.Points = make([]RunPoint, len(points))
	for i, p := range points {
		c.Points[i] = RunPoint{p.Observation, p.Flags.Side, p.Flags.Shift, p.Flags.Trend}
	}
}
