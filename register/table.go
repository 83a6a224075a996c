package register

import (
	"slices"
	"sort"
)

// Table is a set of dated rows under one key. Within a table no key has two
// rows that hold on the same day, unless the table is declared many-valued
// (a provider may have several hosts, and that is worth seeing).
type Table struct {
	Name    string
	Key     string   // the column that rows are found by
	Columns []string // all columns that a method may read, the key among them
	rows    [][]string
	notes   []provenance
	byKey   map[string][]version
	directory
}

func newTable(name, key string, columns ...string) *Table {
	return &Table{Name: name, Key: key, Columns: columns}
}

// add appends a row. A row that says the same as the one just added, for the
// same key and from the day after it, makes that one longer instead, so that a
// window is never shorter than the fact.
func (t *Table) add(from, to Day, p provenance, values ...string) {
	if from > to {
		return
	}
	if n := len(t.rows) - 1; n >= 0 && t.notes[n].to < Latest && t.notes[n].to+1 == from && slices.Equal(t.rows[n], values) {
		t.notes[n].to = to
		return
	}
	p.from, p.to = from, to
	t.rows = append(t.rows, values)
	t.notes = append(t.notes, p)
}

// index makes the rows findable; nothing is added afterwards.
func (t *Table) index() *Table {
	at := max(t.Column(t.Key), 0)
	place := make(map[string]int32, len(t.rows))
	var counts []int32
	of := make([]int32, len(t.rows))
	for i, r := range t.rows {
		p, seen := place[r[at]]
		if !seen {
			p = int32(len(counts))
			place[r[at]] = p
			counts = append(counts, 0)
		}
		of[i] = p
		counts[p]++
	}
	all := make([]version, len(t.rows))
	groups := make([][]version, len(counts))
	start := int32(0)
	for p, n := range counts {
		groups[p] = all[start : start : start+n]
		start += n
	}
	for i, n := range t.notes {
		groups[of[i]] = append(groups[of[i]], version{n.from, n.to, int32(i)})
	}
	t.byKey = make(map[string][]version, len(groups))
	for key, p := range place {
		t.byKey[key] = groups[p]
	}
	return t
}

// Rows are the rows of a key in the order of the file, whenever they hold.
func (t *Table) Rows(key string) []int32 {
	var rows []int32
	for _, v := range t.versions(key) {
		rows = append(rows, v.row)
	}
	return rows
}

// At is the text of a named column in a row, blank where the table lacks the column.
func (t *Table) At(row int32, column string) string { return t.at(row, column) }

// value is the text in a named column on a day, blank when nothing holds.
func (t *Table) value(key string, on Day, column string) string {
	return t.Value(t.Find(key, on, 0).Row, t.Column(column))
}

// directory finds attribute rows for keys too many to hold as rows: the
// postcode directory has 2.7 million keys and a few hundred distinct answers.
type directory interface {
	// find gives the row of the table that holds for the key from the day given.
	find(key string) (versions []version)
}

type version struct {
	from, to Day
	row      int32
}

type provenance struct {
	from, to           Day
	source, confidence string
}

// NoRow is the row of a key that is not in the table on the day asked.
const NoRow int32 = -1

// Found is the answer to a look-up: the row, how many rows hold on that day
// (more than one only in a many-valued table), and the longest period around
// the day asked in which the answer stays the same.
type Found struct {
	Row      int32
	Count    int
	From, To Day
}

// Find looks up the row that holds for key on the day. An absent day finds
// nothing. nth picks among several rows of a many-valued table, 0 the first.
func (t *Table) Find(key string, on Day, nth int) Found {
	if on == NoDay {
		return Found{Row: NoRow, From: NoDay, To: NoDay}
	}
	f := Found{Row: NoRow, From: Earliest, To: Latest}
	for _, v := range t.versions(key) {
		switch {
		case v.to < on:
			f.From = max(f.From, v.to+1)
		case v.from > on:
			f.To = min(f.To, v.from-1)
		default:
			f.From, f.To = max(f.From, v.from), min(f.To, v.to)
			if f.Count == nth || f.Row == NoRow {
				f.Row = v.row
			}
			f.Count++
		}
	}
	return f
}

// FindEver looks a key up without regard to dates, as an undated join does.
func (t *Table) FindEver(key string, nth int) Found {
	vs := t.versions(key)
	if len(vs) == 0 {
		return Found{Row: NoRow, From: Earliest, To: Latest}
	}
	return Found{Row: vs[min(nth, len(vs)-1)].row, Count: len(vs), From: Earliest, To: Latest}
}

func (t *Table) versions(key string) []version {
	if vs := t.byKey[key]; vs != nil || t.directory == nil {
		return vs
	}
	return t.directory.find(key)
}

// Column is the position of a named column, or -1.
func (t *Table) Column(name string) int { return slices.Index(t.Columns, name) }

// Value is the text in a row's column; blank for NoRow.
func (t *Table) Value(row int32, column int) string {
	if row == NoRow {
		return ""
	}
	return t.rows[row][column]
}

// Len is the number of rows.
func (t *Table) Len() int { return len(t.rows) }

// Valid is the period in which the row holds.
func (t *Table) Valid(row int32) (from, to Day) { return t.notes[row].from, t.notes[row].to }

// Source says where the row's fact was published.
func (t *Table) Source(row int32) string { return t.notes[row].source }

// Confidence is high, medium or low.
func (t *Table) Confidence(row int32) string { return t.notes[row].confidence }

// Listed says whether Keys gives every key of the table.
func (t *Table) Listed() bool { return t.directory == nil }

// Keys are the keys of the table in order; those of a directory are not listed.
func (t *Table) Keys() []string {
	keys := make([]string, 0, len(t.byKey))
	for k := range t.byKey {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
