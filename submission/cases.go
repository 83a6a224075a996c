package submission

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"remit/activity"
	"remit/register"
	"remit/rules"
)

// Difference is a case that got other findings than it expects.
type Difference struct {
	File          string
	Row           int // of the table of cases, the header being 1
	Case          string
	Expected, Got string
}

func (d Difference) String() string {
	return fmt.Sprintf("%s row %d, %s: expected %s, got %s", d.File, d.Row, d.Case, orNone(d.Expected), orNone(d.Got))
}

func orNone(s string) string { return cmp.Or(s, "none") }

// Checked is what a run of a table of cases came to.
type Checked struct {
	Passed      int
	Differences []Difference
	Untested    []string // rules of rows and fields without a case that breaks them and one that does not
}

// caseColumns are the columns of a table of cases. In values, fields are written
// field=value and joined by "; ", and rows of one file by " // ". In given,
// provider, year, month, file and previous (rows, then pounds) are written so too.
var caseColumns = strings.Split(CasesHeader, ",")

// CasesHeader is the first line of a table of cases of rules.
const CasesHeader = "rule,feed,values,given,expected,why"

// CheckRules runs a table of cases: rows and the findings they must get. With a
// rule named, only findings of that rule count, and expected is its id or
// nothing; without, expected lists all findings, joined by |. The error is a
// Faults when the table cannot be read.
func CheckRules(name string, table io.Reader, rules *Rules, pack *register.Pack) (Checked, error) {
	cases, faults := readCases(name, table)
	return runCases(name, cases, faults, rules, pack)
}

// CheckShipped runs the cases that ship, but for those of rules that an overlay
// has changed: they are for whoever changed the rule to write.
func CheckShipped(by *Rules, pack *register.Pack) (Checked, error) {
	const name = "validation-cases.csv"
	text, err := rules.FS.ReadFile(name)
	if err != nil {
		return Checked{}, err
	}
	cases, faults := readCases(name, bytes.NewReader(text))
	cases = slices.DeleteFunc(cases, func(c ruleCase) bool {
		rule, known := by.rule(c.rule)
		return known && rule.File != shippedFile
	})
	return runCases(name, cases, faults, by, pack)
}

func runCases(name string, cases []ruleCase, faults Faults, rules *Rules, pack *register.Pack) (Checked, error) {
	if len(faults) > 0 {
		return Checked{}, faults
	}
	var done Checked
	hit, spared := map[string]bool{}, map[string]bool{}
	for _, c := range cases {
		got, err := c.run(rules, pack)
		if err != nil {
			faults = append(faults, Fault{File: name, Row: c.line, Column: "values", Value: c.values, Problem: err.Error(), Remedy: "see rules/README.md"})
			continue
		}
		if c.rule != "" {
			hit[c.rule] = hit[c.rule] || c.expected != ""
			spared[c.rule] = spared[c.rule] || c.expected == ""
		}
		if got == c.expected {
			done.Passed++
			continue
		}
		done.Differences = append(done.Differences, Difference{name, c.line, cmp.Or(c.rule, "all rules"), c.expected, got})
	}
	for _, r := range rules.list {
		if r.On && (!hit[r.ID] || !spared[r.ID]) && r.made.scope != ofFile {
			done.Untested = append(done.Untested, r.ID)
		}
	}
	if len(faults) > 0 {
		return done, faults
	}
	return done, nil
}

type ruleCase struct {
	line                                int
	rule, feed, values, given, expected string
}

func readCases(name string, table io.Reader) (cases []ruleCase, faults Faults) {
	r := csv.NewReader(table)
	r.Comment = '#'
	header, err := r.Read()
	if err != nil || !slices.Equal(header, caseColumns) {
		return nil, Faults{{File: name, Row: 1, Problem: "the columns are not those of a table of cases", Remedy: "use " + strings.Join(caseColumns, ", ")}}
	}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return cases, faults
		}
		if err != nil {
			return cases, append(faults, csvFault(name, err))
		}
		line, _ := r.FieldPos(0)
		cases = append(cases, ruleCase{line, record[0], record[1], record[2], record[3], record[4]})
	}
}

// run makes a file of the case's fields and validates it.
func (c ruleCase) run(rules *Rules, pack *register.Pack) (found string, err error) {
	if _, known := rules.Rule(c.rule); !known && c.rule != "" {
		return "", fmt.Errorf("there is no rule %s", c.rule)
	}
	feed, err := activity.ParseFeed(c.feed)
	if err != nil {
		return "", err
	}
	given, err := c.readGiven()
	if err != nil {
		return "", err
	}
	header, rows, err := c.table(feed)
	if err != nil {
		return "", err
	}
	layout, err := activity.LayoutFor(feed, header)
	var missing *activity.MissingColumnsError
	if err != nil && !errors.As(err, &missing) { // a case shows only the fields that matter
		return "", err
	}
	v, err := rules.Bind(layout, pack, given)
	if err != nil {
		return "", err
	}
	for i, row := range rows {
		v.Row(int64(i+1), row)
	}
	return c.findings(v.Finish()), nil
}

func (c ruleCase) findings(r *Result) string {
	var ids []string
	for _, f := range r.Findings {
		if c.rule == "" || f.Rule == c.rule {
			ids = append(ids, f.Rule)
		}
	}
	slices.Sort(ids)
	return strings.Join(slices.Compact(ids), "|")
}

// table gives the columns that the rows of a case name, by their titles, and the rows.
func (c ruleCase) table(feed activity.Dataset) (header []string, rows [][][]byte, err error) {
	var ids []string
	var parsed []map[string]string
	for text := range strings.SplitSeq(c.values, " // ") {
		values := map[string]string{}
		for pair := range strings.SplitSeq(text, "; ") {
			id, value, ok := strings.Cut(pair, "=")
			if !ok {
				return nil, nil, fmt.Errorf("%q is not field=value", pair)
			}
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
			values[id] = value
		}
		parsed = append(parsed, values)
	}
	for _, id := range ids {
		name := id // a column that is no field is its own name
		if field, known := activity.FieldByID(id); known {
			name = field.Title(feed)
		}
		header = append(header, name)
	}
	for _, values := range parsed {
		row := make([][]byte, len(ids))
		for i, id := range ids {
			row[i] = []byte(unescape.Replace(values[id]))
		}
		rows = append(rows, row)
	}
	return header, rows, nil
}

// unescape lets a table of cases show what cannot be seen.
var unescape = strings.NewReplacer(`\xA3`, "\xA3", `\u00A0`, "\u00A0", `\uFFFD`, "\uFFFD", `\t`, "\t")

func (c ruleCase) readGiven() (g Given, err error) {
	if c.given == "" {
		return g, nil
	}
	for pair := range strings.SplitSeq(c.given, "; ") {
		name, value, _ := strings.Cut(pair, "=")
		switch name {
		case "provider":
			g.Provider = value
		case "year":
			g.Year = value
		case "file":
			g.FileName = value
		case "month":
			if g.Month, err = strconv.Atoi(value); err != nil {
				return g, err
			}
		case "previous":
			var s Shape
			count, pounds, _ := strings.Cut(value, " ")
			if s.Rows, err = strconv.ParseInt(count, 10, 64); err != nil {
				return g, err
			}
			if s.Money, _, err = activity.ParseAmount(bytes.TrimSpace([]byte(pounds))); err != nil {
				return g, err
			}
			g.Previous = &s
		default:
			return g, fmt.Errorf("%q is not provider, year, month, file or previous", name)
		}
	}
	return g, nil
}
