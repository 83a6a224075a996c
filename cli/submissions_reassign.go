package cli

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"remit/assign"
	"remit/intake"
)

func (s *session) submissionsReassignCommand(at *place) *cobra.Command {
	var f submitFlags
	c := &cobra.Command{
		Use:   "reassign [ID...]",
		Short: "Decide submissions again, by another method or the rules, prices and reference data of today",
		Long: `Decide submissions again: the rows are made anew from the file as it came, by the
method, validation rules, prices and reference data of today, and take the place of
those that stand in one step. Without an ID every submission with payers is decided
again. remit submissions show tells by what a submission was decided, when and by whom.`,
		Example: "  remit submissions reassign --data remit-data\n  remit submissions reassign 3fa9 --method cam-2025-26+A4=40 --data remit-data",
		RunE: withLedger(at, func(c *cobra.Command, args []string, l *intake.Ledger) error {
			list, err := chosen(l, args)
			if err != nil {
				return err
			}
			desk, err := s.desk(&f, at)
			if err != nil {
				return err
			}
			defer desk.Pack.Close()
			for _, sub := range list {
				p := newProgress(s.err, f.quiet)
				desk.Progress = func(n assign.Progress) { p.show(n.Rows, n.Read, n.Size) }
				again, err := l.Reassign(c.Context(), sub, desk, time.Now())
				p.done()
				if errors.Is(err, intake.ErrNotAssignable) {
					return fail(exitInput, err, "see remit submissions list")
				}
				if err != nil {
					return fmt.Errorf("%s: %w", sub.Name, err)
				}
				if f.quiet {
					continue
				}
				if _, err := fmt.Fprintf(s.out, "%s: %s, by %s: another body pays for %s, £%s\n", sub.ID, again.Submission.State, desk.Method.Spec(), count(again.Rows, "row"), again.Money.Pounds()); err != nil {
					return err
				}
			}
			return nil
		}),
	}
	c.Flags().StringVar(&f.method, "method", defaultMethod, "method by which payers are found")
	c.Flags().StringArrayVar(&f.rules, "rules", nil, "file of validation rules to lay over the shipped ones")
	c.Flags().StringArrayVar(&f.prices, "prices", nil, "directory of price sets to add to the shipped ones")
	c.Flags().BoolVar(&f.quiet, "quiet", false, "print nothing but errors")
	return c
}

// chosen are the submissions named, or all that have payers.
func chosen(l *intake.Ledger, ids []string) (list []*intake.Submission, err error) {
	for _, id := range ids {
		sub, err := oneSubmission(l, id)
		if err != nil {
			return nil, err
		}
		list = append(list, sub)
	}
	if len(ids) > 0 {
		return list, nil
	}
	for _, sub := range l.All() {
		if sub.Assigned != nil {
			list = append(list, sub)
		}
	}
	return list, nil
}
