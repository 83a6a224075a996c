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
	ID       string
	Feeds    []activity.Dataset // empty: every feed
	Field    string             // id of the field; blank for a rule of the row or the file
	Check    string             // one of Checks
	Argument string
	When     string // activity or non_activity: only for such points of delivery; blank: always
	Severity Severity
	Message  string
	Remedy   string
	From, To register.Day // days on which rows are held against it
	On       bool
	Source   string
	Level    Level

	Confidence string
	test       func(value []byte) bool // of a field: whether the value passes
	tables     []string                // of in_table
	at         int                     // in the list of all rules
}

// ruleColumns are the columns of validation.csv.
var ruleColumns = []string{"id", "feeds", "field", "check", "argument", "when", "severity", "message", "remedy", "valid_from", "valid_to", "on", "confidence", "source"}

var severities = map[string]Severity{"warn": Warn, "reject_row": RejectRow, "reject_file": RejectFile}

// MarshalText writes a severity as the rules do.
func (s Severity) MarshalText() ([]byte, error) {
	for name, x := range severities {
		if x == s {
			return []byte(name), nil
		}
	}
	return []byte("none"), nil
}

// UnmarshalText reads a severity.
func (s *Severity) UnmarshalText(text []byte) error {
	if string(text) == "none" || len(text) == 0 {
		*s = None
		return nil
	}
	x, ok := severities[string(text)]
	if !ok {
		return fmt.Errorf("there is no severity %q", text)
	}
	*s = x
	return nil
}

// Faults are everything wrong with files of rules.
type Faults []string

func (f Faults) Error() string { return strings.Join(f, "\n") }

// ruleFile is a file of rules while it is read.
type ruleFile struct {
	name   string
	rules  *Rules
	faults Faults
}

func loadRules(overlays []Overlay) (*Rules, error) {
	shipped, err := rules.FS.ReadFile("validation.csv")
	if err != nil {
		return nil, err
	}
	lists, err := rules.FS.ReadFile("lists.csv")
	if err != nil {
		return nil, err
	}
	r := &Rules{}
	sum := sha256.New()
	var faults Faults
	if r.lists, err = readLists(lists); err != nil {
		return nil, err
	}
	sum.Write(lists)
	for _, o := range append([]Overlay{{"validation.csv", shipped}}, overlays...) {
		fmt.Fprintf(sum, "\x00%d\x00", len(o.Text))
		sum.Write(o.Text)
		f := ruleFile{name: o.Name, rules: r}
		f.read(o.Text)
		faults = append(faults, f.faults...)
	}
	for i, rule := range r.list {
		rule.at = i
	}
	r.Hash = hex.EncodeToString(sum.Sum(nil))
	if len(faults) > 0 {
		return nil, faults
	}
	return r, nil
}

func readLists(text []byte) (map[string]map[string]bool, error) {
	records, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		return nil, err
	}
	lists := map[string]map[string]bool{}
	for _, r := range records[1:] {
		if lists[r[0]] == nil {
			lists[r[0]] = map[string]bool{}
		}
		lists[r[0]][r[1]] = true
	}
	return lists, nil
}

// read takes in a file: rows of known rules change them, others add rules.
func (f *ruleFile) read(text []byte) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\xEF\xBB\xBF"))))
	header, err := r.Read()
	if err != nil {
		f.fault(1, "", "the file has no header line of columns: %v", err)
		return
	}
	for i, c := range header {
		header[i] = strings.TrimSpace(c)
		if !slices.Contains(ruleColumns, header[i]) {
			f.fault(1, header[i], "there is no such column; the columns are %s", strings.Join(ruleColumns, ", "))
		}
	}
	if !slices.Contains(header, "id") {
		f.fault(1, "id", "the column is missing: it says which rule a row changes or adds")
		return
	}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		line, _ := r.FieldPos(0)
		if err != nil {
			f.fault(line, "", "cannot be read: %v", err)
			return
		}
		values := map[string]string{}
		for i, c := range header {
			values[c] = record[i]
		}
		f.row(line, values)
	}
}

func (f *ruleFile) fault(line int, column, format string, args ...any) {
	place := fmt.Sprintf("%s: line %d", f.name, line)
	if column != "" {
		place += ", column " + column
	}
	f.faults = append(f.faults, place+": "+fmt.Sprintf(format, args...))
}

// row changes a rule or adds one.
func (f *ruleFile) row(line int, values map[string]string) {
	id := strings.TrimSpace(values["id"])
	if id == "" || strings.ContainsAny(id, "|, \"\n") {
		f.fault(line, "id", "%q is no id: use letters, digits and underscores", id)
		return
	}
	rule, known := f.rules.rule(id)
	if !known {
		rule = &Rule{ID: id, On: true, From: register.NoDay, To: register.Latest, Confidence: "medium"}
		for _, c := range []string{"check", "severity", "message"} {
			if values[c] == "" {
				f.fault(line, c, "is blank, and a new rule needs it")
			}
		}
	} else if f.name == "validation.csv" {
		f.fault(line, "id", "%q is there twice", id)
	}
	changed := *rule
	before := len(f.faults)
	for _, c := range ruleColumns {
		if v, ok := values[c]; ok {
			f.set(line, &changed, c, strings.TrimSpace(v))
		}
	}
	if len(f.faults) == before {
		if err := changed.compile(f.rules); err != nil {
			f.fault(line, "argument", "%v", err)
		}
	}
	if known {
		*rule = changed
		return
	}
	f.rules.list = append(f.rules.list, &changed)
}

func (f *ruleFile) set(line int, r *Rule, column, v string) {
	switch column {
	case "feeds":
		r.Feeds = nil
		for _, name := range strings.Split(v, "|") {
			if name == "*" || name == "" {
				continue
			}
			feed, err := activity.ParseFeed(name)
			if err != nil {
				f.fault(line, column, "%v", err)
			}
			r.Feeds = append(r.Feeds, feed)
		}
	case "field":
		if _, ok := activity.FieldByID(v); v != "" && !ok {
			f.fault(line, column, "there is no field %q", v)
		}
		r.Field = v
	case "check":
		if !slices.Contains(Checks, v) {
			f.fault(line, column, "there is no check %q; the checks are %s", v, strings.Join(Checks, ", "))
		}
		r.Check = v
	case "argument":
		r.Argument = v
	case "when":
		if v != "" && v != "activity" && v != "non_activity" {
			f.fault(line, column, "%q is neither activity nor non_activity", v)
		}
		r.When = v
	case "severity":
		s, ok := severities[v]
		if !ok {
			f.fault(line, column, "%q is not reject_file, reject_row or warn", v)
		}
		r.Severity = s
	case "message":
		r.Message = v
	case "remedy":
		r.Remedy = v
	case "valid_from", "valid_to":
		f.day(line, r, column, v)
	case "on":
		if v != "1" && v != "0" && v != "" {
			f.fault(line, column, "%q is neither 1 nor 0", v)
		}
		r.On = v != "0"
	case "confidence":
		r.Confidence = v
	case "source":
		r.Source = v
	}
}

func (f *ruleFile) day(line int, r *Rule, column, v string) {
	if v == "" {
		return
	}
	d, err := register.ParseDay(v)
	if err != nil {
		f.fault(line, column, "%q is no date: write YYYY-MM-DD", v)
		return
	}
	if column == "valid_from" {
		r.From = d
	} else {
		r.To = d
	}
}

func (r *Rules) rule(id string) (*Rule, bool) {
	for _, x := range r.list {
		if x.ID == id {
			return x, true
		}
	}
	return nil, false
}

// Applies says whether the rule is for a feed.
func (r *Rule) Applies(feed activity.Dataset) bool {
	return len(r.Feeds) == 0 || slices.Contains(r.Feeds, feed)
}
