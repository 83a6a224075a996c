package register

import (
	"testing"
	"time"
)

func TestDayInEngland(t *testing.T) {
	for _, c := range []struct{ moment, day string }{
		{"2026-03-31T22:59:59Z", "2026-03-31"}, // 23:59 in London, where it is summer
		{"2026-03-31T23:00:00Z", "2026-04-01"}, // midnight in London, still March in UTC
		{"2026-11-22T23:59:59Z", "2026-11-22"}, // winter: the two agree
		{"2026-11-23T00:00:00Z", "2026-11-23"},
		{"2026-06-30T20:30:00-04:00", "2026-07-01"},
		{"1999-12-31T23:59:59Z", "1999-12-31"},
	} {
		at, err := time.Parse(time.RFC3339, c.moment)
		if err != nil {
			t.Fatal(err)
		}
		if got := DayOf(at).String(); got != c.day {
			t.Errorf("%s is %s in England, want %s", c.moment, got, c.day)
		}
	}
	for day, want := range map[string]string{"2026-04-01": "2026-04-01T22:59:59.999999999Z", "2026-11-22": "2026-11-22T23:59:59.999999999Z",
		"2026-03-29": "2026-03-29T22:59:59.999999999Z"} { // the clocks go forward that night
		d, err := ParseDay(day)
		if err != nil {
			t.Fatal(err)
		}
		if got := DayEnd(d).UTC().Format(time.RFC3339Nano); got != want {
			t.Errorf("%s ends at %s, want %s", day, got, want)
		}
		if DayOf(DayEnd(d)) != d || DayOf(DayEnd(d).Add(time.Nanosecond)) != d+1 {
			t.Errorf("%s does not end where the next day begins", day)
		}
	}
}
