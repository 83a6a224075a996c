package assign

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"remit/activity"
	"remit/method"
	"remit/register"
)

// Case is one row of a table of cases: a record and the answer it must get.
type Case struct {
	File     string
	Row      int
	ID       string
	Method   string
	fields   map[string]string // by field id
	expected map[string]string // by column
}

// Difference is one answer that is not as the case expects.
type Difference struct {
	Case          *Case
	What          string
	Expected, Got string
}

// ReadCases reads a table of cases: a column for each field of the record (by
// its short name or any other name it goes by), and columns expected_*.
func ReadCases(path string) ([]*Case, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, &InputError{[]string{"reading cases: " + err.Error()}}
	}
	var header []string
	var cases []*Case
	begin := func(h []string) error {
		header = h
		return checkExpected(h)
	}
	err = readTable(text, path, begin, func(row int, values []string) []register.Fault {
		cases = append(cases, newCase(path, row, header, values))
		return nil
	})
	return cases, err
}

// expectations are the columns that may hold a part of the answer.
var expectations = []string{"expected_outcome_code", "expected_step_trace", "expected_assignee_type", "expected_commissioner", "expected_category"}

func checkExpected(header []string) error {
	some := false
	for _, h := range header {
		if !strings.HasPrefix(h, "expected_") {
			continue
		}
		some = true
		if !slices.Contains(expectations, h) {
			return fmt.Errorf("there is no answer to hold against the column %s; write one of %s", h, strings.Join(expectations, ", "))
		}
	}
	if !some {
		return errors.New("no column begins with expected_, so there is nothing to check")
	}
	return nil
}

func newCase(path string, row int, header, values []string) *Case {
	c := &Case{File: path, Row: row, fields: map[string]string{}, expected: map[string]string{}}
	for i, h := range header {
		v := values[i]
		switch {
		case h == "id":
			c.ID = v
		case h == "method":
			c.Method = v
		case strings.HasPrefix(h, "expected_"):
			c.expected[h] = v
		default:
			if id, ok := activity.FieldOf(h); ok {
				c.fields[id] = v
			}
		}
	}
	if c.ID == "" {
		c.ID = fmt.Sprintf("row %d", row)
	}
	return c
}

// Check runs a case and lists where the answer is not as expected.
func (c *Case) Check(m *method.Method, pack *register.Pack) []Difference {
	var outcomes, payers []string
	one := NewSingle(m, pack, c.fields)
	first := one.Decide()
	for n := 0; n < one.Rows(); n++ {
		d := one.DecideRow(n)
		outcomes, payers = append(outcomes, d.Outcome), append(payers, d.Payer)
	}
	var list []Difference
	differ := func(column, got string, also ...string) {
		want, ok := c.expected[column]
		if ok && want != got && !slices.Contains(also, want) {
			list = append(list, Difference{c, column, want, got})
		}
	}
	if m.Kind == "tool" {
		differ("expected_outcome_code", strings.Join(outcomes, "|"))
	} else {
		differ("expected_step_trace", first.Trace())
		differ("expected_assignee_type", first.Outcome)
	}
	differ("expected_commissioner", first.Payer, strings.Join(payers, "|"))
	differ("expected_category", first.Category)
	return list
}
