package method

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Draw writes the method as an SVG flow chart for a sheet of A3, landscape.
//
// Boxes carry their official labels and the question in plain words. A Yes is a
// solid arrow and a No a broken one, and both carry the word. Every box, end and
// arrow is a group with an id (box-C-5, end-C-5-no, arrow-C-5-yes), so that a page
// can mark the path of a record.
func (m *Method) Draw(w io.Writer) error { return m.draw(w, nil) }

// DrawLinked draws the method with a link on every box and end, for a page that
// says more of each. The function gives the address for the kind, box or end,
// and its name.
func (m *Method) DrawLinked(w io.Writer, address func(kind, name string) string) error {
	return m.draw(w, address)
}

func (m *Method) draw(w io.Writer, address func(kind, name string) string) error {
	p := newPen(m)
	p.address = address
	p.open()
	p.panels()
	for _, a := range p.chart.arrows {
		p.arrow(a)
	}
	for _, s := range p.chart.shapes {
		p.shape(s)
	}
	for _, a := range p.chart.arrows {
		p.word(a)
	}
	p.out.WriteString("</svg>\n")
	_, err := w.Write(p.out.Bytes())
	return err
}

// pen writes a chart as SVG.
type pen struct {
	chart             *chart
	out               bytes.Buffer
	title, notes, key panel
	address           func(kind, name string) string // nil: no links
}

// newPen lays the chart out, with a strip above it for the panels when they find no
// free place between the boxes.
func newPen(m *Method) *pen {
	top := 0
	for {
		p := &pen{chart: newChart(m, top)}
		if p.placePanels(top) {
			return p
		}
		top = onTrack(p.title.h + max(p.notes.h, p.key.h) + rowGap)
	}
}

func (p *pen) printf(format string, args ...any) { fmt.Fprintf(&p.out, format, args...) }

// xmlText escapes a text for use between tags and in attributes.
func xmlText(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder does not fail
	return b.String()
}

func (p *pen) open() {
	c := p.chart
	p.printf("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"420mm\" height=\"297mm\" viewBox=\"0 0 %d %d\" role=\"graphics-document document\" aria-labelledby=\"chart-title chart-desc\" font-family=\"Arial, Helvetica, sans-serif\" font-size=\"%g\" fill=\"#000\">\n", c.width, c.height, textSize)
	p.printf("<title id=\"chart-title\">%s</title>\n", xmlText(c.m.Title))
	p.printf("<desc id=\"chart-desc\">Flow chart of %d boxes. Each box is a question; its arrows lead to the next box or to the payer. Solid arrows are Yes, broken arrows are No.</desc>\n", len(c.m.Boxes))
	p.out.WriteString(`<defs>
<marker id="head" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0.5 8 4 0 7.5z"/></marker>
<pattern id="stripes" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="5" height="5" fill="#fff"/><rect width="2.2" height="5"/></pattern>
<pattern id="dots" width="5" height="5" patternUnits="userSpaceOnUse"><rect width="5" height="5" fill="#fff"/><circle cx="2.5" cy="2.5" r="1.3"/></pattern>
<pattern id="bars" width="5" height="5" patternUnits="userSpaceOnUse"><rect width="5" height="5" fill="#fff"/><rect width="5" height="2"/></pattern>
<pattern id="checks" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="#fff"/><rect width="3" height="3"/><rect x="3" y="3" width="3" height="3"/></pattern>
</defs>
`)
	p.printf("<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n", c.width, c.height)
}

func (p *pen) arrow(a *arrow) {
	var d strings.Builder
	for i, at := range a.points {
		fmt.Fprintf(&d, "%c%d %d", "ML"[min(i, 1)], at.x, at.y)
	}
	dash := ""
	if a.word == "No" {
		dash = ` stroke-dasharray="5 3"`
	}
	says := strings.TrimSpace(a.from.name() + ", " + strings.ToLower(a.word))
	p.printf("<g id=\"%s\" fill=\"none\"><title>%s to %s</title>", a.id, xmlText(strings.TrimSuffix(says, ",")), xmlText(a.to.name()))
	// The white edge lets a reader see which of two crossing lines is which.
	p.printf("<path d=\"%s\" stroke=\"#fff\" stroke-width=\"5\"/>", d.String())
	p.printf("<path d=\"%s\" stroke=\"#000\" stroke-width=\"1.3\" stroke-linejoin=\"round\"%s marker-end=\"url(#head)\"/></g>\n", d.String(), dash)
}

// word writes Yes or No where the arrow leaves its box.
func (p *pen) word(a *arrow) {
	if a.word == "" {
		return
	}
	x, y, anchor := a.exit.x+5, a.exit.y+11, "start"
	switch a.out {
	case rightwards:
		y = a.exit.y - 3
	case leftwards:
		x, y, anchor = a.exit.x-5, a.exit.y-3, "end"
	}
	p.text(x, float64(y), smallSize, true, ` text-anchor="`+anchor+`"`, a.word)
}

// name is what a shape is called in the text for screen readers.
func (s *shape) name() string {
	switch s.role {
	case boxShape:
		return "box " + s.box.Label
	case endShape:
		return s.end.Label
	}
	return "start"
}

func (p *pen) shape(s *shape) {
	title, desc := p.spoken(s)
	if address := p.linked(s); address != "" {
		p.printf("<a href=\"%s\">", xmlText(address))
		defer p.out.WriteString("</a>\n")
	}
	p.printf("<g id=\"%s\" role=\"img\" aria-label=\"%s\"><title>%s</title><desc>%s</desc>", s.id, xmlText(title), xmlText(title), xmlText(desc))
	switch s.role {
	case boxShape:
		p.box(s)
	case startShape:
		p.start(s)
	default:
		p.end(s)
	}
	p.out.WriteString("</g>\n")
}

// linked is the address of a shape, or blank.
func (p *pen) linked(s *shape) string {
	switch {
	case p.address == nil:
		return ""
	case s.role == boxShape:
		return p.address("box", s.box.Label)
	case s.role == endShape:
		return p.address("end", s.end.Name)
	}
	return ""
}

func (p *pen) spoken(s *shape) (title, desc string) {
	switch s.role {
	case boxShape:
		desc = fmt.Sprintf("Yes leads to %s, No leads to %s.", p.chart.m.targetName(s.box.Yes), p.chart.m.targetName(s.box.No))
		return s.box.Label + ": " + s.box.Asks, strings.TrimSpace(s.box.Note + " " + desc)
	case startShape:
		return "Start: " + strings.Join(s.lines, " "), "Leads to " + p.chart.m.targetName(s.route.To) + "."
	}
	return "Payer: " + s.end.Label, strings.TrimSpace(strings.Join(s.lines, " ") + ". " + s.end.Note)
}

// targetName is a target in words: a box by its label, an end by the chart's words.
func (m *Method) targetName(to string) string {
	if m.Box(to) != nil {
		return "box " + to
	}
	if e := m.End(to); e != nil {
		return e.Label
	}
	return to
}

func (p *pen) box(s *shape) {
	label := s.labelWidth()
	p.printf("<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#fff\" stroke=\"#000\" stroke-width=\"1.4\"/>", s.x, s.y, s.w, s.h)
	p.printf("<path d=\"M%d %dh%dv%dh-%dz\" fill=\"#e4e8ec\" stroke=\"#000\" stroke-width=\"1\"/>", s.x, s.y, label, s.h, label)
	p.text(s.x+label/2, float64(s.y)+float64(s.h)/2+4.6, 13, true, ` text-anchor="middle"`, s.bold[0])
	p.lines(s.lines, s.x+label+7, s.middle(len(s.lines)), textSize, false)
}

// middle is the baseline of the first of some lines that stand in the middle of a shape.
func (s *shape) middle(lines int) float64 {
	return float64(s.y) + (float64(s.h)-float64(lines*lineStep))/2 + 9.5
}

func (p *pen) lines(lines []string, x int, y, size float64, bold bool) {
	for i, l := range lines {
		p.text(x, y+float64(i*lineStep), size, bold, "", l)
	}
}

// text writes a line as wide as it was reckoned to be. In Arial it is so wide by
// itself; where another font has to stand in, wider as a rule, it stays in its box.
func (p *pen) text(x int, y, size float64, bold bool, attributes, s string) {
	if bold {
		attributes += ` font-weight="bold"`
	}
	p.printf("<text x=\"%d\" y=\"%g\" font-size=\"%g\" textLength=\"%.1f\" lengthAdjust=\"spacingAndGlyphs\"%s>%s</text>\n", x, y, size, textWidth(s, size, bold), attributes, xmlText(s))
}

func (p *pen) start(s *shape) {
	p.printf("<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"%d\" fill=\"#fff\" stroke=\"#000\" stroke-width=\"2.4\"/>", s.x, s.y, s.w, s.h, s.h/2)
	p.text(s.x+16, float64(s.y)+float64(s.h)/2+4.2, 12, true, "", "Start")
	p.lines(s.lines, s.x+56, s.middle(len(s.lines)), textSize, false)
}

func (p *pen) end(s *shape) {
	p.payerShape(s.x, s.y, s.w, s.h, s.kind)
	y := s.middle(len(s.bold) + len(s.lines))
	p.lines(s.bold, s.x+20, y, textSize, true)
	p.lines(s.lines, s.x+20, y+float64(len(s.bold)*lineStep), smallSize, false)
}

// payerShape draws the rounded shape of an end with the fill, the border and the
// patterned band of its kind of payer.
func (p *pen) payerShape(x, y, w, h int, k *payerKind) {
	p.printf("<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"12\" fill=\"%s\" stroke=\"#000\" stroke-width=\"%g\"%s/>", x, y, w, h, k.fill, k.border, k.dash)
	p.printf("<path d=\"M%d %dh-2a12 12 0 0 0 -12 12v%da12 12 0 0 0 12 12h2z\" fill=\"%s\" stroke=\"#000\" stroke-width=\"0.8\"/>", x+14, y, h-24, k.band)
}

// payerKind is a kind of payer and how it looks, in print as well as in colour.
type payerKind struct {
	word   string
	means  string
	fill   string
	band   string
	border float64
	dash   string
}

var (
	kindICB      = &payerKind{"ICB", "integrated care board, by its sub-ICB location", "#e3f0fb", "#fff", 1.4, ""}
	kindNHSE     = &payerKind{"NHS England", "a hub or a region of NHS England", "#fdf0d5", "url(#stripes)", 1.4, ""}
	kindNational = &payerKind{"National", "a national payer or fund", "#e6f4e1", "#000", 1.4, ""}
	kindDevolved = &payerKind{"Devolved", "a payer in Wales, Scotland or Northern Ireland", "#f1e6f6", "url(#dots)", 1.4, ""}
	kindLocal    = &payerKind{"Local authority", "the council where the patient lives", "#eeeeda", "url(#checks)", 1.4, ""}
	kindPrivate  = &payerKind{"Private", "the patient, an insurer or another state", "#fbe4e2", "url(#bars)", 2.6, ""}
	kindOther    = &payerKind{"Other", "a payer that the method names", "#fff", "#888", 1.4, ""}
	kindNone     = &payerKind{"No payer", "the method names nobody", "#fff", "#fff", 1.4, ` stroke-dasharray="2 2.5"`}

	payerKinds = []*payerKind{kindICB, kindNHSE, kindNational, kindDevolved, kindLocal, kindPrivate, kindOther, kindNone}
)

// payerCodes are the payers that methods name themselves.
var payerCodes = map[string]*payerKind{
	"VPP00": kindPrivate, "13Q": kindNational, "XMD00": kindNational,
	"W01": kindDevolved, "7A5HC": kindDevolved, "SD002": kindDevolved,
}

// payerColumns are the columns of the reference tables that hold payers.
var payerColumns = map[string]*payerKind{
	"specialised_hub": kindNHSE, "health_justice_hub": kindNHSE, "health_justice_hub_ods": kindNHSE,
	"region": kindNHSE, "national_grouping": kindNHSE, "health_board": kindDevolved, "local_authority": kindLocal,
	"sub_icb": kindICB, "host_sub_icb": kindICB, "sole_sub_icb": kindICB, "commissioner": kindICB, "icb": kindICB,
}

// kindOf tells the kind of payer from where the end looks for it.
func kindOf(e *End) *payerKind {
	if len(e.Payers) == 0 {
		return kindNone
	}
	for _, y := range e.Payers {
		if k := kindOfNode(y.Pays); k != nil {
			return k
		}
	}
	return kindOther
}

func kindOfNode(n *Node) *payerKind {
	for _, leaf := range leaves(n) {
		if k := payerCodes[leaf.str]; leaf.op == opConst && k != nil {
			return k
		}
		if leaf.op != opField || leaf.column < 0 {
			continue
		}
		if k := payerColumns[leaf.lookup.Table.Columns[leaf.column]]; k != nil {
			return k
		}
		if t := leaf.lookup.tableName; t == "sub_icb" || t == "icb" {
			return kindICB
		}
	}
	return nil
}

// leaves are the nodes whose value an expression may give.
func leaves(n *Node) []*Node {
	switch n.op {
	case opCond:
		return append(leaves(n.args[1]), leaves(n.args[2])...)
	case opFact:
		return leaves(n.fact.Node)
	}
	return []*Node{n}
}

// codeWords names the payer, when it is always the same, and the categories.
func codeWords(e *End) []string {
	var words []string
	if len(e.Payers) == 1 && e.Payers[0].Pays.op == opConst {
		words = append(words, e.Payers[0].Pays.str)
	}
	if codes := e.categories(); len(codes) > 0 {
		words = append(words, "category "+strings.Join(codes, " or "))
	}
	return words
}

// categories are the category codes that records at this end can get.
func (e *End) categories() []string {
	var codes []string
	add := func(n *Node) {
		if n == nil {
			return
		}
		for _, leaf := range leaves(n) {
			if leaf.op == opConst && leaf.str != "" && !slices.Contains(codes, leaf.str) {
				codes = append(codes, leaf.str)
			}
		}
	}
	for _, y := range e.Payers {
		add(y.Category)
	}
	add(e.Category)
	slices.Sort(codes)
	return codes
}
