package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"remit/synth"
	"remit/whole"
)

func newSynthContractsCommand(out, errs io.Writer) *cobra.Command {
	var o synth.ContractOptions
	var dir string
	var quiet bool
	c := &cobra.Command{
		Use:   "contracts --records N --out DIR",
		Short: "Make up the contract monitoring files that providers send",
		Long: `Make up what providers send in a year of contract monitoring: for each a plan, and
the cumulative files of the aggregate feed and of those of patients, drugs and
devices: the month before the last as freeze, the last as flex. Between the two a
few lines change, as they do. The aggregate files are the sums of the others.

Lines are of nobody, as those of remit synth are; DIR/contracts.synth.json says
how they were made.`,
		Example: "  remit synth contracts --records 5000 --month 3 --out contracts\n  remit synth contracts --records 20000 --provider RJ1 --provider RRV --out contracts",
		Args:    noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if o.Records < 1 {
				return fail(exitUsage, fmt.Errorf("--records is %d", o.Records), "ask for at least one line")
			}
			pack, err := referenceFor(c)
			if err != nil {
				return err
			}
			defer pack.Close()
			for i, code := range o.Providers {
				o.Providers[i] = strings.ToUpper(code)
			}
			o.Program, o.ICB = programVersion(), strings.ToUpper(o.ICB)
			p := newProgress(errs, quiet)
			o.Progress = func(n int64) { p.show(n, n, o.Records) }
			note, err := synth.WriteContracts(c.Context(), pack, dir, o)
			p.done()
			var unwritten *whole.Error
			switch {
			case errors.As(err, &unwritten):
				return err
			case err != nil:
				return fail(exitUsage, err, "see remit synth contracts --help")
			case quiet:
				return nil
			}
			_, err = fmt.Fprintf(out, "%s: %s of made-up contract monitoring, %d lines of %s; take them in with remit submit %s\n", dir, count(len(note.Files), "file"), note.Records, note.Year, dir)
			return err
		},
	}
	f := c.Flags()
	f.Int64Var(&o.Records, "records", 0, "how many lines a year, of all providers together")
	f.Uint64Var(&o.Seed, "seed", 1, "what the random numbers follow from")
	f.StringVar(&o.Year, "year", synth.DefaultYear, "financial year")
	f.IntVar(&o.Month, "month", 12, "the latest month that is reported: 1 is April")
	f.StringVar(&o.ICB, "icb", "", "code of the integrated care board whose patients they are, and of whose providers the files are when none is named")
	f.StringArrayVar(&o.Providers, "provider", nil, "a provider; may be given more than once (default: the four with most activity)")
	f.StringVar(&dir, "out", "", "the folder to write to")
	f.BoolVar(&quiet, "quiet", false, "print nothing but errors")
	for _, name := range []string{"records", "out"} {
		if err := c.MarkFlagRequired(name); err != nil {
			panic(err) // the flag is defined above
		}
	}
	return c
}
