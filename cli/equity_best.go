package cli

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"remit/access"
)

func (s *session) equityBestCommand(q *equityFlags) *cobra.Command {
	var f form
	var service string
	c := &cobra.Command{
		Use:   "best-fifth",
		Short: "How many more people if every area matched the best fifth",
		Long: `For each service, or for the areas of one: how many more people would be seen if
every board used it as the fifth of boards with the highest use for their people does.
It is a measure of spread and no target: more use is not always better.`,
		Example: "  remit equity best-fifth\n  remit equity best-fifth --service 11 --csv",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			q.events = false
			i, err := s.inquire(c.Context(), q)
			if err != nil {
				return err
			}
			defer i.close()
			counts, people, err := i.counts(c.Context(), access.ByICB)
			if err != nil {
				return err
			}
			if service != "" {
				return i.writeBestOf(s, &f, counts, people, service)
			}
			return i.writeBest(s, &f, counts, people)
		},
	}
	c.Flags().StringVar(&service, "service", "", "the areas of this service")
	f.add(c)
	return c
}

func (i *inquiry) writeBest(s *session, f *form, counts *access.Counts, people *access.Population) error {
	l := &listing{Title: "How many more people would be seen if every board matched the best fifth", Columns: []string{"service", "title", "persons", "best_ratio", "more", "more_per_cent"}}
	var refused int
	var list []*access.Result
	for n := range counts.Services {
		r, err := access.Rates(counts, n, people, access.Persons, i.rule)
		if err != nil {
			return fail(exitInput, err, "")
		}
		if r.Best == nil {
			refused++
			continue
		}
		list = append(list, r)
	}
	slices.SortStableFunc(list, func(a, b *access.Result) int { return cmp.Compare(b.Best.All, a.Best.All) })
	for _, r := range list {
		l.Rows = append(l.Rows, []value{word(r.Service), word(i.title(slices.Index(i.people.Services, r.Service))), real(i.rule.Rounded(r.Observed), 0), real(r.Best.Best, 3), real(r.Best.All, 0), real(100*r.Best.All/r.Observed, 1)})
	}
	l.Notes = append([]string{fmt.Sprintf("%d services have too few people, or too few areas, to be compared.", refused),
		"Best fifth: the boards with the highest observed over expected, pooled. More: best ratio times expected, less observed, where that is above 0."}, i.provenance(counts, -1)...)
	return f.write(s.out, l)
}

func (i *inquiry) writeBestOf(s *session, f *form, counts *access.Counts, people *access.Population, service string) error {
	n, err := i.serviceOf(service)
	if err != nil {
		return err
	}
	r, err := access.Rates(counts, n, people, access.Persons, i.rule)
	if err != nil {
		return fail(exitInput, err, "")
	}
	l := &listing{Title: i.title(n) + ": how many more people at the use of the best fifth", Columns: []string{"area", "name", "observed", "expected", "ratio", "more"}}
	if r.Best != nil {
		for k := range r.Rows {
			row := &r.Rows[k]
			if row.Small {
				l.Rows = append(l.Rows, []value{word(row.Area), word(i.m.Name(r.Cut, row.Area)), kept(), real(row.Expected, 1), kept(), kept()})
				continue
			}
			l.Rows = append(l.Rows, []value{word(row.Area), word(i.m.Name(r.Cut, row.Area)), real(i.rule.Rounded(row.Observed), 0), real(row.Expected, 1), real(row.Ratio.Value, 3), real(row.More, 1)})
		}
	}
	l.Notes = append(i.findings(r), append(access.Method(r, people), i.provenance(counts, n)...)...)
	return f.write(s.out, l)
}
