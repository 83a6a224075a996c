package store

import (
	"slices"
	"strings"

	"remit/register"
)

// National stands among the organisations of a proposal for facts that are no
// board's own: a service, a region, a rule for all of England.
const National = "*"

// Scope lists the integrated care boards whose facts a row is, by code and in
// order: those that it names, and those to which the sub-ICB locations, providers,
// instruments, committees and teams that it names belong at any time. It is
// empty for a row that is no board's own.
func (k *Known) Scope(table string, v Values) []string {
	boards := map[string]bool{}
	k.scope(table, v, boards, 0)
	return sorted(boards)
}

// ScopeOf lists the boards whose facts some edits touch, before and after, with
// National for rows that are no board's own. A source that is added is nobody's:
// whoever proposes may cite one.
func ScopeOf(before, after *Known, edits []Edit) []string {
	boards := map[string]bool{}
	add := func(k *Known, table string, v Values) {
		own := k.Scope(table, v)
		if len(own) == 0 {
			own = []string{National}
		}
		for _, code := range own {
			boards[code] = true
		}
	}
	for _, e := range edits {
		if e.Before != nil {
			add(before, e.Table, e.Before)
		}
		if e.After != nil && !(e.Table == sources && e.Before == nil) {
			add(after, e.Table, e.After)
		}
	}
	return sorted(boards)
}

func sorted(set map[string]bool) []string {
	all := []string{}
	for code := range set {
		all = append(all, code)
	}
	slices.Sort(all)
	return all
}

// owned are tables whose rows belong to boards through the rows that they name.
var owned = []string{"sub_icb", "reporting_entity", "provider", "practice", "instrument", "committee", "team"}

// parts are tables whose rows say to whom the row of another belongs, by its code.
var parts = map[string]string{"instrument": "instrument_party", "committee": "committee_member", "team": "team_area"}

// mostSteps bounds the way from a row to a board: practice, location, board.
const mostSteps = 4

func (k *Known) scope(table string, v Values, boards map[string]bool, steps int) {
	if table == "icb" {
		boards[v["code"]] = true
		return // a board belongs to itself, whatever its row names besides
	}
	if steps == mostSteps {
		return
	}
	for _, field := range register.Fields(table) {
		if code := v[field.Name]; code != "" {
			for _, of := range named(field) {
				k.follow(of, code, boards, steps+1)
			}
		}
	}
	for about := range strings.FieldsSeq(v["about"]) { // of events: table:code
		if of, code, ok := strings.Cut(about, ":"); ok {
			k.follow(of, code, boards, steps+1)
		}
	}
	if of := parts[table]; of != "" {
		for _, row := range k.Find(of, v["code"]) {
			for _, field := range register.Fields(of) {
				if code := row.Values[field.Name]; code != "" && field.Name != table {
					for _, of := range named(field) {
						k.follow(of, code, boards, steps+1)
					}
				}
			}
		}
	}
}

// named are the tables that a column leads to. Some columns hold codes of several
// kinds of organisation and name no table.
func named(f register.Field) []string {
	if f.Kind == "code" {
		return f.Of
	}
	if slices.Contains([]string{"commissioner", "provider", "predecessor", "successor"}, f.Name) {
		return []string{"icb", "sub_icb", "provider"}
	}
	return nil
}

// follow takes the way to the rows of a table with a code.
func (k *Known) follow(table, code string, boards map[string]bool, steps int) {
	rows := k.Find(table, code)
	if table == "icb" && len(rows) > 0 {
		boards[code] = true
		return
	}
	if !slices.Contains(owned, table) {
		return
	}
	for _, row := range rows {
		k.scope(table, row.Values, boards, steps)
	}
}

// MayChange says whether an account of an organisation may change facts of the
// organisations of a proposal: a board its own facts alone, and somebody national
// (blank) every fact.
func MayChange(organisation string, organisations []string) bool {
	return organisation == "" || len(organisations) == 1 && organisations[0] == organisation
}
