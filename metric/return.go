package metric

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// State is what a provider says of a metric in a period. A zero and a missing
// return look alike in most tools; here they are different things.
type State string

// The states. Submitted has figures. Zero is Submitted with a numerator of 0, and
// said to be so. The others have no figures.
const (
	Submitted     State = "submitted"
	Zero          State = "zero"
	NotSubmitted  State = "not submitted"
	Suppressed    State = "suppressed"
	NotApplicable State = "not applicable"
)

// Entry is one figure of a return. Numerator and Denominator are NaN where the
// state has no figures, and Denominator where the metric has none.
type Entry struct {
	Row                    int
	Provider, Service      string
	Metric                 string
	Version                int
	Period                 Quarter
	State                  State
	Numerator, Denominator float64
	Note                   string
}

// Value is the figure as the metric shows it: numerator over denominator times
// the multiplier. It is NaN without figures, and with a denominator of 0.
func (e Entry) Value(d *Definition) float64 {
	if d.Denominator == "" {
		return e.Numerator * d.Multiplier
	}
	if e.Denominator == 0 {
		return math.NaN()
	}
	return e.Numerator / e.Denominator * d.Multiplier
}

// Quarter is a quarter of a financial year, such as 2026/27 Q1 (April to June).
type Quarter struct{ Year, Quarter int }

// First and Last are its first and last days.
func (q Quarter) First() time.Time {
	return time.Date(q.Year, time.Month(1+3*q.Quarter), 1, 0, 0, 0, 0, time.UTC)
}

// Last is the last day of the quarter.
func (q Quarter) Last() time.Time { return q.First().AddDate(0, 3, -1) }

func (q Quarter) String() string {
	return fmt.Sprintf("%d/%02d Q%d", q.Year, (q.Year+1)%100, q.Quarter)
}

// ParseQuarter reads 2026/27 Q1.
func ParseQuarter(s string) (Quarter, error) {
	var q Quarter
	if n, err := fmt.Sscanf(s, "%d/", &q.Year); err == nil && n == 1 && strings.HasPrefix(s[max(0, len(s)-3):], " Q") {
		q.Quarter = int(s[len(s)-1] - '0')
	}
	if q.Year < 1900 || q.Year > 2999 || q.Quarter < 1 || q.Quarter > 4 || q.String() != s {
		return Quarter{}, fmt.Errorf("%q is not a quarter; write it as 2026/27 Q1", s)
	}
	return q, nil
}

// Expected is the return that is due from a provider for a quarter, of one
// service or, where that is blank, of all that it was made for.
type Expected struct {
	Provider, Service string
	Period            Quarter
	Metrics           []*Definition // those in force on the last day of the quarter that the provider returns
}

// Due gives the return that a provider owes for a quarter: the metrics in force on
// its last day, for the services that it provides, whose source is the provider's
// return and whose period ends with the quarter. "all" among a metric's services
// is every service.
func (l *Library) Due(provider string, period Quarter, services []string) Expected {
	e := Expected{Provider: provider, Period: period}
	for _, d := range l.On(period.Last()) {
		if slices.ContainsFunc(services, d.For) && d.SourceKind == "provider return" && d.Status == "published" && d.endsWith(period) {
			e.Metrics = append(e.Metrics, d)
		}
	}
	return e
}

// endsWith says whether a period of the metric ends with a quarter.
func (d *Definition) endsWith(q Quarter) bool { return d.Period != "year" || q.Quarter == 4 }

var returnColumns = []string{"provider", "service", "period", "metric", "version", "title", "numerator", "denominator", "state", "note"}

// Template writes the return to fill in, of one or of several services: one row
// for each metric, as CSV, with numerator, denominator and state left blank. The
// title is for people, and is not read back.
func Template(w io.Writer, due ...Expected) error {
	out := csv.NewWriter(w)
	if err := out.Write(returnColumns); err != nil {
		return err
	}
	for _, e := range due {
		for _, d := range e.Metrics {
			row := []string{e.Provider, e.Service, e.Period.String(), d.ID, strconv.Itoa(d.Version), d.Title, "", "", "", ""}
			if err := out.Write(row); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

// ReturnFault is a cell of a return and what is wrong with it. Row counts from 1
// after the header.
type ReturnFault struct {
	File          string
	Row           int
	Column, Value string
	Problem       string
	Remedy        string
}

func (f ReturnFault) String() string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Row > 0 {
		fmt.Fprintf(&b, " row %d", f.Row)
	}
	if f.Column != "" {
		fmt.Fprintf(&b, " column %s value %q", f.Column, f.Value)
	}
	return b.String() + ": " + f.Problem + "; " + f.Remedy
}

// ReturnFaults are all the faults of a return.
type ReturnFaults []ReturnFault

func (f ReturnFaults) Error() string {
	lines := make([]string, len(f))
	for i, one := range f {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

// ReadReturn reads a filled-in return against what is due, of one provider and
// quarter and one or several services. It is taken whole or not at all: the error
// is ReturnFaults, with every fault of every row. A row has figures, or a state
// that says why it has none; a blank is neither. A metric that is due and not in
// the file is a fault, as nobody said why. A file of one service needs no column
// service; services that are due and of which it has no row are left for another.
func ReadReturn(text []byte, name string, due ...Expected) ([]Entry, error) {
	r := &returned{file: name, due: due, seen: make([][]int, len(due))}
	for i := range due {
		r.seen[i], r.period = make([]int, len(due[i].Metrics)), due[i].Period.String() // one quarter for all
	}
	in := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	in.FieldsPerRecord, in.ReuseRecord = -1, true
	header, err := in.Read()
	if err != nil {
		return nil, ReturnFaults{{File: name, Problem: "the header cannot be read", Remedy: "begin with the template"}}
	}
	if !r.header(header) {
		return nil, r.faults
	}
	width := len(header)
	for r.row = 1; ; r.row++ {
		fields, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			r.fault("", "", err.Error(), "close the quotation mark")
			break
		}
		if len(fields) != width {
			r.fault("", "", fmt.Sprintf("there are %d fields where the header has %d", len(fields), width), "look for a missing or an extra comma")
			continue
		}
		for i, column := range r.at {
			r.values[i] = ""
			if column >= 0 {
				r.values[i] = strings.TrimSpace(fields[column])
			}
		}
		r.entry()
	}
	r.missing()
	if len(r.faults) > 0 {
		return nil, r.faults
	}
	return r.entries, nil
}

// missing finds fault with metrics of which there is no row, in services of which
// there is one, or in the only service.
func (r *returned) missing() {
	r.row = 0
	some := false
	for i, e := range r.due {
		begun := len(r.due) == 1 || slices.ContainsFunc(r.seen[i], func(row int) bool { return row > 0 })
		some = some || begun
		for j, d := range e.Metrics {
			if begun && r.seen[i][j] == 0 {
				r.fault("metric", d.ID, "it is due"+ofService(e.Service)+" and not in the file", "add its row, with a figure or with a state: "+states())
			}
		}
	}
	if !some && len(r.faults) == 0 {
		r.fault("", "", "it has no rows", "begin with the template")
	}
}

func ofService(service string) string {
	if service == "" {
		return ""
	}
	return " for " + service
}

func states() string {
	return strings.Join([]string{string(Zero), string(NotSubmitted), string(Suppressed), string(NotApplicable)}, ", ")
}

// returned is a return that is being read.
type returned struct {
	file    string
	due     []Expected
	period  string // as the files write it
	row     int
	at      []int // of each column, where the file has it; -1: it has not
	values  []string
	seen    [][]int // of each service and metric, its first row
	entries []Entry
	faults  ReturnFaults
}

// cell is a value of the row that is being read.
func (r *returned) cell(column string) string { return r.values[columnAt[column]] }

var columnAt = func() map[string]int {
	at := map[string]int{}
	for i, c := range returnColumns {
		at[c] = i
	}
	return at
}()

func (r *returned) fault(column, value, problem, remedy string) {
	r.faults = append(r.faults, ReturnFault{r.file, r.row, column, strings.Clone(value), problem, remedy})
}

func (r *returned) header(header []string) bool {
	for i, h := range header {
		switch {
		case !slices.Contains(returnColumns, h):
			r.fault(h, h, "no such column is read", "keep the columns of the template: "+strings.Join(returnColumns, ", "))
		case slices.Contains(header[:i], h):
			r.fault(h, h, "the column is there twice", "take one out")
		}
	}
	for _, h := range returnColumns {
		at := slices.Index(header, h)
		r.at = append(r.at, at)
		if at < 0 && h != "title" && h != "note" && (h != "service" || len(r.due) > 1) {
			r.fault(h, h, "the column is missing", "begin with the template")
		}
	}
	r.values = make([]string, len(returnColumns))
	return len(r.faults) == 0
}

// entry takes one row.
func (r *returned) entry() {
	before := len(r.faults)
	e, d := r.definition()
	if e == nil {
		return
	}
	r.mustBe("provider", e.Provider)
	r.mustBe("period", r.period)
	x := Entry{Row: r.row, Provider: e.Provider, Service: e.Service, Period: e.Period, Note: strings.Clone(r.cell("note"))}
	x.Numerator, x.Denominator = r.figure("numerator"), r.figure("denominator")
	x.State = r.state(x)
	if d != nil {
		x.Metric, x.Version = d.ID, d.Version
		r.sense(d, x)
	}
	if len(r.faults) == before {
		r.entries = append(r.entries, x)
	}
}

// definition finds the service and the metric of a row.
func (r *returned) definition() (*Expected, *Definition) {
	service := r.cell("service")
	of := slices.IndexFunc(r.due, func(e Expected) bool { return e.Service == service || len(r.due) == 1 && service == "" })
	if of < 0 {
		var names []string
		for _, e := range r.due {
			names = append(names, e.Service)
		}
		remedy := "take the row out"
		if len(names) > 0 {
			remedy = "write one of " + strings.Join(names, ", ")
		}
		r.fault("service", service, "no return is due for it", remedy)
		return nil, nil
	}
	e, id, version := &r.due[of], r.cell("metric"), r.cell("version")
	// A file that is in the order of its template is read without looking around.
	i := 0
	if n := len(r.entries); n > 0 {
		i = n % max(1, len(e.Metrics))
	}
	if i >= len(e.Metrics) || e.Metrics[i].ID != id {
		i = slices.IndexFunc(e.Metrics, func(d *Definition) bool { return d.ID == id })
	}
	if i < 0 {
		r.fault("metric", id, "it is not due from "+e.Provider+" for "+e.Period.String(), "take the row out")
		return e, nil
	}
	if first := r.seen[of][i]; first > 0 {
		r.fault("metric", id, fmt.Sprintf("row %d has it already", first), "keep one of the two")
	} else {
		r.seen[of][i] = r.row
	}
	d := e.Metrics[i]
	if version != strconv.Itoa(d.Version) {
		r.fault("version", version, fmt.Sprintf("version %d is in force for this quarter", d.Version), "count by that definition, and take a template of the quarter")
	}
	return e, d
}

func (r *returned) mustBe(column, want string) {
	if v := r.cell(column); v != want {
		r.fault(column, v, "this is the return of "+want, "take the template of the right "+column)
	}
}

// figure reads a count; NaN where it is blank.
func (r *returned) figure(column string) float64 {
	s := r.cell(column)
	if s == "" {
		return math.NaN()
	}
	v, err := strconv.ParseFloat(s, 64)
	switch {
	case err != nil || math.IsInf(v, 0) || math.IsNaN(v):
		r.fault(column, s, "it is not a number", "write it with a full stop and without separators, and say why there is none in the column state")
	case v < 0:
		r.fault(column, s, "it is under 0", "write the count")
	}
	return v
}

// state says what the cells of a row amount to, and finds fault with those that
// say two things, or none.
func (r *returned) state(e Entry) State {
	s := known(r.cell("state"))
	blank := r.cell("numerator") == "" && r.cell("denominator") == ""
	switch s {
	case "", Submitted:
		if r.cell("numerator") == "" {
			r.fault("numerator", "", "it is blank, and a blank is no answer", "write the figure, or a state: "+states())
		}
		if e.Numerator == 0 {
			return Zero
		}
		return Submitted
	case Zero:
		if e.Numerator != 0 {
			r.fault("numerator", r.cell("numerator"), "the state is zero and the numerator is not 0", "write 0, or take the state out")
		}
	case NotSubmitted, Suppressed, NotApplicable:
		if !blank {
			r.fault("state", string(s), "there are figures beside it", "leave numerator and denominator blank, or take the state out")
		}
	default:
		r.fault("state", string(s), "it is not known", "write "+states()+", or leave it blank beside figures")
	}
	return s
}

// known gives the constant of a state, so that no text of the file is held on to.
func known(text string) State {
	for _, s := range []State{Submitted, Zero, NotSubmitted, Suppressed, NotApplicable} {
		if text == string(s) {
			return s
		}
	}
	return State(text)
}

// sense holds figures against the definition.
func (r *returned) sense(d *Definition, e Entry) {
	if e.State != Submitted && e.State != Zero {
		return
	}
	switch given := r.cell("denominator") != ""; {
	case d.Denominator == "" && given:
		r.fault("denominator", r.cell("denominator"), "the metric has none", "leave it blank")
	case d.Denominator != "" && !given:
		r.fault("denominator", "", "it is blank", "write the number of "+d.Denominator)
	case d.Unit == "proportion" && e.Numerator > e.Denominator:
		r.fault("numerator", r.cell("numerator"), "it is over the denominator "+r.cell("denominator"), "a proportion counts part of its denominator")
	case e.Denominator == 0 && e.Numerator > 0:
		r.fault("denominator", r.cell("denominator"), "it is 0 beside a numerator above 0", "put one of the two right")
	}
	if whole := d.Unit == "proportion" || d.Unit == "count"; whole && e.Numerator != math.Trunc(e.Numerator) && !math.IsNaN(e.Numerator) {
		r.fault("numerator", r.cell("numerator"), "it is not a whole number", "count people or events")
	}
	if d.Unit == "yes or no" && e.Numerator != 0 && e.Numerator != 1 {
		r.fault("numerator", r.cell("numerator"), "it is neither 0 nor 1", "write 1 for yes and 0 for no")
	}
}
