package intake

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"

	"remit/activity"
	"remit/warehouse"
)

// Dimension is what totals can be cut by.
type Dimension string

// The dimensions, each a column of the cube.
const (
	Feed                  Dimension = "feed"
	Provider              Dimension = "provider"
	Year                  Dimension = "year"
	Month                 Dimension = "month"
	SubmittedCommissioner Dimension = "submitted_commissioner"
	SubmittedCategory     Dimension = "submitted_category"
	AssignedCommissioner  Dimension = "assigned_commissioner"
	AssignedCategory      Dimension = "assigned_category"
	ServiceCode           Dimension = "service_code"
	POD                   Dimension = "pod"
	TFC                   Dimension = "tfc"
	HRGChapter            Dimension = "hrg_chapter"
	Outcome               Dimension = "outcome"
	Agreement             Dimension = "agreement"
	Warnings              Dimension = "warnings"
	RowState              Dimension = "row_state"
	PriceReason           Dimension = "price_reason"
	Element               Dimension = "element"
	SubmissionID          Dimension = "submission"
)

// Dimensions are all of them, in the order of the cube's columns.
var Dimensions = []Dimension{SubmissionID, Feed, Provider, Year, Month, SubmittedCommissioner, SubmittedCategory, AssignedCommissioner, AssignedCategory,
	ServiceCode, POD, TFC, HRGChapter, Outcome, Agreement, Warnings, RowState, PriceReason, Element}

// cubeOf is where the columns of the cube come from that are fields of the file.
var cubeOf = map[Dimension]string{
	Provider: "provider", SubmittedCommissioner: "submitted_commissioner", SubmittedCategory: "submitted_category",
	ServiceCode: "service_code", POD: "pod", TFC: "tfc",
}

// sum makes the totals of the rows: cube.parquet, and inputs.parquet with the
// distinct combinations of what decides the payer.
func (s *Submission) sum(ctx context.Context, work string, d *Desk) error {
	if s.Assigned == nil {
		return nil
	}
	db, err := warehouse.Open(0, "")
	if err != nil {
		return err
	}
	defer db.Close()
	rows := table(filepath.Join(work, rowsFile))
	if err := copyTo(ctx, db, s.cubeQuery(rows), filepath.Join(work, cubeFile)); err != nil {
		return fmt.Errorf("the totals of %s: %w", s.Name, err)
	}
	if err := copyTo(ctx, db, s.inputsQuery(rows, d), filepath.Join(work, inputsFile)); err != nil {
		return fmt.Errorf("the combinations of %s: %w", s.Name, err)
	}
	return nil
}

func copyTo(ctx context.Context, db *sql.DB, query, path string) error {
	_, err := db.ExecContext(ctx, fmt.Sprintf("COPY (%s) TO %s (FORMAT parquet, COMPRESSION zstd)", query, literal(path)))
	return err
}

func (s *Submission) cubeQuery(rows string) string {
	var columns, keys []string
	add := func(d Dimension, expression string) {
		columns = append(columns, fmt.Sprintf("%s AS %s", expression, d))
		keys = append(keys, expression)
	}
	for _, d := range Dimensions {
		switch d {
		case SubmissionID:
			columns = append(columns, literal(s.ID)+" AS submission")
		case Feed:
			columns = append(columns, literal(string(s.Heading().Feed))+" AS feed")
		case Year:
			add(d, "row_year")
		case Month:
			add(d, "row_month")
		case HRGChapter:
			add(d, fmt.Sprintf("left(%s, 2)", s.text("hrg", "tariff_code")))
		default:
			if field, ok := cubeOf[d]; ok {
				add(d, s.text(field))
			} else {
				add(d, fmt.Sprintf("coalesce(%s, '')", string(d)))
			}
		}
	}
	return fmt.Sprintf("SELECT %s, count(*) AS rows, coalesce(sum(units), 0)::DECIMAL(38,8) AS units, coalesce(sum(money), 0)::DECIMAL(38,8) AS money,"+
		" coalesce(sum(price), 0)::DECIMAL(38,8) AS price FROM %s GROUP BY %s", strings.Join(columns, ", "), rows, strings.Join(keys, ", "))
}

// text is a field of the file as an SQL expression without blanks around it; the
// first of the ids that the file has.
func (s *Submission) text(ids ...string) string {
	for _, id := range ids {
		if c, ok := s.Fields[id]; ok {
			return fmt.Sprintf("upper(trim(coalesce(%s, '')))", name(c))
		}
	}
	return "''"
}

// inputsQuery gives the distinct combinations of the columns that the method
// reads, with the rows and the money of each. The columns have their official
// names, so that they can be assigned again.
func (s *Submission) inputsQuery(rows string, d *Desk) string {
	var columns, keys []string
	for _, f := range activity.Fields() {
		c, ok := s.Fields[f.ID]
		if !ok || !d.Method.Reads(f.ID) && !identifying[f.ID] || f.ID == "cost" || f.ID == "spell" {
			continue
		}
		expression := fmt.Sprintf("coalesce(%s, '')", name(c))
		columns = append(columns, fmt.Sprintf("%s AS %s", expression, name(f.Title(DecidedAs(s.Heading().Feed)))))
		keys = append(keys, expression)
	}
	keys = append(keys, "row_year", "row_month", "assigned_commissioner", "assigned_category")
	columns = append(columns, "row_year AS remit_year", "row_month AS remit_month", "assigned_commissioner AS remit_before", "assigned_category AS remit_category_before",
		"count(*) AS remit_rows", "coalesce(sum(money), 0)::DECIMAL(38,8) AS remit_money")
	return fmt.Sprintf("SELECT %s FROM %s WHERE row_state <> 'rejected' GROUP BY %s", strings.Join(columns, ", "), rows, strings.Join(keys, ", "))
}

// identifying are fields that tell a slice apart, whether the method reads them or not.
var identifying = map[string]bool{"provider": true, "submitted_commissioner": true, "submitted_category": true, "service_code": true, "financial_year": true, "financial_month": true}

// table names a Parquet file as an SQL table. Folder names in its path are no columns.
func table(path string) string {
	path = strings.NewReplacer("[", "[[]", "*", "[*]", "?", "[?]").Replace(path)
	return "read_parquet(" + literal(path) + ", hive_partitioning = false)"
}

func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func name(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
