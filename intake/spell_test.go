package intake

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"remit/activity"
	"remit/submission"
)

// TestSpellPricedOnce: of the episodes of a spell the first is priced, wherever
// it stands, with the top-up of the spell's line and the days of the whole stay;
// every other is told to be priced with it. Figures are of the worked example:
// 6,000 x 1.10 x 1.08 = 7,128, 6 excess days x 250 x 1.10 x 1.08 = 1,782, and
// 4 days of critical care x 1,500 x 1.08 = 6,480.
func TestSpellPricedOnce(t *testing.T) {
	const header = "HOSPITAL PROVIDER SPELL IDENTIFIER,EPISODE NUMBER,ORGANISATION IDENTIFIER (CODE OF PROVIDER),ORGANISATION IDENTIFIER (CODE OF COMMISSIONER)," +
		"METHOD OF ADMISSION (HOSPITAL PROVIDER SPELL),PATIENT CLASSIFICATION CODE,START DATE (HOSPITAL PROVIDER SPELL),DISCHARGE DATE (HOSPITAL PROVIDER SPELL)," +
		"CRITICAL CARE DAYS,UNBUNDLED HRG,HEALTHCARE RESOURCE GROUP CODE,SERVICE CODE,AGE AT CDS ACTIVITY DATE,GENERAL MEDICAL PRACTICE (PATIENT REGISTRATION)\n"
	spell := func(id, episode, line string) string {
		return id + "," + episode + ",RJ7,QWE,21,1,2025-10-31,2025-11-30,4,XC05Z,AA35F," + line + ",60,M81011\n"
	}
	text := header +
		spell("S1", "2", "NCBPS08S") + spell("S1", "1", "NCBPS08S") + spell("S1", "3", "NCBPS08S") + // the first in the middle
		spell("S2", "3", "NCBPS08S") + spell("S2", "2", "NCBPS08S") + // the first is not in the file
		spell("S3", "", "NCBPS08S") + spell("S3", "", "NCBPS08S") + // without numbers
		spell("S4", "1", "NCBPS08S") +
		spell("", "1", "NCBPS08S") + spell("", "2", "NCBPS08S") // no spell: the number tells
	path := filepath.Join(t.TempDir(), "RJ7_APC_2526.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	l := open(t, t.TempDir())
	s, _, err := l.Take(t.Context(), path, submission.Given{Feed: activity.APC}, newDesk(t), time.Date(2025, 12, 21, 9, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	v, err := l.View(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rows, err := v.records(t.Context(), s, "true ORDER BY file_row_number")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range rows {
		a, _, err := activity.ParseAmount([]byte(r.Values["price"]))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, a.Pounds()+r.Values["price_reason"])
	}
	const whole, later = "15,390.00", "0.00later_episode"
	want := []string{later, whole, later, later, whole, whole, later, whole, whole, later}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("prices are %v, want %v (%s)", got, want, s.Unreadable)
	}
}
