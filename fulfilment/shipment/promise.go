package shipment

import (
	"context"
	"fmt"

	"korzo/platform/db"
	"korzo/platform/exception"
	"korzo/purchase/order"
)

// Promise gives what is to be sent of an order's group, and has not left, other
// days by which it arrives: civil dates. What was late by the old ones is not by
// these until FindLate says so. It may be repeated.
func Promise(ctx context.Context, tx *db.Tx, of order.ID, group order.GroupID, from, to string) error {
	ids, err := updatePromise(ctx, tx, of, group, from, to)
	if err != nil {
		return fmt.Errorf("promise %s anew: %w", of, err)
	}
	if len(ids) == 0 {
		return nil
	}
	changed(tx, of)
	return exception.ClearAll(ctx, tx, []string{TroubleLate}, ids, "it was promised for another day")
}
