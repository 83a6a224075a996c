package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"remit/intake"
	"remit/submission"
	"remit/synth"
)

// TestLookInto looks into a watched folder while a file is being written: it is
// taken in once, whole, when it has not changed for a while; others are let be.
func TestLookInto(t *testing.T) {
	var out, errs bytes.Buffer
	s := &session{out: &out, err: &errs}
	data, inbox := t.TempDir(), t.TempDir()
	f := &submitFlags{method: defaultMethod, quiet: true}
	desk, err := s.desk(f, &place{dir: data})
	if err != nil {
		t.Fatal(err)
	}
	defer desk.Pack.Close()
	ledger, err := intake.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	defer ledger.Close()
	made := t.TempDir()
	if _, err := synth.WriteContracts(t.Context(), desk.Pack, made, synth.ContractOptions{Records: 300, Month: 2, Providers: []string{"RBV"}}); err != nil {
		t.Fatal(err)
	}
	const name = "RBV_PLCM_2526_M02_FLEX.csv"
	text, err := os.ReadFile(filepath.Join(made, name))
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"done", "refused"} {
		if err := os.Mkdir(filepath.Join(inbox, folder), 0o750); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]sight{}
	look := func(times int) {
		t.Helper()
		for range times {
			if err := s.lookInto(t.Context(), ledger, desk, f, submission.Given{}, inbox, seen); err != nil {
				t.Fatal(err)
			}
		}
	}
	write := func(name string, text []byte, at time.Time) {
		t.Helper()
		path := filepath.Join(inbox, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	begun := time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC)
	write(".transfer", text, begun)
	for part := 1; part <= 4; part++ { // it grows, with breaks of some looks
		write(name, text[:part*len(text)/5], begun.Add(time.Duration(part)*time.Second))
		look(wholeAfter)
		if n := len(ledger.All()); n > 0 {
			t.Fatalf("part %d of a file that is being written was taken in", part)
		}
	}
	write(name, text, begun.Add(time.Minute))
	look(wholeAfter + 2)
	list := ledger.All()
	if len(list) != 1 || list[0].State != intake.Accepted || list[0].Bytes != int64(len(text)) {
		t.Fatalf("taken in are %v", list)
	}
	if done, err := filepath.Glob(filepath.Join(inbox, "done", "*-"+name+"*")); err != nil || len(done) != 2 {
		t.Errorf("beside the file and its note there are %v: %v", done, err)
	}
	if _, err := os.Stat(filepath.Join(inbox, ".transfer")); err != nil {
		t.Error("a file under a name with a dot was not let be")
	}
}
