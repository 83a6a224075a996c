package web

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"remit/register"
	"remit/store"
)

// columnTitles are the columns whose names do not read well with their
// underscores taken out.
var columnTitles = map[string]string{
	"icb": "ICB", "sub_icb": "Sub-ICB location", "ons_code": "ONS code", "host_icb": "Host ICB", "postcode": "Postcode", "tfc": "Treatment function",
	"short_name": "Short name", "section_7a": "Section 7A", "pre_1991": "Since before 1991", "valid_from": "From", "valid_to": "To", "host_sub_icb": "Host sub-ICB location",
	"by": "By", "on": "On", "lsoa": "LSOA",
}

func columnTitle(name string) string { return cmp.Or(columnTitles[name], sentence(name)) }

// organisationColumns hold codes of organisations or committees.
var organisationColumns = []string{"icb", "sub_icb", "region", "commissioner", "provider", "organisation", "party", "delegator", "delegate", "employer",
	"predecessor", "successor", "host_icb", "owner", "reserved_to", "imposed_by", "health_justice_hub", "specialised_hub", "host_sub_icb", "practice", "area", "high_level_geography", "national_grouping"}

// valueCell shows a value of a row as what its column says it is, with a link to
// the page of the thing.
func valueCell(a *Asked, column, value string) Cell {
	if value == "" {
		return Cell{Lacks: "No data"}
	}
	switch {
	case column == "valid_from" || column == "valid_to" || strings.HasSuffix(column, "_on") || column == "on" || strings.HasPrefix(column, "effective_") || column == "delegated_from":
		return Cell{Text: longText(value), Value: value}
	case column == "service" && len(a.Register.all("service", value)) > 0:
		return Cell{Text: value, Code: true, Href: a.To("/services/" + url.PathEscape(value))}
	case (column == "instrument" || column == "superseded_by" || column == "established_by") && len(a.Register.all("instrument", value)) > 0:
		return Cell{Text: value, Code: true, Href: a.To("/instruments/" + url.PathEscape(value))}
	case (column == "committee" || column == "parent") && len(a.Register.all("committee", value)) > 0:
		return Cell{Text: value, Code: true, Href: a.To("/committees/" + url.PathEscape(value))}
	case slices.Contains(organisationColumns, column):
		c := organisationCell(a, value, value)
		if name := a.Register.Name(value, a.On); name != value {
			c.Text, c.Value = name, value
		}
		return c
	case column == "services" && value != "*":
		return Cell{Text: value, Code: true, Href: a.To("/data/service_set", "set", value)}
	case strings.Contains(value, "_") && !strings.Contains(value, " "):
		return say(strings.ReplaceAll(value, "_", " "))
	}
	return say(value)
}

// rowsTable shows rows of one table of the register with their dates, source and
// confidence, which every fact has.
func rowsTable(a *Asked, name, caption string, rows []row, without ...string) *Table {
	t := &Table{Name: name, Caption: caption}
	if len(rows) == 0 {
		return t
	}
	var columns []string
	for _, c := range store.Columns(rows[0].Table) {
		if !slices.Contains([]string{"valid_from", "valid_to", "source", "confidence"}, c) && !slices.Contains(without, c) && someHave(rows, c) {
			columns = append(columns, c)
		}
	}
	columns = append(columns, "valid_from", "valid_to")
	for _, c := range columns {
		t.Columns = append(t.Columns, Column{Key: c, Title: columnTitle(c)})
	}
	t.Columns = append(t.Columns, Column{Key: "source", Title: "Source"})
	for _, r := range rows {
		var line Row
		for i, c := range columns {
			cell := valueCell(a, c, r.Get(c))
			switch c {
			case "valid_from":
				cell.Lacks = "Not established"
			case "valid_to":
				cell.Lacks = "Open"
			}
			if i == 0 {
				cell = cell.doubt(r)
			}
			line = append(line, cell)
		}
		t.Rows = append(t.Rows, append(line, cited(a.Register.source(r))))
	}
	return t
}

func someHave(rows []row, column string) bool {
	return slices.ContainsFunc(rows, func(r row) bool { return r.Get(column) != "" })
}

// where keeps the rows whose column has the value.
func where(rows []row, column, value string) []row {
	return keepRows(rows, func(r row) bool { return r.Get(column) == value })
}

// ended warns that a thing does not hold on the day asked.
func ended(what string, r row, day register.Day) string {
	switch {
	case r.holds(day):
		return ""
	case day < r.From:
		return "This " + what + " begins on " + longDate(r.From) + ", after the date shown."
	}
	return "This " + what + " ended on " + longDate(r.To) + ", before the date shown."
}

// provenance says when, and how surely, a fact of the page is known.
func provenance(a *Asked, r row) []named {
	list := []named{
		{"Holds", say(period(r.From, r.To))},
		{"Source", Cell{Text: a.Register.source(r)}.doubt(r)},
		{"Recorded", Cell{Text: r.RecordedAt.In(register.England).Format("2 January 2006") + " by " + r.RecordedBy, Href: ""}},
	}
	if a.May(store.Editor) {
		list = append(list, named{"Wrong or changed?", to("Propose a change", proposeAddress(r.Fact))})
	}
	return list
}

// add puts a table in a section of a page, when it has rows.
func (v *view) add(id, title, text string, t *Table) {
	if t != nil && len(t.Rows) > 0 {
		v.Parts = append(v.Parts, section{ID: id, Title: title, Text: text, Table: t})
	}
}

// eventsAbout are the events that are about one of some rows, the latest first.
func eventsAbout(a *Asked, keys ...string) []row {
	list := keepRows(a.Register.rows["event"], func(e row) bool {
		return slices.ContainsFunc(strings.Fields(e.Get("about")), func(about string) bool { return slices.Contains(keys, about) })
	})
	slices.SortStableFunc(list, func(x, y row) int { return strings.Compare(y.Get("on"), x.Get("on")) })
	return list
}

// newsTable lists events.
func newsTable(a *Asked, name, caption string, events []row) *Table {
	t := &Table{Name: name, Caption: caption, Columns: []Column{{Key: "on", Title: "Date"}, {Key: "title", Title: "What"}, {Key: "status", Title: "State", Filter: len(events) > 5}, {Key: "kind", Title: "Kind", Filter: len(events) > 5}, {Key: "source", Title: "Source"}}}
	for _, e := range events {
		t.Rows = append(t.Rows, Row{{Text: eventDate(e), Value: e.Get("on")}, Cell{Text: e.Get("title"), Href: eventPath(a, e.Get("code")), More: e.Get("text")}.doubt(e),
			say(stateWord(e.Get("status"))), say(e.Get("kind")), cited(a.Register.source(e))})
	}
	return t
}

var stateWords = map[string]string{"bill": "Before Parliament", "done": "Done", "in_force": "In force"}

func stateWord(s string) string { return cmp.Or(stateWords[s], sentence(s)) }

// columnsOf are the columns of a table that say something of its own.
func columnsOf(table string) []string {
	return slices.DeleteFunc(slices.Clone(store.Columns(table)), func(c string) bool {
		return c == "valid_from" || c == "valid_to" || c == "source" || c == "confidence"
	})
}
