package submission

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"remit/activity"
)

// part is a number of rows and their money.
type part struct {
	rows  int64
	money activity.Amount
}

func (p *part) add(o part) {
	p.rows += o.rows
	p.money = p.money.Add(o.money)
}

// tally is what is counted while rows go by. Tallies of several Validators add
// up to the same whatever rows each of them saw.
type tally struct {
	rows, rejected, flagged int64
	money, atRisk           activity.Amount
	slots                   []slotTally
	malformed               [maxMalformed + 1]int64 // rows by how many fields are not written as they should be
	groups                  map[string]*group
	kinds                   map[Kind]int64        // what the flex-or-freeze column says
	bad                     map[string]*slotTally // rows that could not be cut, by rule
	marks                   [partitions][]rowMark
}

// maxMalformed is beyond what a rule asks for.
const maxMalformed = 15

type slotTally struct {
	part
	samples []Sample // those with the least row numbers, in order
}

// group is the rows of a provider, period and, of ACM, commissioner.
type group struct {
	provider, commissioner string
	period                 period
	all, kept              part
}

type period struct {
	year  string
	month int
	from  From
}

// mostGroups is far above what a file has. One with identifiers where its
// providers should be is rejected, and must not fill the memory first: what is
// beyond goes into one group.
const mostGroups = 1 << 16

// mostSamples of a finding show what is wrong; the rows are in the report.
const mostSamples = 10

func (t *slotTally) sample(row int64, value []byte, hidden bool) {
	n := len(t.samples)
	if n == mostSamples && t.samples[n-1].Row < row {
		return
	}
	s := Sample{Row: row, Hidden: hidden && len(value) > 0}
	if !s.Hidden {
		s.Value = shorten(value)
	}
	t.insert(s)
}

func (t *slotTally) insert(s Sample) {
	at, _ := slices.BinarySearchFunc(t.samples, s, func(a, b Sample) int { return cmp.Compare(a.Row, b.Row) })
	t.samples = slices.Insert(t.samples, at, s)
	if len(t.samples) > mostSamples {
		t.samples = t.samples[:mostSamples]
	}
}

func (t *slotTally) merge(o *slotTally) {
	t.add(o.part)
	for _, s := range o.samples {
		t.insert(s)
	}
}

// shorten keeps a report readable when a whole file got into one field, and
// makes text of bytes that are none.
func shorten(value []byte) string {
	const most = 60
	text := strings.ToValidUTF8(string(value), "\uFFFD")
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

func (t *tally) merge(o *tally) {
	t.rows += o.rows
	t.rejected += o.rejected
	t.flagged += o.flagged
	t.money, t.atRisk = t.money.Add(o.money), t.atRisk.Add(o.atRisk)
	for i := range o.slots {
		t.slots[i].merge(&o.slots[i])
	}
	for i, n := range o.malformed {
		t.malformed[i] += n
	}
	for key, g := range o.groups {
		if mine := t.groups[key]; mine != nil {
			mine.all.add(g.all)
			mine.kept.add(g.kept)
			continue
		}
		t.groups[key] = g
	}
	for kind, n := range o.kinds {
		t.kinds[kind] += n
	}
	for id, b := range o.bad {
		if t.bad[id] == nil {
			t.bad[id] = &slotTally{}
		}
		t.bad[id].merge(b)
	}
	for i := range o.marks {
		t.marks[i] = append(t.marks[i], o.marks[i]...)
		o.marks[i] = nil
	}
}

// named is a part of the file's rows.
type named struct {
	name string
	part
}

func byProvider(g *group) string { return g.provider }
func byYear(g *group) string     { return g.period.year }

// parts are the rows of a file by something, the largest part first.
func (t *tally) parts(by func(*group) string) []named {
	found := map[string]*named{}
	for _, g := range t.groups {
		name := by(g)
		if found[name] == nil {
			found[name] = &named{name: name}
		}
		found[name].add(g.all)
	}
	var all []named
	for _, n := range found {
		all = append(all, *n)
	}
	slices.SortFunc(all, func(a, b named) int { return cmp.Or(cmp.Compare(b.rows, a.rows), cmp.Compare(a.name, b.name)) })
	return all
}

// rowMark tells a row from others without keeping it. Two of a hundred million
// different rows have the same 64-bit mark once in some three thousand files.
type rowMark struct {
	hash  uint64
	row   int64
	units int64 // its money in units of 10^-8 pounds, 0 when it does not fit
}

// partitions keep the lists of marks short enough to grow and sort cheaply.
const partitions = 64

func (t *tally) mark(hash uint64, row int64, money activity.Amount) {
	units, ok := money.Units()
	if !ok {
		units = 0
	}
	at := hash >> 58
	t.marks[at] = append(t.marks[at], rowMark{hash, row, units})
}

// repeated counts the rows that are the same in every field as one before them.
func (t *tally) repeated() (count part, samples []Sample) {
	var first slotTally
	for i := range t.marks {
		marks := t.marks[i]
		slices.SortFunc(marks, func(a, b rowMark) int { return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.row, b.row)) })
		for j := 1; j < len(marks); j++ {
			if marks[j].hash == marks[j-1].hash {
				first.add(part{1, activity.Units(marks[j].units)})
				first.sample(marks[j].row, nil, false)
			}
		}
	}
	return first.part, first.samples
}

func trim(b []byte) []byte {
	if len(b) == 0 || b[0] > ' ' && b[len(b)-1] > ' ' {
		return b
	}
	return bytes.Trim(b, " \t\r\n")
}
