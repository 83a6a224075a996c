package assign

import (
	"math"
	"math/bits"
	"strconv"

	"remit/activity"
	"remit/method"
	"remit/register"
)

// The inputs that every result shows beside the method's own answer.
const (
	watchCommissioner = iota
	watchCategory
	watchLine
)

var watched = []string{"submitted_commissioner", "submitted_category", "service_code"}

// engine decides rows by one method in one worker.
type engine struct {
	part       *method.Partition
	program    *method.Program
	record     *method.Record
	values     []string
	slots      []slot
	dateSlots  []int
	days       []dayMemo
	dateKnown  map[register.Day]key
	combos     *combinations
	outcomes   *outcomes
	texts      *texts
	classes    []map[string]key        // by slot; those of sharing that this worker has met
	answers    map[key][]method.Answer // of each class that this worker has met
	sharing    *sharing
	pairs      []method.Pair
	pairKeys   []key
	boards     boardMemo
	scratch    []byte
	row        int  // of the batch: the one whose places count
	carried    bool // a row lies after the activity that the method was published for
	batch      batch
	substitute *substitution
}

// slot is a column read by the method.
type slot struct {
	column    int
	dated     bool // what a value comes to depends on the assignment date
	givesDate bool // the assignment date depends on the value
	dict      *dictionary
}

// dayMemo remembers the assignment date of a combination of date fields.
type dayMemo struct {
	key  key
	sum  key // of the date's class
	date register.Day
	full bool
}

// answer is what the engine says of one row.
type answer struct {
	outcome   *outcome
	payer     uint32 // numbers of texts; 0 is blank
	submitted uint32
	category  uint32 // as submitted
	line      uint32
	agreement agreement
	date      register.Day
}

func newEngine(p *method.Program, pack *register.Pack, columns int, t *texts, o *outcomes, sh *sharing) *engine {
	part := method.Divide(p, watched...)
	e := &engine{
		part: part, program: p, record: p.NewRecord(), values: make([]string, columns),
		dateSlots: part.DateSlots, days: make([]dayMemo, 1<<12), dateKnown: map[register.Day]key{},
		combos: newCombinations(), outcomes: o, texts: t, pairs: part.Compare, answers: map[key][]method.Answer{}, sharing: sh,
		boards: boardMemo{table: pack.Table("sub_icb")},
	}
	for _, s := range part.Slots {
		e.classes = append(e.classes, map[string]key{})
		if s.Column != method.DateColumn {
			e.slots = append(e.slots, slot{column: s.Column, dated: s.Dated, dict: newDictionary(s.Kept())})
		}
	}
	for _, s := range part.DateSlots {
		e.slots[s].givesDate = true
	}
	for i := range part.Compare {
		e.pairKeys = append(e.pairKeys, sh.class(pairSlot, strconv.Itoa(i)))
	}
	e.batch.places = make([][batchRows]int32, len(e.slots))
	return e
}

// scatter is the finishing step of the SplitMix64 generator.
func scatter(n uint64) uint64 {
	n *= 0x9E3779B97F4A7C15
	n = (n ^ n>>30) * 0xBF58476D1CE4E5B9
	n = (n ^ n>>27) * 0x94D049BB133111EB
	return n ^ n>>31
}

// decide answers for one row of a block by itself.
func (e *engine) decide(x *activity.Index, row int) answer {
	e.row = 0
	e.lookUp(x, row)
	date, sum := e.date(x, row)
	for i := range e.slots {
		s := &e.slots[i]
		n := &s.dict.entries[e.place(i)]
		if n.from > date || date > n.to {
			e.classify(i, date, x, row)
			n = &s.dict.entries[e.place(i)]
		}
		sum.a += n.sum.a
		sum.b += n.sum.b
	}
	return e.conclude(sum, date, x, row)
}

// lookUp finds the place of every value read in the dictionary of its column.
func (e *engine) lookUp(x *activity.Index, row int) {
	for i := range e.slots {
		s := &e.slots[i]
		buf, start, end := e.field(x, row, s.column)
		at, known := s.dict.find(buf, start, end)
		e.setPlace(i, at)
		if !known {
			e.enter(i, string(buf[start:end]))
		}
	}
}

// enter works out what a new value comes to, if that is the same on every
// date; otherwise it is worked out when the date is known.
func (e *engine) enter(i int, value string) {
	if e.slots[i].dated {
		return
	}
	e.classifyValue(i, value, register.NoDay)
	n := &e.slots[i].dict.entries[e.place(i)]
	n.from, n.to = math.MinInt32, math.MaxInt32
}

// place is where the value of a slot stands in its dictionary, for the row at hand.
func (e *engine) place(slot int) int { return int(e.batch.places[slot][e.row]) }

func (e *engine) setPlace(slot, at int) { e.batch.places[slot][e.row] = int32(at) }

// field is the place of a field's text, without quotation marks.
func (e *engine) field(x *activity.Index, row, column int) (buf []byte, start, end int) {
	if e.substitute != nil {
		if text, ok := e.substitute.text(column); ok {
			return text, 0, len(text)
		}
	}
	start, end = x.Span(row, column)
	buf = x.Data()
	if start < end && buf[start] == '"' && x.Quoted() {
		text := activity.Unquote(buf[start:end])
		e.scratch = append(e.scratch[:0], text...)
		e.scratch = append(e.scratch, make([]byte, activity.Slack)...)
		return e.scratch[:len(text)], 0, len(text)
	}
	return buf, start, end
}

func (e *engine) text(x *activity.Index, row, column int) string {
	buf, start, end := e.field(x, row, column)
	return string(buf[start:end])
}

// date is the assignment date of the row and the sum of its class. It is worked
// out once for each combination of the places of the values that it depends on.
func (e *engine) date(x *activity.Index, row int) (register.Day, key) {
	var k key
	for _, s := range e.dateSlots {
		k.a = bits.RotateLeft64(k.a, 16) ^ uint64(e.place(s))
		k.b = k.b*0x9E3779B97F4A7C15 + uint64(e.place(s))
		k.b += e.slots[s].dict.changes << 40
	}
	m := e.day(k)
	if m.full && m.key == k {
		return m.date, m.sum
	}
	e.fill(x, row)
	e.record.Reset(e.values)
	date := e.record.AssignmentDate()
	*m = dayMemo{key: k, sum: e.dateSum(date), date: date, full: true}
	return m.date, m.sum
}

// day is where a combination is remembered, or the place to put it.
func (e *engine) day(k key) *dayMemo {
	home := int((k.a^k.a>>16^k.a>>32)*0x9E3779B97F4A7C15>>52) &^ 3
	for i := range 4 {
		if m := &e.days[home+i]; m.key == k || !m.full {
			return m
		}
	}
	return &e.days[home+int(k.b>>8&3)]
}

// fill puts the values of the row's columns where a record reads them.
func (e *engine) fill(x *activity.Index, row int) {
	for i := range e.slots {
		c := e.slots[i].column
		e.values[c] = e.text(x, row, c)
	}
}

// dateSum is the sum of the class of a date.
func (e *engine) dateSum(date register.Day) key {
	sum, ok := e.dateKnown[date]
	if !ok {
		slot := len(e.part.Slots) - 1
		sum = e.classKey(slot, e.part.Classify(e.record, slot, "", date))
		e.carried = e.carried || date > e.program.Method.To
		e.dateKnown[date] = sum
	}
	return sum
}

// classify makes the entry of a slot's value hold on the date.
func (e *engine) classify(i int, date register.Day, x *activity.Index, row int) {
	d := e.slots[i].dict
	if !d.entries[e.place(i)].fresh() {
		d.turn(e.place(i))
		if n := &d.entries[e.place(i)]; n.from <= date && date <= n.to {
			return
		}
	}
	e.classifyValue(i, e.text(x, row, e.slots[i].column), date)
}

func (e *engine) classifyValue(i int, value string, date register.Day) {
	e.record.Reset(e.values)
	c := e.part.Classify(e.record, i, value, date)
	d := e.slots[i].dict
	n := &d.entries[e.place(i)]
	n.from, n.to, n.sum = c.From, c.To, e.classKey(i, c)
	for j, text := range c.Values {
		d.setText(e.place(i), j, e.texts.number(text))
	}
}

func (e *engine) classKey(slot int, c method.Class) key {
	k, ok := e.classes[slot][c.Key]
	if !ok {
		k = e.sharing.class(slot, c.Key)
		e.classes[slot][c.Key] = k
		e.answers[k] = c.Answers
	}
	return k
}

// fresh gives a combination that this worker has not met: from the others, or
// worked out for the row at hand.
func (e *engine) fresh(sum key, date register.Day, x *activity.Index, row int) combination {
	if c, ok := e.sharing.find(sum); ok {
		return c
	}
	c := e.work(date, x, row)
	e.sharing.keep(sum, c)
	return c
}

// work decides a row whose combination of classes is new.
func (e *engine) work(date register.Day, x *activity.Index, row int) combination {
	e.fill(x, row)
	e.record.Reset(e.values)
	d := e.part.Decide(e.record, date, e.classAnswers(date))
	c := combination{outcome: e.outcomes.of(e.program.Method, &d), payer: source{slot: -1}}
	if d.Pays != nil {
		c.payer = e.pick(d.Pays)
	}
	c.submitted = e.pick(e.part.Watched(watchCommissioner))
	c.category = e.pick(e.part.Watched(watchCategory))
	c.line = e.pick(e.part.Watched(watchLine))
	return c
}

// classAnswers are the answers of the classes of the row at hand, by slot.
func (e *engine) classAnswers(date register.Day) [][]method.Answer {
	list := make([][]method.Answer, 0, len(e.slots)+1)
	for i := range e.slots {
		list = append(list, e.answers[e.slots[i].dict.entries[e.place(i)].sum])
	}
	return append(list, e.answers[e.dateKnown[date]])
}

func (e *engine) pick(n *method.Node) source {
	at, same, ok := e.part.Pick(e.record, n)
	if ok {
		return source{slot: int32(at.Slot), value: int32(at.Value)}
	}
	return source{slot: -1, value: int32(e.texts.number(same))}
}

func (e *engine) get(s source) uint32 {
	if s.slot < 0 {
		return uint32(s.value)
	}
	return e.slots[s.slot].dict.text(e.place(int(s.slot)), int(s.value))
}

func (e *engine) answer(c *combination, date register.Day) answer {
	a := answer{
		outcome: c.outcome, payer: e.get(c.payer), submitted: e.get(c.submitted),
		category: e.get(c.category), line: e.get(c.line), date: date,
	}
	a.agreement = e.agree(&a)
	return a
}

func (e *engine) agree(a *answer) agreement {
	switch {
	case a.payer == 0:
		return computedBlank
	case a.submitted == 0:
		return submittedBlank
	case a.submitted != a.payer && !e.boards.same(e.texts, a.payer, a.submitted, a.date):
		return payerDiffers
	case a.category != 0 && a.outcome.category != 0 && a.category != a.outcome.category:
		return categoryDiffers
	}
	return same
}

// boardMemo knows which integrated care board a sub-ICB location belongs to. A
// submitted board's code agrees with an assigned location of that board.
type boardMemo struct {
	table *register.Table
	known map[uint64]boardOf
}

type boardOf struct {
	same     bool
	from, to register.Day
}

func (b *boardMemo) same(t *texts, payer, submitted uint32, date register.Day) bool {
	k := uint64(payer)<<32 | uint64(submitted)
	if m, ok := b.known[k]; ok && m.from <= date && date <= m.to {
		return m.same
	}
	if b.known == nil || len(b.known) > 1<<16 {
		b.known = map[uint64]boardOf{}
	}
	f := b.table.Find(t.text(payer), date, 0)
	m := boardOf{from: f.From, to: f.To}
	m.same = f.Row != register.NoRow && b.table.Value(f.Row, b.table.Column("icb")) == t.text(submitted)
	b.known[k] = m
	return m.same
}
