package method

import (
	"strconv"
	"strings"
	"unicode"

	"remit/activity"
	"remit/register"
)

// call is a function that conditions and input cleaning may use: what it does
// in Go and what it is in SQL must be the same thing, and a test holds the two
// against each other.
type call struct {
	args   int
	list   bool // takes a named list as last argument
	isBool bool
	eval   func(args []string, list []string) string
	duckdb string // a DuckDB expression with $1, $2 for the arguments, $L for the list
}

// calls is the closed list of functions of the language.
var calls = map[string]call{
	// first_of_month gives the first day of a financial month: year 202526 and
	// month 1 give 2025-04-01. Any other spelling gives blank.
	"first_of_month": {args: 2, eval: func(a, _ []string) string { return firstOfMonth(a[0], a[1]) }, duckdb: "remit_first_of_month($1, $2)"},
	// any_starts asks whether any code in the text starts with an entry of the list.
	"any_starts": {args: 1, list: true, isBool: true, eval: func(a, l []string) string { return boolText(anyStarts(a[0], l)) }, duckdb: "remit_any_starts($1, $L)"},
	// shift_years moves a date by whole years; 29 February becomes 28.
	"shift_years": {args: 2, eval: func(a, _ []string) string { return shiftYears(a[0], a[1]) }, duckdb: "remit_shift_years($1, $2)"},
	// left gives the first characters of a text.
	"left":  {args: 2, eval: func(a, _ []string) string { return left(a[0], a[1]) }, duckdb: "left($1, CAST($2 AS INTEGER))"},
	"upper": {args: 1, eval: func(a, _ []string) string { return strings.ToUpper(a[0]) }, duckdb: "upper($1)"},

	"as_code":           {args: 1, eval: func(a, _ []string) string { return cleanCode(a[0]) }, duckdb: "remit_code($1)"},
	"as_loose_text":     {args: 1, eval: func(a, _ []string) string { return looseText(a[0]) }, duckdb: "remit_loose_text($1)"},
	"as_postcode":       {args: 1, eval: func(a, _ []string) string { return cleanPostcode(a[0]) }, duckdb: "remit_postcode($1)"},
	"as_date":           {args: 1, eval: func(a, _ []string) string { return cleanDate(a[0]) }, duckdb: "remit_date($1)"},
	"as_financial_year": {args: 1, eval: func(a, _ []string) string { y, _ := activity.FinancialYear(cleanCode(a[0])); return y }, duckdb: "remit_financial_year($1)"},
	"as_month":          {args: 1, eval: func(a, _ []string) string { m, _ := activity.FinancialMonth(cleanCode(a[0])); return m }, duckdb: "remit_month($1)"},
	"is_long_org":       {args: 1, isBool: true, eval: func(a, _ []string) string { return boolText(isLongOrg(a[0])) }, duckdb: "(length($1) = 5 AND ends_with($1, '00'))"},
}

func boolText(b bool) string {
	if b {
		return "1"
	}
	return ""
}

// cleanCode trims, drops zero-width and non-breaking characters and turns to
// upper case (commissioner assignment, section 1.3 step 1).
func cleanCode(s string) string {
	if plainCode(s) {
		return s
	}
	s = strings.Map(func(r rune) rune {
		switch r {
		case '\u00a0', '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff':
			return -1
		}
		return unicode.ToUpper(r)
	}, s)
	return strings.Trim(s, " \t\r\n")
}

func plainCode(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c <= ' ' || c >= 0x7f || c >= 'a' && c <= 'z' {
			return false
		}
	}
	return true
}

// looseText compares as SQL Server does by default: case and trailing blanks
// do not count, leading blanks do.
func looseText(s string) string { return strings.ToUpper(strings.TrimRight(s, " ")) }

// cleanPostcode writes a postcode in upper case with one space before its last
// three characters. A text too short to be a postcode stays as it is.
func cleanPostcode(s string) string {
	if len(s) == 8 && s[4] == ' ' && plainCode(s[:4]) && plainCode(s[5:]) {
		return s
	}
	s = strings.ReplaceAll(cleanCode(s), " ", "")
	if len(s) < 5 {
		return s
	}
	return s[:len(s)-3] + " " + s[len(s)-3:]
}

func cleanDate(s string) string {
	day, ok := activity.ParseDate([]byte(s))
	if !ok {
		return ""
	}
	return register.Day(day).String()
}

// firstOfMonth is strict on purpose: the national tool's calendar holds
// six-digit years and unpadded months only, and everything else finds no date.
func firstOfMonth(year, month string) string {
	if len(year) != 6 || len(month) < 1 || len(month) > 2 || month[0] == '0' {
		return ""
	}
	y, okY := digits(year[:4])
	end, okE := digits(year[4:])
	m, okM := digits(month)
	if !okY || !okE || !okM || (y+1)%100 != end || m < 1 || m > 12 {
		return ""
	}
	if m += 3; m > 12 {
		m, y = m-12, y+1
	}
	return pad(y, 4) + "-" + pad(m, 2) + "-01"
}

func anyStarts(codes string, list []string) bool {
	for _, code := range strings.FieldsFunc(codes, func(r rune) bool { return strings.ContainsRune(",;| ", r) }) {
		code = strings.ReplaceAll(cleanCode(code), ".", "")
		for _, start := range list {
			if strings.HasPrefix(code, start) {
				return true
			}
		}
	}
	return false
}

func shiftYears(date, by string) string {
	sign := 1
	if strings.HasPrefix(by, "-") {
		sign, by = -1, by[1:]
	}
	n, ok := digits(by)
	if len(date) != 10 || !ok {
		return ""
	}
	y, ok := digits(date[:4])
	if !ok {
		return ""
	}
	y += sign * n
	if date[5:] == "02-29" && !(y%4 == 0 && (y%100 != 0 || y%400 == 0)) {
		return pad(y, 4) + "-02-28"
	}
	return pad(y, 4) + date[4:]
}

func left(s, count string) string {
	n, ok := digits(count)
	if !ok || n >= len(s) {
		return s
	}
	return s[:n]
}

func isLongOrg(s string) bool { return len(s) == 5 && strings.HasSuffix(s, "00") }

func digits(s string) (int, bool) {
	if s == "" || len(s) > 9 {
		return 0, false
	}
	n := 0
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

func pad(n, width int) string {
	const zeros = "0000"
	s := strconv.Itoa(n)
	if len(s) >= width {
		return s
	}
	return zeros[:width-len(s)] + s
}
