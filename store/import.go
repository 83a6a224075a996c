package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"
)

// notPublished stands for people in a register that came from an archive.
const notPublished = "(not published)"

// Import takes an archive of Export into a store that is empty (see
// Options.LeaveEmpty), with its whole history: the state is the same afterwards.
// It takes everything or nothing, and only what is valid. ErrNotEmpty when there
// is a register already: Compare and ProposeUpdate are the way then.
func (s *Store) Import(ctx context.Context, actor string, files fs.FS) (Archive, error) {
	h, err := readHistory(files)
	if err != nil {
		return h.Archive, fmt.Errorf("read the archive: %w", err)
	}
	k := arrange(h.standing())
	k.Change = h.changes[len(h.changes)-1]
	if err := s.loadNew(k); err != nil {
		return h.Archive, err
	}
	if err := h.checkTables(files, k); err != nil {
		return h.Archive, fmt.Errorf("read the archive: %w", err)
	}
	err = s.write(ctx, func(w *writing) error { return w.takeHistory(actor, h) })
	if err == nil {
		s.memory.put(k)
	}
	return h.Archive, err
}

type history struct {
	Archive
	changes []Change
	facts   []*Fact
	release []byte
}

func readHistory(files fs.FS) (h history, err error) {
	text, err := readArchived(files, archiveState)
	if err != nil {
		return h, err
	}
	if text == nil {
		return h, fmt.Errorf("%s is missing: this is no archive of a register", archiveState)
	}
	if err := json.Unmarshal(text, &h.Archive); err != nil {
		return h, fmt.Errorf("%s: %w", archiveState, err)
	}
	if h.Format != 1 {
		return h, fmt.Errorf("the archive has format %d; this program reads format 1", h.Format)
	}
	err = eachLine(files, archiveChanges, func(c publicChange) error {
		h.changes = append(h.changes, Change{Number: c.Number, RecordedAt: unstamp(c.RecordedAt), RecordedBy: notPublished, Reason: c.Reason, Source: c.Source, Documents: c.Documents})
		return nil
	})
	if err != nil {
		return h, err
	}
	err = eachLine(files, archiveFacts, func(f publicFact) error {
		h.facts = append(h.facts, &Fact{Version: f.Version, Fact: f.Fact, Table: f.Table, Values: f.Values.trimmed(), Change: f.Recorded, RecordedBy: notPublished, Withdrawn: f.Withdrawn})
		return nil
	})
	if err != nil {
		return h, err
	}
	if err := h.check(); err != nil {
		return h, err
	}
	h.release, err = readArchived(files, archiveRelease)
	return h, err
}

// eachLine reads lines of JSON.
func eachLine[T any](files fs.FS, name string, do func(T) error) error {
	text, err := readArchived(files, name)
	if err != nil {
		return err
	}
	for n := 1; len(text) > 0; n++ {
		line, rest, _ := bytes.Cut(text, []byte("\n"))
		var v T
		err := json.Unmarshal(line, &v)
		if err == nil {
			err = do(v)
		}
		if err != nil {
			return fmt.Errorf("%s line %d: %w", name, n, err)
		}
		text = rest
	}
	return nil
}

// check refuses a history that no store could have written.
func (h *history) check() error {
	if len(h.changes) == 0 || int64(len(h.changes)) != h.Changes || int64(len(h.facts)) != h.Facts {
		return fmt.Errorf("it has %d changes and %d versions of facts, and says that there are %d and %d", len(h.changes), len(h.facts), h.Changes, h.Facts)
	}
	for i, c := range h.changes {
		if c.Number != int64(i+1) {
			return fmt.Errorf("change %d stands where change %d belongs", c.Number, i+1)
		}
		if c.RecordedAt.IsZero() || i > 0 && !c.RecordedAt.After(h.changes[i-1].RecordedAt) {
			return fmt.Errorf("change %d was not recorded after the one before", c.Number)
		}
	}
	rows := map[int64]int64{} // by version
	for i, f := range h.facts {
		switch origin, known := rows[f.Fact]; {
		case f.Version != int64(i+1):
			return fmt.Errorf("version %d of a fact stands where version %d belongs", f.Version, i+1)
		case f.Fact != f.Version && (!known || origin != f.Fact):
			return fmt.Errorf("version %d says that it is one of row %d, which did not begin there", f.Version, f.Fact)
		case f.Change < 1 || f.Change > h.Changes || f.Withdrawn != 0 && (f.Withdrawn <= f.Change || f.Withdrawn > h.Changes):
			return fmt.Errorf("version %d names changes that cannot be", f.Version)
		}
		rows[f.Version] = f.Fact
	}
	return nil
}

// standing are the facts that stand at the end.
func (h *history) standing() (facts []*Fact) {
	rows := map[int64]*Fact{}
	for _, f := range h.facts {
		if f.Withdrawn == 0 {
			rows[f.Fact] = f
		}
	}
	for _, f := range h.facts { // rows stand in the order in which they began
		if now := rows[f.Version]; f.Fact == f.Version && now != nil {
			facts = append(facts, now)
		}
	}
	return facts
}

// checkTables holds the tables of the archive against its history.
func (h *history) checkTables(files fs.FS, k *Known) error {
	for _, table := range Tables() {
		text, err := readArchived(files, table+".csv")
		if err != nil {
			return err
		}
		if text == nil && len(k.tables[table]) == 0 {
			continue
		}
		rows, err := readTable(table, text)
		if err != nil {
			return fmt.Errorf("%s.csv: %w", table, err)
		}
		if len(rows) != len(k.tables[table]) {
			return fmt.Errorf("%s.csv has %d rows where the history has %d; take in an archive as it was exported", table, len(rows), len(k.tables[table]))
		}
		for i, f := range k.tables[table] {
			if !same(rows[i].Values, f.Values) {
				return fmt.Errorf("%s.csv row %d is not as the history has it (%s); take in an archive as it was exported", table, i+2, f.Place())
			}
		}
	}
	return nil
}

func (w *writing) takeHistory(actor string, h history) error {
	if changes, err := w.number("SELECT COUNT(*) FROM change"); err != nil || changes > 0 {
		return errors.Join(err, ErrNotEmpty)
	}
	// What is recorded from now on comes after what was.
	if last := stamp(h.changes[len(h.changes)-1].RecordedAt); last >= w.at {
		w.at = stamp(unstamp(last).Add(time.Microsecond))
	}
	var rows, withdrawals, changes [][]any
	for _, c := range h.changes {
		changes = append(changes, c.row())
	}
	for _, f := range h.facts {
		rows = append(rows, f.row())
		if f.Withdrawn != 0 {
			withdrawals = append(withdrawals, []any{f.Version, f.Withdrawn})
		}
	}
	if err := w.insert("change", changeColumns, changes); err != nil {
		return err
	}
	if err := w.insert("fact_version", factColumns, rows); err != nil {
		return err
	}
	if err := w.insert("fact_withdrawn", "version, change", withdrawals); err != nil {
		return err
	}
	a, err := writeHistory(w.ctx, w, io.Discard, io.Discard)
	if err != nil {
		return err
	}
	if a.State != h.State {
		return fmt.Errorf("the archive says that its state is %s, and it is %s: it has been altered", h.State, a.State)
	}
	if h.release != nil {
		release, err := packedRelease(h.release)
		if err != nil {
			return fmt.Errorf("%s: %w", archiveRelease, err)
		}
		if err := w.keepRelease(release, releaseTaken, actor, "taken in with an archive", h.Changes); err != nil {
			return err
		}
	}
	vouched, err := w.vouch(1, h.Changes)
	if err != nil {
		return err
	}
	return w.audit(actor, actionImport, "register", detail{Digest: h.State, Changes: vouched})
}
