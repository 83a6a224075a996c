package intake

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"remit/price"
	"remit/register"
	"remit/whole"
)

// Terms are a version of the terms of contracts and of what was paid. Versions
// are folders in the data directory: nothing in one is written again, and the
// latest is in force.
//
//	contracts/0001/contract.csv ...  the files as they were given (price.ContractTables)
//	               version.json      what the version is
type Terms struct {
	Number    int              `json:"number"`
	Hash      string           `json:"hash"` // of the files, 64 hexadecimal digits
	LoadedAt  time.Time        `json:"loaded_at"`
	LoadedBy  string           `json:"loaded_by"`
	Note      string           `json:"note,omitempty"`
	Files     []string         `json:"files"`
	Contracts *price.Contracts `json:"-"`
	dir       string
}

// ErrNoTerms says that no terms of contracts have been given.
var ErrNoTerms = errors.New("no terms of contracts have been loaded")

const versionFile = "version.json"

func (l *Ledger) termsDir() string { return filepath.Join(l.DataDir(), "contracts") }

// TermsHistory lists the versions of the terms, the first one first, without
// their contracts.
func (l *Ledger) TermsHistory() ([]*Terms, error) {
	paths, err := filepath.Glob(filepath.Join(l.termsDir(), "*", versionFile))
	if err != nil {
		return nil, err
	}
	var list []*Terms
	for _, path := range paths {
		if strings.HasPrefix(filepath.Base(filepath.Dir(path)), ".") {
			continue // one that is being made
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("the terms of contracts: %w", err)
		}
		t := &Terms{dir: filepath.Dir(path)}
		if err := json.Unmarshal(text, t); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		list = append(list, t)
	}
	slices.SortFunc(list, func(a, b *Terms) int { return cmp.Compare(a.Number, b.Number) })
	return list, nil
}

// Terms are those of a version, 0 for the latest. They are kept while no other
// version is asked for.
func (l *Ledger) Terms(number int) (*Terms, error) {
	list, err := l.TermsHistory()
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, ErrNoTerms
	}
	found := list[len(list)-1]
	if number != 0 {
		at := slices.IndexFunc(list, func(t *Terms) bool { return t.Number == number })
		if at < 0 {
			return nil, fmt.Errorf("there is no version %d of the terms of contracts: they are 1 to %d", number, found.Number)
		}
		found = list[at]
	}
	l.mu.Lock()
	kept := l.terms
	l.mu.Unlock()
	if kept != nil && kept.Number == found.Number && kept.Hash == found.Hash {
		return kept, nil
	}
	if found.Contracts, err = price.LoadContracts(os.DirFS(found.dir)); err != nil {
		return nil, err
	}
	l.mu.Lock()
	l.terms = found
	l.mu.Unlock()
	return found, nil
}

// Path is where a file of a version lies.
func (t *Terms) Path(file string) string { return filepath.Join(t.dir, file) }

// SetTerms keeps the files of a directory as the next version of the terms, whole
// or not at all. Files that are those of the version in force change nothing:
// fresh is false. The error is a *register.DataError with all faults of all files.
func (l *Ledger) SetTerms(from fs.FS, by, note string, now time.Time) (t *Terms, fresh bool, err error) {
	contracts, err := price.LoadContracts(from)
	if err != nil {
		return nil, false, err
	}
	if len(contracts.List()) == 0 {
		return nil, false, register.FaultsError([]register.Fault{{File: price.ContractTables()[0], Problem: "has no contract", Remedy: "write a row for each contract; the columns are " + strings.Join(price.ContractColumns(price.ContractTables()[0]), ", ")}})
	}
	t = &Terms{LoadedAt: now.UTC(), LoadedBy: by, Note: note, Contracts: contracts}
	texts := map[string][]byte{}
	sum := sha256.New()
	for _, name := range price.ContractTables() {
		text, err := fs.ReadFile(from, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, false, err
		}
		texts[name] = text
		t.Files = append(t.Files, name)
		fmt.Fprintf(sum, "%s %d\n%s", name, len(text), text)
	}
	t.Hash = hex.EncodeToString(sum.Sum(nil))
	history, err := l.TermsHistory()
	if err != nil {
		return nil, false, err
	}
	if n := len(history); n > 0 {
		if history[n-1].Hash == t.Hash {
			history[n-1].Contracts = contracts
			return history[n-1], false, nil
		}
		t.Number = history[n-1].Number
	}
	t.Number++
	return t, true, l.commitTerms(t, texts)
}

// commitTerms puts a version in its place: on the disk first, then under its name.
func (l *Ledger) commitTerms(t *Terms, texts map[string][]byte) error {
	dir := l.termsDir()
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return &whole.Error{Path: dir, Err: err}
	}
	sweep(dir)
	work, err := os.MkdirTemp(dir, fmt.Sprintf("%s%d-", loading, os.Getpid()))
	if err != nil {
		return &whole.Error{Path: dir, Err: err}
	}
	defer os.RemoveAll(work) // gone already when all went well
	about, err := json.MarshalIndent(t, "", "  ")
	if err != nil {
		return err
	}
	texts[versionFile] = append(about, '\n')
	for name, text := range texts {
		path := filepath.Join(work, name)
		if err := errors.Join(os.WriteFile(path, text, 0o640), flush(path)); err != nil {
			return &whole.Error{Path: path, Err: err}
		}
	}
	// Of two programs that load at once and make the same number, the second finds
	// its name taken: a folder that has files is never renamed over.
	t.dir = filepath.Join(dir, fmt.Sprintf("%04d", t.Number))
	if err := errors.Join(os.Chmod(work, 0o750), flush(work), os.Rename(work, t.dir), flush(dir)); err != nil {
		return &whole.Error{Path: t.dir, Err: err}
	}
	return nil
}
