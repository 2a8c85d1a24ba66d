// Package stripe pays through Stripe: cards by PaymentIntent, or everything
// Stripe offers on its own page by Checkout Session.
//
// Its address is stripe://ACCOUNT:SECRETKEY@api.stripe.com?webhook=SECRET. The
// account is the name that settlements and exceptions speak of. An instrument
// is a PaymentMethod (pm_…), a kept one of a customer (cus_…:pm_…), or "hosted"
// for Stripe's page.
//
// The one idea: a PaymentIntent is created first and confirmed second. Creating
// moves no money, so creating again under the same key is a look-up that cannot
// miss: inside the key window it returns the intent of our reference whether
// its first answer arrived or not. Only confirming moves money, and its key is
// the reference with ":confirm". After the window the intent is searched for by
// the reference in its metadata, which Stripe's index has long since seen.
// Voiding a reference that Stripe never heard of creates its intent and
// cancels it: a confirmation that is still under way finds it cancelled.
//
// Stripe asks a card's bank for exemptions from strong authentication by itself,
// and its PaymentIntents have no field that asks for one (exemption_indicator only
// tells what a 3-D Secure server elsewhere was granted). So Traits name none, a
// rule may not ask Stripe for one, and request_three_d_secure stays at its own
// "automatic", but for a challenge that a rule wants. A payment without its
// cardholder is off_session.
//
// Never true: money moved by a look-up; an intent confirmed twice; a secret, or
// the client secret that Stripe's answers carry, in an error or a log.
package stripe

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v85"

	"korzo/platform/fault"
	"korzo/purchase/payment"
	"korzo/purchase/payment/wire"
)

var errAddress = fault.New(fault.Invalid, "stripe.address", "write the address as stripe://ACCOUNT:SECRETKEY@api.stripe.com?webhook=SECRET")

// hosted is the instrument, and the kind, of Stripe's own page.
const hosted = "hosted"

// window is how long Stripe keeps keys, less an hour for clocks that differ.
const window = 23 * time.Hour

// Gateway is a client of one Stripe account.
type Gateway struct {
	account, webhook string
	client           *stripe.Client

	// Now is the clock that the key window is measured by; tests set it.
	Now func() time.Time
}

var (
	_ payment.Informed = (*Gateway)(nil)
	_ payment.Saver    = (*Gateway)(nil)
	_ payment.Hosting  = (*Gateway)(nil)
	_ payment.Reader   = (*Gateway)(nil)
)

// Open makes a gateway of an address. It makes no call. Only a machine on the
// loopback is spoken to without TLS.
func Open(u *url.URL) (payment.Gateway, error) {
	key, ok := u.User.Password()
	if u.Host == "" || u.User.Username() == "" || !ok || key == "" {
		return nil, errAddress
	}
	base := "https://" + u.Host
	if ip := net.ParseIP(u.Hostname()); ip != nil && ip.IsLoopback() {
		base = "http://" + u.Host
	}
	backend := stripe.GetBackendWithConfig(stripe.APIBackend, &stripe.BackendConfig{
		URL: stripe.String(base), HTTPClient: wire.Client(), MaxNetworkRetries: stripe.Int64(0), EnableTelemetry: stripe.Bool(false),
		LeveledLogger: &stripe.LeveledLogger{Level: stripe.LevelNull},
	})
	client := stripe.NewClient(key, stripe.WithBackends(&stripe.Backends{API: backend, Connect: backend, Uploads: backend, MeterEvents: backend}))
	return &Gateway{account: u.User.Username(), webhook: u.Query().Get("webhook"), client: client, Now: time.Now}, nil
}

// Name is the folder's name.
func (g *Gateway) Name() string { return "stripe" }

// Traits says what Stripe can do. A call is up to three of Stripe's.
func (g *Gateway) Traits() payment.Traits {
	return payment.Traits{KeyWindow: window, Timeout: 20 * time.Second, Kinds: []string{"card", hosted}, Proofs: true}
}

// Fields sends a page to Stripe's: whoever wants a card typed in their own page
// gets its PaymentMethod with Stripe's own script.
func (g *Gateway) Fields() payment.Fields { return payment.Fields{Page: hosted} }

// Read knows Stripe's tokens by their form. They tell nothing of the card.
func (g *Gateway) Read(instrument string) (payment.Card, bool) {
	customer, method := token(instrument)
	return payment.Card{}, instrument == hosted || strings.HasPrefix(method, "pm_") && (customer == "" || strings.HasPrefix(customer, "cus_"))
}

// Authorize creates and confirms an intent, or opens Stripe's page.
func (g *Gateway) Authorize(ctx context.Context, r payment.Request) (payment.Result, error) {
	if _, ok := scale(r.Amount.Currency); !ok {
		return payment.Result{Status: payment.StatusDeclined, Reference: r.Reference, Account: g.account, DeclineCode: payment.DeclineUnsupported}, nil
	}
	if onPage(r) {
		s, err := g.session(ctx, r)
		if err != nil {
			return g.unmade(err, r.Reference)
		}
		return g.ofSession(s, r.Reference)
	}
	p, err := g.create(ctx, r)
	if err != nil {
		return g.unmade(err, r.Reference)
	}
	p, err = g.confirm(ctx, p.ID, r)
	if err != nil {
		return g.no(err, r.Reference)
	}
	return g.ofIntent(p, r.Reference)
}

// unmade answers for an intent that was not created: an amount that Stripe does
// not take is a no, everything else a known failure.
func (g *Gateway) unmade(err error, reference string) (payment.Result, error) {
	if e, known := refusal(err); known && invalid(err) && declines[string(e.Code)] == payment.DeclineUnsupported {
		return payment.Result{Status: payment.StatusDeclined, Reference: reference, Account: g.account, DeclineCode: payment.DeclineUnsupported}, nil
	}
	return payment.Result{}, harmless(err)
}

// Capture takes what an intent holds. Stripe lets go of the rest.
func (g *Gateway) Capture(ctx context.Context, r payment.Change) (payment.Result, error) {
	p, err := g.find(ctx, r.Known, r.Reference)
	if err != nil || p == nil {
		return g.missing(r.Reference), err
	}
	factor, ok := scale(r.Amount.Currency)
	if !ok {
		return g.missing(r.Reference), nil
	}
	in := &stripe.PaymentIntentCaptureParams{AmountToCapture: stripe.Int64(r.Amount.Minor * factor)}
	in.SetIdempotencyKey(r.Key)
	in.AddExpand("latest_charge")
	done, err := g.client.V1PaymentIntents.Capture(ctx, p.ID, in)
	if err = whole(err, done != nil && done.ID != ""); err != nil {
		return g.refused(ctx, err, p.ID, r)
	}
	return g.after(done, r)
}

// Refund gives back part of what an intent took.
func (g *Gateway) Refund(ctx context.Context, r payment.Change) (payment.Result, error) {
	p, err := g.find(ctx, r.Known, r.Reference)
	if err != nil || p == nil {
		return g.missing(r.Reference), err
	}
	factor, ok := scale(r.Amount.Currency)
	if !ok {
		return g.missing(r.Reference), nil
	}
	in := &stripe.RefundCreateParams{PaymentIntent: stripe.String(p.ID), Amount: stripe.Int64(r.Amount.Minor * factor)}
	in.SetIdempotencyKey(r.Key)
	in.AddMetadata("reference", r.Reference)
	in.AddMetadata("key", r.Key)
	given, err := g.client.V1Refunds.Create(ctx, in)
	if err = whole(err, given != nil && given.ID != ""); err != nil {
		return g.refused(ctx, err, p.ID, r)
	}
	p, err = g.intent(ctx, p.ID)
	if err != nil {
		return payment.Result{}, classify(err)
	}
	result, err := g.after(p, r)
	if given.Status == stripe.RefundStatusFailed || given.Status == stripe.RefundStatusCanceled {
		result.Status, result.DeclineCode = payment.StatusDeclined, payment.DeclineCard
	}
	return result, err
}

// Void is VoidKnown with nothing known: only what the search finds.
func (g *Gateway) Void(ctx context.Context, reference string) (payment.Result, error) {
	return g.VoidKnown(ctx, payment.Known{Request: payment.Request{Reference: reference}})
}

// VoidKnown cancels the intent of a reference, which it creates if need be, and
// closes Stripe's page.
func (g *Gateway) VoidKnown(ctx context.Context, k payment.Known) (payment.Result, error) {
	if onPage(k.Request) {
		s, err := g.findSession(ctx, k)
		if err != nil || s == nil {
			return g.forbidden(k.Reference), err
		}
		if s.Status == stripe.CheckoutSessionStatusOpen {
			return g.expire(ctx, s.ID, k.Reference)
		}
		if s.PaymentIntent == nil {
			return g.ofSession(s, k.Reference)
		}
		r, err := g.cancel(ctx, s.PaymentIntent.ID, k.Reference)
		r.GatewayID = s.ID
		return r, err
	}
	p, err := g.find(ctx, k, k.Reference)
	if err != nil || p == nil {
		return g.forbidden(k.Reference), err
	}
	return g.cancel(ctx, p.ID, k.Reference)
}

// Lookup searches for a reference.
func (g *Gateway) Lookup(ctx context.Context, reference string) (payment.Result, error) {
	return g.LookupKnown(ctx, payment.Known{Request: payment.Request{Reference: reference}})
}

// LookupKnown reads the intent, or the page, of a reference.
func (g *Gateway) LookupKnown(ctx context.Context, k payment.Known) (payment.Result, error) {
	if onPage(k.Request) {
		s, err := g.findSession(ctx, k)
		if err != nil || s == nil {
			return payment.Result{Status: payment.StatusNone}, err
		}
		return g.ofSession(s, k.Reference)
	}
	p, err := g.find(ctx, k, k.Reference)
	if err != nil || p == nil {
		return payment.Result{Status: payment.StatusNone}, err
	}
	return g.ofIntent(p, k.Reference)
}

// after reads an intent that was changed. Its payment keeps the name it has.
func (g *Gateway) after(p *stripe.PaymentIntent, r payment.Change) (payment.Result, error) {
	result, err := g.ofIntent(p, r.Reference)
	if onPage(r.Known.Request) && err == nil {
		result.GatewayID = r.Known.GatewayID
	}
	return result, err
}

// missing answers a change of a payment that Stripe does not have.
func (g *Gateway) missing(reference string) payment.Result {
	return payment.Result{Status: payment.StatusDeclined, Reference: reference, Account: g.account, DeclineCode: payment.DeclineAmount}
}

// forbidden answers that a reference can come to nothing: what is older than
// the key window has no request under way.
func (g *Gateway) forbidden(reference string) payment.Result {
	return payment.Result{Status: payment.StatusVoided, Reference: reference, Account: g.account}
}

// onPage reports whether a request is for Stripe's own page.
func onPage(r payment.Request) bool {
	return r.Kind == hosted || r.Instrument == hosted
}

// token splits a kept instrument into its customer and its method.
func token(instrument string) (customer, method string) {
	if customer, method, ok := strings.Cut(instrument, ":"); ok {
		return customer, method
	}
	return "", instrument
}

// VerifyWebhook checks Stripe's signature, which is at most five minutes old.
// A notice about something that is not ours has no Reference.
func (g *Gateway) VerifyWebhook(header http.Header, body []byte) (payment.Notice, error) {
	return verify(header, body, g.webhook)
}
