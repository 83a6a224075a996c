package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"remit/intake"
	"remit/whole"
)

func (s *session) submissionsChangesCommand(at *place) *cobra.Command {
	var since, out string
	var most int
	c := &cobra.Command{
		Use:   "changes ID",
		Short: "Tell what changed since the last submission: added, removed, re-priced and re-coded rows, with money",
		Long: `Tell what changed between two submissions of one provider, feed and year: rows that
were added, removed, re-priced or re-coded, joined by the keys that survive a
restatement. The money of the parts adds up to the difference of the two totals.
Without --since the submission is compared with the last accepted before it.`,
		Example: "  remit submissions changes 3fa9 --data remit-data\n  remit submissions changes 3fa9 --since 81c0 --out changes.csv",
		Args:    needs(1, 1, "the id of a submission"),
		RunE: withLedger(at, func(c *cobra.Command, args []string, l *intake.Ledger) error {
			after, err := oneSubmission(l, args[0])
			if err != nil {
				return err
			}
			before := l.Previous(after)
			if since != "" {
				if before, err = oneSubmission(l, since); err != nil {
					return err
				}
			}
			if before == nil {
				return fail(exitInput, fmt.Errorf("%s has no submission of the same provider, feed and year before it", after.ID), "name one with --since")
			}
			changes, err := l.Changes(c.Context(), before, after)
			if errors.Is(err, intake.ErrNoComparison) {
				return fail(exitInput, err, "name two submissions of one provider, feed and year")
			}
			if err != nil {
				return err
			}
			if out != "" {
				return whole.Write(out, func(w io.Writer) error { return changes.WriteCSV(c.Context(), w) })
			}
			return writeChangedRows(c, s.out, changes, most)
		}),
	}
	c.Flags().StringVar(&since, "since", "", "the submission to compare with (default: the last accepted before)")
	c.Flags().StringVarP(&out, "out", "o", "", "file to write every changed row to, as CSV")
	c.Flags().IntVar(&most, "most", 20, "rows to print; 0 for all")
	return c
}

func writeChangedRows(c *cobra.Command, w io.Writer, changes *intake.Changes, most int) error {
	rows, net := changes.Net()
	before, after := changes.Before, changes.After
	fmt.Fprintf(w, "%s, £%s, since %s, £%s: %+d rows, £%s\n\n", after.Name, after.Result.Money.Pounds(), before.Name, before.Result.Money.Pounds(), rows, net.Pounds())
	if len(changes.Parts) == 0 {
		_, err := fmt.Fprintln(w, "no row changed")
		return err
	}
	err := table(w, func(w io.Writer) {
		fmt.Fprintln(w, "CHANGE\tMONTH\tROWS\tMONEY")
		for _, p := range changes.Parts {
			fmt.Fprintf(w, "%s\t%s\t%s\t£%s\n", p.Change, p.Month, thousands(p.Rows), p.Money.Pounds())
		}
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(w)
	var failed error
	err = table(w, func(w io.Writer) {
		fmt.Fprintln(w, "CHANGE\tMONTH\tSERVICE LINE\tPOD\tCOMMISSIONER\tBEFORE\tAFTER\tDIFFERENCE\tROW\tWHAT CHANGED")
		failed = changes.Rows(c.Context(), most, func(r *intake.ChangedRow) error {
			row := r.AfterRow
			if row == 0 {
				row = r.BeforeRow
			}
			_, err := fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t£%s\t£%s\t£%s\t%d\t%s\n", r.Change, r.Month, r.Service, r.POD, r.Commissioner, r.Before.Pounds(), r.After.Pounds(), r.Money.Pounds(), row, r.What)
			return err
		})
	})
	return errors.Join(failed, err)
}
