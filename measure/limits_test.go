package measure

import (
	"math"
	"math/rand/v2"
	"testing"
)

func randomly(t *testing.T, times int, f func(r *rand.Rand)) {
	t.Helper()
	for seed := range times {
		f(rand.New(rand.NewPCG(uint64(seed), 5)))
		if t.Failed() {
			t.Fatalf("with seed %d", seed)
		}
	}
}

// upTo gives the chance of a Poisson count of at most x, by adding its terms.
func upTo(x int, mean float64) float64 {
	sum := 0.0
	for k := range x + 1 {
		l, _ := math.Lgamma(float64(k + 1))
		sum += math.Exp(float64(k)*math.Log(mean) - mean - l)
	}
	return sum
}

// The exact limits are the means at which the count, or a more extreme one, has
// half of the remaining chance: here by adding terms instead of by chi-squared.
func TestExactPoissonBySumming(t *testing.T) {
	for _, c := range []Confidence{0.9, C95, 0.99, C998} {
		tail := (1 - float64(c)) / 2
		for x := range 200 {
			l, err := ExactPoisson(float64(x), c)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "upper", upTo(x, l.Upper), tail, 1e-11)
			if x > 0 {
				near(t, "lower", 1-upTo(x-1, l.Lower), tail, 1e-11)
			}
		}
	}
}

// At counts of 10 or more Byar's limits are within 0.2% of the exact, and at
// every count limits hold the estimate, grow with it and widen with confidence.
func TestCountLimits(t *testing.T) {
	before := Limits{-1, -1}
	for x := range 3000 {
		byar, _ := Byar(float64(x), C95)
		exact, _ := ExactPoisson(float64(x), C95)
		if x >= 10 && (math.Abs(byar.Upper/exact.Upper-1) > 0.002 || math.Abs(byar.Lower/exact.Lower-1) > 0.002) {
			t.Errorf("at %d Byar gives %v, exact %v", x, byar, exact)
		}
		l, method, err := CountLimits(float64(x), C95)
		if err != nil || (method == MethodExact) != (x < 10) {
			t.Fatalf("at %d: %v, %v", x, method, err)
		}
		wide, _, _ := CountLimits(float64(x), C998)
		if !(l.Lower <= float64(x) && float64(x) < l.Upper) || !(wide.Lower <= l.Lower && l.Upper < wide.Upper) {
			t.Errorf("at %d: %v and wider %v", x, l, wide)
		}
		if x != 10 && !(l.Lower >= before.Lower && l.Upper > before.Upper) { // at 10 the method changes
			t.Errorf("at %d %v does not follow %v", x, l, before)
		}
		before = l
	}
}

// Wilson's limits are where the score test of x/n has the value z, hold the
// estimate, are within 0 and 1, and mirror those of n − x.
func TestWilsonIsTheScoreTest(t *testing.T) {
	randomly(t, 2000, func(r *rand.Rand) {
		n := float64(1 + r.IntN(5000))
		x := float64(r.IntN(int(n) + 1))
		c := []Confidence{0.9, C95, C998}[r.IntN(3)]
		l, err := Wilson(x, n, c)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range []float64{l.Lower, l.Upper} {
			if p > 1e-12 && p < 1-1e-12 {
				near(t, "score", math.Abs(x/n-p)/math.Sqrt(p*(1-p)/n), c.Z(), 1e-7)
			}
		}
		if l.Lower < 0 || l.Upper > 1 || l.Lower > x/n || l.Upper < x/n {
			t.Errorf("%v of %v: %v", x, n, l)
		}
		mirror, _ := Wilson(n-x, n, c)
		near(t, "mirror", mirror.Lower, 1-l.Upper, 1e-12)
	})
}

func TestRateAndProportionScale(t *testing.T) {
	randomly(t, 500, func(r *rand.Rand) {
		n := float64(1 + r.IntN(100000))
		x := float64(r.IntN(int(n)))
		k := math.Exp(r.Float64() * 10)
		for _, f := range []func(x, n, k float64, c Confidence) (Estimate, error){Rate, Proportion} {
			one, err := f(x, n, 1, C95)
			if err != nil {
				t.Fatal(err)
			}
			many, _ := f(x, n, k, C95)
			near(t, "value", many.Value, one.Value*k, 1e-12)
			near(t, "lower", many.Limits.Lower, one.Limits.Lower*k, 1e-12)
			near(t, "upper", many.Limits.Upper, one.Limits.Upper*k, 1e-12)
			if one.Limits.Lower > one.Value || one.Limits.Upper < one.Value {
				t.Errorf("%v/%v = %v is not within %v", x, n, one.Value, one.Limits)
			}
		}
	})
}

func TestMeanByHand(t *testing.T) {
	// t of 9 degrees at 97.5% is 2.262157 in printed tables; s of 1 to 10 is 3.02765.
	e, err := Mean([]float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, C95)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "value", e.Value, 5.5, 1e-15)
	near(t, "half", e.Limits.Upper-e.Value, 2.262157*3.0276503541/math.Sqrt(10), 1e-6)
	randomly(t, 200, func(r *rand.Rand) {
		values, moved := make([]float64, 2+r.IntN(40)), []float64(nil)
		for i := range values {
			values[i] = r.NormFloat64()
		}
		k, m := 1+r.Float64()*9, r.NormFloat64()*100
		for _, v := range values {
			moved = append(moved, v*k+m)
		}
		a, _ := Mean(values, C95)
		b, _ := Mean(moved, C95)
		near(t, "value", b.Value, a.Value*k+m, 1e-12)
		near(t, "width", b.Limits.Upper-b.Limits.Lower, (a.Limits.Upper-a.Limits.Lower)*k, 1e-9)
	})
}

func TestRefusalsSpeak(t *testing.T) {
	for _, err := range []error{
		second(Byar(-1, C95)), second(Byar(1, 0.5)), second(Byar(math.Inf(1), C95)), second(ExactPoisson(none, C95)), second(Wilson(2, 1, C95)), second(Wilson(0, none, C95)),
		second(Mean([]float64{1}, C95)), second(Mean([]float64{1, none}, C95)), second(Rate(1, 0, 1, C95)), second(Rate(1, 2, 0, C95)), second(Dobson(1, 1, 0, C95)),
		second(Dobson(1, -1, 5, C95)), second(Ratio(5, 0, 1, C95)), second(Quantiles(nil, 0, false)), second(ProfileOf("none")), second(ProportionFunnel(1.1, 5)),
		second(RatioFunnel(0)), second(RateFunnel(0, 5)), second(OverDispersed("x", nil, 0.1)), second(OverDispersed(RatioSHMI, nil, 0.6)),
		second(DirectSignificance(Estimate{}, Estimate{}, 1)), second(SlopeIndex(nil, Plain, false, C95)), second(Expected(nil, Strata{})),
	} {
		why := Why(err)
		if why == nil || why.Reason == "" || len(why.Sentence) < 15 || why.Sentence[len(why.Sentence)-1] != '.' {
			t.Errorf("got %v", err)
		}
	}
	if !(&Refusal{Reason: TooFewEvents}).Withheld() || (&Refusal{Reason: Negative}).Withheld() {
		t.Error("too few events withhold, a negative count does not")
	}
}

func second[T any](_ T, err error) error { return err }
