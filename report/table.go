package report

import (
	"fmt"
	"strings"

	"remit/activity"
)

// table is a table of the report, as the page's template draws it.
type table struct {
	ID      string
	Caption string
	Note    string
	Columns []column
	Rows    []row
	Total   *row   // nil: the rows do not add up to anything
	Folded  *table // the tail that is listed apart; its sum is the last of Rows
	Empty   string // what to say when there are no rows
}

type column struct {
	Head   string
	Right  bool // numbers
	Wide   bool // running text
	Medium bool // a few words that should not break
}

type row struct {
	Cells []cell
	Rest  bool // stands for several rows, and stays last when sorted
}

// cell is a text, with a code beside it or several lines beneath it, or a
// number with its exact value.
type cell struct {
	Code   string
	Text   string
	Codes  []string
	Under  []string
	Absent bool // the text says that there is nothing
	Right  bool
	Exact  string // orders the rows

	kind  numberKind
	count int64
	money activity.Amount
}

type numberKind int

const (
	notNumber numberKind = iota
	countNumber
	moneyNumber
)

func textCell(s string) cell   { return cell{Text: s} }
func absentCell(s string) cell { return cell{Text: s, Absent: true} }

// shareCell is a share; nothing adds it up, because rounded shares do not.
func shareCell(s string) cell { return cell{Text: s, Right: true, Absent: s == notApplicable} }

func countCell(n int64) cell {
	return cell{Text: count(n), Right: true, Exact: fmt.Sprint(n), kind: countNumber, count: n}
}

func moneyCell(a activity.Amount) cell {
	return cell{Text: pounds(a), Right: true, Exact: a.String(), kind: moneyNumber, money: a}
}

// sumCells are the records and, where the files have costs, the money.
func (p *page) sumCells(s sum) []cell {
	if !p.Costed {
		return []cell{countCell(s.rows)}
	}
	return []cell{countCell(s.rows), moneyCell(s.cost)}
}

func (p *page) sumColumns(what string) []column {
	if what != "" {
		what += ", "
	}
	columns := []column{{Head: capital(what + "records"), Right: true}}
	if p.Costed {
		columns = append(columns, column{Head: capital(what + "£"), Right: true})
	}
	return columns
}

func capital(s string) string {
	if strings.HasPrefix(s, "£") {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// shareCells are the records, the money and the share of a whole.
func (p *page) shareCells(s, whole sum) []cell {
	return append(p.sumCells(s), shareCell(percent(s.weight(p.Costed), whole.weight(p.Costed))))
}

func (p *page) shareColumns() []column {
	return append(p.sumColumns(""), column{Head: "Share", Right: true})
}

// How many rows a table shows, and how many more it lists folded away. The
// report of a national run has to stay small enough to send.
const (
	mostShown  = 40
	mostFolded = 150
)

// fold moves the tail of the rows into a table of its own and leaves one row
// that stands for it. The rows are in order of importance.
func (t *table) fold(what string) {
	if len(t.Rows) <= mostShown+1 {
		return
	}
	tail := t.Rows[mostShown:]
	n := count(int64(len(tail)))
	f := &table{ID: t.ID + "-rest", Caption: "The other " + n + " " + what, Columns: t.Columns, Rows: tail}
	sum := restRow("All "+n+" of these", t.Columns, tail)
	f.Total = &sum
	if len(tail) > mostFolded+1 {
		last := tail[mostFolded:]
		more := restRow(fmt.Sprintf("Another %s, not listed", count(int64(len(last)))), t.Columns, last)
		f.Rows = append(tail[:mostFolded:mostFolded], more)
	}
	rest := restRow("Other "+what+" ("+n+")", t.Columns, tail)
	t.Rows = append(t.Rows[:mostShown:mostShown], rest)
	t.Folded = f
}

// restRow adds rows up, column by column.
func restRow(name string, columns []column, rows []row) row {
	r := row{Rest: true, Cells: []cell{textCell(name)}}
	for at := 1; at < len(columns); at++ {
		r.Cells = append(r.Cells, sumColumn(rows, at))
	}
	return r
}

func sumColumn(rows []row, at int) cell {
	kind := notNumber
	var n int64
	var a activity.Amount
	for _, r := range rows {
		c := &r.Cells[at]
		kind = max(kind, c.kind)
		n += c.count
		a = a.Add(c.money)
	}
	switch kind {
	case countNumber:
		return countCell(n)
	case moneyNumber:
		return moneyCell(a)
	}
	return cell{}
}

// addTotal sets the total, which was worked out from something else than the
// rows, and notes a fault where the rows do not come to it.
func (p *page) addTotal(t *table, name string, cells []cell) {
	t.Total = &row{Cells: append([]cell{textCell(name)}, cells...)}
	for len(t.Total.Cells) < len(t.Columns) {
		t.Total.Cells = append(t.Total.Cells, cell{})
	}
	p.Faults = append(p.Faults, t.faults()...)
	if t.Folded != nil {
		p.Faults = append(p.Faults, t.Folded.faults()...)
	}
}

// faults says where the rows of a table do not add up to its total.
func (t *table) faults() []string {
	var faults []string
	for at, c := range t.Total.Cells {
		if c.kind == notNumber {
			continue
		}
		if got := sumColumn(t.Rows, at); got.count != c.count || got.money != c.money {
			faults = append(faults, fmt.Sprintf("%s, column %s: the rows come to %s, the input to %s.",
				t.Caption, t.Columns[at].Head, exactText(got), c.Exact))
		}
	}
	return faults
}

func exactText(c cell) string {
	if c.kind == notNumber {
		return "0"
	}
	return c.Exact
}
