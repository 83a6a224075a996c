package method

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// text is a scalar of the file with the place it stands at, so that a fault in
// an expression can be reported by line and column.
type text struct {
	value        string
	file         string
	line, column int    // of the first character of raw
	raw          string // as the file has it, over several lines perhaps
}

// fileName is the context key under which the name of the file being read travels.
type fileName struct{}

// UnmarshalYAML keeps the place of the scalar.
func (t *text) UnmarshalYAML(ctx context.Context, n ast.Node) error {
	t.file, _ = ctx.Value(fileName{}).(string)
	if anchor, ok := n.(*ast.AnchorNode); ok {
		n = anchor.Value
	}
	pos := n.GetToken().Position
	t.line, t.column = pos.Line, pos.Column
	switch v := n.(type) {
	case *ast.LiteralNode:
		t.value, t.raw = v.Value.Value, v.Value.GetToken().Origin
		t.line, t.column = pos.Line+1, 1
	case *ast.StringNode:
		t.value, t.raw = v.Value, strings.TrimLeft(v.Token.Origin, " ")
		if v.Token.Type != token.StringType {
			t.raw = v.Value
			t.column++ // inside the quotation mark
		}
	case *ast.NullNode:
	default:
		t.value = strings.TrimSpace(n.String())
	}
	return nil
}

// at finds the place in the file of a place in the value. Where YAML folded
// lines or took an indentation off, only blanks differ, so it is the place after
// as many characters that are not blank.
func (t text) at(line, column int) text {
	solid := 0
	for i, l := range strings.Split(t.value, "\n") {
		if i+1 > line {
			break
		}
		for j, r := range []rune(l) {
			if (i+1 < line || j < column) && !unicode.IsSpace(r) {
				solid++
			}
		}
	}
	end := t // the place after the last character passed
	for _, r := range t.raw {
		if solid == 0 && !unicode.IsSpace(r) {
			return t
		}
		if r == '\n' {
			t.line, t.column = t.line+1, 1
			continue
		}
		t.column++
		if !unicode.IsSpace(r) {
			solid--
			end = t
		}
	}
	return end
}

// The file as written. The field names are the language's key words.
type file struct {
	Method      text     `yaml:"method"`
	Title       string   `yaml:"title"`
	BasedOn     text     `yaml:"based_on"`
	Kind        string   `yaml:"kind"`
	Authority   string   `yaml:"authority"`
	Applies     period   `yaml:"applies"`
	Carried     carried  `yaml:"carried_forward"`
	Established string   `yaml:"not_established"`
	Compare     string   `yaml:"compare_with"`
	Sources     []string `yaml:"sources"`

	Inputs   []fileInput            `yaml:"inputs"`
	Lists    map[string]fileList    `yaml:"lists"`
	Readings []fileReading          `yaml:"readings"`
	Date     text                   `yaml:"assignment_date"`
	Lookups  []fileLookup           `yaml:"lookups"`
	Facts    []fileFact             `yaml:"facts"`
	Spell    *fileSpell             `yaml:"spell"`
	Payers   map[string][]filePayer `yaml:"payers"`
	Start    []fileRoute            `yaml:"start"`
	Boxes    []fileBox              `yaml:"boxes"`
	Ends     []fileEnd              `yaml:"ends"`
	Warnings []fileWarning          `yaml:"warnings"`
	Without  []text                 `yaml:"without"`
}

type period struct {
	From text `yaml:"from"`
	To   text `yaml:"to"`
}

type carried struct {
	To   text   `yaml:"to"`
	Says string `yaml:"says"`
}

type fileInput struct {
	Field text   `yaml:"field"`
	As    text   `yaml:"as"`
	Note  string `yaml:"note"`
}

type fileList struct {
	Says   string   `yaml:"says"`
	Source string   `yaml:"source"`
	Codes  []string `yaml:"codes"`
}

type fileReading struct {
	ID       text          `yaml:"reading"`
	Question string        `yaml:"question"`
	Default  text          `yaml:"default"`
	Options  yaml.MapSlice `yaml:"options"`
}

type fileLookup struct {
	Name    text   `yaml:"lookup"`
	Table   text   `yaml:"table"`
	Key     text   `yaml:"by"`
	Undated bool   `yaml:"undated"`
	Since   text   `yaml:"since"`
	Note    string `yaml:"note"`
}

type fileFact struct {
	Name  text   `yaml:"fact"`
	Says  string `yaml:"says"`
	Is    text   `yaml:"is"`    // true or false
	Value text   `yaml:"value"` // a text
}

type fileSpell struct {
	Says        string `yaml:"says"`
	Applies     text   `yaml:"applies"`
	Specialised text   `yaml:"specialised"`
	EpisodeOnly text   `yaml:"episode_only"`
	Follows     text   `yaml:"follows_spell"`
}

type fileRoute struct {
	When text   `yaml:"when"`
	To   text   `yaml:"to"`
	Says string `yaml:"says"`
}

type fileBox struct {
	Label text   `yaml:"box"`
	Trace string `yaml:"traced_as"`
	Asks  string `yaml:"asks"`
	Note  string `yaml:"note"`
	When  text   `yaml:"when"`
	Yes   target `yaml:"yes"`
	No    target `yaml:"no"`
}

// target is a label, or one label for each option of a reading.
type target struct {
	text
	reading text
	options map[string]text
}

// UnmarshalYAML takes "C-2" or {reading: A2, chart: E, dental: D}.
func (t *target) UnmarshalYAML(ctx context.Context, n ast.Node) error {
	m, ok := n.(*ast.MappingNode)
	if !ok {
		return t.text.UnmarshalYAML(ctx, n)
	}
	t.options = map[string]text{}
	for _, entry := range m.Values {
		var v text
		if err := v.UnmarshalYAML(ctx, entry.Value); err != nil {
			return err
		}
		if key := entry.Key.String(); key == "reading" {
			t.reading = v
		} else {
			t.options[key] = v
		}
	}
	pos := n.GetToken().Position
	t.file, _ = ctx.Value(fileName{}).(string)
	t.line, t.column = pos.Line, pos.Column
	return nil
}

// place is where the target stands, or where it should: at the box.
func (t target) place(box text) text {
	if t.line == 0 {
		return box
	}
	return t.text
}

type filePayer struct {
	From     text `yaml:"from"`
	Pays     text `yaml:"pays"`
	When     text `yaml:"when"`
	Outcome  text `yaml:"outcome"`
	Category text `yaml:"category"`
}

type fileEnd struct {
	Name     text        `yaml:"end"`
	Label    string      `yaml:"label"`
	Note     string      `yaml:"note"`
	Category text        `yaml:"category"`
	Use      text        `yaml:"use"` // the name of a shared list of payers
	Payers   []filePayer `yaml:"payers"`
	Else     *filePayer  `yaml:"otherwise"`
}

type fileWarning struct {
	Code text   `yaml:"warning"`
	Says string `yaml:"says"`
	Do   string `yaml:"do"`
	When text   `yaml:"when"`
}

// merge lays the parts of a method that is based on another over that other:
// an item with the same name replaces, a new one is added, and what `without`
// names is taken out.
func merge(base, f *file) *file {
	out := *base
	out.Method, out.Title, out.Kind, out.Authority = f.Method, f.Title, f.Kind, f.Authority
	out.Applies, out.Carried, out.Established = f.Applies, f.Carried, f.Established
	out.Compare, out.Sources, out.BasedOn, out.Without = f.Compare, f.Sources, f.BasedOn, f.Without
	if f.Date.value != "" {
		out.Date = f.Date
	}
	if f.Spell != nil {
		out.Spell = f.Spell
	}
	if f.Start != nil {
		out.Start = f.Start
	}
	out.Lists = overlayMap(base.Lists, f.Lists)
	out.Payers = overlayMap(base.Payers, f.Payers)
	out.Inputs = overlay(base.Inputs, f.Inputs, f.Without, func(i fileInput) string { return i.Field.value })
	out.Readings = overlay(base.Readings, f.Readings, f.Without, func(r fileReading) string { return r.ID.value })
	out.Lookups = overlay(base.Lookups, f.Lookups, f.Without, func(l fileLookup) string { return l.Name.value })
	out.Facts = overlay(base.Facts, f.Facts, f.Without, func(x fileFact) string { return x.Name.value })
	out.Boxes = overlay(base.Boxes, f.Boxes, f.Without, func(b fileBox) string { return b.Label.value })
	out.Ends = overlay(base.Ends, f.Ends, f.Without, func(e fileEnd) string { return e.Name.value })
	out.Warnings = overlay(base.Warnings, f.Warnings, f.Without, func(w fileWarning) string { return w.Code.value })
	return &out
}

func overlayMap[V any](base, over map[string]V) map[string]V {
	out := make(map[string]V, len(base)+len(over))
	for k, v := range base {
		out[k] = v
	}
	for k, v := range over {
		out[k] = v
	}
	return out
}

func overlay[T any](base, over []T, without []text, name func(T) string) []T {
	out := slices.Clone(base)
	for _, item := range over {
		i := slices.IndexFunc(out, func(b T) bool { return name(b) == name(item) })
		if i < 0 {
			out = append(out, item)
		} else {
			out[i] = item
		}
	}
	return slices.DeleteFunc(out, func(b T) bool {
		return slices.ContainsFunc(without, func(w text) bool { return w.value == name(b) })
	})
}

// Fault is one thing wrong with a method file and what to do about it.
type Fault struct {
	File         string
	Line, Column int
	Problem      string
	Remedy       string
}

func (f Fault) String() string {
	s := fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Column, f.Problem)
	if f.Remedy != "" {
		s += ". " + f.Remedy
	}
	return s
}

// Faults is every fault of a method file.
type Faults []Fault

func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}
