package web

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"remit/activity"
	"remit/budget"
	"remit/pool"
)

// poolList lists the pools.
func (s *Site) poolList(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	list, err := budget.Entries("pool.yaml", s.shelves(a, "pools")...)
	if err != nil {
		return err
	}
	t := &Table{Name: "pools", Caption: "Pooled funds", Columns: []Column{{Key: "pool", Title: "Pool"}, {Key: "title", Title: "What it is"}, {Key: "year", Title: "Year"}, {Key: "members", Title: "Members", Numeric: true}, {Key: "contributions", Title: "Contributions", Numeric: true}, {Key: "rule", Title: "Rule"}, {Key: "standing", Title: "Standing"}},
		Empty: "There are no pools. Put one into budgets/pools in the data directory."}
	for _, e := range list {
		p, err := s.readPool(e)
		if err != nil {
			t.Rows = append(t.Rows, Row{code(e.Name), say("Cannot be read: run remit budget check"), say(""), say(""), say(""), say(""), say("")})
			continue
		}
		var all activity.Amount
		for _, m := range p.Members() {
			all = all.Add(m.Contribution)
		}
		href := a.To("/pools/" + url.PathEscape(e.Name))
		t.Rows = append(t.Rows, Row{{Text: e.Name, Code: true, Href: href}, to(p.Title, href), say(p.Year), number(len(p.Members())), moneyCell(all), say(pool.Says[p.Rule.Kind]), say(shelfWords(e.Shipped, p.Synthetic))})
	}
	v := view{Page: "record", Place: "/budgets", Trail: []link{{"Budgets", a.To("/budgets")}}, Title: "Pooled funds: who bears what, and who owes whom",
		Lead:  "Boards that pool the money of a service share what is over or under by a rule. Each pool can be tried with another rule, cap, membership or forecast.",
		Notes: []string{"The finance clauses of joint committees for specialised services are not established: the rules are those met in comparable agreements, and none is that of an agreement unless whoever loaded the pool says so."}}
	v.add("pools", "", "", t)
	return s.show(w, r, v)
}

// poolShown shows a pool, as it is or with what the address changes.
func (s *Site) poolShown(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	p, err := s.poolOf(a, r)
	if err != nil {
		return err
	}
	query := r.URL.Query()
	requests, err := s.requestsOf(r, p)
	if err != nil {
		return err
	}
	scenario, faults := askedScenario(p, query)
	body := budgetPage{Form: poolForm(a, p, query), Refused: "The scenario cannot be worked out"}
	members, rule, err := p.Apply(scenario)
	if err != nil {
		faults = append(faults, err.Error())
	}
	var result *pool.Result
	if len(faults) == 0 {
		if result, err = pool.Share(members, rule); err != nil {
			faults = append(faults, err.Error())
		}
	}
	v := view{Page: "budget", Place: "/budgets", Trail: []link{{"Budgets", a.To("/budgets")}, {"Pooled funds", a.To("/pools")}}, Title: p.Title, Lead: p.Says}
	if p.Synthetic {
		v.Warn = "Synthetic: every figure here is made up and says nothing of any board."
	}
	governing := p.Governing(a.Register.Pack, a.On)
	if p.Instrument != "" && governing.Problem != "" {
		v.Warn = strings.TrimSpace(v.Warn + " " + governing.Problem)
	}
	if len(faults) > 0 {
		body.Faults = faults
		v.Title = p.Title
	} else {
		showPool(&v, &body, p, members, result, changed(query))
		addSettled(&v, p, result)
	}
	poolTerms(a, &v, p, governing)
	if err := s.addPoolSpend(r, &v, p); err != nil {
		return err
	}
	addUnderspend(a, &v, withRequests(p, requests))
	if len(requests) > 0 {
		v.add("requests", "Requests", "", requestsTable(requests))
	}
	addCharges(&v, p)
	if err := s.addContracts(r, &v, p); err != nil {
		return err
	}
	v.Body = body
	v.Notes = []string{"Source of the pool: " + p.Source, "Confidence: " + p.Confidence + ". Version of its files: " + p.Hash[:12] + ".", "The finance clauses of joint committees for specialised services are not established."}
	return s.show(w, r, v)
}

// changed tells whether the address changes anything of a pool.
func changed(query url.Values) bool {
	for name, values := range query {
		scenario := name == "rule" || name == "out" || name == "cap" || name == "fund" || name == "key" || name == "blend" || strings.HasPrefix(name, "spend-") || strings.HasPrefix(name, "join-")
		if scenario && strings.Join(values, "") != "" {
			return true
		}
	}
	return false
}

func askedScenario(p *pool.Pool, query url.Values) (pool.Scenario, []string) {
	var faults []string
	var sc pool.Scenario
	if kind := query.Get("rule"); kind != "" {
		rule, err := pool.ParseRule(kind, query.Get("cap"), query.Get("fund"), query.Get("key"), query.Get("blend"))
		if err != nil {
			faults = append(faults, strings.Split(err.Error(), "\n")...)
		}
		sc.Rule = rule
	}
	sc.Out = slices.DeleteFunc(slices.Clone(query["out"]), func(s string) bool { return s == "" })
	if query.Get("join-icb") != "" {
		m, err := pool.ParseMember(query.Get("join-icb"), query.Get("join-contribution"), query.Get("join-spend"), query.Get("join-population"), query.Get("join-activity"))
		if err != nil {
			faults = append(faults, strings.Split(err.Error(), "\n")...)
		}
		sc.In = []pool.Member{m}
	}
	var spend []string
	for _, m := range p.Members() {
		if text := strings.TrimSpace(query.Get("spend-" + m.ICB)); text != "" {
			spend = append(spend, m.ICB+"="+text)
		}
	}
	var err error
	if sc.Change, sc.Spend, err = pool.ParseSpend(spend); err != nil {
		faults = append(faults, strings.Split(err.Error(), "\n")...)
	}
	return sc, faults
}

func poolForm(a *Asked, p *pool.Pool, query url.Values) *scenarioForm {
	f := &scenarioForm{Title: "Try something else", Says: "Change the rule, who is in, or what somebody spends, and see where each member stands. Nothing is stored: the address holds the scenario, and can be passed on.",
		Action: a.address.Path, Button: "Work it out"}
	without := []string{"rule", "cap", "fund", "key", "blend", "out", "format", "page", "sort", "table", "q"}
	rules := scenarioField{Name: "rule", Label: "Rule", Value: query.Get("rule"), Options: []scenarioOption{{"", "The pool's own: " + pool.Says[p.Rule.Kind]}}}
	for _, k := range pool.Kinds {
		rules.Options = append(rules.Options, scenarioOption{string(k), pool.Says[k]})
	}
	key := scenarioField{Name: "key", Label: "Key", Hint: "of capped and contingency", Value: query.Get("key"), Options: []scenarioOption{{"", "By contribution"}, {"population", "By weighted population"}, {"activity", "By activity"}}}
	f.Fields = []scenarioField{rules, {Name: "cap", Label: "Cap", Hint: "of collar and capped: part of the contribution, such as 2%", Value: query.Get("cap")},
		{Name: "fund", Label: "Contingency fund", Hint: "in pounds", Value: query.Get("fund")}, key, {Name: "blend", Label: "Blend", Hint: "contribution / population / activity, such as 50%/30%/20%", Value: query.Get("blend")}}
	who := scenarioGroup{Legend: "Who is out", Hint: "Their contribution and their spending leave with them; keys are shared anew among the others."}
	spend := scenarioGroup{Legend: "What they spend", Hint: "+5% or -2% of the forecast, or pounds. Empty: as forecast."}
	for _, m := range p.Members() {
		who.Checks = append(who.Checks, scenarioCheck{Name: "out", Value: m.ICB, Label: m.Name, Checked: slices.Contains(query["out"], m.ICB)})
		spend.Fields = append(spend.Fields, scenarioField{Name: "spend-" + m.ICB, Label: m.Name + ", forecast " + sterling(m.Spend), Value: query.Get("spend-" + m.ICB)})
		without = append(without, "spend-"+m.ICB)
	}
	joins := scenarioGroup{Legend: "Who joins", Hint: "A board that is not a member, with what it would pay in and spend, in pounds. Population and activity are needed by rules that share by them."}
	for _, x := range [][2]string{{"icb", "Code"}, {"contribution", "Contribution"}, {"spend", "Spend"}, {"population", "Weighted population"}, {"activity", "Activity"}} {
		joins.Fields = append(joins.Fields, scenarioField{Name: "join-" + x[0], Label: x[1], Value: query.Get("join-" + x[0])})
		without = append(without, "join-"+x[0])
	}
	f.Groups = []scenarioGroup{who, spend, joins}
	f.Kept = parameters(a.address.Query(), without...)
	if changed(query) {
		f.Reset = a.To(a.address.Path)
	}
	return f
}

func showPool(v *view, body *budgetPage, p *pool.Pool, members []pool.Member, r *pool.Result, scenario bool) {
	word := "overspends by " + roughly(r.Variance.Neg())
	switch r.Variance.Sign() {
	case 0:
		word = "comes out even"
	case 1:
		word = "underspends by " + roughly(r.Variance)
	}
	v.Title = fmt.Sprintf("%s: the pool %s", p.Title, word)
	if scenario {
		v.Title = fmt.Sprintf("%s, as tried: the pool %s", p.Title, word)
	}
	var points []pair
	for i := range r.Members {
		m := &r.Members[i]
		points = append(points, pair{label: m.Name, before: inMillions(m.Own), after: inMillions(m.Final), says: sterling(m.Final)})
	}
	most := slices.MinFunc(r.Members, func(a, b pool.Standing) int { return a.Final.Cmp(b.Final) })
	title := most.Name + " bears most: " + roughly(most.Final.Neg())
	if most.Final.Sign() >= 0 {
		title = "Nobody bears a loss"
	}
	body.Graphs = append(body.Graphs, drawPoints("positions", title, "Where each member stands alone and under the rule. The table of positions has the same figures.", "positions",
		[2]string{"own variance: contribution less spend", "position under the rule"}, millionsText, points))
	v.Facts = []named{{"Rule", Cell{Text: r.Rule.Words()}}, {"Variance of the pool", moneyCell(r.Variance)}}
	if !r.Fund.IsZero() {
		v.Facts = append(v.Facts, named{"The contingency gives", moneyCell(r.Fund)})
	}
	if !r.Unfunded.IsZero() {
		v.Facts = append(v.Facts, named{"Unfunded", Cell{Text: sterling(r.Unfunded), More: "every member is at its cap; the rest has nobody to pay it"}})
	}
	says := "Position = own variance + transfer; below zero is borne. Transfers add up to what the contingency gives less what is unfunded, and else to nothing."
	var planned *pool.Result
	if scenario {
		planned, _ = pool.Share(p.Members(), p.Rule) // where the plan itself cannot be worked out there is nothing to compare with
		says += " Change: the position as tried less that of the pool as it is planned."
	}
	v.add("positions", "Where each member stands", says, positionsTable(r, planned))
	v.add("compared", "Rules beside each other", "Position of each member under each rule, for the members and the spending shown.", rulesTable(members, p))
	v.add("working", "How it was worked out", "", poolWorking(r))
}

// plannedFinal is a member's position as the pool is planned.
func plannedFinal(planned *pool.Result, icb string) (activity.Amount, bool) {
	for i := range planned.Members {
		if planned.Members[i].ICB == icb {
			return planned.Members[i].Final, true
		}
	}
	return activity.Amount{}, false
}

// positionsTable is where each member stands; beside what is planned where something was tried.
func positionsTable(r, planned *pool.Result) *Table {
	t := &Table{Name: "positions", Caption: "Positions by the rule " + string(r.Rule.Kind), Columns: []Column{{Key: "name", Title: "Member"}, {Key: "icb", Title: "Code"}, {Key: "contribution", Title: "Contribution", Numeric: true}, {Key: "spend", Title: "Spend", Numeric: true},
		{Key: "own_variance", Title: "Own variance", Numeric: true}, {Key: "position", Title: "Position", Numeric: true}, {Key: "transfer", Title: "Transfer", Numeric: true}, {Key: "part_of_contribution", Title: "Position, % of contribution", Numeric: true}, {Key: "capped", Title: "At its cap"}}}
	if planned != nil {
		t.Columns = append(t.Columns, Column{Key: "planned_position", Title: "Position as planned", Numeric: true}, Column{Key: "change", Title: "Change", Numeric: true})
	}
	var sum [5]activity.Amount
	for i := range r.Members {
		m := &r.Members[i]
		capped := "No"
		if m.Capped {
			capped = "Yes"
		}
		t.Rows = append(t.Rows, Row{say(m.Name), code(m.ICB), moneyCell(m.Contribution), moneyCell(m.Spend), moneyCell(m.Own), moneyCell(m.Final), moneyCell(m.Transfer), partCell(budget.Part{Amount: m.Final, Of: m.Contribution}), say(capped)})
		if planned != nil {
			before, change := Cell{Lacks: "Not a member"}, Cell{Lacks: "Not applicable"}
			if final, ok := plannedFinal(planned, m.ICB); ok {
				before, change = moneyCell(final), moneyCell(m.Final.Sub(final))
			}
			t.Rows[i] = append(t.Rows[i], before, change)
		}
		for j, x := range []activity.Amount{m.Contribution, m.Spend, m.Own, m.Final, m.Transfer} {
			sum[j] = sum[j].Add(x)
		}
	}
	t.Rows = append(t.Rows, Row{say("Total"), say("").or("All"), moneyCell(sum[0]), moneyCell(sum[1]), moneyCell(sum[2]), moneyCell(sum[3]), moneyCell(sum[4]), partCell(budget.Part{Amount: sum[3], Of: sum[0]}), say("").or("Not applicable")})
	if planned != nil {
		total := planned.Variance.Add(planned.Fund).Sub(planned.Unfunded)
		t.Rows[len(t.Rows)-1] = append(t.Rows[len(t.Rows)-1], moneyCell(total), moneyCell(sum[3].Sub(total)))
	}
	return t
}

func rulesTable(members []pool.Member, p *pool.Pool) *Table {
	t := &Table{Name: "compared", Caption: "Rules beside each other", Columns: []Column{{Key: "rule", Title: "Rule"}}}
	for _, m := range members {
		t.Columns = append(t.Columns, Column{Key: m.ICB, Title: m.Name, Numeric: true})
	}
	t.Columns = append(t.Columns, Column{Key: "total", Title: "Total", Numeric: true}, Column{Key: "unfunded", Title: "Unfunded", Numeric: true})
	for _, c := range pool.Compare(members, p.Beside()) {
		row := Row{say(c.Rule.Words())}
		if c.Err != nil {
			row[0].More = c.Err.Error()
			for range len(members) + 2 {
				row = append(row, Cell{Lacks: "Not worked out"})
			}
			t.Rows = append(t.Rows, row)
			continue
		}
		var sum activity.Amount
		for i := range c.Result.Members {
			row = append(row, moneyCell(c.Result.Members[i].Final))
			sum = sum.Add(c.Result.Members[i].Final)
		}
		t.Rows = append(t.Rows, append(row, moneyCell(sum), moneyCell(c.Result.Unfunded)))
	}
	return t
}

func poolWorking(r *pool.Result) *Table {
	t := &Table{Name: "working", Caption: "Working", Columns: []Column{{Key: "name", Title: "Member"}, {Key: "figure", Title: "Figure"}, {Key: "says", Title: "What it is"}, {Key: "value", Title: "Value", Numeric: true}}}
	for i := range r.Members {
		m := &r.Members[i]
		for _, f := range m.Working {
			t.Rows = append(t.Rows, Row{say(m.Name), say(f.Name), say(f.Says), decimalCell(f.Amount, 6)})
		}
		t.Rows = append(t.Rows, Row{say(m.Name), say("position"), say("before rounding to the penny"), decimalCell(m.Exact, 6)})
	}
	return t
}

func poolTerms(a *Asked, v *view, p *pool.Pool, g pool.Governing) {
	instrument := Cell{Lacks: "None is recorded"}
	if g.Code != "" {
		instrument = Cell{Text: g.Code, Code: true, More: strings.Trim(g.Title+", "+strings.ReplaceAll(g.State, "_", " "), ", ")}
		if g.Known {
			instrument.Href = a.To("/instruments/" + url.PathEscape(g.Code))
		}
		if g.Problem != "" {
			instrument.More = g.Problem
		}
	}
	v.Facts = append(v.Facts, named{"Governing instrument", instrument}, named{"Host", code(p.Host)}, named{"Runs", say(strings.Trim(longText(p.From)+" to "+longText(p.To), " "))}, named{"Services", say(strings.Join(p.Services, ", "))})
	for _, t := range []named{{"Aims", say(p.Aims)}, {"Variation", say(p.Variation)}, {"Review and ending", say(p.Ending)}, {"Management", say(p.Management)}} {
		if t.Text != "" {
			v.Facts = append(v.Facts, t)
		}
	}
}

func addUnderspend(a *Asked, v *view, p *pool.Pool) {
	if len(p.Sources) == 0 {
		return
	}
	u := p.Underspend(12)
	t := &Table{Name: "underspend", Caption: "Underspend, sources and uses", Columns: []Column{{Key: "what", Title: "What"}, {Key: "side", Title: "Side"}, {Key: "icb", Title: "Board"}, {Key: "recurrent", Title: "Recurrent"}, {Key: "amount", Title: "In the year", Numeric: true}, {Key: "full_year", Title: "In a whole year", Numeric: true}, {Key: "approver", Title: "Approved by"}, {Key: "standing", Title: "Standing"}}}
	yes := map[bool]string{true: "Yes", false: "No"}
	for _, x := range u.Sources {
		t.Rows = append(t.Rows, Row{say(x.What), say("source"), code(x.ICB), say(yes[x.Recurrent]), moneyCell(x.Amount), Cell{Lacks: "Not applicable"}, Cell{Lacks: "Not applicable"}, say(fmt.Sprintf("recognised in %s, confidence %s", budget.MonthName(x.Month), x.Confidence))})
	}
	for _, x := range u.Uses {
		state := "funded"
		if x.Refused != "" {
			state = "refused: " + x.Refused
		} else if x.Override != "" {
			state = "funded by override: " + x.Override
		}
		t.Rows = append(t.Rows, Row{say(x.What), say("use: " + x.Kind), say(x.ICB).or("All"), say(yes[x.Recurrent]), moneyCell(x.Amount.Neg()), moneyCell(x.FullYear), say(x.Approver).or("Nobody yet"), say(state)})
	}
	for _, x := range p.Waiting {
		t.Rows = append(t.Rows, Row{say(x.What), say("use: asked for"), say(x.ICB).or("All"), say(yes[x.Recurrent]), moneyCell(x.Amount.Neg()), moneyCell(x.FullYear), Cell{Lacks: "Nobody yet"}, say("waits for a decision: it takes no money")})
	}
	for _, x := range p.Carry {
		t.Rows = append(t.Rows, Row{Cell{Text: cmp.Or(x.What, "Request to carry forward"), More: "asked " + longDate(x.RequestedOn)}, say("carry forward"), code(x.ICB), say("No"), moneyCell(x.Amount.Neg()), Cell{Lacks: "Not applicable"}, say(x.DecidedBy).or("Nobody yet"), say(x.State)})
	}
	text := fmt.Sprintf("%s comes for good and %s is of one year. %s is used, which costs %s in a whole year. %s is left; %s is approved to be carried forward, and %s asked for. ", sterling(u.Recurrent), sterling(u.NonRecurrent), sterling(u.Used), sterling(u.FullYear), sterling(u.Left), sterling(u.Carried), sterling(u.CarryRequested))
	v.add("underspend", "Underspend, at the end of the year", text+strings.Join(u.Warnings, ". "), t)
	if a.Account != nil {
		v.Parts[len(v.Parts)-1].Links = append(v.Parts[len(v.Parts)-1].Links, link{"Ask to carry it forward or to reinvest it, and decide", "/pools/" + url.PathEscape(p.Name) + "/requests"})
	}
}

func addCharges(v *view, p *pool.Pool) {
	if len(p.Charges) == 0 {
		return
	}
	n := pool.Net(p.Charges)
	t := &Table{Name: "charges", Caption: "Charges and what settles them", Columns: []Column{{Key: "icb", Title: "Board"}, {Key: "own", Title: "Own charge", Numeric: true}, {Key: "paid", Title: "Paid to providers", Numeric: true}, {Key: "owes", Title: "Owes others", Numeric: true}, {Key: "owed", Title: "Others owe it", Numeric: true}, {Key: "after", Title: "After settlement", Numeric: true}}}
	for _, x := range n.ByBoard {
		t.Rows = append(t.Rows, Row{code(x.ICB), moneyCell(x.Own), moneyCell(x.Paid), moneyCell(x.OwesOthers), moneyCell(x.OthersOweIt), moneyCell(x.AfterSettlement)})
	}
	v.add("charges", "Who pays providers, and who owes whom", "Hosts pay providers for their associates. After settlement each board has paid its own charge, whoever paid the provider.", t)
	owed := &Table{Name: "owed", Caption: "What one board owes another", Columns: []Column{{Key: "from", Title: "From"}, {Key: "to", Title: "To"}, {Key: "charged", Title: "For its own people", Numeric: true}, {Key: "taken", Title: "Less, for the other's people", Numeric: true}, {Key: "net", Title: "Net", Numeric: true}}}
	for _, x := range n.Owed {
		owed.Rows = append(owed.Rows, Row{code(x.From), code(x.To), moneyCell(x.Charged), moneyCell(x.Taken), moneyCell(x.Net)})
	}
	v.add("owed", "", "", owed)
}
