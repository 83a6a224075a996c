package price

import (
	"fmt"
	"math/big"
	"slices"

	"remit/activity"
)

// Account is what a settlement is worked out from.
type Account struct {
	Actuals  []Actual
	Flex     []int // the months, 1 for April to 12, of which there is a flex submission
	Frozen   []int // those of which there is a freeze, whether there is a flex or not
	Payments []Payment
}

// Actual is the activity of an element and month at price. Several are summed.
// Month 13, the adjustments of the year's end, counts with month 12.
type Actual struct {
	Element string          `json:"element"`
	Month   int             `json:"month"`
	AtPrice activity.Amount `json:"at_price"`
}

// Payment is what was paid on account for an element and month, where it is not
// the planned value of the month.
type Payment struct {
	Element string          `json:"element"`
	Month   int             `json:"month"`
	Amount  activity.Amount `json:"amount"`
}

// State says how far a month is known.
type State string

// The states.
const (
	Awaited  State = "awaited" // nothing is submitted
	AtFlex   State = "flex"
	AtFreeze State = "freeze"
)

// Settlement is what a contract owes, by element and month.
type Settlement struct {
	Contract string        `json:"contract"`
	Lines    []SettledLine `json:"lines"`
}

// SettledLine is an element in a month. Activity at price and contract value
// payable are kept apart: of a fixed value they differ by design.
type SettledLine struct {
	Element   string          `json:"element"`
	Kind      Element         `json:"kind"`
	Month     int             `json:"month"`
	State     State           `json:"state"`
	Plan      activity.Amount `json:"plan"`       // the planned value of the month
	AtPrice   activity.Amount `json:"at_price"`   // of the activity, exact
	Payable   activity.Amount `json:"payable"`    // contract value, in whole pence; an estimate until the freeze
	OnAccount activity.Amount `json:"on_account"` // paid in the month
	TrueUp    activity.Amount `json:"true_up"`    // payable less paid, at freeze alone
}

// Settle works out what is payable. A fixed value is payable as it is phased,
// whatever is done. Anything else is what is done at price, by the bands of the
// element, from the beginning of the year to the month, less what the months
// before came to. So pence that are rounded in one month are not lost in the
// next, and a threshold holds for the year to date. Months of which nothing is
// submitted count neither as plan nor as activity until something is.
//
// Each month the plan is paid on account, or what Payments say. At freeze the
// difference is trued up: on account and true-up of frozen months sum to what
// is payable, to the penny.
func Settle(c *Contract, a Account) (*Settlement, error) {
	s := &Settlement{Contract: c.Code}
	known := map[string]bool{}
	for _, e := range c.Elements {
		known[e.Code] = true
	}
	for _, x := range a.Actuals {
		if !known[x.Element] || x.Month < 1 || x.Month > 13 {
			return nil, fmt.Errorf("contract %s: activity in element %q and month %d, which it has not", c.Code, x.Element, x.Month)
		}
	}
	for _, x := range a.Payments {
		if !known[x.Element] || x.Month < 1 || x.Month > 12 {
			return nil, fmt.Errorf("contract %s: a payment for element %q and month %d, which it has not", c.Code, x.Element, x.Month)
		}
	}
	for _, e := range c.Elements {
		s.Lines = append(s.Lines, e.settle(a)...)
	}
	return s, nil
}

func (e *ContractElement) settle(a Account) []SettledLine {
	var lines []SettledLine
	var planned, done, before activity.Amount // of the months that are known, to date
	for month := 1; month <= 12; month++ {
		l := SettledLine{Element: e.Code, Kind: e.Kind, Month: month, State: stateOf(a, month), Plan: e.plan[month-1]}
		for _, x := range a.Actuals {
			if x.Element == e.Code && min(x.Month, 12) == month {
				l.AtPrice = l.AtPrice.Add(x.AtPrice)
			}
		}
		if fixedKind(e.Kind) {
			l.Payable = l.Plan.RoundToPence()
		} else if l.State != Awaited {
			planned, done = planned.Add(l.Plan), done.Add(l.AtPrice)
			toDate := e.payable(planned, done)
			l.Payable, before = toDate.Sub(before), toDate
		}
		l.OnAccount = e.paid(a, month)
		if l.State == AtFreeze {
			l.TrueUp = l.Payable.Sub(l.OnAccount)
		}
		lines = append(lines, l)
	}
	return lines
}

func stateOf(a Account, month int) State {
	switch {
	case slices.Contains(a.Frozen, month):
		return AtFreeze
	case slices.Contains(a.Flex, month):
		return AtFlex
	}
	return Awaited
}

// paid is what was paid for the month: as said, else the plan.
func (e *ContractElement) paid(a Account, month int) activity.Amount {
	var sum activity.Amount
	said := false
	for _, p := range a.Payments {
		if p.Element == e.Code && p.Month == month {
			sum, said = sum.Add(p.Amount), true
		}
	}
	if said {
		return sum
	}
	return e.plan[month-1].RoundToPence()
}

// payable is the value of activity against a plan, in whole pence: each band's
// part at its rate, between floor and ceiling.
func (e *ContractElement) payable(plan, done activity.Amount) activity.Amount {
	p, d := unitsOf(plan), product(unitsOf(done), one) // with 8 and 16 decimals
	total := new(big.Int)                              // with 24
	for _, b := range e.bands {
		from := product(p, b.from)
		part := new(big.Int).Set(d)
		if b.to != nil && d.Cmp(product(p, b.to)) > 0 {
			part = product(p, b.to)
		}
		if part.Sub(part, from); part.Sign() > 0 || b.from.Sign() == 0 {
			total.Add(total, part.Mul(part, b.rate))
		}
	}
	if len(e.bands) == 0 {
		total = product(d, one)
	}
	if e.floor != nil {
		total = larger(total, product(product(p, e.floor), one))
	}
	if e.roof != nil {
		if top := product(product(p, e.roof), one); total.Cmp(top) > 0 {
			total = top
		}
	}
	return pennies(total)
}

func larger(a, b *big.Int) *big.Int {
	if a.Cmp(b) < 0 {
		return b
	}
	return a
}

// pennies rounds a number of 24 decimals to whole pence, half up; of a number
// below zero down.
func pennies(n *big.Int) activity.Amount {
	negative := n.Sign() < 0
	size := new(big.Int).Abs(n)
	penny := new(big.Int).Exp(big.NewInt(10), big.NewInt(22), nil)
	size.Add(size, new(big.Int).Rsh(penny, 1)).Quo(size, penny)
	a, _ := amountOf(size.Mul(size, big.NewInt(1_000_000)), negative) // amounts have room for it
	return a
}

// Total sums the lines of a settlement.
func (s *Settlement) Total() (t SettledLine) {
	for _, l := range s.Lines {
		t.Plan, t.AtPrice, t.Payable = t.Plan.Add(l.Plan), t.AtPrice.Add(l.AtPrice), t.Payable.Add(l.Payable)
		t.OnAccount, t.TrueUp = t.OnAccount.Add(l.OnAccount), t.TrueUp.Add(l.TrueUp)
	}
	return t
}
