package web

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"remit/activity"
	"remit/calendar"
	"remit/calendars"
	"remit/intake"
	"remit/monitor"
)

// contractStanding is the plan and the actual of a provider's year.
type contractStanding struct {
	basis   intake.Basis
	year    int
	month   int // to which it has come
	cells   []monitor.Cell
	undated monitor.Figures
	planned bool     // there is a plan
	files   []string // plan files that take the place of what was submitted
	on      *monitor.Structure
	profile monitor.Profile
}

// standingOf works out how a provider stands to its plan in a year. The actual is
// of the basis that the address names, else of the aggregate feed, which has the
// money of the contract, else of patients.
func (s *Site) standingOf(r *http.Request, view0 *intake.View, where []intake.Where, provider, year string) (*contractStanding, error) {
	a, query := asked(r), r.URL.Query()
	x := &contractStanding{basis: intake.Aggregate, on: monitor.NewStructure(a.Register.Pack, a.On)}
	var err error
	if x.year, err = calendar.ParseYear(year); err != nil {
		return nil, &problem{http.StatusNotFound, "That is no financial year", err.Error() + ".", "Write it as 2026-27."}
	}
	if query.Has("basis") {
		x.basis = basisOf(r)
	}
	q := intake.Question{Basis: x.basis, Payer: payerOf(r), Price: query.Get("money") == "price", Where: where}
	actual, undated, err := view0.Cells(r.Context(), q)
	if err == nil && len(actual) == 0 && !query.Has("basis") {
		q.Basis, x.basis = intake.Patient, intake.Patient
		actual, undated, err = view0.Cells(r.Context(), q)
	}
	if err != nil {
		return nil, err
	}
	x.undated = undated
	plan, err := s.planOf(r, view0, q, x.year, query.Get("phasing"))
	if err != nil {
		return nil, err
	}
	plans, err := s.ledger.Plans()
	if err != nil {
		return nil, err
	}
	x.planned, x.files = len(plan) > 0, plans.Files(provider, year)
	x.cells = monitor.Merge(plan, actual)
	x.month = lastMonth(actual)
	if n := atoi(query.Get("month")); n >= 1 && n <= calendar.LastMonth {
		x.month = n
	}
	x.profile, err = s.profileOf(query.Get("profile"), x.year)
	return x, err
}

// lastMonth is the latest month of the year proper in which something was done.
func lastMonth(actual []monitor.Cell) int {
	last := 1
	for _, c := range actual {
		if c.Month.Month <= 12 && c.Month.Month > last {
			last = c.Month.Month
		}
	}
	return last
}

// planOf is the plan of a question by month. Years are spread as asked.
func (s *Site) planOf(r *http.Request, view0 *intake.View, q intake.Question, year int, phasing string) ([]monitor.Cell, error) {
	rows, err := view0.PlanRows(r.Context(), q)
	if err != nil {
		return nil, &problem{http.StatusUnprocessableEntity, "A plan file cannot be used", strings.SplitN(err.Error(), "\n", 2)[0], "Put it right in the folder plans of the data directory; remit plan spread names every fault."}
	}
	phaser := monitor.Phaser{}
	if slices.Contains(monitor.Phasings, phasing) {
		phaser.Default = phasing
	}
	whole := slices.ContainsFunc(rows, func(p monitor.PlanRow) bool { return p.Month == 0 })
	if whole {
		if phaser.Calendar, err = calendar.Load(s.replaced(calendars.Files, "calendars")); err != nil {
			return nil, err
		}
		before := q
		before.Where = append(slices.DeleteFunc(slices.Clone(q.Where), func(w intake.Where) bool { return w.Dimension == intake.Year }), intake.Is(intake.Year, calendar.YearCode(year-1)))
		if phaser.LastYear, _, err = view0.Cells(r.Context(), before); err != nil {
			return nil, err
		}
	}
	cells, err := phaser.Spread("the plan", rows)
	if err != nil {
		return nil, &problem{http.StatusUnprocessableEntity, "The plan cannot be spread over the year", strings.ReplaceAll(err.Error(), "\n", " "), "Pick another phasing."}
	}
	return cells, nil
}

// addStanding shows plan, actual, variance and forecast of a provider's year.
func (s *Site) addStanding(v *view, r *http.Request, x *contractStanding) error {
	a := asked(r)
	by, err := dimensionsOf(r, "by")
	if err != nil {
		return err
	}
	if len(by) == 0 {
		by = []monitor.Dimension{monitor.Line}
	}
	toDate := monitor.NewView(monitor.In(x.cells, x.year, monitor.YearToDate(x.month)), x.on)
	inMonth := monitor.NewView(monitor.In(x.cells, x.year, monitor.InMonth(x.month)), x.on)
	remaining, rate := monitor.ForecastCells(x.cells, x.year, x.month, x.profile)
	outturn := [2]*monitor.View{monitor.NewView(monitor.In(remaining, x.year, monitor.WholeYear), x.on), monitor.NewView(monitor.In(rate, x.year, monitor.WholeYear), x.on)}
	total := toDate.Total()
	title := fmt.Sprintf("%s the plan by the end of %s", signed(total.PriceVariance().Sign(), short(total.PriceVariance().Abs())), monthName(x.month))
	text := "Actual is " + feedWords[x.basis] + ". " + x.planWords() + " Variance is actual less plan. Its parts are volume (all activity of a kind grew alike), rate (a unit costs more or less) and mix (some grew more than the rest), and add up to it to the penny. The outturn by remaining plan is the actual so far and the plan of the months to come; that by run rate stretches the actual so far to the year by " + spacedWord(x.profile.Name) + "."
	if total.PriceVariance().IsZero() {
		title = "On plan by the end of " + monthName(x.month)
	}
	if !x.planned {
		title = "There is no plan to compare with"
	}
	if x.undated != (monitor.Figures{}) {
		text += fmt.Sprintf(" £%s has no month that can be told and is left out.", x.undated.ActualPrice.Pounds())
	}
	v.Parts = append(v.Parts, section{ID: "standing", Title: title, Text: text, Table: standingTable(x, inMonth, toDate, outturn)},
		section{ID: "pick", Form: x.form(a, r, by)})
	period, shown := toDate, "year to date"
	switch picked(r, "period", "to_date", "in_month", "remaining_plan", "run_rate") {
	case "in_month":
		period, shown = inMonth, monthName(x.month)
	case "remaining_plan":
		period, shown = outturn[0], "outturn by remaining plan"
	case "run_rate":
		period, shown = outturn[1], "outturn by run rate"
	}
	groups := period.Cut(by...)
	slices.SortStableFunc(groups, func(m, n monitor.Group) int { return n.PriceVariance().Abs().Cmp(m.PriceVariance().Abs()) })
	part := section{ID: "variance", Title: "What moved, the most money first: " + shown, Table: varianceTable(a, by, period, groups)}
	part.Graph = varianceGraph(a, by, groups)
	v.Parts = append(v.Parts, part)
	if x.month > 1 && x.month <= 12 {
		before := monitor.NewView(monitor.In(x.cells, x.year, monitor.InMonth(x.month-1)), x.on)
		v.add("movements", fmt.Sprintf("From %s to %s", monthName(x.month-1), monthName(x.month)), "How the actual of the month differs from that of the month before, and what explains the most of it.", movementTable(a, by, before, inMonth))
	}
	return nil
}

func (x *contractStanding) planWords() string {
	if len(x.files) > 0 {
		return "The plan is that of the file " + strings.Join(x.files, ", ") + " in the data directory, which takes the place of the plan submitted."
	}
	return "The plan is the indicative activity plan that was submitted."
}

// form is what of a standing can be picked.
func (x *contractStanding) form(a *Asked, r *http.Request, by []monitor.Dimension) *scenarioForm {
	q := r.URL.Query()
	f := &scenarioForm{Title: "Another month, cut or forecast", Says: "Nothing is stored: the address holds what is shown.", Action: a.address.Path, Button: "Show", Kept: parameters(a.address.Query(), "month", "by", "period", "profile", "phasing", "payer", "money", "format", "page", "sort", "table", "q")}
	months := scenarioField{Name: "month", Label: "To the end of", Value: fmt.Sprint(x.month)}
	for m := 1; m <= calendar.LastMonth; m++ {
		months.Options = append(months.Options, scenarioOption{fmt.Sprint(m), monthName(m)})
	}
	cut := scenarioField{Name: "by", Label: "By", Value: joinDimensions(by)}
	for _, d := range monitor.Dimensions() {
		if d != monitor.Provider && d != monitor.ProviderICB && d != monitor.MonthOfYear {
			cut.Options = append(cut.Options, scenarioOption{d.String(), dimensionTitles[d]})
		}
	}
	if len(by) > 1 {
		cut.Options = append(cut.Options, scenarioOption{cut.Value, cutTitle(by)})
	}
	f.Fields = []scenarioField{months, cut,
		{Name: "period", Label: "Of", Value: picked(r, "period", "to_date", "in_month", "remaining_plan", "run_rate"), Options: []scenarioOption{{"to_date", "Year to date"}, {"in_month", "The month alone"}, {"remaining_plan", "Outturn by remaining plan"}, {"run_rate", "Outturn by run rate"}}},
		{Name: "profile", Label: "Run rate by", Value: q.Get("profile"), Options: phasingOptions[:3]},
		{Name: "phasing", Label: "Plans of a whole year spread by", Value: q.Get("phasing"), Options: phasingOptions},
		{Name: "payer", Label: "Commissioner", Value: q.Get("payer"), Options: []scenarioOption{{"", "That was billed"}, {"assigned", "That pays"}}},
		{Name: "money", Label: "Money", Value: q.Get("money"), Options: []scenarioOption{{"", "As billed"}, {"price", "By the price set"}}}}
	return f
}

func joinDimensions(by []monitor.Dimension) string {
	names := make([]string, len(by))
	for i, d := range by {
		names[i] = d.String()
	}
	return strings.Join(names, ",")
}

func cutTitle(by []monitor.Dimension) string {
	names := make([]string, len(by))
	for i, d := range by {
		names[i] = strings.ToLower(dimensionTitles[d])
		if i == 0 || strings.Contains(dimensionTitles[d], "ICB") || strings.Contains(dimensionTitles[d], "HRG") {
			names[i] = dimensionTitles[d]
		}
	}
	return strings.Join(names, ", then ")
}

var varianceColumns = []Column{{Key: "planned_activity", Title: "Planned activity", Numeric: true}, {Key: "actual_activity", Title: "Actual activity", Numeric: true}, {Key: "plan", Title: "Plan (£)", Numeric: true}, {Key: "actual", Title: "Actual (£)", Numeric: true},
	{Key: "variance", Title: "Variance (£)", Numeric: true}, {Key: "volume", Title: "Volume (£)", Numeric: true}, {Key: "rate", Title: "Rate (£)", Numeric: true}, {Key: "mix", Title: "Mix (£)", Numeric: true}}

// varianceCells are the figures of a group, to the penny: its parts add up to it as shown.
func varianceCells(g monitor.Group) Row {
	plan, actual, volume, rate := penny(g.PlannedPrice), penny(g.ActualPrice), penny(g.Volume), penny(g.Rate)
	variance := actual.Sub(plan)
	return Row{units(g.PlannedActivity), units(g.ActualActivity), pence(plan), pence(actual), pence(variance), pence(volume), pence(rate), pence(variance.Sub(volume).Sub(rate))}
}

// penny rounds an amount to the penny.
func penny(m activity.Amount) activity.Amount { return m.RoundToPence() }

// units is a count of activity as a cell.
func units(n monitor.Activity) Cell {
	whole, part, _ := strings.Cut(n.String(), ".")
	sign := ""
	if w, minus := strings.CutPrefix(whole, "-"); minus {
		sign, whole = "−", w
	}
	text := sign + thousands(atoi(whole))
	if part != "" {
		text += "." + part
	}
	return Cell{Text: text, Value: n.String()}
}

func standingTable(x *contractStanding, inMonth, toDate *monitor.View, outturn [2]*monitor.View) *Table {
	t := &Table{Name: "standing", Caption: fmt.Sprintf("Plan and actual, %s to the end of %s", calendar.YearName(x.year), monthName(x.month)), Columns: append([]Column{{Key: "period", Title: "Period"}}, varianceColumns...)}
	add := func(name string, v *monitor.View) {
		t.Rows = append(t.Rows, append(Row{say(name)}, varianceCells(v.Total())...))
	}
	add(monthName(x.month), inMonth)
	add("Year to date", toDate)
	add("Outturn by remaining plan", outturn[0])
	add("Outturn by run rate", outturn[1])
	return t
}

const mostCauses = 2

// fewRows is how many rows a table shows on a page that has many of them.
const fewRows = 10

func varianceTable(a *Asked, by []monitor.Dimension, period *monitor.View, groups []monitor.Group) *Table {
	t := &Table{Name: "variance", Caption: "Variance by " + cutTitle(by), Search: true, Most: fewRows}
	for _, d := range by {
		t.Columns = append(t.Columns, Column{Key: d.String(), Title: dimensionTitles[d], Wide: true})
	}
	t.Columns = append(append(t.Columns, varianceColumns...), Column{Key: "because", Title: "Most of it is"})
	causes := map[string][]monitor.Cause{}
	for _, m := range period.Variances(by, causeDimensions(by)...) {
		causes[strings.Join(m.Values, "\x00")] = m.Because
	}
	for _, g := range groups {
		var row Row
		for i, d := range by {
			row = append(row, dimensionCell(a, d, g.Values[i], period.Structure.On))
		}
		row = append(append(row, varianceCells(g)...), causeCell(a, causes[strings.Join(g.Values, "\x00")], period.Structure))
		t.Rows = append(t.Rows, row)
	}
	return t
}

// causeDimensions are by what a movement is explained that is not cut by.
func causeDimensions(by []monitor.Dimension) []monitor.Dimension {
	var list []monitor.Dimension
	for _, d := range []monitor.Dimension{monitor.Line, monitor.POD, monitor.ICB} {
		if !slices.Contains(by, d) {
			list = append(list, d)
		}
	}
	return list
}

func causeCell(a *Asked, causes []monitor.Cause, on *monitor.Structure) Cell {
	var list []string
	for _, c := range causes[:min(len(causes), mostCauses)] {
		if c.Share >= 0.5 {
			value := dimensionCell(a, c.By, c.Value, on.On)
			list = append(list, fmt.Sprintf("%s %s (%.0f%%)", strings.ToLower(dimensionTitles[c.By][:1])+dimensionTitles[c.By][1:], value.Shown(), 100*c.Share))
		}
	}
	return Cell{Text: strings.Join(list, "; "), Lacks: "No one thing", Small: true}
}

func movementTable(a *Asked, by []monitor.Dimension, before, after *monitor.View) *Table {
	t := &Table{Name: "movements", Caption: "Movements of the actual, the largest first", Search: true, Most: fewRows}
	for _, d := range by {
		t.Columns = append(t.Columns, Column{Key: d.String(), Title: dimensionTitles[d], Wide: true})
	}
	t.Columns = append(t.Columns, Column{Key: "before", Title: "Month before (£)", Numeric: true}, Column{Key: "after", Title: "Month (£)", Numeric: true}, Column{Key: "change", Title: "Change (£)", Numeric: true}, Column{Key: "because", Title: "Most of it is"})
	for _, m := range monitor.Movements(before, after, by, causeDimensions(by)...) {
		var row Row
		for i, d := range by {
			row = append(row, dimensionCell(a, d, m.Values[i], after.Structure.On))
		}
		t.Rows = append(t.Rows, append(row, pence(m.Before), pence(m.After), pence(penny(m.After).Sub(penny(m.Before))), causeCell(a, m.Because, after.Structure)))
	}
	return t
}

// varianceGraph draws what moved the most.
func varianceGraph(a *Asked, by []monitor.Dimension, groups []monitor.Group) *graph {
	const most = 12
	var list []bar
	for _, g := range groups[:min(len(groups), most)] {
		if g.PriceVariance().IsZero() {
			continue
		}
		cell := dimensionCell(a, by[0], g.Values[0], a.On)
		label := cell.Shown()
		if by[0] == monitor.Line && len(by) == 1 {
			label = cmp.Or(cell.More, label)
		}
		for i := 1; i < len(by); i++ {
			label += ", " + dimensionCell(a, by[i], g.Values[i], a.On).Shown()
		}
		list = append(list, bar{label: label, href: cell.Href, value: g.PriceVariance().Float(), says: signedShort(g.PriceVariance())})
	}
	if len(list) == 0 {
		return nil
	}
	first := groups[0].PriceVariance() // the largest: there is one that is not nothing
	title := fmt.Sprintf("%s moved the most: %s its plan", list[0].label, signed(first.Sign(), short(first.Abs())))
	return drawBars("variance-chart", title, "Actual less plan, a bar for each. The table beneath has the same figures.", "variance", [2]string{"above the plan", "below the plan"}, poundsText, list)
}

func signedShort(m activity.Amount) string {
	if m.Sign() > 0 {
		return "+" + short(m)
	}
	return short(m)
}

// poundsText writes pounds at the ticks of a chart.
func poundsText(v float64) string {
	sign := ""
	if v < 0 {
		sign, v = "−", -v
	}
	switch {
	case v >= 1e6:
		return fmt.Sprintf("%s£%gm", sign, v/1e6)
	case v >= 1e3:
		return fmt.Sprintf("%s£%gk", sign, v/1e3)
	}
	return fmt.Sprintf("%s£%g", sign, v)
}

// monthGraph draws plan and actual of the months, in millions of pounds.
func (x *contractStanding) monthGraph() *graph {
	plan, actual, names := make([]float64, 12), make([]float64, 12), make([]string, 12)
	over, months := 0, 0
	for m := range 12 {
		sum := monitor.Total(monitor.In(x.cells, x.year, monitor.InMonth(m+1)))
		plan[m], actual[m], names[m] = max(0, sum.PlannedPrice.Float()), max(0, sum.ActualPrice.Float()), monthName(m + 1)[:3]
		if m < x.month {
			months++
			if sum.PriceVariance().Sign() > 0 {
				over++
			}
		}
	}
	title := fmt.Sprintf("The actual was above the plan in %d of %s", over, plural(months, "month", "months"))
	return drawMonths("month-chart", title, "Planned and actual money of each month. The table of months has the same figures.", "months", plan, actual, min(x.month, 12), poundsText, names)
}
