package budget

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"remit/activity"
	"remit/share"
)

// Position is where a line stands at the end of a month. Variances are budget less
// actual: above zero is an underspend.
type Position struct {
	Key          []string // of what the report is by: line, provider or board
	Annual       activity.Amount
	BudgetToDate activity.Amount
	ToDate       activity.Amount
	Variance     activity.Amount
	VariancePart Part // of the budget to date
	Forecast     activity.Amount
	ForecastGap  activity.Amount // annual less forecast
	ForecastPart Part            // of the annual budget
	Before       activity.Amount // forecast of the month before
	HasBefore    bool
	Movement     activity.Amount // forecast less the one before
	Underlying   activity.Amount // forecast less what is non-recurrent, plus full-year effects
	ExitRate     activity.Amount // mean of months 10 to 12 times 12, at month 12
	Rag          string          // red, amber, green; blank: no limits are loaded
	Comments     []string
	Working      []string
}

// By names what a report is by.
type By string

// What a report is by.
const (
	ByLine     By = "line"
	ByProvider By = "provider"
	ByBoard    By = "icb"
	ByMatrix   By = "matrix" // provider and board
)

func (b By) of(l *BudgetLine) []string {
	provider := l.Provider
	if provider == "" {
		provider = "none"
	}
	switch b {
	case ByProvider:
		return []string{provider}
	case ByBoard:
		return []string{l.ICB}
	case ByMatrix:
		return []string{provider, l.ICB}
	}
	return []string{l.Line}
}

// Positions reports a month by something, for one board or, where icb is blank, for all; the total
// comes last, under the key total.
func (r *Round) Positions(year, icb string, month int, by By) ([]Position, error) {
	if _, err := r.year(year); err != nil {
		return nil, err
	}
	if month < 1 || month > 12 {
		return nil, fmt.Errorf("there is no month %d: 1 is April, 12 March", month)
	}
	var list []Position
	total := Position{Key: []string{"total"}, HasBefore: true}
	for i := range r.Monthly.Lines {
		l := &r.Monthly.Lines[i]
		if l.Year != year || icb != "" && l.ICB != icb {
			continue
		}
		p := r.position(l, month)
		at := slices.IndexFunc(list, func(x Position) bool { return slices.Equal(x.Key, by.of(l)) })
		if at < 0 {
			at = len(list)
			list = append(list, Position{Key: by.of(l), HasBefore: true})
		}
		list[at].add(&p)
		total.add(&p)
	}
	slices.SortStableFunc(list, func(a, b Position) int { return slices.Compare(a.Key, b.Key) })
	if len(list) == 0 {
		return nil, nil
	}
	total.Comments = nil
	list = append(list, total)
	for i := range list {
		list[i].finish(r.Rag)
	}
	return list, nil
}

// position works out one line.
func (r *Round) position(l *BudgetLine, month int) Position {
	m := r.Monthly
	p := Position{Annual: l.Annual, Before: l.Before, HasBefore: l.HasBefore}
	if l.Comment != "" {
		p.Comments = []string{l.Comment}
	}
	for _, a := range m.months(l)[:month] {
		p.BudgetToDate = p.BudgetToDate.Add(a)
	}
	by := make([]activity.Amount, 12)
	var once activity.Amount
	for i := range m.Actuals {
		if a := &m.Actuals[i]; a.Month <= month && a.Year == l.Year && a.ICB == l.ICB && a.Line == l.Line && a.Provider == l.Provider {
			by[a.Month-1] = by[a.Month-1].Add(a.Amount)
			p.ToDate = p.ToDate.Add(a.Amount)
			once = once.Add(a.NonRecurrent)
		}
	}
	forecast, says := m.forecast(l, by, p.ToDate, month)
	if c := l.Contract; c != nil {
		forecast, says = r.contractForecast(c, month)
		if p.HasBefore = month > 1; p.HasBefore {
			p.Before, _ = r.contractForecast(c, month-1)
		}
	}
	p.Forecast = forecast.Add(l.Adjustment)
	p.Underlying = p.Forecast.Sub(once).Add(l.FullYear)
	name := strings.Trim(l.Line+", "+l.Provider, ", ")
	p.Working = append(p.Working, fmt.Sprintf("%s %s: forecast %s = %s", l.ICB, name, share.Sterling(forecast), says))
	if !l.Adjustment.IsZero() {
		p.Working = append(p.Working, fmt.Sprintf("%s %s: adjusted by %s: %s", l.ICB, name, share.Sterling(l.Adjustment), l.Reason))
	}
	if month == 12 {
		last := by[9].Add(by[10]).Add(by[11])
		p.ExitRate = last.Add(last).Add(last).Add(last) // mean of three months, times twelve
	}
	return p
}

// forecast is the year by the line's method, rounded to the penny.
func (m *Monthly) forecast(l *BudgetLine, by []activity.Amount, toDate activity.Amount, month int) (activity.Amount, string) {
	so := share.Of(toDate)
	var exact *big.Rat
	var says string
	switch l.Forecast {
	case "run_rate":
		last := min(3, month)
		mean := new(big.Rat)
		for _, a := range by[month-last : month] {
			mean.Add(mean, share.Of(a))
		}
		mean.Quo(mean, big.NewRat(int64(last), 1))
		exact = add(so, mul(big.NewRat(int64(12-month), 1), mean))
		says = fmt.Sprintf("%s + %d x %s, the mean of the last %d months", share.Sterling(toDate), 12-month, "£"+Pounds(mean), last)
	case "profiled":
		passed := sum(m.Profiles[l.Profile][:month])
		if passed.Sign() == 0 {
			return l.Annual, "the budget: by its profile, nothing was to be spent yet"
		}
		exact = quo(so, passed)
		says = fmt.Sprintf("%s / %s, the part of the year's profile that has passed", share.Sterling(toDate), Percent(passed, 2))
	default:
		exact = mul(so, big.NewRat(12, int64(month)))
		says = fmt.Sprintf("%s / %d x 12", share.Sterling(toDate), month)
	}
	a, ok := share.Nearest(exact)
	if !ok {
		return l.Annual, "the budget: the forecast is no amount of money"
	}
	return a, says
}

func (p *Position) add(q *Position) {
	p.Annual, p.BudgetToDate, p.ToDate = p.Annual.Add(q.Annual), p.BudgetToDate.Add(q.BudgetToDate), p.ToDate.Add(q.ToDate)
	p.Forecast, p.Underlying, p.ExitRate = p.Forecast.Add(q.Forecast), p.Underlying.Add(q.Underlying), p.ExitRate.Add(q.ExitRate)
	p.Before, p.HasBefore = p.Before.Add(q.Before), p.HasBefore && q.HasBefore
	p.Working = append(p.Working, q.Working...)
	for _, c := range q.Comments {
		if !slices.Contains(p.Comments, c) {
			p.Comments = append(p.Comments, c)
		}
	}
}

func (p *Position) finish(rag *Rag) {
	p.Variance = p.BudgetToDate.Sub(p.ToDate)
	p.VariancePart = Part{p.Variance, p.BudgetToDate, "budget to date"}
	p.ForecastGap = p.Annual.Sub(p.Forecast)
	p.ForecastPart = Part{p.ForecastGap, p.Annual, "annual budget"}
	if p.HasBefore {
		p.Movement = p.Forecast.Sub(p.Before)
	}
	if rag == nil {
		return
	}
	over := new(big.Rat).Neg(quo(share.Of(p.ForecastGap), share.Of(p.Annual)))
	switch {
	case over.Cmp(rag.Red.or0()) > 0:
		p.Rag = "red"
	case over.Cmp(rag.Amber.or0()) > 0:
		p.Rag = "amber"
	default:
		p.Rag = "green"
	}
}

// Percent writes a part as a percentage of what it is of; blank when that is nothing.
func (p Part) Percent(digits int) string {
	if p.Of.IsZero() {
		return ""
	}
	return Percent(quo(share.Of(p.Amount), share.Of(p.Of)), digits)
}

// Trend is one month of a line: what was planned, and what it came to.
type Trend struct {
	Month        int
	Plan, Actual activity.Amount
	Late         activity.Amount // of the actual, what concerns an earlier month
}

// Trend is twelve months for one board or, where icb is blank, for all.
func (r *Round) Trend(year, icb string) []Trend {
	list := make([]Trend, 12)
	for i := range list {
		list[i].Month = i + 1
	}
	for i := range r.Monthly.Lines {
		l := &r.Monthly.Lines[i]
		if l.Year == year && (icb == "" || l.ICB == icb) {
			for n, a := range r.Monthly.months(l) {
				list[n].Plan = list[n].Plan.Add(a)
			}
		}
	}
	for _, a := range r.Monthly.Actuals {
		if a.Year == year && (icb == "" || a.ICB == icb) {
			t := &list[a.Month-1]
			t.Actual = t.Actual.Add(a.Amount)
			if a.Concerns != a.Month {
				t.Late = t.Late.Add(a.Amount)
			}
		}
	}
	return list
}

// LastMonth is the last month of the year that has actuals; 0 when none has.
func (r *Round) LastMonth(year string) int {
	last := 0
	for _, a := range r.Monthly.Actuals {
		if a.Year == year {
			last = max(last, a.Month)
		}
	}
	return last
}

// BridgeStep is a cause on the way from plan to forecast, and what it leaves.
type BridgeStep struct {
	Cause  string
	Amount activity.Amount
	After  activity.Amount
}

// BridgeOf is the way from plan to forecast. Causes that were loaded come in their order; what they do not
// explain is the last step, called unexplained, so that it closes.
func (r *Round) BridgeOf(year, icb string, month int) (plan, forecast activity.Amount, steps []BridgeStep, err error) {
	list, err := r.Positions(year, icb, month, ByLine)
	if err != nil || len(list) == 0 {
		return plan, forecast, nil, err
	}
	total := list[len(list)-1]
	at := total.Annual
	for _, cause := range bridgeCauses {
		var amount activity.Amount
		for _, b := range r.Monthly.Bridge {
			if b.Year == year && (icb == "" || b.ICB == icb) && b.Cause == cause {
				amount = amount.Add(b.Amount)
			}
		}
		at = at.Add(amount)
		steps = append(steps, BridgeStep{cause, amount, at})
	}
	steps = append(steps, BridgeStep{"unexplained", total.Forecast.Sub(at), total.Forecast})
	return total.Annual, total.Forecast, steps, nil
}

// SchemesOf are the efficiency schemes of one board or, where icb is blank, of all.
func (r *Round) SchemesOf(year, icb string) []Scheme {
	return slices.DeleteFunc(slices.Clone(r.Monthly.Schemes), func(s Scheme) bool { return s.Year != year || icb != "" && s.ICB != icb })
}

// RisksOf are the risks of one board or, where icb is blank, of all.
func (r *Round) RisksOf(year, icb string) []Risk {
	return slices.DeleteFunc(slices.Clone(r.Monthly.Risks), func(k Risk) bool { return k.Year != year || icb != "" && k.ICB != icb })
}

// Outlook is the worst, likeliest and best of a forecast: all risks and no mitigation; weighted risks
// less mitigation; no risk and all mitigation.
func Outlook(forecast activity.Amount, risks []Risk) (worst, likely, best activity.Amount) {
	worst, likely, best = forecast, forecast, forecast
	for i := range risks {
		k := &risks[i]
		worst = worst.Add(k.Gross)
		likely = likely.Add(k.Net())
		best = best.Sub(k.Mitigated)
	}
	return worst, likely, best
}
