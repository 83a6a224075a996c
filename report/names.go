package report

import (
	_ "embed"
	"encoding/csv"
	"strings"

	"remit/register"
)

// payersText names codes that pay, or are submitted as if they did, and that
// no organisation table of a pack has.
//
//go:embed payers.csv
var payersText string

// names finds what codes stand for on one day, and failing that at any time.
type names struct {
	pack *register.Pack
	on   register.Day
	more map[string][]string
}

func newNames(pack *register.Pack, on register.Day) *names {
	n := &names{pack: pack, on: on, more: map[string][]string{}}
	for _, r := range ownTable(payersText) {
		n.more[r[0]] = r[1:]
	}
	return n
}

// ownTable reads one of the package's own tables, without its header. They are
// checked by the tests.
func ownTable(text string) [][]string {
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		panic(err)
	}
	return rows[1:]
}

// value is a column of a code's row: of the day, or else the last there was.
func (n *names) value(table, code, column string) string {
	t := n.pack.Table(table)
	if t == nil || code == "" {
		return ""
	}
	row := t.Find(code, n.on, 0).Row
	if rows := t.Rows(code); row == register.NoRow && len(rows) > 0 {
		row = rows[len(rows)-1]
	}
	if row == register.NoRow {
		return ""
	}
	return t.At(row, column)
}

func (n *names) kindCode(code string) string { return n.value("organisation", code, "kind") }

// payer is a commissioner's code with its name.
func (n *names) payer(code string) cell {
	kind := n.kindCode(code)
	name := n.value(kind, code, "name")
	if name == "" {
		if more := n.more[code]; more != nil {
			name = more[0]
		}
	}
	switch kind {
	case "region":
		name = "NHS England, " + name + " region"
	case "sub_icb": // "NHS Sussex ICB - 70F": the code stands before the name
		name = strings.TrimSuffix(name, " - "+code)
	}
	if name == "" {
		return cell{Code: shown(code), Text: "Not in the reference data", Absent: true}
	}
	return cell{Code: shown(code), Text: name}
}

var kinds = map[string]string{
	"region": "NHS England region", "icb": "Integrated care board", "sub_icb": "Sub-ICB location",
	"reporting_entity": "Reporting entity, commissions nothing", "health_board": "Health board",
	"provider": "Provider, not a commissioner",
	"hub":      "NHS England hub", "hub specialised": "NHS England specialised hub",
	"hub health_and_justice": "NHS England health and justice hub",
	"hub national":           "NHS England national hub", "hub legacy": "Former NHS England hub",
}

// kind says in words what sort of organisation a code is.
func (n *names) kind(code string) cell {
	kind := n.kindCode(code)
	if kind == "hub" {
		kind += " " + n.value("hub", code, "kind")
	}
	if words := kinds[kind]; words != "" {
		return textCell(words)
	}
	if more := n.more[code]; more != nil {
		return textCell(more[1])
	}
	if localAuthority(code) {
		return textCell("Local authority")
	}
	return absentCell("Not known")
}

// localAuthority tells the ONS codes of districts, boroughs and counties.
func localAuthority(code string) bool {
	if len(code) != 9 {
		return false
	}
	for _, area := range []string{"E06", "E07", "E08", "E09", "E10", "W06", "S12", "N09"} {
		if strings.HasPrefix(code, area) {
			return true
		}
	}
	return false
}

// board is the integrated care board that a sub-ICB location belongs to.
func (n *names) board(code string) string {
	if n.kindCode(code) != "sub_icb" {
		return ""
	}
	return n.value("sub_icb", code, "icb")
}

// purse is the organisation whose budget a payer belongs to: the integrated
// care board of a sub-ICB location, and otherwise itself.
func (n *names) purse(code string) string {
	if board := n.board(code); board != "" {
		return board
	}
	return code
}

func (n *names) boardCell(code string) cell {
	board := n.board(code)
	if board == "" {
		return absentCell(notApplicable)
	}
	name := n.value("icb", board, "short_name")
	if name == "" {
		name = shortBoard(n.value("icb", board, "name"))
	}
	return cell{Code: board, Text: name}
}

func shortBoard(name string) string {
	name = strings.TrimSuffix(name, " Integrated Care Board")
	return strings.TrimPrefix(name, "NHS ")
}

// titled is a code with its title in one of the tables of codes.
func (n *names) titled(table, code, none string) cell {
	if code == "" {
		return absentCell(none)
	}
	title := n.value(table, code, "title")
	if title == "" {
		return cell{Code: shown(code), Text: "Not in the reference data", Absent: true}
	}
	return cell{Code: shown(code), Text: title}
}

func (n *names) line(code string) cell { return n.titled("service_line", code, noData) }

func (n *names) category(code, none string) cell { return n.titled("category", code, none) }
