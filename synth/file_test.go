package synth_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"remit/activity"
	"remit/register"
	"remit/synth"
)

var shipped = sync.OnceValues(func() (*register.Pack, error) { return register.LoadShipped() })

func pack(t testing.TB) *register.Pack {
	t.Helper()
	p, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func generate(t testing.TB, o synth.Options) ([]byte, synth.Note) {
	t.Helper()
	var b bytes.Buffer
	n, err := synth.Write(context.Background(), pack(t), &b, o)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), n
}

func TestRepeatable(t *testing.T) {
	for _, layout := range synth.Layouts() {
		o := synth.Options{Records: 30_000, Seed: 42, Layout: layout, Workers: 1}
		one, _ := generate(t, o)
		o.Workers = 2
		two, _ := generate(t, o)
		if !bytes.Equal(one, two) {
			t.Errorf("%s: two workers write other bytes than one", layout)
		}
		o.Seed = 43
		if three, _ := generate(t, o); bytes.Equal(one, three) {
			t.Errorf("%s: another seed writes the same bytes", layout)
		}
	}
}

func TestRowsAndRecognition(t *testing.T) {
	want := map[string]activity.Dataset{"plcm": "PLCM", "acm": "ACM", "apc": "APC", "op": "OP", "ecds": "ECDS", "spells": "APC"}
	for _, layout := range synth.Layouts() {
		for _, year := range []string{"2024/25", "2025/26", "2026/27"} {
			text, note := generate(t, synth.Options{Records: 9_000, Seed: 1, Layout: layout, Year: year})
			rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll() // checks the number of fields
			if err != nil {
				t.Fatalf("%s: %v", layout, err)
			}
			if len(rows) != 9_001 || note.Records != 9_000 || note.Bytes != int64(len(text)) {
				t.Errorf("%s %s: %d rows, note %d records of %d bytes", layout, year, len(rows), note.Records, note.Bytes)
			}
			l, err := activity.Recognise(rows[0])
			if err != nil {
				t.Fatalf("%s: %v", layout, err)
			}
			if l.Dataset != want[layout] {
				t.Errorf("%s is recognised as %s", layout, l.Dataset)
			}
			if !strings.HasSuffix(string(text[:bytes.IndexByte(text, '\n')]), ",SYNTHETIC") {
				t.Errorf("%s: the last column is not SYNTHETIC", layout)
			}
		}
	}
}

func TestCasesOccurAtTheirRates(t *testing.T) {
	const records = 200_000
	for _, layout := range []string{"plcm", "op", "ecds", "spells"} {
		_, note := generate(t, synth.Options{Records: records, Seed: 5, Layout: layout})
		if len(note.Cases) < 20 {
			t.Errorf("%s: only %d cases", layout, len(note.Cases))
		}
		for _, c := range note.Cases {
			mean := c.Rate * records
			if math.Abs(float64(c.Count)-mean) > 5*math.Sqrt(mean)+1 {
				t.Errorf("%s: %s occurs %d times, %.0f expected", layout, c.Case, c.Count, mean)
			}
		}
	}
}

// table is a generated file by column.
type table struct {
	layout activity.Layout
	rows   [][]string
}

func read(t *testing.T, o synth.Options) table {
	text, _ := generate(t, o)
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	l, err := activity.Recognise(rows[0])
	if err != nil {
		t.Fatal(err)
	}
	return table{l, rows[1:]}
}

func (f table) share(test func(get func(field string) string) bool) float64 {
	n := 0
	for _, row := range f.rows {
		if test(func(field string) string { return row[f.layout.Field[field]] }) {
			n++
		}
	}
	return float64(n) / float64(len(f.rows))
}

func TestWhatTheCasesLeaveInTheRows(t *testing.T) {
	files := map[string]table{}
	for _, layout := range []string{"plcm", "apc"} {
		files[layout] = read(t, synth.Options{Records: 100_000, Seed: 9, Layout: layout})
	}
	p := pack(t)
	for _, c := range []struct {
		layout, name string
		low, high    float64
		test         func(get func(string) string) bool
	}{
		{"plcm", "practice blank", .006, .011, func(get func(string) string) bool { return get("gp_practice") == "" }},
		{"plcm", "commissioner blank", .004, .006, func(get func(string) string) bool { return get("submitted_commissioner") == "" }},
		{"plcm", "month padded", .012, .018, func(get func(string) string) bool { return get("financial_month")[0] == '0' }},
		{"plcm", "year slashed", .013, .017, func(get func(string) string) bool { return get("financial_year") == "2025/26" }},
		{"plcm", "not directly commissioned", .7, .85, func(get func(string) string) bool { return get("service_code") == "99999999" }},
		{"plcm", "submitted to an ICB", .5, .9, func(get func(string) string) bool { return get("submitted_category") == "12" }},
		{"plcm", "drugs", .008, .013, func(get func(string) string) bool { return get("pod") == "DRUG" }},
		{"plcm", "known provider", .97, .99, func(get func(string) string) bool {
			return p.Table("provider").FindEver(get("provider"), 0).Row >= 0
		}},
		{"apc", "made-up postcode", .95, .99, func(get func(string) string) bool { return strings.HasPrefix(get("postcode"), "ZT") }},
		{"apc", "prison source", .003, .008, func(get func(string) string) bool {
			return get("source_of_admission") == "39" || get("source_of_admission") == "40"
		}},
		{"apc", "detention postcode", .005, .010, func(get func(string) string) bool {
			return p.Table("detention_postcode").FindEver(get("postcode"), 0).Row >= 0
		}},
		{"apc", "admitted before 1 April", .003, .03, func(get func(string) string) bool { return get("admission_date") < "2025-04-01" }},
		{"apc", "not discharged", .001, .006, func(get func(string) string) bool { return get("discharge_date") == "" }},
		{"apc", "later episodes", .2, .5, func(get func(string) string) bool { return get("episode") != "1" }},
	} {
		if got := files[c.layout].share(c.test); got < c.low || got > c.high {
			t.Errorf("%s, %s: share %.4f, not between %g and %g", c.layout, c.name, got, c.low, c.high)
		}
	}
}

var madeUpPostcode = regexp.MustCompile(`,ZT\d+ \d`)

func TestNoPostcodeInContractMonitoring(t *testing.T) {
	for _, layout := range []string{"plcm", "acm"} {
		text, _ := generate(t, synth.Options{Records: 20_000, Seed: 3, Layout: layout})
		if bytes.Contains(text, []byte("POSTCODE")) || madeUpPostcode.Match(text) {
			t.Errorf("%s has a postcode", layout)
		}
	}
}

func TestEpisodesOfASpellAgree(t *testing.T) {
	f := read(t, synth.Options{Records: 20_000, Seed: 3, Layout: "apc"})
	spells := map[string]string{}
	for _, row := range f.rows {
		get := func(field string) string { return row[f.layout.Field[field]] }
		same := fmt.Sprint(get("gp_practice"), get("postcode"), get("admission_date"), get("discharge_date"), get("provider"), get("submitted_commissioner"))
		spell := get("spell")
		if before, seen := spells[spell]; seen && before != same {
			t.Fatalf("spell %s: %s and %s", spell, before, same)
		}
		spells[spell] = same
	}
	if len(spells) == len(f.rows) {
		t.Error("no spell has several episodes")
	}
}

func TestWriteFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "plcm.csv")
	if _, err := synth.WriteFile(context.Background(), pack(t), path, synth.Options{Records: 100, Seed: 1, Program: "test"}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(synth.NotePath(path))
	if err != nil {
		t.Fatal(err)
	}
	var n synth.Note
	if err := json.Unmarshal(text, &n); err != nil || n.Records != 100 || n.File != "plcm.csv" || !strings.Contains(n.Synthetic, "no real patients") {
		t.Errorf("note %+v, error %v", n, err)
	}
}

func TestNothingIsLeftHalfWritten(t *testing.T) {
	dir := t.TempDir()
	ctx, stop := context.WithCancel(context.Background())
	o := synth.Options{Records: 10_000_000, Seed: 1, Progress: func(int64) { stop() }}
	if _, err := synth.WriteFile(ctx, pack(t), filepath.Join(dir, "a.csv"), o); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("%v is left", left[0].Name())
	}
}

func TestBadOptions(t *testing.T) {
	for _, o := range []synth.Options{
		{Records: 0}, {Records: -1}, {Records: 1, Year: "2025/27"}, {Records: 1, Year: "x"}, {Records: 1, Year: "1999/00"}, {Records: 1, Layout: "sus"},
	} {
		if _, err := synth.Write(context.Background(), pack(t), io.Discard, o); err == nil {
			t.Errorf("%+v is accepted", o)
		}
	}
}

func BenchmarkPLCM(b *testing.B) { benchmark(b, "plcm") }
func BenchmarkAPC(b *testing.B)  { benchmark(b, "apc") }

func benchmark(b *testing.B, layout string) {
	const records = 500_000
	p := pack(b)
	var note synth.Note
	for b.Loop() {
		var err error
		if note, err = synth.Write(context.Background(), p, io.Discard, synth.Options{Records: records, Seed: 1, Layout: layout}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*records/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric(float64(note.Bytes)/records, "bytes/record")
}

// TestOneBoard wants the patients of one board, and of no other.
func TestOneBoard(t *testing.T) {
	text, _ := generate(t, synth.Options{Records: 500, Seed: 1, Layout: "op", ICB: "QWE"})
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	here := 0
	for _, row := range rows[1:] {
		if row[slices.Index(rows[0], "ORGANISATION IDENTIFIER (GP PRACTICE RESPONSIBILITY)")] == "36L" {
			here++
		}
	}
	if here < 400 { // some records are made awkward
		t.Errorf("%d of 500 are of South West London", here)
	}
	if _, err := synth.Write(t.Context(), pack(t), io.Discard, synth.Options{Records: 5, Layout: "op", ICB: "XXX"}); err == nil {
		t.Error("an unknown board was taken")
	}
}
