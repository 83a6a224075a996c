package cli

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/spf13/cobra"

	"remit/budget"
	"remit/budgets"
	"remit/intake"
	"remit/pool"
	"remit/register"
	"remit/share"
	"remit/spend"
)

func (s *session) poolWeightsCommand() *cobra.Command {
	var contracts contractFlags
	var basis, from string
	c := &cobra.Command{
		Use:   "weights POOL CONTRACT",
		Short: "Weights by which a contract of several boards is divided, out of activity or people",
		Long: `Work out the weights of the boards in a contract, and write them as rows of
contract_shares.csv, with their date and source: by activity, what the submissions
of the data directory have of the provider (drugs and devices left out, payers as
the method assigns them); by population, registered people as published. The rows
are put into the file by whoever agrees them: until then nothing changes.`,
		Example: "  remit pool weights worked PROV1-2026 --basis population\n  remit pool weights my-pool C1 --basis activity --from 2026-10-01",
		Args:    needs(2, 2, "a pool and one of its contracts"),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := s.loadPool(args[0])
			if err != nil {
				return err
			}
			i := slices.IndexFunc(p.Contract, func(c pool.Contract) bool { return c.ID == args[1] })
			if i < 0 {
				return fail(exitUsage, fmt.Errorf("the pool has no contract %q", args[1]), "see remit pool show --table contracts")
			}
			contract := p.Contract[i]
			if from == "" {
				from = contract.Year[:4] + "-04-01"
			}
			if _, err := register.ParseDay(from); err != nil {
				return fail(exitUsage, err, "write --from as 2026-10-01")
			}
			var l *listing
			switch basis {
			case "activity":
				l, err = s.activityWeights(cmd.Context(), &contracts, p, &contract, from)
			case "population":
				l, err = populationWeights(p, &contract, from)
			default:
				return fail(exitUsage, fmt.Errorf("--basis: %q is not a basis", basis), "write activity or population")
			}
			if err != nil {
				return err
			}
			return l.writeCSV(s.out)
		},
	}
	c.Flags().StringVar(&basis, "basis", "activity", "activity or population")
	c.Flags().StringVar(&from, "from", "", "first day on which the weights hold (default: 1 April of the contract's year)")
	c.Flags().StringVar(&contracts.dir, "data", "", "data directory with the submissions (default: $REMIT_DATA, or remit-data)")
	mustComplete(c, "basis", []string{"activity", "population"}, cobra.ShellCompDirectiveNoFileComp)
	return c
}

var weightColumns = []string{"contract", "icb", "weight", "valid_from", "valid_to", "source"}

// activityWeights are the activity of the boards that are members or have a weight already.
func (s *session) activityWeights(ctx context.Context, f *contractFlags, p *pool.Pool, c *pool.Contract, from string) (*listing, error) {
	var parts []spend.Part
	came, err := s.inSubmissions(ctx, f, func(view *intake.View, pack *register.Pack) (err error) {
		parts, err = spend.Activity(ctx, view, pack, c.Year, c.Provider)
		return err
	})
	if err != nil {
		return nil, err
	}
	if !came {
		return nil, fail(exitInput, errors.New("there are no submissions to take activity from"), "name a data directory with --data, or weigh by population")
	}
	l := &listing{Columns: weightColumns}
	for _, x := range parts {
		if slices.Contains(boardsOfContract(p, c.ID), x.ICB) {
			l.Rows = append(l.Rows, []value{word(c.ID), word(x.ICB), word(x.Units.String()), word(from), word(""), word("Activity of " + c.Provider + " in " + c.Year + " by the submissions that count, drugs and devices left out")})
		}
	}
	if len(l.Rows) == 0 {
		return nil, fail(exitInput, fmt.Errorf("the submissions have no activity of %s in %s for these boards", c.Provider, c.Year), "take its files in with remit submit, or weigh by population")
	}
	return l, nil
}

// populationWeights are the registered people of the boards, as published.
func populationWeights(p *pool.Pool, c *pool.Contract, from string) (*listing, error) {
	people, err := budget.LoadPopulations(budgets.Files, "weighted_populations.csv")
	if err != nil {
		return nil, fail(exitReference, err, "")
	}
	l := &listing{Columns: weightColumns}
	for _, icb := range boardsOfContract(p, c.ID) {
		weight := people.Of(c.Year, icb, "registered")
		source := "Registered people of " + c.Year + " as published (NHS England ICB Place Based Tool)"
		if i := slices.IndexFunc(p.Dated, func(m pool.DatedMember) bool { return m.ICB == icb }); weight.Sign() == 0 && i >= 0 && p.Dated[i].Population != nil {
			weight, source = p.Dated[i].Population, "Population key of members.csv: "+p.Dated[i].Source
		}
		if weight.Sign() == 0 {
			return nil, fail(exitInput, fmt.Errorf("no population of %s is known for %s", icb, c.Year), "put it into members.csv")
		}
		l.Rows = append(l.Rows, []value{word(c.ID), word(icb), word(decimal(weight)), word(from), word(""), word(source)})
	}
	return l, nil
}

func decimal(r *big.Rat) string {
	if a, ok := share.Amount(r); ok {
		return a.String()
	}
	return r.FloatString(8)
}

// boardsOfContract are the boards that have a weight in the contract, or all members where none has.
func boardsOfContract(p *pool.Pool, id string) []string {
	var list []string
	for _, x := range p.Shares {
		if x.Contract == id {
			list = append(list, x.ICB)
		}
	}
	if len(list) == 0 {
		for _, m := range p.Members() {
			list = append(list, m.ICB)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}
