package giftcard

import (
	"context"
	"errors"
	"fmt"

	"korzo/platform/db"
)

// Await notes that an order bought gift cards that are issued once its payment
// has been taken. It may be repeated.
func Await(ctx context.Context, tx *db.Tx, order, payment string) error {
	if err := insertSale(ctx, tx, order, payment); err != nil {
		return fmt.Errorf("await the payment of the gift cards of %s: %w", order, err)
	}
	return nil
}

// Awaited returns the order whose gift cards wait for a payment; "" when none
// does. One statement.
func Awaited(ctx context.Context, tx *db.Tx, payment string) (order string, err error) {
	order, err = selectSale(ctx, tx, payment)
	if errors.Is(err, db.ErrNoRow) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("find the gift cards that %s buys: %w", payment, err)
	}
	return order, nil
}

// Settled ends the wait of an order. It may be repeated.
func Settled(ctx context.Context, tx *db.Tx, order string) error {
	if err := deleteSale(ctx, tx, order); err != nil {
		return fmt.Errorf("settle the gift cards of %s: %w", order, err)
	}
	return nil
}
