package web

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
)

// categories are the words for the kinds of service, at whatever date.
var categories = map[string]string{
	"delegated":                   "On the list for delegation",
	"retained_specialised":        "Specialised, not on the list",
	"retained_highly_specialised": "Highly specialised",
}

// services lists the services by programme with the status of their lines.
func (s *Site) services(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	t := &Table{
		Name: "services", Caption: "Prescribed specialised services, as at " + longDate(a.On), Search: true,
		Columns: []Column{{Key: "code", Title: "Code"}, {Key: "title", Title: "Service"}, {Key: "programme", Title: "Programme of care", Filter: true},
			{Key: "category", Title: "Kind", Filter: true}, {Key: "held", Title: "Who commissions it", Filter: true}, {Key: "lines", Title: "Lines", Numeric: true}},
		Empty: "The register has no services on this date.",
	}
	lines := map[string]int{}
	for _, l := range a.Register.on("service_line", a.On) {
		lines[l.Get("service")]++
	}
	held, alone, err := heldBy(a)
	if err != nil {
		return err
	}
	for _, v := range a.Register.on("service", a.On) {
		c := v.Get("code")
		t.Rows = append(t.Rows, Row{
			{Text: c, Code: true, Href: a.To("/services/" + c)}, to(v.Get("title"), a.To("/services/"+c)),
			say(v.Get("programme")).or("Not established"), say(categories[v.Get("category")]).or("Not established"), say(held(c)), number(lines[c]),
		})
	}
	slices.SortStableFunc(t.Rows, func(a, b Row) int { return natural(a[0].Text, b[0].Text) })
	return s.show(w, r, view{
		Page: "services", Place: "/services", Tables: []*Table{t}, Dated: true,
		Title: fmt.Sprintf("%d services, %d of them commissioned by NHS England itself on %s", len(t.Rows), alone, longDate(a.On)),
		Lead:  "The prescribed specialised services, by the national number of each. Pick one to see its lines, its status through time and who holds it where.",
	})
}

// heldBy says who commissions a service on the day, and how many NHS England
// commissions itself for everybody.
func heldBy(a *Asked) (held func(service string) string, alone int, err error) {
	book, err := a.Register.book()
	if err != nil {
		return nil, 0, err
	}
	words := map[string]string{}
	for _, h := range book.Retained(a.On) {
		switch {
		case h.Subject.Kind != "service":
		case h.People == "":
			words[h.Subject.Code] = "NHS England itself"
			alone++
		default:
			words[h.Subject.Code] = "ICBs; NHS England itself for some"
		}
	}
	return func(service string) string { return cmp.Or(words[service], "ICBs, alone or with NHS England") }, alone, nil
}
