package cart

import (
	"context"
	"fmt"
	"slices"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/purchase/buyer"
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
	Tax      string          // who knows the rates, one of tax.Providers; "": as the market has it
	Buyer    promotion.Buyer // whose promotions; the zero Buyer is a guest of whom nothing is known
	// Places says of the cart's lines which go somewhere else, such as to a shop
	// where they are collected; nil: none.
	Places func(lines []Line) []Place
}

// Place is where some lines of a cart go: they are taxed there.
type Place struct {
	Lines    []LineID
	Address  address.Address // Country, Region and PostalCode count
	Location string          // where they are collected; "" where they are sent
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
	VATCheck    string // what the tax office said of the buyer's VAT id (see tax/vatid); "" when it was not asked
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
	// Priors are the lines at the price of a sale, and the lowest price of a unit
	// in the thirty days before it: it is shown beside theirs.
	Priors map[LineID]money.Amount
	// Charges are the lines of Basket and Quote that are no goods, by ID.
	Charges map[string]Charge

	standing inventory.Standing    // of its variants, when it was read
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
		v.Items, v.standing = l.items, l.stock
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
		prior := l.priors[line.Variant]
		if it.Kind != catalog.KindGiftCard {
			price, prior = without(price, spared[it.TaxClass]), without(prior, spared[it.TaxClass])
		}
		v.reduce(line, price, prior)
		v.buy(line, it, price, l)
	}
}

// reduce notes a line that costs less than before.
func (v *View) reduce(l Line, price, prior money.Amount) {
	if prior.IsZero() || !price.Less(prior) {
		return
	}
	if v.Priors == nil {
		v.Priors = map[LineID]money.Amount{}
	}
	v.Priors[l.ID] = prior
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
func (v *View) discount(ctx context.Context, tx *db.Tx, m market.Market, who promotion.Buyer) error {
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
	if who.Customer == "" {
		who.Customer = v.Cart.Customer
	}
	who.Groups = func(ctx context.Context, tx *db.Tx, segments bool) ([]string, error) {
		return buyer.Groups(ctx, tx, who.Customer, m.Currency, segments)
	}
	answers, err := promotion.Check(ctx, tx, promotion.Ask{Visit: visit, Codes: v.Cart.Codes, Buyer: who})
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

// weightless are the kinds of what never travels.
var weightless = []string{catalog.KindGiftCard, catalog.KindDigital, catalog.KindDonation, catalog.KindFee}

// Travels reports whether a line is something that is sent or collected.
func (v View) Travels(l Line) bool { return !slices.Contains(weightless, v.Items[l.Variant].Kind) }
