package activity

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
