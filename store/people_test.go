package store

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestAccounts(t *testing.T) {
	onBoth(t, func(t *testing.T, o Options) {
		clock := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
		o.Now = func() time.Time { return clock }
		s := open(t, o)
		ctx := t.Context()
		var rule *RuleError
		refuses := func(what string, err error) {
			t.Helper()
			if !errors.As(err, &rule) {
				t.Errorf("%s: got %v, want it refused", what, err)
			}
		}
		root := must(s.CreateAccount(ctx, "set-up", Account{Name: " Root ", Roles: []Role{Administrator}}))(t)
		if root.Name != "root" {
			t.Errorf("%q", root.Name)
		}
		must(s.CreateAccount(ctx, "root", Account{Name: "a.khan@nhs.net", Organisation: "QMJ", Roles: []Role{Editor}, Subject: "https://issuer|1"}))(t)
		_, err := s.CreateAccount(ctx, "root", Account{Name: "A.Khan@nhs.net"})
		refuses("the same name", err)
		_, err = s.CreateAccount(ctx, "root", Account{Name: "a b"})
		refuses("a blank in the name", err)
		_, err = s.CreateAccount(ctx, "root", Account{Name: "x", Roles: []Role{"king"}})
		refuses("no such role", err)
		_, err = s.CreateAccount(ctx, "root", Account{Name: "x", PasswordHash: "secret"})
		refuses("a password in the clear", err)
		if _, err := s.Account(ctx, "nobody"); !errors.Is(err, ErrNotFound) {
			t.Error(err)
		}
		if a := must(s.AccountOf(ctx, "https://issuer|1"))(t); a.Name != "a.khan@nhs.net" || !a.Has(Editor) || a.Has(Approver) {
			t.Errorf("%+v", a)
		}
		if _, err := s.AccountOf(ctx, ""); !errors.Is(err, ErrNotFound) {
			t.Error("accounts without a subject were found by none")
		}

		token := must(s.IssueSetup(ctx, "root", "root", time.Hour))(t)
		if a := must(s.SetupAccount(ctx, token))(t); a.Name != "root" {
			t.Errorf("%+v", a)
		}
		_, err = s.RedeemSetup(ctx, token, "in the clear")
		refuses("a password in the clear", err)
		session := must(s.NewSession(ctx, "root", nil, clock.Add(time.Hour)))(t)
		must(s.RedeemSetup(ctx, token, "$argon2id$v=19$m=1,t=1,p=1$eA$eA"))(t)
		if _, err := s.Session(ctx, session); !errors.Is(err, ErrNotFound) {
			t.Error("a session outlived the password")
		}
		if _, err := s.RedeemSetup(ctx, token, "$argon2id$x"); !errors.Is(err, ErrNotFound) {
			t.Error("a token was used twice")
		}
		late := must(s.IssueSetup(ctx, "root", "root", time.Hour))(t)
		clock = clock.Add(2 * time.Hour)
		if _, err := s.RedeemSetup(ctx, late, "$argon2id$x"); !errors.Is(err, ErrNotFound) {
			t.Error("a token was used after it expired")
		}

		for range 4 {
			must(s.FailSignIn(ctx, "root", 5, time.Hour))(t)
		}
		must(s.PassSignIn(ctx, "root"))(t)
		for n := range 5 {
			if a := must(s.FailSignIn(ctx, "root", 5, time.Hour))(t); (n == 4) != a.LockedUntil.After(clock) {
				t.Errorf("after attempt %d: locked until %v", n+1, a.LockedUntil)
			}
		}
		_, err = s.PassSignIn(ctx, "root")
		refuses("a locked account", err)
		clock = clock.Add(2 * time.Hour)
		if a := must(s.PassSignIn(ctx, "root"))(t); !a.LockedUntil.IsZero() || !a.SignedInAt.After(clock.Add(-time.Second)) {
			t.Errorf("%+v", a)
		}
		_, err = s.ChangeAccount(ctx, "root", "root", func(a *Account) { a.Disabled = true })
		refuses("the last administrator", err)
		must(s.ChangeAccount(ctx, "root", "a.khan@nhs.net", func(a *Account) {
			a.Name, a.Roles, a.PasswordHash = "other", []Role{Editor, Administrator}, "$argon2id$secret"
		}))(t)
		must(s.ChangeAccount(ctx, "root", "root", func(a *Account) { a.Disabled = true }))(t)
		_, err = s.PassSignIn(ctx, "root")
		refuses("a disabled account", err)
		all := must(s.Accounts(ctx))(t)
		if len(all) != 2 || all[0].Name != "a.khan@nhs.net" {
			t.Errorf("%+v", all)
		}
		for _, e := range must(s.Entries(ctx, "", 0, 100))(t) {
			if strings.Contains(string(e.Detail), "argon2id") {
				t.Errorf("the log holds the hash of a password: %s", e.Detail)
			}
		}
		if _, err := s.Verify(ctx, ""); err != nil {
			t.Error(err)
		}
	})
}

func TestSessions(t *testing.T) {
	onBoth(t, func(t *testing.T, o Options) {
		clock := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
		o.Now = func() time.Time { return clock }
		s := open(t, o)
		ctx := t.Context()
		token := must(s.NewSession(ctx, "ann", []byte("data\x00"), clock.Add(time.Hour)))(t)
		v := must(s.Session(ctx, token))(t)
		if v.Account != "ann" || string(v.Data) != "data\x00" || !v.CreatedAt.Equal(clock) || !v.ExpiresAt.Equal(clock.Add(time.Hour)) {
			t.Errorf("%+v", v)
		}
		v.Data = []byte("more")
		if err := s.SaveSession(ctx, token, v); err != nil || string(must(s.Session(ctx, token))(t).Data) != "more" {
			t.Error(err)
		}
		other := must(s.NewSession(ctx, "bob", nil, clock.Add(time.Hour)))(t)
		if err := s.EndSessions(ctx, "ann"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Session(ctx, token); !errors.Is(err, ErrNotFound) {
			t.Error(err)
		}
		must(s.Session(ctx, other))(t)
		clock = clock.Add(time.Hour)
		if _, err := s.Session(ctx, other); !errors.Is(err, ErrNotFound) {
			t.Errorf("at the moment of expiry: %v", err)
		}
		if err := s.PurgeSessions(ctx); err != nil {
			t.Fatal(err)
		}
		if n := must(number(s.reading.QueryRow("SELECT COUNT(*) FROM session")))(t); n != 0 {
			t.Errorf("%d sessions are left", n)
		}
		again := must(s.NewSession(ctx, "bob", nil, clock.Add(time.Hour)))(t)
		if err := s.EndSession(ctx, again); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Session(ctx, again); !errors.Is(err, ErrNotFound) {
			t.Error(err)
		}
	})
}

func TestKeys(t *testing.T) {
	onBoth(t, func(t *testing.T, o Options) {
		clock := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
		o.Now = func() time.Time { return clock }
		s := open(t, o)
		ctx := t.Context()
		must(s.CreateAccount(ctx, "root", Account{Name: "ann"}))(t)
		ask := APIKey{Name: "a script", Account: "ann", Scopes: []string{"read", "propose"}, ExpiresAt: clock.Add(time.Hour)}
		key, made, err := s.IssueKey(ctx, "root", ask)
		if err != nil || !strings.HasPrefix(key, "remit_") {
			t.Fatal(key, err)
		}
		clock = clock.Add(time.Minute)
		if k := must(s.Key(ctx, key))(t); strings.Join(k.Scopes, " ") != "read propose" || !k.UsedAt.Equal(clock) {
			t.Errorf("%+v", k)
		}
		if _, err := s.Key(ctx, key+"x"); !errors.Is(err, ErrNotFound) {
			t.Error(err)
		}
		var rule *RuleError
		for _, bad := range []APIKey{{Account: "ann", ExpiresAt: clock.Add(1)}, {Name: "x", Account: "ann"}, {Name: "x", Account: "nobody", ExpiresAt: clock.Add(time.Hour)}} {
			if _, _, err := s.IssueKey(ctx, "root", bad); !errors.As(err, &rule) {
				t.Errorf("%+v: %v", bad, err)
			}
		}
		if err := s.RevokeKey(ctx, "root", made.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Key(ctx, key); !errors.Is(err, ErrNotFound) {
			t.Errorf("a revoked key: %v", err)
		}
		if err := s.RevokeKey(ctx, "root", made.ID); !errors.Is(err, ErrNotFound) {
			t.Errorf("revoked twice: %v", err)
		}
		ask.ExpiresAt = clock.Add(time.Hour)
		second, _, err := s.IssueKey(ctx, "root", ask)
		if err != nil {
			t.Fatal(err)
		}
		clock = clock.Add(time.Hour)
		if _, err := s.Key(ctx, second); !errors.Is(err, ErrNotFound) {
			t.Errorf("an expired key: %v", err)
		}
		if n := len(must(s.Keys(ctx, "ann"))(t)); n != 2 || len(must(s.Keys(ctx, "bob"))(t)) != 0 || len(must(s.Keys(ctx, ""))(t)) != 2 {
			t.Errorf("%d keys", n)
		}
	})
}

// TestSecretsAreKeptAsHashes looks for every secret in everything that is kept.
func TestSecretsAreKeptAsHashes(t *testing.T) {
	s := open(t, Options{Dir: t.TempDir()})
	ctx := t.Context()
	must(s.CreateAccount(ctx, "root", Account{Name: "ann"}))(t)
	setup := must(s.IssueSetup(ctx, "root", "ann", time.Hour))(t)
	session := must(s.NewSession(ctx, "ann", nil, time.Now().Add(time.Hour)))(t)
	key, _, err := s.IssueKey(ctx, "root", APIKey{Name: "x", Account: "ann", ExpiresAt: time.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range everything {
		var b strings.Builder
		if err := table.write(ctx, s.reading, s.dialect, &b); err != nil {
			t.Fatal(err)
		}
		for what, secret := range map[string]string{"set-up token": setup, "session token": session, "key": key, "key without its prefix": strings.TrimPrefix(key, keyPrefix)} {
			if strings.Contains(b.String(), secret) {
				t.Errorf("the %s is kept in %s", what, table.Name)
			}
		}
	}
}

func TestTasks(t *testing.T) {
	onBoth(t, func(t *testing.T, o Options) {
		s := open(t, o)
		ctx := t.Context()
		one := must(s.SaveTask(ctx, "ann", Task{Key: "k", Assigned: "bob", Due: "2027-03-31"}))(t)
		two := one
		one.Done = true
		one = must(s.SaveTask(ctx, "bob", one))(t)
		if one.DoneBy != "bob" || one.DoneAt.IsZero() {
			t.Errorf("%+v", one)
		}
		two.Note = "by the second"
		var rule *RuleError
		if _, err := s.SaveTask(ctx, "cat", two); !errors.As(err, &rule) || !strings.Contains(err.Error(), "done true") {
			t.Errorf("the second was told: %v", err)
		}
		one.Note = "still done"
		if again := must(s.SaveTask(ctx, "ann", one))(t); again.DoneBy != "bob" {
			t.Errorf("%+v", again)
		}
		if _, err := s.SaveTask(ctx, "ann", Task{Key: "k2", Due: "31/3/2027"}); !errors.As(err, &rule) {
			t.Error(err)
		}
		if all := must(s.Tasks(ctx))(t); len(all) != 1 || all["k"].Note != "still done" {
			t.Errorf("%+v", all)
		}
	})
}

func TestRuns(t *testing.T) {
	onBoth(t, func(t *testing.T, o Options) {
		s := open(t, o)
		ctx := t.Context()
		r := must(s.CreateRun(ctx, "ann", Run{Organisation: "QMJ", Account: "ann", Method: "cam-2025-26"}))(t)
		if r.State != Queued || len(r.ID) < 20 {
			t.Errorf("%+v", r)
		}
		must(s.UpdateRun(ctx, r.ID, func(r *Run) {
			r.State, r.StartedAt, r.Files = Running, time.Now(), []RunFile{{"in.csv", "input", 5}}
		}))(t)
		must(s.ShareRun(ctx, "ann", r.ID, []string{"QKK"}))(t)
		for organisation, want := range map[string]int{"QMJ": 1, "QKK": 1, "QWO": 0, "": 0} {
			if got := len(must(s.Runs(ctx, organisation))(t)); got != want {
				t.Errorf("%q sees %d runs, want %d", organisation, got, want)
			}
		}
		if o.Database != "" {
			// Another server that lives keeps its hands off; one that comes when this one
			// has long been silent does not.
			other := open(t, o)
			if ids := must(other.InterruptRuns(ctx))(t); len(ids) != 0 {
				t.Errorf("%v were interrupted under a server that lives", ids)
			}
			late := o
			late.Now = func() time.Time { return time.Now().Add(RunLease + time.Second) }
			if ids := must(open(t, late).KeepRuns(ctx))(t); !slices.Equal(ids, []string{r.ID}) {
				t.Errorf("%v were interrupted, want %s", ids, r.ID)
			}
			if _, err := s.ContinueRun(ctx, r.ID, func(r *Run) { r.State = Done }); !errors.Is(err, ErrTakenOver) {
				t.Errorf("a server that was given up goes on: %v", err)
			}
		} else if ids := must(s.InterruptRuns(ctx))(t); !slices.Equal(ids, []string{r.ID}) {
			t.Errorf("%v were interrupted, want %s", ids, r.ID)
		}
		if r = must(s.Run(ctx, r.ID))(t); r.State != Interrupted || r.Error == "" || len(r.Files) != 1 {
			t.Errorf("%+v", r)
		}
		if err := s.DeleteRun(ctx, "ann", r.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Run(ctx, r.ID); !errors.Is(err, ErrNotFound) {
			t.Error(err)
		}
	})
}

func TestScope(t *testing.T) {
	s := open(t, Options{Dir: t.TempDir()})
	k := must(s.Known(t.Context(), time.Time{}))(t)
	cases := []struct {
		table string
		row   Values
		want  string
	}{
		{"icb", Values{"code": "QMJ", "region": "Y56"}, "QMJ"},
		{"sub_icb", Values{"code": "X", "icb": "QKK"}, "QKK"},
		{"practice", Values{"code": "X", "commissioner": "72Q"}, "QKK"},
		{"provider", Values{"code": "X", "icb": "QMJ"}, "QMJ"},
		{"instrument_party", Values{"instrument": "NEW", "party": "QMJ"}, "QMJ"},
		{"instrument_line", Values{"instrument": "NEW", "line": "1", "delegator": "NHSE", "delegate": "QMJ"}, "QMJ"},
		{"committee_member", Values{"committee": "NEW", "organisation": "QHM"}, "QHM"},
		{"event", Values{"code": "X", "about": "service:11 icb:QMJ icb:QKK"}, "QKK QMJ"},
		{"event", Values{"code": "X", "about": "service:11"}, ""},
		{"service", Values{"code": "11"}, ""},
		{"region", Values{"code": "Y56", "specialised_hub": "13R"}, ""},
		{"service_line", Values{"code": "NCBPS11B", "service": "11"}, ""},
		{"source", Values{"id": "x"}, ""},
	}
	for _, c := range cases {
		if got := strings.Join(k.Scope(c.table, c.row), " "); got != c.want {
			t.Errorf("%s %v: got %q, want %q", c.table, c.row, got, c.want)
		}
	}
	// A line of an instrument belongs to all its parties.
	party := k.Facts("instrument_party")[0].Values
	if got := k.Scope("instrument_line", Values{"instrument": party["instrument"], "line": "99"}); len(got) == 0 {
		t.Errorf("%s: got nobody, want the parties", party["instrument"])
	}
	for _, c := range []struct {
		organisation, touches string
		want                  bool
	}{
		{"", "", true}, {"", "QMJ QKK *", true}, {"QMJ", "QMJ", true}, {"QMJ", "QKK", false}, {"QMJ", "QKK QMJ", false}, {"QMJ", "*", false}, {"QMJ", "* QMJ", false},
	} {
		if got := MayChange(c.organisation, strings.Fields(c.touches)); got != c.want {
			t.Errorf("%q on %q: %t", c.organisation, c.touches, got)
		}
	}
}

// TestScopeOfProposals checks what a proposal is said to touch.
func TestScopeOfProposals(t *testing.T) {
	s := open(t, Options{Dir: t.TempDir()})
	k := must(s.Known(t.Context(), time.Time{}))(t)
	own := rename(board(t, s, "QMJ"), "x")
	service := k.Facts("service")[0]
	national := Edit{Table: "service", Version: service.Version, After: with(service, "note", "x")}
	source := Edit{Table: "source", After: Values{"id": "new", "citation": "c", "licence": "l"}}
	cited := k.Facts("source")[0]
	location := k.Facts("sub_icb")[0]
	other := "QKK"
	if location.Values["icb"] == other {
		other = "QMJ"
	}
	cases := []struct {
		name  string
		edits []Edit
		want  string
	}{
		{"one's own", []Edit{own}, "QMJ"},
		{"one's own, and a source for it", []Edit{own, source}, "QMJ"},
		{"one's own, and a fact of all of England slipped in", []Edit{own, national}, "* QMJ"},
		{"a source of others altered", []Edit{own, {Table: "source", Version: cited.Version, After: with(cited, "licence", "mine")}}, "* QMJ"},
		{"a location taken from another board", []Edit{{Table: "sub_icb", Version: location.Version, After: with(location, "icb", other)}}, strings.Join(sorted(map[string]bool{location.Values["icb"]: true, other: true}), " ")},
		{"an instrument with its party", []Edit{
			{Table: "instrument", After: Values{"code": "NEW", "title": "t", "kind": "delegation", "state": "draft", "confidence": "low", "source": "s"}},
			{Table: "instrument_party", After: Values{"instrument": "NEW", "party": "QMJ", "role": "delegate", "signed": "no", "confidence": "low", "source": "s"}}}, "QMJ"},
	}
	for _, c := range cases {
		p, err := s.Propose(t.Context(), "ann", Proposal{Title: c.name, Edits: c.edits})
		if got := strings.Join(p.Organisations, " "); err != nil || got != c.want {
			t.Errorf("%s: got %q (%v), want %q", c.name, got, err, c.want)
		}
	}
}
