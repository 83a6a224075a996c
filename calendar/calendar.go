package calendar

import (
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"time"

	"remit/register"
)

// Calendar is what is known of days. It is not changed after loading.
type Calendar struct {
	holidays    map[register.Day]string
	first, last int // calendar years for which bank holidays are known whole
	submissions []Submission
	limits      []Limit
}

// Submission says when the files of a month are due.
type Submission struct {
	Month      Month
	Feed       string // blank: every feed that has no row of its own
	Flex       register.Day
	Freeze     register.Day
	Confidence string
	Source     string
	Note       string
}

// Limit is a time that a contract allows.
type Limit struct {
	Name        string // contest, answer, ...
	Days        int
	Operational bool   // else calendar days
	CountedFrom string // in words
	From, To    register.Day
	Confidence  string
	Source      string
	Note        string
}

// Load reads bank_holidays.csv, submission.csv and limits.csv. Faults are a
// *register.DataError with every one of them.
func Load(files fs.FS) (*Calendar, error) {
	c := &Calendar{holidays: map[register.Day]string{}}
	var all []register.Fault
	for _, read := range []func(fs.FS) ([]register.Fault, error){c.readHolidays, c.readSubmissions, c.readLimits} {
		faults, err := read(files)
		if err != nil {
			return nil, err
		}
		all = append(all, faults...)
	}
	if err := register.FaultsError(all); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *Calendar) readHolidays(files fs.FS) ([]register.Fault, error) {
	s, err := readSheet(files, "bank_holidays.csv", "day", "name", "confidence", "source")
	if err != nil {
		return nil, err
	}
	s.each(func(r row) {
		day := r.day("day")
		if _, twice := c.holidays[day]; twice {
			r.fault("day", "the day is there twice", "remove one")
		}
		c.holidays[day] = r.text("name")
	})
	years := map[int]bool{}
	for day := range c.holidays {
		if t := date(day); t.Month() == time.December {
			years[t.Year()] = true // a year is whole once its Christmas is there
		}
	}
	for y := range years {
		if c.first == 0 || y < c.first {
			c.first = y
		}
		c.last = max(c.last, y)
	}
	return s.faults, nil
}

func (c *Calendar) readSubmissions(files fs.FS) ([]register.Fault, error) {
	s, err := readSheet(files, "submission.csv", "year", "month", "feed", "flex_due", "freeze_due", "confidence", "source", "note")
	if err != nil {
		return nil, err
	}
	s.each(func(r row) {
		year, err := ParseYear(r.text("year"))
		if err != nil {
			r.fault("year", err.Error(), "write it as 202627")
		}
		month, err := strconv.Atoi(r.text("month"))
		if err != nil || month < 1 || month > LastMonth {
			r.fault("month", "it is no month from 1 (April) to 13", "put it right")
		}
		x := Submission{Month{year, month}, r.text("feed"), r.day("flex_due"), r.day("freeze_due"), r.text("confidence"), r.text("source"), r.text("note")}
		if x.Freeze < x.Flex {
			r.fault("freeze_due", "freeze is before flex", "put one of them right")
		}
		if slices.ContainsFunc(c.submissions, func(y Submission) bool { return y.Month == x.Month && y.Feed == x.Feed }) {
			r.fault("month", "the month is there twice for the feed", "remove one")
		}
		c.submissions = append(c.submissions, x)
	})
	return s.faults, nil
}

func (c *Calendar) readLimits(files fs.FS) ([]register.Fault, error) {
	s, err := readSheet(files, "limits.csv", "limit", "days", "kind", "counted_from", "valid_from", "valid_to", "confidence", "source", "note")
	if err != nil {
		return nil, err
	}
	s.each(func(r row) {
		days, err := strconv.Atoi(r.text("days"))
		if err != nil || days < 0 || days > 366 {
			r.fault("days", "it is no number of days from 0 to 366", "put it right")
		}
		kind := r.text("kind")
		if kind != "operational" && kind != "calendar" {
			r.fault("kind", "it is neither operational nor calendar", "write one of them")
		}
		x := Limit{r.text("limit"), days, kind == "operational", r.text("counted_from"), register.Earliest, register.Latest, r.text("confidence"), r.text("source"), r.text("note")}
		if r.text("valid_from") != "" {
			x.From = r.day("valid_from")
		}
		if r.text("valid_to") != "" {
			x.To = r.day("valid_to")
		}
		if slices.ContainsFunc(c.limits, func(y Limit) bool { return y.Name == x.Name && y.From <= x.To && x.From <= y.To }) {
			r.fault("limit", "two rows of the limit hold on one day", "end one before the other begins")
		}
		c.limits = append(c.limits, x)
	})
	return s.faults, nil
}

// Holiday is the name of the bank holiday (of England) on a day, or blank.
func (c *Calendar) Holiday(day register.Day) string { return c.holidays[day] }

// Operational says whether a day is neither a Saturday, a Sunday nor a bank
// holiday.
func (c *Calendar) Operational(day register.Day) bool {
	weekday := date(day).Weekday()
	return weekday != time.Saturday && weekday != time.Sunday && c.holidays[day] == ""
}

// Known says whether the bank holidays of a financial year are known. Its last
// months lie in the calendar year after.
func (c *Calendar) Known(year int) bool { return c.first != 0 && year >= c.first && year < c.last }

// OperationalDays counts the operational days of a month; month 13 has none.
func (c *Calendar) OperationalDays(m Month) (n int) {
	if m.Month == LastMonth {
		return 0
	}
	for day := m.First(); day <= m.Last(); day++ {
		if c.Operational(day) {
			n++
		}
	}
	return n
}

// After is the day so many operational days after another. That day itself is not
// counted, whether or not it is operational.
func (c *Calendar) After(day register.Day, operational int) register.Day {
	for n := 0; n < operational; {
		if day++; c.Operational(day) {
			n++
		}
	}
	return day
}

// Submission is when a feed's files of a month are due: the row of the feed, else
// the row of every feed.
func (c *Calendar) Submission(m Month, feed string) (Submission, bool) {
	for _, want := range []string{feed, ""} {
		for _, s := range c.submissions {
			if s.Month == m && s.Feed == want {
				return s, true
			}
		}
	}
	return Submission{}, false
}

// Submissions are all of them, as the file has them.
func (c *Calendar) Submissions() []Submission { return slices.Clone(c.submissions) }

// Limits are all of them, as the file has them.
func (c *Calendar) Limits() []Limit { return slices.Clone(c.limits) }

// Limit is the limit of a name that holds on a day.
func (c *Calendar) Limit(name string, on register.Day) (Limit, bool) {
	for _, l := range c.limits {
		if l.Name == name && l.From <= on && on <= l.To {
			return l, true
		}
	}
	return Limit{}, false
}

// Due is the last day of a limit counted from a day, or NoDay where no such limit
// is set.
func (c *Calendar) Due(name string, from register.Day) register.Day {
	l, ok := c.Limit(name, from)
	switch {
	case !ok:
		return register.NoDay
	case l.Operational:
		return c.After(from, l.Days)
	}
	return from + register.Day(l.Days)
}

// String writes the limit for reading: "10 operational days from challenge raised".
func (l Limit) String() string {
	kind := "calendar"
	if l.Operational {
		kind = "operational"
	}
	return fmt.Sprintf("%d %s days from %s", l.Days, kind, l.CountedFrom)
}
