package intake

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"remit/activity"
	"remit/method"
	"remit/warehouse"
)

// totals sums the rows of a submission while they are written, as a
// warehouse.Watcher: into cube.parquet by the dimensions, and into inputs.csv.zst
// by what decides the payer. Rows are told apart by the numbers of their values.
type totals struct {
	cube, inputs *sums
	state        int    // column of the row's state
	counted      []bool // by row of the group at hand: not rejected
}

// mostSums bounds the memory: when there are more combinations, those so far are
// written, and the same may come again. Those who read the files add up.
const mostSums = 1 << 19

// newTotals makes the totals of a submission of a feed whose columns are known.
func (s *Submission) newTotals(work string, feed activity.Dataset, m *method.Method) *totals {
	return &totals{
		cube:   newSums(&tableFile{path: filepath.Join(work, cubeFile)}, s.cubeKeys(feed), []string{"rows", "units", "money", "price"}),
		inputs: newSums(&textFile{path: filepath.Join(work, inputsFile)}, s.inputKeys(feed, m), []string{"remit_rows", "remit_money"}),
	}
}

// cubeKeys are the dimensions and where they come from.
func (s *Submission) cubeKeys(feed activity.Dataset) []key {
	var list []key
	for _, d := range Dimensions {
		k := key{name: string(d), column: string(d)}
		switch d {
		case SubmissionID:
			k.column, k.always = "", s.ID
		case Feed:
			k.column, k.always = "", string(feed)
		case Year:
			k.column, k.absent = "row_year", true
		case Month:
			k.column, k.absent, k.kind = "row_month", true, "TINYINT"
		case HRGChapter:
			k.column, k.write = s.columnOf("hrg", "tariff_code"), chapter
		default:
			if field, ok := cubeOf[d]; ok {
				k.column, k.write = s.columnOf(field), capitals
			}
		}
		list = append(list, k)
	}
	return list
}

// inputKeys are the columns that the method reads, by their official names, so
// that they can be assigned again.
func (s *Submission) inputKeys(feed activity.Dataset, m *method.Method) []key {
	var list []key
	for _, f := range activity.Fields() {
		c, ok := s.Fields[f.ID]
		if !ok || !m.Reads(f.ID) && !identifying[f.ID] || f.ID == "cost" || f.ID == "spell" {
			continue
		}
		list = append(list, key{name: f.Title(DecidedAs(feed)), column: c})
	}
	return append(list, key{name: "remit_year", column: "row_year", absent: true}, key{name: "remit_month", column: "row_month", absent: true, kind: "TINYINT"},
		key{name: "remit_before", column: "assigned_commissioner", absent: true}, key{name: "remit_category_before", column: "assigned_category", absent: true})
}

// columnOf is the column of the first of the fields that the file has, else blank.
func (s *Submission) columnOf(ids ...string) string {
	for _, id := range ids {
		if c, ok := s.Fields[id]; ok {
			return c
		}
	}
	return ""
}

func capitals(b []byte) string { return strings.ToUpper(string(bytes.TrimSpace(b))) }

// chapter is the first two characters of an HRG.
func chapter(b []byte) string {
	code, n := capitals(b), 0
	for range 2 {
		_, size := utf8.DecodeRuneInString(code[n:])
		n += size
	}
	return code[:n]
}

// Columns is told of the columns of the rows.
func (t *totals) Columns(names []string) error {
	t.state = slices.Index(names, "row_state")
	for _, s := range []*sums{t.cube, t.inputs} {
		if err := s.bind(names); err != nil {
			return err
		}
	}
	return nil
}

// Group adds a group of rows.
func (t *totals) Group(g *warehouse.Group) error {
	if err := t.cube.add(g, nil); err != nil {
		return err
	}
	t.counted = grow(t.counted, g.Rows)
	states := &g.Columns[t.state]
	for row := range t.counted {
		t.counted[row] = string(valueOf(states, row)) != "rejected"
	}
	return t.inputs.add(g, t.counted)
}

// keep writes what there is and puts the files in their places.
func (t *totals) keep() error {
	for _, s := range []*sums{t.cube, t.inputs} {
		if err := s.keep(); err != nil {
			return err
		}
	}
	return nil
}

// drop takes away files that were not kept.
func (t *totals) drop() {
	for _, s := range []*sums{t.cube, t.inputs} {
		s.out.drop()
	}
}

// key is a column of a file of sums.
type key struct {
	name   string
	column string // of the rows, from which it comes; blank for none
	always string // what it is for all rows when there is no column
	kind   string // DuckDB type, blank for text
	absent bool   // a row without a value has none here either; else it has a blank
	write  func([]byte) string
}

// keyColumn numbers the values of a key.
type keyColumn struct {
	key
	at      int // column of the rows, -1 for none
	known   map[string]int32
	texts   []string
	group   []int32 // of the group at hand: number by place among distinct values, or by row
	byRow   bool
	numbers []int32
}

// absentNumber stands for a row that has no value.
const absentNumber = -1

// sums adds up rows by keys.
type sums struct {
	out     sumFile
	most    int // in memory
	keys    []keyColumn
	names   []string // of the sums: the rows, then the columns that are added up
	added   []int    // columns of the rows
	rows    []int64
	amounts [][]activity.Amount // by added column
	tuples  []int32             // keys of the sums, one after the other
	places  []int32             // hash table, counted from 1
	hashes  []uint32
	tuple   []int32
	bytes   []byte
	parsed  []parsedColumn
}

// parsedColumn is the amounts of a column in the group at hand.
type parsedColumn struct {
	values []activity.Amount // by place among distinct values
}

func newSums(out sumFile, keys []key, names []string) *sums {
	s := &sums{out: out, most: mostSums, names: names, amounts: make([][]activity.Amount, len(names)-1), parsed: make([]parsedColumn, len(names)-1)}
	for _, k := range keys {
		s.keys = append(s.keys, keyColumn{key: k, known: map[string]int32{}})
	}
	return s
}

// bind finds the columns and begins the file.
func (s *sums) bind(names []string) error {
	var columns []warehouse.Column
	for i := range s.keys {
		k := &s.keys[i]
		if k.at = -1; k.column != "" {
			if k.at = slices.Index(names, k.column); k.at < 0 {
				return fmt.Errorf("the rows have no column %q", k.column)
			}
		}
		columns = append(columns, warehouse.Column{Name: k.name, Type: k.kind})
	}
	columns = append(columns, warehouse.Column{Name: s.names[0], Type: "BIGINT"})
	for _, n := range s.names[1:] {
		s.added = append(s.added, slices.Index(names, strings.TrimPrefix(n, "remit_")))
		columns = append(columns, warehouse.Column{Name: n, Type: "DECIMAL(38,8)"})
	}
	s.clear()
	s.tuple = make([]int32, len(s.keys))
	s.bytes = make([]byte, 4*len(s.keys))
	return s.out.begin(columns)
}

func (s *sums) clear() {
	if s.places == nil {
		s.places = make([]int32, 1<<12)
	}
	clear(s.places)
	s.rows, s.tuples, s.hashes = s.rows[:0], s.tuples[:0], s.hashes[:0]
	for i := range s.amounts {
		s.amounts[i] = s.amounts[i][:0]
	}
}

// add adds the rows of a group that count; nil for all.
func (s *sums) add(g *warehouse.Group, counted []bool) error {
	for i := range s.keys {
		s.keys[i].number(g)
	}
	for i, c := range s.added {
		if err := s.parsed[i].read(&g.Columns[c]); err != nil {
			return fmt.Errorf("%s: %w", s.names[i+1], err)
		}
	}
	for row := range g.Rows {
		if counted != nil && !counted[row] {
			continue
		}
		for i := range s.keys {
			s.tuple[i] = s.keys[i].of(row)
		}
		at := s.find()
		s.rows[at]++
		for i, c := range s.added {
			if n := placeOf(&g.Columns[c], row); n >= 0 {
				s.amounts[i][at] = s.amounts[i][at].Add(s.parsed[i].values[n])
			}
		}
		if len(s.rows) >= s.most {
			if err := s.write(); err != nil {
				return err
			}
		}
	}
	return nil
}

// number gives the values of the group at hand their numbers.
func (k *keyColumn) number(g *warehouse.Group) {
	if k.at < 0 {
		k.group = append(k.group[:0], k.numberOf([]byte(k.always)))
		return
	}
	v := &g.Columns[k.at]
	k.numbers, k.byRow = v.Numbers(), v.Numbers() == nil
	k.group = grow(k.group, v.Distinct()+1)
	for i := range v.Distinct() {
		k.group[i] = k.numberOf(v.Value(i))
	}
	k.group[v.Distinct()] = k.numberOf(nil) // of rows without a value
}

func (k *keyColumn) of(row int) int32 {
	switch {
	case k.at < 0:
		return k.group[0]
	case k.byRow:
		return k.group[row]
	}
	if n := k.numbers[row]; n >= 0 {
		return k.group[n]
	}
	return k.group[len(k.group)-1]
}

func (k *keyColumn) numberOf(value []byte) int32 {
	if value == nil && k.absent {
		return absentNumber
	}
	text := string(value)
	if k.write != nil {
		text = k.write(value)
	}
	n, ok := k.known[text]
	if !ok {
		n = int32(len(k.texts))
		k.known[text], k.texts = n, append(k.texts, text)
	}
	return n
}

func (p *parsedColumn) read(v *warehouse.Values) error {
	p.values = grow(p.values, v.Distinct())
	for i := range p.values {
		a, _, err := activity.ParseAmount(v.Value(i))
		if err != nil {
			return err
		}
		p.values[i] = a
	}
	return nil
}

// placeOf is the place of a row's value among the distinct ones, -1 for none.
func placeOf(v *warehouse.Values, row int) int {
	if n := v.Numbers(); n != nil {
		return int(n[row])
	}
	if v.Value(row) == nil {
		return -1
	}
	return row
}

func valueOf(v *warehouse.Values, row int) []byte {
	if n := placeOf(v, row); n >= 0 {
		return v.Value(n)
	}
	return nil
}

var sumSeed = maphash.MakeSeed()

// find is the place of the sum of the keys at hand, which may be new.
func (s *sums) find() int {
	for i, n := range s.tuple {
		binary.LittleEndian.PutUint32(s.bytes[4*i:], uint32(n))
	}
	h := uint32(maphash.Bytes(sumSeed, s.bytes))
	width, mask := len(s.tuple), uint32(len(s.places)-1)
	for at := h & mask; ; at = (at + 1) & mask {
		p := int(s.places[at])
		if p == 0 {
			s.places[at] = int32(len(s.rows)) + 1
			break
		}
		if s.hashes[p-1] == h && slices.Equal(s.tuples[(p-1)*width:p*width], s.tuple) {
			return p - 1
		}
	}
	s.rows, s.hashes, s.tuples = append(s.rows, 0), append(s.hashes, h), append(s.tuples, s.tuple...)
	for i := range s.amounts {
		s.amounts[i] = append(s.amounts[i], activity.Amount{})
	}
	if 2*len(s.rows) > len(s.places) {
		s.spread()
	}
	return len(s.rows) - 1
}

// spread makes the hash table larger.
func (s *sums) spread() {
	s.places = make([]int32, 4*len(s.places))
	mask := uint32(len(s.places) - 1)
	for i, h := range s.hashes {
		at := h & mask
		for s.places[at] != 0 {
			at = (at + 1) & mask
		}
		s.places[at] = int32(i) + 1
	}
}

// write writes the sums so far and begins anew.
func (s *sums) write() error {
	if err := s.out.write(s); err != nil {
		return err
	}
	s.clear()
	return nil
}

func (s *sums) keep() error {
	if err := s.write(); err != nil {
		return err
	}
	return s.out.keep()
}

func grow[T any](list []T, n int) []T {
	if cap(list) < n {
		return make([]T, n, n+n/4)
	}
	return list[:n]
}
