package measure

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Method names how limits were made.
type Method string

// The methods of limits.
const (
	MethodExact    Method = "exact Poisson"
	MethodByar     Method = "Byar"
	MethodWilson   Method = "Wilson"
	MethodStudent  Method = "Student's t"
	MethodDobson   Method = "Dobson with Byar"
	MethodSilcocks Method = "Chiang with Silcocks"
	MethodAnalytic Method = "weighted least squares, analytic"
)

// Estimate is a figure with its limits and what it was worked out from. Value
// and limits are in the same units. Numerator is the events or the sum of the
// values; Denominator the population, the number of values, or the expected.
type Estimate struct {
	Value                  float64
	Limits                 Limits
	Confidence             Confidence
	Method                 Method
	Numerator, Denominator float64
}

// Proportion gives x/n × k with Wilson's limits. k is 1 for a share, 100 for
// per cent. To have the figure of several rows, add the rows first.
// Refuses: a numerator that is missing, negative or over the denominator; a
// denominator missing or not above 0. Limits are never cut short of 0 and k.
// Source: PHE.
func Proportion(x, n, k float64, c Confidence) (Estimate, error) {
	l, err := Wilson(x, n, c)
	if err != nil {
		return Estimate{}, err
	}
	if r := checkMultiplier(k); r != nil {
		return Estimate{}, r
	}
	return Estimate{x / n * k, l.times(k), c, MethodWilson, x, n}, nil
}

// Rate gives x/n × k, for example per 100,000, with the limits of the count
// times k/n: exact under 10 events, Byar from 10. Refuses as Proportion, but
// events may be more than the population. Source: PHE.
func Rate(events, population, k float64, c Confidence) (Estimate, error) {
	if r := firstOf(c.check(), checkCount(events), checkDenominator(population), checkMultiplier(k)); r != nil {
		return Estimate{}, r
	}
	l, m := countLimits(events, c)
	return Estimate{events / population * k, l.times(k / population), c, m, events, population}, nil
}

// Mean gives the mean of values with limits x̄ ± t(n − 1) · s/√n, s the sample
// standard deviation. Refuses: a value that is missing, fewer than two values.
// Source: PHE.
func Mean(values []float64, c Confidence) (Estimate, error) {
	if r := c.check(); r != nil {
		return Estimate{}, r
	}
	if len(values) < 2 {
		return Estimate{}, refuse(TooFewGroups, 0, "There are %d values; a mean with limits needs two.", len(values))
	}
	n, sum := float64(len(values)), 0.0
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return Estimate{}, refuse(BadValue, i+1, "Value %d is missing.", i+1)
		}
		sum += v
	}
	mean, squares := sum/n, 0.0
	for _, v := range values {
		squares += (v - mean) * (v - mean)
	}
	t := distuv.StudentsT{Sigma: 1, Nu: n - 1}.Quantile(0.5 + float64(c)/2)
	half := t * math.Sqrt(squares/(n-1)/n)
	return Estimate{mean, Limits{mean - half, mean + half}, c, MethodStudent, sum, n}, nil
}
