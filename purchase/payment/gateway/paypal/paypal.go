// Package paypal pays through PayPal's Orders v2, over HTTP.
//
// Its address is
// paypal://CLIENT:SECRET@api-m.paypal.com?merchant=ID&webhook=WEBHOOKID.
// The shopper is sent to PayPal, agrees, and comes back. In the United States
// that page offers Venmo too. The one instrument there is comes of a wallet that
// was opened before anything was asked: see wallet.go.
//
// The one idea: an order at PayPal is only a wish until we complete it.
// Creating it moves no money, so silence there is a known failure; the shopper
// agreeing moves none either. LookupKnown of an attempt that is still open
// completes what was agreed to, under the reference with ":complete" as key,
// and of one that has ended it only tells. That is also how an order is
// forbidden for ever, for PayPal cannot cancel one: nobody completes it.
//
// PayPal finds an order by its own id only, which Payments knows from the first
// answer. An order whose id was lost with that answer is created again under
// the same key; after the key window it is forgotten, because nobody was ever
// shown its page. What was captured and refunded carries our key as its invoice
// number, so a change is made once however long ago it was.
//
// Notices are verified without a call: see notice.go.
//
// Never true: money moved for an attempt that has ended; more captured than was
// agreed to, though PayPal would allow 115 %; a token or secret in an error.
package paypal

import (
	"cmp"
	"context"
	"crypto/rsa"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"korzo/platform/fault"
	"korzo/purchase/payment"
	"korzo/purchase/payment/wire"
	"korzo/value/money"
)

var (
	errAddress  = fault.New(fault.Invalid, "paypal.address", "write the address as paypal://CLIENT:SECRET@api-m.paypal.com?merchant=ID&webhook=WEBHOOKID")
	errHarmless = fault.New(fault.Unavailable, "paypal.prepare", "PayPal did not answer while the payment was prepared; nothing was taken")
)

// window is how long PayPal keeps the key of a new order, less an hour.
const window = 5 * time.Hour

// Gateway is a client of one PayPal merchant.
type Gateway struct {
	base, client, secret, merchant, webhook string
	http                                    *http.Client
	turn                                    chan struct{} // whoever fetches a token holds it

	mu      sync.Mutex
	token   string
	expires time.Time
	keys    map[string]*rsa.PublicKey // of PayPal's signatures, by address
	wanted  string                    // the address of one we have not got

	// Now is the clock of tokens, notices and the key window; tests set it.
	Now func() time.Time
}

var _ payment.Informed = (*Gateway)(nil)

// Open makes a gateway of an address. It makes no call. Only a machine on the
// loopback is spoken to without TLS.
func Open(u *url.URL) (payment.Gateway, error) {
	secret, ok := u.User.Password()
	merchant := u.Query().Get("merchant")
	if u.Host == "" || u.User.Username() == "" || !ok || secret == "" || merchant == "" {
		return nil, errAddress
	}
	base := "https://" + u.Host
	if ip := net.ParseIP(u.Hostname()); ip != nil && ip.IsLoopback() {
		base = "http://" + u.Host
	}
	return &Gateway{base: base, client: u.User.Username(), secret: secret, merchant: merchant, webhook: u.Query().Get("webhook"),
		http: wire.Client(), turn: make(chan struct{}, 1), keys: map[string]*rsa.PublicKey{}, Now: time.Now}, nil
}

// Name is the folder's name.
func (g *Gateway) Name() string { return "paypal" }

// Traits says what PayPal can do. A call is up to four of PayPal's.
func (g *Gateway) Traits() payment.Traits {
	return payment.Traits{KeyWindow: window, Timeout: 20 * time.Second, Kinds: []string{"paypal", venmo}, Parts: true}
}

// venmo is the kind of payments that are agreed to in Venmo's app, by buyers in
// the United States.
const venmo = "venmo"

// Authorize creates an order and tells where the shopper agrees to it. The one
// that a wallet was opened with is completed at once.
func (g *Gateway) Authorize(ctx context.Context, r payment.Request) (payment.Result, error) {
	if !payable(r.Kind, r.Amount) {
		return g.refuse(r.Reference, payment.DeclineUnsupported), nil
	}
	o, err := g.agreed(ctx, r)
	told := o != nil
	if err == nil && !told {
		o, err = g.create(ctx, r)
	}
	if payment.IsSilence(err) {
		err = errHarmless
	}
	if err != nil {
		return payment.Result{}, err
	}
	if told && o.Status == "APPROVED" {
		return g.complete(ctx, o, payment.Known{Request: r})
	}
	return g.result(o, r.Reference)
}

// Lookup knows no order by our reference.
func (g *Gateway) Lookup(context.Context, string) (payment.Result, error) {
	return payment.Result{Status: payment.StatusNone}, nil
}

// LookupKnown reads the order, and completes it if the shopper has agreed and
// the attempt is still open.
func (g *Gateway) LookupKnown(ctx context.Context, k payment.Known) (payment.Result, error) {
	o, err := g.find(ctx, k)
	if err != nil || o == nil {
		return payment.Result{Status: payment.StatusNone}, err
	}
	if o.Status == "APPROVED" && k.State.Open() && k.State != "" {
		return g.complete(ctx, o, k)
	}
	return g.result(o, k.Reference)
}

// complete moves the money that the shopper agreed to.
func (g *Gateway) complete(ctx context.Context, o *order, k payment.Known) (payment.Result, error) {
	verb := "/authorize"
	if o.Intent == "CAPTURE" {
		verb = "/capture"
	}
	done := &order{}
	err := g.ask(ctx, http.MethodPost, ordersPath+url.PathEscape(o.ID)+verb, k.Reference+":complete", struct{}{}, done)
	var no *refusal
	if errors.As(err, &no) {
		return g.incomplete(ctx, o, k, no)
	}
	if err != nil {
		return payment.Result{}, err
	}
	return g.settled(ctx, o.ID, k.Reference)
}

// incomplete reads why an order was not completed.
func (g *Gateway) incomplete(ctx context.Context, o *order, k payment.Known, no *refusal) (payment.Result, error) {
	switch no.issue {
	case "ORDER_ALREADY_AUTHORIZED", "ORDER_ALREADY_CAPTURED", "ORDER_COMPLETED_OR_VOIDED":
		return g.settled(ctx, o.ID, k.Reference)
	case "ORDER_COMPLETION_IN_PROGRESS":
		return payment.Result{}, payment.ErrUnknown
	case "PAYER_ACTION_REQUIRED", "ORDER_NOT_APPROVED":
		r, err := g.result(o, k.Reference)
		if r.Status, r.ActionURL = payment.StatusPending, no.action; no.action != "" {
			r.Status = payment.StatusActionRequired
		}
		return r, err
	}
	if no.status != http.StatusUnprocessableEntity {
		return payment.Result{}, no
	}
	code, ok := declines[no.issue]
	if !ok {
		code = payment.DeclineGateway
	}
	r, err := g.result(o, k.Reference)
	r.Status, r.DeclineCode, r.ActionURL = payment.StatusDeclined, code, ""
	return r, err
}

// settled reads an order after it was changed.
func (g *Gateway) settled(ctx context.Context, id, reference string) (payment.Result, error) {
	o, err := g.order(ctx, id)
	if err != nil {
		return payment.Result{}, err
	}
	return g.result(o, reference)
}

// Capture takes part of what an order's authorisation holds.
func (g *Gateway) Capture(ctx context.Context, r payment.Change) (payment.Result, error) {
	o, now, err := g.before(ctx, r)
	if err != nil || o == nil {
		return now, err
	}
	for _, c := range o.payments().Captures {
		if c.InvoiceID == r.Key {
			return now, nil
		}
	}
	hold, ok := o.hold()
	if !ok || now.Captured.Plus(r.Amount).Minor > now.Amount.Minor {
		return declined(now), nil
	}
	in := struct {
		Amount    any    `json:"amount"`
		InvoiceID string `json:"invoice_id"`
		Final     bool   `json:"final_capture"`
	}{amountOf(r.Amount), r.Key, now.Captured.Plus(r.Amount) == now.Amount}
	return g.change(ctx, o, now, r, authorizationsPath+url.PathEscape(hold.ID)+"/capture", r.Key, in)
}

// before is how things stand before a change; the order is nil when there is
// nothing to change.
func (g *Gateway) before(ctx context.Context, r payment.Change) (*order, payment.Result, error) {
	if _, ok := value(r.Amount); !ok {
		return nil, g.refuse(r.Reference, payment.DeclineUnsupported), nil
	}
	o, err := g.find(ctx, r.Known)
	if err != nil || o == nil {
		return nil, g.refuse(r.Reference, payment.DeclineAmount), err
	}
	now, err := g.result(o, r.Reference)
	return o, now, err
}

// change makes one change and tells what it led to.
func (g *Gateway) change(ctx context.Context, o *order, now payment.Result, r payment.Change, path, key string, in any) (payment.Result, error) {
	var made movement
	err := g.ask(ctx, http.MethodPost, path, key, in, &made)
	var no *refusal
	if errors.As(err, &no) && no.status == http.StatusUnprocessableEntity {
		return declined(now), nil
	}
	if err != nil {
		return payment.Result{}, err
	}
	if made.Status == "DECLINED" || made.Status == "FAILED" || made.Status == "CANCELLED" {
		return declined(now), nil
	}
	return g.settled(ctx, o.ID, r.Reference)
}

// Refund gives back part of what was captured, from as many captures as it
// takes.
func (g *Gateway) Refund(ctx context.Context, r payment.Change) (payment.Result, error) {
	o, now, err := g.before(ctx, r)
	if err != nil || o == nil {
		return now, err
	}
	left := r.Amount
	rooms := o.rooms(r.Amount.Currency)
	total := money.Of(0, r.Amount.Currency)
	for _, room := range rooms {
		total = total.Plus(room.left)
	}
	for _, given := range o.payments().Refunds {
		if strings.HasPrefix(given.InvoiceID, r.Key+":") && given.counts() {
			left = left.Minus(given.Amount.in(r.Amount.Currency))
		}
	}
	if left.Minor > total.Minor && left == r.Amount {
		return declined(now), nil
	}
	for _, room := range rooms {
		part := left
		if part.Minor > room.left.Minor {
			part = room.left
		}
		if part.Minor <= 0 {
			continue
		}
		in := struct {
			Amount    any    `json:"amount"`
			InvoiceID string `json:"invoice_id"`
			CustomID  string `json:"custom_id"`
		}{amountOf(part), r.Key + ":" + room.id, r.Reference}
		now, err = g.change(ctx, o, now, r, capturesPath+url.PathEscape(room.id)+"/refund", r.Key+":"+room.id, in)
		if err == nil && now.Status == payment.StatusDeclined && left != r.Amount {
			return g.settled(ctx, o.ID, r.Reference) // a part was given back: that is no plain no
		}
		if err != nil || now.Status == payment.StatusDeclined {
			return now, err
		}
		left = left.Minus(part)
	}
	return now, nil
}

// Void has nothing to do for an order that nobody was shown.
func (g *Gateway) Void(_ context.Context, reference string) (payment.Result, error) {
	return payment.Result{Status: payment.StatusVoided, Reference: reference, Account: g.merchant}, nil
}

// VoidKnown lets go of what is held. An order that is not completed needs no
// call: from now on nobody completes it.
func (g *Gateway) VoidKnown(ctx context.Context, k payment.Known) (payment.Result, error) {
	lent := g.wallets(k.Instrument)
	id := cmp.Or(k.GatewayID, lent)
	if id == "" {
		return g.Void(ctx, k.Reference)
	}
	o, err := g.order(ctx, id)
	if missing(err) || err == nil && id == lent && o.Units[0].CustomID != k.Reference {
		return g.Void(ctx, k.Reference)
	}
	if err != nil {
		return payment.Result{}, err
	}
	if hold, ok := o.hold(); ok {
		err := g.ask(ctx, http.MethodPost, authorizationsPath+url.PathEscape(hold.ID)+"/void", k.Reference+":void", nil, nil)
		var no *refusal
		if err != nil && !errors.As(err, &no) {
			return payment.Result{}, err
		}
		return g.settled(ctx, o.ID, k.Reference)
	}
	r, err := g.result(o, k.Reference)
	if r.Status == payment.StatusActionRequired || r.Status == payment.StatusPending && len(o.payments().Captures) == 0 {
		r.Status, r.ActionURL = payment.StatusVoided, ""
	}
	return r, err
}

func (g *Gateway) refuse(reference, code string) payment.Result {
	return payment.Result{Status: payment.StatusDeclined, Reference: reference, Account: g.merchant, DeclineCode: code}
}

func declined(r payment.Result) payment.Result {
	r.Status, r.DeclineCode = payment.StatusDeclined, payment.DeclineAmount
	return r
}
