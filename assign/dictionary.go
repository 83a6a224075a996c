package assign

import (
	"encoding/binary"
	"math/bits"

	"remit/register"
)

// dictionary remembers what the values of one column came to, in the order in
// which they were first met. Its size is bounded: a column with more distinct
// values than it can hold (postcodes of a whole country) is forgotten, and its
// values are worked out again when they come back.
type dictionary struct {
	finder
	entries []entry
	kept    int             // texts kept beside the class of each value
	more    []uint32        // by entry: the texts for which the entry has no room
	older   map[int]version // by entry: what the value came to on other dates
	long    map[int]string  // by entry: values of 16 bytes and more
	// changes counts how often an entry was given to another value or made to hold
	// on other dates: what was noted of places before may not hold now.
	changes uint64
}

// entry is one distinct value and what it comes to on a range of dates. Values
// of up to 15 bytes, nearly all, are held in two words with their length in the
// last byte, so that comparing them costs two comparisons. An entry fills a
// cache line: a row costs one line for each column.
type entry struct {
	low, high uint64
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

const mostEntries = 1 << 16

func newDictionary(kept int) *dictionary {
	d := &dictionary{kept: kept}
	d.forget()
	return d
}

func (d *dictionary) forget() {
	d.finder, d.entries, d.more = newFinder(), d.entries[:0], d.more[:0]
	d.older, d.long = map[int]version{}, map[int]string{}
	d.changes++
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

func hashWords(low, high uint64) uint64 {
	h := (low ^ bits.RotateLeft64(high*0xD6E8FEB86659FD93, 32)) * 0x9E3779B97F4A7C15
	return h ^ h>>29
}

// find gives the place of a field's entry and whether it was there. A new
// entry holds on no date yet.
func (d *dictionary) find(buf []byte, start, end int) (at int, known bool) {
	length := end - start
	if length > 15 {
		return d.findLong(buf[start:end])
	}
	low, high := words(buf, start, length)
	hash := hashWords(low, high)
	for slot := d.home(hash); ; {
		n, ok := d.next(hash, &slot)
		if !ok {
			return d.enter(low, high), false
		}
		if e := &d.entries[n]; e.low == low && e.high == high {
			return n, true
		}
	}
}

func (d *dictionary) findLong(field []byte) (at int, known bool) {
	low, high := longWords(field)
	hash := hashWords(low, high)
	for slot := d.home(hash); ; {
		n, ok := d.next(hash, &slot)
		if !ok {
			break
		}
		if e := &d.entries[n]; e.low == low && e.high == high && d.long[n] == string(field) {
			return n, true
		}
	}
	at = d.enter(low, high)
	d.long[at] = string(field)
	return at, false
}

// enter puts a new value behind the others.
func (d *dictionary) enter(low, high uint64) int {
	if len(d.entries) >= mostEntries {
		d.forget()
	}
	if d.full() {
		d.grow(func(n int) uint64 { return hashWords(d.entries[n].low, d.entries[n].high) })
	}
	at := len(d.entries)
	d.put(hashWords(low, high), at)
	d.entries = append(d.entries, entry{low: low, high: high, from: register.Latest, to: register.NoDay})
	for range d.kept - inline {
		d.more = append(d.more, 0)
	}
	return at
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
