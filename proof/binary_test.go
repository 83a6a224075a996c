package proof

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"remit/synth"
)

// scratch is a directory for the binary and the large file, made once.
var scratch string

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "remit-proof-*"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(scratch)
	os.Exit(code)
}

// buildOnce builds the program as users have it.
var buildOnce = sync.OnceValues(func() (string, error) {
	path := filepath.Join(scratch, "remit")
	out, err := exec.Command("go", "build", "-o", path, "remit/cmd/remit").CombinedOutput()
	if err != nil {
		return "", errors.Join(err, errors.New(string(out)))
	}
	return path, nil
})

// largeOnce makes a file that takes about a second to assign.
var largeOnce = sync.OnceValues(func() (string, error) {
	remit, err := buildOnce()
	if err != nil {
		return "", err
	}
	path := filepath.Join(scratch, "large.csv")
	return path, exec.Command(remit, "synth", "--records", "1500000", "--seed", "5", "--out", path).Run()
})

func must[T any](t testing.TB, get func() (T, error)) T {
	t.Helper()
	v, err := get()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func command(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	c := exec.CommandContext(ctx, must(t, buildOnce), args...)
	c.Env = append(os.Environ(), "REMIT_DATA="+t.TempDir())
	return c
}

// remit runs the program and gives its exit code and what it printed.
func remit(t testing.TB, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	return finish(t, command(t, args...))
}

func finish(t testing.TB, c *exec.Cmd) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	var exit *exec.ExitError
	if err := c.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), out.String(), errs.String()
}

func small(t testing.TB, layout string, n int64) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), layout+".csv")
	if _, err := synth.WriteFile(context.Background(), shippedPack(t), path, synth.Options{Records: n, Seed: 11, Layout: layout}); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestExitCodes(t *testing.T) {
	in := small(t, "plcm", 20)
	header := strings.SplitAfter(readText(t, in), "\n")[0]
	row := strings.SplitAfter(readText(t, in), "\n")[1]
	out := filepath.Join(t.TempDir(), "out.csv")
	put := func(name, text string) string { return writeFile(t, name, text) }
	compressed := gzipOf(t, readText(t, in))
	directory := filepath.Join(t.TempDir(), "folder.csv")
	if err := os.Mkdir(directory, 0o755); err != nil {
		t.Fatal(err)
	}
	result := filepath.Join(t.TempDir(), "result.csv")
	if code, _, errs := remit(t, "assign", "--out", result, in); code != 0 {
		t.Fatal(errs)
	}
	filler := strings.Repeat("x", 100<<20)
	long, longHeader := put("long.csv", header+row+row+"6,202526,"+filler+"\n"+row), put("header.csv", filler)
	frame := zstdOf(t, readText(t, in))
	cases := "id,dataset,financial_year,financial_month,gp_practice,provider,service_code,expected_commissioner\n"
	tests := []struct {
		name string
		args []string
		code int
		says []string // on standard error, or standard output where nothing fails
	}{
		{"no command", []string{"nonsense"}, 2, []string{`has no command "nonsense"`, "hint:"}},
		{"a command misspelt", []string{"asign", in}, 2, []string{"did you mean remit assign?"}},
		{"help of no command", []string{"help", "nonsense"}, 2, []string{`has no command "nonsense"`}},
		{"help of no command of a command", []string{"help", "method", "drw"}, 2, []string{`has no command "drw"`, "did you mean remit method draw?"}},
		{"no command of a command", []string{"method", "nonsense"}, 2, []string{`remit method has no command "nonsense"`}},
		{"workers below none", []string{"assign", "--workers", "-1", "--out", out, in}, 2, []string{"--workers is -1"}},
		{"no input", []string{"assign", "--out", out}, 2, []string{"nothing is named", "hint:"}},
		{"no output", []string{"assign", in}, 2, []string{"nowhere to write", "hint: give --out"}},
		{"unknown flag", []string{"assign", "--nosuch", in}, 2, []string{"unknown flag: --nosuch", "hint:"}},
		{"output of no known kind", []string{"assign", "--out", "x.txt", in}, 2, []string{"x.txt", ".csv or .parquet"}},
		{"unknown data set", []string{"assign", "--dataset", "XX", "--out", out, in}, 2, []string{`"XX" is not a data set`, "ACM, PLCM"}},
		{"impossible delimiter", []string{"assign", "--delimiter", "ab", "--out", out, in}, 2, []string{`"ab" cannot be a delimiter`, "hint:"}},
		{"unknown mapping", []string{"assign", "--map", "nosuch", "--out", out, in}, 2, []string{"nosuch", "hes-apc"}},
		{"unknown method", []string{"assign", "--method", "nosuch", "--out", out, in}, 2, []string{`no method "nosuch"`, "hint:"}},
		{"unknown reading", []string{"assign", "--method", "cam-2025-26+A99=x", "--out", out, in}, 2, []string{`no reading "A99"`}},
		{"unknown option of a reading", []string{"assign", "--method", "cam-2025-26+A4=41", "--out", out, in}, 2, []string{"A4", "41"}},
		{"bad reference data", []string{"assign", "--reference", directory, "--out", out, in}, 4, []string{"region.csv", "practice.csv", "hint:"}},
		{"bad mapping", []string{"assign", "--map", put("m.yaml", "mapping: x\ndataset: OP\nfields: {nosuch: A, other: B}\n"), "--out", out, in}, 3, []string{`no field "nosuch"`, `no field "other"`}},
		{"bad overrides", []string{"assign", "--overrides", put("o.csv", "kind,key,commissioner,category,valid_from,valid_to,reason\nx,,,,1/2/3,,\n"), "--out", out, in}, 3, []string{"kind", "key", "commissioner", "reason", "valid_from"}},
		{"overrides that name nobody", []string{"assign", "--overrides", put("o.csv", "kind,key,commissioner,category,valid_from,valid_to,reason\nprovider,RJ7,99X,77,,,agreed\n"), "--out", out, in}, 3, []string{`row 1 column commissioner value "99X"`, `row 1 column category value "77"`}},
		{"no table of overrides", []string{"assign", "--overrides", "nosuch.csv", "--out", out, in}, 3, []string{"nosuch.csv"}},
		{"a result for an input", []string{"assign", "--out", out, result, in}, 3, []string{"is the result of an earlier run", "assigned_commissioner, assigned_category", "rename them"}},
		{"a row of 100 MB", []string{"assign", "--out", out, long}, 3, []string{"after row 2: a row is longer than 16 MiB"}},
		{"a header of 100 MB", []string{"assign", "--out", out, longHeader}, 3, []string{"the header line does not end"}},
		{"truncated zstd", []string{"assign", "--out", out, put("t.csv.zst", frame[:len(frame)/2])}, 3, []string{"t.csv.zst", "cut short"}},
		{"a folder for an input", []string{"assign", "--out", out, directory}, 3, []string{"folder.csv: the folder holds no file"}},
		{"cases by a method that is not", []string{"check", put("k.csv", "method,expected_commissioner\nnosuch,36L\n")}, 3, []string{`row 1 column method value "nosuch"`}},
		{"no such file", []string{"assign", "--out", out, "nosuch.csv"}, 3, []string{"nosuch.csv", "no such file"}},
		{"missing columns", []string{"assign", "--dataset", "ACM", "--out", out, put("m.csv", "FINANCIAL YEAR,NOTE\n202526,x\n")}, 3, []string{"ORGANISATION IDENTIFIER (CODE OF PROVIDER)", "FINANCIAL MONTH", "SERVICE CODE"}},
		{"unknown layout", []string{"assign", "--out", out, put("u.csv", "a,b,c\n1,2,3\n")}, 3, []string{"u.csv"}},
		{"empty file", []string{"assign", "--out", out, put("e.csv", "")}, 3, []string{"e.csv", "is empty"}},
		{"faults of several files", []string{"assign", "--out", out, put("a.csv", ""), put("b.csv", "x,y\n"), "nosuch.csv"}, 3, nil},
		{"ragged rows", []string{"assign", "--out", out, put("r.csv", header+row+"1,2\n"+row+row+"3,4,5\n")}, 3, []string{"row 2 ", "line 3 ", "has 2 fields", "row 5 ", "has 3 fields"}},
		{"NUL", []string{"assign", "--out", out, put("n.csv", header+row+strings.Replace(row, ",", "\x00,", 1))}, 3, []string{"row 2 ", "NUL"}},
		{"a quotation mark not closed", []string{"assign", "--out", out, put("q.csv", header+row+"1,2\n\"3,4\n"+row)}, 3, []string{"q.csv", "row 2 ", "inside quotation marks"}},
		{"truncated gzip", []string{"assign", "--out", out, put("t.csv.gz", compressed[:len(compressed)/2])}, 3, []string{"t.csv.gz", "cut short"}},
		{"damaged gzip", []string{"assign", "--out", out, put("d.csv.gz", compressed[:len(compressed)-8]+"wrongsum")}, 3, []string{"d.csv.gz", "damaged"}},
		{"bad Parquet", []string{"assign", "--out", out, put("p.parquet", "PAR1 this is no Parquet file PAR1")}, 3, []string{"p.parquet"}},
		{"output is a folder", []string{"assign", "--out", directory, in}, 2, []string{"is a directory"}},
		{"output is the input", []string{"assign", "--out", in, in}, 2, []string{"is also an input"}},
		{"output below a file", []string{"assign", "--out", filepath.Join(in, "out.csv"), in}, 3, []string{"out.csv cannot be written", "not a directory", "hint:"}},
		{"output in no folder", []string{"assign", "--out", filepath.Join(t.TempDir(), "no", "out.csv"), in}, 3, []string{"cannot be written", "no such file", "hint:"}},
		{"report below a file", []string{"assign", "--report", filepath.Join(in, "r.html"), in}, 3, []string{"r.html cannot be written", "hint:"}},
		{"report in the place of the input", []string{"assign", "--report", in, in}, 2, []string{"is also an input"}},
		{"report in the place of the result", []string{"assign", "--out", out, "--report", out, in}, 2, []string{"the result"}},
		{"cases with ragged rows", []string{"check", put("k.csv", "provider,expected_commissioner\nRJ7\nRJ7,36L\nRJ7,36L,x\n")}, 3, []string{"row 1: has 1 fields", "row 3: has 3 fields"}},
		{"explain which?", []string{"explain", in}, 2, []string{"say which record", "hint:"}},
		{"explain both ways", []string{"explain", in, "--row", "1", "--key", "x"}, 2, []string{"say which record"}},
		{"explain row 0", []string{"explain", in, "--row", "0"}, 2, []string{"counted from 1"}},
		{"explain beyond the end", []string{"explain", in, "--row", "21"}, 3, []string{"no row 21", "has 20"}},
		{"explain an unknown key", []string{"explain", in, "--key", "nosuch"}, 3, []string{`key "nosuch"`}},
		{"explain the last row", []string{"explain", in, "--row", "20"}, 0, []string{"row 20", "=>"}},
		{"cases that pass", []string{"check", "--reference", "testdata/cases", "testdata/flow.csv", "testdata/tool.csv"}, 0, []string{"115 cases passed, 0 differed"}},
		{"a case that differs", []string{"check", put("c.csv", cases+"K1,PLCM,202526,1,H83001,RJ7,99999999,36L\nK2,PLCM,202526,1,H83001,RJ7,99999999,15E\n")}, 1, []string{"K2", "expected 15E, got 36L", "1 cases passed, 1 differed"}},
		{"no cases", []string{"check", in}, 3, []string{"no column begins with expected_"}},
		{"version", []string{"version"}, 0, []string{"remit "}},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := remit(t, c.args...)
			if code != c.code {
				t.Errorf("exit code %d, want %d: %s", code, c.code, stderr)
			}
			for _, s := range c.says {
				if !strings.Contains(stdout+stderr, s) {
					t.Errorf("%q is not in %s%s", s, stdout, stderr)
				}
			}
			if code > 1 && stdout != "" {
				t.Errorf("a run that fails prints %q", stdout)
			}
			leftNothing(t, filepath.Dir(out), "")
		})
	}
	if !strings.HasPrefix(readText(t, in), header) || strings.Count(readText(t, in), "\n") != 21 {
		t.Error("the input was changed")
	}
}

// leftNothing wants the folder to hold nothing but the files named.
func leftNothing(t testing.TB, dir string, but ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.Contains("|"+strings.Join(but, "|")+"|", "|"+e.Name()+"|") {
			t.Errorf("%s was left behind", e.Name())
		}
	}
}

func readText(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func gzipOf(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func zstdOf(t testing.TB, text string) string {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(w.EncodeAll([]byte(text), nil))
}

func TestStandardInput(t *testing.T) {
	in := small(t, "plcm", 300)
	for name, text := range map[string]string{"plain": readText(t, in), "gzip": gzipOf(t, readText(t, in))} {
		dir := t.TempDir()
		if code, _, errs := remit(t, "assign", "--out", filepath.Join(dir, "file.csv"), in); code != 0 {
			t.Fatal(errs)
		}
		c := command(t, "assign", "--out", filepath.Join(dir, "stdin.csv"), "-")
		c.Stdin = strings.NewReader(text)
		if code, _, errs := finish(t, c); code != 0 {
			t.Fatalf("%s: %s", name, errs)
		}
		if readText(t, filepath.Join(dir, "file.csv")) != readText(t, filepath.Join(dir, "stdin.csv")) {
			t.Errorf("%s: the answers differ between a file and standard input", name)
		}
	}
}

func TestSameBytesTwice(t *testing.T) {
	in := small(t, "apc", 3000)
	dir := t.TempDir()
	var runs [2][2]string
	for i := range runs {
		out := filepath.Join(dir, "out.csv")
		if code, _, errs := remit(t, "assign", "--out", out, in); code != 0 {
			t.Fatal(errs)
		}
		runs[i] = [2]string{readText(t, out), readText(t, out+".run.json")}
	}
	if runs[0] != runs[1] {
		t.Error("the same run gave other bytes")
	}
	leftNothing(t, dir, "out.csv", "out.csv.run.json")
}

// waitFor starts a run and comes back when its unfinished output holds so many
// bytes. It looks without pause: there is nothing to be told by.
func waitFor(t *testing.T, c *exec.Cmd, dir, pattern string, bytes int64) {
	t.Helper()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		partial, _ := filepath.Glob(filepath.Join(dir, pattern))
		if len(partial) == 1 {
			if info, err := os.Stat(partial[0]); err == nil && info.Size() >= bytes {
				return
			}
		}
	}
	c.Process.Kill()
	c.Wait()
	t.Fatalf("no unfinished output of %d bytes was seen", bytes)
}

// TestKilled stops runs at several places. No output may be there, and the next
// run clears up what was left and gives the same bytes as an undisturbed one.
func TestKilled(t *testing.T) {
	in := must(t, largeOnce)
	for _, c := range []struct {
		name, unfinished string
		at               []int64 // sizes of the unfinished file
	}{
		{"out.csv", ".out.csv.partial-*", []int64{1, 10 << 20, 70 << 20, 200 << 20}},
		// Parquet is written by DuckDB under a name of its own.
		{"out.parquet", "..out.parquet.partial-*", []int64{0, 1 << 20}},
	} {
		dir := t.TempDir()
		out := filepath.Join(dir, c.name)
		for _, bytes := range c.at {
			run := command(t, "assign", "--out", out, in)
			waitFor(t, run, dir, c.unfinished, bytes)
			if err := run.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			run.Wait()
			if run.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
				t.Fatalf("the run had ended before it was killed at %d bytes", bytes)
			}
			for _, name := range []string{c.name, c.name + ".run.json"} {
				if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
					t.Errorf("killed at %d bytes: there is %s", bytes, name)
				}
			}
		}
		if code, _, errs := remit(t, "assign", "--out", out, in); code != 0 {
			t.Fatal(errs)
		}
		leftNothing(t, dir, c.name, c.name+".run.json")
		if strings.HasSuffix(out, ".csv") {
			if n := strings.Count(readText(t, out), "\n"); n != 1_500_001 {
				t.Errorf("%d lines after the killed runs, want 1,500,001", n)
			}
		} else if text := readText(t, out); !strings.HasPrefix(text, "PAR1") || !strings.HasSuffix(text, "PAR1") {
			t.Error("the Parquet file is not whole")
		}
	}
}

func TestInterrupted(t *testing.T) {
	in := must(t, largeOnce)
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		dir := t.TempDir()
		var errs bytes.Buffer
		c := command(t, "assign", "--out", filepath.Join(dir, "out.csv"), in)
		c.Stderr = &errs
		waitFor(t, c, dir, ".out.csv.partial-*", 1<<20)
		if err := c.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		c.Wait()
		if c.ProcessState.ExitCode() != 130 || !strings.Contains(errs.String(), "interrupted") {
			t.Errorf("%v: exit code %d, %s", signal, c.ProcessState.ExitCode(), errs.String())
		}
		leftNothing(t, dir)
	}
}

// TestReadOnlyFolder writes where nobody may write. Root may write anywhere but
// on a file system that is mounted so.
func TestReadOnlyFolder(t *testing.T) {
	dir := t.TempDir()
	if os.Getuid() != 0 {
		if err := os.Chmod(dir, 0o555); err != nil {
			t.Fatal(err)
		}
	} else {
		mount(t, dir, "-o", "ro,size=1m")
	}
	in := small(t, "plcm", 20)
	for _, args := range [][]string{
		{"assign", "--out", filepath.Join(dir, "out.csv"), in}, {"assign", "--out", filepath.Join(dir, "out.parquet"), in},
		{"assign", "--report", filepath.Join(dir, "r.html"), in}, {"method", "draw", "cam-2025-26", "--out", filepath.Join(dir, "c.svg")},
		{"method", "sql", "cam-2025-26", "--out", filepath.Join(dir, "m.sql")}, {"synth", "--records", "10", "--out", filepath.Join(dir, "s.csv")},
	} {
		code, stdout, errs := remit(t, args...)
		if code != 3 || stdout != "" || !strings.Contains(errs, "cannot be written: ") || !strings.Contains(errs, "hint:") {
			t.Errorf("%v: exit code %d: %s%s", args, code, stdout, errs)
		}
	}
	leftNothing(t, dir)
}

// mount makes a small file system at dir for the test, where that is allowed.
func mount(t *testing.T, dir string, options ...string) {
	t.Helper()
	args := append(append([]string{"-t", "tmpfs"}, options...), "tmpfs", dir)
	if out, err := exec.Command("mount", args...).CombinedOutput(); err != nil {
		t.Skipf("a small file system cannot be made here: %s", out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("%s", out)
		}
	})
}

// TestFullDisk writes to a small file system of its own, where that is allowed.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	mount(t, dir, "-o", "size=4m")
	in := small(t, "plcm", 40_000)
	for _, name := range []string{"out.csv", "out.parquet"} {
		if name == "out.parquet" {
			if err := os.WriteFile(filepath.Join(dir, "filler"), make([]byte, 4<<20-64<<10), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		code, stdout, errs := remit(t, "assign", "--out", filepath.Join(dir, name), in)
		if code != 3 || stdout != "" || !strings.Contains(strings.ToLower(errs), "no space left") {
			t.Errorf("%s: exit code %d: %s%s", name, code, stdout, errs)
		}
		leftNothing(t, dir, "filler")
	}
}
