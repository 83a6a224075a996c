package price

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"remit/activity"
	"remit/register"
)

// Sheets are the sheets of the national price workbook that Import reads, each
// saved as CSV, with what each holds.
func Sheets() []Code {
	var list []Code
	for _, s := range sheets {
		list = append(list, Code{s.name, s.says})
	}
	return list
}

// sheet is the shape of a sheet: the words by which its columns are told, and
// the tables of ours that its rows become.
type sheet struct {
	name, says string
	columns    []sheetColumn
	row        func(*sheetRow)
}

// sheetColumn is found by words in its title, which differs from year to year.
type sheetColumn struct {
	name     string
	titles   [][]string // all words of one of these
	without  []string   // and none of these
	optional bool
}

var sheets = []*sheet{
	{"admitted", "admitted patient care: HRG, prices, trim points, short stay; outpatient procedure prices too", []sheetColumn{
		{"hrg", [][]string{{"hrg", "code"}, {"hrg"}}, []string{"name"}, false},
		{"name", [][]string{{"hrg", "name"}, {"name"}}, nil, true},
		{"procedure", [][]string{{"outpatient", "procedure"}}, nil, true},
		{"combined", [][]string{{"combined"}}, nil, true},
		{"day_case", [][]string{{"day", "case"}}, []string{"combined"}, true},
		{"elective", [][]string{{"elective"}}, []string{"non", "combined", "trim"}, true},
		{"elective_trim", [][]string{{"elective", "trim"}}, []string{"non"}, true},
		{"non_elective", [][]string{{"non", "elective"}}, []string{"trim"}, false},
		{"non_elective_trim", [][]string{{"non", "elective", "trim"}}, nil, true},
		{"per_day", [][]string{{"per", "day"}}, nil, true},
		{"short_stay", [][]string{{"short", "stay", "applicable"}}, nil, true},
		{"short_stay_percent", [][]string{{"short", "stay", "%"}}, nil, true},
		{"short_stay_price", [][]string{{"short", "stay"}}, []string{"applicable", "%"}, true},
	}, importAdmitted},
	{"attendance", "outpatient attendances: a row for each treatment function, a column for each WF code", []sheetColumn{
		{"tfc", [][]string{{"treatment", "function", "code"}, {"tfc"}, {"treatment", "function"}}, []string{"name"}, false},
	}, importAttendance},
	{"procedure", "outpatient procedures: HRG and price", []sheetColumn{hrgColumn, priceColumn}, func(r *sheetRow) { r.flat("procedure.csv") }},
	{"emergency", "emergency care: HRG and price", []sheetColumn{hrgColumn, priceColumn}, func(r *sheetRow) { r.flat("emergency.csv") }},
	{"unbundled", "unbundled items: HRG and price; the point of delivery follows from the HRG", []sheetColumn{hrgColumn, priceColumn}, importUnbundled},
	{"year_of_care", "prices for a year: HRG and price; a twelfth is paid each month", []sheetColumn{hrgColumn, priceColumn}, func(r *sheetRow) {
		r.put("unbundled.csv", "YOC", r.code("hrg"), r.needed("price"), "year")
	}},
	{"best_practice", "best practice additions: code, name, HRG, point of delivery, addition", []sheetColumn{
		{"code", [][]string{{"best", "practice", "code"}, {"bpt", "code"}}, nil, false}, {"title", [][]string{{"name"}}, []string{"hrg"}, true}, hrgColumn,
		{"pod", [][]string{{"point", "delivery"}, {"pod"}}, nil, false}, {"addition", [][]string{{"addition"}, {"top", "up"}, {"uplift"}}, nil, false},
	}, func(r *sheetRow) {
		r.put("best_practice.csv", r.code("code"), r.text("title"), r.code("hrg"), r.code("pod"), r.needed("addition"))
	}},
	{"topup", "top-up rates by specialised service line", []sheetColumn{lineColumn, {"rate", [][]string{{"rate"}, {"top", "up"}, {"%"}}, nil, false}}, func(r *sheetRow) {
		r.put("topup.csv", r.code("service_line"), r.needed("rate"))
	}},
	{"topup_provider", "the providers eligible for the top-up of a line", []sheetColumn{lineColumn, providerColumn}, func(r *sheetRow) {
		r.put("topup_provider.csv", r.code("service_line"), r.code("provider"))
	}},
	{"market_forces", "the payment index of each provider; with several years, that of the set", []sheetColumn{
		providerColumn, {"factor", [][]string{{"payment", "index"}, {"mff"}, {"value"}}, []string{"underlying"}, false},
	}, func(r *sheetRow) { r.put("market_forces.csv", r.code("provider"), r.needed("factor")) }},
}

var (
	hrgColumn      = sheetColumn{"hrg", [][]string{{"hrg", "code"}, {"hrg"}}, []string{"name"}, false}
	priceColumn    = sheetColumn{"price", [][]string{{"price"}, {"tariff"}}, nil, false}
	lineColumn     = sheetColumn{"service_line", [][]string{{"pss", "flag"}, {"service", "line"}, {"service", "code"}}, []string{"name"}, false}
	providerColumn = sheetColumn{"provider", [][]string{{"provider", "code"}, {"organisation", "code"}, {"org", "code"}, {"provider"}}, []string{"name"}, false}
)

// About describes the set that an import makes.
type About struct {
	Name, Year, Version, Title    string
	From, To, PublishedOn, Policy string // dates as YYYY-MM-DD; To may be blank
	Confidence, Source            string
}

// Import reads sheets, by their names (Sheets), and gives the files of a price
// set, by theirs. Titles above the header line and notes below the rows are
// passed over; a dash is no price; rows without any price are left out. The
// error is a *register.DataError with all faults of all sheets.
func Import(lib *Library, about About, in map[string][]byte) (map[string][]byte, error) {
	i := &importing{lib: lib, about: about, tables: map[string][][]string{}}
	for name := range in {
		if !slices.ContainsFunc(sheets, func(s *sheet) bool { return s.name == name }) {
			return nil, fmt.Errorf("there is no sheet %q to import: name one of %s", name, sheetNames())
		}
	}
	for _, s := range sheets {
		if text, ok := in[s.name]; ok {
			i.read(s, text)
		}
	}
	if err := register.FaultsError(i.faults); err != nil {
		return nil, err
	}
	i.put("set.csv", about.Name, about.Year, about.Version, about.Title, about.From, about.To, about.PublishedOn, "no", about.Policy)
	files := map[string][]byte{}
	for name, rows := range i.tables {
		files[name] = written(name, rows)
	}
	return files, nil
}

func sheetNames() string {
	var names []string
	for _, s := range sheets {
		names = append(names, s.name)
	}
	return strings.Join(names, ", ")
}

type importing struct {
	lib    *Library
	about  About
	tables map[string][][]string
	faults []register.Fault
}

// put adds a row to a table; confidence and source are those of the import.
func (i *importing) put(table string, values ...string) {
	i.tables[table] = append(i.tables[table], append(values, i.about.Confidence, i.about.Source))
}

func written(name string, rows [][]string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(setTables[name]) // a buffer takes all
	_ = w.WriteAll(rows)
	return b.Bytes()
}

// sheetRow is a row of a sheet while it is read.
type sheetRow struct {
	*importing
	sheet  *sheet
	number int
	header []string
	at     map[string]int
	fields []string
}

// headerWithin is how many lines of titles may stand above the header.
const headerWithin = 25

func (i *importing) read(s *sheet, text []byte) {
	in := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	in.FieldsPerRecord, in.LazyQuotes = -1, true
	r := &sheetRow{importing: i, sheet: s}
	rows := 0
	for {
		fields, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		r.number++
		if err != nil {
			r.fault("", "", err.Error(), "save the sheet as CSV again")
			break
		}
		r.fields = fields
		switch {
		case r.at == nil && r.isHeader():
		case r.at == nil && r.number >= headerWithin:
			r.fault("", "", "no header line is found: "+r.missing(), "save the whole sheet as CSV, with the titles of its columns")
			return
		case r.at != nil && !r.isNote():
			rows++
			s.row(r)
		}
	}
	if rows == 0 {
		r.fault("", "", "there are no rows below a header line"+r.missing(), "save the whole sheet as CSV, with the titles of its columns")
	}
}

// isHeader tells whether a line has a title for every column that is needed.
func (r *sheetRow) isHeader() bool {
	at := map[string]int{}
	for _, c := range r.sheet.columns {
		if n := c.find(r.fields, r.about.Year); n >= 0 {
			at[c.name] = n
		} else if !c.optional {
			return false
		}
	}
	r.header, r.at = r.fields, at
	return true
}

func (r *sheetRow) missing() string {
	var names []string
	for _, c := range r.sheet.columns {
		if !c.optional {
			names = append(names, strings.Join(c.titles[0], " "))
		}
	}
	return ": it needs columns for " + strings.Join(names, ", ")
}

// find is the column with the title. Of several, one that names the year of the
// set goes first, then the first.
func (c sheetColumn) find(header []string, year string) int {
	for _, words := range c.titles {
		best := -1
		for i, title := range header {
			if !hasWords(title, words, c.without) {
				continue
			}
			if strings.Contains(title, year) && year != "" {
				return i
			}
			if best < 0 {
				best = i
			}
		}
		if best >= 0 {
			return best
		}
	}
	return -1
}

var titleWord = regexp.MustCompile(`[a-z0-9]+|%`)

func hasWords(title string, words, without []string) bool {
	found := titleWord.FindAllString(strings.ToLower(title), -1)
	for _, w := range words {
		if !slices.Contains(found, w) {
			return false
		}
	}
	return !slices.ContainsFunc(without, func(w string) bool { return slices.Contains(found, w) })
}

// isNote tells a blank line, and a line of text below the rows.
func (r *sheetRow) isNote() bool {
	filled := 0
	for _, f := range r.fields {
		if strings.TrimSpace(f) != "" {
			filled++
		}
	}
	return filled == 0 || filled == 1 && len(r.at) > 1 || r.text(r.sheet.columns[0].name) == ""
}

func (r *sheetRow) fault(column, value, problem, remedy string) {
	r.faults = append(r.faults, register.Fault{File: r.sheet.name, Row: r.number, Column: column, Value: value, Problem: problem, Remedy: remedy})
}

func (r *sheetRow) text(column string) string {
	at, ok := r.at[column]
	if !ok || at >= len(r.fields) {
		return ""
	}
	return strings.TrimSpace(r.fields[at])
}

var codeShape = regexp.MustCompile(`^[A-Z0-9_]{2,20}$`)

func (r *sheetRow) code(column string) string {
	s := strings.ToUpper(r.text(column))
	if !codeShape.MatchString(s) {
		r.fault(column, s, "is not a code", "write letters and digits alone, or take the row out")
	}
	return s
}

// dashes are what stands for no price.
var dashes = []string{"", "-", "–", "—", "n/a", "N/A"}

// number is a number as our tables write it; blank for a dash.
func (r *sheetRow) numberIn(column string) string { return r.numberAt(column, r.text(column)) }

func (r *sheetRow) numberAt(column, s string) string {
	if slices.Contains(dashes, s) {
		return ""
	}
	percent := strings.HasSuffix(s, "%")
	a, _, err := activity.ParseAmount([]byte(strings.TrimSpace(strings.TrimSuffix(s, "%"))))
	if err != nil || a.Sign() < 0 {
		r.fault(column, s, "is not a price or a number", "write a number, or a dash where there is none")
		return ""
	}
	if percent && column != "short_stay_percent" {
		return decimalText(new(big.Int).Quo(unitsOf(a), big.NewInt(100)))
	}
	return a.String()
}

func (r *sheetRow) needed(column string) string {
	s := r.numberIn(column)
	if s == "" && slices.Contains(dashes, r.text(column)) {
		r.fault(column, r.text(column), "is blank", "write a number, or take the row out")
	}
	return s
}

// flat is a row of an HRG and a price; without a price it is none.
func (r *sheetRow) flat(table string) {
	if price := r.numberIn("price"); price != "" {
		r.put(table, r.code("hrg"), price)
	}
}

func importAdmitted(r *sheetRow) {
	hrg := r.code("hrg")
	if p := r.numberIn("procedure"); p != "" {
		r.put("procedure.csv", hrg, p)
	}
	short := "no"
	switch s := strings.ToLower(r.text("short_stay")); s {
	case "yes", "y", "1":
		short = "yes"
	case "no", "n", "0", "", "-":
	default:
		r.fault("short_stay", s, "is neither yes nor no", "write Yes or No")
	}
	var prices []string
	any := false
	for _, column := range []string{"combined", "day_case", "elective", "elective_trim", "non_elective", "non_elective_trim", "per_day"} {
		value := r.numberIn(column)
		prices = append(prices, value)
		any = any || value != "" && !strings.HasSuffix(column, "trim")
	}
	percent := r.numberIn("short_stay_percent")
	if percent != "" && !strings.HasSuffix(r.text("short_stay_percent"), "%") && strings.HasPrefix(percent, "0.") {
		percent = share(percent) // a share, as a spreadsheet keeps a percentage
	}
	if any {
		row := append([]string{hrg, r.text("name")}, prices...)
		r.put("admitted.csv", append(row, short, percent, r.numberIn("short_stay_price"))...)
	}
}

// share writes 0.35 as 35.
func share(s string) string {
	a, _, err := activity.ParseAmount([]byte(s))
	if err != nil {
		return s
	}
	return decimalText(new(big.Int).Mul(unitsOf(a), big.NewInt(100)))
}

var attendanceTitle = regexp.MustCompile(`\b(WF0[12][A-F])\b`)

func importAttendance(r *sheetRow) {
	tfc := r.code("tfc")
	found := false
	for i, title := range r.header {
		hrg := attendanceTitle.FindString(strings.ToUpper(title))
		if hrg == "" {
			continue
		}
		found = true
		if i >= len(r.fields) {
			continue
		}
		if price := r.numberAt(title, strings.TrimSpace(r.fields[i])); price != "" {
			r.put("attendance.csv", tfc, hrg, price)
		}
	}
	if !found {
		r.fault("", "", "no column names a WF code", "write the code of each column in its title, as in WF01B")
	}
}

func importUnbundled(r *sheetRow) {
	price := r.numberIn("price")
	if price == "" {
		return
	}
	hrg := r.code("hrg")
	d := r.lib.unbundledPOD(hrg)
	if d == nil {
		r.fault("hrg", hrg, "has no point of delivery", "add a rule for it to derive.csv")
		return
	}
	r.put("unbundled.csv", d.pod, hrg, price, "unit")
}
