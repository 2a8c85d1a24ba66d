package privacy

import (
	"context"
	"errors"
	"time"

	"korzo/customer/profile"
	"korzo/platform/db"
)

// insertExport inserts nothing and returns 0 when one is being made, or was
// asked for since.
func insertExport(ctx context.Context, tx *db.Tx, e Export, since time.Time) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO privacy_exports (id, customer, state, bytes, created_at, ends_at)
		SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), 'asked', 0, CAST($3 AS BIGINT), 0
		WHERE NOT EXISTS (SELECT 1 FROM privacy_exports WHERE customer = $2 AND (state = 'asked' OR created_at > $4))
		ON CONFLICT DO NOTHING`,
		string(e.ID), string(e.Customer), db.Micros(e.CreatedAt), db.Micros(since))
}

const exportColumns = `SELECT id, customer, state, bytes, created_at, ends_at FROM privacy_exports `

func scanExport(r db.Row) (e Export, err error) {
	var state string
	var created, ends int64
	err = r.Scan(&e.ID, &e.Customer, &state, &e.Bytes, &created, &ends)
	e.Ready, e.CreatedAt, e.EndsAt = state == "ready", db.Time(created), db.Time(ends)
	return e, err
}

func selectExports(ctx context.Context, tx *db.Tx, customer profile.CustomerID) ([]Export, error) {
	return db.All(ctx, tx, scanExport, exportColumns+`
		WHERE customer = $1 AND (ends_at = 0 OR ends_at > $2) ORDER BY id DESC LIMIT 20`, string(customer), db.Micros(tx.Now))
}

func findExport(ctx context.Context, tx *db.Tx, export ID) (Export, error) {
	e, err := db.One(ctx, tx, scanExport, exportColumns+`WHERE id = $1`, string(export))
	if errors.Is(err, db.ErrNoRow) {
		err = ErrNotFound
	}
	return e, err
}

func selectSealed(ctx context.Context, tx *db.Tx, customer profile.CustomerID, export ID) ([]byte, error) {
	return db.One(ctx, tx, func(r db.Row) (b []byte, err error) { return b, r.Scan(&b) }, `
		SELECT sealed FROM privacy_exports WHERE id = $1 AND customer = $2 AND state = 'ready' AND ends_at > $3`,
		string(export), string(customer), db.Micros(tx.Now))
}

// updateReady changes nothing and returns 0 when the file is there, or forgotten.
func updateReady(ctx context.Context, tx *db.Tx, e Export, sealed []byte) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE privacy_exports SET state = 'ready', sealed = $2, bytes = $3, ends_at = $4
		WHERE id = $1 AND state = 'asked'`, string(e.ID), sealed, e.Bytes, db.Micros(e.EndsAt))
}

func deleteExports(ctx context.Context, tx *db.Tx, customer profile.CustomerID) error {
	_, err := tx.Exec(ctx, `DELETE FROM privacy_exports WHERE customer = $1`, string(customer))
	return err
}

func deleteEnded(ctx context.Context, tx *db.Tx) error {
	_, err := tx.Exec(ctx, `DELETE FROM privacy_exports WHERE ends_at > 0 AND ends_at <= $1`, db.Micros(tx.Now))
	return err
}
