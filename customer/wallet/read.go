package wallet

import (
	"context"
	"fmt"
	"time"

	"korzo/customer/profile"
	"korzo/platform/db"
	"korzo/value/money"
)

// Balance is what a customer has in one currency.
type Balance struct {
	Available money.Amount // may be spent now
	Held      money.Amount // promised to payments under way
	Next      time.Time    // when some of it expires; zero: never
}

// Balances returns a customer's credit by currency, without points. One statement.
func Balances(ctx context.Context, tx *db.Tx, customer profile.CustomerID) ([]Balance, error) {
	all, err := selectBalances(ctx, tx, customer, false)
	if err != nil {
		return nil, fmt.Errorf("read wallet of %s: %w", customer, err)
	}
	return all, nil
}

// Spendable returns what a customer may spend now in a currency; zero without
// a wallet. One statement; it promises nothing, Hold does.
func Spendable(ctx context.Context, tx *db.Tx, customer profile.CustomerID, c money.Currency) (money.Amount, error) {
	all, err := Balances(ctx, tx, customer)
	for _, b := range all {
		if b.Available.Currency == c {
			return b.Available, nil
		}
	}
	return money.Of(0, c), err
}

// Lots returns a page of what a customer was given in a currency, newest first,
// what is spent too: at most limit (100) of those before a lot, or the first
// page for "".
func Lots(ctx context.Context, tx *db.Tx, customer profile.CustomerID, c money.Currency, before LotID, limit int) ([]Lot, error) {
	lots, err := selectLots(ctx, tx, customer, c, before, min(max(limit, 1), 100))
	if err != nil {
		return nil, fmt.Errorf("read credit of %s: %w", customer, err)
	}
	return lots, nil
}

// Change is a line of a wallet's history.
type Change struct {
	Seq    int64
	Kind   string // granted, spent, held, refunded, expired, revoked, moved
	Amount money.Amount
	Lot    LotID
	Source Source // of the lot
	Ref    string // an order's id for what was spent or refunded, else the grant's
	By
	At time.Time
}

// History returns a page of what happened to a customer's credit, or points, and why,
// newest first: at most limit (100) lines before a line, or the first page for
// 0. Payments that came to nothing are left out.
func History(ctx context.Context, tx *db.Tx, customer profile.CustomerID, c money.Currency, before int64, limit int) ([]Change, error) {
	page, err := selectHistory(ctx, tx, customer, c, before, min(max(limit, 1), 100))
	if err != nil {
		return nil, fmt.Errorf("read history of %s: %w", customer, err)
	}
	return page, nil
}

// Ending returns lots with something left that expire in [from, until), in
// order of id, at most limit after a lot: whom to remind.
func Ending(ctx context.Context, tx *db.Tx, from, until time.Time, after LotID, limit int) ([]Lot, error) {
	lots, err := selectEnding(ctx, tx, from, until, after, limit)
	if err != nil {
		return nil, fmt.Errorf("read credit that ends: %w", err)
	}
	return lots, nil
}
