package shipment

import (
	"context"
	"errors"
	"slices"

	"korzo/customer/profile"
	"korzo/delivery/carriage"
	"korzo/delivery/point"
	"korzo/platform/db"
	"korzo/purchase/order"
	"korzo/value/address"
)

// PointOf is the carrier's point where a fulfilment's parcels are collected; nil
// where they go to the door, or wait at a place of ours.
func PointOf(o order.Order, f Fulfilment) *point.Point {
	i := slices.IndexFunc(o.Groups, func(g order.Group) bool { return g.ID == f.Group })
	if i < 0 || f.Kind != KindShip {
		return nil
	}
	return o.Groups[i].Point
}

// bound is how a parcel is booked that goes to a point, where nobody said
// otherwise: by the point's carrier, with its service to points.
func (k *Desk) bound(ctx context.Context, tx *db.Tx, f Fulfilment, name, service string) (string, string, error) {
	o, err := order.Find(ctx, tx, f.Order)
	p := PointOf(o, f)
	if err != nil || p == nil || name != "" && name != p.Carrier || service != "" {
		return name, service, err
	}
	c, err := k.Carriers.Find(p.Carrier)
	if err != nil {
		return name, service, nil // the shop has it no more: the parcel goes to the door
	}
	s, _ := carriage.ToPoints(c.Traits().Services)
	return p.Carrier, s.Code, nil
}

// address gives a booking the point that it goes to, or the receiver's door: a
// person may send a parcel there in spite of what was chosen.
func (k *Desk) address(b *carriage.Booking, at *point.Point, carrier string, receiver address.Address) {
	b.To = receiver
	c, err := k.Carriers.Find(carrier)
	if at == nil || err != nil || at.Carrier != carrier || !carriage.Choose(c.Traits().Services, b.Service).Points {
		return
	}
	b.Point, b.To = at.Code, at.At(receiver)
}

// pinWord is the name under which a parcel's pin is kept with its buyer.
func pinWord(id ParcelID) string { return "collect." + string(id) }

// Pin is what opens the box in which a parcel waits, as the carrier told; ""
// for none. It is kept with the buyer, and gone with them.
func Pin(c profile.Contact, id ParcelID) string { return c.Words[pinWord(id)] }

// observe is Observe, and keeps the pins that the carrier told.
func (k *Desk) observe(ctx context.Context, tx *db.Tx, id ParcelID, events []carriage.Event) error {
	if err := k.keepPin(ctx, tx, id, events); err != nil {
		return err
	}
	return Observe(ctx, tx, id, events)
}

func (k *Desk) keepPin(ctx context.Context, tx *db.Tx, id ParcelID, events []carriage.Event) error {
	i := slices.IndexFunc(events, func(e carriage.Event) bool { return e.Pin != "" })
	if i < 0 {
		return nil
	}
	p, err := FindParcel(ctx, tx, id)
	if err != nil {
		return err
	}
	o, err := order.Locked(ctx, tx, p.Order) // or a change of address at the same time would be lost
	if err != nil {
		return err
	}
	c, err := profile.FindContact(ctx, tx, k.Keeper, profile.ContactID(o.Contact))
	if errors.Is(err, profile.ErrErased) || errors.Is(err, profile.ErrNoContact) {
		return nil
	}
	pin := events[i].Pin
	if err != nil || Pin(c, id) == pin || len(pin) > 40 {
		return err
	}
	words := map[string]string{pinWord(id): pin}
	for name, word := range c.Words {
		if name != pinWord(id) {
			words[name] = word
		}
	}
	c.Words = words
	return profile.UpdateContact(ctx, tx, k.Keeper, c)
}

// Box is the newest event that says where a parcel waits to be collected; false
// once it does not wait there any more.
func Box(story []carriage.Event) (carriage.Event, bool) {
	if len(story) == 0 || story[len(story)-1].Status != carriage.StatusAvailable {
		return carriage.Event{}, false
	}
	return story[len(story)-1], true
}
