package method

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

var drawn = []string{
	"cam-2025-26", "cam-2024-25", "cam-tool-5.3", "tiny", "tiny+T1=last",
	"cam-2025-26+A2=dental", "cam-2025-26+A9=out_of_scope+A16=outside",
}

func TestDrawIsWellFormed(t *testing.T) {
	for _, spec := range drawn {
		t.Run(spec, func(t *testing.T) {
			m := mustLoad(t, spec)
			svg := draw(t, m)
			if again := draw(t, m); !bytes.Equal(svg, again) {
				t.Error("drawn twice, the chart differs")
			}
			ids := map[string]bool{}
			d := xml.NewDecoder(bytes.NewReader(svg))
			for {
				token, err := d.Token()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				start, ok := token.(xml.StartElement)
				if !ok {
					continue
				}
				if start.Name.Local == "script" {
					t.Error("a drawing holds no script")
				}
				for _, a := range start.Attr {
					if a.Name.Local == "id" && ids[a.Value] {
						t.Errorf("id %s is used twice", a.Value)
					} else if a.Name.Local == "id" {
						ids[a.Value] = true
					}
					if a.Name.Local == "href" {
						t.Errorf("reference to %s", a.Value)
					}
				}
			}
		})
	}
}

func draw(t *testing.T, m *Method) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := m.Draw(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDrawLinked(t *testing.T) {
	m := mustLoad(t, "cam-2025-26")
	var b bytes.Buffer
	if err := m.DrawLinked(&b, func(kind, name string) string { return "#" + kind + "&" + name }); err != nil {
		t.Fatal(err)
	}
	links := map[string]int{}
	for d := xml.NewDecoder(&b); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "a" {
			links[start.Attr[0].Value]++
		}
	}
	for _, x := range m.Boxes {
		if links["#box&"+x.Label] != 1 {
			t.Errorf("box %s has %d links", x.Label, links["#box&"+x.Label])
		}
	}
	unreached := newChart(m, 0).unreached
	for _, e := range m.Ends {
		if links["#end&"+e.Name] == 0 && !slices.Contains(unreached, e.Label) {
			t.Errorf("end %s has no link", e.Name)
		}
	}
}

func TestDrawShowsEveryBoxAndEnd(t *testing.T) {
	for _, spec := range drawn {
		m := mustLoad(t, spec)
		c := newPen(m).chart
		svg := string(draw(t, m))
		for _, x := range m.Boxes {
			if !slices.Contains(c.unreached, "box "+x.Label) && !strings.Contains(svg, `id="box-`+slug(x.Label)+`"`) {
				t.Errorf("%s: box %s is not drawn", spec, x.Label)
			}
		}
		for _, e := range m.Ends {
			onChart := slices.ContainsFunc(c.shapes, func(s *shape) bool {
				return s.end != nil && strings.Join(s.bold, " ") == e.Label
			})
			if !onChart && !slices.Contains(c.unreached, e.Label) {
				t.Errorf("%s: end %s is neither drawn nor listed as not reached", spec, e.Label)
			}
		}
	}
}

// place is where something stands on the sheet.
type place struct {
	name           string
	x0, y0, x1, y1 int
}

func places(p *pen) []place {
	list := []place{
		{"title", p.title.x, p.title.y, p.title.x + p.title.w, p.title.y + p.title.h},
		{"notes", p.notes.x, p.notes.y, p.notes.x + p.notes.w, p.notes.y + p.notes.h},
		{"key", p.key.x, p.key.y, p.key.x + p.key.w, p.key.y + p.key.h},
	}
	for _, s := range p.chart.shapes {
		list = append(list, place{s.id, s.left(), s.y, s.right(), s.bottom()})
	}
	return list
}

func TestDrawHasNoOverlap(t *testing.T) {
	for _, spec := range drawn {
		p := newPen(mustLoad(t, spec))
		list := places(p)
		for i, a := range list {
			if a.x0 < edge-pitch || a.y0 < edge-pitch || a.x1 > p.chart.width-edge+pitch || a.y1 > p.chart.height-edge+pitch {
				t.Errorf("%s: %s is off the sheet: %v of %d by %d", spec, a.name, a, p.chart.width, p.chart.height)
			}
			for _, b := range list[:i] {
				if a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1 {
					t.Errorf("%s: %s lies on %s", spec, a.name, b.name)
				}
			}
		}
	}
}

func TestDrawTextFits(t *testing.T) {
	for _, spec := range drawn {
		p := newPen(mustLoad(t, spec))
		if points := textSize * 420 / float64(p.chart.width) * 72 / 25.4; points < 7 {
			t.Errorf("%s: text is %.1f points on A3", spec, points)
		}
		for _, s := range p.chart.shapes {
			room := float64(s.w - 20)
			if s.role == boxShape {
				room = float64(s.w - s.labelWidth() - 7)
			}
			for _, l := range s.lines {
				if w := textWidth(l, textSize, false); w > room {
					t.Errorf("%s: %s: %q is %.0f wide, there is room for %.0f", spec, s.id, l, w, room)
				}
			}
			if s.role == boxShape && textWidth(s.bold[0], 13, true) > float64(s.labelWidth()) {
				t.Errorf("%s: label %s is too wide", spec, s.bold[0])
			}
			lines := len(s.lines)
			if s.role == endShape {
				lines += len(s.bold)
			}
			if lines*lineStep > s.h {
				t.Errorf("%s: %s has %d lines in a height of %d", spec, s.id, lines, s.h)
			}
		}
	}
}

// TestArrowsRunFree holds that no arrow runs through a shape or a panel, along
// another arrow, or stops short of its target.
func TestArrowsRunFree(t *testing.T) {
	for _, spec := range drawn {
		p := newPen(mustLoad(t, spec))
		along := map[[3]int]string{}
		for _, a := range p.chart.arrows {
			first, last := a.points[0], a.points[len(a.points)-1]
			if !touches(a.from, first) || !touches(a.to, last) {
				t.Errorf("%s: %s runs from %v to %v and not between its shapes", spec, a.id, first, last)
			}
			for _, s := range stretches(a) {
				for _, b := range places(p) {
					if s[0] > b.x0 && s[0] < b.x1 && s[1] > b.y0 && s[1] < b.y1 {
						t.Errorf("%s: %s runs through %s", spec, a.id, b.name)
					}
				}
				if other := along[s]; other != "" && other != a.id {
					t.Errorf("%s: %s runs along %s", spec, a.id, other)
				}
				along[s] = a.id
			}
		}
	}
}

func touches(s *shape, p point) bool {
	return p.x >= s.left() && p.x <= s.right() && p.y >= s.y && p.y <= s.bottom()
}

// stretches are the middles of the tracks that an arrow runs on, with 1 for across.
func stretches(a *arrow) [][3]int {
	var all [][3]int
	for i := 1; i < len(a.points); i++ {
		p, q := a.points[i-1], a.points[i]
		for x := min(p.x, q.x); x < max(p.x, q.x); x += pitch {
			all = append(all, [3]int{x + pitch/2, p.y, 1})
		}
		for y := min(p.y, q.y); y < max(p.y, q.y); y += pitch {
			all = append(all, [3]int{p.x, y + pitch/2, 0})
		}
	}
	return all
}

func TestKindsOfPayer(t *testing.T) {
	m := mustLoad(t, "cam-2025-26")
	for end, want := range map[string]string{
		"Private/COV": "Private", "Host sub-ICB": "ICB", "Responsible sub-ICB": "ICB", "Spec hub (provider)": "NHS England",
		"Devolved commissioner": "Devolved", "WHSSC (LHB)": "Devolved", "H&J hub": "NHS England", "Public health region": "NHS England",
		"Local authority": "Local authority", "Armed forces hub": "National", "N/A no contract": "No payer",
	} {
		if got := kindOf(m.End(end)).word; got != want {
			t.Errorf("%s: got %s, want %s", end, got, want)
		}
	}
}
