package assign

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
)

// sink is where the output goes. Nothing stands at the output's path until
// commit, so that a run that is stopped, in whatever way, leaves no half a file.
type sink struct {
	path string
	tmp  *os.File
	w    io.Writer
	// of Parquet, which is written by its own library from a pipe
	pipe   *io.PipeWriter
	result chan error
	closed bool
}

func (r *run) open(ctx context.Context) (*sink, error) {
	s := &sink{path: r.job.Out}
	if !r.emit {
		s.w = io.Discard
		return s, nil
	}
	if err := checkOut(s.path, r.job.Inputs); err != nil {
		return nil, err
	}
	sweep(s.path)
	if strings.HasSuffix(s.path, ".parquet") {
		return s, s.openParquet(ctx, r)
	}
	tmp, err := os.CreateTemp(filepath.Dir(s.path), partialPrefix(s.path)+"*")
	if err != nil {
		return nil, &OutputError{err}
	}
	s.tmp, s.w = tmp, tmp
	_, err = s.Write(r.headerLine())
	return s, err
}

func (s *sink) openParquet(ctx context.Context, r *run) error {
	if r.job.Parquet == nil {
		return errors.New("this program was built without Parquet; write to PATH.csv")
	}
	types := map[string]string{}
	for _, in := range r.inputs {
		maps.Copy(types, in.types)
	}
	reader, writer := io.Pipe()
	s.pipe, s.w, s.result = writer, writer, make(chan error, 1)
	go func() {
		err := r.job.Parquet.Write(ctx, reader, types, s.path+partialSuffix)
		reader.CloseWithError(err)
		s.result <- err
	}()
	_, err := s.Write(r.headerLine())
	return err
}

// checkOut refuses outputs that could not be written at the end, before the work.
func checkOut(path string, inputs []string) error {
	if !strings.HasSuffix(path, ".csv") && !strings.HasSuffix(path, ".parquet") {
		return fmt.Errorf("the output %s is of no known kind: let the name end in .csv or .parquet", path)
	}
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		return fmt.Errorf("the output %s is a directory: give the name of a file", path)
	}
	for _, in := range inputs {
		if other, err2 := os.Stat(in); err == nil && err2 == nil && os.SameFile(info, other) {
			return fmt.Errorf("the output %s is also an input: give it another name", path)
		}
	}
	return nil
}

const partialSuffix = ".partial"

// partialPrefix is how the names of unfinished outputs begin.
func partialPrefix(path string) string {
	return "." + filepath.Base(path) + partialSuffix + fmt.Sprintf("-%d-", os.Getpid())
}

// sweep takes away what runs that were killed left beside the output.
func sweep(path string) {
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+partialSuffix+"-*"))
	for _, f := range left {
		var pid int
		rest := strings.TrimPrefix(filepath.Base(f), "."+filepath.Base(path)+partialSuffix+"-")
		if _, err := fmt.Sscanf(rest, "%d-", &pid); err == nil && !alive(pid) {
			os.Remove(f)
		}
	}
}

// Write takes the next rows.
func (s *sink) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	if err != nil && s.tmp != nil {
		err = &OutputError{err}
	}
	return n, err
}

// commit puts the output and its manifest in their places.
func (s *sink) commit(m *Manifest) error {
	if s.w == io.Discard {
		return nil
	}
	if s.pipe != nil {
		s.pipe.Close()
		s.closed = true // also when it failed: the result comes once
		if err := <-s.result; err != nil {
			return err
		}
		return s.place(s.path+partialSuffix, m)
	}
	name := s.tmp.Name()
	if err := errors.Join(s.tmp.Chmod(0o644), s.tmp.Close()); err != nil {
		return &OutputError{err}
	}
	s.closed = true
	return s.place(name, m)
}

// place renames the manifest before the output: when an output is there, its
// manifest is too.
func (s *sink) place(tmp string, m *Manifest) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	manifest := s.path + ".run.json"
	part := manifest + partialSuffix
	if err := os.WriteFile(part, append(text, '\n'), 0o644); err != nil {
		return errors.Join(&OutputError{err}, os.Remove(tmp), os.Remove(part))
	}
	if err := errors.Join(os.Rename(part, manifest), os.Rename(tmp, s.path)); err != nil {
		return &OutputError{err}
	}
	return nil
}

// discard takes away an output that was not committed.
func (s *sink) discard() {
	if s.closed || s.w == io.Discard {
		return
	}
	if s.pipe != nil {
		s.pipe.CloseWithError(errors.New("the run was stopped"))
		<-s.result
		os.Remove(s.path + partialSuffix)
		return
	}
	s.tmp.Close()
	os.Remove(s.tmp.Name())
}
