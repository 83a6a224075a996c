package submission

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"remit/activity"
)

func validatorFor(t testing.TB, rules *Rules, s *sheet, g Given) *Validator {
	t.Helper()
	l, err := Recognise(s.header)
	if err != nil {
		t.Fatal(err)
	}
	v, err := rules.Bind(l, shippedPack(t), g)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func bytesOf(row []string) (fields [][]byte) {
	for _, f := range row {
		fields = append(fields, []byte(f))
	}
	return fields
}

// TestWorkersAgree gives a file with faults to one Validator and to several at
// once, its rows dealt out by chance: the results are the same to the byte.
func TestWorkersAgree(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 10))
	s := plcm()
	spoil := []func(row int){
		func(r int) { s.with(r, total, "1,234.50") }, func(r int) { s.with(r, end, "03/04/2026") }, func(r int) { s.with(r, svc, "NOSUCH") },
		func(r int) { s.with(r, fm, "") }, func(r int) { s.with(r, prov, "RX1") }, func(r int) { s.with(r, pod, "BLOCK") }, func(r int) { s.with(r, nhs, "1") },
	}
	for range 3000 {
		s.again(cds, strings.Repeat("x", random.IntN(40)))
		if random.IntN(3) == 0 {
			spoil[random.IntN(len(spoil))](len(s.rows))
		}
	}
	rules := shippedRules(t)
	one := validatorFor(t, rules, s, Given{})
	codes := make([]string, len(s.rows))
	for i, row := range s.rows {
		codes[i] = one.Row(int64(i+1), bytesOf(row)).Codes
	}
	one.BadRow(9999, FaultFields)
	want := one.Finish()

	first := validatorFor(t, rules, s, Given{})
	workers := []*Validator{first, first.Fork(), first.Fork()}
	dealt := make([][]int, len(workers))
	for i := range s.rows {
		n := random.IntN(len(workers))
		dealt[n] = append(dealt[n], i)
	}
	var group sync.WaitGroup
	for n, w := range workers {
		group.Go(func() {
			for _, i := range dealt[n] {
				if got := w.Row(int64(i+1), bytesOf(s.rows[i])).Codes; got != codes[i] {
					t.Errorf("row %d: %q from one worker, %q from several", i+1, codes[i], got)
				}
			}
		})
	}
	group.Wait()
	workers[1].BadRow(9999, FaultFields)
	got := first.Finish(workers[1:]...)
	a, _ := json.Marshal(want)
	b, _ := json.Marshal(got)
	if !bytes.Equal(a, b) {
		t.Errorf("one worker\n%s\nseveral\n%s", a, b)
	}
	if want.Flagged == 0 || want.Rejected == 0 {
		t.Errorf("the file has no faults: %s", a)
	}
}

// TestMoney: what is rejected and what is left come to what was sent, and
// slices hold what is left.
func TestMoney(t *testing.T) {
	s := acm().with(2, actP, "TBC").again(pod, "", actP, "50.00000001").again(actP, "(20.00)")
	v := validatorFor(t, shippedRules(t), s, Given{})
	for i, row := range s.rows {
		v.Row(int64(i+1), bytesOf(row))
	}
	r := v.Finish()
	if got := r.Money.String(); got != "2030.00000001" { // 1100 + 900 + 50.00000001 - 20
		t.Errorf("the file comes to %s", got)
	}
	if got := r.AtRisk.String(); got != "50.00000001" || r.Rejected != 2 {
		t.Errorf("%d rows are rejected, with %s", r.Rejected, got)
	}
	var kept activity.Amount
	var rows int64
	for _, slice := range r.Slices {
		kept, rows = kept.Add(slice.Money), rows+slice.Rows
	}
	if kept.Add(r.AtRisk) != r.Money || rows+r.Rejected != r.Rows {
		t.Errorf("slices hold %s in %d rows, rejected are %s in %d, of %s in %d", kept, rows, r.AtRisk, r.Rejected, r.Money, r.Rows)
	}
}

// TestManyValues: a column that is given up for its many values says the same
// of each of them as it did before.
func TestManyValues(t *testing.T) {
	s := acm()
	v := validatorFor(t, shippedRules(t), s, Given{})
	row := bytesOf(s.rows[0])
	at := s.column(localPOD)
	for i := range 3 * fewValues {
		long := i%7 == 0
		row[at] = []byte(strings.Repeat("x", 90+i%5))
		row[at] = append(row[at], []byte(activity.Units(int64(i)+1e9).String())...)
		if long {
			row[at] = append(row[at], make([]byte, 20)...)
			for j := range row[at] {
				if row[at][j] == 0 {
					row[at][j] = 'y'
				}
			}
		}
		o := v.Row(int64(i+1), row)
		if want := len(row[at]) > 100; strings.Contains(o.Codes, "local_pod_description_length") != want {
			t.Fatalf("value %d of %d characters got %q", i, len(row[at]), o.Codes)
		}
	}
	if !v.columnValues[at].full {
		t.Error("the column was not given up, so that this tests nothing")
	}
}

func TestHeading(t *testing.T) {
	for _, c := range []struct {
		name  string
		sheet *sheet
		given Given
		want  Heading
	}{
		{"the body says it", acm(), Given{FileName: "RX1_PLCM_2526_M09_FREEZE.csv"},
			Heading{Feed: activity.ACM, FeedFrom: FromBody, Provider: "RJ1", ProviderFrom: FromBody, Year: "202627", YearFrom: FromBody, Months: []int{1, 2}, MonthFrom: FromBody, Kind: Freeze, KindFrom: FromFileName, Version: 2}},
		{"somebody says it", acm(), Given{Provider: "RX1", Kind: Flex, Feed: activity.ACM},
			Heading{Feed: activity.ACM, FeedFrom: FromGiven, Provider: "RJ1", ProviderFrom: FromBody, Year: "202627", YearFrom: FromBody, Months: []int{1, 2}, MonthFrom: FromBody, Kind: Flex, KindFrom: FromGiven, Version: 2}},
		{"a column says flex or freeze", acm().renamed(localPOD, "FLEX OR FREEZE").with(0, "FLEX OR FREEZE", "Freeze"), Given{FileName: "x_FLEX.csv"},
			Heading{Feed: activity.ACM, FeedFrom: FromBody, Provider: "RJ1", ProviderFrom: FromBody, Year: "202627", YearFrom: FromBody, Months: []int{1, 2}, MonthFrom: FromBody, Kind: Freeze, KindFrom: FromBody, Version: 2}},
		{"the name says the year", plcm().with(0, fy, ""), Given{FileName: "PLCM_2627_InformationStandard.csv"},
			Heading{Feed: activity.PLCM, FeedFrom: FromBody, Provider: "RJ1", ProviderFrom: FromBody, Year: "202627", YearFrom: FromFileName, Months: []int{1}, MonthFrom: FromBody, Version: 2}},
		{"the dates say the period", plcm().with(0, fy, "").with(0, fm, ""), Given{},
			Heading{Feed: activity.PLCM, FeedFrom: FromBody, Provider: "RJ1", ProviderFrom: FromBody, Year: "202627", YearFrom: FromDates, Months: []int{1}, MonthFrom: FromDates, Version: 2}},
		{"a local price report has no months", lpr(), Given{},
			Heading{Feed: activity.LPR, FeedFrom: FromBody, Provider: "RJ1", ProviderFrom: FromBody, Year: "202627", YearFrom: FromBody, Months: []int{0}, MonthFrom: FromBody}},
	} {
		r, err := Inspect(strings.NewReader(c.sheet.text()), shippedRules(t), shippedPack(t), c.given)
		if err != nil {
			t.Fatal(err)
		}
		got, _ := json.Marshal(r.Heading)
		want, _ := json.Marshal(c.want)
		if string(got) != string(want) {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, want)
		}
	}
}

func TestReadFileName(t *testing.T) {
	for name, want := range map[string]Heading{
		"PLCM_2627_InformationStandard_x.csv":       {Feed: activity.PLCM, Year: "202627"},
		"RJ1 DrPLCM 2026-27 Month 03 freeze.csv.gz": {Feed: activity.DrPLCM, Year: "202627", Provider: "RJ1", Kind: Freeze},
		"rx1-acm-202627-m11-flex.csv":               {Feed: activity.ACM, Year: "202627", Provider: "RX1", Months: []int{11}, Kind: Flex},
		`C:\returns\26-27\IAP_FY2627.csv`:           {Feed: activity.IAP, Year: "202627"},
		"PLAN 2026.csv":                             {},
		"ACM_2026.csv":                              {Feed: activity.ACM},
		"lpr_2627_final.csv":                        {Feed: activity.LPR, Year: "202627"},
		"":                                          {},
	} {
		got := ReadFileName(name, shippedPack(t))
		if got.Feed != want.Feed || got.Year != want.Year || got.Provider != want.Provider || got.Kind != want.Kind || len(got.Months) != len(want.Months) {
			t.Errorf("%q: got %+v, want %+v", name, got, want)
		}
	}
}

func TestRecognise(t *testing.T) {
	for want, s := range map[activity.Dataset]*sheet{activity.ACM: acm(), activity.PLCM: plcm(), activity.DrPLCM: drplcm(), activity.DePLCM: deplcm(), activity.IAP: iap(), activity.LPR: lpr()} {
		l, err := Recognise(s.header)
		if err != nil || l.Dataset != want {
			t.Errorf("%s is told to be %s: %v", want, l.Dataset, err)
		}
		if len(l.Field) < len(s.header) { // one column may be read for two fields
			t.Errorf("%s: %d fields of %d columns", want, len(l.Field), len(s.header))
		}
	}
	plan := iap().without(submitter)
	if l, err := Recognise(plan.header); err != nil || l.Dataset != activity.IAP {
		t.Errorf("a plan without its submitter is told to be %s: %v", l.Dataset, err)
	}
}

// TestRuleDates: a rule speaks of rows in its period alone, and codes are looked
// up in the month of the row.
func TestRuleDates(t *testing.T) {
	rules, err := LoadRules(Overlay{"mine.csv", []byte("id,valid_from\ncost_needed,2026-05-01\n")})
	if err != nil {
		t.Fatal(err)
	}
	v := validatorFor(t, rules, acm(), Given{})
	april, may := bytesOf(acm().with(1, actP, "").rows[0]), bytesOf(acm().with(1, actP, "").with(1, fm, "2").rows[0])
	if got := v.Row(1, april).Codes; got != "" {
		t.Errorf("in April the rule is not yet valid, and found %q", got)
	}
	if got := v.Row(2, may).Codes; got != "cost_needed" {
		t.Errorf("in May the row got %q", got)
	}
	// QHM is one body's code in both years; Z9B2Z began in April 2026.
	for year, want := range map[string]string{"202526": "gp_responsibility_unlisted", "202627": ""} {
		row := acm().with(1, gpResp, "Z9B2Z").with(1, fy, year).rows[0]
		if got := v.Row(3, bytesOf(row)).Codes; got != want {
			t.Errorf("Z9B2Z in %s got %q, want %q", year, got, want)
		}
	}
}

// TestManyProviders: identifiers where the provider should be do not fill the memory.
func TestManyProviders(t *testing.T) {
	s := acm()
	v := validatorFor(t, shippedRules(t), s, Given{})
	row := bytesOf(s.rows[0])
	const rows = mostGroups + 1000
	for i := range rows {
		row[s.column(prov)] = fmt.Appendf(nil, "P%05d", i)
		v.Row(int64(i+1), row)
	}
	if len(v.groups) > mostGroups+2 {
		t.Errorf("%d groups are kept", len(v.groups))
	}
	r := v.Finish()
	if r.Rows != rows || r.Severity != RejectFile || r.Findings[0].Rule != "file_mixed_providers" {
		t.Errorf("%d rows, %s, first finding %+v", r.Rows, r.Severity, r.Findings[0])
	}
}
