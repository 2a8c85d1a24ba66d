package giftcard

import (
	"context"
	"errors"
	"fmt"
	"time"

	"korzo/platform/db"
	"korzo/platform/ledger"
	"korzo/value/money"
)

// Tender is what gift cards paid for an order and what they got back of it.
type Tender struct{ Paid, Refunded money.Amount }

// Left is what may still go back to the cards.
func (t Tender) Left() money.Amount { return t.Paid.Minus(t.Refunded) }

// Paid returns what gift cards paid for an order; the zero Tender if none did.
func Paid(ctx context.Context, tx *db.Tx, order string) (Tender, error) {
	t, err := selectTender(ctx, tx, order)
	if err != nil {
		return Tender{}, fmt.Errorf("read what gift cards paid for %s: %w", order, err)
	}
	return t, nil
}

// Refund gives a part of what an order's gift cards paid back to them, the one
// taken last first, and returns what each got. An expired or cancelled card is
// opened again, with the policy's days of grace if its time has passed; a
// blocked one stays blocked. It returns ErrTooMuch, having changed nothing, for
// more than they paid and have not got back, and ErrKeyReused for another
// refund's key; the same refund again changes nothing and returns the same.
func Refund(ctx context.Context, tx *db.Tx, order string, amount money.Amount, key string) ([]Part, error) {
	if amount.Minor == 0 {
		return nil, nil
	}
	parts, err := refund(ctx, tx, order, amount, key)
	if err != nil {
		return nil, fmt.Errorf("refund %v to gift cards of %s: %w", amount, order, err)
	}
	return parts, nil
}

func refund(ctx context.Context, tx *db.Tx, order string, amount money.Amount, key string) ([]Part, error) {
	if amount.Minor < 0 || key == "" || order == "" {
		return nil, ErrAmount
	}
	rows, err := lockPaid(ctx, tx, order)
	if err != nil {
		return nil, err
	}
	before, err := selectRefund(ctx, tx, key)
	if err != nil {
		return nil, err
	}
	if len(before) > 0 {
		return sameRefund(before, order, amount)
	}
	back, err := share(rows, amount)
	if err != nil {
		return nil, err
	}
	if err := reopen(ctx, tx, cardsOf(partsOf(back)), order); err != nil {
		return nil, err
	}
	var entries []ledger.Entry
	for _, b := range back {
		n, err := addRefunded(ctx, tx, b)
		if err == nil && n == 0 {
			err = ErrTooMuch
		}
		if err != nil {
			return nil, err
		}
		entries = append(entries, given(account(b.card), money.Of(b.amount, amount.Currency), Customers)...)
	}
	if err := insertRefunds(ctx, tx, key, order, back); err != nil {
		return nil, err
	}
	return partsOf(back), post(ctx, tx, "giftcard.refunded", order, "giftcard.refund:"+key, entries)
}

// share takes amount off what the rows' parts may still get back, last first.
func share(rows []partRow, amount money.Amount) (back []partRow, err error) {
	rest := amount.Minor
	for i := len(rows) - 1; i >= 0 && rest > 0; i-- {
		r := rows[i]
		if r.currency != amount.Currency {
			continue
		}
		if n := min(r.amount-r.refunded, rest); n > 0 {
			r.amount, r.refunded = n, 0
			back = append(back, r)
			rest -= n
		}
	}
	if rest > 0 {
		return nil, ErrTooMuch
	}
	return back, nil
}

func sameRefund(before []partRow, order string, amount money.Amount) ([]Part, error) {
	sum := int64(0)
	for _, r := range before {
		if r.order != order || r.currency != amount.Currency {
			return nil, ErrKeyReused
		}
		sum += r.amount
	}
	if sum != amount.Minor {
		return nil, ErrKeyReused
	}
	return partsOf(before), nil
}

func partsOf(rows []partRow) []Part {
	parts := make([]Part, len(rows))
	for i, r := range rows {
		parts[i] = Part{r.card, money.Of(r.amount, r.currency)}
	}
	return parts
}

// reopen makes the cards of a refund usable again, but for blocked ones.
func reopen(ctx context.Context, tx *db.Tx, ids []ID, order string) error {
	cards, err := lockCards(ctx, tx, ids)
	if err != nil {
		return err
	}
	for _, c := range cards {
		late := !c.Expires.IsZero() && !c.Expires.After(tx.Now)
		if !late && (c.State == StateActive || c.State == StateBlocked) {
			continue
		}
		if late {
			p, err := PolicyOf(ctx, tx, c.Market)
			if err != nil {
				return err
			}
			c.Expires = tx.Now.Add(time.Duration(p.GraceDays) * 24 * time.Hour)
		}
		if err := open(ctx, tx, c, By{"system", "refund of " + order}); err != nil {
			return err
		}
	}
	return nil
}

// open writes a card's expiry and makes it active unless it is blocked.
func open(ctx context.Context, tx *db.Tx, c Card, by By) error {
	if c.State == StateExpired || c.State == StateCancelled {
		return move(ctx, tx, c, StateActive, by)
	}
	n, err := updateState(ctx, tx, c.ID, c.State, c.State, c.Expires, c.Broken.Minor)
	if err == nil && n == 0 {
		err = errors.New("the card changed under its lock")
	}
	if err != nil {
		return err
	}
	return insertMove(ctx, tx, c.ID, "prolonged", by)
}
