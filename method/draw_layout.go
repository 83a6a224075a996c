package method

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// pitch is the distance of the tracks that arrows run on; every shape's edge lies on one.
const pitch = 6

const (
	boxWidth   = 252
	endWidth   = 156
	sideGap    = 42 // between a box and the end beside it: room for the word on the arrow
	rowGap     = 24
	channel    = 60 // between two lanes
	edge       = 24 // white margin of the sheet
	sheetRatio = 420.0 / 297.0
	leastWidth = 1440 // of the sheet: a small chart is not blown up further
)

type role uint8

const (
	startShape role = iota
	boxShape
	endShape
)

// shape is a start, a box or an end at its place on the sheet.
type shape struct {
	role       role
	box        *Box
	end        *End
	route      *Route
	id         string
	bold       []string // a box: its label; an end: the chart's words for the payer
	lines      []string
	next       []*shape // the boxes its arrows lead to
	ends       []*shape // the ends that only its arrows lead to
	lane, row  int
	x, y, w, h int
	kind       *payerKind
}

func (s *shape) left() int   { return s.x }
func (s *shape) right() int  { return s.x + s.w }
func (s *shape) bottom() int { return s.y + s.h }

// arrow leads from one shape to another. Its points are the corners of its line.
type arrow struct {
	id       string
	from, to *shape
	word     string // Yes, No, or nothing from a start
	exit     point
	out      direction
	points   []point
}

// chart is a method laid out on a sheet.
type chart struct {
	m             *Method
	shapes        []*shape
	arrows        []*arrow
	first, last   int // lanes from the left to the right; the longest path is lane 0
	width, height int
	unreached     []string // ends and boxes that the readings chosen leave without a way in
}

// newChart lays a method out: rows by the longest path from the start, lanes by
// chains of boxes, ends beside the box that leads to them, and arrows on the
// tracks between. An end is drawn again for each box that leads to it, as the
// official chart does, so that no arrow has to cross the sheet to reach it.
// A strip at the top is kept free for panels.
func newChart(m *Method, top int) *chart {
	c := &chart{m: m}
	c.collect()
	c.rank()
	c.chooseLanes()
	c.place(top)
	c.route()
	return c
}

// collect makes the shapes and arrows that a record can meet under the chosen readings.
func (c *chart) collect() {
	shapes := map[string]*shape{}
	var reach func(label string)
	reach = func(label string) {
		x := c.m.Box(label)
		if x == nil || shapes[label] != nil {
			return
		}
		shapes[label] = newBoxShape(x)
		reach(x.Yes)
		reach(x.No)
	}
	routes := c.liveRoutes()
	for _, r := range routes {
		reach(r.To)
	}
	for i := range routes {
		s := newStartShape(&routes[i], i, len(routes))
		c.shapes = append(c.shapes, s)
		c.lead(s, routes[i].To, "", shapes)
	}
	for _, x := range c.m.Boxes {
		if s := shapes[x.Label]; s != nil {
			c.shapes = append(c.shapes, s)
			c.lead(s, x.Yes, "Yes", shapes)
			c.lead(s, x.No, "No", shapes)
		} else {
			c.unreached = append(c.unreached, "box "+x.Label)
		}
	}
	for _, e := range c.m.Ends {
		if !slices.ContainsFunc(c.shapes, func(s *shape) bool { return s.end == e }) {
			c.unreached = append(c.unreached, e.Label)
		}
	}
}

// liveRoutes are the starts that some record can take. A start that only another
// reading opens is not drawn.
func (c *chart) liveRoutes() []Route {
	var live []Route
	for _, r := range c.m.Start {
		if r.When != nil {
			if isConst, isTrue := r.When.known(); isConst && !isTrue {
				continue
			}
		}
		live = append(live, r)
	}
	return live
}

func (c *chart) lead(from *shape, to, word string, boxes map[string]*shape) {
	a := &arrow{id: strings.TrimSuffix("arrow-"+strings.TrimPrefix(from.id, "box-")+"-"+strings.ToLower(word), "-"), from: from, word: word}
	c.arrows = append(c.arrows, a)
	if target := boxes[to]; target != nil {
		a.to = target
		if !slices.Contains(from.next, target) {
			from.next = append(from.next, target)
		}
		return
	}
	a.to = newEndShape(c.m.End(to), strings.Replace(a.id, "arrow-", "end-", 1))
	from.ends = append(from.ends, a.to)
	c.shapes = append(c.shapes, a.to)
}

func newBoxShape(x *Box) *shape {
	s := &shape{role: boxShape, box: x, id: "box-" + slug(x.Label), bold: []string{x.Label}, w: boxWidth}
	s.lines = wrap(x.Asks, float64(boxWidth-s.labelWidth()-14), textSize, false)
	s.h = heightFor(len(s.lines))
	return s
}

// labelWidth is the width of the strip at the left of a box that holds its label.
func (s *shape) labelWidth() int {
	return max(48, onTrack(int(textWidth(s.bold[0], 13, true))+14))
}

func newStartShape(r *Route, i, of int) *shape {
	says := r.Says
	if says == "" {
		says = "every record"
	}
	if of > 1 && i == of-1 {
		says = "otherwise: " + says
	}
	s := &shape{role: startShape, route: r, id: "start-" + strconv.Itoa(i+1), bold: []string{"Start"}, w: boxWidth}
	s.lines = wrap(says, boxWidth-70, textSize, false)
	s.h = heightFor(len(s.lines))
	return s
}

func newEndShape(e *End, id string) *shape {
	s := &shape{role: endShape, end: e, id: id, w: endWidth, kind: kindOf(e)}
	s.bold = wrap(e.Label, endWidth-28, textSize, true)
	s.lines = stack(append([]string{s.kind.word}, codeWords(e)...), endWidth-28, smallSize)
	s.h = heightFor(len(s.bold) + len(s.lines))
	return s
}

func heightFor(lines int) int { return max(36, onTrack(lines*lineStep+10)) }

// onTrack rounds up to a track, to an even number of them so that the middle is on one too.
func onTrack(n int) int { return (n + 2*pitch - 1) / (2 * pitch) * 2 * pitch }

func slug(label string) string {
	return strings.Trim(strings.Join(strings.FieldsFunc(label, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '_'
	}), "-"), "-")
}

// rank gives each box the row of the longest path to it.
func (c *chart) rank() {
	for _, s := range c.shapes {
		s.row = 1
	}
	for _, s := range c.shapes { // boxes stand in an order that every path follows
		if s.role != boxShape {
			continue
		}
		for _, n := range s.next {
			n.row = max(n.row, s.row+1)
		}
	}
	for _, s := range c.shapes {
		if s.role == startShape {
			s.row = 0
			if len(s.next) > 0 {
				s.row = s.next[0].row - 1
			}
		}
	}
}

// chooseLanes splits the boxes into chains, puts the longest in the middle and
// the others to its left and right where arrows are short and cross least.
func (c *chart) chooseLanes() {
	chains := c.chains()
	var placed []*shape
	for i, chain := range chains {
		placed = append(placed, chain...)
		if i > 0 {
			best(chain, placed)
		}
	}
	for range 4 {
		for _, chain := range chains[min(1, len(chains)):] {
			best(chain, placed)
		}
	}
	for _, s := range c.shapes {
		c.first, c.last = min(c.first, s.lane), max(c.last, s.lane)
	}
}

// best moves a chain to the lane where the drawing costs least. A start that
// leads straight to an end may stand in any row.
func best(chain, placed []*shape) {
	rows := []int{chain[0].row}
	if chain[0].role == startShape && len(chain[0].next) == 0 {
		rows = []int{0, 1, 2, 3, 4, 5, 6, 7}
	}
	lane, row, least := 0, 0, math.Inf(1)
	for _, r := range rows {
		for _, l := range []int{1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6, -6} {
			move(chain, l, r)
			if cost := cost(placed); cost < least {
				lane, row, least = l, r, cost
			}
		}
	}
	move(chain, lane, row)
}

func move(chain []*shape, lane, row int) {
	for i, s := range chain {
		s.lane, s.row = lane, row+i
	}
}

// cost says how hard the lanes chosen so far make the chart to read.
func cost(placed []*shape) float64 {
	sum := 0.0
	taken := map[[2]int]int{}
	for _, s := range placed {
		at := [2]int{s.lane, s.row}
		if taken[at]++; taken[at] > 1 {
			sum += 1000
		}
		if s.lane < 0 && s.row < 3 {
			sum++ // the title has its place there
		}
		sum += math.Abs(float64(s.lane))*0.5 + float64(s.row)*0.1
	}
	for _, s := range placed {
		if len(s.ends) > 1 && taken[[2]int{s.lane, s.row + 1}] > 0 {
			sum += 2 // its second end has its place below it
		}
	}
	least, most := 0, 0
	for _, s := range placed {
		least, most = min(least, s.lane), max(most, s.lane)
	}
	sum += 8 * float64(max(0, most-least-2)) // a fourth lane makes all text smaller
	var lines [][2]*shape
	for _, s := range placed {
		for _, n := range s.next {
			if slices.Contains(placed, n) {
				lines = append(lines, [2]*shape{s, n})
			}
		}
	}
	for i, a := range lines {
		sum += reach(a, taken)
		for _, b := range lines[:i] {
			if crosses(a, b) {
				sum += 6
			}
		}
	}
	return sum
}

func reach(a [2]*shape, taken map[[2]int]int) float64 {
	lanes, rows := a[1].lane-a[0].lane, a[1].row-a[0].row
	sum := 2*math.Abs(float64(lanes)) + 0.3*float64(rows)
	for r := a[0].row + 1; r < a[1].row; r++ {
		if taken[[2]int{a[1].lane, r}] > 0 && lanes == 0 {
			sum += 0.5
		}
	}
	for l := min(a[0].lane, a[1].lane) + 1; l < max(a[0].lane, a[1].lane); l++ {
		row := a[0].row + rows*(l-a[0].lane)/lanes
		if taken[[2]int{l, row}]+taken[[2]int{l, row + 1}] > 0 {
			sum += 4 // it has to find its way round a box
		}
	}
	return sum
}

// crosses reports whether two straight lines between boxes would cross.
func crosses(a, b [2]*shape) bool {
	if a[0] == b[0] || a[1] == b[1] || a[0] == b[1] || a[1] == b[0] {
		return false
	}
	side := func(l [2]*shape, s *shape) int {
		return (l[1].lane-l[0].lane)*(s.row-l[0].row) - (l[1].row-l[0].row)*(s.lane-l[0].lane)
	}
	return side(a, b[0])*side(a, b[1]) < 0 && side(b, a[0])*side(b, a[1]) < 0
}

// chains takes the longest run of boxes in successive rows, again and again.
func (c *chart) chains() [][]*shape {
	var chains [][]*shape
	used := map[*shape]bool{}
	for {
		var longest []*shape
		known := map[*shape][]*shape{}
		for _, s := range c.shapes {
			if s.role != endShape && !used[s] {
				if run := chainFrom(s, used, known); len(run) > len(longest) {
					longest = run
				}
			}
		}
		if longest == nil {
			return chains
		}
		for _, s := range longest {
			used[s] = true
		}
		chains = append(chains, longest)
	}
}

func chainFrom(s *shape, used map[*shape]bool, known map[*shape][]*shape) []*shape {
	if run, ok := known[s]; ok {
		return run
	}
	var longest []*shape
	for _, n := range s.next {
		if !used[n] && n.row == s.row+1 {
			// No comes last and wins a tie: the chart's main line is the line of No.
			if run := chainFrom(n, used, known); len(run) >= len(longest) {
				longest = run
			}
		}
	}
	run := append([]*shape{s}, longest...)
	known[s] = run
	return run
}

// column is where a lane's shapes stand across the sheet.
type column struct{ leftEnd, box, rightEnd int }

// place turns lanes and rows into places on a sheet of A3 proportions.
func (c *chart) place(top int) {
	below, sides := c.placeEnds()
	columns, width := c.columns(sides)
	rows, height := c.rows(below)
	height += top
	c.width = max(leastWidth, width+2*edge)
	c.height = height + 2*edge
	if float64(c.width)/float64(c.height) < sheetRatio {
		c.width = onTrack(int(float64(c.height) * sheetRatio))
	} else {
		c.height = int(math.Ceil(float64(c.width) / sheetRatio))
	}
	spreadX := min(36, (c.width-2*edge-width)/max(1, len(columns))/(2*pitch)*2*pitch)
	spreadY := min(30, (c.height-2*edge-height)/max(1, len(rows)-1)/(2*pitch)*2*pitch)
	// What is left over stays at the left, where the title stands.
	shiftX := (c.width - edge - width - spreadX*(len(columns)-1)) / pitch * pitch
	for _, s := range c.shapes {
		if s.role == endShape {
			continue
		}
		col := columns[s.lane-c.first]
		dx := shiftX + spreadX*(s.lane-c.first)
		at := func(row int) int { return edge + top + rows[row] + spreadY*row }
		s.x, s.y = dx+col.box, at(s.row)+(rows[s.row+1]-rows[s.row]-rowGap-s.h)/2/pitch*pitch
		for i, e := range s.ends {
			switch sides[s][i] {
			case toLeft:
				e.x, e.y = dx+col.leftEnd, s.y+(s.h-e.h)/2/pitch*pitch
			case toRight:
				e.x, e.y = dx+col.rightEnd, s.y+(s.h-e.h)/2/pitch*pitch
			default:
				e.x, e.y = s.x+(s.w-e.w)/2/pitch*pitch, at(s.row+1)
			}
		}
	}
}

type side uint8

const (
	toLeft side = iota
	toRight
	toBelow
)

// placeEnds decides on which side of its box each end stands: outside of the
// lane, and a second one below the box where that place is free.
func (c *chart) placeEnds() (below map[*shape]int, sides map[*shape][]side) {
	taken := map[[2]int]bool{}
	for _, s := range c.shapes {
		if s.role != endShape {
			taken[[2]int{s.lane, s.row}] = true
		}
	}
	below, sides = map[*shape]int{}, map[*shape][]side{}
	for _, s := range c.shapes {
		outer, inner := toRight, toLeft
		if s.lane < 0 {
			outer, inner = toLeft, toRight
		}
		for i, e := range s.ends {
			switch {
			case i == 0:
				sides[s] = append(sides[s], outer)
			case taken[[2]int{s.lane, s.row + 1}]:
				sides[s] = append(sides[s], inner)
			default:
				sides[s] = append(sides[s], toBelow)
				below[e] = s.row + 1
			}
		}
	}
	return below, sides
}

func (c *chart) columns(sides map[*shape][]side) (columns []column, width int) {
	x := 0
	for lane := c.first; lane <= c.last; lane++ {
		var has [3]bool
		used := false
		for _, s := range c.shapes {
			if s.role != endShape && s.lane == lane {
				used = true
				for _, side := range sides[s] {
					has[side] = true
				}
			}
		}
		col := column{leftEnd: x}
		if has[toLeft] {
			x += endWidth + sideGap
		}
		col.box = x
		if used {
			x += boxWidth
		}
		if has[toRight] {
			col.rightEnd = x + sideGap
			x += endWidth + sideGap
		}
		columns = append(columns, col)
		if used && lane < c.last {
			x += channel
		}
	}
	return columns, x
}

// rows gives the offset of each row from the first, and of the row after the last.
func (c *chart) rows(below map[*shape]int) (offsets []int, height int) {
	heights := map[int]int{}
	last := 0
	for _, s := range c.shapes {
		row := s.row
		if s.role == endShape {
			b, ok := below[s]
			if !ok {
				continue
			}
			row = b
		}
		heights[row] = max(heights[row], s.h)
		for _, e := range s.ends {
			if _, ok := below[e]; !ok {
				heights[row] = max(heights[row], e.h)
			}
		}
		last = max(last, row)
	}
	y := 0
	for row := 0; row <= last; row++ {
		offsets = append(offsets, y)
		y += heights[row] + rowGap
	}
	return append(offsets, y), y - rowGap
}
