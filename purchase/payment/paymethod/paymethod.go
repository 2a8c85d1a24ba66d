// Package paymethod knows the ways to pay: what each asks of the shopper, what
// its scheme allows, and what a merchant made of it in a market.
//
// A Method is data. Its rules (where it is known, in which currencies, how the
// shopper acts, when money may be taken and given back) are its scheme's and
// the same for every shop; they stand in catalogue.go. A Setting is a
// merchant's word about a method in one market: offered or not, where in the
// list, between which amounts, for which fee. A setting narrows what the scheme
// allows and never widens it.
//
// The one idea: whoever shows, routes, captures or refunds asks the method's
// data and branches on no id. Settings are read by every checkout and change
// seldom, so they are remembered: asking costs no statement of its own.
//
// Never true: a method offered in a currency or above a sum that its scheme
// refuses; a secret or an account number kept here.
package paymethod

import (
	"embed"
	"slices"
	"strings"
	"time"

	"korzo/platform/fault"
	"korzo/value/money"
)

// Schema holds the tables of this package.
//
//go:embed schema/*.sql
var Schema embed.FS

// ErrInvalid reports a setting that breaks a rule; its text names each bad field.
var ErrInvalid = fault.New(fault.Invalid, "paymethod.invalid", "the payment method's setting is not valid: mend the fields named")

// Flow is how a shopper acts to pay.
type Flow string

// The flows.
const (
	Fields       Flow = "fields"       // card fields of the gateway's own origin; its token comes back
	Redirect     Flow = "redirect"     // to the provider's page and back
	AppSwitch    Flow = "app_switch"   // to an app on the same phone and back
	QRShown      Flow = "qr_shown"     // the shop shows a code, the shopper's phone reads it
	QRScanned    Flow = "qr_scanned"   // the shopper's phone shows a code, the till reads it
	Terminal     Flow = "terminal"     // a device takes the card
	Link         Flow = "link"         // an address sent by mail or message
	Cash         Flow = "cash"         // notes and coins, at the counter or at the door
	Instructions Flow = "instructions" // the shopper is told where to transfer to
)

// Words are a short text by language: "en", "de", "hu".
type Words map[string]string

// In returns the words in the language of a locale such as "de-AT", in English
// when there are none.
func (w Words) In(locale string) string {
	language, _, _ := strings.Cut(strings.ToLower(locale), "-")
	if text, ok := w[language]; ok {
		return text
	}
	return w["en"]
}

// Need is what a method must know of a shopper beside the order.
type Need string

// The needs.
const (
	NeedPhone     Need = "phone"
	NeedBirthDate Need = "birth_date"
	NeedBilling   Need = "billing_address"
	NeedPlan      Need = "plan" // the number of instalments
)

// When says which event takes the money.
type When string

// The times of capture.
const (
	Now        When = "now"      // with the order: the scheme knows no hold
	OnShipment When = "shipment" // held with the order, taken as goods leave
	ByHand     When = "hand"     // taken when staff or a statement say so
)

// Capture is how held money may be taken.
type Capture struct {
	When  When
	Parts bool          // in several captures; without it whole, and what is not delivered is refunded
	Life  time.Duration // of a hold; 0: it is a promise that does not end, or there is no hold
}

// Refund is how money may be given back.
type Refund struct {
	Parts  bool
	Days   int  // after the capture; 0: without end
	ByIBAN bool // not by the way it came: by a transfer to the shopper's account
}

// Range is the amounts a scheme takes in a currency, both ends included, in
// minor units. Max 0 is no upper end.
type Range struct {
	Currency money.Currency
	Min, Max int64
}

// Method is a way to pay as its scheme defines it. The zero Method is none.
// Methods are shared: nobody changes one.
type Method struct {
	ID         string           // "card", kept with every payment
	Kind       string           // what a gateway's Traits.Kinds list
	Name, Note Words            // what it is called, and one line about what will happen
	Countries  []string         // of the buyer; empty: everywhere
	Currencies []money.Currency // empty: all
	Ranges     []Range          // none for a currency: any amount
	Flow       Flow
	Systems    []string // of devices that a wallet lies on, as visitor.Device names them; empty: any
	Desk       Flow     // where it differs on a large screen: QRShown beside AppSwitch
	Capture    Capture
	Refund     Refund
	Session    time.Duration // how long a shopper has for their part; 0: no part, no end
	Legal      Words         // what must be read before the button; nil: nothing
	Needs      []Need
	Gateways   []string // that can do it, as folder names
	Saves      bool     // can be kept for later with consent
	SCA        bool     // the issuer may ask for proof
	InStore    bool     // at a till only
	Tills      []string // where it is collected, it is paid by one of these methods of a till; nil: it is not paid there
	Door       bool     // the carrier collects it, where it is sent
	Prepaid    bool     // goods wait until it is paid
	Credit     bool     // somebody lends: birth date, assessment, adverts have rules
}

// For returns the flow on a phone or on a larger screen.
func (m Method) For(phone bool) Flow {
	if m.Desk != "" && !phone {
		return m.Desk
	}
	return m.Flow
}

// Takes reports whether the scheme takes an amount from a buyer in a country,
// "" while it is unknown.
func (m Method) Takes(country string, of money.Amount) bool {
	if country != "" && len(m.Countries) > 0 && !slices.Contains(m.Countries, country) {
		return false
	}
	if !m.Pays(of.Currency) {
		return false
	}
	for _, r := range m.Ranges {
		if r.Currency == of.Currency && (of.Minor < r.Min || r.Max > 0 && of.Minor > r.Max) {
			return false
		}
	}
	return true
}

// Pays reports whether the scheme knows a currency.
func (m Method) Pays(c money.Currency) bool {
	return len(m.Currencies) == 0 || slices.Contains(m.Currencies, c)
}

// Wants reports whether the method needs something of the shopper.
func (m Method) Wants(n Need) bool { return slices.Contains(m.Needs, n) }

// Find returns a method by id.
func Find(id string) (Method, bool) {
	i := slices.IndexFunc(catalogue, func(m Method) bool { return m.ID == id })
	if i < 0 {
		return Method{}, false
	}
	return catalogue[i], true
}

// All returns every method, in the order merchants look for them.
func All() []Method { return slices.Clone(catalogue) }

// AtHome reports whether a wallet lies on devices of an operating system; "", one
// that is not known, may be any.
func (m Method) AtHome(system string) bool {
	return len(m.Systems) == 0 || system == "" || slices.Contains(m.Systems, system)
}
