package method

import (
	"slices"
	"strings"
)

// flow builds the chart out of boxes and ends and checks its shape.
func (b *builder) flow() {
	for i, fe := range b.f.Ends {
		b.end(i, fe)
	}
	for i, fb := range b.f.Boxes {
		b.box(i, fb)
	}
	for _, fr := range b.f.Start {
		r := Route{To: fr.To.value, Says: fr.Says, when: fr.When}
		if fr.When.value != "" {
			r.When = b.compile(fr.When, true)
		}
		b.arrow(fr.To, r.To)
		b.m.Start = append(b.m.Start, r)
	}
	if len(b.m.Start) == 0 {
		b.fault(b.f.Method, "Add start: with a route to the first box", "the method does not say where a record starts")
		return
	}
	if last := b.m.Start[len(b.m.Start)-1]; last.When != nil {
		b.fault(last.when, "Let the last route have no condition", "a record for which no start condition holds has nowhere to go")
	}
	b.order()
}

func (b *builder) end(i int, fe fileEnd) {
	e := &End{Name: fe.Name.value, Label: fe.Label, Note: fe.Note, index: i}
	if e.Label == "" {
		e.Label = e.Name
	}
	if b.m.ends[e.Name] != nil {
		b.fault(fe.Name, "Give it another name", "there are two ends called %q", e.Name)
	}
	payers := fe.Payers
	if fe.Use.value != "" {
		shared, ok := b.f.Payers[fe.Use.value]
		if !ok {
			b.fault(fe.Use, "Define it under payers:", "there is no list of payers %q", fe.Use.value)
		}
		payers = append(slices.Clone(payers), shared...)
	}
	for _, fp := range payers {
		e.Payers = append(e.Payers, b.payer(fp, fe.Category))
	}
	e.Category = b.compile(fe.Category, false)
	if fe.Else != nil {
		e.Outcome = fe.Else.Outcome.value
		e.Category = b.compile(fe.Else.Category, false)
	}
	b.m.Ends = append(b.m.Ends, e)
	b.m.ends[e.Name] = e
}

func (b *builder) payer(fp filePayer, category text) Payer {
	p := Payer{From: fp.From.value, Outcome: fp.Outcome.value, Pays: b.compile(fp.Pays, false), pays: fp.Pays, when: fp.When, category: category}
	if fp.Category.value != "" {
		p.category = fp.Category
	}
	p.Category = b.compile(p.category, false)
	if p.From == "" {
		b.fault(fp.Pays, "Write from: practice, postcode, provider, ...", "it is not said which look-up supplies this payer")
	}
	p.When = fold(&Node{op: opNe, isBool: true, args: []*Node{p.Pays, constant("")}})
	if fp.When.value != "" {
		p.When = b.compile(fp.When, true)
	}
	return p
}

func (b *builder) box(i int, fb fileBox) {
	x := &Box{
		Label: fb.Label.value, Trace: fb.Trace, Asks: fb.Asks, Note: fb.Note, index: i, when: fb.When, expr: fb.When.value,
		When: b.compile(fb.When, true), Yes: b.choose(fb.Yes), No: b.choose(fb.No),
	}
	if x.Trace == "" {
		x.Trace = x.Label
	}
	if b.m.boxes[x.Label] != nil {
		b.fault(fb.Label, "Give each box its own label", "there are two boxes labelled %s", x.Label)
	}
	if fb.When.value == "" {
		b.fault(fb.Label, "Write when: with a condition", "box %s has no condition", x.Label)
	}
	if x.Asks == "" {
		b.fault(fb.Label, "Write asks: with the question in plain words", "box %s has no question", x.Label)
	}
	b.m.Boxes = append(b.m.Boxes, x)
	b.m.boxes[x.Label] = x
}

// choose picks the target that the chosen reading names.
func (b *builder) choose(t target) string {
	if t.options == nil {
		return t.value
	}
	for _, r := range b.m.Readings {
		if r.ID != t.reading.value {
			continue
		}
		for _, o := range r.Options {
			if _, ok := t.options[o.Name]; !ok {
				b.fault(t.text, "Name a target for every option of reading "+r.ID, "there is no target for option %q", o.Name)
			}
		}
		return t.options[r.Chosen].value
	}
	b.fault(t.text, "Write reading: with the id of a reading", "there is no reading %q", t.reading.value)
	return ""
}

func (b *builder) arrow(at text, to string) {
	if to == "" {
		b.fault(at, "Name a box or an end", "this arrow leads nowhere")
		return
	}
	if b.m.boxes[to] == nil && b.m.ends[to] == nil {
		b.fault(at, b.didYouMean(to), "there is no box or end called %q", to)
	}
}

func (b *builder) didYouMean(name string) string {
	var names []string
	for n := range b.m.boxes {
		names = append(names, n)
	}
	for n := range b.m.ends {
		names = append(names, n)
	}
	if near := nearest(name, names); near != "" {
		return "Did you mean " + near + "?"
	}
	return "Add it under boxes: or ends:"
}

// order checks every arrow, finds cycles and boxes that no record can reach,
// and puts the boxes in an order that every path follows.
func (b *builder) order() {
	before := len(b.faults)
	for i, x := range b.m.Boxes {
		b.arrow(b.f.Boxes[i].Yes.place(b.f.Boxes[i].Label), x.Yes)
		b.arrow(b.f.Boxes[i].No.place(b.f.Boxes[i].Label), x.No)
	}
	if len(b.faults) > before {
		return
	}
	var sorted []*Box
	state := map[string]int{} // 1 being visited, 2 done
	var path []string
	var visit func(label string)
	visit = func(label string) {
		x := b.m.boxes[label]
		if x == nil || state[label] == 2 {
			return
		}
		if state[label] == 1 {
			loop := append(path[slices.Index(path, label):], label)
			b.fault(b.f.Boxes[x.index].Label, "Send one of these arrows elsewhere", "the boxes go round in a circle: %s", strings.Join(loop, " > "))
			return
		}
		state[label] = 1
		path = append(path, label)
		visit(x.No)
		visit(x.Yes)
		path = path[:len(path)-1]
		state[label] = 2
		sorted = append(sorted, x)
	}
	for i := len(b.m.Start) - 1; i >= 0; i-- {
		visit(b.m.Start[i].To)
	}
	b.unreached()
	slices.Reverse(sorted)
	for i, x := range sorted {
		x.index = i
	}
	b.m.Boxes = sorted
}

// unreached reports boxes and ends without a way in, whatever readings are chosen.
func (b *builder) unreached() {
	leads := map[string][]string{}
	for _, fb := range b.f.Boxes {
		for _, t := range []target{fb.Yes, fb.No} {
			leads[fb.Label.value] = append(leads[fb.Label.value], t.value)
			for _, o := range t.options {
				leads[fb.Label.value] = append(leads[fb.Label.value], o.value)
			}
		}
	}
	reached := map[string]bool{}
	var follow func(label string)
	follow = func(label string) {
		if reached[label] {
			return
		}
		reached[label] = true
		for _, to := range leads[label] {
			follow(to)
		}
	}
	for _, r := range b.m.Start {
		follow(r.To)
	}
	for _, fb := range b.f.Boxes {
		if !reached[fb.Label.value] {
			b.fault(fb.Label, "Lead an arrow to it or take it out", "no record can reach box %s", fb.Label.value)
		}
	}
	for _, fe := range b.f.Ends {
		if !reached[fe.Name.value] {
			b.fault(fe.Name, "Lead an arrow to it or take it out", "no record can reach the end %q", fe.Name.value)
		}
	}
}

// checkDefinitions finds facts and look-ups that are defined by themselves.
func (b *builder) checkDefinitions() {
	state := map[any]int{}
	var walk func(n *Node)
	enter := func(id any, name string, at text, def *Node) {
		switch state[id] {
		case 1:
			b.fault(at, "Break the circle", "%s is defined by itself", name)
		case 0:
			state[id] = 1
			walk(def)
			state[id] = 2
		}
	}
	walk = func(n *Node) {
		if n == nil {
			return
		}
		switch n.op {
		case opFact:
			enter(n.fact, "fact "+n.fact.Name, n.fact.expr, n.fact.Node)
		case opField:
			enter(n.lookup, "look-up "+n.lookup.Name, n.lookup.expr, n.lookup.Key)
		}
		for _, a := range n.args {
			walk(a)
		}
	}
	for _, x := range b.m.Facts {
		walk(&x.node)
	}
	for _, l := range b.m.Lookups {
		walk(&Node{op: opField, lookup: l})
	}
}
