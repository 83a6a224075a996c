package monitor_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"remit/calendar"
	"remit/monitor"
)

const oldMap, newMap = "2026-03-31", "2026-04-01" // of 42 ICBs and of 36

// TestPlace has cases from the register of what became of ICBs on 1 April 2026.
func TestPlace(t *testing.T) {
	june25, june26 := calendar.Month{Year: 2025, Month: 3}, calendar.Month{Year: 2026, Month: 3}
	for _, x := range []struct {
		name                   string
		commissioner, practice string
		recorded               calendar.Month
		on                     string
		sub, icb               string
		basis                  monitor.Basis
	}{
		{"the same", "14L", "", june25, newMap, "14L", "QOP", monitor.Same},
		{"a location whose board merged", "10Q", "", june25, newMap, "10Q", "S0E4D", monitor.Same},
		{"and back", "10Q", "", june26, oldMap, "10Q", "QU9", monitor.Same},
		{"a board that split, told by its location", "06K", "", june25, newMap, "06K", "S1Y5D", monitor.Same},
		{"the other part of it", "07H", "", june25, newMap, "07H", "D7T5G", monitor.Same},
		{"Frimley to Surrey and Sussex by practice", "D4U1Y", "H81013", june25, newMap, "92A", "S9B9J", monitor.ByGP},
		{"Frimley to Thames Valley by practice", "D4U1Y", "K81001", june25, newMap, "U2G6B", "S0E4D", monitor.ByGP},
		{"Frimley without a practice", "D4U1Y", "", june25, newMap, "not placed", "not placed", monitor.Unplaced},
		{"Frimley with a practice of somewhere else", "D4U1Y", "H81002", june25, newMap, "not placed", "not placed", monitor.Unplaced},
		{"Frimley with a practice that nobody knows", "D4U1Y", "A99999", june25, newMap, "not placed", "not placed", monitor.Unplaced},
		{"Frimley still named after it closed", "D4U1Y", "K81001", june26, newMap, "U2G6B", "S0E4D", monitor.ByGP},
		{"Frimley on its own map", "D4U1Y", "", june25, oldMap, "D4U1Y", "QNQ", monitor.Same},
		{"what came of Frimley, back", "U2G6B", "", june26, oldMap, "D4U1Y", "QNQ", monitor.Succeeded},
		{"a widened location back, by a practice that it took in", "92A", "H81013", june26, oldMap, "D4U1Y", "QNQ", monitor.ByGP},
		{"a widened location back, by a practice that was always its own", "92A", "H81002", june26, oldMap, "92A", "QXU", monitor.ByGP},
		{"a widened location back, without a practice", "92A", "", june26, oldMap, "not placed", "not placed", monitor.Unplaced},
		{"a widened location forward stays itself", "92A", "", june25, newMap, "92A", "S9B9J", monitor.Same},
		{"a location that lost four small areas keeps its practices", "92A", "", calendar.Month{Year: 2022, Month: 10}, oldMap, "92A", "QXU", monitor.Same},
		{"a board that merged whole", "QMJ", "", june25, newMap, "not placed", "Z9B2Z", monitor.Succeeded},
		{"a board that came of two, back", "Z9B2Z", "", june26, oldMap, "not placed", "not placed", monitor.Unplaced},
		{"a board that split", "QM7", "", june25, newMap, "not placed", "not placed", monitor.Unplaced},
		{"a board that split, by practice", "QNQ", "H81013", june25, newMap, "92A", "S9B9J", monitor.ByGP},
		{"a widened board forward", "QRL", "", june25, newMap, "not placed", "QRL", monitor.Same},
		{"a widened board back", "QRL", "", june26, oldMap, "not placed", "not placed", monitor.Unplaced},
		{"a hub stands for itself", "13R", "", june25, newMap, "13R", "13R", monitor.Direct},
		{"nobody", "ZZZ", "", june25, newMap, "not placed", "not placed", monitor.Unplaced},
		{"not stated", "", "", june25, newMap, "not placed", "not placed", monitor.Unplaced},
	} {
		p := structureOn(t, x.on).Place(x.commissioner, x.practice, x.recorded)
		if p.SubICB != x.sub || p.ICB != x.icb || p.Basis != x.basis {
			t.Errorf("%s: %s %s by %s, want %s %s by %s (%s)", x.name, p.SubICB, p.ICB, p.Basis, x.sub, x.icb, x.basis, p.Reason)
		}
		if (p.Basis == monitor.Unplaced) != (p.ICB == monitor.NotPlaced) || p.Basis == monitor.Unplaced && p.Reason == "" {
			t.Errorf("%s: %+v", x.name, p)
		}
	}
}

func TestPlaceAbove(t *testing.T) {
	june25 := calendar.Month{Year: 2025, Month: 3}
	p := structureOn(t, "2025-12-01").Place("06K", "", june25)
	if p.Region != "Y61" || p.Hub != "14E" || p.Cluster != "CL-CE" || p.Footprint != "JC-EOE" {
		t.Errorf("06K in December 2025: %+v", p)
	}
	p = structureOn(t, newMap).Place("06K", "", june25)
	if p.Region != "Y61" || p.Hub != "14E" || p.Cluster != monitor.NotPlaced || p.Footprint != "JC-EOE" {
		t.Errorf("06K on the new map, on which its cluster has ended: %+v", p)
	}
	if p := structureOn(t, newMap).Place("13R", "", june25); p.Region != "Y56" || p.Hub != "13R" {
		t.Errorf("the hub of London: %+v", p)
	}
}

func TestNeedsPractice(t *testing.T) {
	s := structureOn(t, newMap)
	for code, want := range map[string]bool{"D4U1Y": true, "QNQ": true, "92A": false, "06K": false, "QMJ": false, "13R": false, "ZZZ": false} {
		if got := s.NeedsPractice(code, calendar.Month{Year: 2025, Month: 3}); got != want {
			t.Errorf("%s: %t, want %t", code, got, want)
		}
	}
}

// TestEveryCodePlaced holds that each location and board of either map has its place on
// the other, or a reason, and that a location has the board that the register gives it.
func TestEveryCodePlaced(t *testing.T) {
	for _, x := range []struct {
		from calendar.Month
		on   string
		want map[string]int // bases of locations
	}{
		{calendar.Month{Year: 2025, Month: 12}, newMap, map[string]int{"same": 105, "unplaced": 1}},
		{calendar.Month{Year: 2026, Month: 1}, oldMap, map[string]int{"same": 103, "succeeded": 1, "unplaced": 2}},
	} {
		s, bases := structureOn(t, x.on), map[string]int{}
		subs := shipped.Table("sub_icb")
		for _, code := range subs.Keys() {
			if subs.Find(code, x.from.First(), 0).Count > 0 {
				bases[string(s.Place(code, "", x.from).Basis)]++
			}
		}
		for basis, n := range bases {
			if x.want[basis] != n {
				t.Errorf("to the map of %s: %v, want %v", x.on, bases, x.want)
				break
			}
		}
	}
}

// TestOldYearOnNewMap holds that a year on the map of 42 equals the year on the map of
// 36 in total, with what cannot be placed, and that what is not placed is told whole.
func TestOldYearOnNewMap(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for _, year := range []int{2025, 2026} {
		cells := randomCells(r, year, 800)
		old, new := monitor.NewView(cells, structureOn(t, oldMap)), monitor.NewView(cells, structureOn(t, newMap))
		if old.Total().Figures != new.Total().Figures || old.Total().Figures != monitor.Total(cells) {
			t.Fatalf("%d: %+v on the old map, %+v on the new", year, old.Total(), new.Total())
		}
		for _, v := range []*monitor.View{old, new} {
			var missing monitor.Figures
			for _, m := range v.NotPlaced() {
				missing = missing.Add(m.Figures)
				if m.Reason == "" {
					t.Errorf("%s is not placed for no reason", m.Commissioner)
				}
			}
			var shown monitor.Figures
			for _, g := range v.Cut(monitor.ICB) {
				if g.Values[0] == monitor.NotPlaced {
					shown = g.Figures
				}
			}
			if missing != shown {
				t.Errorf("%d: %+v is told as not placed, and %+v shown", year, missing, shown)
			}
		}
	}
	for _, m := range monitor.NewView([]monitor.Cell{{Key: monitor.Key{Commissioner: "D4U1Y"}, Month: calendar.Month{Year: 2025, Month: 1}}}, structureOn(t, newMap)).NotPlaced() {
		if !strings.Contains(m.Reason, "U2G6B") || !strings.Contains(m.Reason, "no GP practice") {
			t.Errorf("%q does not say why", m.Reason)
		}
	}
}
