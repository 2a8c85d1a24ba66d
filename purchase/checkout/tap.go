package checkout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/idempotency"
	"korzo/platform/job"
	"korzo/purchase/cart"
	"korzo/purchase/flow"
	"korzo/purchase/payment/paymethod"
	"korzo/value/money"
)

// One click: a customer whose address and card are kept taps once. The tap
// places nothing yet. For as long as the flow says it can be undone, and only
// when that time has gone by a job completes the checkout, under the tap's own
// key: so undoing moves no money, frees no stock and calls no bank. Whoever
// changes the row first, the job or the shopper, has decided.
//
// What Complete refuses then (the total has moved, the goods are gone, the bank
// wants proof) is the session's like after any other try, and the shopper is
// back on the page.

// The failures of a tap.
var (
	ErrNoTap   = fault.New(fault.Conflict, "checkout.no_one_click", "this checkout cannot be placed with one tap: a signed-in customer's address and saved card are needed; complete it as usual")
	ErrTooLate = fault.New(fault.Conflict, "checkout.too_late", "the order is being placed already; look at it, and cancel it there")
)

// JobTap completes a checkout whose tap can no longer be undone.
const JobTap = "checkout.tap"

// The states of a tap.
const (
	tapWaiting = "waiting" // it may be undone
	tapBegun   = "begun"   // it is being placed, or was
	tapUndone  = "undone"
)

// Tap is an order that is placed unless it is undone.
type Tap struct {
	PlaceAt  time.Time // until then it may be undone
	Expected money.Amount
	Due      money.Amount
	state    string
	key      string
}

// Waiting reports whether it may still be undone.
func (t *Tap) Waiting() bool { return t != nil && t.state == tapWaiting }

// Begun reports whether the order is being placed, or was.
func (t *Tap) Begun() bool { return t != nil && t.state == tapBegun }

// TapRequest is what a shopper agreed to with a tap.
type TapRequest struct {
	Session  ID
	Caller   cart.Caller
	Expected money.Amount // the sum on the button
	Due      money.Amount // what is left to pay of it
}

// mayTap reports whether one tap suffices: the flow says so, nothing is missing,
// and a customer who is signed in pays with a card they agreed to keep, or need
// not pay.
func (v View) mayTap() bool {
	if v.Flow.Layout != flow.OneClick || v.State != StateOpen || v.Session.Customer == "" || len(v.Requirements) > 0 || v.Failure != nil {
		return false
	}
	way, ok := v.method()
	return v.Due.IsZero() || ok && v.Session.Saved != "" && way.Flow == paymethod.Fields
}

// Tap agrees to a purchase that is placed when the flow's time to undo it has
// gone by. Tapping again changes nothing. It fails with ErrNoTap, ErrPaying,
// ErrPlaced or ErrNotFound; when the business says no the outcome tells, and is
// nil otherwise.
func (c *Checkout) Tap(ctx context.Context, r TapRequest) (v View, refused *Outcome, err error) {
	defer func() { c.watch(ctx, recover(), err, c.visitor(r.Session)) }()
	var no refusal
	err = c.DB.Write(ctx, func(tx *db.Tx) error {
		v, err = c.tap(ctx, tx, r)
		return err
	})
	if errors.As(err, &no) {
		return v, &no.Outcome, nil
	}
	if err != nil {
		return View{}, nil, fmt.Errorf("tap checkout %s: %w", r.Session, err)
	}
	c.dress(ctx, &v)
	return v, nil, nil
}

func (c *Checkout) tap(ctx context.Context, tx *db.Tx, r TapRequest) (View, error) {
	s, err := c.locked(ctx, tx, r.Session, r.Caller)
	if err != nil {
		return View{}, err
	}
	switch s.State {
	case StatePaying:
		return View{}, ErrPaying
	case StatePlaced:
		return View{}, ErrPlaced
	}
	v, err := c.view(ctx, tx, s, r.Caller)
	switch {
	case err != nil:
		return v, err
	case v.Tap.Waiting() && v.Tap.Expected == r.Expected && v.Tap.Due == r.Due:
		return v, nil
	case !v.mayTap():
		return v, ErrNoTap
	}
	if out, no := v.refuse(r.Expected, &r.Due); no {
		return v, refusal{out}
	}
	v.Tap = &Tap{PlaceAt: tx.Now.Add(v.Flow.Undo()), Expected: r.Expected, Due: r.Due, state: tapWaiting, key: strconv.FormatInt(tx.Now.UnixMicro(), 36)}
	if err := upsertTap(ctx, tx, s.ID, *v.Tap); err != nil {
		return v, err
	}
	return v, job.Enqueue(ctx, tx, job.Job{Kind: JobTap, Key: string(s.ID) + ":" + v.Tap.key, Body: s.ID, At: v.Tap.PlaceAt})
}

// Undo takes a tap back. It fails with ErrTooLate when the order is being placed
// already, and changes nothing where nobody tapped.
func (c *Checkout) Undo(ctx context.Context, id ID, caller cart.Caller) error {
	err := c.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := c.locked(ctx, tx, id, caller); err != nil {
			return err
		}
		n, err := moveTap(ctx, tx, id, tapWaiting, tapUndone, time.Time{})
		if err != nil || n > 0 {
			return err
		}
		t, err := selectTap(ctx, tx, id)
		if errors.Is(err, db.ErrNoRow) || err == nil && t.state == tapUndone {
			return nil
		}
		return errors.Join(err, ErrTooLate)
	})
	if err != nil {
		return fmt.Errorf("undo checkout %s: %w", id, err)
	}
	return nil
}

// Register has the jobs of a pool complete what was tapped.
func (c *Checkout) Register(p *job.Pool) { job.Do(p, JobTap, c.finishTap) }

// finishTap completes a checkout whose tap can no longer be undone. After a
// crash it is called again, and the key makes it the same try.
func (c *Checkout) finishTap(ctx context.Context, id ID) error {
	var t Tap
	var s Session
	err := c.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if _, err = moveTap(ctx, tx, id, tapWaiting, tapBegun, tx.Now); err != nil {
			return err
		}
		if t, err = selectTap(ctx, tx, id); err != nil || t.state != tapBegun {
			return err
		}
		s, err = selectSession(ctx, tx, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("finish tap of %s: %w", id, err)
	}
	if t.state != tapBegun || s.State != StateOpen {
		return nil // undone, or placed some other way
	}
	_, _, err = c.Complete(ctx, Request{Session: id, Caller: cart.Caller{Customer: s.Customer}, Expected: t.Expected, Due: &t.Due,
		Key: idempotency.Key{Principal: "tap", Route: "complete:" + string(id), Key: t.key}, BodyHash: t.key})
	if err != nil {
		return err
	}
	return c.DB.Write(ctx, func(tx *db.Tx) error { return c.endTap(ctx, tx, id) })
}

// endTap tells the session why a tap came to nothing, if Complete refused it
// before anything began: the shopper is not there to be answered.
func (c *Checkout) endTap(ctx context.Context, tx *db.Tx, id ID) error {
	s, err := selectSessionLocked(ctx, tx, id)
	if err != nil || s.State != StateOpen {
		return err
	}
	if _, err := moveTap(ctx, tx, id, tapBegun, tapUndone, time.Time{}); err != nil || s.Failure != nil {
		return err
	}
	s.Failure = &Message{Type: "error", Code: "one_click_refused", Path: "$", Severity: "requires_buyer_review",
		Content: "nothing was ordered: the total or what is in stock has changed since; look again and complete the checkout"}
	s.Revision++
	return updateSession(ctx, tx, s)
}

// tapped reads the tap of a session whose flow is one of one click; of no other
// is anything read.
func (v *View) tapped(ctx context.Context, tx *db.Tx) error {
	if v.Flow.Layout != flow.OneClick || !slices.Contains([]State{StateOpen, StatePaying}, v.State) {
		return nil
	}
	t, err := selectTap(ctx, tx, v.Session.ID)
	switch {
	case errors.Is(err, db.ErrNoRow):
		err = nil
	case err == nil && t.state == tapWaiting, err == nil && t.state == tapBegun && v.Session.Placing == "":
		v.Tap = &t
	}
	v.OneClick = v.mayTap()
	return err
}
