package web

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"

	"remit/store"
)

// provider serves a real identity provider, with the people test-user@127.0.0.1
// and test-user2, whose addresses are at zitadel.ch.
func provider(t *testing.T, back string) string {
	t.Helper()
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	storage.RegisterClients(storage.WebClient("remit", "a-secret", back))
	handler = exampleop.SetupServer(server.URL, storage.NewStorage(storage.NewUserStore(server.URL)), nil, false)
	return server.URL
}

// identityTrial is a site whose people sign in with a provider.
func identityTrial(t *testing.T) *trial {
	t.Helper()
	var site http.Handler
	var mu sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		h := site
		mu.Unlock()
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	issuer := provider(t, server.URL+oidcBack)
	x := newTrial(t, func(o *Options) {
		o.PublicURL, o.OIDC = server.URL, OIDC{Issuer: issuer, ClientID: "remit", ClientSecret: "a-secret"}
	})
	mu.Lock()
	site = x.site
	mu.Unlock()
	x.server = server
	return x
}

// throughProvider signs in at the provider as far as the address that leads back.
func (b *browser) throughProvider(user, next string) string {
	b.Helper()
	start := b.get(oidcStart+"?next="+url.QueryEscape(next)).wants(b.T, http.StatusSeeOther)
	at := start.Header.Get("Location")
	query, _ := url.Parse(at)
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		if len(query.Query().Get(name)) < 32 {
			b.Errorf("the provider is sent no %s", name)
		}
	}
	if query.Query().Get("code_challenge_method") != "S256" {
		b.Error("the challenge is not S256")
	}
	login := b.get(at).wants(b.T, http.StatusFound)
	page, _ := query.Parse(login.Header.Get("Location"))
	id := page.Query().Get("authRequestID")
	page.RawQuery = ""
	callback := b.do("POST", page.String(), url.Values{"username": {user}, "password": {"verysecure"}, "id": {id}}).wants(b.T, http.StatusFound)
	address, _ := query.Parse(callback.Header.Get("Location"))
	back := b.get(address.String()).wants(b.T, http.StatusFound)
	return strings.TrimPrefix(back.Header.Get("Location"), b.server.URL)
}

const providerUser = "test-user@127.0.0.1"

func TestIdentityProvider(t *testing.T) {
	x := identityTrial(t)
	stranger := x.browser()
	stranger.get("/sign-in").wants(t, 200, oidcStart)
	stranger.get(stranger.throughProvider(providerUser, "/account")).wants(t, http.StatusForbidden, "You have no account here")
	if accounts, err := x.store.Accounts(t.Context()); err != nil || len(accounts) != 0 {
		t.Fatalf("an account was made: %v, %v", accounts, err)
	}
	if _, err := x.store.CreateAccount(t.Context(), "test", store.Account{Name: "t.user", FullName: "Test User", Email: "Test-User@zitadel.ch", Roles: []store.Role{store.Reader}}); err != nil {
		t.Fatal(err)
	}
	b := x.browser()
	answer := b.get(b.throughProvider(providerUser, "/account")).wants(t, http.StatusSeeOther)
	if to := answer.Header.Get("Location"); to != "/account" {
		t.Errorf("sent to %s", to)
	}
	b.get("/account").wants(t, 200, "Test User", "You have signed in.")
	a, err := x.store.Account(t.Context(), "t.user")
	if err != nil || !strings.HasSuffix(a.Subject, " id1") {
		t.Fatalf("the account is bound to %q, %v", a.Subject, err)
	}
	// From now on the subject counts, not the address.
	if _, err := x.store.ChangeAccount(t.Context(), "test", "t.user", func(a *store.Account) { a.Email = "test-user2@zitadel.ch" }); err != nil {
		t.Fatal(err)
	}
	again := x.browser()
	again.get(again.throughProvider(providerUser, "/")).wants(t, http.StatusSeeOther)
	if !again.signedIn() {
		t.Error("the subject is not known any more")
	}
	other := x.browser()
	other.get(other.throughProvider("test-user2", "/")).wants(t, http.StatusForbidden, "You have no account here")
	if _, err := x.store.CreateAccount(t.Context(), "test", store.Account{Name: "boss", Roles: []store.Role{store.Administrator}}); err != nil {
		t.Fatal(err)
	}
	if _, err := x.store.ChangeAccount(t.Context(), "test", "t.user", func(a *store.Account) { a.Disabled = true }); err != nil {
		t.Fatal(err)
	}
	again.get(again.throughProvider(providerUser, "/")).wants(t, http.StatusForbidden)
}

func TestIdentityAnswersThatAreRefused(t *testing.T) {
	x := identityTrial(t)
	if _, err := x.store.CreateAccount(t.Context(), "test", store.Account{Name: "t.user", Email: "test-user@zitadel.ch"}); err != nil {
		t.Fatal(err)
	}
	victim := x.browser()
	back := x.browser().throughProvider(providerUser, "/") // somebody else's answer
	victim.get(back).wants(t, http.StatusBadRequest, "not begun here")
	victim.get(oidcStart)
	victim.get(back).wants(t, http.StatusBadRequest, "not begun here") // another state

	b := x.browser()
	back = b.throughProvider(providerUser, "//evil.example")
	wrong := strings.Replace(back, "code=", "code=x", 1)
	b.get(wrong).wants(t, http.StatusForbidden, "You were not signed in")
	b.get(back).wants(t, http.StatusBadRequest) // the errand was taken

	back = b.throughProvider(providerUser, "//evil.example")
	if to := b.get(back).wants(t, http.StatusSeeOther).Header.Get("Location"); to != "/" {
		t.Errorf("sent to %s", to)
	}
	b.get(back).wants(t, http.StatusBadRequest)
	late := x.browser()
	back = late.throughProvider(providerUser, "/")
	x.clock.add(oidcValid + time.Second)
	late.get(back).wants(t, http.StatusBadRequest)
}

func TestIdentityProviderAway(t *testing.T) {
	x := newTrial(t, func(o *Options) {
		o.PublicURL, o.OIDC = "http://127.0.0.1:1", OIDC{Issuer: "http://127.0.0.1:1", ClientID: "remit"}
	})
	b := x.browser()
	b.get("/").wants(t, 200)
	b.get(oidcStart).wants(t, http.StatusServiceUnavailable, "cannot be reached")
	newTrial(t, nil).browser().get(oidcStart).wants(t, http.StatusNotFound)
}

func TestIdentitySettings(t *testing.T) {
	for _, c := range []struct {
		o      OIDC
		public string
	}{
		{OIDC{Issuer: "https://id.example"}, "https://remit.example"},
		{OIDC{Issuer: "https://id.example", ClientID: "x"}, ""},
		{OIDC{Issuer: "http://id.example", ClientID: "x"}, "https://remit.example"},
		{OIDC{Issuer: "https://id.example", ClientID: "x"}, "http://remit.example"},
	} {
		if _, err := newIdentity(c.o, c.public); err == nil {
			t.Errorf("%+v at %q was taken", c.o, c.public)
		}
	}
}

// TestOverTLS holds the cookies of a site that speaks TLS itself.
func TestOverTLS(t *testing.T) {
	x := newTrial(t, nil).people()
	r := httptest.NewRequest("POST", "https://remit.example/sign-in", strings.NewReader(url.Values{"name": {"reader"}, "password": {goodPassword}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.TLS = &tls.ConnectionState{}
	w := httptest.NewRecorder()
	x.site.ServeHTTP(w, r)
	if c := w.Result().Cookies(); len(c) != 1 || c[0].Name != "__Host-remit" || !c[0].Secure {
		t.Errorf("the cookies are %v", c)
	}
}
