package published

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"remit/reference"
	"remit/register"
)

func day(t testing.TB, s string) register.Day {
	t.Helper()
	d, err := register.ParseDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func load(t testing.TB, overlay ...string) *register.Pack {
	t.Helper()
	p, err := register.LoadShipped(overlay...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// sample puts a shipped sample, or text of that name, into a file.
func sample(t testing.TB, name string) string {
	t.Helper()
	content, err := reference.FS.ReadFile("samples/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return put(t, name, string(content))
}

func put(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// take imports a file into the overlay and loads the result.
func take(t testing.TB, path, into, asAt string) (*register.Pack, Report) {
	t.Helper()
	if err := os.MkdirAll(into, 0o755); err != nil {
		t.Fatal(err)
	}
	r, err := Import(load(t, into), path, Options{Into: into, AsAt: day(t, asAt)})
	if err != nil {
		t.Fatal(err)
	}
	return load(t, into), r
}

type want struct{ table, key, on, column, value string }

func check(t *testing.T, p *register.Pack, wants []want) {
	t.Helper()
	for _, w := range wants {
		tb := p.Table(w.table)
		if got := tb.At(tb.Find(w.key, day(t, w.on), 0).Row, w.column); got != w.value {
			t.Errorf("%s %s on %s: %s is %q, want %q", w.table, w.key, w.on, w.column, got, w.value)
		}
	}
}

func TestImportEpraccur(t *testing.T) {
	p, r := take(t, sample(t, "epraccur.csv"), t.TempDir(), "2026-05-01")
	if r.Kind != Epraccur || r.Rows != 5 || !strings.HasPrefix(r.Layout, "older") {
		t.Errorf("report %+v", r)
	}
	check(t, p, []want{
		{"practice", "ZT9001", "2025-06-01", "commissioner", "36L"},
		{"practice", "ZT9001", "2025-06-01", "status", "A"},
		{"practice", "ZT9001", "2025-06-01", "country", "E"},
		{"practice", "ZT9002", "2025-06-30", "status", "A"},
		{"practice", "ZT9002", "2025-07-01", "status", "C"},
		{"practice", "ZT9003", "2026-05-01", "status", "P"},
		{"practice", "W99991", "2025-06-01", "national_grouping", "W00"},
		{"practice", "W99991", "2025-06-01", "country", "W"},
		{"practice", "ZT9005", "2025-06-01", "country", "G"},
		{"practice", "A81001", "2025-06-01", "commissioner", "16C"},
	})
}

func TestImportNewerEpraccur(t *testing.T) {
	p, r := take(t, sample(t, "epraccur_newer.csv"), t.TempDir(), "2026-05-01")
	if r.Kind != Epraccur || !strings.HasPrefix(r.Layout, "newer") || len(r.Notes) != 2 {
		t.Errorf("report %+v", r)
	}
	check(t, p, []want{
		{"practice", "W99991", "2025-06-01", "national_grouping", "W00"},
		{"practice", "ZT9002", "2025-07-01", "status", "C"},
		{"practice", "ZT9005", "2025-06-01", "high_level_geography", "YAC"},
	})
}

// odsLine makes a row of the standard layout.
func odsLine(fields map[int]string) string {
	row := make([]string, odsColumns)
	for at, v := range fields {
		row[at] = `"` + v + `"`
	}
	return strings.Join(row, ",") + "\n"
}

func TestImportKeepsWhatWasKnown(t *testing.T) {
	practice := func(status, commissioner, joined, closed string) string {
		return odsLine(map[int]string{odsCode: "ZT9001", odsName: "MADE UP", odsGrouping: "Y59", odsGeography: "QRL", odsPostcode: "ZT1 1AA",
			odsOpened: "20100401", odsClosed: closed, odsStatus: status, odsCommissioner: commissioner, odsJoined: joined})
	}
	dir := t.TempDir()
	take(t, put(t, "epraccur.csv", practice("A", "D4U1Y", "20220701", "")), dir, "2026-01-01")
	p, _ := take(t, put(t, "epraccur.csv", practice("A", "D9Y0V", "20260401", "")), dir, "2026-05-01")
	check(t, p, []want{
		{"practice", "ZT9001", "2026-03-31", "commissioner", "D4U1Y"},
		{"practice", "ZT9001", "2026-04-01", "commissioner", "D9Y0V"},
	})
	p, _ = take(t, put(t, "epraccur.csv", practice("C", "D9Y0V", "20260401", "20260630")), dir, "2026-08-01")
	check(t, p, []want{
		{"practice", "ZT9001", "2026-03-31", "commissioner", "D4U1Y"},
		{"practice", "ZT9001", "2026-06-30", "status", "A"},
		{"practice", "ZT9001", "2026-07-01", "status", "C"},
	})
	// The same file again changes nothing.
	again, _ := take(t, put(t, "epraccur.csv", practice("C", "D9Y0V", "20260401", "20260630")), dir, "2026-08-01")
	if again.Hash != p.Hash {
		t.Error("importing the same file twice gives another pack")
	}
}

func TestImportEtr(t *testing.T) {
	trust := odsLine(map[int]string{odsCode: "RJ7", odsName: "MOVED TRUST", odsGeography: "QKK", odsPostcode: "ZT1 1AB", odsOpened: "19930401"})
	p, r := take(t, sample(t, "etr.csv"), t.TempDir(), "2026-05-01")
	if r.Kind != Etr || r.Rows != 2 {
		t.Errorf("report %+v", r)
	}
	check(t, p, []want{
		{"provider", "ZT1", "2025-06-01", "icb", "QWE"},
		{"provider", "ZT1", "2025-06-01", "host_sub_icb", "36L"},
		{"provider", "ZT1", "2023-03-31", "icb", ""},
		{"provider", "ZT2", "2025-09-30", "icb", "QHL"},
		{"provider", "ZT2", "2025-10-01", "icb", ""},
	})
	p, _ = take(t, put(t, "etr.csv", trust), t.TempDir(), "2026-05-01")
	check(t, p, []want{
		{"provider", "RJ7", "2026-04-30", "icb", "QWE"},
		{"provider", "RJ7", "2026-05-01", "icb", "QKK"},
		{"provider", "RJ7", "2026-05-01", "kind", "foundation_trust"},
	})
	// A file published before April 2026 says nothing of the boards since.
	early := odsLine(map[int]string{odsCode: "RAL", odsName: "ROYAL MADE UP", odsGeography: "QMJ", odsPostcode: "NW3 2QG", odsOpened: "19910401"})
	p, _ = take(t, put(t, "etr.csv", early), t.TempDir(), "2025-07-01")
	check(t, p, []want{
		{"provider", "RAL", "2026-03-31", "icb", "QMJ"},
		{"provider", "RAL", "2026-04-01", "icb", "Z9B2Z"},
	})
}

func TestImportDirectory(t *testing.T) {
	p, r := take(t, sample(t, "onspd.csv"), t.TempDir(), "2026-05-01")
	if r.Kind != ONSPD || r.Rows != 6 {
		t.Errorf("report %+v", r)
	}
	check(t, p, []want{
		{"postcode", "ZT1 1AA", "2025-06-01", "sub_icb", "36L"},
		{"postcode", "ZT1 1AA", "2025-06-01", "icb", "QWE"},
		{"postcode", "ZT1 1AA", "2025-06-01", "region", "Y56"},
		{"postcode", "ZT1 1AA", "2025-06-01", "local_authority", "E09000024"},
		{"postcode", "ZT1 1AB", "2025-06-01", "sub_icb", "15E"},
		{"postcode", "ZT1 1AF", "2026-03-31", "sub_icb", "D4U1Y"},
		{"postcode", "ZT1 1AF", "2026-03-31", "icb", "QNQ"},
		{"postcode", "ZT1 1AF", "2026-04-01", "sub_icb", "U2G6B"},
		{"postcode", "ZT1 1AF", "2026-04-01", "icb", "S0E4D"},
		{"postcode", "ZT9 1WA", "2025-06-01", "country", "W"},
		{"postcode", "ZT9 1WA", "2025-06-01", "health_board", "7A4"},
		{"postcode", "ZT8 1SA", "2025-06-01", "health_board", "SS9"},
		{"postcode", "ZT7 1NA", "2025-06-01", "country", "N"},
		{"postcode", "ZT7 1NB", "2025-06-01", "country", ""},
		{"part", "postcode_directory", "2025-06-01", "loaded", "Y"},
	})
	if err := p.Verify(); err != nil {
		t.Error(err)
	}
	f := p.Table("postcode").Find("ZT1 1AF", day(t, "2025-06-01"), 0)
	if f.To.String() != "2026-03-31" {
		t.Errorf("ZT1 1AF has its location until %s", f.To)
	}
}

func TestImportTable(t *testing.T) {
	dir := t.TempDir()
	p, r := take(t, sample(t, "provider_host.csv"), dir, "2026-05-01")
	if r.Kind != "provider_host" || r.Rows != 2 {
		t.Errorf("report %+v", r)
	}
	check(t, p, []want{{"provider", "ZT1", "2025-06-01", "host_sub_icb", "36L"}})
	p, _ = take(t, put(t, "hosts.csv", "provider,host_sub_icb,valid_from,valid_to,confidence,source\nRJ7,72Q,,,low,made up\n"), dir, "2026-05-01")
	check(t, p, []want{
		{"provider", "ZT1", "2025-06-01", "host_sub_icb", "36L"},
		{"provider", "RJ7", "2025-06-01", "host_sub_icb", "72Q"},
	})
}

func TestImportRefuses(t *testing.T) {
	good := odsLine(map[int]string{odsCode: "ZT9001", odsName: "X", odsStatus: "A", odsCommissioner: "36L"})
	for _, c := range []struct {
		name, file, text string
		rows             []int
		problem          string
	}{
		{"status", "epraccur.csv", good + odsLine(map[int]string{odsCode: "ZT9002", odsStatus: "Q"}) + odsLine(map[int]string{odsCode: "ZT9003", odsStatus: ""}), []int{2, 3}, "status is not known"},
		{"date", "epraccur.csv", odsLine(map[int]string{odsCode: "ZT9001", odsStatus: "A", odsOpened: "20251301"}), []int{1}, "not a date"},
		{"backwards", "epraccur.csv", odsLine(map[int]string{odsCode: "ZT9001", odsStatus: "C", odsOpened: "20250101", odsClosed: "20240101"}), []int{1}, "before it opens"},
		{"twice", "epraccur.csv", good + good, []int{2}, "in row 1 already"},
		{"short", "epraccur.csv", good + "ZT9002,X\n", []int{2}, "2 columns"},
		{"code", "epraccur.csv", odsLine(map[int]string{odsCode: "Z T", odsStatus: "A"}), []int{1}, "not an organisation code"},
		{"none", "epraccur.csv", "", []int{0}, "no rows"},
		{"closed board", "etr.csv", odsLine(map[int]string{odsCode: "ZT1", odsGeography: "QMJ"}), []int{1}, "does not exist on 2026-05-01"},
		{"postcode", "onspd.csv", "pcds,ctry25cd,sicbl25cd\nnonsense,E92000001,E38000245\nZT1 1AA,E92000009,E38000245\nZT1 1AB,E92000001\n", []int{2, 3, 4}, ""},
		{"no rows", "onspd.csv", "pcds,ctry25cd,sicbl25cd\n", []int{0}, "no rows"},
		{"table", "provider_host.csv", "provider,host_sub_icb,valid_from,valid_to,confidence,source\nZT1,99X,,,low,x\nZT2,36L,tomorrow,,low,x\n", []int{2, 3}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, path := t.TempDir(), put(t, c.file, c.text)
			_, err := Import(load(t), path, Options{Kind: strings.TrimSuffix(c.file, ".csv"), Into: dir, AsAt: day(t, "2026-05-01")})
			var bad *register.DataError
			if !errors.As(err, &bad) {
				t.Fatalf("error %v", err)
			}
			var rows []int
			for _, f := range bad.Faults {
				rows = append(rows, f.Row)
				if !strings.Contains(f.Problem, c.problem) || f.Remedy == "" || f.File != path {
					t.Errorf("fault %+v", f)
				}
			}
			if !slices.Equal(rows, c.rows) {
				t.Errorf("faults in rows %v, want %v: %v", rows, c.rows, err)
			}
			if left, _ := os.ReadDir(dir); len(left) > 0 {
				t.Errorf("something was written: %v", left)
			}
		})
	}
}

// A file of something else is not taken for one of the Organisation Data
// Service: its rows, which may be of patients, would be told as faults.
func TestOtherFilesAreNotRecognised(t *testing.T) {
	for name, text := range map[string]string{
		"activity": strings.Repeat("FINANCIAL MONTH,", 30) + "X\n" + strings.Repeat("6,", 30) + "X\n",
		"no dates": "H85000" + strings.Repeat(",x", 30) + "\n",
	} {
		_, err := Import(load(t), put(t, "file.csv", text), Options{Into: t.TempDir(), AsAt: day(t, "2026-05-01")})
		if err == nil || !strings.Contains(err.Error(), "is not recognised: say what it is with --as") {
			t.Errorf("%s: %v", name, err)
		}
	}
	good := odsLine(map[int]string{odsCode: "ZT9001", odsName: "X", odsStatus: "A", odsCommissioner: "36L", odsOpened: "20200101"})
	if r, err := Import(load(t), put(t, "file.csv", good), Options{Into: t.TempDir(), AsAt: day(t, "2026-05-01")}); err != nil || r.Kind != Epraccur {
		t.Errorf("%v: taken for %s", err, r.Kind)
	}
}

func TestImportRefusesDoubledPostcode(t *testing.T) {
	dir := t.TempDir()
	path := put(t, "onspd.csv", "pcds,ctry25cd,sicbl25cd\nZT1 1AA,E92000001,E38000245\nZT1 1AA,E92000001,E38000258\n")
	_, err := Import(load(t), path, Options{Into: dir, AsAt: day(t, "2026-05-01")})
	var bad *register.DataError
	if !errors.As(err, &bad) || bad.Faults[0].Value != "ZT1 1AA" {
		t.Errorf("a postcode in two places: %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("something was written: %v", left)
	}
}

func TestStrangeAreasAreReported(t *testing.T) {
	path := put(t, "onspd.csv", "pcds,ctry25cd,sicbl25cd\nZT1 1AA,E92000001,E38999999\nZT1 1AB,E92000001,E38999999\n")
	_, r := take(t, path, t.TempDir(), "2026-05-01")
	if len(r.Notes) == 0 || !strings.HasPrefix(r.Notes[0], "2 postcodes are in E38999999") {
		t.Errorf("notes %q", r.Notes)
	}
}

func FuzzEpraccur(f *testing.F) {
	for _, name := range []string{"epraccur.csv", "epraccur_newer.csv", "etr.csv"} {
		content, err := reference.FS.ReadFile("samples/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(content))
	}
	p := load(f)
	f.Fuzz(func(t *testing.T, text string) {
		for _, do := range []restate{epraccur, etr} {
			bad := &faults{file: "f"}
			rows, _ := readODS(strings.NewReader(text), bad)
			for _, r := range rows {
				until := register.Earliest - 1
				for _, out := range do(p, r, day(t, "2026-05-01"), "s", bad) {
					from, to := period(t, out)
					if out[0] != r.code || from <= until || from > to {
						t.Errorf("row %v of %s after %s", out, r.code, until)
					}
					until = to
				}
			}
		}
	})
}

// period is the validity of a row, which stands before confidence and source.
func period(t *testing.T, row []string) (from, to register.Day) {
	t.Helper()
	from, to = register.Earliest, register.Latest
	if s := row[len(row)-4]; s != "" {
		from = day(t, s)
	}
	if s := row[len(row)-3]; s != "" {
		to = day(t, s)
	}
	return from, to
}

func FuzzDirectory(f *testing.F) {
	content, err := reference.FS.ReadFile("samples/onspd.csv")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(content))
	p := load(f)
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		bad := &faults{file: "f"}
		r, err := importDirectory(p, strings.NewReader(text), bad, Report{}, Options{Into: dir})
		if (err == nil) != (r.File != "" && len(bad.list) == 0) {
			t.Errorf("error %v, report %+v", err, r)
		}
	})
}

// BenchmarkImportDirectory builds the index of a directory as large as the
// published one, of made-up postcodes.
func BenchmarkImportDirectory(b *testing.B) {
	const postcodes = 2_700_000
	path := filepath.Join(b.TempDir(), "onspd.csv")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, "pcd7,pcds,dointr,doterm,lad25cd,ctry25cd,sicbl25cd,lsoa11cd")
	subs := []string{"E38000245", "E38000258", "E38000252", "E38000222", "E38000136"}
	for i := range postcodes {
		code := fmt.Sprintf("Z%c%d %d%c%c", 'A'+i/6760/99%26, 1+i/6760%99, i/676%10, 'A'+i/26%26, 'A'+i%26)
		fmt.Fprintf(w, "%s,%s,198001,,E0900%04d,E92000001,%s,E0101%04d\n", code, code, i%300, subs[i%len(subs)], i%9000)
	}
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		b.Fatal(err)
	}
	p := load(b)
	dir := b.TempDir()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Import(p, path, Options{Kind: ONSPD, Into: dir}); err != nil {
			b.Fatal(err)
		}
	}
	info, err := os.Stat(filepath.Join(dir, register.IndexFile))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(info.Size())/1e6, "MB")
}

// BenchmarkFindPostcode asks the table of postcodes as a method does.
func BenchmarkFindPostcode(b *testing.B) {
	dir := b.TempDir()
	content, err := reference.FS.ReadFile("samples/onspd.csv")
	if err != nil {
		b.Fatal(err)
	}
	if _, err := Import(load(b), put(b, "onspd.csv", string(content)), Options{Kind: ONSPD, Into: dir}); err != nil {
		b.Fatal(err)
	}
	t, on := load(b, dir).Table("postcode"), day(b, "2025-06-01")
	b.ReportAllocs()
	for b.Loop() {
		if t.Find("ZT1 1AF", on, 0).Row == register.NoRow {
			b.Fatal("not found")
		}
	}
}
