package web

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"remit/store"
)

// clock is a clock that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now }

func (c *clock) add(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.now = c.now.Add(d) }

// trial is a site on a store of its own, served over TCP.
type trial struct {
	testing.TB
	store  *store.Store
	site   *Site
	clock  *clock
	server *httptest.Server
}

const goodPassword = "plum-orbit-kettle-seven"

// newTrial serves a site with an account for each role, named for it, besides one
// without any.
func newTrial(t testing.TB, change func(*Options)) *trial {
	t.Helper()
	c := &clock{now: time.Now().UTC()}
	st, err := store.Open(t.Context(), store.Options{Dir: t.TempDir(), Program: "test", Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	o := Options{Store: st, Program: "test", Now: c.Now}
	if change != nil {
		change(&o)
	}
	site, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(site)
	t.Cleanup(server.Close)
	return &trial{t, st, site, c, server}
}

func (x *trial) people() *trial {
	x.Helper()
	for _, r := range append([]store.Role{"nothing"}, store.Roles...) {
		a := store.Account{Name: string(r), FullName: "The " + string(r), PasswordHash: hashPassword(goodPassword), Roles: []store.Role{r}}
		if r == "nothing" {
			a.Roles = nil
		}
		if _, err := x.store.CreateAccount(x.Context(), "test", a); err != nil {
			x.Fatal(err)
		}
	}
	return x
}

// browser keeps cookies, and follows no redirect by itself.
type browser struct {
	*trial
	client *http.Client
	header http.Header
}

func (x *trial) browser() *browser {
	jar, _ := cookiejar.New(nil)
	return &browser{x, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, http.Header{"Accept": {"text/html"}}}
}

type reply struct {
	*http.Response
	text string
}

func (b *browser) do(method, path string, form url.Values) reply {
	b.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	if strings.HasPrefix(path, "/") {
		path = b.server.URL + path
	}
	r, err := http.NewRequestWithContext(b.Context(), method, path, body)
	if err != nil {
		b.Fatal(err)
	}
	r.Header = b.header.Clone()
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := b.client.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		b.Fatal(err)
	}
	return reply{answer, string(text)}
}

func (b *browser) get(path string) reply { b.Helper(); return b.do("GET", path, nil) }

// post sends names and values.
func (b *browser) post(path string, pairs ...string) reply {
	b.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return b.do("POST", path, form)
}

func (b *browser) signIn(name string) *browser {
	b.Helper()
	b.post("/sign-in", "name", name, "password", goodPassword).wants(b.TB, http.StatusSeeOther)
	return b
}

func (r reply) wants(t testing.TB, status int, texts ...string) reply {
	t.Helper()
	if r.StatusCode != status {
		t.Errorf("%s %s: status %d, want %d", r.Request.Method, r.Request.URL.Path, r.StatusCode, status)
	}
	for _, text := range texts {
		if !strings.Contains(r.text, text) {
			t.Errorf("%s %s does not say %q", r.Request.Method, r.Request.URL.Path, text)
		}
	}
	return r
}

// signedIn says whether a browser is signed in.
func (b *browser) signedIn() bool { return b.get("/account").StatusCode == http.StatusOK }

// actions are those of the audit log about an account, the latest first.
func (x *trial) actions(subject string) (all []string) {
	entries, err := x.store.Entries(x.Context(), subject, 0, 100)
	if err != nil {
		x.Fatal(err)
	}
	for _, e := range entries {
		all = append(all, e.Action)
		for _, secret := range []string{goodPassword, "$argon2id$"} {
			if strings.Contains(string(e.Detail), secret) {
				x.Errorf("the audit log holds a secret: %s", e.Detail)
			}
		}
	}
	return all
}

func TestSignIn(t *testing.T) {
	x := newTrial(t, nil).people()
	b := x.browser()
	b.get("/").wants(t, 200, `href="/sign-in?next=%2F">Sign in</a>`)
	if to := b.get("/account").wants(t, http.StatusSeeOther).Header.Get("Location"); to != "/sign-in?next=%2Faccount" {
		t.Errorf("sent to %s", to)
	}
	b.get("/sign-in?next=%2Faccount").wants(t, 200, `autocomplete="username"`, `autocomplete="current-password"`, `value="/account"`)
	answer := b.post("/sign-in", "name", " Editor ", "password", goodPassword, "next", "/account").wants(t, http.StatusSeeOther)
	if to := answer.Header.Get("Location"); to != "/account" {
		t.Errorf("sent to %s", to)
	}
	cookie := answer.Cookies()[0]
	if cookie.Name != "remit" || !cookie.HttpOnly || cookie.Secure || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" {
		t.Errorf("the cookie over plain HTTP is %v", cookie)
	}
	b.get("/account").wants(t, 200, "The editor", "You have signed in.")
	if again := b.get("/account"); strings.Contains(again.text, "You have signed in.") {
		t.Error("what was done is said twice")
	} else if again.Header.Get("Cache-Control") != "no-store" {
		t.Error("the page of an account may be kept by browsers")
	}
	b.post("/sign-out").wants(t, http.StatusSeeOther)
	if b.signedIn() {
		t.Error("still signed in after signing out")
	}
	if got := x.actions("account editor")[:2]; got[0] != "account.sign-out" || got[1] != "account.sign-in" {
		t.Errorf("the audit log says %q", got)
	}
	stolen := x.browser()
	stolen.header.Set("Cookie", "remit="+cookie.Value)
	if stolen.signedIn() {
		t.Error("the token of a session that has ended still works")
	}
}

func TestSecureCookie(t *testing.T) {
	for _, change := range []func(*Options){func(o *Options) { o.BehindProxy = true }, func(o *Options) { o.PublicURL = "https://remit.example.org/" }} {
		x := newTrial(t, change).people()
		cookie := x.browser().post("/sign-in", "name", "reader", "password", goodPassword).Cookies()[0]
		if cookie.Name != "__Host-remit" || !cookie.Secure || cookie.Path != "/" || cookie.Domain != "" {
			t.Errorf("the cookie is %v", cookie)
		}
		// A cookie without the prefix can be set by a neighbour: it does not count.
		b := x.browser()
		b.header.Set("Cookie", "remit="+cookie.Value)
		if b.signedIn() {
			t.Error("the cookie without the prefix counts")
		}
		b.header.Set("Cookie", "__Host-remit="+cookie.Value)
		if !b.signedIn() {
			t.Error("the cookie with the prefix does not count")
		}
	}
}

func TestSessionEnds(t *testing.T) {
	x := newTrial(t, nil).people()
	idle := x.browser().signIn("reader")
	x.clock.add(sessionIdle - time.Minute)
	if !idle.signedIn() {
		t.Error("the session ended early")
	}
	x.clock.add(sessionIdle - time.Minute)
	if idle.signedIn() {
		t.Errorf("the session outlived %s since it began", sessionLongest)
	}
	left := x.browser().signIn("reader")
	x.clock.add(sessionIdle + time.Minute)
	if left.signedIn() {
		t.Error("the session outlived its idle time")
	}
}

func TestSessionFixation(t *testing.T) {
	x := newTrial(t, nil).people()
	planted, err := x.store.NewSession(t.Context(), "", nil, x.clock.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	b := x.browser()
	at, _ := url.Parse(x.server.URL)
	b.client.Jar.SetCookies(at, []*http.Cookie{{Name: "remit", Value: planted, Path: "/"}})
	b.signIn("editor")
	if got := b.client.Jar.Cookies(at)[0].Value; got == planted {
		t.Error("signed in under the session from before")
	}
	if _, err := x.store.Session(t.Context(), planted); err != store.ErrNotFound {
		t.Errorf("the session from before is still there: %v", err)
	}
	first := b.client.Jar.Cookies(at)[0].Value
	b.signIn("editor")
	if _, err := x.store.Session(t.Context(), first); err != store.ErrNotFound {
		t.Error("signing in again leaves the first session")
	}
}

func TestWrongPasswordSaysNothing(t *testing.T) {
	x := newTrial(t, nil).people()
	if _, err := x.store.ChangeAccount(t.Context(), "test", "reader", func(a *store.Account) { a.Disabled = true }); err != nil {
		t.Fatal(err)
	}
	name := regexp.MustCompile(`value="(editor|reader|nobody)"`)
	var pages []string
	for _, who := range []string{"editor", "nobody", "reader"} {
		password := "wrong-" + goodPassword
		if who == "reader" {
			password = goodPassword
		}
		answer := x.browser().post("/sign-in", "name", who, "password", password).wants(t, http.StatusUnprocessableEntity, signInFault, `href="#sign-in-name"`)
		if strings.Contains(answer.text, goodPassword) {
			t.Error("the page holds the password")
		}
		pages = append(pages, name.ReplaceAllString(answer.text, ""))
	}
	if pages[0] != pages[1] || pages[0] != pages[2] {
		t.Error("the pages tell a wrong password, an unknown name and a disabled account apart")
	}
}

func TestLockout(t *testing.T) {
	x := newTrial(t, nil).people()
	b := x.browser()
	for range signInFailures {
		b.post("/sign-in", "name", "editor", "password", "wrong").wants(t, http.StatusUnprocessableEntity, signInFault)
	}
	b.post("/sign-in", "name", "editor", "password", goodPassword).wants(t, http.StatusUnprocessableEntity, signInFault)
	if b.signedIn() {
		t.Fatal("a locked account signed in")
	}
	admin := x.browser().signIn("administrator")
	admin.get("/accounts/editor").wants(t, 200, "Unlock account", "locked")
	x.clock.add(signInLock + time.Minute)
	b.signIn("editor")
	for range signInFailures {
		b.post("/sign-in", "name", "editor", "password", "wrong")
	}
	admin.post("/accounts/editor/unlock").wants(t, http.StatusSeeOther)
	x.clock.add(time.Minute)
	x.browser().signIn("editor")
}

func TestSignInPace(t *testing.T) {
	x := newTrial(t, nil).people()
	b := x.browser()
	// By address: many names, from one place.
	slowed := false
	for i := range 30 {
		answer := b.post("/sign-in", "name", "n"+string(rune('a'+i)), "password", "x")
		if slowed = answer.StatusCode == http.StatusTooManyRequests; slowed {
			if i < 20 {
				t.Errorf("slowed down at attempt %d", i)
			}
			if answer.Header.Get("Retry-After") != "2" {
				t.Errorf("Retry-After is %q", answer.Header.Get("Retry-After"))
			}
			break
		}
	}
	if !slowed {
		t.Error("thirty attempts from one address went through")
	}
	x.clock.add(time.Hour)
	b.signIn("reader")

	// By name: from many places, through a proxy.
	y := newTrial(t, func(o *Options) { o.BehindProxy = true }).people()
	last := 0
	for i := range 12 {
		c := y.browser()
		c.header.Set("X-Forwarded-For", "198.51.100.7, 203.0.113."+string(rune('1'+i%9))) // what stands last counts
		last = c.post("/sign-in", "name", "editor", "password", "x").StatusCode
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("twelve attempts at one name: status %d", last)
	}
}

// TestClient holds that nobody chooses the address under which attempts are counted.
func TestClient(t *testing.T) {
	for _, c := range []struct {
		proxy                   bool
		remote, forwarded, want string
	}{
		{false, "192.0.2.1:5000", "203.0.113.9", "192.0.2.1"},
		{true, "192.0.2.1:5000", "203.0.113.9", "203.0.113.9"},
		{true, "192.0.2.1:5000", "198.51.100.1, 203.0.113.9", "203.0.113.9"},
		{true, "192.0.2.1:5000", "", "192.0.2.1"},
		{true, "192.0.2.1:5000", "nonsense", "192.0.2.1"},
		{false, "[2001:db8:1:2:3:4:5:6]:5000", "", "2001:db8:1:2::"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.remote
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := (&Site{behindProxy: c.proxy}).client(r); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

func TestOpenRedirect(t *testing.T) {
	for path, want := range map[string]string{
		"/account": "/account", "/services/11B?on=2026-04-01": "/services/11B?on=2026-04-01", "": "/", "account": "/",
		"//evil.example": "/", `/\evil.example`: "/", `\\evil.example`: "/", "https://evil.example": "/", "/%5cevil.example": "/",
		"/\t/evil.example": "/", "javascript:alert(1)": "/", "/%2f/evil.example": "/", "/%09/evil.example": "/", "http:/evil.example": "/", "/x#y": "/x",
	} {
		if got := localPath(path); got != want {
			t.Errorf("localPath(%q) is %q, want %q", path, got, want)
		}
	}
	x := newTrial(t, nil).people()
	answer := x.browser().post("/sign-in", "name", "reader", "password", goodPassword, "next", "//evil.example/x")
	if to := answer.Header.Get("Location"); to != "/" {
		t.Errorf("sent to %s", to)
	}
}

func TestCrossOrigin(t *testing.T) {
	x := newTrial(t, nil).people()
	for _, rt := range x.site.routes() {
		method, path, ok := strings.Cut(rt.pattern, " ")
		if !ok || method != "POST" {
			continue
		}
		for header, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
			b := x.browser()
			b.header.Set(header, value)
			b.post(somePath(path), "name", "reader", "password", goodPassword).wants(t, http.StatusForbidden, "another site")
		}
	}
}

var wild = regexp.MustCompile(`\{[^}]*\}`)

// somePath fills a pattern in.
func somePath(pattern string) string {
	return wild.ReplaceAllString(strings.TrimSuffix(pattern, "{$}"), "1")
}

// TestEveryRouteAsEveryone tries each address as each kind of caller.
func TestEveryRouteAsEveryone(t *testing.T) {
	x := newTrial(t, nil).people()
	callers := map[string]*browser{"": x.browser()}
	for _, name := range []string{"nothing", "reader", "editor", "approver", "administrator"} {
		callers[name] = x.browser().signIn(name)
	}
	key, _, err := x.store.IssueKey(t.Context(), "test", store.APIKey{Name: "t", Account: "administrator", Scopes: scopes, ExpiresAt: x.clock.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	program := x.browser()
	program.header.Set("Authorization", "Bearer "+key)
	for _, rt := range x.site.routes() {
		method, path, ok := strings.Cut(rt.pattern, " ")
		if !ok || rt.may == anyone {
			continue // open to all; what they do is tested with each
		}
		for name, b := range callers {
			if name == "" || string(rt.may) == name || rt.may == everyone || slices.Contains(rt.or, store.Role(name)) {
				continue
			}
			x.clock.add(time.Second)
			if got := b.do(method, somePath(path), url.Values{}).StatusCode; got != http.StatusForbidden {
				t.Errorf("%s as %s: status %d, want 403", rt.pattern, name, got)
			}
		}
		answer := callers[""].do(method, somePath(path), url.Values{})
		if answer.StatusCode != http.StatusSeeOther || !strings.HasPrefix(answer.Header.Get("Location"), "/sign-in?next=") {
			t.Errorf("%s as the public: status %d", rt.pattern, answer.StatusCode)
		}
		if got := program.do(method, somePath(path), url.Values{}).StatusCode; rt.person && got != http.StatusForbidden {
			t.Errorf("%s with a key: status %d, want 403", rt.pattern, got)
		}
	}
}
