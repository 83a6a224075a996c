package monitor_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"remit/activity"
	"remit/calendar"
	"remit/calendars"
	"remit/monitor"
)

func loadCalendar(t testing.TB) *calendar.Calendar {
	t.Helper()
	c, err := calendar.Load(calendars.Files)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestProfiles(t *testing.T) {
	working, err := monitor.WorkingDays(2026, loadCalendar(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		profile monitor.Profile
		weights [12]int64
	}{
		{monitor.CalendarDays(2026), [12]int64{30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 28, 31}},
		{monitor.CalendarDays(2027), [12]int64{30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 29, 31}},
		// Weekdays of each month less bank holidays: April 22-2, May 21-2, June 22, July 23, August 21-1, September 22,
		// October 22, November 21, December 23-2, January 21-1, February 20, March 23-2.
		{working, [12]int64{20, 19, 22, 23, 20, 22, 22, 21, 21, 20, 20, 21}},
	} {
		if x.profile.Weights != x.weights {
			t.Errorf("%s: %v, want %v", x.profile.Name, x.profile.Weights, x.weights)
		}
	}
	if _, err := monitor.WorkingDays(2050, loadCalendar(t)); err == nil || !strings.Contains(err.Error(), "bank_holidays.csv") {
		t.Errorf("a year whose bank holidays are not known: %v", err)
	}
	months := monitor.Twelfths().Amount(pounds("100"))
	for i, want := range map[int]string{0: "8.33333333", 1: "8.33333334", 2: "8.33333333", 11: "8.33333333"} {
		if months[i] != pounds(want) {
			t.Errorf("month %d of £100: %s, want %s", i+1, months[i], want)
		}
	}
	if got := monitor.CalendarDays(2026).Amount(pounds("365")); got[0] != pounds("30") || got[10] != pounds("28") {
		t.Errorf("£1 a day: %v", got)
	}
	year := []monitor.Cell{cell("NCBPS01C", "EL", 1, "0", "0", "30", "0"), cell("NCBPS01C", "EL", 7, "0", "0", "10", "0"), cell("NCBPS01C", "EL", 13, "0", "0", "5", "0")}
	last, err := monitor.LastYear(year, 2026)
	if got := last.Activity(counted("100")); err != nil || got[0] != counted("75") || got[6] != counted("25") || got[1] != 0 {
		t.Errorf("last year's profile: %v %v", got, err)
	}
	if _, err := monitor.LastYear(nil, 2026); err == nil {
		t.Error("no last year gives a profile")
	}
	if _, err := monitor.LastYear([]monitor.Cell{cell("A", "EL", 1, "0", "0", "-3", "0")}, 2026); err == nil {
		t.Error("less than nothing gives a profile")
	}
}

// TestPhasedSums holds that the months of a year sum to it to 10^-8, whatever the
// profile.
func TestPhasedSums(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for range 3_000 {
		p := monitor.Profile{}
		p.Weights[r.IntN(12)] = 1
		for i := range p.Weights {
			p.Weights[i] += r.Int64N(1 + r.Int64N(1e6))
		}
		a, n := activity.FromUnits(r.Int64()-r.Int64()), monitor.Activity(r.Int64N(1e13)-r.Int64N(1e13))
		var sum activity.Amount
		var count monitor.Activity
		for _, x := range p.Amount(a) {
			sum = sum.Add(x)
		}
		for _, x := range p.Activity(n) {
			count += x
		}
		if sum != a || count != n {
			t.Fatalf("%v: %s and %s come back as %s and %s", p.Weights, a, n, sum, count)
		}
	}
}

// TestForecast: 10 at £1,000 planned each month; 45 at £48,000 done by June, and a
// credit of £100 in month 13 that is already known.
func TestForecast(t *testing.T) {
	var cells []monitor.Cell
	for m := 1; m <= 12; m++ {
		cells = append(cells, cell("NCBPS01C", "EL", m, "10", "10000", "0", "0"))
	}
	for m, done := range []string{"15", "10", "20"} {
		cells = append(cells, cell("NCBPS01C", "EL", m+1, "0", "0", done, []string{"15000", "11000", "22000"}[m]))
	}
	cells = monitor.Merge(cells)
	f := monitor.NewForecast(cells, 2026, 3, monitor.Twelfths())
	for _, x := range []struct {
		name           string
		got            monitor.Figures
		activity, cost string
	}{
		{"to date", f.ToDate, "45", "48000"},
		{"remaining plan: 45 and 9 months of 10", f.RemainingPlan, "135", "138000"},
		{"run rate: 45 in a quarter, four quarters", f.RunRate, "180", "192000"},
	} {
		if x.got.ActualActivity != counted(x.activity) || x.got.ActualPrice != pounds(x.cost) {
			t.Errorf("%s: %s and %s, want %s and %s", x.name, x.got.ActualActivity, x.got.ActualPrice, x.activity, x.cost)
		}
	}
	if f.Plan.PlannedActivity != counted("120") || f.Plan.PlannedPrice != pounds("120000") || f.RunRate.PlannedPrice != pounds("120000") {
		t.Errorf("the plan: %+v", f.Plan)
	}
	days := monitor.NewForecast(cells, 2026, 3, monitor.CalendarDays(2026)) // 91 of 365 days
	if want := pounds("48000").Scale(365, 91); days.RunRate.ActualPrice != want {
		t.Errorf("by days: %s, want %s", days.RunRate.ActualPrice, want)
	}
	if whole := monitor.NewForecast(cells, 2026, 12, monitor.Twelfths()); whole.RunRate != whole.ToDate || whole.RemainingPlan != whole.ToDate {
		t.Errorf("at the year end there is nothing to foresee: %+v", whole)
	}
}

// TestForecastSums holds that forecasts of parts sum to the forecast of the whole.
func TestForecastSums(t *testing.T) {
	cells := randomCells(rand.New(rand.NewPCG(13, 14)), 2026, 500)
	for month := 0; month <= 13; month++ {
		remaining, rate := monitor.ForecastCells(cells, 2026, month, monitor.CalendarDays(2026))
		whole := monitor.NewForecast(cells, 2026, month, monitor.CalendarDays(2026))
		for _, x := range []struct {
			cells []monitor.Cell
			want  monitor.Figures
		}{{remaining, whole.RemainingPlan}, {rate, whole.RunRate}} {
			var sum monitor.Figures
			for _, g := range monitor.NewView(x.cells, structureOn(t, "2026-06-01")).Cut(monitor.ICB, monitor.POD) {
				sum = sum.Add(g.Figures)
			}
			if sum != x.want {
				t.Fatalf("month %d: %+v, want %+v", month, sum, x.want)
			}
		}
		if whole.RemainingPlan.PlannedPrice != whole.Plan.PlannedPrice || whole.RunRate.PlannedActivity != whole.Plan.PlannedActivity {
			t.Fatalf("month %d: a forecast changes the plan", month)
		}
	}
}
