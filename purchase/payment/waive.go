package payment

import (
	"context"
	"fmt"
	"slices"

	"korzo/platform/db"
	"korzo/purchase/payment/paymethod"
	"korzo/value/money"
)

// eventWaived is that less is asked for than before.
const eventWaived = "waived"

// Waive asks for so much less of what was but promised, or is still to be paid at
// a counter, such as for what was taken out of an order or was paid by a link. It
// asks for at least what was taken, and returns by how much less it asks: for
// nothing less where a machine holds the money, or all of it came. What is
// promised shrinks with it; of nothing there is no promise. A key is used once. It
// is ErrBusy while somebody pays.
func (p *Payments) Waive(ctx context.Context, tx *db.Tx, id ID, less money.Amount, key string) (waived money.Amount, err error) {
	waived = money.Of(0, less.Currency)
	pay, a, held, err := lockHeld(ctx, tx, id)
	if err == nil && !held {
		pay, a, err = lockUnheld(ctx, tx, id)
	}
	if err != nil {
		return waived, fmt.Errorf("waive %v of %s: %w", less, id, err)
	}
	waived.Minor = min(less.Minor, pay.Amount.Minor-pay.Captured.Minor-pay.Moving.Minor)
	if waived.Minor <= 0 || !p.promised(pay, a) {
		return money.Of(0, less.Currency), nil
	}
	promised := pay.Uncaptured()
	if _, err = waivePayment(ctx, tx, id, waived.Minor); err == nil {
		err = note(ctx, tx, a, eventWaived, eventWaived+":"+key, waived)
	}
	rest := money.Of(min(waived.Minor, promised.Minor), waived.Currency)
	switch {
	case err != nil || !held || rest.Minor == 0:
	case rest == promised && pay.Captured.Minor == 0:
		_, err = p.move(ctx, tx, a, StateVoided, Result{})
	default:
		_, err = book(ctx, tx, a, eventReleased, eventReleased+":"+key, rest, delta{authorized: -rest.Minor, voided: rest.Minor})
	}
	if err != nil {
		return waived, fmt.Errorf("waive %v of %s: %w", waived, id, err)
	}
	return waived, nil
}

// lockUnheld locks a payment of which nothing is held, and reads its last attempt.
func lockUnheld(ctx context.Context, tx *db.Tx, id ID) (pay Payment, last Attempt, err error) {
	if err = lockPayment(ctx, tx, id); err != nil {
		return pay, last, err
	}
	pay, all, err := Find(ctx, tx, id)
	if err != nil {
		return pay, last, err
	}
	if slices.ContainsFunc(all, func(a Attempt) bool { return a.State.Open() }) {
		return pay, last, ErrBusy
	}
	return pay, all[len(all)-1], nil
}

// promised reports whether no machine has to do with what is still to be paid: it
// is a promise, or nothing yet of what is paid at a counter.
func (p *Payments) promised(pay Payment, a Attempt) bool {
	m, _ := paymethod.Find(pay.Method)
	g, err := p.Gateway(a.Gateway)
	return len(m.Tills) > 0 && !a.State.Paid() || err == nil && g.Traits().Offline && a.State.Paid()
}
