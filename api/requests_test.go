package api

import (
	"encoding/csv"
	"slices"
	"strings"
	"testing"
)

// TestRequests is a table of requests and what comes back. Facts are those of the
// public record: North Central London ICB (QMJ) was in the London joint committee,
// received delegated services on 1 April 2025 and merged on 1 April 2026.
func TestRequests(t *testing.T) { onBoth(t, testRequests) }

func testRequests(t *testing.T, h *house) {
	const on = "on=2025-08-01"
	for _, c := range []struct {
		name, who, method, path string
		headers                 []string
		status                  int
		has                     []string // parts of the body, or "Header: part"
	}{
		{"who, in a sentence", "public", "GET", "/api/v1/who?service=11&for=QMJ&" + on, nil, 200,
			[]string{`"answer":"On 1 August 2025, NHS North Central London ICB commissions`, `"role":"accountable","holder_code":"NHSE"`, `"role":"responsible","holder_code":"QMJ"`, `"basis":"delegation_65Z5"`, "Content-Type: application/json"}},
		{"who, before delegation", "public", "GET", "/api/v1/who?service=11&for=QMJ&on=2022-12-01&role=responsible", nil, 200, []string{`"holder_code":"NHSE"`}},
		{"who, today by the clock given", "public", "GET", "/api/v1/who?service=11&for=Z9B2Z", nil, 200, []string{`"on":"2026-11-24"`}},
		{"who, unknown service", "public", "GET", "/api/v1/who?service=zzzz&for=QMJ", nil, 404, []string{"zzzz", "Content-Type: application/problem+json"}},
		{"who, several services", "public", "GET", "/api/v1/who?service=cardiac&for=QMJ&" + on, nil, 422, []string{"ask for one of those listed", `"location":"query.service"`}},
		{"who, nothing asked", "public", "GET", "/api/v1/who", nil, 422, []string{"query.service: required query parameter is missing"}},
		{"who, no such role", "public", "GET", "/api/v1/who?service=11&role=boss", nil, 422, []string{"query.role"}},
		{"who, unknown parameter", "public", "GET", "/api/v1/who?service=11&fro=QMJ", nil, 422, []string{"query.fro: unknown query parameter"}},
		{"no date", "public", "GET", "/api/v1/services?on=2025-02-30", nil, 422, []string{"query.on: it is no date; write it YYYY-MM-DD"}},
		{"no moment", "public", "GET", "/api/v1/services?known=yesterday", nil, 422, []string{"neither a day nor a time"}},
		{"before anything was recorded", "public", "GET", "/api/v1/services?known=2001-01-01", nil, 404, []string{"Nothing had been recorded by 2001-01-01"}},
		{"several faults at once", "public", "GET", "/api/v1/services?on=x&limit=0&page=0", nil, 422, []string{"query.on", "query.limit", "query.page"}},
		{"services", "public", "GET", "/api/v1/services?limit=2", nil, 200, []string{`"total":154`, `"page":1`, `Link: rel="next"`, "Cache-Control: public, max-age=60", "Vary: Accept", "Access-Control-Allow-Origin: *"}},
		{"services by words", "public", "GET", "/api/v1/services?q=neurosciences", nil, 200, []string{`"code":"11"`}},
		{"services of a set", "public", "GET", "/api/v1/services?set=SET-59&limit=1&" + on, nil, 200, []string{`"total":59`}},
		{"the page after the last", "public", "GET", "/api/v1/services?page=99", nil, 200, []string{`"items":[]`, `"total":154`}},
		{"a service", "public", "GET", "/api/v1/services/11?" + on, nil, 200, []string{`"code":"11"`, `"lines":[{`, "SET-59", `"active":true`}},
		{"no such service", "public", "GET", "/api/v1/services/nothing", nil, 404, []string{"/api/v1/services lists them"}},
		{"a line", "public", "GET", "/api/v1/lines/NCBPS11B?" + on, nil, 200, []string{`"status":"`, `"specialised":true`}},
		{"red lines", "public", "GET", "/api/v1/lines?status=RED&limit=1&" + on, nil, 200, []string{`"status":"RED"`}},
		{"a closed organisation", "public", "GET", "/api/v1/organisations/QMJ", nil, 200, []string{`"active":false`, `"code":"Z9B2Z"`, `"how":"merger"`}},
		{"the same while it was open", "public", "GET", "/api/v1/organisations/QMJ?" + on, nil, 200, []string{`"active":true`, `"kind":"icb"`}},
		{"organisations of a kind", "public", "GET", "/api/v1/organisations?kind=icb&limit=1&" + on, nil, 200, []string{`"total":42`}},
		{"and after the mergers", "public", "GET", "/api/v1/organisations?kind=icb&limit=1&on=2026-04-01", nil, 200, []string{`"total":36`}},
		{"holdings", "public", "GET", "/api/v1/organisations/QMJ/holdings?role=responsible&limit=1&" + on, nil, 200, []string{`"responsible"`, `"instrument":"DELEGATION-SPEC-QMJ"`}},
		{"holdings of nobody", "public", "GET", "/api/v1/organisations/NOBODY/holdings", nil, 404, []string{"NOBODY"}},
		{"retained services", "public", "GET", "/api/v1/retained-services?limit=1&" + on, nil, 200, []string{`"category":"retained_`}},
		{"instruments", "public", "GET", "/api/v1/instruments?kind=delegation_specialised&state=in_force&party=QMJ&" + on, nil, 200, []string{`"code":"DELEGATION-SPEC-QMJ"`, `"total":1`}},
		{"an instrument", "public", "GET", "/api/v1/instruments/DELEGATION-SPEC-QMJ?" + on, nil, 200, []string{`"party":"NHSE"`, `"delegate":"QMJ"`}},
		{"lines of instruments", "public", "GET", "/api/v1/instrument-lines?delegate=QMJ&function=SPEC&" + on, nil, 200, []string{`"instrument":"DELEGATION-SPEC-QMJ"`}},
		{"committees of a member", "public", "GET", "/api/v1/committees?member=QMJ&" + on, nil, 200, []string{"London"}},
		{"a committee", "public", "GET", "/api/v1/committees/JC-NENC?on=2024-01-01", nil, 200, []string{`"organisation":"NHSE"`}},
		{"teams", "public", "GET", "/api/v1/teams?employer=NHSE&on=2024-01-01", nil, 200, []string{`"kind":"delegated_services"`}},
		{"a team", "public", "GET", "/api/v1/teams/TEAM-SPEC-NENC", nil, 200, []string{`"basis":"tupe"`}},
		{"functions that may not be delegated", "public", "GET", "/api/v1/functions?delegable=no", nil, 200, []string{`"delegable":"no"`}},
		{"a function", "public", "GET", "/api/v1/functions/SPEC?" + on, nil, 200, []string{`"code":"RESERVED-SPEC-STANDARDS"`, `"owner":"NHSE"`}},
		{"the bulletin", "public", "GET", "/api/v1/events?from=2013-01-01&to=2013-12-31", nil, 200, []string{"single commissioner"}},
		{"a period that ends before it begins", "public", "GET", "/api/v1/events?from=2025-01-01&to=2024-01-01", nil, 422, []string{"it lies before from"}},
		{"successions", "public", "GET", "/api/v1/successions?code=QMJ&kind=icb", nil, 200, []string{`"successor":"Z9B2Z"`}},
		{"what changed between two days", "public", "GET", "/api/v1/changes?from=2026-03-31&to=2026-04-01&kind=organisation", nil, 200, []string{`"code":"QMJ"`, `"what":"closed"`}},
		{"tables", "public", "GET", "/api/v1/tables", nil, 200, []string{`"name":"source"`, `"name":"icb"`}},
		{"a table", "public", "GET", "/api/v1/tables/icb", nil, 200, []string{`"identity":["code"]`, `"kind":"date"`}},
		{"rows", "public", "GET", "/api/v1/tables/icb/rows?column=code&value=QMJ&all=true", nil, 200, []string{`"version":`, `"code":"QMJ"`}},
		{"rows by a column that is not there", "public", "GET", "/api/v1/tables/icb/rows?column=colour&value=red", nil, 422, []string{"no such column"}},
		{"sources", "public", "GET", "/api/v1/tables/source/rows?limit=1", nil, 200, []string{`"citation":`}},
		{"no such table", "public", "GET", "/api/v1/tables/secrets/rows", nil, 404, nil},
		{"history", "public", "GET", "/api/v1/history?table=icb&key=QMJ", nil, 200, []string{`"change":1`, `"reason":"First start`}},
		{"history with half a key", "public", "GET", "/api/v1/history?table=committee_member&key=JC-NENC", nil, 422, []string{"committee, organisation"}},
		{"history of nothing", "public", "GET", "/api/v1/history?table=icb&key=QQQ", nil, 404, nil},
		{"a version", "public", "GET", "/api/v1/versions/1", nil, 200, []string{`"version":1`}},
		{"a version to come", "public", "GET", "/api/v1/versions/99999999", nil, 404, nil},
		{"the change log", "public", "GET", "/api/v1/change-log", nil, 200, []string{`"number":1`}},
		{"a change", "public", "GET", "/api/v1/change-log/1", nil, 200, []string{`"edits":[]`}},
		{"CSV", "public", "GET", "/api/v1/services", []string{"Accept: text/csv"}, 200, []string{"code,title,programme,category,note,valid_from,valid_to,confidence,source\n", "Content-Type: text/csv"}},
		{"CSV of rows has the columns of the table", "public", "GET", "/api/v1/tables/icb/rows", []string{"Accept: text/csv"}, 200, []string{"code,name,short_name,region,"}},
		{"a fault is no CSV", "public", "GET", "/api/v1/services?limit=0", []string{"Accept: text/csv"}, 422, []string{"Content-Type: application/problem+json", `"detail"`}},
		{"one thing is no CSV", "public", "GET", "/api/v1/services/11", []string{"Accept: text/csv"}, 200, []string{"Content-Type: application/json"}},
		{"a browser gets JSON", "public", "GET", "/api/v1/services?limit=1", []string{"Accept: text/html,application/xhtml+xml,*/*;q=0.8"}, 200, []string{"Content-Type: application/json"}},
		{"nothing there", "public", "GET", "/api/v1/nothing", nil, 404, []string{"/api/v1/ lists what there is", "Content-Type: application/problem+json"}},
		{"not to be written", "public", "DELETE", "/api/v1/services", nil, 405, []string{"Allow: GET", "DELETE is not possible here"}},
		{"a key that never was", "public", "GET", "/api/v1/services", []string{"Authorization: Bearer remit_nonsense"}, 401, []string{"WWW-Authenticate: Bearer", "revoked, has expired or never was"}},
		{"a password is no key", "public", "GET", "/api/v1/services", []string{"Authorization: Basic eDp5"}, 401, []string{"WWW-Authenticate: Bearer"}},
		{"a key in the other header", "public", "GET", "/api/v1/proposals", []string{"X-API-Key: " + h.keys["reader"]}, 200, []string{`"items":[]`, "Cache-Control: no-store"}},
		{"what a key sees is not for shared caches", "reader", "GET", "/api/v1/services?limit=1", nil, 200, []string{"Cache-Control: private, no-cache"}},
		{"names are for readers", "reader", "GET", "/api/v1/change-log/1", nil, 200, []string{`"by":"remit test"`}},
		{"audit", "reader", "GET", "/api/v1/audit?limit=1", nil, 200, []string{`"action":"key.issue"`, `Link: rel="next"`}},
		{"a document that is not there", "reader", "GET", "/api/v1/documents/" + strings.Repeat("0", 64), nil, 404, nil},
		{"other origins may read", "public", "OPTIONS", "/api/v1/services", []string{"Origin: https://other.example", "Access-Control-Request-Method: GET"}, 204, []string{"Access-Control-Allow-Origin: *", "Access-Control-Allow-Methods: GET, HEAD"}},
		{"the reference page", "public", "GET", "/api/v1/", nil, 200, []string{"<h1>API reference</h1>", "/api/v1/who?", "needs a key with the scope write, of an account with the role approver", "Content-Type: text/html"}},
		{"its address without the slash", "public", "GET", "/api/v1", nil, 301, []string{"Location: /api/v1/"}},
		{"OpenAPI as YAML", "public", "GET", "/api/v1/openapi.yaml", nil, 200, []string{"openapi: 3.1.0"}},
		{"HEAD", "public", "HEAD", "/api/v1/services", nil, 200, []string{"ETag: \""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := h.ask(t, c.who, c.method, c.path, "", c.headers...)
			if a.status != c.status {
				t.Errorf("status %d, want %d: %s", a.status, c.status, a.body)
			}
			for _, want := range c.has {
				if name, part, isHeader := strings.Cut(want, ": "); isHeader && a.header.Get(name) != "" {
					if !slices.ContainsFunc(a.header.Values(name), func(v string) bool { return strings.Contains(v, part) }) {
						t.Errorf("header %s is %q, want %q in it", name, a.header.Values(name), part)
					}
				} else if !strings.Contains(a.body, want) {
					t.Errorf("the answer lacks %q: %.2000s", want, a.body)
				}
			}
		})
	}
}

// TestPublicSeesNoNames holds everything that is public against the names of people.
func TestPublicSeesNoNames(t *testing.T) { onBoth(t, testPublicSeesNoNames) }

func testPublicSeesNoNames(t *testing.T, h *house) {
	for _, path := range []string{"/api/v1/change-log", "/api/v1/change-log/1", "/api/v1/history?table=icb&key=QMJ", "/api/v1/versions/1"} {
		if a := h.ask(t, "public", "GET", path, ""); strings.Contains(a.body, `"by"`) || strings.Contains(a.body, `"remit test"`) {
			t.Errorf("%s tells who: %s", path, a.body)
		}
	}
}

func TestPages(t *testing.T) { onBoth(t, testPages) }

func testPages(t *testing.T, h *house) {
	var whole, part []struct{ Code string }
	type page struct{ Items []struct{ Code string } }
	var p page
	h.ask(t, "public", "GET", "/api/v1/lines?limit=10000", "").into(t, &p)
	whole = p.Items
	for path, pages := "/api/v1/lines?limit=100", 0; path != ""; pages++ {
		if pages > 20 {
			t.Fatal("the pages do not end")
		}
		a := h.ask(t, "public", "GET", path, "")
		p = page{}
		a.into(t, &p)
		part = append(part, p.Items...)
		path = linked(a.header.Get("Link"), "next")
	}
	if !slices.Equal(whole, part) || len(whole) < 100 {
		t.Errorf("%d lines at once and %d by pages", len(whole), len(part))
	}
	rows, err := csv.NewReader(strings.NewReader(h.ask(t, "public", "GET", "/api/v1/lines", "", "Accept: text/csv").body)).ReadAll()
	if err != nil || len(rows) != len(whole)+1 {
		t.Errorf("%d rows of CSV for %d lines: %v", len(rows), len(whole), err)
	}
}

// linked is the address of a relation in a Link header.
func linked(header, rel string) string {
	for one := range strings.SplitSeq(header, ", <") {
		if address, _, ok := strings.Cut(one, `>; rel="`+rel+`"`); ok {
			return strings.TrimPrefix(address, "<")
		}
	}
	return ""
}

// TestETag: an answer stands until the question or the register is another.
func TestETag(t *testing.T) { onBoth(t, testETag) }

func testETag(t *testing.T, h *house) {
	const path = "/api/v1/organisations/QMJ?on=2025-08-01"
	first := h.ask(t, "public", "GET", path, "")
	tag := first.header.Get("ETag")
	for _, sent := range []string{tag, "W/" + tag, `"other", ` + tag, "*"} {
		if a := h.ask(t, "public", "GET", path, "", "If-None-Match: "+sent); a.status != 304 || a.body != "" || a.header.Get("ETag") != tag {
			t.Errorf("If-None-Match: %s: %d %q", sent, a.status, a.body)
		}
	}
	for what, a := range map[string]answer{
		"another day":     h.ask(t, "public", "GET", "/api/v1/organisations/QMJ?on=2025-08-02", "", "If-None-Match: "+tag),
		"another caller":  h.ask(t, "reader", "GET", path, "", "If-None-Match: "+tag),
		"another type":    h.ask(t, "public", "GET", path, "", "If-None-Match: "+tag, "Accept: text/csv"),
		"another address": h.ask(t, "public", "GET", "/api/v1/organisations/QHM?on=2025-08-01", "", "If-None-Match: "+tag),
	} {
		if a.status != 200 {
			t.Errorf("%s: %d", what, a.status)
		}
	}
	h.change(t)
	if a := h.ask(t, "public", "GET", path, "", "If-None-Match: "+tag); a.status != 200 {
		t.Errorf("after a change: %d", a.status)
	}
}

func TestPlainAccept(t *testing.T) {
	for header, want := range map[string]string{
		"text/csv;q=0.5, application/json": "text/csv;q=0.5, application/json",
		"*/*;q ":                           "*/*",
		"*/*;q,text/csv ; Q=1":             "*/*, text/csv;q=1",
		"text/csv;charset=utf-8;q=0.2":     "text/csv;q=0.2",
		";;;":                              "",
		"text/csv;q=":                      "text/csv",
	} {
		if got := plainAccept(header); got != want {
			t.Errorf("%q: %q, want %q", header, got, want)
		}
	}
}
