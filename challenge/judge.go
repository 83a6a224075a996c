package challenge

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"remit/activity"
	"remit/calendar"
	"remit/register"
)

// Judge applies rules to rows, one after another. A condition is evaluated once for
// each distinct combination of the values that it asks for. It is used by one
// goroutine.
type Judge struct {
	rules   *Rules
	pack    *register.Pack
	columns map[string]int
	asked   []*asked
	skipped []Skipped
	lines   map[lineDay]line
	rows    int
}

// asked is a rule that the rows can be asked.
type asked struct {
	*Rule
	answers map[string]answer
	values  []string // of the row at hand, and the key they make: kept for the next row
	key     []byte
	unable  Unable
	groups  map[string][]Finding // by the fields of Same
}

// Skipped is a rule that was not asked, and why.
type Skipped struct{ Rule, Why string }

// Unable counts rows of which a rule could not tell.
type Unable struct {
	Rule string
	Rows int
	Why  string // for the first of them
	Row  int    // its source row
}

type lineDay struct {
	code string
	day  register.Day
}

type line struct{ listed, valid, specialised, status string }

// Judge makes a judge for rows with these fields, named as in Fields; submission and
// received may be among them and are handed on to findings. Rules that need
// a field which the rows lack are skipped, and said to be.
func (rs *Rules) Judge(pack *register.Pack, fields []string) *Judge {
	j := &Judge{rules: rs, pack: pack, columns: map[string]int{}, lines: map[lineDay]line{}}
	for i, name := range fields {
		j.columns[name] = i
	}
	for _, r := range rs.Rules {
		var missing []string
		for _, name := range r.needs {
			if _, ok := j.columns[name]; !ok {
				missing = append(missing, name)
			}
		}
		switch {
		case r.Off:
			j.skipped = append(j.skipped, Skipped{r.ID, "it is switched off"})
		case len(missing) > 0:
			j.skipped = append(j.skipped, Skipped{r.ID, "the rows have no " + strings.Join(missing, ", ")})
		default:
			j.asked = append(j.asked, &asked{Rule: r, answers: map[string]answer{}, unable: Unable{Rule: r.ID}, groups: map[string][]Finding{}})
		}
	}
	return j
}

// Skipped lists the rules that are not asked.
func (j *Judge) Skipped() []Skipped { return j.skipped }

// Asked says whether a rule is asked.
func (j *Judge) Asked(rule string) bool {
	return slices.ContainsFunc(j.asked, func(a *asked) bool { return a.ID == rule })
}

// Row judges a row: its values, in the order of the fields of the judge. What rules
// that compare rows find comes at the End.
func (j *Judge) Row(values []string) []Finding {
	j.rows++
	r := judged{j: j, values: values}
	r.month, r.day = r.when()
	var found []Finding
	for _, a := range j.asked {
		if r.day == register.NoDay && a.dated() {
			a.cannot("the row has neither a date of activity nor a month", r.sourceRow())
			continue
		}
		if !a.holds(r.day) {
			continue
		}
		switch answer := a.answer(&r); {
		case answer.unable != "":
			a.cannot(answer.unable, r.sourceRow())
		case answer.yes && len(a.Same) > 0:
			key := r.key(a.Same)
			a.groups[key] = append(a.groups[key], j.finding(a, &r))
		case answer.yes:
			found = append(found, j.finding(a, &r))
		}
	}
	return found
}

// End gives what rules that compare rows have found: of rows that are alike all but
// the one with the first row key. The order is that of rules and row keys.
func (j *Judge) End() []Finding {
	var found []Finding
	for _, a := range j.asked {
		var own []Finding
		for _, group := range a.groups {
			if len(group) < 2 {
				continue
			}
			slices.SortStableFunc(group, func(x, y Finding) int { return cmp.Compare(x.RowKey, y.RowKey) })
			for _, f := range group[1:] {
				f.Reason = strings.ReplaceAll(f.Reason, "{first_row}", strconv.Itoa(group[0].SourceRow))
				own = append(own, f)
			}
		}
		slices.SortFunc(own, func(x, y Finding) int { return cmp.Compare(x.RowKey, y.RowKey) })
		found = append(found, own...)
		a.groups = nil
	}
	return found
}

// Unable lists the rules that could not tell of some rows.
func (j *Judge) Unable() []Unable {
	var list []Unable
	for _, a := range j.asked {
		if a.unable.Rows > 0 {
			list = append(list, a.unable)
		}
	}
	return list
}

// mostAnswers bounds what is kept of a rule's answers. Rules about money have nearly
// as many combinations as rows.
const mostAnswers = 1 << 18

func (a *asked) answer(r *judged) answer {
	values, key := a.values[:0], a.key[:0]
	for _, name := range a.condition.fields {
		value := r.get(name)
		values, key = append(values, value), append(append(key, value...), 0)
	}
	a.values, a.key = values, key
	if known, ok := a.answers[string(key)]; ok {
		return known
	}
	if len(a.answers) >= mostAnswers {
		clear(a.answers)
	}
	x := a.condition.ask(values)
	a.answers[string(key)] = x
	return x
}

func (a *asked) cannot(why string, row int) {
	if a.unable.Rows == 0 {
		a.unable.Why, a.unable.Row = why, row
	}
	a.unable.Rows++
}

func (j *Judge) finding(a *asked, r *judged) Finding {
	f := Finding{Rule: a.ID, RowKey: r.get("row_key"), SourceRow: r.sourceRow(), Provider: r.get("provider"), Commissioner: r.get("commissioner"),
		Feed: r.get("feed"), Month: r.month, Submission: r.given("submission")}
	if day, err := register.ParseDay(r.given("received")); err == nil {
		f.Received = day
	}
	f.Reason, f.Remedy = r.fill(a.Message), r.fill(a.Remedy)
	f.Money = r.amount(a.money[0])
	if a.money[1] != "" {
		f.Money = f.Money.Sub(r.amount(a.money[1]))
	}
	return f
}

// fill puts the values of the row into a text. What is blank is said to be.
func (r *judged) fill(text string) string {
	for _, name := range placeholders(text) {
		blank := "nothing"
		switch name {
		case "first_row":
			continue // filled in at the End
		case "age_from", "age_to":
			blank = "no limit"
		}
		text = strings.ReplaceAll(text, "{"+name+"}", cmp.Or(r.get(name), blank))
	}
	return text
}

// judged is the row at hand.
type judged struct {
	j      *Judge
	values []string
	month  calendar.Month
	day    register.Day

	// Worked out when they are first asked for.
	lined, limited bool
	line           line
	agesAndSex     agesAndSex
}

func (r *judged) given(name string) string {
	i, ok := r.j.columns[name]
	if !ok {
		return ""
	}
	return strings.TrimSpace(r.values[i])
}

// when is the month of the row and the day on which facts are looked up: that of the
// activity, else the first of the month.
func (r *judged) when() (calendar.Month, register.Day) {
	year, errYear := calendar.ParseYear(r.given("year"))
	n, errMonth := strconv.Atoi(r.given("month"))
	day, errDay := register.ParseDay(r.given("activity_date"))
	var m calendar.Month
	if errYear == nil && errMonth == nil && n >= 1 && n <= calendar.LastMonth {
		m = calendar.Month{Year: year, Month: n}
	}
	switch {
	case errDay != nil && m.Month > 0:
		day = m.First()
	case errDay != nil:
		day = register.NoDay
	case m.Month == 0:
		m = calendar.MonthOf(day)
	}
	return m, day
}

func (r *judged) sourceRow() int {
	n, _ := strconv.Atoi(r.given("source_row"))
	return n
}

func (r *judged) amount(field string) activity.Amount {
	a, _, _ := activity.ParseAmount([]byte(r.get(field))) // what is no amount claims nothing
	return a
}

func (r *judged) key(fields []string) string {
	var b strings.Builder
	for _, name := range fields {
		fmt.Fprint(&b, r.get(name), "\x00")
	}
	return b.String()
}

// get is a field of the row, given or derived.
func (r *judged) get(name string) string {
	switch name {
	case "line_listed", "line_valid", "line_status", "line_specialised":
		return r.ofLine(name)
	case "top_up_eligible":
		return r.j.rules.topUpEligible(r.given("provider"), r.given("service_code"), r.day)
	case "age_from":
		return r.limits().ageFrom
	case "age_to":
		return r.limits().ageTo
	case "only_sex":
		return r.limits().onlySex
	}
	return r.given(name)
}

func (r *judged) limits() *agesAndSex {
	if !r.limited {
		r.limited, r.agesAndSex = true, r.j.rules.limitsOf(r.given("treatment_function"), r.given("service_code"), r.day)
	}
	return &r.agesAndSex
}

func (r *judged) ofLine(name string) string {
	if !r.lined {
		r.lined, r.line = true, r.j.lineOn(strings.ToUpper(r.given("service_code")), r.day)
	}
	switch name {
	case "line_listed":
		return r.line.listed
	case "line_valid":
		return r.line.valid
	case "line_specialised":
		return r.line.specialised
	}
	return r.line.status
}

func (j *Judge) lineOn(code string, day register.Day) line {
	k := lineDay{code, day}
	if l, known := j.lines[k]; known {
		return l
	}
	t := j.pack.Table("service_line")
	row := t.Find(code, day, 0).Row
	l := line{yesNo(len(t.Rows(code)) > 0), yesNo(row != register.NoRow), yesNo(t.At(row, "specialised") == "1"), t.At(row, "status")}
	j.lines[lineDay{strings.Clone(code), day}] = l
	return l
}

func yesNo(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

// topUpEligible is blank where no row covers the day at all: without a list nobody
// can be called ineligible.
func (rs *Rules) topUpEligible(provider, code string, day register.Day) string {
	listed := ""
	for _, t := range rs.topUps {
		if !t.holds(day) {
			continue
		}
		if listed = "no"; t.provider == provider && (t.line == "" || t.line == code) {
			return "yes"
		}
	}
	return listed
}

func (rs *Rules) limitsOf(function, code string, day register.Day) (both agesAndSex) {
	for _, key := range [...]string{"treatment_function " + function, "service_line " + code} {
		for _, l := range rs.limits[key] {
			if l.holds(day) {
				both.ageFrom, both.ageTo, both.onlySex = cmp.Or(both.ageFrom, l.ageFrom), cmp.Or(both.ageTo, l.ageTo), cmp.Or(both.onlySex, l.onlySex)
			}
		}
	}
	return both
}
