package report

import (
	"cmp"
	"strings"

	"remit/assign"
)

// against sets the method beside the other that was run with it.
func (p *page) against() {
	other := p.result.Summary.Against
	if other == nil {
		return
	}
	p.Other, p.MethodName = other.Method, p.method.Spec()
	p.Agreeing = p.agreeing(other.Cells)
	apart := only(other.Cells, func(c *assign.PairCell) bool {
		l := likeness(c)
		return l != likenesses[0] && l != likenesses[5]
	})
	whole := p.whole.minus(total(other.Cells, pairSum).minus(total(apart, pairSum)))
	p.Why = p.why(apart, whole)
	p.Differing = p.differing(apart, whole)
}

// likenesses are the ways in which two answers can stand to each other.
var likenesses = [...]string{
	"Same payer and category", "Same payer, another category", "Another payer",
	"Only this method finds a payer", "Only the other method finds a payer", "Neither finds a payer",
}

func likeness(c *assign.PairCell) string {
	a, b := &c.Ours, &c.Theirs
	switch {
	case a.Commissioner == "" && b.Commissioner == "":
		return likenesses[5]
	case a.Commissioner == "":
		return likenesses[4]
	case b.Commissioner == "":
		return likenesses[3]
	case a.Commissioner != b.Commissioner:
		return likenesses[2]
	case a.Category != b.Category:
		return likenesses[1]
	}
	return likenesses[0]
}

func (p *page) agreeing(pairs []assign.PairCell) *table {
	t := &table{
		ID: "agreeing", Caption: "How the answers of the two methods stand to each other",
		Columns: append([]column{{Head: "The two answers"}}, p.shareColumns()...),
	}
	sums := map[string]sum{}
	for i := range pairs {
		l := likeness(&pairs[i])
		sums[l] = sums[l].plus(pairSum(&pairs[i]))
	}
	for _, l := range likenesses {
		t.Rows = append(t.Rows, row{Cells: append([]cell{textCell(l)}, p.shareCells(sums[l], p.whole)...)})
	}
	p.addTotal(t, "All records", p.shareCells(p.whole, p.whole))
	return t
}

// why adds the differences up by their common reason.
func (p *page) why(apart []assign.PairCell, whole sum) *table {
	t := &table{
		ID: "why", Caption: "Why the two methods differ, by common reason",
		Columns: append([]column{{Head: "Common reason", Wide: true}}, p.shareColumns()...),
		Note:    "Records for which neither finds a payer are not counted here. The reasons are those commonly found behind a difference of this form; D numbers are published defects of the tool. The trace of each record in the results is the proof.",
		Empty:   "The two methods agree on every record.",
	}
	key := func(c *assign.PairCell) string {
		r := p.reasonCell(p.differenceOf(c))
		return r.Text + "\x00" + strings.Join(r.Codes, "\x00")
	}
	for _, g := range split(apart, pairSum, key, byText) {
		parts := strings.Split(g.key, "\x00")
		name := cell{Text: parts[0], Codes: parts[1:], Absent: parts[0] == noReason}
		if len(parts) == 2 && parts[1] == "" {
			name.Codes = nil
		}
		t.Rows = append(t.Rows, row{Cells: append([]cell{name}, p.shareCells(g.sum, whole)...)})
	}
	p.addTotal(t, "All that differ", p.shareCells(whole, whole))
	return t
}

// differing ranks the ways in which the two methods part, by where each ended.
func (p *page) differing(apart []assign.PairCell, whole sum) *table {
	t := &table{
		ID: "differing", Caption: "The ways in which the two methods differ",
		Columns: append(append([]column{{Head: "By " + p.method.Spec(), Medium: true}, {Head: "By " + p.Other, Medium: true}, {Head: "Payers"}}, p.sumColumns("")...),
			column{Head: "Common reason", Wide: true}),
		Empty: "The two methods agree on every record.",
	}
	for _, g := range split(apart, pairSum, p.differenceOf, beforeDifference) {
		cells := []cell{wayCell(g.key.ours), wayCell(g.key.theirs), textCell(payersWords(g.key.samePayer))}
		t.Rows = append(t.Rows, row{Cells: append(append(cells, p.sumCells(g.sum)...), p.reasonCell(g.key))})
	}
	t.fold("differences")
	p.addTotal(t, "All that differ", append([]cell{{}, {}}, p.sumCells(whole)...))
	return t
}

func (p *page) differenceOf(c *assign.PairCell) difference {
	d := difference{ours: wayOf(&c.Ours), theirs: wayOf(&c.Theirs), samePayer: c.Ours.Commissioner == c.Theirs.Commissioner}
	d.chart, d.tool = d.ours, d.theirs
	if p.method.Kind == "tool" {
		d.chart, d.tool = d.theirs, d.ours
	}
	return d
}

func beforeDifference(a, b difference) bool {
	return cmp.Or(
		cmp.Compare(a.ours.text(), b.ours.text()),
		cmp.Compare(a.theirs.text(), b.theirs.text()),
		cmp.Compare(payersWords(a.samePayer), payersWords(b.samePayer)),
	) < 0
}

func (w way) text() string { return w.end + "\x00" + w.box + "\x00" + w.category }

func payersWords(same bool) string {
	if same {
		return "Same"
	}
	return "Differ"
}

// wayCell shows an end with the box that led to it and the category.
func wayCell(w way) cell {
	c := textCell(w.end)
	if w.end == "" {
		c = absentCell("No outcome")
	}
	var under []string
	if w.box != "" {
		under = append(under, "box "+w.box)
	}
	if w.category != "" {
		under = append(under, "category "+shown(w.category))
	}
	c.Under = under
	return c
}

const noReason = "No common reason is on record; compare the traces"

// reasonCell gives the common reason for a difference between the chart and the
// tool. Of other pairs of methods no reasons are kept.
func (p *page) reasonCell(d difference) cell {
	tool := p.method.Kind == "tool"
	if tool == strings.HasPrefix(p.Other, "cam-tool-") {
		return absentCell(noReason)
	}
	r := reasonFor(d)
	if r == nil {
		return absentCell(noReason)
	}
	return cell{Text: r.Says, Codes: r.Defects}
}
