package measure

import (
	"math"
	"testing"
)

// The published example of PHE's life expectancy function.
var (
	lifeDeaths     = []float64{17, 9, 4, 8, 20, 15, 24, 33, 50, 71, 100, 163, 263, 304, 536, 872, 1390, 1605, 1936, 1937}
	lifePopulation = []float64{7060, 35059, 46974, 48489, 43219, 38561, 46009, 57208, 61435, 55601, 50209, 56416, 46411, 39820, 37978, 37039, 33288, 23306, 11936, 11936}
)

func TestLifeExpectancyPublished(t *testing.T) {
	value := []float64{80.16960813, 79.36245674, 75.44193645, 70.47299936, 65.52909542, 60.67510088, 55.78835987, 50.92752727,
		46.06740425, 41.24505636, 36.49322717, 31.83343842, 27.26027992, 22.9719144, 18.76856852, 14.95858336, 11.51684445, 8.618849241, 6.163942934, 6.16210635}
	lower := []float64{79.88268548, 79.0898816, 75.17407307, 70.20675732, 65.26548673, 60.41876577, 55.53801579, 50.68279939,
		45.82666794, 41.00842831, 36.26223216, 31.60996318, 27.04337271, 22.76653134, 18.57570352, 14.77985004, 11.34831778, 8.451134045, 5.978358351, 5.887683386}
	upper := []float64{80.45653078, 79.63503188, 75.70979983, 70.7392414, 65.79270412, 60.931436, 56.03870395, 51.17225516, 46.30814055,
		41.48168441, 36.72422219, 32.05691365, 27.47718713, 23.17729746, 18.96143352, 15.13731667, 11.68537112, 8.786564437, 6.349527517, 6.436529314}
	got, err := LifeExpectancy(lifeDeaths, lifePopulation, C95)
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range got {
		near(t, "value", l.Estimate.Value, value[i], 1e-8)
		// The published limits are a spreadsheet's with 1.96 for z, not 1.959964.
		half := (l.Estimate.Limits.Upper - l.Estimate.Value) / z95 * 1.96
		near(t, "upper", l.Estimate.Value+half, upper[i], 1e-8)
		near(t, "lower", l.Estimate.Value-half, lower[i], 1e-8)
		near(t, "middle", (l.Estimate.Limits.Lower+l.Estimate.Limits.Upper)/2, l.Estimate.Value, 1e-12)
	}
}

// near holds a value to the one wanted, relative to its size.
func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.IsNaN(got) != math.IsNaN(want) || math.Abs(got-want) > tolerance*math.Max(1, math.Abs(want)) {
		t.Errorf("%s: got %.12g, want %.12g", what, got, want)
	}
}
