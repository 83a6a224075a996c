package activity

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Dataset is one of the data sets of activity.
type Dataset string

// The data sets. The first four are the contract monitoring standards, the
// others commissioning data sets: admitted patient care, outpatients and
// emergency care.
const (
	ACM    Dataset = "ACM"
	PLCM   Dataset = "PLCM"
	DrPLCM Dataset = "DrPLCM"
	DePLCM Dataset = "DePLCM"
	APC    Dataset = "APC"
	OP     Dataset = "OP"
	ECDS   Dataset = "ECDS"
)

// What is sent beside activity: the indicative activity plan of a contract, and
// the local price report. They share the fields of ACM. Recognise does not look
// for them, since a commissioner is not assigned from them: package submission does.
const (
	IAP Dataset = "IAP"
	LPR Dataset = "LPR"
)

// Datasets lists every data set of activity, in the order in which they are documented.
func Datasets() []Dataset { return []Dataset{ACM, PLCM, DrPLCM, DePLCM, APC, OP, ECDS} }

// datasetNames are the spellings of a data set that people type or put in a
// dataset column: its name, the POD that stands for it, the CDS types in it.
var datasetNames = map[string]Dataset{
	"ACM": ACM, "PLCM": PLCM,
	"DRPLCM": DrPLCM, "DRUG": DrPLCM, "DRUGS": DrPLCM,
	"DEPLCM": DePLCM, "DEVICE": DePLCM, "DEVICES": DePLCM,
	"APC": APC, "120": APC, "130": APC, "140": APC, "150": APC, "160": APC,
	"180": APC, "190": APC, "200": APC,
	"OP": OP, "OPA": OP, "020": OP,
	"ECDS": ECDS, "EC": ECDS, "011": ECDS,
}

// planNames are the spellings of the data sets that hold no activity.
var planNames = map[string]Dataset{
	"IAP": IAP, "PLAN": IAP, "INDICATIVE ACTIVITY PLAN": IAP,
	"LPR": LPR, "LOCAL PRICE REPORT": LPR, "LOCAL PRICES": LPR,
}

// ParseFeed reads the name of a data set as ParseDataset does, and those of
// indicative activity plans and local price reports.
func ParseFeed(s string) (Dataset, error) {
	if d, ok := planNames[Normalise(s)]; ok {
		return d, nil
	}
	d, err := ParseDataset(s)
	if err != nil {
		return "", fmt.Errorf("%q is not a feed: use one of %s, %s, %s", s, datasetList(), IAP, LPR)
	}
	return d, nil
}

// ParseDataset reads the name of a data set, the POD DRUG or DEVICE, or a CDS
// type (011, 020, 120 to 200), in any case.
func ParseDataset(s string) (Dataset, error) {
	if d, ok := datasetNames[strings.ToUpper(strings.TrimSpace(s))]; ok {
		return d, nil
	}
	return "", fmt.Errorf("%q is not a data set: use one of %s", s, datasetList())
}

// DatasetNames are the names that ParseDataset reads.
func DatasetNames() map[string]Dataset { return maps.Clone(datasetNames) }

// CDSType is the CDS type that a name of a data set is, blank for other names.
func CDSType(name string) string {
	name = strings.TrimSpace(name)
	if _, known := datasetNames[name]; known && len(name) == 3 && strings.Trim(name, "0123456789") == "" {
		return name
	}
	return ""
}

func datasetList() string {
	var names []string
	for _, d := range Datasets() {
		names = append(names, string(d))
	}
	return strings.Join(names, ", ")
}

// Kind says how the values of a field are to be read.
type Kind string

// The kinds of field.
const (
	Code         Kind = "code"
	Organisation Kind = "organisation"
	Postcode     Kind = "postcode"
	Date         Kind = "date"
	Money        Kind = "money"
	List         Kind = "list" // several codes: many columns, or one column with several codes
	Text         Kind = "text"
	Key          Kind = "key"
)

// Field is one canonical field of the data sets: a row of fields.csv.
type Field struct {
	ID        string    // the short name that methods use, e.g. gp_practice
	Kind      Kind      // how its values are read
	Datasets  []Dataset // the data sets that have it
	titles    []name    // the NHS Data Dictionary name, perhaps another in some data set
	aliases   []name    // other spellings, the preferred first
	fallbacks []name    // used only when the file has none of the above
	needed    map[Dataset][]string
	marks     map[Dataset]int
}

// name is a normalised column name. One that is tied to a data set means the
// field in files of that data set only. A '#' stands for a number.
type name struct {
	text string
	only Dataset
}

// Title is the NHS Data Dictionary name of the field in the data set; pass ""
// for the name it has in most.
func (f *Field) Title(d Dataset) string {
	for _, t := range f.titles {
		if t.only == d && d != "" {
			return t.text
		}
	}
	return f.titles[0].text
}

// In tells whether the data set has the field.
func (f *Field) In(d Dataset) bool { return slices.Contains(f.Datasets, d) }

// Needed tells whether an assignment from the data set needs the field, or one
// of several fields of which it is one.
func (f *Field) Needed(d Dataset) bool { return len(f.needed[d]) > 0 }

// Aliases lists the other spellings under which the field is recognised, in
// normalised form. A '#' stands for a number.
func (f *Field) Aliases() []string {
	var out []string
	for _, n := range append(slices.Clone(f.aliases), f.fallbacks...) {
		out = append(out, n.text)
	}
	return out
}

// names are all names of the field in a data set, normalised.
func (f *Field) names(d Dataset) []string {
	return append([]string{f.Title(d), Normalise(f.ID)}, f.Aliases()...)
}

// Fields lists every canonical field. The fields are shared: do not change them.
func Fields() []*Field { return catalogue().fields }

// FieldByID finds a canonical field by its short name.
func FieldByID(id string) (*Field, bool) {
	f, ok := catalogue().byID[id]
	return f, ok
}

// FieldOf names the field that a column means, whatever the data set. Where the
// name could mean two fields it is the one for which it is the better name.
func FieldOf(column string) (id string, ok bool) {
	best := match{rank: noMatch}
	for _, m := range catalogue().named(Normalise(column)) {
		if m.rank < best.rank {
			best = m
		}
	}
	if best.field == nil {
		return "", false
	}
	return best.field.ID, true
}

//go:embed fields.csv
var fieldsCSV string

var catalogue = sync.OnceValue(func() *fieldCatalogue {
	c, err := readCatalogue(fieldsCSV)
	if err != nil {
		panic("activity: fields.csv: " + err.Error()) // an embedded file that the tests read
	}
	return c
})

type fieldCatalogue struct {
	fields []*Field
	byID   map[string]*Field
	byName map[string][]match
}

// match says how well a column name fits a field: the lower the rank the better.
type match struct {
	field *Field
	only  Dataset
	rank  int
}

// The ranks: 0 for a title, then the aliases in their order, then fallbacks.
// Names without the brackets of a dictionary name (snake_case cannot write
// them) come just after the name they were made from.
const (
	aliasRank    = 10
	fallbackRank = 10_000
	noMatch      = 1 << 30
)

// named finds the fields that a normalised column name may mean. The numbered
// columns of a list are looked up with their last number replaced by '#'.
func (c *fieldCatalogue) named(column string) []match {
	if found := c.byName[column]; found != nil {
		return found
	}
	return c.byName[numbered(column)]
}

// numbered replaces the digits at the end of a name with '#'.
func numbered(s string) string {
	stem := strings.TrimRight(s, "0123456789")
	if stem == s || len(s)-len(stem) > 2 {
		return s
	}
	return stem + "#"
}

func readCatalogue(text string) (*fieldCatalogue, error) {
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		return nil, err
	}
	c := &fieldCatalogue{byID: map[string]*Field{}, byName: map[string][]match{}}
	for _, row := range rows[1:] {
		f, err := readField(row)
		if err != nil {
			return nil, err
		}
		if c.byID[f.ID] != nil {
			return nil, fmt.Errorf("field %s is there twice", f.ID)
		}
		c.fields = append(c.fields, f)
		c.byID[f.ID] = f
		c.index(f)
	}
	return c, nil
}

func readField(row []string) (*Field, error) {
	f := &Field{ID: row[0], Kind: Kind(row[2]), needed: map[Dataset][]string{}, marks: map[Dataset]int{}}
	f.titles, f.aliases, f.fallbacks = readNames(row[1]), readNames(row[6]), readNames(row[7])
	if len(f.titles) == 0 {
		return nil, fmt.Errorf("field %s has no title", f.ID)
	}
	for _, d := range split(row[3]) {
		if d == "*" {
			f.Datasets = Datasets()
			continue
		}
		f.Datasets = append(f.Datasets, Dataset(d))
	}
	for _, item := range split(row[4]) {
		d, groups, _ := strings.Cut(item, ":")
		f.needed[Dataset(d)] = strings.Split(groups, "+")
	}
	for _, item := range split(row[5]) {
		var weight int
		d, w, _ := strings.Cut(item, ":")
		if _, err := fmt.Sscan(w, &weight); err != nil {
			return nil, fmt.Errorf("field %s: mark %q is not a data set and a weight", f.ID, item)
		}
		f.marks[Dataset(d)] = weight
	}
	return f, nil
}

func readNames(cell string) []name {
	var names []name
	for _, item := range split(cell) {
		n := name{text: item}
		if d, rest, ok := strings.Cut(item, ":"); ok {
			n = name{text: rest, only: Dataset(d)}
		}
		n.text = Normalise(n.text)
		names = append(names, n)
	}
	return names
}

func split(cell string) []string {
	if cell == "" {
		return nil
	}
	return strings.Split(cell, "|")
}

// index enters every name of a field, the short id among the aliases.
func (c *fieldCatalogue) index(f *Field) {
	for _, n := range f.titles {
		c.enter(f, n, 0)
	}
	c.enter(f, name{text: Normalise(f.ID)}, 2)
	if f.Kind == List {
		c.enter(f, name{text: Normalise(f.ID) + " #"}, 2)
	}
	for i, n := range f.aliases {
		c.enter(f, n, aliasRank+2*i)
	}
	for i, n := range f.fallbacks {
		c.enter(f, n, fallbackRank+2*i)
	}
}

func (c *fieldCatalogue) enter(f *Field, n name, rank int) {
	c.add(n.text, match{f, n.only, rank})
	if bare := withoutBrackets(n.text); bare != n.text {
		c.add(bare, match{f, n.only, rank + 1})
	}
}

// add keeps the best rank where one name is entered twice for a field.
func (c *fieldCatalogue) add(text string, m match) {
	for i, old := range c.byName[text] {
		if old.field == m.field && old.only == m.only {
			c.byName[text][i].rank = min(old.rank, m.rank)
			return
		}
	}
	c.byName[text] = append(c.byName[text], m)
}

func withoutBrackets(s string) string {
	return strings.NewReplacer("(", "", ")", "").Replace(s)
}
