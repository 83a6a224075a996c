package store

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// raw opens the database behind the store's back.
func raw(t testing.TB, s *Store) *sql.DB {
	t.Helper()
	if s.dialect.name == "postgres" {
		return s.writing
	}
	db, err := sql.Open("sqlite", "file:"+s.location+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

var onlyAddedTo = []string{"change", "fact_version", "fact_withdrawn", "audit_entry", "document", "pack_release"}

// filled is a store with two changes, a document and some entries.
func filled(t testing.TB, o Options) *Store {
	t.Helper()
	s := open(t, o)
	d := must(s.Attach(t.Context(), "ann", "letter.txt", strings.NewReader("Dear all")))(t)
	p := must(s.Propose(t.Context(), "ann", Proposal{Title: "T", Reason: "R", Source: "S", Documents: []string{d.Hash}, Edits: []Edit{rename(board(t, s, "QMJ"), "x")}}))(t)
	p = must(s.Submit(t.Context(), "ann", p.ID, p.Revision))(t)
	must(s.Approve(t.Context(), "bob", p.ID, p.Revision, ""))(t)
	must(s.CreateAccount(t.Context(), "ann", Account{Name: "cat", Roles: []Role{Reader}}))(t)
	if _, _, err := s.IssueKey(t.Context(), "ann", APIKey{Name: "load", Account: "cat", Scopes: []string{"read"}, ExpiresAt: time.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	must(s.SaveTask(t.Context(), "ann", Task{Key: "novate DA-1"}))(t)
	return s
}

func TestTriggersRefuse(t *testing.T) {
	onBoth(t, func(t *testing.T, o Options) {
		db := raw(t, filled(t, o))
		for _, table := range onlyAddedTo {
			column := map[string]string{"change": "reason", "fact_version": "content", "fact_withdrawn": "change", "audit_entry": "actor", "document": "name", "pack_release": "reason"}[table]
			for _, statement := range []string{
				fmt.Sprintf("UPDATE %s SET %s = %s", table, column, column),
				"DELETE FROM " + table,
			} {
				if _, err := db.ExecContext(t.Context(), statement); err == nil || !strings.Contains(err.Error(), table+" is only ever added to") {
					t.Errorf("%s: %v", statement, err)
				}
			}
		}
		if _, err := db.ExecContext(t.Context(), "UPDATE document_part SET bytes = bytes"); err == nil {
			t.Error("the content of a document was altered")
		}
	})
}

// unlock takes the triggers away, as somebody with the database's password can.
func unlock(t testing.TB, s *Store, db *sql.DB) {
	t.Helper()
	for _, table := range append(onlyAddedTo, "document_part") {
		statements := []string{"DROP TRIGGER IF EXISTS " + table + "_no_update", "DROP TRIGGER IF EXISTS " + table + "_no_delete"}
		if s.dialect.name == "postgres" {
			statements = []string{"DROP TRIGGER " + table + "_only_added_to ON " + table}
		}
		for _, statement := range statements {
			if _, err := db.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestTampering alters one thing each time and expects the entry to be named.
func TestTampering(t *testing.T) {
	cases := []struct {
		name, statement string
		seq             int64
		want            string
	}{
		{"an actor", "UPDATE audit_entry SET actor = 'eve' WHERE seq = 3", 3, "altered"},
		{"a time", "UPDATE audit_entry SET at = '2020-01-01T00:00:00.000000Z' WHERE seq = 4", 4, "altered"},
		{"an entry in the middle", "DELETE FROM audit_entry WHERE seq = 2", 2, "missing"},
		{"a reason", "UPDATE change SET reason = 'no reason' WHERE number = 2", 5, "change 2"},
		{"who approved", "UPDATE change SET approved_by = 'eve' WHERE number = 2", 5, "change 2"},
		{"a fact", "UPDATE fact_version SET content = '{\"code\":\"QMJ\"}' WHERE change = 2", 5, "change 2"},
		{"a fact of the first change", "UPDATE fact_version SET confidence = 'low' WHERE version = 17", 1, "change 1"},
		{"when a fact holds", "UPDATE fact_version SET valid_to = '2030-01-01' WHERE version = 17", 1, "change 1"},
		{"a fact that was not there", "INSERT INTO fact_version SELECT version + 100000, fact + 100000, in_table, identity, valid_from, valid_to, content, source, confidence, 1 FROM fact_version WHERE version = 17", 1, "change 1"},
		{"a fact gone", "DELETE FROM fact_version WHERE version = 17", 1, "change 1"},
		{"a withdrawal gone", "DELETE FROM fact_withdrawn WHERE change = 2", 5, "change 2"},
		{"a withdrawal that was not there", "INSERT INTO fact_withdrawn VALUES (17, 2)", 5, "change 2"},
		{"a change that was not there", "INSERT INTO change VALUES (3, '2030-01-01T00:00:00.000000Z', 'eve', '', 'r', 's', '[]', 0)", 0, "change 3"},
		{"the last entries", "DELETE FROM audit_entry WHERE seq >= 5", 0, "no entry tells of change 2"},
		{"the content of a document", "UPDATE document_part SET bytes = CAST('Dear Eve' AS BYTEA)", 2, "letter.txt has been altered"},
		{"the content gone", "DELETE FROM document_part", 2, "letter.txt is missing"},
		{"what was proposed", "UPDATE proposal SET title = 'another'", 5, "proposal 1"},
		{"who proposed", "UPDATE proposal SET author = 'eve'", 5, "proposal 1"},
		{"a proposal gone", "DELETE FROM proposal", 5, "proposal 1"},
		{"a proposal that was not there", "INSERT INTO proposal SELECT 7, revision, state, title, reason, source, documents, edits, organisations, author, created_at, submitted_at, decided_at, decided_by, note, change, pack_hash FROM proposal", 0, "no entry tells of proposal 7"},
		{"a role", "UPDATE account SET roles = '[\"administrator\"]' WHERE name = 'cat'", 6, "account cat"},
		{"a password", "UPDATE account SET password_hash = '$argon2id$eve' WHERE name = 'cat'", 6, "account cat"},
		{"a set-up link", "UPDATE account SET setup_hash = 'eve', setup_expires = '2099-01-01T00:00:00.000000Z' WHERE name = 'cat'", 6, "account cat"},
		{"an account that was not there", "INSERT INTO account SELECT 'eve', full_name, email, organisation, roles, password_hash, subject, setup_hash, setup_expires, failures, locked_until, disabled, created_at, signed_in_at FROM account", 0, "no entry tells of account eve"},
		{"an account gone", "DELETE FROM account", 6, "account cat"},
		{"the scopes of a key", "UPDATE api_key SET scopes = '[\"write\"]'", 7, "key 1"},
		{"a key revived", "UPDATE api_key SET expires_at = '2099-01-01T00:00:00.000000Z'", 7, "key 1"},
		{"a task", "UPDATE succession_task SET done = 1, done_by = 'cat'", 8, "task novate"},
		{"a task gone", "DELETE FROM succession_task", 8, "task novate"},
		{"the document gone", "DELETE FROM document_part; DELETE FROM document", 2, "missing"},
	}
	onBoth(t, func(t *testing.T, o Options) {
		s := filled(t, o)
		if _, err := s.Verify(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
		db := raw(t, s)
		unlock(t, s, db)
		if s.dialect.name == "postgres" { // foreign keys would hinder the tampering
			db.ExecContext(t.Context(), "ALTER TABLE fact_withdrawn DROP CONSTRAINT fact_withdrawn_version_fkey")
		}
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				err := tampered(t, s, db, c.statement)
				var chain *ChainError
				if !errors.As(err, &chain) || chain.Seq != c.seq || !strings.Contains(err.Error(), c.want) {
					t.Errorf("got %v, want entry %d to be named, with %q", err, c.seq, c.want)
				}
			})
		}
	})
}

// tampered verifies within a transaction that is undone again.
func tampered(t *testing.T, s *Store, db *sql.DB, statement string) error {
	t.Helper()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	for part := range strings.SplitSeq(statement, "; ") {
		if s.dialect.name == "sqlite" {
			part = strings.ReplaceAll(part, "BYTEA", "BLOB")
		}
		if _, err := tx.ExecContext(t.Context(), part); err != nil {
			t.Fatal(err)
		}
	}
	return verify(t.Context(), tx, "", &Verified{})
}

func TestNotedEntry(t *testing.T) {
	s := open(t, Options{Dir: t.TempDir()})
	v := must(s.Verify(t.Context(), ""))(t)
	for range 3 {
		if err := s.Record(t.Context(), "ann", "test", "x", nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Verify(t.Context(), v.Head); err != nil {
		t.Error(err)
	}
	for _, action := range vouchers {
		if err := s.Record(t.Context(), "eve", action, "x", detail{Changes: []vouched{{1, "another"}}}); err == nil {
			t.Errorf("%s was recorded from outside", action)
		}
	}
	v = must(s.Verify(t.Context(), ""))(t)
	db := raw(t, s)
	unlock(t, s, db)
	// Cut off at the end, the chain holds in itself: only the note tells.
	if _, err := db.Exec("DELETE FROM audit_entry WHERE seq > 2"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Verify(t.Context(), ""); err != nil {
		t.Error(err)
	}
	var chain *ChainError
	if _, err := s.Verify(t.Context(), v.Head); !errors.As(err, &chain) {
		t.Errorf("entries were cut off: %v", err)
	}
}

// TestClockMoved puts the clock back by years between changes. Order must not
// break, nor may what was known at a moment change.
func TestClockMoved(t *testing.T) {
	onBoth(t, func(t *testing.T, o Options) {
		clock := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
		o.Now = func() time.Time { return clock }
		s := open(t, o)
		var moments []time.Time
		for i, back := range []time.Duration{0, 24 * 365 * 3 * time.Hour, -time.Hour, 0, 0} {
			clock = clock.Add(-back)
			p := propose(t, s, "ann", rename(board(t, s, "QMJ"), fmt.Sprint(i)))
			c := must(s.Approve(t.Context(), "bob", p.ID, p.Revision, ""))(t)
			moments = append(moments, c.RecordedAt)
		}
		for i, m := range moments {
			if i > 0 && !m.After(moments[i-1]) {
				t.Errorf("change %d was recorded at %v, after one recorded at %v", i+2, m, moments[i-1])
			}
			k := must(s.Known(t.Context(), m))(t)
			if got := k.Find("icb", "QMJ"); got[len(got)-1].Values["note"] != fmt.Sprint(i) {
				t.Errorf("as known at %v the note is %q, want %d", m, got[len(got)-1].Values["note"], i)
			}
		}
		if _, err := s.Verify(t.Context(), ""); err != nil {
			t.Error(err)
		}
		if _, err := s.Known(t.Context(), time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)); !errors.Is(err, ErrNotFound) {
			t.Errorf("before the first change: %v", err)
		}
	})
}
