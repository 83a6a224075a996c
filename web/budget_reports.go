package web

import (
	"net/http"
	"net/url"

	"remit/activity"
	"remit/budget"
)

// budgetReports shows a month of every board of a round: the reports of a committee of several boards.
func (s *Site) budgetReports(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	round, err := s.roundOf(a, r)
	if err != nil {
		return err
	}
	p, err := s.budgetMonth(r, round, "")
	if err != nil {
		return err
	}
	v := view{Page: "budget", Place: "/budgets", Trail: []link{{"Budgets", a.To("/budgets")}, {round.Title, p.above}}, Warn: madeUp(round.Synthetic),
		Title: "All boards in " + p.year + ", at the end of " + budget.MonthName(p.month),
		Lead:  "How each board's money is used, and the monthly reports of all boards together."}
	table, err := boardsFundsTable(a, p.joined, p.outcome, p.month, p.policy)
	if err != nil {
		return err
	}
	v.add("boards", "Use of funds by board", "Each row closes: the allocation is what the uses come to and what is left over or short.", table)
	if err := addReports(a, &v, &p.body, p.joined, p.year, "", p.month); err != nil {
		return err
	}
	v.Body = p.body
	v.Notes = append(contractNotes(s, a, p.book), roundNotes(round)...)
	return s.show(w, r, v)
}

// boardsFundsTable is the use of funds of every board, by kind.
func boardsFundsTable(a *Asked, round *budget.Round, o *budget.Outcome, month int, policy string) (*Table, error) {
	var years []*budget.FundsYear
	has := map[string]bool{}
	for i := range o.Areas {
		f, err := round.FundsYear(o, o.Areas[i].ICB, month)
		if err != nil {
			return nil, err
		}
		for _, k := range f.Kinds() {
			has[k] = true
		}
		years = append(years, f)
	}
	t := &Table{Name: "boards", Caption: "Use of funds by board, " + o.Year, Search: true, Columns: []Column{{Key: "name", Title: "Board"}, {Key: "icb", Title: "Code"}, {Key: "allocation", Title: "Allocation", Numeric: true}}}
	var kinds []string
	for _, k := range budget.UseKinds {
		if has[k] {
			kinds = append(kinds, k)
			t.Columns = append(t.Columns, Column{Key: k, Title: useWords[k], Numeric: true})
		}
	}
	t.Columns = append(t.Columns, Column{Key: "planned", Title: "Left over or short, as planned", Numeric: true}, Column{Key: "planned_part", Title: "% of the allocation", Numeric: true},
		Column{Key: "foreseen", Title: "Left over or short, as foreseen", Numeric: true}, Column{Key: "foreseen_part", Title: "% of the allocation, as foreseen", Numeric: true})
	sum, byKind := budget.FundsYear{}, map[string]activity.Amount{}
	add := func(name, icb Cell, f *budget.FundsYear, by map[string]activity.Amount) {
		row := Row{name, icb, moneyCell(f.Allocation)}
		for _, k := range kinds {
			row = append(row, moneyCell(by[k]))
		}
		t.Rows = append(t.Rows, append(row, moneyCell(f.Planned.Difference), partCell(budget.Part{Amount: f.Planned.Difference, Of: f.Allocation}), moneyCell(f.Foreseen.Difference), partCell(budget.Part{Amount: f.Foreseen.Difference, Of: f.Allocation})))
	}
	for _, f := range years {
		by := map[string]activity.Amount{}
		for i := range f.Lines {
			l := &f.Lines[i]
			by[l.Kind] = by[l.Kind].Add(l.Annual())
			byKind[l.Kind] = byKind[l.Kind].Add(l.Annual())
		}
		sum.Allocation, sum.Planned.Difference, sum.Foreseen.Difference = sum.Allocation.Add(f.Allocation), sum.Planned.Difference.Add(f.Planned.Difference), sum.Foreseen.Difference.Add(f.Foreseen.Difference)
		add(to(f.Name, a.To("/budgets/"+url.PathEscape(round.Name)+"/"+url.PathEscape(f.ICB), "year", o.Year, "policy", policy)), code(f.ICB), f, by)
	}
	add(say("All boards"), Cell{Lacks: "All"}, &sum, byKind)
	return t, nil
}
