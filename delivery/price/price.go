// Package price is the seam at which the price of a delivery is made.
//
// A Rule looks at a basket, or at what is known of it, and names a price or
// says that it does not deliver it. Each rule is one folder under rule/ and one
// line in its list; a delivery method carries the rule's kind and settings, and
// nobody else knows the implementations. A rule is pure: the same basket has the
// same price, whoever asks and whenever. The suite in pricetest holds every rule
// to that.
package price

import (
	"korzo/platform/fault"
	"korzo/value/money"
)

// ErrSettings reports settings that a rule cannot work with; its text names what is wrong.
var ErrSettings = fault.New(fault.Invalid, "price.settings", "the settings of the delivery price are not valid: mend the fields named")

// Basket is what a price may depend on. Its zero value is an empty basket to
// somewhere: a rule prices that too, for the first look at a cart.
type Basket struct {
	Goods money.Amount // after discounts, with or without tax as the market shows prices

	// Whole is the goods of the whole purchase where Goods is only a part of it
	// that travels by itself; without a currency Goods is all there is. What is
	// free from a sum on looks at Reached.
	Whole money.Amount

	WeightGrams int64
	VolumeCM3   int64 // of the boxes its units take; 0 is not known
	LongestMM   int64 // the longest side of the largest of them; 0 is not known
	Units       int64
	Groups      []string // the customer groups of who buys; none for a guest
	Country     string   // ISO 3166
	PostalCode  string
}

// Reached is the value of goods that counts towards a free delivery.
func (b Basket) Reached() money.Amount {
	if b.Whole.Currency != "" {
		return b.Whole
	}
	return b.Goods
}

// Explainer is a rule that can say why it does not deliver a basket, in plain
// English that follows on the method's name; "" when it does.
type Explainer interface {
	Rule
	Why(b Basket) string
}

// Grouped is a rule that may look at the customer groups of who buys.
type Grouped interface {
	Rule
	ForGroups() []string // that it asks for, as it is set; none: it does not look
}

// Rule prices a delivery. It is safe for concurrent use.
type Rule interface {
	// Price returns what the delivery of b costs, in the rule's currency, not
	// negative and a multiple of its charge step, or false if b is not delivered.
	Price(b Basket) (money.Amount, bool)
}
