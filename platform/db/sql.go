package db

import (
	"context"
	"strconv"
)

// The statements that frame a transaction. The runner's own table comes below.
const (
	beginImmediate = `BEGIN IMMEDIATE`
	beginRead      = `BEGIN`
	commit         = `COMMIT`
	rollback       = `ROLLBACK`

	unhurried = `SET LOCAL statement_timeout = 0`

	// unit frames one unit of work inside the shared transaction.
	unitBegin  = `SAVEPOINT unit`
	unitUndo   = `ROLLBACK TO unit`
	unitFinish = `RELEASE unit`
)

func savepoint(depth int) string  { return `SAVEPOINT s` + strconv.Itoa(depth) }
func release(depth int) string    { return `RELEASE SAVEPOINT s` + strconv.Itoa(depth) }
func rollbackTo(depth int) string { return `ROLLBACK TO SAVEPOINT s` + strconv.Itoa(depth) }

// applied is a migration that has run.
type applied struct{ name, checksum string }

func scanApplied(row Row) (a applied, err error) {
	return a, row.Scan(&a.name, &a.checksum)
}

// listApplied returns every migration that has run.
func listApplied(ctx context.Context, tx *Tx) ([]applied, error) {
	return All(ctx, tx, scanApplied, `SELECT name, checksum FROM db_migrations`)
}

// hasMigrations reports whether the runner's table is there.
func hasMigrations(ctx context.Context, tx *Tx) (bool, error) {
	query := `SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'db_migrations'`
	if tx.db.postgres {
		query = `SELECT COUNT(*) FROM pg_tables WHERE tablename = 'db_migrations' AND schemaname = ANY (current_schemas(false))`
	}
	n, err := One(ctx, tx, func(row Row) (n int64, err error) { return n, row.Scan(&n) }, query)
	return n > 0, err
}

// insertApplied changes nothing and returns 0 when the migration has run before.
func insertApplied(ctx context.Context, tx *Tx, a applied) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO db_migrations (name, checksum, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
		a.name, a.checksum, Micros(tx.Now))
}

// lockMigrations makes this node the only one that migrates until the
// transaction ends. SQLite's writer is alone anyway.
func lockMigrations(ctx context.Context, tx *Tx) error {
	if !tx.db.postgres {
		return nil
	}
	_, err := tx.Exec(ctx, unhurried+`;
		SET LOCAL lock_timeout = '60s';
		SELECT pg_advisory_xact_lock(7305821);
		SET LOCAL lock_timeout = '5s'`)
	return err
}

// forbidChanges returns the statements that make table append-only.
func forbidChanges(postgres bool, table string) string {
	if postgres {
		return `
			CREATE OR REPLACE FUNCTION db_append_only() RETURNS trigger LANGUAGE plpgsql AS
			$$ BEGIN RAISE EXCEPTION '% is append-only: write a new row that corrects the old one', TG_TABLE_NAME; END $$;
			CREATE TRIGGER ` + table + `_append_only BEFORE UPDATE OR DELETE ON ` + table + `
				FOR EACH ROW EXECUTE FUNCTION db_append_only();
			CREATE TRIGGER ` + table + `_no_truncate BEFORE TRUNCATE ON ` + table + `
				FOR EACH STATEMENT EXECUTE FUNCTION db_append_only();`
	}
	refuse := ` BEGIN SELECT RAISE(ABORT, '` + table + ` is append-only: write a new row that corrects the old one'); END;`
	return `
		CREATE TRIGGER ` + table + `_no_update BEFORE UPDATE ON ` + table + refuse + `
		CREATE TRIGGER ` + table + `_no_delete BEFORE DELETE ON ` + table + refuse
}
