package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"remit/holding"
)

// event shows one piece of news: what it changed, how it was recorded, and the news
// before and after it.
func (s *Site) event(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	code := r.PathValue("code")
	found, ok := a.Register.nearest("event", code, a.On)
	if !ok {
		return missing("event", code, "The bulletin has all of them.")
	}
	book, err := a.Register.book()
	if err != nil {
		return err
	}
	events := book.Events(holding.EventFilter{})
	v := view{Page: "record", Place: "/changes", Trail: []link{{"Changes", a.To("/changes")}, {"The bulletin", a.To("/bulletin")}}, Title: found.Get("title"), Lead: found.Get("text")}
	v.Facts = append([]named{{"Date", say(eventDate(found))}, {"State", say(stateWord(found.Get("status")))}},
		columnFacts(a, found, "code", "on", "precision", "title", "status", "overtaken_by", "about", "text")...)
	if by, ok := a.Register.nearest("event", found.Get("overtaken_by"), a.On); ok {
		v.Facts = append(v.Facts, named{"Overtaken by", to(by.Get("title"), eventPath(a, by.Get("code")))})
	}
	v.Facts = append(v.Facts, provenance(a, found)...)
	at := slices.IndexFunc(events, func(e holding.Event) bool { return e.Code == code })
	if at >= 0 {
		v.add("about", "What it changed", "Rows of the register that the news is about.", aboutTable(a, events[at]))
	}
	v.add("overtakes", "What it overtook", "", newsTable(a, "overtakes", "Events", where(a.Register.rows["event"], "overtaken_by", code)))
	v.add("history", "How it was recorded through time", "", rowsTable(a, "history", "The event through time", a.Register.all("event", code), "code", "title", "text", "about"))
	var beside []row
	for i := max(0, at-2); at >= 0 && i < min(len(events), at+3); i++ {
		if e, ok := a.Register.nearest("event", events[i].Code, a.On); ok && i != at {
			beside = append(beside, e)
		}
	}
	v.add("beside", "News before and after", "", newsTable(a, "beside", "Events", beside))
	return s.show(w, r, v)
}

func aboutTable(a *Asked, e holding.Event) *Table {
	t := &Table{Name: "about", Caption: "What it is about", Columns: []Column{{Key: "what", Title: "What"}, {Key: "kind", Title: "Kind"}, {Key: "code", Title: "Code"}}}
	for _, about := range e.About {
		if l, ok := aboutLink(a, about, e.On); ok {
			t.Rows = append(t.Rows, Row{to(l.Text, l.Href), say(sentence(strings.ReplaceAll(about.Table, "icb", "ICB"))), code(about.Key)})
		}
	}
	return t
}

// eventPath is the page of an event.
func eventPath(a *Asked, code string) string { return a.To("/bulletin/" + url.PathEscape(code)) }
