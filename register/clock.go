package register

import (
	"time"
	_ "time/tzdata" // the zones are in the program: a server may have none
)

// England is the clock of England, by which days begin and end whatever zone a
// server is in.
var England = func() *time.Location {
	l, err := time.LoadLocation("Europe/London")
	if err != nil {
		panic(err) // the zones are in the program: see the import
	}
	return l
}()

// DayOf is the day in England at a moment.
func DayOf(t time.Time) Day {
	y, m, d := t.In(England).Date()
	return civil(y, int(m), d)
}

// DayEnd is the last moment of a day in England.
func DayEnd(d Day) time.Time {
	y, m, day := time.Unix((int64(d)+1)*24*60*60, 0).UTC().Date()
	return time.Date(y, m, day, 0, 0, 0, 0, England).Add(-time.Nanosecond)
}
