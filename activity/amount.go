package activity

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
)

// Amount is a sum of money in units of 10^-8 pounds, exact, as a 128-bit number
// in two's complement. The standards allow 18 digits before the point and 8
// after it (max n18.max n8), which 64 bits do not hold; adding more than 10^12
// of the largest amounts would overflow. Its zero value is nothing. Amounts
// compare with ==.
type Amount struct {
	hi int64
	lo uint64
}

const (
	wholeDigits    = 18
	fractionDigits = 8
	unitsPerPound  = 100_000_000
	unitsPerPenny  = unitsPerPound / 100
)

// Pence is an amount of whole pence.
func Pence(n int64) Amount {
	if n < 0 {
		return Pence(-n).Neg()
	}
	hi, lo := bits.Mul64(uint64(n), unitsPerPenny)
	return Amount{int64(hi), lo}
}

// Add is a + b.
func (a Amount) Add(b Amount) Amount {
	lo, carry := bits.Add64(a.lo, b.lo, 0)
	hi, _ := bits.Add64(uint64(a.hi), uint64(b.hi), carry)
	return Amount{int64(hi), lo}
}

// Sub is a - b.
func (a Amount) Sub(b Amount) Amount { return a.Add(b.Neg()) }

// Neg is -a.
func (a Amount) Neg() Amount {
	lo, borrow := bits.Sub64(0, a.lo, 0)
	hi, _ := bits.Sub64(0, uint64(a.hi), borrow)
	return Amount{int64(hi), lo}
}

// Cmp is -1, 0 or 1 as a is less than, equal to or greater than b.
func (a Amount) Cmp(b Amount) int {
	switch {
	case a == b:
		return 0
	case a.hi < b.hi, a.hi == b.hi && a.lo < b.lo:
		return -1
	}
	return 1
}

// Sign is -1, 0 or 1.
func (a Amount) Sign() int { return a.Cmp(Amount{}) }

// IsZero tells whether a is nothing.
func (a Amount) IsZero() bool { return a == Amount{} }

// magnitude is the size of a without its sign.
func (a Amount) magnitude() (hi, lo uint64, negative bool) {
	if a.hi < 0 {
		n := a.Neg()
		return uint64(n.hi), n.lo, true
	}
	return uint64(a.hi), a.lo, false
}

// String writes the amount exactly, in pounds, without needless zeros: "-1234.5".
func (a Amount) String() string { return string(a.Append(nil)) }

// Append appends what String gives.
func (a Amount) Append(to []byte) []byte {
	hi, lo, negative := a.magnitude()
	if negative {
		to = append(to, '-')
	}
	hi, lo, fraction := divide(hi, lo, unitsPerPound)
	to = appendWhole(to, hi, lo, false)
	if fraction == 0 {
		return to
	}
	digits := appendPadded(nil, fraction, fractionDigits)
	to = append(to, '.')
	return append(to, bytes.TrimRight(digits, "0")...)
}

// AppendBytes appends the amount in its units as a big-endian number of 16 bytes
// in two's complement, as Parquet stores decimals.
func (a Amount) AppendBytes(to []byte) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(to, uint64(a.hi)), a.lo)
}

// Pounds writes the amount for reading, rounded to pence: "-1,234.50". Half a
// penny is rounded up; of a negative amount down, so that a credit mirrors the
// charge it takes back.
func (a Amount) Pounds() string {
	hi, lo, negative := a.magnitude()
	lo, carry := bits.Add64(lo, unitsPerPenny/2, 0)
	hi += carry
	hi, lo, _ = divide(hi, lo, unitsPerPenny)
	var out []byte
	if negative && hi|lo != 0 {
		out = append(out, '-')
	}
	hi, lo, pence := divide(hi, lo, 100)
	out = append(appendWhole(out, hi, lo, true), '.')
	return string(appendPadded(out, pence, 2))
}

// MarshalText writes the amount exactly, as String does.
func (a Amount) MarshalText() ([]byte, error) { return a.Append(nil), nil }

// UnmarshalText reads an amount, as ParseAmount does; nothing is zero.
func (a *Amount) UnmarshalText(text []byte) error {
	parsed, _, err := ParseAmount(text)
	*a = parsed
	return err
}

func divide(hi, lo, by uint64) (qhi, qlo, rest uint64) {
	qhi, rest = hi/by, hi%by
	qlo, rest = bits.Div64(rest, lo, by)
	return qhi, qlo, rest
}

func appendWhole(to []byte, hi, lo uint64, grouped bool) []byte {
	var digits [52]byte // 39 digits and 12 commas
	at := len(digits)
	for n := 0; n == 0 || hi|lo != 0; n++ {
		if grouped && n > 0 && n%3 == 0 {
			at--
			digits[at] = ','
		}
		var digit uint64
		hi, lo, digit = divide(hi, lo, 10)
		at--
		digits[at] = '0' + byte(digit)
	}
	return append(to, digits[at:]...)
}

func appendPadded(to []byte, n uint64, width int) []byte {
	start := len(to)
	for range width {
		to = append(to, '0')
	}
	for i := start + width - 1; i >= start; i-- {
		to[i] += byte(n % 10)
		n /= 10
	}
	return to
}

// AmountError is a text that is not an amount of money.
type AmountError struct {
	Value   string
	Problem string
}

func (e *AmountError) Error() string {
	return fmt.Sprintf("%q is not an amount of money: %s", e.Value, e.Problem)
}

// ParseAmount reads an amount in pounds. present is false for a blank, which is
// zero. Besides plain decimals it takes what spreadsheets leave behind:
// thousands commas, a pound sign (also with broken bytes), brackets or a minus
// behind for a negative, and spaces. Anything else is an *AmountError.
func ParseAmount(b []byte) (a Amount, present bool, err error) {
	if a, ok := parsePlain(b); ok {
		return a, true, nil
	}
	return parseTolerant(b)
}

// parsePlain reads -123.45 without allocating; ok is false for all else.
func parsePlain(b []byte) (a Amount, ok bool) {
	negative := len(b) > 0 && b[0] == '-'
	if negative {
		b = b[1:]
	}
	whole, rest := leadingDigits(b, wholeDigits)
	digits := len(b) - len(rest)
	var fraction uint64
	if len(rest) > 0 && rest[0] == '.' {
		after := rest[1:]
		fraction, rest = leadingDigits(after, fractionDigits)
		n := len(after) - len(rest)
		digits += n
		fraction *= powersOfTen[fractionDigits-n]
	}
	if digits == 0 || len(rest) > 0 {
		return Amount{}, false
	}
	return amountOf(whole, fraction, negative), true
}

var powersOfTen = [fractionDigits + 1]uint64{1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000}

// leadingDigits reads at most limit digits.
func leadingDigits(b []byte, limit int) (n uint64, rest []byte) {
	i := 0
	for i < len(b) && i < limit && b[i]-'0' <= 9 {
		n = n*10 + uint64(b[i]-'0')
		i++
	}
	return n, b[i:]
}

func amountOf(whole, fraction uint64, negative bool) Amount {
	hi, lo := bits.Mul64(whole, unitsPerPound)
	lo, carry := bits.Add64(lo, fraction, 0)
	a := Amount{int64(hi + carry), lo}
	if negative {
		return a.Neg()
	}
	return a
}

func parseTolerant(b []byte) (a Amount, present bool, err error) {
	s := trimSpaces(b)
	if len(s) == 0 {
		return Amount{}, false, nil
	}
	s, negative, problem := stripSigns(s)
	if problem == "" {
		s, problem = stripGrouping(s)
	}
	if problem == "" {
		s, problem = fitDigits(s)
	}
	if problem == "" {
		parsed, ok := parsePlain(s)
		if ok && s[0] != '-' {
			a = parsed
			if negative {
				a = a.Neg()
			}
			return a, true, nil
		}
		problem = "it is not a decimal number"
	}
	return Amount{}, false, &AmountError{Value: string(b), Problem: problem}
}

var (
	spaces = [][]byte{[]byte(" "), []byte("\t"), []byte("\u00A0"), []byte("\u202F"), []byte("\r"), []byte("\n")}

	// The pound sign in UTF-8, encoded twice, in Latin-1, and as it is
	// when a program gave up on it. The longest first.
	poundSigns = [][]byte{[]byte("Â£"), []byte("£"), []byte("\uFFFD"), {0xA3}}
)

func trimSpaces(b []byte) []byte {
	for _, s := range spaces {
		if t := bytes.TrimSuffix(bytes.TrimPrefix(b, s), s); len(t) < len(b) {
			return trimSpaces(t)
		}
	}
	return b
}

// stripSigns takes off one pound sign and one sign, in the orders in which
// people write them: -£5, £-5, £5-, (£5), £(5).
func stripSigns(s []byte) (rest []byte, negative bool, problem string) {
	const twice = "it has more than one sign"
	signed, pound := false, false
	for len(s) > 0 {
		n, minus, bracket := leadingSign(s)
		switch {
		case bracket && s[len(s)-1] != ')':
			return s, false, "its bracket is not closed"
		case n > 0 && signed:
			return s, false, twice
		case bracket:
			s = s[:len(s)-1]
			fallthrough
		case n > 0:
			signed, negative = true, minus
			s = trimSpaces(s[n:])
			continue
		}
		without := stripPound(s)
		if len(without) == len(s) {
			break
		}
		if pound {
			return s, false, "it has more than one pound sign"
		}
		pound = true
		s = trimSpaces(without)
	}
	if len(s) > 0 && s[len(s)-1] == '-' {
		if signed {
			return s, false, twice
		}
		return trimSpaces(s[:len(s)-1]), true, ""
	}
	return s, negative, ""
}

func leadingSign(s []byte) (n int, minus, bracket bool) {
	switch {
	case s[0] == '(':
		return 1, true, true
	case s[0] == '-':
		return 1, true, false
	case s[0] == '+':
		return 1, false, false
	case bytes.HasPrefix(s, []byte("\u2212")): // the minus sign proper
		return len("\u2212"), true, false
	}
	return 0, false, false
}

func stripPound(s []byte) []byte {
	for _, p := range poundSigns {
		if bytes.HasPrefix(s, p) {
			return s[len(p):]
		}
	}
	return s
}

// stripGrouping takes out thousands commas or spaces, which must stand where
// thousands end: "1,23" may be a decimal comma and is refused.
func stripGrouping(s []byte) (rest []byte, problem string) {
	whole, fraction := s, []byte(nil)
	if at := bytes.IndexByte(s, '.'); at >= 0 {
		whole, fraction = s[:at], s[at:]
	}
	whole = bytes.ReplaceAll(whole, []byte("\u00A0"), []byte(" "))
	if !bytes.ContainsAny(whole, ", ") {
		return s, ""
	}
	separator := whole[bytes.IndexAny(whole, ", ")]
	groups := bytes.Split(whole, []byte{separator})
	for i, g := range groups {
		if len(g) == 3 || i == 0 && len(g) > 0 && len(g) < 3 {
			continue
		}
		return s, "its commas or spaces do not part thousands"
	}
	return append(bytes.Join(groups, nil), fraction...), ""
}

// fitDigits drops leading zeros and zeros at the end of a long fraction, and
// says when what is left has more digits than an amount may have.
func fitDigits(s []byte) (rest []byte, problem string) {
	at := bytes.IndexByte(s, '.')
	if at < 0 {
		at = len(s)
	}
	for at > 1 && s[0] == '0' {
		s, at = s[1:], at-1
	}
	for len(s)-at-1 > fractionDigits && s[len(s)-1] == '0' {
		s = s[:len(s)-1]
	}
	switch {
	case !allDigits(s[:at]) || at < len(s) && !allDigits(s[at+1:]):
		return s, "it is not a decimal number"
	case at > wholeDigits:
		return s, "it has more than 18 digits before the point"
	case len(s)-at-1 > fractionDigits:
		return s, "it has more than 8 digits after the point"
	}
	return s, ""
}

func allDigits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// Float is the amount in pounds, in binary floating point: for comparisons with a
// tolerance and for charts, never for sums.
func (a Amount) Float() float64 {
	hi, lo, negative := a.magnitude()
	f := (float64(hi)*(1<<64) + float64(lo)) / unitsPerPound
	if negative {
		return -f
	}
	return f
}
