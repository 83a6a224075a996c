package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"remit/store"
)

// Draft is what a change is proposed with.
type Draft struct {
	Title     string         `json:"title" minLength:"1" maxLength:"200" example:"Joint committee met for the first time"`
	Reason    string         `json:"reason,omitempty" maxLength:"2000" doc:"Why; published with the change. Needed before it is submitted." example:"The minutes were published"`
	Source    string         `json:"source,omitempty" maxLength:"2000" doc:"The document that it rests on, as cited. Needed before it is submitted." example:"Minutes of 1 June 2026, item 4"`
	Documents []string       `json:"documents,omitempty" maxItems:"50" doc:"SHA-256 of documents that are attached already"`
	Edits     []ProposedEdit `json:"edits" minItems:"1" maxItems:"1000"`
	Revision  int64          `json:"revision,omitempty" minimum:"0" doc:"When a draft is changed: the revision that you last saw"`
}

// ProposedEdit adds, changes or withdraws a row.
type ProposedEdit struct {
	Table   string            `json:"table" maxLength:"50" example:"event"`
	Version int64             `json:"version,omitempty" minimum:"0" doc:"The version that it replaces, as the rows of the table give it; absent: a row is added"`
	After   map[string]string `json:"after,omitempty" doc:"The row by column; absent: the row is withdrawn, because it was recorded in error. A fact that ends is given a valid_to instead."`
}

// TransformSchema gives an example that the register takes: news of a meeting.
func (ProposedEdit) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	s.Properties["after"].Examples = []any{map[string]string{
		"code": "2026-06-01-joint-committee", "on": "2026-06-01", "precision": "day", "title": "The joint committee meets for the first time", "kind": "committee",
		"status": "done", "text": "It agreed its plan of work.", "confidence": "high", "source": "Minutes of 1 June 2026, item 4",
	}}
	return s
}

// Step is what a proposal is taken further with.
type Step struct {
	Revision int64  `json:"revision" minimum:"1" doc:"The revision that you last saw: who comes second is told" example:"1"`
	Note     string `json:"note,omitempty" maxLength:"2000" doc:"Why; needed to refuse"`
}

// Proposal is a set of edits on its way to becoming a change.
type Proposal struct {
	ID            int64     `json:"id"`
	Revision      int64     `json:"revision" doc:"Counts what was done to it, from 1"`
	State         string    `json:"state" enum:"draft,submitted,approved,refused,withdrawn"`
	Title         string    `json:"title"`
	Reason        string    `json:"reason"`
	Source        string    `json:"source"`
	Documents     []string  `json:"documents"`
	Edits         []Edit    `json:"edits"`
	Organisations []string  `json:"organisations" doc:"The integrated care boards whose facts it touches; * for what is no board's own"`
	Author        string    `json:"author"`
	CreatedAt     time.Time `json:"created_at"`
	SubmittedAt   time.Time `json:"submitted_at,omitzero"`
	DecidedAt     time.Time `json:"decided_at,omitzero"`
	DecidedBy     string    `json:"decided_by,omitempty"`
	Note          string    `json:"note,omitempty"`
	Change        int64     `json:"change,omitempty" doc:"The number of the change that it became"`
}

func proposalOf(p store.Proposal) Proposal {
	out := Proposal{ID: p.ID, Revision: p.Revision, State: string(p.State), Title: p.Title, Reason: p.Reason, Source: p.Source, Documents: some(p.Documents), Edits: []Edit{},
		Organisations: some(p.Organisations), Author: p.Author, CreatedAt: p.CreatedAt, SubmittedAt: p.SubmittedAt, DecidedAt: p.DecidedAt, DecidedBy: p.DecidedBy, Note: p.Note, Change: p.Change}
	for _, e := range p.Edits {
		out.Edits = append(out.Edits, Edit{e.Table, e.Before, e.After})
	}
	return out
}

type proposalsIn struct {
	State []string `query:"state" enum:"draft,submitted,approved,refused,withdrawn" maxItems:"5" doc:"Only those in these states, with commas between. Default: all."`
	Limit int      `query:"limit" minimum:"1" maximum:"1000" default:"100"`
	Page  int      `query:"page" minimum:"1" maximum:"1000000" default:"1"`
}

// ProposalIn names a proposal.
type ProposalIn struct {
	ID int64 `path:"id" minimum:"1" example:"1"`
}

type draftIn struct{ Body Draft }

type redraftIn struct {
	ProposalIn
	Body Draft
}

type stepIn struct {
	ProposalIn
	Body Step
}

type proposalOut struct {
	CacheControl string `header:"Cache-Control"`
	Location     string `header:"Location"`
	Body         Proposal
}

// Proposals are a part of all proposals.
type Proposals struct {
	Items []Proposal `json:"items"`
	Total int        `json:"total"`
}

type proposalsOut struct {
	CacheControl string `header:"Cache-Control"`
	Body         Proposals
}

func shown(p store.Proposal) *proposalOut {
	return &proposalOut{noStore, fmt.Sprintf("%s/proposals/%d", prefix, p.ID), proposalOf(p)}
}

const noStore = "no-store"

// refusals are the statuses of steps that the register does not take.
var refusals = []int{http.StatusBadRequest, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType}

func (s *server) proposalRoutes() {
	at := prefix + "/proposals"
	add(s, only(toRead, huma.Operation{OperationID: "list-proposals", Method: http.MethodGet, Path: at, Tags: []string{tagWork}, Summary: "Proposals, the latest first"}),
		func(ctx context.Context, in *proposalsIn) (*proposalsOut, error) {
			var states []store.State
			for _, st := range in.State {
				states = append(states, store.State(st))
			}
			all, err := s.Store.Proposals(ctx, states...)
			out := &proposalsOut{noStore, Proposals{[]Proposal{}, len(all)}}
			from := min((in.Page-1)*in.Limit, len(all))
			for _, p := range all[from:min(from+in.Limit, len(all))] {
				out.Body.Items = append(out.Body.Items, proposalOf(p))
			}
			return out, err
		})
	add(s, only(toRead, huma.Operation{OperationID: "get-proposal", Method: http.MethodGet, Path: at + "/{id}", Tags: []string{tagWork}, Summary: "A proposal with each row before and after"}),
		func(ctx context.Context, in *ProposalIn) (*proposalOut, error) {
			p, err := s.Store.Proposal(ctx, in.ID)
			return shown(p), err
		})
	add(s, only(toPropose, huma.Operation{OperationID: "propose", Method: http.MethodPost, Path: at, Tags: []string{tagWork}, DefaultStatus: http.StatusCreated, Errors: slices.Clone(refusals),
		Summary: "Draft a change to facts", Description: "A draft changes nothing. Submit it, and somebody else approves or refuses it."}),
		func(ctx context.Context, in *draftIn) (*proposalOut, error) { return s.draft(ctx, 0, &in.Body) })
	add(s, only(toPropose, huma.Operation{OperationID: "change-proposal", Method: http.MethodPut, Path: at + "/{id}", Tags: []string{tagWork}, Errors: slices.Clone(refusals),
		Summary: "Change one's own draft; what was submitted becomes a draft again"}),
		func(ctx context.Context, in *redraftIn) (*proposalOut, error) { return s.draft(ctx, in.ID, &in.Body) })
	s.step("submit", toPropose, "Put a draft before others", func(ctx context.Context, actor string, id int64, b *Step) (store.Proposal, error) {
		return s.Store.Submit(ctx, actor, id, b.Revision)
	})
	s.step("withdraw", toPropose, "End one's own proposal without effect", func(ctx context.Context, actor string, id int64, b *Step) (store.Proposal, error) {
		return s.Store.Withdraw(ctx, actor, id, b.Revision, b.Note)
	})
	s.step("approve", toReview, "Approve what somebody else proposed: it takes effect, whole or not at all", func(ctx context.Context, actor string, id int64, b *Step) (store.Proposal, error) {
		if _, err := s.Store.Approve(ctx, actor, id, b.Revision, b.Note); err != nil {
			return store.Proposal{}, err
		}
		return s.Store.Proposal(ctx, id)
	})
	s.step("refuse", toReview, "Refuse what somebody else proposed, and say why", func(ctx context.Context, actor string, id int64, b *Step) (store.Proposal, error) {
		return s.Store.Refuse(ctx, actor, id, b.Revision, b.Note)
	})
}

// draft keeps a new draft, or the next version of one.
func (s *server) draft(ctx context.Context, id int64, d *Draft) (*proposalOut, error) {
	p := store.Proposal{ID: id, Revision: d.Revision, Title: d.Title, Reason: d.Reason, Source: d.Source, Documents: d.Documents}
	for _, e := range d.Edits {
		p.Edits = append(p.Edits, store.Edit{Table: e.Table, Version: e.Version, After: e.After})
	}
	who := callerOf(ctx)
	if err := s.mayEdit(ctx, who, p.Edits); err != nil {
		return nil, err
	}
	p, err := s.Store.Propose(ctx, who.account.Name, p)
	return shown(p), err
}

// mayEdit refuses edits of another board's facts. What the edits replace counts as
// well as what they say: a fact cannot be taken from a board by renaming it.
func (s *server) mayEdit(ctx context.Context, who *caller, edits []store.Edit) error {
	if who.account.Organisation == "" {
		return nil
	}
	known, err := s.Store.Known(ctx, time.Time{})
	if err != nil {
		return err
	}
	edits = slices.Clone(edits)
	for i := range edits {
		if edits[i].Version == 0 {
			continue
		}
		f, err := s.Store.Fact(ctx, edits[i].Version)
		if err != nil {
			return err
		}
		edits[i].Before = f.Values
	}
	// What is not theirs is told before what is wrong with it.
	if err := mayTouch(who, store.ScopeOf(known, known, edits)); err != nil {
		return err
	}
	after, err := s.Store.Try(ctx, edits)
	var refused *store.RefusedError
	if errors.As(err, &refused) {
		after, err = known, nil // a draft need not be valid; before it is submitted this is asked again
	}
	if err != nil {
		return err
	}
	return mayTouch(who, store.ScopeOf(known, after, edits))
}

func mayTouch(who *caller, boards []string) error {
	if store.MayChange(who.account.Organisation, boards) {
		return nil
	}
	of := strings.ReplaceAll(strings.Join(boards, ", "), store.National, "England as a whole")
	return problem(http.StatusForbidden, "This touches facts of %s; the account of the key may change those of %s alone. Ask somebody there, or somebody national.", of, who.account.Organisation)
}

// step registers one step that a proposal is taken further by.
func (s *server) step(name string, may *permission, summary string, take func(ctx context.Context, actor string, id int64, b *Step) (store.Proposal, error)) {
	add(s, only(may, huma.Operation{OperationID: name + "-proposal", Method: http.MethodPost, Path: prefix + "/proposals/{id}/" + name, Tags: []string{tagWork}, Errors: slices.Clone(refusals), Summary: summary}),
		func(ctx context.Context, in *stepIn) (*proposalOut, error) {
			p, err := s.Store.Proposal(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			who := callerOf(ctx)
			if err := mayStep(who, may, &p); err != nil {
				return nil, err
			}
			p, err = take(ctx, who.account.Name, in.ID, &in.Body)
			return shown(p), err
		})
}

// mayStep refuses to take another's draft further, to decide on one's own, and to
// touch another board's facts. The store would refuse the first two as well; here
// they are told apart from what somebody else did meanwhile.
func mayStep(who *caller, may *permission, p *store.Proposal) error {
	own := p.Author == who.account.Name
	switch {
	case may == toPropose && !own:
		return problem(http.StatusForbidden, "Proposal %d is %s's; propose one of your own.", p.ID, p.Author)
	case may == toReview && own:
		return problem(http.StatusForbidden, "You proposed this; a second person must decide.")
	}
	return mayTouch(who, p.Organisations)
}
