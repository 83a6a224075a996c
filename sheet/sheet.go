// Package sheet reads tables as people keep them, in CSV, and tells everything
// that is wrong with one at once: file, row, column, value, what to do. It knows
// money, numbers, dates, choices and yes or no, and nothing of what a table is about.
package sheet

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"remit/activity"
	"remit/register"
	"remit/share"
)

// Fault is one thing wrong: where it is, and what to do. Row 1 is the header.
type Fault = register.Fault

// Faults are all the things that are wrong, as one error.
type Faults []Fault

func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, x := range f {
		lines[i] = x.String()
	}
	return strings.Join(lines, "\n")
}

// Err is the faults as an error, and nil when there are none.
func (f Faults) Err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}

// Most are how many faults of one file are told; a file with more has one cause.
const Most = 200

// Sheet is a table that was read. Faults grow as rows are read out of it.
type Sheet struct {
	File   string
	Rows   []*Row
	faults *Faults
	hidden int
}

// Row is a row of it.
type Row struct {
	At     int // as a spreadsheet counts, the header being 1
	sheet  *Sheet
	fields map[string]string
}

// maxRows keeps a file that is no table of budgets from filling the memory.
const maxRows = 200_000

// Read reads a table with these columns, of which those that end in ? may be
// missing. Faults are added to the list.
func Read(file string, r io.Reader, columns []string, faults *Faults) *Sheet {
	s := &Sheet{File: file, faults: faults}
	s.each(r, columns, maxRows, func(row *Row) {
		own := *row
		own.fields = maps.Clone(row.fields)
		s.Rows = append(s.Rows, &own)
	})
	return s
}

// Each reads a table that may be as long as it likes, as Read does, a row at a
// time; a row is only good until the next.
func Each(file string, r io.Reader, columns []string, faults *Faults, do func(*Row)) {
	s := &Sheet{File: file, faults: faults}
	s.each(r, columns, math.MaxInt, do)
}

func (s *Sheet) each(r io.Reader, columns []string, most int, do func(*Row)) {
	in := csv.NewReader(r)
	in.FieldsPerRecord, in.ReuseRecord = -1, true
	head, err := in.Read()
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = errors.New("the file is empty")
		}
		s.add(Fault{File: s.File, Problem: plainly(err), Remedy: "give it a header row: " + strings.ReplaceAll(strings.Join(columns, ","), "?", "")})
		return
	}
	head = slices.Clone(head)
	head[0] = strings.TrimPrefix(head[0], "\ufeff")
	if !s.header(head, columns) {
		return
	}
	row := &Row{sheet: s, fields: make(map[string]string, len(head))}
	for n := 2; ; n++ {
		fields, err := in.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			s.add(Fault{File: s.File, Row: n, Problem: plainly(err), Remedy: "put the quotation marks of the row right; the rows after it were not read"})
			return
		}
		if n > most {
			s.add(Fault{File: s.File, Row: n, Problem: fmt.Sprintf("the file has more than %d rows", most), Remedy: "divide it"})
			return
		}
		if len(fields) != len(head) {
			s.add(Fault{File: s.File, Row: n, Problem: fmt.Sprintf("the row has %d fields where the header has %d", len(fields), len(head)), Remedy: "put fields that hold a comma in quotation marks"})
			continue
		}
		row.At = n
		for i, c := range head {
			row.fields[c] = strings.TrimSpace(fields[i])
		}
		do(row)
	}
}

func plainly(err error) string {
	var p *csv.ParseError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

func (s *Sheet) header(head, columns []string) bool {
	before := len(*s.faults)
	names := strings.ReplaceAll(strings.Join(columns, ", "), "?", "")
	for i, c := range head {
		head[i] = strings.TrimSpace(c)
		if !slices.Contains(columns, head[i]) && !slices.Contains(columns, head[i]+"?") {
			s.add(Fault{File: s.File, Row: 1, Column: head[i], Problem: "the column is not known", Remedy: "remove it; the file may have " + names})
		}
		if slices.Index(head, head[i]) < i {
			s.add(Fault{File: s.File, Row: 1, Column: head[i], Problem: "the column is there twice", Remedy: "remove one"})
		}
	}
	for _, c := range columns {
		if !strings.HasSuffix(c, "?") && !slices.Contains(head, c) {
			s.add(Fault{File: s.File, Row: 1, Column: c, Problem: "the column is missing", Remedy: "add it"})
		}
	}
	return len(*s.faults) == before
}

func (s *Sheet) add(f Fault) {
	if s.hidden++; s.hidden > Most {
		return
	}
	*s.faults = append(*s.faults, f)
}

// Fault adds a fault of a column of the row.
func (r *Row) Fault(column, problem, remedy string) {
	r.sheet.add(Fault{File: r.sheet.File, Row: r.At, Column: column, Value: r.fields[column], Problem: problem, Remedy: remedy})
}

// Place names the row.
func (r *Row) Place() string { return fmt.Sprintf("%s row %d", r.sheet.File, r.At) }

// Text is a value, which may be blank.
func (r *Row) Text(column string) string { return r.fields[column] }

// Need is a value that may not be blank.
func (r *Row) Need(column string) string {
	v := r.fields[column]
	if v == "" {
		r.Fault(column, "the value is blank", "fill it in, or remove the row")
	}
	return v
}

// Choice is one of some values.
func (r *Row) Choice(column string, of ...string) string {
	v := r.fields[column]
	if !slices.Contains(of, v) {
		r.Fault(column, "the value is not one of those allowed", "write one of "+strings.Join(of, ", "))
	}
	return v
}

// Yes is yes or no.
func (r *Row) Yes(column string) bool { return r.Choice(column, "yes", "no") == "yes" }

// MaybeYes is yes or no, where a blank is no.
func (r *Row) MaybeYes(column string) bool {
	return r.fields[column] != "" && r.Choice(column, "yes", "no") == "yes"
}

// Money is an amount in pounds, to the penny, which may not be blank.
func (r *Row) Money(column string) activity.Amount {
	if r.fields[column] == "" {
		r.Fault(column, "the amount is blank", "write 0 for nothing, or remove the row")
	}
	return r.MaybeMoney(column)
}

// MaybeMoney is an amount in pounds, to the penny; a blank is nothing.
func (r *Row) MaybeMoney(column string) activity.Amount {
	a, _, err := activity.ParseAmount([]byte(r.fields[column]))
	var bad *activity.AmountError
	switch {
	case errors.As(err, &bad):
		r.Fault(column, "it is not an amount of money: "+bad.Problem, "write pounds and pence, such as -1234.50")
	case !new(big.Rat).Mul(share.Of(a), big.NewRat(100, 1)).IsInt():
		r.Fault(column, "the amount has parts of a penny", "write it to the penny")
	}
	return a
}

// Number is a decimal that may not be blank or negative.
func (r *Row) Number(column string) *big.Rat {
	n := r.Signed(column)
	if n.Sign() < 0 {
		r.Fault(column, "the number is negative", "write a number from 0 up")
		return new(big.Rat)
	}
	return n
}

// Positive is a decimal above nothing; 1 stands in for one that is faulty.
func (r *Row) Positive(column string) *big.Rat {
	n, err := share.Number(r.fields[column])
	if err == nil && n.Sign() > 0 {
		return n
	}
	r.Fault(column, "it is not a decimal number above 0", "write it as 1250 or 1250.5, or remove the row")
	return big.NewRat(1, 1)
}

// Signed is a decimal that may be negative but not blank.
func (r *Row) Signed(column string) *big.Rat {
	n, err := share.Number(r.fields[column])
	if err != nil {
		r.Fault(column, "it is not a decimal number", "write it as 1.0452, or 4.5%")
		return new(big.Rat)
	}
	return n
}

// Day is a date, YYYY-MM-DD; blank is what is given.
func (r *Row) Day(column string, blank register.Day) register.Day {
	v := r.fields[column]
	if v == "" {
		return blank
	}
	d, err := register.ParseDay(v)
	if err != nil {
		r.Fault(column, "the value is not a date", "write it YYYY-MM-DD")
		return blank
	}
	return d
}

// Month is a month of a financial year: 1 is April, 12 March.
func (r *Row) Month(column string) int {
	n, err := strconv.Atoi(r.fields[column])
	if err != nil || n < 1 || n > 12 {
		r.Fault(column, "the value is not a month", "write 1 for April to 12 for March")
		return 1
	}
	return n
}

// Year is a financial year such as 2026/27.
func (r *Row) Year(column string) string {
	v := r.fields[column]
	if !IsYear(v) {
		r.Fault(column, "the value is not a financial year", "write it as 2026/27")
	}
	return v
}

// IsYear tells whether a text is a financial year such as 2026/27.
func IsYear(s string) bool {
	if len(s) != 7 || s[4] != '/' {
		return false
	}
	first, err1 := strconv.Atoi(s[:4])
	second, err2 := strconv.Atoi(s[5:])
	return err1 == nil && err2 == nil && first >= 1948 && (first+1)%100 == second
}

// Starts is the first day of a financial year.
func Starts(year string) register.Day {
	if !IsYear(year) {
		return register.NoDay
	}
	d, err := register.ParseDay(year[:4] + "-04-01")
	if err != nil {
		return register.NoDay
	}
	return d
}
