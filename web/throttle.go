package web

import (
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// throttle lets through so many attempts a key: an address, a name. Keys that have
// not been seen for as long as it takes to fill up again are forgotten.
type throttle struct {
	mu    sync.Mutex
	every time.Duration // an attempt more is let through after this
	burst int
	kept  map[string]*rate.Limiter
	swept time.Time
}

func newThrottle(every time.Duration, burst int) *throttle {
	return &throttle{every: every, burst: burst, kept: map[string]*rate.Limiter{}}
}

// wait counts an attempt. It gives how long to wait when there were too many.
func (t *throttle) wait(key string, now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now.Sub(t.swept) > time.Minute {
		for k, l := range t.kept {
			if l.TokensAt(now) >= float64(t.burst) {
				delete(t.kept, k)
			}
		}
		t.swept = now
	}
	l := t.kept[key]
	if l == nil {
		l = rate.NewLimiter(rate.Every(t.every), t.burst)
		t.kept[key] = l
	}
	if l.AllowN(now, 1) {
		return 0
	}
	return max(time.Duration((1-l.TokensAt(now))*float64(t.every)), time.Second)
}

var errTooMany = &problem{http.StatusTooManyRequests, "Too many attempts", "There were more attempts from here, or for this name, than this page takes.",
	"Wait a minute, then try again."}

// slow refuses a request that comes too soon, and says when to come again.
func slow(w http.ResponseWriter, waits ...time.Duration) error {
	var longest time.Duration
	for _, d := range waits {
		longest = max(longest, d)
	}
	if longest == 0 {
		return nil
	}
	w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(longest.Seconds()))))
	return errTooMany
}
