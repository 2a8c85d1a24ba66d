package cart

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"korzo/customer/segment"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/offer/pricing"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/purchase/buyer"
	"korzo/purchase/tax"
	"korzo/value/money"
)

// loaded is what a cart's contents are judged by.
type loaded struct {
	market    market.Market
	items     map[catalog.VariantID]catalog.Item
	prices    map[catalog.VariantID]money.Amount
	priors    map[catalog.VariantID]money.Amount // of what is on sale
	stock     inventory.Standing
	available map[catalog.VariantID]inventory.Availability
	tax       tax.Answer
	elsewhere map[LineID]tax.Answer // of lines that go somewhere else
	shipping  string                // the tax class of the delivery; "" is untaxed
	shared    bool                  // the delivery shares the goods' rates
	worth     map[string]int64      // of the goods before discounts, by class, where the delivery asks for it
	tree      *taxonomy.Tree
}

// rates are those of a class where a line goes.
func (l loaded) rates(line LineID, class string) []tax.Rate {
	if a, ok := l.elsewhere[line]; ok {
		return a.Rates[class]
	}
	return l.tax.Rates[class]
}

func load(ctx context.Context, tx *db.Tx, c Cart, o Options) (l loaded, err error) {
	if l.market, err = market.Find(ctx, tx, c.Market); err != nil {
		return l, err
	}
	if l.tree, err = taxonomy.Load(ctx, tx); err != nil {
		return l, err
	}
	variants := make([]catalog.VariantID, len(c.Lines))
	for i, line := range c.Lines {
		variants[i] = line.Variant
	}
	if len(variants) > 0 {
		if l.items, err = catalog.SellableIn(ctx, tx, c.Channel, c.Locale, variants); err != nil {
			return l, err
		}
		if variants, err = l.unpack(ctx, tx, c, variants); err != nil {
			return l, err
		}
		if err = l.price(ctx, tx, c, variants); err != nil {
			return l, err
		}
		if l.stock, err = inventory.StandingIn(ctx, tx, c.Channel, variants); err != nil {
			return l, err
		}
		if !c.HeldUntil.IsZero() { // what is held for this cart is its own to buy
			own, err := inventory.Held(ctx, tx, HolderOf(c.ID))
			if err != nil {
				return l, err
			}
			l.stock = l.stock.Without(own)
		}
		l.available = l.stock.All()
		l.count(c, places(c, o))
	}
	classes := []string{tax.Standard}
	for _, it := range l.items {
		if !slices.Contains(classes, it.TaxClass) {
			classes = append(classes, it.TaxClass)
		}
	}
	if l.shipping, err = shippingClass(ctx, tx, &l, c); err != nil {
		return l, err
	}
	if !slices.Contains(classes, l.shipping) {
		classes = append(classes, l.shipping)
	}
	q := tax.Query{Market: c.Market, Provider: o.Tax} // tax knows the market's own country, and today
	if a := o.Address; a != nil && a.Country != "" {
		q.Country, q.Region, q.PostalCode = a.Country, a.Region, a.PostalCode
	}
	return l, l.due(ctx, tx, q, tax.Buyer{Holder: cmp.Or(c.Customer, string(c.ID)), Company: o.Company, VATID: o.VATID}, classes, places(c, o))
}

func places(c Cart, o Options) []Place {
	if o.Places == nil {
		return nil
	}
	return o.Places(c.Lines)
}

// due asks for the tax where the cart goes, and where some of its lines go
// instead. Relief that holds for one place and not for the other is given for
// neither: one order has one reason for charging no tax.
func (l *loaded) due(ctx context.Context, tx *db.Tx, q tax.Query, buyer tax.Buyer, classes []string, places []Place) (err error) {
	if l.tax, err = tax.Due(ctx, tx, q, buyer, classes); err != nil || len(places) == 0 {
		return err
	}
	l.elsewhere = map[LineID]tax.Answer{}
	for _, p := range places {
		at := tax.Query{Market: q.Market, Provider: q.Provider, Country: p.Address.Country, Region: p.Address.Region, PostalCode: p.Address.PostalCode}
		a, err := tax.Due(ctx, tx, at, buyer, classes)
		if err != nil {
			return err
		}
		if a.Reason != l.tax.Reason {
			return l.due(ctx, tx, q, tax.Buyer{}, classes, places)
		}
		for _, line := range p.Lines {
			l.elsewhere[line] = a
		}
	}
	return nil
}

// unpack adds the parts of bundles to the items, in one statement more when
// there are bundles, and returns all variants that now count.
func (l *loaded) unpack(ctx context.Context, tx *db.Tx, c Cart, variants []catalog.VariantID) ([]catalog.VariantID, error) {
	var bundles [][]catalog.Part
	for _, it := range l.items {
		if len(it.Parts) > 0 {
			bundles = append(bundles, it.Parts)
		}
	}
	var more []catalog.VariantID
	for _, id := range catalog.PartIDs(bundles...) {
		if _, known := l.items[id]; !known {
			more = append(more, id)
		}
	}
	if len(more) == 0 {
		return variants, nil
	}
	parts, err := catalog.SellableIn(ctx, tx, c.Channel, c.Locale, more)
	maps.Copy(l.items, parts)
	return append(variants, more...), err
}

// shippingClass is the tax class of the delivery: as the market has it, or that
// of most of the goods' value.
func shippingClass(ctx context.Context, tx *db.Tx, l *loaded, c Cart) (string, error) {
	s, err := tax.FindSettings(ctx, tx, c.Market)
	if l.shared = s.ShippingClass == tax.ClassShared; err != nil || !l.shared && s.ShippingClass != tax.ClassGoods {
		return cmp.Or(s.ShippingClass, tax.Standard), err
	}
	class, most := tax.Standard, int64(0)
	l.worth = map[string]int64{}
	for _, line := range c.Lines {
		of := l.items[line.Variant].TaxClass
		if of == "" {
			continue
		}
		l.worth[of] += line.Quantity * l.prices[line.Variant].Minor
		if l.worth[of] > most || l.worth[of] == most && of < class {
			class, most = of, l.worth[of]
		}
	}
	return class, nil
}

// Pricing says what to ask prices for: a market, a channel, and the groups and
// segments a customer is in, where some price is for one. A guest is "".
func Pricing(ctx context.Context, tx *db.Tx, marketID, channel, customer string) (pricing.Query, error) {
	q := pricing.Query{Market: marketID, Channel: channel}
	named, err := pricing.Groups(ctx, tx, marketID)
	if err != nil || len(named) == 0 {
		return q, err
	}
	m, err := market.Find(ctx, tx, marketID)
	if err != nil {
		return q, err
	}
	q.Groups, err = buyer.Groups(ctx, tx, customer, m.Currency, slices.ContainsFunc(named, segment.Named))
	return q, err
}

// price asks what each line costs whoever's cart it is, in its quantity, and what
// it cost before a sale.
func (l *loaded) price(ctx context.Context, tx *db.Tx, c Cart, variants []catalog.VariantID) error {
	q, err := Pricing(ctx, tx, c.Market, c.Channel, c.Customer)
	if err != nil {
		return err
	}
	quantities := make(map[catalog.VariantID]int64, len(c.Lines))
	for _, line := range c.Lines {
		quantities[line.Variant] = line.Quantity
	}
	offers, err := pricing.Offers(ctx, tx, q, variants)
	l.prices = make(map[catalog.VariantID]money.Amount, len(offers))
	l.priors = map[catalog.VariantID]money.Amount{}
	for v, o := range offers {
		n := max(quantities[v], 1) // of a bundle's parts the price of one
		if price, ok := o.At(n); ok {
			l.prices[v] = price
		}
		if prior := o.PriorAt(n); !prior.IsZero() {
			l.priors[v] = prior
		}
	}
	return err
}

// standing names the categories of goods and those above them, by id and slug.
func standing(tree *taxonomy.Tree, ids []taxonomy.CategoryID) (names []string) {
	for _, id := range ids {
		for _, at := range tree.Path(id) {
			names = append(names, string(at))
			if c, ok := tree.Find(at); ok {
				names = append(names, c.Slug)
			}
		}
	}
	return names
}
