package share

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"remit/activity"
)

// The units that money is rounded to.
var (
	Penny    = activity.Pence(1)
	Pound    = activity.Pence(100)
	Thousand = activity.Pence(100_000)
)

// unitsPerPound is how an activity.Amount counts.
var unitsPerPound = big.NewInt(100_000_000)

// Of is the amount as a fraction, in pounds.
func Of(a activity.Amount) *big.Rat {
	r, ok := new(big.Rat).SetString(a.String())
	if !ok {
		panic("an amount is a decimal") // String promises it
	}
	return r
}

// Amount is the fraction, in pounds, as money; ok is false when it is no whole number of
// 10^-8 pounds, or larger than money may be.
func Amount(r *big.Rat) (a activity.Amount, ok bool) {
	n := new(big.Rat).Mul(r, new(big.Rat).SetInt(unitsPerPound))
	if !n.IsInt() {
		return a, false
	}
	a, _, err := activity.ParseAmount([]byte(r.FloatString(8)))
	return a, err == nil
}

// Nearest is the fraction, in pounds, to the nearest penny, half a penny away from nothing.
func Nearest(r *big.Rat) (a activity.Amount, ok bool) {
	pence, parsed := new(big.Rat).SetString(new(big.Rat).Mul(r, big.NewRat(100, 1)).FloatString(0))
	if !parsed {
		return a, false
	}
	return Amount(pence.Quo(pence, big.NewRat(100, 1)))
}

// Part is what falls to one key.
type Part struct {
	Key    string
	Exact  *big.Rat // before rounding, in pounds
	Amount activity.Amount
}

// ErrNoWeight says that there is nothing to part an amount by.
var ErrNoWeight = errors.New("the weights add up to nothing, so there is nothing to share by")

// Split parts a total by weights, none of which may be negative, and rounds to the
// unit. Keys and weights go together; keys differ from each other. The parts come
// in the order of the keys, and add up to the total. The total need not be a whole
// number of units when its remainder is: it is refused otherwise.
func Split(total activity.Amount, keys []string, weights []*big.Rat, unit activity.Amount) ([]Part, error) {
	sum := new(big.Rat)
	for i, w := range weights {
		if w.Sign() < 0 {
			return nil, fmt.Errorf("%s has the weight %s, which is negative", keys[i], w.RatString())
		}
		sum.Add(sum, w)
	}
	if sum.Sign() == 0 {
		return nil, ErrNoWeight
	}
	whole := new(big.Rat).Quo(Of(total), sum)
	exact := make([]*big.Rat, len(weights))
	for i, w := range weights {
		exact[i] = new(big.Rat).Mul(whole, w)
	}
	return Round(exact, keys, unit)
}

// Round rounds amounts to the unit so that their sum stays as it is. The sum must be a
// whole number of units. Amounts whose sum is negative are rounded as their mirror is,
// so that a credit takes back what the charge was.
func Round(exact []*big.Rat, keys []string, unit activity.Amount) ([]Part, error) {
	sum := new(big.Rat)
	for _, e := range exact {
		sum.Add(sum, e)
	}
	mirrored := sum.Sign() < 0
	perUnit := new(big.Rat).Inv(Of(unit))
	total := new(big.Rat).Mul(sum, perUnit)
	if !total.IsInt() {
		return nil, fmt.Errorf("£%s is not a whole number of units of £%s", sum.FloatString(8), unit)
	}
	left := new(big.Int).Abs(total.Num())
	units := make([]*big.Int, len(exact))
	rest := make([]*big.Rat, len(exact))
	for i, e := range exact {
		u := new(big.Rat).Mul(e, perUnit)
		if mirrored {
			u.Neg(u)
		}
		units[i], rest[i] = floor(u)
		left.Sub(left, units[i])
	}
	for _, i := range byRemainder(rest, keys)[:left.Int64()] {
		units[i].Add(units[i], big.NewInt(1))
	}
	parts := make([]Part, len(exact))
	for i, n := range units {
		if mirrored {
			n.Neg(n)
		}
		a, ok := Amount(new(big.Rat).Mul(new(big.Rat).SetInt(n), Of(unit)))
		if !ok {
			return nil, fmt.Errorf("£%s is more than an amount of money may be", new(big.Rat).SetInt(n).FloatString(0))
		}
		parts[i] = Part{Key: keys[i], Exact: exact[i], Amount: a}
	}
	return parts, nil
}

// floor is the whole number below, and what is above it.
func floor(r *big.Rat) (*big.Int, *big.Rat) {
	n := new(big.Int).Div(r.Num(), r.Denom()) // Euclidean: below, for a denominator above zero
	return n, new(big.Rat).Sub(r, new(big.Rat).SetInt(n))
}

// byRemainder orders the places by what was cut off, the largest first, ties by key.
func byRemainder(rest []*big.Rat, keys []string) []int {
	order := make([]int, len(rest))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		if c := rest[b].Cmp(rest[a]); c != 0 {
			return c
		}
		return strings.Compare(keys[a], keys[b])
	})
	return order
}

// Sum adds the amounts of parts.
func Sum(parts []Part) activity.Amount {
	var sum activity.Amount
	for _, p := range parts {
		sum = sum.Add(p.Amount)
	}
	return sum
}

// Sterling writes an amount in pounds and pence with its sign in front: -£1,234.50.
func Sterling(a activity.Amount) string {
	if a.Sign() < 0 {
		return "-£" + a.Neg().Pounds()
	}
	return "£" + a.Pounds()
}

// Number reads a decimal such as 0.25 or 25%; a blank is refused, and so is all that people
// do not write as a number (1e9, 1/3, 0x10).
func Number(text string) (*big.Rat, error) {
	s, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	s = strings.ReplaceAll(strings.TrimSpace(s), ",", "")
	if s == "" || len(s) > 40 || strings.Trim(strings.TrimPrefix(strings.TrimPrefix(s, "-"), "+"), "0123456789.") != "" {
		return nil, fmt.Errorf("%q is not a decimal number", text)
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return nil, fmt.Errorf("%q is not a decimal number", text)
	}
	if percent {
		r.Quo(r, big.NewRat(100, 1))
	}
	return r, nil
}
