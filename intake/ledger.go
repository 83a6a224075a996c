package intake

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"remit/activity"
	"remit/assign"
	"remit/submission"
)

// Ledger is the submissions in a data directory. It may be shared. Another
// program may load into the same directory: Refresh looks again.
type Ledger struct {
	dir string

	mu    sync.Mutex
	list  []*Submission          // by order of loading
	view  *View                  // of the list as it is, nil until asked for
	plan  *Plans                 // as last read
	terms *Terms                 // as last read
	read  map[string]description // by submission
}

// State says whether a submission counts.
type State string

// The states.
const (
	Accepted State = "accepted"
	Rejected State = "rejected" // kept with its findings; none of its rows count
)

// Submission is a file that was taken in.
type Submission struct {
	ID          string             `json:"id"`
	Name        string             `json:"name"` // of the file, where it came from
	SHA256      string             `json:"sha256"`
	Bytes       int64              `json:"bytes"`
	State       State              `json:"state"`
	Order       int64              `json:"order"` // of loading, counted from 1
	LoadedAt    time.Time          `json:"loaded_at"`
	LoadedBy    string             `json:"loaded_by"`
	LoadedFor   string             `json:"loaded_for"`      // code of the organisation whose people may see its rows; blank: the national team
	Given       *Said              `json:"given,omitempty"` // of the file, beside its contents
	Result      *submission.Result `json:"result"`
	Columns     []string           `json:"columns,omitempty"` // of rows.parquet that the file has
	Fields      map[string]string  `json:"fields,omitempty"`  // field id to its column
	Assigned    *Assigned          `json:"assigned,omitempty"`
	Unreadable  string             `json:"unreadable,omitempty"` // why the file could not be read
	ReadingNote []string           `json:"notes,omitempty"`
}

// Assigned says how and by what the payers and prices of a submission were worked out.
type Assigned struct {
	Program   string               `json:"program"`
	At        time.Time            `json:"at"`
	By        string               `json:"by"`
	Method    assign.MethodNote    `json:"method"`
	Reference assign.ReferenceNote `json:"reference"`
	Prices    string               `json:"prices"` // hash of the price library
	Agreement []assign.Count       `json:"agreement"`
	Warnings  []assign.Count       `json:"warnings"`
	Payers    []assign.Count       `json:"payers"`
}

// Heading is what the file says it is.
func (s *Submission) Heading() submission.Heading { return s.Result.Heading }

// Wholly tells whether every row of the submission is known to be of a provider.
// Of a file that was refused, only one whose rows said so and were not mixed is.
func (s *Submission) Wholly(provider string) bool {
	if s.Heading().Provider != provider || s.Heading().ProviderFrom != submission.FromBody {
		return false
	}
	for _, t := range s.Result.Slices {
		if t.Provider != provider {
			return false
		}
	}
	return s.State == Accepted && s.Result.Rejected == 0 || len(s.Result.Providers) == 1 && basisOfContract(s.Heading().Feed)
}

// basisOfContract tells whether files of a feed are of one provider each: rows of
// others would be told as mixed.
func basisOfContract(feed activity.Dataset) bool {
	return !slices.Contains(basisFeeds[Hospital], feed) && feed != activity.LPR
}

// load is the submission as the current view sees it.
func (s *Submission) load() submission.Load {
	l := submission.Load{Submission: s.ID, Order: s.Order, Kind: s.Heading().Kind}
	for _, t := range s.Result.Slices {
		l.Slices = append(l.Slices, t.Slice)
	}
	return l
}

// Open opens the ledger of a data directory and takes away what loads that were
// killed left there.
func Open(dataDir string) (*Ledger, error) {
	l := &Ledger{dir: filepath.Join(dataDir, "submissions")}
	if err := os.MkdirAll(l.dir, 0o750); err != nil {
		return nil, fmt.Errorf("the folder of submissions: %w", err)
	}
	sweep(l.dir)
	return l, l.Refresh()
}

// loading begins the names of folders that are being made; the number of the
// process follows.
const loading = ".loading-"

// sweep takes away unfinished folders of processes that no longer run.
func sweep(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		var pid int
		rest, ok := strings.CutPrefix(e.Name(), loading)
		if !ok {
			fetchBack(dir, e.Name())
			continue
		}
		if _, err := fmt.Sscanf(rest, "%d-", &pid); err == nil && syscall.Kill(pid, 0) == syscall.ESRCH {
			_ = os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
}

// Refresh reads the ledger again from the directory.
func (l *Ledger) Refresh() error {
	entries, err := os.ReadDir(l.dir)
	if err != nil {
		return fmt.Errorf("the folder of submissions: %w", err)
	}
	var list []*Submission
	var faults []error
	for _, e := range entries {
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		s, err := l.describe(e.Name())
		if err != nil {
			faults = append(faults, err)
			continue
		}
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b *Submission) int { return cmp.Or(cmp.Compare(a.Order, b.Order), strings.Compare(a.ID, b.ID)) })
	l.mu.Lock()
	defer l.mu.Unlock()
	if !sameSubmissions(l.list, list) {
		l.list = list
		l.dropView()
	}
	return errors.Join(faults...)
}

func sameSubmissions(a, b []*Submission) bool {
	return slices.EqualFunc(a, b, func(a, b *Submission) bool {
		return a.ID == b.ID && a.Order == b.Order && (a.Assigned == nil) == (b.Assigned == nil) && (a.Assigned == nil || a.Assigned.At.Equal(b.Assigned.At))
	})
}

// description is what a file said when it was last read.
type description struct {
	changed    time.Time
	size       int64
	submission *Submission
}

// describe reads the description of a submission, again only when its file is another.
func (l *Ledger) describe(id string) (*Submission, error) {
	info, err := os.Stat(filepath.Join(l.dir, id, descriptionFile))
	if err != nil {
		return nil, fmt.Errorf("submission %s: %w", id, err)
	}
	l.mu.Lock()
	known, ok := l.read[id]
	l.mu.Unlock()
	if ok && known.changed.Equal(info.ModTime()) && known.size == info.Size() {
		return known.submission, nil
	}
	s, err := l.readDescription(id)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.read == nil {
		l.read = map[string]description{}
	}
	l.read[id] = description{info.ModTime(), info.Size(), s}
	return s, nil
}

func (l *Ledger) readDescription(id string) (*Submission, error) {
	path := filepath.Join(l.dir, id, descriptionFile)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("submission %s: %w", id, err)
	}
	var s Submission
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if s.Result == nil || s.ID != id {
		return nil, fmt.Errorf("%s: is not the description of submission %s", path, id)
	}
	return &s, nil
}

// All lists the submissions in order of loading. They are shared: do not change them.
func (l *Ledger) All() []*Submission {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.list)
}

// ErrNoSubmission says that there is no submission of an id.
var ErrNoSubmission = errors.New("there is no such submission")

// Find finds a submission by its id, by the beginning of it that no other has, or
// by the name of its file: the last that was taken in under that name.
func (l *Ledger) Find(id string) (*Submission, error) {
	var found []*Submission
	var named *Submission
	for _, s := range l.All() {
		if s.ID == id {
			return s, nil
		}
		if s.Name == id {
			named = s
		}
		if id != "" && strings.HasPrefix(s.ID, id) {
			found = append(found, s)
		}
	}
	switch {
	case named != nil:
		return named, nil
	case len(found) == 0:
		return nil, fmt.Errorf("%s: %w", id, ErrNoSubmission)
	case len(found) == 1:
		return found[0], nil
	}
	return nil, fmt.Errorf("%s: begins the ids of %d submissions; give more of it: %w", id, len(found), ErrNoSubmission)
}

// Path is where a file of a submission lies.
func (l *Ledger) Path(s *Submission, file string) string { return filepath.Join(l.dir, s.ID, file) }

// Original is where the file lies as it came.
func (l *Ledger) Original(s *Submission) string { return l.Path(s, original) }

// Current tells for every slice which submission counts.
func (l *Ledger) Current() map[submission.Slice]string { return currentOf(l.All()) }

func currentOf(list []*Submission) map[submission.Slice]string {
	var loads []submission.Load
	for _, s := range list {
		if s.State == Accepted {
			loads = append(loads, s.load())
		}
	}
	return submission.Current(loads)
}

// Counts tells how many of a submission's slices count now.
func (l *Ledger) Counts(s *Submission) (current, all int) {
	for _, id := range l.Current() {
		if id == s.ID {
			current++
		}
	}
	return current, len(s.Result.Slices)
}

// previous is the submission of the same provider, feed and year that was accepted
// last before an order, nil when there is none.
func previous(list []*Submission, order int64, h submission.Heading) *Submission {
	var last *Submission
	for _, o := range list {
		oh := o.Heading()
		if o.Order < order && o.State == Accepted && oh.Feed == h.Feed && oh.Provider == h.Provider && oh.Year == h.Year {
			last = o
		}
	}
	return last
}

// assignable tells whether payers are worked out for the rows of a feed.
func assignable(feed activity.Dataset) bool { return feed != activity.LPR }
