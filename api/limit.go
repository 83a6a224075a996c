package api

import (
	"fmt"
	"math"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limits say how often one address, or one key, may ask.
type Limits struct {
	Address, Key           float64 // requests a second, in the long run
	AddressBurst, KeyBurst int     // requests at once
}

func (l Limits) orUsual() Limits {
	if l == (Limits{}) {
		return Limits{Address: 50, AddressBurst: 200, Key: 100, KeyBurst: 400}
	}
	return l
}

// mostLimited bounds the memory of the limiter.
const mostLimited = 20_000

// limiter counts the requests of each key and address.
type limiter struct {
	Limits
	now func() time.Time
	mu  sync.Mutex
	of  map[string]*rate.Limiter
}

func newLimiter(l Limits, now func() time.Time) *limiter {
	return &limiter{Limits: l.orUsual(), now: now, of: map[string]*rate.Limiter{}}
}

// take counts a request. When there were too many it gives the seconds to wait.
func (l *limiter) take(c *caller, address string) (wait string, ok bool) {
	name, each, burst := network(address), l.Address, l.AddressBurst
	if c != nil {
		name, each, burst = fmt.Sprintf("key %d", c.key.ID), l.Key, l.KeyBurst
	}
	now := l.now()
	r := l.limiter(name, each, burst, now).ReserveN(now, 1)
	delay := r.DelayFrom(now)
	if delay == 0 {
		return "", true
	}
	r.CancelAt(now)
	return strconv.Itoa(int(math.Ceil(delay.Seconds()))), false
}

func (l *limiter) limiter(name string, each float64, burst int, now time.Time) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if have := l.of[name]; have != nil {
		return have
	}
	if len(l.of) >= mostLimited {
		l.forget(now)
	}
	made := rate.NewLimiter(rate.Limit(each), burst)
	l.of[name] = made
	return made
}

// forget drops who has not asked for so long that nothing is held against them.
// When all of them ask at once, all start anew: memory must not grow with the
// number of those who ask.
func (l *limiter) forget(now time.Time) {
	for name, have := range l.of {
		if have.TokensAt(now) >= float64(have.Burst()) {
			delete(l.of, name)
		}
	}
	if len(l.of) >= mostLimited {
		clear(l.of)
	}
}

// network is what counts as one address: with IPv6 a household has a whole /64.
func network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if a = a.Unmap(); a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}

// peer is the other end of the connection.
func peer(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
