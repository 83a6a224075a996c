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

// cellKey tells rows apart that a report tells apart. It holds numbers only, so
// that the collector of garbage has nothing to follow in a table of cells.
type cellKey struct {
	outcome                          uint32 // its id
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

// counts is a table of cells by key.
type counts struct {
	finder
	chunks [][]counted // of chunkCells each, so that cells are never moved
}

const chunkCells = 1 << 10

type counted struct {
	cellKey
	cell
}

func (k *cellKey) hash() uint64 {
	h := (uint64(k.payer)<<32 | uint64(k.submitted)) * 0x9E3779B97F4A7C15
	h ^= h >> 29
	h += uint64(k.line)<<24 ^ uint64(k.outcome)<<8 ^ uint64(k.category)<<3 ^ uint64(k.agreement)
	h *= 0xD6E8FEB86659FD93
	return h ^ h>>32
}

// nth is the nth cell that was met.
func (c *counts) nth(n int) *counted { return &c.chunks[n/chunkCells][n%chunkCells] }

// addAll counts the rows of a batch. It goes over them step by step, so that
// the processor can wait for the cells of many rows at once.
func (c *counts) addAll(answers []answer, costs []activity.Amount) {
	var keys [batchRows]cellKey
	var hashes [batchRows]uint64
	var likely [batchRows]int // -1: not found at once
	for r := range answers {
		keys[r] = answers[r].cell()
		hashes[r] = keys[r].hash()
		n, ok := c.likely(hashes[r])
		if !ok {
			n = -1
		}
		likely[r] = n
	}
	for r := range answers {
		if n := likely[r]; n >= 0 {
			if cell := c.nth(n); cell.cellKey == keys[r] {
				cell.add(1, costs[r])
				continue
			}
		}
		c.at(&keys[r], hashes[r]).add(1, costs[r])
	}
}

// at is the cell of a key, made when it is new.
func (c *counts) at(k *cellKey, hash uint64) *counted {
	for at := c.home(hash); ; {
		n, ok := c.next(hash, &at)
		if !ok {
			break
		}
		if cell := c.nth(n); cell.cellKey == *k {
			return cell
		}
	}
	if c.full() {
		c.grow(func(n int) uint64 { return c.nth(n).hash() })
	}
	if c.count%chunkCells == 0 {
		c.chunks = append(c.chunks, make([]counted, chunkCells))
	}
	c.put(hash, c.count)
	cell := c.nth(c.count - 1)
	cell.cellKey = *k
	return cell
}

// all gives every cell.
func (c *counts) all(yield func(*counted) bool) {
	for n := range c.count {
		if !yield(c.nth(n)) {
			return
		}
	}
}

func (c *cell) add(rows int64, cost activity.Amount) {
	c.rows += rows
	c.cost = c.cost.Add(cost)
}

func newTally() *tally { return &tally{cells: counts{finder: newFinder()}, pairs: map[pairKey]*cell{}} }

// add counts the rows of a batch.
func (t *tally) add(answers []answer, costs []activity.Amount) {
	t.rows += int64(len(answers))
	for r := range answers {
		t.cost = t.cost.Add(costs[r])
	}
	t.cells.addAll(answers, costs)
}

func (a *answer) cell() cellKey {
	return cellKey{a.outcome.id, a.payer, a.submitted, a.category, a.line, a.agreement}
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
	for c := range o.cells.all {
		t.cells.at(&c.cellKey, c.hash()).add(c.rows, c.cost)
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

// cellList gives the cells in the order of what is shown of them.
func (t *tally) cellList(names *texts, outcomes *outcomes) []Cell {
	texts, kinds := names.ranks(), outcomes.ranks()
	agreements := rank(len(Agreements), func(a, b int) int { return strings.Compare(Agreements[a], Agreements[b]) })
	type place struct {
		who, what uint64 // two texts each; line, then outcome
		rest      uint64 // submitted category and agreement
		of        *counted
	}
	order := make([]place, 0, t.cells.count)
	for c := range t.cells.all {
		order = append(order, place{
			who:  uint64(texts[c.payer])<<32 | uint64(texts[c.submitted]),
			what: uint64(texts[c.line])<<32 | uint64(kinds[c.outcome]),
			rest: uint64(texts[c.category])<<8 | uint64(agreements[c.agreement]),
			of:   c,
		})
	}
	slices.SortFunc(order, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.who, b.who), cmp.Compare(a.what, b.what), cmp.Compare(a.rest, b.rest))
	})
	list := make([]Cell, len(order))
	for i, at := range order {
		c := at.of
		list[i] = Cell{
			Kind: &outcomes.all[c.outcome].kind, Commissioner: names.text(c.payer), Submitted: names.text(c.submitted),
			SubmittedCategory: names.text(c.category), Line: names.text(c.line),
			Agreement: Agreements[c.agreement], Rows: c.rows, Cost: c.cost,
		}
	}
	return list
}

// rank numbers things in an order; equal things have the same number.
func rank(n int, compare func(a, b int) int) []uint32 {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, compare)
	ranks := make([]uint32, n)
	for i := 1; i < n; i++ {
		ranks[order[i]] = ranks[order[i-1]]
		if compare(order[i-1], order[i]) != 0 {
			ranks[order[i]]++
		}
	}
	return ranks
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
