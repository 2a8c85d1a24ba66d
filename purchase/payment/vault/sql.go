package vault

import (
	"context"
	"strings"
	"time"

	"korzo/platform/db"
	"korzo/purchase/payment"
	"korzo/value/card"
)

const columns = `id, customer, gateway, method, attempt_id, state, instrument, brand, last, expires, code, action_url, return_url,
	favourite, off_session, consent, agreed_at, created_at`

func insertCard(ctx context.Context, tx *db.Tx, c Card) error {
	var attempt any
	if c.Attempt != "" {
		attempt = c.Attempt
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO vault_cards (`+columns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, '', '', 0, '', '', $8, 0, $9, $10, $11, $11)`,
		c.ID, c.Customer, c.Gateway, c.Method, attempt, c.State, c.Instrument, c.ReturnURL, flag(c.OffSession), c.Consent, db.Micros(c.CreatedAt))
	return err
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func selectCard(ctx context.Context, tx *db.Tx, id ID, lock string) (Card, error) {
	return db.One(ctx, tx, scanCard, `SELECT `+columns+` FROM vault_cards WHERE id = $1`+lock, id)
}

func selectByAttempt(ctx context.Context, tx *db.Tx, id payment.AttemptID) (Card, error) {
	return db.One(ctx, tx, scanCard, `SELECT `+columns+` FROM vault_cards WHERE attempt_id = $1`, id)
}

func selectCards(ctx context.Context, tx *db.Tx, customer string) ([]Card, error) {
	return db.All(ctx, tx, scanCard, `
		SELECT `+columns+` FROM vault_cards WHERE customer = $1 AND state = 'kept' ORDER BY favourite DESC, id DESC LIMIT 50`, customer)
}

// selectByInstrument finds the kept card of a gateway by our id or by its token.
func selectByInstrument(ctx context.Context, tx *db.Tx, gateway, kept string) (Card, error) {
	return db.One(ctx, tx, scanCard, `
		SELECT `+columns+` FROM vault_cards WHERE gateway = $1 AND (id = $2 OR instrument = $2) AND state = 'kept' ORDER BY id LIMIT 1`, gateway, kept)
}

// selectExpiring finds the kept cards that are good until a month of a range,
// whose customers were not warned of it.
func selectExpiring(ctx context.Context, tx *db.Tx, from, to int64, after ID, limit int) ([]Card, error) {
	return db.All(ctx, tx, scanCard, `
		SELECT `+columns+` FROM vault_cards
		WHERE state = 'kept' AND expires > 0 AND expires BETWEEN $1 AND $2 AND warned <> expires AND id > $3 ORDER BY id LIMIT $4`, from, to, after, limit)
}

// updateWarned says that the customer was warned of an expiry, once.
func updateWarned(ctx context.Context, tx *db.Tx, id ID, expires int64) (int64, error) {
	return tx.Exec(ctx, `UPDATE vault_cards SET warned = $2 WHERE id = $1 AND state = 'kept' AND expires = $2 AND warned <> $2`, id, expires)
}

func selectAll(ctx context.Context, tx *db.Tx, customer string) ([]Card, error) {
	return db.All(ctx, tx, scanCard, `
		SELECT `+columns+` FROM vault_cards WHERE customer = $1 AND state <> 'leaving' LIMIT 50`, customer)
}

func selectStale(ctx context.Context, tx *db.Tx, before time.Time, limit int) ([]Card, error) {
	return db.All(ctx, tx, scanCard, `
		SELECT `+columns+` FROM vault_cards WHERE state IN ('asked', 'refused') AND created_at < $1 ORDER BY created_at LIMIT $2`,
		db.Micros(before), limit)
}

func scanCard(row db.Row) (c Card, err error) {
	var attempt *string
	var favourite, away, agreed, created, expires int64
	err = row.Scan(&c.ID, &c.Customer, &c.Gateway, &c.Method, &attempt, &c.State, &c.Instrument, &c.Brand, &c.Last, &expires, &c.Code, &c.ActionURL,
		&c.ReturnURL, &favourite, &away, &c.Consent, &agreed, &created)
	if attempt != nil {
		c.Attempt = payment.AttemptID(*attempt)
	}
	c.Expires = card.ExpiryOf(expires)
	c.Favourite, c.OffSession, c.AgreedAt, c.CreatedAt = favourite == 1, away == 1, db.Time(agreed), db.Time(created)
	return c, err
}

func count(ctx context.Context, tx *db.Tx, customer string) (int64, error) {
	return db.One(ctx, tx, func(row db.Row) (n int64, err error) { return n, row.Scan(&n) }, `
		SELECT COUNT(*) FROM vault_cards WHERE customer = $1 AND state IN ('asked', 'kept')`, customer)
}

func updateCard(ctx context.Context, tx *db.Tx, c Card) error {
	_, err := tx.Exec(ctx, `
		UPDATE vault_cards SET state = $1, instrument = $2, brand = $3, last = $4, code = $5, action_url = $6, favourite = $7,
			off_session = $8, consent = $9, agreed_at = $10, expires = $12
		WHERE id = $11`,
		c.State, c.Instrument, c.Brand, c.Last, c.Code, c.ActionURL, flag(c.Favourite), flag(c.OffSession), c.Consent, db.Micros(c.AgreedAt), c.ID, c.Expires.Number())
	return err
}

func clearFavourite(ctx context.Context, tx *db.Tx, customer string) error {
	_, err := tx.Exec(ctx, `UPDATE vault_cards SET favourite = 0 WHERE customer = $1 AND favourite = 1`, customer)
	return err
}

func deleteCard(ctx context.Context, tx *db.Tx, id ID) error {
	_, err := tx.Exec(ctx, `DELETE FROM vault_cards WHERE id = $1 AND state = 'leaving'`, id)
	return err
}

// withCard puts the card's id into a return address.
func withCard(url string, id ID) string { return strings.ReplaceAll(url, "{card}", string(id)) }
