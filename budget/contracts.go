package budget

import (
	"fmt"
	"slices"
	"strings"

	"remit/activity"
	"remit/share"
)

// ContractLine is a line of a board's budget as contract monitoring has it: what
// was planned with a provider, what it came to, and what the year is foreseen to be.
// Adjustments after the year end stand in March.
type ContractLine struct {
	Year, ICB, Line, Provider string
	Kind                      string // contract, drugs or devices
	Plan                      [12]activity.Amount
	Actual                    [12]activity.Amount // nothing where no return came
	Came                      [12]bool            // a month without a return is not a month of nothing
	ByPlan                    [12]activity.Amount // the year as foreseen at the end of each month: what was done and the plan of what is left
	ByRate                    [12]activity.Amount // the same, stretched from what was done
	Basis                     string              // which returns the actuals are of
}

// The ways of foreseeing a contract line. Typed says that contract data are left aside.
const (
	RemainingPlan = "remaining_plan"
	RunRate       = "run_rate"
	Typed         = "typed"
)

// Foresights are how a year of contracts can be foreseen, and whether at all.
var Foresights = []string{RemainingPlan, RunRate, Typed}

// Annual is the plan of the year.
func (c *ContractLine) Annual() activity.Amount { return sumOf(c.Plan[:]) }

// Through is the last month of which a return came; 0 when none did.
func (c *ContractLine) Through() int {
	for m := 12; m > 0; m-- {
		if c.Came[m-1] {
			return m
		}
	}
	return 0
}

// foreseen is the year as foreseen at the end of a month.
func (c *ContractLine) foreseen(month int, by string) activity.Amount {
	if by == RunRate {
		return c.ByRate[month-1]
	}
	return c.ByPlan[month-1]
}

func sumOf(list []activity.Amount) (total activity.Amount) {
	for _, a := range list {
		total = total.Add(a)
	}
	return total
}

// WithContracts is the round with lines of contract monitoring in the place of those that were typed for the
// same board, year and provider. Adjustments of lines that are replaced stay, on lines without a budget. by is how
// the year is foreseen; Typed leaves the round as it is.
func (r *Round) WithContracts(lines []ContractLine, by string) *Round {
	if by == Typed || len(lines) == 0 {
		return r
	}
	next, monthly := *r, *r.Monthly
	next.Monthly, next.Contracts, next.Foresee = &monthly, lines, by
	monthly.Lines, monthly.Actuals = nil, nil
	has := func(year, icb, provider string) bool {
		return provider != "" && slices.ContainsFunc(lines, func(c ContractLine) bool { return c.Year == year && c.ICB == icb && c.Provider == provider })
	}
	for _, l := range r.Monthly.Lines {
		if !has(l.Year, l.ICB, l.Provider) {
			monthly.Lines = append(monthly.Lines, l)
			continue
		}
		next.Replaced = append(next.Replaced, l)
		if !l.Adjustment.IsZero() || !l.FullYear.IsZero() {
			l.Line, l.Annual, l.HasBefore = l.Line+", adjustment", activity.Amount{}, false
			monthly.Lines = append(monthly.Lines, l)
		}
	}
	for _, a := range r.Monthly.Actuals {
		if !has(a.Year, a.ICB, a.Provider) {
			monthly.Actuals = append(monthly.Actuals, a)
		}
	}
	for i := range lines {
		c := &lines[i]
		monthly.Lines = append(monthly.Lines, BudgetLine{Year: c.Year, ICB: c.ICB, Line: c.Line, Provider: c.Provider, Annual: c.Annual(), Comment: c.Basis, Contract: c})
		for m := range c.Actual {
			if c.Came[m] {
				monthly.Actuals = append(monthly.Actuals, Actual{Year: c.Year, ICB: c.ICB, Line: c.Line, Provider: c.Provider, Month: m + 1, Concerns: m + 1, Amount: c.Actual[m]})
			}
		}
	}
	return &next
}

// contractForecast is what a contract line is foreseen to come to, and how.
func (r *Round) contractForecast(c *ContractLine, month int) (activity.Amount, string) {
	if c.Through() == 0 {
		return c.Annual(), "the plan: no return has come"
	}
	at := min(month, c.Through())
	forecast := c.foreseen(at, r.Foresee)
	if r.Foresee == RunRate {
		return forecast, fmt.Sprintf("what was done to the end of %s, stretched to the year (%s)", MonthName(at), c.Basis)
	}
	return forecast, fmt.Sprintf("what was done to the end of %s and the plan of what is left (%s)", MonthName(at), c.Basis)
}

// FundsLine is one use of a board's money over the year. Amounts are signed as they
// count against the allocation.
type FundsLine struct {
	Kind, What, Counterparty string
	Contract                 bool // from contract monitoring, else as typed
	Reported                 bool // month by month: by contract monitoring, or in actuals.csv
	Typed                    *activity.Amount
	Committed                bool
	Budget                   [12]activity.Amount
	Actual                   [12]activity.Amount // of what is reported
	Came                     [12]bool
	Forecast                 activity.Amount
	Basis                    string
	Place                    string
}

// Annual is the budget of the year.
func (l *FundsLine) Annual() activity.Amount { return sumOf(l.Budget[:]) }

// stands is what a month comes to as it stands: what was done where a return came by the end of a month, else the budget.
func (l *FundsLine) stands(m, month int) activity.Amount {
	if l.Came[m] && m < month {
		return l.Actual[m]
	}
	return l.Budget[m]
}

// FundsMonth is one month of a board's money.
type FundsMonth struct {
	Month      int
	Allocation activity.Amount // a twelfth, to the penny
	Budget     map[string]activity.Amount
	Stands     map[string]activity.Amount // as it stands: what was done where a return came, else the budget
	Came       bool                       // of some contract
	Planned    activity.Amount            // all uses, as budgeted
	Used       activity.Amount            // all uses, as it stands
}

// FundsYear is the use of a board's money in a year, month by month. It closes as it was planned
// and as it is foreseen: the allocation is what the uses come to and the difference, which has a name.
type FundsYear struct {
	Year, ICB, Name string
	Month           int // to which it is seen
	Allocation      activity.Amount
	Lines           []FundsLine
	Months          []FundsMonth
	Planned         Closing
	Foreseen        Closing
	Beyond          activity.Amount // of the forecast, what is foreseen beyond the months as they stand: by run rate, profile or adjustment
	Replaced        []Use           // typed, and replaced by contract monitoring
	Beside          []Use           // typed for contracts, drugs or devices without naming the provider: they stand beside contract monitoring
}

// Closing is a sum of uses against the allocation.
type Closing struct {
	Used, Difference activity.Amount
	Called           string // uncommitted, overcommitted or closed
}

func closing(allocation, used activity.Amount) Closing {
	difference := allocation.Sub(used)
	return Closing{used, difference, [...]string{"overcommitted", "closed", "uncommitted"}[difference.Sign()+1]}
}

// fromContracts are the uses whose figures contract monitoring may have.
var fromContracts = []string{Contract, Drugs, Devices}

// FundsYear sets the uses of a board against its allocation over the year, as seen at the end of a month. Uses that
// contract monitoring has come from there; those that were typed have the
// months and the forecast of the round's own lines where those are of the same money; the others are spread in twelfths and expected as planned.
func (r *Round) FundsYear(o *Outcome, icb string, month int) (*FundsYear, error) {
	s, ok := o.Statement(icb)
	if !ok {
		return nil, &UnknownError{"board", icb, r.Boards()}
	}
	if month < 1 || month > 12 {
		return nil, fmt.Errorf("there is no month %d: 1 is April, 12 March", month)
	}
	f := &FundsYear{Year: o.Year, ICB: icb, Name: s.Name, Month: month, Allocation: s.Allocation}
	f.contracts(r)
	for _, u := range r.Uses {
		if u.Year != o.Year || u.ICB != icb {
			continue
		}
		if err := f.typed(r, u); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(f.Lines, func(a, b FundsLine) int {
		return slices.Index(UseKinds, a.Kind) - slices.Index(UseKinds, b.Kind)
	})
	return f, f.close()
}

// contracts adds a line for each provider and kind that contract monitoring has.
func (f *FundsYear) contracts(r *Round) {
	for i := range r.Contracts {
		c := &r.Contracts[i]
		if c.Year != f.Year || c.ICB != f.ICB {
			continue
		}
		at := slices.IndexFunc(f.Lines, func(l FundsLine) bool { return l.Contract && l.Kind == c.Kind && l.Counterparty == c.Provider })
		if at < 0 {
			at = len(f.Lines)
			f.Lines = append(f.Lines, FundsLine{Kind: c.Kind, What: contractWords[c.Kind], Counterparty: c.Provider, Contract: true, Reported: true, Committed: true, Basis: c.Basis, Place: "contract monitoring"})
		}
		l := &f.Lines[at]
		for m := range l.Budget {
			l.Budget[m], l.Actual[m] = l.Budget[m].Add(c.Plan[m]), l.Actual[m].Add(c.Actual[m])
			l.Came[m] = l.Came[m] || c.Came[m]
		}
		forecast, _ := r.contractForecast(c, f.Month)
		l.Forecast = l.Forecast.Add(forecast)
	}
}

var contractWords = map[string]string{Contract: "Contract, by its plan", Drugs: "Drugs of the contract", Devices: "Devices of the contract"}

// typed adds a use that was typed, or notes that contract monitoring has it.
func (f *FundsYear) typed(r *Round, u Use) error {
	if slices.Contains(fromContracts, u.Kind) {
		for i := range f.Lines {
			if l := &f.Lines[i]; l.Contract && l.Kind == u.Kind && l.Counterparty == u.Counterparty {
				total := u.Signed()
				if l.Typed != nil {
					total = total.Add(*l.Typed)
				}
				l.Typed = &total
				f.Replaced = append(f.Replaced, u)
				return nil
			}
		}
		if u.Counterparty == "" && slices.ContainsFunc(f.Lines, func(l FundsLine) bool { return l.Contract && l.Kind == u.Kind }) {
			f.Beside = append(f.Beside, u)
		}
	}
	l := FundsLine{Kind: u.Kind, What: u.What, Counterparty: u.Counterparty, Committed: u.Committed, Forecast: u.Signed(), Place: u.Place}
	months, err := twelfths(u.Signed())
	if err != nil {
		return err
	}
	l.Budget = months
	l.report(r, u, f.Month)
	f.Lines = append(f.Lines, l)
	return nil
}

// report takes the months of a typed use from the lines of the round that are of the same money: those of its
// provider, or those called drugs or devices, where their budgets come to its amount.
func (l *FundsLine) report(r *Round, u Use, month int) {
	if !slices.Contains(fromContracts, u.Kind) {
		return
	}
	var lines []*BudgetLine
	var annual activity.Amount
	for i := range r.Monthly.Lines {
		x := &r.Monthly.Lines[i]
		kind := strings.ToLower(x.Line)
		if kind != Drugs && kind != Devices {
			kind = Contract
		}
		if x.Contract == nil && x.Year == u.Year && x.ICB == u.ICB && x.Provider == u.Counterparty && kind == u.Kind {
			lines, annual = append(lines, x), annual.Add(x.Annual)
		}
	}
	if len(lines) == 0 || annual != u.Amount {
		return
	}
	l.Budget, l.Forecast, l.Reported, l.Basis = [12]activity.Amount{}, activity.Amount{}, true, "lines of the round"
	for _, x := range lines {
		for m, a := range r.Monthly.months(x) {
			l.Budget[m] = l.Budget[m].Add(a)
		}
		for _, a := range r.Monthly.Actuals {
			if a.Year == x.Year && a.ICB == x.ICB && a.Line == x.Line && a.Provider == x.Provider {
				l.Actual[a.Month-1], l.Came[a.Month-1] = l.Actual[a.Month-1].Add(a.Amount), true
			}
		}
		p := r.position(x, month)
		l.Forecast = l.Forecast.Add(p.Forecast)
	}
}

// twelfths parts an amount over the months, to the penny.
func twelfths(a activity.Amount) (months [12]activity.Amount, err error) {
	keys, weights := monthKeys, slices.Repeat(weightsOfOne, 12)
	parts, err := share.Split(a, keys, weights, share.Penny)
	for i := range parts {
		months[i] = parts[i].Amount
	}
	return months, err
}

// close sums the lines up, month by month and over the year.
func (f *FundsYear) close() error {
	allocation, err := twelfths(f.Allocation)
	if err != nil {
		return err
	}
	var planned, foreseen, stands activity.Amount
	for m := range 12 {
		x := FundsMonth{Month: m + 1, Allocation: allocation[m], Budget: map[string]activity.Amount{}, Stands: map[string]activity.Amount{}}
		for i := range f.Lines {
			l := &f.Lines[i]
			as := l.stands(m, f.Month)
			x.Budget[l.Kind], x.Stands[l.Kind] = x.Budget[l.Kind].Add(l.Budget[m]), x.Stands[l.Kind].Add(as)
			x.Planned, x.Used = x.Planned.Add(l.Budget[m]), x.Used.Add(as)
			x.Came = x.Came || l.Came[m] && m < f.Month
		}
		planned, stands = planned.Add(x.Planned), stands.Add(x.Used)
		f.Months = append(f.Months, x)
	}
	for i := range f.Lines {
		foreseen = foreseen.Add(f.Lines[i].Forecast)
	}
	f.Planned, f.Foreseen, f.Beyond = closing(f.Allocation, planned), closing(f.Allocation, foreseen), foreseen.Sub(stands)
	return nil
}

// Kinds are the kinds of use that the year has, in order.
func (f *FundsYear) Kinds() []string {
	return slices.DeleteFunc(slices.Clone(UseKinds), func(k string) bool {
		return !slices.ContainsFunc(f.Lines, func(l FundsLine) bool { return l.Kind == k })
	})
}

// ToDate is what a line was to come to by the month, and what it has come to where returns came.
func (l *FundsLine) ToDate(month int) (budget, actual activity.Amount) {
	return sumOf(l.Budget[:month]), sumOf(l.Actual[:month])
}
