package submission

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"remit/activity"
)

func slice(feed activity.Dataset, month int, commissioner string) Slice {
	return Slice{Provider: "RJ1", Feed: feed, Year: "202627", Month: month, Commissioner: commissioner}
}

func TestCurrent(t *testing.T) {
	plcm := func(months ...int) (s []Slice) {
		for _, m := range months {
			s = append(s, slice(activity.PLCM, m, ""))
		}
		return s
	}
	for _, c := range []struct {
		name  string
		loads []Load
		want  map[Slice]string
	}{
		{"a later file restates every month in it", []Load{{"a", 1, Flex, plcm(1)}, {"b", 2, Flex, plcm(1, 2)}},
			map[Slice]string{slice(activity.PLCM, 1, ""): "b", slice(activity.PLCM, 2, ""): "b"}},
		{"a month that it leaves out stays", []Load{{"a", 1, Flex, plcm(1, 2)}, {"b", 2, Flex, plcm(2)}},
			map[Slice]string{slice(activity.PLCM, 1, ""): "a", slice(activity.PLCM, 2, ""): "b"}},
		{"a freeze stands against a later flex", []Load{{"a", 1, Freeze, plcm(1)}, {"b", 2, Flex, plcm(1, 2)}},
			map[Slice]string{slice(activity.PLCM, 1, ""): "a", slice(activity.PLCM, 2, ""): "b"}},
		{"the latest freeze counts", []Load{{"a", 1, Freeze, plcm(1)}, {"b", 2, Freeze, plcm(1)}},
			map[Slice]string{slice(activity.PLCM, 1, ""): "b"}},
		{"unstated counts as flex", []Load{{"a", 1, Flex, plcm(1)}, {"b", 2, Unstated, plcm(1)}},
			map[Slice]string{slice(activity.PLCM, 1, ""): "b"}},
		{"ACM is restated for each commissioner", []Load{{"a", 1, Flex, []Slice{slice(activity.ACM, 1, "72Q"), slice(activity.ACM, 1, "00L")}}, {"b", 2, Flex, []Slice{slice(activity.ACM, 1, "72Q")}}},
			map[Slice]string{slice(activity.ACM, 1, "72Q"): "b", slice(activity.ACM, 1, "00L"): "a"}},
		{"other feeds are not", []Load{{"a", 1, Flex, []Slice{slice(activity.PLCM, 1, "72Q")}}, {"b", 2, Flex, []Slice{slice(activity.PLCM, 1, "00L")}}},
			map[Slice]string{slice(activity.PLCM, 1, ""): "b"}},
		{"nothing", nil, map[Slice]string{}},
	} {
		if got := Current(c.loads); !maps.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

// TestCurrentProperties makes histories of a year and holds the view against the
// rule said slowly: any order of arrival gives the same view, each slice is read
// from one submission which has it, and no slice of any submission is lost.
func TestCurrentProperties(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		loads := history(random)
		want := Current(loads)
		for range 3 {
			random.Shuffle(len(loads), func(i, j int) { loads[i], loads[j] = loads[j], loads[i] })
			if got := Current(loads); !maps.Equal(got, want) {
				t.Fatalf("in another order of arrival %v, before %v", got, want)
			}
		}
		everySlice := map[Slice]bool{}
		for _, l := range loads {
			for _, s := range l.Slices {
				everySlice[s] = true
			}
		}
		if len(everySlice) != len(want) {
			t.Fatalf("%d slices were sent and %d are in the view", len(everySlice), len(want))
		}
		for s, from := range want {
			if slow := slowly(loads, s); slow != from {
				t.Fatalf("%+v is read from %s, want %s", s, from, slow)
			}
		}
	}
}

func history(random *rand.Rand) []Load {
	var loads []Load
	for order := range 1 + random.IntN(12) {
		l := Load{Submission: fmt.Sprintf("s%d", order), Order: int64(order), Kind: []Kind{Unstated, Flex, Freeze}[random.IntN(3)]}
		feed := []activity.Dataset{activity.ACM, activity.PLCM}[random.IntN(2)]
		for m := 1; m <= 1+random.IntN(4); m++ {
			for _, c := range []string{"72Q", "00L"} {
				if feed == activity.ACM && random.IntN(4) > 0 {
					l.Slices = append(l.Slices, slice(feed, m, c))
				}
			}
			if feed == activity.PLCM && random.IntN(6) > 0 {
				l.Slices = append(l.Slices, slice(feed, m, ""))
			}
		}
		loads = append(loads, l)
	}
	return loads
}

// slowly is the rule as it is written: sort what has the slice by order, take the
// last freeze, else the last of all.
func slowly(loads []Load, s Slice) string {
	var have []Load
	for _, l := range loads {
		if slices.Contains(l.Slices, s) {
			have = append(have, l)
		}
	}
	slices.SortFunc(have, func(a, b Load) int { return int(a.Order - b.Order) })
	last := have[len(have)-1].Submission
	for _, l := range have {
		if l.Kind == Freeze {
			last = l.Submission
		}
	}
	return last
}

// TestRestatingNeverCountsTwice loads the same rows again and again under
// other submissions: the money of the view stays that of one of them.
func TestRestatingNeverCountsTwice(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	money := map[Slice]int64{}
	for m := 1; m <= 12; m++ {
		money[slice(activity.PLCM, m, "")] = int64(m * 1000)
	}
	var loads []Load
	for order := range 36 {
		l := Load{Submission: fmt.Sprint(order), Order: int64(order), Kind: []Kind{Flex, Freeze}[random.IntN(2)]}
		for m := 1; m <= 1+order/3; m++ {
			l.Slices = append(l.Slices, slice(activity.PLCM, m, ""))
		}
		loads = append(loads, l)
	}
	var sum int64
	for s := range Current(loads) {
		sum += money[s]
	}
	if sum != 78_000 {
		t.Errorf("the year comes to %d, want 78000", sum)
	}
}
