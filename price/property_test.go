package price

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"testing/fstest"

	"remit/activity"
	"remit/prices"
)

// spellFields are the columns of the random spells.
var spellFields = []string{"pod", "hrg", "provider", "service_code", "activity_date", "age", "length_of_stay", "critical_care_days", "rehabilitation_days",
	"palliative_days", "delayed_discharge_days", "best_practice"}

func row(values ...string) [][]byte {
	var fields [][]byte
	for _, v := range values {
		fields = append(fields, []byte(v))
	}
	return fields
}

func pick(r *rand.Rand, list ...string) string { return list[r.IntN(len(list))] }

// TestAgainstFractions prices random spells by the formula, written once more
// in exact fractions and without anything of the package but its tables.
func TestAgainstFractions(t *testing.T) {
	l := invented(t)
	p := l.Bind(activity.APC, spellFields)
	r := rand.New(rand.NewPCG(3, 4))
	priced := 0
	for range 20_000 {
		c := map[string]string{"pod": pick(r, "DC", "EL", "NEL", "NELNE"), "hrg": pick(r, "AA35F", "HN12A", "BZ34A", "HC62C"), "provider": pick(r, "RJ7", "R0A", "R0B", "R0C"),
			"line": pick(r, "NCBPS08S", "NCBPS23B", "NCBPS11B", ""), "on": pick(r, "2025-05-01", "2026-05-01"), "practice": pick(r, "STROKE", "SPINE", "")}
		days := [5]int{r.IntN(90), r.IntN(8), r.IntN(5), r.IntN(3), r.IntN(3)}
		line := p.Row(row(c["pod"], c["hrg"], c["provider"], c["line"], c["on"], "50", strconv.Itoa(days[0]), strconv.Itoa(days[1]), strconv.Itoa(days[2]),
			strconv.Itoa(days[3]), strconv.Itoa(days[4]), c["practice"]))
		want, ok := byFormula(c, days)
		if !ok {
			if line.Reason != NoPrice {
				t.Fatalf("%v %v: priced at %s, and there is no price", c, days, line.Price)
			}
			continue
		}
		priced++
		if unitsOf(line.Price).Cmp(want) != 0 {
			t.Fatalf("%v %v: %s, by the formula %s x 10^-8", c, days, line.Price, want)
		}
		explains(t, l, line, activity.Amount{})
	}
	if priced < 5_000 {
		t.Errorf("only %d of the spells had a price", priced)
	}
}

// byFormula is (base + best practice) x (1 + top-up) x factor, and the excess
// days on top, in units of 10^-8 pounds. Each of the two is rounded half up.
func byFormula(c map[string]string, days [5]int) (*big.Int, bool) {
	type spell struct{ price, day, trim int64 }
	table := map[string]map[string]spell{
		"AA35F": {"NEL": {6000, 250, 20}, "NELNE": {6000, 250, 20}},
		"HN12A": {"DC": {900, 260, 9}, "EL": {6450, 260, 9}, "NEL": {8200, 260, 40}, "NELNE": {8200, 260, 40}},
		"BZ34A": {"DC": {1020, 200, 5}, "EL": {1020, 200, 5}},
		"HC62C": {"EL": {5000, 300, 12}},
	}
	s, ok := table[c["hrg"]][c["pod"]]
	if !ok {
		return nil, false
	}
	second := c["on"] >= "2026-04-01"
	factor := map[string]*big.Rat{"RJ7": big.NewRat(108, 100), "R0A": big.NewRat(104, 100), "R0B": big.NewRat(1023805, 1000000), "R0C": big.NewRat(100005, 100000)}[c["provider"]]
	uplift := big.NewRat(1, 1)
	if c["line"] == "NCBPS08S" && c["provider"] == "RJ7" {
		uplift = big.NewRat(11, 10)
	}
	if c["line"] == "NCBPS23B" && c["provider"] == "R0A" {
		uplift = big.NewRat(9, 8)
	}
	addition := big.NewRat(0, 1)
	if c["practice"] == "STROKE" && c["hrg"] == "AA35F" && c["pod"] == "NEL" {
		addition = big.NewRat(400, 1)
	}
	if c["practice"] == "SPINE" && c["hrg"] == "HC62C" && c["pod"] == "EL" {
		addition = big.NewRat(250, 1)
	}
	base := new(big.Rat).SetInt64(s.price)
	if second {
		base.Mul(base, uplift).Add(base, addition)
	} else {
		base.Add(base, addition).Mul(base, uplift)
	}
	base.Mul(base, factor)
	excess := max(0, max(0, int64(days[0]-days[1]-days[2]-days[3]-days[4]))-s.trim)
	extra := new(big.Rat).SetInt64(excess * s.day)
	extra.Mul(extra, factor)
	places := int64(8)
	if second {
		places = 2
	} else {
		extra.Mul(extra, uplift)
	}
	return new(big.Int).Add(halfUp(base, places), halfUp(extra, places)), true
}

func halfUp(x *big.Rat, places int64) *big.Int {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(places), nil)
	scaled := new(big.Rat).Mul(x, new(big.Rat).SetInt(scale))
	scaled.Add(scaled, big.NewRat(1, 2))
	n := new(big.Int).Quo(scaled.Num(), scaled.Denom())
	return n.Mul(n, new(big.Int).Exp(big.NewInt(10), big.NewInt(8-places), nil))
}

// TestMonotoneInDays: a longer stay never costs less, and a day that does not
// qualify never costs more.
func TestMonotoneInDays(t *testing.T) {
	p := invented(t).Bind(activity.APC, spellFields)
	priceAt := func(hrg, pod string, stay, critical int) activity.Amount {
		line := p.Row(row(pod, hrg, "R0B", "NCBPS08S", "2025-05-01", "50", strconv.Itoa(stay), strconv.Itoa(critical), "", "", "", ""))
		if line.Reason != Priced {
			t.Fatalf("%s %s has no price: %s", hrg, pod, line.Reason)
		}
		return line.Price
	}
	for _, c := range [][2]string{{"AA35F", "NEL"}, {"DZ11K", "NEL"}, {"HN12A", "EL"}, {"BZ34A", "DC"}} {
		for stay := range 60 {
			if a, b := priceAt(c[0], c[1], stay, 0), priceAt(c[0], c[1], stay+1, 0); a.Cmp(b) > 0 {
				t.Errorf("%v: %d days cost %s, a day more %s", c, stay, a, b)
			}
			if a, b := priceAt(c[0], c[1], 60, stay), priceAt(c[0], c[1], 60, stay+1); a.Cmp(b) < 0 {
				t.Errorf("%v: %d days of critical care leave %s, a day more %s", c, stay, a, b)
			}
		}
	}
}

// TestScalesInFactor: with a factor of 2 everything that has a factor costs
// twice what it costs with 1.
func TestScalesInFactor(t *testing.T) {
	l := withFile(t, "sets/year-a-pay/market_forces.csv", "provider,factor,confidence,source\nONE,1,synthetic,x\nTWO,2,synthetic,x\n")
	p := l.Bind(activity.APC, append(spellFields, "unbundled_hrg"))
	for _, pod := range []string{"EL", "DC", "NEL"} {
		for stay := 0; stay < 60; stay += 7 {
			one := p.Row(row(pod, "HN12A", "ONE", "", "2025-05-01", "50", strconv.Itoa(stay), "2", "", "", "", "", "XC05Z")).Price
			two := p.Row(row(pod, "HN12A", "TWO", "", "2025-05-01", "50", strconv.Itoa(stay), "2", "", "", "", "", "XC05Z")).Price
			if one.IsZero() || one.Add(one) != two {
				t.Errorf("%s of %d days: %s and %s", pod, stay, one, two)
			}
		}
	}
}

// withFile is the invented library with another file in the place of one.
func withFile(t testing.TB, name, text string) *Library {
	t.Helper()
	l, err := Load(rulesOnly{prices.FS}, changed(t, name, text))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func changed(t testing.TB, name, text string) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	base := os.DirFS("testdata/prices")
	for _, pattern := range []string{"policies/*.yaml", "sets/*/*.csv"} {
		matches, err := globFS(base, pattern)
		if err != nil {
			t.Fatal(err)
		}
		for path, data := range matches {
			files[path] = &fstest.MapFile{Data: data}
		}
	}
	files[name] = &fstest.MapFile{Data: []byte(text)}
	return files
}

// TestMemoryChangesNothing: two pricers, one of which has met other rows before,
// give the same; what is remembered leaks into nothing.
func TestMemoryChangesNothing(t *testing.T) {
	l := invented(t)
	fields := append([]string{}, spellFields...)
	fields = append(fields, "activity_count", "unbundled_hrg", "admission_method", "tfc")
	used := l.Bind(activity.APC, fields)
	r := rand.New(rand.NewPCG(5, 6))
	for range 5_000 {
		values := row(pick(r, "", "DC", "NEL", "NELST", "EL", "nel "), pick(r, "AA35F", "DZ11K", "EB10E", "QQ"), pick(r, "RJ7", "R0A", "rj7"), pick(r, "NCBPS08S", ""),
			pick(r, "2025-05-01", "2026-05-01", "2010-01-01", ""), pick(r, "", "5", "19", "999"), pick(r, "0", "1", "2", "31", "x", ""), pick(r, "", "3"), "", "", "",
			pick(r, "", "STROKE"), pick(r, "", "2", "-1", "1.5"), pick(r, "", "XC05Z", "SB97Z;RD01A"), pick(r, "", "21", "11"), pick(r, "320", ""))
		a := used.Row(values)
		fresh := l.Bind(activity.APC, fields).Row(values)
		if fmt.Sprint(a) != fmt.Sprint(fresh) {
			t.Fatalf("%q: %v, by a new pricer %v", values, a, fresh)
		}
	}
}

// TestWorkersShareALibrary: pricers of several goroutines give the same, and the
// race detector finds nothing.
func TestWorkersShareALibrary(t *testing.T) {
	l := invented(t)
	prices := make(chan activity.Amount)
	for range 4 {
		go func() {
			p := l.Bind(activity.APC, spellFields)
			var sum activity.Amount
			for stay := range 200 {
				sum = sum.Add(p.Row(row("NEL", "AA35F", "RJ7", "NCBPS08S", "2025-05-01", "50", strconv.Itoa(stay), "1", "", "", "", "")).Price)
			}
			prices <- sum
		}()
	}
	first := <-prices
	for range 3 {
		if other := <-prices; other != first || first.IsZero() {
			t.Errorf("one worker comes to %s, another to %s", first, other)
		}
	}
}

func BenchmarkRow(b *testing.B) {
	l, err := Shipped()
	if err != nil {
		b.Fatal(err)
	}
	fields := []string{"provider", "service_code", "pod", "tariff_code", "tfc", "age", "admin_category", "ov_charging_category", "activity_count", "activity_start_date", "activity_date", "cost"}
	var rows [][][]byte
	r := rand.New(rand.NewPCG(7, 8))
	for range 50_000 {
		day := 1 + r.IntN(28)
		rows = append(rows, row(pick(r, "RJ7", "R0A", "RRV", "RYJ", "RJ1"), pick(r, "NCBPS08S", "99999999", "NCBPS11B", "NCBPS23B"), pick(r, "DC", "EL", "NEL", "OPFASPCL", "NELXBD", "DRUG"),
			pick(r, "AA35F", "HN12A", "WF01B", "DZ11K", "ED27A"), pick(r, "320", "150", "100", "400"), strconv.Itoa(r.IntN(95)), "01", "A", strconv.Itoa(1+r.IntN(3)),
			fmt.Sprintf("2026-05-%02d", max(1, day-r.IntN(9))), fmt.Sprintf("2026-05-%02d", day), "123.45"))
	}
	p := l.Bind(activity.PLCM, fields)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		p.Row(rows[i%len(rows)])
	}
}
