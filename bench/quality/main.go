//go:build unix

// Command quality measures quality metrics on this machine: a national set of
// returns, as files, is checked, taken in, signed and published, every control
// chart and funnel is worked out and drawn, and every kind of page is asked for. See
// make bench-quality.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing/fstest"
	"time"

	"remit/measure"
	"remit/metric"
	"remit/metrics"
	"remit/quality"
	"remit/rules"
	"remit/store"
	"remit/web"
)

type bench struct {
	dir                                    string
	providers, services, metrics, quarters int
	workers, pages                         int
	out                                    io.Writer
	made                                   fstest.MapFS
	codes                                  []string
}

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "quality:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) (err error) {
	b := bench{made: fstest.MapFS{}}
	f := flag.NewFlagSet("quality", flag.ContinueOnError)
	f.StringVar(&b.dir, "dir", "build/bench", "directory for the returns, the register and the results")
	f.IntVar(&b.providers, "providers", 170, "providers")
	f.IntVar(&b.services, "services", 15, "services, of which every provider returns for each")
	f.IntVar(&b.metrics, "metrics", 300, "metrics of all services")
	f.IntVar(&b.quarters, "quarters", 20, "quarters")
	f.IntVar(&b.workers, "workers", 2, "workers")
	f.IntVar(&b.pages, "pages", 400, "pages to ask for")
	if err := f.Parse(args); err != nil {
		return err
	}
	if b.providers < 1 || b.services < 1 || b.metrics < b.services || b.quarters < 1 || b.workers < 1 || b.pages < 1 {
		return errors.New("every number must be at least one, and there must be a metric for each service")
	}
	runtime.GOMAXPROCS(b.workers)
	if err := os.MkdirAll(b.dir, 0o755); err != nil {
		return err
	}
	results, err := os.Create(filepath.Join(b.dir, "quality.txt"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, results.Close()) }()
	b.out = io.MultiWriter(os.Stdout, results)
	dir, err := os.MkdirTemp(b.dir, "quality-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	files, err := b.make(dir)
	if err != nil {
		return err
	}
	b.print("%d providers, %d metrics of %d services, %d quarters: %d figures in %d files; %d workers, %s/%s, %s\n", b.providers, b.metrics, b.services, b.quarters, b.providers*b.metrics*b.quarters, len(files), b.workers, runtime.GOOS, runtime.GOARCH, runtime.Version())
	return b.measure(ctx, dir, files)
}

func (b *bench) print(format string, args ...any) { fmt.Fprintf(b.out, format, args...) }

var last = metric.Quarter{Year: 2026, Quarter: 2}

// make writes a file for each provider and quarter.
func (b *bench) make(dir string) ([]string, error) {
	var returners strings.Builder
	returners.WriteString("provider,service,from,to,gatekeeper,service_lead,confidence,source,note\n")
	for p := range b.providers {
		b.codes = append(b.codes, fmt.Sprintf("X%03d", p))
		for s := range b.services {
			fmt.Fprintf(&returners, "X%03d,S%02d,2015-04-01,,,,low,made up,SYNTHETIC\n", p, s)
		}
	}
	b.made["returners.csv"] = &fstest.MapFile{Data: []byte(returners.String())}
	for m := range b.metrics {
		text := fmt.Sprintf("metric: made-up-%03d\nversion: 1\neffective: {from: 2015-04-01}\nstatus: published\nprogramme: Trauma\nservices: [S%02d]\ntitle: Made-up metric %d\nshort_title: Made up %d\nwhy: to measure\nnumerator: some\ndenominator: all\n"+
			"unit: proportion\nmultiplier: 100\ndecimals: 1\nbetter: %s\nperiod: quarter\nsource: {kind: provider return, name: made up}\nattribution: provider\nlevels: [provider]\noutcomes: [effective]\nowner: nobody\nauthor: the bench\nchecker: nobody\n"+
			"reviewed: 2026-01-01\nnext_review: 2030-01-01\nreferences: [made up]\ntargets: [{value: 50, from: 2015-04-01}]\nsynthetic: true\n", m, m%b.services, m, m, []string{"up", "down"}[m%2])
		b.made[fmt.Sprintf("made-up-%03d-1.yaml", m)] = &fstest.MapFile{Data: []byte(text)}
	}
	set, err := b.load()
	if err != nil {
		return nil, err
	}
	r := rand.New(rand.NewPCG(1, 2))
	var files []string
	for _, code := range b.codes {
		for n := range b.quarters {
			q := last.Next(n - b.quarters + 1)
			var text strings.Builder
			text.WriteString("provider,service,period,metric,version,title,numerator,denominator,state,note\n")
			for _, e := range set.Metrics.DueFrom(code, q) {
				for _, d := range e.Metrics {
					all := 80 + r.IntN(400)
					fmt.Fprintf(&text, "%s,%s,%s,%s,%d,%s,%d,%d,,\n", code, e.Service, q, d.ID, d.Version, d.Title, all*(40+r.IntN(20))/100, all)
				}
			}
			path := filepath.Join(dir, fmt.Sprintf("%s_%d_Q%d.csv", code, q.Year, q.Quarter))
			if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
				return nil, err
			}
			files = append(files, path)
		}
	}
	return files, nil
}

func (b *bench) load() (web.Quality, error) {
	return web.LoadQuality(metric.Laid{Shipped: metrics.Files, Own: b.made}, rules.FS)
}

// measure goes through every step, and says how long each took.
func (b *bench) measure(ctx context.Context, dir string, files []string) (err error) {
	st, err := store.Open(ctx, store.Options{Dir: filepath.Join(dir, "data"), Program: "bench"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	set, err := b.load()
	if err != nil {
		return err
	}
	whole, all := time.Now(), processor()
	step := func(what string, do func() error) error {
		began, busy := time.Now(), processor()
		if err := do(); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		b.print("  %-52s %6.2f s, %6.2f s of processors\n", what, time.Since(began).Seconds(), (processor() - busy).Seconds())
		return nil
	}
	var list []store.Incoming
	var ids []int64
	var figures []quality.Figure
	var find func(string, int, string) *metric.Definition
	var board *quality.Board
	p := store.Publication{Title: "bench", Profile: measure.Profiles()[0], Rules: set.Rules}
	steps := []struct {
		what string
		do   func() error
	}{
		{"read and check every row", func() (err error) { list, err = b.read(set.Metrics, files); return err }},
		{"take in, with the audit log", func() (err error) { ids, err = st.SubmitReturns(ctx, "ann", list); return err }},
		{"sign", func() error { return st.SignReturns(ctx, "bob", ids, "") }},
		{"publish: judge every figure and record alerts", func() error {
			out, err := st.Publish(ctx, "cy", p)
			b.print("  %d returns published, %d alerts raised\n", out.Returns, out.Raised)
			return err
		}},
		{"read what is published", func() (err error) { figures, find, err = st.PublishedFigures(ctx, 0); return err }},
		{"every control chart and funnel worked out", func() error {
			board = quality.Build(figures, quality.Options{Profile: p.Profile, Definition: find, Workers: b.workers})
			return nil
		}},
		{"every control chart and funnel drawn as SVG", func() error { b.draw(board); return nil }},
	}
	for _, x := range steps {
		if err := step(x.what, x.do); err != nil {
			return err
		}
	}
	b.print("  %-52s %6.2f s, %6.2f s of processors\n", "all of it", time.Since(whole).Seconds(), (processor() - all).Seconds())
	if err := step("the audit log verified", func() error { _, err := st.Verify(ctx, ""); return err }); err != nil {
		return err
	}
	return b.ask(st, set)
}

// read reads files, as many at a time as there are workers.
func (b *bench) read(set *metric.Collection, files []string) ([]store.Incoming, error) {
	read, faults := make([][]store.Incoming, len(files)), make([]error, len(files))
	var wait sync.WaitGroup
	for worker := range b.workers {
		wait.Go(func() {
			for i := worker; i < len(files); i += b.workers {
				text, err := os.ReadFile(files[i])
				if err != nil {
					faults[i] = err
					continue
				}
				_, _, parts, err := set.Take(text, files[i])
				faults[i] = err
				for j := range parts {
					read[i] = append(read[i], store.IncomingOf(&parts[j], filepath.Base(files[i]), ""))
				}
			}
		})
	}
	wait.Wait()
	return slices.Concat(read...), errors.Join(faults...)
}

// draw draws every chart, and counts its bytes so that none is left out.
func (b *bench) draw(board *quality.Board) {
	var wait sync.WaitGroup
	size, charts := make([]int, b.workers), make([]int, b.workers)
	name := func(code string) string { return code }
	for worker := range b.workers {
		wait.Go(func() {
			for i := worker; i < len(board.Subjects); i += b.workers {
				s := board.Subjects[i]
				for _, x := range s.Series {
					size[worker] += len(quality.DrawSeries(x, board.Profile, false, x.Organisation).SVG)
					charts[worker]++
				}
				if s.Funnel != nil {
					size[worker] += len(quality.DrawFunnel(s, s.Funnel, "", name).SVG)
					charts[worker]++
				}
			}
		})
	}
	wait.Wait()
	n, bytes := 0, 0
	for i := range size {
		n, bytes = n+charts[i], bytes+size[i]
	}
	b.print("  %d charts, %d MB of SVG\n", n, bytes>>20)
}

// ask asks for pages of every kind, and says how long the slowest twentieth takes.
func (b *bench) ask(st *store.Store, set web.Quality) error {
	site, err := web.New(web.Options{Store: st, Program: "bench", Quality: set})
	if err != nil {
		return err
	}
	defer site.Close()
	r := rand.New(rand.NewPCG(3, 4))
	kinds := []func() string{
		func() string { return "/quality" },
		func() string { return fmt.Sprintf("/quality/metrics/made-up-%03d", r.IntN(b.metrics)) },
		func() string {
			return fmt.Sprintf("/quality/metrics/made-up-%03d?provider=%s", r.IntN(b.metrics), b.codes[r.IntN(len(b.codes))])
		},
		func() string { return "/quality/providers/" + b.codes[r.IntN(len(b.codes))] },
		func() string { return "/quality/summary/" + b.codes[r.IntN(len(b.codes))] },
		func() string { return "/quality/highlighted" },
		func() string { return "/quality/metrics" },
	}
	ask := func(address string) (time.Duration, error) {
		w := httptest.NewRecorder()
		began := time.Now()
		site.ServeHTTP(w, httptest.NewRequest(http.MethodGet, address, nil))
		if w.Code != http.StatusOK {
			return 0, fmt.Errorf("%s: status %d", address, w.Code)
		}
		return time.Since(began), nil
	}
	first, err := ask("/quality")
	if err != nil {
		return err
	}
	b.print("  the first page after a release, which works the board out   %6.2f s\n", first.Seconds())
	var all []time.Duration
	for _, kind := range kinds {
		var took []time.Duration
		for range max(1, b.pages/len(kinds)) {
			d, err := ask(kind())
			if err != nil {
				return err
			}
			took = append(took, d)
		}
		slices.Sort(took)
		b.print("  %-40s p50 %6.1f ms, p95 %6.1f ms\n", kind(), ms(took[len(took)/2]), ms(took[len(took)*95/100]))
		all = append(all, took...)
	}
	slices.Sort(all)
	b.print("  %-40s p50 %6.1f ms, p95 %6.1f ms\n", fmt.Sprintf("%d pages of all kinds", len(all)), ms(all[len(all)/2]), ms(all[len(all)*95/100]))
	return nil
}

// processor is how long this process has kept processors busy, which says more than
// the clock on a machine that others use.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
