package method

import "remit/register"

// Method is one loaded and checked method.
type Method struct {
	Name        string
	Title       string
	Kind        string // flow (the official chart) or tool (the national validation tool)
	Authority   string
	From, To    register.Day // the activity the method was published for
	CarriedTo   register.Day // later activity that it is carried forward to, or To
	Carried     string       // what every result for such activity has to say
	Established string       // what is not established about the method; blank: nothing
	Compare     string       // the method to set beside this one in a report
	Sources     []string
	Hash        string // SHA-256 of the file, and of the file it is based on

	Inputs   []*Input
	Readings []*Reading
	Lookups  []*Lookup
	Facts    []*Fact
	Date     *Node
	Spell    *Spell
	Start    []Route
	Boxes    []*Box // in the order of the file, which is an order that every path follows
	Ends     []*End
	Warnings []*Warning

	boxes map[string]*Box
	ends  map[string]*End
	lists map[string][]string
	// written is the file as written, with the file it is based on: what is shown
	// and compared is this, and not the expressions as they were simplified.
	written *file
}

// Input is a field of the record that the method reads.
type Input struct {
	Name  string // the field's short name, as in package activity
	As    string // how it is cleaned before use: code, organisation, postcode, date, ...
	Clean *Node
}

// Reading is a named choice where the guidance is ambiguous.
type Reading struct {
	ID       string
	Question string
	Default  string
	Chosen   string
	Options  []Option
}

// Option is one way to read the guidance.
type Option struct{ Name, Means string }

// Lookup is a row of a reference table found by a key on the assignment date.
type Lookup struct {
	Name      string
	Table     *register.Table
	Key       *Node
	Undated   bool         // rows count whatever their dates
	Since     register.Day // no row is found before this day
	index     int
	expr      text
	tableName string
}

// Fact is a named intermediate result: true or false, or a text.
type Fact struct {
	Name   string
	Says   string // in plain words
	Node   *Node
	IsBool bool
	index  int
	expr   text
	node   Node // the one node that every mention of the fact shares
}

// Route says where a record starts: at the first route whose condition holds.
type Route struct {
	When *Node // nil: always
	To   string
	Says string
	when text
}

// Box is one question of the chart, under its official label.
type Box struct {
	Label   string
	Trace   string // how the box is shown in a trace, where two boxes share one official label
	Asks    string // the question in our own words
	Note    string
	When    *Node  // yes when this is true
	Yes, No string // the label of a box, or the name of an end
	when    text
	expr    string
	index   int
}

// End is where a path stops: a kind of payer, and the order in which the payer
// is looked up.
type End struct {
	Name     string
	Label    string // the chart's words for the payer
	Note     string
	Payers   []Payer
	Outcome  string // outcome when no payer is found; blank: Label
	Category *Node  // category when no payer is found
	index    int
}

// NamesPayer says that an end of the method names the code as its payer, rather
// than looking it up.
func (m *Method) NamesPayer(code string) bool {
	for _, e := range m.ends {
		for _, p := range e.Payers {
			if code != "" && p.Pays.op == opConst && p.Pays.str == code {
				return true
			}
		}
	}
	return false
}

// Payer is one place where an end looks for its payer.
type Payer struct {
	From                 string // practice, postcode, provider, ...: which look-up supplies it
	Outcome              string // outcome code; {payer} stands for the payer's code; blank: the end's label
	Pays                 *Node
	When                 *Node // nil: when Pays is not blank
	Category             *Node
	pays, when, category text
}

// Warning is a stable code with the condition under which a record carries it.
type Warning struct {
	Code string
	Says string
	Do   string // what a user can do about it
	When *Node
}

// Spell is the rule by which one specialised episode makes its whole spell specialised.
type Spell struct {
	Says         string
	Applies      *Node // which records are episodes of a spell
	Specialised  *Node // the episode carries a specialised line
	EpisodeOnly  *Node // only this episode is specialised, never its spell
	FollowsSpell *Node // this episode is specialised only when its spell is
}

// Box finds a box by its label, or nil.
func (m *Method) Box(label string) *Box { return m.boxes[label] }

// End finds an end by its name, or nil.
func (m *Method) End(name string) *End { return m.ends[name] }

// Spec names the method with the readings that were changed, in the form that
// the command line takes: cam-2025-26+A4=40.
func (m *Method) Spec() string {
	s := m.Name
	for _, r := range m.Readings {
		if r.Chosen != r.Default {
			s += "+" + r.ID + "=" + r.Chosen
		}
	}
	return s
}

// Reads tells whether the method looks at the field, by its id.
func (m *Method) Reads(field string) bool {
	for _, in := range m.Inputs {
		if in.Name == field {
			return true
		}
	}
	return false
}
