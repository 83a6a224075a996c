package price

import (
	"strings"
	"testing"
	"testing/fstest"

	"remit/activity"
	"remit/prices"
)

// TestLocalPrices holds submitted prices against local ones, by hand: a penny a
// unit or 0.01% of what is expected, whichever is more.
func TestLocalPrices(t *testing.T) {
	shipped, err := Shipped()
	if err != nil {
		t.Fatal(err)
	}
	within := shipped.LocalTolerance("202627")
	l, err := LoadLocalPrices(prices.FS, "samples/contracts/local.csv")
	if err != nil {
		t.Fatal(err)
	}
	comm := LocalLine{Year: "202627", Provider: "RJ7", Commissioner: "QWE", Category: "25", Service: "NCBPS01C", POD: "COMM"}
	mdt := LocalLine{Year: "202627", Provider: "RJ700", Commissioner: "QOP", Category: "21", Service: "NCBPS13M", POD: "mdt "}
	other := comm
	other.Commissioner = "QOP"
	for _, c := range []struct {
		line        LocalLine
		count, cost string
		want        LocalOutcome
		expected    string
	}{
		{comm, "10", "855", LocalAgrees, "855"},
		{comm, "10", "855.10", LocalAgrees, "855"}, // 10 x 0.01
		{comm, "10", "855.11", LocalDiffers, "855"},
		{comm, "10", "854.90", LocalAgrees, "855"},
		{comm, "-10", "-855", LocalAgrees, "-855"},
		{comm, "0", "0", LocalAgrees, "0"},
		{comm, "0", "85.50", LocalDiffers, "0"},
		{other, "1", "85.50", LocalNotListed, "0"},            // agreed with another commissioner
		{mdt, "1", "120", LocalAgrees, "120"},                 // with any commissioner; codes as they come
		{mdt, "10000", "1200120.01", LocalDiffers, "1200000"}, // 0.01% is 120
		{mdt, "10000", "1200120", LocalAgrees, "1200000"},
		{LocalLine{Year: "202526", Provider: "RJ7", POD: "MDT"}, "1", "120", LocalNotListed, "0"},
	} {
		c.line.Count, c.line.Cost = amount(t, c.count), amount(t, c.cost)
		v := l.Test(c.line, within)
		if v.Outcome != c.want || v.Expected != amount(t, c.expected) {
			t.Errorf("%+v: %+v", c, v)
		}
		if v.Outcome != LocalNotListed && v.Expected.Add(v.Difference) != c.line.Cost {
			t.Errorf("%+v: expected %s and difference %s are not the cost", c, v.Expected, v.Difference)
		}
	}
	if says := within.Says(); says != "£0.01 a unit, or 0.01%, whichever is more" {
		t.Error(says)
	}
}

// TestMostParticularLocalPrice: of the prices that a report has for a row the one
// counts that says most about it.
func TestMostParticularLocalPrice(t *testing.T) {
	row := LocalLine{Year: "2026/27", Provider: "RJ7", POD: "COMM", Commissioner: "QWE", Category: "25", Service: "NCBPS01C", Tariff: "L1", TFC: "361", Count: amount(t, "1")}
	base := LocalLine{Year: "202627", Provider: "RJ7", POD: "COMM"}
	said := func(change func(*LocalLine)) LocalLine {
		l := base
		change(&l)
		return l
	}
	l := &LocalPrices{}
	for _, c := range []struct {
		of    LocalLine
		price string
		after string // what the row is expected to cost once it is added
	}{
		{said(func(l *LocalLine) { l.TFC = "100" }), "1", "0"}, // of another function
		{base, "2", "2"},
		{said(func(l *LocalLine) { l.TFC = "361" }), "3", "3"},
		{said(func(l *LocalLine) { l.Service = "NCBPS01C" }), "4", "4"}, // one field as well, and one that says more
		{said(func(l *LocalLine) { l.TFC, l.Tariff = "361", "l1" }), "5", "5"},
		{said(func(l *LocalLine) { l.Commissioner = "QWE" }), "6", "5"},                  // says less
		{said(func(l *LocalLine) { l.Commissioner, l.Site = "QWE", "RJ701" }), "7", "5"}, // the row has no site
		{said(func(l *LocalLine) { l.Commissioner, l.Tariff = "QWE", "L1" }), "8", "8"},
	} {
		if !l.Add(c.of, amount(t, c.price), "row") {
			t.Fatal(c)
		}
		if v := l.Test(row, Tolerance{}); v.Expected != amount(t, c.after) {
			t.Errorf("with %s: expected %s, want %s", c.price, v.Expected, c.after)
		}
	}
	// The same key twice: the price that comes nearest counts, and the other is told of.
	l.Add(said(func(l *LocalLine) { l.Commissioner, l.Tariff = "QWE", "L1" }), amount(t, "9"), "row")
	row.Cost = amount(t, "9.00000000")
	if v := l.Test(row, Tolerance{}); v.Outcome != LocalAgrees || v.Others != 1 {
		t.Errorf("%+v", v)
	}
	if l.Add(base, amount(t, "-1"), "row") || l.Add(base, amount(t, "1000000001"), "row") {
		t.Error("a price below zero, or without room, is taken")
	}
}

func TestFaultsOfLocalPrices(t *testing.T) {
	text := strings.Join(localColumns, ",") + "\n26,RJ7,,,,MDT,,120,high,x\n202627,,,,,,,TBC,sure,\n202627,RJ7,,,,MDT,,120,high,x\n202627,RJ7,,,,MDT,,121,high,x\n"
	_, err := LoadLocalPrices(fstest.MapFS{"l.csv": {Data: []byte(text)}}, "l.csv")
	if err == nil {
		t.Fatal("it loads")
	}
	for _, want := range []string{"row 2 column year", "row 3 column provider", "row 3 column pod", "row 3 column price", "row 3 column confidence", "row 3 column source", "is there twice"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not in\n%v", want, err)
		}
	}
	for text, want := range map[string]string{"0.01,2": "more than the whole", ",0.1": "is blank", "0.01,x": "is not a decimal"} {
		_, err := Load(rulesOnly{prices.FS}, fstest.MapFS{"tolerance.csv": {Data: []byte("test,per_unit,share,valid_from,valid_to,confidence,source\nlocal_price," + text + ",,,high,x\n")}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	var none activity.Amount
	if w := (&Library{}).LocalTolerance("202627"); w.PerUnit != none || w.Share != none {
		t.Error("a tolerance out of nowhere")
	}
}
