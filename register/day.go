package register

import (
	"fmt"
	"time"
)

// Day is a calendar day counted from 1 January 1970. Days order as dates do.
type Day int32

// The ends of time: a fact with a blank valid_from holds from Earliest, one
// with a blank valid_to until Latest. NoDay stands for a date that is absent;
// no dated fact holds on it.
const (
	Earliest Day = -1 << 30
	Latest   Day = 1 << 30
	NoDay    Day = -1<<31 + 1
)

// ParseDay reads a date written YYYY-MM-DD.
func ParseDay(s string) (Day, error) {
	if len(s) != len(time.DateOnly) || s[4] != '-' || s[7] != '-' {
		return NoDay, fmt.Errorf("%q is not a date written YYYY-MM-DD", s)
	}
	y, m, d := digits(s[:4]), digits(s[5:7]), digits(s[8:])
	if y < 0 || m < 1 || m > 12 || d < 1 || d > daysIn(y, m) {
		return NoDay, fmt.Errorf("%q is not a date written YYYY-MM-DD", s)
	}
	return civil(y, m, d), nil
}

// digits is the number written in s, or -1 when s holds anything else.
func digits(s string) int {
	n := 0
	for i := range len(s) {
		c := s[i] - '0'
		if c > 9 {
			return -1
		}
		n = n*10 + int(c)
	}
	return n
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// civil counts days in the Gregorian calendar with years that begin in March,
// so that the leap day comes last. Millions of dates are read in a run, and
// time.Parse costs several times as much.
func civil(year, month, day int) Day {
	if month <= 2 {
		year--
		month += 12
	}
	return Day(365*year + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + day - 1 - 719468)
}

// String writes the day as YYYY-MM-DD, and nothing for NoDay and the ends of time.
func (d Day) String() string {
	if d <= Earliest || d >= Latest {
		return ""
	}
	return time.Unix(int64(d)*86400, 0).UTC().Format(time.DateOnly)
}

// MarshalText writes the day as String does, so that JSON has it as a text.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }
