package intake

import (
	"fmt"
	"strings"
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

// identifying are fields that tell a slice apart, whether the method reads them or not.
var identifying = map[string]bool{"provider": true, "submitted_commissioner": true, "submitted_category": true, "service_code": true, "financial_year": true, "financial_month": true}

// table names a Parquet file as an SQL table. Folder names in its path are no columns.
func table(path string) string {
	path = strings.NewReplacer("[", "[[]", "*", "[*]", "?", "[?]").Replace(path)
	return "read_parquet(" + literal(path) + ", hive_partitioning = false)"
}

func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func name(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
