package synth

import (
	"context"
	"io"
	"strings"
	"sync"
	"sync/atomic"
)

// blockRecords is the number of records in a block. It is part of what makes
// the bytes: changing it changes every file.
const blockRecords = 8192

// generator makes blocks of records. Each worker has its own.
type generator struct {
	*world
	chance
	layout      *layout
	choice      podChoice
	cases       [groups]caseChoice
	seed        uint64
	patients    int
	yearPlain   string // 202526
	yearSlashed string // 2025/26
	record      record
	tally       []int64 // how often each awkward case was met
}

func newGenerator(w *world, l *layout, o Options) *generator {
	plain := strings.ReplaceAll(w.year, "/", "")
	return &generator{
		world: w, layout: l, choice: w.podsIn(l.settings...), cases: casesFor(w, l), seed: o.Seed, patients: patientsFor(o.Records),
		yearPlain: plain, yearSlashed: plain[:4] + "/" + plain[4:], tally: make([]int64, len(awkwardCases)),
	}
}

// patientsFor is the number of people behind so many records: three records
// each, and never more than there are in England.
func patientsFor(records int64) int {
	return int(min(max(records/3, 1000), 60_000_000))
}

// block is a run of records on its way to the file.
type block struct {
	bytes []byte
	n     int
	tally []int64
}

// fill makes the records of one block, replacing what the buffer held.
func (g *generator) fill(b *block, number, records int64) {
	g.chance = blockChance(g.seed, uint64(number))
	clear(g.tally)
	b.bytes = b.bytes[:0]
	first := number * blockRecords
	b.n = int(min(blockRecords, records-first))
	for i := 0; i < b.n; {
		r := g.draw(first + int64(i))
		if !g.layout.episodes {
			b.bytes = g.write(b.bytes, r)
			i++
			continue
		}
		i += g.episodes(b, r, b.n-i)
	}
	b.tally = append(b.tally[:0], g.tally...)
}

func (g *generator) write(b []byte, r *record) []byte {
	for i := range g.layout.columns {
		if i > 0 {
			b = append(b, ',')
		}
		b = g.layout.columns[i].write(b, g, r)
	}
	return append(b, '\n')
}

// episodes writes a spell as one row for each episode, not more than there is
// room for, and says how many.
func (g *generator) episodes(b *block, r *record, room int) int {
	n := 1
	if r.pod.code != "DC" && r.pod.code != "RADAY" && g.percent(25) {
		n += 1 + g.below(3)
	}
	n = min(n, room)
	special := g.below(n) // the episode with the service; one makes the spell specialised
	spell := *r
	for e := range n {
		*r = spell
		r.number, r.episode = spell.number+int64(e), e+1
		if e != special {
			g.ordinary(r)
		}
		b.bytes = g.write(b.bytes, r)
	}
	return n
}

// ordinary is an episode of a spell other than the one that the spell is for.
func (g *generator) ordinary(r *record) {
	r.bundled, r.unit, r.price = "", "", 0
	if r.care != generalCare && g.percent(60) {
		r.service = noLine
	}
	if r.care == generalCare && !r.dental {
		r.tfc = of(&g.chance, g.functions["general"])
	}
}

// stream generates all records with several workers and writes the blocks in
// order. As many blocks are in memory as there are buffers.
func stream(ctx context.Context, out io.Writer, w *world, l *layout, o Options) (tally []int64, err error) {
	ctx, stop := context.WithCancel(ctx)
	var wait sync.WaitGroup
	defer wait.Wait()
	defer stop()

	blocks := (o.Records + blockRecords - 1) / blockRecords
	depth := 2 * o.Workers
	free := make(chan *block, depth)
	done := make([]chan *block, depth)
	for i := range done {
		free <- &block{}
		done[i] = make(chan *block, 1)
	}
	var next atomic.Int64
	for range o.Workers {
		wait.Go(func() {
			g := newGenerator(w, l, o)
			for {
				var b *block
				select {
				case <-ctx.Done():
					return
				case b = <-free:
				}
				// A buffer is taken before the number, so that the blocks on
				// their way are neighbours and no two share a place.
				n := next.Add(1) - 1
				if n >= blocks {
					return
				}
				g.fill(b, n, o.Records)
				done[n%int64(depth)] <- b
			}
		})
	}
	return collect(ctx, out, done, free, blocks, o)
}

func collect(ctx context.Context, out io.Writer, done []chan *block, free chan<- *block, blocks int64, o Options) ([]int64, error) {
	tally := make([]int64, len(awkwardCases))
	written := int64(0)
	for n := range blocks {
		var b *block
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case b = <-done[n%int64(len(done))]:
		}
		if _, err := out.Write(b.bytes); err != nil {
			return nil, err
		}
		for i, count := range b.tally {
			tally[i] += count
		}
		written += int64(b.n)
		free <- b
		if o.Progress != nil {
			o.Progress(written)
		}
	}
	return tally, nil
}
