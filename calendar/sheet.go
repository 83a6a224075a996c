package calendar

import (
	"encoding/csv"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"remit/register"
)

// sheet is a small CSV file with a fixed header.
type sheet struct {
	name   string
	header []string
	rows   [][]string
	faults []register.Fault
}

// row is a row of a sheet with its number; the header is row 1.
type row struct {
	s      *sheet
	number int
	fields []string
}

func readSheet(files fs.FS, name string, header ...string) (*sheet, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read the calendar: %w", err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.FieldsPerRecord = -1
	records, err := r.ReadAll()
	s := &sheet{name: name, header: header}
	switch {
	case err != nil:
		s.faults = []register.Fault{{File: name, Problem: err.Error(), Remedy: "quote fields that hold commas or quotation marks"}}
	case len(records) == 0 || !slices.Equal(records[0], header):
		s.faults = []register.Fault{{File: name, Row: 1, Problem: "the header is not " + strings.Join(header, ","), Remedy: "put it right"}}
	default:
		s.rows = records[1:]
	}
	return s, nil
}

func (s *sheet) each(do func(row)) {
	for i, fields := range s.rows {
		r := row{s, i + 2, fields}
		if len(fields) != len(s.header) {
			r.fault("", fmt.Sprintf("it has %d fields and should have %d", len(fields), len(s.header)), "put it right")
			continue
		}
		if c := r.text("confidence"); c != "high" && c != "medium" && c != "low" {
			r.fault("confidence", "it is none of high, medium and low", "write one of them")
		}
		if r.text("source") == "" {
			r.fault("source", "the row has no source", "say where it is from; default for what is nobody's but ours")
		}
		do(r)
	}
}

func (r row) text(column string) string { return r.fields[slices.Index(r.s.header, column)] }

func (r row) day(column string) register.Day {
	day, err := register.ParseDay(r.text(column))
	if err != nil {
		r.fault(column, "it is not a date written YYYY-MM-DD", "put it right")
	}
	return day
}

func (r row) fault(column, problem, remedy string) {
	f := register.Fault{File: r.s.name, Row: r.number, Column: column, Problem: problem, Remedy: remedy}
	if column != "" {
		f.Value = r.text(column)
	}
	r.s.faults = append(r.s.faults, f)
}
