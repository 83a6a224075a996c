package intake

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"remit/activity"
	"remit/price"
	"remit/register"
)

func termsOf(elements, payments string) fstest.MapFS {
	text := func(table, rows string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(strings.Join(price.ContractColumns(table), ",") + "\n" + rows)}
	}
	return fstest.MapFS{
		"contract.csv":         text("contract.csv", "NHSE,nhse,27T,RBV,2025-04-01,2026-03-31,yes,retained,synthetic,x\nICB,icb,QOP,RBV,2025-04-01,2026-03-31,yes,delegated,synthetic,x\n"),
		"contract_element.csv": text("contract_element.csv", elements),
		"contract_payment.csv": text("contract_payment.csv", payments),
	}
}

const someElements = "NHSE,drugs,pass_through,,DRUG|DEVICE,,1200,,,,,,synthetic,x\nNHSE,elective,variable,,EL|DC,,12000,,,,,,synthetic,x\nNHSE,rest,block,,,,2400.05,,,,,at whatever is done,synthetic,x\n"

// TestSettle: what came, by element and month, by hand. All lines are of NCBPS13M,
// which is retained: its hub pays, and the lines are on NHS England's contract. By
// the prices that ship HN12A costs RBV what it is asked for below; a line without
// a national price counts as billed, one flagged N too.
func TestSettle(t *testing.T) {
	d, l := newDesk(t), open(t, t.TempDir())
	terms, _, err := l.SetTerms(termsOf(someElements, "NHSE,elective,1,on_account,900.00,2025-04-15,,synthetic,ledger\n"), "test", "", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	row := func(month, pod, tariff, flag, count, cost string) string {
		return month + plcmRow(pod, tariff, flag, count, cost)[1:]
	}
	freeze := plcmHeader +
		row("1", "EL", "HN12A", "N", "1", "1500.00") + // as billed
		row("1", "COMM", "L1", "", "1", "300.00") + // in the block
		row("1", "BLOCK", "", "", "0", "200.00")
	take(t, l, d, put(t, "RBV_PLCM_2526_M01_FREEZE.csv", freeze))
	take(t, l, d, put(t, "RBV_PLCM_2526_M02_FLEX.csv", freeze+row("2", "EL", "HN12A", "N", "1", "700.005")))
	settled := func() *Settled {
		t.Helper()
		v, err := l.View(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		s, err := v.Settle(t.Context(), d.Prices, d.Pack, terms, "RBV", "202526", Patient)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	line := func(s *Settled, element string, month int) price.SettledLine {
		t.Helper()
		for _, x := range s.Contracts[0].Lines {
			if x.Element == element && x.Month == month {
				return x
			}
		}
		t.Fatalf("no line %s %d", element, month)
		return price.SettledLine{}
	}
	check := func(says string, x price.SettledLine, state price.State, at, payable, account, due string) {
		t.Helper()
		for what, pair := range map[string][2]string{"at price": {x.AtPrice.String(), at}, "payable": {x.Payable.String(), payable}, "on account": {x.OnAccount.String(), account}, "due": {x.TrueUp.String(), due}} {
			if pair[0] != pair[1] {
				t.Errorf("%s: %s is %s, want %s", says, what, pair[0], pair[1])
			}
		}
		if x.State != state {
			t.Errorf("%s: at %s, want %s", says, x.State, state)
		}
	}
	s := settled()
	check("April, frozen", line(s, "elective", 1), price.AtFreeze, "1500", "1500", "900", "600")
	check("May, at flex", line(s, "elective", 2), price.AtFlex, "700.005", "700.01", "1000", "0")
	check("June, awaited", line(s, "elective", 3), price.Awaited, "0", "0", "1000", "0")
	check("the block of April", line(s, "rest", 1), price.AtFreeze, "500", "200", "200", "0")
	check("the block of March", line(s, "rest", 12), price.Awaited, "0", "200.05", "200.05", "0")
	if len(s.Outside) != 0 || s.Through != 2 || len(s.Awaiting) != 0 {
		t.Errorf("outside %+v, through %d, awaiting %v", s.Outside, s.Through, s.Awaiting)
	}
	if parts := s.Contracts[0].Parts[ElementMonth{"rest", 1}]; len(parts) != 2 || parts[0].POD != "BLOCK" || parts[1].Reason != price.PODUnpriced {
		t.Errorf("%+v", parts)
	}
	// Drugs of May come: April, of which there are none yet, is no longer frozen.
	drugs := "FINANCIAL MONTH,FINANCIAL YEAR,DATE AND TIME DATA SET CREATED,ORGANISATION IDENTIFIER (CODE OF PROVIDER),ORGANISATION IDENTIFIER (CODE OF COMMISSIONER),GENERAL MEDICAL PRACTICE (PATIENT REGISTRATION),COMMISSIONED SERVICE CATEGORY CODE,SERVICE CODE,POINT OF DELIVERY CODE,DRUG NAME (HIGH COST TARIFF EXCLUDED DRUG),DRUG QUANTITY OR WEIGHT PROPORTION (HIGH COST TARIFF EXCLUDED DRUG),TOTAL COST\n" +
		"2,202526,2025-06-01T09:00:00,RBV,QOP,P81001,21,NCBPS13M,DRUG,A drug,1,55.50\n"
	take(t, l, d, put(t, "RBV_DrPLCM_2526_M02_FREEZE.csv", drugs))
	s = settled()
	check("April without drugs", line(s, "drugs", 1), price.AtFlex, "0", "0", "100", "0")
	check("May with drugs", line(s, "drugs", 2), price.AtFlex, "55.5", "55.5", "100", "0")
	if len(s.Awaiting) != 1 || s.Awaiting[0] != string(activity.DrPLCM) {
		t.Errorf("awaiting %v", s.Awaiting)
	}
	// Whatever is at price on the contracts and outside them is all that counts.
	v, err := l.View(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if terms, _, err = l.SetTerms(termsOf(strings.Split(someElements, "NHSE,rest")[0], ""), "test", "without the block", time.Now()); err != nil {
		t.Fatal(err)
	}
	s = settled()
	sum := s.Contracts[0].Total(12).AtPrice
	for _, o := range s.Outside {
		sum = sum.Add(o.At)
	}
	all, err := v.Totals(t.Context(), nil, On(Patient))
	if err != nil {
		t.Fatal(err)
	}
	if sum != all[0].Money { // every line counts as billed here
		t.Errorf("%s on contracts and outside, %s in all", sum, all[0].Money)
	}
	if len(s.Outside) != 1 || s.Outside[0].Contract != "NHSE" || s.Outside[0].Rows != 2 {
		t.Errorf("%+v", s.Outside)
	}
}

// TestTermsHistory: versions are kept whole and as they were, the latest is in
// force, the same again changes nothing, and what has faults leaves no trace.
func TestTermsHistory(t *testing.T) {
	l := open(t, t.TempDir())
	if _, err := l.Terms(0); !errors.Is(err, ErrNoTerms) {
		t.Fatal(err)
	}
	at := time.Date(2025, 4, 1, 9, 0, 0, 0, time.UTC)
	set := func(from fs.FS, note string) (*Terms, bool) {
		t.Helper()
		v, fresh, err := l.SetTerms(from, "a manager", note, at)
		if err != nil {
			t.Fatal(err)
		}
		return v, fresh
	}
	set(termsOf(someElements, ""), "as signed")
	if _, fresh := set(termsOf(someElements, ""), "again"); fresh {
		t.Error("the same terms are a new version")
	}
	second, _ := set(termsOf(strings.ReplaceAll(someElements, "12000", "24000"), ""), "varied")
	if second.Number != 2 {
		t.Errorf("version %d", second.Number)
	}
	var bad *register.DataError
	if _, _, err := l.SetTerms(termsOf(strings.ReplaceAll(someElements, "variable", "cash"), "X,y,1,gift,1,,,high,x\n"), "a manager", "", at); !errors.As(err, &bad) || len(bad.Faults) < 4 {
		t.Errorf("%v", err)
	}
	if _, _, err := l.SetTerms(fstest.MapFS{}, "a manager", "", at); !errors.As(err, &bad) {
		t.Errorf("nothing is taken for terms: %v", err)
	}
	if err := os.Mkdir(filepath.Join(l.termsDir(), loading+"999999999-x"), 0o750); err != nil {
		t.Fatal(err)
	}
	set(termsOf(someElements, "NHSE,rest,1,on_account,1.00,2025-04-15,,synthetic,x\n"), "paid")
	again := open(t, l.DataDir())
	history, err := again.TermsHistory()
	if err != nil || len(history) != 3 || history[0].Note != "as signed" || history[2].LoadedBy != "a manager" {
		t.Fatalf("%+v %v", history, err)
	}
	for number, want := range map[int]string{0: "12000", 1: "12000", 2: "24000", 3: "12000"} {
		v, err := again.Terms(number)
		if err != nil {
			t.Fatal(err)
		}
		if got := v.Contracts.List()[0].Elements[1].Annual.String(); got != want {
			t.Errorf("version %d: %s, want %s", number, got, want)
		}
	}
	if _, err := again.Terms(4); err == nil {
		t.Error("there is a version 4")
	}
	entries, err := os.ReadDir(l.termsDir())
	if err != nil || len(entries) != 3 {
		t.Errorf("%v %v", entries, err)
	}
}
