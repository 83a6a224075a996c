package access

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/fstest"

	"remit/register"
	"remit/suppress"
)

// every writes the people of an area, so many of each age band and sex.
func every(b *strings.Builder, kind, area string, people int, from string) {
	for sex := 1; sex <= 2; sex++ {
		for band := range Bands {
			to := fmt.Sprint(band*5 + 4)
			if band == Bands-1 {
				to = ""
			}
			fmt.Fprintf(b, "%s,%s,%d,%d,%s,%d,%s,,high,a test\n", kind, area, sex, band*5, to, people, from)
		}
	}
}

const populationHead = "area_kind,area,sex,age_from,age_to,persons,valid_from,valid_to,confidence,source\n"

func pack(t *testing.T) *register.Pack {
	t.Helper()
	p, err := register.LoadShipped()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func day(t *testing.T, s string) register.Day {
	t.Helper()
	d, err := register.ParseDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Practices can be added up on the boards of any day: on 31 March 2026 and on the
// day after, when boards merged.
func TestPeopleOnAnyMap(t *testing.T) {
	var b strings.Builder
	b.WriteString(populationHead)
	reference := pack(t)
	codes := []string{"A81001", "F82001", "F83004", "Y02987"}
	for _, c := range codes {
		every(&b, Practice, c, 10, "2025-04-01")
	}
	tables, err := ReadTables(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	for on, want := range map[string]string{"2026-03-31": "QMJ", "2026-04-01": "Z9B2Z"} {
		m := MapOf(reference, day(t, on))
		p, err := tables.Population(ByICB, m, m.Day)
		if err != nil {
			t.Fatal(err)
		}
		at := -1
		for i, a := range p.Areas {
			if a == want {
				at = i
			}
		}
		if at < 0 || m.Home(ByICB, "F83004") != want {
			t.Fatalf("on %s: %v; F83004 is in %s, want %s", on, p.Areas, m.Home(ByICB, "F83004"), want)
		}
		lost := 0.0
		for _, c := range codes {
			if m.Home(ByICB, c) == "" {
				lost += 380
			}
		}
		if p.All() != float64(len(codes))*380-lost {
			t.Errorf("on %s there are %v people", on, p.All())
		}
		if (lost > 0) != (len(p.Notes) > 0) {
			t.Errorf("what is lost (%v) is not said: %v", lost, p.Notes)
		}
	}
}

func TestEditions(t *testing.T) {
	var b strings.Builder
	b.WriteString(populationHead)
	every(&b, Decile, "1", 10, "2024-04-01")
	every(&b, Decile, "1", 20, "2025-04-01")
	tables, err := ReadTables(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	for on, want := range map[string]float64{"2024-06-01": 380, "2025-06-01": 760, "2030-01-01": 760} {
		p, err := tables.Population(ByDecile, nil, day(t, on))
		if err != nil || p.All() != want {
			t.Errorf("on %s: %v, %v", on, p, err)
		}
	}
	if _, err := tables.Population(ByDecile, nil, day(t, "2020-01-01")); err == nil {
		t.Error("there are people before the first day of the table")
	}
	if _, err := tables.Population(ByEthnicity, nil, day(t, "2025-06-01")); err == nil || !strings.Contains(err.Error(), EthnicGroup) {
		t.Errorf("what is missing is not said: %v", err)
	}
}

// Years of age are added up to bands; a band given twice is a fault.
func TestYearsOfAge(t *testing.T) {
	var b strings.Builder
	b.WriteString(populationHead)
	for sex := 1; sex <= 2; sex++ {
		for age := range 95 {
			fmt.Fprintf(&b, "lsoa,E01000001,%d,%d,%d,2,2025-04-01,,high,a test\n", sex, age, age)
		}
	}
	tables, err := ReadTables(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	if got := tables.people[LSOA][0].people["E01000001"]; got[0] != 10 || got[Bands-1] != 10 || got[Groups-1] != 10 {
		t.Errorf("%v", got)
	}
}

func TestPopulationFaults(t *testing.T) {
	text := populationHead +
		"town,X,1,0,4,10,2025-04-01,,high,a test\n" +
		"icb,QMJ,3,0,4,10,2025-04-01,,high,a test\n" +
		"icb,QMJ,1,0,7,10,2025-04-01,,high,a test\n" +
		"icb,QMJ,1,5,9,-3,2025-04-01,,high,a test\n" +
		"icb,QMJ,1,10,14,10,,,high,a test\n" +
		"icb,QMJ,1,15,19,10,2025-04-01,2024-01-01,sure,\n" +
		"decile,11,1,20,24,10,2025-04-01,,high,a test\n" +
		"ethnic_group,purple,1,20,24,10,2025-04-01,,high,a test\n" +
		"icb,QMJ,1,25,29,10,2025-04-01,,high,a test\n" +
		"icb,QMJ,1,25,29,11,2025-04-01,,high,a test\n"
	_, err := ReadTables(strings.NewReader(text))
	if err == nil {
		t.Fatal("nothing is told")
	}
	for _, want := range []string{
		`row 2 column area_kind value "town"`, `row 3 column sex value "3"`, `row 4 column age_to value "7"`, `row 5 column persons value "-3"`, `row 6 column valid_from`,
		`row 7 column valid_to value "2024-01-01"`, `row 7 column confidence value "sure"`, `row 7 column source`, `row 8 column area value "11"`, `row 9 column area value "purple"`,
		`row 11 column age_from value "25": the people of icb QMJ, sex 1, of age 25 were given already`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("not told: %s\n%s", want, err)
		}
	}
	_, err = ReadTables(strings.NewReader(populationHead + "icb,QMJ,1,0,4,10,2025-04-01,,high,a test\n"))
	if err == nil || !strings.Contains(err.Error(), "has no row for sex 1, age 5") {
		t.Errorf("a missing band is taken for nobody: %v", err)
	}
}

func FuzzTables(f *testing.F) {
	f.Add(populationHead+"icb,QMJ,1,0,4,10,2025-04-01,,high,x\n", "lsoa,imd_decile,valid_from,confidence,source\nE01,1,2020-01-01,low,x\n", "organisation,latitude,longitude,confidence,source\nRJ7,51.5,-0.1,low,x\n")
	f.Add("", "\x00", "organisation\n")
	f.Fuzz(func(t *testing.T, people, lsoas, places string) {
		_, _ = LoadTables(fstest.MapFS{PopulationFile: {Data: []byte(people)}, LSOAFile: {Data: []byte(lsoas)}, PlaceFile: {Data: []byte(places)}})
	})
}

// Two LSOAs and two providers on a meridian: a degree of latitude is 111.19 km.
func TestTravel(t *testing.T) {
	var b strings.Builder
	b.WriteString(populationHead)
	every(&b, LSOA, "E01A", 1, "2025-04-01")
	every(&b, LSOA, "E01B", 3, "2025-04-01")
	tables, err := LoadTables(fstest.MapFS{
		PopulationFile: {Data: []byte(b.String())},
		LSOAFile:       {Data: []byte("lsoa,imd_decile,latitude,longitude,valid_from,confidence,source\nE01A,1,51,0,2020-01-01,low,a test\nE01B,10,53,0,2020-01-01,low,a test\n")},
		PlaceFile:      {Data: []byte("organisation,latitude,longitude,confidence,source\nP1,51,0,low,a test\nP2,52,0,low,a test\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	rule := &suppress.Rule{Below: 5, Round: 1, ZeroShown: true}
	trips := []Trip{{"E01A", "P1", 30}, {"E01A", "P2", 10}, {"E01B", "P2", 20}, {"E01B", "P1", 20}, {"E01X", "P1", 5}, {"E01A", "P9", 50}, {"E01A", "P8", 2}}
	v, err := tables.TravelOf(LSOA, trips, 3, day(t, "2026-01-01"), 1, rule)
	if err != nil {
		t.Fatal(err)
	}
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 0.01 {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	degree := 111.195
	near("mean to the nearest of everybody", v.Nearest.Mean, 0.75*degree)
	near("mean to the nearest of those who used it", v.ToNearest.Mean, 0.5*degree)
	near("mean to the one used", v.Used.Mean, (10*degree+20*degree+20*2*degree)/80)
	near("decile 10 used", v.Deciles[9].Used, 1.5*degree)
	near("persons", v.Persons, 80)
	near("lost: told, of an unknown LSOA, at a provider without a place, at one that is no site", v.Lost, 3+5+50+2)
	if len(v.NoPlace) != 1 || v.NoPlace[0] != "P9" || len(v.Sites) != 2 || v.Sites[0].People != 38 || v.Sites[1].People != 114 {
		t.Errorf("%+v", v)
	}
	twice, err := tables.TravelOf(LSOA, trips, 3, day(t, "2026-01-01"), 2, rule)
	if err != nil {
		t.Fatal(err)
	}
	near("a detour of 2", twice.Used.Mean, 2*v.Used.Mean)
	if _, err := tables.TravelOf(Practice, trips, 0, day(t, "2026-01-01"), 1, rule); err == nil {
		t.Error("practices without people give travel")
	}
}
