package web

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"remit/store"
)

// What guessing is held to: after so many wrong passwords an account is locked for
// a while, and attempts are let through at a pace, by address and by name.
const (
	signInFailures = 5
	signInLock     = 15 * time.Minute
)

// limits are the paces of attempts.
type limits struct{ address, name, program *throttle }

func newLimits() limits {
	return limits{
		address: newThrottle(2*time.Second, 20),
		name:    newThrottle(6*time.Second, 10),
		program: newThrottle(50*time.Millisecond, 100),
	}
}

const (
	signInFault = "The name or the password is not right, or the account cannot be used at the moment"
	signInWait  = "Check both. After several wrong passwords an account is locked for a quarter of an hour."
)

func signInForm() *form {
	return &form{Name: "sign-in", Action: "/sign-in", Button: "Sign in", Fields: []*field{
		{Name: "name", Label: "Account name", Autocomplete: "username"},
		{Name: "password", Label: "Password", Type: "password", Autocomplete: "current-password"},
	}}
}

// signInPage shows the form.
func (s *Site) signInPage(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	next := localPath(query.Get("next"))
	if asked(r).Account != nil {
		http.Redirect(w, r, next, http.StatusSeeOther)
		return nil
	}
	v := view{}
	if query.Has("left") {
		v.Warn = "You have signed out."
	}
	return s.showSignIn(w, r, v, signInForm(), next)
}

func (s *Site) showSignIn(w http.ResponseWriter, r *http.Request, v view, f *form, next string) error {
	v.Title, v.Lead = "Sign in", "For people who keep the register. Everything public can be read without an account."
	f.Hidden = []parameter{{"next", next}}
	parts := []part{{Form: f}}
	if s.identity != nil {
		parts = append(parts, part{Title: "With your organisation's account", Links: []link{{"Sign in with your organisation's account", oidcStart + "?next=" + url.QueryEscape(next)}}})
	}
	parts = append(parts, part{Title: "If you cannot sign in", Text: "Ask an administrator of this Remit for an account, or for a link by which to choose a new password."})
	return s.formsPage(w, r, v, parts...)
}

// signIn signs somebody in who knows a name and its password.
func (s *Site) signIn(w http.ResponseWriter, r *http.Request) error {
	f := signInForm()
	if err := f.read(r); err != nil {
		return err
	}
	next := localPath(r.PostForm.Get("next"))
	name, password := strings.ToLower(f.text("name")), f.text("password")
	now := s.now()
	if err := slow(w, s.limits.address.wait(s.client(r), now), s.limits.name.wait(name, now)); err != nil {
		return err
	}
	if name == "" {
		f.fault("name", "Enter the name of your account")
	}
	if password == "" {
		f.fault("password", "Enter your password")
	}
	if f.faulty() {
		return s.showSignIn(w, r, view{}, f, next)
	}
	account, err := s.prove(r.Context(), name, password)
	if errors.Is(err, errNotProven) {
		f.fault("name", signInFault)
		return s.showSignIn(w, r, view{Warn: signInWait}, f, next)
	}
	if err != nil {
		return err
	}
	if err := s.begin(w, r, account.Name, "You have signed in."); err != nil {
		return err
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}

// errNotProven does not say what was wrong.
var errNotProven = errors.New("the name and the password do not go together")

// prove checks a password and records the attempt. It does the same work whether
// or not there is an account of the name.
func (s *Site) prove(ctx context.Context, name, password string) (store.Account, error) {
	account, err := s.store.Account(ctx, name)
	known := err == nil && account.PasswordHash != ""
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return account, err
	}
	hash := noPassword()
	if known {
		hash = account.PasswordHash
	}
	fits := false
	if utf8.RuneCountInString(password) <= passwordLongest {
		if fits, err = passwordFits(password, hash); err != nil {
			return account, err
		}
	}
	switch {
	case !known:
		// The name is not recorded: it may be a password, typed in the wrong place.
		err = s.store.Record(ctx, "nobody", "account.sign-in-failed", "no account", struct{}{})
	case account.Disabled || account.LockedUntil.After(s.now()):
		err = s.store.Record(ctx, account.Name, "account.sign-in-refused", "account "+account.Name, struct{}{})
	case !fits:
		_, err = s.store.FailSignIn(ctx, account.Name, signInFailures, signInLock)
	default:
		account, err = s.store.PassSignIn(ctx, account.Name)
		var rule *store.RuleError
		if errors.As(err, &rule) {
			return account, errNotProven
		}
		return account, err
	}
	if err != nil {
		return account, err
	}
	return account, errNotProven
}

// sameText compares secrets in a time that does not tell how far they agree.
func sameText(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// begin begins a session for an account. The session before, if there is one, ends:
// a token that somebody else may know is never signed in.
func (s *Site) begin(w http.ResponseWriter, r *http.Request, account, text string) error {
	if token := s.sessionToken(r); token != "" {
		if err := s.store.EndSession(r.Context(), token); err != nil {
			return err
		}
	}
	if err := s.store.PurgeSessions(r.Context()); err != nil {
		return err
	}
	token, err := s.store.NewSession(r.Context(), account, flashData(text), s.now().Add(sessionIdle))
	if err != nil {
		return err
	}
	s.setCookie(w, r, s.cookieName(r), token)
	return nil
}

// signOut ends the session.
func (s *Site) signOut(w http.ResponseWriter, r *http.Request) error {
	if a := asked(r).Account; a != nil {
		if err := s.store.EndSession(r.Context(), s.sessionToken(r)); err != nil {
			return err
		}
		if err := s.store.Record(r.Context(), a.Name, "account.sign-out", "account "+a.Name, struct{}{}); err != nil {
			return err
		}
	}
	s.setCookie(w, r, s.cookieName(r), "")
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	http.Redirect(w, r, "/sign-in?left=1", http.StatusSeeOther)
	return nil
}
