package app

import (
	"context"

	"korzo/fulfilment/shipment"
	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/job"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/purchase/payment/paymethod"
	"korzo/value/money"
)

// jobCapture takes the money of an order, as far as it is due.
const jobCapture = "payment.capture"

// capture asks for the money of an order to be taken, as far as it is due.
type capture struct {
	Payment payment.ID `json:"payment"`
	Order   order.ID   `json:"order,omitempty"`
}

// reactCapture says when held money is taken: with the order, as its goods
// leave, or by hand, as the market decided for the method.
func (a *App) reactCapture() {
	event.On(a.Bus, "order.capture", func(ctx context.Context, tx *db.Tx, e order.Placed) error {
		if e.Payment == "" || e.OnHold {
			return nil // a person decides first
		}
		return job.Enqueue(ctx, tx, job.Job{Kind: jobCapture, Key: e.Payment, Body: capture{payment.ID(e.Payment), e.Order}})
	})
	event.On(a.Bus, "order.capture_released", func(ctx context.Context, tx *db.Tx, e order.Moved) error {
		if order.State(e.To) != order.StatePlaced {
			return nil
		}
		return a.captureLater(ctx, tx, e.Order)
	})
	event.On(a.Bus, "order.capture_shipped", func(ctx context.Context, tx *db.Tx, e shipment.Shipped) error {
		return a.captureLater(ctx, tx, e.Order)
	})
	event.On(a.Bus, "shipment.paid", func(ctx context.Context, tx *db.Tx, e payment.Captured) error {
		p, err := payment.Head(ctx, tx, e.Payment)
		if err != nil || p.Order == "" || !prepaid(p) || p.Captured != p.Amount {
			return err
		}
		return shipment.Make(ctx, tx, order.ID(p.Order))
	})
	job.Do(a.Jobs, jobCapture, a.capture)
}

// captureLater has a job look at what is due of an order.
func (a *App) captureLater(ctx context.Context, tx *db.Tx, id order.ID) error {
	o, err := order.Head(ctx, tx, id)
	if err != nil || o.Payment == "" {
		return err
	}
	return job.Enqueue(ctx, tx, job.Job{Kind: jobCapture, Key: o.Payment, Body: capture{payment.ID(o.Payment), id}})
}

// capture takes what is due of an order now. Repeating it takes nothing more.
func (a *App) capture(ctx context.Context, c capture) error {
	var rule paymethod.Capture
	var due money.Amount
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		p, err := payment.Head(ctx, tx, c.Payment)
		if err != nil {
			return err
		}
		if rule, err = paymethod.CaptureOf(ctx, tx, p.Market, p.Method); err != nil || rule.When != paymethod.OnShipment {
			return err
		}
		due, err = left(ctx, tx, c.Order, p.Amount, rule)
		return err
	})
	switch {
	case err != nil:
		return err
	case rule.When == paymethod.Now:
		return a.Payments.CaptureRest(ctx, c.Payment)
	case rule.When == paymethod.ByHand:
		return nil
	}
	return a.Payments.CaptureFor(ctx, c.Payment, due, payment.By{Actor: shopkeeper, Reason: "shipped"})
}

// left is how much of a payment is due for what of its order has left: all of
// it with the last unit, and before that all but the share of the goods that
// have not. Shipping is due with the first.
func left(ctx context.Context, tx *db.Tx, id order.ID, whole money.Amount, rule paymethod.Capture) (money.Amount, error) {
	o, err := order.Find(ctx, tx, id)
	if err != nil {
		return whole, err
	}
	goods, waits := money.Of(0, whole.Currency), money.Of(0, whole.Currency)
	for _, l := range o.Lines {
		if l.Kind == catalog.KindGoods {
			goods = goods.Plus(l.Total)
			waits = waits.Plus(l.Total.Ratio(l.Quantity-l.Shipped, l.Quantity, 1))
		}
	}
	rest, shipped, err := shipment.Left(ctx, tx, id)
	switch {
	case err != nil:
		return whole, err
	case goods.IsZero(), shipped > 0 && rest == 0:
		return whole, nil
	case shipped == 0:
		return money.Of(0, whole.Currency), nil
	case !rule.Parts:
		return whole, nil
	}
	info, _ := money.Find(whole.Currency)
	due := whole.Minus(whole.Ratio(waits.Minor, o.Total.Minor, 1))
	due.Minor -= due.Minor % max(info.ChargeStep, 1)
	return due, nil
}

// prepaid reports whether the goods of a payment's order wait until it is paid.
func prepaid(p payment.Payment) bool {
	m, ok := paymethod.Find(p.Method)
	return ok && m.Prepaid
}

// awaited reports whether the goods of an order wait for its money.
func awaited(ctx context.Context, tx *db.Tx, id payment.ID) (bool, error) {
	if id == "" {
		return false, nil
	}
	p, err := payment.Head(ctx, tx, id)
	return prepaid(p) && p.Captured != p.Amount, err
}
