package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// organisationKinds are the lists of organisations, in the order of the tabs.
var organisationKinds = []struct {
	kind, title, one string
}{
	{"icb", "Integrated care boards", "Integrated care board"}, {"sub_icb", "Sub-ICB locations", "Sub-ICB location"}, {"region", "Regions", "NHS England region"},
	{"hub", "Commissioning hubs", "Commissioning hub"}, {"provider", "Providers", "Provider"}, {"practice", "Practices", "GP practice"},
	{"reporting_entity", "Reporting entities", "Reporting entity"}, {"body", "National and other bodies", "Body"}, {"health_board", "Health boards", "Health board of Wales or Scotland"},
	{"armed_forces_practice", "Armed forces practices", "Armed forces practice"},
}

func kindOf(table string) string {
	for _, k := range organisationKinds {
		if k.kind == table {
			return k.one
		}
	}
	return sentence(table)
}

// organisations lists the organisations of a kind on the day.
func (s *Site) organisations(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	kind := r.URL.Query().Get("list")
	i := slices.IndexFunc(organisationKinds, func(k struct{ kind, title, one string }) bool { return k.kind == kind })
	if i < 0 {
		i, kind = 0, organisationKinds[0].kind
	}
	body := struct{ Tabs []place }{}
	for n, k := range organisationKinds {
		body.Tabs = append(body.Tabs, place{k.title, a.To("/organisations", "list", k.kind), n == i})
	}
	// There are thousands of practices: their table is made once for a date.
	key := fmt.Sprintf("list %s %s %s %s", kind, a.On, a.OnText, a.Known)
	made := *remember(&a.Register.answers, key, func() *Table {
		return organisationsTable(a, kind, organisationKinds[i].title+" on "+longDate(a.On), a.Register.on(kind, a.On))
	})
	t := &made
	t.Columns = slices.Clone(t.Columns) // the address writes its filters there
	return s.show(w, r, view{
		Page: "organisations", Place: "/organisations", Body: body, Dated: true,
		Title: organisationsFinding(a, kind, organisationKinds[i].title, len(t.Rows)),
		Lead:  "Pick one to see what it holds, what it was before and what it became.",
		Parts: []section{{ID: kind, Table: t}},
	})
}

func organisationsFinding(a *Asked, kind, title string, n int) string {
	words := strings.ToLower(title[:1]) + title[1:]
	if kind == "health_board" || kind == "reporting_entity" || kind == "region" {
		words = strings.ToLower(words)
	}
	return thousands(n) + " " + words + " on " + longDate(a.On)
}

// organisationsTable lists rows of one kind of organisation. The names stand
// first, then what the kind has besides.
func organisationsTable(a *Asked, kind, caption string, rows []row) *Table {
	if kind == "icb" {
		t := boardsTable(a, sortedByName(rows))
		t.Caption = caption
		return t
	}
	t := &Table{Name: kind, Caption: caption, Search: true, Empty: "The register has none on this date."}
	var columns []string
	for _, c := range []string{"kind", "icb", "commissioner", "region", "status", "postcode"} {
		if someHave(rows, c) {
			columns = append(columns, c)
		}
	}
	t.Columns = []Column{{Key: "name", Title: "Name"}, {Key: "code", Title: "Code"}}
	for _, c := range columns {
		t.Columns = append(t.Columns, Column{Key: c, Title: columnTitle(c), Filter: c == "kind" || c == "region" || c == "status"})
	}
	t.Columns = append(t.Columns, Column{Key: "since", Title: "Since"})
	for _, r := range sortedByName(rows) {
		c := r.Get("code")
		line := Row{to(nameOf(r), a.To("/organisations/"+url.PathEscape(c))).doubt(r), code(c)}
		for _, column := range columns {
			line = append(line, valueCell(a, column, r.Get(column)))
		}
		t.Rows = append(t.Rows, append(line, dayCell(r.From).or("Not established")))
	}
	return t
}

// sortedByName are rows in order of their names, each of which is read once:
// there are thousands of practices.
func sortedByName(rows []row) []row {
	type named struct {
		name string
		row
	}
	list := make([]named, len(rows))
	for i, r := range rows {
		list[i] = named{strings.ToLower(nameOf(r)), r}
	}
	slices.SortStableFunc(list, func(x, y named) int { return naturalLower(x.name, y.name) })
	sorted := make([]row, len(list))
	for i := range list {
		sorted[i] = list[i].row
	}
	return sorted
}
