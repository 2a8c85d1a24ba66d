package vatid

import (
	"context"

	"korzo/customer/profile"
	"korzo/platform/db"
)

// upsertCheck begins a check, and changes nothing when this id has one.
func upsertCheck(ctx context.Context, tx *db.Tx, contact profile.ContactID, mark string) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO vatid_checks (contact, mark, state, order_id, reference, asked_at, answered_at, attempts)
		VALUES ($1, $2, 'pending', '', '', $3, 0, 0)
		ON CONFLICT (contact) DO UPDATE SET mark = excluded.mark, state = 'pending', order_id = '', reference = '', asked_at = excluded.asked_at,
			answered_at = 0, attempts = 0
		WHERE vatid_checks.mark <> excluded.mark`,
		contact, mark, db.Micros(tx.Now))
}

const checkColumns = `contact, mark, state, order_id, reference, asked_at, answered_at, attempts`

func scanCheck(row db.Row) (k Check, err error) {
	var asked, answered int64
	err = row.Scan(&k.Contact, &k.mark, &k.State, &k.Order, &k.Reference, &asked, &answered, &k.Attempts)
	k.AskedAt, k.AnsweredAt = db.Time(asked), db.Time(answered)
	return k, err
}

func selectCheck(ctx context.Context, tx *db.Tx, contact profile.ContactID) (Check, error) {
	return db.One(ctx, tx, scanCheck, `SELECT `+checkColumns+` FROM vatid_checks WHERE contact = $1`, contact)
}

func selectByOrder(ctx context.Context, tx *db.Tx, order string) (Check, error) {
	return db.One(ctx, tx, scanCheck, `SELECT `+checkColumns+` FROM vatid_checks WHERE order_id = $1 AND order_id <> ''`, order)
}

func bindOrder(ctx context.Context, tx *db.Tx, contact profile.ContactID, order string) (State, error) {
	return db.One(ctx, tx, func(row db.Row) (s State, err error) { return s, row.Scan(&s) },
		`UPDATE vatid_checks SET order_id = $2 WHERE contact = $1 RETURNING state`, contact, order)
}

// updateAnswer finds no row when the contact has another id by now, or the
// question has its answer.
func updateAnswer(ctx context.Context, tx *db.Tx, k Check, state State, reference string) (order string, err error) {
	answered := db.Micros(tx.Now)
	if state == StatePending {
		answered = 0
	}
	return db.One(ctx, tx, func(row db.Row) (order string, err error) { return order, row.Scan(&order) }, `
		UPDATE vatid_checks SET state = $3, reference = $4, answered_at = $5, attempts = attempts + 1
		WHERE contact = $1 AND mark = $2 AND state = 'pending' RETURNING order_id`,
		k.Contact, k.mark, state, reference, answered)
}
