package monitor

import (
	"remit/activity"
	"remit/calendar"
)

// Forecast is what a year comes to by two ways of looking ahead. Both have the
// whole plan beside them.
type Forecast struct {
	ToDate        Figures // months 1 to the one given
	RemainingPlan Figures // actual: to date, and the plan of the months to come
	RunRate       Figures // actual: to date, stretched to the year
	Plan          Figures // the year as planned; actuals nothing
}

// ForecastCells gives the outturn of every key of a year after a month, as cells
// that can be viewed and cut: those by remaining plan and those by run rate. What
// has been done stands in its months, what is to come in the months it is expected.
// Adjustments after the year end are neither stretched nor foreseen. The profile says
// what share of the year has passed.
func ForecastCells(cells []Cell, year, month int, p Profile) (remainingPlan, runRate []Cell) {
	soFar := map[Key]Figures{}
	var order []Key
	for _, c := range cells {
		if c.Year != year {
			continue
		}
		if _, seen := soFar[c.Key]; !seen {
			order = append(order, c.Key)
		}
		f := soFar[c.Key]
		if c.Month.Month <= month && c.Month.Month <= 12 {
			f = f.Add(c.Figures)
		}
		soFar[c.Key] = f
		plan, rate := c, c
		if c.Month.Month > month {
			plan.ActualActivity, plan.ActualPrice = c.PlannedActivity, c.PlannedPrice
			rate.ActualActivity, rate.ActualPrice = 0, activity.Amount{}
		}
		remainingPlan, runRate = append(remainingPlan, plan), append(runRate, rate)
	}
	for _, k := range order {
		runRate = append(runRate, p.stretch(k, year, month, soFar[k])...)
	}
	return remainingPlan, Merge(runRate)
}

// stretch foresees the months after one, from what was done so far.
func (p Profile) stretch(k Key, year, month int, f Figures) (cells []Cell) {
	passed := p.to(month)
	if passed == 0 || month >= 12 {
		return nil // nothing has passed that could be stretched, or nothing is left
	}
	before := p.run(f, passed, passed)
	for m := month + 1; m <= 12; m++ {
		now := p.run(f, p.to(m), passed)
		c := Cell{Key: k, Month: calendar.Month{Year: year, Month: m}}
		c.ActualActivity, c.ActualPrice = now.ActualActivity-before.ActualActivity, now.ActualPrice.Sub(before.ActualPrice)
		cells = append(cells, c)
		before = now
	}
	return cells
}

// run is what was done, grown from the share of the year that has passed to another.
func (p Profile) run(f Figures, share, passed int64) Figures {
	done, _ := activity.FromUnits(int64(f.ActualActivity)).Scale(share, passed).Units()
	return Figures{ActualActivity: Activity(done), ActualPrice: f.ActualPrice.Scale(share, passed)}
}

// NewForecast is the forecast of cells as a whole: the sum of the forecasts of their
// keys.
func NewForecast(cells []Cell, year, month int, p Profile) Forecast {
	remaining, rate := ForecastCells(cells, year, month, p)
	whole := Total(In(cells, year, WholeYear))
	return Forecast{
		ToDate:        Total(In(cells, year, YearToDate(month))),
		RemainingPlan: Total(remaining),
		RunRate:       Total(rate),
		Plan:          Figures{PlannedActivity: whole.PlannedActivity, PlannedPrice: whole.PlannedPrice},
	}
}
