package intake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"remit/activity"
	"remit/assign"
	"remit/method"
	"remit/register"
	"remit/submission"
)

// Moved is money for which another body would pay.
type Moved struct {
	Provider, ServiceCode string
	From, To              string // commissioners; blank for none
	FromCategory          string
	ToCategory            string
	Rows                  int64
	Money                 activity.Amount
}

// Difference is what another method, reading or reference data would change in
// the rows that count.
type Difference struct {
	Method    assign.MethodNote
	Reference string // hash
	Rows      int64  // that were decided again
	Money     activity.Amount
	MovedRows int64
	MovedSum  activity.Amount
	Moved     []Moved // the most money first
}

// Other is what is supposed instead.
type Other struct {
	Method *method.Method
	Pack   *register.Pack
}

// WhatIf decides the rows that count again by other rules or reference data and
// holds the payers against those that stand. It goes over the distinct
// combinations of what decides the payer, not over the rows.
func (v *View) WhatIf(ctx context.Context, other Other, program string, where ...Where) (*Difference, error) {
	work, err := os.MkdirTemp("", "remit-whatif-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	d := &Difference{Reference: other.Pack.Hash}
	moved := map[move]*sum{}
	for _, s := range v.list {
		if !v.wanted(s, where) {
			continue
		}
		if err := v.decideAgain(ctx, s, other, program, work, d, moved); err != nil {
			return nil, err
		}
	}
	d.list(moved)
	return d, nil
}

// wanted tells whether a submission has rows that count, and of a feed that the
// conditions ask for.
func (v *View) wanted(s *Submission, where []Where) bool {
	if s.State != Accepted || s.Assigned == nil {
		return false
	}
	for _, w := range where {
		if w.Dimension == Feed && slices.Contains(w.Values, string(s.Heading().Feed)) == w.Not {
			return false
		}
	}
	for _, id := range v.current {
		if id == s.ID {
			return true
		}
	}
	return false
}

// move is between whom money moves.
type move struct{ provider, serviceCode, from, to, fromCategory, toCategory string }

// sum is rows and their money.
type sum struct {
	rows  int64
	money activity.Amount
}

func (a *sum) add(rows int64, money activity.Amount) {
	a.rows, a.money = a.rows+rows, a.money.Add(money)
}

// decideAgain runs assign over the combinations of a submission and adds up those
// that count.
func (v *View) decideAgain(ctx context.Context, s *Submission, other Other, program, work string, d *Difference, moved map[move]*sum) error {
	c := &redecided{view: v, submission: s}
	job := &assign.Job{
		Inputs: []string{v.ledger.Path(s, inputsFile)}, Out: filepath.Join(work, "none.parquet"), Dataset: DecidedAs(s.Heading().Feed), Method: other.Method, Pack: other.Pack,
		Program: program, Also: c, Parquet: nowhere{},
	}
	result, err := assign.Run(ctx, job)
	if err != nil {
		return err
	}
	d.Method = result.Manifest.Method
	return c.gather(d, moved)
}

// nowhere takes rows that are needed no more: they have been compared.
type nowhere struct{ rowsParquet }

func (nowhere) Write(_ context.Context, r io.Reader, _ map[string]string, _ string) error {
	_, err := io.Copy(io.Discard, r)
	return err
}

// redecided holds the payers of a run against those that stand, as an assign.Also.
type redecided struct {
	view       *View
	submission *Submission
	workers    []*comparer
}

func (c *redecided) Columns() []string { return nil }

func (c *redecided) Bind(_ string, l activity.Layout, workers int) ([]assign.RowWriter, error) {
	var list []assign.RowWriter
	for range workers {
		w := &comparer{redecided: c, moved: map[move]*sum{}, counts: map[string]bool{}}
		for i, name := range []string{"remit_year", "remit_month", "remit_before", "remit_category_before", "remit_rows", "remit_money"} {
			if w.at[i] = slices.Index(l.Columns, name); w.at[i] < 0 {
				return nil, fmt.Errorf("there is no column %s", name)
			}
		}
		w.provider, w.commissioner, w.service = column(l, "provider"), column(l, "submitted_commissioner"), column(l, "service_code")
		c.workers, list = append(c.workers, w), append(list, w)
	}
	return list, nil
}

func (c *redecided) gather(d *Difference, moved map[move]*sum) error {
	for _, w := range c.workers {
		if w.err != nil {
			return w.err
		}
		d.Rows, d.Money = d.Rows+w.all.rows, d.Money.Add(w.all.money)
		for k, t := range w.moved {
			if moved[k] == nil {
				moved[k] = &sum{}
			}
			moved[k].add(t.rows, t.money)
		}
	}
	return nil
}

// comparer compares the rows of one worker.
type comparer struct {
	*redecided
	at                              [6]int // columns: year, month, payer and category as they stand, rows, money
	provider, commissioner, service int
	counts                          map[string]bool // by the fields that tell slices apart
	key                             []byte
	all                             sum
	moved                           map[move]*sum
	err                             error
}

// AppendRow adds a row up and writes nothing.
func (w *comparer) AppendRow(dst []byte, row *assign.Row) []byte {
	if !w.current(row) {
		return dst
	}
	rows, err := strconv.ParseInt(string(row.Field(w.at[4])), 10, 64)
	money, _, fault := activity.ParseAmount(row.Field(w.at[5]))
	if err = errors.Join(err, fault); err != nil {
		w.err = err
		return dst
	}
	w.all.add(rows, money)
	if string(row.Field(w.at[2])) == row.Payer && string(row.Field(w.at[3])) == row.Category {
		return dst
	}
	k := move{w.code(row, w.provider), w.code(row, w.service), string(row.Field(w.at[2])), row.Payer, string(row.Field(w.at[3])), row.Category}
	if w.moved[k] == nil {
		w.moved[k] = &sum{}
	}
	w.moved[k].add(rows, money)
	return dst
}

// current tells whether the slice of a row counts.
func (w *comparer) current(row *assign.Row) bool {
	w.key = w.key[:0]
	for _, c := range []int{w.at[0], w.at[1], w.provider, w.commissioner} {
		if c >= 0 {
			w.key = append(w.key, row.Field(c)...)
		}
		w.key = append(w.key, 0)
	}
	known, ok := w.counts[string(w.key)]
	if !ok {
		known = w.view.current[w.slice(row)] == w.submission.ID
		w.counts[string(w.key)] = known
	}
	return known
}

func (w *comparer) slice(row *assign.Row) submission.Slice {
	slice := submission.Slice{Provider: w.code(row, w.provider), Feed: w.submission.Heading().Feed, Year: string(row.Field(w.at[0])), Month: -1}
	if m, err := strconv.Atoi(string(row.Field(w.at[1]))); err == nil {
		slice.Month = m
	}
	if slice.Feed == activity.ACM {
		slice.Commissioner = w.code(row, w.commissioner)
	}
	return slice
}

// code is a code as it is compared.
func (w *comparer) code(row *assign.Row, column int) string {
	if column < 0 {
		return ""
	}
	return capitals(row.Field(column))
}

// list puts what moved in order, the most money first.
func (d *Difference) list(moved map[move]*sum) {
	for k, t := range moved {
		d.Moved = append(d.Moved, Moved{Provider: k.provider, ServiceCode: k.serviceCode, From: k.from, To: k.to, FromCategory: k.fromCategory, ToCategory: k.toCategory, Rows: t.rows, Money: t.money})
		d.MovedRows, d.MovedSum = d.MovedRows+t.rows, d.MovedSum.Add(t.money)
	}
	slices.SortFunc(d.Moved, func(a, b Moved) int {
		return cmp.Or(b.Money.Abs().Cmp(a.Money.Abs()), strings.Compare(a.Provider, b.Provider), strings.Compare(a.ServiceCode, b.ServiceCode), strings.Compare(a.From, b.From),
			strings.Compare(a.To, b.To), strings.Compare(a.FromCategory, b.FromCategory), strings.Compare(a.ToCategory, b.ToCategory))
	})
}
