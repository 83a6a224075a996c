package web

import "sync"

// answers keeps what was worked out from the register as known at one moment, so
// that a page that asks for every board is quick the second time. The oldest are
// dropped: there are as many questions as dates.
type answers struct {
	mu    sync.Mutex
	kept  map[string]any
	order []string
}

const keptAnswers = 512

// remember gives what is kept under a key, or works it out and keeps it. What is
// kept is shared, and must not be changed.
func remember[T any](x *answers, key string, work func() T) T {
	x.mu.Lock()
	v, ok := x.kept[key]
	x.mu.Unlock()
	if ok {
		return v.(T)
	}
	made := work()
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.kept == nil {
		x.kept = map[string]any{}
	}
	if _, ok := x.kept[key]; !ok {
		x.order = append(x.order, key)
	}
	x.kept[key] = made
	if len(x.order) > keptAnswers {
		delete(x.kept, x.order[0])
		x.order = x.order[1:]
	}
	return made
}
