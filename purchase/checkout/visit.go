package checkout

import (
	"context"
	"slices"
	"strings"

	"korzo/customer/experiment"
	"korzo/customer/visitor"
	"korzo/offer/inventory"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/purchase/buyer"
	"korzo/purchase/cart"
	"korzo/purchase/flow"
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
	v.Customer, err = buyer.Know(ctx, tx, loaded.Cart.Customer, loaded.Quote.Currency, asked)
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
