package cli

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"remit/store"
)

func (s *session) challengeShowCommand(p *place) *cobra.Command {
	return &cobra.Command{
		Use:     "show CHALLENGE",
		Short:   "Show a challenge: its reason, its money and every step",
		Example: "  remit challenge show pjv2ub3yqk4d",
		Args:    cobra.ExactArgs(1),
		RunE: p.with(func(cmd *cobra.Command, args []string, st *store.Store) error {
			c, err := oneChallenge(cmd.Context(), st, args[0])
			if err != nil {
				return err
			}
			events, err := st.ChallengeEvents(cmd.Context(), c.ID)
			if err != nil {
				return storeFault(err)
			}
			tabs := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
			for _, line := range [][2]string{{"challenge", c.ID}, {"of", c.Owner + " to " + c.Provider}, {"row", fmt.Sprintf("%s, %s, key %s, row %d of submission %s", c.Feed, c.Month, c.RowKey, c.SourceRow, c.Submission)},
				{"rule", c.Rule}, {"reason", c.Reason}, {"remedy", c.Remedy}, {"state", c.State.Words()}, {"the row", string(c.Standing)}, {"handler", c.Handler},
				{"claimed", "£" + c.Claimed.Pounds()}, {"agreed", "£" + c.Agreed.Pounds()}, {"settled", "£" + c.Settled.Pounds()}, {"due", dueWords(c)}} {
				if line[1] != "" {
					fmt.Fprintf(tabs, "%s\t%s\n", line[0], line[1])
				}
			}
			fmt.Fprintln(tabs, "\nday\tstep\tby\tstate\tclaimed\tagreed\tsettled\ttext")
			for _, e := range events {
				fmt.Fprintf(tabs, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", e.On, e.Action, e.Actor, e.State.Words(), e.Claimed.Pounds(), e.Agreed.Pounds(), e.Settled.Pounds(), e.Text)
			}
			return tabs.Flush()
		}),
	}
}
