package pricing

import (
	"context"
	"time"

	"korzo/offer/catalog"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/value/money"
)

// insertList opens the market's list, which has the market's id, if there is none.
func insertList(ctx context.Context, tx *db.Tx, m market.Market) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO pricing_lists (id, market, currency) VALUES ($1, $1, $2)
		ON CONFLICT (id) DO NOTHING`, m.ID, m.Currency)
	return err
}

// upsertEntry changes nothing and returns 0 when that is the price already.
func upsertEntry(ctx context.Context, tx *db.Tx, list string, v catalog.VariantID, minor int64) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO pricing_entries (list, variant, minor) VALUES ($1, $2, $3)
		ON CONFLICT (list, variant) DO UPDATE SET minor = excluded.minor
		WHERE pricing_entries.minor <> excluded.minor`, list, v, minor)
}

func deleteEntry(ctx context.Context, tx *db.Tx, list string, v catalog.VariantID) (int64, error) {
	return tx.Exec(ctx, `DELETE FROM pricing_entries WHERE list = $1 AND variant = $2`, list, v)
}

// closeApplied ends the interval in force and returns when, or db.ErrNoRow. An
// interval never ends before it began, even if another node's clock, or a
// transaction that began earlier, says so.
func closeApplied(ctx context.Context, tx *db.Tx, list string, v catalog.VariantID) (time.Time, error) {
	return db.One(ctx, tx, func(row db.Row) (time.Time, error) {
		var to int64
		err := row.Scan(&to)
		return db.Time(to), err
	}, `
		UPDATE pricing_applied SET to_at = CASE WHEN from_at > $3 THEN from_at ELSE $3 END
		WHERE list = $1 AND variant = $2 AND to_at = 0 RETURNING to_at`, list, v, db.Micros(tx.Now))
}

func insertApplied(ctx context.Context, tx *db.Tx, list string, v catalog.VariantID, minor int64, from time.Time) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO pricing_applied (list, variant, minor, from_at, to_at) VALUES ($1, $2, $3, $4, 0)`,
		list, v, minor, db.Micros(from))
	return err
}

type price struct {
	variant catalog.VariantID
	amount  money.Amount
}

func selectPrices(ctx context.Context, tx *db.Tx, marketID string, vs []catalog.VariantID) ([]price, error) {
	in, args := catalog.OneOf(2, vs)
	return db.All(ctx, tx, func(row db.Row) (p price, err error) {
		return p, row.Scan(&p.variant, &p.amount.Minor, &p.amount.Currency)
	}, `
		SELECT e.variant, e.minor, l.currency
		FROM pricing_lists l JOIN pricing_entries e ON e.list = l.id
		WHERE l.market = $1 AND e.variant IN (`+in+`)`, append([]any{marketID}, args...)...)
}

// selectInMarkets asks each list, of which there is one a market.
func selectInMarkets(ctx context.Context, tx *db.Tx, v catalog.VariantID) (map[string]money.Amount, error) {
	all := map[string]money.Amount{}
	_, err := db.All(ctx, tx, func(row db.Row) (none struct{}, err error) {
		var marketID string
		var a money.Amount
		err = row.Scan(&marketID, &a.Minor, &a.Currency)
		all[marketID] = a
		return none, err
	}, `
		SELECT l.market, e.minor, l.currency
		FROM pricing_lists l JOIN pricing_entries e ON e.list = l.id
		WHERE e.variant = $1`, v)
	return all, err
}

func selectApplied(ctx context.Context, tx *db.Tx, list string, v catalog.VariantID, limit int) ([]Applied, error) {
	return db.All(ctx, tx, func(row db.Row) (a Applied, err error) {
		var from, to int64
		err = row.Scan(&a.Amount.Minor, &a.Amount.Currency, &from, &to)
		a.From, a.To = db.Time(from), db.Time(to)
		return a, err
	}, `
		SELECT p.minor, l.currency, p.from_at, p.to_at
		FROM pricing_applied p JOIN pricing_lists l ON l.id = p.list
		WHERE p.list = $1 AND p.variant = $2 ORDER BY p.seq DESC LIMIT $3`, list, v, limit)
}
