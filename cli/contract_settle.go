package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"remit/activity"
	"remit/intake"
	"remit/price"
)

// settleRequest is what remit contract settle is asked.
type settleRequest struct {
	form
	provider, year, basis string
	contract, element     string
	month, version        int
	prices                []string
}

const settleLong = `Work out what the contracts of a provider owe for a year, by element and month,
from the submissions that count.

Two figures are kept apart: activity at price, and the contract value payable.
At price is what the price set says, and what was billed where there is no
national price. A fixed value, a block and a low-volume activity payment are
payable as they are phased; all else is what is done at price, to date, by the
bands, floor and ceiling of its element. Each month the plan is paid on account,
or what contract_payment.csv says; once a month is frozen, the difference to what
is payable is still to pay.

--element and --month show the working of one line. What falls on no contract is
listed beneath.`

func (s *session) contractSettleCommand(at *place) *cobra.Command {
	var q settleRequest
	c := &cobra.Command{
		Use:     "settle --provider CODE --year YEAR",
		Short:   "What the contracts of a provider owe, month by month",
		Long:    settleLong,
		Example: "  remit contract settle --provider RJ7 --year 2026-27\n  remit contract settle --provider RJ7 --year 2026-27 --element elective --month 2",
		Args:    noArguments,
		RunE:    withLedger(at, func(c *cobra.Command, _ []string, l *intake.Ledger) error { return s.settle(c.Context(), at, l, &q) }),
	}
	q.form.add(c)
	f := c.Flags()
	f.StringVar(&q.provider, "provider", "", "the provider")
	f.StringVar(&q.year, "year", "", "the financial year, 2026-27")
	f.StringVar(&q.basis, "basis", string(intake.Patient), "the feeds that the activity is taken from: patient or aggregate")
	f.StringVar(&q.contract, "contract", "", "this contract alone")
	f.StringVar(&q.element, "element", "", "the working of this element, with --month")
	f.IntVar(&q.month, "month", 0, "up to this month, 1 is April (default: the year)")
	f.IntVar(&q.version, "version", 0, "by this version of the terms (default: the latest)")
	f.StringArrayVar(&q.prices, "prices", nil, "directory of price sets to add to those in use")
	for _, name := range []string{"provider", "year"} {
		if err := c.MarkFlagRequired(name); err != nil {
			panic(err) // the flag is defined above
		}
	}
	return c
}

func financialYear(flag, text string) (string, error) {
	year, ok := activity.FinancialYear(text)
	if !ok {
		return "", fail(exitUsage, fmt.Errorf("%s: %q is no financial year", flag, text), "write 2026-27, 2026/27 or 202627")
	}
	return year, nil
}

func (s *session) settle(ctx context.Context, at *place, l *intake.Ledger, q *settleRequest) error {
	year, err := financialYear("--year", q.year)
	if err != nil {
		return err
	}
	basis := intake.Basis(q.basis)
	switch {
	case basis != intake.Patient && basis != intake.Aggregate:
		return fail(exitUsage, fmt.Errorf("--basis: %q is not known", q.basis), "write patient or aggregate")
	case q.month < 0 || q.month > 12:
		return fail(exitUsage, fmt.Errorf("--month: %d is not a month", q.month), "write 1 for April to 12 for March")
	case q.element != "" && q.month == 0:
		return fail(exitUsage, errors.New("--element shows the working of a month"), "add --month")
	}
	pack, err := s.pack()
	if err != nil {
		return err
	}
	defer pack.Close()
	lib, err := loadPrices(at.dir, q.prices)
	if err != nil {
		return fail(exitReference, err, "run remit price check for the whole list")
	}
	terms, err := termsOf(l, q.version)
	if err != nil {
		return err
	}
	view, err := l.View(ctx)
	if err != nil {
		return err
	}
	settled, err := view.Settle(ctx, lib, pack, terms, strings.ToUpper(q.provider), year, basis)
	if err != nil {
		return err
	}
	if q.contract != "" {
		settled.Contracts = slices.DeleteFunc(settled.Contracts, func(c intake.SettledContract) bool { return c.Code != q.contract })
	}
	if len(settled.Contracts) == 0 {
		return fail(exitInput, fmt.Errorf("the terms have no contract of %s for %s", settled.Provider, q.year), "see remit contract elements")
	}
	if q.element != "" {
		return s.settlementWorking(settled, q)
	}
	return q.write(s.out, settlementList(settled, q.month, lib))
}

// settlementList has a line for each contract, element and month, with the sums
// of each contract beneath.
func settlementList(s *intake.Settled, through int, lib *price.Library) *listing {
	l := &listing{Title: fmt.Sprintf("What the contracts of %s owe, %s/%s, by terms version %d", s.Provider, s.Year[:4], s.Year[4:], s.Terms.Number),
		Columns: []string{"contract", "element", "kind", "month", "state", "plan", "at_price", "payable", "on_account", "trued_up", "to_pay"}}
	if through == 0 {
		through = 12
	}
	for _, c := range s.Contracts {
		for _, x := range c.Settlement.Lines {
			if x.Month <= through {
				l.Rows = append(l.Rows, settledRow(c.Code, x.Element, string(x.Kind), strconv.Itoa(x.Month), string(x.State), x))
			}
		}
		if s.Through > 0 && s.Through < through {
			l.Notes = append(l.Notes, contractSum(c, s.Through))
		}
		l.Notes = append(l.Notes, contractSum(c, through))
	}
	for _, o := range s.Outside {
		what := "is on no contract"
		if o.Contract != "" {
			what = "falls in no element of " + o.Contract
		}
		l.Notes = append(l.Notes, fmt.Sprintf("£%s at price (%s, category %s, %s for %s) %s.", o.At.Pounds(), count(o.Rows, "row"), orNone(o.Category), o.Holder, orNone(o.Commissioner), what))
	}
	for _, feed := range s.Awaiting {
		l.Notes = append(l.Notes, feed+" came for some months and not for all: those without it are not taken for frozen.")
	}
	if slices.ContainsFunc(lib.Sets(), func(set *price.Set) bool { return set.Synthetic }) {
		l.Notes = append(l.Notes, "Price sets that are made up are among those in use; see remit price list.")
	}
	return l
}

func contractSum(c intake.SettledContract, through int) string {
	t := c.Settlement.Total(through)
	span := "in the year"
	if through < 12 {
		span = fmt.Sprintf("to month %d", through)
	}
	return fmt.Sprintf("%s %s: plan £%s, at price £%s, payable £%s, on account £%s, trued up £%s, to pay £%s.", c.Code, span, t.Plan.Pounds(), t.AtPrice.Pounds(), t.Payable.Pounds(), t.OnAccount.Pounds(), t.TruedUp.Pounds(), t.TrueUp.Pounds())
}

func orNone(code string) string {
	if code == "" {
		return "none"
	}
	return code
}

func settledRow(contract, element, kind, month, state string, x price.SettledLine) []value {
	return []value{word(contract), word(element), word(kind), {month, month, true}, word(state), pounds(x.Plan), pounds(x.AtPrice), pounds(x.Payable), pounds(x.OnAccount), pounds(x.TruedUp), pounds(x.TrueUp)}
}

// settlementWorking shows how the figures of a line were reached.
func (s *session) settlementWorking(settled *intake.Settled, q *settleRequest) error {
	l := &listing{Columns: []string{"contract", "figure", "how", "amount"}}
	for _, c := range settled.Contracts {
		for _, x := range c.Settlement.Lines {
			if x.Element != q.element || x.Month != q.month {
				continue
			}
			l.Title = fmt.Sprintf("Working of %s in month %d, %s", q.element, q.month, x.State)
			for _, p := range c.Parts[intake.ElementMonth{Element: x.Element, Month: x.Month}] {
				l.Rows = append(l.Rows, []value{word(c.Code), word("activity"), word(fmt.Sprintf("%s, %s: %s billed at £%s", orNone(p.POD), price.PricedAs(p.Reason), count(p.Rows, "row"), p.Billed.Pounds())), pounds(p.At)})
			}
			for _, w := range x.Working {
				l.Rows = append(l.Rows, []value{word(c.Code), word(w.Of), word(w.Says), pounds(w.Amount)})
			}
		}
	}
	if len(l.Rows) == 0 {
		return fail(exitInput, fmt.Errorf("no contract has an element %q in month %d", q.element, q.month), "see remit contract elements")
	}
	return q.write(s.out, l)
}
