package report

import "remit/assign"

// payers lists who pays.
func (p *page) payers() *table {
	t := &table{
		ID: "payers", Caption: "Who pays, by assigned commissioner",
		Columns: append([]column{{Head: "Commissioner"}, {Head: "Kind"}, {Head: "Integrated care board"}}, p.shareColumns()...),
		Note:    "Names and boards " + p.asAt() + ".",
		Empty:   "No records.",
	}
	for _, g := range split(p.cells, cellSum, func(c *assign.Cell) string { return c.Commissioner }, byText) {
		cells := []cell{absentCell("No payer"), absentCell(notApplicable), absentCell(notApplicable)}
		if g.key != "" {
			cells = []cell{p.names.payer(g.key), p.names.kind(g.key), p.names.boardCell(g.key)}
		}
		t.Rows = append(t.Rows, row{Cells: append(cells, p.shareCells(g.sum, p.whole)...)})
	}
	t.fold("commissioners")
	p.addTotal(t, "All records", append([]cell{{}, {}}, p.shareCells(p.whole, p.whole)...))
	return t
}

// categories lists who pays by category.
func (p *page) categories() *table {
	t := &table{
		ID: "categories", Caption: "Who pays, by assigned category",
		Columns: append([]column{{Head: "Category"}, {Head: "Paid by"}}, p.shareColumns()...),
		Empty:   "No records.",
	}
	for _, g := range split(p.cells, cellSum, func(c *assign.Cell) string { return c.Category }, byText) {
		funder := textCell(p.names.value("category", g.key, "funder"))
		if funder.Text == "" {
			funder = absentCell("Not known")
		}
		cells := []cell{p.names.category(g.key, "No category"), funder}
		t.Rows = append(t.Rows, row{Cells: append(cells, p.shareCells(g.sum, p.whole)...)})
	}
	p.addTotal(t, "All records", append([]cell{{}}, p.shareCells(p.whole, p.whole)...))
	return t
}

// lines lists the money by the service line submitted.
func (p *page) lines() *table {
	return p.lineTable("lines", "By service line submitted", p.cells, p.whole)
}

func (p *page) lineTable(id, caption string, cells []assign.Cell, whole sum) *table {
	t := &table{
		ID: id, Caption: caption, Empty: "No records.",
		Columns: append([]column{{Head: "Service line"}}, p.shareColumns()...),
	}
	for _, g := range split(cells, cellSum, func(c *assign.Cell) string { return c.Line }, byText) {
		t.Rows = append(t.Rows, row{Cells: append([]cell{p.names.line(g.key)}, p.shareCells(g.sum, whole)...)})
	}
	t.fold("service lines")
	p.addTotal(t, "All records", p.shareCells(whole, whole))
	return t
}
