package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"remit/price"
	"remit/register"
)

// listedSet is a price set in the list.
type listedSet struct {
	Name        string         `json:"name"`
	Year        string         `json:"year"`
	Version     string         `json:"version"`
	Title       string         `json:"title"`
	From        string         `json:"effective_from"`
	To          string         `json:"effective_to"`
	PublishedOn string         `json:"published_on"`
	Policy      string         `json:"policy"`
	Synthetic   bool           `json:"synthetic"`
	InUse       bool           `json:"in_use"` // holds on its first day
	Hash        string         `json:"hash"`
	Confidence  string         `json:"confidence"`
	Source      string         `json:"source"`
	Rows        map[string]int `json:"rows"`
}

func listedSetOf(l *price.Library, s *price.Set) listedSet {
	return listedSet{s.Name, s.Year, s.Version, s.Title, s.From.String(), s.To.String(), s.PublishedOn.String(), s.Policy.Name,
		s.Synthetic, l.On(s.From) == s, s.Hash, s.Confidence, s.Source, s.Counts()}
}

func (s *session) priceListCommand() *cobra.Command {
	var flags priceFlags
	var asJSON bool
	c := &cobra.Command{
		Use:   "list",
		Short: "List the price sets",
		Long: `List the price sets, the earliest first. Where a year has two with the same
effective date, the one published later holds, unless --set names another.`,
		Example: "  remit price list\n  remit price list --prices prices/ --json",
		Args:    noArguments,
		RunE: func(*cobra.Command, []string) error {
			lib, err := flags.library()
			if err != nil {
				return err
			}
			if asJSON {
				var list []listedSet
				for _, set := range lib.Sets() {
					list = append(list, listedSetOf(lib, set))
				}
				return s.writeJSON(list)
			}
			tabs := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(tabs, "set\tyear\tversion\teffective\tpublished\tin use\tprices")
			for _, set := range lib.Sets() {
				l := listedSetOf(lib, set)
				fmt.Fprintf(tabs, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", l.Name, l.Year, l.Version, setValidity(set), l.PublishedOn, yesNo(l.InUse), madeUp(l.Synthetic))
			}
			return tabs.Flush()
		},
	}
	flags.add(c)
	c.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	return c
}

func madeUp(b bool) string {
	if b {
		return "made up"
	}
	return "published"
}

func (s *session) priceShowCommand() *cobra.Command {
	var flags priceFlags
	var asJSON bool
	c := &cobra.Command{
		Use:     "show SET",
		Short:   "Show a price set: when it holds, what it has, its policy",
		Long:    "Show a price set: when it is in effect, how many rows each of its tables has, and the policy by which its prices are applied.",
		Example: "  remit price show synthetic-2026-27-1\n  remit price show synthetic-2026-27-1 --json",
		Args:    needs(1, 1, "one price set"),
		RunE: func(_ *cobra.Command, args []string) error {
			lib, err := flags.library()
			if err != nil {
				return err
			}
			set, err := lib.Set(args[0])
			if err != nil {
				return fail(exitUsage, err, "see remit price list")
			}
			if asJSON {
				return s.writeJSON(listedSetOf(lib, set))
			}
			return s.showSet(lib, set)
		},
	}
	flags.add(c)
	c.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	return c
}

func (s *session) showSet(lib *price.Library, set *price.Set) error {
	l := listedSetOf(lib, set)
	fmt.Fprintf(s.out, "%s\n  %s\n  year        %s, version %s\n  effective   %s\n  published   %s\n  in use      %s\n  prices      %s\n  hash        %s\n  source      %s (%s)\n\nTables\n",
		l.Name, l.Title, l.Year, l.Version, setValidity(set), l.PublishedOn, yesNo(l.InUse), madeUp(l.Synthetic), l.Hash, l.Source, l.Confidence)
	for _, name := range price.TableNames() {
		if n, ok := l.Rows[name]; ok {
			fmt.Fprintf(s.out, "  %5d  %s\n", n, name)
		}
	}
	fmt.Fprintln(s.out, "\nPolicy")
	for line := range strings.Lines(set.Policy.Text()) {
		fmt.Fprint(s.out, "  ", line)
	}
	return nil
}

func (s *session) priceCheckCommand() *cobra.Command {
	var flags priceFlags
	c := &cobra.Command{
		Use:     "check [DIR]",
		Short:   "Check a directory of price sets and rules",
		Long:    "Check price sets, policies and rules: every fault with its file, row, column and value, and what to do. Without DIR those that ship are checked.",
		Example: "  remit price check\n  remit price check my-prices/",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				if info, err := os.Stat(args[0]); err != nil || !info.IsDir() {
					return fail(exitUsage, fmt.Errorf("%s is not a directory that can be read", args[0]), "name a directory with sets, policies or rules in it")
				}
				flags.dir = args[0]
			}
			lib, err := flags.library()
			var bad *register.DataError
			if errors.As(err, &bad) {
				return s.allPriceFaults(bad)
			}
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(s.out, "%d price sets: nothing wrong\n", len(lib.Sets()))
			return err
		},
	}
	return c
}

func (s *session) allPriceFaults(bad *register.DataError) error {
	for _, f := range bad.Faults {
		fmt.Fprintln(s.out, f)
	}
	return fail(exitReference, fmt.Errorf("the price sets have %d faults", len(bad.Faults)), "put them right, and check again")
}
