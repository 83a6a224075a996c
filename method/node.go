package method

import "remit/register"

// op says what a Node does.
type op uint8

const (
	opConst op = iota // text in str, or truth when isBool and str is "1"
	opInput           // a named input of the record: name
	opDate            // the assignment date, YYYY-MM-DD
	opField           // a column of a look-up's row: lookup, column
	opFact            // a named fact: fact
	opAnd
	opOr
	opNot
	opCond // args[0] ? args[1] : args[2]
	opEq
	opNe
	opLt // text order, which is date order for dates
	opLe
	opGt
	opGe
	opIn     // args[0] in list
	opStarts // args[0] starts with args[1]
	opEnds
	opCall   // one of the functions in calls.go: name
	opResult // what the decision came to: name is source, box or payer; only in warnings
	opColumn // a column of the file: column is its number; only in a bound program
)

// Node is one step of an expression. Trees share nodes (a fact is one node
// however often it is named), so they are never changed after loading.
type Node struct {
	op     op
	isBool bool
	str    string                           // opConst
	name   string                           // opInput, opCall, opResult
	list   []string                         // opIn, and the list argument of opCall
	eval   func(args, list []string) string // opCall
	args   []*Node
	lookup *Lookup      // opField
	column int          // opField: of the table; opColumn: of the file
	row    int          // opField of a bound program: position in Program.lookups
	fact   *Fact        // opFact
	date   register.Day // opConst compared with opDate
}

func constant(s string) *Node { return &Node{op: opConst, str: s} }

func truth(b bool) *Node {
	n := &Node{op: opConst, isBool: true}
	if b {
		n.str = "1"
	}
	return n
}

// known reports whether the node is a constant, and if it is true or not.
func (n *Node) known() (isConst, isTrue bool) {
	return n.op == opConst, n.op == opConst && n.str == "1" && n.isBool
}

// fold simplifies a node whose arguments are already simple. What can be
// decided without a record is decided here: readings chosen by the operator
// and columns that a file does not have leave no trace in what runs.
func fold(n *Node) *Node {
	switch n.op {
	case opNot:
		if c, t := n.args[0].known(); c {
			return truth(!t)
		}
	case opAnd, opOr:
		return foldJunction(n)
	case opCond:
		if c, t := n.args[0].known(); c {
			if t {
				return n.args[1]
			}
			return n.args[2]
		}
	case opEq, opNe, opLt, opLe, opGt, opGe, opStarts, opEnds:
		a, b := n.args[0], n.args[1]
		if a.op == opConst && b.op == opConst {
			return truth(compare(n.op, a.str, b.str))
		}
	case opIn:
		if n.args[0].op == opConst {
			return truth(contains(n.list, n.args[0].str))
		}
	case opCall:
		if values, ok := constants(n.args); ok {
			v := calls[n.name].eval(values, n.list)
			return &Node{op: opConst, isBool: n.isBool, str: v}
		}
	}
	return n
}

// foldJunction drops the arguments of and/or that cannot change the answer.
func foldJunction(n *Node) *Node {
	deciding := n.op == opOr // true decides an or, false decides an and
	var open []*Node
	for _, a := range n.args {
		c, t := a.known()
		if !c {
			open = append(open, a)
		} else if t == deciding {
			return truth(deciding)
		}
	}
	switch len(open) {
	case 0:
		return truth(!deciding)
	case 1:
		return open[0]
	}
	return &Node{op: n.op, isBool: true, args: open}
}

func constants(args []*Node) ([]string, bool) {
	values := make([]string, len(args))
	for i, a := range args {
		if a.op != opConst {
			return nil, false
		}
		values[i] = a.str
	}
	return values, true
}

func compare(o op, a, b string) bool {
	switch o {
	case opEq:
		return a == b
	case opNe:
		return a != b
	case opLt:
		return a < b
	case opLe:
		return a <= b
	case opGt:
		return a > b
	case opGe:
		return a >= b
	case opStarts:
		return len(a) >= len(b) && a[:len(b)] == b
	default: // opEnds
		return len(a) >= len(b) && a[len(a)-len(b):] == b
	}
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}
