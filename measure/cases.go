package measure

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Statistic is a calculation that tables of cases can name. Inputs are the
// columns that it reads and Outputs what it gives; a column expected_ and the
// name of an output holds an answer to compare. Run gives the outputs: a float64
// or a string each. Its error is a *Refusal when it refuses, and otherwise says
// that a cell cannot be read.
type Statistic struct {
	Name    string
	About   string
	Inputs  []string
	Outputs []string
	Run     func(Cells) (map[string]any, error)
}

// Case is a row of a table of cases. Row counts from 1 after the header.
type Case struct {
	Row       int
	ID        string
	statistic *Statistic
	cells     Cells
	expected  map[string]string
	tolerance float64
}

// Difference is an answer that is not as the case expects.
type Difference struct{ What, Expected, Got string }

// CaseFault is a row, a column and a value that a table of cases cannot have,
// with what to do.
type CaseFault struct {
	Row                            int
	Column, Value, Problem, Remedy string
}

func (f CaseFault) String() string {
	var b strings.Builder
	if f.Row > 0 {
		fmt.Fprintf(&b, "row %d ", f.Row)
	}
	if f.Column != "" {
		fmt.Fprintf(&b, "column %s value %q ", f.Column, f.Value)
	}
	b.WriteString(f.Problem)
	if f.Remedy != "" {
		b.WriteString("; " + f.Remedy)
	}
	return b.String()
}

// CaseFaults are all the faults of a table.
type CaseFaults []CaseFault

func (f CaseFaults) Error() string {
	lines := make([]string, len(f))
	for i, one := range f {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

const (
	expectedPrefix = "expected_"
	caseTolerance  = 1e-9
	refusalOutput  = "refusal"
)

// IsCaseTable says whether a table's header is of statistical cases: it has a
// column named statistic.
func IsCaseTable(text []byte) bool {
	header, err := csvOf(text).Read()
	return err == nil && slices.Contains(header, "statistic")
}

func csvOf(text []byte) *csv.Reader {
	in := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	in.FieldsPerRecord = -1
	return in
}

// ReadCases reads a table of statistical cases: a column statistic, one for each
// input, columns expected_ with answers, and if wanted id, tolerance (relative;
// 1e-9 if blank), source and note. Blank inputs take their default; a blank
// answer is not checked; none is an answer that must not exist. All faults come
// at once, as CaseFaults.
func ReadCases(text []byte, statistics []Statistic) ([]Case, error) {
	in := csvOf(text)
	header, err := in.Read()
	if err != nil {
		return nil, CaseFaults{{Problem: "the header cannot be read: " + err.Error()}}
	}
	known := map[string]*Statistic{}
	for i := range statistics {
		known[statistics[i].Name] = &statistics[i]
	}
	faults := checkHeader(header, statistics)
	var cases []Case
	for row := 1; ; row++ {
		fields, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			faults = append(faults, CaseFault{Row: row, Problem: err.Error(), Remedy: "close the quotation mark"})
			break
		}
		if len(fields) != len(header) {
			faults = append(faults, CaseFault{Row: row, Problem: fmt.Sprintf("has %d fields where the header has %d", len(fields), len(header)), Remedy: "look for a missing or an extra comma"})
			continue
		}
		c, bad := newCase(row, header, fields, known)
		faults = append(faults, bad...)
		cases = append(cases, c)
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return cases, nil
}

func checkHeader(header []string, statistics []Statistic) CaseFaults {
	inputs, outputs := map[string]bool{}, map[string]bool{refusalOutput: true}
	for _, s := range statistics {
		for _, name := range s.Inputs {
			inputs[name] = true
		}
		for _, name := range s.Outputs {
			outputs[name] = true
		}
	}
	var faults CaseFaults
	answers := false
	seen := map[string]bool{}
	for _, h := range header {
		if seen[h] {
			faults = append(faults, CaseFault{Column: h, Value: h, Problem: "is there twice", Remedy: "take one out"})
		}
		seen[h] = true
		switch output, ok := strings.CutPrefix(h, expectedPrefix); {
		case ok && !outputs[output]:
			faults = append(faults, CaseFault{Column: h, Value: h, Problem: "no statistic gives it", Remedy: "write one of " + strings.Join(slices.Sorted(maps.Keys(outputs)), ", ")})
		case ok:
			answers = true
		case inputs[h], slices.Contains([]string{"id", "statistic", "tolerance", "source", "note"}, h):
		default:
			faults = append(faults, CaseFault{Column: h, Value: h, Problem: "no statistic reads it", Remedy: "write one of " + strings.Join(slices.Sorted(maps.Keys(inputs)), ", ")})
		}
	}
	if !seen["statistic"] {
		faults = append(faults, CaseFault{Problem: "there is no column statistic", Remedy: "add it"})
	}
	if !answers {
		faults = append(faults, CaseFault{Problem: "no column begins with expected_, so there is nothing to check", Remedy: "add one"})
	}
	return faults
}

func newCase(row int, header, fields []string, known map[string]*Statistic) (Case, CaseFaults) {
	c := Case{Row: row, cells: Cells{}, expected: map[string]string{}, tolerance: caseTolerance}
	var faults CaseFaults
	for i, h := range header {
		v := strings.TrimSpace(fields[i])
		switch output, ok := strings.CutPrefix(h, expectedPrefix); {
		case v == "":
		case ok:
			c.expected[output] = v
		case h == "id":
			c.ID = v
		case h == "statistic":
			if c.statistic = known[v]; c.statistic == nil {
				faults = append(faults, CaseFault{row, h, v, "is no statistic", "write one of " + strings.Join(slices.Sorted(maps.Keys(known)), ", ")})
			}
		case h == "tolerance":
			t, err := strconv.ParseFloat(v, 64)
			if err != nil || !(t >= 0) {
				faults = append(faults, CaseFault{row, h, v, "is not a number of 0 or more", "write for example 1e-9"})
			}
			c.tolerance = t
		case h != "source" && h != "note":
			c.cells[h] = v
		}
	}
	if c.ID == "" {
		c.ID = fmt.Sprintf("row %d", row)
	}
	if c.statistic == nil {
		if len(faults) == 0 {
			faults = append(faults, CaseFault{row, "statistic", "", "is blank", "name the statistic"})
		}
		return c, faults
	}
	for _, name := range slices.Sorted(maps.Keys(c.cells)) {
		if !slices.Contains(c.statistic.Inputs, name) {
			faults = append(faults, CaseFault{row, name, c.cells[name], c.statistic.Name + " does not read it", "leave it blank"})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.expected)) {
		if name != refusalOutput && !slices.Contains(c.statistic.Outputs, name) {
			faults = append(faults, CaseFault{row, expectedPrefix + name, c.expected[name], c.statistic.Name + " does not give it", "leave it blank"})
		}
	}
	if len(c.expected) == 0 {
		faults = append(faults, CaseFault{Row: row, Problem: "expects nothing", Remedy: "fill in an answer, or refusal"})
	}
	return c, faults
}

// Statistic is the name of the statistic of a case.
func (c Case) Statistic() string { return c.statistic.Name }

// Check runs a case and lists where the answer is not as expected. A cell that
// cannot be read is an error, of *CaseFault.
func (c Case) Check() ([]Difference, error) {
	got, err := c.statistic.Run(c.cells)
	why := Why(err)
	if err != nil && why == nil {
		return nil, inRow(err, c.Row)
	}
	var list []Difference
	want, refuses := c.expected[refusalOutput]
	switch {
	case why != nil && want != string(why.Reason):
		return []Difference{{expectedPrefix + refusalOutput, want, fmt.Sprintf("%s (%s)", why.Reason, why.Sentence)}}, nil
	case why != nil:
		return nil, nil
	case refuses:
		list = append(list, Difference{expectedPrefix + refusalOutput, want, ""})
	}
	for _, name := range slices.Sorted(maps.Keys(c.expected)) {
		if name == refusalOutput {
			continue
		}
		want := c.expected[name]
		if shown, same := compare(want, got[name], c.tolerance); !same {
			list = append(list, Difference{expectedPrefix + name, want, shown})
		}
	}
	return list, nil
}

func (f *CaseFault) Error() string { return f.String() }

// inRow gives each faulty cell of an error its row.
func inRow(err error, row int) error {
	switch e := err.(type) {
	case *CaseFault:
		e.Row = row
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			inRow(one, row)
		}
	}
	return err
}

func compare(want string, got any, tolerance float64) (shown string, same bool) {
	switch v := got.(type) {
	case float64:
		return shownNumber(v), sameNumber(want, v, tolerance)
	case []float64:
		parts := strings.Fields(want)
		same = len(parts) == len(v)
		texts := make([]string, len(v))
		for i, n := range v {
			texts[i] = shownNumber(n)
			same = same && sameNumber(parts[i], n, tolerance)
		}
		return strings.Join(texts, " "), same
	case nil:
		return "", false
	}
	shown = fmt.Sprint(got)
	return shown, shown == want
}

func shownNumber(v float64) string {
	if math.IsNaN(v) {
		return "none"
	}
	return strconv.FormatFloat(v, 'g', 15, 64)
}

func sameNumber(want string, got, tolerance float64) bool {
	if want == "none" {
		return math.IsNaN(got)
	}
	w, err := strconv.ParseFloat(want, 64)
	return err == nil && math.Abs(got-w) <= tolerance*math.Max(1, math.Abs(w))
}

// Cells are the inputs of a case by column.
type Cells map[string]string

// Text gives a cell, or a default where it is blank.
func (c Cells) Text(name, otherwise string) string {
	if v := c[name]; v != "" {
		return v
	}
	return otherwise
}

// Number gives a cell as a number, or a default where it is blank.
func (c Cells) Number(name string, otherwise float64) (float64, error) {
	if c[name] == "" {
		return otherwise, nil
	}
	return c.number(name, c[name])
}

func (c Cells) number(name, text string) (float64, error) {
	if text == "none" {
		return none, nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(v, 0) {
		problem := "is not a number"
		if text != c[name] {
			problem = fmt.Sprintf("has %q, which is not a number", text)
		}
		return 0, &CaseFault{Column: name, Value: c[name], Problem: problem, Remedy: "write it with a full stop and without separators"}
	}
	return v, nil
}

// Numbers gives a cell as a list of numbers with spaces between; none is NaN.
func (c Cells) Numbers(name string) ([]float64, error) {
	var list []float64
	for _, text := range strings.Fields(c[name]) {
		v, err := c.number(name, text)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

// Lists gives a cell as lists of numbers with ; between the lists.
func (c Cells) Lists(name string) ([][]float64, error) {
	var lists [][]float64
	for _, part := range strings.Split(c[name], ";") {
		list, err := Cells{name: part}.Numbers(name)
		if err != nil {
			return nil, err
		}
		lists = append(lists, list)
	}
	return lists, nil
}
