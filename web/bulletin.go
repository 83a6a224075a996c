package web

import (
	"encoding/xml"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"remit/holding"
	"remit/register"
)

// newsFilter is what the address of the bulletin asks for.
type newsFilter struct {
	ICB, Programme, Kind string
}

// bulletin shows dated news of commissioning, the latest first.
func (s *Site) bulletin(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	filter, events, err := newsAsked(a, r.URL.Query())
	if err != nil {
		return err
	}
	t := newsTable(a, "bulletin", "Events", nil)
	for _, e := range events {
		t.Rows = append(t.Rows, Row{{Text: eventDay(e.On, e.Precision), Value: e.On.String()}, {Text: e.Title, More: e.Text}, say(stateWord(e.Status)), say(e.Kind), cited(a.Register.Pack.Cite(e.Source))})
	}
	body := struct {
		newsFilter
		Items      []newsItem
		ICBs       []named
		Programmes []string
		Kinds      []string
		Atom       string
		Downloads  *Table
	}{newsFilter: filter, Atom: a.To("/bulletin.atom", "icb", filter.ICB, "programme", filter.Programme, "kind", filter.Kind), Downloads: t}
	for _, e := range events {
		body.Items = append(body.Items, newNewsItem(a, e))
	}
	for _, icb := range sortedByName(a.Register.on("icb", a.On)) {
		body.ICBs = append(body.ICBs, named{icb.Get("code"), say(nameOf(icb))})
	}
	for _, x := range a.Register.on("service", a.On) {
		if p := x.Get("programme"); p != "" && !slices.Contains(body.Programmes, p) {
			body.Programmes = append(body.Programmes, p)
		}
	}
	slices.Sort(body.Programmes)
	for _, e := range a.Register.rows["event"] {
		if k := e.Get("kind"); !slices.Contains(body.Kinds, k) {
			body.Kinds = append(body.Kinds, k)
		}
	}
	slices.Sort(body.Kinds)
	return s.show(w, r, view{Page: "bulletin", Place: "/changes", Trail: []link{{"Changes", a.To("/changes")}}, Body: body, Tables: []*Table{t},
		Title: bulletinFinding(events), Lead: "News of who commissions what: laws, plans, delegations, reorganisations. What is planned can still change."})
}

func bulletinFinding(events []holding.Event) string {
	planned := 0
	for _, e := range events {
		if e.Status == "planned" || e.Status == "bill" {
			planned++
		}
	}
	return plural(len(events), "event", "events") + " in commissioning, " + thousands(planned) + " of them still to come"
}

// newsAsked reads the filter of an address and gives its events, latest first.
func newsAsked(a *Asked, query url.Values) (newsFilter, []holding.Event, error) {
	f := newsFilter{query.Get("icb"), query.Get("programme"), query.Get("kind")}
	book, err := a.Register.book()
	if err != nil {
		return f, nil, err
	}
	events := book.Events(holding.EventFilter{ICB: f.ICB, Programme: f.Programme, Kind: f.Kind})
	slices.Reverse(events)
	return f, events, nil
}

// newsItem is an event as the page shows it.
type newsItem struct {
	ID, Href, When, Title, Text, Status, Kind, Source string
	Doubt                                             string
	About                                             []link
	Overtaken                                         *link
}

func newNewsItem(a *Asked, e holding.Event) newsItem {
	x := newsItem{ID: anchor(e.Code), Href: eventPath(a, e.Code), When: eventDay(e.On, e.Precision), Title: e.Title, Text: e.Text, Status: stateWord(e.Status), Kind: e.Kind, Source: a.Register.Pack.Cite(e.Source)}
	if e.Confidence != "high" {
		x.Doubt = e.Confidence + " confidence"
	}
	for _, about := range e.About {
		if l, ok := aboutLink(a, about, e.On); ok {
			x.About = append(x.About, l)
		}
	}
	if e.OvertakenBy != "" {
		if other, ok := a.Register.nearest("event", e.OvertakenBy, a.On); ok {
			x.Overtaken = &link{other.Get("title"), "#" + anchor(e.OvertakenBy)}
		}
	}
	return x
}

// aboutLink leads to a row that an event changed.
func aboutLink(a *Asked, about holding.Ref, on register.Day) (link, bool) {
	r, ok := a.Register.nearest(about.Table, about.Key, on)
	if !ok {
		return link{}, false
	}
	key := url.PathEscape(about.Key)
	switch about.Table {
	case "icb", "sub_icb", "provider", "body", "region", "hub":
		return link{nameOf(r), a.To("/organisations/" + key)}, true
	case "instrument", "committee":
		return link{nameOf(r), a.To("/" + about.Table + "s/" + key)}, true
	case "service":
		return link{nameOf(r), a.To("/services/" + key)}, true
	}
	name := nameOf(r)
	if about.Table == "delegation_list" {
		name = "The list of services " + strings.TrimPrefix(about.Key, "LIST-")
	}
	return link{name, a.To("/data/"+about.Table, "q", about.Key)}, true
}

// bulletinFeed is the bulletin as an Atom feed.
func (s *Site) bulletinFeed(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	_, events, err := newsAsked(a, r.URL.Query())
	if err != nil {
		return err
	}
	root := siteRoot(r)
	feed := atomFeed{Title: "Remit: news of commissioning", ID: root + "/bulletin", Updated: a.Register.Change.RecordedAt.UTC().Format(time.RFC3339),
		Links: []atomLink{{Rel: "self", Href: root + r.URL.RequestURI()}, {Rel: "alternate", Href: root + "/bulletin"}}, Author: "Remit"}
	for _, e := range events {
		page := root + "/bulletin/" + url.PathEscape(e.Code)
		feed.Entries = append(feed.Entries, atomEntry{Title: e.Title, ID: page, Link: atomLink{Rel: "alternate", Href: page},
			Updated: dayTime(e.On).Format(time.RFC3339), Summary: eventDay(e.On, e.Precision) + ". " + stateWord(e.Status) + ". " + e.Text, Category: atomCategory{e.Kind}})
	}
	w.Header().Set("Content-Type", "application/atom+xml; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	if _, err := w.Write([]byte(xml.Header)); err != nil {
		return err
	}
	return xml.NewEncoder(w).Encode(feed)
}

// siteRoot is the address of the site as the reader reached it.
func siteRoot(r *http.Request) string {
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Title   string      `xml:"title"`
	ID      string      `xml:"id"`
	Updated string      `xml:"updated"`
	Links   []atomLink  `xml:"link"`
	Author  string      `xml:"author>name"`
	Entries []atomEntry `xml:"entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Href string `xml:"href,attr"`
}

type atomCategory struct {
	Term string `xml:"term,attr"`
}

type atomEntry struct {
	Title    string       `xml:"title"`
	ID       string       `xml:"id"`
	Link     atomLink     `xml:"link"`
	Updated  string       `xml:"updated"`
	Summary  string       `xml:"summary"`
	Category atomCategory `xml:"category"`
}
