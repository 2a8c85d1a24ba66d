package idempotency

import (
	"context"
	"time"

	"korzo/platform/db"
)

type row struct {
	Reply
	bodyHash string
	state    State
	expires  time.Time
}

// insertKey waits, on PostgreSQL, for another transaction that is inserting the same key.
func insertKey(ctx context.Context, tx *db.Tx, k Key, bodyHash string) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO idempotency_keys (principal, route, key, body_hash, state, status, body, at, expires_at)
		VALUES ($1, $2, $3, $4, 'in_flight', 0, $5, $6, $7)
		ON CONFLICT (principal, route, key) DO NOTHING`,
		k.Principal, k.Route, k.Key, bodyHash, []byte{}, db.Micros(tx.Now), db.Micros(tx.Now.Add(Lifetime)))
}

// renewKey takes over a key that has expired; it changes nothing when another was quicker.
func renewKey(ctx context.Context, tx *db.Tx, k Key, bodyHash string) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE idempotency_keys
		SET body_hash = $1, state = 'in_flight', status = 0, body = $2, at = $3, expires_at = $4
		WHERE principal = $5 AND route = $6 AND key = $7 AND expires_at <= $3`,
		bodyHash, []byte{}, db.Micros(tx.Now), db.Micros(tx.Now.Add(Lifetime)), k.Principal, k.Route, k.Key)
}

func selectReply(ctx context.Context, tx *db.Tx, k Key) (row, error) {
	return db.One(ctx, tx, func(s db.Row) (r row, err error) {
		var expires int64
		err = s.Scan(&r.bodyHash, &r.state, &r.Status, &r.Body, &expires)
		r.expires = db.Time(expires)
		return r, err
	}, `
		SELECT body_hash, state, status, body, expires_at FROM idempotency_keys
		WHERE principal = $1 AND route = $2 AND key = $3`,
		k.Principal, k.Route, k.Key)
}

// updateDone changes nothing when the key has its answer.
func updateDone(ctx context.Context, tx *db.Tx, k Key, r Reply) (int64, error) {
	body := r.Body
	if body == nil {
		body = []byte{}
	}
	return tx.Exec(ctx, `
		UPDATE idempotency_keys SET state = 'done', status = $1, body = $2
		WHERE principal = $3 AND route = $4 AND key = $5 AND state = 'in_flight'`,
		r.Status, body, k.Principal, k.Route, k.Key)
}

func deleteInFlight(ctx context.Context, tx *db.Tx, k Key) (int64, error) {
	return tx.Exec(ctx, `
		DELETE FROM idempotency_keys
		WHERE principal = $1 AND route = $2 AND key = $3 AND state = 'in_flight'`,
		k.Principal, k.Route, k.Key)
}

func deleteExpired(ctx context.Context, tx *db.Tx, before time.Time, limit int) (int64, error) {
	return tx.Exec(ctx, `
		DELETE FROM idempotency_keys WHERE expires_at <= $1 AND (principal, route, key) IN (
			SELECT principal, route, key FROM idempotency_keys
			WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)`,
		db.Micros(before), limit)
}
