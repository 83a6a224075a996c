package measure

import (
	"math"
	"slices"
)

// truncate drops the first and the last of 1/trim groups of ranks, which is how
// the SHMI keeps extreme units from setting the spread: the group of a rank (ties
// have the mean of theirs) is ⌊rank · (1/trim) / (N + 1)⌋.
func truncate(z, s []float64, trim float64) (keptZ, keptS []float64) {
	k := 1 / trim
	sorted := slices.Sorted(slices.Values(z))
	for i, v := range z {
		first, _ := slices.BinarySearch(sorted, v)
		last := first
		for last < len(sorted) && sorted[last] == v {
			last++
		}
		rank := float64(first+1+last) / 2
		if group := math.Floor(rank * k / float64(len(z)+1)); group > 0 && group < k-1 {
			keptZ, keptS = append(keptZ, v), append(keptS, s[i])
		}
	}
	return keptZ, keptS
}

// winsorise draws values beyond the quantiles trim and 1 − trim in to them.
func winsorise(z []float64, trim float64) []float64 {
	sorted := slices.Sorted(slices.Values(z))
	low, high := quantile7(sorted, trim), quantile7(sorted, 1-trim)
	drawn := make([]float64, len(z))
	for i, v := range z {
		drawn[i] = math.Min(math.Max(v, low), high)
	}
	return drawn
}

// quantile7 interpolates between the order statistics around 1 + (n − 1)p,
// which is type 7 of Hyndman and Fan 1996.
func quantile7(sorted []float64, p float64) float64 {
	at := float64(len(sorted)-1) * p
	below := math.Floor(at)
	i := int(below)
	if i+1 == len(sorted) {
		return sorted[i]
	}
	return sorted[i] + (at-below)*(sorted[i+1]-sorted[i])
}
