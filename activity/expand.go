package activity

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// StandardInput is the path that means standard input.
const StandardInput = "-"

// fileEndings are the files taken from a folder.
var fileEndings = []string{".csv", ".txt", ".tsv", ".gz", ".zst", ".parquet"}

// Expand turns paths into the files they stand for: a file stands for itself, a
// folder for all files of activity at any depth in it, and a pattern with
// *, ? or [] for what it matches. Files of a folder or pattern are sorted, no
// file is given twice, and hidden files are left out. The error reports every
// path that stands for nothing.
func Expand(paths []string) ([]string, error) {
	var files []string
	var faults []error
	for _, path := range paths {
		found, err := expandOne(path)
		if err != nil {
			faults = append(faults, err)
		}
		files = append(files, found...)
	}
	if len(paths) == 0 {
		faults = append(faults, errors.New("no input file is named"))
	}
	return distinct(files), errors.Join(faults...)
}

func expandOne(path string) ([]string, error) {
	if path == StandardInput {
		return []string{path}, nil
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return expandFolder(path)
	case err == nil:
		return []string{path}, nil
	case strings.ContainsAny(path, "*?["):
		return expandPattern(path)
	case errors.Is(err, fs.ErrNotExist):
		return nil, &FileError{Path: path, Problem: "there is no such file or folder", Err: err}
	}
	return nil, &FileError{Path: path, Problem: "cannot be read", Err: err}
}

func expandFolder(folder string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		hidden := path != folder && strings.HasPrefix(entry.Name(), ".")
		switch {
		case entry.IsDir() && hidden:
			return filepath.SkipDir
		case entry.IsDir(), hidden, !ofActivity(path):
			return nil
		}
		files = append(files, path)
		return nil
	})
	if err != nil {
		return nil, &FileError{Path: folder, Problem: "the folder cannot be read", Err: err}
	}
	if len(files) == 0 {
		return nil, &FileError{Path: folder, Problem: "the folder holds no file ending in " + strings.Join(fileEndings, ", ")}
	}
	slices.Sort(files)
	return files, nil
}

// ofActivity goes by the ending. A folder also holds notes and manifests, and
// results of earlier runs, which have a manifest beside them.
func ofActivity(path string) bool {
	if _, err := os.Stat(path + ".run.json"); err == nil {
		return false
	}
	return slices.Contains(fileEndings, strings.ToLower(filepath.Ext(path)))
}

func expandPattern(pattern string) ([]string, error) {
	matches, err := filepath.Glob(pattern)
	if err != nil {
		return nil, &FileError{Path: pattern, Problem: "the pattern is not written correctly", Err: err}
	}
	var files []string
	for _, m := range matches {
		if info, err := os.Stat(m); err == nil && !info.IsDir() {
			files = append(files, m)
		}
	}
	if len(files) == 0 {
		return nil, &FileError{Path: pattern, Problem: "no file matches the pattern"}
	}
	slices.Sort(files)
	return files, nil
}

func distinct(files []string) []string {
	seen := map[string]bool{}
	var out []string
	for _, f := range files {
		if key := filepath.Clean(f); !seen[key] {
			seen[key] = true
			out = append(out, f)
		}
	}
	return out
}

// FileError is a fault of a file as a whole, with what to do about it.
type FileError struct {
	Path    string
	Problem string // a sentence without its full stop
	Hint    string // what to do; may be empty
	Err     error  // the cause; may be nil
}

func (e *FileError) Error() string {
	s := fmt.Sprintf("%s: %s", e.name(), e.Problem)
	if e.Hint != "" {
		s += "; " + e.Hint
	}
	if e.Err != nil && !errors.Is(e.Err, fs.ErrNotExist) {
		s += " (" + e.Err.Error() + ")"
	}
	return s
}

func (e *FileError) name() string {
	if e.Path == StandardInput {
		return "standard input"
	}
	return e.Path
}

func (e *FileError) Unwrap() error { return e.Err }

// ParquetError says that a file is Parquet, which package warehouse reads.
type ParquetError struct{ Path string }

func (e *ParquetError) Error() string {
	return e.Path + ": is a Parquet file: read it through the warehouse"
}
