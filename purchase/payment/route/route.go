// Package route decides which payment gateway is asked, in which order, and
// what a gateway's *no* means for the next try.
//
// A decision has four steps. The first live rule whose condition is true gives
// an outcome: a list, or a split in percent; without one the flow's own route
// or the shop's default list serves, so there always is one. Gateways that do
// not take the method's kind, the currency or the instrument are left out. Of
// the rest, those whose breaker is open go to the end. A list that asks for it
// is ordered by the success each gateway had lately.
//
// After a known failure the table of retries, gateway × code, says whether
// another gateway is tried, the shopper proves who they are, the shopper is
// asked, or nothing. A code nobody wrote down means stop.
//
// A decision is a function of the rules, the facts and what the node has seen
// of its gateways; nothing is drawn by chance, so two nodes that saw the same
// decide the same. Never true: a second gateway named while the first may have
// taken the money. Silence has no row in the table: it is looked up.
package route

import (
	"embed"
	"math/rand/v2"
	"slices"

	"korzo/platform/fault"
	"korzo/purchase/payment"
	"korzo/value/money"
)

// Schema holds the tables of this package.
//
//go:embed schema/*.sql
var Schema embed.FS

// The failures a caller can act on.
var (
	ErrNone     = fault.New(fault.Unavailable, "route.none", "no payment gateway takes this payment: offer another method, or add a gateway for it to the default list")
	ErrNotFound = fault.New(fault.NotFound, "route.not_found", "there is no such rule or version: list the rules to see what there is")
	ErrInvalid  = fault.New(fault.Invalid, "route.invalid", "the routing cannot be used as written: mend what the message names")
	ErrState    = fault.New(fault.Conflict, "route.state", "the rule was changed meanwhile or is in another state: read it again")
)

// Facts is what is known of a payment when its gateway is chosen. What is
// unknown stays zero. Its JSON is logged with the decision, so it holds
// nothing personal.
type Facts struct {
	Payment        string         `json:"payment"` // its id: splits and exploration hang on it
	Amount         int64          `json:"amount"`  // minor units of Currency
	Currency       money.Currency `json:"currency"`
	Market         string         `json:"market,omitempty"`
	Channel        string         `json:"channel,omitempty"`
	Flow           string         `json:"flow,omitempty"`
	Method         string         `json:"method"`                 // the method's id
	Kind           string         `json:"kind"`                   // the method's kind, as gateways list them
	CardCountry    string         `json:"card_country,omitempty"` // of the BIN
	CardBrand      string         `json:"card_brand,omitempty"`   // of the BIN: "visa"
	CustomerKnown  bool           `json:"customer_known,omitempty"`
	CustomerOrders int64          `json:"customer_orders,omitempty"`

	// Route is the flow's own list of gateways. It stands in place of the
	// shop's default list; rules come before both.
	Route []string `json:"route,omitempty"`

	// Takers are the gateways that can use the shopper's instrument: a token
	// is often good at its maker only. Empty: all can.
	Takers []string `json:"takers,omitempty"`
}

// Gateway is what routing knows of a gateway.
type Gateway struct {
	Name       string
	Kinds      []string         // of methods it takes
	Currencies []money.Currency // it takes; empty: all
	Exemptions []string         // that it hands to the bank
}

// Of is what routing knows of these gateways.
func Of(gateways []payment.Gateway) []Gateway {
	all := make([]Gateway, len(gateways))
	for i, g := range gateways {
		all[i] = Gateway{Name: g.Name(), Kinds: g.Traits().Kinds, Exemptions: g.Traits().Exemptions}
	}
	return all
}

// asks reports whether the gateway hands an outcome's Proof to the bank.
func (g Gateway) asks(proof string) bool {
	return !slices.Contains(payment.Exemptions, proof) || slices.Contains(g.Exemptions, proof)
}

// refuses says why the gateway cannot take a payment; "" when it can.
func (g Gateway) refuses(f Facts) string {
	switch {
	case !slices.Contains(g.Kinds, f.Kind):
		return "does not take " + f.Kind
	case len(g.Currencies) > 0 && !slices.Contains(g.Currencies, f.Currency):
		return "does not take " + string(f.Currency)
	case len(f.Takers) > 0 && !slices.Contains(f.Takers, g.Name):
		return "cannot use this instrument"
	}
	return ""
}

// Config is what a Router may be told. Its zero value works.
type Config struct {
	// Jitter returns a number from 0 to n−1. It spreads the probes of nodes
	// whose breakers opened together. Nil: the machine's.
	Jitter func(n int64) int64

	// Explore returns a number from 0 to 999,999 for a payment, in which the
	// lowest ones explore. It must return the same for the same payment. Nil: a
	// hash of the payment's id, the same on every node.
	Explore func(payment string) int64
}

// Router decides, and remembers what it saw of the gateways: breakers and
// rates of success, which are its own and die with the process. It is safe for
// concurrent use.
type Router struct {
	gateways map[string]Gateway
	order    []string // as the shop lists them
	health   *health
	rates    *rates
	explore  func(payment string) int64
}

// New returns a Router over these gateways, in the shop's order.
func New(gateways []Gateway, c Config) *Router {
	if c.Jitter == nil {
		c.Jitter = rand.Int64N
	}
	if c.Explore == nil {
		c.Explore = exploreByHash
	}
	r := &Router{gateways: map[string]Gateway{}, health: newHealth(c.Jitter), rates: newRates(), explore: c.Explore}
	for _, g := range gateways {
		r.gateways[g.Name] = g
		r.order = append(r.order, g.Name)
	}
	return r
}
