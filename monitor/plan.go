package monitor

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"remit/activity"
	"remit/calendar"
	"remit/register"
)

// PlanRow is one row of a plan.
type PlanRow struct {
	Key
	Year     int
	Month    int // 1 to 13; 0 for a year that is to be spread
	Activity Activity
	Price    activity.Amount
	Phasing  string // name of a profile, as the row asks; blank for what the reader of the plan chooses
	Line     int    // of the file; the header is 1
}

// PlanError is everything that is wrong with a plan.
type PlanError struct{ Faults []register.Fault }

// Error lists the first faults and counts the rest.
func (e *PlanError) Error() string {
	const shown = 20
	lines := []string{"the plan cannot be used:"}
	for _, f := range e.Faults[:min(len(e.Faults), shown)] {
		lines = append(lines, "  "+f.String())
	}
	if rest := len(e.Faults) - shown; rest > 0 {
		lines = append(lines, fmt.Sprintf("  and %d more", rest))
	}
	return strings.Join(lines, "\n")
}

// planColumns are the columns that a plan is read from: our own name, and that of the
// Indicative Activity Plan.
var planColumns = []struct {
	own, standard string
	needed        bool
}{
	{"provider", "ORGANISATION IDENTIFIER (CODE OF PROVIDER)", true},
	{"commissioner", "ORGANISATION IDENTIFIER (CODE OF COMMISSIONER)", true},
	{"practice", "GENERAL MEDICAL PRACTICE (PATIENT REGISTRATION)", false},
	{"service_line", "SERVICE CODE", true},
	{"pod", "POINT OF DELIVERY CODE", true},
	{"category", "COMMISSIONED SERVICE CATEGORY CODE", false},
	{"hrg", "TARIFF CODE", false},
	{"year", "FINANCIAL YEAR", true},
	{"month", "FINANCIAL MONTH", false},
	{"activity", "CONTRACT MONITORING PLANNED ACTIVITY", true},
	{"price", "CONTRACT MONITORING PLANNED PRICE", true},
	{"phasing", "", false},
}

// ChapterOf is the chapter of an HRG: the first letter of AA22C. It is blank for what is
// no HRG, a local price code.
func ChapterOf(hrg string) string {
	hrg = strings.ToUpper(strings.TrimSpace(hrg))
	if len(hrg) < 5 || !letter(hrg[0]) || !letter(hrg[1]) || !digit(hrg[2]) || !digit(hrg[3]) || !letter(hrg[4]) {
		return ""
	}
	return hrg[:1]
}

func letter(c byte) bool { return c >= 'A' && c <= 'Z' }
func digit(c byte) bool  { return c >= '0' && c <= '9' }

// ReadPlan reads a plan as delimited text: rows in the layout of the Indicative
// Activity Plan, or in our own (provider, commissioner, service_line, pod, year,
// month, activity, price, and where wanted practice, category, hrg and phasing).
// Month 0, or none, is a year that is to be spread. Other columns are passed over.
// Faults are a *PlanError with every one of them.
func ReadPlan(name string, from io.Reader) ([]PlanRow, error) {
	source, err := activity.OpenReader(name, from, activity.Options{})
	if err != nil {
		return nil, err
	}
	defer source.Close()
	p := planReader{file: name}
	if !p.columns(source.Header) {
		return nil, &PlanError{p.faults}
	}
	r := csv.NewReader(bufio.NewReader(source))
	r.Comma, r.FieldsPerRecord = rune(source.Delimiter), -1
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			if at := new(csv.ParseError); errors.As(err, &at) {
				p.line, err = at.StartLine+1, at.Err // the header is read already
			}
			p.fault("", "", err.Error(), "quote fields that hold the delimiter or quotation marks")
			break
		}
		line, _ := r.FieldPos(0)
		p.line = line + 1
		p.row(fields, len(source.Header))
	}
	if len(p.rows) == 0 && len(p.faults) == 0 {
		p.line = 0
		p.fault("", "", "it has no rows", "give a plan with at least one row")
	}
	p.yearsAndMonths()
	if len(p.faults) > 0 {
		return nil, &PlanError{p.faults}
	}
	return p.rows, nil
}

type planReader struct {
	file   string
	line   int
	at     map[string]int // place of a column in the file, by our own name
	title  map[string]string
	rows   []PlanRow
	faults []register.Fault
}

func (p *planReader) fault(column, value, problem, remedy string) {
	p.faults = append(p.faults, register.Fault{File: p.file, Row: p.line, Column: column, Value: value, Problem: problem, Remedy: remedy})
}

func (p *planReader) columns(header []string) bool {
	p.at, p.title, p.line = map[string]int{}, map[string]string{}, 1
	for i, column := range header {
		id := activity.Normalise(column)
		for _, c := range planColumns {
			if id != activity.Normalise(c.own) && (c.standard == "" || id != activity.Normalise(c.standard)) {
				continue
			}
			if _, twice := p.at[c.own]; twice {
				p.fault(column, "", "the column is there twice", "remove one")
			}
			p.at[c.own], p.title[c.own] = i, column
		}
	}
	for _, c := range planColumns {
		if _, found := p.at[c.own]; c.needed && !found {
			names := c.own
			if c.standard != "" {
				names += " or " + c.standard
			}
			p.fault(names, "", "the column is not there", "add it")
		}
	}
	return len(p.faults) == 0
}

func (p *planReader) row(fields []string, width int) {
	if len(fields) == 1 && strings.TrimSpace(fields[0]) == "" {
		return
	}
	if len(fields) != width {
		p.fault("", "", fmt.Sprintf("it has %d fields and the header %d", len(fields), width), "put it right")
		return
	}
	before := len(p.faults)
	text := func(column string) string {
		i, found := p.at[column]
		if !found {
			return ""
		}
		return strings.TrimSpace(fields[i])
	}
	code := func(column string, needed bool) string {
		value := strings.ToUpper(text(column))
		if needed && value == "" {
			p.fault(p.title[column], "", "it is blank", "fill it in")
		}
		return value
	}
	row := PlanRow{Line: p.line, Phasing: text("phasing")}
	row.Key = Key{Provider: code("provider", true), Commissioner: code("commissioner", true), Practice: code("practice", false),
		Line: code("service_line", true), POD: code("pod", true), Category: code("category", false), Chapter: ChapterOf(text("hrg"))}
	var err error
	if row.Year, err = calendar.ParseYear(text("year")); err != nil {
		p.fault(p.title["year"], text("year"), "it is no financial year", "write it as 202627")
	}
	if month := text("month"); month != "" {
		if row.Month, err = strconv.Atoi(month); err != nil || row.Month < 0 || row.Month > calendar.LastMonth {
			p.fault(p.title["month"], month, "it is no month from 0 to 13", "write 1 for April to 12 for March, 13 for adjustments, 0 for a year that is to be spread")
		}
	}
	if row.Activity, err = ParseActivity([]byte(text("activity"))); err != nil {
		p.fault(p.title["activity"], text("activity"), "it is no count: "+err.Error(), "write a number with at most three decimals")
	}
	if row.Price, _, err = activity.ParseAmount([]byte(text("price"))); err != nil {
		p.fault(p.title["price"], text("price"), err.Error(), "write pounds, with at most eight decimals")
	}
	if row.Phasing != "" && !slices.Contains(Phasings, row.Phasing) {
		p.fault(p.title["phasing"], row.Phasing, "there is no such phasing", "write one of "+strings.Join(Phasings, ", "))
	}
	if len(p.faults) == before {
		p.rows = append(p.rows, row)
	}
}

// keyYear is what is planned either by month or by year.
type keyYear struct {
	Key
	year int
}

// yearsAndMonths takes away the row of the year where its months are there too: some
// plans have both. They must agree.
func (p *planReader) yearsAndMonths() {
	type sums struct {
		year, months Figures
		byMonth      bool
		line         int
	}
	all := map[keyYear]*sums{}
	for _, r := range p.rows {
		k := keyYear{r.Key, r.Year}
		if all[k] == nil {
			all[k] = &sums{}
		}
		s, f := all[k], Figures{PlannedActivity: r.Activity, PlannedPrice: r.Price}
		if r.Month == 0 {
			s.year, s.line = s.year.Add(f), r.Line
			continue
		}
		s.months, s.byMonth = s.months.Add(f), true
	}
	for k, s := range all {
		if s.byMonth && s.line > 0 && s.year != s.months {
			p.line = s.line
			p.fault(p.title["month"], "0", fmt.Sprintf("the year of %s %s %s %s (%s, £%s) is not what its months sum to (%s, £%s)", k.Provider, k.Commissioner, k.Line, k.POD,
				s.year.PlannedActivity, s.year.PlannedPrice.Pounds(), s.months.PlannedActivity, s.months.PlannedPrice.Pounds()), "leave out the year or the months, or put them right")
		}
	}
	slices.SortStableFunc(p.faults, func(a, b register.Fault) int { return a.Row - b.Row })
	p.rows = slices.DeleteFunc(p.rows, func(r PlanRow) bool { return r.Month == 0 && all[keyYear{r.Key, r.Year}].byMonth })
}

// Phasings are the names of the profiles by which a year may be spread. What a plan
// supplies by month stays as it is.
var Phasings = []string{"twelfths", "calendar_days", "working_days", "last_year"}

// Phaser chooses profiles.
type Phaser struct {
	Default  string // where a row asks for none; blank: twelfths
	Calendar *calendar.Calendar
	LastYear []Cell // of the year before the plan's, for last_year
}

// Spread makes cells of a plan. Years are spread so that their months sum to them
// exactly. Faults are a *PlanError with every one of them.
func (p Phaser) Spread(name string, rows []PlanRow) ([]Cell, error) {
	var cells []Cell
	var faults []register.Fault
	for _, r := range rows {
		if r.Month > 0 {
			cells = append(cells, r.cell(r.Month, r.Activity, r.Price))
			continue
		}
		profile, err := p.profile(r)
		if err != nil {
			faults = append(faults, register.Fault{File: name, Row: r.Line, Problem: "the year cannot be spread: " + err.Error(), Remedy: "choose another phasing, or give the plan by month"})
			continue
		}
		prices, counts := profile.Amount(r.Price), profile.Activity(r.Activity)
		for i := range prices {
			cells = append(cells, r.cell(i+1, counts[i], prices[i]))
		}
	}
	if len(faults) > 0 {
		return nil, &PlanError{faults}
	}
	return Merge(cells), nil
}

func (r *PlanRow) cell(month int, count Activity, price activity.Amount) Cell {
	return Cell{Key: r.Key, Month: calendar.Month{Year: r.Year, Month: month}, Figures: Figures{PlannedActivity: count, PlannedPrice: price}}
}

func (p Phaser) profile(r PlanRow) (Profile, error) {
	name := r.Phasing
	if name == "" {
		name = p.Default
	}
	switch name {
	case "", "twelfths":
		return Twelfths(), nil
	case "calendar_days":
		return CalendarDays(r.Year), nil
	case "working_days":
		return WorkingDays(r.Year, p.Calendar)
	case "last_year":
		return LastYear(like(r.Key, p.LastYear), r.Year-1)
	}
	return Profile{}, fmt.Errorf("%q is no phasing; there are %s", name, strings.Join(Phasings, ", "))
}

// like are the cells of what the row plans: the same provider, line and point of
// delivery. Commissioners and categories change from year to year.
func like(k Key, cells []Cell) []Cell {
	var same []Cell
	for _, c := range cells {
		if c.Provider == k.Provider && c.Line == k.Line && c.POD == k.POD {
			same = append(same, c)
		}
	}
	return same
}
