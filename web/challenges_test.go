package web

import (
	"archive/zip"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"remit/challenge"
	"remit/store"
)

// TestChallenges follows challenges on the pages from the rows that count to a
// credit note, with who may see and do what at each step.
func TestChallenges(t *testing.T) {
	o, dir := newContractOffice(t)
	england := o.person("england", "", store.Editor)
	for _, feed := range []string{"PLCM", "DrPLCM"} {
		name := "RBV_" + feed + "_2526_M02_FLEX.csv"
		england.submit(name, filepath.Join(dir, name))
	}
	england.get("/challenges").wants(http.StatusOK, "There is no challenge that you may see")
	england.post("/challenges/new", "provider", "RBV", "year", "soon").wants(http.StatusUnprocessableEntity, "Write a financial year", "Name the organisation that challenges")
	england.post("/challenges/new", "provider", "RXX", "year", "2025-26", "owner", "QOP").wants(http.StatusUnprocessableEntity, "Nothing of this provider")

	// Who was billed the most may challenge: of whom does the view have most rows?
	owner := "QOP"
	england.post("/challenges/new", "provider", "RBV", "year", "2025-26", "owner", owner).wants(http.StatusSeeOther)
	list := must(o.store.Challenges(t.Context(), store.ChallengeFilter{Owner: owner}))(t)
	if len(list) < 2 {
		t.Fatalf("%d drafts of %s", len(list), owner)
	}
	england.post("/challenges/new", "provider", "RBV", "year", "2025-26", "owner", owner).wants(http.StatusSeeOther)
	if again := must(o.store.Challenges(t.Context(), store.ChallengeFilter{Owner: owner}))(t); len(again) != len(list) {
		t.Errorf("%d challenges after the second time, %d after the first", len(again), len(list))
	}
	for _, c := range list {
		if c.Rule == "price_above_set" {
			t.Errorf("%+v: the price set is made up", c)
		}
	}

	board, other := o.person("board", owner, store.Editor), o.person("other", "QMJ", store.Editor)
	trust, rival, reader := o.person("trust", "RBV", store.Editor), o.person("rival", "RCX", store.Editor), o.person("reader", owner, store.Reader)
	at := "/challenges/" + list[0].ID
	for _, d := range []*desk{other, trust, rival} {
		d.get(at).wants(http.StatusNotFound)
		d.post(at, "step", "raise").wants(http.StatusNotFound)
	}
	trust.post("/challenges/new", "provider", "RBV", "year", "2025-26").wants(http.StatusForbidden)
	reader.get(at).wants(http.StatusOK, "Basis of the rule").lacks("Raise the challenge")
	reader.post(at, "step", "raise").wants(http.StatusForbidden)
	board.get("/challenges?of=RBV").wants(http.StatusOK, "Raise drafts together", list[0].ID)
	board.get(at).wants(http.StatusOK, "Raise the challenge", "Withdraw the challenge").lacks("Send the answer")
	board.post(at, "step", "corrected").wants(http.StatusBadRequest)
	board.post(at, "step", "accept").wants(http.StatusUnprocessableEntity, "cannot be accepted")
	board.post("/challenges").wants(http.StatusBadRequest)
	other.post("/challenges", "of", "RBV").wants(http.StatusSeeOther) // raises none: none is theirs
	if c := must(o.store.Challenge(t.Context(), list[0].ID))(t); c.State != challenge.Draft {
		t.Fatalf("the draft of %s was raised by QMJ", owner)
	}
	board.get("/challenges/bundle?owner=" + owner + "&provider=RBV").wants(http.StatusNotFound)
	board.post("/challenges", "of", "RBV").wants(http.StatusSeeOther)

	trust.get(at).wants(http.StatusOK, "Send the answer").lacks("Record what is agreed")
	rival.get(at).wants(http.StatusNotFound)
	trust.post(at, "step", "accept").wants(http.StatusForbidden)
	trust.post(at, "step", "answer").wants(http.StatusUnprocessableEntity, "without the provider's answer")
	trust.post(at, "step", "answer", "text", "The practice has moved").wants(http.StatusSeeOther)
	trust.get("/challenges").wants(http.StatusOK, list[0].ID)
	rival.get("/challenges").wants(http.StatusOK, "There is no challenge that you may see")
	bundle := trust.get("/challenges/bundle?owner=" + owner + "&provider=RBV").wants(http.StatusOK)
	files, err := zip.NewReader(strings.NewReader(bundle.text), int64(len(bundle.text)))
	if err != nil || len(files.File) != 3 {
		t.Errorf("the bundle: %v", err)
	}
	rival.get("/challenges/bundle?owner=" + owner + "&provider=RBV").wants(http.StatusNotFound)

	stale := board.get(at).wants(http.StatusOK, "The practice has moved", "Record what is agreed")
	revision := regexp.MustCompile(`name="revision" value="(\d+)"`).FindStringSubmatch(stale.text)[1]
	board.post(at, "step", "accept", "amount", "half", "revision", revision).wants(http.StatusUnprocessableEntity, "Half is not an amount")
	board.post(at, "step", "accept", "amount", "0.01", "revision", revision).wants(http.StatusSeeOther)
	board.post(at, "step", "reject", "text", "no", "revision", revision).wants(http.StatusUnprocessableEntity, "Somebody else has changed")
	board.post(at, "step", "settle", "text", "CN-1").wants(http.StatusSeeOther)
	p := board.get(at).wants(http.StatusOK, "Settled", "CN-1", "£0.01")
	p.lacks("Withdraw the challenge")

	c := must(o.store.Challenge(t.Context(), list[0].ID))(t)
	england.get("/submissions/"+c.Submission+"/rows/"+strconv.Itoa(c.SourceRow)).wants(http.StatusOK, c.ID, "Challenges of this row")
	england.get("/contracts/RBV/2025-26").wants(http.StatusOK, "Each challenge", "Find what to challenge")
	trust.get("/contracts/RBV/2025-26").wants(http.StatusOK, "Each challenge").lacks("Find what to challenge")
	states := board.get("/challenges?of=RBV&table=challenge-sums&format=csv").wants(http.StatusOK).records()
	if !slices.ContainsFunc(states, func(row []string) bool { return row[1] == "Settled" && row[5] == "0.01" }) {
		t.Errorf("%v has no settled penny", states)
	}
}
