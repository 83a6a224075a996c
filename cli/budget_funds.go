package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"remit/activity"
	"remit/budget"
	"remit/budgets"
	"remit/share"
)

func (s *session) budgetLedgerCommand() *cobra.Command {
	var f form
	var year, icb, policy string
	c := &cobra.Command{
		Use:   "ledger ROUND",
		Short: "A signed line for each cause of a board's money",
		Long: `Explain the money of one board in a year: every line of the ledger with its
source, what the year before came to, growth, convergence and the allocation.
Without --icb, the sums of each board and the bridge to the national stream.`,
		Example: "  remit budget ledger worked --icb ICB-A\n  remit budget ledger worked",
		Args:    needs(1, 1, "one round"),
		RunE: func(_ *cobra.Command, args []string) error {
			r, err := s.round(args[0])
			if err != nil {
				return err
			}
			o, err := r.Outcome(firstYear(r, year), policy)
			if err != nil {
				return noAnswer(err)
			}
			l := nationalListing(o)
			if icb != "" {
				st, ok := o.Statement(icb)
				if !ok {
					return noAnswer(&budget.UnknownError{What: "board", Name: icb, Known: r.Boards()})
				}
				l = ledgerListing(o, st)
			}
			l.Notes = append(l.Notes, provenance(r)...)
			return f.write(s.out, l)
		},
	}
	c.Flags().StringVar(&icb, "icb", "", "the board, by its code (default: the sums of all)")
	c.Flags().StringVar(&year, "year", "", "financial year (default: the first of the round)")
	c.Flags().StringVar(&policy, "policy", "", "policy of the round (default: the one that the round gives the year)")
	f.add(c)
	return c
}

// nationalListing is what each board has, and how that stands to the whole stream.
func nationalListing(o *budget.Outcome) *listing {
	l := &listing{Title: fmt.Sprintf("Allocations of %s by kind, policy %s", o.Year, o.Policy.Name), Columns: []string{"icb", "name", "baseline", "growth", "convergence", "non_recurrent", "allocation", "held_by_host", "retained", "notional"}}
	for i := range o.Areas {
		st, _ := o.Statement(o.Areas[i].ICB)
		l.Rows = append(l.Rows, []value{word(st.ICB), word(st.Name), pounds(st.Baseline), pounds(st.Growth), pounds(st.Convergence), pounds(st.NonRecurrent), pounds(st.Allocation), pounds(st.HostHeld), pounds(st.Retained), pounds(st.Notional)})
	}
	b := o.Bridge()
	l.Notes = []string{"Allocation = baseline + growth + convergence + non-recurrent. Retained and notional money is not in it.",
		fmt.Sprintf("Delegated %s, held by hosts %s, retained by NHS England %s.", share.Sterling(b.Delegated), share.Sterling(b.HostHeld), share.Sterling(b.Retained))}
	if b.Known {
		l.Notes = append(l.Notes, fmt.Sprintf("The national stream is %s (%s); unexplained: %s.", share.Sterling(b.Stream), b.StreamSource, share.Sterling(b.Unexplained)))
	} else {
		l.Notes = append(l.Notes, "No total of the national stream is loaded for this year.")
	}
	return l
}

func ledgerListing(o *budget.Outcome, st *budget.Statement) *listing {
	l := &listing{Title: fmt.Sprintf("%s (%s), %s: allocation %s", st.Name, st.ICB, st.Year, share.Sterling(st.Allocation)), Columns: []string{"kind", "cause", "on", "amount", "recurrent", "holder", "counts", "source", "confidence"}}
	row := func(kind, cause string, a activity.Amount, recurrent, source string) {
		l.Rows = append(l.Rows, []value{word(kind), word(cause), word(""), pounds(a), word(recurrent), word("icb"), word("yes"), word(source), word("")})
	}
	if !st.Opening.IsZero() {
		row("opening", "What the year before came to", st.Opening, "yes", "worked out by the round")
	}
	for i := range st.Lines {
		x := &st.Lines[i]
		counts := "yes"
		switch {
		case x.Notional:
			counts = "no: notional"
		case x.Holder == budget.HeldByNHSE:
			counts = "no: retained by NHS England"
		}
		cause := x.Cause
		if x.Carried != nil {
			cause += " (" + x.Carried.Words() + ")"
		}
		l.Rows = append(l.Rows, []value{word(x.Kind), word(cause), word(x.On.String()), pounds(x.Amount), word(yesNo(x.Recurrent)), word(x.Holder), word(counts), word(x.Source), word(x.Confidence)})
	}
	row("growth", "As much as for all boards", st.Growth, "yes", "policy "+o.Policy.Name)
	row("convergence", "By distance from target", st.Convergence, "yes", "policy "+o.Policy.Name)
	row("allocation", "To spend in the year", st.Allocation, "", "sum of the lines that count")
	l.Notes = []string{fmt.Sprintf("Recurrent %s, non-recurrent %s. Not counted: notional %s, retained by NHS England %s.", share.Sterling(st.Recurrent), share.Sterling(st.NonRecurrent), share.Sterling(st.Notional), share.Sterling(st.Retained))}
	return l
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

var fundReports = []string{"use", "months", "contracts", "position", "providers", "matrix", "boards", "bridge", "efficiency", "risks", "reserves", "trend"}

func (s *session) budgetFundsCommand() *cobra.Command {
	var f form
	var year, icb, policy, report string
	var month int
	var contracts contractFlags
	c := &cobra.Command{
		Use:   "funds ROUND",
		Short: "How a board's money is used, and reports month by month",
		Long: `Set the uses of a board's money against its allocation, which must close: what is
left over or short is a line of its own. Where the data directory has submissions,
contracts, drugs and devices are theirs: plan, actual and forecast. --report gives the monthly reports:
` + strings.Join(fundReports, ", ") + `. Variances are budget less actual: above zero is an
underspend. Every percentage says what it is of.`,
		Example: "  remit budget funds worked --icb ICB-A\n  remit budget funds worked --icb ICB-A --report position --month 7\n  remit budget funds worked --report matrix --csv",
		Args:    needs(1, 1, "one round"),
		RunE: func(c *cobra.Command, args []string) error {
			r, err := s.round(args[0])
			if err != nil {
				return err
			}
			year := firstYear(r, year)
			if icb != "" {
				if known := r.Boards(); !contains(known, icb) {
					return noAnswer(&budget.UnknownError{What: "board", Name: icb, Known: known})
				}
			}
			boards := r.Boards()
			if icb != "" {
				boards = []string{icb}
			}
			r, notes, err := s.join(c.Context(), &contracts, r, year, boards)
			if err != nil {
				return err
			}
			if month == 0 {
				month = max(1, r.LastMonth(year))
			}
			if month < 1 || month > 12 {
				return fail(exitUsage, fmt.Errorf("there is no month %d", month), "write 1 for April to 12 for March")
			}
			l, err := fundsListing(r, report, year, icb, policy, month)
			if err != nil {
				return noAnswer(err)
			}
			if l == nil {
				return fail(exitUsage, fmt.Errorf("--report: there is no report %q", report), "write one of "+strings.Join(fundReports, ", "))
			}
			l.Notes = append(append(l.Notes, notes...), provenance(r)...)
			return f.write(s.out, l)
		},
	}
	contracts.add(c)
	c.Flags().StringVar(&icb, "icb", "", "the board, by its code (default: all)")
	c.Flags().StringVar(&year, "year", "", "financial year (default: the first of the round)")
	c.Flags().StringVar(&policy, "policy", "", "policy of the round (default: the one that the round gives the year)")
	c.Flags().StringVar(&report, "report", "use", "one of "+strings.Join(fundReports, ", "))
	c.Flags().IntVar(&month, "month", 0, "month of the financial year, 1 is April (default: the last with actuals)")
	mustComplete(c, "report", fundReports, cobra.ShellCompDirectiveNoFileComp)
	f.add(c)
	return c
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func fundsListing(r *budget.Round, report, year, icb, policy string, month int) (*listing, error) {
	by := map[string]budget.By{"position": budget.ByLine, "providers": budget.ByProvider, "matrix": budget.ByMatrix, "boards": budget.ByBoard}
	if b, ok := by[report]; ok {
		return positionListing(r, b, year, icb, month)
	}
	switch report {
	case "use":
		return useListing(r, year, icb, policy, month)
	case "reserves":
		return reservesListing(r, year, icb, policy)
	case "months":
		return monthsListing(r, year, icb, policy, month)
	case "contracts":
		return contractLinesListing(r, year, icb, month), nil
	case "bridge":
		return bridgeListing(r, year, icb, month)
	case "efficiency":
		return efficiencyListing(r, year, icb), nil
	case "risks":
		return risksListing(r, year, icb, month)
	case "trend":
		return trendListing(r, year, icb, month), nil
	}
	return nil, nil
}

func of(icb string) string {
	if icb == "" {
		return "all boards"
	}
	return icb
}

// boardsOf is one board, or all.
func boardsOf(r *budget.Round, icb string) []string {
	if icb == "" {
		return r.Boards()
	}
	return []string{icb}
}

func useListing(r *budget.Round, year, icb, policy string, month int) (*listing, error) {
	o, err := r.Outcome(year, policy)
	if err != nil {
		return nil, err
	}
	l := &listing{Title: fmt.Sprintf("Use of funds in %s, %s, at the end of %s", year, of(icb), budget.MonthName(month)), Columns: []string{"icb", "use", "what", "counterparty", "from", "amount", "part_of_allocation", "forecast", "typed"}}
	for _, b := range boardsOf(r, icb) {
		f, err := r.FundsYear(o, b, month)
		if err != nil {
			return nil, err
		}
		share := func(a activity.Amount) value {
			text := budget.Part{Amount: a, Of: f.Allocation}.Percent(2)
			return value{text, text, true}
		}
		none := value{"", "", true}
		l.Rows = append(l.Rows, []value{word(b), word("allocation"), word("Allocation by the policy " + o.Policy.Name), word(""), word("round"), pounds(f.Allocation), share(f.Allocation), pounds(f.Allocation), none})
		for i := range f.Lines {
			x := &f.Lines[i]
			from, typed := "typed", none
			if x.Contract {
				from = "submissions"
			}
			if x.Typed != nil {
				typed = pounds(*x.Typed)
			}
			l.Rows = append(l.Rows, []value{word(b), word(x.Kind), word(x.What), word(x.Counterparty), word(from), pounds(x.Annual()), share(x.Annual()), pounds(x.Forecast), typed})
		}
		l.Rows = append(l.Rows, []value{word(b), word(f.Planned.Called), word("Allocation less all uses"), word(""), word(""), pounds(f.Planned.Difference), share(f.Planned.Difference), pounds(f.Foreseen.Difference), none})
		for _, u := range f.Beside {
			l.Notes = append(l.Notes, fmt.Sprintf("%s: %s is typed without a provider and stands beside the submissions; name the provider, or take it out if it is in the contracts already.", b, u.What))
		}
	}
	l.Notes = append(l.Notes, "Allocation = contracts + drugs + devices + reserves + contingency + investment - efficiency + paid into pools - received from pools + uncommitted, as planned and as foreseen.", "Percentages are of the board's allocation.")
	return l, nil
}

func reservesListing(r *budget.Round, year, icb, policy string) (*listing, error) {
	o, err := r.Outcome(year, policy)
	if err != nil {
		return nil, err
	}
	l := &listing{Title: fmt.Sprintf("Reserves and commitments in %s, %s", year, of(icb)), Columns: []string{"icb", "kind", "committed", "uncommitted"}}
	for _, b := range boardsOf(r, icb) {
		u, err := r.Funds(o, b)
		if err != nil {
			return nil, err
		}
		for _, x := range u.Reserves() {
			l.Rows = append(l.Rows, []value{word(b), word(x.Kind), pounds(x.Committed), pounds(x.Uncommitted)})
		}
	}
	return l, nil
}

func positionListing(r *budget.Round, by budget.By, year, icb string, month int) (*listing, error) {
	list, err := r.Positions(year, icb, month, by)
	if err != nil {
		return nil, err
	}
	keys := []string{string(by)}
	if by == budget.ByMatrix {
		keys = []string{"provider", "icb"}
	}
	l := &listing{Title: fmt.Sprintf("Position at the end of %s %s, %s", budget.MonthName(month), year, of(icb)),
		Columns: append(keys, "annual_budget", "budget_to_date", "actual_to_date", "variance", "of_budget_to_date", "forecast", "forecast_variance", "of_annual_budget", "forecast_before", "movement", "underlying", "rag")}
	for i := range list {
		p := &list[i]
		var row []value
		for j := range keys {
			text := ""
			if j < len(p.Key) {
				text = p.Key[j]
			}
			row = append(row, word(text))
		}
		before, movement := value{"", "", true}, value{"", "", true}
		if p.HasBefore {
			before, movement = pounds(p.Before), pounds(p.Movement)
		}
		percent := func(x budget.Part) value { return value{x.Percent(2), x.Percent(2), true} }
		l.Rows = append(l.Rows, append(row, pounds(p.Annual), pounds(p.BudgetToDate), pounds(p.ToDate), pounds(p.Variance), percent(p.VariancePart), pounds(p.Forecast), pounds(p.ForecastGap), percent(p.ForecastPart), before, movement, pounds(p.Underlying), word(p.Rag)))
	}
	if len(list) == 0 {
		l.Notes = append(l.Notes, "The round has no lines.csv for this year and board.")
		return l, nil
	}
	l.Notes = append(l.Notes, "Variance = budget less actual: above zero is an underspend. Percentages are of the budget to date and of the annual budget, as the headings say.")
	if r.Rag != nil {
		l.Notes = append(l.Notes, fmt.Sprintf("RAG: red above %s over the annual budget, amber above %s (%s).", r.Rag.Red.Percent(), r.Rag.Amber.Percent(), r.Rag.Source))
	}
	if month >= 10 {
		l.Notes = append(l.Notes, "From month 10 on: contract data trail the ledger, so that the last months may still move.")
	}
	l.Notes = append(l.Notes, list[len(list)-1].Working...)
	return l, nil
}

func bridgeListing(r *budget.Round, year, icb string, month int) (*listing, error) {
	plan, forecast, steps, err := r.BridgeOf(year, icb, month)
	if err != nil {
		return nil, err
	}
	l := &listing{Title: fmt.Sprintf("From plan to forecast at the end of %s %s, %s", budget.MonthName(month), year, of(icb)), Columns: []string{"cause", "amount", "after"}}
	l.Rows = append(l.Rows, []value{word("plan"), pounds(plan), pounds(plan)})
	for _, x := range steps {
		l.Rows = append(l.Rows, []value{word(x.Cause), pounds(x.Amount), pounds(x.After)})
	}
	l.Rows = append(l.Rows, []value{word("forecast"), pounds(forecast), pounds(forecast)})
	return l, nil
}

func efficiencyListing(r *budget.Round, year, icb string) *listing {
	l := &listing{Title: fmt.Sprintf("Efficiency schemes in %s, %s", year, of(icb)), Columns: []string{"icb", "scheme", "status", "risk", "recurrent", "plan", "plan_to_date", "actual_to_date", "forecast", "forecast_of_plan"}}
	var plan, full, recurrent activity.Amount
	for _, x := range r.SchemesOf(year, icb) {
		plan, full = plan.Add(x.Plan), full.Add(x.Full)
		if x.Recurrent {
			recurrent = recurrent.Add(x.Full)
		}
		percent := budget.Part{Amount: x.Full, Of: x.Plan}.Percent(1)
		l.Rows = append(l.Rows, []value{word(x.ICB), word(x.Name), word(x.Status), word(x.Risk), word(yesNo(x.Recurrent)), pounds(x.Plan), pounds(x.PlanToDate), pounds(x.ToDate), pounds(x.Full), {percent, percent, true}})
	}
	l.Notes = []string{fmt.Sprintf("Forecast %s, %s of the plan of %s; recurrent %s, %s of the forecast.", share.Sterling(full), budget.Part{Amount: full, Of: plan}.Percent(1), share.Sterling(plan), share.Sterling(recurrent), budget.Part{Amount: recurrent, Of: full}.Percent(1))}
	return l
}

func risksListing(r *budget.Round, year, icb string, month int) (*listing, error) {
	l := &listing{Title: fmt.Sprintf("Risks and mitigations in %s, %s", year, of(icb)), Columns: []string{"icb", "risk", "gross", "likelihood", "weighted", "mitigation", "mitigated", "net"}}
	risks := r.RisksOf(year, icb)
	for i := range risks {
		k := &risks[i]
		l.Rows = append(l.Rows, []value{word(k.ICB), word(k.Name), pounds(k.Gross), part(k.Likelihood, 0), pounds(k.Weighted()), word(k.Mitigation), pounds(k.Mitigated), pounds(k.Net())})
	}
	list, err := r.Positions(year, icb, month, budget.ByLine)
	if err == nil && len(list) > 0 {
		worst, likely, best := budget.Outlook(list[len(list)-1].Forecast, risks)
		l.Notes = append(l.Notes, fmt.Sprintf("Forecast: worst %s, most likely %s, best %s.", share.Sterling(worst), share.Sterling(likely), share.Sterling(best)))
	}
	return l, err
}

func trendListing(r *budget.Round, year, icb string, month int) *listing {
	l := &listing{Title: fmt.Sprintf("Actual against profile in %s, %s", year, of(icb)), Columns: []string{"month", "plan", "actual", "late", "variance"}}
	for _, t := range r.Trend(year, icb) {
		row := []value{word(budget.MonthName(t.Month)), pounds(t.Plan), pounds(t.Actual), pounds(t.Late), pounds(t.Plan.Sub(t.Actual))}
		if t.Month > month {
			none := value{"no data", "", true}
			row = []value{row[0], row[1], none, none, none}
		}
		l.Rows = append(l.Rows, row)
	}
	l.Notes = []string{"Late: of the actual, what concerns an earlier month and was posted to this one."}
	return l
}

func (s *session) budgetCarryCommand() *cobra.Command {
	var crosswalk, basis, what string
	c := &cobra.Command{
		Use:   "carry ROUND",
		Short: "Carry ledger, commitments or history across a reorganisation of boards",
		Long: `Part every line of a round among the successors of its board, by a stated basis,
to the penny, and write the lines as CSV. Each line keeps where it stood, the
basis and the weights. The shipped crosswalk boards-2026 is derived from registered
patients; parting spending by people is a default, not a rule.`,
		Example: "  remit budget carry my-round/ --crosswalk boards-2026 --basis registered_population",
		Args:    needs(1, 1, "one round"),
		RunE: func(_ *cobra.Command, args []string) error {
			r, err := s.round(args[0])
			if err != nil {
				return err
			}
			files, file := budgets.Files, "crosswalk/"+crosswalk+".csv"
			if _, err := os.Stat(crosswalk); err == nil {
				files, file = os.DirFS(filepath.Dir(crosswalk)), filepath.Base(crosswalk)
			}
			w, err := budget.LoadCrosswalk(files, file)
			if err != nil {
				return badFile(err)
			}
			l, err := carryListing(r, w, basis, what)
			if err != nil {
				return fail(exitInput, err, "")
			}
			return l.writeCSV(s.out)
		},
	}
	c.Flags().StringVar(&crosswalk, "crosswalk", "boards-2026", "a shipped crosswalk, or a file: from,from_name,to,to_name,on,basis,weight,source,confidence")
	c.Flags().StringVar(&basis, "basis", "registered_population", "by what amounts are parted: "+strings.Join(budget.Bases, ", "))
	c.Flags().StringVar(&what, "what", "ledger", "ledger, funds or actuals")
	mustComplete(c, "basis", budget.Bases, cobra.ShellCompDirectiveNoFileComp)
	mustComplete(c, "what", []string{"ledger", "funds", "actuals"}, cobra.ShellCompDirectiveNoFileComp)
	return c
}

func carryListing(r *budget.Round, w *budget.Crosswalk, basis, what string) (*listing, error) {
	carried := func(c *budget.Carried) []value {
		if c == nil {
			return []value{word(""), word(""), word("")}
		}
		return []value{word(c.From), word(c.Basis), word(c.Words())}
	}
	switch what {
	case "ledger":
		lines, err := w.CarryLines(r.Ledger, basis)
		l := &listing{Columns: []string{"year", "icb", "kind", "cause", "amount", "recurrent", "holder", "notional", "source", "confidence", "carried_from", "basis", "working"}}
		for _, x := range lines {
			l.Rows = append(l.Rows, append([]value{word(x.Year), word(x.ICB), word(x.Kind), word(x.Cause), pounds(x.Amount), word(yesNo(x.Recurrent)), word(x.Holder), word(yesNo(x.Notional)), word(x.Source), word(x.Confidence)}, carried(x.Carried)...))
		}
		return l, err
	case "funds":
		uses, err := w.CarryUses(r.Uses, basis)
		l := &listing{Columns: []string{"year", "icb", "use", "what", "counterparty", "amount", "recurrent", "committed", "source", "confidence", "carried_from", "basis", "working"}}
		for _, x := range uses {
			l.Rows = append(l.Rows, append([]value{word(x.Year), word(x.ICB), word(x.Kind), word(x.What), word(x.Counterparty), pounds(x.Amount), word(yesNo(x.Recurrent)), word(yesNo(x.Committed)), word(x.Source), word(x.Confidence)}, carried(x.Carried)...))
		}
		return l, err
	case "actuals":
		list, err := w.CarryActuals(r.Monthly.Actuals, basis)
		l := &listing{Columns: []string{"year", "icb", "line", "provider", "month", "concerns", "amount", "non_recurrent", "carried_from", "basis", "working"}}
		for _, x := range list {
			l.Rows = append(l.Rows, append([]value{word(x.Year), word(x.ICB), word(x.Line), word(x.Provider), word(fmt.Sprint(x.Month)), word(fmt.Sprint(x.Concerns)), pounds(x.Amount), pounds(x.NonRecurrent)}, carried(x.Carried)...))
		}
		return l, err
	}
	return nil, fmt.Errorf("--what: %q cannot be carried; write ledger, funds or actuals", what)
}
