package assign

import (
	"remit/activity"
	"remit/method"
	"remit/register"
)

// batchRows is how many rows are decided together. Going column by column
// over a batch, the processor waits for many dictionary entries at once and
// not for one after the other.
const batchRows = 128

// batch is the scratch space of decideBatch.
type batch struct {
	places  [][batchRows]int32 // by slot
	dates   [batchRows]register.Day
	sums    [batchRows]key
	answers [batchRows]answer
}

// decideBatch answers for n rows from the first. It does what decide does for
// each of them. Where working out a new value moves an entry that an earlier
// row of the batch rests on, the whole batch is decided again row by row.
func (e *engine) decideBatch(x *activity.Index, first, n int) []answer {
	answers := e.batch.answers[:n]
	if e.substitute != nil || !e.decideColumns(x, first, n) {
		for r := range answers {
			answers[r] = e.decide(x, first+r)
		}
	}
	return answers
}

// decideColumns is decideBatch while no entry moves; else it gives false.
func (e *engine) decideColumns(x *activity.Index, first, n int) bool {
	before := e.changes()
	for i := range e.slots {
		e.lookUpColumn(i, x, first, n)
	}
	if e.changes() != before {
		return false
	}
	for r := 0; r < n; r++ {
		for _, s := range e.dateSlots {
			e.places[s] = int(e.batch.places[s][r])
		}
		e.batch.dates[r] = e.date(x, first+r)
		e.batch.sums[r] = e.dateVersion(e.batch.dates[r]).sum
	}
	for i := range e.slots {
		if !e.addColumn(i, x, first, n) {
			return false
		}
	}
	for r := 0; r < n; r++ {
		e.batch.answers[r] = e.combine(r, x, first+r)
	}
	return e.changes() == before
}

// changes counts what has moved in the dictionaries.
func (e *engine) changes() uint64 {
	sum := uint64(0)
	for i := range e.slots {
		sum += e.slots[i].dict.changes
	}
	return sum
}

// lookUpColumn finds the places of one column's values.
func (e *engine) lookUpColumn(i int, x *activity.Index, first, n int) {
	s := &e.slots[i]
	d := s.dict
	places := &e.batch.places[i]
	quoted := x.Quoted()
	for r := 0; r < n; r++ {
		start, end := x.Span(first+r, s.column)
		buf := x.Data()
		if quoted && start < end && buf[start] == '"' {
			buf, start, end = e.field(x, first+r, s.column)
		}
		at, known := d.find(buf, start, end)
		places[r] = int32(at)
		if !known {
			e.places[i] = at
			e.enter(i, string(buf[start:end]))
		}
	}
}

// addColumn adds what the values of one column come to, on the date of each
// row, to the sums. It gives false when a value held on another date only.
func (e *engine) addColumn(i int, x *activity.Index, first, n int) bool {
	entries := e.slots[i].dict.entries
	places := &e.batch.places[i]
	for r := 0; r < n; r++ {
		v := &entries[places[r]]
		if date := e.batch.dates[r]; v.from > date || date > v.to {
			e.places[i] = int(places[r])
			if e.classify(i, date, x, first+r); e.slots[i].dict.entries[places[r]].from > date {
				return false
			}
		}
		e.batch.sums[r].a += v.sum.a
		e.batch.sums[r].b += v.sum.b
	}
	return true
}

// combine answers for one row of the batch from its sum.
func (e *engine) combine(r int, x *activity.Index, row int) answer {
	for i := range e.slots {
		e.places[i] = int(e.batch.places[i][r])
	}
	return e.conclude(e.batch.sums[r], e.batch.dates[r], x, row)
}

// conclude finds or works out the answer of a row whose places are set.
func (e *engine) conclude(sum key, date register.Day, x *activity.Index, row int) answer {
	for i, p := range e.pairs {
		if e.at(p.A) == e.at(p.B) {
			sum = sum.add(e.pairKeys[i])
		}
	}
	c := e.combos.find(sum)
	if c == nil {
		c = e.combos.add(sum, e.fresh(sum, date, x, row))
	}
	return e.answer(c, date)
}

func (e *engine) at(r method.PayRef) uint32 {
	return e.slots[r.Slot].dict.text(e.places[r.Slot], r.Value)
}
