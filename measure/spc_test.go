package measure

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

func seriesOf(values ...float64) []Observation {
	var series []Observation
	for i, v := range values {
		series = append(series, Observation{firstMonth.AddDate(0, i, 0), v})
	}
	return series
}

func chartOf(t *testing.T, o ChartOptions, values ...float64) *Chart {
	t.Helper()
	c, err := XmR(seriesOf(values...), o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func plotTheDots(t testing.TB) Profile {
	t.Helper()
	p, err := ProfileOf("NHSRplotthedots 0.2.2")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// byWindows works the rules out again as they are worded: a point is in a shift
// or trend when one of the windows of that length over it is, and so on. It
// shares no code with the rules.
type byWindows struct {
	y            []float64
	p            Profile
	mean, amr    float64
	side         []int
	outside, far []bool
	close        []bool
}

func newWindows(y []float64, p Profile) *byWindows {
	w := &byWindows{y: y, p: p}
	for _, v := range y {
		w.mean += v / float64(len(y))
	}
	ranges := []float64{}
	for i := 1; i < len(y); i++ {
		ranges = append(ranges, math.Abs(y[i]-y[i-1]))
	}
	w.amr = total(ranges) / float64(len(ranges))
	if p.ScreenFactor > 0 {
		kept := []float64{}
		for _, r := range ranges {
			if r < p.ScreenFactor*w.amr {
				kept = append(kept, r)
			}
		}
		w.amr = total(kept) / float64(len(kept))
	}
	for _, v := range y {
		away := math.Abs(v - w.mean)
		out, near := away > p.LimitFactor*w.amr, away > p.LimitFactor*w.amr*2/3
		w.side = append(w.side, int(sign(v-w.mean)))
		w.outside = append(w.outside, out)
		w.close = append(w.close, near && !out)
		w.far = append(w.far, near && (!out || p.CountsOutside))
	}
	return w
}

func (w *byWindows) shift(i int) bool {
	return w.window(i, w.p.Shift, func(k int) bool {
		return w.side[k] != 0 && !slices.ContainsFunc(w.side[k:k+w.p.Shift], func(s int) bool { return s != w.side[k] })
	})
}

// window says whether a window of a length that holds i has a property.
func (w *byWindows) window(i, length int, has func(from int) bool) bool {
	for from := max(0, i-length+1); from <= i && from+length <= len(w.y); from++ {
		if has(from) {
			return true
		}
	}
	return false
}

func (w *byWindows) trend(i int) bool {
	return w.window(i, w.p.Trend, func(from int) bool {
		first := sign(w.y[from+1] - w.y[from])
		for k := from + 1; k < from+w.p.Trend; k++ {
			if s := sign(w.y[k] - w.y[k-1]); s == 0 || s != first {
				return false
			}
		}
		return true
	})
}

func (w *byWindows) way(i int) int {
	if i+1 < len(w.y) && w.trend(i+1) {
		if s := sign(w.y[i+1] - w.y[i]); s != 0 { // else upstream says falling: a fault
			return int(s)
		}
	}
	return int(sign(w.y[i] - w.y[i-1]))
}

func (w *byWindows) twoOfThree(i int) bool {
	return w.far[i] && w.window(i, 3, func(from int) bool {
		n := 0
		for k := from; k < from+3; k++ {
			if w.far[k] {
				n++
			}
		}
		sum := w.side[from] + w.side[from+1] + w.side[from+2]
		return n >= 2 && (sum == 3 || sum == -3)
	})
}

// onALine says that a value is on the mean or a limit but for rounding, so that
// it may fall on either side of it.
func (w *byWindows) onALine() bool {
	return slices.ContainsFunc(w.y, func(v float64) bool {
		away, reach := math.Abs(v-w.mean), w.p.LimitFactor*w.amr
		return away < 1e-9 || math.Abs(away-reach) < 1e-9 || math.Abs(away-reach*2/3) < 1e-9
	})
}

func TestXmRByWindows(t *testing.T) {
	for _, p := range Profiles() {
		p.JudgedFrom = 2
		p.ImprovementFirst = false // the order of the rules; the other has a test of its own
		randomly(t, 4000, func(r *rand.Rand) {
			n := 2 + r.IntN(40)
			y := make([]float64, n)
			level := 0.0
			for i := range y {
				level += r.NormFloat64() * 0.7
				y[i] = math.Round(level*2 + r.NormFloat64()*float64(r.IntN(3)))
			}
			c := chartOf(t, ChartOptions{Profile: p, Better: Higher, Target: none}, y...)
			w := newWindows(y, p)
			s := c.Sections[0]
			near(t, "mean", s.Mean, w.mean, 1e-9)
			near(t, "upper", s.Limits.Upper, w.mean+p.LimitFactor*w.amr, 1e-9)
			if w.onALine() {
				return
			}
			for i, point := range c.Points {
				want, up := CommonCause, 0
				switch {
				case w.outside[i]:
					want, up = Outside, w.side[i]
				case w.trend(i):
					want, up = Trend, w.way(i)
				case w.twoOfThree(i):
					want, up = TwoOfThree, w.side[i]
				case w.shift(i):
					want, up = Shift, w.side[i]
				}
				icon := map[int]Icon{0: Common, 1: ImprovementHigh, -1: ConcernLow}[up]
				if point.Cause != want || point.Icon != icon {
					t.Errorf("%v of %v is %v, %v; by windows %v, %v", i, y, point.Cause, point.Icon, want, icon)
				}
				if point.Flags.Close != w.close[i] {
					t.Errorf("%v of %v is close: %v", i, y, point.Flags.Close)
				}
			}
		})
	}
}

// Turning a chart upside down and asking for the other direction gives the same
// judgements; adding to the values or stretching them changes none.
func TestXmRSymmetry(t *testing.T) {
	for _, p := range Profiles() {
		randomly(t, 500, func(r *rand.Rand) {
			y, down, moved := make([]float64, 20), make([]float64, 20), make([]float64, 20)
			for i := range y {
				y[i] = math.Round(r.NormFloat64()*100) / 8 // exact in binary, so that nothing depends on rounding
				if i > 0 && r.IntN(2) == 0 {
					y[i] = y[i-1] + 0.5
				}
				down[i], moved[i] = -y[i], 4*y[i]+1024
			}
			a := chartOf(t, ChartOptions{Profile: p, Better: Higher, Target: 3}, y...)
			b := chartOf(t, ChartOptions{Profile: p, Better: Lower, Target: -3}, down...)
			m := chartOf(t, ChartOptions{Profile: p, Better: Higher, Target: 4*3 + 1024}, moved...)
			if a.Assurance != b.Assurance || a.Assurance != m.Assurance {
				t.Errorf("assurance %v, upside down %v, moved %v", a.Assurance, b.Assurance, m.Assurance)
			}
			mirror := map[Icon]Icon{Common: Common, ImprovementHigh: ImprovementLow, ConcernLow: ConcernHigh}
			for i := range a.Points {
				if a.Points[i].Cause != b.Points[i].Cause || mirror[a.Points[i].Icon] != b.Points[i].Icon {
					t.Errorf("%d: %v %v, upside down %v %v", i, a.Points[i].Cause, a.Points[i].Icon, b.Points[i].Cause, b.Points[i].Icon)
				}
				if a.Points[i].Cause != m.Points[i].Cause || a.Points[i].Icon != m.Points[i].Icon {
					t.Errorf("%d: %v, moved %v", i, a.Points[i].Cause, m.Points[i].Cause)
				}
			}
			near(t, "limits", m.Sections[0].Limits.Upper, 4*a.Sections[0].Limits.Upper+1024, 1e-12)
		})
	}
}

// Sections stand alone: a rebased chart is the charts of its parts.
func TestXmRSections(t *testing.T) {
	p := plotTheDots(t)
	randomly(t, 300, func(r *rand.Rand) {
		y := make([]float64, 40)
		for i := range y {
			y[i] = r.NormFloat64()
		}
		cut := 1 + r.IntN(38)
		o := ChartOptions{Profile: p, Better: Lower, Target: 0.1, Rebases: []Rebase{{firstMonth.AddDate(0, cut, 0), "moved to the new unit", "A. Analyst"}}}
		c := chartOf(t, o, y...)
		o.Rebases = nil
		first, last := chartOf(t, o, y[:cut]...), chartOf(t, o, y[cut:]...)
		if len(c.Sections) != 2 || c.Sections[1].Rebase.Author != "A. Analyst" {
			t.Fatalf("%d sections", len(c.Sections))
		}
		near(t, "first", c.Sections[0].Limits.Lower, first.Sections[0].Limits.Lower, 0)
		near(t, "last", c.Sections[1].Limits.Upper, last.Sections[0].Limits.Upper, 0)
		if c.Variation != last.Variation || c.Assurance != last.Assurance {
			t.Error("the icons are not those of the last section")
		}
		for i, point := range c.Points {
			part, k := first, i
			if i >= cut {
				part, k = last, i-cut
			}
			if point.Cause != part.Points[k].Cause {
				t.Errorf("%d is %v, alone %v", i, point.Cause, part.Points[k].Cause)
			}
		}
	})
}

// A baseline fixes the limits by its points alone; later points do not move them.
func TestXmRBaseline(t *testing.T) {
	y := []float64{10, 12, 10, 12, 10, 12, 10, 12, 10, 12, 10, 12, 40, 50, 60}
	c := chartOf(t, ChartOptions{Profile: plotTheDots(t), Better: Higher, Target: none, Baseline: 12}, y...)
	near(t, "mean", c.Sections[0].Mean, 11, 1e-15)
	near(t, "upper", c.Sections[0].Limits.Upper, 11+2.66*2, 1e-15)
	if c.Points[14].Cause != Outside || c.Variation != ImprovementHigh {
		t.Errorf("got %v, %v", c.Points[14].Cause, c.Variation)
	}
}

// A falling trend that starts above the mean, higher being better: by the order
// of the rules a concern, and where improvement comes first, the shift.
func TestImprovementFirst(t *testing.T) {
	y := []float64{0, 20, 0, 20, 0, 20, 0, 20, 0, 20, 0, 20, 0, 19, 18, 17, 16, 15, 14, 13}
	p := plotTheDots(t)
	byOrder := chartOf(t, ChartOptions{Profile: p, Better: Higher, Target: none}, y...)
	p.ImprovementFirst = true
	first := chartOf(t, ChartOptions{Profile: p, Better: Higher, Target: none}, y...)
	if byOrder.Points[19].Cause != Trend || byOrder.Variation != ConcernLow {
		t.Errorf("by order: %v, %v", byOrder.Points[19].Cause, byOrder.Variation)
	}
	if first.Points[19].Cause != Shift || first.Variation != ImprovementHigh {
		t.Errorf("improvement first: %v, %v", first.Points[19].Cause, first.Variation)
	}
}

// A point beyond the limits counts among two of three under one profile only.
func TestTwoOfThreeBeyondTheLimits(t *testing.T) {
	// mean 0.61, ranges of 2 and about the last points: limits at about ±6, near limits at about ±4
	y := []float64{1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 9, 5.2, 0.7, -1}
	for _, p := range Profiles() {
		p.ScreenFactor = 0
		c := chartOf(t, ChartOptions{Profile: p, Better: Higher, Target: none}, y...)
		beyond, close := c.Points[18].Flags, c.Points[19].Flags
		if !beyond.Outside || !close.Close || c.Points[20].Flags.Side != 1 {
			t.Fatalf("%s: %+v %+v: the case is not as meant", p, beyond, close)
		}
		if close.TwoOfThree != p.CountsOutside || beyond.TwoOfThree != p.CountsOutside || c.Points[20].Flags.TwoOfThree {
			t.Errorf("%s: %v and %v are in two of three", p, beyond.TwoOfThree, close.TwoOfThree)
		}
	}
}

func TestXmRRefusals(t *testing.T) {
	p := plotTheDots(t)
	good := ChartOptions{Profile: p, Target: none}
	with := func(rebases ...Rebase) ChartOptions { o := good; o.Rebases = rebases; return o }
	twice := append(seriesOf(1, 2), seriesOf(3)...)
	for name, c := range map[string]struct {
		err   error
		want  Reason
		words string
	}{
		"nothing":       {second(XmR(nil, good)), TooFewGroups, "no observations"},
		"rebased":       {second(XmR(nil, with(Rebase{firstMonth, "r", "a"}))), TooFewGroups, "no observations"},
		"not a number":  {second(XmR(seriesOf(1, none), good)), BadValue, "2020-02-01"},
		"twice":         {second(XmR(twice, good)), BadDate, "two values of 2020-01-01"},
		"beside":        {second(XmR(seriesOf(1, 2, 3), with(Rebase{firstMonth.AddDate(0, 0, 3), "r", "a"}))), BadDate, "the next is 2020-02-01"},
		"after":         {second(XmR(seriesOf(1, 2, 3), with(Rebase{firstMonth.AddDate(1, 0, 0), "r", "a"}))), BadDate, "after the last date"},
		"no reason":     {second(XmR(seriesOf(1, 2, 3), with(Rebase{firstMonth, " ", "a"}))), BadSetting, "reason and an author"},
		"no author":     {second(XmR(seriesOf(1, 2, 3), with(Rebase{firstMonth, "r", ""}))), BadSetting, "reason and an author"},
		"no profile":    {second(XmR(seriesOf(1, 2, 3), ChartOptions{Target: none})), BadSetting, "limit factor"},
		"short profile": {second(XmR(seriesOf(1, 2), ChartOptions{Profile: Profile{LimitFactor: 1, Shift: 2, Trend: 7, JudgedFrom: 2}})), BadSetting, "shifts of 2"},
		"run":           {second(Run(nil, p)), TooFewGroups, "no observations"},
	} {
		if why := Why(c.err); why == nil || why.Reason != c.want || !strings.Contains(why.Sentence, c.words) {
			t.Errorf("%s: got %v", name, c.err)
		}
	}
}

// Order of observations does not matter, and the caller's slice is left alone.
func TestXmRSorts(t *testing.T) {
	series := seriesOf(1, 5, 2, 8, 3, 9, 1, 4)
	mixed := slices.Clone(series)
	slices.Reverse(mixed)
	kept := slices.Clone(mixed)
	o := ChartOptions{Profile: plotTheDots(t), Better: Higher, Target: none}
	a, _ := XmR(series, o)
	b, _ := XmR(mixed, o)
	if !slices.EqualFunc(a.Points, b.Points, func(x, y Point) bool { return x == y }) || !slices.Equal(mixed, kept) {
		t.Error("order matters")
	}
}

// A constant series lies on its mean, whatever its value is in binary.
func TestConstantSeries(t *testing.T) {
	p := Profiles()[0]
	randomly(t, 2000, func(r *rand.Rand) {
		y := make([]float64, 13+r.IntN(40))
		v := math.Round(r.Float64()*1000) / 10
		for i := range y {
			y[i] = v
		}
		c := chartOf(t, ChartOptions{Profile: p, Better: Higher, Target: none}, y...)
		if c.Sections[0].Mean != v || c.Variation != Common {
			t.Errorf("%v times %v has the mean %v and is %v", len(y), v, c.Sections[0].Mean, c.Variation)
		}
	})
}

func TestProfiles(t *testing.T) {
	list := Profiles()
	if len(list) != 2 || list[0].String() != "Making Data Count 1" || list[1].String() != "NHSRplotthedots 0.2.2" {
		t.Fatalf("got %v", list)
	}
	for _, p := range list {
		if _, err := time.Parse(time.DateOnly, p.EffectiveFrom); err != nil {
			t.Errorf("%s: %v", p, err)
		}
	}
	head := "profile,version,effective_from,setting,value,source,confidence\n"
	for _, row := range []string{"A,1,2020-01-01,shift,many,s,c", "A,1,2020-01-01,shifts,7,s,c", "A,1,2020-01-01,both_ways,maybe,s,c", "A,1,2020-01-01,shift,7,s,c", "A,1"} {
		if _, err := readProfiles(head + row + "\n"); err == nil {
			t.Errorf("%s is read", row)
		}
	}
}

// The figures of the run chart, counted by another route: letters of a string.
func TestRunByLetters(t *testing.T) {
	p := Profiles()[0]
	randomly(t, 500, func(r *rand.Rand) {
		y := make([]float64, 10+r.IntN(40))
		for i := range y {
			y[i] = float64(r.IntN(9))
		}
		c, err := Run(seriesOf(y...), p)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, v := range y {
			switch {
			case v > c.Median:
				b.WriteByte('a')
			case v < c.Median:
				b.WriteByte('b')
			}
		}
		s := b.String()
		longest := 0
		for n := 1; n <= len(s); n++ {
			if strings.Contains(s, strings.Repeat("a", n)) || strings.Contains(s, strings.Repeat("b", n)) {
				longest = n
			}
		}
		if c.Useful != len(s) || c.LongestRun != longest || c.Crossings != strings.Count(s, "ab")+strings.Count(s, "ba") {
			t.Errorf("%s: %d useful, longest %d, %d crossings", s, c.Useful, c.LongestRun, c.Crossings)
		}
	})
}

// What chance allows, with the tosses of a coin counted exactly.
func TestRunChartChance(t *testing.T) {
	p := Profiles()[0]
	for n := 10; n <= 60; n += 2 {
		y := make([]float64, n)
		for i := range y {
			y[i] = float64(i%2) * 2
		}
		c, err := Run(seriesOf(y...), p)
		if err != nil {
			t.Fatal(err)
		}
		tosses := int64(n - 1)
		all := new(big.Int).Lsh(big.NewInt(1), uint(tosses))
		below, fewest := new(big.Int), int64(0)
		for {
			below.Add(below, new(big.Int).Binomial(tosses, fewest))
			if twenty := new(big.Int).Mul(below, big.NewInt(20)); twenty.Cmp(all) >= 0 {
				break
			}
			fewest++
		}
		if c.FewestExpected != int(fewest) || c.LongestExpected != int(math.Round(math.Log2(float64(n))+3)) {
			t.Errorf("%d points: fewest %d, longest %d; counted %d", n, c.FewestExpected, c.LongestExpected, fewest)
		}
	}
}

// 170 providers, 300 metrics, 20 quarters.
func BenchmarkXmR(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	var all [][]Observation
	for range 170 {
		y := make([]float64, 20)
		for i := range y {
			y[i] = 90 + r.NormFloat64()*3
		}
		all = append(all, seriesOf(y...))
	}
	o := ChartOptions{Profile: Profiles()[0], Better: Higher, Target: 92}
	b.ReportAllocs()
	for b.Loop() {
		for range 300 {
			for _, series := range all {
				if _, err := XmR(series, o); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
}
