package web

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"remit/quality"
	"remit/register"
	"remit/store"
)

// alertTable lists alerts, each with the rule that found it.
func (b *board) alertTable(name, caption string, list []*quality.Alert) *Table {
	t := &Table{Name: name, Caption: caption, Search: len(list) > 10, Empty: "Nothing stands out.", Columns: []Column{{Key: "organisation", Title: "Provider", Wide: true}, {Key: "metric", Title: "Metric"}, {Key: "service", Title: "Service", Filter: len(list) > 10}, {Key: "judgement", Title: "Judgement", Filter: len(list) > 10},
		{Key: "value", Title: "Value", Numeric: true}, {Key: "period", Title: "Quarter"}, {Key: "rule", Title: "Rule that fired"}, {Key: "severity", Title: "Severity", Filter: len(list) > 10}, {Key: "state", Title: "State", Filter: len(list) > 10}}}
	for _, a := range list {
		s := b.Find(a.Service, a.Metric)
		state := Cell{Text: sentence(string(a.State)), More: fmt.Sprintf("since release %d", a.Raised)}
		if hasRole(b.asked) {
			state.Href = "/quality/alerts/" + a.ID
			if a.AcknowledgedBy != "" {
				state.More = "by " + a.AcknowledgedBy
			}
		}
		t.Rows = append(t.Rows, Row{Cell{Text: b.name(a.Organisation), Value: a.Organisation, Href: b.to("/quality/providers/" + url.PathEscape(a.Organisation))}, b.metricCell(s, a.Organisation), Cell{Text: b.service(a.Service), Value: a.Service},
			say(sentence(a.Judgement)).or("No better way"), shownCell(s.Definition, a.Value), say(a.Period.String()), Cell{Text: a.Says(), Value: a.Rule, More: limitWords(s, a)}, say(sentence(a.Severity)), state})
	}
	return t
}

// limitWords says between which limits a figure was expected.
func limitWords(s *quality.Subject, a *quality.Alert) string {
	if a.LimitLow != a.LimitLow || a.LimitUpper != a.LimitUpper {
		return a.Chart
	}
	return fmt.Sprintf("%s: expected %s to %s", a.Chart, quality.Shown(s.Definition, max(0, a.LimitLow)), quality.Shown(s.Definition, a.LimitUpper))
}

// highlighted shows what the release changed, and by which rule.
func (s *Site) highlighted(w http.ResponseWriter, r *http.Request) error {
	b, err := s.boardOf(r)
	if err != nil {
		return err
	}
	if b.Release.Number == 0 {
		return s.nothingPublished(w, r, b)
	}
	c := quality.ChangedBy(b.alerts, b.Release.Number, b.shows)
	v := b.view(fmt.Sprintf("Release %d: %s stand out anew, %s", b.Release.Number, plural(len(c.Raised), "figure", "figures"), plural(len(c.Settled), "no longer does", "no longer do")),
		"What changed with this release, and the rule that fired. Concerns and alarms come first.")
	v.Parts = append(v.Parts, section{ID: "more", Links: []link{{"Feed (Atom)", b.to("/quality/highlighted.atom")}, {"Digest as text, to send", b.to("/quality/digest")}}})
	v.add("new", "New", "", b.alertTable("new", "Raised by this release", c.Raised))
	v.add("worse", "Worse", "An alert that has become an alarm.", b.alertTable("worse", "Grown worse", c.Worse))
	v.add("resolved", "Resolved", "There is a figure, and no rule finds it any more.", b.alertTable("resolved", "Resolved by this release", c.Settled))
	v.add("continuing", "Continuing", "", b.alertTable("continuing", "Found again", c.Continued))
	rules := &Table{Name: "rules", Caption: "Rules that raise alerts", Columns: []Column{{Key: "rule", Title: "Rule"}, {Key: "chart", Title: "Chart"}, {Key: "finds", Title: "Finds"}, {Key: "severity", Title: "Severity"}, {Key: "source", Title: "Source"}}}
	for _, x := range s.quality.Rules {
		rules.Rows = append(rules.Rows, Row{code(x.Name), say(x.Chart), say(x.Finds), say(x.Severity), Cell{Text: x.Source, Small: true, Tag: x.Confidence + " confidence"}})
	}
	v.add("rules", "Rules", "NHS England's own rules for alerts are not established. These are public for sister systems, and are rows of a file.", rules)
	v.Parts = append(v.Parts, section{ID: "releases", Title: "Releases", Links: b.releaseLinks()})
	return s.show(w, r, v)
}

// highlightedFeed has an entry for each release.
func (s *Site) highlightedFeed(w http.ResponseWriter, r *http.Request) error {
	b, err := s.boardOf(r)
	if err != nil {
		return err
	}
	root := siteRoot(r)
	feed := atomFeed{Title: "Remit: what stands out in quality", ID: root + "/quality/highlighted", Updated: s.now().UTC().Format(time.RFC3339), Author: "Remit",
		Links: []atomLink{{Rel: "self", Href: root + r.URL.RequestURI()}, {Rel: "alternate", Href: root + "/quality/highlighted"}}}
	if len(b.Releases) > 0 {
		feed.Updated = b.Releases[0].At.UTC().Format(time.RFC3339)
	}
	for i, x := range b.Releases {
		if i == 20 {
			break
		}
		c := quality.ChangedBy(b.alerts, x.Number, b.shows)
		var lines []string
		for _, a := range append(slices.Clone(c.Raised), c.Worse...) {
			lines = append(lines, b.name(a.Organisation)+", "+b.Find(a.Service, a.Metric).Definition.Short+": "+a.Says())
		}
		if len(lines) > 20 {
			lines = append(lines[:20], fmt.Sprintf("and %d more", len(lines)-20))
		}
		address := root + "/quality/highlighted?release=" + strconv.FormatInt(x.Number, 10)
		text := strings.Join(lines, ". ")
		if warn := b.warn(); warn != "" {
			text = warn + " " + text
		}
		feed.Entries = append(feed.Entries, atomEntry{Title: fmt.Sprintf("Release %d, %s: %d new, %d worse, %d resolved", x.Number, x.Title, len(c.Raised), len(c.Worse), len(c.Settled)), ID: address, Link: atomLink{Rel: "alternate", Href: address},
			Updated: x.At.UTC().Format(time.RFC3339), Summary: text, Category: atomCategory{"quality"}})
	}
	w.Header().Set("Content-Type", "application/atom+xml; charset=utf-8")
	if _, err := w.Write([]byte(xml.Header)); err != nil {
		return err
	}
	return xml.NewEncoder(w).Encode(feed)
}

// qualityDigest is a release as a letter of plain text.
func (s *Site) qualityDigest(w http.ResponseWriter, r *http.Request) error {
	b, err := s.boardOf(r)
	if err != nil {
		return err
	}
	if b.Release.Number == 0 {
		return &problem{http.StatusNotFound, "There is nothing to send", "Nothing has been published on quality yet.", "The page on quality says where to begin."}
	}
	organisation := strings.ToUpper(r.URL.Query().Get("organisation"))
	mine := func(string) bool { return true }
	if organisation != "" {
		in, _ := b.providersIn(organisation)
		mine = func(provider string) bool { return provider == organisation || slices.Contains(in, provider) }
	}
	l := quality.Letter{Of: "England", Title: fmt.Sprintf("Release %d of %s: %s", b.Release.Number, longDate(register.DayOf(b.Release.At)), b.Release.Title), Board: b.Board, Names: b.either, Address: siteRoot(r), Synthetic: b.warn() != "" && strings.HasPrefix(b.warn(), "Synthetic"),
		Changed: quality.ChangedBy(b.alerts, b.Release.Number, func(a *quality.Alert) bool { return mine(a.Organisation) && b.shows(a) })}
	if organisation != "" {
		l.Of = b.name(organisation)
	}
	for _, e := range s.quality.Metrics.DueFrom("", b.Latest) {
		if mine(e.Provider) && !b.came(e.Provider, e.Service) {
			l.Missing = append(l.Missing, b.name(e.Provider)+": "+b.service(e.Service)+", "+e.Period.String())
		}
	}
	var text bytes.Buffer
	if err := l.Write(&text); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err = w.Write(text.Bytes())
	return err
}

// came says whether a provider's return for the latest quarter has been published.
func (b *board) came(provider, service string) bool {
	for _, x := range b.Of(provider) {
		if x.Subject.Service == service {
			if p := x.At(b.Latest); p != nil && p.Came {
				return true
			}
		}
	}
	return false
}

// alertPage shows the life of an alert, and lets those who may acknowledge it.
func (s *Site) alertPage(w http.ResponseWriter, r *http.Request) error {
	return s.showAlert(w, r, nil)
}

func (s *Site) showAlert(w http.ResponseWriter, r *http.Request, faults []workFault) error {
	b, err := s.boardOf(r)
	if err != nil {
		return err
	}
	account := asked(r).Account
	a, err := s.store.Alert(r.Context(), r.PathValue("id"))
	if errors.Is(err, store.ErrNotFound) || err == nil && !b.shows(a) {
		return &problem{http.StatusNotFound, "There is no such alert", "No alert has this address, or its figure may not be shown to you.", "The page of what is highlighted lists alerts."}
	}
	if err != nil {
		return err
	}
	subject := b.Find(a.Service, a.Metric)
	v := b.view(fmt.Sprintf("%s, %s: %s", b.name(a.Organisation), subject.Definition.Short, strings.ToLower(a.Says()[:1])+a.Says()[1:]), "", link{"Highlighted", b.to("/quality/highlighted")})
	v.Page, v.Body = "work", &workBody{}
	v.Facts = []named{{"State", say(sentence(string(a.State)))}, {"Severity", say(sentence(a.Severity))}, {"Value", Cell{Text: quality.Shown(subject.Definition, a.Value), More: a.Period.String()}}, {"Rule", Cell{Text: a.Rule, More: limitWords(subject, a)}},
		{"Provider", Cell{Text: b.name(a.Organisation), Href: "/quality/providers/" + a.Organisation}}, {"Metric", b.metricCell(subject, a.Organisation)}, {"Raised by", say(fmt.Sprintf("release %d", a.Raised))}}
	t := &Table{Name: "events", Caption: "Its life, the latest first", Columns: []Column{{Key: "at", Title: "When"}, {Key: "what", Title: "What"}, {Key: "release", Title: "Release", Numeric: true}, {Key: "value", Title: "Value", Numeric: true}, {Key: "by", Title: "By"}, {Key: "note", Title: "Note"}}}
	for _, e := range slices.Backward(a.Events) {
		t.Rows = append(t.Rows, Row{momentCell(e.At), say(map[quality.Action]string{quality.Raise: "Raised", quality.Continue: "Found again", quality.Resolve: "Resolved", quality.Acknowledge: "Acknowledged", quality.Remark: "Remark"}[e.Action]), number(int(e.Release)), shownCell(subject.Definition, e.Value), say(e.Actor).or("The release"), say(e.Note).or("None")})
	}
	v.add("events", "What became of it", "", t)
	if account.MayAcknowledge(b.boardOfProvider(a.Organisation)) && a.Active() {
		f := &workForm{ID: "note", Title: "Acknowledge it", Text: "Say what is known or done about it. It stays acknowledged until it is resolved or grows worse. Your name and the note are kept for good.", Action: "/quality/alerts/" + a.ID,
			Hidden: []parameter{{"events", strconv.Itoa(len(a.Events))}}, Buttons: []workButton{{Text: "Acknowledge", Name: "action", Value: string(quality.Acknowledge)}, {Text: "Only remark", Name: "action", Value: string(quality.Remark), Second: true}}}
		if a.State == quality.Acknowledged {
			f.Title, f.Buttons = "Remark on it", f.Buttons[1:]
		}
		f.field(workField{Name: "text", Label: "What is known or done", Type: "area", Value: r.PostFormValue("text")})
		body := v.Body.(*workBody)
		body.Forms = []*workForm{f}
		for _, x := range faults {
			body.fault(x.Field, x.Text)
		}
	}
	return s.showWork(w, r, v)
}

// noteAlert acknowledges an alert or remarks on it.
func (s *Site) noteAlert(w http.ResponseWriter, r *http.Request) error {
	account := asked(r).Account
	a, err := s.store.Alert(r.Context(), r.PathValue("id"))
	if errors.Is(err, store.ErrNotFound) {
		return &problem{http.StatusNotFound, "There is no such alert", "No alert has this address.", "The page of what is highlighted lists alerts."}
	}
	if err != nil {
		return err
	}
	if !account.MayAcknowledge(providerBoard(asked(r), a.Organisation)) {
		return &problem{http.StatusForbidden, "This alert is for others to acknowledge", "Editors and approvers of the board in whose area the provider lies may, and national ones.", "Ask them."}
	}
	text := strings.TrimSpace(r.PostFormValue("text"))
	if text == "" {
		return s.showAlert(w, r, []workFault{{"Say what is known or done about it.", "text"}})
	}
	seen, err := strconv.Atoi(r.PostFormValue("events"))
	if err != nil {
		seen = -1
	}
	if a, err = s.store.NoteAlert(r.Context(), account.Name, a.ID, quality.Action(r.PostFormValue("action")), text, seen); err != nil {
		return err
	}
	return s.done(w, r, "/quality/alerts/"+a.ID, "The alert is "+string(a.State)+". Your note is kept with it.")
}
