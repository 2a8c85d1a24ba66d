package order

import (
	"context"
	"fmt"

	"korzo/platform/db"
	"korzo/platform/event"
)

// Adopt makes the order of a guest a customer's, who was that guest, and
// publishes Adopted. It returns ErrState for an order that is a customer's.
func Adopt(ctx context.Context, tx *db.Tx, id ID, customer string) error {
	n, err := updateCustomer(ctx, tx, id, customer)
	if err == nil && n == 0 {
		err = ErrState
	}
	if err != nil {
		return fmt.Errorf("give order %s to %s: %w", id, customer, err)
	}
	return event.Publish(ctx, tx, Adopted{Order: id, Customer: customer})
}
