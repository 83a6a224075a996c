package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"remit/intake"
	"remit/method"
	"remit/monitor"
	"remit/register"
	"remit/store"
	"remit/whatif"
)

var whatifTrail = []link{{"Contracts", "/contracts"}, {"What if", "/what-if"}}

// maySuppose says whether the reader may see a what-if: people of a provider those
// of their own, others all of them.
func maySuppose(a *Asked, r *whatif.Result) bool {
	own := ownProvider(a)
	return own == "" || r.For == own
}

// whatifs lists what has been supposed, with the form to suppose something else.
func (s *Site) whatifs(w http.ResponseWriter, r *http.Request) error {
	return s.showWhatifs(w, r, nil, nil)
}

func (s *Site) showWhatifs(w http.ResponseWriter, r *http.Request, given url.Values, faults []workFault) error {
	a := asked(r)
	if s.ledger == nil {
		return errNoLedger
	}
	all, err := whatif.Open(s.ledger.DataDir()).All()
	if err != nil {
		return err
	}
	t := &Table{Name: "what-ifs", Caption: "What has been supposed, the latest first", Search: true, Empty: "Nothing has been supposed yet.", Columns: []Column{{Key: "name", Title: "Name"}, {Key: "title", Title: "About"}, {Key: "changes", Title: "Supposed"}, {Key: "moves", Title: "Money that would move (£)", Numeric: true}, {Key: "by", Title: "By", Filter: true}, {Key: "at", Title: "Worked out"}}}
	for _, x := range all {
		if maySuppose(a, x) {
			t.Rows = append(t.Rows, Row{{Text: x.Name, Code: true, Href: "/what-if/" + x.Name}, say(x.Title).or("Not said"), say(strings.ReplaceAll(x.Changes(), "\n", "; ")), pence(x.Moved()), say(x.Who), momentCell(x.At)})
		}
	}
	body := &workBody{}
	if a.May(store.Editor) {
		body.Forms = append(body.Forms, whatifForm(given))
	}
	body.note(faults)
	return s.showWork(w, r, view{Place: "/contracts", Trail: whatifTrail[:1], Title: "What if", Body: body, Parts: []section{{ID: "kept", Table: t}},
		Lead: "Suppose another status, other boards, another host, price or reading of the method, and see whose money would move, from whom to whom, against the rows that count now. Nothing changes in the register or the contracts."})
}

func whatifForm(given url.Values) *workForm {
	f := &workForm{ID: "suppose", Title: "Suppose something else", Action: "/what-if", Buttons: []workButton{{Text: "Work it out"}}}
	f.field(workField{Name: "changes", Label: "What is supposed, one change a line", Type: "area", Value: given.Get("changes"),
		Hint: "status NCBPS11B RED (the line is retained); move 15E QNX (a sub-ICB location, or all of an ICB, goes to an ICB, which may be new); host RJ7 36L; price -5% RJ7 NCBPS11B EL (- for any); method cam-2025-26+A4=40"})
	f.field(workField{Name: "name", Label: "Name in the address", Hint: "Small letters, digits and hyphens. It cannot be used again.", Value: given.Get("name")})
	f.field(workField{Name: "title", Label: "What it is about", Value: given.Get("title")})
	f.field(workField{Name: "provider", Label: "Of one provider", Hint: "A code, or empty for all.", Value: given.Get("provider")})
	f.field(workField{Name: "year", Label: "Of one financial year", Hint: "Such as 2025-26, or empty for all.", Value: given.Get("year")})
	by := workField{Name: "by", Label: "Between", Type: "select", Value: cmp.Or(given.Get("by"), "icb")}
	for _, d := range whatif.Bys {
		by.Options = append(by.Options, workOption{d.String(), dimensionTitles[d]})
	}
	f.field(by)
	f.field(workField{Name: "map", Label: "On the map of organisations of", Hint: "Today where it is empty.", Type: "date", Value: given.Get("map")})
	basis := workField{Name: "basis", Label: "By", Type: "select", Value: given.Get("basis")}
	for _, b := range intake.Bases {
		if b != intake.Planned {
			basis.Options = append(basis.Options, workOption{string(b), sentence(feedWords[b])})
		}
	}
	f.field(basis)
	return f
}

// suppose works out a what-if and keeps it.
func (s *Site) suppose(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	if err := readForm(r); err != nil {
		return err
	}
	view0, may, err := s.contractView(r)
	if err != nil {
		return err
	}
	get := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	spec := whatif.Spec{Name: get("name"), Title: get("title"), Provider: strings.ToUpper(get("provider")), Year: yearKey(get("year")), Basis: intake.Basis(cmp.Or(get("basis"), string(intake.Patient))), By: cmp.Or(get("by"), "icb"), On: cmp.Or(get("map"), a.Today.String())}
	err = spec.ParseChanges(r.PostForm.Get("changes"))
	field := "changes"
	if err == nil {
		err, field = spec.Check(a.Register.Pack), ""
	}
	if err != nil {
		return s.refuseWhatif(w, r, field, err)
	}
	methods, err := a.Register.methods()
	if err != nil {
		return err
	}
	load := func(pack *register.Pack, spec string) (*method.Method, error) { return shippedMethods(pack).Load(spec) }
	if spec.Method != "" {
		if _, err := load(a.Register.Pack, spec.Method); err != nil {
			return s.refuseWhatif(w, r, "changes", err)
		}
	}
	desk := &whatif.Desk{Pack: a.Register.Pack, Method: methods[0], Load: load, Program: s.program, Who: a.Account.Name, For: a.Account.Organisation, Where: may}
	result, err := whatif.Run(r.Context(), view0, spec, desk, s.now())
	var data *register.DataError
	if errors.As(err, &data) {
		return s.refuseWhatif(w, r, "changes", err)
	}
	if err != nil {
		return err
	}
	err = whatif.Open(s.ledger.DataDir()).Keep(result)
	if errors.Is(err, whatif.ErrTaken) {
		return s.refuseWhatif(w, r, "name", err)
	}
	if err != nil {
		return err
	}
	if err := s.store.Record(r.Context(), a.Account.Name, "whatif.keep", "what-if "+spec.Name, map[string]string{"changes": spec.Changes()}); err != nil {
		return err
	}
	return seeOther(w, r, "/what-if/"+spec.Name)
}

func (s *Site) refuseWhatif(w http.ResponseWriter, r *http.Request, field string, err error) error {
	var faults []workFault
	for _, line := range strings.Split(err.Error(), "\n") {
		if line = strings.TrimSpace(line); line != "" {
			faults = append(faults, workFault{fullStop(line), field})
		}
	}
	return s.showWhatifs(w, r, r.PostForm, faults)
}

// whatifShown shows what was supposed and what it came to.
func (s *Site) whatifShown(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	view0, _, err := s.contractView(r)
	if err != nil {
		return err
	}
	x, err := whatif.Open(s.ledger.DataDir()).Find(r.PathValue("name"))
	if errors.Is(err, whatif.ErrNone) || err == nil && !maySuppose(a, x) {
		return &problem{http.StatusNotFound, "There is no such what-if", "There is none at this address that you may see.", "The page What if lists those that you may."}
	}
	if err != nil {
		return err
	}
	day, err := register.ParseDay(x.On)
	if err != nil {
		return err
	}
	by, err := monitor.ParseDimension(x.By)
	if err != nil {
		return err
	}
	name := func(code string) string { return payerShown(a, by, code, day).Text }
	v := view{Page: "record", Place: "/contracts", Trail: whatifTrail, Title: cmp.Or(x.Title, x.Name), Lead: x.Says(name)}
	if view0.Fingerprint() != x.View {
		v.Warn = "Other submissions count by now than when this was worked out. Suppose the same again under another name to see what it comes to now."
	}
	v.Facts = []named{{"Supposed", say(strings.ReplaceAll(x.Changes(), "\n", "; "))}, {"Of", say(whatifScope(x))}, {"Map of organisations", say(longDate(day))}, {"Worked out", momentCell(x.At)}, {"By", say(x.Who)}, {"Rows decided again", number(int(x.Rows))}}
	t := &Table{Name: "transfers", Caption: "Money that would move", Search: true, Most: fewRows, Empty: "No money would move.", Columns: []Column{{Key: "from", Title: "From"}, {Key: "to", Title: "To"}, {Key: "money", Title: "Money (£)", Numeric: true}}}
	for _, m := range x.Transfers {
		t.Rows = append(t.Rows, Row{payerShown(a, by, m.From, day), payerShown(a, by, m.To, day), pence(m.Price)})
	}
	v.Parts = append(v.Parts, section{ID: "transfers", Title: "From whom to whom", Table: t})
	balances := &Table{Name: "balances", Caption: "What each would pay; the changes sum to nothing", Search: true, Most: fewRows, Columns: []Column{{Key: "payer", Title: "Payer"}, {Key: "before", Title: "Pays now (£)", Numeric: true}, {Key: "after", Title: "Would pay (£)", Numeric: true}, {Key: "change", Title: "Change (£)", Numeric: true}}}
	var bars []bar
	for _, b := range x.Balances {
		cell := payerShown(a, by, b.Payer, day)
		before, after := pence(b.Before), pence(b.After)
		if b.Payer == monitor.Pricing {
			before, after = Cell{Lacks: "Not applicable"}, Cell{Lacks: "Not applicable"}
		}
		balances.Rows = append(balances.Rows, Row{cell, before, after, pence(b.Change)})
		bars = append(bars, bar{label: cell.Text, href: cell.Href, value: b.Change.Float(), says: signedShort(b.Change)})
	}
	if len(bars) > 0 {
		v.Parts = append(v.Parts, section{ID: "balances", Title: "For each payer", Table: balances,
			Graph: drawBars("balance-chart", "Who would pay more, and who less", "Change of what each would pay. The table beneath has the same figures.", "balances", [2]string{"would pay more", "would pay less"}, poundsText, bars[:min(len(bars), 20)])})
	}
	lines := &Table{Name: "lines", Caption: "By provider and service line", Search: true, Most: fewRows, Columns: []Column{{Key: "provider", Title: "Provider", Filter: true}, {Key: "service_line", Title: "Service line"}, {Key: "from", Title: "From, as recorded"}, {Key: "to", Title: "To"}, {Key: "categories", Title: "Category"}, {Key: "money", Title: "Money (£)", Numeric: true}}}
	for _, m := range x.Lines {
		categories := m.FromCategory
		if m.ToCategory != m.FromCategory {
			categories += " to " + m.ToCategory
		}
		lines.Rows = append(lines.Rows, Row{bodyCell(a, m.Provider), lineCell(a, m.Line), payerShown(a, monitor.Commissioner, m.From, day), payerShown(a, monitor.Commissioner, m.To, day), say(categories).or("Not applicable"), pence(m.Money)})
	}
	v.add("lines", "By provider and service line", "Between bodies as they are recorded: money can move within one board, or to another category of the same payer.", lines)
	v.Notes = []string{"Reference data SHA-256 " + x.Reference, "Method as it is " + x.Methods[0] + ", as supposed " + x.Methods[1], "Worked out by " + x.Program,
		"What the reference data and the method would decide otherwise by now, whatever is supposed, is left out. Prices that move are those billed."}
	return s.showWork(w, r, v)
}

func whatifScope(x *whatif.Result) string {
	text := feedWords[x.Basis]
	if x.Provider != "" {
		text += ", provider " + x.Provider
	}
	if x.Year != "" {
		text += ", " + yearText(x.Year)
	}
	return text
}

// payerShown names a payer of a what-if.
func payerShown(a *Asked, by monitor.Dimension, code string, day register.Day) Cell {
	if code == monitor.Pricing {
		return Cell{Text: "Price", More: "paid more or less in all"}
	}
	c := dimensionCell(a, by, code, day)
	if c.Text == "" {
		c.Text = "Nobody found"
	}
	return c
}
