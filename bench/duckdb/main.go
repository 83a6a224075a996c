// Command duckdb is what the bench sets beside Remit: DuckDB over the same file,
// in a process of its own.
//
//	duckdb sql THREADS FILE OUT METHOD    the method, translated to SQL
//	duckdb copy THREADS FILE OUT          every column as it came
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"remit/assign"
	"remit/method"
	"remit/methods"
	"remit/register"
	"remit/warehouse"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "duckdb:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 4 || args[0] == "sql" && len(args) < 5 {
		return errors.New("usage: duckdb sql|copy THREADS FILE OUT [METHOD]")
	}
	file, out := args[2], args[3]
	threads, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	steps := []string{fmt.Sprintf("COPY (SELECT * FROM read_csv(%s, all_varchar = true)) TO %s (FORMAT csv, HEADER)", literal(file), literal(out))}
	if args[0] == "sql" {
		if steps, err = translated(args[4], file, out); err != nil {
			return err
		}
	}
	db, err := warehouse.Open(threads, "")
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	for _, s := range steps {
		if _, err := db.Exec(s); err != nil {
			return errors.Join(err, db.Close())
		}
	}
	return db.Close()
}

// translated is a method as SQL from a file to a file.
func translated(spec, file, out string) ([]string, error) {
	pack, err := register.LoadShipped()
	if err != nil {
		return nil, err
	}
	defer pack.Close()
	lib := method.Library{Pack: pack, Open: func(name string) ([]byte, string, error) {
		src, err := methods.Files.ReadFile(name + ".yaml")
		return src, name + ".yaml", err
	}}
	m, err := lib.Load(spec)
	if err != nil {
		return nil, err
	}
	source, err := assign.SQLSource(context.Background(), file, "")
	if err != nil {
		return nil, err
	}
	sql, err := m.SQL("duckdb", pack, source)
	if err != nil {
		return nil, err
	}
	return []string{sql.Functions, sql.Tables, fmt.Sprintf("COPY (%s) TO %s (FORMAT csv, HEADER)", sql.Query, literal(out))}, nil
}

func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
