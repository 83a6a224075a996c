package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"remit/assign"
	"remit/equity"
	"remit/measure"
	"remit/method"
	"remit/register"
)

func (s *session) checkCommand() *cobra.Command {
	var only string
	var rules bool
	c := &cobra.Command{
		Use:   "check CASES.csv...",
		Short: "Run tables of cases and print each answer that differs",
		Long: `Run tables of cases: each row is a record and the answer it must get. The
column method says by which method; columns named expected_* hold the answer.
A table with a column statistic holds cases of statistics instead: see the page
on statistics in the manual. Prints each difference as expected and got. The exit code is 1 if any differs.

With --rules it holds the validation rules of submissions against their cases.
Of the files named, those with a column id are rules, laid over the shipped ones;
the others are tables of cases. With none, the cases that ship are run.`,
		Example: "  remit check cases.csv\n  remit check --rules\n  remit check --rules ours.csv our-cases.csv\n  remit check --method cam-2025-26 --reference tables/ cases.csv",
		Args: func(c *cobra.Command, args []string) error {
			if rules {
				return nil
			}
			return needs(1, 0, "the tables of cases")(c, args)
		},
		RunE: func(_ *cobra.Command, args []string) error {
			pack, err := s.pack()
			if err != nil {
				return err
			}
			return s.check(pack, only, rules, args)
		},
	}
	c.Flags().StringVar(&only, "method", "", "run only the cases of this method; readings may be added: cam-2025-26+A4=40")
	c.Flags().BoolVar(&rules, "rules", false, "hold the validation rules of submissions against their cases")
	return c
}

func (s *session) check(pack *register.Pack, only string, rules bool, files []string) error {
	methods := methodCache{library: library(pack), loaded: map[string]*method.Method{}}
	if only != "" {
		if _, err := methods.library.Load(only); err != nil {
			return err
		}
	}
	var all tally
	if rules {
		if err := s.checkRules(pack, files, &all); err != nil {
			return err
		}
		files = nil
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			return &assign.InputError{Faults: []string{"reading cases: " + err.Error()}}
		}
		switch {
		case isRuleCases(text):
			err = s.checkRules(pack, []string{f}, &all)
		case measure.IsCaseTable(text):
			err = s.checkStatistics(f, text, only, &all)
		default:
			err = s.checkRecords(f, only, methods, pack, &all)
		}
		if err != nil {
			return err
		}
	}
	fmt.Fprintf(s.out, "%d cases passed, %d differed\n", all.passed, all.differed)
	switch {
	case all.differed > 0:
		return fail(exitDifferences, errors.New(""), "")
	case all.passed == 0:
		return fail(exitInput, errors.New("no case was run"), "look at the column method, and at --method")
	}
	return nil
}

// tally counts cases.
type tally struct{ passed, differed int }

func (t *tally) count(differences int) {
	if differences == 0 {
		t.passed++
	} else {
		t.differed++
	}
}

func (s *session) checkRecords(file, only string, methods methodCache, pack *register.Pack, all *tally) error {
	cases, err := assign.ReadCases(file)
	if err != nil {
		return err
	}
	for _, c := range cases {
		m, run, err := methods.of(c, only)
		if err != nil {
			return err
		}
		if !run {
			continue
		}
		differences := c.Check(m, pack)
		for _, d := range differences {
			s.differs(file, c.Row, c.ID, m.Spec(), d.What, d.Expected, d.Got)
		}
		all.count(len(differences))
	}
	return nil
}

// checkStatistics runs a table of statistical cases. They are of no method, so
// none is run when only one method's are asked for.
func (s *session) checkStatistics(file string, text []byte, only string, all *tally) error {
	cases, err := measure.ReadCases(text, append(measure.Statistics(), equity.Statistics()...))
	if err != nil {
		return faultsIn(file, err)
	}
	if only != "" {
		return nil
	}
	var unread []error
	for _, c := range cases {
		differences, err := c.Check()
		if err != nil {
			unread = append(unread, err)
			continue
		}
		for _, d := range differences {
			s.differs(file, c.Row, c.ID, c.Statistic(), d.What, d.Expected, d.Got)
		}
		all.count(len(differences))
	}
	if len(unread) > 0 {
		return faultsIn(file, errors.Join(unread...))
	}
	return nil
}

// faultsIn puts the name of the file before each fault.
func faultsIn(file string, err error) error {
	input := &assign.InputError{}
	for _, line := range strings.Split(err.Error(), "\n") {
		input.Faults = append(input.Faults, file+" "+line)
	}
	return input
}

func (s *session) differs(file string, row int, id, by, what, expected, got string) {
	fmt.Fprintf(s.out, "%s row %d, case %s (%s): %s: expected %s, got %s\n", file, row, id, by, what, shown(expected), shown(got))
}

func shown(s string) string {
	if s == "" {
		return "(blank)"
	}
	return s
}

// methodCache loads each method once.
type methodCache struct {
	library method.Library
	loaded  map[string]*method.Method
}

// of gives the method of a case; run is false when the case is for another
// method than the one asked for.
func (c *methodCache) of(k *assign.Case, only string) (m *method.Method, run bool, err error) {
	spec := k.Method
	name, _, _ := strings.Cut(k.Method, "+")
	if wanted, _, readings := strings.Cut(only, "+"); only != "" {
		if name != "" && name != wanted {
			return nil, false, nil
		}
		if readings || name == "" {
			spec = only
		}
	}
	if spec == "" {
		spec = defaultMethod
	}
	if c.loaded[spec] == nil {
		if c.loaded[spec], err = c.library.Load(spec); err != nil {
			return nil, false, whose(err, k, spec)
		}
	}
	return c.loaded[spec], true, nil
}

// whose says where a method that cannot be loaded was named: a table of cases
// that names none that exists is bad input.
func whose(err error, k *assign.Case, spec string) error {
	var faults method.Faults
	if spec != k.Method || errors.As(err, &faults) {
		return err
	}
	return fail(exitInput, fmt.Errorf("%s row %d column method value %q: %w", k.File, k.Row, k.Method, err), "see remit method list")
}
