package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"remit/store"
)

func (s *session) registerInitCommand(p *place) *cobra.Command {
	return &cobra.Command{
		Use:   "init",
		Short: "Make a register of the shipped pack, or bring one up to date",
		Long: `Make a register of the shipped pack where there is none, and bring the tables of
the database up to date where there is one. remit serve does both by itself; do
it beforehand to see that the place is right.

` + exitHelp,
		Example: "  remit register init --data remit-data",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := p.options()
			if err != nil {
				return err
			}
			st, err := store.Open(cmd.Context(), o)
			if err != nil {
				return storeFault(err)
			}
			defer st.Close()
			k, err := st.Known(cmd.Context(), time.Time{})
			if err != nil {
				return storeFault(err)
			}
			state, err := st.State(cmd.Context())
			if err != nil {
				return storeFault(err)
			}
			facts := 0
			for _, table := range store.Tables() {
				facts += len(k.Facts(table))
			}
			_, err = fmt.Fprintf(s.out, "The register is in %s: %s, %s.\nState: %s\n", st.Location(), count(facts, "fact"), count(k.Change.Number, "change"), state)
			return err
		},
	}
}
