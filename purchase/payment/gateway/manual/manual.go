// Package manual is paid by hand: a bank transfer before delivery, or the
// shop's own invoice after it.
//
// Its address is manual://IBAN?holder=NAME&bic=BIC&currencies=EUR,HUF; where
// the money is to go. Currencies is EUR when left out, and what is not listed
// is declined.
//
// The one idea: what the customer gives by ordering is a promise, so the answer
// is known at once. It is *authorized*, and nothing is captured. The order is
// placed, because the customer is bound; it is not paid, because no money has
// come. *Pending* would say that the bank has not decided yet and keep the
// customer waiting at the checkout for days. Capture is what staff, or the bank
// statement, book when money arrives, in parts if it comes in parts; Refund is
// what they sent back. Whoever ships asks Traits.Offline: behind a promise
// goods leave early only if the method allows it.
//
// There is no machine, so there is no book but ours: every answer is derived
// from what Payments knows, and the same for the same knowledge. The customer
// writes a creditor reference (ISO 11649) on the transfer, which is derived
// from the attempt's id and kept as the gateway's.
//
// Never true: silence; money that no person or statement has seen; a book
// beside ours that could say something else.
package manual

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"korzo/platform/fault"
	"korzo/purchase/payment"
	"korzo/value/money"
)

var errAddress = fault.New(fault.Invalid, "manual.address", "write the address as manual://IBAN?holder=NAME&currencies=EUR, with an IBAN whose check digits are right and a name of at most 70 characters")

// Gateway tells where to transfer to. It holds nothing that changes.
type Gateway struct {
	holder, iban, bic string
	currencies        []money.Currency
}

var (
	_ payment.Informed    = (*Gateway)(nil)
	_ payment.Instructing = (*Gateway)(nil)
)

// Open makes a gateway of an address.
func Open(u *url.URL) (payment.Gateway, error) {
	q := u.Query()
	g := &Gateway{holder: strings.TrimSpace(q.Get("holder")), iban: strings.ToUpper(u.Host), bic: strings.ToUpper(q.Get("bic"))}
	list := q.Get("currencies")
	if list == "" {
		list = "EUR"
	}
	for code := range strings.SplitSeq(list, ",") {
		c := money.Currency(strings.ToUpper(strings.TrimSpace(code)))
		if _, ok := money.Find(c); !ok {
			return nil, errAddress.With("the currency " + string(c) + " is not known; list currencies as EUR,HUF")
		}
		g.currencies = append(g.currencies, c)
	}
	if !ValidIBAN(g.iban) || !line(g.holder, 70) || g.holder == "" || !validBIC(g.bic) {
		return nil, errAddress
	}
	return g, nil
}

// Name is the folder's name.
func (g *Gateway) Name() string { return "manual" }

// Traits says that nothing is behind it. A reference may be repeated for ever.
func (g *Gateway) Traits() payment.Traits {
	return payment.Traits{KeyWindow: 100 * 365 * 24 * time.Hour, Timeout: time.Second, Kinds: []string{"transfer", "invoice"}, Offline: true, Parts: true}
}

// Authorize takes the customer's promise. That money be taken at once cannot be
// had from a transfer.
func (g *Gateway) Authorize(_ context.Context, r payment.Request) (payment.Result, error) {
	return g.promised(payment.Known{Request: r, State: payment.StateWritten}), nil
}

// Capture books money that has arrived. More than is owed is declined: what a
// customer overpaid is a person's to send back.
func (g *Gateway) Capture(_ context.Context, r payment.Change) (payment.Result, error) {
	result := g.promised(r.Known)
	taken := result.Captured.Plus(r.Amount)
	if !paid(result) || r.Amount.Minor <= 0 || taken.Minor > result.Amount.Minor {
		return g.refuse(result), nil
	}
	result.Status, result.Captured = payment.StatusCaptured, taken
	return result, nil
}

// Refund books money that was sent back.
func (g *Gateway) Refund(_ context.Context, r payment.Change) (payment.Result, error) {
	result := g.promised(r.Known)
	given := result.Refunded.Plus(r.Amount)
	if !paid(result) || r.Amount.Minor <= 0 || given.Minor > result.Captured.Minor {
		return g.refuse(result), nil
	}
	result.Refunded = given
	return result, nil
}

// Void knows of no reference by itself; there is nothing that could still arrive.
func (g *Gateway) Void(_ context.Context, reference string) (payment.Result, error) {
	return payment.Result{Status: payment.StatusVoided, Reference: reference}, nil
}

// VoidKnown releases the customer from the promise, unless money has come.
func (g *Gateway) VoidKnown(_ context.Context, k payment.Known) (payment.Result, error) {
	r := g.promised(k)
	if r.Captured.Minor == 0 {
		r.Status, r.DeclineCode = payment.StatusVoided, ""
	}
	return r, nil
}

// Lookup knows of no reference by itself.
func (g *Gateway) Lookup(context.Context, string) (payment.Result, error) {
	return payment.Result{Status: payment.StatusNone}, nil
}

// LookupKnown repeats what our book implies.
func (g *Gateway) LookupKnown(_ context.Context, k payment.Known) (payment.Result, error) {
	return g.promised(k), nil
}

// VerifyWebhook believes nobody: there is no machine that could write.
func (g *Gateway) VerifyWebhook(http.Header, []byte) (payment.Notice, error) {
	return payment.Notice{}, payment.ErrNotice
}

// Instructions tells the customer where to transfer to.
func (g *Gateway) Instructions(k payment.Known) payment.Instructions {
	i := payment.Instructions{Holder: g.holder, IBAN: g.iban, BIC: g.bic, Reference: Reference(k.Reference), Amount: k.Amount}
	if text, err := EPC(Transfer{Holder: g.holder, IBAN: g.iban, BIC: g.bic, Amount: k.Amount, Reference: i.Reference}); err == nil {
		i.QR = text
	}
	return i
}

// promised is what our book implies of an attempt.
func (g *Gateway) promised(k payment.Known) payment.Result {
	zero := money.Of(0, k.Amount.Currency)
	r := payment.Result{Status: payment.StatusAuthorized, Reference: k.Reference, Account: g.iban, GatewayID: Reference(k.Reference),
		Amount: k.Amount, Captured: zero.Plus(k.Captured), Refunded: zero.Plus(k.Refunded)}
	switch {
	case k.State == "":
		return payment.Result{Status: payment.StatusNone}
	case k.State == payment.StateVoided || k.State == payment.StateAbandoned:
		r.Status = payment.StatusVoided
	case k.State == payment.StateDeclined || !slices.Contains(g.currencies, k.Amount.Currency):
		r.Status, r.DeclineCode = payment.StatusDeclined, payment.DeclineUnsupported
	case r.Captured.Minor > 0:
		r.Status = payment.StatusCaptured
	}
	return r
}

func (g *Gateway) refuse(r payment.Result) payment.Result {
	r.Status, r.DeclineCode = payment.StatusDeclined, payment.DeclineAmount
	return r
}

func paid(r payment.Result) bool {
	return r.Status == payment.StatusAuthorized || r.Status == payment.StatusCaptured
}
