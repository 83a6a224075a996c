package warehouse

import (
	"bytes"
	"hash/maphash"

	"github.com/apache/arrow-go/v18/parquet"

	"remit/activity"
)

// numbering gives the distinct values of a column numbers while a group of rows
// is read. Where few rows share values it keeps the values of all rows instead.
type numbering struct {
	numbers []int32
	values  []parquet.ByteArray
	places  []int32 // hash table: place among values, counted from 1
	hashes  []uint32
	plain   bool
	last    int32
	rows    int // in the group before
	arena   []byte
}

const (
	// triedRows is after how many rows of a group a column is judged: when more
	// than half of them have values of their own, the values are kept as they are.
	triedRows  = 4096
	arenaBytes = 128 << 10
)

var numberSeed = maphash.MakeSeed()

// begin makes ready for another group. What the group before held is not used again.
func (n *numbering) begin() {
	if n.places == nil {
		n.places = make([]int32, 1<<10)
	}
	clear(n.places)
	n.hashes, n.values, n.numbers, n.arena, n.last = n.hashes[:0], nil, nil, nil, -1
	if !n.plain {
		n.numbers = make([]int32, 0, n.rows) // as many as in the group before
	}
}

// add takes the field of the next row, as it came.
func (n *numbering) add(field []byte) {
	if len(field) == 0 {
		n.absent()
		return
	}
	if field[0] == '"' {
		field = activity.Unquote(field)
	}
	if n.plain {
		n.values = append(n.values, n.keep(field))
		return
	}
	if n.last >= 0 && bytes.Equal(n.values[n.last], field) {
		n.numbers = append(n.numbers, n.last)
		return
	}
	n.last = n.find(field)
	n.numbers = append(n.numbers, n.last)
	if len(n.numbers) == triedRows && len(n.values) > triedRows/2 {
		n.spread()
	}
}

func (n *numbering) absent() {
	if n.plain {
		n.values = append(n.values, nil)
		return
	}
	n.numbers = append(n.numbers, -1)
}

func (n *numbering) find(field []byte) int32 {
	h := uint32(maphash.Bytes(numberSeed, field))
	mask := uint32(len(n.places) - 1)
	for at := h & mask; ; at = (at + 1) & mask {
		p := n.places[at]
		if p == 0 {
			n.places[at] = int32(len(n.values)) + 1
			break
		}
		if n.hashes[p-1] == h && bytes.Equal(n.values[p-1], field) {
			return p - 1
		}
	}
	n.values, n.hashes = append(n.values, n.keep(field)), append(n.hashes, h)
	if 2*len(n.values) > len(n.places) {
		n.grow()
	}
	return int32(len(n.values)) - 1
}

func (n *numbering) grow() {
	n.places = make([]int32, 4*len(n.places))
	mask := uint32(len(n.places) - 1)
	for i, h := range n.hashes {
		at := h & mask
		for n.places[at] != 0 {
			at = (at + 1) & mask
		}
		n.places[at] = int32(i) + 1
	}
}

// keep copies a value, which lies in a block that will be read over.
func (n *numbering) keep(field []byte) parquet.ByteArray {
	if n.arena == nil || len(n.arena)+len(field) > cap(n.arena) {
		n.arena = make([]byte, 0, max(arenaBytes, len(field)))
	}
	start := len(n.arena)
	n.arena = append(n.arena, field...)
	return n.arena[start:len(n.arena):len(n.arena)]
}

// spread turns numbers back into the values of all rows.
func (n *numbering) spread() {
	all := make([]parquet.ByteArray, len(n.numbers), 4*len(n.numbers))
	for row, p := range n.numbers {
		if p >= 0 {
			all[row] = n.values[p]
		}
	}
	n.plain, n.values, n.numbers = true, all, nil
}

func (n *numbering) group() Values {
	n.rows = max(len(n.numbers), len(n.values))
	if n.plain {
		return Values{distinct: n.values}
	}
	return Values{numbers: n.numbers, distinct: n.values}
}
