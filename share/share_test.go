package share_test

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"remit/activity"
	"remit/share"
)

func money(t testing.TB, s string) activity.Amount {
	t.Helper()
	a, present, err := activity.ParseAmount([]byte(s))
	if err != nil || !present {
		t.Fatalf("%q: %v", s, err)
	}
	return a
}

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		name, total string
		keys        []string
		weights     []int64
		unit        activity.Amount
		want        []string
	}{
		{"evenly", "10", []string{"A", "B"}, []int64{1, 1}, share.Penny, []string{"5", "5"}},
		{"thirds: the odd penny goes to the first code", "1", []string{"C", "B", "A"}, []int64{1, 1, 1}, share.Penny, []string{"0.33", "0.33", "0.34"}},
		{"the largest fraction first", "1.00", []string{"A", "B", "C"}, []int64{1, 2, 4}, share.Penny, []string{"0.14", "0.29", "0.57"}},
		{"a credit mirrors the charge", "-1", []string{"C", "B", "A"}, []int64{1, 1, 1}, share.Penny, []string{"-0.33", "-0.33", "-0.34"}},
		{"in thousands", "10000", []string{"A", "B", "C"}, []int64{1, 1, 1}, share.Thousand, []string{"4000", "3000", "3000"}},
		{"nothing for no weight", "7", []string{"A", "B"}, []int64{0, 5}, share.Penny, []string{"0", "7"}},
		{"a three-way split of a board, by registered patients", "1000000.01", []string{"S0E4D", "QRL", "S9B9J"}, []int64{501571, 195506, 155422}, share.Penny,
			[]string{"588353.78", "229332.82", "182313.41"}},
	} {
		weights := make([]*big.Rat, len(c.weights))
		for i, w := range c.weights {
			weights[i] = big.NewRat(w, 1)
		}
		parts, err := share.Split(money(t, c.total), c.keys, weights, c.unit)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var got []string
		for _, p := range parts {
			got = append(got, p.Amount.String())
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		if share.Sum(parts) != money(t, c.total) {
			t.Errorf("%s: the parts add up to %s", c.name, share.Sum(parts))
		}
	}
}

func TestSplitRefuses(t *testing.T) {
	one := []*big.Rat{big.NewRat(1, 1)}
	if _, err := share.Split(money(t, "1"), []string{"A"}, []*big.Rat{big.NewRat(-1, 1)}, share.Penny); err == nil {
		t.Error("a negative weight is taken")
	}
	if _, err := share.Split(money(t, "1"), []string{"A"}, []*big.Rat{new(big.Rat)}, share.Penny); err == nil {
		t.Error("weights of nothing are taken")
	}
	if _, err := share.Split(money(t, "1.005"), []string{"A"}, one, share.Penny); err == nil {
		t.Error("half a penny is rounded away")
	}
}

// Conservation, closeness to the exact amount, symmetry in the order, and monotonicity in
// the weight, for many splits.
func TestSplitProperties(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		n := 1 + random.IntN(12)
		keys, weights := make([]string, n), make([]*big.Rat, n)
		for i := range n {
			keys[i] = string(rune('A' + i))
			weights[i] = big.NewRat(random.Int64N(1_000_000)+1, random.Int64N(1000)+1)
		}
		total := activity.Pence(random.Int64N(2_000_000_000_000) - 1_000_000_000_000)
		parts, err := share.Split(total, keys, weights, share.Penny)
		if err != nil {
			t.Fatal(err)
		}
		if share.Sum(parts) != total {
			t.Fatalf("%v of %s add up to %s", weights, total, share.Sum(parts))
		}
		for i, p := range parts {
			off := new(big.Rat).Sub(share.Of(p.Amount), p.Exact)
			if off.Abs(off).Cmp(big.NewRat(1, 100)) >= 0 {
				t.Fatalf("%s gets %s, a penny or more from %s", p.Key, p.Amount, p.Exact.FloatString(6))
			}
			for j, q := range parts {
				heavier := weights[i].Cmp(weights[j]) > 0
				if heavier && share.Of(p.Amount).Cmp(share.Of(q.Amount)) < 0 && total.Sign() > 0 {
					t.Fatalf("%s weighs more than %s and gets less", p.Key, q.Key)
				}
			}
		}
		slices.Reverse(keys)
		slices.Reverse(weights)
		again, err := share.Split(total, keys, weights, share.Penny)
		if err != nil {
			t.Fatal(err)
		}
		slices.Reverse(again)
		for i, p := range parts {
			if p.Amount != again[i].Amount {
				t.Fatalf("the order of the keys changes what %s gets", p.Key)
			}
		}
	}
}

func FuzzNumber(f *testing.F) {
	for _, s := range []string{"", "0.25", "25%", "-1,000.5", "1e9", "1/3", "0x10", "..", "%", "٣"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := share.Number(s)
		if err == nil && r == nil {
			t.Errorf("%q is neither a number nor a fault", s)
		}
	})
}
