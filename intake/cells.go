package intake

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"remit/activity"
	"remit/calendar"
	"remit/monitor"
)

// Question says which rows cells are made of, and how finely.
type Question struct {
	Basis Basis     // whose rows are the actual; blank: Patient
	Payer Dimension // AssignedCommissioner, or else SubmittedCommissioner
	Price bool      // the money by the price set in place of what was billed
	Where []Where
	// By are the only dimensions that the cells will be cut by; nil: they tell apart
	// all that a plan does, as the parts of a variance need.
	By []monitor.Dimension
}

// Cells are the actual of a question. What has no month or no year that can be
// told is not among them: it is summed in undated.
func (v *View) Cells(ctx context.Context, q Question) (cells []monitor.Cell, undated monitor.Figures, err error) {
	if q.Basis == "" {
		q.Basis = Patient
	}
	list, err := v.planLike(ctx, q, q.Basis)
	if err != nil {
		return nil, undated, err
	}
	for _, r := range list {
		f := monitor.Figures{ActualActivity: r.Activity, ActualPrice: r.Price}
		if r.Year == 0 || r.Month < 1 {
			undated = undated.Add(f)
			continue
		}
		cells = append(cells, monitor.Cell{Key: r.Key, Month: calendar.Month{Year: r.Year, Month: r.Month}, Figures: f})
	}
	return monitor.Merge(cells), undated, nil
}

// PlanRows are the plan of a question: of a provider and year that a plan file
// plans, the file's rows; else those of the activity plan that was submitted.
// Months take the place of the year where a plan has both.
func (v *View) PlanRows(ctx context.Context, q Question) ([]monitor.PlanRow, error) {
	files, err := v.ledger.Plans()
	if err != nil {
		return nil, err
	}
	list, err := v.planLike(ctx, q, Planned)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(r monitor.PlanRow) bool { return r.Year == 0 || r.Month < 0 || files.Covers(r.Provider, r.Year) })
	list = append(list, files.rows(q)...)
	type year struct {
		monitor.Key
		year int
	}
	byMonth := map[year]bool{}
	for _, r := range list {
		if r.Month > 0 {
			byMonth[year{r.Key, r.Year}] = true
		}
	}
	return slices.DeleteFunc(list, func(r monitor.PlanRow) bool { return r.Month == 0 && byMonth[year{r.Key, r.Year}] }), nil
}

// columnsFor are the columns of the cube that a dimension needs.
var columnsFor = map[monitor.Dimension]Dimension{
	monitor.Programme: ServiceCode, monitor.Service: ServiceCode, monitor.Line: ServiceCode, monitor.Provider: Provider, monitor.ProviderICB: Provider,
	monitor.Commissioner: AssignedCommissioner, monitor.SubICB: AssignedCommissioner, monitor.ICB: AssignedCommissioner, monitor.Cluster: AssignedCommissioner,
	monitor.Footprint: AssignedCommissioner, monitor.Region: AssignedCommissioner, monitor.Hub: AssignedCommissioner,
	monitor.POD: POD, monitor.Chapter: HRGChapter, monitor.Category: AssignedCategory, monitor.Delegation: AssignedCategory,
}

// fields are the expressions of the parts of a key, in the order of its columns:
// provider, commissioner, service line, point of delivery, category, chapter. A part
// that the question does not need is blank. The plan of a row without a payer is
// that of the body that it names.
func (q *Question) fields(b Basis) []string {
	list := []string{"provider", "submitted_commissioner", "service_code", "pod", "submitted_category", "CASE WHEN regexp_matches(hrg_chapter, '^[A-Z]{2}$') THEN left(hrg_chapter, 1) ELSE '' END"}
	if q.Payer == AssignedCommissioner {
		list[1], list[4] = "assigned_commissioner", "assigned_category"
		if b == Planned {
			list[1] = "coalesce(nullif(assigned_commissioner, ''), submitted_commissioner)"
			list[4] = "coalesce(nullif(assigned_category, ''), submitted_category)"
		}
	}
	if q.By == nil {
		return list
	}
	for i, d := range []Dimension{Provider, AssignedCommissioner, ServiceCode, POD, AssignedCategory, HRGChapter} {
		if !slices.ContainsFunc(q.By, func(by monitor.Dimension) bool { return columnsFor[by] == d }) && (d != Provider || b != Planned) {
			list[i] = "''"
		}
	}
	return list
}

// planLike sums the rows of a basis by the parts of a key, year and month. A year
// that cannot be read is 0, a month that cannot be told -1.
func (v *View) planLike(ctx context.Context, q Question, b Basis) ([]monitor.PlanRow, error) {
	condition, args, err := conditions(append(slices.Clone(q.Where), On(b)))
	if err != nil {
		return nil, err
	}
	money := "money"
	if q.Price && b != Planned {
		money = "price"
	}
	var columns strings.Builder
	for i, f := range q.fields(b) {
		fmt.Fprintf(&columns, "coalesce(%s, '') AS k%d, ", f, i)
	}
	rows, err := v.db.QueryContext(ctx, fmt.Sprintf(`SELECT %s coalesce(year, ''), coalesce(month, -1)::INTEGER, round(coalesce(sum(units), 0) * 1000)::BIGINT, coalesce(sum(%s), 0)::VARCHAR
		FROM cube WHERE %s GROUP BY ALL ORDER BY ALL`, columns.String(), money, condition), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []monitor.PlanRow
	for rows.Next() {
		var r monitor.PlanRow
		var year, price string
		if err := rows.Scan(&r.Provider, &r.Commissioner, &r.Key.Line, &r.POD, &r.Category, &r.Chapter, &year, &r.Month, &r.Activity, &price); err != nil {
			return nil, err
		}
		r.Year, _ = calendar.ParseYear(year) // 0 where it is none
		if r.Price, _, err = activity.ParseAmount([]byte(price)); err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// matches tells whether a row of a plan file meets the conditions that can be asked of it.
func matches(r *monitor.PlanRow, where []Where) bool {
	for _, w := range where {
		var value string
		switch w.Dimension {
		case Provider:
			value = r.Provider
		case Year:
			value = calendar.YearCode(r.Year)
		case Month:
			value = strconv.Itoa(r.Month)
		case SubmittedCommissioner, AssignedCommissioner:
			value = r.Commissioner
		case SubmittedCategory, AssignedCategory:
			value = r.Category
		case ServiceCode:
			value = r.Key.Line
		case POD:
			value = r.POD
		default:
			continue
		}
		if len(w.Values) > 0 && slices.Contains(w.Values, value) == w.Not {
			return false
		}
	}
	return true
}
