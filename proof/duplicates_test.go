package proof

import (
	"slices"
	"testing"

	"remit/activity"
)

// A column name that a file has twice is in the output twice, each with its own
// values, whatever the delimiter and however many files there are.
func TestColumnNameTwice(t *testing.T) {
	rows := [][]string{
		{"financial_year", "financial_month", "gp_practice", "provider", "service_code", "submitted_category", "note", "note"},
		{"202526", "1", "H83001", "RJ7", "99999999", "12", "first", "second"},
	}
	comma, tab := writeFile(t, "a.csv", delimited(t, rows, ',')), writeFile(t, "b.csv", delimited(t, rows, '\t'))
	for name, files := range map[string][]string{"commas": {comma}, "tabs": {tab}, "two files": {comma, comma}, "both": {comma, tab}} {
		job := usual(t, files...)
		job.Dataset = activity.PLCM
		got := assigned(t, job)
		if len(got) != 1+len(files) {
			t.Fatalf("%s: %d rows", name, len(got)-1)
		}
		for _, r := range got[1:] {
			if len(r) != 8+answered || !slices.Equal(r[:8], rows[1]) {
				t.Errorf("%s: the row is %q, want %q and the answer", name, r, rows[1])
			}
		}
	}
}
