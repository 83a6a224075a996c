package price

import (
	"io/fs"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"remit/activity"
	"remit/prices"
)

func sampleContracts(t testing.TB) *Contracts {
	t.Helper()
	samples, err := fs.Sub(prices.FS, "samples/contracts")
	if err != nil {
		t.Fatal(err)
	}
	cs, err := LoadContracts(samples)
	if err != nil {
		t.Fatal(err)
	}
	return cs
}

// terms are the terms of a contract of one element, or the faults of them.
func terms(elements, bands, phasing string) (*Contract, error) {
	const behind = ",synthetic,x\n"
	lines := func(text string) string {
		var b strings.Builder
		for _, line := range strings.Fields(text) {
			b.WriteString("C," + line + behind)
		}
		return b.String()
	}
	cs, err := LoadContracts(fstest.MapFS{
		"contract.csv":         {Data: []byte(strings.Join(contractTables["contract.csv"], ",") + "\nC,icb,QWE,RJ7,2026-04-01,2027-03-31,yes," + behind)},
		"contract_element.csv": {Data: []byte(strings.Join(contractTables["contract_element.csv"], ",") + "\n" + lines(elements))},
		"contract_band.csv":    {Data: []byte(strings.Join(contractTables["contract_band.csv"], ",") + "\n" + lines(bands))},
		"contract_phasing.csv": {Data: []byte(strings.Join(contractTables["contract_phasing.csv"], ",") + "\n" + lines(phasing))},
	})
	if err != nil {
		return nil, err
	}
	return cs.List()[0], nil
}

// TestWhoseContract: delegated lines fall on the ICB's contract, retained ones
// on NHS England's, and each in its element.
func TestWhoseContract(t *testing.T) {
	l, cs := invented(t), sampleContracts(t)
	for _, c := range []struct{ category, commissioner, pod, line, contract, element string }{
		{"25", "QWE", "EL", "NCBPS34A", "RJ7-ICB-2627", "elective"},
		{"26", "QWE", "OPFASPCL", "NCBPS22T", "RJ7-ICB-2627", "elective"},
		{"25", "QWE", "NEL", "NCBPS34A", "RJ7-ICB-2627", "fixed"},
		{"25", "QWE", "ARD", "NCBPS11B", "RJ7-ICB-2627", "dialysis"},
		{"25", "QWE", "ARD", "NCBPS34A", "RJ7-ICB-2627", "fixed"},
		{"25", "QWE", "DRUG", "NCBPS34A", "RJ7-ICB-2627", "drugs"},
		{"21", "13R", "EL", "NCBPS13M", "RJ7-NHSE-2627", "fixed"},
		{"22", "13R", "DEVICE", "NCBPS13M", "RJ7-NHSE-2627", "drugs"},
		{"21", "QWE", "EL", "NCBPS13M", "", ""}, // a retained line is not the ICB's
		{"25", "13R", "EL", "NCBPS34A", "", ""}, // nor a delegated one NHS England's
		{"31", "QWE", "DRUG", "NCBCDXXX", "", ""},
	} {
		found := cs.Find(l.Holder(c.category), c.commissioner, "RJ7", mustDay(t, "2026-11-30"))
		contract, element := "", ""
		if found != nil {
			contract, element = found.Code, found.Element(c.category, c.pod, c.line).Code
		}
		if contract != c.contract || element != c.element {
			t.Errorf("%+v: contract %q, element %q", c, contract, element)
		}
	}
	if cs.Find(ICBContract, "QWE", "RJ7", mustDay(t, "2027-04-01")) != nil {
		t.Error("a contract that has ended was found")
	}
}

// TestSettlement has a case a line: the element, its bands, activity at price by
// month, the months frozen, and what is payable and trued up in each month.
func TestSettlement(t *testing.T) {
	for _, c := range []struct {
		says, element, bands, phasing, actual, frozen string
		payable, trueUp                               string
	}{
		{says: "a fixed value is payable in twelfths, whatever is done", element: "e,fixed,,,,1200,,,", actual: "150 90 100", frozen: "1 2",
			payable: "100 100 100", trueUp: "0 0 0"},
		{says: "pence left over come in March", element: "e,block,,,,100,,,", actual: "", frozen: "",
			payable: "8.33 8.33 8.33 8.33 8.33 8.33 8.33 8.33 8.33 8.33 8.33 8.37", trueUp: "0"},
		{says: "variable: what is done, at price, trued up at freeze", element: "e,variable,,,,1200,,,", actual: "150 90.5 100", frozen: "1 2",
			payable: "150 90.5 100", trueUp: "50 -9.5 0"},
		{says: "pence are rounded for the year to date, and none is lost", element: "e,variable,,,,0,,,", actual: "0.005 0.005 0.005 0.005", frozen: "1 2 3 4",
			payable: "0.01 0 0.01 0", trueUp: "0.01 0 0.01 0"},
		{says: "half price above 105% of the plan to date", element: "e,cost_and_volume,,,,1200,,,", bands: "e,0,105,1 e,105,,0.5", actual: "100 130 70", frozen: "1 2",
			payable: "100 120 80", trueUp: "0 20 0"}, // to date: 100; 210 + 20 / 2 = 220; 300
		{says: "not below 95% of the plan to date", element: "e,cost_and_volume,,,,1200,95,,", actual: "80 120", frozen: "1 2",
			payable: "95 105", trueUp: "-5 5"}, // to date: max(80, 95); max(200, 190)
		{says: "not above 110% of the plan to date", element: "e,variable,,,,1200,,110,", actual: "150 50", frozen: "1 2",
			payable: "110 90", trueUp: "10 -10"}, // to date: min(150, 110); min(200, 220)
		{says: "drugs at cost, paid on account from the plan", element: "e,pass_through,,,,1200,,,", actual: "133.333 66.667", frozen: "1 2",
			payable: "133.33 66.67", trueUp: "33.33 -33.33"},
		{says: "phased as supplied", element: "e,fixed,,,,1200,,,", phasing: "e,1,1000 e,12,200", actual: "", frozen: "1",
			payable: "1000 0 0 0 0 0 0 0 0 0 0 200", trueUp: "0"},
		{says: "credits above what was done before", element: "e,cost_and_volume,,,,1200,,,", bands: "e,0,100,1 e,100,,0.5", actual: "-10 20", frozen: "1 2",
			payable: "-10 20", trueUp: "-110 -80"},
	} {
		contract, err := terms(c.element, c.bands, c.phasing)
		if err != nil {
			t.Errorf("%s: %v", c.says, err)
			continue
		}
		account := Account{}
		for i, a := range strings.Fields(c.actual) {
			account.Actuals = append(account.Actuals, Actual{Element: "e", Month: i + 1, AtPrice: amount(t, a)})
			account.Flex = append(account.Flex, i+1)
		}
		for _, m := range strings.Fields(c.frozen) {
			n, _ := strconv.Atoi(m)
			account.Frozen = append(account.Frozen, n)
		}
		s, err := Settle(contract, account)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range strings.Fields(c.payable) {
			if got := s.Lines[i].Payable; got != amount(t, want) {
				t.Errorf("%s: month %d is payable at %s, want %s", c.says, i+1, got, want)
			}
		}
		for i, want := range strings.Fields(c.trueUp) {
			if got := s.Lines[i].TrueUp; got != amount(t, want) {
				t.Errorf("%s: month %d is trued up by %s, want %s", c.says, i+1, got, want)
			}
		}
	}
}

func TestPaymentsAndMonth13(t *testing.T) {
	c, err := terms("e,variable,,,,1200,,,", "", "")
	if err != nil {
		t.Fatal(err)
	}
	s, err := Settle(c, Account{
		Actuals:  []Actual{{"e", 12, amount(t, "100")}, {"e", 13, amount(t, "-30")}},
		Frozen:   []int{12},
		Payments: []Payment{{"e", 12, amount(t, "60")}, {"e", 12, amount(t, "20")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if l := s.Lines[11]; l.AtPrice != amount(t, "70") || l.OnAccount != amount(t, "80") || l.TrueUp != amount(t, "-10") {
		t.Errorf("March is %+v", l)
	}
	if l := s.Lines[0]; l.State != Awaited || !l.Payable.IsZero() || l.OnAccount != amount(t, "100") || !l.TrueUp.IsZero() {
		t.Errorf("April, of which nothing was submitted, is %+v", l)
	}
	for _, bad := range []Account{{Actuals: []Actual{{"x", 1, activity.Amount{}}}}, {Actuals: []Actual{{"e", 14, activity.Amount{}}}}, {Payments: []Payment{{"e", 13, activity.Amount{}}}}} {
		if _, err := Settle(c, bad); err == nil {
			t.Errorf("%+v was settled", bad)
		}
	}
}

// TestPaymentsAndTrueUpSumToPayable: for random activity, bands and payments, of
// the months that are frozen, to the penny; and what is payable for all months
// is what the year is worth at once.
func TestPaymentsAndTrueUpSumToPayable(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for range 2_000 {
		c, err := terms("e,cost_and_volume,,,,"+strconv.Itoa(r.IntN(1_000_000))+".07,"+pick(r, "", "90")+","+pick(r, "", "120")+", f,fixed,,,,"+strconv.Itoa(r.IntN(5000))+",,,",
			"e,0,"+pick(r, "97,1 e,97,103.5,0.7 e,103.5", "100,1 e,100")+",,0.35", "")
		if err != nil {
			t.Fatal(err)
		}
		var a Account
		var done activity.Amount
		for month := 1; month <= 12; month++ {
			price := activity.AmountOfUnits(0, r.Uint64N(20_000_000_000_000), r.IntN(9) == 0)
			done = done.Add(price)
			a.Actuals = append(a.Actuals, Actual{"e", month, price})
			a.Frozen = append(a.Frozen, month)
			if r.IntN(3) == 0 {
				a.Payments = append(a.Payments, Payment{"e", month, activity.Pence(r.Int64N(10_000_000))})
			}
		}
		s, err := Settle(c, a)
		if err != nil {
			t.Fatal(err)
		}
		total := s.Total()
		if total.OnAccount.Add(total.TrueUp) != total.Payable {
			t.Fatalf("%s paid and %s trued up are not %s", total.OnAccount, total.TrueUp, total.Payable)
		}
		e := c.Elements[0]
		if want := e.payable(e.Annual, done).Add(c.Elements[1].Annual); total.Payable != want {
			t.Fatalf("by months %s is payable, at once %s", total.Payable, want)
		}
		for _, l := range s.Lines {
			if l.Payable != l.Payable.RoundToPence() {
				t.Fatalf("%s is payable, which is not whole pence", l.Payable)
			}
		}
	}
}

func TestFaultsOfTerms(t *testing.T) {
	for _, c := range []struct{ says, element, bands, phasing string }{
		{"do not follow each other", "e,variable,,,,1,,,", "e,0,100,1 e,110,,1", ""},
		{"do not follow each other", "e,variable,,,,1,,,", "e,0,100,1", ""},
		{"do not follow each other", "e,variable,,,,1,,,", "e,5,,1", ""},
		{"mean nothing for a fixed value", "e,fixed,,,,1,95,,", "", ""},
		{"is below the floor", "e,variable,,,,1,95,90,", "", ""},
		{"is not one of the words", "e,cash,,,,1,,,", "", ""},
		{"is not whole pence", "e,fixed,,,,1.005,,,", "", ""},
		{"the months sum to", "e,fixed,,,,12,,,", "", "e,1,3"},
		{"is not a month", "e,fixed,,,,12,,,", "", "e,13,12"},
		{"is there twice", "e,fixed,,,,12,,, e,fixed,,,,12,,,", "", ""},
		{"is not in contract_element.csv", "e,fixed,,,,12,,,", "x,0,,1", ""},
	} {
		if _, err := terms(c.element, c.bands, c.phasing); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q: %v", c.says, err)
		}
	}
}

func TestLocalPrices(t *testing.T) {
	l, err := LoadLocalPrices(prices.FS, "samples/contracts/local.csv")
	if err != nil {
		t.Fatal(err)
	}
	comm := LocalLine{Year: "202627", Provider: "RJ7", Commissioner: "QWE", Category: "25", Service: "NCBPS01C", POD: "COMM"}
	mdt := LocalLine{Year: "202627", Provider: "RJ7", Commissioner: "QOP", Category: "21", Service: "NCBPS13M", POD: "MDT"}
	for _, c := range []struct {
		line        LocalLine
		count, cost string
		want        LocalOutcome
		expected    string
	}{
		{comm, "10", "855", LocalAgrees, "855"},
		{comm, "10", "855.10", LocalAgrees, "855"}, // a penny a unit
		{comm, "10", "855.11", LocalDiffers, "855"},
		{comm, "10", "854.90", LocalAgrees, "855"},
		{comm, "-10", "-855", LocalAgrees, "-855"},
		{mdt, "1", "120", LocalAgrees, "120"},                 // any commissioner
		{mdt, "10000", "1200120.01", LocalDiffers, "1200000"}, // 0.01% is 120,
		{mdt, "10000", "1200120", LocalAgrees, "1200000"},
		{LocalLine{Year: "202526", Provider: "RJ7", POD: "MDT"}, "1", "120", LocalNotListed, "0"},
	} {
		c.line.Count, c.line.Cost = amount(t, c.count), amount(t, c.cost)
		v := l.Test(c.line)
		if v.Outcome != c.want || v.Expected != amount(t, c.expected) {
			t.Errorf("%+v: %+v", c, v)
		}
	}
}
