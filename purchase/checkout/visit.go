package checkout

import (
	"context"
	"slices"
	"strings"

	"korzo/customer/consent"
	"korzo/customer/group"
	"korzo/customer/profile"
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
	v.Customer.Known = loaded.Cart.Customer != ""
	if !v.Customer.Known {
		return v, nil
	}
	asked := func(facts ...string) (bool, error) {
		for _, fact := range facts {
			if yes, err := flow.Needs(ctx, tx, fact); yes || err != nil {
				return yes, err
			}
		}
		return false, nil
	}
	return v, know(ctx, tx, &v.Customer, loaded.Cart.Customer, loaded.Quote.Currency, asked)
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
	asked, err := flow.Needs(ctx, tx, "visit.near_store")
	if err != nil || !asked || len(p.PostalCode) < sameTown {
		return err
	}
	all, err := inventory.Locations(ctx, tx)
	p.NearStore = slices.ContainsFunc(all, func(l inventory.Location) bool {
		return l.Pickup && !l.Closed && l.Country == p.Country && strings.HasPrefix(l.Address.PostalCode, p.PostalCode[:sameTown])
	})
	return err
}

// sameTown is how many characters of a postal code make a town, roughly.
const sameTown = 2

// BuyerOf is all that triggers may know of a customer, in a market of the currency.
func BuyerOf(ctx context.Context, tx *db.Tx, customer string, currency money.Currency) (b visitor.Buyer, err error) {
	b.Known = true
	return b, know(ctx, tx, &b, customer, currency, func(...string) (bool, error) { return true, nil })
}

// know reads what flows ask of a customer: of no other fact is anything read.
func know(ctx context.Context, tx *db.Tx, b *visitor.Buyer, customer string, currency money.Currency, asked func(facts ...string) (bool, error)) error {
	yes, err := asked("customer.orders", "customer.spent", "customer.average_order", "customer.last_order_days")
	if err != nil {
		return err
	}
	if yes {
		past, err := order.HistoryOf(ctx, tx, customer, currency)
		if err != nil {
			return err
		}
		b.Orders, b.Spent, b.LastOrder = past.Orders, past.Spent, past.Last
	}
	if yes, err = asked("customer.consent"); err != nil {
		return err
	}
	if yes {
		if b.Consent, err = allowed(ctx, tx, profile.CustomerID(customer)); err != nil {
			return err
		}
	}
	if yes, err = asked("customer.predicted_value", "customer.segments", "customer.tier", "customer.tags"); err != nil || !yes {
		return err
	}
	s, err := standing.Of(ctx, tx, customer)
	if err != nil {
		return err
	}
	groups, err := group.Of(ctx, tx, customer)
	b.Predicted, b.Tier, b.Tags, b.Segments = s.Predicted, s.Tier, s.Tags, slices.Concat(s.Segments, groups)
	return err
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
