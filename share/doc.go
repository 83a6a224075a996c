// Package share parts an amount of money among keys, exactly: what is handed out
// is what there was, to the last unit.
//
// Amounts are computed as fractions (math/big.Rat) and rounded once, at the end,
// by the largest remainder: each part is cut down to the unit, and the units that
// are left go one each to the parts that lost most, ties by key in order. Money is
// activity.Amount, in units of 10^-8 pounds. The package is pure.
package share
