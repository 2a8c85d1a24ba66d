package promise

import (
	"context"

	"korzo/platform/db"
	"korzo/value/calendar"
)

func insertScore(ctx context.Context, tx *db.Tx, o Outcome, late int) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO promise_scores (ref, order_id, method, location, lane, promised, arrived, late_days, scored_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (ref) DO NOTHING`,
		o.Ref, o.Order, o.Method, o.Location, o.Lane, o.Promised.String(), o.Arrived.String(), late, db.Micros(tx.Now))
	return err
}

func selectRates(ctx context.Context, tx *db.Tx, from, to calendar.Date) ([]Kept, error) {
	return db.All(ctx, tx, func(row db.Row) (k Kept, err error) {
		return k, row.Scan(&k.Location, &k.Lane, &k.All, &k.Kept, &k.LateDays)
	}, `
		SELECT location, lane, COUNT(*), CAST(SUM(CASE WHEN late_days <= 0 THEN 1 ELSE 0 END) AS BIGINT),
			CAST(SUM(CASE WHEN late_days > 0 THEN late_days ELSE 0 END) AS BIGINT)
		FROM promise_scores WHERE arrived >= $1 AND arrived <= $2
		GROUP BY location, lane ORDER BY location, lane LIMIT 1000`, from.String(), to.String())
}
