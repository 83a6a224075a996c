package register

import (
	"iter"
	"slices"
	"strings"
)

// Tables are the names of the tables that a pack is made of, one file each, in
// reading order. Tables that are worked out of them are not among them.
func Tables() []string {
	names := make([]string, len(schemas))
	for i, s := range schemas {
		names[i] = s.table
	}
	return names
}

// Identity are the columns by which rows of a table are told apart: no two rows
// with the same values in them may hold on one day. Nil for what is no table.
func Identity(table string) []string {
	s := schemaOf(table)
	if s == nil {
		return nil
	}
	return slices.Clone(s.identity)
}

// Field says what a column of a table may hold.
type Field struct {
	Name   string
	Kind   string   // text, choice, flag (0 or 1), date (YYYY-MM-DD), postcode or code (of another table)
	Of     []string // the choices, or the tables that the code must be in
	Needed bool     // it may not be blank
}

// Fields are the columns of a table in order, those that every table ends with
// (valid_from, valid_to, confidence, source) among them.
func Fields(table string) []Field {
	s := schemaOf(table)
	if s == nil {
		return nil
	}
	fields := make([]Field, len(s.columns))
	for i, c := range s.columns {
		fields[i] = Field{Name: c.name, Kind: c.kind.String(), Of: slices.Clone(c.of), Needed: c.needed()}
	}
	return fields
}

func (k kind) String() string {
	switch k {
	case choice:
		return "choice"
	case flag:
		return "flag"
	case day, dayMust:
		return "date"
	case postcoded, postcodeMust:
		return "postcode"
	case known, knownMust:
		return "code"
	}
	return "text"
}

// Row is a row of a file of the pack as it stands after the overlays.
type Row struct {
	Fields   []string // in the order of Columns, all of them; not to be changed
	From, To Day
	File     string
	Line     int // counted from 1, the header being 1
}

// Fault is a fault of the row, for those who check more than a pack checks itself.
func (r Row) Fault(column, value, problem, remedy string) Fault {
	return Fault{File: r.File, Row: r.Line, Column: column, Value: value, Problem: problem, Remedy: remedy}
}

// Rows walks the rows of one of the Tables in the order of the file. A set of
// case tables has none.
func (p *Pack) Rows(table string) iter.Seq[Row] {
	return func(yield func(Row) bool) {
		s := p.sheets[table]
		if s == nil {
			return
		}
		for i := range s.lines {
			l := &s.lines[i]
			if !yield(Row{Fields: l.fields, From: l.from, To: l.to, File: l.file, Line: int(l.row)}) {
				return
			}
		}
	}
}

// Source is what rows cite: an id, the citation and the licence.
type Source struct {
	ID, Citation, Licence string
}

// Sources are the sources of the pack, ordered by id.
func (p *Pack) Sources() []Source { return slices.Clone(p.sources) }

// Cite writes out the source of a row: ids of Sources become their citations,
// and anything else stands as it is.
func (p *Pack) Cite(source string) string {
	if full, known := p.cited[source]; known {
		return full
	}
	return cite(source, func(id string) (string, bool) {
		i, found := slices.BinarySearchFunc(p.sources, id, func(s Source, id string) int { return strings.Compare(s.ID, id) })
		if !found {
			return "", false
		}
		return p.sources[i].Citation, true
	})
}
