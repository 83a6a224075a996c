package synth

import (
	"time"

	"remit/register"
)

// lookBack is how many days before the year an admission may lie.
const lookBack = 200

// calendar has every day of the year, and some before it, as text.
type calendar struct {
	text    []string
	weekend []bool
	first   [12]int // day on which each month begins, as an index into text
	length  [12]int
}

func newCalendar(start, end register.Day) calendar {
	var c calendar
	for d := start - lookBack; d <= end; d++ {
		c.text = append(c.text, d.String())
		day := time.Unix(int64(d)*86400, 0).UTC()
		c.weekend = append(c.weekend, day.Weekday() == time.Saturday || day.Weekday() == time.Sunday)
		if d < start {
			continue
		}
		month := (int(day.Month()) + 8) % 12
		if c.length[month] == 0 {
			c.first[month] = int(d - start + lookBack)
		}
		c.length[month]++
	}
	return c
}

// day draws a day of a month (0 is April). Elective work is rare at weekends.
func (c *calendar) day(r *chance, month int, elective bool) int {
	d := c.first[month] + r.below(c.length[month])
	if elective && c.weekend[d] && r.percent(85) {
		d = c.first[month] + r.below(c.length[month])
	}
	return d
}
