//go:build unix

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// addresses are what is asked for, by kind; %d is a number that makes one that
// may not have been asked before, within the day or service that it names.
var addresses = map[string][]string{
	"ask":          {"/", "/?service=NCBPS11B&for=Z9B2Z", "/?service=%s&for=QMM&on=%d", "/?service=%s&on=%d", "/?service=3&for=H85001"},
	"service":      {"/services", "/services/%s", "/services/%s?on=%d"},
	"line":         {"/lines/NCBPS11B", "/lines/NCBPS29B?on=%d"},
	"organisation": {"/organisations", "/organisations/Z9B2Z", "/organisations/QMM?on=%d", "/organisations/NHSE", "/organisations/NHSE?on=%d", "/organisations?list=practice", "/organisations?list=provider"},
	"instruments":  {"/instruments", "/instruments/BENCH-0", "/instruments?on=%d", "/committees"},
	"changes":      {"/changes", "/changes?from=2026-03-31&to=2026-04-01", "/bulletin", "/bulletin.atom"},
	"method":       {"/method", "/method/cam-2025-26", "/method/cam-2025-26/compare/cam-2024-25", "/method/cam-2025-26?on=%d"},
	"map":          {"/map", "/map?on=%d"},
	"lists":        {"/retained", "/retained?on=%d", "/data", "/data/service_set", "/search?q=dialisis", "/search?q=renal&on=%d", "/help", "/glossary"},
	"api":          {"/api/v1/services", "/api/v1/organisations?limit=100", "/api/v1/who?service=%s&for=QMM", "/api/v1/instruments", "/fhir/Organization/QMM"},
}

var someServices = []string{"3", "11", "29", "2", "6", "12", "78", "134"}

// asked makes an address: two thirds of those with a day have one of few days, and
// so come from what is kept; the others are mostly new.
func asked(pattern string) string {
	address := strings.ReplaceAll(pattern, "%s", someServices[rand.IntN(len(someServices))])
	days := 3
	if rand.IntN(3) == 0 {
		days = 900
	}
	day := time.Date(2024, 4, 1+rand.IntN(days), 0, 0, 0, 0, time.UTC)
	return strings.ReplaceAll(address, "%d", day.Format(time.DateOnly))
}

// answer is how one request went.
type answer struct {
	kind, address string
	took          time.Duration
	err           error
}

// site starts the server, asks of it, and says how it went.
func (b *bench) site(ctx context.Context, args ...string) error {
	server, base, first, err := b.start(ctx, args)
	if err != nil {
		return err
	}
	if err := b.cold(base); err != nil {
		return err
	}
	answers := b.ask(ctx, base)
	resting, errRest := pageTime(base + "/")
	used, err := stop(server)
	if err := errors.Join(err, errRest); err != nil {
		return err
	}
	b.report(answers)
	b.print("  start to first page %s ms; the first page when nothing else is asked %s ms\n", ms(first), ms(resting))
	cpu := used.user + used.sys
	b.print("  processors: %.1f s (%.1f user, %.1f system), %.2f ms a request; memory at most %d MB\n",
		cpu.Seconds(), used.user.Seconds(), used.sys.Seconds(), cpu.Seconds()*1000/float64(len(answers)), used.peak>>20)
	return nil
}

// cold asks for each page once, by itself, and says which take longest the first
// time.
func (b *bench) cold(base string) error {
	var all []answer
	for _, kind := range slices.Sorted(maps.Keys(addresses)) {
		for _, pattern := range addresses[kind] {
			address := strings.NewReplacer("%s", "11", "%d", "2025-06-01").Replace(pattern)
			took, err := pageTime(base + address)
			if err != nil {
				return fmt.Errorf("%s: %w", address, err)
			}
			all = append(all, answer{kind: kind, address: address, took: took})
		}
	}
	b.print("  first time, one by one; the slowest of %d:%s\n", len(all), slowest(all, 6))
	return nil
}

func slowest(of []answer, n int) string {
	of = slices.Clone(of)
	slices.SortFunc(of, func(a, b answer) int { return int(b.took - a.took) })
	text := ""
	for _, x := range of[:min(n, len(of))] {
		text += " " + x.address + " " + ms(x.took) + " ms;"
	}
	return text
}

// start runs the server and waits for its first page.
func (b *bench) start(ctx context.Context, args []string) (*exec.Cmd, string, time.Duration, error) {
	c := exec.CommandContext(ctx, b.remit, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
	c.Stderr = nil
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, "", 0, err
	}
	began := time.Now()
	if err := c.Start(); err != nil {
		return nil, "", 0, err
	}
	base := ""
	for lines := bufio.NewScanner(out); base == "" && lines.Scan(); {
		if at := strings.Index(lines.Text(), "http://"); at >= 0 {
			base = strings.Fields(lines.Text()[at:])[0]
		}
	}
	if base == "" {
		return nil, "", 0, errors.Join(errors.New("the server did not say where it is"), c.Wait())
	}
	go io.Copy(io.Discard, out)
	if _, err := pageTime(base + "/"); err != nil {
		_, stopped := stop(c)
		return nil, "", 0, errors.Join(err, stopped)
	}
	return c, base, time.Since(began), nil
}

// usage is what the server took.
type usage struct {
	user, sys time.Duration
	peak      int64
}

func stop(c *exec.Cmd) (usage, error) {
	if err := c.Process.Signal(os.Interrupt); err != nil {
		return usage{}, err
	}
	var ended *exec.ExitError
	if err := c.Wait(); err != nil && !errors.As(err, &ended) {
		return usage{}, err
	}
	u := usage{user: c.ProcessState.UserTime(), sys: c.ProcessState.SystemTime()}
	if r, ok := c.ProcessState.SysUsage().(*syscall.Rusage); ok {
		u.peak = int64(r.Maxrss) * 1024
	}
	return u, nil
}

// ask sends requests at an even pace, whether or not earlier ones have been
// answered, and times each from the moment when it was due.
func (b *bench) ask(ctx context.Context, base string) []answer {
	kinds := slices.Sorted(maps.Keys(addresses))
	var mu sync.Mutex
	var all []answer
	var under sync.WaitGroup
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 256}}
	began, gap := time.Now(), time.Second/time.Duration(b.rate)
	for n := 0; ; n++ {
		due := began.Add(time.Duration(n) * gap)
		if due.Sub(began) >= b.duration || ctx.Err() != nil {
			break
		}
		time.Sleep(time.Until(due))
		kind := kinds[n%len(kinds)]
		list := addresses[kind]
		address := asked(list[rand.IntN(len(list))])
		under.Go(func() {
			_, err := fetch(client, base+address, n)
			mu.Lock()
			defer mu.Unlock()
			all = append(all, answer{kind, address, time.Since(due), err})
		})
	}
	under.Wait()
	return all
}

func fetch(client *http.Client, address string, n int) (int64, error) {
	r, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return 0, err
	}
	// The API limits what one address may ask: these are many readers.
	r.Header.Set("X-Forwarded-For", "10.0."+strconv.Itoa(n/200%250)+"."+strconv.Itoa(n%200))
	answer, err := client.Do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	size, err := io.Copy(io.Discard, answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d", answer.StatusCode)
	}
	return size, err
}

func pageTime(address string) (time.Duration, error) {
	began := time.Now()
	_, err := fetch(&http.Client{Timeout: 30 * time.Second}, address, 0)
	return time.Since(began), err
}

// report prints the times by kind and for all.
func (b *bench) report(answers []answer) {
	by := map[string][]time.Duration{}
	failed := map[string]int{}
	why := map[string]int{}
	for _, x := range answers {
		for _, kind := range []string{x.kind, "~all"} {
			by[kind] = append(by[kind], x.took)
			if x.err != nil {
				failed[kind]++
			}
		}
		if x.err != nil {
			why[x.address+": "+x.err.Error()]++
		}
	}
	b.print("  %-14s %8s %7s %8s %8s %8s %8s\n", "pages", "requests", "errors", "p50 ms", "p95 ms", "p99 ms", "most ms")
	for _, kind := range slices.Sorted(maps.Keys(by)) {
		took := by[kind]
		b.print("  %-14s %8d %7d %8s %8s %8s %8s\n", strings.Trim(kind, "~"), len(took), failed[kind], ms(at(took, 50)), ms(at(took, 95)), ms(at(took, 99)), ms(slices.Max(took)))
	}
	b.print("  the slowest:%s\n", slowest(answers, 5))
	for i, text := range slices.Sorted(maps.Keys(why)) {
		if i == 10 {
			b.print("  and %d other errors\n", len(why)-i)
			break
		}
		b.print("  %d times %s\n", why[text], text)
	}
}

// at is a percentile, which sorts the times.
func at(took []time.Duration, percent int) time.Duration {
	slices.Sort(took)
	return took[min(len(took)-1, len(took)*percent/100)]
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d.Microseconds())/1000) }
