package metric

import (
	"context"
	"time"

	"korzo/platform/db"
	"korzo/purchase/order"
)

func insertValue(ctx context.Context, tx *db.Tx, v Value) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO metric_orders (order_id, visitor, customer, market, payment, currency, placed_at, revenue, cost, subsidy, uncosted, total, tax)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (order_id) DO NOTHING`,
		v.Order, v.Visitor, v.Customer, v.Market, v.Payment, v.Currency, db.Micros(v.PlacedAt), v.Revenue, v.Cost, v.Subsidy, v.Uncosted, v.taxable, v.tax)
	return err
}

func updateValue(ctx context.Context, tx *db.Tx, v Value) error {
	_, err := tx.Exec(ctx, `
		UPDATE metric_orders SET revenue = $2, cost = $3, subsidy = $4, uncosted = $5, total = $6, tax = $7 WHERE order_id = $1`,
		v.Order, v.Revenue, v.Cost, v.Subsidy, v.Uncosted, v.taxable, v.tax)
	return err
}

func insertRefund(ctx context.Context, tx *db.Tx, id order.ID, ref string, gross int64) (bool, error) {
	n, err := tx.Exec(ctx, `INSERT INTO metric_refunds (ref, order_id, gross, at) VALUES ($1, $2, $3, $4) ON CONFLICT (ref) DO NOTHING`,
		ref, id, gross, db.Micros(tx.Now))
	return n == 1, err
}

// addRefund takes the tax out of a refund by its share of the order's total.
func addRefund(ctx context.Context, tx *db.Tx, id order.ID, gross int64) error {
	_, err := tx.Exec(ctx, `
		UPDATE metric_orders SET refunded = refunded + $2 - CASE WHEN total > 0 THEN $2 * tax / total ELSE 0 END WHERE order_id = $1`, id, gross)
	return err
}

func cancelValue(ctx context.Context, tx *db.Tx, id order.ID) error {
	_, err := tx.Exec(ctx, `UPDATE metric_orders SET canceled = 1 WHERE order_id = $1`, id)
	return err
}

func updatePoints(ctx context.Context, tx *db.Tx, id order.ID, minor int64) error {
	_, err := tx.Exec(ctx, `UPDATE metric_orders SET points = $2 WHERE order_id = $1`, id, minor)
	return err
}

func updateFee(ctx context.Context, tx *db.Tx, payment string, fee int64) error {
	_, err := tx.Exec(ctx, `UPDATE metric_orders SET fee = $2 WHERE payment = $1 AND payment <> '' AND fee <> $2`, payment, fee)
	return err
}

func scanValue(row db.Row) (v Value, err error) {
	var placed, uncosted, canceled int64
	err = row.Scan(&v.Order, &v.Visitor, &v.Customer, &v.Market, &v.Payment, &v.Currency, &placed, &v.Revenue, &v.Cost, &v.Subsidy, &v.Fee,
		&v.Refunded, &v.Points, &uncosted, &canceled)
	v.PlacedAt, v.Uncosted, v.Canceled = db.Time(placed), uncosted == 1, canceled == 1
	return v, err
}

func selectValues(ctx context.Context, tx *db.Tx, since time.Time, after order.ID, limit int) ([]Value, error) {
	return db.All(ctx, tx, scanValue, `
		SELECT order_id, visitor, customer, market, payment, currency, placed_at, revenue, cost, subsidy, fee, refunded, points, uncosted, canceled
		FROM metric_orders WHERE placed_at >= $1 AND order_id > $2 ORDER BY order_id LIMIT $3`, db.Micros(since), after, limit)
}

func selectValuesOf(ctx context.Context, tx *db.Tx, customer string, limit int) ([]Value, error) {
	return db.All(ctx, tx, scanValue, `
		SELECT order_id, visitor, customer, market, payment, currency, placed_at, revenue, cost, subsidy, fee, refunded, points, uncosted, canceled
		FROM metric_orders WHERE customer = $1 AND customer <> '' ORDER BY order_id DESC LIMIT $2`, customer, limit)
}
