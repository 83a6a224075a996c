package intake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"remit/activity"
	"remit/submission"
	"remit/warehouse"
)

// View answers questions about the rows that count: of every slice those of the
// submission that Current picks, the rejected rows left out unless asked for. It
// holds the totals in memory and reads rows from disk when asked for rows.
type View struct {
	ledger  *Ledger
	db      *sql.DB
	current map[submission.Slice]string
	list    []*Submission
	local   localPrices

	peopleLock sync.Mutex
	people     map[string]*People // by what they were asked for with
}

// View gives the view of the ledger as it is now. It is kept until the ledger
// changes; those who hold an older one may go on using it.
func (l *Ledger) View(ctx context.Context) (*View, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.view != nil {
		return l.view, nil
	}
	v := &View{ledger: l, list: l.list, current: currentOf(l.list)}
	if err := v.load(ctx); err != nil {
		return nil, err
	}
	l.view = v
	return v, nil
}

// dropView forgets the view. The memory of the database is freed when the last
// question under way has been answered.
func (l *Ledger) dropView() {
	if l.view == nil {
		return
	}
	old := l.view
	l.view = nil
	go old.db.Close() // waits for questions under way
}

// Close frees the view.
func (l *Ledger) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.view == nil {
		return nil
	}
	defer func() { l.view = nil }()
	return l.view.db.Close()
}

// load makes the tables current and cube.
func (v *View) load(ctx context.Context) error {
	var err error
	if v.db, err = warehouse.Open(0, ""); err != nil {
		return err
	}
	err = v.fill(ctx)
	if err != nil {
		return errors.Join(err, v.db.Close())
	}
	return nil
}

func (v *View) fill(ctx context.Context) error {
	_, err := v.db.ExecContext(ctx, "CREATE TABLE current (submission VARCHAR, provider VARCHAR, feed VARCHAR, year VARCHAR, month TINYINT, commissioner VARCHAR)")
	if err != nil {
		return err
	}
	if err := v.fillCurrent(ctx); err != nil {
		return err
	}
	var files []string
	for _, s := range v.list {
		path := v.ledger.Path(s, cubeFile)
		if _, err := os.Stat(path); err == nil && s.State == Accepted {
			files = append(files, literal(path))
		}
	}
	if len(files) == 0 {
		_, err = v.db.ExecContext(ctx, "CREATE TABLE cube ("+emptyCube()+")")
		return err
	}
	columns := make([]string, len(Dimensions))
	for i, d := range Dimensions {
		columns[i] = "c." + string(d)
	}
	_, err = v.db.ExecContext(ctx, fmt.Sprintf(`CREATE TABLE cube AS SELECT %s, c.rows, c.units, c.money, c.price
		FROM read_parquet([%s], hive_partitioning = false) c JOIN current k
		ON k.submission = c.submission AND k.provider = c.provider AND k.feed = c.feed AND k.year = c.year AND k.month IS NOT DISTINCT FROM c.month
		AND (k.commissioner = '' OR k.commissioner = c.submitted_commissioner)`, strings.Join(columns, ", "), strings.Join(files, ", ")))
	return err
}

func emptyCube() string {
	var b strings.Builder
	for _, d := range Dimensions {
		kind := "VARCHAR"
		if d == Month {
			kind = "TINYINT"
		}
		fmt.Fprintf(&b, "%s %s, ", d, kind)
	}
	return b.String() + "rows BIGINT, units DECIMAL(38,8), money DECIMAL(38,8), price DECIMAL(38,8)"
}

func (v *View) fillCurrent(ctx context.Context) error {
	if len(v.current) == 0 {
		return nil
	}
	var b strings.Builder
	b.WriteString("INSERT INTO current VALUES ")
	separate := ""
	for k, id := range v.current {
		fmt.Fprintf(&b, "%s(%s,%s,%s,%s,%s,%s)", separate, literal(id), literal(k.Provider), literal(string(k.Feed)), literal(k.Year), monthOf(k.Month), literal(k.Commissioner))
		separate = ","
	}
	_, err := v.db.ExecContext(ctx, b.String())
	return err
}

func monthOf(m int) string {
	if m < 0 {
		return "NULL"
	}
	return fmt.Sprint(m)
}

// Where keeps the rows whose dimension has one of the values, or none of them.
type Where struct {
	Dimension Dimension
	Values    []string
	Not       bool
}

// Total is the sum of the rows that share values.
type Total struct {
	Keys  []string        `json:"keys"` // in the order asked for
	Rows  int64           `json:"rows"`
	Units activity.Amount `json:"units"`
	Money activity.Amount `json:"money"` // as submitted
	Price activity.Amount `json:"price"` // by the price set
}

// Totals sums the rows that count by the dimensions, the largest sum of money
// first. Without dimensions it gives one total. Rejected rows are left out
// unless a Where names row_state.
func (v *View) Totals(ctx context.Context, by []Dimension, where ...Where) ([]Total, error) {
	condition, args, err := conditions(where)
	if err != nil {
		return nil, err
	}
	keys, group := "", ""
	for _, d := range by {
		if !known(d) {
			return nil, fmt.Errorf("there is no dimension %q", d)
		}
		keys += fmt.Sprintf("coalesce(%s::VARCHAR, ''), ", d)
		group += string(d) + ", "
	}
	query := "SELECT " + keys + "coalesce(sum(rows), 0)::BIGINT, coalesce(sum(units), 0)::VARCHAR, coalesce(sum(money), 0)::VARCHAR, coalesce(sum(price), 0)::VARCHAR FROM cube WHERE " + condition
	if len(by) > 0 {
		query += " GROUP BY " + strings.TrimSuffix(group, ", ") + " ORDER BY abs(sum(money)) DESC, " + strings.TrimSuffix(group, ", ")
	}
	rows, err := v.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Total
	for rows.Next() {
		t, err := scanTotal(rows, len(by))
		if err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, rows.Err()
}

func scanTotal(rows *sql.Rows, keys int) (Total, error) {
	t := Total{Keys: make([]string, keys)}
	var sums [3]string
	into := make([]any, 0, keys+4)
	for i := range t.Keys {
		into = append(into, &t.Keys[i])
	}
	if err := rows.Scan(append(into, &t.Rows, &sums[0], &sums[1], &sums[2])...); err != nil {
		return t, err
	}
	for i, to := range []*activity.Amount{&t.Units, &t.Money, &t.Price} {
		var err error
		if *to, _, err = activity.ParseAmount([]byte(sums[i])); err != nil {
			return t, err
		}
	}
	return t, nil
}

func conditions(where []Where) (string, []any, error) {
	parts := []string{"true"}
	var args []any
	states := false
	for _, w := range where {
		if !known(w.Dimension) {
			return "", nil, fmt.Errorf("there is no dimension %q", w.Dimension)
		}
		states = states || w.Dimension == RowState
		marks := make([]string, len(w.Values))
		for i, value := range w.Values {
			marks[i], args = "?", append(args, value)
		}
		in := "IN"
		if w.Not {
			in = "NOT IN"
		}
		if len(marks) > 0 {
			parts = append(parts, fmt.Sprintf("coalesce(%s::VARCHAR, '') %s (%s)", w.Dimension, in, strings.Join(marks, ", ")))
		}
	}
	if !states {
		parts = append(parts, "row_state <> 'rejected'")
	}
	return strings.Join(parts, " AND "), args, nil
}

func known(d Dimension) bool {
	for _, k := range Dimensions {
		if k == d {
			return true
		}
	}
	return false
}
