package shipment

import (
	"context"
	"fmt"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/purchase/payment/paymethod"
	"korzo/value/money"
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

// door is what the carrier is to collect for a parcel of an order that is paid at
// the door: its share of what was promised, by the worth of its goods, and with
// the last parcel all that no other one collects. It is nothing where a link has
// paid since, and where it is paid another way.
//
// It is frozen when the parcel is packed and anew for each new reference, so a
// booking that is repeated says the same. It is a sum that coins can pay. An edit
// makes the promise smaller before anybody has begun, so before any parcel is
// packed; what is taken out later is given back after.
func door(ctx context.Context, tx *db.Tx, head order.Order, f Fulfilment, p Parcel) (money.Amount, error) {
	if head.Payment == "" {
		return money.Amount{}, nil
	}
	pay, err := payment.Head(ctx, tx, payment.ID(head.Payment))
	if err != nil {
		return money.Amount{}, err
	}
	if m, _ := paymethod.Find(pay.Method); !m.Door || pay.Authorized.IsZero() {
		return money.Amount{}, nil
	}
	whole := payment.InCash(pay.Authorized)
	left, loose, err := undivided(ctx, tx, whole, f, p)
	if err != nil || loose == 0 {
		return left, err
	}
	o, err := order.Find(ctx, tx, head.ID)
	if err != nil {
		return left, err
	}
	goods := money.Of(0, o.Currency())
	for _, l := range o.Lines {
		goods = goods.Plus(l.Total)
	}
	if goods.IsZero() {
		return goods, nil
	}
	info, _ := money.Find(left.Currency)
	if share := whole.Ratio(f.worth(o, p).Minor, goods.Minor, max(info.CashStep, 1)); share.Less(left) {
		return share, nil
	}
	return left, nil
}

// undivided is what of a promise no other parcel collects, and how many units of
// the order are in no parcel yet.
func undivided(ctx context.Context, tx *db.Tx, whole money.Amount, f Fulfilment, p Parcel) (left money.Amount, loose int64, err error) {
	parcels, err := Parcels(ctx, tx, f.Order)
	if err != nil {
		return whole, 0, err
	}
	for _, other := range parcels {
		if other.ID != p.ID && other.State != ParcelCanceled && other.Collect.Currency == whole.Currency {
			whole = whole.Minus(other.Collect)
		}
	}
	all, err := OfOrder(ctx, tx, f.Order)
	for _, other := range all {
		if other.ID == f.ID {
			other = f
		}
		if other.State.Open() {
			loose += other.Total(Line.Loose)
		}
	}
	return money.Of(max(whole.Minor, 0), whole.Currency), loose, err
}
