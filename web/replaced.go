package web

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// replaced are files that ship with the program, each replaced by the file of the
// same name in a folder of the data directory.
func (s *Site) replaced(shipped fs.FS, folder string) fs.FS {
	if s.ledger == nil {
		return shipped
	}
	return ownFiles{shipped, filepath.Join(s.ledger.DataDir(), folder)}
}

type ownFiles struct {
	shipped fs.FS
	dir     string
}

func (f ownFiles) Open(name string) (fs.File, error) {
	own, err := os.DirFS(f.dir).Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return f.shipped.Open(name)
	}
	return own, err
}
