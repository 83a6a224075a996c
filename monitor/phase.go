package monitor

import (
	"fmt"

	"remit/activity"
	"remit/calendar"
)

// Profile is how a year is spread over its months: the weight of April to March.
// What is spread sums to what there was, exactly.
type Profile struct {
	Name    string
	Weights [12]int64 // none negative, not all nothing
}

// Twelfths gives every month the same.
func Twelfths() Profile {
	p := Profile{Name: "twelfths"}
	for i := range p.Weights {
		p.Weights[i] = 1
	}
	return p
}

// CalendarDays weighs months by their days.
func CalendarDays(year int) Profile {
	p := Profile{Name: "calendar_days"}
	for i := range p.Weights {
		m := calendar.Month{Year: year, Month: i + 1}
		p.Weights[i] = int64(m.Last()-m.First()) + 1
	}
	return p
}

// WorkingDays weighs months by their days that are no Saturday, Sunday or bank
// holiday. It fails where the calendar does not know the bank holidays of the year.
func WorkingDays(year int, c *calendar.Calendar) (Profile, error) {
	p := Profile{Name: "working_days"}
	if !c.Known(year) {
		return p, fmt.Errorf("the bank holidays of %s are not known: add them to bank_holidays.csv, or spread the plan by calendar days", calendar.YearName(year))
	}
	for i := range p.Weights {
		p.Weights[i] = int64(c.OperationalDays(calendar.Month{Year: year, Month: i + 1}))
	}
	return p, nil
}

// LastYear weighs months by the actual activity of another year, adjustments after
// the year end left out. It fails where that gives no weights: nothing was done, or
// a month comes to less than nothing.
func LastYear(cells []Cell, year int) (Profile, error) {
	p := Profile{Name: "last_year"}
	var sum int64
	for _, c := range cells {
		if c.Year == year && c.Month.Month >= 1 && c.Month.Month <= 12 {
			p.Weights[c.Month.Month-1] += int64(c.ActualActivity)
			sum += int64(c.ActualActivity)
		}
	}
	for i, w := range p.Weights {
		if w < 0 {
			return p, fmt.Errorf("the actual activity of %s is below nothing in %s, which gives no profile", calendar.YearName(year), calendar.Month{Year: year, Month: i + 1})
		}
	}
	if sum == 0 {
		return p, fmt.Errorf("there is no actual activity of %s to take a profile from", calendar.YearName(year))
	}
	return p, nil
}

func (p Profile) to(month int) (sum int64) {
	for i := range min(month, 12) {
		sum += p.Weights[i]
	}
	return sum
}

// Amount spreads an amount. Each month is the year so far, rounded, less what came
// before, so that the months sum to the amount to the last unit.
func (p Profile) Amount(a activity.Amount) (months [12]activity.Amount) {
	var before activity.Amount
	whole := p.to(12)
	for i := range months {
		soFar := a.Scale(p.to(i+1), whole)
		months[i], before = soFar.Sub(before), soFar
	}
	return months
}

// Activity spreads a count in the same way.
func (p Profile) Activity(a Activity) (months [12]Activity) {
	amounts := p.Amount(activity.FromUnits(int64(a)))
	for i, x := range amounts {
		n, _ := x.Units() // a part of what was an int64 is one
		months[i] = Activity(n)
	}
	return months
}
