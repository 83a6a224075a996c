package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"remit/store"
)

// auditRows is how many entries a page of the log shows, and auditScanned how many
// are looked through for them at most.
const (
	auditRows    = 100
	auditScanned = 20000
)

// verifyTime is how long the reading of a whole log may take.
const verifyTime = 10 * time.Minute

// entryFilter chooses entries of the audit log.
type entryFilter struct{ subject, actor, action string }

func (f entryFilter) fits(e *store.Entry) bool {
	return (f.actor == "" || e.Actor == f.actor) && strings.HasPrefix(e.Action, f.action)
}

// auditPage shows entries of the audit log, the latest first.
func (s *Site) auditPage(w http.ResponseWriter, r *http.Request) error { return s.showAudit(w, r, nil) }

// verifyChain reads the whole log and says whether it is in order.
func (s *Site) verifyChain(w http.ResponseWriter, r *http.Request) error {
	if !s.verifying.TryLock() {
		return &problem{http.StatusTooManyRequests, "The log is being verified", "Somebody has just asked for it, and it reads everything.", "Try again in a minute."}
	}
	defer s.verifying.Unlock()
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(verifyTime)) // where it is not supported there is no deadline either
	found, err := s.store.Verify(r.Context(), strings.TrimSpace(r.PostFormValue("noted")))
	var broken *store.ChainError
	if err != nil && !errors.As(err, &broken) {
		return err
	}
	return s.showAudit(w, r, func(v *view) {
		if broken != nil {
			v.Body.(*workBody).Problem = "The chain is broken"
			v.Body.(*workBody).fault("", fullStop(broken.Error()))
			return
		}
		v.Warn = fmt.Sprintf("The chain is whole: %s, %s, %s and %s were read and are in order. The last entry is %s. Note it elsewhere: only so can it be told that entries were cut off at the end.",
			plural(int(found.Entries), "entry", "entries"), plural(int(found.Changes), "change", "changes"), plural(int(found.Facts), "version of a fact", "versions of facts"),
			plural(int(found.Documents), "document", "documents"), found.Head)
	})
}

func (s *Site) showAudit(w http.ResponseWriter, r *http.Request, verified func(*view)) error {
	query := r.URL.Query()
	f := entryFilter{strings.TrimSpace(query.Get("subject")), strings.TrimSpace(query.Get("actor")), strings.TrimSpace(query.Get("action"))}
	before, err := strconv.ParseInt(query.Get("before"), 10, 64)
	if err != nil || before < 0 {
		before = 0
	}
	entries, next, err := s.entries(r, f, before)
	if err != nil {
		return err
	}
	t := &Table{Name: "audit", Caption: "Entries of the audit log", Empty: "No entry matches.", Columns: []Column{{Key: "seq", Title: "Entry", Numeric: true}, {Key: "at", Title: "When"}, {Key: "actor", Title: "Who"}, {Key: "action", Title: "What"}, {Key: "subject", Title: "To what"}, {Key: "reason", Title: "Reason"}, {Key: "hash", Title: "Hash"}}}
	for i := range entries {
		e := &entries[i]
		t.Rows = append(t.Rows, Row{number(int(e.Seq)), momentCell(e.At), say(e.Actor), say(actionWords(e.Action)), {Text: e.Subject, Href: subjectAddress(e.Subject)}, say(reasonOf(e)).or("None"), {Text: e.Hash[:min(12, len(e.Hash))], Value: e.Hash, Code: true}})
	}
	body := &auditBody{workBody: &workBody{}, Subject: f.subject, Actor: f.actor, Action: f.action}
	if next > 0 {
		body.Older = "/audit?" + url.Values{"subject": {f.subject}, "actor": {f.actor}, "action": {f.action}, "before": {strconv.FormatInt(next, 10)}}.Encode()
	}
	form := &workForm{ID: "verify", Title: "Verify the chain", Text: "It reads the whole log and every fact and document that it vouches for, which can take a minute.", Action: "/audit/verify", Buttons: []workButton{{Text: "Verify the chain"}}}
	form.field(workField{Name: "noted", Label: "Hash of an entry that was noted elsewhere", Hint: "Optional. It must still be there."})
	body.Forms = []*workForm{form}
	v := view{Page: "audit", Title: "Audit log", Lead: "Everything that was done here, by whom and when, in a chain of hashes to which entries are only added.", Parts: []section{{ID: "entries", Table: t}}, Body: body.workBody}
	if verified != nil {
		verified(&v)
	}
	v.Body = body
	return s.showWork(w, r, v)
}

// auditBody is the page of the log: its filters and where the older entries are.
type auditBody struct {
	*workBody
	Subject, Actor, Action, Older string
}

// entries are the latest entries before a number (0: at all) that a filter
// chooses, and the number from which to go on; 0 when there are no more.
func (s *Site) entries(r *http.Request, f entryFilter, before int64) (list []store.Entry, next int64, err error) {
	for scanned := 0; scanned < auditScanned; {
		batch, err := s.store.Entries(r.Context(), f.subject, before, 1000)
		if err != nil || len(batch) == 0 {
			return list, 0, err
		}
		for i := range batch {
			before = batch[i].Seq
			if f.fits(&batch[i]) {
				list = append(list, batch[i])
			}
			if len(list) == auditRows {
				if before > 1 {
					return list, before, nil
				}
				return list, 0, nil
			}
		}
		scanned += len(batch)
	}
	return list, before, nil
}

// actionWords writes proposal.approve as approve proposal.
func actionWords(action string) string {
	what, done, found := strings.Cut(action, ".")
	if !found {
		return action
	}
	return done + " " + what
}

// subjectAddress is the page of what an entry is about, where there is one.
func subjectAddress(subject string) string {
	kind, name, _ := strings.Cut(subject, " ")
	switch kind {
	case "proposal":
		return "/proposals/" + url.PathEscape(name)
	case "change":
		return "/changes/" + url.PathEscape(name)
	case "run":
		return "/runs/" + url.PathEscape(name)
	case "task":
		return "/work/" + name
	}
	return ""
}

// reasonOf is the reason in the detail of an entry. The rest of the detail may be
// about accounts and stays out of the page.
func reasonOf(e *store.Entry) string {
	var d struct{ Reason string }
	if json.Unmarshal(e.Detail, &d) != nil {
		return ""
	}
	return d.Reason
}

// change shows a change that took effect: each row before and after, who, why and
// on what.
func (s *Site) change(w http.ResponseWriter, r *http.Request) error {
	n, err := strconv.ParseInt(r.PathValue("n"), 10, 64)
	if err != nil {
		return missing("change", r.PathValue("n"), "The audit log lists the changes.")
	}
	c, edits, err := s.store.Change(r.Context(), n)
	if errors.Is(err, store.ErrNotFound) {
		return missing("change", r.PathValue("n"), "The audit log lists the changes.")
	}
	if err != nil {
		return err
	}
	v := view{Title: fmt.Sprintf("Change %d", n), Trail: []link{{"Audit log", "/audit"}}, Facts: []named{{"Recorded", momentCell(c.RecordedAt)}, {"Proposed by", say(c.RecordedBy)},
		{"Approved by", say(c.ApprovedBy).or("Nobody: it came with the reference data")}, {"Reason", say(c.Reason)}, {"Source", say(c.Source)}}}
	if c.Proposal > 0 {
		v.Facts = append(v.Facts, named{"Proposal", to(strconv.FormatInt(c.Proposal, 10), proposalAddress(c.Proposal))})
	}
	documents, err := s.documents(r, c.Documents)
	if err != nil {
		return err
	}
	v.add("documents", "Documents", "", documents)
	if len(edits) > editsShown {
		v.Parts = append(v.Parts, section{ID: "edits", Title: plural(len(edits), "row", "rows"), Table: editsTable(edits)})
		return s.showWork(w, r, v)
	}
	for i := range edits {
		v.Parts = append(v.Parts, editPart(i, &edits[i]))
	}
	return s.showWork(w, r, v)
}

// editsShown is how many rows a change shows each in a table of its own.
const editsShown = 50

// editsTable lists the rows of a change that has very many.
func editsTable(edits []store.Edit) *Table {
	t := &Table{Name: "edits", Caption: "Rows of this change", Search: true, Columns: []Column{{Key: "table", Title: "Table", Filter: true}, {Key: "row", Title: "Row"}, {Key: "what", Title: "What", Filter: true}}}
	for i := range edits {
		e := &edits[i]
		what := "Changed"
		switch {
		case e.Before == nil:
			what = "Added"
		case e.After == nil:
			what = "Withdrawn"
		}
		t.Rows = append(t.Rows, Row{code(e.Table), say(e.Place()), say(what)})
	}
	return t
}

// document gives a document as a file to keep: never as a page of this site.
func (s *Site) document(w http.ResponseWriter, r *http.Request) error {
	d, err := s.store.Document(r.Context(), r.PathValue("hash"))
	if errors.Is(err, store.ErrNotFound) {
		return missing("document", r.PathValue("hash"), "Proposals and changes link to their documents.")
	}
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", d.MediaType)
	h.Set("Content-Disposition", attachment(d.Name))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cache-Control", "no-store")
	body := &begun{Writer: w}
	if err := s.store.ReadDocument(r.Context(), d.Hash, body); err != nil && !body.wrote {
		h.Del("Content-Disposition")
		h.Set("Content-Security-Policy", policy)
		return err
	} else if err != nil {
		panic(http.ErrAbortHandler) // a part of a file must not look like all of it
	}
	return nil
}

// begun notes whether anything was written.
type begun struct {
	io.Writer
	wrote bool
}

func (b *begun) Write(p []byte) (int, error) {
	b.wrote = true
	return b.Writer.Write(p)
}

// attachment is the header that makes a browser keep a file under a name.
func attachment(name string) string {
	if text := mime.FormatMediaType("attachment", map[string]string{"filename": name}); text != "" {
		return text
	}
	return "attachment"
}
