package measure

import "math"

// LifeAges is where the 20 age bands of the abridged life table begin, in years;
// the last is open.
var LifeAges = [20]int{0, 1, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90}

const (
	// infantShare is how far into the first year those who die in it live on average.
	infantShare = 0.1
	// leastPersonYears is the population that a life table must be over.
	leastPersonYears = 5000
	// widestLife is the widest 95% interval, in years, with which a value is shown.
	widestLife = 20
)

// Life is the expectation of life, in years, of those who reach Age. Withheld
// holds why the value (NaN then) is not shown; its limits are.
type Life struct {
	Age      int
	Estimate Estimate
	Withheld *Refusal
}

// LifeExpectancy gives the expectation of life at each of LifeAges from the
// deaths and person-years of the 20 bands, by Chiang's abridged life table:
//
//	M = deaths/population, n the years of the band (2/M for the last)
//	q = nM / (1 + n(1 − a)M), a = 0.1 at age 0, else 0.5; q = 1 for the last
//	l, the survivors of those born, fall by d = l q; L = n(l − d + a d)
//	e = (sum of L from the band on) / l
//	var(e at x) = Σ l²((1 − a)n + e of the next band)² q²(1 − q)/deaths / (l at x)²
//
// with the term l²/(deaths M²) for the last band after Silcocks, and limits
// e ± z √var. Refuses: not 20 bands; a population missing or not above 0; deaths
// negative, missing or over the population; no deaths in the last band; 5,000
// person-years or fewer. A value whose 95% interval is over 20 years wide is
// withheld, its limits are given. Source: PHE; Chiang 1968; Silcocks et al. 2001;
// Eayres and Williams 2004.
func LifeExpectancy(deaths, population []float64, c Confidence) ([]Life, error) {
	if r := firstOf(c.check(), checkLife(deaths, population)); r != nil {
		return nil, r
	}
	e, variance := lifeTable(deaths, population)
	list := make([]Life, len(LifeAges))
	for i, age := range LifeAges {
		se := math.Sqrt(variance[i])
		half := c.Z() * se
		list[i] = Life{Age: age, Estimate: Estimate{e[i], Limits{e[i] - half, e[i] + half}, c, MethodSilcocks, sumFrom(deaths, i), sumFrom(population, i)}}
		if width := 2 * z95 * se; width > widestLife {
			list[i].Estimate.Value = none
			list[i].Withheld = refuse(TooWide, i+1, "The 95%% interval of life expectancy at %d is %.1f years wide; over %d years no value is shown.", age, width, widestLife)
		}
	}
	return list, nil
}

func lifeTable(deaths, population []float64) (e, variance [20]float64) {
	const last = len(LifeAges) - 1
	var lives, years, q, n, a [len(LifeAges)]float64
	lives[0] = 1
	for i := range LifeAges {
		m := deaths[i] / population[i]
		if i == last {
			years[i] = lives[i] / m
			break
		}
		n[i], a[i] = float64(LifeAges[i+1]-LifeAges[i]), 0.5
		if i == 0 {
			a[i] = infantShare
		}
		q[i] = n[i] * m / (1 + n[i]*(1-a[i])*m)
		lives[i+1] = lives[i] * (1 - q[i])
		years[i] = n[i] * (lives[i+1] + a[i]*lives[i]*q[i])
	}
	m := deaths[last] / population[last]
	beyond := years[last]
	spread := lives[last] * lives[last] / (deaths[last] * m * m)
	e[last], variance[last] = beyond/lives[last], spread/(lives[last]*lives[last])
	for i := last - 1; i >= 0; i-- {
		beyond += years[i]
		if deaths[i] > 0 {
			ahead := lives[i] * ((1-a[i])*n[i] + e[i+1])
			spread += ahead * ahead * q[i] * q[i] * (1 - q[i]) / deaths[i]
		}
		e[i], variance[i] = beyond/lives[i], spread/(lives[i]*lives[i])
	}
	return e, variance
}

func checkLife(deaths, population []float64) *Refusal {
	if len(deaths) != len(LifeAges) || len(population) != len(LifeAges) {
		return refuse(MissingBand, 0, "There are %d bands of deaths and %d of population; a life table needs the %d bands 0, 1, 5 and so on to 90.", len(deaths), len(population), len(LifeAges))
	}
	for i, p := range population {
		switch d := deaths[i]; {
		case math.IsNaN(p) || math.IsInf(p, 0):
			return refuse(MissingPopulation, i+1, "The population of the band from %d is missing.", LifeAges[i])
		case p <= 0:
			return refuse(NotPositive, i+1, "The population of the band from %d is %v; it must be above 0.", LifeAges[i], p)
		case math.IsNaN(d):
			return refuse(MissingNumerator, i+1, "The deaths of the band from %d are missing.", LifeAges[i])
		case d < 0:
			return refuse(Negative, i+1, "The deaths of the band from %d are %v; they cannot be under 0.", LifeAges[i], d)
		case d > p:
			return refuse(OverDenominator, i+1, "The band from %d has %v deaths in a population of %v.", LifeAges[i], d, p)
		}
	}
	if deaths[len(deaths)-1] == 0 {
		return refuse(TooFewEvents, len(deaths), "Nobody died in the last band, so how long people live in it is not known.")
	}
	if all := sumFrom(population, 0); all <= leastPersonYears {
		return refuse(LowPopulation, 0, "The population is %v; life expectancy is not shown for %d person-years or fewer.", all, leastPersonYears)
	}
	return nil
}

func sumFrom(list []float64, i int) float64 {
	sum := 0.0
	for _, v := range list[i:] {
		sum += v
	}
	return sum
}
