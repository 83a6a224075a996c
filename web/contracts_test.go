package web

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"remit/activity"
	"remit/intake"
	"remit/price"
	"remit/register"
	"remit/store"
	"remit/submission"
	"remit/synth"
)

// newLedgerOffice is a site with a ledger in a data directory.
func newLedgerOffice(t *testing.T) (o *office, data string) {
	t.Helper()
	o = newOffice(t)
	rules, err := submission.LoadRules()
	if err != nil {
		t.Fatal(err)
	}
	prices, err := price.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	data = t.TempDir()
	ledger, err := intake.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ledger.Close() })
	if o.site, err = New(Options{Store: o.store, Program: "remit test", Ledger: ledger, Rules: rules, Prices: prices, DataDir: data}); err != nil {
		t.Fatal(err)
	}
	o.site.patience = time.Minute // what a test sends is waited for
	t.Cleanup(o.site.Close)
	return o, data
}

// newContractOffice is a site with a ledger, and a folder of made-up files of RBV and RCX.
func newContractOffice(t *testing.T) (*office, string) {
	t.Helper()
	o, _ := newLedgerOffice(t)
	pack, err := register.LoadShipped()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := synth.WriteContracts(t.Context(), pack, dir, synth.ContractOptions{Records: 1000, Month: 2, Providers: []string{"RBV", "RCX"}}); err != nil {
		t.Fatal(err)
	}
	return o, dir
}

// submit sends a file and gives the address of its submission.
func (d *desk) submit(name, path string) string {
	d.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		d.Fatal(err)
	}
	return d.upload("/submissions/new", "file", name, string(text), "kind", "").wants(http.StatusSeeOther).header.Get("Location")
}

// TestContractsOfOthers holds who sees what: rows are for the organisation that
// loaded them and the provider that sent them; a provider sees nothing of others.
func TestContractsOfOthers(t *testing.T) {
	o, dir := newContractOffice(t)
	board := o.person("board", "QMJ", store.Editor)
	other := o.person("other", "QWE", store.Reader)
	sender := o.person("sender", "RBV", store.Reader)
	rival := o.person("rival", "RCX", store.Reader)
	plcm := board.submit("RBV_PLCM_2526_M02_FLEX.csv", filepath.Join(dir, "RBV_PLCM_2526_M02_FLEX.csv"))
	for _, d := range []*desk{board, sender} {
		d.get(plcm).wants(http.StatusOK, "RBV_PLCM_2526_M02_FLEX.csv")
		d.get(plcm+"/rows/1").wants(http.StatusOK, "Why this body pays", "How the price was worked out", "In each submission")
		d.get(plcm + "/rows").wants(http.StatusOK)
		d.get(plcm + "/original").wants(http.StatusOK)
		d.get(plcm).wants(http.StatusOK, "Rows for correction")
		d.get(plcm+"/changes").wants(http.StatusNotFound, "nothing before it")
		d.get(plcm+"/reply.html").wants(http.StatusOK, "What was found, the gravest first")
		d.get(plcm+"/reply.csv").wants(http.StatusOK, "finding,what to do", "file_columns_unknown")
	}
	other.get(plcm).wants(http.StatusOK, "RBV_PLCM_2526_M02_FLEX.csv").lacks("Rows for correction") // findings and sums, no rows
	rival.get(plcm).wants(http.StatusNotFound)
	for _, path := range []string{"/rows", "/rows/1", "/original", "/reply.html", "/reply.csv", "/changes", "/changes.csv"} {
		other.get(plcm + path).wants(http.StatusForbidden)
		rival.get(plcm + path).wants(http.StatusNotFound)
	}
	rival.get("/contracts/RBV/2025-26").wants(http.StatusForbidden)
	rival.get("/contracts/RBV/2025-26/identities").wants(http.StatusForbidden)
	sender.get("/contracts/RBV/2025-26/identities").wants(http.StatusOK, "identities differ", "How each identity stands")
	sender.get("/contracts/RBV/1999-00/identities").wants(http.StatusNotFound)
	rival.get("/contracts").wants(http.StatusOK).lacks("RBV")
	rival.get("/submissions").wants(http.StatusOK).lacks("RBV")
	sender.get("/contracts/RBV/2025-26").wants(http.StatusOK, "Billed to the wrong body", "Plan and actual by month")
}

// TestChangesOfSubmission compares a submission with the one before it.
func TestChangesOfSubmission(t *testing.T) {
	o, dir := newContractOffice(t)
	board := o.person("board", "QMJ", store.Editor)
	other := o.person("other", "QWE", store.Reader)
	first := board.submit("RBV_PLCM_2526_M01_FREEZE.csv", filepath.Join(dir, "RBV_PLCM_2526_M01_FREEZE.csv"))
	second := board.submit("RBV_PLCM_2526_M02_FLEX.csv", filepath.Join(dir, "RBV_PLCM_2526_M02_FLEX.csv"))
	board.get(second).wants(http.StatusOK, "What changed since RBV_PLCM_2526_M01_FREEZE.csv")
	board.get(second+"/changes").wants(http.StatusOK, "Added", "What changed, by month", "Rows that changed")
	board.get(second+"/changes?since="+strings.TrimPrefix(first, "/submissions/")).wants(http.StatusOK, "Added")
	board.get(second+"/changes.csv").wants(http.StatusOK, "change,month,service_code", "added")
	board.get(second + "/changes?since=none").wants(http.StatusNotFound)
	other.get(second + "/changes").wants(http.StatusForbidden)
	other.get(second + "/changes.csv").wants(http.StatusForbidden)
}

// TestLoadGoesOn sends a file and does not wait: the load goes on at the server,
// its progress is shown to whoever sent it alone, and the submission comes to be.
func TestLoadGoesOn(t *testing.T) {
	o, dir := newContractOffice(t)
	o.site.patience = 0
	o.site.intaking.Lock() // another file is being taken in
	board, other := o.person("board", "QMJ", store.Editor), o.person("other", "QWE", store.Editor)
	address := board.submit("RBV_PLCM_2526_M02_FLEX.csv", filepath.Join(dir, "RBV_PLCM_2526_M02_FLEX.csv"))
	if !strings.HasPrefix(address, "/loads/") {
		t.Fatalf("the address is %s", address)
	}
	board.get(address).wants(http.StatusOK, "is being taken in", "You may leave this page")
	other.get(address).wants(http.StatusNotFound)
	o.site.loads.mu.Lock()
	l := o.site.loads.by[strings.TrimPrefix(address, "/loads/")]
	o.site.loads.mu.Unlock()
	o.site.intaking.Unlock()
	<-l.done
	to := board.get(address).wants(http.StatusSeeOther).header.Get("Location")
	board.get(to).wants(http.StatusOK, "RBV_PLCM_2526_M02_FLEX.csv")
}

// TestMixedFileOfOthers keeps a refused file with rows of two providers from both.
func TestMixedFileOfOthers(t *testing.T) {
	o, dir := newContractOffice(t)
	var mixed strings.Builder
	for i, name := range []string{"RBV_PLCM_2526_M02_FLEX.csv", "RCX_PLCM_2526_M02_FLEX.csv"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		_, rows, _ := strings.Cut(string(text), "\n")
		if i == 0 {
			rows = string(text)
		}
		mixed.WriteString(rows)
	}
	path := filepath.Join(t.TempDir(), "mixed.csv")
	if err := os.WriteFile(path, []byte(mixed.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	address := o.person("board", "QMJ", store.Editor).submit("mixed.csv", path)
	for _, org := range []string{"RBV", "RCX"} {
		o.person(strings.ToLower(org), org, store.Reader).get(address).wants(http.StatusNotFound)
	}
}

// TestWrongAddresses asks for what is not there.
func TestWrongAddresses(t *testing.T) {
	o, dir := newContractOffice(t)
	board := o.person("board", "QMJ", store.Editor)
	board.get("/contracts").wants(http.StatusOK, "Nothing has been taken in yet")
	address := board.submit("RBV_PLCM_2526_M02_FLEX.csv", filepath.Join(dir, "RBV_PLCM_2526_M02_FLEX.csv"))
	for _, path := range []string{"/submissions/none", "/contracts/XXX/2025-26", "/contracts/RBV/1999-00", address + "/rows/0", address + "/rows/99999999", address + "/rows/one"} {
		board.get(path).wants(http.StatusNotFound)
	}
	board.upload("/submissions/new", "file", "", "", "kind", "").wants(http.StatusUnprocessableEntity, "Choose a file.")
}

// TestStanding holds plan, actual, variance and forecasts on the page of a contract
// to the submissions that they come from.
func TestStanding(t *testing.T) {
	o, dir := newContractOffice(t)
	board := o.person("board", "QMJ", store.Editor)
	board.submit("RBV_ACM_2526_M02_FLEX.csv", filepath.Join(dir, "RBV_ACM_2526_M02_FLEX.csv"))
	board.get("/contracts/RBV/2025-26").wants(http.StatusOK, "There is no plan to compare with")
	board.submit("RBV_IAP_2526.csv", filepath.Join(dir, "RBV_IAP_2526.csv"))
	rows := board.get("/contracts/RBV/2025-26?table=standing&format=csv").wants(http.StatusOK).records()
	if len(rows) != 5 {
		t.Fatalf("%d rows of the standing", len(rows))
	}
	for _, row := range rows[1:] {
		n := make([]activity.Amount, len(row))
		for i := 3; i < len(row); i++ {
			var err error
			if n[i], _, err = activity.ParseAmount([]byte(row[i])); err != nil {
				t.Fatal(err)
			}
		}
		if n[5] != n[4].Sub(n[3]) || n[5] != n[6].Add(n[7]).Add(n[8]) {
			t.Errorf("%v: the variance is not actual less plan, or not the sum of its parts", row)
		}
	}
	months := board.get("/contracts/RBV/2025-26?table=months&format=csv").wants(http.StatusOK).records()
	sum := func(column int, to string) (all activity.Amount) {
		for _, row := range months[1:] {
			m, _, _ := activity.ParseAmount([]byte(row[column]))
			all = all.Add(m)
			if row[0] == to {
				break
			}
		}
		return all
	}
	if got := sum(2, "2"); rows[2][4] != got.RoundToPence().String() {
		t.Errorf("the actual to date is %s, its months come to %s", rows[2][4], got)
	}
	if got := sum(1, "13"); rows[3][3] != got.RoundToPence().String() {
		t.Errorf("the plan of the year is %s, its months come to %s", rows[3][3], got)
	}
	p := board.get("/contracts/RBV/2025-26?by=icb,pod&month=1&period=run_rate&payer=assigned&money=price&profile=working_days&on=2026-04-01").wants(http.StatusOK, "To the end of", "outturn by run rate", "Variance by ICB, then point of delivery")
	if !strings.Contains(p.text, "<svg") {
		t.Error("there is no chart")
	}
	board.get("/contracts/RBV/2025-26?by=colour").wants(http.StatusBadRequest, "is no dimension")
}
