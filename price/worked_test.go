package price

import (
	"testing"
	"testing/fstest"

	"remit/activity"
)

// workedSet is the price set of the worked example of the data standards, section
// 4.3: invented prices, a trim point of 20, 250.00 a day, a top-up of 10% and a
// market forces factor of 1.08.
func workedSet(t *testing.T, topUpOnExcess string) *Library {
	t.Helper()
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	worked := fstest.MapFS{
		"sets/worked/set.csv":            file("name,year,version,title,effective_from,effective_to,published_on,synthetic,policy,confidence,source\nworked,2025/26,1,Worked example,2025-04-01,2026-03-31,2025-04-04,yes,worked,synthetic,example\n"),
		"sets/worked/admitted.csv":       file("hrg,name,combined,day_case,elective,elective_trim,non_elective,non_elective_trim,per_day,short_stay,short_stay_percent,short_stay_price,confidence,source\nAA99A,Example,,,,,6000.00,20,250.00,no,,,synthetic,example\nAA98A,Example,900,800,2000,5,5000,10,250,yes,25,,synthetic,example\n"),
		"sets/worked/unbundled.csv":      file("pod,hrg,price,per,confidence,source\nUNBACC,XC01Z,1500.00,unit,synthetic,example\n"),
		"sets/worked/attendance.csv":     file("tfc,hrg,price,confidence,source\n361,WF01A,120.00,synthetic,example\n"),
		"sets/worked/procedure.csv":      file("hrg,price,confidence,source\nLB72A,333.33,synthetic,example\n"),
		"sets/worked/emergency.csv":      file("hrg,price,confidence,source\n"),
		"sets/worked/best_practice.csv":  file("code,title,hrg,pod,addition,confidence,source\nBPT1,Example,AA99A,NEL,500.00,synthetic,example\n"),
		"sets/worked/topup.csv":          file("service_line,rate,confidence,source\nNCBPS11B,0.10,synthetic,example\n"),
		"sets/worked/topup_provider.csv": file("service_line,provider,confidence,source\nNCBPS11B,RJ1,synthetic,example\n"),
		"sets/worked/market_forces.csv":  file("provider,factor,confidence,source\nRJ1,1.08,synthetic,example\nRRV,1.2,synthetic,example\n"),
		"policies/worked.yaml": file("policy: worked\ntitle: Worked example\nsource: example\nconfidence: synthetic\ntopup_on_excess: " + topUpOnExcess +
			"\ntopup_on_unbundled: false\ntopup_on_best_practice: true\nmff_on_unbundled: true\nmff_on_pass_through: false\nrounding: exact\nshort_stay:\n  applies: true\n  minimum_age: 19\n  stay_under_days: 2\n  pods: [NEL, NELST]\n"),
	}
	shipped, err := Shipped()
	if err != nil {
		t.Fatal(err)
	}
	if len(shipped.Sets()) < 2 {
		t.Fatal("the shipped price sets are missing")
	}
	lib, err := LoadDirs()
	if err != nil {
		t.Fatal(err)
	}
	more, err := Load(worked)
	if err != nil {
		t.Fatal(err)
	}
	lib.sets = more.sets
	return lib
}

// TestWorked holds prices against figures worked out by hand.
func TestWorked(t *testing.T) {
	apc := []string{"pod", "hrg", "provider", "service_code", "admission_date", "discharge_date", "critical_care_days", "age"}
	plcm := []string{"pod", "tariff_code", "provider", "service_code", "activity_date", "activity_count", "cost", "tfc", "age", "national_tariff_indicator"}
	for _, c := range []struct {
		says, excess string
		dataset      activity.Dataset
		ids          []string
		row          []string
		want         string
		reason       Reason
	}{
		// 6,000 x 1.10 x 1.08 = 7,128.00; 26 qualifying days, 6 above 20: 6 x 250 x 1.10 x 1.08 = 1,782.00
		{"worked example", "true", activity.APC, apc, []string{"NEL", "AA99A", "RJ1", "NCBPS11B", "2025-05-01", "2025-05-31", "4", "60"}, "8910", Priced},
		// without the top-up on excess days: 6 x 250 x 1.08 = 1,620.00
		{"no top-up on excess days", "false", activity.APC, apc, []string{"NEL", "AA99A", "RJ1", "NCBPS11B", "2025-05-01", "2025-05-31", "4", "60"}, "8748", Priced},
		// the same as lines of contract monitoring
		{"the spell as a line", "true", activity.PLCM, plcm, []string{"NEL", "AA99A", "RJ1", "NCBPS11B", "2025-05-31", "1", "0", "361", "60", ""}, "7128", Priced},
		{"excess days as a line", "true", activity.PLCM, plcm, []string{"NELXBD", "AA99A", "RJ1", "NCBPS11B", "2025-05-31", "6", "0", "361", "60", ""}, "1782", Priced},
		// 4 x 1,500 x 1.08
		{"critical care as a line", "true", activity.PLCM, plcm, []string{"UNBACC", "XC01Z", "RJ1", "NCBPS11B", "2025-05-31", "4", "0", "361", "60", ""}, "6480", Priced},
		// no top-up: RRV is not eligible. 6,000 x 1.2
		{"not eligible for the top-up", "true", activity.PLCM, plcm, []string{"NEL", "AA99A", "RRV", "NCBPS11B", "2025-05-31", "1", "0", "361", "60", ""}, "7200", Priced},
		// combined price before the separate one: 900 x 1.08
		{"combined price", "true", activity.PLCM, plcm, []string{"DC", "AA98A", "RJ1", "", "2025-05-31", "1", "0", "361", "60", ""}, "972", Priced},
		{"attendance by function", "true", activity.PLCM, plcm, []string{"OPFUPSPCL", "WF01A", "RJ1", "", "2025-05-31", "2", "0", "361", "60", ""}, "259.2", Priced},
		{"procedure for a first attendance", "true", activity.PLCM, plcm, []string{"OPPROCFA", "LB72A", "RJ1", "", "2025-05-31", "1", "0", "361", "60", ""}, "359.9964", Priced},
		// short stay: 25% of 5,000 x 1.08
		{"short stay", "true", activity.APC, apc, []string{"NEL", "AA98A", "RJ1", "", "2025-05-01", "2025-05-02", "0", "60"}, "1350", Priced},
		{"a child has no short stay", "true", activity.APC, apc, []string{"NEL", "AA98A", "RJ1", "", "2025-05-01", "2025-05-02", "0", "12"}, "5400", Priced},
		{"a stay of two days is not short", "true", activity.APC, apc, []string{"NEL", "AA98A", "RJ1", "", "2025-05-01", "2025-05-03", "0", "60"}, "5400", Priced},
		{"a drug passes through", "true", activity.PLCM, plcm, []string{"DRUG", "", "RJ1", "NCBPS11B", "2025-05-31", "1", "1234.56", "361", "60", ""}, "1234.56", PassThrough},
		{"a credit mirrors the charge", "true", activity.PLCM, plcm, []string{"NEL", "AA99A", "RJ1", "NCBPS11B", "2025-05-31", "-1", "0", "361", "60", ""}, "-7128", Priced},
		{"flagged N", "true", activity.PLCM, plcm, []string{"NEL", "AA99A", "RJ1", "NCBPS11B", "2025-05-31", "1", "0", "361", "60", "N"}, "0", ExcludedByFlag},
		{"no such HRG", "true", activity.PLCM, plcm, []string{"NEL", "ZZ99Z", "RJ1", "NCBPS11B", "2025-05-31", "1", "0", "361", "60", ""}, "0", NoPrice},
		{"no set on the day", "true", activity.PLCM, plcm, []string{"NEL", "AA99A", "RJ1", "NCBPS11B", "2024-05-31", "1", "0", "361", "60", ""}, "0", NoPriceSet},
		{"no date", "true", activity.PLCM, plcm, []string{"NEL", "AA99A", "RJ1", "NCBPS11B", "", "1", "0", "361", "60", ""}, "0", DateMissing},
		{"a block has no price", "true", activity.PLCM, plcm, []string{"BLOCK", "", "RJ1", "", "2025-05-31", "0", "5000", "", "", ""}, "0", FinancialLine},
		{"no such provider", "true", activity.PLCM, plcm, []string{"NEL", "AA99A", "XXX", "", "2025-05-31", "1", "0", "361", "60", ""}, "0", NoFactor},
		{"a count that is none", "true", activity.PLCM, plcm, []string{"NEL", "AA99A", "RJ1", "", "2025-05-31", "TBC", "0", "361", "60", ""}, "0", CountUnread},
	} {
		lib := workedSet(t, c.excess)
		p := lib.Bind(c.dataset, c.ids)
		var fields [][]byte
		for _, v := range c.row {
			fields = append(fields, []byte(v))
		}
		line := p.Row(fields)
		if line.Price.String() != c.want || line.Reason != c.reason {
			t.Errorf("%s: %s %q, want %s %q (working %s)", c.says, line.Price, line.Reason, c.want, c.reason, line.Working)
			continue
		}
		if line.Working == "" {
			continue
		}
		cost := activity.Amount{}
		if len(c.row) > 6 && c.dataset == activity.PLCM {
			cost, _, _ = activity.ParseAmount([]byte(c.row[6]))
		}
		w, err := lib.Explain(line.Working, line.Count, cost)
		if err != nil {
			t.Errorf("%s: %v", c.says, err)
			continue
		}
		if w.Price != line.Price && c.reason != CountUnread {
			t.Errorf("%s: the working comes to %s, the line to %s", c.says, w.Price, line.Price)
		}
	}
}

// TestRepriced holds the memory of a Pricer against a fresh one for each row.
func TestRepriced(t *testing.T) {
	lib := workedSet(t, "true")
	ids := []string{"pod", "tariff_code", "provider", "service_code", "activity_date", "activity_count", "cost", "tfc"}
	p := lib.Bind(activity.PLCM, ids)
	for _, pod := range []string{"NEL", "nel ", "DC", "OPFUPSPCL", "DRUG", ""} {
		for _, hrg := range []string{"AA99A", "AA98A", "WF01A", ""} {
			for _, line := range []string{"NCBPS11B", "NCBPS01A"} {
				for _, count := range []string{"1", "3", "-2"} {
					fields := [][]byte{[]byte(pod), []byte(hrg), []byte("RJ1"), []byte(line), []byte("2025-06-01"), []byte(count), []byte("12.5"), []byte("361")}
					got, want := p.Row(fields), lib.Bind(activity.PLCM, ids).Row(fields)
					if got.Price != want.Price || got.Reason != want.Reason || got.Working != want.Working {
						t.Fatalf("%s %s %s %s: %+v, want %+v", pod, hrg, line, count, got, want)
					}
				}
			}
		}
	}
}
