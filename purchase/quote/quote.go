// Package quote computes what a basket costs, and why.
//
// Compute is arithmetic alone: no database, no clock, no network. Whoever
// calls it has loaded the prices, the promotions that apply and the tax rates.
// So every total up to the placing of an order comes from this one function,
// and a quote can be explained line by line.
//
// It rounds once per step, half away from zero, in this order:
//
//  1. the shipping price;
//  2. discounts, one after the other, each on what its forerunners left: those of
//     higher priority first; of equal priority those on whole units, then
//     percentages, then amounts, then those on the shipping; of equal turn in the
//     order given. None goes below zero, or below a minimum price: what it may not
//     take off one line is not moved to another;
//  3. tax, with the rates of one line added up to one rate: line by line, or
//     once for all that bears the same rates (TaxRounding). A delivery that is
//     taxed as the goods (Shipping.AsGoods) is first split over their rates.
//
// An exclusive discount combines with no other. Where one takes something off,
// the highest priority decides; if that has exclusive ones, the shopper gets the
// alternative of that priority that takes off most: each exclusive one alone, or
// all that are not, provided one of them has that priority too. Every discount
// that takes nothing says why.
//
// A line of a bundle is discounted as one and then split over its parts by their
// weights; each part bears tax by its own rates. So is a delivery in several legs,
// such as a parcel and a pick-up: discounted as one, split by what the legs cost,
// and taxed where each goes.
//
// What is charged (discounts, shipping, tax on top) is rounded to the currency's
// charge step, what is only shown (tax within a price) to the minor unit. A sum
// is spread over its parts by largest remainder, ties going to the line whose ID
// sorts first: parts always make up the whole, whatever the order of the lines.
package quote

import (
	"fmt"

	"korzo/platform/fault"
	"korzo/purchase/promotion"
	"korzo/purchase/tax"
	"korzo/value/money"
)

const (
	// MaxTotal is the largest subtotal or total in minor units: the largest
	// integer that every JSON client reads exactly (2⁵³ − 1).
	MaxTotal = 1<<53 - 1

	// MaxParts is how many parts a bundle has at most.
	MaxParts = 100

	// maxRates bounds the taxes one line bears, so that sums stay far from overflow.
	maxRates = 16
)

// A basket's taxed total cannot overflow: this stops compiling if someone raises a limit too far.
const _ = uint64(1<<63/(MaxTotal+1) - 2*(maxRates+1))

// What Compute refuses. All are Invalid: the same basket never succeeds.
var (
	ErrCurrency = fault.New(fault.Invalid, "quote.currency", "every price and discount of a basket must be in the basket's currency: use prices of one market")
	ErrTooLarge = fault.New(fault.Invalid, "quote.too_large", "the basket is too large to be priced: split it into several orders")
	ErrQuantity = fault.New(fault.Invalid, "quote.quantity", "a quantity must be between 1 and 9999: correct the line")
	ErrPrice    = fault.New(fault.Invalid, "quote.price", "a price must be between 0 and the largest price: correct the price list")
	ErrRate     = fault.New(fault.Invalid, "quote.rate", "a tax rate must be between 0 and 1000000 parts per million, at most 16 a line: correct the tax table")
	ErrDiscount = fault.New(fault.Invalid, "quote.discount", "a discount needs a benefit: correct the promotion")
	ErrRounding = fault.New(fault.Invalid, "quote.rounding", "tax is rounded by \"line\" or on the \"total\": correct the market")
)

// Rounding says where tax is rounded. The zero Rounding is RoundLine.
type Rounding string

// The roundings a market may choose.
const (
	RoundLine  Rounding = "line"  // each line's tax is rounded
	RoundTotal Rounding = "total" // the tax of all that bears the same rates is rounded once and spread back
)

// Line is Quantity of one variant at UnitPrice, with or without tax as the
// basket says. IDs are unique in a basket. No Rates is no tax.
type Line struct {
	ID         string
	Product    string
	Variant    string
	SKU        string
	Tags       []string // by which promotions know the goods
	Categories []string // ids and slugs
	Quantity   int64    // 1..money.MaxUnits
	UnitPrice  money.Amount
	TaxClass   string
	Rates      []tax.Rate // all of them are due, such as state and county
	Parts      []Part     // of a bundle, which bears its parts' rates and not its own; else none
	// Aside is a charge beside the goods, such as a gift wrap or a donation: no
	// discount is taken off it, and the delivery does not bear its rates.
	Aside bool
}

// Part is one of the goods that a bundle is made of.
type Part struct {
	Variant  string
	SKU      string
	Quantity int64 // units in one bundle, 1..money.MaxUnits
	Weight   int64 // the share of the bundle's price, such as what the units cost alone; 0..money.MaxPrice
	TaxClass string
	Rates    []tax.Rate
}

// Shipping is what the delivery costs, with or without tax as the basket says.
type Shipping struct {
	Price money.Amount
	Rates []tax.Rate
	Legs  []Leg // of a delivery in several parts, at most MaxParts: they bear its price and its rates, and Price and Rates do not count
	// AsGoods has the delivery bear the rates of the goods, each for the share of
	// its price that goods of these rates have in what all goods cost after
	// discounts. Where they cost nothing it bears Rates.
	AsGoods bool
}

// Leg is a part of a delivery that goes somewhere of its own.
type Leg struct {
	Price money.Amount
	Rates []tax.Rate
	Lines []string // ids of what goes there, whose rates it bears with AsGoods; none: all
}

// PricedLeg is a leg with its share of the discounts and its tax.
type PricedLeg struct {
	Leg
	Gross    money.Amount // Price at the charge step
	Discount money.Amount // of the shipping's Discount, by Gross
	Total    money.Amount // Gross − Discount
	Tax      money.Amount
	Taxes    []TaxLine
}

// Basket is all that a price depends on.
type Basket struct {
	Currency    money.Currency
	TaxIncluded bool // prices, also the one of shipping, contain their tax
	TaxRounding Rounding
	Lines       []Line // at most money.MaxLines
	Discounts   []promotion.Discount
	Shipping    Shipping
}

// Share is what one discount takes off a line, or off the shipping.
type Share struct {
	Promotion promotion.ID
	Code      string // "" for an automatic promotion
	Amount    money.Amount
}

// Outcome is what became of one discount.
type Outcome struct {
	Promotion promotion.ID
	Code      string
	Name      string
	Goods     money.Amount // what it took off the lines
	Shipping  money.Amount // what it took off the shipping
	Reason    string       // why it took nothing; "" when it did
	Counted   promotion.Counted
}

// Amount is what the discount took off in all.
func (o *Outcome) Amount() money.Amount { return o.Goods.Plus(o.Shipping) }

// Why a discount takes nothing. The reasons are stable; doors translate them.
const (
	ReasonNothing       = "nothing_to_discount" // the cart holds nothing that it is for, or what it is for is free already
	ReasonMinimumPrice  = "minimum_price"       // the goods are at their minimum price
	ReasonNotCombinable = "not_combinable"      // another one excludes it, or it excludes others and they take off more
	ReasonBudget        = promotion.ReasonBudget
)

// TaxLine is the tax of one rate: Amount is due on Base, the price without tax.
type TaxLine struct {
	Rate   tax.Rate
	Base   money.Amount
	Amount money.Amount
}

// Priced is a line with its share of the discounts and its tax. Tax stands
// within Total if the basket's prices contain tax, else it comes on top.
type Priced struct {
	Line
	Gross    money.Amount // Quantity × UnitPrice
	Discount money.Amount // the sum of Shares
	Total    money.Amount // Gross − Discount
	Tax      money.Amount // the sum of Taxes
	Shares   []Share      // in the order they were applied; discounts that took nothing are left out
	Taxes    []TaxLine    // one per rate of the line; of a bundle, per rate of its parts
	Split    []PricedPart // one per part of a bundle
}

// PricedPart is a part of a bundle with its share of the line.
type PricedPart struct {
	Part
	Gross    money.Amount // of the line's Gross, by weight
	Discount money.Amount
	Total    money.Amount // Gross − Discount: of the line's Total, by Gross
	Tax      money.Amount
	Taxes    []TaxLine
}

// PricedShipping is the delivery with its discounts and its tax.
type PricedShipping struct {
	Shipping
	Gross    money.Amount // Price at the charge step
	Discount money.Amount
	Total    money.Amount // Gross − Discount
	Shares   []Share
	Tax      money.Amount
	Taxes    []TaxLine   // one per rate
	Split    []PricedLeg // one per leg
}

// Quote is what a basket costs. All sums are sums of its parts:
// Total = Subtotal − Discount + ShippingTotal, plus Tax unless TaxIncluded.
// Discount is off the goods; ShippingTotal is after discounts.
type Quote struct {
	Currency      money.Currency
	TaxIncluded   bool
	Lines         []Priced // in the basket's order
	Shipping      PricedShipping
	Discounts     []Outcome // one per discount, in the basket's order, also of those that took nothing
	Taxes         []TaxLine
	Subtotal      money.Amount
	Discount      money.Amount
	ShippingTotal money.Amount
	Tax           money.Amount
	Total         money.Amount
}

// Compute prices a basket. It is deterministic and changes nothing of b. Its
// errors are the Err variables of this package, saying which line is at fault.
func Compute(b Basket) (Quote, error) {
	info, known := money.Find(b.Currency)
	if !known {
		return Quote{}, fmt.Errorf("currency %q: %w", b.Currency, ErrCurrency)
	}
	if err := check(&b); err != nil {
		return Quote{}, err
	}
	w := work{b: b, step: info.ChargeStep}
	w.open()
	if err := w.price(); err != nil {
		return Quote{}, err
	}
	w.ship()
	w.discount()
	w.split()
	w.tax()
	if err := w.total(); err != nil {
		return Quote{}, err
	}
	return w.q, nil
}

// work is a quote in the making. The slices run parallel to the basket's lines;
// those that also count the shipping have it as their last element.
type work struct {
	b     Basket
	q     Quote
	step  int64   // to which charged amounts are rounded
	left  []int64 // what each line still costs
	fare  int64   // what the shipping still costs
	part  []int64 // the parts of what is being spread
	group []int64 // the weights of what bears the same rates
	rest  []int64 // remainders while spreading
	order []int64 // who is served first while spreading

	bearers []bearer // what bears tax
}

// open makes room for a basket of any size in few allocations.
func (w *work) open() {
	n := len(w.b.Lines)
	m := 1 // what bears tax: each line or part, and the shipping
	most := maxRates
	for i := range w.b.Lines {
		parts := len(w.b.Lines[i].Parts)
		m += max(1, parts)
		most = max(most, parts)
	}
	shares := max(1, len(w.b.Shipping.Legs))
	if most = max(most, shares); w.b.Shipping.AsGoods {
		most, shares = max(most, m), shares*m
	}
	m += shares - 1
	room := make([]int64, n+3*m+max(m, most))
	w.left = room[:n:n]
	w.part = room[n : n+m : n+m]
	w.group = room[n+m : n+2*m : n+2*m]
	w.order = room[n+2*m : n+3*m : n+3*m]
	w.rest = room[n+3*m:]
	w.q.Currency, w.q.TaxIncluded = w.b.Currency, w.b.TaxIncluded
	w.q.Lines = make([]Priced, n)
}

func (w *work) amount(minor int64) money.Amount {
	return money.Amount{Minor: minor, Currency: w.b.Currency}
}

// price fills in what the lines cost before any discount. A price off the
// charge step, left over from an older table, is not refused: the basket is
// then computed in minor units throughout.
func (w *work) price() error {
	var sum int64
	step := w.step
	for i := range w.b.Lines {
		l := &w.b.Lines[i]
		gross := l.Quantity * l.UnitPrice.Minor
		if sum += gross; sum > MaxTotal {
			return fmt.Errorf("line %s: %w", l.ID, ErrTooLarge)
		}
		if gross%step != 0 {
			w.step = 1
		}
		w.left[i] = gross
		w.q.Lines[i].Line = *l
		w.q.Lines[i].Gross = w.amount(gross)
	}
	w.q.Subtotal = w.amount(sum)
	return nil
}

// ship rounds the shipping price to what can be charged.
func (w *work) ship() {
	s := &w.q.Shipping
	s.Shipping = w.b.Shipping
	s.Gross = w.amount(w.b.Shipping.Price.Minor).RoundTo(w.step)
	if legs := w.b.Shipping.Legs; len(legs) > 0 {
		s.Gross, s.Split = w.amount(0), make([]PricedLeg, len(legs))
		for i := range legs {
			s.Split[i].Leg = legs[i]
			s.Split[i].Gross = w.amount(legs[i].Price.Minor).RoundTo(w.step)
			s.Gross = s.Gross.Plus(s.Split[i].Gross)
		}
	}
	s.Discount, s.Total = w.amount(0), s.Gross
	w.fare = s.Gross.Minor
	w.q.ShippingTotal = s.Total
}

// total adds up what stands in the lines.
func (w *work) total() error {
	q := &w.q
	var discount, taxes int64
	for i := range q.Lines {
		discount += q.Lines[i].Discount.Minor
		taxes += q.Lines[i].Tax.Minor
	}
	taxes += q.Shipping.Tax.Minor
	total := q.Subtotal.Minor - discount + q.ShippingTotal.Minor
	if !w.b.TaxIncluded {
		total += taxes
	}
	if total > MaxTotal {
		return ErrTooLarge
	}
	q.Discount, q.Tax, q.Total = w.amount(discount), w.amount(taxes), w.amount(total)
	return nil
}
