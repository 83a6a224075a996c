//go:build unix

// Command bench measures Remit on this machine: how fast it decides records
// beside DuckDB running the SQL of the same method, how much memory it takes,
// and how long it takes to start. See make bench.
//
// Every run is a process of its own, its output is counted before it is
// believed, and what is compared is run by turns, so that whatever else the
// machine does falls on all alike. What is printed is the median; ratios are
// formed turn by turn.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// The method that is measured: a chart, with the full trace of every record.
const measured = "cam-2025-26"

// bench is where things are and how often they are run.
type bench struct {
	remit   string
	duckdb  string
	bytes   string
	dir     string
	records int64
	sizes   []int64 // records
	runs    int
	sqlRuns int
	threads int
	out     io.Writer
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	b := bench{}
	var sizes, only string
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.StringVar(&b.remit, "remit", "build/remit", "the program to measure")
	f.StringVar(&b.duckdb, "duckdb", "build/bench/duckdb", "the program to set beside it: bench/duckdb")
	f.StringVar(&b.bytes, "bytes", "build/bench/bytes", "the floor to set under it: bench/bytes")
	f.StringVar(&b.dir, "dir", "build/bench", "directory for records and results")
	f.Int64Var(&b.records, "records", 2_000_000, "records to compare speeds on")
	f.StringVar(&sizes, "sizes", "1,2,5,10", "millions of records to measure memory on; add 50 for a long run")
	f.IntVar(&b.runs, "runs", 5, "runs of everything but SQL")
	f.IntVar(&b.sqlRuns, "sql-runs", 2, "runs of the generated SQL")
	f.IntVar(&b.threads, "threads", 2, "workers of Remit and threads of DuckDB")
	f.StringVar(&only, "only", "speed,size,cores,start,parts,spell", "what to measure")
	if err := f.Parse(args); err != nil {
		return err
	}
	for _, s := range strings.Split(sizes, ",") {
		n, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
		if err != nil || n <= 0 {
			return fmt.Errorf("sizes: %q is no number of millions", s)
		}
		b.sizes = append(b.sizes, int64(n*1e6))
	}
	if b.runs < 1 || b.sqlRuns < 1 || b.records < 1 {
		return errors.New("runs and records must be at least one")
	}
	return b.all(strings.Split(only, ","))
}

func (b *bench) all(only []string) error {
	if err := os.MkdirAll(b.dir, 0o755); err != nil {
		return err
	}
	// What this user has imported must not change what is measured.
	if err := os.Setenv("REMIT_DATA", filepath.Join(b.dir, "data")); err != nil {
		return err
	}
	results, err := os.Create(filepath.Join(b.dir, "results.txt"))
	if err != nil {
		return err
	}
	defer results.Close()
	b.out = io.MultiWriter(os.Stdout, results)
	b.print("%s, %d processors, %s/%s, %s, load %s\n", processor(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version(), load())
	for _, part := range []struct {
		name    string
		measure func() error
	}{{"speed", b.speed}, {"size", b.size}, {"cores", b.cores}, {"start", b.start}, {"parts", b.parts}, {"spell", b.spell}} {
		if !slices.Contains(only, part.name) {
			continue
		}
		if err := part.measure(); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	b.print("\nload at the end %s; also written to %s\n", load(), results.Name())
	return results.Close()
}

func (b *bench) print(format string, args ...any) { fmt.Fprintf(b.out, format, args...) }

// speed compares Remit with DuckDB over the same file.
func (b *bench) speed() error {
	file, err := b.synth("plcm", b.records)
	if err != nil {
		return err
	}
	threads := fmt.Sprint(b.threads)
	assign := contest{name: "remit assign", runs: b.runs, command: func(out string) []string {
		return []string{b.remit, "assign", "--quiet", "--method", measured, "--workers", threads, "--out", out, file}
	}}
	sql := contest{name: "DuckDB, the method as SQL", runs: b.sqlRuns, command: func(out string) []string {
		return []string{b.duckdb, "sql", threads, file, out, measured}
	}}
	plain := contest{name: "DuckDB, plain copy", runs: b.runs, command: func(out string) []string {
		return []string{b.duckdb, "copy", threads, file, out}
	}}
	b.print("\nSPEED: CSV to CSV, %s, full trace, %s records, %d threads; %d runs by turns (SQL %d)\n", measured, thousands(b.records), b.threads, b.runs, b.sqlRuns)
	if err := b.same(&assign, &sql); err != nil {
		return err
	}
	floor := contest{name: "read, hash and write the bytes alone", runs: b.runs, floor: true, command: func(out string) []string {
		return []string{b.bytes, file, out, fmt.Sprint(assign.bytes)}
	}}
	all := []*contest{&assign, &sql, &plain, &floor}
	if err := b.byTurns(all, b.records); err != nil {
		return err
	}
	b.heading()
	for _, c := range all {
		b.line(c.name, b.records, c.done)
	}
	b.print("  remit assign is %s times as fast as the same method as SQL, and %s times as fast as the plain copy\n",
		ratios(sql.done, assign.done), ratios(plain.done, assign.done))
	b.print("  and takes %s times as long as reading, hashing and writing its bytes alone\n", ratios(assign.done, floor.done))
	return nil
}

// size measures memory and time for files of different length.
func (b *bench) size() error {
	b.print("\nSIZE: remit assign, %d workers\n", b.threads)
	b.heading()
	for _, n := range b.sizes {
		file, err := b.synth("plcm", n)
		if err != nil {
			return err
		}
		c := contest{runs: min(b.runs, 3), command: func(out string) []string {
			return []string{b.remit, "assign", "--quiet", "--method", measured, "--workers", fmt.Sprint(b.threads), "--out", out, file}
		}}
		if err := b.byTurns([]*contest{&c}, n); err != nil {
			return err
		}
		b.line(thousands(n), n, c.done)
		if n != b.records {
			os.Remove(file)
		}
	}
	return nil
}

// cores compares one processor with two.
func (b *bench) cores() error {
	file, err := b.synth("plcm", b.records)
	if err != nil {
		return err
	}
	var all []*contest
	for _, n := range []string{"1", "2"} {
		all = append(all, &contest{name: n + " of the processors", runs: b.runs, command: func(out string) []string {
			return append(onProcessors(n), b.remit, "assign", "--quiet", "--method", measured, "--workers", n, "--out", out, file)
		}})
	}
	b.print("\nCORES: remit assign, %s records\n", thousands(b.records))
	if err := b.byTurns(all, b.records); err != nil {
		return err
	}
	b.heading()
	for _, c := range all {
		b.line(c.name, b.records, c.done)
	}
	b.print("  two are %s times as fast as one\n", ratios(all[0].done, all[1].done))
	return nil
}

// start measures what a person waits for: one record explained, cases checked.
func (b *bench) start() error {
	file, err := b.synth("plcm", 1000)
	if err != nil {
		return err
	}
	b.print("\nSTART: from the start of the process to its end, 21 runs\n")
	b.print("  %-38s %8s %8s\n", "", "ms", "peak MB")
	for _, c := range []struct {
		name, want string
		command    []string
	}{
		{"remit version", "remit", []string{b.remit, "version"}},
		{"remit explain, one record, two methods", "trace", []string{b.remit, "explain", "--row", "500", file}},
		{"remit check, all the cases", " passed, 0 differed", []string{b.remit, "check", "--reference", "proof/testdata/cases", "proof/testdata/flow.csv", "proof/testdata/tool.csv"}},
	} {
		var done []measure
		for range 21 {
			m, said, err := execute(c.command)
			if err != nil {
				return err
			}
			if !strings.Contains(said, c.want) {
				return fmt.Errorf("%s did not say %q but\n%s", c.name, c.want, said)
			}
			done = append(done, m)
		}
		b.print("  %-38s %8.1f %8.0f\n", c.name, 1000*median(done, seconds), median(done, memory))
	}
	return nil
}

// spell measures the spell rule, which reads its files twice and keeps
// something of every spell.
func (b *bench) spell() error {
	b.print("\nSPELLS: remit assign, episodes of admitted care, %d workers\n", b.threads)
	b.heading()
	var peaks, spells []float64
	for _, n := range []int64{b.records / 2, b.records} {
		file, err := b.synth("apc", n)
		if err != nil {
			return err
		}
		c := contest{runs: min(b.runs, 3), command: func(out string) []string {
			return []string{b.remit, "assign", "--quiet", "--method", measured, "--workers", fmt.Sprint(b.threads), "--out", out, file}
		}}
		if err := b.byTurns([]*contest{&c}, n); err != nil {
			return err
		}
		b.line(thousands(n), n, c.done)
		kept := c.manifest.Spells
		b.print("  %s spells; the run counts %d bytes for each\n", thousands(kept.Spells), kept.Bytes)
		peaks, spells = append(peaks, 1e6*median(c.done, memory)), append(spells, float64(kept.Spells))
		os.Remove(file)
	}
	if more := spells[1] - spells[0]; more > 0 {
		b.print("  between the two the peak grew by %.0f bytes a spell\n", (peaks[1]-peaks[0])/more)
	}
	return nil
}
