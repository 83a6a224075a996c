package cli

import (
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"remit/calendar"
	"remit/calendars"
	"remit/intake"
	"remit/monitor"
)

// ledgerPlan says which plan and actual of the ledger are compared.
type ledgerPlan struct {
	at                           place
	provider, year, basis, payer string
}

func (l *ledgerPlan) add(c *cobra.Command) {
	l.at.add(c)
	c.Flags().StringVar(&l.provider, "provider", "", "without ACTUAL: whose")
	c.Flags().StringVar(&l.year, "year", "", "without ACTUAL: the financial year, 2026-27")
	c.Flags().StringVar(&l.basis, "basis", string(intake.Aggregate), "without ACTUAL: which feeds: aggregate, patient or hospital")
	c.Flags().StringVar(&l.payer, "payer", "billed", "without ACTUAL: the commissioner that was billed, or assigned: the one that pays")
}

// plannedAndDone reads what is compared: from files, or from the ledger what is not given as a file.
func (s *session) plannedAndDone(ctx context.Context, args []string, p *phasing, l *ledgerPlan) (planned, done []monitor.Cell, err error) {
	if len(args) == 2 {
		if planned, err = p.cells(args[0]); err != nil {
			return nil, nil, err
		}
		done, err = actuals(args[1])
		return planned, done, err
	}
	q, year, err := l.question()
	if err != nil {
		return nil, nil, err
	}
	ledger, err := openLedger(l.at.dir)
	if err != nil {
		return nil, nil, err
	}
	defer ledger.Close()
	v, err := ledger.View(ctx)
	if err != nil {
		return nil, nil, err
	}
	if done, _, err = v.Cells(ctx, q); err != nil {
		return nil, nil, err
	}
	if len(args) == 1 {
		planned, err = p.cells(args[0])
		return planned, done, err
	}
	planned, err = s.plannedInLedger(ctx, v, q, year, p)
	return planned, done, err
}

// question is what is asked of the ledger.
func (l *ledgerPlan) question() (intake.Question, int, error) {
	if err := l.at.resolve(); err != nil {
		return intake.Question{}, 0, err
	}
	year, err := calendar.ParseYear(l.year)
	if l.provider == "" || err != nil {
		return intake.Question{}, 0, fail(exitUsage, errors.New("it is not said whose plan and actual of which year"), "name them with --provider and --year, such as --provider RJ7 --year 2026-27, or give the files PLAN and ACTUAL")
	}
	if !slices.Contains(intake.Bases, intake.Basis(l.basis)) || l.basis == string(intake.Planned) {
		return intake.Question{}, 0, fail(exitUsage, errors.New("there is no basis "+l.basis), "write aggregate, patient or hospital")
	}
	q := intake.Question{Basis: intake.Basis(l.basis), Payer: intake.SubmittedCommissioner, Where: []intake.Where{intake.Is(intake.Provider, l.provider), intake.Is(intake.Year, calendar.YearCode(year))}}
	switch l.payer {
	case "billed":
	case "assigned":
		q.Payer = intake.AssignedCommissioner
	default:
		return q, 0, fail(exitUsage, errors.New("there is no commissioner "+l.payer), "write billed or assigned")
	}
	return q, year, nil
}

// plannedInLedger is the plan by month; years are spread.
func (s *session) plannedInLedger(ctx context.Context, v *intake.View, q intake.Question, year int, p *phasing) ([]monitor.Cell, error) {
	rows, err := v.PlanRows(ctx, q)
	if err != nil {
		return nil, planFault(err)
	}
	c, err := calendar.Load(calendars.Files)
	if err != nil {
		return nil, fail(exitReference, err, "")
	}
	phaser := monitor.Phaser{Default: p.name, Calendar: c}
	if p.lastYear != "" {
		phaser.LastYear, err = actuals(p.lastYear)
	} else {
		before := q
		before.Where = []intake.Where{q.Where[0], intake.Is(intake.Year, calendar.YearCode(year-1))}
		phaser.LastYear, _, err = v.Cells(ctx, before)
	}
	if err != nil {
		return nil, err
	}
	cells, err := phaser.Spread("the plan", rows)
	return cells, planFault(err)
}
