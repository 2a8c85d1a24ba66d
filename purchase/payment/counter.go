package payment

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/platform/ledger"
	"korzo/purchase/payment/paymethod"
	"korzo/value/money"
)

// What is collected may be paid where it is collected. Until then the payment is
// a promise, like one at the door. Cash takes it; a card at a terminal, or the code
// that a phone shows, is another attempt, which is written once the promise is let
// go. One that is declined leaves a payment of which nothing is held and nothing
// was taken: it is paid by another attempt.

// The refusals of a counter. No money moved.
var (
	ErrPaid = fault.New(fault.Conflict, "payment.paid", "this is paid already: take no money, and hand over")
	ErrBusy = fault.New(fault.Conflict, "payment.busy", "this is being paid at this moment: wait for that to end, then look again")
	ErrCode = fault.New(fault.Invalid, "payment.code", "this is no code that a phone shows for paying: scan it, or type all of it, and never a card's number")
	ErrTill = fault.New(fault.Invalid, "payment.till", "this is not paid at a counter, or not this way; choose one of the ways shown")
)

// Counter is how a payment is made at a counter.
type Counter struct {
	Method     string // of a till: "cash", "terminal", "phone_code"
	Instrument string // that is presented: the code that a phone shows, what a simulated terminal is shown; "" for cash
	Key        string
	By         By

	// May is asked again in the transactions that take the promise, let go of it and
	// begin another attempt, whether there is still something to pay: it locks what would change that.
	May func(ctx context.Context, tx *db.Tx) error
}

// Owed is what a payment that is made at a counter still lacks; of any other it
// is nothing.
func (p Payment) Owed() money.Amount {
	if m, _ := paymethod.Find(p.Method); len(m.Tills) == 0 {
		return money.Of(0, p.Amount.Currency)
	}
	return p.Amount.Minus(p.Captured)
}

// InCash is an amount as coins and notes can pay it.
func InCash(a money.Amount) money.Amount {
	info, _ := money.Find(a.Currency)
	return a.RoundTo(max(info.CashStep, 1))
}

// Collect has all that is owed of a payment taken at a counter, once, whoever
// asks and however often. What it returns is captured, declined, or undecided
// while the customer stands at the terminal or is asked on their phone: Sync,
// Answer and Abandon go on from there. It must run outside any transaction. It
// returns ErrPaid, ErrBusy, ErrCode or ErrTill when nothing was asked.
func (p *Payments) Collect(ctx context.Context, of ID, c Counter) (Attempt, error) {
	ctx, done := p.begin(ctx)
	defer done()
	if way, _ := paymethod.Find(c.Method); way.Flow == paymethod.QRScanned {
		c.Instrument = Code(c.Instrument)
	}
	if a, err := p.collected(ctx, of, c.Key); err != nil || a.ID != "" {
		return a, err
	}
	way, gateway, promise, err := p.till(ctx, of, c)
	if err == nil && promise.Kind == way.Kind {
		return p.collectPromise(ctx, promise, c)
	}
	if err == nil && promise.ID != "" {
		_, err = p.once(ctx, wish{payment: of, kind: KindVoid, key: counterKey(c.Key), by: c.By, may: c.May})
		if errors.Is(err, ErrState) {
			err = nil // another was faster: present looks
		}
	}
	var a Attempt
	if err == nil {
		a, err = p.present(ctx, of, way, gateway, c)
	}
	if err != nil {
		return a, fmt.Errorf("collect %s by %s: %w", of, c.Method, err)
	}
	return p.Pay(ctx, a)
}

// collected finds the attempt that was made under a key before.
func (p *Payments) collected(ctx context.Context, of ID, key string) (a Attempt, err error) {
	if key == "" {
		return a, ErrTill
	}
	err = p.db.Read(ctx, func(tx *db.Tx) error {
		id, err := selectCollected(ctx, tx, of, counterKey(key))
		if err == nil {
			a, err = FindAttempt(ctx, tx, id)
		}
		if errors.Is(err, db.ErrNoRow) {
			return nil
		}
		return err
	})
	return a, err
}

// counterKey is under what somebody's key is kept.
func counterKey(key string) string { return "counter:" + key }

// till reads by what a payment may be made, and the promise that stands for it.
func (p *Payments) till(ctx context.Context, of ID, c Counter) (way paymethod.Method, gateway string, promise Attempt, err error) {
	err = p.db.Read(ctx, func(tx *db.Tx) error {
		pay, attempts, err := Find(ctx, tx, of)
		if err != nil {
			return err
		}
		m, _ := paymethod.Find(pay.Method)
		if way, _ = paymethod.Find(c.Method); !slices.Contains(m.Tills, way.ID) {
			return ErrTill
		}
		if err := presentable(way, c.Instrument); err != nil {
			return err
		}
		for _, a := range attempts {
			if a.State == StateAuthorized && a.Method == pay.Method {
				promise = a
				promise.Amount = pay.Uncaptured()
			}
		}
		gateway, err = p.Choose(way, nil)
		return err
	})
	return way, gateway, promise, err
}

// presentable returns why what is presented cannot pay by a method of a till.
func presentable(way paymethod.Method, instrument string) error {
	switch {
	case way.Flow == paymethod.QRScanned && (instrument == "" || instrument != Code(instrument)):
		return ErrCode
	case way.Flow != paymethod.QRScanned && instrument != "" && !ValidInstrument(instrument):
		return ErrTill
	}
	return nil
}

// collectPromise takes a promise in cash.
func (p *Payments) collectPromise(ctx context.Context, promise Attempt, c Counter) (Attempt, error) {
	if promise.Amount.Minor <= 0 {
		return promise, p.faster(ctx, promise.Payment)
	}
	m, err := p.once(ctx, wish{payment: promise.Payment, kind: KindCapture, amount: promise.Amount, key: counterKey(c.Key), by: c.By, may: c.May})
	switch {
	case errors.Is(err, ErrTooMuch), errors.Is(err, ErrState):
		return promise, p.faster(ctx, promise.Payment)
	case err != nil:
		return promise, err
	case m.State == MovementFailed:
		return promise, fmt.Errorf("collect %s: %w: %s", promise.Payment, ErrNo, m.DeclineCode)
	}
	return p.attempt(ctx, promise.ID)
}

// faster says what somebody else has done who took the money first.
func (p *Payments) faster(ctx context.Context, of ID) error {
	return p.db.Read(ctx, func(tx *db.Tx) error {
		pay, err := Head(ctx, tx, of)
		if err == nil && pay.Captured == pay.Amount {
			return ErrPaid
		}
		if err == nil {
			err = ErrBusy
		}
		return err
	})
}

// eventPresented is that a customer pays at a counter.
const eventPresented = "presented"

// present writes the attempt that is made now, unless money is there or may be
// under way.
func (p *Payments) present(ctx context.Context, of ID, way paymethod.Method, gateway string, c Counter) (a Attempt, err error) {
	err = p.db.Write(ctx, func(tx *db.Tx) error {
		if err := c.May(ctx, tx); err != nil {
			return err
		}
		if err := lockPayment(ctx, tx, of); err != nil {
			return err
		}
		pay, attempts, err := Find(ctx, tx, of)
		if err != nil {
			return err
		}
		for _, other := range attempts {
			switch {
			case other.State == StateCaptured, pay.Owed().Minor <= 0:
				return ErrPaid
			case !other.State.Failed():
				return ErrBusy
			}
		}
		zero := money.Of(0, pay.Amount.Currency)
		a = Attempt{ID: id.New[AttemptID]("att", tx.Now), Payment: of, Gateway: gateway, Method: way.ID, Kind: way.Kind, Instrument: c.Instrument,
			Capture: true, Amount: pay.Amount, Captured: zero, Refunded: zero, State: StateWritten, CreatedAt: tx.Now}
		if err := insertAttempt(ctx, tx, a, tx.Now.Add(graceWritten)); err != nil {
			return err
		}
		return note(ctx, tx, a, eventPresented, counterKey(c.Key), zero)
	})
	return a, err
}

// BreakOff gives up what is being paid at a counter at this moment, for what is
// not owed any more; what was taken meanwhile is left to be given back. It may be
// repeated, and must run outside any transaction.
func (p *Payments) BreakOff(ctx context.Context, of ID) error {
	var open []AttemptID
	err := p.db.Read(ctx, func(tx *db.Tx) error {
		pay, attempts, err := Find(ctx, tx, of)
		m, _ := paymethod.Find(pay.Method)
		for _, a := range attempts {
			if a.State.Open() && slices.Contains(m.Tills, a.Method) {
				open = append(open, a.ID)
			}
		}
		return err
	})
	for _, id := range open {
		if err == nil {
			_, err = p.Abandon(ctx, id)
		}
	}
	if err != nil {
		return fmt.Errorf("break off %s: %w", of, err)
	}
	return nil
}

// Answer tells the device what the person at it says to what it asks now, such as
// whether the signatures look alike. It must run outside any transaction.
func (p *Payments) Answer(ctx context.Context, of AttemptID, yes bool) (Attempt, error) {
	ctx, done := p.begin(ctx)
	defer done()
	a, err := p.attempt(ctx, of)
	if err != nil {
		return a, err
	}
	g, err := p.Gateway(a.Gateway)
	if err != nil {
		return a, err
	}
	device, ok := g.(Attended)
	if !ok {
		return a, ErrState
	}
	call, stop := context.WithTimeout(ctx, g.Traits().Timeout)
	defer stop()
	r, err := Lookup(call, g, a.known())
	if err == nil && r.Status == StatusActionRequired {
		r, err = device.Answer(call, string(of), r.Prompt, yes)
	}
	if err != nil {
		return a, fmt.Errorf("answer for %s: %w", of, err)
	}
	return p.settle(ctx, of, r)
}

// roundings is where the ledger keeps what coins could not pay, or paid too much.
const roundings = "cash_rounding:"

// RoundCash posts by how much the drawer has more or less than was owed. What a
// carrier collected is rounded once it is remitted: see Round.
func RoundCash(ctx context.Context, tx *db.Tx, e Captured) error {
	a, err := FindAttempt(ctx, tx, e.Attempt)
	if err != nil {
		return err
	}
	pay, err := Head(ctx, tx, e.Payment)
	if err != nil {
		return err
	}
	m, _ := paymethod.Find(pay.Method)
	taken := money.Of(e.Amount, a.Amount.Currency)
	more := InCash(taken).Minus(taken)
	if len(m.Tills) == 0 || a.Kind != m.Kind || more.IsZero() {
		return nil
	}
	return Round(ctx, tx, a, pay.Market, more)
}

// Round posts that so much more came for an attempt than was taken, or less, because
// there are no smaller coins. Posting it again changes nothing.
func Round(ctx context.Context, tx *db.Tx, a Attempt, market string, more money.Amount) error {
	return ledger.Post(ctx, tx, ledger.Transaction{Kind: "payment.cash_rounded", Ref: string(a.ID), Key: postingKey(a.ID, "cash_rounded"), Entries: []ledger.Entry{
		{Account: "clearing:" + a.Gateway, Amount: more}, {Account: roundings + market, Amount: more.Neg()}}})
}
