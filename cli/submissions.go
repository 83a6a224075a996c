package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"remit/intake"
)

func (s *session) submissionsCommand() *cobra.Command {
	var at place
	c := &cobra.Command{
		Use:   "submissions",
		Short: "What providers sent: list, findings, who pays",
		Long: `Look at what was taken in with remit submit. A submission is named by its id, the
beginning of it, or the name of its file.`,
		Example: "  remit submissions list\n  remit submissions findings 3fa9\n  remit submissions payers --provider RJ1",
	}
	at.add(c)
	c.AddCommand(s.submissionsListCommand(&at), s.submissionsShowCommand(&at), s.submissionsFindingsCommand(&at), s.submissionsReplyCommand(&at), s.submissionsChangesCommand(&at), s.submissionsIdentitiesCommand(&at), s.submissionsReassignCommand(&at), s.submissionsPayersCommand(&at))
	return c
}

// withLedger makes what a command does of what it does with the ledger open.
func withLedger(at *place, do func(c *cobra.Command, args []string, l *intake.Ledger) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) error {
		if err := at.resolve(); err != nil {
			return err
		}
		l, err := openLedger(at.dir)
		if err != nil {
			return err
		}
		defer l.Close()
		return do(c, args, l)
	}
}

// oneSubmission finds the submission that a command names.
func oneSubmission(l *intake.Ledger, id string) (*intake.Submission, error) {
	sub, err := l.Find(id)
	if errors.Is(err, intake.ErrNoSubmission) {
		return nil, fail(exitInput, err, "see remit submissions list")
	}
	return sub, err
}

func (s *session) submissionsListCommand(at *place) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "list",
		Example: "  remit submissions list --data remit-data",
		Short:   "List the submissions, and which of them count",
		Args:    cobra.NoArgs,
		RunE: withLedger(at, func(_ *cobra.Command, _ []string, l *intake.Ledger) error {
			if asJSON {
				return writeJSON(s.out, l.All())
			}
			return writeSubmissions(s.out, l)
		}),
	}
	c.Flags().BoolVar(&asJSON, "json", false, "write one JSON array")
	return c
}

func writeSubmissions(w io.Writer, l *intake.Ledger) error {
	all := l.All()
	if len(all) == 0 {
		_, err := fmt.Fprintln(w, "nothing was taken in yet: remit submit FILE")
		return err
	}
	return table(w, func(w io.Writer) {
		fmt.Fprintln(w, "ID\tPROVIDER\tFEED\tYEAR\tMONTHS\tKIND\tROWS\tMONEY\tFINDINGS\tSTATE\tCOUNTS")
		for _, sub := range all {
			h := sub.Heading()
			months := ""
			if len(h.Months) > 0 {
				months = monthsText(h.Months)
			}
			now, slices := l.Counts(sub)
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t£%s\t%d\t%s\t%d of %d\n", sub.ID, h.Provider, h.Feed, h.Year, months, h.Kind,
				thousands(sub.Result.Rows), sub.Result.Money.Pounds(), len(sub.Result.Findings), sub.State, now, slices)
		}
	})
}

func (s *session) submissionsShowCommand(at *place) *cobra.Command {
	return &cobra.Command{
		Use:     "show ID",
		Example: "  remit submissions show 3fa9 --data remit-data",
		Short:   "Show one submission as JSON: what came, what was found, by what it was decided",
		Args:    needs(1, 1, "the id of a submission"),
		RunE: withLedger(at, func(_ *cobra.Command, args []string, l *intake.Ledger) error {
			sub, err := oneSubmission(l, args[0])
			if err != nil {
				return err
			}
			return writeJSON(s.out, sub)
		}),
	}
}

func (s *session) submissionsFindingsCommand(at *place) *cobra.Command {
	return &cobra.Command{
		Use:     "findings ID",
		Example: "  remit submissions findings 3fa9 --data remit-data",
		Short:   "List what the validation rules found in a submission",
		Args:    needs(1, 1, "the id of a submission"),
		RunE: withLedger(at, func(_ *cobra.Command, args []string, l *intake.Ledger) error {
			sub, err := oneSubmission(l, args[0])
			if err != nil {
				return err
			}
			return writeFindings(s.out, sub)
		}),
	}
}

func writeFindings(w io.Writer, sub *intake.Submission) error {
	if len(sub.Result.Findings) == 0 {
		_, err := fmt.Fprintln(w, "the rules found nothing")
		return err
	}
	return table(w, func(w io.Writer) {
		fmt.Fprintln(w, "SEVERITY\tRULE\tCOLUMN\tROWS\tMONEY\tWHAT\tDO\tFOR EXAMPLE")
		for _, f := range sub.Result.Findings {
			example := ""
			if len(f.Samples) > 0 {
				example = fmt.Sprintf("row %d", f.Samples[0].Row)
				if v := f.Samples[0].Value; v != "" {
					example += fmt.Sprintf(": %s", short(v))
				}
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t£%s\t%s\t%s\t%s\n", severityWord(f.Severity), f.Rule, f.Column, thousands(f.Rows), f.Money.Pounds(), f.Message, f.Remedy, example)
		}
	})
}

func (s *session) submissionsPayersCommand(at *place) *cobra.Command {
	var provider, year, basis string
	var most int
	c := &cobra.Command{
		Use:     "payers",
		Example: "  remit submissions payers --provider RJ1 --data remit-data",
		Short:   "List what is billed to the wrong body, of the submissions that count",
		Args:    cobra.NoArgs,
		RunE: withLedger(at, func(c *cobra.Command, _ []string, l *intake.Ledger) error {
			v, err := l.View(c.Context())
			if err != nil {
				return err
			}
			where := []intake.Where{intake.On(intake.Basis(basis))}
			if provider != "" {
				where = append(where, intake.Is(intake.Provider, provider))
			}
			if year != "" {
				where = append(where, intake.Is(intake.Year, year))
			}
			list, err := v.WrongBodies(c.Context(), where...)
			if err != nil {
				return err
			}
			return writeWrongBodies(s.out, list, most)
		}),
	}
	c.Flags().StringVar(&provider, "provider", "", "of this provider only")
	c.Flags().StringVar(&year, "year", "", "of this financial year only: 202526")
	c.Flags().StringVar(&basis, "basis", string(intake.Patient), "which feeds: patient, aggregate or hospital")
	c.Flags().IntVar(&most, "most", 20, "lines to print; 0 for all")
	return c
}

func writeWrongBodies(w io.Writer, list []intake.WrongBody, most int) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(w, "every row that counts is billed to the body that pays")
		return err
	}
	shown := list
	if most > 0 && len(list) > most {
		shown = list[:most]
	}
	err := table(w, func(w io.Writer) {
		fmt.Fprintln(w, "PROVIDER\tSERVICE LINE\tBILLED TO\tPAYS\tROWS\tMONEY\tWARNINGS")
		for _, b := range shown {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t£%s\t%s\n", b.Provider, b.ServiceCode, b.Submitted, b.Assigned, thousands(b.Rows), b.Money.Pounds(), b.Warnings)
		}
	})
	if err == nil && len(shown) < len(list) {
		_, err = fmt.Fprintf(w, "and %d more: --most 0\n", len(list)-len(shown))
	}
	return err
}
