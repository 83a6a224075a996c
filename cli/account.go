package cli

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"remit/store"
	"remit/web"
)

// accountCommand makes the commands about accounts of the web application.
func (s *session) accountCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "account",
		Short: "Keep the accounts of the web application",
		Long: `Keep the accounts of the people who sign in to the web application. Whoever can
run this can read and change everything: the operating system guards it, not an
account. Passwords are never typed here: a person chooses one by a link that works
once, for 24 hours.`,
		Example: "  remit account list",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var p place
	p.add(c)
	c.AddCommand(s.accountListCommand(&p), s.accountAddCommand(&p), s.accountSetupCommand(&p), s.accountDisableCommand(&p))
	return c
}

func (s *session) accountListCommand(p *place) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the accounts",
		Example: "  remit account list",
		Args:    cobra.NoArgs,
		RunE: p.with(func(cmd *cobra.Command, _ []string, st *store.Store) error {
			accounts, err := st.Accounts(cmd.Context())
			if err != nil {
				return storeFault(err)
			}
			if len(accounts) == 0 {
				_, err := fmt.Fprintln(s.out, "There are no accounts.")
				return err
			}
			tabs := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(tabs, "account\tfull name\torganisation\troles\tstate")
			for _, a := range accounts {
				fmt.Fprintf(tabs, "%s\t%s\t%s\t%s\t%s\n", a.Name, a.FullName, a.Organisation, accountRoles(a.Roles), accountState(&a, time.Now()))
			}
			return tabs.Flush()
		}),
	}
}

func accountRoles(roles []store.Role) string {
	var names []string
	for _, r := range roles {
		names = append(names, string(r))
	}
	return strings.Join(names, ",")
}

func accountState(a *store.Account, now time.Time) string {
	switch {
	case a.Disabled:
		return "disabled"
	case a.LockedUntil.After(now):
		return "locked"
	case a.PasswordHash == "" && a.Subject == "":
		return "not set up"
	}
	return "in use"
}

func (s *session) accountAddCommand(p *place) *cobra.Command {
	var a store.Account
	var roles []string
	c := &cobra.Command{
		Use:   "add NAME",
		Short: "Add an account, and print the link by which its password is chosen",
		Example: `  remit account add a.khan --full-name "Aisha Khan" --role administrator --role reader
  remit account add b.cole --full-name "Ben Cole" --role reader --role editor --organisation QMJ`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, r := range roles {
				if !slices.Contains(store.Roles, store.Role(r)) {
					return fail(exitUsage, fmt.Errorf("%q is not a role", r), "the roles are reader, editor, approver and administrator")
				}
				a.Roles = append(a.Roles, store.Role(r))
			}
			a.Name = args[0]
			st, err := p.open(cmd.Context())
			if err != nil {
				return err
			}
			defer st.Close()
			if err := checkOrganisation(cmd, st, a.Organisation); err != nil {
				return err
			}
			made, err := st.CreateAccount(cmd.Context(), operator(), a)
			if err != nil {
				return storeFault(err)
			}
			return s.printSetup(cmd, st, made.Name)
		},
	}
	c.Flags().StringArrayVar(&roles, "role", nil, "what the account may do: reader, editor, approver or administrator; may be given several times")
	c.Flags().StringVar(&a.Organisation, "organisation", "", "code of the organisation whose facts the account changes; empty for somebody national")
	c.Flags().StringVar(&a.FullName, "full-name", "", "name of the person")
	c.Flags().StringVar(&a.Email, "email", "", "e-mail address, by which OpenID Connect finds the account the first time")
	return c
}

// checkOrganisation refuses the code of an organisation that the register does not
// have: an account of it could change nothing.
func checkOrganisation(cmd *cobra.Command, st *store.Store, code string) error {
	if code == "" {
		return nil
	}
	known, err := st.Known(cmd.Context(), time.Time{})
	if err != nil {
		return storeFault(err)
	}
	if !slices.ContainsFunc([]string{"icb", "sub_icb", "provider", "hub", "region", "reporting_entity", "body", "health_board"}, func(table string) bool { return len(known.Find(table, code)) > 0 }) {
		return fail(exitUsage, fmt.Errorf("the register has no organisation %s", code), "give its code, such as QMJ, or leave --organisation out")
	}
	return nil
}

func (s *session) accountSetupCommand(p *place) *cobra.Command {
	return &cobra.Command{
		Use:     "setup NAME",
		Short:   "Print a link by which a person chooses a new password",
		Long:    "Print a link by which a person chooses a new password. It works once, for 24 hours; one printed before no longer works.",
		Example: "  remit account setup a.khan",
		Args:    cobra.ExactArgs(1),
		RunE: p.with(func(cmd *cobra.Command, args []string, st *store.Store) error {
			return s.printSetup(cmd, st, args[0])
		}),
	}
}

// printSetup issues a set-up token and prints its link, with the public address of
// the site where that is known.
func (s *session) printSetup(cmd *cobra.Command, st *store.Store, name string) error {
	token, err := st.IssueSetup(cmd.Context(), operator(), name, 24*time.Hour)
	if errors.Is(err, store.ErrNotFound) {
		return noAccount(name)
	}
	if err != nil {
		return storeFault(err)
	}
	public := strings.TrimRight(os.Getenv("REMIT_PUBLIC_URL"), "/")
	_, err = fmt.Fprintf(s.out, "Hand this to the person. It works once, for 24 hours:\n%s\n", web.SetUpAddress(public, token))
	if err == nil && public == "" {
		_, err = fmt.Fprintln(s.out, "Put the address of the web application before it.")
	}
	return err
}

func noAccount(name string) error {
	return fail(exitInput, fmt.Errorf("there is no account %s", name), "run remit account list")
}

func (s *session) accountDisableCommand(p *place) *cobra.Command {
	return &cobra.Command{
		Use:     "disable NAME",
		Short:   "Disable an account and end its sessions",
		Example: "  remit account disable b.cole",
		Args:    cobra.ExactArgs(1),
		RunE: p.with(func(cmd *cobra.Command, args []string, st *store.Store) error {
			a, err := st.ChangeAccount(cmd.Context(), operator(), args[0], func(a *store.Account) { a.Disabled = true })
			if errors.Is(err, store.ErrNotFound) {
				return noAccount(args[0])
			}
			if err == nil {
				err = st.EndSessions(cmd.Context(), a.Name)
			}
			if err != nil {
				return storeFault(err)
			}
			_, err = fmt.Fprintf(s.out, "The account %s is disabled.\n", a.Name)
			return err
		}),
	}
}
