package payment

import "context"

// SaveRequest asks a gateway to keep a way to pay for later, with the
// customer's consent, without taking money.
type SaveRequest struct {
	Reference  string // ours, unique to this wish: repeating it saves once
	Customer   string // our customer's id
	Instrument string // the token to keep
	ReturnURL  string // where the customer comes back to after an action
}

// Saved is a way to pay that is kept. Status is StatusAuthorized once it is;
// then Instrument is what to pay with from now on.
type Saved struct {
	Status      Status
	Reference   string
	GatewayID   string // of the wish
	Instrument  string
	Brand, Last string // "visa", "4242": to recognise it by
	DeclineCode string
	ActionURL   string
}

// Saver is a Gateway that keeps ways to pay.
type Saver interface {
	Gateway

	// Save keeps a way to pay; asking again tells how far it is.
	Save(ctx context.Context, r SaveRequest) (Saved, error)
}
