// Package buyer reads what rules may know of a customer: their orders, what they
// are worth, and to whom they belong, groups they were put into and segments they
// fulfil alike.
//
// It reads what somebody asks for and nothing else, because a checkout that no
// rule asks about should cost nothing.
//
// Never true: a fact of one customer told of another; a guest who is known.
package buyer

import (
	"context"
	"slices"

	"korzo/customer/consent"
	"korzo/customer/group"
	"korzo/customer/profile"
	"korzo/customer/segment"
	"korzo/customer/standing"
	"korzo/customer/visitor"
	"korzo/platform/db"
	"korzo/purchase/order"
	"korzo/value/money"
)

// Needs says whether anybody asks for a fact, or for any that begins so
// ("customer."): what nobody asks for is not read.
type Needs func(ctx context.Context, tx *db.Tx, fact string) (bool, error)

// All is all that rules may know of a customer, in a market of the currency.
func All(ctx context.Context, tx *db.Tx, customer string, currency money.Currency) (visitor.Buyer, error) {
	return Know(ctx, tx, customer, currency, func(context.Context, *db.Tx, string) (bool, error) { return true, nil })
}

// Know reads what somebody asks of a customer, whose orders count in a currency;
// a guest ("") is the zero Buyer.
func Know(ctx context.Context, tx *db.Tx, customer string, in money.Currency, asks Needs) (b visitor.Buyer, err error) {
	if customer == "" {
		return b, nil
	}
	b.Known = true
	segmented, err := asks(ctx, tx, "customer.segments")
	asked := func(facts ...string) bool {
		for _, fact := range facts {
			yes := false
			if err == nil {
				yes, err = asks(ctx, tx, fact)
			}
			if err == nil && segmented && !yes { // what segments are made of
				yes, err = segment.Asks(ctx, tx, fact)
			}
			if yes {
				return true
			}
		}
		return false
	}
	if asked("customer.orders", "customer.spent", "customer.average_order", "customer.last_order_days") {
		past, err := order.HistoryOf(ctx, tx, customer, in)
		if err != nil {
			return b, err
		}
		b.Orders, b.Spent, b.LastOrder = past.Orders, past.Spent, past.Last
	}
	if asked("customer.consent") {
		if b.Consent, err = allowed(ctx, tx, profile.CustomerID(customer)); err != nil {
			return b, err
		}
	}
	if !asked("customer.predicted_value", "customer.segments", "customer.tier", "customer.tags") {
		return b, err
	}
	s, err := standing.Of(ctx, tx, customer)
	if err != nil {
		return b, err
	}
	b.Predicted, b.Tier, b.Tags = s.Predicted, s.Tier, s.Tags
	if segmented {
		b.Segments, err = together(ctx, tx, customer, b)
	}
	return b, err
}

// together are the ids of the groups that a customer was put into, and of the
// segments that they fulfil.
func together(ctx context.Context, tx *db.Tx, customer string, b visitor.Buyer) ([]string, error) {
	groups, err := group.Of(ctx, tx, customer)
	if err != nil {
		return nil, err
	}
	segments, err := segment.Of(ctx, tx, b)
	return slices.Concat(groups, segments), err
}

// allowed are the purposes that a customer allows now, in the order of consent.Purposes.
func allowed(ctx context.Context, tx *db.Tx, customer profile.CustomerID) (all []string, err error) {
	now, err := consent.Now(ctx, tx, customer)
	for _, p := range consent.Purposes {
		if now[p].Given {
			all = append(all, string(p))
		}
	}
	return all, err
}

// Groups are the ids of the groups that a customer was put into and, where
// segments are asked for, of those that they fulfil now, whose sums count in a
// currency. A guest ("") is in none. Without segments it costs one statement.
func Groups(ctx context.Context, tx *db.Tx, customer string, in money.Currency, segments bool) ([]string, error) {
	if !segments || customer == "" {
		return group.Of(ctx, tx, customer)
	}
	b, err := Know(ctx, tx, customer, in, func(_ context.Context, _ *db.Tx, fact string) (bool, error) { return fact == "customer.segments", nil })
	return b.Segments, err
}
