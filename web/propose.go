package web

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"remit/register"
	"remit/store"
)

// evidenceLimit is the largest form with documents.
const evidenceLimit = 3*store.MaxDocument + 1<<20

// The kinds of change that the form of one row knows.
const (
	kindCorrect  = "correct"  // it was recorded wrongly: it reads otherwise for all of its period
	kindFrom     = "from"     // it is so until a day, and otherwise from then on
	kindWithdraw = "withdraw" // it should never have been recorded
	kindAdd      = "add"
)

// drafting is what the form of a proposal holds.
type drafting struct {
	table     string
	kind      string
	fact      *store.Fact // the row as the author saw it; nil to add one
	values    store.Values
	from      string // the first day of what is new, for kindFrom
	title     string
	reason    string
	source    string
	documents []store.Document
	id        int64 // of the draft that it is the next version of; 0: a new one
	revision  int64
}

// proposalForm shows the form for a change of one row, or what to choose a row by.
func (s *Site) proposalForm(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	if id := query.Get("draft"); id != "" {
		return s.draftForm(w, r, id)
	}
	table := query.Get("table")
	if table == "" {
		return s.chooseTable(w, r)
	}
	if store.Columns(table) == nil {
		return missing("table", table, "The page about the data lists all tables.")
	}
	known, err := s.store.Known(r.Context(), time.Time{})
	if err != nil {
		return err
	}
	d := &drafting{table: table, kind: kindAdd, values: store.Values{"confidence": "medium"}}
	switch {
	case query.Get("version") != "":
		if d.fact, err = s.factNow(r, known, table, query.Get("version")); err != nil {
			return err
		}
	case query.Get("key") != "":
		rows := known.Find(table, query.Get("key"))
		if len(rows) == 0 {
			return missing("row of the table "+table+" with the code", query.Get("key"), "The page about the table lists its rows.")
		}
		if len(rows) > 1 {
			return s.chooseRow(w, r, table, rows)
		}
		d.fact = rows[0]
	}
	if d.fact != nil {
		d.kind, d.values = kindCorrect, d.fact.Values
	}
	return s.showDrafting(w, r, d, nil)
}

// factNow is the version of a row that stands, by the number of any of its
// versions.
func (s *Site) factNow(r *http.Request, known *store.Known, table, version string) (*store.Fact, error) {
	n, err := strconv.ParseInt(version, 10, 64)
	if err != nil {
		return nil, missing("version", version, "The page about the table lists its rows.")
	}
	f, err := s.store.Fact(r.Context(), n)
	if errors.Is(err, store.ErrNotFound) || err == nil && f.Table != table {
		return nil, missing("version", version, "The page about the table lists its rows.")
	}
	if err != nil {
		return nil, err
	}
	if now := known.Row(table, f.Values); now != nil {
		return now, nil
	}
	return nil, missing("row", f.Place(), "It was withdrawn. The page about the table lists the rows that stand.")
}

// draftForm shows the form with what the author had proposed, upon the row as it
// is now.
func (s *Site) draftForm(w http.ResponseWriter, r *http.Request, text string) error {
	a := asked(r)
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return missing("proposal", text, "The page about proposals lists them all.")
	}
	p, err := s.store.Proposal(r.Context(), id)
	if err != nil {
		return err
	}
	if p.Author != a.Account.Name || p.State != store.Draft && p.State != store.Submitted {
		return &problem{http.StatusForbidden, "This proposal cannot be changed", "It is somebody else's, or was decided.", "Propose a change of your own."}
	}
	known, err := s.store.Known(r.Context(), time.Time{})
	if err != nil {
		return err
	}
	d, err := draftingOf(known, &p)
	if err != nil {
		return err
	}
	for _, h := range p.Documents {
		document, err := s.store.Document(r.Context(), h)
		if err != nil {
			return err
		}
		d.documents = append(d.documents, document)
	}
	return s.showDrafting(w, r, d, nil)
}

// draftingOf reads a proposal back into the form that made it.
func draftingOf(known *store.Known, p *store.Proposal) (*drafting, error) {
	unfit := &problem{http.StatusConflict, "This proposal cannot be changed here", "It is about several rows.", "Withdraw it and propose again, or use remit proposal."}
	if len(p.Edits) == 0 || len(p.Edits) > 2 {
		return nil, unfit
	}
	e := p.Edits[0]
	d := &drafting{table: e.Table, title: p.Title, reason: p.Reason, source: p.Source, id: p.ID, revision: p.Revision, values: e.After, kind: kindCorrect}
	switch {
	case e.Version == 0:
		d.kind = kindAdd
	case e.After == nil:
		d.kind, d.values = kindWithdraw, e.Before
	case len(p.Edits) == 2:
		d.kind, d.values, d.from = kindFrom, p.Edits[1].After, p.Edits[1].After["valid_from"]
	}
	if len(p.Edits) == 2 && (d.kind != kindFrom || p.Edits[1].Version != 0 || p.Edits[1].Table != d.table) {
		return nil, unfit
	}
	if d.kind != kindAdd {
		if d.fact = known.Row(e.Table, e.Before); d.fact == nil {
			return nil, &problem{http.StatusConflict, "The row was withdrawn", e.Place() + " stands no more.", "Withdraw this proposal."}
		}
	}
	return d, nil
}

func (s *Site) chooseTable(w http.ResponseWriter, r *http.Request) error {
	t := &Table{Name: "tables", Caption: "Tables of the register", Search: true, Columns: []Column{{Key: "table", Title: "Table"}, {Key: "change", Title: "Change a row"}, {Key: "add", Title: "Add a row"}}}
	for _, name := range store.Tables() {
		t.Rows = append(t.Rows, Row{code(name), to("Rows of "+name, "/data/"+name), to("Add a row to "+name, "/proposals/new?table="+name)})
	}
	return s.showWork(w, r, view{Title: "Propose a change", Trail: proposalsTrail, Lead: "Choose the table of the fact. Every row of it has a link to propose a change of that row.", Parts: []section{{ID: "tables", Table: t}}})
}

func (s *Site) chooseRow(w http.ResponseWriter, r *http.Request, table string, rows []*store.Fact) error {
	t := &Table{Name: "rows", Caption: "Rows with this code", Columns: []Column{{Key: "row", Title: "Row"}, {Key: "from", Title: "From"}, {Key: "to", Title: "To"}}}
	for _, f := range rows {
		t.Rows = append(t.Rows, Row{to(f.Place(), proposeAddress(f)), say(longText(f.Values["valid_from"])).or("Not established"), say(longText(f.Values["valid_to"])).or("Open")})
	}
	return s.showWork(w, r, view{Title: "Which row is to change?", Trail: proposalsTrail, Lead: "The table " + table + " has several rows with this code.", Parts: []section{{ID: "rows", Table: t}}})
}

// propose reads the form: it shows what would change, keeps a draft, or submits.
func (s *Site) propose(w http.ResponseWriter, r *http.Request) error {
	d, faults, err := s.readDrafting(w, r)
	if err != nil {
		return err
	}
	if r.MultipartForm != nil {
		defer r.MultipartForm.RemoveAll()
	}
	edits := d.edits(&faults)
	step := r.PostFormValue("step")
	if step == "back" || len(faults) > 0 {
		return s.showDrafting(w, r, d, func(b *workBody) { b.note(faults) })
	}
	touched, err := s.touched(r, edits)
	if err == nil {
		err = mayTouch(asked(r), touched)
	}
	if err != nil {
		var against workBody
		if !against.take(err) {
			return err
		}
		return s.showDrafting(w, r, d, func(b *workBody) { b.take(err) })
	}
	if step != "draft" && step != "submit" {
		return s.reviewDrafting(w, r, d, edits, touched)
	}
	return s.keepDrafting(w, r, d, edits, step == "submit")
}

// touched says whose facts some edits are, once the register is valid with them.
func (s *Site) touched(r *http.Request, edits []store.Edit) ([]string, error) {
	now, err := s.store.Known(r.Context(), time.Time{})
	if err != nil {
		return nil, err
	}
	then, err := s.store.Try(r.Context(), edits)
	if err != nil {
		return nil, err
	}
	return store.ScopeOf(now, then, edits), nil
}

func (s *Site) keepDrafting(w http.ResponseWriter, r *http.Request, d *drafting, edits []store.Edit, submit bool) error {
	author := asked(r).Account.Name
	p := store.Proposal{ID: d.id, Revision: d.revision, Title: d.title, Reason: d.reason, Source: d.source, Edits: edits}
	for _, document := range d.documents {
		p.Documents = append(p.Documents, document.Hash)
	}
	p, err := s.store.Propose(r.Context(), author, p)
	if err == nil && submit {
		if err = mayTouch(asked(r), p.Organisations); err == nil {
			_, err = s.store.Submit(r.Context(), author, p.ID, p.Revision)
		}
	}
	if err != nil {
		var against workBody
		if !against.take(err) {
			return err
		}
		return s.showDrafting(w, r, d, func(b *workBody) { b.take(err) })
	}
	return seeOther(w, r, proposalAddress(p.ID))
}

// readDrafting reads the form. Documents sent with it are kept at once: what is
// attached is evidence, whether the proposal comes to be or not.
func (s *Site) readDrafting(w http.ResponseWriter, r *http.Request) (*drafting, []workFault, error) {
	r.Body = &patient{r.Body, http.NewResponseController(w)}
	if err := r.ParseMultipartForm(1 << 20); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return nil, nil, err
		}
		return nil, nil, errFormSent
	}
	get := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	d := &drafting{table: get("table"), kind: get("kind"), from: get("from"), title: get("title"), reason: get("reason"), source: get("source"), values: store.Values{}}
	columns := store.Columns(d.table)
	if columns == nil || !slices.Contains([]string{kindCorrect, kindFrom, kindWithdraw, kindAdd}, d.kind) {
		return nil, nil, errFormSent
	}
	for _, c := range columns {
		if v := get("v-" + c); v != "" {
			d.values[c] = v
		}
	}
	d.id, _ = strconv.ParseInt(get("id"), 10, 64) // none: a new proposal
	d.revision, _ = strconv.ParseInt(get("revision"), 10, 64)
	if d.kind != kindAdd {
		version, err := strconv.ParseInt(get("version"), 10, 64)
		if err != nil {
			return nil, nil, errFormSent
		}
		if d.fact, err = s.store.Fact(r.Context(), version); err != nil {
			return nil, nil, err
		}
		if d.fact.Table != d.table {
			return nil, nil, errFormSent
		}
	}
	var faults []workFault
	if d.reason == "" {
		faults = append(faults, workFault{"Say why the change is made.", "reason"})
	}
	if d.source == "" {
		faults = append(faults, workFault{"Name the document that the change rests on.", "source"})
	}
	more, err := s.attachSent(r, d)
	return d, append(faults, more...), err
}

// attachSent attaches the documents of the form, and looks up those that were
// attached at a step before.
func (s *Site) attachSent(r *http.Request, d *drafting) (faults []workFault, err error) {
	for _, hash := range r.PostForm["document"] {
		document, err := s.store.Document(r.Context(), hash)
		if err != nil {
			return nil, errFormSent
		}
		d.documents = append(d.documents, document)
	}
	if r.MultipartForm == nil {
		return nil, nil
	}
	for _, header := range r.MultipartForm.File["file"] {
		if header.Size == 0 {
			continue // nothing was chosen
		}
		f, err := header.Open()
		if err != nil {
			return nil, err
		}
		document, err := s.store.Attach(r.Context(), asked(r).Account.Name, header.Filename, f)
		f.Close()
		var rule *store.RuleError
		if errors.As(err, &rule) {
			faults = append(faults, workFault{fullStop(rule.Text), "file"})
			continue
		}
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(d.documents, func(x store.Document) bool { return x.Hash == document.Hash }) {
			d.documents = append(d.documents, document)
		}
	}
	return faults, nil
}

// edits makes the edits that the form asks for.
func (d *drafting) edits(faults *[]workFault) []store.Edit {
	var list []store.Edit
	var version int64
	place := store.Place(d.table, d.values)
	if d.fact != nil {
		version, place = d.fact.Version, d.fact.Place()
	}
	verb := "Correct "
	switch d.kind {
	case kindAdd:
		verb = "Add "
		list = []store.Edit{{Table: d.table, After: d.values}}
	case kindWithdraw:
		verb = "Withdraw "
		list = []store.Edit{{Table: d.table, Version: version}}
	case kindFrom:
		verb = "Change "
		day, err := register.ParseDay(d.from)
		if err != nil {
			*faults = append(*faults, workFault{"Give the first day of what is new, such as 2026-04-01.", "from"})
			return nil
		}
		until, anew := copied(d.fact.Values), copied(d.values)
		until["valid_to"], anew["valid_from"] = (day - 1).String(), day.String()
		list = []store.Edit{{Table: d.table, Version: version, After: until}, {Table: d.table, After: anew}}
	default:
		list = []store.Edit{{Table: d.table, Version: version, After: d.values}}
	}
	for i := range list {
		if list[i].Version != 0 {
			list[i].Before = d.fact.Values
		}
	}
	d.title = cmp.Or(d.title, verb+place)
	return list
}

func copied(v store.Values) store.Values {
	c := make(store.Values, len(v))
	for k, x := range v {
		c[k] = x
	}
	return c
}

func (b *workBody) note(faults []workFault) {
	for _, f := range faults {
		b.fault(f.Field, f.Text)
	}
}

// hidden carries the form through the review. Values are left out where they are
// fields of the page.
func (d *drafting) hidden(values bool) []parameter {
	list := []parameter{{"table", d.table}}
	if d.fact != nil {
		list = append(list, parameter{"version", strconv.FormatInt(d.fact.Version, 10)})
	}
	if d.id != 0 {
		list = append(list, parameter{"id", strconv.FormatInt(d.id, 10)}, parameter{"revision", strconv.FormatInt(d.revision, 10)})
	}
	for _, x := range d.documents {
		list = append(list, parameter{"document", x.Hash})
	}
	if !values {
		return list
	}
	list = append(list, parameter{"kind", d.kind}, parameter{"from", d.from}, parameter{"title", d.title}, parameter{"reason", d.reason}, parameter{"source", d.source})
	for _, c := range store.Columns(d.table) {
		if d.values[c] != "" {
			list = append(list, parameter{"v-" + c, d.values[c]})
		}
	}
	return list
}

// reviewDrafting shows what would change and for whom, before anything is kept.
func (s *Site) reviewDrafting(w http.ResponseWriter, r *http.Request, d *drafting, edits []store.Edit, touched []string) error {
	v := view{Title: "Review the change", Trail: append(slices.Clone(proposalsTrail), link{"Propose a change", "/proposals/new"}),
		Lead:  "Nothing has been kept yet. Look at what changes, then submit it for a second person to decide.",
		Facts: []named{{"Title", say(d.title)}, {"Reason", say(d.reason)}, {"Source", say(d.source)}, {"Whose facts it touches", say(boardNames(asked(r), touched))}}}
	for i := range edits {
		v.Parts = append(v.Parts, editPart(i, &edits[i]))
	}
	var hashes []string
	for _, x := range d.documents {
		hashes = append(hashes, x.Hash)
	}
	documents, err := s.documents(r, hashes)
	if err != nil {
		return err
	}
	v.add("documents", "Documents", "", documents)
	v.Body = &workBody{Forms: []*workForm{{ID: "propose", Action: "/proposals/new", Hidden: d.hidden(true), Buttons: []workButton{
		{Text: "Submit for review", Name: "step", Value: "submit"}, {Text: "Keep as a draft", Name: "step", Value: "draft", Second: true}, {Text: "Go back and change it", Name: "step", Value: "back", Second: true}}}}}
	return s.showWork(w, r, v)
}

var kindOptions = []workOption{
	{kindCorrect, "It was recorded wrongly: correct the row"},
	{kindFrom, "It changes on a day: end the row and add the new one"},
	{kindWithdraw, "It should never have been recorded: withdraw the row"},
}

// showDrafting shows the form, with what is wrong with it.
func (s *Site) showDrafting(w http.ResponseWriter, r *http.Request, d *drafting, against func(*workBody)) error {
	f := &workForm{ID: "change", Action: "/proposals/new", Files: true, Hidden: d.hidden(false), Buttons: []workButton{{Text: "Review the change", Name: "step", Value: "review"}}}
	v := view{Title: "Propose a new row of " + d.table, Trail: proposalsTrail, Lead: "Reason and source are published with the change, so name no patient in them. A second person decides before it takes effect."}
	if d.fact == nil {
		f.Hidden = append(f.Hidden, parameter{"kind", kindAdd})
	} else {
		v.Title = "Propose a change of " + d.fact.Place()
		v.Facts = []named{{"Recorded", say(d.fact.RecordedAt.In(register.England).Format("2 January 2006") + " by " + d.fact.RecordedBy)}, {"Change", to(fmt.Sprintf("change %d", d.fact.Change), changeAddress(d.fact.Change))}}
		f.field(workField{Name: "kind", Label: "What kind of change is it?", Type: "select", Options: kindOptions, Value: d.kind})
		f.field(workField{Name: "from", Label: "First day of what is new", Hint: "Only for a change on a day. The row ends on the day before.", Type: "date", Value: d.from})
	}
	for _, x := range register.Fields(d.table) {
		f.field(fieldOf(x, d.values[x.Name]))
	}
	f.field(workField{Name: "title", Label: "Title of the proposal", Hint: "Leave it empty to name it after the row.", Value: d.title})
	f.field(workField{Name: "reason", Label: "Reason", Hint: "Why the change is made.", Type: "area", Value: d.reason})
	f.field(workField{Name: "source", Label: "Document it rests on", Hint: "As one would cite it: title, publisher, date, page.", Value: d.source})
	f.field(workField{Name: "file", Label: "Attach a document", Hint: documentsHint(d.documents), Type: "file"})
	body := &workBody{Forms: []*workForm{f}}
	if against != nil {
		against(body)
	}
	if body.Problem == "Somebody changed this since" && d.fact != nil {
		body.Links = []link{{"Begin again with the row as it is now", "/proposals/new?" + url.Values{"table": {d.table}, "version": {strconv.FormatInt(d.fact.Version, 10)}}.Encode()}}
	}
	v.Body = body
	return s.showWork(w, r, v)
}

func documentsHint(list []store.Document) string {
	hint := "PDF, PNG, JPEG, XLSX, DOCX, CSV or text, up to 20 MB; optional."
	for _, x := range list {
		hint += " Attached: " + x.Name + "."
	}
	return hint
}

// fieldOf is the field for a column of the register.
func fieldOf(x register.Field, value string) workField {
	f := workField{Name: "v-" + x.Name, Label: columnTitle(x.Name), Value: value}
	var hints []string
	if x.Needed {
		hints = append(hints, "Needed.")
	}
	switch x.Kind {
	case "choice":
		f.Type, f.Options = "select", options(x.Of)
	case "flag":
		f.Type, f.Options = "select", []workOption{{"", ""}, {"1", "Yes"}, {"0", "No"}}
	case "date":
		f.Type = "date"
		if x.Name == "valid_from" || x.Name == "valid_to" {
			hints = append(hints, "Empty: open.")
		}
	case "code":
		hints = append(hints, "A code of the table "+strings.Join(x.Of, ", ")+".")
	}
	if x.Name == "note" || x.Name == "text" {
		f.Type = "area"
	}
	if f.Options != nil && value != "" && !slices.ContainsFunc(f.Options, func(o workOption) bool { return o.Value == value }) {
		f.Options = append(f.Options, workOption{value, value})
	}
	f.Hint = strings.Join(hints, " ")
	return f
}
