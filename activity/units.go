package activity

import "math/bits"

// AmountOfUnits is the amount of hi x 2^64 + lo units of 10^-8 pounds, below
// zero when negative is set. hi must be below 2^63.
func AmountOfUnits(hi, lo uint64, negative bool) Amount {
	a := Amount{int64(hi), lo}
	if negative {
		return a.Neg()
	}
	return a
}

// Words are the units of 10^-8 pounds in the size of the amount, as a 128-bit
// number, and whether the amount is below zero.
func (a Amount) Words() (hi, lo uint64, negative bool) { return a.magnitude() }

// RoundToPence rounds to whole pence, half a penny up; of a negative amount
// down, so that a credit mirrors the charge it takes back.
func (a Amount) RoundToPence() Amount {
	hi, lo, negative := a.magnitude()
	a = AmountOfUnits(hi, lo, false).Add(Amount{0, unitsPerPenny / 2})
	_, _, rest := divide(uint64(a.hi), a.lo, unitsPerPenny)
	a = a.Sub(Amount{0, rest})
	if negative {
		return a.Neg()
	}
	return a
}

// Units is an amount of so many units of 10^-8 pounds.
func Units(n int64) Amount { return Amount{n >> 63, uint64(n)} }

// Mul is a x b / 10^8, the product of two amounts read as numbers, with what is
// beyond eight places cut off. ok is false when it does not fit.
func (a Amount) Mul(b Amount) (product Amount, ok bool) {
	aHi, aLo, aNegative := a.magnitude()
	bHi, bLo, bNegative := b.magnitude()
	if aHi != 0 && bHi != 0 {
		return Amount{}, false
	}
	if aHi != 0 { // keep the wide one in b
		aHi, aLo, bHi, bLo = bHi, bLo, aHi, aLo
	}
	// a is 64 bits wide and b 128: the product has 192.
	mid, low := bits.Mul64(aLo, bLo)
	high, more := bits.Mul64(aLo, bHi)
	mid, carry := bits.Add64(mid, more, 0)
	high += carry
	if high >= unitsPerPound {
		return Amount{}, false
	}
	mid, rest := bits.Div64(high, mid, unitsPerPound)
	low, _ = bits.Div64(rest, low, unitsPerPound)
	if mid > 1<<62 {
		return Amount{}, false
	}
	product = Amount{int64(mid), low}
	if aNegative != bNegative {
		product = product.Neg()
	}
	return product, true
}
