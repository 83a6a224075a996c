package price

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"

	"remit/activity"
	"remit/register"
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

// PaymentKind says what a payment was for.
type PaymentKind string

// The kinds.
const (
	OnAccount PaymentKind = "on_account" // of the month, before its activity is known
	TrueUp    PaymentKind = "true_up"    // the difference, after
)

// Payment is what was paid for an element and month. Where none on account is
// said, the planned value of the month is taken to have been paid.
type Payment struct {
	Element string          `json:"element"`
	Month   int             `json:"month"`
	Kind    PaymentKind     `json:"kind"`
	Amount  activity.Amount `json:"amount"`
	PaidOn  register.Day    `json:"paid_on"`
	Source  string          `json:"source"`
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
	OnAccount activity.Amount `json:"on_account"` // paid for the month
	TruedUp   activity.Amount `json:"trued_up"`   // paid since to true it up
	TrueUp    activity.Amount `json:"true_up"`    // still to pay: payable less both, at freeze alone
	Working   []Clause        `json:"working"`
}

// Clause is a step of how a figure of a settlement was reached.
type Clause struct {
	Of     string          `json:"of"` // the figure: plan, at_price, payable, on_account, trued_up, true_up
	Says   string          `json:"says"`
	Amount activity.Amount `json:"amount"`
}

// The figures of a settled line.
const (
	ofPlan      = "plan"
	ofAtPrice   = "at_price"
	ofPayable   = "payable"
	ofOnAccount = "on_account"
	ofTruedUp   = "trued_up"
	ofTrueUp    = "true_up"
)

// Settle works out what is payable. A fixed value is payable as it is phased,
// whatever is done. Anything else is what is done at price, by the bands of the
// element, from the beginning of the year to the month, less what the months
// before came to. So pence that are rounded in one month are not lost in the
// next, and a threshold holds for the year to date. Months of which nothing is
// submitted count neither as plan nor as activity until something is.
//
// Each month the plan is paid on account, or what Payments say. At freeze the
// difference is trued up: on account, what was trued up and what is still to be
// sum to what is payable, to the penny, however often a month was restated.
func Settle(c *Contract, a Account) (*Settlement, error) {
	s := &Settlement{Contract: c.Code}
	known := map[string]*ContractElement{}
	for _, e := range c.Elements {
		known[e.Code] = e
	}
	for _, x := range a.Actuals {
		if e := known[x.Element]; e == nil || x.Month < 1 || x.Month > 13 || !e.covers(min(x.Month, 12)) {
			return nil, fmt.Errorf("contract %s: activity in element %q and month %d, which it has not", c.Code, x.Element, x.Month)
		}
	}
	for _, x := range a.Payments {
		if e := known[x.Element]; e == nil || x.Month < 1 || x.Month > 12 || !e.covers(x.Month) {
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
	for _, month := range e.months() {
		l := SettledLine{Element: e.Code, Kind: e.Kind, Month: month, State: stateOf(a, month), Plan: e.plan[month-1]}
		l.note(ofPlan, e.phasedAs(month), l.Plan)
		for _, x := range a.Actuals {
			if x.Element == e.Code && min(x.Month, 12) == month {
				l.AtPrice = l.AtPrice.Add(x.AtPrice)
			}
		}
		l.note(ofAtPrice, "the activity of the month at price", l.AtPrice)
		switch {
		case fixedKind(e.Kind):
			l.Payable = l.Plan.RoundToPence()
			l.note(ofPayable, "the value of the month, whatever is done: the element is "+kindText(e.Kind), l.Payable)
		case l.State == Awaited:
			l.note(ofPayable, "nothing is submitted of the month", l.Payable)
		default:
			planned, done = planned.Add(l.Plan), done.Add(l.AtPrice)
			toDate := e.payable(planned, done, &l)
			l.Payable = toDate.Sub(before)
			l.note(ofPayable, "less what the months before came to", before.Neg())
			l.note(ofPayable, "payable for the month", l.Payable)
			before = toDate
		}
		e.pay(a, &l)
		lines = append(lines, l)
	}
	return lines
}

func (l *SettledLine) note(of, says string, amount activity.Amount) {
	l.Working = append(l.Working, Clause{of, says, amount})
}

func kindText(k Element) string {
	switch k {
	case Block:
		return "a block"
	case LowVolume:
		return "a low-volume activity payment"
	}
	return "fixed"
}

func (e *ContractElement) phasedAs(month int) string {
	if e.phased[month-1] || slices.Contains(e.phased[:], true) {
		return "as phased in contract_phasing.csv"
	}
	return fmt.Sprintf("the annual value of £%s in %d equal months of whole pence, what is left over in the last", e.Annual.Pounds(), len(e.months()))
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

// pay finds what was paid for the month: as said, else the plan on account; and
// what is still to be paid once the month is frozen.
func (e *ContractElement) pay(a Account, l *SettledLine) {
	said := false
	for _, p := range a.Payments {
		if p.Element != e.Code || p.Month != l.Month {
			continue
		}
		if p.Kind == TrueUp {
			l.TruedUp = l.TruedUp.Add(p.Amount)
			l.note(ofTruedUp, "paid"+onDay(p), p.Amount)
			continue
		}
		l.OnAccount, said = l.OnAccount.Add(p.Amount), true
		l.note(ofOnAccount, "paid"+onDay(p), p.Amount)
	}
	if !said {
		l.OnAccount = l.Plan.RoundToPence()
		l.note(ofOnAccount, "no payment is recorded for the month: its planned value is taken to be paid", l.OnAccount)
	}
	if l.State != AtFreeze {
		l.note(ofTrueUp, "nothing until the month is frozen", activity.Amount{})
		return
	}
	l.TrueUp = l.Payable.Sub(l.OnAccount).Sub(l.TruedUp)
	l.note(ofTrueUp, "payable, less on account, less what was trued up before", l.TrueUp)
}

func onDay(p Payment) string {
	text := ""
	if p.PaidOn != register.NoDay && p.PaidOn != 0 {
		text = " on " + p.PaidOn.String()
	}
	if p.Source != "" {
		text += " (" + p.Source + ")"
	}
	return text
}

// payable is the value of activity against a plan, in whole pence: each band's
// part at its rate, between floor and ceiling. The line is told how.
func (e *ContractElement) payable(plan, done activity.Amount, l *SettledLine) activity.Amount {
	p, d := unitsOf(plan), product(unitsOf(done), one) // with 8 and 16 decimals
	total := new(big.Int)                              // with 24
	l.note(ofPayable, "the year to date at price, of the months that are submitted", done)
	for _, b := range e.bands {
		from := product(p, b.from)
		part := new(big.Int).Set(d)
		if b.to != nil && d.Cmp(product(p, b.to)) > 0 {
			part = product(p, b.to)
		}
		if part.Sub(part, from); part.Sign() > 0 || b.from.Sign() == 0 {
			part.Mul(part, b.rate)
			total.Add(total, part)
			l.note(ofPayable, "to date, "+b.says(plan), eighths(part))
		}
	}
	if len(e.bands) == 0 {
		total = product(d, one)
	}
	if e.floor != nil {
		if least := product(product(p, e.floor), one); total.Cmp(least) < 0 {
			total = least
			l.note(ofPayable, "to date, not below "+share100(e.floor)+" of the plan to date of £"+plan.Pounds(), eighths(total))
		}
	}
	if e.roof != nil {
		if most := product(product(p, e.roof), one); total.Cmp(most) > 0 {
			total = most
			l.note(ofPayable, "to date, not above "+share100(e.roof)+" of the plan to date of £"+plan.Pounds(), eighths(total))
		}
	}
	sum := pennies(total)
	l.note(ofPayable, "payable to date, in whole pence", sum)
	return sum
}

func (b band) says(plan activity.Amount) string {
	span := "what is above " + share100(b.from)
	if b.to != nil {
		span = "what is between " + share100(b.from) + " and " + share100(b.to)
	}
	return span + " of the plan to date of £" + plan.Pounds() + ", at a rate of " + decimalText(b.rate)
}

// share100 writes a share as a percentage.
func share100(n *big.Int) string { return decimalText(product(n, big.NewInt(100))) + "%" }

// eighths is a number of 24 decimals with 8, for reading.
func eighths(n *big.Int) activity.Amount {
	q := new(big.Int).Quo(n, product(one, one))
	a, _ := amountOf(new(big.Int).Abs(q), q.Sign() < 0) // amounts have room for it
	return a
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

// Total sums the lines of a settlement up to a month.
func (s *Settlement) Total(through int) (t SettledLine) {
	for _, l := range s.Lines {
		if l.Month <= through {
			t.Add(l)
		}
	}
	return t
}

// Add adds the figures of a line.
func (l *SettledLine) Add(o SettledLine) {
	l.Plan, l.AtPrice, l.Payable = l.Plan.Add(o.Plan), l.AtPrice.Add(o.AtPrice), l.Payable.Add(o.Payable)
	l.OnAccount, l.TruedUp, l.TrueUp = l.OnAccount.Add(o.OnAccount), l.TruedUp.Add(o.TruedUp), l.TrueUp.Add(o.TrueUp)
}

// MonthEnd is the last day of a month, 1 to 12, of a financial year such as 202627;
// NoDay where either is none.
func MonthEnd(year string, month int) register.Day {
	day, ok := lastDay([]byte(year), []byte(strconv.Itoa(month)))
	if !ok {
		return register.NoDay
	}
	return register.Day(day)
}

// AtPrice is what a line of activity counts for at price: its price where it has
// one, what was billed where a local price or none is known, and nothing where it
// is not the contract's to pay: private patients, overseas visitors who pay,
// appointments that were not attended, later episodes of a spell.
func AtPrice(reason Reason, billed, priced activity.Amount) activity.Amount {
	switch reason {
	case Priced, PassThrough:
		return priced
	case PrivatePatient, OverseasCharged, NotAttended, LaterEpisode:
		return priced // of unbundled items of a later episode; else zero
	}
	return billed
}
