package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// command runs a command line and gives what it wrote.
func command(args ...string) (code int, out, errs string) {
	var stdout, stderr bytes.Buffer
	code = Run(context.Background(), args, strings.NewReader(""), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

func TestMethodCommands(t *testing.T) {
	for _, c := range []struct {
		line   string
		code   int
		out    []string
		errors string
	}{
		{"method list", exitDone, []string{"cam-2024-25\n", "cam-2025-26\n", "cam-tool-5.3\n", "carried forward  to 2027-03-31", "not established"}, ""},
		{"method show cam-2025-26+A2=dental", exitDone, []string{"cam-2025-26+A2=dental", "  C-5\n    Is the service line green?", "[chosen]", "Warnings ("}, ""},
		{"method show cam-2024-25 --source", exitDone, []string{"based_on: cam-2025-26", "# ---- It is based on cam-2025-26.yaml:", "box: C-5"}, ""},
		{"method show nothing", exitUsage, nil, `there is no method "nothing"`},
		{"method show cam-2025-26+A2", exitUsage, nil, "does not choose a reading"},
		{"method show cam-2025-26+A2=x", exitUsage, nil, "Choose one of chart, dental"},
		{"method diff cam-2025-26 cam-2025-26", exitDone, []string{"say the same"}, ""},
		{"method diff cam-2024-25 cam-2025-26", exitDifferences, []string{"C-0a (changed)", "C-0b (removed)"}, ""},
		{"method diff cam-2025-26", exitUsage, nil, "only cam-2025-26 is named"},
		{"method draw cam-2025-26 --out -", exitDone, []string{"<svg ", `id="box-C-5"`, `id="arrow-C-5-yes"`, "</svg>"}, ""},
		{"method draw cam-2025-26", exitUsage, nil, "out"},
		{"method draw cam-2025-26 --out no/such/place/chart.svg", exitInput, nil, "no/such/place/chart.svg cannot be written: no such file or directory"},
	} {
		t.Run(c.line, func(t *testing.T) {
			code, out, errs := command(strings.Fields(c.line)...)
			if code != c.code {
				t.Errorf("exit code %d, want %d: %s", code, c.code, errs)
			}
			for _, want := range c.out {
				if !strings.Contains(out, want) {
					t.Errorf("the output lacks %q", want)
				}
			}
			if !strings.Contains(errs, c.errors) || (c.errors == "" && errs != "") {
				t.Errorf("got error %q, want %q", errs, c.errors)
			}
		})
	}
}

func TestMethodJSON(t *testing.T) {
	for _, line := range []string{"method list --json", "method show cam-tool-5.3 --json", "method diff cam-2024-25 cam-2025-26 --json"} {
		if _, out, _ := command(strings.Fields(line)...); !json.Valid([]byte(out)) {
			t.Errorf("%s writes no JSON: %.100s", line, out)
		}
	}
}

func TestMethodDrawWritesTheWholeFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "chart.svg")
	if code, _, errs := command("method", "draw", "cam-tool-5.3", "--out", path); code != exitDone {
		t.Fatal(errs)
	}
	svg, err := os.ReadFile(path)
	if err != nil || !bytes.HasSuffix(svg, []byte("</svg>\n")) {
		t.Errorf("the drawing is not whole: %v", err)
	}
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("%d files are left in the directory", len(files))
	}
}
