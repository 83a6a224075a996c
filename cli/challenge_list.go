package cli

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"remit/activity"
	"remit/calendar"
	"remit/challenge"
	"remit/store"
)

func (s *session) challengeListCommand(p *place) *cobra.Command {
	var f store.ChallengeFilter
	var states []string
	var late bool
	var on dayFlag
	c := &cobra.Command{
		Use:     "list",
		Short:   "List challenges, with the money of each",
		Example: "  remit challenge list\n  remit challenge list --owner QHL --provider RJ7 --state raised --state answered\n  remit challenge list --late",
		Args:    cobra.NoArgs,
		RunE: p.with(func(cmd *cobra.Command, _ []string, st *store.Store) (err error) {
			if f.States, err = parseStates(states); err != nil {
				return err
			}
			if late {
				if f.DueBefore, err = on.day(); err != nil {
					return err
				}
			}
			list, err := st.Challenges(cmd.Context(), f)
			if err != nil {
				return storeFault(err)
			}
			if len(list) == 0 {
				_, err := fmt.Fprintln(s.out, "There is no such challenge.")
				return err
			}
			tabs := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(tabs, "challenge\towner\tprovider\tmonth\trule\tstate\trow\tclaimed\tagreed\tsettled\tdue")
			var claimed, agreed, settled activity.Amount
			for _, c := range list {
				fmt.Fprintf(tabs, "%s\t%s\t%s\t%s M%02d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", c.ID, c.Owner, c.Provider, calendar.YearName(c.Month.Year), c.Month.Month, c.Rule,
					c.State.Words(), c.Standing, c.Claimed.Pounds(), c.Agreed.Pounds(), c.Settled.Pounds(), dueWords(c))
				claimed, agreed, settled = claimed.Add(c.Claimed), agreed.Add(c.Agreed), settled.Add(c.Settled)
			}
			fmt.Fprintf(tabs, "%s\t\t\t\t\t\t\t%s\t%s\t%s\t\n", count(len(list), "challenge"), claimed.Pounds(), agreed.Pounds(), settled.Pounds())
			return tabs.Flush()
		}),
	}
	c.Flags().StringVar(&f.Owner, "owner", "", "those of an organisation")
	c.Flags().StringVar(&f.Provider, "provider", "", "those of a provider")
	c.Flags().StringVar(&f.Rule, "rule", "", "those of a rule")
	c.Flags().StringVar(&f.Handler, "handler", "", "those that somebody sees to")
	c.Flags().StringArrayVar(&states, "state", nil, "those in a state: draft, raised, answered, accepted, partly_accepted, rejected, withdrawn, settled")
	c.Flags().BoolVar(&late, "late", false, "those whose next step was due before today")
	c.Flags().StringVar(&on.text, "on", "", "take this day for today: YYYY-MM-DD")
	return c
}

func dueWords(c challenge.Challenge) string {
	if c.DueFor == "" {
		return ""
	}
	return c.DueFor + " by " + c.Due.String()
}

func parseStates(names []string) (states []challenge.State, err error) {
	for _, name := range names {
		state := challenge.State(strings.ReplaceAll(name, "-", "_"))
		if !slices.Contains(challenge.States, state) {
			return nil, fail(exitUsage, fmt.Errorf("%q is no state of a challenge", name), "see remit challenge list --help")
		}
		states = append(states, state)
	}
	return states, nil
}
