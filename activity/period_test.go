package activity

import (
	"testing"
	"time"
)

func TestParseDate(t *testing.T) {
	tests := []struct{ text, want string }{ // want "" for no date
		{"2025-04-01", "2025-04-01"}, {"2025-04-01T10:20:30", "2025-04-01"}, {"2025-04-01 10:20", "2025-04-01"}, {"2025-04-01 10:2", "2025-04-01"},
		{"2025-04-01T", "2025-04-01"}, {"2024-02-29", "2024-02-29"}, {"2000-02-29", "2000-02-29"}, {"1970-01-01", "1970-01-01"}, {"1969-12-31", "1969-12-31"},
		{" 2025-04-01 ", "2025-04-01"}, {"2025/04/01", "2025-04-01"}, {"2025/04/01 09:30", "2025-04-01"}, {"2025-4-1", "2025-04-01"},
		{"01/04/2025", "2025-04-01"}, {"1/4/2025", "2025-04-01"}, {"31/12/2025 23:59:59", "2025-12-31"}, {"01-04-2025", "2025-04-01"}, {"01-04-2025 08:00", "2025-04-01"},
		{"01-Apr-25", "2025-04-01"}, {"1-APR-2025", "2025-04-01"}, {"31-dec-99", "1999-12-31"}, {"01-Apr-25 00:00", "2025-04-01"},
		{"20250401", "2025-04-01"}, {"45748", "2025-04-01"}, {"45748.75", "2025-04-01"}, {"40000", "2009-07-06"},
		{"04/01/2025 10:20 AM", "2025-04-01"}, {"4/1/2025 1:02:03 pm", "2025-04-01"},

		{"", ""}, {"2025-02-29", ""}, {"1900-02-29", ""}, {"2025-13-01", ""}, {"2025-04-31", ""}, {"2025-00-10", ""}, {"2025-04-00", ""},
		{"13/31/2025", ""}, {"31/04/2025 10:20 AM", ""}, {"31-04-2025 10:20 AM", ""}, {"01/04/25", ""}, {"2025-04-01x", ""}, {"TBC", ""},
		{"1800-01-01", ""}, {"1801-01-01", ""}, {"1802-01-01 00:00:00", ""}, {"35000", ""}, {"4574", ""}, {"45748.x", ""}, {"01-Foo-25", ""}, {"01-anf-25", ""},
		{"0025-04-01", ""}, {"20251301", ""}, {"01//2025", ""}, {"-/-", ""}, {"2025-04", ""},
	}
	for _, tt := range tests {
		day, ok := ParseDate([]byte(tt.text))
		if ok != (tt.want != "") || ok && FormatDate(day) != tt.want {
			t.Errorf("ParseDate(%q) = %s, %v, want %q", tt.text, FormatDate(day), ok, tt.want)
		}
	}
}

// Every day agrees with the standard library's calendar.
func TestEveryDay(t *testing.T) {
	start := time.Date(firstYear, 1, 1, 0, 0, 0, 0, time.UTC)
	for d := start; d.Year() <= lastYear; d = d.AddDate(0, 0, 1) {
		want := int32(d.Unix() / 86400)
		if d.Unix() < 0 {
			want = int32(-(-d.Unix() / 86400))
		}
		for _, layout := range []string{"2006-01-02", "02/01/2006", "20060102", "02-Jan-2006"} {
			if got, ok := ParseDate([]byte(d.Format(layout))); !ok || got != want {
				t.Fatalf("%s is day %d, %v, want %d", d.Format(layout), got, ok, want)
			}
		}
	}
}

func TestDateAbsent(t *testing.T) {
	for text, want := range map[string]bool{"": true, "  ": true, "1800-01-01": true, "1801-01-01": true, "1802-01-01 00:00:00": true, "2025-04-01": false, "TBC": false, "1800-01-02": false} {
		if got := DateAbsent([]byte(text)); got != want {
			t.Errorf("DateAbsent(%q) = %v", text, got)
		}
	}
}

func TestFinancialYear(t *testing.T) {
	tests := []struct{ text, want string }{
		{"202526", "202526"}, {"2025/26", "202526"}, {"2025/2026", "202526"}, {"2025-26", "202526"}, {"2025-2026", "202526"}, {"25/26", "202526"}, {"2526", "202526"},
		{" 202526 ", "202526"}, {"201011", "201011"}, {"205051", "205051"}, {"1011", "201011"}, {"2021", "202021"},
		{"", ""}, {"2025", ""}, {"202527", ""}, {"2025/27", ""}, {"202525", ""}, {"200910", ""}, {"205152", ""}, {"20252026", ""}, {"25/2026", ""},
		{"2025//26", ""}, {"2025/", ""}, {"/2526", ""}, {"202-526", ""}, {"FY2526", ""}, {"2025-26-27", ""}, {"0102", ""}, {"2025 26", ""},
	}
	for _, tt := range tests {
		if got, ok := FinancialYear(tt.text); got != tt.want || ok != (tt.want != "") {
			t.Errorf("FinancialYear(%q) = %q, %v, want %q", tt.text, got, ok, tt.want)
		}
	}
}

func TestFinancialMonth(t *testing.T) {
	tests := []struct{ text, want string }{
		{"1", "1"}, {"01", "1"}, {" 9 ", "9"}, {"012", "12"}, {"13", "13"},
		{"", ""}, {"0", ""}, {"00", ""}, {"14", ""}, {"-1", ""}, {"1.0", ""}, {"Apr", ""},
	}
	for _, tt := range tests {
		if got, ok := FinancialMonth(tt.text); got != tt.want || ok != (tt.want != "") {
			t.Errorf("FinancialMonth(%q) = %q, %v, want %q", tt.text, got, ok, tt.want)
		}
	}
}

func TestFinancialYearOf(t *testing.T) {
	tests := []struct{ date, year, month string }{
		{"2025-04-01", "202526", "1"}, {"2025-03-31", "202425", "12"}, {"2026-01-15", "202526", "10"}, {"2009-12-31", "", ""},
	}
	for _, tt := range tests {
		day, _ := ParseDate([]byte(tt.date))
		if year, month, ok := FinancialYearOf(day); year != tt.year || month != tt.month || ok != (tt.year != "") {
			t.Errorf("%s lies in %q month %q, want %q month %q", tt.date, year, month, tt.year, tt.month)
		}
	}
}

func TestReadingPeriodsDoesNotAllocate(t *testing.T) {
	date, year, month := []byte("2025-04-01"), []byte("202526"), []byte("01")
	n := testing.AllocsPerRun(100, func() {
		_, _ = ParseDate(date)
		_, _ = FinancialYear(year)
		_, _ = FinancialMonth(month)
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"2025-04-01", "01/04/2025 10:20 AM", "01-Apr-25", "45748", "20250401", "1800-01-01"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		day, ok := ParseDate([]byte(s))
		if !ok {
			return
		}
		if back, ok := ParseDate([]byte(FormatDate(day))); !ok || back != day {
			t.Errorf("%q is %s, which reads back as %d, %v", s, FormatDate(day), back, ok)
		}
		if DateAbsent([]byte(s)) {
			t.Errorf("%q is a date and absent", s)
		}
	})
}

func BenchmarkParseDate(b *testing.B) {
	text := []byte("2025-04-01")
	for b.Loop() {
		_, _ = ParseDate(text)
	}
}
