package priority_test

import (
	"math"
	"strings"
	"testing"

	"remit/priorities"
	"remit/priority"
)

// The shipped example by hand: 100 stations × 3 × 7 = 2,100 sessions; 95% of them
// are 1,995, of 665 patients; 1% a year fills them after ln(1/0.95)/ln(1.01) years.
func TestExample(t *testing.T) {
	in, err := priorities.FS.Open("capacity.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	list, err := priority.Read("capacity.csv", in)
	if err != nil || len(list) != 1 {
		t.Fatalf("%v, %v", list, err)
	}
	m := list[0]
	ahead := m.Ahead()
	if m.Capacity() != 2100 || math.Abs(ahead[0].Patients-665) > 1e-9 || math.Abs(ahead[1].Sessions-2014.95) > 1e-9 || ahead[0].More != 0 {
		t.Errorf("%v %+v", m.Capacity(), ahead[:2])
	}
	if years, ever := m.Exceeded(); !ever || math.Abs(years-5.154933) > 1e-6 {
		t.Errorf("exceeded after %v", years)
	}
	for i, y := range ahead {
		if y.Exceeded != (i >= 6) {
			t.Errorf("%+v", y)
		}
	}
	// 0.95 × 1.01^6 × 100 = 100.84 stations' worth: one more.
	if ahead[6].More != 1 || ahead[10].Stations != 105 {
		t.Errorf("%+v %+v", ahead[6], ahead[10])
	}
}

func TestNever(t *testing.T) {
	m := priority.Model{Stations: 10, Sessions: 2, Days: 6, EachPatient: 3, Utilisation: 0.8, MostUsed: 0.9, Growth: -0.01, Years: 3}
	if _, ever := m.Exceeded(); ever || m.Ahead()[3].Exceeded {
		t.Error("what falls is exceeded")
	}
	m.Utilisation = 0.95
	if years, ever := m.Exceeded(); !ever || years != 0 {
		t.Errorf("exceeded already: %v %v", years, ever)
	}
}

func TestFaults(t *testing.T) {
	_, err := priority.Read("c.csv", strings.NewReader(strings.Join(priority.Columns, ",")+"\n,renal,x,2026.5,0,3,8,3,0.9,-2,1.1,99,sure,\n"))
	if err == nil {
		t.Fatal("nothing is told")
	}
	for _, column := range []string{"model", "from_year", "stations", "days_a_week", "growth", "most_used", "years", "confidence", "source"} {
		if !strings.Contains(err.Error(), "column "+column) {
			t.Errorf("nothing is told of %s:\n%s", column, err)
		}
	}
}
