// Command equity measures how long the standardised use of every service by every
// sub-ICB location takes, from activity records in a Parquet file to the rates with
// their limits. The records are random, of nobody, and all of them are of
// specialised services; populations are made up.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"remit/access"
	"remit/intake"
	"remit/register"
	"remit/synth"
	"remit/warehouse"
)

func main() {
	dir := flag.String("dir", os.TempDir(), "where to work")
	records := flag.Int("records", 10_000_000, "how many records")
	runs := flag.Int("runs", 3, "how often; the best counts")
	flag.Parse()
	if err := run(context.Background(), *dir, *records, *runs); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, dir string, records, runs int) error {
	pack, err := register.LoadShipped()
	if err != nil {
		return err
	}
	defer pack.Close()
	file, populations := filepath.Join(dir, fmt.Sprintf("use-%d.parquet", records)), filepath.Join(dir, "populations")
	if _, err := os.Stat(file); err != nil {
		if err := write(ctx, pack, file, records); err != nil {
			return err
		}
	}
	if _, err := synth.WritePopulations(pack, populations, "2025/26"); err != nil {
		return err
	}
	started := time.Now()
	tables, err := access.LoadTables(os.DirFS(populations))
	if err != nil {
		return err
	}
	fmt.Printf("populations read in %.2f s\n", time.Since(started).Seconds())
	day, _ := register.ParseDay("2025-04-01")
	m := access.MapOf(pack, day)
	best := time.Duration(0)
	for range runs {
		took, err := once(ctx, pack, file, tables, m)
		if err != nil {
			return err
		}
		if best == 0 || took < best {
			best = took
		}
	}
	fmt.Printf("%d records: %.2f s at best\n", records, best.Seconds())
	return nil
}

func once(ctx context.Context, pack *register.Pack, file string, tables *access.Tables, m *access.Map) (time.Duration, error) {
	started, busy := time.Now(), processor()
	people, err := intake.PeopleOf(ctx, file, intake.PeopleOptions{Pack: pack})
	if err != nil {
		return 0, err
	}
	defer people.Close()
	read := time.Since(started)
	population, err := tables.Population(access.BySubICB, m, m.Day)
	if err != nil {
		return 0, err
	}
	counts, err := people.Counts(ctx, population, m, tables)
	if err != nil {
		return 0, err
	}
	counted := time.Since(started)
	rates := 0
	for n := range counts.Services {
		r, err := access.Rates(counts, n, population, access.Persons, nil)
		if err != nil {
			return 0, err
		}
		rates += len(r.Rows)
	}
	took := time.Since(started)
	fmt.Printf("persons of each service %.2f s, set out by area %.2f s, %d rates (%d services, %d areas, %d age bands of 2 sexes) %.2f s; %.2f s in all, %.2f s of processor\n",
		read.Seconds(), (counted - read).Seconds(), rates, len(counts.Services), len(counts.Areas), access.Bands, (took - counted).Seconds(), took.Seconds(), processor()-busy)
	return took, nil
}

// write makes a Parquet file of random records: persons with a few records each,
// on lines of every service, of every practice.
func write(ctx context.Context, pack *register.Pack, file string, records int) error {
	db, err := warehouse.Open(0, "")
	if err != nil {
		return err
	}
	defer db.Close()
	list := func(table, column string) string {
		var codes []string
		t := pack.Table(table)
		for _, c := range t.Keys() {
			rows := t.Rows(c)
			if column == "" || t.At(rows[len(rows)-1], column) != "" {
				codes = append(codes, "'"+strings.ReplaceAll(c, "'", "''")+"'")
			}
		}
		return "[" + strings.Join(codes, ",") + "]"
	}
	pick := func(list, salt string) string {
		return fmt.Sprintf("%s[1 + (hash(%s) %% len(%s))::INT]", list, salt, list)
	}
	query := fmt.Sprintf(`COPY (SELECT (1 + i %% 12)::VARCHAR AS "FINANCIAL MONTH", '202526' AS "FINANCIAL YEAR", %s AS "ORGANISATION IDENTIFIER (CODE OF PROVIDER)",
		%s AS "GENERAL MEDICAL PRACTICE (PATIENT REGISTRATION)", '' AS "ORGANISATION IDENTIFIER (RESIDENCE RESPONSIBILITY)", 'P' || p AS "NHS NUMBER", (hash(p, 'age') %% 95)::VARCHAR AS "AGE AT ACTIVITY DATE (CONTRACT MONITORING)",
		(1 + hash(p, 'sex') %% 2)::VARCHAR AS "PERSON STATED GENDER CODE", 'A' AS "ETHNIC CATEGORY", %s AS "SERVICE CODE", '' AS "POSTCODE OF USUAL ADDRESS",
		'NPOC' AS "POINT OF DELIVERY CODE", '1' AS "ACTIVITY COUNT (POINT OF DELIVERY)", '100' AS "TOTAL COST", i::VARCHAR AS "CDS UNIQUE IDENTIFIER", '21' AS "COMMISSIONED SERVICE CATEGORY CODE", '100' AS "ACTIVITY TREATMENT FUNCTION CODE",
		'13R' AS "ORGANISATION IDENTIFIER (CODE OF COMMISSIONER)"
		FROM (SELECT range AS i, hash(range) %% %d AS p FROM range(%d))) TO '%s' (FORMAT parquet, COMPRESSION zstd)`,
		pick("l.trust", "p, i % 7"), pick("l.home", "p"), pick("l.line", "p, i % 3"), records/4, records, strings.ReplaceAll(file, "'", "''"))
	query = strings.Replace(query, "FROM (SELECT range AS i", fmt.Sprintf("FROM (SELECT %s AS trust, %s AS home, %s AS line) l, (SELECT range AS i", list("provider", ""), list("practice", ""), list("service_line", "service")), 1)
	_, err = db.ExecContext(ctx, query)
	return err
}

// processor is the time that the program has used the processors, in seconds: on a
// machine that does other work beside, twice the target on two processors is enough.
func processor() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}
