package price

import (
	"math/big"
	"math/bits"

	"remit/activity"
)

// A price, a rate and a factor have 8 decimals each, so that their product has
// 24. A wide holds such a product whole: it is a number of 10^-24 pounds, over a
// small divisor (12 where a price for a year is paid by the month). 128 bits
// take it to 3.4 x 10^14 pounds a unit.
type wide struct {
	hi, lo uint64
	by     uint64 // the divisor, 1 to maxDivisor
}

const (
	decimals   = 8
	maxDivisor = 12
	tenTo12    = 1_000_000_000_000
)

var (
	one    = big.NewInt(100_000_000) // 1 with 8 decimals
	two128 = new(big.Int).Lsh(big.NewInt(1), 128)
)

// wideOf multiplies a value of 16 decimals, a price with what its rates add, by a
// factor of 8. Neither is negative. ok is false when the product is too large.
func wideOf(value, factor *big.Int, by uint64) (w wide, ok bool) {
	n := new(big.Int).Mul(value, factor)
	if n.Sign() < 0 || n.Cmp(two128) >= 0 {
		return wide{}, false
	}
	lo := new(big.Int).And(n, new(big.Int).SetUint64(^uint64(0)))
	return wide{new(big.Int).Rsh(n, 64).Uint64(), lo.Uint64(), by}, true
}

// times is the amount of a count at the price, rounded once, half up, to units
// of 10^-8 pounds, or with pence set to pence. The count is in 10^-8 and may be
// negative; a credit mirrors the charge that it takes back. ok is false when
// the amount has no room in 18 digits before the point.
func (w wide) times(count int64, pence bool) (a activity.Amount, ok bool) {
	negative := count < 0
	n := uint64(count)
	if negative {
		n = -n
	}
	// The product has 32 decimals. 24 of them go, or 30 for pence.
	p1, p0 := bits.Mul64(w.lo, n)
	p2, mid := bits.Mul64(w.hi, n)
	var carry uint64
	p1, carry = bits.Add64(p1, mid, 0)
	p2 += carry // cannot overflow: the product of 128 and 64 bits has 192
	if w.by == 0 {
		return activity.Amount{}, n == 0
	}
	last := uint64(tenTo12) * w.by
	if pence {
		return penceOf(p2, p1, p0, w.by, negative)
	}
	p2, p1, p0, ok = addHalf(p2, p1, p0, tenTo12, last)
	p2, p1, p0 = divide192(p2, p1, p0, tenTo12)
	p2, p1, p0 = divide192(p2, p1, p0, last)
	if !ok || p2 != 0 || p1 >= 1<<63 {
		return activity.Amount{}, false
	}
	return activity.AmountOfUnits(p1, p0, negative), true
}

// penceOf rounds a number of 10^-32 pounds over a divisor to pence.
func penceOf(p2, p1, p0, by uint64, negative bool) (a activity.Amount, ok bool) {
	n := new(big.Int).SetUint64(p2)
	for _, word := range []uint64{p1, p0} {
		n.Lsh(n, 64).Or(n, new(big.Int).SetUint64(word))
	}
	divisor := new(big.Int).Exp(big.NewInt(10), big.NewInt(30), nil)
	divisor.Mul(divisor, new(big.Int).SetUint64(by))
	n.Add(n, new(big.Int).Rsh(divisor, 1))
	n.Quo(n, divisor)
	n.Mul(n, big.NewInt(1_000_000))
	return amountOf(n, negative)
}

func amountOf(n *big.Int, negative bool) (a activity.Amount, ok bool) {
	if n.BitLen() > 127 {
		return activity.Amount{}, false
	}
	lo := new(big.Int).And(n, new(big.Int).SetUint64(^uint64(0)))
	return activity.AmountOfUnits(new(big.Int).Rsh(n, 64).Uint64(), lo.Uint64(), negative), true
}

// addHalf adds half of a x b, which is even, before a division by it.
func addHalf(p2, p1, p0, a, b uint64) (uint64, uint64, uint64, bool) {
	hi, lo := bits.Mul64(a/2, b)
	p0, carry := bits.Add64(p0, lo, 0)
	p1, carry = bits.Add64(p1, hi, carry)
	p2, carry = bits.Add64(p2, 0, carry)
	return p2, p1, p0, carry == 0
}

// divide192 drops the rest. Dividing by a and then by b, each time without the
// rest, is dividing by a x b.
func divide192(p2, p1, p0, by uint64) (uint64, uint64, uint64) {
	q2, rest := p2/by, p2%by
	q1, rest := bits.Div64(rest, p1, by)
	q0, _ := bits.Div64(rest, p0, by)
	return q2, q1, q0
}

// unitsOf is a decimal of 8 places as a whole number.
func unitsOf(a activity.Amount) *big.Int {
	hi, lo, negative := a.Words()
	n := new(big.Int).SetUint64(hi)
	n.Lsh(n, 64).Or(n, new(big.Int).SetUint64(lo))
	if negative {
		n.Neg(n)
	}
	return n
}

// smallUnits is a decimal of 8 places as an int64; ok is false when it has no room.
func smallUnits(a activity.Amount) (n int64, ok bool) {
	hi, lo, negative := a.Words()
	if hi != 0 || lo > 1<<63-1 {
		return 0, false
	}
	if negative {
		return -int64(lo), true
	}
	return int64(lo), true
}
