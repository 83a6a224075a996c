package measure

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func randomGroups(r *rand.Rand, scale Scale) []Quantile {
	groups := make([]Quantile, 5+r.IntN(6))
	slope := 3*r.Float64() - 1.5
	for i := range groups {
		v := 10 + slope*float64(i)*0.5 + r.Float64()
		if scale == Logit {
			v /= 40
		}
		groups[i] = Quantile{float64(1000 + r.IntN(9000)), v, Limits{}, v * (0.01 + 0.02*r.Float64())}
	}
	return groups
}

// The fit again by the route that the published method takes: regress Y√a on √a
// and b√a without an intercept, by the normal equations; and the limits by
// drawing the values many times, as PHE does.
func TestSlopeIndexByAnotherRoute(t *testing.T) {
	for _, scale := range []Scale{Plain, Log, Logit} {
		randomly(t, 6, func(r *rand.Rand) {
			groups := randomGroups(r, scale)
			got, err := SlopeIndex(groups, scale, false, C95)
			if err != nil {
				t.Fatal(err)
			}
			values := make([]float64, len(groups))
			for i, g := range groups {
				values[i], _ = g.on(scale)
			}
			sii, rii := byNormalEquations(groups, values, scale)
			near(t, "SII", got.Slope.Value, sii, 1e-9)
			near(t, "RII", got.Relative.Value, rii, 1e-9)

			const draws = 20000
			slopes, ratios := make([]float64, draws), make([]float64, draws)
			for d := range draws {
				for i, g := range groups {
					v, se := g.on(scale)
					values[i] = v + se*r.NormFloat64()
				}
				slopes[d], ratios[d] = byNormalEquations(groups, values, scale)
			}
			slices.Sort(slopes)
			slices.Sort(ratios)
			width := got.Slope.Limits.Upper - got.Slope.Limits.Lower
			apart(t, string(scale)+" SII", got.Slope.Limits, slopes, width)
			apart(t, string(scale)+" RII", got.Relative.Limits, ratios, got.Relative.Limits.Upper-got.Relative.Limits.Lower)
		})
	}
}

// apart wants limits to be within 6% of the width of the interval from those of
// sorted draws.
func apart(t *testing.T, what string, l Limits, draws []float64, width float64) {
	t.Helper()
	low, high := quantile7(draws, 0.025), quantile7(draws, 0.975)
	if math.Abs(l.Lower-low) > 0.06*width || math.Abs(l.Upper-high) > 0.06*width {
		t.Errorf("%s: %v, drawn %v to %v", what, l, low, high)
	}
}

func byNormalEquations(groups []Quantile, y []float64, scale Scale) (sii, rii float64) {
	all, before := 0.0, 0.0
	for _, g := range groups {
		all += g.Population
	}
	var xx [3]float64 // sums of √a√a, √a·b√a, b√a·b√a
	var xy [2]float64
	for i, g := range groups {
		a := g.Population / all
		b := before + a/2
		before += a
		u, v := math.Sqrt(a), b*math.Sqrt(a)
		xx[0] += u * u
		xx[1] += u * v
		xx[2] += v * v
		xy[0] += u * y[i] * math.Sqrt(a)
		xy[1] += v * y[i] * math.Sqrt(a)
	}
	det := xx[0]*xx[2] - xx[1]*xx[1]
	first := (xx[2]*xy[0] - xx[1]*xy[1]) / det
	last := first + (xx[0]*xy[1]-xx[1]*xy[0])/det
	switch scale {
	case Log:
		first, last = math.Exp(first), math.Exp(last)
	case Logit:
		first, last = logistic(first), logistic(last)
	}
	return last - first, last / first
}

// Equal values have no slope; values in other units have a slope in those units
// and the same ratio; turning the order round turns the sign.
func TestSlopeIndexScale(t *testing.T) {
	for _, scale := range []Scale{Plain, Log} {
		randomly(t, 200, func(r *rand.Rand) {
			groups := randomGroups(r, scale)
			a, err := SlopeIndex(groups, scale, false, C95)
			if err != nil {
				t.Fatal(err)
			}
			scaled, flat := slices.Clone(groups), slices.Clone(groups)
			for i := range groups {
				scaled[i].Value *= 7
				scaled[i].StandardError *= 7
				flat[i].Value = 5
			}
			b, _ := SlopeIndex(scaled, scale, false, C95)
			near(t, "slope", b.Slope.Value, 7*a.Slope.Value, 1e-10)
			near(t, "limit", b.Slope.Limits.Lower, 7*a.Slope.Limits.Lower, 1e-10)
			near(t, "ratio", b.Relative.Limits.Upper, a.Relative.Limits.Upper, 1e-10)
			even, _ := SlopeIndex(flat, scale, false, C95)
			near(t, "flat", even.Slope.Value, 0, 1e-12)
			near(t, "flat ratio", even.Relative.Value, 1, 1e-12)
			slices.Reverse(groups)
			back, _ := SlopeIndex(groups, scale, false, C95)
			near(t, "back", back.Slope.Value, -a.Slope.Value, 1e-9)
			negated, _ := SlopeIndex(groups, scale, true, C95)
			near(t, "negated", negated.Slope.Limits.Upper, -back.Slope.Limits.Lower, 1e-12)
			near(t, "negated ratio", negated.Relative.Value*back.Relative.Value, 1, 1e-12)
			for _, e := range []Estimate{a.Slope, a.Relative, negated.Slope, negated.Relative} {
				if e.Limits.Lower > e.Value || e.Limits.Upper < e.Value {
					t.Errorf("%v is not within %v", e.Value, e.Limits)
				}
			}
		})
	}
}

// More than ten groups are unusual, and it says so.
func TestSlopeIndexNote(t *testing.T) {
	groups := make([]Quantile, 11)
	for i := range groups {
		groups[i] = Quantile{100, 10, Limits{9, 11}, 0}
	}
	of, err := SlopeIndex(groups, Plain, false, C95)
	if err != nil || of.Note == "" {
		t.Errorf("%q, %v", of.Note, err)
	}
}

// The groups again by the formula in floating point, as it is written.
func TestQuantilesByTheFormula(t *testing.T) {
	randomly(t, 1000, func(r *rand.Rand) {
		q := 1 + r.IntN(12)
		values := make([]float64, q+r.IntN(200))
		for i := range values {
			values[i] = float64(r.IntN(50))
		}
		groups, err := Quantiles(values, q, false)
		if err != nil {
			t.Fatal(err)
		}
		n := float64(len(values))
		sizes := make([]int, q+1)
		for i, v := range values {
			rank := 1.0
			for _, other := range values {
				if other < v {
					rank++
				}
			}
			// a hair less, as N/q is not exact in binary
			want := math.Floor(float64(q+1) - math.Ceil((n+1-rank)/(n/float64(q))-1e-9))
			if want == 0 {
				want = 1
			}
			if float64(groups[i]) != want {
				t.Errorf("%v of %d in %d groups: %d, want %v", rank, len(values), q, groups[i], want)
			}
			sizes[groups[i]]++
			for j := range values {
				if values[j] < v && groups[j] > groups[i] {
					t.Errorf("a lower value is in a higher group")
				}
			}
		}
		if sizes[0] != 0 {
			t.Error("a value is in no group")
		}
	})
}

// 154 services, 106 areas, 19 age bands, 2 sexes.
func BenchmarkStandardise(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	const services, areas, strata = 154, 106, 38
	reference := randomStrata(r, strata)
	var weights []float64
	for range 2 {
		weights = append(weights, ESP2013[:]...)
	}
	populations := make([][]float64, areas)
	for a := range populations {
		populations[a] = randomStrata(r, strata).Population
	}
	events := make([][]float64, services*areas)
	for i := range events {
		events[i] = make([]float64, strata)
		for g := range events[i] {
			events[i][g] = float64(r.IntN(4))
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		for i, e := range events {
			s := Strata{e, populations[i%areas]}
			Direct(s, weights, 100000, C95)
			Direct(s, weights, 100000, C998)
			Indirect(s, reference, 1, C95)
			Indirect(s, reference, 1, C998)
		}
	}
}
