package cli

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"remit/activity"
	"remit/intake"
	"remit/submission"
)

func (s *session) submissionsIdentitiesCommand(at *place) *cobra.Command {
	var provider, year, tolerance string
	var invoices []string
	var month, most int
	var asJSON bool
	c := &cobra.Command{
		Use:   "identities",
		Short: "Test the reconciliation identities of what was submitted, and show the lines that differ",
		Long: `Test the reconciliation identities of the standards for every provider,
commissioner, year and month of the submissions that count: the aggregate is the
invoice; it is the patient, drug and device feeds together; and of each point of
delivery the feed that holds it. One of which a side was not sent is not tested.

Invoices are read from invoices/*.csv in the data directory and from --invoices:
provider, commissioner, year, month, value, reference. The exit code is 1 if any
identity differs.`,
		Example: "  remit submissions identities --provider RJ1 --year 202526 --data remit-data",
		Args:    cobra.NoArgs,
		RunE: withLedger(at, func(c *cobra.Command, _ []string, l *intake.Ledger) error {
			allowed, present, err := activity.ParseAmount([]byte(tolerance))
			if err != nil || !present || allowed.Sign() < 0 {
				return fail(exitUsage, fmt.Errorf("--tolerance: %q is no amount of pounds", tolerance), "write one such as 0.01")
			}
			billed, err := l.Invoices()
			if err == nil {
				var more []submission.Invoice
				more, err = intake.ReadInvoices(invoices...)
				billed = append(billed, more...)
			}
			if err != nil {
				return fail(exitInput, err, "mend the files of invoices")
			}
			pack, err := s.pack()
			if err != nil {
				return err
			}
			defer pack.Close()
			v, err := l.View(c.Context())
			if err != nil {
				return err
			}
			provider, year = strings.ToUpper(provider), strings.NewReplacer("/", "", "-", "").Replace(year)
			var where []intake.Where
			for _, w := range []struct {
				by    intake.Dimension
				value string
			}{{intake.Provider, provider}, {intake.Year, year}, {intake.Month, monthText(month)}} {
				if w.value != "" {
					where = append(where, intake.Is(w.by, w.value))
				}
			}
			list, err := v.Identities(c.Context(), pack, intake.OfPlace(billed, provider, year, month), allowed, where...)
			if err != nil {
				return err
			}
			if asJSON {
				err = writeJSON(s.out, list)
			} else {
				err = writeIdentities(s.out, list, most)
			}
			if n := identityCounts(list)[submission.Differs]; err == nil && n > 0 {
				return fail(exitDifferences, errors.New(""), "")
			}
			return err
		}),
	}
	c.Flags().StringVar(&provider, "provider", "", "of this provider only")
	c.Flags().StringVar(&year, "year", "", "of this financial year only: 202526")
	c.Flags().IntVar(&month, "month", 0, "of this month only, 1 to 13")
	c.Flags().StringVar(&tolerance, "tolerance", "0.01", "by how many pounds the sides may differ")
	c.Flags().StringArrayVar(&invoices, "invoices", nil, "file of invoices, besides those of the data directory")
	c.Flags().IntVar(&most, "most", 10, "identities that differ to print, and lines of each; 0 for all")
	c.Flags().BoolVar(&asJSON, "json", false, "write one JSON array")
	return c
}

func monthText(month int) string {
	if month == 0 {
		return ""
	}
	return strconv.Itoa(month)
}

func identityCounts(list []submission.Identity) map[submission.State]int {
	counts := map[submission.State]int{}
	for _, i := range list {
		counts[i.State]++
	}
	return counts
}

func writeIdentities(w io.Writer, list []submission.Identity, most int) error {
	counts := identityCounts(list)
	fmt.Fprintf(w, "%s hold, %s differ, %s not tested for want of a side\n", thousands(int64(counts[submission.Holds])), thousands(int64(counts[submission.Differs])), thousands(int64(counts[submission.NotTested])))
	shown := 0
	for _, i := range list {
		if i.State != submission.Differs {
			continue
		}
		if shown++; most > 0 && shown > most {
			_, err := fmt.Fprintf(w, "\nand %d more that differ: --most 0\n", counts[submission.Differs]-most)
			return err
		}
		fmt.Fprintf(w, "\n%s, commissioner %s, %s month %d: %s: £%s against £%s, a difference of £%s\n", i.Provider, shownCode(i.Commissioner), i.Year, i.Month, i.ID.Says(), i.Left.Pounds(), i.Right.Pounds(), i.Difference.Pounds())
		lines := i.Lines
		if most > 0 && len(lines) > most {
			lines = lines[:most]
		}
		if len(lines) == 0 {
			continue
		}
		if err := table(w, func(w io.Writer) {
			fmt.Fprintln(w, "  SERVICE LINE\tPOD\tAGGREGATE\tOTHER\tDIFFERENCE")
			for _, x := range lines {
				fmt.Fprintf(w, "  %s\t%s\t£%s\t£%s\t£%s\n", x.Service, x.POD, x.Left.Pounds(), x.Right.Pounds(), x.Difference.Pounds())
			}
		}); err != nil {
			return err
		}
		if more := len(i.Lines) - len(lines); more > 0 {
			fmt.Fprintf(w, "  and %d more lines\n", more)
		}
	}
	return nil
}

func shownCode(code string) string {
	if code == "" {
		return "blank"
	}
	return code
}
