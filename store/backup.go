package store

import (
	"archive/zip"
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// kept is a table of the database as a backup has it.
type kept struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"`
	Order   []string `json:"order"` // the primary key
	Bytes   string   `json:"bytes,omitempty"`
	Rows    int64    `json:"rows"`
	SHA256  string   `json:"sha256"` // of the lines
}

func table(name, columns, order, bytes string) kept {
	split := func(s string) []string { return strings.Split(s, ", ") }
	return kept{Name: name, Columns: split(columns), Order: split(order), Bytes: bytes}
}

// everything are the tables in the order in which they can be filled again. A
// test holds the list against the database.
var everything = []kept{
	table("change", changeColumns, "number", ""),
	table("fact_version", factColumns, "version", ""),
	table("fact_withdrawn", "version, change", "version", ""),
	table("audit_entry", entryColumns, "seq", ""),
	table("document", documentColumns, "hash", ""),
	table("document_part", "hash, part, bytes", "hash, part", "bytes"),
	table("proposal", proposalColumns, "id", ""),
	table("pack_release", releaseColumns, "seq", "content"),
	table("account", accountColumns+", setup_hash, setup_expires", "name", ""),
	table("session", "token_hash, account, data, created_at, expires_at", "token_hash", "data"),
	table("api_key", keyColumns+", key_hash", "id", ""),
	table("succession_task", taskColumns, "task_key", ""),
	table("run", runColumns, "id", ""),
	table("challenge", challengeColumns, "id", ""),
	table("challenge_event", "seq, "+challengeEventColumns, "seq", ""),
	table("metric_definition", definitionColumns, "seq", ""),
	table("metric_return", returnColumns, "id", ""),
	table("metric_release", metricRelease, "number", ""),
	table("metric_step", stepColumns, "seq", ""),
	table("metric_alert_event", alertColumns, "seq", ""),
	table("pool_request", poolRequestColumns, "id", ""),
}

// sessions are left out of backups: one that is put back must not sign in people
// who have signed out since.
const sessions = "session"

// Manifest says what a backup holds.
type Manifest struct {
	Format  int    `json:"format"` // of the backup; 1
	Schema  int    `json:"schema"` // of the database
	Program string `json:"program"`
	MadeAt  string `json:"made_at"`
	State   string `json:"state"` // see Store.State
	Head    string `json:"head"`  // hash of the last entry of the audit log
	Tables  []kept `json:"tables"`
}

// Rows is the number of rows of all tables.
func (m *Manifest) Rows() (n int64) {
	for _, t := range m.Tables {
		n += t.Rows
	}
	return n
}

const backupManifest = "manifest.json"

// Backup writes everything that the database holds, save sessions, as it is at one
// moment, while others read and write on. It is the same file from either database
// and goes back into either. It holds hashes of passwords: keep it as safe as the
// database. The files of runs and imported reference data are not in it.
func (s *Store) Backup(ctx context.Context, into io.Writer) (Manifest, error) {
	return s.backup(ctx, into, slices.DeleteFunc(slices.Clone(everything), func(t kept) bool { return t.Name == sessions }))
}

func (s *Store) backup(ctx context.Context, into io.Writer, tables []kept) (Manifest, error) {
	m := Manifest{Format: 1, Program: s.program(), MadeAt: stamp(s.options.Now())}
	err := s.view(ctx, func(q querier) error {
		version, err := first(ctx, q, number, "SELECT MAX(version) FROM schema_step")
		if err != nil {
			return err
		}
		m.Schema = int(version)
		z := zip.NewWriter(into)
		for _, t := range tables {
			f, err := z.Create("tables/" + t.Name + ".jsonl")
			if err != nil {
				return err
			}
			if err := t.write(ctx, q, s.dialect, f); err != nil {
				return fmt.Errorf("write %s: %w", t.Name, err)
			}
			m.Tables = append(m.Tables, t)
		}
		if err := m.read(ctx, q); err != nil {
			return err
		}
		text, err := json.MarshalIndent(m, "", "  ")
		if err != nil {
			return err
		}
		if err := addFile(z, backupManifest, append(text, '\n')); err != nil {
			return err
		}
		return z.Close()
	})
	return m, err
}

// read takes the state and the head of the audit log from the database.
func (m *Manifest) read(ctx context.Context, q querier) error {
	a, err := writeHistory(ctx, q, io.Discard, io.Discard)
	m.State = a.State
	if err != nil {
		return err
	}
	m.Head, err = first(ctx, q, func(row scanner) (s string, err error) { return s, row.Scan(&s) }, "SELECT hash FROM audit_entry ORDER BY seq DESC LIMIT 1")
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// write writes the rows as lines of JSON, in the order of the key, and counts and
// sums them up. Bytes are written in base64.
func (t *kept) write(ctx context.Context, q querier, d dialect, into io.Writer) error {
	order := make([]string, len(t.Order))
	for i, column := range t.Order {
		order[i] = column
		if !slices.Contains(numbered, t.Name+"."+column) {
			order[i] += d.binary
		}
	}
	sum := sha256.New()
	b := bufio.NewWriter(io.MultiWriter(into, sum))
	row, at := make([]any, len(t.Columns)), make([]any, len(t.Columns))
	for i := range row {
		at[i] = &row[i]
	}
	t.Rows = 0
	err := each(ctx, q, func(r scanner) error {
		if err := r.Scan(at...); err != nil {
			return err
		}
		t.Rows++
		for i, column := range t.Columns {
			if b, _ := row[i].([]byte); column == t.Bytes && b == nil {
				row[i] = []byte{} // SQLite gives nothing for no bytes
			}
		}
		_, err := fmt.Fprintln(b, jsonText(row)) // bytes become base64
		return err
	}, fmt.Sprintf("SELECT %s FROM %s ORDER BY %s", strings.Join(t.Columns, ", "), t.Name, strings.Join(order, ", ")))
	t.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return errors.Join(err, b.Flush())
}

// numbered are the columns of keys that are numbers; the others are text, which
// every database must put in the same order.
var numbered = []string{
	"change.number", "fact_version.version", "fact_withdrawn.version", "audit_entry.seq", "document_part.part",
	"proposal.id", "pack_release.seq", "challenge_event.seq", "api_key.id", "pool_request.id",
	"metric_definition.seq", "metric_return.id", "metric_release.number", "metric_step.seq", "metric_alert_event.seq",
}

// restoreRows is how many rows are held in memory while putting them back.
const restoreRows = 200

// put fills the table from lines of JSON.
func (t *kept) put(w *writing, from io.Reader) error {
	columns := strings.Join(t.Columns, ", ")
	lines := json.NewDecoder(from)
	lines.UseNumber()
	var rows [][]any
	for {
		var row []any
		err := lines.Decode(&row)
		if errors.Is(err, io.EOF) {
			return w.insert(t.Name, columns, rows)
		}
		if err != nil {
			return err
		}
		if err := t.decode(row); err != nil {
			return err
		}
		if rows = append(rows, row); len(rows) == restoreRows {
			if err := w.insert(t.Name, columns, rows); err != nil {
				return err
			}
			rows = nil
		}
	}
}

func (t *kept) decode(row []any) (err error) {
	if len(row) != len(t.Columns) {
		return fmt.Errorf("a row has %d values for %d columns", len(row), len(t.Columns))
	}
	for i, v := range row {
		switch v := v.(type) {
		case json.Number:
			row[i], err = v.Int64()
		case string:
			if t.Columns[i] == t.Bytes {
				row[i], err = base64.StdEncoding.DecodeString(v)
			}
		default:
			err = fmt.Errorf("the column %s holds neither text nor a number", t.Columns[i])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Restore puts a backup into an empty place: all of it, or nothing. Afterwards it
// reads everything back and compares counts and hashes with the backup, and
// verifies the audit log. ErrNotEmpty when there is something already.
func Restore(ctx context.Context, o Options, files fs.FS) (Manifest, error) {
	m, err := readManifest(files)
	if err != nil {
		return m, fmt.Errorf("read the backup: %w", err)
	}
	o.LeaveEmpty, o.MustExist = true, false
	s, err := openAt(ctx, o, m.Schema)
	if err != nil {
		return m, err
	}
	defer s.Close()
	if err := s.write(ctx, func(w *writing) error { return w.restore(m, files) }); err != nil {
		return m, err
	}
	if err := s.migrate(ctx, migrations); err != nil {
		return m, err
	}
	_, err = s.Verify(ctx, m.Head)
	return m, err
}

func readManifest(files fs.FS) (m Manifest, err error) {
	text, err := readArchived(files, backupManifest)
	if err != nil {
		return m, err
	}
	if text == nil {
		return m, fmt.Errorf("%s is missing: this is no backup", backupManifest)
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("%s: %w", backupManifest, err)
	}
	if m.Format != 1 {
		return m, fmt.Errorf("it has format %d; this program reads format 1", m.Format)
	}
	if m.Schema < 1 || m.Schema > len(migrations) {
		return m, &NewerSchemaError{Found: m.Schema, Known: len(migrations)}
	}
	for _, t := range m.Tables {
		// What the manifest says becomes part of statements.
		known := slices.IndexFunc(everything, func(k kept) bool { return k.Name == t.Name })
		if known < 0 || !slices.Equal(t.Order, everything[known].Order) || slices.ContainsFunc(t.Columns, func(c string) bool { return !slices.Contains(everything[known].Columns, c) }) {
			return m, fmt.Errorf("%s: the table %q is not as this program knows it", backupManifest, t.Name)
		}
	}
	return m, nil
}

func (w *writing) restore(m Manifest, files fs.FS) error {
	for _, t := range everything {
		if rows, err := w.number("SELECT COUNT(*) FROM " + t.Name); err != nil || rows > 0 {
			return errors.Join(err, ErrNotEmpty)
		}
	}
	for _, t := range m.Tables {
		f, err := files.Open("tables/" + t.Name + ".jsonl")
		if err != nil {
			return fmt.Errorf("read the backup: %w", err)
		}
		err = t.put(w, f)
		f.Close()
		if err != nil {
			return fmt.Errorf("put back %s: %w", t.Name, err)
		}
		again := t
		if err := again.write(w.ctx, w, w.s.dialect, io.Discard); err != nil {
			return fmt.Errorf("read back %s: %w", t.Name, err)
		}
		if again.Rows != t.Rows || again.SHA256 != t.SHA256 {
			return fmt.Errorf("put back %s: there are %d rows with hash %s, and the backup says %d with %s; the file is damaged", t.Name, again.Rows, again.SHA256, t.Rows, t.SHA256)
		}
	}
	now := Manifest{}
	if err := now.read(w.ctx, w); err != nil {
		return err
	}
	if now.State != m.State || now.Head != m.Head {
		return errors.New("the register that was put back is not the one that the backup describes; the file is damaged")
	}
	return nil
}

// Move copies everything, sessions too, into an empty place of either kind, and
// verifies it by count and hash as Restore does. Stop what writes to the old place
// first: what is written there meanwhile stays behind.
func Move(ctx context.Context, from *Store, to Options) (Manifest, error) {
	f, err := os.CreateTemp(from.options.Dir, ".moving-*.partial")
	if err != nil {
		return Manifest{}, fmt.Errorf("make a file for what is moved: %w", err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	m, err := from.backup(ctx, f, slices.Clone(everything))
	if err != nil {
		return m, err
	}
	info, err := f.Stat()
	if err != nil {
		return m, err
	}
	z, err := zip.NewReader(f, info.Size())
	if err != nil {
		return m, err
	}
	return Restore(ctx, to, z)
}
