package submission

import (
	"bytes"

	"remit/activity"
)

// dateLayouts are the ways in which dates are written, by the names that rules use.
var dateLayouts = []string{
	"iso",              // 2026-04-30
	"iso_time",         // 2026-04-30T08:15:00
	"iso_space_time",   // 2026-04-30 08:15:00
	"iso_short_time",   // 2026-04-30 08:15, without seconds
	"iso_broken_time",  // 2026-04-30 and a time that is cut or damaged
	"slashed_ymd",      // 2026/04/30
	"compact",          // 20260430
	"uk",               // 30/04/2026, 30-04-2026
	"uk_time",          // with a time
	"us",               // 04/30/2026 08:15 AM
	"named_month",      // 30-Apr-26, 30-Apr-2026
	"two_digit_year",   // 30/04/26, which is not read
	"day_out_of_range", // 31/04/2026, 04/30/2026: written as a date, and none
	"excel",            // 46142
}

// dateLayout names the way a date is written, or nothing for what is no date at all.
func dateLayout(b []byte) string {
	_, readable := activity.ParseDate(b)
	date, clock, timed := cutTime(b)
	switch {
	case shape(date, "9999-99-99"):
		return isoLayout(readable, clock, timed)
	case !readable && (shape(date, "99/99/99") || shape(date, "99-99-99")):
		return "two_digit_year"
	case !readable && (shape(date, "99/99/9999") || shape(date, "99-99-9999") || shape(date, "9999/99/99")):
		return "day_out_of_range"
	case !readable:
		return ""
	case len(date) == 8 && onlyDigits(date):
		return "compact"
	case onlyDigits(date) || bytes.IndexByte(date, '.') > 0:
		return "excel"
	case len(date) > 4 && date[4] == '/':
		return "slashed_ymd"
	case hasLetter(date):
		return "named_month"
	case endsInAMPM(clock):
		return "us"
	case timed:
		return "uk_time"
	}
	return "uk"
}

func isoLayout(readable bool, clock []byte, timed bool) string {
	switch {
	case !readable:
		return "day_out_of_range"
	case !timed:
		return "iso"
	case shape(clock[1:], "99:99:99") && clock[0] == 'T':
		return "iso_time"
	case shape(clock[1:], "99:99:99"):
		return "iso_space_time"
	case shape(clock[1:], "99:99"):
		return "iso_short_time"
	}
	return "iso_broken_time"
}

// cutTime parts the date from what follows a space or T, which the clock has in front.
func cutTime(b []byte) (date, clock []byte, timed bool) {
	if at := bytes.IndexAny(b, " T"); at >= 0 {
		return b[:at], b[at:], true
	}
	return b, nil, false
}

// shape compares with a pattern in which 9 is any digit.
func shape(b []byte, pattern string) bool {
	if len(b) != len(pattern) {
		return false
	}
	for i, c := range b {
		digit := c >= '0' && c <= '9'
		if pattern[i] == '9' && !digit || pattern[i] != '9' && c != pattern[i] {
			return false
		}
	}
	return true
}

func hasLetter(b []byte) bool {
	return bytes.ContainsFunc(b, func(r rune) bool { return r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' })
}

func endsInAMPM(clock []byte) bool {
	if len(clock) < 2 {
		return false
	}
	end := bytes.ToUpper(clock[len(clock)-2:])
	return string(end) == "AM" || string(end) == "PM"
}
