package measure

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Confidence is the two-sided level of a pair of limits as a share, at least
// 0.9 and under 1.
type Confidence float64

// The two customary levels: about 2 and 3 standard errors.
const (
	C95  Confidence = 0.95
	C998 Confidence = 0.998
)

// Z is the standard normal quantile at 1/2 + c/2: 1.96 for 0.95, 3.09 for 0.998.
func (c Confidence) Z() float64 {
	switch c { // the customary two are asked for millions of times
	case C95:
		return z95
	case C998:
		return z998
	}
	return distuv.UnitNormal.Quantile(0.5 + float64(c)/2)
}

var (
	z95  = distuv.UnitNormal.Quantile(0.975)
	z998 = distuv.UnitNormal.Quantile(0.999)
)

func (c Confidence) check() *Refusal {
	if c >= 0.9 && c < 1 {
		return nil
	}
	return refuse(BadConfidence, 0, "The confidence is %v; write a share of at least 0.9 and under 1, such as 0.95.", float64(c))
}

// Limits is a confidence interval. A limit that does not exist is NaN.
type Limits struct{ Lower, Upper float64 }

func (l Limits) times(k float64) Limits { return Limits{l.Lower * k, l.Upper * k} }

// Byar gives approximate limits of a Poisson count of events:
//
//	lower = x (1 − 1/(9x) − z/(3√x))³
//	upper = (x+1) (1 − 1/(9(x+1)) + z/(3√(x+1)))³
//
// The lower limit does not exist for no events, nor where the formula falls
// under 0 (1 event at 0.998). Refuses: negative or missing events, a confidence
// out of range. Source: Breslow and Day 1987, as PHE.
func Byar(events float64, c Confidence) (Limits, error) {
	if r := firstOf(c.check(), checkCount(events)); r != nil {
		return Limits{}, r
	}
	return byar(events, c.Z()), nil
}

func byar(x, z float64) Limits {
	l := Limits{none, byarUpper(x, z)}
	if x > 0 {
		if low := x * cube(1-1/(9*x)-z/(3*math.Sqrt(x))); low >= 0 {
			l.Lower = low
		}
	}
	return l
}

func byarUpper(x, z float64) float64 {
	return (x + 1) * cube(1-1/(9*(x+1))+z/(3*math.Sqrt(x+1)))
}

func cube(v float64) float64 { return v * v * v }

// ExactPoisson gives the exact limits of a Poisson count of events:
//
//	lower = χ²(α/2; 2x) / 2, and 0 for no events
//	upper = χ²(1 − α/2; 2x + 2) / 2
//
// Refuses as Byar. Source: Ulm 1990, as PHE.
func ExactPoisson(events float64, c Confidence) (Limits, error) {
	if r := firstOf(c.check(), checkCount(events)); r != nil {
		return Limits{}, r
	}
	return exactPoisson(events, c), nil
}

func exactPoisson(x float64, c Confidence) Limits {
	tail := (1 - float64(c)) / 2
	l := Limits{0, chiSquared(1-tail, 2*x+2) / 2}
	if x > 0 {
		l.Lower = chiSquared(tail, 2*x) / 2
	}
	return l
}

func chiSquared(p, degrees float64) float64 { return distuv.ChiSquared{K: degrees}.Quantile(p) }

// fewEvents is the count from which Byar's approximation is used, and under
// which a directly standardised rate is withheld.
const fewEvents = 10

// CountLimits gives the limits of a Poisson count as public health figures have
// them: exact under 10 events, Byar from 10. Method says which. Source: PHE.
func CountLimits(events float64, c Confidence) (Limits, Method, error) {
	if r := firstOf(c.check(), checkCount(events)); r != nil {
		return Limits{}, "", r
	}
	l, m := countLimits(events, c)
	return l, m, nil
}

func countLimits(x float64, c Confidence) (Limits, Method) {
	if x < fewEvents {
		return exactPoisson(x, c), MethodExact
	}
	return byar(x, c.Z()), MethodByar
}

// Wilson gives the score limits of a proportion x/n, as a share of 1:
//
//	(2x + z² ∓ z √(z² + 4x(1 − x/n))) / (2 (n + z²))
//
// Refuses: x negative or over n, n not above 0, a confidence out of range.
// Source: Wilson 1927; Newcombe and Altman 2000, as PHE.
func Wilson(x, n float64, c Confidence) (Limits, error) {
	if r := firstOf(c.check(), checkCount(x), checkDenominator(n), checkPart(x, n)); r != nil {
		return Limits{}, r
	}
	return wilson(x, n, c.Z()), nil
}

func wilson(x, n, z float64) Limits {
	half := z * math.Sqrt(z*z+4*x*(1-x/n))
	below := 2 * (n + z*z)
	// At the ends the formula is 0 and 1 but for rounding.
	return Limits{math.Max(0, (2*x+z*z-half)/below), math.Min(1, (2*x+z*z+half)/below)}
}

// Dobson gives the limits of a weighted sum of Poisson counts (such as a
// standardised rate) from the limits of the plain count:
//
//	value + √(variance / events) · (limit of events − events)
//
// with Byar's limits of the count. variance is in the units of value squared.
// Source: Dobson et al. 1991, as PHE.
func Dobson(value, variance, events float64, c Confidence) (Limits, error) {
	r := firstOf(c.check(), checkCount(events))
	switch {
	case r != nil:
		return Limits{}, r
	case events == 0:
		return Limits{}, refuse(TooFewEvents, 0, "There are no events, so there are no limits.")
	case !(variance >= 0) || math.IsInf(variance, 1) || math.IsNaN(value):
		return Limits{}, refuse(BadValue, 0, "The value is %v with variance %v; both must be numbers, the variance not under 0.", value, variance)
	}
	return dobson(value, variance, events, c.Z()), nil
}

func dobson(value, variance, events, z float64) Limits {
	of := byar(events, z)
	k := math.Sqrt(variance / events)
	return Limits{value + k*(of.Lower-events), value + k*(of.Upper-events)}
}

func firstOf(list ...*Refusal) *Refusal {
	for _, r := range list {
		if r != nil {
			return r
		}
	}
	return nil
}

func checkCount(x float64) *Refusal {
	switch {
	case math.IsNaN(x) || math.IsInf(x, 0):
		return refuse(MissingNumerator, 0, "The number of events is missing.")
	case x < 0:
		return refuse(Negative, 0, "The number of events is %v; it cannot be under 0.", x)
	}
	return nil
}

func checkDenominator(n float64) *Refusal {
	switch {
	case math.IsNaN(n) || math.IsInf(n, 0):
		return refuse(MissingPopulation, 0, "The denominator is missing.")
	case n <= 0:
		return refuse(NotPositive, 0, "The denominator is %v; it must be above 0.", n)
	}
	return nil
}

func checkPart(x, n float64) *Refusal {
	if x > n {
		return refuse(OverDenominator, 0, "The numerator %v is over the denominator %v; a proportion cannot be over 1.", x, n)
	}
	return nil
}

func checkMultiplier(k float64) *Refusal {
	if k > 0 && !math.IsInf(k, 1) {
		return nil
	}
	return refuse(BadMultiplier, 0, "The multiplier is %v; it must be above 0, such as 100 or 100000.", k)
}
