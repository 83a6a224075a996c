package monitor

import (
	"cmp"
	"slices"

	"remit/activity"
)

// Transfer is money that one payer would no longer pay and another would.
type Transfer struct {
	From, To string // payers; Pricing where money comes or goes by another price
	Price    activity.Amount
}

// Pricing stands for what is paid more or less in all, not moved between payers.
const Pricing = "price"

// Balance is what a what-if means for one payer, or for Pricing.
type Balance struct {
	Payer         string
	Before, After activity.Amount
	Change        activity.Amount // after less before
}

// Difference is whose money moves, from whom to whom.
type Difference struct {
	Transfers []Transfer // the largest first
	Balances  []Balance  // by payer; their changes, that of Pricing among them, sum to nothing
}

// Compare sets a what-if against the view as it is. Both have the same records: what
// differs is who pays (the dimension by: ICB, Commissioner, Region), or what. Money
// moves within what is otherwise alike (provider, practice, line, point of delivery,
// chapter and month): the more finely cells are cut, the surer is from whom to whom.
// Where several lose and several gain within one, each loser's money goes to the
// gainers in proportion to what they gain.
func Compare(before, after *View, by Dimension) Difference {
	type alike struct {
		provider, practice, line, pod, chapter, month string
		year                                          int
	}
	changes := map[alike]map[string]activity.Amount{}
	var order []alike
	sums := map[string]*Balance{}
	take := func(v *View, add func(b *Balance, price activity.Amount) activity.Amount) {
		for i := range v.rows {
			r := &v.rows[i]
			k := alike{r.cell.Provider, r.cell.Practice, r.cell.Line, r.cell.POD, r.cell.Chapter, r.values[MonthOfYear], r.cell.Year}
			if changes[k] == nil {
				changes[k] = map[string]activity.Amount{}
				order = append(order, k)
			}
			payer := r.values[by]
			if sums[payer] == nil {
				sums[payer] = &Balance{Payer: payer}
			}
			changes[k][payer] = changes[k][payer].Add(add(sums[payer], r.cell.ActualPrice))
		}
	}
	take(before, func(b *Balance, price activity.Amount) activity.Amount {
		b.Before = b.Before.Add(price)
		return price.Neg()
	})
	take(after, func(b *Balance, price activity.Amount) activity.Amount { b.After = b.After.Add(price); return price })
	moved := map[[2]string]activity.Amount{}
	for _, k := range order {
		settle(changes[k], moved)
	}
	return difference(moved, sums)
}

// settle moves money from those who pay less to those who pay more. What does not
// balance comes of a price.
func settle(changes map[string]activity.Amount, moved map[[2]string]activity.Amount) {
	var losers, gainers []Transfer
	var sum activity.Amount
	for payer, change := range changes {
		sum = sum.Add(change)
		switch change.Sign() {
		case -1:
			losers = append(losers, Transfer{From: payer, Price: change.Neg()})
		case 1:
			gainers = append(gainers, Transfer{To: payer, Price: change})
		}
	}
	switch sum.Sign() {
	case -1:
		gainers = append(gainers, Transfer{To: Pricing, Price: sum.Neg()})
	case 1:
		losers = append(losers, Transfer{From: Pricing, Price: sum})
	}
	slices.SortFunc(losers, func(a, b Transfer) int { return cmp.Compare(a.From, b.From) })
	slices.SortFunc(gainers, func(a, b Transfer) int { return cmp.Compare(a.To, b.To) })
	left := make([]activity.Amount, len(gainers))
	for i, x := range gainers {
		left[i] = x.Price
	}
	for _, x := range losers {
		for i, price := range x.Price.Split(left) {
			if price.IsZero() {
				continue
			}
			k := [2]string{x.From, gainers[i].To}
			moved[k] = moved[k].Add(price)
			left[i] = left[i].Sub(price)
		}
	}
}

func difference(moved map[[2]string]activity.Amount, sums map[string]*Balance) Difference {
	d := Difference{Transfers: []Transfer{}, Balances: []Balance{}}
	var priced activity.Amount
	for k, price := range moved {
		d.Transfers = append(d.Transfers, Transfer{k[0], k[1], price})
		if k[0] == Pricing {
			priced = priced.Sub(price)
		}
		if k[1] == Pricing {
			priced = priced.Add(price)
		}
	}
	for _, b := range sums {
		b.Change = b.After.Sub(b.Before)
		d.Balances = append(d.Balances, *b)
	}
	d.Balances = append(d.Balances, Balance{Payer: Pricing, Change: priced})
	slices.SortFunc(d.Transfers, func(a, b Transfer) int {
		return cmp.Or(b.Price.Cmp(a.Price), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	slices.SortFunc(d.Balances, func(a, b Balance) int { return cmp.Compare(a.Payer, b.Payer) })
	return d
}
