package cli

import (
	"archive/zip"
	"fmt"

	"github.com/spf13/cobra"

	"remit/store"
)

func (s *session) restoreCommand() *cobra.Command {
	var p place
	c := &cobra.Command{
		Use:   "restore FILE.zip",
		Short: "Put a backup into an empty data directory or database",
		Long: `Put a backup into an empty data directory or database: all of it, or nothing.
Everything is read back and compared with the backup by count and hash, and the
audit log is verified. A place that holds something is never written over.

` + exitHelp,
		Example: "  remit restore --data restored remit-2026-11-24.zip",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := p.options()
			if err != nil {
				return err
			}
			z, err := zip.OpenReader(args[0])
			if err != nil {
				return fail(exitInput, fmt.Errorf("read %s: %w", args[0], err), "")
			}
			defer z.Close()
			m, err := store.Restore(cmd.Context(), o, z)
			if err != nil {
				return storeFault(err)
			}
			_, err = fmt.Fprintf(s.out, "Put back and compared: %d rows of %d tables, as of %s\nState: %s\n", m.Rows(), len(m.Tables), m.MadeAt, m.State)
			return err
		},
	}
	p.add(c)
	return c
}
