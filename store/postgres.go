package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// oldestPostgres is the oldest PostgreSQL that the store is tested on.
const oldestPostgres = 150000

// The number of the lock is "remit" in ASCII: any number does that nobody else uses.
var postgresDialect = dialect{
	name:     "postgres",
	lock:     "SELECT pg_advisory_xact_lock(491327973748)",
	snapshot: sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
	tables:   "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = current_schema()",
	binary:   ` COLLATE "C"`,
}

func (s *Store) openPostgres(ctx context.Context) error {
	s.dialect, s.location = postgresDialect, "the database"
	config, err := pgx.ParseConfig(s.options.Database)
	if err != nil {
		return errors.New("the address of the database cannot be read; write it as postgres://user@host/database")
	}
	s.location = fmt.Sprintf("the database %s at %s", config.Database, config.Host)
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 10 * time.Second
	}
	config.RuntimeParams["application_name"] = "remit"
	// A server may be set up to acknowledge before it has written.
	config.RuntimeParams["synchronous_commit"] = "on"
	// A server that stops answering must not hold the lock of writers for ever.
	config.RuntimeParams["idle_in_transaction_session_timeout"] = "60s"
	// A connection that a restart of the server has cut is found out before it is
	// used: nobody's work should fail for it.
	ping := stdlib.OptionShouldPing(func(context.Context, stdlib.ShouldPingParams) bool { return true })
	s.reading, s.writing = stdlib.OpenDB(*config, ping), stdlib.OpenDB(*config, ping)
	s.reading.SetMaxOpenConns(16)
	s.reading.SetMaxIdleConns(16)
	s.writing.SetMaxOpenConns(4) // writers wait for one another anyway
	var version int
	if err := s.reading.QueryRowContext(ctx, "SELECT current_setting('server_version_num')::int").Scan(&version); err != nil {
		return err
	}
	if version < oldestPostgres {
		return fmt.Errorf("the server is PostgreSQL %d; Remit needs version 15 or later", version/10000)
	}
	return nil
}
