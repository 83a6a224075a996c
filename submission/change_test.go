package submission

import (
	"math/rand/v2"
	"strings"
	"testing"

	"remit/activity"
)

// lineOf reads key pod service count pounds.
func lineOf(t testing.TB, text string) Line {
	w := strings.Fields(text)
	return Line{Key: w[0], Codes: map[string]string{"pod": w[1], "service_code": w[2]}, Count: w[3], Price: pounds(t, w[4])}
}

func linesOf(t testing.TB, text string) (lines []Line) {
	for part := range strings.SplitSeq(text, "; ") {
		if part != "" {
			lines = append(lines, lineOf(t, part))
		}
	}
	return lines
}

func TestCompare(t *testing.T) {
	for _, c := range []struct{ name, before, after, want, net string }{
		{"nothing changed", "a EL S1 1 100; b DC S1 1 50", "b DC S1 1 50; a EL S1 1 100", "", "0.00"},
		{"one more", "a EL S1 1 100", "a EL S1 1 100; b DC S1 1 50", "added b 50.00", "50.00"},
		{"one less", "a EL S1 1 100; b DC S1 1 50", "a EL S1 1 100", "removed b -50.00", "-50.00"},
		{"another price", "a EL S1 1 100", "a EL S1 1 110", "re-priced a 10.00 cost", "10.00"},
		{"another count", "a EL S1 1 100", "a EL S1 2 100", "re-priced a 0.00 activity_count", "0.00"},
		{"another service", "a EL S1 1 100", "a EL S2 1 100", "re-coded a 0.00 service_code", "0.00"},
		{"service and price", "a EL S1 1 100", "a EL S2 1 90", "re-coded a -10.00 service_code,cost", "-10.00"},
		{"excess days beside the spell", "a EL S1 1 100; a ELXBD S1 3 30", "a ELXBD S1 4 40; a EL S1 1 100", "re-priced a 10.00 cost,activity_count", "10.00"},
		{"two alike, one goes", "a EL S1 1 100; a EL S1 1 100", "a EL S1 1 100", "removed a -100.00", "-100.00"},
		{"the same is paired before the like", "a EL S1 1 100; a EL S1 1 200", "a EL S1 1 200; a EL S1 1 300", "re-priced a 200.00 cost", "200.00"},
		{"from nothing", "", "a EL S1 1 100", "added a 100.00", "100.00"},
	} {
		got := Compare(linesOf(t, c.before), linesOf(t, c.after))
		var lines []string
		for _, l := range got.Lines {
			lines = append(lines, strings.TrimSpace(strings.Join([]string{string(l.Change), l.Key, l.Money.Pounds(), strings.Join(l.Fields, ",")}, " ")))
		}
		if text := strings.Join(lines, "; "); text != c.want || got.Net.Pounds() != c.net {
			t.Errorf("%s: got %q, net %s; want %q, net %s", c.name, text, got.Net.Pounds(), c.want, c.net)
		}
	}
}

// TestCompareProperties: the net is the difference of the totals, every row is
// accounted for once, and the other way round all signs turn.
func TestCompareProperties(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	some := func() (lines []Line) {
		for range random.IntN(30) {
			lines = append(lines, Line{Key: string(rune('a' + random.IntN(8))), Count: "1", Price: activity.Pence(random.Int64N(5) * 100),
				Codes: map[string]string{"pod": []string{"EL", "DC"}[random.IntN(2)], "service_code": []string{"S1", "S2"}[random.IntN(2)]}})
		}
		return lines
	}
	total := func(lines []Line) (sum activity.Amount) {
		for _, l := range lines {
			sum = sum.Add(l.Price)
		}
		return sum
	}
	for range 500 {
		before, after := some(), some()
		c := Compare(before, after)
		if c.Net != total(after).Sub(total(before)) {
			t.Fatalf("net %s, the totals differ by %s", c.Net, total(after).Sub(total(before)))
		}
		paired := c.Count[Same] + c.Count[Repriced] + c.Count[Recoded]
		if c.Count[Removed]+paired != int64(len(before)) || c.Count[Added]+paired != int64(len(after)) {
			t.Fatalf("%d and %d rows, counted %v", len(before), len(after), c.Count)
		}
		if back := Compare(after, before); back.Net != c.Net.Neg() || back.Count[Added] != c.Count[Removed] {
			t.Fatalf("the other way round %v, %v", back.Count, c.Count)
		}
		if same := Compare(after, after); len(same.Lines) > 0 {
			t.Fatalf("a submission differs from itself: %+v", same.Lines)
		}
	}
}

func TestKeyer(t *testing.T) {
	key := func(s *sheet, row int) string {
		l, err := Recognise(s.header)
		if err != nil {
			t.Fatal(err)
		}
		var fields [][]byte
		for _, f := range s.rows[row-1] {
			fields = append(fields, []byte(f))
		}
		return string(NewKeyer(l).Append(nil, fields))
	}
	const cdsKey = "cds:PLCM:RJ1:BRJ1000000000000000000000000000001"
	if got := key(plcm(), 1); got != cdsKey {
		t.Errorf("the key is %s, want %s", got, cdsKey)
	}
	if got := key(drplcm(), 1); got != "non:DrPLCM:RJ1:D1" {
		t.Errorf("the key of a drug is %s", got)
	}
	spell := func() *sheet { return plcm().with(0, cds, "").renamed(lpi, "HOSPITAL PROVIDER SPELL IDENTIFIER") }
	if got := key(spell(), 1); got != "spell:PLCM:RJ1:L1:EL" {
		t.Errorf("the key by spell is %s", got)
	}
	base := key(acm(), 1)
	for name, same := range map[string]*sheet{
		"another price":       acm().with(1, actP, "1"),
		"another count":       acm().with(1, actA, "1"),
		"made on another day": acm().with(0, made, "2026-07-20T09:30:00"),
		"spaces":              acm().with(1, pod, " DC "),
	} {
		if got := key(same, 1); got != base || !strings.HasPrefix(got, "row:") {
			t.Errorf("%s: the key is %s, was %s", name, got, base)
		}
	}
	for name, other := range map[string]*sheet{
		"another commissioner": acm().with(1, comm, "00L"),
		"another month":        acm().with(1, fm, "4"),
		"another POD":          acm().with(1, pod, "EL"),
	} {
		if key(other, 1) == base {
			t.Errorf("%s: the key is the same", name)
		}
	}
}
