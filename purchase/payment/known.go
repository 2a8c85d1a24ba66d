package payment

import (
	"context"
	"time"

	"korzo/purchase/payment/paymethod"
	"korzo/value/money"
)

// Known is what our own book says of an attempt when its gateway is asked about
// it: what was asked for, and what came of it so far.
type Known struct {
	Request          // as it was sent, or was to be sent
	GatewayID string // the gateway's own name; "" until it has answered
	State     State  // of the attempt, in our book
	Captured  money.Amount
	Refunded  money.Amount
	At        time.Time // when the attempt was written
}

// Informed is a Gateway that cannot answer by our reference alone: its provider
// finds a payment by its own name only, or there is no machine behind it and
// our book is the only one. It is asked with what we know. What our book lacks,
// because a crash or a silence lost it, an Informed gateway must do without.
type Informed interface {
	Gateway

	// LookupKnown is Lookup. While the attempt is open it may also finish what
	// the shopper has agreed to; of an attempt that has ended it only tells.
	LookupKnown(ctx context.Context, k Known) (Result, error)

	// VoidKnown is Void.
	VoidKnown(ctx context.Context, k Known) (Result, error)
}

// Simulated is a Gateway whose device is none: whoever stands at the till says
// what it is shown, by one of these names.
type Simulated interface {
	Gateway
	Presented() []string
}

// Presented are the names of what a method's device may be told that it is shown;
// none for a real one, which sees for itself.
func (p *Payments) Presented(method string) []string {
	m, _ := paymethod.Find(method)
	name, err := p.Choose(m, nil)
	if s, ok := p.gateways[name].(Simulated); ok && err == nil {
		return s.Presented()
	}
	return nil
}

// Attended is a Gateway with a person at it: a Result's Prompt asks them
// something, such as whether the signatures look alike.
type Attended interface {
	Gateway

	// Answer answers the Prompt of a reference. Answering again changes nothing.
	Answer(ctx context.Context, reference, prompt string, yes bool) (Result, error)
}

// Lookup asks a gateway's book about an attempt, with all we know of it.
func Lookup(ctx context.Context, g Gateway, k Known) (Result, error) {
	if i, ok := g.(Informed); ok {
		return i.LookupKnown(ctx, k)
	}
	return g.Lookup(ctx, k.Reference)
}

// Void lets go of what an attempt holds, or forbids its reference.
func Void(ctx context.Context, g Gateway, k Known) (Result, error) {
	if i, ok := g.(Informed); ok {
		return i.VoidKnown(ctx, k)
	}
	return g.Void(ctx, k.Reference)
}

// known is what our book says of a.
func (a Attempt) known() Known {
	return Known{
		Request:   a.request(),
		GatewayID: a.GatewayID, State: a.State, At: a.CreatedAt,
		Captured: a.Captured, Refunded: a.Refunded,
	}
}

// request is what the gateway is asked for a.
func (a Attempt) request() Request {
	return Request{Reference: string(a.ID), Amount: a.Amount, Kind: a.Kind, Instrument: a.Instrument, ReturnURL: a.ReturnURL, Capture: a.Capture, Proof: a.Proof, Keep: a.Keep}
}

// undone is what is known of a when its money moved after its end.
func undone(a Attempt, r Result) Known {
	k := a.known()
	k.Captured, k.Refunded = r.Captured, r.Refunded
	if r.GatewayID != "" {
		k.GatewayID = r.GatewayID
	}
	return k
}

// Instructions are what a customer needs to pay by hand.
type Instructions struct {
	Holder, IBAN, BIC string
	Reference         string // to be given with the transfer
	Amount            money.Amount
	QR                string // text of a QR code that banking apps read; "" when there is none for the currency
}

// Instructing is a Gateway whose customers pay by hand, and must be told how.
type Instructing interface {
	Gateway

	// Instructions does no call.
	Instructions(k Known) Instructions
}
