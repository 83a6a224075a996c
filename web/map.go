package web

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"remit/register"
)

// mapDrawing is a map of integrated care boards. Areas differ by pattern and
// word as well as by colour, and a table says the same.
type mapDrawing struct {
	ID      string
	Title   string
	ViewBox string
	Areas   []mapArea
	Key     []mapKey
	Small   bool
}

type mapArea struct{ Path, Class, Says, Href string }

// mapKey is an entry of the key: what a fill means, and of how many areas.
type mapKey struct {
	Class, Word string
	Count       int
}

// drawMap draws the boards of a day. The function says how each is filled, in a
// class and a word, and where it leads.
func drawMap(id, title string, day register.Day, name func(icb string) string, fill func(icb string) (class, word, href string)) *mapDrawing {
	set := outlinesOn(day)
	if len(set) == 0 {
		return nil
	}
	m := &mapDrawing{ID: id, Title: title}
	whole := set[0].box
	for _, o := range set {
		whole = whole.and(o.box)
		class, word, href := fill(o.icb)
		m.Areas = append(m.Areas, mapArea{o.path, class, name(o.icb) + ": " + word, href})
		i := slices.IndexFunc(m.Key, func(k mapKey) bool { return k.Word == word })
		if i < 0 {
			i = len(m.Key)
			m.Key = append(m.Key, mapKey{Class: class, Word: word})
		}
		m.Key[i].Count++
	}
	slices.SortFunc(m.Areas, func(a, b mapArea) int { return strings.Compare(a.Says, b.Says) })
	slices.SortFunc(m.Key, func(a, b mapKey) int { return strings.Compare(a.Word, b.Word) })
	m.ViewBox = whole.view()
	return m
}

// holdersMap shows how a service is held.
func holdersMap(a *Asked, list []boardHolding) *mapDrawing {
	if len(list) == 0 {
		return nil
	}
	by := map[string]boardHolding{}
	for _, b := range list {
		by[b.icb.Get("code")] = b
	}
	return drawMap("holders-map", "How it is held on "+longDate(a.On), a.On, func(icb string) string { return a.Register.Name(icb, a.On) }, func(icb string) (string, string, string) {
		b, ok := by[icb]
		if !ok {
			return "unknown", heldUnknown, ""
		}
		return b.class, b.word, "#table-holders"
	})
}

// boardDays are the days on which boards began, changed or ended.
func boardDays(a *Asked) []register.Day {
	var days []register.Day
	for _, r := range a.Register.rows["icb"] {
		days = append(days, r.From)
		if r.To < register.Latest {
			days = append(days, r.To+1)
		}
	}
	slices.Sort(days)
	return slices.Compact(days)
}

// boardMap shows the boards of a day, steps through the days on which they
// changed, and shows the last change before and after.
func (s *Site) boardMap(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	boards := a.Register.on("icb", a.On)
	slices.SortStableFunc(boards, func(x, y row) int { return strings.Compare(nameOf(x), nameOf(y)) })
	body := struct {
		Steps         []mapStep
		Before, Now   *mapDrawing
		Changed       string
		Large         string
		Since, Ending string
	}{Large: a.To("/map.svg")}
	var since register.Day
	for _, day := range boardDays(a) {
		if day <= a.On {
			since = day
		}
		body.Steps = append(body.Steps, newMapStep(a, day))
	}
	for i := range body.Steps {
		body.Steps[i].Current = body.Steps[i].day == since
	}
	moves := successionsOn(a, since)
	changed := map[string]string{}
	for _, m := range moves {
		changed[m.Get("predecessor")], changed[m.Get("successor")] = "Ended or divided on "+longDate(since), "Began or widened on "+longDate(since)
	}
	body.Now = changedMap(a, "map", "The boards on "+longDate(a.On), a.On, changed)
	if len(moves) > 0 {
		body.Before = changedMap(a, "map-before", "The boards on "+longDate(since-1), since-1, changed)
		body.Changed = longDate(since)
	}
	v := view{Page: "map", Place: "/organisations", Trail: []link{{"Organisations", a.To("/organisations")}}, Body: body, Dated: true, Title: boardsFinding(a, len(boards), since)}
	if len(boards) == 0 {
		v.Lead = "Integrated care boards began on 1 July 2022. Before that, clinical commissioning groups stood in their place."
	}
	v.add("moves", "Who became whom on "+longDate(since), "", movesTable(a, moves))
	v.add("boards", "The boards on "+longDate(a.On), "", boardsTable(a, boards))
	v.Notes = []string{"Outlines are simplified and for looking at, not for measuring. Source: Office for National Statistics licensed under the Open Government Licence v3.0. Contains OS data © Crown copyright and database right 2023. Those of April 2026 are joined and divided from the outlines of April 2023."}
	return s.show(w, r, v)
}

func boardsFinding(a *Asked, n int, since register.Day) string {
	before := len(a.Register.on("icb", since-1))
	title := fmt.Sprintf("%s on %s", plural(n, "integrated care board", "integrated care boards"), longDate(a.On))
	if before > 0 && before != n {
		title = fmt.Sprintf("%d integrated care boards became %d on %s", before, n, longDate(since))
	}
	return title
}

// mapStep is a day on which the boards changed.
type mapStep struct {
	Text, Href string
	Current    bool
	day        register.Day
}

func newMapStep(a *Asked, day register.Day) mapStep {
	n := len(a.Register.on("icb", day))
	text := fmt.Sprintf("%s: %s", longDate(day), plural(n, "board", "boards"))
	if moves := successionsOn(a, day); len(moves) > 0 {
		splits := map[string]bool{}
		for _, m := range moves {
			if strings.HasPrefix(m.Get("type"), "split") {
				splits[m.Get("predecessor")] = true
			}
		}
		text += fmt.Sprintf(", %s split", thousands(len(splits)))
	}
	return mapStep{Text: text, Href: a.At(day), day: day}
}

// successionsOn are the successions of boards on a day.
func successionsOn(a *Asked, day register.Day) []row {
	return keepRows(a.Register.rows["succession"], func(r row) bool {
		return r.Get("kind") == "icb" && r.Get("effective_on") == day.String() && r.Get("effective_on") != ""
	})
}

func changedMap(a *Asked, id, title string, day register.Day, changed map[string]string) *mapDrawing {
	return drawMap(id, title, day, func(icb string) string { return a.Register.Name(icb, day) }, func(icb string) (string, string, string) {
		href := a.To("/organisations/" + icb)
		if says := changed[icb]; says != "" {
			return "joint", says, href
		}
		return "board", "Unchanged", href
	})
}

var moveWords = map[string]string{"merger": "Merged into", "split": "Divided: part went to", "split_into_existing": "Divided: part went to"}

func movesTable(a *Asked, moves []row) *Table {
	t := &Table{Name: "moves", Caption: "Predecessors and successors", Columns: []Column{{Key: "predecessor", Title: "Before"}, {Key: "how", Title: "What became of it"}, {Key: "successor", Title: "After"}, {Key: "part", Title: "Which part"}, {Key: "source", Title: "Source"}}}
	for _, m := range moves {
		on := edge(m.Get("effective_on"), a.On)
		t.Rows = append(t.Rows, Row{organisationCell(a, m.Get("predecessor"), a.Register.Name(m.Get("predecessor"), on-1)).doubt(m), say(moveWords[m.Get("type")]).or(sentence(m.Get("type"))),
			organisationCell(a, m.Get("successor"), a.Register.Name(m.Get("successor"), on)), say(m.Get("note")).or("The whole"), say(a.Register.source(m))})
	}
	return t
}

func boardsTable(a *Asked, boards []row) *Table {
	t := &Table{Name: "boards", Caption: "Integrated care boards on " + longDate(a.On), Search: true,
		Columns: []Column{{Key: "name", Title: "Board"}, {Key: "code", Title: "Code"}, {Key: "region", Title: "Region", Filter: true}, {Key: "since", Title: "Since"}, {Key: "delegated_from", Title: "Specialised services delegated from"}, {Key: "population", Title: "Registered patients", Numeric: true}}}
	for _, b := range boards {
		c := b.Get("code")
		region := a.Register.Name(b.Get("region"), a.On)
		t.Rows = append(t.Rows, Row{to(nameOf(b), a.To("/organisations/"+c)).doubt(b), {Text: c, Code: true}, say(region), dayCell(b.From).or("Not established"),
			Cell{Text: longText(b.Get("delegated_from")), Value: b.Get("delegated_from"), Lacks: "Not established"}, populationCell(a, c)})
	}
	return t
}

// populationCell is the registered population of an organisation on the day.
func populationCell(a *Asked, code string) Cell {
	r, ok := a.Register.at("population", code, a.On)
	if !ok {
		return Cell{Lacks: "No data"}
	}
	n := 0
	if _, err := fmt.Sscan(r.Get("registered"), &n); err != nil {
		return Cell{Lacks: "No data"}
	}
	return number(n)
}

// mapFile is the map of a day as a file, to print and to enlarge.
func (s *Site) mapFile(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	m := changedMap(a, "map", "Integrated care boards on "+longDate(a.On), a.On, nil)
	if m == nil {
		return &problem{http.StatusNotFound, "There is no map of that day", "Integrated care boards began on 1 July 2022.", "Ask for a later date."}
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="%s" role="img"><title>%s</title>`, m.ViewBox, template.HTMLEscapeString(m.Title))
	for _, x := range m.Areas {
		fmt.Fprintf(&b, `<path d="%s" fill="#cfe3f7" stroke="#003087" stroke-width="0.8"><title>%s</title></path>`, x.Path, template.HTMLEscapeString(x.Says))
	}
	b.WriteString("</svg>\n")
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Header().Set("Cache-Control", "no-cache")
	_, err := w.Write(b.Bytes())
	return err
}
