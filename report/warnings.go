package report

import (
	"sort"
	"strings"

	"remit/assign"
	"remit/method"
)

// warnings lists the warnings, the most frequent first.
func (p *page) warnings() *table {
	t := &table{
		ID: "warnings-table", Caption: "Warnings, the most frequent first",
		Columns: append(append([]column{{Head: "Warning", Wide: true}, {Head: "What to do", Wide: true}}, p.sumColumns("")...), column{Head: "For example"}),
		Note:    "A record may carry several warnings, so these rows do not add up to a total. Row 1 is the first after the header.",
		Empty:   "No record carries a warning.",
	}
	list := append([]assign.WarningCount(nil), p.result.Summary.Warnings...)
	sort.SliceStable(list, func(i, j int) bool { return list[i].Rows > list[j].Rows })
	for _, w := range list {
		cells := []cell{{Text: w.Says, Codes: []string{w.Code}}, textCell(w.Do)}
		cells = append(cells, p.sumCells(sum{w.Rows, w.Cost})...)
		t.Rows = append(t.Rows, row{Cells: append(cells, sampleCell(w.Samples))})
	}
	return t
}

// sampleCell names rows, file by file.
func sampleCell(samples []assign.Sample) cell {
	if len(samples) == 0 {
		return absentCell(noData)
	}
	var files []string
	rows := map[string][]string{}
	for _, s := range samples {
		if rows[s.File] == nil {
			files = append(files, s.File)
		}
		rows[s.File] = append(rows[s.File], count(s.Row))
	}
	var c cell
	for _, f := range files {
		word := "rows "
		if len(rows[f]) == 1 {
			word = "row "
		}
		c.Under = append(c.Under, shownName(f)+": "+word+strings.Join(rows[f], "; "))
	}
	return c
}

// stop is where records without a payer came to an end.
type stop struct{ label, box string }

// unassigned lists the records without a payer: where they ended, and which
// warnings they carry.
func (p *page) unassigned() {
	without := only(p.cells, func(c *assign.Cell) bool { return c.Commissioner == "" })
	t := &table{
		ID: "ends", Caption: "Records without a payer, by where they ended",
		Columns: append([]column{{Head: "Ended at", Wide: true}, {Head: "Last box", Wide: true}}, p.shareColumns()...),
		Empty:   "Every record has a payer.",
	}
	whole := p.whole.minus(p.withPayer())
	key := func(c *assign.Cell) stop { return stop{c.Label, lastBox(c.Trace)} }
	for _, g := range split(without, cellSum, key, func(a, b stop) bool { return a.label+"\x00"+a.box < b.label+"\x00"+b.box }) {
		cells := []cell{p.endCell(g.key.label), p.boxCell(g.key.box)}
		t.Rows = append(t.Rows, row{Cells: append(cells, p.shareCells(g.sum, whole)...)})
	}
	t.fold("ways")
	p.addTotal(t, "All without a payer", append([]cell{{}}, p.shareCells(whole, whole)...))
	p.Unassigned = t
	p.UnassignedWhy = p.unassignedWhy(without)
}

// unassignedWhy counts the warnings of the records without a payer.
func (p *page) unassignedWhy(without []assign.Cell) *table {
	t := &table{
		ID: "reasons", Caption: "Warnings that records without a payer carry",
		Columns: append([]column{{Head: "Warning", Wide: true}, {Head: "What to do", Wide: true}}, p.sumColumns("")...),
		Note:    "A record may carry several warnings, so these rows do not add up to a total.",
		Empty:   "Records without a payer carry no warning.",
	}
	var each []warned
	for i := range without {
		for _, w := range without[i].Warnings {
			each = append(each, warned{w, cellSum(&without[i])})
		}
	}
	for _, g := range split(each, func(w *warned) sum { return w.sum }, func(w *warned) string { return w.code }, byText) {
		says, do := p.warningWords(g.key)
		cells := append([]cell{{Text: says, Codes: []string{g.key}}, textCell(do)}, p.sumCells(g.sum)...)
		t.Rows = append(t.Rows, row{Cells: cells})
	}
	return t
}

// warned is a warning on some records.
type warned struct {
	code string
	sum
}

func (p *page) warningWords(code string) (says, do string) {
	for _, w := range p.result.Summary.Warnings {
		if w.Code == code {
			return w.Says, w.Do
		}
	}
	return "", ""
}

func (p *page) withPayer() sum {
	return total(only(p.cells, func(c *assign.Cell) bool { return c.Commissioner != "" }), cellSum)
}

func (p *page) endCell(label string) cell {
	if label == "" {
		return absentCell("No end was reached")
	}
	c := textCell(label)
	for _, e := range p.method.Ends {
		if e.Label == label && e.Note != "" {
			c.Under = []string{e.Note}
			break
		}
	}
	return c
}

func (p *page) boxCell(box string) cell {
	if box == "" {
		return absentCell("None")
	}
	c := cell{Code: box}
	if b := p.boxTraced(box); b != nil {
		c.Text = b.Asks
	}
	return c
}

func (p *page) boxTraced(trace string) *method.Box {
	for _, b := range p.method.Boxes {
		if b.Trace == trace {
			return b
		}
	}
	return nil
}
