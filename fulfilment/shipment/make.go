package shipment

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"korzo/delivery/sourcing"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/exception"
	"korzo/platform/id"
	"korzo/purchase/order"
	"korzo/value/calendar"
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

// Extend makes the fulfilments of lines that were added to an order since it was
// made, of what is claimed for it and stands in none yet. One that waits at the
// same location for the same group takes them in. It may be repeated.
func Extend(ctx context.Context, tx *db.Tx, of order.ID) error {
	before, err := OfOrder(ctx, tx, of)
	if err != nil {
		return err
	}
	o, err := order.Find(ctx, tx, of)
	if err != nil {
		return err
	}
	claims, err := inventory.Claims(ctx, tx, string(of))
	if err != nil {
		return err
	}
	known := map[order.LineID]bool{}
	for _, f := range before {
		for _, l := range f.Lines {
			known[l.Line] = true
		}
		claims = f.open(claims)
	}
	o.Lines = slices.DeleteFunc(o.Lines, func(l order.Line) bool { return known[l.ID] })
	o.Locate(claims)
	for _, f := range allot(o) {
		if err := f.join(ctx, tx, before); err != nil {
			return fmt.Errorf("extend fulfilments of %s: %w", of, err)
		}
	}
	return nil
}

// open takes what of a fulfilment has not left off claims.
func (f Fulfilment) open(claims []inventory.Allocation) []inventory.Allocation {
	f.Lines = slices.Clone(f.Lines)
	for i := range f.Lines {
		f.Lines[i].Units = f.Lines[i].Open()
	}
	return f.without(claims)
}

// join adds new lines to a fulfilment of the same work that nobody has begun, or
// begins one.
func (f Fulfilment) join(ctx context.Context, tx *db.Tx, before []Fulfilment) error {
	for _, t := range before {
		if f.Sourced && t.Sourced && t.State.Open() && !t.Begun() && t.Reason != HoldShort && t.Group == f.Group && t.Location == f.Location && t.Kind == f.Kind {
			t.Lines = append(t.Lines, f.Lines...)
			return t.keep(ctx, tx)
		}
	}
	return begin(ctx, tx, f)
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
	return seek(ctx, tx, f, By{})
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

// seek claims the goods of a fulfilment that is not written yet. Where what is
// sent comes from is sourcing's to say, among the locations that have not
// rejected it; what is collected must lie where it is. If not all of it lies
// somewhere it is sought line by line, and what lies nowhere is on hold, and an
// exception.
func seek(ctx context.Context, tx *db.Tx, f Fulfilment, by By) error {
	parts, missing, err := find(ctx, tx, f, by)
	if err != nil {
		return err
	}
	for _, p := range parts {
		p.Sourced, p.State = true, StateOpen
		if p, err = p.reckoned(ctx, tx); err != nil {
			return err
		}
		if _, err := insert(ctx, tx, p); err != nil {
			return err
		}
	}
	if len(missing.Lines) == 0 {
		return nil
	}
	return nowhere(ctx, tx, missing)
}

// find claims what it can of a fulfilment's goods and divides it by the
// locations that give; missing has the lines of which not everything lies
// somewhere.
func find(ctx context.Context, tx *db.Tx, f Fulfilment, by By) (parts []Fulfilment, missing Fulfilment, err error) {
	missing = f
	missing.Lines = nil
	all, err := claim(ctx, tx, f, f.Lines, by)
	if err == nil {
		return f.divide(f.Lines, all), missing, nil
	}
	if !errors.Is(err, inventory.ErrShort) {
		return nil, missing, err
	}
	var found []Line
	for _, l := range f.Lines {
		some, err := claim(ctx, tx, f, []Line{l}, by)
		switch {
		case errors.Is(err, inventory.ErrShort):
			missing.Lines = append(missing.Lines, l)
			continue
		case err != nil:
			return nil, missing, err
		}
		found, all = append(found, l), append(all, some...)
	}
	return f.divide(found, all), missing, nil
}

// claim claims lines of a fulfilment somewhere, all of them or none: then it is
// inventory.ErrShort.
func claim(ctx context.Context, tx *db.Tx, f Fulfilment, lines []Line, by By) ([]inventory.Allocation, error) {
	var want []inventory.Line
	for _, l := range lines {
		want = append(want, inventory.Line{Variant: l.Variant, Units: l.Loose()})
	}
	if f.Kind == KindShip {
		ask := sourcing.Ask{Order: string(f.Order), Lines: want, Avoid: f.Avoid}
		if err := promised(ctx, tx, f, &ask, by); err != nil {
			return nil, err
		}
		return sourcing.Again(ctx, tx, ask)
	}
	at, err := inventory.FindLocation(ctx, tx, f.Location)
	if err != nil {
		return nil, err
	}
	if at.Closed || slices.Contains(f.Avoid, f.Location) {
		return nil, inventory.ErrShort
	}
	if err := inventory.ClaimAt(ctx, tx, string(f.Order), f.Location, want); err != nil {
		return nil, err
	}
	var all []inventory.Allocation
	for _, w := range want {
		all = append(all, inventory.Allocation{Location: f.Location, Variant: w.Variant, Units: w.Units})
	}
	return all, nil
}

// promised tells an ask where a fulfilment goes and for when it was promised, as
// far as somebody wrote it down and it can be read.
func promised(ctx context.Context, tx *db.Tx, f Fulfilment, ask *sourcing.Ask, by By) error {
	o, err := order.Find(ctx, tx, f.Order)
	if err != nil {
		return err
	}
	to, err := destination(ctx, tx, o, by)
	if err != nil {
		return err
	}
	ask.Country, ask.Code = to.Country, to.PostalCode
	kept := f.Inputs(o)
	if kept == nil {
		return nil
	}
	p := sourcing.Promised{Method: f.Method}
	if err := json.Unmarshal(kept, &p.Inputs); err != nil {
		return fmt.Errorf("promise of %s: %w", f.Label(), err)
	}
	if p.Inputs.To != ask.Country {
		ask.Country, ask.Code = p.Inputs.To, "" // to a carrier's point elsewhere, or nobody could read where to
	}
	if p.By, err = calendar.Parse(f.PromiseTo); err == nil { // else it was promised for no day
		ask.Promised = []sourcing.Promised{p}
	}
	return nil
}

// divide makes a fulfilment of each location that gives, in their order. Lines
// of one variant share what is given of it.
func (f Fulfilment) divide(lines []Line, given []inventory.Allocation) (parts []Fulfilment) {
	given = slices.Clone(given)
	at := map[string]int{}
	for _, l := range lines {
		left := l.Loose()
		for i := range given {
			g := &given[i]
			units := min(left, g.Units)
			if g.Variant != l.Variant || units == 0 {
				continue
			}
			j, ok := at[g.Location]
			if !ok {
				j = len(parts)
				at[g.Location] = j
				part := f
				part.Location, part.Lines = g.Location, nil
				parts = append(parts, part)
			}
			share := l
			share.Units, share.Picked, share.Packed, share.Shipped, share.Canceled = units, 0, 0, 0, 0
			parts[j].Lines = append(parts[j].Lines, share)
			left, g.Units = left-units, g.Units-units
		}
	}
	return parts
}

// nowhere keeps goods that lie at no location for a person.
func nowhere(ctx context.Context, tx *db.Tx, f Fulfilment) error {
	f.Sourced, f.State, f.Reason = false, StateOnHold, HoldShort
	if f.Location == "" {
		places, err := inventory.Locations(ctx, tx)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(places, func(l inventory.Location) bool { return l.Ships && !l.Closed }); i >= 0 {
			f.Location = places[i].ID
		}
	}
	made, err := insert(ctx, tx, f)
	if err != nil {
		return err
	}
	return exception.Raise(ctx, tx, exception.Problem{Kind: TroubleNowhere, Ref: string(made.ID),
		Text: fmt.Sprintf("of order %s, %d units lie at no location that could send them: receive some and release the fulfilment, move it, or cancel it", f.Number,
			f.Total(Line.Loose))})
}
