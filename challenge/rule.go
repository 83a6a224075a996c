package challenge

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"remit/register"
)

// Rule is one reason for which a row is challenged.
type Rule struct {
	ID         string   `yaml:"id"`
	Title      string   `yaml:"title"`
	From       string   `yaml:"valid_from"` // first day of activity; blank for ever
	To         string   `yaml:"valid_to"`
	Off        bool     `yaml:"off"`
	Condition  string   `yaml:"condition"` // in the Common Expression Language, over Fields
	Same       []string `yaml:"same"`      // rows alike in all of these are one row billed several times: all but the first are challenged
	Money      string   `yaml:"money"`     // a field of money, or one less another: price - set_price
	Message    string   `yaml:"message"`   // {field} stands for its value
	Remedy     string   `yaml:"remedy"`
	Basis      string   `yaml:"basis"`
	Confidence string   `yaml:"confidence"`
	Cases      []Case   `yaml:"cases"`

	period
	condition *condition
	money     [2]string
	needs     []string // fields that rows must come with
}

// Case is a row, or several, by which a rule tests itself.
type Case struct {
	Name       string              `yaml:"name"`
	Row        map[string]string   `yaml:"row"`
	Rows       []map[string]string `yaml:"rows"`       // for rules that compare rows
	Challenged []int               `yaml:"challenged"` // of Rows, from 1
	Expect     string              `yaml:"expect"`     // of Row: challenged, passed or cannot_tell
	Money      string              `yaml:"money"`      // that is claimed in all; not compared when blank
}

// Rules are the rules in force, with the tables that they look things up in.
type Rules struct {
	Hash   string // SHA-256 over the files
	Rules  []*Rule
	limits map[string][]agesAndSex // by kind and code
	topUps []topUp
}

type agesAndSex struct {
	ageFrom, ageTo string
	onlySex        string
	period
}

type topUp struct {
	provider, line string
	period
}

// RuleError is everything that is wrong with the rules.
type RuleError struct{ Faults []register.Fault }

func (e *RuleError) Error() string {
	lines := []string{"the challenge rules have faults:"}
	for _, f := range e.Faults {
		lines = append(lines, "  "+f.String())
	}
	return strings.Join(lines, "\n")
}

// The files of the rules.
const (
	rulesFile  = "challenge.yaml"
	limitsFile = "challenge-ages-and-sex.csv"
	topUpsFile = "challenge-top-up-providers.csv"
)

// Load reads the rules and their tables, and runs no cases: see Test. Faults are a
// *RuleError with every one of them.
func Load(files fs.FS) (*Rules, error) {
	rs := &Rules{limits: map[string][]agesAndSex{}}
	h := sha256.New()
	read := func(name string) ([]byte, error) {
		b, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read the challenge rules: %w", err)
		}
		fmt.Fprintf(h, "%s %d\n", name, len(b))
		h.Write(b)
		return b, nil
	}
	text, err := read(rulesFile)
	if err != nil {
		return nil, err
	}
	limits, err := read(limitsFile)
	if err != nil {
		return nil, err
	}
	topUps, err := read(topUpsFile)
	if err != nil {
		return nil, err
	}
	rs.Hash = hex.EncodeToString(h.Sum(nil))
	faults := slices.Concat(rs.readRules(text), rs.readLimits(string(limits)), rs.readTopUps(string(topUps)))
	if len(faults) > 0 {
		return nil, &RuleError{faults}
	}
	return rs, nil
}

func (rs *Rules) readRules(text []byte) (faults []register.Fault) {
	var file struct {
		Rules []*Rule `yaml:"rules"`
	}
	if err := yaml.UnmarshalWithOptions(text, &file, yaml.Strict()); err != nil {
		return []register.Fault{{File: rulesFile, Problem: yaml.FormatError(err, false, false), Remedy: "put it right"}}
	}
	env, err := newEnvironment()
	if err != nil {
		return []register.Fault{{File: rulesFile, Problem: err.Error()}}
	}
	seen := map[string]bool{}
	for i, r := range file.Rules {
		fault := func(column, value, problem, remedy string) {
			faults = append(faults, register.Fault{File: rulesFile, Row: i + 1, Column: column, Value: value, Problem: "rule " + r.ID + ": " + problem, Remedy: remedy})
		}
		if r.ID == "" || seen[r.ID] {
			fault("id", r.ID, "it is blank or there twice", "give each rule an id of its own")
		}
		seen[r.ID] = true
		r.compile(env, fault)
	}
	rs.Rules = file.Rules
	return faults
}

// compile makes a rule ready, and reports all that is wrong with it.
func (r *Rule) compile(env *environment, fault func(column, value, problem, remedy string)) {
	var err error
	r.from, r.to = register.Earliest, register.Latest
	for _, d := range []struct {
		name, text string
		day        *register.Day
	}{{"valid_from", r.From, &r.from}, {"valid_to", r.To, &r.to}} {
		if d.text == "" {
			continue
		}
		if *d.day, err = register.ParseDay(d.text); err != nil {
			fault(d.name, d.text, "it is not a date written YYYY-MM-DD", "put it right")
		}
	}
	for _, must := range [][2]string{{"title", r.Title}, {"condition", r.Condition}, {"money", r.Money}, {"message", r.Message}, {"remedy", r.Remedy}, {"basis", r.Basis}} {
		if must[1] == "" {
			fault(must[0], "", "it is blank", "fill it in")
		}
	}
	if !slices.Contains([]string{"high", "medium", "low"}, r.Confidence) {
		fault("confidence", r.Confidence, "it is none of high, medium and low", "write one of them")
	}
	if r.condition, err = env.compile(r.Condition); err != nil {
		fault("condition", r.Condition, err.Error(), "the manual page on challenges lists the fields and functions")
		return
	}
	first, second, _ := strings.Cut(r.Money, " - ")
	r.money = [2]string{first, second}
	used := slices.Concat(r.condition.fields, r.Same, []string{first}, placeholders(r.Message), placeholders(r.Remedy))
	if second != "" {
		used = append(used, second)
	}
	for _, name := range used {
		f, ok := fieldNamed(name)
		switch {
		case !ok:
			fault("", name, "there is no such field", "name one that the manual page on challenges lists")
		case name == "first_row": // known when all rows are
		case f.Derived && strings.HasPrefix(name, "line_"):
			r.needs = append(r.needs, "service_code")
		case f.Derived && name == "top_up_eligible":
			r.needs = append(r.needs, "provider")
		case f.Derived:
			r.needs = append(r.needs, "treatment_function")
		case !slices.Contains(r.needs, name):
			r.needs = append(r.needs, name)
		}
	}
	slices.Sort(r.needs)
	r.needs = slices.Compact(r.needs)
}

func fieldNamed(name string) (Field, bool) {
	i := slices.IndexFunc(Fields, func(f Field) bool { return f.Name == name })
	if i < 0 {
		return Field{}, false
	}
	return Fields[i], true
}

// placeholders are the fields that a message names in braces.
func placeholders(message string) (names []string) {
	for {
		_, rest, found := strings.Cut(message, "{")
		name, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			return names
		}
		names = append(names, name)
		message = after
	}
}

// period is when a row of data holds.
type period struct{ from, to register.Day }

// holds says whether it holds on a day. Of activity without a day only what holds
// for ever can be told.
func (p period) holds(on register.Day) bool {
	return on == register.NoDay && !p.dated() || p.from <= on && on <= p.to
}

func (p period) dated() bool { return p.from > register.Earliest || p.to < register.Latest }

// Rule is the rule with an id, or nil.
func (rs *Rules) Rule(id string) *Rule {
	i := slices.IndexFunc(rs.Rules, func(r *Rule) bool { return r.ID == id })
	if i < 0 {
		return nil
	}
	return rs.Rules[i]
}

func (rs *Rules) readLimits(text string) []register.Fault {
	return readTable(limitsFile, text, "kind,code,age_from,age_to,only_sex,valid_from,valid_to,confidence,source,note", func(f []string, when period) string {
		if f[0] != "treatment_function" && f[0] != "service_line" {
			return "kind is neither treatment_function nor service_line"
		}
		key := f[0] + " " + f[1]
		rs.limits[key] = append(rs.limits[key], agesAndSex{f[2], f[3], f[4], when})
		return ""
	})
}

func (rs *Rules) readTopUps(text string) []register.Fault {
	return readTable(topUpsFile, text, "provider,service_line,valid_from,valid_to,confidence,source,note", func(f []string, when period) string {
		rs.topUps = append(rs.topUps, topUp{f[0], f[1], when})
		return ""
	})
}

// readTable reads a dated table and gives the fields of each row, with its period.
func readTable(name, text, header string, take func(fields []string, when period) (problem string)) (faults []register.Fault) {
	columns := strings.Split(header, ",")
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = len(columns)
	rows, err := r.ReadAll()
	if err != nil || len(rows) == 0 || strings.Join(rows[0], ",") != header {
		if err == nil {
			err = errors.New("the header is not " + header)
		}
		return []register.Fault{{File: name, Row: 1, Problem: err.Error(), Remedy: "put it right"}}
	}
	for i, f := range rows[1:] {
		from, to := register.Earliest, register.Latest
		var errs [2]error
		if text := f[slices.Index(columns, "valid_from")]; text != "" {
			from, errs[0] = register.ParseDay(text)
		}
		if text := f[slices.Index(columns, "valid_to")]; text != "" {
			to, errs[1] = register.ParseDay(text)
		}
		problem := ""
		if err := errors.Join(errs[:]...); err != nil {
			problem = err.Error()
		} else {
			problem = take(f, period{from, to})
		}
		if problem != "" {
			faults = append(faults, register.Fault{File: name, Row: i + 2, Problem: problem, Remedy: "put it right"})
		}
	}
	return faults
}
