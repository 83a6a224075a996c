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
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return NoDay, fmt.Errorf("%q is not a date written YYYY-MM-DD", s)
	}
	return Day(t.Unix() / 86400), nil
}

// String writes the day as YYYY-MM-DD, and nothing for NoDay and the ends of time.
func (d Day) String() string {
	if d <= Earliest || d >= Latest {
		return ""
	}
	return time.Unix(int64(d)*86400, 0).UTC().Format(time.DateOnly)
}
