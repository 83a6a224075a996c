package warehouse

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
)

// TestTableIsAsDuckDBWrites holds files that CSVToTable writes against those that
// DuckDB makes of the same rows, over several groups of rows.
func TestTableIsAsDuckDBWrites(t *testing.T) {
	types := map[string]string{"month": "TINYINT", "rows": "BIGINT", "money": "DECIMAL(26,8)", "price": "DECIMAL(38,8)"}
	const header = "key,few,month,money,price,rows,none,quoted\n"
	for _, size := range []int{0, 1, 100, triedRows, 3 * groupRows / 2} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, uint64(size)))
			var b strings.Builder
			b.WriteString(header)
			for i := range size {
				fmt.Fprintf(&b, "k%d,%s,%s,%s,%s,%d,,%s\n", i*7919, one(random, "", `""`, "a", "b", "c d"), one(random, "", "1", "12", "-3"),
					one(random, "", "0", "-1.5", "123456789012345678.12345678", "0.00000001", fmt.Sprint(i)), one(random, "1", "-999999999999999999.99999999"), i, one(random, `"a,b"`, `"say ""x"""`, "\"two\nlines\"", ""))
			}
			folder := t.TempDir()
			ours, theirs := filepath.Join(folder, "ours.parquet"), filepath.Join(folder, "theirs.parquet")
			n, err := CSVToTable(t.Context(), strings.NewReader(b.String()), types, ours, nil)
			if err != nil || n != int64(size) {
				t.Fatalf("%d rows, %v", n, err)
			}
			if _, err := CSVToParquet(t.Context(), strings.NewReader(b.String()), types, theirs); err != nil {
				t.Fatal(err)
			}
			db := openDB(t)
			for _, q := range []string{
				"SELECT count(*) FROM (SELECT file_row_number, * FROM read_parquet(%[1]s, file_row_number = true) EXCEPT SELECT file_row_number, * FROM read_parquet(%[2]s, file_row_number = true))",
				"SELECT count(*) FROM (SELECT file_row_number, * FROM read_parquet(%[2]s, file_row_number = true) EXCEPT SELECT file_row_number, * FROM read_parquet(%[1]s, file_row_number = true))",
				"SELECT count(*) FROM ((DESCRIBE SELECT * FROM read_parquet(%[1]s)) EXCEPT (DESCRIBE SELECT * FROM read_parquet(%[2]s)))",
			} {
				var differ int
				if err := db.QueryRow(fmt.Sprintf(q, quoteText(ours), quoteText(theirs))).Scan(&differ); err != nil || differ != 0 {
					t.Errorf("%d differ, %v: %s", differ, err, q)
				}
			}
			// The statistics by which rows are passed over are right.
			var found, there int
			if err := db.QueryRow(fmt.Sprintf("SELECT (SELECT count(*) FROM read_parquet(%[1]s) WHERE key = 'k0' AND rows = 0), (SELECT count(*) FROM read_parquet(%[2]s) WHERE key = 'k0' AND rows = 0)", quoteText(ours), quoteText(theirs))).Scan(&found, &there); err != nil || found != there {
				t.Errorf("%d found, %d are there, %v", found, there, err)
			}
		})
	}
}

func one(r *rand.Rand, list ...string) string { return list[r.IntN(len(list))] }

// TestTableRefuses wants nothing left of a file that cannot be written.
func TestTableRefuses(t *testing.T) {
	for _, c := range []struct{ about, csv, says string }{
		{"not a number", "month\nx\n", `"x" is no whole number`},
		{"not money", "money\n1x\n", "column money"},
		{"a row too short", "a,b\n1\n", "has 1 fields"},
		{"a type that it does not know", "day\n2025-01-01\n", "a column of DATE cannot be written"},
		{"two columns of one name", "a,A\n1,2\n", "has the name of another"},
	} {
		t.Run(c.about, func(t *testing.T) {
			folder := t.TempDir()
			_, err := CSVToTable(t.Context(), strings.NewReader(c.csv), map[string]string{"month": "TINYINT", "money": "DECIMAL(26,8)", "day": "DATE"}, filepath.Join(folder, "x.parquet"), nil)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v", err)
			}
			if left := names(t, folder); len(left) > 0 {
				t.Errorf("left: %q", left)
			}
		})
	}
}
