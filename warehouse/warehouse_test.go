package warehouse

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func openDB(t testing.TB) *sql.DB {
	t.Helper()
	db, err := Open(2, "1GB")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func exec(t testing.TB, db *sql.DB, statement string) {
	t.Helper()
	if _, err := db.Exec(statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// parquetOf writes the rows of a query as a Parquet file.
func parquetOf(t testing.TB, path, query string) string {
	t.Helper()
	exec(t, openDB(t), fmt.Sprintf("COPY (%s) TO %s (FORMAT parquet)", query, quoteText(path)))
	return path
}

func readCSV(t testing.TB, path string) (csv string, s *Stream) {
	t.Helper()
	s, err := ParquetToCSV(t.Context(), path, 2)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	b, err := io.ReadAll(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(b), s
}

func TestParquetIsBuiltIn(t *testing.T) {
	if ok, err := ParquetBuiltIn(t.Context(), openDB(t)); !ok || err != nil {
		t.Errorf("%v, %v", ok, err)
	}
}

func TestNothingIsFetched(t *testing.T) {
	db := openDB(t)
	for _, setting := range []string{"autoinstall_known_extensions", "autoload_known_extensions", "allow_community_extensions"} {
		var value string
		if err := db.QueryRow("SELECT value FROM duckdb_settings() WHERE name = ?", setting).Scan(&value); err != nil || value != "false" {
			t.Errorf("%s is %q, %v", setting, value, err)
		}
	}
	if _, err := db.Exec("SELECT * FROM read_parquet('https://localhost:1/x.parquet')"); err == nil {
		t.Error("an address was read")
	}
}

func TestOpenSettings(t *testing.T) {
	if _, err := Open(1, "much"); err == nil || !strings.Contains(err.Error(), "memory_limit") {
		t.Errorf("a memory limit of %q: %v", "much", err)
	}
	db := openDB(t)
	var threads int
	var limit, zone string
	if err := db.QueryRow("SELECT current_setting('threads'), current_setting('memory_limit'), current_setting('TimeZone')").Scan(&threads, &limit, &zone); err != nil {
		t.Fatal(err)
	}
	if threads != 2 || limit != "953.6 MiB" || zone != "UTC" {
		t.Errorf("threads %d, memory %s, zone %s", threads, limit, zone)
	}
}

// Close removes the folder for what does not fit in memory.
func TestCloseLeavesNothing(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	db, err := Open(2, "200MB")
	if err != nil {
		t.Fatal(err)
	}
	exec(t, db, "CREATE TABLE t AS SELECT i, hash(i)::VARCHAR || hash(i + 1)::VARCHAR AS s FROM range(3_000_000) r(i)")
	exec(t, db, "CREATE TABLE u AS SELECT * FROM t ORDER BY s")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if left := names(t, temp); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func names(t testing.TB, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

const awkward = `SELECT * FROM (VALUES
	(1, 'plain', 1234.50::DECIMAL(26,8), DATE '2025-04-01', TIMESTAMP '2025-04-01 10:00:00', 0.1::DOUBLE, true, ['E11', 'I10'], '12345678901234567890'),
	(2, '', -0.00000001::DECIMAL(26,8), NULL, NULL, 1e300, false, [], ''),
	(3, NULL, NULL, DATE '1800-01-01', TIMESTAMP '2025-04-01 10:00:00.123456', NULL, NULL, NULL, NULL),
	(4, 'a,b "quoted" and' || chr(10) || 'two lines', 0, NULL, NULL, -1.5, true, ['x,y', NULL], ' spaces '),
	(5, '#not a comment', 999999999999999999.99999999::DECIMAL(26,8), NULL, NULL, 3, true, ['£'], 'é')
	) v(id, "free text", cost, "DATE OF ACTIVITY", made, share, yes, codes, "say ""name""")`

func TestRoundTrip(t *testing.T) {
	folder := t.TempDir()
	first := parquetOf(t, filepath.Join(folder, "first.parquet"), awkward)
	stream, err := ParquetToCSV(t.Context(), first, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	second := filepath.Join(folder, "second.parquet")
	rows, err := CSVToParquet(t.Context(), stream, stream.Types(), second)
	if err != nil || rows != 5 || stream.Rows != 5 {
		t.Fatalf("%d rows, %v", rows, err)
	}
	db := openDB(t)
	for _, q := range []string{
		"SELECT count(*) FROM (SELECT * FROM %[1]s EXCEPT ALL SELECT * FROM %[2]s)",
		"SELECT count(*) FROM (SELECT * FROM %[2]s EXCEPT ALL SELECT * FROM %[1]s)",
		"SELECT count(*) FROM ((DESCRIBE SELECT * FROM %[1]s) EXCEPT (DESCRIBE SELECT * FROM %[2]s))",
	} {
		var differ int
		if err := db.QueryRow(fmt.Sprintf(q, parquetTable(first), parquetTable(second))).Scan(&differ); err != nil || differ != 0 {
			t.Errorf("%d differ, %v: %s", differ, err, q)
		}
	}
}

func TestParquetToCSV(t *testing.T) {
	path := parquetOf(t, filepath.Join(t.TempDir(), "in.parquet"), "SELECT 1 AS a, NULL::VARCHAR AS b, '' AS c, 'x,\"y\"' AS \"d,e\"")
	csv, s := readCSV(t, path)
	if want := "a,b,c,\"d,e\"\n1,,\"\",\"x,\"\"y\"\"\"\n"; csv != want {
		t.Errorf("got %q, want %q", csv, want)
	}
	if got := fmt.Sprint(s.Columns); got != "[{a INTEGER} {b VARCHAR} {c VARCHAR} {d,e VARCHAR}]" {
		t.Errorf("columns %s", got)
	}
	if sum, err := s.SHA256(); len(sum) != 64 || err != nil {
		t.Errorf("hash %q, %v", sum, err)
	}
}

// The file that is named is read, not what DuckDB would make of its path.
func TestPathsAreLiteral(t *testing.T) {
	for _, name := range []string{"a*b?.parquet", "[ab].parquet", "it's.parquet", "year=2025/a.parquet"} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), name)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			parquetOf(t, path, "SELECT 1 AS a")
			if csv, _ := readCSV(t, path); csv != "a\n1\n" {
				t.Errorf("got %q", csv)
			}
			if _, err := CSVToParquet(t.Context(), strings.NewReader("b\nx\n"), nil, path); err != nil {
				t.Fatal(err)
			}
			if csv, _ := readCSV(t, path); csv != "b\nx\n" {
				t.Errorf("overwritten, got %q", csv)
			}
		})
	}
}

// Reading and writing keep the order of rows, on however many threads.
func TestOrderIsKept(t *testing.T) {
	const n = 500_000
	path := parquetOf(t, filepath.Join(t.TempDir(), "in.parquet"), fmt.Sprintf("SELECT i FROM range(%d) r(i)", n))
	first, _ := readCSV(t, path)
	if _, err := CSVToParquet(t.Context(), strings.NewReader(first), nil, path); err != nil {
		t.Fatal(err)
	}
	csv, _ := readCSV(t, path)
	lines := strings.Split(strings.TrimSpace(csv), "\n")
	if len(lines) != n+1 {
		t.Fatalf("%d lines", len(lines))
	}
	for i, line := range lines[1:] {
		if line != fmt.Sprint(i) {
			t.Fatalf("row %d is %s", i, line)
		}
	}
}

func TestBadParquet(t *testing.T) {
	folder := t.TempDir()
	good := parquetOf(t, filepath.Join(folder, "good.parquet"), "SELECT i, hash(i) AS h FROM range(100_000) r(i)")
	content, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		about   string
		content []byte
	}{
		{"text", []byte("a,b\n1,2\n")},
		{"empty", nil},
		{"cut short", content[:len(content)/2]},
		{"only the marks", []byte("PAR1\x00\x00\x00\x00PAR1")},
	}
	for _, tt := range tests {
		t.Run(tt.about, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "bad.parquet")
			if err := os.WriteFile(path, tt.content, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := ParquetToCSV(t.Context(), path, 2)
			if err == nil || !strings.HasPrefix(err.Error(), path+": is not a Parquet file that can be read") {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("damaged within", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "bad.parquet")
		damaged := append([]byte(nil), content...)
		for i := 1000; i < len(damaged)/2; i++ {
			damaged[i] ^= 0x55
		}
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := ParquetToCSV(t.Context(), path, 2)
		if err == nil {
			defer s.Close()
			_, err = io.Copy(io.Discard, s)
		}
		if err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("got %v", err)
		}
	})
	if _, err := ParquetToCSV(t.Context(), filepath.Join(folder, "none.parquet"), 2); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no such file: %v", err)
	}
	if _, err := ParquetToCSV(t.Context(), folder, 2); err == nil || !strings.Contains(err.Error(), "is a folder") {
		t.Errorf("a folder: %v", err)
	}
}

func TestStreamStops(t *testing.T) {
	path := parquetOf(t, filepath.Join(t.TempDir(), "in.parquet"), "SELECT i, hash(i) AS h FROM range(2_000_000) r(i)")
	tests := []struct {
		about string
		stop  func(s *Stream, cancel func()) error
	}{
		{"closed unread", func(s *Stream, _ func()) error { return nil }},
		{"closed half read", func(s *Stream, _ func()) error { _, err := io.CopyN(io.Discard, s, 100_000); return err }},
		{"cancelled", func(s *Stream, cancel func()) error {
			cancel()
			if _, err := io.Copy(io.Discard, s); !errors.Is(err, context.Canceled) {
				return fmt.Errorf("reading on gives %v", err)
			}
			return nil
		}},
	}
	for _, tt := range tests {
		t.Run(tt.about, func(t *testing.T) {
			before := runtime.NumGoroutine()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			s, err := ParquetToCSV(ctx, path, 2)
			if err != nil {
				t.Fatal(err)
			}
			if err := tt.stop(s, cancel); err != nil {
				t.Error(err)
			}
			within(t, func() { s.Close() })
			within(t, func() {
				for runtime.NumGoroutine() > before+1 { // one is this
					time.Sleep(time.Millisecond)
				}
			})
		})
	}
}

func within(t *testing.T, do func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { do(); close(done) }()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatal("it does not end")
	}
}

func TestCSVToParquetFaults(t *testing.T) {
	broken := errors.New("the input broke")
	tests := []struct {
		about string
		in    io.Reader
		types map[string]string
		says  []string
	}{
		{"names that do not differ", strings.NewReader("a,A,,b,b\n1,2,3,4,5\n"), nil, []string{`column 2, "A"`, "column 3 has no name", `column 5, "b"`, "write CSV"}},
		{"a value that is not of its type", strings.NewReader("a\nx\n"), map[string]string{"a": "INTEGER"}, []string{"x"}},
		{"a row too long", strings.NewReader("a,b\n1,2\n1,2,3\n"), nil, []string{"CSV"}},
		{"a row too short", strings.NewReader("a,b\n1,2\n1\n"), nil, []string{"CSV"}},
		{"input that breaks off", io.MultiReader(strings.NewReader("a,b\n1,2\n"), failing{broken}), nil, []string{"the input broke"}},
	}
	for _, tt := range tests {
		t.Run(tt.about, func(t *testing.T) {
			folder := t.TempDir()
			path := filepath.Join(folder, "out.parquet")
			_, err := CSVToParquet(t.Context(), tt.in, tt.types, path)
			for _, want := range append(tt.says, path) {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not say %q: %v", want, err)
				}
			}
			if left := names(t, folder); len(left) > 0 {
				t.Errorf("left behind: %q", left)
			}
		})
	}
	if _, err := CSVToParquet(t.Context(), strings.NewReader("a\n1\n"), nil, filepath.Join(t.TempDir(), "no", "out.parquet")); err == nil {
		t.Error("written into a folder that is not there")
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// On cancel nothing is left, even while input is awaited, and what was there stays.
func TestCSVToParquetCancelled(t *testing.T) {
	folder := t.TempDir()
	path := parquetOf(t, filepath.Join(folder, "out.parquet"), "SELECT 'before' AS a")
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	go func() {
		io.WriteString(w, "a,b\n"+strings.Repeat("1,2\n", 100_000))
		cancel()
	}()
	within(t, func() {
		if _, err := CSVToParquet(ctx, r, nil, path); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
	r.Close()
	if left := names(t, folder); len(left) != 1 {
		t.Errorf("left behind: %q", left)
	}
	if csv, _ := readCSV(t, path); csv != "a\nbefore\n" {
		t.Errorf("the file is now %q", csv)
	}
}

// Rows as they are met: a quotation mark in the middle, CRLF, no final line end.
func TestCSVToParquetTolerates(t *testing.T) {
	tests := []struct{ about, in, want string }{
		{"line ends of Windows", "a,b\r\n1,2\r\n3,4\r\n", "a,b\n1,2\n3,4\n"},
		{"line ends of both kinds", "a,b\n1,2\r\n3,4\n5,6\r\n", "a,b\n1,2\n3,4\n5,6\n"},
		{"a name with commas and quotes", "\"a, \"\"x\"\"\",it's\n1,2\n", "\"a, \"\"x\"\"\",it's\n1,2\n"},
		{"no final line end", "a,b\n1,2", "a,b\n1,2\n"},
		{"no rows", "a,b\n", "a,b\n"},
		{"a quotation mark within", "a,b\n5\" tube,2\n", "a,b\n\"5\"\" tube\",2\n"},
		{"absent and empty", "a,b\n,\"\"\n", "a,b\n,\"\"\n"},
		{"spaces are kept", "a,b\n 1 ,2\n", "a,b\n 1 ,2\n"},
		{"numbers stay text", "a,b\n007,1e5\n", "a,b\n007,1e5\n"},
		{"a line feed within quotes", "a,b\n\"1\n2\",3\n", "a,b\n\"1\n2\",3\n"},
	}
	for _, tt := range tests {
		t.Run(tt.about, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "out.parquet")
			if _, err := CSVToParquet(t.Context(), strings.NewReader(tt.in), nil, path); err != nil {
				t.Fatal(err)
			}
			if csv, _ := readCSV(t, path); csv != tt.want {
				t.Errorf("got %q, want %q", csv, tt.want)
			}
		})
	}
}

// Quoted line feeds stay whole where DuckDB parts the input among its threads.
func TestManyQuotedLines(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 45 MB")
	}
	var in strings.Builder
	in.WriteString("n,note,code\n")
	pad := strings.Repeat("x", 80)
	for i := range 400_000 {
		fmt.Fprintf(&in, "%d,\"%s,\n\"\"%d\"\"\n\",RJ1\n", i, pad, i)
	}
	path := filepath.Join(t.TempDir(), "out.parquet")
	rows, err := CSVToParquet(t.Context(), strings.NewReader(in.String()), nil, path)
	if err != nil || rows != 400_000 {
		t.Fatalf("%d rows, %v", rows, err)
	}
	if csv, _ := readCSV(t, path); csv != in.String() {
		t.Error("what is read differs from what was written")
	}
}

const activityLike = `SELECT 'RJ' || i % 10 AS provider, 'H8' || (10000 + i % 8000) AS gp_practice, 'NCBPS' || i % 90 || 'X' AS service_code,
	DATE '2025-04-01' + (i % 365)::INTEGER AS discharge_date, (i % 100000) / 7.0 AS cost, hash(i)::VARCHAR AS record_key,
	NULL::VARCHAR AS ward, '100' AS tfc, 'EL' AS pod, '12' AS category FROM range(2_000_000) r(i)`

func BenchmarkParquetToCSV(b *testing.B) {
	path := parquetOf(b, filepath.Join(b.TempDir(), "in.parquet"), activityLike)
	for b.Loop() {
		s, err := ParquetToCSV(b.Context(), path, 2)
		if err != nil {
			b.Fatal(err)
		}
		n, err := io.CopyBuffer(io.Discard, struct{ io.Reader }{s}, make([]byte, 1<<20))
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(n)
		s.Close()
	}
}

func BenchmarkCSVToParquet(b *testing.B) {
	folder := b.TempDir()
	csv, _ := readCSV(b, parquetOf(b, filepath.Join(folder, "in.parquet"), activityLike))
	b.SetBytes(int64(len(csv)))
	for b.Loop() {
		if _, err := CSVToParquet(b.Context(), strings.NewReader(csv), map[string]string{"discharge_date": "DATE"}, filepath.Join(folder, "out.parquet")); err != nil {
			b.Fatal(err)
		}
	}
}
