package holding

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"remit/register"
)

// Difference is something that is otherwise on one day than on another.
type Difference struct {
	Kind   string       `json:"kind"` // organisation, holder, service, instrument, committee or team
	Code   string       `json:"code"`
	Name   string       `json:"name"`
	What   string       `json:"what"` // began, closed, renamed, responsible, decides, status, state, ...
	Before string       `json:"before"`
	After  string       `json:"after"`
	People string       `json:"people,omitempty"` // code of the ICB whose people a holder is for
	On     register.Day `json:"on"`               // NoDay when it changed more than once
	Source string       `json:"source"`
}

// Between lists what changed after one day up to another: organisations,
// holders, services, instruments, committees and teams, in that order.
func (b *Book) Between(from, to register.Day) []Difference {
	list := []Difference{}
	for _, table := range []string{"region", "icb", "sub_icb", "hub", "provider"} {
		list = append(list, b.organisations(table, from, to)...)
	}
	list = append(list, b.holders(from, to)...)
	list = append(list, b.catalogue(from, to)...)
	for _, code := range sortedKeys(b.instruments) {
		list = append(list, b.states(code, from, to)...)
	}
	list = append(list, b.committeeSeats(from, to)...)
	return append(list, b.teamEmployers(from, to)...)
}

// organisations compares the rows of a table of organisations.
func (b *Book) organisations(table string, from, to register.Day) (list []Difference) {
	t := b.pack.Table(table)
	for _, code := range t.Keys() {
		was, is := t.Find(code, from, 0).Row, t.Find(code, to, 0).Row
		d := Difference{Kind: "organisation", Code: code}
		switch {
		case was == register.NoRow && is == register.NoRow:
			continue
		case was == register.NoRow:
			start, _ := span(t, code)
			d.What, d.After, d.Name, d.On, d.Source = "began", t.At(is, "name"), t.At(is, "name"), start, t.Source(is)
			list = append(list, d)
		case is == register.NoRow:
			_, end := span(t, code)
			d.What, d.Before, d.Name, d.On, d.Source = "closed", t.At(was, "name"), t.At(was, "name"), end+1, t.Source(was)
			d.After = b.heirs(code, end+1)
			list = append(list, d)
		default:
			for _, column := range []string{"name", "icb", "region"} {
				if before, after := t.At(was, column), t.At(is, column); before != after {
					start, _ := t.Valid(is)
					list = append(list, Difference{"organisation", code, t.At(is, "name"), "its " + column, before, after, "", start, t.Source(is)})
				}
			}
		}
	}
	return list
}

// span is from when to when a code is in a table.
func span(t *register.Table, code string) (from, to register.Day) {
	from, to = register.Latest, register.Earliest
	for _, row := range t.Rows(code) {
		f, e := t.Valid(row)
		from, to = min(from, f), max(to, e)
	}
	return from, to
}

// heirs are the successors of an organisation, written out.
func (b *Book) heirs(code string, on register.Day) string {
	var names []string
	for _, s := range b.successors[code] {
		if s.on == on {
			names = append(names, s.successor)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "to " + and(names)
}

// holders compares who holds which role for the people of each ICB of the later
// day. What is held alike shares a row.
func (b *Book) holders(from, to register.Day) []Difference {
	groups := map[string][]*Subject{}
	var keys []string
	for _, s := range b.subjects(to) {
		key := b.alike(s, from) + "/" + b.alike(s, to)
		if groups[key] == nil {
			keys = append(keys, key)
		}
		groups[key] = append(groups[key], s)
	}
	var list []Difference
	of := map[Difference]int{} // a row without the subject, to its place in the list
	var subjects [][]*Subject
	for _, key := range keys {
		for _, board := range b.boards(to) {
			for _, d := range b.passed(groups[key][0].subject(), board, from, to) {
				at, seen := of[d]
				if !seen {
					at = len(list)
					of[d], list, subjects = at, append(list, d), append(subjects, nil)
				}
				subjects[at] = append(subjects[at], groups[key]...)
			}
		}
	}
	for i := range list {
		list[i].Code, list[i].Name = group(subjects[i])
	}
	return list
}

// passed are the roles in a subject that passed on between two days for the
// people of an ICB.
func (b *Book) passed(s subject, board string, from, to register.Day) (list []Difference) {
	place := &Place{"icb", board, b.Name(board, to)}
	areas := b.areas(s)
	was, is := areas.segment(b.someParts(place, from), "", from, from), areas.segment(b.someParts(place, to), "", to, to)
	var segments []segment
	for _, role := range []Role{Accountable, Responsible, Decides, Contracts, Pays, Employs} {
		before, after := b.names(&was, role), b.names(&is, role)
		if before == after {
			continue
		}
		if segments == nil {
			segments = b.history(s, place, "")
		}
		list = append(list, Difference{Kind: "holder", What: string(role), Before: before, After: after, People: board,
			On: b.changedOn(segments, role, from, to), Source: b.sourceOf(&is, role)})
	}
	return list
}

// group names subjects that are held alike.
func group(of []*Subject) (code, name string) {
	if len(of) == 1 {
		return of[0].Code, of[0].Title
	}
	codes := make([]string, len(of))
	titles := make([]string, len(of))
	services := 0
	for i, s := range of {
		codes[i], titles[i] = s.Code, s.Title
		if s.Kind == "service" {
			services++
		}
	}
	code = strings.Join(codes, " ")
	if services == len(of) {
		return code, fmt.Sprintf("%d services", services)
	}
	return code, strings.Join(titles, "; ")
}

// changedOn is the day on which a role passed on, when it did so once.
func (b *Book) changedOn(segments []segment, role Role, from, to register.Day) register.Day {
	before, _ := b.changes(segments, to, role)
	found := register.NoDay
	for _, c := range before {
		if c.On <= from {
			continue
		}
		if found != register.NoDay {
			return register.NoDay
		}
		found = c.On
	}
	return found
}

func (b *Book) sourceOf(g *segment, role Role) string {
	for _, st := range g.states {
		if posts := st.in(role); len(posts) > 0 {
			return posts[0].source
		}
	}
	return ""
}

// catalogue compares the status of service lines and the sets of services.
func (b *Book) catalogue(from, to register.Day) (list []Difference) {
	for _, set := range sortedKeys(b.sets) {
		for _, code := range b.inSets[set] {
			was, is := b.inSet(set, code, from), b.inSet(set, code, to)
			if was == is {
				continue
			}
			f := b.sets[set][code][0]
			d := Difference{Kind: "service", Code: code, Name: b.byService[code].title, What: "joined " + set, On: f.from, Source: f.source}
			if was {
				d.What, d.On = "left "+set, f.to+1
			}
			list = append(list, d)
		}
	}
	t := b.pack.Table("service_line")
	for _, code := range t.Keys() {
		was, is := t.Find(code, from, 0), t.Find(code, to, 0)
		before, after := t.At(was.Row, "status"), t.At(is.Row, "status")
		if before == after {
			continue
		}
		row, day := is.Row, is.From
		if row == register.NoRow {
			row = was.Row
		}
		list = append(list, Difference{"service", code, t.At(row, "title"), "status", before, after, "", day, t.Source(row)})
	}
	return list
}

// states compares the state of an instrument.
func (b *Book) states(code string, from, to register.Day) []Difference {
	was, _ := on(b.instruments[code], from)
	is, ok := on(b.instruments[code], to)
	before := ""
	if was != nil {
		before = was.state
	}
	if !ok || is.state == before {
		return nil
	}
	return []Difference{{"instrument", code, is.title, "state", before, is.state, "", is.from, is.source}}
}

func (b *Book) committeeSeats(from, to register.Day) (list []Difference) {
	for _, code := range sortedKeys(b.committees) {
		was, had := on(b.committees[code], from)
		is, has := on(b.committees[code], to)
		if has && (!had || was.kind != is.kind) {
			before := ""
			if had {
				before = was.kind
			}
			list = append(list, Difference{"committee", code, is.name, "kind", before, is.kind, "", is.from, is.source})
		}
		for _, m := range b.members[code] {
			d := Difference{Kind: "committee", Code: code, Name: b.Name(code, to), People: "", Source: m.source}
			switch {
			case m.holds(to) && !b.member(m, from):
				d.What, d.After, d.On = "seat taken", m.organisation, m.from
			case m.holds(from) && !b.member(m, to):
				d.What, d.Before, d.On = "seat given up", m.organisation, m.to+1
			default:
				continue
			}
			list = append(list, d)
		}
	}
	return list
}

func (b *Book) member(m *member, day register.Day) bool {
	return b.seated(m.organisation, m.committee, day) != nil
}

func (b *Book) teamEmployers(from, to register.Day) (list []Difference) {
	for _, code := range sortedKeys(b.teams) {
		t := b.teams[code]
		was, had := on(b.employers[t.code], from)
		is, has := on(b.employers[t.code], to)
		if !has || had && was.employer == is.employer {
			continue
		}
		before := ""
		if had {
			before = cmp.Or(was.employer, "not established")
		}
		list = append(list, Difference{"team", t.code, t.name, "employer", before, cmp.Or(is.employer, "not established"), "", is.from, is.source})
	}
	return slices.Clip(list)
}
