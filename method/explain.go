package method

import (
	"slices"

	"remit/register"
)

// Reason is one thing that an answer rests on: a field of the record, a fact
// of the reference data with its validity and source, or a named fact of the
// method in plain words.
type Reason struct {
	What       string `json:"what"`            // input, look-up.column or fact
	Says       string `json:"says,omitempty"`  // of a fact, in plain words
	Value      string `json:"value"`           // of a true-or-false fact: yes or no
	Table      string `json:"table,omitempty"` // of a look-up
	Key        string `json:"key,omitempty"`   // what was looked up
	Found      bool   `json:"found"`           // the key is in the table on the date
	From       string `json:"valid_from,omitempty"`
	To         string `json:"valid_to,omitempty"`
	Source     string `json:"source,omitempty"`
	Confidence string `json:"confidence,omitempty"`
	Kind       string `json:"kind"` // input, lookup, fact or date
}

// Because lists what the answer to a condition rests on: of conditions joined
// by and, the first that fails or all that hold; of those joined by or, the
// first that holds or all that fail.
func (r *Record) Because(n *Node) []Reason {
	var list []Reason
	r.reasons(n, &list)
	return list
}

func (r *Record) reasons(n *Node, list *[]Reason) {
	switch n.op {
	case opAnd, opOr:
		r.junction(n, list)
	case opCond:
		r.reasons(n.args[0], list)
		if r.truth(n.args[0]) {
			r.reasons(n.args[1], list)
		} else {
			r.reasons(n.args[2], list)
		}
	case opFact:
		r.factReason(n, list)
	case opField:
		add(list, r.lookupReason(n))
	case opColumn:
		add(list, Reason{What: r.p.inputAt(n.column), Value: r.values[n.column], Kind: "input", Found: true})
	case opDate:
		add(list, Reason{What: "assignment date", Value: r.date.String(), Kind: "date", Found: true})
	default:
		for _, a := range n.args {
			r.reasons(a, list)
		}
	}
}

func (r *Record) junction(n *Node, list *[]Reason) {
	deciding := n.op == opOr
	for _, a := range n.args {
		if r.truth(a) == deciding {
			r.reasons(a, list)
			return
		}
	}
	for _, a := range n.args {
		r.reasons(a, list)
	}
}

func (r *Record) factReason(n *Node, list *[]Reason) {
	s := r.fact(n)
	value := s.text
	if n.isBool {
		value = yesNo(s.truth)
	}
	add(list, Reason{What: n.fact.Name, Says: n.fact.Says, Value: value, Kind: "fact", Found: true})
	r.reasons(n.args[0], list)
}

func (r *Record) lookupReason(n *Node) Reason {
	value := r.field(n)
	f := r.rows[n.row].found
	column := "found"
	if n.column != columnCount {
		column = n.lookup.Table.Columns[n.column]
	}
	reason := Reason{What: n.lookup.Name + "." + column, Value: value, Table: n.lookup.tableName, Key: r.text(n.args[0]), Found: f.Row != register.NoRow, Kind: "lookup"}
	if f.Row == register.NoRow {
		return reason
	}
	from, to := n.lookup.Table.Valid(f.Row)
	reason.From, reason.To = from.String(), to.String()
	reason.Source, reason.Confidence = n.lookup.Table.Source(f.Row), n.lookup.Table.Confidence(f.Row)
	return reason
}

func add(list *[]Reason, r Reason) {
	if !slices.Contains(*list, r) {
		*list = append(*list, r)
	}
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// inputAt is the input that a column of the file feeds.
func (p *Program) inputAt(column int) string {
	for name, o := range p.bind {
		if slices.Contains(o.Columns, column) {
			return name
		}
	}
	return "a column of the mapping"
}

// BecauseBox explains the answer of a step.
func (r *Record) BecauseBox(s Step) []Reason { return r.Because(s.Box.When) }

// BecausePayer explains where the payer came from.
func (r *Record) BecausePayer(d *Decision) []Reason {
	if d.PayerAt < 0 {
		return nil
	}
	p := &r.p.ends[d.End.index][d.PayerAt]
	var list []Reason
	r.reasons(p.Pays, &list)
	for _, more := range r.Because(p.When) {
		add(&list, more)
	}
	return list
}
