package web

import (
	"net/http"
	"strings"
	"testing"

	"remit/register"
	"remit/store"
)

func TestAuditLog(t *testing.T) {
	o := newOffice(t)
	ann, bob, rea := o.person("ann", "QMJ", store.Editor), o.person("bob", "", store.Approver), o.person("rea", "QRV", store.Reader)
	fact := o.row("icb", "QMJ")
	review := ann.upload("/proposals/new", "file", "letter.pdf", "%PDF-1.7\n1", append(formOf(fact, "note", "Moved"), "step", "review")...).wants(http.StatusOK)
	address := review.press("/proposals/new", "step", "submit").wants(http.StatusSeeOther).header.Get("Location")
	bob.get(address).press(address + "/approve").wants(http.StatusSeeOther)

	rea.get("/audit").wants(http.StatusOK, "approve proposal", "bob", "A letter says so")
	rea.get("/audit?actor=ann&action=proposal.submit").wants(http.StatusOK, "submit proposal").lacks("approve proposal", "create account")
	rea.get("/audit?subject=proposal+1").wants(http.StatusOK, "approve proposal").lacks("create account")
	rea.post("/audit/verify").wants(http.StatusOK, "The chain is whole", "1 document")
	rea.post("/audit/verify", "noted", strings.Repeat("0", 64)).wants(http.StatusUnprocessableEntity, "The chain is broken")
	o.public().get("/audit").wants(http.StatusSeeOther)

	change := rea.get("/changes/2").wants(http.StatusOK, "Change 2", "ann", "bob", "Moved", "letter.pdf", "A letter says so")
	rea.get("/changes/99").wants(http.StatusNotFound)
	rea.get("/changes/1").wants(http.StatusOK, "Added")

	_, link, _ := strings.Cut(change.text, `href="/documents/`)
	hash, _, _ := strings.Cut(link, `"`)
	file := rea.get("/documents/" + hash)
	if file.status != http.StatusOK || file.text != "%PDF-1.7\n1" || file.header.Get("Content-Disposition") != "attachment; filename=letter.pdf" ||
		!strings.HasPrefix(file.header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("the document comes as %d %q %v", file.status, file.text, file.header)
	}
	o.public().get("/documents/" + hash).wants(http.StatusSeeOther)
	if err := o.store.EraseDocument(t.Context(), "admin", hash, "It is about a patient"); err != nil {
		t.Fatal(err)
	}
	if got := rea.get("/documents/" + hash).wants(http.StatusNotFound).header.Get("Content-Disposition"); got != "" {
		t.Errorf("the error page comes as a file: %s", got)
	}
}

func TestWorkList(t *testing.T) {
	o := newOffice(t)
	ann, ben, other := o.person("ann", "QMJ", store.Editor), o.person("ben", "", store.Editor), o.person("eve", "QOX", store.Editor)
	known := must(o.site.knownAt(t.Context(), o.site.now().Add(0)))(t)
	day, err := register.ParseDay("2026-04-01")
	if err != nil {
		t.Fatal(err)
	}
	book := must(known.book())(t)
	var own []string
	for _, task := range book.Tasks(day) {
		if task.Predecessor == "QMJ" {
			own = append(own, task.Key)
		}
	}
	if len(own) < 3 {
		t.Fatalf("QMJ has %d tasks", len(own))
	}
	list := "/work?event=2026-04-01&of=QMJ"
	ann.get(list).wants(http.StatusOK, "Succession work list", "Novate", "Nobody yet")
	other.get("/work/"+own[0]).wants(http.StatusOK).offersNot(t, "/work/"+own[0])
	other.post("/work/"+own[0], "revision", "0", "done", "1").wants(http.StatusForbidden, "not your organisation's facts")

	both := ben.get("/work/" + own[0])
	ann.get("/work/"+own[0]).press("/work/"+own[0], "assigned", "Ann", "due", "2026-03-01", "note", "Deed drafted").wants(http.StatusSeeOther)
	both.press("/work/"+own[0], "assigned", "Ben").wants(http.StatusUnprocessableEntity, "Somebody else has changed this task", `assigned to "Ann"`)
	ann.get("/work/"+own[0]).press("/work/"+own[0], "due", "soon").wants(http.StatusUnprocessableEntity, "is not a date")
	ann.get(list).wants(http.StatusOK, "Deed drafted", "Overdue")
	for i, key := range own { // worked to zero
		ann.get("/work/"+key).press("/work/"+key, "done", "1").wants(http.StatusSeeOther)
		if i == 0 {
			ann.get(list+"&state=Done").wants(http.StatusOK, "1 of ")
		}
	}
	ann.get(list + "&state=To+do").lacks("Nobody yet")
	ann.get("/work/nothing").wants(http.StatusNotFound)
	o.public().get("/work").wants(http.StatusSeeOther)
}

func (p *page) offersNot(t *testing.T, action string) {
	t.Helper()
	if p.offers(action) {
		t.Errorf("the page offers %s", action)
	}
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
