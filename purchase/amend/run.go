package amend

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/exception"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/purchase/promotion"
	"korzo/value/money"
)

// TroubleFailed is the exception of an amendment whose money could not be moved.
const TroubleFailed = "amend.failed"

// pause is how long a silent gateway is left alone before Resume asks again.
const pause = 30 * time.Second

// begin does what an approved amendment changes at once, in the transaction
// that approved it: a cancelled order ships nothing, its stock and coupons are
// free, gift cards that were bought are worth nothing, and stored value goes back.
func (s *Amendments) begin(ctx context.Context, tx *db.Tx, a Amendment) error {
	if a.Kind == KindEdit {
		return s.apply(ctx, tx, a)
	}
	if a.Kind == KindCancel {
		if err := order.Move(ctx, tx, a.Order, order.StateCanceled, ""); err != nil {
			return errors.Join(err, ErrShipped)
		}
		if err := promotion.Return(ctx, tx, string(a.Order)); err != nil {
			return err
		}
	}
	o, err := order.Find(ctx, tx, a.Order)
	if err != nil {
		return err
	}
	if err := takeGifts(ctx, tx, a, o); err != nil {
		return err
	}
	if err := giveStored(ctx, tx, a, o); err != nil {
		return err
	}
	if err := s.waive(ctx, tx, a, o); err != nil {
		return err
	}
	return stock(ctx, tx, a, o) // last: its rows are the hottest
}

// stock frees what a cancelled order was promised, and puts back what came
// home fit to be sold.
func stock(ctx context.Context, tx *db.Tx, a Amendment, o order.Order) error {
	if a.Kind == KindCancel {
		return inventory.Unclaim(ctx, tx, string(a.Order))
	}
	if !a.Restock {
		return nil
	}
	places, err := inventory.Locations(ctx, tx)
	if err != nil || len(places) == 0 {
		return err
	}
	var all []inventory.Adjustment
	for _, l := range o.Lines {
		for _, back := range a.Lines {
			if back.Line == l.ID && l.Kind == catalog.KindGoods && l.Shipped > 0 {
				all = append(all, inventory.Adjustment{Variant: catalog.VariantID(l.Variant), Location: places[0].ID, Delta: min(back.Units, l.Shipped), Cause: inventory.CauseReturned,
					Actor: a.Actor, Reason: back.reason(a), Ref: string(a.ID)})
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	_, err = inventory.AdjustAll(ctx, tx, all)
	return err
}

// reason is why a line's units came back, as short as stock keeps it.
func (Line) reason(a Amendment) string {
	if len(a.Reason) > 190 {
		return strings.ToValidUTF8(a.Reason[:190], "")
	}
	return a.Reason
}

// Run moves the money of an approved amendment, under its own id, and may be
// repeated. It must run outside any transaction.
func (s *Amendments) Run(ctx context.Context, id ID) (Amendment, error) {
	ctx = context.WithoutCancel(ctx)
	var a Amendment
	var o order.Order
	err := s.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if a, err = load(ctx, tx, id); err == nil {
			o, err = order.Head(ctx, tx, a.Order)
		}
		return err
	})
	if err != nil || a.State != StateApproved {
		return a, err
	}
	m, err := s.payAll(ctx, a, o)
	switch {
	case err != nil && payment.IsSilence(err), err == nil && m.State.Open():
		return a, nil // Resume goes on
	case err == nil && m.State == payment.MovementFailed:
		return s.end(ctx, a, StateFailed, m.DeclineCode)
	case errors.Is(err, payment.ErrTooMuch), errors.Is(err, payment.ErrState), errors.Is(err, payment.ErrWhole), errors.Is(err, payment.ErrLate):
		return s.end(ctx, a, StateFailed, err.Error())
	case err != nil:
		return a, fmt.Errorf("run amendment %s: %w", id, err)
	}
	return s.end(ctx, a, StateDone, "")
}

// payAll gives back to each payment of an order what is its part of an amendment,
// the one it was placed with first.
func (s *Amendments) payAll(ctx context.Context, a Amendment, o order.Order) (payment.Movement, error) {
	m := payment.Movement{State: payment.MovementDone}
	var all []payment.Payment
	err := s.DB.Read(ctx, func(tx *db.Tx) (err error) {
		all, err = paymentsOf(ctx, tx, o)
		return err
	})
	left := a.ToPayment
	for i, p := range all {
		if err != nil || m.State != payment.MovementDone {
			return m, err
		}
		part := left
		if a.Kind != KindCancel && i < len(all)-1 {
			if part, err = s.part(ctx, p, a, left); err != nil {
				return m, err
			}
		}
		left = left.Minus(part)
		m, err = s.pay(ctx, a, p.ID, part)
	}
	return m, err
}

// part is how much of what is left to give back a payment gives: what this
// amendment gives back of it already, or at most what it has.
func (s *Amendments) part(ctx context.Context, p payment.Payment, a Amendment, left money.Amount) (money.Amount, error) {
	var all []payment.Movement
	err := s.DB.Read(ctx, func(tx *db.Tx) (err error) {
		all, err = payment.Movements(ctx, tx, p.ID)
		return err
	})
	for _, m := range all {
		if m.Kind == payment.KindRefund && m.Key == string(a.ID) {
			return m.Amount, err
		}
	}
	return money.Of(min(left.Minor, p.Refundable().Plus(p.Uncaptured()).Minor), left.Currency), err
}

// pay lets go of what a payment holds of a cancelled order and refunds the rest;
// of any other amendment it refunds an amount.
func (s *Amendments) pay(ctx context.Context, a Amendment, id payment.ID, amount money.Amount) (payment.Movement, error) {
	done := payment.Movement{State: payment.MovementDone}
	by := payment.By{Actor: a.Actor, Reason: a.Reason}
	if a.Kind == KindCancel {
		if err := s.Payments.BreakOff(ctx, id); err != nil {
			return done, err
		}
		m, err := s.Payments.Void(ctx, id, "void:"+string(a.ID), by)
		if err != nil && !errors.Is(err, payment.ErrState) || err == nil && m.State != payment.MovementDone && m.State != payment.MovementFailed {
			return m, err
		}
		moving := false
		if amount, moving, err = s.refundable(ctx, id, a); err != nil {
			return done, err
		}
		if moving { // it is taken at this moment, and then it goes back
			return payment.Movement{State: payment.MovementWritten}, nil
		}
	}
	if amount.Minor == 0 {
		return done, nil
	}
	if err := s.take(ctx, id, amount, by); err != nil {
		return done, err
	}
	return s.Payments.Refund(ctx, id, amount, string(a.ID), by)
}

// take has taken what is given back before it was: a gateway holds or gives
// back, and lets go of no part of a hold. What is but promised is not taken.
func (s *Amendments) take(ctx context.Context, id payment.ID, amount money.Amount, by payment.By) error {
	var upTo money.Amount
	err := s.DB.Read(ctx, func(tx *db.Tx) error {
		p, attempts, err := payment.Find(ctx, tx, id)
		if err != nil {
			return err
		}
		lacks := amount.Minus(p.Refundable())
		if lacks.Minor <= 0 || p.Uncaptured().Minor < lacks.Minor {
			return nil
		}
		g, err := s.Payments.Gateway(attempts[len(attempts)-1].Gateway)
		if err == nil && !g.Traits().Offline {
			upTo = p.Captured.Plus(p.Moving).Plus(lacks)
		}
		return err
	})
	if err != nil {
		return err
	}
	return s.Payments.CaptureFor(ctx, id, upTo, by)
}

// refundable is what a cancelled order's payment may still give back: all that
// was taken, also between the preview and now, or what this amendment gives
// back already; moving says that more is being taken.
func (s *Amendments) refundable(ctx context.Context, id payment.ID, a Amendment) (amount money.Amount, moving bool, err error) {
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		p, _, err := payment.Find(ctx, tx, id)
		if err != nil {
			return err
		}
		amount, moving = p.Refundable(), p.Moving.Minor > 0
		all, err := payment.Movements(ctx, tx, id)
		for _, m := range all {
			if m.Kind == payment.KindRefund && m.Key == string(a.ID) {
				amount = m.Amount
			}
		}
		return err
	})
	return amount, moving, err
}

// end closes an amendment, once. One that failed gives its claim on the lines
// back and is for a person.
func (s *Amendments) end(ctx context.Context, a Amendment, to State, why string) (Amendment, error) {
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := updateState(ctx, tx, a.ID, StateApproved, to, "", why)
		if err != nil || n == 0 {
			return err
		}
		if e, ok := refundedOf(a, to); ok {
			if err := event.Publish(ctx, tx, e); err != nil {
				return err
			}
		}
		if to == StateDone {
			if err = closeBooks(ctx, tx, a); err == nil {
				err = byTransfer(ctx, tx, a)
			}
		}
		if err != nil || to != StateFailed {
			return err
		}
		if err := claim(ctx, tx, a, -1); err != nil {
			return err
		}
		return exception.Raise(ctx, tx, exception.Problem{Kind: TroubleFailed, Ref: string(a.Order),
			Text: fmt.Sprintf("the %s %s of %v did not go back to the payment (%s): give it back another way", a.Kind, a.ID, a.ToPayment, why)})
	})
	if err != nil {
		return a, fmt.Errorf("end amendment %s: %w", a.ID, err)
	}
	return s.Find(ctx, a.ID)
}

// Approve lets an amendment go on that a second person had to see, and moves
// the money. It returns ErrOwn to who asked for it, and while a payment's scheme
// would refuse its part payment.ErrWhole or payment.ErrLate: then it still waits.
// An order is cancelled all the same, and its money is an exception.
func (s *Amendments) Approve(ctx context.Context, id ID, approver string) (Amendment, error) {
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		a, err := load(ctx, tx, id)
		if err != nil {
			return err
		}
		if a.Actor == approver || approver == "" {
			return ErrOwn
		}
		if err := mayRun(ctx, tx, a); err != nil {
			return err
		}
		n, err := updateState(ctx, tx, id, StateProposed, StateApproved, approver, "")
		if err == nil && n == 0 {
			err = ErrState
		}
		if err != nil {
			return err
		}
		return s.begin(ctx, tx, a)
	})
	if err != nil {
		return Amendment{}, fmt.Errorf("approve %s: %w", id, err)
	}
	return s.Run(ctx, id)
}

// mayRun holds an amendment that waits against the rules of its payments' schemes,
// as they are now.
func mayRun(ctx context.Context, tx *db.Tx, a Amendment) error {
	if a.Kind == KindCancel || a.State != StateProposed {
		return nil
	}
	o, err := order.Head(ctx, tx, a.Order)
	if err != nil {
		return err
	}
	all, err := paymentsOf(ctx, tx, o)
	if err != nil {
		return err
	}
	return refused(a, all, tx.Now)
}

// Decline ends an amendment that waits for a second person; anybody of staff
// may, who asked for it too.
func (s *Amendments) Decline(ctx context.Context, id ID, actor string) (Amendment, error) {
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		a, err := load(ctx, tx, id)
		if err != nil {
			return err
		}
		n, err := updateState(ctx, tx, id, StateProposed, StateDeclined, "", "declined by "+actor)
		if err == nil && n == 0 {
			err = ErrState
		}
		if err != nil {
			return err
		}
		return claim(ctx, tx, a, -1)
	})
	if err != nil {
		return Amendment{}, fmt.Errorf("decline %s: %w", id, err)
	}
	return s.Find(ctx, id)
}

// Resume goes on with amendments whose gateway was silent, and returns how
// many it took up.
func (s *Amendments) Resume(ctx context.Context) (int, error) {
	var due []ID
	err := s.DB.Write(ctx, func(tx *db.Tx) (err error) {
		due, err = leaseOpen(ctx, tx, tx.Now.Add(-pause), 50)
		return err
	})
	for _, id := range due {
		_, err2 := s.Run(ctx, id)
		err = errors.Join(err, err2)
	}
	return len(due), err
}

// Known reports whether an amendment has that id: whether it is one that asked
// for a movement of money under this key.
func Known(ctx context.Context, tx *db.Tx, key string) (bool, error) {
	_, err := selectAmendment(ctx, tx, ID(key))
	if errors.Is(err, db.ErrNoRow) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for amendment %s: %w", key, err)
	}
	return true, nil
}

// Direct returns ErrOrdered for a payment of a placed order: money goes back of it
// by an amendment only. Of any other payment it may be given back directly.
func Direct(ctx context.Context, tx *db.Tx, p payment.Payment) error {
	if p.Order == "" {
		return nil
	}
	_, err := order.Head(ctx, tx, order.ID(p.Order))
	switch {
	case err == nil:
		return ErrOrdered
	case errors.Is(err, order.ErrNotFound):
		return nil
	}
	return fmt.Errorf("may %s be given back: %w", p.ID, err)
}

// Find returns an amendment with its lines, or ErrNotFound.
func (s *Amendments) Find(ctx context.Context, id ID) (a Amendment, err error) {
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		a, err = load(ctx, tx, id)
		return err
	})
	return a, err
}

// Find returns an amendment, or ErrNotFound.
func Find(ctx context.Context, tx *db.Tx, id ID) (Amendment, error) { return load(ctx, tx, id) }

func load(ctx context.Context, tx *db.Tx, id ID) (Amendment, error) {
	a, err := selectAmendment(ctx, tx, id)
	if errors.Is(err, db.ErrNoRow) {
		err = ErrNotFound
	}
	if err == nil {
		a.Lines, err = selectLines(ctx, tx, a)
	}
	if err != nil {
		return a, fmt.Errorf("find amendment %s: %w", id, err)
	}
	return a, nil
}

// List returns an order's amendments, oldest first, at most 100.
func List(ctx context.Context, tx *db.Tx, of order.ID) ([]Amendment, error) {
	all, err := selectOfOrder(ctx, tx, of)
	for i := range all {
		if err == nil {
			all[i].Lines, err = selectLines(ctx, tx, all[i])
		}
	}
	if err != nil {
		return nil, fmt.Errorf("amendments of %s: %w", of, err)
	}
	return all, nil
}
