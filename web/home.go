package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"remit/holding"
	"remit/register"
)

// question is what the box of the first page asks, as it was written.
type question struct {
	Service, For, On string
	Kept             []parameter
	Places           []string // what For may be, as a help
}

func newQuestion(a *Asked, service, place string) question {
	q := question{Service: service, For: place, On: a.On.String()}
	if a.Known != "" {
		q.Kept = []parameter{{"known", a.Known}}
	}
	for _, r := range a.Register.on("icb", a.On) {
		q.Places = append(q.Places, nameOf(r))
	}
	slices.Sort(q.Places)
	return q
}

// home asks the one question, and answers it.
func (s *Site) home(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	query := r.URL.Query()
	if !query.Has("service") {
		return s.firstPage(w, r, newQuestion(a, "", ""))
	}
	service, place := strings.TrimSpace(query.Get("service")), strings.TrimSpace(query.Get("for"))
	book, err := a.Register.book()
	if err != nil {
		return err
	}
	answer, err := book.Who(holding.Question{Service: service, For: place, Provider: strings.TrimSpace(query.Get("provider")), On: a.On})
	var unclear *holding.AskError
	if errors.As(err, &unclear) {
		return s.unclear(w, r, newQuestion(a, service, place), unclear)
	}
	if err != nil {
		return err
	}
	if wanted(r) == "json" && query.Get("table") == "" {
		w.Header().Set("Content-Type", "application/json")
		out := json.NewEncoder(w)
		out.SetIndent("", " ")
		out.SetEscapeHTML(false)
		return out.Encode(answer)
	}
	return s.show(w, r, answerView(a, answer, newQuestion(a, service, place)))
}

// suggestions are questions that the first page offers: most are those that a
// register of commissioning must answer.
var suggestions = []struct{ text, service, place, on string }{
	{"Who commissions renal dialysis for West and North London today?", "NCBPS11B", "Z9B2Z", ""},
	{"Who commissioned adult specialist pain services for Staffordshire and Stoke-on-Trent in June 2023?", "3", "QNC", "2023-06-01"},
	{"And a year later?", "3", "QNC", "2024-06-01"},
	{"Who holds them for the people of Surrey Heartlands after the mergers of April 2026?", "3", "QXU", "2026-06-01"},
	{"Who commissioned service 29 for Cheshire and Merseyside before it joined the list?", "29", "QYG", "2024-06-01"},
	{"Who commissions childhood vaccination?", "VACC", "Z9B2Z", "2026-05-01"},
	{"Who commissions dental services?", "DENT", "QNC", "2023-05-01"},
}

func (s *Site) firstPage(w http.ResponseWriter, r *http.Request, q question) error {
	a := asked(r)
	type news struct {
		When, Title, Href, Status string
	}
	body := struct {
		Question  question
		Suggested []link
		News      []news
		Counts    []link
	}{Question: q}
	for _, x := range suggestions {
		body.Suggested = append(body.Suggested, link{x.text, a.To("/", "service", x.service, "for", x.place, "on", x.on)})
	}
	for _, e := range latestEvents(a, 5) {
		body.News = append(body.News, news{eventDate(e), e.Get("title"), a.To("/bulletin") + "#" + e.Get("code"), sentence(e.Get("status"))})
	}
	body.Counts = []link{
		{plural(len(a.Register.on("service", a.On)), "service", "services"), a.To("/services")},
		{plural(len(a.Register.on("icb", a.On)), "integrated care board", "integrated care boards"), a.To("/map")},
		{plural(len(inForce(a)), "instrument in force", "instruments in force"), a.To("/instruments", "state", "In force")},
	}
	return s.show(w, r, view{Page: "home", Place: "/", Title: "Which service, for whom, when?", Dated: true, Body: body,
		Lead: "Remit says who commissions each specialised service in England, for whose people, since when and on what authority."})
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + many
}

// latestEvents are the events up to the day asked, the latest first.
func latestEvents(a *Asked, most int) []row {
	var list []row
	for _, e := range a.Register.rows["event"] {
		if on := edge(e.Get("on"), register.Earliest); on <= a.On && e.Get("status") == "done" {
			list = append(list, e)
		}
	}
	slices.SortStableFunc(list, func(x, y row) int { return strings.Compare(y.Get("on"), x.Get("on")) })
	return list[:min(len(list), most)]
}

// inForce are the rows of instruments in force on the day asked.
func inForce(a *Asked) []row {
	return keepRows(a.Register.on("instrument", a.On), func(r row) bool { return r.Get("state") == "in_force" })
}

func keepRows(rows []row, yes func(row) bool) []row {
	var list []row
	for _, r := range rows {
		if yes(r) {
			list = append(list, r)
		}
	}
	return list
}
