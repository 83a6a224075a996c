package cli

import (
	"archive/zip"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"remit/store"
)

func (s *session) registerImportCommand(p *place) *cobra.Command {
	var as, reason string
	c := &cobra.Command{
		Use:   "import FROM",
		Short: "Take in an archive of a register, or the tables of another pack",
		Long: `FROM is an archive that remit register export wrote, or a directory of CSV files
in the layout of the reference pack.

Into an empty place an archive is taken with its whole history; the state is the
same afterwards. Where there is a register already, what differs is set out as
the draft of a proposal: a second person decides on it, and nothing is changed
before that. The rows that FROM lacks are proposed to be withdrawn.

` + exitHelp,
		Example: "  remit register import --data copy register.zip\n  remit register import --as ann --reason 'tables of October' tables/",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			files, closing, err := openPack(args[0])
			if err != nil {
				return err
			}
			defer closing()
			o, err := p.options()
			if err != nil {
				return err
			}
			o.LeaveEmpty = true
			st, err := store.Open(cmd.Context(), o)
			if err != nil {
				return storeFault(err)
			}
			defer st.Close()
			changes, err := st.Changes(cmd.Context(), 0, 1)
			if err != nil {
				return storeFault(err)
			}
			if len(changes) > 0 {
				return s.importProposal(cmd.Context(), st, files, as, reason, args[0])
			}
			a, err := st.Import(cmd.Context(), operator(), files)
			if err != nil {
				return storeFault(err)
			}
			_, err = fmt.Fprintf(s.out, "%s: %s in %s taken in\nState: %s\n", args[0], count(a.Facts, "fact version"), count(a.Changes, "change"), a.State)
			return err
		},
	}
	c.Flags().StringVar(&as, "as", "", "who proposes, where there is a register already")
	c.Flags().StringVar(&reason, "reason", "", "why, where there is a register already")
	return c
}

// openPack opens an archive or a directory.
func openPack(path string) (fs.FS, func() error, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, fail(exitInput, err, "")
	}
	if info.IsDir() {
		return os.DirFS(path), func() error { return nil }, nil
	}
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, nil, fail(exitInput, fmt.Errorf("read %s: %w", path, err), "name an archive that remit register export wrote, or a directory")
	}
	return z, z.Close, nil
}
