package order

import (
	"context"
	"errors"
	"fmt"

	"korzo/platform/db"
)

// Locked returns an order without its parts and keeps every other change of it
// waiting until the transaction ends, or is ErrNotFound.
func Locked(ctx context.Context, tx *db.Tx, id ID) (Order, error) {
	if o, ok := kept.Get(tx, id); ok { // nobody else writes on that database before this transaction ends
		o.Groups, o.Lines = nil, nil
		return o, nil
	}
	o, err := selectLocked(ctx, tx, id)
	if errors.Is(err, db.ErrNoRow) {
		err = ErrNotFound
	}
	if err != nil {
		return Order{}, fmt.Errorf("lock order %s: %w", id, err)
	}
	return o, nil
}

// AddShipped adds units that have left to a line of an order. It is ErrState
// when that would be more than were bought.
func AddShipped(ctx context.Context, tx *db.Tx, id LineID, units int64) error {
	n, err := addShipped(ctx, tx, id, units)
	if err == nil && n == 0 {
		err = ErrState
	}
	if err != nil {
		return fmt.Errorf("add %d units to what line %s shipped: %w", units, id, err)
	}
	return nil
}
