package web

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"remit/assign"
	"remit/intake"
	"remit/submission"
)

// loads are the files that were received and are being taken in. They go on when
// the browser that sent them leaves; when the server ends, the ledger is as it
// was, and the file must be sent again.
type loads struct {
	mu sync.Mutex
	by map[string]*load
}

// load is one file being taken in.
type load struct {
	name, account string
	begun         time.Time
	done          chan struct{} // closed when it has ended; submission and err stand then
	submission    *intake.Submission
	err           error

	mu       sync.Mutex
	progress assign.Progress
}

// Loads that have ended are told of for a while.
const loadKept = 24 * time.Hour

// loadPatience is how long an answer waits for a load: most files are short.
const loadPatience = 3 * time.Second

// start takes a received file in, in the background, and then takes its folder
// away. The desk is the load's own.
func (s *Site) startLoad(dir string, given submission.Given, desk *intake.Desk) (id string, l *load) {
	id, l = rand.Text(), &load{name: given.FileName, account: desk.By, begun: s.now(), done: make(chan struct{})}
	s.loads.mu.Lock()
	for known, old := range s.loads.by {
		if old.ended() && s.now().Sub(old.begun) > loadKept {
			delete(s.loads.by, known)
		}
	}
	s.loads.by[id] = l
	s.loads.mu.Unlock()
	desk.Progress = func(p assign.Progress) {
		l.mu.Lock()
		l.progress = p
		l.mu.Unlock()
	}
	s.runs.beating.Go(func() {
		defer os.RemoveAll(dir)
		defer close(l.done)
		l.submission, l.err = s.takeIn(s.runs.context, filepath.Join(dir, uploadName), given, desk)
		if l.err != nil {
			s.log.LogAttrs(s.runs.context, slogError, "a file could not be taken in", errAttr(l.err))
		}
	})
	return id, l
}

// uploadName is what a received file is called in its folder.
const uploadName = "upload"

// takeIn takes a file in when it is its turn, and writes down who did so.
func (s *Site) takeIn(ctx context.Context, path string, given submission.Given, desk *intake.Desk) (*intake.Submission, error) {
	s.intaking.Lock()
	defer s.intaking.Unlock()
	sub, fresh, err := s.ledger.Take(ctx, path, given, desk, s.now())
	if err != nil || !fresh {
		return sub, err
	}
	return sub, s.store.Record(context.WithoutCancel(ctx), desk.By, "submission.load", "submission "+sub.ID, map[string]string{"file": sub.Name, "sha256": sub.SHA256, "state": string(sub.State)})
}

func (l *load) ended() bool {
	select {
	case <-l.done:
		return true
	default:
		return false
	}
}

// showLoad answers when the file is taken in, or after a while with the address
// at which its progress is shown.
func (s *Site) showLoad(w http.ResponseWriter, r *http.Request, id string, l *load) error {
	wait := time.NewTimer(s.patience)
	defer wait.Stop()
	select {
	case <-l.done:
	case <-r.Context().Done():
		return nil // nobody waits for an answer; the load goes on
	case <-wait.C:
		return seeOther(w, r, "/loads/"+id)
	}
	if l.err != nil {
		return l.err
	}
	return seeOther(w, r, "/submissions/"+l.submission.ID)
}

// loadingSubmission shows how far the taking in of a file has come, to whoever sent it.
func (s *Site) loadingSubmission(w http.ResponseWriter, r *http.Request) error {
	s.loads.mu.Lock()
	l := s.loads.by[r.PathValue("load")]
	s.loads.mu.Unlock()
	if l == nil || l.account != asked(r).Account.Name {
		return &problem{http.StatusNotFound, "There is no such load", "Nothing that you sent is being taken in at this address. When the server was started again since, send the file again: nothing was kept of it.", "The page about submissions lists what was taken in."}
	}
	if l.ended() {
		if errors.Is(l.err, context.Canceled) {
			return &problem{http.StatusConflict, "The file was not taken in", "The server ended while " + l.name + " was being taken in. Nothing was kept of it.", "Send it again."}
		}
		if l.err != nil {
			return l.err
		}
		return seeOther(w, r, "/submissions/"+l.submission.ID)
	}
	l.mu.Lock()
	p := l.progress
	l.mu.Unlock()
	w.Header().Set("Refresh", "3")
	v := view{Place: "/contracts", Undated: true, Trail: submissionsTrail, Title: l.name + " is being taken in", Page: "record",
		Lead: "The file was received whole. You may leave this page: the server goes on, and the submission will be in the list. The page looks again every three seconds."}
	v.Facts = []named{{"Rows read", number(int(p.Rows))}, {"Begun", momentCell(l.begun)}}
	if p.Size > 0 {
		v.Facts = append(v.Facts, named{"Of the file", say(fmt.Sprintf("%d%%", 100*p.Read/p.Size))})
	}
	return s.showWork(w, r, v)
}
