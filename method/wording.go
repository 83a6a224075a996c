package method

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"

	"remit/activity"
)

// vocabulary is what an expression may name. It says in words of our own what
// the Common Expression Language finds wrong with an expression.
type vocabulary struct {
	names     []string // look-up columns as lookup.column
	functions []string
}

func newVocabulary(env *cel.Env) vocabulary {
	v := vocabulary{functions: []string{"startsWith", "endsWith"}}
	for _, x := range env.Variables() {
		v.names = append(v.names, x.Name())
	}
	for name := range calls {
		v.functions = append(v.functions, name)
	}
	sort.Strings(v.names)
	sort.Strings(v.functions)
	return v
}

// The complaints begin with one of these.
const (
	undeclared = "undeclared reference to '"
	noOverload = "found no matching overload for '"
	wrongType  = "expected type '"
	badSyntax  = "Syntax error: "
)

// faults says what is wrong with the expression at t. Of faults of syntax it is
// the first, because the others follow from it.
func (v vocabulary) faults(t text, list []*common.Error) Faults {
	var out Faults
	for _, e := range list {
		problem, remedy := v.inWords(e, t.value)
		at := t.at(e.Location.Line(), e.Location.Column())
		out = append(out, Fault{at.file, at.line, at.column, problem, remedy})
		if strings.HasPrefix(e.Message, badSyntax) {
			break
		}
	}
	return out
}

const conditionsPage = "See the manual page on methods for what a condition may use"

func (v vocabulary) inWords(e *common.Error, expression string) (problem, remedy string) {
	m := e.Message
	switch {
	case strings.HasPrefix(m, undeclared):
		name, _, _ := strings.Cut(strings.TrimPrefix(m, undeclared), "'")
		if before, _ := around(expression, e.Location); strings.HasSuffix(before, name) { // a call is complained of at its bracket
			return v.noFunction(name)
		}
		return v.noName(name)
	case strings.HasPrefix(m, noOverload):
		name, rest, _ := strings.Cut(strings.TrimPrefix(m, noOverload), "' applied to '")
		return doesNotFit(name, typesOf(rest))
	case strings.HasPrefix(m, wrongType):
		want, rest, _ := strings.Cut(strings.TrimPrefix(m, wrongType), "'")
		got, _, _ := strings.Cut(strings.TrimPrefix(rest, " but found '"), "'")
		if want == "bool" {
			return "&& and || join what is true or false, but this is " + kind(got), "Compare it with something: == 'x'"
		}
		return fmt.Sprintf("this must be %s, but is %s", kind(want), kind(got)), conditionsPage
	case strings.HasPrefix(m, badSyntax):
		return notGrammar(strings.TrimPrefix(m, badSyntax), e.Location, expression)
	}
	return "this is no expression: " + m, conditionsPage
}

// around cuts an expression at a place.
func around(expression string, at common.Location) (before, after string) {
	lines := strings.SplitAfter(expression, "\n")
	if at.Line() > len(lines) {
		return expression, ""
	}
	line := []rune(lines[at.Line()-1])
	column := min(at.Column(), len(line))
	before = strings.Join(lines[:at.Line()-1], "") + string(line[:column])
	return before, string(line[column:])
}

func (v vocabulary) noFunction(name string) (problem, remedy string) {
	problem = "there is no function called " + name
	if near := nearest(name, v.functions); near != "" {
		return problem, "Did you mean " + near + "?"
	}
	return problem, "The functions are " + strings.Join(v.functions, ", ")
}

func (v vocabulary) noName(name string) (problem, remedy string) {
	if slices.Contains(v.functions, "column") { // a mapping, which has columns and no names
		return name + " is not a function", "Write column('" + name + "') for a column of the file"
	}
	for _, n := range v.names {
		if strings.HasPrefix(n, name+".") {
			return name + " stands for several things and cannot be asked for as a whole", "Name one of them, such as " + n
		}
	}
	problem = "there is no input, look-up, fact, list or reading called " + name
	if near := nearest(name, v.names); near != "" {
		return problem, "Did you mean " + near + "?"
	}
	return problem, "Declare it first, or put it in quotation marks if it is a code"
}

// nearest gives the known name that is most like the one written, if one is.
func nearest(name string, names []string) string {
	best, allowed := "", max(1, len(name)/3)
	for _, n := range slices.Sorted(slices.Values(names)) {
		if strings.EqualFold(n, name) {
			return n
		}
		if d := activity.EditDistance(name, n); d <= allowed && len(name) > 1 {
			best, allowed = n, d-1
		}
	}
	return best
}

// typesOf splits the types of a complaint: (string, int), or string.(int).
func typesOf(s string) []string {
	s = strings.TrimSuffix(s, "'")
	target, args, _ := strings.Cut(s, "(")
	types := strings.Split(strings.TrimSuffix(args, ")"), ", ")
	if target != "" {
		types = append([]string{strings.TrimSuffix(target, ".")}, types...)
	}
	return types
}

func kind(t string) string {
	switch {
	case t == "string":
		return "a text"
	case t == "bool":
		return "true or false"
	case t == "int", t == "uint", t == "double":
		return "a number"
	case t == "null":
		return "null"
	case strings.HasPrefix(t, "list"):
		return "a list"
	}
	return t
}

// unlike says that a whole expression is of another kind than the one wanted.
func unlike(got string, wantBool bool) (problem, remedy string) {
	want := "string"
	remedy = "Write a text in quotation marks, an input, a look-up's column or a fact"
	if wantBool {
		want, remedy = "bool", "Compare it with something: == 'x', or in a list"
	}
	return fmt.Sprintf("this must be %s, but is %s", kind(want), kind(got)), remedy
}

// doesNotFit says that an operator or a function cannot take what it is given.
func doesNotFit(name string, types []string) (problem, remedy string) {
	kinds := make([]string, len(types))
	for i, t := range types {
		kinds[i] = kind(t)
	}
	given := strings.Join(kinds, " and ")
	switch name {
	case "_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_":
		return given + " cannot be compared", incomparable(kinds)
	case "!_":
		return "! turns what is true or false, but this is " + given, "Compare it with something: != 'x'"
	case "_?_:_":
		return "this is not condition ? this : that: it has " + given, "Put a condition before the ? and two texts, or two conditions, behind it"
	case "@in":
		if kinds[len(kinds)-1] == "a list" {
			return "only a text can be in this list, but this is " + kinds[0], "Put the code in quotation marks"
		}
		return "what stands after in must be a list, but is " + kinds[len(kinds)-1], "Write ['a', 'b'], or the name of a list"
	case "_[_]":
		return "parts of a text cannot be taken with [ ]", "left(text, '3') gives the first characters"
	case "startsWith", "endsWith":
		return name + " asks a text for a text, and was given " + given, "Write name." + name + "('x')"
	}
	if f, ok := calls[name]; ok {
		takes := slices.Repeat([]string{"text"}, f.args)
		if f.list {
			takes = append(takes, "list")
		}
		return fmt.Sprintf("the function %s cannot take %s", name, given), fmt.Sprintf("Write %s(%s)", name, strings.Join(takes, ", "))
	}
	return strings.Trim(name, "_") + " cannot be used with " + given, conditionsPage
}

func incomparable(kinds []string) string {
	switch {
	case slices.Contains(kinds, "null"):
		return "What is absent is blank: compare it with ''"
	case slices.Contains(kinds, "a list"):
		return "Ask whether a code is in the list: x in ['a', 'b']"
	case slices.Contains(kinds, "a number"):
		return "Numbers are texts here: put it in quotation marks"
	}
	return "What is true or false stands alone, or behind !"
}

// notGrammar puts a fault of syntax in words.
func notGrammar(m string, at common.Location, expression string) (problem, remedy string) {
	before, after := around(expression, at)
	word := strings.Fields(after + " ")
	previous := strings.Fields(before + " ")
	for _, w := range [][]string{word[:min(1, len(word))], previous[max(0, len(previous)-1):]} {
		if len(w) == 1 && slices.Contains([]string{"and", "or", "not", "is", "&", "|"}, strings.ToLower(w[0])) {
			return w[0] + " is no operator", "Write && for and, || for or, ! for not, == and != to compare"
		}
	}
	switch {
	case strings.HasSuffix(before, "<") && strings.HasPrefix(after, ">"):
		return "<> is no operator", "Write !="
	case strings.HasPrefix(m, "token recognition error") && strings.HasPrefix(after, "="):
		return "a single = compares nothing", "Write =="
	case strings.HasPrefix(m, "token recognition error") && strings.ContainsAny(after[:min(1, len(after))], `'"`):
		return "the quotation mark is not closed", "Close it in the same line"
	case strings.TrimSpace(after) == "":
		return "the expression ends too early", "Write what belongs behind it, or take the last word out"
	}
	return fmt.Sprintf("%s cannot stand here", strings.Fields(after)[0]), conditionsPage
}
