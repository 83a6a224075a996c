package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"remit/holding"
)

var differenceKinds = []string{"organisation", "holder", "service", "instrument", "committee", "team"}

func (s *session) changesCommand() *cobra.Command {
	var from, to, kind string
	var asJSON bool
	c := &cobra.Command{
		Use:   "changes --from DATE --to DATE",
		Short: "What changed between two days: organisations, holders, services, instruments",
		Long: `List what is otherwise on one day than on another: organisations that began,
closed or moved, who holds which role, the status of services, the state of
instruments, seats on committees and who employs the teams.

` + exitHelp,
		Example: "  remit changes --from 2025-03-31 --to 2025-04-01\n  remit changes --from 2026-03-31 --to 2026-04-01 --kind organisation",
		Args:    cobra.NoArgs,
		RunE: func(_ *cobra.Command, _ []string) error {
			first, err := referenceDay("--from", from)
			if err != nil {
				return err
			}
			last, err := referenceDay("--to", to)
			if err != nil {
				return err
			}
			if first > last {
				return fail(exitUsage, fmt.Errorf("--from %s is after --to %s", first, last), "put the earlier day first")
			}
			if kind != "" && !slices.Contains(differenceKinds, kind) {
				return fail(exitUsage, fmt.Errorf("--kind: %q is not known", kind), "write one of "+strings.Join(differenceKinds, ", "))
			}
			b, err := s.book()
			if err != nil {
				return err
			}
			defer b.Pack().Close()
			list := slices.DeleteFunc(b.Between(first, last), func(d holding.Difference) bool { return kind != "" && d.Kind != kind })
			if asJSON {
				return writeJSON(s.out, list)
			}
			return writeDifferences(s.out, list)
		},
	}
	c.Flags().StringVar(&from, "from", "", "the earlier day, YYYY-MM-DD")
	c.Flags().StringVar(&to, "to", "", "the later day, YYYY-MM-DD (default: today)")
	c.Flags().StringVar(&kind, "kind", "", "only changes of this kind: "+strings.Join(differenceKinds, ", "))
	c.Flags().BoolVar(&asJSON, "json", false, "write one JSON array")
	if err := c.MarkFlagRequired("from"); err != nil {
		panic(err) // the flag is the one defined above
	}
	return c
}

func writeDifferences(w io.Writer, list []holding.Difference) error {
	tabs := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, d := range list {
		people := ""
		if d.People != "" {
			people = "for the people of " + d.People
		}
		fmt.Fprintf(tabs, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", d.On, d.Kind, short(d.Code), short(d.Name), d.What, beforeAfter(d), people)
	}
	if err := tabs.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%d changes\n", len(list))
	return err
}

func beforeAfter(d holding.Difference) string {
	switch {
	case d.Before == "":
		return d.After
	case d.After == "":
		return d.Before
	}
	return d.Before + " -> " + d.After
}

// short cuts what would make a line of a table too long to read; JSON has it all.
func short(s string) string {
	const most = 48
	if r := []rune(s); len(r) > most {
		return string(r[:most-3]) + "..."
	}
	return s
}
