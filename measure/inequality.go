package measure

import (
	"fmt"
	"math"
)

// Scale is how values are fitted in a slope index: as they are, by their
// logarithm (rates) or by their logit (proportions, as shares of 1).
type Scale string

// The scales.
const (
	Plain Scale = "plain"
	Log   Scale = "log"
	Logit Scale = "logit"
)

// Quantile is one deprivation group: its population, its value, and the value's
// 95% limits or standard error. StandardError is used where it is above 0, and
// is in the units of Value.
type Quantile struct {
	Population    float64
	Value         float64
	Limits95      Limits
	StandardError float64
}

// Inequality is a slope index of inequality (in the units of the value) and the
// relative index (a ratio). First and Last are the fitted values of the most and
// the least deprived person. Note is a caution, or empty.
type Inequality struct {
	Slope, Relative Estimate
	First, Last     float64
	Note            string
}

const (
	leastQuantiles = 5
	mostQuantiles  = 100
	usualQuantiles = 10
)

// SlopeIndex fits the values of deprivation groups, given from the most deprived
// to the least, against the share of the population that is more deprived:
//
//	a = population share, b = middle of the cumulative share
//	weighted least squares of Y on b with weights a: intercept I, slope S
//	plain: SII = S, RII = (I + S)/I
//	log or logit: the fit is of ln Y or ln(Y/(1−Y)); SII is the difference of the
//	fitted values at 1 and at 0 on the plain scale, RII their ratio
//
// A negative SII is more among the most deprived. With negate (for values that
// are bad when low) the SII changes sign and the RII is inverted.
//
// Limits are analytic, so that they are the same each time: S is Σ c Y, so its
// variance is Σ c² se²; the plain RII has Fieller's limits; the RII of the log
// fit is exp(S ± z se); the other two have limits from the first-order variance.
// PHE simulates instead, and its limits differ from these by what its random
// draws leave open.
//
// Refuses: fewer than 5 or more than 100 groups; a group without value,
// population, or a standard error or limits; values that the scale cannot take;
// a plain RII whose intercept is not apart from 0. Source: PHE; Low and Low 2004.
func SlopeIndex(groups []Quantile, scale Scale, negate bool, c Confidence) (Inequality, error) {
	if r := firstOf(c.check(), checkGroups(groups, scale)); r != nil {
		return Inequality{}, r
	}
	f := fitted(groups, scale)
	var of Inequality
	switch scale {
	case Log:
		of = f.logged(c)
	case Logit:
		of = f.logits(c)
	default:
		of = f.plain(c)
	}
	if !Exists(of.Relative.Value) {
		return Inequality{}, refuse(BadValue, 0, "The fitted value of the most deprived is %v; a relative index needs one above 0.", of.First)
	}
	if negate {
		of.negate()
	}
	if len(groups) > usualQuantiles {
		of.Note = fmt.Sprintf("There are %d groups; more than %d are unusual for a slope index.", len(groups), usualQuantiles)
	}
	return of, nil
}

// fit is a weighted straight line with the variances and the covariance of its
// intercept and slope.
type fit struct {
	intercept, slope   float64
	varI, varS, covIS  float64
	population, groups float64
}

func fitted(groups []Quantile, scale Scale) fit {
	f := fit{groups: float64(len(groups))}
	for _, g := range groups {
		f.population += g.Population
	}
	a, b := make([]float64, len(groups)), make([]float64, len(groups))
	before, middle := 0.0, 0.0
	for i, g := range groups {
		a[i] = g.Population / f.population
		b[i] = before + a[i]/2
		before += a[i]
		middle += a[i] * b[i]
	}
	spread := 0.0
	for i := range groups {
		spread += a[i] * (b[i] - middle) * (b[i] - middle)
	}
	for i, g := range groups {
		y, se := g.on(scale)
		s := a[i] * (b[i] - middle) / spread
		in := a[i] - middle*s
		f.slope += s * y
		f.intercept += in * y
		f.varS += s * s * se * se
		f.varI += in * in * se * se
		f.covIS += s * in * se * se
	}
	return f
}

// on gives the value and its standard error on the scale of the fit.
func (g Quantile) on(scale Scale) (y, se float64) {
	half := func(f func(float64) float64) float64 { return (f(g.Limits95.Upper) - f(g.Limits95.Lower)) / (2 * z95) }
	given := g.StandardError > 0
	switch scale {
	case Log:
		if given {
			return math.Log(g.Value), g.StandardError / g.Value
		}
		return math.Log(g.Value), half(math.Log)
	case Logit:
		if given {
			return logit(g.Value), g.StandardError / (g.Value * (1 - g.Value))
		}
		return logit(g.Value), half(logit)
	}
	if given {
		return g.Value, g.StandardError
	}
	return g.Value, half(func(v float64) float64 { return v })
}

func logit(p float64) float64    { return math.Log(p / (1 - p)) }
func logistic(v float64) float64 { return 1 / (1 + math.Exp(-v)) }

func (f fit) estimate(value float64, l Limits, c Confidence) Estimate {
	return Estimate{value, l, c, MethodAnalytic, f.groups, f.population}
}

func (f fit) plain(c Confidence) Inequality {
	last := f.intercept + f.slope
	of := Inequality{First: f.intercept, Last: last, Slope: f.estimate(f.slope, about(f.slope, f.varS, c), c)}
	ratio := none
	if f.intercept > 0 {
		ratio = last / f.intercept
	}
	of.Relative = f.estimate(ratio, fieller(last, f.intercept, f.varI+f.varS+2*f.covIS, f.varI, f.varI+f.covIS, c.Z()), c)
	return of
}

func (f fit) logged(c Confidence) Inequality {
	first, last := math.Exp(f.intercept), math.Exp(f.intercept+f.slope)
	of := Inequality{First: first, Last: last}
	// d(last − first)/dI = last − first, d/dS = last
	of.Slope = f.estimate(last-first, about(last-first, f.variance(last-first, last), c), c)
	l := about(f.slope, f.varS, c)
	of.Relative = f.estimate(last/first, Limits{math.Exp(l.Lower), math.Exp(l.Upper)}, c)
	return of
}

func (f fit) logits(c Confidence) Inequality {
	first, last := logistic(f.intercept), logistic(f.intercept+f.slope)
	of := Inequality{First: first, Last: last}
	dFirst, dLast := first*(1-first), last*(1-last)
	of.Slope = f.estimate(last-first, about(last-first, f.variance(dLast-dFirst, dLast), c), c)
	// ln(last/first) has the derivatives first − last and 1 − last
	l := about(math.Log(last/first), f.variance(first-last, 1-last), c)
	of.Relative = f.estimate(last/first, Limits{math.Exp(l.Lower), math.Exp(l.Upper)}, c)
	return of
}

// variance of a function of the fit by its derivatives with respect to the
// intercept and the slope.
func (f fit) variance(dI, dS float64) float64 {
	return dI*dI*f.varI + dS*dS*f.varS + 2*dI*dS*f.covIS
}

func about(v, variance float64, c Confidence) Limits {
	half := c.Z() * math.Sqrt(variance)
	return Limits{v - half, v + half}
}

// fieller gives the limits of x/y, y above 0, from the variances and covariance
// of the two. They do not exist when y is not apart from 0.
func fieller(x, y, varX, varY, cov, z float64) Limits {
	a := y*y - z*z*varY
	b := x*y - z*z*cov
	under := b*b - a*(x*x-z*z*varX)
	if a <= 0 || under < 0 {
		return Limits{none, none}
	}
	root := math.Sqrt(under)
	return Limits{(b - root) / a, (b + root) / a}
}

func (of *Inequality) negate() {
	s, r := &of.Slope, &of.Relative
	s.Value, s.Limits = -s.Value, Limits{-s.Limits.Upper, -s.Limits.Lower}
	r.Value, r.Limits = 1/r.Value, Limits{1 / r.Limits.Upper, 1 / r.Limits.Lower}
}

func checkGroups(groups []Quantile, scale Scale) *Refusal {
	if n := len(groups); n < leastQuantiles || n > mostQuantiles {
		return refuse(TooFewGroups, 0, "There are %d groups; a slope index needs %d to %d.", n, leastQuantiles, mostQuantiles)
	}
	if scale != Plain && scale != Log && scale != Logit {
		return refuse(BadSetting, 0, "There is no scale %q; write plain, log or logit.", scale)
	}
	for i, g := range groups {
		row := i + 1
		given := g.StandardError > 0
		switch {
		case math.IsNaN(g.Value) || math.IsInf(g.Value, 0):
			return refuse(MissingGroup, row, "Group %d has no value; a slope index needs every group.", row)
		case !(g.Population > 0) || math.IsInf(g.Population, 1):
			return refuse(NotPositive, row, "The population of group %d is %v; it must be above 0.", row, g.Population)
		case !given && !(g.Limits95.Lower <= g.Limits95.Upper):
			return refuse(BadValue, row, "Group %d has neither a standard error above 0 nor a lower limit under its upper.", row)
		case scale == Log && !(g.Value > 0 && (given || g.Limits95.Lower > 0)):
			return refuse(BadValue, row, "Group %d is %v from %v; the log scale needs values above 0.", row, g.Value, g.Limits95.Lower)
		case scale == Logit && !(g.Value > 0 && g.Value < 1 && (given || g.Limits95.Lower > 0 && g.Limits95.Upper < 1)):
			return refuse(BadValue, row, "Group %d is %v; the logit scale needs shares between 0 and 1.", row, g.Value)
		}
	}
	return nil
}
