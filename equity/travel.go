package equity

import (
	"math"
	"slices"

	"remit/measure"
)

// Place is a point of the Earth in degrees, north and east above 0 (WGS 84).
type Place struct{ Latitude, Longitude float64 }

// earthRadius is the mean radius of the Earth in kilometres (IUGG).
const earthRadius = 6371.0088

// GreatCircle gives the shortest way over the Earth's surface between two
// places, in kilometres, by the haversine formula on a sphere of the mean
// radius; it is within 0.6% of the ellipsoid's. Refuses a place that is not on
// the Earth.
func GreatCircle(a, b Place) (float64, error) {
	for i, p := range []Place{a, b} {
		if !(math.Abs(p.Latitude) <= 90 && math.Abs(p.Longitude) <= 180) {
			return 0, refuse(measure.BadValue, i+1, "Place %d is at %v, %v; a latitude is from -90 to 90 and a longitude from -180 to 180.", i+1, p.Latitude, p.Longitude)
		}
	}
	return greatCircle(a, b), nil
}

func greatCircle(a, b Place) float64 {
	const degree = math.Pi / 180
	up := math.Sin((b.Latitude - a.Latitude) * degree / 2)
	over := math.Sin((b.Longitude - a.Longitude) * degree / 2)
	h := up*up + math.Cos(a.Latitude*degree)*math.Cos(b.Latitude*degree)*over*over
	return 2 * earthRadius * math.Asin(math.Min(1, math.Sqrt(h)))
}

// Distances gives the kilometres from each area to each site: the great circle
// times a detour factor (1 for the straight line, about 1.3 for roads: state it
// beside every figure). Refuses a place not on the Earth, a factor under 1.
func Distances(areas, sites []Place, detour float64) ([][]float64, error) {
	if !(detour >= 1) || math.IsInf(detour, 1) {
		return nil, refuse(measure.BadSetting, 0, "The detour factor is %v; it must be 1 or more.", detour)
	}
	rows := make([][]float64, len(areas))
	for i, a := range areas {
		rows[i] = make([]float64, len(sites))
		for j, s := range sites {
			d, err := GreatCircle(a, s)
			if err != nil {
				return nil, err
			}
			rows[i][j] = d * detour
		}
	}
	return rows, nil
}

// Journey is the travel of one area, in the units of the distances: to the
// nearest site, and to the sites used, weighted by use (NaN without use). Excess
// is used less nearest.
type Journey struct {
	Nearest      float64
	Site         int // the nearest, the first of several
	Used, Excess float64
}

// Journeys works out each area's journeys from distances (kilometres, or minutes
// of a road table) and the persons of each area who used each site. Refuses: rows
// of differing length, no sites, distances or use negative or not a number.
func Journeys(distances, use [][]float64) ([]Journey, error) {
	if len(distances) != len(use) {
		return nil, refuse(measure.WrongLengths, 0, "There are distances of %d areas and use of %d.", len(distances), len(use))
	}
	list := make([]Journey, len(distances))
	for i, row := range distances {
		if why := checkRow(i, row, use[i], len(distances[0])); why != nil {
			return nil, why
		}
		j := &list[i]
		j.Nearest = slices.Min(row)
		j.Site = slices.Index(row, j.Nearest)
		weighted := 0.0
		for s, persons := range use[i] {
			weighted += persons * row[s]
		}
		j.Used = weighted / sum(use[i])
		j.Excess = j.Used - j.Nearest
	}
	return list, nil
}

func checkRow(i int, row, use []float64, sites int) *measure.Refusal {
	if len(row) != sites || len(use) != sites || sites == 0 {
		return refuse(measure.WrongLengths, i+1, "Area %d has %d distances and the use of %d sites; the first area has %d sites, and there must be one.", i+1, len(row), len(use), sites)
	}
	for s := range row {
		if !(row[s] >= 0) || math.IsInf(row[s], 1) || !(use[s] >= 0) || math.IsInf(use[s], 1) {
			return refuse(measure.Negative, i+1, "Area %d site %d has the distance %v and the use %v; they must be numbers not under 0.", i+1, s+1, row[s], use[s])
		}
	}
	return nil
}

// Spread is how far people live from something, weighted by population: Median,
// P75, P95 and Greatest are the least distance within which that share of the
// population is. Within is the share within each of the limits asked for.
type Spread struct {
	Mean, Median, P75, P95, Greatest float64
	Within                           []float64
}

// SpreadOf sums up distances of areas by their population. An area whose distance
// is NaN (no use) is left out. Refuses: lengths that differ, a population
// negative or not a number, nobody.
func SpreadOf(distances, population, limits []float64) (Spread, error) {
	if len(distances) != len(population) {
		return Spread{}, refuse(measure.WrongLengths, 0, "There are %d distances and %d populations.", len(distances), len(population))
	}
	type part struct{ distance, people float64 }
	var parts []part
	all := 0.0
	s := Spread{Within: make([]float64, len(limits))}
	for i, d := range distances {
		p := population[i]
		if !(p >= 0) || math.IsInf(p, 1) {
			return Spread{}, refuse(measure.MissingPopulation, i+1, "The population of area %d is %v; it must be a number not under 0.", i+1, p)
		}
		if math.IsNaN(d) || p == 0 {
			continue
		}
		parts = append(parts, part{d, p})
		all += p
		s.Mean += d * p
		for k, limit := range limits {
			if d <= limit {
				s.Within[k] += p
			}
		}
	}
	if all == 0 {
		return Spread{}, refuse(measure.NotPositive, 0, "No area with a distance has a population.")
	}
	s.Mean /= all
	for k := range s.Within {
		s.Within[k] /= all
	}
	slices.SortFunc(parts, func(a, b part) int { return compareFloat(a.distance, b.distance) })
	at := func(share float64) float64 {
		below := 0.0
		for _, p := range parts {
			// What rounding leaves out of a sum is not a person.
			if below += p.people; below >= share*all*(1-1e-12) {
				return p.distance
			}
		}
		return parts[len(parts)-1].distance
	}
	s.Median, s.P75, s.P95, s.Greatest = at(0.5), at(0.75), at(0.95), parts[len(parts)-1].distance
	return s, nil
}

func compareFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// FloatingCatchment gives the access of each area by the enhanced two-step
// floating catchment method:
//
//	Rⱼ = Sⱼ / Σ of the areas within reach of P · w(d)
//	Aᵢ = Σ of the sites within reach of R · w(d)
//
// in supply per person. Supply is by site, distances by area and site, reach in
// their units, and w the weight of a distance (1 for all gives the plain method).
// A site that nobody reaches gives nothing. Σ P·A is the supply in reach. Refuses:
// lengths that differ, numbers negative or missing. Source: Luo and Qi 2009.
func FloatingCatchment(population, supply []float64, distances [][]float64, reach float64, w func(float64) float64) ([]float64, error) {
	if len(population) != len(distances) {
		return nil, refuse(measure.WrongLengths, 0, "There are %d populations and distances of %d areas.", len(population), len(distances))
	}
	demand := make([]float64, len(supply))
	for i, row := range distances {
		if why := checkRow(i, row, supply, len(supply)); why != nil {
			return nil, why
		}
		if !(population[i] >= 0) || math.IsInf(population[i], 1) {
			return nil, refuse(measure.MissingPopulation, i+1, "The population of area %d is %v; it must be a number not under 0.", i+1, population[i])
		}
		for j, d := range row {
			if d <= reach {
				demand[j] += population[i] * w(d)
			}
		}
	}
	access := make([]float64, len(population))
	for i, row := range distances {
		for j, d := range row {
			if d <= reach && demand[j] > 0 {
				access[i] += supply[j] / demand[j] * w(d)
			}
		}
	}
	return access, nil
}

// LevelUp answers how many more people would be seen if every area used the
// service as the best fifth of areas does, for need: Best is the pooled observed
// over expected of the fifth of areas (rounded up) with the highest ratio, and
// More of each area is Best × expected − observed where that is above 0.
type LevelUp struct {
	Best float64
	More []float64
	All  float64
}

// LevelToBestFifth works out a LevelUp from observed and expected persons by
// area. Refuses: fewer than 5 areas, lengths that differ, observed negative or
// missing, expected not above 0, fewer than 10 observed in the best fifth.
func LevelToBestFifth(observed, expected []float64) (LevelUp, error) {
	const fifths, fewest = 5, 10
	if len(observed) != len(expected) {
		return LevelUp{}, refuse(measure.WrongLengths, 0, "There are %d observed and %d expected.", len(observed), len(expected))
	}
	if len(observed) < fifths {
		return LevelUp{}, refuse(measure.TooFewGroups, 0, "There are %d areas; a best fifth needs %d.", len(observed), fifths)
	}
	order := make([]int, len(observed))
	for i := range observed {
		order[i] = i
		if _, err := measure.Ratio(observed[i], expected[i], 1, measure.C95); err != nil {
			why := measure.Why(err)
			return LevelUp{}, refuse(why.Reason, i+1, "Area %d: %s", i+1, why.Sentence)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return compareFloat(observed[b]/expected[b], observed[a]/expected[a]) })
	o, e := 0.0, 0.0
	for _, i := range order[:(len(order)+fifths-1)/fifths] {
		o += observed[i]
		e += expected[i]
	}
	if o < fewest {
		return LevelUp{}, refuse(measure.TooFewEvents, 0, "The best fifth has %v persons; under %d it is no measure for others.", o, fewest)
	}
	up := LevelUp{Best: o / e, More: make([]float64, len(observed))}
	for i := range observed {
		up.More[i] = math.Max(0, up.Best*expected[i]-observed[i])
		up.All += up.More[i]
	}
	return up, nil
}
