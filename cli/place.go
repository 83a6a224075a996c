package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"remit/holding"
	"remit/register"
	"remit/store"
)

// place is where the system of record is, as the command line and the environment
// say.
type place struct{ dir, database string }

func (p *place) add(c *cobra.Command) {
	c.PersistentFlags().StringVar(&p.dir, "data", "", "data directory (default: $REMIT_DATA, or remit-data)")
	c.PersistentFlags().StringVar(&p.database, "database", "", "PostgreSQL to use in place of SQLite in the data directory, postgres://...; rather set $REMIT_DATABASE or $REMIT_DATABASE_FILE, which other users cannot read")
}

// resolve fills in what the command line leaves out.
func (p *place) resolve() error {
	if p.dir == "" {
		p.dir = os.Getenv("REMIT_DATA")
	}
	if p.dir == "" {
		p.dir = "remit-data"
	}
	if p.database != "" {
		return nil
	}
	var err error
	p.database, err = setting("REMIT_DATABASE")
	return err
}

// setting is an environment variable, or the content of the file that the same
// name with _FILE behind it names, which is the way to hand over a secret.
func setting(name string) (string, error) {
	path := os.Getenv(name + "_FILE")
	if path == "" {
		return os.Getenv(name), nil
	}
	if os.Getenv(name) != "" {
		return "", fail(exitUsage, fmt.Errorf("both %s and %s_FILE are set", name, name), "set one of them")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fail(exitUsage, fmt.Errorf("%s_FILE: %w", name, err), "")
	}
	return strings.TrimSpace(string(text)), nil
}

// options are those of the store at the place.
func (p *place) options() (store.Options, error) {
	if err := p.resolve(); err != nil {
		return store.Options{}, err
	}
	return store.Options{Dir: p.dir, Database: p.database, Program: programVersion(), Overlay: p.overlays(), Check: checkHoldings}, nil
}

// checkHoldings refuses a register in which who holds what contradicts itself or
// the law.
func checkHoldings(pack *register.Pack) error {
	_, err := holding.New(pack)
	return err
}

// overlays are the directories of imported reference data: in the data directory,
// and where remit reference import keeps it when no data directory is named.
func (p *place) overlays() []string {
	all := store.Overlay(p.dir)
	home := referenceOverlay()
	if info, err := os.Stat(home); err == nil && info.IsDir() && !slices.ContainsFunc(all, func(dir string) bool { return samePath(dir, home) }) {
		all = append([]string{home}, all...)
	}
	return all
}

func samePath(a, b string) bool {
	a, errA := filepath.Abs(a)
	b, errB := filepath.Abs(b)
	return errA == nil && errB == nil && a == b
}

// open opens the store, which must be there already.
func (p *place) open(ctx context.Context) (*store.Store, error) {
	o, err := p.options()
	if err != nil {
		return nil, err
	}
	o.MustExist = true
	s, err := store.Open(ctx, o)
	if err != nil {
		return nil, storeFault(err)
	}
	return s, nil
}

// with makes what a command does of what it does with the store open.
func (p *place) with(do func(cmd *cobra.Command, args []string, st *store.Store) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		st, err := p.open(cmd.Context())
		if err != nil {
			return err
		}
		defer st.Close()
		return do(cmd, args, st)
	}
}

// storeFault gives an error of the store its exit code and hint.
func storeFault(err error) error {
	var rule *store.RuleError
	var refused *store.RefusedError
	var conflict *store.ConflictError
	var chain *store.ChainError
	var newer *store.NewerSchemaError
	var f *failure
	switch {
	case err == nil || errors.As(err, &f):
		return err
	case errors.As(err, &chain):
		return fail(exitDifferences, err, "keep the database as it is, and compare it with a backup")
	case errors.As(err, &rule), errors.As(err, &refused), errors.As(err, &conflict), errors.As(err, &newer):
		return fail(exitInput, err, "nothing was changed")
	case errors.Is(err, store.ErrNoStore), errors.Is(err, store.ErrNotEmpty), errors.Is(err, fs.ErrNotExist):
		return fail(exitInput, err, "")
	case errors.Is(err, store.ErrNotFound):
		return fail(exitInput, err, "look at what there is: remit proposal list")
	}
	return fail(exitInput, err, "look at the database, the directory, its permissions and the space on the disk")
}

// operator names who types, for what nobody has to sign in for.
func operator() string {
	if u, err := user.Current(); err == nil {
		return u.Username + " at the command line"
	}
	return "the command line"
}

// actor checks the name under which a step of a proposal is recorded. Where the
// register has accounts it must be one that may take the step.
func actor(ctx context.Context, s *store.Store, name string, role store.Role) (store.Account, error) {
	if name == "" {
		return store.Account{}, fail(exitUsage, errors.New("the step needs a name"), "say who you are with --as NAME")
	}
	accounts, err := s.Accounts(ctx)
	if err != nil {
		return store.Account{}, err
	}
	if len(accounts) == 0 {
		return store.Account{Name: name, Roles: store.Roles}, nil
	}
	for _, a := range accounts {
		if a.Name == strings.ToLower(name) && a.Has(role) {
			return a, nil
		}
	}
	return store.Account{}, fail(exitUsage, fmt.Errorf("%s is no account with the role %s", name, role), "name one with --as")
}

// count is a number with its noun: 1 change, 2 changes, 3 entries.
func count[N int | int64](n N, noun string) string {
	if n == 1 {
		return fmt.Sprint(n, " ", noun)
	}
	if stem, ok := strings.CutSuffix(noun, "y"); ok {
		return fmt.Sprint(n, " ", stem, "ies")
	}
	return fmt.Sprint(n, " ", noun, "s")
}
