package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Tables of statistics that ship with the packages pass; several files may be
// mixed with tables of records, and their cases are counted together.
func TestCheckStatistics(t *testing.T) {
	t.Setenv("REMIT_DATA", t.TempDir())
	tables, err := filepath.Glob("../measure/testdata/*.csv")
	if err != nil || len(tables) < 6 {
		t.Fatalf("%d tables, %v", len(tables), err)
	}
	args := append([]string{"check", "../equity/testdata/flows.csv"}, tables...)
	out, errs, code := runLine(t, args...)
	if code != 0 || !strings.Contains(out, " cases passed, 0 differed") || strings.HasPrefix(out, "0 ") {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
}

// Every cell that cannot be read is told, each with file, row, column and value.
func TestCheckStatisticsFaults(t *testing.T) {
	t.Setenv("REMIT_DATA", t.TempDir())
	file := filepath.Join(t.TempDir(), "cases.csv")
	text := "statistic,numerator,values,expected_lower\nbyar,five,,1\nbyar,65,,50.1631877104595\nmean,,1 2 x,1\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, errs, code := runLine(t, "check", file)
	if code != exitInput || !strings.Contains(errs, `cases.csv row 1 column numerator value "five" is not a number`) ||
		!strings.Contains(errs, `cases.csv row 3 column values value "1 2 x" has "x", which is not a number`) {
		t.Errorf("exit code %d: %s", code, errs)
	}
	if _, errs, code = runLine(t, "check", "--method", "cam-2025-26", file); code != exitInput || !strings.Contains(errs, "no case was run") {
		t.Errorf("for one method: exit code %d: %s", code, errs)
	}
	if _, errs, code = runLine(t, "check", filepath.Join(t.TempDir(), "none.csv")); code != exitInput || !strings.Contains(errs, "none.csv") {
		t.Errorf("no file: exit code %d: %s", code, errs)
	}
}
