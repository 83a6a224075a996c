package budget

import (
	"fmt"
	"math/big"
	"slices"

	"remit/register"
	"remit/sheet"
)

// ledger reads ledger.csv.
func (l *loader) ledger(r *Round) {
	s := l.sheet("ledger.csv", "year", "icb", "kind", "cause", "amount", "recurrent", "holder", "notional", "on?", "source", "confidence", "note?")
	boards := r.Boards()
	for _, row := range s.Rows {
		line := Line{Year: row.Year("year"), ICB: row.Need("icb"), Kind: row.Choice("kind", kinds...), Cause: row.Need("cause"), Amount: row.Money("amount"),
			Recurrent: row.Yes("recurrent"), Holder: row.Choice("holder", HeldByICB, HeldByNHSE, HeldByHost), Notional: row.Yes("notional"),
			On: row.Day("on", register.NoDay), Source: row.Need("source"), Confidence: row.Choice("confidence", "high", "medium", "low"), Note: row.Text("note"), Place: row.Place()}
		if _, err := r.year(line.Year); err != nil && sheet.IsYear(line.Year) {
			row.Fault("year", "the round has no such year", "write one of the years of round.yaml")
		}
		if line.ICB != "" && !slices.Contains(boards, line.ICB) {
			row.Fault("icb", "icb.csv has no such board", "add it there, or carry the line over with remit budget carry")
		}
		if line.Recurrent == (line.Kind == NonRecurrent) {
			row.Fault("recurrent", fmt.Sprintf("a line of kind %s says recurrent: %s", line.Kind, row.Text("recurrent")), "non_recurrent lines say no, all others yes")
		}
		if line.Kind == Baseline && len(r.Years) > 0 && line.Year != r.Years[0].Year {
			row.Fault("kind", "only the first year opens with baselines; later years open with what the year before came to", "make it a transfer, or remove the line")
		}
		if y, err := r.year(line.Year); err == nil && (line.Kind == Growth || line.Kind == Convergence) {
			if p, err := r.Policy(y.Policy); err == nil && p.Kind != Published {
				row.Fault("kind", "growth and convergence of the year are worked out by the policy "+p.Name, "remove the line, or give the year a policy of kind published")
			}
		}
		r.Ledger = append(r.Ledger, line)
	}
}

// WeightedTotals are the sums of one column of practice.csv in a year against the people.
type WeightedTotals struct {
	Year       string
	Column     string
	Practices  int
	Registered *big.Rat
	Sum        *big.Rat
	Difference *big.Rat
}

// tolerance is how far a weighted population may be from the people: 1 person. Published weighted
// populations are scaled to add up to the registered population of all, so that their
// mean index is 1 and shares need no further scaling.
var tolerance = big.NewRat(1, 1)

// practices reads practice.csv, sums it by board, and checks that each column of weighted
// people adds up to the people.
func (l *loader) practices(r *Round) {
	if r.Weighted == nil {
		return
	}
	columns := []string{"year", "practice", "icb", "registered"}
	use := map[Measure]string{Need: r.Weighted.Need, HealthInequalities: r.Weighted.HealthInequalities}
	var weighted []string
	for _, m := range []Measure{Need, HealthInequalities} {
		if c := use[m]; c != "" {
			weighted = append(weighted, c)
		}
	}
	if r.Weighted.Need == "" {
		l.fault("round.yaml", "practices", "", "it does not say which column of practice.csv is need", "write practices: {need: COLUMN}")
	}
	s := l.sheet("practice.csv", append(columns, weighted...)...)
	if s.File == "" {
		l.fault("practice.csv", "", "", "the file is not there, and round.yaml says that it is used", "add it, or take practices out of round.yaml")
		return
	}
	sumPractices(r, s, use, weighted)
	for i := range r.Practices {
		if t := &r.Practices[i]; new(big.Rat).Abs(t.Difference).Cmp(tolerance) > 0 {
			l.fault("practice.csv", t.Column, t.Sum.FloatString(1), fmt.Sprintf("the weighted people of %s add up to %s more than the registered %s (%s practices)", t.Year, t.Difference.FloatString(1), t.Registered.FloatString(1), fmt.Sprint(t.Practices)),
				"a whole file adds up to within 1 person: look for practices that are missing, twice or of another year")
		}
	}
}

// sumPractices adds practices up to the boards of a round.
func sumPractices(r *Round, s *sheet.Sheet, use map[Measure]string, weighted []string) {
	type key struct{ year, of string }
	seen := map[key]bool{}
	totals := map[key]*WeightedTotals{}
	for _, row := range s.Rows {
		year, practice, icb, people := row.Year("year"), row.Need("practice"), row.Need("icb"), row.Number("registered")
		if seen[key{year, practice}] {
			row.Fault("practice", "the practice is there twice in the year", "remove one row")
			continue
		}
		seen[key{year, practice}] = true
		y, err := r.year(year)
		if err != nil {
			row.Fault("year", "the round has no such year", "write one of the years of round.yaml")
			continue
		}
		i := slices.IndexFunc(y.Areas, func(a Area) bool { return a.ICB == icb })
		if i < 0 {
			row.Fault("icb", "icb.csv has no such board in "+year, "add it there, with its source and any market forces factor")
			continue
		}
		a := &y.Areas[i]
		if a.Population == nil {
			a.Population = new(big.Rat)
		}
		a.Population = add(a.Population, people)
		figures := map[string]*big.Rat{}
		for _, c := range weighted {
			figures[c] = row.Number(c)
		}
		for m, c := range use {
			if c == "" {
				continue
			}
			if a.Weighted[m] == nil {
				a.Weighted[m] = new(big.Rat)
			}
			a.Weighted[m] = add(a.Weighted[m], figures[c])
		}
		for _, c := range weighted {
			t := totals[key{year, c}]
			if t == nil {
				t = &WeightedTotals{Year: year, Column: c, Registered: new(big.Rat), Sum: new(big.Rat)}
				totals[key{year, c}] = t
			}
			t.Practices++
			t.Registered.Add(t.Registered, people)
			t.Sum.Add(t.Sum, figures[c])
		}
	}
	for i := range r.Years {
		for _, c := range weighted {
			if t := totals[key{r.Years[i].Year, c}]; t != nil {
				t.Difference = sub(t.Sum, t.Registered)
				r.Practices = append(r.Practices, *t)
			}
		}
	}
}
