package published

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"remit/register"
)

// importTable takes in a file in the pack's own schema. It is tried first: the
// file is laid over the shipped pack and over what was imported before, and
// every fault that shows is told with the row of the operator's own file.
func importTable(path string, r Report, o Options) (Report, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return r, err
	}
	if err := try(o, r.Kind, content, path); err != nil {
		return r, err
	}
	rows, err := readRows(path, register.Columns(r.Kind))
	if err != nil {
		return r, err
	}
	r.Rows = len(rows)
	r.Layout = "our own schema"
	r.File = filepath.Join(o.Into, r.Kind+".csv")
	return r, merge(r.File, r.Kind, rows)
}

// try loads the pack with the file laid over everything else, without writing
// to the overlay directory.
func try(o Options, table string, content []byte, path string) error {
	stage, err := os.MkdirTemp("", "remit-import-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(stage)
	staged := filepath.Join(stage, table+".csv")
	if err := os.WriteFile(staged, content, 0o600); err != nil {
		return err
	}
	p, err := register.LoadShipped(o.Into, stage)
	if err == nil {
		return p.Close()
	}
	var bad *register.DataError
	if !errors.As(err, &bad) {
		return err
	}
	for i := range bad.Faults {
		if bad.Faults[i].File == staged {
			bad.Faults[i].File = path
		}
	}
	return bad
}

// readRows reads a file with a header and arranges its fields by the columns.
// Columns that the file lacks come out blank.
func readRows(path string, columns []string) ([][]string, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c := csvReader(f)
	head, err := c.Read()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	at := map[string]int{}
	for i, h := range head {
		at[h] = i
	}
	var rows [][]string
	for {
		fields, err := c.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
		row := make([]string, len(columns))
		for i, name := range columns {
			if j, has := at[name]; has && j < len(fields) {
				row[i] = fields[j]
			}
		}
		rows = append(rows, row)
	}
}

// merge writes the rows in the place of those rows of the file that have the
// same key, the first column.
func merge(path, table string, rows [][]string) error {
	columns := register.Columns(table)
	old, err := readRows(path, columns)
	if err != nil {
		return err
	}
	fresh := make(map[string]bool, len(rows))
	for _, r := range rows {
		fresh[r[0]] = true
	}
	return writeWhole(path, func(f *os.File) error {
		w := csv.NewWriter(f)
		if err := w.Write(columns); err != nil {
			return err
		}
		for _, r := range old {
			if fresh[r[0]] {
				continue
			}
			if err := w.Write(r); err != nil {
				return err
			}
		}
		return w.WriteAll(rows) // flushes
	})
}
