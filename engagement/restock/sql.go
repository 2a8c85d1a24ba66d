package restock

import (
	"context"
	"time"

	"korzo/customer/profile"
	"korzo/offer/catalog"
	"korzo/platform/db"
)

// insertWish inserts nothing when the reader waits for the variant already.
func insertWish(ctx context.Context, tx *db.Tx, w Wish, reader string) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO restock_wishes (id, variant, channel, market, title, contact, own, reader, customer, words, locale, asked_at, told_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0)
		ON CONFLICT DO NOTHING`,
		string(w.ID), string(w.Variant), w.Channel, w.Market, w.Title, string(w.contact), w.own, reader, string(w.Customer), w.Words, w.Locale, db.Micros(w.AskedAt))
	return err
}

func countWaiting(ctx context.Context, tx *db.Tx, v catalog.VariantID, reader string) (int64, error) {
	return db.One(ctx, tx, func(r db.Row) (n int64, err error) { return n, r.Scan(&n) },
		`SELECT COUNT(*) FROM restock_wishes WHERE variant = $1 AND reader = $2 AND told_at = 0`, string(v), reader)
}

const columns = ` id, variant, channel, market, title, contact, own, customer, words, locale, asked_at, told_at `

func scan(r db.Row) (w Wish, err error) {
	var own, asked, told int64
	err = r.Scan(&w.ID, &w.Variant, &w.Channel, &w.Market, &w.Title, &w.contact, &own, &w.Customer, &w.Words, &w.Locale, &asked, &told)
	w.own, w.AskedAt, w.ToldAt = own == 1, db.Time(asked), db.Time(told)
	return w, err
}

func selectWish(ctx context.Context, tx *db.Tx, wish ID) (Wish, error) {
	return db.One(ctx, tx, scan, `SELECT`+columns+`FROM restock_wishes WHERE id = $1`, string(wish))
}

func selectWishes(ctx context.Context, tx *db.Tx, customer profile.CustomerID) ([]Wish, error) {
	return db.All(ctx, tx, scan, `SELECT`+columns+`FROM restock_wishes
		WHERE customer = $1 AND customer <> '' AND told_at = 0 ORDER BY id DESC LIMIT 100`, string(customer))
}

func deleteWish(ctx context.Context, tx *db.Tx, customer profile.CustomerID, wish ID) (int64, error) {
	return tx.Exec(ctx, `DELETE FROM restock_wishes WHERE id = $1 AND customer = $2 AND customer <> '' AND told_at = 0`, string(wish), string(customer))
}

// selectWanted is what people wait for, by channel.
func selectWanted(ctx context.Context, tx *db.Tx, limit int) (map[string][]catalog.VariantID, error) {
	type wanted struct {
		channel string
		variant catalog.VariantID
	}
	all, err := db.All(ctx, tx, func(r db.Row) (w wanted, err error) { return w, r.Scan(&w.channel, &w.variant) }, `
		SELECT channel, variant FROM restock_wishes WHERE told_at = 0
		GROUP BY channel, variant ORDER BY MIN(asked_at) LIMIT $1`, limit)
	by := map[string][]catalog.VariantID{}
	for _, w := range all {
		by[w.channel] = append(by[w.channel], w.variant)
	}
	return by, err
}

// updateTold marks the oldest wishes for a variant told and returns them.
func updateTold(ctx context.Context, tx *db.Tx, channel string, v catalog.VariantID, limit int) ([]Wish, error) {
	return db.All(ctx, tx, scan, `
		UPDATE restock_wishes SET told_at = $1 WHERE told_at = 0 AND id IN (
			SELECT id FROM restock_wishes WHERE variant = $2 AND channel = $3 AND told_at = 0 ORDER BY id LIMIT $4)
		RETURNING`+columns, db.Micros(tx.Now), string(v), channel, limit)
}

func deleteTold(ctx context.Context, tx *db.Tx, before time.Time, limit int) ([]Wish, error) {
	return db.All(ctx, tx, scan, `
		DELETE FROM restock_wishes WHERE id IN (
			SELECT id FROM restock_wishes WHERE told_at > 0 AND told_at <= $1 ORDER BY told_at LIMIT $2)
		RETURNING`+columns, db.Micros(before), limit)
}

func deleteWishes(ctx context.Context, tx *db.Tx, customer profile.CustomerID) error {
	_, err := tx.Exec(ctx, `DELETE FROM restock_wishes WHERE customer = $1 AND customer <> ''`, string(customer))
	return err
}
