package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"remit/store"
)

func (s *session) registerMoveCommand(p *place) *cobra.Command {
	var to place
	c := &cobra.Command{
		Use:   "move",
		Short: "Move everything from SQLite to PostgreSQL, or back",
		Long: `Copy everything that the system of record holds into an empty database or data
directory, and compare both by count and hash. The old place stays as it is. Stop
the server first: what is written to the old place meanwhile stays behind.

The files of runs and imported reference data lie in the data directory and are
not moved: copy runs/ and reference/.

` + exitHelp,
		Example: "  remit register move --data remit-data --to-database postgres://remit@db/remit\n  remit register move --database postgres://remit@db/remit --to-data remit-data",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if (to.dir == "") == (to.database == "") {
				return fail(exitUsage, errors.New("it is not said where to"), "name one of --to-data and --to-database")
			}
			st, err := p.open(cmd.Context())
			if err != nil {
				return err
			}
			defer st.Close()
			m, err := store.Move(cmd.Context(), st, store.Options{Dir: to.dir, Database: to.database, Program: programVersion()})
			if err != nil {
				return storeFault(err)
			}
			_, err = fmt.Fprintf(s.out, "Moved and compared: %d rows of %d tables\nState: %s\n", m.Rows(), len(m.Tables), m.State)
			return err
		},
	}
	c.Flags().StringVar(&to.dir, "to-data", "", "empty data directory to move into")
	c.Flags().StringVar(&to.database, "to-database", "", "empty PostgreSQL database to move into, postgres://...")
	return c
}
