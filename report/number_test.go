package report

import (
	"math/big"
	"strings"
	"testing"

	"remit/activity"
)

func amount(t *testing.T, s string) activity.Amount {
	t.Helper()
	a, _, err := activity.ParseAmount([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestMoney(t *testing.T) {
	for _, c := range []struct{ amount, table, sentence string }{
		{"0", "0", "£0"},
		{"0.5", "1", "£1"},
		{"-0.4", "0", "£0"},
		{"-0.5", "\u22121", "\u2212£1"},
		{"1234.5", "1,235", "£1,235"},
		{"999999.99", "1,000,000", "£1,000,000"},
		{"1240000", "1,240,000", "£1.24m"},
		{"-1240000", "\u22121,240,000", "\u2212£1.24m"},
		{"12449999", "12,449,999", "£12.4m"},
		{"310200000", "310,200,000", "£310.2m"},
		{"1500000000", "1,500,000,000", "£1.50bn"},
		{"123456789012345678", "123,456,789,012,345,678", "£123,456,789.01bn"},
	} {
		a := amount(t, c.amount)
		if got := pounds(a); got != c.table {
			t.Errorf("%s in a table: got %s, want %s", c.amount, got, c.table)
		}
		if got := money(a); got != c.sentence {
			t.Errorf("%s in a sentence: got %s, want %s", c.amount, got, c.sentence)
		}
	}
	if got := pence(amount(t, "-1234.5")); got != "\u2212£1,234.50" {
		t.Errorf("pence: %s", got)
	}
}

func TestPercent(t *testing.T) {
	for _, c := range []struct {
		part, whole int64
		want        string
	}{
		{1, 3, "33.3%"}, {0, 3, "0.0%"}, {1, 100_000, "under 0.1%"}, {-1, 4, "\u221225.0%"}, {3, 3, "100.0%"}, {1, 0, notApplicable}, {1, -5, notApplicable},
	} {
		if got := percent(big.NewRat(c.part, 1), big.NewRat(c.whole, 1)); got != c.want {
			t.Errorf("%d of %d: got %s, want %s", c.part, c.whole, got, c.want)
		}
	}
}

func TestRecords(t *testing.T) {
	for n, want := range map[int64]string{0: "0 records", 1: "1 record", 2: "2 records", 1234567: "1,234,567 records"} {
		if got := records(n); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestShown(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"72Q", "72Q"}, {"A B", "A B"}, {"A\u00a0B", "A[U+00A0]B"}, {"\xff", "[byte FF]"}, {"\uFFFD", "\uFFFD"}, {"é", "é"},
		{strings.Repeat("x", longest), strings.Repeat("x", longest)},
		{strings.Repeat("x", longest+1), strings.Repeat("x", longest) + "… (49 characters)"},
	} {
		if got := shown(c.in); got != c.want {
			t.Errorf("%q: got %q, want %q", c.in, got, c.want)
		}
	}
}
