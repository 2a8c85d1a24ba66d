package app

import (
	"context"
	"time"

	"korzo/platform/db"
)

// databaseVersion is "3.54.1" of SQLite or "17.2 (Debian …)" of PostgreSQL.
func databaseVersion(ctx context.Context, tx *db.Tx, postgres bool) (string, error) {
	query := `SELECT sqlite_version()`
	if postgres {
		query = `SELECT current_setting('server_version')`
	}
	return db.One(ctx, tx, scanText, query)
}

// setting is one of PostgreSQL's settings.
func setting(ctx context.Context, tx *db.Tx, name string) (string, error) {
	return db.One(ctx, tx, scanText, `SELECT current_setting($1)`, name)
}

// databaseTime is PostgreSQL's clock.
func databaseTime(ctx context.Context, tx *db.Tx) (time.Time, error) {
	return db.One(ctx, tx, func(row db.Row) (time.Time, error) {
		var micros int64
		err := row.Scan(&micros)
		return db.Time(micros), err
	}, `SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)`)
}

func scanText(row db.Row) (s string, err error) { return s, row.Scan(&s) }
