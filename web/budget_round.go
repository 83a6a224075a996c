package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"remit/budget"
)

// budgetRound shows a year of a round by a policy, both of which the address may name.
func (s *Site) budgetRound(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	round, err := s.roundOf(a, r)
	if err != nil {
		return err
	}
	year, policy := pickedYear(a, round, r.URL.Query().Get("year")), r.URL.Query().Get("policy")
	body := budgetPage{Form: roundForm(a, round, year, policy)}
	v := view{Page: "budget", Place: "/budgets", Trail: []link{{"Budgets", a.To("/budgets")}}, Title: round.Title, Lead: round.Says, Warn: madeUp(round.Synthetic)}
	o, err := round.Outcome(year, policy)
	var bounds *budget.Infeasible
	var unknown *budget.UnknownError
	switch {
	case errors.As(err, &bounds):
		body.Refused, body.Faults = "The policy cannot hand out the money of the year", []string{err.Error()}
	case errors.As(err, &unknown):
		return &problem{http.StatusNotFound, "There is no such " + unknown.What, err.Error(), "Pick one in the form of the page."}
	case err != nil:
		return unreadable(round.Name, err)
	default:
		s.showOutcome(a, &v, &body, round, o, policy)
	}
	v.Body = body
	v.Notes = append(v.Notes, roundNotes(round)...)
	return s.show(w, r, v)
}

func madeUp(synthetic bool) string {
	if synthetic {
		return "Synthetic: the money here is made up and says nothing of any board."
	}
	return ""
}

// pickedYear is the year that the address names, or the one of the page's day, or the first.
func pickedYear(a *Asked, round *keptRound, year string) string {
	if year != "" {
		return year
	}
	now := yearAround(a.On)
	if slices.ContainsFunc(round.Years, func(y budget.Year) bool { return y.Year == now }) {
		return now
	}
	return round.Years[0].Year
}

func roundForm(a *Asked, round *keptRound, year, policy string) *scenarioForm {
	f := &scenarioForm{Title: "Another year or policy", Says: "A policy that is picked here goes for all years of the round. Nothing is stored: the address holds what is shown.", Action: a.address.Path, Button: "Show",
		Kept: parameters(a.address.Query(), "year", "policy", "month", "contracts", "format", "page", "sort", "table", "q")}
	if a.address.Query().Has("policy") || a.address.Query().Has("year") {
		f.Reset = a.To(a.address.Path)
	}
	years := scenarioField{Name: "year", Label: "Year", Value: year}
	for i := range round.Years {
		years.Options = append(years.Options, scenarioOption{round.Years[i].Year, round.Years[i].Year + ", " + round.Years[i].Status})
	}
	policies := scenarioField{Name: "policy", Label: "Policy", Value: policy, Options: []scenarioOption{{"", "As the round gives each year"}}}
	for i := range round.Policies {
		policies.Options = append(policies.Options, scenarioOption{round.Policies[i].Name, round.Policies[i].Title})
	}
	f.Fields = []scenarioField{years, policies}
	return f
}

func (s *Site) showOutcome(a *Asked, v *view, body *budgetPage, round *keptRound, o *budget.Outcome, policy string) {
	above, under := o.Furthest()
	v.Title = fmt.Sprintf("%s: in %s boards end between %s and %s", round.Title, o.Year, away(under.ClosingDistance), away(above.ClosingDistance))
	var points []pair
	for i := range o.Areas {
		x := &o.Areas[i]
		before, _ := x.OpeningDistance.Float64()
		after, _ := x.ClosingDistance.Float64()
		points = append(points, pair{label: x.Name, before: before * 100, after: after * 100, says: signedPercent(x.OpeningDistance, 2) + " to " + signedPercent(x.ClosingDistance, 2)})
	}
	slices.SortStableFunc(points, func(a, b pair) int { return -compareFloats(a.after, b.after) })
	body.Graphs = append(body.Graphs, drawPoints("distance", fmt.Sprintf("%s is furthest above target, %s furthest under it", shortLabel(above.Name), shortLabel(under.Name)),
		"Distance from target of each board, opening and closing. The table of allocations has the same figures.", "allocations",
		[2]string{"opening distance: baseline against this year's target share", "closing distance: allocation against target"}, percentText, points))
	p := o.Policy
	v.Facts = []named{{"Policy", Cell{Text: p.Title, More: p.Whose()}}, {"What it does", Cell{Text: budget.KindSays[p.Kind], More: p.Parameters()}}, {"Money of the year", moneyCell(o.Quantum)}, {"Status", say(o.Status)},
		{"Target of", say(round.Stream)}, {"Need modelled on", say(round.ModelScope)}, {"Money is for", say(round.MoneyScope)}, {"Formula", Cell{Text: round.Formula.Title, More: "version " + round.Formula.Version}}}
	if o.Base != nil {
		v.Facts = append(v.Facts, named{"Base growth", Cell{Text: budget.Percent(o.Base, 4), More: "at which the sum comes out, with floor and ceiling as they bind"}})
	}
	board := func(icb string) string {
		return a.To("/budgets/"+url.PathEscape(round.Name)+"/"+url.PathEscape(icb), "year", o.Year, "policy", policy)
	}
	v.add("allocations", "Allocations of "+o.Year, "Baseline, growth alike for all and convergence add up to the allocation; the allocations add up to the money of the year, to the penny. The gap is allocation less target.", allocationsTable(o, board))
	v.Parts = append(v.Parts, section{ID: "reports", Title: "How the money is used", Links: []link{{"Use of funds and monthly reports of all boards", a.To("/budgets/"+url.PathEscape(round.Name)+"/reports", "year", o.Year, "policy", policy)}}})
	v.add("compared", "Policies beside each other", "Allocation and closing distance by each policy of the round, in "+o.Year+".", comparedTable(round, o.Year))
	if t := pathTable(round, policy); t != nil {
		v.add("path", "Year by year", "Closing distance from target. Years to target are an estimate, to within 0.5%, if target shares stay as they are.", t)
	}
	v.add("targets", "How targets come about", "", targetsTable(o.Targets))
	v.add("working", "Working of the formula", workingSays(o.Targets), workingTable(o.Targets))
	v.add("bridge", "Delegated, held by hosts and retained", "What is not explained is a line of its own, and never forced.", bridgeTable(o))
	v.Notes = append(v.Notes, o.Notes...)
}

func compareFloats(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func percentText(v float64) string {
	if v < 0 {
		return fmt.Sprintf("−%g%%", -v)
	}
	if v > 0 {
		return fmt.Sprintf("+%g%%", v)
	}
	return "target"
}

func allocationsTable(o *budget.Outcome, board func(string) string) *Table {
	t := &Table{Name: "allocations", Caption: "Allocations of " + o.Year + " by the policy " + o.Policy.Name, Columns: []Column{{Key: "name", Title: "Board"}, {Key: "icb", Title: "Code"}, {Key: "baseline", Title: "Baseline", Numeric: true}, {Key: "opening_distance", Title: "Opening distance", Numeric: true},
		{Key: "growth", Title: "Growth", Numeric: true}, {Key: "convergence", Title: "Convergence", Numeric: true}, {Key: "allocation", Title: "Allocation", Numeric: true}, {Key: "change", Title: "Change on baseline", Numeric: true},
		{Key: "target", Title: "Target", Numeric: true}, {Key: "closing_distance", Title: "Closing distance", Numeric: true}, {Key: "gap", Title: "Gap", Numeric: true}, {Key: "bound", Title: "Bound by"}}}
	for i := range o.Areas {
		x := &o.Areas[i]
		t.Rows = append(t.Rows, Row{to(x.Name, board(x.ICB)), code(x.ICB), moneyCell(x.Baseline), percentCell(x.OpeningDistance, 2), moneyCell(x.Growth), moneyCell(x.Convergence), moneyCell(x.Amount), percentCell(x.Rate, 2), moneyCell(x.Target), percentCell(x.ClosingDistance, 2), moneyCell(x.Gap), say(x.Bound).or("Not bound")})
	}
	return t
}

func comparedTable(round *keptRound, year string) *Table {
	t := &Table{Name: "compared", Caption: "Policies beside each other, " + year, Columns: []Column{{Key: "name", Title: "Board"}}}
	var all []*budget.Outcome
	for i := range round.Policies {
		p := &round.Policies[i]
		o, err := round.Outcome(year, p.Name)
		if err != nil {
			t.Caption += "; " + p.Name + " cannot be met"
			continue
		}
		all = append(all, o)
		t.Columns = append(t.Columns, Column{Key: p.Name, Title: p.Name + " (" + string(p.Kind) + ")", Numeric: true}, Column{Key: p.Name + "_closing", Title: "closing", Numeric: true})
	}
	if len(all) == 0 {
		return nil
	}
	for i := range all[0].Areas {
		row := Row{say(all[0].Areas[i].Name)}
		for _, o := range all {
			row = append(row, moneyCell(o.Areas[i].Amount), percentCell(o.Areas[i].ClosingDistance, 2))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func pathTable(round *keptRound, policy string) *Table {
	path, err := round.Path(policy)
	if err != nil {
		return nil
	}
	t := &Table{Name: "path", Caption: "Distance from target, year by year", Columns: []Column{{Key: "name", Title: "Board"}, {Key: "opening", Title: "Opening of " + path[0].Year, Numeric: true}}}
	for _, o := range path {
		t.Columns = append(t.Columns, Column{Key: o.Year, Title: o.Year + " (" + o.Status + ")", Numeric: true})
	}
	t.Columns = append(t.Columns, Column{Key: "years", Title: "Years to target"})
	for i := range path[0].Areas {
		x := &path[0].Areas[i]
		row := Row{say(x.Name), percentCell(x.OpeningDistance, 2)}
		for _, o := range path {
			row = append(row, percentCell(o.Areas[i].ClosingDistance, 2))
		}
		years, says := path[0].YearsToTarget(x.ICB, withinTarget)
		if says == "" {
			says = fmt.Sprintf("%.1f", years)
		}
		t.Rows = append(t.Rows, append(row, say(says)))
	}
	return t
}

func targetsTable(targets *budget.Targets) *Table {
	t := &Table{Name: "targets", Caption: "Targets of " + targets.Year + " by the formula " + targets.Formula.Name, Columns: []Column{{Key: "name", Title: "Board"}, {Key: "population", Title: "People", Numeric: true}, {Key: "weighted", Title: "Weighted people", Numeric: true},
		{Key: "index", Title: "Index", Numeric: true}, {Key: "share", Title: "Share of weighted people", Numeric: true}, {Key: "target", Title: "Target", Numeric: true}}}
	for i := range targets.Areas {
		x := &targets.Areas[i]
		t.Rows = append(t.Rows, Row{say(x.Name), decimalCell(x.Population, 1), decimalCell(x.WeightedPopulation, 1), decimalCell(x.Index(), 4), Cell{Text: budget.Percent(x.Share, 4), Value: x.Share.FloatString(10)}, moneyCell(x.Amount)})
	}
	return t
}

func workingTable(targets *budget.Targets) *Table {
	t := &Table{Name: "working", Caption: "Steps of the formula " + targets.Formula.Name, Columns: []Column{{Key: "name", Title: "Board"}}}
	for _, f := range targets.Working {
		t.Columns = append(t.Columns, Column{Key: f.Step.Name, Title: spacedWord(f.Step.Name), Numeric: true})
	}
	for i := range targets.Areas {
		row := Row{say(targets.Areas[i].Name)}
		for _, f := range targets.Working {
			row = append(row, decimalCell(f.Values[i], 3))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// workingSays says what each step does.
func workingSays(targets *budget.Targets) string {
	var list []string
	for _, f := range targets.Working {
		list = append(list, spacedWord(f.Step.Name)+": "+f.Step.Says)
	}
	return strings.Join(list, ". ") + "."
}

func bridgeTable(o *budget.Outcome) *Table {
	b := o.Bridge()
	t := &Table{Name: "bridge", Caption: "The national stream in " + o.Year, Columns: []Column{{Key: "part", Title: "Part"}, {Key: "amount", Title: "Amount", Numeric: true}, {Key: "note", Title: "What it is"}}}
	row := func(part, note string, amount Cell) { t.Rows = append(t.Rows, Row{say(part), amount, say(note)}) }
	row("Delegated", "held by the boards themselves", moneyCell(b.Delegated))
	row("Held by hosts", "for other boards", moneyCell(b.HostHeld))
	row("Retained", "by NHS England, as far as the ledger has it", moneyCell(b.Retained))
	if b.Known {
		row("Unexplained", "what is between these and the stream", moneyCell(b.Unexplained))
		row("National stream", b.StreamSource, moneyCell(b.Stream))
	} else {
		row("National stream", "no total of the stream is loaded for this year", Cell{Lacks: "Not known"})
	}
	row("Notional", "for information: in none of these", moneyCell(b.Notional))
	return t
}

// roundNotes are what a round rests on.
func roundNotes(round *keptRound) []string {
	notes := []string{"Source of the round: " + round.Source, "Confidence: " + round.Confidence + ". Version of its files: " + round.Hash[:12] + ".", "Formula " + round.Formula.Name + ": " + round.Formula.Source}
	seen := map[string]bool{}
	for i := range round.Years {
		for j := range round.Years[i].Areas {
			if source := round.Years[i].Areas[j].Source; !seen[source] {
				seen[source] = true
				notes = append(notes, "People and need: "+source)
			}
		}
	}
	for i := range round.Policies {
		p := &round.Policies[i]
		notes = append(notes, fmt.Sprintf("Policy %s is %s. Source: %s.", p.Name, p.Whose(), p.Source))
	}
	return notes
}
