package app

import (
	"context"

	"korzo/fulfilment/shipment"
	"korzo/insight/metric"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/purchase/amend"
	"korzo/purchase/document"
	"korzo/purchase/order"
	"korzo/purchase/paylink"
)

// works follows edits of orders in what is being prepared.
type works struct{}

// Stop takes units out of what nobody has begun to gather, or refuses.
func (works) Stop(ctx context.Context, tx *db.Tx, r amend.Rework) error {
	if err := shipment.Untouched(ctx, tx, r.Order); err != nil {
		return err
	}
	var out []shipment.Units
	for _, l := range r.Out {
		out = append(out, shipment.Units{Line: l.Line, Units: l.Units})
	}
	if len(out) == 0 {
		return nil
	}
	return shipment.CancelLines(ctx, tx, r.Order, out, false, shipment.By{Actor: r.Actor, Reason: "the order was edited"})
}

// Go prepares what was added.
func (works) Go(ctx context.Context, tx *db.Tx, of order.ID) error {
	return shipment.Extend(ctx, tx, of)
}

// Promise has what is being prepared arrive by other days.
func (works) Promise(ctx context.Context, tx *db.Tx, of order.ID, p amend.Promise) error {
	return shipment.Promise(ctx, tx, of, p.Group, p.Window.From.String(), p.Window.To.String())
}

// reactEdits says what follows when an order is edited.
func (a *App) reactEdits() {
	event.On(a.Bus, "amend.paid", func(ctx context.Context, tx *db.Tx, e paylink.Paid) error { return a.Amend.Paid(ctx, tx, e) })
	event.On(a.Bus, "amend.follow", func(ctx context.Context, tx *db.Tx, e order.Moved) error { return a.Amend.Follow(ctx, tx, e) })
	event.On(a.Bus, "document.edited", func(ctx context.Context, tx *db.Tx, e amend.Edited) error {
		c := document.Credit{Ref: string(e.Amendment), Order: e.Order, Shipping: e.Shipping, Gross: e.Other}
		for _, l := range e.Lines {
			c.Lines = append(c.Lines, document.Taken{Line: string(l.Line), Quantity: l.Units, Gross: l.Amount})
		}
		if len(c.Lines) > 0 || c.Shipping+c.Gross > 0 {
			if err := document.DueCredit(ctx, tx, c); err != nil {
				return err
			}
		}
		if e.Added == 0 {
			return nil
		}
		return document.DueAdded(ctx, tx, e.Order, string(e.Amendment))
	})
	event.On(a.Bus, "metric.edited", func(ctx context.Context, tx *db.Tx, e amend.Edited) error {
		o, err := order.Find(ctx, tx, e.Order)
		if err != nil {
			return err
		}
		if err := metric.Rebooked(ctx, tx, o); err != nil {
			return err
		}
		gross := e.Shipping + e.Other
		for _, l := range e.Lines {
			gross += l.Amount
		}
		if gross == 0 {
			return nil
		}
		return refunded(ctx, tx, e.Order, string(e.Amendment), gross)
	})
}
