package web

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"remit/method"
	"remit/register"
)

// methodOf is the method that the address names, with any readings chosen:
// cam-2025-26+A2=dental.
func methodOf(a *Asked, r *http.Request) (*method.Method, error) {
	spec := r.PathValue("method")
	m, err := a.Register.drawings.method(a.Register.Pack, spec)
	if err != nil {
		return nil, missing("method", spec, "The list of methods has all that there are, and each lists its readings.")
	}
	return m, nil
}

// methodList lists the methods.
func (s *Site) methodList(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	all, err := a.Register.methods()
	if err != nil {
		return err
	}
	t := &Table{
		Name: "methods", Caption: "Methods",
		Columns: []Column{{Key: "name", Title: "Method"}, {Key: "title", Title: "What it is"}, {Key: "from", Title: "For activity from"}, {Key: "to", Title: "To"},
			{Key: "carried_forward_to", Title: "Carried forward to"}, {Key: "boxes", Title: "Boxes", Numeric: true}},
	}
	for _, m := range all {
		carried := dayCell(m.CarriedTo)
		if m.CarriedTo == m.To {
			carried = say("").or("Not carried forward")
		}
		t.Rows = append(t.Rows, Row{{Text: m.Name, Code: true, Href: a.To("/method/" + m.Name)}, to(m.Title, a.To("/method/"+m.Name)),
			dayCell(m.From), dayCell(m.To), carried, number(len(m.Boxes))})
	}
	v := view{
		Page: "record", Place: "/method", Title: "How a record of activity is given its payer",
		Lead: "Each year NHS England publishes a flow chart, the Commissioner Assignment Method, that decides which commissioner (the organisation that pays) " +
			"is responsible for each record. Remit holds it as a readable file, and draws, explains and runs that same file.",
		Parts: []section{
			{ID: "methods", Table: t},
			{ID: "try", Title: "Try a record", Text: "Type a record and see every box that is asked, what each answer rests on, and who pays.", Links: tryLinks(a, all)},
			{ID: "compare", Title: "Compare two methods", Text: "What differs, part by part, with conditions as they are written.", Links: compareLinks(a, all)},
		},
	}
	return s.show(w, r, v)
}

func tryLinks(a *Asked, all []*method.Method) []link {
	var list []link
	for _, m := range all {
		list = append(list, link{"Try a record by " + m.Title, a.To("/method/" + m.Name + "/try")})
	}
	return list
}

func compareLinks(a *Asked, all []*method.Method) []link {
	var list []link
	for i, later := range all {
		for _, earlier := range all[i+1:] {
			list = append(list, link{earlier.Title + " beside " + later.Title, a.To("/method/" + later.Name + "/compare/" + earlier.Name)})
		}
	}
	return list
}

// methodPage shows a method: its chart with every box linked to its rule, and
// then the rules.
type methodPage struct {
	Is       method.Description
	Chart    template.HTML
	Boxes    []boxRule
	Ends     []endRule
	Readings []readingChoice
	Others   []link
	Other    string // the method whose differences stand at the boxes
	Try      string
	Alone    string // the address of the chart alone
}

// boxRule is a box with the words of where its arrows lead, its reading and how
// it differs in another year.
type boxRule struct {
	method.BoxDescription
	ID          string
	YesTo, NoTo target
	Differs     []method.Change
	ReadingHref string
}

type endRule struct {
	method.EndDescription
	ID      string
	Differs []method.Change
}

type target struct{ Text, Href string }

type readingChoice struct {
	method.ReadingDescription
	ID      string
	Choices []choice
}

type choice struct {
	Name, Means, Href string
	Chosen, Default   bool
}

func boxID(label string) string { return "rule-" + anchor(label) }
func endID(name string) string  { return "payer-" + anchor(name) }

// anchor is a name as an address can end with it.
func anchor(name string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if r < 0x80 && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-') {
			return r
		}
		return '-'
	}, name), "-")
}

func (s *Site) methodShown(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	m, err := methodOf(a, r)
	if err != nil {
		return err
	}
	all, err := a.Register.methods()
	if err != nil {
		return err
	}
	drawn, err := s.charts.of(m, "")
	if err != nil {
		return err
	}
	p := methodPage{Is: m.Description(), Chart: template.HTML(drawn), Try: a.To("/method/" + m.Spec() + "/try"), Alone: a.To("/method/" + m.Spec() + "/chart.svg")}
	p.rules(a, m, other(m, all))
	for _, o := range all {
		if o.Name != m.Name {
			p.Others = append(p.Others, link{"Compare with " + o.Title, a.To("/method/" + m.Spec() + "/compare/" + o.Name)})
		}
	}
	return s.show(w, r, view{
		Page: "method", Place: "/method", Trail: []link{{"Assignment", a.To("/method")}}, Body: p,
		Title: fmt.Sprintf("%s, in %d boxes", m.Title, len(m.Boxes)),
		Lead:  m.Authority, Warn: prefix("Not established: ", m.Established),
	})
}

func prefix(before, text string) string {
	if text == "" {
		return ""
	}
	return before + text
}

// other is the method whose differences are worth seeing: the same kind of the
// year before, or else the one that it is usually set beside.
func other(m *method.Method, all []*method.Method) *method.Method {
	var found *method.Method
	for _, o := range all {
		switch {
		case o.Name == m.Name:
		case o.Kind == m.Kind && o.From < m.From && (found == nil || found.Kind != m.Kind || o.From > found.From):
			found = o
		case found == nil && (o.Name == m.Compare || o.Kind == m.Kind):
			found = o
		}
	}
	return found
}

// rules fills in the boxes, ends and readings.
func (p *methodPage) rules(a *Asked, m, beside *method.Method) {
	differs := map[string][]method.Change{}
	if beside != nil {
		p.Other = beside.Title
		for _, c := range method.Diff(beside, m).Changes {
			differs[c.Part+" "+c.Name] = append(differs[c.Part+" "+c.Name], c)
		}
	}
	towards := func(name string) target {
		if m.Box(name) != nil {
			return target{"box " + name, "#" + boxID(name)}
		}
		if e := m.End(name); e != nil {
			return target{e.Label, "#" + endID(name)}
		}
		return target{Text: name}
	}
	for _, b := range p.Is.Boxes {
		rule := boxRule{BoxDescription: b, ID: boxID(b.Label), YesTo: towards(b.Yes), NoTo: towards(b.No), Differs: differs["box "+b.Label]}
		if b.Reading != "" {
			rule.ReadingHref = "#reading-" + anchor(b.Reading)
		}
		p.Boxes = append(p.Boxes, rule)
	}
	for _, e := range p.Is.Ends {
		p.Ends = append(p.Ends, endRule{e, endID(e.Name), differs["end "+e.Name]})
	}
	for _, x := range p.Is.Readings {
		c := readingChoice{ReadingDescription: x, ID: "reading-" + anchor(x.ID)}
		for _, o := range x.Options {
			c.Choices = append(c.Choices, choice{o.Name, o.Means, a.To("/method/" + withReading(p.Is, x, o.Name)), o.Name == x.Chosen, o.Name == x.Default})
		}
		p.Readings = append(p.Readings, c)
	}
}

// withReading names the method with one reading chosen and the others left as
// they are.
func withReading(d method.Description, x method.ReadingDescription, option string) string {
	spec := d.Name
	for _, r := range d.Readings {
		chosen := r.Chosen
		if r.ID == x.ID {
			chosen = option
		}
		if chosen != r.Default {
			spec += "+" + r.ID + "=" + chosen
		}
	}
	return spec
}

// methodChart is the drawing alone, to print or to enlarge.
func (s *Site) methodChart(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	m, err := methodOf(a, r)
	if err != nil {
		return err
	}
	drawn, err := s.charts.of(m, a.To("/method/"+url.PathEscape(m.Spec())))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Header().Set("Cache-Control", "no-cache")
	_, err = io.WriteString(w, drawn)
	return err
}

func ruleAnchor(kind, name string) string {
	if kind == "box" {
		return "#" + boxID(name)
	}
	return "#" + endID(name)
}

// methodCompared lists what differs between two methods.
func (s *Site) methodCompared(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	later, err := methodOf(a, r)
	if err != nil {
		return err
	}
	earlier, err := a.Register.drawings.method(a.Register.Pack, r.PathValue("other"))
	if err != nil {
		return missing("method", r.PathValue("other"), "The list of methods has all that there are.")
	}
	d := method.Diff(earlier, later)
	t := &Table{
		Name: "differences", Caption: "Differences", Search: true, Empty: "The two say the same.",
		Columns: []Column{{Key: "part", Title: "Part", Filter: true}, {Key: "name", Title: "Name"}, {Key: "change", Title: "Change", Filter: true}, {Key: "field", Title: "What"},
			{Key: "before", Title: "In " + earlier.Spec()}, {Key: "after", Title: "In " + later.Spec()}},
	}
	things := map[string]bool{}
	for _, c := range d.Changes {
		name := Cell{Text: c.Name, Code: true}
		if c.Part == "box" || c.Part == "end" {
			name.Href = a.To("/method/"+later.Spec()) + ruleAnchor(c.Part, c.Name)
		}
		if c.Change == "removed" {
			name.Href = ""
		}
		things[c.Part+c.Name] = true
		t.Rows = append(t.Rows, Row{say(sentence(c.Part)), name, say(c.Change), say(strings.ReplaceAll(c.Field, "_", " ")),
			say(c.Before).or("Not there"), say(c.After).or("Not there")})
	}
	return s.show(w, r, view{
		Page: "record", Place: "/method", Trail: []link{{"Assignment", a.To("/method")}, {later.Title, a.To("/method/" + later.Spec())}},
		Title: fmt.Sprintf("%s differs from %s in %d parts", later.Title, earlier.Title, len(things)),
		Parts: []section{{ID: "differences", Table: t}},
	})
}

// drawings keeps methods with chosen readings, as they stand over one state of
// the register.
type drawings struct {
	mu      sync.Mutex
	methods map[string]*method.Method
}

// keptMethods bounds the memory: there are very many combinations of readings.
const keptMethods = 32

func (d *drawings) method(pack *register.Pack, spec string) (*method.Method, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if m, ok := d.methods[spec]; ok {
		return m, nil
	}
	m, err := shippedMethods(pack).Load(spec)
	if err != nil {
		return nil, err
	}
	if d.methods == nil || len(d.methods) >= keptMethods {
		d.methods = map[string]*method.Method{}
	}
	d.methods[spec] = m
	return m, nil
}

// charts keeps drawings of methods, which takes longer than a page may. A drawing
// depends on the method alone, and stays when the register changes.
type charts struct {
	mu   sync.Mutex
	kept map[string]string
}

// of is the drawing of a method, whose links lead to its page: blank on the page
// itself.
func (c *charts) of(m *method.Method, page string) (string, error) {
	key := m.Hash + m.Spec()
	c.mu.Lock()
	drawn, ok := c.kept[key]
	c.mu.Unlock()
	if !ok {
		var b bytes.Buffer
		if err := m.DrawLinked(&b, ruleAnchor); err != nil {
			return "", err
		}
		drawn = b.String()
		c.mu.Lock()
		if c.kept == nil || len(c.kept) >= keptMethods {
			c.kept = map[string]string{}
		}
		c.kept[key] = drawn
		c.mu.Unlock()
	}
	if page == "" {
		return drawn, nil
	}
	return strings.ReplaceAll(drawn, `href="#`, `href="`+template.HTMLEscapeString(page)+"#"), nil
}

// marked is a chart with the path of a record: its boxes, the arrows that it
// took, and its end.
func marked(chart string, steps []walked) string {
	var pairs []string
	for i, s := range steps {
		name := anchor(s.Box)
		arrow := name + "-" + strings.ToLower(s.Answer)
		pairs = append(pairs, `<g id="box-`+name+`"`, `<g class="app-path" id="box-`+name+`"`, `<g id="arrow-`+arrow+`"`, `<g class="app-path" id="arrow-`+arrow+`"`)
		if i == len(steps)-1 {
			pairs = append(pairs, `<g id="end-`+arrow+`"`, `<g class="app-path" id="end-`+arrow+`"`)
		}
	}
	return strings.NewReplacer(pairs...).Replace(chart)
}
