package register

// Pack is one consistent set of reference tables.
type Pack struct {
	Hash   string   // SHA-256 over the content of every file, in hexadecimal
	Origin string   // "shipped" or the directory it was read from
	Notes  []string // what a user of results should know: what is derived, missing, ambiguous
	tables map[string]*Table
}

// Table is the named table, or nil.
func (p *Pack) Table(name string) *Table { return p.tables[name] }
