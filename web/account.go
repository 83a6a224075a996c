package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"remit/register"
	"remit/store"
)

// The page of one's own account. Every form of it has an address of its own; the
// page shows the one that was filled in with what is wrong with it.

func passwordForm() *form {
	return &form{Name: "password", Action: "/account/password", Button: "Change password", Fields: append([]*field{
		{Name: "current", Label: "Password now", Type: "password", Autocomplete: "current-password"},
	}, newPasswordFields()...)}
}

// keyDays are how long a key may be good for.
var keyDays = []string{"30", "90", "180", "365"}

func keyForm() *form {
	return &form{Name: "key", Action: "/account/keys", Button: "Issue key", Fields: []*field{
		{Name: "name", Label: "What the key is for", Hint: "Such as: nightly load of the warehouse", Autocomplete: "off"},
		{Name: "scopes", Label: "What it may do", Hint: "Of what your account may. read: look at pages and data. write: send forms and files.", Many: true, Options: scopes, Picked: map[string]bool{scopeRead: true}},
		{Name: "days", Label: "Days until it expires", Options: keyDays, Value: "90"},
	}}
}

func (s *Site) accountPage(w http.ResponseWriter, r *http.Request) error {
	return s.showAccount(w, r, passwordForm(), keyForm(), "")
}

func (s *Site) showAccount(w http.ResponseWriter, r *http.Request, password, key *form, secret string) error {
	a := asked(r).Account
	keys, err := s.store.Keys(r.Context(), a.Name)
	if err != nil {
		return err
	}
	parts := []part{{Facts: accountFacts(a)}}
	if a.PasswordHash != "" {
		parts = append(parts, part{ID: "password", Title: "Password", Text: "Changing it ends your sessions in other browsers.", Form: password})
	}
	parts = append(parts,
		part{ID: "sessions", Title: "Other sessions", Text: "If you forgot to sign out somewhere, end every session but this one.",
			Form: &form{Name: "sessions", Action: "/account/sessions", Button: "End other sessions", Danger: true}},
		part{ID: "keys", Title: "API keys", Text: "A program that acts for you sends a key in the header Authorization: Bearer. Treat a key like a password.", Secret: secret, Form: key})
	now := s.now()
	for _, k := range keys {
		if k.RevokedAt.IsZero() && k.ExpiresAt.After(now) {
			parts = append(parts, keyPart(k))
		}
	}
	if a.Has(store.Administrator) {
		parts = append(parts, part{Title: "Other people", Links: []link{{"Accounts of this Remit", "/accounts"}}})
	}
	return s.formsPage(w, r, view{Title: "Your account"}, parts...)
}

func accountFacts(a *store.Account) []named {
	facts := []named{
		{"Account name", code(a.Name)},
		{"Full name", say(a.FullName)},
		{"E-mail", say(a.Email).or("None")},
		{"Organisation", code(a.Organisation).or("None: national")},
		{"Roles", say(joined(a.Roles)).or("None")},
	}
	if a.Subject != "" {
		facts = append(facts, named{"Signs in with", say("the organisation's account")})
	}
	return facts
}

func joined(roles []store.Role) string {
	var list []string
	for _, r := range store.Roles {
		if slices.Contains(roles, r) {
			list = append(list, string(r))
		}
	}
	return strings.Join(list, ", ")
}

func keyPart(k store.APIKey) part {
	used := say("").or("Never")
	if !k.UsedAt.IsZero() {
		used = say(longDate(register.DayOf(k.UsedAt)))
	}
	return part{
		ID: fmt.Sprint("key-", k.ID), Title: fmt.Sprintf("Key %d: %s", k.ID, k.Name),
		Facts: []named{{"May", say(strings.Join(k.Scopes, ", ")).or("Nothing")}, {"Issued", say(longDate(register.DayOf(k.CreatedAt)))}, {"Expires", say(longDate(register.DayOf(k.ExpiresAt)))}, {"Last used", used}},
		Form:  &form{Name: fmt.Sprint("revoke-", k.ID), Action: fmt.Sprintf("/account/keys/%d/revoke", k.ID), Button: fmt.Sprint("Revoke key ", k.ID), Danger: true},
	}
}

// changePassword changes one's own password. It asks for the one now, at the same
// pace as signing in, and with the same lock.
func (s *Site) changePassword(w http.ResponseWriter, r *http.Request) error {
	a := asked(r).Account
	f := passwordForm()
	if err := f.read(r); err != nil {
		return err
	}
	if a.PasswordHash == "" {
		return &problem{http.StatusConflict, "Your account has no password", "You sign in with your organisation's account.", "Change the password there."}
	}
	if err := slow(w, s.limits.name.wait(a.Name, s.now())); err != nil {
		return err
	}
	checkNewPassword(f, a.Name)
	if f.text("current") == "" {
		f.fault("current", "Enter the password that you have now")
	} else if !f.faulty() {
		if _, err := s.prove(r.Context(), a.Name, f.text("current")); errors.Is(err, errNotProven) {
			f.fault("current", "That is not your password, or the account is locked at the moment")
		} else if err != nil {
			return err
		}
	}
	if f.faulty() {
		return s.showAccount(w, r, f, keyForm(), "")
	}
	hash := hashPassword(f.text("password"))
	if _, err := s.store.ChangeAccount(r.Context(), a.Name, a.Name, func(x *store.Account) { x.PasswordHash = hash }); err != nil {
		return err
	}
	return s.onlyHere(w, r, "Your password has changed. Your other sessions have ended.")
}

func (s *Site) endOthers(w http.ResponseWriter, r *http.Request) error {
	a := asked(r).Account
	if err := s.store.Record(r.Context(), a.Name, "account.end-sessions", "account "+a.Name, struct{}{}); err != nil {
		return err
	}
	return s.onlyHere(w, r, "Your other sessions have ended.")
}

// onlyHere ends every session of an account and begins a new one in this browser.
func (s *Site) onlyHere(w http.ResponseWriter, r *http.Request, text string) error {
	a := asked(r).Account
	if err := s.store.EndSessions(r.Context(), a.Name); err != nil {
		return err
	}
	if err := s.begin(w, r, a.Name, text); err != nil {
		return err
	}
	http.Redirect(w, r, "/account", http.StatusSeeOther)
	return nil
}

func (s *Site) issueKey(w http.ResponseWriter, r *http.Request) error {
	a := asked(r).Account
	f := keyForm()
	if err := f.read(r); err != nil {
		return err
	}
	if f.text("name") == "" {
		f.fault("name", "Say what the key is for")
	}
	var picked []string
	for _, scope := range scopes {
		if f.Fields[1].Picked[scope] {
			picked = append(picked, scope)
		}
	}
	if len(picked) == 0 {
		f.fault("scopes", "Choose what the key may do")
	}
	if f.faulty() {
		return s.showAccount(w, r, passwordForm(), f, "")
	}
	days, err := strconv.Atoi(f.text("days"))
	if err != nil {
		return err
	}
	secret, _, err := s.store.IssueKey(r.Context(), a.Name, store.APIKey{Name: f.text("name"), Account: a.Name, Scopes: picked, ExpiresAt: s.now().Add(time.Duration(days) * 24 * time.Hour)})
	if err != nil {
		return err
	}
	return s.showAccount(w, r, passwordForm(), keyForm(), secret)
}

// revokeKey revokes a key of one's own; one of somebody else is not there.
func (s *Site) revokeKey(w http.ResponseWriter, r *http.Request) error {
	a := asked(r).Account
	id, err := strconv.ParseInt(r.PathValue("key"), 10, 64)
	if err != nil {
		return store.ErrNotFound
	}
	keys, err := s.store.Keys(r.Context(), a.Name)
	if err != nil {
		return err
	}
	if a.Name == "" || !slices.ContainsFunc(keys, func(k store.APIKey) bool { return k.ID == id && k.Account == a.Name }) {
		return store.ErrNotFound
	}
	if err := s.store.RevokeKey(r.Context(), a.Name, id); err != nil {
		return err
	}
	return s.done(w, r, "/account#keys", fmt.Sprintf("Key %d is revoked.", id))
}
