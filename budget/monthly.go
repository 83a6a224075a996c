package budget

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"remit/activity"
	"remit/share"
	"remit/sheet"
)

// Monthly is what a round knows of a year month by month.
type Monthly struct {
	Lines    []BudgetLine
	Actuals  []Actual
	Profiles map[string][]*big.Rat
	Bridge   []BridgeLine
	Schemes  []Scheme
	Risks    []Risk
}

// BudgetLine is a line of a board's budget with a provider, or with none.
type BudgetLine struct {
	Year, ICB, Line, Provider string
	Annual                    activity.Amount
	Profile                   string // how the year falls on months; blank: twelfths
	Forecast                  string // straight_line, run_rate, profiled
	Adjustment                activity.Amount
	Reason                    string          // of the adjustment
	FullYear                  activity.Amount // full-year effects that the year does not show
	Before                    activity.Amount // forecast of the month before
	HasBefore                 bool
	Comment                   string
	Place                     string
	Contract                  *ContractLine // where contract monitoring has it; nil: as typed
}

// Actual is what a line came to in a month.
type Actual struct {
	Year, ICB, Line, Provider string
	Month                     int // posted in
	Concerns                  int // the month that it is about, when it was late; else Month
	Amount                    activity.Amount
	NonRecurrent              activity.Amount // of it
	Place                     string
	Carried                   *Carried
}

// BridgeLine is a cause of the difference between plan and forecast.
type BridgeLine struct {
	Year, ICB, Cause string
	Amount           activity.Amount
}

// The causes of a bridge, in order.
var bridgeCauses = []string{"activity_volume", "price", "case_mix", "drugs", "efficiency", "other"}

// Scheme is an efficiency scheme.
type Scheme struct {
	Year, ICB, Name, Status, Risk  string
	Plan, PlanToDate, ToDate, Full activity.Amount
	Recurrent                      bool
}

// Risk is a risk of more spending with what may be done about it.
type Risk struct {
	Year, ICB, Name, Mitigation string
	Gross, Mitigated            activity.Amount
	Likelihood                  *big.Rat // from 0 to 1
}

// Weighted is the risk by its likelihood, rounded to the penny.
func (r *Risk) Weighted() activity.Amount {
	a, _ := share.Nearest(mul(share.Of(r.Gross), r.Likelihood))
	return a
}

// Net is the weighted risk less its mitigation.
func (r *Risk) Net() activity.Amount { return r.Weighted().Sub(r.Mitigated) }

func (l *loader) monthly(r *Round) {
	m := &Monthly{Profiles: map[string][]*big.Rat{"": slices.Repeat([]*big.Rat{big.NewRat(1, 12)}, 12)}}
	l.profiles(m)
	boards := r.Boards()
	board := func(row *sheet.Row) string {
		icb := row.Need("icb")
		if icb != "" && !slices.Contains(boards, icb) {
			row.Fault("icb", "icb.csv has no such board", "add it there")
		}
		return icb
	}
	lines := map[string]bool{}
	for _, row := range l.sheet("lines.csv", "year", "icb", "line", "provider?", "annual_budget", "profile?", "forecast", "adjustment?", "reason?", "full_year_effect?", "forecast_before?", "comment?").Rows {
		b := BudgetLine{Year: row.Year("year"), ICB: board(row), Line: row.Need("line"), Provider: row.Text("provider"), Annual: row.Money("annual_budget"), Profile: row.Text("profile"),
			Forecast: row.Choice("forecast", "straight_line", "run_rate", "profiled"), Adjustment: row.MaybeMoney("adjustment"), Reason: row.Text("reason"),
			FullYear: row.MaybeMoney("full_year_effect"), Before: row.MaybeMoney("forecast_before"), HasBefore: row.Text("forecast_before") != "", Comment: row.Text("comment"), Place: row.Place()}
		if m.Profiles[b.Profile] == nil {
			row.Fault("profile", "profiles.csv has no such profile", "add it there, or leave it blank for twelfths")
			b.Profile = ""
		}
		if !b.Adjustment.IsZero() && b.Reason == "" {
			row.Fault("reason", "an adjustment of the forecast has no reason", "say why")
		}
		id := key(b.Year, b.ICB, b.Line, b.Provider)
		if lines[id] {
			row.Fault("line", "the line is there twice", "remove one row")
		}
		lines[id] = true
		m.Lines = append(m.Lines, b)
	}
	for _, row := range l.sheet("actuals.csv", "year", "icb", "line", "provider?", "month", "concerns?", "amount", "non_recurrent?").Rows {
		a := Actual{Year: row.Year("year"), ICB: board(row), Line: row.Need("line"), Provider: row.Text("provider"), Month: row.Month("month"), Amount: row.Money("amount"), NonRecurrent: row.MaybeMoney("non_recurrent"), Place: row.Place()}
		a.Concerns = a.Month
		if row.Text("concerns") != "" {
			a.Concerns = row.Month("concerns")
		}
		if a.Concerns > a.Month {
			row.Fault("concerns", "a month is about a later one", "late amounts are posted to the open month, and concern one before it")
		}
		if !lines[key(a.Year, a.ICB, a.Line, a.Provider)] {
			row.Fault("line", "lines.csv has no such line of that year, board and provider", "add it there; its budget may be 0")
		}
		m.Actuals = append(m.Actuals, a)
	}
	for _, row := range l.sheet("bridge.csv", "year", "icb", "cause", "amount").Rows {
		m.Bridge = append(m.Bridge, BridgeLine{row.Year("year"), board(row), row.Choice("cause", bridgeCauses...), row.Money("amount")})
	}
	for _, row := range l.sheet("efficiency.csv", "year", "icb", "scheme", "status", "risk", "recurrent", "plan", "plan_to_date", "actual_to_date", "forecast").Rows {
		m.Schemes = append(m.Schemes, Scheme{Year: row.Year("year"), ICB: board(row), Name: row.Need("scheme"), Status: row.Choice("status", "delivered", "in_progress", "opportunity", "unidentified"),
			Risk: row.Choice("risk", "low", "medium", "high"), Recurrent: row.Yes("recurrent"), Plan: row.Money("plan"), PlanToDate: row.Money("plan_to_date"), ToDate: row.Money("actual_to_date"), Full: row.Money("forecast")})
	}
	for _, row := range l.sheet("risks.csv", "year", "icb", "risk", "gross", "likelihood", "mitigation?", "mitigated").Rows {
		k := Risk{Year: row.Year("year"), ICB: board(row), Name: row.Need("risk"), Gross: row.Money("gross"), Likelihood: row.Number("likelihood"), Mitigation: row.Text("mitigation"), Mitigated: row.Money("mitigated")}
		if k.Likelihood.Cmp(one) > 0 {
			row.Fault("likelihood", "a likelihood is from 0 to 1", "write it as 0.4 or 40%")
		}
		m.Risks = append(m.Risks, k)
	}
	r.Monthly = m
}

func key(parts ...string) string { return strings.Join(parts, "\x00") }

var monthNames = []string{"April", "May", "June", "July", "August", "September", "October", "November", "December", "January", "February", "March"}

// MonthName is the name of a month of the financial year.
func MonthName(m int) string { return monthNames[m-1] }

func (l *loader) profiles(m *Monthly) {
	columns := []string{"profile", "source"}
	for i := 1; i <= 12; i++ {
		columns = append(columns, fmt.Sprintf("m%d", i))
	}
	for _, row := range l.sheet("profiles.csv", columns...).Rows {
		var list []*big.Rat
		for i := 1; i <= 12; i++ {
			list = append(list, row.Number(fmt.Sprintf("m%d", i)))
		}
		if total := sum(list); total.Cmp(one) != 0 {
			row.Fault("profile", "the months add up to "+trimZeros(total.FloatString(8))+" and not to 1", "put the months right")
			continue
		}
		row.Need("source")
		m.Profiles[row.Need("profile")] = list
	}
}

// monthKeys are the months as keys, in order; weightsOfOne weighs them alike.
var (
	monthKeys    = []string{"01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"}
	weightsOfOne = []*big.Rat{one}
)

// months parts an annual budget over the months, to the penny.
func (m *Monthly) months(b *BudgetLine) []activity.Amount {
	if b.Contract != nil {
		return b.Contract.Plan[:]
	}
	parts, err := share.Split(b.Annual, monthKeys, m.Profiles[b.Profile], share.Penny)
	if err != nil {
		panic(err) // profiles add up to 1, and annual budgets have no parts of a penny
	}
	list := make([]activity.Amount, 12)
	for i, p := range parts {
		list[i] = p.Amount
	}
	return list
}
