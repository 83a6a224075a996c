//go:build unix

// Command site measures the web application on this machine, as a process of its
// own, on SQLite and on PostgreSQL: how long it takes to its first page, and how
// quick its public pages and its API are when many ask at once, over the full
// register with many more instruments and a long audit log. See make
// bench-register.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"remit/store"
	"remit/store/postgrestest"
)

// bench is what is measured, and how.
type bench struct {
	remit       string
	dir         string
	kept        string // directory of the register that is measured; blank: one that is removed
	instruments int
	entries     int
	rate        int
	duration    time.Duration
	out         io.Writer
}

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "site:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) (err error) {
	var b bench
	var on string
	f := flag.NewFlagSet("site", flag.ContinueOnError)
	f.StringVar(&b.remit, "remit", "build/remit", "the program to measure")
	f.StringVar(&b.dir, "dir", "build/bench", "directory for the registers and the results")
	f.StringVar(&b.kept, "register", "", "directory of a register from an earlier time to measure again; filled and kept if there is none")
	f.IntVar(&b.instruments, "instruments", 1000, "made-up instruments to add to the shipped register")
	f.IntVar(&b.entries, "entries", 100_000, "entries of the audit log to have at least")
	f.IntVar(&b.rate, "rate", 200, "requests a second")
	f.DurationVar(&b.duration, "duration", time.Minute, "how long to ask")
	f.StringVar(&on, "on", "sqlite,postgres", "databases to measure on")
	if err := f.Parse(args); err != nil {
		return err
	}
	if b.rate < 1 || b.duration < time.Second || b.instruments < 0 || b.entries < 0 {
		return errors.New("the rate must be at least 1, the duration at least 1s, and the numbers not below 0")
	}
	if err := os.MkdirAll(b.dir, 0o755); err != nil {
		return err
	}
	results, err := os.Create(filepath.Join(b.dir, "site.txt"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, results.Close()) }()
	b.out = io.MultiWriter(os.Stdout, results)
	b.print("%d processors, %s/%s, %s, load %s; %d requests a second for %s from this machine\n", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version(), load(), b.rate, b.duration)

	full, done, err := b.register(ctx)
	if err != nil {
		return fmt.Errorf("fill: %w", err)
	}
	defer done()
	if err := b.who(ctx, full); err != nil {
		return fmt.Errorf("who: %w", err)
	}
	if strings.Contains(on, "sqlite") {
		b.print("\nSQLITE\n")
		if err := b.site(ctx, "--data", full); err != nil {
			return err
		}
	}
	if strings.Contains(on, "postgres") {
		if err := b.onPostgres(ctx, full); err != nil {
			return err
		}
	}
	b.print("\nload at the end %s; also written to %s\n", load(), results.Name())
	return nil
}

// register fills a register, or takes the one that was kept. What is done with it in
// the end is the second value.
func (b *bench) register(ctx context.Context) (dir string, done func(), err error) {
	if b.kept == "" {
		if dir, err = os.MkdirTemp(b.dir, "register-"); err != nil {
			return "", nil, err
		}
		return dir, func() { os.RemoveAll(dir) }, b.fill(ctx, dir)
	}
	if _, err := os.Stat(b.kept); err == nil {
		return b.kept, func() {}, nil
	}
	making := b.kept + ".making"
	if err := errors.Join(os.RemoveAll(making), os.MkdirAll(making, 0o700)); err != nil {
		return "", nil, err
	}
	return b.kept, func() {}, errors.Join(b.fill(ctx, making), os.Rename(making, b.kept))
}

// onPostgres measures the same register on a PostgreSQL that it starts.
func (b *bench) onPostgres(ctx context.Context, full string) error {
	server, err := postgrestest.Private()
	if err != nil {
		b.print("\nPOSTGRESQL: not measured: %v\n", err)
		return nil
	}
	defer server.Remove()
	address, err := server.Make(ctx)
	if err != nil {
		return err
	}
	from, err := store.Open(ctx, store.Options{Dir: full, MustExist: true})
	if err != nil {
		return err
	}
	_, err = store.Move(ctx, from, store.Options{Database: address, Program: "bench"})
	if err = errors.Join(err, from.Close()); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(b.dir, "runs-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b.print("\nPOSTGRESQL, on this machine\n")
	return b.site(ctx, "--data", dir, "--database", address)
}

// load is how busy the machine is: processes that run or wait, in the last minute.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "not known"
	}
	return strings.Fields(string(text))[0]
}

func (b *bench) print(format string, args ...any) { fmt.Fprintf(b.out, format, args...) }
