package web

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"remit/activity"
	"remit/assign"
	"remit/method"
)

// A record that somebody tries is sent in the body of the form, so that no
// patient's postcode or dates come into an address, a history or a log. An
// address can hold a record too, for examples that are made up.

// tryPage is the form and, when a record was given, its working.
type tryPage struct {
	Method    string
	Action    string
	Groups    []tryGroup
	Datasets  []string
	Dataset   string
	Faults    []string
	Result    *tried
	Beside    *tried
	Parting   string
	Example   string
	ShowChart string
}

type tryGroup struct {
	Title  string
	Open   bool
	Fields []tryField
}

type tryField struct {
	ID, Label, Official, Hint, Value, Type string
}

// tried is the working of the record by one method.
type tried struct {
	assign.Explanation
	Steps   []walked
	Why     []reason
	PayerAt string // the address of the payer's page
	Agrees  string
	Chart   template.HTML
}

// walked is a box asked, with what the answer rests on.
type walked struct {
	assign.ExplainedStep
	Href    string
	Because []reason
}

type reason struct{ Text, Source string }

// tryGroups are the fields of the form in the order in which people know them.
// Those of a method that stand nowhere here are put in the last group.
var tryGroups = []struct {
	title string
	ids   string
}{
	{"What was done, where and when", "provider service_code pod tfc activity_date financial_year financial_month"},
	{"The patient", "gp_practice postcode"},
	{"What was submitted", "submitted_commissioner submitted_category"},
	{"More about the record", ""},
}

var tryLabels = map[string]string{
	"provider": "Provider", "service_code": "Service line", "pod": "Point of delivery", "tfc": "Treatment function", "activity_date": "Date of the activity",
	"financial_year": "Financial year", "financial_month": "Month of the financial year", "gp_practice": "GP practice", "postcode": "Postcode of the usual address",
	"submitted_commissioner": "Commissioner", "submitted_category": "Category",
	"osv_arrangement": "Overseas visitor arrangement", "ras_referral": "Referral assessment service", "la_public_health": "Local authority public health",
	"infertility": "Infertility treatment", "af_infertility_eligible": "Armed forces infertility eligibility", "icb_agreement": "Agreement of the ICB",
}

var tryHints = map[string]string{
	"provider": "such as RJ7", "service_code": "such as NCBPS11B", "pod": "such as EL", "tfc": "such as 361", "financial_year": "such as 202526", "financial_month": "1 is April",
	"gp_practice": "such as H85001", "submitted_commissioner": "such as 36L", "submitted_category": "such as 25", "activity_date": "year, month, day: 2025-10-15",
	"postcode": "used only when a postcode directory is loaded",
}

const tryLongest = 100

// tryRecord shows the form, filled in with what the address or the body holds.
func (s *Site) tryRecord(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	m, err := methodOf(a, r)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return err
		}
		return &problem{http.StatusBadRequest, "That form cannot be read", "What was sent is not a form.", "Open the page again and fill the form in."}
	}
	p := newTryPage(a, m, r.Form)
	v := view{
		Page: "try", Place: "/method", Trail: []link{{"Assignment", a.To("/method")}, {m.Title, a.To("/method/" + m.Spec())}},
		Title: "Try a record by " + m.Title,
		Lead:  "Fill in what you know: a blank field is a blank in the record. What you type is sent in the body of the form. It is not kept, and not in the address.",
	}
	if r.Form.Has("dataset") {
		p.run(r, a, m, &s.charts)
		if p.Result != nil {
			v.Title = p.Result.finding()
			v.Lead = ""
		}
	}
	v.Body = &p
	if r.Form.Get("format") == "json" && p.Result != nil {
		return writeExplanations(w, &p)
	}
	return s.show(w, r, v)
}

// writeExplanations writes the working whole, as remit explain --json does.
func writeExplanations(w http.ResponseWriter, p *tryPage) error {
	list := []assign.Explanation{p.Result.Explanation}
	if p.Beside != nil {
		list = append(list, p.Beside.Explanation)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	out := json.NewEncoder(w)
	out.SetIndent("", " ")
	out.SetEscapeHTML(false)
	return out.Encode(struct {
		Explanations []assign.Explanation `json:"explanations"`
		Parting      string               `json:"parting,omitempty"`
	}{list, p.Parting})
}

func newTryPage(a *Asked, m *method.Method, form url.Values) tryPage {
	p := tryPage{Method: m.Title, Action: a.To("/method/" + m.Spec() + "/try"), Dataset: cmp.Or(form.Get("dataset"), string(activity.PLCM))}
	for _, d := range activity.Datasets() {
		p.Datasets = append(p.Datasets, string(d))
	}
	placed := map[string]bool{"dataset": true}
	inputs := m.Description().Inputs
	for _, g := range tryGroups[:len(tryGroups)-1] {
		group := tryGroup{Title: g.title, Open: true}
		for id := range strings.FieldsSeq(g.ids) {
			if slices.ContainsFunc(inputs, func(in method.InputDescription) bool { return in.Field == id }) {
				group.Fields = append(group.Fields, newTryField(id, "", form))
				placed[id] = true
			}
		}
		p.Groups = append(p.Groups, group)
	}
	rest := tryGroup{Title: tryGroups[len(tryGroups)-1].title}
	for _, in := range inputs {
		if !placed[in.Field] {
			f := newTryField(in.Field, in.Note, form)
			rest.Fields = append(rest.Fields, f)
			rest.Open = rest.Open || f.Value != ""
		}
	}
	p.Groups = append(p.Groups, rest)
	p.Example = p.Action + mark(p.Action) + "dataset=PLCM&provider=RJ7&service_code=NCBPS11B&activity_date=" + m.To.String() +
		"&gp_practice=H85001&submitted_commissioner=36L&submitted_category=25"
	return p
}

// mark is what stands before the next parameter of an address.
func mark(address string) string {
	if strings.Contains(address, "?") {
		return "&"
	}
	return "?"
}

func newTryField(id, note string, form url.Values) tryField {
	f := tryField{ID: id, Label: tryLabels[id], Hint: cmp.Or(tryHints[id], note), Value: strings.TrimSpace(form.Get(id)), Type: "text"}
	if field, ok := activity.FieldByID(id); ok {
		f.Official = field.Title("")
	}
	if f.Label == "" {
		f.Label = sentence(id)
	}
	if len(f.Value) > tryLongest {
		f.Value = f.Value[:tryLongest]
	}
	return f
}

// run decides the record that the form holds, by the method and by the one it is
// usually set beside.
func (p *tryPage) run(r *http.Request, a *Asked, m *method.Method, charts *charts) {
	dataset, err := activity.ParseDataset(p.Dataset)
	if err != nil {
		p.Faults = []string{err.Error()}
		return
	}
	var header, line []string
	for _, g := range p.Groups {
		for _, f := range g.Fields {
			if f.Value != "" {
				header, line = append(header, f.ID), append(line, f.Value)
			}
		}
	}
	if len(header) == 0 {
		p.Faults = []string{"The record is empty. Fill in at least one field, such as the provider."}
		return
	}
	var record bytes.Buffer
	if err := csv.NewWriter(&record).WriteAll([][]string{header, line}); err != nil {
		p.Faults = []string{err.Error()}
		return
	}
	job := &assign.Job{Inputs: []string{"-"}, Stdin: &record, Dataset: dataset, Method: m, Pack: a.Register.Pack, Workers: 1, Delimiter: ','}
	if m.Compare != "" {
		if job.Compare, err = a.Register.drawings.method(a.Register.Pack, m.Compare); err != nil {
			p.Faults = []string{err.Error()}
			return
		}
	}
	list, err := assign.Explain(r.Context(), job, assign.Which{Row: 1})
	if err != nil {
		p.Faults = strings.Split(strings.ReplaceAll(err.Error(), "-: ", ""), "\n")
		return
	}
	p.Result = newTried(a, m, &list[0])
	if len(list) == 2 {
		p.Beside, p.Parting = newTried(a, job.Compare, &list[1]), assign.Parting(&list[0], &list[1])
	}
	p.ShowChart = a.To("/method/" + m.Spec())
	if drawn, err := charts.of(m, p.ShowChart); err == nil {
		p.Result.Chart = template.HTML(marked(drawn, p.Result.Steps))
	}
}

func newTried(a *Asked, m *method.Method, x *assign.Explanation) *tried {
	t := &tried{Explanation: *x, Why: reasons(a, x.PayerWhy), Agrees: agreementWords[x.Agreement]}
	for _, s := range x.Steps {
		t.Steps = append(t.Steps, walked{s, a.To("/method/"+m.Spec()) + "#" + boxID(s.Box), reasons(a, s.Because)})
	}
	if _, _, ok := a.Register.organisation(x.Payer, a.On); ok {
		t.PayerAt = a.To("/organisations/" + x.Payer)
	}
	return t
}

var agreementWords = map[string]string{
	"same": "agrees with what was submitted", "payer_differs": "another payer than was submitted", "category_differs": "the payer that was submitted, under another category",
	"submitted_blank": "no commissioner was submitted", "computed_blank": "no payer can be found by the method",
}

// finding is the answer as a sentence.
func (t *tried) finding() string {
	if t.Payer == "" {
		return "No payer follows from this record: " + t.Outcome
	}
	s := cmp.Or(t.PayerName, t.Payer) + " pays for this record"
	if t.Category != "" {
		s += ", under category " + t.Category
	}
	return s
}

// reasons writes out what an answer rests on: the fields of the record, and each
// fact with its validity and source.
func reasons(a *Asked, list []method.Reason) []reason {
	var out []reason
	for _, r := range list {
		value := cmp.Or(r.Value, "blank")
		switch {
		case r.Kind == "input" || r.Kind == "date":
			out = append(out, reason{Text: fmt.Sprintf("The record says: %s %s", strings.ToLower(cmp.Or(tryLabels[r.What], strings.ReplaceAll(r.What, "_", " "))), value)})
		case r.Kind == "fact" && r.Says != "":
			out = append(out, reason{Text: sentence(r.Says) + ": " + value})
		case r.Kind == "lookup" && !r.Found:
			out = append(out, reason{Text: fmt.Sprintf("%s %s: not in the table %s on the date", sentence(r.What), cmp.Or(r.Key, "blank"), r.Table)})
		case r.Kind == "lookup":
			what, column, _ := strings.Cut(r.What, ".")
			out = append(out, reason{fmt.Sprintf("%s %s: %s %s%s", sentence(what), cmp.Or(r.Key, "blank"), strings.ReplaceAll(column, "_", " "), value, holds(r)),
				sentence(a.Register.Pack.Cite(r.Source)) + " (confidence " + r.Confidence + ")"})
		}
	}
	return out
}

func holds(r method.Reason) string {
	switch {
	case r.From != "" && r.To != "":
		return ", " + longText(r.From) + " to " + longText(r.To)
	case r.From != "":
		return ", since " + longText(r.From)
	case r.To != "":
		return ", until " + longText(r.To)
	}
	return ""
}
