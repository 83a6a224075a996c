package monitor

import "remit/activity"

// family is the activity of lines that may be added up.
type family struct{ planned, actual Activity }

// restsOnActivity says whether the money of a line follows from its activity.
func restsOnActivity(f Figures) bool {
	if f.PlannedActivity == 0 {
		return f.ActualActivity != 0 && f.PlannedPrice.IsZero()
	}
	return true
}

func (f *family) add(line Figures) {
	if restsOnActivity(line) {
		f.planned += line.PlannedActivity
		f.actual += line.ActualActivity
	}
}

// parts are those of a line. What is rounded is rounded once, and the last part is
// what is left, so that they sum to the variance exactly.
func (f *family) parts(line Figures) Parts {
	variance := line.PriceVariance()
	if !restsOnActivity(line) {
		return Parts{Rate: variance}
	}
	atPlan := line.atPlannedPrice()
	rate := line.ActualPrice.Sub(atPlan)
	if f.planned == 0 {
		return Parts{Volume: variance.Sub(rate), Rate: rate}
	}
	volume := line.PlannedPrice.Scale(int64(f.actual-f.planned), int64(f.planned))
	return Parts{Volume: volume, Rate: rate, Mix: variance.Sub(rate).Sub(volume)}
}

// atPlannedPrice is what the actual activity would have cost at the planned unit
// price; where nothing was planned, at its own.
func (f Figures) atPlannedPrice() activity.Amount {
	if f.PlannedActivity == 0 {
		return f.ActualPrice
	}
	return f.PlannedPrice.Scale(int64(f.ActualActivity), int64(f.PlannedActivity))
}
