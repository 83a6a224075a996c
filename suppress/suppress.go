// Package suppress knows which small numbers of people may not be shown: rules as
// dated data, the cells they withhold, and the further cells that must be withheld
// so that a total does not tell the first ones. It is pure.
package suppress

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"slices"

	"remit/register"
	"remit/rules"
	"remit/sheet"
)

// Rule withholds counts from 1 up to Below less 1, and 0 unless ZeroShown. What is
// shown is rounded to a multiple of Round. Secondary withholds further cells of a
// list with a total, so that what is withheld cannot be worked out.
type Rule struct {
	Name                     string
	AppliesTo                string // what it is for; * for all
	Below                    int
	Round                    int
	ZeroShown, Secondary     bool
	From, To                 register.Day
	Confidence, Source, Note string
}

// Columns are those of a file of rules.
var Columns = []string{"rule", "applies_to", "withhold_below", "zero_shown", "round_to", "secondary", "on", "valid_from", "valid_to?", "confidence", "source", "note?"}

// Read reads rules; those that are not on are left out. The error is
// sheet.Faults, with all that is wrong.
func Read(file string, r io.Reader) ([]Rule, error) {
	var faults sheet.Faults
	s := sheet.Read(file, r, Columns, &faults)
	var list []Rule
	for _, row := range s.Rows {
		rule := Rule{
			Name: row.Need("rule"), AppliesTo: row.Need("applies_to"), Below: whole(row, "withhold_below"), Round: max(1, whole(row, "round_to")),
			ZeroShown: row.Yes("zero_shown"), Secondary: row.Yes("secondary"), From: row.Day("valid_from", register.Earliest), To: row.Day("valid_to", register.Latest),
			Confidence: row.Choice("confidence", "high", "medium", "low"), Source: row.Need("source"), Note: row.Text("note"),
		}
		if row.Choice("on", "0", "1") == "1" {
			list = append(list, rule)
		}
	}
	return list, faults.Err()
}

// Load reads rules/suppression.csv of a data directory, and the shipped rules where
// that has none (or data is nil).
func Load(data fs.FS) ([]Rule, error) {
	const name = "suppression.csv"
	if data != nil {
		in, err := data.Open("rules/" + name)
		if err == nil {
			defer in.Close()
			return Read("rules/"+name, in)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	in, err := rules.FS.Open(name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return Read(name, in)
}

// whole is a whole number from 1 up.
func whole(row *sheet.Row, column string) int {
	n := row.Positive(column)
	if !n.IsInt() || n.Num().BitLen() > 30 {
		row.Fault(column, "it is not a whole number from 1 up", "write it as 5")
		return 1
	}
	return int(n.Num().Int64())
}

// For gives the rule for a use on a day: the first made for it, else the first for
// all. Without one nothing may be shown, and an error says so.
func For(rules []Rule, use string, on register.Day) (*Rule, error) {
	for _, name := range []string{use, "*"} {
		for i := range rules {
			if r := &rules[i]; r.AppliesTo == name && r.From <= on && on <= r.To {
				return r, nil
			}
		}
	}
	return nil, fmt.Errorf("no rule of rules/suppression.csv for small numbers holds for %s on %s: nothing is shown without one", use, on)
}

// Says is the rule in a sentence.
func (r *Rule) Says() string {
	low := "1"
	if !r.ZeroShown {
		low = "0"
	}
	text := fmt.Sprintf("Counts from %s to %d are withheld", low, r.Below-1)
	if r.Secondary {
		text += ", and others with which a total would tell them"
	}
	if r.Round > 1 {
		text += fmt.Sprintf("; the rest is rounded to %d", r.Round)
	}
	return text + fmt.Sprintf(" (rule %s, %s confidence; %s).", r.Name, r.Confidence, r.Source)
}

// Withholds tells whether a count may not be shown.
func (r *Rule) Withholds(n float64) bool {
	if n == 0 {
		return !r.ZeroShown
	}
	return n < float64(r.Below)
}

// Rounded is a count as it may be shown.
func (r *Rule) Rounded(n float64) float64 {
	return math.Round(n/float64(r.Round)) * float64(r.Round)
}

// List tells which counts of a list are withheld when their total is shown: the
// small ones, and of the others the smallest until those withheld are two or more
// and together no small number themselves.
func (r *Rule) List(counts []float64) []bool {
	withheld := make([]bool, len(counts))
	n, sum := 0, 0.0
	for i, c := range counts {
		if r.Withholds(c) {
			withheld[i] = true
			n++
			sum += c
		}
	}
	if n == 0 || !r.Secondary {
		return withheld
	}
	order := make([]int, 0, len(counts))
	for i, c := range counts {
		if !withheld[i] && c > 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case counts[a] < counts[b]:
			return -1
		case counts[a] > counts[b]:
			return 1
		}
		return 0
	})
	for _, i := range order {
		if n > 1 && sum >= float64(r.Below) {
			break
		}
		withheld[i] = true
		n++
		sum += counts[i]
	}
	return withheld
}

// Grid tells which cells of a table are withheld when the totals of its rows and
// of its columns are shown. All rows have the same length.
func (r *Rule) Grid(counts [][]float64) [][]bool {
	withheld := make([][]bool, len(counts))
	if len(counts) == 0 {
		return withheld
	}
	for i, row := range counts {
		withheld[i] = make([]bool, len(row))
		for j, c := range row {
			withheld[i][j] = r.Withholds(c)
		}
	}
	if !r.Secondary {
		return withheld
	}
	for changed := true; changed; {
		changed = false
		for i := range counts {
			changed = r.cover(len(counts[i]), func(j int) (float64, *bool) { return counts[i][j], &withheld[i][j] }) || changed
		}
		for j := range counts[0] {
			changed = r.cover(len(counts), func(i int) (float64, *bool) { return counts[i][j], &withheld[i][j] }) || changed
		}
	}
	return withheld
}

// cover withholds one more cell of a line that tells what is withheld in it.
func (r *Rule) cover(n int, at func(int) (float64, *bool)) bool {
	many, sum, next := 0, 0.0, -1
	for k := range n {
		c, hidden := at(k)
		if *hidden {
			many++
			sum += c
			continue
		}
		if c > 0 {
			if best, _ := at(max(next, 0)); next < 0 || c < best {
				next = k
			}
		}
	}
	if many == 0 || many > 1 && sum >= float64(r.Below) || next < 0 {
		return false
	}
	_, hidden := at(next)
	*hidden = true
	return true
}
