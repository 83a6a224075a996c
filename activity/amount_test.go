package activity

import (
	"errors"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestParseAmount(t *testing.T) {
	tests := []struct{ text, want string }{
		{"0", "0"}, {"1", "1"}, {"1234.56", "1234.56"}, {"-1234.50", "-1234.5"}, {"0.00000001", "0.00000001"},
		{"999999999999999999.99999999", "999999999999999999.99999999"}, {"-999999999999999999.99999999", "-999999999999999999.99999999"},
		{".5", "0.5"}, {"5.", "5"}, {"-0", "0"}, {"-0.00", "0"}, {"+7.25", "7.25"},
		{"1,234.56", "1234.56"}, {"1,234,567", "1234567"}, {"1 234 567.8", "1234567.8"}, {"1\u00A0234.5", "1234.5"}, {"-1,234.56", "-1234.56"},
		{"£1,234.56", "1234.56"}, {"\xA312.30", "12.3"}, {"Â£12.30", "12.3"}, {"\uFFFD12.30", "12.3"}, {"£ 12.30 ", "12.3"},
		{"-£12.30", "-12.3"}, {"£-12.30", "-12.3"}, {"£12.30-", "-12.3"}, {"12.30-", "-12.3"}, {"12.30 -", "-12.3"}, {"\u221212.30", "-12.3"},
		{"(12.30)", "-12.3"}, {"(£1,234.00)", "-1234"}, {"£(1,234.00)", "-1234"}, {" ( 12.30 ) ", "-12.3"},
		{"1.500000000000", "1.5"}, {"000000000000000000000012.30", "12.3"}, {"\u00A012\u00A0", "12"},
	}
	for _, tt := range tests {
		a, present, err := ParseAmount([]byte(tt.text))
		if err != nil || !present || a.String() != tt.want {
			t.Errorf("ParseAmount(%q) = %s, %v, %v, want %s", tt.text, a, present, err, tt.want)
		}
	}
}

func TestParseAmountBlank(t *testing.T) {
	for _, text := range []string{"", " ", "\t", "\u00A0 "} {
		if a, present, err := ParseAmount([]byte(text)); !a.IsZero() || present || err != nil {
			t.Errorf("ParseAmount(%q) = %s, %v, %v, want nothing", text, a, present, err)
		}
	}
}

func TestParseAmountRefuses(t *testing.T) {
	tests := []struct{ text, says string }{
		{"TBC", "not a decimal number"}, {"-", "not a decimal number"}, {".", "not a decimal number"}, {"£", "not a decimal number"},
		{"1.2.3", "not a decimal number"}, {"1e5", "not a decimal number"}, {"12p", "not a decimal number"}, {"()", "not a decimal number"},
		{"1,23", "part thousands"}, {"12,34,567", "part thousands"}, {"1,234 567", "part thousands"}, {",123", "part thousands"},
		{"1234567890123456789", "18 digits"}, {"0.123456789", "8 digits"},
		{"--5", "more than one sign"}, {"-5-", "more than one sign"}, {"(-5)", "more than one sign"}, {"££5", "pound sign"}, {"(5", "not closed"}, {"5)", "not a decimal"},
	}
	for _, tt := range tests {
		a, _, err := ParseAmount([]byte(tt.text))
		var fault *AmountError
		if !errors.As(err, &fault) || fault.Value != tt.text || !strings.Contains(fault.Problem, tt.says) || !a.IsZero() {
			t.Errorf("ParseAmount(%q) = %s, %v, want a fault that says %q", tt.text, a, err, tt.says)
		}
	}
}

func TestPounds(t *testing.T) {
	tests := []struct{ text, want string }{
		{"0", "0.00"}, {"1234.56", "1,234.56"}, {"1234567.005", "1,234,567.01"}, {"0.004999", "0.00"}, {"0.005", "0.01"},
		{"-0.004", "0.00"}, {"-1.005", "-1.01"}, {"999.995", "1,000.00"}, {"-1234567890.1", "-1,234,567,890.10"},
		{"999999999999999999.99999999", "1,000,000,000,000,000,000.00"},
	}
	for _, tt := range tests {
		a, _, err := ParseAmount([]byte(tt.text))
		if err != nil || a.Pounds() != tt.want {
			t.Errorf("%s in pounds is %s, %v, want %s", tt.text, a.Pounds(), err, tt.want)
		}
	}
}

func bigOf(a Amount) *big.Int {
	n := new(big.Int).Lsh(big.NewInt(a.hi), 64)
	return n.Add(n, new(big.Int).SetUint64(a.lo))
}

func randomAmount(r *rand.Rand) Amount {
	a := amountOf(r.Uint64N(1_000_000_000_000_000_000)>>r.UintN(60), r.Uint64N(unitsPerPound), r.IntN(2) == 0)
	if r.IntN(20) == 0 {
		return Amount{}
	}
	return a
}

// The arithmetic agrees with numbers of any size.
func TestAmountArithmetic(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		a, b := randomAmount(r), randomAmount(r)
		x, y := bigOf(a), bigOf(b)
		if got, want := bigOf(a.Add(b)), new(big.Int).Add(x, y); got.Cmp(want) != 0 {
			t.Fatalf("%s + %s = %s, want %s units", a, b, got, want)
		}
		if got, want := bigOf(a.Sub(b)), new(big.Int).Sub(x, y); got.Cmp(want) != 0 {
			t.Fatalf("%s - %s = %s, want %s units", a, b, got, want)
		}
		if a.Cmp(b) != x.Cmp(y) || a.Sign() != x.Sign() || bigOf(a.Neg()).Cmp(new(big.Int).Neg(x)) != 0 {
			t.Fatalf("%s and %s do not compare as %s and %s", a, b, x, y)
		}
		if back, _, err := ParseAmount([]byte(a.String())); err != nil || back != a {
			t.Fatalf("%s reads back as %s, %v", a, back, err)
		}
		if got, want := strings.ReplaceAll(a.Pounds(), ",", ""), new(big.Rat).SetFrac(x, big.NewInt(unitsPerPound)).FloatString(2); got != strings.Replace(want, "-0.00", "0.00", 1) {
			t.Fatalf("%s in pounds is %s, want %s", a, got, want)
		}
	}
}

func TestPence(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 123: "1.23", -123: "-1.23", 1 << 62: "46116860184273879.04"} {
		if got := Pence(n).String(); got != want {
			t.Errorf("Pence(%d) = %s, want %s", n, got, want)
		}
	}
}

func TestParseAmountDoesNotAllocate(t *testing.T) {
	text := []byte("-12345.67")
	if n := testing.AllocsPerRun(100, func() { _, _, _ = ParseAmount(text) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzParseAmount(f *testing.F) {
	for _, s := range []string{"0", "-1,234.56", "(£5)", "£-5", "\xA3", "1 234", "TBC", "5-", "1.00000000000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		before := strings.Clone(s)
		b := []byte(s)
		a, present, err := ParseAmount(b)
		if string(b) != before {
			t.Errorf("the text was changed from %q to %q", before, b)
		}
		if err != nil || !present {
			if !a.IsZero() {
				t.Errorf("%q is %s though refused or blank", s, a)
			}
			return
		}
		if back, _, err := ParseAmount([]byte(a.String())); err != nil || back != a {
			t.Errorf("%q is %s and reads back as %s, %v", s, a, back, err)
		}
		if back, _, err := ParseAmount([]byte(a.Pounds())); err != nil && len(a.Pounds()) < 22 {
			t.Errorf("%s does not read back: %v, %s", a.Pounds(), err, back)
		}
	})
}

func BenchmarkParseAmount(b *testing.B) {
	text := []byte("-12345.67")
	for b.Loop() {
		_, _, _ = ParseAmount(text)
	}
}

// TestMul holds products against big integers.
func TestMul(t *testing.T) {
	unit := big.NewInt(unitsPerPound)
	of := func(a Amount) *big.Int {
		n := new(big.Int).Lsh(big.NewInt(a.hi), 64)
		return n.Add(n, new(big.Int).SetUint64(a.lo))
	}
	random := rand.New(rand.NewPCG(1, 2))
	some := func() Amount {
		a := Amount{random.Int64() >> random.IntN(64), random.Uint64()}
		if random.IntN(2) == 0 {
			a = Units(random.Int64() >> random.IntN(63))
		}
		if random.IntN(2) == 0 {
			a = a.Neg()
		}
		return a
	}
	fitted := 0
	for range 20_000 {
		a, b := some(), some()
		want := new(big.Int).Mul(of(a), of(b))
		want.Quo(want, unit)
		got, ok := a.Mul(b)
		if !ok {
			if want.BitLen() < 100 && (a.hi == 0 || a.hi == -1) && (b.hi == 0 || b.hi == -1) {
				t.Fatalf("%s x %s does not fit; it is %s units", a, b, want)
			}
			continue
		}
		if fitted++; of(got).Cmp(want) != 0 {
			t.Fatalf("%s x %s is %s, want %s units", a, b, got, want)
		}
	}
	if fitted < 5000 {
		t.Errorf("only %d products fitted", fitted)
	}
	if n, ok := Pence(-5).Units(); !ok || n != -5*unitsPerPenny || Units(n) != Pence(-5) {
		t.Errorf("-5p is %d units", n)
	}
}
