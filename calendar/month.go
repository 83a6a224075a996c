package calendar

import (
	"fmt"
	"strconv"
	"time"

	"remit/register"
)

// Month is a month of a financial year: 1 is April, 12 is March, 13 the
// adjustments after the year end.
type Month struct {
	Year  int // in which the financial year starts: 2026 for 2026/27
	Month int // 1 to 13
}

// LastMonth is the month of adjustments after the year end.
const LastMonth = 13

// First is the first day of the month. Month 13 lies in March.
func (m Month) First() register.Day { return civil(m.Year, time.Month(3+min(m.Month, 12)), 1) }

// Last is the last day of the month. Month 13 ends with March.
func (m Month) Last() register.Day { return civil(m.Year, time.Month(4+min(m.Month, 12)), 0) }

// String writes the month for reading: "April 2026", and "2026/27 month 13".
func (m Month) String() string {
	if m.Month == LastMonth {
		return YearName(m.Year) + " month 13"
	}
	return date(m.First()).Format("January 2006")
}

// YearName writes a financial year by the year in which it starts: "2026/27".
func YearName(year int) string { return fmt.Sprintf("%d/%02d", year, (year+1)%100) }

// YearCode writes a financial year as files do: "202627".
func YearCode(year int) string { return fmt.Sprintf("%d%02d", year, (year+1)%100) }

// ParseYear reads 202627, 2026/27, 2026-27 and 2026/2027, and gives the year in
// which the financial year starts.
func ParseYear(s string) (int, error) {
	if start, ok := parseYear(s); ok {
		return start, nil
	}
	return 0, fmt.Errorf("%q is not a financial year written 202627 or 2026/27", s)
}

func parseYear(s string) (start int, ok bool) {
	if len(s) < 6 {
		return 0, false
	}
	start, err := strconv.Atoi(s[:4])
	rest := s[4:]
	if rest[0] == '/' || rest[0] == '-' {
		rest = rest[1:]
	}
	end, errEnd := strconv.Atoi(rest)
	if err != nil || errEnd != nil || start < 1900 || start > 2199 {
		return 0, false
	}
	return start, len(rest) == 2 && end == (start+1)%100 || len(rest) == 4 && end == start+1
}

// MonthOf is the month of a financial year in which a day lies.
func MonthOf(day register.Day) Month {
	t := date(day)
	m := int(t.Month()) - 3
	if m < 1 {
		return Month{t.Year() - 1, m + 12}
	}
	return Month{t.Year(), m}
}

func civil(year int, month time.Month, day int) register.Day {
	return register.Day(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

func date(day register.Day) time.Time { return time.Unix(int64(day)*86400, 0).UTC() }
