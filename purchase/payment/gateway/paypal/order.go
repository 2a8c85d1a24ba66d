package paypal

import (
	"strings"

	"korzo/purchase/payment"
	"korzo/value/money"
)

// order is PayPal's, as far as we read it.
type order struct {
	ID     string `json:"id"`
	Intent string `json:"intent"`
	Status string `json:"status"`
	Links  []link `json:"links"`
	Units  []struct {
		Amount   amount `json:"amount"`
		CustomID string `json:"custom_id"`
		Payee    struct {
			MerchantID string `json:"merchant_id"`
		} `json:"payee"`
		Payments payments `json:"payments"`
		Shipping struct {
			Name    name   `json:"name"`
			Address postal `json:"address"`
		} `json:"shipping"`
	} `json:"purchase_units"`
	Source struct {
		PayPal owner `json:"paypal"`
		Venmo  owner `json:"venmo"`
	} `json:"payment_source"`
	Payer owner `json:"payer"`
}

type payments struct {
	Authorizations []movement `json:"authorizations"`
	Captures       []movement `json:"captures"`
	Refunds        []movement `json:"refunds"`
}

// movement is an authorisation, a capture or a refund.
type movement struct {
	ID        string `json:"id"`
	Status    string `json:"status"`
	Amount    amount `json:"amount"`
	InvoiceID string `json:"invoice_id"`
	Links     []link `json:"links"`
}

type link struct {
	Href string `json:"href"`
	Rel  string `json:"rel"`
}

type amount struct {
	Currency string `json:"currency_code"`
	Value    string `json:"value"`
}

// whole tells an order from nonsense. We make orders of one unit.
func (o *order) whole() error {
	if o.ID == "" || o.Status == "" || len(o.Units) != 1 {
		return payment.ErrUnknown
	}
	return nil
}

func (o *order) payments() payments { return o.Units[0].Payments }

// hold is the authorisation that can still be captured or voided.
func (o *order) hold() (movement, bool) {
	for _, a := range o.payments().Authorizations {
		if a.Status == "CREATED" || a.Status == "PARTIALLY_CAPTURED" || a.Status == "PENDING" {
			return a, true
		}
	}
	return movement{}, false
}

// counts reports whether a capture or refund moved money, or is about to.
func (m movement) counts() bool {
	switch m.Status {
	case "COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED", "PENDING":
		return true
	}
	return false
}

// room is what may still be refunded of a capture.
type room struct {
	id   string
	left money.Amount
}

func (o *order) rooms(c money.Currency) []room {
	var rooms []room
	for _, taken := range o.payments().Captures {
		if !taken.counts() || taken.Status == "PENDING" {
			continue
		}
		left := taken.Amount.in(c)
		for _, given := range o.payments().Refunds {
			if given.counts() && given.of(taken.ID) {
				left = left.Minus(given.Amount.in(c))
			}
		}
		rooms = append(rooms, room{taken.ID, left})
	}
	return rooms
}

// of reports whether a refund is one of this capture: its link up says so.
func (m movement) of(capture string) bool {
	for _, l := range m.Links {
		if l.Rel == "up" {
			return strings.HasSuffix(l.Href, "/"+capture)
		}
	}
	return false
}

// sum adds up what moved.
func sum(all []movement, c money.Currency, counts func(movement) bool) money.Amount {
	total := money.Of(0, c)
	for _, m := range all {
		if counts(m) {
			total = total.Plus(m.Amount.in(c))
		}
	}
	return total
}

// approval is where the shopper agrees.
func approval(links []link) string {
	for _, l := range links {
		if (l.Rel == "payer-action" || l.Rel == "approve") && strings.HasPrefix(l.Href, "http") {
			return l.Href
		}
	}
	return ""
}

// result reads an order.
func (g *Gateway) result(o *order, reference string) (payment.Result, error) {
	unit := o.Units[0]
	c := money.Currency(unit.Amount.Currency)
	if _, ok := value(money.Of(0, c)); !ok {
		return payment.Result{}, payment.ErrUnknown
	}
	r := payment.Result{Reference: reference, Account: g.merchant, GatewayID: o.ID, Amount: unit.Amount.in(c),
		Captured: sum(unit.Payments.Captures, c, func(m movement) bool { return m.counts() && m.Status != "PENDING" }),
		Refunded: sum(unit.Payments.Refunds, c, movement.counts)}
	if unit.CustomID != "" {
		r.Reference = unit.CustomID
	}
	if unit.Payee.MerchantID != "" {
		r.Account = unit.Payee.MerchantID
	}
	switch o.Status {
	case "CREATED", "SAVED", "PAYER_ACTION_REQUIRED":
		if r.ActionURL = approval(o.Links); r.ActionURL == "" {
			return payment.Result{}, payment.ErrUnknown
		}
		r.Status = payment.StatusActionRequired
	case "APPROVED":
		r.Status = payment.StatusPending
	case "VOIDED":
		r.Status = payment.StatusVoided
	case "COMPLETED":
		return completed(r, unit.Payments), nil
	default:
		return payment.Result{}, payment.ErrUnknown
	}
	return r, nil
}

// completed reads what became of the money.
func completed(r payment.Result, p payments) payment.Result {
	c := r.Amount.Currency
	status := ""
	if n := len(p.Authorizations); n > 0 {
		r.Amount, status = p.Authorizations[n-1].Amount.in(c), p.Authorizations[n-1].Status
	} else if n := len(p.Captures); n > 0 {
		r.Amount, status = p.Captures[n-1].Amount.in(c), p.Captures[n-1].Status
	}
	switch {
	case r.Captured.Minor > 0:
		r.Status = payment.StatusCaptured
	case status == "CREATED" || status == "PARTIALLY_CAPTURED" || status == "CAPTURED":
		r.Status = payment.StatusAuthorized
	case status == "VOIDED":
		r.Status = payment.StatusVoided
	case status == "DENIED" || status == "DECLINED" || status == "FAILED":
		r.Status, r.DeclineCode = payment.StatusDeclined, payment.DeclineCard
	default:
		r.Status = payment.StatusPending
	}
	return r
}

// declines are PayPal's issues that are a no, in our words.
var declines = map[string]string{
	"INSTRUMENT_DECLINED": payment.DeclineCard, "DECLINED_DUE_TO_RELATED_TXN": payment.DeclineCard, "ORDER_EXPIRED": payment.DeclineCancelled, "PAYEE_BLOCKED_TRANSACTION": payment.DeclineFraud,
	"PAYER_CANNOT_PAY": payment.DeclineCard, "TRANSACTION_REFUSED": payment.DeclineCard,
	"PAYER_ACCOUNT_RESTRICTED": payment.DeclineCard, "PAYER_ACCOUNT_LOCKED_OR_CLOSED": payment.DeclineCard, "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING": payment.DeclineCard,
	"COMPLIANCE_VIOLATION": payment.DeclineFraud, "MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED": payment.DeclineLimit, "TRANSACTION_AMOUNT_EXCEEDS_MONTHLY_MAX_LIMIT": payment.DeclineLimit,
	"TRANSACTION_LIMIT_EXCEEDED": payment.DeclineLimit, "TRANSACTION_RECEIVING_LIMIT_EXCEEDED": payment.DeclineLimit, "DUPLICATE_INVOICE_ID": payment.DeclineGateway,
	"CARD_EXPIRED": payment.DeclineExpired, "CURRENCY_NOT_SUPPORTED_BY_RECEIVER": payment.DeclineUnsupported, "TRANSACTION_BLOCKED_BY_PAYEE": payment.DeclineFraud,
}

// digits are how many PayPal writes after the point. It takes no other
// currency, and no fractions of forints although ISO 4217 has them.
var digits = map[money.Currency]int{
	"AUD": 2, "BRL": 2, "CAD": 2, "CNY": 2, "CZK": 2, "DKK": 2, "EUR": 2, "HKD": 2, "HUF": 0, "ILS": 2, "JPY": 0, "MYR": 2, "MXN": 2,
	"TWD": 0, "NZD": 2, "NOK": 2, "PHP": 2, "PLN": 2, "GBP": 2, "SGD": 2, "SEK": 2, "CHF": 2, "THB": 2, "USD": 2,
}

// value writes an amount as PayPal does; false when it cannot.
func value(a money.Amount) (string, bool) {
	n, ok := digits[a.Currency]
	if !ok {
		return "", false
	}
	text := a.Decimal()
	whole, fraction, _ := strings.Cut(text, ".")
	if n == 0 {
		return whole, strings.Trim(fraction, "0") == ""
	}
	return text, true
}

func amountOf(a money.Amount) amount {
	text, _ := value(a)
	return amount{string(a.Currency), text}
}

// in reads an amount that must be of a currency; what is not counts as more
// than anything, so that it is noticed and never passes for less.
func (a amount) in(c money.Currency) money.Amount {
	text := a.Value
	if digits[c] == 0 {
		text = strings.TrimSuffix(text, ".00") // PayPal writes them at times
	}
	read, err := money.Parse(text, c)
	if err != nil || money.Currency(a.Currency) != c || read.Minor < 0 {
		return money.Of(money.MaxPrice+1, c)
	}
	return read
}

// payable reports whether a kind of wallet pays such an amount.
func payable(kind string, a money.Amount) bool {
	_, ok := value(a)
	return ok && (kind != venmo || a.Currency == "USD")
}
