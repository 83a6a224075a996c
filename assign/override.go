package assign

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"sync/atomic"

	"remit/activity"
	"remit/method"
	"remit/register"
)

// Overrides are decisions that no data set can give: children in care placed
// away from home, section 117 aftercare, hosts that commissioners have agreed.
// They are applied last and show in the trace.
type Overrides struct {
	File   string
	SHA256 string
	byKind map[string]map[string][]*override
	all    []*override
}

type override struct {
	from, to               register.Day
	commissioner, category string
	reason                 string
	row                    int // of the file, counted from 1 after the header
	used                   atomic.Bool
}

// overrideKinds are what an override may be keyed by, in the order in which
// they are tried, and the input that holds the key. Codes are compared without
// regard to case and blanks.
var overrideKinds = []overrideKind{
	{"record", "record_key", false}, {"patient", "patient_key", false}, {"practice", "gp_practice", true}, {"provider", "provider", true},
}

type overrideKind struct {
	kind, field string
	code        bool
}

// overrideColumns are the columns of a file that hold the keys, or -1.
type overrideColumns [4]int

var overrideHeader = []string{"kind", "key", "commissioner", "category", "valid_from", "valid_to", "reason"}

// ReadOverrides reads a table of overrides: kind (record, patient, practice or
// provider), key, commissioner, category, valid_from, valid_to, reason. Who pays
// must be a commissioner that the pack knows while the override holds, or one
// that the method names. The error is an *InputError with every fault.
func ReadOverrides(path string, pack *register.Pack, m *method.Method) (*Overrides, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, &InputError{[]string{"reading overrides: " + err.Error()}}
	}
	o, err := readOverrides(text, path)
	if err != nil {
		return nil, err
	}
	if err := inputFaults(o.check(pack, m)); err != nil {
		return nil, err
	}
	return o, nil
}

func readOverrides(text []byte, name string) (*Overrides, error) {
	sum := sha256.Sum256(text)
	o := &Overrides{File: name, SHA256: hex.EncodeToString(sum[:]), byKind: map[string]map[string][]*override{}}
	begin := func(header []string) error { return sameColumns(header, overrideHeader) }
	if err := readTable(text, name, begin, o.read); err != nil {
		return nil, err
	}
	return o, nil
}

func (o *Overrides) read(row int, f []string) []register.Fault {
	var faults []register.Fault
	fault := func(column, value, problem, remedy string) {
		faults = append(faults, register.Fault{File: o.File, Row: row, Column: column, Value: value, Problem: problem, Remedy: remedy})
	}
	for i := range f {
		f[i] = strings.TrimSpace(f[i])
	}
	n := &override{commissioner: strings.ToUpper(f[2]), category: f[3], reason: f[6], from: register.Earliest, to: register.Latest, row: row}
	key := f[1]
	kind := slices.IndexFunc(overrideKinds, func(k overrideKind) bool { return k.kind == f[0] })
	switch {
	case kind < 0:
		fault("kind", f[0], "is not a kind of override", "Write record, patient, practice or provider")
	case overrideKinds[kind].code:
		key = strings.ToUpper(key)
	}
	for _, needed := range []int{1, 2, 6} {
		if f[needed] == "" {
			fault(overrideHeader[needed], "", "is blank", "Every override needs a key, a commissioner and a reason")
		}
	}
	readable := true
	for i, day := range map[int]*register.Day{4: &n.from, 5: &n.to} {
		if f[i] == "" {
			continue
		}
		d, err := register.ParseDay(f[i])
		if err != nil {
			readable = false
			fault(overrideHeader[i], f[i], "is not a date", "Write the date as YYYY-MM-DD")
			continue
		}
		*day = d
	}
	if readable && n.from > n.to {
		fault("valid_to", f[5], "is before valid_from", "Give the last day on which the override holds")
	}
	for _, other := range o.byKind[f[0]][key] {
		if readable && n.from <= other.to && other.from <= n.to {
			fault("valid_from", f[4], fmt.Sprintf("overlaps the override of the same key in row %d", other.row), "Let one end before the other begins")
		}
	}
	if o.byKind[f[0]] == nil {
		o.byKind[f[0]] = map[string][]*override{}
	}
	o.byKind[f[0]][key] = append(o.byKind[f[0]][key], n)
	o.all = append(o.all, n)
	return faults
}

// check says which payers and categories do not exist.
func (o *Overrides) check(pack *register.Pack, m *method.Method) []register.Fault {
	var faults []register.Fault
	for _, n := range o.all {
		if problem, remedy := n.unpayable(pack, m); problem != "" {
			faults = append(faults, register.Fault{File: o.File, Row: n.row, Column: "commissioner", Value: n.commissioner, Problem: problem, Remedy: remedy})
		}
		if n.category != "" && pack.Table("category").FindEver(n.category, 0).Row == register.NoRow {
			faults = append(faults, register.Fault{File: o.File, Row: n.row, Column: "category", Value: n.category, Problem: "is not a commissioned service category", Remedy: "Write one of " + strings.Join(pack.Table("category").Keys(), ", ") + ", or leave it blank"})
		}
	}
	return faults
}

// payerTables are the tables of those who can pay.
var payerTables = []string{"sub_icb", "icb", "hub", "region", "health_board"}

// unpayable says why the commissioner of an override cannot pay, if so. A local
// authority is known by its code of the Office for National Statistics alone.
func (n *override) unpayable(pack *register.Pack, m *method.Method) (problem, remedy string) {
	if m.NamesPayer(n.commissioner) || localAuthority(n.commissioner) {
		return "", ""
	}
	first, last := register.Latest, register.Earliest
	for _, name := range payerTables {
		t := pack.Table(name)
		if t == nil {
			continue
		}
		for _, row := range t.Rows(n.commissioner) {
			from, to := t.Valid(row)
			if n.from <= to && from <= n.to {
				return "", ""
			}
			first, last = min(first, from), max(last, to)
		}
	}
	if first <= last {
		return fmt.Sprintf("does not exist while the override holds, but from %s to %s", first, last), "Name its successor, or mend the dates: remit reference show " + n.commissioner
	}
	if pack.Table("reporting_entity").FindEver(n.commissioner, 0).Row != register.NoRow {
		return "is a reporting entity, which commissions nothing", "Name its sub-ICB location: remit reference show " + n.commissioner
	}
	return "is no commissioner that the reference data knows", likely(pack, n.commissioner)
}

func localAuthority(code string) bool {
	ok, _ := path.Match("E[01][0-9][0-9][0-9][0-9][0-9][0-9][0-9]", code)
	return ok
}

// likely names commissioners whose code is like the one written.
func likely(pack *register.Pack, code string) string {
	var near []string
	for _, r := range pack.Describe(code, register.Latest).Resembles {
		if organisation := pack.Table("organisation"); len(near) < 3 && slices.Contains(payerTables, organisation.At(organisation.FindEver(r.Code, 0).Row, "kind")) {
			near = append(near, r.Code)
		}
	}
	if near == nil {
		return "Check the code, or add it to the reference data: remit reference import"
	}
	return "Perhaps " + strings.Join(near, " or ") + " is meant"
}

// find gives the override of a key that holds on the date.
func (o *Overrides) find(kind int, key []byte, date register.Day) *override {
	keys := o.byKind[overrideKinds[kind].kind]
	if len(keys) == 0 {
		return nil
	}
	list := keys[string(key)]
	if list == nil && overrideKinds[kind].code {
		code := strings.ToUpper(strings.TrimSpace(string(key)))
		if list = keys[code]; list == nil && overrideKinds[kind].kind == "provider" && len(code) == 5 {
			list = keys[strings.TrimSuffix(code, "00")] // RJ700 is RJ7
		}
	}
	for _, n := range list {
		if n.from <= date && date <= n.to || date == register.NoDay && n.from == register.Earliest && n.to == register.Latest {
			n.used.Store(true)
			return n
		}
	}
	return nil
}

// forget lets a run find out anew which overrides it uses.
func (o *Overrides) forget() {
	for _, n := range o.all {
		n.used.Store(false)
	}
}

// unused are the rows of the file that no record was found for.
func (o *Overrides) unused() (rows []int) {
	for _, n := range o.all {
		if !n.used.Load() {
			rows = append(rows, n.row)
		}
	}
	return rows
}

// override puts a row's override, if it has one, in the place of the answer.
func (w *worker) override(a *answer, p *layoutPlan, row int) {
	if w.overrides == nil {
		return
	}
	for i, k := range overrideKinds {
		if p.keys[i] < 0 || len(w.overrides.byKind[k.kind]) == 0 {
			continue
		}
		key := w.index.Field(row, p.keys[i])
		if p.quotes {
			key = activity.Unquote(key)
		}
		if n := w.overrides.find(i, key, a.date); n != nil {
			w.replace(a, n)
			return
		}
	}
}

func (w *worker) replace(a *answer, n *override) {
	k := a.outcome.kind
	k.Outcome, k.Label, k.Category, k.Source = overrideOutcome, overrideOutcome, n.category, "override"
	k.Trace = joinTrace(k.Trace, "override")
	k.dropWarning(w.engines[w.current][0].program.Method, "payer_not_found")
	a.outcome = w.outcomes[0].add(k)
	a.payer = w.texts.number(n.commissioner)
	engine := w.engines[w.current][0]
	a.agreement = engine.agree(a)
}

const overrideOutcome = "Override"

func joinTrace(trace, step string) string {
	if trace == "" {
		return step
	}
	return trace + ">" + step
}

// dropWarning takes a warning away that the override has settled.
func (k *Kind) dropWarning(m *method.Method, code string) {
	k.Warnings = slices.DeleteFunc(slices.Clone(k.Warnings), func(c string) bool { return c == code })
	for i, w := range m.Warnings {
		if w.Code == code {
			k.bits &^= 1 << i
		}
	}
}
