// Package metric keeps what each order was worth to the shop: its net
// contribution.
//
// Contribution is what goods brought without tax and after discounts, minus
// what they cost, minus the part of their delivery that was given away, minus
// what points paid, minus what gateways kept, minus what went back. It is written when an order is
// placed and restated whenever something of it changes, so yesterday's figure
// may differ today; what was decided on it is kept by whoever decided.
//
// Delivery that is paid for counts as sold at its cost. Gift cards are no
// revenue until they buy something. An order whose costs are not known has its
// contribution without them and is marked.
//
// Never true: an order counted twice; an amount of one currency added to
// another; a test order among the figures.
package metric

import (
	"context"
	"embed"
	"fmt"
	"time"

	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/purchase/order"
	"korzo/value/money"
)

// Schema is the package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// Value is one order's worth, in minor units of Currency.
type Value struct {
	Order    order.ID
	Visitor  string // who it was, to experiments; "" where unknown
	Customer string
	Market   string
	Payment  string
	Currency money.Currency
	PlacedAt time.Time
	Revenue  int64 // of goods, without tax, after discounts
	Cost     int64 // of goods
	Subsidy  int64 // of delivery: what its price was lowered by
	Fee      int64 // that gateways kept
	Refunded int64 // without tax
	Points   int64 // what points paid and did not get back: nobody gave the shop money for them
	Uncosted bool  // the cost of some line is not known
	Canceled bool

	taxable int64 // the total with tax, to know a refund's share of tax
	tax     int64
}

// Contribution is what the order left; 0 for one that was canceled, but for the
// fees.
func (v Value) Contribution() int64 {
	if v.Canceled {
		return -v.Fee
	}
	return v.Revenue - v.Cost - v.Subsidy - v.Points - v.Fee - v.Refunded
}

// Booked notes an order that was placed; one that was imported counts where it
// is known whose visit it was. It may be repeated.
func Booked(ctx context.Context, tx *db.Tx, o order.Order, visitor string) error {
	if o.IsTest || o.Imported && visitor == "" {
		return nil
	}
	if err := insertValue(ctx, tx, valueOf(o, visitor)); err != nil {
		return fmt.Errorf("book the worth of %s: %w", o.ID, err)
	}
	return nil
}

// valueOf computes an order's worth from its lines.
func valueOf(o order.Order, visitor string) Value {
	v := Value{Order: o.ID, Visitor: visitor, Customer: o.Customer, Market: o.Market, Payment: o.Payment, Currency: o.Currency(),
		PlacedAt: o.PlacedAt, taxable: o.Total.Minor, tax: o.Tax.Minor}
	for _, l := range o.Lines {
		if l.Kind == catalog.KindGiftCard || l.Kind == order.KindBundle {
			continue
		}
		v.Revenue += l.Total.Minor
		if o.TaxIncluded {
			v.Revenue -= l.Tax.Minor
		}
		if l.UnitCost.Currency != v.Currency {
			v.Uncosted = true
			continue
		}
		v.Cost += l.UnitCost.Ratio(l.Quantity, pow10(l.Scale), 1).Minor
	}
	for _, g := range o.Groups {
		v.Subsidy += g.Discount.Minor
	}
	return v
}

func pow10(n int64) int64 {
	p := int64(1)
	for range min(n, 9) {
		p *= 10
	}
	return p
}

// Rebooked restates the worth of an order to which something was added.
func Rebooked(ctx context.Context, tx *db.Tx, o order.Order) error {
	if err := updateValue(ctx, tx, valueOf(o, "")); err != nil {
		return fmt.Errorf("restate the worth of %s: %w", o.ID, err)
	}
	return nil
}

// Refunded takes an amount that went back, with its tax, from an order's worth.
// ref names the refund: the same is taken once.
func Refunded(ctx context.Context, tx *db.Tx, id order.ID, ref string, gross int64) error {
	fresh, err := insertRefund(ctx, tx, id, ref, gross)
	if err == nil && fresh {
		err = addRefund(ctx, tx, id, gross)
	}
	if err != nil {
		return fmt.Errorf("restate %s: %w", id, err)
	}
	return nil
}

// Spent sets what points paid of an order and did not get back, as it is known
// now. Tax is owed on it all the same.
func Spent(ctx context.Context, tx *db.Tx, id order.ID, minor int64) error {
	if err := updatePoints(ctx, tx, id, minor); err != nil {
		return fmt.Errorf("restate %s: %w", id, err)
	}
	return nil
}

// Canceled takes an order out of the figures.
func Canceled(ctx context.Context, tx *db.Tx, id order.ID) error {
	if err := cancelValue(ctx, tx, id); err != nil {
		return fmt.Errorf("restate %s: %w", id, err)
	}
	return nil
}

// Learn sets what gateways kept for orders, by payment, as it is known now.
func Learn(ctx context.Context, tx *db.Tx, fees map[string]int64) error {
	for payment, fee := range fees {
		if err := updateFee(ctx, tx, payment, fee); err != nil {
			return fmt.Errorf("restate fees: %w", err)
		}
	}
	return nil
}

// Payments returns those of orders placed since, of at most limit orders after
// one: whose fees are to be learned.
func Payments(ctx context.Context, tx *db.Tx, since time.Time, after order.ID, limit int) (payments []string, last order.ID, err error) {
	page, err := selectValues(ctx, tx, since, after, limit)
	for _, v := range page {
		last = v.Order
		if v.Payment != "" {
			payments = append(payments, v.Payment)
		}
	}
	return payments, last, err
}

// pageSize is how many orders are read at once.
const pageSize = 2000

// Each calls fn for every order placed since, by id.
func Each(ctx context.Context, tx *db.Tx, since time.Time, fn func(v Value)) error {
	after := order.ID("")
	for {
		page, err := selectValues(ctx, tx, since, after, pageSize)
		if err != nil {
			return fmt.Errorf("read the worth of orders: %w", err)
		}
		for _, v := range page {
			fn(v)
			after = v.Order
		}
		if len(page) < pageSize {
			return nil
		}
	}
}
