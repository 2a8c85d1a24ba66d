// Package offline is the half of a gateway that has no machine behind it:
// transfers, invoices, cash.
//
// The one idea: there is no book but ours, so every answer is derived from what
// Payments knows, and is the same again for the same knowledge. The customer's
// promise is *authorized* with nothing captured; Capture is what a person or a
// statement books when money is there, in parts if it comes in parts; Refund is
// what was handed or sent back. Payments keeps the keys of changes: it does not
// ask again for one that it has booked.
//
// Never true: silence; money that nobody has seen; more taken than was owed or
// given back than was taken.
package offline

import (
	"context"
	"net/http"

	"korzo/purchase/payment"
	"korzo/value/money"
)

// Book answers for a gateway, which embeds it.
type Book struct {
	// Account is where the money is, or will be.
	Account string

	// ID is the gateway's own name for a reference.
	ID func(reference string) string

	// Refuse says why a request is not taken, as one of payment's Decline
	// constants; "" when it is.
	Refuse func(r payment.Request) string

	// Hand reports whether the money of a request changes hands at once; nil
	// when it never does.
	Hand func(r payment.Request) bool
}

// Authorize takes the customer's promise, or the money itself.
func (b *Book) Authorize(_ context.Context, r payment.Request) (payment.Result, error) {
	return b.read(payment.Known{Request: r, State: payment.StateWritten}), nil
}

// Capture books money that is there. More than is owed is declined: what a
// customer overpaid is a person's to send back.
func (b *Book) Capture(_ context.Context, r payment.Change) (payment.Result, error) {
	result := b.read(r.Known)
	taken := result.Captured.Plus(r.Amount)
	if !paid(result) || r.Amount.Minor <= 0 || taken.Minor > result.Amount.Minor {
		return refuse(result), nil
	}
	result.Status, result.Captured = payment.StatusCaptured, taken
	return result, nil
}

// Refund books money that was given back.
func (b *Book) Refund(_ context.Context, r payment.Change) (payment.Result, error) {
	result := b.read(r.Known)
	given := result.Refunded.Plus(r.Amount)
	if !paid(result) || r.Amount.Minor <= 0 || given.Minor > result.Captured.Minor {
		return refuse(result), nil
	}
	result.Refunded = given
	return result, nil
}

// Void knows of no reference by itself; there is nothing that could still arrive.
func (b *Book) Void(_ context.Context, reference string) (payment.Result, error) {
	return payment.Result{Status: payment.StatusVoided, Reference: reference}, nil
}

// VoidKnown releases the customer from the promise, unless money has come.
func (b *Book) VoidKnown(_ context.Context, k payment.Known) (payment.Result, error) {
	r := b.read(k)
	if r.Captured.Minor == 0 {
		r.Status, r.DeclineCode = payment.StatusVoided, ""
	}
	return r, nil
}

// Lookup knows of no reference by itself.
func (b *Book) Lookup(context.Context, string) (payment.Result, error) {
	return payment.Result{Status: payment.StatusNone}, nil
}

// LookupKnown repeats what our book implies.
func (b *Book) LookupKnown(_ context.Context, k payment.Known) (payment.Result, error) {
	return b.read(k), nil
}

// VerifyWebhook believes nobody: there is no machine that could write.
func (b *Book) VerifyWebhook(http.Header, []byte) (payment.Notice, error) {
	return payment.Notice{}, payment.ErrNotice
}

// read is what our book implies of an attempt.
func (b *Book) read(k payment.Known) payment.Result {
	zero := money.Of(0, k.Amount.Currency)
	r := payment.Result{Status: payment.StatusAuthorized, Reference: k.Reference, Account: b.Account, GatewayID: b.ID(k.Reference),
		Amount: k.Amount, Captured: zero.Plus(k.Captured), Refunded: zero.Plus(k.Refunded)}
	if k.State == "" {
		return payment.Result{Status: payment.StatusNone}
	}
	switch code := b.Refuse(k.Request); {
	case k.State == payment.StateVoided || k.State == payment.StateAbandoned:
		r.Status = payment.StatusVoided
	case code != "" && r.Captured.Minor == 0:
		r.Status, r.DeclineCode = payment.StatusDeclined, code
	case k.State == payment.StateDeclined:
		r.Status, r.DeclineCode = payment.StatusDeclined, payment.DeclineUnsupported
	case r.Captured.Minor > 0:
		r.Status = payment.StatusCaptured
	case k.State.Open() && b.Hand != nil && b.Hand(k.Request):
		r.Status, r.Captured = payment.StatusCaptured, k.Amount
	}
	return r
}

func refuse(r payment.Result) payment.Result {
	r.Status, r.DeclineCode = payment.StatusDeclined, payment.DeclineAmount
	return r
}

func paid(r payment.Result) bool {
	return r.Status == payment.StatusAuthorized || r.Status == payment.StatusCaptured
}
