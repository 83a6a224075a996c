package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"remit/holding"
)

// organisation shows one organisation: what it is, what it holds, its history
// and its neighbours.
func (s *Site) organisation(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	org := r.PathValue("code")
	table, found, ok := a.Register.organisation(org, a.On)
	if !ok {
		return missing("organisation", org, "Search by its name, or by a part of it.")
	}
	v := view{Page: "organisation", Place: "/organisations", Dated: true, Title: nameOf(found), Warn: ended("organisation", found, a.On),
		Trail: []link{{"Organisations", a.To("/organisations")}, {kindsOf(table), a.To("/organisations", "list", table)}}}
	v.Facts = append([]named{{"Code", code(org)}, {"Kind", say(kindOf(table))}}, columnFacts(a, found, "name", "code", "note", "short_name", "kind")...)
	if n := populationCell(a, org); n.Text != "" {
		v.Facts = append(v.Facts, named{"Registered patients", n})
	}
	if note := found.Get("note"); note != "" {
		v.Facts = append(v.Facts, named{"Note", say(sentence(note))})
	}
	v.Facts = append(v.Facts, provenance(a, found)...)
	body := struct{ Map *mapDrawing }{}
	v.succession(a, org)
	if table == "icb" {
		v.Lead = boardLead(a, found)
		body.Map = neighbourMap(a, org)
		v.boardParts(a, org)
	}
	if org == "NHSE" {
		v.Parts = append(v.Parts, section{ID: "retained", Title: "What it holds", Links: []link{{"Everything that NHS England retains", a.To("/retained")}}})
	}
	v.related(a, table, org)
	v.holds(a, org)
	v.add("history", "How it is recorded through time", "", rowsTable(a, "history", "The organisation through time", a.Register.all(table, org), "code"))
	v.add("news", "In the news of commissioning", "", newsTable(a, "news", "Events", eventsAbout(a, table+":"+org)))
	v.Body = body
	return s.show(w, r, v)
}

func kindsOf(table string) string {
	for _, k := range organisationKinds {
		if k.kind == table {
			return k.title
		}
	}
	return sentence(table)
}

// columnFacts are the columns of a row that say something, but for some.
func columnFacts(a *Asked, r row, without ...string) []named {
	var list []named
	for _, c := range columnsOf(r.Table) {
		if r.Get(c) != "" && !slices.Contains(without, c) {
			list = append(list, named{columnTitle(c), valueCell(a, c, r.Get(c))})
		}
	}
	return list
}

// boardLead says in a sentence what a board came out of and what it became.
func boardLead(a *Asked, r row) string {
	c := r.Get("code")
	var before, after []string
	for _, m := range a.Register.rows["succession"] {
		if m.Get("successor") == c && m.Get("kind") == "icb" {
			before = append(before, a.Register.Name(m.Get("predecessor"), a.On))
		}
		if m.Get("predecessor") == c && m.Get("kind") == "icb" {
			after = append(after, a.Register.Name(m.Get("successor"), a.On))
		}
	}
	switch {
	case len(after) == 1:
		return fmt.Sprintf("It became part of %s.", after[0])
	case len(after) > 1:
		return fmt.Sprintf("It was divided among %s.", list(after))
	case len(before) > 0:
		return fmt.Sprintf("Its people were those of %s.", list(before))
	}
	return ""
}

// list joins names as a sentence does.
func list(names []string) string {
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// neighbourMap shows a board among those that it borders.
func neighbourMap(a *Asked, icb string) *mapDrawing {
	o := outlineOf(icb, a.On)
	day := a.On
	if o == nil { // it has ended, or has not begun: show it as it was
		for _, r := range a.Register.all("icb", icb) {
			if o = outlineOf(icb, r.From); o != nil {
				day = r.From
				break
			}
		}
	}
	if o == nil {
		return nil
	}
	m := drawMap("map", nameAt(a, icb)+" and its neighbours", day, func(c string) string { return a.Register.Name(c, day) }, func(c string) (string, string, string) {
		href := a.To("/organisations/" + c)
		switch {
		case c == icb:
			return "joint", "This board", ""
		case slices.Contains(o.adjacent, c):
			return "board", "Borders it", href
		}
		return "unknown", "Elsewhere", href
	})
	m.ViewBox, m.Grain = o.box.view(), o.box.grain()
	m.Areas = slices.DeleteFunc(m.Areas, func(x mapArea) bool { return strings.HasSuffix(x.Says, ": Elsewhere") })
	m.Key = slices.DeleteFunc(m.Key, func(k mapKey) bool { return k.Word == "Elsewhere" })
	return m
}

func nameAt(a *Asked, code string) string { return a.Register.Name(code, a.On) }

// boardParts says through which committees and instruments an integrated care
// board works, and what lies in it.
func (v *view) boardParts(a *Asked, org string) {
	members := where(a.Register.on("committee_member", a.On), "organisation", org)
	v.add("committees", "Joint committees", "", membershipTable(a, members))
	v.add("instruments", "Instruments that it is a party to", "", partyTable(a, where(a.Register.on("instrument_party", a.On), "party", org)))
	v.add("clusters", "Clusters", "Boards of a cluster share leadership, and stay bodies of their own.", rowsTable(a, "clusters", "Clusters", where(a.Register.rows["icb_cluster"], "icb", org), "icb"))
	v.add("teams", "Teams that it employs", "", rowsTable(a, "teams", "Teams", where(a.Register.on("team_employer", a.On), "employer", org), "employer"))
	v.add("sub_icbs", "Sub-ICB locations", "Records name the commissioner by these codes.", organisationsTable(a, "sub_icb", "Sub-ICB locations on "+longDate(a.On), where(a.Register.on("sub_icb", a.On), "icb", org)))
	v.add("providers", "Providers whose main site is in its area", "", organisationsTable(a, "provider", "Providers on "+longDate(a.On), where(a.Register.on("provider", a.On), "icb", org)))
	v.add("neighbours", "Neighbours", "Boards whose outlines touch.", neighboursTable(a, org))
	if n := practicesOf(a, org); n > 0 {
		v.Facts = append(v.Facts, named{"Practices", number(n)})
	}
}

// practicesOf counts the practices of a board's sub-ICB locations on the day.
func practicesOf(a *Asked, icb string) int {
	counts := remember(&a.Register.answers, "practices "+a.On.String(), func() map[string]int {
		counts := map[string]int{}
		for _, p := range a.Register.on("practice", a.On) {
			counts[p.Get("commissioner")]++
		}
		return counts
	})
	n := 0
	for _, sub := range where(a.Register.on("sub_icb", a.On), "icb", icb) {
		n += counts[sub.Get("code")]
	}
	return n
}

func neighboursTable(a *Asked, icb string) *Table {
	o := outlineOf(icb, a.On)
	if o == nil {
		return nil
	}
	t := &Table{Name: "neighbours", Caption: "Neighbours on " + longDate(a.On), Columns: []Column{{Key: "name", Title: "Board"}, {Key: "code", Title: "Code"}, {Key: "region", Title: "Region"}}}
	for _, c := range o.adjacent {
		r, ok := a.Register.at("icb", c, a.On)
		if ok {
			t.Rows = append(t.Rows, Row{to(nameOf(r), a.To("/organisations/"+c)), code(c), valueCell(a, "region", r.Get("region"))})
		}
	}
	slices.SortFunc(t.Rows, func(x, y Row) int { return strings.Compare(x[0].Text, y[0].Text) })
	return t
}

// holds says in what an organisation, committee or body has a role on the day,
// and how many services it commissions.
func (v *view) holds(a *Asked, org string) {
	book, err := a.Register.book()
	if err != nil {
		return
	}
	all, err := book.Holds(org, a.On)
	if err != nil || len(all) == 0 {
		return
	}
	services := 0
	for _, h := range all {
		if h.Subject.Kind == "service" && slices.Contains(h.Roles, holding.Responsible) {
			services++
		}
	}
	if services > 0 {
		v.Facts = append(v.Facts, named{"Services it commissions", Cell{Text: thousands(services) + " of " + thousands(len(a.Register.on("service", a.On))), Href: "#held"}})
	}
	v.add("held", "What it holds on "+longDate(a.On), "Each service and function in which it has a part. Pick one for the whole chain of roles.", heldTable(a, "held", "Services and functions", org, all))
}

// heldTable lists what somebody holds: in which roles, on what authority, for
// whom. For a board, each leads to the question for its people.
func heldTable(a *Asked, name, caption, org string, all []holding.Held) *Table {
	t := &Table{Name: name, Caption: caption, Search: true, Columns: []Column{{Key: "code", Title: "Code"}, {Key: "what", Title: "Service or function"}, {Key: "programme", Title: "Programme", Filter: true},
		{Key: "parts", Title: "Its parts"}, {Key: "authority", Title: "On what authority", Filter: true}, {Key: "since", Title: "Since"}, {Key: "people", Title: "For the people of"}}}
	place := org
	if len(a.Register.all("icb", org)) == 0 {
		place = ""
	}
	for _, h := range all {
		var parts []string
		for _, r := range h.Roles {
			parts = append(parts, strings.ReplaceAll(string(r), "_", " "))
		}
		basis := say(basisWord(h.Basis)).or("Not established")
		if h.Instrument != "" {
			basis.Href = a.To("/instruments/" + url.PathEscape(h.Instrument))
		}
		if h.Confidence != "high" && h.Confidence != "" {
			basis.Tag = h.Confidence + " confidence"
		}
		people := say("").or("All")
		if h.People != "" {
			people = say(spoken(a, h.People))
		}
		t.Rows = append(t.Rows, Row{code(h.Subject.Code), Cell{Text: h.Subject.Title, Href: a.To("/", "service", h.Subject.Code, "for", place), More: prefix("with ", h.With)},
			say(h.Subject.Programme).or("None"), cited(sentence(strings.Join(parts, ", "))), basis, dayCell(h.Since).or("Not established"), people})
	}
	return t
}

func membershipTable(a *Asked, members []row) *Table {
	t := &Table{Name: "committees", Caption: "Committees on " + longDate(a.On), Columns: []Column{{Key: "committee", Title: "Committee"}, {Key: "voting", Title: "Votes"}, {Key: "since", Title: "Member since"}, {Key: "source", Title: "Source"}}}
	for _, m := range members {
		c := m.Get("committee")
		t.Rows = append(t.Rows, Row{organisationCell(a, c, a.Register.Name(c, a.On)).doubt(m), say(sentence(m.Get("voting"))).or("Not known"), dayCell(m.From).or("Not established"), cited(a.Register.source(m))})
	}
	return t
}

func partyTable(a *Asked, parties []row) *Table {
	t := &Table{Name: "instruments", Caption: "Instruments on " + longDate(a.On), Columns: []Column{{Key: "instrument", Title: "Instrument"}, {Key: "role", Title: "As"}, {Key: "signed", Title: "Signed"}, {Key: "state", Title: "State"}, {Key: "source", Title: "Source"}}}
	for _, p := range parties {
		c := p.Get("instrument")
		name, state := c, ""
		if i, ok := a.Register.nearest("instrument", c, a.On); ok {
			name, state = i.Get("title"), i.Get("state")
		}
		t.Rows = append(t.Rows, Row{Cell{Text: name, Href: a.To("/instruments/" + url.PathEscape(c))}.doubt(p), say(sentence(p.Get("role"))), say(sentence(p.Get("signed"))).or("Not known"), say(stateWord(state)).or("Not known"), cited(a.Register.source(p))})
	}
	return t
}

// succession lists what an organisation was before and what it became.
func (v *view) succession(a *Asked, org string) {
	v.add("predecessors", "Predecessors", "", movesTable(a, where(a.Register.rows["succession"], "successor", org)))
	t := movesTable(a, where(a.Register.rows["succession"], "predecessor", org))
	t.Name = "successors"
	v.add("successors", "Successors", "", t)
}

// related lists the organisations that belong to another.
func (v *view) related(a *Asked, table, org string) {
	switch table {
	case "region":
		v.add("icbs", "Integrated care boards", "", boardsTable(a, sortedByName(where(a.Register.on("icb", a.On), "region", org))))
		v.add("hubs", "Commissioning hubs", "", organisationsTable(a, "hub", "Hubs on "+longDate(a.On), where(a.Register.on("hub", a.On), "region", org)))
	case "sub_icb":
		practices := where(a.Register.on("practice", a.On), "commissioner", org)
		v.Facts = append(v.Facts, named{"Practices", number(len(practices))})
		v.add("practices", "Practices", "", organisationsTable(a, "practice", "Practices on "+longDate(a.On), practices))
	case "provider":
		v.add("hosts", "Host sub-ICB locations", "", rowsTable(a, "hosts", "Hosts", a.Register.all("provider_host", org), "provider"))
		v.add("contracts", "Hubs that contract with it", "", rowsTable(a, "contracts", "Hubs", a.Register.all("provider_hub", org), "provider"))
	}
	if table != "icb" {
		v.add("instruments", "Instruments that it is a party to", "", partyTable(a, where(a.Register.on("instrument_party", a.On), "party", org)))
		v.add("committees", "Committees", "", membershipTable(a, where(a.Register.on("committee_member", a.On), "organisation", org)))
		v.add("teams", "Teams that it employs", "", rowsTable(a, "teams", "Teams", where(a.Register.on("team_employer", a.On), "employer", org), "employer"))
	}
}
