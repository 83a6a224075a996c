package web

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"remit/holding"
	"remit/register"
)

// differenceKinds are the kinds of difference in plain words.
var differenceKinds = map[string]string{
	"organisation": "Organisation", "holder": "Who holds it", "service": "Service", "instrument": "Instrument", "committee": "Committee", "team": "Team",
}

// changesPage compares two days.
func (s *Site) changesPage(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	query := r.URL.Query()
	to, err := dayOr(query.Get("to"), a.On)
	if err != nil {
		return errOn
	}
	from, err := dayOr(query.Get("from"), yearBefore(to))
	if err != nil {
		return errOn
	}
	if from > to {
		return &problem{http.StatusBadRequest, "The dates are the wrong way round", "The comparison starts after it ends.", "Put the earlier date first."}
	}
	book, err := a.Register.book()
	if err != nil {
		return err
	}
	all := remember(&a.Register.answers, fmt.Sprintf("changes %s %s", from, to), func() []holding.Difference { return book.Between(from, to) })
	t := &Table{Name: "changes", Caption: "What is not the same", Search: true, Empty: "Nothing in the register changed between these two dates.",
		Columns: []Column{{Key: "on", Title: "Date"}, {Key: "kind", Title: "Kind", Filter: true}, {Key: "name", Title: "What"}, {Key: "code", Title: "Code"}, {Key: "change", Title: "Change", Filter: true}, {Key: "before", Title: "Before"}, {Key: "after", Title: "After"}, {Key: "people", Title: "For the people of", Filter: true}, {Key: "source", Title: "Source"}}}
	for _, d := range all {
		people := say("").or("All of England, or not said")
		if d.People != "" {
			people = organisationCell(a, d.People, a.Register.Name(d.People, to))
		}
		t.Rows = append(t.Rows, Row{dayCell(d.On).or("More than once"), say(differenceKinds[d.Kind]), differenceCell(a, d, to), codesCell(d.Code), say(sentence(d.What)),
			say(spoken(a, d.Before)).or("Nothing"), say(spoken(a, d.After)).or("Nothing"), people, cited(d.Source)})
	}
	news := keepRows(a.Register.rows["event"], func(e row) bool {
		on := edge(e.Get("on"), register.NoDay)
		return from < on && on <= to
	})
	slices.SortStableFunc(news, func(x, y row) int { return strings.Compare(x.Get("on"), y.Get("on")) })
	days := countDays(all, news)
	v := view{Page: "changes", Place: "/changes", Title: changesFinding(all, from, to), Body: struct {
		From, To string
		Kept     []parameter
		Steps    []link
		Drawn    *timeline
	}{from.String(), to.String(), parameters(query, "from", "to", "format", "page", "sort", "table", "q", "kind", "change", "people"), changeSteps(a), drawTimeline(a, days, from, to)}}
	v.Parts = append(v.Parts, section{ID: "changes", Title: "Every change", Table: t})
	v.add("days", "Day by day", "", daysTable(a, days))
	v.add("news", "News of commissioning in this time", "", newsTable(a, "news", "Events", news))
	return s.show(w, r, v)
}

func dayOr(text string, other register.Day) (register.Day, error) {
	if strings.TrimSpace(text) == "" {
		return other, nil
	}
	return readDay(strings.TrimSpace(text))
}

func yearBefore(d register.Day) register.Day { return register.DayOf(dayTime(d).AddDate(-1, 0, 0)) }

func changesFinding(all []holding.Difference, from, to register.Day) string {
	return fmt.Sprintf("%s between %s and %s", plural(len(all), "thing changed", "things changed"), longDate(from), longDate(to))
}

// changeSteps are the comparisons that are most asked for: over each of the days
// on which most instruments took effect, and up to the next that is planned.
func changeSteps(a *Asked) []link {
	began := map[register.Day]int{}
	planned := register.Latest
	for _, r := range a.Register.rows["instrument"] {
		day := edge(r.Get("effective_from"), register.NoDay)
		switch r.Get("state") {
		case "in_force", "novated", "expired":
			began[day]++
		case "planned":
			if day > a.Today {
				planned = min(planned, day)
			}
		}
	}
	days := slices.SortedFunc(maps.Keys(began), func(x, y register.Day) int { return cmp.Or(began[y]-began[x], int(y-x)) })
	days = days[:min(len(days), mostSteps)]
	slices.Sort(days)
	var list []link
	for _, day := range days {
		list = append(list, link{longDate(day), a.To("/changes", "from", (day - 1).String(), "to", day.String())})
	}
	if planned < register.Latest {
		list = append(list, link{"what is planned for " + longDate(planned), a.To("/changes", "from", a.Today.String(), "to", planned.String())})
	}
	return list
}

// mostSteps is how many days are offered.
const mostSteps = 5

// dayCount is how much changed on a day, for the timeline.
type dayCount struct {
	day     register.Day
	Text    string
	Count   int
	Heading string
}

func countDays(all []holding.Difference, news []row) []dayCount {
	counts := map[register.Day]int{}
	for _, c := range all {
		if c.On == register.NoDay {
			continue // it changed more than once
		}
		counts[c.On]++
	}
	titles, dates := map[register.Day]string{}, map[register.Day]string{}
	for _, e := range news {
		on := edge(e.Get("on"), register.NoDay)
		titles[on] = join(titles[on], e.Get("title"))
		dates[on] = eventDate(e)
		counts[on] += 0
	}
	var list []dayCount
	for day, n := range counts {
		text := longDate(day)
		if n == 0 {
			text = dates[day] // news alone, of which no more may be known than the month
		}
		list = append(list, dayCount{day, text, n, titles[day]})
	}
	slices.SortFunc(list, func(x, y dayCount) int { return int(x.day - y.day) })
	return list
}

// daysTable is the timeline as a table.
func daysTable(a *Asked, days []dayCount) *Table {
	t := &Table{Name: "days", Caption: "How much changed on each day", Columns: []Column{{Key: "on", Title: "Date"}, {Key: "changes", Title: "Changes", Numeric: true}, {Key: "news", Title: "News"}}}
	for _, d := range days {
		date := Cell{Text: d.Text, Value: d.day.String()}
		if d.Count > 0 {
			date.Href = a.To("/changes", "from", (d.day - 1).String(), "to", d.day.String())
		}
		t.Rows = append(t.Rows, Row{date, number(d.Count), say(d.Heading).or("None in the register")})
	}
	return t
}

// codesCell shows a code or a few; of many, files have them all.
func codesCell(codes string) Cell {
	n := len(strings.Fields(codes))
	if n > 3 {
		return Cell{Text: thousands(n) + " codes", Value: codes}
	}
	return code(codes)
}

// differenceCell leads to the thing that differs, as it is afterwards.
func differenceCell(a *Asked, d holding.Difference, to register.Day) Cell {
	c := Cell{Text: d.Name}
	code := url.PathEscape(d.Code)
	on := to.String()
	switch {
	case d.Kind == "organisation":
		c.Text, c.Href = a.Register.Name(d.Code, d.On), a.To("/organisations/"+code, "on", on)
	case d.Kind == "instrument" && len(a.Register.all("instrument", d.Code)) > 0:
		c.Href = a.To("/instruments/"+code, "on", on)
	case d.Kind == "committee" && len(a.Register.all("committee", d.Code)) > 0:
		c.Href = a.To("/committees/"+code, "on", on)
	case d.Kind == "holder" && d.People != "" && !strings.Contains(d.Code, " "):
		c.Href = a.To("/", "service", d.Code, "for", d.People, "on", on)
	case len(a.Register.all("service", d.Code)) > 0:
		c.Href = a.To("/services/"+code, "on", on)
	case len(a.Register.all("service_line", d.Code)) > 0:
		c.Href = a.To("/lines/"+code, "on", on)
	}
	return c
}

// spoken writes a value of a difference as people say it: codes by their names.
func spoken(a *Asked, value string) string {
	rest, heirs := strings.CutPrefix(value, "to ")
	if len(rest) > 60 && !heirs {
		return value
	}
	words := strings.FieldsFunc(rest, func(r rune) bool { return r == ' ' || r == ',' })
	var names []string
	for _, w := range words {
		if w == "and" {
			continue
		}
		name := a.Register.Name(w, a.On)
		if name == w {
			return strings.ReplaceAll(value, "_", " ")
		}
		names = append(names, name)
	}
	if heirs {
		return "to " + list(names)
	}
	return list(names)
}
