package shipment

import (
	"context"
	"fmt"
	"slices"

	"korzo/delivery/sourcing"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/exception"
	"korzo/platform/id"
	"korzo/purchase/order"
)

// Why a location rejects goods, which decides what happens to its stock.
const (
	RejectMissing  = "not_found"   // they are not there: what else it should have of them is blocked until counted
	RejectDamaged  = "damaged"     // they are there and cannot be sold: they are written off
	RejectCapacity = "no_capacity" // nobody has time: the stock is as it was
	RejectOther    = "other"
)

// Rejections are all reasons to reject.
var Rejections = []string{RejectMissing, RejectDamaged, RejectCapacity, RejectOther}

// take takes units that are not packed out of a fulfilment and returns them as
// lines of another one.
func (f *Fulfilment) take(units []Units) (lines []Line, err error) {
	if err := f.check(units, Line.Loose); err != nil {
		return nil, err
	}
	for _, u := range units {
		l := f.line(u.Line)
		l.Units -= u.Units
		l.Picked = min(l.Picked, l.Units)
		moved := *l
		moved.Units, moved.Picked, moved.Packed, moved.Shipped, moved.Canceled = u.Units, 0, 0, 0, 0
		lines = append(lines, moved)
	}
	return lines, nil
}

// part is a fulfilment that goes on with lines of this one.
func (f Fulfilment) part(lines []Line) Fulfilment {
	f.Origin, f.Lines, f.State, f.Reason, f.Staff = f.ID, lines, StateOpen, "", ""
	return f
}

// settle writes a fulfilment that gave units away: one that has none left ends
// as rest says, one whose remaining units are all packed or gone goes on.
func settle(ctx context.Context, tx *db.Tx, f *Fulfilment, rest State, reason string) error {
	if err := f.keep(ctx, tx); err != nil {
		return err
	}
	units, packed := f.Total(func(l Line) int64 { return l.Units }), f.Total(func(l Line) int64 { return l.Packed })
	shipped := f.Total(func(l Line) int64 { return l.Shipped })
	switch {
	case units == 0:
		return move(ctx, tx, f, rest, reason)
	case f.Kind == KindShip && shipped == units && f.State != StateShipped:
		return move(ctx, tx, f, StateShipped, "")
	case f.Kind == KindPickup && shipped == units && f.State == StateReady:
		return move(ctx, tx, f, StateDelivered, "")
	case f.Kind == KindShip && packed == units && f.State == StatePicking:
		return move(ctx, tx, f, StatePacked, "")
	}
	return nil
}

// Split makes a fulfilment of its own of some units that are not packed.
func Split(ctx context.Context, tx *db.Tx, id ID, units []Units, _ By) (Fulfilment, error) {
	f, _, err := lock(ctx, tx, id)
	if err != nil {
		return f, err
	}
	if f.State != StateOpen && f.State != StateAccepted && f.State != StatePicking {
		return f, ErrState
	}
	lines, err := f.take(units)
	if err != nil {
		return f, err
	}
	if f.Total(func(l Line) int64 { return l.Units }) == 0 {
		return f, ErrUnits // all of it is no split
	}
	if err := settle(ctx, tx, &f, StateMoved, ""); err != nil {
		return f, err
	}
	return insert(ctx, tx, f.part(lines))
}

// Merge adds a fulfilment that waits to another of the same group at the same
// location that does too.
func Merge(ctx context.Context, tx *db.Tx, id, into ID, _ By) error {
	f, _, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	t, err := Find(ctx, tx, into)
	if err != nil {
		return err
	}
	waits := func(s State) bool { return s == StateOpen || s == StateAccepted }
	if f.ID == t.ID || f.Order != t.Order || f.Group != t.Group || f.Kind != t.Kind || f.Location != t.Location || !waits(f.State) || !waits(t.State) || f.Sourced != t.Sourced {
		return ErrMerge
	}
	lines, err := f.take(f.Loose())
	if err != nil {
		return err
	}
	for _, l := range lines {
		if at := t.line(l.Line); at != nil {
			at.Units += l.Units
		} else {
			t.Lines = append(t.Lines, l)
		}
	}
	if err := t.keep(ctx, tx); err != nil {
		return err
	}
	return settle(ctx, tx, &f, StateMoved, "")
}

// Relocate has another location send a fulfilment of which nothing is packed:
// the goods must lie there free, or it is inventory.ErrShort.
func Relocate(ctx context.Context, tx *db.Tx, id ID, location string, by By) error {
	f, _, err := lock(ctx, tx, id)
	if err != nil || f.Location == location && f.Sourced {
		return err
	}
	if f.State != StateOpen && f.State != StateAccepted && f.State != StateOnHold || f.Kind != KindShip {
		return ErrState
	}
	l, err := inventory.FindLocation(ctx, tx, location)
	if err != nil {
		return err
	}
	if l.Closed || !l.Ships {
		return ErrPlace
	}
	was, sourced := f, f.Sourced
	f.Location, f.Sourced, f.Staff = location, true, ""
	if f.State != StateOpen {
		if err := move(ctx, tx, &f, StateOpen, ""); err != nil {
			return err
		}
	} else if err := save(ctx, tx, &f); err != nil {
		return err
	}
	if err := clearNowhere(ctx, tx, f.ID); err != nil {
		return err
	}
	by.Reason = "sent from " + location + " instead"
	if sourced {
		if err := inventory.Free(ctx, tx, was.stock(was.Loose(), string(f.ID), by)); err != nil {
			return err
		}
		if err := unload(ctx, tx, was); err != nil {
			return err
		}
	}
	if err := sourcing.Count(ctx, tx, string(f.Order), location); err != nil {
		return err
	}
	return inventory.ClaimAt(ctx, tx, string(f.Order), location, was.stock(was.Loose(), "", by).Lines)
}

// Reject gives units back that a location cannot send, all that are not packed
// when none are named, and finds another location for them. Why is one of
// Rejections and decides what its stock says from then on. What no location
// has is on hold, and an exception.
func Reject(ctx context.Context, tx *db.Tx, id ID, units []Units, why string, by By) error {
	f, _, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	if !slices.Contains(Rejections, why) {
		return ErrReason.With("say why: " + fmt.Sprint(Rejections))
	}
	if f.State != StateOpen && f.State != StateAccepted && f.State != StatePicking {
		return ErrState
	}
	if len(units) == 0 {
		units = f.Loose()
	}
	was := f
	was.Lines = slices.Clone(f.Lines)
	lines, err := f.take(units)
	if err != nil {
		return err
	}
	on := f.part(lines)
	on.Sourced, on.Tries, on.Avoid = false, f.Tries+1, append(slices.Clone(f.Avoid), f.Location)
	if err := settle(ctx, tx, &f, StateRejected, why); err != nil {
		return err
	}
	if by.Reason == "" {
		by.Reason = why
	}
	if was.Sourced {
		if err := giveBack(ctx, tx, was, units, why, by); err != nil {
			return err
		}
		if err := unload(ctx, tx, f); err != nil {
			return err
		}
	}
	return seek(ctx, tx, on, by)
}

// unload gives a location's parcel back that leaves it no more: it rejected all
// that it was to send of an order, or another location sends it.
func unload(ctx context.Context, tx *db.Tx, f Fulfilment) error {
	all, err := OfOrder(ctx, tx, f.Order)
	if err != nil || f.Kind != KindShip || slices.ContainsFunc(all, func(other Fulfilment) bool {
		return other.Location == f.Location && other.Kind == KindShip && other.State != StateRejected && other.State != StateMoved && other.State != StateCanceled
	}) {
		return err
	}
	return sourcing.GiveBack(ctx, tx, string(f.Order), f.Location)
}

// giveBack frees the claims of rejected units, and says of the stock what the
// reason says.
func giveBack(ctx context.Context, tx *db.Tx, f Fulfilment, units []Units, why string, by By) error {
	c := f.stock(units, string(f.ID), by)
	if err := inventory.Free(ctx, tx, c); err != nil {
		return err
	}
	switch why {
	case RejectMissing:
		if err := inventory.Block(ctx, tx, c); err != nil {
			return err
		}
		return exception.Raise(ctx, tx, exception.Problem{Kind: TroubleMissing, Ref: f.Location,
			Text: fmt.Sprintf("at %s goods were not found when order %s was picked (%s), and nothing is sold of them there any more: count them", f.Location, f.Number, c.Lines[0].Variant)})
	case RejectDamaged:
		var all []inventory.Adjustment
		for _, l := range c.Lines {
			all = append(all, inventory.Adjustment{Variant: l.Variant, Location: f.Location, Delta: -l.Units, Cause: inventory.CauseAdjusted,
				Actor: by.Actor, Reason: by.Reason, Ref: string(f.ID)})
		}
		_, err := inventory.AdjustAll(ctx, tx, all)
		return err
	}
	return nil
}

// TroubleMissing is the exception of goods that were not where they should lie.
const TroubleMissing = "shipment.not_found_when_picked"

// Cancel takes units out of a fulfilment that will not leave, all that are not
// packed when none are named, and frees their claims. With refund it says that
// their money is to go back.
func Cancel(ctx context.Context, tx *db.Tx, of ID, units []Units, refund bool, by By) error {
	f, _, err := lock(ctx, tx, of)
	if err != nil {
		return err
	}
	if len(units) == 0 {
		units = f.Loose()
	}
	return cancel(ctx, tx, f, units, refund, by)
}

func cancel(ctx context.Context, tx *db.Tx, f Fulfilment, units []Units, refund bool, by By) error {
	by, err := by.check()
	if err != nil {
		return err
	}
	if !f.State.Open() {
		return ErrState
	}
	if err := f.check(units, Line.Loose); err != nil {
		return err
	}
	free, sourced := f.stock(units, string(f.ID), by), f.Sourced
	if err := strike(ctx, tx, &f, units, StateCanceled, refund, by); err != nil {
		return err
	}
	if !sourced {
		return nil
	}
	return inventory.Free(ctx, tx, free)
}

// strike makes units canceled ones, without regard to stock.
func strike(ctx context.Context, tx *db.Tx, f *Fulfilment, units []Units, to State, refund bool, by By) error {
	if _, err := f.take(units); err != nil {
		return err
	}
	fact := Canceled{Ref: id.New[string]("cnl", tx.Now), Order: f.Order, Fulfilment: f.ID, Reason: by.Reason, Actor: by.Actor, Refund: refund}
	for _, u := range units {
		f.line(u.Line).Canceled += u.Units
		fact.Lines = append(fact.Lines, Sent(u))
	}
	if err := settle(ctx, tx, f, to, by.Reason); err != nil {
		return err
	}
	if err := clearNowhere(ctx, tx, f.ID); err != nil {
		return err
	}
	if err := complete(ctx, tx, f.Order); err != nil {
		return err
	}
	return event.Publish(ctx, tx, fact)
}

// CancelLines takes units of an order's lines out of fulfilments that nobody
// has begun to gather, the youngest first, and frees their claims. It is
// ErrState when fewer are there: then nothing is changed by a caller who ends
// the transaction. With refund it says that their money is to go back; else the
// money is the caller's.
func CancelLines(ctx context.Context, tx *db.Tx, of order.ID, units []Units, refund bool, by By) error {
	if _, err := order.Locked(ctx, tx, of); err != nil {
		return err
	}
	all, err := OfOrder(ctx, tx, of)
	if err != nil {
		return err
	}
	slices.Reverse(all)
	units = slices.Clone(units)
	for i := range all {
		f := all[i]
		if !f.State.Open() || f.Begun() {
			continue
		}
		var here []Units
		for j := range units {
			l := f.line(units[j].Line)
			if l == nil || units[j].Units == 0 || l.Loose() == 0 {
				continue
			}
			n := min(l.Loose(), units[j].Units)
			here, units[j].Units = append(here, Units{l.Line, n}), units[j].Units-n
		}
		if len(here) == 0 {
			continue
		}
		if err := cancel(ctx, tx, f, here, refund, by); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(units, func(u Units) bool { return u.Units > 0 }) {
		return ErrState
	}
	return nil
}

// CancelAll follows an order that was canceled: nothing of it leaves any more.
// Its claims were freed with it.
func CancelAll(ctx context.Context, tx *db.Tx, of order.ID, by By) error {
	if _, err := order.Locked(ctx, tx, of); err != nil {
		return err
	}
	all, err := OfOrder(ctx, tx, of)
	if err != nil {
		return err
	}
	for _, f := range all {
		if !f.State.Open() {
			continue
		}
		if err := unpackAll(ctx, tx, &f); err != nil {
			return err
		}
		if err := strike(ctx, tx, &f, f.Loose(), StateCanceled, false, by); err != nil {
			return err
		}
	}
	return nil
}

// complete ends an order of which all has left that was not canceled.
func complete(ctx context.Context, tx *db.Tx, of order.ID) error {
	rest, shipped, err := selectRest(ctx, tx, of)
	if err != nil || rest > 0 || shipped == 0 {
		return err
	}
	if o, err := order.Head(ctx, tx, of); err != nil || o.State != order.StatePlaced {
		return err
	}
	return order.Move(ctx, tx, of, order.StateCompleted, "")
}

// clearNowhere ends the exception of goods that lay nowhere.
func clearNowhere(ctx context.Context, tx *db.Tx, id ID) error {
	return exception.Clear(ctx, tx, TroubleNowhere, string(id), "the fulfilment goes on or is canceled")
}
