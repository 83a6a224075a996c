package published

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"remit/register"
)

// The standard layout of files of the Organisation Data Service has 27 columns
// and no header row; these are the ones that are read.
const (
	odsCode         = 0
	odsName         = 1
	odsGrouping     = 2 // national grouping: a region, or W00 for Wales
	odsGeography    = 3 // high level health geography: a board, or YAC to YAF
	odsPostcode     = 9
	odsOpened       = 10
	odsClosed       = 11
	odsStatus       = 12
	odsCommissioner = 14
	odsJoined       = 15 // the day on which the commissioner became so
	odsColumns      = 27
	odsFewest       = odsJoined + 1 // rows cut off after what is read are good enough
)

// odsRow is one organisation of a file as published.
type odsRow struct {
	row                             int
	code, name, grouping, geography string
	postcode, status, commissioner  string
	opened, closed, joined          register.Day
}

// restate turns a published row into rows of a table of the pack.
type restate func(pack *register.Pack, r odsRow, asAt register.Day, source string, f *faults) [][]string

// importRows takes in a file of the standard layout.
func importRows(pack *register.Pack, in io.Reader, f *faults, r Report, o Options, table string, do restate) (Report, error) {
	rows, layout := readODS(in, f)
	r.Layout, r.Rows = layout.describe(r.Kind), len(rows)
	if len(rows) == 0 && len(f.list) == 0 {
		f.add(0, "", "", "the file has no rows", "give the file as it is published")
	}
	seen := map[string]int{}
	source := fmt.Sprintf("ODS %s as at %s", r.Kind, o.AsAt)
	var out [][]string
	for _, row := range rows {
		if first, twice := seen[row.code]; twice {
			f.add(row.row, "organisation code", row.code, fmt.Sprintf("the code is in row %d already", first), "remove one of the rows")
			continue
		}
		seen[row.code] = row.row
		out = append(out, do(pack, row, o.AsAt, source, f)...)
	}
	if err := f.err(); err != nil {
		return r, err
	}
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	if err := errors.Join(w.Write(register.Columns(table)), w.WriteAll(out)); err != nil {
		return r, err
	}
	if err := try(o, table, text.Bytes(), f.file+" restated"); err != nil {
		return r, err
	}
	r.Notes = layout.notes(r.Kind)
	r.File = filepath.Join(o.Into, table+".csv")
	return r, merge(r.File, table, out)
}

// odsLayout is what was seen of the two layouts that have been published.
type odsLayout struct {
	header       bool
	words        int // rows whose status is a word
	letters      int // rows whose status is a letter
	wales, crown int // rows grouped as W00, or in YAC to YAF
	dormant      int
}

func (l odsLayout) describe(kind string) string {
	if kind == Etr {
		return "standard ODS layout"
	}
	if l.words > 0 && l.letters > 0 {
		return "mixed: the status is a letter in some rows and a word in others"
	}
	if l.words > 0 {
		return "newer: the status is a word"
	}
	return "older: the status is a letter"
}

func (l odsLayout) notes(kind string) (notes []string) {
	if l.header {
		notes = append(notes, "The file has a header row, which published files have not; it was passed over.")
	}
	if kind == Epraccur && l.wales == 0 {
		notes = append(notes, "No practice is grouped as W00: Welsh practices were told by their codes and commissioners, and grouped as W00.")
	}
	if kind == Epraccur && l.crown == 0 {
		notes = append(notes, "No practice is in YAC to YAF: practices of the Crown dependencies were told by their postcodes.")
	}
	if l.dormant > 0 {
		notes = append(notes, fmt.Sprintf("%d dormant practices were taken as closed.", l.dormant))
	}
	return notes
}

func readODS(in io.Reader, f *faults) (rows []odsRow, l odsLayout) {
	c := csvReader(in)
	for n := 1; ; n++ {
		fields, err := c.Read()
		if errors.Is(err, io.EOF) {
			return rows, l
		}
		if err != nil {
			f.add(n, "", "", "the row cannot be read: "+err.Error(), "give the file as it is published")
			return rows, l
		}
		if n == 1 && strings.EqualFold(strings.TrimSpace(fields[0]), "organisation code") {
			l.header = true
			continue
		}
		if len(fields) < odsFewest {
			f.add(n, "", "", fmt.Sprintf("the row has %d columns", len(fields)), fmt.Sprintf("give the file as it is published, with %d columns", odsColumns))
			continue
		}
		if row, ok := readODSRow(n, fields, f); ok {
			l.see(&row)
			rows = append(rows, row)
		}
	}
}

func readODSRow(n int, fields []string, f *faults) (odsRow, bool) {
	before := len(f.list) + f.more
	get := func(i int) string { return strings.ToUpper(strings.TrimSpace(fields[i])) }
	date := func(i int, name string) register.Day {
		d, err := odsDay(get(i))
		if err != nil {
			f.add(n, name, get(i), "the value is not a date", "give the file as it is published, with dates such as 20260331")
		}
		return d
	}
	r := odsRow{
		row: n, code: get(odsCode), name: properCase(strings.TrimSpace(fields[odsName])),
		grouping: get(odsGrouping), geography: get(odsGeography), postcode: register.NormalPostcode(get(odsPostcode)),
		status: get(odsStatus), commissioner: get(odsCommissioner),
		opened: date(odsOpened, "open date"), closed: date(odsClosed, "close date"), joined: date(odsJoined, "join date"),
	}
	if !plainCode(r.code) {
		f.add(n, "organisation code", r.code, "the value is not an organisation code", "codes have three to eight letters and digits")
	}
	if r.opened != register.NoDay && r.closed != register.NoDay && r.closed < r.opened {
		f.add(n, "close date", get(odsClosed), "the organisation closes before it opens on "+r.opened.String(), "put the dates right")
	}
	return r, before == len(f.list)+f.more
}

func plainCode(s string) bool {
	return len(s) >= 3 && len(s) <= 8 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z')
	})
}

// odsDay reads 20260331, and the two other ways of writing a date that have
// been seen; blank is NoDay.
func odsDay(s string) (register.Day, error) {
	switch {
	case s == "":
		return register.NoDay, nil
	case len(s) == 8:
		return register.ParseDay(s[:4] + "-" + s[4:6] + "-" + s[6:])
	case len(s) == 10 && s[2] == '/' && s[5] == '/':
		return register.ParseDay(s[6:] + "-" + s[3:5] + "-" + s[:2])
	}
	return register.ParseDay(s)
}

// see counts what tells the layouts apart and brings the status to one letter.
func (l *odsLayout) see(r *odsRow) {
	switch r.status {
	case "A", "C", "D", "P":
		l.letters++
	case "":
	default:
		l.words++
	}
	switch r.status {
	case "A", "ACTIVE", "OPEN":
		r.status = "A"
	case "P", "PROPOSED":
		r.status = "P"
	case "D", "DORMANT":
		l.dormant++
		r.status = "C"
	case "C", "CLOSED", "INACTIVE":
		r.status = "C"
	}
	if r.grouping == "W00" {
		l.wales++
	}
	if slices.Contains(crownGeographies, r.geography) {
		l.crown++
	}
}

var crownGeographies = []string{"YAC", "YAD", "YAE", "YAF"}

// properCase turns the capitals in which names are published into a form that
// is easier on the eye. Short words without a vowel stay as they are: NHS, HMP.
func properCase(s string) string {
	if s != strings.ToUpper(s) {
		return s
	}
	words := strings.Fields(strings.ToLower(s))
	for i, w := range words {
		switch {
		case !strings.ContainsAny(w, "aeiouy"):
			words[i] = strings.ToUpper(w)
		case i > 0 && slices.Contains([]string{"and", "of", "the", "at", "in", "on", "for"}, w):
		default:
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, " ")
}
