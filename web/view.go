package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"remit/register"
)

//go:embed templates/*.html
var templates embed.FS

// view is a page: what the layout shows, and the page's own body.
type view struct {
	*Asked
	Page    string    // its template
	Place   string    // the entry of the navigation that it belongs to
	Title   string    // heading and title of the window
	Lead    string    // a sentence or two beneath the heading
	Trail   []link    // the pages above it
	Warn    string    // what the reader must know first: it has ended, say
	Facts   []named   // what is known of the thing that the page is about
	Parts   []section // in order of use
	Body    any
	Tables  []*Table // what the address can sort, filter and download
	Notes   []string // provenance: what it rests on, besides the register
	Undated bool     // a page about accounts and work: no date makes a difference to it
	Dated   bool     // the date asked makes a difference to it
}

// mostUnlisted is how many parts a page may have without a list of them at its head.
const mostUnlisted = 6

// Contents are the parts that a list at the head of a long page leads to.
func (v view) Contents() []section {
	list := slices.DeleteFunc(slices.Clone(v.Parts), func(p section) bool { return p.ID == "" || p.Title == "" })
	if len(list) <= mostUnlisted {
		return nil
	}
	return list
}

type link struct{ Text, Href string }

// named is a value under its name.
type named struct {
	Name string
	Cell
}

// section is a part of a page under a heading of its own.
type section struct {
	ID, Title, Text string
	Links           []link
	Form            *scenarioForm // of which the address holds what is picked
	Graph           *graph
	Map             *mapDrawing
	Drawing         *drawing
	Table           *Table
}

// places are the entries of the navigation.
var places = []link{
	{"Ask", "/"}, {"Services", "/services"}, {"Organisations", "/organisations"}, {"Authority", "/instruments"},
	{"Changes", "/changes"}, {"Assignment", "/method"}, {"Budgets", "/budgets"}, {"Quality", "/quality"}, {"Data", "/data"}, {"Help", "/help"},
}

// pages are the templates of all pages, ready to be filled in.
type pages struct{ byName map[string]*template.Template }

// Parts are shared by pages; every other template is a page.
var parts = []string{"layout.html", "table.html", "parts.html", "mapping.html", "account.part.html", "work.part.html", "graph.part.html", "quality.part.html"}

func readPages() (*pages, error) {
	var shared []string
	for _, p := range parts {
		shared = append(shared, "templates/"+p)
	}
	base, err := template.New("layout").Funcs(functions).ParseFS(templates, shared...)
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(templates, "templates/*.html")
	if err != nil {
		return nil, err
	}
	all := &pages{byName: map[string]*template.Template{}}
	for _, name := range names {
		if slices.Contains(shared, name) {
			continue
		}
		t, err := template.Must(base.Clone()).ParseFS(templates, name)
		if err != nil {
			return nil, err
		}
		all.byName[strings.TrimSuffix(strings.TrimPrefix(name, "templates/"), ".html")] = t
	}
	return all, nil
}

var functions = template.FuncMap{
	"asset": assetPath,
	"date":  longDate,
	"day":   longText,
	"dict":  dict,
	"words": func() template.HTML { return wordsHere },
	"iso":   func(d register.Day) string { return d.String() },
	"count": thousands,
	"plural": func(n int, one, many string) string {
		if n == 1 {
			return "1 " + one
		}
		return thousands(n) + " " + many
	},
	"spaced": func(s string) string { return strings.ReplaceAll(s, "_", " ") },
	"less":   func(a, b int) int { return a - b },
	"moment": func(t time.Time) string { return t.In(register.England).Format("2 January 2006, 15:04") },
}

// show answers with a page, or with one of its tables as CSV or JSON.
func (s *Site) show(w http.ResponseWriter, r *http.Request, v view) error {
	v.Asked = asked(r)
	for _, p := range v.Parts {
		if p.Table != nil {
			v.Tables = append(v.Tables, p.Table)
		}
	}
	v.Asked.tables = len(v.Tables)
	query := r.URL.Query()
	for _, t := range v.Tables {
		t.arrange(v.Asked, query)
	}
	format := query.Get("format")
	if f := wanted(r); format == "" && f != "html" && len(v.Tables) > 0 {
		format = f
	}
	w.Header().Set("Vary", "Accept")
	if format != "" {
		t := chosen(v.Tables, query.Get("table"))
		if t == nil {
			return &problem{http.StatusNotFound, "There is no such table", "This page has no table of that name to download.", "Use the download links of the page."}
		}
		return t.download(w, v.Asked, format)
	}
	return s.render(w, r, http.StatusOK, v)
}

// render writes a page whole or not at all.
func (s *Site) render(w http.ResponseWriter, r *http.Request, status int, v view) error {
	v.Asked = asked(r)
	t := s.pages.byName[v.Page]
	if t == nil {
		return fmt.Errorf("there is no template %q", v.Page)
	}
	var page bytes.Buffer
	if err := t.ExecuteTemplate(&page, "layout", &v); err != nil {
		return fmt.Errorf("page %s: %w", v.Page, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if w.Header().Get("Cache-Control") == "" {
		w.Header().Set("Cache-Control", "no-cache")
	}
	w.WriteHeader(status)
	_, err := w.Write(explainWords(page.Bytes()))
	return err
}

// Places are the entries of the navigation as this page shows them.
func (v *view) Places() []place {
	list := make([]place, len(places))
	for i, p := range places {
		list[i] = place{p.Text, v.To(p.Href), p.Href == v.Place}
	}
	return append(list, v.workPlaces()...)
}

type place struct {
	Text, Href string
	Current    bool
}

// KeptBySearch is what the search box carries along.
func (v *view) KeptBySearch() []parameter {
	q := url.Values{}
	if v.OnText != "" {
		q.Set("on", v.OnText)
	}
	if v.Known != "" {
		q.Set("known", v.Known)
	}
	return parameters(q)
}

// parameters are the parameters of a query in order, but for some names.
func parameters(q url.Values, without ...string) []parameter {
	var list []parameter
	for name, values := range q {
		if slices.Contains(without, name) {
			continue
		}
		for _, value := range values {
			list = append(list, parameter{name, value})
		}
	}
	slices.SortFunc(list, func(a, b parameter) int { return strings.Compare(a.Name+a.Value, b.Name+b.Value) })
	return list
}

// longDate writes a day as 1 April 2026, and nothing at the ends of time.
func longDate(d register.Day) string {
	if d.String() == "" {
		return ""
	}
	return time.Unix(int64(d)*24*60*60, 0).UTC().Format("2 January 2006")
}

// longText writes a date of the register, YYYY-MM-DD, as 1 April 2026.
func longText(iso string) string {
	d, err := register.ParseDay(iso)
	if err != nil {
		return iso
	}
	return longDate(d)
}

// period writes a period in words.
func period(from, to register.Day) string {
	switch {
	case from.String() == "" && to.String() == "":
		return "No dates are established"
	case to.String() == "":
		return "Since " + longDate(from)
	case from.String() == "":
		return "Until " + longDate(to)
	}
	return longDate(from) + " to " + longDate(to)
}

func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func dayTime(d register.Day) time.Time { return time.Unix(int64(d)*24*60*60, 0).UTC() }

// dict gives a part of a page several values by name.
func dict(pairs ...any) map[string]any {
	values := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		values[pairs[i].(string)] = pairs[i+1]
	}
	return values
}
