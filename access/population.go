package access

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"

	"remit/equity"
	"remit/register"
	"remit/sheet"
)

// The kinds of area that populations may be of.
const (
	Practice    = "practice"
	SubICB      = "sub_icb"
	ICB         = "icb"
	LSOA        = "lsoa"
	Decile      = "decile"
	EthnicGroup = "ethnic_group"
)

var kinds = []string{Practice, SubICB, ICB, LSOA, Decile, EthnicGroup}

var decileNames = []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"}

// The files of a directory of populations, and their columns.
const (
	PopulationFile = "population.csv"
	LSOAFile       = "lsoa.csv"
	PostcodeFile   = "postcode_lsoa.csv"
	PlaceFile      = "place.csv"
)

// The columns of the files.
var (
	PopulationColumns = []string{"area_kind", "area", "sex", "age_from", "age_to", "persons", "valid_from", "valid_to?", "confidence", "source"}
	LSOAColumns       = []string{"lsoa", "imd_decile", "latitude?", "longitude?", "valid_from", "valid_to?", "confidence", "source"}
	PostcodeColumns   = []string{"postcode", "lsoa"}
	PlaceColumns      = []string{"organisation", "latitude", "longitude", "lsoa?", "valid_from?", "valid_to?", "confidence", "source"}
)

// Tables are the populations, deprivation and places that rates are worked out by.
type Tables struct {
	Synthetic bool // some source says that it is made up
	Sources   []string
	people    map[string][]*edition // by kind of area
	areas     map[string]area       // by LSOA
	places    map[string]place      // by organisation
	files     map[string]bool
}

// edition is the populations of one kind of area over a stretch of time.
type edition struct {
	from, to register.Day
	source   string
	people   map[string]*[Groups]float64
	seen     map[string]*[2][oldest + 1]bool // which ages rows were given for
}

// oldest is the greatest age that a row may be of.
const oldest = 120

type area struct {
	decile   int
	place    equity.Place
	placed   bool
	from, to register.Day
}

type place struct {
	equity.Place
	lsoa string
}

// ErrNoTables says that there are no populations to work with.
var ErrNoTables = errors.New("there are no populations: rates need " + PopulationFile)

// LoadTables reads a directory of populations. The postcodes are not read: they are
// for the store of activity, which joins them. The error is sheet.Faults with all
// that is wrong, or ErrNoTables.
func LoadTables(files fs.FS) (*Tables, error) {
	t := &Tables{people: map[string][]*edition{}, areas: map[string]area{}, places: map[string]place{}, files: map[string]bool{}}
	var faults sheet.Faults
	for _, f := range []struct {
		name    string
		columns []string
		row     func(*sheet.Row)
	}{{PopulationFile, PopulationColumns, t.population}, {LSOAFile, LSOAColumns, t.lsoa}, {PlaceFile, PlaceColumns, t.place}} {
		in, err := files.Open(f.name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		t.files[f.name] = true
		sheet.Each(f.name, in, f.columns, &faults, f.row)
		_ = in.Close()
	}
	if in, err := files.Open(PostcodeFile); err == nil {
		t.files[PostcodeFile] = true
		_ = in.Close()
	}
	if !t.files[PopulationFile] {
		return nil, ErrNoTables
	}
	if len(faults) == 0 {
		faults = append(faults, t.incomplete()...)
	}
	slices.Sort(t.Sources)
	return t, faults.Err()
}

// ReadTables is LoadTables of population.csv alone.
func ReadTables(r io.Reader) (*Tables, error) {
	t := &Tables{people: map[string][]*edition{}, areas: map[string]area{}, places: map[string]place{}, files: map[string]bool{PopulationFile: true}}
	var faults sheet.Faults
	sheet.Each(PopulationFile, r, PopulationColumns, &faults, t.population)
	if len(faults) == 0 {
		faults = t.incomplete()
	}
	return t, faults.Err()
}

// Has tells whether a file was there.
func (t *Tables) Has(file string) bool { return t.files[file] }

func (t *Tables) cite(source string) {
	if !slices.Contains(t.Sources, source) {
		t.Sources = append(t.Sources, source)
	}
	t.Synthetic = t.Synthetic || strings.Contains(strings.ToLower(source), "synthetic")
}

func (t *Tables) population(row *sheet.Row) {
	kind := row.Choice("area_kind", kinds...)
	code := row.Need("area")
	switch {
	case kind == Decile && !slices.Contains(decileNames, code):
		row.Fault("area", "the value is not a decile", "write 1 for the most deprived tenth to 10 for the least")
	case kind == EthnicGroup && !slices.Contains(ethnicOrder, code):
		row.Fault("area", "the value is not a group", "write one of "+strings.Join(ethnicOrder, ", "))
	}
	sex := row.Choice("sex", "1", "2")
	first, last, ok := agesOf(row)
	persons, _ := row.Number("persons").Float64()
	from, to := row.Day("valid_from", register.NoDay), row.Day("valid_to", register.Latest)
	if from == register.NoDay && row.Text("valid_from") == "" {
		row.Fault("valid_from", "the day from which the row holds is blank", "write YYYY-MM-DD")
	}
	if from > to {
		row.Fault("valid_to", "the row ends before it begins", "put valid_from and valid_to right")
	}
	row.Choice("confidence", "high", "medium", "low")
	source := row.Need("source")
	if !ok || sex != "1" && sex != "2" {
		return
	}
	band := BandOf(first)
	e := t.edition(kind, from, to, source)
	if e.people[code] == nil {
		e.people[code], e.seen[code] = new([Groups]float64), new([2][oldest + 1]bool)
	}
	g := Group(band, int(sex[0]-'1'))
	for age := first; age <= last; age++ {
		seen := &e.seen[code][g/Bands][age]
		if *seen {
			row.Fault("age_from", fmt.Sprintf("the people of %s %s, sex %s, of age %d were given already", kind, code, sex, age), "remove one of the two rows")
			return
		}
		*seen = true
	}
	e.people[code][g] += persons
}

// agesOf reads the ages of a row: one of the 19 bands, or one year of age.
func agesOf(row *sheet.Row) (first, last int, ok bool) {
	first, err := strconv.Atoi(row.Text("age_from"))
	if err != nil || first < 0 || first > oldest {
		row.Fault("age_from", "the value is not an age", "write a whole number of years")
		return 0, 0, false
	}
	end := BandOf(first)*5 + 4
	if BandOf(first) == Bands-1 {
		end = oldest
	}
	if row.Text("age_to") == "" && first == (Bands-1)*5 {
		return first, oldest, true
	}
	last, err = strconv.Atoi(row.Text("age_to"))
	if err != nil || last != first && (first%5 != 0 || last != end) {
		row.Fault("age_to", "the ages are neither one year nor one of the bands 0 to 4, 5 to 9 and so on to 90 and over", fmt.Sprintf("write %d to %d; leave age_to blank for 90 and over", end/5*5, min(end, end/5*5+4)))
		return 0, 0, false
	}
	return first, last, true
}

func (t *Tables) edition(kind string, from, to register.Day, source string) *edition {
	for _, e := range t.people[kind] {
		if e.from == from && e.to == to && e.source == source {
			return e
		}
	}
	t.cite(source)
	e := &edition{from: from, to: to, source: source, people: map[string]*[Groups]float64{}, seen: map[string]*[2][oldest + 1]bool{}}
	t.people[kind] = append(t.people[kind], e)
	return e
}

// incomplete tells which areas lack the people of some age band and sex: a
// missing row is not nobody.
func (t *Tables) incomplete() sheet.Faults {
	var faults sheet.Faults
	for _, kind := range kinds {
		for _, e := range t.people[kind] {
			for _, code := range slices.Sorted(maps.Keys(e.seen)) {
				if sex, age, ok := missing(e.seen[code]); ok {
					faults = append(faults, sheet.Fault{File: PopulationFile, Column: "area", Value: code, Problem: fmt.Sprintf("%s %s from %s has no row for sex %d, age %d", kind, code, e.from, sex, age), Remedy: "add one for each age band of each sex, with 0 for nobody"})
				}
				if len(faults) == sheet.Most {
					return faults
				}
			}
		}
	}
	return faults
}

// missing is the first age of a sex for which there is no row, up to 90, the first of
// the last band.
func missing(seen *[2][oldest + 1]bool) (sex, age int, ok bool) {
	for s := range seen {
		for a := range (Bands-1)*5 + 1 {
			if !seen[s][a] {
				return s + 1, a, true
			}
		}
	}
	return 0, 0, false
}

// BandName is 0 to 4, 5 to 9 and so on to 90 and over.
func BandName(band int) string {
	if band == Bands-1 {
		return "90 and over"
	}
	return fmt.Sprintf("%d to %d", band*5, band*5+4)
}

func (t *Tables) lsoa(row *sheet.Row) {
	a := area{from: row.Day("valid_from", register.Earliest), to: row.Day("valid_to", register.Latest)}
	decile, err := strconv.Atoi(row.Text("imd_decile"))
	if err != nil || decile < 1 || decile > 10 {
		row.Fault("imd_decile", "the value is not a decile", "write 1 for the most deprived tenth to 10 for the least")
	}
	a.decile = decile
	if row.Text("latitude") != "" || row.Text("longitude") != "" {
		a.place, a.placed = where(row)
	}
	row.Choice("confidence", "high", "medium", "low")
	t.cite(row.Need("source"))
	code := row.Need("lsoa")
	if _, there := t.areas[code]; there {
		row.Fault("lsoa", "the area is there twice", "keep one edition of the index of deprivation in a directory")
	}
	t.areas[code] = a
}

func (t *Tables) place(row *sheet.Row) {
	p, ok := where(row)
	code := row.Need("organisation")
	if _, there := t.places[code]; there {
		row.Fault("organisation", "the organisation is there twice", "remove one of the two rows")
	}
	row.Choice("confidence", "high", "medium", "low")
	t.cite(row.Need("source"))
	if ok {
		t.places[code] = place{p, row.Text("lsoa")}
	}
}

func where(row *sheet.Row) (equity.Place, bool) {
	north, err1 := strconv.ParseFloat(row.Text("latitude"), 64)
	east, err2 := strconv.ParseFloat(row.Text("longitude"), 64)
	if err1 != nil || !(north >= 49 && north <= 61) {
		row.Fault("latitude", "the value is not a latitude of the British Isles", "write degrees north, such as 51.5072")
		return equity.Place{}, false
	}
	if err2 != nil || !(east >= -9 && east <= 3) {
		row.Fault("longitude", "the value is not a longitude of the British Isles", "write degrees east, such as -0.1276")
		return equity.Place{}, false
	}
	return equity.Place{Latitude: north, Longitude: east}, true
}

// on gives the edition of a kind of area on a day: the one in force, else the
// last that began before it, else none.
func (t *Tables) on(kind string, day register.Day) *edition {
	var best *edition
	for _, e := range t.people[kind] {
		if e.from > day {
			continue
		}
		if best == nil || cmp.Or(cmp.Compare(b2i(e.to >= day), b2i(best.to >= day)), cmp.Compare(e.from, best.from)) > 0 {
			best = e
		}
	}
	return best
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Population is the people of the areas of a cut, by area and group.
type Population struct {
	Cut    Cut
	Areas  []string
	People [][Groups]float64
	Of     string // the kind of area whose rows were added up
	From   register.Day
	Source string
	Notes  []string
}

// All is how many people there are.
func (p *Population) All() float64 {
	n := 0.0
	for i := range p.People {
		n += total(&p.People[i])
	}
	return n
}

func total(groups *[Groups]float64) float64 {
	n := 0.0
	for _, v := range groups {
		n += v
	}
	return n
}

// Population gives the people of a cut as of a day, on a map. Boards and
// sub-ICB locations are added up from practices where these are there, so that any
// map can be drawn; else from sub-ICB locations or boards of that map. Deciles are
// added up from LSOAs. By age and by sex it is that of the boards.
func (t *Tables) Population(cut Cut, m *Map, on register.Day) (*Population, error) {
	switch cut {
	case ByDecile:
		return t.deprived(on)
	case ByPractice:
		return t.practices(on)
	case ByEthnicity:
		if e := t.on(EthnicGroup, on); e != nil {
			return e.sum(cut, EthnicGroup, func(code string) string { return code }), nil
		}
		return nil, fmt.Errorf("%s has no people by ethnic group on %s: add rows with the area_kind %s", PopulationFile, on, EthnicGroup)
	}
	if e := t.on(Practice, on); e != nil {
		return e.sum(cut, Practice, m.of(cut, m.practice)), nil
	}
	if e := t.on(SubICB, on); e != nil {
		return e.checked(cut, SubICB, m.of(cut, m.location), m)
	}
	if e := t.on(ICB, on); e != nil && cut != BySubICB {
		return e.checked(cut, ICB, m.board, m)
	}
	return nil, fmt.Errorf("%s has no people by practice, sub-ICB location or board on %s", PopulationFile, on)
}

func (t *Tables) deprived(on register.Day) (*Population, error) {
	if e := t.on(LSOA, on); e != nil {
		if !t.files[LSOAFile] {
			return nil, fmt.Errorf("deprivation needs %s, with the decile of each LSOA", LSOAFile)
		}
		return e.sum(ByDecile, LSOA, t.Decile), nil
	}
	if e := t.on(Decile, on); e != nil {
		return e.sum(ByDecile, Decile, func(code string) string { return code }), nil
	}
	return nil, fmt.Errorf("%s has no people by LSOA or by decile on %s: add rows with the area_kind lsoa, and %s", PopulationFile, on, LSOAFile)
}

// practices are the people of practices by the decile of the LSOA in which each stands.
func (t *Tables) practices(on register.Day) (*Population, error) {
	e := t.on(Practice, on)
	if e == nil {
		return nil, fmt.Errorf("%s has no people by practice on %s", PopulationFile, on)
	}
	p := e.sum(ByPractice, Practice, t.PracticeDecile)
	if len(p.Areas) == 0 {
		return nil, fmt.Errorf("no practice has an LSOA in %s that has a decile in %s", PlaceFile, LSOAFile)
	}
	return p, nil
}

// PracticeDecile is the decile of the LSOA in which a practice stands, blank when
// it is not known.
func (t *Tables) PracticeDecile(practice string) string { return t.Decile(t.places[practice].lsoa) }

// Decile is the decile of an LSOA, blank when it is not known.
func (t *Tables) Decile(lsoa string) string {
	if a, ok := t.areas[lsoa]; ok {
		return strconv.Itoa(a.decile)
	}
	return ""
}

// LSOAs lists the areas whose decile is known.
func (t *Tables) LSOAs() []string { return slices.Sorted(maps.Keys(t.areas)) }

// checked is sum, which refuses areas that the map does not have.
func (e *edition) checked(cut Cut, kind string, to func(string) string, m *Map) (*Population, error) {
	p := e.sum(cut, kind, to)
	if len(p.Areas) == 0 {
		return nil, fmt.Errorf("none of the areas of kind %s in %s is on the map of %s: load people by practice, which can be added up on any map", kind, PopulationFile, m.Day)
	}
	return p, nil
}

func (e *edition) sum(cut Cut, kind string, to func(string) string) *Population {
	p := &Population{Cut: cut, Of: kind, From: e.from, Source: e.source}
	at := map[string]int{}
	lost, people := 0, 0.0
	codes := slices.Sorted(maps.Keys(e.people))
	for _, code := range codes {
		area := to(code)
		if area == "" {
			lost++
			people += total(e.people[code])
			continue
		}
		if _, there := at[area]; !there {
			at[area] = 0
			p.Areas = append(p.Areas, area)
		}
	}
	slices.SortFunc(p.Areas, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b)) })
	if cut != ByDecile && cut != ByPractice {
		slices.Sort(p.Areas)
	}
	for i, a := range p.Areas {
		at[a] = i
	}
	p.People = make([][Groups]float64, len(p.Areas))
	for _, code := range codes {
		if area := to(code); area != "" {
			for g, n := range e.people[code] {
				p.People[at[area]][g] += n
			}
		}
	}
	if lost > 0 {
		p.Notes = append(p.Notes, fmt.Sprintf("%.0f people of %d areas of kind %s that this map does not have are left out of the populations.", people, lost, kind))
	}
	return p
}
