package storefront

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"korzo/delivery/method"
	"korzo/delivery/point"
	"korzo/fulfilment/shipment"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/web"
	"korzo/purchase/cart"
	"korzo/purchase/checkout"
	"korzo/purchase/flow/widget"
	"korzo/value/address"
)

// choosePoint reads which of a carrier's points was chosen: "de_locker@S-1", as
// the value of the option itself or of the field beside it. What was chosen
// beside another option says nothing.
func choosePoint(p *checkout.Patch, in url.Values) {
	option, code := chosenOption(in)
	if code == "" {
		of, chosen, ok := widget.SplitPoint(in.Get("point"))
		if ok && of == option {
			code = chosen
		}
	}
	if in.Has("option") {
		p.Option = &option
	}
	if code != "" {
		p.Point = &code
	}
	if in.Has("near") {
		near := strings.TrimSpace(in.Get("near"))
		p.Near = &near
	}
}

// near is the postal code that points are shown for.
func (p checkoutPage) near(d checkout.Delivery) string {
	return cmp.Or(d.Near, p.Contact.Shipping.PostalCode)
}

// pointsFirst are the points that are shown at once, with the one that was chosen.
func (p checkoutPage) pointsFirst(d checkout.Delivery) (first, more []point.Point) {
	for i, one := range d.Nearby {
		if i < nearby || d.Point != nil && d.Point.Code == one.Code {
			first = append(first, one)
		} else {
			more = append(more, one)
		}
	}
	if d.Point != nil && !slices.ContainsFunc(first, func(one point.Point) bool { return one.Code == d.Point.Code }) {
		first = append([]point.Point{*d.Point}, first...)
	}
	return first, more
}

// pointNote says where a point is, how far, and when it is open.
func (p page) pointNote(at point.Point) string {
	a := at.Address
	a.Name, a.Country = "", ""
	text := strings.Join(address.Lines(a), ", ")
	switch {
	case at.Metres >= 0 && at.Metres < 950:
		text += " · " + p.T("shop.point.metres", "Metres", p.Number(int64((at.Metres+25)/50*50)))
	case at.Metres >= 950:
		text += " · " + p.T("shop.point.km", "Km", p.Number(int64(at.Km())))
	}
	return text
}

// toPoint reports whether an option goes to a carrier's point and is chosen.
func (p checkoutPage) toPoint(o method.Option) bool { return o.Points != "" && o.ID == p.option() }

// box adds the point where a parcel is collected, and what opens it.
func (p *orderPage) box(f shipment.Fulfilment, st *stage) {
	st.point = shipment.PointOf(p.Order, f)
	e, waits := shipment.Box(st.story)
	if !waits || st.parcel.State != shipment.ParcelShipped {
		return
	}
	st.state, st.until, st.zone, st.code, st.late = string(e.Status), e.Until, p.zone, shipment.Pin(p.contact, st.parcel.ID), false
}

// homeward reports whether something of the order goes to the buyer's own door.
func (p orderPage) homeward() bool {
	for _, g := range p.Groups {
		if g.Kind == method.Ship && g.Point == nil && p.tangible(g.ID) {
			return true
		}
	}
	return false
}

// chosenOption is the delivery of a form, and the point that its value names.
func chosenOption(in url.Values) (option, code string) {
	option, code, _ = widget.SplitPoint(strings.TrimSpace(in.Get("option")))
	return option, code
}

// collectCart keeps where the visitor would collect what is in their bag, or has
// all of it sent; a bag is begun for it where there is none.
func (s *Shop) collectCart(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	var into cart.Cart
	err = s.DB.Write(r.Context(), func(tx *db.Tx) error {
		v, err := s.enter(r.Context(), tx, r)
		if err != nil {
			return err
		}
		if into = v.cart; !v.open() || v.cart.Market != v.market.ID {
			if into, err = cart.Create(r.Context(), tx, cart.Draft{Market: v.market.ID, Channel: v.channel.ID, Locale: v.Tag(), Customer: v.customer}); err != nil {
				return err
			}
		}
		into, err = cart.CollectAt(r.Context(), tx, into.ID, v.caller(), in.Get("collect"))
		return err
	})
	switch {
	case errors.Is(err, cart.ErrPlace):
		return see(w, r, "/stores")
	case err != nil:
		return s.changed(w, r, err, func(p *cartPage, text string) { p.problem = text })
	}
	web.SetCookie(w, r, cookieCart, string(into.ID), month)
	return see(w, r, local(in.Get("back")))
}

// collecting names where the visitor collects; "" where nothing is.
func (v *visit) collecting(ctx context.Context, tx *db.Tx) (string, error) {
	if !v.open() || v.cart.Collect == "" {
		return "", nil
	}
	at, err := inventory.FindLocation(ctx, tx, v.cart.Collect)
	if errors.Is(err, inventory.ErrLocationNotFound) {
		return "", nil
	}
	return at.Name, err
}
