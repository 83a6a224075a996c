//go:build unix

// Package postgrestest gives tests a PostgreSQL of their own: the one that
// REMIT_TEST_POSTGRES names, or a private one that is started in a temporary
// directory, on a socket and no port, and stopped again.
package postgrestest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Variable names the environment variable with the address of a server that may
// be used for tests: its user must be allowed to create databases.
const Variable = "REMIT_TEST_POSTGRES"

var shared struct {
	once   sync.Once
	server *Server
	err    error
}

// Main runs the tests of a package and stops the server that they shared. It is
// for TestMain: os.Exit(postgrestest.Main(m)).
func Main(m *testing.M) int {
	code := m.Run()
	if shared.server != nil {
		shared.server.Remove()
	}
	return code
}

// Database makes an empty database for a test and gives its address. It skips the
// test where there is no PostgreSQL.
func Database(t testing.TB) string {
	t.Helper()
	shared.once.Do(func() { shared.server, shared.err = start() })
	if shared.err != nil {
		t.Skipf("no PostgreSQL to test on: %v", shared.err)
	}
	return shared.server.Database(t)
}

// Server is a PostgreSQL for tests.
type Server struct {
	dir     string // with the data and the socket; blank for a server that was given
	address string
	command *exec.Cmd
	done    chan error
}

// Start starts a server for one test alone, which may stop and start it.
func Start(t testing.TB) *Server {
	t.Helper()
	s, err := Private()
	if err != nil {
		t.Skipf("no PostgreSQL to test on: %v", err)
	}
	t.Cleanup(s.Remove)
	return s
}

func start() (*Server, error) {
	if address := os.Getenv(Variable); address != "" {
		return &Server{address: address}, nil
	}
	return Private()
}

// Private starts a server in a directory of its own; Remove it when done.
func Private() (*Server, error) {
	initdb, err := program("initdb")
	if err != nil {
		return nil, err
	}
	// The path of a socket may have 107 bytes: a test's own directory is too deep.
	dir, err := os.MkdirTemp("/tmp", "remit-pg-")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, address: "postgres:///postgres?" + url.Values{"host": {dir}, "user": {"remit"}}.Encode()}
	as, err := owner(dir)
	if err == nil {
		c := exec.Command(initdb, "-D", filepath.Join(dir, "data"), "-U", "remit", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
		c.SysProcAttr, c.Dir = as, dir
		var out []byte
		if out, err = c.CombinedOutput(); err != nil {
			err = fmt.Errorf("%s: %w: %s", initdb, err, out)
		}
	}
	if err == nil {
		err = s.Up()
	}
	if err != nil {
		s.Remove()
		return nil, err
	}
	return s, nil
}

// program finds a program of PostgreSQL: in the path, or where Debian keeps those
// of the newest version.
func program(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return filepath.EvalSymlinks(path)
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if len(found) == 0 {
		return "", errors.New(name + " is not installed (Debian: postgresql), and " + Variable + " names no server")
	}
	return slices.Max(found), nil
}

// owner hands the directory to somebody who is not root, whom PostgreSQL refuses.
func owner(dir string) (*syscall.SysProcAttr, error) {
	if os.Getuid() != 0 {
		return &syscall.SysProcAttr{}, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return nil, err
		}
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	if err := os.Chown(dir, uid, gid); err != nil {
		return nil, err
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}

// Up starts the server and waits until it answers.
func (s *Server) Up() error {
	postgres, err := program("postgres")
	if err != nil {
		return err
	}
	as, err := owner(s.dir)
	if err != nil {
		return err
	}
	s.command = exec.Command(postgres, "-D", filepath.Join(s.dir, "data"), "-k", s.dir, "-c", "listen_addresses=", "-c", "max_connections=200", "-c", "fsync=off")
	s.command.SysProcAttr, s.command.Dir = as, s.dir
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	defer log.Close()
	s.command.Stdout, s.command.Stderr = log, log
	if err := s.command.Start(); err != nil {
		return err
	}
	s.done = make(chan error, 1)
	go func() { s.done <- s.command.Wait() }()
	return s.await()
}

func (s *Server) await() error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		c, err := pgx.Connect(ctx, s.address)
		if err == nil {
			return c.Close(ctx)
		}
		select {
		case <-s.done:
			text, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			return fmt.Errorf("PostgreSQL ended: %s", text)
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond): // there is nothing to wait on but its answer
		}
	}
}

// Down stops the server at once, as if its machine had failed.
func (s *Server) Down() {
	if s.command != nil {
		s.command.Process.Signal(syscall.SIGQUIT)
		<-s.done
		s.command = nil
	}
}

// Remove stops the server and takes away what it kept.
func (s *Server) Remove() {
	if s.dir == "" {
		return
	}
	s.Down()
	os.RemoveAll(s.dir)
}

var (
	databases int
	counting  sync.Mutex
)

// Database makes an empty database for a test and gives its address.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	address, err := s.Make(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if s.command == nil && s.dir != "" {
			return
		}
		u, err := url.Parse(address)
		if err == nil {
			err = s.run(context.Background(), "DROP DATABASE IF EXISTS "+strings.TrimPrefix(u.Path, "/")+" WITH (FORCE)")
		}
		if err != nil {
			t.Error(err)
		}
	})
	return address
}

// Make makes an empty database and gives its address.
func (s *Server) Make(ctx context.Context) (string, error) {
	counting.Lock()
	databases++
	name := fmt.Sprintf("remit_%d_%d", os.Getpid(), databases)
	counting.Unlock()
	if err := s.run(ctx, "CREATE DATABASE "+name); err != nil {
		return "", err
	}
	u, err := url.Parse(s.address)
	if err != nil {
		return "", err
	}
	u.Path = "/" + name
	return u.String(), nil
}

func (s *Server) run(ctx context.Context, statement string) error {
	c, err := pgx.Connect(ctx, s.address)
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	_, err = c.Exec(ctx, statement)
	return err
}
