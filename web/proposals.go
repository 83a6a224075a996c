package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"remit/register"
	"remit/store"
)

var proposalsTrail = []link{{"Proposals", "/proposals"}}

// proposals lists the proposals, the latest first.
func (s *Site) proposals(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	list, err := s.store.Proposals(r.Context())
	if err != nil {
		return err
	}
	t := &Table{Name: "proposals", Caption: "Proposals", Search: true, Empty: "Nothing has been proposed yet.", Columns: []Column{{Key: "number", Title: "Number", Numeric: true},
		{Key: "title", Title: "What"}, {Key: "state", Title: "State", Filter: true}, {Key: "by", Title: "Proposed by", Filter: true}, {Key: "organisations", Title: "Whose facts", Filter: true},
		{Key: "at", Title: "When"}, {Key: "decided_by", Title: "Decided by"}}}
	waiting := 0
	for i := range list {
		p := &list[i]
		if p.State == store.Submitted {
			waiting++
		}
		t.Rows = append(t.Rows, Row{to(strconv.FormatInt(p.ID, 10), proposalAddress(p.ID)), to(p.Title, proposalAddress(p.ID)), say(sentence(string(p.State))), say(p.Author),
			say(boardNames(a, p.Organisations)), momentCell(latest(p.CreatedAt, p.SubmittedAt)), say(p.DecidedBy).or("Nobody yet")})
	}
	body := &workBody{}
	if a.May(store.Editor) {
		body.Links = append(body.Links, link{"Propose a change", "/proposals/new"})
	}
	body.Links = append(body.Links, link{"Newer reference data", "/updates"})
	return s.showWork(w, r, view{Title: "Proposals", Body: body, Parts: []section{{ID: "proposals", Table: t}},
		Lead: fmt.Sprintf("Facts change by proposals alone: one person proposes, a second one decides. %s for a decision.", plural(waiting, "proposal waits", "proposals wait"))})
}

func proposalAddress(id int64) string { return "/proposals/" + strconv.FormatInt(id, 10) }

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func momentCell(t time.Time) Cell {
	if t.IsZero() {
		return Cell{Lacks: "Not yet"}
	}
	return Cell{Text: t.In(register.England).Format("2 January 2006, 15:04"), Value: t.UTC().Format(time.RFC3339)}
}

// boardNames are the organisations of a proposal in words.
func boardNames(a *Asked, codes []string) string {
	var list []string
	for _, c := range codes {
		if c == store.National {
			list = append(list, "all of England")
			continue
		}
		list = append(list, a.Register.Name(c, a.On)+" ("+c+")")
	}
	return strings.Join(list, ", ")
}

// proposalOf is the proposal that an address names.
func (s *Site) proposalOf(r *http.Request) (store.Proposal, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return store.Proposal{}, missing("proposal", r.PathValue("id"), "The page about proposals lists them all.")
	}
	p, err := s.store.Proposal(r.Context(), id)
	if errors.Is(err, store.ErrNotFound) {
		return p, missing("proposal", r.PathValue("id"), "The page about proposals lists them all.")
	}
	return p, err
}

// proposal shows one proposal: what it changes, how it stands to the register as
// it is now, and what the reader may do about it.
func (s *Site) proposal(w http.ResponseWriter, r *http.Request) error {
	p, err := s.proposalOf(r)
	if err != nil {
		return err
	}
	return s.showProposal(w, r, p, nil)
}

// showProposal shows a proposal, with what went wrong when something was tried.
func (s *Site) showProposal(w http.ResponseWriter, r *http.Request, p store.Proposal, tried error) error {
	a := asked(r)
	v := view{Title: p.Title, Trail: proposalsTrail, Body: &workBody{}}
	v.Facts = proposalFacts(a, &p)
	documents, err := s.documents(r, p.Documents)
	if err != nil {
		return err
	}
	v.add("documents", "Documents", "", documents)
	for i := range p.Edits {
		v.Parts = append(v.Parts, editPart(i, &p.Edits[i]))
	}
	body := v.Body.(*workBody)
	open := p.State == store.Draft || p.State == store.Submitted
	fits := true
	if open {
		_, err := s.store.Try(r.Context(), p.Edits)
		fits = err == nil
		if tried == nil && err != nil {
			var known bool
			if v.Warn, known = standing(err); !known {
				return err
			}
		}
	}
	if tried != nil && !body.take(tried) {
		return tried
	}
	body.Forms = append(body.Forms, proposalForms(a, &p, fits)...)
	if p.State == store.Submitted && a.May(store.Approver) && p.Author == a.Account.Name {
		v.Notes = append(v.Notes, "You proposed this, so a second person decides.")
	}
	if open && a.May(store.Editor) && p.Author == a.Account.Name && p.Pack == "" && len(p.Edits) > 0 {
		body.Links = append(body.Links, link{"Change this proposal", "/proposals/new?draft=" + strconv.FormatInt(p.ID, 10)})
	}
	return s.showWork(w, r, v)
}

func proposalFacts(a *Asked, p *store.Proposal) []named {
	facts := []named{{"State", say(sentence(string(p.State)))}, {"Reason", say(p.Reason)}, {"Source", say(p.Source)}, {"Whose facts", say(boardNames(a, p.Organisations))},
		{"Proposed by", say(p.Author)}, {"Drafted", momentCell(p.CreatedAt)}, {"Submitted", momentCell(p.SubmittedAt)}}
	if p.DecidedBy != "" {
		facts = append(facts, named{"Decided by", say(p.DecidedBy)}, named{"Decided", momentCell(p.DecidedAt)}, named{"Note", say(p.Note).or("None")})
	}
	if p.Change > 0 {
		facts = append(facts, named{"In effect as", to(fmt.Sprintf("change %d", p.Change), changeAddress(p.Change))})
	}
	return facts
}

func changeAddress(n int64) string { return "/changes/" + strconv.FormatInt(n, 10) }

// editPart shows one row before and after.
func editPart(n int, e *store.Edit) section {
	title := "Change " + e.Place()
	switch {
	case e.After == nil:
		title = "Withdraw " + e.Place()
	case e.Version == 0:
		title = "Add " + e.Place()
	}
	t := &Table{Name: "edit-" + strconv.Itoa(n+1), Caption: "Before and after, " + e.Place(), Columns: []Column{{Key: "column", Title: "What"}, {Key: "before", Title: "Before"}, {Key: "after", Title: "After"}}}
	for _, d := range store.Differences(e.Table, e.Before, e.After) {
		t.Rows = append(t.Rows, Row{say(columnTitle(d.Column)), say(d.Before).or("Blank"), say(d.After).or("Blank")})
	}
	return section{ID: "edit-part-" + strconv.Itoa(n+1), Title: title, Table: t}
}

// documents are the documents with some hashes, as a table.
func (s *Site) documents(r *http.Request, hashes []string) (*Table, error) {
	t := &Table{Name: "documents", Caption: "Documents it rests on", Columns: []Column{{Key: "name", Title: "Document"}, {Key: "kind", Title: "Kind"}, {Key: "size", Title: "Bytes", Numeric: true}, {Key: "by", Title: "Attached by"}, {Key: "sha256", Title: "SHA-256"}}}
	for _, h := range hashes {
		d, err := s.store.Document(r.Context(), h)
		if err != nil {
			return nil, err
		}
		t.Rows = append(t.Rows, Row{to(d.Name, "/documents/"+d.Hash), say(d.MediaType), number(int(d.Size)), say(d.RecordedBy), code(d.Hash)})
	}
	return t, nil
}

// standing tells how a proposal stands to the register as it is now.
func standing(err error) (text string, known bool) {
	var b workBody
	if !b.take(err) {
		return "", false
	}
	var texts []string
	for _, f := range b.Faults {
		texts = append(texts, f.Text)
	}
	return b.Problem + ": " + strings.Join(texts, " "), true
}

// take writes down what the store says against edits, and reports whether it was
// that.
func (b *workBody) take(err error) bool {
	var conflict *store.ConflictError
	var refused *store.RefusedError
	var rule *store.RuleError
	switch {
	case errors.As(err, &conflict):
		b.Problem = "Somebody changed this since"
		for i := range conflict.Conflicts {
			b.fault("", fullStop(conflict.Conflicts[i].String()))
		}
	case errors.As(err, &refused):
		b.Problem = "The register would not be valid"
		for _, f := range refused.Faults {
			field := ""
			if f.Register != nil && f.Edit >= 0 {
				field = "v-" + f.Register.Column
			}
			b.fault(field, fullStop(f.Text))
		}
	case errors.As(err, &rule):
		b.fault("note", fullStop(rule.Text))
	default:
		return false
	}
	return true
}

// proposalForms are the buttons that whoever looks may press. One that would be
// refused for what the register says now is not offered.
func proposalForms(a *Asked, p *store.Proposal, fits bool) []*workForm {
	form := func(step, title, text, button string, second bool, noted bool) *workForm {
		f := &workForm{ID: step, Title: title, Text: text, Action: proposalAddress(p.ID) + "/" + step, Hidden: []parameter{{"revision", strconv.FormatInt(p.Revision, 10)}},
			Buttons: []workButton{{Text: button, Second: second}}}
		if noted {
			f.field(workField{Name: "note", Label: "Note", Type: "area"})
		}
		return f
	}
	var list []*workForm
	mine := p.Author == personName(a)
	if p.State == store.Submitted && a.May(store.Approver) && !mine && store.MayChange(a.Account.Organisation, p.Organisations) {
		if fits {
			list = append(list, form("approve", "Approve", "It takes effect at once, whole. The note is optional.", "Approve", false, true))
		}
		list = append(list, form("refuse", "Refuse", "Say why, for whoever proposed it.", "Refuse", true, true))
	}
	if mine && a.May(store.Editor) {
		if p.State == store.Draft && fits {
			list = append(list, form("submit", "Submit", "A second person is asked to decide.", "Submit for review", false, false))
		}
		if p.State == store.Draft || p.State == store.Submitted {
			list = append(list, form("withdraw", "Withdraw", "It ends without effect.", "Withdraw", true, true))
		}
	}
	for _, f := range list { // each has a field called note
		for i := range f.Fields {
			f.Fields[i].ID = f.ID + "-" + f.Fields[i].Name
		}
	}
	return list
}

func personName(a *Asked) string {
	if a.Account == nil {
		return ""
	}
	return a.Account.Name
}

// step does something to a proposal at the revision that the form was about. What
// the store says against it is shown with the proposal as it is now.
func (s *Site) step(w http.ResponseWriter, r *http.Request, do func(p store.Proposal, revision int64, note string) error) error {
	p, err := s.proposalOf(r)
	if err != nil {
		return err
	}
	revision, err := strconv.ParseInt(r.PostFormValue("revision"), 10, 64)
	if err != nil {
		return errFormSent
	}
	if err := mayTouch(asked(r), p.Organisations); err != nil {
		return err
	}
	if err := do(p, revision, strings.TrimSpace(r.PostFormValue("note"))); err != nil {
		if now, again := s.store.Proposal(r.Context(), p.ID); again == nil {
			p = now
		}
		return s.showProposal(w, r, p, err)
	}
	return seeOther(w, r, proposalAddress(p.ID))
}

var errFormSent = &problem{http.StatusBadRequest, "That form cannot be read", "What was sent is not what the form of this page sends.", "Open the page again and fill the form in."}

// mayTouch refuses whoever belongs to one organisation the facts of another.
func mayTouch(a *Asked, organisations []string) error {
	if store.MayChange(a.Account.Organisation, organisations) {
		return nil
	}
	return &problem{http.StatusForbidden, "These are not your organisation's facts",
		fmt.Sprintf("This would change facts of %s. Your account is for %s and may change its facts alone.", boardNames(a, organisations), a.Register.Name(a.Account.Organisation, a.On)),
		"Ask somebody of that organisation, or somebody with a national account, to propose or decide it."}
}

func (s *Site) submitProposal(w http.ResponseWriter, r *http.Request) error {
	return s.step(w, r, func(p store.Proposal, revision int64, _ string) error {
		_, err := s.store.Submit(r.Context(), asked(r).Account.Name, p.ID, revision)
		return err
	})
}

func (s *Site) withdrawProposal(w http.ResponseWriter, r *http.Request) error {
	return s.step(w, r, func(p store.Proposal, revision int64, note string) error {
		_, err := s.store.Withdraw(r.Context(), asked(r).Account.Name, p.ID, revision, note)
		return err
	})
}

func (s *Site) approveProposal(w http.ResponseWriter, r *http.Request) error {
	return s.step(w, r, func(p store.Proposal, revision int64, note string) error {
		_, err := s.store.Approve(r.Context(), asked(r).Account.Name, p.ID, revision, note)
		return err
	})
}

func (s *Site) refuseProposal(w http.ResponseWriter, r *http.Request) error {
	return s.step(w, r, func(p store.Proposal, revision int64, note string) error {
		_, err := s.store.Refuse(r.Context(), asked(r).Account.Name, p.ID, revision, note)
		return err
	})
}

// proposeAddress is where a change of a row is proposed.
func proposeAddress(f *store.Fact) string {
	return "/proposals/new?" + url.Values{"table": {f.Table}, "version": {strconv.FormatInt(f.Version, 10)}}.Encode()
}

// fullStop makes a sentence of what the store says.
func fullStop(text string) string {
	if text == "" {
		return ""
	}
	_, first := utf8.DecodeRuneInString(text)
	return strings.ToUpper(text[:first]) + strings.TrimRight(text[first:], ".") + "."
}
