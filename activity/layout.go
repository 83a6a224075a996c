package activity

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Layout says which column of a file holds which field of its data set.
type Layout struct {
	Dataset Dataset
	Columns []string         // as they came
	Field   map[string]int   // field id to its column, counted from 0; of a list the first
	Lists   map[string][]int // list field id to its columns, in the order of the file
	Notes   []Note           // choices that a reader of the results should know
}

// Note reports a choice made between columns, or a second-best name used.
type Note struct {
	Field  string   // the field id
	Used   string   // the column that is read, as it came
	Others []string // other columns that would have matched; empty for a second-best name
	Says   string   // any other choice, in words
}

func (n Note) String() string {
	if n.Says != "" {
		return n.Says
	}
	if len(n.Others) == 0 {
		return fmt.Sprintf("%s is read from %q, having no column of its own", n.Field, n.Used)
	}
	return fmt.Sprintf("%s is read from %q; also matching, not read: %s", n.Field, n.Used, quoteAll(n.Others))
}

// LayoutFor finds the fields of the data set among the columns of a header.
// The error is a *MissingColumnsError that lists all that is missing.
func LayoutFor(d Dataset, header []string) (Layout, error) {
	l := layoutOf(d, header)
	if missing := l.missing(); len(missing) > 0 {
		return l, &MissingColumnsError{Dataset: d, Missing: missing}
	}
	l.misspelt()
	return l, nil
}

// misspelt notes columns that are read by no field but are within two letters
// of a name of one that the file lacks.
func (l *Layout) misspelt() {
	const shortest, most = 8, 2 // shorter names are alike by chance
	for _, column := range l.unused() {
		c := Normalise(column)
		if len(c) < shortest {
			continue
		}
		for _, f := range catalogue().fields {
			if l.Has(f.ID) || !f.In(l.Dataset) {
				continue
			}
			at := slices.IndexFunc(f.names(l.Dataset), func(n string) bool {
				return len(n) >= shortest && max(len(n)-len(c), len(c)-len(n)) <= most && EditDistance(n, c) <= most
			})
			if at >= 0 {
				l.Notes = append(l.Notes, Note{Says: fmt.Sprintf("the column %q is not known and was not read; perhaps %s is meant", column, f.names(l.Dataset)[at])})
				break
			}
		}
	}
}

// Recognise tells from the columns of a header which data set a file is, and
// finds its fields. The error is an *UnknownDatasetError where that cannot be
// told, or a *MissingColumnsError.
func Recognise(header []string) (Layout, error) {
	type candidate struct {
		dataset Dataset
		score   int
	}
	var found []candidate
	for _, d := range Datasets() {
		found = append(found, candidate{d, layoutOf(d, header).score()})
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return cmp.Compare(b.score, a.score) })
	if found[0].score < enough || found[0].score == found[1].score {
		if l, ok := aggregate(header); ok {
			return l, nil
		}
		e := &UnknownDatasetError{Columns: header}
		for _, c := range found {
			if c.score > 0 && c.score == found[0].score {
				e.Could = append(e.Could, c.dataset)
			}
		}
		e.Fields = fieldsIn(header)
		return Layout{}, e
	}
	return LayoutFor(found[0].dataset, header)
}

// aggregate takes a contract monitoring file whose columns do not tell the data
// set as ACM when it has no column of a patient: each of the patient level data
// sets must have several.
func aggregate(header []string) (Layout, bool) {
	l, err := LayoutFor(ACM, header)
	if err != nil || !l.Has("financial_year") || !l.Has("financial_month") {
		return l, false
	}
	for id := range l.Field {
		if f := catalogue().byID[id]; !f.In(ACM) {
			return l, false
		}
	}
	l.Notes = append(l.Notes, Note{Says: "taken as ACM, because it has no column about patients; give --dataset if it is another"})
	return l, true
}

// enough is the least weight of marks (fields.csv) that tells a data set: one
// distinctive column, or several that are shared with other data sets.
const enough = 3

// Has tells whether the file has the field.
func (l Layout) Has(id string) bool {
	_, ok := l.Field[id]
	return ok
}

// hit is a column that matches a field, and how well.
type hit struct {
	column int
	match
}

func layoutOf(d Dataset, header []string) Layout {
	l := Layout{Dataset: d, Columns: header, Field: map[string]int{}, Lists: map[string][]int{}}
	hits := map[*Field][]hit{}
	for i, column := range header {
		for _, m := range bestPerField(catalogue().named(Normalise(column)), d) {
			hits[m.field] = append(hits[m.field], hit{i, m})
		}
	}
	for _, f := range catalogue().fields {
		l.place(f, hits[f])
	}
	return l
}

// bestPerField drops matches tied to other data sets. A name tied to this data
// set is as good as its title there.
func bestPerField(found []match, d Dataset) []match {
	var out []match
	for _, m := range found {
		if m.only != "" && m.only != d {
			continue
		}
		if m.only == d && m.rank == 0 {
			m.rank = -1
		}
		at := slices.IndexFunc(out, func(o match) bool { return o.field == m.field })
		if at < 0 {
			out = append(out, m)
			continue
		}
		if m.rank < out[at].rank {
			out[at] = m
		}
	}
	return out
}

func (l *Layout) place(f *Field, hits []hit) {
	if len(hits) == 0 {
		return
	}
	best := slices.MinFunc(hits, func(a, b hit) int { return cmp.Compare(a.rank, b.rank) })
	l.Field[f.ID] = best.column
	if f.Kind == List {
		l.placeList(f, hits, best)
		return
	}
	var others []string
	for _, h := range hits {
		if h.column != best.column && h.rank < fallbackRank {
			others = append(others, l.Columns[h.column])
		}
	}
	if len(others) > 0 || best.rank >= fallbackRank {
		l.Notes = append(l.Notes, Note{Field: f.ID, Used: l.Columns[best.column], Others: others})
	}
}

// placeList takes all numbered columns, or, where there are none, the one
// column that holds several codes: taking both would count every code twice.
func (l *Layout) placeList(f *Field, hits []hit, best hit) {
	var columns []int
	for _, h := range hits {
		if h.rank < fallbackRank {
			columns = append(columns, h.column)
		}
	}
	if columns == nil {
		columns = []int{best.column}
	}
	l.Lists[f.ID] = columns
	l.Field[f.ID] = columns[0]
}

// score adds the weights of the fields that mark the data set. Where a field
// has a title of its own in the data set, only that title marks it.
func (l Layout) score() int {
	total := 0
	for id, column := range l.Field {
		f := catalogue().byID[id]
		weight := f.marks[l.Dataset]
		if weight == 0 {
			continue
		}
		if f.hasTitleIn(l.Dataset) && !f.namedIn(l.Dataset, l.Columns[column]) {
			continue
		}
		total += weight
	}
	return total
}

func (f *Field) hasTitleIn(d Dataset) bool {
	return slices.ContainsFunc(f.titles, func(n name) bool { return n.only == d })
}

// namedIn tells whether the column has a name that is tied to the data set.
func (f *Field) namedIn(d Dataset, column string) bool {
	return slices.ContainsFunc(catalogue().named(Normalise(column)), func(m match) bool {
		return m.field == f && m.only == d
	})
}

// missing lists the needs of the data set that no column meets. A need is met
// by any of the fields that share it (gp_practice or postcode, say).
func (l Layout) missing() []Missing {
	var order []string
	needs := map[string][]*Field{}
	met := map[string]bool{}
	for _, f := range catalogue().fields {
		for _, need := range f.needed[l.Dataset] {
			if needs[need] == nil {
				order = append(order, need)
			}
			needs[need] = append(needs[need], f)
			met[need] = met[need] || l.Has(f.ID)
		}
	}
	var out []Missing
	for _, need := range order {
		if !met[need] {
			out = append(out, l.describeMissing(needs[need]))
		}
	}
	return out
}

func (l Layout) describeMissing(fields []*Field) Missing {
	var m Missing
	var wanted []string
	for _, f := range fields {
		m.Fields = append(m.Fields, f.ID)
		if f.In(l.Dataset) { // a field from elsewhere will do, but is not what to ask for
			m.Titles = append(m.Titles, f.Title(l.Dataset))
		}
		wanted = append(wanted, f.names(l.Dataset)...)
	}
	m.Nearest = nearest(l.unused(), wanted)
	return m
}

// unused lists the columns that serve no field: a column already taken for one
// is not likely to be the one that is missing.
func (l Layout) unused() []string {
	taken := map[int]bool{}
	for _, column := range l.Field {
		taken[column] = true
	}
	for _, columns := range l.Lists {
		for _, column := range columns {
			taken[column] = true
		}
	}
	var out []string
	for i, column := range l.Columns {
		if !taken[i] && strings.TrimSpace(column) != "" {
			out = append(out, column)
		}
	}
	return out
}

func fieldsIn(header []string) []string {
	var ids []string
	for _, column := range header {
		if id, ok := FieldOf(column); ok && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// Missing is one need of a data set that a file does not meet.
type Missing struct {
	Fields  []string // the field ids, any one of which would do
	Titles  []string // their NHS Data Dictionary names
	Nearest []string // up to three columns of the file that look like one of them
}

// MissingColumnsError lists every column that a data set needs and a file lacks.
type MissingColumnsError struct {
	Dataset Dataset
	Missing []Missing
}

func (e *MissingColumnsError) Error() string {
	var b strings.Builder
	plural := "columns that are"
	if len(e.Missing) == 1 {
		plural = "a column that is"
	}
	fmt.Fprintf(&b, "as %s the file lacks %s needed:", e.Dataset, plural)
	for _, m := range e.Missing {
		fmt.Fprintf(&b, "\n  %s (%s)", strings.Join(m.Titles, ", or "), strings.Join(m.Fields, " or "))
		if len(m.Nearest) > 0 {
			fmt.Fprintf(&b, "; nearest in the file: %s", quoteAll(m.Nearest))
		}
	}
	b.WriteString("\nname the columns with --map, or the data set with --dataset if it is another")
	return b.String()
}

// UnknownDatasetError says that the columns do not tell the data set.
type UnknownDatasetError struct {
	Columns []string
	Fields  []string  // the fields that were found
	Could   []Dataset // the data sets that fit equally well; empty when none does
}

func (e *UnknownDatasetError) Error() string {
	var b strings.Builder
	b.WriteString("which data set the file is cannot be told from its columns")
	if len(e.Could) > 1 {
		fmt.Fprintf(&b, ": it could be %s", joinDatasets(e.Could, " or "))
	}
	switch {
	case len(e.Fields) > 0:
		fmt.Fprintf(&b, "; found %s", strings.Join(e.Fields, ", "))
	default:
		fmt.Fprintf(&b, "; none of its %d columns is a known field, the first being %s",
			len(e.Columns), quoteAll(e.Columns[:min(3, len(e.Columns))]))
	}
	fmt.Fprintf(&b, "; say which with --dataset (%s)", datasetList())
	return b.String()
}

func joinDatasets(ds []Dataset, with string) string {
	var names []string
	for _, d := range ds {
		names = append(names, string(d))
	}
	return strings.Join(names, with)
}

func quoteAll(names []string) string {
	var out []string
	for _, n := range names {
		out = append(out, fmt.Sprintf("%q", n))
	}
	return strings.Join(out, ", ")
}
