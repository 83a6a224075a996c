package submission

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"remit/activity"
	"remit/register"
)

func shipped(t testing.TB) (*Rules, *register.Pack) {
	t.Helper()
	pack, err := register.LoadShipped()
	if err != nil {
		t.Fatal(err)
	}
	rules, err := LoadRules()
	if err != nil {
		t.Fatal(err)
	}
	return rules, pack
}

// TestCurrent holds the picking against a plain statement of the rule, for
// submissions that arrive in every order.
func TestCurrent(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		var loads []Load
		for i := range 1 + random.IntN(8) {
			l := Load{Submission: string(rune('a' + i)), Order: int64(i), Kind: []Kind{Unstated, Flex, Freeze}[random.IntN(3)]}
			for m := 1; m <= 1+random.IntN(4); m++ {
				l.Slices = append(l.Slices, Slice{Provider: "RJ1", Feed: activity.PLCM, Year: "202526", Month: m})
			}
			loads = append(loads, l)
		}
		want := map[Slice]string{}
		for _, frozen := range []bool{false, true} { // a freeze comes over every flex
			for _, l := range loads {
				for _, s := range l.Slices {
					if (l.Kind == Freeze) == frozen {
						want[s] = l.Submission
					}
				}
			}
		}
		random.Shuffle(len(loads), func(i, j int) { loads[i], loads[j] = loads[j], loads[i] })
		got := Current(loads)
		if len(got) != len(want) {
			t.Fatalf("%d slices, want %d", len(got), len(want))
		}
		for s, id := range want {
			if got[s] != id {
				t.Fatalf("%+v: %s counts, want %s", s, got[s], id)
			}
		}
	}
}

func TestReadFileName(t *testing.T) {
	_, pack := shipped(t)
	for _, c := range []struct {
		name, provider, feed, year string
		month                      int
		kind                       Kind
	}{
		{"RJ1_PLCM_2627_M03_FLEX.csv", "RJ1", "PLCM", "202627", 3, Flex},
		{"PLCM_2627_InformationStandard_RJ1.csv", "RJ1", "PLCM", "202627", 0, ""},
		{"acm-2025-26-freeze-m12-RRV.csv.gz", "RRV", "ACM", "202526", 12, Freeze},
		{"DrPLCM 202526 month 7 (RJ7).csv", "RJ7", "DrPLCM", "202526", 0, ""},
		{"anything.csv", "", "", "", 0, ""},
		{"ACM_2528.csv", "", "ACM", "", 0, ""}, // 25 and 28 do not follow one another
	} {
		h := ReadFileName(c.name, pack)
		month := 0
		if len(h.Months) > 0 {
			month = h.Months[0]
		}
		if h.Provider != c.provider || string(h.Feed) != c.feed || h.Year != c.year || month != c.month || h.Kind != c.kind {
			t.Errorf("%s: %+v, want %+v", c.name, h, c)
		}
	}
}

// TestCases holds each rule against the table of cases.
func TestCases(t *testing.T) {
	rules, pack := shipped(t)
	text, err := os.ReadFile(filepath.Join("..", "rules", "validation_cases.csv"))
	if err != nil {
		t.Fatal(err)
	}
	differences, n, err := CheckRules(rules, pack, "validation_cases.csv", text)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range differences {
		t.Error(d)
	}
	if n < 100 {
		t.Errorf("%d cases only", n)
	}
	tested := map[string]bool{}
	for _, line := range strings.Split(string(text), "\n") {
		id, _, _ := strings.Cut(line, ",")
		tested[id] = true
	}
	for _, r := range rules.All() {
		if r.Level != FileLevel && !tested[r.ID] {
			t.Errorf("no case tests the rule %s", r.ID)
		}
	}
}
