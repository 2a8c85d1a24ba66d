package wallet

import (
	"context"
	"errors"
	"fmt"

	"korzo/customer/profile"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/ledger"
	"korzo/value/money"
)

// Points is the commodity that points are counted in: no currency, and none of
// its own is minted under this code.
const Points money.Currency = "PTS"

// The accounts of points. They are no debt in money until they pay: what they
// then pay is the shop's expense.
const (
	PointHolders = "holders:points" // minus what all customers have, held points included
	PointsSpent  = "expense:points" // what points paid of orders
)

// ErrPoints reports a number of points that cannot be.
var ErrPoints = fault.New(fault.Invalid, "wallet.points", "give a whole number of points other than 0, at most 1,000,000,000,000")

// PointsOf returns what a customer has in points; zero without any. One statement.
func PointsOf(ctx context.Context, tx *db.Tx, customer profile.CustomerID) (Balance, error) {
	all, err := selectBalances(ctx, tx, customer, true)
	if err != nil {
		return Balance{}, fmt.Errorf("read points of %s: %w", customer, err)
	}
	for _, b := range all {
		return b, nil
	}
	return Balance{Available: money.Of(0, Points), Held: money.Of(0, Points)}, nil
}

// AdjustPoints gives a customer points, or takes some where n is negative: what
// ends soonest first. It returns ErrPoints, ErrReason, ErrKeyReused, or a
// *Shortage (ErrShort) where there are not so many to take; it may be repeated
// under its key.
func AdjustPoints(ctx context.Context, tx *db.Tx, customer profile.CustomerID, n int64, by By, key string) error {
	if n == 0 || n > maxPoints || n < -maxPoints {
		return ErrPoints
	}
	if n > 0 {
		_, err := Give(ctx, tx, Grant{Customer: customer, Amount: money.Of(n, Points), Source: SourceGoodwill, By: by, Key: key})
		return err
	}
	if err := takePoints(ctx, tx, customer, money.Of(-n, Points), by, key); err != nil {
		return fmt.Errorf("take points of %s: %w", customer, err)
	}
	return nil
}

func takePoints(ctx context.Context, tx *db.Tx, customer profile.CustomerID, a money.Amount, by By, key string) error {
	if err := by.check(); err != nil {
		return err
	}
	if key == "" {
		return ErrGrant
	}
	err := lockWallet(ctx, tx, customer, Points)
	if errors.Is(err, db.ErrNoRow) {
		return &Shortage{a, money.Of(0, Points)}
	}
	if err != nil {
		return err
	}
	n, err := insertTake(ctx, tx, key, customer, a)
	if err != nil {
		return err
	}
	if n == 0 {
		same, err := isTake(ctx, tx, key, customer, a)
		if err == nil && !same {
			err = ErrKeyReused
		}
		return err
	}
	lots, err := selectLive(ctx, tx, customer, Points)
	if err != nil {
		return err
	}
	entries, err := take(lots, a)
	if err != nil {
		return err
	}
	for i := range entries {
		entries[i].kind, entries[i].by = kindRevoked, by
	}
	if err := change(ctx, tx, customer, Points, entries); err != nil {
		return err
	}
	if err := tell(ctx, tx, customer, a.Neg(), kindRevoked, ""); err != nil {
		return err
	}
	return post(ctx, tx, "wallet.taken", string(customer), "wallet.take:"+key, moved(account(customer, Points), a.Neg(), ""))
}

// HoldPoints promises points to holder, to pay an amount of money. It is Hold in
// all else: a holder holds points or credit, so one that pays with both has a
// name for each.
func HoldPoints(ctx context.Context, tx *db.Tx, holder string, customer profile.CustomerID, points int64, worth money.Amount) error {
	if points == 0 && worth.Minor == 0 {
		return nil
	}
	err := checkAmount(worth)
	if worth.Currency == Points {
		err = ErrAmount
	}
	if err == nil {
		err = hold(ctx, tx, holder, customer, money.Of(points, Points), worth)
	}
	if err != nil {
		return fmt.Errorf("hold points for %s: %w", holder, err)
	}
	return nil
}

// PointsTender is what points paid for an order and what they got back of it.
type PointsTender struct {
	Tender      // in money
	Spent, Back int64
}

// PointsPaid returns what points paid for an order; the zero PointsTender if
// they did not.
func PointsPaid(ctx context.Context, tx *db.Tx, order string) (PointsTender, error) {
	t, err := selectPointsTender(ctx, tx, order)
	if err != nil {
		return PointsTender{}, fmt.Errorf("read what points paid for %s: %w", order, err)
	}
	return t, nil
}

// RefundPoints gives points back for a part of the money that they paid for an
// order: so many that, of all that came back so far, they are the same part as
// the money is, and the last part brings the last point. What a lot was once
// worth does not matter. It fails as Refund does, and may be repeated.
func RefundPoints(ctx context.Context, tx *db.Tx, order string, worth money.Amount, key string) error {
	if worth.Minor == 0 {
		return nil
	}
	if err := refundPoints(ctx, tx, order, worth, key); err != nil {
		return fmt.Errorf("refund %v to points of %s: %w", worth, order, err)
	}
	return nil
}

func refundPoints(ctx context.Context, tx *db.Tx, order string, worth money.Amount, key string) error {
	if worth.Minor < 0 || key == "" || order == "" {
		return ErrAmount
	}
	if err := lockPayers(ctx, tx, order); err != nil {
		return err
	}
	holds, err := selectPaid(ctx, tx, order)
	if err != nil {
		return err
	}
	if before, same, err := selectPointsRefund(ctx, tx, key, order, worth); err != nil || before {
		if err == nil && !same {
			err = ErrKeyReused
		}
		return err
	}
	rest, back := worth.Minor, int64(0)
	for _, h := range holds {
		if h.worth.Currency == worth.Currency {
			rest -= h.worth.Minor - h.worthBack
		}
	}
	if rest > 0 {
		return ErrTooMuch
	}
	rest = worth.Minor
	var entries []ledger.Entry
	for _, h := range holds { // the last one first
		part := min(h.worth.Minor-h.worthBack, rest)
		if part <= 0 || h.worth.Currency != worth.Currency {
			continue
		}
		points := h.amount.Ratio(h.worthBack+part, h.worth.Minor, 1).Minor - h.refunded
		if err := refundHold(ctx, tx, h, points, part, order); err != nil {
			return err
		}
		entries = append(entries, tendered(account(h.customer, Points), money.Of(points, Points), money.Of(part, worth.Currency))...)
		if points > 0 {
			if err := tell(ctx, tx, h.customer, money.Of(points, Points), kindRefunded, order); err != nil {
				return err
			}
		}
		rest, back = rest-part, back+points
	}
	if err := insertPointsRefund(ctx, tx, key, order, worth, back); err != nil {
		return err
	}
	return post(ctx, tx, "wallet.points_refunded", order, "wallet.points_refund:"+key, entries)
}
