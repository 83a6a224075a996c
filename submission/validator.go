package submission

import (
	"encoding/binary"
	"maps"
	"slices"
	"strings"

	"remit/activity"
	"remit/register"
)

// Validator holds rows against the rules. It is for one goroutine.
type Validator struct {
	*binding
	*tally

	columnValues []values  // by column; those of columns without rules and predicates are not used
	found        []*entry  // of the row at hand, by column; nil where the column was given up
	verdicts     []verdict // by number, from 2 on
	verdictOf    map[string]int32
	periods      map[string]period // by the texts of year and month
	contexts     map[context]int32
	days         []register.Day // by context
	codes        map[string]string

	lastText    []byte // year and month of the row before
	lastPeriod  period
	lastContext context
	lastNumber  int32

	state   rowState
	outcome Outcome
	hit     []int // slots of the row at hand
	scratch []int
	key     []byte
	values  [][]byte
	group   *group
}

// context is all that an answer about a value depends on besides the value.
type context struct {
	period period
	mask   uint64
}

// verdict is what the rules of a column say of a value in a context: the slots of
// those it breaks. Number 0 is not asked yet, 1 is none.
type verdict []int

const (
	unasked int32 = 0
	clean   int32 = 1
)

// rowState is what rules of a row may look at besides their fields.
type rowState struct {
	fields [][]byte
	header []string
	period period
}

func newValidator(b *binding) *Validator {
	v := &Validator{
		binding: b,
		tally:   &tally{slots: make([]slotTally, len(b.uses)), groups: map[string]*group{}, kinds: map[Kind]int64{}, bad: map[string]*slotTally{}},

		columnValues: make([]values, len(b.columns)),
		found:        make([]*entry, len(b.columns)),
		verdicts:     make([]verdict, 2),
		verdictOf:    map[string]int32{"": clean},
		periods:      map[string]period{},
		contexts:     map[context]int32{},
		codes:        map[string]string{},
		lastNumber:   -1,
		state:        rowState{header: b.header},
	}
	for i := range v.columnValues {
		v.columnValues[i] = newValues()
	}
	return v
}

func (v *Validator) fork() *Validator { return newValidator(v.binding) }

func (v *Validator) row(number int64, fields [][]byte) *Outcome {
	v.state.fields = fields
	v.hit = v.hit[:0]
	if v.noRecord(number) {
		return &v.outcome
	}
	mask, hash := v.look(fields)
	v.state.period = v.periodOf(fields)
	v.judge(fields, mask)
	v.judgeRow(mask)
	v.weigh(fields)
	v.count(number, fields)
	if v.distinct {
		v.mark(hash, number, v.outcome.Money)
	}
	return &v.outcome
}

// noRecord tells a row that is no record at all, a header or a total: it has no
// money, and nothing else is said of it.
func (v *Validator) noRecord(number int64) bool {
	for i := range v.records {
		u := &v.records[i]
		if u.test(nil, &v.state) {
			continue
		}
		v.hit = append(v.hit, u.slot)
		v.outcome = Outcome{Hits: v.outcome.Hits[:0], Month: -1}
		v.report(&v.outcome)
		v.tally.rows++
		v.flagged++
		v.rejected++
		v.tally.slots[u.slot].add(part{rows: 1})
		v.tally.slots[u.slot].sample(number, nil, false)
		return true
	}
	return false
}

// look finds the values of the row among those seen before, the predicates that
// hold, and what the row is told from others by.
func (v *Validator) look(fields [][]byte) (mask, hash uint64) {
	for i, field := range fields {
		c := &v.columns[i]
		used := len(c.rules)+len(c.preds) > 0
		if !used && !v.distinct {
			continue
		}
		t := &v.columnValues[i]
		if e := t.same(field); e != nil { // columns without rules have no entries
			v.found[i] = e
			mask |= e.mask
			hash = mix(hash ^ e.hash)
			if e.verdict > clean {
				v.hit = append(v.hit, v.verdicts[e.verdict]...)
			}
			continue
		}
		h := hashOf(field)
		hash = mix(hash ^ h)
		if !used {
			continue
		}
		e, known := t.find(h, field)
		v.found[i] = e
		if e == nil {
			mask |= v.predicatesOf(c, field)
			if !c.dated {
				v.hit = v.ask(c, field, register.NoDay, 0, v.hit)
			}
			continue
		}
		if !known {
			v.enter(c, e, field)
		}
		mask |= e.mask
		if e.verdict > clean {
			v.hit = append(v.hit, v.verdicts[e.verdict]...)
		}
	}
	return mask, hash
}

// enter finds out about a value that is new to its column.
func (v *Validator) enter(c *boundColumn, e *entry, field []byte) {
	e.mask = v.predicatesOf(c, field)
	if !c.dated {
		v.scratch = v.ask(c, field, register.NoDay, 0, v.scratch[:0])
		e.verdict = v.number(v.scratch)
	}
}

func (v *Validator) predicatesOf(c *boundColumn, field []byte) (mask uint64) {
	for _, n := range c.preds {
		if v.preds[n].holds(trim(field), v.pack) {
			mask |= 1 << n
		}
	}
	return mask
}

// judge asks the rules of the columns whose answers depend on the period or on
// other fields, each value once for a context.
func (v *Validator) judge(fields [][]byte, mask uint64) {
	number := v.contextOf(context{v.state.period, mask})
	day, at := v.days[number], int(number)
	for _, i := range v.dated {
		c, e := &v.columns[i], v.found[i]
		if e == nil {
			v.hit = v.ask(c, fields[i], day, mask, v.hit)
			continue
		}
		if at >= len(e.verdicts) {
			e.verdicts = append(e.verdicts, make([]int32, at+1-len(e.verdicts))...)
		}
		if e.verdicts[at] == unasked {
			v.scratch = v.ask(c, fields[i], day, mask, v.scratch[:0])
			e.verdicts[at] = v.number(v.scratch)
		}
		if e.verdicts[at] != clean {
			v.hit = append(v.hit, v.verdicts[e.verdicts[at]]...)
		}
	}
}

func (v *Validator) contextOf(c context) int32 {
	if v.lastNumber >= 0 && c == v.lastContext {
		return v.lastNumber
	}
	n, known := v.contexts[c]
	if !known {
		n = int32(len(v.days))
		v.contexts[c] = n
		v.days = append(v.days, v.dayOf(c.period))
	}
	v.lastContext, v.lastNumber = c, n
	return n
}

func (v *Validator) dayOf(p period) register.Day {
	if day := firstDay(p.year, p.month); day != register.NoDay {
		return day
	}
	if v.given.On != 0 {
		return v.given.On
	}
	return register.NoDay
}

// ask puts a value to the rules of its column and appends what it breaks.
func (v *Validator) ask(c *boundColumn, field []byte, day register.Day, mask uint64, slots []int) []int {
	value := trim(field)
	for i := range c.rules {
		u := &c.rules[i]
		if u.when&^mask != 0 || !u.rule.holdsOn(day) {
			continue
		}
		if v.breaks(u.rule, value, day) {
			slots = append(slots, u.slot)
		}
	}
	return slots
}

func (v *Validator) breaks(r *Rule, value []byte, day register.Day) bool {
	if len(value) == 0 {
		return r.Kind == kindNeeded
	}
	return r.Kind != kindNeeded && !r.made.test(value, day, v.pack)
}

// number gives equal verdicts one number.
func (v *Validator) number(slots []int) int32 {
	v.key = v.key[:0]
	for _, s := range slots {
		v.key = binary.LittleEndian.AppendUint32(v.key, uint32(s))
	}
	if n, known := v.verdictOf[string(v.key)]; known {
		return n
	}
	n := int32(len(v.verdicts))
	v.verdicts = append(v.verdicts, slices.Clone(slots))
	v.verdictOf[string(v.key)] = n
	return n
}

func (v *Validator) judgeRow(mask uint64) {
	day := v.days[v.lastNumber]
	for i := range v.rowRules {
		u := &v.rowRules[i]
		if u.when&^mask != 0 || !u.rule.holdsOn(day) {
			continue
		}
		v.values = v.values[:0]
		for _, at := range u.takes {
			if at < 0 {
				v.values = append(v.values, nil)
				continue
			}
			v.values = append(v.values, trim(v.state.fields[at]))
		}
		if !u.test(v.values, &v.state) {
			v.hit = append(v.hit, u.slot)
		}
	}
}

// weigh works out what the row came to.
func (v *Validator) weigh(fields [][]byte) {
	o := &v.outcome
	p := v.state.period
	*o = Outcome{Hits: o.Hits[:0], Year: p.year, Month: p.month, Period: p.from}
	if v.price >= 0 {
		if a, present, err := activity.ParseAmount(fields[v.price]); err == nil && present {
			o.Money, o.HasMoney = a, true
		}
	}
	v.report(o)
}

// report turns the slots hit into the outcome's findings.
func (v *Validator) report(o *Outcome) {
	if len(v.hit) == 0 {
		return
	}
	for _, s := range v.hit {
		slot := &v.uses[s]
		o.Severity = max(o.Severity, slot.rule.Severity)
		o.Hits = append(o.Hits, Hit{slot.rule, slot.column})
	}
	o.Codes = v.codesOf()
}

// codesOf joins the ids of the rules hit, in their order, each once.
func (v *Validator) codesOf() string {
	v.scratch = v.scratch[:0]
	for _, s := range v.hit {
		v.scratch = append(v.scratch, v.uses[s].rule.number)
	}
	slices.Sort(v.scratch)
	v.scratch = slices.Compact(v.scratch)
	v.key = v.key[:0]
	for _, n := range v.scratch {
		v.key = binary.LittleEndian.AppendUint32(v.key, uint32(n))
	}
	if text, known := v.codes[string(v.key)]; known {
		return text
	}
	ids := make([]string, len(v.scratch))
	for i, n := range v.scratch {
		ids[i] = v.rules.list[n].ID
	}
	text := strings.Join(ids, "|")
	v.codes[string(v.key)] = text
	return text
}

func (v *Validator) count(number int64, fields [][]byte) {
	o := &v.outcome
	one := part{1, o.Money}
	v.tally.rows++
	v.tally.money = v.tally.money.Add(o.Money)
	rejected := o.Severity >= RejectRow
	if len(v.hit) > 0 {
		v.flagged++
		v.countHits(number, fields, one)
	}
	if rejected {
		v.rejected++
		v.atRisk = v.atRisk.Add(o.Money)
	}
	g := v.groupOf(fields)
	g.all.add(one)
	if !rejected {
		g.kept.add(one)
	}
	if v.kind >= 0 {
		v.kinds[kindOf(string(fields[v.kind]))]++
	}
}

func (v *Validator) countHits(number int64, fields [][]byte, one part) {
	malformed := 0
	for _, s := range v.hit {
		slot := &v.uses[s]
		t := &v.tally.slots[s]
		t.add(one)
		if slot.rule.made.form {
			malformed++
		}
		if slot.column < 0 {
			t.sample(number, nil, false)
			continue
		}
		t.sample(number, trim(fields[slot.column]), v.columns[slot.column].hidden)
	}
	v.malformed[min(malformed, maxMalformed)]++
}

// groupOf finds the group of the row; rows come in runs of one group.
func (v *Validator) groupOf(fields [][]byte) *group {
	provider, commissioner := v.at(fields, v.provider), v.at(fields, v.commissioner)
	p := v.state.period
	if g := v.group; g != nil && g.period == p && string(provider) == g.provider && string(commissioner) == g.commissioner {
		return g
	}
	v.key = appendUpper(v.key[:0], provider)
	v.key = appendUpper(append(v.key, 0), commissioner)
	v.key = append(append(v.key, 0, byte(p.month)), p.year...)
	v.key = append(append(v.key, 0), p.from...)
	g := v.groups[string(v.key)]
	if g == nil && len(v.groups) >= mostGroups {
		provider, commissioner, v.key = []byte("others"), nil, append(append(v.key[:0], "others"...), p.year...)
		g = v.groups[string(v.key)]
	}
	if g == nil {
		g = &group{provider: strings.ToUpper(string(provider)), commissioner: strings.ToUpper(string(commissioner)), period: p}
		v.groups[string(v.key)] = g
	}
	v.group = g
	return g
}

func appendUpper(to, code []byte) []byte {
	for _, c := range code {
		to = append(to, upper(c))
	}
	return to
}

func (v *Validator) at(fields [][]byte, column int) []byte {
	if column < 0 {
		return nil
	}
	return trim(fields[column])
}

// periodOf takes the period that the row states, then the year of the file
// name, then what its dates say.
func (v *Validator) periodOf(fields [][]byte) period {
	year, month := v.at(fields, v.year), v.at(fields, v.month)
	n := len(year)
	if v.lastText != nil && len(v.lastText) == n+1+len(month) && string(v.lastText[:n]) == string(year) && string(v.lastText[n+1:]) == string(month) {
		return v.complete(fields, v.lastPeriod)
	}
	v.lastText = append(append(append(v.lastText[:0], year...), '/'), month...)
	p, known := v.periods[string(v.lastText)]
	if !known {
		p = v.readPeriod(year, month)
		if len(v.periods) > mostGroups {
			clear(v.periods)
		}
		v.periods[string(v.lastText)] = p
	}
	v.lastPeriod = p
	return v.complete(fields, p)
}

// readPeriod reads what a row states; from is body where that is all.
func (v *Validator) readPeriod(year, month []byte) period {
	p := period{month: -1, from: FromBody}
	p.year, _ = activity.FinancialYear(year)
	if n, ok := whole(month); ok && n <= 13 {
		p.month = n
	}
	if v.layout.Dataset == activity.LPR {
		p.month = 0
	}
	if p.year == "" && v.name.Year != "" && p.month >= 0 {
		p.year, p.from = v.name.Year, FromFileName
	}
	return p
}

// complete finds in the dates of the row what is missing of the period.
func (v *Validator) complete(fields [][]byte, p period) period {
	if p.year != "" && p.month >= 0 {
		return p
	}
	for _, at := range v.dates {
		day, ok := activity.ParseDate(trim(fields[at]))
		if !ok {
			continue
		}
		year, month, ok := activity.FinancialYearOf(day)
		if !ok {
			continue
		}
		n, _ := whole([]byte(month))
		switch {
		case p.year == "" && p.month < 0 && v.name.Year != "" && v.name.Year != year:
			return period{v.name.Year, -1, FromNowhere}
		case p.year == "" && p.month < 0:
			return period{year, n, FromDates}
		case p.year == "":
			return period{year, p.month, FromDates}
		}
		return period{p.year, n, FromDates}
	}
	return period{p.year, p.month, FromNowhere}
}

func (v *Validator) badRow(number int64, fault string) *Outcome {
	v.outcome = Outcome{Hits: v.outcome.Hits[:0], Month: -1}
	o := &v.outcome
	rule, known := v.rules.rule(fault)
	if !known {
		return o
	}
	o.Severity, o.Codes = rule.Severity, rule.ID
	o.Hits = append(o.Hits, Hit{rule, -1})
	v.tally.rows++
	v.flagged++
	if o.Severity >= RejectRow {
		v.rejected++
	}
	t := v.bad[rule.ID]
	if t == nil {
		t = &slotTally{}
		v.bad[rule.ID] = t
	}
	t.rows++
	t.sample(number, nil, false)
	return o
}

func (v *Validator) finish(others []*Validator) *Result {
	for _, o := range others {
		v.tally.merge(o.tally)
	}
	heading := v.heading()
	f := &fileState{binding: v.binding, tally: v.tally, heading: heading, name: v.name}
	r := &Result{Heading: heading, Rows: v.tally.rows, Rejected: v.rejected, Flagged: v.flagged, Money: v.tally.money, AtRisk: v.atRisk,
		Unknown: v.unknown, Rules: v.rules.Hash, Providers: v.providers()}
	on := v.dayOf(period{year: heading.Year, month: max(0, lastOf(heading.Months))})
	for _, rule := range v.fileOnes {
		if rule.holdsOn(on) {
			r.Findings = append(r.Findings, rule.made.file(rule, f)...)
		}
	}
	r.Findings = append(r.Findings, v.slotFindings()...)
	r.Findings = append(r.Findings, v.badFindings()...)
	r.settle()
	if r.Severity < RejectFile {
		r.Slices = v.sliceTotals()
	}
	return r
}

func lastOf(months []int) int {
	if len(months) == 0 {
		return 0
	}
	return months[len(months)-1]
}

func (v *Validator) slotFindings() (all []Finding) {
	for i := range v.tally.slots {
		t, slot := &v.tally.slots[i], &v.uses[i]
		if t.rows == 0 {
			continue
		}
		f := Finding{Rule: slot.rule.ID, Level: RowLevel, Severity: slot.rule.Severity, Remedy: slot.rule.Remedy, Rows: t.rows, Money: t.money, Samples: t.samples}
		if slot.rule.made.scope == ofField {
			f.Level = FieldLevel
		}
		if slot.column >= 0 {
			f.Column, f.Field = v.layout.Columns[slot.column], slot.rule.Field
			if f.Field == everyField {
				f.Field = v.columns[slot.column].field.ID
			}
		}
		value := t.samples[0].Value
		if t.samples[0].Hidden {
			value = "a value"
		}
		f.Message = slot.rule.explain(value, f.Column)
		all = append(all, f)
	}
	return all
}

func (v *Validator) badFindings() (all []Finding) {
	for _, id := range slices.Sorted(maps.Keys(v.bad)) {
		t := v.bad[id]
		rule, _ := v.rules.rule(id)
		all = append(all, Finding{Rule: id, Level: RowLevel, Severity: rule.Severity, Message: rule.explain("", ""), Remedy: rule.Remedy, Rows: t.rows, Samples: t.samples})
	}
	return all
}
