package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// MaxDocument is the most bytes that a document may have.
const MaxDocument = 20 << 20

// partSize is how many bytes of a document lie in one row, so that reading one
// takes little memory whatever its size.
const partSize = 1 << 20

// Document is a file that somebody attached as evidence. Its hash is its name: the
// same file attached twice is one document.
type Document struct {
	Hash       string    `json:"hash"` // SHA-256 of the content
	Name       string    `json:"name"` // as the file was called
	MediaType  string    `json:"media_type"`
	Size       int64     `json:"size"`
	RecordedAt time.Time `json:"recorded_at"`
	RecordedBy string    `json:"recorded_by"`
}

const (
	actionAttach = "document.attach"
	actionErase  = "document.erase"
)

const documentColumns = "hash, name, media_type, size, recorded_at, recorded_by"

func scanDocument(row scanner) (d Document, err error) {
	var at string
	err = row.Scan(&d.Hash, &d.Name, &d.MediaType, &d.Size, &at, &d.RecordedBy)
	d.RecordedAt = unstamp(at)
	return d, err
}

// Attach keeps a document, whole or not at all. What it is follows from its
// content and not from its name: PDF, PNG, JPEG, XLSX, DOCX, CSV and plain text
// are taken. Anything else, and more than MaxDocument, is refused with a *RuleError.
func (s *Store) Attach(ctx context.Context, actor, name string, from io.Reader) (Document, error) {
	content, err := io.ReadAll(io.LimitReader(from, MaxDocument+1))
	if err != nil {
		return Document{}, fmt.Errorf("read the document: %w", err)
	}
	name = cleanName(name)
	switch {
	case len(content) == 0:
		return Document{}, refuse("%s is empty; choose another file", name)
	case len(content) > MaxDocument:
		return Document{}, refuse("%s is larger than %d MB; attach the pages that matter", name, MaxDocument>>20)
	}
	kind := mediaType(name, content)
	if kind == "" {
		return Document{}, refuse("%s is not of a kind that can be attached; attach PDF, PNG, JPEG, XLSX, DOCX, CSV or plain text", name)
	}
	sum := sha256.Sum256(content)
	d := Document{Hash: hex.EncodeToString(sum[:]), Name: name, MediaType: kind, Size: int64(len(content)), RecordedBy: actor}
	err = s.write(ctx, func(w *writing) error { return w.attach(&d, content) })
	return d, err
}

func (w *writing) attach(d *Document, content []byte) error {
	there, err := first(w.ctx, w, scanDocument, "SELECT "+documentColumns+" FROM document WHERE hash = $1", d.Hash)
	if err == nil {
		if parts, err := w.number("SELECT COUNT(*) FROM document_part WHERE hash = $1", d.Hash); err != nil || parts > 0 {
			*d = there
			return err
		}
		return refuse("%s was erased before and cannot be attached again", d.Name)
	}
	if !errors.Is(err, ErrNotFound) {
		return err
	}
	d.RecordedAt = unstamp(w.at)
	if err := w.insert("document", documentColumns, [][]any{{d.Hash, d.Name, d.MediaType, d.Size, w.at, d.RecordedBy}}); err != nil {
		return err
	}
	for part := 0; len(content) > 0; part++ {
		n := min(len(content), partSize)
		if err := w.insert("document_part", "hash, part, bytes", [][]any{{d.Hash, part, content[:n]}}); err != nil {
			return err
		}
		content = content[n:]
	}
	return w.audit(d.RecordedBy, actionAttach, d.Hash, detail{Other: map[string]any{"name": d.Name, "media_type": d.MediaType, "size": d.Size}})
}

// Document tells of a document.
func (s *Store) Document(ctx context.Context, hash string) (Document, error) {
	return first(ctx, s.reading, scanDocument, "SELECT "+documentColumns+" FROM document WHERE hash = $1", hash)
}

// Documents lists the documents, the latest first, erased ones too.
func (s *Store) Documents(ctx context.Context) ([]Document, error) {
	return list(ctx, s.reading, scanDocument, "SELECT "+documentColumns+" FROM document ORDER BY recorded_at DESC, hash")
}

// ReadDocument writes the content of a document; ErrNotFound when there is none
// or it was erased.
func (s *Store) ReadDocument(ctx context.Context, hash string, into io.Writer) error {
	return readDocument(ctx, s.reading, hash, into)
}

func readDocument(ctx context.Context, q querier, hash string, into io.Writer) error {
	found := false
	err := each(ctx, q, func(row scanner) error {
		var part []byte
		if err := row.Scan(&part); err != nil {
			return err
		}
		found = true
		_, err := into.Write(part)
		return err
	}, "SELECT bytes FROM document_part WHERE hash = $1 ORDER BY part", hash)
	if err == nil && !found {
		err = ErrNotFound
	}
	return err
}

// EraseDocument removes the content of a document that should never have been
// attached, one about a patient most of all. That it was there stays on record.
func (s *Store) EraseDocument(ctx context.Context, actor, hash, reason string) error {
	if reason == "" {
		return refuse("say why the document is erased")
	}
	return s.write(ctx, func(w *writing) error {
		result, err := w.ExecContext(ctx, "DELETE FROM document_part WHERE hash = $1", hash)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, ErrNotFound)
		}
		return w.audit(actor, actionErase, hash, detail{Reason: reason})
	})
}

// cleanName keeps of a file name what is safe in a header and in a path.
func cleanName(name string) string {
	name = filepath.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || strings.ContainsRune(`"<>|:*?/`, r) {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(name, "_"))
	if name == "" || name == "." || name == ".." {
		return "document"
	}
	if runes := []rune(name); len(runes) > 120 {
		name = string(runes[len(runes)-120:]) // the end has the extension
	}
	return name
}

// checkDocuments holds the content of every document against its hash and the log.
func (l *auditLog) checkDocuments(ctx context.Context, q querier, v *Verified) error {
	documents, err := list(ctx, q, scanDocument, "SELECT "+documentColumns+" FROM document ORDER BY recorded_at")
	if err != nil {
		return err
	}
	for _, d := range documents {
		v.Documents++
		seq, known := l.attached[d.Hash]
		delete(l.attached, d.Hash)
		if !known {
			return &ChainError{0, "no entry tells of the document " + d.Name + " (" + d.Hash + ")"}
		}
		h := &counted{Hash: sha256.New()}
		switch err := readDocument(ctx, q, d.Hash, h); {
		case errors.Is(err, ErrNotFound) && l.erased[d.Hash]:
		case errors.Is(err, ErrNotFound):
			return &ChainError{seq, "the content of the document " + d.Name + " is missing"}
		case err != nil:
			return err
		case hex.EncodeToString(h.Sum(nil)) != d.Hash || h.n != d.Size:
			return &ChainError{seq, "the document " + d.Name + " has been altered"}
		}
	}
	if len(l.attached) > 0 {
		return &ChainError{slices.Min(slices.Collect(maps.Values(l.attached))), "the document that it tells of is missing"}
	}
	return nil
}

type counted struct {
	hash.Hash
	n int64
}

func (c *counted) Write(b []byte) (int, error) {
	c.n += int64(len(b))
	return c.Hash.Write(b)
}

// Media types of what can be attached. None of them is one that a browser runs.
const (
	typePDF  = "application/pdf"
	typePNG  = "image/png"
	typeJPEG = "image/jpeg"
	typeXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	typeDOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	typeCSV  = "text/csv; charset="
	typeText = "text/plain; charset="
)

// mediaType is what the content is, or blank. HTML, SVG and scripts come out as
// plain text and are served as that: the type is never guessed anew.
func mediaType(name string, content []byte) string {
	switch {
	case bytes.HasPrefix(content, []byte("%PDF-")):
		return typePDF
	case bytes.HasPrefix(content, []byte("\x89PNG\r\n\x1a\n")):
		return typePNG
	case bytes.HasPrefix(content, []byte("\xff\xd8\xff")):
		return typeJPEG
	case bytes.HasPrefix(content, []byte("PK\x03\x04")):
		return officeType(content)
	}
	charset := textCharset(content)
	switch {
	case charset == "":
		return ""
	case strings.EqualFold(filepath.Ext(name), ".csv"):
		return typeCSV + charset
	}
	return typeText + charset
}
