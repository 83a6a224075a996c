package sheet_test

import (
	"strings"
	"testing"

	"remit/register"
	"remit/sheet"
)

// Everything that is wrong is told at once, each with its place, its value and what to do.
func TestFaults(t *testing.T) {
	text := "\ufeffyear,icb,amount,on,kind,share,extra\n" +
		"2026/27,QMJ,1234.50,2026-04-01,yes,4%,\n" +
		"2026/28,,twelve,1 April,perhaps,-1,\n" +
		"2026/27,QMJ,1.005,,no,1e9,\n" +
		"2026/27,QMJ\n"
	var faults sheet.Faults
	s := sheet.Read("ledger.csv", strings.NewReader(text), []string{"year", "icb", "amount", "on", "kind", "share", "extra?"}, &faults)
	for _, r := range s.Rows {
		r.Year("year")
		r.Need("icb")
		r.Money("amount")
		r.Day("on", register.Earliest)
		r.Yes("kind")
		r.Number("share")
	}
	want := []string{
		`ledger.csv row 5: the row has 2 fields where the header has 7; put fields that hold a comma in quotation marks`,
		`ledger.csv row 3 column year value "2026/28": the value is not a financial year; write it as 2026/27`,
		`ledger.csv row 3 column icb: the value is blank; fill it in, or remove the row`,
		`ledger.csv row 3 column amount value "twelve": it is not an amount of money: it is not a decimal number; write pounds and pence, such as -1234.50`,
		`ledger.csv row 3 column on value "1 April": the value is not a date; write it YYYY-MM-DD`,
		`ledger.csv row 3 column kind value "perhaps": the value is not one of those allowed; write one of yes, no`,
		`ledger.csv row 3 column share value "-1": the number is negative; write a number from 0 up`,
		`ledger.csv row 4 column amount value "1.005": the amount has parts of a penny; write it to the penny`,
		`ledger.csv row 4 column share value "1e9": it is not a decimal number; write it as 1.0452, or 4.5%`,
	}
	if got := faults.Error(); got != strings.Join(want, "\n") {
		t.Errorf("told:\n%s\nwant:\n%s", got, strings.Join(want, "\n"))
	}
}

func TestHeader(t *testing.T) {
	var faults sheet.Faults
	sheet.Read("x.csv", strings.NewReader("a,a,c\n"), []string{"a", "b"}, &faults)
	want := "x.csv row 1 column a: the column is there twice; remove one\nx.csv row 1 column c: the column is not known; remove it; the file may have a, b\nx.csv row 1 column b: the column is missing; add it"
	if got := faults.Error(); got != want {
		t.Errorf("told:\n%s", got)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("a,b\n1,2\n")
	f.Add("\ufeffa,b\n\"1,2\n")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		var faults sheet.Faults
		s := sheet.Read("f.csv", strings.NewReader(text), []string{"a", "b?"}, &faults)
		for _, r := range s.Rows {
			r.Money("a")
			r.Number("a")
			r.Day("a", register.Earliest)
			r.Month("b")
			r.Year("b")
		}
		if len(s.Rows) == 0 && len(faults) == 0 && strings.TrimSpace(strings.Split(text, "\n")[0]) == "" && text != "" && !strings.Contains(text, "a") {
			t.Errorf("%q is read as a table of nothing", text)
		}
	})
}
