package web

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"

	"remit/holding"
)

// retained lists everything that NHS England commissions itself.
func (s *Site) retained(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	book, err := a.Register.book()
	if err != nil {
		return err
	}
	var services, functions []holding.Held
	for _, h := range book.Retained(a.On) {
		if h.Subject.Kind == "service" {
			services = append(services, h)
		} else {
			functions = append(functions, h)
		}
	}
	delegated := map[string]bool{}
	rows := a.Register.on("service", a.On)
	for _, x := range rows {
		delegated[x.Get("code")] = x.Get("category") == "delegated"
	}
	lines := &Table{Name: "lines", Caption: "Lines that NHS England keeps within delegated services", Search: true, Columns: []Column{{Key: "code", Title: "Code"}, {Key: "line", Title: "Service line"}, {Key: "service", Title: "Service"}, {Key: "status", Title: "Status", Filter: true}, {Key: "since", Title: "Since"}, {Key: "source", Title: "Source"}}}
	for _, l := range a.Register.on("service_line", a.On) {
		if status := l.Get("status"); delegated[l.Get("service")] && status != "GREEN" && status != "NOT APPLICABLE" {
			lines.Rows = append(lines.Rows, Row{{Text: l.Get("code"), Code: true, Href: a.To("/lines/" + url.PathEscape(l.Get("code")))}, say(l.Get("title")).doubt(l), valueCell(a, "service", l.Get("service")),
				say(cmp.Or(statusWords[status], status)), dayCell(l.From).or("Not established"), cited(a.Register.source(l))})
		}
	}
	reserved := rowsTable(a, "reserved", "What stays with NHS England when the rest is delegated", a.Register.on("reserved_function", a.On), "code")
	v := view{Page: "record", Place: "/instruments", Trail: []link{{"Authority", a.To("/instruments")}}, Dated: true,
		Title: fmt.Sprintf("NHS England retains %d of %d services on %s", len(services), len(rows), longDate(a.On)),
		Lead:  "Services that no instrument passes on, single lines within delegated services, and what is reserved even where the rest is delegated. Delegation began on different dates in different regions: the last column says whose people are meant."}
	v.add("services", "Services", "", heldTable(a, "services", "Services that NHS England commissions itself", "", services))
	v.add("lines", "Lines within delegated services", "", lines)
	v.add("reserved", "Reserved functions", "", reserved)
	v.add("functions", "Functions", "Of these functions NHS England, or whoever owns them, is itself responsible.", heldTable(a, "functions", "Functions that are not passed on", "", functions))
	return s.show(w, r, v)
}
