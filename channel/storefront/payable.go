package storefront

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"korzo/customer/visitor"
	"korzo/platform/web"
	"korzo/purchase/checkout"
	"korzo/purchase/flow"
	"korzo/purchase/payment"
	"korzo/purchase/payment/paymethod"
	"korzo/purchase/payment/vault"
	"korzo/ui"
)

// payable is a way to pay as the page shows it.
type payable struct {
	paymethod.Offer
	chosen  bool
	fields  payment.Fields // zero: it has no card fields
	sandbox bool           // its bank moves no money, and can be told what to do
	card    payment.Card   // that the session's token stands for; zero: none was given yet
	saved   []vault.Card   // that the customer keeps and may choose
	plans   []payment.Plan // to choose from, once the card is known
	plan    int64          // in how many parts
}

// typed reports whether a card is typed for it: here, or at its gateway's.
func (m payable) typed() bool { return m.fields != payment.Fields{} }

// payables are the ways to pay a checkout, with what each needs of the page.
func (s *Shop) payables(ctx context.Context, c checkout.View) []payable {
	all := make([]payable, len(c.Methods))
	for i, o := range c.Methods {
		p := payable{Offer: o, chosen: o.ID == c.Method}
		p.saved = savedOf(c, o.Method)
		if o.Flow == paymethod.Fields {
			g := s.gatewayOf(c, o.Method)
			if h, ok := g.(payment.Hosting); ok {
				p.fields = h.Fields()
				p.sandbox = strings.HasPrefix(p.fields.Page, sandboxPrefix)
			}
			if p.chosen && c.Failure == nil { // a card that was declined is asked for anew
				p.card, _ = s.Checkout.Payments().Read(c.Instrument)
			}
			if p.chosen && o.Wants(paymethod.NeedPlan) {
				p.plans, p.plan = s.plans(ctx, c)
			}
		}
		all[i] = p
	}
	return all
}

// gatewayOf is the gateway that is asked first for a method; nil when none is.
func (s *Shop) gatewayOf(c checkout.View, m paymethod.Method) payment.Gateway {
	name, err := s.Checkout.Payments().Choose(m, c.Flow.Route)
	if err != nil {
		return nil
	}
	g, _ := s.Checkout.Payments().Gateway(name)
	return g
}

// plans are the instalments of the session's card, and which are chosen. A bank
// that does not answer offers none: the page says so.
func (s *Shop) plans(ctx context.Context, c checkout.View) ([]payment.Plan, int64) {
	plans, chosen, err := s.Checkout.Plans(ctx, c)
	if err != nil {
		slog.WarnContext(ctx, "plans not read", "id", web.RequestID(ctx), "error", err)
	}
	return plans, chosen
}

// payWith adds to a patch what a form says of the card: the token that the
// fields gave, what the sandbox shall do, or in how many parts it is paid.
func (s *Shop) payWith(p *checkout.Patch, in url.Values, c checkout.View) {
	m, ok := paymethod.Find(cmp.Or(in.Get("method"), c.Method))
	if !ok || m.Flow != paymethod.Fields {
		return
	}
	defer chooseCard(p, in) // a kept card comes before what is typed
	if token := in.Get("instrument"); token != "" {
		p.Token = &token
	}
	if card := in.Get("card"); slices.Contains(testCards, card) {
		token := sandboxPrefix + card
		p.Token = &token
	}
	if count, err := strconv.ParseInt(in.Get("plan"), 10, 64); err == nil {
		p.Parts = &count
	}
}

// unplanned reports whether an order by instalments has not said how many.
func (p checkoutPage) unplanned(in url.Values) bool {
	return slices.ContainsFunc(p.payables, func(m payable) bool { return m.chosen && len(m.plans) > 1 && !in.Has("plan") })
}

// phoneField asks for the telephone number that some ways to pay need.
func (p checkoutPage) phoneField() ui.Input {
	f := ui.Input{Name: "phone", Label: p.T("shop.field.phone"), Hint: p.T("shop.field.phone_hint"), Value: p.Contact.Shipping.Phone,
		Type: "tel", Autocomplete: "tel", Mode: "tel", MaxLength: 40}
	if p.checked && slices.Contains(p.Requirements, checkout.NeedPhone) {
		f.Error = p.T("checkout.say.phone_required")
	}
	return f
}

// wantsPhone reports whether some way to pay needs a telephone number.
func (p checkoutPage) wantsPhone() bool {
	asked := p.Flow.Asks.Phone == flow.AskMay || p.Flow.Asks.Phone == flow.AskRequired // beside the e-mail address
	return !asked && slices.ContainsFunc(p.payables, func(m payable) bool { return m.Wants(paymethod.NeedPhone) })
}

// birthField asks for the day of birth that some lenders must know.
func (p checkoutPage) birthField() ui.Input {
	f := ui.Input{Name: "birth_date", Label: p.T("shop.field.birth_date"), Hint: p.T("shop.field.birth_date_hint"), Value: p.Contact.Birth, Type: "date", Autocomplete: "bday"}
	if p.checked && slices.Contains(p.Requirements, checkout.NeedBirth) {
		f.Error = cmp.Or(p.wrong("birth_date"), p.T("checkout.say.birth_date_required"))
	}
	return f
}

// wantsBirth reports whether some way to pay needs the day of birth.
func (p checkoutPage) wantsBirth() bool {
	return slices.ContainsFunc(p.payables, func(m payable) bool { return m.Wants(paymethod.NeedBirthDate) })
}

// charges reports whether the total depends on the way to pay.
func (p checkoutPage) charges() bool {
	return slices.ContainsFunc(p.payables, func(m payable) bool { return !m.Charge.IsZero() })
}

// framed is the policy of a page with card fields: their origins may be framed,
// and nothing else.
func (s *Shop) framed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := policy
		if origins := s.Checkout.Payments().FieldOrigins(); len(origins) > 0 {
			p += "; frame-src " + strings.Join(origins, " ")
		}
		web.WithCSP(next, p).ServeHTTP(w, r)
	})
}

// The shopper's part in a payment under way, as the page that waits shows it.
const (
	partQR    = "qr"  // a code to be read by their phone
	partApp   = "app" // an app on this phone
	partThere = ""    // a page elsewhere, or nothing
)

// shoppersPart tells what the shopper has to do for a payment under way, and until when.
func shoppersPart(r *http.Request, c checkout.View) (string, paymethod.Method, time.Time) {
	m, ok := paymethod.Find(c.Method)
	if !ok || c.Status != checkout.StatusEscalation || c.Asked.IsZero() {
		return partThere, m, time.Time{}
	}
	until := c.Asked.Add(m.Session)
	switch m.For(visitor.DeviceOf(r.UserAgent()).Kind == "phone") {
	case paymethod.QRShown:
		return partQR, m, until
	case paymethod.AppSwitch:
		return partApp, m, until
	}
	return partThere, m, until
}
