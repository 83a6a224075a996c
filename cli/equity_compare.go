package cli

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"remit/access"
)

func (s *session) equityCompareCommand(q *equityFlags) *cobra.Command {
	var f form
	var area string
	c := &cobra.Command{
		Use:   "compare",
		Short: "Every service of one area: observed beside expected",
		Long: `Set the use of every service by the people of one board or sub-ICB location beside
what is expected of them, those furthest below first.`,
		Example: "  remit equity compare --area QMJ\n  remit equity compare --area 93C --csv",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			i, err := s.inquire(c.Context(), q)
			if err != nil {
				return err
			}
			defer i.close()
			cut := access.ByICB
			if i.m.Name(access.ByICB, area) == area {
				cut = access.BySubICB
			}
			counts, people, err := i.counts(c.Context(), cut)
			if err != nil {
				return err
			}
			if !slices.Contains(people.Areas, area) {
				return fail(exitUsage, fmt.Errorf("%q is no board or sub-ICB location of the map of %s", area, i.m.Day), "see the areas with remit equity rates")
			}
			list, err := access.Compare(counts, people, area, i.unit, i.rule)
			if err != nil {
				return fail(exitInput, err, "")
			}
			l := &listing{Title: fmt.Sprintf("%s (%s): %s of each service beside what is expected", i.m.Name(cut, area), area, i.unit),
				Columns: []string{"service", "title", "observed", "expected", "ratio", "ratio_lower", "ratio_upper", "stands"}}
			for _, x := range list {
				line := []value{word(x.Service), word(i.title(slices.Index(i.people.Services, x.Service)))}
				if x.Row.Small {
					line = append(line, kept(), real(x.Row.Expected, 1), kept(), kept(), kept(), word(""))
				} else {
					line = append(line, real(i.rule.Rounded(x.Row.Observed), 0), real(x.Row.Expected, 1), real(x.Row.Ratio.Value, 3), real(x.Row.Ratio.C95.Lower, 3), real(x.Row.Ratio.C95.Upper, 3), word(x.Row.Where()))
				}
				l.Rows = append(l.Rows, line)
			}
			l.Notes = i.provenance(counts, -1)
			return f.write(s.out, l)
		},
	}
	c.Flags().StringVar(&area, "area", "", "a board or sub-ICB location: QMJ")
	f.add(c)
	must(c, "area")
	return c
}
