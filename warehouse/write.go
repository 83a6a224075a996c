package warehouse

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"remit/activity"
)

// CSVToParquet writes comma-delimited CSV with a header line as a Parquet file
// and gives the number of rows. Columns named in types get that DuckDB type,
// all others are VARCHAR. An empty field is absent (NULL), "" an empty text.
//
// The file appears under path whole or not at all: on an error, also one from
// r, and when ctx is cancelled nothing is left. Column names must be there and
// differ in more than their case. Bytes that are not UTF-8 are read as
// Windows-1252. After an error r may be read once more.
func CSVToParquet(ctx context.Context, r io.Reader, types map[string]string, path string) (rows int64, err error) {
	in := bufio.NewReaderSize(newTextReader(r), 256<<10)
	columns, err := readColumns(in)
	if err != nil {
		return 0, fmt.Errorf("write %s: %w", path, err)
	}
	temp := tempBeside(path)
	defer os.Remove(temp) // gone already when all went well
	if rows, err = copyToParquet(ctx, in, columns, types, temp); err != nil {
		return 0, fmt.Errorf("write %s: %w", path, err)
	}
	if err := publish(temp, path); err != nil {
		return 0, fmt.Errorf("write %s: %w", path, err)
	}
	return rows, nil
}

func readColumns(r *bufio.Reader) ([]string, error) {
	line, _, err := activity.HeaderLine(r)
	if err != nil {
		return nil, err
	}
	columns, err := activity.ParseHeader(line, ',')
	if err != nil {
		return nil, fmt.Errorf("the header line cannot be read: %w", err)
	}
	return columns, checkColumns(columns)
}

// checkColumns reports all columns that Parquet readers could not tell apart.
func checkColumns(columns []string) error {
	seen := map[string]string{}
	var faults []string
	for i, c := range columns {
		key := strings.ToLower(c)
		first, twice := seen[key]
		switch {
		case strings.TrimSpace(c) == "":
			faults = append(faults, fmt.Sprintf("column %d has no name", i+1))
		case twice:
			faults = append(faults, fmt.Sprintf("column %d, %q, has the name of another, %q", i+1, c, first))
		default:
			seen[key] = c
		}
	}
	if len(faults) > 0 {
		return errors.New("Parquet needs a name of its own for every column: " + strings.Join(faults, "; ") + "; rename them or write CSV")
	}
	return nil
}

// tempBeside is a name in the same folder, so that renaming is a single step.
func tempBeside(path string) string {
	folder, name := filepath.Split(path)
	return filepath.Join(folder, "."+name+"."+rand.Text()[:8]+".tmp")
}

func copyToParquet(ctx context.Context, in io.Reader, columns []string, types map[string]string, temp string) (int64, error) {
	db, err := Open(0, "")
	if err != nil {
		return 0, err
	}
	defer db.Close()
	r, w, err := os.Pipe()
	if err != nil {
		return 0, fmt.Errorf("make a pipe: %w", err)
	}
	widen(w)
	fed := make(chan error, 1)
	go func() { fed <- feed(w, in) }()
	// DuckDB may be waiting for input that does not come.
	stop := context.AfterFunc(ctx, func() { w.Close() })
	defer stop()

	result, err := db.ExecContext(ctx, copyStatement(columns, types, int(r.Fd()), temp))
	r.Close() // feed must not wait for a reader that is gone
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	if err != nil {
		return 0, errors.Join(err, inputFault(fed))
	}
	if err := <-fed; err != nil { // what was read until then is not the whole
		return 0, err
	}
	return result.RowsAffected()
}

// feed gives the input to DuckDB, to whom closing the pipe means the end.
func feed(w *os.File, in io.Reader) error {
	var ends lineEnds
	buf := make([]byte, 256<<10)
	for {
		n, err := in.Read(buf)
		if _, err := w.Write(ends.unify(buf[:n])); err != nil {
			return errors.Join(err, w.Close())
		}
		if err == io.EOF {
			_, err := w.Write(ends.rest())
			return errors.Join(err, w.Close())
		}
		if err != nil {
			return errors.Join(err, w.Close())
		}
	}
}

// inputFault is the error with which the input ended, if it has ended with one
// of its own: that the pipe was closed is the other side's doing.
func inputFault(fed <-chan error) error {
	select {
	case err := <-fed:
		if !errors.Is(err, os.ErrClosed) && !errors.Is(err, syscall.EPIPE) {
			return err
		}
	default:
	}
	return nil
}

func copyStatement(columns []string, types map[string]string, fd int, temp string) string {
	var declared, selected []string
	for _, c := range columns {
		declared = append(declared, quoteText(c)+": 'VARCHAR'")
		selected = append(selected, castColumn(c, types[c]))
	}
	return fmt.Sprintf("COPY (SELECT %s FROM read_csv('/dev/fd/%d', columns = {%s}, header = false, auto_detect = false,"+
		" delim = ',', quote = '\"', escape = '\"', comment = '', nullstr = '', allow_quoted_nulls = false, null_padding = false,"+
		" parallel = true)) TO %s (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)",
		strings.Join(selected, ", "), fd, strings.Join(declared, ", "), quoteText(temp))
}

func castColumn(column, duckType string) string {
	name := quoteName(column)
	if duckType == "" || duckType == "VARCHAR" {
		return name
	}
	return fmt.Sprintf("CAST(%s AS %s) AS %s", name, duckType, name)
}

// publish puts the file on the disk before its name, and the name after it.
func publish(temp, path string) error {
	if err := flush(temp); err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return err
	}
	return flush(filepath.Dir(path))
}

func flush(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
