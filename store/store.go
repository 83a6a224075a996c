package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"remit/register"
)

// Options say where the register is kept and by what it is checked.
type Options struct {
	Dir      string // the data directory: runs, imported reference data and, without Database, the database
	Database string // postgres://... for PostgreSQL; blank for SQLite in Dir
	Program  string // name and version of the program, for the audit log

	// Overlay are directories of reference data laid over every pack, as
	// register.LoadShipped takes them: a postcode directory, most of all.
	Overlay []string
	// Check refuses what is about to be recorded for reasons beyond the register's
	// own, with a *register.DataError or another error; nil for no more reasons.
	Check func(*register.Pack) error
	// Now is the clock; nil for the system's.
	Now func() time.Time

	LeaveEmpty bool // do not load the shipped pack into an empty store
	MustExist  bool // ErrNoStore instead of making a store where there is none
}

// Store is an open system of record. It is safe for concurrent use, and several
// processes may have the same one open.
type Store struct {
	options  Options
	dialect  dialect
	reading  *sql.DB
	writing  *sql.DB // one connection for SQLite: it has one writer at a time
	memory   memory
	location string
	server   string // made up anew at each start
}

// Open opens the store, makes or migrates its tables, and loads the shipped pack
// when there is nothing in it yet. Close it when done.
func Open(ctx context.Context, o Options) (*Store, error) { return openAt(ctx, o, len(migrations)) }

// openAt opens the store with the schema of a number, or a newer one that it has.
func openAt(ctx context.Context, o Options, schema int) (*Store, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Store{options: o, memory: newMemory(), server: newToken()}
	var err error
	if o.Database != "" {
		err = s.openPostgres(ctx)
	} else {
		err = s.openSQLite(ctx)
	}
	if err == nil {
		err = s.migrate(ctx, migrations[:schema])
	}
	if err == nil && !o.LeaveEmpty {
		err = s.loadShipped(ctx)
	}
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("open %s: %w", s.location, err)
	}
	return s, nil
}

// Close lets go of the database. Packs that were handed out stay usable.
func (s *Store) Close() error {
	var errs []error
	for _, db := range []*sql.DB{s.reading, s.writing} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// Ping says whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	return s.reading.QueryRowContext(ctx, "SELECT 1").Scan(&one)
}

// Location is where the store is, without passwords.
func (s *Store) Location() string { return s.location }

// Dir is the data directory, or blank.
func (s *Store) Dir() string { return s.options.Dir }

// RunDir is the directory for the files of a run. It need not exist.
func (s *Store) RunDir(id string) string {
	return filepath.Join(s.options.Dir, "runs", id)
}

// Overlay is where reference data imported by the operator lies in a data
// directory: nothing when there is none.
func Overlay(dir string) []string {
	path := filepath.Join(dir, "reference")
	if info, err := os.Stat(path); dir == "" || err != nil || !info.IsDir() {
		return nil
	}
	return []string{path}
}

// dialect is what the two databases do not have in common. Statements are
// written with $1, $2, which both read.
type dialect struct {
	name     string // as in the names of migration files
	lock     string // makes a transaction wait until it is the only writer
	snapshot sql.TxOptions
	tables   string // counts the tables of the database
	binary   string // appended to a text column in ORDER BY: byte order
}

// querier is a database or a transaction.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// scanner is one row of an answer.
type scanner interface{ Scan(into ...any) error }

// list runs a query and reads every row of the answer.
func list[T any](ctx context.Context, q querier, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	all := []T{}
	err := each(ctx, q, func(row scanner) error {
		one, err := scan(row)
		all = append(all, one)
		return err
	}, query, args...)
	return all, err
}

// each runs a query and hands over each row of the answer.
func each(ctx context.Context, q querier, do func(scanner) error, query string, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := do(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// first reads the one row that a query gives; ErrNotFound when it gives none.
func first[T any](ctx context.Context, q querier, scan func(scanner) (T, error), query string, args ...any) (T, error) {
	one, err := scan(q.QueryRowContext(ctx, query, args...))
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	return one, err
}

func number(row scanner) (n int64, err error) { return n, row.Scan(&n) }

// view runs questions that must all see the same state.
func (s *Store) view(ctx context.Context, do func(q querier) error) error {
	tx, err := s.reading.BeginTx(ctx, &s.dialect.snapshot)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	return do(tx)
}

// writing is a transaction that is the only one to write while it lasts, on
// whatever server it runs.
type writing struct {
	*sql.Tx
	ctx context.Context
	s   *Store
	at  string // the moment under which everything in it is recorded
}

// write runs what must take effect together, and on the disk, or not at all.
// Nobody else writes meanwhile, so numbers counted on from the last have no gaps.
func (s *Store) write(ctx context.Context, do func(w *writing) error) error {
	tx, err := s.writing.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin to write: %w", err)
	}
	defer tx.Rollback()
	w := &writing{Tx: tx, ctx: ctx, s: s}
	if s.dialect.lock != "" {
		if err := w.exec(s.dialect.lock); err != nil {
			return fmt.Errorf("wait to write: %w", err)
		}
	}
	if w.at, err = w.moment(); err != nil {
		return fmt.Errorf("read the last moment: %w", err)
	}
	if err := do(w); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// moment is the time now, or just after the last recorded one should the clock
// have been put back: what is recorded later must never seem to be earlier.
func (w *writing) moment() (string, error) {
	now := stamp(w.s.options.Now())
	last, err := w.number("SELECT COALESCE(MAX(seq), 0) FROM audit_entry")
	if err != nil || last == 0 {
		return now, err
	}
	var at string
	if err := w.QueryRowContext(w.ctx, "SELECT at FROM audit_entry WHERE seq = $1", last).Scan(&at); err != nil {
		return "", err
	}
	if now > at {
		return now, nil
	}
	return stamp(unstamp(at).Add(time.Microsecond)), nil
}

func (w *writing) exec(query string, args ...any) error {
	_, err := w.ExecContext(w.ctx, query, args...)
	return err
}

func (w *writing) number(query string, args ...any) (int64, error) {
	return number(w.QueryRowContext(w.ctx, query, args...))
}

// insert adds rows of the same width, many with each statement: one each would
// make the first start several times as long.
func (w *writing) insert(table string, columns string, rows [][]any) error {
	width := strings.Count(columns, ",") + 1
	// SQLite searches the names of a statement one by one, so that long statements
	// cost more than many.
	const most = 300 // values in a statement
	for len(rows) > 0 {
		n := min(len(rows), most/width)
		if err := w.insertOnce(table, columns, rows[:n], width); err != nil {
			return fmt.Errorf("add to %s: %w", table, err)
		}
		rows = rows[n:]
	}
	return nil
}

func (w *writing) insertOnce(table, columns string, rows [][]any, width int) error {
	var query strings.Builder
	fmt.Fprintf(&query, "INSERT INTO %s (%s) VALUES ", table, columns)
	args := make([]any, 0, len(rows)*width)
	for i, row := range rows {
		if i > 0 {
			query.WriteByte(',')
		}
		for j := range width {
			fmt.Fprintf(&query, "%c$%d", "(,"[min(j, 1)], i*width+j+1)
		}
		query.WriteByte(')')
		args = append(args, row...)
	}
	return w.exec(query.String(), args...)
}

// moments are kept as text of one width, so that they order as they read.
const momentLayout = "2006-01-02T15:04:05.000000Z"

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(momentLayout)
}

func unstamp(s string) time.Time {
	t, _ := time.Parse(momentLayout, s) // blank is the zero time; the store wrote the rest
	return t
}
