package metric

import (
	"bytes"
	"math"
	"strings"
	"testing"
)

func dueFor(t testing.TB) Expected {
	t.Helper()
	d := func(id, unit, denominator string, version int) *Definition {
		return &Definition{ID: id, Version: version, Title: "Title of " + id, Unit: unit, Denominator: denominator, Multiplier: 100, SourceKind: "provider return",
			Status: "published", Services: []string{"X"}, From: day("2026-04-01")}
	}
	l := &Library{[]*Definition{d("part", "proportion", "all", 2), d("number", "count", "", 1), d("open", "yes or no", "", 1), d("mean-age", "mean", "people", 1)}}
	l.definitions = append(l.definitions, d("elsewhere", "count", "", 1))
	l.definitions[4].Services = []string{"Y"}
	return l.Due("RJ7", Quarter{2026, 2}, []string{"X"})
}

// A template that is filled in is read back, and zero, not submitted, suppressed
// and not applicable stay four different things.
func TestReturn(t *testing.T) {
	due := dueFor(t)
	var b bytes.Buffer
	if err := Template(&b, due); err != nil {
		t.Fatal(err)
	}
	want := "provider,service,period,metric,version,title,numerator,denominator,state,note\nRJ7,,2026/27 Q2,part,2,Title of part,,,,\n"
	if !strings.HasPrefix(b.String(), want) || strings.Contains(b.String(), "elsewhere") {
		t.Errorf("got %s", b.String())
	}
	// not filled in, every row is at fault
	if _, err := ReadReturn(b.Bytes(), "r.csv", due); err == nil || len(err.(ReturnFaults)) < 4 {
		t.Errorf("got %v", err)
	}
	for _, c := range []struct {
		cells string
		state State
		value float64
	}{
		{"45,60,,", Submitted, 75}, {"0,60,,", Zero, 0}, {"0,60,zero,", Zero, 0}, {",,not submitted,late", NotSubmitted, math.NaN()},
		{",,suppressed,", Suppressed, math.NaN()}, {",,not applicable,", NotApplicable, math.NaN()}, {"0,0,,", Zero, math.NaN()},
	} {
		filled := strings.NewReplacer("part,,,,", "part,"+c.cells, "number,,,,", "number,7,,,", "open,,,,", "open,1,,,", "mean-age,,,,", "mean-age,210.5,5,,").Replace(b.String())
		entries, err := ReadReturn([]byte("\ufeff"+filled), "r.csv", due)
		if err != nil {
			t.Fatalf("%s: %v", c.cells, err)
		}
		e := entries[0]
		v := e.Value(due.Metrics[0])
		if len(entries) != 4 || e.State != c.state || e.Version != 2 || v != c.value && !(math.IsNaN(v) && math.IsNaN(c.value)) {
			t.Errorf("%s: %+v is %v", c.cells, e, v)
		}
	}
}

func TestReturnFaults(t *testing.T) {
	due := dueFor(t)
	head := "provider,period,metric,version,numerator,denominator,state\n"
	text := head +
		"RJ7,2026/27 Q2,part,1,70,60,\n" +
		"RJ8,2026/27 Q2,number,1,1.5,3,\n" +
		"RJ7,2026/27 Q1,open,1,2,,\n" +
		"RJ7,2026/27 Q2,part,2,5,,suppressed\n" +
		"RJ7,2026/27 Q2,other,1,5,,\n" +
		"RJ7,2026/27 Q2\n" +
		"RJ7,2026/27 Q2,part,2,-1,ten,gone\n" +
		"RJ7,2026/27 Q2,part,2,3,3,zero\n" +
		"RJ7,2026/27 Q2,part,2,,,\n"
	_, err := ReadReturn([]byte(text), "r.csv", due)
	if err == nil {
		t.Fatal("no fault")
	}
	for _, want := range []string{
		`r.csv row 1 column version value "1": version 2 is in force`, `row 1 column numerator value "70": it is over the denominator 60`,
		`row 2 column provider value "RJ8": this is the return of RJ7`, `row 2 column denominator value "3": the metric has none`, `row 2 column numerator value "1.5": it is not a whole number`,
		`row 3 column period value "2026/27 Q1"`, `row 3 column numerator value "2": it is neither 0 nor 1`,
		`row 4 column metric value "part": row 1 has it already`, `row 4 column state value "suppressed": there are figures beside it`,
		`row 5 column metric value "other": it is not due from RJ7 for 2026/27 Q2`, `row 6: there are 2 fields where the header has 7`,
		`row 7 column numerator value "-1": it is under 0`, `row 7 column denominator value "ten": it is not a number`, `row 7 column state value "gone": it is not known`,
		`row 8 column numerator value "3": the state is zero`, `row 9 column numerator value "": it is blank, and a blank is no answer`,
		`column metric value "mean-age": it is due and not in the file`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not among the faults:\n%v", want, err)
		}
	}
	for _, text := range []string{"", "\"", "provider\n", head[:len(head)-1] + ",colour\n", head[:len(head)-1] + ",state\n"} {
		if _, err := ReadReturn([]byte(text), "r.csv", due); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}

func TestQuarters(t *testing.T) {
	for s, want := range map[string][2]string{"2026/27 Q1": {"2026-04-01", "2026-06-30"}, "2026/27 Q4": {"2027-01-01", "2027-03-31"}, "1999/00 Q3": {"1999-10-01", "1999-12-31"}} {
		q, err := ParseQuarter(s)
		if err != nil || q.String() != s || q.First() != day(want[0]) || q.Last() != day(want[1]) {
			t.Errorf("%s: %v, %v to %v, %v", s, q, q.First(), q.Last(), err)
		}
	}
	for _, s := range []string{"", "2026", "2026/28 Q1", "2026/27 Q5", "2026/27 Q0", "2026/27Q1", "26/27 Q1", "2026/27 Q1 ", "Q1"} {
		if q, err := ParseQuarter(s); err == nil {
			t.Errorf("%q is %v", s, q)
		}
	}
}

func FuzzReadReturn(f *testing.F) {
	due := dueFor(f)
	var b bytes.Buffer
	Template(&b, due)
	f.Add(b.Bytes())
	f.Add([]byte(strings.ReplaceAll(b.String(), ",,,,", ",1,1,,")))
	f.Fuzz(func(t *testing.T, text []byte) {
		entries, err := ReadReturn(text, "r.csv", due)
		if err == nil && len(entries) != len(due.Metrics) {
			t.Errorf("%d entries without fault, %d are due", len(entries), len(due.Metrics))
		}
		for _, e := range entries {
			if figures := e.State == Submitted || e.State == Zero; figures == math.IsNaN(e.Numerator) {
				t.Errorf("%+v", e)
			}
		}
	})
}
