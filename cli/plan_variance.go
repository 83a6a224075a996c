package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"remit/calendar"
	"remit/monitor"
)

func (s *session) planVarianceCommand() *cobra.Command {
	var p phasing
	var month int
	var by []string
	var inMonth bool
	var on dayFlag
	var l ledgerPlan
	c := &cobra.Command{
		Use:   "variance [PLAN [ACTUAL]]",
		Short: "Compare what was done with the plan, and foresee the year end",
		Long: `Compare what was done with the plan: activity, price, and what the difference in
price comes of (volume, rate, mix), by any dimensions in any order, with two forecasts
of the year end. ACTUAL has the layout of a plan, by month. Organisations are shown on
the map of the day that --on names; what cannot be placed on it is shown as such, with
the reason.

Without ACTUAL the actual is what was taken in with remit submit, of the submissions
that count; without PLAN the plan is that which was submitted, or that of a file
plans/*.csv in the data directory. --provider and --year then say whose.

Dimensions: programme, service, line, provider, provider_icb, commissioner, sub_icb, icb,
cluster, footprint, region, hub, pod, chapter, category, delegation, month.`,
		Example: "  remit plan variance plan.csv actual.csv --month 3 --by icb,pod\n  remit plan variance plan.csv actual.csv --month 3 --by icb --on 2026-03-31\n  remit plan variance --provider RJ7 --year 2026-27 --month 3 --by line",
		Args:    cobra.MaximumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if month < 1 || month > calendar.LastMonth {
				return fail(exitUsage, fmt.Errorf("%d is no month", month), "say with --month how far the year has come: 1 for April to 12 for March")
			}
			var dimensions []monitor.Dimension
			for _, name := range by {
				d, err := monitor.ParseDimension(name)
				if err != nil {
					return fail(exitUsage, err, "")
				}
				dimensions = append(dimensions, d)
			}
			day, err := on.day()
			if err != nil {
				return err
			}
			planned, done, err := s.plannedAndDone(cmd.Context(), args, &p, &l)
			if err != nil {
				return err
			}
			pack, err := s.pack()
			if err != nil {
				return err
			}
			defer pack.Close()
			cells := monitor.Merge(planned, done)
			if len(cells) == 0 {
				return fail(exitInput, errors.New("there is neither a plan nor an actual"), "see remit submissions list; name another provider, year or basis")
			}
			period := monitor.YearToDate(month)
			if inMonth {
				period = monitor.InMonth(month)
			}
			return writeVariance(s.out, cells, month, period, monitor.NewStructure(pack, day), dimensions)
		},
	}
	p.add(c)
	l.add(c)
	c.Flags().IntVar(&month, "month", 0, "month to which the year has come: 1 for April to 12 for March")
	c.Flags().BoolVar(&inMonth, "in-month", false, "compare the month alone, not the year to date")
	c.Flags().StringSliceVar(&by, "by", []string{"provider"}, "dimensions, in order")
	c.Flags().StringVar(&on.text, "on", "", "day of the map of organisations (default: today)")
	return c
}

func writeVariance(w io.Writer, cells []monitor.Cell, month int, period monitor.Period, on *monitor.Structure, by []monitor.Dimension) error {
	year := cells[0].Year
	for _, c := range cells {
		if c.Year != year {
			return fail(exitInput, fmt.Errorf("there are rows of %s and of %s", calendar.YearName(year), calendar.YearName(c.Year)), "give the plan and the actuals of one year")
		}
	}
	names := make([]string, len(by))
	for i, d := range by {
		names[i] = d.String()
	}
	v := monitor.NewView(monitor.In(cells, year, period), on)
	tabs := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tabs, strings.Join(names, "\t")+"\tplan\tactual\tplan £\tactual £\tvariance £\tvolume\trate\tmix")
	row := func(label string, g monitor.Group) {
		fmt.Fprintf(tabs, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", label, g.PlannedActivity, g.ActualActivity, g.PlannedPrice.Pounds(), g.ActualPrice.Pounds(),
			g.PriceVariance().Pounds(), g.Volume.Pounds(), g.Rate.Pounds(), g.Mix.Pounds())
	}
	for _, g := range v.Cut(by...) {
		row(strings.Join(g.Values, "\t"), g)
	}
	row("all"+strings.Repeat("\t", len(by)-1), v.Total())
	if err := tabs.Flush(); err != nil {
		return err
	}
	f := monitor.NewForecast(cells, year, month, monitor.Twelfths())
	fmt.Fprintf(w, "\nYear end, planned £%s: by remaining plan £%s, by run rate £%s.\n", f.Plan.PlannedPrice.Pounds(), f.RemainingPlan.ActualPrice.Pounds(), f.RunRate.ActualPrice.Pounds())
	for _, m := range v.NotPlaced() {
		fmt.Fprintf(w, "Not placed: £%s of %s: %s.\n", m.ActualPrice.Pounds(), m.Commissioner, m.Reason)
	}
	return nil
}
