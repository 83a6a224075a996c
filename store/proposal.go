package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Proposal is a set of edits on its way to becoming a change: drafted and
// submitted by one person, approved or refused by another.
type Proposal struct {
	ID            int64     `json:"id"`
	Revision      int64     `json:"revision"` // counts what was done to it, from 1
	State         State     `json:"state"`
	Title         string    `json:"title"`
	Reason        string    `json:"reason"` // published with the change
	Source        string    `json:"source"` // the document it rests on, as cited
	Documents     []string  `json:"documents"`
	Edits         []Edit    `json:"edits"`
	Organisations []string  `json:"organisations"` // those whose facts it touches: see Scope
	Author        string    `json:"author"`
	CreatedAt     time.Time `json:"created_at"`
	SubmittedAt   time.Time `json:"submitted_at,omitzero"`
	DecidedAt     time.Time `json:"decided_at,omitzero"`
	DecidedBy     string    `json:"decided_by,omitempty"`
	Note          string    `json:"note,omitempty"`   // of who decided
	Change        int64     `json:"change,omitempty"` // the change that it became
	Pack          string    `json:"pack,omitempty"`   // hash of the release of the pack that it takes in
}

// State is where a proposal stands.
type State string

// The states of a proposal. The last three are for good.
const (
	Draft     State = "draft"
	Submitted State = "submitted"
	Approved  State = "approved" // and in effect
	Refused   State = "refused"
	Withdrawn State = "withdrawn"
)

const (
	actionDraft   = "proposal.draft"
	actionSubmit  = "proposal.submit"
	actionApprove = "proposal.approve"
	actionRefuse  = "proposal.refuse"
	actionRetract = "proposal.withdraw"
)

const proposalColumns = "id, revision, state, title, reason, source, documents, edits, organisations, author, created_at, submitted_at, decided_at, decided_by, note, change, pack_hash"

func scanProposal(row scanner) (p Proposal, err error) {
	var documents, edits, organisations, created, submitted, decided string
	err = row.Scan(&p.ID, &p.Revision, &p.State, &p.Title, &p.Reason, &p.Source, &documents, &edits, &organisations, &p.Author, &created, &submitted, &decided, &p.DecidedBy, &p.Note, &p.Change, &p.Pack)
	if err != nil {
		return p, err
	}
	p.CreatedAt, p.SubmittedAt, p.DecidedAt = unstamp(created), unstamp(submitted), unstamp(decided)
	if p.Documents, err = jsonList[string](documents); err != nil {
		return p, err
	}
	if p.Organisations, err = jsonList[string](organisations); err != nil {
		return p, err
	}
	p.Edits, err = jsonList[Edit](edits)
	return p, err
}

// Proposal is the proposal with the number.
func (s *Store) Proposal(ctx context.Context, id int64) (Proposal, error) {
	return first(ctx, s.reading, scanProposal, "SELECT "+proposalColumns+" FROM proposal WHERE id = $1", id)
}

// Proposals lists the proposals in the states given (none: in all), the latest first.
func (s *Store) Proposals(ctx context.Context, states ...State) ([]Proposal, error) {
	all, err := list(ctx, s.reading, scanProposal, "SELECT "+proposalColumns+" FROM proposal ORDER BY id DESC")
	if len(states) > 0 {
		all = slices.DeleteFunc(all, func(p Proposal) bool { return !slices.Contains(states, p.State) })
	}
	return all, err
}

// Propose keeps a draft. Of the proposal given it takes title, reason, source,
// documents, edits and Pack; with an ID it is the next version of that draft, and
// Revision must be the one that the author last saw. A proposal already submitted
// becomes a draft again. The edits need not be valid yet, but must be about rows
// that stand: otherwise it fails with a *ConflictError or *RefusedError.
func (s *Store) Propose(ctx context.Context, author string, p Proposal) (Proposal, error) {
	if author == "" {
		return p, refuse("a proposal needs an author")
	}
	p.Title, p.Reason, p.Source = plain(p.Title), plain(p.Reason), plain(p.Source)
	if strings.TrimSpace(p.Title) == "" {
		return p, refuse("give the proposal a title")
	}
	base, err := s.Known(ctx, time.Time{})
	if err != nil {
		return p, err
	}
	if err := s.check(ctx, base, p.Edits); err != nil {
		return p, err
	}
	p.Edits = slices.Clone(p.Edits)
	for i := range p.Edits {
		e := &p.Edits[i]
		e.Before, e.After = nil, e.After.kept()
		if old := base.version(e.Table, e.Version); old != nil {
			e.Before = old.Values
		}
	}
	n, _, err := s.lay(ctx, base, Change{}, p.Edits)
	if err != nil {
		return p, err
	}
	p.Organisations = ScopeOf(base, n.Known, p.Edits)
	err = s.write(ctx, func(w *writing) error { return w.draft(author, &p) })
	return p, err
}

// kept is the values trimmed, and nil for nil: a row withdrawn is not a blank one.
func (v Values) kept() Values {
	if v == nil {
		return nil
	}
	return v.trimmed()
}

func (w *writing) draft(author string, p *Proposal) error {
	for _, hash := range p.Documents {
		if _, err := first(w.ctx, w, scanDocument, "SELECT "+documentColumns+" FROM document WHERE hash = $1", hash); err != nil {
			return refuse("the document %s is not there; attach it first", hash)
		}
	}
	p.Author, p.State = author, Draft
	p.SubmittedAt, p.DecidedAt, p.DecidedBy, p.Note, p.Change = time.Time{}, time.Time{}, "", "", 0
	if p.ID == 0 {
		id, err := w.number("SELECT COALESCE(MAX(id), 0) FROM proposal")
		if err != nil {
			return err
		}
		p.ID, p.Revision, p.CreatedAt = id+1, 1, unstamp(w.at)
	} else {
		old, err := w.proposal(p.ID, p.Revision, Draft, Submitted)
		if err != nil {
			return err
		}
		if old.Author != author {
			return refuse("proposal %d is %s's; make one of your own", p.ID, old.Author)
		}
		p.Revision, p.CreatedAt = old.Revision+1, old.CreatedAt
	}
	return w.keep(p, author, actionDraft, detail{})
}

// proposal reads one to be worked on: at the revision that was last seen, and in
// one of the states.
func (w *writing) proposal(id, revision int64, states ...State) (Proposal, error) {
	p, err := first(w.ctx, w, scanProposal, "SELECT "+proposalColumns+" FROM proposal WHERE id = $1", id)
	if err != nil {
		return p, err
	}
	if !slices.Contains(states, p.State) {
		return p, refuse("proposal %d is %s already", id, p.State)
	}
	if p.Revision != revision {
		return p, outdated(p, revision)
	}
	return p, nil
}

func outdated(p Proposal, seen int64) error {
	return refuse("proposal %d was changed since you looked at it (revision %d, you saw %d); look at it again", p.ID, p.Revision, seen)
}

// keep writes a proposal in its new state, and the entry of the log.
func (w *writing) keep(p *Proposal, actor, action string, d detail) error {
	if err := w.exec("DELETE FROM proposal WHERE id = $1", p.ID); err != nil {
		return err
	}
	row := []any{p.ID, p.Revision, string(p.State), p.Title, p.Reason, p.Source, jsonText(some(p.Documents)), jsonText(some(p.Edits)), jsonText(some(p.Organisations)),
		p.Author, stamp(p.CreatedAt), stamp(p.SubmittedAt), stamp(p.DecidedAt), p.DecidedBy, p.Note, p.Change, p.Pack}
	if err := w.insert("proposal", proposalColumns, [][]any{row}); err != nil {
		return err
	}
	d.Revision, d.Digest = p.Revision, editsDigest(p.Edits)
	return w.audit(actor, action, fmt.Sprintf("proposal %d", p.ID), d)
}

func editsDigest(edits []Edit) string {
	sum := sha256.Sum256([]byte(jsonText(some(edits))))
	return hex.EncodeToString(sum[:])
}

// Submit puts a draft before others. It must have a reason and a source, and the
// register must be valid with it.
func (s *Store) Submit(ctx context.Context, author string, id, revision int64) (Proposal, error) {
	p, err := s.Proposal(ctx, id)
	if err != nil {
		return p, err
	}
	if _, err := s.Try(ctx, p.Edits); err != nil {
		return p, err
	}
	err = s.write(ctx, func(w *writing) (err error) {
		if p, err = w.proposal(id, revision, Draft); err != nil {
			return err
		}
		switch {
		case p.Author != author:
			return refuse("proposal %d is %s's to submit", id, p.Author)
		case strings.TrimSpace(p.Reason) == "":
			return refuse("say why the change is made, before it is submitted")
		case strings.TrimSpace(p.Source) == "":
			return refuse("name the document that the change rests on, before it is submitted")
		}
		p.State, p.SubmittedAt = Submitted, unstamp(w.at)
		p.Revision++
		return w.keep(&p, author, actionSubmit, detail{Reason: p.Reason})
	})
	return p, err
}

// Approve puts a submitted proposal into effect, whole or not at all. Nobody
// approves what they proposed; revision is the one that the approver has seen.
// *ConflictError tells what was changed by others meanwhile.
func (s *Store) Approve(ctx context.Context, approver string, id, revision int64, note string) (Change, error) {
	p, err := s.Proposal(ctx, id)
	if err != nil {
		return Change{}, err
	}
	if p.State != Submitted {
		return Change{}, refuse("proposal %d is %s; only what is submitted can be approved", id, p.State)
	}
	if p.Revision != revision {
		return Change{}, outdated(p, revision)
	}
	if err := second(p, approver); err != nil {
		return Change{}, err
	}
	c := Change{RecordedBy: p.Author, ApprovedBy: approver, Reason: p.Reason, Source: p.Source, Documents: p.Documents, Proposal: id}
	return s.apply(ctx, c, p.Edits, func(w *writing, c Change) error {
		now, err := w.proposal(id, revision, Submitted)
		if err != nil {
			return err
		}
		now.State, now.DecidedAt, now.DecidedBy, now.Note, now.Change = Approved, unstamp(w.at), approver, plain(note), c.Number
		now.Revision++
		if now.Pack != "" {
			if err := w.takeRelease(now.Pack, approver, p.Reason, c.Number); err != nil {
				return err
			}
		}
		vouched, err := w.vouch(c.Number, c.Number)
		if err != nil {
			return err
		}
		return w.keep(&now, approver, actionApprove, detail{Reason: p.Reason, Changes: vouched, Other: note})
	})
}

// second refuses a decision by the person who proposed.
func second(p Proposal, by string) error {
	if by == "" {
		return refuse("a decision needs the name of who decides")
	}
	if strings.EqualFold(strings.TrimSpace(by), strings.TrimSpace(p.Author)) {
		return refuse("%s proposed this; a second person must decide", p.Author)
	}
	return nil
}

// Refuse ends a submitted proposal without effect; note says why.
func (s *Store) Refuse(ctx context.Context, approver string, id, revision int64, note string) (Proposal, error) {
	if strings.TrimSpace(note) == "" {
		return Proposal{}, refuse("say why the proposal is refused")
	}
	return s.end(ctx, id, revision, approver, Refused, note, func(p Proposal) error {
		if p.State != Submitted {
			return refuse("proposal %d is %s; only what is submitted can be refused", id, p.State)
		}
		return second(p, approver)
	})
}

// Withdraw ends one's own proposal without effect.
func (s *Store) Withdraw(ctx context.Context, author string, id, revision int64, note string) (Proposal, error) {
	return s.end(ctx, id, revision, author, Withdrawn, note, func(p Proposal) error {
		if p.Author != author {
			return refuse("proposal %d is %s's to withdraw; you can refuse it", id, p.Author)
		}
		return nil
	})
}

func (s *Store) end(ctx context.Context, id, revision int64, by string, state State, note string, allowed func(Proposal) error) (p Proposal, err error) {
	err = s.write(ctx, func(w *writing) (err error) {
		if p, err = w.proposal(id, revision, Draft, Submitted); err != nil {
			return err
		}
		if err := allowed(p); err != nil {
			return err
		}
		p.State, p.DecidedAt, p.DecidedBy, p.Note = state, unstamp(w.at), by, plain(note)
		p.Revision++
		action := actionRefuse
		if state == Withdrawn {
			action = actionRetract
		}
		return w.keep(&p, by, action, detail{Reason: note})
	})
	return p, err
}
