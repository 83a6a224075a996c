package holding

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"remit/register"
)

// boundaries are the days on which something began, and the days before.
func boundaries(t testing.TB) []register.Day {
	var days []register.Day
	for _, s := range []string{"2013-04-01", "2022-07-01", "2023-04-01", "2023-07-01", "2024-04-01", "2025-04-01", "2025-07-01", "2026-04-01", "2027-04-01"} {
		d := day(t, s)
		days = append(days, d-1, d)
	}
	return days
}

// TestOneHolder: for each service, ICB and boundary day exactly one body is
// responsible, or one joint arrangement; and whatever an ICB exercises has NHS
// England as accountable and as the one who sets the standard.
func TestOneHolder(t *testing.T) {
	b := shipped(t)
	asked := 0
	for _, on := range boundaries(t) {
		for _, s := range b.subjects(on) {
			for _, board := range b.boards(on) {
				asked++
				st := b.stateOn(s.subject(), board, b.regionOf(board, on), on)
				what := fmt.Sprintf("%s for %s on %s", s.Code, board, on)
				responsible := st.in(Responsible)
				switch {
				case st.joint:
					if len(responsible) != 2 || responsible[0].holder != "NHSE" || responsible[1].holder != board || responsible[0].instrument != responsible[1].instrument {
						t.Fatalf("%s: a joint arrangement of %+v", what, responsible)
					}
					if c := b.committees[st.holder(Decides)]; c == nil {
						t.Fatalf("%s: no committee decides but %s", what, st.holder(Decides))
					}
				case len(responsible) != 1:
					t.Fatalf("%s: %d are responsible", what, len(responsible))
				}
				for _, role := range []Role{Accountable, Decides, Contracts, Pays, Employs, SetsStandard} {
					if len(st.in(role)) != 1 {
						t.Fatalf("%s: %d bodies in the role %s", what, len(st.in(role)), role)
					}
				}
				if st.delegated(b) && (st.holder(Accountable) != "NHSE" || st.holder(SetsStandard) != "NHSE" || st.holder(Assures) != "NHSE") {
					t.Fatalf("%s: delegated, with %s accountable, %s setting standards, %s assuring", what, st.holder(Accountable), st.holder(SetsStandard), st.holder(Assures))
				}
			}
		}
	}
	if asked < 80_000 {
		t.Errorf("only %d questions were asked", asked)
	}
}

// TestAgainstTheAssignmentTables holds what is derived from instruments against
// what the assignment method reads: the status of a line, and whether the ICB
// had taken on delegation. They come from different publications.
func TestAgainstTheAssignmentTables(t *testing.T) {
	b := shipped(t)
	lines, boards := b.pack.Table("service_line"), b.pack.Table("icb")
	delegated := 0
	for _, on := range []register.Day{day(t, "2024-04-01"), day(t, "2025-03-31"), day(t, "2025-04-01"), day(t, "2026-03-31"), day(t, "2026-04-01")} {
		for _, code := range lines.Keys() {
			row := lines.Find(code, on, 0).Row
			status := lines.At(row, "status")
			s := b.lineSubject(code, on)
			if s.Function == "" || !b.within(s.Function, "SPEC", on) || status != "GREEN" && status != "RED" && status != "AMBER" {
				continue
			}
			for _, board := range b.boards(on) {
				st := b.stateOn(s.subject(), board, b.regionOf(board, on), on)
				want := status == "GREEN" && boards.At(boards.Find(board, on, 0).Row, "delegated") == "Yes"
				if st.delegated(b) != want {
					t.Fatalf("%s (%s) for %s on %s: delegated %v, want %v", code, status, board, on, st.delegated(b), want)
				}
				if want {
					delegated++
				}
			}
		}
	}
	if delegated < 10_000 {
		t.Errorf("only %d lines were delegated", delegated)
	}
}

// TestPeriods: an answer says how long it and each holding hold; asked at the
// ends of these periods the register must say the same, and outside another thing.
func TestPeriods(t *testing.T) {
	b := shipped(t)
	random := rand.New(rand.NewPCG(1, 2))
	places := []string{"QXU", "QNQ", "Z9B2Z", "U2G6B", "E83003", "RRV", "London", "QHM", "QNC", "G2L3T", "E01016180", "D4U1Y", "QJG"}
	services := []string{"11", "45", "90", "6", "87", "NCBPS22U", "NCBPS29E", "NCBPS03C", "DENT", "PMED", "VACC", "HJ"}
	first, last := day(t, "2012-01-01"), day(t, "2028-01-01")
	for range 400 {
		q := Question{Service: services[random.IntN(len(services))], For: places[random.IntN(len(places))], On: first + register.Day(random.IntN(int(last-first)))}
		a := mustWho(t, b, q)
		for _, on := range inside(a.ValidFrom, a.ValidTo) {
			other := q
			other.On = on
			if o := mustWho(t, b, other); o.ValidFrom != a.ValidFrom || o.ValidTo != a.ValidTo || !slices.Equal(posts(o), posts(a)) {
				t.Fatalf("%+v: valid from %s to %s as %v, but on %s from %s to %s as %v", q, a.ValidFrom, a.ValidTo, posts(a), on, o.ValidFrom, o.ValidTo, posts(o))
			}
		}
		for _, on := range outside(a.ValidFrom, a.ValidTo) {
			other := q
			other.On = on
			if slices.Equal(posts(mustWho(t, b, other)), posts(a)) {
				t.Fatalf("%+v: valid from %s to %s, but the same on %s", q, a.ValidFrom, a.ValidTo, on)
			}
		}
		for _, h := range a.Holdings {
			if h.ValidFrom > q.On || h.ValidTo < q.On {
				t.Fatalf("%+v: %s %s holds from %s to %s", q, h.Role, h.HolderCode, h.ValidFrom, h.ValidTo)
			}
			for _, on := range inside(h.ValidFrom, h.ValidTo) {
				other := q
				other.On = on
				if !slices.Contains(posts(mustWho(t, b, other)), post1(h)) {
					t.Fatalf("%+v: %s %s should hold on %s", q, h.Role, h.HolderCode, on)
				}
			}
			for _, on := range outside(h.ValidFrom, h.ValidTo) {
				other := q
				other.On = on
				if slices.Contains(posts(mustWho(t, b, other)), post1(h)) {
					t.Fatalf("%+v: %s %s should not hold on %s", q, h.Role, h.HolderCode, on)
				}
			}
		}
	}
}

func mustWho(t *testing.T, b *Book, q Question) *Answer {
	t.Helper()
	a, err := b.Who(q)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func inside(from, to register.Day) (days []register.Day) {
	if from > register.Earliest {
		days = append(days, from)
	}
	if to < register.Latest {
		days = append(days, to)
	}
	return days
}

func outside(from, to register.Day) (days []register.Day) {
	if from > register.Earliest {
		days = append(days, from-1)
	}
	if to < register.Latest {
		days = append(days, to+1)
	}
	return days
}

func post1(h Holding) string {
	return fmt.Sprint(h.Role, " ", h.HolderCode, " ", h.Basis, " ", h.Instrument, " ", h.Line, " ", h.Team)
}

func posts(a *Answer) []string {
	var list []string
	for _, h := range a.Holdings {
		list = append(list, post1(h))
	}
	slices.Sort(list)
	return list
}

// TestSuccessionConservesArea: no area is lost or held twice when boards close.
func TestSuccessionConservesArea(t *testing.T) {
	b := shipped(t)
	subs := b.pack.Table("sub_icb")
	for _, on := range boundaries(t) {
		if on < day(t, "2022-07-01") {
			continue
		}
		n := 0
		for _, code := range subs.Keys() {
			if f := subs.Find(code, on, 0); f.Row != register.NoRow {
				n++
				parts := b.partsOn(&Place{"sub_icb", code, ""}, on)
				if f.Count != 1 || len(parts) != 1 || !slices.Contains(b.boards(on), parts[0].icb) {
					t.Errorf("%s on %s is in %+v", code, on, parts)
				}
			}
		}
		if n != 106 {
			t.Errorf("%d sub-ICB locations on %s, want 106", n, on)
		}
	}
	// Every practice that is active on both sides goes to a successor of its board.
	before, after := day(t, "2026-03-31"), day(t, "2026-04-01")
	practices := b.pack.Table("practice")
	from := map[string]int{}
	for _, code := range practices.Keys() {
		if practices.At(practices.Find(code, before, 0).Row, "status") != "A" || practices.At(practices.Find(code, after, 0).Row, "status") != "A" {
			continue
		}
		was, is := b.partsOn(&Place{"practice", code, ""}, before), b.partsOn(&Place{"practice", code, ""}, after)
		if len(was) != len(is) || len(was) > 1 {
			t.Errorf("%s was in %+v and is in %+v", code, was, is)
			continue
		}
		if len(was) == 0 || was[0].icb == is[0].icb {
			continue
		}
		if !slices.ContainsFunc(b.successors[was[0].icb], func(s succession) bool { return s.successor == is[0].icb && s.on == after }) {
			t.Errorf("%s went from %s to %s, which does not succeed it", code, was[0].icb, is[0].icb)
		}
		from[was[0].icb+" "+is[0].icb]++
	}
	// The ODS change summary of April 2026 counts 43, 11 and 14 practices; one of
	// the 43 is not among the active ones of the practice file of March 2026.
	for pair, want := range map[string]int{"QNQ S0E4D": 42, "QNQ S9B9J": 11, "QNQ QRL": 14} {
		if n := from[pair]; n != want {
			t.Errorf("%d practices went %s, want %d", n, pair, want)
		}
	}
	if len(from) != 16 {
		t.Errorf("practices went %d ways, want the 16 of the change summary: %v", len(from), from)
	}
	// The change summary counts 244, 95 and 101 neighbourhoods of 2011; those of
	// 2021 with a code of their own come on top.
	moves := b.pack.Table("area_move")
	to := map[string]int{}
	for _, lsoa := range moves.Keys() {
		if moves.At(moves.Find(lsoa, before, 0).Row, "sub_icb") == "D4U1Y" {
			to[moves.At(moves.Find(lsoa, after, 0).Row, "sub_icb")]++
		}
	}
	if len(to) != 3 || to["U2G6B"] < 244 || to["92A"] < 95 || to["D9Y0V"] < 101 {
		t.Errorf("the neighbourhoods of Frimley went to %v", to)
	}
}
