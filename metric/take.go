package metric

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Heading reads whose return a file is: the provider and quarter of its first row.
func Heading(text []byte, name string) (provider string, q Quarter, err error) {
	in := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	in.FieldsPerRecord = -1
	header, err := in.Read()
	if err != nil {
		return "", q, ReturnFaults{{File: name, Problem: "the header cannot be read", Remedy: "begin with the template"}}
	}
	row, err := in.Read()
	if err != nil {
		return "", q, ReturnFaults{{File: name, Problem: "it has no rows", Remedy: "begin with the template"}}
	}
	cell := func(column string) string {
		if i := slices.Index(header, column); i >= 0 && i < len(row) {
			return strings.TrimSpace(row[i])
		}
		return ""
	}
	var faults ReturnFaults
	if provider = cell("provider"); provider == "" {
		faults = append(faults, ReturnFault{name, 1, "provider", "", "it says not whose return it is", "begin with the template"})
	}
	if q, err = ParseQuarter(cell("period")); err != nil {
		faults = append(faults, ReturnFault{name, 1, "period", cell("period"), "it is not a quarter", "write it as 2026/27 Q1"})
	}
	if len(faults) > 0 {
		return "", q, faults
	}
	return provider, q, nil
}

// Take reads a return against what is due from its provider for its quarter. What
// is returned for several services comes apart by service, in the order in which
// they are due.
func (c *Collection) Take(text []byte, name string) (provider string, q Quarter, parts []Part, err error) {
	if provider, q, err = Heading(text, name); err != nil {
		return "", q, nil, err
	}
	due := c.DueFrom(provider, q)
	if len(due) == 0 {
		return provider, q, nil, ReturnFaults{{File: name, Row: 1, Column: "provider", Value: provider, Problem: fmt.Sprintf("no return is due from it for %s", q),
			Remedy: "look at metrics/returners.csv, which says who returns for which service, and at the metrics that are returned"}}
	}
	entries, err := ReadReturn(text, name, due...)
	if err != nil {
		return provider, q, nil, err
	}
	for _, e := range due {
		part := Part{Expected: e}
		for i := range entries {
			if entries[i].Service == e.Service {
				part.Entries = append(part.Entries, entries[i])
			}
		}
		if len(part.Entries) > 0 {
			parts = append(parts, part)
		}
	}
	return provider, q, parts, nil
}

// Part is what a return says for one service.
type Part struct {
	Expected
	Entries []Entry
}

// Of gives the definition of an entry.
func (p *Part) Of(e *Entry) *Definition {
	for _, d := range p.Metrics {
		if d.ID == e.Metric {
			return d
		}
	}
	return nil
}

// Laid are files of which an operator's folder replaces those of the same name, and
// adds others.
type Laid struct {
	Shipped fs.FS
	Own     fs.FS // nil: none
}

// Open opens the operator's file, or the one that ships.
func (l Laid) Open(name string) (fs.File, error) {
	if l.Own != nil {
		f, err := l.Own.Open(name)
		if !errors.Is(err, fs.ErrNotExist) {
			return f, err
		}
	}
	return l.Shipped.Open(name)
}

// Glob finds files in either folder.
func (l Laid) Glob(pattern string) ([]string, error) {
	names, err := fs.Glob(l.Shipped, pattern)
	if err != nil || l.Own == nil {
		return names, err
	}
	own, err := fs.Glob(l.Own, pattern)
	names = append(names, own...)
	slices.Sort(names)
	return slices.Compact(names), err
}
