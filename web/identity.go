package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"remit/store"
)

// OIDC says with which identity provider people sign in, by OpenID Connect. With a
// blank issuer they do not.
type OIDC struct {
	Issuer       string // https://login.example.org
	ClientID     string
	ClientSecret string
}

// Addresses of signing in with an identity provider.
const (
	oidcStart  = "/sign-in/organisation"
	oidcBack   = "/sign-in/organisation/back"
	oidcCookie = "-organisation" // behind the name of the cookie of the session
	oidcValid  = 10 * time.Minute
)

// identity is the identity provider. What it says of itself is asked when somebody
// first signs in with it, so that the register is there also when it is not.
type identity struct {
	OIDC
	client *http.Client
	back   string // where it sends people

	mu       sync.Mutex
	provider *oidc.Provider
}

func newIdentity(o OIDC, publicURL string) (*identity, error) {
	if o.Issuer == "" {
		return nil, nil
	}
	if o.ClientID == "" || publicURL == "" {
		return nil, errors.New("OpenID Connect needs the issuer, the client and the public address of this Remit")
	}
	for _, address := range []string{o.Issuer, publicURL} {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !local(u.Hostname())) {
			return nil, fmt.Errorf("%s: OpenID Connect needs addresses that begin with https://", address)
		}
	}
	return &identity{OIDC: o, client: &http.Client{Timeout: 10 * time.Second}, back: publicURL + oidcBack}, nil
}

// local says whether a host is this machine, where TLS is not needed.
func local(host string) bool { return host == "localhost" || host == "127.0.0.1" || host == "::1" }

var errIdentity = &problem{http.StatusServiceUnavailable, "Your organisation's sign-in cannot be reached", "The identity provider did not answer, or not in a way that can be relied on.",
	"Try again in a minute. If it happens again, tell whoever runs this Remit, with the time."}

// discover asks the provider what it says of itself, until it has answered once.
func (i *identity) discover(ctx context.Context) (*oidc.Provider, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.provider == nil {
		// The provider keeps the context to fetch keys with: it must outlive the request.
		p, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), i.client), i.Issuer)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errIdentity, err)
		}
		i.provider = p
	}
	return i.provider, nil
}

func (i *identity) config(p *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{ClientID: i.ClientID, ClientSecret: i.ClientSecret, Endpoint: p.Endpoint(), RedirectURL: i.back, Scopes: []string{oidc.ScopeOpenID, "profile", "email"}}
}

// errand is what is remembered of a browser while its person is at the provider.
type errand struct{ State, Nonce, Verifier, Next string }

var errNoIdentity = &problem{http.StatusNotFound, "Page not found", "This Remit has no sign-in by an organisation's account.", "Sign in with a name and a password."}

// identityStart sends somebody to the provider.
func (s *Site) identityStart(w http.ResponseWriter, r *http.Request) error {
	if s.identity == nil {
		return errNoIdentity
	}
	if err := slow(w, s.limits.address.wait(s.client(r), s.now())); err != nil {
		return err
	}
	p, err := s.identity.discover(r.Context())
	if err != nil {
		s.log.LogAttrs(r.Context(), slogError, "identity provider failed", errAttr(err))
		return err
	}
	e := errand{State: oauth2.GenerateVerifier(), Nonce: oauth2.GenerateVerifier(), Verifier: oauth2.GenerateVerifier(), Next: localPath(r.URL.Query().Get("next"))}
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	token, err := s.store.NewSession(r.Context(), "", data, s.now().Add(oidcValid))
	if err != nil {
		return err
	}
	s.setCookie(w, r, s.cookieName(r)+oidcCookie, token)
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, s.identity.config(p).AuthCodeURL(e.State, oidc.Nonce(e.Nonce), oauth2.S256ChallengeOption(e.Verifier)), http.StatusSeeOther)
	return nil
}

var (
	errErrand = &problem{http.StatusBadRequest, "This sign-in was not begun here", "The answer of your organisation's sign-in does not belong to a sign-in of this browser within the last ten minutes.",
		"Begin again on the page Sign in."}
	errNotGiven = &problem{http.StatusForbidden, "You were not signed in", "Your organisation's sign-in did not say who you are.", "Begin again on the page Sign in."}
	errNobody   = &problem{http.StatusForbidden, "You have no account here", "Your organisation knows you, but this Remit has no account for you that can be used.",
		"Ask an administrator of this Remit for one, and give the e-mail address that your organisation knows you by."}
)

// identityBack takes the answer of the provider, and signs the person in who has an
// account here.
func (s *Site) identityBack(w http.ResponseWriter, r *http.Request) error {
	if s.identity == nil {
		return errNoIdentity
	}
	if err := slow(w, s.limits.address.wait(s.client(r), s.now())); err != nil {
		return err
	}
	e, err := s.takeErrand(w, r)
	if err != nil {
		return err
	}
	subject, email, err := s.identity.ask(r.Context(), r.URL.Query().Get("code"), e)
	if err != nil {
		s.log.LogAttrs(r.Context(), slogError, "sign-in at the identity provider failed", errAttr(err))
		return err
	}
	account, err := s.accountOf(r.Context(), subject, email)
	if err != nil {
		return err
	}
	if account, err = s.store.PassSignIn(r.Context(), account.Name); err != nil {
		var rule *store.RuleError
		if errors.As(err, &rule) {
			return errNobody
		}
		return err
	}
	if err := s.begin(w, r, account.Name, "You have signed in."); err != nil {
		return err
	}
	http.Redirect(w, r, e.Next, http.StatusSeeOther)
	return nil
}

// takeErrand is the errand that an answer belongs to. It can be taken once.
func (s *Site) takeErrand(w http.ResponseWriter, r *http.Request) (e errand, err error) {
	name := s.cookieName(r) + oidcCookie
	cookie, err := r.Cookie(name)
	if err != nil {
		return e, errErrand
	}
	session, err := s.store.Session(r.Context(), cookie.Value)
	if errors.Is(err, store.ErrNotFound) || err == nil && session.Account != "" {
		return e, errErrand
	}
	if err != nil {
		return e, err
	}
	if err := s.store.EndSession(r.Context(), cookie.Value); err != nil {
		return e, err
	}
	s.setCookie(w, r, name, "")
	if err := json.Unmarshal(session.Data, &e); err != nil || e.State == "" || !sameText(r.URL.Query().Get("state"), e.State) {
		return e, errErrand
	}
	return e, nil
}

// ask exchanges a code for the identity of a person: the issuer and subject, and
// the e-mail address if the provider vouches for it.
func (i *identity) ask(ctx context.Context, code string, e errand) (subject, email string, err error) {
	p, err := i.discover(ctx)
	if err != nil {
		return "", "", err
	}
	ctx = oidc.ClientContext(ctx, i.client)
	token, err := i.config(p).Exchange(ctx, code, oauth2.VerifierOption(e.Verifier))
	if err != nil {
		return "", "", fmt.Errorf("%w: %s", errNotGiven, brief(err))
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := p.Verifier(&oidc.Config{ClientID: i.ClientID}).Verify(ctx, raw)
	if err != nil {
		return "", "", fmt.Errorf("%w: %w", errNotGiven, err)
	}
	if !sameText(id.Nonce, e.Nonce) {
		return "", "", fmt.Errorf("%w: the nonce is another", errNotGiven)
	}
	claims, err := claimsOf(id.Claims)
	if err != nil {
		return "", "", fmt.Errorf("%w: %w", errNotGiven, err)
	}
	if claims.Email == "" {
		if info, err := p.UserInfo(ctx, oauth2.StaticTokenSource(token)); err == nil && info.Subject == id.Subject {
			if claims, err = claimsOf(info.Claims); err != nil {
				return "", "", fmt.Errorf("%w: %w", errNotGiven, err)
			}
		}
	}
	if claims.Verified {
		email = strings.TrimSpace(claims.Email)
	}
	return id.Issuer + " " + id.Subject, email, nil
}

type claims struct {
	Email    string `json:"email"`
	Verified bool   `json:"email_verified"`
}

func claimsOf(read func(any) error) (c claims, err error) {
	err = read(&c)
	return c, err
}

// brief is an error without the answer of the provider, which can hold tokens.
func brief(err error) string {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) {
		return "the provider refused the code: " + refused.ErrorCode
	}
	return "the provider did not take the code"
}

// accountOf is the account of an identity. At the first time it is found by its
// e-mail address, and bound. No account is ever made.
func (s *Site) accountOf(ctx context.Context, subject, email string) (store.Account, error) {
	account, err := s.store.AccountOf(ctx, subject)
	if !errors.Is(err, store.ErrNotFound) {
		return account, err
	}
	accounts, err := s.store.Accounts(ctx)
	if err != nil {
		return store.Account{}, err
	}
	var fitting []store.Account
	for _, a := range accounts {
		if email != "" && strings.EqualFold(a.Email, email) && !a.Disabled {
			fitting = append(fitting, a)
		}
	}
	if len(fitting) != 1 || fitting[0].Subject != "" {
		return store.Account{}, errors.Join(errNobody, s.store.Record(ctx, "nobody", "account.sign-in-failed", "no account", struct{}{}))
	}
	bound := false
	account, err = s.store.ChangeAccount(ctx, fitting[0].Name, fitting[0].Name, func(x *store.Account) {
		if bound = x.Subject == "" && !x.Disabled && strings.EqualFold(x.Email, email); bound {
			x.Subject = subject
		}
	})
	if err == nil && !bound {
		return account, errNobody
	}
	return account, err
}
