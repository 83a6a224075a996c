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
	"remit/register"
	"remit/store"
	"remit/submission"
)

const plcmHeader = "FINANCIAL MONTH,FINANCIAL YEAR,DATE AND TIME DATA SET CREATED,ORGANISATION IDENTIFIER (CODE OF PROVIDER),ORGANISATION IDENTIFIER (CODE OF COMMISSIONER)," +
	"GENERAL MEDICAL PRACTICE (PATIENT REGISTRATION),COMMISSIONED SERVICE CATEGORY CODE,SERVICE CODE,POINT OF DELIVERY CODE,TARIFF CODE,NATIONAL TARIFF INDICATOR,ACTIVITY COUNT (POINT OF DELIVERY),TOTAL COST\n"

func plcmRow(month, pod, tariff, count, cost string) string {
	return month + ",202526,2025-06-01T09:00:00,RBV,QOP,P81001,21,NCBPS13M," + pod + "," + tariff + ",," + count + "," + cost + "\n"
}

// report takes a local price report in, as remit submit --feed LPR does.
func (o *office) report(t *testing.T, name, text string) {
	t.Helper()
	pack, err := register.LoadShipped()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	d := &intake.Desk{Pack: pack, Rules: o.site.rules, Prices: o.site.prices, Program: "test", By: "test"}
	s, _, err := o.site.ledger.Take(t.Context(), path, submission.Given{Feed: activity.LPR}, d, time.Now())
	if err != nil || s.State != intake.Accepted {
		t.Fatal(s, err)
	}
}

// TestLocalPricesOnPages: a row without a national price is held to the local
// price report, on its own page with the working and on the provider's in count.
func TestLocalPricesOnPages(t *testing.T) {
	o, _ := newContractOffice(t)
	board := o.person("board", "QMJ", store.Editor)
	other := o.person("other", "QWE", store.Reader)
	send := func(name, text string) string {
		return board.upload("/submissions/new", "file", name, text, "kind", "").wants(http.StatusSeeOther).header.Get("Location")
	}
	plcm := send("RBV_PLCM_2526_M01_FLEX.csv", plcmHeader+plcmRow("1", "COMM", "L1", "10", "900.00")+plcmRow("1", "MDT", "", "1", "120.00"))
	board.get("/contracts/RBV/2025-26").wants(http.StatusOK, "Local prices", "has sent no local price report", "No local price report")
	board.get(plcm+"/rows/1").wants(http.StatusOK, "Local price: no local price report")
	// Ten at 85.50 are 855.00: 45.00 less than billed; a penny a unit is tolerated.
	o.report(t, "RBV_LPR_2526.csv", "FINANCIAL YEAR,ORGANISATION IDENTIFIER (CODE OF PROVIDER),POINT OF DELIVERY CODE,TARIFF CODE,LOCAL PRICE\n202526,RBV,COMM,L1,85.50\n")
	board.get("/contracts/RBV/2025-26").wants(http.StatusOK, "Differs from the local price report", "Not in the local price report", "£0.01 a unit, or 0.01%", "855.00", "45.00", "Row 1 COMM L1")
	board.get(plcm+"/rows/1").wants(http.StatusOK, "Local price: differs from the local price report", "10 of activity times the local price", "85.50", "855.00", "900.00", "45.00", "0.10", "RBV_LPR_2526.csv, row 1")
	board.get(plcm+"/rows/2").wants(http.StatusOK, "Local price: not in the local price report")
	if page := other.get("/contracts/RBV/2025-26").wants(http.StatusOK, "Differs from the local price report").text; strings.Contains(page, plcm+"/rows/1") || !strings.Contains(board.get("/contracts/RBV/2025-26").text, plcm+"/rows/1") {
		t.Error("rows are listed for those who may not see them")
	}
}
