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
	for _, s := range e.dateSlots {
		if !e.lookUpColumn(s, x, first, n) {
			return false
		}
	}
	for e.row = 0; e.row < n; e.row++ {
		e.batch.dates[e.row], e.batch.sums[e.row] = e.date(x, first+e.row)
	}
	for i := range e.slots {
		if !e.slots[i].givesDate && !e.lookUpColumn(i, x, first, n) {
			return false
		}
		if !e.addColumn(i, x, first, n) {
			return false
		}
	}
	if e.changes() != before { // an entry may hold on the date of another row only
		return false
	}
	e.addPairs(n)
	for e.row = 0; e.row < n; e.row++ {
		date := e.batch.dates[e.row]
		c := e.combination(e.batch.sums[e.row], date, x, first+e.row)
		e.batch.answers[e.row] = e.answer(c, date)
	}
	return true
}

// changes counts what has moved in the dictionaries.
func (e *engine) changes() uint64 {
	sum := uint64(0)
	for i := range e.slots {
		sum += e.slots[i].dict.changes
	}
	return sum
}

// lookUpColumn finds the places of one column's values. A value in quotation
// marks has an entry of its own. It gives false when an entry was moved.
func (e *engine) lookUpColumn(i int, x *activity.Index, first, n int) bool {
	s := &e.slots[i]
	d := s.dict
	before := d.changes
	places := &e.batch.places[i]
	data, ends, width := x.Data(), x.Ends(), x.Columns()
	for r, at := 0, first*width+s.column; r < n; r, at = r+1, at+width {
		start, end := int(ends[at]+1), int(ends[at+1])
		if end-start <= 15 {
			low, high := words(data, start, end-start)
			if n, ok := d.likely(hashWords(low, high)); ok {
				if v := &d.entries[n]; v.low == low && v.high == high {
					places[r] = int32(n)
					continue
				}
			}
		}
		e.row = r
		e.lookUpOne(i, x, first+r)
	}
	return d.changes == before
}

// lookUpOne finds the place of the value of the row at hand and enters it when
// it is new.
func (e *engine) lookUpOne(i int, x *activity.Index, row int) {
	start, end := x.Span(row, e.slots[i].column)
	at, known := e.slots[i].dict.find(x.Data(), start, end)
	e.setPlace(i, at)
	if !known {
		e.enter(i, e.text(x, row, e.slots[i].column))
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
			e.row = r
			if e.classify(i, date, x, first+r); e.slots[i].dict.entries[places[r]].from > date {
				return false
			}
		}
		e.batch.sums[r].a += v.sum.a
		e.batch.sums[r].b += v.sum.b
	}
	return true
}

// addPairs adds to the sums what comparisons between columns come to.
func (e *engine) addPairs(n int) {
	for i, p := range e.pairs {
		a, b := e.slots[p.A.Slot].dict, e.slots[p.B.Slot].dict
		atA, atB := &e.batch.places[p.A.Slot], &e.batch.places[p.B.Slot]
		for r := 0; r < n; r++ {
			if a.text(int(atA[r]), p.A.Value) == b.text(int(atB[r]), p.B.Value) {
				e.batch.sums[r] = e.batch.sums[r].add(e.pairKeys[i])
			}
		}
	}
}

// conclude finds or works out the answer of a row whose places are set.
func (e *engine) conclude(sum key, date register.Day, x *activity.Index, row int) answer {
	for i, p := range e.pairs {
		if e.at(p.A) == e.at(p.B) {
			sum = sum.add(e.pairKeys[i])
		}
	}
	return e.answer(e.combination(sum, date, x, row), date)
}

func (e *engine) combination(sum key, date register.Day, x *activity.Index, row int) *combination {
	if c := e.combos.find(sum); c != nil {
		return c
	}
	return e.combos.add(sum, e.fresh(sum, date, x, row))
}

func (e *engine) at(r method.PayRef) uint32 {
	return e.slots[r.Slot].dict.text(e.place(r.Slot), r.Value)
}
