package report

import (
	"fmt"
	"math/big"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"remit/activity"
	"remit/register"
)

const minus = "\u2212" // the minus sign proper: as wide as a plus, read out as "minus"

// count writes a number of rows: "1,234".
func count(n int64) string { return signed(fmt.Sprint(n)) }

// signed groups thousands and writes the minus sign proper.
func signed(digits string) string {
	whole, negative := strings.CutPrefix(digits, "-")
	var out strings.Builder
	if negative && strings.Trim(whole, "0") != "" {
		out.WriteString(minus)
	}
	for i, d := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			out.WriteByte(',')
		}
		out.WriteRune(d)
	}
	return out.String()
}

// pounds writes an amount in whole pounds for a table: "1,234".
func pounds(a activity.Amount) string { return signed(scaled(a, 0, 0)) }

// pence writes an amount to the penny, for a working: "£1,234.50".
func pence(a activity.Amount) string {
	whole, negative := strings.CutPrefix(a.Pounds(), "-")
	if negative {
		return minus + "£" + whole
	}
	return "£" + whole
}

// money writes an amount for a sentence: "£1.24m", "£310.2m", "£845,210".
func money(a activity.Amount) string {
	text := inWords(a)
	if number, negative := strings.CutPrefix(text, minus); negative {
		return minus + "£" + number
	}
	return "£" + text
}

func inWords(a activity.Amount) string {
	size := a
	if a.Sign() < 0 {
		size = a.Neg()
	}
	switch million := activity.Pence(100_000_000); {
	case size.Cmp(million) < 0:
		return pounds(a)
	case size.Cmp(activity.Pence(1_000_000_000)) < 0:
		return decimal(a, 6, 2) + "m"
	case size.Cmp(activity.Pence(100_000_000_000)) < 0:
		return decimal(a, 6, 1) + "m"
	}
	return decimal(a, 9, 2) + "bn"
}

// decimal writes an amount over 10^power with so many places.
func decimal(a activity.Amount, power, places int) string {
	digits, negative := strings.CutPrefix(scaled(a, power, places), "-")
	for len(digits) <= places {
		digits = "0" + digits
	}
	at := len(digits) - places
	text := signed(digits[:at]) + "." + digits[at:]
	if negative {
		return minus + text
	}
	return text
}

// scaled is the amount times 10^(places-power) as a whole number, halves away
// from nothing.
func scaled(a activity.Amount, power, places int) string {
	r := exact(a)
	r.Mul(r, new(big.Rat).SetInt(tenTo(places)))
	r.Quo(r, new(big.Rat).SetInt(tenTo(power)))
	return r.FloatString(0)
}

func tenTo(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// exact is the amount as a fraction. An Amount always writes a number.
func exact(a activity.Amount) *big.Rat {
	r, _ := new(big.Rat).SetString(a.String())
	return r
}

// percent writes a share with one place. A share of nothing, or of a negative
// total, has no meaning.
func percent(part, whole *big.Rat) string {
	if whole.Sign() <= 0 {
		return notApplicable
	}
	r := new(big.Rat).Quo(part, whole)
	r.Mul(r, big.NewRat(100, 1))
	text := r.FloatString(1)
	switch {
	case r.Sign() != 0 && strings.Trim(text, "-0.") == "":
		return "under 0.1%"
	case strings.HasPrefix(text, "-"):
		return minus + text[1:] + "%"
	}
	return text + "%"
}

// records writes "1 record" or "1,234 records".
func records(n int64) string { return plural(n, "record", "records") }

func plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return count(n) + " " + many
}

// date writes "1 April 2026".
func date(d register.Day) string {
	if d <= register.Earliest || d >= register.Latest {
		return ""
	}
	return time.Unix(int64(d)*86400, 0).UTC().Format("2 January 2006")
}

const (
	noData        = "No data"
	notApplicable = "Not applicable"
	longest       = 48 // characters of a code; the longest of any standard has 20
	longestName   = 120
	longestText   = 1000
)

// shown is a text from outside as a reader may see it: characters that cannot
// be seen or that turn the direction of writing are written out, and a text
// much longer than any code is cut.
func shown(s string) string { return cut(s, longest) }

// cut is shown for texts of another length.
func cut(s string, longest int) string {
	var out strings.Builder
	length := utf8.RuneCountInString(s)
	at := 0
	for i, r := range s {
		if length > longest && at == longest {
			fmt.Fprintf(&out, "\u2026 (%s)", plural(int64(length), "character", "characters"))
			break
		}
		out.WriteString(visible(r, s[i:]))
		at++
	}
	return out.String()
}

// visibleText is shown for sentences.
func visibleText(s string) string { return cut(s, longestText) }

func visible(r rune, rest string) string {
	if r == utf8.RuneError && !strings.HasPrefix(rest, "\uFFFD") {
		return fmt.Sprintf("[byte %02X]", rest[0])
	}
	if r == ' ' || unicode.IsGraphic(r) && !unicode.Is(unicode.Zs, r) {
		return string(r)
	}
	return fmt.Sprintf("[U+%04X]", r)
}
