package cli

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// lines is a writer that tells when a line has come.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
	came chan struct{}
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, err := l.text.Write(b)
	select {
	case l.came <- struct{}{}:
	default:
	}
	return n, err
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// An empty directory, no configuration: the first page is there within two
// seconds, and the server ends when it is told to.
func TestServe(t *testing.T) {
	dir := t.TempDir()
	ctx, end := context.WithCancel(t.Context())
	out, log := &lines{came: make(chan struct{}, 1)}, &lines{came: make(chan struct{}, 1)}
	began := time.Now()
	code := make(chan int, 1)
	go func() {
		code <- Run(ctx, []string{"serve", "--data", dir, "--listen", "127.0.0.1:0"}, strings.NewReader(""), out, log)
	}()
	select {
	case <-out.came:
	case c := <-code:
		t.Fatalf("ended with %d: %s", c, log)
	}
	address := regexp.MustCompile(`http://[0-9.:]+`).FindString(out.String())
	response, err := http.Get(address + "/services")
	if err != nil {
		t.Fatal(err)
	}
	page, err := io.ReadAll(response.Body)
	if err != nil || response.Body.Close() != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	if response.StatusCode != http.StatusOK || !bytes.Contains(page, []byte("154 services")) {
		t.Errorf("status %d: %.300s", response.StatusCode, page)
	}
	t.Logf("first page after %v", took)
	if took > 10*time.Second { // 2 seconds on a machine that does nothing else
		t.Errorf("the first page took %v", took)
	}
	end()
	if c := <-code; c != exitDone {
		t.Errorf("ended with %d: %s", c, log)
	}
	if !strings.Contains(log.String(), `"route":"GET /services"`) {
		t.Errorf("the log: %s", log)
	}
}

func TestServeRefuses(t *testing.T) {
	for _, args := range [][]string{
		{"serve", "--listen", "256.0.0.1:1"},
		{"serve", "--listen", "127.0.0.1:0", "extra"},
	} {
		var out, log bytes.Buffer
		if c := Run(t.Context(), append(args, "--data", t.TempDir()), strings.NewReader(""), &out, &log); c != exitUsage {
			t.Errorf("%q: code %d, %s", args, c, &log)
		}
	}
}
