package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"remit/store"
)

func (s *session) backupCommand() *cobra.Command {
	var p place
	c := &cobra.Command{
		Use:   "backup OUT.zip",
		Short: "Write everything that the system of record holds into one file",
		Long: `Write facts with their history, proposals, the audit log, documents, accounts and
keys into one file, as they are at one moment, while others work on. The file
is the same from SQLite and from PostgreSQL and goes back into either.

It holds hashes of passwords: keep it as safe as the database. Not in it are
sessions, the files of runs (runs/ in the data directory) and imported reference
data (reference/).

` + exitHelp,
		Example: "  remit backup remit-2026-11-24.zip",
		Args:    cobra.ExactArgs(1),
		RunE: p.with(func(cmd *cobra.Command, args []string, st *store.Store) error {
			return writeNew(args[0], func(w io.Writer) error {
				m, err := st.Backup(cmd.Context(), w)
				if err != nil {
					return storeFault(err)
				}
				_, err = fmt.Fprintf(s.out, "%s: %d rows of %d tables from %s\nState: %s\n", args[0], m.Rows(), len(m.Tables), st.Location(), m.State)
				return err
			})
		}),
	}
	p.add(c)
	return c
}

// writeNew writes a file that is there whole or not at all, for its owner alone.
// A file that is there already is never written over.
func writeNew(path string, write func(io.Writer) error) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return fail(exitUsage, fmt.Errorf("%s is there already", path), "name another file")
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.partial")
	if err != nil {
		return fail(exitInput, err, "look at the directory and its permissions")
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if err := write(f); err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fail(exitInput, err, "look at the space on the disk")
	}
	return os.Rename(f.Name(), path)
}
