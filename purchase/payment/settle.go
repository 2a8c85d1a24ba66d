package payment

import (
	"context"
	"errors"
	"fmt"
	"time"

	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/ledger"
	"korzo/value/money"
)

// What events are called that are no state of an attempt.
const (
	eventReleased = "released" // the rest of a hold was let go
	eventRefunded = "refunded"
)

// patience is how long a repeat waits for the first to be answered.
const patience = 10 * time.Second

// drive brings a movement to its end, or as near as its gateway answers. Whoever
// wrote it asks; who finds it under way waits for that answer; what was left
// lying is taken up.
func (p *Payments) drive(ctx context.Context, m begun) (Movement, error) {
	if m.fresh {
		return p.ask(ctx, m.Movement, m.attempt, true)
	}
	found, end, look := m.Movement, time.NewTimer(patience), time.NewTicker(20*time.Millisecond)
	defer end.Stop()
	defer look.Stop()
	for found.State.Open() {
		leased, err := p.lease(ctx, found.ID)
		if err != nil {
			return found, err
		}
		if leased {
			return p.again(ctx, found)
		}
		err = p.db.Read(ctx, func(tx *db.Tx) (err error) {
			found, err = selectMovement(ctx, tx, found.ID)
			return err
		})
		if err != nil || found.State == MovementUnknown { // it was asked: only the poller knows more
			return found, err
		}
		select {
		case <-look.C:
		case <-end.C:
			return found, nil
		}
	}
	return found, nil
}

// lease takes up one movement whose time has come.
func (p *Payments) lease(ctx context.Context, id MovementID) (leased bool, err error) {
	err = p.db.Write(ctx, func(tx *db.Tx) error {
		n, err := leaseMovement(ctx, tx, id, tx.Now.Add(graceWritten))
		leased = n == 1
		return err
	})
	return leased, err
}

// ask sends a movement to its gateway under its own id and acts on the answer.
// An error that is no silence is a known failure of this call; of earlier calls
// it tells nothing.
func (p *Payments) ask(ctx context.Context, m Movement, a Attempt, first bool) (Movement, error) {
	g, err := p.Gateway(a.Gateway)
	if err != nil {
		return m, err
	}
	call, stop := context.WithTimeout(ctx, g.Traits().Timeout)
	defer stop()
	r, err := send(call, g, a, m)
	switch {
	case err == nil:
		return p.conclude(ctx, m, r)
	case IsSilence(err):
		return p.hush(ctx, m)
	case !first:
		hushed, err2 := p.hush(ctx, m)
		return hushed, errors.Join(fmt.Errorf("ask again for %s: %w", m.ID, err), err2)
	}
	p.log.ErrorContext(ctx, "gateway refused the call", "gateway", a.Gateway, "movement", m.ID, "error", err)
	return p.conclude(ctx, m, Result{Status: StatusDeclined, Reference: string(a.ID), DeclineCode: DeclineGateway})
}

// send is the call. A void has no key: letting go twice lets go once.
func send(ctx context.Context, g Gateway, a Attempt, m Movement) (Result, error) {
	change := Change{Reference: string(a.ID), Key: string(m.ID), Amount: m.Amount, Known: a.known()}
	switch m.Kind {
	case KindRefund:
		return g.Refund(ctx, change)
	case KindCapture:
		return g.Capture(ctx, change)
	}
	r, err := Void(ctx, g, a.known())
	if r.Status == StatusNone {
		r.Status, r.Reference = StatusVoided, string(a.ID)
	}
	return r, err
}

// again goes on with a movement that was left lying. The gateway's book is
// asked first; what it has not heard of is sent again under the same key, and
// only while the gateway remembers keys.
func (p *Payments) again(ctx context.Context, m Movement) (Movement, error) {
	a, err := p.attempt(ctx, m.Attempt)
	if err != nil {
		return m, err
	}
	g, err := p.Gateway(a.Gateway)
	if err != nil {
		return m, err
	}
	if m.Kind == KindVoid {
		return p.ask(ctx, m, a, false)
	}
	call, stop := context.WithTimeout(ctx, g.Traits().Timeout)
	defer stop()
	r, err := Lookup(call, g, a.known())
	if err != nil {
		hushed, err2 := p.hush(ctx, m)
		return hushed, errors.Join(fmt.Errorf("look up %s: %w", m.ID, err), err2)
	}
	fresh := p.db.Now().Sub(m.CreatedAt) < g.Traits().KeyWindow-g.Traits().Timeout
	m, missing, err := p.compare(ctx, m, r, !fresh)
	if err == nil && missing && fresh {
		return p.ask(ctx, m, a, false)
	}
	return m, err
}

// compare settles a movement from the gateway's totals: when they hold all that
// is done and under way, it was made; when they hold no more than what is done
// and its key is forgotten, it never will be. missing says that they do not
// hold it yet.
func (p *Payments) compare(ctx context.Context, m Movement, r Result, forgotten bool) (after Movement, missing bool, err error) {
	err = p.db.Write(ctx, func(tx *db.Tx) error {
		a, err := selectAttempt(ctx, tx, m.Attempt, tx.ForUpdate())
		if err != nil {
			return err
		}
		pay, err := selectPayment(ctx, tx, m.Payment)
		if err != nil {
			return err
		}
		have, booked, open := r.Captured.Minor, a.Captured.Minor, pay.Moving.Minor
		if m.Kind == KindRefund {
			have, booked, open = r.Refunded.Minor, a.Refunded.Minor, pay.Refunding.Minor
		}
		answered := r.Status == StatusAuthorized || r.Status == StatusCaptured
		switch {
		case answered && have >= booked+open && mismatch(a, r, of[r.Status]) == "":
			after, err = p.close(ctx, tx, a, m, MovementDone, r)
		case r.Status == StatusVoided, answered && forgotten && have <= booked:
			r.DeclineCode = DeclineGateway
			after, err = p.close(ctx, tx, a, m, MovementFailed, r)
		default:
			after, missing, err = m, true, p.later(ctx, tx, a, m)
		}
		return err
	})
	return after, missing, err
}

// conclude acts on the answer to a movement.
func (p *Payments) conclude(ctx context.Context, m Movement, r Result) (after Movement, err error) {
	err = p.db.Write(ctx, func(tx *db.Tx) error {
		a, err := selectAttempt(ctx, tx, m.Attempt, tx.ForUpdate())
		if err != nil {
			return err
		}
		to := verdict(a, m, r)
		if text := mismatch(a, r, of[r.Status]); text != "" && to != MovementFailed {
			err, to = p.report(ctx, tx, TroubleMismatch, a, text), MovementUnknown
		}
		if to.Open() {
			after = m
			after.State = MovementUnknown
			return errors.Join(err, p.later(ctx, tx, a, m))
		}
		after, err = p.close(ctx, tx, a, m, to, r)
		return err
	})
	return after, err
}

// verdict is what an answer means for a movement. Totals that cannot contain it
// leave it open.
func verdict(a Attempt, m Movement, r Result) MovementState {
	made := false
	switch m.Kind {
	case KindRefund:
		made = r.Refunded.Minor >= m.Amount.Minor
	case KindCapture:
		made = r.Status == StatusCaptured && r.Captured.Minor >= m.Amount.Minor
	case KindVoid:
		made = r.Status == StatusVoided || r.Status == StatusCaptured && r.Captured.Minor == a.Captured.Minor
		if !made && r.Status == StatusCaptured { // it was taken meanwhile
			return MovementFailed
		}
	}
	switch {
	case r.Status == StatusDeclined, r.Status == StatusVoided && m.Kind != KindVoid:
		return MovementFailed
	case made:
		return MovementDone
	}
	return MovementUnknown
}

// hush notes that a gateway did not answer: the poller asks soon.
func (p *Payments) hush(ctx context.Context, m Movement) (Movement, error) {
	err := p.db.Write(ctx, func(tx *db.Tx) error {
		a, err := selectAttempt(ctx, tx, m.Attempt, tx.ForUpdate())
		if err != nil {
			return err
		}
		if err := p.later(ctx, tx, a, m); err != nil {
			return err
		}
		m, err = selectMovement(ctx, tx, m.ID)
		return err
	})
	return m, err
}

// later makes an open movement unknown and puts off the next look at it.
func (p *Payments) later(ctx context.Context, tx *db.Tx, a Attempt, m Movement) error {
	age := tx.Now.Sub(m.CreatedAt)
	if age > stale {
		text := fmt.Sprintf("the %s %s of %v is undecided for more than a day: ask the gateway by telephone", m.Kind, m.ID, m.Amount)
		if err := p.report(ctx, tx, TroubleStale, a, text); err != nil {
			return err
		}
	}
	_, err := updateMovement(ctx, tx, m.ID, MovementUnknown, "", tx.Now.Add(min(max(age/4, shortestLook), longestLook)))
	return err
}

// close ends a movement, once: its claim on the payment's amounts is given back
// or becomes what it claimed.
func (p *Payments) close(ctx context.Context, tx *db.Tx, a Attempt, m Movement, to MovementState, r Result) (Movement, error) {
	code := ""
	if to == MovementFailed {
		code = r.DeclineCode
	}
	n, err := updateMovement(ctx, tx, m.ID, to, code, time.Time{})
	if err != nil || n == 0 { // another was first
		m, err2 := selectMovement(ctx, tx, m.ID)
		return m, errors.Join(err, err2)
	}
	m.State, m.DeclineCode, m.LookAt = to, code, time.Time{}
	var pay Payment
	if to == MovementDone {
		a, pay, err = p.effect(ctx, tx, a, m)
	} else {
		failed := a
		failed.DeclineCode = code
		if err = note(ctx, tx, failed, string(m.Kind)+"_failed", string(m.ID), money.Of(0, m.Amount.Currency)); err == nil {
			pay, err = updatePayment(ctx, tx, a.Payment, m.claim(-1))
		}
	}
	if err == nil {
		pay, err = p.whole(ctx, tx, a, pay, m)
	}
	if err == nil {
		err = p.foreign(ctx, tx, a, pay, r)
	}
	if err != nil {
		return m, fmt.Errorf("settle %s: %w", m.ID, err)
	}
	return m, nil
}

// effect is what a movement that was made changes.
func (p *Payments) effect(ctx context.Context, tx *db.Tx, a Attempt, m Movement) (Attempt, Payment, error) {
	from, d, kind := a.State, m.claim(-1), eventRefunded
	switch m.Kind {
	case KindRefund:
		d.refunded, a.Refunded = m.Amount.Minor, a.Refunded.Plus(m.Amount)
	case KindCapture:
		d.captured, a.Captured, a.State, kind = m.Amount.Minor, a.Captured.Plus(m.Amount), StateCaptured, string(StateCaptured)
	case KindVoid:
		d.authorized, d.voided, kind = -m.Amount.Minor, m.Amount.Minor, eventReleased
		if a.Captured.Minor == 0 {
			a.State, kind = StateVoided, string(StateVoided)
		}
	}
	n, err := updateAttempt(ctx, tx, a, from, time.Time{})
	if err == nil && n == 0 {
		err = ErrState
	}
	if err != nil {
		return a, Payment{}, err
	}
	pay, err := book(ctx, tx, a, kind, string(m.ID), m.Amount, d)
	if err == nil && m.Kind == KindRefund {
		err = event.Publish(ctx, tx, refundedOf(pay, m))
	}
	if forward, ok := p.owners[pay.Owner.Kind]; err == nil && ok && a.State == StateVoided {
		err = forward(ctx, tx, pay, a)
	}
	return a, pay, err
}

// whole lets go of what is left of a hold at a gateway that captures once.
func (p *Payments) whole(ctx context.Context, tx *db.Tx, a Attempt, pay Payment, m Movement) (Payment, error) {
	rest := pay.Uncaptured()
	g, err := p.Gateway(a.Gateway)
	if err != nil || g.Traits().Parts || m.Kind != KindCapture || a.Captured.Minor == 0 || rest.Minor == 0 {
		return pay, err
	}
	return book(ctx, tx, a, eventReleased, string(m.ID)+":rest", rest, delta{authorized: -rest.Minor, voided: rest.Minor})
}

// foreign books what the gateway's totals hold beyond all that was asked of it
// here, such as a refund made in the gateway's own pages, and tells a person.
// While something is under way the totals may hold that, and it waits.
func (p *Payments) foreign(ctx context.Context, tx *db.Tx, a Attempt, pay Payment, r Result) error {
	if r.Status != StatusCaptured || a.State != StateCaptured {
		return nil
	}
	taken, given := r.Captured.Minor-a.Captured.Minor, r.Refunded.Minor-a.Refunded.Minor
	for _, f := range []struct {
		kind  Kind
		extra int64
		total int64
		open  money.Amount
		left  int64
	}{{KindCapture, taken, r.Captured.Minor, pay.Moving, pay.Authorized.Minor - pay.Captured.Minor},
		{KindRefund, given, r.Refunded.Minor, pay.Refunding, r.Captured.Minor - a.Refunded.Minor}} {
		if f.extra <= 0 || f.open.Minor > 0 {
			continue
		}
		m := Movement{ID: MovementID(fmt.Sprintf("%s_%s_%d", prefix[f.kind], a.ID, f.total)), Payment: pay.ID, Attempt: a.ID, Kind: f.kind,
			Key: fmt.Sprintf("gateway:%s:%d", a.ID, f.total), Amount: money.Of(f.extra, a.Amount.Currency), State: MovementWritten,
			By: By{Actor: "gateway:" + a.Gateway}, LookAt: tx.Now, CreatedAt: tx.Now}
		err := p.report(ctx, tx, TroubleForeign, a, fmt.Sprintf("the gateway made a %s of %v that nobody asked for here; it is booked", f.kind, m.Amount))
		if err != nil || f.extra > f.left {
			return err
		}
		if _, err = updatePayment(ctx, tx, pay.ID, m.claim(1)); err == nil {
			err = insertMovement(ctx, tx, m)
		}
		if err == nil {
			_, err = updateMovement(ctx, tx, m.ID, MovementDone, "", time.Time{})
		}
		if err == nil {
			a, pay, err = p.effect(ctx, tx, a, m)
		}
		if err != nil {
			return fmt.Errorf("book a %s made elsewhere: %w", f.kind, err)
		}
	}
	return nil
}

// book writes an event, the payment's amounts, the ledger's postings and the
// fact that money was taken.
func book(ctx context.Context, tx *db.Tx, a Attempt, kind, key string, moved money.Amount, d delta) (Payment, error) {
	if err := note(ctx, tx, a, kind, key, moved); err != nil {
		return Payment{}, err
	}
	pay, err := updatePayment(ctx, tx, a.Payment, d)
	if err != nil {
		return Payment{}, fmt.Errorf("amounts of %s: %w", a.Payment, err)
	}
	if err := ledger.Post(ctx, tx, posting(a, pay.Market, kind, key, d)); err != nil || d.captured == 0 {
		return pay, err
	}
	return pay, event.Publish(ctx, tx, capturedOf(pay, a, money.Of(d.captured, a.Amount.Currency)))
}
