package storefront

import (
	"slices"
	"strings"
	"time"

	"korzo/delivery/method"
	"korzo/delivery/promise"
	"korzo/purchase/checkout"
	"korzo/value/calendar"
)

// nearby is how many places a chooser shows before the others fold away.
const nearby = 3

// byDistance puts the places to collect at in the order of how far they are;
// what is sent, and what nobody can place, stays where it stood.
func byDistance(options []method.Option) []method.Option {
	sorted := slices.Clone(options)
	slices.SortStableFunc(sorted, func(a, b method.Option) int {
		if a.Kind != method.Pickup || b.Kind != method.Pickup || a.Km < 0 || b.Km < 0 {
			return 0
		}
		return a.Km - b.Km
	})
	return sorted
}

// note says when an option arrives or is ready, and how far it is.
func (p page) note(o method.Option) string {
	var now, far string
	if o.Kind == method.Pickup {
		now = p.openNow[o.Location]
	}
	switch {
	case o.Km == 0:
		far = p.T("shop.point.here")
	case o.Km > 0:
		far = p.T("shop.point.km", "Km", p.Number(int64(o.Km)))
	}
	return dotted(p.window(o.Kind, o.Promise.From, o.Promise.To), now, far)
}

// dotted joins what is there of texts: "Tomorrow · 3 km".
func dotted(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(t string) bool { return t == "" }), " · ")
}

// orderBy is until when today this way keeps its promise; zero where the day is
// another, or when the goods have yet to come in.
func (p page) orderBy(o method.Option) time.Time {
	in, err := o.Inputs.Input()
	now := p.shop.DB.Now()
	by := promise.OrderBy(in)
	if err != nil || o.Kind != method.Ship || in.Now.After(now) || !by.After(now) || calendar.DateIn(by, p.zone) != calendar.DateIn(now, p.zone) {
		return time.Time{}
	}
	return by
}

// counted says what counted towards a free delivery, where that makes a
// difference; "" where it makes none.
func (p page) counted(d checkout.Delivery) string {
	switch o, _ := d.Chosen(); o.Counts {
	case method.CountsWhole:
		return p.T("shop.delivery.counts_whole")
	case method.CountsParcel:
		return p.T("shop.delivery.counts_parcel")
	}
	return ""
}
