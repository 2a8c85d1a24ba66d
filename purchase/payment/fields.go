package payment

import (
	"context"
	"slices"
	"strings"

	"korzo/value/money"
)

// Fields are card fields on a gateway's own origin: a page shows them in a
// frame, and gets a token for what was typed; no number comes near the shop.
// A gateway with a Page and no URL has none that could stand in a frame: every
// shopper is asked to its page.
type Fields struct {
	Origin string // "https://pay.example": the only one that is framed and listened to
	URL    string // of the page in the frame
	Proof  bool   // the page of Origin where cardholders prove who they are may stand in anybody's frame
	Page   string // the instrument with which Authorize asks the shopper to a page of the gateway's own: how a page without a script pays
}

// Hosting is a Gateway with card fields of its own.
type Hosting interface {
	Gateway

	// Fields does no call.
	Fields() Fields
}

// Plan is a way to pay a sum in instalments, as the card's issuer offers it.
// What the buyer pays and what the merchant is charged are kept apart.
type Plan struct {
	Count      int64 // months; 1 is at once
	Each, Last money.Amount
	Total      money.Amount // what the issuer takes from the buyer in all; the merchant gets the order's total
	CostPPM    int64        // what the merchant is charged, in parts per million of the order's total
}

// Planner is a Gateway whose cards may be paid in instalments.
type Planner interface {
	Gateway

	// Plans are the ways to pay a sum with an instrument, at once first. It is a
	// call: ask it outside any transaction.
	Plans(ctx context.Context, instrument string, of money.Amount) ([]Plan, error)

	// WithPlan is the instrument for paying in so many instalments.
	WithPlan(instrument string, count int64) string
}

// Fields returns the card fields of a gateway, false when it has none.
func (p *Payments) Fields(gateway string) (Fields, bool) {
	h, ok := p.gateways[gateway].(Hosting)
	if !ok {
		return Fields{}, false
	}
	return h.Fields(), true
}

// Framable reports whether a page that a shopper is sent to may stand in a frame:
// it is the page of proof of a gateway that allows that.
func (p *Payments) Framable(page string) bool {
	for _, name := range p.order {
		if f, ok := p.Fields(name); ok && f.Proof && strings.HasPrefix(page, f.Origin+"/") {
			return true
		}
	}
	return false
}

// FieldOrigins are the origins of all card fields, for a page's policy.
func (p *Payments) FieldOrigins() (all []string) {
	for _, name := range p.order {
		if f, ok := p.Fields(name); ok && f.Origin != "" && !slices.Contains(all, f.Origin) {
			all = append(all, f.Origin)
		}
	}
	return all
}

// Instructions tell how to pay by hand what an attempt still lacks, false when its
// gateway takes the money itself.
func (p *Payments) Instructions(a Attempt, lacks money.Amount) (Instructions, bool) {
	g, ok := p.gateways[a.Gateway].(Instructing)
	if !ok {
		return Instructions{}, false
	}
	known := a.known()
	known.Amount = lacks
	return g.Instructions(known), true
}
