package measure

import (
	"math"
	"slices"
)

// Quantiles puts values into q groups of about the same number of values, 1 the
// lowest:
//
//	⌊(q + 1) − ⌈((N + 1) − rank) / (N/q)⌉⌋, and 1 where that is 0
//
// Values that are the same have the lowest of their ranks, and so are in the
// same group. With highestFirst group 1 has the highest values. A value that is
// NaN is in no group (0) and does not count in N. Refuses: fewer values than
// groups, no groups. Source: PHE.
func Quantiles(values []float64, q int, highestFirst bool) ([]int, error) {
	if q < 1 {
		return nil, refuse(BadSetting, 0, "The number of groups is %d; it must be above 0.", q)
	}
	sign := 1.0
	if highestFirst {
		sign = -1
	}
	sorted := make([]float64, 0, len(values))
	for _, v := range values {
		if !math.IsNaN(v) {
			sorted = append(sorted, sign*v)
		}
	}
	n := len(sorted)
	if n < q {
		return nil, refuse(TooFewGroups, 0, "There are %d values for %d groups.", n, q)
	}
	slices.Sort(sorted)
	groups := make([]int, len(values))
	for i, v := range values {
		if math.IsNaN(v) {
			continue
		}
		below, _ := slices.BinarySearch(sorted, sign*v)
		// (N + 1 − rank)/(N/q) rounded up, in whole numbers; rank is below + 1.
		groups[i] = max(1, q+1-ceilDiv((n-below)*q, n))
	}
	return groups, nil
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
