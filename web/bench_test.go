package web

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// BenchmarkPages asks for every public page in turn and says how long the
// slowest twentieth takes.
func BenchmarkPages(b *testing.B) {
	var pages []string
	for _, p := range seenPages {
		if strings.HasPrefix(p, "/") {
			pages = append(pages, p)
			ask(b, "GET", p, nil, "") // what is worked out once is worked out before
		}
	}
	var took []time.Duration
	i := 0
	for b.Loop() {
		began := time.Now()
		ask(b, "GET", pages[i%len(pages)], nil, "")
		took = append(took, time.Since(began))
		i++
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
}
