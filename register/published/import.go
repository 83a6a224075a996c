package published

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"remit/register"
)

// Kinds of file that Import reads besides the tables of the pack's own schema.
const (
	Epraccur = "epraccur"
	Etr      = "etr"
	ONSPD    = "onspd"
)

// Options say how a file is to be taken in.
type Options struct {
	Kind     string           // Epraccur, Etr, ONSPD or a table of the pack; blank to recognise it
	AsAt     register.Day     // the day on which the file was published
	Into     string           // the overlay directory to write to; it is made when it does not exist
	Progress func(rows int64) // called now and then while a long file is read; may be nil
}

// Report says what was taken in.
type Report struct {
	Kind   string
	Layout string // which of the publisher's layouts was read
	Rows   int    // rows read
	File   string // the file that was written
	Notes  []string
}

// maxFaults keeps a file of millions of bad rows from filling the memory.
const maxFaults = 1000

// faults collects what is wrong with a file.
type faults struct {
	file string
	list []register.Fault
	more int
}

func (f *faults) add(row int, column, value, problem, remedy string) {
	if len(f.list) == maxFaults {
		f.more++
		return
	}
	f.list = append(f.list, register.Fault{File: f.file, Row: row, Column: column, Value: value, Problem: problem, Remedy: remedy})
}

func (f *faults) err() error {
	if len(f.list) == 0 {
		return nil
	}
	if f.more > 0 {
		f.list = append(f.list, register.Fault{File: f.file, Problem: fmt.Sprintf("%d more rows have faults", f.more), Remedy: "put these right first"})
	}
	return &register.DataError{Faults: f.list}
}

// Import reads the file at path and writes it into the overlay directory. The
// pack is the one that is in use now, the overlay directory included; it tells
// what was so before. A *register.DataError lists every fault of the file, and
// nothing is written then.
func Import(pack *register.Pack, path string, o Options) (Report, error) {
	in, err := os.Open(path)
	if err != nil {
		return Report{}, fmt.Errorf("the file to import cannot be read: %w", err)
	}
	defer in.Close()
	if o.Kind == "" {
		if o.Kind, err = recognise(path); err != nil {
			return Report{}, err
		}
	}
	if err := os.MkdirAll(o.Into, 0o755); err != nil {
		return Report{}, fmt.Errorf("make the overlay directory: %w", err)
	}
	f := &faults{file: path}
	r := Report{Kind: o.Kind}
	switch o.Kind {
	case Epraccur:
		return importRows(pack, in, f, r, o, "practice", epraccur)
	case Etr:
		return importRows(pack, in, f, r, o, "provider", etr)
	case ONSPD:
		return importDirectory(pack, in, f, r, o)
	}
	if register.Columns(o.Kind) == nil {
		return r, fmt.Errorf("%q is not a kind of file that can be imported: use %s, %s, %s or the name of a table", o.Kind, Epraccur, Etr, ONSPD)
	}
	return importTable(path, r, o)
}

// recognise tells a file by its header row, or by its first code where it has
// none: practices have codes of six characters, trusts of three or five.
func recognise(path string) (string, error) {
	in, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer in.Close()
	head, err := csvReader(in).Read()
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the first row of %s: %w", path, err)
	}
	if _, err := columnsOf(head); err == nil {
		return ONSPD, nil
	}
	name := strings.ToLower(filepath.Base(path))
	for _, kind := range []string{Epraccur, Etr} {
		if strings.Contains(name, kind) {
			return kind, nil
		}
	}
	if table := tableOf(head, strings.TrimSuffix(name, ".csv")); table != "" {
		return table, nil
	}
	if looksODS(head) {
		if len(strings.TrimSpace(head[0])) == 6 {
			return Epraccur, nil
		}
		return Etr, nil
	}
	return "", fmt.Errorf("%s is not recognised: say what it is with --as epraccur, etr, onspd or the name of a table", path)
}

// looksODS says that a row without a header is one of the Organisation Data
// Service: a code first, dates where an organisation opens and closes.
func looksODS(row []string) bool {
	if len(row) < odsColumns || len(strings.Trim(strings.TrimSpace(row[odsCode]), codeCharacters)) > 0 {
		return false
	}
	for _, at := range []int{odsOpened, odsClosed} {
		if d := strings.TrimSpace(row[at]); d != "" && (len(d) != 8 || strings.Trim(d, "0123456789") != "") {
			return false
		}
	}
	return true
}

const codeCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// tableOf is the table of the pack whose columns the header has. The file's
// name decides between tables that look alike.
func tableOf(head []string, name string) string {
	if fits(head, name) {
		return name
	}
	for _, file := range register.FileNames() {
		if table := strings.TrimSuffix(file, ".csv"); fits(head, table) {
			return table
		}
	}
	return ""
}

func fits(head []string, table string) bool {
	columns := register.Columns(table)
	return len(columns) > 0 && slices.Contains(head, columns[0]) &&
		!slices.ContainsFunc(head, func(h string) bool { return !slices.Contains(columns, strings.TrimSpace(h)) })
}

func csvReader(r io.Reader) *csv.Reader {
	c := csv.NewReader(skipMark(r))
	c.FieldsPerRecord = -1
	c.ReuseRecord = true
	return c
}

// skipMark leaves out the byte order mark that spreadsheets put first.
func skipMark(r io.Reader) io.Reader {
	mark := make([]byte, 3)
	n, _ := io.ReadFull(r, mark)
	if string(mark[:n]) == "\ufeff" {
		return r
	}
	return io.MultiReader(strings.NewReader(string(mark[:n])), r)
}

// writeWhole writes a file beside its place and then moves it there, so that
// nobody ever reads half of it.
func writeWhole(path string, write func(*os.File) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".importing-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close(), os.Remove(f.Name()))
		}
	}()
	if err := write(f); err != nil {
		return err
	}
	if err := errors.Join(f.Chmod(0o644), f.Sync()); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
