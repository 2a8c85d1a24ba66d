package shipment

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"korzo/customer/profile"
	"korzo/delivery/method"
	"korzo/delivery/price"
	"korzo/delivery/promise"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/purchase/order"
	"korzo/value/address"
	"korzo/value/money"
)

// SendInstead has the location send what nobody has collected, or not yet made
// ready, to the buyer's address. It must send parcels. What lies there no more,
// because the place rejected it, is sent from where it lies; what lies nowhere
// stays on hold, and so does what was on hold for another reason. It is promised
// for the days of the way that now brings it, and its buyer is told. It returns
// ErrNowhere where nobody knows where to.
func SendInstead(ctx context.Context, tx *db.Tx, id ID, by By) error {
	f, o, err := lock(ctx, tx, id)
	if err != nil || f.Kind == KindShip {
		return err
	}
	if f.State == StateReady && f.Total(func(l Line) int64 { return l.Shipped }) > 0 || !f.State.Open() {
		return ErrState
	}
	if err := paid(ctx, tx, o); err != nil {
		return err
	}
	l, err := inventory.FindLocation(ctx, tx, f.Location)
	if err != nil {
		return err
	}
	if f.Sourced && !l.Ships {
		return ErrPlace
	}
	for i := range f.Lines {
		f.Lines[i].Packed, f.Lines[i].Picked = 0, 0
	}
	was := f
	lines, err := f.take(f.Loose())
	if err != nil {
		return err
	}
	if err := settle(ctx, tx, &f, StateMoved, ""); err != nil {
		return err
	}
	on := f.part(lines)
	on.Kind, on.PromiseFrom, on.PromiseTo = KindShip, "", ""
	if on, err = on.onItsWay(ctx, tx, o, by); err != nil {
		return err
	}
	told := SentInstead{Order: o.ID, Fulfilment: id, PromiseFrom: on.PromiseFrom, PromiseTo: on.PromiseTo}
	for _, l := range on.Lines {
		told.Lines = append(told.Lines, Sent{Line: l.Line, Units: l.Units})
	}
	if !was.Sourced {
		if err := clearNowhere(ctx, tx, f.ID); err != nil {
			return err
		}
		if err := seek(ctx, tx, on, by); err != nil {
			return err
		}
		return event.Publish(ctx, tx, told)
	}
	if was.State == StateOnHold {
		on.State, on.Reason = StateOnHold, was.Reason
	}
	if on, err = on.reckoned(ctx, tx); err != nil {
		return err
	}
	if _, err = insert(ctx, tx, on); err != nil {
		return err
	}
	told.PromiseFrom, told.PromiseTo = on.PromiseFrom, on.PromiseTo
	return event.Publish(ctx, tx, told)
}

// onItsWay gives what is sent instead the way of delivery that its order has for
// what is sent, else the first that the shop has to where it goes, to the door.
// Who cannot read addresses gives it none and no promise.
func (f Fulfilment) onItsWay(ctx context.Context, tx *db.Tx, head order.Order, by By) (Fulfilment, error) {
	o, err := order.Find(ctx, tx, head.ID)
	if err != nil {
		return f, err
	}
	to, err := destination(ctx, tx, o, by)
	if err != nil || by.Keeper == nil {
		return f, err
	}
	if to.Country == "" || to.Line1 == "" && to.PostalCode == "" {
		return f, ErrNowhere
	}
	goods := money.Of(0, o.Currency())
	for _, l := range f.Lines {
		if i := slices.IndexFunc(o.Lines, func(of order.Line) bool { return of.ID == l.Line }); i >= 0 {
			goods = goods.Plus(o.Lines[i].Total)
		}
	}
	options, err := method.Options(ctx, tx, method.Query{Market: o.Market, Country: to.Country, PostalCode: to.PostalCode, Locale: o.Locale, Now: tx.Now, Kind: method.Ship,
		Basket: price.Basket{Goods: goods, Units: f.Total(func(l Line) int64 { return l.Units })}})
	if err != nil {
		return f, fmt.Errorf("the way of %s: %w", f.Label(), err)
	}
	options = slices.DeleteFunc(options, func(m method.Option) bool { return m.Points != "" })
	if len(options) == 0 {
		return f, nil
	}
	best := max(0, slices.IndexFunc(options, func(m method.Option) bool {
		return slices.ContainsFunc(o.Groups, func(g order.Group) bool { return g.Kind == KindShip && g.Method == m.ID })
	}))
	m := options[best]
	f.Method, f.Name, f.PromiseFrom, f.PromiseTo = m.ID, m.Name, m.Promise.From.String(), m.Promise.To.String()
	f.Promised, err = json.Marshal(m.Inputs)
	return f, err
}

// reckoned has a fulfilment that bears a promise of its own promised from where
// it now leaves.
func (f Fulfilment) reckoned(ctx context.Context, tx *db.Tx) (Fulfilment, error) {
	if f.Promised == nil {
		return f, nil
	}
	var in promise.Inputs
	if err := json.Unmarshal(f.Promised, &in); err != nil {
		return f, fmt.Errorf("promise of %s: %w", f.Label(), err)
	}
	from, err := inventory.FindLocation(ctx, tx, f.Location)
	if err != nil {
		return f, err
	}
	known, err := promise.Knowledge(ctx, tx)
	if err != nil {
		return f, err
	}
	in = known.From(in, f.Method, from, tx.Now)
	input, err := in.Input()
	if err != nil {
		return f, fmt.Errorf("promise of %s: %w", f.Label(), err)
	}
	w := promise.Compute(input)
	f.PromiseFrom, f.PromiseTo = w.From.String(), w.To.String()
	f.Promised, err = json.Marshal(in)
	return f, err
}

// Inputs are what a fulfilment's days were computed from: its own, else those of
// its group as its order keeps them; nil: nobody promised.
func (f Fulfilment) Inputs(o order.Order) json.RawMessage {
	i := slices.IndexFunc(o.Groups, func(g order.Group) bool { return g.ID == f.Group })
	if f.Promised != nil || i < 0 {
		return f.Promised
	}
	return o.Groups[i].Promised
}

// destination is where what is sent of an order goes, as far as it can be read:
// an address that was erased is none.
func destination(ctx context.Context, tx *db.Tx, o order.Order, by By) (address.Address, error) {
	if by.Keeper == nil || o.Contact == "" {
		return address.Address{}, nil
	}
	id := profile.ContactID(o.Contact)
	all, err := profile.Contacts(ctx, tx, by.Keeper, []profile.ContactID{id})
	if err != nil {
		return address.Address{}, fmt.Errorf("where order %s goes: %w", o.ID, err)
	}
	return all[id].Shipping, nil
}
