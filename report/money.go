package report

import (
	"sort"

	"remit/assign"
)

// standing is how the submitted commissioner stands to the method's, in the
// five words that the results use.
func (p *page) standing() *table {
	t := &table{
		ID: "standing", Caption: "How what was submitted stands to the method",
		Columns: append([]column{{Head: "Submitted against assigned"}}, p.shareColumns()...),
		Note:    p.shareNote(),
	}
	says := map[string]string{
		same: "Same payer and category", payerDiffers: "Another payer", categoryDiffers: "Same payer, another category",
		submittedBlank: "No payer submitted", computedBlank: "No payer under the method",
	}
	for _, word := range assign.Agreements {
		r := row{Cells: []cell{{Text: says[word], Codes: []string{word}}}}
		r.Cells = append(r.Cells, p.shareCells(p.standingAt(word), p.whole)...)
		t.Rows = append(t.Rows, r)
	}
	p.addTotal(t, "All records", p.shareCells(p.whole, p.whole))
	return t
}

func (p *page) shareNote() string {
	if p.Costed {
		return "Shares are of the money. Pounds are rounded in each row; totals are added up before rounding."
	}
	return "Shares are of the records; the files have no costs."
}

// position is what was submitted to a purse and what the method assigns to it.
type position struct {
	code                string
	submitted, assigned sum
}

func (a *position) change() sum { return a.assigned.minus(a.submitted) }

// purses sets the submitted side against the assigned side, each added up on
// its own. Sub-ICB locations count under their board: a board's code submitted
// for one of its locations moves no money.
func (p *page) purses() *table {
	at := map[string]*position{}
	of := func(code string) *position {
		code = p.names.purse(code)
		if at[code] == nil {
			at[code] = &position{code: code}
		}
		return at[code]
	}
	for i := range p.cells {
		c := &p.cells[i]
		from, to := of(c.Submitted), of(c.Commissioner)
		from.submitted = from.submitted.plus(cellSum(c))
		to.assigned = to.assigned.plus(cellSum(c))
	}
	t := &table{
		ID: "purses", Caption: "Submitted against assigned, by who holds the budget",
		Columns: append(append(append([]column{{Head: "Organisation"}}, p.sumColumns("submitted")...), p.sumColumns("assigned")...), p.changeColumn()),
		Note:    "Sub-ICB locations are counted under their integrated care board, " + p.asAt() + ". A change is assigned less submitted.",
		Empty:   "No records.",
	}
	for _, a := range p.ranked(at) {
		t.Rows = append(t.Rows, row{Cells: p.positionCells(p.purseCell(a.code), a)})
	}
	t.fold("organisations")
	end := &position{submitted: p.whole, assigned: p.whole}
	p.addTotal(t, "All records", p.positionCells(cell{}, end)[1:])
	return t
}

func (p *page) asAt() string {
	if d := date(p.names.on); d != "" {
		return "as at " + d
	}
	return "as last known"
}

func (p *page) changeColumn() column {
	if p.Costed {
		return column{Head: "Change, £", Right: true}
	}
	return column{Head: "Change, records", Right: true}
}

func (p *page) positionCells(name cell, a *position) []cell {
	cells := append(append([]cell{name}, p.sumCells(a.submitted)...), p.sumCells(a.assigned)...)
	change := countCell(a.change().rows)
	if p.Costed {
		change = moneyCell(a.change().cost)
	}
	if change.count > 0 || change.money.Sign() > 0 {
		change.Text = "+" + change.Text
	}
	return append(cells, change)
}

func (p *page) purseCell(code string) cell {
	if code == "" {
		return absentCell("No payer")
	}
	return p.names.payer(code)
}

// ranked orders the positions by the size of the change, then of what they hold.
func (p *page) ranked(at map[string]*position) []*position {
	list := make([]*position, 0, len(at))
	for _, a := range at {
		list = append(list, a)
	}
	sort.Slice(list, func(i, j int) bool {
		a, b := list[i], list[j]
		for _, c := range []int{
			size(a.change().cost).Cmp(size(b.change().cost)),
			size(a.assigned.cost).Cmp(size(b.assigned.cost)),
			int(max(-1, min(1, abs(a.change().rows)-abs(b.change().rows)))),
			int(max(-1, min(1, a.assigned.rows-b.assigned.rows))),
		} {
			if c != 0 {
				return c > 0
			}
		}
		return a.code < b.code
	})
	return list
}

func abs(n int64) int64 { return max(n, -n) }
