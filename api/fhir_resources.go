package api

import (
	"slices"
	"strings"

	"remit/register"
)

// versions are the rows of each code of a table in the order of the file. The row
// that says what a code is on a day is the one that holds, or else the nearest.
type versions struct {
	codes []string
	of    map[string][]register.Row
}

func versionsOf(v *view, table string, identity ...string) versions {
	columns := register.Columns(table)
	all := versions{of: map[string][]register.Row{}}
	for row := range v.Pack.Rows(table) {
		parts := make([]string, len(identity))
		for i, name := range identity {
			parts[i] = row.Fields[slices.Index(columns, name)]
		}
		code := idOf(parts...)
		if all.of[code] == nil {
			all.codes = append(all.codes, code)
		}
		all.of[code] = append(all.of[code], row)
	}
	return all
}

// idOf makes an id of codes, of the characters that ids may have.
func idOf(parts ...string) string {
	id := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r == '-' {
			return r
		}
		return '-'
	}, strings.Join(parts, "\x00"))
	return id[:min(len(id), 64)]
}

// on is the row for a day and whether it holds then.
func (all *versions) on(code string, day register.Day) (row register.Row, holds bool) {
	rows := all.of[code]
	row = rows[0]
	for _, r := range rows {
		if r.From <= day && day <= r.To {
			return r, true
		}
		if r.From <= day && r.From >= row.From {
			row = r
		}
	}
	return row, false
}

func periodOf(row register.Row) *during {
	d := during{row.From.String(), row.To.String()}
	if d == (during{}) {
		return nil
	}
	return &d
}

func coded(system, code string) []concept {
	if code == "" {
		return nil
	}
	return []concept{{Coding: []coding{{System: system, Code: code}}}}
}

// getter reads a row's columns by name; blank for those that the table lacks.
func getter(table string, row register.Row) func(string) string {
	columns := register.Columns(table)
	return func(name string) string {
		if i := slices.Index(columns, name); i >= 0 {
			return row.Fields[i]
		}
		return ""
	}
}

// fhirKinds are the tables of organisations with the system that their codes are
// of, and the column that names what they are part of.
var fhirKinds = []struct{ table, code, system, partOf string }{
	{"region", "code", systemODS, ""},
	{"icb", "code", systemODS, "region"},
	{"sub_icb", "code", systemODS, "icb"},
	{"reporting_entity", "code", systemODS, "sub_icb"},
	{"hub", "code", systemODS, "region"},
	{"health_board", "code", systemODS, ""},
	{"provider", "code", systemODS, ""},
	{"practice", "code", systemODS, ""},
	{"armed_forces_practice", "code", systemODS, ""},
	{"justice_facility", "facility", systemODS, ""},
	{"body", "code", systemBody, ""},
	{"committee", "code", systemCommittee, "parent"},
}

// fhirOrganizations are organisations of all kinds, and committees. Whether one is
// active, and what it is called, is as at the day.
func fhirOrganizations(v *view) []resource {
	var list []resource
	for _, kind := range fhirKinds {
		all := versionsOf(v, kind.table, kind.code)
		for _, code := range all.codes {
			row, holds := all.on(code, v.on)
			get := getter(kind.table, row)
			if get("kind") == anyICB {
				continue
			}
			r := resource{Type: "Organization", ID: code, Active: holds, Name: get("name"), Kind: coded(systemKind, kind.table)}
			r.lastUpdated, r.Meta = v.updated(kind.table, row)
			r.Identifier = []identifier{{kind.system, get(kind.code), periodOf(row)}}
			if ons := get("ons_code"); ons != "" {
				r.Identifier = append(r.Identifier, identifier{System: systemONS, Value: ons})
			}
			if short := get("short_name"); short != "" {
				r.Alias = []string{short}
			}
			if postcode := get("postcode"); postcode != "" {
				r.Address = []address{{PostalCode: postcode}}
			}
			if parent := get(kind.partOf); parent != "" {
				r.PartOf = &reference{Reference: "Organization/" + idOf(parent)}
			}
			list = append(list, r)
		}
	}
	return list
}

// fhirServices are the prescribed specialised services, and service lines.
func fhirServices(v *view) []resource {
	var list []resource
	for _, kind := range []struct{ table, system, category, codes string }{
		{"service", systemService, "category", systemCategory},
		{"service_line", systemLine, "status", systemStatus},
	} {
		all := versionsOf(v, kind.table, "code")
		for _, code := range all.codes {
			row, holds := all.on(code, v.on)
			get := getter(kind.table, row)
			r := resource{Type: "HealthcareService", ID: code, Active: holds, Name: get("title"), Comment: get("note"),
				Kind: coded(systemProgramme, get("programme")), Category: coded(kind.codes, get(kind.category))}
			if category := get(kind.category); strings.Contains(category, " ") {
				r.Category = []concept{{Coding: []coding{{System: kind.codes, Code: strings.ToUpper(strings.ReplaceAll(category, " ", "-")), Display: category}}}}
			}
			if programme := get("programme"); programme != "" {
				r.Kind = []concept{{Coding: []coding{{System: systemProgramme, Code: programme}}, Text: programme}}
			}
			r.lastUpdated, r.Meta = v.updated(kind.table, row)
			r.Identifier = []identifier{{kind.system, get("code"), periodOf(row)}}
			list = append(list, r)
		}
	}
	return list
}

// fhirAffiliations are the lines of instruments, by which one body passes a function
// on to another, and the seats on committees.
func fhirAffiliations(v *view) []resource {
	names := map[string]string{}
	for _, kind := range fhirKinds {
		if kind.table == "practice" {
			continue // 8,000 that no instrument names
		}
		all := versionsOf(v, kind.table, kind.code)
		for _, code := range all.codes {
			row, _ := all.on(code, v.on)
			if get := getter(kind.table, row); get("kind") != anyICB {
				names[code] = get("name")
			}
		}
	}
	named := func(code string) *reference {
		if code == "" {
			return nil
		}
		if names[idOf(code)] == "" {
			return &reference{Display: "any integrated care board: each for the people for whom it is responsible"}
		}
		return &reference{Reference: "Organization/" + idOf(code), Display: names[idOf(code)]}
	}
	services := map[string][]reference{} // by set
	for _, m := range rows[setMember](v, "service_set", v.on) {
		services[m.Set] = append(services[m.Set], reference{Reference: "HealthcareService/" + idOf(m.Service)})
	}
	var list []resource
	lines := versionsOf(v, "instrument_line", "instrument", "line")
	for _, id := range lines.codes {
		row, holds := lines.on(id, v.on)
		get := getter("instrument_line", row)
		r := resource{Type: "OrganizationAffiliation", ID: id, Active: holds, Period: periodOf(row), From: named(get("delegator")), To: named(get("delegate")),
			Code: []concept{{Coding: []coding{{System: systemMode, Code: get("mode")}}, Text: modes[get("mode")]}}}
		r.lastUpdated, r.Meta = v.updated("instrument_line", row)
		r.Identifier = []identifier{{System: systemInstrument, Value: get("instrument") + "/" + get("line")}}
		r.Services = services[get("services")]
		list = append(list, r)
	}
	seats := versionsOf(v, "committee_member", "committee", "organisation")
	for _, id := range seats.codes {
		row, holds := seats.on(id, v.on)
		get := getter("committee_member", row)
		r := resource{Type: "OrganizationAffiliation", ID: id, Active: holds, Period: periodOf(row), From: named(get("committee")), To: named(get("organisation")),
			Code: []concept{{Coding: []coding{{System: systemMode, Code: "member"}}, Text: "has a seat on the committee"}}}
		r.lastUpdated, r.Meta = v.updated("committee_member", row)
		r.Identifier = []identifier{{System: systemSeat, Value: get("committee") + "/" + get("organisation")}}
		list = append(list, r)
	}
	return list
}

// modes say what a line does with a function.
var modes = map[string]string{
	"by":        "exercises the function by delegation",
	"jointly":   "exercises the function jointly",
	"committee": "decides for its members",
	"transfer":  "has taken the function over by statute",
}
