package report

import (
	"math/big"
	"sort"

	"remit/activity"
	"remit/assign"
)

// sum is a number of records and their money.
type sum struct {
	rows int64
	cost activity.Amount
}

func (s sum) plus(o sum) sum  { return sum{s.rows + o.rows, s.cost.Add(o.cost)} }
func (s sum) minus(o sum) sum { return sum{s.rows - o.rows, s.cost.Sub(o.cost)} }

// weight is what shares are worked out from: the money, or the records of
// files without costs.
func (s sum) weight(costed bool) *big.Rat {
	if costed {
		return exact(s.cost)
	}
	return new(big.Rat).SetInt64(s.rows)
}

func cellSum(c *assign.Cell) sum     { return sum{c.Rows, c.Cost} }
func pairSum(c *assign.PairCell) sum { return sum{c.Rows, c.Cost} }

// part is the rows that share a key.
type part[K comparable] struct {
	key K
	sum
}

// split adds a list up by key, the largest part first. Credits count by their
// size: a large refund matters as much as a large charge.
func split[T any, K comparable](list []T, of func(*T) sum, key func(*T) K, before func(a, b K) bool) []part[K] {
	at := map[K]int{}
	var parts []part[K]
	for i := range list {
		k := key(&list[i])
		n, seen := at[k]
		if !seen {
			n = len(parts)
			at[k] = n
			parts = append(parts, part[K]{key: k})
		}
		parts[n].sum = parts[n].plus(of(&list[i]))
	}
	sort.Slice(parts, func(i, j int) bool {
		a, b := &parts[i], &parts[j]
		if c := size(a.cost).Cmp(size(b.cost)); c != 0 {
			return c > 0
		}
		if a.rows != b.rows {
			return a.rows > b.rows
		}
		return before(a.key, b.key)
	})
	return parts
}

func size(a activity.Amount) activity.Amount {
	if a.Sign() < 0 {
		return a.Neg()
	}
	return a
}

func byText(a, b string) bool { return a < b }

func byTexts(a, b [2]string) bool {
	if a[0] != b[0] {
		return a[0] < b[0]
	}
	return a[1] < b[1]
}

// only keeps the items of a list that are wanted.
func only[T any](list []T, wanted func(*T) bool) []T {
	var kept []T
	for i := range list {
		if wanted(&list[i]) {
			kept = append(kept, list[i])
		}
	}
	return kept
}

// total adds a list up.
func total[T any](list []T, of func(*T) sum) sum {
	var t sum
	for i := range list {
		t = t.plus(of(&list[i]))
	}
	return t
}
