package suppress_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"remit/register"
	"remit/suppress"
)

func shipped(t *testing.T) []suppress.Rule {
	t.Helper()
	list, err := suppress.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// The rules of a data directory take the place of the shipped ones.
func TestLoad(t *testing.T) {
	own := "rule,applies_to,withhold_below,zero_shown,round_to,secondary,on,valid_from,confidence,source\nmine,*,11,no,5,no,1,2020-01-01,high,our licence\n"
	list, err := suppress.Load(fstest.MapFS{"rules/suppression.csv": {Data: []byte(own)}})
	if err != nil || len(list) != 1 || !list[0].Withholds(0) || !list[0].Withholds(10) || list[0].Withholds(11) || list[0].Rounded(13) != 15 {
		t.Errorf("%+v, %v", list, err)
	}
	if list, err = suppress.Load(fstest.MapFS{}); err != nil || list[0].Name != "persons-under-5" {
		t.Errorf("%+v, %v", list, err)
	}
}

func day(t *testing.T, s string) register.Day {
	t.Helper()
	d, err := register.ParseDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestShipped(t *testing.T) {
	r, err := suppress.For(shipped(t), "equity", day(t, "2026-11-24"))
	if err != nil || r.Name != "persons-under-5" {
		t.Fatalf("%v, %v", r, err)
	}
	for n, want := range map[float64]bool{0: false, 1: true, 4: true, 5: false, 1000: false} {
		if r.Withholds(n) != want {
			t.Errorf("%v is withheld: %v", n, !want)
		}
	}
	if _, err := suppress.For(shipped(t), "equity", day(t, "1999-01-01")); err == nil {
		t.Error("a rule holds before it begins")
	}
}

// What is withheld of a list whose total is shown.
func TestList(t *testing.T) {
	rule := &suppress.Rule{Below: 5, Round: 1, ZeroShown: true, Secondary: true}
	for _, c := range []struct {
		name   string
		counts []float64
		want   string
	}{
		{"nothing small", []float64{10, 20, 0, 5}, "...."},
		{"one small: the next smallest goes too", []float64{3, 20, 10, 0}, "x.x."},
		{"two small that add up to 5 or more", []float64{3, 4, 10}, "xx."},
		{"two ones would be told by their sum", []float64{1, 1, 10, 12}, "xxx."},
		{"one alone", []float64{3}, "x"},
		{"nothing there to cover it with", []float64{3, 0, 0}, "x.."},
	} {
		if got := marks(rule.List(c.counts)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	if got := marks((&suppress.Rule{Below: 5, ZeroShown: true}).List([]float64{3, 20, 10})); got != "x.." {
		t.Errorf("without secondary suppression: %s", got)
	}
}

func marks(withheld []bool) string {
	var b strings.Builder
	for _, w := range withheld {
		b.WriteByte(".x"[map[bool]int{true: 1}[w]])
	}
	return b.String()
}

// No line of a table with its totals tells a small number: what is withheld in it
// is nothing, or two cells or more that add up to no small number, or all there is.
func TestGridTellsNothing(t *testing.T) {
	rule := &suppress.Rule{Below: 5, Round: 1, ZeroShown: true, Secondary: true}
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		grid := make([][]float64, 2+r.IntN(5))
		width := 2 + r.IntN(5)
		for i := range grid {
			grid[i] = make([]float64, width)
			for j := range grid[i] {
				grid[i][j] = float64(r.IntN(30) * r.IntN(2))
			}
		}
		held := rule.Grid(grid)
		check := func(counts []float64, hidden []bool) {
			many, sum, shown := 0, 0.0, 0
			for k, h := range hidden {
				if h {
					many++
					sum += counts[k]
				} else if counts[k] > 0 {
					shown++
				}
				if rule.Withholds(counts[k]) && !h {
					t.Fatalf("%v is shown in %v", counts[k], grid)
				}
			}
			if shown > 0 && many > 0 && (many == 1 || sum < 5) {
				t.Fatalf("%v hidden %v of %v", counts, hidden, grid)
			}
		}
		for i := range grid {
			check(grid[i], held[i])
		}
		for j := range width {
			var counts []float64
			var hidden []bool
			for i := range grid {
				counts, hidden = append(counts, grid[i][j]), append(hidden, held[i][j])
			}
			check(counts, hidden)
		}
	}
}

func TestReadTellsAllFaults(t *testing.T) {
	_, err := suppress.Read("s.csv", strings.NewReader("rule,applies_to,withhold_below,zero_shown,round_to,secondary,on,valid_from,confidence,source\n,*,x,maybe,1.5,yes,2,never,sure,\n"))
	if err == nil {
		t.Fatal("no fault is told")
	}
	for _, column := range []string{"rule", "withhold_below", "zero_shown", "round_to", "on", "valid_from", "confidence", "source"} {
		if !slices.ContainsFunc(strings.Split(err.Error(), "\n"), func(l string) bool {
			return strings.Contains(l, "column "+column+" ") || strings.Contains(l, "column "+column+":")
		}) {
			t.Errorf("nothing is told of %s:\n%s", column, err)
		}
	}
}
