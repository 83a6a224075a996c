package price

import (
	"io/fs"
	"slices"
	"strings"

	"remit/register"
)

// derivation is a row of derive.csv: conditions on what a commissioning extract
// says, and the point of delivery that follows. The first row that holds counts.
type derivation struct {
	dataset    string
	conditions []condition
	pod        string
	count      string // of an unbundled item: the days that are its count, or blank
	known
}

// condition holds a field to a list of codes.
type condition struct {
	field  string
	not    bool
	codes  []string // blank is written -
	starts []string // beginnings, written with a * behind
	ends   []string // ends, written with a * before
}

// unbundledSet is the data set of the rows that say which point of delivery an
// unbundled HRG is.
const unbundledSet = "unbundled"

var derivedFrom = []string{"attended", "hrg", "first_attendance", "main_specialty", "patient_classification", "admission_method"}

func loadDerivations(layer fs.FS, faults *[]register.Fault) []*derivation {
	var list []*derivation
	columns := append([]string{"dataset"}, derivedFrom...)
	columns = append(columns, "pod", "count", "note", "confidence", "source")
	eachRow(layer, "derive.csv", columns, faults, func(t *table) {
		d := &derivation{dataset: t.oneOf("dataset", "APC", "OP", "ECDS", unbundledSet), pod: strings.ToUpper(t.text("pod")), known: t.known(),
			count: t.oneOf("count", "", "critical_care_days", "rehabilitation_days", "palliative_days")}
		for _, field := range derivedFrom {
			if cell := t.text(field); cell != "" {
				d.conditions = append(d.conditions, readCondition(field, cell))
			}
		}
		list = append(list, d)
	})
	return list
}

// readCondition reads a cell: codes parted by |, a ! before them for none of
// them, a * behind the beginning of codes or before their end, - for a blank.
func readCondition(field, cell string) condition {
	c := condition{field: field}
	if cell[0] == '!' {
		c.not, cell = true, cell[1:]
	}
	for _, code := range strings.Split(cell, "|") {
		code = strings.ToUpper(strings.TrimSpace(code))
		if start, ok := strings.CutSuffix(code, "*"); ok {
			c.starts = append(c.starts, start)
			continue
		}
		if end, ok := strings.CutPrefix(code, "*"); ok {
			c.ends = append(c.ends, end)
			continue
		}
		if code == "-" {
			code = ""
		}
		c.codes = append(c.codes, code)
	}
	return c
}

func (c condition) holds(value string) bool {
	listed := slices.Contains(c.codes, value) || slices.ContainsFunc(c.starts, func(s string) bool { return strings.HasPrefix(value, s) }) ||
		slices.ContainsFunc(c.ends, func(s string) bool { return strings.HasSuffix(value, s) })
	return listed != c.not
}

// deriveFor finds the row that gives the point of delivery of a record; nil when none does.
func (l *Library) deriveFor(dataset string, value func(field string) string) *derivation {
	for _, d := range l.derive {
		if d.dataset == dataset && !slices.ContainsFunc(d.conditions, func(c condition) bool { return !c.holds(value(c.field)) }) {
			return d
		}
	}
	return nil
}

// derived tells whether the points of delivery of a data set are derived: those
// of commissioning extracts, which have none.
func derived(dataset string) bool { return dataset == "APC" || dataset == "OP" || dataset == "ECDS" }
