package method

import (
	"cmp"
	"container/heap"
	"slices"
)

type point struct{ x, y int }

type direction uint8

const (
	up direction = iota
	rightwards
	down
	leftwards
)

var step = [...]point{{0, -1}, {1, 0}, {0, 1}, {-1, 0}}

func (d direction) across() bool { return d == rightwards || d == leftwards }

// What a line costs, in tracks: bends and crossings are what a reader stumbles over.
const (
	bendCost     = 7
	crossingCost = 14
	wordCost     = 30 // running through the word of another arrow
	besideCost   = 2  // running right beside a shape
)

// tracks is the grid that arrows run on. Two arrows never share a stretch.
type tracks struct {
	w, h           int // in tracks
	blocked        []bool
	beside, word   []bool
	across, upDown []bool // a line runs here in this direction
	ports          map[point]bool
}

// route draws every arrow: the short straight ones first, which leave the
// others to find their way round them. Then each is drawn again with the others
// in place, since the first ones could not know of the last.
func (c *chart) route() {
	order := slices.Clone(c.arrows)
	slices.SortStableFunc(order, func(a, b *arrow) int { return cmp.Compare(a.length(), b.length()) })
	for range 3 {
		for _, a := range order {
			a.points = nil
			if c.straight(a) {
				continue
			}
			c.tracks().route(a)
		}
	}
}

// tracks are the tracks of the sheet with the shapes and the arrows drawn so far.
func (c *chart) tracks() *tracks {
	t := &tracks{w: c.width/pitch + 1, h: c.height/pitch + 1, ports: map[point]bool{}}
	n := t.w * t.h
	t.blocked, t.beside, t.word = make([]bool, n), make([]bool, n), make([]bool, n)
	t.across, t.upDown = make([]bool, n), make([]bool, n)
	for _, s := range c.shapes {
		t.block(s)
	}
	for _, a := range c.arrows {
		if a.points != nil {
			t.mark(a)
		}
	}
	return t
}

// straight draws an arrow to an end beside or below its box, which has its place
// there so that nothing stands between.
func (c *chart) straight(a *arrow) bool {
	s, e := a.from, a.to
	if e.role != endShape {
		return false
	}
	middle := s.y + s.h/2
	switch {
	case e.left() > s.right():
		a.points, a.out = []point{{s.right(), middle}, {e.left(), middle}}, rightwards
	case e.right() < s.left():
		a.points, a.out = []point{{s.left(), middle}, {e.right(), middle}}, leftwards
	default:
		a.points, a.out = []point{{s.x + s.w/2, s.bottom()}, {s.x + s.w/2, e.y}}, down
	}
	a.exit = a.points[0]
	return true
}

// length is how far apart the ends of an arrow are; arrows to ends come first.
func (a *arrow) length() int {
	d := abs(a.from.x-a.to.x) + abs(a.from.y-a.to.y)
	if a.to.role != endShape {
		d += 10000
	}
	return d
}

func abs(n int) int { return max(n, -n) }

func (t *tracks) block(s *shape) {
	x0, x1, y0, y1 := s.left()/pitch, s.right()/pitch, s.y/pitch, s.bottom()/pitch
	for y := y0 - 1; y <= y1+1; y++ {
		for x := x0 - 1; x <= x1+1; x++ {
			if i, ok := t.at(point{x, y}); ok {
				t.beside[i] = true
				t.blocked[i] = t.blocked[i] || (x >= x0 && x <= x1 && y >= y0 && y <= y1)
			}
		}
	}
}

func (t *tracks) at(p point) (int, bool) {
	return p.y*t.w + p.x, p.x > 1 && p.y > 1 && p.x < t.w-2 && p.y < t.h-2
}

// port is a place on the edge of a shape where an arrow leaves or arrives.
type port struct {
	at   point // in tracks
	dir  direction
	cost int
}

// exits are where an arrow may leave its shape: below and at the two sides.
func (t *tracks) exits(a *arrow) []port {
	s := a.from
	mid, low := (s.x+s.w/2)/pitch, s.bottom()/pitch
	var free []port
	for _, p := range []port{
		{point{mid, low}, down, 0},
		{point{s.right() / pitch, (s.y + s.h/2) / pitch}, rightwards, 3},
		{point{s.left() / pitch, (s.y + s.h/2) / pitch}, leftwards, 3},
		{point{mid + 8, low}, down, 12}, {point{mid - 8, low}, down, 12},
	} {
		if !t.ports[p.at] {
			free = append(free, p)
		}
	}
	return free
}

// entries are where an arrow may arrive: at the top, or at a side.
func (t *tracks) entries(a *arrow) []port {
	s := a.to
	middle := (s.x + s.w/2) / pitch
	var free []port
	add := func(p port) {
		if !t.ports[p.at] {
			free = append(free, p)
		}
	}
	for i, shift := range []int{0, -5, 5, -10, 10} {
		if abs(shift)*pitch < s.w/2-2*pitch {
			add(port{point{middle + shift, s.y / pitch}, down, min(i, 1) * 8})
		}
	}
	add(port{point{s.left() / pitch, (s.y + s.h/2) / pitch}, rightwards, 6})
	add(port{point{s.right() / pitch, (s.y + s.h/2) / pitch}, leftwards, 6})
	return free
}

// way is a state of the search: at a place, heading somewhere, at a cost.
type way struct {
	at    point
	dir   direction
	cost  int
	guess int
	from  *way
}

type queue []*way

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].cost+q[i].guess < q[j].cost+q[j].guess }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)        { *q = append(*q, x.(*way)) }
func (q *queue) Pop() any {
	old := *q
	last := old[len(old)-1]
	*q = old[:len(old)-1]
	return last
}

// route finds the cheapest line for an arrow and marks its tracks.
func (t *tracks) route(a *arrow) {
	goals := map[point]port{}
	for _, p := range t.entries(a) {
		goals[p.at] = p
	}
	target := point{(a.to.x + a.to.w/2) / pitch, a.to.y / pitch}
	open := &queue{}
	for _, p := range t.exits(a) {
		heap.Push(open, &way{at: p.at, dir: p.dir, cost: p.cost + t.wordClash(p)})
	}
	done := make([]bool, t.w*t.h*4)
	for open.Len() > 0 {
		w := heap.Pop(open).(*way)
		if g, ok := goals[w.at]; ok && g.dir == w.dir && w.from != nil {
			t.keep(a, w)
			return
		}
		i := (w.at.y*t.w+w.at.x)*4 + int(w.dir)
		if done[i] {
			continue
		}
		done[i] = true
		t.extend(open, w, goals, target)
	}
	// No way is left: a straight line is better than none.
	a.points = []point{{a.from.x + a.from.w/2, a.from.bottom()}, {a.to.x + a.to.w/2, a.to.y}}
	a.exit, a.out = a.points[0], down
}

func (t *tracks) extend(open *queue, w *way, goals map[point]port, target point) {
	for _, d := range []direction{w.dir, (w.dir + 1) % 4, (w.dir + 3) % 4} {
		cost := w.cost + 1
		if d != w.dir {
			here := w.at.y*t.w + w.at.x
			if w.from == nil || t.across[here] || t.upDown[here] {
				continue // an arrow leaves straight, and does not turn on another
			}
			cost += bendCost
		}
		p := point{w.at.x + step[d].x, w.at.y + step[d].y}
		i, ok := t.at(p)
		if !ok {
			continue
		}
		if g, isGoal := goals[p]; isGoal && g.dir == d {
			heap.Push(open, &way{at: p, dir: d, cost: cost + g.cost, from: w})
			continue
		}
		if t.blocked[i] || (d.across() && t.across[i]) || (!d.across() && t.upDown[i]) {
			continue
		}
		cost += t.price(i, d)
		heap.Push(open, &way{at: p, dir: d, cost: cost, guess: abs(p.x-target.x) + abs(p.y-target.y), from: w})
	}
}

func (t *tracks) price(i int, d direction) int {
	sum := 0
	if t.across[i] || t.upDown[i] {
		sum += crossingCost
	}
	if t.word[i] {
		sum += wordCost
	}
	if t.beside[i] {
		sum += besideCost
	}
	for _, near := range []int{i - 1, i + 1, i - t.w, i + t.w} {
		if (d.across() && t.across[near]) || (!d.across() && t.upDown[near]) {
			sum += 2 // keep lines apart
		}
	}
	return sum
}

// wordClash is the cost of a word that would stand on a line already drawn.
func (t *tracks) wordClash(p port) int {
	for _, at := range wordTracks(p.at, p.dir) {
		if i, ok := t.at(at); ok && (t.across[i] || t.upDown[i]) {
			return wordCost
		}
	}
	return 0
}

// wordTracks are the places that the word on an arrow covers.
func wordTracks(exit point, out direction) []point {
	var covered []point
	for dx := 0; dx <= 4; dx++ {
		for dy := 0; dy <= 2; dy++ {
			switch out {
			case down:
				covered = append(covered, point{exit.x + dx, exit.y + dy})
			case rightwards:
				covered = append(covered, point{exit.x + dx, exit.y - dy})
			default:
				covered = append(covered, point{exit.x - dx, exit.y - dy})
			}
		}
	}
	return covered
}

// keep gives the arrow the corners of the line found.
func (t *tracks) keep(a *arrow, last *way) {
	a.points = append(a.points, last.at.onSheet())
	for w := last; w.from != nil; w = w.from {
		if w.from.from == nil || w.from.dir != w.dir {
			a.points = append(a.points, w.from.at.onSheet())
		}
		if w.from.from == nil {
			a.exit, a.out = w.from.at.onSheet(), w.from.dir
		}
	}
	slices.Reverse(a.points)
}

func (p point) onSheet() point { return point{p.x * pitch, p.y * pitch} }
func (p point) onTrack() point { return point{p.x / pitch, p.y / pitch} }

// mark takes the tracks that an arrow runs on, its two ports and the place of its word.
func (t *tracks) mark(a *arrow) {
	for i := 1; i < len(a.points); i++ {
		p, to := a.points[i-1].onTrack(), a.points[i].onTrack()
		across := p.y == to.y
		for {
			if at, ok := t.at(p); ok {
				t.across[at] = t.across[at] || across
				t.upDown[at] = t.upDown[at] || !across
			}
			if p == to {
				break
			}
			p.x += cmp.Compare(to.x, p.x)
			p.y += cmp.Compare(to.y, p.y)
		}
	}
	t.ports[a.points[0].onTrack()] = true
	t.ports[a.points[len(a.points)-1].onTrack()] = true
	if a.word == "" {
		return
	}
	for _, p := range wordTracks(a.exit.onTrack(), a.out) {
		if i, ok := t.at(p); ok {
			t.word[i] = true
		}
	}
}
