package promotion

import (
	"context"
	"time"

	"korzo/platform/db"
)

// insertPromotion changes nothing and returns 0 when the code is taken.
func insertPromotion(ctx context.Context, tx *db.Tx, p Promotion) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO promotion_promotions (id, name, code, folded, kind, ppm, amount, currency, market,
			usage_limit, used, starts, ends, state, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, $12, $13, $14)
		ON CONFLICT DO NOTHING`,
		p.ID, p.Name, p.Code, fold(p.Code), p.Kind, p.PPM, p.Amount.Minor, p.Amount.Currency, p.Market,
		p.UsageLimit, db.Micros(p.Starts), db.Micros(p.Ends), p.State, db.Micros(p.CreatedAt))
}

const columns = `id, name, code, kind, ppm, amount, currency, market, usage_limit, used, starts, ends, state, created_at`

func scanPromotion(row db.Row) (p Promotion, err error) {
	var starts, ends, created int64
	err = row.Scan(&p.ID, &p.Name, &p.Code, &p.Kind, &p.PPM, &p.Amount.Minor, &p.Amount.Currency, &p.Market,
		&p.UsageLimit, &p.Used, &starts, &ends, &p.State, &created)
	p.Starts, p.Ends, p.CreatedAt = db.Time(starts), db.Time(ends), db.Time(created)
	return p, err
}

func selectPromotion(ctx context.Context, tx *db.Tx, id ID) (Promotion, error) {
	return db.One(ctx, tx, scanPromotion, `SELECT `+columns+` FROM promotion_promotions WHERE id = $1`, id)
}

func selectByCode(ctx context.Context, tx *db.Tx, key string) (Promotion, error) {
	return db.One(ctx, tx, scanPromotion, `SELECT `+columns+` FROM promotion_promotions WHERE folded = $1 AND folded <> ''`, key)
}

func listPromotions(ctx context.Context, tx *db.Tx, f Filter, limit int) ([]Promotion, error) {
	return db.All(ctx, tx, scanPromotion, `
		SELECT `+columns+` FROM promotion_promotions
		WHERE id > $1 AND (CAST($2 AS TEXT) = '' OR state = $2)
		ORDER BY id LIMIT $3`,
		f.After, f.State, limit)
}

// selectForCheck returns the promotions of the codes, whatever their state, and
// the automatic ones that may apply in the market now.
func selectForCheck(ctx context.Context, tx *db.Tx, market string, now time.Time, keys []string) (batch, error) {
	args := []any{market, db.Micros(now), maxAutomatic}
	query := `
		SELECT ` + columns + ` FROM (
			SELECT ` + columns + ` FROM promotion_promotions
			WHERE folded = '' AND state = 'active' AND market IN ('', $1)
				AND starts <= $2 AND (ends = 0 OR ends > $2)
				AND (usage_limit = 0 OR used < usage_limit)
			ORDER BY id LIMIT $3
		) automatic`
	if len(keys) > 0 {
		query += `
		UNION ALL
		SELECT ` + columns + ` FROM promotion_promotions
		WHERE folded <> '' AND folded IN ` + db.Values(1, len(keys), 4)
		for _, key := range keys {
			args = append(args, key)
		}
	}
	return db.All(ctx, tx, scanPromotion, query+` ORDER BY 1`, args...)
}

// updateState changes nothing and returns 0 when the promotion is not in from any more.
func updateState(ctx context.Context, tx *db.Tx, id ID, from, to State) (int64, error) {
	return tx.Exec(ctx, `UPDATE promotion_promotions SET state = $3 WHERE id = $1 AND state = $2`, id, from, to)
}

// holdUse changes nothing and returns 0 when holder has a use that was not released.
func holdUse(ctx context.Context, tx *db.Tx, holder string, id ID) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO promotion_redemptions (promotion, holder, state, order_id, created_at, updated_at)
		VALUES ($1, $2, 'held', '', $3, $3)
		ON CONFLICT (promotion, holder) DO UPDATE SET state = 'held', updated_at = excluded.updated_at
		WHERE promotion_redemptions.state = 'released'`,
		id, holder, db.Micros(tx.Now))
}

// addUse changes nothing and returns 0 when no use is left or the promotion does not run.
func addUse(ctx context.Context, tx *db.Tx, id ID) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE promotion_promotions SET used = used + 1
		WHERE id = $1 AND state = 'active' AND starts <= $2 AND (ends = 0 OR ends > $2)
			AND (usage_limit = 0 OR used < usage_limit)`,
		id, db.Micros(tx.Now))
}

func dropUse(ctx context.Context, tx *db.Tx, id ID) (int64, error) {
	return tx.Exec(ctx, `UPDATE promotion_promotions SET used = used - 1 WHERE id = $1 AND used > 0`, id)
}

func scanID(row db.Row) (id ID, err error) { return id, row.Scan(&id) }

func releaseUses(ctx context.Context, tx *db.Tx, holder string) ([]ID, error) {
	return db.All(ctx, tx, scanID, `
		UPDATE promotion_redemptions SET state = 'released', updated_at = $2
		WHERE holder = $1 AND state = 'held' RETURNING promotion`,
		holder, db.Micros(tx.Now))
}

func lockUses(ctx context.Context, tx *db.Tx, holder string) ([]use, error) {
	return db.All(ctx, tx, func(row db.Row) (u use, err error) {
		return u, row.Scan(&u.Promotion, &u.State, &u.Order)
	}, `
		SELECT promotion, state, order_id FROM promotion_redemptions
		WHERE holder = $1 ORDER BY promotion`+tx.ForUpdate(), holder)
}

func claimUses(ctx context.Context, tx *db.Tx, holder, order string) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE promotion_redemptions SET state = 'claimed', order_id = $2, updated_at = $3
		WHERE holder = $1 AND state = 'held'`,
		holder, order, db.Micros(tx.Now))
}

// miscount is a promotion whose count is not the number of its uses.
type miscount struct {
	promotion  ID
	used, uses int64
}

func selectMiscounts(ctx context.Context, tx *db.Tx) ([]miscount, error) {
	return db.All(ctx, tx, func(row db.Row) (m miscount, err error) {
		return m, row.Scan(&m.promotion, &m.used, &m.uses)
	}, `
		SELECT p.id, p.used, COALESCE(u.uses, 0) FROM promotion_promotions p
		LEFT JOIN (
			SELECT promotion, count(*) AS uses FROM promotion_redemptions
			WHERE state IN ('held', 'claimed') GROUP BY promotion
		) u ON u.promotion = p.id
		WHERE p.used <> COALESCE(u.uses, 0) ORDER BY p.id LIMIT 100`)
}
