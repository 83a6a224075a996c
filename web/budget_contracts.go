package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/singleflight"

	"remit/activity"
	"remit/budget"
	"remit/intake"
	"remit/register"
	"remit/spend"
	"remit/store"
)

// spending keeps what was read out of contract monitoring until the ledger or the register changes.
type spending struct {
	mu      sync.Mutex
	view    *intake.View
	pack    *register.Pack
	kept    map[string]*spend.Book
	reading singleflight.Group
}

const keptBooks = 256

func (k *spending) find(view *intake.View, pack *register.Pack, key string) *spend.Book {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.view != view || k.pack != pack || len(k.kept) > keptBooks {
		k.view, k.pack, k.kept = view, pack, map[string]*spend.Book{}
	}
	return k.kept[key]
}

func (k *spending) keep(view *intake.View, pack *register.Pack, key string, b *spend.Book) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.view == view && k.pack == pack {
		k.kept[key] = b
	}
}

// seesContracts says whether the reader may see what contract monitoring has of every provider: colleagues, but for those
// of a provider, who see that provider's alone.
func (s *Site) seesContracts(a *Asked) bool {
	return s.ledger != nil && a.Account != nil && slices.ContainsFunc(store.Roles, a.Account.Has) && ownProvider(a) == ""
}

// spendOf is what contract monitoring says of boards and service lines in a year, as assigned; nil where the reader
// may not see it.
func (s *Site) spendOf(r *http.Request, asked0 spend.Asked) (*spend.Book, error) {
	a := asked(r)
	if !s.seesContracts(a) {
		return nil, nil
	}
	view, where, err := s.contractView(r)
	if err != nil {
		return nil, err
	}
	asked0.Where = where
	key := fmt.Sprint(asked0)
	if b := s.spending.find(view, a.Register.Pack, key); b != nil {
		return b, nil
	}
	made, err, _ := s.spending.reading.Do(key, func() (any, error) {
		b, err := spend.Read(context.WithoutCancel(r.Context()), view, a.Register.Pack, asked0)
		if err == nil {
			s.spending.keep(view, a.Register.Pack, key, b)
		}
		return b, err
	})
	if err != nil {
		return nil, err
	}
	return made.(*spend.Book), nil
}

// joined is the round with the lines of contract monitoring that the reader may see, foreseen as the address says.
func (s *Site) joined(r *http.Request, round *keptRound, year string, boards ...string) (*budget.Round, *spend.Book, error) {
	by := round.Foresee
	if asked := r.URL.Query().Get("contracts"); slices.Contains(budget.Foresights, asked) {
		by = asked
	}
	if by == budget.Typed {
		return round.Round, nil, nil
	}
	book, err := s.spendOf(r, spend.Asked{Year: year, Boards: boards})
	if err != nil || book == nil {
		return round.Round, nil, err
	}
	return round.WithContracts(book.Lines, by), book, nil
}

var foresightWords = map[string]string{
	budget.RemainingPlan: "From contract monitoring, foreseen by the plan of what is left",
	budget.RunRate:       "From contract monitoring, foreseen by the run rate",
	budget.Typed:         "As typed",
}

// contractsField picks where contracts, drugs and devices come from.
func contractsField(round *keptRound, picked string) scenarioField {
	f := scenarioField{Name: "contracts", Label: "Contracts, drugs and devices", Value: picked, Options: []scenarioOption{{"", "As the round says: " + strings.ToLower(foresightWords[round.Foresee][:1]) + foresightWords[round.Foresee][1:]}}}
	for _, x := range budget.Foresights {
		f.Options = append(f.Options, scenarioOption{x, foresightWords[x]})
	}
	return f
}

// addFunds shows the use of the money: line by line, month by month, and the figures behind contracts.
func addFunds(a *Asked, v *view, round *budget.Round, o *budget.Outcome, icb string, month int) error {
	f, err := round.FundsYear(o, icb, month)
	if err != nil {
		return err
	}
	if len(f.Lines) == 0 {
		return nil
	}
	v.add("funds", "What it is used for", fundsSays(f), fundsTable(a, o, f))
	v.add("funds-months", "Month by month", monthsSays(f), fundsMonthsTable(f))
	if t := contractLinesTable(a, round, f); t != nil {
		v.add("contract-lines", "The figures behind contracts, drugs and devices", "What contract monitoring has of this board, as the method assigns payers: the activity plan, and what was done. A month without a return is no month of nothing: it stands as planned.", t)
	}
	v.add("reserves", "Reserves and commitments", "", reservesTable(f))
	return nil
}

func fundsSays(f *budget.FundsYear) string {
	text := fmt.Sprintf("Uses and what is left over or short add up to the allocation: as planned %s is %s, as foreseen %s is %s. An efficiency target and money from a pool make room, so they stand with a minus. Variance is budget less actual: above zero is an underspend.",
		sterling(f.Planned.Difference), f.Planned.Called, sterling(f.Foreseen.Difference), f.Foreseen.Called)
	if n := len(f.Replaced); n > 0 {
		text += fmt.Sprintf(" Contract monitoring takes the place of %s that had been typed.", plural(n, "amount", "amounts"))
	}
	for _, u := range f.Beside {
		text += fmt.Sprintf(" %s (%s) is typed without a provider and stands beside contract monitoring: name the provider, or take it out if it is in the contracts already.", u.What, sterling(u.Amount))
	}
	return text
}

func fundsTable(a *Asked, o *budget.Outcome, f *budget.FundsYear) *Table {
	t := &Table{Name: "funds", Caption: "Use of funds of " + f.Name + ", " + f.Year + ", at the end of " + budget.MonthName(f.Month), Columns: []Column{{Key: "use", Title: "Use"}, {Key: "what", Title: "What"}, {Key: "counterparty", Title: "With"}, {Key: "from", Title: "Where from"},
		{Key: "budget", Title: "Budget of the year", Numeric: true}, {Key: "part", Title: "% of the allocation", Numeric: true}, {Key: "budget_to_date", Title: "Budget to date", Numeric: true}, {Key: "actual_to_date", Title: "Actual to date", Numeric: true},
		{Key: "variance", Title: "Variance to date", Numeric: true}, {Key: "variance_of_budget_to_date", Title: "% of budget to date", Numeric: true}, {Key: "forecast", Title: "Forecast", Numeric: true}, {Key: "forecast_variance", Title: "Forecast variance", Numeric: true},
		{Key: "forecast_of_budget", Title: "% of budget of the year", Numeric: true}, {Key: "typed", Title: "Had been typed", Numeric: true}, {Key: "committed", Title: "Committed"}}}
	none := Cell{Lacks: "Not reported"}
	for i := range f.Lines {
		l := &f.Lines[i]
		annual := l.Annual()
		toDate, actual := l.ToDate(f.Month)
		row := Row{say(useWords[l.Kind]), say(l.What), bodyCell(a, l.Counterparty).or("Nobody named"), say("Typed"), moneyCell(annual), partCell(budget.Part{Amount: annual, Of: f.Allocation}), moneyCell(toDate), none, none, none,
			moneyCell(l.Forecast), moneyCell(annual.Sub(l.Forecast)), partCell(budget.Part{Amount: annual.Sub(l.Forecast), Of: annual}), Cell{Lacks: "Not applicable"}, say(yesWord(l.Committed))}
		if l.Contract {
			row[3] = Cell{Text: "Contract monitoring", Href: contractAddress(l.Counterparty, yearKey(f.Year))}
		}
		if l.Reported {
			row[3].More = l.Basis
			if came := slices.Contains(l.Came[:f.Month], true); came {
				row[7], row[8], row[9] = moneyCell(actual), moneyCell(toDate.Sub(actual)), partCell(budget.Part{Amount: toDate.Sub(actual), Of: toDate})
				row[7].More = cameWords(l.Came[:f.Month])
			} else {
				row[7] = Cell{Lacks: "No report has come"}
			}
			if l.Typed != nil {
				row[13] = moneyCell(*l.Typed)
			}
		}
		t.Rows = append(t.Rows, row)
	}
	blank := Cell{Lacks: "Not applicable"}
	left := Row{say(sentence(f.Planned.Called)), say("as planned: allocation less all uses"), blank, blank, moneyCell(f.Planned.Difference), partCell(budget.Part{Amount: f.Planned.Difference, Of: f.Allocation}), blank, blank, blank, blank, moneyCell(f.Foreseen.Difference), blank, partCell(budget.Part{Amount: f.Foreseen.Difference, Of: f.Allocation}), blank, blank}
	left[1].More, left[12].More = "as foreseen: "+f.Foreseen.Called, "of the allocation"
	whole := Row{say("Allocation"), say("by the policy " + o.Policy.Name), blank, blank, moneyCell(f.Allocation), partCell(budget.Part{Amount: f.Allocation, Of: f.Allocation}), blank, blank, blank, blank, moneyCell(f.Allocation), blank, blank, blank, blank}
	t.Rows = append(t.Rows, left, whole)
	return t
}

// cameWords says which of the months so far had no return.
func cameWords(came []bool) string {
	var missing []string
	for m, yes := range came {
		if !yes {
			missing = append(missing, budget.MonthName(m+1))
		}
	}
	if len(missing) == 0 {
		return ""
	}
	return "no return for " + strings.Join(missing, ", ")
}

func yesWord(yes bool) string {
	if yes {
		return "Yes"
	}
	return "No"
}

func monthsSays(f *budget.FundsYear) string {
	text := "The allocation, and uses that are not reported, fall on months in twelfths, to the penny. As it stands: what was reported by the end of " + budget.MonthName(f.Month) + ", and else the budget."
	if !f.Beyond.IsZero() {
		text += fmt.Sprintf(" Forecasts by run rate, by profile and with adjustments come to %s more than the months as they stand.", sterling(f.Beyond))
	}
	return text
}

func fundsMonthsTable(f *budget.FundsYear) *Table {
	t := &Table{Name: "funds-months", Caption: "Use of funds of " + f.Name + " by month, " + f.Year, Columns: []Column{{Key: "month", Title: "Month"}}}
	kinds := f.Kinds()
	for _, k := range kinds {
		t.Columns = append(t.Columns, Column{Key: k, Title: useWords[k] + ", budget", Numeric: true})
		if reportedKind(f, k) {
			t.Columns = append(t.Columns, Column{Key: k + "_stands", Title: useWords[k] + ", as it stands", Numeric: true})
		}
	}
	t.Columns = append(t.Columns, Column{Key: "planned", Title: "All uses, budget", Numeric: true}, Column{Key: "stands", Title: "All uses, as it stands", Numeric: true}, Column{Key: "allocation", Title: "Allocation", Numeric: true}, Column{Key: "left", Title: "Left over or short, budget", Numeric: true}, Column{Key: "left_stands", Title: "Left over or short, as it stands", Numeric: true}, Column{Key: "came", Title: "Reports"})
	total := budget.FundsMonth{Budget: map[string]activity.Amount{}, Stands: map[string]activity.Amount{}}
	row := func(name Cell, m *budget.FundsMonth, came Cell) {
		r := Row{name}
		for _, k := range kinds {
			r = append(r, moneyCell(m.Budget[k]))
			if reportedKind(f, k) {
				r = append(r, moneyCell(m.Stands[k]))
			}
		}
		t.Rows = append(t.Rows, append(r, moneyCell(m.Planned), moneyCell(m.Used), moneyCell(m.Allocation), moneyCell(m.Allocation.Sub(m.Planned)), moneyCell(m.Allocation.Sub(m.Used)), came))
	}
	for i := range f.Months {
		m := &f.Months[i]
		came := say("Not yet")
		if m.Came {
			came = say("Came")
		}
		row(say(budget.MonthName(m.Month)), m, came)
		for _, k := range kinds {
			total.Budget[k], total.Stands[k] = total.Budget[k].Add(m.Budget[k]), total.Stands[k].Add(m.Stands[k])
		}
		total.Planned, total.Used, total.Allocation = total.Planned.Add(m.Planned), total.Used.Add(m.Used), total.Allocation.Add(m.Allocation)
	}
	row(say("Year"), &total, Cell{Lacks: "Not applicable"})
	return t
}

func reportedKind(f *budget.FundsYear, kind string) bool {
	return slices.ContainsFunc(f.Lines, func(l budget.FundsLine) bool { return l.Reported && l.Kind == kind })
}

// contractLinesTable is every line of contract monitoring that the board has in the year.
func contractLinesTable(a *Asked, round *budget.Round, f *budget.FundsYear) *Table {
	t := &Table{Name: "contract-lines", Caption: "Contract monitoring of " + f.Name + ", " + f.Year + ", at the end of " + budget.MonthName(f.Month), Search: true, Columns: []Column{{Key: "provider", Title: "Provider", Filter: true}, {Key: "kind", Title: "Use", Filter: true}, {Key: "line", Title: "Programme of care"},
		{Key: "plan", Title: "Plan of the year", Numeric: true}, {Key: "plan_to_date", Title: "Plan to date", Numeric: true}, {Key: "actual_to_date", Title: "Actual to date", Numeric: true}, {Key: "by_plan", Title: "Forecast by remaining plan", Numeric: true}, {Key: "by_rate", Title: "Forecast by run rate", Numeric: true}, {Key: "basis", Title: "Actual is of"}}}
	for i := range round.Contracts {
		c := &round.Contracts[i]
		if c.ICB != f.ICB || c.Year != f.Year {
			continue
		}
		var plan, actual activity.Amount
		for m := range f.Month {
			plan, actual = plan.Add(c.Plan[m]), actual.Add(c.Actual[m])
		}
		provider := bodyCell(a, c.Provider)
		provider.Href = contractAddress(c.Provider, yearKey(f.Year))
		at := max(1, min(f.Month, c.Through()))
		row := Row{provider, say(useWords[c.Kind]), say(c.Line), moneyCell(c.Annual()), moneyCell(plan), moneyCell(actual), moneyCell(c.ByPlan[at-1]), moneyCell(c.ByRate[at-1]), Cell{Text: sentence(c.Basis), More: cameWords(c.Came[:f.Month])}}
		if c.Through() == 0 {
			row[5], row[6], row[7] = Cell{Lacks: "No return has come"}, moneyCell(c.Annual()), Cell{Lacks: "Not known"}
		}
		t.Rows = append(t.Rows, row)
	}
	if len(t.Rows) == 0 {
		return nil
	}
	return t
}

func reservesTable(f *budget.FundsYear) *Table {
	t := &Table{Name: "reserves", Caption: "Reserves and commitments", Columns: []Column{{Key: "kind", Title: "Kind"}, {Key: "committed", Title: "Committed", Numeric: true}, {Key: "uncommitted", Title: "Not committed", Numeric: true}, {Key: "total", Title: "All", Numeric: true}, {Key: "part", Title: "% of the allocation", Numeric: true}}}
	for _, kind := range []string{budget.Reserve, budget.Contingency, budget.Investment} {
		var committed, open activity.Amount
		for i := range f.Lines {
			switch l := &f.Lines[i]; {
			case l.Kind == kind && l.Committed:
				committed = committed.Add(l.Annual())
			case l.Kind == kind:
				open = open.Add(l.Annual())
			}
		}
		t.Rows = append(t.Rows, Row{say(useWords[kind]), moneyCell(committed), moneyCell(open), moneyCell(committed.Add(open)), partCell(budget.Part{Amount: committed.Add(open), Of: f.Allocation})})
	}
	return t
}

// contractNotes say what contracts, drugs and devices rest on.
func contractNotes(s *Site, a *Asked, book *spend.Book) []string {
	if book == nil || len(book.Lines) == 0 {
		if s.seesContracts(a) {
			return []string{"Contract monitoring has nothing of this board and year that is shown here: contracts, drugs and devices are as typed."}
		}
		return nil
	}
	last := "no return has come"
	if book.Last > 0 {
		last = "the last return is that of " + budget.MonthName(book.Last)
	}
	return []string{"Contracts, drugs and devices are those of contract monitoring, by the submissions that count; " + last + ". The payer is the one that the method assigns, on the map of boards of 1 April " + book.Year[:4] + ". Adjustments after the year end stand in March."}
}
