package amend

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"korzo/customer/group"
	"korzo/customer/profile"
	"korzo/delivery/method"
	"korzo/delivery/price"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/offer/pricing"
	"korzo/platform/db"
	"korzo/platform/id"
	"korzo/purchase/cart"
	"korzo/purchase/order"
	"korzo/purchase/quote"
	"korzo/purchase/tax"
	"korzo/value/address"
	"korzo/value/money"
)

// edition is what an edit is priced by.
type edition struct {
	s      *Amendments
	order  order.Order
	market market.Market
	items  map[catalog.VariantID]catalog.Item
	to     address.Address // where what is sent goes, or will
	buyer  tax.Buyer
	moved  bool
}

// edit prices what an edit adds, at what it costs now, and what its delivery
// costs more or less: what was placed keeps its frozen worth.
func (s *Amendments) edit(ctx context.Context, tx *db.Tx, r Request, o order.Order, a *Amendment, left rest) error {
	if o.Imported || o.State != order.StatePlaced {
		return ErrBegun
	}
	waits, err := selectAwaiting(ctx, tx, o.ID)
	if err != nil {
		return err
	}
	if len(waits) > 0 {
		return ErrWaits
	}
	e, err := s.edition(ctx, tx, r, o)
	if err != nil {
		return err
	}
	if len(r.Add) > 0 {
		if err := e.add(ctx, tx, r.Add, a); err != nil {
			return err
		}
	}
	if len(r.Add) > 0 || e.moved {
		if err := e.ship(ctx, tx, a, left); err != nil {
			return err
		}
	}
	if a.moves = e.moved; e.moved {
		if a.Promises, err = promises(ctx, tx, o, e.to.Country); err != nil {
			return err
		}
	}
	a.Added = a.Addition.Total(o.TaxIncluded, o.Currency())
	info, _ := money.Find(o.Currency())
	if net := a.Added.Minus(a.Total()); net.Minor > 0 {
		a.ToPay = net
		if over := net.Minor % max(info.ChargeStep, 1); over > 0 { // what no coin pays is a gift
			a.Goodwill.Minor, a.ToPay.Minor = a.Goodwill.Minor+over, net.Minor-over
		}
	}
	if a.Added.IsZero() && a.Total().IsZero() && !e.moved {
		return ErrNothing
	}
	return nil
}

// edition reads what prices depend on.
func (s *Amendments) edition(ctx context.Context, tx *db.Tx, r Request, o order.Order) (e edition, err error) {
	e = edition{s: s, order: o}
	if e.market, err = market.Find(ctx, tx, o.Market); err != nil {
		return e, err
	}
	c, err := profile.FindContact(ctx, tx, s.Keeper, profile.ContactID(o.Contact))
	if err != nil {
		return e, err
	}
	e.to, e.buyer = c.Shipping, tax.Buyer{Holder: cmp.Or(o.Customer, o.Cart), Company: c.Company, VATID: c.VATID}
	if r.Address != nil {
		to := r.Address.Clean()
		if problems := to.Check(); len(problems) > 0 {
			return e, profile.ErrAddress.With(problems[0].Field + ": " + problems[0].Text)
		}
		e.moved, e.to = to != c.Shipping, to
		if err := e.reaches(ctx, tx, c.Shipping); err != nil {
			return e, err
		}
	}
	var variants []catalog.VariantID
	for _, l := range o.Lines {
		if l.Kind == catalog.KindGoods && !slices.Contains(variants, catalog.VariantID(l.Variant)) {
			variants = append(variants, catalog.VariantID(l.Variant))
		}
	}
	for _, add := range r.Add {
		if !slices.Contains(variants, add.Variant) {
			variants = append(variants, add.Variant)
		}
	}
	if e.items, err = catalog.SellableIn(ctx, tx, o.Channel, o.Locale, variants); err != nil {
		return e, err
	}
	return e, e.taxed(ctx, tx)
}

// reaches refuses another address for what nobody sends. An order of which all is
// collected and that has none may be given one in the country where it is
// collected, so that it can be sent instead.
func (e edition) reaches(ctx context.Context, tx *db.Tx, before address.Address) error {
	if !e.moved || slices.ContainsFunc(e.order.Groups, func(g order.Group) bool { return g.Kind == method.Ship }) {
		return nil
	}
	if before.Country != "" {
		return ErrNoWay
	}
	for _, g := range e.order.Groups {
		l, err := inventory.FindLocation(ctx, tx, g.Location)
		if err == nil && l.Country != e.to.Country {
			err = ErrNoWay
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// taxed refuses an address at which other tax is due on what was placed.
func (e edition) taxed(ctx context.Context, tx *db.Tx) error {
	if !e.moved {
		return nil
	}
	for _, l := range e.order.Lines {
		g, ok := e.group(l.Group)
		if !ok || g.Kind != method.Ship || l.Total.IsZero() || l.Kind == order.KindBundle {
			continue
		}
		rates, err := e.rates(ctx, tx, g, l.TaxClass)
		if err != nil {
			return err
		}
		same := len(rates) == len(l.Taxes)
		for i := range rates {
			same = same && rates[i].Country == l.Taxes[i].Country && rates[i].Region == l.Taxes[i].Region && rates[i].PPM == l.Taxes[i].PPM
		}
		if !same {
			return ErrTaxed
		}
	}
	return nil
}

func (e edition) group(id order.GroupID) (order.Group, bool) {
	i := slices.IndexFunc(e.order.Groups, func(g order.Group) bool { return g.ID == id || id == "" && g.Kind == method.Ship })
	if i < 0 && id == "" && len(e.order.Groups) > 0 {
		i = 0
	}
	if i < 0 {
		return order.Group{}, false
	}
	return e.order.Groups[i], true
}

// rates are the tax of a class where a group goes. Relief that the order was
// placed with, or would have now, is for an order of its own.
func (e edition) rates(ctx context.Context, tx *db.Tx, g order.Group, class string) ([]tax.Rate, error) {
	q := tax.Query{Market: e.order.Market, Country: e.to.Country, Region: e.to.Region, PostalCode: e.to.PostalCode, Provider: tax.ProviderOf(e.order.TaxReason)}
	if g.Kind == method.Pickup {
		l, err := inventory.FindLocation(ctx, tx, g.Location)
		if err != nil {
			return nil, err
		}
		q.Country, q.Region, q.PostalCode = l.Country, l.Address.Region, l.Address.PostalCode
	}
	due, err := tax.Due(ctx, tx, q, e.buyer, []string{class})
	if err == nil && e.order.TaxIncluded != (e.market.TaxIncluded && due.Reason == "") {
		err = ErrTaxed
	}
	return due.Rates[class], err
}

// add prices goods that are added.
func (e edition) add(ctx context.Context, tx *db.Tx, all []Addition, a *Amendment) error {
	quantities := map[catalog.VariantID]int64{}
	for _, x := range all {
		quantities[x.Variant] += x.Units
	}
	q, err := cart.Pricing(ctx, tx, e.order.Market, e.order.Channel, e.order.Customer)
	if err != nil {
		return err
	}
	prices, err := pricing.ForLines(ctx, tx, q, quantities)
	if err != nil {
		return err
	}
	b := quote.Basket{Currency: e.order.Currency(), TaxIncluded: e.order.TaxIncluded, TaxRounding: quote.Rounding(e.market.TaxRounding)}
	for i, x := range all {
		it, known := e.items[x.Variant]
		g, there := e.group(x.Group)
		unit, priced := prices[x.Variant]
		if !known || !it.Active || it.Kind != catalog.KindGoods || len(it.Parts) > 0 || !there || g.Added != "" || !priced || unit.Currency != b.Currency || x.Units < 1 || x.Units > money.MaxUnits {
			return ErrAdd
		}
		rates, err := e.rates(ctx, tx, g, it.TaxClass)
		if err != nil {
			return err
		}
		b.Lines = append(b.Lines, quote.Line{ID: fmt.Sprintf("%03d", i), Product: string(it.ProductID), Variant: string(x.Variant), SKU: it.SKU, Quantity: x.Units, UnitPrice: unit, TaxClass: it.TaxClass, Rates: rates})
		a.Addition.Lines = append(a.Addition.Lines, order.Line{ID: id.New[order.LineID]("oli", tx.Now), Group: g.ID, Kind: it.Kind, Product: string(it.ProductID), Variant: string(x.Variant),
			SKU: it.SKU, Title: it.Title, Image: it.Image.Blob, Quantity: x.Units, UnitPrice: unit, UnitCost: it.UnitCost, TaxClass: it.TaxClass, Refunded: money.Of(0, b.Currency)})
	}
	b.Shipping.Price = money.Of(0, b.Currency)
	priced, err := quote.Compute(b)
	for i, l := range priced.Lines {
		to := &a.Addition.Lines[i]
		to.Subtotal, to.Discount, to.Tax, to.Total, to.Taxes = l.Gross, l.Discount, l.Tax, l.Total, taxesOf(l.Taxes)
	}
	return err
}

func taxesOf(lines []quote.TaxLine) (all []order.Tax) {
	for _, t := range lines {
		all = append(all, order.Tax{Name: t.Rate.Name, Country: t.Rate.Country, Region: t.Rate.Region, PPM: t.Rate.PPM, Base: t.Base, Amount: t.Amount})
	}
	return all
}

// ship prices the delivery of what is sent anew, by what it was and where it went
// when it was placed: more is a charge of its own, less goes back.
func (e edition) ship(ctx context.Context, tx *db.Tx, a *Amendment, left rest) error {
	for _, g := range e.order.Groups {
		if g.Kind != method.Ship || g.Added != "" {
			continue
		}
		now, err := e.costs(ctx, tx, g, *a)
		if err != nil {
			return err
		}
		paid := g.Price
		for _, more := range e.order.Groups {
			if more.Added != "" && more.Method == g.Method {
				paid = paid.Plus(more.Price)
			}
		}
		edits, err := selectEditedShipping(ctx, tx, e.order.ID)
		if err != nil {
			return err
		}
		diff := now.Minus(paid)
		diff.Minor += edits // a dearer way after a cheaper one costs what the first did
		if err := e.differ(ctx, tx, g, diff, a, left); err != nil {
			return err
		}
		break // what is sent is one group, or several of which the first pays
	}
	return nil
}

// differ charges a difference of a delivery's price, or gives it back.
func (e edition) differ(ctx context.Context, tx *db.Tx, g order.Group, diff money.Amount, a *Amendment, left rest) error {
	if diff.Minor == 0 || diff.Minor < 0 && left.shipping.Minor <= 0 {
		return nil
	}
	rates, err := e.deliveryRates(ctx, tx, g)
	if err != nil {
		return err
	}
	amount := diff
	amount.Minor = max(diff.Minor, -diff.Minor)
	q, err := quote.Compute(quote.Basket{Currency: diff.Currency, TaxIncluded: e.order.TaxIncluded, TaxRounding: quote.Rounding(e.market.TaxRounding),
		Shipping: quote.Shipping{Price: amount, Rates: rates}})
	if err != nil {
		return err
	}
	if diff.Minor < 0 {
		a.Shipping = money.Of(min(q.Total.Minor, left.shipping.Minor), diff.Currency)
		return nil
	}
	p := q.Shipping
	a.Addition.Groups = append(a.Addition.Groups, order.Group{ID: id.New[order.GroupID]("grp", tx.Now), Kind: g.Kind, Method: g.Method, Name: g.Name, Location: g.Location,
		Price: p.Total, Discount: money.Of(0, diff.Currency), Tax: p.Tax, Taxes: taxesOf(p.Taxes)})
	return nil
}

// deliveryRates are the tax of a delivery: of the market's class for it, or of
// the goods that are worth most.
func (e edition) deliveryRates(ctx context.Context, tx *db.Tx, g order.Group) ([]tax.Rate, error) {
	if !e.market.TaxShipping {
		return nil, nil
	}
	s, err := tax.FindSettings(ctx, tx, e.order.Market)
	if err != nil {
		return nil, err
	}
	class := cmp.Or(s.ShippingClass, tax.Standard)
	if class == tax.ClassGoods || class == tax.ClassShared {
		most := int64(-1)
		for _, l := range e.order.Lines {
			if l.Total.Minor > most && l.Kind == catalog.KindGoods {
				class, most = l.TaxClass, l.Total.Minor
			}
		}
	}
	return e.rates(ctx, tx, g, class)
}

// costs is what a group's method asks for what will be in it.
func (e edition) costs(ctx context.Context, tx *db.Tx, g order.Group, a Amendment) (money.Amount, error) {
	b := price.Basket{Goods: money.Of(0, e.order.Currency()), Whole: money.Of(0, e.order.Currency())}
	before, err := selectUnits(ctx, tx, e.order.ID)
	if err != nil {
		return b.Goods, err
	}
	for _, l := range slices.Concat(e.order.Lines, a.Addition.Lines) {
		gone := before[l.ID]
		for _, out := range a.Lines {
			if out.Line == l.ID {
				gone += out.Units
			}
		}
		units := l.Quantity - gone
		if l.Kind != catalog.KindGoods || units < 1 {
			continue
		}
		worth := l.Total.Ratio(units, l.Quantity, 1)
		if b.Whole = b.Whole.Plus(worth); l.Group != g.ID {
			continue
		}
		it := e.items[catalog.VariantID(l.Variant)]
		b.Goods, b.Units, b.WeightGrams = b.Goods.Plus(worth), b.Units+units, b.WeightGrams+units*it.WeightGrams
		b.VolumeCM3, b.LongestMM = b.VolumeCM3+units*it.Size.Volume(), max(b.LongestMM, it.Size.Longest())
	}
	groups, err := group.Of(ctx, tx, e.order.Customer)
	if err != nil {
		return b.Goods, err
	}
	options, err := method.Options(ctx, tx, method.Query{Market: e.order.Market, Country: e.to.Country, PostalCode: e.to.PostalCode, Basket: b, Groups: groups,
		Locale: e.order.Locale, Now: tx.Now, Allowed: []string{g.Method}})
	if err == nil && len(options) == 0 {
		err = ErrNoWay
	}
	if err != nil {
		return b.Goods, err
	}
	return options[0].Price, nil
}
