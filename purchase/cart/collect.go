package cart

import (
	"context"
	"errors"
	"fmt"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/fault"
)

// ErrPlace reports a location where nothing is collected.
var ErrPlace = fault.New(fault.Invalid, "cart.place", "nothing is collected there: name a place that the product or the shop's stores list")

// CollectAt keeps where the shopper would collect what is in the cart; "" is
// nowhere. What lies there counts as available to the cart, though it ships from
// nowhere; a checkout begins with the pick-up there, and says how the rest
// travels. It returns ErrPlace, and what every change may return.
func CollectAt(ctx context.Context, tx *db.Tx, id ID, caller Caller, location string) (Cart, error) {
	if location != "" {
		at, err := inventory.FindLocation(ctx, tx, location)
		if errors.Is(err, inventory.ErrLocationNotFound) || err == nil && (!at.Pickup || at.Closed) {
			return Cart{}, ErrPlace
		}
		if err != nil {
			return Cart{}, fmt.Errorf("collect a cart: %w", err)
		}
	}
	return change(ctx, tx, id, caller, func(c *Cart) error {
		c.Collect = location
		return updateCollect(ctx, tx, id, location)
	})
}

// NoteCollect is CollectAt for the checkout, where the shopper chose it: the
// cart's version stays.
func NoteCollect(ctx context.Context, tx *db.Tx, c *Cart, location string) error {
	if c.Collect == location {
		return nil
	}
	c.Collect = location
	if err := updateCollect(ctx, tx, c.ID, location); err != nil {
		return fmt.Errorf("collect a cart: %w", err)
	}
	return nil
}

// count adds to what can be sent what lies where it is to be collected: of each
// variant the larger of the two, because a line is sent or collected, not both.
func (l *loaded) count(c Cart, all []Place) {
	var at []string
	if c.Collect != "" {
		at = append(at, c.Collect)
	}
	for _, p := range all {
		if p.Location != "" {
			at = append(at, p.Location)
		}
	}
	if len(at) == 0 {
		return
	}
	for _, there := range l.stock.At(at) {
		if a := l.available[there.Variant]; there.Units > a.Units {
			l.available[there.Variant] = inventory.Availability{Units: there.Units, Free: there.Units, Status: inventory.InStock}
		}
	}
}

// CanSend reports whether all of this can be sent, and not only collected.
func (v View) CanSend(needs []inventory.Line) bool {
	sums := map[catalog.VariantID]int64{}
	for _, n := range needs {
		sums[n.Variant] += n.Units
	}
	all := v.standing.All()
	for variant, units := range sums {
		if all[variant].Units < units {
			return false
		}
	}
	return true
}

// place says where each line is collected as far as the cart alone knows: where
// its shopper would, when the line cannot be sent.
func (v View) place(line LineID) string {
	if v.Cart.Collect == "" {
		return ""
	}
	own := func(l LineID) string { return string(l) }
	var needs []inventory.Line
	for _, n := range v.Needs(own) {
		if n.At == string(line) {
			needs = append(needs, n)
		}
	}
	if v.CanSend(needs) {
		return ""
	}
	return v.Cart.Collect
}
