package budget

import (
	"slices"

	"remit/activity"
	"remit/register"
)

// The kinds of a line of the ledger.
const (
	Baseline     = "baseline"      // what the first year of the round opens with
	Transfer     = "transfer"      // money that comes or goes for good: services delegated, corrections, boundaries
	Growth       = "growth"        // of a published allocation
	Convergence  = "convergence"   // of a published allocation
	NonRecurrent = "non_recurrent" // money of one year
)

var kinds = []string{Baseline, Transfer, Growth, Convergence, NonRecurrent}

// The holders of money.
const (
	HeldByICB  = "icb"
	HeldByNHSE = "nhse" // retained
	HeldByHost = "host" // by another board, for this one
)

// Line is a line of the ledger: one signed amount for one cause.
type Line struct {
	Year       string
	ICB        string
	Kind       string
	Cause      string
	Amount     activity.Amount
	Recurrent  bool
	Holder     string
	Notional   bool // for information: never in a cash total
	On         register.Day
	Source     string
	Confidence string
	Note       string
	Place      string
	Carried    *Carried // where it stood before a reorganisation; nil: where it stands
}

// counts tells whether the line is part of a baseline: recurrent cash that the board or its
// host holds. Money that NHS England retains is shown, and counted as national money alone.
func (l *Line) counts() bool { return !l.Notional && l.Recurrent && l.Holder != HeldByNHSE }

// Total adds lines.
func Total(lines []Line, which func(*Line) bool) activity.Amount {
	var sum activity.Amount
	for i := range lines {
		if which(&lines[i]) {
			sum = sum.Add(lines[i].Amount)
		}
	}
	return sum
}

// Statement explains one board's money in a year: the lines, and what they come to.
type Statement struct {
	Year, ICB, Name string
	Opening         activity.Amount // what the year before came to; in the first year nothing
	Lines           []Line
	Baseline        activity.Amount // opening and the recurrent lines
	Growth          activity.Amount
	Convergence     activity.Amount
	Recurrent       activity.Amount // baseline, growth and convergence: the allocation that has a target
	NonRecurrent    activity.Amount
	Allocation      activity.Amount // all of it: what there is to spend
	Notional        activity.Amount // for information
	Retained        activity.Amount // by NHS England, for these people
	HostHeld        activity.Amount // of the baseline lines, what a host holds
}

// Statement explains one board's money in a year by the policy.
func (o *Outcome) Statement(icb string) (*Statement, bool) {
	i := slices.IndexFunc(o.Areas, func(a Allocation) bool { return a.ICB == icb })
	if i < 0 {
		return nil, false
	}
	a := &o.Areas[i]
	s := &Statement{Year: o.Year, ICB: icb, Name: a.Name, Opening: a.Opening, Baseline: a.Baseline, Growth: a.Growth, Convergence: a.Convergence, Recurrent: a.Amount}
	for i := range o.lines {
		if o.lines[i].ICB == icb {
			s.Lines = append(s.Lines, o.lines[i])
		}
	}
	s.NonRecurrent = Total(s.Lines, func(l *Line) bool { return !l.Recurrent && !l.Notional && l.Holder != HeldByNHSE })
	s.Notional = Total(s.Lines, func(l *Line) bool { return l.Notional })
	s.Retained = Total(s.Lines, func(l *Line) bool { return !l.Notional && l.Holder == HeldByNHSE })
	s.HostHeld = Total(s.Lines, func(l *Line) bool { return !l.Notional && l.Holder == HeldByHost })
	s.Allocation = s.Recurrent.Add(s.NonRecurrent)
	return s, true
}

// Bridge sets what the boards hold, what hosts hold and what NHS England retains
// against the money of the stream as it was announced, and leaves what is not
// explained as a line of its own: it is never forced.
type Bridge struct {
	Year                          string
	Delegated, HostHeld, Retained activity.Amount
	Stream                        activity.Amount // as announced; Known is false where nobody loaded it
	Known                         bool
	Unexplained                   activity.Amount
	Notional                      activity.Amount
	StreamSource                  string
}

// Bridge makes the bridge of the year.
func (o *Outcome) Bridge() *Bridge {
	b := &Bridge{Year: o.Year, Stream: o.stream.Amount, Known: o.stream.Known, StreamSource: o.stream.Source}
	for i := range o.Areas {
		s, _ := o.Statement(o.Areas[i].ICB)
		b.Delegated = b.Delegated.Add(s.Allocation.Sub(s.HostHeld))
		b.HostHeld = b.HostHeld.Add(s.HostHeld)
		b.Notional = b.Notional.Add(s.Notional)
	}
	b.Retained = Total(o.lines, func(l *Line) bool { return !l.Notional && l.Holder == HeldByNHSE })
	if b.Known {
		b.Unexplained = b.Stream.Sub(b.Delegated).Sub(b.HostHeld).Sub(b.Retained)
	}
	return b
}
