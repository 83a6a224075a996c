//go:build linux

package store_test

import (
	"bufio"
	"context"
	"fmt"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"remit/store"
	"remit/store/postgrestest"
)

// served is the program serving, and somebody who is signed in to it.
type served struct {
	*testing.T
	process *exec.Cmd
	address string
	token   string
	client  http.Client
}

// serve starts the program as a server. It is killed when the test ends.
func serve(t *testing.T, o store.Options, token string) *served {
	t.Helper()
	c := remit(t, o, "serve", "--listen", "127.0.0.1:0")
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	c.Stderr = &log
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	s := &served{T: t, process: c, token: token}
	s.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	t.Cleanup(s.kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	if s.address = regexp.MustCompile(`http://[0-9.:]+`).FindString(line); s.address == "" {
		s.kill()
		t.Fatalf("it did not start: %q %v %s", line, err, log.String())
	}
	return s
}

// kill ends the server as a power cut does.
func (s *served) kill() {
	if s.process.ProcessState == nil {
		_ = s.process.Process.Kill()
		_ = s.process.Wait()
	}
}

// signedIn makes an account at a store and a session of it.
func signedIn(t *testing.T, o store.Options) string {
	t.Helper()
	st, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if _, err := st.CreateAccount(t.Context(), "test", store.Account{Name: "ann", FullName: "Ann", Organisation: "QMJ", Roles: []store.Role{store.Reader}}); err != nil {
		t.Fatal(err)
	}
	token, err := st.NewSession(t.Context(), "ann", nil, time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func (s *served) send(r *http.Request) (*http.Response, string) {
	s.Helper()
	r.AddCookie(&http.Cookie{Name: "remit", Value: s.token})
	answer, err := s.client.Do(r)
	if err != nil {
		return nil, err.Error()
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.Fatal(err)
	}
	return answer, html.UnescapeString(string(text))
}

func (s *served) get(path string) string {
	s.Helper()
	r, err := http.NewRequestWithContext(s.Context(), http.MethodGet, s.address+path, nil)
	if err != nil {
		s.Fatal(err)
	}
	answer, text := s.send(r)
	if answer == nil || answer.StatusCode != http.StatusOK {
		s.Fatalf("%s: %.2000s", path, text)
	}
	return text
}

// upload sends a file of activity as its parts come, and gives the answer once
// there is one.
func (s *served) upload(ctx context.Context, from io.Reader) (*http.Response, string) {
	s.Helper()
	body, into := io.Pipe()
	form := multipart.NewWriter(into)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.address+"/runs/new", body)
	if err != nil {
		s.Fatal(err)
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	go func() {
		_ = form.WriteField("method", "cam-2025-26")
		_ = form.WriteField("dataset", "PLCM")
		part, err := form.CreateFormFile("file", "activity.csv")
		if err == nil {
			_, err = io.Copy(part, from)
		}
		if err == nil {
			err = form.Close()
		}
		into.CloseWithError(err)
	}()
	return s.send(r)
}

// records makes up lines of activity without end.
type records struct{ left int }

func (x *records) Read(p []byte) (int, error) {
	if x.left == 0 {
		return 0, io.EOF
	}
	x.left--
	return copy(p, fmt.Sprintf("P%07d,RJ7,NCBPS11B,2025-10-15,H85001,36L,25\n", x.left)), nil
}

func activity(n int) io.Reader {
	return io.MultiReader(strings.NewReader("local_patient,provider,service_code,activity_date,gp_practice,submitted_commissioner,submitted_category\n"), bufio.NewReaderSize(&records{n}, 1<<16))
}

// until looks again until something is so. There is nothing else to wait on in
// another process.
func until(t *testing.T, what string, within time.Duration, so func() bool) {
	t.Helper()
	for end := time.Now().Add(within); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %s", what, within)
		}
	}
}

// runs are the states of the runs of a store, by the ID.
func runs(t *testing.T, o store.Options) map[string]store.Run {
	t.Helper()
	o.MustExist = true
	st, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	list, err := st.Runs(t.Context(), "QMJ")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]store.Run{}
	for _, r := range list {
		all[r.ID] = r
	}
	return all
}

func sound(t *testing.T, o store.Options) {
	t.Helper()
	if out := mustRun(t, remit(t, o, "audit", "verify")); !strings.Contains(out, "entries") {
		t.Errorf("audit verify said %q", out)
	}
}

// TestServersShareADatabase runs two servers on one PostgreSQL. The second leaves
// the run of the first alone for as long as the first lives, and marks it once the
// first is dead.
func TestServersShareADatabase(t *testing.T) {
	if testing.Short() {
		t.Skip("it waits until a server counts as dead")
	}
	database := postgrestest.Database(t)
	one, two := store.Options{Dir: t.TempDir(), Database: database}, store.Options{Dir: t.TempDir(), Database: database}
	token := signedIn(t, one)
	first := serve(t, one, token)
	// A file that is still arriving is a run that is going on.
	arriving, sender := io.Pipe()
	defer sender.Close()
	ctx, hangUp := context.WithCancel(t.Context())
	defer hangUp()
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		first.upload(ctx, io.MultiReader(activity(1000), arriving))
	}()
	var id string
	until(t, "the run is there", 20*time.Second, func() bool {
		for id = range runs(t, one) {
			return true
		}
		return false
	})
	second := serve(t, two, token)
	if text := second.get("/runs/" + id); !strings.Contains(text, "Queued") {
		t.Errorf("under a second server the run is not queued: %s", text)
	}
	// For longer than a silent server is believed to live.
	for end := time.Now().Add(store.RunLease + store.RunLease/3); time.Now().Before(end); time.Sleep(time.Second) {
		if _, err := io.WriteString(sender, "P,RJ7,NCBPS11B,2025-10-15,H85001,36L,25\n"); err != nil {
			t.Fatal(err)
		}
		if r := runs(t, one)[id]; r.State != store.Queued {
			t.Fatalf("the run of a server that lives is %s: %s", r.State, r.Error)
		}
	}
	first.kill()
	sender.Close() // the client would wait for more to send
	hangUp()
	<-sent
	until(t, "the run of a dead server is marked", 2*store.RunLease, func() bool { return runs(t, two)[id].State == store.Interrupted })
	if text := second.get("/runs/" + id); !strings.Contains(text, "Interrupted") || !strings.Contains(text, "start it again") {
		t.Errorf("the page does not say that it was interrupted: %s", text)
	}
	sound(t, two)
}

// TestKillWhileItRuns kills a server while a file arrives and while it is decided,
// at many moments. Each time the next start finds a register that holds and a run
// that is whole, interrupted or not there, and no half of a file.
func TestKillWhileItRuns(t *testing.T) {
	o := store.Options{Dir: t.TempDir()}
	token := signedIn(t, o)
	whole, broken := 0, 0
	for n := range kills(12) {
		s := serve(t, o, token)
		timer := time.AfterFunc(time.Duration(n%12)*60*time.Millisecond, func() { _ = s.process.Process.Kill() })
		answer, _ := s.upload(t.Context(), activity(150_000))
		acknowledged := ""
		if answer != nil && answer.StatusCode == http.StatusSeeOther {
			acknowledged = strings.TrimPrefix(answer.Header.Get("Location"), "/runs/")
		}
		timer.Stop()
		if n%3 == 2 {
			time.Sleep(time.Duration(n) * 100 * time.Millisecond) // into the run, or past its end
		}
		s.kill()
		serve(t, o, token).kill() // which mends
		all := runs(t, o)
		if _, there := all[acknowledged]; acknowledged != "" && !there {
			t.Fatalf("the run %s was acknowledged and is not there", acknowledged)
		}
		for id, r := range all {
			files, err := os.ReadDir(filepath.Join(o.Dir, "runs", id))
			if err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			switch r.State {
			case store.Done:
				whole++
				if len(files) != 4 {
					t.Errorf("run %s is done and has %v", id, files)
				}
			case store.Interrupted:
				broken++
				for _, f := range files {
					if f.Name() != "input.csv" {
						t.Errorf("run %s was interrupted and left %s", id, f.Name())
					}
				}
			default:
				t.Errorf("run %s is %s after a start: %s", id, r.State, r.Error)
			}
		}
	}
	if broken == 0 {
		t.Error("no kill met a run that was going on")
	}
	t.Logf("seen done %d times and interrupted %d times", whole, broken)
	sound(t, o)
}

// TestFullDisk loads a file that does not fit, through the web, on a disk of its
// own. The reader is told, nothing of the file is left, and with room again all
// goes on.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=24m"); err != nil {
		t.Skipf("a small disk cannot be mounted here: %v", err)
	}
	defer func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	}()
	o := store.Options{Dir: dir}
	token := signedIn(t, o)
	s := serve(t, o, token)
	answer, text := s.upload(t.Context(), activity(1_000_000))
	if answer == nil || answer.StatusCode != http.StatusInsufficientStorage || !strings.Contains(text, "no room") {
		t.Errorf("a file that does not fit: %v %.3000s", answer, text)
	}
	left, err := filepath.Glob(filepath.Join(dir, "runs", "*", "*"))
	if err != nil || len(left) != 0 {
		t.Errorf("%v is left (%v)", left, err)
	}
	if all := runs(t, o); len(all) != 0 {
		t.Errorf("%d runs are left", len(all))
	}
	answer, text = s.upload(t.Context(), activity(1000))
	if answer == nil || answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("a file that fits: %v %.3000s", answer, text)
	}
	path := answer.Header.Get("Location")
	until(t, "the run is done", 30*time.Second, func() bool { return strings.Contains(s.get(path), "Download the result") })
	// A disk that fills up while the file is decided.
	answer, _ = s.upload(t.Context(), activity(150_000))
	if answer == nil || answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("a file whose result does not fit: %v", answer)
	}
	path = answer.Header.Get("Location")
	until(t, "the run has failed", time.Minute, func() bool { return strings.Contains(s.get(path), "Failed") })
	left, _ = filepath.Glob(filepath.Join(dir, path, "*"))
	if len(left) != 1 || filepath.Base(left[0]) != "input.csv" {
		t.Errorf("%v is left, want the input alone", left)
	}
	s.kill()
	sound(t, o)
}
