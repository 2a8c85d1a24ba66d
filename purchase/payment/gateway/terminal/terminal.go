// Package terminal takes cards that are present, through a terminal on the
// shop's own network.
//
// Its address is terminal://DEVICE:KEY@HOST:PORT. The device is the account
// that the money is on until its batch is closed. Behind ?simulated stands none
// that a card could be held to, and tills say what it is shown.
//
// The one idea: the line to a terminal is the worst of all, and a customer
// stands at it. So a sale is known by our reference, and when its answer is
// lost we ask for it by that reference at once, while the customer still
// stands there; asking begins nothing. A sale that the device never heard of is
// sent once more under the same reference. Only what stays silent after that is
// left to the poller.
//
// While the customer presents a card or enters a PIN the sale is *pending*;
// Result.Prompt says what the till should show. A signature is the cashier's to
// judge: *action required*, answered by Answer. A card that has too little on
// it approves a part: that is taken only if the request says that a part is
// welcome, and declined otherwise, so that no till has to give it back.
//
// Never true: a customer asked for their card twice for one sale; a part taken
// as the whole.
package terminal

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"korzo/platform/fault"
	"korzo/purchase/payment"
	"korzo/purchase/payment/device"
	"korzo/purchase/payment/wire"
	"korzo/value/money"
)

var (
	errAddress = fault.New(fault.Invalid, "terminal.address", "write the terminal's address as terminal://DEVICE:KEY@HOST:PORT, with ?simulated behind it for one that is none")
	errBusy    = fault.New(fault.Unavailable, "terminal.busy", "another customer is paying at this terminal; wait, or use another one")
)

// Gateway is a till's line to one terminal.
type Gateway struct {
	base, device, key string
	simulated         bool
	http              *http.Client
}

var (
	_ payment.Attended  = (*Gateway)(nil)
	_ payment.Simulated = (*Gateway)(nil)
)

// Open makes a gateway of an address. It makes no call. Only a machine on the
// loopback is spoken to without TLS.
func Open(u *url.URL) (payment.Gateway, error) {
	key, ok := u.User.Password()
	if u.Host == "" || u.User.Username() == "" || !ok || key == "" {
		return nil, errAddress
	}
	base := "https://" + u.Host
	if ip := net.ParseIP(u.Hostname()); ip != nil && ip.IsLoopback() {
		base = "http://" + u.Host
	}
	return &Gateway{base: base + "/v1/sales", device: u.User.Username(), key: key, simulated: u.Query().Has("simulated"), http: wire.Client()}, nil
}

// Name is the folder's name.
func (g *Gateway) Name() string { return "terminal" }

// Presented is what a simulated device may be shown.
func (g *Gateway) Presented() []string {
	if !g.simulated {
		return nil
	}
	return device.Presented
}

// Traits says what a terminal can do. It keeps sales until the day's batch is
// closed.
func (g *Gateway) Traits() payment.Traits {
	return payment.Traits{KeyWindow: 12 * time.Hour, Timeout: 8 * time.Second, Kinds: []string{"terminal"}, Parts: true}
}

// patience is how long the device has for one answer before it is asked again.
const patience = 2 * time.Second

// Authorize begins a sale, and finds out about it when the line breaks.
func (g *Gateway) Authorize(ctx context.Context, r payment.Request) (payment.Result, error) {
	order := device.Order{Reference: r.Reference, Amount: r.Amount.Minor, Currency: string(r.Amount.Currency), Instrument: r.Instrument, Capture: r.Capture, Partial: r.Partial}
	first, err := g.within(ctx, func(ctx context.Context) (payment.Result, error) { return g.ask(ctx, http.MethodPost, "", order) })
	if !payment.IsSilence(err) {
		return checked(first, r, err)
	}
	again, err := g.within(ctx, func(ctx context.Context) (payment.Result, error) { return g.Lookup(ctx, r.Reference) })
	if err == nil && again.Status == payment.StatusNone {
		again, err = g.within(ctx, func(ctx context.Context) (payment.Result, error) { return g.ask(ctx, http.MethodPost, "", order) })
	}
	if err != nil {
		return payment.Result{}, payment.ErrUnknown // the first call may have been heard
	}
	return checked(again, r, nil)
}

// within gives a call its share of the time.
func (g *Gateway) within(ctx context.Context, call func(context.Context) (payment.Result, error)) (payment.Result, error) {
	short, stop := context.WithTimeout(ctx, patience)
	defer stop()
	return call(short)
}

// checked declines a part that nobody asked for. The device does so itself; one
// that does not is not believed.
func checked(r payment.Result, asked payment.Request, err error) (payment.Result, error) {
	part := r.Status == payment.StatusAuthorized || r.Status == payment.StatusCaptured
	if err == nil && part && !asked.Partial && r.Amount != asked.Amount {
		return payment.Result{}, payment.ErrUnknown
	}
	return r, err
}

// Capture takes what a sale holds.
func (g *Gateway) Capture(ctx context.Context, r payment.Change) (payment.Result, error) {
	return g.change(ctx, r, "/capture")
}

// Refund gives back to the card that was presented.
func (g *Gateway) Refund(ctx context.Context, r payment.Change) (payment.Result, error) {
	return g.change(ctx, r, "/refund")
}

func (g *Gateway) change(ctx context.Context, r payment.Change, verb string) (payment.Result, error) {
	return g.ask(ctx, http.MethodPost, "/"+url.PathEscape(r.Reference)+verb, device.Change{Key: r.Key, Amount: r.Amount.Minor})
}

// Void ends a sale whose money is not taken, also while the customer stands
// there, and forbids a reference the device has never heard of.
func (g *Gateway) Void(ctx context.Context, reference string) (payment.Result, error) {
	return g.ask(ctx, http.MethodPost, "/"+url.PathEscape(reference)+"/void", nil)
}

// Lookup asks how a sale stands.
func (g *Gateway) Lookup(ctx context.Context, reference string) (payment.Result, error) {
	return g.ask(ctx, http.MethodGet, "/"+url.PathEscape(reference), nil)
}

// Answer tells the device what the cashier says.
func (g *Gateway) Answer(ctx context.Context, reference, prompt string, yes bool) (payment.Result, error) {
	return g.ask(ctx, http.MethodPost, "/"+url.PathEscape(reference)+"/answer", device.Reply{Prompt: prompt, Yes: yes})
}

// VerifyWebhook believes nobody: a terminal does not write.
func (g *Gateway) VerifyWebhook(http.Header, []byte) (payment.Notice, error) {
	return payment.Notice{}, payment.ErrNotice
}

// ask sends one request and reads one answer.
func (g *Gateway) ask(ctx context.Context, method, path string, in any) (payment.Result, error) {
	text, err := json.Marshal(in)
	if err != nil {
		return payment.Result{}, err
	}
	r, err := http.NewRequestWithContext(ctx, method, g.base+path, bytes.NewReader(text))
	if err != nil {
		return payment.Result{}, errAddress
	}
	r.SetBasicAuth(g.device, g.key)
	r.Header.Set("Content-Type", "application/json")
	w, err := g.http.Do(r)
	if err != nil {
		return payment.Result{}, wire.Classify(err)
	}
	defer func() { _ = w.Body.Close() }()
	answer, err := io.ReadAll(w.Body)
	if err != nil {
		return payment.Result{}, payment.ErrUnknown
	}
	return read(w.StatusCode, answer)
}

// states are the device's, in the seam's words.
var states = map[string]payment.Status{
	"waiting": payment.StatusPending, "authorized": payment.StatusAuthorized, "captured": payment.StatusCaptured,
	"declined": payment.StatusDeclined, "voided": payment.StatusVoided,
}

// read understands an answer: found, never heard of, refused, or nonsense.
func read(status int, body []byte) (payment.Result, error) {
	switch {
	case status == http.StatusNotFound:
		return payment.Result{Status: payment.StatusNone}, nil
	case status == http.StatusLocked:
		return payment.Result{}, errBusy
	case status >= 500:
		return payment.Result{}, payment.ErrUnknown
	case status != http.StatusOK && status != http.StatusUnprocessableEntity:
		return payment.Result{}, wire.Refused("the terminal", status, "")
	}
	var s device.Sale
	if err := json.Unmarshal(body, &s); err != nil || states[s.State] == "" || s.Reference == "" {
		return payment.Result{}, payment.ErrUnknown
	}
	c := money.Currency(s.Currency)
	r := payment.Result{Status: states[s.State], Reference: s.Reference, Account: s.Device, GatewayID: s.ID, Amount: money.Of(s.Amount, c),
		Captured: money.Of(s.Captured, c), Refunded: money.Of(s.Refunded, c), DeclineCode: s.DeclineCode, Prompt: s.Prompt}
	if s.Prompt == "signature" {
		r.Status = payment.StatusActionRequired
	}
	if status == http.StatusUnprocessableEntity {
		r.Status, r.DeclineCode = payment.StatusDeclined, payment.DeclineAmount
	}
	return r, nil
}
