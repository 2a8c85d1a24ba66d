package storeapi

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"korzo/platform/fault"
	"korzo/purchase/payment"
)

var (
	errReturn = fault.New(fault.Invalid, "storeapi.return_url", "return_url is where the shopper comes back to: give an address that begins with https:// (or http:// on your own machine)")
	errQuery  = fault.New(fault.Invalid, "storeapi.returned", "returned is what the shopper came back with: give the part of the address after its question mark, as it was")
)

// WalletInput names a wallet of a checkout in the path.
type WalletInput struct {
	CheckoutInput
	Method string `path:"method" maxLength:"40" doc:"One of payment_methods that is express"`
}

type openInput struct {
	WalletInput
	Body struct {
		Return string `json:"return_url" maxLength:"500" doc:"Your page that the shopper comes back to" example:"https://shop.example/bag"`
	}
}

type openOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		NextAction actionBody `json:"next_action"`
	}
}

// openWallet leads to a wallet that tells who buys. Nothing is held and nothing
// taken by it, so it needs no key.
func (a *API) openWallet(ctx context.Context, in *openInput) (*openOutput, error) {
	back, err := url.Parse(in.Body.Return)
	if err != nil || back.Host == "" || back.User != nil || back.Scheme != "https" && back.Scheme != "http" {
		return nil, errReturn
	}
	page, err := a.Checkout.OpenWallet(ctx, in.ID, from(ctx).Caller, in.Method, in.Body.Return)
	if err != nil {
		return nil, err
	}
	out := &openOutput{CacheControl: "private, no-store"}
	out.Body.NextAction = *actionOf(page)
	return out, nil
}

type returnedInput struct {
	WalletInput
	Body struct {
		Returned string `json:"returned" maxLength:"8000" doc:"What stands after the question mark of the address that the shopper came back to"`
	}
}

// fromWallet takes over what a wallet told. That it told nothing is an answer.
func (a *API) fromWallet(ctx context.Context, in *returnedInput) (*checkoutOutput, error) {
	came, err := url.ParseQuery(strings.TrimPrefix(in.Body.Returned, "?"))
	if err != nil {
		return nil, errQuery
	}
	who := from(ctx).Caller
	v, err := a.Checkout.Shared(ctx, in.ID, who, in.Method, came)
	if errors.Is(err, payment.ErrNotShared) {
		v, err = a.Checkout.Find(ctx, in.ID, who)
		v = v.Unshared()
	}
	if err != nil {
		return nil, err
	}
	return a.checkoutOf(v), nil
}
