package web

import (
	"fmt"
	"net/http"
	"net/mail"
	"net/url"
	"regexp"
	"strings"
	"time"

	"remit/register"
	"remit/store"
)

// The pages by which administrators keep accounts.

var accountName = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,99}$`)

func (s *Site) accounts(w http.ResponseWriter, r *http.Request) error {
	list, err := s.store.Accounts(r.Context())
	if err != nil {
		return err
	}
	t := &Table{Name: "accounts", Caption: "Accounts", Search: true, Columns: []Column{
		{Key: "name", Title: "Account"}, {Key: "full_name", Title: "Full name"}, {Key: "organisation", Title: "Organisation", Filter: true},
		{Key: "roles", Title: "Roles"}, {Key: "state", Title: "State", Filter: true}, {Key: "signed_in", Title: "Last signed in"},
	}}
	for _, a := range list {
		last := say("").or("Never")
		if !a.SignedInAt.IsZero() {
			last = dayCell(register.DayOf(a.SignedInAt))
		}
		t.Rows = append(t.Rows, Row{to(a.Name, accountAddress(a.Name)), say(a.FullName), code(a.Organisation).or("National"), say(joined(a.Roles)).or("None"), say(s.stateOf(&a)), last})
	}
	return s.show(w, r, view{Page: "accounts", Title: "Accounts", Undated: true, Lead: "Who can sign in here, and what each may do.",
		Trail: []link{{"Your account", "/account"}}, Tables: []*Table{t}})
}

func accountAddress(name string) string { return "/accounts/" + url.PathEscape(name) }

func (s *Site) stateOf(a *store.Account) string {
	switch {
	case a.Disabled:
		return "disabled"
	case a.LockedUntil.After(s.now()):
		return "locked"
	case a.PasswordHash == "" && a.Subject == "":
		return "not set up"
	}
	return "in use"
}

func roleNames() (names []string) {
	for _, r := range store.Roles {
		names = append(names, string(r))
	}
	return names
}

// detailFields are what an administrator says of an account.
func detailFields(a *store.Account) []*field {
	picked := map[string]bool{}
	for _, r := range a.Roles {
		picked[string(r)] = true
	}
	return []*field{
		{Name: "full_name", Label: "Full name", Value: a.FullName, Autocomplete: "off"},
		{Name: "email", Label: "E-mail address", Hint: "By which the account is found at the first sign-in with the organisation's account. It may be left empty.", Type: "email", Value: a.Email, Autocomplete: "off"},
		{Name: "organisation", Label: "Organisation", Hint: "Its code, such as QMJ: the account changes the facts of that board alone. Empty for somebody national.", Value: a.Organisation, Autocomplete: "off"},
		{Name: "roles", Label: "Roles", Hint: "reader sees what is not public, editor proposes changes, approver decides on those of others, administrator keeps accounts.", Many: true, Options: roleNames(), Picked: picked},
	}
}

// details reads the fields into an account, and says what is wrong.
func details(asked *Asked, f *form, a *store.Account) {
	a.FullName, a.Email, a.Organisation, a.Roles = f.text("full_name"), f.text("email"), f.text("organisation"), nil
	for _, x := range f.Fields {
		if x.Name != "roles" {
			continue
		}
		for _, r := range store.Roles {
			if x.Picked[string(r)] {
				a.Roles = append(a.Roles, r)
			}
		}
	}
	checkName(f, *a)
	if a.Email != "" {
		if m, err := mail.ParseAddress(a.Email); err != nil || m.Address != a.Email {
			f.fault("email", "Enter an e-mail address as name@organisation, or leave it empty")
		}
	}
	if a.Organisation != "" {
		if _, _, ok := asked.Register.organisation(a.Organisation, asked.Today); !ok {
			f.fault("organisation", fmt.Sprintf("The register has no organisation %s; enter its code, such as QMJ, or leave it empty", a.Organisation))
		}
	}
}

func newAccountForm() *form {
	return &form{Name: "new", Action: "/accounts/new", Button: "Add account", Fields: append([]*field{
		{Name: "name", Label: "Account name", Hint: "To sign in with, such as a.khan. It stands in the audit log and cannot be changed.", Autocomplete: "off"},
	}, detailFields(&store.Account{})...)}
}

func (s *Site) newAccountPage(w http.ResponseWriter, r *http.Request) error {
	return s.showNewAccount(w, r, newAccountForm())
}

var accountsTrail = []link{{"Your account", "/account"}, {"Accounts", "/accounts"}}

func (s *Site) showNewAccount(w http.ResponseWriter, r *http.Request, f *form) error {
	return s.formsPage(w, r, view{Title: "Add an account", Trail: accountsTrail,
		Lead: "You get a link that works once, for 24 hours. Hand it to the person, who chooses a password."}, part{Form: f})
}

func (s *Site) addAccount(w http.ResponseWriter, r *http.Request) error {
	f := newAccountForm()
	if err := f.read(r); err != nil {
		return err
	}
	a := store.Account{Name: f.text("name")}
	details(asked(r), f, &a)
	if !f.faulty() {
		there, err := s.store.Accounts(r.Context())
		if err != nil {
			return err
		}
		for _, x := range there {
			if strings.EqualFold(x.Name, a.Name) {
				f.fault("name", "There is an account of that name already")
			}
		}
	}
	if f.faulty() {
		return s.showNewAccount(w, r, f)
	}
	a, err := s.store.CreateAccount(r.Context(), asked(r).Account.Name, a)
	if err != nil {
		return err
	}
	return s.giveLink(w, r, a)
}

// giveLink shows a link by which somebody chooses a password, this one time.
func (s *Site) giveLink(w http.ResponseWriter, r *http.Request, a store.Account) error {
	token, err := s.store.IssueSetup(r.Context(), asked(r).Account.Name, a.Name, setUpValid)
	if err != nil {
		return err
	}
	return s.showOneAccount(w, r, a, nil, SetUpAddress(s.address(r), token))
}

// address is where people find the site.
func (s *Site) address(r *http.Request) string {
	switch {
	case s.publicURL != "":
		return s.publicURL
	case s.private(r):
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

func changeForm(a *store.Account) *form {
	return &form{Name: "change", Action: accountAddress(a.Name), Button: "Save", Fields: detailFields(a)}
}

func (s *Site) oneAccount(w http.ResponseWriter, r *http.Request) error {
	a, err := s.store.Account(r.Context(), r.PathValue("name"))
	if err != nil {
		return err
	}
	return s.showOneAccount(w, r, a, nil, "")
}

func (s *Site) showOneAccount(w http.ResponseWriter, r *http.Request, a store.Account, change *form, secret string) error {
	if change == nil {
		change = changeForm(&a)
	}
	press := func(what, button, text string) part {
		return part{Text: text, Form: &form{Name: what, Action: accountAddress(a.Name) + "/" + what, Button: button, Danger: true}}
	}
	facts := accountFacts(&a)
	facts = append(facts, named{"State", say(s.stateOf(&a))})
	parts := []part{{Facts: facts, Secret: secret}, {Title: "Details and roles", Form: change}}
	if a.LockedUntil.After(s.now()) {
		parts = append(parts, press("unlock", "Unlock account", "Locked after too many wrong passwords, until "+a.LockedUntil.In(register.England).Format("15:04")+"."))
	}
	if a.Disabled {
		parts = append(parts, press("enable", "Enable account", "Nobody can sign in with it."))
	} else {
		parts = append(parts, press("link", "Make a set-up link", "By which the person chooses a new password. A link made before no longer works."),
			press("disable", "Disable account", "Ends its sessions, and its keys no longer work. What it did stays in the audit log."))
	}
	return s.formsPage(w, r, view{Title: "Account " + a.Name, Trail: accountsTrail}, parts...)
}

func (s *Site) changeAccount(w http.ResponseWriter, r *http.Request) error {
	a, err := s.store.Account(r.Context(), r.PathValue("name"))
	if err != nil {
		return err
	}
	f := changeForm(&a)
	if err := f.read(r); err != nil {
		return err
	}
	before := joined(a.Roles) + " " + a.Organisation
	details(asked(r), f, &a)
	if f.faulty() {
		return s.showOneAccount(w, r, a, f, "")
	}
	actor := asked(r).Account.Name
	changed, err := s.store.ChangeAccount(r.Context(), actor, a.Name, func(x *store.Account) {
		x.FullName, x.Email, x.Organisation, x.Roles = a.FullName, a.Email, a.Organisation, a.Roles
	})
	if err != nil {
		return err
	}
	// New powers begin with a new session.
	if joined(changed.Roles)+" "+changed.Organisation != before && changed.Name != actor {
		if err := s.store.EndSessions(r.Context(), changed.Name); err != nil {
			return err
		}
	}
	return s.done(w, r, accountAddress(a.Name), "The account "+a.Name+" is changed.")
}

// pressAccount does what a single button of the page of an account does.
func (s *Site) pressAccount(w http.ResponseWriter, r *http.Request) error {
	a, err := s.store.Account(r.Context(), r.PathValue("name"))
	if err != nil {
		return err
	}
	var change func(*store.Account)
	var text string
	switch r.PathValue("what") {
	case "link":
		if a.Disabled {
			return &problem{http.StatusConflict, "The account is disabled", "A link would not work.", "Enable the account first."}
		}
		return s.giveLink(w, r, a)
	case "unlock":
		change, text = func(x *store.Account) { x.Failures, x.LockedUntil = 0, time.Time{} }, "unlocked"
	case "disable":
		change, text = func(x *store.Account) { x.Disabled = true }, "disabled"
	case "enable":
		change, text = func(x *store.Account) { x.Disabled = false }, "enabled"
	default:
		return store.ErrNotFound
	}
	if _, err := s.store.ChangeAccount(r.Context(), asked(r).Account.Name, a.Name, change); err != nil {
		return err
	}
	if text == "disabled" {
		if err := s.store.EndSessions(r.Context(), a.Name); err != nil {
			return err
		}
	}
	return s.done(w, r, accountAddress(a.Name), "The account "+a.Name+" is "+text+".")
}
