package store

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"remit/register"
)

// Names in an archive of the register.
const (
	archiveState   = "history/state.json"
	archiveChanges = "history/changes.jsonl"
	archiveFacts   = "history/facts.jsonl"
	archiveRelease = "history/release.zip"
)

// Archive describes an archive of the register: what the file history/state.json
// holds.
type Archive struct {
	Format  int    `json:"format"` // of the archive; 1
	State   string `json:"state"`  // SHA-256 of the whole history, as State gives it
	Changes int64  `json:"changes"`
	Facts   int64  `json:"facts"` // versions of facts
	Program string `json:"program"`
}

// publicChange is a change without people.
type publicChange struct {
	Number     int64    `json:"number"`
	RecordedAt string   `json:"recorded_at"`
	Reason     string   `json:"reason"`
	Source     string   `json:"source"`
	Documents  []string `json:"documents"` // hashes
}

// publicFact is a version of a row with the changes that recorded and withdrew it.
type publicFact struct {
	Version   int64  `json:"version"`
	Fact      int64  `json:"fact"`
	Table     string `json:"table"`
	Values    Values `json:"values"`
	Recorded  int64  `json:"recorded"`
	Withdrawn int64  `json:"withdrawn,omitempty"`
}

// State is a hash of everything that the register says and ever said: facts with
// their history, and changes with moment, reason and source. It leaves out
// people, and is the same for the same register wherever it is kept.
func (s *Store) State(ctx context.Context) (string, error) {
	var a Archive
	err := s.view(ctx, func(q querier) (err error) {
		a, err = writeHistory(ctx, q, io.Discard, io.Discard)
		return err
	})
	return a.State, err
}

// writeHistory writes the changes and the facts as lines of JSON, and gives the
// state that they are.
func writeHistory(ctx context.Context, q querier, changes, facts io.Writer) (a Archive, err error) {
	h := sha256.New()
	a.Format = 1
	a.Changes, err = writeLines(ctx, q, io.MultiWriter(changes, h), func(row scanner) (any, error) {
		c, err := scanChange(row)
		return publicChange{c.Number, stamp(c.RecordedAt), c.Reason, c.Source, some(c.Documents)}, err
	}, selectChanges+" ORDER BY number")
	if err != nil {
		return a, err
	}
	a.Facts, err = writeLines(ctx, q, io.MultiWriter(facts, h), func(row scanner) (any, error) {
		f, err := scanFact(row)
		if err != nil {
			return nil, err
		}
		return publicFact{f.Version, f.Fact, f.Table, f.Values, f.Change, f.Withdrawn}, nil
	}, selectFacts+" ORDER BY v.version")
	a.State = hex.EncodeToString(h.Sum(nil))
	return a, err
}

func writeLines(ctx context.Context, q querier, into io.Writer, line func(scanner) (any, error), query string) (n int64, err error) {
	b := bufio.NewWriter(into)
	err = each(ctx, q, func(row scanner) error {
		v, err := line(row)
		if err != nil {
			return err
		}
		n++
		_, err = fmt.Fprintln(b, jsonText(v))
		return err
	}, query)
	return n, errors.Join(err, b.Flush())
}

// Export writes the register as one archive that is open data: a CSV file for each
// table as known now, the history of every fact as lines of JSON, and a schema of
// it all (datapackage.json). It holds no names of people, no documents, and
// nothing of accounts. The same register gives the same bytes. Unpacked it is a
// directory that --reference takes.
func (s *Store) Export(ctx context.Context, into io.Writer) (a Archive, err error) {
	err = s.view(ctx, func(q querier) error {
		head, err := s.lastChange(ctx, q, time.Time{})
		if err != nil {
			return err
		}
		facts, err := factsAt(ctx, q, head)
		if err != nil {
			return err
		}
		z := zip.NewWriter(into)
		for _, table := range Tables() {
			if err := addFile(z, table+".csv", writeCSV(table, arrange(facts).tables[table])); err != nil {
				return err
			}
		}
		if a, err = s.exportHistory(ctx, q, z); err != nil {
			return err
		}
		if err := addFile(z, "datapackage.json", dataPackage(a)); err != nil {
			return err
		}
		return z.Close()
	})
	return a, err
}

func (s *Store) exportHistory(ctx context.Context, q querier, z *zip.Writer) (Archive, error) {
	var changes, facts bytes.Buffer
	a, err := writeHistory(ctx, q, &changes, &facts)
	if err != nil {
		return a, err
	}
	a.Program = s.program()
	if err := addFile(z, archiveChanges, changes.Bytes()); err != nil {
		return a, err
	}
	if err := addFile(z, archiveFacts, facts.Bytes()); err != nil {
		return a, err
	}
	release, err := first(ctx, q, func(row scanner) (b []byte, err error) { return b, row.Scan(&b) },
		"SELECT content FROM pack_release WHERE decision = $1 ORDER BY seq DESC LIMIT 1", releaseTaken)
	if err == nil {
		err = addFile(z, archiveRelease, release)
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		return a, err
	}
	state, err := json.MarshalIndent(a, "", "  ")
	if err != nil {
		return a, err
	}
	return a, addFile(z, archiveState, append(state, '\n'))
}

// The first day that the format can write stands in for the time at which a file
// was made: the same content must be the same archive.
var archived = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

func addFile(z *zip.Writer, name string, content []byte) error {
	f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: archived})
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return err
}

// dataPackage describes the archive in the words of the Frictionless Data Package,
// so that tools which know nothing of Remit can read and check it.
func dataPackage(a Archive) []byte {
	type object = map[string]any
	resources := []object{}
	for _, table := range Tables() {
		r := object{"name": strings.ReplaceAll(table, "_", "-"), "path": table + ".csv", "profile": "tabular-data-resource", "mediatype": "text/csv", "encoding": "utf-8"}
		primary := Identity(table)
		if table != sources {
			primary = append(primary, "valid_from")
		}
		r["schema"] = object{"fields": dataFields(table), "missingValues": []string{""}, "primaryKey": primary}
		resources = append(resources, r)
	}
	for _, h := range []struct{ name, path, title string }{
		{"changes", archiveChanges, "Every change: its number, when it was recorded, why, and on what document"},
		{"facts", archiveFacts, "Every version of every row, with the changes that recorded and withdrew it"},
	} {
		resources = append(resources, object{"name": h.name, "path": h.path, "title": h.title, "format": "jsonl", "mediatype": "application/jsonl", "encoding": "utf-8"})
	}
	text, err := json.MarshalIndent(object{
		"profile":     "data-package",
		"name":        "remit-register",
		"title":       "The register of who commissions what",
		"description": "Tables as known when the archive was made, and their history. valid_from and valid_to are the first and the last day on which a row holds; blank is open.",
		"licenses":    []object{{"name": "OGL-UK-3.0", "title": "Open Government Licence v3.0", "path": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"}},
		"hash":        "sha256:" + a.State,
		"resources":   resources,
	}, "", "  ")
	if err != nil {
		panic("store: " + err.Error()) // text and lists only
	}
	return append(text, '\n')
}

func dataFields(table string) (fields []map[string]any) {
	if table == sources {
		for _, name := range sourceColumns {
			fields = append(fields, map[string]any{"name": name, "type": "string"})
		}
		return fields
	}
	for _, f := range register.Fields(table) {
		field := map[string]any{"name": f.Name, "type": "string"}
		constraints := map[string]any{}
		switch f.Kind {
		case "date":
			field["type"], field["format"] = "date", "%Y-%m-%d"
		case "flag":
			constraints["enum"] = []string{"0", "1"}
		case "choice":
			var choices []string
			for _, c := range f.Of {
				if c != "" { // blank is a missing value, not a choice
					choices = append(choices, c)
				}
			}
			constraints["enum"] = choices
		case "code":
			field["description"] = "a code of " + strings.Join(f.Of, " or ")
		}
		if f.Needed {
			constraints["required"] = true
		}
		if len(constraints) > 0 {
			field["constraints"] = constraints
		}
		fields = append(fields, field)
	}
	return fields
}

// mostUnpacked bounds what an archive may unpack to.
const mostUnpacked = 1 << 30

// readArchived reads a file of an archive; a nil result when it is not there.
func readArchived(files fs.FS, name string) ([]byte, error) {
	f, err := files.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, mostUnpacked+1))
	if err == nil && len(content) > mostUnpacked {
		err = fmt.Errorf("%s unpacks to more than 1 GiB", name)
	}
	return content, err
}
