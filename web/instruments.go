package web

import (
	"fmt"
	"net/http"
	"net/url"

	"remit/register"
)

var instrumentKinds = map[string]string{
	"joint_working": "Joint working agreement", "delegation": "Delegation agreement", "delegation_public_health": "Delegation of public health functions", "collaboration": "Collaboration agreement",
	"host": "Host agreement", "section_7a": "Section 7A agreement", "staff_transfer": "Transfer of staff", "statutory_transfer": "Transfer by statute",
}

func instrumentKind(k string) string {
	if w, ok := instrumentKinds[k]; ok {
		return w
	}
	return sentence(k)
}

// instruments lists the instruments that hold on the day, and those planned.
func (s *Site) instruments(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	t := &Table{Name: "instruments", Caption: "Instruments on " + longDate(a.On), Search: true, Empty: "The register has no instruments on this date.",
		Columns: []Column{{Key: "code", Title: "Code"}, {Key: "title", Title: "Instrument"}, {Key: "kind", Title: "Kind", Filter: true}, {Key: "state", Title: "State", Filter: true},
			{Key: "from", Title: "Effective from"}, {Key: "to", Title: "To"}, {Key: "parties", Title: "Parties", Numeric: true}, {Key: "source", Title: "Source"}}}
	parties := map[string]int{}
	for _, p := range a.Register.on("instrument_party", a.On) {
		parties[p.Get("instrument")]++
	}
	inForce := 0
	for _, i := range a.Register.on("instrument", a.On) {
		c := i.Get("code")
		if i.Get("state") == "in_force" {
			inForce++
		}
		t.Rows = append(t.Rows, Row{{Text: c, Code: true, Href: a.To("/instruments/" + url.PathEscape(c))}, to(i.Get("title"), a.To("/instruments/"+url.PathEscape(c))).doubt(i), say(instrumentKind(i.Get("kind"))),
			say(stateWord(i.Get("state"))), valueCell(a, "effective_from", i.Get("effective_from")).or("Not established"), valueCell(a, "effective_to", i.Get("effective_to")).or("Open"), number(parties[c]), cited(a.Register.source(i))})
	}
	return s.show(w, r, view{
		Page: "record", Place: "/instruments", Dated: true,
		Title: fmt.Sprintf("%s on %s", plural(inForce, "instrument is in force", "instruments are in force"), longDate(a.On)),
		Lead:  "An instrument is a document by which a body lets another exercise its functions, or by which bodies agree to decide together. Who holds what follows from them.",
		Parts: []section{{ID: "instruments", Table: t, Links: []link{{"Joint committees and footprints", a.To("/committees")}, {"Everything that NHS England retains", a.To("/retained")},
			{"The law that instruments rest on", a.To("/data/legal_basis")}, {"Reserved functions", a.To("/data/reserved_function")}}}},
	})
}

// instrument shows one instrument: its parties, its lines and its history.
func (s *Site) instrument(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	c := r.PathValue("code")
	found, ok := a.Register.nearest("instrument", c, a.On)
	if !ok {
		return missing("instrument", c, "The list of instruments has all of them.")
	}
	v := view{Page: "organisation", Place: "/instruments", Dated: true, Title: found.Get("title"), Warn: ended("state of the instrument", found, a.On),
		Trail: []link{{"Authority", a.To("/instruments")}}, Body: struct{ Map *mapDrawing }{}}
	v.Lead = instrumentLead(found)
	v.Facts = append([]named{{"Code", code(c)}, {"Kind", say(instrumentKind(found.Get("kind")))}, {"State", say(stateWord(found.Get("state")))}}, columnFacts(a, found, "code", "title", "kind", "state", "legal_basis", "publication")...)
	if law, ok := a.Register.nearest("legal_basis", found.Get("legal_basis"), a.On); ok {
		v.Facts = append(v.Facts, named{"Legal basis", Cell{Text: law.Get("title"), More: law.Get("provision"), Href: a.To("/data/legal_basis", "q", law.Get("code"))}})
	}
	v.Facts = append(v.Facts, named{"Publication", say(found.Get("publication")).or("Not established")})
	v.Facts = append(v.Facts, provenance(a, found)...)
	v.add("lines", "What it passes on", "Each line: which function and services, from whom to whom, for which people and how.", rowsTable(a, "lines", "Lines", a.Register.all("instrument_line", c), "instrument"))
	v.add("parties", "Parties", "", rowsTable(a, "parties", "Parties", a.Register.all("instrument_party", c), "instrument"))
	if book, err := a.Register.book(); err == nil {
		v.add("terms", "On what terms", termsText, termsTable(a, book.Terms(c, a.On)))
	}
	v.add("teams", "Staff who moved under it", "", rowsTable(a, "teams", "Teams", where(a.Register.rows["team_employer"], "instrument", c), "instrument"))
	v.add("children", "Instruments under it", "", rowsTable(a, "children", "Instruments", where(a.Register.rows["instrument"], "parent", c), "parent"))
	v.add("committees", "Committees that it establishes", "", rowsTable(a, "committees", "Committees", where(a.Register.rows["committee"], "established_by", c), "established_by"))
	v.add("history", "Its states through time", "", rowsTable(a, "history", "States", a.Register.all("instrument", c), "code", "title", "kind"))
	v.add("news", "In the news of commissioning", "", newsTable(a, "news", "Events", eventsAbout(a, "instrument:"+c)))
	return s.show(w, r, v)
}

func instrumentLead(r row) string {
	from, to := edge(r.Get("effective_from"), register.Earliest), edge(r.Get("effective_to"), register.Latest)
	return stateWord(r.Get("state")) + ". " + period(from, to) + "."
}
