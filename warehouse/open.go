package warehouse

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/duckdb/duckdb-go/v2"
)

// Open opens a DuckDB database in memory. threads is how many it may use (0 for
// all processors), memoryLimit how much memory, such as "4GB" (empty for
// DuckDB's own limit, four fifths of the machine). What does not fit goes to a
// private temporary folder that Close removes.
func Open(threads int, memoryLimit string) (*sql.DB, error) {
	settings := []string{
		// The program opens no connection that the operator did not ask for.
		"SET autoinstall_known_extensions = false",
		"SET autoload_known_extensions = false",
		"SET allow_community_extensions = false",
	}
	if threads > 0 {
		settings = append(settings, fmt.Sprintf("SET threads = %d", threads))
	}
	if memoryLimit != "" {
		settings = append(settings, "SET memory_limit = "+quoteText(memoryLimit))
	}
	spill, err := os.MkdirTemp("", "remit-spill-")
	if err != nil {
		return nil, fmt.Errorf("make a temporary folder for the warehouse: %w", err)
	}
	settings = append(settings, "SET temp_directory = "+quoteText(filepath.Join(spill, "duckdb")))
	c, err := duckdb.NewConnector("", inUTC)
	if err != nil {
		os.RemoveAll(spill)
		return nil, fmt.Errorf("open DuckDB: %w", err)
	}
	db := sql.OpenDB(&connector{Connector: c, spill: spill})
	for _, s := range settings {
		if _, err := db.Exec(s); err != nil {
			db.Close()
			return nil, fmt.Errorf("open DuckDB: %s: %w", s, err)
		}
	}
	return db, nil
}

// inUTC makes a connection write times alike on every machine. The setting
// belongs to a connection, not to the database.
func inUTC(c driver.ExecerContext) error {
	_, err := c.ExecContext(context.Background(), "SET TimeZone = 'UTC'", nil)
	return err
}

// connector closes the database and removes what it left on disk.
type connector struct {
	*duckdb.Connector
	spill string
}

var _ driver.Connector = (*connector)(nil)

func (c *connector) Close() error {
	return errors.Join(c.Connector.Close(), os.RemoveAll(c.spill))
}

// ParquetBuiltIn tells whether Parquet support is part of the program, as it
// must be where nothing may be fetched.
func ParquetBuiltIn(ctx context.Context, db *sql.DB) (bool, error) {
	var mode string
	err := db.QueryRowContext(ctx,
		"SELECT install_mode FROM duckdb_extensions() WHERE extension_name = 'parquet' AND loaded").Scan(&mode)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return mode == "STATICALLY_LINKED", err
}

// quoteText writes a text as an SQL literal.
func quoteText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// quoteName writes a name as an SQL identifier.
func quoteName(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
