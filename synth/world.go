package synth

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"remit/register"
)

// area is a sub-ICB location: the people who live there, their practices, and
// the providers they go to.
type area struct {
	code, icb, region, hub string
	delegated              bool // its ICB has taken on delegated commissioning
	practices              []string
	practice               weighted
	postcodes              []string
	people                 float64
	near                   [4]weighted // providers, by kind of care
}

// The kinds of care that differ in how far patients travel for them.
const (
	generalCare = iota
	specialisedCare
	mentalCare
	hospitalCare // general care that needs beds or an emergency department
)

// provider is a trust, with the location in whose area it stands.
type provider struct {
	code, icb, region, hub, host string
	sites                        []string
	size                         [4]float64 // by kind of care
}

// line is a service line that holds in the year.
type line struct {
	code                      string
	status                    string
	highly, mental            bool
	specialised, publicHealth bool
	tfcs                      []string
	pods                      []*pod
}

// facility is a place of detention.
type facility struct{ postcode, practice, hub string }

// board is a health board of Wales or Scotland, or Northern Ireland.
type board struct {
	code, country string
	postcodes     []string
}

// world is everything that records of one year are drawn from.
type world struct {
	*profile
	pack       *register.Pack
	start, end register.Day // of the financial year
	year       string       // 2025/26
	area       weighted
	areas      []*area
	byRegion   map[string][]*area
	byICB      map[string][]*area
	providers  []*provider
	usual      []*line // specialised lines of everyday activity
	line       weighted
	none       *line
	blue       []*line
	topUp      []*line
	mentals    []*line
	publicH    []*line
	highly     []*line
	fund       []*line // codes of populations and funds
	notAttrib  *line
	retired    []string
	future     []string
	closed     []string // practices
	forces     []string
	facilities []facility
	boards     []board
	eea, other []string // pseudo postcodes
	nowhere    []string
	entities   []string // reporting entities
	cut        []*area  // with a five-character code
	border     []*area  // next to Wales
	deadOrgs   []string // sub-ICB locations and boards that are no more, or not yet
	podByCode  map[string]*pod
	month      weighted
	calendar   calendar
}

func newWorld(pack *register.Pack, year string) (*world, error) {
	p, err := readProfile()
	if err != nil {
		return nil, err
	}
	first, err := firstYear(year)
	if err != nil {
		return nil, err
	}
	w := &world{profile: p, pack: pack, year: year, byRegion: map[string][]*area{}, byICB: map[string][]*area{}, podByCode: map[string]*pod{}}
	w.start, _ = register.ParseDay(strconv.Itoa(first) + "-04-01")
	w.end, _ = register.ParseDay(strconv.Itoa(first+1) + "-03-31")
	w.calendar = newCalendar(w.start, w.end)
	w.month = newWeighted(p.months)
	for _, pod := range p.pods {
		w.podByCode[pod.code] = pod
	}
	w.addFinancialPODs()
	for _, step := range []func() error{w.addAreas, w.addProviders, w.addLines} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	w.addPractices()
	w.addPeople()
	w.addPlaces()
	w.addOldCodes()
	return w, w.check()
}

// firstYear reads 2025/26 or 202526.
func firstYear(year string) (int, error) {
	digits := strings.NewReplacer("/", "", "-", "").Replace(year)
	first, err := strconv.Atoi(digits[:min(4, len(digits))])
	if err != nil || len(digits) != 6 || digits[4:] != fmt.Sprintf("%02d", (first+1)%100) {
		return 0, fmt.Errorf("%q is not a financial year: write it as 2025/26", year)
	}
	return first, nil
}

// value reads a column of the row that holds for a key on a day.
func (w *world) value(table, key, column string, on register.Day) string {
	t := w.pack.Table(table)
	return t.Value(t.Find(key, on, 0).Row, t.Column(column))
}

// holds tells whether a key has a row on a day.
func (w *world) holds(table, key string, on register.Day) bool {
	return w.pack.Table(table).Find(key, on, 0).Row != register.NoRow
}

// borderICBs are the boards along the border with Wales that the assignment
// method names.
var borderICBs = []string{"QYG", "QOC", "QGH", "QR1", "QUY"}

func (w *world) addAreas() error {
	for _, code := range w.pack.Table("sub_icb").Keys() {
		if !w.holds("sub_icb", code, w.start) {
			continue
		}
		get := func(column string) string { return w.value("sub_icb", code, column, w.start) }
		a := &area{code: code, icb: get("icb"), region: get("region"), hub: get("specialised_hub"), delegated: get("delegated") == "Yes"}
		w.areas = append(w.areas, a)
		w.byRegion[a.region] = append(w.byRegion[a.region], a)
		w.byICB[a.icb] = append(w.byICB[a.icb], a)
		if slices.Contains(borderICBs, a.icb) {
			w.border = append(w.border, a)
		}
		if len(code) == 5 {
			w.cut = append(w.cut, a)
		}
	}
	if len(w.areas) == 0 {
		return fmt.Errorf("the reference data has no sub-ICB locations on %s: choose a year that it covers", w.start)
	}
	return nil
}

// addPractices shares the open practices out among the areas. A practice that
// the file gives to a location of another time is left out.
func (w *world) addPractices() {
	at := map[string]*area{}
	for _, a := range w.areas {
		at[a.code] = a
	}
	weights := map[*area][]float64{}
	t := w.pack.Table("practice")
	commissioner, country := t.Column("commissioner"), t.Column("country")
	for _, code := range t.Keys() {
		row := t.Find(code, w.start, 0).Row
		if !w.open(code, w.start) {
			if w.openEver(code) && t.Find(code, w.start-400, 0).Row != register.NoRow {
				w.closed = append(w.closed, code)
			}
			continue
		}
		if t.Value(row, commissioner) == "13Q" {
			if t.Value(row, country) == "E" {
				w.forces = append(w.forces, code)
			}
			continue
		}
		if a := at[t.Value(row, commissioner)]; a != nil && w.open(code, w.end) {
			a.practices = append(a.practices, code)
			weights[a] = append(weights[a], sizeOf(code, 0.5))
		}
	}
	for _, a := range w.areas {
		if len(a.practices) == 0 {
			a.practices, weights[a] = []string{"V81999"}, []float64{1}
		}
		a.practice = newWeighted(weights[a])
	}
}

func (w *world) open(code string, on register.Day) bool {
	status := w.value("practice", code, "status", on)
	return status == "A" || status == "P"
}

// openEver keeps codes that were never more than proposed out of the closed ones.
func (w *world) openEver(code string) bool {
	t := w.pack.Table("practice")
	row := t.FindEver(code, 0).Row
	from, _ := t.Valid(row)
	return from < w.start
}

// addPeople weighs the areas by registered population.
func (w *world) addPeople() {
	t := w.pack.Table("population")
	weights := make([]float64, len(w.areas))
	for i, a := range w.areas {
		for _, row := range t.Rows(a.code) {
			if n, err := strconv.ParseFloat(t.At(row, "registered"), 64); err == nil && strings.HasPrefix(t.At(row, "geography"), "sub_icb") {
				a.people = n
			}
		}
		if a.people == 0 {
			a.people = 8000 * float64(len(a.practices))
		}
		weights[i] = a.people
	}
	w.area = newWeighted(weights)
}

// only makes all patients those of one ICB.
func (w *world) only(icb string) error {
	if icb == "" {
		return nil
	}
	weights, people := make([]float64, len(w.areas)), 0.0
	for i, a := range w.areas {
		if a.icb == icb {
			weights[i] = a.people
			people += a.people
		}
	}
	if people == 0 {
		return fmt.Errorf("%s is no integrated care board in %s", icb, w.year)
	}
	w.area = newWeighted(weights)
	return nil
}

func (w *world) addPlaces() {
	for _, a := range w.areas {
		a.postcodes = w.postcodesOf("sub_icb", a.code)
	}
	for _, code := range w.pack.Table("health_board").Keys() {
		w.boards = append(w.boards, board{code, w.value("health_board", code, "country", w.start), w.postcodesOf("health_board", code)})
	}
	w.boards = append(w.boards, board{"ZC999", "N", w.postcodesOf("ireland", "N")})
	t := w.pack.Table("justice_facility")
	for _, key := range t.Keys() {
		row := t.Find(key, w.start, 0).Row
		if f := (facility{t.At(row, "postcode"), t.At(row, "practice"), t.At(row, "health_justice_hub")}); row != register.NoRow && f.postcode != "" && f.practice != "" {
			w.facilities = append(w.facilities, f)
		}
	}
	t = w.pack.Table("pseudo_postcode")
	for _, key := range t.Keys() {
		switch t.At(t.FindEver(key, 0).Row, "kind") {
		case "eea_or_similar":
			w.eea = append(w.eea, key)
		case "non_eea_reciprocal":
			w.other = append(w.other, key)
		default:
			w.nowhere = append(w.nowhere, key)
		}
	}
}

func (w *world) addOldCodes() {
	w.entities = w.pack.Table("reporting_entity").Keys()
	for _, table := range []string{"sub_icb", "icb"} {
		for _, code := range w.pack.Table(table).Keys() {
			if !w.holds(table, code, w.start) {
				w.deadOrgs = append(w.deadOrgs, code)
			}
		}
	}
	w.deadOrgs = append(w.deadOrgs, "YDD82", "TDH00")
}

// ReferenceError says what reference data lack that records are made from.
type ReferenceError struct {
	Year    string
	Missing []string
}

func (e *ReferenceError) Error() string {
	return fmt.Sprintf("the reference data has none of these for %s: %s", e.Year, strings.Join(e.Missing, ", "))
}

// check refuses reference data from which a case could not be made.
func (w *world) check() error {
	var empty []string
	for name, n := range map[string]int{
		"closed practices": len(w.closed), "armed forces practices": len(w.forces), "places of detention": len(w.facilities),
		"health boards": len(w.boards) - 1, "pseudo postcodes": min(len(w.eea), len(w.other), len(w.nowhere)),
		"providers": len(w.providers), "retired service lines": len(w.retired),
		"mental health lines": len(w.mentals), "public health lines": len(w.publicH), "blue lines": min(len(w.blue), len(w.topUp)),
		"reporting entities": len(w.entities), "locations with a five-character code": len(w.cut), "locations on the Welsh border": len(w.border), "highly specialised lines": len(w.highly),
	} {
		if n == 0 {
			empty = append(empty, name)
		}
	}
	if len(empty) == 0 {
		return nil
	}
	slices.Sort(empty)
	return &ReferenceError{w.year, empty}
}
