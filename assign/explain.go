package assign

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"remit/activity"
	"remit/method"
	"remit/register"
)

// Explanation is the working of one record's answer by one method.
type Explanation struct {
	Method            string             `json:"method"`
	Title             string             `json:"title"`
	File              string             `json:"file,omitempty"`
	Row               int64              `json:"row,omitempty"`
	Dataset           string             `json:"dataset,omitempty"`
	Date              string             `json:"assignment_date"`
	Patient           string             `json:"patient_facts,omitempty"` // which episode or date the patient's facts are of
	Steps             []ExplainedStep    `json:"steps"`
	Outcome           string             `json:"outcome"`
	Payer             string             `json:"commissioner"`
	PayerName         string             `json:"commissioner_name,omitempty"`
	Category          string             `json:"category"`
	Source            string             `json:"payer_source"`
	PayerWhy          []method.Reason    `json:"payer_because,omitempty"`
	Trace             string             `json:"trace"`
	Submitted         string             `json:"submitted_commissioner"`
	SubmittedCategory string             `json:"submitted_category"`
	Agreement         string             `json:"agreement"`
	Warnings          []ExplainedWarning `json:"warnings"`
	Duplicates        []string           `json:"rows_of_public_tool,omitempty"`
	Override          string             `json:"override,omitempty"`
	Notes             []string           `json:"notes,omitempty"`
	Method256         string             `json:"method_sha256"`
	Reference         string             `json:"reference_sha256"`
}

// ExplainedStep is one box asked.
type ExplainedStep struct {
	Box     string          `json:"box"`
	Asks    string          `json:"asks"`
	Answer  string          `json:"answer"`
	Note    string          `json:"note,omitempty"`
	Because []method.Reason `json:"because"`
}

// ExplainedWarning is a warning in words.
type ExplainedWarning struct {
	Code string `json:"code"`
	Says string `json:"says"`
	Do   string `json:"do"`
}

// Which names the record to explain: its row (1 is the first after the header)
// or its key.
type Which struct {
	Row int64
	Key string
}

// Explain gives the working of one record of the job's one input, by the job's
// method and, when there is one, by the method set beside it.
func Explain(ctx context.Context, job *Job, which Which) ([]Explanation, error) {
	r := &run{job: job, texts: newSharedTexts()}
	if err := r.plan(); err != nil {
		return nil, err
	}
	in := r.inputs[0]
	found, err := r.findRow(ctx, in, which)
	if err != nil {
		return nil, err
	}
	var list []Explanation
	for i, m := range r.methods() {
		values, notes := slices.Clone(found.values), []string(nil)
		if i == 0 {
			if values, notes, err = r.spellValues(ctx, in, values); err != nil {
				return nil, err
			}
		}
		x := explain(method.Bind(m, in.plan.binding), m, job.Pack, values, toolRows(m, job.Pack, in, values))
		x.File, x.Row, x.Dataset, x.Notes = in.path, found.row, string(in.layout.Dataset), append(notes, x.Notes...)
		if i == 0 {
			x.override(job.Overrides, in.plan, values, job.Pack)
		}
		list = append(list, x)
	}
	return list, nil
}

type foundRow struct {
	row    int64
	values []string
}

// findRow reads the input up to the record asked for.
func (r *run) findRow(ctx context.Context, in *input, which Which) (foundRow, error) {
	stream, err := in.open(ctx, r)
	if err != nil {
		return foundRow{}, err
	}
	defer stream.Close()
	key := -1
	if which.Key != "" {
		if key = keyColumn(in.layout); key < 0 {
			return foundRow{}, &InputError{[]string{in.path + ": no column holds a record key; use --row"}}
		}
	}
	blocks := activity.NewBlockReader(stream, blockSize, in.plan.quotes)
	var index activity.Index
	var buf []byte
	base := int64(0)
	for {
		buf, err = blocks.Next(buf)
		if err == io.EOF {
			return foundRow{}, notFound(in.path, which, base)
		}
		if err != nil {
			return foundRow{}, &InputError{[]string{(&unreadableError{err}).after(in.path, base)}}
		}
		if faults := index.Read(buf, in.plan.delim, in.plan.columns, in.plan.quotes); faults != nil {
			return foundRow{}, &InputError{[]string{fmt.Sprintf("%s: row %d %s", in.path, base+int64(faults[0].Row)+1, faults[0].Problem)}}
		}
		if i := rowIn(&index, base, which, key); i >= 0 {
			return foundRow{base + int64(i) + 1, rowValues(&index, i, in.plan)}, nil
		}
		base += int64(index.Rows())
	}
}

func notFound(path string, which Which, rows int64) error {
	if which.Key != "" {
		return &InputError{[]string{fmt.Sprintf("%s: none of the %d records has the key %q", path, rows, which.Key)}}
	}
	return &InputError{[]string{fmt.Sprintf("%s: there is no row %d; the file has %d", path, which.Row, rows)}}
}

// rowIn is the place of the record in the block, or -1.
func rowIn(x *activity.Index, base int64, which Which, key int) int {
	if which.Key == "" {
		if i := which.Row - 1 - base; i >= 0 && i < int64(x.Rows()) {
			return int(i)
		}
		return -1
	}
	for i := 0; i < x.Rows(); i++ {
		if string(activity.Unquote(x.Field(i, key))) == which.Key {
			return i
		}
	}
	return -1
}

func rowValues(x *activity.Index, row int, p *layoutPlan) []string {
	values := make([]string, p.columns)
	for c := range values {
		f := x.Field(row, c)
		if p.quotes {
			f = activity.Unquote(f)
		}
		values[c] = string(f)
	}
	return values
}

func keyColumn(l activity.Layout) int {
	if c, ok := l.Field["record_key"]; ok {
		return c
	}
	return -1
}

// spellValues are the record's values as its spell has them.
func (r *run) spellValues(ctx context.Context, in *input, values []string) ([]string, []string, error) {
	if in.plan.spell == nil || values[in.plan.spell.spell] == "" {
		return values, nil, nil
	}
	if err := r.readSpells(ctx); err != nil {
		return nil, nil, err
	}
	w := newWorker(&run{job: r.job, texts: r.texts, spells: r.spells})
	row := []byte(strings.Join(quoteAll(values), ",") + "\n")
	w.index.Read(append(row, make([]byte, activity.Slack)...)[:len(row)], ',', in.plan.columns, true)
	plan := *in.plan
	plan.quotes = true
	w.substitute([]*engine{{}}, &plan, 0, &w.standing[0])
	var notes []string
	for i, what := range []string{"service line", "practice", "postcode"} {
		c := w.sub.columns[i]
		if !w.sub.on[i] || values[c] == string(w.sub.texts[i]) {
			continue
		}
		notes = append(notes, fmt.Sprintf("The %s of the spell, %s, stands in the place of the episode's own, %s.", what, shownBlank(string(w.sub.texts[i])), shownBlank(values[c])))
		values[c] = string(w.sub.texts[i])
	}
	return values, notes, nil
}

func shownBlank(s string) string {
	if s == "" {
		return "(blank)"
	}
	return s
}

func quoteAll(values []string) []string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = `"` + strings.ReplaceAll(v, `"`, `""`) + `"`
	}
	return quoted
}

// toolRows is how many rows the public tool would make of the record.
func toolRows(m *method.Method, pack *register.Pack, in *input, values []string) int {
	c, ok := in.layout.Field["provider"]
	if m.Kind != "tool" || !ok {
		return 1
	}
	return max(1, pack.Table("provider_host").FindEver(strings.TrimSpace(values[c]), 0).Count)
}

func explain(p *method.Program, m *method.Method, pack *register.Pack, values []string, rows int) Explanation {
	rec := p.NewRecord()
	rec.Reset(values)
	d := rec.Decide()
	x := Explanation{
		Method: m.Spec(), Title: m.Title, Date: d.Date.String(), Outcome: d.Outcome, Payer: d.Payer, Category: d.Category,
		Source: d.Source, Trace: d.Trace(), Method256: m.Hash, Reference: pack.Hash, Warnings: []ExplainedWarning{},
		PayerName: pack.Table("organisation").Value(pack.Table("organisation").FindEver(d.Payer, 0).Row, pack.Table("organisation").Column("name")),
	}
	for _, s := range d.Steps {
		answer := "No"
		if s.Yes {
			answer = "Yes"
		}
		x.Steps = append(x.Steps, ExplainedStep{s.Box.Box.Label, s.Box.Box.Asks, answer, s.Box.Box.Note, rec.BecauseBox(s)})
	}
	x.PayerWhy = rec.BecausePayer(&d)
	for i, w := range m.Warnings {
		if d.Warnings>>i&1 == 1 {
			x.Warnings = append(x.Warnings, ExplainedWarning{w.Code, w.Says, w.Do})
		}
	}
	x.Submitted, x.SubmittedCategory = rec.Input("submitted_commissioner"), rec.Input("submitted_category")
	x.Agreement = agreementOf(&x, pack, d.Date)
	if d.Date > m.To && m.Carried != "" {
		x.Notes = append(x.Notes, m.Carried)
	}
	for n := 0; n < rows && rows > 1; n++ {
		rec.Reset(values)
		rec.PickRow(n)
		row := rec.Decide()
		x.Duplicates = append(x.Duplicates, row.Outcome)
	}
	return x
}

func agreementOf(x *Explanation, pack *register.Pack, date register.Day) string {
	t := newTexts(newSharedTexts())
	o := newOutcomes(t)
	e := &engine{texts: t, boards: boardMemo{table: pack.Table("sub_icb")}}
	a := answer{
		outcome: o.add(Kind{Category: x.Category}), payer: t.number(x.Payer), submitted: t.number(x.Submitted),
		category: t.number(x.SubmittedCategory), date: date,
	}
	return Agreements[e.agree(&a)]
}

// override puts an override of the record in the place of the answer.
func (x *Explanation) override(o *Overrides, p *layoutPlan, values []string, pack *register.Pack) {
	if o == nil {
		return
	}
	date, err := register.ParseDay(x.Date)
	if err != nil {
		date = register.NoDay
	}
	for i, k := range overrideKinds {
		if p.keys[i] < 0 {
			continue
		}
		n := o.find(i, []byte(values[p.keys[i]]), date)
		if n == nil {
			continue
		}
		x.Override = fmt.Sprintf("%s %s is paid by %s: %s (row %d of the overrides); the method alone gave %s", k.kind, values[p.keys[i]], n.commissioner, n.reason, n.row, shownBlank(x.Payer))
		x.Payer, x.Category, x.Source, x.Outcome = n.commissioner, n.category, "override", overrideOutcome
		x.Trace = joinTrace(x.Trace, "override")
		x.Agreement = agreementOf(x, pack, date)
		x.Warnings = slices.DeleteFunc(x.Warnings, func(w ExplainedWarning) bool { return w.Code == "payer_not_found" })
		return
	}
}

// Parting says where two explanations of one record part, and why.
func Parting(a, b *Explanation) string {
	if a.Payer == b.Payer && a.Category == b.Category {
		return fmt.Sprintf("Both give %s, category %s.", shownBlank(a.Payer), shownBlank(a.Category))
	}
	what := "the payer"
	if a.Payer == b.Payer {
		what = "the category"
	}
	return fmt.Sprintf("They part in %s: %s gives %s, category %s, decided at %s; %s gives %s, category %s, decided at %s.",
		what, a.Method, shownBlank(a.Payer), shownBlank(a.Category), a.decided(), b.Method, shownBlank(b.Payer), shownBlank(b.Category), b.decided())
}

// decided is the box that sent the record to its end.
func (x *Explanation) decided() string {
	if x.Override != "" {
		return "an override"
	}
	if len(x.Steps) == 0 {
		return "the start (" + x.Outcome + ")"
	}
	s := x.Steps[len(x.Steps)-1]
	return fmt.Sprintf("box %s (%s %s)", s.Box, strings.TrimSuffix(s.Asks, "?")+"?", s.Answer)
}
