// Package sandbox pays through the sandbox banks, over HTTP, as a real gateway
// is paid through.
//
// Its address is sandbox://ACCOUNT:SECRET@HOST:PORT, and sandbox2://… for the
// second bank, which speaks another tongue and has other habits (second.go):
// with both, falling back from one to the other is real. Where shoppers reach
// the bank under another address, it is told as ?public=https://bank.example.
//
// An instrument such as sandbox:decline names what the bank is to do; the card
// fields on the bank's own origin give tokens of published test cards. The bank
// may be another process, slow, or gone; this client believes nothing but a
// whole answer.
//
// A line that could not be opened is a known failure, because nothing was
// sent. Everything else that is no answer is silence.
package sandbox

import (
	"bytes"
	"context"
	"crypto/hmac"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"korzo/platform/fault"
	"korzo/purchase/payment"
	"korzo/purchase/payment/bank"
	"korzo/value/money"
)

var errUnreachable = fault.New(fault.Unavailable, "sandbox.unreachable", "the sandbox bank cannot be reached; start it, or correct its address")

// errStopped is no silence: the bank promised that it did nothing.
var errStopped = fault.New(fault.Unavailable, "sandbox.stopped", "the sandbox bank is stopped; start it again on its page /scenes")

// tolerance is how old a notice may be.
const tolerance = 5 * time.Minute

// line is the way to a bank, whichever tongue it speaks.
type line struct {
	base, public    string // where we and where shoppers reach it
	account, secret string
	client          *http.Client
}

// kinds are the methods that the banks play, each by its scheme's rules.
var kinds = []string{"card", "wallet", "paypal", "venmo", "swish", "pay_later", "instalments", "phone_code"}

func open(u *url.URL) (line, error) {
	secret, ok := u.User.Password()
	l := line{base: "http://" + u.Host, public: strings.TrimSuffix(u.Query().Get("public"), "/"), account: u.User.Username(), secret: secret,
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute,
			DialContext: (&net.Dialer{Timeout: time.Second}).DialContext}}}
	if l.public == "" {
		l.public = l.base
	}
	if public, err := url.Parse(l.public); u.Host == "" || !ok || err != nil || public.Host == "" || public.Path != "" {
		return line{}, fault.New(fault.Invalid, "sandbox.address", "write the sandbox's address as sandbox://ACCOUNT:SECRET@HOST:PORT, with ?public=https://BANK where shoppers reach it elsewhere")
	}
	return l, nil
}

// Fields are the bank's own card fields.
func (l line) Fields() payment.Fields {
	return payment.Fields{Origin: l.public, URL: l.public + "/fields", Proof: true, Page: "sandbox:" + bank.Hosted}
}

// read tells which published card a token stands for. Both banks take the
// tokens of either, as networks' tokens are taken everywhere, but not what the
// other one keeps.
func (l line) read(instrument, other string) (payment.Card, bool) {
	card, _ := bank.ReadToken(instrument)
	return payment.Card{Brand: card.Brand, Country: card.Country, Last: last(card)}, strings.HasPrefix(instrument, "sandbox:") && bank.KeptBy(instrument) != other
}

func last(c bank.Card) string {
	if c == (bank.Card{}) {
		return ""
	}
	return c.Last()
}

// WithPlan is the instrument for paying in instalments.
func (l line) WithPlan(instrument string, count int64) string {
	return bank.WithPlan(instrument, count)
}

// plans reads the ways to pay a sum from the bank.
func (l line) plans(ctx context.Context, instrument string, of money.Amount) ([]payment.Plan, error) {
	query := url.Values{"instrument": {instrument}, "amount": {strconv.FormatInt(of.Minor, 10)}}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, l.base+"/v1/plans?"+query.Encode(), nil)
	if err != nil {
		return nil, err
	}
	r.SetBasicAuth(l.account, l.secret)
	status, body, err := l.exchange(r)
	if err != nil {
		return nil, err
	}
	var all []bank.Plan
	if status != http.StatusOK || json.Unmarshal(body, &all) != nil {
		return nil, refusal{status, string(body)}
	}
	plans := make([]payment.Plan, len(all))
	for i, p := range all {
		plans[i] = payment.Plan{Count: p.Count, Each: money.Of(p.Each, of.Currency), Last: money.Of(p.Last, of.Currency),
			Total: money.Of(p.Total, of.Currency), CostPPM: p.Cost}
	}
	return plans, nil
}

// exchange sends one request and reads one answer, of at most 64 kB.
func (l line) exchange(r *http.Request) (status int, body []byte, err error) {
	r.Header.Set("Content-Type", "application/json")
	w, err := l.client.Do(r)
	if err != nil {
		return 0, nil, silent(err)
	}
	defer func() { _ = w.Body.Close() }()
	if w.StatusCode == http.StatusServiceUnavailable && w.Header.Get(bank.HeaderDone) == bank.DoneNothing {
		return 0, nil, errStopped
	}
	body, err = io.ReadAll(io.LimitReader(w.Body, 1<<16))
	if err != nil {
		return 0, nil, silent(err)
	}
	return w.StatusCode, body, nil
}

// Gateway is a client of the first bank.
type Gateway struct {
	line

	// Now is the clock that notices are held against; tests set it.
	Now func() time.Time
}

var (
	_ payment.Gateway = (*Gateway)(nil)
	_ payment.Hosting = (*Gateway)(nil)
	_ payment.Planner = (*Gateway)(nil)
	_ payment.Reader  = (*Gateway)(nil)
	_ payment.Saver   = (*Gateway)(nil)
)

// Open makes a gateway of an address. It makes no call.
func Open(u *url.URL) (payment.Gateway, error) {
	l, err := open(u)
	if err != nil {
		return nil, err
	}
	return &Gateway{line: l, Now: time.Now}, nil
}

// Read tells what is known of a token.
func (g *Gateway) Read(instrument string) (payment.Card, bool) { return g.read(instrument, "second") }

// Plans are the ways to pay with a card of the sandbox.
func (g *Gateway) Plans(ctx context.Context, instrument string, of money.Amount) ([]payment.Plan, error) {
	return g.plans(ctx, instrument, of)
}

// Name is the folder's name.
func (g *Gateway) Name() string { return "sandbox" }

// Traits says what the bank can do.
func (g *Gateway) Traits() payment.Traits {
	return payment.Traits{KeyWindow: 24 * time.Hour, Timeout: 8 * time.Second, Kinds: kinds, Parts: true, Proofs: true, Exemptions: payment.Exemptions}
}

// Authorize holds money, or takes it at once.
func (g *Gateway) Authorize(ctx context.Context, r payment.Request) (payment.Result, error) {
	return g.ask(ctx, http.MethodPost, "", map[string]any{"reference": r.Reference, "amount": r.Amount.Minor,
		"currency": r.Amount.Currency, "kind": r.Kind, "instrument": r.Instrument, "return_url": r.ReturnURL, "capture": r.Capture,
		"challenge": r.Proof.Challenge, "proof": bank.Proof(r.Proof.Given), "off_session": r.Proof.Exemption == payment.ExemptAgreed,
		"exemption": exemption(r.Proof), "born": r.Payer.BirthDate})
}

// exemption is what the bank is asked to pass a payment for; "" for nothing.
func exemption(p payment.Proof) string {
	if p.Exemption == payment.ExemptAgreed {
		return ""
	}
	return p.Exemption
}

// Capture takes what is held.
func (g *Gateway) Capture(ctx context.Context, r payment.Change) (payment.Result, error) {
	return g.change(ctx, "/capture", r)
}

// Void lets a hold go, or forbids the reference.
func (g *Gateway) Void(ctx context.Context, reference string) (payment.Result, error) {
	return g.ask(ctx, http.MethodPost, "/"+url.PathEscape(reference)+"/void", nil)
}

// Refund gives money back.
func (g *Gateway) Refund(ctx context.Context, r payment.Change) (payment.Result, error) {
	return g.change(ctx, "/refund", r)
}

// change asks for a movement. The bank's refusal is a no.
func (g *Gateway) change(ctx context.Context, path string, r payment.Change) (payment.Result, error) {
	result, err := g.ask(ctx, http.MethodPost, "/"+url.PathEscape(r.Reference)+path, map[string]any{"key": r.Key, "amount": r.Amount.Minor})
	var no refusal
	if !errors.As(err, &no) {
		return result, err
	}
	switch no.status {
	case http.StatusUnprocessableEntity:
		return payment.Result{Status: payment.StatusDeclined, Reference: r.Reference, DeclineCode: payment.DeclineAmount}, nil
	case http.StatusPaymentRequired:
		return payment.Result{Status: payment.StatusDeclined, Reference: r.Reference, DeclineCode: payment.DeclineUnsupported}, nil
	}
	return result, err
}

// refusal is an answer of the bank that is neither yes nor silence.
type refusal struct {
	status int
	body   string
}

func (r refusal) Error() string {
	return fmt.Sprintf("the sandbox bank refused the call with %d: %s", r.status, r.body)
}

// Lookup reads the bank's book.
func (g *Gateway) Lookup(ctx context.Context, reference string) (payment.Result, error) {
	return g.ask(ctx, http.MethodGet, "/"+url.PathEscape(reference), nil)
}

// ask sends one request and understands the answer.
func (g *Gateway) ask(ctx context.Context, method, path string, body any) (payment.Result, error) {
	status, answer, err := g.send(ctx, method, "/v1/payments"+path, body)
	if err != nil {
		return payment.Result{}, err
	}
	return read(status, answer)
}

// send sends one request and reads its answer.
func (g *Gateway) send(ctx context.Context, method, path string, body any) (int, []byte, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return 0, nil, err
	}
	r, err := http.NewRequestWithContext(ctx, method, g.base+path, bytes.NewReader(text))
	if err != nil {
		return 0, nil, err
	}
	r.SetBasicAuth(g.account, g.secret)
	return g.exchange(r)
}

// silent tells a call that never left from one that was not answered.
func silent(err error) error {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return fmt.Errorf("%w: %w", errUnreachable, err)
	}
	return fmt.Errorf("%w: %w", payment.ErrUnknown, err)
}

// read understands an answer: found, never heard of, refused, or nonsense.
func read(status int, body []byte) (payment.Result, error) {
	r, _, err := readKept(status, body)
	return r, err
}

// readKept is read with what a card that is kept is paid with.
func readKept(status int, body []byte) (payment.Result, string, error) {
	switch {
	case status == http.StatusNotFound:
		return payment.Result{Status: payment.StatusNone}, "", nil
	case status >= 500:
		return payment.Result{}, "", payment.ErrUnknown
	case status != http.StatusOK:
		return payment.Result{}, "", refusal{status, string(body)}
	}
	var p bank.Payment
	if err := json.Unmarshal(body, &p); err != nil || p.State == "" {
		return payment.Result{}, "", payment.ErrUnknown
	}
	c := money.Currency(p.Currency)
	return payment.Result{
		Status: payment.Status(p.State), Reference: p.Reference, Account: p.Account, GatewayID: p.ID,
		Amount: money.Of(p.Amount, c), Captured: money.Of(p.Captured, c), Refunded: money.Of(p.Refunded, c),
		DeclineCode: p.DeclineCode, ActionURL: p.ActionURL, Proof: payment.Authentication(p.Proof),
	}, p.Kept, nil
}

// VerifyWebhook checks the bank's signature, which is at most five minutes old.
func (g *Gateway) VerifyWebhook(header http.Header, body []byte) (payment.Notice, error) {
	var at, signature string
	for part := range strings.SplitSeq(header.Get("Sandbox-Signature"), ",") {
		switch name, value, _ := strings.Cut(part, "="); name {
		case "t":
			at = value
		case "v1":
			signature = value
		}
	}
	seconds, err := strconv.ParseInt(at, 10, 64)
	age := g.Now().Sub(time.Unix(seconds, 0)).Abs()
	if err != nil || age > tolerance || !hmac.Equal([]byte(signature), []byte(bank.Sign(g.secret, at, body))) {
		return payment.Notice{}, payment.ErrNotice
	}
	var n struct {
		ID, Reference, Kind string
		Dispute             *struct {
			ID, State, Reason, Currency string
			Amount, Due                 int64
		}
	}
	if err := json.Unmarshal(body, &n); err != nil || n.ID == "" || n.Reference == "" {
		return payment.Notice{}, payment.ErrNotice
	}
	out := payment.Notice{ID: n.ID, Reference: n.Reference, Kind: n.Kind, Status: payment.Status(strings.TrimPrefix(n.Kind, "payment."))}
	if n.Kind == bank.KindReissued {
		out.Kept = n.Reference
	}
	if d := n.Dispute; d != nil && d.ID != "" && d.Amount > 0 {
		out.Disputed = &payment.Disputed{ID: d.ID, Reference: n.Reference, State: d.State, Reason: d.Reason, Amount: money.Of(d.Amount, money.Currency(d.Currency)), Taken: true}
		if d.Due > 0 {
			out.Disputed.DueAt = time.Unix(d.Due, 0).UTC()
		}
	}
	return out, nil
}
