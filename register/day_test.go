package register

import (
	"testing"
	"time"
)

func TestParseDayAgreesWithTime(t *testing.T) {
	for d := time.Date(1895, 1, 1, 0, 0, 0, 0, time.UTC); d.Year() < 2110; d = d.AddDate(0, 0, 1) {
		text := d.Format(time.DateOnly)
		got, err := ParseDay(text)
		if err != nil || got.String() != text {
			t.Fatalf("ParseDay(%q) = %v, %v", text, got, err)
		}
	}
}

func TestParseDayRefuses(t *testing.T) {
	for _, s := range []string{"", "2025", "2025-13-01", "2025-02-29", "2025-00-10", "01/04/2025", "2025-4-1", "20250401", "2025-04-31", "2025-04-010", "२०२५-०४-०१"} {
		if d, err := ParseDay(s); err == nil || d != NoDay {
			t.Errorf("ParseDay(%q) = %v, %v", s, d, err)
		}
	}
}
