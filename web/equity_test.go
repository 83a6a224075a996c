package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"remit/register"
	"remit/store"
	"remit/synth"
)

// fillEquity takes in made-up files of some providers and makes populations up.
func fillEquity(t *testing.T, board *desk, data string) {
	t.Helper()
	pack, err := register.LoadShipped()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	providers := []string{"RJ1", "RRV", "R0A", "RTH", "RRK", "RX1"}
	if _, err := synth.WriteContracts(t.Context(), pack, dir, synth.ContractOptions{Records: 30000, Month: 3, Providers: providers}); err != nil {
		t.Fatal(err)
	}
	for _, p := range providers {
		name := p + "_PLCM_2526_M03_FLEX.csv"
		board.submit(name, filepath.Join(dir, name))
	}
	if _, err := synth.WritePopulations(pack, filepath.Join(data, "populations"), ""); err != nil {
		t.Fatal(err)
	}
}

// The pages say what is missing, then what the tables show; the tables add up, and
// nothing is shown of a small number.
func TestEquity(t *testing.T) {
	o, data := newLedgerOffice(t)
	board := o.person("board", "QMJ", store.Editor)
	board.get("/equity").wants(http.StatusOK, "There are no populations to set use beside")
	if err := os.MkdirAll(filepath.Join(data, "populations"), 0o755); err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(data, "populations", "population.csv")
	if err := os.WriteFile(bad, []byte("area_kind,area,sex,age_from,age_to,persons,valid_from,valid_to,confidence,source\ntown,X,1,0,4,1,2025-04-01,,high,x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	board.get("/equity").wants(http.StatusOK, "population.csv row 2 column area_kind value \"town\"")
	fillEquity(t, board, data)
	board.get("/equity").wants(http.StatusOK, "Synthetic", "Adult specialist renal services", "rule persons-under-5")

	page := "/equity/11?on=2026-03-31"
	board.get(page).wants(http.StatusOK, "Where use differs", "funnel", "Sub-ICB locations", "Travel", "Ethnic group", "practice, as most records have no postcode")
	rows := board.get(page + "&table=boards&format=csv").wants(http.StatusOK).records()
	if len(rows) != 43 {
		t.Fatalf("%d rows of boards on the 42-board map", len(rows)-1)
	}
	observed, expected := 0.0, 0.0
	withheld := 0
	for _, row := range rows[1:] {
		n, err := strconv.ParseFloat(row[1], 64)
		if err != nil {
			withheld++
			if row[3] != "" || row[6] != "" {
				t.Errorf("a figure is shown of the withheld: %v", row)
			}
		} else if n > 0 && n < 5 {
			t.Errorf("a small number is shown: %v", row)
		}
		e, err := strconv.ParseFloat(row[2], 64)
		if err != nil {
			t.Fatal(err)
		}
		observed += n
		expected += e
	}
	if withheld == 1 {
		t.Error("one board alone is withheld, and the total tells its number")
	}
	if observed == 0 || expected < observed {
		t.Errorf("observed %v, expected %v", observed, expected)
	}
	// On the boards since April 2026 there are 36, of the same persons.
	after := board.get("/equity/11?on=2026-04-01&table=boards&format=csv").wants(http.StatusOK).records()
	if len(after) != 37 {
		t.Errorf("%d rows of boards on the map of April 2026", len(after)-1)
	}
	working := board.get(page + "&area=QMJ&by=icb&table=working&format=csv").wants(http.StatusOK).records()
	if len(working) != 39 {
		t.Errorf("%d lines of working", len(working)-1)
	}
	sum := 0.0
	for _, line := range working[1:] {
		v, err := strconv.ParseFloat(line[5], 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += v
	}
	for _, row := range rows[1:] {
		if row[0] == "QMJ" && fmt.Sprintf("%.1f", sum) != row[2] {
			t.Errorf("the working adds up to %v, the table has %v", sum, row[2])
		}
	}
	board.get(page+"&unit=events").wants(http.StatusOK, "Count persons in place of records", "Dobson")
	board.get("/equity?area=QMJ&on=2026-03-31").wants(http.StatusOK, "North Central London", "furthest below what is expected first")
	board.get("/equity?area=nowhere").wants(http.StatusNotFound)
	board.get("/equity/999").wants(http.StatusNotFound)
	board.get(page + "&area=nowhere").wants(http.StatusNotFound)
	o.person("trust", "RJ1", store.Reader).get("/equity").wants(http.StatusForbidden)
}

// The pages of equity in a real browser.
func TestEquityInBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("not looked at in a browser: the test is short")
	}
	o, data := newLedgerOffice(t)
	board := o.person("board", "QMJ", store.Editor)
	fillEquity(t, board, data)
	server := httptest.NewServer(o.site)
	defer server.Close()
	inBrowser(t, server.URL, board.token, []string{"/equity", "/equity/11", "/equity/11?on=2026-03-31&area=QMJ&by=icb", "/equity/15?unit=events&areas=sub-icb", "/equity?area=QKK", "404 /equity/999"})
}
