package web

import (
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"remit/activity"
	"remit/budget"
	"remit/register"
	"remit/spend"
)

// withinTarget is how near to target counts as there, in estimates of years.
var withinTarget = big.NewRat(5, 1000)

// budgetMonth is a month of a year of a round as the address asks for it, with what contract monitoring says.
type budgetMonth struct {
	year, policy, above string
	outcome             *budget.Outcome
	joined              *budget.Round
	book                *spend.Book
	month               int
	body                budgetPage
}

// budgetMonth reads what the address asks of a round: of one board, or of all when icb is blank.
func (s *Site) budgetMonth(r *http.Request, round *keptRound, icb string) (p budgetMonth, err error) {
	a, query := asked(r), r.URL.Query()
	p.year, p.policy = pickedYear(a, round, query.Get("year")), query.Get("policy")
	if p.outcome, err = round.Outcome(p.year, p.policy); err != nil {
		return p, &problem{http.StatusUnprocessableEntity, "The year cannot be worked out", err.Error(), "Pick another year or policy."}
	}
	boards := round.Boards()
	if icb != "" {
		if _, ok := p.outcome.Statement(icb); !ok {
			return p, &problem{http.StatusNotFound, "There is no board " + icb + " in this round", "The round has no board with the code " + icb + " in " + p.year + ".", "The page of the round lists its boards."}
		}
		boards = []string{icb}
	}
	if p.joined, p.book, err = s.joined(r, round, p.year, boards...); err != nil {
		return p, err
	}
	if p.month, err = pickedMonth(p.joined, p.year, query.Get("month")); err != nil {
		return p, err
	}
	p.above = a.To("/budgets/"+url.PathEscape(round.Name), "year", p.year, "policy", p.policy)
	p.body.Form = roundForm(a, round, p.year, p.policy)
	p.body.Form.Fields = append(p.body.Form.Fields, monthField(p.month))
	if s.seesContracts(a) {
		p.body.Form.Fields = append(p.body.Form.Fields, contractsField(round, query.Get("contracts")))
	}
	return p, nil
}

// budgetBoard shows one board of a round: its ledger, the use of its money, and its reports.
func (s *Site) budgetBoard(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	round, err := s.roundOf(a, r)
	if err != nil {
		return err
	}
	icb := r.PathValue("icb")
	p, err := s.budgetMonth(r, round, icb)
	if err != nil {
		return err
	}
	st, _ := p.outcome.Statement(icb)
	v := view{Page: "budget", Place: "/budgets", Trail: []link{{"Budgets", a.To("/budgets")}, {round.Title, p.above}}, Warn: madeUp(round.Synthetic),
		Title: fmt.Sprintf("%s has %s to spend in %s", st.Name, roughly(st.Allocation), p.year)}
	boardFacts(&v, p.outcome, st)
	v.add("ledger", "Where the money comes from", "The movement of the allocation: one signed line for each cause, with its date, and what the allocation is after it. What does not count is shown and not added.", ledgerTable(p.outcome, st))
	if err := addFunds(a, &v, p.joined, p.outcome, icb, p.month); err != nil {
		return err
	}
	if err := addReports(a, &v, &p.body, p.joined, p.year, icb, p.month); err != nil {
		return err
	}
	v.Body = p.body
	v.Notes = append(contractNotes(s, a, p.book), roundNotes(round)...)
	return s.show(w, r, v)
}

func pickedMonth(round *budget.Round, year, text string) (int, error) {
	if text == "" {
		return max(1, round.LastMonth(year)), nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 12 {
		return 0, &problem{http.StatusBadRequest, "That is not a month", "The address asks for the month " + text + ".", "Write month=1 for April to month=12 for March."}
	}
	return n, nil
}

func monthField(month int) scenarioField {
	f := scenarioField{Name: "month", Label: "Month of the reports", Value: strconv.Itoa(month)}
	for m := 1; m <= 12; m++ {
		f.Options = append(f.Options, scenarioOption{strconv.Itoa(m), budget.MonthName(m)})
	}
	return f
}

func boardFacts(v *view, o *budget.Outcome, st *budget.Statement) {
	for i := range o.Areas {
		x := &o.Areas[i]
		if x.ICB != st.ICB {
			continue
		}
		years, says := o.YearsToTarget(x.ICB, withinTarget)
		if says == "" {
			says = fmt.Sprintf("%.1f years, an estimate to within 0.5%%", years)
		}
		v.Lead = fmt.Sprintf("It opens %s and closes %s, a gap of %s, by the policy %s.", away(x.OpeningDistance), away(x.ClosingDistance), roughly(x.Gap), o.Policy.Name)
		v.Facts = []named{{"Policy", Cell{Text: o.Policy.Title, More: o.Policy.Whose()}}, {"Opening distance", Cell{Text: signedPercent(x.OpeningDistance, 4), More: "baseline against this year's target share"}},
			{"Closing distance", Cell{Text: signedPercent(x.ClosingDistance, 4), More: "allocation against target"}}, {"Target", moneyCell(x.Target)}, {"Recurrent allocation", moneyCell(st.Recurrent)}, {"Non-recurrent", moneyCell(st.NonRecurrent)},
			{"Pounds a weighted head", Cell{Text: "£" + x.AllocationPerOne.FloatString(2)}}, {"To target", say(says)}}
	}
}

func ledgerTable(o *budget.Outcome, st *budget.Statement) *Table {
	t := &Table{Name: "ledger", Caption: "Ledger of " + st.Name + ", " + st.Year, Columns: []Column{{Key: "cause", Title: "Cause"}, {Key: "kind", Title: "Kind"}, {Key: "on", Title: "From"}, {Key: "amount", Title: "Amount", Numeric: true}, {Key: "after", Title: "After it", Numeric: true}, {Key: "recurrent", Title: "Recurrent"}, {Key: "holder", Title: "Held by"}, {Key: "counts", Title: "Counts"}, {Key: "source", Title: "Source"}}}
	var after activity.Amount
	add := func(cause, kind string, on register.Day, amount activity.Amount, recurrent, holder, counts, source string) {
		if counts == "Yes" {
			after = after.Add(amount)
		}
		t.Rows = append(t.Rows, Row{say(cause), say(kind), dayCell(on).or("Not dated"), moneyCell(amount), moneyCell(after), say(recurrent), say(holder), say(counts), cited(source)})
	}
	if !st.Opening.IsZero() {
		add("What the year before came to", "opening", register.NoDay, st.Opening, "Yes", "the board", "Yes", "worked out by the round")
	}
	holders := map[string]string{budget.HeldByICB: "the board", budget.HeldByNHSE: "NHS England", budget.HeldByHost: "a host"}
	for i := range st.Lines {
		x := &st.Lines[i]
		counts, recurrent := "Yes", "No"
		if x.Notional {
			counts = "No: notional"
		} else if x.Holder == budget.HeldByNHSE {
			counts = "No: retained"
		}
		if x.Recurrent {
			recurrent = "Yes"
		}
		add(x.Cause, x.Kind, x.On, x.Amount, recurrent, holders[x.Holder], counts, x.Source)
		if x.Carried != nil {
			t.Rows[len(t.Rows)-1][0].More = x.Carried.Words()
		}
	}
	add("As much as for all boards", "growth", register.NoDay, st.Growth, "Yes", "the board", "Yes", "policy "+o.Policy.Name)
	add("By distance from target", "convergence", register.NoDay, st.Convergence, "Yes", "the board", "Yes", "policy "+o.Policy.Name)
	add("Allocation", "sum", register.NoDay, st.Allocation, "", "", "", "sum of the lines that count")
	return t
}

var useWords = map[string]string{budget.Contract: "Contract", budget.Drugs: "Drugs", budget.Devices: "Devices", budget.Reserve: "Reserve", budget.Contingency: "Contingency", budget.Investment: "Investment",
	budget.Efficiency: "Efficiency target", budget.PoolOut: "Paid into a pool", budget.PoolIn: "Received from a pool"}

func addReports(a *Asked, v *view, body *budgetPage, round *budget.Round, year, icb string, month int) error {
	for _, x := range reportsBy {
		if x.several && icb != "" {
			continue
		}
		list, err := round.Positions(year, icb, month, x.by)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			v.Parts = append(v.Parts, section{ID: "position", Title: "Month by month", Text: "No monthly figures are loaded for this board and year."})
			return nil
		}
		v.add("position-"+string(x.by), x.title+", end of "+budget.MonthName(month), x.says, positionTable(a, round, list, x.by, month))
	}
	addTrend(v, body, round, year, icb, month)
	plan, forecast, steps, err := round.BridgeOf(year, icb, month)
	if err != nil {
		return err
	}
	bridge := &Table{Name: "plan-to-forecast", Caption: "From plan to forecast", Columns: []Column{{Key: "cause", Title: "Cause"}, {Key: "amount", Title: "Amount", Numeric: true}, {Key: "after", Title: "After it", Numeric: true}}}
	bridge.Rows = append(bridge.Rows, Row{say("plan"), moneyCell(plan), moneyCell(plan)})
	for _, x := range steps {
		bridge.Rows = append(bridge.Rows, Row{say(spacedWord(x.Cause)), moneyCell(x.Amount), moneyCell(x.After)})
	}
	bridge.Rows = append(bridge.Rows, Row{say("forecast"), moneyCell(forecast), moneyCell(forecast)})
	v.add("plan-to-forecast", "From plan to forecast", "What the causes do not explain is a line of its own.", bridge)
	addSchemes(v, round, year, icb)
	risks := round.RisksOf(year, icb)
	t := &Table{Name: "risks", Caption: "Risks and mitigations", Columns: []Column{{Key: "risk", Title: "Risk"}, {Key: "gross", Title: "Gross", Numeric: true}, {Key: "likelihood", Title: "Likelihood", Numeric: true}, {Key: "weighted", Title: "Weighted", Numeric: true}, {Key: "mitigation", Title: "Mitigation"}, {Key: "mitigated", Title: "Mitigated", Numeric: true}, {Key: "net", Title: "Net", Numeric: true}}}
	for i := range risks {
		k := &risks[i]
		t.Rows = append(t.Rows, Row{say(k.Name), moneyCell(k.Gross), Cell{Text: budget.Percent(k.Likelihood, 0)}, moneyCell(k.Weighted()), say(k.Mitigation).or("None"), moneyCell(k.Mitigated), moneyCell(k.Net())})
	}
	worst, likely, best := budget.Outlook(forecast, risks)
	v.add("risks", "Risks and mitigations", fmt.Sprintf("Forecast: worst %s, most likely %s, best %s.", sterling(worst), sterling(likely), sterling(best)), t)
	return nil
}

// reportsBy are the reports of a month; some are of several boards alone.
var reportsBy = []struct {
	by          budget.By
	title, says string
	several     bool
}{
	{budget.ByLine, "Position by line", "Variance is budget less actual: above zero is an underspend. Each percentage is of what its heading says.", false},
	{budget.ByProvider, "Position by provider", "", false},
	{budget.ByBoard, "Position by board", "", true},
	{budget.ByMatrix, "Position by provider and board", "", true},
}

func spacedWord(s string) string {
	out := []byte(s)
	for i := range out {
		if out[i] == '_' {
			out[i] = ' '
		}
	}
	return string(out)
}

// positionKeys are the columns that say what a row of a report is of.
var positionKeys = map[budget.By][]Column{
	budget.ByLine: {{Key: "line", Title: "Line"}}, budget.ByProvider: {{Key: "provider", Title: "Provider"}}, budget.ByBoard: {{Key: "icb", Title: "Board"}},
	budget.ByMatrix: {{Key: "provider", Title: "Provider"}, {Key: "icb", Title: "Board"}},
}

func positionKey(a *Asked, by budget.By, key []string, at int) Cell {
	if at >= len(key) {
		return Cell{Lacks: "All"}
	}
	if by == budget.ByLine || key[0] == "total" {
		return say(sentence(key[at]))
	}
	if key[at] == "none" {
		return Cell{Lacks: "No provider"}
	}
	return bodyCell(a, key[at])
}

func positionTable(a *Asked, round *budget.Round, list []budget.Position, by budget.By, month int) *Table {
	t := &Table{Name: "position-" + string(by), Caption: "Position at the end of " + budget.MonthName(month), Columns: append(slices.Clone(positionKeys[by]), []Column{{Key: "annual_budget", Title: "Annual budget", Numeric: true}, {Key: "budget_to_date", Title: "Budget to date", Numeric: true},
		{Key: "actual_to_date", Title: "Actual to date", Numeric: true}, {Key: "variance", Title: "Variance", Numeric: true}, {Key: "variance_of_budget_to_date", Title: "% of budget to date", Numeric: true}, {Key: "forecast", Title: "Forecast", Numeric: true},
		{Key: "forecast_variance", Title: "Forecast variance", Numeric: true}, {Key: "forecast_of_annual_budget", Title: "% of annual budget", Numeric: true}, {Key: "forecast_before", Title: "Forecast of the month before", Numeric: true}, {Key: "movement", Title: "Movement since the month before", Numeric: true}, {Key: "underlying", Title: "Underlying forecast", Numeric: true}}...)}
	if round.Rag != nil {
		t.Columns = append(t.Columns, Column{Key: "rag", Title: "RAG"})
	}
	t.Columns = append(t.Columns, Column{Key: "comment", Title: "Comment"})
	for i := range list {
		p := &list[i]
		before, movement := Cell{Lacks: "Not known"}, Cell{Lacks: "Not known"}
		if p.HasBefore {
			before, movement = moneyCell(p.Before), moneyCell(p.Movement)
		}
		row := Row{}
		for j := range positionKeys[by] {
			row = append(row, positionKey(a, by, p.Key, j))
		}
		row = append(row, moneyCell(p.Annual), moneyCell(p.BudgetToDate), moneyCell(p.ToDate), moneyCell(p.Variance), partCell(p.VariancePart), moneyCell(p.Forecast), moneyCell(p.ForecastGap), partCell(p.ForecastPart), before, movement, moneyCell(p.Underlying))
		if round.Rag != nil {
			row = append(row, say(p.Rag))
		}
		row = append(row, say(strings.Join(p.Comments, "; ")).or("None"))
		t.Rows = append(t.Rows, row)
	}
	return t
}

func addTrend(v *view, body *budgetPage, round *budget.Round, year, icb string, month int) {
	t := &Table{Name: "trend", Caption: "Actual against profile, " + year, Columns: []Column{{Key: "month", Title: "Month"}, {Key: "plan", Title: "Planned", Numeric: true}, {Key: "actual", Title: "Actual", Numeric: true}, {Key: "late", Title: "Of it, about earlier months", Numeric: true}, {Key: "variance", Title: "Variance", Numeric: true}}}
	var plan, actual []float64
	var names []string
	for _, x := range round.Trend(year, icb) {
		plan, actual, names = append(plan, inMillions(x.Plan)), append(actual, inMillions(x.Actual)), append(names, budget.MonthName(x.Month)[:3])
		row := Row{say(budget.MonthName(x.Month)), moneyCell(x.Plan), moneyCell(x.Actual), moneyCell(x.Late), moneyCell(x.Plan.Sub(x.Actual))}
		if x.Month > month {
			row = Row{row[0], row[1], {}, {}, {}}
		}
		t.Rows = append(t.Rows, row)
	}
	over := 0
	for i := range month {
		if actual[i] > plan[i] {
			over++
		}
	}
	if g := drawMonths("trend", fmt.Sprintf("Spending was above the profile in %d of %s", over, plural(month, "month", "months")), "Planned and actual spending of each month. The table of the trend has the same figures.", "trend", plan, actual, month, millionsText, names); g != nil {
		body.Graphs = append(body.Graphs, g)
	}
	v.add("trend", "Trend", "", t)
}

func addSchemes(v *view, round *budget.Round, year, icb string) {
	t := &Table{Name: "efficiency", Caption: "Efficiency schemes", Columns: []Column{{Key: "scheme", Title: "Scheme"}, {Key: "status", Title: "Status"}, {Key: "risk", Title: "Risk"}, {Key: "recurrent", Title: "Recurrent"}, {Key: "plan", Title: "Plan", Numeric: true}, {Key: "plan_to_date", Title: "Plan to date", Numeric: true},
		{Key: "actual_to_date", Title: "Actual to date", Numeric: true}, {Key: "forecast", Title: "Forecast", Numeric: true}, {Key: "forecast_of_plan", Title: "Forecast, % of plan", Numeric: true}}}
	for _, x := range round.SchemesOf(year, icb) {
		recurrent := "No"
		if x.Recurrent {
			recurrent = "Yes"
		}
		t.Rows = append(t.Rows, Row{say(x.Name), say(spacedWord(x.Status)), say(x.Risk), say(recurrent), moneyCell(x.Plan), moneyCell(x.PlanToDate), moneyCell(x.ToDate), moneyCell(x.Full), partCell(budget.Part{Amount: x.Full, Of: x.Plan})})
	}
	v.add("efficiency", "Efficiency", "", t)
}
