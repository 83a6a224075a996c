package method

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Differences is what distinguishes two methods, part by part.
type Differences struct {
	From    string   `json:"from"` // the spec of the first method
	To      string   `json:"to"`
	Changes []Change `json:"changes"`
}

// Change is one difference: a named part that only one method has, or one field
// of a part that both have.
type Change struct {
	Part   string `json:"part"`   // box, end, reading, list, ...
	Name   string `json:"name"`   // C-0a
	Change string `json:"change"` // added, removed or changed
	Field  string `json:"field,omitempty"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// None reports whether the methods say the same.
func (d Differences) None() bool { return len(d.Changes) == 0 }

// Diff compares two methods as they are written, under their chosen readings.
// What only one of them has is listed with its fields.
func Diff(a, b *Method) Differences {
	d := Differences{From: a.Spec(), To: b.Spec(), Changes: []Change{}}
	before, after := a.Description().parts(), b.Description().parts()
	for i := range before {
		d.compare(before[i], after[i])
	}
	return d
}

// part is a kind of thing in a method, and all things of that kind.
type part struct {
	name   string
	things []thing
}

// thing is one named thing with its fields.
type thing struct {
	name   string
	fields []field
}

type field struct{ name, value string }

func (d *Differences) compare(before, after part) {
	for _, t := range after.things {
		i := slices.IndexFunc(before.things, func(o thing) bool { return o.name == t.name })
		if i < 0 {
			d.only(before.name, "added", t)
			continue
		}
		for _, c := range changedFields(before.things[i], t) {
			c.Part = before.name
			d.Changes = append(d.Changes, c)
		}
	}
	for _, t := range before.things {
		if !slices.ContainsFunc(after.things, func(n thing) bool { return n.name == t.name }) {
			d.only(before.name, "removed", t)
		}
	}
}

func (d *Differences) only(part, change string, t thing) {
	for _, f := range t.fields {
		if f.value == "" {
			continue
		}
		c := Change{Part: part, Name: t.name, Change: change, Field: f.name}
		if change == "added" {
			c.After = f.value
		} else {
			c.Before = f.value
		}
		d.Changes = append(d.Changes, c)
	}
}

// changedFields compares two things of the same name. Payers of an end are fields
// too, numbered in their order.
func changedFields(before, after thing) []Change {
	var changes []Change
	value := func(t thing, name string) string {
		i := slices.IndexFunc(t.fields, func(f field) bool { return f.name == name })
		if i < 0 {
			return ""
		}
		return t.fields[i].value
	}
	var names []string
	for _, f := range slices.Concat(before.fields, after.fields) {
		if !slices.Contains(names, f.name) {
			names = append(names, f.name)
		}
	}
	for _, name := range names {
		if o, n := value(before, name), value(after, name); o != n {
			changes = append(changes, Change{Name: after.name, Change: "changed", Field: name, Before: o, After: n})
		}
	}
	return changes
}

// headings are the parts in the order in which they are compared and shown.
var headings = map[string]string{
	"method": "Method", "start": "Start", "box": "Boxes", "end": "Ends", "reading": "Readings", "list": "Lists",
	"fact": "Facts", "lookup": "Look-ups", "input": "Inputs", "spell": "Spells", "warning": "Warnings",
}

// parts takes a description apart. Both methods of a comparison have the same parts in the same order.
func (d Description) parts() []part {
	parts := []part{
		{name: "method", things: d.headerThings()}, {name: "start"}, {name: "box"}, {name: "end"}, {name: "reading"},
		{name: "list"}, {name: "fact"}, {name: "lookup"}, {name: "input"}, {name: "spell"}, {name: "warning"},
	}
	add := func(name, thingName string, fields ...field) {
		i := slices.IndexFunc(parts, func(p part) bool { return p.name == name })
		parts[i].things = append(parts[i].things, thing{thingName, fields})
	}
	for i, r := range d.Start {
		add("start", fmt.Sprint(i+1), field{"to", r.To}, field{"when", r.When}, field{"says", r.Says})
	}
	for _, x := range d.Boxes {
		add("box", x.Label, field{"asks", x.Asks}, field{"note", x.Note}, field{"when", x.When}, field{"yes", x.Yes}, field{"no", x.No}, field{"traced as", x.TracedAs})
	}
	for _, e := range d.Ends {
		add("end", e.Name, e.fields()...)
	}
	for _, r := range d.Readings {
		add("reading", r.ID, r.fields()...)
	}
	for _, l := range d.Lists {
		add("list", l.Name, l.fields()...)
	}
	for _, x := range d.Facts {
		add("fact", x.Name, field{"says", x.Says}, field{"is", x.Is})
	}
	for _, l := range d.Lookups {
		add("lookup", l.Name, field{"is", l.text()})
	}
	for _, in := range d.Inputs {
		add("input", in.Field, field{"as", in.As}, field{"note", in.Note})
	}
	if s := d.Spell; s != nil {
		add("spell", "rule", field{"says", s.Says}, field{"applies", s.Applies}, field{"specialised", s.Specialised}, field{"episode only", s.EpisodeOnly}, field{"follows spell", s.FollowsSpell})
	}
	for _, w := range d.Warnings {
		add("warning", w.Code, field{"says", w.Says}, field{"do", w.Do}, field{"when", w.When})
	}
	return parts
}

func (d Description) headerThings() []thing {
	return []thing{{"header", []field{
		{"title", d.Title}, {"kind", d.Kind}, {"authority", d.Authority}, {"applies", d.From + " to " + d.To},
		{"carried forward to", d.CarriedTo}, {"carried forward", d.Carried}, {"not established", d.NotEstablished},
		{"compare with", d.Compare}, {"sources", strings.Join(d.Sources, "; ")}, {"assignment date", d.Date},
	}}}
}

func (e EndDescription) fields() []field {
	fields := []field{{"label", e.Label}, {"note", e.Note}, {"category", e.Category}}
	for i, y := range e.Payers {
		fields = append(fields, field{fmt.Sprintf("payer %d", i+1), y.text()})
	}
	return append(fields, field{"otherwise", e.Otherwise})
}

func (r ReadingDescription) fields() []field {
	fields := []field{{"question", r.Question}, {"default", r.Default}, {"chosen", r.Chosen}}
	for _, o := range r.Options {
		fields = append(fields, field{"option " + o.Name, o.Means})
	}
	return fields
}

// fields has one field for each code, so that a comparison names the codes that
// came and went.
func (l ListDescription) fields() []field {
	fields := []field{{"says", l.Says}, {"source", l.Source}}
	for _, c := range l.Codes {
		shown := codeList([]string{c})
		fields = append(fields, field{"code " + shown, shown})
	}
	return fields
}

// Write writes the differences for people to read: - is the first method, + the second.
func (d Differences) Write(w io.Writer) error {
	p := &prose{}
	if d.None() {
		fmt.Fprintf(p, "%s and %s say the same.\n", d.From, d.To)
	} else {
		fmt.Fprintf(p, "- %s\n+ %s\n", d.From, d.To)
	}
	last := Change{}
	for _, c := range d.Changes {
		if c.Part != last.Part {
			fmt.Fprintf(p, "\n%s\n", headings[c.Part])
		}
		if c.Part != last.Part || c.Name != last.Name {
			fmt.Fprintf(p, "\n  %s (%s)\n", c.Name, c.Change)
		}
		p.change(c)
		last = c
	}
	_, err := io.WriteString(w, p.String())
	return err
}

func (p *prose) change(c Change) {
	fmt.Fprintf(p, "    %s\n", c.Field)
	for _, side := range []struct{ sign, value string }{{"- ", c.Before}, {"+ ", c.After}} {
		if side.value != "" {
			p.indented(side.value, "      "+side.sign, "        ")
		}
	}
}
