package checkout

import (
	"context"
	"fmt"
	"slices"
	"time"

	"korzo/customer/segment"
	"korzo/delivery/method"
	"korzo/delivery/point"
	"korzo/delivery/promise"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/purchase/buyer"
	"korzo/purchase/cart"
	"korzo/purchase/flow"
	"korzo/purchase/quote"
	"korzo/purchase/tax"
	"korzo/value/address"
	"korzo/value/calendar"
	"korzo/value/money"
)

// maxGroups bounds the parts a cart travels in.
const maxGroups = 10

// GroupChoice says how some lines travel.
type GroupChoice struct {
	Option string        // of the delivery's options
	Point  string        // the code of a pick-up point, where the option goes to one; "" keeps what was chosen
	Lines  []cart.LineID // those that go so; of the first choice all that no other names
}

// Delivery is a part of the cart that travels together: to the shopper, or to a
// place where it is collected. Every line is in exactly one.
type Delivery struct {
	Group
	Lines   []cart.LineID   // at least one
	Options []method.Option // how it may travel
	Price   money.Amount    // of the chosen option, and the fee of the payment where it is counted here

	// Electronic is set where nothing of it travels: gift cards and files come by
	// e-mail and as a link, so no address and no option is asked for.
	Electronic bool

	// Nearby are the points to choose from, where the delivery may go to one, the
	// nearest first; SilentPoints says that the carrier does not answer.
	Nearby       []point.Point
	SilentPoints bool

	why   string // the chosen option is not on offer
	grams int64  // of what travels in it
	long  int64  // its longest side in millimetres
}

// Chosen is how the delivery travels; false while nothing is chosen that is
// still on offer.
func (d Delivery) Chosen() (method.Option, bool) {
	if d.Electronic {
		return d.Options[0], true
	}
	for _, o := range d.Options {
		if o.ID == d.Method {
			return o, true
		}
	}
	return method.Option{}, false
}

// chooseGroups keeps how lines travel. Groups of one method are one.
func (s *Session) chooseGroups(ctx context.Context, tx *db.Tx, doc flow.Document, choices []GroupChoice) error {
	if len(choices) == 0 || len(choices) > maxGroups {
		return ErrGroups.With(fmt.Sprintf("groups: give 1 to %d", maxGroups))
	}
	var groups []Group
	named := map[cart.LineID]bool{}
	for _, c := range choices {
		m, ok, err := method.Find(ctx, tx, c.Option)
		if err != nil {
			return err
		}
		if !ok || !m.Active || m.Market != s.Market || !doc.Delivers(m.ID, m.Kind) {
			return ErrOption
		}
		i := slices.IndexFunc(groups, func(g Group) bool { return g.Method == m.ID })
		if i < 0 {
			g := Group{Kind: m.Kind, Method: m.ID, Location: m.Location, Points: m.Points}
			if err := g.point(ctx, tx, c.Point, s.Groups); err != nil {
				return err
			}
			groups, i = append(groups, g), len(groups)
		}
		for _, l := range c.Lines {
			if named[l] {
				return ErrGroups.With("groups: a line travels in one group only: name it once")
			}
			named[l] = true
			groups[i].Lines = append(groups[i].Lines, string(l))
		}
	}
	for i := range groups[1:] {
		if len(groups[i+1].Lines) == 0 {
			return ErrGroups.With("groups: name the lines of every group but the first")
		}
	}
	s.Groups = groups
	return nil
}

// partition puts every line of a cart into one delivery: where a group names
// it, else the first. A group that has no line left is none.
func (s Session) partition(lines []cart.Line) []Delivery {
	all := make([]Delivery, max(len(s.Groups), 1))
	for i := range s.Groups {
		all[i].Group = s.Groups[i]
	}
	for _, l := range lines {
		at := 0
		for i := range all[1:] {
			if slices.Contains(all[i+1].Group.Lines, string(l.ID)) {
				at = i + 1
			}
		}
		all[at].Lines = append(all[at].Lines, l.ID)
	}
	if left := slices.DeleteFunc(all, func(d Delivery) bool { return len(d.Lines) == 0 }); len(left) > 0 {
		return left
	}
	d := Delivery{}
	if len(s.Groups) > 0 {
		d.Group = s.Groups[0]
	}
	return []Delivery{d}
}

// places says where lines go that are collected: they are taxed there.
func (s Session) places(ctx context.Context, tx *db.Tx) (func(lines []cart.Line) []cart.Place, error) {
	at := map[string]cart.Place{}
	for _, g := range s.Groups {
		if g.Point != nil {
			at[g.at()] = cart.Place{Address: g.Point.Address}
		}
		if g.Kind != method.Pickup {
			continue
		}
		l, err := inventory.FindLocation(ctx, tx, g.Location)
		if err != nil {
			return nil, fmt.Errorf("where group %s is collected: %w", g.Method, err)
		}
		at[g.at()] = cart.Place{Location: g.Location, Address: address.Address{Country: l.Country, Region: l.Address.Region, PostalCode: l.Address.PostalCode}}
	}
	if len(at) == 0 {
		return nil, nil
	}
	return func(lines []cart.Line) (all []cart.Place) {
		for _, d := range s.partition(lines) {
			if to, elsewhere := at[d.at()]; elsewhere && len(d.Lines) > 0 {
				to.Lines = d.Lines
				all = append(all, to)
			}
		}
		return all
	}, nil
}

// deliver finds how each delivery of a session may travel. What is to be
// collected must lie there.
func (v *View) deliver(ctx context.Context, tx *db.Tx, now time.Time) (err error) {
	v.Deliveries = v.Session.partition(v.View.Cart.Lines)
	groups, err := v.belongs(ctx, tx)
	if err != nil {
		return err
	}
	var places []string
	for i := range v.Deliveries {
		d := &v.Deliveries[i]
		if v.electronic(d.Lines) {
			v.byMail(d, now)
			continue
		}
		q := v.query(now)
		q.Groups = groups
		if len(v.Deliveries) > 1 {
			q.Basket, q.Ready = v.Part(d.Lines)
		}
		if d.Options, err = method.Options(ctx, tx, q); err != nil {
			return err
		}
		d.Options = arranged(d.Options, v.Flow)
		d.reach(q)
		if _, ok := d.Chosen(); !ok && d.Method != "" {
			if d.why, err = method.Why(ctx, tx, q, d.Method); err != nil {
				return err
			}
		}
		if o, ok := d.Chosen(); ok && o.Kind == method.Ship {
			over, err := crosses(ctx, tx, o, q.Country)
			if err != nil {
				return err
			}
			if over {
				v.Duty = q.Country
			}
		}
		for _, o := range d.Options {
			if o.Kind == method.Pickup && !slices.Contains(places, o.Location) {
				places = append(places, o.Location)
			}
		}
	}
	if len(places) > 0 {
		v.lying(places)
	}
	v.sending()
	if !v.Deliveries[0].Electronic {
		v.Options = v.Deliveries[0].Options
	}
	return err
}

// crosses reports whether what is sent to a country crosses a customs border on
// its way: where a method names no location, all that ship lie beyond it.
func crosses(ctx context.Context, tx *db.Tx, o method.Option, to string) (bool, error) {
	all, err := inventory.Locations(ctx, tx)
	ships := false
	for _, l := range all {
		if l.ID != o.Location && (o.Location != "" || !l.Ships || l.Closed) {
			continue
		}
		if ships = true; l.Country == to || tax.InEU(l.Country) && tax.InEU(to) {
			return false, err
		}
	}
	return ships && to != "", err
}

// electronic reports whether none of these lines is a thing that travels.
func (v *View) electronic(lines []cart.LineID) bool {
	return len(lines) > 0 && !slices.ContainsFunc(v.View.Cart.Lines, func(l cart.Line) bool { return slices.Contains(lines, l.ID) && v.Travels(l) })
}

// byMail is how a delivery goes of which nothing travels: at once, for nothing,
// whatever was chosen while the cart held something else.
func (v *View) byMail(d *Delivery, now time.Time) {
	today := calendar.DateIn(now, time.UTC)
	d.Electronic, d.Group = true, Group{Kind: method.Ship}
	d.Options = []method.Option{{Name: "E-Mail", Kind: method.Ship, Price: money.Of(0, v.View.Cart.Currency), Promise: promise.Window{From: today, To: today}, Km: -1}}
}

// Electronic reports whether nothing of the cart travels.
func (v View) Electronic() bool {
	return !slices.ContainsFunc(v.Deliveries, func(d Delivery) bool { return !d.Electronic })
}

// belongs are the groups and segments of the customer, asked for where a delivery
// depends on them.
func (v *View) belongs(ctx context.Context, tx *db.Tx) ([]string, error) {
	if v.Session.Customer == "" {
		return nil, nil
	}
	asked, err := method.Groups(ctx, tx, v.Session.Market)
	if err != nil || len(asked) == 0 {
		return nil, err
	}
	return buyer.Groups(ctx, tx, v.Session.Customer, v.market.Currency, slices.ContainsFunc(asked, segment.Named))
}

// lying leaves out the pick-ups at places where not everything lies, and notes
// where each line does.
func (v *View) lying(places []string) {
	free := map[inventory.Line]int64{} // by variant and place
	for _, a := range v.LyingAt(places) {
		free[inventory.Line{Variant: a.Variant, At: a.Location}] = a.Units
	}
	lies := func(at string, needs []inventory.Line) bool {
		sums := map[catalog.VariantID]int64{}
		for _, n := range needs {
			sums[n.Variant] += n.Units
		}
		for v, units := range sums {
			if free[inventory.Line{Variant: v, At: at}] < units {
				return false
			}
		}
		return true
	}
	needs := map[cart.LineID][]inventory.Line{}
	for _, n := range v.Needs(func(l cart.LineID) string { return string(l) }) {
		needs[cart.LineID(n.At)] = append(needs[cart.LineID(n.At)], n)
	}
	v.Collect = map[cart.LineID][]method.Option{}
	for i := range v.Deliveries {
		d := &v.Deliveries[i]
		if d.Electronic {
			continue
		}
		var all []inventory.Line
		for _, l := range d.Lines {
			all = append(all, needs[l]...)
			for _, o := range d.Options {
				if o.Kind == method.Pickup && lies(o.Location, needs[l]) {
					v.Collect[l] = append(v.Collect[l], o)
				}
			}
		}
		d.Options = slices.DeleteFunc(d.Options, func(o method.Option) bool {
			gone := o.Kind == method.Pickup && !lies(o.Location, all)
			if gone && o.ID == d.Method {
				d.why = "not everything lies there"
			}
			return gone
		})
	}
}

// ship prices the cart again with the chosen deliveries, and with what paying
// the chosen way costs: it is counted with the first that is sent, or the first.
func (v *View) ship(fee money.Amount) (err error) {
	legs := make([]cart.Leg, len(v.Deliveries))
	bears := max(slices.IndexFunc(v.Deliveries, func(d Delivery) bool { return d.Kind == method.Ship }), 0)
	some := false
	for i := range v.Deliveries {
		d := &v.Deliveries[i]
		d.Price = money.Of(0, v.View.Cart.Currency)
		if o, ok := d.Chosen(); ok {
			d.Price, some = o.Price, true
		}
		if i == bears && !fee.IsZero() {
			d.Price = d.Price.Plus(fee)
		}
		legs[i] = cart.Leg{Lines: d.Lines, Price: d.Price}
	}
	switch {
	case !some && len(v.Charges) > 0:
		v.View, err = v.View.Ship(quote.Shipping{Price: money.Of(0, v.View.Cart.Currency)})
	case !some:
	case len(legs) == 1 && v.Deliveries[0].Kind == method.Ship:
		v.View, err = v.View.Ship(quote.Shipping{Price: legs[0].Price})
	case len(legs[0].Lines) > 0:
		v.View, err = v.View.ShipLegs(legs)
	}
	return err
}

// settled reports whether every delivery has an option that is on offer.
func (v View) settled() bool {
	return !slices.ContainsFunc(v.Deliveries, func(d Delivery) bool { _, ok := d.Chosen(); return !ok })
}

// Steps are the steps of the flow, without the one that asks how things travel
// where nothing does.
func (v View) Steps() []string {
	steps := v.Flow.StepOrder()
	if v.Electronic() {
		steps = slices.DeleteFunc(slices.Clone(steps), func(s string) bool { return s == flow.StepDelivery })
	}
	return steps
}

// Sends reports whether something travels to the shopper, or may.
func (v View) Sends() bool {
	return slices.ContainsFunc(v.Deliveries, func(d Delivery) bool { o, _ := d.Chosen(); return !d.Electronic && o.Kind != method.Pickup })
}

// collectedAt says where a line is collected; "" where it is sent.
func (v View) collectedAt(line cart.LineID) string {
	for _, d := range v.Deliveries {
		if d.Kind == method.Pickup && slices.Contains(d.Lines, line) {
			return d.Location
		}
	}
	return ""
}

// sayCounts explains what counted towards a free delivery where the purchase
// travels in parts and that makes a difference.
func (v *View) sayCounts() {
	for i, d := range v.Deliveries {
		o, ok := d.Chosen()
		if !ok || o.Counts == "" {
			continue
		}
		m := Message{Type: "info", Path: fmt.Sprintf("$.groups[%d]", i), Severity: "recoverable",
			Code: "delivery_counts_whole", Content: "the whole purchase counts towards the free delivery, what is collected or sent otherwise too"}
		if o.Counts == method.CountsParcel {
			m.Code = "delivery_counts_parcel"
			m.Content = "for this delivery only what travels in it counts towards the free delivery: send more with it, or choose another"
		}
		v.Messages = append(v.Messages, m)
	}
}
