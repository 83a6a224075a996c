package web

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"syscall"

	"remit/store"
)

// problem is an error that a person can do something about.
type problem struct {
	Status int    `json:"status"`
	Title  string `json:"title"`
	Text   string `json:"detail"`
	Remedy string `json:"what_to_do"`
}

func (p *problem) Error() string { return p.Title + ": " + p.Text }

var errOrigin = &problem{http.StatusForbidden, "This form came from another site",
	"The request was sent by a page of another site, so nothing was done.", "Open the page here and send the form again."}

// missing says that there is no such thing, and where to look.
func missing(what, code, remedy string) error {
	return &problem{http.StatusNotFound, "There is no " + what + " " + code,
		"The register has no " + what + " with the code " + code + ", on any date.", remedy}
}

// problemOf makes a problem of any error. What the server knows about a fault
// of its own stays at the server.
func problemOf(err error) *problem {
	var p *problem
	var large *http.MaxBytesError
	var rule *store.RuleError
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &large):
		return &problem{http.StatusRequestEntityTooLarge, "That is too much at once", "The form or file is larger than this page takes.", "Send less."}
	case errors.As(err, &rule):
		return &problem{http.StatusConflict, "That cannot be done", rule.Text, ""}
	case errors.Is(err, syscall.ENOSPC):
		return &problem{http.StatusInsufficientStorage, "There is no room for that", "The disk of this server has no room left, and nothing of it was kept.",
			"Delete runs that are no longer needed, or ask whoever runs this Remit for room."}
	case errors.Is(err, store.ErrNotFound):
		return &problem{http.StatusNotFound, "Page not found", "What you asked for is not there.", "Check the address, or search."}
	}
	return &problem{http.StatusInternalServerError, "Sorry, there is a problem with the service",
		"Something went wrong here, and it has been noted.", "Try again in a minute. If it happens again, tell whoever runs this Remit, with the time."}
}

// translate is the one place where an error becomes an answer.
func (s *Site) translate(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return // nobody is waiting
	}
	p := problemOf(err)
	if p.Status >= http.StatusInternalServerError {
		s.log.LogAttrs(r.Context(), slogError, "request failed", errAttr(err), routeAttr(r))
	}
	w.Header().Set("Cache-Control", "no-store")
	switch wanted(r) {
	case "json":
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(p.Status)
		_ = json.NewEncoder(w).Encode(p) // nobody to tell
	case "csv":
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		w.WriteHeader(p.Status)
		c := csv.NewWriter(w)
		_ = c.WriteAll([][]string{{"error", "detail", "what_to_do"}, {p.Title, p.Text, p.Remedy}})
	default:
		if p == errSignIn {
			http.Redirect(w, r, signInAddress(r), http.StatusSeeOther)
			return
		}
		s.problemPage(w, r, p)
	}
}

// wanted is the form in which a request wants its answer: json, csv or html.
func wanted(r *http.Request) string {
	if f := r.URL.Query().Get("format"); f == "json" || f == "csv" {
		return f
	}
	accept := r.Header.Get("Accept")
	switch {
	case strings.Contains(accept, "text/html"):
		return "html"
	case strings.Contains(accept, "json"):
		return "json"
	case strings.Contains(accept, "text/csv"):
		return "csv"
	}
	return "html"
}

func (s *Site) problemPage(w http.ResponseWriter, r *http.Request, p *problem) {
	a := asked(r)
	if a == nil || a.Register == nil {
		// The register cannot be read: a page that needs nothing of it.
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(p.Status)
		_, _ = w.Write([]byte(p.Title + "\n\n" + p.Text + "\n" + p.Remedy + "\n"))
		return
	}
	body := struct {
		*problem
		Near []hit
	}{p, nil}
	if p.Status == http.StatusNotFound {
		body.Near = a.Register.index().find(lastPart(r.URL.Path), 5)
	}
	if err := s.render(w, r, p.Status, view{Page: "problem", Title: p.Title, Body: body}); err != nil {
		s.log.LogAttrs(r.Context(), slogError, "error page failed", errAttr(err), routeAttr(r))
	}
}

func lastPart(path string) string {
	path = strings.TrimRight(path, "/")
	return path[strings.LastIndexByte(path, '/')+1:]
}

// nowhere answers addresses that nothing else answers.
func (s *Site) nowhere(_ http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return &problem{http.StatusMethodNotAllowed, "That cannot be done here", "This address only shows a page.", "Follow the links of the page you came from."}
	}
	return &problem{http.StatusNotFound, "Page not found", "There is no page at this address.",
		"If you typed the address, check it. If you followed a link from another site, tell its owners."}
}
