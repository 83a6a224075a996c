package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"remit/synth"
	"remit/whole"
)

func newSynthPopulationsCommand(out io.Writer) *cobra.Command {
	var dir, year string
	c := &cobra.Command{
		Use:   "populations --out DIR",
		Short: "Make up the populations, deprivation and places that fit made-up records",
		Long: `Make up what remit equity needs beside records: people by practice, by LSOA and
by ethnic group, each by age and sex; the deprivation decile and place of each
LSOA; the LSOA of each made-up postcode; and where providers are. Every row says
SYNTHETIC. Codes of practices and providers are real, their numbers and places
are not. Put your own published figures into the same columns to use them.`,
		Example: "  remit synth populations --out populations",
		Args:    noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			pack, err := referenceFor(c)
			if err != nil {
				return err
			}
			defer pack.Close()
			note, err := synth.WritePopulations(pack, dir, year)
			var unwritten *whole.Error
			switch {
			case errors.As(err, &unwritten):
				return err
			case err != nil:
				return fail(exitUsage, err, "see remit synth populations --help")
			}
			_, err = fmt.Fprintf(out, "%s: made-up people of %s practices and %s LSOAs, in %s\n", dir, thousands(int64(note.Practices)), thousands(int64(note.LSOAs)), count(len(note.Files), "file"))
			return err
		},
	}
	c.Flags().StringVar(&dir, "out", "", "the folder to write to")
	c.Flags().StringVar(&year, "year", synth.DefaultYear, "financial year of the records that they are for")
	if err := c.MarkFlagRequired("out"); err != nil {
		panic(err) // the flag is defined above
	}
	return c
}
