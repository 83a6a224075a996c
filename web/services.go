package web

import (
	"fmt"
	"net/http"
	"slices"
)

// categories are the words for what becomes of a service.
var categories = map[string]string{
	"delegated":                   "Delegated to ICBs",
	"retained_specialised":        "Retained by NHS England",
	"retained_highly_specialised": "Retained by NHS England, highly specialised",
}

// services lists the services by programme with the status of their lines.
func (s *Site) services(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	t := &Table{
		Name: "services", Caption: "Prescribed specialised services, as at " + longDate(a.On), Search: true,
		Columns: []Column{{Key: "code", Title: "Code"}, {Key: "title", Title: "Service"}, {Key: "programme", Title: "Programme of care", Filter: true},
			{Key: "category", Title: "Who commissions it", Filter: true}, {Key: "lines", Title: "Lines", Numeric: true}},
		Empty: "The register has no services on this date.",
	}
	lines := map[string]int{}
	for _, l := range a.Register.on("service_line", a.On) {
		lines[l.Get("service")]++
	}
	counts := map[string]int{}
	for _, v := range a.Register.on("service", a.On) {
		c := v.Get("code")
		counts[v.Get("category")]++
		t.Rows = append(t.Rows, Row{
			{Text: c, Code: true, Href: a.To("/services/" + c)}, to(v.Get("title"), a.To("/services/"+c)),
			say(v.Get("programme")).or("Not established"), say(categories[v.Get("category")]).or("Not established"), number(lines[c]),
		})
	}
	slices.SortStableFunc(t.Rows, func(a, b Row) int { return natural(a[0].Text, b[0].Text) })
	return s.show(w, r, view{
		Page: "services", Place: "/services", Tables: []*Table{t}, Dated: true,
		Title: fmt.Sprintf("%d services: %d delegated to ICBs, %d retained by NHS England", len(t.Rows), counts["delegated"], len(t.Rows)-counts["delegated"]),
		Lead:  "The prescribed specialised services, by the national number of each. Pick one to see its lines, its status through time and who holds it where.",
	})
}
