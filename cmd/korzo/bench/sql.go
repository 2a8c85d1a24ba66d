package bench

import (
	"context"

	"korzo/platform/db"
)

// row is a row of the replay.
type row struct {
	id, owner, body string
}

func selectRow(ctx context.Context, tx *db.Tx, id string) (row, error) {
	return db.One(ctx, tx, func(r db.Row) (x row, err error) {
		var version, at int64
		return x, r.Scan(&x.id, &x.owner, &version, &x.body, &at)
	}, `SELECT id, owner, version, body, at FROM bench_rows WHERE id = $1`, id)
}

func insertRow(ctx context.Context, tx *db.Tx, x row) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO bench_rows (id, owner, version, body, at) VALUES ($1, $2, 0, $3, $4) ON CONFLICT DO NOTHING`,
		x.id, x.owner, x.body, db.Micros(tx.Now))
	return err
}

func updateRow(ctx context.Context, tx *db.Tx, id string) error {
	_, err := tx.Exec(ctx, `
		UPDATE bench_rows SET version = version + 1, at = $1 WHERE id = $2 AND version >= 0`, db.Micros(tx.Now), id)
	return err
}

func deleteRow(ctx context.Context, tx *db.Tx, id string) error {
	_, err := tx.Exec(ctx, `DELETE FROM bench_rows WHERE id = $1`, id)
	return err
}
