//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// measure is what one process took.
type measure struct {
	wall, user, sys time.Duration
	peak            int64 // bytes resident at most
}

func seconds(m measure) float64 { return m.wall.Seconds() }
func work(m measure) float64    { return (m.user + m.sys).Seconds() }
func memory(m measure) float64  { return float64(m.peak) / 1e6 }

// execute runs a command and gives what it took and what it said.
func execute(command []string) (measure, string, error) {
	var said bytes.Buffer
	c := exec.Command(command[0], command[1:]...)
	c.Stdout, c.Stderr = &said, &said
	started := time.Now()
	err := c.Run()
	wall := time.Since(started)
	if err != nil {
		return measure{}, "", fmt.Errorf("%s: %w\n%s", strings.Join(command, " "), err, said.String())
	}
	used, ok := c.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return measure{}, "", errors.New("this system does not say what a process used")
	}
	unit := int64(1024) // kilobytes, but for Darwin
	if runtime.GOOS == "darwin" {
		unit = 1
	}
	return measure{wall, c.ProcessState.UserTime(), c.ProcessState.SystemTime(), int64(used.Maxrss) * unit}, said.String(), nil
}

// contest is one of the things that are run by turns.
type contest struct {
	name     string
	runs     int
	command  func(out string) []string
	warm     bool  // has run before
	bytes    int64 // what its output came to, once same has run it
	floor    bool  // writes bytes and no records
	done     []measure
	manifest manifest // of the last run, when it left one
}

// manifest is what the bench reads of PATH.run.json.
type manifest struct {
	Rows   int64 `json:"rows"`
	Spells struct {
		Spells int64 `json:"spells"`
		Bytes  int64 `json:"bytes_per_spell_at_most"`
	} `json:"spells"`
}

// byTurns runs each once to warm up and then A B C A B C.
func (b *bench) byTurns(all []*contest, records int64) error {
	for turn := -1; ; turn++ {
		ran := false
		for _, c := range all {
			if turn >= c.runs {
				continue
			}
			ran = true
			if turn < 0 && c.warm {
				continue
			}
			m, err := b.once(c, records)
			if err != nil {
				return err
			}
			if turn >= 0 {
				c.done = append(c.done, m)
			}
		}
		if !ran {
			return nil
		}
	}
}

// once runs one contest and believes it when every record came out.
func (b *bench) once(c *contest, records int64) (measure, error) {
	out := filepath.Join(b.dir, "out.csv")
	b.remove(out)
	defer b.remove(out) // before it is written to the disk, if we are quick
	command := c.command(out)
	m, _, err := execute(command)
	if err != nil {
		return m, err
	}
	if c.floor {
		return m, nil
	}
	lines, err := countLines(out)
	if err != nil {
		return m, err
	}
	if lines != records+1 {
		return m, fmt.Errorf("%s: %d lines came out of %d records", strings.Join(command, " "), lines, records)
	}
	text, err := os.ReadFile(out + ".run.json")
	if errors.Is(err, os.ErrNotExist) {
		return m, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &c.manifest)
	}
	if err == nil && c.manifest.Rows != records {
		err = fmt.Errorf("%s: the manifest counts %d of %d records", strings.Join(command, " "), c.manifest.Rows, records)
	}
	return m, err
}

func (b *bench) remove(out string) {
	os.Remove(out)
	os.Remove(out + ".run.json")
}

// same wants two contests to write the same lines, in whatever order. An empty
// text and an absent value are the same to it: DuckDB writes "" for the first.
func (b *bench) same(one, two *contest) error {
	var sums [2][2]uint64
	for i, c := range []*contest{one, two} {
		out := filepath.Join(b.dir, "out.csv")
		_, _, err := execute(c.command(out))
		if err == nil {
			sums[i], err = sumLines(out)
		}
		if info, statErr := os.Stat(out); statErr == nil {
			c.bytes = info.Size()
		}
		b.remove(out)
		if err != nil {
			return err
		}
		c.warm = true
	}
	if sums[0] != sums[1] {
		return fmt.Errorf("%s and %s do not give the same records", one.name, two.name)
	}
	b.print("  %s and %s give the same %s lines\n", one.name, two.name, thousands(int64(sums[0][1])))
	return nil
}

// synth makes a file of records, or takes the one that is there.
func (b *bench) synth(layout string, records int64) (string, error) {
	file := filepath.Join(b.dir, fmt.Sprintf("%s-%d.csv", layout, records))
	if lines, err := countLines(file); err != nil || lines != records+1 {
		if _, _, err := execute([]string{b.remit, "synth", "--layout", layout, "--records", fmt.Sprint(records), "--seed", "2026", "--out", file}); err != nil {
			return "", err
		}
		syscall.Sync() // so that writing it does not go on while others run
		if _, err := countLines(file); err != nil {
			return "", err
		}
	}
	return file, nil
}

func countLines(path string) (int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	buf := make([]byte, 1<<20)
	for n := int64(0); ; {
		got, err := f.Read(buf)
		n += int64(bytes.Count(buf[:got], []byte{'\n'}))
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return 0, err
		}
	}
}

// onProcessors is how a command is held to the first n processors.
func onProcessors(n string) []string {
	if _, err := exec.LookPath("taskset"); err == nil {
		return []string{"taskset", "-c", map[string]string{"1": "0", "2": "0,1"}[n]}
	}
	return []string{"env", "GOMAXPROCS=" + n}
}

func median[T any](list []T, value func(T) float64) float64 {
	var values []float64
	for _, x := range list {
		values = append(values, value(x))
	}
	slices.Sort(values)
	n := len(values)
	if n%2 == 1 {
		return values[n/2]
	}
	return (values[n/2-1] + values[n/2]) / 2
}

// ratios is the median of how much longer one took than the other, turn by
// turn, with the least and the most.
func ratios(slow, fast []measure) string {
	var list []float64
	for i := range min(len(slow), len(fast)) {
		list = append(list, slow[i].wall.Seconds()/fast[i].wall.Seconds())
	}
	return fmt.Sprintf("%.2f (%.2f to %.2f)", median(list, func(x float64) float64 { return x }), slices.Min(list), slices.Max(list))
}

func (b *bench) heading() {
	b.print("  %-27s %9s %12s %12s %10s %8s\n", "", "seconds", "records/s", "µs a record", "CPU s", "peak MB")
}

func (b *bench) line(name string, records int64, done []measure) {
	s := median(done, seconds)
	b.print("  %-27s %9.2f %12s %12.3f %10.2f %8.0f\n", name, s, thousands(int64(float64(records)/s)), 1e6*s/float64(records), median(done, work), median(done, memory))
}

func thousands(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// processor names the machine, where Linux says.
func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for _, line := range strings.Split(string(text), "\n") {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unnamed processor"
}

// load tells how busy the machine is with other things.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(text))[:3], " ")
}

// sumLines adds up a hash of every line, so that the order makes no
// difference, and counts the lines.
func sumLines(path string) (sum [2]uint64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return sum, err
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<20)
	h := fnv.New64a()
	for {
		line, err := r.ReadSlice('\n')
		if len(line) > 0 {
			h.Reset()
			h.Write(bytes.ReplaceAll(bytes.TrimRight(line, "\r\n"), []byte(`""`), nil))
			sum[0] += h.Sum64()
			sum[1]++
		}
		if err == io.EOF {
			return sum, nil
		}
		if err != nil {
			return sum, err
		}
	}
}
