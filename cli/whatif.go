package cli

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"remit/calendar"
	"remit/intake"
	"remit/method"
	"remit/monitor"
	"remit/register"
	"remit/whatif"
)

func (s *session) whatifCommand() *cobra.Command {
	var at place
	c := &cobra.Command{
		Use:     "whatif",
		Short:   "Suppose that something were otherwise, and see whose money would move",
		Example: "  remit whatif run south-east 'move QXU QKS'\n  remit whatif list",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	at.add(c)
	c.AddCommand(s.whatifRunCommand(&at), s.whatifListCommand(&at), s.whatifShowCommand(&at))
	return c
}

func (s *session) whatifRunCommand(at *place) *cobra.Command {
	spec := whatif.Spec{}
	var basis, year string
	var on dayFlag
	c := &cobra.Command{
		Use:   "run NAME CHANGE...",
		Short: "Work out whose money would move, and keep it under a name",
		Long: `Work out whose money would move, from whom to whom, against the rows that count now,
and keep it under a name with what was supposed. Changes, each an argument:

  'status NCBPS11B RED'           the service line has another status
  'move 15E QNX'                  a sub-ICB location, or all of an ICB, goes to an ICB,
                                  which may be new: so ICBs are merged and split
  'host RJ7 36L'                  the provider is hosted by a sub-ICB location
  'price -5% RJ7 NCBPS11B EL'     provider, service line and point of delivery are billed
                                  otherwise; - for any
  'method cam-2025-26+A4=40'      another method or reading

A result is never written again. What the reference data and the method would by now
decide otherwise, whatever is supposed, is left out of it.`,
		Example: "  remit whatif run gm-to-cheshire 'move QOP QYG'\n  remit whatif run dialysis-retained 'status NCBPS11B RED' --year 2025-26 --by region",
		Args:    needs(2, 100, "a name, and what is supposed"),
		RunE: withLedger(at, func(c *cobra.Command, args []string, l *intake.Ledger) error {
			spec.Name, spec.Basis = args[0], intake.Basis(basis)
			for _, change := range args[1:] {
				if err := spec.ParseChanges(change); err != nil {
					return fail(exitUsage, err, "see remit whatif run --help")
				}
			}
			day, err := on.day()
			if err != nil {
				return err
			}
			spec.On = day.String()
			if year != "" {
				start, err := calendar.ParseYear(year)
				if err != nil {
					return fail(exitUsage, err, "")
				}
				spec.Year = calendar.YearCode(start)
			}
			pack, err := s.pack()
			if err != nil {
				return err
			}
			defer pack.Close()
			if err := spec.Check(pack); err != nil {
				return fail(exitUsage, err, "nothing was kept")
			}
			load := func(pack *register.Pack, spec string) (*method.Method, error) { return library(pack).Load(spec) }
			m, err := load(pack, defaultMethod)
			if err != nil {
				return err
			}
			v, err := l.View(c.Context())
			if err != nil {
				return err
			}
			d := &whatif.Desk{Pack: pack, Method: m, Load: load, Program: programVersion(), Who: "command line"}
			r, err := whatif.Run(c.Context(), v, spec, d, time.Now())
			if err != nil {
				return err
			}
			if err := whatif.Open(l.DataDir()).Keep(r); err != nil {
				return fail(exitInput, err, "nothing was kept")
			}
			return writeWhatif(s.out, r, func(code string) string { return nameOn(pack, code, day) })
		}),
	}
	c.Flags().StringVar(&spec.Title, "title", "", "what it is about, in words")
	c.Flags().StringVar(&spec.Provider, "provider", "", "of this provider only")
	c.Flags().StringVar(&year, "year", "", "of this financial year only: 2025-26")
	c.Flags().StringVar(&basis, "basis", string(intake.Patient), "which feeds: patient, aggregate or hospital")
	c.Flags().StringVar(&spec.By, "by", "icb", "between whom money moves: icb, sub_icb, commissioner, cluster, footprint, region, hub")
	c.Flags().StringVar(&on.text, "on", "", "day of the map of organisations (default: today)")
	return c
}

func writeWhatif(w io.Writer, r *whatif.Result, name func(string) string) error {
	fmt.Fprintf(w, "%s\n%s\n\n", r.Says(name), r.Changes())
	err := table(w, func(w io.Writer) {
		fmt.Fprintln(w, "FROM\tTO\tMONEY")
		for _, x := range r.Transfers {
			fmt.Fprintf(w, "%s\t%s\t£%s\n", payerWord(x.From, name), payerWord(x.To, name), x.Price.Pounds())
		}
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(w)
	return table(w, func(w io.Writer) {
		fmt.Fprintln(w, "PAYER\tBEFORE\tAFTER\tCHANGE")
		for _, x := range r.Balances {
			fmt.Fprintf(w, "%s\t£%s\t£%s\t£%s\n", payerWord(x.Payer, name), x.Before.Pounds(), x.After.Pounds(), x.Change.Pounds())
		}
	})
}

// payerWord names a payer with its code; what is none says what it is.
func payerWord(code string, name func(string) string) string {
	switch code {
	case monitor.Pricing:
		return "(by price)"
	case monitor.NotPlaced, monitor.NotStated:
		return "(" + code + ")"
	}
	if n := name(code); n != code {
		return n + " " + code
	}
	return code
}

func (s *session) whatifListCommand(at *place) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List what has been supposed, the latest first",
		Example: "  remit whatif list --data remit-data",
		Args:    cobra.NoArgs,
		RunE: withLedger(at, func(_ *cobra.Command, _ []string, l *intake.Ledger) error {
			all, err := whatif.Open(l.DataDir()).All()
			if err != nil {
				return err
			}
			if len(all) == 0 {
				_, err := fmt.Fprintln(s.out, "nothing has been supposed yet: remit whatif run")
				return err
			}
			return table(s.out, func(w io.Writer) {
				fmt.Fprintln(w, "NAME\tWORKED OUT\tBY\tMOVES\tTITLE")
				for _, r := range all {
					fmt.Fprintf(w, "%s\t%s\t%s\t£%s\t%s\n", r.Name, r.At.In(register.England).Format("2006-01-02 15:04"), r.Who, r.Moved().Pounds(), r.Title)
				}
			})
		}),
	}
}

func (s *session) whatifShowCommand(at *place) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "show NAME",
		Short:   "Show what was supposed under a name, and what it came to",
		Example: "  remit whatif show gm-to-cheshire",
		Args:    needs(1, 1, "the name of a what-if"),
		RunE: withLedger(at, func(c *cobra.Command, args []string, l *intake.Ledger) error {
			r, err := whatif.Open(l.DataDir()).Find(args[0])
			if errors.Is(err, whatif.ErrNone) {
				return fail(exitInput, err, "see remit whatif list")
			}
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(s.out, r)
			}
			pack, err := s.pack()
			if err != nil {
				return err
			}
			defer pack.Close()
			day, err := register.ParseDay(r.On)
			if err != nil {
				return err
			}
			if err := writeWhatif(s.out, r, func(code string) string { return nameOn(pack, code, day) }); err != nil {
				return err
			}
			v, err := l.View(c.Context())
			if err == nil && v.Fingerprint() != r.View {
				_, err = fmt.Fprintln(s.out, "\nOther submissions count by now: run it again under another name.")
			}
			return err
		}),
	}
	c.Flags().BoolVar(&asJSON, "json", false, "write it as JSON")
	return c
}
