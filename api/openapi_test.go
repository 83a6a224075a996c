package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"
	"github.com/pb33f/libopenapi-validator"
)

// checker holds requests and responses against the OpenAPI document of a server.
type checker struct{ v validator.Validator }

func newChecker(t testing.TB, h *house) checker {
	t.Helper()
	doc, err := libopenapi.NewDocument([]byte(h.ask(t, "public", "GET", "/api/v1/openapi.json", "").body))
	if err != nil {
		t.Fatal(err)
	}
	v, errs := validator.NewValidator(doc)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if ok, faults := v.ValidateDocument(); !ok {
		for _, f := range faults {
			t.Errorf("the OpenAPI document is not valid: %s: %s", f.Message, f.Reason)
			for _, s := range f.SchemaValidationErrors {
				t.Errorf("  %s %s", s.KeywordLocation, s.Reason)
			}
		}
	}
	return checker{v}
}

// response says what of a response is not as the document has it.
func (c checker) response(t testing.TB, method, path string, a answer) {
	t.Helper()
	req, err := http.NewRequest(method, "http://remit.example"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp := &http.Response{StatusCode: a.status, Header: a.header, Body: http.NoBody, Request: req}
	if a.body != "" {
		resp.Body = readCloser{bytes.NewReader([]byte(a.body))}
	}
	if ok, faults := c.v.ValidateHttpResponse(req, resp); !ok {
		for _, f := range faults {
			t.Errorf("%s %s: the answer is not as the document says: %s: %s", method, path, f.Message, f.Reason)
			for _, s := range f.SchemaValidationErrors {
				t.Errorf("  at %s: %s", s.InstancePath, s.Reason)
			}
		}
	}
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

// TestExamples runs every example of the OpenAPI document, and holds the answers
// against the document.
func TestExamples(t *testing.T) {
	h := newHouse(t, unlimited)
	check := newChecker(t, h)
	s := newServer(Options{Store: h.store})
	h.do(t, 201, "editor", "POST", "/api/v1/proposals", event("e1"))
	if a := h.ask(t, "editor", "POST", "/api/v1/documents?name=minutes.txt", "It met.", "Content-Type: application/octet-stream"); a.status != 201 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	run := 0
	for _, op := range s.order {
		if op.Summary == "" || op.OperationID == "" || len(op.Tags) != 1 {
			t.Errorf("%s %s is not described", op.Method, op.Path)
		}
		path := exampleAddress(op)
		switch {
		case op.Method == http.MethodGet && path != "":
			who := "public"
			if permissionOf(op) != nil {
				who = "reader"
			}
			a := h.ask(t, who, op.Method, path, "")
			if a.status != 200 {
				t.Errorf("%s: %d %s", path, a.status, a.body)
				continue
			}
			if strings.Contains(a.body, `"items":[]`) {
				t.Errorf("%s: an example that shows nothing", path)
			}
			check.response(t, op.Method, path, a)
			refused := h.ask(t, who, op.Method, strings.Split(path, "?")[0]+"?nonsense=1", "")
			if refused.status != 422 {
				t.Errorf("%s: nonsense gets %d", path, refused.status)
			}
			check.response(t, op.Method, path, refused)
			run++
		case op.OperationID == "propose":
			body, err := json.Marshal(s.example(op.RequestBody.Content["application/json"].Schema))
			if err != nil {
				t.Fatal(err)
			}
			_, a := h.do(t, 201, "editor", op.Method, path, string(body))
			check.response(t, op.Method, path, a)
			h.do(t, 200, "editor", "POST", "/api/v1/proposals/2/submit", `{"revision":1}`)
		}
	}
	if run < 30 {
		t.Errorf("only %d examples were run", run)
	}
}

// TestAnswersAreDescribed holds the answers to many requests against the document:
// every question for organisations of all kinds, and a proposal's whole way.
func TestAnswersAreDescribed(t *testing.T) {
	h := newHouse(t, unlimited)
	check := newChecker(t, h)
	get := func(who, path string) { t.Helper(); check.response(t, "GET", path, h.ask(t, who, "GET", path, "")) }
	for _, path := range []string{
		"/api/v1/who?service=11&for=QMJ&on=2025-08-01", "/api/v1/who?service=11", "/api/v1/who?service=DENT&for=QXU&on=2023-04-01", "/api/v1/who?service=zzz", "/api/v1/who?service=cardiac",
		"/api/v1/who?service=11&for=Y56&on=2024-06-01&role=decides", "/api/v1/who?service=VACC&for=QMJ&on=2026-06-01",
	} {
		get("public", path)
	}
	for _, kind := range kinds {
		get("public", "/api/v1/organisations?limit=20&kind="+kind)
	}
	for _, code := range []string{"QMJ", "Z9B2Z", "93C", "Y56", "13Q", "G2L3T", "RJ7", "A81001", "NHSE", "7A1"} {
		get("public", "/api/v1/organisations/"+code)
	}
	for _, table := range []string{"tables", "instruments", "instrument-lines", "committees", "teams", "functions", "events", "successions", "lines", "services", "retained-services"} {
		get("public", "/api/v1/"+table+"?limit=1000")
		get("public", "/api/v1/"+table+"?limit=1000&on=2023-01-01")
	}
	get("public", "/api/v1/changes?from=2023-03-31&to=2026-12-31")
	get("reader", "/api/v1/audit")
	r := h.row(t, "icb", "code", "QMJ")
	_, a := h.do(t, 201, "editor", "POST", "/api/v1/proposals", r.note(t, "icb", "x"))
	check.response(t, "POST", "/api/v1/proposals", a)
	_, a = h.do(t, 200, "editor", "POST", "/api/v1/proposals/1/submit", `{"revision":1}`)
	check.response(t, "POST", "/api/v1/proposals/1/submit", a)
	_, a = h.do(t, 403, "editor", "POST", "/api/v1/proposals/1/approve", `{"revision":2}`)
	check.response(t, "POST", "/api/v1/proposals/1/approve", a)
	_, a = h.do(t, 200, "approver", "POST", "/api/v1/proposals/1/approve", `{"revision":2}`)
	check.response(t, "POST", "/api/v1/proposals/1/approve", a)
	_, a = h.do(t, 409, "approver", "POST", "/api/v1/proposals/1/approve", `{"revision":2}`)
	check.response(t, "POST", "/api/v1/proposals/1/approve", a)
	_, a = h.do(t, 409, "editor", "POST", "/api/v1/proposals", r.note(t, "icb", "late"))
	check.response(t, "POST", "/api/v1/proposals", a)
	get("reader", "/api/v1/proposals")
	get("reader", "/api/v1/history?table=icb&key=QMJ")
	get("reader", "/api/v1/change-log/2")
}
