package web

import (
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"golang.org/x/sync/singleflight"

	"remit/budget"
	"remit/budgets"
	"remit/pool"
)

// keptFiles holds what was read from directories of rounds and pools until their
// files change. What is kept is shared, and must not be changed.
type keptFiles struct {
	mu      sync.Mutex
	byName  map[string]keptFile
	reading singleflight.Group
}

type keptFile struct {
	stamp string
	value any
	err   error
}

// get gives what was read of an entry, or reads it and keeps it: faults too.
func (k *keptFiles) get(kind string, e budget.Entry, read func() (any, error)) (any, error) {
	name, stamp := fmt.Sprint(kind, " ", e.Shipped, " ", e.Name), stampOf(e)
	k.mu.Lock()
	kept, ok := k.byName[name]
	k.mu.Unlock()
	if ok && kept.stamp == stamp {
		return kept.value, kept.err
	}
	made, _, _ := k.reading.Do(name+" "+stamp, func() (any, error) {
		value, err := read()
		file := keptFile{stamp, value, err}
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.byName == nil {
			k.byName = map[string]keptFile{}
		}
		k.byName[name] = file
		return file, nil
	})
	kept = made.(keptFile)
	return kept.value, kept.err
}

// stampOf changes when a file of the entry does: by its size and the moment it was
// written, as tools that build do. What is shipped does not change.
func stampOf(e budget.Entry) string {
	if e.Shipped {
		return "shipped"
	}
	var b strings.Builder
	_ = fs.WalkDir(e.Files, e.Name, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if info, err := d.Info(); err == nil {
			fmt.Fprintf(&b, "%s %d %d\n", path, info.Size(), info.ModTime().UnixNano())
		}
		return nil
	}) // a directory that cannot be read is told by the reading
	return b.String()
}

// keptRound is a round with what its policies come to, each worked out once.
type keptRound struct {
	*budget.Round
	mu      sync.Mutex
	paths   map[string]keptPath
	working singleflight.Group
}

type keptPath struct {
	years []*budget.Outcome
	err   error
}

// Path is the round's, worked out once.
func (r *keptRound) Path(policy string) ([]*budget.Outcome, error) {
	r.mu.Lock()
	kept, ok := r.paths[policy]
	r.mu.Unlock()
	if ok {
		return kept.years, kept.err
	}
	made, _, _ := r.working.Do(policy, func() (any, error) {
		years, err := r.Round.Path(policy)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.paths[policy] = keptPath{years, err}
		return r.paths[policy], nil
	})
	kept = made.(keptPath)
	return kept.years, kept.err
}

// Outcome is the round's, out of the path where that can be worked out to its end.
func (r *keptRound) Outcome(year, policy string) (*budget.Outcome, error) {
	if _, err := r.Policy(policy); err != nil && policy != "" {
		return nil, err // what an address may ask for without end is not kept
	}
	path, err := r.Path(policy)
	if err != nil {
		return r.Round.Outcome(year, policy)
	}
	for _, o := range path {
		if o.Year == year {
			return o, nil
		}
	}
	return r.Round.Outcome(year, policy) // says which years there are
}

// readRound reads a round once.
func (s *Site) readRound(e budget.Entry) (*keptRound, error) {
	made, err := s.budgetFiles.get("round", e, func() (any, error) {
		r, err := budget.LoadRound(e.Files, e.Name, budgets.Formulas())
		return &keptRound{Round: r, paths: map[string]keptPath{}}, err
	})
	return made.(*keptRound), err
}

// readPool reads a pool once.
func (s *Site) readPool(e budget.Entry) (*pool.Pool, error) {
	made, err := s.budgetFiles.get("pool", e, func() (any, error) { return pool.Load(e.Files, e.Name) })
	return made.(*pool.Pool), err
}

// prepareBudgets works out every policy of the shipped rounds, and reads the
// shipped pools, before they are asked for.
func (s *Site) prepareBudgets() {
	for kind, file := range map[string]string{"rounds": "round.yaml", "pools": "pool.yaml"} {
		list, _ := budget.Entries(file, s.shelves(&Asked{}, kind)...)
		for _, e := range list {
			if kind == "pools" {
				_, _ = s.readPool(e) // what is wrong is told to who asks for it
				continue
			}
			r, err := s.readRound(e)
			if err != nil {
				continue
			}
			_, _ = r.Path("")
			for i := range r.Policies {
				_, _ = r.Path(r.Policies[i].Name)
			}
		}
	}
}
