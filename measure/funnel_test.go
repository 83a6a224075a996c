package measure

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func randomUnits(r *rand.Rand, kind FunnelKind) []Unit {
	units := make([]Unit, 12+r.IntN(40))
	for i := range units {
		d := float64(20 + r.IntN(2000))
		n := math.Max(1, math.Round(d*(0.5+0.3*r.NormFloat64())))
		if kind == ProportionPR {
			n = math.Min(n, d)
		}
		units[i] = Unit{n, d}
	}
	return units
}

var kinds = []FunnelKind{RatioSHMI, RatioCQC, ProportionPR, RatioOfCounts}

// The dispersion again, from the definitions: sort, cut, sum. Nothing is shared
// with the package but the transformations' names.
func TestDispersionAgain(t *testing.T) {
	for _, kind := range kinds {
		randomly(t, 200, func(r *rand.Rand) {
			units := randomUnits(r, kind)
			f, err := OverDispersed(kind, units, 0.1)
			if err != nil {
				t.Fatal(err)
			}
			theta := 0.0
			n, d := 0.0, 0.0
			for _, u := range units {
				n, d = n+u.Numerator, d+u.Denominator
			}
			theta = n / d
			type scored struct{ z, s float64 }
			var list []scored
			for _, u := range units {
				var y, at, s float64
				switch kind {
				case RatioSHMI:
					y, at, s = math.Log(u.Numerator/u.Denominator), 0, 1/math.Sqrt(u.Denominator)
				case RatioCQC:
					y, at, s = math.Sqrt(u.Numerator/u.Denominator), 1, 1/(2*math.Sqrt(u.Denominator))
				case ProportionPR:
					y, at, s = math.Asin(math.Sqrt(u.Numerator/u.Denominator)), math.Asin(math.Sqrt(theta)), 1/(2*math.Sqrt(u.Denominator))
				default:
					y, at = math.Log((u.Numerator+0.5)/(u.Denominator+0.5)), math.Log(theta)
					s = math.Sqrt(u.Numerator/math.Pow(u.Numerator+0.5, 2) + u.Denominator/math.Pow(u.Denominator+0.5, 2))
				}
				list = append(list, scored{(y - at) / s, s})
			}
			slices.SortFunc(list, func(a, b scored) int { return compareZ(a.z, b.z) })
			k := float64(len(list))
			if kind == RatioSHMI {
				var kept []scored
				for i, one := range list { // ranks 1 to N, no ties among random units
					if g := int((float64(i+1) * 10) / (k + 1)); g >= 1 && g <= 8 {
						kept = append(kept, one)
					}
				}
				list = kept
			} else {
				at := func(p float64) float64 {
					h := (k - 1) * p
					i := int(h)
					return list[i].z*(1-(h-float64(i))) + list[i+1].z*(h-float64(i))
				}
				low, high := at(0.1), at(0.9)
				for i := range list {
					list[i].z = math.Max(low, math.Min(high, list[i].z))
				}
			}
			k = float64(len(list))
			z2, w, w2 := 0.0, 0.0, 0.0
			for _, one := range list {
				z2 += one.z * one.z
				w += math.Pow(one.s, -2)
				w2 += math.Pow(one.s, -4)
			}
			near(t, "phi", f.Phi, z2/k, 1e-9)
			near(t, "tau2", f.Tau2, math.Max(0, (z2-(k-1))/(w-w2/w)), 1e-9)
			if f.Kept != int(k) {
				t.Errorf("kept %d, want %v", f.Kept, k)
			}
		})
	}
}

func compareZ(a, b float64) int {
	if a < b {
		return -1
	}
	return 1
}

// The limits of every kind hold the target, the alarm holds the alert, they are
// narrower at larger units, and adjusted ones are wider than the plain.
func TestFunnelLimitsNest(t *testing.T) {
	for _, kind := range kinds {
		randomly(t, 100, func(r *rand.Rand) {
			f, err := OverDispersed(kind, randomUnits(r, kind), 0.1)
			if err != nil {
				t.Fatal(err)
			}
			plain := f
			plain.Adjusted = false
			wide := f.LimitsAt(5)
			for d := 6.0; d < 3000; d *= 1.3 {
				l, p := f.LimitsAt(d), plain.LimitsAt(d)
				ok := l.Alarm.Lower <= l.Alert.Lower && l.Alert.Lower <= f.Target && f.Target <= l.Alert.Upper && l.Alert.Upper <= l.Alarm.Upper
				ok = ok && l.Alert.Lower >= wide.Alert.Lower && l.Alert.Upper <= wide.Alert.Upper
				if kind == ProportionPR || kind == RatioOfCounts {
					ok = ok && l.Alert.Lower <= p.Alert.Lower && l.Alert.Upper >= p.Alert.Upper
				}
				if !ok {
					t.Errorf("%s at %v: %v, plain %v, before %v", kind, d, l, p, wide)
				}
				wide = l
			}
			for _, u := range f.Units {
				beyond := u.Value < u.Limits.Alert.Lower || u.Value > u.Limits.Alert.Upper
				if beyond != (u.Stands.Side != Within) {
					t.Errorf("%+v", u)
				}
			}
		})
	}
}

// Order of the units changes nothing, nor does reading a ratio upside down change
// how dispersed counts are.
func TestFunnelOrder(t *testing.T) {
	for _, kind := range kinds {
		randomly(t, 50, func(r *rand.Rand) {
			units := randomUnits(r, kind)
			a, _ := OverDispersed(kind, units, 0.1)
			slices.Reverse(units)
			b, _ := OverDispersed(kind, units, 0.1)
			near(t, "phi", a.Phi, b.Phi, 1e-12)
			near(t, "tau2", a.Tau2, b.Tau2, 1e-12)
		})
	}
	randomly(t, 50, func(r *rand.Rand) {
		units := randomUnits(r, RatioOfCounts)
		var down []Unit
		for _, u := range units {
			down = append(down, Unit{u.Denominator, u.Numerator})
		}
		a, _ := OverDispersed(RatioOfCounts, units, 0.1)
		b, _ := OverDispersed(RatioOfCounts, down, 0.1)
		near(t, "phi", b.Phi, a.Phi, 1e-9)
	})
}

// A unit that stands out in a funnel of ratios by Fingertips' limits is the one
// whose own interval does not hold 1: the two are the same test from two sides.
func TestFingertipsSignificance(t *testing.T) {
	for x := 1.0; x < 400; x++ {
		l, err := RatioFunnel(x)
		if err != nil {
			t.Fatal(err)
		}
		for _, ratio := range []float64{0.3, 0.5, 0.8, 0.95, 1, 1.05, 1.3, 2, 4} {
			own := exactPoisson(x, C95).times(ratio / x)
			if beside(own, 1) != sideOf(ratio, l.Alert) {
				t.Errorf("%v at %v: %v, funnel %v", ratio, x, own, l)
			}
		}
	}
	for _, c := range []struct {
		x, n, average float64
		label         string
	}{{65, 100, 0.65, "Not significant"}, {75, 100, 0.65, "High (0.025)"}, {85, 100, 0.65, "High (0.001)"}, {55, 100, 0.65, "Low (0.025)"}, {40, 100, 0.65, "Low (0.001)"}} {
		s, err := ProportionSignificance(c.x, c.n, c.average)
		if err != nil || s.Label() != c.label {
			t.Errorf("%v: %s, %v", c, s.Label(), err)
		}
	}
	// 8 observed where 6.2 are expected is nothing; 677 where 350, and 16 where 36, are beyond 99.8%.
	for _, c := range []struct {
		o, e  float64
		label string
	}{{8, 6.239860227, "Not significant"}, {0, 240.6273499, "Low (0.001)"}, {677, 349.8165659, "High (0.001)"}, {16, 36.38844667, "Low (0.001)"}, {191, 184.0963855, "Not significant"}} {
		s, err := RatioSignificance(c.o, c.e)
		if err != nil || s.Label() != c.label {
			t.Errorf("%v: %s, %v", c, s.Label(), err)
		}
	}
}

func TestDirectSignificance(t *testing.T) {
	s := Strata{[]float64{50, 60}, []float64{1000, 1000}}
	alert, _ := Direct(s, []float64{1, 1}, 1000, C95)
	alarm, _ := Direct(s, []float64{1, 1}, 1000, C998)
	for average, want := range map[float64]string{55: "Not significant", alert.Limits.Upper + 0.1: "Low (0.025)", alarm.Limits.Upper + 0.1: "Low (0.001)",
		alert.Limits.Lower - 0.1: "High (0.025)", alarm.Limits.Lower - 0.1: "High (0.001)"} {
		got, err := DirectSignificance(alert, alarm, average)
		if err != nil || got.Label() != want {
			t.Errorf("%v: %s, want %s, %v", average, got.Label(), want, err)
		}
	}
}
