package method

import (
	"maps"
	"slices"
	"strings"

	"remit/register"
)

// Record is one activity record in front of a program. Reuse it for the next
// record with Reset.
type Record struct {
	p      *Program
	values []string // by column of the file
	date   register.Day
	nth    int // which row of a many-valued look-up counts
	// From and To bound the days on which everything read so far would have
	// been the same.
	From, To register.Day
	facts    []factState
	rows     []rowState
	result   Result
	leaves   map[*Node]leafAt // nodes whose answers are known, while Partition.Decide runs
	answers  [][]Answer
}

type factState struct {
	known, truth bool
	text         string
}

type rowState struct {
	known bool
	found register.Found
}

// Result is what a decision came to.
type Result struct {
	Source   string // which look-up supplied the payer
	Box      string // the last box asked
	Payer    string
	Outcome  string
	Category string
}

// Step is one box asked, and its answer.
type Step struct {
	Box *BoundBox
	Yes bool
}

// Decision is what the method says of one record.
type Decision struct {
	Result
	Date     register.Day
	Steps    []Step
	End      *End
	PayerAt  int    // position in End.Payers, or -1 when none was found
	Pays     *Node  // the expression that gave the payer
	Warnings uint64 // bit i is Method.Warnings[i]
}

// NewRecord makes a record for the program's columns.
func (p *Program) NewRecord() *Record {
	return &Record{p: p, facts: make([]factState, p.facts), rows: make([]rowState, len(p.lookups))}
}

// Reset puts the values of the next record in, by column of the file.
func (r *Record) Reset(values []string) {
	r.values, r.date, r.nth = values, register.NoDay, 0
	r.forget()
}

// PickRow makes many-valued look-ups answer with their nth row, 0 the first.
func (r *Record) PickRow(nth int) { r.nth = nth }

func (r *Record) forget() {
	r.From, r.To = register.Earliest, register.Latest
	clear(r.facts)
	if len(r.rows) < len(r.p.lookups) {
		r.rows = make([]rowState, len(r.p.lookups))
	}
	clear(r.rows)
	r.result = Result{}
}

// AssignmentDate works out the day whose reference data count.
func (r *Record) AssignmentDate() register.Day {
	day, err := register.ParseDay(r.text(r.p.Date))
	if err != nil {
		return register.NoDay
	}
	return day
}

// Decide asks the boxes from the start to an end and looks the payer up.
func (r *Record) Decide() Decision {
	r.date = r.AssignmentDate()
	return r.DecideOn(r.date)
}

// DecideOn decides the record on a date that is already known.
func (r *Record) DecideOn(date register.Day) Decision {
	r.date = date
	d := Decision{Date: date, PayerAt: -1}
	at := ""
	for _, route := range r.p.Start {
		if route.When == nil || r.truth(route.When) {
			at = route.To
			break
		}
	}
	for i := range r.p.Boxes {
		b := &r.p.Boxes[i]
		if b.Box.Label != at {
			continue
		}
		yes := r.truth(b.When)
		d.Steps = append(d.Steps, Step{b, yes})
		if at = b.Box.No; yes {
			at = b.Box.Yes
		}
	}
	d.End = r.p.Method.ends[at]
	r.pay(&d)
	if n := len(d.Steps); n > 0 {
		d.Box = d.Steps[n-1].Box.Box.Label
	}
	r.result = d.Result
	for i, w := range r.p.Warning {
		if r.truth(w) {
			d.Warnings |= 1 << i
		}
	}
	return d
}

// pay takes the first payer of the end whose condition holds.
func (r *Record) pay(d *Decision) {
	d.Outcome = d.End.Label
	payers := r.p.ends[d.End.index]
	for i := range payers {
		y := &payers[i]
		if !r.truth(y.When) {
			continue
		}
		d.PayerAt, d.Pays, d.Source = i, y.Pays, y.From
		d.Payer, d.Category = r.text(y.Pays), r.text(y.Category)
		if y.Outcome != "" {
			d.Outcome = strings.ReplaceAll(y.Outcome, "{payer}", d.Payer)
		}
		if d.Payer == "" {
			d.Source = ""
		}
		return
	}
	d.Category = r.text(r.p.endElse[d.End.index])
	if d.End.Outcome != "" {
		d.Outcome = d.End.Outcome
	}
}

// Trace is the boxes asked, joined by >.
func (d *Decision) Trace() string {
	labels := make([]string, len(d.Steps))
	for i, s := range d.Steps {
		labels[i] = s.Box.Box.Trace
	}
	return strings.Join(labels, ">")
}

// text is the value of a node that gives a text.
func (r *Record) text(n *Node) string {
	if a := r.answer(n); a != nil {
		return a.text
	}
	switch n.op {
	case opConst:
		return n.str
	case opColumn:
		return r.values[n.column]
	case opDate:
		r.From, r.To = max(r.From, r.date), min(r.To, r.date)
		return r.date.String()
	case opField:
		return r.field(n)
	case opFact:
		return r.fact(n).text
	case opCond:
		if r.truth(n.args[0]) {
			return r.text(n.args[1])
		}
		return r.text(n.args[2])
	case opCall:
		return r.call(n)
	case opResult:
		return r.resultText(n.name)
	}
	return boolText(r.truth(n))
}

// answer is what a node comes to where that is known beforehand, else nil.
func (r *Record) answer(n *Node) *Answer {
	if r.leaves == nil {
		return nil
	}
	if at, ok := r.leaves[n]; ok {
		return &r.answers[at.slot][at.leaf]
	}
	return nil
}

func (r *Record) resultText(name string) string {
	switch name {
	case "source":
		return r.result.Source
	case "payer":
		return r.result.Payer
	}
	return r.result.Box
}

func (r *Record) call(n *Node) string {
	var buf [3]string
	args := buf[:len(n.args)]
	for i, a := range n.args {
		args[i] = r.text(a)
	}
	return n.eval(args, n.list)
}

// truth is the answer of a node that is true or false.
func (r *Record) truth(n *Node) bool {
	if a := r.answer(n); a != nil {
		return a.truth
	}
	switch n.op {
	case opConst:
		return n.str == "1"
	case opAnd:
		for _, a := range n.args {
			if !r.truth(a) {
				return false
			}
		}
		return true
	case opOr:
		for _, a := range n.args {
			if r.truth(a) {
				return true
			}
		}
		return false
	case opNot:
		return !r.truth(n.args[0])
	case opCond:
		if r.truth(n.args[0]) {
			return r.truth(n.args[1])
		}
		return r.truth(n.args[2])
	case opFact:
		return r.fact(n).truth
	case opIn:
		return contains(n.list, r.text(n.args[0]))
	case opCall:
		return r.call(n) == "1"
	}
	if n.date != 0 {
		return r.compareDate(n)
	}
	return compare(n.op, r.text(n.args[0]), r.text(n.args[1]))
}

// compareDate compares the assignment date with a constant and notes on which
// days the answer would be the same. A missing date is before every other.
func (r *Record) compareDate(n *Node) bool {
	d, c := r.date, n.date
	switch {
	case d < c:
		r.To = min(r.To, c-1)
	case d > c:
		r.From = max(r.From, c+1)
	default:
		r.From, r.To = c, c
	}
	switch n.op {
	case opEq:
		return d == c
	case opNe:
		return d != c
	case opLt:
		return d < c
	case opLe:
		return d <= c
	case opGt:
		return d > c
	default: // opGe
		return d >= c
	}
}

func (r *Record) fact(n *Node) factState {
	s := &r.facts[n.fact.index]
	if s.known {
		return *s
	}
	def := n.args[0]
	if n.isBool {
		s.truth = r.truth(def)
		s.text = boolText(s.truth)
	} else {
		s.text = r.text(def)
	}
	s.known = true
	return *s
}

func (r *Record) field(n *Node) string {
	s := &r.rows[n.row]
	if !s.known {
		key := r.text(n.args[0])
		s.found = r.find(n.lookup, key)
		s.known = true
	}
	return fieldText(n.lookup.Table, s.found, n.column)
}

func (r *Record) find(l *Lookup, key string) register.Found {
	if key == "" {
		return register.Found{Row: register.NoRow, From: register.Earliest, To: register.Latest}
	}
	if l.Undated {
		return l.Table.FindEver(key, r.nth)
	}
	if r.date < l.Since {
		r.To = min(r.To, l.Since-1)
		return register.Found{Row: register.NoRow}
	}
	if l.Since > register.Earliest {
		r.From = max(r.From, l.Since)
	}
	f := l.Table.Find(key, r.date, r.nth)
	r.From, r.To = max(r.From, f.From), min(r.To, f.To)
	return f
}

// Episode is what the spell rule asks of one episode.
type Episode struct {
	Applies      bool // the record is an episode of a spell
	Specialised  bool // and carries a specialised line
	EpisodeOnly  bool // which is its own only, never its spell's
	FollowsSpell bool // which counts only when its spell is specialised
}

// Episode answers the questions of the spell rule; false throughout when the
// method has none.
func (r *Record) Episode() Episode {
	s := r.p.Spell
	if s == nil {
		return Episode{}
	}
	r.date = r.AssignmentDate()
	e := Episode{Applies: r.truth(s.Applies)}
	if e.Applies && r.truth(s.Specialised) {
		e.Specialised = true
		e.EpisodeOnly = r.truth(s.EpisodeOnly)
		e.FollowsSpell = r.truth(s.FollowsSpell)
	}
	return e
}

// EpisodeColumns are the columns on which the answers to the spell rule depend.
func (p *Program) EpisodeColumns() []int {
	if p.Spell == nil {
		return nil
	}
	seen := map[*Node]bool{}
	columns := map[int]bool{}
	for _, n := range []*Node{p.Spell.Applies, p.Spell.Specialised, p.Spell.EpisodeOnly, p.Spell.FollowsSpell, p.Date} {
		for _, c := range columnsOf(n, seen) {
			columns[c] = true
		}
	}
	return slices.Sorted(maps.Keys(columns))
}

// Input is the cleaned text of an input of the record.
func (r *Record) Input(name string) string {
	for _, in := range r.p.Method.Inputs {
		if in.Name == name {
			return r.text(r.p.node(in.node()))
		}
	}
	return ""
}
