package web

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"remit/holding"
	"remit/register"
)

// service shows one service: who commissions it, its lines, who holds it where,
// and what changed.
func (s *Site) service(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	code := r.PathValue("code")
	found, ok := a.Register.nearest("service", code, a.On)
	if !ok {
		return missing("service", code, "The list of services has all of them with their numbers; or search by name.")
	}
	return s.subject(w, r, found, "service", code, found.Get("title"), []link{{"Services", a.To("/services")}})
}

// line shows one service line.
func (s *Site) line(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	code := r.PathValue("code")
	found, ok := a.Register.nearest("service_line", code, a.On)
	if !ok {
		return missing("service line", code, "Look for it by its name, or under its service.")
	}
	trail := []link{{"Services", a.To("/services")}}
	if of, ok := a.Register.nearest("service", found.Get("service"), a.On); ok {
		trail = append(trail, link{of.Get("title"), a.To("/services/" + url.PathEscape(of.Get("code")))})
	}
	return s.subject(w, r, found, "line", code, found.Get("title"), trail)
}

// statusWords are the statuses of service lines in plain words.
var statusWords = map[string]string{
	"GREEN": "Green: delegated to ICBs", "RED": "Red: kept by NHS England", "BLUE": "Blue: paid through a host provider",
	"AMBER": "Amber: suitable for delegation, not ready", "NOT APPLICABLE": "Not applicable: not a prescribed specialised service",
}

func (s *Site) subject(w http.ResponseWriter, r *http.Request, found row, kind, code, title string, trail []link) error {
	a := asked(r)
	v := view{Page: "subject", Place: "/services", Trail: trail, Title: title, Dated: true, Warn: ended(map[string]string{"service": "service", "line": "service line"}[kind], found, a.On)}
	body := struct {
		Code     string
		Question question
		Map      *mapDrawing
	}{Code: code, Question: newQuestion(a, code, "")}
	if book, err := a.Register.book(); err == nil {
		if x, err := book.Who(holding.Question{Service: code, On: a.On}); err == nil {
			v.Lead = x.Answer
			where := holdersByBoard(a, book, code)
			body.Map = holdersMap(a, where)
			v.add("holders", "Who holds what, where", "Each integrated care board on "+longDate(a.On)+". Pick one for the whole chain of roles.", holdersTable(a, code, where))
			v.add("before", "What changed before", "", changesTable(a, "before", "Changes before "+longDate(a.On), x.Before))
			v.add("after", "What changed next", "", changesTable(a, "after", "Changes after "+longDate(a.On), x.After))
			if len(x.Planned) > 0 {
				v.add("planned", "What is planned", "Plans are not facts: each can still change, and some need Parliament.", plansTable(a, x.Planned))
			}
		}
	}
	if kind == "service" {
		v.serviceFacts(a, found, code)
	} else {
		v.lineFacts(a, found, code)
	}
	v.Body = body
	return s.show(w, r, v)
}

func (v *view) serviceFacts(a *Asked, found row, code string) {
	v.Facts = append([]named{
		{"National number", Cell{Text: code, Code: true}},
		{"Programme of care", say(found.Get("programme")).or("Not established")},
		{"Kind", say(categories[found.Get("category")]).or("Not established")},
	}, provenance(a, found)...)
	if note := found.Get("note"); note != "" {
		v.Facts = append(v.Facts, named{"Note", say(sentence(note))})
	}
	lines := &Table{Name: "lines", Caption: "Service lines", Columns: []Column{{Key: "code", Title: "Code"}, {Key: "title", Title: "Service line"}, {Key: "status", Title: "Status", Filter: true}, {Key: "since", Title: "Since"}, {Key: "source", Title: "Source"}}}
	for _, l := range where(a.Register.on("service_line", a.On), "service", code) {
		lines.Rows = append(lines.Rows, lineRow(a, l))
	}
	v.add("lines", "Its lines", "A line is the service as contracts and records name it. The status decides who pays.", lines)
	v.add("lists", "Sets of services that it is in", "", rowsTable(a, "sets", "Sets of services", where(a.Register.rows["service_set"], "service", code), "service"))
	v.add("history", "How it is recorded through time", "", rowsTable(a, "history", "The service through time", a.Register.all("service", code), "code"))
	v.add("news", "In the news of commissioning", "", newsTable(a, "news", "Events", eventsAbout(a, "service:"+code)))
}

func lineRow(a *Asked, l row) Row {
	c := l.Get("code")
	return Row{{Text: c, Code: true, Href: a.To("/lines/" + url.PathEscape(c))}, to(l.Get("title"), a.To("/lines/"+url.PathEscape(c))).doubt(l),
		say(cmp.Or(statusWords[l.Get("status")], l.Get("status"))), dayCell(l.From).or("Not established"), cited(a.Register.source(l))}
}

// lineFlags are the columns of a line that say 1 or 0, in words.
var lineFlags = []struct{ column, says string }{
	{"specialised", "specialised"}, {"highly_specialised", "highly specialised"}, {"mental_health", "mental health"}, {"secondary_dental", "secondary dental"},
	{"armed_forces", "armed forces"}, {"public_health", "public health"}, {"health_justice", "health and justice"}, {"section_7a", "section 7A"},
	{"pre_1991", "commissioned since before 1991"}, {"cancer_drugs_fund", "Cancer Drugs Fund"}, {"innovative_medicines_fund", "Innovative Medicines Fund"}, {"hepatitis_c", "hepatitis C"},
}

func (v *view) lineFacts(a *Asked, found row, code string) {
	var flags string
	for _, f := range lineFlags {
		if found.Get(f.column) == "1" {
			if flags != "" {
				flags += ", "
			}
			flags += f.says
		}
	}
	v.Facts = append([]named{
		{"Code", Cell{Text: code, Code: true}},
		{"Service", valueCell(a, "service", found.Get("service")).or("None")},
		{"Status", say(cmp.Or(statusWords[found.Get("status")], found.Get("status")))},
		{"Counts as", say(sentence(flags)).or("None of the kinds that the method tells apart")},
	}, provenance(a, found)...)
	t := rowsTable(a, "history", "The line through time", a.Register.all("service_line", code), append([]string{"code", "service", "title"}, flagColumns()...)...)
	v.add("history", "Its status through time", "", t)
	if of := found.Get("service"); of != "" {
		others := &Table{Name: "others", Caption: "Other lines of the service", Columns: []Column{{Key: "code", Title: "Code"}, {Key: "title", Title: "Service line"}, {Key: "status", Title: "Status"}, {Key: "since", Title: "Since"}, {Key: "source", Title: "Source"}}}
		for _, l := range where(a.Register.on("service_line", a.On), "service", of) {
			if l.Get("code") != code {
				others.Rows = append(others.Rows, lineRow(a, l))
			}
		}
		v.add("others", "Other lines of the service", "", others)
	}
}

func flagColumns() []string {
	list := make([]string, len(lineFlags))
	for i, f := range lineFlags {
		list[i] = f.column
	}
	return list
}

// boardHolding is who commissions something for the people of one ICB.
type boardHolding struct {
	icb           row
	responsible   []holding.Holding
	decides, pays string
	class, word   string
}

// The ways in which a service can be held, as maps and tables show them.
const (
	heldByBoard    = "Delegated to the ICB"
	heldJointly    = "Jointly with NHS England"
	heldNationally = "NHS England itself"
	heldUnknown    = "Not established"
)

// holdersByBoard asks, for every board of the day, who is responsible.
func holdersByBoard(a *Asked, book *holding.Book, code string) []boardHolding {
	alike, err := book.Alike(code, a.On)
	if err != nil {
		return nil
	}
	return remember(&a.Register.answers, fmt.Sprintf("boards %s %s", a.On, alike), func() []boardHolding {
		boards, err := book.Boards(code, a.On, holding.Responsible, holding.Decides, holding.Pays)
		if err != nil {
			return nil
		}
		var list []boardHolding
		for _, board := range boards {
			icb, ok := a.Register.at("icb", board.ICB, a.On)
			if !ok {
				continue
			}
			b := boardHolding{icb: icb}
			for _, h := range board.Holdings {
				switch h.Role {
				case holding.Responsible:
					b.responsible = append(b.responsible, h)
				case holding.Decides:
					b.decides = join(b.decides, said(a, h))
				case holding.Pays:
					b.pays = join(b.pays, said(a, h))
				}
			}
			b.word, b.class = heldHow(b.responsible)
			list = append(list, b)
		}
		slices.SortStableFunc(list, func(x, y boardHolding) int { return cmp.Compare(nameOf(x.icb), nameOf(y.icb)) })
		return list
	})
}

func join(before, name string) string {
	if before == "" || name == "" {
		return before + name
	}
	return before + "; " + name
}

// heldHow says in a word how a service is held, and the class of the map's fill.
func heldHow(list []holding.Holding) (word, class string) {
	if len(list) == 0 || list[0].HolderCode == "" {
		return heldUnknown, "unknown"
	}
	board, national := false, false
	for _, h := range list {
		if h.HolderCode == "NHSE" {
			national = true
		} else {
			board = true
		}
	}
	switch {
	case board && national:
		return heldJointly, "joint"
	case board:
		return heldByBoard, "board"
	}
	return heldNationally, "national"
}

func holdersTable(a *Asked, code string, list []boardHolding) *Table {
	t := &Table{Name: "holders", Caption: "Who commissions it for the people of each ICB", Search: true,
		Columns: []Column{{Key: "icb", Title: "For the people of"}, {Key: "code", Title: "Code"}, {Key: "held", Title: "How it is held", Filter: true}, {Key: "responsible", Title: "Responsible"}, {Key: "decides", Title: "Decides"}, {Key: "pays", Title: "Pays"}, {Key: "since", Title: "Since"}}}
	for _, b := range list {
		c := b.icb.Get("code")
		var names string
		since := register.NoDay
		for _, h := range b.responsible {
			names = join(names, said(a, h))
			since = max(since, h.ValidFrom)
		}
		t.Rows = append(t.Rows, Row{to(nameOf(b.icb), a.To("/", "service", code, "for", c)), {Text: c, Code: true, Href: a.To("/organisations/" + c)}, say(b.word),
			say(names).or("Not established"), say(b.decides).or("Not established"), say(b.pays).or("Not established"), dayCell(since).or("Not established")})
	}
	return t
}
