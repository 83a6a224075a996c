package proof

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"remit/intake"
	"remit/synth"
)

// kills is how many times the program is killed in a test: REMIT_KILLS, or a few.
func kills(few int) int {
	if n, err := strconv.Atoi(os.Getenv("REMIT_KILLS")); err == nil {
		return n
	}
	return few
}

// TestSubmitKilled kills the program at points spread over the time that it takes
// to load a restatement, with a second file behind it. What counts must be as
// before, as after the first or as after both, to the penny by every cut; nothing
// unfinished may stay; and the load must then go through.
func TestSubmitKilled(t *testing.T) {
	must(t, buildOnce) // before the time of a load is taken
	files := t.TempDir()
	if _, err := synth.WriteContracts(t.Context(), shippedPack(t), files, synth.ContractOptions{Records: 12_000, Month: 3, Providers: []string{"RBV"}}); err != nil {
		t.Fatal(err)
	}
	file := func(name string) string { return filepath.Join(files, name) }
	first, then := file("RBV_PLCM_2526_M02_FREEZE.csv"), []string{file("RBV_PLCM_2526_M03_FLEX.csv"), file("RBV_ACM_2526_M03_FLEX.csv")}
	data := t.TempDir()
	submit(t, data, first)
	states := []string{viewOf(t, data)}
	whole := t.TempDir()
	submit(t, whole, first)
	started := time.Now()
	submit(t, whole, then[0])
	states = append(states, viewOf(t, whole))
	submit(t, whole, then[1])
	took := time.Since(started)
	states = append(states, viewOf(t, whole))
	if states[0] == states[1] || states[1] == states[2] {
		t.Fatal("loading changes nothing: the test would not see it")
	}
	met := map[int]int{}
	n := kills(8)
	for i := range n {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(data)); err != nil {
			t.Fatal(err)
		}
		killed(t, dir, then, took*time.Duration(i+1)/time.Duration(n))
		left := unfinished(t, dir)
		at := slices.Index(states, viewOf(t, dir)) // opening it is what the next start does
		if at < 0 {
			t.Fatalf("killed after %v: what counts is neither as before nor as after a file:\n%s", took*time.Duration(i+1)/time.Duration(n), viewOf(t, dir))
		}
		met[at]++
		if still := unfinished(t, dir); len(still) > 0 {
			t.Fatalf("%q are still there; before the start %q", still, left)
		}
		submit(t, dir, then...)
		if got := viewOf(t, dir); got != states[2] {
			t.Fatalf("loaded again after a kill: %s, want %s", got, states[2])
		}
		os.RemoveAll(dir)
	}
	t.Logf("%d kills over %v: %d left what was there before, %d the first file, %d both", n, took, met[0], met[1], met[2])
}

func submit(t *testing.T, data string, files ...string) {
	t.Helper()
	if code, out, errs := remit(t, append([]string{"submit", "--quiet", "--data", data}, files...)...); code != 0 {
		t.Fatalf("remit submit: %d\n%s%s", code, out, errs)
	}
}

// killed starts to load and kills the program so long after it began to.
func killed(t *testing.T, data string, files []string, after time.Duration) {
	t.Helper()
	c := exec.Command(must(t, buildOnce), append([]string{"submit", "--quiet", "--data", data}, files...)...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	stop := time.AfterFunc(after, func() { _ = c.Process.Signal(syscall.SIGKILL) })
	defer stop.Stop()
	_ = c.Wait() // by the signal, or it was done before
}

// unfinished are the folders of loads that did not end.
func unfinished(t *testing.T, data string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(data, "submissions"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			list = append(list, e.Name())
		}
	}
	return list
}

// viewOf writes out what counts: the submissions, which of them counts for what,
// and all sums by some cuts.
func viewOf(t *testing.T, data string) string {
	t.Helper()
	ledger, err := intake.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	defer ledger.Close()
	view, err := ledger.View(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, s := range ledger.All() {
		lines = append(lines, fmt.Sprint(s.ID, s.State, s.Result.Rows, s.Result.Money))
	}
	for slice, id := range ledger.Current() {
		lines = append(lines, fmt.Sprint(slice, id))
	}
	for _, by := range [][]intake.Dimension{{}, {intake.Feed, intake.Month, intake.RowState}, {intake.AssignedCommissioner, intake.AssignedCategory, intake.ServiceCode}, {intake.POD, intake.HRGChapter, intake.Element}} {
		totals, err := view.Totals(t.Context(), by, intake.Is(intake.RowState, "accepted", "warned", "rejected"))
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range totals {
			lines = append(lines, fmt.Sprint(by, x.Keys, x.Rows, x.Units, x.Money, x.Price))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
