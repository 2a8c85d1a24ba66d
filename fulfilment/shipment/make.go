package shipment

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/exception"
	"korzo/platform/id"
	"korzo/purchase/order"
)

// TroubleNowhere is the exception of goods that lie at no location that could
// send them.
const TroubleNowhere = "shipment.nowhere"

// Why a fulfilment is on hold.
const (
	HoldOrder = "order" // its order is
	HoldShort = "short" // nowhere are the goods
)

// Make makes the fulfilments of an order that was placed, or lets those go on
// that its hold stopped. An order that is on hold, closed or imported gets
// none, and one without goods needs none. It may be repeated.
func Make(ctx context.Context, tx *db.Tx, of order.ID) error {
	head, err := order.Locked(ctx, tx, of)
	if err != nil || head.State != order.StatePlaced || head.Imported {
		return err
	}
	before, err := OfOrder(ctx, tx, of)
	if err != nil {
		return err
	}
	if len(before) > 0 {
		return letGo(ctx, tx, before)
	}
	o, err := order.Find(ctx, tx, of)
	if err != nil {
		return err
	}
	claims, err := inventory.Claims(ctx, tx, string(of))
	if err != nil {
		return err
	}
	o.Locate(claims) // as it is now, whatever it was when it was placed
	all := allot(o)
	for _, f := range all {
		claims = f.without(claims)
	}
	if err := freeRest(ctx, tx, of, claims); err != nil {
		return fmt.Errorf("make fulfilments of %s: %w", of, err)
	}
	for _, f := range all {
		if err := begin(ctx, tx, f); err != nil {
			return fmt.Errorf("make fulfilments of %s: %w", of, err)
		}
	}
	return nil
}

// freeRest frees what is claimed where it is no use: goods that wait at a
// counter and were claimed elsewhere.
func freeRest(ctx context.Context, tx *db.Tx, of order.ID, left []inventory.Allocation) error {
	for _, a := range left {
		if a.Units == 0 {
			continue
		}
		if err := inventory.Free(ctx, tx, inventory.Claimed{Order: string(of), Location: a.Location, Lines: []inventory.Line{{Variant: a.Variant, Units: a.Units}},
			Actor: "shipment", Reason: "collected elsewhere"}); err != nil {
			return err
		}
	}
	return nil
}

// without takes what a fulfilment has claimed off claims.
func (f Fulfilment) without(claims []inventory.Allocation) []inventory.Allocation {
	for _, l := range f.Lines {
		for i := range claims {
			if f.Sourced && claims[i].Location == f.Location && claims[i].Variant == l.Variant {
				claims[i].Units -= l.Units
			}
		}
	}
	return claims
}

// begin writes a fulfilment that is new. One whose goods are claimed nowhere
// looks for them first.
func begin(ctx context.Context, tx *db.Tx, f Fulfilment) error {
	if f.Sourced {
		_, err := insert(ctx, tx, f)
		return err
	}
	return seek(ctx, tx, f)
}

// insert writes a fulfilment with its lines and tells of it.
func insert(ctx context.Context, tx *db.Tx, f Fulfilment) (Fulfilment, error) {
	f.ID, f.Version = id.New[ID]("ful", tx.Now), 1
	if err := insertFulfilment(ctx, tx, f); err != nil {
		return f, err
	}
	if err := saveLines(ctx, tx, f.ID, f.Lines); err != nil {
		return f, err
	}
	changed(tx, f.Order)
	return f, event.Publish(ctx, tx, Moved{Fulfilment: f.ID, Order: f.Order, Pickup: f.Kind == KindPickup, To: f.State})
}

// letGo opens what waited for its order.
func letGo(ctx context.Context, tx *db.Tx, all []Fulfilment) error {
	for _, f := range all {
		if f.State != StateOnHold || f.Reason != HoldOrder {
			continue
		}
		if err := move(ctx, tx, &f, f.resumed(), ""); err != nil {
			return err
		}
	}
	return nil
}

// resumed is the state in which a fulfilment goes on that was on hold.
func (f Fulfilment) resumed() State {
	switch packed := f.Total(func(l Line) int64 { return l.Packed }); packed {
	case 0:
		return StateOpen
	case f.Total(func(l Line) int64 { return l.Units }):
		return StatePacked
	}
	return StatePicking
}

// allot divides the goods of an order by group and by the location at which
// they are claimed. What is claimed nowhere is one fulfilment more of its
// group, not sourced. Groups that are collected come first: their goods are
// claimed where they wait.
func allot(o order.Order) (all []Fulfilment) {
	groups := slices.Clone(o.Groups)
	slices.SortStableFunc(groups, func(a, b order.Group) int { return rank(a) - rank(b) })
	for _, g := range groups {
		at := map[string]int{}
		add := func(location string, sourced bool, l Line) {
			key := location
			if !sourced {
				key = "?"
			}
			i, ok := at[key]
			if !ok {
				i = len(all)
				at[key] = i
				all = append(all, Fulfilment{Order: o.ID, Number: o.Number, Group: g.ID, Kind: g.Kind, Location: location, State: StateOpen, Sourced: sourced,
					Method: g.Method, Name: g.Name, PromiseFrom: g.PromiseFrom, PromiseTo: g.PromiseTo})
			}
			all[i].Lines = append(all[i].Lines, l)
		}
		for position, l := range o.Lines {
			if l.Group != g.ID || l.Kind != catalog.KindGoods {
				continue
			}
			line := Line{Line: l.ID, Variant: catalog.VariantID(l.Variant), SKU: l.SKU, Title: l.Title, Image: l.Image, Scale: l.Scale, position: position}
			left := l.Quantity
			for _, from := range l.Sources {
				line.Units, left = from.Units, left-from.Units
				add(from.Location, true, line)
			}
			if line.Units = left; left > 0 {
				add(g.Location, false, line)
			}
		}
	}
	return all
}

func rank(g order.Group) int {
	if g.Kind == KindPickup {
		return 0
	}
	return 1
}

// seek claims the goods of a fulfilment that is not written yet at a location
// that has them and has not rejected them: all at one, else line by line. What
// lies nowhere is on hold, and an exception.
func seek(ctx context.Context, tx *db.Tx, f Fulfilment) error {
	places, err := candidates(ctx, tx, f)
	if err != nil {
		return err
	}
	at, err := claimSomewhere(ctx, tx, f, places, f.Lines)
	if err != nil {
		return err
	}
	if at != "" {
		f.Location, f.Sourced, f.State = at, true, StateOpen
		_, err := insert(ctx, tx, f)
		return err
	}
	parts, order := map[string][]Line{}, []string{}
	for _, l := range f.Lines {
		at := ""
		if len(f.Lines) > 1 {
			if at, err = claimSomewhere(ctx, tx, f, places, []Line{l}); err != nil {
				return err
			}
		}
		if parts[at] == nil {
			order = append(order, at)
		}
		parts[at] = append(parts[at], l)
	}
	for _, at := range order {
		part := f
		part.Lines = parts[at]
		if at == "" {
			err = nowhere(ctx, tx, part, places)
		} else {
			part.Location, part.Sourced, part.State = at, true, StateOpen
			_, err = insert(ctx, tx, part)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// nowhere keeps goods that lie at no location for a person.
func nowhere(ctx context.Context, tx *db.Tx, f Fulfilment, places []inventory.Location) error {
	f.Sourced, f.State, f.Reason = false, StateOnHold, HoldShort
	if f.Location == "" && len(places) > 0 {
		f.Location = places[0].ID
	}
	made, err := insert(ctx, tx, f)
	if err != nil {
		return err
	}
	return exception.Raise(ctx, tx, exception.Problem{Kind: TroubleNowhere, Ref: string(made.ID),
		Text: fmt.Sprintf("of order %s, %d units lie at no location that could send them: receive some and release the fulfilment, move it, or cancel it", f.Number,
			f.Total(Line.Loose))})
}

// candidates are the locations that may give the goods of a fulfilment, by
// priority: only its own for what is collected.
func candidates(ctx context.Context, tx *db.Tx, f Fulfilment) ([]inventory.Location, error) {
	all, err := inventory.Locations(ctx, tx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(all), func(l inventory.Location) bool {
		switch {
		case l.Closed, slices.Contains(f.Avoid, l.ID):
			return true
		case f.Kind == KindPickup:
			return l.ID != f.Location
		}
		return !l.Ships
	}), nil
}

// claimSomewhere claims all lines at the first location that has them, or
// returns "".
func claimSomewhere(ctx context.Context, tx *db.Tx, f Fulfilment, places []inventory.Location, lines []Line) (string, error) {
	var want []inventory.Line
	for _, l := range lines {
		want = append(want, inventory.Line{Variant: l.Variant, Units: l.Loose()})
	}
	for _, p := range places {
		err := inventory.ClaimAt(ctx, tx, string(f.Order), p.ID, want)
		if err == nil {
			return p.ID, nil
		}
		if !errors.Is(err, inventory.ErrShort) {
			return "", err
		}
	}
	return "", nil
}
