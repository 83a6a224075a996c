package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"remit/budget"
	"remit/budgets"
	"remit/share"
	"remit/sheet"
)

func (s *session) budgetCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "budget",
		Short: "Allocation rounds: targets, convergence, ledger and use of funds",
		Long: `Work out what each board should get by need, what it gets by a policy of
convergence, and how the money is used. A round is a directory of files that the
manual page on budgets describes. ROUND is such a directory, the name of one in
budgets/rounds under the data directory, or of a shipped sample.`,
		Example: "  remit budget show\n  remit budget targets worked\n  remit budget converge worked --compare\n  remit budget funds worked --icb ICB-A",
	}
	c.AddCommand(s.budgetShowCommand(), s.budgetTargetsCommand(), s.budgetConvergeCommand(), s.budgetLedgerCommand(), s.budgetFundsCommand(), s.budgetCarryCommand(), s.budgetCheckCommand())
	return c
}

// budgetShelves are where rounds or pools stand, besides directories that are named.
func budgetShelves(kind string) []budget.Shelf {
	shipped := budgets.Rounds()
	if kind == "pools" {
		shipped = budgets.Pools()
	}
	shelves := []budget.Shelf{{Files: shipped, Shipped: true}}
	if dir := filepath.Dir(referenceOverlay()); dir != "." {
		shelves = append(shelves, budget.Shelf{Files: os.DirFS(filepath.Join(dir, "budgets", kind))})
	}
	return shelves
}

// entry finds a round or a pool by its directory or its name.
func entry(kind, file, name string) (files fs.FS, dir string, err error) {
	if info, err := os.Stat(filepath.Join(name, file)); err == nil && !info.IsDir() {
		name = filepath.Clean(name)
		return os.DirFS(filepath.Dir(name)), filepath.Base(name), nil
	}
	list, err := budget.Entries(file, budgetShelves(kind)...)
	if err != nil {
		return nil, "", fail(exitInput, err, "look at the directory budgets under the data directory")
	}
	var names []string
	for _, e := range list {
		if e.Name == name {
			return e.Files, e.Name, nil
		}
		names = append(names, e.Name)
	}
	return nil, "", fail(exitInput, fmt.Errorf("%s is neither a directory with a file %s nor the name of one", name, file), "the names are "+strings.Join(names, ", "))
}

// round loads a round, with all its faults told.
func (s *session) round(name string) (*budget.Round, error) {
	files, dir, err := entry("rounds", "round.yaml", name)
	if err != nil {
		return nil, err
	}
	r, err := budget.LoadRound(files, dir, budgets.Formulas())
	return r, badFile(err)
}

// badFile makes faults of files bad input.
func badFile(err error) error {
	if err == nil {
		return nil
	}
	var faults sheet.Faults
	hint := ""
	if errors.As(err, &faults) && len(faults) > 1 {
		hint = fmt.Sprintf("there are %d faults; nothing was worked out", len(faults))
	}
	return fail(exitInput, err, hint)
}

// noAnswer makes what a round cannot answer bad usage, and a policy whose bounds cannot be met a finding.
func noAnswer(err error) error {
	var unknown *budget.UnknownError
	var bounds *budget.Infeasible
	switch {
	case err == nil:
		return nil
	case errors.As(err, &unknown):
		return fail(exitUsage, err, "see remit budget show for what the round has")
	case errors.As(err, &bounds):
		return fail(exitDifferences, err, "")
	}
	return fail(exitInput, err, "")
}

// firstYear is the year asked for, or the first of the round.
func firstYear(r *budget.Round, year string) string {
	if year == "" {
		return r.Years[0].Year
	}
	return year
}

// provenance says what a listing of a round rests on.
func provenance(r *budget.Round) []string {
	notes := []string{fmt.Sprintf("Round %s (%s), target of: %s. Version %s.", r.Name, r.Title, r.Stream, r.Hash[:12]), "Source: " + strings.TrimSpace(r.Source)}
	if r.Synthetic {
		notes = append([]string{"Synthetic: money in this round is made up."}, notes...)
	}
	return notes
}

func (s *session) budgetShowCommand() *cobra.Command {
	var f form
	c := &cobra.Command{
		Use:     "show [ROUND]",
		Short:   "List the rounds, or show one: years, money, formula and policies",
		Long:    `List the rounds there are, or show the years, the formula and the policies of one.`,
		Example: "  remit budget show\n  remit budget show worked",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return s.listRounds(&f)
			}
			return s.showRound(&f, args[0])
		},
	}
	f.add(c)
	return c
}

func (s *session) listRounds(f *form) error {
	list, err := budget.Entries("round.yaml", budgetShelves("rounds")...)
	if err != nil {
		return fail(exitInput, err, "look at the directory budgets under the data directory")
	}
	l := &listing{Title: "Allocation rounds", Columns: []string{"round", "title", "years", "stream", "standing"}}
	for _, e := range list {
		r, err := budget.LoadRound(e.Files, e.Name, budgets.Formulas())
		if err != nil {
			l.Rows = append(l.Rows, []value{word(e.Name), word("cannot be read: run remit budget check " + e.Name), word(""), word(""), word("")})
			continue
		}
		standing := "own"
		if e.Shipped {
			standing = "sample"
		}
		if r.Synthetic {
			standing += ", synthetic"
		}
		l.Rows = append(l.Rows, []value{word(e.Name), word(r.Title), word(r.Years[0].Year + " to " + r.Years[len(r.Years)-1].Year), word(r.Stream), word(standing)})
	}
	return f.write(s.out, l)
}

func (s *session) showRound(f *form, name string) error {
	r, err := s.round(name)
	if err != nil {
		return err
	}
	l := &listing{Title: r.Title, Columns: []string{"year", "status", "quantum", "boards", "policy"}}
	for i := range r.Years {
		y := &r.Years[i]
		l.Rows = append(l.Rows, []value{word(y.Year), word(y.Status), pounds(y.Quantum), {fmt.Sprint(len(y.Areas)), fmt.Sprint(len(y.Areas)), true}, word(y.Policy)})
	}
	l.Notes = append(l.Notes, "Need was modelled on: "+r.ModelScope+". The money is for: "+r.MoneyScope+".", "Formula "+r.Formula.Name+" "+r.Formula.Version+": "+r.Formula.Title)
	for i, step := range r.Formula.Steps {
		l.Notes = append(l.Notes, fmt.Sprintf("  %d. %s: %s", i+1, step.Name, step.Says))
	}
	for i := range r.Policies {
		p := &r.Policies[i]
		l.Notes = append(l.Notes, fmt.Sprintf("Policy %s (%s, %s): %s; %s", p.Name, p.Kind, p.Whose(), budget.KindSays[p.Kind], p.Parameters()))
	}
	for _, t := range r.Practices {
		l.Notes = append(l.Notes, fmt.Sprintf("%s: %s of %d practices adds up to %s of %s registered people", t.Year, t.Column, t.Practices, grouped(t.Sum.FloatString(1)), grouped(t.Registered.FloatString(1))))
	}
	l.Notes = append(l.Notes, provenance(r)...)
	return f.write(s.out, l)
}

func (s *session) budgetTargetsCommand() *cobra.Command {
	var f form
	var year string
	var working bool
	c := &cobra.Command{
		Use:   "targets ROUND",
		Short: "What each board would get by need alone",
		Long: `Work out the target of each board: people, weighted people, share and money.
With --working, each step of the formula.`,
		Example: "  remit budget targets worked\n  remit budget targets worked --year 2027/28 --working",
		Args:    needs(1, 1, "one round"),
		RunE: func(_ *cobra.Command, args []string) error {
			r, err := s.round(args[0])
			if err != nil {
				return err
			}
			t, err := r.Targets(firstYear(r, year))
			if err != nil {
				return noAnswer(err)
			}
			l := targetsListing(t)
			if working {
				l = workingListing(t)
			}
			l.Notes = append(l.Notes, provenance(r)...)
			return f.write(s.out, l)
		},
	}
	c.Flags().StringVar(&year, "year", "", "financial year, such as 2026/27 (default: the first of the round)")
	c.Flags().BoolVar(&working, "working", false, "each step of the formula")
	f.add(c)
	return c
}

func targetsListing(t *budget.Targets) *listing {
	l := &listing{Title: fmt.Sprintf("Targets of %s by the formula %s, of %s", t.Year, t.Formula.Name, share.Sterling(t.Quantum)),
		Columns: []string{"icb", "name", "population", "weighted_population", "index", "share", "target"}}
	for i := range t.Areas {
		a := &t.Areas[i]
		l.Rows = append(l.Rows, []value{word(a.ICB), word(a.Name), figure(a.Population, 1), figure(a.WeightedPopulation, 1), figure(a.Index(), 4), part(a.Share, 4), pounds(a.Amount)})
	}
	l.Notes = []string{"Index: weighted people per head, 1 over all people. Share: of all weighted people."}
	return l
}

func workingListing(t *budget.Targets) *listing {
	l := &listing{Title: fmt.Sprintf("Working of the formula %s for %s", t.Formula.Name, t.Year), Columns: []string{"icb"}}
	for _, f := range t.Working {
		l.Columns = append(l.Columns, f.Step.Name)
		l.Notes = append(l.Notes, f.Step.Name+": "+f.Step.Says)
	}
	for i := range t.Areas {
		row := []value{word(t.Areas[i].ICB)}
		for _, f := range t.Working {
			row = append(row, figure(f.Values[i], 3))
		}
		l.Rows = append(l.Rows, row)
	}
	return l
}

func (s *session) budgetCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check ROUND...",
		Short: "Check the files of rounds and pools, and that what they say adds up",
		Long: `Read every file of the rounds or pools named, work all of it out, and print
every fault with its file, row, column and value, or what was found to hold.`,
		Example: "  remit budget check worked\n  remit budget check my-round/ my-pool/",
		Args:    needs(1, 0, "the rounds or pools"),
		RunE: func(_ *cobra.Command, args []string) error {
			var errs []error
			for _, name := range args {
				errs = append(errs, s.checkOne(name))
			}
			return errors.Join(errs...)
		},
	}
}

func (s *session) checkOne(name string) error {
	if info, err := os.Stat(filepath.Join(name, "pool.yaml")); err == nil && !info.IsDir() {
		return s.checkPool(name)
	}
	r, err := s.round(name)
	if err != nil {
		return err
	}
	for i := range r.Policies {
		p := &r.Policies[i]
		path, err := r.Path(p.Name)
		var bounds *budget.Infeasible
		if errors.As(err, &bounds) {
			fmt.Fprintf(s.out, "%s, policy %s: %v\n", r.Name, p.Name, err)
			continue
		}
		if err != nil {
			return noAnswer(err)
		}
		for _, o := range path {
			fmt.Fprintf(s.out, "%s, policy %s, %s: %s handed out to %d boards, to the penny\n", r.Name, p.Name, o.Year, share.Sterling(o.Quantum), len(o.Areas))
		}
	}
	for _, t := range r.Practices {
		fmt.Fprintf(s.out, "%s, practice.csv, %s: %s adds up to the registered people\n", r.Name, t.Year, t.Column)
	}
	fmt.Fprintf(s.out, "%s: no faults were found. Version %s.\n", r.Name, r.Hash[:12])
	return nil
}
