// Package whole writes files that appear at their path complete, or not at all,
// however the program ends.
package whole

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// File is a file on its way. It has another name in the same folder, which
// begins with a dot and carries the number of the process.
type File struct {
	*os.File
	path   string
	placed bool
}

const suffix = ".partial"

// Create makes a file that Keep will put at path. It first takes away what runs
// that were killed left there.
func Create(path string) (*File, error) {
	Sweep(path)
	f, err := os.CreateTemp(filepath.Dir(path), fmt.Sprintf("%s%d-*", prefix(path), os.Getpid()))
	if err != nil {
		return nil, &Error{path, err}
	}
	return &File{File: f, path: path}, nil
}

func prefix(path string) string { return "." + filepath.Base(path) + suffix + "-" }

// Keep puts the file at its path, readable for all, in the place of what is
// there. When it cannot, the file is gone.
func (f *File) Keep() error {
	err := errors.Join(f.Close(), os.Chmod(f.Name(), 0o644)) // by name: another program may have put its own file there
	if err == nil {
		err = os.Rename(f.Name(), f.path)
	}
	if err != nil {
		return errors.Join(&Error{f.path, err}, os.Remove(f.Name()))
	}
	f.placed = true
	return nil
}

// Drop takes the file away. After Keep it does nothing, so that it can be deferred.
func (f *File) Drop() {
	if !f.placed {
		f.Close()
		os.Remove(f.Name())
	}
}

// Write makes a file of what write gives it.
func Write(path string, write func(io.Writer) error) error {
	f, err := Create(path)
	if err != nil {
		return err
	}
	defer f.Drop()
	b := bufio.NewWriterSize(f, 1<<16)
	if err := write(b); err != nil {
		return writing(path, err)
	}
	if err := b.Flush(); err != nil {
		return writing(path, err)
	}
	return f.Keep()
}

// writing tells a fault of the file from any other fault of the writer.
func writing(path string, err error) error {
	var fault *fs.PathError
	if errors.As(err, &fault) {
		return &Error{path, err}
	}
	return err
}

// Sweep takes away unfinished files of processes that no longer run, and what a
// library that wrote such a file put beside it under a name with one more dot.
func Sweep(path string) {
	dir, start := filepath.Dir(path), strings.TrimLeft(prefix(path), ".")
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		rest, ok := strings.CutPrefix(strings.TrimLeft(e.Name(), "."), start)
		var pid int
		if _, err := fmt.Sscanf(rest, "%d-", &pid); ok && err == nil && strings.HasPrefix(e.Name(), ".") && !alive(pid) {
			os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}

// Error says that a file cannot be written. It names the path that was asked
// for and not the unfinished file.
type Error struct {
	Path string
	Err  error
}

func (e *Error) Error() string {
	err := e.Err
	var inner *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &inner):
		err = inner.Err
	case errors.As(err, &link):
		err = link.Err
	}
	return fmt.Sprintf("%s cannot be written: %v", e.Path, err)
}

func (e *Error) Unwrap() error { return e.Err }
