package assign

import (
	"bytes"
	"fmt"
	"math/bits"

	"remit/activity"
	"remit/method"
	"remit/register"
)

// layoutPlan is how the rows of one file are read and written.
type layoutPlan struct {
	file    string
	columns int
	delim   byte
	quotes  bool
	methods []*method.Method // the run's method, then the one set beside it
	binding method.Binding
	sharing []*sharing // by method
	cost    int        // column of the cost, or -1
	order   []int      // output column to column of the file, or -1; nil: rows pass through as they are
	spell   *spellColumns
	keys    overrideColumns
	also    []RowWriter // by worker
}

// block is a run of whole rows on its way through the program.
type block struct {
	seq  int
	plan *layoutPlan
	data []byte
}

// done is a block that has been decided.
type done struct {
	block
	out     []byte
	rows    int
	faults  []activity.RowError
	samples []blockSample
	err     error
}

// blockSample is a row of a block that carries a warning.
type blockSample struct{ warning, row int }

// worker decides blocks.
type worker struct {
	pack      *register.Pack
	texts     *texts
	outcomes  []*outcomes // by method
	tally     *tally
	index     activity.Index
	engines   map[*layoutPlan][]*engine
	overrides *Overrides
	spells    *spellBook
	emit      bool // rows are written
	sub       substitution
	current   *layoutPlan
	episodes  *spellReader
	costs     [batchRows]activity.Amount
	number    int // among the workers
	handed    Row // that also hands over
	seq       int // of the block
	standing  [batchRows]InSpell
}

func newWorker(r *run) *worker {
	w := &worker{pack: r.job.Pack, texts: newTexts(r.texts), outcomes: r.outcomes, tally: newTally(), engines: map[*layoutPlan][]*engine{}, overrides: r.job.Overrides, spells: r.spells, emit: r.emit}
	return w
}

func (w *worker) enginesFor(p *layoutPlan) []*engine {
	if known, ok := w.engines[p]; ok {
		return known
	}
	var list []*engine
	for i, m := range p.methods {
		list = append(list, newEngine(method.Bind(m, p.binding), w.pack, p.columns, w.texts, w.outcomes[i], p.sharing[i]))
	}
	w.engines[p] = list
	return list
}

// process decides the rows of a block.
func (w *worker) process(b block, out []byte) (d done) {
	d.block = b
	defer func() {
		// A fault in the program must not leave half a file behind, nor hang the others.
		if p := recover(); p != nil {
			d.err = fmt.Errorf("deciding a row of %s: %v", b.plan.file, p)
		}
	}()
	d.faults = w.index.Read(b.data, b.plan.delim, b.plan.columns, b.plan.quotes)
	d.rows = w.index.Rows()
	if d.faults != nil {
		return d
	}
	engines := w.enginesFor(b.plan)
	w.current, w.seq = b.plan, b.seq
	d.out = out[:0]
	kept := &samples{done: &d}
	for first := 0; first < d.rows; first += batchRows {
		n := min(batchRows, d.rows-first)
		if b.plan.spell == nil {
			for _, e := range engines {
				e.decideBatch(&w.index, first, n)
			}
		} else {
			w.decideEpisodes(engines, b.plan, first, n)
		}
		w.finish(&d, kept, engines, first, n)
	}
	return d
}

// decideEpisodes decides rows one by one, each with the fields of its spell.
func (w *worker) decideEpisodes(engines []*engine, p *layoutPlan, first, n int) {
	for r := 0; r < n; r++ {
		w.substitute(engines, p, first+r, &w.standing[r])
		for _, e := range engines {
			e.batch.answers[r] = e.decide(&w.index, first+r)
		}
	}
}

// finish counts and writes the rows of a batch, each in a loop of its own, so
// that the processor can wait for many counts at once.
func (w *worker) finish(d *done, s *samples, engines []*engine, first, n int) {
	answers := engines[0].batch.answers[:n]
	for r := range answers {
		a := &answers[r]
		w.override(a, d.plan, first+r)
		cost, bad := w.cost(d.plan, first+r)
		if bad {
			w.warnCost(a)
		}
		w.costs[r] = cost
		s.note(a.outcome.kind.bits, first+r)
	}
	w.tally.add(answers, w.costs[:n])
	if len(engines) > 1 {
		for r := range answers {
			w.tally.pair(&answers[r], &engines[1].batch.answers[r], w.costs[r])
		}
	}
	if !w.emit {
		return
	}
	for r := range answers {
		d.out = w.row(d.out, d.plan, first+r)
		d.out = answers[r].write(d.out, w.texts)
		if d.plan.also != nil {
			d.out = w.also(d.out, d, &answers[r], &w.standing[r], first+r)
		}
	}
}

// samples keeps the first rows of a block that carry each warning.
type samples struct {
	done   *done
	full   uint64 // warnings with enough samples
	counts [64]uint8
}

func (s *samples) note(warnings uint64, row int) {
	for fresh := warnings &^ s.full; fresh != 0; fresh &= fresh - 1 {
		bit := bits.TrailingZeros64(fresh)
		s.done.samples = append(s.done.samples, blockSample{bit, row})
		if s.counts[bit]++; s.counts[bit] == mostSamples {
			s.full |= 1 << bit
		}
	}
}

// cost reads the row's cost. A cost that cannot be read counts as nothing, and says so.
func (w *worker) cost(p *layoutPlan, row int) (activity.Amount, bool) {
	if p.cost < 0 {
		return activity.Amount{}, false
	}
	field := w.index.Field(row, p.cost)
	if p.quotes {
		field = activity.Unquote(field)
	}
	amount, _, err := activity.ParseAmount(field)
	return amount, err != nil
}

// warnCost adds the one warning that does not come from the method.
func (w *worker) warnCost(a *answer) {
	k := a.outcome.kind
	k.Warnings = append(k.Warnings[:len(k.Warnings):len(k.Warnings)], costUnreadable)
	k.bits |= costBit
	a.outcome = w.outcomes[0].add(k)
	w.tally.unpriced++
}

const (
	costUnreadable = "cost_unreadable"
	costBit        = 1 << 63
)

// row writes the columns of a row as they came, or in the order of the output.
func (w *worker) row(dst []byte, p *layoutPlan, row int) []byte {
	if p.order == nil {
		return append(dst, w.index.Row(row)...)
	}
	for i, c := range p.order {
		if i > 0 {
			dst = append(dst, ',')
		}
		if c >= 0 {
			dst = appendField(dst, w.index.Field(row, c), p.quotes)
		}
	}
	return dst
}

// appendField writes a field with commas as delimiter.
func appendField(dst, field []byte, quotes bool) []byte {
	if quotes && len(field) > 0 && field[0] == '"' || !bytes.ContainsAny(field, ",\"\r\n") {
		return append(dst, field...)
	}
	return append(dst, quote(string(field))...)
}
