package register

import (
	"fmt"
	"slices"
	"strings"
)

// sheet is the content of one file of the pack, laid over by the same file of
// each overlay directory. Fields stand in the order of the schema's columns.
type sheet struct {
	schema *schema
	lines  []line
}

type line struct {
	fields   []string
	from, to Day
	file     string
	row      int32
}

func (l *line) fault(column, value, problem, remedy string) Fault {
	return Fault{File: l.file, Row: int(l.row), Column: column, Value: value, Problem: problem, Remedy: remedy}
}

// at is the position of a column that the schema declares.
func (s *sheet) at(name string) int {
	return slices.IndexFunc(s.schema.columns, func(c column) bool { return c.name == name })
}

// key is what rows of the table are found by: the first column of every schema.
func (l *line) key() string { return l.fields[0] }

// readSheet reads one file and checks whatever can be judged a field at a time.
func readSheet(sc *schema, file, text string) (*sheet, []Fault) {
	records, faults := splitCSV(file, text)
	if len(records) == 0 {
		if len(faults) == 0 {
			faults = append(faults, Fault{File: file, Problem: "the file is empty", Remedy: "give it a header row: " + strings.Join(sc.names(), ",")})
		}
		return &sheet{schema: sc}, faults
	}
	places, bad := sc.header(file, records[0])
	if faults = append(faults, bad...); len(bad) > 0 {
		return &sheet{schema: sc}, faults
	}
	s := &sheet{schema: sc, lines: make([]line, 0, len(records)-1)}
	width := len(records[0].fields)
	inOrder := width == len(sc.columns) && slices.IsSorted(places)
	for _, r := range records[1:] {
		if len(r.fields) != width {
			faults = append(faults, Fault{File: file, Row: int(r.row), Problem: fmt.Sprintf("the row has %d fields where the header has %d", len(r.fields), width), Remedy: "put fields that hold a comma in quotation marks"})
			continue
		}
		l := line{fields: r.fields, file: file, row: r.row}
		if !inOrder {
			l.fields = arrange(r.fields, places)
		}
		s.lines = append(s.lines, l)
	}
	return s, append(faults, s.check()...)
}

func (sc *schema) names() []string {
	names := make([]string, len(sc.columns))
	for i, c := range sc.columns {
		names[i] = c.name
	}
	return names
}

// header finds where each column of the schema stands in the file; -1 for an
// optional column that the file lacks.
func (sc *schema) header(file string, head record) (places []int, faults []Fault) {
	for i, name := range head.fields {
		if sc.column(name) == nil {
			faults = append(faults, Fault{File: file, Row: int(head.row), Column: name, Problem: "the column is not known", Remedy: "remove it; the file may have " + strings.Join(sc.names(), ", ")})
		}
		if slices.Index(head.fields, name) < i {
			faults = append(faults, Fault{File: file, Row: int(head.row), Column: name, Problem: "the column is there twice", Remedy: "remove one"})
		}
	}
	for _, c := range sc.columns {
		at := slices.Index(head.fields, c.name)
		if at < 0 && !c.optional {
			faults = append(faults, Fault{File: file, Row: int(head.row), Column: c.name, Problem: "the column is missing", Remedy: "add it"})
		}
		places = append(places, at)
	}
	return places, faults
}

func arrange(fields []string, places []int) []string {
	out := make([]string, len(places))
	for i, at := range places {
		if at >= 0 {
			out[i] = fields[at]
		}
	}
	return out
}

func (s *sheet) check() []Fault {
	var faults []Fault
	for at := range s.schema.columns {
		faults = append(faults, s.checkColumn(at, &s.schema.columns[at])...)
	}
	return append(faults, s.checkPeriods()...)
}

func (s *sheet) checkColumn(at int, c *column) (faults []Fault) {
	for i := range s.lines {
		l := &s.lines[i]
		v := l.fields[at]
		switch c.kind {
		case postcoded, postcodeMust:
			l.fields[at] = NormalPostcode(v)
		case choice:
			if !slices.Contains(c.of, v) {
				faults = append(faults, l.fault(c.name, v, "the value is not one of those allowed", "write one of "+strings.Join(c.of, ", ")))
			}
		case flag:
			if v != "0" && v != "1" {
				faults = append(faults, l.fault(c.name, v, "the value is not 0 or 1", "write 1 for yes and 0 for no"))
			}
		case day, dayMust:
			if v == "" {
				continue
			}
			if _, err := ParseDay(v); err != nil {
				faults = append(faults, l.fault(c.name, v, "the value is not a date", "write it YYYY-MM-DD"))
			}
		}
		if v == "" && (c.kind == needed || c.kind == knownMust || c.kind == postcodeMust || c.kind == dayMust) {
			faults = append(faults, l.fault(c.name, v, "the value is blank", "fill it in or remove the row"))
		}
	}
	return faults
}

// checkPeriods reads the validity of every row. The columns were checked to be
// dates already, so what cannot be read is passed over here.
func (s *sheet) checkPeriods() (faults []Fault) {
	from, to := s.at("valid_from"), s.at("valid_to")
	for i := range s.lines {
		l := &s.lines[i]
		if l.from, l.to = Earliest, Latest; from < 0 {
			continue // the tables of cases are undated where they can be
		}
		l.from, l.to = dayOr(l.fields[from], Earliest), dayOr(l.fields[to], Latest)
		if l.from > l.to {
			faults = append(faults, l.fault("valid_to", l.fields[to], "the row ends before it begins on "+l.fields[from], "valid_to is the last day on which the row holds; put the dates right"))
		}
	}
	return faults
}

func dayOr(s string, blank Day) Day {
	if s == "" {
		return blank
	}
	d, err := ParseDay(s)
	if err != nil {
		return blank
	}
	return d
}

// lay puts an overlay on a sheet: its rows take the place of all rows that
// have the same key.
func (s *sheet) lay(over *sheet) {
	if len(over.lines) == 0 {
		return
	}
	replaced := make(map[string]bool, len(over.lines))
	for i := range over.lines {
		replaced[over.lines[i].key()] = true
	}
	kept := make([]line, 0, len(s.lines)+len(over.lines))
	for i := range s.lines {
		if !replaced[s.lines[i].key()] {
			kept = append(kept, s.lines[i])
		}
	}
	s.lines = append(kept, over.lines...)
}

// checkOverlaps finds rows of one identity that hold on the same day, the
// doubled row among them.
func (s *sheet) checkOverlaps() (faults []Fault) {
	places := make([]int, len(s.schema.identity))
	for i, name := range s.schema.identity {
		places[i] = s.at(name)
	}
	last := make(map[string]int32, len(s.lines))
	before := make([]int32, len(s.lines)) // the previous row of the same identity, counted from 1
	for i := range s.lines {
		l := &s.lines[i]
		id := l.fields[places[0]]
		for _, at := range places[1:] {
			id += "\x00" + l.fields[at]
		}
		before[i] = last[id]
		last[id] = int32(i + 1)
		for j := before[i]; j > 0; j = before[j-1] {
			if f, bad := overlap(l, &s.lines[j-1]); bad {
				f.Column, f.Value = s.schema.identity[0], l.fields[places[0]]
				faults = append(faults, f)
				break
			}
		}
	}
	return faults
}

func overlap(l, other *line) (Fault, bool) {
	if l.from > other.to || other.from > l.to {
		return Fault{}, false
	}
	if slices.Equal(l.fields, other.fields) {
		return l.fault("", "", fmt.Sprintf("the row repeats row %d of %s", other.row, other.file), "remove one of them"), true
	}
	return l.fault("", "", fmt.Sprintf("the row holds on days on which row %d of %s holds too", other.row, other.file), "end one the day before the other begins"), true
}
