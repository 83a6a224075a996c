package api

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestAccess tries every route as everybody. A route that is not in the table
// fails the test: somebody must say who may call it.
func TestAccess(t *testing.T) { onBoth(t, testAccess) }

func testAccess(t *testing.T, h *house) {
	var (
		everybody = []string{"public", "no scopes", "read alone", "write alone", "reader", "editor", "QMJ editor", "approver", "administrator", "both"}
		readers   = []string{"read alone", "reader", "editor", "QMJ editor", "approver", "administrator", "both"}
		editors   = []string{"write alone", "editor", "QMJ editor", "both"}
		approvers = []string{"write alone", "approver", "both"}
	)
	table := map[string][]string{
		"GET /api/v1/who":                           everybody,
		"GET /api/v1/services":                      everybody,
		"GET /api/v1/services/{code}":               everybody,
		"GET /api/v1/lines":                         everybody,
		"GET /api/v1/lines/{code}":                  everybody,
		"GET /api/v1/organisations":                 everybody,
		"GET /api/v1/organisations/{code}":          everybody,
		"GET /api/v1/organisations/{code}/holdings": everybody,
		"GET /api/v1/retained-services":             everybody,
		"GET /api/v1/instruments":                   everybody,
		"GET /api/v1/instruments/{code}":            everybody,
		"GET /api/v1/instrument-lines":              everybody,
		"GET /api/v1/committees":                    everybody,
		"GET /api/v1/committees/{code}":             everybody,
		"GET /api/v1/teams":                         everybody,
		"GET /api/v1/teams/{code}":                  everybody,
		"GET /api/v1/functions":                     everybody,
		"GET /api/v1/functions/{code}":              everybody,
		"GET /api/v1/events":                        everybody,
		"GET /api/v1/successions":                   everybody,
		"GET /api/v1/changes":                       everybody,
		"GET /api/v1/tables":                        everybody,
		"GET /api/v1/tables/{table}":                everybody,
		"GET /api/v1/tables/{table}/rows":           everybody,
		"GET /api/v1/history":                       everybody,
		"GET /api/v1/versions/{version}":            everybody,
		"GET /api/v1/change-log":                    everybody,
		"GET /api/v1/change-log/{number}":           everybody,
		"GET /api/v1/proposals":                     readers,
		"GET /api/v1/proposals/{id}":                readers,
		"POST /api/v1/proposals":                    editors,
		"PUT /api/v1/proposals/{id}":                editors,
		"POST /api/v1/proposals/{id}/submit":        editors,
		"POST /api/v1/proposals/{id}/withdraw":      editors,
		"POST /api/v1/proposals/{id}/approve":       approvers,
		"POST /api/v1/proposals/{id}/refuse":        approvers,
		"GET /api/v1/audit":                         readers,
		"GET /api/v1/documents":                     readers,
		"POST /api/v1/documents":                    editors,
		"GET /api/v1/documents/{hash}":              readers,
		"GET /api/v1/documents/{hash}/content":      readers,
	}
	s := newServer(Options{Store: h.store})
	for _, op := range s.order {
		route := op.Method + " " + op.Path
		may, listed := table[route]
		if !listed {
			t.Errorf("%s: nobody has said who may call it", route)
		}
		delete(table, route)
		path := exampleAddress(op)
		if path == "" {
			path = strings.ReplaceAll(op.Path, "{hash}", strings.Repeat("0", 64))
		}
		body := ""
		if op.Method != http.MethodGet {
			body = "{}" // refused as it is, but only to those who may call at all
		}
		for _, who := range everybody {
			a := h.ask(t, who, op.Method, path, body)
			want := http.StatusForbidden
			if who == "public" {
				want = http.StatusUnauthorized
			}
			allowed := slices.Contains(may, who)
			if refused := a.status == 401 || a.status == 403; refused == allowed || refused && a.status != want || a.status >= 500 {
				t.Errorf("%s as %s: %d %s", route, who, a.status, a.body)
			}
		}
	}
	for route := range table {
		t.Errorf("%s is in the table and not there", route)
	}
}

// TestKeyOfDisabledAccount: a key opens nothing that its account no longer could.
func TestKeyOfDisabledAccount(t *testing.T) { onBoth(t, testKeyOfDisabledAccount) }

func testKeyOfDisabledAccount(t *testing.T, h *house) {
	disable(t, h, "reader")
	if a := h.ask(t, "reader", "GET", "/api/v1/audit", ""); a.status != http.StatusUnauthorized || !strings.Contains(a.body, "disabled") {
		t.Errorf("disabled: %d %s", a.status, a.body)
	}
	keys, err := h.store.Keys(t.Context(), "both")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		if err := h.store.RevokeKey(t.Context(), "test", k.ID); err != nil {
			t.Fatal(err)
		}
	}
	if a := h.ask(t, "both", "GET", "/api/v1/services", ""); a.status != http.StatusUnauthorized {
		t.Errorf("revoked: %d %s", a.status, a.body)
	}
}

// TestLimits: who asks too often waits, and the others do not.
func TestLimits(t *testing.T) {
	h := newHouse(t, Limits{Address: 0.001, AddressBurst: 3, Key: 0.001, KeyBurst: 5})
	count := func(who string, headers ...string) (passed int) {
		for range 8 {
			a := h.ask(t, who, "GET", "/api/v1/services/11", "", headers...)
			if a.status == http.StatusTooManyRequests {
				if a.header.Get("Retry-After") == "" || !strings.Contains(a.body, "wait") {
					t.Errorf("no word of how long to wait: %v %s", a.header, a.body)
				}
				continue
			}
			passed++
		}
		return passed
	}
	if got := count("reader"); got != 5 {
		t.Errorf("%d requests with a key passed, want 5", got)
	}
	if got := count("editor"); got != 5 {
		t.Errorf("%d requests with another key passed, want 5", got)
	}
	if got := count("public"); got != 3 {
		t.Errorf("%d requests without a key passed, want 3", got)
	}
	if got := count("public", "Authorization: Bearer guess"); got != 0 {
		t.Errorf("%d guesses at keys passed from an address that has had its share", got)
	}
}

func TestNetwork(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7", "2001:db8:1:2:3::4": "2001:db8:1:2::/64", "": "", "pipe": "pipe",
	} {
		if got := network(address); got != want {
			t.Errorf("%q counts as %q, want %q", address, got, want)
		}
	}
}

func TestTooLarge(t *testing.T) { onBoth(t, testTooLarge) }

func testTooLarge(t *testing.T, h *house) {
	body := `{"title":"` + strings.Repeat("x", 2*MaxBody) + `"}`
	if a := h.ask(t, "editor", "POST", "/api/v1/proposals", body); a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("%d %s", a.status, a.body)
	}
}
