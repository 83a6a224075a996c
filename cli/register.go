package cli

import "github.com/spf13/cobra"

// registerCommand makes the commands about the register as a whole.
func (s *session) registerCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "register",
		Short: "Export, import, update and move the register",
		Long: `The register is kept in a data directory (SQLite) or in PostgreSQL. These
commands work on the whole of it, while a server runs as well as when none does.`,
		Example: "  remit register export register.zip\n  remit register update",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var p place
	p.add(c)
	c.AddCommand(s.registerInitCommand(&p), s.registerExportCommand(&p), s.registerImportCommand(&p), s.registerUpdateCommand(&p), s.registerMoveCommand(&p))
	return c
}
