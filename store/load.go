package store

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"remit/reference"
)

const (
	actionLoad   = "register.load"
	actionImport = "register.import"
)

// row is one row of one table of a pack.
type row struct {
	Table  string
	Values Values
}

// readPack reads the rows of a pack that lies as CSV files in a directory.
func readPack(files fs.FS) (rows []row, err error) {
	for _, table := range Tables() {
		content, err := fs.ReadFile(files, table+".csv")
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		more, err := readTable(table, content)
		if err != nil {
			return nil, fmt.Errorf("read %s.csv: %w", table, err)
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

func readTable(table string, content []byte) (rows []row, err error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content, []byte("\ufeff"))))
	r.ReuseRecord = true
	head, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the file is empty")
	}
	if err != nil {
		return nil, err
	}
	columns := slices.Clone(head)
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		v := make(Values, len(columns))
		for i, column := range columns {
			v[column] = record[i]
		}
		rows = append(rows, row{table, v.trimmed()})
	}
}

// loadShipped loads the shipped pack as the first change of an empty store.
func (s *Store) loadShipped(ctx context.Context) error {
	changes, err := first(ctx, s.reading, number, "SELECT COUNT(*) FROM change")
	if err != nil || changes > 0 {
		return err
	}
	c := Change{RecordedBy: s.program(), Reason: "First start: the reference pack that the program ships with.", Source: "the reference pack of " + s.program()}
	return s.loadFirst(ctx, reference.FS, c)
}

func (s *Store) program() string {
	if s.options.Program == "" {
		return "remit"
	}
	return s.options.Program
}

// loadFirst records the rows of a pack as change 1, and the pack as the release
// that later ones are compared with.
func (s *Store) loadFirst(ctx context.Context, files fs.FS, c Change) error {
	rows, err := readPack(files)
	if err != nil {
		return err
	}
	facts := make([]*Fact, len(rows))
	for i, r := range rows {
		facts[i] = &Fact{Version: int64(i + 1), Fact: int64(i + 1), Table: r.Table, Values: r.Values, Change: 1, RecordedBy: c.RecordedBy}
	}
	k := arrange(facts)
	if err := s.loadNew(k); err != nil {
		return err
	}
	release, err := packRelease(files)
	if err != nil {
		return err
	}
	err = s.write(ctx, func(w *writing) error {
		// Another process may have come first.
		if changes, err := w.number("SELECT COUNT(*) FROM change"); err != nil || changes > 0 {
			return errors.Join(err, errMoved)
		}
		c.Number, c.RecordedAt = 1, unstamp(w.at)
		if err := w.record(c, facts, nil); err != nil {
			return err
		}
		if err := w.keepRelease(release, releaseTaken, c.RecordedBy, c.Reason, 1); err != nil {
			return err
		}
		vouched, err := w.vouch(1, 1)
		if err != nil {
			return err
		}
		return w.audit(c.RecordedBy, actionLoad, "register", detail{Reason: c.Reason, Changes: vouched})
	})
	if errors.Is(err, errMoved) {
		return nil
	}
	if err == nil {
		for _, f := range facts {
			f.RecordedAt = c.RecordedAt
		}
		k.Change = c
		s.memory.put(k)
	}
	return err
}

// release is one release of the pack: its files, packed, and their hash.
type release struct {
	hash    string
	content []byte
}

// packRelease packs the tables of a pack. The hash is over names and content, so
// that it does not depend on how they are packed.
func packRelease(files fs.FS) (release, error) {
	var packed bytes.Buffer
	z := zip.NewWriter(&packed)
	h := sha256.New()
	tables := Tables()
	slices.Sort(tables)
	for _, table := range tables {
		content, err := fs.ReadFile(files, table+".csv")
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return release{}, err
		}
		fmt.Fprintf(h, "%s %d\n", table, len(content))
		h.Write(content)
		f, err := z.Create(table + ".csv")
		if err != nil {
			return release{}, err
		}
		if _, err := f.Write(content); err != nil {
			return release{}, err
		}
	}
	err := z.Close()
	return release{hex.EncodeToString(h.Sum(nil)), packed.Bytes()}, err
}

const (
	releaseTaken    = "taken"
	releaseDeclined = "declined"
)

const releaseColumns = "seq, hash, decision, decided_at, decided_by, reason, change, content"

// keepRelease records what was decided of a release.
func (w *writing) keepRelease(r release, decision, by, reason string, change int64) error {
	seq, err := w.number("SELECT COALESCE(MAX(seq), 0) FROM pack_release")
	if err != nil {
		return err
	}
	content := r.content
	if decision == releaseDeclined {
		content = []byte{}
	}
	return w.insert("pack_release", releaseColumns, [][]any{{seq + 1, r.hash, decision, w.at, by, reason, change, content}})
}

// takeRelease records that the shipped release with the hash was taken in.
func (w *writing) takeRelease(hash, by, reason string, change int64) error {
	r, err := packRelease(reference.FS)
	if err != nil {
		return err
	}
	if r.hash != hash {
		return refuse("this program ships with another release of the pack than the one that was proposed; propose the update again")
	}
	return w.keepRelease(r, releaseTaken, by, reason, change)
}

// packedRelease reads a release as it was packed before.
func packedRelease(content []byte) (release, error) {
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return release{}, err
	}
	return packRelease(z)
}
