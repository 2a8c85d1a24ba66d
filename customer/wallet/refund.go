package wallet

import (
	"context"
	"errors"
	"fmt"

	"korzo/platform/db"
	"korzo/platform/ledger"
	"korzo/value/money"
)

// Tender is what store credit paid for an order and what it got back of it.
type Tender struct{ Paid, Refunded money.Amount }

// Left is what may still go back to the wallet.
func (t Tender) Left() money.Amount { return t.Paid.Minus(t.Refunded) }

// Paid returns what store credit paid for an order; the zero Tender if it did not.
func Paid(ctx context.Context, tx *db.Tx, order string) (Tender, error) {
	t, err := selectTender(ctx, tx, order)
	if err != nil {
		return Tender{}, fmt.Errorf("read what store credit paid for %s: %w", order, err)
	}
	return t, nil
}

// Refund gives a part of what store credit paid for an order back to the lots
// that paid it, the one taken last first. A bonus that has expired meanwhile
// lives for another Grace; one that was revoked stays revoked, and the sweep
// takes what comes back to it. It returns ErrTooMuch, having changed nothing,
// for more than was paid and has not come back, and ErrKeyReused for another
// refund's key; the same refund again changes nothing.
func Refund(ctx context.Context, tx *db.Tx, order string, amount money.Amount, key string) error {
	if amount.Minor == 0 {
		return nil
	}
	if err := refund(ctx, tx, order, amount, key); err != nil {
		return fmt.Errorf("refund %v to store credit of %s: %w", amount, order, err)
	}
	return nil
}

func refund(ctx context.Context, tx *db.Tx, order string, amount money.Amount, key string) error {
	if amount.Minor < 0 || amount.Currency == Points || key == "" || order == "" {
		return ErrAmount
	}
	if err := lockPayers(ctx, tx, order); err != nil {
		return err
	}
	holds, err := selectPaid(ctx, tx, order)
	if err != nil {
		return err
	}
	before, same, err := selectRefund(ctx, tx, key, order, amount)
	switch {
	case err != nil:
		return err
	case before && same:
		return nil
	case before:
		return ErrKeyReused
	}
	rest := amount.Minor
	for _, h := range holds {
		if h.amount.Currency == amount.Currency {
			rest -= h.amount.Minor - h.refunded
		}
	}
	if rest > 0 {
		return ErrTooMuch
	}
	if err := insertRefund(ctx, tx, key, order, amount); err != nil {
		return err
	}
	rest = amount.Minor
	var entries []ledger.Entry
	for _, h := range holds { // the last one first
		n := min(h.amount.Minor-h.refunded, rest)
		if n <= 0 || h.amount.Currency != amount.Currency {
			continue
		}
		if err := refundHold(ctx, tx, h, n, 0, order); err != nil {
			return err
		}
		entries = append(entries, tendered(account(h.customer, amount.Currency), money.Of(n, amount.Currency), money.Amount{})...)
		rest -= n
	}
	return post(ctx, tx, "wallet.refunded", order, "wallet.refund:"+key, entries)
}

// refundHold gives n of a hold back to its lots, and of points their worth. Its wallet is locked, if it was
// not merged meanwhile.
func refundHold(ctx context.Context, tx *db.Tx, h holdRow, n, worth int64, order string) error {
	if err := lockWallet(ctx, tx, h.customer, h.amount.Currency); err != nil {
		return err
	}
	changed, err := addRefunded(ctx, tx, h.id, n, worth)
	if err == nil && changed == 0 {
		err = ErrTooMuch
	}
	if err != nil || n == 0 {
		return err
	}
	taken, err := selectTaken(ctx, tx, h.id)
	if err != nil {
		return err
	}
	var back []entry
	for i := len(taken) - 1; i >= 0 && n > 0; i-- {
		e := taken[i]
		e.amount = min(e.amount, n)
		if e.amount <= 0 {
			continue
		}
		n -= e.amount
		e.kind, e.ref = kindRefunded, order
		if err := prolong(ctx, tx, e.lot, tx.Now.Add(Grace)); err != nil {
			return err
		}
		back = append(back, e)
	}
	if n > 0 {
		return errors.New("the lots of a hold gave less than the hold")
	}
	return change(ctx, tx, h.customer, h.amount.Currency, back)
}
