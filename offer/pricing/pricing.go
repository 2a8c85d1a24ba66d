// Package pricing knows what each variant costs in each market.
//
// Every market has one price list of its own in its own currency; with tax in it
// or without, as the market says. Other lists hold for a channel, a customer group
// or a time, and from a number of units on, and win over it: Offers says which,
// and Explain why. A price is looked up when it is needed and
// never taken from a client: a shopper may say what they agreed to pay, and is
// told if that is not the price. A variant without a price in a market is not
// sold there; a price of nothing is a price.
//
// A price is a whole number of the currency's charge steps (a forint price has
// no fillér), so that what is charged is what was shown. Each price keeps the
// interval it was in force, from the first day, because the law on price
// reductions asks for the lowest price of the weeks before: whoever shows the
// price of a sale shows that one, too.
package pricing

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"time"

	"korzo/offer/catalog"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/fault"
	"korzo/value/money"
)

// Schema holds the tables of this package.
//
//go:embed schema/*.sql
var Schema embed.FS

var (
	// ErrCurrency reports a price in another currency than the market's.
	ErrCurrency = fault.New(fault.Invalid, "pricing.currency", "the price is not in the market's currency: use that currency")
	// ErrAmount reports a negative price or one beyond money.MaxPrice.
	ErrAmount = fault.New(fault.Invalid, "pricing.amount", "the price is out of range: use 0 or more minor units")
	// ErrStep reports a price that cannot be charged exactly.
	ErrStep = fault.New(fault.Invalid, "pricing.step", "the price cannot be charged exactly: use a multiple of the currency's charge step")
)

// chunk bounds the variants of one statement. A cart's 200 fit one.
const chunk = 1024

// Changed says that a variant's price in a market is another now.
type Changed struct {
	Market   string            `json:"market"`
	Variant  catalog.VariantID `json:"variant"`
	Amount   int64             `json:"amount"` // minor units; 0 when removed
	Currency money.Currency    `json:"currency"`
	Removed  bool              `json:"removed,omitempty"` // not sold there any more
	List     ListID            `json:"list,omitempty"`    // another list than the market's own changed; Amount is 0
}

// Kind names the fact.
func (Changed) Kind() string { return "price.changed" }

// Key orders the facts of one variant.
func (f Changed) Key() string { return string(f.Variant) }

// Applied is a price and the time it was in force.
type Applied struct {
	Amount money.Amount
	From   time.Time
	To     time.Time // zero while it is in force
}

// Set makes an amount the price of a variant in a market and publishes Changed.
// Setting the price it has changes nothing. It returns market.ErrNotFound,
// catalog.ErrVariantNotFound, ErrCurrency, ErrAmount or ErrStep.
func Set(ctx context.Context, tx *db.Tx, marketID string, v catalog.VariantID, a money.Amount) error {
	m, err := market.Find(ctx, tx, marketID)
	if err != nil {
		return fmt.Errorf("set price in %s: %w", marketID, err)
	}
	if err := check(m, a); err != nil {
		return err
	}
	if _, err := catalog.FindVariant(ctx, tx, v); err != nil {
		return fmt.Errorf("set price: %w", err)
	}
	if err := insertList(ctx, tx, m); err != nil {
		return fmt.Errorf("open price list of %s: %w", m.ID, err)
	}
	n, err := upsertEntry(ctx, tx, m.ID, v, a.Minor)
	if err != nil || n == 0 {
		return err
	}
	from, err := closeApplied(ctx, tx, m.ID, v)
	if errors.Is(err, db.ErrNoRow) {
		from, err = tx.Now, nil
	}
	if err == nil {
		err = insertApplied(ctx, tx, m.ID, v, a.Minor, from)
	}
	if err != nil {
		return fmt.Errorf("keep price of %s in %s: %w", v, m.ID, err)
	}
	if err := changed(ctx, tx, v); err != nil {
		return err
	}
	return event.Publish(ctx, tx, Changed{Market: m.ID, Variant: v, Amount: a.Minor, Currency: a.Currency})
}

func check(m market.Market, a money.Amount) error {
	if a.Currency != m.Currency {
		return ErrCurrency.With(fmt.Sprintf("a price in market %s must be in %s, not %q", m.ID, m.Currency, a.Currency))
	}
	if a.Minor < 0 || a.Minor > money.MaxPrice {
		return ErrAmount.With(fmt.Sprintf("the price must be 0 to %d minor units, not %d", int64(money.MaxPrice), a.Minor))
	}
	info, known := money.Find(a.Currency)
	if !known {
		return fmt.Errorf("currency %s of market %s is unknown", a.Currency, m.ID)
	}
	if a.Minor%info.ChargeStep != 0 {
		return ErrStep.With(fmt.Sprintf("%s is charged in steps of %d minor units: %d is no multiple of it", a.Currency, info.ChargeStep, a.Minor))
	}
	return nil
}

// Remove takes a variant off sale in a market and publishes Changed. Removing
// a price that is not there changes nothing. It returns market.ErrNotFound.
func Remove(ctx context.Context, tx *db.Tx, marketID string, v catalog.VariantID) error {
	m, err := market.Find(ctx, tx, marketID)
	if err != nil {
		return fmt.Errorf("remove price in %s: %w", marketID, err)
	}
	n, err := deleteEntry(ctx, tx, m.ID, v)
	if err != nil || n == 0 {
		return err
	}
	if _, err := closeApplied(ctx, tx, m.ID, v); err != nil {
		return fmt.Errorf("end price of %s in %s: %w", v, m.ID, err)
	}
	if err := changed(ctx, tx, v); err != nil {
		return err
	}
	return event.Publish(ctx, tx, Changed{Market: m.ID, Variant: v, Currency: m.Currency, Removed: true})
}

// Prices returns what variants cost in a market; those not sold there are left
// out, so an unknown market has none. It takes one statement for up to 1,024.
func Prices(ctx context.Context, tx *db.Tx, marketID string, vs []catalog.VariantID) (map[catalog.VariantID]money.Amount, error) {
	keys := make([]place, len(vs))
	for i, v := range vs {
		keys[i] = place{marketID, v}
	}
	found, err := kept.Get(ctx, tx, keys)
	if err != nil {
		return nil, fmt.Errorf("price %d variants in %s: %w", len(vs), marketID, err)
	}
	all := make(map[catalog.VariantID]money.Amount, len(found))
	for at, a := range found {
		all[at.variant] = a
	}
	return all, nil
}

// InMarkets returns what one variant costs in every market it is sold in, by
// market, in one statement: what staff see beside it.
func InMarkets(ctx context.Context, tx *db.Tx, v catalog.VariantID) (map[string]money.Amount, error) {
	all, err := selectInMarkets(ctx, tx, v)
	if err != nil {
		return nil, fmt.Errorf("prices of %s: %w", v, err)
	}
	return all, nil
}

// History returns the latest prices of a variant in a market, newest first.
// Their intervals never overlap; a gap is a time it was not sold.
func History(ctx context.Context, tx *db.Tx, marketID string, v catalog.VariantID, limit int) ([]Applied, error) {
	all, err := selectApplied(ctx, tx, marketID, v, limit)
	if err != nil {
		return nil, fmt.Errorf("price history of %s in %s: %w", v, marketID, err)
	}
	return all, nil
}
