package monitor_test

import (
	"math/rand/v2"
	"testing"

	"remit/monitor"
)

func BenchmarkView(b *testing.B) {
	cells := randomCells(rand.New(rand.NewPCG(1, 2)), 2026, 100_000)
	s := structureOn(b, "2026-06-01")
	b.Logf("%d cells", len(cells))
	for b.Loop() {
		monitor.NewView(cells, s).Cut(monitor.ICB, monitor.POD)
	}
}
