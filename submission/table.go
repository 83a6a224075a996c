package submission

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// values holds the distinct values of a column with what was found out about
// each, so that rules are asked once for a value and not once for a row. A
// column with too many is given up: its values are asked about as they come.
type values struct {
	index   []uint32 // 1 + place in entries, 0 for free; a power of two long
	entries []entry
	last    int // the entry of the row before: many columns hold one value for long
	asked   int
	full    bool
}

type entry struct {
	hash     uint64
	value    []byte
	mask     uint64  // predicates that it makes true
	verdict  int32   // of a column whose answers depend on the value alone
	verdicts []int32 // of another, by context; see validator.go
}

// Identifiers and prices differ from row to row: a column is given up when it
// has more values than this, or more than half as many as were asked for. Codes
// of practices, the longest list, are fewer.
const (
	mostValues = 1 << 14
	fewValues  = 1 << 10
)

func newValues() values { return values{index: make([]uint32, 64)} }

// same gives the entry of the row before when the value is the same again.
func (t *values) same(value []byte) *entry {
	if t.last < len(t.entries) && string(t.entries[t.last].value) == string(value) {
		return &t.entries[t.last]
	}
	return nil
}

// find gives the entry of a value and whether it was there before; nil when the
// column has been given up.
func (t *values) find(hash uint64, value []byte) (e *entry, known bool) {
	if t.full {
		return nil, false
	}
	t.asked++
	mask := uint64(len(t.index) - 1)
	for at := hash & mask; ; at = (at + 1) & mask {
		n := t.index[at]
		if n == 0 {
			break
		}
		if e := &t.entries[n-1]; e.hash == hash && bytes.Equal(e.value, value) {
			t.last = int(n - 1)
			return e, true
		}
	}
	return t.add(hash, value), false
}

func (t *values) add(hash uint64, value []byte) *entry {
	n := len(t.entries)
	if n == mostValues || n >= fewValues && t.asked < 2*n {
		*t = values{full: true}
		return nil
	}
	if 2*n >= len(t.index) {
		t.index = make([]uint32, 2*len(t.index))
		for i := range t.entries {
			t.place(t.entries[i].hash, uint32(i+1))
		}
	}
	t.entries = append(t.entries, entry{hash: hash, value: bytes.Clone(value)})
	t.place(hash, uint32(n+1))
	t.last = n
	return &t.entries[n]
}

func (t *values) place(hash uint64, n uint32) {
	mask := uint64(len(t.index) - 1)
	at := hash & mask
	for t.index[at] != 0 {
		at = (at + 1) & mask
	}
	t.index[at] = n
}

const (
	hashA = 0x9E3779B97F4A7C15
	hashB = 0xD1B54A32D192ED03
)

// hashOf mixes the bytes of a value eight at a time. It is the same in every
// run, as results must be.
func hashOf(b []byte) uint64 {
	h := uint64(len(b)) * hashA
	for len(b) > 8 {
		h = mix(h ^ binary.LittleEndian.Uint64(b))
		b = b[8:]
	}
	var tail uint64
	switch {
	case len(b) == 8:
		tail = binary.LittleEndian.Uint64(b)
	case len(b) >= 4:
		tail = uint64(binary.LittleEndian.Uint32(b)) | uint64(binary.LittleEndian.Uint32(b[len(b)-4:]))<<32
	case len(b) > 0:
		tail = uint64(b[0]) | uint64(b[len(b)/2])<<8 | uint64(b[len(b)-1])<<16
	}
	return mix(h ^ tail)
}

func mix(x uint64) uint64 {
	high, low := bits.Mul64(x^hashB, hashA)
	return high ^ low
}
