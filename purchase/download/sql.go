package download

import (
	"context"

	"korzo/platform/db"
)

const columns = `id, order_id, line_id, blob, name, bytes, allowed, used, ends_at, begun_at, revoked_at, granted_at`

func scanRight(row db.Row) (r Right, err error) {
	var ends, begun, revoked, granted int64
	err = row.Scan(&r.ID, &r.Order, &r.Line, &r.Blob, &r.Name, &r.Bytes, &r.Allowed, &r.Used, &ends, &begun, &revoked, &granted)
	r.EndsAt, r.BegunAt, r.RevokedAt, r.GrantedAt = db.Time(ends), db.Time(begun), db.Time(revoked), db.Time(granted)
	return r, err
}

// insertRight returns 0 when the line has one.
func insertRight(ctx context.Context, tx *db.Tx, r Right) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO download_rights (`+columns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, 0, 0, $9)
		ON CONFLICT (line_id) DO NOTHING`,
		r.ID, r.Order, r.Line, r.Blob, r.Name, r.Bytes, r.Allowed, db.Micros(r.EndsAt), db.Micros(r.GrantedAt))
}

func selectRight(ctx context.Context, tx *db.Tx, id ID) (Right, error) {
	return db.One(ctx, tx, scanRight, `SELECT `+columns+` FROM download_rights WHERE id = $1`, id)
}

func selectOfOrder(ctx context.Context, tx *db.Tx, order string) ([]Right, error) {
	return db.All(ctx, tx, scanRight, `SELECT `+columns+` FROM download_rights WHERE order_id = $1 ORDER BY id LIMIT 200`, order)
}

// useRight returns 0 when the right may not be used now.
func useRight(ctx context.Context, tx *db.Tx, id ID) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE download_rights SET used = used + 1, begun_at = $2
		WHERE id = $1 AND revoked_at = 0 AND (ends_at = 0 OR ends_at > $2) AND (allowed = 0 OR used < allowed)`,
		id, db.Micros(tx.Now))
}

func updateRight(ctx context.Context, tx *db.Tx, r Right) error {
	_, err := tx.Exec(ctx, `
		UPDATE download_rights SET blob = $2, name = $3, bytes = $4, ends_at = $5, used = 0, begun_at = 0, revoked_at = 0 WHERE id = $1`,
		r.ID, r.Blob, r.Name, r.Bytes, db.Micros(r.EndsAt))
	return err
}

func revokeRights(ctx context.Context, tx *db.Tx, order string) error {
	_, err := tx.Exec(ctx, `UPDATE download_rights SET revoked_at = $2 WHERE order_id = $1 AND revoked_at = 0`, order, db.Micros(tx.Now))
	return err
}
