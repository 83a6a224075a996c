package activity

import "math/bits"

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
