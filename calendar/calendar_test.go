package calendar_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"remit/calendar"
	"remit/calendars"
	"remit/register"
)

func load(t *testing.T) *calendar.Calendar {
	t.Helper()
	c, err := calendar.Load(calendars.Files)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func day(t *testing.T, text string) register.Day {
	t.Helper()
	d, err := register.ParseDay(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestOperationalDays(t *testing.T) {
	c := load(t)
	for _, x := range []struct {
		month calendar.Month
		want  int
		why   string
	}{
		{calendar.Month{Year: 2026, Month: 1}, 20, "April 2026: 22 weekdays less Good Friday and Easter Monday"},
		{calendar.Month{Year: 2026, Month: 2}, 19, "May 2026: 21 weekdays less two bank holidays"},
		{calendar.Month{Year: 2026, Month: 3}, 22, "June 2026: 22 weekdays"},
		{calendar.Month{Year: 2026, Month: 9}, 21, "December 2026: 23 weekdays less the 25th and, in place of Saturday 26th, the 28th"},
		{calendar.Month{Year: 2024, Month: 12}, 21, "March 2025: 21 weekdays; Easter is in April"},
		{calendar.Month{Year: 2026, Month: 13}, 0, "month 13 has no days of its own"},
	} {
		if got := c.OperationalDays(x.month); got != x.want {
			t.Errorf("%s: got %d, want %d (%s)", x.month, got, x.want, x.why)
		}
	}
	for _, x := range [][3]string{ // from, days, to
		{"2026-07-24", "5", "2026-07-31"}, // a Friday
		{"2026-07-25", "5", "2026-07-31"}, // a Saturday counts on from Monday
		{"2026-04-02", "1", "2026-04-07"}, // the Thursday before Easter
		{"2026-12-24", "2", "2026-12-30"}, // 25th to 28th do not count
		{"2026-07-24", "0", "2026-07-24"},
	} {
		n := int(x[1][0] - '0')
		if got := c.After(day(t, x[0]), n); got.String() != x[2] {
			t.Errorf("%s operational days after %s: got %s, want %s", x[1], x[0], got, x[2])
		}
	}
	if !c.Known(2025) || !c.Known(2026) || c.Known(2021) || c.Known(2040) {
		t.Error("the years whose bank holidays are known are not 2022 to 2027")
	}
}

func TestMonths(t *testing.T) {
	for _, x := range []struct {
		month             calendar.Month
		first, last, name string
	}{
		{calendar.Month{Year: 2026, Month: 1}, "2026-04-01", "2026-04-30", "April 2026"},
		{calendar.Month{Year: 2026, Month: 9}, "2026-12-01", "2026-12-31", "December 2026"},
		{calendar.Month{Year: 2027, Month: 11}, "2028-02-01", "2028-02-29", "February 2028"},
		{calendar.Month{Year: 2026, Month: 13}, "2027-03-01", "2027-03-31", "2026/27 month 13"},
	} {
		if x.month.First().String() != x.first || x.month.Last().String() != x.last || x.month.String() != x.name {
			t.Errorf("%v: got %s to %s", x, x.month.First(), x.month.Last())
		}
		if got := calendar.MonthOf(x.month.Last()); x.month.Month < 13 && got != x.month {
			t.Errorf("%s lies in %s", x.last, got)
		}
	}
	for text, want := range map[string]int{"202627": 2026, "2026/27": 2026, "2026-27": 2026, "2026/2027": 2026, "199900": 1999, "2026": 0, "202628": 0, "26/27": 0, "": 0, "abcdef": 0, "2026/2": 0} {
		got, err := calendar.ParseYear(text)
		if got != want || (err == nil) != (want != 0) {
			t.Errorf("%q: got %d, %v", text, got, err)
		}
	}
}

func TestDue(t *testing.T) {
	c := load(t)
	if got := c.Due("answer", day(t, "2026-07-27")); got.String() != "2026-08-10" {
		t.Errorf("an answer is due %s, want ten operational days after Monday 27 July", got)
	}
	if got := c.Due("no such limit", day(t, "2026-07-27")); got != register.NoDay {
		t.Errorf("got %s", got)
	}
	s, ok := c.Submission(calendar.Month{Year: 2026, Month: 1}, "PLCM")
	if !ok || s.Flex.String() != "2026-05-26" || s.Freeze.String() != "2026-06-25" || s.Confidence != "low" {
		t.Errorf("%+v: 25 May 2026 is a bank holiday", s)
	}
	for _, l := range c.Limits() {
		if l.Confidence != "low" {
			t.Errorf("limit %s is %s: none was found in an official text", l.Name, l.Confidence)
		}
	}
}

func TestEveryFaultIsNamed(t *testing.T) {
	files := fstest.MapFS{
		"bank_holidays.csv": {Data: []byte("day,name,confidence,source\n2026-12-25,Christmas,high,x\n25/12/2026,Christmas,high,x\n2026-12-25,again,sure,\n")},
		"submission.csv":    {Data: []byte("year,month,feed,flex_due,freeze_due,confidence,source,note\n2026,1,,2026-05-26,2026-05-01,low,x,\n202627,14,,2026-05-26,2026-06-01,low,x,\n")},
		"limits.csv":        {Data: []byte("limit,days,kind,counted_from,valid_from,valid_to,confidence,source,note\nanswer,ten,working,x,,,low,x,\nanswer,5,operational,x,2026-04-01,,low,x,\n")},
	}
	_, err := calendar.Load(files)
	if err == nil {
		t.Fatal("no fault was found")
	}
	for _, want := range []string{"bank_holidays.csv row 3 column day", "bank_holidays.csv row 4 column confidence", "row 4 column source", "row 4 column day",
		"submission.csv row 2 column year", "row 2 column freeze_due", "submission.csv row 3 column month", "limits.csv row 2 column days", "row 2 column kind", "limits.csv row 3 column limit"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not among the faults:\n%v", want, err)
		}
	}
}
