package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Role is what an account may do. An account may have several.
type Role string

// The roles. Whoever has not signed in is the public and may read what is public.
const (
	Reader        Role = "reader"        // sees what is not public: the audit log, documents, runs of the own organisation
	Editor        Role = "editor"        // proposes changes
	Approver      Role = "approver"      // approves what others propose
	Administrator Role = "administrator" // keeps accounts and keys
)

// Roles are all roles, from the least to the most.
var Roles = []Role{Reader, Editor, Approver, Administrator}

// Account is a person who can sign in. The name stands in the audit log and never
// changes, nor is an account ever removed: it is disabled.
type Account struct {
	Name         string // in lower case, as typed when signing in
	FullName     string
	Email        string
	Organisation string // code of the organisation; blank for somebody national
	Roles        []Role
	PasswordHash string // argon2id in the usual form ($argon2id$v=19$...), or blank: no password
	Subject      string // issuer and subject of OpenID Connect, or blank
	Failures     int64  // failed attempts since the last sign-in or lock
	LockedUntil  time.Time
	Disabled     bool
	CreatedAt    time.Time
	SignedInAt   time.Time
}

// Has says whether the account has a role.
func (a *Account) Has(r Role) bool { return !a.Disabled && slices.Contains(a.Roles, r) }

const accountColumns = "name, full_name, email, organisation, roles, password_hash, subject, failures, locked_until, disabled, created_at, signed_in_at"

func scanAccount(row scanner) (a Account, err error) {
	var roles, locked, created, signedIn string
	var disabled int64
	err = row.Scan(&a.Name, &a.FullName, &a.Email, &a.Organisation, &roles, &a.PasswordHash, &a.Subject, &a.Failures, &locked, &disabled, &created, &signedIn)
	if err != nil {
		return a, err
	}
	a.LockedUntil, a.CreatedAt, a.SignedInAt, a.Disabled = unstamp(locked), unstamp(created), unstamp(signedIn), disabled != 0
	a.Roles, err = jsonList[Role](roles)
	return a, err
}

func (a *Account) check() error {
	a.Name = strings.ToLower(strings.TrimSpace(a.Name))
	if a.Name == "" || strings.ContainsFunc(a.Name, func(r rune) bool { return r <= ' ' || r == 0x7f }) || len(a.Name) > 100 {
		return refuse("%q cannot be the name of an account; use letters, digits and . - _ @, without blanks", a.Name)
	}
	for _, r := range a.Roles {
		if !slices.Contains(Roles, r) {
			return refuse("%q is not a role; the roles are reader, editor, approver and administrator", r)
		}
	}
	if a.PasswordHash != "" && !strings.HasPrefix(a.PasswordHash, "$argon2id$") {
		return refuse("the password of %s is not hashed with argon2id", a.Name)
	}
	return nil
}

// CreateAccount makes an account. Name, names, organisation, roles, password hash
// and subject are taken from the one given.
func (s *Store) CreateAccount(ctx context.Context, actor string, a Account) (Account, error) {
	return s.createAccount(ctx, actor, a, false)
}

func (s *Store) createAccount(ctx context.Context, actor string, a Account, alone bool) (Account, error) {
	if err := a.check(); err != nil {
		return a, err
	}
	err := s.write(ctx, func(w *writing) error {
		if alone {
			if there, err := w.number("SELECT COUNT(*) FROM account"); err != nil || there > 0 {
				return orRefuse(err, "there are accounts here already; ask an administrator for one")
			}
		}
		if there, err := w.number("SELECT COUNT(*) FROM account WHERE name = $1", a.Name); err != nil || there > 0 {
			return orRefuse(err, "there is an account named %s already", a.Name)
		}
		a.CreatedAt = unstamp(w.at)
		row := []any{a.Name, a.FullName, a.Email, a.Organisation, jsonText(some(a.Roles)), a.PasswordHash, a.Subject, 0, "", bit(a.Disabled), w.at, "", "", ""}
		if err := w.insert("account", accountColumns+", setup_hash, setup_expires", [][]any{row}); err != nil {
			return err
		}
		return w.audit(actor, "account.create", "account "+a.Name, detail{Columns: accountDifferences(Account{}, a)})
	})
	return a, err
}

// CreateFirstAccount makes an account as CreateAccount does, but only where there
// is none: of two who try at once, one is refused.
func (s *Store) CreateFirstAccount(ctx context.Context, a Account) (Account, error) {
	return s.createAccount(ctx, a.Name, a, true)
}

func orRefuse(err error, format string, args ...any) error {
	if err != nil {
		return err
	}
	return refuse(format, args...)
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// Account is the account with the name.
func (s *Store) Account(ctx context.Context, name string) (Account, error) {
	return first(ctx, s.reading, scanAccount, "SELECT "+accountColumns+" FROM account WHERE name = $1", strings.ToLower(strings.TrimSpace(name)))
}

// AccountOf is the account of a subject of OpenID Connect.
func (s *Store) AccountOf(ctx context.Context, subject string) (Account, error) {
	if subject == "" {
		return Account{}, ErrNotFound
	}
	return first(ctx, s.reading, scanAccount, "SELECT "+accountColumns+" FROM account WHERE subject = $1", subject)
}

// Accounts lists all accounts by name.
func (s *Store) Accounts(ctx context.Context) ([]Account, error) {
	return list(ctx, s.reading, scanAccount, "SELECT "+accountColumns+" FROM account ORDER BY name"+s.dialect.binary)
}

// ChangeAccount changes an account as the function does; its name and the moments
// of it stay. The log tells what changed, and of a password only that it did. The
// last administrator who can sign in cannot be taken away.
func (s *Store) ChangeAccount(ctx context.Context, actor, name string, change func(*Account)) (Account, error) {
	var a Account
	err := s.write(ctx, func(w *writing) (err error) {
		if a, err = w.account(name); err != nil {
			return err
		}
		before := a
		before.Roles = slices.Clone(a.Roles)
		change(&a)
		a.Name, a.CreatedAt, a.SignedInAt = before.Name, before.CreatedAt, before.SignedInAt
		if err := a.check(); err != nil {
			return err
		}
		if err := w.keepAccount(a); err != nil {
			return err
		}
		if before.Has(Administrator) && !a.Has(Administrator) {
			if err := w.checkAdministrators(); err != nil {
				return err
			}
		}
		return w.audit(actor, "account.change", "account "+a.Name, detail{Columns: accountDifferences(before, a)})
	})
	return a, err
}

func (w *writing) account(name string) (Account, error) {
	return first(w.ctx, w, scanAccount, "SELECT "+accountColumns+" FROM account WHERE name = $1", strings.ToLower(strings.TrimSpace(name)))
}

func (w *writing) keepAccount(a Account) error {
	return w.exec(`UPDATE account SET full_name = $2, email = $3, organisation = $4, roles = $5, password_hash = $6, subject = $7, failures = $8, locked_until = $9, disabled = $10, signed_in_at = $11 WHERE name = $1`,
		a.Name, a.FullName, a.Email, a.Organisation, jsonText(some(a.Roles)), a.PasswordHash, a.Subject, a.Failures, stamp(a.LockedUntil), bit(a.Disabled), stamp(a.SignedInAt))
}

func (w *writing) checkAdministrators() error {
	all, err := list(w.ctx, w, scanAccount, "SELECT "+accountColumns+" FROM account")
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(a Account) bool { return a.Has(Administrator) }) {
		return refuse("this is the last administrator; make another one first")
	}
	return nil
}

// accountDifferences tells what changed, without secrets.
func accountDifferences(before, after Account) (all []Difference) {
	add := func(column, before, after string) {
		if before != after {
			all = append(all, Difference{column, before, after})
		}
	}
	add("full_name", before.FullName, after.FullName)
	add("email", before.Email, after.Email)
	add("organisation", before.Organisation, after.Organisation)
	add("roles", fmt.Sprint(before.Roles), fmt.Sprint(after.Roles))
	add("subject", before.Subject, after.Subject)
	add("disabled", fmt.Sprint(before.Disabled), fmt.Sprint(after.Disabled))
	add("locked_until", stamp(before.LockedUntil), stamp(after.LockedUntil))
	if before.PasswordHash != after.PasswordHash {
		all = append(all, Difference{"password", "", "changed"})
	}
	return all
}

// FailSignIn counts a failed attempt, and locks the account for a while when there
// were as many as the limit. The account returned says until when.
func (s *Store) FailSignIn(ctx context.Context, name string, limit int, lock time.Duration) (Account, error) {
	return s.signIn(ctx, name, "account.sign-in-failed", func(a *Account, now time.Time) {
		if a.Failures++; a.Failures >= int64(limit) {
			a.Failures, a.LockedUntil = 0, now.Add(lock)
		}
	})
}

// PassSignIn records that somebody signed in and forgets failed attempts. An
// account that is disabled or locked is refused with a *RuleError: that it was
// neither a moment ago does not count.
func (s *Store) PassSignIn(ctx context.Context, name string) (Account, error) {
	var why error
	a, err := s.signIn(ctx, name, "account.sign-in", func(a *Account, now time.Time) {
		switch {
		case a.Disabled:
			why = refuse("the account is disabled; ask an administrator")
		case a.LockedUntil.After(now):
			why = refuse("the account is locked until %s after too many attempts", a.LockedUntil.Format("15:04 MST"))
		default:
			a.Failures, a.LockedUntil, a.SignedInAt = 0, time.Time{}, now
		}
	})
	if why != nil {
		return a, why
	}
	return a, err
}

func (s *Store) signIn(ctx context.Context, name, action string, change func(a *Account, now time.Time)) (Account, error) {
	var a Account
	err := s.write(ctx, func(w *writing) (err error) {
		if a, err = w.account(name); err != nil {
			return err
		}
		before := a
		change(&a, unstamp(w.at))
		if before.Failures == a.Failures && before.SignedInAt.Equal(a.SignedInAt) && before.LockedUntil.Equal(a.LockedUntil) {
			return nil
		}
		if err := w.keepAccount(a); err != nil {
			return err
		}
		return w.audit(a.Name, action, "account "+a.Name, detail{Other: map[string]any{"locked": a.LockedUntil.After(unstamp(w.at))}})
	})
	return a, err
}

// IssueSetup makes a token by which its holder may set the password of an account
// once, until it expires. A token issued before is void. The token is kept only as
// a hash: this is the one time that it can be shown.
func (s *Store) IssueSetup(ctx context.Context, actor, name string, valid time.Duration) (token string, err error) {
	token = newToken()
	err = s.write(ctx, func(w *writing) error {
		a, err := w.account(name)
		if err != nil {
			return err
		}
		if err := w.exec("UPDATE account SET setup_hash = $2, setup_expires = $3 WHERE name = $1", a.Name, tokenHash(token), stamp(unstamp(w.at).Add(valid))); err != nil {
			return err
		}
		return w.audit(actor, "account.set-up", "account "+a.Name, detail{})
	})
	return token, err
}

// SetupAccount is the account that a set-up token is for; ErrNotFound when the
// token was used, has expired or never was.
func (s *Store) SetupAccount(ctx context.Context, token string) (Account, error) {
	return first(ctx, s.reading, scanAccount, "SELECT "+accountColumns+" FROM account WHERE setup_hash = $1 AND setup_expires > $2 AND disabled = 0", tokenHash(token), stamp(s.options.Now()))
}

// RedeemSetup sets the password of the account that a token is for, and voids the
// token, every session of the account and its lock.
func (s *Store) RedeemSetup(ctx context.Context, token, passwordHash string) (Account, error) {
	var a Account
	err := s.write(ctx, func(w *writing) (err error) {
		a, err = first(w.ctx, w, scanAccount, "SELECT "+accountColumns+" FROM account WHERE setup_hash = $1 AND setup_expires > $2 AND disabled = 0", tokenHash(token), w.at)
		if err != nil {
			return err
		}
		a.PasswordHash, a.Failures, a.LockedUntil = passwordHash, 0, time.Time{}
		if err := a.check(); err != nil {
			return err
		}
		if err := w.keepAccount(a); err != nil {
			return err
		}
		if err := w.exec("UPDATE account SET setup_hash = '', setup_expires = '' WHERE name = $1", a.Name); err != nil {
			return err
		}
		if err := w.exec("DELETE FROM session WHERE account = $1", a.Name); err != nil {
			return err
		}
		return w.audit(a.Name, "account.change", "account "+a.Name, detail{Columns: []Difference{{"password", "", "changed"}}})
	})
	return a, err
}
