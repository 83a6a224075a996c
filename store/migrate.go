package store

import (
	"context"
	"embed"
	"fmt"
	"os"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migration is one step of the schema. Its number is its place in the list,
// counted from 1. The file NAME.sql is run on both databases, then the file
// NAME.sqlite.sql or NAME.postgres.sql if there is one.
type migration struct {
	name string
	read func(name string) (string, error)
}

func shipped(name string) migration {
	return migration{name, func(file string) (string, error) {
		text, err := migrationFiles.ReadFile("migrations/" + file)
		return string(text), err
	}}
}

// migrations only ever grow: a schema that has been released is never edited.
var migrations = []migration{
	shipped("0001-register"),
	shipped("0002-challenges"),
	shipped("0003-run-server"),
	shipped("0050-metrics"),
	shipped("0070-pool-requests"),
}

// migrate brings the schema up to date. Each step is one transaction, so that an
// interrupted one leaves the schema as it was and the next start does it again.
func (s *Store) migrate(ctx context.Context, steps []migration) error {
	version, err := s.schemaVersion(ctx)
	if err != nil {
		return err
	}
	if version > len(steps) {
		return s.newer(version, len(steps))
	}
	if version == 0 && s.options.MustExist {
		return ErrNoStore
	}
	if version > 0 && version < len(steps) && s.dialect.name == "sqlite" {
		if _, err := s.copyBeforeMigration(ctx, version); err != nil {
			return err
		}
	}
	for version < len(steps) {
		if err := s.step(ctx, version+1, steps[version]); err != nil {
			return fmt.Errorf("migrate to schema %d (%s): %w", version+1, steps[version].name, err)
		}
		version++
	}
	return nil
}

func (s *Store) newer(found, known int) error {
	e := &NewerSchemaError{Found: found, Known: known}
	if _, err := os.Stat(s.copyPath(known)); s.dialect.name == "sqlite" && err == nil {
		e.Copy = s.copyPath(known)
	}
	return e
}

// schemaVersion makes the table of applied steps where there is none, and
// refuses a database that holds the tables of something else.
func (s *Store) schemaVersion(ctx context.Context) (int, error) {
	tx, err := s.writing.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback()
	if s.dialect.lock != "" {
		if _, err := tx.ExecContext(ctx, s.dialect.lock); err != nil {
			return 0, err
		}
	}
	tables, err := number(tx.QueryRowContext(ctx, s.dialect.tables))
	if err != nil {
		return 0, err
	}
	if tables == 0 {
		if s.options.MustExist {
			return 0, nil
		}
		if _, err := tx.ExecContext(ctx, "CREATE TABLE schema_step (version BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL)"); err != nil {
			return 0, err
		}
		return 0, tx.Commit()
	}
	version, err := number(tx.QueryRowContext(ctx, "SELECT COALESCE(MAX(version), 0) FROM schema_step"))
	if err != nil {
		return 0, fmt.Errorf("the database is not one of Remit's: it has tables, and no schema_step among them; name an empty one (%w)", err)
	}
	return int(version), nil
}

func (s *Store) step(ctx context.Context, version int, m migration) error {
	common, err := m.read(m.name + ".sql")
	if err != nil {
		return err
	}
	own, err := m.read(m.name + "." + s.dialect.name + ".sql")
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	tx, err := s.writing.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if s.dialect.lock != "" {
		if _, err := tx.ExecContext(ctx, s.dialect.lock); err != nil {
			return err
		}
	}
	// Another server may have come first while this one waited.
	done, err := number(tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM schema_step WHERE version = $1", version))
	if err != nil || done > 0 {
		return err
	}
	for _, text := range []string{common, own} {
		if _, err := tx.ExecContext(ctx, text); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO schema_step (version, name, applied_at) VALUES ($1, $2, $3)", version, m.name, stamp(s.options.Now())); err != nil {
		return err
	}
	return tx.Commit()
}
