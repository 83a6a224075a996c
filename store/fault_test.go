//go:build unix

package store_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"remit/store"
	"remit/store/postgrestest"
)

func TestMain(m *testing.M) {
	code := postgrestest.Main(m)
	if built != "" {
		os.RemoveAll(built)
	}
	os.Exit(code)
}

// built is the directory of the program, once it was built.
var built string

// kills is how many times the program is killed in a test: REMIT_KILLS, or a few.
func kills(few int) int {
	if n, err := strconv.Atoi(os.Getenv("REMIT_KILLS")); err == nil {
		return n
	}
	return few
}

var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "remit-fault-")
	if err != nil {
		return "", err
	}
	built = dir
	path := filepath.Join(dir, "remit")
	out, err := exec.Command("go", "build", "-o", path, "remit/cmd/remit").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w: %s", err, out)
	}
	return path, nil
})

// remit is the program itself, on a store.
func remit(t *testing.T, o store.Options, args ...string) *exec.Cmd {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(path, args...)
	c.Dir = t.TempDir()
	c.Env = append(os.Environ(), "REMIT_DATA="+o.Dir, "REMIT_DATABASE="+o.Database, "HOME="+c.Dir)
	return c
}

func mustRun(t *testing.T, c *exec.Cmd) string {
	t.Helper()
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", c.Args[1:], err, out)
	}
	return string(out)
}

// killed runs the program, kills it at a random moment within the time given,
// and gives the lines that it had printed whole.
func killed(t *testing.T, c *exec.Cmd, within time.Duration) []string {
	t.Helper()
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	c.Stderr = &errs
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(rand.N(within), func() { c.Process.Kill() })
	defer timer.Stop()
	var lines []string
	r := bufio.NewReader(out)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			break // a line cut off was not acknowledged
		}
		lines = append(lines, line)
	}
	err = c.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Exited() {
		t.Fatalf("%v ended by itself: %v\n%s", c.Args[1:], err, errs.String())
	}
	return lines
}

func onBoth(t *testing.T, test func(t *testing.T, o store.Options)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, store.Options{Dir: filepath.Join(t.TempDir(), "data")}) })
	t.Run("postgres", func(t *testing.T) {
		test(t, store.Options{Dir: t.TempDir(), Database: postgrestest.Database(t)})
	})
}

func openStore(t *testing.T, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

var (
	submitted = regexp.MustCompile(`^Proposal (\d+) is submitted`)
	inEffect  = regexp.MustCompile(`^Proposal (\d+) is in effect as change (\d+)`)
)

// proposals are lines for remit proposal add, each about another row.
func proposals(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"title": "T%d", "reason": "R", "source": "S", "edits": [{"table": "source", "set": {"id": "kill-%d", "citation": "c", "licence": "l"}}]}`+"\n", i, rand.Int64())
	}
	return b.String()
}

// TestKill kills the program again and again while it writes. Whatever it had
// acknowledged must be there, each change whole, and the audit chain must hold.
func TestKill(t *testing.T) {
	onBoth(t, func(t *testing.T, o store.Options) {
		mustRun(t, remit(t, o, "register", "init"))
		promised := map[int64]int64{} // proposal to change; 0 while it is submitted only
		for n := range kills(6) {
			add := remit(t, o, "proposal", "add", "--as", "ann", "-")
			add.Stdin = strings.NewReader(proposals(1000))
			for _, line := range killed(t, add, 1500*time.Millisecond) {
				if m := submitted.FindStringSubmatch(line); m != nil {
					id, _ := strconv.ParseInt(m[1], 10, 64)
					promised[id] = 0
				}
			}
			args := []string{"proposal", "approve", "--as", "bob"}
			for id, change := range promised {
				if change == 0 {
					args = append(args, fmt.Sprint(id))
				}
			}
			if len(args) > 4 {
				approve(t, remit(t, o, args...), promised)
			}
			if n%10 == 9 || n == kills(6)-1 {
				checkPromises(t, o, promised)
			}
		}
		out := mustRun(t, remit(t, o, "audit", "verify"))
		t.Logf("%d proposals were acknowledged. %s", len(promised), out)
		if len(promised) == 0 {
			t.Error("nothing was acknowledged before a kill: the test proves nothing")
		}
	})
}

// approve lets the program approve, and kills it meanwhile. A proposal may have
// taken effect without the word of it getting out; then the next one is told so.
func approve(t *testing.T, c *exec.Cmd, promised map[int64]int64) {
	t.Helper()
	var errs bytes.Buffer
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.Stderr = &errs
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(rand.N(1500*time.Millisecond), func() { c.Process.Kill() })
	defer timer.Stop()
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if m := inEffect.FindStringSubmatch(lines.Text()); m != nil {
			id, _ := strconv.ParseInt(m[1], 10, 64)
			change, _ := strconv.ParseInt(m[2], 10, 64)
			promised[id] = change
		}
	}
	err = c.Wait()
	if m := regexp.MustCompile(`proposal (\d+) is approved`).FindStringSubmatch(errs.String()); m != nil {
		id, _ := strconv.ParseInt(m[1], 10, 64)
		promised[id] = -1 // in effect, and nobody was told the change
	} else if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.Exited() {
		t.Fatalf("approve: %v\n%s", err, errs.String())
	}
}

func checkPromises(t *testing.T, o store.Options, promised map[int64]int64) {
	t.Helper()
	o.MustExist = true
	s := openStore(t, o)
	defer s.Close()
	if _, err := s.Verify(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	k, err := s.Known(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	all, err := s.Proposals(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	there := map[int64]store.Proposal{}
	for _, p := range all {
		there[p.ID] = p
		// Whole or not at all: the row is there exactly when the proposal says so.
		for _, e := range p.Edits {
			if got := k.Row(e.Table, e.After) != nil; got != (p.State == store.Approved) {
				t.Errorf("proposal %d is %s, and its row is there: %t", p.ID, p.State, got)
			}
		}
	}
	for id, change := range promised {
		p, found := there[id]
		switch {
		case !found || p.State == store.Draft:
			t.Errorf("proposal %d was acknowledged as submitted, and is %q", id, p.State)
		case change != 0 && (p.State != store.Approved || change > 0 && p.Change != change):
			t.Errorf("proposal %d was acknowledged as change %d, and is %s as change %d", id, change, p.State, p.Change)
		}
	}
}

// TestKillFirstStart kills the first start, which must begin anew or go on.
func TestKillFirstStart(t *testing.T) {
	onBoth(t, func(t *testing.T, o store.Options) {
		for range kills(3) {
			if o.Database == "" {
				o.Dir = filepath.Join(t.TempDir(), "data")
			} else {
				o.Database = postgrestest.Database(t)
			}
			c := remit(t, o, "register", "init")
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			timer := time.AfterFunc(rand.N(700*time.Millisecond), func() { c.Process.Kill() })
			c.Wait()
			timer.Stop()
			mustRun(t, remit(t, o, "register", "init"))
			out := mustRun(t, remit(t, o, "audit", "verify"))
			if !strings.Contains(out, " 1 entry, 1 change,") {
				t.Errorf("after a first start that was killed: %s", out)
			}
		}
	})
}

// TestKillRestore kills a restore, which must leave the place empty.
func TestKillRestore(t *testing.T) {
	from := store.Options{Dir: filepath.Join(t.TempDir(), "data")}
	mustRun(t, remit(t, from, "register", "init"))
	file := filepath.Join(t.TempDir(), "backup.zip")
	mustRun(t, remit(t, from, "backup", file))
	onBoth(t, func(t *testing.T, o store.Options) {
		for range kills(3) {
			c := remit(t, o, "restore", file)
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			timer := time.AfterFunc(rand.N(500*time.Millisecond), func() { c.Process.Kill() })
			err := c.Wait()
			timer.Stop()
			if err == nil {
				mustRun(t, remit(t, o, "audit", "verify"))
				return
			}
		}
		mustRun(t, remit(t, o, "restore", file))
		mustRun(t, remit(t, o, "audit", "verify"))
	})
}

// TestMoveCommand moves a register from SQLite to PostgreSQL and back by the
// command.
func TestMoveCommand(t *testing.T) {
	from := store.Options{Dir: filepath.Join(t.TempDir(), "data")}
	mustRun(t, remit(t, from, "register", "init"))
	there := postgrestest.Database(t)
	out := mustRun(t, remit(t, from, "register", "move", "--to-database", there))
	back := store.Options{Dir: filepath.Join(t.TempDir(), "back")}
	again := mustRun(t, remit(t, store.Options{Dir: t.TempDir(), Database: there}, "register", "move", "--to-data", back.Dir))
	if out != again || !strings.Contains(out, "State: ") {
		t.Errorf("there: %sback: %s", out, again)
	}
	mustRun(t, remit(t, back, "audit", "verify"))
	secret := filepath.Join(t.TempDir(), "address")
	if err := os.WriteFile(secret, []byte(there+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := remit(t, store.Options{Dir: t.TempDir()}, "audit", "verify")
	c.Env = append(c.Env, "REMIT_DATABASE_FILE="+secret)
	mustRun(t, c)
	if out, err := remit(t, from, "register", "move", "--to-database", there).CombinedOutput(); err == nil || !strings.Contains(string(out), "already") {
		t.Errorf("into a database that is not empty: %v %s", err, out)
	}
}

// TestDatabaseGoneAndBack stops PostgreSQL under a store that works, and starts it
// again. The store must fail while it is gone, and go on by itself afterwards.
func TestDatabaseGoneAndBack(t *testing.T) {
	server := postgrestest.Start(t)
	s := openStore(t, store.Options{Dir: t.TempDir(), Database: server.Database(t)})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var acknowledged []int64
	step := func() error {
		p, err := s.Propose(ctx, "ann", store.Proposal{Title: "T", Reason: "R", Source: "S", Edits: []store.Edit{{Table: "source",
			After: store.Values{"id": fmt.Sprintf("gone-%d", rand.Int64()), "citation": "c", "licence": "l"}}}})
		if err != nil {
			return err
		}
		if p, err = s.Submit(ctx, "ann", p.ID, p.Revision); err != nil {
			return err
		}
		if _, err = s.Approve(ctx, "bob", p.ID, p.Revision, ""); err == nil {
			acknowledged = append(acknowledged, p.ID)
		}
		return err
	}
	for round := range 3 {
		for range 3 {
			if err := step(); err != nil {
				t.Fatalf("round %d: %v", round, err)
			}
		}
		// The second time in the middle of a write.
		stop := make(chan struct{})
		if round == 1 {
			go func() { time.Sleep(rand.N(100 * time.Millisecond)); server.Down(); close(stop) }()
			for step() == nil {
			}
			<-stop
		} else {
			server.Down()
		}
		if err := step(); err == nil {
			t.Error("something was acknowledged without a database")
		}
		if err := s.Ping(ctx); err == nil {
			t.Error("the store says that the database answers, and it is down")
		}
		if err := server.Up(); err != nil {
			t.Fatal(err)
		}
		if err := s.Ping(ctx); err != nil {
			t.Errorf("after it came back: %v", err)
		}
	}
	if err := step(); err != nil {
		t.Error(err)
	}
	if _, err := s.Verify(ctx, ""); err != nil {
		t.Error(err)
	}
	for _, id := range acknowledged {
		if p, err := s.Proposal(ctx, id); err != nil || p.State != store.Approved {
			t.Errorf("proposal %d was acknowledged, and is %q (%v)", id, p.State, err)
		}
	}
}

// TestDiskFull fills the disk under a store that works. What does not fit must be
// refused whole, and go through once there is room again.
func TestDiskFull(t *testing.T) {
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=32m"); err != nil {
		t.Skipf("a small disk cannot be mounted here: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(disk, syscall.MNT_DETACH) })
	o := store.Options{Dir: filepath.Join(disk, "data")}
	s := openStore(t, o)
	ctx := t.Context()
	filler := filepath.Join(disk, "filler")
	fill(t, filler)
	failed := 0
	for n := range 30 {
		// Text that does not shrink, so that free pages are used up as well.
		if _, err := s.Attach(ctx, "ann", "a.txt", strings.NewReader(fmt.Sprint(n)+strings.Repeat(fmt.Sprint(rand.Int64()), 20_000))); err != nil {
			failed++
		}
	}
	if failed == 0 {
		t.Fatal("everything was taken on a full disk")
	}
	if _, err := s.Verify(ctx, ""); err != nil {
		t.Errorf("on the full disk: %v", err)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	d, err := s.Attach(ctx, "ann", "after.txt", strings.NewReader("there is room again"))
	if err != nil {
		t.Fatalf("with room again: %v", err)
	}
	s.Close()
	s = openStore(t, o)
	if _, err := s.Document(ctx, d.Hash); err != nil {
		t.Error(err)
	}
	if _, err := s.Verify(ctx, ""); err != nil {
		t.Error(err)
	}
	// A backup that does not fit leaves no file.
	fill(t, filler)
	out, err := remit(t, o, "backup", filepath.Join(disk, "backup.zip")).CombinedOutput()
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != 3 {
		t.Errorf("a backup on a full disk: %v %s", err, out)
	}
	left, err := filepath.Glob(filepath.Join(disk, "*backup*"))
	if err != nil || len(left) > 0 {
		t.Errorf("half a backup is left: %v %v", left, err)
	}
}

func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	block := make([]byte, 4096)
	for {
		if _, err := f.Write(block); err != nil {
			if !errors.Is(err, syscall.ENOSPC) {
				t.Fatal(err)
			}
			return
		}
	}
}
