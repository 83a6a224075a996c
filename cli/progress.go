package cli

import (
	"fmt"
	"io"
	"os"
	"time"
)

// progress shows how far a run is, on a terminal only.
type progress struct {
	w       io.Writer
	on      bool
	started time.Time
	last    time.Time
}

func newProgress(w io.Writer, quiet bool) *progress {
	return &progress{w: w, on: !quiet && isTerminal(w), started: time.Now()}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// show tells the rows so far, the rate and, where it is known how much there is
// to do, the share of it that is done and the time left. It writes a few times a
// second at most.
func (p *progress) show(rows, did, all int64) {
	now := time.Now()
	if !p.on || now.Sub(p.last) < 200*time.Millisecond {
		return
	}
	p.last = now
	took := now.Sub(p.started).Seconds()
	line := fmt.Sprintf("%s rows, %s a second", thousands(rows), thousands(int64(float64(rows)/took)))
	if all > 0 && did > 0 {
		left := time.Duration(took * float64(all-did) / float64(did) * float64(time.Second))
		line += fmt.Sprintf(", %d%%, about %s left", 100*did/all, left.Round(time.Second))
	}
	fmt.Fprintf(p.w, "\r\x1b[K%s", line)
}

// done takes the line away.
func (p *progress) done() {
	if p.on && !p.last.IsZero() {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
