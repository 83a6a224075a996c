package assign

import (
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"remit/activity"
	"remit/method"
	"remit/register"
)

// Overrides are decisions that no data set can give: children in care placed
// away from home, section 117 aftercare, hosts that commissioners have agreed.
// They are applied last and show in the trace.
type Overrides struct {
	byKind map[string]map[string][]override
	count  int
}

type override struct {
	from, to               register.Day
	commissioner, category string
	reason                 string
	row                    int
}

// overrideKinds are what an override may be keyed by, in the order in which
// they are tried, and the input that holds the key.
var overrideKinds = []struct{ kind, field string }{
	{"record", "record_key"}, {"patient", "patient_key"}, {"practice", "gp_practice"}, {"provider", "provider"},
}

// overrideColumns are the columns of a file that hold the keys, or -1.
type overrideColumns [4]int

var overrideHeader = []string{"kind", "key", "commissioner", "category", "valid_from", "valid_to", "reason"}

// ReadOverrides reads a table of overrides: kind (record, patient, practice or
// provider), key, commissioner, category, valid_from, valid_to, reason. Every
// fault of the file is reported.
func ReadOverrides(path string) (*Overrides, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading overrides: %w", err)
	}
	defer f.Close()
	return readOverrides(f, path)
}

func readOverrides(r io.Reader, name string) (*Overrides, error) {
	in := csv.NewReader(r)
	header, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: reading the header: %w", name, err)
	}
	header[0] = strings.TrimPrefix(header[0], "\ufeff")
	if !slices.Equal(header, overrideHeader) {
		return nil, fmt.Errorf("%s: the columns are %s; write %s", name, strings.Join(header, ","), strings.Join(overrideHeader, ","))
	}
	o := &Overrides{byKind: map[string]map[string][]override{}}
	var faults register.DataError
	for row := 1; ; row++ {
		fields, err := in.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		faults.Faults = append(faults.Faults, o.read(name, row, fields)...)
	}
	if len(faults.Faults) > 0 {
		return nil, &faults
	}
	return o, nil
}

func (o *Overrides) read(name string, row int, f []string) []register.Fault {
	var faults []register.Fault
	fault := func(column, value, problem, remedy string) {
		faults = append(faults, register.Fault{File: name, Row: row, Column: column, Value: value, Problem: problem, Remedy: remedy})
	}
	for i := range f {
		f[i] = strings.TrimSpace(f[i])
	}
	n := override{commissioner: f[2], category: f[3], reason: f[6], from: register.Earliest, to: register.Latest, row: row}
	if !slices.ContainsFunc(overrideKinds, func(k struct{ kind, field string }) bool { return k.kind == f[0] }) {
		fault("kind", f[0], "is not a kind of override", "Write record, patient, practice or provider")
	}
	for i, needed := range map[int]string{1: "key", 2: "commissioner", 6: "reason"} {
		if f[i] == "" {
			fault(needed, "", "is blank", "Every override needs a key, a commissioner and a reason")
		}
	}
	for i, day := range map[int]*register.Day{4: &n.from, 5: &n.to} {
		if f[i] == "" {
			continue
		}
		d, err := register.ParseDay(f[i])
		if err != nil {
			fault(overrideHeader[i], f[i], "is not a date", "Write the date as YYYY-MM-DD")
		}
		*day = d
	}
	if n.from > n.to {
		fault("valid_to", f[5], "is before valid_from", "Give the last day on which the override holds")
	}
	for _, other := range o.byKind[f[0]][f[1]] {
		if n.from <= other.to && other.from <= n.to {
			fault("valid_from", f[4], fmt.Sprintf("overlaps the override of the same key in row %d", other.row), "Let one end before the other begins")
		}
	}
	if o.byKind[f[0]] == nil {
		o.byKind[f[0]] = map[string][]override{}
	}
	o.byKind[f[0]][f[1]] = append(o.byKind[f[0]][f[1]], n)
	o.count++
	return faults
}

// Find gives the override of a key that holds on the date.
func (o *Overrides) find(kind string, key []byte, date register.Day) (override, bool) {
	for _, n := range o.byKind[kind][string(key)] {
		if n.from <= date && date <= n.to || date == register.NoDay && n.from == register.Earliest && n.to == register.Latest {
			return n, true
		}
	}
	return override{}, false
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
		if n, ok := w.overrides.find(k.kind, key, a.date); ok {
			w.replace(a, n)
			return
		}
	}
}

func (w *worker) replace(a *answer, n override) {
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
