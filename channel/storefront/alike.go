package storefront

import (
	"cmp"
	"context"
	"slices"

	"korzo/offer/catalog"
	"korzo/platform/db"
)

const (
	alikeMost   = 4  // are shown: a row
	alikeLooked = 24 // of a category are compared
)

// missing reports whether what is chosen cannot be bought.
func (p productPage) missing() bool {
	o, ok := p.choose(string(p.chosen))
	return ok && o.sold && !o.buyable()
}

// inStores reports whether what is chosen lies at a counter.
func (p productPage) inStores() bool {
	return slices.ContainsFunc(p.delivery.pickup, func(c counter) bool { return c.units > 0 })
}

// resemble finds what can be bought in place of what cannot: what the merchant
// calls similar first, then of the same categories what is most like it.
func (p *productPage) resemble(ctx context.Context, tx *db.Tx, v *visit) error {
	if !p.missing() {
		return nil
	}
	for _, shelf := range p.related {
		if shelf.kind == catalog.RelationSimilar {
			p.alike = slices.DeleteFunc(slices.Clone(shelf.cards), func(c card) bool { return c.soldOut })
		}
	}
	if len(p.goods.Categories) > 0 && len(p.alike) < alikeMost {
		found, _, err := catalog.List(ctx, tx, catalog.Filter{Status: catalog.StatusActive, Channel: v.channel.ID, Categories: p.goods.Categories, Locale: v.Tag(), Limit: alikeLooked})
		if err != nil {
			return err
		}
		slices.SortStableFunc(found, func(a, b catalog.Product) int { return cmp.Compare(p.shares(b), p.shares(a)) })
		all, err := goodsOf(ctx, tx, v, found)
		if err != nil {
			return err
		}
		for _, g := range all {
			c := g.card(v)
			known := func(o card) bool { return o.slug == c.slug }
			if g.Product.ID != p.Product.ID && c.price != "" && !c.soldOut && !slices.ContainsFunc(p.alike, known) {
				p.alike = append(p.alike, c)
			}
		}
	}
	p.alike = p.alike[:min(len(p.alike), alikeMost)]
	return nil
}

// shares counts the values that another product says of itself as this one does.
func (p *productPage) shares(other catalog.Product) (n int) {
	for code, values := range p.goods.Attributes {
		for _, value := range values {
			if slices.Contains(other.Attributes[code], value) {
				n++
			}
		}
	}
	return n
}
