package cli

import (
	"fmt"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"remit/holding"
)

func (s *session) successionCommand() *cobra.Command {
	var date, of string
	var asJSON bool
	c := &cobra.Command{
		Use:   "succession",
		Short: "The work that a merger or split of ICBs makes necessary",
		Long: `List every instrument to novate, seat to settle, host to re-point, contract share
to add up anew and condition to look at when ICBs succeed one another. Each item
has a key that stays the same.

` + exitHelp,
		Example: "  remit succession --on 2026-04-01 --of QMJ",
		Args:    cobra.NoArgs,
		RunE: func(_ *cobra.Command, _ []string) error {
			on, err := referenceDay("--on", date)
			if err != nil {
				return err
			}
			b, err := s.book()
			if err != nil {
				return err
			}
			defer b.Pack().Close()
			days := b.Successions()
			if !slices.Contains(days, on) {
				return fail(exitDifferences, fmt.Errorf("no ICB succeeds another on %s", on), fmt.Sprintf("the register has successions on %v", days))
			}
			list := slices.DeleteFunc(b.Tasks(on), func(t holding.Task) bool { return of != "" && t.Predecessor != of })
			if asJSON {
				return writeJSON(s.out, list)
			}
			tabs := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
			for _, t := range list {
				fmt.Fprintf(tabs, "%s\t%s\t%s\n", t.Key, t.Title, t.Recorded)
			}
			if err := tabs.Flush(); err != nil {
				return err
			}
			_, err = fmt.Fprintf(s.out, "\n%d things to do\n", len(list))
			return err
		},
	}
	c.Flags().StringVar(&date, "on", "", "the day of the succession, YYYY-MM-DD (default: today)")
	c.Flags().StringVar(&of, "of", "", "only for this predecessor")
	c.Flags().BoolVar(&asJSON, "json", false, "write one JSON array")
	return c
}
