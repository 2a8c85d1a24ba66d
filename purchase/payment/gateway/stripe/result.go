package stripe

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v85"
	"github.com/stripe/stripe-go/v85/webhook"

	"korzo/purchase/payment"
	"korzo/value/money"
)

// ofIntent reads an intent.
func (g *Gateway) ofIntent(p *stripe.PaymentIntent, reference string) (payment.Result, error) {
	c := money.Currency(strings.ToUpper(string(p.Currency)))
	factor, ok := scale(c)
	if !ok || p.Amount%factor != 0 || p.AmountReceived%factor != 0 {
		return payment.Result{}, payment.ErrUnknown
	}
	if named := p.Metadata["reference"]; named != "" {
		reference = named
	}
	r := payment.Result{Reference: reference, Account: g.account, GatewayID: p.ID, Amount: money.Of(p.Amount/factor, c),
		Captured: money.Of(p.AmountReceived/factor, c), Refunded: money.Of(0, c)}
	if p.LatestCharge != nil {
		r.Refunded = money.Of(p.LatestCharge.AmountRefunded/factor, c)
	}
	r.Card = cardOf(p)
	switch p.Status {
	case stripe.PaymentIntentStatusRequiresCapture:
		r.Status = payment.StatusAuthorized
	case stripe.PaymentIntentStatusSucceeded:
		r.Status = payment.StatusCaptured
	case stripe.PaymentIntentStatusProcessing:
		r.Status = payment.StatusPending
	case stripe.PaymentIntentStatusCanceled:
		r.Status = payment.StatusVoided
	case stripe.PaymentIntentStatusRequiresAction:
		r.Status, r.ActionURL = action(p.NextAction)
	case stripe.PaymentIntentStatusRequiresConfirmation:
		r.Status = payment.StatusNone
	case stripe.PaymentIntentStatusRequiresPaymentMethod:
		r.Status = payment.StatusNone // created, and never confirmed
		if p.LastPaymentError != nil {
			r.Status, r.DeclineCode = payment.StatusDeclined, decline(p.LastPaymentError)
		}
	default:
		return payment.Result{}, payment.ErrUnknown
	}
	return r, nil
}

// cardOf is the card that paid, or that was refused.
func cardOf(p *stripe.PaymentIntent) payment.Card {
	if c := p.LatestCharge; c != nil && c.PaymentMethodDetails != nil && c.PaymentMethodDetails.Card != nil {
		of := c.PaymentMethodDetails.Card
		return payment.Card{Brand: string(of.Brand), Country: of.Country, Last: of.Last4}
	}
	method := p.PaymentMethod
	if e := p.LastPaymentError; e != nil && e.PaymentMethod != nil {
		method = e.PaymentMethod
	}
	if method == nil || method.Card == nil {
		return payment.Card{}
	}
	return payment.Card{Brand: string(method.Card.Brand), Country: method.Card.Country, Last: method.Card.Last4}
}

// action is where the shopper is sent. One that only Stripe's own script could
// show is waited for.
func action(next *stripe.PaymentIntentNextAction) (payment.Status, string) {
	if next == nil || next.RedirectToURL == nil || next.RedirectToURL.URL == "" {
		return payment.StatusPending, ""
	}
	return payment.StatusActionRequired, next.RedirectToURL.URL
}

// ofSession reads Stripe's page: open, or what became of its intent. The page
// stays the payment's name, because the intent comes later.
func (g *Gateway) ofSession(s *stripe.CheckoutSession, reference string) (payment.Result, error) {
	if s.ClientReferenceID != "" {
		reference = s.ClientReferenceID
	}
	c := money.Currency(strings.ToUpper(string(s.Currency)))
	factor, ok := scale(c)
	if !ok {
		return payment.Result{}, payment.ErrUnknown
	}
	zero := money.Of(0, c)
	r := payment.Result{Status: payment.StatusPending, Reference: reference, Account: g.account, GatewayID: s.ID, Amount: money.Of(s.AmountTotal/factor, c), Captured: zero, Refunded: zero}
	switch {
	case s.Status == stripe.CheckoutSessionStatusExpired:
		r.Status = payment.StatusVoided
	case s.Status == stripe.CheckoutSessionStatusOpen && s.URL != "":
		r.Status, r.ActionURL = payment.StatusActionRequired, s.URL
	case s.PaymentIntent != nil && s.PaymentIntent.Status != "":
		of, err := g.ofIntent(s.PaymentIntent, reference)
		of.GatewayID = s.ID
		return of, err
	}
	return r, nil
}

// no reads an error of confirming: a refused card is an answer, and so is an
// intent in a state that cannot be confirmed.
func (g *Gateway) no(err error, reference string) (payment.Result, error) {
	e, known := refusal(err)
	if !known {
		return payment.Result{}, classify(err)
	}
	if e.Code == stripe.ErrorCodePaymentIntentUnexpectedState && e.PaymentIntent != nil {
		return g.ofIntent(e.PaymentIntent, reference)
	}
	if e.Type != stripe.ErrorTypeCard {
		return payment.Result{}, classify(err)
	}
	r := payment.Result{Reference: reference, Account: g.account}
	if e.PaymentIntent != nil {
		if of, err := g.ofIntent(e.PaymentIntent, reference); err == nil {
			r = of
		}
	}
	r.Status, r.DeclineCode = payment.StatusDeclined, decline(e)
	return r, nil
}

// declines are Stripe's codes in our words; what is missing is a plain no.
var declines = map[string]string{
	"insufficient_funds": payment.DeclineFunds, "withdrawal_count_limit_exceeded": payment.DeclineLimit, "card_velocity_exceeded": payment.DeclineLimit,
	"expired_card": payment.DeclineExpired, "invalid_expiry_month": payment.DeclineExpired, "invalid_expiry_year": payment.DeclineExpired,
	"incorrect_number": payment.DeclineNumber, "invalid_number": payment.DeclineNumber, "invalid_account": payment.DeclineNumber,
	"incorrect_cvc": payment.DeclineSecret, "invalid_cvc": payment.DeclineSecret, "incorrect_pin": payment.DeclineSecret, "invalid_pin": payment.DeclineSecret,
	"pin_try_exceeded": payment.DeclineSecret, "authentication_required": payment.DeclineStepUp, "online_or_offline_pin_required": payment.DeclineStepUp,
	"payment_intent_authentication_failure": payment.DeclineAuthentication, "setup_intent_authentication_failure": payment.DeclineAuthentication,
	"lost_card": payment.DeclineLost, "stolen_card": payment.DeclineLost, "pickup_card": payment.DeclineLost, "restricted_card": payment.DeclineLost,
	"fraudulent": payment.DeclineFraud, "merchant_blacklist": payment.DeclineFraud, "security_violation": payment.DeclineFraud, "highest_risk_level": payment.DeclineFraud,
	"card_not_supported": payment.DeclineUnsupported, "currency_not_supported": payment.DeclineUnsupported, "invalid_amount": payment.DeclineUnsupported, "amount_too_small": payment.DeclineUnsupported, "amount_too_large": payment.DeclineUnsupported,
	"transaction_not_allowed": payment.DeclineUnsupported, "service_not_allowed": payment.DeclineUnsupported, "not_permitted": payment.DeclineUnsupported,
	"processing_error": payment.DeclineRetry, "issuer_not_available": payment.DeclineRetry, "reenter_transaction": payment.DeclineRetry, "try_again_later": payment.DeclineRetry,
	"approve_with_id": payment.DeclineRetry,
}

// decline says why in our words.
func decline(e *stripe.Error) string {
	for _, code := range []string{string(e.DeclineCode), string(e.Code)} {
		if ours, ok := declines[code]; ok {
			return ours
		}
	}
	return payment.DeclineCard
}

// scale is how many of Stripe's units one of our minor units is. Stripe keeps
// two digits where ISO 4217 has none for krónur and shillings, and cannot take
// ariary, whose fifths it does not know.
func scale(c money.Currency) (int64, bool) {
	switch c {
	case "ISK", "UGX":
		return 100, true
	case "MGA":
		return 0, false
	}
	_, ok := money.Find(c)
	return 1, ok
}

// verify checks a notice and finds our reference in what it is about.
func verify(header http.Header, body []byte, secret string) (payment.Notice, error) {
	if secret == "" {
		return payment.Notice{}, payment.ErrNotice
	}
	e, err := webhook.ConstructEventWithOptions(body, header.Get("Stripe-Signature"), secret, webhook.ConstructEventOptions{IgnoreAPIVersionMismatch: true})
	if err != nil || e.ID == "" {
		return payment.Notice{}, payment.ErrNotice
	}
	n := payment.Notice{ID: e.ID, Kind: string(e.Type)}
	if e.Data == nil {
		return n, nil
	}
	var about struct {
		ID                string            `json:"id"`
		Customer          string            `json:"customer"`
		ClientReferenceID string            `json:"client_reference_id"`
		Metadata          map[string]string `json:"metadata"`
	}
	if err := json.Unmarshal(e.Data.Raw, &about); err != nil {
		return n, nil
	}
	if n.Reference = about.Metadata["reference"]; n.Reference == "" {
		n.Reference = about.ClientReferenceID
	}
	if slices.Contains(reissued, n.Kind) && about.Customer != "" {
		n.Kept = about.Customer + ":" + about.ID
	}
	if strings.HasPrefix(n.Kind, "charge.dispute.") {
		n.Disputed = disputed(n, e.Data.Raw)
	}
	return n, nil
}

// reissued are Stripe's notices of a kept card that is not as it was.
var reissued = []string{"payment_method.automatically_updated", "payment_method.updated"}

// disputes are Stripe's states of a dispute in our words. An inquiry is a
// warning: no money has moved yet.
var disputes = map[string]string{"warning_needs_response": "open", "needs_response": "open", "warning_under_review": "answered",
	"under_review": "answered", "won": "won", "warning_closed": "won", "lost": "lost"}

// disputed reads the dispute that a notice is of; nil when it cannot be read.
func disputed(n payment.Notice, raw []byte) *payment.Disputed {
	var d struct {
		ID            string `json:"id"`
		Amount        int64  `json:"amount"`
		Currency      string `json:"currency"`
		Status        string `json:"status"`
		Reason        string `json:"reason"`
		Charge        string `json:"charge"`
		PaymentIntent string `json:"payment_intent"`
		Evidence      struct {
			DueBy int64 `json:"due_by"`
		} `json:"evidence_details"`
	}
	c := money.Currency("")
	if err := json.Unmarshal(raw, &d); err == nil {
		c = money.Currency(strings.ToUpper(d.Currency))
	}
	unit, ok := scale(c)
	if !ok || d.ID == "" || d.Amount <= 0 {
		return nil
	}
	out := &payment.Disputed{ID: d.ID, Reference: n.Reference, GatewayIDs: []string{d.PaymentIntent, d.Charge}, State: disputes[d.Status], Reason: d.Reason,
		Amount: money.Of(d.Amount/unit, c), Taken: !strings.HasPrefix(d.Status, "warning")}
	if d.Evidence.DueBy > 0 {
		out.DueAt = time.Unix(d.Evidence.DueBy, 0).UTC()
	}
	return out
}
