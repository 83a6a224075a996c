package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"remit/holding"
	"remit/register"
	"remit/register/published"
)

// referenceOverlay is where imported reference data is kept: in the directory
// reference under $REMIT_DATA, or under ~/.local/share/remit.
func referenceOverlay() string {
	if dir := os.Getenv("REMIT_DATA"); dir != "" {
		return filepath.Join(dir, "reference")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, ".local", "share", "remit", "reference")
}

// loadReference loads the directory named, or else the shipped pack with the
// overlay of what was imported, where there is one.
func loadReference(dir, overlay string) (*register.Pack, error) {
	if dir != "" {
		return register.LoadDir(dir)
	}
	if info, err := os.Stat(overlay); err != nil || !info.IsDir() {
		return register.LoadShipped()
	}
	return register.LoadShipped(overlay)
}

// newReferenceCommand makes the command that checks, shows and takes in
// reference data. It heeds the --reference flag of the program.
func newReferenceCommand(stdout, stderr io.Writer) *cobra.Command {
	c := &cobra.Command{
		Use:   "reference",
		Short: "Check, show and import reference data",
		Long: `Remit ships with a pack of dated facts about organisations, practices and
service lines. What you import is laid over it and stays on this machine.`,
		Example: "  remit reference check\n  remit reference show QNQ --on 2026-03-31\n  remit reference import epraccur.csv --as-at 2026-08-28",
	}
	c.AddCommand(referenceCheck(stdout, stderr), referenceShow(stdout), referenceImport(stdout, stderr))
	return c
}

// referenceNamed is the directory that the --reference flag names, if the program has
// one and it was given.
func referenceNamed(cmd *cobra.Command) string {
	if f := cmd.Flag("reference"); f != nil {
		return f.Value.String()
	}
	return ""
}

func referenceCheck(stdout, stderr io.Writer) *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Check the reference data and say what is in it",
		Long: `Check the reference data and say what is in it: every fault with its place,
what is derived, ambiguous or missing, and the content hash that results name.`,
		Example: "  remit reference check\n  remit reference check --reference tables/",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := loadReference(referenceNamed(cmd), referenceOverlay())
			if err != nil {
				return referenceFault(stderr, exitReference, err)
			}
			defer p.Close()
			if err := p.Verify(); err != nil {
				return fail(exitReference, err, "")
			}
			if _, err := holding.New(p); err != nil && !errors.Is(err, holding.ErrNoGovernance) {
				return referenceFault(stderr, exitReference, err)
			}
			return writeCheck(stdout, p)
		},
	}
}

// referenceFault prints every fault of reference data; the error of the package
// itself stops after twenty.
func referenceFault(stderr io.Writer, code int, err error) error {
	var bad *register.DataError
	if !errors.As(err, &bad) {
		return fail(code, err, "")
	}
	for _, f := range bad.Faults {
		fmt.Fprintln(stderr, f)
	}
	if len(bad.Faults) == 1 {
		return fail(code, errors.New("there is a fault"), "put it right and try again; nothing was changed")
	}
	return fail(code, fmt.Errorf("there are %d faults", len(bad.Faults)), "put them right and try again; nothing was changed")
}

func writeCheck(w io.Writer, p *register.Pack) error {
	fmt.Fprintf(w, "Reference data: %s\nContent hash:   %s\n\n", p.Origin, p.Hash)
	tabs := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, name := range p.Names() {
		fmt.Fprintf(tabs, "%s\t%d rows\n", name, p.Table(name).Len())
	}
	if err := tabs.Flush(); err != nil {
		return err
	}
	if len(p.Notes) > 0 {
		fmt.Fprintln(w, "\nTo know:")
	}
	for _, n := range p.Notes {
		fmt.Fprintln(w, "- "+n)
	}
	_, err := fmt.Fprintln(w, "\nNo faults were found.")
	return err
}

func referenceShow(stdout io.Writer) *cobra.Command {
	var date string
	var asJSON bool
	c := &cobra.Command{
		Use:   "show CODE",
		Short: "Show every fact known about a code on a date",
		Long: `Show every fact known about a code on a date, with how long it holds, its source
and how sure it is. CODE is an organisation, a practice, a postcode, a service
line, or the key of any other table.`,
		Example: "  remit reference show QNQ --on 2026-03-31\n  remit reference show NCBPS29X --json",
		Args:    needs(1, 1, "one code"),
		RunE: func(cmd *cobra.Command, args []string) error {
			on, err := referenceDay("--on", date)
			if err != nil {
				return err
			}
			p, err := loadReference(referenceNamed(cmd), referenceOverlay())
			if err != nil {
				return fail(exitReference, err, "run remit reference check for the whole list")
			}
			defer p.Close()
			d := p.Describe(args[0], on)
			if asJSON {
				e := json.NewEncoder(stdout)
				e.SetIndent("", "  ")
				err = e.Encode(d)
			} else {
				err = writeDescription(stdout, &d)
			}
			if err == nil && !d.Known() {
				return fail(exitDifferences, fmt.Errorf("%s is not a code that the reference data knows", d.Code), "")
			}
			return err
		},
	}
	c.Flags().StringVar(&date, "on", "", "the day, YYYY-MM-DD (default: today)")
	c.Flags().BoolVar(&asJSON, "json", false, "write one JSON object")
	return c
}

// referenceDay reads a date from the command line; blank is today.
func referenceDay(flag, s string) (register.Day, error) {
	if s == "" {
		s = register.DayOf(time.Now()).String()
	}
	d, err := register.ParseDay(s)
	if err != nil {
		return d, fail(exitUsage, fmt.Errorf("%s: %w", flag, err), "write the date as 2025-04-01")
	}
	return d, nil
}

// manyChildren is how many children of a kind are listed; more are counted.
const manyChildren = 60

func writeDescription(w io.Writer, d *register.Description) error {
	var b strings.Builder
	if len(d.Facts) > 0 {
		fmt.Fprintf(&b, "%s on %s\n", d.Code, d.On)
		writeFacts(&b, d.Facts)
	} else if len(d.Other) > 0 {
		fmt.Fprintf(&b, "Nothing about %s holds on %s.\n", d.Code, d.On)
	}
	if len(d.Other) > 0 {
		b.WriteString("\nAt other times\n")
		writeFacts(&b, d.Other)
	}
	writeRelated(&b, "Predecessors", d.Predecessors)
	writeRelated(&b, "Successors", d.Successors)
	writeChildren(&b, d.Children)
	writeRelated(&b, "Resembles", d.Resembles)
	_, err := io.WriteString(w, b.String())
	return err
}

func writeFacts(b *strings.Builder, facts []register.Fact) {
	for _, f := range facts {
		fmt.Fprintf(b, "\n  %s, %s\n", f.Table, validity(f.ValidFrom, f.ValidTo))
		for _, v := range f.Values {
			fmt.Fprintf(b, "    %-22s %s\n", v.Column, v.Text)
		}
		fmt.Fprintf(b, "    %-22s %s\n    %-22s %s\n", "confidence", f.Confidence, "source", f.Source)
	}
}

func validity(from, to string) string {
	switch {
	case from == "" && to == "":
		return "at all times"
	case to == "":
		return "since " + from
	case from == "":
		return "until " + to
	}
	return from + " to " + to
}

func writeRelated(b *strings.Builder, title string, list []register.Related) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s\n", title)
	for _, r := range list {
		fmt.Fprintf(b, "  %-10s %-18s %s", r.Code, strings.ReplaceAll(r.Kind, "_", " "), r.Name)
		if about := strings.TrimSpace(strings.ReplaceAll(r.How, "_", " ") + " " + r.On); about != "" {
			fmt.Fprintf(b, " (%s)", about)
		}
		b.WriteByte('\n')
	}
}

func writeChildren(b *strings.Builder, list []register.Related) {
	for len(list) > 0 {
		kind, n := list[0].Kind, 0
		for n < len(list) && list[n].Kind == kind {
			n++
		}
		writeRelated(b, fmt.Sprintf("%s: %d", strings.ReplaceAll(kind, "_", " "), n), list[:min(n, manyChildren)])
		if n > manyChildren {
			fmt.Fprintf(b, "  and %d more\n", n-manyChildren)
		}
		list = list[n:]
	}
}

func referenceImport(stdout, stderr io.Writer) *cobra.Command {
	var kind, asAt, into string
	c := &cobra.Command{
		Use:   "import FILE...",
		Short: "Take in files as published, or tables of your own",
		Long: `Take in files as they are published: the practice file (epraccur), the trust file
(etr) and the postcode directory (ONSPD), or a table in the schema of the
reference pack. They are restated and laid over the shipped pack. A file is
taken in whole or not at all, and every fault in it is told.`,
		Example: "  remit reference import epraccur.csv --as-at 2026-08-28\n  remit reference import ONSPD_AUG_2026_UK.csv\n  remit reference import provider_host.csv",
		Args:    needs(1, 0, "the files to take in"),
		RunE: func(cmd *cobra.Command, args []string) error {
			on, err := referenceDay("--as-at", asAt)
			if err != nil {
				return err
			}
			for _, path := range args {
				if err := importFile(stdout, stderr, path, published.Options{Kind: kind, AsAt: on, Into: into}); err != nil {
					return err
				}
			}
			return nil
		},
	}
	c.Flags().StringVar(&kind, "as", "", "what the file is: epraccur, etr, onspd or the name of a table (default: recognised)")
	c.Flags().StringVar(&asAt, "as-at", "", "the day on which the file was published, YYYY-MM-DD (default: today)")
	c.Flags().StringVar(&into, "into", "", "directory to keep it in (default: reference under $REMIT_DATA, or under .local/share/remit in your home)")
	mustComplete(c, "as", append([]string{published.Epraccur, published.Etr, published.ONSPD}, tableNames()...), cobra.ShellCompDirectiveNoFileComp)
	return c
}

// tableNames are the tables that a pack is made of.
func tableNames() []string {
	var names []string
	for _, f := range register.FileNames() {
		names = append(names, strings.TrimSuffix(f, ".csv"))
	}
	return names
}

func importFile(stdout, stderr io.Writer, path string, o published.Options) error {
	if o.Into == "" {
		o.Into = referenceOverlay()
	}
	if o.Into == "" {
		return fail(exitUsage, errors.New("there is no directory to keep reference data in"), "name one with --into, or set REMIT_DATA")
	}
	p, err := loadReference("", o.Into)
	if err != nil {
		return referenceFault(stderr, exitReference, err)
	}
	defer p.Close()
	line := newProgress(stderr, false)
	o.Progress = func(rows int64) { line.show(rows, 0, 0) }
	r, err := published.Import(p, path, o)
	line.done()
	if err != nil {
		return referenceFault(stderr, exitInput, err)
	}
	fmt.Fprintf(stdout, "%s: %d rows of %s (%s) taken into %s\n", path, r.Rows, r.Kind, r.Layout, r.File)
	now, err := loadReference("", o.Into)
	if err != nil {
		return referenceFault(stderr, exitReference, err)
	}
	defer now.Close()
	for _, n := range append(r.Notes, newNotes(p, now)...) {
		fmt.Fprintln(stdout, "  "+n)
	}
	return nil
}

// newNotes are the notes of a pack that it did not have before.
func newNotes(before, now *register.Pack) []string {
	return slices.DeleteFunc(slices.Clone(now.Notes), func(n string) bool { return slices.Contains(before.Notes, n) })
}
