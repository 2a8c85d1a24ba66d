package paypal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"korzo/purchase/payment"
	"korzo/purchase/payment/wire"
)

const (
	ordersPath         = "/v2/checkout/orders/"
	authorizationsPath = "/v2/payments/authorizations/"
	capturesPath       = "/v2/payments/captures/"
)

// refusal is a call that PayPal understood and did not take.
type refusal struct {
	status              int
	name, issue, action string
}

func (r *refusal) Error() string {
	return wire.Refused("paypal", r.status, r.name+" "+r.issue).Error()
}

func missing(err error) bool {
	var no *refusal
	return errors.As(err, &no) && no.status == http.StatusNotFound
}

// create makes the order of a reference, or finds it under the same key.
func (g *Gateway) create(ctx context.Context, r payment.Request) (*order, error) {
	return g.place(ctx, r.Reference, r.Reference, r, page{action: "PAY_NOW", shipping: "NO_SHIPPING"})
}

// place makes an order under a key, which is its invoice's number too.
func (g *Gateway) place(ctx context.Context, key, reference string, r payment.Request, p page) (*order, error) {
	in := map[string]any{
		"intent":         intent(r),
		"purchase_units": []any{map[string]any{"custom_id": reference, "invoice_id": key, "amount": amountOf(r.Amount)}},
	}
	p.into(in, r)
	o := &order{}
	if err := g.ask(ctx, http.MethodPost, strings.TrimSuffix(ordersPath, "/"), key, in, o); err != nil {
		return nil, err
	}
	return o, o.whole()
}

func intent(r payment.Request) string {
	if r.Capture {
		return "CAPTURE"
	}
	return "AUTHORIZE"
}

// page is how PayPal's own page is to be.
type page struct{ action, shipping string }

// into says which wallet the shopper agrees in. Venmo's part of the document
// knows no addresses to come back to: they stand where all wallets once had them.
func (p page) into(in map[string]any, r payment.Request) {
	back := map[string]any{"return_url": r.ReturnURL, "cancel_url": r.ReturnURL, "user_action": p.action, "shipping_preference": p.shipping}
	if r.Kind != venmo {
		in["payment_source"] = map[string]any{"paypal": map[string]any{"experience_context": back}}
		return
	}
	in["payment_source"] = map[string]any{"venmo": map[string]any{"experience_context": map[string]any{"shipping_preference": p.shipping}}}
	in["application_context"] = back
}

// order reads one.
func (g *Gateway) order(ctx context.Context, id string) (*order, error) {
	o := &order{}
	if err := g.ask(ctx, http.MethodGet, ordersPath+url.PathEscape(id), "", nil, o); err != nil {
		return nil, err
	}
	return o, o.whole()
}

// find reads the order of an attempt; nil when there is none.
func (g *Gateway) find(ctx context.Context, k payment.Known) (*order, error) {
	if id := g.wallets(k.Instrument); id != "" && (k.GatewayID == "" || k.GatewayID == id) {
		if o, err := g.lent(ctx, id); err != nil || o != nil && o.Units[0].CustomID == k.Reference {
			return o, err
		}
		if k.GatewayID != "" {
			return nil, nil // it pays another attempt by now
		}
	}
	if k.GatewayID == "" && g.Now().Sub(k.At) < window {
		o, err := g.create(ctx, k.Request)
		var no *refusal
		if errors.As(err, &no) && (no.status == http.StatusBadRequest || no.status == http.StatusUnprocessableEntity) && no.issue != "DUPLICATE_INVOICE_ID" {
			return nil, nil // what PayPal would not create, it has never created
		}
		return o, err
	}
	if k.GatewayID == "" {
		return nil, nil
	}
	o, err := g.order(ctx, k.GatewayID)
	if missing(err) {
		return nil, nil
	}
	return o, err
}

// ask makes one call with a token. A token that PayPal has revoked is fetched
// anew, once: a call it refused for its token did nothing.
func (g *Gateway) ask(ctx context.Context, method, path, key string, in, out any) error {
	g.learn(ctx)
	for try := 0; ; try++ {
		token, err := g.bearer(ctx)
		if err != nil {
			return err
		}
		err = g.call(ctx, method, path, key, token, in, out)
		var no *refusal
		if try > 0 || !errors.As(err, &no) || no.status != http.StatusUnauthorized {
			return err
		}
		g.forget(token)
	}
}

func (g *Gateway) call(ctx context.Context, method, path, key, token string, in, out any) error {
	var body io.Reader = http.NoBody
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, method, g.base+path, body)
	if err != nil {
		return errAddress
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	if key != "" {
		r.Header.Set("PayPal-Request-Id", key)
		r.Header.Set("Prefer", "return=representation")
	}
	return g.do(r, out)
}

// do sends a request and reads its answer.
func (g *Gateway) do(r *http.Request, out any) error {
	w, err := g.http.Do(r)
	if err != nil {
		return wire.Classify(err)
	}
	defer func() { _ = w.Body.Close() }()
	answer, err := io.ReadAll(w.Body)
	switch {
	case err != nil || w.StatusCode >= 500 || w.StatusCode < 200 || w.StatusCode == http.StatusRequestTimeout:
		return payment.ErrUnknown
	case w.StatusCode >= 300:
		return refusalOf(w.StatusCode, answer)
	case out == nil || w.StatusCode == http.StatusNoContent:
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return payment.ErrUnknown
	}
	return nil
}

func refusalOf(status int, answer []byte) error {
	var e struct {
		Name    string `json:"name"`
		Details []struct {
			Issue string `json:"issue"`
		} `json:"details"`
		Links []link `json:"links"`
	}
	_ = json.Unmarshal(answer, &e) // an answer without reasons is a refusal too
	no := &refusal{status: status, name: e.Name, action: approval(e.Links)}
	if len(e.Details) > 0 {
		no.issue = e.Details[0].Issue
	}
	return no
}

// bearer is a token that is good for another minute. One caller fetches it;
// the others wait as long as their contexts let them.
func (g *Gateway) bearer(ctx context.Context) (string, error) {
	select {
	case g.turn <- struct{}{}:
		defer func() { <-g.turn }()
	case <-ctx.Done():
		return "", wire.ErrUnsent
	}
	if token, ok := g.kept(); ok {
		return token, nil
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, g.base+"/v1/oauth2/token", strings.NewReader("grant_type=client_credentials"))
	if err != nil {
		return "", errAddress
	}
	r.SetBasicAuth(g.client, g.secret)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	var got struct {
		Token   string `json:"access_token"`
		Expires int64  `json:"expires_in"`
	}
	err = g.do(r, &got)
	if payment.IsSilence(err) || err == nil && got.Token == "" {
		return "", wire.ErrUnsent // the call itself was never made
	}
	if err != nil {
		return "", err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.token, g.expires = got.Token, g.Now().Add(time.Duration(min(max(got.Expires, 0), 86_400))*time.Second)
	return got.Token, nil
}

func (g *Gateway) kept() (string, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.token, g.token != "" && g.Now().Add(time.Minute).Before(g.expires)
}

func (g *Gateway) forget(token string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.token == token {
		g.token = ""
	}
}
