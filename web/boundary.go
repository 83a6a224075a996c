package web

import (
	"embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"remit/register"
)

//go:embed boundaries/icb.csv
var boundaryFile embed.FS

// outline is the area of an integrated care board on the grid of the map.
type outline struct {
	icb      string
	from     register.Day
	path     string // as SVG has it
	x, y     int    // of a label
	box      box
	points   map[point]bool
	adjacent []string // boards with a common border in the same set
}

type point struct{ x, y int }

// box is the smallest rectangle round some points.
type box struct{ left, top, right, bottom int }

func (b box) and(o box) box {
	return box{min(b.left, o.left), min(b.top, o.top), max(b.right, o.right), max(b.bottom, o.bottom)}
}

// view is the rectangle as a viewBox, with room about it.
func (b box) view() string {
	room := 6 + (b.right-b.left+b.bottom-b.top)/25
	return fmt.Sprintf("%d %d %d %d", b.left-room, b.top-room, b.right-b.left+2*room, b.bottom-b.top+2*room)
}

// outlines are the sets of outlines, by the first day of each.
var outlines = sync.OnceValues(func() (map[register.Day][]*outline, error) {
	f, err := boundaryFile.Open("boundaries/icb.csv")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, err
	}
	sets := map[register.Day][]*outline{}
	for _, l := range lines[1:] {
		o := &outline{icb: l[0], path: l[4]}
		if o.from, err = register.ParseDay(l[1]); err != nil {
			return nil, err
		}
		o.x, _ = strconv.Atoi(l[2])
		o.y, _ = strconv.Atoi(l[3])
		o.trace()
		sets[o.from] = append(sets[o.from], o)
	}
	for _, set := range sets {
		meet(set)
	}
	return sets, nil
})

// trace reads the points of the path: moves are absolute, lines relative.
func (o *outline) trace() {
	o.points = map[point]bool{}
	first := true
	for ring := range strings.SplitSeq(o.path, "M") {
		var at point
		for i, pair := range numberPairs(ring) {
			if i == 0 {
				at = pair
			} else {
				at = point{at.x + pair.x, at.y + pair.y}
			}
			o.points[at] = true
			here := box{at.x, at.y, at.x, at.y}
			if first {
				o.box, first = here, false
			}
			o.box = o.box.and(here)
		}
	}
}

func numberPairs(ring string) []point {
	words := strings.FieldsFunc(ring, func(r rune) bool { return r == ' ' || r == 'l' || r == 'z' })
	var list []point
	for i := 0; i+1 < len(words); i += 2 {
		x, _ := strconv.Atoi(words[i])
		y, _ := strconv.Atoi(words[i+1])
		list = append(list, point{x, y})
	}
	return list
}

// meet finds which outlines of a set have a common border: points in common, or
// next to one another, as simplifying moves them.
func meet(set []*outline) {
	for i, a := range set {
		for _, b := range set[i+1:] {
			if touches(a, b) {
				a.adjacent, b.adjacent = append(a.adjacent, b.icb), append(b.adjacent, a.icb)
			}
		}
	}
}

func touches(a, b *outline) bool {
	const enough = 3
	common := 0
	for p := range a.points {
		if b.points[p] {
			if common++; common >= enough {
				return true
			}
		}
	}
	return false
}

// outlinesOn is the set of outlines that stand for a day; none before boards began.
func outlinesOn(day register.Day) []*outline {
	sets, err := outlines()
	if err != nil {
		return nil
	}
	var found []*outline
	latest := register.NoDay
	for from, set := range sets {
		if from <= day && from > latest {
			found, latest = set, from
		}
	}
	return found
}

func outlineOf(icb string, day register.Day) *outline {
	set := outlinesOn(day)
	if i := slices.IndexFunc(set, func(o *outline) bool { return o.icb == icb }); i >= 0 {
		return set[i]
	}
	return nil
}
