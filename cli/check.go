package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"remit/assign"
	"remit/method"
	"remit/register"
)

func (s *session) checkCommand() *cobra.Command {
	var only string
	c := &cobra.Command{
		Use:   "check CASES.csv...",
		Short: "Run tables of cases and print each answer that differs",
		Long: `Run tables of cases: each row is a record and the answer it must get. The
column method says by which method; columns named expected_* hold the answer.
Prints each difference as expected and got. The exit code is 1 if any differs.`,
		Example: "  remit check cases.csv\n  remit check --method cam-2025-26 --reference tables/ cases.csv",
		Args:    needs(1, 0, "the tables of cases"),
		RunE: func(_ *cobra.Command, args []string) error {
			pack, err := s.pack()
			if err != nil {
				return err
			}
			return s.check(pack, only, args)
		},
	}
	c.Flags().StringVar(&only, "method", "", "run only the cases of this method; readings may be added: cam-2025-26+A4=40")
	return c
}

func (s *session) check(pack *register.Pack, only string, files []string) error {
	methods := methodCache{library: library(pack), loaded: map[string]*method.Method{}}
	if only != "" {
		if _, err := methods.library.Load(only); err != nil {
			return err
		}
	}
	passed, differed := 0, 0
	for _, f := range files {
		cases, err := assign.ReadCases(f)
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
				fmt.Fprintf(s.out, "%s row %d, case %s (%s): %s: expected %s, got %s\n", f, c.Row, c.ID, m.Spec(), d.What, shown(d.Expected), shown(d.Got))
			}
			if len(differences) == 0 {
				passed++
			} else {
				differed++
			}
		}
	}
	fmt.Fprintf(s.out, "%d cases passed, %d differed\n", passed, differed)
	switch {
	case differed > 0:
		return fail(exitDifferences, errors.New(""), "")
	case passed == 0:
		return fail(exitInput, errors.New("no case was run"), "look at the column method, and at --method")
	}
	return nil
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
