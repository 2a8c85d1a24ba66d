package stripe

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/stripe/stripe-go/v85"

	"korzo/platform/fault"
	"korzo/purchase/payment"
	"korzo/purchase/payment/wire"
)

// errHarmless is silence before anything that moves money was asked for.
var errHarmless = fault.New(fault.Unavailable, "stripe.prepare", "Stripe did not answer while the payment was prepared; nothing was taken")

// create makes the intent of a reference, or finds it under the same key.
func (g *Gateway) create(ctx context.Context, r payment.Request) (*stripe.PaymentIntent, error) {
	factor, _ := scale(r.Amount.Currency)
	customer, _ := token(r.Instrument)
	in := &stripe.PaymentIntentCreateParams{
		Amount: stripe.Int64(r.Amount.Minor * factor), Currency: stripe.String(strings.ToLower(string(r.Amount.Currency))),
		CaptureMethod: stripe.String(captureMethod(r)), PaymentMethodTypes: stripe.StringSlice([]string{"card"}),
	}
	if r.Keep != "" && customer == "" { // agreed to: the card stays with a customer of Stripe's
		var err error
		if customer, err = g.customer(ctx, r.Reference, r.Keep); err != nil {
			return nil, err
		}
		in.SetupFutureUsage = stripe.String("off_session")
	}
	if customer != "" {
		in.Customer = stripe.String(customer)
	}
	in.SetIdempotencyKey(r.Reference)
	in.AddMetadata("reference", r.Reference)
	p, err := g.client.V1PaymentIntents.Create(ctx, in)
	return p, whole(err, p != nil && p.ID != "")
}

// confirm is the one call that moves money.
func (g *Gateway) confirm(ctx context.Context, intent string, r payment.Request) (*stripe.PaymentIntent, error) {
	_, method := token(r.Instrument)
	in := &stripe.PaymentIntentConfirmParams{PaymentMethod: stripe.String(method), ReturnURL: stripe.String(r.ReturnURL)}
	if customer, _ := token(r.Instrument); customer != "" && r.Proof.Exemption == payment.ExemptAgreed {
		in.OffSession = stripe.Bool(true)
	}
	in.PaymentMethodOptions = secured(r.Proof)
	in.SetIdempotencyKey(r.Reference + ":confirm")
	in.AddExpand("latest_charge")
	p, err := g.client.V1PaymentIntents.Confirm(ctx, intent, in)
	return p, whole(err, p != nil && p.ID != "")
}

// secured hands Stripe the proof that the shopper gave elsewhere, so that it
// need not ask, or has it ask; nil leaves it to Stripe.
func secured(p payment.Proof) *stripe.PaymentIntentPaymentMethodOptionsParams {
	card := &stripe.PaymentIntentPaymentMethodOptionsCardParams{}
	switch given := p.Given; {
	case given.Cryptogram != "":
		card.ThreeDSecure = &stripe.PaymentIntentPaymentMethodOptionsCardThreeDSecureParams{
			Version: stripe.String(given.Version), Cryptogram: stripe.String(given.Cryptogram), TransactionID: stripe.String(given.Transaction)}
		if given.Status != "" {
			card.ThreeDSecure.AresTransStatus = stripe.String(given.Status)
		}
		if given.ECI != "" {
			card.ThreeDSecure.ElectronicCommerceIndicator = stripe.String(given.ECI)
		}
	case p.Challenge:
		card.RequestThreeDSecure = stripe.String("challenge")
	default:
		return nil
	}
	return &stripe.PaymentIntentPaymentMethodOptionsParams{Card: card}
}

// intent reads one.
func (g *Gateway) intent(ctx context.Context, id string) (*stripe.PaymentIntent, error) {
	in := &stripe.PaymentIntentRetrieveParams{}
	in.AddExpand("latest_charge")
	p, err := g.client.V1PaymentIntents.Retrieve(ctx, id, in)
	return p, whole(err, p != nil && p.ID != "")
}

// find reads the intent of a reference: by its name if we have it, by its key
// inside the window, by its metadata after it. It is nil when there is none.
func (g *Gateway) find(ctx context.Context, k payment.Known, reference string) (*stripe.PaymentIntent, error) {
	id := k.GatewayID
	if onPage(k.Request) {
		s, err := g.findSession(ctx, k)
		if err != nil || s == nil || s.PaymentIntent == nil {
			return nil, err
		}
		return s.PaymentIntent, nil
	}
	if id == "" && g.Now().Sub(k.At) < window {
		p, err := g.create(ctx, k.Request)
		switch {
		case err == nil:
			id = p.ID
		case invalid(err):
			return nil, nil
		case !replayed(err):
			return nil, classify(err)
		}
	}
	if id == "" {
		found, err := g.search(ctx, reference)
		if err != nil || found == "" {
			return nil, err
		}
		id = found
	}
	p, err := g.intent(ctx, id)
	if err != nil {
		return nil, classify(err)
	}
	return p, nil
}

// search asks Stripe's index, which lags by up to a minute, for a reference.
func (g *Gateway) search(ctx context.Context, reference string) (string, error) {
	if strings.ContainsAny(reference, `"\`) {
		return "", nil
	}
	in := &stripe.PaymentIntentSearchParams{}
	in.Query, in.Limit = fmt.Sprintf(`metadata["reference"]:"%s"`, reference), stripe.Int64(1)
	list := g.client.V1PaymentIntents.Search(ctx, in)
	if err := list.Err(); err != nil {
		return "", classify(err)
	}
	for _, p := range list.Data() {
		return p.ID, nil
	}
	return "", nil
}

// session opens Stripe's page for a reference, or finds it under the same key.
func (g *Gateway) session(ctx context.Context, r payment.Request) (*stripe.CheckoutSession, error) {
	factor, _ := scale(r.Amount.Currency)
	in := &stripe.CheckoutSessionCreateParams{
		Mode: stripe.String("payment"), ClientReferenceID: stripe.String(r.Reference), SuccessURL: stripe.String(r.ReturnURL), CancelURL: stripe.String(r.ReturnURL),
		LineItems: []*stripe.CheckoutSessionCreateLineItemParams{{Quantity: stripe.Int64(1), PriceData: &stripe.CheckoutSessionCreateLineItemPriceDataParams{
			Currency: stripe.String(strings.ToLower(string(r.Amount.Currency))), UnitAmount: stripe.Int64(r.Amount.Minor * factor),
			ProductData: &stripe.CheckoutSessionCreateLineItemPriceDataProductDataParams{Name: stripe.String(r.Reference)}}}},
		PaymentIntentData: &stripe.CheckoutSessionCreatePaymentIntentDataParams{CaptureMethod: stripe.String(captureMethod(r)), Metadata: map[string]string{"reference": r.Reference}},
	}
	in.SetIdempotencyKey(r.Reference)
	in.AddMetadata("reference", r.Reference)
	s, err := g.client.V1CheckoutSessions.Create(ctx, in)
	return s, whole(err, s != nil && s.ID != "")
}

// findSession reads the page of a reference; nil when there is none. A page
// whose name was lost with the first answer was never shown to anyone, and
// Stripe closes it after a day.
func (g *Gateway) findSession(ctx context.Context, k payment.Known) (*stripe.CheckoutSession, error) {
	id := k.GatewayID
	if id == "" && g.Now().Sub(k.At) < window {
		s, err := g.session(ctx, k.Request)
		switch {
		case err == nil:
			id = s.ID
		case invalid(err):
			return nil, nil
		case !replayed(err):
			return nil, classify(err)
		}
	}
	if id == "" {
		return nil, nil
	}
	in := &stripe.CheckoutSessionRetrieveParams{}
	in.AddExpand("payment_intent.latest_charge")
	s, err := g.client.V1CheckoutSessions.Retrieve(ctx, id, in)
	if err := whole(err, s != nil && s.ID != ""); err != nil {
		return nil, classify(err)
	}
	return s, nil
}

// expire closes Stripe's page, or tells what happened on it meanwhile.
func (g *Gateway) expire(ctx context.Context, id, reference string) (payment.Result, error) {
	s, err := g.client.V1CheckoutSessions.Expire(ctx, id, nil)
	if err = whole(err, s != nil && s.ID != ""); err == nil {
		return g.ofSession(s, reference)
	}
	if _, known := refusal(err); !known {
		return payment.Result{}, classify(err)
	}
	s, err = g.findSession(ctx, payment.Known{GatewayID: id})
	if err != nil || s == nil {
		return payment.Result{}, errors.Join(payment.ErrUnknown, err)
	}
	return g.ofSession(s, reference)
}

// cancel lets an intent go, or tells why it cannot.
func (g *Gateway) cancel(ctx context.Context, id, reference string) (payment.Result, error) {
	in := &stripe.PaymentIntentCancelParams{}
	in.AddExpand("latest_charge")
	p, err := g.client.V1PaymentIntents.Cancel(ctx, id, in)
	if err = whole(err, p != nil && p.ID != ""); err == nil {
		return g.ofIntent(p, reference)
	}
	if _, known := refusal(err); !known {
		return payment.Result{}, classify(err)
	}
	if p, err = g.intent(ctx, id); err != nil {
		return payment.Result{}, classify(err)
	}
	return g.ofIntent(p, reference)
}

// refused answers a change that Stripe did not make with how things stand.
func (g *Gateway) refused(ctx context.Context, err error, id string, change payment.Change) (payment.Result, error) {
	e, known := refusal(err)
	if !known || e.HTTPStatusCode == http.StatusUnauthorized || e.HTTPStatusCode == http.StatusForbidden {
		return payment.Result{}, classify(err)
	}
	p, err := g.intent(ctx, id)
	if err != nil {
		return payment.Result{}, classify(err)
	}
	r, err := g.after(p, change)
	r.Status, r.DeclineCode = payment.StatusDeclined, payment.DeclineAmount
	return r, err
}

// whole turns an answer that is none into silence.
func whole(err error, complete bool) error {
	if err == nil && !complete {
		return payment.ErrUnknown
	}
	return err
}

// refusal returns Stripe's own error when it says that the call did nothing:
// 4xx, but not the conflict of a key that is being worked on.
func refusal(err error) (*stripe.Error, bool) {
	var e *stripe.Error
	if !errors.As(err, &e) || e.HTTPStatusCode < 400 || e.HTTPStatusCode >= 500 || e.HTTPStatusCode == http.StatusConflict {
		return nil, false
	}
	return e, true
}

// classify keeps of an error what may be told: Stripe's own text can carry the
// client secret of an intent.
func classify(err error) error {
	if e, known := refusal(err); known {
		return wire.Refused("stripe", e.HTTPStatusCode, string(e.Type)+" "+string(e.Code))
	}
	return wire.Classify(err)
}

// harmless is classify of a call that could move no money: silence, too, is
// then a known failure.
func harmless(err error) error {
	if err = classify(err); payment.IsSilence(err) {
		return errHarmless
	}
	return err
}

// replayed reports whether err is the remembered failure of the first call
// under a key: that call made nothing, and repeating it never will.
func replayed(err error) bool {
	var e *stripe.Error
	if !errors.As(err, &e) {
		return false
	}
	again := e.LastResponse != nil && e.LastResponse.Header.Get("Idempotent-Replayed") == "true"
	return again || e.Type == stripe.ErrorTypeIdempotency
}

// invalid reports whether Stripe will not create what we ask for, such as ten
// cents. What it would not create, it has never created.
func invalid(err error) bool {
	e, known := refusal(err)
	return known && e.HTTPStatusCode == http.StatusBadRequest && e.Type == stripe.ErrorTypeInvalidRequest
}

func captureMethod(r payment.Request) string {
	if r.Capture {
		return "automatic"
	}
	return "manual"
}
