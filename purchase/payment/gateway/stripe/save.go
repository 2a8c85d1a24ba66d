package stripe

import (
	"cmp"
	"context"
	"net/http"

	"github.com/stripe/stripe-go/v85"

	"korzo/purchase/payment"
	"korzo/value/card"
)

// Save keeps a PaymentMethod with a Stripe customer, by a SetupIntent. Stripe
// learns our customer's id and nothing else about them.
func (g *Gateway) Save(ctx context.Context, r payment.SaveRequest) (payment.Saved, error) {
	customer, err := g.customer(ctx, cmp.Or(r.Paid, r.Reference), r.Customer)
	if err != nil {
		return payment.Saved{}, harmless(err)
	}
	in := &stripe.SetupIntentCreateParams{
		Customer: stripe.String(customer), PaymentMethod: stripe.String(r.Instrument), PaymentMethodTypes: stripe.StringSlice([]string{"card"}),
		Usage: stripe.String("off_session"), Confirm: stripe.Bool(true), ReturnURL: stripe.String(r.ReturnURL),
	}
	in.SetIdempotencyKey(r.Reference)
	in.AddMetadata("reference", r.Reference)
	made, err := g.client.V1SetupIntents.Create(ctx, in)
	if err = whole(err, made != nil && made.ID != ""); err != nil {
		return savingFailed(err, r.Reference)
	}
	look := &stripe.SetupIntentRetrieveParams{}
	look.AddExpand("payment_method")
	now, err := g.client.V1SetupIntents.Retrieve(ctx, made.ID, look)
	if err = whole(err, now != nil && now.ID != ""); err != nil {
		return payment.Saved{}, classify(err)
	}
	return saved(now, customer, r.Reference), nil
}

// customer makes Stripe's customer for a payment whose card is to be kept, or
// for the keeping, and finds it again under the same key.
func (g *Gateway) customer(ctx context.Context, reference, ours string) (string, error) {
	who := &stripe.CustomerCreateParams{Metadata: map[string]string{"customer": ours}}
	who.SetIdempotencyKey(reference + ":customer")
	customer, err := g.client.V1Customers.Create(ctx, who)
	if err = whole(err, customer != nil && customer.ID != ""); err != nil {
		return "", err
	}
	return customer.ID, nil
}

// Recall reads the PaymentMethod: Stripe changes it when the card's network
// tells of a new card, and keeps its id.
func (g *Gateway) Recall(ctx context.Context, reference, instrument string) (payment.Saved, error) {
	customer, method := token(instrument)
	if customer == "" {
		return payment.Saved{Status: payment.StatusVoided, Reference: reference}, nil
	}
	now, err := g.client.V1PaymentMethods.Retrieve(ctx, method, nil)
	err = whole(err, now != nil && now.ID != "")
	if e, known := refusal(err); known && e.HTTPStatusCode == http.StatusNotFound || err == nil && now.Customer == nil {
		return payment.Saved{Status: payment.StatusVoided, Reference: reference}, nil
	}
	if err != nil {
		return payment.Saved{}, classify(err)
	}
	r := payment.Saved{Status: payment.StatusAuthorized, Reference: reference, GatewayID: now.ID, Instrument: instrument}
	describe(&r, now.Card)
	return r, nil
}

// Forget detaches a PaymentMethod from its customer, after which it pays nothing.
func (g *Gateway) Forget(ctx context.Context, instrument string) error {
	customer, method := token(instrument)
	if customer == "" {
		return nil
	}
	done, err := g.client.V1PaymentMethods.Detach(ctx, method, nil)
	err = whole(err, done != nil && done.ID != "")
	if e, known := refusal(err); known && (e.HTTPStatusCode == http.StatusNotFound || e.HTTPStatusCode == http.StatusBadRequest) {
		return nil // Stripe does not have it, or has let it go before
	}
	if err != nil {
		return classify(err)
	}
	return nil
}

func savingFailed(err error, reference string) (payment.Saved, error) {
	if e, known := refusal(err); known && e.Type == stripe.ErrorTypeCard {
		return payment.Saved{Status: payment.StatusDeclined, Reference: reference, DeclineCode: decline(e)}, nil
	}
	return payment.Saved{}, classify(err)
}

func saved(s *stripe.SetupIntent, customer, reference string) payment.Saved {
	r := payment.Saved{Status: payment.StatusPending, Reference: reference, GatewayID: s.ID}
	switch s.Status {
	case stripe.SetupIntentStatusSucceeded:
		r.Status = payment.StatusAuthorized
		if m := s.PaymentMethod; m != nil {
			r.Instrument = customer + ":" + m.ID
			describe(&r, m.Card)
		}
	case stripe.SetupIntentStatusRequiresAction:
		if s.NextAction != nil && s.NextAction.RedirectToURL != nil {
			r.Status, r.ActionURL = payment.StatusActionRequired, s.NextAction.RedirectToURL.URL
		}
	case stripe.SetupIntentStatusCanceled:
		r.Status = payment.StatusVoided
	case stripe.SetupIntentStatusRequiresPaymentMethod:
		r.Status, r.DeclineCode = payment.StatusDeclined, payment.DeclineCard
		if s.LastSetupError != nil {
			r.DeclineCode = decline(s.LastSetupError)
		}
	}
	return r
}

// describe adds what a kept card is recognised by.
func describe(r *payment.Saved, c *stripe.PaymentMethodCard) {
	if c != nil {
		r.Brand, r.Last, r.Expires = string(c.Brand), c.Last4, card.ExpiryOf(c.ExpYear*100+c.ExpMonth)
	}
}
