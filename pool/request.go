package pool

import (
	"fmt"
	"slices"

	"remit/activity"
	"remit/register"
	"remit/share"
)

// Request is a request about the money of the pool that is kept beside its files: to carry an underspend forward, or to
// reinvest it.
type Request struct {
	Reinvest    bool // else to carry forward
	ICB, What   string
	Amount      activity.Amount
	FullYear    activity.Amount // of a reinvestment
	Recurrent   bool
	Month       int
	Override    string
	State       string // requested, approved or refused
	RequestedOn register.Day
	DecidedOn   register.Day
	DecidedBy   string
	Place       string
}

// With is the pool with requests: what is approved is a use or is carried, what waits is shown.
func (p *Pool) With(requests []Request) *Pool {
	if len(requests) == 0 {
		return p
	}
	next := *p
	next.Uses, next.Carry = slices.Clone(p.Uses), slices.Clone(p.Carry)
	for _, r := range requests {
		if !r.Reinvest {
			next.Carry = append(next.Carry, CarryForward{ICB: r.ICB, What: r.What, Amount: r.Amount, State: r.State, RequestedOn: r.RequestedOn, DecidedOn: r.DecidedOn, DecidedBy: r.DecidedBy, Place: r.Place})
			continue
		}
		use := UseOfFund{What: r.What, Kind: "invest", ICB: r.ICB, Rank: len(next.Uses) + 1, Amount: r.Amount, FullYear: r.FullYear, Recurrent: r.Recurrent, Month: r.Month, Approver: r.DecidedBy, Override: r.Override, Place: r.Place}
		if r.State == "approved" {
			next.Uses = append(next.Uses, use)
		} else if r.State == "requested" {
			next.Waiting = append(next.Waiting, use)
		}
	}
	return &next
}

// Affords says why the pool could not grant a request at the end of the year; blank when it could.
func (p *Pool) Affords(r Request) string {
	if !r.Reinvest {
		u := p.Underspend(12)
		if left := u.Left.Sub(u.Carried); r.Amount.Cmp(left) > 0 {
			return fmt.Sprintf("%s is asked to be carried forward, and %s is left that is not granted yet", share.Sterling(r.Amount), share.Sterling(left))
		}
		return ""
	}
	r.State = "approved"
	u := p.With([]Request{r}).Underspend(12)
	return u.Uses[len(u.Uses)-1].Refused
}
