package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"modernc.org/sqlite" // also the driver of that name
	sqlite3 "modernc.org/sqlite/lib"
)

// databaseFile is the database in a data directory.
const databaseFile = "remit.db"

var sqliteDialect = dialect{
	name:   "sqlite",
	tables: "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
}

func (s *Store) databasePath() string { return filepath.Join(s.options.Dir, databaseFile) }

func (s *Store) openSQLite(ctx context.Context) error {
	s.dialect = sqliteDialect
	s.location = s.databasePath()
	if s.options.Dir == "" {
		return errors.New("neither a data directory nor a database is named")
	}
	if _, err := os.Stat(s.location); s.options.MustExist && errors.Is(err, fs.ErrNotExist) {
		return ErrNoStore
	}
	if err := os.MkdirAll(s.options.Dir, 0o700); err != nil {
		return fmt.Errorf("make the data directory: %w", err)
	}
	// SQLite would make the file readable to all; what lies beside it follows its mode.
	f, err := os.OpenFile(s.location, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if s.writing, err = openSQLiteFile(s.location, true); err != nil {
		return err
	}
	s.writing.SetMaxOpenConns(1)
	if err := connectFirst(ctx, s.writing); err != nil {
		return err // before the readers: the first connection makes the log that they read
	}
	if s.reading, err = openSQLiteFile(s.location, false); err != nil {
		return err
	}
	s.reading.SetMaxOpenConns(8)
	s.reading.SetMaxIdleConns(8)
	return nil
}

// startWait is how long programs that start together wait for one another, and
// startPause how long between two tries.
const (
	startWait  = 15 * time.Second
	startPause = 20 * time.Millisecond
)

// connectFirst makes the first connection. While a new database goes over to its
// write-ahead log SQLite does not wait for a lock, whatever busy_timeout says, so
// that of programs that start together one would fail.
func connectFirst(ctx context.Context, db *sql.DB) error {
	for end := time.Now().Add(startWait); ; {
		err := db.PingContext(ctx)
		var fault *sqlite.Error
		if !errors.As(err, &fault) || fault.Code()&0xFF != sqlite3.SQLITE_BUSY || time.Now().After(end) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(startPause):
		}
	}
}

func openSQLiteFile(path string, writing bool) (*sql.DB, error) {
	q := url.Values{}
	// The time to wait comes first: the next pragmas may have to wait themselves.
	q.Add("_pragma", "busy_timeout(15000)")
	q.Add("_pragma", "journal_mode(WAL)") // readers do not wait for the writer, nor it for them
	if writing {
		// What is acknowledged must be on the disk. NORMAL would lose the last
		// transactions when the power fails.
		q.Add("_pragma", "synchronous(FULL)")
		q.Add("_pragma", "foreign_keys(1)")
		q.Add("_pragma", "journal_size_limit(67108864)") // a log grown by one large change shrinks again
		// A transaction that reads and then writes could find that another wrote
		// in between; one that takes the lock at once cannot.
		q.Set("_txlock", "immediate")
	} else {
		q.Add("_pragma", "query_only(1)")
	}
	q.Add("_pragma", "temp_store(MEMORY)") // no record leaves the data directory
	q.Add("_pragma", "cache_size(-16000)")
	path = (&url.URL{Path: path}).EscapedPath()
	return sql.Open("sqlite", "file:"+path+"?"+q.Encode())
}

// copyBeforeMigration leaves a copy of the database beside it and gives its path.
func (s *Store) copyBeforeMigration(ctx context.Context, version int) (string, error) {
	path := s.copyPath(version)
	if _, err := os.Stat(path); err == nil {
		return path, nil // from a migration that was interrupted after its copy
	}
	if err := s.sweepCopies(); err != nil {
		return "", err
	}
	f, err := os.CreateTemp(s.options.Dir, filepath.Base(path)+".*"+partialCopy)
	if err != nil {
		return "", err
	}
	partial := f.Name()
	defer os.Remove(partial)
	if err := f.Close(); err != nil {
		return "", err
	}
	if _, err := s.writing.ExecContext(ctx, "VACUUM INTO $1", partial); err != nil {
		return "", fmt.Errorf("copy the database before migrating it: %w", err)
	}
	if err := errors.Join(os.Chmod(partial, 0o600), syncFile(partial)); err != nil {
		return "", err
	}
	// Of programs that start together each makes a copy, and the first to be whole
	// stands: whoever puts one there has not migrated yet, which a later one may have met.
	if err := os.Link(partial, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	return path, nil
}

// partialCopy ends the names of copies that are being made.
const partialCopy = ".partial"

// sweepCopies takes away what copies that were killed left, an hour after.
func (s *Store) sweepCopies() error {
	entries, err := os.ReadDir(s.options.Dir)
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), databaseFile+".before-schema-") || !strings.HasSuffix(e.Name(), partialCopy) {
			continue
		}
		if info, gone := e.Info(); gone == nil && time.Since(info.ModTime()) > time.Hour {
			err = errors.Join(err, os.Remove(filepath.Join(s.options.Dir, e.Name())))
		}
	}
	return err
}

func (s *Store) copyPath(version int) string {
	return fmt.Sprintf("%s.before-schema-%d", s.databasePath(), version)
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
