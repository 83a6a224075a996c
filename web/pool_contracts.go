package web

import (
	"cmp"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"remit/activity"
	"remit/budget"
	"remit/intake"
	"remit/pool"
	"remit/register"
	"remit/share"
	"remit/spend"
)

// addPoolSpend sets what members are said to spend beside what contract monitoring has of the pool's services.
func (s *Site) addPoolSpend(r *http.Request, v *view, p *pool.Pool) error {
	a := asked(r)
	if !s.seesContracts(a) || len(p.Services) == 0 {
		return nil
	}
	lines := spend.ServiceLines(a.Register.Pack, p.Services)
	var boards []string
	for _, m := range p.Members() {
		boards = append(boards, m.ICB)
	}
	if len(lines) == 0 {
		return nil
	}
	book, err := s.spendOf(r, spend.Asked{Year: p.Year, Boards: boards, Lines: lines})
	if err != nil || book == nil || len(book.Lines) == 0 {
		return err
	}
	byPlan, byRate := book.Foreseen(budget.RemainingPlan), book.Foreseen(budget.RunRate)
	plan, done := map[string]activity.Amount{}, map[string]activity.Amount{}
	for i := range book.Lines {
		l := &book.Lines[i]
		for m := range 12 {
			plan[l.ICB], done[l.ICB] = plan[l.ICB].Add(l.Plan[m]), done[l.ICB].Add(l.Actual[m])
		}
	}
	t := &Table{Name: "contract-spend", Caption: "Contract monitoring of the pool's services, " + p.Year, Columns: []Column{{Key: "name", Title: "Member"}, {Key: "icb", Title: "Code"}, {Key: "spend", Title: "Spend, as the pool has it", Numeric: true}, {Key: "plan", Title: "Plan of the year", Numeric: true},
		{Key: "actual", Title: "Done so far", Numeric: true}, {Key: "by_plan", Title: "Forecast by remaining plan", Numeric: true}, {Key: "by_rate", Title: "Forecast by run rate", Numeric: true}, {Key: "difference", Title: "Spend less forecast by remaining plan", Numeric: true}}}
	try := url.Values{}
	for _, m := range p.Members() {
		if _, has := byPlan[m.ICB]; !has {
			t.Rows = append(t.Rows, Row{say(m.Name), code(m.ICB), moneyCell(m.Spend), Cell{Lacks: "Nothing came"}, Cell{Lacks: "Nothing came"}, Cell{Lacks: "Nothing came"}, Cell{Lacks: "Nothing came"}, Cell{Lacks: "Not known"}})
			continue
		}
		t.Rows = append(t.Rows, Row{say(m.Name), code(m.ICB), moneyCell(m.Spend), moneyCell(plan[m.ICB]), moneyCell(done[m.ICB]), moneyCell(byPlan[m.ICB]), moneyCell(byRate[m.ICB]), moneyCell(m.Spend.Sub(byPlan[m.ICB]))})
		try.Set("spend-"+m.ICB, byPlan[m.ICB].Scale(1, 1_000_000).Scale(1_000_000, 1).String()) // to the penny
	}
	v.add("contract-spend", "What contract monitoring says", "Plan, what was done and forecast of the members for "+strings.Join(lines, ", ")+", as the method assigns payers.", t)
	v.Parts[len(v.Parts)-1].Links = []link{{"Try the pool with these forecasts", a.To("/pools/"+url.PathEscape(p.Name)) + separator(a.To("/pools/"+url.PathEscape(p.Name))) + try.Encode()}}
	return nil
}

func separator(address string) string {
	if strings.Contains(address, "?") {
		return "&"
	}
	return "?"
}

// addSettled is the report by board: its own position, what the rule does to it, where it ends, and the cash that is
// owed after hosts and associates have been netted.
func addSettled(v *view, p *pool.Pool, r *pool.Result) {
	owes, owed := map[string]activity.Amount{}, map[string]activity.Amount{}
	for _, o := range pool.Net(p.Charges).Owed {
		owes[o.From], owed[o.To] = owes[o.From].Add(o.Net), owed[o.To].Add(o.Net)
	}
	t := &Table{Name: "settled", Caption: "By board: own position, effect of the rule, and cash", Columns: []Column{{Key: "name", Title: "Board"}, {Key: "icb", Title: "Code"}, {Key: "own", Title: "Own position", Numeric: true}, {Key: "effect", Title: "Effect of sharing", Numeric: true}, {Key: "after", Title: "Position after sharing", Numeric: true},
		{Key: "part", Title: "% of contribution", Numeric: true}, {Key: "charges", Title: "Owed to it for charges, net", Numeric: true}, {Key: "cash", Title: "Cash to it", Numeric: true}}}
	var sum [5]activity.Amount
	for i := range r.Members {
		m := &r.Members[i]
		net := owed[m.ICB].Sub(owes[m.ICB])
		x := [5]activity.Amount{m.Own, m.Transfer, m.Final, net, net.Add(m.Transfer)}
		for j := range x {
			sum[j] = sum[j].Add(x[j])
		}
		t.Rows = append(t.Rows, Row{say(m.Name), code(m.ICB), moneyCell(x[0]), moneyCell(x[1]), moneyCell(x[2]), partCell(budget.Part{Amount: m.Final, Of: m.Contribution}), moneyCell(x[3]), moneyCell(x[4])})
	}
	t.Rows = append(t.Rows, Row{say("Total"), Cell{Lacks: "All"}, moneyCell(sum[0]), moneyCell(sum[1]), moneyCell(sum[2]), Cell{Lacks: "Not applicable"}, moneyCell(sum[3]), moneyCell(sum[4])})
	v.add("settled", "By board, with the cash that is owed", "Cash: what others owe for charges that the board paid as host, less what it owes, and the transfer of the rule. A minus is paid.", t)
}

// addContracts divides contracts among boards, and holds each division against the activity of contract monitoring.
func (s *Site) addContracts(r *http.Request, v *view, p *pool.Pool) error {
	if len(p.Contract) == 0 {
		return nil
	}
	t := &Table{Name: "contracts", Caption: "Contracts divided among boards", Columns: []Column{{Key: "contract", Title: "Contract"}, {Key: "provider", Title: "Provider"}, {Key: "month", Title: "Month"}, {Key: "icb", Title: "Board"}, {Key: "part", Title: "Part of the contract", Numeric: true}, {Key: "amount", Title: "Amount", Numeric: true}, {Key: "basis", Title: "By"}, {Key: "since", Title: "Weight from"}}}
	held := &Table{Name: "contract-activity", Caption: "Contracts held against what contract monitoring has", Columns: []Column{{Key: "contract", Title: "Contract"}, {Key: "icb", Title: "Board"}, {Key: "part", Title: "Part of the contract", Numeric: true}, {Key: "activity", Title: "Activity so far", Numeric: true}, {Key: "activity_part", Title: "% of the activity of these boards", Numeric: true},
		{Key: "by_activity", Title: "The contract by that activity", Numeric: true}, {Key: "difference", Title: "As divided less by activity", Numeric: true}}}
	for _, c := range p.Contract {
		d, err := p.Divide(c.ID)
		if err != nil {
			return unreadable(p.Name, err)
		}
		for _, x := range d.Totals {
			t.Rows = append(t.Rows, Row{code(c.ID), code(c.Provider), say("Whole year"), code(x.Key), partCell(budget.Part{Amount: x.Amount, Of: d.Sum}), moneyCell(x.Amount), say(c.Basis), Cell{Lacks: "Not applicable"}})
		}
		for _, m := range d.Months {
			t.Rows = append(t.Rows, Row{code(c.ID), code(c.Provider), say(budget.MonthName(m.Month)), code(m.ICB), Cell{Text: budget.Percent(m.Weight, 2)}, moneyCell(m.Amount), Cell{Text: c.Basis, More: m.Source}, sinceCell(m.From)})
		}
		if err := s.heldContract(r, held, &c, d); err != nil {
			return err
		}
	}
	v.add("contracts", "Contracts divided among boards", "Each month by the weights that hold on its first day; the parts add up to the contract, in each month and over the year.", t)
	if len(held.Rows) > 0 {
		v.add("contract-activity", "Held against activity", "Activity of contract monitoring, drugs and devices left out, as the method assigns payers. remit pool weights writes it as weights with their source and date.", held)
	}
	return nil
}

// sinceCell is the day from which something holds.
func sinceCell(d register.Day) Cell {
	if d == register.Earliest {
		return Cell{Lacks: "Always"}
	}
	return dayCell(d)
}

// heldContract adds the rows of one contract.
func (s *Site) heldContract(r *http.Request, t *Table, c *pool.Contract, d *pool.Divided) error {
	a := asked(r)
	if !s.seesContracts(a) {
		return nil
	}
	view, where, err := s.contractView(r)
	if err != nil {
		return err
	}
	parts, err := s.activityOf(r, view, where, c)
	if err != nil {
		return err
	}
	var keys []string
	var units []*big.Rat
	by := map[string]spend.Part{}
	for _, x := range parts {
		if slices.ContainsFunc(d.Totals, func(p share.Part) bool { return p.Key == x.ICB }) && x.Units.Sign() > 0 {
			keys, units, by[x.ICB] = append(keys, x.ICB), append(units, share.Of(x.Units)), x
		}
	}
	if len(keys) == 0 {
		return nil
	}
	byActivity, err := share.Split(c.Amount, keys, units, share.Penny)
	if err != nil {
		return err
	}
	var all activity.Amount
	for _, x := range by {
		all = all.Add(x.Units)
	}
	for _, x := range d.Totals {
		amount := activity.Amount{}
		for _, b := range byActivity {
			if b.Key == x.Key {
				amount = b.Amount
			}
		}
		t.Rows = append(t.Rows, Row{code(c.ID), code(x.Key), partCell(budget.Part{Amount: x.Amount, Of: d.Sum}), Cell{Text: cmp.Or(by[x.Key].Units.String(), "0")}, partCell(budget.Part{Amount: by[x.Key].Units, Of: all}), moneyCell(amount), moneyCell(x.Amount.Sub(amount))})
	}
	return nil
}

// activityOf is the activity of a contract's provider by board.
func (s *Site) activityOf(r *http.Request, view *intake.View, where []intake.Where, c *pool.Contract) ([]spend.Part, error) {
	return spend.Activity(r.Context(), view, asked(r).Register.Pack, c.Year, c.Provider, where...)
}
