package intake

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"remit/activity"
	"remit/price"
	"remit/submission"
)

const (
	plcmHeader = "FINANCIAL MONTH,FINANCIAL YEAR,DATE AND TIME DATA SET CREATED,ORGANISATION IDENTIFIER (CODE OF PROVIDER),ORGANISATION IDENTIFIER (CODE OF COMMISSIONER)," +
		"GENERAL MEDICAL PRACTICE (PATIENT REGISTRATION),COMMISSIONED SERVICE CATEGORY CODE,SERVICE CODE,POINT OF DELIVERY CODE,TARIFF CODE,NATIONAL TARIFF INDICATOR,ACTIVITY COUNT (POINT OF DELIVERY),TOTAL COST\n"
	lprHeader = "FINANCIAL YEAR,ORGANISATION IDENTIFIER (CODE OF PROVIDER),ORGANISATION IDENTIFIER (CODE OF COMMISSIONER),COMMISSIONED SERVICE CATEGORY CODE,SERVICE CODE,POINT OF DELIVERY CODE,TARIFF CODE,LOCAL PRICE\n"
)

func plcmRow(pod, tariff, flag, count, cost string) string {
	return "1,202526,2025-06-01T09:00:00,RBV,QOP,P81001,21,NCBPS13M," + pod + "," + tariff + "," + flag + "," + count + "," + cost + "\n"
}

func put(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestLocalPrices: rows without a national price are held to the report that
// counts now, in whatever order the files came; expected figures by hand.
func TestLocalPrices(t *testing.T) {
	d, l := newDesk(t), open(t, t.TempDir())
	rows := plcmHeader +
		plcmRow("COMM", "L1", "", "10", "855.00") + // 10 x 85.50
		plcmRow("COMM", "L1", "", "10", "855.00") + // alike
		plcmRow("COMM", "L1", "", "10", "900.00") + // 45 too much
		plcmRow("MDT", "", "", "1", "120.01") + // a penny is tolerated
		plcmRow("POC", "X9", "", "2", "50.00") + // not in the report
		plcmRow("NEL", "AA35F", "N", "1", "4000.00") + // taken out of national prices: 4,100 is agreed
		plcmRow("NEL", "AA35F", "", "1", "1.00") + // has a national price
		plcmRow("DRUG", "", "", "1", "77.00") + // passes through
		plcmRow("BLOCK", "", "", "0", "1000.00") // money without activity
	plcm := take(t, l, d, put(t, "RBV_PLCM_2526_M01_FLEX.csv", rows))
	check := func(says string, want map[price.LocalOutcome]LocalSum) {
		t.Helper()
		v, err := l.View(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		sums, err := v.LocalSums(t.Context(), "RBV", "202526", Patient, d.Prices)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range []price.LocalOutcome{price.LocalAgrees, price.LocalDiffers, price.LocalNotListed, price.LocalNoReport} {
			var got LocalSum
			if sums.By[o] != nil {
				got = *sums.By[o]
			}
			if got != want[o] {
				t.Errorf("%s: %s is %+v, want %+v", says, o, got, want[o])
			}
		}
		// Each row by itself comes to the same.
		byRow := map[price.LocalOutcome]int64{}
		for n := int64(1); n <= plcm.Result.Rows; n++ {
			rec, err := v.Row(t.Context(), plcm, n)
			if err != nil {
				t.Fatal(err)
			}
			x, _, held, err := v.LocalVerdict(t.Context(), rec, d.Prices)
			if err != nil {
				t.Fatal(err)
			}
			if held {
				byRow[x.Outcome]++
			}
		}
		for o, n := range byRow {
			if want[o].Rows != n {
				t.Errorf("%s: %d rows are %s one by one, %d in sum", says, n, o, want[o].Rows)
			}
		}
	}
	sum := func(rows int64, money, expected, difference string) LocalSum {
		var a [3]activity.Amount
		for i, s := range []string{money, expected, difference} {
			a[i], _, _ = activity.ParseAmount([]byte(s))
		}
		return LocalSum{rows, a[0], a[1], a[2]}
	}
	check("before a report", map[price.LocalOutcome]LocalSum{price.LocalNoReport: sum(6, "6780.01", "0", "0")})
	report := func(mdt string) string {
		return lprHeader + "2025/26,RBV,QOP,21,NCBPS13M,COMM,L1,85.50\n202526,RBV,,,,MDT,," + mdt + "\n202526,RBV,,,,NEL,AA35F,\"4,100.00\"\n202526,RBV,QWE,21,NCBPS13M,POC,X9,25\n202627,RBV,,,,POC,,25\n"
	}
	send := func(name, text string) {
		t.Helper()
		s, _, err := l.Take(t.Context(), put(t, name, text), submission.Given{Feed: activity.LPR}, d, time.Date(2025, 7, 22, 9, 0, 0, 0, time.UTC))
		if err != nil || s.State != Accepted {
			t.Fatal(s.Result, err)
		}
	}
	send("RBV_LPR_2526.csv", report("120.00"))
	check("with a report", map[price.LocalOutcome]LocalSum{
		price.LocalAgrees:    sum(3, "1830.01", "1830", "0.01"),
		price.LocalDiffers:   sum(2, "4900", "4955", "-55"), // + 45 and - 100
		price.LocalNotListed: sum(1, "50", "0", "0"),
	})
	send("RBV_LPR_2526_v2.csv", report("130.00"))
	check("with a later report", map[price.LocalOutcome]LocalSum{
		price.LocalAgrees:    sum(2, "1710", "1710", "0"),
		price.LocalDiffers:   sum(3, "5020.01", "5085", "-64.99"),
		price.LocalNotListed: sum(1, "50", "0", "0"),
	})
}
