//go:build unix

// Command year measures what an ICB's year of activity takes on this machine: to
// load, validate, assign and price it, to have it ready to read, to ask it by many
// cuts, and to decide it again by other rules, at one or several sizes. One of the
// cuts is set beside DuckDB running SQL written by hand over the files as they
// came. See make bench-year.
//
// Every step is a process of its own. The rows are made up: nine of eleven are
// episodes, outpatient and emergency attendances, a file for each month; the others
// the contract monitoring of the board's providers.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// bench is what is measured, and how.
type bench struct {
	remit string
	dir   string
	icb   string
	sizes []int64 // rows
	keep  bool
	out   io.Writer
}

func main() {
	err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "year:", err)
		os.Exit(1)
	}
}

func run(args []string) (err error) {
	if len(args) == 3 && args[0] == "ask" {
		return ask(args[1], args[2], os.Stdout)
	}
	if len(args) == 3 && args[0] == "sql" {
		return bySQL(args[1], args[2], os.Stdout)
	}
	var b bench
	var sizes string
	f := flag.NewFlagSet("year", flag.ContinueOnError)
	f.StringVar(&b.remit, "remit", "build/remit", "the program to measure")
	f.StringVar(&b.dir, "dir", "build/bench", "directory for the files and the results")
	f.StringVar(&b.icb, "icb", "QWE", "the board whose patients they are")
	f.StringVar(&sizes, "sizes", "1", "millions of rows, such as 1,3,11,30")
	f.BoolVar(&b.keep, "keep", false, "leave the files and the data directory of the last size")
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
	if err := os.MkdirAll(b.dir, 0o755); err != nil {
		return err
	}
	results, err := os.Create(filepath.Join(b.dir, "year.txt"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, results.Close()) }()
	b.out = io.MultiWriter(os.Stdout, results)
	b.print("%d processors, %s/%s, %s, load %s\n", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version(), load())
	for i, n := range b.sizes {
		if err := b.measure(n, b.keep && i == len(b.sizes)-1); err != nil {
			return fmt.Errorf("%d rows: %w", n, err)
		}
	}
	b.print("\nload at the end %s; also written to %s\n", load(), results.Name())
	return nil
}

// measure measures one size.
func (b *bench) measure(rows int64, keep bool) error {
	work := filepath.Join(b.dir, "year")
	if err := os.RemoveAll(work); err != nil {
		return err
	}
	if !keep {
		defer os.RemoveAll(work)
	}
	files, data := filepath.Join(work, "files"), filepath.Join(work, "data")
	list, err := b.files(files, rows)
	if err != nil {
		return err
	}
	syscall.Sync() // so that writing them does not go on while others run
	took, _, err := execute(append([]string{b.remit, "submit", "--quiet", "--data", data}, list...))
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	asked, said, err := execute([]string{self, "ask", data, files})
	if err != nil {
		return err
	}
	var a answers
	if err := json.Unmarshal(said, &a); err != nil {
		return fmt.Errorf("%w: %s", err, said)
	}
	n := float64(a.Rows)
	b.print("\n%s rows in %d files, %.2f GB; %s combinations in the totals\n", thousands(a.Rows), len(list), float64(a.Bytes)/1e9, thousands(a.Cells))
	b.print("  %-58s %9s %9s %9s %9s\n", "", "seconds", "CPU s", "µs a row", "peak MB")
	b.line("load, validate, assign, price", took, n)
	b.print("  %-58s %9.2f\n", "open the view, from the start of a process to the first answer", a.Open)
	b.print("  %-58s %9.3f   (slowest of 20 in 100; %d cuts, median %.3f)\n", "a cut of the view", a.Slow, a.Cuts, a.Median)
	b.print("  %-58s %9.3f   (as above, %d asked)\n", "the story of a row in every version", a.Story, a.Stories)
	b.print("  %-58s %9.2f %9.2f   %s rows again, £%s moved\n", "what if: the whole year by other rules", a.WhatIf, a.WhatIfWork, thousands(a.Again), a.Moved)
	b.print("  %-58s %9s %9s %9s %9.0f\n", "memory while asking", "", "", "", asked.peak/1e6)
	_, said, err = execute([]string{self, "sql", data, files})
	if err != nil {
		return err
	}
	var q sqlAnswer
	if err := json.Unmarshal(said, &q); err != nil {
		return fmt.Errorf("%w: %s", err, said)
	}
	b.print("  %-58s %9.2f %9.2f %9s %9.0f\n", "DuckDB: one cut, SQL by hand over the files as they came", q.Seconds, q.Work, "", q.Peak/1e6)
	b.print("  %-58s %9.3f   the same sums\n", "the same cut from the view", a.Same)
	return nil
}

// measured is what a process took.
type measured struct {
	wall, work time.Duration
	peak       float64 // bytes
}

func (b *bench) line(name string, m measured, rows float64) {
	b.print("  %-58s %9.2f %9.2f %9.2f %9.0f\n", name, m.wall.Seconds(), m.work.Seconds(), 1e6*m.work.Seconds()/rows, m.peak/1e6)
}

// execute runs a command and gives what it took and its standard output.
func execute(command []string) (measured, []byte, error) {
	var out, errs bytes.Buffer
	c := exec.Command(command[0], command[1:]...)
	c.Stdout, c.Stderr = &out, &errs
	started := time.Now()
	if err := c.Run(); err != nil {
		return measured{}, nil, fmt.Errorf("%s: %w\n%s", strings.Join(command[:min(len(command), 6)], " "), err, errs.String())
	}
	m := measured{wall: time.Since(started), work: c.ProcessState.UserTime() + c.ProcessState.SystemTime()}
	used, ok := c.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return m, nil, errors.New("this system does not say what a process used")
	}
	m.peak = float64(used.Maxrss) * peakUnit
	return m, out.Bytes(), nil
}

// peakUnit is the unit in which the system says what memory was used.
var peakUnit = map[bool]float64{true: 1, false: 1024}[runtime.GOOS == "darwin"]

func (b *bench) print(format string, args ...any) { fmt.Fprintf(b.out, format, args...) }

func thousands(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(text))[:3], " ")
}
