package web

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"remit/register"
)

// Table is a table of a page. The address sorts it (sort=name or sort=-name),
// filters it (a column's key, or q= for any text in it), leafs through it
// (page=2) and downloads it (format=csv or json). On a page with several,
// table= names the one that the others are about.
type Table struct {
	Name    string // of the table, in addresses and of the file
	Caption string
	Columns []Column
	Rows    []Row
	Empty   string // why there is nothing, when there is nothing at all
	Search  bool   // show a box that filters by any text
	Most    int    // rows that a page shows; 0: pageRows

	asked    *Asked
	selected bool // the address is about this one
	sort     string
	page     int
	words    string
	found    []Row
}

// Column is a column of a table.
type Column struct {
	Key     string // in addresses and files
	Title   string
	Numeric bool
	Filter  bool     // the reader can pick one of its values
	Options []string // the values to pick from; nil: those in the rows
	Wide    bool     // of names: it does not shrink to a word a line

	picked string
}

// Row is a row of a table, a cell a column.
type Row []Cell

// Cell is one cell.
type Cell struct {
	Text  string // what is shown; blank: Lacks, or "No data"
	Value string // what is sorted by and written to files; blank: Text
	Href  string
	Code  bool   // in a monospaced face
	Tag   string // a word set apart behind the text
	Lacks string // what to show instead of nothing
	More  string // a smaller line beneath
	Small bool   // said in passing, such as a source
}

// Shown is the text of a cell that is never blank.
func (c Cell) Shown() string { return cmp.Or(c.Text, c.Lacks, "No data") }

func (c Cell) value() string { return cmp.Or(c.Value, c.Text) }

func say(text string) Cell          { return Cell{Text: text} }
func code(text string) Cell         { return Cell{Text: text, Code: true} }
func number(n int) Cell             { return Cell{Text: thousands(n), Value: strconv.Itoa(n)} }
func dayCell(d register.Day) Cell   { return Cell{Text: longDate(d), Value: d.String()} }
func to(text, href string) Cell     { return Cell{Text: text, Href: href} }
func cited(source string) Cell      { return Cell{Text: source, Small: true} }
func (c Cell) or(lacks string) Cell { c.Lacks = lacks; return c }

// doubt tags a cell with the confidence of its row, unless that is high.
func (c Cell) doubt(r row) Cell {
	if level := r.Get("confidence"); level != "high" && level != "" {
		c.Tag = level + " confidence"
	}
	return c
}

// pageRows is how many rows a page shows at most.
const pageRows = 200

// arrange filters and sorts the rows as the address says.
func (t *Table) arrange(a *Asked, query url.Values) {
	t.asked, t.page = a, 1
	about := query.Get("table")
	t.selected = about == "" || about == t.Name
	t.found = t.Rows
	if !t.selected {
		return
	}
	t.words = strings.TrimSpace(query.Get("q"))
	for i := range t.Columns {
		c := &t.Columns[i]
		if c.Filter {
			c.picked = query.Get(c.Key)
		}
		if c.picked != "" {
			t.found = keep(t.found, func(r Row) bool { return r[i].Text == c.picked || r[i].Value == c.picked })
		}
	}
	if t.Search && t.words != "" {
		t.found = keep(t.found, func(r Row) bool { return mentions(r, t.words) })
	}
	t.order(query.Get("sort"))
	if n, err := strconv.Atoi(query.Get("page")); err == nil {
		t.page = min(max(n, 1), t.pages())
	}
}

func (t *Table) order(by string) {
	key, down := strings.CutPrefix(by, "-")
	i := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Key == key })
	if i < 0 {
		return
	}
	t.sort = by
	type keyed struct {
		key string
		row Row
	}
	list := make([]keyed, len(t.found))
	for n, r := range t.found {
		list[n] = keyed{strings.ToLower(r[i].value()), r}
	}
	slices.SortStableFunc(list, func(a, b keyed) int {
		if down {
			a, b = b, a
		}
		return naturalLower(a.key, b.key)
	})
	t.found = make([]Row, len(list))
	for n := range list {
		t.found[n] = list[n].row
	}
}

func keep(rows []Row, yes func(Row) bool) []Row {
	var list []Row
	for _, r := range rows {
		if yes(r) {
			list = append(list, r)
		}
	}
	return list
}

// mentions says whether every word stands somewhere in the row.
func mentions(r Row, words string) bool {
	var all strings.Builder
	for _, c := range r {
		all.WriteString(strings.ToLower(c.Text) + " " + strings.ToLower(c.More) + " ")
	}
	for _, w := range strings.Fields(strings.ToLower(words)) {
		if !strings.Contains(all.String(), w) {
			return false
		}
	}
	return true
}

// natural compares texts as people order them: numbers in them by size.
func natural(a, b string) int { return naturalLower(strings.ToLower(a), strings.ToLower(b)) }

// naturalLower is natural for texts that are in lower case already.
func naturalLower(a, b string) int {
	for a != "" && b != "" {
		na, nb := digits(a), digits(b)
		if na > 0 && nb > 0 {
			x, y := strings.TrimLeft(a[:na], "0"), strings.TrimLeft(b[:nb], "0")
			if order := cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(x, y)); order != 0 {
				return order
			}
			a, b = a[na:], b[nb:]
			continue
		}
		if a[0] != b[0] {
			return cmp.Compare(a[0], b[0])
		}
		a, b = a[1:], b[1:]
	}
	return cmp.Compare(len(a), len(b))
}

func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// ID is the id of the table on the page.
func (t *Table) ID() string { return "table-" + t.Name }

// Found is how many rows are left after the filters.
func (t *Table) Found() int { return len(t.found) }

// Total is how many rows there are without filters.
func (t *Table) Total() int { return len(t.Rows) }

// Findable says whether there are rows enough to look among.
func (t *Table) Findable() bool {
	return (t.Search || len(t.Filters()) > 0) && (len(t.Rows) > 10 || t.Filtered())
}

// Filtered says whether the address leaves rows out.
func (t *Table) Filtered() bool {
	return t.words != "" && t.Search || slices.ContainsFunc(t.Columns, func(c Column) bool { return c.picked != "" })
}

func (t *Table) pages() int { return max(1, (len(t.found)+t.most()-1)/t.most()) }

func (t *Table) most() int { return cmp.Or(t.Most, pageRows) }

// Shown are the rows of this page of the table.
func (t *Table) Shown() []Row {
	from := (t.page - 1) * t.most()
	return t.found[from:min(from+t.most(), len(t.found))]
}

// First and Last number the rows shown.
func (t *Table) First() int { return min((t.page-1)*t.most()+1, len(t.found)) }
func (t *Table) Last() int  { return min(t.page*t.most(), len(t.found)) }

// Words is the text that is searched for.
func (t *Table) Words() string { return t.words }

// address is this page with some parameters changed, about this table.
func (t *Table) address(pairs ...string) string {
	if !t.selected || t.asked.address.Query().Has("table") || t.several() {
		pairs = append(pairs, "table", t.Name)
	}
	return t.asked.with(append([]string{"format", ""}, pairs...)...)
}

// several says whether the page has other tables, which the layout told it.
func (t *Table) several() bool { return t.asked.tables > 1 }

// Previous and Next are the addresses of the pages around, or blank.
func (t *Table) Previous() string {
	if t.page <= 1 {
		return ""
	}
	return t.address("page", strconv.Itoa(t.page-1))
}

// Next is the address of the page after, or blank.
func (t *Table) Next() string {
	if t.page >= t.pages() {
		return ""
	}
	return t.address("page", strconv.Itoa(t.page+1))
}

// All is the address without filters.
func (t *Table) All() string {
	pairs := []string{"q", "", "page", ""}
	for _, c := range t.Columns {
		if c.Filter {
			pairs = append(pairs, c.Key, "")
		}
	}
	return t.address(pairs...)
}

// CSV and JSON are the addresses of downloads.
func (t *Table) CSV() string  { return t.address("page", "", "format", "csv") }
func (t *Table) JSON() string { return t.address("page", "", "format", "json") }

// Header is a column header as the page shows it.
type Header struct {
	Column
	Href  string
	Order string // ascending, descending or none, as aria-sort has it
}

// Headers are the column headers, each with the address that sorts by it.
func (t *Table) Headers() []Header {
	list := make([]Header, len(t.Columns))
	for i, c := range t.Columns {
		h := Header{Column: c, Order: "none"}
		by := c.Key
		switch t.sort {
		case c.Key:
			h.Order, by = "ascending", "-"+c.Key
		case "-" + c.Key:
			h.Order = "descending"
		}
		h.Href = t.address("sort", by, "page", "")
		list[i] = h
	}
	return list
}

// Filter is a choice among the values of a column.
type Filter struct {
	Key, Title, Picked string
	Options            []string
}

// Filters are the choices that the reader has.
func (t *Table) Filters() []Filter {
	var list []Filter
	for i, c := range t.Columns {
		if !c.Filter {
			continue
		}
		f := Filter{Key: c.Key, Title: c.Title, Picked: c.picked, Options: c.Options}
		if f.Options == nil {
			f.Options = t.values(i)
		}
		list = append(list, f)
	}
	return list
}

// values are the different texts of a column, in order.
func (t *Table) values(column int) []string {
	seen := map[string]bool{"": true}
	var list []string
	for _, r := range t.Rows {
		if text := r[column].Text; !seen[text] {
			seen[text] = true
			list = append(list, text)
		}
	}
	slices.SortFunc(list, natural)
	return list
}

// Action is the address that the filter form goes to.
func (t *Table) Action() string { return t.asked.address.Path + "#" + t.ID() }

// Kept is what the filter form carries along.
func (t *Table) Kept() []parameter {
	without := []string{"q", "page", "format", "table"}
	for _, c := range t.Columns {
		if c.Filter {
			without = append(without, c.Key)
		}
	}
	list := parameters(t.asked.address.Query(), without...)
	if t.several() {
		list = append(list, parameter{"table", t.Name})
	}
	return list
}

func chosen(tables []*Table, name string) *Table {
	for _, t := range tables {
		if name == "" || t.Name == name {
			return t
		}
	}
	return nil
}

// download writes the rows that the filters leave, in the order shown.
func (t *Table) download(w http.ResponseWriter, a *Asked, format string) error {
	file := fmt.Sprintf("%s-%s.%s", t.Name, a.On, format)
	switch format {
	case "csv":
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		w.Header().Set("Content-Disposition", `attachment; filename="`+file+`"`)
		return t.writeCSV(w)
	case "json":
		w.Header().Set("Content-Type", "application/json")
		return t.writeJSON(w, a)
	}
	return &problem{http.StatusBadRequest, "There is no such format", "The address asks for a format that tables do not have.", "Ask for format=csv or format=json."}
}

func (t *Table) writeCSV(w http.ResponseWriter) error {
	out := csv.NewWriter(w)
	line := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		line[i] = c.Key
	}
	if err := out.Write(line); err != nil {
		return err
	}
	for _, r := range t.found {
		for i, c := range r {
			line[i] = c.value()
		}
		if err := out.Write(line); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func (t *Table) writeJSON(w http.ResponseWriter, a *Asked) error {
	rows := make([]map[string]string, 0, len(t.found))
	for _, r := range t.found {
		line := make(map[string]string, len(r))
		for i, c := range r {
			line[t.Columns[i].Key] = c.value()
		}
		rows = append(rows, line)
	}
	out := json.NewEncoder(w)
	out.SetIndent("", " ")
	out.SetEscapeHTML(false)
	return out.Encode(struct {
		Table  string              `json:"table"`
		AsAt   string              `json:"as_at"`
		Change int64               `json:"known_after_change"`
		Pack   string              `json:"reference_sha256"`
		Rows   []map[string]string `json:"rows"`
	}{t.Caption, a.On.String(), a.Register.Change.Number, a.Register.Pack.Hash, rows})
}
