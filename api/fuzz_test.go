package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// FuzzQuery: whatever an address has, it is answered or refused, and nothing breaks.
func FuzzQuery(f *testing.F) {
	h := newHouse(f, unlimited)
	s := New(Options{Store: h.store, Limits: unlimited})
	routes := []string{"/fhir/Organization", "/fhir/HealthcareService", "/fhir/OrganizationAffiliation", "/fhir/Organization/QMJ", "/fhir/metadata"}
	for _, op := range newServer(Options{Store: h.store}).order {
		if op.Method == http.MethodGet {
			routes = append(routes, op.Path)
		}
	}
	for i := range routes {
		f.Add(i, "QMJ", "service=11&for=QMJ&on=2025-08-01&known=2026-11-20", "text/csv", `"x"`)
	}
	for _, q := range []string{"_lastUpdated=ge2026-11", "identifier=a|b,|c", "name:contains=é", "_count=-1", "_page=0", "on=%00", "known=9999-12-31T23:59:59Z", "known=0000-01-01", "limit=99999999999999999999",
		"key=a,b,c,,", "table=icb&key=%FF", "from=0001-01-01&to=9999-12-31", "page=1000000&limit=10000", "column=code&value=%F0%28", "%", ";;", "service=%00"} {
		f.Add(0, "", q, "application/fhir+xml", "W/")
		f.Add(5, "%00", q, "*/*;q=", ",,")
		f.Add(32, "0", q, "text/csv;q=0, application/json;q=9", "*")
	}
	f.Fuzz(func(t *testing.T, route int, part, query, accept, match string) {
		path := routes[(route%len(routes)+len(routes))%len(routes)]
		if i := strings.IndexByte(path, '{'); i >= 0 {
			path = path[:i] + part + path[strings.IndexByte(path, '}')+1:]
		}
		r := httptest.NewRequest("GET", "http://remit.example/", nil)
		r.URL.Path, r.URL.RawQuery = path, query
		r.Header.Set("Accept", accept)
		r.Header.Set("If-None-Match", match)
		r.Header.Set("X-API-Key", h.keys["both"])
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Errorf("%s?%q: %d %s", path, query, w.Code, w.Body)
		}
	})
}

// FuzzBody: whatever is sent, it is taken or refused, and nothing breaks.
func FuzzBody(f *testing.F) {
	h := newHouse(f, unlimited)
	s := New(Options{Store: h.store, Limits: unlimited})
	steps := []struct{ method, path, who string }{
		{"POST", "/api/v1/proposals", "editor"}, {"PUT", "/api/v1/proposals/1", "editor"}, {"POST", "/api/v1/proposals/1/submit", "editor"},
		{"POST", "/api/v1/proposals/1/withdraw", "editor"}, {"POST", "/api/v1/proposals/1/approve", "approver"}, {"POST", "/api/v1/proposals/1/refuse", "approver"}, {"POST", "/api/v1/proposals", "QMJ editor"},
	}
	for i := range steps {
		for _, body := range []string{event("e"), `{"revision":1,"note":"x"}`, `{"title":"x","edits":[{"table":"icb","version":108}]}`, `{"title":"x","edits":[{"table":"\u0000","after":{"":""}}]}`,
			`{"title":"x","edits":[{"table":"icb","after":{"code":"\ud800","valid_from":"x"}}]}`, `{"title":" ","edits":[{"table":"source","after":{}}]}`, `{"title":"x","documents":["x"],"edits":[{"table":"icb"}]}`, `[`, `{"revision":1e400}`, `null`, `"`} {
			f.Add(i, body, "application/json")
			f.Add(i, body, "text/csv")
		}
	}
	f.Fuzz(func(t *testing.T, step int, body, contentType string) {
		at := steps[(step%len(steps)+len(steps))%len(steps)]
		r := httptest.NewRequest(at.method, at.path, strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		r.Header.Set("Authorization", "Bearer "+h.keys[at.who])
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Errorf("%s %s %q: %d %s", at.method, at.path, body, w.Code, w.Body)
		}
	})
}
