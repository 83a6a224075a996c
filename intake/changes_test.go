package intake

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"remit/activity"
	"remit/submission"
)

// line is a row of a submission as far as changes are concerned.
type line struct {
	Key   string
	Count string
	Price activity.Amount
	Codes map[string]string // by field id
}

// changedLine is one row that is not the same.
type changedLine struct {
	Change Change
	Key    string
	Before *line // nil when added
	After  *line // nil when removed
	Fields []string
	Money  activity.Amount // after less before
}

// comparison is what changed between two submissions. The money of all kinds adds
// up to the difference of the two totals.
type comparison struct {
	Lines []changedLine // the most money first
	Count map[Change]int64
	Money map[Change]activity.Amount
	Net   activity.Amount
}

// compareLines tells two submissions of one feed and provider apart, by the keys of
// their rows. Of several rows with one key those that are the same are paired
// first, then those of one point of delivery, then the others in order.
func compareLines(before, after []line) comparison {
	c := comparison{Count: map[Change]int64{}, Money: map[Change]activity.Amount{}}
	was, is := byKey(before), byKey(after)
	keys := map[string]bool{}
	for key := range was {
		keys[key] = true
	}
	for key := range is {
		keys[key] = true
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		c.pair(was[key], is[key])
	}
	slices.SortStableFunc(c.Lines, func(a, b changedLine) int {
		return cmp.Or(b.Money.Abs().Cmp(a.Money.Abs()), cmp.Compare(a.Change, b.Change), cmp.Compare(a.Key, b.Key))
	})
	return c
}

func byKey(lines []line) map[string][]*line {
	m := make(map[string][]*line, len(lines))
	for i := range lines {
		m[lines[i].Key] = append(m[lines[i].Key], &lines[i])
	}
	for _, same := range m { // the order of a file does not matter
		slices.SortStableFunc(same, func(a, b *line) int {
			return cmp.Or(cmp.Compare(a.Codes["pod"], b.Codes["pod"]), a.Price.Cmp(b.Price), cmp.Compare(a.Count, b.Count))
		})
	}
	return m
}

// pair matches the rows of one key in three rounds, each less strict.
func (c *comparison) pair(was, is []*line) {
	for _, alike := range []func(*line) string{wholeLine, podOf, func(*line) string { return "" }} {
		was, is = c.pairBy(alike, was, is)
	}
	for _, l := range was {
		c.record(changedLine{Change: Removed, Key: l.Key, Before: l, Money: l.Price.Neg()})
	}
	for _, l := range is {
		c.record(changedLine{Change: Added, Key: l.Key, After: l, Money: l.Price})
	}
}

// pairBy pairs rows that are alike, each with the first that is left, and gives
// the rows that have no partner.
func (c *comparison) pairBy(alike func(*line) string, was, is []*line) (wasLeft, isLeft []*line) {
	if len(was) == 0 || len(is) == 0 {
		return was, is
	}
	waiting := map[string][]*line{}
	for _, l := range is {
		waiting[alike(l)] = append(waiting[alike(l)], l)
	}
	paired := map[*line]bool{}
	for _, l := range was {
		partners := waiting[alike(l)]
		if len(partners) == 0 {
			wasLeft = append(wasLeft, l)
			continue
		}
		c.changed(l, partners[0])
		paired[partners[0]] = true
		waiting[alike(l)] = partners[1:]
	}
	for _, l := range is {
		if !paired[l] {
			isLeft = append(isLeft, l)
		}
	}
	return wasLeft, isLeft
}

func podOf(l *line) string { return l.Codes["pod"] }

func wholeLine(l *line) string {
	text := append(l.Price.Append(nil), 0)
	text = append(append(text, l.Count...), 0)
	for _, field := range Coded {
		text = append(append(text, l.Codes[field]...), 0)
	}
	return string(text)
}

func (c *comparison) changed(a, b *line) {
	l := changedLine{Change: Same, Key: a.Key, Before: a, After: b, Money: b.Price.Sub(a.Price)}
	for _, field := range Coded {
		if a.Codes[field] != b.Codes[field] {
			l.Fields = append(l.Fields, field)
		}
	}
	switch {
	case len(l.Fields) > 0:
		l.Change = Recoded
	case a.Price != b.Price || a.Count != b.Count:
		l.Change = Repriced
	}
	if a.Price != b.Price {
		l.Fields = append(l.Fields, "cost")
	}
	if a.Count != b.Count {
		l.Fields = append(l.Fields, "activity_count")
	}
	c.record(l)
}

func (c *comparison) record(l changedLine) {
	c.Count[l.Change]++
	c.Money[l.Change] = c.Money[l.Change].Add(l.Money)
	c.Net = c.Net.Add(l.Money)
	if l.Change != Same {
		c.Lines = append(c.Lines, l)
	}
}

// lineOf reads key pod service count pounds.
func lineOf(t testing.TB, text string) line {
	w := strings.Fields(text)
	return line{Key: w[0], Codes: map[string]string{"pod": w[1], "service_code": w[2]}, Count: w[3], Price: pounds(t, w[4])}
}

func linesOf(t testing.TB, text string) (lines []line) {
	for part := range strings.SplitSeq(text, "; ") {
		if part != "" {
			lines = append(lines, lineOf(t, part))
		}
	}
	return lines
}

func TestCompareLines(t *testing.T) {
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
		got := compareLines(linesOf(t, c.before), linesOf(t, c.after))
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
	some := func() (lines []line) {
		for range random.IntN(30) {
			lines = append(lines, line{Key: string(rune('a' + random.IntN(8))), Count: "1", Price: activity.Pence(random.Int64N(5) * 100),
				Codes: map[string]string{"pod": []string{"EL", "DC"}[random.IntN(2)], "service_code": []string{"S1", "S2"}[random.IntN(2)]}})
		}
		return lines
	}
	total := func(lines []line) (sum activity.Amount) {
		for _, l := range lines {
			sum = sum.Add(l.Price)
		}
		return sum
	}
	for range 500 {
		before, after := some(), some()
		c := compareLines(before, after)
		if c.Net != total(after).Sub(total(before)) {
			t.Fatalf("net %s, the totals differ by %s", c.Net, total(after).Sub(total(before)))
		}
		paired := c.Count[Same] + c.Count[Repriced] + c.Count[Recoded]
		if c.Count[Removed]+paired != int64(len(before)) || c.Count[Added]+paired != int64(len(after)) {
			t.Fatalf("%d and %d rows, counted %v", len(before), len(after), c.Count)
		}
		if back := compareLines(after, before); back.Net != c.Net.Neg() || back.Count[Added] != c.Count[Removed] {
			t.Fatalf("the other way round %v, %v", back.Count, c.Count)
		}
		if same := compareLines(after, after); len(same.Lines) > 0 {
			t.Fatalf("a submission differs from itself: %+v", same.Lines)
		}
	}
}

func pounds(t testing.TB, s string) activity.Amount {
	t.Helper()
	a, _, err := activity.ParseAmount([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// linesOfRows are the rows of a submission as lines.
func linesOfRows(t *testing.T, l *Ledger, s *Submission) (list []line) {
	t.Helper()
	v, err := l.View(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rows, err := v.records(t.Context(), s, "true ORDER BY file_row_number")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		x := line{Key: r.Values["row_key"], Count: r.Field("activity_count"), Codes: map[string]string{}}
		if r.Values["money"] != "" {
			x.Price = pounds(t, r.Values["money"])
		}
		for _, id := range Coded {
			x.Codes[id] = strings.ToUpper(strings.TrimSpace(r.Field(id)))
		}
		list = append(list, x)
	}
	return list
}

// scrambled makes a file of few spells with many rows each, so that rows must be
// told apart within a key.
func scrambled(t *testing.T, template string, random *rand.Rand, path string) {
	t.Helper()
	text, err := os.ReadFile(template)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	set := func(row []string, column, value string) { row[slices.Index(rows[0], column)] = value }
	n := 1 + random.IntN(40)
	for _, row := range rows[1 : n+1] {
		set(row, "CDS UNIQUE IDENTIFIER", "")
		set(row, "HOSPITAL PROVIDER SPELL IDENTIFIER", fmt.Sprintf("S%d", random.IntN(6)))
		set(row, "POINT OF DELIVERY CODE", []string{"EL", "DC"}[random.IntN(2)])
		set(row, "SERVICE CODE", []string{"NCBPS01C", "NCBPS29B"}[random.IntN(2)])
		set(row, "FINANCIAL MONTH", []string{"1", "2"}[random.IntN(2)])
		set(row, "ACTIVITY COUNT (POINT OF DELIVERY)", []string{"1", "2"}[random.IntN(2)])
		set(row, "TOTAL COST", fmt.Sprintf("%d.%02d", random.IntN(4)*100, random.IntN(2)*50))
		for _, same := range []string{"TARIFF CODE", "ACTIVITY TREATMENT FUNCTION CODE", "ORGANISATION IDENTIFIER (CODE OF COMMISSIONER)", "COMMISSIONED SERVICE CATEGORY CODE", "ORGANISATION SITE IDENTIFIER (OF TREATMENT)",
			"GENERAL MEDICAL PRACTICE (PATIENT REGISTRATION)", "ORGANISATION IDENTIFIER (GP PRACTICE RESPONSIBILITY)", "ORGANISATION IDENTIFIER (RESIDENCE RESPONSIBILITY)"} {
			set(row, same, rows[1][slices.Index(rows[0], same)])
		}
	}
	var out bytes.Buffer
	if err := csv.NewWriter(&out).WriteAll(rows[:n+1]); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestChanges holds what DuckDB finds against the plain comparison above, on files
// of many rows with few keys; the parts add up to the difference of the totals.
func TestChanges(t *testing.T) {
	d := newDesk(t)
	template := filepath.Join(contracts(t, d, 500), "RBV_PLCM_2526_M03_FLEX.csv")
	random := rand.New(rand.NewPCG(11, 12))
	for round := range 12 {
		l := open(t, t.TempDir())
		dir := t.TempDir()
		var both []*Submission
		for i := range 2 {
			path := filepath.Join(dir, fmt.Sprintf("RBV_PLCM_2526_M02_%d.csv", i))
			scrambled(t, template, random, path)
			both = append(both, take(t, l, d, path))
		}
		if l.Previous(both[1]).ID != both[0].ID {
			t.Fatalf("the submission before is %s", l.Previous(both[1]).ID)
		}
		got, err := l.Changes(t.Context(), both[0], both[1])
		if err != nil {
			t.Fatal(err)
		}
		want := compareLines(linesOfRows(t, l, both[0]), linesOfRows(t, l, both[1]))
		count, money := map[Change]int64{}, map[Change]activity.Amount{}
		for _, p := range got.Parts {
			count[p.Change] += p.Rows
			money[p.Change] = money[p.Change].Add(p.Money)
		}
		for _, c := range []Change{Added, Removed, Repriced, Recoded} {
			if count[c] != want.Count[c] || money[c] != want.Money[c] {
				t.Errorf("round %d: %s: %d rows, %s; one by one %d, %s", round, c, count[c], money[c], want.Count[c], want.Money[c])
			}
		}
		rows, net := got.Net()
		if a, b := both[1].Result, both[0].Result; rows != a.Rows-b.Rows || net != a.Money.Sub(b.Money) {
			t.Errorf("round %d: the parts come to %d rows, %s; the totals differ by %d, %s", round, rows, net, a.Rows-b.Rows, a.Money.Sub(b.Money))
		}
		var sum activity.Amount
		n := 0
		if err := got.Rows(t.Context(), 0, func(r *ChangedRow) error { sum, n = sum.Add(r.Money), n+1; return nil }); err != nil {
			t.Fatal(err)
		}
		if sum != net || n != len(want.Lines) {
			t.Errorf("round %d: %d rows come to %s, want %d and %s", round, n, sum, len(want.Lines), net)
		}
	}
}

// TestChangesOfMonths compares a freeze of two months with the flex of three that
// follows: a growth of a month is no jump, and the new month is what was added.
func TestChangesOfMonths(t *testing.T) {
	d := newDesk(t)
	dir := contracts(t, d, 3000)
	l := open(t, t.TempDir())
	before := take(t, l, d, filepath.Join(dir, "RBV_PLCM_2526_M02_FREEZE.csv"))
	after := take(t, l, d, filepath.Join(dir, "RBV_PLCM_2526_M03_FLEX.csv"))
	for _, f := range after.Result.Findings {
		if strings.HasSuffix(f.Rule, "_jump") {
			t.Errorf("a month more is found to be a jump: %s", f.Message)
		}
	}
	c, err := l.Changes(t.Context(), before, after)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[Change]bool{}
	for _, p := range c.Parts {
		kinds[p.Change] = kinds[p.Change] || p.Month != "3"
		if p.Month == "3" && p.Change != Added {
			t.Errorf("in a month that is new %d rows are %s", p.Rows, p.Change)
		}
	}
	if !kinds[Repriced] || !kinds[Added] {
		t.Errorf("the files are made with a few changes of lines; found %v", c.Parts)
	}
	other, _, err := l.Take(t.Context(), filepath.Join(dir, "RCX_PLCM_2526_M03_FLEX.csv"), submission.Given{}, d, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Changes(t.Context(), before, other); err == nil {
		t.Error("submissions of two providers are compared")
	}
}
