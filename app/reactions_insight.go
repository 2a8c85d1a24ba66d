package app

import (
	"context"
	"errors"
	"slices"
	"time"

	"korzo/customer/wallet"
	"korzo/insight/funnel"
	"korzo/insight/lifetime"
	"korzo/insight/metric"
	"korzo/insight/trial"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/purchase/amend"
	"korzo/purchase/cart"
	"korzo/purchase/checkout"
	"korzo/purchase/order"
	"korzo/purchase/payment"
)

// reactInsight says what is learned from what.
func (a *App) reactInsight() {
	event.On(a.Bus, "metric.booked", func(ctx context.Context, tx *db.Tx, e order.Placed) error {
		o, err := order.Find(ctx, tx, e.Order)
		if err != nil {
			return err
		}
		v, err := checkout.VisitOf(ctx, tx, cart.ID(e.Cart))
		if err != nil {
			return err
		}
		if err := metric.Booked(ctx, tx, o, v.Visitor); err != nil {
			return err
		}
		return spentPoints(ctx, tx, o)
	})
	event.On(a.Bus, "metric.canceled", func(ctx context.Context, tx *db.Tx, e order.Moved) error {
		if order.State(e.To) != order.StateCanceled {
			return nil
		}
		return metric.Canceled(ctx, tx, e.Order)
	})
	event.On(a.Bus, "metric.amended", func(ctx context.Context, tx *db.Tx, e amend.Refunded) error {
		gross := e.Shipping + e.Other
		for _, l := range e.Lines {
			gross += l.Amount
		}
		return refunded(ctx, tx, e.Order, string(e.Amendment), gross)
	})
	event.On(a.Bus, "metric.refunded", func(ctx context.Context, tx *db.Tx, e payment.Refunded) error {
		if told, err := amend.Known(ctx, tx, e.Asked); err != nil || told {
			return err // the amendment says how much
		}
		id, err := a.Checkout.OrderPaid(ctx, tx, e.Owner, e.OwnerID)
		if err != nil || id == "" {
			return err
		}
		return metric.Refunded(ctx, tx, id, string(e.Refund), e.Amount)
	})
	a.Jobs.Every("funnel.gather", 20*time.Second, func(ctx context.Context) error {
		return errors.Join(funnel.Gather(ctx, a.DB), a.notes.Flush(ctx, a.DB))
	})
	event.On(a.Bus, "trial.told", a.tellHarm)
	a.Jobs.Every("trial.look", trial.Every, func(ctx context.Context) error { return trial.LookAtAll(ctx, a.DB) })
	a.Jobs.Every("trial.broken", trial.FlushEvery, func(ctx context.Context) error { return a.broken.Flush(ctx, a.DB) })
	a.Jobs.Every("lifetime.refresh", 24*time.Hour, func(ctx context.Context) error {
		_, err := lifetime.Refresh(ctx, a.DB)
		return err
	})
	a.Jobs.Every("metric.fees", 6*time.Hour, a.learnFees)
}

// refunded takes what an amendment gave back from an order's worth, points
// that came back included.
func refunded(ctx context.Context, tx *db.Tx, id order.ID, ref string, gross int64) error {
	if err := metric.Refunded(ctx, tx, id, ref, gross); err != nil {
		return err
	}
	o, err := order.Find(ctx, tx, id)
	if err != nil {
		return err
	}
	return spentPoints(ctx, tx, o)
}

// spentPoints restates what points paid of an order.
func spentPoints(ctx context.Context, tx *db.Tx, o order.Order) error {
	if !slices.ContainsFunc(o.Tenders, func(t order.Tender) bool { return t.Kind == order.TenderPoints }) {
		return nil
	}
	paid, err := wallet.PointsPaid(ctx, tx, string(o.ID))
	if err != nil {
		return err
	}
	return metric.Spent(ctx, tx, o.ID, paid.Left().Minor)
}

// feesFor is how long after an order its gateway's statements are waited for.
const feesFor = 60 * 24 * time.Hour

// learnFees restates what gateways kept of the latest orders, some at a time.
func (a *App) learnFees(ctx context.Context) error {
	after := order.ID("")
	for {
		var payments []string
		err := a.DB.Write(ctx, func(tx *db.Tx) error {
			var err error
			if payments, after, err = metric.Payments(ctx, tx, tx.Now.Add(-feesFor), after, 500); err != nil || len(payments) == 0 {
				return err
			}
			fees, err := payment.Fees(ctx, tx, payments)
			if err != nil {
				return err
			}
			return metric.Learn(ctx, tx, fees)
		})
		if err != nil || after == "" {
			return err
		}
	}
}
