package simulator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/purchase/buyer"
	"korzo/purchase/cart"
	"korzo/purchase/order"
	"korzo/purchase/promotion"
	"korzo/purchase/promotion/basket"
	"korzo/purchase/quote"
	"korzo/value/calendar"
	"korzo/value/money"
)

// ReplayCarts is Replay over the latest carts that are open now, at most
// MaxOrders: each as it stands, without a delivery, with the promotions it has
// beside the draft. A sample of a cart has no id and no number, for a cart's id
// opens it; PlacedAt is when it was last changed. Carts with nothing to sell in
// them are left out.
func ReplayCarts(ctx context.Context, tx *db.Tx, d promotion.Draft, carts int) (Result, error) {
	if _, _, err := d.Try(basket.Visit{}); err != nil {
		return Result{}, err
	}
	all, err := cart.Latest(ctx, tx, min(max(carts, 1), MaxOrders))
	if err != nil {
		return Result{}, fmt.Errorf("simulate promotion: %w", err)
	}
	r := replay{draft: d, customers: map[string]int64{}, periods: map[string]int64{}, result: Result{Reasons: map[string]int{}}}
	for _, c := range slices.Backward(all) {
		v, err := cart.Load(ctx, tx, c.ID, cart.Options{Caller: cart.Caller{Customer: c.Customer}})
		if errors.Is(err, cart.ErrNotFound) || err == nil && len(v.Basket.Lines) == 0 {
			continue
		}
		if err != nil {
			return Result{}, fmt.Errorf("simulate promotion on a cart: %w", err)
		}
		s, err := r.cart(ctx, tx, v)
		if err != nil {
			return Result{}, fmt.Errorf("simulate promotion on a cart: %w", err)
		}
		r.note(s)
	}
	return r.done(), nil
}

// cart prices one cart with the draft beside the promotions it has.
func (r *replay) cart(ctx context.Context, tx *db.Tx, v cart.View) (Sample, error) {
	c := v.Cart
	s := Sample{PlacedAt: c.UpdatedAt, Before: v.Quote.Total, After: v.Quote.Total, Off: money.Of(0, c.Currency)}
	at, err := r.visitOf(ctx, tx, v)
	if err != nil {
		return s, err
	}
	o := order.Order{PlacedAt: tx.Now, Draft: order.Draft{Customer: c.Customer, Contact: string(c.ID), Total: v.Quote.Total}}
	return r.try(s, o, at, v.Basket)
}

// visitOf is a cart as conditions judge it, now.
func (r *replay) visitOf(ctx context.Context, tx *db.Tx, v cart.View) (basket.Visit, error) {
	c := v.Cart
	m, err := market.Find(ctx, tx, c.Market)
	if err != nil {
		return basket.Visit{}, err
	}
	zone, err := calendar.Zone(m.Zone)
	if err != nil {
		return basket.Visit{}, err
	}
	at := basket.Visit{Market: c.Market, Channel: c.Channel, Currency: c.Currency, Now: tx.Now, Zone: zone}
	addLines(&at, v.Basket)
	if at.Customer.ID = c.Customer; c.Customer == "" {
		return at, nil
	}
	if at.Customer.Groups, err = buyer.Groups(ctx, tx, c.Customer, c.Currency, r.draft.Segments()); err != nil {
		return at, err
	}
	older, _, err := order.List(ctx, tx, order.Filter{Customer: c.Customer, Limit: 1})
	at.Customer.Before = len(older) > 0
	return at, err
}

// addLines puts a basket's lines before the conditions.
func addLines(v *basket.Visit, b quote.Basket) {
	for i := range b.Lines {
		l := &b.Lines[i]
		line := basket.Line{Item: basket.Item{Product: l.Product, Variant: l.Variant, Tags: l.Tags, Categories: l.Categories},
			Quantity: l.Quantity, UnitPrice: l.UnitPrice.Minor, Left: l.Quantity * l.UnitPrice.Minor}
		v.Total, v.Units = v.Total+line.Left, v.Units+line.Quantity
		v.Lines = append(v.Lines, line)
	}
}

// try puts the draft beside a basket's discounts and tells what comes of it.
func (r *replay) try(s Sample, o order.Order, v basket.Visit, b quote.Basket) (Sample, error) {
	off, reason, err := r.draft.Try(v)
	if err != nil {
		return s, err
	}
	if s.Reason = cmp.Or(reason, r.limit(o, v.Zone)); s.Reason != "" {
		return s, nil
	}
	off.Promotion = "draft"
	if r.draft.Budget.Currency != "" {
		off.Budget = money.Of(r.draft.Budget.Minor-r.spent, r.draft.Budget.Currency)
		if off.Budget.Currency != b.Currency {
			s.Reason = promotion.ReasonWrongCurrency
			return s, nil
		}
	}
	b.Discounts = append(slices.Clone(b.Discounts), off)
	q, err := quote.Compute(b)
	if err != nil {
		return s, err
	}
	outcome := q.Discounts[len(q.Discounts)-1]
	s.Off, s.Reason = outcome.Amount(), outcome.Reason
	if s.Reason == "" {
		s.After = q.Total
		r.count(o, v.Zone, s.Off)
	}
	return s, nil
}

// done is the result with its sums and samples in order.
func (r *replay) done() Result {
	slices.Reverse(r.result.Samples)
	if len(r.result.Samples) > maxSamples {
		r.result.Samples = r.result.Samples[:maxSamples]
	}
	slices.SortFunc(r.result.Sums, func(a, b Sum) int { return cmp.Compare(a.Off.Currency, b.Off.Currency) })
	return r.result
}

// countedFor is whom uses are counted for; guests are told apart by their contact.
func countedFor(o order.Order) string { return cmp.Or(o.Customer, o.Contact) }

// period names the day, week or month of an order.
func (r *replay) period(o order.Order, zone *time.Location) string {
	return r.draft.Period.Name(o.PlacedAt, zone)
}
