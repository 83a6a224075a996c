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
	kept    int             // texts kept beside the class of each value
	more    []uint32        // by entry: the texts for which the entry has no room
	older   map[int]version // by entry: what the value came to on other dates
	long    map[int]string  // by entry: values of 16 bytes and more
	shift   uint
	count   int
	// changes counts how often an entry was given to another value, moved or made
	// to hold on other dates: what was noted of places before may not hold now.
	changes uint64
}

// entry is one distinct value and what it comes to on a range of dates. Values
// of up to 15 bytes, nearly all, are held in two words with their length in the
// last byte, so that comparing them costs two comparisons. An entry fills a
// cache line: a row costs one line for each column.
type entry struct {
	low, high uint64 // high is 0 when the entry is free, as no length is
	sum       key
	from, to  register.Day
	texts     [inline]uint32 // texts kept beside the class, as numbers
}

const inline = 6

// fresh says that the entry holds on no date yet.
func (e *entry) fresh() bool { return e.from == register.Latest }

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
	firstEntries = 1 << 8
	mostEntries  = 1 << 16
	probes       = 16 // how far from its home a value may stand
)

func newDictionary(kept int) *dictionary {
	d := &dictionary{kept: kept}
	d.allocate(firstEntries)
	return d
}

func (d *dictionary) allocate(n int) {
	d.entries = make([]entry, n)
	d.more = make([]uint32, n*max(0, d.kept-inline))
	d.older, d.long = map[int]version{}, map[int]string{}
	d.shift = uint(64 - bits.TrailingZeros(uint(n)))
	d.count = 0
}

// grow moves everything to a table twice as large. What finds no place there is
// forgotten.
func (d *dictionary) grow() {
	d.changes++
	old := *d
	d.allocate(2 * len(old.entries))
	for i := range old.entries {
		e := &old.entries[i]
		if e.high == 0 {
			continue
		}
		at := d.free(e.low, e.high)
		if at < 0 {
			continue
		}
		d.count++
		d.entries[at] = *e
		if v, ok := old.older[i]; ok {
			d.older[at] = v
		}
		if text, ok := old.long[i]; ok {
			d.long[at] = text
		}
		for n := inline; n < d.kept; n++ {
			d.setText(at, n, old.text(i, n))
		}
	}
}

// text is the nth text kept for an entry.
func (d *dictionary) text(at, n int) uint32 {
	if n < inline {
		return d.entries[at].texts[n]
	}
	return d.more[at*(d.kept-inline)+n-inline]
}

func (d *dictionary) setText(at, n int, number uint32) {
	if n < inline {
		d.entries[at].texts[n] = number
		return
	}
	d.more[at*(d.kept-inline)+n-inline] = number
}

// wordMasks cut two words down to a field of up to 15 bytes and put its length
// into the last byte.
var wordMasks = func() (m [16]struct{ low, high, tag uint64 }) {
	for n := range m {
		m[n].low = 1<<(8*min(n, 8)) - 1
		m[n].high = 1<<(8*max(n-8, 0)) - 1
		m[n].tag = uint64(n+1) << 56
	}
	return m
}()

// words holds a field of up to 15 bytes and its length in two words. The
// buffer has slack behind every field, so that whole words can be read.
func words(buf []byte, start, length int) (low, high uint64) {
	b := buf[start : start+16 : cap(buf)]
	m := &wordMasks[length&15]
	return binary.LittleEndian.Uint64(b) & m.low, binary.LittleEndian.Uint64(b[8:])&m.high | m.tag
}

// longTag marks fields of 16 bytes and more, which are compared whole.
const longTag = 0xff << 56

func longWords(field []byte) (low, high uint64) {
	low = uint64(len(field))
	for ; len(field) >= 8; field = field[8:] {
		low = bits.RotateLeft64(low, 17) ^ binary.LittleEndian.Uint64(field)*0x9E3779B97F4A7C15
	}
	for _, c := range field {
		high = high<<8 | uint64(c)
	}
	return low, high | longTag
}

func (d *dictionary) home(low, high uint64) int {
	return int((low*0x9E3779B97F4A7C15 ^ bits.RotateLeft64(high*0xD6E8FEB86659FD93, 32)) * 0xBF58476D1CE4E5B9 >> d.shift)
}

// find gives the place of a field's entry and whether it was there. A new
// entry holds on no date yet.
func (d *dictionary) find(buf []byte, start, end int) (at int, known bool) {
	if end-start > 15 {
		return d.findLong(buf[start:end])
	}
	low, high := words(buf, start, end-start)
	mask := len(d.entries) - 1
	at = d.home(low, high)
	for i := 0; i < probes; i++ {
		if e := &d.entries[at&mask]; e.low == low && e.high == high {
			return at & mask, true
		} else if e.high == 0 {
			break
		}
		at++
	}
	return d.insert(low, high), false
}

func (d *dictionary) findLong(field []byte) (at int, known bool) {
	low, high := longWords(field)
	mask := len(d.entries) - 1
	at = d.home(low, high)
	for i := 0; i < probes; i++ {
		if e := &d.entries[at&mask]; e.low == low && e.high == high && d.long[at&mask] == string(field) {
			return at & mask, true
		}
		at++
	}
	at = d.insert(low, high)
	d.long[at] = string(field)
	return at, false
}

func (d *dictionary) insert(low, high uint64) int {
	at := d.free(low, high)
	for at < 0 && len(d.entries) < mostEntries {
		d.grow()
		at = d.free(low, high)
	}
	if at < 0 { // full: an entry near by gives way, not always the same one
		d.changes++
		at = (d.home(low, high) + int(d.changes)%probes) & (len(d.entries) - 1)
		delete(d.older, at)
		delete(d.long, at)
	} else {
		d.count++
	}
	d.entries[at] = entry{low: low, high: high, from: register.Latest, to: register.NoDay}
	return at
}

// free is a free place near where the value belongs, or -1. A table is kept at
// most half full, so that values are found at once.
func (d *dictionary) free(low, high uint64) int {
	if d.count > len(d.entries)/2 && len(d.entries) < mostEntries {
		return -1
	}
	at := d.home(low, high)
	for i := 0; i < probes; i++ {
		if p := (at + i) & (len(d.entries) - 1); d.entries[p].high == 0 {
			return p
		}
	}
	return -1
}

// turn brings the older version of an entry to the front and puts the front
// one behind it: a file often alternates between two years.
func (d *dictionary) turn(at int) {
	d.changes++
	e := &d.entries[at]
	o, ok := d.older[at]
	if !ok {
		o = version{from: register.Latest, to: register.NoDay}
	}
	front := version{from: e.from, to: e.to, sum: e.sum, texts: make([]uint32, d.kept)}
	for n := range front.texts {
		front.texts[n] = d.text(at, n)
	}
	e.from, e.to, e.sum = o.from, o.to, o.sum
	for n, number := range o.texts {
		d.setText(at, n, number)
	}
	d.older[at] = front
}
