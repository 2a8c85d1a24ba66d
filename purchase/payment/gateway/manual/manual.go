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
// There is no machine, so there is no book but ours: see package offline. The
// customer writes a creditor reference (ISO 11649) on the transfer, which is
// derived from the attempt's id and kept as the gateway's.
//
// Never true: silence; money that no person or statement has seen; a book
// beside ours that could say something else.
package manual

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"korzo/platform/fault"
	"korzo/purchase/payment"
	"korzo/purchase/payment/epc"
	"korzo/purchase/payment/offline"
	"korzo/value/money"
)

var errAddress = fault.New(fault.Invalid, "manual.address", "write the address as manual://IBAN?holder=NAME&currencies=EUR, with an IBAN whose check digits are right and a name of at most 70 characters")

// Gateway tells where to transfer to. It holds nothing that changes.
type Gateway struct {
	offline.Book
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
	if !epc.ValidIBAN(g.iban) || !epc.ValidHolder(g.holder) || !epc.ValidBIC(g.bic) {
		return nil, errAddress
	}
	g.Book = offline.Book{Account: g.iban, ID: epc.Reference, Refuse: g.refuse}
	return g, nil
}

// Name is the folder's name.
func (g *Gateway) Name() string { return "manual" }

// Traits says that nothing is behind it. A reference may be repeated for ever.
func (g *Gateway) Traits() payment.Traits {
	return payment.Traits{KeyWindow: 100 * 365 * 24 * time.Hour, Timeout: time.Second, Kinds: []string{"transfer", "invoice"}, Offline: true, Parts: true}
}

// Instructions tells the customer where to transfer to.
func (g *Gateway) Instructions(k payment.Known) payment.Instructions {
	i := payment.Instructions{Holder: g.holder, IBAN: g.iban, BIC: g.bic, Reference: epc.Reference(k.Reference), Amount: k.Amount}
	if text, err := epc.Code(epc.Transfer{Holder: g.holder, IBAN: g.iban, BIC: g.bic, Amount: k.Amount, Reference: i.Reference}); err == nil {
		i.QR = text
	}
	return i
}

// refuse declines currencies that the account does not take.
func (g *Gateway) refuse(r payment.Request) string {
	if !slices.Contains(g.currencies, r.Amount.Currency) {
		return payment.DeclineUnsupported
	}
	return ""
}
