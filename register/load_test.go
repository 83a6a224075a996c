package register

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"remit/reference"
)

func shipped(t testing.TB, overlay ...string) *Pack {
	t.Helper()
	p, err := LoadShipped(overlay...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func onDay(t testing.TB, s string) Day {
	t.Helper()
	d, err := ParseDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// holding counts the keys that hold on a day, and those with a value in a column.
func holding(t *Table, on Day, column, value string) int {
	n := 0
	for _, k := range t.Keys() {
		f := t.Find(k, on, 0)
		if f.Row != NoRow && (column == "" || t.At(f.Row, column) == value) {
			n++
		}
	}
	return n
}

func TestShippedCounts(t *testing.T) {
	p := shipped(t)
	for _, c := range []struct {
		table, on, column, value string
		want                     int
	}{
		{"icb", "2022-07-01", "", "", 42},
		{"icb", "2026-03-31", "", "", 42},
		{"icb", "2026-04-01", "", "", 36},
		{"icb", "2024-03-31", "delegated", "Yes", 0},
		{"icb", "2024-04-01", "delegated", "Yes", 20},
		{"sub_icb", "2024-04-01", "delegated", "Yes", 60},
		{"icb", "2025-04-01", "delegated", "Yes", 42},
		{"icb", "2026-04-01", "delegated", "Yes", 36},
		{"sub_icb", "2022-07-01", "", "", 106},
		{"sub_icb", "2023-04-01", "", "", 106},
		{"sub_icb", "2026-03-31", "", "", 106},
		{"sub_icb", "2026-04-01", "", "", 106},
		{"region", "2025-04-01", "", "", 7},
		{"provider", "2025-12-31", "", "", 205},
		{"service_line", "2025-06-01", "", "", 486},
		{"service_line", "2025-06-01", "status", "GREEN", 166},
		{"service_line", "2025-06-01", "status", "RED", 151},
		{"service_line", "2025-06-01", "status", "BLUE", 101},
		{"service_line", "2024-06-01", "status", "AMBER", 53},
		{"service_line", "2024-06-01", "status", "GREEN", 139},
		{"service_line", "2025-06-01", "highly_specialised", "1", 87},
		{"category", "2025-06-01", "", "", 20},
		{"pod", "2025-06-01", "", "", 81},
		{"treatment_function", "2025-06-01", "secondary_dental", "1", 9},
		{"pseudo_postcode", "2025-06-01", "kind", "eea_or_similar", 29},
		{"prison_practice", "2025-06-01", "", "", 136},
		{"practice", "2025-06-01", "commissioner", "13Q", 152},
		{"practice", "2025-06-01", "commissioner", "14M", 9},
		{"cut_code", "2025-06-01", "", "", 9},
		{"cut_code", "2026-04-01", "", "", 9},
	} {
		if got := holding(p.Table(c.table), onDay(t, c.on), c.column, c.value); got != c.want {
			t.Errorf("%s on %s with %s=%s: %d, want %d", c.table, c.on, c.column, c.value, got, c.want)
		}
	}
	// In 2025/26 twenty-six boards had exactly one location.
	several := holding(p.Table("icb"), onDay(t, "2025-06-01"), "sole_sub_icb", "")
	if several != 16 {
		t.Errorf("%d boards with several locations, want 16", several)
	}
}

func TestShippedFacts(t *testing.T) {
	p := shipped(t)
	for _, c := range []struct{ table, key, on, column, want string }{
		{"icb", "QWE", "2025-06-01", "sole_sub_icb", "36L"},
		{"icb", "QWE", "2025-03-31", "delegated", "No"},
		{"icb", "QWE", "2025-04-01", "delegated", "Yes"},
		{"icb", "QMJ", "2026-04-01", "name", ""},
		{"icb", "Z9B2Z", "2026-04-01", "specialised_hub", "13R"},
		{"sub_icb", "93C", "2026-03-31", "icb", "QMJ"},
		{"sub_icb", "93C", "2026-04-01", "icb", "Z9B2Z"},
		{"sub_icb", "15E", "2024-04-01", "delegated", "Yes"},
		{"sub_icb", "U2G6B", "2026-04-01", "region", "Y59"},
		{"provider", "RJ7", "2025-06-01", "host_sub_icb", "36L"},
		{"provider", "RJ7", "2025-06-01", "host_basis", "derived"},
		{"provider", "RJ7", "2025-06-01", "hub_basis", "stand_in"},
		{"provider", "RJ7", "2025-06-01", "specialised_hub", "13R"},
		{"provider", "R0A", "2025-06-01", "host_basis", "ambiguous"},
		{"prison_practice", "Y07082", "2025-06-01", "health_justice_hub", "14R"},
		{"prison_practice", "Y07082", "2025-06-01", "health_justice_hub_ods", "14Q"},
		{"practice", "Y07082", "2025-06-01", "commissioner", "14Q"},
		{"practice", "Y07082", "2025-06-01", "national_grouping", "Y60"},
		{"practice", "A91043", "2017-02-01", "status", "C"},
		{"practice", "A91020", "2025-06-01", "national_grouping", ""},
		{"service_line", "NCBPS02Z", "2025-03-31", "status", "AMBER"},
		{"service_line", "NCBPS02Z", "2025-04-01", "status", "GREEN"},
		{"service_line", "99999999", "2025-04-01", "section_7a", "0"},
		{"service_line", "NCBPH24A", "2025-04-01", "section_7a", "1"},
		{"tool_service_line", "99999999", "2025-04-01", "public_health", "1"},
		{"cut_code", "A3A", "2025-06-01", "full", "A3A8R"},
		{"cut_code", "D4U", "2026-06-01", "full", ""},
		{"ons_code", "E38000265", "2025-06-01", "ods", "70F"},
		{"part", "postcode_directory", "2025-06-01", "loaded", ""},
	} {
		tb := p.Table(c.table)
		if got := tb.value(c.key, onDay(t, c.on), c.column); got != c.want {
			t.Errorf("%s %s on %s: %s is %q, want %q", c.table, c.key, c.on, c.column, got, c.want)
		}
	}
	f := p.Table("sub_icb").Find("93C", onDay(t, "2025-06-01"), 0)
	if f.From.String() != "2025-04-01" || f.To.String() != "2026-03-31" {
		t.Errorf("93C holds from %s to %s", f.From, f.To)
	}
	if s := p.Table("sub_icb").Source(f.Row); !strings.Contains(s, "ONS LSOA 2011") {
		t.Errorf("the source is not written out: %q", s)
	}
}

// TestReferenceToOneOfSeveralTables: a party may be an ICB, a body or a
// provider, and must hold when the row does.
func TestReferenceToOneOfSeveralTables(t *testing.T) {
	for party, want := range map[string]string{
		"ZZZ": `column party value "ZZZ": the code is not in icb.csv, body.csv, provider.csv`,
		"QMJ": `column party value "QMJ": icb.csv has no row for the code on 2026-04-01`,
		"RRV": "",
		"SOS": "",
	} {
		dir := overlayOf(t, "instrument_party.csv", "instrument,party,role,approved_on,signed,signed_on,note,valid_from,valid_to,confidence,source\n"+
			"S7A,"+party+",other,,yes,,,2025-04-01,,low,made up\n")
		_, err := LoadShipped(dir)
		if got := fmt.Sprint(err); want == "" && err != nil || !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", party, got, want)
		}
	}
}

func TestHashIsStable(t *testing.T) {
	a, b := shipped(t), shipped(t)
	if a.Hash != b.Hash || len(a.Hash) != 64 {
		t.Errorf("hashes %s and %s", a.Hash, b.Hash)
	}
	dir := overlayOf(t, "provider_hub.csv", "provider,specialised_hub,valid_from,valid_to,confidence,source\nRJ7,13R,,,low,made up\n")
	if c := shipped(t, dir); c.Hash == a.Hash {
		t.Error("an overlay does not change the hash")
	}
}

func overlayOf(t testing.TB, nameAndText ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(nameAndText); i += 2 {
		if err := os.WriteFile(filepath.Join(dir, nameAndText[i]), []byte(nameAndText[i+1]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestOverlay(t *testing.T) {
	dir := overlayOf(t,
		"provider_host.csv", "provider,host_sub_icb,valid_from,valid_to,confidence,source\nR0A,14L,,2025-12-31,low,made up\nZT1,36L,,,low,made up\nZT1,72Q,,,low,made up\n",
		"provider_hub.csv", "provider,specialised_hub,valid_from,valid_to,confidence,source\nR0A,27T,2025-04-01,,low,made up\n",
		"postcode.csv", "postcode,country,sub_icb,health_board,local_authority,valid_from,valid_to,confidence,source\nzt11aa,E,93C,,E09000007,,,low,made up\n")
	p := shipped(t, dir)
	on, later := onDay(t, "2025-06-01"), onDay(t, "2026-04-01")
	for _, c := range []struct {
		table, key string
		on         Day
		column     string
		want       string
	}{
		{"provider", "R0A", on, "host_sub_icb", "14L"},
		{"provider", "R0A", on, "host_basis", "override"},
		{"provider", "R0A", later, "host_basis", "ambiguous"},
		{"provider", "R0A", on, "hub_basis", "contract"},
		{"provider", "RJ7", on, "hub_basis", "none"},
		{"provider", "RJ7", on, "specialised_hub", ""},
		{"provider", "ZT1", on, "host_sub_icb", "36L"},
		{"provider", "ZT1", on, "icb", "QWE"},
		{"postcode", "ZT1 1AA", on, "icb", "QMJ"},
		{"postcode", "ZT1 1AA", later, "icb", "Z9B2Z"},
		{"postcode", "ZT1 1AA", later, "region", "Y56"},
		{"part", "postcode_directory", on, "loaded", "Y"},
		{"part", "provider_hub", on, "loaded", "Y"},
	} {
		if got := p.Table(c.table).value(c.key, c.on, c.column); got != c.want {
			t.Errorf("%s %s on %s: %s is %q, want %q", c.table, c.key, c.on, c.column, got, c.want)
		}
	}
	if f := p.Table("provider_host").Find("ZT1", on, 1); f.Count != 2 || p.Table("provider_host").At(f.Row, "host_sub_icb") != "72Q" {
		t.Errorf("the second host: %+v", f)
	}
}

// wholePack copies the shipped pack to a directory, with some files changed.
func wholePack(t testing.TB, change map[string]func(string) string) string {
	t.Helper()
	dir := t.TempDir()
	entries, err := reference.FS.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		content, err := reference.FS.ReadFile(e.Name())
		if err != nil {
			t.Fatal(err)
		}
		if f := change[e.Name()]; f != nil {
			content = []byte(f(string(content)))
		}
		if err := os.WriteFile(filepath.Join(dir, e.Name()), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestLoadDirOfWholePack(t *testing.T) {
	p, err := LoadDir(wholePack(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	if p.Hash != shipped(t).Hash {
		t.Error("the same files have another hash")
	}
}

func TestFaults(t *testing.T) {
	const hubHead = "provider,specialised_hub,valid_from,valid_to,confidence,source\n"
	for _, c := range []struct {
		name, file, text string
		row              int
		column, problem  string
	}{
		{"overlap", "provider_hub.csv", hubHead + "ZT1,13R,2024-04-01,2025-04-01,low,x\nZT1,14A,2025-04-01,,low,x\n", 3, "provider", "holds on days on which row 2"},
		{"repeated", "provider_hub.csv", hubHead + "ZT1,13R,,,low,x\nZT1,13R,,,low,x\n", 3, "provider", "repeats row 2"},
		{"repeated host", "provider_host.csv", "provider,host_sub_icb,valid_from,valid_to,confidence,source\nZT1,36L,,,low,x\nZT1,72Q,,,low,x\nZT1,36L,2025-01-01,,low,x\n", 4, "provider", "holds on days"},
		{"bad date", "provider_hub.csv", hubHead + "ZT1,13R,01/04/2025,,low,x\n", 2, "valid_from", "not a date"},
		{"backwards", "provider_hub.csv", hubHead + "ZT1,13R,2025-04-02,2025-04-01,low,x\n", 2, "valid_to", "ends before it begins"},
		{"choice", "provider_hub.csv", hubHead + "ZT1,13R,,,certain,x\n", 2, "confidence", "not one of those allowed"},
		{"no source", "provider_hub.csv", hubHead + "ZT1,13R,,,low,\n", 2, "source", "blank"},
		{"blank key", "provider_hub.csv", hubHead + ",13R,,,low,x\n", 2, "provider", "blank"},
		{"dangling", "provider_hub.csv", hubHead + "ZT1,99X,,,low,x\n", 2, "specialised_hub", "not in hub.csv"},
		{"dangling on a date", "reporting_entity.csv", "code,name,sub_icb,icb,valid_from,valid_to,confidence,source\nZTE1A,Made up,D4U1Y,QRL,2025-04-01,,low,x\n", 2, "sub_icb", "no row for the code on 2026-04-01"},
		{"unknown column", "provider_hub.csv", "provider,specialised_hub,colour,valid_from,valid_to,confidence,source\nZT1,13R,red,,,low,x\n", 1, "colour", "not known"},
		{"missing column", "provider_hub.csv", "provider,specialised_hub,valid_from,valid_to,source\nZT1,13R,,,x\n", 1, "confidence", "missing"},
		{"column twice", "provider_hub.csv", "provider,provider,specialised_hub,valid_from,valid_to,confidence,source\nZT1,ZT1,13R,,,low,x\n", 1, "provider", "twice"},
		{"fields", "provider_hub.csv", hubHead + "ZT1,13R,,low,x\n", 2, "", "5 fields where the header has 6"},
		{"open quote", "provider_hub.csv", hubHead + "\"ZT1,13R,,,low,x\n", 2, "", "never closed"},
		{"inner quote", "provider_hub.csv", hubHead + "ZT1,13R,,,low,so \"called\"\n", 2, "", "quotation mark"},
		{"encoding", "provider_hub.csv", hubHead + "ZT1,13R,,,low,caf\xe9\n", 2, "", "UTF-8"},
		{"empty", "provider_hub.csv", "", 0, "", "empty"},
		{"misnamed", "provider_hubs.csv", hubHead, 0, "", "no part of a reference pack"},
		{"flag", "treatment_function.csv", "code,title,secondary_dental,valid_from,valid_to,confidence,source\n999,Made up,yes,,,low,x\n", 2, "secondary_dental", "not 0 or 1"},
		{"source twice", "source.csv", "id,citation,licence\na,b,c\na,b,c\n", 3, "id", "twice"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := overlayOf(t, c.file, c.text)
			_, err := LoadShipped(dir)
			var bad *DataError
			if !errors.As(err, &bad) {
				t.Fatalf("error %v", err)
			}
			if !slices.ContainsFunc(bad.Faults, func(f Fault) bool {
				return f.File == filepath.Join(dir, c.file) && f.Row == c.row && f.Column == c.column && strings.Contains(f.Problem, c.problem) && f.Remedy != ""
			}) {
				t.Errorf("faults %v", bad.Faults)
			}
		})
	}
}

func TestAllFaultsAtOnce(t *testing.T) {
	dir := wholePack(t, map[string]func(string) string{
		"icb.csv":    func(s string) string { return strings.Replace(s, "QWE,", ",", 1) },
		"hub.csv":    func(s string) string { return strings.ReplaceAll(s, "specialised", "special") },
		"region.csv": func(s string) string { return strings.Replace(s, "2012-10-01", "1/10/2012", 1) },
	})
	if err := os.Remove(filepath.Join(dir, "sub_icb.csv")); err != nil {
		t.Fatal(err)
	}
	_, err := LoadDir(dir)
	var bad *DataError
	if !errors.As(err, &bad) {
		t.Fatal(err)
	}
	text := fmt.Sprint(bad.Faults)
	for _, want := range []string{"icb.csv row", "hub.csv row", "region.csv row", "sub_icb.csv"} {
		if !strings.Contains(text, want) {
			t.Errorf("no fault in %s", want)
		}
	}
	if !strings.Contains(err.Error(), "and ") {
		t.Errorf("the error does not count the rest: %v", err)
	}
}

func TestLoadDirRefusesNothing(t *testing.T) {
	if _, err := LoadDir(filepath.Join(t.TempDir(), "nowhere")); err == nil {
		t.Error("a directory that is not there was loaded")
	}
	if _, err := LoadDir(t.TempDir()); err == nil {
		t.Error("an empty directory was loaded")
	}
}

func TestLoadCases(t *testing.T) {
	p, err := LoadDir(filepath.Join("testdata", "cases"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ table, key, on, column, want string }{
		{"region", "Y56", "2025-04-01", "health_justice_hub", "14M"},
		{"icb", "QWE", "2024-04-01", "delegated", "No"},
		{"icb", "QWE", "2025-04-01", "delegated", "Yes"},
		{"icb", "QWE", "2025-04-01", "sole_sub_icb", "36L"},
		{"icb", "QT1", "2025-04-01", "sole_sub_icb", ""},
		{"icb", "QWE", "2024-03-31", "region", ""},
		{"sub_icb", "M2L0M", "2025-04-01", "specialised_hub", "14A"},
		{"hub", "13Q", "2025-04-01", "kind", "national"},
		{"hub", "14M", "2025-04-01", "kind", "health_and_justice"},
		{"provider", "ZT1", "2025-04-01", "specialised_hub", "13R"},
		{"provider", "ZT1", "2025-04-01", "postcode", "ZT1 1AA"},
		{"provider", "ZT1", "2025-04-01", "host_basis", "published"},
		{"provider", "ZT2", "2025-04-01", "hub_basis", "none"},
		{"provider", "ZT9", "2025-04-01", "host_sub_icb", "36L"},
		{"practice", "W99991", "2025-04-01", "national_grouping", "W00"},
		{"practice", "ZT9005", "2025-04-01", "country", "G"},
		{"prison_practice", "ZT9010", "2025-04-01", "health_justice_hub_ods", "14Q"},
		{"detention_postcode", "ZT3 1AA", "2025-04-01", "health_justice_hub", "14M"},
		{"detention_postcode", "ZT3 1AB", "2025-04-01", "health_justice_hub", "14M"},
		{"armed_forces_practice", "ZT9020", "2016-04-01", "country", "E"},
		{"postcode", "ZT9 1WA", "2025-04-01", "local_authority", "W06000015"},
		{"service_line", "NCBPH24A", "2025-04-01", "status", "NOT APPLICABLE"},
		{"service_line", "NCBPH24A", "2025-04-01", "specialised", "0"},
		{"service_line", "NCBPS29X", "2025-04-01", "specialised", "1"},
		{"service_line", "NCBPS29X", "2025-03-31", "status", ""},
		{"service_line", "ZZHSPRE91", "2025-04-01", "pre_1991", "1"},
		{"tool_service_line", "NCBPS02Z", "2025-03-31", "status", "AMBER"},
		{"cut_code", "M2L", "2025-04-01", "full", "M2L0M"},
		{"part", "provider_hub", "2025-04-01", "loaded", "Y"},
		{"category", "12", "2025-04-01", "code", "12"},
	} {
		if got := p.Table(c.table).value(c.key, onDay(t, c.on), c.column); got != c.want {
			t.Errorf("%s %s on %s: %s is %q, want %q", c.table, c.key, c.on, c.column, got, c.want)
		}
	}
	if f := p.Table("provider_host").Find("ZT9", onDay(t, "2025-04-01"), 0); f.Count != 2 {
		t.Errorf("ZT9 has %d hosts", f.Count)
	}
	if f := p.Table("armed_forces_practice").FindEver("ZT9020", 0); f.Row == NoRow {
		t.Error("a closed armed forces practice is not found without regard to dates")
	}
	// Rows of two years that say the same are one period.
	if f := p.Table("tool_service_line").Find("NCBPS13X", onDay(t, "2025-01-01"), 0); f.To.String() != "2050-03-01" {
		t.Errorf("NCBPS13X holds until %s", f.To)
	}
}

func TestLoadCasesFaults(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "cases"))); err != nil {
		t.Fatal(err)
	}
	text := "sub_icb,icb,spec_hub,region,hj_hub,icb_delegated,valid_from,valid_to\n36L,QWE,13R,Y99,14M,Maybe,2024-04-01,2025-03-31\n36L,QWE,13R,Y56,14M,Yes,2025-03-31,\n"
	if err := os.WriteFile(filepath.Join(dir, "sub_icb.csv"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := LoadDir(dir)
	var bad *DataError
	if !errors.As(err, &bad) || len(bad.Faults) != 3 {
		t.Fatalf("faults %v", err)
	}
}

func BenchmarkLoadShipped(b *testing.B) {
	for b.Loop() {
		if _, err := LoadShipped(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFind(b *testing.B) {
	t, on := shipped(b).Table("practice"), onDay(b, "2025-06-01")
	keys := t.Keys()
	i := 0
	for b.Loop() {
		t.Find(keys[i%len(keys)], on, 0)
		i += 7919
	}
}
