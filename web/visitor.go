package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"remit/store"
)

// sessionCookie holds the token of a session. The prefix makes browsers refuse
// it from other hosts and without TLS; on plain HTTP, to try the program on one
// machine, the cookie goes without the prefix.
const (
	sessionCookie = "__Host-remit"
	plainCookie   = "remit"
)

// sessionToken is the token that a request carries, or blank.
func sessionToken(r *http.Request) string {
	for _, name := range []string{sessionCookie, plainCookie} {
		if c, err := r.Cookie(name); err == nil {
			return c.Value
		}
	}
	return ""
}

// visitor is the account that a request is signed in with, or nil.
func (s *Site) visitor(r *http.Request) (*store.Account, error) {
	token := sessionToken(r)
	if token == "" {
		return nil, nil
	}
	session, err := s.store.Session(r.Context(), token)
	if errors.Is(err, store.ErrNotFound) || err == nil && session.Account == "" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	account, err := s.store.Account(r.Context(), session.Account)
	if errors.Is(err, store.ErrNotFound) || err == nil && account.Disabled {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &account, nil
}

// May says whether whoever asks has a role.
func (a *Asked) May(role store.Role) bool { return a.Account != nil && a.Account.Has(role) }

// signInAddress is where to sign in and come back here.
func signInAddress(r *http.Request) string {
	here := r.URL.RequestURI()
	if r.Method != http.MethodGet {
		here = "/"
	}
	return "/sign-in?next=" + url.QueryEscape(here)
}

// admit lets a request through that its route is open to.
func admit(rt route, a *Asked) error {
	switch {
	case rt.may == anyone || a.May(rt.may) || slices.ContainsFunc(rt.or, a.May):
		return nil
	case a.Account == nil:
		return errSignIn
	}
	return &problem{http.StatusForbidden, "Your account may not do that",
		"This page is for people with the role " + string(rt.may) + ".", "Ask an administrator of this Remit for the role, if it is your work."}
}

// errSignIn is translated into the page where people sign in.
var errSignIn = &problem{http.StatusUnauthorized, "Sign in to see this", "This page is for people who have an account here.", "Sign in, and you come back to it."}
