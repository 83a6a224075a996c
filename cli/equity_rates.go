package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"remit/access"
)

func (s *session) equityRatesCommand(q *equityFlags) *cobra.Command {
	var f form
	var service, by, area string
	var working bool
	c := &cobra.Command{
		Use:   "rates",
		Short: "Standardised use of a service by area or group of people",
		Long: `Work out the use of a service by board, sub-ICB location, deprivation decile, age,
sex or ethnic group: observed beside expected with limits, the standardised rate,
and which areas stand outside what chance and the usual spread explain. With
--area and --working, each age band and sex from which an area's figures come.`,
		Example: "  remit equity rates --service 11\n  remit equity rates --service 11 --by decile --csv\n  remit equity rates --service 11 --area QMJ --working --map 2026-03-31",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cut := access.Cut(strings.ReplaceAll(by, "-", "_"))
			if !slices.Contains(access.Cuts, cut) {
				return fail(exitUsage, fmt.Errorf("--by %s: there is no such cut", by), "one of icb, sub_icb, decile, ethnicity, age, sex")
			}
			if working && area == "" {
				return fail(exitUsage, fmt.Errorf("--working is of one area"), "name it with --area")
			}
			i, err := s.inquire(c.Context(), q)
			if err != nil {
				return err
			}
			defer i.close()
			n, err := i.serviceOf(service)
			if err != nil {
				return err
			}
			counts, people, err := i.counts(c.Context(), cut)
			if err != nil {
				return err
			}
			if working {
				return i.writeWorking(s, &f, counts, n, people, area)
			}
			r, err := access.Rates(counts, n, people, i.unit, i.rule)
			if err != nil {
				return fail(exitInput, err, "the populations do not fit the records: see the sources of both")
			}
			l := i.ratesListing(r, area)
			l.Notes = append(i.findings(r), append(access.Method(r, people), i.provenance(counts, n)...)...)
			return f.write(s.out, l)
		},
	}
	c.Flags().StringVar(&service, "service", "", "a service or a line of one: 11, NCBPS11B")
	c.Flags().StringVar(&by, "by", "icb", "icb, sub_icb, decile, ethnicity, age or sex")
	c.Flags().StringVar(&area, "area", "", "this area alone")
	c.Flags().BoolVar(&working, "working", false, "the age bands and sexes from which the figures of --area come")
	f.add(c)
	must(c, "service")
	return c
}

func must(c *cobra.Command, flag string) {
	if err := c.MarkFlagRequired(flag); err != nil {
		panic(err) // the flag is defined above
	}
}

func (i *inquiry) ratesListing(r *access.Result, area string) *listing {
	l := &listing{Title: fmt.Sprintf("%s (service %s): %s by %s", i.title(slices.Index(i.people.Services, r.Service)), r.Service, r.Unit, access.Says[r.Cut]),
		Columns: []string{"area", "name", "observed", "expected", "ratio", "ratio_lower", "ratio_upper", "rate", "rate_lower", "rate_upper", "people", "stands"}}
	for k := range r.Rows {
		row := &r.Rows[k]
		if area != "" && row.Area != area {
			continue
		}
		line := []value{word(row.Area), word(i.m.Name(r.Cut, row.Area))}
		if row.Small {
			line = append(line, kept(), real(row.Expected, 1), kept(), kept(), kept(), kept(), kept(), kept())
		} else {
			line = append(line, real(i.rule.Rounded(row.Observed), 0), real(row.Expected, 1), real(row.Ratio.Value, 3), real(row.Ratio.C95.Lower, 3), real(row.Ratio.C95.Upper, 3))
			if row.Rate.Withheld != "" {
				line = append(line, value{"too few", "", true}, value{"", "", true}, value{"", "", true})
			} else {
				line = append(line, real(row.Rate.Value, 2), real(row.Rate.C95.Lower, 2), real(row.Rate.C95.Upper, 2))
			}
		}
		l.Rows = append(l.Rows, append(line, real(row.Population, 0), word(row.Where())))
	}
	return l
}

// findings are what the figures come to, in sentences.
func (i *inquiry) findings(r *access.Result) []string {
	list := []string{fmt.Sprintf("In all: %s %s of %s people, %.2f per 100,000.", i.count(r.Observed), r.Unit, thousands(int64(r.People)), r.Crude)}
	switch {
	case r.Slope != nil:
		list = append(list, fmt.Sprintf("Slope index %.2f per 100,000 (95%%: %.2f to %.2f), relative index %.3f (%.3f to %.3f).",
			r.Slope.Slope.Value, r.Slope.Slope.Limits.Lower, r.Slope.Slope.Limits.Upper, r.Slope.Relative.Value, r.Slope.Relative.Limits.Lower, r.Slope.Relative.Limits.Upper))
	case r.SlopeWhy != "":
		list = append(list, "No slope index: "+r.SlopeWhy)
	}
	switch {
	case r.Best != nil:
		list = append(list, fmt.Sprintf("%s more people would be seen if every area matched the best fifth (ratio %.3f).", thousands(int64(r.Best.All+0.5)), r.Best.Best))
	case r.BestWhy != "":
		list = append(list, "No comparison with the best fifth: "+r.BestWhy)
	}
	return list
}

func (i *inquiry) writeWorking(s *session, f *form, c *access.Counts, service int, p *access.Population, area string) error {
	steps, err := access.Working(c, service, p, area, i.unit, i.rule)
	if err != nil {
		return fail(exitUsage, err, "see the areas with remit equity rates")
	}
	l := &listing{Title: fmt.Sprintf("%s, %s (%s): how the expected number is worked out", i.title(service), i.m.Name(p.Cut, area), area),
		Columns: []string{"sex", "age", "people", "observed", "use_per_100000_of_all", "expected", "standard_population"}}
	expected := 0.0
	for _, x := range steps {
		observed := real(i.rule.Rounded(x.Observed), 0)
		if x.Withheld {
			observed = kept()
		}
		expected += x.Expected
		l.Rows = append(l.Rows, []value{word(x.Sex), word(x.Age), real(x.People, 0), observed, real(x.Reference, 3), real(x.Expected, 4), real(x.Weight, 0)})
	}
	l.Notes = append([]string{fmt.Sprintf("Expected is people times the use of all areas, added up: %.4f.", expected)}, i.provenance(c, service)...)
	return f.write(s.out, l)
}
