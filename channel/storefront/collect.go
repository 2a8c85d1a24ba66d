package storefront

import (
	"cmp"
	"net/url"
	"strings"

	"korzo/delivery/method"
	"korzo/delivery/point"
	"korzo/fulfilment/shipment"
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
	if d.Point != nil && !has(first, d.Point.Code) {
		first = append([]point.Point{*d.Point}, first...)
	}
	return first, more
}

func has(all []point.Point, code string) bool {
	for _, p := range all {
		if p.Code == code {
			return true
		}
	}
	return false
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
