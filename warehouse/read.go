package warehouse

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
)

// Column is a column of a Parquet file with its DuckDB type, such as "VARCHAR"
// or "DECIMAL(26,8)".
type Column struct{ Name, Type string }

// Stream is a Parquet file read as CSV: comma-delimited with a header line,
// lines ending in "\n", in the order of the file. An absent value is an empty
// field, an empty text is "".
type Stream struct {
	Columns []Column
	Rows    int64 // in the whole file

	path   string
	reader *os.File
	db     *sql.DB
	cancel context.CancelFunc
	done   chan struct{} // closed when the copying has ended
	err    error         // of the copying; read it after done
	digest func() (string, error)
	close  func() error
}

// ParquetToCSV reads a Parquet file as CSV with so many threads (0 for all
// processors). DuckDB writes into a pipe in the background; cancelling ctx
// stops it. Faults name the file.
func ParquetToCSV(ctx context.Context, path string, threads int) (*Stream, error) {
	if err := checkFile(path); err != nil {
		return nil, err
	}
	db, err := Open(threads, "")
	if err != nil {
		return nil, err
	}
	s := &Stream{path: path, db: db, done: make(chan struct{})}
	if err := s.describe(ctx); err != nil {
		db.Close()
		return nil, err
	}
	if err := s.start(ctx); err != nil {
		db.Close()
		return nil, err
	}
	return s, nil
}

func checkFile(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("%s: there is no such file: %w", path, err)
	case err != nil:
		return fmt.Errorf("%s: cannot be read: %w", path, err)
	case info.IsDir():
		return fmt.Errorf("%s: is a folder, and a Parquet file is wanted here", path)
	}
	return nil
}

// describe reads the columns and the number of rows, which are in the footer:
// a file that is cut short is found out here.
func (s *Stream) describe(ctx context.Context) error {
	rows, err := s.db.QueryContext(ctx, "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM "+parquetTable(s.path)+")")
	if err != nil {
		return s.fault(err)
	}
	defer rows.Close()
	for rows.Next() {
		var c Column
		if err := rows.Scan(&c.Name, &c.Type); err != nil {
			return s.fault(err)
		}
		s.Columns = append(s.Columns, c)
	}
	if err := rows.Err(); err != nil {
		return s.fault(err)
	}
	err = s.db.QueryRowContext(ctx, "SELECT count(*) FROM "+parquetTable(s.path)).Scan(&s.Rows)
	if err != nil {
		return s.fault(err)
	}
	return nil
}

// parquetTable names one file as a table. The file's own columns are meant, not
// those that DuckDB would read out of folder names like year=2025.
func parquetTable(path string) string {
	return "read_parquet(" + quoteText(literalPath(path)) + ", hive_partitioning = false)"
}

// literalPath keeps DuckDB from taking a path for a pattern.
func literalPath(path string) string {
	return strings.NewReplacer("[", "[[]", "*", "[*]", "?", "[?]").Replace(path)
}

func (s *Stream) start(ctx context.Context) error {
	r, w, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("make a pipe: %w", err)
	}
	widen(w)
	ctx, s.cancel = context.WithCancel(ctx)
	s.reader = r
	s.digest = sync.OnceValues(func() (string, error) { return hashFile(s.path) })
	s.close = sync.OnceValue(s.stop)
	go s.copyTo(ctx, w)
	return nil
}

func (s *Stream) copyTo(ctx context.Context, w *os.File) {
	defer close(s.done)
	defer w.Close()
	_, err := s.db.ExecContext(ctx, fmt.Sprintf(
		"COPY (SELECT * FROM %s) TO '/dev/fd/%d' (FORMAT csv, HEADER true, DELIMITER ',', NULLSTR '', USE_TMP_FILE false)",
		parquetTable(s.path), w.Fd()))
	switch {
	case ctx.Err() != nil:
		s.err = ctx.Err()
	case err != nil:
		s.err = s.fault(err)
	}
}

// Read reads CSV. It gives io.EOF only when the whole file has been read.
func (s *Stream) Read(p []byte) (int, error) {
	n, err := s.reader.Read(p)
	if err != io.EOF {
		return n, err
	}
	<-s.done
	if s.err != nil {
		return n, s.err
	}
	return n, io.EOF
}

// Types gives the type of each column by its name, as CSVToParquet takes them.
func (s *Stream) Types() map[string]string {
	types := make(map[string]string, len(s.Columns))
	for _, c := range s.Columns {
		types[c.Name] = c.Type
	}
	return types
}

// SHA256 is the hash in hexadecimal of the bytes of the Parquet file. The first
// call reads the file.
func (s *Stream) SHA256() (string, error) { return s.digest() }

// Close stops the reading, if it goes on, and frees everything.
func (s *Stream) Close() error { return s.close() }

// stop reads the pipe out while DuckDB comes to its end. Closing it under a
// writer would kill the program: the runtime shields its own threads from the
// signal for a broken pipe, but not those of DuckDB.
func (s *Stream) stop() error {
	s.cancel()
	_, err := io.Copy(io.Discard, s.reader)
	<-s.done
	return errors.Join(err, s.reader.Close(), s.db.Close())
}

func (s *Stream) fault(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	// Behind a blank line DuckDB repeats the query that it was given.
	what, _, _ := strings.Cut(err.Error(), "\n\n")
	return &unreadable{fmt.Sprintf("%s: is not a Parquet file that can be read; if it was transferred, transfer it again: %s", s.path, what), err}
}

type unreadable struct {
	text string
	err  error
}

func (e *unreadable) Error() string { return e.text }
func (e *unreadable) Unwrap() error { return e.err }

func hashFile(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.CopyBuffer(sum, file, make([]byte, 1<<20)); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
