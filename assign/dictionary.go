package assign

import (
	"encoding/binary"
	"math/bits"

	"remit/register"
)

// dictionary remembers what the values of one column came to. Its size is
// bounded: a column with more distinct values than it can hold (postcodes of a
// whole country) forgets some, and works them out again when they come back.
type dictionary struct {
	entries []entry
	shift   uint
	count   int
	next    uint32
}

// entry is one distinct value. Values of up to 16 bytes, nearly all, are held
// in two words, so that comparing them costs two comparisons.
type entry struct {
	low, high uint64
	length    int32 // -1 when the slot is free
	id        uint32
	long      string
	versions  [2]version // the newest first: a file often alternates between two years
}

// version is what a value comes to on a range of assignment dates.
type version struct {
	from, to register.Day
	sum      key
	values   []uint32 // texts kept beside the class, as numbers
}

// key identifies a combination of classes: the sum of one random pair of words
// for each class. Two combinations share a sum with a chance below 1e-25 in a
// run with ten million combinations.
type key struct{ a, b uint64 }

func (k key) add(o key) key { return key{k.a + o.a, k.b + o.b} }

const (
	firstEntries = 1 << 9
	mostEntries  = 1 << 16
	probes       = 4
)

func newDictionary() *dictionary {
	d := &dictionary{}
	d.resize(firstEntries)
	return d
}

func (d *dictionary) resize(n int) {
	old := d.entries
	d.entries = make([]entry, n)
	for i := range d.entries {
		d.entries[i].length = -1
	}
	d.shift = uint(64 - bits.TrailingZeros(uint(n)))
	d.count = 0
	for i := range old {
		if old[i].length >= 0 {
			*d.place(old[i].low, old[i].high, old[i].length) = old[i]
		}
	}
}

// words reads up to 16 bytes of a field as two words. The buffer has slack
// behind every field, so that whole words can be read.
func words(buf []byte, start, length int) (low, high uint64) {
	b := buf[start : start+16 : cap(buf)]
	low = binary.LittleEndian.Uint64(b)
	if length < 8 {
		return low & (1<<(uint(length)*8) - 1), 0
	}
	high = binary.LittleEndian.Uint64(b[8:])
	if length < 16 {
		high &= 1<<(uint(length-8)*8) - 1
	}
	return low, high
}

func (d *dictionary) slot(low, high uint64, length int32) int {
	h := (low ^ bits.RotateLeft64(high, 23) ^ uint64(length)) * 0x9E3779B97F4A7C15
	return int(h >> d.shift)
}

// find gives the entry of a field and whether it was there. A new entry has no
// versions yet. Fields beyond 16 bytes are compared whole.
func (d *dictionary) find(buf []byte, start, end int) (*entry, bool) {
	length := int32(end - start)
	low, high := words(buf, start, int(length))
	if length > 16 {
		return d.findLong(low, high, buf[start:end])
	}
	at := d.slot(low, high, length)
	for i := 0; i < probes; i++ {
		e := &d.entries[(at+i)&(len(d.entries)-1)]
		if e.low == low && e.high == high && e.length == length {
			return e, true
		}
		if e.length < 0 {
			break
		}
	}
	return d.insert(low, high, length), false
}

func (d *dictionary) findLong(low, high uint64, field []byte) (*entry, bool) {
	length := int32(len(field))
	for i := 16; i+8 <= len(field); i += 8 { // fold the rest of the field in
		high = bits.RotateLeft64(high, 17) ^ binary.LittleEndian.Uint64(field[i:])*0x9E3779B97F4A7C15
	}
	at := d.slot(low, high, length)
	for i := 0; i < probes; i++ {
		e := &d.entries[(at+i)&(len(d.entries)-1)]
		if e.low == low && e.high == high && e.length == length && e.long == string(field) {
			return e, true
		}
	}
	e := d.insert(low, high, length)
	e.long = string(field)
	return e, false
}

func (d *dictionary) insert(low, high uint64, length int32) *entry {
	if d.count > len(d.entries)/2 && len(d.entries) < mostEntries {
		d.resize(len(d.entries) * 4)
	}
	e := d.place(low, high, length)
	d.next++
	*e = entry{low: low, high: high, length: length, id: d.next}
	for i := range e.versions {
		e.versions[i].from, e.versions[i].to = register.Latest, register.NoDay
	}
	return e
}

// place is the first free entry near where the value belongs, or the entry
// that gives way to it.
func (d *dictionary) place(low, high uint64, length int32) *entry {
	at := d.slot(low, high, length)
	for i := 0; i < probes; i++ {
		e := &d.entries[(at+i)&(len(d.entries)-1)]
		if e.length < 0 {
			d.count++
			return e
		}
	}
	return &d.entries[(at+int(low^high)&(probes-1))&(len(d.entries)-1)]
}
