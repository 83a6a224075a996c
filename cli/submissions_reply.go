package cli

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"remit/intake"
	"remit/whole"
)

func (s *session) submissionsReplyCommand(at *place) *cobra.Command {
	var asHTML, asCSV bool
	var out string
	var rules []string
	c := &cobra.Command{
		Use:   "reply ID",
		Short: "Write the reply to the provider: what was found, or the rows with a finding column",
		Long: `Write what goes back to the provider. As HTML it is one page of what was found, with
the rows, the money and what to do, and no values that tell who a patient is. As
CSV it is the rows that have findings, as they came, with two more columns: what is
wrong, and what to do; the findings of the file as a whole come first.

The format is that of --out, else HTML.`,
		Example: "  remit submissions reply 3fa9 --out reply.html\n  remit submissions reply 3fa9 --csv --out reply.csv",
		Args:    needs(1, 1, "the id of a submission"),
		RunE: withLedger(at, func(_ *cobra.Command, args []string, l *intake.Ledger) error {
			if asHTML && asCSV {
				return fail(exitUsage, errors.New("--html and --csv are both given"), "give one")
			}
			sub, err := oneSubmission(l, args[0])
			if err != nil {
				return err
			}
			write := func(w io.Writer) error { return l.WriteReply(w, sub) }
			if asCSV || !asHTML && strings.EqualFold(filepath.Ext(out), ".csv") {
				if write, err = s.replyRows(at, l, sub, rules); err != nil {
					return err
				}
			}
			if out == "" {
				return write(s.out)
			}
			return whole.Write(out, write)
		}),
	}
	c.Flags().BoolVar(&asHTML, "html", false, "a page of what was found")
	c.Flags().BoolVar(&asCSV, "csv", false, "the rows that have findings")
	c.Flags().StringVarP(&out, "out", "o", "", "file to write (default: standard output)")
	c.Flags().StringArrayVar(&rules, "rules", nil, "file of validation rules to lay over the shipped ones")
	return c
}

// replyRows gives what writes the rows, which are held against the rules again.
func (s *session) replyRows(at *place, l *intake.Ledger, sub *intake.Submission, named []string) (func(io.Writer) error, error) {
	pack, err := s.pack()
	if err != nil {
		return nil, err
	}
	by, err := loadRules(at.dir, named)
	if err != nil {
		return nil, err
	}
	if by.Hash != sub.Result.Rules {
		fmt.Fprintln(s.err, "the validation rules have changed since the file was taken in; its rows are held against those of today")
	}
	return func(w io.Writer) error {
		defer pack.Close()
		return l.WriteReplyRows(w, sub, by, pack)
	}, nil
}
