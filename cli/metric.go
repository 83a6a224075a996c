package cli

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"remit/measure"
	"remit/metric"
	"remit/metrics"
	"remit/quality"
	"remit/register"
	"remit/sheet"
	"remit/store"
)

// metricCommand makes the commands about quality metrics and their returns.
func (s *session) metricCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "metric",
		Short: "Quality metrics: definitions, quarterly returns, sign-off, releases and alerts",
		Long: `Define quality metrics, take in what providers return each quarter, have it signed by
a second person, publish it, and follow the alerts that each release raises.
Definitions are files, one version each, in the folder metrics of the data directory
and those that ship. A figure may be zero, or absent in three ways that stay apart:
not submitted, suppressed, not applicable. What is published is frozen: a correction is
a new version with a reason.`,
		Example: "  remit metric list\n  remit metric template --provider RJ7 --quarter '2026/27 Q2'\n  remit metric submit RJ7.csv --as clerk",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var p place
	p.add(c)
	c.AddCommand(s.metricListCommand(&p), s.metricShowCommand(&p), s.metricCheckCommand(), s.metricDueCommand(&p), s.metricTemplateCommand(&p), s.metricSubmitCommand(&p), s.metricReturnsCommand(&p),
		s.metricSignCommand(&p), s.metricSendBackCommand(&p), s.metricPublishCommand(&p), s.metricFiguresCommand(&p), s.metricAlertsCommand(&p), s.metricAcknowledgeCommand(&p), s.metricDigestCommand(&p))
	return c
}

// metricFiles are the definitions and tables that ship, with the operator's own.
func metricFiles(dir string) fs.FS {
	own := filepath.Join(dir, "metrics")
	if info, err := os.Stat(own); err != nil || !info.IsDir() {
		return metric.Laid{Shipped: metrics.Files}
	}
	return metric.Laid{Shipped: metrics.Files, Own: os.DirFS(own)}
}

// loadMetrics reads definitions, tables and the rules of alerts.
func loadMetrics(dir string) (*metric.Collection, []quality.Rule, error) {
	files := metricFiles(dir)
	c, err := metric.LoadCollection(files)
	if err != nil {
		return nil, nil, metricFault(err)
	}
	rules, err := quality.LoadRules(files)
	return c, rules, metricFault(err)
}

func (p *place) metricData() (*metric.Collection, []quality.Rule, error) {
	if err := p.resolve(); err != nil {
		return nil, nil, err
	}
	return loadMetrics(p.dir)
}

// metricFault gives faults of definitions and of tables their exit code.
func metricFault(err error) error {
	var faults metric.Faults
	var rows sheet.Faults
	var cells metric.ReturnFaults
	switch {
	case err == nil:
		return nil
	case errors.As(err, &faults), errors.As(err, &rows):
		return fail(exitReference, err, "put the files right; remit metric check tells all that is wrong")
	case errors.As(err, &cells):
		return fail(exitInput, err, "nothing was taken in; put the rows right and submit the file again")
	}
	return err
}

// quarterFlag is a quarter on the command line: the last that is over, when left out.
type quarterFlag struct{ text string }

func (f *quarterFlag) add(c *cobra.Command, help string) {
	c.Flags().StringVar(&f.text, "quarter", "", help)
}

func (f *quarterFlag) quarter() (metric.Quarter, error) {
	if f.text == "" {
		return metric.Latest(time.Now().In(register.England)), nil
	}
	q, err := metric.ParseQuarter(f.text)
	if err != nil {
		return q, fail(exitUsage, err, "")
	}
	return q, nil
}

// profileFlag is a profile of control charts.
func profileFlag(c *cobra.Command, into *string) {
	c.Flags().StringVar(into, "profile", "", "profile of control charts (default: "+measure.Profiles()[0].String()+")")
	var names []string
	for _, p := range measure.Profiles() {
		names = append(names, p.Name)
	}
	mustComplete(c, "profile", names, cobra.ShellCompDirectiveNoFileComp)
}

func profileOf(name string) (measure.Profile, error) {
	if name == "" {
		return measure.Profiles()[0], nil
	}
	p, err := measure.ProfileOf(name)
	if err != nil {
		return p, fail(exitUsage, err, "")
	}
	return p, nil
}

// board builds the board of what is published.
func board(ctx context.Context, st *store.Store, c *metric.Collection, p measure.Profile, release int64) (*quality.Board, error) {
	figures, find, err := st.PublishedFigures(ctx, release)
	if err != nil {
		return nil, storeFault(err)
	}
	return quality.Build(figures, quality.Options{Profile: p, Definition: find, Rebases: c.Rebases, Workers: 2}), nil
}

func (s *session) metricListCommand(p *place) *cobra.Command {
	var f form
	var service, outcome string
	c := &cobra.Command{
		Use:     "list",
		Short:   "List the metrics that are defined, with their versions and reviews",
		Example: "  remit metric list\n  remit metric list --service NCBPS14A\n  remit metric list --outcome accessible --csv",
		Args:    noArguments,
		RunE: func(*cobra.Command, []string) error {
			set, _, err := p.metricData()
			if err != nil {
				return err
			}
			l := &listing{Title: "Quality metrics", Columns: []string{"metric", "version", "title", "services", "status", "outcomes", "source", "from", "to", "next_review"}}
			overdue := set.Overdue(time.Now())
			for _, d := range set.All() {
				if service != "" && !d.For(service) || outcome != "" && !slices.Contains(d.Outcomes, outcome) {
					continue
				}
				review := d.NextReview.Format(time.DateOnly)
				if slices.Contains(overdue, d) {
					review += " (overdue)"
				}
				l.Rows = append(l.Rows, []value{word(d.ID), {itoa(d.Version), itoa(d.Version), true}, word(d.Title), word(strings.Join(d.Services, " ")), word(d.Status), word(strings.Join(d.Outcomes, ", ")), word(d.SourceKind),
					word(d.From.Format(time.DateOnly)), word(dateOr(d.To, "")), word(review)})
			}
			l.Notes = []string{count(len(l.Rows), "definition") + ". Those of national audits are restated from what the audits publish; none is an identifier of a national dashboard."}
			return f.write(s.out, l)
		},
	}
	c.Flags().StringVar(&service, "service", "", "those of a service")
	c.Flags().StringVar(&outcome, "outcome", "", "those with an outcome: "+strings.Join(metric.Outcomes, ", "))
	mustComplete(c, "outcome", metric.Outcomes, cobra.ShellCompDirectiveNoFileComp)
	f.add(c)
	return c
}

func dateOr(t time.Time, blank string) string {
	if t.IsZero() {
		return blank
	}
	return t.Format(time.DateOnly)
}
