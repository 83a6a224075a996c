package web

import (
	"cmp"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"remit/store"
)

// sessionCookie holds the token of a session. The prefix makes browsers refuse
// it from other hosts and without TLS; on plain HTTP, to try the program on one
// machine, the cookie goes without the prefix.
const (
	sessionCookie = "__Host-remit"
	plainCookie   = "remit"
)

// A session ends when it was not used for a while, and at the latest after a
// working day.
const (
	sessionIdle    = 8 * time.Hour
	sessionLongest = 12 * time.Hour
	sessionRenewed = 5 * time.Minute // how often its end is moved on
)

// private says whether a request came over TLS, to here or to the proxy.
func (s *Site) private(r *http.Request) bool {
	return r.TLS != nil || s.behindProxy || strings.HasPrefix(s.publicURL, "https://")
}

// cookieName is the cookie of a name as this request carries it.
func (s *Site) cookieName(r *http.Request) string {
	if s.private(r) {
		return sessionCookie
	}
	return plainCookie
}

// setCookie sets a cookie that scripts cannot read and that other sites cannot
// send with a form. A blank value takes it away. It lasts as long as the browser
// is open; how long the session lasts is for the server to say.
func (s *Site) setCookie(w http.ResponseWriter, r *http.Request, name, value string) {
	c := &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.private(r)}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// sessionToken is the token that a request carries, or blank.
func (s *Site) sessionToken(r *http.Request) string {
	c, err := r.Cookie(s.cookieName(r))
	if err != nil {
		return ""
	}
	return c.Value
}

// client is the address that a request comes from, as far as it can be known.
func (s *Site) client(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	if forwarded := r.Header.Values("X-Forwarded-For"); s.behindProxy && len(forwarded) > 0 {
		// The last one was added by the proxy; those before it by whoever likes.
		last := forwarded[len(forwarded)-1]
		last = strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
		if net.ParseIP(last) != nil {
			host = last
		}
	}
	// One network has as many addresses of version 6 as it likes.
	if ip := net.ParseIP(host); ip != nil && ip.To4() == nil {
		host = ip.Mask(net.CIDRMask(64, 128)).String()
	}
	return host
}

// sessionData is what a session keeps.
type sessionData struct {
	Flash string `json:"flash,omitempty"` // to say on the next page
}

// recognise works out who asks: a person with a session, or a program with a key.
func (s *Site) recognise(w http.ResponseWriter, r *http.Request, a *Asked) error {
	if text, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return s.recogniseKey(w, r, a, strings.TrimSpace(text))
	}
	token := s.sessionToken(r)
	if token == "" {
		return nil
	}
	session, err := s.store.Session(r.Context(), token)
	if errors.Is(err, store.ErrNotFound) || err == nil && session.Account == "" {
		return nil
	}
	if err != nil {
		return err
	}
	account, err := s.store.Account(r.Context(), session.Account)
	if errors.Is(err, store.ErrNotFound) || err == nil && account.Disabled {
		return nil
	}
	if err != nil {
		return err
	}
	a.Account = &account
	// What somebody sees who has signed in is not for the next one at the browser.
	w.Header().Set("Cache-Control", "no-store")
	return s.prolong(r, a, token, session)
}

// prolong moves the end of a session on, and takes out what is said once.
func (s *Site) prolong(r *http.Request, a *Asked, token string, session store.Session) error {
	var kept sessionData
	if len(session.Data) > 0 {
		if err := json.Unmarshal(session.Data, &kept); err != nil {
			return err
		}
	}
	expires := s.now().Add(sessionIdle)
	if latest := session.CreatedAt.Add(sessionLongest); expires.After(latest) {
		expires = latest
	}
	said := kept.Flash != "" && r.Method == http.MethodGet && wanted(r) == "html"
	if said {
		a.Flash, kept.Flash = kept.Flash, ""
	}
	if !said && expires.Sub(session.ExpiresAt) < sessionRenewed {
		return nil
	}
	data, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	return s.store.KeepSession(r.Context(), token, data, expires)
}

// flash has a sentence said on the next page that the person sees.
func (s *Site) flash(r *http.Request, text string) error {
	token := s.sessionToken(r)
	session, err := s.store.Session(r.Context(), token)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.store.KeepSession(r.Context(), token, flashData(text), session.ExpiresAt)
}

// flashData is what a session keeps to have a sentence said.
func flashData(text string) []byte {
	data, _ := json.Marshal(sessionData{Flash: text}) // a text can always be written
	return data
}

// done says what was done, on the page that follows.
func (s *Site) done(w http.ResponseWriter, r *http.Request, next, text string) error {
	if err := s.flash(r, text); err != nil {
		return err
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}

// Scopes of keys: what a program may do of what its account may.
const (
	scopeRead  = "read"
	scopeWrite = "write"
)

var scopes = []string{scopeRead, scopeWrite}

var errKey = &problem{http.StatusUnauthorized, "The key is not valid", "The API key of the request is not known here, has expired or was revoked.",
	"Issue a new key on the page of your account."}

func (s *Site) recogniseKey(w http.ResponseWriter, r *http.Request, a *Asked, text string) error {
	w.Header().Set("Cache-Control", "no-store")
	if err := slow(w, s.limits.program.wait(s.client(r), s.now())); err != nil {
		return err
	}
	key, err := s.store.Key(r.Context(), text)
	if errors.Is(err, store.ErrNotFound) {
		w.Header().Set("WWW-Authenticate", "Bearer")
		return errKey
	}
	if err != nil {
		return err
	}
	account, err := s.store.Account(r.Context(), key.Account)
	if errors.Is(err, store.ErrNotFound) || err == nil && account.Disabled {
		w.Header().Set("WWW-Authenticate", "Bearer")
		return errKey
	}
	if err != nil {
		return err
	}
	a.Account, a.Key = &account, &key
	return nil
}

// May says whether whoever asks has a role.
func (a *Asked) May(role store.Role) bool {
	return a.Account != nil && (role == everyone && !a.Account.Disabled || a.Account.Has(role))
}

// SignIn is where to sign in and come back to this page.
func (a *Asked) SignIn() string {
	if here := a.address.Path; here == "/sign-in" || here == "/set-up" {
		return "/sign-in"
	}
	return "/sign-in?next=" + url.QueryEscape(a.address.RequestURI())
}

// signInAddress is where to sign in and come back here.
func signInAddress(r *http.Request) string {
	here := r.URL.RequestURI()
	if r.Method != http.MethodGet {
		here = "/"
	}
	return "/sign-in?next=" + url.QueryEscape(here)
}

// localPath is the path if it is one of this site, or else the first page. What
// browsers read as the address of another site is not: //host, /\host.
func localPath(path string) string {
	u, err := url.Parse(path)
	bad := func(r rune) bool { return r <= ' ' || r == '\\' || r == 0x7f }
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") ||
		strings.ContainsFunc(path, bad) || strings.ContainsFunc(u.Path, bad) || strings.HasPrefix(u.Path, "//") {
		return "/"
	}
	return cmp.Or(u.RequestURI(), "/")
}

// admit lets a request through that its route is open to.
func admit(rt route, r *http.Request, a *Asked) error {
	if a.Key != nil {
		if err := admitKey(rt, r, a.Key); err != nil {
			return err
		}
	}
	switch {
	case rt.may == anyone || a.May(rt.may) || slices.ContainsFunc(rt.or, a.May):
		return nil
	case a.Account == nil:
		return errSignIn
	}
	return &problem{http.StatusForbidden, "Your account may not do that",
		"This page is for people with the role " + string(rt.may) + ".", "Ask an administrator of this Remit for the role, if it is your work."}
}

// admitKey lets a program do what the scopes of its key cover.
func admitKey(rt route, r *http.Request, key *store.APIKey) error {
	scope := scopeWrite
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		scope = scopeRead
	}
	switch {
	case rt.person:
		return &problem{http.StatusForbidden, "This page is for people", "Accounts and keys cannot be changed with an API key.", "Sign in with a browser."}
	case rt.may != anyone && !slices.Contains(key.Scopes, scope):
		return &problem{http.StatusForbidden, "The key may not do that", "The API key of the request does not have the scope " + scope + ".", "Issue a key with that scope."}
	}
	return nil
}

// errSignIn is translated into the page where people sign in.
var errSignIn = &problem{http.StatusUnauthorized, "Sign in to see this", "This page is for people who have an account here.", "Sign in, and you come back to it."}
