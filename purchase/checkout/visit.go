package checkout

import (
	"context"
	"slices"
	"strings"

	"korzo/customer/consent"
	"korzo/customer/experiment"
	"korzo/customer/group"
	"korzo/customer/profile"
	"korzo/customer/segment"
	"korzo/customer/standing"
	"korzo/customer/visitor"
	"korzo/offer/inventory"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/purchase/cart"
	"korzo/purchase/flow"
	"korzo/purchase/order"
	"korzo/value/money"
)

// Needs says whether anybody asks for a fact, or for any that begins so
// ("customer."): what nobody asks for is not read.
type Needs func(ctx context.Context, tx *db.Tx, fact string) (bool, error)

// visited adds to a visit what cart and customer tell of it. The customer's
// past is read only where some flow asks for it.
func visited(ctx context.Context, tx *db.Tx, v flow.Visit, loaded cart.View) (flow.Visit, error) {
	v.Market, v.Channel = loaded.Cart.Market, loaded.Cart.Channel
	if v.Locale == "" {
		v.Locale = loaded.Cart.Locale
	}
	tree, err := taxonomy.Load(ctx, tx)
	if err != nil {
		return v, err
	}
	v.Cart = basketOf(loaded, tree)
	if err := near(ctx, tx, &v.Place); err != nil {
		return v, err
	}
	v.Customer, err = Know(ctx, tx, loaded.Cart.Customer, loaded.Quote.Currency, asked)
	return v, err
}

func basketOf(loaded cart.View, tree *taxonomy.Tree) visitor.Basket {
	b := visitor.Basket{Total: loaded.Quote.Total.Minor, WeightGrams: loaded.WeightGrams, Bundle: len(loaded.Parts) > 0}
	for _, l := range loaded.Priced() {
		b.Items += l.Quantity
	}
	for _, item := range loaded.Items {
		b.SKUs = append(b.SKUs, item.SKU)
		b.Tags = append(b.Tags, item.Tags...)
		for _, id := range item.Categories {
			for _, above := range tree.Path(id) {
				if c, ok := tree.Find(above); ok {
					b.Categories = append(b.Categories, c.Slug)
				}
			}
		}
	}
	for _, list := range []*[]string{&b.SKUs, &b.Tags, &b.Categories} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return b
}

// near finds out whether a place to collect from lies where a visitor is, where
// some flow asks for it: locations are remembered.
func near(ctx context.Context, tx *db.Tx, p *visitor.Place) error {
	yes, err := asked(ctx, tx, "visit.near_store")
	if err != nil || !yes || len(p.PostalCode) < sameTown {
		return err
	}
	all, err := inventory.Locations(ctx, tx)
	p.NearStore = slices.ContainsFunc(all, func(l inventory.Location) bool {
		return l.Pickup && !l.Closed && l.Country == p.Country && strings.HasPrefix(l.Address.PostalCode, p.PostalCode[:sameTown])
	})
	return err
}

// asked is what triggers of flows and targets of their experiments ask.
func asked(ctx context.Context, tx *db.Tx, fact string) (bool, error) {
	if yes, err := flow.Needs(ctx, tx, fact); yes || err != nil {
		return yes, err
	}
	return experiment.Needs(ctx, tx, experiment.PointFlow, fact)
}

// sameTown is how many characters of a postal code make a town, roughly.
const sameTown = 2

// BuyerOf is all that triggers may know of a customer, in a market of the currency.
func BuyerOf(ctx context.Context, tx *db.Tx, customer string, currency money.Currency) (visitor.Buyer, error) {
	return Know(ctx, tx, customer, currency, func(context.Context, *db.Tx, string) (bool, error) { return true, nil })
}

// Know reads what somebody asks of a customer, whose orders count in a currency;
// a guest ("") is the zero Buyer.
func Know(ctx context.Context, tx *db.Tx, customer string, in money.Currency, asks Needs) (b visitor.Buyer, err error) {
	if customer == "" {
		return b, nil
	}
	b.Known = true
	segmented, err := asks(ctx, tx, "customer.segments")
	asked := func(facts ...string) bool {
		for _, fact := range facts {
			yes := false
			if err == nil {
				yes, err = asks(ctx, tx, fact)
			}
			if err == nil && segmented && !yes { // what segments are made of
				yes, err = segment.Asks(ctx, tx, fact)
			}
			if yes {
				return true
			}
		}
		return false
	}
	if asked("customer.orders", "customer.spent", "customer.average_order", "customer.last_order_days") {
		past, err := order.HistoryOf(ctx, tx, customer, in)
		if err != nil {
			return b, err
		}
		b.Orders, b.Spent, b.LastOrder = past.Orders, past.Spent, past.Last
	}
	if asked("customer.consent") {
		if b.Consent, err = allowed(ctx, tx, profile.CustomerID(customer)); err != nil {
			return b, err
		}
	}
	if !asked("customer.predicted_value", "customer.segments", "customer.tier", "customer.tags") {
		return b, err
	}
	s, err := standing.Of(ctx, tx, customer)
	if err != nil {
		return b, err
	}
	b.Predicted, b.Tier, b.Tags = s.Predicted, s.Tier, s.Tags
	if segmented {
		b.Segments, err = together(ctx, tx, customer, b)
	}
	return b, err
}

// together are the ids of the groups that a customer was put into, and of the
// segments that they fulfil.
func together(ctx context.Context, tx *db.Tx, customer string, b visitor.Buyer) ([]string, error) {
	groups, err := group.Of(ctx, tx, customer)
	if err != nil {
		return nil, err
	}
	segments, err := segment.Of(ctx, tx, b)
	return slices.Concat(groups, segments), err
}

// allowed are the purposes that a customer allows now, in the order of consent.Purposes.
func allowed(ctx context.Context, tx *db.Tx, customer profile.CustomerID) (all []string, err error) {
	now, err := consent.Now(ctx, tx, customer)
	for _, p := range consent.Purposes {
		if now[p].Given {
			all = append(all, string(p))
		}
	}
	return all, err
}
