// Package simulator tells a merchant what a promotion would have done, before
// anybody gets it.
//
// It replays the latest orders against a draft, the oldest first: each is priced
// again as it was placed, with the discounts it had frozen in, and the draft
// beside them under the same rules by which quote combines discounts. Limits and
// the budget are counted along. Nothing is written, no order changes, and no
// promotion is used. Tags and categories are those of today; of guests it is not
// known whether they ordered before, so they count as new.
package simulator

import (
	"context"
	"fmt"
	"slices"
	"time"

	"korzo/offer/catalog"
	"korzo/offer/market"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/purchase/buyer"
	"korzo/purchase/order"
	"korzo/purchase/promotion"
	"korzo/purchase/promotion/basket"
	"korzo/purchase/quote"
	"korzo/purchase/tax"
	"korzo/value/calendar"
	"korzo/value/money"
)

const (
	// MaxOrders is how many orders one replay looks at.
	MaxOrders = 500
	// maxSamples is how many of them it tells of one by one.
	maxSamples = 50
)

// Sum is what a promotion would have done in one currency.
type Sum struct {
	Orders int          // that would have got it
	Off    money.Amount // what it would have taken off
	Before money.Amount // the total of those orders as they were placed
	After  money.Amount // and with it
}

// Sample is one order of a replay.
type Sample struct {
	Order    order.ID
	Number   string
	PlacedAt time.Time
	Before   money.Amount
	After    money.Amount
	Off      money.Amount
	Reason   string // why it would not have got it; "" when it would
}

// Result is what a promotion would have done.
type Result struct {
	Orders  int            // that were replayed
	Got     int            // that would have got it
	Sums    []Sum          // by currency, in alphabetical order
	Reasons map[string]int // why the others would not, with how many
	Samples []Sample       // the latest first, at most 50
}

// Replay replays the latest orders, at most MaxOrders, against a draft. It
// returns promotion.ErrInvalid or the errors of its settings.
func Replay(ctx context.Context, tx *db.Tx, d promotion.Draft, orders int) (Result, error) {
	if _, _, err := d.Try(basket.Visit{}); err != nil {
		return Result{}, err
	}
	all, err := latest(ctx, tx, min(max(orders, 1), MaxOrders))
	if err != nil {
		return Result{}, fmt.Errorf("simulate promotion: %w", err)
	}
	r := replay{draft: d, customers: map[string]int64{}, periods: map[string]int64{}, result: Result{Reasons: map[string]int{}}}
	if r.tree, err = taxonomy.Load(ctx, tx); err != nil {
		return Result{}, err
	}
	for _, o := range slices.Backward(all) {
		s, err := r.order(ctx, tx, o)
		if err != nil {
			return Result{}, fmt.Errorf("simulate promotion on order %s: %w", o.ID, err)
		}
		r.note(s)
	}
	return r.done(), nil
}

// latest reads orders with their lines, the newest first.
func latest(ctx context.Context, tx *db.Tx, count int) (all []order.Order, err error) {
	for after := order.ID(""); len(all) < count; {
		page, next, err := order.List(ctx, tx, order.Filter{After: after, Limit: min(count-len(all), 100)})
		if err != nil {
			return nil, err
		}
		for _, head := range page {
			o, err := order.Find(ctx, tx, head.ID)
			if err != nil {
				return nil, err
			}
			all = append(all, o)
		}
		if after = next; next == "" {
			break
		}
	}
	return all, nil
}

// replay is a simulation under way: how far the draft's limits are used.
type replay struct {
	draft     promotion.Draft
	tree      *taxonomy.Tree
	used      int64
	spent     int64
	customers map[string]int64
	periods   map[string]int64
	result    Result
}

// order prices one order with the draft beside the discounts it had.
func (r *replay) order(ctx context.Context, tx *db.Tx, o order.Order) (Sample, error) {
	s := Sample{Order: o.ID, Number: o.Number, PlacedAt: o.PlacedAt, Before: o.Total, After: o.Total, Off: money.Of(0, o.Currency())}
	m, err := market.Find(ctx, tx, o.Market)
	if err != nil {
		return s, err
	}
	b, err := r.basket(ctx, tx, o, m)
	if err != nil {
		return s, err
	}
	v, err := r.visit(ctx, tx, o, m, b)
	if err != nil {
		return s, err
	}
	return r.try(s, o, v, b)
}

// basket is an order as quote reckons with it, its discounts frozen.
func (r *replay) basket(ctx context.Context, tx *db.Tx, o order.Order, m market.Market) (quote.Basket, error) {
	var ids []catalog.VariantID
	for _, l := range o.Lines {
		ids = append(ids, catalog.VariantID(l.Variant))
	}
	items, err := catalog.SellableIn(ctx, tx, "", "", ids)
	if err != nil {
		return quote.Basket{}, err
	}
	b := quote.Basket{Currency: o.Currency(), TaxIncluded: o.TaxIncluded, TaxRounding: quote.Rounding(m.TaxRounding)}
	had := frozen{lines: map[string]int64{}}
	for _, l := range o.Lines {
		it := items[catalog.VariantID(l.Variant)]
		line := quote.Line{ID: string(l.ID), Product: l.Product, Variant: l.Variant, SKU: l.SKU, Quantity: l.Quantity, UnitPrice: l.UnitPrice,
			TaxClass: l.TaxClass, Tags: append(slices.Clone(it.Tags), mark+string(l.ID))}
		if l.Scale > 0 || l.UnitPrice.Times(l.Quantity) != l.Subtotal { // by weight, or imported: one piece at what it cost
			line.Quantity, line.UnitPrice = 1, l.Subtotal
		}
		for _, id := range it.Categories {
			for _, at := range r.tree.Path(id) {
				c, _ := r.tree.Find(at)
				line.Categories = append(line.Categories, string(at), c.Slug)
			}
		}
		line.Rates = ratesOf(l.Taxes)
		b.Lines = append(b.Lines, line)
		had.lines[string(l.ID)] = l.Discount.Minor
	}
	price := money.Of(0, o.Currency())
	for _, g := range o.Groups {
		price = price.Plus(g.Price)
		had.shipping += g.Discount.Minor
		b.Shipping.Rates, b.Shipping.AsGoods = ratesOf(g.Taxes), sharedBy(o, g)
	}
	b.Shipping.Price = price
	if o.Discount.Minor > 0 || had.shipping > 0 {
		b.Discounts = []promotion.Discount{{Promotion: "had", Benefit: had}}
	}
	return b, nil
}

// sharedBy reports whether a delivery bore the goods' rates on shares of its
// price, and not its own on all of it.
func sharedBy(o order.Order, g order.Group) bool {
	if len(g.Taxes) < 2 {
		return false
	}
	bases := money.Of(0, o.Currency())
	for _, t := range g.Taxes {
		bases = bases.Plus(t.Base)
	}
	if o.TaxIncluded {
		bases = bases.Plus(g.Tax)
	}
	return bases == g.Price.Minus(g.Discount)
}

func ratesOf(taxes []order.Tax) (rates []tax.Rate) {
	for _, t := range taxes {
		rates = append(rates, tax.Rate{Name: t.Name, Country: t.Country, Region: t.Region, PPM: t.PPM})
	}
	return rates
}

// visit is an order as conditions judge it.
func (r *replay) visit(ctx context.Context, tx *db.Tx, o order.Order, m market.Market, b quote.Basket) (basket.Visit, error) {
	zone, err := calendar.Zone(m.Zone)
	if err != nil {
		return basket.Visit{}, err
	}
	v := basket.Visit{Market: o.Market, Channel: o.Channel, Currency: o.Currency(), Now: o.PlacedAt, Zone: zone}
	addLines(&v, b)
	if v.Customer.ID = o.Customer; o.Customer == "" {
		return v, nil
	}
	if v.Customer.Groups, err = buyer.Groups(ctx, tx, o.Customer, o.Currency(), r.draft.Segments()); err != nil {
		return v, err
	}
	older, _, err := order.List(ctx, tx, order.Filter{Customer: o.Customer, After: o.ID, Limit: 1})
	v.Customer.Before = len(older) > 0
	return v, err
}

// limit is the limit that is reached, "" if none is.
func (r *replay) limit(o order.Order, zone *time.Location) string {
	d := &r.draft
	switch {
	case d.UsageLimit > 0 && r.used >= d.UsageLimit:
		return promotion.ReasonExhausted
	case d.PerCustomer > 0 && r.customers[countedFor(o)] >= d.PerCustomer:
		return promotion.ReasonCustomerLimit
	case d.PerPeriod > 0 && r.periods[r.period(o, zone)] >= d.PerPeriod:
		return promotion.ReasonPeriodLimit
	case d.Budget.Minor > 0 && r.spent >= d.Budget.Minor:
		return promotion.ReasonBudget
	}
	return ""
}

func (r *replay) count(o order.Order, zone *time.Location, off money.Amount) {
	r.used++
	r.customers[countedFor(o)]++
	r.periods[r.period(o, zone)]++
	r.spent += off.Minor
}

// note adds an order to the result.
func (r *replay) note(s Sample) {
	r.result.Orders++
	r.result.Samples = append(r.result.Samples, s)
	if s.Reason != "" {
		r.result.Reasons[s.Reason]++
		return
	}
	r.result.Got++
	i := slices.IndexFunc(r.result.Sums, func(sum Sum) bool { return sum.Off.Currency == s.Off.Currency })
	if i < 0 {
		zero := money.Of(0, s.Off.Currency)
		i = len(r.result.Sums)
		r.result.Sums = append(r.result.Sums, Sum{Off: zero, Before: zero, After: zero})
	}
	sum := &r.result.Sums[i]
	sum.Orders++
	sum.Off, sum.Before, sum.After = sum.Off.Plus(s.Off), sum.Before.Plus(s.Before), sum.After.Plus(s.After)
}

// mark begins the tag by which frozen knows a line; no merchant writes it.
const mark = "\x00line:"

// frozen is the discounts an order had: exactly what they took off each line.
type frozen struct {
	lines    map[string]int64
	shipping int64
}

// Off is what was taken off.
func (f frozen) Off(g *basket.Goods) basket.Effect {
	off := make([]int64, len(g.Lines))
	for i := range g.Lines {
		tags := g.Lines[i].Tags
		off[i] = f.lines[tags[len(tags)-1][len(mark):]]
	}
	return basket.Effect{Lines: off, Shipping: f.shipping}
}

// Turn comes first.
func (f frozen) Turn() basket.Turn { return basket.TurnUnits }
