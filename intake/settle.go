package intake

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"remit/activity"
	"remit/price"
	"remit/register"
	"remit/submission"
)

// Settled is what the contracts of a provider owe for a year, by the submissions
// that count and the terms in force.
type Settled struct {
	Provider, Year string
	Basis          Basis
	Terms          *Terms
	Contracts      []SettledContract
	Outside        []Outside // what falls on no contract, or in no element of one
	Through        int       // the last month of which anything is submitted, 0 for none
	Awaiting       []string  // feeds that came in the year and not for each month
}

// SettledContract is a contract with what it owes.
type SettledContract struct {
	*price.Contract
	*price.Settlement
	Parts map[ElementMonth][]Part // what the activity at price is made of
}

// ElementMonth is a line of a settlement.
type ElementMonth struct {
	Element string
	Month   int
}

// Part is activity of one point of delivery and one reason.
type Part struct {
	POD    string          `json:"pod"`
	Reason price.Reason    `json:"reason"`
	Rows   int64           `json:"rows"`
	Billed activity.Amount `json:"billed"`
	At     activity.Amount `json:"at_price"`
}

// Outside is activity that no contract takes.
type Outside struct {
	Holder       price.Holder    `json:"holder"`
	Commissioner string          `json:"commissioner"`
	Category     string          `json:"category"`
	Contract     string          `json:"contract,omitempty"` // that has no element for it
	Rows         int64           `json:"rows"`
	Billed       activity.Amount `json:"billed"`
	At           activity.Amount `json:"at_price"`
}

// Settle works out what the contracts of a provider owe for a year, 202627. Each
// sum of rows falls on the contract of the holder that its assigned category has
// and of the commissioner that it was assigned to, or of that one's ICB, at the end
// of its month. Rejected rows are left out.
func (v *View) Settle(ctx context.Context, lib *price.Library, pack *register.Pack, terms *Terms, provider, year string, basis Basis) (*Settled, error) {
	s := &Settled{Provider: provider, Year: year, Basis: basis, Terms: terms}
	flex, frozen := v.monthStates(s)
	accounts := map[string]*price.Account{}
	for _, c := range terms.Contracts.List() {
		if c.Provider == provider && c.Year == year {
			s.Contracts = append(s.Contracts, SettledContract{Contract: c, Parts: map[ElementMonth][]Part{}})
			accounts[c.Code] = &price.Account{Flex: flex, Frozen: frozen, Payments: terms.Contracts.Payments(c.Code)}
		}
	}
	totals, err := v.Totals(ctx, []Dimension{AssignedCommissioner, AssignedCategory, POD, ServiceCode, Month, PriceReason}, On(basis), Is(Provider, provider), Is(Year, year))
	if err != nil {
		return nil, err
	}
	for _, t := range totals {
		s.place(t, lib, pack, accounts)
	}
	for i := range s.Contracts {
		c := &s.Contracts[i]
		if c.Settlement, err = price.Settle(c.Contract, *accounts[c.Code]); err != nil {
			return nil, err
		}
		for _, list := range c.Parts {
			slices.SortFunc(list, func(a, b Part) int { return cmp.Or(cmp.Compare(a.POD, b.POD), cmp.Compare(a.Reason, b.Reason)) })
		}
	}
	slices.SortFunc(s.Outside, func(a, b Outside) int {
		return cmp.Or(absolute(b.At).Cmp(absolute(a.At)), cmp.Compare(a.Commissioner, b.Commissioner), cmp.Compare(a.Category, b.Category))
	})
	return s, nil
}

// place puts a sum on its contract and in its element.
func (s *Settled) place(t Total, lib *price.Library, pack *register.Pack, accounts map[string]*price.Account) {
	commissioner, category, pod, line, reason := t.Keys[0], t.Keys[1], t.Keys[2], t.Keys[3], price.Reason(t.Keys[5])
	at := price.AtPrice(reason, t.Money, t.Price)
	out := Outside{Holder: lib.Holder(category), Commissioner: commissioner, Category: category, Rows: t.Rows, Billed: t.Money, At: at}
	month, err := strconv.Atoi(t.Keys[4])
	if err != nil || month < 1 {
		s.outside(out) // a month that cannot be told
		return
	}
	month = min(month, 12) // 13 closes the year
	day := price.MonthEnd(s.Year, month)
	c := s.contract(out.Holder, commissioner, day)
	if c == nil {
		out.Commissioner = icbOf(pack, commissioner, day)
		c = s.contract(out.Holder, out.Commissioner, day)
	}
	if c == nil {
		s.outside(out)
		return
	}
	e := c.Element(category, pod, line, day)
	if e == nil {
		out.Contract = c.Code
		s.outside(out)
		return
	}
	a := accounts[c.Code]
	a.Actuals = append(a.Actuals, price.Actual{Element: e.Code, Month: month, AtPrice: at})
	k := ElementMonth{e.Code, month}
	for i := range c.Parts[k] {
		if p := &c.Parts[k][i]; p.POD == pod && p.Reason == reason {
			p.Rows, p.Billed, p.At = p.Rows+t.Rows, p.Billed.Add(t.Money), p.At.Add(at)
			return
		}
	}
	c.Parts[k] = append(c.Parts[k], Part{pod, reason, t.Rows, t.Money, at})
}

func (s *Settled) contract(holder price.Holder, commissioner string, day register.Day) *SettledContract {
	for i := range s.Contracts {
		c := &s.Contracts[i]
		if c.Holder == holder && c.Commissioner == commissioner && c.From <= day && day <= c.To {
			return c
		}
	}
	return nil
}

func (s *Settled) outside(o Outside) {
	for i := range s.Outside {
		x := &s.Outside[i]
		if x.Holder == o.Holder && x.Commissioner == o.Commissioner && x.Category == o.Category && x.Contract == o.Contract {
			x.Rows, x.Billed, x.At = x.Rows+o.Rows, x.Billed.Add(o.Billed), x.At.Add(o.At)
			return
		}
	}
	s.Outside = append(s.Outside, o)
}

// icbOf is the ICB of a sub-ICB location on a day; any other code as it is.
func icbOf(pack *register.Pack, code string, on register.Day) string {
	t := pack.Table("sub_icb")
	found := t.Find(code, on, 0)
	if found.Row == register.NoRow {
		return code
	}
	return cmp.Or(t.At(found.Row, "icb"), code)
}

// monthStates are the months at flex and at freeze. A month is frozen once every
// feed of the basis that came for any month of the year has its freeze for it:
// drugs that are still to come must not be trued up as if there were none.
func (v *View) monthStates(s *Settled) (flex, frozen []int) {
	feeds := map[activity.Dataset]map[int]bool{} // months, and whether all of them is frozen
	for _, a := range v.Arrivals(s.Provider, s.Year) {
		if a.Month < 1 || !slices.Contains(basisFeeds[s.Basis], a.Feed) {
			continue
		}
		if feeds[a.Feed] == nil {
			feeds[a.Feed] = map[int]bool{}
		}
		freeze := a.Submission.Heading().Kind == submission.Freeze
		if was, ok := feeds[a.Feed][a.Month]; ok {
			freeze = freeze && was
		}
		feeds[a.Feed][a.Month] = freeze
	}
	for month := 1; month <= 12; month++ {
		came, all := 0, true
		for _, months := range feeds {
			freeze, ok := months[month]
			if ok {
				came++
			}
			all = all && freeze
		}
		switch {
		case came == 0:
		case all:
			frozen, s.Through = append(frozen, month), month
		default:
			flex, s.Through = append(flex, month), month
		}
	}
	for feed, months := range feeds {
		for month := 1; month <= s.Through; month++ {
			if _, ok := months[month]; !ok && !slices.Contains(s.Awaiting, string(feed)) {
				s.Awaiting = append(s.Awaiting, string(feed))
			}
		}
	}
	slices.Sort(s.Awaiting)
	return flex, frozen
}
