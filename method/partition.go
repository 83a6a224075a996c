package method

import (
	"fmt"
	"strings"

	"remit/register"
)

// Partition splits a program by the columns that it reads, so that conditions
// are evaluated once for each distinct value of a column and not once for each
// record.
//
// Every condition is cut into leaves: the largest parts that depend on one
// column alone (and perhaps on the assignment date). The leaves of a column
// make a value of that column a member of a class: values of one class answer
// every leaf alike. A record's decision depends on nothing but the classes of
// its values and on a few comparisons between columns, so it is worked out once
// for each combination of classes. Tables with millions of records have a few
// thousand combinations.
//
// What an end pays is not part of the class (it would make a class of every
// commissioner): it is kept beside the class, and the decision says which
// column's value to take it from.
type Partition struct {
	Slots      []Slot // the columns read, in order of first use; the last stands for the date
	DateSlots  []int  // slots on which the assignment date depends
	Compare    []Pair // comparisons between two columns
	p          *Program
	dateLeaves []*Node
	watches    []*Node
	slotOf     map[int]int // column of the file to slot
	deps       map[*Node]dependence
	pays       map[*Node]PayRef
	keys       map[*Node]string
	pairs      map[string]bool
	choices    map[*Node]*Node
	leaves     map[*Node]leafAt
}

// leafAt is where the answer of a leaf stands among the answers of its class.
type leafAt struct{ slot, leaf int }

// Slot is a column of the file, or the assignment date.
type Slot struct {
	Column int  // number in the file, or DateColumn
	Dated  bool // the class also depends on the assignment date
	leaves []*Node
	values []*Node // texts kept beside the class
	seen   map[string]int
}

// Kept is how many texts are kept beside the class of each value.
func (s *Slot) Kept() int { return len(s.values) }

// DateColumn is the column number of the date slot.
const DateColumn = -1

// Pair compares a text of one slot with a text of another.
type Pair struct{ A, B PayRef }

// PayRef points at a text kept beside the class of a slot's value.
type PayRef struct{ Slot, Value int }

// Class is what one value of a slot comes to.
type Class struct {
	From, To register.Day // the assignment dates for which this holds
	Key      string       // equal for values of the same class
	Answers  []Answer     // of the slot's leaves; the same for values of the same class
	Values   []string     // texts kept beside the class
}

// Answer is what a leaf comes to.
type Answer struct {
	truth bool
	text  string
}

const (
	noSlot   = -1
	manySlot = -2
)

// dependence says which slot a node depends on (none, one or many), and
// whether it depends on the assignment date.
type dependence struct {
	slot  int
	dated bool
}

// Divide makes the partition of a program. The cleaned texts of the watched
// inputs are kept beside the classes, for Watched.
func Divide(p *Program, watched ...string) *Partition {
	q := &Partition{p: p, slotOf: map[int]int{}, deps: map[*Node]dependence{}, pays: map[*Node]PayRef{}, keys: map[*Node]string{}, pairs: map[string]bool{}, choices: map[*Node]*Node{}, leaves: map[*Node]leafAt{}}
	q.dates()
	for _, r := range p.Start {
		q.leaf(r.When)
	}
	for _, b := range p.Boxes {
		q.leaf(b.When)
	}
	for _, payers := range p.ends {
		for _, y := range payers {
			q.leaf(y.When)
			q.leaf(y.Category)
			q.payer(y.Pays)
		}
	}
	for _, c := range p.endElse {
		q.leaf(c)
	}
	for _, w := range p.Warning {
		q.leaf(w)
	}
	for _, input := range watched {
		q.watches = append(q.watches, q.watch(input))
	}
	q.Slots = append(q.Slots, Slot{Column: DateColumn, Dated: true, leaves: q.dateLeaves})
	for i := range q.Slots {
		for j, n := range q.Slots[i].leaves {
			q.leaves[n] = leafAt{i, j}
		}
	}
	return q
}

// dates finds the slots that the assignment date depends on.
func (q *Partition) dates() {
	for _, c := range columnsOf(q.p.Date, map[*Node]bool{}) {
		q.DateSlots = append(q.DateSlots, q.slot(c))
	}
}

func columnsOf(n *Node, seen map[*Node]bool) []int {
	if n == nil || seen[n] {
		return nil
	}
	seen[n] = true
	if n.op == opColumn {
		return []int{n.column}
	}
	var out []int
	for _, a := range n.args {
		out = append(out, columnsOf(a, seen)...)
	}
	return out
}

func (q *Partition) slot(column int) int {
	if s, ok := q.slotOf[column]; ok {
		return s
	}
	s := len(q.Slots)
	q.Slots = append(q.Slots, Slot{Column: column, seen: map[string]int{}})
	q.slotOf[column] = s
	return s
}

// dependence is worked out once for each node.
func (q *Partition) dependence(n *Node) dependence {
	if d, ok := q.deps[n]; ok {
		return d
	}
	d := dependence{slot: noSlot}
	switch n.op {
	case opColumn:
		d.slot = q.slot(n.column)
	case opDate:
		d.dated = true
	case opField:
		d.dated = !n.lookup.Undated
	case opResult: // known only once the row is decided, so no part of a class
		d.slot = manySlot
	}
	for _, a := range n.args {
		d = d.and(q.dependence(a))
	}
	q.deps[n] = d
	return d
}

func (d dependence) and(e dependence) dependence {
	switch {
	case d.slot == noSlot:
		d.slot = e.slot
	case e.slot != noSlot && e.slot != d.slot:
		d.slot = manySlot
	}
	d.dated = d.dated || e.dated
	return d
}

// leaf cuts a node into parts that depend on one slot and puts each in the
// class of that slot.
func (q *Partition) leaf(n *Node) {
	if n == nil {
		return
	}
	d := q.dependence(n)
	switch {
	case d.slot == noSlot && !d.dated:
	case d.slot != manySlot:
		q.add(d, n)
	default:
		q.cut(n)
	}
}

func (q *Partition) cut(n *Node) {
	switch n.op {
	case opAnd, opOr, opNot, opCond, opFact:
		for _, a := range n.args {
			q.leaf(a)
		}
		return
	}
	if choice := q.spread(n); choice != nil {
		q.leaf(choice)
		return
	}
	if (n.op == opEq || n.op == opNe) && q.pair(n.args[0], n.args[1]) {
		return
	}
	// What is left mixes columns in a way that cannot be cut: the texts that it
	// mixes become part of the class, which is always right and only costs
	// more combinations.
	for _, a := range n.args {
		q.leaf(a)
	}
}

// spread moves a choice outwards: f(c ? a : b) is c ? f(a) : f(b). It gives nil
// where there is no choice to move, and the same node each time.
func (q *Partition) spread(n *Node) *Node {
	if choice, ok := q.choices[n]; ok {
		return choice
	}
	q.choices[n] = nil
	for i, a := range n.args {
		for a.op == opFact {
			a = a.args[0]
		}
		if a.op != opCond && q.dependence(a).slot == manySlot {
			if inner := q.spread(a); inner != nil {
				a = inner
			}
		}
		if a.op == opCond && q.dependence(a).slot == manySlot {
			q.choices[n] = &Node{op: opCond, isBool: n.isBool, args: []*Node{a.args[0], q.with(n, i, a.args[1]), q.with(n, i, a.args[2])}}
			break
		}
	}
	return q.choices[n]
}

// with is the node with one argument replaced. A look-up by another key is
// another look-up.
func (q *Partition) with(n *Node, i int, arg *Node) *Node {
	c := *n
	c.args = append([]*Node(nil), n.args...)
	c.args[i] = arg
	if c.op == opField {
		if arg.op == opConst && (arg.str == "" || c.lookup.Undated) {
			return constant(fieldText(c.lookup.Table, c.lookup.Table.FindEver(arg.str, 0), c.column))
		}
		c.row = q.lookupBy(c.lookup, arg)
	}
	return fold(&c)
}

func (q *Partition) lookupBy(l *Lookup, key *Node) int {
	k := q.key(key)
	for i := range q.p.lookups {
		if q.p.lookups[i].Lookup == l && q.key(q.p.lookups[i].key) == k {
			return i
		}
	}
	q.p.lookups = append(q.p.lookups, boundLookup{l, key})
	return len(q.p.lookups) - 1
}

// pair notes a comparison between texts of two slots.
func (q *Partition) pair(a, b *Node) bool {
	da, db := q.dependence(a), q.dependence(b)
	if da.slot < 0 || db.slot < 0 {
		return false
	}
	id := q.key(a) + "=" + q.key(b)
	if !q.pairs[id] {
		q.pairs[id] = true
		q.Compare = append(q.Compare, Pair{q.keep(da, a), q.keep(db, b)})
	}
	return true
}

// payer keeps what an end may pay beside the class of its slot.
func (q *Partition) payer(n *Node) {
	for n.op == opFact {
		n = n.args[0]
	}
	d := q.dependence(n)
	switch {
	case d.slot == noSlot:
		q.leaf(n)
	case d.slot >= 0:
		q.pays[n] = q.keep(d, n)
	case n.op == opCond:
		q.leaf(n.args[0])
		q.payer(n.args[1])
		q.payer(n.args[2])
	case q.spread(n) != nil:
		q.payer(q.spread(n))
	default:
		q.leaf(n)
	}
}

func (q *Partition) keep(d dependence, n *Node) PayRef {
	s := &q.Slots[d.slot]
	s.Dated = s.Dated || d.dated
	key := "value " + q.key(n)
	i, ok := s.seen[key]
	if !ok {
		i = len(s.values)
		s.seen[key] = i
		s.values = append(s.values, n)
	}
	return PayRef{d.slot, i}
}

func (q *Partition) add(d dependence, n *Node) {
	if d.slot == noSlot { // the date alone: its slot comes last
		q.dateLeaves = append(q.dateLeaves, n)
		return
	}
	s := &q.Slots[d.slot]
	s.Dated = s.Dated || d.dated
	key := q.key(n)
	if _, ok := s.seen[key]; ok {
		return
	}
	s.seen[key] = 0
	s.leaves = append(s.leaves, n)
}

// key writes a node out, so that equal nodes can be told.
func (q *Partition) key(n *Node) string {
	if k, ok := q.keys[n]; ok {
		return k
	}
	var b strings.Builder
	fmt.Fprintf(&b, "(%d %q %q %v", n.op, n.str, n.name, n.list)
	switch n.op {
	case opField:
		fmt.Fprintf(&b, " %s.%d", n.lookup.Name, n.column)
	case opColumn:
		fmt.Fprintf(&b, " %d", n.column)
	}
	for _, a := range n.args {
		b.WriteString(q.key(a))
	}
	b.WriteByte(')')
	q.keys[n] = b.String()
	return q.keys[n]
}

// Classify says what a value of a slot comes to on a date. The record is
// scratch space of the same program.
func (q *Partition) Classify(r *Record, slot int, value string, date register.Day) Class {
	s := &q.Slots[slot]
	if s.Column != DateColumn {
		r.values[s.Column] = value
	}
	r.forget()
	r.date = date
	var b strings.Builder
	c := Class{Answers: make([]Answer, len(s.leaves)), Values: make([]string, len(s.values))}
	for i, n := range s.leaves {
		a := &c.Answers[i]
		if n.isBool {
			a.truth = r.truth(n)
			a.text = boolText(a.truth)
		} else {
			a.text = r.text(n)
		}
		b.WriteString(a.text)
		b.WriteByte(0)
	}
	for i, n := range s.values {
		c.Values[i] = r.text(n)
	}
	c.Key, c.From, c.To = b.String(), r.From, r.To
	if date == register.NoDay {
		c.From, c.To = date, date
	}
	return c
}

// Decide is what Record.DecideOn gives, for a record whose classes are known: by
// slot, the answers of the class of its value. No leaf is worked out again.
func (q *Partition) Decide(r *Record, date register.Day, answers [][]Answer) Decision {
	r.leaves, r.answers = q.leaves, answers
	defer func() { r.leaves, r.answers = nil, nil }()
	return r.DecideOn(date)
}

// Watched is the node of the nth watched input, for Pick.
func (q *Partition) Watched(n int) *Node { return q.watches[n] }

func (q *Partition) watch(input string) *Node {
	for _, in := range q.p.Method.Inputs {
		if in.Name == input {
			n := q.p.node(in.node())
			q.payer(n)
			return n
		}
	}
	return constant("")
}

// Pick says where beside the classes the text of a node stands for the record
// at hand. When ok is false the text is the same for the whole combination.
func (q *Partition) Pick(r *Record, n *Node) (at PayRef, same string, ok bool) {
	for {
		switch {
		case n.op == opFact:
			n = n.args[0]
			continue
		case n.op == opCond && q.dependence(n).slot == manySlot:
			if r.truth(n.args[0]) {
				n = n.args[1]
			} else {
				n = n.args[2]
			}
			continue
		case n.op != opConst && q.dependence(n).slot == manySlot && q.spread(n) != nil:
			n = q.spread(n)
			continue
		}
		break
	}
	if at, ok = q.pays[n]; ok {
		return at, "", true
	}
	return at, r.text(n), false
}
