package api

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"remit/store"
)

// TestDocuments attaches a document, rests a proposal on it, and reads it back as
// it was sent.
func TestDocuments(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		c := newChecker(t, h)
		octets := "Content-Type: application/octet-stream"
		content := "%PDF-1.7 minutes of 1 June \x00\xff"
		a := h.ask(t, "editor", "POST", "/api/v1/documents?name=..%2Fminutes.pdf", content, octets)
		if a.status != http.StatusCreated {
			t.Fatalf("%d %s", a.status, a.body)
		}
		c.response(t, "POST", "/api/v1/documents?name=minutes.pdf", a)
		var d store.Document
		a.into(t, &d)
		if d.Name != "minutes.pdf" || d.MediaType != "application/pdf" || d.Size != int64(len(content)) || d.RecordedBy != "editor" {
			t.Errorf("%+v", d)
		}
		at := a.header.Get("Location")
		if at != "/api/v1/documents/"+d.Hash {
			t.Errorf("it is said to be at %q", at)
		}
		got := h.ask(t, "reader", "GET", at+"/content", "")
		if got.status != http.StatusOK || got.body != content {
			t.Errorf("%d %q", got.status, got.body)
		}
		for name, want := range map[string]string{"Content-Type": "application/pdf", "Content-Disposition": "attachment; filename=minutes.pdf", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"} {
			if got.header.Get(name) != want {
				t.Errorf("%s: %q, want %q", name, got.header.Get(name), want)
			}
		}
		var all Documents
		list := h.ask(t, "reader", "GET", "/api/v1/documents", "")
		c.response(t, "GET", "/api/v1/documents", list)
		if list.into(t, &all); all.Total != 1 || len(all.Items) != 1 || all.Items[0].Hash != d.Hash {
			t.Errorf("%+v", all)
		}
		draft := strings.Replace(event("documents"), `"edits"`, `"documents":["`+d.Hash+`"],"edits"`, 1)
		p, _ := h.do(t, http.StatusCreated, "editor", "POST", "/api/v1/proposals", draft)
		if len(p.Documents) != 1 || p.Documents[0] != d.Hash {
			t.Errorf("the proposal rests on %v", p.Documents)
		}

		for name, x := range map[string]struct {
			who, path, body, header string
			status                  int
			says                    string
		}{
			"empty":            {"editor", "/api/v1/documents?name=a.txt", "", octets, 400, "body"},
			"of another kind":  {"editor", "/api/v1/documents?name=a.pdf", "MZ\x00\x01", octets, 409, "not of a kind"},
			"without a name":   {"editor", "/api/v1/documents", "x", octets, 422, "name"},
			"too large":        {"editor", "/api/v1/documents?name=a.txt", strings.Repeat("x", store.MaxDocument+1), octets, 413, "too large"},
			"by a reader":      {"reader", "/api/v1/documents?name=a.txt", "x", octets, 403, "write"},
			"by nobody":        {"public", "/api/v1/documents?name=a.txt", "x", octets, 401, "key"},
			"with a read key":  {"read alone", "/api/v1/documents?name=a.txt", "x", octets, 403, "write"},
			"as another thing": {"editor", "/api/v1/documents?name=a.txt", "x", "Content-Type: application/json", 415, "type"},
		} {
			if a := h.ask(t, x.who, "POST", x.path, x.body, x.header); a.status != x.status || !strings.Contains(a.body, x.says) {
				t.Errorf("%s: %d %.300s, want %d with %q", name, a.status, a.body, x.status, x.says)
			}
		}
		large := bytes.Repeat([]byte("a line of text\n"), store.MaxDocument/15)
		if a := h.ask(t, "editor", "POST", "/api/v1/documents?name=large.txt", string(large), octets); a.status != http.StatusCreated {
			t.Errorf("a large one: %d %.300s", a.status, a.body)
		}
		if err := h.store.EraseDocument(t.Context(), "test", d.Hash, "it was about a patient"); err != nil {
			t.Fatal(err)
		}
		if a := h.ask(t, "reader", "GET", at+"/content", ""); a.status != http.StatusNotFound || !strings.Contains(a.body, "was erased") || a.header.Get("Content-Disposition") != "" {
			t.Errorf("erased: %d %v %s", a.status, a.header, a.body)
		}
	})
}
