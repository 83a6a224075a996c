package pool

import (
	"fmt"
	"strings"

	"remit/register"
)

// Governing is the instrument under which a pool stands, as the register has it.
type Governing struct {
	Code, Title, State string // the state on the day; blank: it has none then
	From, To           register.Day
	Known              bool   // the register has it, on some day
	Problem            string // why the pool does not stand on it, in a sentence; blank: it does
}

// Governing holds the pool's instrument against the register: that it exists, is in force on the day, and
// lasts as long as the pool does.
func (p *Pool) Governing(pack *register.Pack, on register.Day) Governing {
	g := Governing{Code: p.Instrument, From: register.NoDay, To: register.NoDay}
	if g.Code == "" {
		g.Problem = "No instrument is recorded that governs this pool. Name one by its code in the register."
		return g
	}
	table := pack.Table("instrument")
	if table == nil || len(table.Rows(g.Code)) == 0 {
		g.Problem = fmt.Sprintf("The register has no instrument %s. Put the code right, or propose the instrument.", g.Code)
		return g
	}
	g.Known = true
	row := table.Find(g.Code, on, 0).Row
	if row == register.NoRow {
		row = table.FindEver(g.Code, 0).Row
		g.Title = table.At(row, "title")
		g.Problem = fmt.Sprintf("The register has nothing of %s on %s.", g.Code, on)
		return g
	}
	g.Title, g.State = table.At(row, "title"), table.At(row, "state")
	g.From, g.To = dayIn(table, row, "effective_from"), dayIn(table, row, "effective_to")
	ends, _ := register.ParseDay(p.To) // checked when the pool was read
	switch {
	case g.To != register.NoDay && g.To < on:
		g.Problem = fmt.Sprintf("%s ended on %s, and the pool goes on. Name the instrument that followed it.", g.Code, g.To)
	case g.State != "in_force":
		g.Problem = fmt.Sprintf("%s is %s on %s and not in force.", g.Code, strings.ReplaceAll(g.State, "_", " "), on)
	case g.From != register.NoDay && g.From > on:
		g.Problem = fmt.Sprintf("%s begins on %s, after %s.", g.Code, g.From, on)
	case p.To != "" && g.To != register.NoDay && g.To < ends:
		g.Problem = fmt.Sprintf("%s ends on %s, before the pool does on %s.", g.Code, g.To, ends)
	}
	return g
}

func dayIn(t *register.Table, row int32, column string) register.Day {
	d, err := register.ParseDay(t.At(row, column))
	if err != nil {
		return register.NoDay // blank: not known
	}
	return d
}
