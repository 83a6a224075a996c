package intake

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"remit/activity"
	"remit/synth"
	"remit/warehouse"
)

// TestTotalsAreAsSQL holds the totals that are made while a file is read against
// SQL over its rows.
func TestTotalsAreAsSQL(t *testing.T) {
	d := newDesk(t)
	dir := contracts(t, d, 3000)
	apc := filepath.Join(dir, "apc.csv")
	if _, err := synth.WriteFile(t.Context(), d.Pack, apc, synth.Options{Records: 3000, Seed: 1, Layout: "apc"}); err != nil {
		t.Fatal(err)
	}
	db, err := warehouse.Open(2, "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, path := range []string{filepath.Join(dir, "RBV_PLCM_2526_M03_FLEX.csv"), filepath.Join(dir, "RBV_ACM_2526_M03_FLEX.csv"), filepath.Join(dir, "RBV_IAP_2526.csv"), apc} {
		l := open(t, t.TempDir())
		s := take(t, l, d, path)
		rows := table(l.Path(s, rowsFile))
		inputs := fmt.Sprintf("SELECT * REPLACE (remit_money::DECIMAL(38,8) AS remit_money) FROM read_csv(%s, all_varchar = true, header = true, delim = ',', quote = '\"')", literal(l.Path(s, inputsFile)))
		for file, pair := range map[string][2]string{
			cubeFile:   {"SELECT * FROM " + table(l.Path(s, cubeFile)), s.cubeQuery(rows)},
			inputsFile: {asText(inputs), asText(s.inputsQuery(rows, d))},
		} {
			var all int
			if err := db.QueryRow("SELECT count(*) FROM (" + pair[0] + ")").Scan(&all); err != nil || all == 0 {
				t.Errorf("%s of %s: %d rows, %v", file, s.Name, all, err)
			}
			for i := range pair {
				var differ int
				if err := db.QueryRow(fmt.Sprintf("SELECT count(*) FROM ((%s) EXCEPT ALL (%s))", pair[i], pair[1-i])).Scan(&differ); err != nil || differ != 0 {
					t.Errorf("%s of %s: %d differ, %v: %s", file, s.Name, differ, err, pair[i])
				}
			}
			var types int
			if err := db.QueryRow(fmt.Sprintf("SELECT count(*) FROM ((DESCRIBE %s) EXCEPT (DESCRIBE %s))", pair[0], pair[1])).Scan(&types); err != nil || types != 0 {
				t.Errorf("%s of %s: %d columns are of another type, %v", file, s.Name, types, err)
			}
		}
	}
}

// asText writes absent values as blanks.
func asText(query string) string {
	return "SELECT coalesce(COLUMNS(*)::VARCHAR, '') FROM (" + query + ")"
}

// TestSumsAreWrittenInParts wants the same sums when they do not fit in memory.
func TestSumsAreWrittenInParts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sums.parquet")
	s := newSums(&tableFile{path: path}, []key{{name: "a", column: "a"}}, []string{"rows", "money"})
	s.most = 3
	var csv strings.Builder
	csv.WriteString("a,money\n")
	for i := range 100 {
		fmt.Fprintf(&csv, "%d,%d.5\n", i%7, i)
	}
	if _, err := warehouse.CSVToTable(t.Context(), strings.NewReader(csv.String()), map[string]string{"money": "DECIMAL(26,8)"}, filepath.Join(t.TempDir(), "rows.parquet"), onlySums{s}); err != nil {
		t.Fatal(err)
	}
	if err := s.keep(); err != nil {
		t.Fatal(err)
	}
	db, err := warehouse.Open(2, "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var keys, rows, parts int
	var money string
	if err := db.QueryRow("SELECT count(DISTINCT a), sum(rows)::BIGINT, count(*), sum(money)::VARCHAR FROM "+table(path)).Scan(&keys, &rows, &parts, &money); err != nil {
		t.Fatal(err)
	}
	if keys != 7 || rows != 100 || parts <= 7 || money != "5000.00000000" {
		t.Errorf("%d keys, %d rows in %d parts, %s", keys, rows, parts, money)
	}
}

type onlySums struct{ *sums }

func (o onlySums) Columns(names []string) error   { return o.bind(names) }
func (o onlySums) Group(g *warehouse.Group) error { return o.add(g, nil) }

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
