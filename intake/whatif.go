package intake

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"remit/activity"
	"remit/assign"
	"remit/method"
	"remit/register"
	"remit/warehouse"
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
	var results []string
	for _, s := range v.list {
		if !v.wanted(s, where) {
			continue
		}
		out, err := v.decideAgain(ctx, s, other, program, work, d)
		if err != nil {
			return nil, err
		}
		if out != "" {
			results = append(results, out)
		}
	}
	return d, v.gather(ctx, results, d)
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

// decideAgain runs assign over the combinations of a submission that count.
func (v *View) decideAgain(ctx context.Context, s *Submission, other Other, program, work string, d *Difference) (string, error) {
	in, out := filepath.Join(work, s.ID+".in.parquet"), filepath.Join(work, s.ID+".parquet")
	kept, err := v.keepCurrent(ctx, s, in)
	if err != nil || kept == 0 {
		return "", err
	}
	job := &assign.Job{Inputs: []string{in}, Out: out, Dataset: DecidedAs(s.Heading().Feed), Method: other.Method, Pack: other.Pack, Program: program, Parquet: rowsParquet{}}
	result, err := assign.Run(ctx, job)
	if err != nil {
		return "", err
	}
	d.Method = result.Manifest.Method
	return out, nil
}

// keepCurrent writes the combinations of a submission whose slice counts.
func (v *View) keepCurrent(ctx context.Context, s *Submission, path string) (int64, error) {
	feed := DecidedAs(s.Heading().Feed)
	title := func(id string) string {
		f, ok := activity.FieldByID(id)
		if _, has := s.Fields[id]; !ok || !has {
			return "''"
		}
		return "upper(trim(i." + name(f.Title(feed)) + "))"
	}
	query := fmt.Sprintf(`COPY (SELECT i.* FROM %s i JOIN current k ON k.submission = %s AND k.provider = %s AND k.year = i.remit_year
		AND k.month IS NOT DISTINCT FROM i.remit_month AND (k.commissioner = '' OR k.commissioner = %s)) TO %s (FORMAT parquet)`,
		table(v.ledger.Path(s, inputsFile)), literal(s.ID), title("provider"), title("submitted_commissioner"), literal(path))
	result, err := v.db.ExecContext(ctx, query)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// gather sums what moved over all results.
func (v *View) gather(ctx context.Context, results []string, d *Difference) error {
	if len(results) == 0 {
		return nil
	}
	db, err := warehouse.Open(0, "")
	if err != nil {
		return err
	}
	defer db.Close()
	var parts []string
	for _, r := range results {
		columns, err := columnsOf(ctx, db, r)
		if err != nil {
			return err
		}
		parts = append(parts, fmt.Sprintf("SELECT %s AS provider, %s AS service_code, remit_before, remit_category_before, assigned_commissioner, assigned_category, remit_rows, remit_money FROM %s",
			pick(columns, "provider"), pick(columns, "service_code"), table(r)))
	}
	all := strings.Join(parts, " UNION ALL ")
	var money string
	if err := db.QueryRowContext(ctx, "SELECT sum(remit_rows)::BIGINT, sum(remit_money)::VARCHAR FROM ("+all+")").Scan(&d.Rows, &money); err != nil {
		return err
	}
	if d.Money, _, err = activity.ParseAmount([]byte(money)); err != nil {
		return err
	}
	return gatherMoved(ctx, db, all, d)
}

func gatherMoved(ctx context.Context, db *sql.DB, all string, d *Difference) error {
	rows, err := db.QueryContext(ctx, `SELECT provider, service_code, coalesce(remit_before, ''), coalesce(assigned_commissioner, ''), coalesce(remit_category_before, ''), coalesce(assigned_category, ''),
		sum(remit_rows)::BIGINT, sum(remit_money)::VARCHAR FROM (`+all+`)
		WHERE coalesce(remit_before, '') <> coalesce(assigned_commissioner, '') OR coalesce(remit_category_before, '') <> coalesce(assigned_category, '')
		GROUP BY ALL ORDER BY abs(sum(remit_money)) DESC, 1, 2, 3, 4, 5, 6`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var m Moved
		var money string
		if err := rows.Scan(&m.Provider, &m.ServiceCode, &m.From, &m.To, &m.FromCategory, &m.ToCategory, &m.Rows, &money); err != nil {
			return err
		}
		if m.Money, _, err = activity.ParseAmount([]byte(money)); err != nil {
			return err
		}
		d.Moved, d.MovedRows, d.MovedSum = append(d.Moved, m), d.MovedRows+m.Rows, d.MovedSum.Add(m.Money)
	}
	return rows.Err()
}

func columnsOf(ctx context.Context, db *sql.DB, path string) ([]string, error) {
	rows, err := db.QueryContext(ctx, "SELECT * FROM "+table(path)+" LIMIT 0")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	return rows.Columns()
}

// pick is the column of a field among those of a file, or a blank.
func pick(columns []string, id string) string {
	for _, c := range columns {
		if found, ok := activity.FieldOf(c); ok && found == id {
			return "upper(trim(coalesce(" + name(c) + ", '')))"
		}
	}
	return "''"
}
