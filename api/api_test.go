package api

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"remit/holding"
	"remit/register"
	"remit/store"
	"remit/store/postgrestest"
)

// noon is the moment at which the tests take place: the clock is an argument.
var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// house is a server over a real store with the shipped pack and some people.
type house struct {
	*httptest.Server
	store *store.Store
	keys  map[string]string // by who
}

// people are accounts of every kind, each with a key of every scope that it could
// use and of those it could not: the account is the limit.
var people = map[string]store.Account{
	"reader":        {Roles: []store.Role{store.Reader}},
	"editor":        {Roles: []store.Role{store.Editor}},
	"other editor":  {Roles: []store.Role{store.Editor}},
	"QMJ editor":    {Roles: []store.Role{store.Editor}, Organisation: "QMJ"},
	"approver":      {Roles: []store.Role{store.Approver}},
	"administrator": {Roles: []store.Role{store.Administrator}},
	"both":          {Roles: []store.Role{store.Editor, store.Approver}},
}

func newHouse(t testing.TB, limits Limits) *house { return newHouseOn(t, limits, "") }

// onBoth runs a test on SQLite and on PostgreSQL.
func onBoth(t *testing.T, test func(t *testing.T, h *house)) {
	t.Run("sqlite", func(t *testing.T) { test(t, newHouse(t, unlimited)) })
	t.Run("postgres", func(t *testing.T) { test(t, newHouseOn(t, unlimited, postgrestest.Database(t))) })
}

func TestMain(m *testing.M) { os.Exit(postgrestest.Main(m)) }

func newHouseOn(t testing.TB, limits Limits, database string) *house {
	t.Helper()
	ctx := t.Context()
	st, err := store.Open(ctx, store.Options{Dir: t.TempDir(), Database: database, Program: "remit test", Check: func(p *register.Pack) error { _, err := holding.New(p); return err }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	h := &house{store: st, keys: map[string]string{"public": ""}}
	for who, account := range people {
		account.Name = strings.ReplaceAll(who, " ", ".")
		account, err := st.CreateAccount(ctx, "test", account)
		if err != nil {
			t.Fatal(err)
		}
		h.keys[who] = h.issue(t, account.Name, ScopeRead, ScopeWrite)
	}
	h.keys["no scopes"] = h.issue(t, "both")
	h.keys["read alone"] = h.issue(t, "both", ScopeRead)
	h.keys["write alone"] = h.issue(t, "both", ScopeWrite)
	h.Server = httptest.NewServer(New(Options{Store: st, Now: func() time.Time { return noon }, Version: "test", Limits: limits}))
	t.Cleanup(h.Close)
	return h
}

func (h *house) issue(t testing.TB, account string, scopes ...string) string {
	t.Helper()
	key, _, err := h.store.IssueKey(t.Context(), "test", store.APIKey{Name: "test", Account: account, Scopes: scopes, ExpiresAt: time.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// unlimited lets a test ask as fast as it can.
var unlimited = Limits{Address: 1e9, AddressBurst: 1e9, Key: 1e9, KeyBurst: 1e9}

// answer is a response as a test reads it.
type answer struct {
	status int
	header http.Header
	body   string
}

// ask sends a request as one of the people. headers are "Name: value".
func (h *house) ask(t testing.TB, who, method, path, body string, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, h.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	key, known := h.keys[who]
	if !known {
		t.Fatalf("nobody is called %q", who)
	}
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Set(name, value)
	}
	resp, err := noRedirects.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(text)}
}

var noRedirects = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func (a answer) into(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), v); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
}
