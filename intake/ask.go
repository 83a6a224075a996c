package intake

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"slices"
	"strings"

	"remit/activity"
	"remit/submission"
)

// Basis is which feeds a sum of money is made of: the aggregate feed repeats in
// sum what the patient-level feeds say line by line, so they are never added up.
type Basis string

// The bases.
const (
	Patient   Basis = "patient"   // PLCM, DrPLCM and DePLCM
	Aggregate Basis = "aggregate" // ACM
	Planned   Basis = "plan"      // IAP
	Hospital  Basis = "hospital"  // APC, OP and ECDS extracts
)

// Bases are all of them.
var Bases = []Basis{Patient, Aggregate, Planned, Hospital}

var basisFeeds = map[Basis][]activity.Dataset{
	Patient:   {activity.PLCM, activity.DrPLCM, activity.DePLCM},
	Aggregate: {activity.ACM},
	Planned:   {activity.IAP},
	Hospital:  {activity.APC, activity.OP, activity.ECDS},
}

// On keeps the rows of a basis.
func On(b Basis) Where {
	w := Where{Dimension: Feed}
	for _, f := range basisFeeds[b] {
		w.Values = append(w.Values, string(f))
	}
	return w
}

// Is keeps the rows whose dimension has the value.
func Is(d Dimension, values ...string) Where { return Where{Dimension: d, Values: values} }

// WrongBody is activity that was billed to another body than the one that pays.
type WrongBody struct {
	Provider, ServiceCode, Submitted, Assigned, Warnings string
	Rows                                                 int64
	Money                                                activity.Amount
}

// WrongBodies lists what is billed to the wrong body, the most money first.
func (v *View) WrongBodies(ctx context.Context, where ...Where) ([]WrongBody, error) {
	by := []Dimension{Provider, ServiceCode, SubmittedCommissioner, AssignedCommissioner, Warnings}
	totals, err := v.Totals(ctx, by, append(slices.Clone(where), Is(Agreement, "payer_differs"))...)
	if err != nil {
		return nil, err
	}
	list := make([]WrongBody, len(totals))
	for i, t := range totals {
		list[i] = WrongBody{Provider: t.Keys[0], ServiceCode: t.Keys[1], Submitted: t.Keys[2], Assigned: t.Keys[3], Warnings: t.Keys[4], Rows: t.Rows, Money: t.Money}
	}
	return list, nil
}

// Record is one row of a submission with what was added to it.
type Record struct {
	Submission *Submission
	Row        int64 // in the file, counted from 1 for the first record
	Counts     bool  // in the current view
	Names      []string
	Values     map[string]string // by column, those of the file and those added
}

// Field is the value of a field, by its id.
func (r *Record) Field(id string) string { return r.Values[r.Submission.Fields[id]] }

// Story gives every version of what a row key is about, the latest submission first.
func (v *View) Story(ctx context.Context, key string) ([]Record, error) {
	var all []Record
	for _, s := range slices.Backward(v.list) {
		list, err := v.records(ctx, s, "row_key = ?", key)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}

// Row gives one row of a submission.
func (v *View) Row(ctx context.Context, s *Submission, number int64) (*Record, error) {
	list, err := v.records(ctx, s, "file_row_number = ?", number-1)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("submission %s has no row %d: its rows are 1 to %d", s.ID, number, s.Result.Rows)
	}
	return &list[0], nil
}

// Rows are rows of a submission that have a finding of the rule (blank: any), at
// most so many from the first.
func (v *View) Rows(ctx context.Context, s *Submission, rule string, first, most int) ([]Record, error) {
	if rule == "" {
		return v.records(ctx, s, "findings <> '' ORDER BY file_row_number LIMIT ? OFFSET ?", most, first)
	}
	return v.records(ctx, s, "list_contains(string_split(findings, '|'), ?) ORDER BY file_row_number LIMIT ? OFFSET ?", rule, most, first)
}

func (v *View) records(ctx context.Context, s *Submission, condition string, args ...any) ([]Record, error) {
	path := v.ledger.Path(s, rowsFile)
	if _, err := os.Stat(path); err != nil || s.Assigned == nil {
		return nil, nil // a file that could not be read, or whose rows are given no payer
	}
	rows, err := v.db.QueryContext(ctx, fmt.Sprintf("SELECT * REPLACE (units::VARCHAR AS units, money::VARCHAR AS money, price::VARCHAR AS price) FROM read_parquet(%s, hive_partitioning = false, file_row_number = true) WHERE %s", literal(path), condition), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var list []Record
	for rows.Next() {
		r, err := v.record(rows, s, names)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

func (v *View) record(rows *sql.Rows, s *Submission, names []string) (Record, error) {
	r := Record{Submission: s, Names: names[:len(names)-1], Values: map[string]string{}}
	values, into := make([]sql.NullString, len(names)), make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	if err := rows.Scan(into...); err != nil {
		return r, err
	}
	for i, n := range names {
		r.Values[n] = values[i].String
	}
	if _, err := fmt.Sscan(r.Values["file_row_number"], &r.Row); err != nil {
		return r, err
	}
	r.Row++
	r.Counts = v.counts(&r)
	return r, nil
}

func (v *View) counts(r *Record) bool {
	if r.Values["row_state"] == "rejected" {
		return false
	}
	slice := submission.Slice{Provider: strings.ToUpper(strings.TrimSpace(r.Field("provider"))), Feed: r.Submission.Heading().Feed, Year: r.Values["row_year"], Month: -1}
	if m := r.Values["row_month"]; m != "" {
		_, _ = fmt.Sscan(m, &slice.Month)
	}
	if slice.Feed == activity.ACM {
		slice.Commissioner = strings.ToUpper(strings.TrimSpace(r.Field("submitted_commissioner")))
	}
	return v.current[slice] == r.Submission.ID
}

// Arrival is what came, or did not, of one feed of a provider for one month.
type Arrival struct {
	submission.Slice
	Submission *Submission // that counts
}

// Arrivals are the slices that count of a provider and year; blank for all.
func (v *View) Arrivals(provider, year string) []Arrival {
	byID := map[string]*Submission{}
	for _, s := range v.list {
		byID[s.ID] = s
	}
	var list []Arrival
	for slice, id := range v.current {
		if (provider == "" || slice.Provider == provider) && (year == "" || slice.Year == year) {
			list = append(list, Arrival{slice, byID[id]})
		}
	}
	slices.SortFunc(list, func(a, b Arrival) int { return strings.Compare(a.sortKey(), b.sortKey()) })
	return list
}

func (a *Arrival) sortKey() string {
	return fmt.Sprintf("%s %s %s %03d %s", a.Provider, a.Year, a.Feed, a.Month, a.Commissioner)
}
