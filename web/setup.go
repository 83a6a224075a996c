package web

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"time"

	"remit/store"
)

// setUpValid is how long a link is good for by which somebody chooses a password.
const setUpValid = 24 * time.Hour

// firstLink is the token by which the first administrator is made. It is kept in
// memory alone: it ends with the program, which prints another when it starts.
type firstLink struct {
	mu      sync.Mutex
	hash    [sha256.Size]byte
	expires time.Time
}

// FirstLink makes the address, from the root of the site, by which the first
// administrator is made, once, within 24 hours. It is blank when there are accounts.
func (s *Site) FirstLink(ctx context.Context) (string, error) {
	accounts, err := s.store.Accounts(ctx)
	if err != nil || len(accounts) > 0 {
		return "", err
	}
	token := rand.Text()
	s.first.mu.Lock()
	defer s.first.mu.Unlock()
	s.first.hash, s.first.expires = sha256.Sum256([]byte(token)), s.now().Add(setUpValid)
	return SetUpAddress("", token), nil
}

// SetUpAddress is the address of the page where the holder of a set-up token
// chooses a password, under the public address of a site.
func SetUpAddress(public, token string) string {
	return public + "/set-up?token=" + url.QueryEscape(token)
}

// fits says whether a token is the one of the first administrator.
func (f *firstLink) fits(token string, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	hash := sha256.Sum256([]byte(token))
	return now.Before(f.expires) && subtle.ConstantTimeCompare(hash[:], f.hash[:]) == 1
}

var errLink = &problem{http.StatusNotFound, "This link cannot be used", "The link was used, has expired, or was replaced by a later one.",
	"Ask an administrator for a new one. Where there is no account yet, start the program again: it prints one."}

// holder is whom a set-up token is for: an account, or the first administrator.
func (s *Site) holder(ctx context.Context, token string) (account store.Account, first bool, err error) {
	if s.first.fits(token, s.now()) {
		accounts, err := s.store.Accounts(ctx)
		if err != nil {
			return account, false, err
		}
		if len(accounts) == 0 {
			return account, true, nil
		}
	}
	account, err = s.store.SetupAccount(ctx, token)
	if token == "" || errors.Is(err, store.ErrNotFound) {
		return account, false, errLink
	}
	return account, false, err
}

func setUpForm(token string, first bool) *form {
	f := &form{Name: "set-up", Action: "/set-up", Button: "Set password", Hidden: []parameter{{"token", token}}}
	if first {
		f.Button = "Create account"
		f.Fields = []*field{
			{Name: "name", Label: "Account name", Hint: "To sign in with, such as a.khan. It stands in the audit log and cannot be changed.", Autocomplete: "username"},
			{Name: "full_name", Label: "Full name", Autocomplete: "name"},
		}
	}
	f.Fields = append(f.Fields, newPasswordFields()...)
	return f
}

func newPasswordFields() []*field {
	return []*field{
		{Name: "password", Label: "New password", Type: "password", Autocomplete: "new-password",
			Hint: "12 characters or more. A few words that do not belong together are easy to remember and hard to guess."},
		{Name: "again", Label: "New password again", Type: "password", Autocomplete: "new-password"},
	}
}

// checkNewPassword says at the fields what is wrong with a new password.
func checkNewPassword(f *form, name string) {
	if text := passwordFault(f.text("password"), name); text != "" {
		f.fault("password", text)
		return
	}
	if f.text("password") != f.text("again") {
		f.fault("again", "The two passwords are not the same")
	}
}

func (s *Site) setUpPage(w http.ResponseWriter, r *http.Request) error {
	if err := slow(w, s.limits.address.wait(s.client(r), s.now())); err != nil {
		return err
	}
	token := r.URL.Query().Get("token")
	account, first, err := s.holder(r.Context(), token)
	if err != nil {
		return err
	}
	return s.showSetUp(w, r, account, first, setUpForm(token, first))
}

func (s *Site) showSetUp(w http.ResponseWriter, r *http.Request, account store.Account, first bool, f *form) error {
	v := view{Title: "Choose a password", Lead: "For the account " + account.Name + ". The link that brought you here works once."}
	if first {
		v.Title, v.Lead = "Create the first account", "This Remit has no accounts yet. The first one is an administrator, who makes those of the others. The link that brought you here works once."
	}
	return s.formsPage(w, r, v, part{Form: f})
}

// setUp sets the password of the account that a token is for, or makes the first
// account, and signs it in.
func (s *Site) setUp(w http.ResponseWriter, r *http.Request) error {
	if err := slow(w, s.limits.address.wait(s.client(r), s.now())); err != nil {
		return err
	}
	if err := readForm(r); err != nil {
		return err
	}
	token := r.PostForm.Get("token")
	account, first, err := s.holder(r.Context(), token)
	if err != nil {
		return err
	}
	f := setUpForm(token, first)
	if err := f.read(r); err != nil {
		return err
	}
	if first {
		account = store.Account{Name: f.text("name"), FullName: f.text("full_name"), Roles: []store.Role{store.Reader, store.Administrator}}
		checkName(f, account)
	}
	checkNewPassword(f, account.Name)
	if f.faulty() {
		return s.showSetUp(w, r, account, first, f)
	}
	if first {
		account.PasswordHash = hashPassword(f.text("password"))
		account, err = s.store.CreateFirstAccount(r.Context(), account)
	} else {
		account, err = s.store.RedeemSetup(r.Context(), token, hashPassword(f.text("password")))
	}
	if errors.Is(err, store.ErrNotFound) {
		return errLink // somebody was quicker
	}
	if err != nil {
		return err
	}
	if _, err := s.store.PassSignIn(r.Context(), account.Name); err != nil {
		return err
	}
	if err := s.begin(w, r, account.Name, "Your password is set, and you have signed in."); err != nil {
		return err
	}
	http.Redirect(w, r, "/account", http.StatusSeeOther)
	return nil
}

// checkName says at the fields what is wrong with the names of a new account.
func checkName(f *form, a store.Account) {
	if a.Name == "" {
		f.fault("name", "Enter a name for the account")
	} else if !accountName.MatchString(a.Name) {
		f.fault("name", "The name of an account has letters, digits and . - _ @ alone, and at most 100 of them")
	}
	if a.FullName == "" {
		f.fault("full_name", "Enter the full name of the person")
	}
}
