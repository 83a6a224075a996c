package report

import (
	"math/big"

	"remit/assign"
)

// movements shows the money that is billed to one commissioner and that the
// method gives to another.
func (p *page) movements() {
	moved := only(p.cells, func(c *assign.Cell) bool { return c.Agreement == payerDiffers })
	whole := total(moved, cellSum)
	parts := split(moved, cellSum, func(c *assign.Cell) [2]string { return [2]string{c.Submitted, c.Commissioner} }, byTexts)
	t := &table{
		ID: "movements", Caption: "From the commissioner submitted to the one assigned",
		Columns: append([]column{{Head: "From (submitted)"}, {Head: "To (assigned)"}}, p.shareColumns()...),
		Note:    "Shares are of what moves. A credit moves the other way and has a minus sign.",
		Empty:   "Nothing moves: no record names another payer than the method gives.",
	}
	for _, g := range parts {
		cells := []cell{p.names.payer(g.key[0]), p.names.payer(g.key[1])}
		t.Rows = append(t.Rows, row{Cells: append(cells, p.shareCells(g.sum, whole)...)})
	}
	t.fold("movements")
	p.addTotal(t, "All that moves", append([]cell{{}}, p.shareCells(whole, whole)...))
	p.Movements = t
	p.MovedLines = p.lineTable("moved-lines", "What moves, by service line submitted", moved, whole)
	p.MovedLines.Empty = t.Empty
	p.MovedNote = p.movedNote(whole, len(parts))
	p.Chart = p.chart(parts)
}

func (p *page) movedNote(whole sum, ways int) string {
	if ways == 0 {
		return "Nothing moves: no record names another payer than the method gives."
	}
	verb := " move "
	if whole.rows == 1 {
		verb = " moves "
	}
	moved := records(whole.rows)
	if p.Costed {
		moved += " (" + money(whole.cost) + ")"
	}
	return moved + verb + "between " + plural(int64(ways), "pair of commissioners.", "pairs of commissioners.")
}

// chart is a ranked row of bars, drawn by the template.
type chart struct {
	Title string
	Bars  []bar
}

type bar struct {
	From, To cell
	Value    string
	Width    string // percent of the longest
	Credit   bool
}

const mostBars = 10

func (p *page) chart(parts []part[[2]string]) *chart {
	if len(parts) == 0 {
		return nil
	}
	longest := new(big.Rat).Abs(parts[0].weight(p.Costed))
	c := &chart{Title: p.chartTitle(parts)}
	for _, g := range parts[:min(len(parts), mostBars)] {
		w := g.weight(p.Costed)
		b := bar{From: p.names.payer(g.key[0]), To: p.names.payer(g.key[1]), Credit: w.Sign() < 0, Value: p.counted(g.sum), Width: "0"}
		if longest.Sign() > 0 {
			b.Width = new(big.Rat).Mul(new(big.Rat).Quo(new(big.Rat).Abs(w), longest), big.NewRat(100, 1)).FloatString(2)
		}
		c.Bars = append(c.Bars, b)
	}
	return c
}

func (p *page) chartTitle(parts []part[[2]string]) string {
	first := &parts[0]
	return "The largest movement is " + p.amount(first.sum) + ", from " + plainName(p.names.payer(first.key[0])) + " to " + plainName(p.names.payer(first.key[1]))
}

// amount writes the money, or the records of files without costs.
func (p *page) amount(s sum) string {
	if p.Costed {
		return money(s.cost)
	}
	return records(s.rows)
}

func plainName(c cell) string {
	if c.Absent {
		return c.Code
	}
	return c.Text + " (" + c.Code + ")"
}
