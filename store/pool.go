package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"remit/activity"
)

// PoolRequest asks for money of a pooled fund: to carry an underspend forward, or to
// use it for something. It is a request, and no movement of money: what is approved
// counts, and what is not goes with the year.
type PoolRequest struct {
	ID        int64           `json:"id"`
	Revision  int64           `json:"revision"` // counts what was done to it, from 1
	Pool      string          `json:"pool"`
	Year      string          `json:"year"`
	ICB       string          `json:"icb"` // for whose money; blank: the pool's
	Kind      PoolRequestKind `json:"kind"`
	What      string          `json:"what"`
	Amount    activity.Amount `json:"amount"`
	FullYear  activity.Amount `json:"full_year"`
	Recurrent bool            `json:"recurrent"`
	Month     int             `json:"month"`
	Override  string          `json:"override,omitempty"` // who accepts a recurrent use of money of one year, and why
	Reason    string          `json:"reason"`
	State     PoolState       `json:"state"`
	Author    string          `json:"author"`
	CreatedAt time.Time       `json:"created_at"`
	DecidedAt time.Time       `json:"decided_at,omitzero"`
	DecidedBy string          `json:"decided_by,omitempty"`
	Note      string          `json:"note,omitempty"` // of who decided or withdrew
}

// PoolRequestKind says what a request is for.
type PoolRequestKind string

// The kinds of request.
const (
	CarryForward PoolRequestKind = "carry_forward"
	Reinvestment PoolRequestKind = "reinvestment"
)

// PoolState is where a request stands.
type PoolState string

// The states of a request. All but the first are for good.
const (
	PoolRequested PoolState = "requested"
	PoolApproved  PoolState = "approved"
	PoolRefused   PoolState = "refused"
	PoolWithdrawn PoolState = "withdrawn"
)

const (
	actionAskPool     = "pool.request"
	actionApprovePool = "pool.approve"
	actionRefusePool  = "pool.refuse"
	actionRetractPool = "pool.withdraw"
)

var actionOfPool = map[PoolState]string{PoolApproved: actionApprovePool, PoolRefused: actionRefusePool, PoolWithdrawn: actionRetractPool}

const poolRequestColumns = "id, revision, pool, year, icb, kind, what, amount, full_year, recurrent, month, override, reason, state, author, created_at, decided_at, decided_by, note"

func scanPoolRequest(row scanner) (p PoolRequest, err error) {
	var amount, full, created, decided string
	var recurrent int64
	err = row.Scan(&p.ID, &p.Revision, &p.Pool, &p.Year, &p.ICB, &p.Kind, &p.What, &amount, &full, &recurrent, &p.Month, &p.Override, &p.Reason, &p.State, &p.Author, &created, &decided, &p.DecidedBy, &p.Note)
	if err != nil {
		return p, err
	}
	p.Recurrent, p.CreatedAt, p.DecidedAt = recurrent != 0, unstamp(created), unstamp(decided)
	if err := p.Amount.UnmarshalText([]byte(amount)); err != nil {
		return p, err
	}
	return p, p.FullYear.UnmarshalText([]byte(full))
}

// PoolRequests lists the requests of a pool, the latest first.
func (s *Store) PoolRequests(ctx context.Context, pool string) ([]PoolRequest, error) {
	return list(ctx, s.reading, scanPoolRequest, "SELECT "+poolRequestColumns+" FROM pool_request WHERE pool = $1 ORDER BY id DESC", pool)
}

// PoolRequest is the request with the number.
func (s *Store) PoolRequest(ctx context.Context, id int64) (PoolRequest, error) {
	return poolRequestWith(ctx, s.reading, id)
}

func poolRequestWith(ctx context.Context, q querier, id int64) (PoolRequest, error) {
	return first(ctx, q, scanPoolRequest, "SELECT "+poolRequestColumns+" FROM pool_request WHERE id = $1", id)
}

// AskPool keeps a request. It fails with a *RuleError where something is missing.
func (s *Store) AskPool(ctx context.Context, author string, p PoolRequest) (PoolRequest, error) {
	p.What, p.Reason, p.Override = plain(p.What), plain(p.Reason), plain(p.Override)
	switch {
	case author == "":
		return p, refuse("a request needs the name of who asks")
	case p.Kind != CarryForward && p.Kind != Reinvestment:
		return p, refuse("a request is to carry forward or to reinvest")
	case strings.TrimSpace(p.What) == "":
		return p, refuse("say what the money is for")
	case strings.TrimSpace(p.Reason) == "":
		return p, refuse("say why, for whoever decides")
	case p.Amount.Sign() <= 0:
		return p, refuse("the amount is above nothing")
	case p.Kind == Reinvestment && (p.Month < 1 || p.Month > 12):
		return p, refuse("say in which month it starts, 1 for April to 12 for March")
	}
	err := s.write(ctx, func(w *writing) error {
		id, err := w.number("SELECT COALESCE(MAX(id), 0) FROM pool_request")
		if err != nil {
			return err
		}
		p.ID, p.Revision, p.State, p.Author, p.CreatedAt = id+1, 1, PoolRequested, author, unstamp(w.at)
		p.DecidedAt, p.DecidedBy, p.Note = time.Time{}, "", ""
		return w.keepPoolRequest(&p, author, actionAskPool, p.Reason)
	})
	return p, err
}

// DecidePool approves or refuses a request. Nobody decides what they asked for; revision is the one that
// the decider has seen. A refusal says why.
func (s *Store) DecidePool(ctx context.Context, by string, id, revision int64, approve bool, note string) (PoolRequest, error) {
	state := PoolRefused
	if approve {
		state = PoolApproved
	}
	return s.endPool(ctx, by, id, revision, state, note, func(p PoolRequest) error {
		switch {
		case by == "":
			return refuse("a decision needs the name of who decides")
		case strings.EqualFold(strings.TrimSpace(by), strings.TrimSpace(p.Author)):
			return refuse("%s asked for this; a second person must decide", p.Author)
		case !approve && strings.TrimSpace(note) == "":
			return refuse("say why the request is refused")
		}
		return nil
	})
}

// WithdrawPool ends one's own request before it is decided.
func (s *Store) WithdrawPool(ctx context.Context, author string, id, revision int64, note string) (PoolRequest, error) {
	return s.endPool(ctx, author, id, revision, PoolWithdrawn, note, func(p PoolRequest) error {
		if p.Author != author {
			return refuse("request %d is %s's to withdraw; you can refuse it", id, p.Author)
		}
		return nil
	})
}

func (s *Store) endPool(ctx context.Context, by string, id, revision int64, state PoolState, note string, allowed func(PoolRequest) error) (p PoolRequest, err error) {
	err = s.write(ctx, func(w *writing) (err error) {
		if p, err = poolRequestWith(ctx, w, id); err != nil {
			return err
		}
		if p.State != PoolRequested {
			return refuse("request %d is %s already", id, p.State)
		}
		if p.Revision != revision {
			return refuse("request %d was changed since you looked at it; look at it again", id)
		}
		if err := allowed(p); err != nil {
			return err
		}
		p.State, p.DecidedAt, p.DecidedBy, p.Note = state, unstamp(w.at), by, plain(note)
		p.Revision++
		return w.keepPoolRequest(&p, by, actionOfPool[state], p.Note)
	})
	return p, err
}

func (w *writing) keepPoolRequest(p *PoolRequest, actor, action, reason string) error {
	if err := w.exec("DELETE FROM pool_request WHERE id = $1", p.ID); err != nil {
		return err
	}
	row := []any{p.ID, p.Revision, p.Pool, p.Year, p.ICB, string(p.Kind), p.What, p.Amount.String(), p.FullYear.String(), bit(p.Recurrent), p.Month, p.Override, p.Reason,
		string(p.State), p.Author, stamp(p.CreatedAt), stamp(p.DecidedAt), p.DecidedBy, p.Note}
	if err := w.insert("pool_request", poolRequestColumns, [][]any{row}); err != nil {
		return err
	}
	return w.audit(actor, action, fmt.Sprintf("pool request %d", p.ID), detail{Revision: p.Revision, Reason: reason, Other: p})
}
