package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"remit/activity"
	"remit/budget"
	"remit/intake"
	"remit/register"
	"remit/share"
	"remit/spend"
)

// contractFlags say where contracts, drugs and devices come from.
type contractFlags struct{ dir, by string }

func (f *contractFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.dir, "data", "", "data directory whose submissions have contracts, drugs and devices (default: $REMIT_DATA, or remit-data)")
	c.Flags().StringVar(&f.by, "contracts", "", "how contracts are foreseen: "+strings.Join(budget.Foresights, ", ")+"; typed leaves submissions aside (default: as the round says)")
	mustComplete(c, "contracts", budget.Foresights, cobra.ShellCompDirectiveNoFileComp)
}

// submissions is the data directory, blank where it has no submissions.
func (f *contractFlags) submissions() (string, error) {
	at := place{dir: f.dir}
	if err := at.resolve(); err != nil {
		return "", err
	}
	if _, err := os.Stat(filepath.Join(at.dir, "submissions")); err != nil {
		if f.dir != "" {
			return "", fail(exitInput, fmt.Errorf("%s has no submissions", f.dir), "take files in with remit submit --data "+f.dir)
		}
		return "", nil
	}
	return at.dir, nil
}

// join puts the lines of contract monitoring into a round.
func (s *session) join(ctx context.Context, f *contractFlags, r *budget.Round, year string, boards []string) (*budget.Round, []string, error) {
	by := f.by
	if by == "" {
		by = r.Foresee
	}
	if !slices.Contains(budget.Foresights, by) {
		return nil, nil, fail(exitUsage, fmt.Errorf("--contracts: contracts cannot be foreseen by %q", by), "write one of "+strings.Join(budget.Foresights, ", "))
	}
	if by == budget.Typed {
		return r, nil, nil
	}
	book, err := s.readSpend(ctx, f, spend.Asked{Year: year, Boards: boards})
	if err != nil || book == nil || len(book.Lines) == 0 {
		return r, nil, err
	}
	note := fmt.Sprintf("Contracts, drugs and devices are those of the submissions that count, returned to month %d, foreseen by %s. Payers are as the method assigns them.", book.Last, strings.ReplaceAll(by, "_", " "))
	return r.WithContracts(book.Lines, by), []string{note}, nil
}

// readSpend reads the submissions of the data directory; nil where there are none.
func (s *session) readSpend(ctx context.Context, f *contractFlags, a spend.Asked) (book *spend.Book, err error) {
	_, err = s.inSubmissions(ctx, f, func(view *intake.View, pack *register.Pack) error {
		book, err = spend.Read(ctx, view, pack, a)
		return err
	})
	return book, err
}

// inSubmissions lets do ask the view of the data directory; false where there are no submissions.
func (s *session) inSubmissions(ctx context.Context, f *contractFlags, do func(*intake.View, *register.Pack) error) (bool, error) {
	dir, err := f.submissions()
	if err != nil || dir == "" {
		return false, err
	}
	pack, err := s.pack()
	if err != nil {
		return false, err
	}
	defer pack.Close()
	ledger, err := openLedger(dir)
	if err != nil {
		return false, err
	}
	defer ledger.Close()
	view, err := ledger.View(ctx)
	if err != nil {
		return false, err
	}
	return true, do(view, pack)
}

// monthsListing is the use of funds month by month, as budgeted and as it stands.
func monthsListing(r *budget.Round, year, icb, policy string, month int) (*listing, error) {
	o, err := r.Outcome(year, policy)
	if err != nil {
		return nil, err
	}
	l := &listing{Title: fmt.Sprintf("Use of funds by month in %s, %s, at the end of %s", year, of(icb), budget.MonthName(month)), Columns: []string{"icb", "month", "contracts", "drugs", "devices", "other_uses", "all_uses", "as_it_stands", "allocation", "left_budget", "left_as_it_stands"}}
	for _, b := range boardsOf(r, icb) {
		f, err := r.FundsYear(o, b, month)
		if err != nil {
			return nil, err
		}
		var sum [9]activity.Amount
		row := func(name string, x [9]activity.Amount) {
			v := []value{word(b), word(name)}
			for _, a := range x {
				v = append(v, pounds(a))
			}
			l.Rows = append(l.Rows, v)
		}
		for _, m := range f.Months {
			other := m.Planned.Sub(m.Budget[budget.Contract]).Sub(m.Budget[budget.Drugs]).Sub(m.Budget[budget.Devices])
			x := [9]activity.Amount{m.Budget[budget.Contract], m.Budget[budget.Drugs], m.Budget[budget.Devices], other, m.Planned, m.Used, m.Allocation, m.Allocation.Sub(m.Planned), m.Allocation.Sub(m.Used)}
			for i, a := range x {
				sum[i] = sum[i].Add(a)
			}
			row(budget.MonthName(m.Month), x)
		}
		row("year", sum)
		l.Notes = append(l.Notes, fmt.Sprintf("%s: as planned %s is %s, as foreseen %s is %s.", b, share.Sterling(f.Planned.Difference), f.Planned.Called, share.Sterling(f.Foreseen.Difference), f.Foreseen.Called))
	}
	l.Notes = append(l.Notes, "As it stands: what was done where a return came, else the budget. The allocation falls on months in twelfths.")
	return l, nil
}

// contractLinesListing is the lines of contract monitoring behind contracts, drugs and devices.
func contractLinesListing(r *budget.Round, year, icb string, month int) *listing {
	l := &listing{Title: fmt.Sprintf("Contract monitoring in %s, %s, at the end of %s", year, of(icb), budget.MonthName(month)), Columns: []string{"icb", "provider", "use", "line", "plan", "plan_to_date", "actual_to_date", "by_remaining_plan", "by_run_rate", "returned_to_month", "actual_is_of"}}
	for i := range r.Contracts {
		c := &r.Contracts[i]
		if icb != "" && c.ICB != icb {
			continue
		}
		var plan, actual activity.Amount
		for m := range month {
			plan, actual = plan.Add(c.Plan[m]), actual.Add(c.Actual[m])
		}
		at := max(1, min(month, c.Through()))
		l.Rows = append(l.Rows, []value{word(c.ICB), word(c.Provider), word(c.Kind), word(c.Line), pounds(c.Annual()), pounds(plan), pounds(actual), pounds(c.ByPlan[at-1]), pounds(c.ByRate[at-1]), word(fmt.Sprint(c.Through())), word(c.Basis)})
	}
	if len(l.Rows) == 0 {
		l.Notes = append(l.Notes, "There are no submissions of this year and board in the data directory.")
	}
	return l
}
