package cart

import (
	"context"
	"fmt"

	"korzo/platform/db"
)

// Of returns a customer's open carts with their lines, the newest first, ten at most.
func Of(ctx context.Context, tx *db.Tx, customer string) ([]Cart, error) {
	ids, err := selectOf(ctx, tx, customer, 10)
	if err != nil {
		return nil, fmt.Errorf("carts of a customer: %w", err)
	}
	carts := make([]Cart, len(ids))
	for i, id := range ids {
		if carts[i], err = Find(ctx, tx, id, Caller{Customer: customer}); err != nil {
			return nil, err
		}
	}
	return carts, nil
}
