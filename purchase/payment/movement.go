package payment

import (
	"context"
	"errors"
	"fmt"
	"time"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/purchase/payment/paymethod"
	"korzo/value/money"
)

// The refusals of a movement. Nothing was asked of a gateway.
var (
	ErrTooMuch = fault.New(fault.Conflict, "payment.too_much", "that is more than is left; read the payment again and ask for at most what its amounts leave")
	ErrKey     = fault.New(fault.Conflict, "payment.key_reused", "this key was used before for another amount; use a new key for a new movement")
	ErrAmount  = fault.New(fault.Invalid, "payment.amount", "send an amount above zero in the payment's own currency, in steps that the currency is paid in")
	ErrWhole   = fault.New(fault.Conflict, "payment.whole", "this way to pay moves money in one piece: take or give back all of it, and the difference another way, such as store credit")
	ErrLate    = fault.New(fault.Conflict, "payment.late", "the time in which this way to pay gives money back is over; give it back another way, such as store credit or a transfer")
	ErrNo      = fault.New(fault.Declined, "payment.declined", "the gateway declined; look at the payment, and settle it another way")
)

// MovementID names a movement and is the key its gateway is asked under.
type MovementID string

// Movement is money asked to move after it was held: a capture, a void or a
// refund, in part or whole. It is committed before its gateway hears of it,
// together with a claim on the payment's amounts, so that all that is under way
// can be answered with yes without too much moving.
type Movement struct {
	ID          MovementID
	Payment     ID
	Attempt     AttemptID
	Kind        Kind
	Key         string // the caller's
	Amount      money.Amount
	State       MovementState
	By          By
	DeclineCode string // why it failed
	Looks       int64
	LookAt      time.Time // until then somebody is at it; zero when settled
	CreatedAt   time.Time
}

// By says who asked for a movement, and why.
type By struct{ Actor, Reason string }

// Kind is what a movement does.
type Kind string

// The kinds of movements.
const (
	KindCapture Kind = "capture" // takes what is held
	KindVoid    Kind = "void"    // lets go of what is held
	KindRefund  Kind = "refund"  // gives back what was taken
)

// MovementState is where a movement is in its life: written, perhaps unknown,
// then done or failed for good.
type MovementState string

// The states of a movement.
const (
	MovementWritten MovementState = "written" // on disk; the gateway may not have heard of it
	MovementUnknown MovementState = "unknown" // asked, no answer; the poller asks again
	MovementDone    MovementState = "done"
	MovementFailed  MovementState = "failed" // known to have moved nothing; its amount is free again
)

// Open reports whether it is still undecided.
func (s MovementState) Open() bool { return s == MovementWritten || s == MovementUnknown }

// prefix is what the ids of a kind begin with.
var prefix = map[Kind]string{KindCapture: "cap", KindVoid: "void", KindRefund: "ref"}

// wish is a movement that somebody asks for. Without an amount it is all that
// is left; without a key it has its own id for one.
type wish struct {
	payment ID
	kind    Kind
	amount  money.Amount
	key     string
	by      By
	upTo    int64                                      // of a capture: what is taken in all, in place of an amount; 0 for all that is left
	may     func(ctx context.Context, tx *db.Tx) error // asked before a new one is written, and locks first; nil: it may
}

// begun is a movement on disk. It is fresh when this call wrote it.
type begun struct {
	Movement
	fresh   bool
	attempt Attempt // of a fresh one
}

// Refund gives back amount of what was taken. What is given back and under way
// together never exceed what was captured. The same key again is the same
// refund, moves nothing more, and tells how far it is: done, failed (declined)
// or unknown, which Resume clears up. It must run outside any transaction. It
// returns ErrTooMuch, ErrState, ErrKey, ErrAmount, ErrWhole or ErrLate when nothing was asked.
func (p *Payments) Refund(ctx context.Context, id ID, amount money.Amount, key string, by By) (Movement, error) {
	return p.once(ctx, wish{payment: id, kind: KindRefund, amount: amount, key: key, by: by})
}

// Capture takes amount of what is held, in part or whole; like Refund. At a
// gateway that does not capture in parts the rest is let go.
func (p *Payments) Capture(ctx context.Context, id ID, amount money.Amount, key string, by By) (Movement, error) {
	return p.once(ctx, wish{payment: id, kind: KindCapture, amount: amount, key: key, by: by})
}

// Void lets go of all that is held and neither taken nor being taken; like
// Refund. Nothing left is ErrState.
func (p *Payments) Void(ctx context.Context, id ID, key string, by By) (Movement, error) {
	return p.once(ctx, wish{payment: id, kind: KindVoid, key: key, by: by})
}

// CaptureRest takes all that is held and not taken, and brings captures under
// way to their end. Repeating it takes nothing more. Silence is an error: the
// job that called it comes again.
func (p *Payments) CaptureRest(ctx context.Context, id ID) error {
	ctx, done := p.begin(ctx)
	defer done()
	var all []begun
	err := p.db.Write(ctx, func(tx *db.Tx) error {
		m, err := write(ctx, tx, wish{payment: id, kind: KindCapture})
		all = []begun{m}
		if errors.Is(err, errNothing) {
			all, err = underWay(ctx, tx, id)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("capture the rest of %s: %w", id, err)
	}
	for _, m := range all {
		end, err := p.drive(ctx, m)
		switch {
		case err != nil:
			return fmt.Errorf("capture the rest of %s: %w", id, err)
		case end.State.Open():
			return fmt.Errorf("capture the rest of %s: %w", id, ErrUnknown)
		case end.State == MovementFailed:
			return fmt.Errorf("capture the rest of %s: %w: %s", id, ErrNo, end.DeclineCode)
		}
	}
	return nil
}

// underWay are the captures that nobody has settled yet.
func underWay(ctx context.Context, tx *db.Tx, id ID) (open []begun, err error) {
	all, err := Movements(ctx, tx, id)
	for _, m := range all {
		if m.Kind == KindCapture && m.State.Open() {
			open = append(open, begun{Movement: m})
		}
	}
	return open, err
}

// once writes a movement, or finds it by its key, and brings it to its end.
func (p *Payments) once(ctx context.Context, w wish) (Movement, error) {
	ctx, done := p.begin(ctx)
	defer done()
	var m begun
	err := p.db.Write(ctx, func(tx *db.Tx) (err error) {
		if w.may != nil {
			if err := w.may(ctx, tx); err != nil {
				return err
			}
		}
		m, err = write(ctx, tx, w)
		return err
	})
	if errors.Is(err, errNothing) && w.upTo == 0 {
		err = ErrState.With("nothing is held any more that could be let go; read the payment again")
	}
	if err != nil {
		return Movement{}, fmt.Errorf("%s %s: %w", w.kind, w.payment, err)
	}
	if m.Movement, err = p.drive(ctx, m); err != nil {
		return m.Movement, fmt.Errorf("%s %s: %w", w.kind, w.payment, err)
	}
	return m.Movement, nil
}

// begin keeps Wait waiting, and lets what was begun outlive who asked for it:
// a customer's money does not depend on a browser that stays open.
func (p *Payments) begin(ctx context.Context) (context.Context, func()) {
	return context.WithoutCancel(ctx), p.running.Begin()
}

// errNothing says that nothing is left to take or to let go.
var errNothing = errors.New("nothing is left")

// write puts a movement on disk with its claim on the payment's amounts, or
// returns the one that has its key. The attempt's lock makes the two exclude
// each other.
func write(ctx context.Context, tx *db.Tx, w wish) (begun, error) {
	pay, a, held, err := lockHeld(ctx, tx, w.payment)
	if err != nil {
		return begun{}, err
	}
	m, err := Movement{}, db.ErrNoRow
	if w.key != "" {
		m, err = selectByKey(ctx, tx, w)
	}
	switch {
	case err == nil && w.amount.Currency != "" && m.Amount != w.amount:
		return begun{}, ErrKey
	case !errors.Is(err, db.ErrNoRow):
		return begun{Movement: m}, err
	case !held:
		return begun{}, ErrState
	}
	if w.amount.Currency == "" {
		w.amount = pay.Uncaptured()
		if w.upTo > 0 {
			w.amount.Minor = min(w.amount.Minor, w.upTo-pay.Captured.Minor-pay.Moving.Minor)
		}
		if w.amount.Minor <= 0 {
			return begun{}, errNothing
		}
	}
	if err := w.check(pay); err != nil {
		return begun{}, err
	}
	if err := w.allowed(pay, tx.Now); err != nil {
		return begun{}, err
	}
	m = Movement{ID: id.New[MovementID](prefix[w.kind], tx.Now), Payment: pay.ID, Attempt: a.ID, Kind: w.kind, Key: w.key, Amount: w.amount,
		State: MovementWritten, By: w.by, LookAt: tx.Now.Add(graceWritten), CreatedAt: tx.Now}
	if m.Key == "" {
		m.Key = string(m.ID)
	}
	if _, err = updatePayment(ctx, tx, pay.ID, m.claim(1)); errors.Is(err, db.ErrNoRow) {
		return begun{}, ErrTooMuch
	}
	if err != nil {
		return begun{}, err
	}
	return begun{m, true, a}, insertMovement(ctx, tx, m)
}

// lockHeld locks the attempt of a payment that holds or took money; held is
// false when there is none.
func lockHeld(ctx context.Context, tx *db.Tx, id ID) (pay Payment, a Attempt, held bool, err error) {
	a, err = selectHeld(ctx, tx, id, tx.ForUpdate())
	if held = err == nil; !held && !errors.Is(err, db.ErrNoRow) {
		return pay, a, false, err
	}
	pay, err = selectPayment(ctx, tx, id)
	if errors.Is(err, db.ErrNoRow) {
		err = ErrNotFound
	}
	return pay, a, held, err
}

// check refuses an amount that no one can pay.
func (w wish) check(pay Payment) error {
	info, ok := money.Find(w.amount.Currency)
	if !ok || w.amount.Currency != pay.Amount.Currency || w.amount.Minor <= 0 || w.amount.Minor%info.ChargeStep != 0 {
		return ErrAmount
	}
	return nil
}

// allowed holds a movement against the rules of the payment's scheme.
func (w wish) allowed(pay Payment, now time.Time) error {
	m, known := paymethod.Find(pay.Method)
	switch {
	case w.kind == KindRefund:
		return pay.MayRefund(w.amount, now)
	case w.kind == KindCapture && known && !m.Capture.Parts && w.amount.Less(pay.Uncaptured()):
		return ErrWhole
	}
	return nil
}

// MayRefund returns ErrWhole or ErrLate where the rules of the payment's scheme
// forbid that an amount of what was taken is given back at a time. What was taken
// last is at most a hold's life younger than the payment.
func (p Payment) MayRefund(amount money.Amount, now time.Time) error {
	m, known := paymethod.Find(p.Method)
	switch {
	case !known:
		return nil
	case !m.Refund.Parts && amount.Less(p.Captured):
		return ErrWhole
	case m.Refund.Days > 0 && now.Sub(p.CreatedAt) > m.Capture.Life+time.Duration(m.Refund.Days)*24*time.Hour:
		return ErrLate
	}
	return nil
}

// claim is what a movement under way reserves of the payment's amounts; times
// −1 it gives that back.
func (m Movement) claim(times int64) delta {
	if m.Kind == KindRefund {
		return delta{refunding: times * m.Amount.Minor}
	}
	return delta{moving: times * m.Amount.Minor}
}

// Movements returns the movements of a payment, oldest first, at most 200.
func Movements(ctx context.Context, tx *db.Tx, id ID) ([]Movement, error) {
	all, err := selectMovements(ctx, tx, id)
	if err != nil {
		return nil, fmt.Errorf("movements of %s: %w", id, err)
	}
	return all, nil
}

// Refunds returns those of a payment's movements that are refunds.
func Refunds(all []Movement) (refunds []Movement) {
	for _, m := range all {
		if m.Kind == KindRefund {
			refunds = append(refunds, m)
		}
	}
	return refunds
}
