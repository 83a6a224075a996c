package intake

import (
	"context"
	"database/sql"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"remit/activity"
	"remit/warehouse"
	"remit/whole"
)

// Change says what became of a row between two submissions.
type Change string

// The changes. A row that is re-priced and re-coded at once is re-coded.
const (
	Added    Change = "added"
	Removed  Change = "removed"
	Repriced Change = "re-priced"
	Recoded  Change = "re-coded"
	Same     Change = "same" // of which nothing is said
)

// Coded are the fields whose change is a re-coding: what says who pays, and for what.
var Coded = []string{"submitted_commissioner", "submitted_category", "service_code", "pod", "tariff_code", "tfc", "financial_month", "site", "gp_practice",
	"gp_responsibility", "residence_responsibility", "national_tariff_indicator", "hrg", "drug_code", "indication", "device_code", "local_pod"}

// counted are the fields of which a row's quantity is the first that it has.
var counted = []string{"activity_count", "drug_quantity", "device_quantity", "planned_activity"}

// Changes is what changed from one submission to a later one of the same
// provider, feed and year. The money of all parts adds up to the difference of
// the two totals.
type Changes struct {
	Before, After *Submission
	Parts         []ChangePart // by change and month
	path          string
}

// ChangePart is the rows of a month that changed in one way.
type ChangePart struct {
	Change Change          `json:"change"`
	Month  string          `json:"month"` // 1 to 13, 0 of a plan for a year, blank when it cannot be told
	Rows   int64           `json:"rows"`
	Money  activity.Amount `json:"money"` // after less before
}

// ChangedRow is one row that is not the same.
type ChangedRow struct {
	Change               Change
	Key                  string
	Month, Service, POD  string
	Commissioner         string
	BeforeRow, AfterRow  int64 // in their files; 0 for none
	Before, After, Money activity.Amount
	What                 string // the fields that changed: field: before > after
}

// ChangeColumns are the columns of the rows of Changes.WriteCSV.
var ChangeColumns = []string{"change", "month", "service_code", "pod", "commissioner", "row_before", "row_after", "money_before", "money_after", "difference", "what_changed", "row_key"}

// ErrNoComparison says that two submissions cannot be compared.
var ErrNoComparison = errors.New("cannot be compared")

// Previous is the submission of the same provider, feed and year that was
// accepted last before this one; nil when there is none.
func (l *Ledger) Previous(s *Submission) *Submission { return previous(l.All(), s.Order, s.Heading()) }

// Changes tells two submissions apart by the keys of their rows. Of several rows
// with one key those that are the same are paired first, then those of one point
// of delivery, then the others in order. What was worked out is kept, for files
// that were taken in do not change.
func (l *Ledger) Changes(ctx context.Context, before, after *Submission) (*Changes, error) {
	b, a := before.Heading(), after.Heading()
	for _, s := range []*Submission{before, after} {
		if s.Assigned == nil {
			return nil, fmt.Errorf("submission %s has no rows of which changes are told: %w", s.ID, ErrNoComparison)
		}
	}
	if b.Feed != a.Feed || b.Provider != a.Provider || b.Year != a.Year {
		return nil, fmt.Errorf("submission %s is of %s %s %s and %s of %s %s %s: %w", before.ID, b.Provider, b.Feed, b.Year, after.ID, a.Provider, a.Feed, a.Year, ErrNoComparison)
	}
	dir := filepath.Join(l.dir, ".changes")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, err
	}
	c := &Changes{Before: before, After: after, path: filepath.Join(dir, before.ID+"_"+after.ID+".parquet")}
	db, err := warehouse.Open(0, "")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	if _, err := os.Stat(c.path); err != nil {
		if err := l.compare(ctx, db, c); err != nil {
			return nil, fmt.Errorf("comparing %s with %s: %w", after.ID, before.ID, err)
		}
	}
	return c, c.sum(ctx, db)
}

// side is the rows of a submission as a comparison sees them.
func (l *Ledger) side(s *Submission) string {
	columns := []string{"row_key", "file_row_number + 1 AS n", "coalesce(row_month::VARCHAR, '') AS month", "coalesce(money, 0) AS money", s.quantity() + " AS quantity"}
	whole := []string{"coalesce(money, 0)::VARCHAR", "quantity"}
	for i, id := range Coded {
		columns = append(columns, fmt.Sprintf("%s AS c%d", s.text(id), i))
		whole = append(whole, fmt.Sprintf("c%d", i))
	}
	return fmt.Sprintf("SELECT *, concat_ws(chr(31), %s) AS sig FROM (SELECT %s FROM read_parquet(%s, hive_partitioning = false, file_row_number = true))",
		strings.Join(whole, ", "), strings.Join(columns, ", "), literal(l.Path(s, rowsFile)))
}

// quantity is the activity of a row as a number, however it is written.
func (s *Submission) quantity() string {
	for _, id := range counted {
		if _, ok := s.Fields[id]; ok {
			text := s.text(id)
			return fmt.Sprintf("coalesce(try_cast(%s AS DECIMAL(26,8))::VARCHAR, %s)", text, text)
		}
	}
	return "''"
}

// rounds are how rows of one key are paired, each less strictly than the one before.
var rounds = []string{"row_key, sig", "row_key, " + codedColumn("pod"), "row_key"}

func codedColumn(id string) string { return fmt.Sprintf("c%d", slices.Index(Coded, id)) }

// compare pairs the rows and writes those that changed.
func (l *Ledger) compare(ctx context.Context, db *sql.DB, c *Changes) error {
	do := func(format string, args ...any) error {
		_, err := db.ExecContext(ctx, fmt.Sprintf(format, args...))
		return err
	}
	if err := errors.Join(do("CREATE TABLE earlier AS %s", l.side(c.Before)), do("CREATE TABLE later AS %s", l.side(c.After)), do("CREATE TABLE pair (b BIGINT, a BIGINT)")); err != nil {
		return err
	}
	for i, by := range rounds {
		order := codedColumn("pod") + ", money, quantity, n"
		numbered := func(table, paired string) string {
			return fmt.Sprintf("(SELECT *, row_number() OVER (PARTITION BY %s ORDER BY %s) AS turn FROM %s WHERE n NOT IN (SELECT %s FROM pair))", by, order, table, paired)
		}
		if err := do("INSERT INTO pair SELECT b.n, a.n FROM %s b JOIN %s a USING (%s, turn)", numbered("earlier", "b"), numbered("later", "a"), by); err != nil {
			return err
		}
		if i == 0 { // most rows are the same: they go first
			if err := errors.Join(do("DELETE FROM earlier WHERE n IN (SELECT b FROM pair)"), do("DELETE FROM later WHERE n IN (SELECT a FROM pair)"), do("DELETE FROM pair")); err != nil {
				return err
			}
		}
	}
	temp := fmt.Sprintf("%s.%d", c.path, os.Getpid())
	defer os.Remove(temp)
	if err := do("COPY (%s) TO %s (FORMAT parquet, COMPRESSION zstd)", changedQuery(), literal(temp)); err != nil {
		return err
	}
	if err := errors.Join(flush(temp), os.Rename(temp, c.path)); err != nil {
		return &whole.Error{Path: c.path, Err: err}
	}
	return nil
}

// changedQuery joins the pairs, and the rows without a partner.
func changedQuery() string {
	var what, coded []string
	for i, id := range Coded {
		what = append(what, fmt.Sprintf("CASE WHEN b.c%d <> a.c%d THEN concat('%s: ', b.c%d, ' > ', a.c%d) END", i, i, id, i, i))
		coded = append(coded, fmt.Sprintf("b.c%d <> a.c%d", i, i))
	}
	what = append(what, "CASE WHEN b.money <> a.money THEN 'money' END", "CASE WHEN b.quantity <> a.quantity THEN concat('quantity: ', b.quantity, ' > ', a.quantity) END")
	either := func(column string) string { return fmt.Sprintf("coalesce(a.%s, b.%s)", column, column) }
	return fmt.Sprintf(`SELECT CASE WHEN b.n IS NULL THEN 'added' WHEN a.n IS NULL THEN 'removed' WHEN %s THEN 're-coded' ELSE 're-priced' END AS change,
		%s AS row_key, %s AS month, %s AS service_code, %s AS pod, %s AS commissioner, coalesce(b.n, 0) AS row_before, coalesce(a.n, 0) AS row_after,
		coalesce(b.money, 0) AS money_before, coalesce(a.money, 0) AS money_after, coalesce(a.money, 0) - coalesce(b.money, 0) AS difference,
		CASE WHEN b.n IS NULL OR a.n IS NULL THEN '' ELSE concat_ws('; ', %s) END AS what_changed
		FROM (SELECT * FROM earlier LEFT JOIN pair ON earlier.n = pair.b) b FULL JOIN later a ON b.a = a.n`,
		strings.Join(coded, " OR "), either("row_key"), either("month"), either(codedColumn("service_code")), either(codedColumn("pod")), either(codedColumn("submitted_commissioner")), strings.Join(what, ", "))
}

// sum reads the parts.
func (c *Changes) sum(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT change, month, count(*), sum(difference)::DECIMAL(38,8)::VARCHAR FROM "+table(c.path)+" GROUP BY change, month ORDER BY change, length(month), month")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var p ChangePart
		var money string
		if err := rows.Scan(&p.Change, &p.Month, &p.Rows, &money); err != nil {
			return err
		}
		if p.Money, _, err = activity.ParseAmount([]byte(money)); err != nil {
			return err
		}
		c.Parts = append(c.Parts, p)
	}
	return rows.Err()
}

// Net is the difference of the two totals.
func (c *Changes) Net() (rows int64, money activity.Amount) {
	for _, p := range c.Parts {
		switch p.Change {
		case Added:
			rows += p.Rows
		case Removed:
			rows -= p.Rows
		}
		money = money.Add(p.Money)
	}
	return rows, money
}

// Rows gives the rows that changed, the most money first, at most so many; 0 for all.
func (c *Changes) Rows(ctx context.Context, most int, each func(*ChangedRow) error) error {
	db, err := warehouse.Open(0, "")
	if err != nil {
		return err
	}
	defer db.Close()
	query := `SELECT change, row_key, month, service_code, pod, commissioner, row_before, row_after, money_before::VARCHAR, money_after::VARCHAR, difference::VARCHAR, what_changed
		FROM ` + table(c.path) + " ORDER BY abs(difference) DESC, change, row_before, row_after"
	if most > 0 {
		query += fmt.Sprintf(" LIMIT %d", most)
	}
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var r ChangedRow
		var sums [3]string
		if err := rows.Scan(&r.Change, &r.Key, &r.Month, &r.Service, &r.POD, &r.Commissioner, &r.BeforeRow, &r.AfterRow, &sums[0], &sums[1], &sums[2], &r.What); err != nil {
			return err
		}
		for i, to := range []*activity.Amount{&r.Before, &r.After, &r.Money} {
			if *to, _, err = activity.ParseAmount([]byte(sums[i])); err != nil {
				return err
			}
		}
		if err := each(&r); err != nil {
			return err
		}
	}
	return rows.Err()
}

// WriteCSV writes every row that changed, in ChangeColumns.
func (c *Changes) WriteCSV(ctx context.Context, w io.Writer) error {
	out := csv.NewWriter(w)
	if err := out.Write(ChangeColumns); err != nil {
		return err
	}
	number := func(n int64) string {
		if n == 0 {
			return ""
		}
		return strconv.FormatInt(n, 10)
	}
	err := c.Rows(ctx, 0, func(r *ChangedRow) error {
		return out.Write([]string{string(r.Change), r.Month, plain(r.Service), plain(r.POD), plain(r.Commissioner), number(r.BeforeRow), number(r.AfterRow),
			r.Before.String(), r.After.String(), r.Money.String(), plain(r.What), plain(r.Key)})
	})
	out.Flush()
	return errors.Join(err, out.Error())
}

// plain keeps a spreadsheet from running what a cell of a provider's says.
func plain(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
