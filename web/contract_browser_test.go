package web

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"remit/store"
)

// TestContractsInBrowser looks at the pages of contracts as those see them who use
// them: a board that loaded the files, the provider that sent them, and NHS England.
func TestContractsInBrowser(t *testing.T) {
	o, dir := newContractOffice(t)
	board := o.person("board", "QOP", store.Editor)
	for _, name := range []string{"RBV_IAP_2526.csv", "RBV_ACM_2526_M02_FLEX.csv", "RCX_IAP_2526.csv", "RCX_ACM_2526_M02_FLEX.csv", "RCX_PLCM_2526_M02_FLEX.csv"} {
		board.submit(name, filepath.Join(dir, name))
	}
	server := httptest.NewServer(o.site)
	defer server.Close()
	plcm := board.submit("RBV_PLCM_2526_M02_FLEX.csv", filepath.Join(dir, "RBV_PLCM_2526_M02_FLEX.csv"))
	board.post("/challenges/new", "provider", "RBV", "year", "2025-26").wants(http.StatusSeeOther)
	list := must(o.store.Challenges(t.Context(), store.ChallengeFilter{Owner: "QOP", Provider: "RBV"}))(t)
	if len(list) == 0 {
		t.Fatal("nothing is challenged")
	}
	raised := "/challenges/" + list[0].ID
	board.post(raised, "step", "raise").wants(http.StatusSeeOther)
	board.get(raised).wants(http.StatusOK, "The challenge is raised") // said on one page, and not on those looked at below
	for _, x := range []struct {
		who   *desk
		pages []string
	}{
		{board, []string{"/contracts", "/contracts/RBV/2025-26", "/contracts/RBV/2025-26?by=icb,pod&period=run_rate&payer=assigned&month=1", "/flows", "/submissions", plcm, plcm + "/rows", plcm + "/rows/1", "/challenges", "/challenges?of=RBV", raised, "/challenges/new?provider=RBV&year=2025-26"}},
		{o.person("trust", "RBV", store.Editor), []string{"/challenges", raised, "/contracts", "/contracts/RBV/2025-26", "403 /contracts/RCX/2025-26", plcm + "/rows/1"}},
		{o.person("england", "", store.Reader), []string{"/contracts", "/contracts/RCX/2025-26", "403 " + plcm + "/rows/1"}},
	} {
		inBrowser(t, server.URL, x.who.token, x.pages)
	}
}
