package proof

import (
	"fmt"
	"strings"
	"testing"

	"remit/activity"
	"remit/assign"
)

// Overrides come last, show in the trace and stand in the place of the payer.
// Of several kinds the record's own comes before its patient's, its practice's
// and its provider's.
func TestOverridesComeLast(t *testing.T) {
	rows := [][]string{{"record_key", "patient_key", "gp_practice", "postcode", "provider", "service_code", "discharge_date", "ov_charging_category", "admin_category", "submitted_commissioner"}}
	for i, r := range []string{
		"K1 P1 H83001 RJ7 2025-06-30", "K2 P1 H83001 RJ7 2025-06-30", "K3 P2 H83001 RJ7 2025-06-30", "K4 P2 M85001 RJ7 2025-06-30",
		"K5 P2 M85001 RRK 2025-06-30", "K6 P1 M85001 RRK 2024-06-30", "K7 P3 X99999 ZZ9 2025-06-30",
	} {
		f := strings.Fields(r)
		admin := "01"
		if i == 0 {
			admin = "02" // a private patient, whom an override pays for all the same
		}
		rows = append(rows, []string{f[0], f[1], f[2], "", f[3], "", f[4], "A", admin, "16C"})
	}
	job := usual(t, writeTable(t, "in.csv", rows))
	job.Dataset = activity.APC
	job.Overrides = overridesOf(t, "record,K1,16C,12,,,child in care\npatient,P1,15E,26,2025-04-01,,section 117\npractice,H83001,06H,12,,,moved\nprovider,RJ7,14L,12,,,agreed\nrecord,K7,13Q,61,,,known\n")
	runJob(t, job)
	want := [][4]string{
		{"16C", "12", "A>override", "same"}, {"15E", "26", "C-5>override", "payer_differs"}, {"06H", "12", "C-5>override", "payer_differs"},
		{"14L", "12", "C-5>override", "payer_differs"}, {"15E", "12", "C-5", "payer_differs"}, {"15E", "12", "C-5", "payer_differs"}, {"13Q", "61", "C-5>override", "payer_differs"},
	}
	for i, r := range readTable(t, job.Out) {
		w := want[i]
		if r["assigned_commissioner"] != w[0] || r["assigned_category"] != w[1] || !strings.HasSuffix(r["trace"], w[2]) || r["agreement"] != w[3] {
			t.Errorf("%s: %s %s %s %s, want %v", r["record_key"], r["assigned_commissioner"], r["assigned_category"], r["trace"], r["agreement"], w)
		}
		overridden := strings.HasSuffix(w[2], "override")
		if (r["payer_source"] == "override") != overridden || (r["outcome"] == "Override") != overridden {
			t.Errorf("%s: from %s, outcome %s", r["record_key"], r["payer_source"], r["outcome"])
		}
		if list, err := assign.Explain(t.Context(), job, assign.Which{Row: int64(i + 1)}); err != nil || list[0].Agreement != w[3] || list[0].Payer != w[0] {
			t.Errorf("%s: explained as %s, %s; %v", r["record_key"], list[0].Payer, list[0].Agreement, err)
		}
		if overridden && strings.Contains(r["warnings"], "payer_not_found") {
			t.Errorf("%s: %s, though an override pays", r["record_key"], r["warnings"])
		}
	}
}

// A record is explained as it was assigned, with and without an override.
func TestExplanationsAgree(t *testing.T) {
	for _, layout := range layouts {
		job := usual(t, small(t, layout, 400))
		job.Overrides = overridesOf(t, "provider,RJ7,36L,12,,,agreed\nprovider,RRK,15E,12,,,agreed\n")
		runJob(t, job)
		for i, r := range readTable(t, job.Out) {
			if i%8 != 0 {
				continue
			}
			list, err := assign.Explain(t.Context(), job, assign.Which{Row: int64(i + 1)})
			if err != nil {
				t.Fatal(err)
			}
			x := &list[0]
			got := fmt.Sprint(x.Payer, x.Category, x.Outcome, x.Trace, x.Source, x.Agreement)
			if want := fmt.Sprint(r["assigned_commissioner"], r["assigned_category"], r["outcome"], r["trace"], r["payer_source"], r["agreement"]); got != want {
				t.Errorf("%s row %d: explained %s, assigned %s", layout, i+1, got, want)
			}
		}
	}
}
