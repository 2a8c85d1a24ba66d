package shipment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"korzo/delivery/carriage"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/id"
	"korzo/platform/job"
	"korzo/purchase/order"
	"korzo/value/calendar"
	"korzo/value/money"
)

// ParcelState is our axis of a parcel.
type ParcelState string

// The states of a parcel: packed → shipped → delivered, or canceled before it
// left.
const (
	ParcelPacked    ParcelState = "packed"
	ParcelShipped   ParcelState = "shipped"
	ParcelDelivered ParcelState = "delivered"
	ParcelCanceled  ParcelState = "canceled" // unpacked again
)

// LabelState is how far a parcel's label is.
type LabelState string

// The states of a label.
const (
	LabelNone    LabelState = "none"
	LabelAsked   LabelState = "asked" // the carrier was asked and has not answered
	LabelMade    LabelState = "made"
	LabelRefused LabelState = "refused"
)

// Parcel is a box with units of a fulfilment.
type Parcel struct {
	ID          ParcelID
	Fulfilment  ID
	Order       order.ID
	State       ParcelState
	WeightGrams int64 // 0: not known
	Carrier     string
	Service     string
	Label       LabelState
	LabelText   string       // why the carrier refused
	Collect     money.Amount // by the carrier from the receiver; zero: nothing
	Reference   string       // ours, under which the carrier knows it
	Number      string       // the carrier's
	URL         string
	Status      carriage.Status // the carrier's story, "" before it begins
	StatusAt    time.Time
	PromiseTo   string // civil date
	LateAt      time.Time
	PackedAt    time.Time
	ShippedAt   time.Time
	DeliveredAt time.Time
	Lines       []Units
}

// FindParcel returns a parcel with its content, or ErrParcel.
func FindParcel(ctx context.Context, tx *db.Tx, id ParcelID) (Parcel, error) {
	p, err := selectParcel(ctx, tx, id)
	if errors.Is(err, db.ErrNoRow) {
		err = ErrParcel
	}
	if err == nil {
		all := []Parcel{p}
		err = fillParcels(ctx, tx, all)
		p = all[0]
	}
	if err != nil {
		return p, fmt.Errorf("find parcel %s: %w", id, err)
	}
	return p, nil
}

// Parcels returns the parcels of an order with their content, oldest first,
// those included that were unpacked.
func Parcels(ctx context.Context, tx *db.Tx, of order.ID) ([]Parcel, error) {
	all, err := selectParcels(ctx, tx, of)
	if err == nil {
		err = fillParcels(ctx, tx, all)
	}
	if err != nil {
		return nil, fmt.Errorf("parcels of %s: %w", of, err)
	}
	return all, nil
}

func fillParcels(ctx context.Context, tx *db.Tx, all []Parcel) error {
	if len(all) == 0 {
		return nil
	}
	ids := make([]ParcelID, len(all))
	for i, p := range all {
		ids[i] = p.ID
	}
	of, err := selectContents(ctx, tx, ids)
	for i := range all {
		all[i].Lines = of[all[i].ID]
	}
	return err
}

// Pack puts units into a new parcel, all that are not packed when none are
// named. What was not noted as picked is picked by that.
func Pack(ctx context.Context, tx *db.Tx, of ID, units []Units, weightGrams int64, by By) (Parcel, error) {
	f, o, err := lock(ctx, tx, of)
	if err != nil {
		return Parcel{}, err
	}
	if f.Kind != KindShip || !f.Sourced {
		return Parcel{}, ErrState
	}
	if o.State != order.StatePlaced {
		return Parcel{}, ErrOrder
	}
	if len(units) == 0 {
		units = f.Loose()
	}
	if err := f.check(units, Line.Loose); err != nil {
		return Parcel{}, err
	}
	if f.State != StatePicking {
		f.Staff = by.Actor
		if err := move(ctx, tx, &f, StatePicking, ""); err != nil {
			return Parcel{}, err
		}
	}
	for _, u := range units {
		l := f.line(u.Line)
		l.Packed += u.Units
		l.Picked = max(l.Picked, l.Packed)
	}
	p := Parcel{ID: id.New[ParcelID]("par", tx.Now), Fulfilment: f.ID, Order: f.Order, State: ParcelPacked, WeightGrams: max(weightGrams, 0),
		Label: LabelNone, PromiseTo: f.PromiseTo, PackedAt: tx.Now, Lines: units}
	if p.Collect, err = door(ctx, tx, o, f, p); err != nil {
		return p, fmt.Errorf("pack a parcel of %s: %w", of, err)
	}
	if err := insertParcel(ctx, tx, p); err != nil {
		return p, fmt.Errorf("pack a parcel of %s: %w", of, err)
	}
	return p, settle(ctx, tx, &f, StateCanceled, "")
}

// lockParcel finds a parcel and its fulfilment, whose order nobody else changes.
func lockParcel(ctx context.Context, tx *db.Tx, id ParcelID) (Parcel, Fulfilment, order.Order, error) {
	p, err := FindParcel(ctx, tx, id)
	if err != nil {
		return p, Fulfilment{}, order.Order{}, err
	}
	f, o, err := lock(ctx, tx, p.Fulfilment)
	if err == nil {
		p, err = FindParcel(ctx, tx, id)
	}
	return p, f, o, err
}

// Unpack takes the content of a parcel out again that has not left. A parcel
// whose label is being made cannot be unpacked: it is ErrState.
func Unpack(ctx context.Context, tx *db.Tx, id ParcelID, _ By) error {
	p, f, _, err := lockParcel(ctx, tx, id)
	if err != nil || p.State == ParcelCanceled {
		return err
	}
	if p.State != ParcelPacked || p.Label == LabelAsked {
		return ErrState
	}
	if err := unpack(ctx, tx, &f, p); err != nil {
		return err
	}
	if f.State == StatePacked {
		return move(ctx, tx, &f, StatePicking, "")
	}
	return f.keep(ctx, tx)
}

func unpack(ctx context.Context, tx *db.Tx, f *Fulfilment, p Parcel) error {
	for _, u := range p.Lines {
		f.line(u.Line).Packed -= u.Units
	}
	p.State = ParcelCanceled
	if err := updateParcel(ctx, tx, p); err != nil {
		return fmt.Errorf("unpack parcel %s: %w", p.ID, err)
	}
	if p.Label == LabelMade || p.Label == LabelAsked {
		if err := job.Enqueue(ctx, tx, job.Job{Kind: jobUnbook, Key: p.Reference, Body: unbooking{p.Carrier, p.Reference}}); err != nil {
			return err
		}
	}
	return saveLines(ctx, tx, f.ID, f.Lines)
}

// unpackAll makes everything of a fulfilment loose again that has not left.
func unpackAll(ctx context.Context, tx *db.Tx, f *Fulfilment) error {
	all, err := Parcels(ctx, tx, f.Order)
	if err != nil {
		return err
	}
	for _, p := range all {
		if p.Fulfilment == f.ID && p.State == ParcelPacked {
			if err := unpack(ctx, tx, f, p); err != nil {
				return err
			}
		}
	}
	for i := range f.Lines { // what was set aside to be collected is in no parcel
		f.Lines[i].Packed = f.Lines[i].Shipped
	}
	return nil
}

// Label is how a parcel goes that no machine books: who carries it, and under
// which number, if there is one.
type Label struct {
	Carrier string
	Number  string
	URL     string
}

// SetLabel notes by hand who carries a parcel and under which number. It may be
// repeated until the parcel has arrived.
func SetLabel(ctx context.Context, tx *db.Tx, id ParcelID, l Label, _ By) error {
	p, _, _, err := lockParcel(ctx, tx, id)
	if err != nil {
		return err
	}
	if p.State == ParcelCanceled || p.State == ParcelDelivered || p.Label == LabelAsked {
		return ErrState
	}
	p.Carrier, p.Number, p.URL = l.Carrier, l.Number, l.URL
	if err := updateParcel(ctx, tx, p); err != nil {
		return fmt.Errorf("label parcel %s: %w", id, err)
	}
	changed(tx, p.Order)
	return nil
}

// Ship says that a parcel has left: its units are off the stock, stand as
// shipped on the order, and Shipped is published. Shipping it again changes
// nothing. It returns ErrOrder while the order is on hold or canceled, and
// ErrState while its label is being made.
func Ship(ctx context.Context, tx *db.Tx, id ParcelID, by By) error {
	p, f, o, err := lockParcel(ctx, tx, id)
	if err != nil || p.State == ParcelShipped || p.State == ParcelDelivered {
		return err
	}
	if p.State != ParcelPacked || p.Label == LabelAsked {
		return ErrState
	}
	if o.State != order.StatePlaced {
		return ErrOrder
	}
	if f.State != StatePicking && f.State != StatePacked {
		return ErrState
	}
	p.State, p.ShippedAt = ParcelShipped, tx.Now
	if err := updateParcel(ctx, tx, p); err != nil {
		return fmt.Errorf("ship parcel %s: %w", id, err)
	}
	return leave(ctx, tx, &f, p.Lines, p, by)
}

// worth is what the goods of a parcel were sold for.
func (f Fulfilment) worth(o order.Order, p Parcel) money.Amount {
	sum := money.Of(0, o.Currency())
	for _, u := range p.Lines {
		for _, l := range o.Lines {
			if l.ID == u.Line {
				sum = sum.Plus(l.Total.Ratio(u.Units, l.Quantity, 1))
			}
		}
	}
	return sum
}

// leave makes units of a fulfilment leave: lines, order, fact, and last the
// stock. p is the parcel, or none when they are handed over.
func leave(ctx context.Context, tx *db.Tx, f *Fulfilment, units []Units, p Parcel, by By) error {
	fact := Shipped{Order: f.Order, Fulfilment: f.ID, Group: f.Group, Location: f.Location, Parcel: p.ID, Carrier: p.Carrier, Collected: p.ID == ""}
	for _, u := range units {
		f.line(u.Line).Shipped += u.Units
		if err := order.AddShipped(ctx, tx, u.Line, u.Units); err != nil {
			return err
		}
		fact.Lines = append(fact.Lines, Sent(u))
	}
	if err := settle(ctx, tx, f, StateCanceled, ""); err != nil {
		return err
	}
	rest, _, err := selectRest(ctx, tx, f.Order)
	if err != nil {
		return err
	}
	if err := complete(ctx, tx, f.Order); err != nil {
		return err
	}
	fact.Rest = rest
	if err := event.Publish(ctx, tx, fact); err != nil {
		return err
	}
	ref := string(p.ID)
	if ref == "" {
		ref = string(f.ID)
	}
	return inventory.Ship(ctx, tx, f.stock(units, ref, by))
}

// Deliver says that a parcel has arrived. Saying it again changes nothing.
func Deliver(ctx context.Context, tx *db.Tx, id ParcelID, at time.Time) error {
	p, f, _, err := lockParcel(ctx, tx, id)
	if err != nil || p.State == ParcelDelivered {
		return err
	}
	return deliver(ctx, tx, p, f, at)
}

func deliver(ctx context.Context, tx *db.Tx, p Parcel, f Fulfilment, at time.Time) error {
	if p.State != ParcelShipped {
		return ErrState
	}
	p.State, p.DeliveredAt = ParcelDelivered, at
	if err := updateParcel(ctx, tx, p); err != nil {
		return fmt.Errorf("deliver parcel %s: %w", p.ID, err)
	}
	all, err := Parcels(ctx, tx, f.Order)
	if err != nil {
		return err
	}
	away := slices.ContainsFunc(all, func(q Parcel) bool {
		return q.Fulfilment == f.ID && (q.State == ParcelPacked || q.State == ParcelShipped)
	})
	if f.State == StateShipped && !away {
		if err := move(ctx, tx, &f, StateDelivered, ""); err != nil {
			return err
		}
	}
	changed(tx, f.Order)
	if err := clearLate(ctx, tx, f, p); err != nil {
		return err
	}
	left := ""
	if !p.ShippedAt.IsZero() {
		left = civil(ctx, tx, f.Location, p.ShippedAt)
	}
	return event.Publish(ctx, tx, Delivered{Order: f.Order, Fulfilment: f.ID, Group: f.Group, Location: f.Location, Parcel: p.ID, Carrier: p.Carrier,
		Left: left, On: civil(ctx, tx, f.Location, at), Promised: p.PromiseTo})
}

// civil is the day it is at a location.
func civil(ctx context.Context, tx *db.Tx, location string, at time.Time) string {
	return calendar.DateIn(at, zoneAt(ctx, tx, location)).String()
}

// zoneAt is the clock of a location, UTC when it has none.
func zoneAt(ctx context.Context, tx *db.Tx, location string) *time.Location {
	l, err := inventory.FindLocation(ctx, tx, location)
	if err == nil {
		if zone, err := calendar.Zone(l.Zone); err == nil {
			return zone
		}
	}
	return time.UTC
}
