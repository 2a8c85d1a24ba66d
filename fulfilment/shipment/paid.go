package shipment

import (
	"context"
	"fmt"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/purchase/order"
	"korzo/purchase/payment"
)

// ErrUnpaid refuses to let goods go that are to be paid where they are collected.
var ErrUnpaid = fault.New(fault.Conflict, "shipment.unpaid", "this is to be paid at the counter and is not paid yet: take the money first")

// paid returns ErrUnpaid for an order that is to be paid where it is collected,
// and is not.
func paid(ctx context.Context, tx *db.Tx, o order.Order) error {
	if o.Payment == "" {
		return nil
	}
	p, err := payment.Head(ctx, tx, payment.ID(o.Payment))
	if err != nil {
		return fmt.Errorf("is order %s paid: %w", o.ID, err)
	}
	if p.Owed().Minor > 0 {
		return ErrUnpaid
	}
	return nil
}
