package bank

import (
	"slices"
	"strings"
)

// Card is a published test card: its number is nobody's, and stands in the
// documentation of the payment services that publish it.
type Card struct {
	Number  string // digits only
	Brand   string // "visa"
	Country string // of the issuer
	Issuer  string // who offers instalments; "" when nobody does
	Does    string // the outcome
}

// BIN is the first six digits.
func (c Card) BIN() string { return c.Number[:6] }

// Last is the last four digits.
func (c Card) Last() string { return c.Number[len(c.Number)-4:] }

// cards is every number that the fields take. Anything else is refused in the
// browser already, so that nobody's card is tried by mistake.
var cards = []Card{
	{"4242424242424242", "visa", "US", "", Approve},
	{"5555555555554444", "mastercard", "US", "", Approve},
	{"378282246310005", "amex", "US", "", Approve},
	{"4000002760003184", "visa", "DE", "", Challenge},
	{"4000002500003155", "visa", "DE", "", SoftDecline},
	{"4000008400001629", "visa", "DE", "", ChallengeDecline},
	{"4000000000000002", "visa", "US", "", Decline},
	{"4000000000009995", "visa", "US", "", Insufficient},
	{"4000000000000069", "visa", "US", "", Expired},
	{"4000000000000127", "visa", "US", "", Code},
	{"4000000000009987", "visa", "US", "", Lost},
	{"4100000000000019", "visa", "US", "", Fraud},
	{"4000000000006975", "visa", "US", "", Limit},
	{"4000000000000119", "visa", "US", "", TryAgain},
	{"5528790000000008", "mastercard", "TR", "Halkbank", Approve},
	{"5526080000000006", "mastercard", "TR", "Akbank", Approve},
	{"4603450000000000", "visa", "TR", "DenizBank", Challenge},
	{"5170410000000004", "mastercard", "TR", "", Approve},
}

// Cards are the published cards that the fields take.
func Cards() []Card { return slices.Clone(cards) }

// digits is what is left of a number as people type it.
func digits(typed string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, typed)
}

// published finds a card by its number as it was typed.
func published(typed string) (Card, bool) {
	number := digits(typed)
	i := slices.IndexFunc(cards, func(c Card) bool { return c.Number == number })
	if i < 0 {
		return Card{}, false
	}
	return cards[i], true
}
