package payment

import (
	"context"
	"fmt"
	"slices"

	"korzo/purchase/payment/paymethod"
	"korzo/value/card"
)

// SaveRequest asks a gateway to keep a way to pay for later, with the
// customer's consent, without taking money.
type SaveRequest struct {
	Reference  string // ours, unique to this wish: repeating it saves once
	Customer   string // our customer's id
	Instrument string // the token to keep
	ReturnURL  string // where the customer comes back to after an action
	Paid       string // the attempt that was just paid with it, with Request.Keep: its proof counts; "" for none
}

// Saved is a way to pay that is kept. Status is StatusAuthorized once it is;
// then Instrument is what to pay with from now on.
type Saved struct {
	Status      Status
	Reference   string
	GatewayID   string // of the wish
	Instrument  string
	Brand, Last string // "visa", "4242": to recognise it by
	Expires     card.Expiry
	DeclineCode string
	ActionURL   string
}

// Saver is a Gateway that keeps ways to pay. What it kept pays there only: its
// Read says so of another's.
type Saver interface {
	Gateway

	// Save keeps a way to pay; asking again tells how far it is.
	Save(ctx context.Context, r SaveRequest) (Saved, error)

	// Recall tells what is known now of what is kept under a reference: banks
	// issue new cards, and gateways learn of it before their customers tell. What
	// is not kept any more is StatusVoided.
	Recall(ctx context.Context, reference, instrument string) (Saved, error)

	// Forget makes a kept instrument useless for good. Forgetting what is not
	// there, or again, changes nothing.
	Forget(ctx context.Context, instrument string) error
}

// Saves reports whether a gateway keeps ways to pay.
func (p *Payments) Saves(gateway string) bool {
	_, ok := p.gateways[gateway].(Saver)
	return ok
}

// KeeperOf returns the first gateway that keeps an instrument of a method for
// later, or ErrGateway.
func (p *Payments) KeeperOf(m paymethod.Method, instrument string) (string, error) {
	for _, name := range p.order {
		s, ok := p.gateways[name].(Saver)
		if !ok || !m.Saves || !slices.Contains(s.Traits().Kinds, m.Kind) {
			continue
		}
		r, reads := s.(Reader)
		if !reads {
			return name, nil
		}
		if _, usable := r.Read(instrument); usable {
			return name, nil
		}
	}
	return "", ErrGateway
}

// Save has a gateway keep a way to pay. It is a call: outside any transaction.
// It returns ErrGateway when the gateway keeps none.
func (p *Payments) Save(ctx context.Context, gateway string, r SaveRequest) (Saved, error) {
	s, ok := p.gateways[gateway].(Saver)
	if !ok {
		return Saved{}, fmt.Errorf("keep a way to pay at %q: %w", gateway, ErrGateway)
	}
	call, stop := context.WithTimeout(ctx, s.Traits().Timeout)
	defer stop()
	return s.Save(call, r)
}

// Recall asks a gateway what is known now of what it keeps. It is a call:
// outside any transaction. It returns ErrGateway when the gateway keeps none.
func (p *Payments) Recall(ctx context.Context, gateway, reference, instrument string) (Saved, error) {
	s, ok := p.gateways[gateway].(Saver)
	if !ok {
		return Saved{}, fmt.Errorf("ask about a way to pay at %q: %w", gateway, ErrGateway)
	}
	call, stop := context.WithTimeout(ctx, s.Traits().Timeout)
	defer stop()
	return s.Recall(call, reference, instrument)
}

// Forget has a gateway forget what it kept. It is a call: outside any
// transaction. A gateway that is no longer set up has nothing of ours to ask.
func (p *Payments) Forget(ctx context.Context, gateway, instrument string) error {
	s, ok := p.gateways[gateway].(Saver)
	if !ok {
		return nil
	}
	call, stop := context.WithTimeout(ctx, s.Traits().Timeout)
	defer stop()
	return s.Forget(call, instrument)
}
