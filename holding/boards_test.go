package holding

import (
	"slices"
	"testing"
)

// TestBoards: for each ICB the holdings are those that Who gives, and services that
// are told to be alike have the same, for a service or line of each kind that there is.
func TestBoards(t *testing.T) {
	b := shipped(t)
	var codes []string
	for _, s := range b.services {
		codes = append(codes, s.code)
	}
	codes = append(codes, b.pack.Table("service_line").Keys()...)
	for _, date := range []string{"2022-06-30", "2023-06-01", "2024-06-01", "2025-06-01", "2026-06-01", "2027-06-01"} {
		on := day(t, date)
		kinds := map[string][]string{}
		for _, code := range codes {
			if kind, err := b.Alike(code, on); err == nil {
				kinds[kind] = append(kinds[kind], code)
			}
		}
		if len(kinds) < 5 {
			t.Fatalf("%s: %d kinds", date, len(kinds))
		}
		for kind, list := range kinds {
			first := boards(t, b, list[0], date)
			if last := boards(t, b, list[len(list)-1], date); !slices.EqualFunc(first, last, sameBoard) {
				t.Errorf("%s: %s and %s are told to be alike and are not (%s)", date, list[0], list[len(list)-1], kind)
			}
			for i := 0; i < len(first); i += 11 {
				var want []Holding
				for _, role := range []Role{Responsible, Decides, Pays} {
					want = append(want, mustWho(t, b, Question{Service: list[0], For: first[i].ICB, On: on, Role: role}).Holdings...)
				}
				if !slices.Equal(first[i].Holdings, want) {
					t.Errorf("%s for %s on %s: %v, want %v", list[0], first[i].ICB, date, first[i].Holdings, want)
				}
			}
		}
	}
	if list := boards(t, b, "11", "2025-06-01"); len(list) != 42 || list[0].Holdings[0].HolderCode != list[0].ICB {
		t.Errorf("%d boards, the first with %v", len(list), list[0].Holdings)
	}
	if _, err := b.Boards("no such", day(t, "2025-06-01")); err == nil {
		t.Error("no such service was found")
	}
}

func boards(t *testing.T, b *Book, service, on string) []Board {
	t.Helper()
	list, err := b.Boards(service, day(t, on), Responsible, Decides, Pays)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func sameBoard(x, y Board) bool { return x.ICB == y.ICB && slices.Equal(x.Holdings, y.Holdings) }
