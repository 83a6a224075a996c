package register

import (
	"fmt"
	"slices"
	"strings"

	"remit/register/postcode"
)

// began is the day on which integrated care boards began. References are
// checked from then on: the pack does not tell the organisations before.
var began = civil(2022, 7, 1)

// draft is a pack in the making: the files as they stand after the overlays.
type draft struct {
	sheets  map[string]*sheet
	sources map[string]Source // by id
	cited   map[string]string // a row's source as written to the citations in full
	index   *postcode.Index
	notes   []string
}

// assemble lays the overlays over the base and checks for rows at odds.
func (d *draft) assemble(files []*file) (faults []Fault) {
	slices.SortStableFunc(files, func(a, b *file) int { return a.layer - b.layer })
	for _, f := range files {
		switch {
		case f.index != nil:
			d.index = f.index
		case f.name == sourceFile:
			faults = append(faults, readSources(f, d.sources)...)
		case d.sheets[f.sheet.schema.table] == nil:
			d.sheets[f.sheet.schema.table] = f.sheet
		default:
			// Rows at odds inside one layer are found before a later layer hides them.
			faults = append(faults, d.sheets[f.sheet.schema.table].checkOverlaps()...)
			d.sheets[f.sheet.schema.table].lay(f.sheet)
		}
	}
	for _, s := range schemas {
		if d.sheets[s.table] == nil {
			d.sheets[s.table] = &sheet{schema: s}
		}
		faults = append(faults, d.sheets[s.table].checkOverlaps()...)
	}
	return dedupe(faults)
}

func dedupe(faults []Fault) []Fault {
	seen := map[Fault]bool{}
	return slices.DeleteFunc(faults, func(f Fault) bool {
		was := seen[f]
		seen[f] = true
		return was
	})
}

// check follows every reference from one table to another, on the dates on
// which the row holds.
func (d *draft) check() (faults []Fault) {
	periods := map[string]map[string][]period{}
	for _, s := range schemas {
		for at, c := range s.columns {
			if c.kind != known && c.kind != knownMust {
				continue
			}
			for _, t := range c.of {
				if periods[t] == nil {
					periods[t] = d.sheets[t].periods()
				}
			}
			faults = append(faults, d.sheets[s.table].checkReferences(at, &c, periods)...)
		}
	}
	return faults
}

type period struct{ from, to Day }

func (s *sheet) periods() map[string][]period {
	held := make(map[string][]period, len(s.lines))
	for i := range s.lines {
		l := &s.lines[i]
		held[l.key()] = append(held[l.key()], period{l.from, l.to})
	}
	for _, ps := range held {
		slices.SortFunc(ps, func(a, b period) int { return int(a.from) - int(b.from) })
	}
	return held
}

func (s *sheet) checkReferences(at int, c *column, held map[string]map[string][]period) (faults []Fault) {
	for i := range s.lines {
		l := &s.lines[i]
		code := l.fields[at]
		if code == "" {
			continue
		}
		ps, table := lookUp(c.of, code, held)
		if len(ps) == 0 {
			faults = append(faults, l.fault(c.name, code, "the code is not in "+strings.Join(c.of, ".csv, ")+".csv", "add it there or put the code right"))
			continue
		}
		if gap := uncovered(max(l.from, began), l.to, ps); gap != NoDay {
			faults = append(faults, l.fault(c.name, code, fmt.Sprintf("%s.csv has no row for the code on %s, when this row holds", table, gap), "end this row sooner, or make that one hold longer"))
		}
	}
	return faults
}

// lookUp gives the periods of a code in the first of the tables that has it.
func lookUp(tables []string, code string, held map[string]map[string][]period) ([]period, string) {
	for _, t := range tables {
		if ps := held[t][code]; len(ps) > 0 {
			return ps, t
		}
	}
	return nil, ""
}

// uncovered is the first day from from to to on which none of the periods
// (in order) holds, or NoDay when they cover it all.
func uncovered(from, to Day, ps []period) Day {
	for _, p := range ps {
		if from > to {
			return NoDay
		}
		if p.from > from {
			return from
		}
		if p.to == Latest {
			return NoDay
		}
		from = max(from, p.to+1)
	}
	if from > to {
		return NoDay
	}
	return from
}

func (d *draft) note(format string, args ...any) {
	d.notes = append(d.notes, fmt.Sprintf(format, args...))
}

// provenance is the source of a row with the citations written out.
func (d *draft) provenance(s *sheet, l *line) provenance {
	n := len(l.fields)
	return provenance{source: d.cite(l.fields[n-1]), confidence: l.fields[n-2]}
}

// cite writes out a source. A source is either ids of source.csv with blanks
// between, or the citation itself.
func (d *draft) cite(source string) string {
	if full, known := d.cited[source]; known {
		return full
	}
	full := cite(source, func(id string) (string, bool) {
		s, known := d.sources[id]
		return s.Citation, known
	})
	if d.cited == nil {
		d.cited = map[string]string{}
	}
	d.cited[source] = full
	return full
}

func cite(source string, find func(id string) (citation string, known bool)) string {
	var parts []string
	for _, id := range strings.Fields(source) {
		citation, known := find(id)
		if !known {
			return source
		}
		parts = append(parts, citation)
	}
	return strings.Join(parts, "; ")
}

// plain makes a table of a file as it stands: the schema's columns without the
// validity and the provenance, which every table keeps apart.
func (d *draft) plain(name, table string) *Table {
	s := d.sheets[table]
	keep := len(s.schema.columns) - len(footing)
	t := newTable(name, s.schema.identity[0], s.schema.names()[:keep]...)
	t.rows = make([][]string, 0, len(s.lines))
	t.notes = make([]provenance, 0, len(s.lines))
	for i := range s.lines {
		l := &s.lines[i]
		p := d.provenance(s, l)
		p.from, p.to = l.from, l.to
		t.rows = append(t.rows, l.fields[:keep:keep])
		t.notes = append(t.notes, p)
	}
	return t
}

// inOrder are the rows of a file by key and then by date, so that rows which
// follow on from one another can be joined.
func (s *sheet) inOrder() []*line {
	lines := make([]*line, len(s.lines))
	for i := range s.lines {
		lines[i] = &s.lines[i]
	}
	slices.SortStableFunc(lines, func(a, b *line) int {
		if c := strings.Compare(a.key(), b.key()); c != 0 {
			return c
		}
		return int(a.from) - int(b.from)
	})
	return lines
}

// cuts are the days inside a period on which something else begins or ends.
type cuts []Day

func (c *cuts) of(t *Table, key string) {
	if t == nil || key == "" {
		return
	}
	for _, v := range t.versions(key) {
		*c = append(*c, v.from)
		if v.to < Latest {
			*c = append(*c, v.to+1)
		}
	}
}

// each calls do for every stretch of the period in which none of the cuts falls.
func (c cuts) each(from, to Day, do func(from, to Day)) {
	slices.Sort(c)
	for _, day := range slices.Compact(c) {
		if day <= from || day > to {
			continue
		}
		do(from, day-1)
		from = day
	}
	do(from, to)
}
