package register

import (
	"fmt"
	"slices"
	"strings"
)

// Fault is one thing wrong with reference data: where it is, and what to do.
// Row counts from 1 with the header row as row 1, as a spreadsheet does; 0
// means the file as a whole.
type Fault struct {
	File    string
	Row     int
	Column  string
	Value   string
	Problem string
	Remedy  string
}

// String is one line: place, problem, remedy.
func (f Fault) String() string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Row > 0 {
		fmt.Fprintf(&b, " row %d", f.Row)
	}
	if f.Column != "" {
		fmt.Fprintf(&b, " column %s", f.Column)
	}
	if f.Value != "" {
		fmt.Fprintf(&b, " value %q", f.Value)
	}
	fmt.Fprintf(&b, ": %s", f.Problem)
	if f.Remedy != "" {
		fmt.Fprintf(&b, "; %s", f.Remedy)
	}
	return b.String()
}

// DataError reports every fault found in a set of reference data.
type DataError struct {
	Faults []Fault
}

// Error lists the first faults and counts the rest; Faults has them all.
func (e *DataError) Error() string {
	const shown = 20
	lines := make([]string, 0, min(len(e.Faults), shown)+2)
	lines = append(lines, fmt.Sprintf("the reference data has %d faults:", len(e.Faults)))
	if len(e.Faults) == 1 {
		lines[0] = "the reference data has a fault:"
	}
	for _, f := range e.Faults[:min(len(e.Faults), shown)] {
		lines = append(lines, "  "+f.String())
	}
	if rest := len(e.Faults) - shown; rest > 0 {
		lines = append(lines, fmt.Sprintf("  and %d more", rest))
	}
	return strings.Join(lines, "\n")
}

// FaultsError is a *DataError of the faults, and nil when there are no faults, so that callers can return it
// as it is. Faults come out in a fixed order whatever order they were found in.
func FaultsError(faults []Fault) error {
	if len(faults) == 0 {
		return nil
	}
	slices.SortStableFunc(faults, func(a, b Fault) int {
		if c := strings.Compare(a.File, b.File); c != 0 {
			return c
		}
		if a.Row != b.Row {
			return a.Row - b.Row
		}
		return strings.Compare(a.Column, b.Column)
	})
	return &DataError{Faults: faults}
}
