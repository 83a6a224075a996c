package monitor_test

import (
	"errors"
	"strings"
	"testing"

	"remit/monitor"
)

func TestReadPlan(t *testing.T) {
	own := "provider,commissioner,service_line,pod,category,hrg,year,month,activity,price,phasing\n" +
		"r0a,14L,NCBPS01C,EL,25,AA22C,202627,,120,\"£120,000.00\",working_days\n" +
		"R0A,14L,NCBPS01C,DRUG,25,,2026/27,3,0,(250.5),\n" +
		"R0A,14L,NCBPS01C,NEL,25,AA22C,202627,0,2,20,\nR0A,14L,NCBPS01C,NEL,25,AA22C,202627,1,1.5,15,\nR0A,14L,NCBPS01C,NEL,25,AA22C,202627,2,0.5,5,\n"
	rows, err := monitor.ReadPlan("plan.csv", strings.NewReader(own))
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 4 || rows[0].Month != 0 || rows[0].Provider != "R0A" || rows[0].Chapter != "A" || rows[0].Price != pounds("120000") || rows[1].Price != pounds("-250.5") || rows[1].Year != 2026 {
		t.Errorf("%+v", rows)
	}
	cells, err := monitor.Phaser{Calendar: loadCalendar(t)}.Spread("plan.csv", rows)
	if err != nil {
		t.Fatal(err)
	}
	if got := monitor.Total(cells); got.PlannedPrice != pounds("119769.5") || got.PlannedActivity != counted("122") {
		t.Errorf("%+v", got)
	}
	// 20 of 251 working days are in April.
	if want := pounds("120000").Scale(20, 251); cells[0].Month.Month != 1 || cells[0].PlannedPrice != want {
		t.Errorf("April: %+v, want %s", cells[0], want)
	}

	standard := "FINANCIAL_MONTH|FINANCIAL YEAR|ORGANISATION IDENTIFIER (CODE OF PROVIDER)|ORGANISATION IDENTIFIER (CODE OF COMMISSIONER)|SERVICE CODE|POINT OF DELIVERY CODE|TARIFF CODE|" +
		"CONTRACT MONITORING PLANNED ACTIVITY|CONTRACT MONITORING PLANNED PRICE|NAME OF SUBMITTER\n1|202627|R0A|14L|NCBPS01C|EL|AA22C|10|1000|x\n13|202627|R0A|14L|NCBPS01C|ADJUSTMENT||0|-5|x\n"
	rows, err = monitor.ReadPlan("iap.csv", strings.NewReader(standard))
	if err != nil || len(rows) != 2 || rows[0].Month != 1 || rows[1].Month != 13 || rows[0].Activity != counted("10") {
		t.Errorf("the standard layout: %+v %v", rows, err)
	}
}

func TestPlanFaults(t *testing.T) {
	const header = "provider,commissioner,service_line,pod,year,month,activity,price,phasing\n"
	for _, x := range []struct{ name, text, want string }{
		{"no column", "provider,commissioner,service_line,pod,year,activity\n", "column price or CONTRACT MONITORING PLANNED PRICE: the column is not there"},
		{"a column twice", "provider,provider,commissioner,service_line,pod,year,activity,price\n", "row 1 column provider: the column is there twice"},
		{"no rows", header, "it has no rows"},
		{"a blank code", header + ",14L,N,EL,202627,1,1,1,\n", "row 2 column provider: it is blank"},
		{"a year", header + "R0A,14L,N,EL,2026,1,1,1,\n", `row 2 column year value "2026"`},
		{"a month", header + "R0A,14L,N,EL,202627,14,1,1,\n", `column month value "14": it is no month from 0 to 13`},
		{"a count", header + "R0A,14L,N,EL,202627,1,1.2345,1,\n", `column activity value "1.2345": it is no count: "1.2345" has more than three decimals`},
		{"a price", header + "R0A,14L,N,EL,202627,1,1,TBC,\n", `column price value "TBC"`},
		{"a phasing", header + "R0A,14L,N,EL,202627,,1,1,evenly\n", `column phasing value "evenly": there is no such phasing`},
		{"a short row", header + "R0A,14L\n", "row 2: it has 2 fields and the header 9"},
		{"a year that its months do not sum to", header + "R0A,14L,N,EL,202627,0,10,100,\nR0A,14L,N,EL,202627,1,9,100,\n", "is not what its months sum to"},
	} {
		_, err := monitor.ReadPlan("p.csv", strings.NewReader(x.text))
		var plan *monitor.PlanError
		if !errors.As(err, &plan) || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: got %v, want %q", x.name, err, x.want)
		}
	}
	_, err := monitor.ReadPlan("p.csv", strings.NewReader(header+",14L,N,EL,2026,1,x,1,\nR0A,14L,N,EL,202627,1,1,y,\n"))
	var plan *monitor.PlanError
	if !errors.As(err, &plan) || len(plan.Faults) != 4 {
		t.Errorf("all faults at once: %v", err)
	}
	rows, err := monitor.ReadPlan("p.csv", strings.NewReader(header+"R0A,14L,N,EL,202627,,1,1,last_year\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (monitor.Phaser{}).Spread("p.csv", rows); !errors.As(err, &plan) || !strings.Contains(err.Error(), "p.csv row 2: the year cannot be spread: there is no actual activity of 2025/26") {
		t.Errorf("no last year: %v", err)
	}
}

func TestActivity(t *testing.T) {
	for text, want := range map[string]string{"12": "12", "12.5": "12.5", "-0.125": "-0.125", "1,200": "1200", "": "0", "0.001": "0.001", "9999999999.999": "9999999999.999"} {
		got, err := monitor.ParseActivity([]byte(text))
		if err != nil || got.String() != want {
			t.Errorf("%q: %s %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"x", "1.2345", "10000000000", "99999999999999999"} {
		if got, err := monitor.ParseActivity([]byte(text)); err == nil {
			t.Errorf("%q is read as %s", text, got)
		}
	}
	for hrg, want := range map[string]string{"AA22C": "A", "aa22c": "A", "AA22C local": "A", "U06": "", "LOCAL1": "", "": ""} {
		if got := monitor.ChapterOf(hrg); got != want {
			t.Errorf("%q is of chapter %q, want %q", hrg, got, want)
		}
	}
}

// FuzzReadPlan: whatever the text, a plan is read or refused, and what is read can be
// spread to what was read.
func FuzzReadPlan(f *testing.F) {
	f.Add("provider,commissioner,service_line,pod,year,month,activity,price\nR0A,14L,N,EL,202627,,1.5,100\n")
	f.Add("provider|commissioner|service_line|pod|year|activity|price\nR0A|14L|\"N|EL|202627|1|(1)\n")
	f.Fuzz(func(t *testing.T, text string) {
		rows, err := monitor.ReadPlan("p.csv", strings.NewReader(text))
		if err != nil {
			return
		}
		var want monitor.Figures
		for i := range rows {
			rows[i].Phasing = ""
			want = want.Add(monitor.Figures{PlannedActivity: rows[i].Activity, PlannedPrice: rows[i].Price})
		}
		cells, err := monitor.Phaser{}.Spread("p.csv", rows)
		if err != nil || monitor.Total(cells) != want {
			t.Errorf("%q: %v, sums to %+v, want %+v", text, err, monitor.Total(cells), want)
		}
	})
}
