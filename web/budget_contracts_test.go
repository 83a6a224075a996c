package web

import (
	"encoding/csv"
	"net/http"
	"os"
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

// With REMIT_LOOK set to an address to listen at, the pages can be looked at.
func TestLook(t *testing.T) {
	if os.Getenv("REMIT_LOOK") == "" {
		t.Skip()
	}
	o, dir := newContractOffice(t)
	o.takeAll(dir)
	o.site.ownBudgets = ownRound()
	finance := o.person("finance", "", store.Reader, store.Editor)
	t.Fatal(http.ListenAndServe(os.Getenv("REMIT_LOOK"), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.AddCookie(&http.Cookie{Name: plainCookie, Value: finance.token})
		o.site.ServeHTTP(w, r)
	})))
}
