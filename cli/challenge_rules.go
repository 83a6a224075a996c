package cli

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

func (s *session) challengeRulesCommand(p *place) *cobra.Command {
	var test bool
	c := &cobra.Command{
		Use:     "rules",
		Short:   "List the rules by which rows are challenged, or test them on their own cases",
		Example: "  remit challenge rules\n  remit challenge rules --test",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			rs, _, err := p.challengeData()
			if err != nil {
				return err
			}
			if test {
				pack, err := s.pack()
				if err != nil {
					return err
				}
				defer pack.Close()
				cases, wrong := rs.Test(pack)
				for _, w := range wrong {
					fmt.Fprintln(s.out, w)
				}
				fmt.Fprintf(s.out, "%d of %s as expected.\n", cases-len(wrong), count(cases, "case"))
				if len(wrong) > 0 {
					return fail(exitDifferences, fmt.Errorf("%s other than expected", count(len(wrong), "case")), "put the rule or its case right")
				}
				return nil
			}
			tabs := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(tabs, "rule\tconfidence\ttitle")
			for _, r := range rs.Rules {
				title := r.Title
				if r.Off {
					title += " (switched off)"
				}
				fmt.Fprintf(tabs, "%s\t%s\t%s\n", r.ID, r.Confidence, title)
			}
			return tabs.Flush()
		},
	}
	c.Flags().BoolVar(&test, "test", false, "run each rule over its own cases")
	return c
}
