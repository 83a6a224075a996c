package whatif

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Shelf is where results are kept: a file each, whatif/<name>.json in the data
// directory. Nothing on it is written again.
type Shelf struct{ dir string }

// Open gives the shelf of a data directory.
func Open(dataDir string) *Shelf { return &Shelf{filepath.Join(dataDir, "whatif")} }

// ErrTaken says that there is a result of the name.
var ErrTaken = errors.New("there is a what-if of that name; nothing on the shelf is written again: choose another name")

// ErrNone says that there is none.
var ErrNone = errors.New("there is no such what-if")

// Keep puts a result on the shelf under its name.
func (s *Shelf) Keep(r *Result) error {
	if err := os.MkdirAll(s.dir, 0o750); err != nil {
		return fmt.Errorf("the folder of what-ifs: %w", err)
	}
	f, err := os.CreateTemp(s.dir, ".keeping-")
	if err != nil {
		return fmt.Errorf("the folder of what-ifs: %w", err)
	}
	defer os.Remove(f.Name())
	e := json.NewEncoder(f)
	e.SetIndent("", " ")
	if err := errors.Join(e.Encode(r), f.Sync(), f.Close()); err != nil {
		return err
	}
	// A link is made or refused at once: of two that take a name one is told.
	err = os.Link(f.Name(), filepath.Join(s.dir, r.Name+".json"))
	if errors.Is(err, fs.ErrExist) {
		return ErrTaken
	}
	return err
}

// Find takes a result from the shelf.
func (s *Shelf) Find(name string) (*Result, error) {
	if !nameForm.MatchString(name) {
		return nil, ErrNone
	}
	text, err := os.ReadFile(filepath.Join(s.dir, name+".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNone
	}
	if err != nil {
		return nil, err
	}
	var r Result
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("what-if %s: %w", name, err)
	}
	return &r, nil
}

// All are the results, the latest first.
func (s *Shelf) All() ([]*Result, error) {
	paths, err := filepath.Glob(filepath.Join(s.dir, "*.json"))
	if err != nil {
		return nil, err
	}
	var list []*Result
	for _, path := range paths {
		r, err := s.Find(strings.TrimSuffix(filepath.Base(path), ".json"))
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b *Result) int { return b.At.Compare(a.At) })
	return list, nil
}
