package cli

import (
	"encoding/csv"
	"errors"
	"io"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"remit/activity"
	"remit/calendar"
	"remit/calendars"
	"remit/monitor"
)

// planCommand makes the commands about plans.
func (s *session) planCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "plan",
		Short:   "Spread a plan over its year, and compare what was done with it",
		Example: "  remit plan spread plan.csv --phasing working_days\n  remit plan variance plan.csv actual.csv --month 3 --by icb,pod",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.AddCommand(s.planSpreadCommand(), s.planVarianceCommand())
	return c
}

// phasing are the flags by which a plan is spread.
type phasing struct{ name, lastYear string }

func (p *phasing) add(c *cobra.Command) {
	c.Flags().StringVar(&p.name, "phasing", "twelfths", "how years are spread where a row does not say: twelfths, calendar_days, working_days, last_year")
	c.Flags().StringVar(&p.lastYear, "last-year", "", "CSV in the layout of a plan with what was done in the year before, for last_year")
}

// cells reads a plan and spreads it.
func (p *phasing) cells(path string) ([]monitor.Cell, error) {
	c, err := calendar.Load(calendars.Files)
	if err != nil {
		return nil, fail(exitReference, err, "")
	}
	phaser := monitor.Phaser{Default: p.name, Calendar: c}
	if p.lastYear != "" {
		if phaser.LastYear, err = actuals(p.lastYear); err != nil {
			return nil, err
		}
	}
	rows, err := planRows(path)
	if err != nil {
		return nil, err
	}
	cells, err := phaser.Spread(path, rows)
	return cells, planFault(err)
}

func planRows(path string) ([]monitor.PlanRow, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fail(exitInput, err, "")
	}
	defer f.Close()
	rows, err := monitor.ReadPlan(path, f)
	return rows, planFault(err)
}

// actuals reads what was done, by month, from the layout of a plan.
func actuals(path string) ([]monitor.Cell, error) {
	rows, err := planRows(path)
	if err != nil {
		return nil, err
	}
	var cells []monitor.Cell
	for _, r := range rows {
		if r.Month == 0 {
			return nil, fail(exitInput, errors.New(path+" row "+strconv.Itoa(r.Line)+": it has no month"), "what was done is given by month, 1 for April to 12 for March")
		}
		cells = append(cells, monitor.Cell{Key: r.Key, Month: calendar.Month{Year: r.Year, Month: r.Month}, Figures: monitor.Figures{ActualActivity: r.Activity, ActualPrice: r.Price}})
	}
	return monitor.Merge(cells), nil
}

func planFault(err error) error {
	var plan *monitor.PlanError
	var file *activity.FileError
	if errors.As(err, &plan) || errors.As(err, &file) {
		return fail(exitInput, err, "nothing was written")
	}
	return err
}

func (s *session) planSpreadCommand() *cobra.Command {
	var p phasing
	c := &cobra.Command{
		Use:   "spread FILE",
		Short: "Print a plan by month",
		Long: `Print a plan by month, as CSV. The file is an Indicative Activity Plan, or CSV with
the columns provider, commissioner, service_line, pod, year, month, activity and price
(and practice, category, hrg, phasing where wanted). A row of month 0, or without one,
is a year: its months sum to it exactly. Rows by month stay as they are.`,
		Example: "  remit plan spread plan.csv --phasing working_days",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			cells, err := p.cells(args[0])
			if err != nil {
				return err
			}
			return writePlan(s.out, cells)
		},
	}
	p.add(c)
	return c
}

func writePlan(w io.Writer, cells []monitor.Cell) error {
	out := csv.NewWriter(w)
	out.Write([]string{"provider", "commissioner", "practice", "service_line", "pod", "category", "chapter", "year", "month", "activity", "price"})
	for _, c := range cells {
		out.Write([]string{c.Provider, c.Commissioner, c.Practice, c.Line, c.POD, c.Category, c.Chapter, calendar.YearCode(c.Year), strconv.Itoa(c.Month.Month),
			c.PlannedActivity.String(), c.PlannedPrice.String()})
	}
	out.Flush()
	return out.Error()
}
