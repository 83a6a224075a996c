package method

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
)

// Derive makes the origin of an input out of an expression over the columns of
// a file, as a mapping file has it: column('NAME') is the text of a column as
// it came, and the functions of the language may be used.
func Derive(expression string, columns []string) (Origin, error) {
	options := append([]cel.EnvOption{cel.StdLib(), cel.ClearMacros()}, callOptions()...)
	options = append(options, cel.Function("column", cel.Overload("column_text", []*cel.Type{cel.StringType}, cel.StringType)))
	env, err := cel.NewCustomEnv(options...)
	if err != nil {
		return Origin{}, err
	}
	checked, issues := env.Compile(expression)
	if issues.Err() != nil {
		return Origin{}, issues.Err()
	}
	tree := checked.NativeRep()
	if tree.GetType(tree.Expr().ID()) != types.StringType {
		return Origin{}, errors.New("the expression must give a text")
	}
	b := &builder{f: &file{}, m: &Method{}, env: &environment{}}
	c := compiler{b: b, at: text{line: 1, column: 1}, tree: tree, columns: columns}
	n := c.node(tree.Expr())
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
		return c.refuse(e, fmt.Sprintf("the file has no column %q", name.str))
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
