package cli

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPriceCommands(t *testing.T) {
	for _, c := range []struct {
		line   string
		code   int
		out    []string
		errors string
	}{
		{"price --hrg AA35F --pod NEL --provider RJ7 --service NCBPS08S --stay 30 --critical-care 4 --on 2025-11-30", exitDone, []string{"£8,910.00", "made up", "NELXBD  AA35F  6      1,782.00"}, ""},
		{"price --hrg AA35F --pod UNBACC --provider RJ7 --on 2025-11-30", exitDifferences, []string{"No national price: the price set has no price"}, ""},
		{"price --pod DRUG --cost 12.5 --on 2025-11-30", exitDone, []string{"£12.50, passed through at cost"}, ""},
		{"price --pod DRUG --cost plenty", exitUsage, nil, "is not an amount of money"},
		{"price", exitUsage, nil, "there is nothing to price"},
		{"price some.csv --hrg AA35F", exitUsage, nil, "--hrg describes a line"},
		{"price nothing.csv", exitInput, nil, "nothing.csv"},
		{"price --hrg AA35F --out x.csv", exitUsage, nil, "are for a file"},
		{"price --hrg AA35F --on yesterday", exitUsage, nil, "--on"},
		{"price --hrg AA35F --set none", exitUsage, nil, `there is no price set "none"`},
		{"price --hrg AA35F --prices no/such/place", exitUsage, nil, "no/such/place"},
		{"price list", exitDone, []string{"synthetic-2025-26-2  2025/26  2"}, ""},
		{"price show none", exitUsage, nil, "choose one of synthetic"},
		{"price show synthetic-2026-27-1", exitDone, []string{"topup_on_excess: true", "admitted.csv"}, ""},
		{"price check", exitDone, []string{"3 price sets: nothing wrong"}, ""},
		{"price check no/such/place", exitUsage, nil, "is not a directory"},
		{"price import", exitUsage, nil, "name"},
	} {
		t.Run(c.line, func(t *testing.T) {
			code, out, errs := command(strings.Fields(c.line)...)
			if code != c.code {
				t.Errorf("exit %d, want %d\n%s%s", code, c.code, out, errs)
			}
			for _, want := range c.out {
				if !strings.Contains(out, want) {
					t.Errorf("%q is not in\n%s", want, out)
				}
			}
			if !strings.Contains(errs, c.errors) {
				t.Errorf("%q is not in\n%s", c.errors, errs)
			}
		})
	}
}

// TestPriceFile: every row comes out once, as it came, and the priced rows sum
// to the total that is shown.
func TestPriceFile(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "plcm.csv"), filepath.Join(dir, "priced.csv")
	if code, _, errs := command("synth", "--records", "500", "--seed", "3", "--out", in, "--quiet"); code != exitDone {
		t.Fatal(errs)
	}
	if code, _, errs := command("price", in, "--out", out); code != exitDone {
		t.Fatal(errs)
	}
	before, after := readRows(t, in), readRows(t, out)
	if len(before) != len(after) {
		t.Fatalf("%d rows came in, %d went out", len(before), len(after))
	}
	for i, row := range before {
		if got := after[i]; strings.Join(row, ",") != strings.Join(got[:len(row)], ",") || len(got) != len(row)+len(pricedColumns) {
			t.Fatalf("row %d was %q and is %q", i, row, got)
		}
	}
	code, text, errs := command("price", in, "--row", "7", "--json")
	var w struct{ Price, Working string }
	if err := json.Unmarshal([]byte(text), &w); err != nil {
		t.Fatalf("exit %d: %v\n%s", code, err, errs)
	}
	row := after[7]
	if at := len(before[0]); w.Price != row[at] || w.Working != row[at+5] {
		t.Errorf("row 7 is %q, its working %+v", row[at:], w)
	}
	if code, _, errs := command("price", in, "--row", "501"); code != exitUsage || !strings.Contains(errs, "has 500 rows") {
		t.Errorf("row 501 of 500: exit %d, %s", code, errs)
	}
}

func readRows(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestPriceFaults: all bad rows are named, and no output is left.
func TestPriceFaults(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "plcm.csv"), filepath.Join(dir, "priced.csv")
	if code, _, errs := command("synth", "--records", "3", "--seed", "3", "--out", in, "--quiet"); code != exitDone {
		t.Fatal(errs)
	}
	text, err := os.ReadFile(in)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(in, append(text, "1,2\n3\n"...), 0o644); err != nil {
		t.Fatal(err)
	}
	code, _, errs := command("price", in, "--out", out)
	if code != exitInput || !strings.Contains(errs, "row 5: has 2 fields") || !strings.Contains(errs, "row 6: has 1 fields") {
		t.Errorf("exit %d: %s", code, errs)
	}
	if _, err := os.Stat(out); !os.IsNotExist(err) {
		t.Error("an output was left")
	}
}

// TestPriceImport: a set appears whole, is not overwritten, and what is wrong
// leaves nothing.
func TestPriceImport(t *testing.T) {
	dir := t.TempDir()
	good, bad, out := filepath.Join(dir, "good.csv"), filepath.Join(dir, "bad.csv"), filepath.Join(dir, "prices")
	for path, text := range map[string]string{good: "HRG code,Price\nBZ34A,195\n", bad: "HRG code,Price\nBZ34A,TBC\nHN12A,5x\n"} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	args := func(name, sheet string) []string {
		return []string{"price", "import", "--name", name, "--year", "2026/27", "--from", "2026-04-01", "--published", "2026-05-01", "--policy", "synthetic-2026-27",
			"--source", "a test", "--sheet", sheet, "--out", out}
	}
	if code, _, errs := command(args("ours", "procedure="+good)...); code != exitDone {
		t.Fatal(errs)
	}
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{args("ours", "procedure="+good), exitUsage, "is there already"},
		{args("theirs", "procedure="+bad), exitInput, `row 3 column price value "5x"`},
		{args("theirs", "prices="+good), exitInput, "there is no sheet"},
		{args("theirs", "procedure"), exitUsage, "names no file"},
		{args("The Irs", "procedure="+good), exitUsage, "cannot name a set"},
	} {
		if code, _, errs := command(c.args...); code != c.code || !strings.Contains(errs, c.says) {
			t.Errorf("%v: exit %d: %s", c.args, code, errs)
		}
	}
	left, err := filepath.Glob(filepath.Join(out, "*", "*"))
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	hidden, err := filepath.Glob(filepath.Join(out, ".*"))
	if err != nil || len(hidden) != 0 {
		t.Errorf("left behind: %v, %v", hidden, err)
	}
}
