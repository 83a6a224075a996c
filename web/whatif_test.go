package web

import (
	"net/http"
	"path/filepath"
	"testing"

	"remit/store"
)

// TestWhatif supposes a merger on the page, finds it again by its address, and keeps
// it from a provider that is not concerned.
func TestWhatif(t *testing.T) {
	o, dir := newContractOffice(t)
	board := o.person("board", "QOP", store.Editor)
	board.submit("RBV_PLCM_2526_M02_FLEX.csv", filepath.Join(dir, "RBV_PLCM_2526_M02_FLEX.csv"))
	board.get("/what-if").wants(http.StatusOK, "Nothing has been supposed yet", "Work it out")
	board.post("/what-if", "name", "x", "changes", "move QOP").wants(http.StatusUnprocessableEntity, "move needs 2 words behind it")
	board.post("/what-if", "name", "A name", "changes", "status NOSUCH RED").wants(http.StatusUnprocessableEntity, "is not 2 to 60 small letters", "There is no service line NOSUCH")
	board.post("/what-if", "name", "other-method", "changes", "method nosuch").wants(http.StatusUnprocessableEntity)
	p := board.post("/what-if", "name", "gm-to-cheshire", "title", "Greater Manchester joins", "changes", "move QOP QYG", "map", "2026-03-31").wants(http.StatusSeeOther)
	at := p.header.Get("Location")
	board.get(at).wants(http.StatusOK, "Greater Manchester joins", "From whom to whom", "Cheshire and Merseyside", "move QOP QYG").lacks("Other submissions count by now")
	board.post("/what-if", "name", "gm-to-cheshire", "changes", "move QOP QYG").wants(http.StatusUnprocessableEntity, "There is a what-if of that name")
	board.post("/what-if", "name", "dearer", "changes", "price 10% RBV").wants(http.StatusSeeOther)
	board.get("/what-if/dearer").wants(http.StatusOK, "would pay more by price", "paid more or less in all")
	rows := board.get(at + "?table=transfers&format=csv").wants(http.StatusOK).records()
	if len(rows) != 2 || rows[1][0] != "QOP" || rows[1][1] != "QYG" {
		t.Errorf("%v would move", rows)
	}
	reader, rival := o.person("reader", "QMJ", store.Reader), o.person("rival", "RCX", store.Editor)
	reader.get(at).wants(http.StatusOK)
	reader.get("/what-if").wants(http.StatusOK, "gm-to-cheshire").lacks("Work it out")
	rival.get(at).wants(http.StatusNotFound)
	rival.get("/what-if").wants(http.StatusOK).lacks("gm-to-cheshire")
	rival.post("/what-if", "name", "of-others", "changes", "move QOP QYG").wants(http.StatusSeeOther)
	rival.get("/what-if/of-others").wants(http.StatusOK, "No money would move") // nothing of theirs counts
	board.submit("RCX_PLCM_2526_M02_FLEX.csv", filepath.Join(dir, "RCX_PLCM_2526_M02_FLEX.csv"))
	board.get(at).wants(http.StatusOK, "Other submissions count by now")
	board.get("/what-if/none").wants(http.StatusNotFound)
}
