package method

import (
	"strings"
	"time"

	"remit/register"
)

// panel is a block of text beside the chart.
type panel struct {
	x, y, w, h int
	lines      []panelLine
}

type panelLine struct {
	text string
	size float64
	bold bool
	y    int // baseline, from the top of the panel
}

const panelPadding = 12

func newPanel(width int) panel { return panel{w: width, h: panelPadding} }

// add wraps a paragraph into the panel, with some room above it.
func (p *panel) add(text string, size float64, bold bool, above int) {
	p.put(wrapPlain(text, float64(p.w-2*panelPadding), size, bold), size, bold, above)
}

func (p *panel) put(lines []string, size float64, bold bool, above int) {
	p.h += above
	for _, l := range lines {
		p.h += int(size*1.2 + 0.9)
		p.lines = append(p.lines, panelLine{l, size, bold, p.h - int(size*0.25)})
	}
}

func (p *panel) finish() { p.h += panelPadding }

// titlePanel says what is drawn.
func titlePanel(c *chart, width int) panel {
	p := panel{w: width}
	p.put(wrap(c.m.Title, float64(width), 20, true), 20, true, 0)
	return p
}

// notesPanel says for when the method holds, on whose authority and how sure it is.
func notesPanel(c *chart, width int) panel {
	m := c.m
	p := newPanel(width)
	p.add("Activity from "+dayWords(m.From)+" to "+dayWords(m.To)+".", 12, false, 0)
	p.add(m.Authority, smallSize, false, 4)
	p.readings(m)
	if m.Carried != "" {
		p.add("Carried forward to "+dayWords(m.CarriedTo), smallSize, true, 5)
		p.add(m.Carried, smallSize, false, 0)
	}
	if m.Established != "" {
		p.add("Not established", smallSize, true, 5)
		p.add(m.Established, smallSize, false, 0)
	}
	if len(c.unreached) > 0 {
		p.add("Not reached with these readings: "+strings.Join(c.unreached, ", ")+".", smallSize, false, 5)
	}
	p.add("Drawn by Remit from "+m.Spec()+", version "+short(m.Hash)+".", smallSize, false, 5)
	p.finish()
	return p
}

func (p *panel) readings(m *Method) {
	if len(m.Readings) == 0 {
		return
	}
	changed := false
	for _, r := range m.Readings {
		if r.Chosen != r.Default {
			changed = true
			p.add("Reading "+r.ID+" is "+r.Chosen+", not "+r.Default+": "+r.means(r.Chosen)+".", smallSize, true, 4)
		}
	}
	if !changed {
		p.add("Every ambiguity is read in the default way.", smallSize, false, 4)
	}
}

// means is what an option of a reading means.
func (r *Reading) means(option string) string {
	for _, o := range r.Options {
		if o.Name == option {
			return o.Means
		}
	}
	return ""
}

func short(hash string) string { return hash[:min(12, len(hash))] }

func dayWords(d register.Day) string {
	if d == register.Earliest || d == register.Latest {
		return "any date"
	}
	t, err := time.Parse(time.DateOnly, d.String())
	if err != nil {
		return d.String()
	}
	return t.Format("2 January 2006")
}

const (
	keyRow   = 30
	keyWidth = 372
)

func (p *pen) keyKinds() []*payerKind {
	var used []*payerKind
	for _, k := range payerKinds {
		for _, s := range p.chart.shapes {
			if s.kind == k {
				used = append(used, k)
				break
			}
		}
	}
	return used
}

// placePanels finds room for the title in the upper left, for the key in the lower
// right, and for the notes as near to the title as can be. When there is no room it
// puts them into the strip above the chart, and reports false if there is no strip.
func (p *pen) placePanels(strip int) bool {
	c := p.chart
	p.key = panel{w: keyWidth, h: 62 + keyRow*len(p.keyKinds()) + 2}
	if strip == 0 && p.find(titlePanel, &p.title, []int{560, 480, 420, 360, 300}, c.height/8) && p.free(&p.key, true) &&
		p.find(notesPanel, &p.notes, []int{400, 380, 360, 340, 320, 300, 280, 264, 252, 240, 440, 480, 520, 600, 720}, c.height) {
		return true
	}
	p.title = titlePanel(c, c.width-2*edge)
	p.notes = notesPanel(c, c.width-2*edge-keyWidth-rowGap)
	p.title.x, p.title.y = edge, edge
	p.notes.x, p.notes.y = edge, edge+p.title.h+panelPadding/2
	p.key.x, p.key.y = c.width-edge-keyWidth, p.notes.y
	return strip > 0
}

// find makes a panel of the width that fits nearest to the top left of the sheet
// and above the lowest place allowed.
func (p *pen) find(of func(*chart, int) panel, b *panel, widths []int, lowest int) bool {
	var nearest panel
	for _, width := range widths {
		*b = of(p.chart, width)
		if p.free(b, false) && b.y < lowest && (nearest.w == 0 || b.x+b.y < nearest.x+nearest.y) {
			nearest = *b
		}
	}
	*b = nearest
	return nearest.w > 0
}

// free moves a panel to the place nearest to the top left, or to the bottom right,
// that no shape, arrow or other panel needs.
func (p *pen) free(b *panel, last bool) bool {
	c := p.chart
	taken := p.taken(b)
	maxX, maxY := c.width-edge-b.w, c.height-edge-b.h
	const far = 1 << 30
	nearest, x, y := far, 0, 0
	for dy := 0; dy <= maxY-edge; dy += 2 * pitch {
		for dx := 0; dx <= maxX-edge && dx+dy < nearest; dx += 2 * pitch {
			b.x, b.y = edge+dx, edge+dy
			if last {
				b.x, b.y = maxX-dx, maxY-dy
			}
			if !overlaps(*b, taken) {
				nearest, x, y = dx+dy, b.x, b.y
			}
		}
	}
	b.x, b.y = x, y
	return nearest < far
}

func (p *pen) taken(except *panel) []panel {
	var taken []panel
	for _, b := range []*panel{&p.title, &p.notes, &p.key} {
		if b != except && b.y > 0 {
			taken = append(taken, grown(b.x, b.y, b.w, b.h, 10))
		}
	}
	for _, s := range p.chart.shapes {
		taken = append(taken, grown(s.x, s.y, s.w, s.h, 10))
	}
	for _, a := range p.chart.arrows {
		for i := 1; i < len(a.points); i++ {
			q, r := a.points[i-1], a.points[i]
			taken = append(taken, grown(min(q.x, r.x), min(q.y, r.y), abs(q.x-r.x), abs(q.y-r.y), 12))
		}
		taken = append(taken, grown(a.exit.x, a.exit.y, 0, 0, 26))
	}
	return taken
}

func grown(x, y, w, h, by int) panel {
	return panel{x: x - by, y: y - by, w: w + 2*by, h: h + 2*by}
}

func overlaps(b panel, taken []panel) bool {
	for _, t := range taken {
		if b.x < t.x+t.w && t.x < b.x+b.w && b.y < t.y+t.h && t.y < b.y+b.h {
			return true
		}
	}
	return false
}

func (p *pen) panels() {
	p.paragraphs(p.title, 0)
	p.frame(p.notes)
	p.paragraphs(p.notes, panelPadding)
	p.drawKey()
}

func (p *pen) paragraphs(b panel, padding int) {
	for _, l := range b.lines {
		p.text(b.x+padding, float64(b.y+l.y), l.size, l.bold, "", l.text)
	}
}

func (p *pen) frame(b panel) {
	p.printf("<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#fff\" stroke=\"#000\" stroke-width=\"0.8\"/>\n", b.x, b.y, b.w, b.h)
}

func (p *pen) drawKey() {
	b := p.key
	p.frame(b)
	x, y := b.x+panelPadding, b.y
	p.out.WriteString("<g id=\"key\">\n")
	p.text(x, float64(y+20), 13, true, "", "Key")
	p.printf("<path d=\"M%d %dh44\" stroke=\"#000\" stroke-width=\"1.3\" marker-end=\"url(#head)\"/>\n", x, y+38)
	p.text(x+54, float64(y+42), textSize, false, "", "Yes: solid arrow")
	p.printf("<path d=\"M%d %dh44\" stroke=\"#000\" stroke-width=\"1.3\" stroke-dasharray=\"5 3\" marker-end=\"url(#head)\"/>\n", x+180, y+38)
	p.text(x+234, float64(y+42), textSize, false, "", "No: broken arrow")
	for i, k := range p.keyKinds() {
		top := y + 56 + i*keyRow
		p.payerShape(x, top, 44, 24, k)
		p.text(x+54, float64(top+16), textSize, true, "", k.word)
		p.text(x+54+int(textWidth(k.word, textSize, true))+1, float64(top+16), textSize, false, "", ": "+k.means)
	}
	p.out.WriteString("</g>\n")
}
