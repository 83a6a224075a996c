package metric

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Fault is a place in a definition file and what is wrong with it.
type Fault struct {
	File         string
	Line, Column int
	Problem      string
	Remedy       string
}

func (f Fault) String() string {
	s := fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Column, f.Problem)
	if f.Remedy != "" {
		s += "; " + f.Remedy
	}
	return s
}

// Faults are all the faults of all the files.
type Faults []Fault

func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, one := range f {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

// Load reads every .yaml file of a folder, one version of one metric in each. Its
// error is Faults: every fault of every file, with line and column.
func Load(files fs.FS) (*Library, error) {
	names, err := fs.Glob(files, "*.yaml")
	if err != nil {
		return nil, err
	}
	l := &Library{}
	var faults Faults
	places := map[*Definition]place{}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		d, at, bad := parse(name, text)
		faults = append(faults, bad...)
		if d != nil && len(bad) == 0 {
			l.definitions = append(l.definitions, d)
			places[d] = at
		}
	}
	sorted(l.definitions)
	if len(faults) == 0 { // what is missing may be in a file that could not be read
		faults = l.together(places)
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return l, nil
}

type place struct{ line, column int }

// Parse reads one definition. Its error is Faults.
func Parse(name string, text []byte) (*Definition, error) {
	d, _, faults := parse(name, text)
	if len(faults) > 0 {
		return nil, faults
	}
	return d, nil
}

func parse(name string, text []byte) (d *Definition, at place, faults Faults) {
	// The YAML package panics at some texts that are not YAML.
	defer func() {
		if recover() != nil {
			d, faults = nil, Faults{{name, 1, 1, "this is not YAML that can be read", "compare it with a definition that ships"}}
		}
	}()
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, at, Faults{syntax(name, err)}
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return nil, at, Faults{{name, 1, 1, "the file holds no definition, or more than one", "keep one version of one metric in a file"}}
	}
	r := &fields{file: name}
	r.open(file.Docs[0].Body, keys)
	d = r.definition()
	d.Text = text
	d.meaning = d.Meaning()
	if node := r.values["version"]; node != nil {
		at.line, at.column = position(node)
	}
	return d, at, r.faults
}

func syntax(name string, err error) Fault {
	f := Fault{name, 1, 1, err.Error(), "put it right, or compare with a definition that ships"}
	var at yaml.Error
	if errors.As(err, &at) {
		f.Problem = at.GetMessage()
		if tok := at.GetToken(); tok != nil {
			f.Line, f.Column = tok.Position.Line, tok.Position.Column
		}
	}
	return f
}

// keys are the keys of a definition; true for those that it must have.
var keys = map[string]bool{
	"metric": true, "version": true, "effective": true, "status": true, "reason": false, "programme": true, "services": true,
	"title": true, "short_title": true, "why": true, "numerator": true, "denominator": false, "inclusions": false, "exclusions": false,
	"unit": true, "multiplier": true, "decimals": true, "better": true, "targets": false, "period": true, "source": true,
	"attribution": true, "levels": true, "least_denominator": false, "suppression": false, "risk_adjustment": false, "outcomes": true,
	"framework_domain": false, "owner": true, "author": true, "checker": true, "reviewed": true, "next_review": true,
	"annotations": false, "components": false, "continues": false, "references": true, "not_established": false, "synthetic": false,
}

// definition takes the fields of a whole file.
func (r *fields) definition() *Definition {
	d := &Definition{
		ID: r.text("metric"), Version: int(r.number("version")), Status: r.oneOf("status", Statuses), Reason: r.text("reason"), Programme: r.text("programme"),
		Services: r.texts("services"), Title: r.text("title"), Short: r.text("short_title"), Why: r.text("why"), Numerator: r.text("numerator"),
		Denominator: r.text("denominator"), Inclusions: r.text("inclusions"), Exclusions: r.text("exclusions"), Unit: r.oneOf("unit", Units),
		Multiplier: r.number("multiplier"), Decimals: int(r.number("decimals")), Better: r.oneOf("better", Betters), Period: r.oneOf("period", Periods),
		Attribution: r.oneOf("attribution", Attributed), Levels: r.someOf("levels", Levels), Least: r.number("least_denominator"),
		Suppression: r.text("suppression"), Risk: r.text("risk_adjustment"), Outcomes: r.someOf("outcomes", Outcomes), Domain: r.text("framework_domain"),
		Owner: r.text("owner"), Author: r.text("author"), Checker: r.text("checker"), Reviewed: r.day("reviewed"), NextReview: r.day("next_review"),
		Components: r.texts("components"), References: r.texts("references"), NotSaid: r.text("not_established"), Synthetic: r.oneOf("synthetic", []string{"true", "false"}) == "true", File: r.file,
	}
	if e := r.under("effective", map[string]bool{"from": true, "to": false}); e != nil {
		d.From, d.To = e.day("from"), e.day("to")
		r.keep(e)
	}
	if s := r.under("source", map[string]bool{"kind": true, "name": true}); s != nil {
		d.SourceKind, d.Source = s.oneOf("kind", Sources), s.text("name")
		r.keep(s)
	}
	if c := r.under("continues", map[string]bool{"because": true}); c != nil {
		d.Continues, d.Because = true, c.text("because")
		r.keep(c)
	}
	for _, t := range r.each("targets", map[string]bool{"value": true, "from": true, "to": false}) {
		d.Targets = append(d.Targets, Target{t.number("value"), t.day("from"), t.day("to")})
		r.keep(t)
	}
	for _, a := range r.each("annotations", map[string]bool{"date": true, "label": true, "why": true}) {
		d.Annotations = append(d.Annotations, Annotation{a.day("date"), a.text("label"), a.text("why")})
		r.keep(a)
	}
	r.sense(d)
	return d
}

// sense holds the fields of a definition against one another.
func (r *fields) sense(d *Definition) {
	want := func(ok bool, key, problem, remedy string) {
		if !ok && r.values[key] != nil {
			r.fault(r.values[key], problem, remedy)
		}
	}
	want(d.ID == slug(d.ID), "metric", fmt.Sprintf("the metric %q is not of small letters, digits and hyphens", d.ID), "write for example neonatal-antenatal-steroids")
	want(r.file == fmt.Sprintf("%s-%d.yaml", d.ID, d.Version), "metric", "the file is not named for it", fmt.Sprintf("call it %s-%d.yaml", d.ID, d.Version))
	want(d.Version >= 1 && r.isWhole("version"), "version", "the version is not a whole number from 1", "write 1 for the first")
	want(d.To.IsZero() || !d.To.Before(d.From), "effective", "it ends before it begins", "put the days right")
	want(d.Multiplier > 0, "multiplier", "the multiplier is not above 0", "write 100 for per cent, 1 for plain numbers")
	want(d.Decimals >= 0 && d.Decimals <= 6 && r.isWhole("decimals"), "decimals", "the decimals are not a whole number from 0 to 6", "write for example 1")
	want(d.NextReview.After(d.Reviewed), "next_review", "the next review is not after the last", "put the days right")
	want(d.Author != d.Checker || d.Author == "", "checker", "the checker is the author", "let another person check it")
	want(!d.Continues || d.Version > 1, "continues", "a first version continues nothing", "take the line out")
	want(d.Least >= 0, "least_denominator", "it is under 0", "write 0 or more")
	for _, t := range d.Targets {
		want(t.To.IsZero() || !t.To.Before(t.From), "targets", "a target ends before it begins", "put the days right")
	}
	if shares := []string{"proportion", "rate", "ratio", "mean"}; slices.Contains(shares, d.Unit) && d.Denominator == "" {
		r.fault(r.values["unit"], "a "+d.Unit+" needs a denominator", "say what it is out of")
	}
	if d.Status == "archived" && d.Reason == "" {
		r.fault(r.values["status"], "it is archived without a reason", "add the key reason")
	}
}

func slug(s string) string {
	return strings.Trim(strings.Map(func(c rune) rune {
		if c == '-' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			return c
		}
		return -1
	}, s), "-")
}

// together holds the definitions against one another: versions follow in time,
// and what is composed is composed of metrics that there are.
func (l *Library) together(places map[*Definition]place) Faults {
	var faults Faults
	fault := func(d *Definition, problem, remedy string) {
		faults = append(faults, Fault{d.File, places[d].line, places[d].column, problem, remedy})
	}
	for i, d := range l.definitions {
		for _, id := range d.Components {
			if id == d.ID || !slices.ContainsFunc(l.definitions, func(o *Definition) bool { return o.ID == id }) {
				fault(d, fmt.Sprintf("it is composed of %q, which is itself or no metric", id), "name metrics of this folder")
			}
		}
		if i == 0 || l.definitions[i-1].ID != d.ID {
			if d.Version != 1 {
				fault(d, fmt.Sprintf("version %d has no version %d before it", d.Version, d.Version-1), "keep every version: what was published must stay readable")
			}
			continue
		}
		before := l.definitions[i-1]
		if d.Version != before.Version+1 {
			fault(d, fmt.Sprintf("version %d follows version %d", d.Version, before.Version), "number versions without gaps")
		}
		if before.To.IsZero() || !before.To.Before(d.From) {
			fault(d, fmt.Sprintf("it begins on %s, when version %d is still in force", d.From.Format(time.DateOnly), before.Version),
				fmt.Sprintf("end version %d the day before", before.Version))
		}
		if d.Continues && d.Unit != before.Unit {
			fault(d, fmt.Sprintf("it continues version %d, which is a %s and not a %s", before.Version, before.Unit, d.Unit), "let it begin a new series")
		}
	}
	return faults
}

// fields reads the keys of a YAML mapping and keeps every fault.
type fields struct {
	file   string
	node   ast.Node
	values map[string]ast.Node
	faults Faults
}

func position(n ast.Node) (line, column int) {
	if t := n.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line, t.Position.Column
	}
	return 1, 1
}

func (r *fields) fault(n ast.Node, problem, remedy string) {
	if n == nil {
		n = r.node
	}
	line, column := position(n)
	r.faults = append(r.faults, Fault{path.Base(r.file), line, column, problem, remedy})
}

func (r *fields) keep(of *fields) { r.faults = append(r.faults, of.faults...) }

// open takes a mapping apart; known has its keys, true for those that must be there.
func (r *fields) open(n ast.Node, known map[string]bool) {
	r.node, r.values = n, map[string]ast.Node{}
	var entries []*ast.MappingValueNode
	switch m := n.(type) {
	case *ast.MappingNode:
		entries = m.Values
	case *ast.MappingValueNode:
		entries = []*ast.MappingValueNode{m}
	default:
		r.fault(n, "a set of key: value belongs here", "compare with a definition that ships")
		return
	}
	for _, e := range entries {
		key := e.Key.GetToken().Value
		switch _, ok := known[key]; {
		case !ok:
			r.fault(e.Key, fmt.Sprintf("there is no key %q", key), "write one of "+strings.Join(sortedKeys(known), ", "))
		case r.values[key] != nil:
			r.fault(e.Key, fmt.Sprintf("the key %s is there twice", key), "take one out")
		case e.Value.Type() != ast.NullType:
			r.values[key] = e.Value
		}
	}
	for _, key := range sortedKeys(known) {
		if known[key] && r.values[key] == nil {
			r.fault(n, "the key "+key+" is missing or blank", "add it")
		}
	}
}

func sortedKeys(m map[string]bool) []string {
	var list []string
	for k := range m {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

func (r *fields) text(key string) string {
	n := r.values[key]
	if n == nil {
		return ""
	}
	return r.scalar(n)
}

func (r *fields) scalar(n ast.Node) string {
	switch v := n.(type) {
	case *ast.StringNode:
		return strings.TrimSpace(v.Value)
	case *ast.LiteralNode:
		return strings.TrimSpace(v.Value.Value)
	case ast.ScalarNode:
		return v.GetToken().Value
	}
	r.fault(n, "a text belongs here", "write it on one line, or behind >-")
	return ""
}

func (r *fields) texts(key string) []string {
	n := r.values[key]
	if n == nil {
		return nil
	}
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		r.fault(n, "a list belongs here", "write [a, b]")
		return nil
	}
	var texts []string
	for _, v := range list.Values {
		s := r.scalar(v)
		if slices.Contains(texts, s) {
			r.fault(v, fmt.Sprintf("%q is there twice", s), "take one out")
		}
		texts = append(texts, s)
	}
	return texts
}

func (r *fields) oneOf(key string, words []string) string {
	s := r.text(key)
	if s != "" && !slices.Contains(words, s) {
		r.fault(r.values[key], fmt.Sprintf("%s %q is not known", key, s), "write one of "+strings.Join(words, ", "))
	}
	return s
}

func (r *fields) someOf(key string, words []string) []string {
	list := r.texts(key)
	if r.values[key] != nil && len(list) == 0 {
		r.fault(r.values[key], key+" is empty", "name at least one of "+strings.Join(words, ", "))
	}
	for _, s := range list {
		if !slices.Contains(words, s) {
			r.fault(r.values[key], fmt.Sprintf("%s %q is not known", key, s), "write one of "+strings.Join(words, ", "))
		}
	}
	return list
}

func (r *fields) number(key string) float64 {
	s := r.text(key)
	if s == "" {
		return 0
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || v-v != 0 {
		r.fault(r.values[key], fmt.Sprintf("%s %q is not a number", key, s), "write it with a full stop and without separators")
		return 0
	}
	return v
}

func (r *fields) isWhole(key string) bool {
	_, err := strconv.Atoi(r.text(key))
	return err == nil
}

func (r *fields) day(key string) time.Time {
	s := r.text(key)
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		r.fault(r.values[key], fmt.Sprintf("%s %q is not a day", key, s), "write it as 2026-04-01")
	}
	return t
}

// under opens the mapping of a key, nil where there is none.
func (r *fields) under(key string, known map[string]bool) *fields {
	if r.values[key] == nil {
		return nil
	}
	f := &fields{file: r.file}
	f.open(r.values[key], known)
	return f
}

// each opens the mappings of a list.
func (r *fields) each(key string, known map[string]bool) []*fields {
	n := r.values[key]
	if n == nil {
		return nil
	}
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		r.fault(n, "a list belongs here", "begin each item with a hyphen")
		return nil
	}
	var all []*fields
	for _, v := range list.Values {
		f := &fields{file: r.file}
		f.open(v, known)
		all = append(all, f)
	}
	return all
}
