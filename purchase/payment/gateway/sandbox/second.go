package sandbox

import (
	"bytes"
	"context"
	"crypto/hmac"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"korzo/purchase/payment"
	"korzo/purchase/payment/bank"
	"korzo/value/money"
)

// Second is a client of the second bank: a reference is safe to repeat for ten
// minutes, the first capture lets go of the rest, and refusals are numbers.
type Second struct {
	line

	// Now is the clock that notices are held against; tests set it.
	Now func() time.Time
}

var (
	_ payment.Gateway = (*Second)(nil)
	_ payment.Hosting = (*Second)(nil)
	_ payment.Planner = (*Second)(nil)
	_ payment.Reader  = (*Second)(nil)
	_ payment.Saver   = (*Second)(nil)
)

// OpenSecond makes a gateway of an address. It makes no call.
func OpenSecond(u *url.URL) (payment.Gateway, error) {
	l, err := open(u)
	if err != nil {
		return nil, err
	}
	return &Second{line: l, Now: time.Now}, nil
}

// Read tells what is known of a token.
func (s *Second) Read(instrument string) (payment.Card, bool) { return s.read(instrument, "first") }

// Name is the folder's name with a number.
func (s *Second) Name() string { return "sandbox2" }

// Traits says what the second bank can do. Its window is a minute shorter than
// the bank's own, for clocks differ.
func (s *Second) Traits() payment.Traits {
	return payment.Traits{KeyWindow: 9 * time.Minute, Timeout: 8 * time.Second, Kinds: kinds, Proofs: true, Exemptions: payment.Exemptions}
}

// Plans are the ways to pay with a card of the sandbox.
func (s *Second) Plans(ctx context.Context, instrument string, of money.Amount) ([]payment.Plan, error) {
	return s.plans(ctx, instrument, of)
}

// Authorize holds money, or takes it at once.
func (s *Second) Authorize(ctx context.Context, r payment.Request) (payment.Result, error) {
	mode := "hold"
	if r.Capture {
		mode = "take"
	}
	g := r.Proof.Given
	return s.ask(ctx, http.MethodPost, "", r.Reference, map[string]any{"merchant_ref": r.Reference, "sum": r.Amount.Decimal(), "currency": r.Amount.Currency,
		"method": r.Kind, "source": r.Instrument, "back": r.ReturnURL, "mode": mode,
		"payer":             map[string]string{"birth_date": r.Payer.BirthDate},
		"cardholder_absent": r.Proof.Exemption == payment.ExemptAgreed,
		"sca":               map[string]any{"ask": r.Proof.Challenge, "exempt": bank.SecondExemptions[exemption(r.Proof)], "given": bank.SCA{Protocol: g.Version, Outcome: g.Status, ECI: g.ECI, CAVV: g.Cryptogram, DS: g.Transaction}}})
}

// Capture takes what is held and lets go of the rest.
func (s *Second) Capture(ctx context.Context, r payment.Change) (payment.Result, error) {
	return s.change(ctx, "/settlements", r)
}

// Refund gives money back.
func (s *Second) Refund(ctx context.Context, r payment.Change) (payment.Result, error) {
	return s.change(ctx, "/reversals", r)
}

// Void lets a hold go, or forbids the reference.
func (s *Second) Void(ctx context.Context, reference string) (payment.Result, error) {
	return s.ask(ctx, http.MethodDelete, "/"+url.PathEscape(reference), "", nil)
}

// Lookup reads the bank's book.
func (s *Second) Lookup(ctx context.Context, reference string) (payment.Result, error) {
	return s.ask(ctx, http.MethodGet, "?merchant_ref="+url.QueryEscape(reference), "", nil)
}

// change asks for a movement. The bank's refusal is a no.
func (s *Second) change(ctx context.Context, path string, r payment.Change) (payment.Result, error) {
	result, err := s.ask(ctx, http.MethodPost, "/"+url.PathEscape(r.Reference)+path, r.Key, map[string]any{"sum": r.Amount.Decimal()})
	var no refusal
	if errors.As(err, &no) && no.status == http.StatusUnprocessableEntity {
		return payment.Result{Status: payment.StatusDeclined, Reference: r.Reference, DeclineCode: payment.DeclineAmount}, nil
	}
	if errors.As(err, &no) && no.status == http.StatusPaymentRequired {
		return payment.Result{Status: payment.StatusDeclined, Reference: r.Reference, DeclineCode: payment.DeclineUnsupported}, nil
	}
	return result, err
}

// ask sends one request and understands the answer.
func (s *Second) ask(ctx context.Context, method, path, key string, body any) (payment.Result, error) {
	c, err := s.charge(ctx, method, "/api/charges"+path, key, body)
	if err != nil {
		return payment.Result{}, err
	}
	if c == nil {
		return payment.Result{Status: payment.StatusNone}, nil
	}
	return resultOf(*c)
}

// charge sends one request and reads the charge it is answered with, nil for none.
func (s *Second) charge(ctx context.Context, method, path, key string, body any) (*bank.Charge, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, method, s.base+path, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+s.account+"."+s.secret)
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	status, answer, err := s.exchange(r)
	switch {
	case err != nil:
		return nil, err
	case status >= 500:
		return nil, payment.ErrUnknown
	case status != http.StatusOK:
		return nil, refusal{status, string(answer)}
	}
	var in struct{ Charge *bank.Charge }
	if err := json.Unmarshal(answer, &in); err != nil {
		return nil, payment.ErrUnknown
	}
	return in.Charge, nil
}

var stages = map[string]payment.Status{"WAITING": payment.StatusPending, "CARDHOLDER": payment.StatusActionRequired, "HELD": payment.StatusAuthorized,
	"TAKEN": payment.StatusCaptured, "REFUSED": payment.StatusDeclined, "RELEASED": payment.StatusVoided}

// reasons turns the numbers of card schemes (ISO 8583, field 39) into our words.
var reasons = map[string]string{"05": payment.DeclineCard, "17": payment.DeclineCancelled, "43": payment.DeclineLost, "51": payment.DeclineFunds,
	"54": payment.DeclineExpired, "57": payment.DeclineUnsupported, "59": payment.DeclineFraud, "61": payment.DeclineLimit,
	"82": payment.DeclineAuthentication, "91": payment.DeclineRetry, "12": payment.DeclineCodeStale, "94": payment.DeclineCodeUsed, "1A": payment.DeclineStepUp, "N7": payment.DeclineSecret}

// resultOf understands a charge. One that cannot be read is silence.
func resultOf(c bank.Charge) (payment.Result, error) {
	status, ok := stages[c.Stage]
	if !ok {
		return payment.Result{}, payment.ErrUnknown
	}
	r := payment.Result{Status: status, Reference: c.MerchantRef, Account: c.Merchant, GatewayID: c.UID, ActionURL: c.Next,
		DeclineCode: reasons[c.Code],
		Proof:       payment.Authentication{Version: c.SCA.Protocol, Status: c.SCA.Outcome, ECI: c.SCA.ECI, Cryptogram: c.SCA.CAVV, Transaction: c.SCA.DS}}
	if status == payment.StatusDeclined && r.DeclineCode == "" {
		r.DeclineCode = payment.DeclineCard
	}
	if c.Currency == "" { // forbidden before it was heard of
		return r, nil
	}
	for _, v := range []struct {
		text string
		to   *money.Amount
	}{{c.Sum, &r.Amount}, {c.Taken, &r.Captured}, {c.Returned, &r.Refunded}} {
		a, err := money.Parse(v.text, money.Currency(c.Currency))
		if err != nil {
			return payment.Result{}, payment.ErrUnknown
		}
		*v.to = a
	}
	return r, nil
}

// VerifyWebhook checks the bank's seal, which is at most five minutes old. It
// reads the first of the events; the bank sends one at a time.
func (s *Second) VerifyWebhook(header http.Header, body []byte) (payment.Notice, error) {
	at, err := strconv.ParseInt(header.Get("Bank-Time"), 10, 64)
	age := s.Now().Sub(time.UnixMilli(at)).Abs()
	if err != nil || age > tolerance || !hmac.Equal([]byte(header.Get("Bank-Seal")), []byte(bank.SecondSeal(s.secret, at, body))) {
		return payment.Notice{}, payment.ErrNotice
	}
	var in struct {
		Events []struct {
			UID         string `json:"uid"`
			MerchantRef string `json:"merchant_ref"`
			Stage       string `json:"stage"`
		} `json:"events"`
	}
	if err := json.Unmarshal(body, &in); err != nil || len(in.Events) != 1 || in.Events[0].UID == "" || in.Events[0].MerchantRef == "" {
		return payment.Notice{}, payment.ErrNotice
	}
	e := in.Events[0]
	n := payment.Notice{ID: e.UID, Reference: e.MerchantRef, Kind: "charge." + e.Stage, Status: stages[e.Stage]}
	if strings.HasSuffix(bank.KindReissued, "."+e.Stage) {
		n.Kept = e.MerchantRef
	}
	return n, nil
}
