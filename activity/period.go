package activity

import (
	"bytes"
	"fmt"
	"time"
)

// Years outside these are mistakes or placeholders, not dates of activity.
const (
	firstYear = 1900
	lastYear  = 2199
)

// ParseDate reads a date as days since 1 January 1970. Besides YYYY-MM-DD it
// takes the layouts that are met in contract monitoring files: YYYY/MM/DD,
// YYYYMMDD, DD/MM/YYYY, DD-MM-YYYY, DD-Mon-YY and DD-Mon-YYYY, each with a time
// or the remains of one after a space or T; MM/DD/YYYY only with AM or PM; and
// Excel day numbers from 40000 (6 July 2009) to 49999. ok is false for a text
// that is no date and for one that DateAbsent tells to be none.
func ParseDate(b []byte) (day int32, ok bool) {
	if len(b) >= 10 && b[4] == '-' && b[7] == '-' && (len(b) == 10 || b[10] == 'T' || b[10] == ' ') {
		return parseYMD(b[0:4], b[5:7], b[8:10])
	}
	return parseOtherDate(trimSpaces(b))
}

// DateAbsent tells whether a text stands for the absence of a date: a blank, or
// one of the default dates of Hospital Episode Statistics (1 January 1800 not
// submitted, 1801 invalid, 1802 from a derivation without its parts).
func DateAbsent(b []byte) bool {
	b = trimSpaces(b)
	if len(b) == 0 {
		return true
	}
	for _, absent := range [...]string{"1800-01-01", "1801-01-01", "1802-01-01"} {
		if bytes.HasPrefix(b, []byte(absent)) {
			return true
		}
	}
	return false
}

func parseOtherDate(b []byte) (day int32, ok bool) {
	date, clock := splitTime(b)
	if len(date) >= 1 && date[0] == '4' {
		if day, ok := parseExcel(date); ok {
			return day, true
		}
	}
	if len(date) == 8 && allDigits(date) {
		return parseYMD(date[0:4], date[4:6], date[6:8])
	}
	first, second, third, mark, ok := threeParts(date)
	switch {
	case !ok:
		return 0, false
	case len(first) == 4:
		return parseYMD(first, second, third)
	case len(second) == 3 && mark == '-':
		return parseNamedMonth(first, second, third)
	case len(third) != 4:
		return 0, false
	case endsInAMPM(clock) && mark == '/':
		return parseYMD(third, first, second)
	case endsInAMPM(clock):
		return 0, false
	}
	return parseYMD(third, second, first)
}

// splitTime parts the date from a time after a space or T. What the time says
// does not matter, and it is often broken.
func splitTime(b []byte) (date, clock []byte) {
	if at := bytes.IndexAny(b, " T"); at >= 0 {
		return b[:at], b[at+1:]
	}
	return b, nil
}

func endsInAMPM(clock []byte) bool {
	if len(clock) < 2 {
		return false
	}
	end := bytes.ToUpper(clock[len(clock)-2:])
	return string(end) == "AM" || string(end) == "PM"
}

func threeParts(b []byte) (first, second, third []byte, mark byte, ok bool) {
	at := bytes.IndexAny(b, "/-")
	if at < 0 {
		return nil, nil, nil, 0, false
	}
	mark = b[at]
	first, b = b[:at], b[at+1:]
	if at = bytes.IndexByte(b, mark); at < 0 {
		return nil, nil, nil, 0, false
	}
	return first, b[:at], b[at+1:], mark, true
}

// excelEpoch is the day 0 of spreadsheet day numbers, 30 December 1899.
const excelEpoch = -25569

// parseExcel reads a day number of five digits, perhaps with a part of a day.
func parseExcel(b []byte) (day int32, ok bool) {
	whole, fraction, dotted := bytes.Cut(b, []byte("."))
	if len(whole) != 5 || !allDigits(whole) || dotted && !allDigits(fraction) {
		return 0, false
	}
	n, _ := leadingDigits(whole, 5)
	return int32(n) + excelEpoch, true
}

const monthNames = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC"

// parseNamedMonth reads 01-Apr-25 and 01-Apr-2025. Of two-digit years those
// below 70 are of this century.
func parseNamedMonth(dd, name, year []byte) (day int32, ok bool) {
	at := bytes.Index([]byte(monthNames), bytes.ToUpper(name))
	if at < 0 || at%3 != 0 {
		return 0, false
	}
	y, ok := number(year)
	if !ok || len(year) != 2 && len(year) != 4 {
		return 0, false
	}
	if len(year) == 2 {
		y += 1900
		if y < 1970 {
			y += 100
		}
	}
	d, ok := dayOrMonth(dd)
	if !ok {
		return 0, false
	}
	return civil(y, at/3+1, d)
}

func parseYMD(year, month, day []byte) (int32, bool) {
	y, okY := number(year)
	m, okM := dayOrMonth(month)
	d, okD := dayOrMonth(day)
	if !okY || !okM || !okD {
		return 0, false
	}
	return civil(y, m, d)
}

func dayOrMonth(b []byte) (int, bool) {
	if len(b) == 0 || len(b) > 2 {
		return 0, false
	}
	return number(b)
}

func number(b []byte) (int, bool) {
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

var daysInMonth = [13]int{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

// civil counts the days from 1 January 1970 of a date of the Gregorian
// calendar. Years are taken to begin in March, so that the leap day comes last.
func civil(y, m, d int) (int32, bool) {
	if y < firstYear || y > lastYear || m < 1 || m > 12 || d < 1 || d > daysInMonth[m] {
		return 0, false
	}
	if m == 2 && d == 29 && !leap(y) {
		return 0, false
	}
	if m <= 2 {
		y, m = y-1, m+12
	}
	const daysTo1970 = 719469
	return int32(365*y + y/4 - y/100 + y/400 + (153*(m-3)+2)/5 + d - daysTo1970), true
}

func leap(y int) bool { return y%4 == 0 && (y%100 != 0 || y%400 == 0) }

// FormatDate writes days since 1 January 1970 as YYYY-MM-DD.
func FormatDate(day int32) string {
	return time.Unix(int64(day)*86400, 0).UTC().Format(time.DateOnly)
}

// The financial years that contract monitoring accepts: 2010/11 to 2050/51.
const (
	firstFinancialYear = 2010
	lastFinancialYear  = 2050
)

var financialYears = func() (names [lastFinancialYear - firstFinancialYear + 1]string) {
	for i := range names {
		y := firstFinancialYear + i
		names[i] = fmt.Sprintf("%d%02d", y, (y+1)%100)
	}
	return names
}()

// FinancialYear reads a financial year as 202526, from 202526, 2025/26,
// 2025/2026, 2025-26, 25/26 or 2526. The two years must be consecutive and lie
// in 201011 to 205051; a calendar year alone is refused. (2021 is read as
// 2020/21, being two consecutive years of two digits.)
func FinancialYear[T ~string | ~[]byte](text T) (year string, ok bool) {
	var digits [8]byte
	n, mark := 0, -1
	for _, c := range trimSpaces([]byte(text)) {
		switch {
		case c >= '0' && c <= '9' && n < len(digits):
			digits[n] = c
			n++
		case (c == '/' || c == '-') && mark < 0:
			mark = n
		default:
			return "", false
		}
	}
	first := n - 2 // digits of the first year; the second has two
	if mark >= 0 {
		first = mark
	}
	if first != 2 && first != 4 || n-first != 2 && (n-first != 4 || first != 4 || mark < 0) {
		return "", false
	}
	return consecutive(digits[:first], digits[first:n])
}

func consecutive(first, second []byte) (year string, ok bool) {
	from, _ := number(first)
	to, _ := number(second)
	if len(first) == 2 {
		from += 2000
	}
	if len(second) == 2 && to != (from+1)%100 || len(second) == 4 && to != from+1 {
		return "", false
	}
	if from < firstFinancialYear || from > lastFinancialYear {
		return "", false
	}
	return financialYears[from-firstFinancialYear], true
}

// FinancialYearOf gives the financial year in which a day lies, which begins on
// 1 April; ok is false outside 201011 to 205051.
func FinancialYearOf(day int32) (year, month string, ok bool) {
	t := time.Unix(int64(day)*86400, 0).UTC()
	from, m := t.Year(), int(t.Month())-3
	if m < 1 {
		from, m = from-1, m+12
	}
	if from < firstFinancialYear || from > lastFinancialYear {
		return "", "", false
	}
	return financialYears[from-firstFinancialYear], financialMonths[m], true
}

var financialMonths = [...]string{"", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13"}

// FinancialMonth reads a financial month, April being 1, without its padding: 1
// to 12, and 13 for the adjustments of the year's end.
func FinancialMonth[T ~string | ~[]byte](text T) (month string, ok bool) {
	b := trimSpaces([]byte(text))
	for len(b) > 1 && b[0] == '0' {
		b = b[1:]
	}
	if len(b) == 0 || len(b) > 2 {
		return "", false
	}
	n, ok := number(b)
	if !ok || n < 1 || n >= len(financialMonths) {
		return "", false
	}
	return financialMonths[n], true
}
