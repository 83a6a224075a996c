package web

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"remit/register"
	"remit/store"
)

// comparedTables are the tables whose rows are compared between two dates, with
// the words for them and where each has its page.
var comparedTables = []struct{ table, kind, path string }{
	{"icb", "Organisation", "/organisations/"}, {"sub_icb", "Organisation", "/organisations/"}, {"provider", "Organisation", "/organisations/"}, {"region", "Organisation", "/organisations/"},
	{"hub", "Organisation", "/organisations/"}, {"body", "Organisation", "/organisations/"}, {"service", "Service", "/services/"}, {"service_line", "Service line", "/lines/"},
	{"instrument", "Instrument", "/instruments/"}, {"committee", "Committee", "/committees/"}, {"committee_member", "Member of a committee", "/committees/"},
	{"instrument_line", "Line of an instrument", "/instruments/"}, {"team_employer", "Employer of a team", ""}, {"icb_cluster", "Cluster", ""},
}

// changed is a row of the register that is not the same on two days.
type changed struct {
	on               register.Day
	rank             int // of its kind
	kind, table      string
	code, name, path string
	what             string
	before, after    string
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
	all := remember(&a.Register.answers, fmt.Sprintf("changes %s %s", from, to), func() []changed { return compare(a, from, to) })
	t := &Table{Name: "changes", Caption: "What is not the same", Search: true, Empty: "Nothing in the register changed between these two dates.",
		Columns: []Column{{Key: "on", Title: "Date"}, {Key: "kind", Title: "Kind", Filter: true}, {Key: "name", Title: "What"}, {Key: "change", Title: "Change", Filter: true}, {Key: "before", Title: "Before"}, {Key: "after", Title: "After"}}}
	for _, c := range all {
		name := Cell{Text: c.name, More: c.code}
		if c.path != "" {
			name.Href = a.To(c.path+url.PathEscape(c.code), "on", max(c.on, from).String())
		}
		t.Rows = append(t.Rows, Row{dayCell(c.on).or("Not established"), say(c.kind), name, say(c.what), say(c.before).or("Nothing"), say(c.after).or("Nothing")})
	}
	news := keepRows(a.Register.rows["event"], func(e row) bool {
		on := edge(e.Get("on"), register.NoDay)
		return from < on && on <= to
	})
	slices.SortStableFunc(news, func(x, y row) int { return strings.Compare(x.Get("on"), y.Get("on")) })
	v := view{Page: "changes", Place: "/changes", Title: changesFinding(all, from, to), Body: struct {
		From, To string
		Kept     []parameter
		Steps    []link
		Days     []dayCount
	}{from.String(), to.String(), parameters(query, "from", "to", "format", "page", "sort", "table", "q", "kind", "change"), changeSteps(a), countDays(all, news)}}
	v.Parts = append(v.Parts, section{ID: "changes", Title: "Every change", Table: t})
	v.add("news", "News of commissioning in this time", "", newsTable(a, "news", "Events", news))
	return s.show(w, r, v)
}

func dayOr(text string, other register.Day) (register.Day, error) {
	if strings.TrimSpace(text) == "" {
		return other, nil
	}
	return readDay(strings.TrimSpace(text))
}

func yearBefore(d register.Day) register.Day { return dayOf(dayTime(d).AddDate(-1, 0, 0)) }

func changesFinding(all []changed, from, to register.Day) string {
	return fmt.Sprintf("%s between %s and %s", plural(len(all), "thing changed", "things changed"), longDate(from), longDate(to))
}

// changeSteps are the comparisons that are most asked for.
func changeSteps(a *Asked) []link {
	var list []link
	for _, d := range []string{"2022-07-01", "2023-04-01", "2024-04-01", "2025-04-01", "2026-04-01"} {
		day := edge(d, register.NoDay)
		list = append(list, link{longDate(day), a.To("/changes", "from", (day - 1).String(), "to", d)})
	}
	return append(list, link{"what is planned for 1 April 2027", a.To("/changes", "from", a.Today.String(), "to", "2027-04-01")})
}

// dayCount is how much changed on a day, for the timeline.
type dayCount struct {
	Day     string
	Text    string
	Count   int
	Share   int // of the largest, in steps of a twentieth
	Heading string
}

func countDays(all []changed, news []row) []dayCount {
	counts, most := map[register.Day]int{}, 1
	for _, c := range all {
		counts[c.on]++
		most = max(most, counts[c.on])
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
		share := 0
		if n > 0 {
			share = max(1, 20*n/most)
		}
		text := longDate(day)
		if n == 0 {
			text = dates[day] // news alone, of which no more may be known than the month
		}
		list = append(list, dayCount{day.String(), text, n, share, titles[day]})
	}
	slices.SortFunc(list, func(x, y dayCount) int { return strings.Compare(x.Day, y.Day) })
	return list
}

// compare finds every row that is not the same on two days.
func compare(a *Asked, from, to register.Day) []changed {
	var all []changed
	for rank, c := range comparedTables {
		for _, rows := range byIdentity(a.Register.rows[c.table]) {
			before, after := heldOn(rows, from), heldOn(rows, to)
			x := changed{rank: rank, kind: c.kind, table: c.table, path: c.path}
			switch {
			case before == nil && after == nil:
				continue
			case before == nil:
				x.on, x.what, x.after = began(rows, from, to), "Began", inWords(a, *after)
				x.of(a, *after)
			case after == nil:
				x.on, x.what, x.before = before.To+1, "Ended", inWords(a, *before)
				x.of(a, *before)
			default:
				differs := meaningful(store.Differences(c.table, before.Values, after.Values))
				if len(differs) == 0 {
					continue
				}
				x.on, x.what = after.From, "Changed"
				for _, d := range differs {
					x.before, x.after = join(x.before, columnTitle(d.Column)+" "+shownValue(a, d.Column, d.Before)), join(x.after, columnTitle(d.Column)+" "+shownValue(a, d.Column, d.After))
				}
				x.of(a, *after)
			}
			all = append(all, x)
		}
	}
	slices.SortStableFunc(all, func(x, y changed) int {
		return cmp.Or(cmp.Compare(x.on, y.on), cmp.Compare(x.rank, y.rank), natural(x.name, y.name))
	})
	return all
}

// of says which thing a change is of.
func (x *changed) of(a *Asked, r row) {
	identity := store.Identity(x.table)
	x.code = r.Get(identity[0])
	x.name = nameOf(r)
	if !slices.Contains(store.Columns(x.table), "name") && !slices.Contains(store.Columns(x.table), "title") || x.table == "icb_cluster" {
		x.name = a.Register.Name(x.code, r.From)
		if t, ok := a.Register.nearest("instrument", x.code, r.From); ok {
			x.name = t.Get("title")
		}
		if t, ok := a.Register.nearest("team", x.code, r.From); ok {
			x.name = t.Get("name")
		}
		for _, c := range identity[1:] {
			x.name += ", " + shownValue(a, c, r.Get(c))
		}
	}
}

func byIdentity(rows []row) [][]row {
	at := map[string]int{}
	var groups [][]row
	for _, r := range rows {
		var key strings.Builder
		for _, c := range store.Identity(r.Table) {
			key.WriteString(r.Get(c) + "\x00")
		}
		i, ok := at[key.String()]
		if !ok {
			i = len(groups)
			at[key.String()] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], r)
	}
	return groups
}

func heldOn(rows []row, day register.Day) *row {
	for i := range rows {
		if rows[i].holds(day) {
			return &rows[i]
		}
	}
	return nil
}

// began is the first day after from on which one of the rows holds.
func began(rows []row, from, to register.Day) register.Day {
	first := to
	for _, r := range rows {
		if r.From > from {
			first = min(first, r.From)
		}
	}
	return first
}

// meaningful leaves out columns that say nothing about the thing itself.
func meaningful(all []store.Difference) []store.Difference {
	return slices.DeleteFunc(all, func(d store.Difference) bool {
		return slices.Contains([]string{"valid_from", "valid_to", "source", "confidence", "note"}, d.Column)
	})
}

// inWords is a row in a few words: what tells it, after its name.
func inWords(a *Asked, r row) string {
	var text string
	for _, c := range []string{"status", "state", "kind", "icb", "category", "role", "employer", "delegate", "organisation"} {
		if v := r.Get(c); v != "" && len(text) < 120 {
			text = join(text, columnTitle(c)+" "+shownValue(a, c, v))
		}
	}
	if text == "" {
		return nameOf(r)
	}
	return text
}

func shownValue(a *Asked, column, value string) string {
	if value == "" {
		return "blank"
	}
	return valueCell(a, column, value).Text
}
