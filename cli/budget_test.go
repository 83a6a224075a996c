package cli

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Each line is a command, its exit code, and what it must say.
func TestBudgetCommands(t *testing.T) {
	t.Setenv("REMIT_DATA", t.TempDir())
	for _, c := range []struct {
		line string
		code int
		says string
	}{
		{"budget show", exitDone, "sample, synthetic"},
		{"budget show worked", exitDone, "nobody's rule: loaded for comparison"},
		{"budget show none", exitInput, "neither a directory with a file round.yaml nor the name of one|demonstration, practices, worked"},
		{"budget targets worked --year 2030/31", exitUsage, `the round has no year "2030/31"; it has 2026/27, 2027/28, 2028/29`},
		{"budget converge worked --policy best", exitUsage, `the round has no policy "best"`},
		{"budget converge worked", exitDone, "392,181,955.00|Base growth that makes the sum come out: 4.346014%"},
		{"budget converge demonstration --path", exitDone, "years to target|2028/29 (indicative)"},
		{"budget ledger worked --icb ICB-A", exitDone, "no: retained by NHS England|393,681,955.00"},
		{"budget ledger worked", exitDone, "Delegated £1,724,350,000.00, held by hosts £0.00, retained by NHS England £28,000,000.00."},
		{"budget ledger worked --icb ICB-Z", exitUsage, `the round has no board "ICB-Z"`},
		{"budget funds worked --icb ICB-D", exitDone, "overcommitted"},
		{"budget funds worked --report nonsense", exitUsage, `there is no report "nonsense"`},
		{"budget funds worked --report position --month 13", exitUsage, "there is no month 13"},
		{"budget funds worked --report risks --icb ICB-A", exitDone, "Forecast: worst"},
		{"budget funds worked --report reserves --icb ICB-A", exitDone, "contingency"},
		{"budget funds worked --report efficiency", exitDone, "of the plan of"},
		{"budget funds worked --report trend", exitDone, "no data"},
		{"budget funds worked --report boards --month 10", exitDone, "contract data trail the ledger"},
		{"budget carry worked --what nothing", exitInput, `"nothing" cannot be carried`},
		{"budget check worked", exitDone, "no faults were found"},
		{"budget show worked --json --csv", exitUsage, "--json and --csv are both given"},
		{"pool show", exitDone, "A worked example of four made-up boards"},
		{"pool show worked --table underspend", exitDone, "refused: a recurrent use of £4,600,000.00"},
		{"pool show worked --table contracts", exitDone, "the parts add up to £250,000,000.05, the contract is £250,000,000.05"},
		{"pool show worked --table charges", exitDone, "ICB-B owes ICB-A £7,074,000.30"},
		{"pool show worked --table x", exitUsage, `there is no table "x"`},
		{"pool share worked", exitDone, "-6,300,000.00|14,700,000.00"},
		{"pool scenario worked --rule capped --key activity --cap 1%", exitDone, "£5,000,000.00 is unfunded: every member is at its cap"},
		{"pool scenario worked --rule collar", exitUsage, "needs a cap"},
		{"pool scenario worked --cap 2%", exitUsage, "parameters of a rule are given without --rule"},
		{"pool scenario worked --without ICB-Z", exitUsage, "ICB-Z is not a member of the pool"},
		{"pool scenario worked --spend ICB-A --spend ICB-B=x", exitUsage, `"ICB-A" is not a change|ICB-B: "x" is not pounds and pence`},
		{"pool compare worked", exitDone, "h_blend: a mixture"},
	} {
		code, out, errs := command(strings.Fields(c.line)...)
		if code != c.code {
			t.Errorf("%s: exit code %d, want %d\n%s%s", c.line, code, c.code, out, errs)
		}
		for _, says := range strings.Split(c.says, "|") {
			if !strings.Contains(out+errs, says) {
				t.Errorf("%s does not say %q:\n%s%s", c.line, says, out, errs)
			}
		}
	}
}

// CSV and JSON of a listing have the same rows.
func TestBudgetForms(t *testing.T) {
	t.Setenv("REMIT_DATA", t.TempDir())
	for _, line := range []string{"budget targets worked", "budget converge worked", "budget funds worked --report matrix", "pool share worked", "pool compare worked"} {
		_, text, _ := command(append(strings.Fields(line), "--csv")...)
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		_, text, _ = command(append(strings.Fields(line), "--json")...)
		var object struct {
			Title string
			Rows  []map[string]string
			Notes []string
		}
		if err := json.Unmarshal([]byte(text), &object); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if len(object.Rows) != len(rows)-1 || object.Title == "" || len(object.Notes) == 0 {
			t.Errorf("%s: %d rows of JSON and %d of CSV", line, len(object.Rows), len(rows)-1)
			continue
		}
		for i, row := range object.Rows {
			for j, c := range rows[0] {
				if row[c] != rows[i+1][j] {
					t.Errorf("%s: row %d column %s is %q and %q", line, i, c, row[c], rows[i+1][j])
				}
			}
		}
	}
}

// One's own rounds in the data directory are found by name, and take the place of a sample of that name.
func TestOwnRounds(t *testing.T) {
	data := t.TempDir()
	t.Setenv("REMIT_DATA", data)
	dir := filepath.Join(data, "budgets", "rounds", "mine")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"round.yaml": "round: mine\ntitle: Our own\nstream: specialised only\nsource: Our board\nrounding: penny\nformula: need-without-cost\nyears: [{year: 2026/27, status: firm, quantum: 90.00, policy: p}]\npolicies: [{policy: p, kind: P1, adjustment: 1%, at: 5%, floor: 0%, source: ours}]\n",
		"icb.csv":    "year,icb,population,need_index,source,confidence\n2026/27,QMJ,10,1,x,low\n2026/27,QRV,20,1,x,low\n",
		"ledger.csv": "year,icb,kind,cause,amount,recurrent,holder,notional,source,confidence\n2026/27,QMJ,baseline,b,40.00,yes,icb,no,x,low\n2026/27,QRV,baseline,b,60.00,yes,icb,no,x,low\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if code, out, errs := command("budget", "show"); code != exitDone || !strings.Contains(out, "Our own") {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
	// A floor of no cut cannot be met with less money than the baselines: a finding, with both bounds.
	code, out, errs := command("budget", "converge", "mine")
	if code != exitDifferences || !strings.Contains(errs, "policy p cannot hand out £90.00: by its bounds it hands out at least £100.00 and at most any amount") {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
	code, out, _ = command("budget", "carry", "mine")
	if code != exitDone || !strings.Contains(out, "2026/27,Z9B2Z,baseline,b,40,yes,icb,no,x,low,QMJ,registered_population,\"all of £40.00 of QMJ, whole\"") {
		t.Errorf("exit code %d: %s", code, out)
	}
}
