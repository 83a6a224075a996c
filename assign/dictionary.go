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
	texts   []uint32  // by entry: the texts kept beside the class, as numbers
	stride  int       // texts for each entry
	older   []version // by entry: what the value came to on other dates
	long    []string  // by entry: values beyond 16 bytes
	shift   uint
	count   int
	next    uint32
}

// entry is one distinct value and what it comes to on a range of dates. Values
// of up to 16 bytes, nearly all, are held in two words, so that comparing them
// costs two comparisons. It fits in a cache line with little to spare.
type entry struct {
	low, high uint64
	sum       key
	from, to  register.Day
	length    int32  // -1 when the entry is free
	id        uint32 // another for each value ever entered
}

// version is what a value comes to on a range of assignment dates.
type version struct {
	from, to register.Day
	sum      key
	texts    []uint32
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

func newDictionary(stride int) *dictionary {
	d := &dictionary{stride: stride}
	d.allocate(firstEntries)
	return d
}

func (d *dictionary) allocate(n int) {
	d.entries = make([]entry, n)
	d.texts = make([]uint32, n*d.stride)
	d.older = make([]version, n)
	d.long = make([]string, n)
	d.shift = uint(64 - bits.TrailingZeros(uint(n)))
	d.count = 0
	for i := range d.entries {
		d.entries[i].length = -1
	}
}

// grow moves everything to a table four times as large. What finds no place
// there is forgotten.
func (d *dictionary) grow() {
	old := *d
	d.allocate(4 * len(old.entries))
	for i := range old.entries {
		e := &old.entries[i]
		if e.length < 0 {
			continue
		}
		at := d.free(e.low, e.high, e.length)
		if at < 0 {
			continue
		}
		d.count++
		d.entries[at], d.older[at], d.long[at] = *e, old.older[i], old.long[i]
		copy(d.textsOf(at), old.textsOf(i))
	}
}

// textsOf are the texts kept for an entry.
func (d *dictionary) textsOf(at int) []uint32 { return d.texts[at*d.stride : (at+1)*d.stride] }

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

func (d *dictionary) home(low, high uint64, length int32) int {
	h := (low ^ bits.RotateLeft64(high, 23) ^ uint64(length)) * 0x9E3779B97F4A7C15
	return int(h >> d.shift)
}

// find gives the place of a field's entry and whether it was there. A new
// entry holds on no date yet. Fields beyond 16 bytes are compared whole.
func (d *dictionary) find(buf []byte, start, end int) (at int, known bool) {
	length := int32(end - start)
	low, high := words(buf, start, int(length))
	if length > 16 {
		return d.findLong(low, high, buf[start:end])
	}
	mask := len(d.entries) - 1
	at = d.home(low, high, length)
	for i := 0; i < probes; i++ {
		e := &d.entries[at&mask]
		if e.low == low && e.high == high && e.length == length {
			return at & mask, true
		}
		at++
	}
	return d.insert(low, high, length), false
}

func (d *dictionary) findLong(low, high uint64, field []byte) (at int, known bool) {
	length := int32(len(field))
	for i := 16; i+8 <= len(field); i += 8 { // fold the rest of the field in
		high = bits.RotateLeft64(high, 17) ^ binary.LittleEndian.Uint64(field[i:])*0x9E3779B97F4A7C15
	}
	mask := len(d.entries) - 1
	at = d.home(low, high, length)
	for i := 0; i < probes; i++ {
		e := &d.entries[at&mask]
		if e.low == low && e.high == high && e.length == length && d.long[at&mask] == string(field) {
			return at & mask, true
		}
		at++
	}
	at = d.insert(low, high, length)
	d.long[at] = string(field)
	return at, false
}

func (d *dictionary) insert(low, high uint64, length int32) int {
	at := d.free(low, high, length)
	for at < 0 && len(d.entries) < mostEntries {
		d.grow()
		at = d.free(low, high, length)
	}
	if at < 0 { // full: an entry near by gives way, not always the same one
		at = (d.home(low, high, length) + int(d.next)%probes) & (len(d.entries) - 1)
	} else {
		d.count++
	}
	d.next++
	d.entries[at] = entry{low: low, high: high, length: length, id: d.next, from: register.Latest, to: register.NoDay}
	d.older[at] = version{from: register.Latest, to: register.NoDay}
	d.long[at] = ""
	return at
}

// free is a free place near where the value belongs, or -1. A table is kept at
// most half full, so that values are found at once.
func (d *dictionary) free(low, high uint64, length int32) int {
	if d.count > len(d.entries)/2 && len(d.entries) < mostEntries {
		return -1
	}
	at := d.home(low, high, length)
	for i := 0; i < probes; i++ {
		if p := (at + i) & (len(d.entries) - 1); d.entries[p].length < 0 {
			return p
		}
	}
	return -1
}

// turn brings the older version of an entry to the front and puts the front
// one behind it: a file often alternates between two years.
func (d *dictionary) turn(at int) {
	e, o := &d.entries[at], &d.older[at]
	front := version{e.from, e.to, e.sum, append([]uint32(nil), d.textsOf(at)...)}
	e.from, e.to, e.sum = o.from, o.to, o.sum
	copy(d.textsOf(at), o.texts)
	*o = front
}
