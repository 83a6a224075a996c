package method

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"remit/register"
)

// Library finds method files and reference tables by name.
type Library struct {
	Pack *register.Pack
	// Open gives the text of a method file by the name or path a user wrote,
	// and the name to report faults under.
	Open func(name string) (src []byte, file string, err error)
}

// Load reads the method that a spec names, checks it whole and gives every
// fault at once. A spec is a name or path, followed by the readings to change:
// cam-2025-26+A4=40+A3=literal.
func (lib Library) Load(spec string) (*Method, error) {
	name, chosen, err := splitSpec(spec)
	if err != nil {
		return nil, err
	}
	f, hash, err := lib.read(name, nil)
	if err != nil {
		return nil, err
	}
	m, err := build(f, lib.Pack, hash, chosen)
	var wrong *SpecError
	if errors.As(err, &wrong) {
		wrong.Spec = spec
	}
	return m, err
}

// SpecError says that readings were chosen that a method does not have.
type SpecError struct {
	Spec     string
	Problems []string
}

func (e *SpecError) Error() string { return e.Spec + ": " + strings.Join(e.Problems, "\n") }

func splitSpec(spec string) (name string, chosen map[string]string, err error) {
	parts := strings.Split(spec, "+")
	chosen = map[string]string{}
	wrong := &SpecError{Spec: spec}
	for _, p := range parts[1:] {
		id, option, ok := strings.Cut(p, "=")
		if _, twice := chosen[id]; twice {
			wrong.Problems = append(wrong.Problems, fmt.Sprintf("reading %s is chosen twice. Choose one option", id))
		}
		if !ok {
			wrong.Problems = append(wrong.Problems, fmt.Sprintf("%q does not choose a reading. Write %s+READING=OPTION", p, parts[0]))
		}
		chosen[id] = option
	}
	if wrong.Problems != nil {
		return "", nil, wrong
	}
	return parts[0], chosen, nil
}

// read parses a file and lays it over the file it is based on, if any.
func (lib Library) read(name string, above []string) (*file, string, error) {
	if slices.Contains(above, name) {
		return nil, "", fmt.Errorf("it is based on itself: %s", strings.Join(append(above, name), " > "))
	}
	src, path, err := lib.Open(name)
	if err != nil {
		return nil, "", err
	}
	f, err := parse(src, path)
	if err != nil {
		return nil, "", err
	}
	sum := sha256.Sum256(src)
	hash := hex.EncodeToString(sum[:])
	if f.BasedOn.value == "" {
		return f, hash, nil
	}
	base, baseHash, err := lib.read(f.BasedOn.value, append(above, name))
	var faults Faults
	if errors.As(err, &faults) {
		return nil, "", err
	}
	if err != nil {
		at := f.BasedOn
		return nil, "", Faults{{at.file, at.line, at.column, err.Error(), "Name a shipped method, or the path of a method file"}}
	}
	both := sha256.Sum256([]byte(hash + baseHash))
	return merge(base, f), hex.EncodeToString(both[:]), nil
}

const sourceRemedy = "Compare with a shipped method: remit method show cam-2025-26 --source"

func parse(src []byte, path string) (*file, error) {
	var f file
	if err := ReadYAML(src, path, sourceRemedy, &f); err != nil {
		return nil, err
	}
	if f.Method.line == 0 { // faults of the file as a whole are reported here
		f.Method = text{file: path, line: 1, column: 1}
	}
	return &f, nil
}

// builder turns a parsed file into a Method and collects the faults.
type builder struct {
	f      *file
	m      *Method
	pack   *register.Pack
	env    *environment
	faults Faults
	// decided says that what is compiled is asked after the decision: warnings.
	decided bool
}

func (b *builder) fault(at text, remedy, problem string, args ...any) {
	b.faults = append(b.faults, Fault{at.file, at.line, at.column, fmt.Sprintf(problem, args...), remedy})
}

func build(f *file, pack *register.Pack, hash string, chosen map[string]string) (*Method, error) {
	b := &builder{f: f, pack: pack, m: &Method{
		Name: f.Method.value, Title: f.Title, Kind: f.Kind, Authority: f.Authority,
		Carried: f.Carried.Says, Established: f.Established, Compare: f.Compare, Sources: f.Sources, Hash: hash,
		boxes: map[string]*Box{}, ends: map[string]*End{}, lists: map[string][]string{}, written: f,
	}}
	b.header()
	unknown := b.readings(chosen)
	for name, l := range f.Lists {
		b.m.lists[name] = l.Codes
	}
	b.declare()
	if len(b.faults) > 0 {
		return nil, b.faults
	}
	if unknown != nil {
		return nil, &SpecError{Problems: unknown}
	}
	b.expressions()
	b.flow()
	if len(b.faults) > 0 {
		sort.SliceStable(b.faults, func(i, j int) bool { return b.faults[i].Line < b.faults[j].Line })
		return nil, b.faults
	}
	return b.m, nil
}

func (b *builder) header() {
	if b.m.Name == "" {
		b.fault(b.f.Method, "Start the file with method: NAME", "the method has no name")
	}
	if b.m.Kind != "flow" && b.m.Kind != "tool" {
		b.fault(b.f.Method, "Write kind: flow or kind: tool", "kind is %q", b.m.Kind)
	}
	b.m.From = b.day(b.f.Applies.From, register.Earliest)
	b.m.To = b.day(b.f.Applies.To, register.Latest)
	b.m.CarriedTo = b.day(b.f.Carried.To, b.m.To)
}

func (b *builder) day(t text, blank register.Day) register.Day {
	if t.value == "" {
		return blank
	}
	d, err := register.ParseDay(t.value)
	if err != nil {
		b.fault(t, "Write the date as YYYY-MM-DD", "%v", err)
	}
	return d
}

// readings takes the readings of the file and those that were chosen, and says
// what is wrong with the choice.
func (b *builder) readings(chosen map[string]string) (wrong []string) {
	for _, fr := range b.f.Readings {
		r := &Reading{ID: fr.ID.value, Question: fr.Question, Default: fr.Default.value, Chosen: fr.Default.value}
		for _, o := range fr.Options {
			r.Options = append(r.Options, Option{Name: fmt.Sprint(o.Key), Means: fmt.Sprint(o.Value)})
		}
		if !r.has(r.Default) {
			b.fault(fr.Default, "Choose one of "+r.names(), "the default %q is not an option of reading %s", r.Default, r.ID)
		}
		if c, ok := chosen[r.ID]; ok {
			delete(chosen, r.ID)
			if !r.has(c) {
				wrong = append(wrong, fmt.Sprintf("reading %s has no option %q. Choose one of %s", r.ID, c, r.names()))
			}
			r.Chosen = c
		}
		b.m.Readings = append(b.m.Readings, r)
	}
	for _, id := range slices.Sorted(maps.Keys(chosen)) {
		wrong = append(wrong, fmt.Sprintf("the method has no reading %q. See remit method show %s", id, b.m.Name))
	}
	return wrong
}

func (r *Reading) has(option string) bool {
	return slices.ContainsFunc(r.Options, func(o Option) bool { return o.Name == option })
}

func (r *Reading) names() string {
	names := make([]string, len(r.Options))
	for i, o := range r.Options {
		names[i] = o.Name
	}
	return strings.Join(names, ", ")
}

// declare makes the names known that expressions may use.
func (b *builder) declare() {
	b.unique()
	for _, fi := range b.f.Inputs {
		b.m.Inputs = append(b.m.Inputs, &Input{Name: fi.Field.value, As: fi.As.value})
	}
	for i, fl := range b.f.Lookups {
		t := b.pack.Table(fl.Table.value)
		if t == nil {
			b.fault(fl.Table, "See remit reference check for the tables there are", "there is no reference table %q", fl.Table.value)
			continue
		}
		l := &Lookup{Name: fl.Name.value, Table: t, tableName: fl.Table.value, Undated: fl.Undated, Since: b.day(fl.Since, register.Earliest), index: i, expr: fl.Key}
		b.m.Lookups = append(b.m.Lookups, l)
	}
	for i, ff := range b.f.Facts {
		x := &Fact{Name: ff.Name.value, Says: ff.Says, IsBool: ff.Is.value != "", index: i, expr: ff.Is}
		if !x.IsBool {
			x.expr = ff.Value
		}
		if x.expr.value == "" {
			b.fault(ff.Name, "Write is: (true or false) or value: (a text)", "fact %s says nothing", x.Name)
		}
		x.node = Node{op: opFact, isBool: x.IsBool, fact: x, name: x.Name}
		b.m.Facts = append(b.m.Facts, x)
	}
	if len(b.faults) == 0 {
		b.env = newEnvironment(b)
	}
}

// unique reports names that stand for two things.
func (b *builder) unique() {
	seen := map[string]bool{}
	for name := range b.f.Lists {
		seen[name] = true
	}
	check := func(name text) {
		if seen[name.value] {
			b.fault(name, "Give each input, look-up, fact and list a name of its own", "there are two things called %s", name.value)
		}
		seen[name.value] = true
	}
	for _, x := range b.f.Inputs {
		check(x.Field)
	}
	for _, x := range b.f.Lookups {
		check(x.Name)
	}
	for _, x := range b.f.Facts {
		check(x.Name)
	}
}

// expressions compiles every condition and value of the file.
func (b *builder) expressions() {
	for i, in := range b.m.Inputs {
		in.Clean = b.clean(in, b.f.Inputs[i].As)
	}
	for _, l := range b.m.Lookups {
		if l.Key == nil { // those that clean organisation codes have theirs
			l.Key = b.compile(l.expr, false)
		}
	}
	for _, x := range b.m.Facts {
		x.Node = b.compile(x.expr, x.IsBool)
	}
	b.m.Date = b.compile(b.f.Date, false)
	b.checkDefinitions()
	if s := b.f.Spell; s != nil {
		b.m.Spell = &Spell{Says: s.Says, Applies: b.compile(s.Applies, true), Specialised: b.compile(s.Specialised, true), EpisodeOnly: b.compile(s.EpisodeOnly, true), FollowsSpell: b.compile(s.Follows, true)}
	}
	b.decided = true
	for _, fw := range b.f.Warnings {
		b.m.Warnings = append(b.m.Warnings, &Warning{Code: fw.Code.value, Says: fw.Says, Do: fw.Do, When: b.compile(fw.When, true)})
	}
	b.decided = false
	if len(b.m.Warnings) > 64 {
		b.fault(b.f.Warnings[64].Code, "Take out or join some", "a method may have 64 warnings at most")
	}
}

// clean builds the node that cleans an input. An organisation code loses a
// trailing 00 only when the three characters before it are a known organisation
// and all five are not (commissioner assignment, section 1.3 step 2).
func (b *builder) clean(in *Input, at text) *Node {
	raw := &Node{op: opInput, name: in.Name}
	switch in.As {
	case "", "raw":
		return raw
	case "code", "loose_text", "postcode", "date", "financial_year", "month":
		return fold(&Node{op: opCall, name: "as_" + in.As, eval: calls["as_"+in.As].eval, args: []*Node{raw}})
	case "organisation":
		return b.cleanOrganisation(raw)
	}
	b.fault(at, "Choose code, organisation, postcode, date, financial_year, month, loose_text or raw", "input %s cannot be read as %q", in.Name, in.As)
	return raw
}

func (b *builder) cleanOrganisation(raw *Node) *Node {
	code := &Node{op: opCall, name: "as_code", eval: calls["as_code"].eval, args: []*Node{raw}}
	short := &Node{op: opCall, name: "left", eval: calls["left"].eval, args: []*Node{code, constant("3")}}
	table := b.pack.Table("organisation")
	known := func(l *Lookup) *Node {
		return &Node{op: opNe, isBool: true, args: []*Node{{op: opField, lookup: l, column: table.Column("code")}, constant("")}}
	}
	full := b.hidden("organisation", table, code)
	cut := b.hidden("organisation_short", table, short)
	long := &Node{op: opCall, name: "is_long_org", eval: calls["is_long_org"].eval, isBool: true, args: []*Node{code}}
	strip := &Node{op: opAnd, isBool: true, args: []*Node{long, known(cut), {op: opNot, isBool: true, args: []*Node{known(full)}}}}
	return &Node{op: opCond, args: []*Node{strip, short, code}}
}

// hidden adds a look-up that the file does not name.
func (b *builder) hidden(name string, t *register.Table, key *Node) *Lookup {
	l := &Lookup{Name: fmt.Sprintf("_%s_%d", name, len(b.m.Lookups)), Table: t, tableName: "organisation", Key: key, Undated: true, Since: register.Earliest, index: len(b.m.Lookups)}
	b.m.Lookups = append(b.m.Lookups, l)
	return l
}
