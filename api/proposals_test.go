package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"remit/store"
)

func disable(t *testing.T, h *house, name string) {
	t.Helper()
	if _, err := h.store.ChangeAccount(t.Context(), "test", name, func(a *store.Account) { a.Disabled = true }); err != nil {
		t.Fatal(err)
	}
}

// event is a draft that adds an event of the bulletin.
func event(code string) string {
	return `{"title":"An event","reason":"It took place","source":"The minutes","edits":[{"table":"event","after":{"code":"` + code + `","on":"2026-06-01","precision":"day",
		"title":"A meeting","kind":"committee","status":"done","text":"They met.","confidence":"high","source":"Minutes of 1 June 2026"}}]}`
}

// row is a row of a table as the API gives it.
type row struct {
	Values  map[string]string
	Version int64
}

func (h *house) row(t *testing.T, table, column, value string) row {
	t.Helper()
	var p struct{ Items []row }
	h.ask(t, "public", "GET", fmt.Sprintf("/api/v1/tables/%s/rows?all=true&column=%s&value=%s", table, column, value), "").into(t, &p)
	if len(p.Items) == 0 {
		t.Fatalf("%s has no row with %s %s", table, column, value)
	}
	return p.Items[0]
}

// note is a draft that gives a row another note.
func (r row) note(t *testing.T, table, text string) string {
	t.Helper()
	after := map[string]string{"note": text}
	for c, v := range r.Values {
		if c != "note" {
			after[c] = v
		}
	}
	body, err := json.Marshal(Draft{Title: "A note", Reason: "It was missing", Source: "The document", Edits: []ProposedEdit{{Table: table, Version: r.Version, After: after}}})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// do sends a request that must have the status, and gives the proposal.
func (h *house) do(t *testing.T, status int, who, method, path, body string) (Proposal, answer) {
	t.Helper()
	a := h.ask(t, who, method, path, body)
	if a.status != status {
		t.Fatalf("%s %s as %s: %d, want %d: %s", method, path, who, a.status, status, a.body)
	}
	var p Proposal
	if status < 300 {
		a.into(t, &p)
	}
	return p, a
}

// change puts some change into effect.
func (h *house) change(t *testing.T) {
	t.Helper()
	p, _ := h.do(t, 201, "editor", "POST", "/api/v1/proposals", event("some-change"))
	at := fmt.Sprintf("/api/v1/proposals/%d", p.ID)
	h.do(t, 200, "editor", "POST", at+"/submit", `{"revision":1}`)
	h.do(t, 200, "approver", "POST", at+"/approve", `{"revision":2}`)
}

// TestProposal follows a change from draft to effect and back through its history.
func TestProposal(t *testing.T) { onBoth(t, testProposal) }

func testProposal(t *testing.T, h *house) {
	p, a := h.do(t, 201, "editor", "POST", "/api/v1/proposals", event("e1"))
	if p.State != "draft" || p.Revision != 1 || p.Author != "editor" || a.header.Get("Location") != "/api/v1/proposals/1" || len(p.Edits) != 1 {
		t.Errorf("%+v %v", p, a.header)
	}
	if got := h.ask(t, "public", "GET", "/api/v1/events?from=2026-06-01&to=2026-06-01", ""); strings.Contains(got.body, "They met.") {
		t.Error("a draft is in effect")
	}
	p, _ = h.do(t, 200, "editor", "PUT", "/api/v1/proposals/1", strings.Replace(event("e1"), `"title":"An event"`, `"title":"A better title","revision":1`, 1))
	if p.Revision != 2 || p.Title != "A better title" {
		t.Errorf("%+v", p)
	}
	h.do(t, 409, "editor", "PUT", "/api/v1/proposals/1", strings.Replace(event("e1"), `"title"`, `"revision":1,"title"`, 1))
	h.do(t, 409, "editor", "POST", "/api/v1/proposals/1/submit", `{"revision":1}`)
	h.do(t, 403, "other editor", "POST", "/api/v1/proposals/1/submit", `{"revision":2}`)
	h.do(t, 409, "approver", "POST", "/api/v1/proposals/1/approve", `{"revision":2}`) // not submitted
	h.do(t, 200, "editor", "POST", "/api/v1/proposals/1/submit", `{"revision":2}`)
	if p, _ = h.do(t, 200, "approver", "POST", "/api/v1/proposals/1/approve", `{"revision":3,"note":"seen"}`); p.State != "approved" || p.DecidedBy != "approver" || p.Change != 2 {
		t.Errorf("%+v", p)
	}
	if got := h.ask(t, "public", "GET", "/api/v1/events?from=2026-06-01&to=2026-06-01", ""); !strings.Contains(got.body, "They met.") {
		t.Error("an approved change is not in effect")
	}
	var log struct{ Items []Recorded }
	h.ask(t, "public", "GET", "/api/v1/change-log?limit=1", "").into(t, &log)
	c := log.Items[0]
	if c.Number != 2 || c.Reason != "It took place" || c.By != "" {
		t.Errorf("%+v", c)
	}
	var before struct{ Items []Recorded }
	h.ask(t, "public", "GET", "/api/v1/change-log?limit=2", "").into(t, &before)
	known := before.Items[1].RecordedAt.Format("2006-01-02T15:04:05.999999999Z")
	if got := h.ask(t, "public", "GET", "/api/v1/events?from=2026-06-01&to=2026-06-01&known="+known, ""); strings.Contains(got.body, "They met.") {
		t.Error("the event was known before it was recorded")
	}
	if got := h.ask(t, "public", "GET", "/api/v1/history?table=event&key=e1&known="+known, ""); got.status != 404 {
		t.Errorf("its history was known before it was recorded: %d", got.status)
	}
	var page ChangePage
	h.ask(t, "reader", "GET", "/api/v1/change-log/2", "").into(t, &page)
	if page.By != "editor" || page.ApprovedBy != "approver" || len(page.Edits) != 1 || page.Edits[0].Before != nil || page.Edits[0].After["text"] != "They met." {
		t.Errorf("%+v", page)
	}
}

// TestFourEyes: whoever proposed a change does not decide on it, with whatever key.
func TestFourEyes(t *testing.T) { onBoth(t, testFourEyes) }

func testFourEyes(t *testing.T, h *house) {
	h.do(t, 201, "both", "POST", "/api/v1/proposals", event("e1"))
	h.do(t, 200, "both", "POST", "/api/v1/proposals/1/submit", `{"revision":1}`)
	for _, step := range []string{"approve", "refuse"} {
		if _, a := h.do(t, 403, "both", "POST", "/api/v1/proposals/1/"+step, `{"revision":2,"note":"mine"}`); !strings.Contains(a.body, "a second person must decide") {
			t.Errorf("%s: %s", step, a.body)
		}
	}
	h.do(t, 409, "approver", "POST", "/api/v1/proposals/1/refuse", `{"revision":2}`) // without saying why
	if p, _ := h.do(t, 200, "approver", "POST", "/api/v1/proposals/1/refuse", `{"revision":2,"note":"no such meeting"}`); p.State != "refused" || p.Note != "no such meeting" {
		t.Errorf("%+v", p)
	}
	p, _ := h.do(t, 201, "both", "POST", "/api/v1/proposals", event("e2"))
	if p, _ = h.do(t, 200, "both", "POST", fmt.Sprintf("/api/v1/proposals/%d/withdraw", p.ID), `{"revision":1}`); p.State != "withdrawn" {
		t.Errorf("%+v", p)
	}
}

// TestSecond: of two who change a row, the second is told what the first has done.
func TestSecond(t *testing.T) { onBoth(t, testSecond) }

func testSecond(t *testing.T, h *house) {
	r := h.row(t, "icb", "code", "QMJ")
	for i, who := range []string{"editor", "other editor"} {
		p, _ := h.do(t, 201, who, "POST", "/api/v1/proposals", r.note(t, "icb", "said by "+who))
		if p.ID != int64(i+1) {
			t.Fatalf("%+v", p)
		}
		h.do(t, 200, who, "POST", fmt.Sprintf("/api/v1/proposals/%d/submit", p.ID), `{"revision":1}`)
	}
	h.do(t, 200, "approver", "POST", "/api/v1/proposals/1/approve", `{"revision":2}`)
	_, a := h.do(t, 409, "approver", "POST", "/api/v1/proposals/2/approve", `{"revision":2}`)
	for _, want := range []string{"icb QMJ", "was changed by editor", "said by editor", "Somebody else has changed", `"location":"body.edits"`} {
		if !strings.Contains(a.body, want) {
			t.Errorf("the second is not told %q: %s", want, a.body)
		}
	}
	if _, a = h.do(t, 409, "other editor", "POST", "/api/v1/proposals", r.note(t, "icb", "late")); !strings.Contains(a.body, "was changed by editor") {
		t.Errorf("a draft on an old version: %s", a.body)
	}
}

// TestOtherBoards: an editor of one board does not change another's facts, nor
// those of England, nor takes a fact from another board by renaming it.
func TestOtherBoards(t *testing.T) { onBoth(t, testOtherBoards) }

func testOtherBoards(t *testing.T, h *house) {
	own, other := h.row(t, "icb", "code", "QMJ"), h.row(t, "icb", "code", "QHM")
	h.do(t, 201, "QMJ editor", "POST", "/api/v1/proposals", own.note(t, "icb", "ours"))
	if _, a := h.do(t, 403, "QMJ editor", "POST", "/api/v1/proposals", other.note(t, "icb", "theirs")); !strings.Contains(a.body, "QHM") {
		t.Errorf("%s", a.body)
	}
	h.do(t, 403, "QMJ editor", "POST", "/api/v1/proposals", event("for-all"))
	taken := other
	taken.Values = map[string]string{}
	for c, v := range other.Values {
		taken.Values[c] = v
	}
	taken.Values["code"] = "QMJ"
	h.do(t, 403, "QMJ editor", "POST", "/api/v1/proposals", taken.note(t, "icb", "taken"))
	// What somebody national has drafted about another board is not theirs to submit either.
	h.do(t, 201, "editor", "POST", "/api/v1/proposals", other.note(t, "icb", "national"))
	h.do(t, 403, "QMJ editor", "POST", "/api/v1/proposals/2/submit", `{"revision":1}`)
}

// TestInvalid: what would leave the register invalid is refused with every reason.
func TestInvalid(t *testing.T) { onBoth(t, testInvalid) }

func testInvalid(t *testing.T, h *house) {
	h.do(t, 201, "editor", "POST", "/api/v1/proposals", strings.Replace(event("e1"), `"kind":"committee"`, `"kind":"party"`, 1))
	_, a := h.do(t, 422, "editor", "POST", "/api/v1/proposals/1/submit", `{"revision":1}`)
	if !strings.Contains(a.body, "party") || !strings.Contains(a.body, "body.edits[0].after.kind") {
		t.Errorf("%s", a.body)
	}
	for _, body := range []string{``, `{`, `null`, `[]`, `{"title":"x"}`, `{"title":"","edits":[]}`, `{"title":"x","edits":[{"table":"nothing","after":{"a":"b"}}]}`,
		`{"title":"x","edits":[{"table":"icb","version":99999999}]}`, `{"title":"x","edits":[{"table":"icb","after":{"colour":"red"}}]}`, `{"title":"x","edits":[{"table":"icb","after":{"code":5}}]}`} {
		if a := h.ask(t, "editor", "POST", "/api/v1/proposals", body); a.status < 400 || a.status >= 500 || !strings.Contains(a.header.Get("Content-Type"), "problem") {
			t.Errorf("%s: %d %s", body, a.status, a.body)
		}
	}
	if a := h.ask(t, "editor", "POST", "/api/v1/proposals", event("e"), "Content-Type: text/csv"); a.status != 415 {
		t.Errorf("CSV as a proposal: %d %s", a.status, a.body)
	}
}
