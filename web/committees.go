package web

import (
	"fmt"
	"net/http"
	"net/url"
)

// committees lists the joint committees and footprints of the day.
func (s *Site) committees(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	t := &Table{Name: "committees", Caption: "Committees and footprints on " + longDate(a.On), Search: true, Empty: "The register has no committees on this date.",
		Columns: []Column{{Key: "code", Title: "Code"}, {Key: "name", Title: "Committee"}, {Key: "kind", Title: "Kind", Filter: true}, {Key: "region", Title: "Region", Filter: true}, {Key: "members", Title: "Members", Numeric: true}, {Key: "since", Title: "Since"}, {Key: "source", Title: "Source"}}}
	members := map[string]int{}
	for _, m := range a.Register.on("committee_member", a.On) {
		members[m.Get("committee")]++
	}
	for _, c := range a.Register.on("committee", a.On) {
		id := c.Get("code")
		t.Rows = append(t.Rows, Row{{Text: id, Code: true, Href: a.To("/committees/" + url.PathEscape(id))}, to(c.Get("name"), a.To("/committees/"+url.PathEscape(id))).doubt(c), valueCell(a, "kind", c.Get("kind")),
			say(a.Register.Name(c.Get("region"), a.On)).or("Not established"), number(members[id]), dayCell(c.From).or("Not established"), cited(a.Register.source(c))})
	}
	return s.show(w, r, view{
		Page: "record", Place: "/instruments", Dated: true, Trail: []link{{"Authority", a.To("/instruments")}},
		Title: fmt.Sprintf("%s on %s", plural(len(t.Rows), "joint committee or footprint", "joint committees and footprints"), longDate(a.On)),
		Lead:  "Integrated care boards that plan specialised services together do so over a footprint, and where there are several of them, in a joint committee.",
		Parts: []section{{ID: "committees", Table: t}},
	})
}

// committee shows one committee: its members, what it decides, and its history.
func (s *Site) committee(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	id := r.PathValue("code")
	found, ok := a.Register.nearest("committee", id, a.On)
	if !ok {
		return missing("committee", id, "The list of committees has all of them.")
	}
	members := where(a.Register.on("committee_member", a.On), "committee", id)
	v := view{Page: "organisation", Place: "/instruments", Dated: true, Title: found.Get("name"), Warn: ended("committee", found, a.On),
		Trail: []link{{"Authority", a.To("/instruments")}, {"Committees", a.To("/committees")}}}
	v.Facts = append([]named{{"Code", code(id)}}, columnFacts(a, found, "code", "name", "legal_basis")...)
	v.Facts = append(v.Facts, named{"Members on this date", number(len(members))})
	v.Facts = append(v.Facts, provenance(a, found)...)
	in := map[string]bool{}
	for _, m := range members {
		in[m.Get("organisation")] = true
	}
	v.Body = struct{ Map *mapDrawing }{footprintMap(a, in)}
	v.add("members", "Members", "", rowsTable(a, "members", "Members through time", a.Register.all("committee_member", id), "committee"))
	v.holds(a, id)
	v.add("lines", "What it decides", "Lines of instruments that name it.", rowsTable(a, "lines", "Lines", where(a.Register.rows["instrument_line"], "delegate", id), "delegate"))
	v.add("teams", "Teams that work for it", "", rowsTable(a, "teams", "Teams", where(a.Register.rows["team_area"], "area", id), "area"))
	v.add("history", "How it is recorded through time", "", rowsTable(a, "history", "The committee through time", a.Register.all("committee", id), "code"))
	v.add("news", "In the news of commissioning", "", newsTable(a, "news", "Events", eventsAbout(a, "committee:"+id)))
	return s.show(w, r, v)
}

// footprintMap shows which boards are members of a committee.
func footprintMap(a *Asked, in map[string]bool) *mapDrawing {
	if len(in) == 0 {
		return nil
	}
	m := drawMap("map", "Its members on "+longDate(a.On), a.On, func(c string) string { return a.Register.Name(c, a.On) }, func(c string) (string, string, string) {
		if in[c] {
			return "joint", "Member", a.To("/organisations/" + c)
		}
		return "unknown", "Not a member", a.To("/organisations/" + c)
	})
	return m
}
