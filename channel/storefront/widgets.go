package storefront

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"korzo/channel/storefront/widget"
	"korzo/customer/visitor"
	"korzo/delivery/method"
	"korzo/purchase/checkout"
	"korzo/purchase/flow"
	kinds "korzo/purchase/flow/widget"
	"korzo/value/calendar"

	"github.com/a-h/templ"
)

// pathWidgets begins the paths of messages about widgets.
const pathWidgets = "$.widgets."

// widgetsAt are the views of the widgets of a place, in the flow's order.
func (p checkoutPage) widgetsAt(place string) (all []templ.Component) {
	for _, w := range p.Widgets {
		if p.placeOf(w) == place && (w.Kind != "wallet" || !p.express()) {
			all = append(all, widget.Draw(p.widget(w)))
		}
	}
	return all
}

// beforeDelivery is above the list of deliveries.
const beforeDelivery = "before_delivery"

// placeOf is where a widget stands: places to collect lead where the flow says
// that pick-up is first.
func (p checkoutPage) placeOf(w checkout.Widget) string {
	if w.Kind == "pickup_point" && w.Place == kinds.PlaceDelivery && p.Flow.Pickup == flow.PickupFirst {
		return beforeDelivery
	}
	return w.Place
}

func (p checkoutPage) widget(w checkout.Widget) widget.View {
	v := widget.View{Locale: p.visit.Locale, Widget: w, Typed: p.answers[w.Name], Media: p.media, Method: p.methodName, Code: p.codeProblem,
		Window: func(from, to calendar.Date) string { return p.window(method.Pickup, from, to) }}
	for _, m := range p.said {
		if m.Path == pathWidgets+w.Name {
			v.Error = sentence(p.say(m.Code, m.Content))
		}
	}
	return v
}

// refused reports whether a widget refused what was said to it.
func (p checkoutPage) refused() bool {
	return slices.ContainsFunc(p.said, func(m checkout.Message) bool { return strings.HasPrefix(m.Path, pathWidgets) })
}

// has reports whether a kind of widget is shown.
func (p checkoutPage) has(kind string) bool {
	return slices.ContainsFunc(p.Widgets, func(w checkout.Widget) bool { return w.Kind == kind })
}

// shownOptions are the deliveries of the list: those to collect stand in their
// own widget where the flow placed one.
func (p checkoutPage) shownOptions() []method.Option {
	if !p.has("pickup_point") {
		return p.Options
	}
	return slices.DeleteFunc(slices.Clone(p.Options), func(o method.Option) bool {
		return o.Kind == method.Pickup || o.Points != "" && len(p.Deliveries[0].Nearby) > 0
	})
}

// acted answers a button of a widget: the page is shown anew, at the place where
// the shopper goes on.
func (s *Shop) acted(w http.ResponseWriter, r *http.Request, p checkoutPage, in url.Values) error {
	if p.refused() {
		return write(w, r, http.StatusUnprocessableEntity, checkoutTemplate(p))
	}
	to := p.here
	if p.step != "" {
		to += "?step=" + url.QueryEscape(p.step)
	}
	for name := range widget.Answers(in) {
		if method := in.Get("w." + name + ".method"); strings.Contains(name, "wallet") && method != "" {
			if p.frame == nil && lacks(p.View, stepContact) && s.Checkout.Expresses(p.View, method) {
				return s.toWallet(w, r, p.visit, p.View, method)
			}
			return see(w, r, to+"#place")
		}
	}
	return see(w, r, to)
}

// drawn reports whether a message is told by the widget that it is about.
func (p checkoutPage) drawn(path string) bool {
	name := strings.TrimPrefix(path, pathWidgets)
	return slices.ContainsFunc(p.Widgets, func(w checkout.Widget) bool { return w.Name == name })
}

// pathOf is how a visitor came, with what this request knows besides.
func pathOf(r *http.Request, p visitor.Path) visitor.Path {
	p.Consent = consented(r)
	if f := frameOf(r); f != nil {
		p.Partner = f.host()
	}
	return p
}
