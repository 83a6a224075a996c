package cli

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"remit/store"
)

func TestAccount(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("REMIT_PUBLIC_URL", "https://remit.example.org/")
	link := regexp.MustCompile(`https://remit\.example\.org/set-up\?token=([A-Z2-7]{26})`)
	run := func(args ...string) (int, string, string) { return command(append(args, "--data", dir)...) }
	if code, _, errs := run("register", "init"); code != exitDone {
		t.Fatal(errs)
	}
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"account", "add", "x", "--role", "emperor"}, "not a role"},
		{[]string{"account", "add", "x", "--organisation", "ZZZ"}, "no organisation ZZZ"},
		{[]string{"account", "add", "x y"}, "cannot be the name"},
		{[]string{"account", "setup", "nobody"}, "no account nobody"},
		{[]string{"account", "disable", "nobody"}, "no account nobody"},
	} {
		if code, out, errs := run(c.args...); code == exitDone || out != "" || !strings.Contains(errs, c.says) {
			t.Errorf("%v: exit code %d, %s%s", c.args, code, out, errs)
		}
	}
	if _, out, _ := run("account", "list"); out != "There are no accounts.\n" {
		t.Errorf("an empty list is %q", out)
	}
	_, out, errs := run("account", "add", "A.Khan", "--full-name", "Aisha Khan", "--role", "reader", "--role", "administrator", "--organisation", "QMJ")
	first := link.FindStringSubmatch(out)
	if first == nil {
		t.Fatalf("no link: %s%s", out, errs)
	}
	if _, out, _ := run("account", "list"); !strings.Contains(out, "a.khan   Aisha Khan  QMJ           reader,administrator  not set up") {
		t.Errorf("the list is\n%s", out)
	}
	_, out, _ = run("account", "setup", "a.khan")
	second := link.FindStringSubmatch(out)
	if second == nil {
		t.Fatalf("no link: %s", out)
	}
	st, err := store.Open(context.Background(), store.Options{Dir: dir, Program: "test", MustExist: true, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if _, err := st.SetupAccount(t.Context(), first[1]); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the link before still works: %v", err)
	}
	if a, err := st.SetupAccount(t.Context(), second[1]); err != nil || a.Name != "a.khan" {
		t.Errorf("the link is for %q, %v", a.Name, err)
	}
	// The last administrator cannot be taken away.
	if code, _, errs := run("account", "disable", "a.khan"); code == exitDone || !strings.Contains(errs, "last administrator") {
		t.Errorf("exit code %d, %s", code, errs)
	}
	run("account", "add", "b.cole", "--role", "administrator")
	if code, out, errs := run("account", "disable", "b.cole"); code != exitDone || out != "The account b.cole is disabled.\n" {
		t.Errorf("exit code %d, %s%s", code, out, errs)
	}
}
