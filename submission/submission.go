package submission

import (
	"io"

	"remit/activity"
	"remit/register"
)

// This file is the package's exported face; what does the work is beside it.

// Severity says what becomes of what a finding is about.
type Severity int

// The severities, the mildest first.
const (
	None       Severity = iota
	Warn                // the row counts, and the provider is told
	RejectRow           // the row does not count
	RejectFile          // no row of the file counts
)

// Kind says which of the two reconciliations of a month a submission is for.
type Kind string

// The kinds of submission. Unstated counts as flex.
const (
	Unstated Kind = ""
	Flex     Kind = "flex"
	Freeze   Kind = "freeze"
)

// Given is what is known of a file beside its contents: what the sender or the
// operator said. Every part may be blank.
type Given struct {
	FileName string
	Feed     activity.Dataset
	Provider string // who the file must be from
	Year     string // the year it must be of, as 202627
	Month    int    // the latest month it should hold, 1 to 13
	Kind     Kind
	Encoding activity.Encoding // in which its text was written, where it was read as text
	On       register.Day      // the day on which rules and codes are looked up for rows without a period; 0 for whenever they held
	Previous *Shape            // the last submission of the same feed and year, nil when there is none
}

// Shape is the size of a submission, to hold the next one against.
type Shape struct {
	Rows   int64           `json:"rows"`
	Money  activity.Amount `json:"money"`
	Months []int           `json:"months,omitempty"` // that it holds: the same are looked at in the next; none for all
}

// From says where a part of a heading was found.
type From string

// The places, in the order in which they are believed. Somebody who gives a
// part is believed before the file is, but for the provider: who may see the
// rows hangs on it, so that the rows themselves are believed first.
const (
	FromGiven    From = "given"
	FromBody     From = "body"
	FromFileName From = "file name"
	FromDates    From = "activity dates"
	FromNowhere  From = ""
)

// Heading is what a file says it is.
type Heading struct {
	Feed         activity.Dataset `json:"feed"`
	FeedFrom     From             `json:"feed_from"`
	Provider     string           `json:"provider"` // the one with most rows where there are several
	ProviderFrom From             `json:"provider_from"`
	Year         string           `json:"year"` // 202627
	YearFrom     From             `json:"year_from"`
	Months       []int            `json:"months"` // that have rows, in order
	MonthFrom    From             `json:"month_from"`
	Kind         Kind             `json:"kind"`
	KindFrom     From             `json:"kind_from"`
	Version      int              `json:"version"` // of the standard, by its column names: 1 or 2, 0 when they do not tell
}

// Recognise tells the feed of a file by its columns and finds its fields. Feeds
// of activity (APC, OP, ECDS) are told too. The errors are those of activity.Recognise.
func Recognise(header []string) (activity.Layout, error) { return recognise(header) }

// LayoutFor finds the fields of a feed that is known; of a blank feed as Recognise does.
func LayoutFor(feed activity.Dataset, header []string) (activity.Layout, error) {
	return layoutFor(feed, header)
}

// ReadFileName tells what a file name says: RJ1_PLCM_2627_M03_FLEX.csv. The
// provider is a code of the pack's providers; a nil pack finds none.
func ReadFileName(name string, pack *register.Pack) Heading { return readFileName(name, pack) }

// Rules is a set of validation rules. It is not changed once loaded and may be shared.
type Rules struct {
	Hash string // SHA-256 over the files it was read from, in hexadecimal
	list []*Rule
}

// LoadRules reads the shipped rules and lays overlays over them: CSV files in
// the schema of rules/README.md, the later over the earlier. A row with the id
// of a rule changes the columns that the overlay has; another row adds a rule.
// The error is a Faults with every fault of every file.
func LoadRules(overlays ...Overlay) (*Rules, error) { return loadRules(overlays) }

// Overlay is a file of changes to the rules.
type Overlay struct {
	Name string // for faults
	Text []byte
}

// All lists the rules in order, those switched off among them. They are shared: do not change them.
func (r *Rules) All() []*Rule { return r.list }

// Rule finds a rule by its id.
func (r *Rules) Rule(id string) (*Rule, bool) { return r.rule(id) }

// Bind compiles the rules for the columns of a file. The code lists are those
// of the pack on the day of each row's period. The Validator is for one
// goroutine; Fork gives one for each of the others.
func (r *Rules) Bind(l activity.Layout, pack *register.Pack, g Given) (*Validator, error) {
	return r.bind(l, pack, g)
}

// Fork gives a Validator of the same rules for another goroutine.
func (v *Validator) Fork() *Validator { return v.fork() }

// Row validates one row: its number in the file, counted from 1 for the first
// record, and its fields in the order of the layout's columns, without
// quotation marks. The Outcome is the caller's until the next call, its strings
// for good. Rows may come in any order and each goes to one Validator only.
func (v *Validator) Row(number int64, fields [][]byte) *Outcome { return v.row(number, fields) }

// BadRow records a row that could not be cut into fields: fault is a rule id
// of the kind file, such as row_fields.
func (v *Validator) BadRow(number int64, fault string) *Outcome { return v.badRow(number, fault) }

// Finish merges what all Validators saw into this one, tests the rules of the
// file as a whole and gives the result. The Validators are spent.
func (v *Validator) Finish(others ...*Validator) *Result { return v.finish(others) }

// Outcome is what a row came to.
type Outcome struct {
	Severity Severity
	Codes    string // rule ids joined by |, each once, in the order of the rules; blank for none. Equal texts are one string
	Hits     []Hit
	Year     string          // the row's financial year as 202627, blank when it cannot be told
	Month    int             // its month 1 to 13, 0 in a plan for a whole year, -1 when it cannot be told
	Period   From            // where the period was found
	Money    activity.Amount // total cost, actual price, or planned price of a plan; nothing when unreadable
	HasMoney bool
}

// Hit is one rule that a row breaks in one field.
type Hit struct {
	Rule   *Rule
	Column int // of the file, counted from 0; -1 when the rule is of the row
}

// Result is what the rules found in a file.
type Result struct {
	Heading   Heading         `json:"heading"`
	Rows      int64           `json:"rows"`
	Rejected  int64           `json:"rejected"` // rows rejected; all of them when the file is
	Flagged   int64           `json:"flagged"`  // rows with any finding
	Money     activity.Amount `json:"money"`
	AtRisk    activity.Amount `json:"at_risk"` // the money of rejected rows
	Severity  Severity        `json:"severity"`
	Findings  []Finding       `json:"findings"`            // the gravest first, then by money
	Slices    []SliceTotal    `json:"slices"`              // rows that are not rejected, by slice, in order
	Providers []string        `json:"providers,omitempty"` // that rows are of, the one with most rows first; at most ten
	Unknown   []string        `json:"unknown"`             // columns that are no known field; kept, not read
	Rules     string          `json:"rules"`               // hash of the rules
}

// Level says what a finding is about.
type Level string

// The levels.
const (
	FileLevel  Level = "file"
	RowLevel   Level = "row"
	FieldLevel Level = "field"
)

// Finding is one rule that a file breaks, in one field.
type Finding struct {
	Rule     string          `json:"rule"`
	Level    Level           `json:"level"`
	Severity Severity        `json:"severity"`
	Field    string          `json:"field,omitempty"`  // its id
	Column   string          `json:"column,omitempty"` // as the file names it
	Message  string          `json:"message"`
	Remedy   string          `json:"remedy"`
	Rows     int64           `json:"rows"`  // 0 for a finding about no row in particular
	Money    activity.Amount `json:"money"` // of those rows, as submitted: credits count against charges
	Samples  []Sample        `json:"samples,omitempty"`
}

// Sample is a row that shows a finding. Values that identify patients are not shown.
type Sample struct {
	Row    int64  `json:"row"`
	Value  string `json:"value"`
	Hidden bool   `json:"hidden,omitempty"` // there is a value that is not shown
}

// Slice is what one submission restates as a whole and the current view picks.
type Slice struct {
	Provider     string           `json:"provider"`
	Feed         activity.Dataset `json:"feed"`
	Year         string           `json:"year"`
	Month        int              `json:"month"`
	Commissioner string           `json:"commissioner,omitempty"` // of ACM only
}

// SliceTotal is what a submission holds of a slice.
type SliceTotal struct {
	Slice
	Rows  int64           `json:"rows"`
	Money activity.Amount `json:"money"`
}

// Inspect reads a whole file of delimited text, tells what it is and validates
// it. Faults of the file are findings of the result; the error is one of the
// reader or of the rules.
func Inspect(r io.Reader, rules *Rules, pack *register.Pack, g Given) (*Result, error) {
	return inspect(r, rules, pack, g)
}

// Sniff tells from the first bytes of a file, up to 64 KiB, what it is when it is
// no delimited text: the id of the rule that it breaks; blank for text.
func Sniff(head []byte) (rule string) { return sniff(head) }

// FileFault gives the id of the rule that an error met in opening or reading a
// file breaks (a FileError, UnknownDatasetError, MissingColumnsError and so on).
func FileFault(err error) (rule string) { return fileFault(err) }

// FaultResult is the result of a file that cannot be read: the rule it breaks and nothing else.
func (r *Rules) FaultResult(rule string, detail string, g Given) *Result {
	return r.faultResult(rule, detail, g)
}

// Load is one submission as the current view sees it.
type Load struct {
	Submission string
	Order      int64 // when it was loaded: a later one has the greater number
	Kind       Kind
	Slices     []Slice
}

// Current picks for every slice the submission whose rows count: the latest
// freeze, else the latest flex, by loading order. Loads may come in any order.
func Current(loads []Load) map[Slice]string { return current(loads) }
