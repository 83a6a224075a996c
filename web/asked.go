package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"remit/register"
	"remit/store"
)

// Asked is what every page reads of a request: the day it is about, the moment
// of knowledge, and the register as it was known then.
type Asked struct {
	On       register.Day // as at
	Today    register.Day
	OnText   string // as written in the address; blank: today
	Known    string // as written in the address; blank: by now
	Register *facts
	Newer    bool           // more has been recorded since the moment of knowledge asked for
	Account  *store.Account // who is signed in, or nil
	Key      *store.APIKey  // the key that a program acts with, or nil
	Flash    string         // what was just done, to say once
	address  *url.URL
	tables   int // on the page
}

// errKnown and errOn are faults of the two dates in an address.
var (
	errOn = &problem{http.StatusBadRequest, "That date cannot be read",
		"The date in the address (on=) is not a date.", "Write it as year, month, day: on=2026-04-01."}
	errKnown = &problem{http.StatusBadRequest, "That moment cannot be read",
		"The moment in the address (known=) is neither a date nor a date and time.", "Write known=2026-11-20 or known=2026-11-20T09:00:00Z."}
)

// ask reads what was asked. What it gives back can be shown even with an error.
func (s *Site) ask(r *http.Request) (*Asked, error) {
	a := &Asked{Today: s.today(), On: s.today(), address: r.URL}
	query := r.URL.Query()
	known, errAt := moment(query.Get("known"))
	var err error
	if a.Register, err = s.knownAt(r.Context(), known); errors.Is(err, store.ErrNotFound) {
		a.Register, err = s.knownAt(r.Context(), time.Time{})
		if err == nil && errAt == nil {
			errAt = &problem{http.StatusNotFound, "Nothing was recorded then",
				"This register had nothing in it at the moment that the address names (known=).", "Leave known= out to see what is known now."}
		}
	}
	if err != nil {
		return a, err
	}
	if errAt != nil {
		return a, errAt
	}
	a.Known = query.Get("known")
	if a.Known != "" {
		latest, err := s.knownAt(r.Context(), time.Time{})
		if err != nil {
			return a, err
		}
		a.Newer = latest.Change.Number > a.Register.Change.Number
	}
	if text := strings.TrimSpace(query.Get("on")); text != "" {
		day, err := readDay(text)
		if err != nil {
			return a, errOn
		}
		a.On, a.OnText = day, day.String()
	}
	return a, nil
}

// readDay reads a date as the addresses write it, and as people do in a form.
func readDay(text string) (register.Day, error) {
	for _, layout := range []string{time.DateOnly, "2/1/2006", "2 January 2006", "2 Jan 2006"} {
		if t, err := time.Parse(layout, text); err == nil {
			if t.Year() < 1900 || t.Year() > 2200 {
				break
			}
			return register.DayOf(time.Date(t.Year(), t.Month(), t.Day(), 12, 0, 0, 0, time.UTC)), nil
		}
	}
	return 0, errOn
}

// moment reads a moment of knowledge. A date means its last instant; blank text
// means by now.
func moment(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	day, err := register.ParseDay(text)
	if err != nil {
		return time.Time{}, errKnown
	}
	return register.DayEnd(day), nil
}

type askedKey struct{}

func withAsked(ctx context.Context, a *Asked) context.Context {
	return context.WithValue(ctx, askedKey{}, a)
}

// asked is what was asked by the request; every route that is not plain has it.
func asked(r *http.Request) *Asked {
	a, _ := r.Context().Value(askedKey{}).(*Asked)
	return a
}

// To is the address of a page that keeps the date and the moment of knowledge.
// Names and values to add follow the path.
func (a *Asked) To(path string, pairs ...string) string {
	query := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			query.Set(pairs[i], pairs[i+1])
		}
	}
	if a.OnText != "" && query.Get("on") == "" {
		query.Set("on", a.OnText)
	}
	if a.Known != "" {
		query.Set("known", a.Known)
	}
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// At is the address of this page on another day.
func (a *Asked) At(day register.Day) string { return a.with("on", day.String()) }

// with is the address of this page with one parameter set, or taken out when
// blank.
func (a *Asked) with(pairs ...string) string {
	query := a.address.Query()
	for i := 0; i+1 < len(pairs); i += 2 {
		query.Del(pairs[i])
		if pairs[i+1] != "" {
			query.Set(pairs[i], pairs[i+1])
		}
	}
	if len(query) == 0 {
		return a.address.Path
	}
	return a.address.Path + "?" + query.Encode()
}

// Permalink is the address that shows the same next year.
func (a *Asked) Permalink() string {
	return a.with("on", a.On.String(), "known", a.Register.Change.RecordedAt.UTC().Format(time.RFC3339Nano))
}

// Here is the path of this page.
func (a *Asked) Here() string { return a.address.Path }

// Kept are the parameters of this page apart from the date, for the form that
// changes the date.
func (a *Asked) Kept() []parameter {
	return parameters(a.address.Query(), "on", "format", "page")
}

// parameter is one name and value of an address.
type parameter struct{ Name, Value string }

// AsKnownNow is the address of this page on the same day, as known now.
func (a *Asked) AsKnownNow() string { return a.with("known", "") }

// Now is the address of this page for today, as known now.
func (a *Asked) Now() string { return a.with("on", "", "known", "") }
