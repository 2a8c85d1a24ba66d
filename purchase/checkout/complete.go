package checkout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"korzo/customer/profile"
	"korzo/delivery/sourcing"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/id"
	"korzo/platform/idempotency"
	"korzo/purchase/cart"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/purchase/promotion"
	"korzo/purchase/tax"
	"korzo/value/money"
)

// Request is what a shopper agreed to. Expected is the sum on the button.
type Request struct {
	Session  ID
	Caller   cart.Caller
	Expected money.Amount
	Due      *money.Amount // what is left to pay of it; needed where stored value pays a part
	Key      idempotency.Key
	BodyHash string
	From     From
}

// From is where a request came from: what card testers are known by. The zero
// From tells nothing.
type From struct{ IP, Agent string }

// refusal is the business saying no before anything began: the transaction is
// rolled back and nothing is kept under the key.
type refusal struct{ Outcome }

func (refusal) Error() string { return "the checkout was refused" }

// busy reports that another request is placing this session's order.
type busy struct{ placing PlacingID }

func (busy) Error() string { return "another request is placing this order" }

// twin reports that the same request is being worked on.
type twin struct{}

func (twin) Error() string { return "the same request is being worked on" }

// replay carries an answer given before: kept under this key, or the order of
// a session that was placed under another.
type replay struct {
	reply idempotency.Reply
	kept  bool
}

func (replay) Error() string { return "answered before" }

// Complete places the order of a session and answers within ten seconds. The
// same key and body get the same bytes, however often; replayed tells that they
// were kept. It fails with ErrNotFound, idempotency.ErrReused, or ErrInFlight
// when the same request is still being worked on.
func (c *Checkout) Complete(ctx context.Context, r Request) (reply idempotency.Reply, replayed bool, err error) {
	defer func() { c.watch(ctx, recover(), err, c.visitor(r.Session)) }()
	p, err := c.prepare(ctx, r)
	var refused refusal
	var other busy
	var before replay
	switch {
	case err == nil:
		return c.pay(ctx, p), false, nil
	case errors.As(err, &before):
		return before.reply, before.kept, nil
	case errors.As(err, &refused):
		return c.Answer(refused.Outcome), false, nil
	case errors.As(err, &other):
		reply, err = c.join(ctx, r, other.placing)
		return reply, false, err
	case errors.As(err, new(twin)):
		return c.joinTwin(ctx, r)
	}
	return reply, false, fmt.Errorf("complete checkout %s: %w", r.Session, err)
}

// prepared is a placing on disk, ready to be paid.
type prepared struct {
	id      PlacingID
	key     idempotency.Key
	attempt payment.Attempt
	free    bool // nothing has to be paid
	waiter  *waiter
	row     placingRow
}

func (c *Checkout) prepare(ctx context.Context, r Request) (p prepared, err error) {
	err = c.DB.Write(ctx, func(tx *db.Tx) error {
		if p.waiter != nil { // of a transaction that has to run again
			c.forget(p.id)
		}
		kept, state, err := idempotency.Open(ctx, tx, r.Key, r.BodyHash)
		switch {
		case err != nil:
			return err
		case state == idempotency.Done:
			return replay{kept, true}
		case state == idempotency.InFlight:
			return twin{}
		}
		if p, err = c.begin(ctx, tx, r); err != nil || !p.free {
			return err
		}
		p.waiter = c.await(p) // nobody has to be asked: it is placed at once
		return c.finalise(ctx, tx, p.id)
	})
	switch {
	case err != nil && p.waiter != nil:
		c.forget(p.id)
	case err == nil && p.waiter == nil:
		p.waiter = c.await(p)
	}
	return p, err
}

// begin freezes the purchase and holds what it needs: session and cart first,
// then coupons, stock last.
func (c *Checkout) begin(ctx context.Context, tx *db.Tx, r Request) (prepared, error) {
	s, err := c.locked(ctx, tx, r.Session, r.Caller)
	if err != nil {
		return prepared{}, err
	}
	if err := c.mayBegin(ctx, tx, s); err != nil {
		return prepared{}, err
	}
	placing := id.New[PlacingID]("plc", tx.Now)
	if err := cart.Lock(ctx, tx, s.Cart, 0, string(placing)); err != nil {
		return prepared{}, err
	}
	v, err := c.view(ctx, tx, s, r.Caller)
	if err != nil {
		return prepared{}, err
	}
	if out, no := v.refuse(r.Expected, r.Due); no {
		return prepared{}, refusal{out}
	}
	v.asShown(tx.Now)
	p := prepared{id: placing, key: r.Key, free: v.Due.IsZero()}
	draft, placed := v.draft(tx.Now), order.NewID(tx.Now)
	if !p.free {
		if p.attempt, err = c.open(ctx, tx, v, placing, placed, r.From); err != nil {
			return prepared{}, err
		}
		draft.Payment = string(p.attempt.Payment)
	}
	row := placingRow{ID: placing, Session: s.ID, Cart: s.Cart, Order: placed, Draft: draft,
		Redeemed: len(v.Uses()) > 0, Key: r.Key}
	text, err := json.Marshal(draft)
	if err != nil {
		return prepared{}, err
	}
	row.text = string(text)
	p.row = row
	if draft.TaxReason == tax.ReasonReverse {
		if err := c.VATIDs.Bind(ctx, tx, profile.ContactID(s.Contact), string(placed)); err != nil {
			return prepared{}, err
		}
	}
	if err := c.write(ctx, tx, s, row); err != nil {
		return prepared{}, err
	}
	return p, c.hold(ctx, tx, v, placing, placed, tx.Now.Add(max(v.Flow.Hold(), minHold)))
}

// mayBegin answers for sessions that are not open.
func (c *Checkout) mayBegin(ctx context.Context, tx *db.Tx, s Session) error {
	switch s.State {
	case StatePaying:
		return busy{s.Placing}
	case StatePlaced:
		out, err := c.outcome(ctx, tx, s)
		if err != nil {
			return err
		}
		return replay{c.Answer(out), false}
	case StateCanceled:
		return ErrNotFound
	}
	return nil
}

// write puts the placing on disk and makes the session wait for it.
func (c *Checkout) write(ctx context.Context, tx *db.Tx, s Session, p placingRow) error {
	if err := insertPlacing(ctx, tx, p); err != nil {
		return fmt.Errorf("write placing of %s: %w", s.ID, err)
	}
	return paySession(ctx, tx, s.ID, p.ID)
}

// hold takes the coupons, the stored value and the stock of a placing, all or none.
func (c *Checkout) hold(ctx context.Context, tx *db.Tx, v View, placing PlacingID, placed order.ID, until time.Time) error {
	err := promotion.Redeem(ctx, tx, string(placing), c.buyer(v.Session, v.Contact), v.Uses())
	if promotion.Refused(err) {
		return refusal{v.refused(Message{Type: "error", Code: "code_exhausted", Path: "$.codes", Severity: "requires_buyer_review",
			Content: "a discount code was used up a moment ago; read the checkout for the new total"})}
	}
	if err != nil {
		return err
	}
	if err := holdTenders(ctx, tx, v, placing); err != nil {
		return err
	}
	lines := v.Needs(v.collectedAt)
	if len(lines) == 0 {
		return nil
	}
	if err := cart.LetGo(ctx, tx, v.View.Cart); err != nil { // what was held before the payment is held by it now
		return err
	}
	to := v.Contact.Shipping
	_, err = sourcing.Hold(ctx, tx, sourcing.Ask{Order: string(placed), Holder: string(placing), Channel: v.View.Cart.Channel, Lines: lines,
		Until: until, Country: to.Country, Code: to.PostalCode, Promised: v.promised()})
	var short inventory.Shortage
	if errors.As(err, &short) {
		return refusal{v.refused(v.shortage(short))}
	}
	return err
}

// minHold is the least time stock is held from the start of payment.
const minHold = 10 * time.Minute

// pay asks the gateway and waits a while for what comes of it. The gateway's
// answer is acted on even when the client has gone.
func (c *Checkout) pay(ctx context.Context, p prepared) idempotency.Reply {
	background := context.WithoutCancel(ctx)
	if !p.free {
		c.running.Go(func() {
			if _, err := c.Payments().Pay(background, p.attempt); err != nil {
				c.log.ErrorContext(background, "placing not settled; it will be resumed", "placing", p.id, "error", err)
			}
		})
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-p.waiter.done:
		return p.waiter.reply
	case <-timer.C:
	case <-ctx.Done():
	}
	c.forget(p.id)
	return c.unsettled(background, p)
}

// unsettled answers that the payment is being checked, and keeps that answer
// unless the placing was settled meanwhile.
func (c *Checkout) unsettled(ctx context.Context, p prepared) idempotency.Reply {
	out := inProgress()
	out.Messages = told(p.row.Draft.Locale, out.Messages)
	reply := c.Answer(out)
	err := c.DB.Write(ctx, func(tx *db.Tx) error {
		if err := idempotency.Close(ctx, tx, p.key, reply); err != nil {
			return err
		}
		kept, state, err := idempotency.Look(ctx, tx, p.key)
		if err == nil && state == idempotency.Done {
			reply = kept
		}
		return err
	})
	if err != nil {
		c.log.ErrorContext(ctx, "answer not kept", "placing", p.id, "error", err)
	}
	return reply
}

func inProgress() Outcome {
	return Outcome{Status: StatusInProgress, Messages: []Message{{Type: "info", Code: "payment_in_progress", Severity: "recoverable",
		Content: "the payment is being checked; read the checkout in a moment, and do not pay again"}}}
}

// join waits for another request's placing and answers with what came of it.
func (c *Checkout) join(ctx context.Context, r Request, placing PlacingID) (idempotency.Reply, error) {
	deadline := time.After(patience)
	for {
		done := c.settling(placing)
		v, err := c.Find(ctx, r.Session, r.Caller)
		if err != nil {
			return idempotency.Reply{}, err
		}
		if v.State != StatePaying || v.Placing != placing {
			return c.Answer(v.Outcome()), nil
		}
		select {
		case <-done:
		case <-time.After(500 * time.Millisecond): // another node may be at work
		case <-deadline:
			return c.Answer(v.Outcome()), nil
		case <-ctx.Done():
			return idempotency.Reply{}, ctx.Err()
		}
	}
}

// joinTwin waits for the first of equal requests and gives its bytes.
func (c *Checkout) joinTwin(ctx context.Context, r Request) (idempotency.Reply, bool, error) {
	kept, state, err := idempotency.Wait(ctx, c.DB, r.Key, waitForTwin)
	if err != nil {
		return idempotency.Reply{}, false, err
	}
	if state != idempotency.Done {
		return idempotency.Reply{}, false, ErrInFlight
	}
	return kept, true, nil
}

// Cancel gives up a payment under way, so that the shopper can pay another
// way: the gateway is asked to forbid it, and only then the session opens
// again. A session with no payment under way is left as it is.
func (c *Checkout) Cancel(ctx context.Context, id ID, caller cart.Caller) (View, error) {
	v, err := c.Find(ctx, id, caller)
	if err != nil || v.State != StatePaying || v.attempt == "" {
		return v, err
	}
	if _, err := c.Payments().Abandon(ctx, v.attempt); err != nil {
		return View{}, fmt.Errorf("cancel payment of checkout %s: %w", id, err)
	}
	return c.Find(ctx, id, caller)
}
