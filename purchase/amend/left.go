package amend

import (
	"context"
	"time"

	"korzo/customer/wallet"
	"korzo/platform/db"
	"korzo/purchase/giftcard"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/purchase/payment/paymethod"
	"korzo/value/money"
)

// rest is what may still go back of an order.
type rest struct {
	cards, points, credit, taken, held, shipping money.Amount
	promised                                     money.Amount // of what is held, or to be paid at a counter: it need not be asked for
	takes                                        bool         // what is held can be taken: it is no promise
	payments                                     []payment.Payment
	now                                          time.Time
}

// readLeft reads what each tender may still give back, less what other
// amendments have claimed and not moved yet.
func readLeft(ctx context.Context, tx *db.Tx, o order.Order) (r rest, err error) {
	zero := money.Of(0, o.Currency())
	r = rest{cards: zero, points: zero, credit: zero, taken: zero, held: zero, promised: zero, shipping: o.Shipping, now: tx.Now}
	if !o.TaxIncluded {
		for _, g := range o.Groups {
			r.shipping = r.shipping.Plus(g.Tax)
		}
	}
	cards, err := giftcard.Paid(ctx, tx, string(o.ID))
	if err != nil {
		return r, err
	}
	credit, err := wallet.Paid(ctx, tx, string(o.ID))
	if err != nil {
		return r, err
	}
	points, err := wallet.PointsPaid(ctx, tx, string(o.ID))
	if err != nil {
		return r, err
	}
	r.cards.Minor, r.points.Minor, r.credit.Minor = cards.Left().Minor, points.Left().Minor, credit.Left().Minor
	if r.payments, err = paymentsOf(ctx, tx, o); err != nil {
		return r, err
	}
	for _, p := range r.payments {
		r.taken, r.held = r.taken.Plus(p.Refundable()), r.held.Plus(p.Uncaptured())
		m, known := paymethod.Find(p.Method)
		r.takes = r.takes || known && m.Capture.Life > 0
		r.promised = r.promised.Plus(promised(p, m))
	}
	claimed, err := selectClaimed(ctx, tx, o.ID, o.Currency())
	if err != nil {
		return r, err
	}
	r.cards, r.points = r.cards.Minus(claimed.cards), r.points.Minus(claimed.points)
	r.credit, r.taken = r.credit.Minus(claimed.credit), r.taken.Minus(claimed.taken)
	r.promised, r.shipping = r.promised.Minus(claimed.promised), r.shipping.Minus(claimed.shipping)
	return r, nil
}

// promised is what of a payment nobody holds: it was promised, or is to be paid at a
// counter.
func promised(p payment.Payment, m paymethod.Method) money.Amount {
	switch {
	case len(m.Tills) > 0:
		return p.Owed().Minus(p.Moving)
	case m.Capture.When == paymethod.ByHand:
		return p.Uncaptured()
	}
	return money.Of(0, p.Amount.Currency)
}

// waives reports whether less of a promise may be asked for by an amendment. What a
// carrier collects is told to it with each parcel: it gets less only where an edit
// has made sure that nobody has begun.
func (r rest) waives(k Kind) bool {
	if k == KindCancel {
		return false
	}
	for _, p := range r.payments {
		if m, _ := paymethod.Find(p.Method); m.Door && k != KindEdit {
			return false
		}
	}
	return true
}

// spread asks for less of what nobody has paid yet, and sends the rest of an amount
// back to where it came from, in the order in which it was spent: gift cards,
// points, credit, and then the payment. What a later refund finds left is then what
// moves money.
func (r rest) spread(a *Amendment) error {
	due := a.Total().Minus(a.offset())
	take := func(from money.Amount) money.Amount {
		part := from
		if due.Less(part) {
			part = due
		}
		if part.Minor < 0 {
			part.Minor = 0
		}
		due = due.Minus(part)
		return part
	}
	back := r.taken
	if a.Kind != KindCancel && r.takes {
		back = back.Plus(r.held) // what is given back before it was taken is taken first
	}
	if a.Waived = money.Of(0, due.Currency); r.waives(a.Kind) {
		a.Waived = take(r.promised)
	}
	a.ToCards, a.ToPoints, a.ToCredit, a.ToPayment = take(r.cards), take(r.points), take(r.credit), take(back)
	switch {
	case due.Minor > 0 && r.held.Minor > 0:
		return ErrUnpaid
	case due.Minor > 0:
		return ErrTooMuch
	}
	a.Refused = refused(*a, r.payments, r.now)
	return nil
}

// cancel gives back all that is left of an order that has not left. What is
// only held is let go and no amount of the amendment.
func (r rest) cancel(a *Amendment, o order.Order) error {
	if o.State != order.StatePlaced && o.State != order.StateOnHold {
		return ErrShipped
	}
	for _, l := range o.Lines {
		if l.Shipped > 0 {
			return ErrShipped
		}
	}
	a.ToCards, a.ToPoints, a.ToCredit, a.ToPayment = r.cards, r.points, r.credit, r.taken
	a.Goods = a.stored().Plus(r.taken)
	a.Refused = refused(*a, r.payments, r.now)
	return nil
}

// refused is why a rule of a payment's scheme keeps its part of an amendment from
// going back now, or nil. The parts are those that payAll asks for.
func refused(a Amendment, all []payment.Payment, now time.Time) error {
	left := a.ToPayment
	for _, p := range all {
		part := p.Refundable()
		if a.Kind != KindCancel {
			part.Minor = min(left.Minor, part.Plus(p.Uncaptured()).Minor)
		}
		if left = left.Minus(part); part.Minor <= 0 {
			continue
		}
		if err := p.MayRefund(part, now); err != nil {
			return err
		}
	}
	return nil
}

// paymentsOf are the payments of an order: the one it was placed with, and those
// that an edit of it was paid with since.
func paymentsOf(ctx context.Context, tx *db.Tx, o order.Order) (all []payment.Payment, err error) {
	if o.Payment != "" {
		p, err := payment.Head(ctx, tx, payment.ID(o.Payment))
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	more, _, err := payment.List(ctx, tx, payment.Filter{Order: string(o.ID), Limit: 100})
	for _, p := range more {
		if p.ID != payment.ID(o.Payment) && p.Authorized.Minor > 0 {
			all = append(all, p.Payment)
		}
	}
	return all, err
}
