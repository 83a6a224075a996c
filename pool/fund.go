package pool

import (
	"fmt"

	"remit/activity"
	"remit/register"
	"remit/share"
)

// SourceOfFund is money that an underspend gives.
type SourceOfFund struct {
	ICB, What  string
	Amount     activity.Amount
	Recurrent  bool
	Month      int // in which it was recognised
	Confidence string
	Place      string
}

// UseOfFund is what the money goes to.
type UseOfFund struct {
	What       string
	Kind       string // return, retain or invest
	ICB        string // to whom, for a return
	Rank       int    // among investments
	Amount     activity.Amount
	FullYear   activity.Amount // what a whole year of it costs
	Recurrent  bool
	Month      int // in which it starts
	Approver   string
	Override   string // why a recurrent use may stand on money of one year, and who says so
	Place      string
	Refused    string // why it is not funded; blank: it is
	Funded     activity.Amount
	FromOnce   activity.Amount // of what is funded, from money of one year
	FromRepeat activity.Amount
}

// CarryForward is a request to keep an underspend beyond the end of the year. It is a request and not a
// movement of money: what is not approved goes with the year.
type CarryForward struct {
	ICB         string
	What        string // blank: of no stated purpose
	Amount      activity.Amount
	State       string // requested, approved or refused
	RequestedOn register.Day
	DecidedOn   register.Day
	DecidedBy   string
	Place       string
}

// Statement is an underspend as sources and uses.
type Statement struct {
	Sources        []SourceOfFund
	Uses           []UseOfFund
	Recurrent      activity.Amount // of the sources
	NonRecurrent   activity.Amount
	Used           activity.Amount
	FullYear       activity.Amount // of what is funded, what a whole year costs
	RecurrentUsed  activity.Amount
	Left           activity.Amount
	LeftRecurrent  activity.Amount
	FullYearGap    activity.Amount // full-year cost of recurrent uses less recurrent sources; above zero is a hole next year
	Carried        activity.Amount // approved
	CarryRequested activity.Amount // asked for and not decided
	Lapses         activity.Amount // what is left and not approved to be carried
	Warnings       []string
}

// Underspend works out sources and uses in a month. Uses are funded in order of rank: what goes on for good from what
// comes for good, and one-off uses from money of one year first. A recurrent use for which only money of one year
// is left is refused, unless an override says who accepts that and why.
func (p *Pool) Underspend(month int) *Statement {
	s := &Statement{Sources: p.Sources}
	for _, x := range p.Sources {
		if x.Month > month {
			continue
		}
		if x.Recurrent {
			s.Recurrent = s.Recurrent.Add(x.Amount)
		} else {
			s.NonRecurrent = s.NonRecurrent.Add(x.Amount)
		}
	}
	repeat, once := s.Recurrent, s.NonRecurrent
	for _, u := range p.Uses {
		u.fund(&repeat, &once)
		if u.Refused == "" {
			s.Used = s.Used.Add(u.Funded)
			s.FullYear = s.FullYear.Add(u.FullYear)
			if u.Recurrent {
				s.RecurrentUsed = s.RecurrentUsed.Add(u.FullYear)
			}
		}
		s.Uses = append(s.Uses, u)
	}
	s.Left, s.LeftRecurrent = repeat.Add(once), repeat
	s.FullYearGap = s.RecurrentUsed.Sub(s.Recurrent)
	for _, c := range p.Carry {
		switch c.State {
		case "approved":
			s.Carried = s.Carried.Add(c.Amount)
		case "requested":
			s.CarryRequested = s.CarryRequested.Add(c.Amount)
		}
	}
	s.Lapses = s.Left.Sub(s.Carried)
	if s.Lapses.Sign() < 0 {
		s.Warnings = append(s.Warnings, fmt.Sprintf("%s more is approved to be carried forward than is left", share.Sterling(s.Lapses.Neg())))
		s.Lapses = activity.Amount{}
	}
	if month >= 9 && s.Left.Sign() > 0 {
		s.Warnings = append(s.Warnings, fmt.Sprintf("%s is uncommitted in month %d; at 31 March it does not roll forward without approval", share.Sterling(s.Left), month))
	}
	if s.FullYearGap.Sign() > 0 {
		s.Warnings = append(s.Warnings, fmt.Sprintf("a whole year of what is funded costs %s more than comes in for good", share.Sterling(s.FullYearGap)))
	}
	return s
}

func (u *UseOfFund) fund(repeat, once *activity.Amount) {
	available := repeat.Add(*once)
	switch {
	case u.Amount.Cmp(available) > 0:
		u.Refused = fmt.Sprintf("%s is asked and %s is left", share.Sterling(u.Amount), share.Sterling(available))
		return
	case u.Recurrent && u.Amount.Cmp(*repeat) > 0 && u.Override == "":
		u.Refused = fmt.Sprintf("a recurrent use of %s, and %s is left that comes for good; an override needs who accepts it and why", share.Sterling(u.Amount), share.Sterling(*repeat))
		return
	}
	first, second := once, repeat
	if u.Recurrent {
		first, second = repeat, once
	}
	taken := u.Amount
	if taken.Cmp(*first) > 0 {
		taken = *first
	}
	*first = first.Sub(taken)
	rest := u.Amount.Sub(taken)
	*second = second.Sub(rest)
	u.Funded, u.FromOnce, u.FromRepeat = u.Amount, taken, rest
	if u.Recurrent {
		u.FromOnce, u.FromRepeat = rest, taken
	}
}

func (l *loader) underspend(p *Pool) {
	for _, row := range l.sheet("sources.csv", "icb", "what", "amount", "recurrent", "month", "confidence").Rows {
		s := SourceOfFund{ICB: row.Need("icb"), What: row.Need("what"), Amount: row.Money("amount"), Recurrent: row.Yes("recurrent"), Month: row.Month("month"), Confidence: row.Choice("confidence", "high", "medium", "low"), Place: row.Place()}
		if s.Amount.Sign() < 0 {
			row.Fault("amount", "a source of money is negative", "write what it gives, from 0 up")
		}
		p.Sources = append(p.Sources, s)
	}
	for _, row := range l.sheet("uses.csv", "rank", "what", "kind", "icb?", "amount", "full_year_effect", "recurrent", "month", "approver?", "override?").Rows {
		rank := row.Number("rank")
		u := UseOfFund{What: row.Need("what"), Kind: row.Choice("kind", "return", "retain", "invest"), ICB: row.Text("icb"), Rank: int(rank.Num().Int64()), Amount: row.Money("amount"), FullYear: row.Money("full_year_effect"),
			Recurrent: row.Yes("recurrent"), Month: row.Month("month"), Approver: row.Text("approver"), Override: row.Text("override"), Place: row.Place()}
		if !rank.IsInt() || len(p.Uses) > 0 && u.Rank <= p.Uses[len(p.Uses)-1].Rank {
			row.Fault("rank", "the uses are not in order of rank", "number them 1, 2, 3 in the order in which they are funded")
		}
		if u.Amount.Sign() < 0 {
			row.Fault("amount", "a use of money is negative", "write what it takes, from 0 up")
		}
		if u.Kind == "invest" && u.Approver == "" {
			row.Fault("approver", "a decision to invest has no approver", "write who approved it, or remove the row until somebody has")
		}
		p.Uses = append(p.Uses, u)
	}
	for _, row := range l.sheet("carry_forward.csv", "icb", "amount", "state", "requested_on", "decided_on?", "decided_by?").Rows {
		c := CarryForward{ICB: row.Need("icb"), Amount: row.Money("amount"), State: row.Choice("state", "requested", "approved", "refused"), RequestedOn: row.Day("requested_on", register.NoDay),
			DecidedOn: row.Day("decided_on", register.NoDay), DecidedBy: row.Text("decided_by"), Place: row.Place()}
		if decided := c.State != "requested"; decided && (c.DecidedBy == "" || row.Text("decided_on") == "") {
			row.Fault("decided_by", "a request that was decided has no day or nobody who decided", "fill in both, or write requested")
		}
		p.Carry = append(p.Carry, c)
	}
}
