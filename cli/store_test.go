package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"remit/store"
)

// runRemit runs a command line in a data directory.
func runRemit(t *testing.T, in string, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = Run(context.Background(), args, strings.NewReader(in), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

func TestStoreCommandsRefuse(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	t.Setenv("REMIT_DATA", filepath.Join(dir, "data"))
	t.Setenv("REMIT_DATABASE", "")
	file := filepath.Join(dir, "there.zip")
	if err := os.WriteFile(file, []byte("not a zip"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"audit", "verify"}, {"backup", filepath.Join(dir, "b.zip")}, {"register", "export", filepath.Join(dir, "e.zip")}, {"proposal", "list"}, {"register", "update"}} {
		if code, _, errs := runRemit(t, "", args...); code != exitInput || !strings.Contains(errs, "there is no register here yet") {
			t.Errorf("%v without a register: exit %d, %s", args, code, errs)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "data")); err == nil {
		t.Error("a command that only reads has made a data directory")
	}
	if code, _, errs := runRemit(t, "", "register", "init"); code != exitDone {
		t.Fatal(errs)
	}
	// A line that outlives the board it is given to.
	line := `{"instrument":"JWA-NENC","line":"99","function":"SPEC","services":"SET-59","delegator":"NHSE","delegate":"QMJ","population":"responsible","mode":"by","basis":"delegation_65Z5","valid_from":"2023-04-01","confidence":"low","source":"s"}`
	cases := []struct {
		name string
		in   string
		args []string
		code int
		want string
	}{
		{"a file that is there", "", []string{"backup", file}, exitUsage, "is there already"},
		{"restore what is no zip", "", []string{"restore", "--data", filepath.Join(dir, "r"), file}, exitInput, "zip"},
		{"restore over a register", "", []string{"restore", file}, exitInput, "zip"},
		{"import what is not there", "", []string{"register", "import", filepath.Join(dir, "no")}, exitInput, "no such file"},
		{"move nowhere", "", []string{"register", "move"}, exitUsage, "--to-data"},
		{"move to two places", "", []string{"register", "move", "--to-data", "x", "--to-database", "y"}, exitUsage, "--to-data"},
		{"an address that is none", "", []string{"audit", "verify", "--database", "postgres://user:secret@[::1"}, exitInput, "cannot be read"},
		{"nobody", `{"title":"t"}`, []string{"proposal", "add", "-"}, exitUsage, "--as NAME"},
		{"no JSON", "nonsense", []string{"proposal", "add", "--as", "ann", "-"}, exitInput, "- line 1"},
		{"no edits", `{"title":"t"}`, []string{"proposal", "add", "--as", "ann", "-"}, exitInput, "nothing to change"},
		{"no such row", `{"title":"t","edits":[{"table":"icb","row":{"code":"XXX"}}]}`, []string{"proposal", "add", "--as", "ann", "-"}, exitInput, "no such row"},
		{"no such table", `{"title":"t","edits":[{"table":"ward","row":{"code":"XXX"}}]}`, []string{"proposal", "add", "--as", "ann", "-"}, exitInput, "ward"},
		{"a board that had ended by then", `{"title":"t","reason":"r","source":"s","edits":[{"table":"instrument_line","set":` + line + `}]}`, []string{"proposal", "add", "--as", "ann", "-"}, exitInput, "instrument_line"},
		{"no number", "", []string{"proposal", "approve", "x", "--as", "bob"}, exitUsage, "not the number"},
		{"no such proposal", "", []string{"proposal", "show", "7"}, exitInput, "no proposal 7"},
	}
	for _, c := range cases {
		code, _, errs := runRemit(t, c.in, c.args...)
		if code != c.code || !strings.Contains(errs, c.want) || strings.Contains(errs, "secret") {
			t.Errorf("%s: exit %d, want %d with %q: %s", c.name, code, c.code, c.want, errs)
		}
	}
	t.Setenv("REMIT_DATABASE", "postgres://x")
	t.Setenv("REMIT_DATABASE_FILE", file)
	if code, _, errs := runRemit(t, "", "audit", "verify"); code != exitUsage || !strings.Contains(errs, "both") {
		t.Errorf("a database named twice: exit %d, %s", code, errs)
	}
}

// TestRolesAtTheCommandLine checks that names count where there are accounts.
func TestRolesAtTheCommandLine(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	t.Setenv("REMIT_DATA", dir)
	t.Setenv("REMIT_DATABASE", "")
	s, err := store.Open(t.Context(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, a := range []store.Account{
		{Name: "ann", Roles: []store.Role{store.Editor}, Organisation: "QMJ"},
		{Name: "bob", Roles: []store.Role{store.Approver}, Organisation: "QKK"},
		{Name: "cat", Roles: []store.Role{store.Approver}},
	} {
		if _, err := s.CreateAccount(t.Context(), "a test", a); err != nil {
			t.Fatal(err)
		}
	}
	edit := func(board string) string {
		return `{"title":"t","reason":"r","source":"s","edits":[{"table":"icb","row":{"code":"` + board + `","valid_from":"2022-07-01"},"set":{"note":"x"}}]}`
	}
	cases := []struct {
		name, in string
		args     []string
		code     int
		want     string
	}{
		{"a stranger proposes", edit("QMJ"), []string{"proposal", "add", "--as", "eve", "-"}, exitUsage, "no account with the role editor"},
		{"an approver proposes", edit("QMJ"), []string{"proposal", "add", "--as", "cat", "-"}, exitUsage, "no account with the role editor"},
		{"an editor proposes for another board", edit("QKK"), []string{"proposal", "add", "--as", "ann", "-"}, exitInput, "may not change facts of QKK"},
		{"an editor proposes", edit("QMJ"), []string{"proposal", "add", "--as", "ann", "-"}, exitDone, "Proposal 2 is submitted"},
		{"the editor approves", "", []string{"proposal", "approve", "2", "--as", "ann"}, exitInput, "a second person"},
		{"an approver of another board", "", []string{"proposal", "approve", "2", "--as", "bob"}, exitInput, "may not decide"},
		{"a national approver", "", []string{"proposal", "approve", "2", "--as", "cat"}, exitDone, "in effect as change 2"},
		{"withdrawn by its author", "", []string{"proposal", "refuse", "1", "--as", "ann"}, exitDone, "withdrawn"},
	}
	for _, c := range cases {
		code, out, errs := runRemit(t, c.in, c.args...)
		if code != c.code || !strings.Contains(out+errs, c.want) {
			t.Errorf("%s: exit %d, want %d with %q: %s%s", c.name, code, c.code, c.want, out, errs)
		}
	}
}
