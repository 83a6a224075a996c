package register

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"unsafe"

	"remit/reference"
	"remit/register/postcode"
)

const sourceFile = "source.csv"

// IndexFile is the name of a postcode directory in an overlay or pack directory.
const IndexFile = "postcode.index"

// LoadShipped loads the pack inside the program. Each overlay is a directory of
// the operator's files in the same schema: their rows take the place of the
// shipped rows with the same key, and later overlays those of earlier ones. A
// *DataError lists everything that is wrong with the data.
func LoadShipped(overlay ...string) (*Pack, error) {
	return load("shipped", reference.FS, overlay)
}

// LoadDir loads a directory that holds a whole pack in the layout of the
// shipped one, or the small layout of a set of assignment cases. A *DataError
// lists everything that is wrong with the data.
func LoadDir(dir string) (*Pack, error) {
	if _, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("open the reference directory: %w", err)
	}
	if isCaseLayout(dir) {
		return loadCases(dir)
	}
	return load(dir, os.DirFS(dir), nil)
}

// LoadFS loads a pack from files at the root of base, in the layout of the
// shipped one. origin says where they are, in faults and in results. A postcode
// directory cannot be read from there: it belongs into an overlay. A *DataError
// lists everything that is wrong with the data.
func LoadFS(origin string, base fs.FS, overlay ...string) (*Pack, error) {
	if _, err := fs.Stat(base, IndexFile); err == nil {
		return nil, fmt.Errorf("%s holds a %s: put it into a directory that is laid over", origin, IndexFile)
	}
	return load(origin, base, overlay)
}

// file is one file of reference data as it was read.
type file struct {
	layer int // 0 the base, then the overlays in order
	name  string
	path  string // as faults name it
	bytes []byte
	sheet *sheet
	index *postcode.Index
}

func load(origin string, base fs.FS, overlay []string) (*Pack, error) {
	files, faults, err := gather(origin, base, overlay)
	if err != nil {
		closeIndexes(files)
		return nil, err
	}
	faults = append(faults, readAll(files)...)
	d := draft{sheets: map[string]*sheet{}, sources: map[string]Source{}}
	faults = append(faults, d.assemble(files)...)
	faults = append(faults, d.check()...)
	if err := FaultsError(faults); err != nil {
		closeIndexes(files)
		return nil, err
	}
	p := &Pack{Origin: strings.Join(append([]string{origin}, overlay...), " + "), Hash: hash(files), tables: map[string]*Table{}, sheets: d.sheets}
	p.sources = slices.SortedFunc(maps.Values(d.sources), func(a, b Source) int { return strings.Compare(a.ID, b.ID) })
	d.derive(p)
	p.cited = d.cited
	return p, nil
}

// gather lists the files of the base and the overlays. Names that are no part
// of a pack are faults: a file misspelt would otherwise go unread in silence.
func gather(origin string, base fs.FS, overlay []string) (files []*file, faults []Fault, err error) {
	layers := append([]fs.FS{base}, make([]fs.FS, len(overlay))...)
	for i, dir := range overlay {
		layers[i+1] = os.DirFS(dir)
	}
	for n, fsys := range layers {
		entries, err := fs.ReadDir(fsys, ".")
		if err != nil {
			return files, nil, fmt.Errorf("read the reference directory: %w", err)
		}
		for _, e := range entries {
			name := e.Name()
			if e.IsDir() || !(strings.HasSuffix(name, ".csv") || name == IndexFile) {
				continue
			}
			f := &file{layer: n, name: name, path: name}
			if n > 0 {
				f.path = overlay[n-1] + string(os.PathSeparator) + name
			} else if origin != "shipped" {
				f.path = origin + string(os.PathSeparator) + name
			}
			table := strings.TrimSuffix(name, ".csv")
			if name != IndexFile && name != sourceFile && schemaOf(table) == nil {
				faults = append(faults, Fault{File: f.path, Problem: "the file is no part of a reference pack", Remedy: "remove it, or name it as one of " + strings.Join(FileNames(), ", ")})
				continue
			}
			if name == IndexFile {
				if f.index, err = postcode.Open(f.path); err != nil {
					return files, nil, fmt.Errorf("open the postcode directory: %w", err)
				}
			} else if f.bytes, err = fs.ReadFile(fsys, name); err != nil {
				return files, nil, fmt.Errorf("read reference data: %w", err)
			}
			files = append(files, f)
		}
	}
	for _, s := range schemas {
		if s.required && !slices.ContainsFunc(files, func(f *file) bool { return f.layer == 0 && f.name == s.file() }) {
			faults = append(faults, Fault{File: origin, Value: s.file(), Problem: "the pack lacks the file", Remedy: "add it, or lay the files you have over the shipped pack"})
		}
	}
	return files, faults, nil
}

func closeIndexes(files []*file) {
	for _, f := range files {
		if f.index != nil {
			f.index.Close()
		}
	}
}

// readAll reads the files side by side: the practices are most of the work.
func readAll(files []*file) []Fault {
	found := make([][]Fault, len(files))
	var wait sync.WaitGroup
	for i, f := range files {
		if f.index != nil || f.name == sourceFile {
			continue
		}
		wait.Go(func() {
			// The bytes are never written to again, so the text may share them.
			text := unsafe.String(unsafe.SliceData(f.bytes), len(f.bytes))
			f.sheet, found[i] = readSheet(schemaOf(strings.TrimSuffix(f.name, ".csv")), f.path, text)
		})
	}
	wait.Wait()
	return slices.Concat(found...)
}

// hash is over the names and the content of the files, and for a postcode
// directory over the digest that it carries.
func hash(files []*file) string {
	h := sha256.New()
	for _, f := range files {
		content := f.bytes
		if f.index != nil {
			content = f.index.Digest()
		}
		fmt.Fprintf(h, "%d %s %d\n", f.layer, f.name, len(content))
		h.Write(content)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// readSources reads source.csv: id, citation and licence of what rows cite.
func readSources(f *file, into map[string]Source) (faults []Fault) {
	records, faults := splitCSV(f.path, string(f.bytes))
	if len(records) == 0 || !slices.Equal(records[0].fields, []string{"id", "citation", "licence"}) {
		return append(faults, Fault{File: f.path, Row: 1, Problem: "the header is not id,citation,licence", Remedy: "put it right"})
	}
	seen := map[string]bool{}
	for _, r := range records[1:] {
		if len(r.fields) != 3 || r.fields[0] == "" || r.fields[1] == "" || strings.Contains(r.fields[0], " ") {
			faults = append(faults, Fault{File: f.path, Row: int(r.row), Problem: "the row needs an id without blanks, a citation and a licence", Remedy: "fill them in"})
			continue
		}
		if seen[r.fields[0]] {
			faults = append(faults, Fault{File: f.path, Row: int(r.row), Column: "id", Value: r.fields[0], Problem: "the id is there twice", Remedy: "remove one"})
		}
		seen[r.fields[0]] = true
		into[r.fields[0]] = Source{r.fields[0], r.fields[1], r.fields[2]}
	}
	return faults
}

// Close lets go of the postcode directory, if one is open. Look-ups of
// postcodes are not allowed afterwards.
func (p *Pack) Close() error {
	var errs []error
	for _, c := range p.closers {
		errs = append(errs, c())
	}
	p.closers = nil
	return errors.Join(errs...)
}

// Verify reads the postcode directory through and compares it with the digest
// it carries. Loading does not: it would cost more than everything else.
func (p *Pack) Verify() error {
	if p.postcodes == nil {
		return nil
	}
	if !bytes.Equal(p.postcodes.Digest(), p.postcodes.Sum()) {
		return errors.New("the postcode directory is damaged: its content does not match its digest; import it again")
	}
	return nil
}
