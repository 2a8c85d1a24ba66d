package shipment

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/seal"
	"korzo/purchase/order"
)

// Buyer is the actor of what a buyer does to their own order: they are entitled
// to the money.
const Buyer = "buyer"

// By is who does something, and why.
type By struct {
	Actor  string
	Reason string       // at most 200 characters
	Keeper *seal.Keeper // opens where an order goes, for what is sourced or promised anew; nil: its country, as it was promised, is all that is known
}

// lock finds a fulfilment whose order nobody else changes until the transaction
// ends.
func lock(ctx context.Context, tx *db.Tx, id ID) (Fulfilment, order.Order, error) {
	f, err := Find(ctx, tx, id)
	if err != nil {
		return f, order.Order{}, err
	}
	o, err := order.Locked(ctx, tx, f.Order)
	if err == nil {
		f, err = Find(ctx, tx, id)
	}
	return f, o, err
}

// move takes a fulfilment to another state of its life and writes it.
func move(ctx context.Context, tx *db.Tx, f *Fulfilment, to State, reason string) error {
	if !slices.Contains(next[f.State], to) {
		return fmt.Errorf("fulfilment %s is %s, not to be %s: %w", f.ID, f.State, to, ErrState)
	}
	from := f.State
	f.State, f.Reason = to, reason
	if err := save(ctx, tx, f); err != nil {
		return err
	}
	return event.Publish(ctx, tx, Moved{Fulfilment: f.ID, Order: f.Order, Pickup: f.Kind == KindPickup, From: from, To: to})
}

// save writes a fulfilment without a change of its state.
func save(ctx context.Context, tx *db.Tx, f *Fulfilment) error {
	n, err := updateFulfilment(ctx, tx, *f)
	if err == nil && n == 0 {
		err = ErrState
	}
	if err != nil {
		return fmt.Errorf("save fulfilment %s: %w", f.ID, err)
	}
	f.Version++
	changed(tx, f.Order)
	return nil
}

// check says whether every one of units is of the fulfilment, and within what
// a figure leaves of its line. None are ErrUnits.
func (f Fulfilment) check(units []Units, most func(Line) int64) error {
	seen := map[order.LineID]bool{}
	for _, u := range units {
		l := f.line(u.Line)
		if l == nil || seen[u.Line] || u.Units < 1 || u.Units > most(*l) {
			return ErrUnits
		}
		seen[u.Line] = true
	}
	if len(units) == 0 {
		return ErrUnits
	}
	return nil
}

func (f Fulfilment) line(id order.LineID) *Line {
	for i := range f.Lines {
		if f.Lines[i].Line == id {
			return &f.Lines[i]
		}
	}
	return nil
}

// stock names units to inventory.
func (f Fulfilment) stock(units []Units, ref string, by By) inventory.Claimed {
	c := inventory.Claimed{Order: string(f.Order), Location: f.Location, Ref: ref, Actor: by.Actor, Reason: by.Reason}
	for _, u := range units {
		c.Lines = append(c.Lines, inventory.Line{Variant: f.line(u.Line).Variant, Units: u.Units})
	}
	return c
}

func (b By) check() (By, error) {
	b.Reason = strings.TrimSpace(b.Reason)
	if b.Reason == "" || len([]rune(b.Reason)) > 200 {
		return b, ErrReason
	}
	return b, nil
}

// Accept says that somebody at the location has the fulfilment in hand.
// Accepting again changes nothing.
func Accept(ctx context.Context, tx *db.Tx, id ID, by By) error {
	f, _, err := lock(ctx, tx, id)
	if err != nil || f.State == StateAccepted {
		return err
	}
	f.Staff = by.Actor
	return move(ctx, tx, &f, StateAccepted, "")
}

// Pick begins to gather a fulfilment, and notes units of it that lie in the
// hand. Units may be none: then it only begins.
func Pick(ctx context.Context, tx *db.Tx, id ID, units []Units, by By) (Fulfilment, error) {
	f, o, err := lock(ctx, tx, id)
	if err != nil {
		return f, err
	}
	if o.State != order.StatePlaced && o.State != order.StateCompleted {
		return f, ErrOrder
	}
	if f.State != StatePicking {
		f.Staff = by.Actor
		if err := move(ctx, tx, &f, StatePicking, ""); err != nil {
			return f, err
		}
	}
	if len(units) == 0 {
		return f, nil
	}
	if err := f.check(units, func(l Line) int64 { return l.Units - l.Picked }); err != nil {
		return f, err
	}
	for _, u := range units {
		f.line(u.Line).Picked += u.Units
	}
	return f, f.keep(ctx, tx)
}

// keep writes the lines too.
func (f *Fulfilment) keep(ctx context.Context, tx *db.Tx) error {
	if err := saveLines(ctx, tx, f.ID, f.Lines); err != nil {
		return fmt.Errorf("save fulfilment %s: %w", f.ID, err)
	}
	return save(ctx, tx, f)
}

// Scan notes one unit of what a code names: a SKU as it was bought, or the code
// of a variant of the fulfilment. It returns ErrUnits when nothing of the
// fulfilment has it, or all of it is picked.
func Scan(ctx context.Context, tx *db.Tx, id ID, code string, variants []string, by By) (Fulfilment, error) {
	f, err := Find(ctx, tx, id)
	if err != nil {
		return f, err
	}
	for _, l := range f.Lines {
		if (strings.EqualFold(l.SKU, strings.TrimSpace(code)) || slices.Contains(variants, string(l.Variant))) && l.Picked < l.Units {
			return Pick(ctx, tx, id, []Units{{l.Line, 1}}, by)
		}
	}
	return f, ErrUnits
}

// Hold stops a fulfilment until somebody releases it.
func Hold(ctx context.Context, tx *db.Tx, id ID, by By) error {
	by, err := by.check()
	if err != nil {
		return err
	}
	f, _, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	if f.Total(func(l Line) int64 { return l.Packed }) > 0 {
		return ErrState
	}
	return move(ctx, tx, &f, StateOnHold, by.Reason)
}

// Release lets a fulfilment go on. One whose goods lay nowhere looks for them
// again, and stays on hold when they still do: then it is inventory.ErrShort.
// What is collected is looked for where it is collected, though that place
// rejected it before.
func Release(ctx context.Context, tx *db.Tx, id ID, by By) error {
	f, o, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	if o.State != order.StatePlaced && o.State != order.StateCompleted {
		return ErrOrder
	}
	if !f.Sourced {
		if f.Kind == KindPickup {
			f.Avoid = nil
		}
		all, err := claim(ctx, tx, f, f.Lines, by)
		if err != nil {
			return err
		}
		parts := f.divide(f.Lines, all)
		f.Location, f.Sourced = parts[0].Location, true
		for _, p := range parts[1:] { // what another location gives is work of its own
			if err := f.spare(ctx, tx, p); err != nil {
				return err
			}
		}
		if err := clearNowhere(ctx, tx, f.ID); err != nil {
			return err
		}
	}
	return move(ctx, tx, &f, f.resumed(), "")
}

// spare takes out of a fulfilment what another location gives of it.
func (f *Fulfilment) spare(ctx context.Context, tx *db.Tx, p Fulfilment) error {
	var units []Units
	for _, l := range p.Lines {
		units = append(units, Units{l.Line, l.Units})
	}
	lines, err := f.take(units)
	if err != nil {
		return err
	}
	if err := saveLines(ctx, tx, f.ID, f.Lines); err != nil {
		return err
	}
	on := f.part(lines)
	on.Location, on.Sourced = p.Location, true
	_, err = insert(ctx, tx, on)
	return err
}

// Untouched is ErrBegun when somebody has begun to gather an order, or its order
// is not placed: from then on its buyer changes nothing of it. Called with the
// order locked its answer holds until the transaction ends, because whoever
// begins locks the order too.
func Untouched(ctx context.Context, tx *db.Tx, of order.ID) error {
	o, err := order.Head(ctx, tx, of)
	if err != nil {
		return err
	}
	all, err := OfOrder(ctx, tx, of)
	if err == nil && (o.State != order.StatePlaced || len(all) == 0 || slices.ContainsFunc(all, begunAndLeft)) {
		err = ErrBegun
	}
	return err
}

// begunAndLeft reports whether work has begun on a fulfilment that was not
// canceled since.
func begunAndLeft(f Fulfilment) bool { return f.Begun() && f.State != StateCanceled }

// HoldAll stops every fulfilment of an order that has not left, because the
// order is on hold.
func HoldAll(ctx context.Context, tx *db.Tx, of order.ID) error {
	if _, err := order.Locked(ctx, tx, of); err != nil {
		return err
	}
	all, err := OfOrder(ctx, tx, of)
	if err != nil {
		return err
	}
	for _, f := range all {
		if slices.Contains(next[f.State], StateOnHold) {
			if err := move(ctx, tx, &f, StateOnHold, HoldOrder); err != nil {
				return err
			}
		}
	}
	return nil
}

// Left returns how many units of an order will still leave, and how many have.
func Left(ctx context.Context, tx *db.Tx, of order.ID) (rest, shipped int64, err error) {
	if rest, shipped, err = selectRest(ctx, tx, of); err != nil {
		return 0, 0, fmt.Errorf("what is left of %s: %w", of, err)
	}
	return rest, shipped, nil
}

// Waiting returns how many fulfilments each location has before it that are not
// packed or set aside. Those on hold do not wait for the location.
func Waiting(ctx context.Context, tx *db.Tx) (map[string]int64, error) {
	all, err := selectWaiting(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("count what waits: %w", err)
	}
	return all, nil
}
