package proof

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"remit/activity"
	"remit/assign"
	"remit/warehouse"
)

// The properties hold for every kind of activity.
var layouts = []string{"plcm", "apc", "op", "ecds"}

// answered is how many columns assign adds.
const answered = 7

// parquet is Parquet as the program has it.
type parquet struct{}

func (parquet) Read(ctx context.Context, path string) (assign.ParquetRows, error) {
	return warehouse.ParquetToCSV(ctx, path, 0)
}

func (parquet) Write(ctx context.Context, r io.Reader, types map[string]string, path string) error {
	_, err := warehouse.CSVToParquet(ctx, r, types, path)
	return err
}

// usual is a job by the usual method that writes to a new file.
func usual(t testing.TB, inputs ...string) *assign.Job {
	t.Helper()
	pack := shippedPack(t)
	return &assign.Job{Inputs: inputs, Out: filepath.Join(t.TempDir(), "out.csv"), Method: load(t, pack, "cam-2025-26"), Pack: pack, Parquet: parquet{}, Workers: 2}
}

func assigned(t testing.TB, job *assign.Job) [][]string {
	t.Helper()
	runJob(t, job)
	return readCSV(t, job.Out)
}

// answersIn are the columns that assign added, by row.
func answersIn(rows [][]string) [][]string {
	var out [][]string
	for _, r := range rows {
		out = append(out, r[len(r)-answered:])
	}
	return out
}

func lines(text string) []string { return strings.Split(strings.TrimSuffix(text, "\n"), "\n") }

// Every row comes out once, in its place, with every byte of it in front of the answer.
func TestRowsPassThrough(t *testing.T) {
	for _, layout := range layouts {
		in := small(t, layout, 3000)
		job := usual(t, in)
		runJob(t, job)
		before, after := lines(readText(t, in)), lines(readText(t, job.Out))
		if len(before) != len(after) {
			t.Fatalf("%s: %d lines became %d", layout, len(before), len(after))
		}
		for i := range before {
			if !strings.HasPrefix(after[i], before[i]+",") {
				t.Fatalf("%s: line %d was changed\nbefore %s\nafter  %s", layout, i+1, before[i], after[i])
			}
			if n := len(strings.Split(after[i][len(before[i])+1:], ",")); n != answered {
				t.Fatalf("%s: line %d has %d columns of answer", layout, i+1, n)
			}
		}
	}
}

// The rows of a shuffled file are those of the file, shuffled.
func TestShuffledRows(t *testing.T) {
	for _, layout := range layouts {
		in := lines(readText(t, small(t, layout, 3000)))
		r := rand.New(rand.NewPCG(1, 1))
		order := r.Perm(len(in) - 1)
		shuffled := []string{in[0]}
		for _, i := range order {
			shuffled = append(shuffled, in[i+1])
		}
		a, b := usual(t, writeFile(t, "a.csv", strings.Join(in, "\n"))), usual(t, writeFile(t, "b.csv", strings.Join(shuffled, "\n")))
		runJob(t, a)
		runJob(t, b)
		plain, mixed := lines(readText(t, a.Out)), lines(readText(t, b.Out))
		for at, i := range order {
			if mixed[at+1] != plain[i+1] {
				t.Fatalf("%s: row %d became row %d and another answer\n%s\n%s", layout, i+1, at+1, plain[i+1], mixed[at+1])
			}
		}
	}
}

// The same rows written in other ways get the same answers.
func TestOtherSpellingsOfAFile(t *testing.T) {
	for _, layout := range layouts {
		path := small(t, layout, 1500)
		text, rows := readText(t, path), readCSV(t, path)
		want := assigned(t, usual(t, path))
		columns := func(order func(n int) []int) [][]string {
			var out [][]string
			at := order(len(rows[0]))
			for _, r := range rows {
				var n []string
				for _, i := range at {
					n = append(n, r[i])
				}
				out = append(out, n)
			}
			return out
		}
		reversed := func(n int) (at []int) {
			for i := n - 1; i >= 0; i-- {
				at = append(at, i)
			}
			return at
		}
		var wider [][]string
		for i, r := range rows {
			wider = append(wider, append([]string{fmt.Sprintf("note %d, and \"more\"", i)}, r...))
		}
		z, err := zstd.NewWriter(nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ name, file string }{
			{"columns reversed", writeTable(t, "in.csv", columns(reversed))},
			{"columns shuffled", writeTable(t, "in.csv", columns(rand.New(rand.NewPCG(2, 3)).Perm))},
			{"another column", writeTable(t, "in.csv", wider)},
			{"tabs", writeFile(t, "in.tsv", delimited(t, rows, '\t'))},
			{"pipes", writeFile(t, "in.txt", delimited(t, rows, '|'))},
			{"semicolons", writeFile(t, "in.csv", delimited(t, rows, ';'))},
			{"Windows line ends", writeFile(t, "in.csv", strings.ReplaceAll(text, "\n", "\r\n"))},
			{"byte order mark", writeFile(t, "in.csv", "\ufeff"+text)},
			{"no line feed at the end", writeFile(t, "in.csv", strings.TrimSuffix(text, "\n"))},
			{"blank lines at the end", writeFile(t, "in.csv", text+"\n\n\r\n")},
			{"every field quoted", writeFile(t, "in.csv", quotedAll(rows))},
			{"gzip", writeFile(t, "in.csv.gz", gzipOf(t, text))},
			{"zstd", writeFile(t, "in.csv.zst", string(z.EncodeAll([]byte(text), nil)))},
			{"gzip by another name", writeFile(t, "in.csv", gzipOf(t, text))},
		} {
			got := assigned(t, usual(t, c.file))
			if !slices.EqualFunc(answersIn(got), answersIn(want), slices.Equal[[]string]) {
				t.Errorf("%s, %s: other answers", layout, c.name)
				continue
			}
			sameColumns(t, layout+", "+c.name, rows, got)
		}
	}
}

// sameColumns wants every column of the input in the output, value by value.
func sameColumns(t *testing.T, name string, in, out [][]string) {
	t.Helper()
	for c, title := range in[0] {
		at := slices.Index(out[0], title)
		if at < 0 {
			t.Errorf("%s: column %s is lost", name, title)
			continue
		}
		for i := range in {
			if in[i][c] != out[i][at] {
				t.Errorf("%s: row %d, %s was %q and is %q", name, i, title, in[i][c], out[i][at])
				break
			}
		}
	}
}

func delimited(t *testing.T, rows [][]string, delim rune) string {
	t.Helper()
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Comma = delim
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func quotedAll(rows [][]string) string {
	var b strings.Builder
	for _, r := range rows {
		for i, v := range r {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(`"` + strings.ReplaceAll(v, `"`, `""`) + `"`)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// Fields that other readers stumble over come out as they went in.
func TestAwkwardFields(t *testing.T) {
	header := []string{"financial_year", "financial_month", "gp_practice", "provider", "service_code", "submitted_category", "pod", "note", "number"}
	rows := [][]string{header}
	for i, note := range []string{"", " ", "a,b", `say "x"`, "two\nlines", "two\r\nlines", "é €", "'", "\t", "|;", `"`, `""`, "last"} {
		rows = append(rows, []string{"202526", "1", "H83001", "RJ7", "99999999", "12", "EL", note, fmt.Sprint(i)})
	}
	for name, delim := range map[string]rune{"comma": ',', "tab": '\t', "semicolon": ';'} {
		job := usual(t, writeFile(t, "in.csv", delimited(t, rows, delim)))
		job.Dataset = activity.PLCM
		got := assigned(t, job)
		for i, r := range rows {
			if i == 6 { // encoding/csv reads \r\n within quotation marks as \n
				r = append(slices.Clone(r[:7]), "two\nlines", r[8])
			}
			if !slices.Equal(got[i][:len(header)], r) {
				t.Errorf("%s: row %d was %q and is %q", name, i, r, got[i][:len(header)])
			}
			if i > 0 && got[i][len(header)] != "36L" {
				t.Errorf("%s: row %d is paid by %q, want 36L", name, i, got[i][len(header)])
			}
		}
	}
}

// The number of workers changes no byte of the output nor of its manifest.
func TestWorkers(t *testing.T) {
	for _, layout := range []string{"plcm", "apc"} {
		for _, spec := range []string{"cam-2025-26", "cam-tool-5.3"} {
			in := small(t, layout, 12_000)
			dir := t.TempDir()
			overrides := overridesOf(t, "practice,H83001,15E,12,,,moved\nprovider,RJ7,36L,12,2025-06-01,2025-12-31,agreed\nprovider,RJ0,36L,12,,,of nobody\n")
			var first [2]string
			for _, workers := range []int{1, 2, 3, 7, 2} {
				job := usual(t, in)
				job.Out, job.Workers = filepath.Join(dir, "out.csv"), workers
				job.Method = load(t, job.Pack, spec)
				job.Compare = load(t, job.Pack, job.Method.Compare)
				job.Overrides = overrides
				runJob(t, job)
				now := [2]string{readText(t, job.Out), readText(t, job.Out+".run.json")}
				if first[0] == "" {
					first = now
				}
				if now != first {
					t.Errorf("%s by %s: %d workers give other bytes", layout, spec, workers)
				}
				if want := "1 of 3 overrides apply to no record: row 3 of"; !strings.Contains(now[1], want) {
					t.Errorf("the manifest does not say %q", want)
				}
			}
		}
	}
}

func overridesOf(t testing.TB, rows string) *assign.Overrides {
	t.Helper()
	o, err := assign.ReadOverrides(writeFile(t, "overrides.csv", "kind,key,commissioner,category,valid_from,valid_to,reason\n"+rows), shippedPack(t), load(t, shippedPack(t), "cam-2025-26"))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// Files cut in pieces, in other spellings and other orders of columns, give the
// rows of the whole.
func TestSeveralFiles(t *testing.T) {
	for _, layout := range layouts {
		path := small(t, layout, 3000)
		rows := readCSV(t, path)
		third := (len(rows) - 1) / 3
		part := func(from, to int) [][]string { return append([][]string{rows[0]}, rows[1+from:1+to]...) }
		pieces := []string{
			writeTable(t, "1.csv", part(0, third)),
			writeFile(t, "2.txt", delimited(t, part(third, 2*third), '|')),
			writeFile(t, "3.csv.gz", gzipOf(t, quotedAll(part(2*third, len(rows)-1)))),
		}
		want, got := assigned(t, usual(t, path)), assigned(t, usual(t, pieces...))
		if !slices.EqualFunc(got, want, slices.Equal[[]string]) {
			for i := range want {
				if i >= len(got) || !slices.Equal(got[i], want[i]) {
					t.Errorf("%s: row %d\nwhole  %q\npieces %q", layout, i, want[i], got[min(i, len(got)-1)])
					break
				}
			}
		}
	}
}

// The money of the cells, of the summary and of the file is the same, exactly.
func TestTotals(t *testing.T) {
	for _, layout := range layouts {
		path := small(t, layout, 5000)
		rows := readCSV(t, path)
		at := slices.Index(rows[0], "TOTAL COST")
		want := new(big.Rat)
		for _, r := range rows[1:] {
			want.Add(want, ratOf(t, r[at]))
		}
		result := runJob(t, usual(t, path))
		cells, n := new(big.Rat), int64(0)
		for i := range result.Summary.Cells {
			cells.Add(cells, ratOf(t, result.Summary.Cells[i].Cost.String()))
			n += result.Summary.Cells[i].Rows
		}
		total := ratOf(t, result.Summary.Cost.String())
		if want.Sign() == 0 || total.Cmp(want) != 0 || cells.Cmp(want) != 0 {
			t.Errorf("%s: the file holds %s, the summary %s, the cells %s", layout, want.FloatString(2), total.FloatString(2), cells.FloatString(2))
		}
		if n != int64(len(rows)-1) || result.Summary.Rows != n || result.Manifest.Rows != n {
			t.Errorf("%s: %d rows, the summary has %d, the cells %d, the manifest %d", layout, len(rows)-1, result.Summary.Rows, n, result.Manifest.Rows)
		}
		for name, counts := range map[string][]assign.Count{"outcomes": result.Manifest.Outcomes, "payers": result.Manifest.Payers, "agreement": result.Manifest.Agreement} {
			sum, rows := new(big.Rat), int64(0)
			for _, c := range counts {
				sum.Add(sum, ratOf(t, c.Cost))
				rows += c.Rows
			}
			if sum.Cmp(want) != 0 || rows != n {
				t.Errorf("%s: the manifest's %s hold %s in %d rows, want %s in %d", layout, name, sum.FloatString(2), rows, want.FloatString(2), n)
			}
		}
	}
}

func ratOf(t testing.TB, s string) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		t.Fatalf("%q is no amount", s)
	}
	return r
}

// The counts of warnings are those of the column.
func TestWarningCounts(t *testing.T) {
	for _, layout := range layouts {
		job := usual(t, small(t, layout, 5000))
		job.Overrides = overridesOf(t, "provider,RJ7,36L,12,,,agreed\nprovider,RRK,15E,12,,,agreed\npractice,V81997,15E,,,,agreed\npractice,V81999,36L,,,,agreed\n")
		result := runJob(t, job)
		rows := readCSV(t, job.Out)
		want := map[string]int64{}
		for _, r := range rows[1:] {
			for _, code := range strings.Split(r[len(r)-1], "|") {
				if code != "" {
					want[code]++
				}
			}
		}
		for _, w := range result.Manifest.Warnings {
			if want[w.Name] != w.Rows {
				t.Errorf("%s: %s is counted %d times and written %d times", layout, w.Name, w.Rows, want[w.Name])
			}
			delete(want, w.Name)
		}
		if len(want) > 0 {
			t.Errorf("%s: not counted: %v", layout, want)
		}
		for _, w := range result.Summary.Warnings {
			if len(w.Samples) == 0 || int64(len(w.Samples)) > w.Rows {
				t.Errorf("%s: %s: %d samples of %d rows", layout, w.Code, len(w.Samples), w.Rows)
			}
			for _, s := range w.Samples {
				if r := rows[s.Row]; !strings.Contains("|"+r[len(r)-1]+"|", "|"+w.Code+"|") {
					t.Errorf("%s: row %d is named as a sample of %s and does not carry it", layout, s.Row, w.Code)
				}
			}
		}
	}
}

// Parquet in and Parquet out make no difference.
func TestParquet(t *testing.T) {
	for _, layout := range layouts {
		path := small(t, layout, 2000)
		want := assigned(t, usual(t, path))
		ours := usual(t, path)
		ours.Out = filepath.Join(t.TempDir(), "out.parquet")
		runJob(t, ours)
		if got := readParquet(t, ours.Out); !slices.EqualFunc(got, want, slices.Equal[[]string]) {
			t.Errorf("%s: Parquet out differs from CSV out", layout)
		}
		raw := filepath.Join(t.TempDir(), "in.parquet")
		if err := (parquet{}).Write(context.Background(), strings.NewReader(readText(t, path)), nil, raw); err != nil {
			t.Fatal(err)
		}
		if got := assigned(t, usual(t, raw)); !slices.EqualFunc(got, want, slices.Equal[[]string]) {
			t.Errorf("%s: Parquet in differs from CSV in", layout)
		}
	}
}

func readParquet(t testing.TB, path string) [][]string {
	t.Helper()
	s, err := (parquet{}).Read(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	rows, err := csv.NewReader(s).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// Nothing of the input is changed or kept open, and no file but the two of the
// output is left.
func TestNothingElseIsWritten(t *testing.T) {
	path := small(t, "plcm", 500)
	before := readText(t, path)
	job := usual(t, path)
	runJob(t, job)
	if readText(t, path) != before {
		t.Error("the input was changed")
	}
	leftNothing(t, filepath.Dir(job.Out), "out.csv", "out.csv.run.json")
	info, err := os.Stat(job.Out)
	if err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("%v, mode %v", err, info.Mode())
	}
}
