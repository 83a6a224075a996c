package budget

import (
	"errors"
	"io/fs"
	"slices"
)

// Shelf is a place with directories, one for each round or pool.
type Shelf struct {
	Files   fs.FS
	Shipped bool
}

// Entry is a directory on a shelf.
type Entry struct {
	Name    string
	Files   fs.FS
	Shipped bool
}

// Entries lists what stands on shelves and has a file of this name. Of two with the same name the later shelf's
// counts, so that one's own takes the place of a sample.
func Entries(file string, shelves ...Shelf) ([]Entry, error) {
	found := map[string]Entry{}
	for _, s := range shelves {
		if s.Files == nil {
			continue
		}
		dirs, err := fs.ReadDir(s.Files, ".")
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, d := range dirs {
			if _, err := fs.Stat(s.Files, d.Name()+"/"+file); d.IsDir() && err == nil {
				found[d.Name()] = Entry{d.Name(), s.Files, s.Shipped}
			}
		}
	}
	var list []Entry
	for _, e := range found {
		list = append(list, e)
	}
	slices.SortFunc(list, func(a, b Entry) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return list, nil
}
