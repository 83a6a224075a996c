package report

import (
	"bytes"
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"remit/assign"
)

// The report is looked at in a real browser: accessibility, errors, requests to
// the network, and a page that fits a small window. It needs node, Chromium and
// the tools of the directory browser (npm ci --prefix report/browser).
func TestInBrowser(t *testing.T) {
	chromium := cmp.Or(os.Getenv("CHROMIUM"), "/usr/bin/chromium")
	for _, need := range []struct{ what, path string }{
		{"Chromium (or name it in CHROMIUM)", chromium},
		{"the check's tools (npm ci --prefix report/browser)", filepath.Join("browser", "node_modules", "axe-core")},
	} {
		if _, err := os.Stat(need.path); err != nil {
			t.Skipf("not looked at in a browser: %s is not installed", need.what)
		}
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("not looked at in a browser: node is not installed")
	}
	if testing.Short() {
		t.Skip("not looked at in a browser: the test is short")
	}
	faulty := small()
	faulty.Summary.Rows++
	for name, result := range map[string]*assign.Result{"small": small(), "hostile": hostileResult(), "faulty": faulty, "empty": {}} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "report.html")
			if err := os.WriteFile(file, []byte(written(t, result)), 0o600); err != nil {
				t.Fatal(err)
			}
			var said bytes.Buffer
			check := exec.Command(node, filepath.Join("browser", "check.mjs"), file)
			check.Env = append(os.Environ(), "CHROMIUM="+chromium)
			check.Stdout, check.Stderr = &said, &said
			if err := check.Run(); err != nil {
				t.Errorf("%v\n%s", err, said.String())
			}
		})
	}
}
