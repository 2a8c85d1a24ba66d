package storefront

import (
	"context"
	"net/http"
	"time"

	"korzo/delivery/carriage"
	"korzo/delivery/point"
	"korzo/fulfilment/pickup"
	"korzo/fulfilment/shipment"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/live"
	"korzo/purchase/amend"
	"korzo/purchase/order"
	"korzo/ui"
	"korzo/value/calendar"
)

var errNowhere = fault.New(fault.Conflict, "storefront.collected", "nothing of this order is sent: there is no address to change")

// way is how an order gets to its buyer: what is still being prepared, what is
// in parcels, what waits at a counter.
type way struct {
	stages []stage
	pickup.Still
}

// stage is one parcel, one collection, or what is left of a fulfilment.
type stage struct {
	state   string // what it is called: "preparing", "packed", "shipped", "out_for_delivery", "delivered", "ready", "collected", "late" …
	pickup  bool
	place   inventory.Location
	hours   calendar.Hours
	note    string    // how to find the place
	until   time.Time // the last moment to collect
	zone    *time.Location
	code    string
	lines   []shipment.Units
	parcel  shipment.Parcel
	carrier string
	story   []carriage.Event
	promise string
	late    bool
	point   *point.Point // the carrier's, where it is collected
	held    string       // why it goes no further: "order", "short" or "shop"
}

// findWay reads how an order gets to its buyer.
func (s *Shop) findWay(ctx context.Context, tx *db.Tx, p *orderPage) error {
	all, err := shipment.OfOrder(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	parcels, err := shipment.Parcels(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	if p.way.Still, err = pickup.StillOpen(ctx, tx, p.Order, all); err != nil {
		return err
	}
	for _, f := range all {
		if err := s.stagesOf(ctx, tx, p, f, parcels); err != nil {
			return err
		}
	}
	return nil
}

// stagesOf is what a fulfilment looks like to its buyer.
func (s *Shop) stagesOf(ctx context.Context, tx *db.Tx, p *orderPage, f shipment.Fulfilment, parcels []shipment.Parcel) error {
	for _, parcel := range parcels {
		if parcel.Fulfilment != f.ID || parcel.State == shipment.ParcelCanceled {
			continue
		}
		st := stage{state: string(parcel.State), parcel: parcel, lines: parcel.Lines, carrier: s.carrierName(parcel), late: !parcel.LateAt.IsZero() && parcel.State == shipment.ParcelShipped}
		if parcel.State == shipment.ParcelShipped && parcel.Status == carriage.StatusOutForDelivery {
			st.state = string(parcel.Status)
		}
		st.promise = p.promiseOf(f)
		var err error
		if st.story, err = shipment.Story(ctx, tx, parcel.ID); err != nil {
			return err
		}
		p.box(f, &st)
		p.way.stages = append(p.way.stages, st)
	}
	rest := stage{state: "preparing", pickup: f.Kind == shipment.KindPickup, promise: p.promiseOf(f), late: !f.LateAt.IsZero(), point: shipment.PointOf(p.Order, f)}
	for _, l := range f.Lines {
		units := l.Loose()
		if rest.pickup {
			units = l.Units
		}
		if units > 0 {
			rest.lines = append(rest.lines, shipment.Units{Line: l.Line, Units: units})
		}
	}
	if len(rest.lines) == 0 || f.State == shipment.StateCanceled {
		return nil
	}
	if f.State == shipment.StateOnHold {
		rest.state, rest.held = "held", "shop" // what staff wrote down is theirs
		if f.Reason == shipment.HoldOrder || f.Reason == shipment.HoldShort {
			rest.held = f.Reason
		}
	}
	if rest.pickup {
		if err := s.counter(ctx, tx, f, &rest); err != nil {
			return err
		}
	}
	p.way.stages = append(p.way.stages, rest)
	return nil
}

// counter says where and until when something is collected, and for what code.
func (s *Shop) counter(ctx context.Context, tx *db.Tx, f shipment.Fulfilment, st *stage) (err error) {
	if st.place, err = inventory.FindLocation(ctx, tx, f.Location); err != nil {
		return err
	}
	place, zone, err := pickup.FindPlace(ctx, tx, f.Location)
	if err != nil {
		return err
	}
	st.zone, st.hours, st.note = zone, place.Hours, place.Note
	switch f.State {
	case shipment.StateReady:
		t, err := pickup.Find(ctx, tx, f.ID)
		if err != nil {
			return err
		}
		st.state, st.code, st.until = "ready", t.Code(s.Keeper), t.ExpireAt
	case shipment.StateDelivered:
		st.state = "collected"
	case shipment.StateExpired:
		st.state = "expired"
	}
	return nil
}

// carrierName is what people call who carries a parcel.
func (s *Shop) carrierName(p shipment.Parcel) string {
	if s.Dispatch == nil {
		return p.Carrier
	}
	c, err := s.Dispatch.Carriers.Find(p.Carrier)
	if err != nil {
		return p.Carrier
	}
	for _, service := range c.Traits().Services {
		if service.Code == p.Service {
			return service.Name
		}
	}
	return ""
}

// promiseOf is when a fulfilment arrives, "" when nobody said.
func (p orderPage) promiseOf(f shipment.Fulfilment) string {
	return p.promise(order.Group{Kind: f.Kind, PromiseFrom: f.PromiseFrom, PromiseTo: f.PromiseTo})
}

// tracking is an event in the reader's language, with the carrier's own words
// and place.
func (p orderPage) tracking(e carriage.Event) string {
	text := p.T("shop.tracking.unknown")
	if key := "shop.tracking." + string(e.Status); p.Has(key) {
		text = p.T(key)
	}
	if e.Place != "" {
		text += " · " + e.Place
	}
	return text
}

// placeLines is where a counter is.
func (p orderPage) placeLines(l inventory.Location) []string {
	a := l.Address
	a.Name = ""
	return p.lines(a)
}

// addressFields are those of an address that may still be changed. Its country
// and region stay: they decide what was paid.
func (p orderPage) addressFields() (fields []ui.Input) {
	a := p.contact.Shipping
	if len(p.wrong) > 0 || p.move != nil {
		a = p.typed
	}
	for _, f := range []struct{ name, value string }{{"name", a.Name}, {"line1", a.Line1}, {"line2", a.Line2}, {"postal_code", a.PostalCode}, {"city", a.City}} {
		in := ui.Input{Name: f.name, Label: p.Field(a.Country, f.name), Value: f.value, MaxLength: 200, Required: f.name != "line2", Autocomplete: completes[f.name]}
		for _, problem := range p.wrong {
			if problem.Field == f.name {
				in.Error = p.say(problem.Code, problem.Text)
			}
		}
		fields = append(fields, in)
	}
	return fields
}

// lineTitle is a line's title, as it was bought.
func (p orderPage) lineTitle(id order.LineID) string {
	for _, l := range p.Lines {
		if l.ID == id {
			return l.Title
		}
	}
	return ""
}

// listen has what changes on the way of orders told to who looks at them.
func (s *Shop) listen() {
	s.hub = live.NewHub()
	_ = s.DB.Read(context.Background(), func(tx *db.Tx) error { // it reads nothing: only a database that is gone fails, and then nobody looks
		live.Watch(tx, shipment.Topic, func(orders []string) {
			for _, id := range orders {
				s.hub.Publish(id, "way", nil)
			}
		})
		return nil
	})
}

// events streams that something changed on an order's way to who may see it.
func (s *Shop) events(w http.ResponseWriter, r *http.Request) error {
	id := order.ID(r.PathValue("id"))
	err := s.DB.Read(r.Context(), func(tx *db.Tx) error {
		v, err := s.enter(r.Context(), tx, r)
		if err != nil {
			return err
		}
		return s.mayFollow(r, tx, v, id)
	})
	if err != nil {
		return err
	}
	s.hub.Serve(w, r, string(id))
	return nil
}

// mayFollow is order.ErrNotFound for who may not see an order.
func (s *Shop) mayFollow(r *http.Request, tx *db.Tx, v *visit, id order.ID) error {
	o, err := order.Head(r.Context(), tx, id)
	if err == nil && !s.passed(r, id) && (o.Customer == "" || o.Customer != v.customer) {
		err = order.ErrNotFound
	}
	return err
}

// cancelOrder cancels an order that nobody has begun to gather, and gives back
// what was paid.
func (s *Shop) cancelOrder(w http.ResponseWriter, r *http.Request) error {
	id := order.ID(r.PathValue("id"))
	p, err := s.loadOrder(r, id)
	if err != nil {
		return err
	}
	if p.State == order.StateCanceled {
		return see(w, r, orderPath(id)) // sent twice
	}
	_, err = s.Amend.Propose(r.Context(), amend.Request{Order: id, Key: "buyer", Kind: amend.KindCancel, Reason: "canceled by the buyer", Actor: "buyer",
		Proof: func(ctx context.Context, tx *db.Tx) error { return shipment.Untouched(ctx, tx, id) }})
	if err != nil {
		return err
	}
	return see(w, r, orderPath(id))
}
