package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// keptRange names rows of a table that is only added to, for which an entry of the
// audit log vouches.
type keptRange struct {
	Table  string `json:"table"`
	From   int64  `json:"from"`
	To     int64  `json:"to"`
	Digest string `json:"digest"`
}

// metricTables are the tables that entries about metrics vouch for, each with its
// columns, of which the first numbers the rows from 1 without gaps.
var metricTables = [][2]string{
	{"metric_definition", definitionColumns}, {"metric_return", returnColumns}, {"metric_step", stepColumns}, {"metric_release", metricRelease}, {"metric_alert_event", alertColumns},
}

// keepRows adds rows that are numbered already.
func (w *writing) keepRows(table, columns string, rows [][]any) (*keptRange, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	h := sha256.New()
	for _, row := range rows {
		digestRow(h, row)
	}
	return &keptRange{table, rows[0][0].(int64), rows[len(rows)-1][0].(int64), hex.EncodeToString(h.Sum(nil))}, w.insert(table, columns, rows)
}

// keepNumbered adds rows behind those that there are, each without its number.
func (w *writing) keepNumbered(table, columns string, rows [][]any) (*keptRange, error) {
	number, _, _ := strings.Cut(columns, ",")
	last, err := w.number("SELECT COALESCE(MAX(" + number + "), 0) FROM " + table)
	if err != nil {
		return nil, err
	}
	numbered := make([][]any, len(rows))
	for i, row := range rows {
		numbered[i] = append([]any{last + int64(i) + 1}, row...)
	}
	return w.keepRows(table, columns, numbered)
}

func digestRow(into io.Writer, row []any) {
	for _, v := range row {
		text := fmt.Sprint(v)
		fmt.Fprintf(into, "%d %s\n", len(text), text)
	}
}

// those are the ranges that there are.
func those(ranges ...*keptRange) (list []keptRange) {
	for _, r := range ranges {
		if r != nil {
			list = append(list, *r)
		}
	}
	return list
}

type vouchedRange struct {
	seq int64
	keptRange
}

// noteKept keeps what an entry about metrics vouches for.
func (l *auditLog) noteKept(seq int64, text string) error {
	var d detail
	if err := json.Unmarshal([]byte(text), &d); err != nil || len(d.Kept) == 0 {
		return &ChainError{seq, "what it says of metrics is not readable"}
	}
	for _, r := range d.Kept {
		l.kept = append(l.kept, vouchedRange{seq, r})
	}
	return nil
}

// checkKept holds the rows about metrics against what entries vouch for.
func (l *auditLog) checkKept(ctx context.Context, q querier, v *Verified) error {
	for _, t := range metricTables {
		name, columns := t[0], strings.Split(t[1], ", ")
		next := int64(1)
		for _, r := range l.kept {
			if r.Table != name {
				continue
			}
			n, digest, err := rangeDigest(ctx, q, name, columns, r.From, r.To)
			if err != nil {
				return err
			}
			if r.From != next || n != r.To-r.From+1 || digest != r.Digest {
				return &ChainError{r.seq, "the rows of " + name + " that it tells of have been altered or are missing"}
			}
			next = r.To + 1
			v.Rows += n
		}
		stray, err := first(ctx, q, number, fmt.Sprintf("SELECT COUNT(*) FROM %s WHERE %s >= $1 OR %s < 1", name, columns[0], columns[0]), next)
		if err == nil && stray > 0 {
			return &ChainError{0, fmt.Sprintf("no entry tells of %d rows of %s", stray, name)}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func rangeDigest(ctx context.Context, q querier, table string, columns []string, from, to int64) (n int64, digest string, err error) {
	h := sha256.New()
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	err = each(ctx, q, func(row scanner) error {
		if err := row.Scan(into...); err != nil {
			return err
		}
		for i, v := range values {
			if b, is := v.([]byte); is {
				values[i] = string(b)
			}
		}
		digestRow(h, values)
		n++
		return nil
	}, fmt.Sprintf("SELECT %s FROM %s WHERE %s BETWEEN $1 AND $2 ORDER BY %s", strings.Join(columns, ", "), table, columns[0], columns[0]), from, to)
	return n, hex.EncodeToString(h.Sum(nil)), err
}
