package spend

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"remit/activity"
	"remit/budget"
	"remit/calendar"
	"remit/intake"
	"remit/monitor"
	"remit/register"
)

// Asked picks what is read.
type Asked struct {
	Year   string   // 2026/27
	Boards []string // codes of ICBs; none: every board
	Lines  []string // service lines: see ServiceLines; none: all
	Where  []intake.Where
}

// Book is what contract monitoring says of a year.
type Book struct {
	Year      string
	Lines     []budget.ContractLine // by board, provider, kind and line
	NotPlaced []monitor.Missing     // money of payers that are on no board's map
	Last      int                   // the last month of which anything came; 0: none
}

// kindRows says which rows are of a kind.
type kindRows struct {
	kind  string
	where intake.Where     // in the feeds that hold all kinds
	feed  activity.Dataset // that holds this kind at patient level
}

// kindsOf are the kinds in their order. Which points of delivery are drugs and
// devices, which are passed through, is in the reference data.
func kindsOf(pack *register.Pack) []kindRows {
	drugs, devices := pack.PODs("drug"), pack.PODs("device")
	return []kindRows{
		{budget.Contract, intake.Where{Dimension: intake.POD, Values: slices.Concat(drugs, devices), Not: true}, activity.PLCM},
		{budget.Drugs, intake.Is(intake.POD, drugs...), activity.DrPLCM},
		{budget.Devices, intake.Is(intake.POD, devices...), activity.DePLCM},
	}
}

// mapOf is the map of boards on which the money of a year is put: that of its first day.
func mapOf(pack *register.Pack, start int) *monitor.Structure {
	return monitor.NewStructure(pack, calendar.Month{Year: start, Month: 1}.First())
}

// Read reads a year.
func Read(ctx context.Context, view *intake.View, pack *register.Pack, a Asked) (*Book, error) {
	start, err := calendar.ParseYear(a.Year)
	if err != nil {
		return nil, err
	}
	r := &reader{ctx: ctx, view: view, on: mapOf(pack, start), kinds: kindsOf(pack), asked: a, start: start, came: arrived(view, calendar.YearCode(start))}
	r.where = append(slices.Clone(a.Where), intake.Is(intake.Year, calendar.YearCode(start)))
	payers, err := r.payers()
	if err != nil {
		return nil, err
	}
	book := &Book{Year: a.Year}
	if len(payers) == 0 {
		return book, nil
	}
	r.where = append(r.where, intake.Is(intake.AssignedCommissioner, payers...))
	if err := r.read(); err != nil {
		return nil, err
	}
	v := monitor.NewView(r.cells, r.on)
	book.NotPlaced = v.NotPlaced()
	r.lines(v, book)
	return book, nil
}

type reader struct {
	ctx   context.Context
	view  *intake.View
	on    *monitor.Structure
	kinds []kindRows
	asked Asked
	start int
	where []intake.Where
	came  map[arrival]bool
	cells []monitor.Cell
}

// arrival is that something of a feed came from a provider for a month.
type arrival struct {
	provider string
	feed     activity.Dataset
	month    int
}

func arrived(view *intake.View, year string) map[arrival]bool {
	came := map[arrival]bool{}
	for _, a := range view.Arrivals("", year) {
		came[arrival{a.Provider, a.Feed, a.Month}] = true
	}
	return came
}

// payers are the payers as assigned whose money is a board's that is asked for.
func (r *reader) payers() ([]string, error) {
	totals, err := r.view.Totals(r.ctx, []intake.Dimension{intake.AssignedCommissioner}, r.where...)
	if err != nil {
		return nil, err
	}
	var list []string
	for _, t := range totals {
		at := r.on.Place(t.Keys[0], "", calendar.Month{Year: r.start, Month: 1})
		if len(r.asked.Boards) == 0 || slices.Contains(r.asked.Boards, at.ICB) {
			list = append(list, t.Keys[0])
		}
	}
	return list, nil
}

// read gathers cells: plans of the activity plan, and what was done of the feed that counts for the month.
func (r *reader) read() error {
	for _, k := range r.kinds {
		if err := r.totals(k.kind, intake.Planned, []intake.Where{intake.On(intake.Planned), k.where}, nil); err != nil {
			return err
		}
		aggregate := func(provider string, month int) bool { return r.came[arrival{provider, activity.ACM, month}] }
		if err := r.totals(k.kind, intake.Aggregate, []intake.Where{intake.On(intake.Aggregate), k.where}, aggregate); err != nil {
			return err
		}
		patient := func(provider string, month int) bool { return !aggregate(provider, month) }
		if err := r.totals(k.kind, intake.Patient, []intake.Where{intake.Is(intake.Feed, string(k.feed))}, patient); err != nil {
			return err
		}
	}
	return nil
}

// totals adds the cells of one question. The kind stands in the place of the point of delivery.
func (r *reader) totals(kind string, basis intake.Basis, where []intake.Where, counts func(provider string, month int) bool) error {
	by := []intake.Dimension{intake.Provider, intake.Month, intake.AssignedCommissioner, intake.ServiceCode}
	totals, err := r.view.Totals(r.ctx, by, append(where, r.where...)...)
	if err != nil {
		return err
	}
	for _, t := range totals {
		month, err := strconv.Atoi(t.Keys[1])
		if err != nil {
			month = 0 // a row that names no month: of a plan, the year
		}
		if counts != nil && !counts(t.Keys[0], month) || !r.wanted(t.Keys[3]) {
			continue
		}
		key := monitor.Key{Provider: t.Keys[0], Commissioner: t.Keys[2], Line: t.Keys[3], POD: kind}
		if basis == intake.Planned {
			r.planned(key, month, t.Money)
			continue
		}
		if month >= 1 { // what is billed without a month is told by the validation rules
			r.add(key, month, monitor.Figures{ActualPrice: t.Money})
		}
	}
	return nil
}

func (r *reader) planned(key monitor.Key, month int, money activity.Amount) {
	if month >= 1 {
		r.add(key, month, monitor.Figures{PlannedPrice: money})
		return
	}
	for i, a := range monitor.Twelfths().Amount(money) {
		r.add(key, i+1, monitor.Figures{PlannedPrice: a})
	}
}

func (r *reader) add(key monitor.Key, month int, f monitor.Figures) {
	r.cells = append(r.cells, monitor.Cell{Key: key, Month: calendar.Month{Year: r.start, Month: min(month, 12)}, Figures: f})
}

// wanted tells whether a service line is asked for.
func (r *reader) wanted(line string) bool {
	return len(r.asked.Lines) == 0 || slices.Contains(r.asked.Lines, line)
}

// lines makes the lines of the book: one for each board, provider, kind and programme of care.
func (r *reader) lines(v *monitor.View, book *Book) {
	groups := v.Cut(monitor.ICB, monitor.Provider, monitor.POD, monitor.Programme, monitor.MonthOfYear)
	for i := 0; i < len(groups); {
		j := i + 1
		for j < len(groups) && slices.Equal(groups[i].Values[:4], groups[j].Values[:4]) {
			j++
		}
		if icb := groups[i].Values[0]; icb != monitor.NotPlaced && (len(r.asked.Boards) == 0 || slices.Contains(r.asked.Boards, icb)) {
			l := r.line(groups[i:j])
			book.Last = max(book.Last, l.Through())
			book.Lines = append(book.Lines, l)
		}
		i = j
	}
	book.Lines = r.merged(book.Lines)
}

// merged adds lines of the same board, provider, kind and name up: drugs and devices of every programme are one line.
func (r *reader) merged(lines []budget.ContractLine) []budget.ContractLine {
	var out []budget.ContractLine
	for _, l := range lines {
		if n := len(out); n > 0 && out[n-1].ICB == l.ICB && out[n-1].Provider == l.Provider && out[n-1].Kind == l.Kind && out[n-1].Line == l.Line {
			last := &out[n-1]
			for m := range 12 {
				last.Plan[m], last.Actual[m] = last.Plan[m].Add(l.Plan[m]), last.Actual[m].Add(l.Actual[m])
				last.ByPlan[m], last.ByRate[m] = last.ByPlan[m].Add(l.ByPlan[m]), last.ByRate[m].Add(l.ByRate[m])
			}
			continue
		}
		out = append(out, l)
	}
	slices.SortStableFunc(out, func(a, b budget.ContractLine) int {
		return cmp.Or(cmp.Compare(a.ICB, b.ICB), cmp.Compare(a.Provider, b.Provider), cmp.Compare(r.rank(a.Kind), r.rank(b.Kind)), cmp.Compare(a.Line, b.Line))
	})
	return out
}

// rank is the place of a kind among them.
func (r *reader) rank(kind string) int {
	return slices.IndexFunc(r.kinds, func(k kindRows) bool { return k.kind == kind })
}

// line makes one line of the months of a group.
func (r *reader) line(months []monitor.Group) budget.ContractLine {
	v := months[0].Values
	l := budget.ContractLine{Year: r.asked.Year, ICB: v[0], Provider: v[1], Kind: v[2], Line: v[3]}
	if l.Kind != budget.Contract {
		l.Line = strings.ToUpper(l.Kind[:1]) + l.Kind[1:]
	}
	for _, g := range months {
		m, err := strconv.Atoi(g.Values[4])
		if err != nil || m < 1 || m > 12 {
			continue // cells have the months 1 to 12
		}
		l.Plan[m-1], l.Actual[m-1] = g.PlannedPrice, g.ActualPrice
	}
	r.arrivals(&l)
	r.foresee(&l)
	return l
}

// arrivals says of which months returns came, and which.
func (r *reader) arrivals(l *budget.ContractLine) {
	feed := r.kinds[r.rank(l.Kind)].feed
	var aggregate, patient bool
	for m := 1; m <= calendar.LastMonth; m++ {
		a, p := r.came[arrival{l.Provider, activity.ACM, m}], r.came[arrival{l.Provider, feed, m}]
		if !a && !p {
			continue
		}
		l.Came[min(m, 12)-1] = true
		aggregate, patient = aggregate || a, patient || p && !a
	}
	switch {
	case aggregate && patient:
		l.Basis = "aggregate feed, and patient level where that did not come"
	case aggregate:
		l.Basis = "aggregate feed"
	case patient:
		l.Basis = "patient level"
	default:
		l.Basis = "no return has come"
	}
}

// foresee foresees the year at the end of each month. A month without a return before it stands as planned.
func (r *reader) foresee(l *budget.ContractLine) {
	var cells []monitor.Cell
	for m := range 12 {
		f := monitor.Figures{PlannedPrice: l.Plan[m], ActualPrice: l.Actual[m]}
		if !l.Came[m] {
			f.ActualPrice = l.Plan[m]
		}
		cells = append(cells, monitor.Cell{Month: calendar.Month{Year: r.start, Month: m + 1}, Figures: f})
	}
	for m := range 12 {
		f := monitor.NewForecast(cells, r.start, m+1, monitor.Twelfths())
		l.ByPlan[m], l.ByRate[m] = f.RemainingPlan.ActualPrice, f.RunRate.ActualPrice
	}
}

// Foreseen adds up what each board is foreseen to spend over the year.
func (b *Book) Foreseen(by string) map[string]activity.Amount {
	sum := map[string]activity.Amount{}
	for i := range b.Lines {
		l := &b.Lines[i]
		x := l.Annual()
		if n := l.Through(); n > 0 {
			if x = l.ByPlan[n-1]; by == budget.RunRate {
				x = l.ByRate[n-1]
			}
		}
		sum[l.ICB] = sum[l.ICB].Add(x)
	}
	return sum
}

// Part is what a board has of a provider's activity.
type Part struct {
	ICB   string
	Units activity.Amount
	Money activity.Amount
}

// Activity is the part of each board in what a provider did in a year, to divide a contract by:
// spells, attendances and whatever else is counted, drugs and devices left out.
func Activity(ctx context.Context, view *intake.View, pack *register.Pack, year, provider string, where ...intake.Where) ([]Part, error) {
	start, err := calendar.ParseYear(year)
	if err != nil {
		return nil, err
	}
	where = append(slices.Clone(where), intake.Is(intake.Year, calendar.YearCode(start)), intake.Is(intake.Provider, provider))
	var of []intake.Where
	for _, basis := range []intake.Where{intake.On(intake.Aggregate), intake.Is(intake.Feed, string(activity.PLCM))} {
		of = append(append(slices.Clone(where), basis), kindsOf(pack)[0].where)
		totals, err := view.Totals(ctx, []intake.Dimension{intake.AssignedCommissioner}, of...)
		if err != nil {
			return nil, err
		}
		if len(totals) == 0 {
			continue
		}
		return parts(totals, mapOf(pack, start), start), nil
	}
	return nil, nil
}

func parts(totals []intake.Total, on *monitor.Structure, start int) []Part {
	sum := map[string]*Part{}
	for _, t := range totals {
		icb := on.Place(t.Keys[0], "", calendar.Month{Year: start, Month: 1}).ICB
		if sum[icb] == nil {
			sum[icb] = &Part{ICB: icb}
		}
		sum[icb].Units, sum[icb].Money = sum[icb].Units.Add(t.Units), sum[icb].Money.Add(t.Money)
	}
	var list []Part
	for _, p := range sum {
		list = append(list, *p)
	}
	slices.SortFunc(list, func(a, b Part) int { return cmp.Compare(a.ICB, b.ICB) })
	return list
}

// ServiceLines are the service lines of services, which are named by their number or by a line.
func ServiceLines(pack *register.Pack, services []string) []string {
	table := pack.Table("service_line")
	if table == nil {
		return nil
	}
	var lines []string
	for _, code := range table.Keys() {
		for _, row := range table.Rows(code) {
			if slices.Contains(services, code) || slices.Contains(services, table.At(row, "service")) {
				lines = append(lines, code)
				break
			}
		}
	}
	return lines
}
