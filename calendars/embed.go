// Package calendars holds the dated calendars that ship with Remit: bank holidays,
// the timetable of submissions and the limits of time in contracts.
package calendars

import "embed"

// Files are the calendars, by name.
//
//go:embed *.csv
var Files embed.FS
