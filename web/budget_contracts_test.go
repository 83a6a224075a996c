package web

import (
	"encoding/csv"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"remit/activity"
	"remit/store"
)

// ownRound is a round of two boards whose people use RBV and RCX.
func ownRound() fstest.MapFS {
	return fstest.MapFS{
		"rounds/mine/round.yaml": {Data: []byte("round: mine\ntitle: Our own plan\nstream: specialised only\nsource: Our board\nformula: need-without-cost\nrounding: penny\n" +
			"years: [{year: 2025/26, status: firm, quantum: 1000000.01, policy: p}]\npolicies: [{policy: p, kind: P3, source: ours}]\n")},
		"rounds/mine/icb.csv":    {Data: []byte("year,icb,name,population,need_index,source,confidence\n2025/26,QOP,Greater Manchester,20,1,x,low\n2025/26,QYG,Cheshire and Merseyside,10,1,x,low\n")},
		"rounds/mine/ledger.csv": {Data: []byte("year,icb,kind,cause,amount,recurrent,holder,notional,source,confidence\n2025/26,QOP,baseline,b,600000.00,yes,icb,no,x,low\n2025/26,QYG,baseline,b,300000.00,yes,icb,no,x,low\n")},
		"rounds/mine/funds.csv": {Data: []byte("year,icb,use,what,counterparty,amount,recurrent,committed,source,confidence\n2025/26,QOP,contract,Christie,RBV,123456.00,yes,yes,x,low\n2025/26,QOP,reserve,Reserve,,1000.00,no,no,x,low\n" +
			"2025/26,QOP,drugs,Drugs of homes,,500.00,yes,yes,x,low\n2025/26,QOP,efficiency,Target,,250.00,yes,no,x,low\n")},
	}
}

// ownPool is a pool of two boards that share what RBV does, for the services of all its lines.
func ownPool(files fstest.MapFS) fstest.MapFS {
	files["pools/ours/pool.yaml"] = &fstest.MapFile{Data: []byte("pool: ours\ntitle: Our own pool\nyear: 2025/26\nvalid_from: 2025-04-01\nvalid_to: 2026-03-31\nhost: QOP\ninstrument: JWA-NENC\nservices: ['105', '11', '29']\nsource: Our board\nrule: {kind: contribution}\n")}
	files["pools/ours/members.csv"] = &fstest.MapFile{Data: []byte("icb,name,contribution,spend,source,confidence\nQOP,Greater Manchester,10000,9000,x,low\nQYG,Cheshire and Merseyside,5000,5000,x,low\n")}
	files["pools/ours/sources.csv"] = &fstest.MapFile{Data: []byte("icb,what,amount,recurrent,month,confidence\nQOP,Slow start,1000.00,no,5,low\n")}
	files["pools/ours/contracts.csv"] = &fstest.MapFile{Data: []byte("contract,provider,year,amount,basis,source\nC1,RBV,2025/26,1000000.01,activity,x\n")}
	files["pools/ours/contract_shares.csv"] = &fstest.MapFile{Data: []byte("contract,icb,weight,valid_from,valid_to,source\nC1,QOP,2,,,x\nC1,QYG,1,,,x\n")}
	return files
}

// A request about a pool's money is asked for by one person and decided by another of the host; it counts when it is
// approved, and what the pool cannot afford is neither asked for nor granted.
func TestPoolRequests(t *testing.T) {
	o, dir := newContractOffice(t)
	o.takeAll(dir)
	o.site.ownBudgets = ownPool(ownRound())
	ann, bob := o.person("ann", "QOP", store.Editor, store.Approver), o.person("bob", "QOP", store.Approver)
	other, stranger := o.person("other", "QYG", store.Editor, store.Approver), o.person("stranger", "QHM", store.Editor)
	const list = "/pools/ours/requests"
	ann.get(list).wants(http.StatusOK, "£1,000.00 of 2025/26 is left", "Ask for it")
	ask := func(d *desk, amount string, more ...string) *page {
		return d.post(list, append([]string{"kind", "carry_forward", "what", "A unit that is late", "icb", "QOP", "amount", amount, "reason", "Delivery slips"}, more...)...)
	}
	ask(ann, "1000.01").wants(http.StatusUnprocessableEntity, "£1,000.01 is asked to be carried forward, and £1,000.00 is left")
	ask(ann, "ten").wants(http.StatusUnprocessableEntity, "The amount is not pounds and pence")
	ask(ann, "0.005").wants(http.StatusUnprocessableEntity, "The amount is not pounds and pence")
	ask(ann, "10", "kind", "reinvestment").wants(http.StatusSeeOther)
	ask(stranger, "10").wants(http.StatusForbidden)
	at := ask(ann, "600.00").wants(http.StatusSeeOther).header.Get("Location")
	if at != "/pools/ours/requests/2" {
		t.Fatalf("it is at %s", at)
	}
	if p := ann.get(at).wants(http.StatusOK, "Delivery slips", "Withdraw"); strings.Contains(p.text, `action="`+at+`/approve"`) {
		t.Error("who asked is offered to approve")
	}
	ann.post(at+"/approve", "revision", "1").wants(http.StatusUnprocessableEntity, "a second person must decide")
	other.post(at+"/approve", "revision", "1").wants(http.StatusForbidden)
	bob.post(at+"/refuse", "revision", "1").wants(http.StatusUnprocessableEntity, "Say why the request is refused")
	bob.post(at+"/approve", "revision", "7").wants(http.StatusUnprocessableEntity, "look at it again")
	bob.post(at+"/approve", "revision", "1", "note", "affordable").wants(http.StatusSeeOther)
	bob.get(at).wants(http.StatusOK, "Approved", "affordable", "pool.approve", "pool.request")
	ask(ann, "400.01").wants(http.StatusUnprocessableEntity, "£400.00 is left that is not granted yet")
	ann.get("/pools/ours").wants(http.StatusOK, "£600.00 is approved to be carried forward", "A unit that is late", "JWA-NENC ended on")
	bob.get("/pools/ours/requests/99").wants(http.StatusNotFound)
	bob.get("/pools/worked/requests/2").wants(http.StatusNotFound)
	must(o.store.Verify(t.Context(), ""))(t)
}

// A pool says what contract monitoring has of its services and contracts, and leads to the scenario with those forecasts.
func TestPoolFromContracts(t *testing.T) {
	o, dir := newContractOffice(t)
	o.takeAll(dir)
	o.site.ownBudgets = ownPool(ownRound())
	finance := o.person("finance", "", store.Reader)
	finance.get("/pools/ours").wants(http.StatusOK, "What contract monitoring says", "Try the pool with these forecasts", "Held against activity", "By board, with the cash that is owed")
	rows := finance.table("/pools/ours?format=csv&table=contract-activity")
	divided, by := column(t, rows, "difference"), column(t, rows, "by_activity")
	var off, all activity.Amount
	for i := range by {
		off, all = off.Add(divided[i]), all.Add(by[i])
	}
	if !off.IsZero() || all.String() != "1000000.01" {
		t.Errorf("by activity the contract is %s; the differences come to %s", all, off)
	}
	if p := o.person("guest", "").get("/pools/ours").wants(http.StatusOK); strings.Contains(p.text, "What contract monitoring says") || strings.Contains(p.text, "Held against activity") {
		t.Error("somebody without a role sees contract monitoring")
	}
}

// takeAll takes the made-up files into the ledger.
func (o *office) takeAll(dir string) {
	o.Helper()
	loader := o.person("loader", "", store.Editor)
	files, err := filepath.Glob(filepath.Join(dir, "*.csv"))
	if err != nil {
		o.Fatal(err)
	}
	for _, f := range files {
		loader.submit(filepath.Base(f), f)
	}
}

// The use of funds takes contracts, drugs and devices from the ledger, says so with a link, closes to the penny,
// and shows none of it to those who may not see it.
func TestFundsFromContracts(t *testing.T) {
	o, dir := newContractOffice(t)
	o.takeAll(dir)
	o.site.ownBudgets = ownRound()
	finance := o.person("finance", "QOP", store.Reader)
	page := finance.get("/budgets/mine/QOP?year=2025/26").wants(http.StatusOK, "Contract monitoring", "Had been typed", "£123,456.00", "stands beside contract monitoring", "The figures behind contracts, drugs and devices",
		"Contracts, drugs and devices are those of contract monitoring")
	if !strings.Contains(page.text, `href="/contracts/RBV/2025-26"`) {
		t.Error("no link to the figures behind")
	}
	typed := finance.get("/budgets/mine/QOP?year=2025/26&contracts=typed").wants(http.StatusOK)
	if strings.Contains(typed.text, "The figures behind contracts") {
		t.Error("as typed, and contract monitoring is shown")
	}
	finance.get("/budgets/mine/reports?year=2025/26").wants(http.StatusOK, "Use of funds by board", "Position by provider and board", "Drugs")

	rows := finance.table("/budgets/mine/QOP?year=2025/26&month=2&format=csv&table=funds")
	annual, forecast := column(t, rows, "budget"), column(t, rows, "forecast")
	n := len(annual)
	var used, foreseen activity.Amount
	for i := range n - 2 {
		used, foreseen = used.Add(annual[i]), foreseen.Add(forecast[i])
	}
	if used.Add(annual[n-2]) != annual[n-1] || foreseen.Add(forecast[n-2]) != forecast[n-1] || annual[n-1].IsZero() {
		t.Errorf("it does not close: %s and %s of %s; foreseen %s and %s", used, annual[n-2], annual[n-1], foreseen, forecast[n-2])
	}
	months := finance.table("/budgets/mine/QOP?year=2025/26&month=2&format=csv&table=funds-months")
	stands, allocation := column(t, months, "stands"), column(t, months, "allocation")
	var all, whole activity.Amount
	for i := range 12 {
		all, whole = all.Add(stands[i]), whole.Add(allocation[i])
	}
	if all != stands[12] || whole != annual[n-1] || stands[12] != foreseen {
		t.Errorf("months come to %s of %s, allocation %s; foreseen %s", all, stands[12], whole, foreseen)
	}

	for who, desk := range map[string]*desk{"nobody's role": o.person("guest", ""), "a provider": o.person("trust", "RBV", store.Reader)} {
		p := desk.get("/budgets/mine/QOP?year=2025/26").wants(http.StatusOK)
		if strings.Contains(p.text, "The figures behind contracts") || strings.Contains(p.text, "contract monitoring") {
			t.Errorf("%s sees what contract monitoring has", who)
		}
	}
}

// table is a table that the address downloads, with its heading.
func (d *desk) table(address string) [][]string {
	d.Helper()
	rows, err := csv.NewReader(strings.NewReader(d.get(address).wants(http.StatusOK).text)).ReadAll()
	if err != nil {
		d.Fatal(err)
	}
	return rows
}

func column(t *testing.T, rows [][]string, name string) (list []activity.Amount) {
	t.Helper()
	for i, c := range rows[0] {
		if c != name {
			continue
		}
		for _, row := range rows[1:] {
			a, _, err := activity.ParseAmount([]byte(row[i]))
			if err != nil {
				a = activity.Amount{} // a cell that lacks a value
			}
			list = append(list, a)
		}
	}
	if list == nil {
		t.Fatalf("no column %s among %v", name, rows[0])
	}
	return list
}
