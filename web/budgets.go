package web

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/big"
	"net/http"
	"net/url"
	"strings"

	"remit/activity"
	"remit/budget"
	"remit/budgets"
	"remit/pool"
	"remit/share"
	"remit/sheet"
)

// budgetPage is the body of a page of budgets or pools.
type budgetPage struct {
	Graphs  []*graph
	Form    *scenarioForm
	Faults  []string
	Refused string // what cannot be done, above the faults
}

// scenarioForm is a form whose parameters are in the address.
type scenarioForm struct {
	Title, Says, Action, Button, Reset string
	Kept                               []parameter
	Fields                             []scenarioField
	Groups                             []scenarioGroup
}

type scenarioField struct {
	Name, Label, Hint, Value string
	Options                  []scenarioOption
}

type scenarioOption struct{ Value, Text string }

type scenarioGroup struct {
	Legend, Hint string
	Checks       []scenarioCheck
	Fields       []scenarioField
}

type scenarioCheck struct {
	Name, Value, Label string
	Checked            bool
}

// shelves are where rounds or pools stand. The samples are for everybody; an organisation's own, in the data
// directory, for those who have signed in.
func (s *Site) shelves(a *Asked, kind string) []budget.Shelf {
	shipped := budgets.Rounds()
	if kind == "pools" {
		shipped = budgets.Pools()
	}
	list := []budget.Shelf{{Files: shipped, Shipped: true}}
	if a.Account != nil && s.ownBudgets != nil {
		if own, err := fs.Sub(s.ownBudgets, kind); err == nil {
			list = append(list, budget.Shelf{Files: own})
		}
	}
	return list
}

// shelved finds a round or pool by its name.
func (s *Site) shelved(a *Asked, kind, file, what, name string) (budget.Entry, error) {
	list, err := budget.Entries(file, s.shelves(a, kind)...)
	if err != nil {
		return budget.Entry{}, err
	}
	for _, e := range list {
		if e.Name == name {
			return e, nil
		}
	}
	return budget.Entry{}, &problem{http.StatusNotFound, "There is no " + what + " " + name, "No " + what + " of that name can be seen here.",
		"Look at the list. What your organisation keeps in its data directory is shown to those who have signed in."}
}

// roundOf is the round that the address names.
func (s *Site) roundOf(a *Asked, r *http.Request) (*keptRound, error) {
	e, err := s.shelved(a, "rounds", "round.yaml", "round", r.PathValue("round"))
	if err != nil {
		return nil, err
	}
	round, err := s.readRound(e)
	return round, unreadable(e.Name, err)
}

// unreadable makes a problem of faults of files.
func unreadable(name string, err error) error {
	if err == nil {
		return nil
	}
	var faults sheet.Faults
	n := 1
	if errors.As(err, &faults) {
		n = len(faults)
	}
	return &problem{http.StatusUnprocessableEntity, "The files of " + name + " cannot be read", plural(n, "fault", "faults") + ", the first: " + strings.SplitN(err.Error(), "\n", 2)[0],
		"Run remit budget check on its directory for the whole list, and put them right."}
}

// budgetList lists the rounds.
func (s *Site) budgetList(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	list, err := budget.Entries("round.yaml", s.shelves(a, "rounds")...)
	if err != nil {
		return err
	}
	t := &Table{Name: "rounds", Caption: "Allocation rounds", Columns: []Column{{Key: "round", Title: "Round"}, {Key: "title", Title: "What it is"}, {Key: "years", Title: "Years"}, {Key: "boards", Title: "Boards", Numeric: true},
		{Key: "money", Title: "Money of the first year", Numeric: true}, {Key: "stream", Title: "Target of"}, {Key: "standing", Title: "Standing"}},
		Empty: "There are no rounds. Put one into budgets/rounds in the data directory."}
	for _, e := range list {
		round, err := s.readRound(e)
		if err != nil {
			t.Rows = append(t.Rows, Row{code(e.Name), say("Cannot be read: run remit budget check"), say(""), say(""), say(""), say(""), say("")})
			continue
		}
		y := round.Years[0]
		t.Rows = append(t.Rows, Row{{Text: e.Name, Code: true, Href: a.To("/budgets/" + url.PathEscape(e.Name))}, to(round.Title, a.To("/budgets/"+url.PathEscape(e.Name))), say(round.Years[0].Year + " to " + round.Years[len(round.Years)-1].Year),
			number(len(round.Boards())), moneyCell(y.Quantum), say(round.Stream), say(shelfWords(e.Shipped, round.Synthetic))})
	}
	v := view{Page: "record", Place: "/budgets", Title: "What each population should get, and what it gets",
		Lead: "An allocation round holds people, need, a formula, money and policies as data. From these follow targets, allocations by a policy of convergence, and distances from target, each with its working."}
	v.add("rounds", "", "", t)
	v.Parts = append(v.Parts, section{ID: "pools", Title: "Pooled funds", Text: "Boards that share the money of a service: who bears what under which rule, and who owes whom.", Links: []link{{"Pooled funds", a.To("/pools")}}})
	v.Notes = []string{"How convergence works for specialised services since 2024/25 is not established. No policy here is NHS England's unless whoever loaded it says so and gives the source.",
		"There is no public weighted population for specialised services. A round that uses another as a proxy says so."}
	return s.show(w, r, v)
}

func shelfWords(shipped, synthetic bool) string {
	text := "Own"
	if shipped {
		text = "Sample"
	}
	if synthetic {
		text += ", synthetic"
	}
	return text
}

// poolOf is the pool that the address names.
func (s *Site) poolOf(a *Asked, r *http.Request) (*pool.Pool, error) {
	e, err := s.shelved(a, "pools", "pool.yaml", "pool", r.PathValue("pool"))
	if err != nil {
		return nil, err
	}
	p, err := s.readPool(e)
	return p, unreadable(e.Name, err)
}

// moneyCell is an amount in a table: pounds and pence for people, plain for files.
func moneyCell(m activity.Amount) Cell { return Cell{Text: sterling(m), Value: m.String()} }

// sterling writes an amount with the minus of a page, at which no line breaks.
func sterling(m activity.Amount) string { return strings.Replace(share.Sterling(m), "-", "−", 1) }

// percentCell is a fraction as a percentage.
func percentCell(r *big.Rat, digits int) Cell {
	if r == nil {
		return Cell{Lacks: "Not applicable"}
	}
	return Cell{Text: signedPercent(r, digits), Value: r.FloatString(8)}
}

// signedPercent writes a percentage with its sign, the minus as a proper one.
func signedPercent(r *big.Rat, digits int) string {
	text := budget.Percent(r, digits)
	if rest, negative := strings.CutPrefix(text, "-"); negative {
		return "−" + rest
	}
	if r.Sign() > 0 {
		return "+" + text
	}
	return text
}

// roughly writes an amount for a sentence: £1.24m.
func roughly(m activity.Amount) string {
	f := inMillions(m)
	if math.Abs(f) < 1 {
		return sterling(m)
	}
	return strings.Replace(strings.Replace(fmt.Sprintf("£%.2fm", f), "£-", "−£", 1), "-", "−", 1)
}

// away writes a distance from target for a sentence: 2.4% under target.
func away(r *big.Rat) string {
	switch r.Sign() {
	case -1:
		return budget.Percent(new(big.Rat).Neg(r), 1) + " under target"
	case 1:
		return budget.Percent(r, 1) + " above target"
	}
	return "at target"
}

// partCell is a part as a percentage of what it is of.
func partCell(p budget.Part) Cell {
	text := p.Percent(2)
	return Cell{Text: strings.Replace(text, "-", "−", 1), Value: text, Lacks: "Nothing to be a part of"}
}

func decimalCell(r *big.Rat, digits int) Cell {
	text := r.FloatString(digits)
	if strings.HasPrefix(text, "-") {
		c := decimalCell(new(big.Rat).Neg(r), digits)
		return Cell{Text: "−" + c.Text, Value: text}
	}
	whole, rest, _ := strings.Cut(text, ".")
	n := new(big.Int)
	if _, ok := n.SetString(whole, 10); !ok || !n.IsInt64() {
		return Cell{Text: text, Value: text}
	}
	shown := thousands(int(n.Int64()))
	if rest != "" {
		shown += "." + rest
	}
	return Cell{Text: shown, Value: text}
}

// inMillions is an amount for a chart.
func inMillions(m activity.Amount) float64 {
	f, _ := share.Of(m).Float64()
	return f / 1e6
}

func millionsText(v float64) string {
	text := fmt.Sprintf("£%gm", v)
	switch {
	case v == 0:
		return "£0"
	case v < 0:
		text = fmt.Sprintf("−£%gm", -v)
	}
	return text
}
