package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"remit/reference"
)

// runLine runs a whole command line with data kept in a directory of its own.
func runLine(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	t.Setenv("REMIT_DATA", t.TempDir())
	code, stdout, stderr = command(args...)
	return stdout, stderr, code
}

// TestWhoJSON holds the shape that scripts rely on.
func TestWhoJSON(t *testing.T) {
	out, errs, code := runLine(t, "who", "--service", "11", "--for", "QXU", "--on", "2025-06-01", "--json")
	if code != exitDone {
		t.Fatal(code, errs)
	}
	var a struct {
		Answer   string              `json:"answer"`
		Holdings []map[string]string `json:"holdings"`
		BillTo   *struct {
			Commissioner string `json:"commissioner"`
			Category     string `json:"category"`
		} `json:"bill_to"`
	}
	if err := json.Unmarshal([]byte(out), &a); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(a.Answer, "On 1 June 2025, NHS Surrey Heartlands ICB commissions") || strings.Contains(a.Answer, "\n") {
		t.Errorf("the answer is %q", a.Answer)
	}
	var roles []string
	for _, h := range a.Holdings {
		roles = append(roles, h["role"])
		for _, key := range []string{"role", "holder_code", "holder_name", "valid_from", "valid_to", "basis", "instrument", "source", "confidence"} {
			if _, has := h[key]; !has {
				t.Errorf("a holding lacks %s: %v", key, h)
			}
		}
		if h["role"] == "responsible" && (h["holder_code"] != "QXU" || h["valid_from"] != "2025-04-01" || h["valid_to"] != "2026-03-31" || h["instrument"] != "DELEGATION-SPEC-QXU") {
			t.Errorf("responsible: %v", h)
		}
	}
	if want := []string{"accountable", "responsible", "decides", "contracts", "pays", "employs", "sets_standard", "assures"}; !slices.Equal(roles, want) {
		t.Errorf("roles %q, want %q", roles, want)
	}
	if a.BillTo == nil || a.BillTo.Commissioner != "92A" || a.BillTo.Category != "25" {
		t.Errorf("bill to %+v", a.BillTo)
	}
	out, _, _ = runLine(t, "who", "--service", "11", "--for", "QNC", "--on", "2025-06-01", "--json")
	if !strings.Contains(out, `"bill_to": null`) {
		t.Error("an ICB with several sub-ICB locations has one payer")
	}
}

func TestWhoText(t *testing.T) {
	out, errs, code := runLine(t, "who", "--service", "proton", "--for", "RRV", "--on", "2025-08-01")
	if code != exitDone {
		t.Fatal(errs)
	}
	for _, want := range []string{"itself commissions Proton beam therapy", "Bill 13R (London Commissioning Hub) under category 21", "since 2013-04-01", "Sources"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in %s", want, out)
		}
	}
}

func TestWhoRefuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"who"}, exitUsage, `required flag(s) "service"`},
		{[]string{"who", "--service", "heart"}, exitUsage, "Adult congenital heart disease services"},
		{[]string{"who", "--service", "zeppelins"}, exitUsage, "no service, service line or function"},
		{[]string{"who", "--service", "11", "--for", "Atlantis"}, exitUsage, "no ICB"},
		{[]string{"who", "--service", "11", "--provider", "QMJ"}, exitUsage, "not a provider"},
		{[]string{"who", "--service", "11", "--role", "king"}, exitUsage, "no role"},
		{[]string{"who", "--service", "11", "--on", "tomorrow"}, exitUsage, "2025-04-01"},
		{[]string{"who", "--service", "PMED", "--for", "QMJ", "--on", "2020-01-01"}, exitDifferences, ""},
		{[]string{"who", "--service", "11", "--reference", "nowhere"}, exitReference, "nowhere"},
		{[]string{"holds"}, exitUsage, "name one organisation"},
		{[]string{"holds", "ZZZ"}, exitUsage, "no ICB, body or committee"},
		{[]string{"changes", "--from", "2026-01-01", "--to", "2025-01-01"}, exitUsage, "is after"},
		{[]string{"changes", "--from", "2025-01-01", "--kind", "weather"}, exitUsage, "not known"},
		{[]string{"succession", "--on", "2025-01-01"}, exitDifferences, "2026-04-01"},
	} {
		_, errs, code := runLine(t, c.args...)
		if code != c.code || !strings.Contains(errs, c.says) {
			t.Errorf("%q: exit code %d, want %d, saying %q:\n%s", c.args, code, c.code, c.says, errs)
		}
	}
}

func TestRegisterLists(t *testing.T) {
	for _, c := range []struct {
		args []string
		says []string
	}{
		{[]string{"holds", "QMJ", "--on", "2025-06-01"}, []string{"DELEGATION-SPEC-QMJ line 1", "75 services and functions"}},
		{[]string{"holds", "--retained", "--on", "2025-06-01"}, []string{"Proton beam", "92 services and functions"}},
		{[]string{"changes", "--from", "2026-03-31", "--to", "2026-04-01", "--kind", "organisation"}, []string{"QNQ", "to S0E4D, S9B9J and QRL", "began"}},
		{[]string{"succession", "--on", "2026-04-01", "--of", "QMJ"}, []string{"2026-04-01/QMJ/re_point_host/TEAM-SPEC-LON", "10 things to do"}},
		{[]string{"events", "--kind", "staff"}, []string{"2023-07 ", "2025-07-01"}},
	} {
		out, errs, code := runLine(t, c.args...)
		if code != exitDone {
			t.Errorf("%q: %s", c.args, errs)
		}
		for _, want := range c.says {
			if !strings.Contains(out, want) {
				t.Errorf("%q does not print %q:\n%s", c.args, want, out)
			}
		}
		out, errs, code = runLine(t, append(c.args, "--json")...)
		var list []map[string]any
		if err := json.Unmarshal([]byte(out), &list); code != exitDone || err != nil || len(list) == 0 {
			t.Errorf("%q as JSON: %v %s", c.args, err, errs)
		}
	}
}

// TestReferenceCheckRefusesNonsense: the rules about holdings are part of the check.
func TestReferenceCheckRefusesNonsense(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, reference.FS); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "instrument_line.csv")
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("S7A,2,ND-14Z59,,NHSE,QWE,responsible,by,delegation_65Z5,,2025-04-01,,low,made up\n"); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	_, errs, code := runLine(t, "reference", "check", "--reference", dir)
	if code != exitReference || !strings.Contains(errs, `column function value "ND-14Z59"`) || !strings.Contains(errs, "SI 2022/642") {
		t.Errorf("exit code %d: %s", code, errs)
	}
	if _, errs, code = runLine(t, "who", "--service", "11", "--reference", dir); code != exitReference || !strings.Contains(errs, "SI 2022/642") {
		t.Errorf("who answers from it: exit code %d: %s", code, errs)
	}
}
