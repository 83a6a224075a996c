package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// step is a migration of a text.
func step(name, text string) migration {
	return migration{name, func(file string) (string, error) {
		if file != name+".sql" {
			return "", fs.ErrNotExist
		}
		return text, nil
	}}
}

// TestMigrationInterrupted breaks a migration off halfway, and expects the next
// start to find the schema as it was and to do it again.
func TestMigrationInterrupted(t *testing.T) {
	onBoth(t, func(t *testing.T, o Options) {
		s := open(t, o)
		before := must(s.State(t.Context()))(t)
		broken := append(migrations[:len(migrations):len(migrations)],
			step("good", "CREATE TABLE good (a BIGINT PRIMARY KEY)"),
			step("broken", "CREATE TABLE half (a BIGINT PRIMARY KEY); INSERT INTO half VALUES (1); INSERT INTO no_such_table VALUES (1)"))
		now := len(migrations)
		err := s.migrate(t.Context(), broken)
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("schema %d (broken)", now+2)) {
			t.Fatalf("got %v", err)
		}
		if n, err := number(s.reading.QueryRow("SELECT MAX(version) FROM schema_step")); n != int64(now+1) || err != nil {
			t.Errorf("schema %d (%v), want the good one: the good step stands and the broken one left nothing", n, err)
		}
		if _, err := s.reading.Exec("SELECT * FROM half"); err == nil {
			t.Error("half a step stayed")
		}
		mended := append(broken[:now+1:now+1], step("broken", "CREATE TABLE half (a BIGINT PRIMARY KEY)"))
		if err := s.migrate(t.Context(), mended); err != nil {
			t.Fatal(err)
		}
		if after := must(s.State(t.Context()))(t); after != before {
			t.Error("the register is not the same")
		}
		if o.Database != "" {
			return
		}
		copied := open(t, Options{Dir: copyAsData(t, s.copyPath(now))})
		if state := must(copied.State(t.Context()))(t); state != before {
			t.Error("the copy made before migrating is not as the register was")
		}
		info, err := os.Stat(s.copyPath(now))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v %v: others could read the copy", info, err)
		}
	})
}

func copyAsData(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, databaseFile), content, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestNewerSchema(t *testing.T) {
	onBoth(t, func(t *testing.T, o Options) {
		s := open(t, o)
		if err := s.migrate(t.Context(), append(migrations[:len(migrations):len(migrations)], step("later", "CREATE TABLE later (a BIGINT PRIMARY KEY)"))); err != nil {
			t.Fatal(err)
		}
		s.Close()
		_, err := Open(t.Context(), o)
		var newer *NewerSchemaError
		if !errors.As(err, &newer) || newer.Found != len(migrations)+1 || newer.Known != len(migrations) || !strings.Contains(err.Error(), "run the newer program") {
			t.Errorf("got %v", err)
		}
		if o.Database == "" && (newer.Copy == "" || !strings.Contains(err.Error(), newer.Copy)) {
			t.Errorf("%v does not name the copy from before", err)
		}
	})
}

func TestNotOurs(t *testing.T) {
	onBoth(t, func(t *testing.T, o Options) {
		o.MustExist = true
		if _, err := Open(t.Context(), o); !errors.Is(err, ErrNoStore) {
			t.Errorf("an empty place: %v", err)
		}
		o.MustExist, o.LeaveEmpty = false, true
		s := openWhole(t, o)
		for _, statement := range []string{"DROP TABLE schema_step", "CREATE TABLE theirs (a BIGINT)"} {
			if _, err := s.writing.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		s.Close()
		if _, err := Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), "not one of Remit's") {
			t.Errorf("the tables of something else: %v", err)
		}
	})
}

// TestStartTogether starts several servers on one empty place.
func TestStartTogether(t *testing.T) {
	onBoth(t, func(t *testing.T, o Options) {
		errs := make(chan error)
		for range 4 {
			go func() {
				s, err := Open(context.Background(), o)
				if err == nil {
					defer s.Close()
					_, err = s.Pack(context.Background(), time.Time{})
				}
				errs <- err
			}()
		}
		for range 4 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		v, err := openWhole(t, o).Verify(t.Context(), "")
		if err != nil || v.Changes != 1 || v.Entries != 1 {
			t.Errorf("%+v %v: the pack was loaded more than once", v, err)
		}
	})
}

func TestFilesAreTheOwners(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	open(t, Options{Dir: dir})
	for _, name := range []string{"", databaseFile, databaseFile + "-wal", databaseFile + "-shm"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%q: %v %v: others can read it", name, info.Mode(), err)
		}
	}
	odd := filepath.Join(t.TempDir(), "100% mine? #1; ü")
	open(t, Options{Dir: odd})
	if _, err := os.Stat(filepath.Join(odd, databaseFile)); err != nil {
		t.Errorf("%v", fmt.Errorf("a directory with an odd name: %w", err))
	}
}
