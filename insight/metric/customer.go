package metric

import (
	"context"

	"korzo/platform/db"
)

// mostOrders bounds how many orders of one customer are read.
const mostOrders = 1000

// Of returns what the orders of a customer were worth, the newest first, the
// latest 1,000 at most.
func Of(ctx context.Context, tx *db.Tx, customer string) ([]Value, error) {
	return selectValuesOf(ctx, tx, customer, mostOrders)
}
