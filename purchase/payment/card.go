package payment

import (
	"cmp"
	"encoding/json"
	"strings"
)

// brands are the names of card brands.
var brands = map[string]string{"visa": "Visa", "mastercard": "Mastercard", "amex": "American Express",
	"cartes_bancaires": "Cartes Bancaires", "diners": "Diners Club", "discover": "Discover", "jcb": "JCB", "maestro": "Maestro", "unionpay": "UnionPay"}

// Card is what a token, or its gateway's answer, tells of the card behind it.
// The zero Card tells nothing.
type Card struct {
	Brand   string `json:"brand,omitempty"`   // "visa"
	Country string `json:"country,omitempty"` // of the issuer, ISO 3166
	Last    string `json:"last,omitempty"`    // four digits
}

// BrandName is what people call a brand of cards.
func BrandName(brand string) string { return cmp.Or(brands[brand], brand) }

// counted is the brand under which figures count it: "other" for one that has no
// name here, "" where none is known.
func (c Card) counted() string {
	if c.Brand != "" && brands[c.Brand] == "" {
		return "other"
	}
	return c.Brand
}

// text is the card as it is kept; "" for nothing.
func (c Card) text() string {
	if c == (Card{}) {
		return ""
	}
	text, err := json.Marshal(c)
	if err != nil {
		panic(err) // texts
	}
	return string(text)
}

// Name is how people know their card: by its brand and its last digits.
func (c Card) Name() string {
	brand := BrandName(c.Brand)
	if c.Last == "" {
		return cmp.Or(brand, "••••")
	}
	return strings.TrimSpace(brand + " •••• " + c.Last)
}

// Reader is a Gateway that knows its own tokens by their form.
type Reader interface {
	Gateway

	// Read does no call. Usable is false for a token that this gateway cannot
	// pay with, such as another provider's.
	Read(instrument string) (card Card, usable bool)
}

// Read tells what is known of an instrument, and which gateways can use it; nil
// when all can.
func (p *Payments) Read(instrument string) (card Card, takers []string) {
	all := true
	for _, name := range p.order {
		usable := true
		if r, ok := p.gateways[name].(Reader); ok && instrument != "" {
			var told Card
			if told, usable = r.Read(instrument); usable && card == (Card{}) {
				card = told
			}
		}
		if usable {
			takers = append(takers, name)
		}
		all = all && usable
	}
	if all {
		return card, nil
	}
	return card, takers
}
