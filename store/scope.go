package store

import (
	"slices"

	"remit/register"
)

// Scope lists the integrated care boards whose facts a row is, by code and in
// order: those that it names, and those to which the sub-ICB locations, providers
// and instruments that it names belong at any time. It is empty for a row that is
// nobody's own: a service, a region, a rule for all of England.
func (k *Known) Scope(table string, v Values) []string {
	boards := map[string]bool{}
	k.scope(table, v, boards, 0)
	return sorted(boards)
}

// ScopeOf lists the boards whose facts some edits touch, before or after.
func (k *Known) ScopeOf(edits []Edit) []string {
	boards := map[string]bool{}
	for _, e := range edits {
		for _, v := range []Values{e.Before, e.After} {
			if v != nil {
				k.scope(e.Table, v, boards, 0)
			}
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

// owned are tables whose rows belong to boards through the rows that they name,
// and mostSteps bounds the way there: practice, location, board.
var owned = []string{"sub_icb", "reporting_entity", "provider", "instrument", "committee", "joint_committee", "team"}

const mostSteps = 4

func (k *Known) scope(table string, v Values, boards map[string]bool, steps int) {
	if table == "icb" {
		boards[v["code"]] = true
		return // a board belongs to itself, and not to whoever its row names besides
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
	// The parties of an instrument and the members of a committee stand in tables of
	// their own, under its code.
	for _, of := range parts[table] {
		for _, row := range k.Find(of, v["code"]) {
			k.scope(of, row.Values, boards, mostSteps-1)
		}
	}
}

// parts are tables whose rows say to whom a row of another belongs.
var parts = map[string][]string{"instrument": {"instrument_party"}, "committee": {"committee_member"}, "team": {"team_employer"}}

// named are the tables that a column leads to. Codes of several kinds of
// organisation stand in columns that name no table.
func named(f register.Field) []string {
	switch {
	case f.Kind == "code":
		return f.Of
	case slices.Contains(anyOrganisation, f.Name):
		return []string{"icb", "sub_icb", "provider"}
	}
	return nil
}

var anyOrganisation = []string{"commissioner", "provider", "organisation", "party", "delegator", "delegate", "population", "employer", "host", "predecessor", "successor", "member"}

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
// boards given: a board's own facts, if it is a board; anything, if it is
// national (blank).
func MayChange(organisation string, boards []string) bool {
	if organisation == "" {
		return true
	}
	return len(boards) == 1 && boards[0] == organisation
}
