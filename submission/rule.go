package submission

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"remit/activity"
	"remit/register"
	"remit/rules"
)

// Rule is one validation rule: a row of validation.csv.
type Rule struct {
	ID         string
	On         bool
	Feeds      []activity.Dataset
	Field      string // the field's id; of a rule of a row the one that the finding is shown at, blank for none
	Kind       string // what must hold: see rules/README.md
	Argument   string
	When       string // in which rows: predicates joined by " and "; blank for all
	Severity   Severity
	Message    string // with {value}, {column}, {argument}
	Remedy     string
	From, To   register.Day
	Confidence string
	Source     string
	File       string
	Line       int

	number int // its place among the rules
	made   *compiled
}

// shippedFile is the name of the file of rules that ships.
const shippedFile = "validation.csv"

// everyField is what a rule names that is of each field that is known.
const everyField = "*"

// columns of a file of rules, in order.
var ruleColumns = []string{"id", "state", "feeds", "field", "kind", "argument", "when", "severity", "message", "remedy",
	"valid_from", "valid_to", "confidence", "source"}

var severityNames = map[string]Severity{"warn": Warn, "reject_row": RejectRow, "reject_file": RejectFile}

// String writes the severity as rules do; blank for none.
func (s Severity) String() string {
	for name, is := range severityNames {
		if is == s {
			return name
		}
	}
	return ""
}

// MarshalText writes the severity as rules do.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a severity as rules write it.
func (s *Severity) UnmarshalText(text []byte) error {
	is, ok := severityNames[string(text)]
	if !ok && len(text) > 0 && string(text) != "none" {
		return fmt.Errorf("%q is not a severity: use warn, reject_row or reject_file", text)
	}
	*s = is
	return nil
}

// Fault is a fault of a file of rules or of cases, with what to do about it.
type Fault struct {
	File    string
	Row     int // counted from 1, the header being 1
	Column  string
	Value   string
	Problem string
	Remedy  string
}

func (f Fault) Error() string {
	place := fmt.Sprintf("%s row %d", f.File, f.Row)
	if f.Column != "" {
		place += fmt.Sprintf(" column %s value %q", f.Column, f.Value)
	}
	s := place + ": " + f.Problem
	if f.Remedy != "" {
		s += "; " + f.Remedy
	}
	return s
}

// Faults are all faults of the files.
type Faults []Fault

func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i := range f {
		lines[i] = f[i].Error()
	}
	return strings.Join(lines, "\n")
}

func (r *Rules) rule(id string) (*Rule, bool) {
	for _, rule := range r.list {
		if rule.ID == id {
			return rule, true
		}
	}
	return nil, false
}

func loadRules(overlays []Overlay) (*Rules, error) {
	text, err := rules.FS.ReadFile(shippedFile)
	if err != nil {
		return nil, err
	}
	files := append([]Overlay{{shippedFile, text}}, overlays...)
	sum := sha256.New()
	var cells []ruleCells
	var faults Faults
	for i, file := range files {
		fmt.Fprintf(sum, "%d\n", len(file.Text))
		sum.Write(file.Text)
		more, bad := readRuleFile(file, i == 0)
		faults = append(faults, bad...)
		var misses Faults
		cells, misses = overlay(cells, more)
		faults = append(faults, misses...)
	}
	r := &Rules{Hash: hex.EncodeToString(sum.Sum(nil))}
	for _, c := range cells {
		rule, bad := c.rule()
		faults = append(faults, bad...)
		rule.number = len(r.list)
		r.list = append(r.list, rule)
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return r, nil
}

// ruleCells is a row of a file of rules, before it is understood.
type ruleCells struct {
	file  string
	line  int
	cells map[string]string
}

func (c ruleCells) fault(column, problem, remedy string) Fault {
	return Fault{File: c.file, Row: c.line, Column: column, Value: c.cells[column], Problem: problem, Remedy: remedy}
}

// readRuleFile reads the rows of a file. Lines that begin with # are comments.
func readRuleFile(file Overlay, whole bool) (rows []ruleCells, faults Faults) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(file.Text, []byte("\uFEFF"))))
	r.Comment = '#'
	header, err := r.Read()
	if err != nil {
		return nil, Faults{{File: file.Name, Row: 1, Problem: "the header cannot be read: " + err.Error(), Remedy: "the first line names the columns"}}
	}
	faults = checkRuleHeader(file.Name, header, whole)
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) || len(faults) > 0 {
			return rows, faults
		}
		if err != nil {
			return rows, append(faults, csvFault(file.Name, err))
		}
		line, _ := r.FieldPos(0)
		cells := map[string]string{}
		for i, column := range header {
			cells[column] = strings.TrimSpace(record[i])
		}
		rows = append(rows, ruleCells{file.Name, line, cells})
	}
}

func csvFault(file string, err error) Fault {
	f := Fault{File: file, Problem: err.Error(), Remedy: "give every row as many cells as the header has"}
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		f.Row, f.Problem = parse.Line, parse.Err.Error()
	}
	return f
}

func checkRuleHeader(file string, header []string, whole bool) (faults Faults) {
	for i, column := range header {
		switch {
		case !slices.Contains(ruleColumns, column):
			faults = append(faults, Fault{File: file, Row: 1, Column: column, Value: column, Problem: "there is no such column",
				Remedy: "use " + strings.Join(ruleColumns, ", ")})
		case slices.Contains(header[:i], column):
			faults = append(faults, Fault{File: file, Row: 1, Column: column, Value: column, Problem: "the column is there twice", Remedy: "take one out"})
		}
	}
	for _, column := range ruleColumns {
		if (whole || column == "id") && !slices.Contains(header, column) {
			faults = append(faults, Fault{File: file, Row: 1, Problem: "the column " + column + " is missing", Remedy: "add it"})
		}
	}
	return faults
}

// overlay lays rows over those there are: by id, in the columns they have.
func overlay(under, over []ruleCells) ([]ruleCells, Faults) {
	var faults Faults
	seen := map[string]bool{}
	for _, row := range over {
		id := row.cells["id"]
		if seen[id] {
			faults = append(faults, row.fault("id", "the rule is there twice", "give each rule one row; two periods of a rule are two ids"))
			continue
		}
		seen[id] = true
		at := slices.IndexFunc(under, func(u ruleCells) bool { return u.cells["id"] == id })
		if at < 0 {
			if missing := missingCells(row); missing != "" {
				faults = append(faults, row.fault("id", "no rule has this id, and the row does not make one: it has no column "+missing,
					"correct the id, or give all columns"))
				continue
			}
			under = append(under, row)
			continue
		}
		merged := ruleCells{row.file, row.line, map[string]string{}}
		for column, cell := range under[at].cells {
			merged.cells[column] = cell
		}
		for column, cell := range row.cells {
			merged.cells[column] = cell
		}
		under[at] = merged
	}
	return under, faults
}

func missingCells(row ruleCells) string {
	for _, column := range ruleColumns {
		if _, has := row.cells[column]; !has {
			return column
		}
	}
	return ""
}

// rule understands a row.
func (c ruleCells) rule() (*Rule, Faults) {
	var faults Faults
	bad := func(column, problem, remedy string) { faults = append(faults, c.fault(column, problem, remedy)) }
	r := &Rule{ID: c.cells["id"], Field: c.cells["field"], Kind: c.cells["kind"], Argument: c.cells["argument"], When: c.cells["when"],
		Message: c.cells["message"], Remedy: c.cells["remedy"], Confidence: c.cells["confidence"], Source: c.cells["source"], File: c.file, Line: c.line}
	if r.ID == "" || strings.Trim(r.ID, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
		bad("id", "an id is lower case letters, digits and underscores", "correct it")
	}
	switch c.cells["state"] {
	case "on":
		r.On = true
	case "off":
	default:
		bad("state", "a rule is on or off", "write on or off")
	}
	for name := range strings.SplitSeq(c.cells["feeds"], "|") {
		feed, err := activity.ParseFeed(name)
		if err != nil {
			bad("feeds", "a part of it is not a feed", "join names of feeds with |: ACM|PLCM|DrPLCM|DePLCM|IAP|LPR")
			break
		}
		r.Feeds = append(r.Feeds, feed)
	}
	if _, known := activity.FieldByID(r.Field); !known && r.Field != "" && r.Field != everyField {
		bad("field", "there is no such field", "use an id of activity/fields.csv, as the manual lists them under Fields")
	}
	if r.Severity = severityNames[c.cells["severity"]]; r.Severity == None {
		bad("severity", "it is not a severity", "use warn, reject_row or reject_file")
	}
	for _, column := range []string{"message", "remedy", "source"} {
		if c.cells[column] == "" {
			bad(column, "it is blank", "fill it in")
		}
	}
	if !slices.Contains([]string{"high", "medium", "low"}, r.Confidence) {
		bad("confidence", "it is not a confidence", "use high, medium or low")
	}
	var err error
	if r.From, r.To, err = c.period(); err != nil {
		bad("valid_from", "the period cannot be read: "+err.Error(), "write dates as YYYY-MM-DD, the first not after the last")
	}
	if r.made, err = compile(r); err != nil {
		column := "argument"
		var at *columnError
		if errors.As(err, &at) {
			column = at.column
		}
		bad(column, err.Error(), "see rules/README.md for what a kind takes")
	}
	return r, faults
}

// columnError is an error that belongs to another column than argument.
type columnError struct {
	column string
	text   string
}

func (e *columnError) Error() string { return e.text }

func (c ruleCells) period() (from, to register.Day, err error) {
	from, to = register.Earliest, register.Latest
	if s := c.cells["valid_from"]; s != "" {
		if from, err = register.ParseDay(s); err != nil {
			return from, to, err
		}
	}
	if s := c.cells["valid_to"]; s != "" {
		if to, err = register.ParseDay(s); err != nil {
			return from, to, err
		}
	}
	if from > to {
		return from, to, fmt.Errorf("%s is after %s", from, to)
	}
	return from, to, nil
}

// holdsOn tells whether the rule is valid on a day. Where the day is not known it is.
func (r *Rule) holdsOn(day register.Day) bool {
	return day == register.NoDay || r.From <= day && day <= r.To
}

func (r *Rule) of(feed activity.Dataset) bool { return r.On && slices.Contains(r.Feeds, feed) }

// Says is the message for a value of a column.
func (r *Rule) Says(value, column string) string { return r.explain(value, column) }

// explain writes the message for a value.
func (r *Rule) explain(value, column string) string {
	return strings.NewReplacer("{value}", value, "{column}", column, "{argument}", r.Argument).Replace(r.Message)
}
