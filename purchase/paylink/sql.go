package paylink

import (
	"context"

	"korzo/platform/db"
	"korzo/purchase/order"
	"korzo/purchase/payment"
)

const columns = `id, market, channel, locale, order_id, contact, text, currency, amount, state, payment_id, failure, expires_at, actor, created_at, paid_at, held_by, edit`

// insertLink returns 0 when the order has a link that can be paid.
func insertLink(ctx context.Context, tx *db.Tx, l Link) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO paylink_links (`+columns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', '', $11, $12, $13, NULL, $14, $15) ON CONFLICT DO NOTHING`,
		l.ID, l.Market, l.Channel, l.Locale, l.Order, l.Contact, l.Text, l.Amount.Currency, l.Amount.Minor, l.State, db.Micros(l.ExpiresAt),
		l.Actor, db.Micros(l.CreatedAt), l.Placing, l.Edit)
}

func selectLink(ctx context.Context, tx *db.Tx, id ID, lock string) (Link, error) {
	return db.One(ctx, tx, scanLink, `SELECT `+columns+` FROM paylink_links WHERE id = $1`+lock, id)
}

// selectAsked is the one link of an order that has not come to its end.
func selectAsked(ctx context.Context, tx *db.Tx, id order.ID) (Link, error) {
	return db.One(ctx, tx, scanLink, `SELECT `+columns+` FROM paylink_links WHERE order_id = $1 AND state IN ('open', 'paying')`, id)
}

func selectByPayment(ctx context.Context, tx *db.Tx, id payment.ID) (Link, error) {
	return db.One(ctx, tx, scanLink, `SELECT `+columns+` FROM paylink_links WHERE payment_id = $1`, id)
}

func selectLinks(ctx context.Context, tx *db.Tx, status string, after ID, limit int) ([]Link, error) {
	return db.All(ctx, tx, scanLink, `
		SELECT `+columns+` FROM paylink_links
		WHERE ($1 = '' OR id < $1) AND ($2 = '' OR state = $2 AND (state <> 'open' OR expires_at > $3)
			OR $2 = 'expired' AND state = 'open' AND expires_at <= $3)
		ORDER BY id DESC LIMIT $4`, after, status, db.Micros(tx.Now), limit)
}

func scanLink(row db.Row) (l Link, err error) {
	var expires, created int64
	var paid *int64
	err = row.Scan(&l.ID, &l.Market, &l.Channel, &l.Locale, &l.Order, &l.Contact, &l.Text, &l.Amount.Currency, &l.Amount.Minor, &l.State,
		&l.Payment, &l.Failure, &expires, &l.Actor, &created, &paid, &l.Placing, &l.Edit)
	l.ExpiresAt, l.CreatedAt = db.Time(expires), db.Time(created)
	if paid != nil {
		l.PaidAt = db.Time(*paid)
	}
	return l, err
}

// cancelExpired makes room for a new link of an order.
func cancelExpired(ctx context.Context, tx *db.Tx, id order.ID) error {
	_, err := tx.Exec(ctx, `
		UPDATE paylink_links SET state = 'canceled' WHERE order_id = $1 AND state = 'open' AND expires_at <= $2`, id, db.Micros(tx.Now))
	return err
}

// updateState changes nothing and returns 0 when the link is not open.
func updateState(ctx context.Context, tx *db.Tx, id ID, to State) (int64, error) {
	return tx.Exec(ctx, `UPDATE paylink_links SET state = $1 WHERE id = $2 AND state = 'open'`, to, id)
}

// selectEnded are the links of carts that ended unpaid and still hold something.
func selectEnded(ctx context.Context, tx *db.Tx, limit int) ([]Link, error) {
	return db.All(ctx, tx, scanLink, `
		SELECT `+columns+` FROM paylink_links WHERE held_by <> '' AND state = 'open' AND expires_at <= $1
		ORDER BY expires_at LIMIT $2`+tx.SkipLocked(), db.Micros(tx.Now), limit)
}

// updateLet forgets what was held for a link.
func updateLet(ctx context.Context, tx *db.Tx, id ID) error {
	_, err := tx.Exec(ctx, `UPDATE paylink_links SET held_by = '' WHERE id = $1 AND state <> 'paid'`, id)
	return err
}

// updateOrder names the order that a cart's link placed.
func updateOrder(ctx context.Context, tx *db.Tx, id ID, o order.ID) error {
	_, err := tx.Exec(ctx, `UPDATE paylink_links SET order_id = $1 WHERE id = $2`, o, id)
	return err
}

// beginTry changes nothing and returns 0 when the link is not open.
func beginTry(ctx context.Context, tx *db.Tx, id ID, p payment.ID) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE paylink_links SET state = 'paying', payment_id = $1, failure = '' WHERE id = $2 AND state = 'open' AND expires_at > $3`,
		p, id, db.Micros(tx.Now))
}

// endTry opens a link again whose payment has failed; another's is left alone.
func endTry(ctx context.Context, tx *db.Tx, p payment.ID, failure string) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE paylink_links SET state = 'open', failure = $1 WHERE payment_id = $2 AND state = 'paying'`, failure, p)
}

// markPaid returns db.ErrNoRow for a link that is paid already.
func markPaid(ctx context.Context, tx *db.Tx, p payment.ID) (Link, error) {
	return db.One(ctx, tx, scanLink, `
		UPDATE paylink_links SET state = 'paid', failure = '', paid_at = $1 WHERE payment_id = $2 AND state <> 'paid'
		RETURNING `+columns, db.Micros(tx.Now), p)
}
