package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"remit/reference"
	"remit/register"
)

// runReference runs the command with data kept in a directory of its own.
func runReference(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	c := newReferenceCommand(&out, &errs)
	c.SilenceErrors, c.SilenceUsage = true, true
	c.SetArgs(args)
	err = c.Execute()
	return out.String(), errs.String(), err
}

func TestReferenceCheck(t *testing.T) {
	t.Setenv("REMIT_DATA", t.TempDir())
	out, _, err := runReference(t, "check")
	if err != nil || !strings.Contains(out, "No faults were found.") || !strings.Contains(out, "Content hash") {
		t.Errorf("%v: %s", err, out)
	}
}

func TestReferenceShow(t *testing.T) {
	t.Setenv("REMIT_DATA", t.TempDir())
	out, _, err := runReference(t, "show", "QMJ", "--on", "2026-03-31")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"QMJ on 2026-03-31", "North Central London", "Successors", "Z9B2Z", "93C", "confidence", "source"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in %s", want, out)
		}
	}
	out, _, err = runReference(t, "show", "36L", "--on", "2025-06-01", "--json")
	var d register.Description
	if err != nil || json.Unmarshal([]byte(out), &d) != nil || len(d.Facts) == 0 {
		t.Errorf("%v: %s", err, out)
	}
	out, _, err = runReference(t, "show", "36L00")
	if code, _ := codeOf(err); code != exitDifferences || !strings.Contains(out, "36L") {
		t.Errorf("%v: %s", err, out)
	}
	_, _, err = runReference(t, "show", "36L", "--on", "1/4/2025")
	if code, _ := codeOf(err); code != exitUsage {
		t.Errorf("a bad date: %v", err)
	}
}

func TestReferenceImport(t *testing.T) {
	data := t.TempDir()
	t.Setenv("REMIT_DATA", data)
	path := filepath.Join(t.TempDir(), "onspd.csv")
	content, err := reference.FS.ReadFile("samples/onspd.csv")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	out, _, err := runReference(t, "import", path, "--as-at", "2026-05-01")
	if err != nil || !strings.Contains(out, "6 rows of onspd") {
		t.Fatalf("%v: %s", err, out)
	}
	if out, _, err = runReference(t, "show", "zt1 1af", "--on", "2026-04-01"); err != nil || !strings.Contains(out, "U2G6B") {
		t.Errorf("%v: %s", err, out)
	}
	bad := filepath.Join(t.TempDir(), "provider_host.csv")
	if err := os.WriteFile(bad, []byte("provider,host_sub_icb,valid_from,valid_to,confidence,source\nZT1,99X,,,low,x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, errs, err := runReference(t, "import", bad)
	if code, _ := codeOf(err); code != exitInput || !strings.Contains(errs, `row 2 column host_sub_icb value "99X"`) {
		t.Errorf("%v: %s", err, errs)
	}
	if _, err := os.Stat(filepath.Join(data, "reference", "provider_host.csv")); err == nil {
		t.Error("a bad file was taken in")
	}
}
