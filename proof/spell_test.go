package proof

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"remit/assign"
)

// Episodes of spells, and what they come to. RJ7 lies in 36L and has a contract
// with hub 13R; H85000 is a practice of 36L, M85000 of 15E, L85000 of 15C.
// NCBPS29X is red, NCBPS13X green. An answer is the payer and its category.
const episodes = `
spell provider episode practice line      hrg    unbundled unit | answer    as
S1    RJ7      1       H85000   -         AA10Z  -         -    | 13R/21    one red episode makes the spell red
S1    RJ7      2       H85000   NCBPS29X  AA10Z  -         -    | 13R/21
S1    RJ7      3       H85000   -         AA10Z  -         -    | 13R/21
S1    RRK      1       M85000   -         AA10Z  -         -    | 15E/12    another provider's spell of the same number
S2    RJ7      1       H85000   -         AA10Z  -         -    | 36L/12    nothing specialised
S2    RJ7      2       H85000   -         AA10Z  -         -    | 36L/12
S3    RJ7      1       H85000   -         AA10Z  -         -    | 36L/12    chemotherapy stays with its episode
S3    RJ7      2       H85000   NCBPS13X  AA10Z  SB12Z     -    | 36L/25
S4    RJ7      1       H85000   -         AA10Z  -         -    | 36L/25    unless the core group is SB97Z
S4    RJ7      2       H85000   NCBPS13X  SB97Z  SB12Z     -    | 36L/25
S5    RJ7      1       H85000   NCBPS29X  AA10Z  XA01Z     -    | 13R/21    neonatal critical care stays
S5    RJ7      2       H85000   -         AA10Z  -         -    | 36L/12
S6    RJ7      1       H85000   NCBPS29X  AA10Z  XA05Z     -    | 13R/21    XA05Z is not on the list
S6    RJ7      2       H85000   -         AA10Z  -         -    | 13R/21
S7    RJ7      1       H85000   NCBPS29X  AA10Z  XB05Z     PICU | 13R/21    paediatric critical care in a unit stays
S7    RJ7      2       H85000   -         AA10Z  -         -    | 36L/12
S8    RJ7      1       H85000   NCBPS29X  AA10Z  XB05Z     -    | 13R/21    not in a unit: the whole spell
S8    RJ7      2       H85000   -         AA10Z  -         -    | 13R/21
S9    RJ7      1       H85000   NCBPS29X  AA10Z  XC01Z     -    | 36L/12    adult critical care follows its spell, which is not specialised
S9    RJ7      2       H85000   -         AA10Z  -         -    | 36L/12
S10   RJ7      1       H85000   NCBPS29X  AA10Z  XC01Z     -    | 36L/25    adult critical care follows its spell, which is green
S10   RJ7      2       H85000   NCBPS13X  AA10Z  -         -    | 36L/25
S11   RJ7      1       H85000   NCBPS29X  AA10Z  SB12Z     -    | 36L/25    chemotherapy with something else specialised: the line of the spell
S11   RJ7      2       H85000   NCBPS13X  AA10Z  -         -    | 36L/25
S12   RJ7      1       M85000   -         AA10Z  -         -    | 15E/12    the practice at admission pays for all episodes
S12   RJ7      2       H85000   -         AA10Z  -         -    | 15E/12
S13   RJ7      1       H85000   NCBPS13X  AA10Z  -         -    | 36L/25    of two lines the earlier episode's counts
S13   RJ7      2       H85000   NCBPS29X  AA10Z  -         -    | 36L/25
S14   RJ7      2       L85000   NCBPS29X  AA10Z  -         -    | 15C/25    whatever the order of the rows
S14   RJ7      1       L85000   NCBPS13X  AA10Z  -         -    | 15C/25
-     RJ7      1       H85000   NCBPS29X  AA10Z  -         -    | 13R/21    no spell: each row by itself
-     RJ7      1       H85000   -         AA10Z  -         -    | 36L/12
`

// episodeRows are the rows of the table, and the answers by record key.
func episodeRows() (rows [][]string, want map[string]string) {
	rows = [][]string{{"record_key", "spell", "provider", "episode", "gp_practice", "service_code", "hrg", "unbundled_hrg", "critical_care_setting", "postcode", "discharge_date", "ov_charging_category"}}
	want = map[string]string{}
	for i, line := range strings.Split(strings.TrimSpace(episodes), "\n")[1:] {
		row, answer, _ := strings.Cut(line, "|")
		key := fmt.Sprintf("K%02d", i+1)
		fields := []string{key}
		for _, f := range strings.Fields(row) {
			fields = append(fields, strings.TrimPrefix(f, "-"))
		}
		rows = append(rows, append(fields, "ZT1 1AA", "2025-06-30", "A"))
		want[key] = strings.Fields(answer)[0]
	}
	return rows, want
}

func spellJob(t *testing.T, spec string, inputs ...string) *assign.Job {
	job := usual(t, inputs...)
	job.Pack = packOf(t, "testdata/cases")
	job.Method = load(t, job.Pack, spec)
	return job
}

func compareEpisodes(t *testing.T, name string, job *assign.Job, want map[string]string) {
	t.Helper()
	runJob(t, job)
	rows := readTable(t, job.Out)
	if len(rows) != len(want) {
		t.Errorf("%s: %d rows, want %d", name, len(rows), len(want))
	}
	for _, r := range rows {
		if got := r["assigned_commissioner"] + "/" + r["assigned_category"]; got != want[r["record_key"]] {
			t.Errorf("%s: spell %s episode %s (%s) is paid by %s, want %s: %s", name, r["spell"], r["episode"], r["record_key"], got, want[r["record_key"]], r["trace"])
		}
	}
}

func TestSpells(t *testing.T) {
	rows, want := episodeRows()
	compareEpisodes(t, "as written", spellJob(t, "cam-2025-26", writeTable(t, "in.csv", rows)), want)
	r := rand.New(rand.NewPCG(9, 9))
	for n := 0; n < 5; n++ {
		mixed := slices.Clone(rows)
		r.Shuffle(len(mixed)-1, func(i, j int) { mixed[i+1], mixed[j+1] = mixed[j+1], mixed[i+1] })
		compareEpisodes(t, "shuffled", spellJob(t, "cam-2025-26", writeTable(t, "in.csv", mixed)), want)
		half := 1 + r.IntN(len(mixed)-1)
		first, second := mixed[:half], append([][]string{mixed[0]}, mixed[half:]...)
		compareEpisodes(t, "in two files", spellJob(t, "cam-2025-26", writeTable(t, "1.csv", first), writeTable(t, "2.csv", second)), want)
	}
}

// Quotation marks make no spell of rows without one, and part none.
func TestSpellsQuoted(t *testing.T) {
	rows, want := episodeRows()
	compareEpisodes(t, "quoted", spellJob(t, "cam-2025-26", writeFile(t, "in.csv", quotedAll(rows))), want)
	half := len(rows) / 2
	for rows[half][1] != rows[half-1][1] { // cut within a spell
		half++
	}
	second := append([][]string{rows[0]}, rows[half:]...)
	compareEpisodes(t, "the second file quoted", spellJob(t, "cam-2025-26", writeTable(t, "1.csv", rows[:half]), writeFile(t, "2.csv", quotedAll(second))), want)
}

// What is explained is what was written.
func TestExplainedAsAssigned(t *testing.T) {
	rows, want := episodeRows()
	for _, text := range []string{delimited(t, rows, ','), quotedAll(rows)} {
		job := spellJob(t, "cam-2025-26", writeFile(t, "in.csv", text))
		for i, r := range rows[1:] {
			list, err := assign.Explain(t.Context(), job, assign.Which{Row: int64(i + 1)})
			if err != nil {
				t.Fatal(err)
			}
			if got := list[0].Payer + "/" + list[0].Category; got != want[r[0]] {
				t.Errorf("spell %s episode %s is explained as %s and assigned to %s: %q", r[1], r[3], got, want[r[0]], list[0].Notes)
			}
		}
	}
}

// A15: the three exceptions may be refused, and then one specialised episode
// makes every spell specialised.
func TestSpellsWithoutExceptions(t *testing.T) {
	rows, want := episodeRows()
	for _, r := range rows[1:] {
		switch r[1] {
		case "S3":
			want[r[0]] = "36L/25"
		case "S5", "S7":
			want[r[0]] = "13R/21"
		case "S11": // the earlier episode's line, which is red, now counts
			want[r[0]] = "13R/21"
		}
	}
	compareEpisodes(t, "A15=spell", spellJob(t, "cam-2025-26+A15=spell", writeTable(t, "in.csv", rows)), want)
}

func TestSpellCounts(t *testing.T) {
	rows, _ := episodeRows()
	n := runJob(t, spellJob(t, "cam-2025-26", writeTable(t, "in.csv", rows))).Manifest.Spells
	// Fifteen spells, S1 being two. Specialised: S1 of RJ7, S4, S6, S8, S10, S11,
	// S13 and S14. S13 and S14 have two lines.
	if n == nil || n.Spells != 15 || n.Specialised != 8 || n.Conflicting != 2 {
		t.Errorf("%+v, want 15 spells, 8 specialised, 2 with several lines", n)
	}
}

func TestEpisodesFromStandardInput(t *testing.T) {
	rows, _ := episodeRows()
	job := spellJob(t, "cam-2025-26", "-")
	job.Stdin = strings.NewReader(delimited(t, rows, ','))
	if _, err := assign.Run(t.Context(), job); err == nil || !strings.Contains(err.Error(), "read twice") {
		t.Errorf("%v, want an error that says why", err)
	}
}
