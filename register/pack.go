package register

import (
	"slices"

	"remit/register/postcode"
)

// Pack is one consistent set of reference tables.
type Pack struct {
	Hash      string   // SHA-256 over the content of every file, in hexadecimal
	Origin    string   // "shipped" or the directory it was read from, and the overlays
	Notes     []string // what a user of results should know: what is derived, missing, ambiguous
	tables    map[string]*Table
	sheets    map[string]*sheet // the files that the tables were made of
	sources   []Source          // ordered by id
	cited     map[string]string // a row's source as written to the citations in full
	postcodes *postcode.Index
	closers   []func() error
}

// Table is the named table, or nil.
func (p *Pack) Table(name string) *Table { return p.tables[name] }

// Names are the names of all tables, in order.
func (p *Pack) Names() []string {
	names := make([]string, 0, len(p.tables))
	for n := range p.tables {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

func (p *Pack) put(t *Table) *Table {
	p.tables[t.Name] = t.index()
	return t
}
