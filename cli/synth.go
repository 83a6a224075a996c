package cli

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"remit/register"
	"remit/synth"
	"remit/whole"
)

const synthLong = `Make up activity records to try Remit with: plausible, full of the awkward
cases that real files have, and of nobody. Patients, prices and counts are made
up; organisation, service and point of delivery codes are real, and are
those of the year asked for.

Layouts:
%s
The same seed, number of records, year and layout give the same bytes. Every
row has SYNTHETIC in its last column, and FILE.synth.json says beside the file
how it was made and how often each awkward case is in it.

Postcodes are made up, in the area ZT that nobody uses (those of places of
detention are real, and in apc, op, ecds and spells alone). With --postcodes the
directory that they belong to is written too; take it in with
remit reference import before assigning apc, op, ecds or spells.`

const synthExample = `  remit synth --records 100000 --seed 1 --out plcm.csv
  remit synth --records 20000 --seed 7 --layout apc --out apc.csv --postcodes postcodes.csv
  remit synth --records 5000 --seed 3 --year 2024/25 --layout acm --out acm.csv`

// synthRequest is what the flags of remit synth say.
type synthRequest struct {
	synth.Options
	file      string
	postcodes string
	quiet     bool
}

func newSynthCommand(out, err io.Writer) *cobra.Command {
	var q synthRequest
	c := &cobra.Command{
		Use:     "synth --records N --seed S --out FILE",
		Short:   "Make up activity records to try things with",
		Long:    fmt.Sprintf(synthLong, describeLayouts()),
		Example: synthExample,
		Args:    noArguments,
		RunE:    func(c *cobra.Command, _ []string) error { return q.run(c, out, err) },
	}
	f := c.Flags()
	f.Int64Var(&q.Records, "records", 0, "how many records (rows) to make")
	f.Uint64Var(&q.Seed, "seed", 1, "what the random numbers follow from")
	f.StringVar(&q.Year, "year", synth.DefaultYear, "financial year")
	f.StringVar(&q.Layout, "layout", synth.Layouts()[0], strings.Join(synth.Layouts(), ", "))
	f.StringVar(&q.file, "out", "", "the CSV file to write")
	f.StringVar(&q.postcodes, "postcodes", "", "write the directory of the made-up postcodes to this file too")
	f.BoolVar(&q.quiet, "quiet", false, "print nothing but errors")
	mustComplete(c, "layout", synth.Layouts(), cobra.ShellCompDirectiveNoFileComp)
	for _, name := range []string{"records", "out"} {
		if err := c.MarkFlagRequired(name); err != nil {
			panic(err) // the flag is defined above
		}
	}
	c.AddCommand(newSynthContractsCommand(out, err), newSynthReturnsCommand(out), newSynthPopulationsCommand(out))
	return c
}

func describeLayouts() string {
	var b strings.Builder
	for _, name := range synth.Layouts() {
		fmt.Fprintf(&b, "  %-7s %s\n", name, synth.Describe(name))
	}
	return b.String()
}

func (q *synthRequest) run(c *cobra.Command, out, errs io.Writer) error {
	if problem := q.problem(); problem != nil {
		return problem
	}
	pack, err := referenceFor(c)
	if err != nil {
		return err
	}
	defer pack.Close()
	q.Program = programVersion()
	p := newProgress(errs, q.quiet)
	q.Progress = func(n int64) { p.show(n, n, q.Records) }
	started := time.Now()
	note, err := synth.WriteFile(c.Context(), pack, q.file, q.Options)
	p.done()
	var lacking *synth.ReferenceError
	var unwritten *whole.Error
	switch {
	case errors.As(err, &unwritten):
		return err
	case errors.As(err, &lacking):
		return fail(exitReference, err, "leave --reference out, or choose another year")
	case err != nil:
		return fail(exitUsage, err, "see remit synth --help")
	}
	if q.postcodes != "" {
		if err := synth.WritePostcodesFile(pack, q.postcodes, q.Year); err != nil {
			return err
		}
	}
	if q.quiet {
		return nil
	}
	return q.summary(out, note, time.Since(started))
}

// referenceFor loads the reference data that --reference of the whole command
// line names, the shipped pack by default.
func referenceFor(c *cobra.Command) (*register.Pack, error) {
	dir, err := c.Flags().GetString("reference")
	if err != nil || dir == "" {
		return register.LoadShipped()
	}
	return register.LoadDir(dir)
}

func (q *synthRequest) problem() error {
	switch {
	case q.Records < 1:
		return fail(exitUsage, fmt.Errorf("--records is %d", q.Records), "ask for at least one record")
	case q.file == "-":
		return fail(exitUsage, fmt.Errorf("--out - is not possible: the file appears whole or not at all"), "name a file")
	case !strings.EqualFold(filepath.Ext(q.file), ".csv"):
		return fail(exitUsage, fmt.Errorf("--out %s: synthetic records are written as CSV", q.file), "let the name end in .csv")
	case q.postcodes != "" && filepath.Clean(q.postcodes) == filepath.Clean(q.file):
		return fail(exitUsage, fmt.Errorf("--postcodes and --out are the same file"), "give the directory another name")
	}
	return nil
}

func (q *synthRequest) summary(out io.Writer, n synth.Note, took time.Duration) error {
	_, err := fmt.Fprintf(out, "%s: %d synthetic records (%s, %s, seed %d), %d bytes, %.1f s; see %s\n",
		q.file, n.Records, n.Layout, n.Year, n.Seed, n.Bytes, took.Seconds(), synth.NotePath(q.file))
	if err == nil && q.postcodes != "" {
		_, err = fmt.Fprintf(out, "%s: the directory of the made-up postcodes\n", q.postcodes)
	}
	return err
}
