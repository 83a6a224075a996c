package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"remit/store"
)

var (
	setUpLink = regexp.MustCompile(`/set-up\?token=([A-Z2-7]{26})`)
	keyText   = regexp.MustCompile(`remit_[A-Z2-7]{26}`)
)

func TestFirstAccount(t *testing.T) {
	x := newTrial(t, nil)
	link, err := x.site.FirstLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	token := setUpLink.FindStringSubmatch(link)[1]
	b := x.browser()
	page := b.get(link).wants(t, 200, "Create the first account", `autocomplete="new-password"`)
	if page.Header.Get("Referrer-Policy") != "no-referrer" || page.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the page with the token has the headers %v", page.Header)
	}
	b.get("/set-up?token=AAAAAAAAAAAAAAAAAAAAAAAAAA").wants(t, http.StatusNotFound, "This link cannot be used")
	b.get("/set-up").wants(t, http.StatusNotFound)
	for _, c := range []struct{ name, full, password, again, says string }{
		{"", "A", goodPassword, goodPassword, "Enter a name for the account"},
		{"a b", "A", goodPassword, goodPassword, "letters, digits"},
		{"a.khan", "", goodPassword, goodPassword, "Enter the full name"},
		{"a.khan", "A", "short", "short", "at least 12 characters"},
		{"a.khan", "A", strings.Repeat("abcdefgh", 17), "", "at most 128 characters"},
		{"a.khan", "A", "Password1234", "Password1234", "many people use"},
		{"a.khan", "A", "aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa", "repeats"},
		{"a.khan", "A", "my a.khan secret", "my a.khan secret", "name of the account"},
		{"a.khan", "A", goodPassword, goodPassword + "x", "not the same"},
	} {
		b.post("/set-up", "token", token, "name", c.name, "full_name", c.full, "password", c.password, "again", c.again).wants(t, http.StatusUnprocessableEntity, c.says, "There is a problem")
		x.clock.add(10 * time.Second)
	}
	b.post("/set-up", "token", token, "name", "A.Khan", "full_name", "Aisha Khan", "password", goodPassword, "again", goodPassword).wants(t, http.StatusSeeOther)
	b.get("/account").wants(t, 200, "Aisha Khan", "reader, administrator")
	// Once means once, and there is no second first administrator.
	x.browser().get(link).wants(t, http.StatusNotFound)
	x.browser().post("/set-up", "token", token, "name", "eve", "full_name", "Eve", "password", goodPassword, "again", goodPassword).wants(t, http.StatusNotFound)
	if link, err := x.site.FirstLink(t.Context()); err != nil || link != "" {
		t.Errorf("another link for the first account: %q, %v", link, err)
	}
	var rule *store.RuleError
	if _, err := x.store.CreateFirstAccount(t.Context(), store.Account{Name: "eve"}); !errors.As(err, &rule) {
		t.Errorf("a second first account: %v", err)
	}
}

func TestFirstLinkExpires(t *testing.T) {
	x := newTrial(t, nil)
	link, err := x.site.FirstLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	x.clock.add(setUpValid)
	x.browser().get(link).wants(t, http.StatusNotFound)
}

func TestAddAccount(t *testing.T) {
	x := newTrial(t, nil).people()
	admin := x.browser().signIn("administrator")
	admin.get("/accounts/new").wants(t, 200, "Add account")
	bad := admin.post("/accounts/new", "name", "editor", "full_name", "", "email", "nonsense", "organisation", "ZZZ", "roles", "emperor").wants(t, http.StatusUnprocessableEntity,
		"Enter the full name", "Enter an e-mail address", "no organisation ZZZ", "Choose from the list")
	if !strings.Contains(bad.text, `href="#new-email"`) {
		t.Error("the summary of errors does not link to the field")
	}
	admin.post("/accounts/new", "name", "EDITOR", "full_name", "E").wants(t, http.StatusUnprocessableEntity, "already")
	made := admin.post("/accounts/new", "name", "b.cole", "full_name", "Ben <b>Cole</b>", "organisation", "QMJ", "roles", "reader", "roles", "editor").wants(t, 200, "Ben &lt;b&gt;Cole&lt;/b&gt;")
	link := setUpLink.FindString(made.text)
	if again := admin.get("/accounts/b.cole").wants(t, 200, "not set up"); setUpLink.MatchString(again.text) {
		t.Error("the link is shown twice")
	}
	token := setUpLink.FindStringSubmatch(link)[1]
	ben := x.browser()
	ben.get(link).wants(t, 200, "b.cole")
	ben.post("/set-up", "token", token, "password", goodPassword, "again", goodPassword).wants(t, http.StatusSeeOther)
	ben.get("/account").wants(t, 200, "QMJ", "reader, editor")
	ben.get(link).wants(t, http.StatusNotFound)

	admin.get("/accounts").wants(t, 200, "b.cole", "in use")
	admin.post("/accounts/b.cole", "full_name", "Ben Cole", "organisation", "", "roles", "reader").wants(t, http.StatusSeeOther)
	if ben.signedIn() {
		t.Error("a session outlived a change of roles")
	}
	if a, err := x.store.Account(t.Context(), "b.cole"); err != nil || joined(a.Roles) != "reader" || a.Organisation != "" || a.FullName != "Ben Cole" {
		t.Errorf("the account is %+v, %v", a, err)
	}
	ben.signIn("b.cole")
	admin.post("/accounts/b.cole/disable").wants(t, http.StatusSeeOther)
	if ben.signedIn() {
		t.Error("a session outlived its account")
	}
	admin.post("/accounts/b.cole/link").wants(t, http.StatusConflict)
	admin.post("/accounts/b.cole/enable").wants(t, http.StatusSeeOther)
	ben.signIn("b.cole")
	old := setUpLink.FindString(admin.post("/accounts/b.cole/link").wants(t, 200).text)
	newer := setUpLink.FindString(admin.post("/accounts/b.cole/link").wants(t, 200).text)
	ben.get(old).wants(t, http.StatusNotFound)
	ben.get(newer).wants(t, 200)
	admin.post("/accounts/b.cole/erase").wants(t, http.StatusNotFound)
	admin.post("/accounts/nobody/disable").wants(t, http.StatusNotFound)
	admin.post("/accounts/administrator/disable").wants(t, http.StatusConflict, "last administrator")
}

func TestChangePassword(t *testing.T) {
	x := newTrial(t, nil).people()
	here, there := x.browser().signIn("reader"), x.browser().signIn("reader")
	const next = "seven kettles orbit plums"
	here.post("/account/password", "current", "wrong", "password", next, "again", next).wants(t, http.StatusUnprocessableEntity, "not your password")
	here.post("/account/password", "current", "", "password", next, "again", next).wants(t, http.StatusUnprocessableEntity, "that you have now")
	here.post("/account/password", "current", goodPassword, "password", "short", "again", "short").wants(t, http.StatusUnprocessableEntity, "at least 12")
	here.post("/account/password", "current", goodPassword, "password", next, "again", next).wants(t, http.StatusSeeOther)
	here.get("/account").wants(t, 200, "Your password has changed")
	if there.signedIn() {
		t.Error("the other session goes on")
	}
	there.post("/sign-in", "name", "reader", "password", goodPassword).wants(t, http.StatusUnprocessableEntity)
	there.post("/sign-in", "name", "reader", "password", next).wants(t, http.StatusSeeOther)
	here.post("/account/sessions").wants(t, http.StatusSeeOther)
	if there.signedIn() || !here.signedIn() {
		t.Error("ending other sessions ended the wrong ones")
	}
}

func TestKeys(t *testing.T) {
	x := newTrial(t, nil).people()
	b := x.browser().signIn("reader")
	b.post("/account/keys", "name", "", "days", "7").wants(t, http.StatusUnprocessableEntity, "Say what the key is for", "Choose what the key may do", "Choose from the list")
	key := keyText.FindString(b.post("/account/keys", "name", "nightly", "scopes", "read", "days", "30").wants(t, 200, "shown this once").text)
	if again := b.get("/account").wants(t, 200, "Key 1: nightly"); strings.Contains(again.text, key) {
		t.Error("the key is shown twice")
	}
	program := x.browser()
	program.header = http.Header{"Authorization": {"Bearer " + key}, "Accept": {"application/json"}}
	program.get("/services?format=json").wants(t, 200)
	program.get("/account").wants(t, http.StatusForbidden, "for people")
	// Somebody else's key is not there.
	x.browser().signIn("administrator").post("/account/keys/1/revoke").wants(t, http.StatusNotFound)
	program.get("/services").wants(t, 200)
	b.post("/account/keys/1/revoke").wants(t, http.StatusSeeOther)
	if answer := program.get("/services").wants(t, http.StatusUnauthorized); answer.Header.Get("WWW-Authenticate") != "Bearer" || answer.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("the headers are %v", answer.Header)
	}
	key = keyText.FindString(b.post("/account/keys", "name", "short", "scopes", "read", "days", "30").text)
	program.header.Set("Authorization", "Bearer "+key)
	program.get("/services").wants(t, 200)
	x.clock.add(30 * 24 * time.Hour)
	program.get("/services").wants(t, http.StatusUnauthorized)
}

func TestScopes(t *testing.T) {
	for _, c := range []struct {
		method string
		scopes []string
		person bool
		may    store.Role
		passes bool
	}{
		{"GET", []string{"read"}, false, store.Reader, true},
		{"HEAD", []string{"read"}, false, store.Reader, true},
		{"POST", []string{"read"}, false, store.Reader, false},
		{"POST", []string{"write"}, false, store.Reader, true},
		{"GET", []string{"write"}, false, store.Reader, false},
		{"GET", nil, false, anyone, true},
		{"GET", []string{"read", "write"}, true, everyone, false},
		{"GET", []string{"read"}, false, store.Editor, false}, // a key does no more than its account may
	} {
		r, _ := http.NewRequestWithContext(context.Background(), c.method, "/", nil)
		a := &Asked{Account: &store.Account{Name: "a", Roles: []store.Role{store.Reader}}, Key: &store.APIKey{Scopes: c.scopes}}
		if err := admit(route{may: c.may, person: c.person}, r, a); (err == nil) != c.passes {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestPasswordHash(t *testing.T) {
	hash := hashPassword(goodPassword)
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") || hash == hashPassword(goodPassword) {
		t.Errorf("the hash is %s", hash)
	}
	// Made by the reference implementation (argon2 with the options -id -t 2 -k 65536 -p 1 -l 24 -e) in its own tests: password "password", salt "somesalt".
	const foreign = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	for _, c := range []struct {
		password, hash string
		fits, fails    bool
	}{
		{goodPassword, hash, true, false}, {goodPassword + " ", hash, false, false}, {"", hash, false, false}, {"password", foreign, true, false},
		{"x", "", false, true}, {"x", "$argon2i$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAA", false, true}, {"x", "$argon2id$v=19$m=8,t=0,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", false, true},
	} {
		if fits, err := passwordFits(c.password, c.hash); fits != c.fits || (err != nil) != c.fails {
			t.Errorf("%q and %s: %t, %v", c.password, c.hash, fits, err)
		}
	}
}

// FuzzForms sends anything to every form that needs no account, and to those of an
// administrator. No answer may be a fault of the server's own.
func FuzzForms(f *testing.F) {
	f.Add("name=a&password=b&next=//x")
	f.Add("token=%00&name=%ff&full_name=%0a&password=%c3%28aaaaaaaaaaaaaaa&again=x")
	f.Add("name=x.y&full_name=X&roles=reader&roles=emperor&organisation=QMJ&email=%22%22@x&days=30&scopes=read")
	f.Add("name=%e2%80%ae&full_name=<script>&days=-1&scopes=&current=&%zz")
	var x *trial
	var b *browser
	f.Fuzz(func(t *testing.T, body string) {
		if x == nil || t.Context().Err() != nil {
			x = newTrial(t, nil).people()
			b = x.browser().signIn("administrator")
		} else {
			b.trial.T = t
		}
		for _, rt := range x.site.accountRoutes() {
			method, path, _ := strings.Cut(rt.pattern, " ")
			if method != "POST" || path == "/sign-out" || strings.HasSuffix(path, "{what}") {
				continue
			}
			x.clock.add(10 * time.Second)
			r, err := http.NewRequestWithContext(context.Background(), method, x.server.URL+strings.Replace(somePath(path), "accounts/1", "accounts/editor", 1), strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			answer, err := b.client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			if answer.StatusCode >= 500 {
				t.Errorf("%s: status %d for %q", rt.pattern, answer.StatusCode, body)
			}
			if to, err := url.Parse(answer.Header.Get("Location")); err != nil || to.Host != "" {
				t.Errorf("%s: sent to %q", rt.pattern, answer.Header.Get("Location"))
			}
		}
	})
}

func TestHeadersOfForms(t *testing.T) {
	x := newTrial(t, nil).people()
	b := x.browser().signIn("administrator")
	for _, path := range []string{"/account", "/accounts", "/accounts/new", "/accounts/editor"} {
		h := b.get(path).wants(t, 200).Header
		if h.Get("Cache-Control") != "no-store" || h.Get("X-Frame-Options") != "DENY" || h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "form-action 'self'") {
			t.Errorf("%s: %v", path, h)
		}
	}
	r, _ := http.NewRequestWithContext(t.Context(), "POST", x.server.URL+"/sign-in", strings.NewReader(`{"name":"editor"}`))
	r.Header.Set("Content-Type", "application/json")
	answer, err := b.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusBadRequest {
		t.Errorf("a form as JSON: status %d", answer.StatusCode)
	}
	b.post("/sign-in", "name", strings.Repeat("x", bodyLimit)).wants(t, http.StatusRequestEntityTooLarge)
}
