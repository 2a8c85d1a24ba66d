package payment

import (
	"context"
	"errors"
	"fmt"
	"time"

	"korzo/platform/db"
	"korzo/purchase/payment/paymethod"
	"korzo/value/money"
)

// CaptureFor takes of what is held until upTo is taken in all, such as the share
// of an order that has left. What is taken already counts, so asking again, or
// for less, moves nothing. A scheme or gateway that captures once takes all with
// the first part, because it would let go of the rest. Silence is an error: the job that
// called it comes again.
func (p *Payments) CaptureFor(ctx context.Context, id ID, upTo money.Amount, by By) error {
	whole := false
	err := p.db.Read(ctx, func(tx *db.Tx) error {
		pay, attempts, err := Find(ctx, tx, id)
		if err != nil {
			return err
		}
		m, known := paymethod.Find(pay.Method)
		whole = upTo.Minor >= pay.Amount.Minor || known && !m.Capture.Parts
		for _, a := range attempts {
			if g, known := p.gateways[a.Gateway]; known && a.State.Paid() && !g.Traits().Parts {
				whole = true
			}
		}
		return nil
	})
	if err != nil || upTo.Minor <= 0 {
		return err
	}
	if whole {
		return p.CaptureRest(ctx, id)
	}
	m, err := p.once(ctx, wish{payment: id, kind: KindCapture, upTo: upTo.Minor, by: by})
	switch {
	case errors.Is(err, errNothing):
		return nil
	case err != nil:
		return err
	case m.State.Open():
		return fmt.Errorf("capture %v of %s: %w", m.Amount, id, ErrUnknown)
	case m.State == MovementFailed:
		return fmt.Errorf("capture %v of %s: %w: %s", m.Amount, id, ErrNo, m.DeclineCode)
	}
	return nil
}

// Holding returns payments by one of these methods, made before a time, of which
// something is held and not taken: at most 200 after an id, by id.
func Holding(ctx context.Context, tx *db.Tx, methods []string, before time.Time, after ID) ([]Payment, error) {
	if len(methods) == 0 {
		return nil, nil
	}
	all, err := selectHolding(ctx, tx, methods, before, after, 200)
	if err != nil {
		return nil, fmt.Errorf("list what is held: %w", err)
	}
	return all, nil
}

// Head returns a payment without its attempts, or ErrNotFound.
func Head(ctx context.Context, tx *db.Tx, id ID) (Payment, error) {
	pay, err := selectPayment(ctx, tx, id)
	if errors.Is(err, db.ErrNoRow) {
		err = ErrNotFound
	}
	if err != nil {
		return Payment{}, fmt.Errorf("find payment %s: %w", id, err)
	}
	return pay, nil
}
