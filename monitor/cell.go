package monitor

import (
	"fmt"
	"strings"

	"remit/activity"
	"remit/calendar"
)

// Activity is a count in thousandths: the standards allow three decimals.
type Activity int64

// ActivityUnit is one of whatever is counted.
const ActivityUnit Activity = 1000

// String writes the count without needless zeros: "12.5".
func (a Activity) String() string {
	sign := ""
	if a < 0 {
		sign, a = "-", -a
	}
	if a%ActivityUnit == 0 {
		return fmt.Sprint(sign, int64(a/ActivityUnit))
	}
	return strings.TrimRight(fmt.Sprintf("%s%d.%03d", sign, int64(a/ActivityUnit), int64(a%ActivityUnit)), "0")
}

// MarshalText writes the count as String does.
func (a Activity) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// ParseActivity reads a count with at most three decimals, as files have it. A
// blank is none. It fails with what is wrong.
func ParseActivity(text []byte) (Activity, error) {
	amount, _, err := activity.ParseAmount(text)
	if err != nil {
		return 0, fmt.Errorf("%q is not a number", text)
	}
	thousandths := amount.Scale(1, unitsPerThousandth)
	if thousandths.Scale(unitsPerThousandth, 1) != amount {
		return 0, fmt.Errorf("%q has more than three decimals", text)
	}
	n, fits := thousandths.Units()
	if !fits || n > maxActivity || n < -maxActivity {
		return 0, fmt.Errorf("%q has more than ten digits before the point", text)
	}
	return Activity(n), nil
}

const (
	unitsPerThousandth = 100_000           // of 10^-8 in a thousandth
	maxActivity        = 9_999_999_999_999 // ten digits and three decimals
)

// Key is what a cell is about, as it was recorded. Codes are cleaned: upper case,
// no blanks around them. A blank code is "not stated".
type Key struct {
	Provider     string // ODS code
	Commissioner string // sub-ICB location, ICB, hub: as assigned or as billed, the caller says
	Practice     string // GP practice; needed only where the commissioner does not tell the area: see Structure.NeedsPractice
	Line         string // service line: NCBPS01C
	POD          string // national point of delivery
	Category     string // commissioned service category: 25
	Chapter      string // HRG chapter: the first letter, or two
}

// Figures are what was planned and done.
type Figures struct {
	PlannedActivity Activity
	ActualActivity  Activity
	PlannedPrice    activity.Amount
	ActualPrice     activity.Amount
}

// Add is the sum.
func (f Figures) Add(g Figures) Figures {
	return Figures{f.PlannedActivity + g.PlannedActivity, f.ActualActivity + g.ActualActivity, f.PlannedPrice.Add(g.PlannedPrice), f.ActualPrice.Add(g.ActualPrice)}
}

// ActivityVariance is actual less planned.
func (f Figures) ActivityVariance() Activity { return f.ActualActivity - f.PlannedActivity }

// PriceVariance is actual less planned.
func (f Figures) PriceVariance() activity.Amount { return f.ActualPrice.Sub(f.PlannedPrice) }

// Cell is what one key planned and did in one month.
type Cell struct {
	Key
	calendar.Month
	Figures
}

// Total is the sum of cells.
func Total(cells []Cell) (sum Figures) {
	for i := range cells {
		sum = sum.Add(cells[i].Figures)
	}
	return sum
}

// Period is a part of a financial year, by months 1 to 13, both ends included.
type Period struct{ From, To int }

// InMonth is one month.
func InMonth(month int) Period { return Period{month, month} }

// YearToDate is every month to the one given.
func YearToDate(month int) Period { return Period{1, month} }

// WholeYear is every month, with the adjustments after the year end.
var WholeYear = Period{1, calendar.LastMonth}

// Has says whether a month lies in the period.
func (p Period) Has(month int) bool { return p.From <= month && month <= p.To }

// In are the cells of a period of a year.
func In(cells []Cell, year int, p Period) []Cell {
	var in []Cell
	for _, c := range cells {
		if c.Year == year && p.Has(c.Month.Month) {
			in = append(in, c)
		}
	}
	return in
}

// Merge adds up cells of the same key and month: plans and actuals that come from
// different places. The order is that in which keys come first.
func Merge(lists ...[]Cell) []Cell {
	type at struct {
		Key
		calendar.Month
	}
	place := map[at]int{}
	var out []Cell
	for _, list := range lists {
		for _, c := range list {
			k := at{c.Key, c.Month}
			i, seen := place[k]
			if !seen {
				i = len(out)
				place[k] = i
				out = append(out, Cell{Key: c.Key, Month: c.Month})
			}
			out[i].Figures = out[i].Figures.Add(c.Figures)
		}
	}
	return out
}
