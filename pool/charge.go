package pool

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"time"

	"remit/activity"
	"remit/register"
	"remit/share"
	"remit/sheet"
)

// Charge is what one board's people cost at a provider in a month, under a contract that
// a host holds or that the board holds itself.
type Charge struct {
	Host, ICB, Provider string
	Month               int
	Fixed               activity.Amount
	Variable            activity.Amount
	PassThrough         activity.Amount // drugs and devices
	LowVolume           bool            // whether it counts to an LVA block, which is not established for these services
	Place               string
}

// Amount is the whole charge.
func (c *Charge) Amount() activity.Amount { return c.Fixed.Add(c.Variable).Add(c.PassThrough) }

// Netting is who pays providers, and what boards owe each other for it.
type Netting struct {
	Payments []Payment // what each board pays to each provider
	Owed     []Owed    // between each two boards, one way
	ByBoard  []Ledger
	Charges  activity.Amount // of all
}

// Payment is what a board pays a provider for itself and for others.
type Payment struct {
	Payer, Provider string
	Amount          activity.Amount
}

// Owed is what one board owes another after netting: charges where the one is associate less those where the other is.
type Owed struct {
	From, To       string
	Charged, Taken activity.Amount // to be paid for its own people; for the other's people at contracts it hosts
	Net            activity.Amount // from From to To, from 0 up
}

// Ledger is one board's own charge, whichever way it is paid: paid to providers, less what others owe, plus what it owes.
type Ledger struct {
	ICB             string
	Own             activity.Amount
	Paid            activity.Amount
	OwesOthers      activity.Amount
	OthersOweIt     activity.Amount
	AfterSettlement activity.Amount // paid + owes - is owed: its own charge
}

// Net nets charges. A charge whose host is the board itself is the direct model: nobody owes anything for it.
func Net(charges []Charge) *Netting {
	n := &Netting{}
	type pair struct{ a, b string }
	paid, owes := map[pair]activity.Amount{}, map[pair]activity.Amount{}
	boards := map[string]*Ledger{}
	ledger := func(icb string) *Ledger {
		if boards[icb] == nil {
			boards[icb] = &Ledger{ICB: icb}
		}
		return boards[icb]
	}
	for i := range charges {
		c := &charges[i]
		a := c.Amount()
		n.Charges = n.Charges.Add(a)
		paid[pair{c.Host, c.Provider}] = paid[pair{c.Host, c.Provider}].Add(a)
		host, own := ledger(c.Host), ledger(c.ICB)
		own.Own, host.Paid = own.Own.Add(a), host.Paid.Add(a)
		if c.Host != c.ICB {
			owes[pair{c.ICB, c.Host}] = owes[pair{c.ICB, c.Host}].Add(a)
			own.OwesOthers, host.OthersOweIt = own.OwesOthers.Add(a), host.OthersOweIt.Add(a)
		}
	}
	for p, a := range paid {
		n.Payments = append(n.Payments, Payment{p.a, p.b, a})
	}
	slices.SortFunc(n.Payments, func(a, b Payment) int {
		return cmp.Or(cmp.Compare(a.Payer, b.Payer), cmp.Compare(a.Provider, b.Provider))
	})
	for p := range owes {
		if _, both := owes[pair{p.b, p.a}]; both && p.a > p.b {
			continue // the other way round has it
		}
		o := Owed{From: p.a, To: p.b, Charged: owes[p], Taken: owes[pair{p.b, p.a}]}
		if o.Net = o.Charged.Sub(o.Taken); o.Net.Sign() < 0 {
			o = Owed{From: p.b, To: p.a, Charged: o.Taken, Taken: o.Charged, Net: o.Net.Neg()}
		}
		n.Owed = append(n.Owed, o)
	}
	slices.SortFunc(n.Owed, func(a, b Owed) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	for _, l := range boards {
		l.AfterSettlement = l.Paid.Add(l.OwesOthers).Sub(l.OthersOweIt)
		n.ByBoard = append(n.ByBoard, *l)
	}
	slices.SortFunc(n.ByBoard, func(a, b Ledger) int { return cmp.Compare(a.ICB, b.ICB) })
	return n
}

func (l *loader) charges(p *Pool) {
	for _, row := range l.sheet("charges.csv", "host", "icb", "provider", "month", "fixed", "variable", "pass_through", "low_volume").Rows {
		p.Charges = append(p.Charges, Charge{Host: row.Need("host"), ICB: row.Need("icb"), Provider: row.Need("provider"), Month: row.Month("month"),
			Fixed: row.Money("fixed"), Variable: row.Money("variable"), PassThrough: row.Money("pass_through"), LowVolume: row.Yes("low_volume"), Place: row.Place()})
	}
}

// Contract is a contract of several boards with one provider in a year.
type Contract struct {
	ID, Provider, Year string
	Amount             activity.Amount
	Basis              string // population or activity
	Source             string
	Place              string
}

// ContractPart is a board's weight in a contract, while it holds.
type ContractPart struct {
	Contract, ICB string
	Weight        *big.Rat
	From, To      register.Day
	Source        string
	Place         string
}

// MonthShare is what of a month of a contract falls to one board.
type MonthShare struct {
	Month  int
	ICB    string
	Weight *big.Rat // its part, from 0 to 1
	Amount activity.Amount
	From   register.Day // since when the weight holds
	Source string       // of the weight
	Place  string       // of the row that gives the weight
}

// Divided is a contract divided among boards, month by month.
type Divided struct {
	Contract Contract
	Months   []MonthShare
	Totals   []share.Part    // a board each, by code
	Sum      activity.Amount // of the parts: the amount of the contract
}

// Divide divides a contract: its amount into twelve months to the penny, and each month by the weights that
// hold on its first day. The parts add up to the contract, in each month and over the year.
func (p *Pool) Divide(id string) (*Divided, error) {
	i := slices.IndexFunc(p.Contract, func(c Contract) bool { return c.ID == id })
	if i < 0 {
		return nil, fmt.Errorf("contracts.csv has no contract %q", id)
	}
	d := &Divided{Contract: p.Contract[i]}
	months, names := make([]*big.Rat, 12), make([]string, 12)
	for m := range months {
		months[m], names[m] = one, fmt.Sprintf("%02d", m+1)
	}
	phased, err := share.Split(d.Contract.Amount, names, months, share.Penny)
	if err != nil {
		return nil, err
	}
	totals := map[string]activity.Amount{}
	for m := range phased {
		day := firstOf(d.Contract.Year, m+1)
		var keys []string
		var from []*ContractPart
		var weights []*big.Rat
		total := new(big.Rat)
		for k := range p.Shares {
			s := &p.Shares[k]
			if s.Contract == id && s.From <= day && day <= s.To {
				keys, weights, from = append(keys, s.ICB), append(weights, s.Weight), append(from, s)
				total.Add(total, s.Weight)
			}
		}
		parts, err := share.Split(phased[m].Amount, keys, weights, share.Penny)
		if err != nil {
			return nil, fmt.Errorf("contract %s in month %d: no weights hold on %s, or they add up to nothing; add rows to contract_shares.csv", id, m+1, day)
		}
		for j, part := range parts {
			d.Months = append(d.Months, MonthShare{m + 1, part.Key, new(big.Rat).Quo(weights[j], total), part.Amount, from[j].From, from[j].Source, from[j].Place})
			totals[part.Key] = totals[part.Key].Add(part.Amount)
			d.Sum = d.Sum.Add(part.Amount)
		}
	}
	for icb, a := range totals {
		d.Totals = append(d.Totals, share.Part{Key: icb, Exact: share.Of(a), Amount: a})
	}
	slices.SortFunc(d.Totals, func(a, b share.Part) int { return cmp.Compare(a.Key, b.Key) })
	return d, nil
}

// firstOf is the first day of a month of a financial year.
func firstOf(year string, month int) register.Day {
	first, err := strconv.Atoi(year[:4])
	if err != nil {
		return register.NoDay
	}
	t := time.Date(first, time.Month(month+3), 1, 0, 0, 0, 0, time.UTC) // months beyond December are of the next year
	return register.Day(t.Unix() / (24 * 60 * 60))
}

func (l *loader) contracts(p *Pool) {
	known := map[string]bool{}
	for _, row := range l.sheet("contracts.csv", "contract", "provider", "year", "amount", "basis", "source").Rows {
		c := Contract{ID: row.Need("contract"), Provider: row.Need("provider"), Year: row.Year("year"), Amount: row.Money("amount"), Basis: row.Choice("basis", "population", "activity"), Source: row.Need("source"), Place: row.Place()}
		if known[c.ID] {
			row.Fault("contract", "the contract is there twice", "remove one row")
		}
		known[c.ID] = true
		p.Contract = append(p.Contract, c)
	}
	for _, row := range l.sheet("contract_shares.csv", "contract", "icb", "weight", "valid_from", "valid_to?", "source").Rows {
		s := ContractPart{Contract: row.Need("contract"), ICB: row.Need("icb"), Weight: row.Number("weight"), From: row.Day("valid_from", register.Earliest), To: row.Day("valid_to", register.Latest), Source: row.Need("source"), Place: row.Place()}
		if !known[s.Contract] {
			row.Fault("contract", "contracts.csv has no such contract", "add it there")
		}
		for _, o := range p.Shares {
			if o.Contract == s.Contract && o.ICB == s.ICB && o.From <= s.To && s.From <= o.To {
				row.Fault("valid_from", "the weight holds on days on which that of "+o.Place+" holds too", "end one the day before the other begins")
			}
		}
		p.Shares = append(p.Shares, s)
	}
	if len(l.faults) > 0 {
		return
	}
	for _, c := range p.Contract {
		if _, err := p.Divide(c.ID); err != nil {
			l.faults = append(l.faults, sheet.Fault{File: l.name("contract_shares.csv"), Column: "contract", Value: c.ID, Problem: err.Error(), Remedy: "give weights for each month of " + c.Year})
		}
	}
}
