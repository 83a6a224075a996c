package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"remit/metric"
	"remit/quality"
)

func itoa(n int) string { return strconv.Itoa(n) }

func (s *session) metricShowCommand(p *place) *cobra.Command {
	var version int
	c := &cobra.Command{
		Use:     "show METRIC",
		Short:   "Show the definition of a metric, and which of its versions make one series",
		Example: "  remit metric show hiv-late-diagnosis\n  remit metric show hiv-late-diagnosis --version 1",
		Args:    needs(1, 1, "one metric"),
		RunE: func(_ *cobra.Command, args []string) error {
			set, _, err := p.metricData()
			if err != nil {
				return err
			}
			versions := set.Versions(args[0])
			if len(versions) == 0 {
				return fail(exitInput, fmt.Errorf("there is no metric %q", args[0]), "run remit metric list")
			}
			d := versions[len(versions)-1]
			if version != 0 {
				if d = set.Version(args[0], version); d == nil {
					return fail(exitInput, fmt.Errorf("%s has no version %d", args[0], version), fmt.Sprintf("it has versions 1 to %d", len(versions)))
				}
			}
			if _, err := s.out.Write(d.Text); err != nil {
				return err
			}
			fmt.Fprintf(s.out, "\n# Version %d of %d. Meaning %s.\n", d.Version, len(versions), d.Meaning())
			for _, series := range set.Series(d.ID) {
				var in []string
				for _, x := range series {
					in = append(in, itoa(x.Version))
				}
				fmt.Fprintf(s.out, "# One series: version %s, from %s.\n", strings.Join(in, " and "), series[0].From.Format(time.DateOnly))
			}
			return nil
		},
	}
	c.Flags().IntVar(&version, "version", 0, "a version (default: the latest)")
	return c
}

func (s *session) metricCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check FOLDER",
		Short: "Check a folder of definitions and tables, and tell all that is wrong",
		Long: `Check a folder of definitions and tables (timetable.csv, returners.csv, rebases.csv,
alerts.csv), laid over those that ship, and tell all that is wrong with file, line or row.`,
		Example: "  remit metric check remit-data/metrics",
		Args:    needs(1, 1, "one folder"),
		RunE: func(_ *cobra.Command, args []string) error {
			if info, err := os.Stat(args[0]); err != nil || !info.IsDir() {
				return fail(exitInput, fmt.Errorf("%s is no folder", args[0]), "name the folder of your definitions")
			}
			files := metric.Laid{Shipped: metricFiles(filepath.Join(args[0], "none")), Own: os.DirFS(args[0])}
			set, err := metric.LoadCollection(files)
			if err != nil {
				return metricFault(err)
			}
			rules, err := quality.LoadRules(files)
			if err != nil {
				return metricFault(err)
			}
			overdue := set.Overdue(time.Now())
			fmt.Fprintf(s.out, "No faults: %s, %s that return, %s of alerts.\n", count(len(set.All()), "definition"), count(len(set.Returners), "provider and service"), count(len(rules), "rule"))
			for _, d := range overdue {
				fmt.Fprintf(s.out, "%s: its review was due on %s.\n", d.Key(), d.NextReview.Format(time.DateOnly))
			}
			return nil
		},
	}
}
