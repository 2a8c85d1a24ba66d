package shipment

import (
	"context"

	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/purchase/order"
)

// SetAside says that what is picked of a fulfilment waits for its buyer. What
// is not picked goes on as a fulfilment of its own, which is returned, or none.
func SetAside(ctx context.Context, tx *db.Tx, id ID, by By) (f Fulfilment, rest ID, err error) {
	f, o, err := lock(ctx, tx, id)
	if err != nil || f.State == StateReady {
		return f, "", err
	}
	if f.Kind != KindPickup || f.State != StatePicking || !f.Sourced {
		return f, "", ErrState
	}
	if o.State != order.StatePlaced {
		return f, "", ErrOrder
	}
	var missing []Units
	for _, l := range f.Lines {
		if l.Units > l.Picked {
			missing = append(missing, Units{l.Line, l.Units - l.Picked})
		}
	}
	if f.Total(func(l Line) int64 { return l.Picked }) == 0 {
		return f, "", ErrUnits
	}
	if len(missing) > 0 {
		lines, err := f.take(missing)
		if err != nil {
			return f, "", err
		}
		part, err := insert(ctx, tx, f.part(lines))
		if err != nil {
			return f, "", err
		}
		rest = part.ID
	}
	for i := range f.Lines {
		f.Lines[i].Packed = f.Lines[i].Units
	}
	if err := saveLines(ctx, tx, f.ID, f.Lines); err != nil {
		return f, "", err
	}
	return f, rest, move(ctx, tx, &f, StateReady, "")
}

// HandOver gives units of a fulfilment that is ready to who collects it, all
// that are left when none are named, and what is paid at the counter once it is
// paid. When all has gone it is delivered.
func HandOver(ctx context.Context, tx *db.Tx, id ID, units []Units, by By) (Fulfilment, error) {
	f, o, err := lock(ctx, tx, id)
	if err != nil {
		return f, err
	}
	if f.Kind != KindPickup || f.State != StateReady {
		return f, ErrState
	}
	if o.State != order.StatePlaced {
		return f, ErrOrder
	}
	if err := paid(ctx, tx, o); err != nil {
		return f, err
	}
	if len(units) == 0 {
		for _, l := range f.Lines {
			if l.Open() > 0 {
				units = append(units, Units{l.Line, l.Open()})
			}
		}
	}
	if err := f.check(units, Line.Open); err != nil {
		return f, err
	}
	if err := leave(ctx, tx, &f, units, Parcel{}, by); err != nil || f.State != StateDelivered {
		return f, err
	}
	return f, event.Publish(ctx, tx, Delivered{Order: f.Order, Fulfilment: f.ID, Group: f.Group, Location: f.Location,
		On: civil(ctx, tx, f.Location, tx.Now), Promised: f.PromiseTo})
}

// PutBack ends a fulfilment that nobody collected: what is left of it is
// canceled and on the shelf again, and its money is to go back. Putting it back
// again changes nothing.
func PutBack(ctx context.Context, tx *db.Tx, id ID, by By) error {
	f, _, err := lock(ctx, tx, id)
	if err != nil || f.State == StateExpired {
		return err
	}
	if f.State != StateReady {
		return ErrState
	}
	if by, err = by.check(); err != nil {
		return err
	}
	for i := range f.Lines {
		l := &f.Lines[i]
		l.Packed, l.Picked = l.Shipped, l.Shipped
	}
	units := f.Loose()
	free := f.stock(units, string(f.ID), by)
	if err := strike(ctx, tx, &f, units, StateExpired, true, by); err != nil {
		return err
	}
	return inventory.Free(ctx, tx, free)
}
