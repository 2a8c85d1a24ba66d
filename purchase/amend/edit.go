package amend

import (
	"context"
	"errors"
	"fmt"
	"time"

	"korzo/customer/profile"
	"korzo/delivery/sourcing"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/exception"
	"korzo/platform/fault"
	"korzo/purchase/order"
	"korzo/purchase/paylink"
	"korzo/purchase/payment/vault"
	"korzo/value/address"
)

// The failures of edits.
var (
	ErrAdd    = fault.New(fault.Invalid, "amend.add", "add goods that are sold in the order's channel, 1 to 9999 units of each, to one of its groups; what is no goods, or a bundle, is an order of its own")
	ErrTaxed  = fault.New(fault.Conflict, "amend.taxed", "other tax is due at that address than was paid; cancel the order and place it anew")
	ErrNoWay  = fault.New(fault.Conflict, "amend.no_way", "the order's delivery does not go there, or not with these goods; choose another address, or place an order of its own")
	ErrWaits  = fault.New(fault.Conflict, "amend.waits", "an edit of this order waits for its payment; drop it first, or wait")
	ErrBegun  = fault.New(fault.Conflict, "amend.begun", "somebody has begun to gather this order, or it is closed or on hold; refund lines instead, or place an order of its own")
	ErrNoCard = fault.New(fault.Declined, "amend.card", "the saved card was declined and nothing was changed; the link can still be paid")
)

// TroubleUnmade is the exception of an edit that was paid and cannot be made.
const TroubleUnmade = "amend.edit_not_made"

// HoldEdit is why an order is on hold while an edit of it waits for money.
const HoldEdit = "edit_unpaid"

// Addition is goods that an edit adds, at what they cost now.
type Addition struct {
	Variant catalog.VariantID
	Units   int64         // in whole units
	Group   order.GroupID // "" is the first group that is sent
}

// Change is how somebody wants an order to be: quantities of its lines in steps of
// their scale, what is added, and where it goes (nil: where it went).
type Change struct {
	Quantities map[order.LineID]int64
	Add        []Addition
	Address    *address.Address
}

// Edit completes a request by what is to be changed: a lower quantity is taken
// out, a higher one added in the group of its line. It returns ErrNothing for a
// line that the order does not have.
func Edit(ctx context.Context, tx *db.Tx, r Request, c Change) (Request, error) {
	o, err := order.Find(ctx, tx, r.Order)
	if err != nil {
		return r, err
	}
	gone, err := selectUnits(ctx, tx, o.ID)
	if err != nil {
		return r, err
	}
	r.Add, r.Address = c.Add, c.Address
	known := 0
	for _, l := range o.Lines {
		want, asked := c.Quantities[l.ID]
		if !asked {
			continue
		}
		known++
		now, step := l.Quantity-gone[l.ID], int64(1)
		for range l.Scale {
			step *= 10
		}
		switch {
		case want < 0 || want > now && (want-now)%step != 0:
			return r, ErrAdd
		case want < now:
			r.Lines = append(r.Lines, Line{Line: l.ID, Units: now - want})
		case want > now:
			r.Add = append(r.Add, Addition{Variant: catalog.VariantID(l.Variant), Units: (want - now) / step, Group: l.Group})
		}
	}
	if known < len(c.Quantities) {
		return r, ErrNothing.With("the order has no such line; take the lines' ids from the order")
	}
	return r, nil
}

// Keyed returns the amendment of an order that was written under a key; the zero
// Amendment when none was.
func Keyed(ctx context.Context, tx *db.Tx, of order.ID, key string) (Amendment, error) {
	a, err := selectByKey(ctx, tx, of, key)
	if errors.Is(err, db.ErrNoRow) {
		return Amendment{}, nil
	}
	if err == nil {
		a, err = load(ctx, tx, a.ID)
	}
	return a, err
}

// Rework is what an edit changes of work that nobody has begun. It is done by
// who stands above, in the edit's transaction.
type Rework struct {
	Order order.ID
	Out   []Line // units that will not be sent
	Actor string
}

// Works follows an edit in what is being prepared. Stop refuses, with an error,
// what somebody has begun, and takes units out, where there are any; Go prepares what was added, whose
// stock is claimed, or is short; Promise tells what is being prepared by when it is
// to arrive from now on.
type Works interface {
	Stop(ctx context.Context, tx *db.Tx, r Rework) error
	Go(ctx context.Context, tx *db.Tx, of order.ID) error
	Promise(ctx context.Context, tx *db.Tx, of order.ID, p Promise) error
}

// await writes what an edit waits with until it is paid for: the goods are held,
// the order is on hold, and a link asks for the money. Nobody is asked to pay for
// what cannot be made, because somebody has begun.
func (s *Amendments) await(ctx context.Context, tx *db.Tx, a *Amendment, mail bool) error {
	if err := s.Works.Stop(ctx, tx, Rework{Order: a.Order, Actor: a.Actor}); err != nil {
		return errors.Join(ErrBegun, err)
	}
	a.State = StateAwaiting
	link, err := s.Links.Make(ctx, tx, paylink.Draft{Order: a.Order, Edit: string(a.ID), Amount: a.ToPay, Mail: mail, Actor: a.Actor})
	if err != nil {
		return err
	}
	a.Link = link.ID
	if err := order.Move(ctx, tx, a.Order, order.StateOnHold, HoldEdit); err != nil {
		return errors.Join(err, ErrBegun)
	}
	return s.hold(ctx, tx, *a, link.ExpiresAt.Add(grace))
}

// grace is how much longer goods are held than their link can be paid: a try at
// its last moment has to end.
const grace = time.Hour

// hold keeps the goods of an addition for its edit.
func (s *Amendments) hold(ctx context.Context, tx *db.Tx, a Amendment, until time.Time) error {
	if len(a.Addition.Lines) == 0 {
		return nil
	}
	o, err := order.Find(ctx, tx, a.Order)
	if err != nil {
		return err
	}
	to, err := s.destination(ctx, tx, o, a.Contact)
	if err != nil {
		return err
	}
	ask := sourcing.Ask{Order: string(o.ID), Holder: string(a.ID), Channel: o.Channel, Until: until, Country: to.Country, Code: to.PostalCode}
	for _, l := range a.Addition.Lines {
		ask.Lines = append(ask.Lines, inventory.Line{Variant: catalog.VariantID(l.Variant), Units: l.Quantity, At: collectedAt(o, l.Group)})
	}
	_, err = sourcing.Hold(ctx, tx, ask)
	return err
}

// destination is where an order goes, or will by the contact of an edit.
func (s *Amendments) destination(ctx context.Context, tx *db.Tx, o order.Order, edited string) (address.Address, error) {
	if edited == "" {
		edited = o.Contact
	}
	c, err := profile.FindContact(ctx, tx, s.Keeper, profile.ContactID(edited))
	return c.Shipping, err
}

// collectedAt is where a group is collected; "" for what is sent.
func collectedAt(o order.Order, id order.GroupID) string {
	for _, g := range o.Groups {
		if g.ID == id && g.Kind == "pickup" {
			return g.Location
		}
	}
	return ""
}

// Charge takes what an edit waits for from a card that the order's customer has
// saved and lets be charged while they are away. It makes calls: outside any
// transaction. A decline is ErrNoCard, and the edit waits on for its link.
func (s *Amendments) Charge(ctx context.Context, id ID, card vault.ID) (Amendment, error) {
	var a Amendment
	var c vault.Card
	err := s.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if a, err = load(ctx, tx, id); err != nil {
			return err
		}
		o, err := order.Head(ctx, tx, a.Order)
		if err == nil {
			c, err = vault.Away(ctx, tx, o.Customer, card)
		}
		return err
	})
	if err != nil || a.State != StateAwaiting {
		return a, err
	}
	try, err := s.Links.Pay(ctx, a.Link, paylink.Try{Method: c.Method, Instrument: c.Instrument, Agreed: true})
	switch {
	case err != nil:
		return a, err
	case try.State.Failed():
		return a, ErrNoCard
	}
	return s.Settle(ctx, id)
}

// Settle makes an edit whose link was paid, and drops one whose link has ended.
// Otherwise, and again, it changes nothing.
func (s *Amendments) Settle(ctx context.Context, id ID) (a Amendment, err error) {
	err = s.DB.Write(ctx, func(tx *db.Tx) error { return s.SettleIn(ctx, tx, id) })
	if err != nil {
		return a, fmt.Errorf("settle edit %s: %w", id, err)
	}
	return s.Find(ctx, id)
}

// SettleIn is Settle in a transaction.
func (s *Amendments) SettleIn(ctx context.Context, tx *db.Tx, id ID) error {
	a, err := load(ctx, tx, id)
	if err != nil || a.State != StateAwaiting {
		return err
	}
	if err := order.Lock(ctx, tx, a.Order); err != nil {
		return err
	}
	link, err := paylink.Find(ctx, tx, a.Link)
	switch {
	case err != nil:
		return err
	case link.State == paylink.StatePaid:
		return s.made(ctx, tx, a)
	case link.Ended(tx.Now):
		return s.drop(ctx, tx, a, "it was not paid in time")
	}
	return nil
}

// made makes an edit that was paid. What cannot be made any more is for a
// person, with the money: it never stays undecided.
func (s *Amendments) made(ctx context.Context, tx *db.Tx, a Amendment) error {
	err := tx.Savepoint(ctx, func() error {
		if err := letGo(ctx, tx, a); err != nil {
			return err
		}
		if err := s.apply(ctx, tx, a); err != nil {
			return err
		}
		return closeBooks(ctx, tx, a)
	})
	if err == nil {
		_, err = updateState(ctx, tx, a.ID, StateAwaiting, StateDone, "", "")
		return err
	}
	if kind := fault.KindOf(err); kind == fault.Internal || kind.Retryable() {
		return err // it is tried again
	}
	if err := s.drop(ctx, tx, a, "it was paid and could not be made: "+err.Error()); err != nil {
		return err
	}
	return exception.Raise(ctx, tx, exception.Problem{Kind: TroubleUnmade, Ref: string(a.Order),
		Text: fmt.Sprintf("an edit of the order was paid with %v and could not be made (%v): send what was added another way, or give the money of link %s back", a.ToPay, err, a.Link)})
}

// letGo takes an order off the hold that its edit put it on.
func letGo(ctx context.Context, tx *db.Tx, a Amendment) error {
	o, err := order.Locked(ctx, tx, a.Order)
	if err != nil || o.State != order.StateOnHold || o.HoldReason != HoldEdit {
		return err
	}
	return order.Move(ctx, tx, a.Order, order.StatePlaced, "")
}

// drop ends an edit that was not made: its order goes on as it was.
func (s *Amendments) drop(ctx context.Context, tx *db.Tx, a Amendment, why string) error {
	n, err := updateState(ctx, tx, a.ID, StateAwaiting, StateDeclined, "", why)
	if err != nil || n == 0 {
		return err
	}
	if err := claim(ctx, tx, a, -1); err != nil {
		return err
	}
	if err := letGo(ctx, tx, a); err != nil {
		return err
	}
	if err := sourcing.Release(ctx, tx, string(a.ID)); err != nil {
		return err
	}
	return inventory.Release(ctx, tx, string(a.ID))
}

// Drop ends an edit that waits for its payment: the order goes on as it was. It
// returns paylink.ErrPaying while somebody pays. Dropping it again changes nothing.
func (s *Amendments) Drop(ctx context.Context, id ID, actor string) (Amendment, error) {
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		a, err := load(ctx, tx, id)
		if err != nil || a.State != StateAwaiting {
			return err
		}
		if err := order.Lock(ctx, tx, a.Order); err != nil {
			return err
		}
		if err := s.Links.Cancel(ctx, tx, a.Link); err != nil {
			return err
		}
		return s.drop(ctx, tx, a, "dropped by "+actor)
	})
	if err != nil {
		return Amendment{}, fmt.Errorf("drop edit %s: %w", id, err)
	}
	return s.Find(ctx, id)
}

// Paid makes the edit that a link was made for. Call it for paylink.Paid.
func (s *Amendments) Paid(ctx context.Context, tx *db.Tx, e paylink.Paid) error {
	link, err := paylink.Find(ctx, tx, e.Link)
	if err != nil || link.Edit == "" {
		return err
	}
	return s.SettleIn(ctx, tx, ID(link.Edit))
}

// Follow drops the edits of an order that was canceled meanwhile.
func (s *Amendments) Follow(ctx context.Context, tx *db.Tx, e order.Moved) error {
	if order.State(e.To) != order.StateCanceled {
		return nil
	}
	all, err := selectAwaiting(ctx, tx, e.Order)
	for _, a := range all {
		if err == nil {
			err = s.Links.Cancel(ctx, tx, a.Link)
		}
		if errors.Is(err, paylink.ErrPaying) || errors.Is(err, paylink.ErrEnded) {
			return nil // the link's own end tells
		}
		if err == nil {
			err = s.drop(ctx, tx, a, "the order was canceled")
		}
	}
	return err
}

// Expire drops edits whose link has ended unpaid, at most so many.
func (s *Amendments) Expire(ctx context.Context, tx *db.Tx, limit int) error {
	ids, err := selectWaiting(ctx, tx, limit)
	for _, id := range ids {
		if err == nil {
			err = s.SettleIn(ctx, tx, id)
		}
	}
	return err
}

// publish tells what an edit changed.
func (a Amendment) publish(ctx context.Context, tx *db.Tx) error {
	e := Edited{Order: a.Order, Amendment: a.ID, Added: a.Added.Minor, Shipping: a.Shipping.Minor, Other: a.Goodwill.Minor, Moved: a.Contact != ""}
	for _, l := range a.Lines {
		e.Lines = append(e.Lines, Given{l.Line, l.Units, l.Amount.Minor})
	}
	return event.Publish(ctx, tx, e)
}
