package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"remit/store"
)

// auditCommand makes the commands about the audit log.
func (s *session) auditCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "audit",
		Short:   "Check the audit log",
		Example: "  remit audit verify",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var p place
	p.add(c)
	c.AddCommand(s.auditVerifyCommand(&p))
	return c
}

func (s *session) auditVerifyCommand(p *place) *cobra.Command {
	var noted string
	c := &cobra.Command{
		Use:   "verify",
		Short: "Check that the audit log is whole and that the facts agree with it",
		Long: `Check that each entry of the audit log follows from the one before, that every
change has the facts that were recorded and no others, that documents have the
content that was attached, and that proposals, accounts, keys and tasks are as
they were left. Names the first entry that does not hold; the
exit code is then 1.

Note the hash that is printed somewhere else. Given with --noted another day, it
shows that no entries up to it were cut off or replaced.

` + exitHelp,
		Example: "  remit audit verify\n  remit audit verify --noted 5f0c…",
		Args:    cobra.NoArgs,
		RunE: p.with(func(cmd *cobra.Command, _ []string, st *store.Store) error {
			v, err := st.Verify(cmd.Context(), noted)
			if err != nil {
				return storeFault(err)
			}
			_, err = fmt.Fprintf(s.out, "The audit log holds: %s, %s, %s, %s, %s.\nLast entry: %s\n", count(v.Entries, "entry"), count(v.Changes, "change"), count(v.Facts, "fact version"), count(v.Documents, "document"),
				count(v.Rows, "row")+" of proposals, accounts, keys and tasks", v.Head)
			return err
		}),
	}
	c.Flags().StringVar(&noted, "noted", "", "hash of an entry that must still be there")
	return c
}
