package remit_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// items counts the items of level 2 of ASVS 4.0.3, by chapter.
var items = map[string]int{"1": 38, "2": 53, "3": 18, "4": 9, "5": 30, "6": 13, "7": 12, "8": 15, "9": 7, "10": 5, "11": 8, "12": 15, "13": 13, "14": 23}

// TestSecurityPage holds the walk through the standard to what it names: every
// item has one row and a state, and the tests and files of the evidence are there.
func TestSecurityPage(t *testing.T) {
	text, err := os.ReadFile("docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	tests := testsByDirectory(t)
	found, seen := map[string]int{}, map[string]bool{}
	named := regexp.MustCompile("`([^`]+)`")
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		item := strings.TrimSpace(cells[0])
		if len(cells) != 4 || !regexp.MustCompile(`^\d+\.\d+\.\d+$`).MatchString(item) {
			continue
		}
		if seen[item] {
			t.Errorf("%s has two rows", item)
		}
		seen[item] = true
		found[item[:strings.IndexByte(item, '.')]]++
		state := strings.TrimSpace(cells[2])
		switch state {
		case "met", "part", "not met", "host", "none":
		default:
			t.Errorf("%s: the state %q", item, state)
		}
		for _, m := range named.FindAllStringSubmatch(cells[3], -1) {
			name := m[1]
			directory, test := "web", name
			if i := strings.LastIndexByte(name, '/'); i >= 0 {
				directory, test = name[:i], name[i+1:]
			}
			switch {
			case strings.HasPrefix(test, "Test") || strings.HasPrefix(test, "Fuzz"):
				if !tests[directory+"/"+test] {
					t.Errorf("%s: there is no %s in %s", item, test, directory)
				}
			case strings.HasPrefix(name, "/"): // an address of the server
			case strings.Contains(name, "/") || strings.HasSuffix(name, ".go") || strings.HasSuffix(name, ".sum") || name == "Makefile":
				if _, err := os.Stat(name); err != nil && name != "runs/" {
					t.Errorf("%s: there is no %s", item, name)
				}
			}
		}
	}
	total := 0
	for chapter, n := range items {
		total += n
		if found[chapter] != n {
			t.Errorf("chapter %s has %d items, want %d", chapter, found[chapter], n)
		}
	}
	if total != 259 {
		t.Errorf("%d items, want the 259 of level 2", total)
	}
}

func testsByDirectory(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == "build" || entry.Name() == ".git") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range declared.FindAllStringSubmatch(string(text), -1) {
			all[filepath.ToSlash(filepath.Dir(path))+"/"+m[1]] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
