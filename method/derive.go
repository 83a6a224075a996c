package method

import (
	"fmt"
	"maps"
	"slices"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
)

// Expression is an expression in a YAML file, with the place it stands at.
type Expression struct{ text }

// Blank says that there is no expression.
func (e Expression) Blank() bool { return e.value == "" }

// Derive makes the origin of an input out of an expression over the columns of
// a file, as a mapping file has it: column('NAME') is the text of a column as
// it came, and the functions of the language may be used. The error is Faults.
func Derive(e Expression, columns []string) (Origin, error) {
	options := append([]cel.EnvOption{cel.StdLib(), cel.ClearMacros()}, callOptions()...)
	options = append(options, cel.Function("column", cel.Overload("column_text", []*cel.Type{cel.StringType}, cel.StringType)))
	env, err := cel.NewCustomEnv(options...)
	if err != nil {
		return Origin{}, err
	}
	words := newVocabulary(env)
	words.functions = append(words.functions, "column")
	b := &builder{f: &file{}, m: &Method{}, env: &environment{cel: env, words: words}}
	n := b.compileFor(e.text, false, columns)
	if len(b.faults) > 0 {
		return Origin{}, b.faults
	}
	return Origin{derived: n}, nil
}

// fileColumn is the node of column('NAME').
func (c compiler) fileColumn(e ast.Expr, args []ast.Expr) *Node {
	if c.columns == nil {
		return c.refuse(e, "column() can be used in mapping files only")
	}
	name := c.node(args[0])
	if name.op != opConst {
		return c.refuse(e, "column() needs a name in quotation marks")
	}
	i := slices.Index(c.columns, name.str)
	if i < 0 {
		remedy := "Write the column's name as the file's first line has it"
		if near := nearest(name.str, c.columns); near != "" {
			remedy = "Did you mean " + near + "?"
		}
		return c.refuseWith(e, fmt.Sprintf("the file has no column %q", name.str), remedy)
	}
	return &Node{op: opColumn, column: i}
}

// Translate makes the origin of an input out of a column whose values stand
// for others: to gives what each stands for, otherwise what any other does.
func Translate(column int, to map[string]string, otherwise string) Origin {
	value := &Node{op: opCall, name: "as_code", eval: calls["as_code"].eval, args: []*Node{{op: opColumn, column: column}}}
	n := constant(otherwise)
	for _, from := range slices.Sorted(maps.Keys(to)) {
		is := &Node{op: opEq, isBool: true, args: []*Node{value, constant(from)}}
		n = &Node{op: opCond, args: []*Node{is, constant(to[from]), n}}
	}
	return Origin{derived: n}
}
