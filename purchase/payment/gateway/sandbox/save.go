package sandbox

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"korzo/purchase/payment"
	"korzo/purchase/payment/bank"
)

// Save keeps a card at the first bank, as a payment of nothing.
func (g *Gateway) Save(ctx context.Context, r payment.SaveRequest) (payment.Saved, error) {
	status, answer, err := g.send(ctx, http.MethodPost, "/v1/payments", map[string]any{"reference": r.Reference, "kind": "keep",
		"instrument": r.Instrument, "return_url": r.ReturnURL, "paid": r.Paid})
	if err != nil {
		return payment.Saved{}, err
	}
	result, kept, err := readKept(status, answer)
	return saved(result, kept), err
}

// Recall reads what the first bank keeps now.
func (g *Gateway) Recall(ctx context.Context, reference, _ string) (payment.Saved, error) {
	status, answer, err := g.send(ctx, http.MethodGet, "/v1/payments/"+url.PathEscape(reference), nil)
	if err != nil {
		return payment.Saved{}, err
	}
	if status == http.StatusNotFound {
		return payment.Saved{Status: payment.StatusVoided, Reference: reference}, nil
	}
	result, kept, err := readKept(status, answer)
	return saved(result, kept), err
}

// Recall reads what the second bank keeps now.
func (s *Second) Recall(ctx context.Context, reference, _ string) (payment.Saved, error) {
	c, err := s.charge(ctx, http.MethodGet, "/api/charges?merchant_ref="+url.QueryEscape(reference), "", nil)
	if err != nil {
		return payment.Saved{}, err
	}
	if c == nil {
		return payment.Saved{Status: payment.StatusVoided, Reference: reference}, nil
	}
	result, err := resultOf(*c)
	return saved(result, c.Source), err
}

// Forget has the first bank forget a card.
func (g *Gateway) Forget(ctx context.Context, instrument string) error {
	if bank.KeptBy(instrument) != "first" {
		return nil
	}
	status, answer, err := g.send(ctx, http.MethodPost, "/v1/kept/forget", map[string]any{"instrument": instrument})
	return forgotten(status, answer, err)
}

// Save keeps a card at the second bank, as a charge without a sum.
func (s *Second) Save(ctx context.Context, r payment.SaveRequest) (payment.Saved, error) {
	c, err := s.charge(ctx, http.MethodPost, "/api/charges", r.Reference, map[string]any{"merchant_ref": r.Reference, "method": "keep",
		"source": r.Instrument, "back": r.ReturnURL, "paid": r.Paid})
	if err == nil && c == nil {
		err = payment.ErrUnknown
	}
	if err != nil {
		return payment.Saved{}, err
	}
	result, err := resultOf(*c)
	return saved(result, c.Source), err
}

// Forget has the second bank forget a card.
func (s *Second) Forget(ctx context.Context, instrument string) error {
	if bank.KeptBy(instrument) != "second" {
		return nil
	}
	_, err := s.charge(ctx, http.MethodDelete, "/api/sources", "", map[string]any{"instrument": instrument})
	return err
}

// saved turns a bank's answer about a payment of nothing into one about a wish.
func saved(r payment.Result, kept string) payment.Saved {
	card, _ := bank.ReadToken(kept)
	return payment.Saved{Status: r.Status, Reference: r.Reference, GatewayID: r.GatewayID, Instrument: kept, Brand: card.Brand, Last: last(card), Expires: bank.Expires(kept),
		DeclineCode: r.DeclineCode, ActionURL: r.ActionURL}
}

// forgotten reads the answer to a wish to forget.
func forgotten(status int, answer []byte, err error) error {
	switch {
	case err != nil:
		return err
	case status >= http.StatusInternalServerError:
		return payment.ErrUnknown
	case status != http.StatusOK:
		return errors.Join(refusal{status, string(answer)})
	}
	return nil
}
