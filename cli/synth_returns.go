package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"remit/measure"
	"remit/metric"
	"remit/register"
	"remit/store"
	"remit/synth"
	"remit/whole"
)

func newSynthReturnsCommand(out io.Writer) *cobra.Command {
	var o synth.ReturnOptions
	var dir, last string
	var p place
	var take bool
	c := &cobra.Command{
		Use:   "returns --out DIR",
		Short: "Make up quality metrics and the quarterly returns of providers",
		Long: `Make up quality metrics and what providers return for them each quarter, to try the
pages on quality with: DIR/metrics holds definitions and who returns what, DIR/returns a
file for each provider and quarter. Codes of providers are real, and nothing in the
figures says anything of them; every page that shows one says that it is made up.

With --take they are taken in, signed and published in the register of --data, by made-up
people, and its folder metrics is filled.`,
		Example: "  remit synth returns --out returns-to-try\n  remit synth returns --take --data try",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			o.Last = metric.Latest(time.Now().In(register.England))
			if last != "" {
				if o.Last, err = metric.ParseQuarter(last); err != nil {
					return fail(exitUsage, err, "")
				}
			}
			if (dir == "") == !take {
				return fail(exitUsage, errors.New("it needs --out or --take, and not both"), "see remit synth returns --help")
			}
			made, err := synth.MakeReturns(o)
			if err != nil {
				return fail(exitUsage, err, "see remit synth returns --help")
			}
			if take {
				return takeMadeUp(cmd.Context(), out, &p, made, o.Last)
			}
			if err := writeMadeUp(made, dir); err != nil {
				return err
			}
			return made.Describe(out, dir)
		},
	}
	p.add(c)
	f := c.Flags()
	f.Uint64Var(&o.Seed, "seed", 1, "what the random numbers follow from")
	f.IntVar(&o.Quarters, "quarters", 20, "how many quarters")
	f.StringVar(&last, "last", "", "the last quarter, as 2026/27 Q1 (default: the last that is over)")
	f.StringArrayVar(&o.Providers, "provider", nil, "a provider; may be given more than once (default: sixteen)")
	f.StringVar(&dir, "out", "", "the folder to write to")
	f.BoolVar(&take, "take", false, "take them in, sign and publish them in the register of --data")
	return c
}

func writeMadeUp(made *synth.Returns, dir string) error {
	for name, text := range made.Tables {
		if err := writeWhole(filepath.Join(dir, "metrics", name), text); err != nil {
			return err
		}
	}
	for _, f := range made.Files {
		if err := writeWhole(filepath.Join(dir, "returns", f.Name), f.Text); err != nil {
			return err
		}
	}
	return nil
}

func writeWhole(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return whole.Write(path, func(w io.Writer) error { _, err := w.Write(text); return err })
}

// The people by whom made-up returns are entered, signed and published.
const (
	madeUpClerk     = "synthetic clerk"
	madeUpKeeper    = "synthetic gatekeeper"
	madeUpPublisher = "synthetic publisher"
)

// takeMadeUp takes a made-up set through every step: the past as one release, the
// last four quarters as one each, so that alerts have a life to show.
func takeMadeUp(ctx context.Context, out io.Writer, p *place, made *synth.Returns, last metric.Quarter) error {
	if err := p.resolve(); err != nil {
		return err
	}
	own := filepath.Join(p.dir, "metrics")
	if _, err := os.Stat(filepath.Join(own, "returners.csv")); err == nil {
		return fail(exitInput, fmt.Errorf("%s has a returners.csv already", own), "take made-up returns into a register of their own: --data")
	}
	o, err := p.options()
	if err != nil {
		return err
	}
	st, err := store.Open(ctx, o)
	if err != nil {
		return storeFault(err)
	}
	defer st.Close()
	for name, text := range made.Tables {
		if err := writeWhole(filepath.Join(own, name), text); err != nil {
			return err
		}
	}
	set, rules, err := loadMetrics(p.dir)
	if err != nil {
		return err
	}
	const apart = 4
	for n := apart; n >= 0; n-- {
		upTo := last.Next(-n)
		var list []store.Incoming
		for _, f := range made.Files {
			if f.Quarter.Compare(upTo) > 0 || n < apart && f.Quarter != upTo {
				continue
			}
			_, _, parts, err := set.Take(f.Text, f.Name)
			if err != nil {
				return metricFault(err)
			}
			for i := range parts {
				list = append(list, store.IncomingOf(&parts[i], f.Name, ""))
			}
		}
		ids, err := st.SubmitReturns(ctx, madeUpClerk, list)
		if err != nil {
			return storeFault(err)
		}
		signed := slices.Clone(ids)
		if n == 0 && len(ids) > 3 {
			signed = ids[:len(ids)-3] // some still wait to be signed
		}
		if err := st.SignReturns(ctx, madeUpKeeper, signed, "made up"); err != nil {
			return storeFault(err)
		}
		title := "Made-up returns of " + upTo.String()
		if n == apart {
			title = "Made-up returns up to " + upTo.String()
		}
		released, err := st.Publish(ctx, madeUpPublisher, store.Publication{Title: title, Profile: measure.Profiles()[0], Rules: rules, Rebases: set.Rebases})
		if err != nil {
			return storeFault(err)
		}
		fmt.Fprintf(out, "Release %d: %s. Alerts: %d new, %d continuing, %d resolved.\n", released.Release, strings.ToLower(title[:1])+title[1:], released.Raised, released.Continued, released.Settled)
	}
	fmt.Fprintf(out, "The pages on quality are at /quality: remit serve --data %s\n", p.dir)
	return nil
}
