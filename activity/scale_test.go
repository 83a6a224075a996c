package activity

import (
	"math/big"
	"math/rand/v2"
	"testing"
)

func TestScale(t *testing.T) {
	for _, x := range []struct {
		a        string
		of, over int64
		want     string
	}{
		{"100", 1, 3, "33.33333333"},
		{"200", 1, 3, "66.66666667"},
		{"-200", 1, 3, "-66.66666667"},
		{"200", -1, 3, "-66.66666667"},
		{"200", -1, -3, "66.66666667"},
		{"0.00000001", 1, 2, "0.00000001"}, // half a unit, away from zero
		{"-0.00000001", 1, 2, "-0.00000001"},
		{"0.00000001", 1, 3, "0"},
		{"1000", 0, 7, "0"},
		{"999999999999999999.99999999", 3, 3, "999999999999999999.99999999"},
	} {
		a, _, err := ParseAmount([]byte(x.a))
		if err != nil {
			t.Fatal(err)
		}
		if got := a.Scale(x.of, x.over).String(); got != x.want {
			t.Errorf("%s × %d / %d: got %s, want %s", x.a, x.of, x.over, got, x.want)
		}
	}
}

// TestScaleAgainstBig compares with arithmetic that has no bounds.
func TestScaleAgainstBig(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		a := FromUnits(r.Int64()-r.Int64()).Scale(r.Int64N(1<<20)+1, 1)
		of, over := r.Int64N(1<<40)-1<<39, r.Int64N(1<<40)-1<<39
		if over == 0 {
			continue
		}
		want := new(big.Rat).SetFrac(new(big.Int).Mul(a.big(), big.NewInt(of)), big.NewInt(over))
		diff := new(big.Rat).Sub(new(big.Rat).SetInt(a.Scale(of, over).big()), want)
		if diff.Abs(diff).Cmp(big.NewRat(1, 2)) > 0 {
			t.Fatalf("%s × %d / %d is off by %s units", a, of, over, diff.FloatString(3))
		}
		if back := fromBig(a.big()); back != a {
			t.Fatalf("%s comes back as %s", a, back)
		}
	}
}

func TestSplit(t *testing.T) {
	amounts := func(texts ...string) (all []Amount) {
		for _, text := range texts {
			a, _, err := ParseAmount([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, a)
		}
		return all
	}
	for _, x := range []struct {
		a       string
		weights []Amount
		want    []Amount
	}{
		{"100", amounts("1", "1", "2"), amounts("25", "25", "50")},
		{"0.00000001", amounts("1", "1"), amounts("0", "0.00000001")},
		{"100", amounts("0", "5"), amounts("0", "100")},
		{"100", amounts("0", "0"), amounts("0", "100")},
		{"100", nil, nil},
	} {
		got := amounts(x.a)[0].Split(x.weights)
		for i := range got {
			if got[i] != x.want[i] {
				t.Errorf("%s by %v: got %v, want %v", x.a, x.weights, got, x.want)
				break
			}
		}
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range 5_000 { // shares sum, and none exceeds its weight where the weights hold the whole
		weights := make([]Amount, 1+r.IntN(6))
		var sum, shared Amount
		for i := range weights {
			weights[i] = FromUnits(r.Int64N(1000))
			sum = sum.Add(weights[i])
		}
		units, _ := sum.Units()
		a := FromUnits(r.Int64N(units + 1))
		for i, share := range a.Split(weights) {
			shared = shared.Add(share)
			if share.Sign() < 0 || share.Cmp(weights[i]) > 0 && !sum.IsZero() {
				t.Fatalf("%v of %v by %v: share %v", a, sum, weights, share)
			}
		}
		if shared != a {
			t.Fatalf("%v shared as %v", a, shared)
		}
	}
}

func TestUnitsAndRatio(t *testing.T) {
	for _, n := range []int64{0, 1, -1, 1<<63 - 1, -1 << 63} {
		if got, fits := FromUnits(n).Units(); got != n || !fits {
			t.Errorf("%d comes back as %d, %t", n, got, fits)
		}
	}
	if _, fits := FromUnits(1<<63 - 1).Add(FromUnits(1)).Units(); fits {
		t.Error("2^63 fits")
	}
	if got := Pence(-150).Ratio(Pence(200)); got != -0.75 {
		t.Error(got)
	}
	if got := Pence(1).Ratio(Amount{}); got != 0 {
		t.Error(got)
	}
}
