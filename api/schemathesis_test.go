package api

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestSchemathesis lets Schemathesis make requests out of the OpenAPI document, as
// it has them and as it has not, and look for answers that are not as described.
// bench/apitools.sh installs it.
func TestSchemathesis(t *testing.T) {
	if testing.Short() {
		t.Skip("the test is short")
	}
	tool, err := filepath.Abs(filepath.Join("..", "build", "tools", "schemathesis", "bin", "schemathesis"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(tool); err != nil {
		if tool, err = exec.LookPath("schemathesis"); err != nil {
			t.Skip("not tried by Schemathesis: it is not installed (bash bench/apitools.sh)")
		}
	}
	h := newHouse(t, unlimited)
	h.do(t, 201, "editor", "POST", "/api/v1/proposals", event("e1"))
	run := exec.CommandContext(t.Context(), tool, "run", h.URL+"/api/v1/openapi.json",
		"--header", "Authorization: Bearer "+h.keys["both"],
		"--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,response_headers_conformance",
		"--phases", "examples,coverage,fuzzing", "--max-examples", "5", "--seed", "1", "--workers", "2", "--suppress-health-check", "all", "--no-color")
	run.Dir = t.TempDir()
	out, err := run.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%.12000s", err, out)
	}
	t.Logf("%s", out[max(0, len(out)-1500):])
}
