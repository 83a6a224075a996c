package register

import (
	"slices"
	"strings"
)

// Fact is one row of one table as a reader sees it.
type Fact struct {
	Table      string  `json:"table"`
	Values     []Value `json:"values"` // blank values are left out
	ValidFrom  string  `json:"valid_from"`
	ValidTo    string  `json:"valid_to"`
	Source     string  `json:"source"`
	Confidence string  `json:"confidence"`
}

// Value is one column of a fact.
type Value struct {
	Column string `json:"column"`
	Text   string `json:"text"`
}

// Related is another code that has to do with the one described.
type Related struct {
	Code  string `json:"code"`
	Kind  string `json:"kind"`
	Name  string `json:"name,omitempty"`
	How   string `json:"how,omitempty"` // merger, split, ...
	On    string `json:"on,omitempty"`  // the day of a succession
	Until string `json:"until,omitempty"`
}

// Description is everything the pack knows of a code.
type Description struct {
	Code         string    `json:"code"`
	On           string    `json:"on"`
	Facts        []Fact    `json:"facts"`          // those that hold on the day
	Other        []Fact    `json:"at_other_times"` // those that hold on other days only
	Predecessors []Related `json:"predecessors"`
	Successors   []Related `json:"successors"`
	Children     []Related `json:"children"`
	Resembles    []Related `json:"resembles"` // for a code that is not known
}

// Known says whether any table has the code, on whatever day.
func (d *Description) Known() bool { return len(d.Facts)+len(d.Other) > 0 }

// twice are tables that repeat what another says.
var twice = []string{"tool_service_line", "commissioned_service_category", "point_of_delivery", "organisation"}

// Describe gathers every fact about a code: an organisation, a practice, a
// postcode, a service line or any other key of a table.
func (p *Pack) Describe(code string, on Day) Description {
	code = strings.ToUpper(strings.TrimSpace(code))
	d := Description{Code: code, On: on.String(), Facts: []Fact{}, Other: []Fact{}, Predecessors: []Related{}, Successors: []Related{}, Children: []Related{}, Resembles: []Related{}}
	for _, name := range p.Names() {
		t := p.tables[name]
		if slices.Contains(twice, name) {
			continue
		}
		key := code
		if t.Key == "postcode" {
			key = NormalPostcode(code)
		}
		for _, v := range t.versions(key) {
			f := t.fact(v, key)
			if v.from <= on && on <= v.to {
				d.Facts = append(d.Facts, f)
			} else {
				d.Other = append(d.Other, f)
			}
		}
	}
	d.succession(p)
	d.children(p, on)
	if !d.Known() {
		d.Resembles = p.resembling(code)
	}
	return d
}

func (t *Table) fact(v version, key string) Fact {
	n := t.notes[v.row]
	f := Fact{Table: t.Name, ValidFrom: v.from.String(), ValidTo: v.to.String(), Source: n.source, Confidence: n.confidence}
	for i, c := range t.Columns {
		text := t.rows[v.row][i]
		if c == t.Key {
			text = key // rows of a postcode directory serve many keys
		}
		if text != "" {
			f.Values = append(f.Values, Value{c, text})
		}
	}
	return f
}

func (d *Description) succession(p *Pack) {
	t := p.tables["succession"]
	if t == nil {
		return
	}
	for row, r := range t.rows {
		from, to := r[0], r[1]
		if from == to {
			continue // renamed and under another parent: the facts tell
		}
		related := Related{Kind: t.at(int32(row), "kind"), How: t.at(int32(row), "type"), On: t.at(int32(row), "effective_on")}
		switch d.Code {
		case from:
			if related.Code = to; to == "" {
				related.Code = "(none)"
			}
			related.Name = p.nameOf(to)
			d.Successors = append(d.Successors, related)
		case to:
			related.Code, related.Name = from, p.nameOf(from)
			d.Predecessors = append(d.Predecessors, related)
		}
	}
}

func (d *Description) children(p *Pack, on Day) {
	for _, c := range []struct{ kind, parent string }{
		{"icb", "region"}, {"sub_icb", "icb"}, {"reporting_entity", "sub_icb"}, {"provider", "icb"}, {"practice", "commissioner"},
	} {
		t := p.tables[c.kind]
		if t == nil || t.Column(c.parent) < 0 {
			continue
		}
		parent, name := t.Column(c.parent), t.Column("name")
		for _, code := range t.Keys() {
			f := t.Find(code, on, 0)
			if f.Row == NoRow || t.rows[f.Row][parent] != d.Code {
				continue
			}
			d.Children = append(d.Children, Related{Code: code, Kind: c.kind, Name: t.Value(f.Row, name), Until: f.To.String()})
		}
	}
}

func (p *Pack) nameOf(code string) string {
	t := p.tables["organisation"]
	return t.at(t.FindEver(code, 0).Row, "name")
}

// resembling looks for codes that may have been meant: cut short, with a
// trailing 00, without the prefix of a service line, one character off, or
// having the text in their name.
func (p *Pack) resembling(code string) []Related {
	const most = 12
	var found []Related
	add := func(t *Table, key, how string) {
		if len(found) < most && !slices.ContainsFunc(found, func(r Related) bool { return r.Code == key }) {
			found = append(found, Related{Code: key, Kind: t.Name, Name: t.at(t.FindEver(key, 0).Row, nameColumn(t)), How: how})
		}
	}
	tables := []string{"organisation", "service_line", "practice", "treatment_function", "pod", "category"}
	for _, name := range tables {
		t := p.tables[name]
		if cut, has := strings.CutSuffix(code, "00"); has && t.byKey[cut] != nil {
			add(t, cut, "without the trailing 00")
		}
		if t.byKey["NCBPS"+code] != nil {
			add(t, "NCBPS"+code, "with the prefix NCBPS")
		}
	}
	for _, name := range tables {
		t := p.tables[name]
		for _, key := range t.Keys() {
			switch {
			case len(code) >= 3 && len(key) > len(code) && len(key) <= 5 && strings.HasPrefix(key, code):
				add(t, key, "begins so")
			case oneOff(key, code):
				add(t, key, "one character differs")
			case len(code) >= 4 && strings.Contains(strings.ToUpper(t.at(t.FindEver(key, 0).Row, nameColumn(t))), code):
				add(t, key, "has it in the name")
			}
		}
	}
	return found
}

func nameColumn(t *Table) string {
	if t.Column("name") >= 0 {
		return "name"
	}
	return "title"
}

// oneOff says that one code becomes the other by one character put in, left
// out or changed, or by two neighbours changing places.
func oneOff(a, b string) bool {
	if len(a) < len(b) {
		a, b = b, a
	}
	if len(a) > len(b)+1 || a == b || len(b) < 2 {
		return false
	}
	i := 0
	for i < len(b) && a[i] == b[i] {
		i++
	}
	if len(a) > len(b) {
		return a[i+1:] == b[i:]
	}
	if a[i+1:] == b[i+1:] {
		return true
	}
	return i+1 < len(b) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}
