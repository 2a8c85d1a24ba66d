// Package quote computes what a basket costs, and why.
//
// Compute is arithmetic alone: no database, no clock, no network. Whoever
// calls it has loaded the prices, the promotions that apply and the tax rates.
// So every total up to the placing of an order comes from this one function,
// and a quote can be explained line by line.
//
// It rounds once per step, half away from zero, in this order:
//
//  1. a percentage discount: on the sum that the goods still cost, in the order
//     given; then every fixed discount, in the order given, never below zero;
//  2. the shipping price;
//  3. tax, with the rates of one line added up to one rate: line by line, or
//     once for all that bears the same rates (TaxRounding).
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
	ErrDiscount = fault.New(fault.Invalid, "quote.discount", "a discount must be a percentage up to 100 % or a fixed amount, not below zero: correct the promotion")
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
	ID        string
	Variant   string
	SKU       string
	Quantity  int64 // 1..money.MaxUnits
	UnitPrice money.Amount
	TaxClass  string
	Rates     []tax.Rate // all of them are due, such as state and county
}

// Shipping is what the delivery costs, with or without tax as the basket says.
type Shipping struct {
	Price money.Amount
	Rates []tax.Rate
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

// Share is what one discount takes off a line, or off the basket.
type Share struct {
	Promotion promotion.ID
	Code      string // "" for an automatic promotion
	Amount    money.Amount
}

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
	Taxes    []TaxLine    // one per rate of the line
}

// PricedShipping is the delivery with its tax. Total is Price at the charge step.
type PricedShipping struct {
	Shipping
	Total money.Amount
	Tax   money.Amount
	Taxes []TaxLine
}

// Quote is what a basket costs. All sums are sums of its parts:
// Total = Subtotal − Discount + ShippingTotal, plus Tax unless TaxIncluded.
type Quote struct {
	Currency      money.Currency
	TaxIncluded   bool
	Lines         []Priced // in the basket's order
	Shipping      PricedShipping
	Discounts     []Share // one per discount, in the order they were applied, also those that took nothing
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
	w.discount()
	w.ship()
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
	part  []int64 // the parts of what is being spread
	group []int64 // the weights of what bears the same rates
	rest  []int64 // remainders while spreading
	order []int64 // who is served first while spreading
}

// open makes room for a basket of any size in few allocations.
func (w *work) open() {
	n := len(w.b.Lines)
	room := make([]int64, 4*n+3+max(n+1, maxRates))
	w.left = room[:n:n]
	w.part = room[n : 2*n+1 : 2*n+1]
	w.group = room[2*n+1 : 3*n+2 : 3*n+2]
	w.order = room[3*n+2 : 4*n+3 : 4*n+3]
	w.rest = room[4*n+3:]
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
	price := w.b.Shipping.Price.Minor
	w.q.Shipping.Shipping = w.b.Shipping
	w.q.Shipping.Total = w.amount(price).RoundTo(w.step)
	w.q.ShippingTotal = w.q.Shipping.Total
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
