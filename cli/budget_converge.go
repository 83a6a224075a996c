package cli

import (
	"fmt"
	"math/big"

	"github.com/spf13/cobra"

	"remit/budget"
	"remit/share"
)

func (s *session) budgetConvergeCommand() *cobra.Command {
	var f form
	var year, policy string
	var compare, path bool
	c := &cobra.Command{
		Use:   "converge ROUND",
		Short: "What each board gets by a policy, and its distances from target",
		Long: `Work out allocations by a policy of convergence. Distances are of the baseline
against this year's target shares (opening) and of the allocation against target
(closing); below zero is under target. --path goes through all years of the
round, --compare sets its policies beside each other. A policy whose bounds
cannot be met is reported with both bounds, and the exit code is 1.`,
		Example: "  remit budget converge worked\n  remit budget converge worked --policy quarter --path\n  remit budget converge worked --compare --csv",
		Args:    needs(1, 1, "one round"),
		RunE: func(_ *cobra.Command, args []string) error {
			r, err := s.round(args[0])
			if err != nil {
				return err
			}
			var l *listing
			switch {
			case compare:
				l, err = compareListing(r, firstYear(r, year))
			case path:
				l, err = pathListing(r, policy)
			default:
				l, err = convergeListing(r, firstYear(r, year), policy)
			}
			if err != nil {
				return noAnswer(err)
			}
			l.Notes = append(l.Notes, provenance(r)...)
			return f.write(s.out, l)
		},
	}
	c.Flags().StringVar(&year, "year", "", "financial year, such as 2026/27 (default: the first of the round)")
	c.Flags().StringVar(&policy, "policy", "", "policy of the round, for all its years (default: the one that the round gives each year)")
	c.Flags().BoolVar(&compare, "compare", false, "all policies of the round beside each other")
	c.Flags().BoolVar(&path, "path", false, "all years of the round")
	f.add(c)
	return c
}

func convergeListing(r *budget.Round, year, policy string) (*listing, error) {
	o, err := r.Outcome(year, policy)
	if err != nil {
		return nil, err
	}
	l := &listing{Title: fmt.Sprintf("Allocations of %s (%s) by the policy %s, of %s", o.Year, o.Status, o.Policy.Name, share.Sterling(o.Quantum)),
		Columns: []string{"icb", "name", "baseline", "opening_distance", "growth", "convergence", "allocation", "change", "target", "closing_distance", "gap", "bound"}}
	for i := range o.Areas {
		a := &o.Areas[i]
		l.Rows = append(l.Rows, []value{word(a.ICB), word(a.Name), pounds(a.Baseline), signed(a.OpeningDistance, 4), pounds(a.Growth), pounds(a.Convergence), pounds(a.Amount), signed(a.Rate, 4), pounds(a.Target), signed(a.ClosingDistance, 4), pounds(a.Gap), word(a.Bound)})
	}
	l.Notes = append(l.Notes, fmt.Sprintf("Policy %s is %s. It is %s: %s; %s.", o.Policy.Name, o.Policy.Whose(), o.Policy.Kind, budget.KindSays[o.Policy.Kind], o.Policy.Parameters()),
		"Opening distance: baseline against this year's target share. Closing distance: allocation against target. Target of: "+r.Stream+".",
		"Change is of the baseline. Gap: allocation less target; above zero is above target.")
	if o.Base != nil {
		l.Notes = append(l.Notes, "Base growth that makes the sum come out: "+budget.Percent(o.Base, 6))
	}
	l.Notes = append(l.Notes, o.Notes...)
	return l, nil
}

func compareListing(r *budget.Round, year string) (*listing, error) {
	l := &listing{Title: "Allocations of " + year + " by each policy", Columns: []string{"icb", "name"}}
	var columns []*budget.Outcome
	for i := range r.Policies {
		p := &r.Policies[i]
		o, err := r.Outcome(year, p.Name)
		if err != nil {
			l.Notes = append(l.Notes, p.Name+": "+err.Error())
			continue
		}
		columns = append(columns, o)
		l.Columns = append(l.Columns, p.Name, p.Name+"_closing")
		l.Notes = append(l.Notes, p.Name+" is "+p.Whose())
	}
	if len(columns) == 0 {
		return l, nil
	}
	for i := range columns[0].Areas {
		row := []value{word(columns[0].Areas[i].ICB), word(columns[0].Areas[i].Name)}
		for _, o := range columns {
			row = append(row, pounds(o.Areas[i].Amount), signed(o.Areas[i].ClosingDistance, 4))
		}
		l.Rows = append(l.Rows, row)
	}
	return l, nil
}

// withinTarget is how near to target counts as there, in estimates of years.
var withinTarget = big.NewRat(5, 1000)

func pathListing(r *budget.Round, policy string) (*listing, error) {
	path, err := r.Path(policy)
	if err != nil {
		return nil, err
	}
	l := &listing{Title: "Closing distance from target, year by year", Columns: []string{"icb", "name", "opening"}}
	for _, o := range path {
		l.Columns = append(l.Columns, o.Year)
		l.Notes = append(l.Notes, fmt.Sprintf("%s (%s): policy %s, %s", o.Year, o.Status, o.Policy.Name, share.Sterling(o.Quantum)))
	}
	l.Columns = append(l.Columns, "years_to_target")
	for i := range path[0].Areas {
		a := &path[0].Areas[i]
		row := []value{word(a.ICB), word(a.Name), signed(a.OpeningDistance, 4)}
		for _, o := range path {
			row = append(row, signed(o.Areas[i].ClosingDistance, 4))
		}
		years, says := path[0].YearsToTarget(a.ICB, withinTarget)
		if says == "" {
			says = fmt.Sprintf("%.1f", years)
		}
		l.Rows = append(l.Rows, append(row, word(says)))
	}
	l.Notes = append(l.Notes, "Years to target: an estimate, to within 0.5%, if target shares stay as they are in "+path[0].Year+".")
	return l, nil
}
