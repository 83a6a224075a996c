package price

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"remit/activity"
	"remit/prices"
	"remit/register"
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
	lines := func(text, tail string) string {
		var b strings.Builder
		for _, line := range strings.Fields(text) {
			b.WriteString("C," + line + tail)
		}
		return b.String()
	}
	cs, err := LoadContracts(fstest.MapFS{
		"contract.csv":         {Data: []byte(strings.Join(contractTables["contract.csv"], ",") + "\nC,icb,QWE,RJ7,2026-04-01,2027-03-31,yes," + behind)},
		"contract_element.csv": {Data: []byte(strings.Join(contractTables["contract_element.csv"], ",") + "\n" + lines(elements, ",,"+behind))},
		"contract_band.csv":    {Data: []byte(strings.Join(contractTables["contract_band.csv"], ",") + "\n" + lines(bands, behind))},
		"contract_phasing.csv": {Data: []byte(strings.Join(contractTables["contract_phasing.csv"], ",") + "\n" + lines(phasing, behind))},
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
			contract, element = found.Code, found.Element(c.category, c.pod, c.line, mustDay(t, "2026-11-30")).Code
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
		Payments: []Payment{{Element: "e", Month: 12, Amount: amount(t, "60")}, {Element: "e", Month: 12, Amount: amount(t, "20")}},
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
	for _, bad := range []Account{{Actuals: []Actual{{"x", 1, activity.Amount{}}}}, {Actuals: []Actual{{"e", 14, activity.Amount{}}}}, {Payments: []Payment{{Element: "e", Month: 13}}}} {
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
				a.Payments = append(a.Payments, Payment{Element: "e", Month: month, Amount: activity.Pence(r.Int64N(10_000_000))})
			}
		}
		s, err := Settle(c, a)
		if err != nil {
			t.Fatal(err)
		}
		total := s.Total(12)
		if total.OnAccount.Add(total.TrueUp) != total.Payable {
			t.Fatalf("%s paid and %s trued up are not %s", total.OnAccount, total.TrueUp, total.Payable)
		}
		e := c.Elements[0]
		if want := e.payable(e.Annual, done, &SettledLine{}).Add(c.Elements[1].Annual); total.Payable != want {
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

// TestRestatedMonth: a month that is frozen, trued up, restated, and trued up
// again, in any order and however often, comes to the same paid in all as one
// that came right at first; so do the months after it.
func TestRestatedMonth(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for range 300 {
		c, err := terms("e,cost_and_volume,,,,"+strconv.Itoa(r.IntN(1_000_000))+".07,"+pick(r, "", "90")+","+pick(r, "", "120")+",", "e,0,"+pick(r, "97,1 e,97,103.5,0.7 e,103.5", "100,1 e,100")+",,0.35", "")
		if err != nil {
			t.Fatal(err)
		}
		some := func() activity.Amount {
			return activity.AmountOfUnits(0, r.Uint64N(20_000_000_000_000), r.IntN(9) == 0)
		}
		right := map[int]activity.Amount{}
		var frozen []int
		for m := 1; m <= 12; m++ {
			right[m], frozen = some(), append(frozen, m)
		}
		account := func(figures map[int]activity.Amount, frozen []int, paid []Payment) Account {
			a := Account{Frozen: frozen, Payments: paid}
			for m, x := range figures {
				a.Actuals = append(a.Actuals, Actual{"e", m, x})
			}
			return a
		}
		settled := func(a Account) *Settlement {
			s, err := Settle(c, a)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		// As it happens: months come one by one, some wrong at first and restated later;
		// whatever is due is paid each time.
		var paid []Payment
		now := map[int]activity.Amount{}
		step := func(upTo int) {
			for _, l := range settled(account(now, frozen[:upTo], paid)).Lines {
				if !l.TrueUp.IsZero() {
					paid = append(paid, Payment{Element: "e", Month: l.Month, Kind: TrueUp, Amount: l.TrueUp})
				}
			}
		}
		for m := 1; m <= 12; m++ {
			now[m] = right[m]
			if r.IntN(3) == 0 {
				now[m] = some()
			}
			step(m)
			if back := 1 + r.IntN(m); r.IntN(2) == 0 {
				now[back] = right[back]
				step(m)
			}
		}
		for m := range right {
			now[m] = right[m]
		}
		step(12)
		atOnce, inSteps := settled(account(right, frozen, nil)), settled(account(now, frozen, paid))
		for i, l := range inSteps.Lines {
			want := atOnce.Lines[i]
			if !l.TrueUp.IsZero() || l.OnAccount.Add(l.TruedUp) != want.OnAccount.Add(want.TrueUp) || l.Payable != want.Payable {
				t.Fatalf("month %d: %s on account and %s trued up, %s still due; at once %s and %s", l.Month, l.OnAccount, l.TruedUp, l.TrueUp, want.OnAccount, want.TrueUp)
			}
		}
	}
}

// TestElementsOfPartOfAYear: an element counts in its own days alone, and its
// annual value is that of its months.
func TestElementsOfPartOfAYear(t *testing.T) {
	text := func(table, rows string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(strings.Join(contractTables[table], ",") + "\n" + rows)}
	}
	cs, err := LoadContracts(fstest.MapFS{
		"contract.csv": text("contract.csv", "C,icb,QWE,RJ7,2026-04-01,2027-03-31,yes,,synthetic,x\n"),
		"contract_element.csv": text("contract_element.csv", "C,before,variable,,EL,,500,,,,2026-08-31,,synthetic,x\n"+
			"C,after,low_volume,,EL,,70.01,,,2026-09-01,,varied,synthetic,x\n"),
		"contract_payment.csv": text("contract_payment.csv", "C,before,5,on_account,80.00,2026-08-15,,synthetic,ledger\nC,before,5,true_up,-3.00,2026-11-01,,synthetic,ledger\n"),
	})
	if err != nil {
		t.Fatal(err)
	}
	c := cs.List()[0]
	for day, want := range map[string]string{"2026-04-30": "before", "2026-08-31": "before", "2026-09-30": "after", "2027-03-31": "after"} {
		if e := c.Element("25", "EL", "", mustDay(t, day)); e == nil || e.Code != want {
			t.Errorf("on %s: %v, want %s", day, e, want)
		}
	}
	s, err := Settle(c, Account{Actuals: []Actual{{"before", 5, amount(t, "90")}}, Frozen: []int{5}, Payments: cs.Payments("C")})
	if err != nil {
		t.Fatal(err)
	}
	// 500 in five months; 70.01 in seven: 10.00 and 10.01 in March.
	if len(s.Lines) != 12 || s.Lines[4].Plan != amount(t, "100") || s.Lines[5].Plan != amount(t, "10") || s.Lines[11].Plan != amount(t, "10.01") || s.Lines[11].Payable != amount(t, "10.01") {
		t.Errorf("%+v", s.Lines)
	}
	// August: 90.00 payable, 80.00 on account, 3.00 taken back: 13.00 is due.
	if l := s.Lines[4]; l.OnAccount != amount(t, "80") || l.TruedUp != amount(t, "-3") || l.TrueUp != amount(t, "13") {
		t.Errorf("%+v", l)
	}
	if _, err := Settle(c, Account{Actuals: []Actual{{"before", 6, amount(t, "1")}}}); err == nil {
		t.Error("activity after the element ended is settled in it")
	}
}

// TestWorkingOfSettlement: the last clause of each figure is the figure.
func TestWorkingOfSettlement(t *testing.T) {
	c, err := terms("e,cost_and_volume,,,,1200,95,120,", "e,0,105,1 e,105,,0.5", "")
	if err != nil {
		t.Fatal(err)
	}
	s, err := Settle(c, Account{Actuals: []Actual{{"e", 1, amount(t, "100")}, {"e", 2, amount(t, "130")}}, Frozen: []int{1, 2}})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range s.Lines {
		last := map[string]activity.Amount{}
		for _, w := range l.Working {
			last[w.Of] = w.Amount
		}
		for of, want := range map[string]activity.Amount{ofPlan: l.Plan, ofAtPrice: l.AtPrice, ofPayable: l.Payable, ofOnAccount: l.OnAccount, ofTrueUp: l.TrueUp} {
			if got, ok := last[of]; !ok || got != want {
				t.Errorf("month %d: the working of %s ends at %s, the figure is %s", l.Month, of, got, want)
			}
		}
	}
	// May: 230 to date of 200 planned; 105% is 210, and half of 20 above: 220, of which 100 came before.
	var says []string
	for _, w := range s.Lines[1].Working {
		if w.Of == ofPayable {
			says = append(says, w.Says+": "+w.Amount.Pounds())
		}
	}
	want := []string{"the year to date at price, of the months that are submitted: 230.00",
		"to date, what is between 0% and 105% of the plan to date of £200.00, at a rate of 1: 210.00",
		"to date, what is above 105% of the plan to date of £200.00, at a rate of 0.5: 10.00",
		"payable to date, in whole pence: 220.00", "less what the months before came to: -100.00", "payable for the month: 120.00"}
	if strings.Join(says, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s\nwant\n%s", strings.Join(says, "\n"), strings.Join(want, "\n"))
	}
}

// TestFaultsOfContracts: every fault of every file at once.
func TestFaultsOfContracts(t *testing.T) {
	text := func(table, rows string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(strings.Join(contractTables[table], ",") + "\n" + rows)}
	}
	_, err := LoadContracts(fstest.MapFS{
		"contract.csv":         text("contract.csv", "C,icb,QWE,RJ7,2026-04-01,2027-03-31,yes,,high,x\nD,icb,QWE,RJ7,2027-03-01,2027-03-31,yes,,high,x\nE,bank,QWE,RJ7,2026-04-01,2027-04-01,maybe,,sure,\nF,nhse,,,2026-04-01,,no,,high,x\n"),
		"contract_element.csv": text("contract_element.csv", "C,e,variable,,,,1200,,,2026-03-01,,,high,x\nX,e,cash,,,,1.005,,,,,,high,x\n"),
		"contract_band.csv":    text("contract_band.csv", "C,e,,,1,high,x\n"),
		"contract_phasing.csv": text("contract_phasing.csv", "C,e,1,1,high,x\n"),
		"contract_payment.csv": text("contract_payment.csv", "C,e,13,gift,1.005,,,high,x\nC,f,1,on_account,TBC,2026-04-01,,high,x\n"),
	})
	var bad *register.DataError
	if !errors.As(err, &bad) {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range bad.Faults {
		all.WriteString(f.String() + "\n")
	}
	for _, want := range []string{
		"contract.csv column contract value \"D\": is of the same holder", "contract.csv row 4 column holder", "contract.csv row 4 column synthetic", "contract.csv row 4 column confidence", "contract.csv row 4 column source",
		"contract.csv row 4 column valid_to", "contract.csv row 5 column commissioner", "contract.csv row 5 column provider", "contract.csv row 5 column valid_to",
		"contract_element.csv row 2 column valid_from", "contract_element.csv row 3 column contract", "contract_element.csv row 3 column kind", "contract_element.csv row 3 column annual_value",
		"contract_band.csv row 2 column from_percent", "contract_phasing.csv row 2 column month",
		"contract_payment.csv row 2 column month", "contract_payment.csv row 2 column kind", "contract_payment.csv row 2 column amount value \"1.005\"", "contract_payment.csv row 2 column paid_on",
		"contract_payment.csv row 3 column element", "contract_payment.csv row 3 column amount value \"TBC\"",
	} {
		if !strings.Contains(all.String(), want) {
			t.Errorf("%s is not in\n%s", want, all.String())
		}
	}
}
