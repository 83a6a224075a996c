package budget

import (
	"fmt"
	"slices"

	"remit/activity"
)

// The uses that money has.
const (
	Contract    = "contract"
	Drugs       = "drugs"
	Devices     = "devices"
	Reserve     = "reserve"
	Contingency = "contingency"
	Investment  = "investment"
	Efficiency  = "efficiency" // a target to save: it makes room
	PoolOut     = "pool_out"   // paid into a pool
	PoolIn      = "pool_in"    // received from a pool: it makes room
)

// UseKinds are the uses, in the order in which they are shown.
var UseKinds = []string{Contract, Drugs, Devices, Reserve, Contingency, Investment, PoolOut, Efficiency, PoolIn}

// Use is a planned use of money.
type Use struct {
	Year, ICB    string
	Kind         string
	What         string
	Counterparty string
	Amount       activity.Amount
	Recurrent    bool
	Committed    bool
	Source       string
	Confidence   string
	Place        string
	Carried      *Carried
}

// Signed is what the use takes from the allocation: efficiency and what a pool pays give to it.
func (u *Use) Signed() activity.Amount {
	if u.Kind == Efficiency || u.Kind == PoolIn {
		return u.Amount.Neg()
	}
	return u.Amount
}

// Part is a part of something, which never goes without it: percentages name what they are of.
type Part struct {
	Amount activity.Amount
	Of     activity.Amount
	OfWhat string
}

// Funds are how the money of one board is used in a year. They close: the allocation
// is the sum of the uses and the difference, which has a name.
type Funds struct {
	Year, ICB, Name string
	Allocation      activity.Amount
	ByKind          []KindTotal
	Uses            []Use
	Used            activity.Amount // signed sum of the uses
	Difference      activity.Amount // allocation less used
	Called          string          // uncommitted or overcommitted, or closed
}

// KindTotal is what one kind of use takes.
type KindTotal struct {
	Kind   string
	Signed activity.Amount // as it counts against the allocation
	Part   Part            // of the allocation
}

// Funds sets the uses of a board against its allocation.
func (r *Round) Funds(o *Outcome, icb string) (*Funds, error) {
	s, ok := o.Statement(icb)
	if !ok {
		return nil, &UnknownError{"board", icb, r.Boards()}
	}
	f := &Funds{Year: o.Year, ICB: icb, Name: s.Name, Allocation: s.Allocation}
	totals := map[string]activity.Amount{}
	for _, u := range r.Uses {
		if u.Year == o.Year && u.ICB == icb {
			f.Uses = append(f.Uses, u)
			totals[u.Kind] = totals[u.Kind].Add(u.Signed())
			f.Used = f.Used.Add(u.Signed())
		}
	}
	for _, k := range UseKinds {
		if slices.ContainsFunc(f.Uses, func(u Use) bool { return u.Kind == k }) {
			f.ByKind = append(f.ByKind, KindTotal{k, totals[k], Part{totals[k], f.Allocation, "allocation"}})
		}
	}
	f.Difference = f.Allocation.Sub(f.Used)
	f.Called = [...]string{"overcommitted", "closed", "uncommitted"}[f.Difference.Sign()+1]
	return f, nil
}

// Reserves are reserves, contingency and investment, committed and not.
type Reserves struct {
	Kind                   string
	Committed, Uncommitted activity.Amount
}

// Reserves sums the reserves and commitments.
func (f *Funds) Reserves() []Reserves {
	var list []Reserves
	for _, k := range []string{Reserve, Contingency, Investment} {
		x := Reserves{Kind: k}
		for _, u := range f.Uses {
			switch {
			case u.Kind == k && u.Committed:
				x.Committed = x.Committed.Add(u.Amount)
			case u.Kind == k:
				x.Uncommitted = x.Uncommitted.Add(u.Amount)
			}
		}
		list = append(list, x)
	}
	return list
}

// uses reads funds.csv.
func (l *loader) uses(r *Round) {
	s := l.sheet("funds.csv", "year", "icb", "use", "what", "counterparty?", "amount", "recurrent", "committed", "source", "confidence")
	boards := r.Boards()
	for _, row := range s.Rows {
		u := Use{Year: row.Year("year"), ICB: row.Need("icb"), Kind: row.Choice("use", UseKinds...), What: row.Need("what"), Counterparty: row.Text("counterparty"), Amount: row.Money("amount"),
			Recurrent: row.Yes("recurrent"), Committed: row.Yes("committed"), Source: row.Need("source"), Confidence: row.Choice("confidence", "high", "medium", "low"), Place: row.Place()}
		if u.ICB != "" && !slices.Contains(boards, u.ICB) {
			row.Fault("icb", "icb.csv has no such board", "add it there")
		}
		if u.Amount.Sign() < 0 {
			row.Fault("amount", fmt.Sprintf("the amount of a use is negative; %s already says which way it counts", u.Kind), "write it without the minus")
		}
		r.Uses = append(r.Uses, u)
	}
}
