package access

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"remit/equity"
	"remit/register"
	"remit/suppress"
)

// Trip is how many persons of an origin, an LSOA or a practice, used a provider.
type Trip struct {
	Origin, Provider string
	Persons          float64
}

// Within are the distances in kilometres of which the share of people within is told.
var Within = []float64{10, 25, 50, 100}

// Travel is how far people live from a service and how far those who used it went,
// in kilometres.
type Travel struct {
	From      string // LSOA or Practice: what stands for where people live
	Detour    float64
	Sites     []Site
	Nearest   equity.Spread // of everybody, to the nearest site
	Used      equity.Spread // of the persons who used it, to the site that they used
	ToNearest equity.Spread // of the same persons, to their nearest site
	Deciles   []DecileTravel
	Everybody float64  // people of the origins
	Persons   float64  // placed
	Lost      float64  // persons without a known LSOA, or whose provider has no place
	NoPlace   []string // providers of the service without a place
}

// Site is a provider of the service.
type Site struct {
	Provider string
	Persons  float64 // who used it
	Small    bool
	People   float64 // to whom it is nearest
}

// DecileTravel is the mean of a decile of deprivation.
type DecileTravel struct {
	Decile                   string
	People, Persons          float64
	Nearest, Used, ToNearest float64 // NaN without anybody
	Small                    bool
}

// TravelOf works out the travel of a service from the trips of its persons, from
// where LSOAs or practices are. Distance is the great circle times the detour factor. A provider counts as a site
// of the service when it saw as many persons as the rule lets be shown.
//
// The error says what is missing: origins with a place, providers with one, people
// of the origins.
func (t *Tables) TravelOf(from string, trips []Trip, lost float64, on register.Day, detour float64, rule *suppress.Rule) (*Travel, error) {
	people := t.on(from, on)
	if people == nil {
		return nil, fmt.Errorf("%s has no people of the area_kind %s on %s, and travel needs them", PopulationFile, from, on)
	}
	v := &Travel{From: from, Detour: detour, Lost: lost}
	origins, places := t.origins(from, people)
	if len(origins) == 0 {
		return nil, fmt.Errorf("no area of the kind %s has people and a place: travel needs latitude and longitude in %s (of LSOAs) or %s (of practices)", from, LSOAFile, PlaceFile)
	}
	sites := v.sites(t, trips, rule)
	if len(v.Sites) == 0 {
		return nil, errors.New("no provider of the service both has a place in " + PlaceFile + " and saw as many persons as may be shown")
	}
	distances, err := equity.Distances(places, sites, detour)
	if err != nil {
		return nil, err
	}
	use := v.use(trips, origins)
	journeys, err := equity.Journeys(distances, use)
	if err != nil {
		return nil, err
	}
	return v, v.sum(t, people, origins, distances, use, journeys, rule)
}

// origins are the LSOAs or practices that have people and a place, in order.
func (t *Tables) origins(from string, people *edition) (codes []string, places []equity.Place) {
	for _, code := range slices.Sorted(maps.Keys(people.people)) {
		if from == Practice {
			if p, ok := t.places[code]; ok {
				codes, places = append(codes, code), append(places, p.Place)
			}
			continue
		}
		if a := t.areas[code]; a.placed {
			codes, places = append(codes, code), append(places, a.place)
		}
	}
	return codes, places
}

// decileOf is the decile of an origin, from 1; 0 when it is not known.
func (t *Tables) decileOf(from, code string) int {
	if from == Practice {
		code = t.places[code].lsoa
	}
	return t.areas[code].decile
}

func (v *Travel) sites(t *Tables, trips []Trip, rule *suppress.Rule) (places []equity.Place) {
	persons := map[string]float64{}
	var codes []string
	for _, trip := range trips {
		if persons[trip.Provider] == 0 {
			codes = append(codes, trip.Provider)
		}
		persons[trip.Provider] += trip.Persons
	}
	slices.Sort(codes)
	for _, code := range codes {
		if rule.Withholds(persons[code]) {
			continue
		}
		p, ok := t.places[code]
		if !ok {
			v.NoPlace = append(v.NoPlace, code)
			continue
		}
		v.Sites = append(v.Sites, Site{Provider: code, Persons: persons[code]})
		places = append(places, p.Place)
	}
	return places
}

// use sets the trips out by origin and site; what has neither is lost.
func (v *Travel) use(trips []Trip, origins []string) [][]float64 {
	at := map[string]int{}
	for i, code := range origins {
		at[code] = i
	}
	to := map[string]int{}
	for j, s := range v.Sites {
		to[s.Provider] = j
	}
	use := make([][]float64, len(origins))
	room := make([]float64, len(origins)*len(v.Sites))
	for i := range use {
		use[i] = room[i*len(v.Sites) : (i+1)*len(v.Sites)]
	}
	for _, trip := range trips {
		i, known := at[trip.Origin]
		j, site := to[trip.Provider]
		if !known || !site {
			v.Lost += trip.Persons
			continue
		}
		use[i][j] += trip.Persons
		v.Persons += trip.Persons
	}
	return use
}

// sum gathers the distances by everybody, by those who used it, and by decile.
func (v *Travel) sum(t *Tables, people *edition, origins []string, distances, use [][]float64, journeys []equity.Journey, rule *suppress.Rule) (err error) {
	v.Deciles = make([]DecileTravel, len(decileNames))
	for d := range v.Deciles {
		v.Deciles[d].Decile = decileNames[d]
	}
	unknown := &DecileTravel{} // of origins whose decile is not known
	nearest, everybody := make([]float64, len(origins)), make([]float64, len(origins))
	var used, toNearest, persons []float64
	for i, code := range origins {
		d := unknown
		if n := t.decileOf(v.From, code); n > 0 {
			d = &v.Deciles[n-1]
		}
		nearest[i], everybody[i] = journeys[i].Nearest, total(people.people[code])
		v.Everybody += everybody[i]
		v.Sites[journeys[i].Site].People += everybody[i]
		d.People += everybody[i]
		d.Nearest += everybody[i] * nearest[i]
		for j, n := range use[i] {
			if n == 0 {
				continue
			}
			used, toNearest, persons = append(used, distances[i][j]), append(toNearest, nearest[i]), append(persons, n)
			d.Persons += n
			d.Used += n * distances[i][j]
			d.ToNearest += n * nearest[i]
		}
	}
	if v.Nearest, err = equity.SpreadOf(nearest, everybody, Within); err != nil {
		return err
	}
	if v.Used, err = equity.SpreadOf(used, persons, Within); err != nil {
		return fmt.Errorf("of those who used it: %w", err)
	}
	if v.ToNearest, err = equity.SpreadOf(toNearest, persons, Within); err != nil {
		return err
	}
	counts := make([]float64, len(v.Deciles))
	for i := range v.Deciles {
		d := &v.Deciles[i]
		counts[i] = d.Persons
		d.Nearest, d.Used, d.ToNearest = over(d.Nearest, d.People), over(d.Used, d.Persons), over(d.ToNearest, d.Persons)
	}
	for i, small := range rule.List(counts) {
		v.Deciles[i].Small = small
	}
	counts = counts[:0]
	for _, s := range v.Sites {
		counts = append(counts, s.Persons)
	}
	for i, small := range rule.List(counts) {
		v.Sites[i].Small = small
	}
	return nil
}

func over(a, b float64) float64 {
	if b == 0 {
		return math.NaN()
	}
	return a / b
}
