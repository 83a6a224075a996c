package monitor_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"remit/activity"
	"remit/calendar"
	"remit/monitor"
)

// TestParts has cases worked by hand. The first two lines of each are of one family;
// its growth is actual ÷ planned activity of the lines that rest on activity.
func TestParts(t *testing.T) {
	const a, b = "NCBPS01C", "NCBPS04A"
	for _, x := range []struct {
		name              string
		cells             []monitor.Cell
		volume, rate, mix string
	}{
		{"one line: 10 more at £1,000, and £50 more for each of 110",
			[]monitor.Cell{cell(a, "EL", 1, "100", "100000", "110", "115500")}, "10000", "5500", "0"},
		{"more of the dear, less of the cheap: 5% growth of £150,000; the rest is mix",
			[]monitor.Cell{cell(a, "EL", 1, "100", "100000", "120", "120000"), cell(b, "EL", 1, "100", "50000", "90", "45000")}, "7500", "0", "7500"},
		{"work that was not planned, beside work that was: 20% growth of £100,000; £20,000 of other work in place of it is no rate",
			[]monitor.Cell{cell(a, "EL", 1, "100", "100000", "100", "100000"), cell(b, "EL", 1, "0", "0", "20", "6000")}, "20000", "0", "-14000"},
		{"nothing of the family was planned", []monitor.Cell{cell(a, "EL", 1, "0", "0", "20", "6000")}, "6000", "0", "0"},
		{"none done of what was planned", []monitor.Cell{cell(a, "EL", 1, "10", "5000", "0", "0")}, "-5000", "0", "0"},
		{"none done, and charged all the same", []monitor.Cell{cell(a, "EL", 1, "10", "5000", "0", "300")}, "-5000", "300", "0"},
		{"a block", []monitor.Cell{cell(a, "BLOCK", 1, "0", "90000", "0", "91000")}, "0", "1000", "0"},
		{"an adjustment that nobody planned", []monitor.Cell{cell(a, "ADJUSTMENT", 1, "0", "0", "0", "-250.55")}, "0", "-250.55", "0"},
		{"a planned price without planned activity", []monitor.Cell{cell(a, "EL", 1, "0", "90000", "12", "91000")}, "0", "1000", "0"},
		{"planned at no price", []monitor.Cell{cell(a, "EL", 1, "10", "0", "12", "600")}, "0", "600", "0"},
		{"thirds of pounds: 4 of 3 at £100, volume to 10^-8, the rest exact", []monitor.Cell{cell(a, "EL", 1, "3", "100", "4", "133.34")}, "33.33333333", "0.00666667", "0"},
		{"the family's plan comes to nothing", []monitor.Cell{cell(a, "EL", 1, "10", "1000", "12", "1200"), cell(b, "EL", 1, "-10", "-500", "-10", "-500")}, "200", "0", "0"},
		{"points of delivery are families of their own",
			[]monitor.Cell{cell(a, "EL", 1, "100", "100000", "120", "120000"), cell(a, "OPFASPCL", 1, "100", "10000", "50", "5000")}, "15000", "0", "0"},
		{"months are added up first: 10 planned in each of two, 20 done in the second",
			[]monitor.Cell{cell(a, "EL", 1, "10", "1000", "0", "0"), cell(a, "EL", 2, "10", "1000", "20", "2000")}, "0", "0", "0"},
	} {
		g := monitor.NewView(x.cells, structureOn(t, "2026-06-01")).Total()
		if g.Volume != pounds(x.volume) || g.Rate != pounds(x.rate) || g.Mix != pounds(x.mix) {
			t.Errorf("%s: volume %s rate %s mix %s, want %s %s %s", x.name, g.Volume, g.Rate, g.Mix, x.volume, x.rate, x.mix)
		}
		if g.Sum() != g.PriceVariance() {
			t.Errorf("%s: parts sum to %s, and the variance is %s", x.name, g.Sum(), g.PriceVariance())
		}
	}
}

func TestPartsByMonth(t *testing.T) {
	cells := []monitor.Cell{cell("NCBPS01C", "EL", 1, "10", "1000", "0", "0"), cell("NCBPS01C", "EL", 2, "10", "1000", "20", "2200")}
	v := monitor.NewView(cells, structureOn(t, "2026-06-01"))
	if g := v.Total(); g.Volume != pounds("0") || g.Rate != pounds("200") {
		t.Errorf("the period: %+v", g.Parts)
	}
	months := v.Cut(monitor.MonthOfYear)
	if months[0].Volume != pounds("-1000") || months[1].Volume != pounds("1000") || months[1].Rate != pounds("200") {
		t.Errorf("each month with its own plan: %+v and %+v", months[0].Parts, months[1].Parts)
	}
	if g := v.Where(monitor.MonthOfYear, "02").Total(); g.Volume != pounds("1000") || g.Sum() != g.PriceVariance() {
		t.Errorf("one month: %+v", g.Parts)
	}
}

// randomCells are cells of many kinds, with the awkward ones among them.
func randomCells(r *rand.Rand, year, n int) []monitor.Cell {
	pick := func(from ...string) string { return from[r.IntN(len(from))] }
	var cells []monitor.Cell
	for range n {
		c := monitor.Cell{
			Key: monitor.Key{Provider: pick("R0A", "REM", "RR8", "RJ7", "XXX"), Commissioner: pick("14L", "99A", "15F", "92A", "D4U1Y", "10Q", "07H", "QNQ", "QRL", "13R", "13Q", "7A1", "ZZZ", ""),
				Practice: pick("", "H81013", "K81001", "J82024", "H81002", "A99999"), Line: pick("NCBPS01C", "NCBPS04A", "NCBPS01B", "99999999", "NOSUCH", ""),
				POD: pick("EL", "NEL", "DRUG", "BLOCK", "OPFASPCL"), Category: pick("12", "21", "25", "26", "99", ""), Chapter: pick("A", "S", "")},
			Month: calendar.Month{Year: year, Month: 1 + r.IntN(13)},
		}
		amount := func() activity.Amount { return activity.FromUnits(r.Int64N(1e14) - 1e13) }
		count := func() monitor.Activity { return monitor.Activity(max(0, r.Int64N(60_000)-20_000)) }
		c.PlannedActivity, c.ActualActivity = count(), count()
		if r.IntN(3) > 0 {
			c.PlannedPrice = amount()
		}
		if r.IntN(3) > 0 {
			c.ActualPrice = amount()
		}
		cells = append(cells, c)
	}
	return monitor.Merge(cells)
}

// TestCutsSum holds that totals by any cut equal the total, that in every group the
// parts make up the variance, and that parts of groups sum to those of the whole.
func TestCutsSum(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, on := range []string{"2025-06-01", "2026-06-01"} {
		v := monitor.NewView(randomCells(r, 2025, 600), structureOn(t, on))
		for _, v := range []*monitor.View{v, v.Monthly()} {
			whole := v.Total()
			for _, first := range monitor.Dimensions() {
				for _, second := range monitor.Dimensions() {
					var figures monitor.Figures
					var parts monitor.Parts
					monthly := first == monitor.MonthOfYear || second == monitor.MonthOfYear
					for _, g := range v.Cut(first, second) {
						if g.Sum() != g.PriceVariance() {
							t.Fatalf("%s and %s, %v: parts sum to %s, variance %s", first, second, g.Values, g.Sum(), g.PriceVariance())
						}
						figures, parts = figures.Add(g.Figures), parts.Add(g.Parts)
					}
					if monthly {
						parts = v.Monthly().Total().Parts // what months sum to
						whole.Parts = parts
					} else {
						whole.Parts = v.Total().Parts
					}
					if figures != whole.Figures || parts != whole.Parts {
						t.Fatalf("%s and %s: %+v %+v, want %+v %+v", first, second, figures, parts, whole.Figures, whole.Parts)
					}
				}
			}
		}
	}
}

// TestCutOrder holds that the order of dimensions changes nothing but the order.
func TestCutOrder(t *testing.T) {
	v := monitor.NewView(randomCells(rand.New(rand.NewPCG(7, 8)), 2026, 300), structureOn(t, "2026-06-01"))
	one := map[string]monitor.Group{}
	for _, g := range v.Cut(monitor.POD, monitor.ICB) {
		one[fmt.Sprint(g.Values[1], g.Values[0])] = g
	}
	for _, g := range v.Cut(monitor.ICB, monitor.POD) {
		was := one[fmt.Sprint(g.Values[0], g.Values[1])]
		if g.Figures != was.Figures || g.Parts != was.Parts {
			t.Errorf("%v: %+v, the other way round %+v", g.Values, g.Figures, was.Figures)
		}
	}
}
