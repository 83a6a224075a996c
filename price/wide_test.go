package price

import (
	"math/big"
	"math/rand/v2"
	"testing"
)

// TestTimesAgainstFractions holds the fixed-width arithmetic against exact fractions.
func TestTimesAgainstFractions(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200_000 {
		base := big.NewInt(random.Int64N(1 << random.IntN(50)))
		uplift := big.NewInt(100_000_000 + random.Int64N(100_000_000))
		factor := big.NewInt(90_000_000 + random.Int64N(50_000_000))
		by := uint64(1 + 11*random.IntN(2))
		count := random.Int64N(1<<(1+random.IntN(45))) - random.Int64N(1<<20)
		w, ok := wideOf(new(big.Int).Mul(base, uplift), factor, by)
		if !ok {
			t.Fatalf("%s x %s x %s has no room", base, uplift, factor)
		}
		for _, places := range []int64{8, 2} {
			got, ok := w.times(count, places == 2)
			if !ok {
				t.Fatalf("%s x %s x %s x %d has no room", base, uplift, factor, count)
			}
			exact := new(big.Int).Mul(base, uplift)
			exact.Mul(exact, factor).Mul(exact, big.NewInt(count))
			want := roundHalfUp(exact, 32, int64(by), places)
			if unitsOf(got).Cmp(want) != 0 {
				t.Fatalf("%s x %s x %s x %d / %d to %d places is %s, want %s units", base, uplift, factor, count, by, places, got, want)
			}
		}
	}
}

// roundHalfUp rounds n x 10^-scale / by to places, and gives units of 10^-8.
func roundHalfUp(n *big.Int, scale, by, places int64) *big.Int {
	divisor := new(big.Int).Exp(big.NewInt(10), big.NewInt(scale-places), nil)
	divisor.Mul(divisor, big.NewInt(by))
	size := new(big.Rat).SetFrac(new(big.Int).Abs(n), divisor)
	size.Add(size, big.NewRat(1, 2))
	whole := new(big.Int).Quo(size.Num(), size.Denom())
	whole.Mul(whole, new(big.Int).Exp(big.NewInt(10), big.NewInt(8-places), nil))
	if n.Sign() < 0 {
		whole.Neg(whole)
	}
	return whole
}

func TestTimesWithoutRoom(t *testing.T) {
	huge := new(big.Int).Exp(big.NewInt(10), big.NewInt(26), nil)
	if _, ok := wideOf(new(big.Int).Mul(huge, one), one, 1); ok {
		t.Error("a price of 10^18 pounds found room")
	}
	w, ok := wideOf(new(big.Int).Exp(big.NewInt(10), big.NewInt(30), nil), one, 1)
	if !ok {
		t.Fatal("a price of 10^14 pounds has no room")
	}
	if a, ok := w.times(1<<62, false); ok && a.Sign() <= 0 {
		t.Errorf("overflow to %s", a)
	}
}
