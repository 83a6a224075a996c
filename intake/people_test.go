package intake

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"remit/access"
	"remit/register"
	"remit/synth"
	"remit/warehouse"
)

// madeUpAreas are the populations of made-up records, and the map of a day.
func madeUpAreas(t testing.TB, d *Desk, on string) (*access.Tables, string, *access.Map) {
	t.Helper()
	dir := t.TempDir()
	if _, err := synth.WritePopulations(d.Pack, dir, "2025/26"); err != nil {
		t.Fatal(err)
	}
	tables, err := access.LoadTables(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	day, err := register.ParseDay(on)
	if err != nil {
		t.Fatal(err)
	}
	return tables, dir, access.MapOf(d.Pack, day)
}

// The rates of every service by board, worked out by one plain SQL query from the
// rows of a file, against those of the packages: the person's first record by a
// window over the rows, the people from the table, expected and standardised rate
// by SQL.
func TestRatesAgainstSQL(t *testing.T) {
	d := newDesk(t)
	tables, dir, m := madeUpAreas(t, d, "2026-03-31")
	file := filepath.Join(t.TempDir(), "plcm.csv")
	if _, err := synth.WriteFile(t.Context(), d.Pack, file, synth.Options{Records: 40000, Seed: 5, Year: "2025/26", Layout: "plcm"}); err != nil {
		t.Fatal(err)
	}
	people, err := PeopleOf(t.Context(), file, PeopleOptions{Pack: d.Pack})
	if err != nil {
		t.Fatal(err)
	}
	defer people.Close()
	population, err := tables.Population(access.ByICB, m, m.Day)
	if err != nil {
		t.Fatal(err)
	}
	counts, err := people.Counts(t.Context(), population, m, tables)
	if err != nil {
		t.Fatal(err)
	}
	want := ratesBySQL(t, d.Pack, file, filepath.Join(dir, access.PopulationFile), m, people)
	compared := 0
	for n, service := range counts.Services {
		for _, unit := range []access.Unit{access.Persons, access.Events} {
			r, err := access.Rates(counts, n, population, unit, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range r.Rows {
				w := want[fmt.Sprint(service, " ", row.Area, " ", unit)]
				got := [3]float64{row.Observed, row.Expected, row.Rate.Value}
				if row.Rate.Withheld != "" {
					got[2], w[2] = 0, 0
				}
				for k := range got {
					if math.Abs(got[k]-w[k]) > 1e-9*math.Max(1, math.Abs(w[k])) {
						t.Fatalf("service %s of %s in %s: %v, by SQL %v", service, row.Area, unit, got, w)
					}
				}
				if row.Observed > 0 {
					compared++
				}
			}
		}
	}
	if compared < 1000 {
		t.Errorf("only %d rates had anything to compare", compared)
	}
}

// ratesBySQL gives observed, expected and standardised rate by service, board and unit.
func ratesBySQL(t *testing.T, pack *register.Pack, file, population string, m *access.Map, p *People) map[string][3]float64 {
	t.Helper()
	db, err := warehouse.Open(0, "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, q := range []string{"CREATE TABLE home (code VARCHAR, icb VARCHAR, place INTEGER)", "CREATE TABLE trust (code VARCHAR, place INTEGER)", "CREATE TABLE line (code VARCHAR, service VARCHAR)"} {
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	insert := func(table string, rows func(add func(format string, args ...any))) {
		text, separate := "INSERT INTO "+table+" VALUES ", ""
		rows(func(format string, args ...any) {
			text += separate + fmt.Sprintf(format, args...)
			separate = ","
		})
		if _, err := db.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	insert("home", func(add func(string, ...any)) {
		for i, c := range p.homes {
			add("(%s, %s, %d)", literal(c), literal(m.Home(access.ByICB, c)), i+1)
		}
	})
	insert("trust", func(add func(string, ...any)) {
		for i, c := range p.trusts {
			add("(%s, %d)", literal(c), i+1)
		}
	})
	lines := pack.Table("service_line")
	insert("line", func(add func(string, ...any)) {
		for _, c := range lines.Keys() {
			rows := lines.Rows(c)
			if service := lines.At(rows[len(rows)-1], "service"); service != "" {
				add("(%s, %s)", literal(c), literal(service))
			}
		}
	})
	rows, err := db.Query(fmt.Sprintf(`
WITH record AS (SELECT l.service, concat(upper(trim("LOCAL PATIENT IDENTIFIER (EXTENDED)")), '@', upper(trim("ORGANISATION IDENTIFIER (CODE OF PROVIDER)"))) AS person, coalesce(TRY_CAST(upper(trim("FINANCIAL MONTH")) AS INT), 0) AS month,
   coalesce(t.place, t3.place, 0) AS trust, coalesce(h.place, d.place, 0) AS home, coalesce(h.icb, d.icb, '') AS icb, upper(trim("PERSON STATED GENDER CODE")) AS sex, TRY_CAST(upper(trim("AGE AT ACTIVITY DATE (CONTRACT MONITORING)")) AS INT) AS age
   FROM read_csv(%[1]s, all_varchar = true, header = true) r JOIN line l ON l.code = upper(trim("SERVICE CODE"))
   LEFT JOIN home h ON h.code = upper(trim("GENERAL MEDICAL PRACTICE (PATIENT REGISTRATION)")) LEFT JOIN home d ON d.code = upper(trim("ORGANISATION IDENTIFIER (RESIDENCE RESPONSIBILITY)"))
   LEFT JOIN trust t ON t.code = upper(trim("ORGANISATION IDENTIFIER (CODE OF PROVIDER)")) LEFT JOIN trust t3 ON t3.code || '00' = upper(trim("ORGANISATION IDENTIFIER (CODE OF PROVIDER)")) AND length(t3.code) = 3
   WHERE upper(trim("LOCAL PATIENT IDENTIFIER (EXTENDED)")) <> ''),
first AS (SELECT *, count(*) OVER (PARTITION BY service, person) AS events FROM record
   QUALIFY row_number() OVER (PARTITION BY service, person ORDER BY month, trust, home, least(age // 5, 18) NULLS LAST, CASE sex WHEN '1' THEN 1 WHEN '2' THEN 2 ELSE 0 END) = 1),
used AS (SELECT service, icb, sex, least(age // 5, 18) AS band, count(*)::DOUBLE AS persons, sum(events)::DOUBLE AS events FROM first WHERE icb <> '' AND sex IN ('1', '2') AND age IS NOT NULL GROUP BY ALL),
people AS (SELECT h.icb, p.sex, p.age_from::INT // 5 AS band, sum(p.persons::DOUBLE) AS n FROM read_csv(%[2]s, all_varchar = true, header = true) p JOIN home h ON h.code = p.area WHERE p.area_kind = 'practice' AND h.icb <> '' GROUP BY ALL),
cell AS (SELECT s.service, p.icb, p.sex, p.band, p.n, coalesce(u.persons, 0) AS persons, coalesce(u.events, 0) AS events
   FROM people p CROSS JOIN (SELECT DISTINCT service FROM line) s LEFT JOIN used u ON u.service = s.service AND u.icb = p.icb AND u.sex = p.sex AND u.band = p.band),
england AS (SELECT service, sex, band, sum(persons) / sum(n) AS persons, sum(events) / sum(n) AS events FROM cell GROUP BY ALL),
weight AS (SELECT unnest(range(0, 19)) AS band, unnest([5000,5500,5500,5500,6000,6000,6500,7000,7000,7000,7000,6500,6000,5500,5000,4000,2500,1500,1000]) AS w)
SELECT c.service, c.icb, sum(c.persons), sum(c.n * e.persons), sum(w.w * c.persons / c.n) / sum(w.w) * 100000, sum(c.events), sum(c.n * e.events), sum(w.w * c.events / c.n) / sum(w.w) * 100000
   FROM cell c JOIN england e ON e.service = c.service AND e.sex = c.sex AND e.band = c.band JOIN weight w ON w.band = c.band GROUP BY ALL`, literal(file), literal(population)))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	got := map[string][3]float64{}
	for rows.Next() {
		var service, icb string
		var v [6]float64
		if err := rows.Scan(&service, &icb, &v[0], &v[1], &v[2], &v[3], &v[4], &v[5]); err != nil {
			t.Fatal(err)
		}
		got[fmt.Sprint(service, " ", icb, " ", access.Persons)] = [3]float64(v[:3])
		got[fmt.Sprint(service, " ", icb, " ", access.Events)] = [3]float64(v[3:])
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return got
}

// Of the ledger only the rows that count are counted, each once, and the people are
// kept with the view until it changes.
func TestPeopleOfTheLedger(t *testing.T) {
	d := newDesk(t)
	tables, _, m := madeUpAreas(t, d, "2026-03-31")
	dir := contracts(t, d, 6000)
	l := open(t, t.TempDir())
	files, err := filepath.Glob(filepath.Join(dir, "*_PLCM_*"))
	if err != nil || len(files) < 4 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, f := range files {
		take(t, l, d, f)
	}
	v, err := l.View(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	years := v.Years()
	if len(years) != 1 || years[0] != "202526" {
		t.Fatalf("years %v", years)
	}
	o := PeopleOptions{Pack: d.Pack, Year: years[0]}
	p, err := v.People(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := v.People(t.Context(), o); err != nil || again != p {
		t.Errorf("the people are worked out again: %v", err)
	}
	lines := map[string]bool{}
	services := d.Pack.Table("service_line")
	for _, c := range services.Keys() {
		for _, row := range services.Rows(c) {
			lines[c] = lines[c] || services.At(row, "service") != ""
		}
	}
	totals, err := v.Totals(t.Context(), []Dimension{ServiceCode}, On(Patient), Is(Year, years[0]))
	if err != nil {
		t.Fatal(err)
	}
	want, other := int64(0), int64(0)
	for _, x := range totals {
		if lines[x.Keys[0]] {
			want += x.Rows
		} else {
			other += x.Rows
		}
	}
	if p.Records != want || p.Unlisted != other || want == 0 {
		t.Errorf("%d records and %d of other lines; the cube has %d and %d", p.Records, p.Unlisted, want, other)
	}
	population, err := tables.Population(access.BySubICB, m, m.Day)
	if err != nil {
		t.Fatal(err)
	}
	counts, err := p.Counts(t.Context(), population, m, tables)
	if err != nil {
		t.Fatal(err)
	}
	persons, events, all := 0.0, 0.0, 0.0
	for i := range counts.Persons {
		persons += counts.Persons[i]
		events += counts.Events[i]
		if counts.Squares[i] < counts.Events[i] || counts.Events[i] < counts.Persons[i] {
			t.Fatalf("%v persons, %v events, %v squares", counts.Persons[i], counts.Events[i], counts.Squares[i])
		}
	}
	for _, u := range counts.Unplaced {
		all += u.All - u.Area - u.Group
	}
	if persons != all || events < persons || events > float64(want) {
		t.Errorf("%v persons placed, %v in the cells; %v events of %d records", all, persons, events, want)
	}
	take(t, l, d, filepath.Join(dir, filepath.Base(files[0])))
	take(t, l, d, mustGlob(t, dir, "*_DrPLCM_*"))
	after, err := l.View(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	wider, err := after.People(t.Context(), o)
	if err != nil || wider.Records <= p.Records {
		t.Errorf("with drugs there are %d records, before %d: %v", wider.Records, p.Records, err)
	}
}

func mustGlob(t *testing.T, dir, pattern string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %v", pattern, err)
	}
	return files[0]
}

func TestPeopleOfNoPeople(t *testing.T) {
	d := newDesk(t)
	file := filepath.Join(t.TempDir(), "acm.csv")
	if _, err := synth.WriteFile(t.Context(), d.Pack, file, synth.Options{Records: 50, Seed: 1, Year: "2025/26", Layout: "acm"}); err != nil {
		t.Fatal(err)
	}
	if _, err := PeopleOf(t.Context(), file, PeopleOptions{Pack: d.Pack}); err == nil {
		t.Error("an aggregate file has people")
	}
}
