package assign

import (
	"cmp"
	"slices"
	"sort"
	"strings"

	"remit/activity"
)

// tally counts rows and money by everything that a report shows.
type tally struct {
	rows, unpriced int64
	cost           activity.Amount
	cells          counts
	pairs          map[pairKey]*cell
}

type cellKey struct {
	outcome                          *outcome
	payer, submitted, category, line uint32
	agreement                        agreement
}

type pairKey struct {
	a, b           *outcome
	payerA, payerB uint32
}

type cell struct {
	rows int64
	cost activity.Amount
}

// warned keeps the first rows that carry a warning.
type warned struct{ samples []Sample }

// Sample is a row of an input file; 1 is the first row after the header.
type Sample struct {
	File string `json:"file"`
	Row  int64  `json:"row"`
}

// mostSamples is how many rows a report names for each warning.
const mostSamples = 5

// counts is a table of cells by key, open and in one piece: it is touched for
// every row, which is why it is not a map.
type counts struct {
	list  []counted
	count int
}

type counted struct {
	cellKey
	cell
}

func (k *cellKey) hash() uint64 {
	h := (uint64(k.payer)<<32 | uint64(k.submitted)) * 0x9E3779B97F4A7C15
	h ^= h >> 29
	h += uint64(k.line)<<24 ^ uint64(k.outcome.id)<<8 ^ uint64(k.category)<<3 ^ uint64(k.agreement)
	h *= 0xD6E8FEB86659FD93
	return h ^ h>>32
}

// at is the cell of a key, made when it is new.
func (c *counts) at(k cellKey) *cell {
	if c.count >= len(c.list)*3/4 {
		c.grow()
	}
	mask := uint64(len(c.list) - 1)
	for i := k.hash() & mask; ; i = (i + 1) & mask {
		n := &c.list[i]
		if n.cellKey == k {
			return &n.cell
		}
		if n.outcome == nil {
			n.cellKey = k
			c.count++
			return &n.cell
		}
	}
}

func (c *counts) grow() {
	old := c.list
	c.list, c.count = make([]counted, max(1024, 2*len(old))), 0
	for i := range old {
		if old[i].outcome != nil {
			*c.at(old[i].cellKey) = old[i].cell
		}
	}
}

// all gives every key with its cell.
func (c *counts) all(yield func(cellKey, *cell) bool) {
	for i := range c.list {
		if n := &c.list[i]; n.outcome != nil && !yield(n.cellKey, &n.cell) {
			return
		}
	}
}

func (c *cell) add(rows int64, cost activity.Amount) {
	c.rows += rows
	c.cost = c.cost.Add(cost)
}

func newTally() *tally { return &tally{pairs: map[pairKey]*cell{}} }

func (t *tally) add(a *answer, cost activity.Amount) {
	t.rows++
	t.cost = t.cost.Add(cost)
	t.cells.at(cellKey{a.outcome, a.payer, a.submitted, a.category, a.line, a.agreement}).add(1, cost)
}

func (t *tally) pair(a, b *answer, cost activity.Amount) {
	t.pairAt(pairKey{a.outcome, b.outcome, a.payer, b.payer}).add(1, cost)
}

func (t *tally) pairAt(k pairKey) *cell {
	c := t.pairs[k]
	if c == nil {
		c = &cell{}
		t.pairs[k] = c
	}
	return c
}

// merge adds what another worker counted.
func (t *tally) merge(o *tally) {
	t.rows += o.rows
	t.unpriced += o.unpriced
	t.cost = t.cost.Add(o.cost)
	for k, c := range o.cells.all {
		t.cells.at(k).add(c.rows, c.cost)
	}
	for k, c := range o.pairs {
		t.pairAt(k).add(c.rows, c.cost)
	}
}

// Summary is what a run came to.
type Summary struct {
	Rows     int64
	Cost     activity.Amount // sum of the cost column over all rows
	Costed   bool            // the files have a cost column
	Unpriced int64           // rows whose cost could not be read
	Cells    []Cell          // in a fixed order
	Warnings []WarningCount  // in the method's order, those that occurred
	Against  *Against        // the other method, if one was set beside
}

// Cell counts the rows that agree in everything shown.
type Cell struct {
	*Kind
	Commissioner      string // assigned; blank: none
	Submitted         string
	SubmittedCategory string
	Line              string // service code as submitted
	Agreement         string
	Rows              int64
	Cost              activity.Amount
}

// WarningCount counts the rows that carry a warning and names the first.
type WarningCount struct {
	Code, Says, Do string
	Rows           int64
	Cost           activity.Amount
	Samples        []Sample
}

// Against counts rows by what two methods say of them.
type Against struct {
	Method string
	Cells  []PairCell
}

// PairCell is a group of rows by the answers of two methods.
type PairCell struct {
	Ours, Theirs Side
	Rows         int64
	Cost         activity.Amount
}

// Side is one method's answer.
type Side struct{ Commissioner, Category, Outcome, Trace string }

func (t *tally) cellList(names *texts) []Cell {
	list := make([]Cell, 0, t.cells.count)
	for k, c := range t.cells.all {
		list = append(list, Cell{
			Kind: &k.outcome.kind, Commissioner: names.text(k.payer), Submitted: names.text(k.submitted),
			SubmittedCategory: names.text(k.category), Line: names.text(k.line),
			Agreement: Agreements[k.agreement], Rows: c.rows, Cost: c.cost,
		})
	}
	slices.SortFunc(list, func(a, b Cell) int { return a.compare(&b) })
	return list
}

// compare orders cells by what is shown of them.
func (c *Cell) compare(o *Cell) int {
	for _, pair := range [...][2]*string{
		{&c.Commissioner, &o.Commissioner}, {&c.Submitted, &o.Submitted}, {&c.Line, &o.Line}, {&c.Category, &o.Category},
		{&c.Outcome, &o.Outcome}, {&c.Trace, &o.Trace}, {&c.Source, &o.Source}, {&c.SubmittedCategory, &o.SubmittedCategory}, {&c.Agreement, &o.Agreement},
	} {
		if d := strings.Compare(*pair[0], *pair[1]); d != 0 {
			return d
		}
	}
	return cmp.Compare(c.bits, o.bits)
}

func (t *tally) pairList(names *texts) []PairCell {
	list := make([]PairCell, 0, len(t.pairs))
	joined := map[[2]Side]int{}
	for k, c := range t.pairs {
		ours, theirs := k.a.side(names.text(k.payerA)), k.b.side(names.text(k.payerB))
		at, ok := joined[[2]Side{ours, theirs}]
		if !ok {
			at = len(list)
			joined[[2]Side{ours, theirs}] = at
			list = append(list, PairCell{Ours: ours, Theirs: theirs})
		}
		list[at].Rows += c.rows
		list[at].Cost = list[at].Cost.Add(c.cost)
	}
	sort.Slice(list, func(i, j int) bool {
		a, b := &list[i], &list[j]
		if a.Ours != b.Ours {
			return a.Ours.text() < b.Ours.text()
		}
		return a.Theirs.text() < b.Theirs.text()
	})
	return list
}

func (o *outcome) side(payer string) Side {
	k := o.kind
	return Side{payer, k.Category, outcomeText(k.Outcome, payer), k.Trace}
}

func (s Side) text() string {
	return s.Commissioner + "\x00" + s.Category + "\x00" + s.Outcome + "\x00" + s.Trace
}
