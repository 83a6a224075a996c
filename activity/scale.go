package activity

import (
	"math/big"
	"math/bits"
)

// Scale is a × of / over, rounded to the unit, half of one away from zero. over
// must not be 0. A result too large for an Amount wraps, as Add does.
func (a Amount) Scale(of, over int64) Amount {
	hi, lo, negative := a.magnitude()
	m, d := size(of), size(over)
	negative = negative != (of < 0) != (over < 0)
	// 128 bits times 64 are 192, in three words.
	carry, low := bits.Mul64(lo, m)
	top, mid := bits.Mul64(hi, m)
	mid, c := bits.Add64(mid, carry, 0)
	top += c
	var rest uint64
	rest = top % d
	mid, rest = bits.Div64(rest, mid, d)
	low, rest = bits.Div64(rest, low, d)
	if rest >= d-rest { // twice the rest is d or more
		low, c = bits.Add64(low, 1, 0)
		mid += c
	}
	out := Amount{int64(mid), low}
	if negative {
		return out.Neg()
	}
	return out
}

func size(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// Units are the whole units of 10^-8 pounds in a, and whether they fit.
func (a Amount) Units() (n int64, fits bool) {
	return int64(a.lo), a.hi == 0 && a.lo < 1<<63 || a.hi == -1 && a.lo >= 1<<63
}

// FromUnits is an amount of n units of 10^-8 pounds.
func FromUnits(n int64) Amount {
	if n < 0 {
		return Amount{-1, uint64(n)}
	}
	return Amount{0, uint64(n)}
}

// Abs is the size of a, without its sign.
func (a Amount) Abs() Amount {
	if a.Sign() < 0 {
		return a.Neg()
	}
	return a
}

// Ratio is a / over, for showing shares; 0 where over is nothing.
func (a Amount) Ratio(over Amount) float64 {
	if over.IsZero() {
		return 0
	}
	ratio, _ := new(big.Rat).SetFrac(a.big(), over.big()).Float64()
	return ratio
}

// Split shares a out by weights, none of which may be negative, so that the shares
// sum to a exactly. Without any weight the last takes all.
func (a Amount) Split(weights []Amount) []Amount {
	shares := make([]Amount, len(weights))
	if len(weights) == 0 {
		return shares
	}
	whole := new(big.Int)
	for _, w := range weights {
		whole.Add(whole, w.big())
	}
	var before Amount
	soFar := new(big.Int)
	for i, w := range weights[:len(weights)-1] {
		if whole.Sign() == 0 {
			break
		}
		soFar.Add(soFar, w.big())
		now := fromBig(new(big.Int).Quo(new(big.Int).Mul(a.big(), soFar), whole))
		shares[i], before = now.Sub(before), now
	}
	shares[len(shares)-1] = a.Sub(before)
	return shares
}

func (a Amount) big() *big.Int {
	n := new(big.Int).Lsh(big.NewInt(a.hi), 64)
	return n.Add(n, new(big.Int).SetUint64(a.lo))
}

// fromBig is the amount of n units; n is within what an Amount holds.
func fromBig(n *big.Int) Amount {
	low := new(big.Int).And(n, new(big.Int).SetUint64(1<<64-1))
	return Amount{new(big.Int).Rsh(n, 64).Int64(), low.Uint64()}
}
