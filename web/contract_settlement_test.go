package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"remit/price"
	"remit/store"
)

// terms loads terms of contracts of RBV, whose retained lines are NHS England's.
func (o *office) terms(t *testing.T) {
	t.Helper()
	text := func(table, rows string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(strings.Join(price.ContractColumns(table), ",") + "\n" + rows)}
	}
	_, _, err := o.site.ledger.SetTerms(fstest.MapFS{
		"contract.csv": text("contract.csv", "RBV-NHSE,nhse,27T,RBV,2025-04-01,2026-03-31,yes,,synthetic,x\nRBV-GM,icb,QOP,RBV,2025-04-01,2026-03-31,yes,,synthetic,x\n"),
		"contract_element.csv": text("contract_element.csv", "RBV-NHSE,local care,cost_and_volume,,COMM|MDT,,12000,,,,,half above 90%,synthetic,x\nRBV-NHSE,rest,block,,,,2400.05,,,,,,synthetic,x\n"+
			"RBV-GM,rest,fixed,25|26,,,120000,,,,,,synthetic,x\n"),
		"contract_band.csv":    text("contract_band.csv", "RBV-NHSE,local care,0,90,1,synthetic,x\nRBV-NHSE,local care,90,,0.5,synthetic,x\n"),
		"contract_payment.csv": text("contract_payment.csv", "RBV-NHSE,local care,1,on_account,700.00,2025-04-15,,synthetic,our ledger\n"),
	}, "a manager", "as signed", time.Date(2025, 4, 1, 9, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
}

// TestSettlementPages: what is owed, by hand. April has 1,020.00 of local care, for
// a plan of 1,000.00: 900.00 and half of 120.00 are 960.00, of which 700.00 was paid.
func TestSettlementPages(t *testing.T) {
	o, _ := newContractOffice(t)
	board := o.person("board", "QMJ", store.Editor)
	rival := o.person("rival", "RCX", store.Reader)
	sender := o.person("sender", "RBV", store.Reader)
	board.upload("/submissions/new", "file", "RBV_PLCM_2526_M01_FREEZE.csv", plcmHeader+plcmRow("1", "COMM", "L1", "10", "900.00")+plcmRow("1", "MDT", "", "1", "120.00")+plcmRow("1", "BLOCK", "", "0", "50.00"), "kind", "").wants(http.StatusSeeOther)
	const page, line = "/contracts/RBV/2025-26/settlement", "/contracts/RBV/2025-26/settlement/RBV-NHSE/local%20care/1"
	board.get(page).wants(http.StatusNotFound, "There is no contract of RBV")
	board.get("/contracts/RBV/2025-26").wants(http.StatusOK).lacks("What is owed")
	o.terms(t)
	for _, d := range []*desk{board, sender} {
		d.get("/contracts/RBV/2025-26").wants(http.StatusOK, "What is owed", "To the end of April", "Cost and volume", "960.00", "260.00", "Month by month, with the working")
		d.get(page).wants(http.StatusOK, "What is owed to The Christie NHS Foundation Trust, 2025/26", "1,020.00", "960.00", "700.00", "260.00", "Frozen", "Awaited", "200.05", "as signed", "Some of these contracts are made up")
		d.get(line).wants(http.StatusOK, "local care of RBV-NHSE in April: £960.00 payable", "what is between 0% and 90% of the plan to date of £1,000.00, at a rate of 1", "what is above 90% of the plan to date of £1,000.00, at a rate of 0.5", "60.00", "paid on 2025-04-15 (our ledger)", "as billed (pod_not_priced)", "this one")
	}
	rows := board.get(page + "?table=contract-1&format=csv").wants(http.StatusOK).records()
	if len(rows) != 25 || strings.Join(rows[1], "|") != "local care|1|freeze|1000|1020|960|700|0|260" {
		t.Errorf("%d rows, %v", len(rows), rows[1])
	}
	rival.get(page).wants(http.StatusForbidden)
	rival.get(line).wants(http.StatusForbidden)
	board.get("/contracts/RBV/2025-26/settlement/RBV-NHSE/rest/13").wants(http.StatusNotFound, "There is no such line")
	board.get("/contracts/RBV/2024-25/settlement").wants(http.StatusNotFound)
	board.get(page+"?basis=aggregate").wants(http.StatusOK, "Nothing is submitted of any month yet")
	board.get("/contracts/RBV/2025-26?basis=plan").wants(http.StatusOK).lacks("What is owed")
}

// TestSettlementInBrowser looks at the pages of what is owed and of local prices.
func TestSettlementInBrowser(t *testing.T) {
	o, _ := newContractOffice(t)
	board := o.person("board", "QMJ", store.Editor)
	plcm := board.upload("/submissions/new", "file", "RBV_PLCM_2526_M01_FREEZE.csv", plcmHeader+plcmRow("1", "COMM", "L1", "10", "900.00")+plcmRow("1", "MDT", "", "1", "120.00")+plcmRow("1", "BLOCK", "", "0", "50.00"), "kind", "").wants(http.StatusSeeOther).header.Get("Location")
	o.terms(t)
	o.report(t, "RBV_LPR_2526.csv", "FINANCIAL YEAR,ORGANISATION IDENTIFIER (CODE OF PROVIDER),ORGANISATION IDENTIFIER (CODE OF COMMISSIONER),COMMISSIONED SERVICE CATEGORY CODE,SERVICE CODE,POINT OF DELIVERY CODE,TARIFF CODE,LOCAL PRICE\n202526,RBV,QOP,21,NCBPS13M,COMM,L1,85.50\n")
	server := httptest.NewServer(o.site)
	defer server.Close()
	const page = "/contracts/RBV/2025-26/settlement"
	inBrowser(t, server.URL, board.token, []string{"/contracts/RBV/2025-26", page, page + "/RBV-NHSE/local%20care/1", plcm + "/rows/1", "404 " + page + "/RBV-NHSE/rest/13"})
}
