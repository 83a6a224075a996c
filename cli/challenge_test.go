package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"remit/challenge"
	"remit/store"
)

const challengeRows = `row_key,provider,commissioner,assigned_commissioner,feed,year,month,price
k1,RTH,10Q,15A,PLCM,202627,3,400.00
k2,RTH,10Q,10Q,PLCM,202627,3,520.00
`

// TestChallengeCommands: who may take which step, and what files are refused.
func TestChallengeCommands(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	t.Setenv("REMIT_DATA", filepath.Join(dir, "data"))
	t.Setenv("REMIT_DATABASE", "")
	if code, _, errs := runRemit(t, "", "register", "init"); code != exitDone {
		t.Fatal(errs)
	}
	st, err := store.Open(t.Context(), store.Options{Dir: filepath.Join(dir, "data"), Program: "test", MustExist: true})
	if err != nil {
		t.Fatal(err)
	}
	for name, organisation := range map[string]string{"owner": "S0E4D", "other": "QHL", "trust": "RTH", "national": ""} {
		if _, err := st.CreateAccount(t.Context(), "test", store.Account{Name: name, Organisation: organisation, Roles: []store.Role{store.Editor}}); err != nil {
			t.Fatal(err)
		}
	}
	st.Close()
	id := challenge.ID("S0E4D", "RTH", "PLCM", "wrong_commissioner", "k1")
	for _, x := range []struct {
		name string
		in   string
		args []string
		code int
		want string
	}{
		{"for another owner", challengeRows, []string{"draft", "-", "--owner", "S0E4D", "--as", "other"}, exitInput, "may not challenge for S0E4D"},
		{"by nobody", challengeRows, []string{"draft", "-", "--owner", "S0E4D"}, exitUsage, "--as NAME"},
		{"no key", "provider,feed,year,month,price\n", []string{"draft", "-", "--owner", "S0E4D", "--as", "owner"}, exitInput, "no column row_key"},
		{"a key twice", strings.Replace(challengeRows, "k2", "k1", 1), []string{"draft", "-", "--owner", "S0E4D", "--as", "owner"}, exitInput, "row 3: row_key k1 is there twice"},
		{"a month", strings.Replace(challengeRows, "202627,3,520", "202627,14,520", 1), []string{"draft", "-", "--owner", "S0E4D", "--as", "owner"}, exitInput, "row 3: it needs"},
		{"a short row", challengeRows + "k3,RTH\n", []string{"draft", "-", "--owner", "S0E4D", "--as", "owner"}, exitInput, "row 4"},
		{"drafts", challengeRows, []string{"draft", "-", "--owner", "S0E4D", "--as", "owner"}, exitDone, "RTH PLCM: 1 draft filed, 0 challenged already"},
		{"drafts again", challengeRows, []string{"draft", "-", "--owner", "S0E4D", "--as", "owner"}, exitDone, "RTH PLCM: 0 drafts filed, 1 challenged already"},
		{"a provider does not see drafts", "", []string{"answer", id, "--text", "no", "--as", "trust"}, exitInput, "there is no challenge"},
		{"nor does another board", "", []string{"raise", id, "--as", "other"}, exitInput, "there is no challenge"},
		{"no such challenge", "", []string{"raise", "nosuch", "--as", "owner"}, exitInput, "there is no challenge \"nosuch\""},
		{"raised", "", []string{"raise", id, "--as", "owner"}, exitDone, "is raised"},
		{"the provider answers", "", []string{"answer", id, "--text", "no", "--as", "trust"}, exitDone, "is answered"},
		{"but does not decide", "", []string{"reject", id, "--reason", "no", "--as", "trust"}, exitInput, "may not take this step"},
		{"an amount that is none", "", []string{"accept", id, "--amount", "half", "--as", "owner"}, exitUsage, "not an amount"},
		{"more than is claimed", "", []string{"accept", id, "--amount", "400.01", "--as", "owner"}, exitInput, "£400.01 cannot be accepted"},
		{"somebody national", "", []string{"accept", id, "--as", "national"}, exitDone, "accepted for £400.00"},
		{"a state that is none", "", []string{"list", "--state", "lost"}, exitUsage, "no state"},
		{"a list", "", []string{"list", "--owner", "S0E4D", "--state", "accepted"}, exitDone, "1 challenge"},
		{"a folder", "", []string{"bundle", "--owner", "S0E4D", "--provider", "RTH", "--state", "accepted", "--out", filepath.Join(dir, "bundle")}, exitDone, "1 challenge in"},
	} {
		code, out, errs := runRemit(t, x.in, append([]string{"challenge"}, x.args...)...)
		if code != x.code || !strings.Contains(out+errs, x.want) {
			t.Errorf("%s: exit %d, want %d and %q\n%s%s", x.name, code, x.code, x.want, out, errs)
		}
	}
	for _, file := range []string{"calendars/limits.csv", "rules/challenge-top-up-providers.csv"} { // the operator's, and wrong
		path := filepath.Join(dir, "data", file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("no such header\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, _, errs := runRemit(t, "", "challenge", "rules"); code != exitReference || !strings.Contains(errs, filepath.Base(file)+" row 1") {
			t.Errorf("with %s of the operator: exit %d %s", file, code, errs)
		}
		os.Remove(path)
	}
	letter, err := os.ReadFile(filepath.Join(dir, "bundle", "letter.html"))
	if err != nil || !strings.Contains(string(letter), "NHS Thames Valley Integrated Care Board") || !strings.Contains(string(letter), "Oxford University Hospitals") {
		t.Errorf("%v: the letter names neither side:\n%s", err, letter)
	}
}
