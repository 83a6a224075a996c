package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"remit/store"
)

func (s *session) registerExportCommand(p *place) *cobra.Command {
	return &cobra.Command{
		Use:   "export OUT.zip",
		Short: "Write the register as open data",
		Long: `Write the register as one archive: a CSV file for each table as known now, the
history of every fact as lines of JSON, and a schema (datapackage.json) in the
words of the Frictionless Data Package. It holds no names of people, no
documents and nothing of accounts. The same register gives the same file.
Unpacked it is a directory that --reference takes.

` + exitHelp,
		Example: "  remit register export register.zip",
		Args:    cobra.ExactArgs(1),
		RunE: p.with(func(cmd *cobra.Command, args []string, st *store.Store) error {
			return writeNew(args[0], func(w io.Writer) error {
				a, err := st.Export(cmd.Context(), w)
				if err != nil {
					return storeFault(err)
				}
				_, err = fmt.Fprintf(s.out, "%s: %s in %s\nState: %s\n", args[0], count(a.Facts, "fact version"), count(a.Changes, "change"), a.State)
				return err
			})
		}),
	}
}
