package submission

import (
	"bytes"
	"hash/maphash"
	"math"
	"strings"

	"remit/activity"
	"remit/register"
)

// Validator holds the rows of a file against the rules, for one goroutine.
type Validator struct {
	file    *boundFile
	columns []*columnRules // those that a rule of a field looks at
	pods    map[string]podKind
	periods map[string]period // by year and month as stated
	days    map[string]int32
	texts   map[string]string // interned
	codes   map[codeSet]string
	out     Outcome
	failed  []uint64 // of the row at hand, a bit for each rule
	result  partial
}

// boundFile is what all Validators of a file share. It is not changed.
type boundFile struct {
	rules  *Rules
	active []*Rule
	layout activity.Layout
	pack   *register.Pack
	given  Given
	name   Heading // what the file name says
	at     fieldColumns
	row    []*Rule // of the row
	sums   map[string]product
}

// fieldColumns are the columns that every row is read for, -1 for none.
type fieldColumns struct{ provider, commissioner, year, month, money, units, pod, date, kind int }

// columnRules are the rules of one column, and what the values met came to.
type columnRules struct {
	column int
	rules  []*Rule
	dated  bool               // a rule looks codes up by date
	known  map[string]verdict // by value
	later  map[register.Day]map[string]verdict
}

// verdict is which rules of a column a value breaks, by place among them: on
// lines of activity and on others.
type verdict struct{ activity, other uint64 }

type podKind uint8

const (
	activityPOD podKind = iota + 1
	moneyPOD            // no activity: a block, an adjustment, a drug, a device
)

// period is the financial month of a row.
type period struct {
	year  string
	month int
	day   register.Day // the last of it, on which codes are looked up
	from  From
}

// codeSet is a set of findings, for the text of them.
type codeSet [4]uint64

// mostRules is how many rules a set of findings has room for.
const mostRules = 256

// mostKnown bounds what is remembered of the values of a column.
const mostKnown = 1 << 16

func (r *Rules) bind(l activity.Layout, pack *register.Pack, g Given) (*Validator, error) {
	if len(r.list) > mostRules {
		return nil, Faults{"there are more than 256 validation rules: switch some off by taking them out of the files"}
	}
	f := &boundFile{rules: r, layout: l, pack: pack, given: g, name: readFileName(g.FileName, pack), sums: map[string]product{}}
	column := func(ids ...string) int {
		for _, id := range ids {
			if c, ok := l.Field[id]; ok {
				return c
			}
		}
		return -1
	}
	f.at = fieldColumns{provider: column("provider"), commissioner: column("submitted_commissioner"), year: column("financial_year"), month: column("financial_month"), pod: column("pod"),
		money: column("cost"), units: column("activity_count"), date: column("activity_date", "discharge_date", "appointment_date", "arrival_date", "activity_start_date", "admission_date"), kind: column("flex_or_freeze")}
	if l.Dataset == activity.IAP {
		f.at.money, f.at.units = column("planned_price"), column("planned_activity")
	}
	for _, rule := range r.list {
		if !rule.On || !rule.Applies(l.Dataset) {
			continue
		}
		f.active = append(f.active, rule)
		if rule.Level != RowLevel {
			continue
		}
		f.row = append(f.row, rule)
		if rule.Check == "product" {
			p, err := parseProduct(rule.Argument)
			if err != nil {
				return nil, err
			}
			f.sums[rule.ID] = p
		}
	}
	return f.validator(), nil
}

// validator makes a Validator of the file.
func (f *boundFile) validator() *Validator {
	v := &Validator{file: f, pods: map[string]podKind{}, periods: map[string]period{}, days: map[string]int32{}, texts: map[string]string{}, codes: map[codeSet]string{}, failed: make([]uint64, mostRules/64)}
	v.result = newPartial(len(f.rules.list))
	at := map[int]*columnRules{}
	for _, rule := range f.active {
		if rule.Level != FieldLevel {
			continue
		}
		c, ok := f.layout.Field[rule.Field]
		if !ok || at[c] != nil && len(at[c].rules) == 64 {
			continue
		}
		if at[c] == nil {
			at[c] = &columnRules{column: c, known: map[string]verdict{}, later: map[register.Day]map[string]verdict{}}
			v.columns = append(v.columns, at[c])
		}
		at[c].rules = append(at[c].rules, rule)
		at[c].dated = at[c].dated || rule.tables != nil || rule.From != register.NoDay || rule.To != register.Latest
	}
	return v
}

func (v *Validator) fork() *Validator { return v.file.validator() }

// duplicateSeed makes equal rows equal numbers in all Validators of a program.
var duplicateSeed = maphash.MakeSeed()

func (v *Validator) row(number int64, fields [][]byte) *Outcome {
	clear(v.failed)
	v.out = Outcome{Hits: v.out.Hits[:0]}
	p := v.period(fields)
	v.out.Year, v.out.Month, v.out.Period = p.year, p.month, p.from
	kind := v.podKind(fields)
	for _, c := range v.columns {
		v.column(c, fields[c.column], p.day, kind)
	}
	v.money(fields)
	for _, rule := range v.file.row {
		if v.fails(rule, fields, p, kind) {
			v.hit(rule, -1)
		}
	}
	v.out.Codes = v.text()
	v.count(number, fields)
	return &v.out
}

func (v *Validator) hit(rule *Rule, column int) {
	v.failed[rule.at/64] |= 1 << (rule.at % 64)
	v.out.Hits = append(v.out.Hits, Hit{rule, column})
	v.out.Severity = max(v.out.Severity, rule.Severity)
}

// column holds a value against the rules of its column.
func (v *Validator) column(c *columnRules, raw []byte, on register.Day, kind podKind) {
	known := c.known
	if c.dated {
		if known = c.later[on]; known == nil {
			known = map[string]verdict{}
			c.later[on] = known
		}
	}
	found, ok := known[string(raw)]
	if !ok {
		found = v.judge(c, raw, on)
		if len(known) < mostKnown {
			known[string(raw)] = found
		}
	}
	failed := found.activity
	if kind == moneyPOD {
		failed = found.other
	}
	if failed == 0 {
		return
	}
	for i, rule := range c.rules {
		if failed>>i&1 == 1 {
			v.hit(rule, c.column)
		}
	}
}

// judge tests a value by every rule of its column.
func (v *Validator) judge(c *columnRules, raw []byte, on register.Day) (x verdict) {
	value := bytes.TrimSpace(raw)
	for i, rule := range c.rules {
		if on != register.NoDay && (on < rule.From || on > rule.To) || v.passes(rule, value, on) {
			continue
		}
		if rule.When != "non_activity" {
			x.activity |= 1 << i
		}
		if rule.When != "activity" {
			x.other |= 1 << i
		}
	}
	return x
}

func (v *Validator) passes(rule *Rule, value []byte, on register.Day) bool {
	switch {
	case rule.Check == "required":
		return len(value) > 0
	case rule.Check == "blank":
		return len(value) == 0
	case len(value) == 0:
		return true // required says so
	case rule.tables != nil:
		return v.inTables(rule.tables, strings.ToUpper(string(value)), on)
	}
	return rule.test(value)
}

// inTables looks a code up on the day; without a day it must be known at some time.
func (v *Validator) inTables(tables []string, code string, on register.Day) bool {
	for _, name := range tables {
		t := v.file.pack.Table(name)
		if t == nil {
			continue
		}
		if on == register.NoDay {
			if t.FindEver(code, 0).Row != register.NoRow {
				return true
			}
			continue
		}
		if t.Find(code, on, 0).Row != register.NoRow {
			return true
		}
	}
	return false
}

func (v *Validator) podKind(fields [][]byte) podKind {
	c := v.file.at.pod
	if c < 0 {
		return activityPOD
	}
	kind, ok := v.pods[string(fields[c])]
	if !ok {
		kind = activityPOD
		code := strings.ToUpper(strings.TrimSpace(string(fields[c])))
		if v.file.rules.lists["non_activity_pod"][code] {
			kind = moneyPOD
		}
		if len(v.pods) < mostKnown {
			v.pods[string(fields[c])] = kind
		}
	}
	return kind
}

// period finds the financial month of a row: as stated, else as the file name
// says, else by the date of the activity.
func (v *Validator) period(fields [][]byte) period {
	at := &v.file.at
	var key [64]byte
	k := key[:0]
	if at.year >= 0 {
		k = append(k, fields[at.year]...)
	}
	k = append(k, 0)
	if at.month >= 0 {
		k = append(k, fields[at.month]...)
	}
	p, ok := v.periods[string(k)]
	if !ok {
		p = v.statedPeriod(fields)
		if len(v.periods) < mostKnown {
			v.periods[string(k)] = p
		}
	}
	if p.from != FromBody {
		v.datedPeriod(&p, fields)
	}
	return p
}

func (v *Validator) statedPeriod(fields [][]byte) period {
	at := &v.file.at
	p := period{month: -1, day: register.NoDay}
	stated := 0
	if at.year >= 0 {
		if year, ok := activity.FinancialYear(bytes.TrimSpace(fields[at.year])); ok {
			p.year = v.intern(year)
			stated++
		}
	}
	if at.month >= 0 {
		if m, ok := monthOf(bytes.TrimSpace(fields[at.month])); ok {
			p.month = m
			stated++
		}
	}
	if stated == 2 {
		p.from = FromBody
		p.day = monthEnd(p.year, p.month)
	}
	return p
}

// datedPeriod fills in what is not stated.
func (v *Validator) datedPeriod(p *period, fields [][]byte) {
	if p.year == "" && v.file.name.Year != "" {
		p.year, p.from = v.file.name.Year, FromFileName
	}
	if at := v.file.at.date; at >= 0 && (p.year == "" || p.month < 0) {
		if day, ok := v.date(fields[at]); ok {
			year, month, ok := activity.FinancialYearOf(day)
			if ok && p.year == "" {
				p.year = v.intern(year)
			}
			if m, known := monthOf([]byte(month)); ok && known && p.month < 0 && p.year == year {
				p.month, p.from = m, FromDates
			}
		}
	}
	if p.year != "" && p.month >= 0 {
		p.day = monthEnd(p.year, p.month)
	}
}

// date reads a date, and remembers it.
func (v *Validator) date(raw []byte) (int32, bool) {
	day, ok := v.days[string(raw)]
	if !ok {
		day = math.MinInt32
		if d, ok := activity.ParseDate(bytes.TrimSpace(raw)); ok {
			day = d
		}
		if len(v.days) < mostKnown {
			v.days[string(raw)] = day
		}
	}
	return day, day != math.MinInt32
}

func monthOf(b []byte) (int, bool) {
	if len(b) == 0 || len(b) > 2 {
		return 0, false
	}
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, n <= 13
}

// monthStart is the first day of a financial month, 1 to 12.
func monthStart(year string, month int) register.Day {
	first := 0
	for _, c := range year[:4] {
		first = first*10 + int(c-'0')
	}
	return dayOf(first, month+3, 1) // the months of a date go on into the next year
}

// monthEnd is the last day of a financial month: of month 0, a plan for the year,
// its first day, and of month 13 its last.
func monthEnd(year string, month int) register.Day {
	switch month {
	case 0:
		return monthStart(year, 1)
	case 13:
		month = 12
	}
	return monthStart(year, month+1) - 1
}

// money reads the row's money.
func (v *Validator) money(fields [][]byte) {
	if c := v.file.at.money; c >= 0 {
		m, present, err := activity.ParseAmount(fields[c])
		if err == nil && present {
			v.out.Money, v.out.HasMoney = m, true
		}
	}
}

// fails tests a rule of the row.
func (v *Validator) fails(rule *Rule, fields [][]byte, p period, kind podKind) bool {
	if rule.When == "activity" && kind == moneyPOD || rule.When == "non_activity" && kind != moneyPOD || p.day != register.NoDay && (p.day < rule.From || p.day > rule.To) {
		return false
	}
	switch rule.Check {
	case "period":
		return p.year == "" || p.month < 0
	case "period_of_date":
		return v.otherMonth(fields, p)
	case "money_without_activity":
		c := v.file.at.units
		if c < 0 || !v.out.HasMoney || v.out.Money.IsZero() {
			return false
		}
		n, present, err := activity.ParseAmount(fields[c])
		return err == nil && present && n.IsZero()
	case "product":
		return v.productFails(v.file.sums[rule.ID], fields)
	}
	return false
}

func (v *Validator) otherMonth(fields [][]byte, p period) bool {
	at := v.file.at.date
	if at < 0 || p.from != FromBody || p.month < 1 || p.month > 12 {
		return false
	}
	day, ok := v.date(fields[at])
	return ok && (register.Day(day) > p.day || register.Day(day) < monthStart(p.year, p.month))
}

// productFails tests a total against a count times a price, within the rule's tolerance.
func (v *Validator) productFails(x product, fields [][]byte) bool {
	read := func(id string) (activity.Amount, bool) {
		c, ok := v.file.layout.Field[id]
		if !ok {
			return activity.Amount{}, false
		}
		n, present, err := activity.ParseAmount(fields[c])
		return n, err == nil && present
	}
	total, ok1 := read(x.total)
	count, ok2 := read(x.count)
	price, ok3 := read(x.price)
	if !ok1 || !ok2 || !ok3 {
		return false
	}
	plus, _ := read(x.plus)
	return !x.holds(total, count, price, plus)
}

// holds compares in binary floating point, whose error is far below any tolerance.
func (x product) holds(total, count, price, plus activity.Amount) bool {
	t, n, p, more := total.Float(), count.Float(), price.Float(), plus.Float()
	return math.Abs(t-n*p-more) <= max(x.each*math.Abs(n), x.share*math.Abs(t))+1e-6
}

func (v *Validator) intern(s string) string {
	if known, ok := v.texts[s]; ok {
		return known
	}
	s = strings.Clone(s)
	if len(v.texts) < mostKnown {
		v.texts[s] = s
	}
	return s
}

// code is a code as it is compared: without blanks around it and in capitals.
func (v *Validator) code(raw []byte) string {
	if known, ok := v.texts[string(raw)]; ok {
		return known
	}
	s := strings.ToUpper(string(bytes.TrimSpace(raw)))
	if len(v.texts) < mostKnown {
		v.texts[string(raw)] = s
	}
	return s
}

// text is the findings of the row at hand as one shared text.
func (v *Validator) text() string {
	if len(v.out.Hits) == 0 {
		return ""
	}
	k := codeSet(v.failed)
	if known, ok := v.codes[k]; ok {
		return known
	}
	var ids []string
	for i, rule := range v.file.rules.list {
		if v.failed[i/64]>>(i%64)&1 == 1 {
			ids = append(ids, rule.ID)
		}
	}
	text := strings.Join(ids, "|")
	if len(v.codes) < mostKnown {
		v.codes[k] = text
	}
	return text
}

// badRow counts a row that could not be cut into fields.
func (v *Validator) badRow(number int64, fault string) *Outcome {
	clear(v.failed)
	v.out = Outcome{Hits: v.out.Hits[:0], Month: -1}
	if rule, ok := v.file.rules.rule(fault); ok && rule.On {
		v.hit(rule, -1)
	}
	v.out.Severity = max(v.out.Severity, RejectRow)
	v.out.Codes = v.text()
	v.result.rows++
	v.result.rejected++
	v.result.findings(v, number, nil)
	return &v.out
}
