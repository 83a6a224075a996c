package store

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"testing"
	"testing/fstest"
	"time"

	"remit/reference"
	"remit/store/postgrestest"
)

// onBoth runs a test on SQLite and on PostgreSQL. The options given to it are for
// an empty place; opened with the same options again it is the same store.
func onBoth(t *testing.T, test func(t *testing.T, o Options)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, Options{Dir: t.TempDir(), Program: "remit test"}) })
	t.Run("postgres", func(t *testing.T) {
		test(t, Options{Dir: t.TempDir(), Database: postgrestest.Database(t), Program: "remit test"})
	})
}

// open opens a store, and fills an empty one with the shipped pack less its
// practices and moved areas: they are most of the rows and none of the rules.
func open(t testing.TB, o Options) *Store {
	t.Helper()
	o.LeaveEmpty = true
	s := openWhole(t, o)
	changes := must(s.Changes(context.Background(), 0, 1))(t)
	if len(changes) == 0 {
		if err := s.loadFirst(context.Background(), small(t), Change{RecordedBy: "the test", Reason: "first start"}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func openWhole(t testing.TB, o Options) *Store {
	t.Helper()
	s, err := Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// small is the shipped pack less most of its rows.
func small(t testing.TB) fstest.MapFS {
	t.Helper()
	files := shippedFiles(t)
	for _, table := range []string{"practice", "area_move"} {
		content := files[table+".csv"].Data
		files[table+".csv"] = &fstest.MapFile{Data: content[:bytes.IndexByte(content, '\n')+1]}
	}
	return files
}

func shippedFiles(t testing.TB) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	for _, table := range Tables() {
		content, err := fs.ReadFile(reference.FS, table+".csv")
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		files[table+".csv"] = &fstest.MapFile{Data: content}
	}
	return files
}

func must[T any](v T, err error) func(t testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestFirstStart(t *testing.T) {
	onBoth(t, func(t *testing.T, o Options) {
		begun := time.Now()
		s := openWhole(t, o)
		t.Logf("first start: %v", time.Since(begun))
		k := must(s.Known(t.Context(), time.Time{}))(t)
		if k.Change.Number != 1 || len(k.Facts("icb")) < 40 || k.Pack.Table("icb").Len() == 0 {
			t.Errorf("change %d, %d boards", k.Change.Number, len(k.Facts("icb")))
		}
		s.Close()
		begun = time.Now()
		s = openWhole(t, o)
		t.Logf("next start: %v", time.Since(begun))
		begun = time.Now()
		k2 := must(s.Known(t.Context(), time.Time{}))(t)
		t.Logf("pack: %v", time.Since(begun))
		if k2.Pack.Hash != k.Pack.Hash {
			t.Errorf("the pack changed from %s to %s", k.Pack.Hash, k2.Pack.Hash)
		}
		v, err := s.Verify(t.Context(), "")
		if err != nil || v.Entries != 1 || v.Changes != 1 {
			t.Errorf("%+v %v", v, err)
		}
	})
}
