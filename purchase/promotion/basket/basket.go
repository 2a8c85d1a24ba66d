// Package basket is what a promotion sees of a purchase, and the two seams
// behind which promotions are made.
//
// A Condition looks at a Visit (the goods at their prices, the market, the
// customer, the time) and says whether a promotion is for it, or a stable reason
// why not. A Benefit looks at Goods, as earlier discounts left them, and names
// what it takes off. Each is one folder under condition/ or benefit/ and one line
// in the list there; nobody else knows the implementations. Both are pure: the
// same purchase has the same answer, whoever asks and in whatever order its
// lines stand.
//
// A benefit only proposes: quote spreads, rounds and cuts, so that no line ever
// costs less than nothing, or less than a minimum price.
package basket

import (
	"slices"
	"time"

	"korzo/platform/fault"
	"korzo/value/money"
)

// ErrSettings reports settings that a condition or benefit cannot work with;
// its text names what is wrong.
var ErrSettings = fault.New(fault.Invalid, "promotion.settings", "the settings of the promotion are not valid: mend the fields named")

// Item is what a promotion knows of the goods of a line. Categories holds ids
// and slugs, also those of the categories above.
type Item struct {
	Product    string   `json:"product,omitempty"`
	Variant    string   `json:"variant,omitempty"`
	Tags       []string `json:"tags,omitempty"`
	Categories []string `json:"categories,omitempty"`
}

// Names names goods by any of their names.
type Names struct {
	Products   []string `json:"products,omitempty"`
	Variants   []string `json:"variants,omitempty"`
	Tags       []string `json:"tags,omitempty"`
	Categories []string `json:"categories,omitempty"` // ids or slugs
}

// IsZero reports whether nothing is named.
func (n Names) IsZero() bool {
	return len(n.Products) == 0 && len(n.Variants) == 0 && len(n.Tags) == 0 && len(n.Categories) == 0
}

func (n Names) name(it Item) bool {
	return it.Product != "" && slices.Contains(n.Products, it.Product) ||
		it.Variant != "" && slices.Contains(n.Variants, it.Variant) ||
		meet(n.Tags, it.Tags) || meet(n.Categories, it.Categories)
}

func meet(a, b []string) bool {
	return slices.ContainsFunc(a, func(one string) bool { return slices.Contains(b, one) })
}

// Items is some of a shop's goods: those named, or all when none are, without
// the exceptions. The zero Items is everything.
type Items struct {
	Names
	Except Names `json:"except,omitzero"`
}

// IsZero reports whether it is everything.
func (s Items) IsZero() bool { return s.Names.IsZero() && s.Except.IsZero() }

// Holds reports whether an item is among them.
func (s Items) Holds(it Item) bool {
	return (s.Names.IsZero() || s.name(it)) && !s.Except.name(it)
}

// Line is some units of one item. Amounts are minor units of the purchase's currency.
type Line struct {
	Item
	Quantity  int64
	UnitPrice int64
	Left      int64 // what the line still costs; in a Visit, what it costs before any discount
	Takes     bool  // the benefit is for this line; in a Visit unused
}

// Customer is who buys, as far as that is known. The zero Customer is a guest
// of whom nothing is known yet.
type Customer struct {
	ID     string   // "" for a guest
	Groups []string // the groups the customer is in, and the segments
	Before bool     // has ordered here before, as a customer or under the same e-mail address
}

// Visit is what a condition judges.
type Visit struct {
	Market, Channel string
	Currency        money.Currency
	Now             time.Time
	Zone            *time.Location // the market's; nil is UTC
	Customer        Customer
	Lines           []Line // of what can be sold
	Total           int64  // of the lines before any discount
	Units           int64
}

// Why a purchase does not fulfil a condition. The reasons are stable; doors
// translate them.
const (
	ReasonTotal       = "cart_total"  // the goods cost too little, or too much
	ReasonQuantity    = "quantity"    // too few of the goods meant, or too many
	ReasonItems       = "items"       // none of the goods meant
	ReasonCustomer    = "customer"    // for other customers
	ReasonFirstOrder  = "first_order" // for first orders only
	ReasonMarket      = "wrong_market"
	ReasonChannel     = "wrong_channel"
	ReasonCurrency    = "wrong_currency" // no amount is set in the currency of the purchase
	ReasonTime        = "wrong_time"     // another day of the week, or hour
	ReasonRule        = "rule"           // the merchant's own rule says no
	ReasonNotAnswered = "rule_failed"    // the merchant's own rule could not be decided
)

// Needs says what a condition must know of the customer, which costs a
// statement, and what follows from it.
type Needs struct {
	Groups   bool
	Segments bool // among the groups, those that follow from rules
	Before   bool // whether they ordered here before
	Once     bool // it holds for a customer's one order only: two at once must not both have it
}

// And is what both need to know of the customer.
func (n Needs) And(m Needs) Needs {
	return Needs{Groups: n.Groups || m.Groups, Segments: n.Segments || m.Segments, Before: n.Before || m.Before}
}

// Condition decides whether a promotion is for a purchase. It is safe for
// concurrent use.
type Condition interface {
	// Unmet returns why v does not fulfil the condition, "" if it does.
	Unmet(v *Visit) string
	// Needs says what must be known of the customer.
	Needs() Needs
}

// Turn is when a benefit takes its turn among those of equal priority.
type Turn int

// The turns, in their order.
const (
	TurnUnits    Turn = iota // whole units, at the prices shown
	TurnPercent              // a part of what is left
	TurnFixed                // an amount
	TurnShipping             // off the delivery
)

// Goods is a basket at the moment when a benefit takes its turn. The lines
// stand in an order that does not depend on the shopper's.
type Goods struct {
	Currency money.Currency
	Step     int64 // what is charged is a multiple of it
	Lines    []Line
	Shipping int64 // what the delivery still costs
}

// Units counts the units, and adds up what they still cost, of the lines the
// benefit is for.
func (g *Goods) Units() (units, left int64) {
	for i := range g.Lines {
		if g.Lines[i].Takes {
			units += g.Lines[i].Quantity
			left += g.Lines[i].Left
		}
	}
	return units, left
}

// Effect is what a benefit takes off. Whatever is more than there is, or than a
// minimum price allows, is cut by quote.
type Effect struct {
	Spread   int64   // off the lines it is for, by what they still cost
	Lines    []int64 // or exactly this off each of Goods.Lines; nil for Spread
	Shipping int64
}

// Benefit makes a purchase cheaper. It is safe for concurrent use.
type Benefit interface {
	// Off returns what is taken off: not negative, a multiple of g.Step.
	Off(g *Goods) Effect
	// Turn says when.
	Turn() Turn
}

// Floor is a benefit of another kind: it takes nothing off, but says how low
// discounts may go.
type Floor interface {
	Benefit
	// Floor returns the least that the line may cost after all discounts, as if
	// it were without limit: quote never raises a price.
	Floor(l *Line, c money.Currency, step int64) int64
}
