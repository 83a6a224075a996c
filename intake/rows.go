package intake

import (
	"bytes"
	"fmt"

	"remit/activity"
	"remit/assign"
	"remit/price"
	"remit/register"
	"remit/submission"
)

// RowColumns are the columns that intake adds to those of assign.
//
//	findings        ids of the rules that the row breaks, joined by |
//	row_state       accepted, warned or rejected
//	row_year        financial year, 202627
//	row_month       1 to 13; 0 of a plan for a year; blank when it cannot be told
//	row_key         what the row is about, the same in the next restatement
//	units           activity
//	money           cost, actual price or planned price as submitted, in pounds
//	price           by the price set, in pounds; money where that is the price
//	price_reason    why the price set has no price for it; blank when it has
//	price_pod       the point of delivery at which it was priced
//	element         the contract element in which it falls
//	price_working   from which the working can be shown
var RowColumns = []string{"findings", "row_state", "row_year", "row_month", "row_key", "units", "money", "price", "price_reason", "price_pod", "element", "price_working"}

// rowTypes are the types of those that are not text.
var rowTypes = map[string]string{"row_month": "TINYINT", "units": "DECIMAL(26,8)", "money": "DECIMAL(26,8)", "price": "DECIMAL(38,8)"}

// annotation adds RowColumns to the rows of one file, as an assign.Also.
type annotation struct {
	rules   *submission.Rules
	prices  *price.Library
	pack    *register.Pack
	given   submission.Given
	layout  activity.Layout // as its feed
	writers []*rowWriter
}

func (a *annotation) Columns() []string { return RowColumns }

func (a *annotation) Bind(file string, l activity.Layout, workers int) ([]assign.RowWriter, error) {
	first, err := a.rules.Bind(a.layout, a.pack, a.given)
	if err != nil {
		return nil, err
	}
	var list []assign.RowWriter
	for i := range workers {
		v := first
		if i > 0 {
			v = first.Fork()
		}
		w := &rowWriter{validator: v, pricer: a.prices.BindLayout(a.layout), keys: submission.NewKeyer(a.layout), units: column(a.layout, "activity_count", "planned_activity")}
		a.writers = append(a.writers, w)
		list = append(list, w)
	}
	return list, nil
}

func column(l activity.Layout, ids ...string) int {
	for _, id := range ids {
		if c, ok := l.Field[id]; ok {
			return c
		}
	}
	return -1
}

// finish gives what the rules found in the whole file.
func (a *annotation) finish(rows *assign.Rows) *submission.Result {
	var others []*submission.Validator
	for _, w := range a.writers[1:] {
		others = append(others, w.validator)
	}
	result := a.writers[0].validator.Finish(others...)
	for i := range result.Findings {
		for j := range result.Findings[i].Samples {
			s := &result.Findings[i].Samples[j]
			if s.Row > 0 { // a finding of the file may show a value alone
				s.Row = rows.Number(assign.Ordinal(s.Row))
			}
		}
	}
	return result
}

// rowWriter adds the columns to the rows of one worker.
type rowWriter struct {
	validator *submission.Validator
	pricer    *price.Pricer
	keys      *submission.Keyer
	units     int
	fields    [][]byte
	key       []byte
}

var states = [...]string{submission.None: "accepted", submission.Warn: "warned", submission.RejectRow: "rejected", submission.RejectFile: "rejected"}

// AppendRow adds the columns of one row.
func (w *rowWriter) AppendRow(dst []byte, row *assign.Row) []byte {
	w.fields = w.fields[:0]
	for c := range row.Columns() {
		w.fields = append(w.fields, row.Field(c))
	}
	found := w.validator.Row(int64(row.Ordinal), w.fields)
	line := w.pricer.RowOf(w.fields, price.Standing(row.Spell))
	dst = appendText(append(dst, ','), found.Codes)
	dst = append(append(dst, ','), states[found.Severity]...)
	dst = append(append(dst, ','), found.Year...)
	dst = append(dst, ',')
	if found.Month >= 0 {
		dst = fmt.Append(dst, found.Month)
	}
	dst = append(dst, ',')
	w.key = w.keys.Append(w.key[:0], w.fields)
	dst = appendBytes(dst, w.key)
	dst = append(dst, ',')
	dst = w.appendUnits(dst)
	dst = append(dst, ',')
	if found.HasMoney {
		dst = found.Money.Append(dst)
	}
	dst = append(dst, ',')
	dst = line.Price.Append(dst)
	dst = append(append(dst, ','), line.Reason...)
	dst = append(append(dst, ','), line.POD...)
	dst = append(append(dst, ','), line.Element...)
	return appendText(append(dst, ','), line.Working)
}

// appendUnits writes the activity. Rows without a column for it are one each;
// what is not a number counts as nothing, and the rules say so.
func (w *rowWriter) appendUnits(dst []byte) []byte {
	if w.units < 0 {
		return append(dst, '1')
	}
	n, present, err := activity.ParseAmount(w.fields[w.units])
	if err != nil || !present {
		return append(dst, '0')
	}
	return n.Append(dst)
}

func appendText(dst []byte, s string) []byte { return appendBytes(dst, []byte(s)) }

// appendBytes writes a CSV field, in quotation marks where it needs them.
func appendBytes(dst, s []byte) []byte {
	if !bytes.ContainsAny(s, ",\"\r\n") {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	for _, c := range s {
		if c == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}
