package submission

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
)

func TestWriteReply(t *testing.T) {
	s := plcm().with(1, total, "TBC").with(2, nhs, "1234567890").with(3, localPOD, `<script>alert("x")</script>`+strings.Repeat("y", 100)).with(2, dob, "01/02/1980")
	r, err := Inspect(strings.NewReader(s.text()), shippedRules(t), shippedPack(t), Given{})
	if err != nil {
		t.Fatal(err)
	}
	var page bytes.Buffer
	if err := WriteReply(&page, r, "april <1>.csv", "20 May 2026"); err != nil {
		t.Fatal(err)
	}
	html := page.String()
	for _, want := range []string{"Rows rejected: april &lt;1&gt;.csv", "TBC stands where an amount of money should be.", "nhs_number_check", "20 May 2026", "2026/27, month 1", r.Rules} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, not := range []string{"<script", "1234567890", "01/02/1980", "http://", "https://"} {
		if strings.Contains(html, not) {
			t.Errorf("the page holds %q", not)
		}
	}
	if len(html) > 20_000 {
		t.Errorf("the page is %d bytes long", len(html))
	}
}

func TestRowWriter(t *testing.T) {
	s := acm().with(1, actP, "TBC").with(2, localPOD, "=HYPERLINK(1)").with(3, actP, "-900.00")
	v := validatorFor(t, shippedRules(t), s, Given{})
	var out bytes.Buffer
	w, err := NewRowWriter(&out, v.layout.Columns)
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range s.rows {
		if err := w.Write(int64(i+1), bytesOf(row), v.Row(int64(i+1), bytesOf(row))); err != nil {
			t.Fatal(err)
		}
	}
	short := bytesOf([]string{"1", "202627"})
	if err := w.Write(4, short, v.BadRow(4, FaultFields)); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll() // which refuses rows of different widths
	if err != nil {
		t.Fatal(err)
	}
	last := len(rows[0]) - 1
	if rows[0][0] != "row" || rows[0][1] != fm || rows[0][last-1] != "finding" || rows[0][last] != "what to do" {
		t.Errorf("the header is %q", rows[0])
	}
	if got := rows[1][last-1]; got != "cost_placeholder, CONTRACT MONITORING ACTUAL PRICE: TBC stands where an amount of money should be." {
		t.Errorf("the finding of row 1 reads %q", got)
	}
	if got := rows[2][1+s.column(localPOD)]; got != "'=HYPERLINK(1)" {
		t.Errorf("a formula was written as %q", got)
	}
	if got := rows[3][1+s.column(actP)]; got != "-900.00" {
		t.Errorf("a negative amount was written as %q", got)
	}
	if rows[4][0] != "4" || !strings.HasPrefix(rows[4][last-1], "row_fields: ") {
		t.Errorf("the row that could not be cut is %q", rows[4])
	}
}

func TestCountText(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000", -100: "-100"} {
		if got := countText(n); got != want {
			t.Errorf("%d is written %s, want %s", n, got, want)
		}
	}
}
