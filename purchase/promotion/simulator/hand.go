package simulator

import (
	"context"
	"fmt"
	"strconv"

	"korzo/offer/catalog"
	"korzo/offer/market"
	"korzo/offer/pricing"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/purchase/order"
	"korzo/purchase/promotion"
	"korzo/purchase/promotion/basket"
	"korzo/value/money"
)

// Hand is a basket that somebody put together to try a promotion on.
type Hand struct {
	Market  string
	Channel string
	Lines   []HandLine // at most money.MaxLines
}

// HandLine is some units of a variant.
type HandLine struct {
	Variant  catalog.VariantID
	Quantity int64
}

// Tried is what a promotion does to a basket that was put together by hand.
type Tried struct {
	Before money.Amount // the goods without it
	After  money.Amount // and with it
	Off    money.Amount
	Reason string   // why it does not apply; "" when it does
	Unsold []string // SKUs without a price in the market, left out
}

// Try says what a draft does to a basket at the prices of now, for a guest of
// whom nothing is known, with no other promotion beside it and no delivery. It
// returns promotion.ErrInvalid, the errors of the draft's settings, or
// market.ErrNotFound.
func Try(ctx context.Context, tx *db.Tx, d promotion.Draft, h Hand) (t Tried, err error) {
	if _, _, err := d.Try(basket.Visit{}); err != nil {
		return t, err
	}
	m, err := market.Find(ctx, tx, h.Market)
	if err != nil {
		return t, fmt.Errorf("try promotion: %w", err)
	}
	ids := make([]catalog.VariantID, len(h.Lines))
	for i, l := range h.Lines {
		ids[i] = l.Variant
	}
	items, err := catalog.Sellable(ctx, tx, ids)
	if err != nil {
		return t, err
	}
	quantities := map[catalog.VariantID]int64{}
	for _, l := range h.Lines {
		quantities[l.Variant] = l.Quantity
	}
	prices, err := pricing.ForLines(ctx, tx, pricing.Query{Market: m.ID, Channel: h.Channel}, quantities)
	if err != nil {
		return t, err
	}
	var o order.Order // as if it had been placed just now
	o.Market, o.Channel, o.PlacedAt, o.TaxIncluded = m.ID, h.Channel, tx.Now, m.TaxIncluded
	zero := money.Of(0, m.Currency)
	o.Total = zero
	for i, l := range h.Lines {
		price, sold := prices[l.Variant]
		if !sold {
			t.Unsold = append(t.Unsold, items[l.Variant].SKU)
			continue
		}
		subtotal := price.Times(l.Quantity)
		o.Total = o.Total.Plus(subtotal)
		o.Lines = append(o.Lines, order.Line{ID: order.LineID(strconv.Itoa(i)), Product: string(items[l.Variant].ProductID), Variant: string(l.Variant),
			SKU: items[l.Variant].SKU, Quantity: l.Quantity, UnitPrice: price, Subtotal: subtotal, Discount: zero, TaxClass: items[l.Variant].TaxClass})
	}
	t.Before, t.After, t.Off = o.Total, o.Total, zero
	r := replay{draft: d, customers: map[string]int64{}, periods: map[string]int64{}}
	if r.tree, err = taxonomy.Load(ctx, tx); err != nil || len(o.Lines) == 0 {
		return t, err
	}
	tried, err := r.order(ctx, tx, o)
	t.After, t.Off, t.Reason = tried.After, tried.Off, tried.Reason
	return t, err
}
