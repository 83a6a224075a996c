package method

import (
	"remit/register"
)

// Binding says where each input of a method comes from in the file at hand:
// a column, several columns (diagnosis codes), a constant, or an expression
// over columns from a mapping file. An input that is not bound is blank.
type Binding map[string]Origin

// Origin is where one input comes from. The first that is set counts.
type Origin struct {
	Columns  []int
	Constant string
	derived  *Node // over opColumn nodes, cleaned by nothing yet
}

// Program is a method bound to the columns of a file: facts that no record can
// change are worked out, and what is left reads columns by number.
type Program struct {
	Method  *Method
	Date    *Node
	Start   []Route
	Boxes   []BoundBox
	Warning []*Node // by position in Method.Warnings
	Spell   *Spell
	ends    [][]Payer // by End.index
	endElse []*Node   // category when no payer is found
	lookups []boundLookup
	facts   int
	bind    Binding
	done    map[*Node]*Node
}

// BoundBox is a box of a program.
type BoundBox struct {
	Box  *Box
	When *Node
}

type boundLookup struct {
	*Lookup
	key *Node
}

// Bind fits a method to a file.
func Bind(m *Method, binding Binding) *Program {
	p := &Program{Method: m, bind: binding, done: map[*Node]*Node{}, facts: len(m.Facts)}
	for _, l := range m.Lookups {
		p.lookups = append(p.lookups, boundLookup{Lookup: l})
	}
	for i, l := range m.Lookups {
		p.lookups[i].key = p.node(l.Key)
	}
	p.Date = p.node(m.Date)
	for _, r := range m.Start {
		r.When = p.node(r.When)
		p.Start = append(p.Start, r)
	}
	for _, x := range m.Boxes {
		p.Boxes = append(p.Boxes, BoundBox{x, p.node(x.When)})
	}
	for _, w := range m.Warnings {
		p.Warning = append(p.Warning, p.node(w.When))
	}
	for _, e := range m.Ends {
		p.end(e)
	}
	if s := m.Spell; s != nil {
		p.Spell = &Spell{Says: s.Says, Applies: p.node(s.Applies), Specialised: p.node(s.Specialised), EpisodeOnly: p.node(s.EpisodeOnly), FollowsSpell: p.node(s.FollowsSpell)}
	}
	return p
}

func (p *Program) end(e *End) {
	payers := make([]Payer, len(e.Payers))
	for i, y := range e.Payers {
		y.Pays, y.When, y.Category = p.node(y.Pays), p.node(y.When), p.node(y.Category)
		payers[i] = y
	}
	p.ends = append(p.ends, payers)
	p.endElse = append(p.endElse, p.node(e.Category))
}

// node gives the bound form of a node, the same one each time.
func (p *Program) node(n *Node) *Node {
	if n == nil {
		return nil
	}
	if b, ok := p.done[n]; ok {
		return b
	}
	b := p.rewrite(n)
	p.done[n] = b
	return b
}

func (p *Program) rewrite(n *Node) *Node {
	switch n.op {
	case opConst, opDate, opResult, opColumn:
		return n
	case opInput:
		return p.origin(n.name)
	case opFact:
		def := p.node(n.fact.Node)
		if c, _ := def.known(); c || def.op == opColumn {
			return def
		}
		return &Node{op: opFact, isBool: n.isBool, fact: n.fact, name: n.name, args: []*Node{def}}
	case opField:
		return p.fieldOf(n)
	case opCall:
		if parts := p.several(n); parts != nil {
			return parts
		}
	}
	b := *n
	b.args = make([]*Node, len(n.args))
	for i, a := range n.args {
		b.args[i] = p.node(a)
	}
	return fold(&b)
}

func (p *Program) origin(name string) *Node {
	o, ok := p.bind[name]
	switch {
	case !ok:
		return constant("")
	case o.derived != nil:
		return o.derived
	case len(o.Columns) > 0:
		return &Node{op: opColumn, column: o.Columns[0]}
	}
	return constant(o.Constant)
}

// several turns any_starts over an input of many columns into an or.
func (p *Program) several(n *Node) *Node {
	if n.name != "any_starts" || n.args[0].op != opInput {
		return nil
	}
	columns := p.bind[n.args[0].name].Columns
	if len(columns) < 2 {
		return nil
	}
	or := &Node{op: opOr, isBool: true}
	for _, c := range columns {
		or.args = append(or.args, &Node{op: opCall, isBool: true, name: n.name, eval: n.eval, list: n.list, args: []*Node{{op: opColumn, column: c}}})
	}
	return or
}

// fieldOf binds a column of a look-up. A key that is known to be blank finds
// nothing, and an undated look-up of a known key is answered once and for all.
func (p *Program) fieldOf(n *Node) *Node {
	key := p.node(n.lookup.Key)
	if key.op == opConst && (key.str == "" || n.lookup.Undated) {
		return constant(fieldText(n.lookup.Table, n.lookup.Table.FindEver(key.str, 0), n.column))
	}
	return &Node{op: opField, lookup: n.lookup, column: n.column, row: n.lookup.index, args: []*Node{key}}
}

func fieldText(t *register.Table, f register.Found, column int) string {
	if column == columnCount {
		switch {
		case f.Count == 0:
			return ""
		case f.Count == 1:
			return "1"
		}
		return "many"
	}
	return t.Value(f.Row, column)
}
