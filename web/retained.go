package web

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"remit/holding"
)

// retained lists everything that NHS England commissions itself.
func (s *Site) retained(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	services := &Table{Name: "services", Caption: "Services that NHS England retains", Search: true, Columns: []Column{{Key: "code", Title: "Number"}, {Key: "service", Title: "Service"}, {Key: "programme", Title: "Programme", Filter: true}, {Key: "kind", Title: "Kind", Filter: true}, {Key: "source", Title: "Source"}}}
	delegated := map[string]bool{}
	rows := a.Register.on("service", a.On)
	slices.SortStableFunc(rows, func(x, y row) int { return natural(x.Get("code"), y.Get("code")) })
	for _, v := range rows {
		c := v.Get("code")
		if v.Get("category") == "delegated" {
			delegated[c] = true
			continue
		}
		services.Rows = append(services.Rows, Row{code(c), to(v.Get("title"), a.To("/services/"+url.PathEscape(c))).doubt(v), say(v.Get("programme")).or("Not established"),
			say(map[string]string{"retained_specialised": "Specialised", "retained_highly_specialised": "Highly specialised"}[v.Get("category")]).or("Not established"), cited(a.Register.source(v))})
	}
	lines := &Table{Name: "lines", Caption: "Lines that NHS England keeps within delegated services", Search: true, Columns: []Column{{Key: "code", Title: "Code"}, {Key: "line", Title: "Service line"}, {Key: "service", Title: "Service"}, {Key: "status", Title: "Status", Filter: true}, {Key: "since", Title: "Since"}, {Key: "source", Title: "Source"}}}
	for _, l := range a.Register.on("service_line", a.On) {
		if status := l.Get("status"); delegated[l.Get("service")] && status != "GREEN" && status != "NOT APPLICABLE" {
			lines.Rows = append(lines.Rows, Row{{Text: l.Get("code"), Code: true, Href: a.To("/lines/" + url.PathEscape(l.Get("code")))}, say(l.Get("title")).doubt(l), valueCell(a, "service", l.Get("service")),
				say(cmp.Or(statusWords[status], status)), dayCell(l.From).or("Not established"), cited(a.Register.source(l))})
		}
	}
	functions := &Table{Name: "functions", Caption: "Other functions that NHS England owns", Search: true, Columns: []Column{{Key: "code", Title: "Code"}, {Key: "function", Title: "Function"}, {Key: "category", Title: "Kind", Filter: true}, {Key: "delegable", Title: "May be delegated", Filter: true}, {Key: "source", Title: "Source"}}}
	answered := answeredFunctions(a)
	for _, f := range a.Register.on("function", a.On) {
		if f.Get("owner") == "NHSE" {
			title := say(f.Get("title"))
			if answered[f.Get("code")] {
				title.Href = a.To("/", "service", f.Get("code"))
			}
			functions.Rows = append(functions.Rows, Row{code(f.Get("code")), title.doubt(f), say(sentence(f.Get("category"))).or("No data"), say(sentence(f.Get("delegable"))).or("Not established"), cited(a.Register.source(f))})
		}
	}
	reserved := rowsTable(a, "reserved", "What stays with NHS England when the rest is delegated", a.Register.on("reserved_function", a.On), "code")
	v := view{Page: "record", Place: "/instruments", Trail: []link{{"Authority", a.To("/instruments")}}, Dated: true,
		Title: fmt.Sprintf("NHS England retains %d of %d services on %s", len(services.Rows), len(rows), longDate(a.On)),
		Lead:  "Services that no instrument passes on, single lines within delegated services, and what is reserved even where the rest is delegated. Services begun to be delegated on different dates in different regions: the page of a service says who holds it where."}
	v.add("services", "Services", "", services)
	v.add("lines", "Lines within delegated services", "", lines)
	v.add("reserved", "Reserved functions", "", reserved)
	v.add("functions", "Functions", "NHS England is their owner in law. Some are exercised by ICBs: ask who commissions one to see.", functions)
	return s.show(w, r, v)
}

// answeredFunctions are the functions of which it can be asked who commissions
// them; of others it differs from service to service.
func answeredFunctions(a *Asked) map[string]bool {
	return remember(&a.Register.answers, "functions "+a.On.String(), func() map[string]bool {
		answered := map[string]bool{}
		book, err := a.Register.book()
		if err != nil {
			return answered
		}
		for _, f := range a.Register.on("function", a.On) {
			_, err := book.Who(holding.Question{Service: f.Get("code"), On: a.On, Role: holding.Responsible})
			answered[f.Get("code")] = err == nil
		}
		return answered
	})
}
