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

	"remit/whole"
)

// sink is where the output goes. Nothing stands at the output's path until
// commit, so that a run that is stopped, in whatever way, leaves no half a file.
type sink struct {
	path string
	file *whole.File
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
	file, err := whole.Create(s.path)
	if err != nil {
		return nil, &OutputError{err}
	}
	s.file, s.w = file, file
	if strings.HasSuffix(s.path, ".parquet") {
		err = s.openParquet(ctx, r)
	}
	if err == nil {
		_, err = s.Write(r.headerLine())
	}
	if err != nil {
		s.discard()
		return nil, err
	}
	return s, nil
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
		err := r.job.Parquet.Write(ctx, reader, types, s.file.Name())
		reader.CloseWithError(err)
		s.result <- err
	}()
	return nil
}

// checkOut refuses outputs that could not be written at the end, before the work.
func checkOut(path string, inputs []string) error {
	if !strings.HasSuffix(path, ".csv") && !strings.HasSuffix(path, ".parquet") {
		return fmt.Errorf("the output %s is of no known kind: let the name end in .csv or .parquet", path)
	}
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		return &OutputError{&whole.Error{Path: path, Err: err}}
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

// Write takes the next rows.
func (s *sink) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	if err != nil {
		err = &OutputError{&whole.Error{Path: s.path, Err: err}}
	}
	return n, err
}

// commit puts the output and its manifest in their places, the manifest first:
// when an output is there, its manifest is too.
func (s *sink) commit(m *Manifest) error {
	if s.w == io.Discard {
		return nil
	}
	if s.pipe != nil {
		s.pipe.Close()
		s.closed = true // also when it failed: the result comes once
		if err := <-s.result; err != nil {
			return &OutputError{&whole.Error{Path: s.path, Err: err}}
		}
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	err = whole.Write(s.path+".run.json", func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
	if err == nil {
		err = s.file.Keep()
	}
	if err != nil {
		return &OutputError{err}
	}
	return nil
}

// discard takes away an output that was not committed.
func (s *sink) discard() {
	if s.pipe != nil && !s.closed {
		s.pipe.CloseWithError(errors.New("the run was stopped"))
		<-s.result
	}
	if s.file != nil {
		s.file.Drop()
	}
}
