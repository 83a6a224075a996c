package web

import (
	"fmt"
	"net/http"
	"slices"

	"remit/register"
	"remit/store"
)

// data shows what the register rests on: its tables, how sure they are, and what
// is not established.
func (s *Site) data(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	t := &Table{Name: "tables", Caption: "Tables of the register", Search: true, Columns: []Column{{Key: "table", Title: "Table"}, {Key: "rows", Title: "Rows", Numeric: true}, {Key: "now", Title: "Hold on this date", Numeric: true},
		{Key: "high", Title: "High confidence", Numeric: true}, {Key: "medium", Title: "Medium", Numeric: true}, {Key: "low", Title: "Low", Numeric: true}}}
	for _, name := range store.Tables() {
		rows := a.Register.rows[name]
		counts := map[string]int{}
		now := 0
		for _, x := range rows {
			counts[x.Get("confidence")]++
			if x.holds(a.On) {
				now++
			}
		}
		t.Rows = append(t.Rows, Row{{Text: name, Code: true, Href: a.To("/data/" + name)}, number(len(rows)), number(now), number(counts["high"]), number(counts["medium"]), number(counts["low"])})
	}
	slices.SortFunc(t.Rows, func(x, y Row) int { return natural(x[0].Text, y[0].Text) })
	gaps := &Table{Name: "gaps", Caption: "What is not established", Columns: []Column{{Key: "gap", Title: "To know"}}}
	for _, n := range a.Register.Pack.Notes {
		gaps.Rows = append(gaps.Rows, Row{say(n)})
	}
	pack := a.Register.Pack
	return s.show(w, r, view{
		Page: "organisation", Place: "/data", Title: "What the register rests on", Body: struct{ Map *mapDrawing }{}, Dated: true,
		Lead: "Every fact is a dated row with a source and a confidence. Each table can be read here and downloaded as it is.",
		Facts: []named{{"Reference data", Cell{Text: pack.Origin}}, {"Content hash", Cell{Text: pack.Hash, Code: true}},
			{"Register", Cell{Text: fmt.Sprintf("change %d, recorded %s by %s", a.Register.Change.Number, a.Register.Change.RecordedAt.In(register.England).Format("2 January 2006"), a.Register.Change.RecordedBy)}},
			{"Whole register as one archive", say("remit register export, see the manual")}},
		Parts: []section{{ID: "tables", Title: "Tables", Table: t}, {ID: "gaps", Title: "What is derived, ambiguous or missing", Table: gaps}},
	})
}

// dataTable shows all rows of one table, at whatever dates they hold.
func (s *Site) dataTable(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	name := r.PathValue("table")
	if store.Columns(name) == nil {
		return missing("table", name, "The page about the data lists all tables.")
	}
	t := *remember(&a.Register.answers, "data "+name, func() *Table { return plainTable(a.Register, name) })
	t.Columns = slices.Clone(t.Columns) // the address writes its filters there
	if a.May(store.Editor) && r.URL.Query().Get("format") == "" {
		t.proposing(a.Register.rows[name])
	}
	return s.show(w, r, view{Page: "record", Place: "/data", Trail: []link{{"Data", a.To("/data")}}, Title: fmt.Sprintf("%s of the table %s", plural(len(t.Rows), "row", "rows"), name),
		Lead: "Every row as it is kept, at all dates. An empty valid_from or valid_to is an open end.", Parts: []section{{ID: name, Table: &t}}})
}

// plainTable is a table as it is kept: names of columns and values as files have
// them.
func plainTable(f *facts, name string) *Table {
	t := &Table{Name: name, Caption: "Table " + name, Search: true}
	columns := store.Columns(name)
	for _, c := range columns {
		t.Columns = append(t.Columns, Column{Key: c, Title: c, Filter: c == "confidence" || c == "set"})
	}
	for _, x := range f.rows[name] {
		line := make(Row, len(columns))
		for i, c := range columns {
			line[i] = Cell{Text: x.Get(c), Lacks: "blank"}
		}
		t.Rows = append(t.Rows, line)
	}
	return t
}

// proposing adds a link to each row by which an editor proposes a change of it.
func (t *Table) proposing(rows []row) {
	t.Columns = append(t.Columns, Column{Key: "propose", Title: "Propose"})
	lines := make([]Row, len(t.Rows))
	for i, line := range t.Rows {
		lines[i] = append(slices.Clip(line), Cell{Text: "Propose a change", Href: proposeAddress(rows[i].Fact), More: rows[i].Place()})
	}
	t.Rows = lines
}
