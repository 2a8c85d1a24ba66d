package shipment

import (
	"context"
	"errors"
	"slices"

	"korzo/delivery/carriage"
	"korzo/delivery/carrier"
	"korzo/platform/db"
	"korzo/purchase/flow"
	"korzo/purchase/order"
)

// Proposed is the shop's carriers in the order in which they are proposed for an
// order: those that its checkout's flow names first, then the others as the shop
// has them. A carrier that the shop does not have any more is passed over.
func (k *Desk) Proposed(ctx context.Context, tx *db.Tx, o order.Order) (carrier.Fleet, error) {
	all := slices.Clone(k.Carriers)
	if o.Flow == "" { // it was written down by staff, or comes from another system
		return all, nil
	}
	v, err := flow.Find(ctx, tx, flow.ID(o.Flow), o.FlowVersion)
	if errors.Is(err, flow.ErrNotFound) {
		return all, nil // of another shop's order that was brought in
	}
	if err != nil {
		return nil, err
	}
	named := v.Document.Carriers
	rank := func(c carriage.Carrier) int {
		if i := slices.Index(named, c.Name()); i >= 0 {
			return i
		}
		return len(named)
	}
	slices.SortStableFunc(all, func(a, b carriage.Carrier) int { return rank(a) - rank(b) })
	return all, nil
}

// proposed is the first of Proposed that gives numbers, or ErrUnknown.
func (k *Desk) proposed(ctx context.Context, tx *db.Tx, o order.Order) (string, error) {
	all, err := k.Proposed(ctx, tx, o)
	for _, c := range all {
		if err == nil && c.Traits().Numbers {
			return c.Name(), nil
		}
	}
	if err == nil {
		err = carrier.ErrUnknown
	}
	return "", err
}
