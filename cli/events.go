package cli

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"remit/holding"
)

func (s *session) eventsCommand() *cobra.Command {
	var f holding.EventFilter
	var from, to string
	var asJSON bool
	c := &cobra.Command{
		Use:   "events",
		Short: "Dated news of commissioning: delegations, reorganisations, plans and what became of them",
		Long: `List dated news of commissioning, each with its state: done, planned, deferred,
overtaken, or a bill that is not yet law.

` + exitHelp,
		Example: "  remit events --from 2025-01-01 --icb QMJ\n  remit events --kind delegation --json",
		Args:    cobra.NoArgs,
		RunE: func(_ *cobra.Command, _ []string) error {
			var err error
			if from != "" {
				if f.From, err = referenceDay("--from", from); err != nil {
					return err
				}
			}
			if to != "" {
				if f.To, err = referenceDay("--to", to); err != nil {
					return err
				}
			}
			b, err := s.book()
			if err != nil {
				return err
			}
			defer b.Pack().Close()
			list := b.Events(f)
			if asJSON {
				return writeJSON(s.out, list)
			}
			tabs := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
			for _, e := range list {
				fmt.Fprintf(tabs, "%s\t%s\t%s\t%s\n", about(e), e.Kind, e.Status, e.Title)
			}
			return tabs.Flush()
		},
	}
	c.Flags().StringVar(&from, "from", "", "not before this day, YYYY-MM-DD")
	c.Flags().StringVar(&to, "to", "", "not after this day, YYYY-MM-DD")
	c.Flags().StringVar(&f.Kind, "kind", "", "law, policy, rules, plan, delegation, committee, organisation, cluster or staff")
	c.Flags().StringVar(&f.Region, "region", "", "for this region, such as Y56")
	c.Flags().StringVar(&f.ICB, "icb", "", "for this ICB, such as QMJ")
	c.Flags().BoolVar(&asJSON, "json", false, "write one JSON array")
	return c
}

// about is the day of an event as exactly as it is known.
func about(e holding.Event) string {
	day := e.On.String()
	switch e.Precision {
	case "month":
		return day[:7]
	case "quarter":
		return day[:7] + " or soon after"
	case "year":
		return day[:4]
	}
	return day
}
