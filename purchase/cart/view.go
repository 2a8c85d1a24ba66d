package cart

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"korzo/customer/group"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/offer/pricing"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/purchase/promotion"
	"korzo/purchase/promotion/basket"
	"korzo/purchase/quote"
	"korzo/purchase/tax"
	"korzo/value/address"
	"korzo/value/calendar"
	"korzo/value/money"
)

// Options say for whom and where to a cart is priced. The zero value is a
// guest in the market's own country, without shipping.
type Options struct {
	Caller  Caller
	Address *address.Address // where it goes, as far as it is known; nil or without a country: the market's
	// Shipping is the delivery. Without Rates it bears the rates of the
	// standard class where the market taxes shipping.
	Shipping quote.Shipping
	Company  string          // a business buys; with VATID
	VATID    string          // as typed; one that cannot be one counts as none
	Buyer    promotion.Buyer // whose promotions; the zero Buyer is a guest of whom nothing is known
	// Places says of the cart's lines which go somewhere else, such as to a shop
	// where they are collected; nil: none.
	Places func(lines []Line) []Place
}

// Place is where some lines of a cart go: they are taxed there.
type Place struct {
	Lines   []LineID
	Address address.Address // Country, Region and PostalCode count
}

// The codes of problems. Each keeps a cart from being bought.
const (
	ProblemNotSellable = "not_sellable"       // the line is left out of the quote
	ProblemNoPrice     = "no_price"           // the line is left out of the quote
	ProblemShort       = "insufficient_stock" // see Available
	ProblemTooLarge    = "too_large"          // nothing is priced
)

// Problem says what keeps a cart from being bought, and what to do.
type Problem struct {
	Code      string
	Line      LineID // empty: the cart as a whole
	Text      string // plain English, with the remedy
	Available int64  // with ProblemShort: how many there are
}

// View is a cart with everything a door shows of it, as it is now.
//
// A line that cannot be sold (its product is gone, or has no price here) stays
// in Cart.Lines with a problem and is left out of Basket and Quote: a shopper
// should see what became of it, and never pay for it.
type View struct {
	Cart        Cart
	Items       map[catalog.VariantID]catalog.Item // unknown variants are missing
	Basket      quote.Basket                       // what Quote was computed from; line IDs are the cart's, but for parts
	Parts       map[string]Part                    // the lines of Basket and Quote that are parts of a bundle, by ID
	Quote       quote.Quote
	Codes       []promotion.Code // an answer for each of Cart.Codes, in their order
	Automatic   []promotion.Code // and for each promotion that applies by itself
	Problems    []Problem
	WeightGrams int64      // of the lines in Basket, for shipping
	Units       int64      // of the lines in Basket
	Tax         tax.Answer // why no tax is charged, if none is
	// Ready is the day on which the last of the lines that wait for stock has
	// come; zero when none waits, or nobody knows the day.
	Ready calendar.Date
	// Waiting are the lines of which some units have to come in first, and when.
	Waiting map[LineID]calendar.Date

	spared   []sparing             // what is in the price of a delivery that this buyer need not pay
	delivery map[LineID][]tax.Rate // of what goes elsewhere: the rates of its delivery
}

// Load reads a cart and prices it: ErrNotFound as Find. The number of
// statements does not depend on the number of lines.
func Load(ctx context.Context, tx *db.Tx, id ID, o Options) (View, error) {
	c, err := Find(ctx, tx, id, o.Caller)
	if err != nil {
		return View{}, err
	}
	return Show(ctx, tx, c, o)
}

// Show is Load for a cart that was just read or changed, which saves reading it again.
func Show(ctx context.Context, tx *db.Tx, c Cart, o Options) (View, error) {
	v := View{Cart: c}
	l, err := load(ctx, tx, c, o)
	if err == nil {
		v.Items = l.items
		v.fill(l)
		err = v.discount(ctx, tx, l.market, o.Buyer)
	}
	if err == nil {
		v, err = v.Ship(o.Shipping)
	}
	if err != nil {
		return View{}, fmt.Errorf("show cart: %w", err)
	}
	return v, nil
}

// Ship returns the view priced with another delivery. It reads nothing, so a
// checkout may price each of its shipping options.
func (v View) Ship(s quote.Shipping) (View, error) {
	if s.Rates == nil {
		s.Rates = v.Basket.Shipping.Rates
	}
	s.AsGoods = s.AsGoods || v.Basket.Shipping.AsGoods
	s.Price = spare(s.Price, v.spared)
	v.Basket.Shipping = s
	v.Problems = slices.DeleteFunc(slices.Clone(v.Problems), func(p Problem) bool { return p.Code == ProblemTooLarge })
	q, err := quote.Compute(v.Basket)
	if errors.Is(err, quote.ErrTooLarge) {
		v.Quote = quote.Quote{Currency: v.Basket.Currency, TaxIncluded: v.Basket.TaxIncluded}
		v.Problems = append(v.Problems, Problem{Code: ProblemTooLarge, Text: quote.ErrTooLarge.Text})
		return v, nil
	}
	if err != nil {
		return View{}, err
	}
	v.Quote = q
	v.answer()
	return v, nil
}

// Leg is a part of a delivery: which lines go there, and what it costs.
type Leg struct {
	Lines []LineID // at least one; the first says by which rates the leg is taxed
	Price money.Amount
}

// ShipLegs is Ship for a cart that travels in several parts, each taxed where
// it goes.
func (v View) ShipLegs(legs []Leg) (View, error) {
	var s quote.Shipping
	for _, l := range legs {
		rates, elsewhere := v.delivery[l.Lines[0]]
		if !elsewhere {
			rates = v.Basket.Shipping.Rates
		}
		leg := quote.Leg{Price: spare(l.Price, v.spared), Rates: rates}
		for _, id := range l.Lines {
			leg.Lines = append(leg.Lines, string(id))
		}
		s.Legs = append(s.Legs, leg)
	}
	s.Price = money.Of(0, v.Cart.Currency)
	return v.Ship(s)
}

// Part is what some lines of a cart are to a delivery: what they weigh, how many
// units they are, what they cost after discounts, and when the last of them is there.
func (v View) Part(lines []LineID) (grams, units int64, goods money.Amount, ready calendar.Date) {
	goods = money.Of(0, v.Cart.Currency)
	for _, l := range v.Cart.Lines {
		if !slices.Contains(lines, l.ID) {
			continue
		}
		units += l.Quantity
		grams += l.Quantity * v.weighs(v.Items[l.Variant])
		if until := v.Waiting[l.ID]; ready.Before(until) {
			ready = until
		}
	}
	for _, l := range v.Quote.Lines {
		id := LineID(l.ID)
		if part, bundled := v.Parts[l.ID]; bundled {
			id = part.Line
		}
		if slices.Contains(lines, id) {
			goods = goods.Plus(l.Total)
		}
	}
	return grams, units, goods, ready
}

// weighs is what one unit of an item weighs: of a bundle what it says itself,
// or what its parts do.
func (v View) weighs(it catalog.Item) (grams int64) {
	if it.WeightGrams > 0 || len(it.Parts) == 0 {
		return it.WeightGrams
	}
	for _, p := range it.Parts {
		grams += p.Quantity * v.Items[p.Variant].WeightGrams
	}
	return grams
}

// answer adds to what promotions say what became of their discounts: one that
// takes nothing off does not apply.
func (v *View) answer() {
	v.Codes, v.Automatic = slices.Clone(v.Codes), slices.Clone(v.Automatic)
	for _, answers := range [][]promotion.Code{v.Codes, v.Automatic} {
		for i := range answers {
			a := &answers[i]
			if a.Discount.Promotion == "" {
				continue
			}
			for j := range v.Quote.Discounts {
				if o := &v.Quote.Discounts[j]; o.Promotion == a.Discount.Promotion {
					a.Reason, a.Applied = o.Reason, o.Reason == ""
				}
			}
		}
	}
}

// Uses are what placing the order would use: the promotions that take something off.
func (v View) Uses() (uses []promotion.Use) {
	for i := range v.Quote.Discounts {
		if o := &v.Quote.Discounts[i]; !o.Amount().IsZero() {
			uses = append(uses, promotion.Use{Promotion: o.Promotion, Code: o.Code, Amount: o.Amount(), Counted: o.Counted})
		}
	}
	return uses
}

// Stocked reports whether stock is kept of an item: of goods it is, of a file,
// a fee or a donation it is not.
func Stocked(it catalog.Item) bool { return it.Kind == catalog.KindGoods }

// loaded is what a cart's contents are judged by.
type loaded struct {
	market    market.Market
	items     map[catalog.VariantID]catalog.Item
	prices    map[catalog.VariantID]money.Amount
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
		if l.prices, err = priced(ctx, tx, c, variants); err != nil {
			return l, err
		}
		if l.available, err = inventory.AvailableIn(ctx, tx, c.Channel, variants); err != nil {
			return l, err
		}
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
	q := tax.Query{Market: c.Market} // tax knows the market's own country, and today
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
		at := tax.Query{Market: q.Market, Country: p.Address.Country, Region: p.Address.Region, PostalCode: p.Address.PostalCode}
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

// sparing is a share of a delivery's price that contains a rate of tax which
// this buyer need not pay.
type sparing struct{ weight, ppm int64 }

// spare takes out of a price the tax that its shares contain.
func spare(price money.Amount, all []sparing) money.Amount {
	if len(all) == 0 {
		return price
	}
	weights := make([]int64, len(all))
	for i, s := range all {
		weights[i] = s.weight
	}
	sum := money.Of(0, price.Currency)
	for i, part := range price.Split(weights...) {
		sum = sum.Plus(without(part, all[i].ppm))
	}
	return sum
}

// sparedOf is what a delivery's price contains of taxes that are spared.
func (l *loaded) sparedOf(spared map[string]int64) (all []sparing) {
	if len(spared) == 0 {
		return nil
	}
	if l.shared {
		for _, class := range slices.Sorted(maps.Keys(l.worth)) {
			if l.worth[class] > 0 {
				all = append(all, sparing{l.worth[class], spared[class]})
			}
		}
	}
	if len(all) == 0 {
		all = []sparing{{1, spared[l.shipping]}}
	}
	return all
}

// without takes out of a price the tax it contains at a rate, in whole steps of
// what can be charged.
func without(price money.Amount, ppm int64) money.Amount {
	if ppm == 0 {
		return price
	}
	info, _ := money.Find(price.Currency)
	return price.Ratio(money.Million, money.Million+ppm, max(info.ChargeStep, 1))
}

// Pricing says what to ask prices for: a market, a channel, and the groups a
// customer is in, where some price is for a group. A guest is "".
func Pricing(ctx context.Context, tx *db.Tx, market, channel, customer string) (pricing.Query, error) {
	q := pricing.Query{Market: market, Channel: channel}
	needed, err := pricing.NeedsGroups(ctx, tx, market)
	if err == nil && needed {
		q.Groups, err = group.Of(ctx, tx, customer)
	}
	return q, err
}

// priced asks what each line costs whoever's cart it is, in its quantity.
func priced(ctx context.Context, tx *db.Tx, c Cart, variants []catalog.VariantID) (map[catalog.VariantID]money.Amount, error) {
	q, err := Pricing(ctx, tx, c.Market, c.Channel, c.Customer)
	if err != nil {
		return nil, err
	}
	quantities := make(map[catalog.VariantID]int64, len(variants))
	for _, v := range variants { // of a bundle's parts the price of one
		quantities[v] = 1
	}
	for _, line := range c.Lines {
		quantities[line.Variant] = line.Quantity
	}
	return pricing.ForLines(ctx, tx, q, quantities)
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

// fill makes the basket of what can be sold and notes what cannot.
func (v *View) fill(l loaded) {
	v.Basket = quote.Basket{
		Currency: v.Cart.Currency, TaxIncluded: l.market.TaxIncluded, TaxRounding: quote.Rounding(l.market.TaxRounding),
	}
	spared := map[string]int64{}
	if v.Tax = l.tax; l.tax.Reason != "" && l.market.TaxIncluded {
		v.Basket.TaxIncluded, spared = false, l.tax.Spared // who owes no tax is not asked for the one in a price
	}
	if l.market.TaxShipping {
		v.Basket.Shipping.Rates, v.Basket.Shipping.AsGoods, v.spared = l.tax.Rates[l.shipping], l.shared, l.sparedOf(spared)
		v.delivery = make(map[LineID][]tax.Rate, len(l.elsewhere))
		for line, a := range l.elsewhere {
			v.delivery[line] = a.Rates[l.shipping]
		}
	}
	taken := map[catalog.VariantID]int64{}
	for _, line := range v.Cart.Lines {
		it, known := l.items[line.Variant]
		if !known || !it.Active {
			v.problem(ProblemNotSellable, line, 0, "this is not sold any more: remove the line")
			continue
		}
		parts := partsOf(line, it)
		if !l.complete(parts) {
			v.problem(ProblemNotSellable, line, 0, "this is not sold any more: remove the line")
			continue
		}
		price, ok := catalog.BundlePrice(line.Variant, it.Parts, it.PartsDiscountPPM, l.prices)
		if !ok || price.Currency != v.Cart.Currency {
			v.problem(ProblemNoPrice, line, 0, "this is not sold in your country: remove the line")
			continue
		}
		v.stock(line, parts, l, taken)
		v.buy(line, it, without(price, spared[it.TaxClass]), l)
	}
}

// wait notes a line that has to wait for stock.
func (v *View) wait(l Line, until calendar.Date) {
	if v.Waiting == nil {
		v.Waiting = map[LineID]calendar.Date{}
	}
	v.Waiting[l.ID] = until
	if v.Ready.Before(until) {
		v.Ready = until
	}
}

func (v *View) problem(code string, l Line, available int64, text string) {
	v.Problems = append(v.Problems, Problem{Code: code, Line: l.ID, Text: text, Available: available})
}

// discount asks which promotions apply, those without a code too.
func (v *View) discount(ctx context.Context, tx *db.Tx, m market.Market, buyer promotion.Buyer) error {
	zone, err := calendar.Zone(m.Zone)
	if err != nil {
		return err
	}
	visit := basket.Visit{Market: v.Cart.Market, Channel: v.Cart.Channel, Currency: v.Cart.Currency, Now: tx.Now, Zone: zone, Units: v.Units}
	for i := range v.Basket.Lines {
		l := &v.Basket.Lines[i]
		line := basket.Line{Item: basket.Item{Product: l.Product, Variant: l.Variant, Tags: l.Tags, Categories: l.Categories},
			Quantity: l.Quantity, UnitPrice: l.UnitPrice.Minor, Left: l.Quantity * l.UnitPrice.Minor}
		visit.Total += line.Left
		visit.Lines = append(visit.Lines, line)
	}
	if buyer.Customer == "" {
		buyer.Customer = v.Cart.Customer
	}
	buyer.Groups = func(ctx context.Context, tx *db.Tx) ([]string, error) { return group.Of(ctx, tx, buyer.Customer) }
	answers, err := promotion.Check(ctx, tx, promotion.Ask{Visit: visit, Codes: v.Cart.Codes, Buyer: buyer})
	if err != nil {
		return err
	}
	for _, a := range answers {
		if a.Applied {
			v.Basket.Discounts = append(v.Basket.Discounts, a.Discount)
		}
	}
	v.Codes, v.Automatic = answers[:len(v.Cart.Codes)], answers[len(v.Cart.Codes):]
	return nil
}
