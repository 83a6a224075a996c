package price

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"slices"
	"strings"

	"remit/activity"
	"remit/register"
)

// table is a CSV file of ours while it is read. Faults are collected, so that a
// user sees all of them at once.
type table struct {
	name    string
	columns map[string]int
	row     int // as a spreadsheet counts: the header is row 1
	fields  []string
	faults  *[]register.Fault
}

// eachRow reads the file and calls each for every row. The columns must be just
// those named, in any order. A file that is not there has no rows.
func eachRow(fsys fs.FS, name string, columns []string, faults *[]register.Fault, each func(*table)) {
	text, err := fs.ReadFile(fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		*faults = append(*faults, register.Fault{File: name, Problem: err.Error(), Remedy: "see that the file can be read"})
		return
	}
	t := &table{name: name, columns: map[string]int{}, row: 1, faults: faults}
	in := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	in.FieldsPerRecord = -1
	header, err := in.Read()
	if err != nil {
		t.fault("", "", "the header cannot be read", "write a header line: "+strings.Join(columns, ","))
		return
	}
	if !t.head(header, columns) {
		return
	}
	for {
		t.row++
		t.fields, err = in.Read()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.fault("", "", err.Error(), "close the quotation mark")
			return
		}
		if len(t.fields) != len(header) {
			t.fault("", "", fmt.Sprintf("has %d fields where the header has %d", len(t.fields), len(header)), "look for a missing or an extra comma")
			continue
		}
		each(t)
	}
}

func (t *table) head(header, columns []string) bool {
	before := len(*t.faults)
	for i, name := range header {
		name = strings.TrimSpace(name)
		if !slices.Contains(columns, name) {
			t.fault(name, "", "is no column of this table", "take it out, or name one of "+strings.Join(columns, ", "))
		}
		if _, twice := t.columns[name]; twice {
			t.fault(name, "", "is there twice", "take one out")
		}
		t.columns[name] = i
	}
	for _, name := range columns {
		if _, ok := t.columns[name]; !ok {
			t.fault(name, "", "is missing", "add the column; its fields may be blank where nothing is known")
		}
	}
	return len(*t.faults) == before
}

func (t *table) fault(column, value, problem, remedy string) {
	*t.faults = append(*t.faults, register.Fault{File: t.name, Row: t.row, Column: column, Value: value, Problem: problem, Remedy: remedy})
}

func (t *table) text(column string) string { return strings.TrimSpace(t.fields[t.columns[column]]) }

// code is a text that must be there, in capitals.
func (t *table) code(column string) string {
	s := strings.ToUpper(t.text(column))
	if s == "" {
		t.fault(column, "", "is blank", "write a code")
	}
	return s
}

// maxPrice keeps prices where their products have room (wide.go).
var maxPrice = new(big.Int).Mul(big.NewInt(1_000_000_000), one)

// decimal is a number that is not negative, nil for a blank.
func (t *table) decimal(column string) *big.Int {
	s := t.text(column)
	a, present, err := activity.ParseAmount([]byte(s))
	switch {
	case err != nil:
		t.fault(column, s, "is not a decimal number", "write it as 1234.56, or leave it blank where there is no price")
		return nil
	case !present:
		return nil
	case a.Sign() < 0:
		t.fault(column, s, "is below zero", "write a number from 0 upwards")
		return nil
	}
	n := unitsOf(a)
	if n.Cmp(maxPrice) > 0 {
		t.fault(column, s, "is more than a thousand million", "look for a missing decimal point")
		return nil
	}
	return n
}

// needed is a decimal that must be there.
func (t *table) needed(column string) *big.Int {
	before := len(*t.faults)
	n := t.decimal(column)
	if n == nil && len(*t.faults) == before {
		t.fault(column, "", "is blank", "write a number")
	}
	return n
}

// whole is a number of days, -1 for a blank.
func (t *table) whole(column string) int {
	s := t.text(column)
	if s == "" {
		return -1
	}
	n, ok := parseDays([]byte(s))
	if !ok {
		t.fault(column, s, "is not a whole number", "write a number of days, or leave it blank")
		return -1
	}
	return n
}

func (t *table) day(column string, blank register.Day) register.Day {
	s := t.text(column)
	if s == "" {
		return blank
	}
	d, err := register.ParseDay(s)
	if err != nil {
		t.fault(column, s, "is not a date", "write it as YYYY-MM-DD")
	}
	return d
}

// oneOf is a word of a closed list.
func (t *table) oneOf(column string, words ...string) string {
	s := t.text(column)
	if !slices.Contains(words, s) {
		t.fault(column, s, "is not one of the words for it", "write one of "+strings.Join(words, ", "))
	}
	return s
}

// known is where a row is from. Every row says so.
func (t *table) known() known {
	k := known{Source: t.text("source"), Confidence: t.oneOf("confidence", "high", "medium", "low", "synthetic")}
	if k.Source == "" {
		t.fault("source", "", "is blank", "say where the row is from")
	}
	return k
}

// known is the source of a fact and how far it is to be trusted.
type known struct{ Source, Confidence string }

// parseDays reads a whole number from 0 to 99999.
func parseDays(b []byte) (int, bool) {
	if len(b) == 0 || len(b) > 5 {
		return 0, false
	}
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}
