package proof

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"remit/activity"
	"remit/assign"
	"remit/method"
	"remit/methods"
	"remit/register"
	"remit/warehouse"
)

func library(pack *register.Pack) method.Library {
	return method.Library{Pack: pack, Open: func(name string) ([]byte, string, error) {
		src, err := methods.Files.ReadFile(name + ".yaml")
		return src, name + ".yaml", err
	}}
}

func load(t testing.TB, pack *register.Pack, spec string) *method.Method {
	t.Helper()
	m, err := library(pack).Load(spec)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// records is how many random records each method is tried on; REMIT_RECORDS
// sets another number.
func records(t testing.TB, usual int) int {
	t.Helper()
	if n, err := strconv.Atoi(os.Getenv("REMIT_RECORDS")); err == nil {
		return n
	}
	return usual
}

// TestNativeAgainstSQL decides random records by the program and by the SQL
// that is generated from the same method, and wants no difference.
func TestNativeAgainstSQL(t *testing.T) {
	shipped, err := register.LoadShipped()
	if err != nil {
		t.Fatal(err)
	}
	small, err := register.LoadDir("testdata/cases")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		spec    string
		pack    *register.Pack
		dataset activity.Dataset
	}{
		{"cam-2025-26", shipped, activity.APC}, {"cam-2025-26", small, activity.APC}, {"cam-2025-26", small, activity.PLCM},
		{"cam-2025-26+A1=note+A2=dental+A3=literal+A4=40+A5=chart+A6=wales+A7=host_hub+A8=out_of_scope", small, activity.APC},
		{"cam-2025-26+A9=out_of_scope+A10=responsible+A11=region+A12=no_payer+A13=postcode+A14=appendix_c+A16=outside+A17=table_and_non_eea", small, activity.APC},
		{"cam-2025-26+R1=unknown", shipped, activity.APC},
		{"cam-2025-26", small, activity.OP}, {"cam-2025-26", shipped, activity.ECDS},
		{"cam-2024-25", shipped, activity.PLCM}, {"cam-2024-25", small, activity.APC},
		{"cam-tool-5.3", shipped, activity.PLCM}, {"cam-tool-5.3", small, activity.PLCM}, {"cam-tool-5.3", small, activity.ACM},
	} {
		t.Run(fmt.Sprintf("%s/%s/%s", c.spec, c.dataset, filepath.Base(c.pack.Origin)), func(t *testing.T) {
			agree(t, load(t, c.pack, c.spec), c.pack, c.dataset, records(t, 20_000))
		})
	}
}

func agree(t *testing.T, m *method.Method, pack *register.Pack, dataset activity.Dataset, n int) {
	path := writeRecords(t, newChooser(uint64(n), pack), n)
	out := filepath.Join(t.TempDir(), "native.csv")
	_, err := assign.Run(context.Background(), &assign.Job{Inputs: []string{path}, Out: out, Dataset: dataset, Method: m, Pack: pack})
	if err != nil {
		t.Fatal(err)
	}
	native := readAnswers(t, out)
	sql := readAnswers(t, runSQL(t, m, pack, path, dataset))
	if len(native) != n || len(sql) != n {
		t.Fatalf("%d records gave %d native answers and %d by SQL", n, len(native), len(sql))
	}
	different := 0
	for key, want := range native {
		if got := sql[key]; got != want {
			if different++; different <= 5 {
				t.Errorf("record %s\n%s\nnative %s\nSQL    %s", key, recordText(t, path, key), want, got)
			}
		}
	}
	if different > 0 {
		t.Errorf("%d of %d records differ", different, n)
	}
}

func runSQL(t *testing.T, m *method.Method, pack *register.Pack, path string, dataset activity.Dataset) string {
	t.Helper()
	source, err := assign.SQLSource(context.Background(), path, dataset)
	if err != nil {
		t.Fatal(err)
	}
	sql, err := m.SQL("duckdb", pack, source)
	if err != nil {
		t.Fatal(err)
	}
	db, err := warehouse.Open(2, "4GB")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	out := filepath.Join(t.TempDir(), "sql.csv")
	for _, step := range []string{sql.Functions, sql.Tables, fmt.Sprintf("COPY (%s) TO '%s' (FORMAT csv, HEADER true)", sql.Query, out)} {
		if _, err := db.Exec(step); err != nil {
			t.Fatalf("%v", firstLines(err.Error()))
		}
	}
	return out
}

func firstLines(s string) string {
	if len(s) > 2000 {
		return s[:2000]
	}
	return s
}

func recordText(t *testing.T, path, key string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	n, _ := strconv.Atoi(key)
	values := strings.Split(strings.Split(string(data), "\n")[n], ",")
	var b strings.Builder
	for i, v := range values {
		if v != "" && i < len(fields) {
			fmt.Fprintf(&b, "%s=%s ", fields[i], v)
		}
	}
	return b.String()
}

// A file may say of each row which data set it belongs to: SQL follows it too.
func TestSQLOfRowsThatSayWhatTheyAre(t *testing.T) {
	pack := shippedPack(t)
	rows := [][]string{{"id", "dataset", "financial_year", "financial_month", "gp_practice", "provider", "service_code", "submitted_category", "pod", "source_of_admission"}}
	for i, kind := range []string{"PLCM", "ACM", "APC", "011", "020", " 130 ", "180", "op", "DRUG", "DEVICE", "ECDS", "", "nonsense"} {
		rows = append(rows, []string{strconv.Itoa(i + 1), kind, "202526", "3", "H85000", "RJ7", "NCBPS11B", "25", "EL", "39"})
	}
	job := usual(t, writeTable(t, "in.csv", rows))
	job.Dataset = activity.PLCM
	for _, spec := range []string{"cam-2025-26", "cam-tool-5.3"} {
		job.Method = load(t, pack, spec)
		runJob(t, job)
		native, sql := readTable(t, job.Out), readTable(t, runSQL(t, job.Method, pack, job.Inputs[0], activity.PLCM))
		if len(native) != len(rows)-1 || len(sql) != len(native) {
			t.Fatalf("%d native answers and %d by SQL", len(native), len(sql))
		}
		answers := map[string]string{}
		for _, r := range sql {
			answers[r["id"]] = fmt.Sprint(r)
		}
		for i, r := range native {
			if want := fmt.Sprint(r); answers[r["id"]] != want {
				t.Errorf("%s, a row of %q:\nnative %s\nSQL    %s", spec, rows[i+1][1], want, answers[r["id"]])
			}
		}
	}
}
