package store

import (
	"archive/zip"
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"remit/activity"
	"remit/challenge"
	"remit/register"
	"remit/store/postgrestest"
)

func unzip(t testing.TB, b []byte) *zip.Reader {
	t.Helper()
	return must(zip.NewReader(bytes.NewReader(b), int64(len(b))))(t)
}

// lived is a store in which everything has happened once.
func lived(t testing.TB, o Options) *Store {
	t.Helper()
	s := filled(t, o)
	ctx := t.Context()
	k := must(s.Known(ctx, time.Time{}))(t)
	withdrawn := k.Facts("population")[3]
	p := propose(t, s, "bob",
		Edit{Table: "population", Version: withdrawn.Version},
		Edit{Table: "source", After: Values{"id": "a-letter", "citation": "A letter, with \"quotes\",\na comma and ünïcode", "licence": "none"}},
		Edit{Table: "provider_hub", After: Values{"provider": "RJ7", "confidence": "low", "source": "a-letter"}})
	must(s.Approve(ctx, "ann", p.ID, p.Revision, ""))(t)
	propose(t, s, "ann", rename(board(t, s, "QMJ"), "open yet"))
	must(s.CreateAccount(ctx, "root", Account{Name: "ann", FullName: "Ann Ünal", Organisation: "QMJ", Roles: []Role{Editor, Approver}, PasswordHash: "$argon2id$v=19$x"}))(t)
	if _, err := s.IssueSetup(ctx, "root", "ann", time.Hour); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.IssueKey(ctx, "root", APIKey{Name: "a script", Account: "ann", Scopes: []string{"read"}, ExpiresAt: time.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	must(s.NewSession(ctx, "ann", []byte{0, 1, 2, 0xff}, time.Now().Add(time.Hour)))(t)
	must(s.SaveTask(ctx, "ann", Task{Key: "seat|JC1|QMJ", Assigned: "bob", Due: "2027-03-31", Done: true, Note: "done"}))(t)
	must(s.CreateRun(ctx, "ann", Run{Organisation: "QMJ", Account: "ann", Method: "cam-2025-26", Files: []RunFile{{"plcm.csv", "input", 12}}}))(t)
	must(s.FileChallenges(ctx, "ann", []challenge.Finding{findingForTest("a", 100), findingForTest("b", -250)}, restatedForTest(t, "QMJ", "s1", "a", "b"), limitsForTest(t)))(t)
	raiseAlert(t, s)
	must(s.AskPool(ctx, "ann", PoolRequest{Pool: "worked", Year: "2026/27", Kind: CarryForward, What: "a unit, \"late\"", Amount: activity.Pence(12345), Reason: "it slips"}))(t)
	if err := s.DeclineUpdate(ctx, "ann", "some hash", "a test"); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestExportRoundTrip(t *testing.T) {
	onBoth(t, func(t *testing.T, o Options) {
		s := lived(t, o)
		ctx := t.Context()
		var first, second bytes.Buffer
		a := must(s.Export(ctx, &first))(t)
		if state := must(s.State(ctx))(t); state != a.State || a.Changes != 3 {
			t.Errorf("%+v, state %s", a, state)
		}
		copied := openWhole(t, Options{Dir: t.TempDir(), LeaveEmpty: true, Program: o.Program})
		must(copied.Import(ctx, "a test", unzip(t, first.Bytes())))(t)
		if state := must(copied.State(ctx))(t); state != a.State {
			t.Errorf("the state is %s after the round trip, and was %s", state, a.State)
		}
		must(copied.Export(ctx, &second))(t)
		if !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Error("the second archive differs from the first")
		}
		for _, at := range []time.Time{{}, must(s.Changes(ctx, 0, 10))(t)[1].RecordedAt} {
			if was, is := must(s.Pack(ctx, at))(t), must(copied.Pack(ctx, at))(t); was.Hash != is.Hash {
				t.Errorf("the pack as known at %v differs", at)
			}
		}
		if _, err := copied.Verify(ctx, ""); err != nil {
			t.Error(err)
		}
		// Life goes on after it.
		p := propose(t, copied, "ann", rename(board(t, copied, "QMJ"), "after"))
		must(copied.Approve(ctx, "bob", p.ID, p.Revision, ""))(t)
		if _, err := copied.Verify(ctx, ""); err != nil {
			t.Error(err)
		}
		if _, err := copied.Import(ctx, "a test", unzip(t, first.Bytes())); !errors.Is(err, ErrNotEmpty) {
			t.Errorf("into a register that is there: %v", err)
		}
		for _, name := range []string{"ann", "bob", "argon2id"} {
			if found := search(t, unzip(t, first.Bytes()), `"`+name); found != "" {
				t.Errorf("%s stands in %s of the open data", name, found)
			}
		}
		dir := t.TempDir()
		if err := os.CopyFS(dir, unzip(t, first.Bytes())); err != nil {
			t.Fatal(err)
		}
		if pack, err := register.LoadDir(dir); err != nil || pack.Table("icb").Len() == 0 {
			t.Errorf("as --reference: %v", err)
		}
	})
}

// search finds the file in which a text stands.
func search(t *testing.T, files fs.FS, text string) (found string) {
	t.Helper()
	err := fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, path)
		if strings.Contains(string(content), text) {
			found = path
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestImportRefuses(t *testing.T) {
	var b bytes.Buffer
	must(lived(t, Options{Dir: t.TempDir()}).Export(t.Context(), &b))(t)
	cases := []struct {
		name, file string
		change     func(string) string
		want       string
	}{
		{"a table edited by hand", "icb.csv", func(s string) string { return strings.Replace(s, "NHS", "NHZ", 1) }, "icb.csv row"},
		{"a row taken out", "icb.csv", func(s string) string { return s[:strings.LastIndex(strings.TrimSpace(s), "\n")+1] }, "icb.csv has"},
		{"a reason edited", archiveChanges, func(s string) string { return strings.Replace(s, "because", "although", 1) }, "altered"},
		{"a change left out", archiveChanges, func(s string) string { return s[strings.Index(s, "\n")+1:] }, "changes"},
		{"a fact left out", archiveFacts, func(s string) string { return s[strings.Index(s, "\n")+1:] }, "versions of facts"},
		{"no JSON", archiveFacts, func(s string) string { return "x" + s }, "line 1"},
		{"another format", archiveState, func(s string) string { return strings.Replace(s, `"format": 1`, `"format": 9`, 1) }, "format 9"},
		{"no archive", archiveState, nil, "no archive"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			files := fstest.MapFS{}
			err := fs.WalkDir(unzip(t, b.Bytes()), ".", func(path string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() || path == c.file && c.change == nil {
					return err
				}
				content, err := fs.ReadFile(unzip(t, b.Bytes()), path)
				if path == c.file {
					content = []byte(c.change(string(content)))
				}
				files[path] = &fstest.MapFile{Data: content}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			s := openWhole(t, Options{Dir: t.TempDir(), LeaveEmpty: true})
			if _, err := s.Import(t.Context(), "a test", files); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if n := len(must(s.Changes(t.Context(), 0, 10))(t)); n != 0 {
				t.Errorf("%d changes were taken in", n)
			}
		})
	}
}

func TestBackupAndRestore(t *testing.T) {
	onBoth(t, func(t *testing.T, o Options) {
		s := lived(t, o)
		ctx := t.Context()
		var b bytes.Buffer
		m := must(s.Backup(ctx, &b))(t)
		for _, to := range []Options{{Dir: t.TempDir()}, {Dir: t.TempDir(), Database: postgrestest.Database(t)}} {
			got := must(Restore(ctx, to, unzip(t, b.Bytes())))(t)
			if got.State != m.State || got.Head != m.Head {
				t.Errorf("%+v", got)
			}
			back := openWhole(t, to)
			if a := must(back.Account(ctx, "ann"))(t); a.FullName != "Ann Ünal" || a.PasswordHash == "" {
				t.Errorf("%+v", a)
			}
			// What it holds is the same again, save the moment at which it was made.
			var again bytes.Buffer
			m2 := must(back.Backup(ctx, &again))(t)
			for i, table := range m2.Tables {
				if table.SHA256 != m.Tables[i].SHA256 || table.Rows != m.Tables[i].Rows || table.Rows == 0 && table.Name != sessions {
					t.Errorf("%s: %d rows %s, was %d rows %s", table.Name, table.Rows, table.SHA256, m.Tables[i].Rows, m.Tables[i].SHA256)
				}
			}
			if _, err := Restore(ctx, to, unzip(t, b.Bytes())); !errors.Is(err, ErrNotEmpty) {
				t.Errorf("over what is there: %v", err)
			}
		}
	})
}

func TestDamagedBackup(t *testing.T) {
	var b bytes.Buffer
	must(filled(t, Options{Dir: t.TempDir()}).Backup(t.Context(), &b))(t)
	dir := t.TempDir()
	if err := os.CopyFS(dir, unzip(t, b.Bytes())); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "tables", "fact_version.jsonl")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	damaged := [][]byte{
		bytes.Replace(text, []byte("high"), []byte("low"), 1),
		text[:bytes.LastIndexByte(text[:len(text)-1], '\n')+1],
		text[:len(text)/2],
	}
	for _, content := range damaged {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		o := Options{Dir: t.TempDir()}
		if _, err := Restore(t.Context(), o, os.DirFS(dir)); err == nil {
			t.Error("a damaged backup was put back")
		}
		o.LeaveEmpty = true
		if n := len(must(openWhole(t, o).Changes(t.Context(), 0, 1))(t)); n != 0 {
			t.Error("a part of it stayed")
		}
	}
}

// TestMove moves from one database to the other and back, sessions and all.
func TestMove(t *testing.T) {
	s := lived(t, Options{Dir: t.TempDir()})
	ctx := t.Context()
	there := Options{Dir: t.TempDir(), Database: postgrestest.Database(t)}
	m := must(Move(ctx, s, there))(t)
	back := Options{Dir: t.TempDir()}
	m2 := must(Move(ctx, openWhole(t, there), back))(t)
	if len(m.Tables) != len(everything) {
		t.Errorf("%d tables were moved of %d", len(m.Tables), len(everything))
	}
	for i, table := range m2.Tables {
		if table.Rows != m.Tables[i].Rows || table.SHA256 != m.Tables[i].SHA256 || table.Rows == 0 {
			t.Errorf("%s: %d rows %s came back of %d rows %s", table.Name, table.Rows, table.SHA256, m.Tables[i].Rows, m.Tables[i].SHA256)
		}
	}
	if m.State != m2.State || m.Head != m2.Head {
		t.Error("the state changed on the way")
	}
}

// TestEverythingIsKept holds the list of tables that are backed up against the
// tables and columns of the database.
func TestEverythingIsKept(t *testing.T) {
	onBoth(t, func(t *testing.T, o Options) {
		s := open(t, o)
		query := "SELECT m.name || '.' || c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'"
		if o.Database != "" {
			query = "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = current_schema()"
		}
		columns := must(list(t.Context(), s.reading, func(row scanner) (c string, err error) { return c, row.Scan(&c) }, query))(t)
		listed := map[string]bool{}
		for _, table := range everything {
			for _, c := range table.Columns {
				listed[table.Name+"."+c] = true
			}
		}
		for _, c := range columns {
			if !listed[c] && !strings.HasPrefix(c, "schema_step.") {
				t.Errorf("%s is in the database and in no backup", c)
			}
			delete(listed, c)
		}
		for c := range listed {
			t.Errorf("%s is backed up and not in the database", c)
		}
	})
}

// TestBackupWhileOthersWrite backs up again and again while changes come in: each
// backup must hold one moment.
func TestBackupWhileOthersWrite(t *testing.T) {
	onBoth(t, func(t *testing.T, o Options) {
		s := open(t, o)
		ctx := t.Context()
		done := make(chan error, 1)
		go func() {
			for range 8 {
				k, err := s.Known(ctx, time.Time{})
				if err == nil {
					p, e := s.Propose(ctx, "ann", Proposal{Title: "T", Reason: "R", Source: "S", Edits: []Edit{rename(k.Find("icb", "QMJ")[0], time.Now().String())}})
					if err = e; err == nil {
						p, err = s.Submit(ctx, "ann", p.ID, p.Revision)
					}
					if err == nil {
						_, err = s.Approve(ctx, "bob", p.ID, p.Revision, "")
					}
				}
				if err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
		for n := 0; ; n++ {
			var b bytes.Buffer
			must(s.Backup(ctx, &b))(t)
			must(Restore(ctx, Options{Dir: t.TempDir()}, unzip(t, b.Bytes())))(t) // compares and verifies
			select {
			case err := <-done:
				if err != nil {
					t.Fatal(err)
				}
				if n == 0 {
					t.Log("the writer was faster than one backup")
				}
				return
			default:
			}
		}
	})
}
