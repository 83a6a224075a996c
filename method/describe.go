package method

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Description is a method as a reader needs it: every part by name, with
// conditions as they are written in the file and the readings chosen.
type Description struct {
	Name           string               `json:"name"`
	Spec           string               `json:"spec"`
	Title          string               `json:"title"`
	Kind           string               `json:"kind"`
	BasedOn        string               `json:"based_on,omitempty"`
	Authority      string               `json:"authority,omitempty"`
	From           string               `json:"from"`
	To             string               `json:"to"`
	CarriedTo      string               `json:"carried_forward_to,omitempty"`
	Carried        string               `json:"carried_forward,omitempty"`
	NotEstablished string               `json:"not_established,omitempty"`
	Compare        string               `json:"compare_with,omitempty"`
	Sources        []string             `json:"sources"`
	Hash           string               `json:"hash"`
	Inputs         []InputDescription   `json:"inputs"`
	Lists          []ListDescription    `json:"lists"`
	Readings       []ReadingDescription `json:"readings"`
	Date           string               `json:"assignment_date"`
	Lookups        []LookupDescription  `json:"lookups"`
	Facts          []FactDescription    `json:"facts"`
	Spell          *SpellDescription    `json:"spell,omitempty"`
	Start          []RouteDescription   `json:"start"`
	Boxes          []BoxDescription     `json:"boxes"`
	Ends           []EndDescription     `json:"ends"`
	Warnings       []WarningDescription `json:"warnings"`
}

// InputDescription is a field of the record and how it is cleaned.
type InputDescription struct {
	Field string `json:"field"`
	As    string `json:"as"`
	Note  string `json:"note,omitempty"`
}

// ListDescription is a named list of codes.
type ListDescription struct {
	Name   string   `json:"name"`
	Says   string   `json:"says"`
	Source string   `json:"source,omitempty"`
	Codes  []string `json:"codes"`
}

// ReadingDescription is an ambiguity of the guidance and how it is read.
type ReadingDescription struct {
	ID       string              `json:"reading"`
	Question string              `json:"question"`
	Default  string              `json:"default"`
	Chosen   string              `json:"chosen"`
	Options  []OptionDescription `json:"options"`
}

// OptionDescription is one way to read an ambiguity.
type OptionDescription struct {
	Name  string `json:"option"`
	Means string `json:"means"`
}

// LookupDescription is a row of reference data that the method looks up.
type LookupDescription struct {
	Name    string `json:"lookup"`
	Table   string `json:"table"`
	By      string `json:"by"`
	Undated bool   `json:"undated,omitempty"`
	Since   string `json:"since,omitempty"`
	Note    string `json:"note,omitempty"`
}

// FactDescription is a named intermediate result.
type FactDescription struct {
	Name string `json:"fact"`
	Says string `json:"says"`
	Is   string `json:"is"`
}

// SpellDescription is how one episode makes a whole spell specialised.
type SpellDescription struct {
	Says         string `json:"says"`
	Applies      string `json:"applies"`
	Specialised  string `json:"specialised"`
	EpisodeOnly  string `json:"episode_only"`
	FollowsSpell string `json:"follows_spell"`
}

// RouteDescription is where some records start.
type RouteDescription struct {
	When string `json:"when,omitempty"`
	To   string `json:"to"`
	Says string `json:"says,omitempty"`
}

// BoxDescription is one question of the chart.
type BoxDescription struct {
	Label    string `json:"box"`
	TracedAs string `json:"traced_as,omitempty"`
	Asks     string `json:"asks"`
	Note     string `json:"note,omitempty"`
	When     string `json:"when"`
	Yes      string `json:"yes"`
	No       string `json:"no"`
	Reading  string `json:"reading,omitempty"` // the reading that chose an arrow
}

// EndDescription is a kind of payer and the order in which the payer is looked up.
type EndDescription struct {
	Name       string             `json:"end"`
	Label      string             `json:"label"`
	Kind       string             `json:"kind"`
	Note       string             `json:"note,omitempty"`
	Categories []string           `json:"categories"`
	Category   string             `json:"category,omitempty"` // as written
	Payers     []PayerDescription `json:"payers"`
	Otherwise  string             `json:"otherwise,omitempty"` // outcome when no payer is found
}

// PayerDescription is one place where an end looks for its payer.
type PayerDescription struct {
	From     string `json:"from"`
	When     string `json:"when,omitempty"`
	Pays     string `json:"pays"`
	Outcome  string `json:"outcome,omitempty"`
	Category string `json:"category,omitempty"`
}

// WarningDescription is a warning and what a user can do about it.
type WarningDescription struct {
	Code string `json:"warning"`
	Says string `json:"says"`
	Do   string `json:"do"`
	When string `json:"when"`
}

// Description describes the method.
func (m *Method) Description() Description {
	f := m.written
	d := Description{
		Name: m.Name, Spec: m.Spec(), Title: m.Title, Kind: m.Kind, BasedOn: f.BasedOn.value, Authority: m.Authority,
		From: m.From.String(), To: m.To.String(), Carried: m.Carried, NotEstablished: m.Established,
		Compare: m.Compare, Sources: m.Sources, Hash: m.Hash, Date: oneLine(f.Date),
	}
	if m.CarriedTo != m.To {
		d.CarriedTo = m.CarriedTo.String()
	}
	d.describeNames(m)
	d.describeFlow(m)
	for _, w := range f.Warnings {
		d.Warnings = append(d.Warnings, WarningDescription{w.Code.value, w.Says, w.Do, oneLine(w.When)})
	}
	return d
}

// oneLine is an expression as written, without the line breaks of its file.
func oneLine(t text) string { return strings.Join(strings.Fields(t.value), " ") }

// describeNames describes what conditions can name.
func (d *Description) describeNames(m *Method) {
	f := m.written
	for _, in := range f.Inputs {
		d.Inputs = append(d.Inputs, InputDescription{in.Field.value, in.As.value, in.Note})
	}
	for name, l := range f.Lists {
		d.Lists = append(d.Lists, ListDescription{name, l.Says, l.Source, l.Codes})
	}
	slices.SortFunc(d.Lists, func(a, b ListDescription) int { return strings.Compare(a.Name, b.Name) })
	for _, r := range m.Readings {
		rd := ReadingDescription{ID: r.ID, Question: r.Question, Default: r.Default, Chosen: r.Chosen}
		for _, o := range r.Options {
			rd.Options = append(rd.Options, OptionDescription(o))
		}
		d.Readings = append(d.Readings, rd)
	}
	for _, l := range f.Lookups {
		d.Lookups = append(d.Lookups, LookupDescription{l.Name.value, l.Table.value, oneLine(l.Key), l.Undated, l.Since.value, l.Note})
	}
	for _, x := range f.Facts {
		is := x.Is
		if is.value == "" {
			is = x.Value
		}
		d.Facts = append(d.Facts, FactDescription{x.Name.value, x.Says, oneLine(is)})
	}
	if s := f.Spell; s != nil {
		d.Spell = &SpellDescription{s.Says, oneLine(s.Applies), oneLine(s.Specialised), oneLine(s.EpisodeOnly), oneLine(s.Follows)}
	}
}

// describeFlow describes the chart.
func (d *Description) describeFlow(m *Method) {
	for _, r := range m.Start {
		d.Start = append(d.Start, RouteDescription{oneLine(r.when), r.To, r.Says})
	}
	chosenBy := map[string]string{}
	for _, fb := range m.written.Boxes {
		chosenBy[fb.Label.value] = fb.Yes.reading.value + fb.No.reading.value
	}
	for _, x := range m.Boxes {
		b := BoxDescription{Label: x.Label, Asks: x.Asks, Note: x.Note, When: oneLine(x.when), Yes: x.Yes, No: x.No, Reading: chosenBy[x.Label]}
		if x.Trace != x.Label {
			b.TracedAs = x.Trace
		}
		d.Boxes = append(d.Boxes, b)
	}
	written := map[string]fileEnd{}
	for _, fe := range m.written.Ends {
		written[fe.Name.value] = fe
	}
	for _, e := range m.Ends {
		fe := written[e.Name]
		ed := EndDescription{Name: e.Name, Label: e.Label, Kind: kindOf(e).word, Note: e.Note, Categories: e.categories(), Category: oneLine(fe.Category), Otherwise: e.Outcome}
		for _, y := range e.Payers {
			ed.Payers = append(ed.Payers, describePayer(y, fe.Category))
		}
		d.Ends = append(d.Ends, ed)
	}
}

func describePayer(y Payer, category text) PayerDescription {
	p := PayerDescription{From: y.From, When: oneLine(y.when), Pays: oneLine(y.pays), Outcome: y.Outcome}
	if y.category.value != category.value {
		p.Category = oneLine(y.category)
	}
	return p
}

// Describe writes the method for people to read.
func (m *Method) Describe(w io.Writer) error {
	d := m.Description()
	p := &prose{}
	p.header(m, d)
	p.names(d)
	p.flow(d)
	p.heading("Warnings", len(d.Warnings))
	for _, x := range d.Warnings {
		p.term(x.Code, x.Says)
		p.detail("do", x.Do)
		p.detail("when", x.When)
	}
	_, err := io.WriteString(w, strings.TrimRight(p.String(), "\n")+"\n")
	return err
}

// prose is text for a terminal of 100 columns.
type prose struct{ strings.Builder }

const (
	proseWidth  = 100
	detailWidth = 16
)

func (p *prose) heading(name string, n int) {
	if n > 0 {
		fmt.Fprintf(p, "\n%s (%d)\n", name, n)
	}
}

func (p *prose) term(name, says string) {
	fmt.Fprintf(p, "\n  %s\n", name)
	p.indented(says, "    ", "    ")
}

// detail writes a line with a name, such as "when", and nothing when there is nothing to say.
func (p *prose) detail(name, value string) {
	if value != "" {
		p.indented(value, fmt.Sprintf("    %-*s", detailWidth, name), strings.Repeat(" ", 4+detailWidth))
	}
}

// indented breaks a text into lines at spaces.
func (p *prose) indented(s, first, rest string) {
	line := first
	empty := true
	for _, word := range strings.Fields(s) {
		if !empty && len(line)+1+len(word) > proseWidth {
			fmt.Fprintln(p, line)
			line, empty = rest, true
		}
		if !empty {
			line += " "
		}
		line, empty = line+word, false
	}
	if !empty {
		fmt.Fprintln(p, line)
	}
}

func (p *prose) header(m *Method, d Description) {
	fmt.Fprintf(p, "%s\n%s\n\n", d.Spec, d.Title)
	p.detail("applies", dayWords(m.From)+" to "+dayWords(m.To))
	if d.CarriedTo != "" {
		p.detail("carried forward", "to "+dayWords(m.CarriedTo)+". "+d.Carried)
	}
	p.detail("authority", d.Authority)
	p.detail("not established", d.NotEstablished)
	p.detail("based on", d.BasedOn)
	p.detail("compare", d.Compare)
	for i, s := range d.Sources {
		p.detail([]string{"sources", ""}[min(i, 1)], s)
	}
	p.detail("version", short(d.Hash))
	p.detail("date", d.Date)
}

func (p *prose) names(d Description) {
	p.heading("Inputs", len(d.Inputs))
	for _, in := range d.Inputs {
		p.indented(in.As+prefixed(", ", in.Note), fmt.Sprintf("  %-24s ", in.Field), strings.Repeat(" ", 27))
	}
	p.heading("Readings", len(d.Readings))
	for _, r := range d.Readings {
		p.term(r.ID, r.Question)
		for _, o := range r.Options {
			p.detail(o.Name, o.Means+r.mark(o.Name))
		}
	}
	p.heading("Lists", len(d.Lists))
	for _, l := range d.Lists {
		p.term(l.Name, l.Says)
		p.detail("codes", codeList(l.Codes))
		p.detail("source", l.Source)
	}
	p.heading("Look-ups", len(d.Lookups))
	for _, l := range d.Lookups {
		p.indented(l.text(), "  ", "      ")
	}
	p.heading("Facts", len(d.Facts))
	for _, x := range d.Facts {
		p.term(x.Name, x.Says)
		p.detail("is", x.Is)
	}
	if s := d.Spell; s != nil {
		fmt.Fprint(p, "\nSpells\n")
		p.indented(s.Says, "    ", "    ")
		p.detail("applies", s.Applies)
		p.detail("whole", s.Specialised)
		p.detail("alone", s.EpisodeOnly)
		p.detail("follows", s.FollowsSpell)
	}
}

// mark says which option is the default and which is chosen.
func (r ReadingDescription) mark(option string) string {
	switch {
	case option == r.Chosen && option == r.Default:
		return " [chosen, the default]"
	case option == r.Chosen:
		return " [chosen]"
	case option == r.Default:
		return " [the default]"
	}
	return ""
}

func (l LookupDescription) text() string {
	s := l.Name + " = " + l.Table + " by " + l.By
	if l.Undated {
		s += ", at any date"
	}
	return s + prefixed(", since ", l.Since) + prefixed(" (", l.Note) + strings.Repeat(")", min(1, len(l.Note)))
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

func codeList(codes []string) string {
	shown := make([]string, len(codes))
	for i, c := range codes {
		if shown[i] = c; c == "" {
			shown[i] = "(blank)"
		}
	}
	return strings.Join(shown, " ")
}

func (p *prose) flow(d Description) {
	p.heading("Start", len(d.Start))
	for i, r := range d.Start {
		p.term(fmt.Sprintf("%d to %s", i+1, r.To), r.Says)
		when := r.When
		if when == "" {
			when = "always"
		}
		p.detail("when", when)
	}
	p.heading("Boxes", len(d.Boxes))
	for _, x := range d.Boxes {
		p.term(x.Label+prefixed(", traced as ", x.TracedAs), x.Asks)
		p.detail("note", x.Note)
		p.detail("when", x.When)
		p.detail("yes", x.Yes)
		p.detail("no", x.No)
		p.detail("reading", x.Reading)
	}
	p.heading("Ends", len(d.Ends))
	for _, e := range d.Ends {
		p.end(e)
	}
}

func (p *prose) end(e EndDescription) {
	says := e.Kind
	if e.Label != e.Name {
		says = e.Label + " (" + e.Kind + ")"
	}
	p.term(e.Name, says)
	p.detail("note", e.Note)
	p.detail("category", e.Category)
	for i, y := range e.Payers {
		p.detail(fmt.Sprintf("payer %d", i+1), y.text())
	}
	p.detail("otherwise", e.Otherwise)
}

func (y PayerDescription) text() string {
	pays := y.Pays
	if pays == "''" {
		pays = "nobody"
	}
	return y.From + ": " + pays + prefixed(" when ", y.When) + prefixed(", outcome ", y.Outcome) + prefixed(", category ", y.Category)
}

// Source is the text of a method file.
type Source struct{ File, Text string }

// Sources gives the file of a method and, after it, the files it is based on.
func (lib Library) Sources(spec string) ([]Source, error) {
	name, _, err := splitSpec(spec)
	if err != nil {
		return nil, err
	}
	if _, _, err := lib.read(name, nil); err != nil { // finds circles and faults
		return nil, err
	}
	var sources []Source
	for name != "" {
		src, path, err := lib.Open(name)
		if err != nil {
			return nil, err
		}
		f, err := parse(src, path)
		if err != nil {
			return nil, err
		}
		sources = append(sources, Source{path, string(src)})
		name = f.BasedOn.value
	}
	return sources, nil
}
