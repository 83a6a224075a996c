package proof

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"remit/activity"
	"remit/register"
)

// A responsibility code that cannot pay is passed over, and a warning says why.
func TestResponsibilityPassedOver(t *testing.T) {
	cases := []struct{ about, year, gp, residence, payer, warnings string }{
		{"both good", "202526", "36L", "36L", "36L", ""},
		{"the last day of a location", "202526", "D4U1Y", "36L", "D4U1Y", ""},
		{"a closed location", "202627", "D4U1Y", "36L", "36L", "responsibility_not_valid"},
		{"a closed board", "202627", "QMJ", "36L", "36L", "responsibility_not_valid"},
		{"a location not yet open", "202526", "36L", "U2G6B", "36L", "responsibility_not_valid"},
		{"a reporting entity", "202526", "A4R1E", "36L", "36L", "responsibility_not_commissioner"},
		{"a hub", "202526", "36L", "13R", "36L", "responsibility_not_commissioner"},
		{"a provider", "202526", "RJ7", "36L", "36L", "responsibility_not_commissioner"},
		{"nothing known", "202526", "36L", "ZZZ", "36L", "responsibility_not_commissioner"},
		{"both kinds", "202627", "D4U1Y", "ZZZ", "36L", "responsibility_not_valid|responsibility_not_commissioner"},
		{"blank and default values", "202526", "", "Q99", "36L", ""},
		{"not applicable", "202526", "36L", "X98", "36L", ""},
		{"a Scottish board", "202526", "36L", "SG9", "36L", ""},
		{"a Welsh board", "202526", "36L", "7A1", "7A1", ""},
		{"a board of one location", "202526", "QWE00", "", "36L", ""},
		{"cut short, which has its own", "202526", "36L", "A3A", "36L", ""},
	}
	rows := [][]string{{"financial_year", "financial_month", "provider", "gp_responsibility", "residence_responsibility", "service_code", "submitted_category"}}
	for _, c := range cases {
		month := "12"
		if c.year == "202627" {
			month = "1"
		}
		rows = append(rows, []string{c.year, month, "RJ7", c.gp, c.residence, "99999999", "12"})
	}
	job := usual(t, writeTable(t, "in.csv", rows))
	job.Dataset = activity.ACM
	runJob(t, job)
	for i, r := range readTable(t, job.Out) {
		var got []string
		for _, w := range strings.Split(r["warnings"], "|") {
			if strings.HasPrefix(w, "responsibility_not_") {
				got = append(got, w)
			}
		}
		if strings.Join(got, "|") != cases[i].warnings || r["assigned_commissioner"] != cases[i].payer {
			t.Errorf("%s: %s with %v, want %s with %s", cases[i].about, r["assigned_commissioner"], got, cases[i].payer, cases[i].warnings)
		}
	}
}

// Without a table of contracts the hub of the host's region stands in, with a
// warning. With one, a provider that it does not list holds none, and neither
// does one that it lists without a hub: the pack says how many that are.
func TestContracts(t *testing.T) {
	const head = "provider,specialised_hub,note,valid_from,valid_to,confidence,source\n"
	for _, c := range []struct {
		about, table string
		want         [3]string // payer and warning of RJ7, RRK and R0A
		note         string
	}{
		{"no table", "", [3]string{"13R contract_not_confirmed", "14A contract_not_confirmed", "27T contract_not_confirmed"}, "No provider to hub mapping is loaded"},
		{"one contract", head + "RJ7,14A,,2025-04-01,,high,ours\n", [3]string{"14A", "no_contract", "no_contract"}, "provider_hub.csv names the hub of 1 open providers. The other"},
		{"a provider without one", head + "RJ7,13R,,2025-04-01,,high,ours\nRRK,14A,,2025-04-01,,high,ours\nR0A,,,2025-04-01,,high,ours\n", [3]string{"13R", "14A", "no_contract"}, "names the hub of 2 open providers"},
	} {
		dir := t.TempDir()
		if c.table != "" {
			if err := os.WriteFile(filepath.Join(dir, "provider_hub.csv"), []byte(c.table), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		pack, err := register.LoadShipped(dir)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(pack.Notes, func(n string) bool { return strings.Contains(n, c.note) }) {
			t.Errorf("%s: %q is not among the notes %q", c.about, c.note, pack.Notes)
		}
		rows := [][]string{{"financial_year", "financial_month", "provider", "gp_practice", "service_code", "submitted_category"}}
		for _, provider := range []string{"RJ7", "RRK", "R0A"} {
			rows = append(rows, []string{"202526", "6", provider, "H85000", "NCBPS29X", "21"})
		}
		job := usual(t, writeTable(t, "in.csv", rows))
		job.Dataset, job.Pack, job.Method = activity.ACM, pack, load(t, pack, "cam-2025-26")
		runJob(t, job)
		for i, r := range readTable(t, job.Out) {
			got := r["assigned_commissioner"]
			for _, w := range []string{"contract_not_confirmed", "no_contract"} {
				if strings.Contains("|"+r["warnings"]+"|", "|"+w+"|") {
					got = strings.TrimSpace(got + " " + w)
				}
			}
			if got != c.want[i] {
				t.Errorf("%s: %s: %q, want %q (%s)", c.about, r["provider"], got, c.want[i], r["warnings"])
			}
		}
	}
}
