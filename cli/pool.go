package cli

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"remit/activity"
	"remit/budget"
	"remit/pool"
	"remit/register"
	"remit/share"
)

func (s *session) poolCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "pool",
		Short: "Pooled funds: who bears what under a rule, underspends, and who owes whom",
		Long: `Work out how the members of a pool share what it over- or underspends. A pool is a
directory of files that the manual page on pools describes. POOL is such a
directory, the name of one in budgets/pools under the data directory, or of a
shipped sample.`,
		Example: "  remit pool show\n  remit pool share worked\n  remit pool compare worked\n  remit pool scenario worked --rule collar --cap 2% --spend ICB-B=+5%",
	}
	c.AddCommand(s.poolShowCommand(), s.poolShareCommand(), s.poolCompareCommand(), s.poolScenarioCommand(), s.poolWeightsCommand())
	return c
}

// loadPool loads a pool, with all its faults told.
func (s *session) loadPool(name string) (*pool.Pool, error) {
	files, dir, err := entry("pools", "pool.yaml", name)
	if err != nil {
		return nil, err
	}
	p, err := pool.Load(files, dir)
	return p, badFile(err)
}

func (s *session) checkPool(name string) error {
	p, err := s.loadPool(name)
	if err != nil {
		return err
	}
	for _, c := range pool.Compare(p.Members(), p.Beside()) {
		if c.Err != nil {
			fmt.Fprintf(s.out, "%s, rule %s: %v\n", p.Name, c.Rule.Kind, c.Err)
			continue
		}
		fmt.Fprintf(s.out, "%s, rule %s: transfers, contingency and what is unfunded come to nothing\n", p.Name, c.Rule.Kind)
	}
	fmt.Fprintf(s.out, "%s: no faults were found. Version %s.\n", p.Name, p.Hash[:12])
	return nil
}

func poolProvenance(p *pool.Pool) []string {
	notes := []string{fmt.Sprintf("Pool %s (%s), %s. Version %s.", p.Name, p.Title, p.Year, p.Hash[:12]), "Source: " + strings.TrimSpace(p.Source)}
	if p.Synthetic {
		notes = append([]string{"Synthetic: every figure of this pool is made up."}, notes...)
	}
	return notes
}

var poolTables = []string{"members", "underspend", "charges", "contracts"}

func (s *session) poolShowCommand() *cobra.Command {
	var f form
	var table string
	var month int
	c := &cobra.Command{
		Use:   "show [POOL]",
		Short: "List the pools, or show one: members, underspend, charges, contracts",
		Long: `List the pools there are, or show one. --table picks what: its members and terms;
its underspend as sources and uses; what associates owe the boards that hold
contracts; its contracts divided among boards.`,
		Example: "  remit pool show\n  remit pool show worked\n  remit pool show worked --table underspend --month 12",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return s.listPools(&f)
			}
			p, err := s.loadPool(args[0])
			if err != nil {
				return err
			}
			var l *listing
			switch table {
			case "members":
				l = s.membersListing(p)
			case "underspend":
				l = underspendListing(p, month)
			case "charges":
				l = chargesListing(p)
			case "contracts":
				l, err = contractsListing(p)
			default:
				return fail(exitUsage, fmt.Errorf("--table: there is no table %q", table), "write one of "+strings.Join(poolTables, ", "))
			}
			if err != nil {
				return fail(exitInput, err, "")
			}
			l.Notes = append(l.Notes, poolProvenance(p)...)
			return f.write(s.out, l)
		},
	}
	c.Flags().StringVar(&table, "table", "members", "one of "+strings.Join(poolTables, ", "))
	c.Flags().IntVar(&month, "month", 12, "month of the financial year, 1 is April, for the underspend")
	mustComplete(c, "table", poolTables, cobra.ShellCompDirectiveNoFileComp)
	f.add(c)
	return c
}

func (s *session) listPools(f *form) error {
	list, err := budget.Entries("pool.yaml", budgetShelves("pools")...)
	if err != nil {
		return fail(exitInput, err, "look at the directory budgets under the data directory")
	}
	l := &listing{Title: "Pooled funds", Columns: []string{"pool", "title", "year", "members", "rule", "standing"}}
	for _, e := range list {
		p, err := pool.Load(e.Files, e.Name)
		if err != nil {
			l.Rows = append(l.Rows, []value{word(e.Name), word("cannot be read: run remit budget check on its directory"), word(""), word(""), word(""), word("")})
			continue
		}
		standing := "own"
		if e.Shipped {
			standing = "sample"
		}
		if p.Synthetic {
			standing += ", synthetic"
		}
		l.Rows = append(l.Rows, []value{word(e.Name), word(p.Title), word(p.Year), word(fmt.Sprint(len(p.Members()))), word(string(p.Rule.Kind)), word(standing)})
	}
	return f.write(s.out, l)
}

func (s *session) membersListing(p *pool.Pool) *listing {
	l := &listing{Title: p.Title, Columns: []string{"icb", "name", "contribution", "spend", "own_variance", "population_key", "activity_key", "from", "to"}}
	number := func(r *big.Rat) value {
		if r == nil {
			return value{"not known", "", true}
		}
		return figure(r, 2)
	}
	for i := range p.Dated {
		m := &p.Dated[i]
		l.Rows = append(l.Rows, []value{word(m.ICB), word(m.Name), pounds(m.Contribution), pounds(m.Spend), pounds(m.Own()), number(m.Population), number(m.Activity), word(m.From.String()), word(m.To.String())})
	}
	l.Notes = []string{"Rule: " + p.Rule.Words() + ".", "Host: " + p.Host + ". Services: " + strings.Join(p.Services, ", ") + ".", "Governing instrument: " + s.instrument(p)}
	for _, t := range [][2]string{{"Aims", p.Aims}, {"Variation", p.Variation}, {"Ending", p.Ending}, {"Management", p.Management}} {
		if t[1] != "" {
			l.Notes = append(l.Notes, t[0]+": "+t[1])
		}
	}
	return l
}

// instrument holds the governing instrument against the register, today.
func (s *session) instrument(p *pool.Pool) string {
	pack, err := s.pack()
	if err != nil {
		return p.Instrument + " (the reference data cannot be read)"
	}
	defer pack.Close()
	g := p.Governing(pack, register.DayOf(time.Now()))
	switch {
	case g.Problem != "":
		return g.Problem
	case g.To != register.NoDay:
		return fmt.Sprintf("%s, %s, in force to %s.", g.Code, g.Title, g.To)
	}
	return fmt.Sprintf("%s, %s, in force.", g.Code, g.Title)
}

func underspendListing(p *pool.Pool, month int) *listing {
	u := p.Underspend(month)
	l := &listing{Title: fmt.Sprintf("Underspend as sources and uses, month %d of %s", month, p.Year), Columns: []string{"side", "what", "icb", "recurrent", "amount", "full_year", "approver", "standing"}}
	for _, x := range u.Sources {
		standing := "recognised in month " + fmt.Sprint(x.Month)
		if x.Month > month {
			standing = "not before month " + fmt.Sprint(x.Month)
		}
		l.Rows = append(l.Rows, []value{word("source"), word(x.What), word(x.ICB), word(yesNo(x.Recurrent)), pounds(x.Amount), {"", "", true}, word(""), word(standing)})
	}
	for _, x := range u.Uses {
		standing := "funded"
		if x.Refused != "" {
			standing = "refused: " + x.Refused
		} else if x.Override != "" {
			standing += "; override: " + x.Override
		}
		l.Rows = append(l.Rows, []value{word("use, " + x.Kind), word(x.What), word(x.ICB), word(yesNo(x.Recurrent)), pounds(x.Amount.Neg()), pounds(x.FullYear), word(x.Approver), word(standing)})
	}
	for _, x := range p.Carry {
		l.Rows = append(l.Rows, []value{word("carry forward"), word("Request of " + x.RequestedOn.String()), word(x.ICB), word("no"), pounds(x.Amount.Neg()), {"", "", true}, word(x.DecidedBy), word(x.State)})
	}
	l.Notes = append(l.Notes, fmt.Sprintf("Sources: %s that comes for good, %s of one year. Used %s, which costs %s in a whole year. Left %s.", share.Sterling(u.Recurrent), share.Sterling(u.NonRecurrent), share.Sterling(u.Used), share.Sterling(u.FullYear), share.Sterling(u.Left)),
		fmt.Sprintf("Carried forward with approval %s, asked for %s; lapses without more approval %s.", share.Sterling(u.Carried), share.Sterling(u.CarryRequested), share.Sterling(u.Lapses)))
	for _, w := range u.Warnings {
		l.Notes = append(l.Notes, "Warning: "+w)
	}
	return l
}

func chargesListing(p *pool.Pool) *listing {
	n := pool.Net(p.Charges)
	l := &listing{Title: fmt.Sprintf("Charges of %s: %s", p.Year, share.Sterling(n.Charges)), Columns: []string{"icb", "own_charge", "paid_to_providers", "owes_others", "others_owe", "after_settlement"}}
	for _, x := range n.ByBoard {
		l.Rows = append(l.Rows, []value{word(x.ICB), pounds(x.Own), pounds(x.Paid), pounds(x.OwesOthers), pounds(x.OthersOweIt), pounds(x.AfterSettlement)})
	}
	for _, o := range n.Owed {
		l.Notes = append(l.Notes, fmt.Sprintf("%s owes %s %s: %s for its own people less %s for the other's.", o.From, o.To, share.Sterling(o.Net), share.Sterling(o.Charged), share.Sterling(o.Taken)))
	}
	for _, x := range n.Payments {
		l.Notes = append(l.Notes, fmt.Sprintf("%s pays %s %s.", x.Payer, x.Provider, share.Sterling(x.Amount)))
	}
	return l
}

func contractsListing(p *pool.Pool) (*listing, error) {
	l := &listing{Title: "Contracts divided among boards, " + p.Year, Columns: []string{"contract", "provider", "basis", "month", "icb", "part", "amount", "weight_from"}}
	for _, c := range p.Contract {
		d, err := p.Divide(c.ID)
		if err != nil {
			return nil, err
		}
		for _, m := range d.Months {
			l.Rows = append(l.Rows, []value{word(c.ID), word(c.Provider), word(c.Basis), word(budget.MonthName(m.Month)), word(m.ICB), part(m.Weight, 4), pounds(m.Amount), word(m.Place)})
		}
		for _, t := range d.Totals {
			l.Rows = append(l.Rows, []value{word(c.ID), word(c.Provider), word(c.Basis), word("year"), word(t.Key), part(new(big.Rat).Quo(share.Of(t.Amount), share.Of(d.Sum)), 4), pounds(t.Amount), word("")})
		}
		l.Notes = append(l.Notes, fmt.Sprintf("%s: the parts add up to %s, the contract is %s.", c.ID, share.Sterling(d.Sum), share.Sterling(c.Amount)))
	}
	return l, nil
}

func (s *session) poolShareCommand() *cobra.Command {
	var f form
	c := &cobra.Command{
		Use:     "share POOL",
		Short:   "Where each member stands under the pool's own rule, and what changes hands",
		Long:    `Work out the position of each member under the rule of the pool, and the transfer that puts it into effect.`,
		Example: "  remit pool share worked\n  remit pool share worked --json",
		Args:    needs(1, 1, "one pool"),
		RunE: func(_ *cobra.Command, args []string) error {
			p, err := s.loadPool(args[0])
			if err != nil {
				return err
			}
			return s.sharePool(&f, p, pool.Scenario{})
		},
	}
	f.add(c)
	return c
}

func (s *session) sharePool(f *form, p *pool.Pool, scenario pool.Scenario) error {
	members, rule, err := p.Apply(scenario)
	if err != nil {
		return fail(exitUsage, err, "")
	}
	r, err := pool.Share(members, rule)
	if err != nil {
		return fail(exitInput, err, "")
	}
	l := shareListing(r)
	l.Notes = append(l.Notes, poolProvenance(p)...)
	return f.write(s.out, l)
}

func shareListing(r *pool.Result) *listing {
	l := &listing{Title: fmt.Sprintf("Rule %s: %s. The pool stands at %s", r.Rule.Kind, r.Rule.Words(), share.Sterling(r.Variance)),
		Columns: []string{"icb", "name", "contribution", "spend", "own_variance", "position", "transfer", "part_of_contribution", "capped"}}
	var sum [5]activity.Amount
	for i := range r.Members {
		m := &r.Members[i]
		of := budget.Part{Amount: m.Final, Of: m.Contribution}.Percent(2)
		l.Rows = append(l.Rows, []value{word(m.ICB), word(m.Name), pounds(m.Contribution), pounds(m.Spend), pounds(m.Own), pounds(m.Final), pounds(m.Transfer), {of, of, true}, word(yesNo(m.Capped))})
		for j, a := range []activity.Amount{m.Contribution, m.Spend, m.Own, m.Final, m.Transfer} {
			sum[j] = sum[j].Add(a)
		}
	}
	of := budget.Part{Amount: sum[3], Of: sum[0]}.Percent(2)
	l.Rows = append(l.Rows, []value{word("total"), word(""), pounds(sum[0]), pounds(sum[1]), pounds(sum[2]), pounds(sum[3]), pounds(sum[4]), {of, of, true}, word("")})
	if !r.Fund.IsZero() {
		l.Notes = append(l.Notes, fmt.Sprintf("The contingency gives %s, which is what the transfers add up to.", share.Sterling(r.Fund)))
	}
	if !r.Unfunded.IsZero() {
		l.Notes = append(l.Notes, fmt.Sprintf("%s is unfunded: every member is at its cap.", share.Sterling(r.Unfunded.Neg())))
	}
	l.Notes = append(l.Notes, "Position = own variance + transfer; below zero is borne. Percentages are of the contribution.")
	return l
}

// ruleFlags are the flags by which a rule is described.
type ruleFlags struct{ kind, limit, fund, key, blend string }

func (f *ruleFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.kind, "rule", "", "rule: "+pool.KindList()+" (default: the pool's own)")
	c.Flags().StringVar(&f.limit, "cap", "", "of collar and capped: part of the contribution, such as 2%")
	c.Flags().StringVar(&f.fund, "fund", "", "of contingency: pounds")
	c.Flags().StringVar(&f.key, "key", "", "of capped and contingency: contribution, population or activity")
	c.Flags().StringVar(&f.blend, "blend", "", "of blend: contribution/population/activity, such as 50%/30%/20%")
	var kinds []string
	for _, k := range pool.Kinds {
		kinds = append(kinds, string(k))
	}
	mustComplete(c, "rule", kinds, cobra.ShellCompDirectiveNoFileComp)
}

// rule is the rule described, or nil.
func (f *ruleFlags) rule() (*pool.Rule, error) {
	if f.kind == "" {
		if f.limit+f.fund+f.key+f.blend != "" {
			return nil, fail(exitUsage, errors.New("parameters of a rule are given without --rule"), "name the rule")
		}
		return nil, nil
	}
	r, err := pool.ParseRule(f.kind, f.limit, f.fund, f.key, f.blend)
	if err != nil {
		return nil, fail(exitUsage, err, "")
	}
	return r, nil
}

// scenarioFlags are the flags by which a scenario is described.
type scenarioFlags struct {
	ruleFlags
	out   []string
	spend []string
}

func (f *scenarioFlags) scenario() (pool.Scenario, error) {
	s := pool.Scenario{Out: f.out}
	var err error
	if s.Rule, err = f.rule(); err != nil {
		return s, err
	}
	s.Change, s.Spend, err = pool.ParseSpend(f.spend)
	if err != nil {
		return s, fail(exitUsage, err, "")
	}
	return s, nil
}

func (s *session) poolScenarioCommand() *cobra.Command {
	var f form
	var o scenarioFlags
	c := &cobra.Command{
		Use:   "scenario POOL",
		Short: "Try another rule, cap, membership or forecast",
		Long: `Work out where each member stands when something is changed: the rule and its
parameters, who is in the pool, what a member spends. Nothing is stored.`,
		Example: "  remit pool scenario worked --rule collar --cap 2%\n  remit pool scenario worked --without ICB-D --spend ICB-B=+5% --spend ICB-C=190000000",
		Args:    needs(1, 1, "one pool"),
		RunE: func(_ *cobra.Command, args []string) error {
			p, err := s.loadPool(args[0])
			if err != nil {
				return err
			}
			sc, err := o.scenario()
			if err != nil {
				return err
			}
			return s.sharePool(&f, p, sc)
		},
	}
	o.add(c)
	c.Flags().StringSliceVar(&o.out, "without", nil, "leave out members")
	c.Flags().StringArrayVar(&o.spend, "spend", nil, "what a member spends: ICB=+5%, ICB=-2% or ICB=POUNDS; may be given again")
	f.add(c)
	return c
}

func (s *session) poolCompareCommand() *cobra.Command {
	var f form
	var o scenarioFlags
	c := &cobra.Command{
		Use:   "compare POOL",
		Short: "Every rule beside each other, for the same members and forecast",
		Long: `Set the rules beside each other: the pool's own, those it names to compare with, and
the plain ones. Each column is the final position of the members under a rule.`,
		Example: "  remit pool compare worked\n  remit pool compare worked --without ICB-D --csv",
		Args:    needs(1, 1, "one pool"),
		RunE: func(_ *cobra.Command, args []string) error {
			p, err := s.loadPool(args[0])
			if err != nil {
				return err
			}
			sc, err := o.scenario()
			if err != nil {
				return err
			}
			members, _, err := p.Apply(sc)
			if err != nil {
				return fail(exitUsage, err, "")
			}
			l := comparedListing(members, pool.Compare(members, p.Beside()))
			l.Notes = append(l.Notes, poolProvenance(p)...)
			return f.write(s.out, l)
		},
	}
	c.Flags().StringSliceVar(&o.out, "without", nil, "leave out members")
	c.Flags().StringArrayVar(&o.spend, "spend", nil, "what a member spends: ICB=+5%, ICB=-2% or ICB=POUNDS; may be given again")
	f.add(c)
	return c
}

func comparedListing(members []pool.Member, list []pool.Compared) *listing {
	l := &listing{Title: "Final position of each member under each rule", Columns: []string{"icb", "name"}}
	rows := make([][]value, len(members)+1)
	for i, m := range members {
		rows[i] = []value{word(m.ICB), word(m.Name)}
	}
	rows[len(members)] = []value{word("total"), word("")}
	for i, c := range list {
		name := fmt.Sprintf("%c_%s", 'a'+i, c.Rule.Kind)
		if c.Err != nil {
			l.Notes = append(l.Notes, name+": "+c.Err.Error())
			continue
		}
		l.Columns = append(l.Columns, name)
		l.Notes = append(l.Notes, name+": "+c.Rule.Words())
		var sum activity.Amount
		for j := range c.Result.Members {
			rows[j] = append(rows[j], pounds(c.Result.Members[j].Final))
			sum = sum.Add(c.Result.Members[j].Final)
		}
		rows[len(members)] = append(rows[len(members)], pounds(sum))
	}
	l.Rows = rows
	return l
}
