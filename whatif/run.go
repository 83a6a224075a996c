package whatif

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"remit/activity"
	"remit/calendar"
	"remit/intake"
	"remit/method"
	"remit/monitor"
	"remit/register"
)

// Result is what a what-if came to, when it was worked out.
type Result struct {
	Spec
	At        time.Time      `json:"at"`
	Who       string         `json:"who"`
	For       string         `json:"for"`       // organisation of who; blank: national
	Program   string         `json:"program"`   // that worked it out
	View      string         `json:"view"`      // fingerprint of the submissions that counted: see intake.View.Fingerprint
	Reference string         `json:"reference"` // hash of the reference data as it is
	Methods   [2]string      `json:"methods"`   // as it is, and as supposed
	Rows      int64          `json:"rows"`      // that were decided again; 0 where that was not needed
	Transfers []Transfer     `json:"transfers"` // the largest first
	Balances  []Balance      `json:"balances"`
	Lines     []LineTransfer `json:"lines"` // by provider and service line
}

// Transfer is money that one payer would no longer pay and another would;
// monitor.Pricing stands for money that comes or goes by another price.
type Transfer struct {
	From  string          `json:"from"`
	To    string          `json:"to"`
	Price activity.Amount `json:"price"`
}

// Balance is what it means for one payer.
type Balance struct {
	Payer  string          `json:"payer"`
	Before activity.Amount `json:"before"`
	After  activity.Amount `json:"after"`
	Change activity.Amount `json:"change"`
}

// LineTransfer is money of a provider's service line that would move between bodies
// as they are recorded, or to another category, or be priced otherwise.
type LineTransfer struct {
	Provider     string          `json:"provider"`
	Line         string          `json:"line"`
	From         string          `json:"from"`
	To           string          `json:"to"`
	FromCategory string          `json:"from_category,omitempty"`
	ToCategory   string          `json:"to_category,omitempty"`
	Money        activity.Amount `json:"money"`
}

// Desk is what a what-if is worked out with.
type Desk struct {
	Pack    *register.Pack
	Method  *method.Method // as it is
	Load    func(pack *register.Pack, spec string) (*method.Method, error)
	Program string
	Who     string
	For     string
	Where   []intake.Where // what the person may see
}

// decides tells whether payers must be decided again.
func (s *Spec) decides() bool { return s.Method != "" || len(s.Status)+len(s.Hosts) > 0 }

// Run works out a what-if against the rows that count. The specification must pass Check.
func Run(ctx context.Context, v *intake.View, s Spec, d *Desk, now time.Time) (*Result, error) {
	on, err := register.ParseDay(s.On)
	if err != nil {
		return nil, err
	}
	by, err := monitor.ParseDimension(s.By)
	if err != nil {
		return nil, err
	}
	r := &Result{Spec: s, At: now, Who: d.Who, For: d.For, Program: d.Program, View: v.Fingerprint(), Reference: d.Pack.Hash, Methods: [2]string{d.Method.Spec(), d.Method.Spec()}}
	other := d.Pack
	if len(s.Status)+len(s.Areas)+len(s.Hosts) > 0 {
		if other, err = changed(d.Pack, &s); err != nil {
			return nil, err
		}
		defer other.Close()
	}
	where := s.where(d.Where)
	before, _, err := v.Cells(ctx, intake.Question{Basis: s.Basis, Payer: intake.AssignedCommissioner, Where: where, By: []monitor.Dimension{monitor.Provider, monitor.Line, monitor.POD, monitor.ICB, monitor.Category}})
	if err != nil {
		return nil, err
	}
	after := slices.Clone(before)
	if s.decides() {
		moves, err := r.decideAgain(ctx, v, d, other, where)
		if err != nil {
			return nil, err
		}
		after = append(after, moves...)
	}
	after = append(after, r.reprice(after)...)
	diff := monitor.Compare(monitor.NewView(before, monitor.NewStructure(d.Pack, on)), monitor.NewView(after, monitor.NewStructure(other, on)), by)
	for _, x := range diff.Transfers {
		r.Transfers = append(r.Transfers, Transfer(x))
	}
	for _, x := range diff.Balances {
		if !x.Change.IsZero() {
			r.Balances = append(r.Balances, Balance(x))
		}
	}
	return r, nil
}

func (s *Spec) where(may []intake.Where) []intake.Where {
	where := slices.Clone(may)
	if s.Provider != "" {
		where = append(where, intake.Is(intake.Provider, s.Provider))
	}
	if s.Year != "" {
		where = append(where, intake.Is(intake.Year, s.Year))
	}
	return where
}

// decideAgain gives the cells by which another decision differs from what stands. What
// the reference data and the method as they are would decide otherwise by now is
// taken out, so that what is left follows from what is supposed alone.
func (r *Result) decideAgain(ctx context.Context, v *intake.View, d *Desk, other *register.Pack, where []intake.Where) ([]monitor.Cell, error) {
	spec := d.Method.Spec()
	if r.Method != "" {
		spec = r.Method
	}
	m, err := d.Load(other, spec)
	if err != nil {
		return nil, err
	}
	r.Methods[1] = m.Spec()
	on := append(slices.Clone(where), intake.On(r.Basis))
	supposed, err := v.WhatIf(ctx, intake.Other{Method: m, Pack: other}, d.Program, on...)
	if err != nil {
		return nil, err
	}
	same, err := changed(d.Pack, &Spec{}) // as the other was made, so that they differ in what is supposed alone
	if err != nil {
		return nil, err
	}
	defer same.Close()
	base, err := d.Load(same, d.Method.Spec())
	if err != nil {
		return nil, err
	}
	stands, err := v.WhatIf(ctx, intake.Other{Method: base, Pack: same}, d.Program, on...)
	if err != nil {
		return nil, err
	}
	r.Rows = supposed.Rows
	type way struct{ provider, line, from, to, fromCategory, toCategory string }
	sums := map[way]activity.Amount{}
	var order []way
	add := func(list []intake.Moved, sign func(activity.Amount) activity.Amount) {
		for _, x := range list {
			if !r.asked(&x, where) {
				continue
			}
			k := way{x.Provider, x.ServiceCode, x.From, x.To, x.FromCategory, x.ToCategory}
			if _, ok := sums[k]; !ok {
				order = append(order, k)
			}
			sums[k] = sums[k].Add(sign(x.Money))
		}
	}
	add(supposed.Moved, func(m activity.Amount) activity.Amount { return m })
	add(stands.Moved, activity.Amount.Neg)
	var cells []monitor.Cell
	for _, k := range order {
		m := sums[k]
		if m.IsZero() {
			continue
		}
		r.Lines = append(r.Lines, LineTransfer{k.provider, k.line, k.from, k.to, k.fromCategory, k.toCategory, m})
		cell := func(commissioner, category string, price activity.Amount) monitor.Cell {
			return monitor.Cell{Key: monitor.Key{Provider: k.provider, Line: k.line, Commissioner: commissioner, Category: category}, Month: r.month(), Figures: monitor.Figures{ActualPrice: price}}
		}
		cells = append(cells, cell(k.from, k.fromCategory, m.Neg()), cell(k.to, k.toCategory, m))
	}
	slices.SortStableFunc(r.Lines, func(a, b LineTransfer) int { return b.Money.Abs().Cmp(a.Money.Abs()) })
	return cells, nil
}

// asked tells whether what moved is of the provider asked for: the combinations
// that are decided again are kept by submission.
func (r *Result) asked(x *intake.Moved, where []intake.Where) bool {
	for _, w := range where {
		if w.Dimension == intake.Provider && slices.Contains(w.Values, x.Provider) == w.Not {
			return false
		}
	}
	return true
}

// month is where cells without one stand: their sums alone count.
func (r *Result) month() calendar.Month {
	year, err := calendar.ParseYear(r.Year)
	if err != nil {
		day, _ := register.ParseDay(r.On) // checked
		return calendar.MonthOf(day)
	}
	return calendar.Month{Year: year, Month: 1}
}

// reprice gives the cells by which other prices differ.
func (r *Result) reprice(cells []monitor.Cell) []monitor.Cell {
	var list []monitor.Cell
	sums := map[[2]string]activity.Amount{}
	for _, c := range cells {
		for _, p := range r.Prices {
			if p.Provider != "" && p.Provider != c.Provider || p.Line != "" && p.Line != c.Key.Line || p.POD != "" && p.POD != c.POD {
				continue
			}
			change := c.ActualPrice.Scale(p.Thousandths, 1000)
			c2 := c
			c2.Figures = monitor.Figures{ActualPrice: change}
			list = append(list, c2)
			k := [2]string{c.Provider, c.Key.Line}
			sums[k] = sums[k].Add(change)
		}
	}
	var lines []LineTransfer
	for k, m := range sums {
		if !m.IsZero() {
			lines = append(lines, LineTransfer{Provider: k[0], Line: k[1], From: monitor.Pricing, Money: m})
		}
	}
	slices.SortFunc(lines, func(a, b LineTransfer) int {
		if c := b.Money.Abs().Cmp(a.Money.Abs()); c != 0 {
			return c
		}
		return strings.Compare(a.Provider+a.Line, b.Provider+b.Line)
	})
	r.Lines = append(r.Lines, lines...)
	return list
}

// Moved is what moves between payers and by price, each pound once.
func (r *Result) Moved() (sum activity.Amount) {
	for _, x := range r.Transfers {
		sum = sum.Add(x.Price)
	}
	return sum
}

// Says is what a what-if came to in a sentence.
func (r *Result) Says(name func(code string) string) string {
	if len(r.Transfers) == 0 {
		return "No money would move."
	}
	x := r.Transfers[0]
	switch {
	case x.From == monitor.Pricing:
		return fmt.Sprintf("£%s would move; the most, £%s, is what %s would pay more by price.", r.Moved().Pounds(), x.Price.Pounds(), name(x.To))
	case x.To == monitor.Pricing:
		return fmt.Sprintf("£%s would move; the most, £%s, is what %s would pay less by price.", r.Moved().Pounds(), x.Price.Pounds(), name(x.From))
	}
	return fmt.Sprintf("£%s would move; the most, £%s, from %s to %s.", r.Moved().Pounds(), x.Price.Pounds(), name(x.From), name(x.To))
}
