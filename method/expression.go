package method

import (
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"remit/register"
)

// environment holds what an expression may name, and turns expressions that
// the Common Expression Language has parsed and type-checked into Nodes.
type environment struct {
	cel    *cel.Env
	inputs map[string]*Input
	fields map[string]*Node // look-up columns, by "lookup.column"
	facts  map[string]*Fact
	lists  map[string][]string
	consts map[string]*Node // readings, by "reading.A3"
	words  vocabulary
}

func newEnvironment(b *builder) *environment {
	e := &environment{
		inputs: map[string]*Input{}, fields: map[string]*Node{}, facts: map[string]*Fact{},
		lists: b.m.lists, consts: map[string]*Node{},
	}
	options := []cel.EnvOption{cel.StdLib(), cel.ClearMacros(), cel.Variable("assignment_date", cel.StringType)}
	for _, name := range []string{"source", "box", "payer"} {
		options = append(options, cel.Variable("result."+name, cel.StringType))
	}
	for _, in := range b.m.Inputs {
		e.inputs[in.Name] = in
		options = append(options, cel.Variable(in.Name, cel.StringType))
	}
	for _, l := range b.m.Lookups {
		for i, c := range l.Table.Columns {
			name := l.Name + "." + c
			e.fields[name] = &Node{op: opField, lookup: l, column: i}
			options = append(options, cel.Variable(name, cel.StringType))
		}
		many := l.Name + ".found"
		e.fields[many] = &Node{op: opField, lookup: l, column: columnCount}
		options = append(options, cel.Variable(many, cel.StringType))
	}
	for _, x := range b.m.Facts {
		e.facts[x.Name] = x
		options = append(options, cel.Variable(x.Name, factType(x)))
	}
	for name := range b.m.lists {
		options = append(options, cel.Variable(name, cel.ListType(cel.StringType)))
	}
	for _, r := range b.m.Readings {
		e.consts["reading."+r.ID] = constant(r.Chosen)
		options = append(options, cel.Variable("reading."+r.ID, cel.StringType))
	}
	options = append(options, callOptions()...)
	env, err := cel.NewCustomEnv(options...)
	if err != nil {
		b.fault(b.f.Method, "Give each input, look-up, fact, list and reading a name of its own", "%v", err)
		return nil
	}
	e.cel = env
	e.words = newVocabulary(env)
	return e
}

// columnCount is the pseudo column that says how many rows a key has.
const columnCount = -1

func factType(x *Fact) *cel.Type {
	if x.IsBool {
		return cel.BoolType
	}
	return cel.StringType
}

func callOptions() []cel.EnvOption {
	var options []cel.EnvOption
	for name, c := range calls {
		args := make([]*cel.Type, c.args)
		for i := range args {
			args[i] = cel.StringType
		}
		if c.list {
			args = append(args, cel.ListType(cel.StringType))
		}
		result := cel.StringType
		if c.isBool {
			result = cel.BoolType
		}
		options = append(options, cel.Function(name, cel.Overload(name+"_text", args, result)))
	}
	return options
}

// compile turns the expression at t into a node of the type wanted, and
// reports what is wrong with it by line and column of the file.
func (b *builder) compile(t text, wantBool bool) *Node { return b.compileFor(t, wantBool, nil) }

// compileFor compiles an expression of a mapping for a file with these columns.
func (b *builder) compileFor(t text, wantBool bool, columns []string) *Node {
	if t.value == "" {
		return truthOrBlank(wantBool)
	}
	checked, issues := b.env.cel.Compile(t.value)
	if issues.Err() != nil {
		b.faults = append(b.faults, b.env.words.faults(t, issues.Errors())...)
		return truthOrBlank(wantBool)
	}
	tree := checked.NativeRep()
	isBool := tree.GetType(tree.Expr().ID()) == types.BoolType
	if isBool != wantBool {
		problem, remedy := unlike(tree.GetType(tree.Expr().ID()).String(), wantBool)
		b.fault(t, remedy, "%s", problem)
		return truthOrBlank(wantBool)
	}
	c := compiler{b: b, at: t, tree: tree, columns: columns}
	return c.node(tree.Expr())
}

func truthOrBlank(isBool bool) *Node {
	if isBool {
		return truth(false)
	}
	return constant("")
}

type compiler struct {
	b       *builder
	at      text
	tree    *ast.AST
	columns []string // of the file, in a mapping
}

func (c compiler) refuse(e ast.Expr, problem string) *Node {
	return c.refuseWith(e, problem, conditionsPage)
}

func (c compiler) refuseWith(e ast.Expr, problem, remedy string) *Node {
	loc := c.tree.SourceInfo().GetStartLocation(e.ID())
	c.b.fault(c.at.at(loc.Line(), loc.Column()), remedy, "%s", problem)
	return truthOrBlank(c.tree.GetType(e.ID()) == types.BoolType)
}

func (c compiler) node(e ast.Expr) *Node {
	if ref, ok := c.tree.ReferenceMap()[e.ID()]; ok && ref.Name != "" {
		return c.named(e, ref.Name)
	}
	switch e.Kind() {
	case ast.LiteralKind:
		return c.literal(e)
	case ast.CallKind:
		return c.call(e)
	}
	return c.refuse(e, "this kind of expression cannot be translated")
}

func (c compiler) named(e ast.Expr, name string) *Node {
	env := c.b.env
	if in := env.inputs[name]; in != nil {
		return in.node()
	}
	if n := env.fields[name]; n != nil {
		return n
	}
	if x := env.facts[name]; x != nil {
		return &x.node
	}
	if n := env.consts[name]; n != nil {
		return n
	}
	if name == "assignment_date" {
		return &Node{op: opDate}
	}
	if what, ok := strings.CutPrefix(name, "result."); ok {
		if !c.b.decided {
			return c.refuse(e, name+" is not known before the decision: only warnings may ask for it")
		}
		return &Node{op: opResult, name: what}
	}
	return c.refuse(e, name+" can stand only on the right of in")
}

// node is the one node by which expressions read the input, cleaned.
func (in *Input) node() *Node {
	if in.Clean != nil {
		return in.Clean
	}
	return &Node{op: opInput, name: in.Name}
}

func (c compiler) literal(e ast.Expr) *Node {
	switch v := e.AsLiteral().(type) {
	case types.String:
		return constant(string(v))
	case types.Bool:
		return truth(bool(v))
	}
	return c.refuse(e, "only texts, true and false can be written here; put numbers in quotation marks")
}

var comparisons = map[string]op{
	operators.Equals: opEq, operators.NotEquals: opNe, operators.Less: opLt, operators.LessEquals: opLe,
	operators.Greater: opGt, operators.GreaterEquals: opGe, "startsWith": opStarts, "endsWith": opEnds,
}

func (c compiler) call(e ast.Expr) *Node {
	call := e.AsCall()
	args := call.Args()
	if call.IsMemberFunction() {
		args = append([]ast.Expr{call.Target()}, args...)
	}
	name := call.FunctionName()
	switch name {
	case operators.LogicalAnd:
		return fold(&Node{op: opAnd, isBool: true, args: c.flat(operators.LogicalAnd, args)})
	case operators.LogicalOr:
		return fold(&Node{op: opOr, isBool: true, args: c.flat(operators.LogicalOr, args)})
	case operators.LogicalNot:
		return fold(&Node{op: opNot, isBool: true, args: c.nodes(args)})
	case operators.Conditional:
		isBool := c.tree.GetType(e.ID()) == types.BoolType
		return fold(&Node{op: opCond, isBool: isBool, args: c.nodes(args)})
	case operators.In:
		return c.in(e, args)
	}
	if name == "column" {
		return c.fileColumn(e, args)
	}
	if o, ok := comparisons[name]; ok {
		return c.compare(o, args)
	}
	if f, ok := calls[name]; ok {
		return c.function(e, name, f, args)
	}
	return c.refuse(e, strings.Trim(name, "_")+" cannot be translated")
}

func (c compiler) nodes(args []ast.Expr) []*Node {
	out := make([]*Node, len(args))
	for i, a := range args {
		out[i] = c.node(a)
	}
	return out
}

// flat joins a && (b && c) into one and.
func (c compiler) flat(operator string, args []ast.Expr) []*Node {
	var out []*Node
	for _, a := range args {
		if a.Kind() == ast.CallKind && a.AsCall().FunctionName() == operator {
			out = append(out, c.flat(operator, a.AsCall().Args())...)
			continue
		}
		out = append(out, c.node(a))
	}
	return out
}

func (c compiler) compare(o op, args []ast.Expr) *Node {
	n := &Node{op: o, isBool: true, args: c.nodes(args)}
	if n.args[0].op == opDate && n.args[1].op == opConst {
		if d, err := register.ParseDay(n.args[1].str); err == nil {
			n.date = d
		} else if n.args[1].str == "" {
			n.date = register.NoDay // is there a date at all: the same on every day but none
		}
	}
	return fold(n)
}

func (c compiler) in(e ast.Expr, args []ast.Expr) *Node {
	list, ok := c.list(args[1])
	if !ok {
		return c.refuse(e, "in needs a list: ['a', 'b'] or the name of one")
	}
	return fold(&Node{op: opIn, isBool: true, args: []*Node{c.node(args[0])}, list: list})
}

func (c compiler) list(e ast.Expr) ([]string, bool) {
	if ref, ok := c.tree.ReferenceMap()[e.ID()]; ok {
		l, ok := c.b.env.lists[ref.Name]
		return l, ok
	}
	if e.Kind() != ast.ListKind {
		return nil, false
	}
	var list []string
	for _, item := range e.AsList().Elements() {
		if item.Kind() != ast.LiteralKind {
			return nil, false
		}
		s, ok := item.AsLiteral().(types.String)
		if !ok {
			return nil, false
		}
		list = append(list, string(s))
	}
	return list, true
}

func (c compiler) function(e ast.Expr, name string, f call, args []ast.Expr) *Node {
	n := &Node{op: opCall, name: name, isBool: f.isBool, eval: f.eval}
	if f.list {
		list, ok := c.list(args[len(args)-1])
		if !ok {
			return c.refuse(e, name+" needs a list as its last argument")
		}
		n.list, args = list, args[:len(args)-1]
	}
	n.args = c.nodes(args)
	return fold(n)
}
