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

func (s *Site) firstPage(w http.ResponseWriter, r *http.Request, q question) error {
	a := asked(r)
	type news struct {
		When, Title, Href, Status string
	}
	body := struct {
		Question  question
		Suggested []link
		News      []news
		Month     string
		Quiet     bool // nothing changed in the month: the news are those from before
		Counts    []link
	}{Question: q}
	for _, x := range suggestions() {
		body.Suggested = append(body.Suggested, link{x.text, a.To("/", "service", x.service, "for", x.place, "on", x.on)})
	}
	latest, thisMonth := latestEvents(a, 5)
	body.Month = dayTime(a.On).Format("January 2006")
	body.Quiet = !thisMonth
	for _, e := range latest {
		body.News = append(body.News, news{eventDate(e), e.Get("title"), eventPath(a, e.Get("code")), sentence(e.Get("status"))})
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

// latestEvents are the events of the month of the day asked, up to that day, the
// latest first; where there are none, the last before.
func latestEvents(a *Asked, most int) (list []row, thisMonth bool) {
	month := dayTime(a.On).Format("2006-01")
	within := func(e row) bool { // what is known by the quarter or year alone is no month's
		return (e.Get("precision") == "day" || e.Get("precision") == "month") && strings.HasPrefix(e.Get("on"), month)
	}
	for _, e := range a.Register.rows["event"] {
		if on := edge(e.Get("on"), register.Earliest); on <= a.On && e.Get("status") == "done" {
			list = append(list, e)
			thisMonth = thisMonth || within(e)
		}
	}
	if thisMonth {
		list = keepRows(list, within)
	}
	slices.SortStableFunc(list, func(x, y row) int { return strings.Compare(y.Get("on"), x.Get("on")) })
	return list[:min(len(list), most)], thisMonth
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
