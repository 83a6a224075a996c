package intake

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"remit/submission"
)

// TestReassign decides a submission by another method and back again: the payers
// are those of each method, and nothing else of the submission changes.
func TestReassign(t *testing.T) {
	d := newDesk(t)
	path := filepath.Join(contracts(t, d, 1500), "RBV_PLCM_2526_M03_FLEX.csv")
	l := open(t, t.TempDir())
	first, _, err := l.Take(t.Context(), path, submission.Given{Provider: "RBV"}, d, time.Date(2025, 7, 21, 9, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	payers := func() (list []string) {
		t.Helper()
		v, err := l.View(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		s, err := l.Find(first.ID)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := v.records(t.Context(), s, "true ORDER BY file_row_number")
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			list = append(list, r.Values["assigned_commissioner"])
		}
		return list
	}
	before := payers()
	tool, err := d.library().Load("cam-tool-5.3")
	if err != nil {
		t.Fatal(err)
	}
	other := *d
	other.Method, other.By = tool, "somebody else"
	again, err := l.Reassign(t.Context(), first, &other, time.Date(2025, 8, 1, 9, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	moved := int64(0)
	for i, payer := range payers() {
		if payer != before[i] {
			moved++
		}
	}
	s := again.Submission
	if moved == 0 || again.Rows != moved {
		t.Errorf("another body pays for %d rows, row by row for %d", again.Rows, moved)
	}
	if s.Assigned.By != "somebody else" || s.Assigned.Method.Name != "cam-tool-5.3" || s.LoadedBy != first.LoadedBy || !s.LoadedAt.Equal(first.LoadedAt) || s.Order != first.Order || s.SHA256 != first.SHA256 || s.Given.Provider != "RBV" {
		t.Errorf("decided again it is %+v by %+v", s, s.Assigned)
	}
	back, err := l.Reassign(t.Context(), s, d, time.Now())
	if err != nil || back.Rows != moved {
		t.Errorf("the way back moves %d rows: %v", back.Rows, err)
	}
	if len(l.All()) != 1 {
		t.Errorf("there are %d submissions", len(l.All()))
	}
}

// TestReplaceInTwo mends what a kill leaves between the two steps, where folders
// cannot change places in one.
func TestReplaceInTwo(t *testing.T) {
	d := newDesk(t)
	path := filepath.Join(contracts(t, d, 300), "RBV_ACM_2526_M03_FLEX.csv")
	data := t.TempDir()
	l := open(t, data)
	s := take(t, l, d, path)
	place, aside := filepath.Join(l.dir, s.ID), filepath.Join(l.dir, replaced+s.ID)
	if err := os.Rename(place, aside); err != nil {
		t.Fatal(err)
	}
	if l = open(t, data); len(l.All()) != 1 {
		t.Fatal("the submission is not fetched back")
	}
	if err := os.CopyFS(aside, os.DirFS(place)); err != nil {
		t.Fatal(err)
	}
	l = open(t, data)
	if _, err := os.Stat(aside); len(l.All()) != 1 || !os.IsNotExist(err) {
		t.Error("what is left of the old one is still there")
	}
}

// TestReassignKilled kills a program that decides a submission again and again:
// whenever that is, the submission is there, whole, by one method or the other.
func TestReassignKilled(t *testing.T) {
	if data := os.Getenv("REMIT_TEST_REASSIGN"); data != "" {
		reassignForever(t, data)
	}
	d := newDesk(t)
	path := filepath.Join(contracts(t, d, 600), "RBV_PLCM_2526_M03_FLEX.csv")
	data := t.TempDir()
	s := take(t, open(t, data), d, path)
	for i := range 12 {
		c := exec.Command(os.Args[0], "-test.run=^TestReassignKilled$", "-test.count=1")
		c.Env = append(os.Environ(), "REMIT_TEST_REASSIGN="+data)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for range 2 + i%3 { // it has begun, and goes on
			lines.Scan()
		}
		time.Sleep(time.Duration(i) * 37 * time.Millisecond) // somewhere in the work that follows
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = c.Wait() // it was killed
		l := open(t, data)
		found, err := l.Find(s.ID)
		if err != nil {
			t.Fatalf("kill %d: %v", i, err)
		}
		v, err := l.View(t.Context())
		if err != nil {
			t.Fatalf("kill %d: %v", i, err)
		}
		totals, err := v.Totals(t.Context(), nil, Is(RowState, "accepted", "warned", "rejected"))
		if err != nil || totals[0].Rows != s.Result.Rows || totals[0].Money != s.Result.Money || found.Assigned == nil {
			t.Fatalf("kill %d: %v, %v", i, totals, err)
		}
		left, err := filepath.Glob(filepath.Join(l.dir, ".*-*"))
		if err != nil || len(left) > 0 {
			t.Errorf("kill %d leaves %v", i, left)
		}
	}
}

func reassignForever(t *testing.T, data string) {
	d := newDesk(t)
	l := open(t, data)
	tool, err := d.library().Load("cam-tool-5.3")
	if err != nil {
		t.Fatal(err)
	}
	other := *d
	other.Method = tool
	for {
		for _, by := range []*Desk{d, &other} {
			if _, err := l.Reassign(t.Context(), l.All()[0], by, time.Now()); err != nil {
				t.Fatal(err)
			}
			fmt.Println("decided again")
		}
	}
}
