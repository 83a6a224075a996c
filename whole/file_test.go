package whole

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return strings.Join(list, " ")
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out.csv")
	refused := errors.New("refused")
	for _, c := range []struct {
		fault error
		want  string
	}{{nil, "first"}, {refused, "first"}, {nil, "second"}} {
		err := Write(path, func(w io.Writer) error {
			if seen := names(t, dir); !strings.Contains(seen, ".out.csv.partial-") {
				t.Errorf("the unfinished file is not beside its place: %s", seen)
			}
			fmt.Fprint(w, c.want)
			return c.fault
		})
		if !errors.Is(err, c.fault) {
			t.Errorf("got %v, want %v", err, c.fault)
		}
		if text, err := os.ReadFile(path); err != nil || string(text) != c.want {
			t.Errorf("%q, %v, want %q", text, err, c.want)
		}
		if seen := names(t, dir); seen != "out.csv" {
			t.Errorf("the folder holds %s", seen)
		}
	}
}

func TestErrorsNameThePathAskedFor(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{filepath.Join(dir, "no", "out.csv"), filepath.Join(dir, "folder")} {
		if filepath.Base(path) == "folder" {
			if err := os.MkdirAll(filepath.Join(path, "inside"), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		err := Write(path, func(io.Writer) error { return nil })
		var bad *Error
		if !errors.As(err, &bad) || !strings.HasPrefix(err.Error(), path+" cannot be written: ") || strings.Contains(err.Error(), suffix) {
			t.Errorf("%v", err)
		}
	}
	if seen := names(t, dir); seen != "folder" {
		t.Errorf("the folder holds %s", seen)
	}
}

// What killed processes left is taken away, and nothing else.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	dead := 1 << 29 // no process has so high a number
	stay := []string{fmt.Sprintf(".out.csv.partial-%d-1", os.Getpid()), ".out.csv.partial-", ".out.csv.partial-x-1", fmt.Sprintf(".other.csv.partial-%d-1", dead), fmt.Sprintf("out.csv.partial-%d-1", dead), "out.csv"}
	left := []string{fmt.Sprintf(".out.csv.partial-%d-1", dead), fmt.Sprintf("..out.csv.partial-%d-1.AB12.tmp", dead)}
	for _, name := range append(left, stay...) {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	Sweep(filepath.Join(dir, "out.csv"))
	for _, name := range stay {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Errorf("%s is gone", name)
		}
	}
	if n := len(strings.Fields(names(t, dir))); n != len(stay) {
		t.Errorf("%d files are left, want %d", n, len(stay))
	}
}
