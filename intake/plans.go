package intake

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"remit/calendar"
	"remit/monitor"
)

// Plans are the plan files of the data directory: plans/*.csv, in the layout that
// monitor.ReadPlan reads. What a file plans of a provider and year takes the place
// of the activity plan that was submitted.
type Plans struct {
	stamp string
	list  []monitor.PlanRow
	from  map[planYear][]string // files
}

type planYear struct {
	provider string
	year     int
}

// DataDir is the data directory of the ledger.
func (l *Ledger) DataDir() string { return filepath.Dir(l.dir) }

// Plans reads the plan files, again when one of them has changed. A file that
// cannot be used is an error that names every fault.
func (l *Ledger) Plans() (*Plans, error) {
	dir := filepath.Join(l.DataDir(), "plans")
	paths, err := filepath.Glob(filepath.Join(dir, "*.csv"))
	if err != nil {
		return nil, err
	}
	slices.Sort(paths)
	var stamp strings.Builder
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("the plan files: %w", err)
		}
		fmt.Fprintln(&stamp, path, info.Size(), info.ModTime().UnixNano())
	}
	l.mu.Lock()
	kept := l.plan
	l.mu.Unlock()
	if kept != nil && kept.stamp == stamp.String() {
		return kept, nil
	}
	p := &Plans{stamp: stamp.String(), from: map[planYear][]string{}}
	for _, path := range paths {
		if err := p.read(path); err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
		}
	}
	l.mu.Lock()
	l.plan = p
	l.mu.Unlock()
	return p, nil
}

func (p *Plans) read(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	rows, err := monitor.ReadPlan(filepath.Base(path), f)
	if err != nil {
		return err
	}
	p.list = append(p.list, rows...)
	for _, r := range rows {
		k := planYear{r.Provider, r.Year}
		if !slices.Contains(p.from[k], filepath.Base(path)) {
			p.from[k] = append(p.from[k], filepath.Base(path))
		}
	}
	return nil
}

// Covers tells whether a file plans a provider's year.
func (p *Plans) Covers(provider string, year int) bool {
	return len(p.from[planYear{provider, year}]) > 0
}

// Files are the names of the files that plan a provider's year, 202627.
func (p *Plans) Files(provider, year string) []string {
	y, err := calendar.ParseYear(year)
	if err != nil {
		return nil
	}
	return p.from[planYear{provider, y}]
}

// rows are those of the files that a question asks for, with what it does not tell apart left out.
func (p *Plans) rows(q Question) []monitor.PlanRow {
	var list []monitor.PlanRow
	for _, r := range p.list {
		if matches(&r, q.Where) {
			r.Line = 0
			list = append(list, r)
		}
	}
	return list
}
