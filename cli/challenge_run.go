package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"remit/calendar"
	"remit/intake"
	"remit/store"
)

func (s *session) challengeRunCommand(p *place) *cobra.Command {
	var owner, provider, year, as string
	var on dayFlag
	c := &cobra.Command{
		Use:   "run",
		Short: "Ask the rules of the rows that count, and file what they find as drafts",
		Long: `Ask the rules of the patient-level rows that were taken in with remit submit and
that count now, of one provider, and file what they find as drafts: of the rows that
were billed to the owner or a part of it. What is challenged already is not challenged
again; challenges whose row is gone or put right are marked so. Prices above the set
are challenged in years alone for which prices that are not made up are loaded.`,
		Example: "  remit challenge run --owner QMJ --provider RJ7 --year 2025-26 --as ann",
		Args:    cobra.NoArgs,
		RunE: p.with(func(cmd *cobra.Command, _ []string, st *store.Store) error {
			rs, limits, err := p.challengeData()
			if err != nil {
				return err
			}
			who, err := challenger(cmd.Context(), st, as, owner)
			if err != nil {
				return err
			}
			q := intake.Challenging{Rules: rs, Provider: provider}
			if year != "" {
				y, err := calendar.ParseYear(year)
				if err != nil {
					return fail(exitUsage, err, "")
				}
				q.Year = calendar.YearCode(y)
			}
			today, err := on.day()
			if err != nil {
				return err
			}
			if q.Pack, err = s.pack(); err != nil {
				return err
			}
			defer q.Pack.Close()
			prices, err := loadPrices(p.dir, nil)
			if err != nil {
				return err
			}
			q.Priced = intake.RealPrices(prices)
			ledger, err := openLedger(p.dir)
			if err != nil {
				return err
			}
			defer ledger.Close()
			view, err := ledger.View(cmd.Context())
			if err != nil {
				return err
			}
			existing, err := st.Challenges(cmd.Context(), store.ChallengeFilter{Owner: owner, Provider: provider})
			if err != nil {
				return storeFault(err)
			}
			q.Keys = intake.KeysOf(existing)
			list, err := view.Challenge(cmd.Context(), q)
			if err != nil {
				return err
			}
			if len(list) == 0 {
				return fail(exitInput, fmt.Errorf("no patient-level row of %s counts", provider), "see remit submissions list; take files in with remit submit")
			}
			billed := intake.BilledTo(q.Pack, owner, today)
			for _, x := range list {
				x.Keep(billed)
				filed, err := st.FileChallenges(cmd.Context(), who.Name, x.Found, x.Restated(owner, today), limits)
				if err != nil {
					return storeFault(err)
				}
				fmt.Fprintf(s.out, "%s %s, %s: %s filed, %d challenged already, %d marked.\n", x.Provider, x.Feed, count(x.Rows, "row"), count(filed.New, "draft"), filed.Known, filed.Marked)
				if err := s.tellJudge(x.Judge); err != nil {
					return err
				}
			}
			return nil
		}),
	}
	c.Flags().StringVar(&owner, "owner", "", "organisation that challenges: code of an ICB or hub")
	c.Flags().StringVar(&provider, "provider", "", "provider whose rows are asked")
	c.Flags().StringVar(&year, "year", "", "financial year, 2025-26 (default: all)")
	c.Flags().StringVar(&as, "as", "", "who files")
	c.Flags().StringVar(&on.text, "on", "", "day on which the drafts are filed (default: today)")
	c.MarkFlagRequired("owner")
	c.MarkFlagRequired("provider")
	return c
}
