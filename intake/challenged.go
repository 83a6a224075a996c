package intake

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"remit/activity"
	"remit/calendar"
	"remit/challenge"
	"remit/monitor"
	"remit/price"
	"remit/register"
	"remit/submission"
)

// Challenged is what the rules of challenges find in the rows that count of one
// provider and feed.
type Challenged struct {
	Provider   string
	Feed       activity.Dataset
	Submission string // that counts and came last
	Received   register.Day
	Found      []challenge.Finding
	Judge      *challenge.Judge
	Rows       int
	months     map[calendar.Month]bool
	keys       map[string]bool // of the keys that were looked for, those that are there
	wanted     map[string]bool
}

// Challenging says what is asked.
type Challenging struct {
	Rules    *challenge.Rules
	Pack     *register.Pack
	Provider string
	Year     string // blank: all
	// Priced are the years for which there are prices that are not made up: rows of
	// other years are not held against the price set.
	Priced []string
	// Keys are the row keys of challenges that there are, by feed.
	Keys map[string][]string
}

// Challenge asks the rules of every patient-level row that counts of a provider,
// feed by feed. A key that several rows share is made the row's own by its number
// among them, in the order of months and rows.
func (v *View) Challenge(ctx context.Context, c Challenging) ([]*Challenged, error) {
	var list []*Challenged
	for _, feed := range basisFeeds[Patient] {
		x, err := v.challengeFeed(ctx, c, feed)
		if err != nil {
			return nil, err
		}
		if x != nil {
			list = append(list, x)
		}
	}
	return list, nil
}

// challengeFields are where the fields that rules may ask come from: a field of the
// file, or an expression over what was added to the row.
var challengeFields = []struct {
	name string
	ids  []string
	sql  string
}{
	{"provider", []string{"provider"}, ""}, {"commissioner", []string{"submitted_commissioner"}, ""}, {"category", []string{"submitted_category"}, ""},
	{"service_code", []string{"service_code"}, ""}, {"pod", []string{"pod"}, ""}, {"treatment_function", []string{"tfc"}, ""}, {"tariff_code", []string{"hrg", "tariff_code"}, ""},
	{"spell", []string{"spell", "attendance_identifier"}, ""}, {"patient", []string{"patient_key", "local_patient_identifier"}, ""}, {"age", []string{"age"}, ""}, {"sex", []string{"gender"}, ""},
	{"drug", []string{"drug_code", "drug_name"}, ""}, {"device", []string{"device_serial", "device_code", "device_name"}, ""}, {"quantity", []string{"drug_quantity", "device_quantity"}, ""},
	{"stay_days", []string{"adjusted_length_of_stay"}, ""},
	{"assigned_category", nil, "coalesce(assigned_category, '')"},
	{"year", nil, "coalesce(row_year, '')"}, {"month", nil, "coalesce(row_month::VARCHAR, '')"}, {"activity", nil, "units::VARCHAR"}, {"price", nil, "coalesce(money, 0)::VARCHAR"},
}

// dateFields are the fields that say when an activity was, the best first.
var dateFields = []string{"activity_date", "discharge_date", "appointment_date", "activity_start_date"}

func (s *Submission) challengeColumns(priced []string) (fields, columns []string) {
	for _, f := range challengeFields {
		sql := f.sql
		if sql == "" {
			sql = s.text(f.ids...)
		}
		fields, columns = append(fields, f.name), append(columns, sql)
	}
	// Where the payer is the one that was billed, under whichever of its codes, the rules are told so.
	fields = append(fields, "assigned_commissioner")
	columns = append(columns, fmt.Sprintf("CASE WHEN agreement IN ('same', 'category_differs') THEN %s ELSE coalesce(assigned_commissioner, '') END", s.text("submitted_commissioner")))
	date := "''"
	for _, id := range dateFields {
		if c, ok := s.Fields[id]; ok {
			text := "trim(" + name(c) + ")"
			date = fmt.Sprintf("coalesce(strftime(coalesce(try_cast(left(%s, 10) AS DATE), try_strptime(%s, '%%d/%%m/%%Y')::DATE), '%%Y-%%m-%%d'), '')", text, text)
			break
		}
	}
	fields, columns = append(fields, "activity_date"), append(columns, date)
	if len(priced) > 0 {
		years := make([]string, len(priced))
		for i, y := range priced {
			years[i] = literal(y)
		}
		fields = append(fields, "set_price")
		columns = append(columns, fmt.Sprintf("CASE WHEN coalesce(price_reason, '') = '' AND row_year IN (%s) THEN price::VARCHAR ELSE '' END", strings.Join(years, ", ")))
	}
	return append(fields, "feed", "source_row", "row_key", "submission", "received"), columns
}

func (v *View) challengeFeed(ctx context.Context, c Challenging, feed activity.Dataset) (*Challenged, error) {
	x := &Challenged{Provider: c.Provider, Feed: feed, months: map[calendar.Month]bool{}, keys: map[string]bool{}, wanted: map[string]bool{}}
	for _, k := range c.Keys[string(feed)] {
		x.wanted[k] = true
	}
	slices := v.slicesOf(c.Provider, c.Year, feed)
	var parts []string
	var fields []string
	var order int64
	for _, s := range v.list {
		if len(slices[s.ID]) == 0 {
			continue
		}
		path := v.ledger.Path(s, rowsFile)
		if _, err := os.Stat(path); err != nil || s.Assigned == nil {
			continue
		}
		var columns []string
		fields, columns = s.challengeColumns(c.Priced)
		parts = append(parts, v.challengeQuery(s, path, columns, slices[s.ID]))
		if s.Order > order {
			order, x.Submission, x.Received = s.Order, s.ID, register.DayOf(s.LoadedAt)
		}
		for _, slice := range slices[s.ID] {
			if year, err := calendar.ParseYear(slice.Year); err == nil {
				x.months[calendar.Month{Year: year, Month: slice.Month}] = true
			}
		}
	}
	if len(parts) == 0 {
		return nil, nil
	}
	x.Judge = c.Rules.Judge(c.Pack, fields)
	return x, v.judgeRows(ctx, x, fields, strings.Join(parts, " UNION ALL "))
}

// slicesOf are the slices that count of a provider and feed, by submission.
func (v *View) slicesOf(provider, year string, feed activity.Dataset) map[string][]submission.Slice {
	list := map[string][]submission.Slice{}
	for slice, id := range v.current {
		if slice.Provider == provider && slice.Feed == feed && (year == "" || slice.Year == year) {
			list[id] = append(list[id], slice)
		}
	}
	return list
}

func (v *View) challengeQuery(s *Submission, path string, columns []string, counts []submission.Slice) string {
	months := make([]string, len(counts))
	for i, slice := range counts {
		months[i] = fmt.Sprintf("(row_year = %s AND row_month IS NOT DISTINCT FROM %s)", literal(slice.Year), monthOf(slice.Month))
	}
	return fmt.Sprintf(`SELECT [%s] AS fields, coalesce(row_key, '') AS row_key, row_year, row_month, %s AS submission, %d AS loaded, file_row_number AS number
		FROM read_parquet(%s, hive_partitioning = false, file_row_number = true) WHERE row_state <> 'rejected' AND %s = %s AND (%s)`,
		strings.Join(columns, ", "), literal(s.ID), int(register.DayOf(s.LoadedAt)), literal(path), s.text("provider"), literal(counts[0].Provider), strings.Join(months, " OR "))
}

// judgeRows asks the rules of every row.
func (v *View) judgeRows(ctx context.Context, x *Challenged, fields []string, query string) error {
	rows, err := v.db.QueryContext(ctx, `SELECT fields, row_key, submission, loaded, number, row_number() OVER (PARTITION BY row_key ORDER BY row_year, row_month, submission, number) AS nth
		FROM (`+query+`) ORDER BY row_year, row_month, submission, number`)
	if err != nil {
		return err
	}
	defer rows.Close()
	values := make([]string, len(fields))
	for rows.Next() {
		var texts []any
		var key, sub string
		var loaded, number, nth int64
		list := duckList{&texts}
		if err := rows.Scan(&list, &key, &sub, &loaded, &number, &nth); err != nil {
			return err
		}
		for i, t := range texts {
			values[i], _ = t.(string)
		}
		if nth > 1 {
			key = fmt.Sprintf("%s#%d", key, nth)
		}
		copy(values[len(texts):], []string{string(x.Feed), fmt.Sprint(number + 1), key, sub, register.Day(loaded).String()})
		x.Rows++
		if x.wanted[key] {
			x.keys[key] = true
		}
		x.Found = append(x.Found, x.Judge.Row(values)...)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	x.Found = append(x.Found, x.Judge.End()...)
	return nil
}

// duckList reads a list of texts.
type duckList struct{ into *[]any }

// Scan takes a list as the database driver gives it.
func (l *duckList) Scan(value any) error {
	list, ok := value.([]any)
	if !ok {
		return fmt.Errorf("a list was expected, not %T", value)
	}
	*l.into = list
	return nil
}

// Keep leaves of what was found that of which the commissioner was billed.
func (x *Challenged) Keep(billed func(commissioner string, m calendar.Month) bool) {
	x.Found = slices.DeleteFunc(x.Found, func(f challenge.Finding) bool { return !billed(f.Commissioner, f.Month) })
}

// Restated is what the rows restate of the challenges of an owner.
func (x *Challenged) Restated(owner string, on register.Day) challenge.Restated {
	return challenge.Restated{Owner: owner, Provider: x.Provider, Feed: string(x.Feed), Submission: x.Submission, On: on, Received: x.Received,
		Has: func(m calendar.Month) bool { return x.months[m] }, Row: func(key string) bool { return x.keys[key] || !x.wanted[key] }, Asked: x.Judge.Asked}
}

// BilledTo tells whether a commissioner that was billed for a month is an
// organisation or a part of it: on the map of the month, or on that of a day.
func BilledTo(pack *register.Pack, owner string, on register.Day) func(commissioner string, m calendar.Month) bool {
	type billed struct {
		commissioner string
		month        calendar.Month
	}
	known := map[billed]bool{}
	maps := map[register.Day]*monitor.Structure{on: monitor.NewStructure(pack, on)}
	return func(commissioner string, m calendar.Month) bool {
		k := billed{commissioner, m}
		if is, ok := known[k]; ok {
			return is
		}
		if maps[m.First()] == nil {
			maps[m.First()] = monitor.NewStructure(pack, m.First())
		}
		is := commissioner == owner
		for _, day := range []register.Day{m.First(), on} {
			p := maps[day].Place(commissioner, "", m)
			is = is || p.ICB == owner || p.SubICB == owner || p.Hub == owner && p.Basis == monitor.Direct
		}
		known[k] = is
		return is
	}
}

// KeysOf are the row keys of challenges, by feed.
func KeysOf(list []challenge.Challenge) map[string][]string {
	keys := map[string][]string{}
	for _, c := range list {
		keys[c.Feed] = append(keys[c.Feed], c.RowKey)
	}
	return keys
}

// RealPrices are the years for which there are prices, none of them made up.
func RealPrices(l *price.Library) []string {
	if l == nil {
		return nil
	}
	madeUp := map[string]bool{}
	for _, set := range l.Sets() {
		year, err := calendar.ParseYear(set.Year)
		if err != nil {
			continue
		}
		madeUp[calendar.YearCode(year)] = madeUp[calendar.YearCode(year)] || set.Synthetic
	}
	var years []string
	for year, is := range madeUp {
		if !is {
			years = append(years, year)
		}
	}
	slices.Sort(years)
	return years
}
