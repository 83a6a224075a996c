package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestSuggested asks every question that the first page offers, through its link.
// What they must say is from the domain's list of acceptance questions.
func TestSuggested(t *testing.T) {
	says := []string{
		"West and North London ICB commissions", // the register's first promise
		"jointly",                               // NHS England and the board, by a joint committee
		"under delegation from NHS England",
		"jointly", // the South East is not delegated yet
		"NHS Surrey Heartlands ICB commissions",
		"NHS Surrey and Sussex ICB, the successor of NHS Surrey Heartlands ICB",
		"NHS England itself commissions", // joins the list on 1 April 2025
		"NHS England itself commissions", // a highly specialised service
		"NHS North Central London ICB",   // hosts the team
		"under delegation from NHS England",
		"overtaken",
	}
	if len(says) != len(suggestions()) {
		t.Fatalf("%d questions and %d answers", len(suggestions()), len(says))
	}
	home := ask(t, http.MethodGet, "/", nil, "").Body.String()
	for i, x := range suggestions() {
		query := url.Values{"service": {x.service}, "for": {x.place}}
		if x.on != "" {
			query.Set("on", x.on)
		}
		path := "/?" + query.Encode()
		if !strings.Contains(home, `href="`+strings.ReplaceAll(path, "&", "&amp;")+`"`) {
			t.Errorf("%s: the first page does not offer %s", x.text, path)
		}
		w := ask(t, http.MethodGet, path, nil, "")
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), says[i]) {
			t.Errorf("%s: status %d, does not say %q", x.text, w.Code, says[i])
		}
	}
}

func TestNewsOfTheMonth(t *testing.T) {
	const fallback = "has no change in this month up to this date"
	for _, c := range []struct {
		day, month string
		quiet      bool
	}{
		{"2026-04-30", "April 2026", false}, // the mergers
		{"2025-12-31", "December 2025", true},
		{"2025-09-08", "September 2025", true}, // the first event of that month is on the 9th
		{"2025-09-09", "September 2025", false},
	} {
		text := ask(t, http.MethodGet, "/?on="+c.day, nil, "").Body.String()
		if !strings.Contains(text, "What changed in "+c.month) || strings.Contains(text, fallback) != c.quiet {
			t.Errorf("%s: month %q, quiet %t", c.day, c.month, strings.Contains(text, fallback))
		}
	}
}
