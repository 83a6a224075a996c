package intake

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"remit/activity"
	"remit/submission"
)

// TestIdentities takes in the files of a month, which agree, then the same with a
// line of patients left out: the identities differ by it, and it is found. An
// invoice that is a pound short is found too.
func TestIdentities(t *testing.T) {
	d := newDesk(t)
	dir := contracts(t, d, 1500)
	data := t.TempDir()
	l := open(t, data)
	for _, feed := range []string{"ACM", "PLCM", "DrPLCM", "DePLCM"} {
		take(t, l, d, filepath.Join(dir, "RBV_"+feed+"_2526_M02_FREEZE.csv"))
	}
	test := func() (list []submission.Identity) {
		t.Helper()
		v, err := l.View(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		invoices, err := l.Invoices()
		if err != nil {
			t.Fatal(err)
		}
		if list, err = v.Identities(t.Context(), d.Pack, invoices, activity.Pence(1), Is(Provider, "RBV")); err != nil {
			t.Fatal(err)
		}
		return list
	}
	var some submission.Identity
	for _, i := range test() {
		if i.State == submission.Differs {
			t.Errorf("%s %d: %s: %s against %s, %v", i.Commissioner, i.Month, i.ID, i.Left, i.Right, i.Lines)
		}
		if i.ID == submission.ACMIsPatients && i.State == submission.Holds && !i.Left.IsZero() && i.Commissioner != "" {
			some = i
		}
	}
	if some.ID == "" {
		t.Fatal("no identity was tested")
	}
	line := leftOut(t, filepath.Join(dir, "RBV_PLCM_2526_M02_FREEZE.csv"), some, filepath.Join(dir, "RBV_PLCM_2526_M02_AGAIN_FREEZE.csv"))
	take(t, l, d, filepath.Join(dir, "RBV_PLCM_2526_M02_AGAIN_FREEZE.csv"))
	if err := os.MkdirAll(filepath.Join(data, "invoices"), 0o750); err != nil {
		t.Fatal(err)
	}
	invoice := "provider,commissioner,year,month,value,reference\nRBV," + some.Commissioner + ",2025/26," + string(rune('0'+some.Month)) + "," + some.Left.Sub(activity.Pence(100)).String() + ",INV1\n"
	if err := os.WriteFile(filepath.Join(data, "invoices", "june.csv"), []byte(invoice), 0o600); err != nil {
		t.Fatal(err)
	}
	differ := map[submission.IdentityID]submission.Identity{}
	for _, i := range test() {
		if i.State == submission.Differs {
			if i.Commissioner != some.Commissioner || i.Month != some.Month {
				t.Errorf("%s %d differs, where nothing was changed", i.Commissioner, i.Month)
			}
			differ[i.ID] = i
		}
	}
	for _, id := range []submission.IdentityID{submission.ACMIsPatients, submission.ACMIsPLCM} {
		i := differ[id]
		if i.Difference != line.Price || len(i.Lines) != 1 || i.Lines[0].Service != line.Service || i.Lines[0].POD != line.POD {
			t.Errorf("%s differs by %s in %v; left out was %+v", id, i.Difference, i.Lines, line)
		}
	}
	if i := differ[submission.ACMIsInvoice]; i.Difference != activity.Pence(100) {
		t.Errorf("the invoice differs by %s", i.Difference)
	}
	if len(differ) != 3 {
		t.Errorf("%d identities differ: %v", len(differ), differ)
	}
}

// leftOut writes a file without its first line of activity of a commissioner and month.
func leftOut(t *testing.T, from string, of submission.Identity, to string) (gone submission.Total) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(text), "\n")
	header := strings.Split(strings.TrimSpace(lines[0]), ",")
	var kept strings.Builder
	for n, line := range lines {
		values := map[string]string{}
		for i, v := range strings.Split(strings.TrimRight(line, "\n"), ",") {
			if n > 0 && i < len(header) {
				values[header[i]] = v
			}
		}
		if gone.POD == "" && values["ORGANISATION IDENTIFIER (CODE OF COMMISSIONER)"] == of.Commissioner && values["FINANCIAL MONTH"] == string(rune('0'+of.Month)) && values["TOTAL COST"] != "" {
			gone = submission.Total{Service: values["SERVICE CODE"], POD: values["POINT OF DELIVERY CODE"], Price: pounds(t, values["TOTAL COST"])}
			continue
		}
		kept.WriteString(line)
	}
	if gone.POD == "" {
		t.Fatal("there is no such line")
	}
	if err := os.WriteFile(to, []byte(kept.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return gone
}

// TestInvoiceFaults tells every fault of a file of invoices.
func TestInvoiceFaults(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wrong.csv")
	if err := os.WriteFile(path, []byte("provider,commissioner,year,month,value\n,72Q,2026,15,ten\nRJ1,72Q,202627,1,10.00\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := ReadInvoices(path)
	if err == nil {
		t.Fatal("it was read")
	}
	for _, want := range []string{"row 2 column year", "row 2 column month value \"15\"", "row 2 column value value \"ten\"", "row 2 column provider"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not told in:\n%v", want, err)
		}
	}
}
